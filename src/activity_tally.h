/*
 * activity_tally.h
 *	  What the tallies share that count activities by their active periods.
 *
 * Include after postgres.h.
 */
#ifndef ACTIVITY_TALLY_H
#define ACTIVITY_TALLY_H

#include "journey.h"
#include "activity.h"

/* The parameters, of which a kind of tally has the first so many. */
enum
{
	AT_PERIOD, AT_WEEK_START, AT_COUNT,
	AT_KIND,					/* 1 + those of ACTIVITY_* that must agree */
	AT_LAST,					/* 1 + number of the last period seen */
	AT_PHASE					/* of spans: 1 + seconds, see below */
};

#define ACTIVITY_TALLY_MAX_ROWS	5000000 /* of an answer */

/* The error for activities that cannot be counted together; a hint on kinds. */
pg_noreturn extern void activity_tally_differs(CalendarRule counted, CalendarRule given,
											   const char *hint);

/*
 * The state argument of a transition function, or a new one, for an activity
 * to be counted in.  Errors if the activities counted before were of other
 * periods or another kind.
 */
extern Tally *activity_tally_state(FunctionCallInfo fcinfo, int kind, const ActivityView *v);

/* Errors unless the activity has one cohort and its periods are calendar ones. */
extern void activity_tally_calendar(const ActivityView *v);

/*
 * The number of period 0, the same for all customers and never negative: the
 * ordinal on the calendar.  Spans are counted from Julian day 0; their phase
 * is when the first of them begins after that.
 */
extern int64 activity_tally_number(const ActivityView *v);

/* The first date of a period of that number; *at is set for spans. */
extern int32 activity_tally_date(const Tally *t, int64 number, TimestampTz *at);

/* The last period seen, now that an activity has been counted. */
extern void activity_tally_seen(Tally *t, int64 last);

/* One customer more. */
extern void activity_tally_count(int64 *counter);

/*
 * The packed tally, if it is of the kind and its parameters are right; numbers
 * of periods are checked where it has them as keys, up to `beyond` after the
 * last one seen.
 */
extern const Tally *activity_tally_checked(Tally *given, int kind, int beyond);
pg_noreturn extern void activity_tally_wrong(int kind, const char *problem);

/* Errors if an answer would have too many rows. */
extern void activity_tally_limit(int64 rows);

/* The next member of a set from n on, -1 if there is none. */
static inline int
activity_next(const uint8 *set, int nbytes, int n)
{
	int			byte = n / 8;
	uint32		left;

	if (byte >= nbytes)
		return -1;
	left = set[byte] & (0xffu << (n % 8));
	while (left == 0)
	{
		if (++byte == nbytes)
			return -1;
		left = set[byte];
	}
	return 8 * byte + __builtin_ctz(left);
}

#endif							/* ACTIVITY_TALLY_H */
