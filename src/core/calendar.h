/*
 * calendar.h
 *	  Calendar periods: numbers of days, weeks and months, and where they begin
 *	  in a time zone.
 *
 * A period has an ordinal, the same for everybody: days are counted from
 * Julian day 0, weeks likewise by the day they start with, months from the
 * year 4714 BC.  Every time that the server can hold has an ordinal above 0,
 * save for some hours at the very beginning.  Spans have none: they are a
 * matter of dividing.
 *
 * What a local date is at a moment depends on the zone's offset then.  Instead
 * of converting each moment, a calendar lists the moments at which the ordinal
 * changes; a walk through a journey compares with the next one.  Usually a
 * period has one entry.  Where clocks are put back across midnight it has two,
 * with one of its neighbour between, and a day that a zone skipped has none;
 * so the list holds for every zone what converting each moment would give.
 */
#ifndef CALENDAR_H
#define CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALENDAR_DAY_US		INT64_C(86400000000)

typedef enum CalendarPeriod
{
	CALENDAR_DAY = 1,
	CALENDAR_WEEK = 2,
	CALENDAR_MONTH = 3,
	CALENDAR_SPAN = 4			/* a fixed length, on no calendar */
} CalendarPeriod;

#define CALENDAR_MAX_COUNT	1000000

/*
 * Which periods: so many days, weeks or months, or seconds of a span.  Of more
 * than one day they are counted from 2000-01-01, of more than one week from
 * the first that starts then or later, of more than one month from January
 * 2000, so that three make a quarter and twelve a year.
 */
typedef struct CalendarRule
{
	uint8_t		period;			/* CalendarPeriod */
	uint8_t		week_start;		/* 1 (Monday) to 7 for weeks, else 0 */
	int32_t		count;			/* 1 to CALENDAR_MAX_COUNT; of a span any
								 * number of seconds */
} CalendarRule;

static inline bool
calendar_same_rule(CalendarRule a, CalendarRule b)
{
	return a.period == b.period && a.week_start == b.week_start && a.count == b.count;
}

/*
 * What follows an entry, up to `limit`, if periods are equally long but for at
 * most one entry: a moment is in entry number t / length after this one, where t
 * is the seconds since its start, after `change` less `delta`.
 */
typedef struct CalendarRun
{
	uint32_t	start;			/* of the entry, as in seconds[] */
	uint32_t	limit;			/* seconds after start, like change; at most
								 * 31 lengths */
	int32_t		change;
	int32_t		delta;
} CalendarRun;

#define CALENDAR_RUN_ENTRIES	31
#define CALENDAR_RUN_LENGTH		(1 << 23)	/* of a period, at most; it is a
											 * multiple of 128 */

typedef struct Calendar
{
	CalendarRule rule;
	uint32_t	count;
	uint32_t	allocated;		/* entries the arrays have room for, one more
								 * in starts */
	int64_t    *starts;			/* microseconds since 2000-01-01 UTC;
								 * starts[count] is the end of what is listed */
	int32_t    *ordinals;
	double		entries_per_us; /* 0 if entries cannot be found by it, see
								 * calendar_measure */
	double		first_entry;	/* what of the first one is not listed */

	/*
	 * The starts in seconds since the first, for whom wants them: as many as
	 * starts, or NULL.  See calendar_entry_at.
	 */
	uint32_t   *seconds;
	int64_t		first_second;	/* since 2000-01-01 UTC, of the first start */
	uint32_t	entries_per_second; /* times 2^(32 + shift); 0 if not usable */
	uint32_t	shift;
	uint32_t	lead;			/* added to seconds before they are multiplied */
	bool		consecutive;	/* each ordinal is one more than the last */

	/* one for each entry, for whom wants them, or NULL */
	CalendarRun *runs;
	float		lengths_per_128;	/* periods in 128 seconds; 0 if there are
									 * no runs */
} Calendar;

/* Dates are days since 2000-01-01, years astronomical (0 is 1 BC). */
extern int32_t calendar_from_civil(int32_t year, int month, int day);
extern void calendar_to_civil(int32_t date, int32_t *year, int *month, int *day);
extern int	calendar_weekday(int32_t date); /* 1 is Monday, 7 Sunday */

/* The ordinal of a date's period, and the first date of a period. */
extern int32_t calendar_ordinal(CalendarRule rule, int32_t date);
extern int32_t calendar_first_date(CalendarRule rule, int32_t ordinal);

/* Days that each period has at least and at most, for bounds. */
extern int64_t calendar_shortest(CalendarRule rule);
extern int64_t calendar_longest(CalendarRule rule);

/*
 * List the moments from .. to, in which local time is UTC + offset; they
 * follow what is listed already, or begin the list.  False if there is no room
 * for all.
 */
extern bool calendar_fill(Calendar *c, int64_t from, int64_t to, int64_t offset);

static inline bool
calendar_covers(const Calendar *c, int64_t at)
{
	return c->count > 0 && at >= c->starts[0] && at < c->starts[c->count];
}

/* The entry that a moment falls into; it is covered. */
extern uint32_t calendar_find(const Calendar *c, int64_t at);

/*
 * Periods are nearly equal, so dividing tells the entry or one beside it.
 * This looks whether that is so everywhere, and if it is, sets entries_per_us;
 * likewise entries_per_second and lengths_per_128, where there is room for
 * seconds and runs and every start is a whole second.
 */
extern void calendar_measure(Calendar *c);

static inline uint32_t
calendar_divide(const Calendar *c, int64_t at)
{
	return (uint32_t) ((double) (at - c->starts[0]) * c->entries_per_us + c->first_entry);
}

/* The entry of a covered moment, in a calendar that could be measured. */
static inline uint32_t
calendar_locate(const Calendar *c, int64_t at)
{
	uint32_t	entry = calendar_divide(c, at);

	entry = entry < c->count ? entry : c->count - 1;
	entry -= at < c->starts[entry];
	entry += at >= c->starts[entry + 1];
	return entry;
}

/* -- moments at whole seconds -------------------------------------------------- */

#define CALENDAR_SECONDS	INT32_MAX	/* what is listed is not longer */

/*
 * The entry of so many seconds since the first start, in a calendar with
 * entries_per_second; they are covered.  The product is that of the entry or of
 * the next one.
 */
static inline uint32_t
calendar_guess(const Calendar *c, uint32_t seconds)
{
	return (uint32_t) ((uint64_t) (seconds + c->lead) * c->entries_per_second >>
					   (32 + c->shift));
}

static inline uint32_t
calendar_entry_at(const Calendar *c, uint32_t seconds)
{
	uint32_t	entry = calendar_guess(c, seconds);

	return entry - (seconds < c->seconds[entry]);
}

/* The entries of n moments, which are n rounded up to a multiple of four. */
extern void calendar_entries(const Calendar *c, const uint32_t *seconds, uint32_t n,
							 uint32_t *entries);

#endif							/* CALENDAR_H */
