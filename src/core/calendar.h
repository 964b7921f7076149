/*
 * calendar.h
 *	  Calendar periods: numbers of days, weeks and months, and where they begin
 *	  in a time zone.
 *
 * A period has an ordinal, the same for everybody: days are counted from
 * Julian day 0, weeks likewise by the day they start with, months from the
 * year 4714 BC.  Every time that the server can hold has an ordinal above 0,
 * save for some hours at the very beginning.
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
	CALENDAR_MONTH = 3
} CalendarPeriod;

/* Which periods: `week_start` is 1 (Monday) to 7 for weeks, else 0. */
typedef struct CalendarRule
{
	uint8_t		period;
	uint8_t		week_start;
} CalendarRule;

typedef struct Calendar
{
	CalendarRule rule;
	uint32_t	count;
	uint32_t	allocated;		/* entries the arrays have room for, one more
								 * in starts */
	int64_t    *starts;			/* microseconds since 2000-01-01 UTC;
								 * starts[count] is the end of what is listed */
	int32_t    *ordinals;
} Calendar;

/* Dates are days since 2000-01-01, years astronomical (0 is 1 BC). */
extern int32_t calendar_from_civil(int32_t year, int month, int day);
extern void calendar_to_civil(int32_t date, int32_t *year, int *month, int *day);
extern int	calendar_weekday(int32_t date); /* 1 is Monday, 7 Sunday */

/* The ordinal of a date's period, and the first date of a period. */
extern int32_t calendar_ordinal(CalendarRule rule, int32_t date);
extern int32_t calendar_first_date(CalendarRule rule, int32_t ordinal);

/* Days that each period has at most, for bounds. */
extern int	calendar_longest(CalendarRule rule);

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

#endif							/* CALENDAR_H */
