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
 * This looks whether that is so everywhere, and if it is, sets entries_per_us.
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

#endif							/* CALENDAR_H */
