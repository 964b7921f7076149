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

#include "common/int.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/builtins.h"
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

/* The names last asked for, which are mostly those of the next call. */
static char last_names[3][TZ_STRLEN_MAX + 1];
static Calendar *last_calendar = NULL;

static const char *const period_names[] = {NULL, "day", "week", "month"};
static const char *const week_start_names[] = {
	NULL, "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
};

const char *
calendar_period_name(int period)
{
	return period_names[period];
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

static CalendarRule
calendar_rule(const char *period, const char *week_start)
{
	CalendarRule rule;

	rule.period = find_name(period_names, lengthof(period_names), period);
	if (rule.period == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized period \"%s\"", period),
				 errhint("Periods are day, week and month.")));
	rule.week_start = find_name(week_start_names, lengthof(week_start_names), week_start);
	if (rule.week_start == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized week start \"%s\"", week_start),
				 errhint("A week starts on monday, tuesday, wednesday, thursday, friday, saturday or sunday.")));
	if (rule.period != CALENDAR_WEEK)
		rule.week_start = 0;
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

static inline bool
same_name(const text * given, const char *name)
{
	size_t		len = VARSIZE_ANY_EXHDR(given);

	return memcmp(VARDATA_ANY(given), name, len) == 0 && name[len] == '\0';
}

Calendar *
calendar_for(const text * zone, const text * period, const text * week_start)
{
	const		text *given[3] = {zone, period, week_start};
	char	   *names[3];
	CalendarRule rule;
	const pg_tz *tz;
	ZoneCalendar *found = NULL;
	bool		same = last_calendar != NULL;

	for (int i = 0; i < 3 && same; i++)
		same = VARSIZE_ANY_EXHDR(given[i]) <= TZ_STRLEN_MAX && same_name(given[i], last_names[i]);
	if (same)
		return last_calendar;

	for (int i = 0; i < 3; i++)
		names[i] = text_to_cstring(given[i]);
	rule = calendar_rule(names[1], names[2]);
	tz = calendar_tz(names[0]);
	for (int i = 0; i < ncalendars && found == NULL; i++)
	{
		if (calendars[i]->zone == tz &&
			calendars[i]->calendar.rule.period == rule.period &&
			calendars[i]->calendar.rule.week_start == rule.week_start)
			found = calendars[i];
	}
	if (found == NULL)
	{
		last_calendar = NULL;
		if (ncalendars == MAX_CALENDARS)
		{
			for (; ncalendars > 0; ncalendars--)
			{
				ZoneCalendar *old = calendars[ncalendars - 1];

				if (old->calendar.starts != NULL)
				{
					pfree(old->calendar.starts);
					pfree(old->calendar.ordinals);
				}
				pfree(old);
			}
		}
		found = MemoryContextAllocZero(TopMemoryContext, sizeof(ZoneCalendar));
		found->zone = tz;
		found->calendar.rule = rule;
		calendars[ncalendars++] = found;
	}
	for (int i = 0; i < 3; i++)
	{
		strlcpy(last_names[i], names[i], sizeof(last_names[i]));
		pfree(names[i]);
	}
	last_calendar = &found->calendar;
	return last_calendar;
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

	return days / (rule.period == CALENDAR_MONTH ? 28 : calendar_longest(rule)) + 64;
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
	memcpy(starts, larger.starts, sizeof(int64) * ((Size) larger.count + 1));
	memcpy(ordinals, larger.ordinals, sizeof(int32) * (Size) larger.count);
	pfree(larger.starts);
	pfree(larger.ordinals);
	if (c->starts != NULL)
	{
		pfree(c->starts);
		pfree(c->ordinals);
	}
	c->starts = starts;
	c->ordinals = ordinals;
	c->count = c->allocated = larger.count;
}
