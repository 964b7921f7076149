/*
 * activity_quick.c
 *	  The activities that are asked most, without looking at one touchpoint after
 *	  the other.
 *
 * Periods of one cohort, where labels decide, of a journey at whole seconds.
 * All times are added up, the calendar tells the entries of all of them, and the
 * set of these is the set of periods.  Where every touchpoint is a return and
 * periods are days or weeks, journey_entry_set does all at once, else it goes in
 * blocks.  No step of that depends on where a period ends, which no processor
 * can foresee.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/timestamp.h"

#include "activity_plan.h"
#include "core/journey_seconds.h"

#define QUICK_TOUCHPOINTS	128 /* read at a time; 2^31 and so many gaps are
								 * below 2^32 */
#define QUICK_PERIODS		64	/* bits of a number */

/* A plain activity of periods that are bits of a number. */
static inline Activity *
make_plain(ActivityPlan *plan, int32 ordinal, uint64 periods, int32 last)
{
	PeriodDate *kept = &plan->dates[(uint32) ordinal % QUICK_DATES];
	int			nactive = pg_leftmost_one_pos64(periods) / 8 + 1;
	Activity   *a = &plan->plain_one.activity;

	if (unlikely(kept->ordinal != ordinal))
	{
		kept->date = calendar_first_date(plan->rule, ordinal);
		activity_check_date(kept->date);
		kept->ordinal = ordinal;
	}
	if (!plan->reuse)
	{
		a = palloc(sizeof(plan->plain_one));
		memcpy(a, &plan->plain_one, offsetof(Activity, data));
	}
	SET_VARSIZE(a, offsetof(Activity, data) + nactive);
	a->cohort = kept->date;
	a->last = last;
	a->nactive = nactive;
	journey_store64(a->data, periods);
	return a;
}

/*
 * Periods of a set of entries, from the entry that the start is in.  Where
 * clocks went back over midnight a period has two: not before the start.
 * Returns false if one has too high a number.
 */
static bool
periods_of_entries(const Calendar *c, uint32 first, uint64 entries, uint64 *periods)
{
	*periods = 0;
	for (; entries != 0; entries &= entries - 1)
	{
		uint32		entry = first + pg_rightmost_one_pos64(entries);
		int32		period = Max(c->ordinals[entry] - c->ordinals[first], 0);

		if (period >= QUICK_PERIODS)
			return false;
		*periods |= UINT64CONST(1) << period;
	}
	return true;
}

/*
 * Which entries are those of touchpoints that fit, of all if fit is NULL?  Bit
 * n % 64 for entry n.
 */
static uint64
fitting_entries(const Calendar *c, const JourneyView *v, const uint8 *fit,
				const uint32 *seconds, uint32 touchpoint, uint32 n)
{
	uint32		entries[QUICK_TOUCHPOINTS];
	uint64		set = 0;

	calendar_entries(c, seconds, n, entries);
	if (fit == NULL)
	{
		for (uint32 i = 0; i < n; i++)
			set |= UINT64CONST(1) << (entries[i] % 64);
		return set;
	}
	for (uint32 i = 0; i < n; i++)
	{
		uint32		code = journey_code(v->codes, v->code_bits, touchpoint + i);

		set |= (uint64) (fit[code] == MF_ALWAYS) << (entries[i] % 64);
	}
	return set;
}

/*
 * The last second that counts, since the calendar's first, PG_UINT32_MAX if
 * there is no as_of.  Returns false if the calendar does not cover it.
 */
static inline bool
last_second(const ActivityPlan *plan, uint32 *end)
{
	const Calendar *c = plan->calendar;

	*end = PG_UINT32_MAX;
	if (!plan->has_as_of)
		return true;
	if (!calendar_covers(c, plan->as_of))
		return false;
	*end = (uint32) ((plan->as_of - c->starts[0]) / USECS_PER_SEC);
	return true;
}

/*
 * The activity of entries, bit 0 for the one that the start is in, up to the
 * one of the last touchpoint and of the last second that counts.  NULL if there
 * are too many periods.
 */
static pg_attribute_always_inline Activity *
activity_of_entries(ActivityPlan *plan, uint32 first, uint64 entries, int32 last_entry,
					uint32 end)
{
	const Calendar *c = plan->calendar;
	uint64		periods = entries;
	int32		last = last_entry;

	if (unlikely(!c->consecutive))
	{
		if (!periods_of_entries(c, first, entries, &periods))
			return NULL;
		last = Max(c->ordinals[first + last_entry] - c->ordinals[first], 0);
	}
	if (plan->has_as_of)
	{
		last = Max(c->ordinals[calendar_entry_at(c, end)] - c->ordinals[first],
				   pg_leftmost_one_pos64(periods));
		if (last > ACTIVITY_MAX_OFFSET)
			activity_too_many_periods(plan->rule);
	}
	return make_plain(plan, c->ordinals[first], periods, last);
}

QuickResult
activity_quick_blocks(ActivityPlan *plan, const JourneyView *v, const uint8 *start,
					  const uint8 *again, Activity **result)
{
	const Calendar *c = plan->calendar;
	uint64		first_at = (uint64) v->base - (uint64) c->first_second;
	uint32		seconds[QUICK_TOUCHPOINTS + 3];
	uint32		end;
	uint32		skip = 0;		/* touchpoints before the start */
	uint32		first;			/* entries */
	uint32		last;
	uint64		set;
	JourneySeconds walk;

	if (v->unit != 0 || v->count == 0 || c->entries_per_second == 0 ||
		first_at >= c->seconds[c->count] || !last_second(plan, &end))
		return QUICK_NOT;
	if (start != NULL)
	{
		while (start[journey_code(v->codes, v->code_bits, skip)] != MF_ALWAYS)
		{
			/* a start after the first block is left to others */
			if (++skip == Min(v->count, QUICK_TOUCHPOINTS))
				return QUICK_NOT;
		}
	}
	if (skip == 0 && first_at > end)
		return QUICK_NONE;

	journey_seconds_first(&walk, v, (uint32) first_at);
	first = last = calendar_entry_at(c, (uint32) first_at);
	set = UINT64CONST(1) << (first % 64);
	while (walk.left > 0)
	{
		uint32		touchpoint = v->count - walk.left;
		uint32		n = Min(walk.left, QUICK_TOUCHPOINTS);
		uint32	   *at = seconds;
		bool		cut = false;

		CHECK_FOR_INTERRUPTS();
		if (!journey_seconds_next(&walk, n, seconds) || walk.last >= c->seconds[c->count])
			return QUICK_NOT;
		if (skip > 0)
		{
			/* the first block: the start is in it */
			if (seconds[skip - 1] > end)
				return QUICK_NONE;
			first = last = calendar_entry_at(c, seconds[skip - 1]);
			set = UINT64CONST(1) << (first % 64);
			at += skip;
			touchpoint += skip;
			n -= skip;
			skip = 0;
			cut = true;
		}
		for (; n > 0 && at[n - 1] > end; n--)
			cut = true;
		if (n == 0)
			break;
		if (cut)
			at[n] = at[n + 1] = at[n + 2] = at[n - 1];
		last = calendar_entry_at(c, at[n - 1]);
		if (last - first >= QUICK_PERIODS)
			return QUICK_NOT;
		set |= fitting_entries(c, v, again, at, touchpoint, n);
		if (walk.last > end)
			break;
	}
	set = set >> (first % 64) | set << (-first % 64);
	*result = activity_of_entries(plan, first, set, last - first, end);
	return *result == NULL ? QUICK_NOT : QUICK_DONE;
}

QuickResult
activity_quick_all(ActivityPlan *plan, const JourneyView *v, Activity **result)
{
	const Calendar *c = plan->calendar;
	uint64		first_at = (uint64) v->base - (uint64) c->first_second;
	uint32		end;
	uint32		first;
	uint32		set;

	if (v->unit != 0 || v->count == 0 || c->lengths_per_128 == 0 ||
		first_at >= c->seconds[c->count] || !last_second(plan, &end) || first_at > end)
		return activity_quick_blocks(plan, v, NULL, NULL, result);
	first = calendar_entry_at(c, (uint32) first_at);
	set = journey_entry_set(v, c, first, (uint32) first_at, end);
	if (set == 0)
		return activity_quick_blocks(plan, v, NULL, NULL, result);
	*result = activity_of_entries(plan, first, set, pg_leftmost_one_pos32(set), end);
	return *result == NULL ? QUICK_NOT : QUICK_DONE;
}
