/*
 * activity.h
 *	  The type activity: a customer's cohort period and set of active periods.
 *
 * Include after postgres.h.
 */
#ifndef ACTIVITY_H
#define ACTIVITY_H

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "core/calendar.h"

#define ACTIVITY_VERSION		1
#define ACTIVITY_MAX_OFFSET		100000	/* periods after the first */
#define ACTIVITY_MAX_BRACKETS	1000

#define ACTIVITY_ROLLING		0x01	/* periods are counted from the moment
										 * of the start */
#define ACTIVITY_EVERY			0x02	/* every period with a start is a
										 * cohort */
#define ACTIVITY_VALUES			0x04	/* with a value for each active period */
#define ACTIVITY_BRACKETS		0x08	/* numbers are those of brackets */
#define ACTIVITY_COUNTED		0x10	/* a period needs several returns */

typedef struct Activity
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		version;
	uint8		period;			/* CalendarPeriod */
	uint8		week_start;		/* 1 (Monday) to 7 for weeks, else 0 */
	uint8		flags;			/* ACTIVITY_* above */
	int32		count;			/* see CalendarRule */
	int32		cohort;			/* first date of period 0, days since
								 * 2000-01-01; of a span, UTC */
	int32		cohort_seconds; /* of a span: when that day period 0 begins */
	int32		last;			/* number of the last period seen */
	uint16		nactive;		/* bytes of the set of active periods */
	uint16		nstarts;		/* bytes of the set of periods with a start */
	uint8		data[FLEXIBLE_ARRAY_MEMBER];

	/*
	 * The set of active periods (bit n % 8 of byte n / 8), that of starts,
	 * the number of brackets and their bounds (int32), a float8 for each
	 * active period.  The last byte of a set is not zero.
	 *
	 * Period 0 is the cohort's and always active, as the start itself is in
	 * it.  With ACTIVITY_EVERY there are the periods with a start and those
	 * with a return, and period 0 is the first of either.
	 */
} Activity;

#define DatumGetActivityP(d)	((Activity *) PG_DETOAST_DATUM(d))
#define PG_GETARG_ACTIVITY_P(n) DatumGetActivityP(PG_GETARG_DATUM(n))

/* An activity opened, or about to be made. */
typedef struct ActivityView
{
	CalendarRule rule;
	uint8		flags;
	int32		cohort;
	int32		cohort_seconds;
	int32		last;
	const uint8 *active;
	int			nactive;		/* bytes; when made, zeros at the end may be
								 * among them */
	const uint8 *starts;
	int			nstarts;
	const int32 *brackets;		/* unaligned: use activity_bracket */
	int			nbrackets;
	const float8 *values;		/* unaligned: use activity_value */
	int			nvalues;
} ActivityView;

extern void activity_open(ActivityView *v, const Activity *a);
extern Activity *activity_make(const ActivityView *v);

static inline bool
activity_bit(const uint8 *set, int nbytes, int n)
{
	return n / 8 < nbytes && (set[n / 8] >> (n % 8) & 1) != 0;
}

static inline int32
activity_bracket(const ActivityView *v, int i)
{
	int32		bound;

	memcpy(&bound, (const char *) v->brackets + i * sizeof(bound), sizeof(bound));
	return bound;
}

/* The value of the i-th active period. */
static inline float8
activity_value(const ActivityView *v, int i)
{
	float8		value;

	memcpy(&value, (const char *) v->values + i * sizeof(value), sizeof(value));
	return value;
}

/* Number of the highest bit of a set, -1 if it is empty; of its bits. */
extern int	activity_highest(const uint8 *set, int nbytes);
extern int	activity_members(const uint8 *set, int nbytes);

/* When period 0 of a span begins. */
static inline TimestampTz
activity_cohort_at(int32 cohort, int32 seconds)
{
	return ((int64) cohort * SECS_PER_DAY + seconds) * USECS_PER_SEC;
}

/*
 * To be told by an aggregate of what activity() gives, of its argument: if it
 * comes from there as it is, each is written where the last one was from now on.
 * Returns where, or NULL.  There are always eight bytes of the set, and it is
 * of one cohort, without brackets and values, and not rolling.
 */
extern const Activity *activity_reuse(FunctionCallInfo fcinfo, const Activity *argument);

/* What is wrong with a view that came from outside; NULL if nothing is. */
extern const char *activity_problem(const ActivityView *v);

#endif							/* ACTIVITY_H */
