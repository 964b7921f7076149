/*
 * periods.c
 *	  The weeks in which customers were active, as retention asks for them: all
 *	  gaps at once, in blocks, and one touchpoint after the other.
 */
#include <stdlib.h>

#include "bench.h"
#include "core/calendar.h"
#include "core/journey_seconds.h"

#define BLOCK		128
#define WEEKS		80

static Calendar calendar;

void
prepare_periods(const Store *store)
{
	static int64_t starts[WEEKS + 1];
	static int32_t ordinals[WEEKS];
	static uint32_t seconds[WEEKS + 1];
	static CalendarRun runs[WEEKS];
	int32_t		monday = calendar_from_civil(2024, 12, 2);

	(void) store;
	journey_seconds_init();
	calendar.rule.period = CALENDAR_WEEK;
	calendar.rule.week_start = 1;
	calendar.rule.count = 1;
	calendar.allocated = WEEKS;
	calendar.starts = starts;
	calendar.ordinals = ordinals;
	calendar.seconds = seconds;
	calendar.runs = runs;
	if (!calendar_fill(&calendar, monday * DAY, (monday + 7 * (WEEKS - 1)) * DAY, 0))
		die("the calendar is too short");
	calendar_measure(&calendar);
	if (calendar.entries_per_second == 0 || calendar.lengths_per_128 == 0)
		die("the calendar could not be measured");
}

/* Bit 0 is the week of the first touchpoint. */
static inline uint64_t
week_bit(uint32_t entry, uint32_t first)
{
	return UINT64_C(1) << (entry - first);
}

static inline uint64_t
weeks_by_cursor(const JourneyView *v)
{
	uint32_t	first = calendar_locate(&calendar, journey_first_at(v));
	JourneyCursor c;
	uint64_t	set = 0;

	journey_first(&c, v);
	while (journey_next(&c))
		set |= week_bit(calendar_locate(&calendar, c.at), first);
	return set;
}

static inline uint64_t
weeks_by_blocks(const JourneyView *v)
{
	uint32_t	seconds[BLOCK + 3];
	uint32_t	entries[BLOCK + 3];
	uint32_t	begin = (uint32_t) (v->base - calendar.first_second);
	uint32_t	first;
	uint64_t	set = 1;
	JourneySeconds walk;

	if (v->unit != 0)
		return weeks_by_cursor(v);
	first = calendar_entry_at(&calendar, begin);
	journey_seconds_first(&walk, v, begin);
	while (walk.left > 0)
	{
		uint32_t	n = walk.left < BLOCK ? walk.left : BLOCK;

		if (!journey_seconds_next(&walk, n, seconds))
			return weeks_by_cursor(v);
		calendar_entries(&calendar, seconds, n, entries);
		for (uint32_t i = 0; i < n; i++)
			set |= week_bit(entries[i], first);
	}
	return set;
}

static uint64_t
sets_all(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;
		uint32_t	begin;
		uint64_t	set = 0;

		open_journey(store, i, &v);
		if (v.unit == 0)
		{
			begin = (uint32_t) (v.base - calendar.first_second);
			set = journey_entry_set(&v, &calendar, calendar_entry_at(&calendar, begin), begin, UINT32_MAX);
		}
		sum = mix(sum, set != 0 ? set : weeks_by_blocks(&v));
	}
	return sum;
}

static uint64_t
blocks_all(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;

		open_journey(store, i, &v);
		sum = mix(sum, weeks_by_blocks(&v));
	}
	return sum;
}

static uint64_t
cursor_all(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;

		open_journey(store, i, &v);
		sum = mix(sum, weeks_by_cursor(&v));
	}
	return sum;
}

static uint64_t
weeks_expected(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		uint32_t	first = calendar_find(&calendar, store->touch[store->first[i]].at);
		uint64_t	set = 0;

		for (uint64_t k = store->first[i]; k < store->first[i + 1]; k++)
			set |= week_bit(calendar_find(&calendar, store->touch[k].at), first);
		sum = mix(sum, set);
	}
	return sum;
}

const Way	period_ways[] = {
	{"retention", "sets", "journey_entry_set", sets_all, NULL, weeks_expected},
	{"retention", "blocks", "journey_seconds_next, calendar_entries", blocks_all, NULL, weeks_expected},
	{"retention", "cursor", "calendar_locate", cursor_all, NULL, weeks_expected},
	{0}
};
