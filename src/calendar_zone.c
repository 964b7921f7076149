/*
 * calendar_zone.c
 *	  Calendars of named time zones, kept for the session.
 *
 * The server's time zone library is asked once for each change of a zone's
 * offset, not once for each touchpoint.  What is listed of a zone grows as
 * moments outside are asked for, to at least twice its length, so that rows in
 * any order cost little; a list that would become too long is made anew for
 * what is asked for.
 *
 * Nothing here is a setting or comes from a table: a list depends on its zone
 * and rule only, so keeping it across queries changes no answer.
 */
#include "postgres.h"

#include <limits.h>

#include "common/int.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/formatting.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "calendar_zone.h"
#include "journey_compat.h"

#define MAX_CALENDARS	32		/* kept at a time */
#define MAX_ENTRIES		200000	/* in one list, for more than one customer's
								 * sake */
#define MARGIN_DAYS		400		/* listed before and after what is asked for */

typedef struct ZoneCalendar
{
	Calendar	calendar;		/* first: the address is the same */
	const pg_tz *zone;
} ZoneCalendar;

static ZoneCalendar *calendars[MAX_CALENDARS];
static int	ncalendars = 0;

uint32		calendar_generation = 0;

/* The periods that have a name. */
static const struct
{
	const char *name;
	uint8		period;
	int32		count;
}			period_words[] = {
	{"day", CALENDAR_DAY, 1},
	{"week", CALENDAR_WEEK, 1},
	{"month", CALENDAR_MONTH, 1},
	{"quarter", CALENDAR_MONTH, 3},
	{"year", CALENDAR_MONTH, 12},
	{"hour", CALENDAR_SPAN, SECS_PER_HOUR}
};

static const char *const week_start_names[] = {
	NULL, "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
};

char *
calendar_period_text(CalendarRule rule)
{
	static const char *const units[] = {NULL, "days", "weeks", "months"};
	const char *unit = "seconds";
	int32		count = rule.count;

	for (int i = 0; i < lengthof(period_words); i++)
	{
		if (period_words[i].period == rule.period && period_words[i].count == rule.count)
			return pstrdup(period_words[i].name);
	}
	if (rule.period != CALENDAR_SPAN)
		unit = units[rule.period];
	else if (count % SECS_PER_HOUR == 0)
	{
		unit = "hours";
		count /= SECS_PER_HOUR;
	}
	else if (count % SECS_PER_MINUTE == 0)
	{
		unit = "minutes";
		count /= SECS_PER_MINUTE;
	}
	return psprintf("%d %s", count, unit);
}

const char *
calendar_week_start_name(int week_start)
{
	return week_start_names[week_start];
}

static int
find_name(const char *const *names, int n, const char *name)
{
	for (int i = 1; i < n; i++)
	{
		if (pg_strcasecmp(names[i], name) == 0)
			return i;
	}
	return 0;
}

static void
bad_period(const char *text, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized period \"%s\"", text),
			 detail ? errdetail("%s", detail) : 0,
			 errhint("Periods are hour, day, week, month, quarter, year and intervals such as '2 weeks', '6 hours' or '90 minutes'.")));
}

/*
 * An interval that is a number of days, weeks, months or seconds.  To an
 * interval weeks are days, but to a calendar 14 days are not two weeks: the
 * word decides.
 */
static CalendarRule
interval_rule(const char *text)
{
	CalendarRule rule = {0};
	char		work[MAXDATELEN + 1];
	char	   *field[MAXDATEFIELDS];
	int			ftype[MAXDATEFIELDS];
	int			nf;
	int			dtype;
	struct pg_itm_in itm;
	int64		months;
	int64		parts;
	int64		count;

	if (ParseDateTime(text, work, sizeof(work), field, ftype, MAXDATEFIELDS, &nf) != 0 ||
		DecodeInterval(field, ftype, nf, INTERVAL_FULL_RANGE, &dtype, &itm) != 0 ||
		dtype != DTK_DELTA)
		bad_period(text, NULL);
	months = (int64) itm.tm_year * MONTHS_PER_YEAR + itm.tm_mon;
	parts = (months != 0) + (itm.tm_mday != 0) + (itm.tm_usec != 0);
	if (parts > 1)
		bad_period(text, "It mixes months, days and times, which have no common length.");
	if (parts == 0 || months < 0 || itm.tm_mday < 0 || itm.tm_usec < 0)
		bad_period(text, "A period must be longer than zero.");
	if (itm.tm_usec % USECS_PER_SEC != 0)
		bad_period(text, "A period must be of whole seconds.");
	if (months != 0)
	{
		rule.period = CALENDAR_MONTH;
		count = months;
	}
	else if (itm.tm_usec != 0)
	{
		rule.period = CALENDAR_SPAN;
		count = itm.tm_usec / USECS_PER_SEC;
	}
	else
	{
		rule.period = CALENDAR_DAY;
		count = itm.tm_mday;
		if (strstr(asc_tolower(text, strlen(text)), "week") != NULL)
		{
			if (count % 7 != 0)
				bad_period(text, "It mixes weeks and days.");
			rule.period = CALENDAR_WEEK;
			count /= 7;
		}
	}
	if (count > (rule.period == CALENDAR_SPAN ? INT_MAX : CALENDAR_MAX_COUNT))
		bad_period(text, "It is too long.");
	rule.count = (int32) count;
	return rule;
}

CalendarRule
calendar_rule(const char *period, const char *week_start)
{
	CalendarRule rule = {0};
	int			day = find_name(week_start_names, lengthof(week_start_names), week_start);

	for (int i = 0; i < lengthof(period_words); i++)
	{
		if (pg_strcasecmp(period_words[i].name, period) == 0)
		{
			rule.period = period_words[i].period;
			rule.count = period_words[i].count;
		}
	}
	if (rule.period == 0)
		rule = interval_rule(period);
	if (day == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized week start \"%s\"", week_start),
				 errhint("A week starts on monday, tuesday, wednesday, thursday, friday, saturday or sunday.")));
	if (rule.period == CALENDAR_WEEK)
		rule.week_start = day;
	return rule;
}

/*
 * Abbreviations like EST are not taken: what they mean depends on a setting.
 */
static const pg_tz *
calendar_tz(const char *name)
{
	pg_tz	   *zone = strlen(name) <= TZ_STRLEN_MAX ? pg_tzset(name) : NULL;

	if (zone == NULL || !pg_tz_acceptable(zone))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", name),
				 errhint("Use a full name such as Europe/Berlin or UTC; the view pg_timezone_names lists them.")));
	return zone;
}

Calendar *
calendar_for(const char *zone, CalendarRule rule)
{
	const pg_tz *tz = calendar_tz(zone);
	ZoneCalendar *found;

	for (int i = 0; i < ncalendars; i++)
	{
		if (calendars[i]->zone == tz && calendar_same_rule(calendars[i]->calendar.rule, rule))
			return &calendars[i]->calendar;
	}
	if (ncalendars == MAX_CALENDARS)
	{
		for (; ncalendars > 0; ncalendars--)
		{
			ZoneCalendar *old = calendars[ncalendars - 1];

			if (old->calendar.starts != NULL)
			{
				pfree(old->calendar.starts);
				pfree(old->calendar.ordinals);
				pfree(old->calendar.seconds);
				pfree(old->calendar.runs);
			}
			pfree(old);
		}
		calendar_generation++;
	}
	found = MemoryContextAllocZero(TopMemoryContext, sizeof(ZoneCalendar));
	found->zone = tz;
	found->calendar.rule = rule;
	calendars[ncalendars++] = found;
	return &found->calendar;
}

TimestampTz
calendar_origin(const char *zone)
{
	pg_time_t	at = (pg_time_t) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
	const pg_tz *tz = calendar_tz(zone);
	struct pg_tm *local = pg_localtime(&at, tz);

	/* twice, as the offset at midnight may be another one */
	for (int i = 0; i < 2 && local != NULL; i++)
	{
		pg_time_t	there = at - local->tm_gmtoff;

		local = pg_localtime(&there, tz);
	}
	return local == NULL ? 0 : -(TimestampTz) local->tm_gmtoff * USECS_PER_SEC;
}

/*
 * The next moment at which a zone's offset changes, and the offset until then;
 * false if there is none.
 */
static bool
next_change(const pg_tz *zone, pg_time_t at, long *offset, pg_time_t *change)
{
	long		after;
	int			dst;
	int			after_dst;
	int			result = pg_next_dst_boundary(&at, offset, &dst, change, &after, &after_dst, zone);

	if (result == 0)
	{
		/*
		 * At exactly the last change that the zone's file lists, the library
		 * sees nothing more, though the rule goes on; a second later it does.
		 */
		long		probe_offset;

		at++;
		result = pg_next_dst_boundary(&at, &probe_offset, &dst, change, &after, &after_dst, zone);
	}
	if (result < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time zone \"%s\" does not cover the touchpoints",
						pg_get_timezone_name(unconstify(pg_tz *, zone)))));
	return result > 0;
}

/* Fill the list; false if it has not enough room.  `from` is a whole second. */
static bool
list_moments(Calendar *c, const pg_tz *zone, TimestampTz from, TimestampTz to)
{
	const int64 epoch = (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
	TimestampTz at = from;

	c->count = 0;
	while (at < to)
	{
		long		offset;
		pg_time_t	change;
		TimestampTz end = to;

		if (next_change(zone, at / USECS_PER_SEC + epoch, &offset, &change) &&
			change - epoch < to / USECS_PER_SEC)
			end = (change - epoch) * USECS_PER_SEC;
		if (!calendar_fill(c, at, end, (int64) offset * USECS_PER_SEC))
			return false;
		at = end;
	}
	return true;
}

/* How many entries such a list has, but for some extra where clocks change. */
static uint64
entries_for(CalendarRule rule, TimestampTz from, TimestampTz to)
{
	uint64		days = ((uint64) to - (uint64) from) / USECS_PER_DAY + 2;

	return days / (uint64) calendar_shortest(rule) + 64;
}

void
calendar_cover(Calendar *c, TimestampTz from, TimestampTz to)
{
	const pg_tz *zone = ((ZoneCalendar *) c)->zone;
	Calendar	larger = *c;
	TimestampTz low = from;
	TimestampTz high = to;
	int64		margin = MARGIN_DAYS * USECS_PER_DAY;
	int64	   *starts;
	int32	   *ordinals;
	uint32	   *seconds;
	CalendarRun *runs;

	if (calendar_covers(c, from) && calendar_covers(c, to))
		return;

	if (c->count > 0)
	{
		int64		length;

		low = Min(low, c->starts[0]);
		high = Max(high, c->starts[c->count]);
		if (entries_for(c->rule, low, high) > MAX_ENTRIES)
		{
			low = from;
			high = to;
		}
		else if (!pg_sub_s64_overflow(high, low, &length) &&
				 entries_for(c->rule, low, high) < MAX_ENTRIES / 4)
			margin = Max(margin, length);
	}
	/* whole seconds inside what the server can hold */
	if (pg_sub_s64_overflow(low, margin, &low) || low < MIN_TIMESTAMP)
		low = MIN_TIMESTAMP;
	low -= low % USECS_PER_SEC + (low % USECS_PER_SEC < 0 ? USECS_PER_SEC : 0);
	if (pg_add_s64_overflow(high, margin, &high) || high > END_TIMESTAMP)
		high = END_TIMESTAMP;
	high -= high % USECS_PER_SEC;

	larger.allocated = (uint32) entries_for(c->rule, low, high);
	for (;;)
	{
		bool		filled;

		CHECK_FOR_INTERRUPTS();
		larger.starts = palloc(sizeof(int64) * ((Size) larger.allocated + 1));
		larger.ordinals = palloc(sizeof(int32) * (Size) larger.allocated);
		filled = list_moments(&larger, zone, low, high);
		if (filled)
			break;
		pfree(larger.starts);
		pfree(larger.ordinals);
		larger.allocated *= 2;
	}

	/* what is kept is exchanged only when the new list is whole */
	starts = MemoryContextAlloc(TopMemoryContext, sizeof(int64) * ((Size) larger.count + 1));
	ordinals = MemoryContextAlloc(TopMemoryContext, sizeof(int32) * (Size) larger.count);
	seconds = MemoryContextAlloc(TopMemoryContext, sizeof(uint32) * ((Size) larger.count + 1));
	runs = MemoryContextAlloc(TopMemoryContext, sizeof(CalendarRun) * (Size) larger.count);
	memcpy(starts, larger.starts, sizeof(int64) * ((Size) larger.count + 1));
	memcpy(ordinals, larger.ordinals, sizeof(int32) * (Size) larger.count);
	pfree(larger.starts);
	pfree(larger.ordinals);
	if (c->starts != NULL)
	{
		pfree(c->starts);
		pfree(c->ordinals);
		pfree(c->seconds);
		pfree(c->runs);
	}
	c->starts = starts;
	c->ordinals = ordinals;
	c->seconds = seconds;
	c->runs = runs;
	c->count = c->allocated = larger.count;
	calendar_measure(c);
}
