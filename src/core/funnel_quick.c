/*
 * funnel_quick.c
 *	  The plain funnel of an ordinary journey, by bitmaps.
 *
 * Every step has a bitmap of the touchpoints that fit it.  Where no two
 * touchpoints are at the same time, a chain is a growing list of positions, and
 * two greedy walks over the bitmaps, each a few instructions a step, find it:
 *
 * Forward, each step as early as possible after the one before.  This tells the
 * most steps that a chain can have, window or not, and for each number of steps
 * the earliest touchpoint where a chain can be complete.
 *
 * Backward from a touchpoint where a chain is complete, each step as late as
 * possible before the one after: the chain that starts last of all that end
 * here.  So if it does not keep to the window, none that ends here does.
 *
 * The answer has the most steps, is complete first and starts last.  So the
 * touchpoints where a chain of most steps can end are tried in order, and the
 * first whose backward chain keeps to the window is the answer; if there is
 * none, the same with one step less.  From its start the steps between are
 * found forward again, each as early as can be.  Only the times of ends and
 * starts that are tried are asked for, and times are added up only that far.
 *
 * Cost: the labels; the bitmaps, sixteen touchpoints at a time, and the gaps up
 * to the last touchpoint asked for, four at a time (gap_groups.h), where the
 * processor can; and some ten instructions a step for each end that is tried.
 */
#include "funnel_impl.h"

#include "touch_bitmaps.h"

/* -- labels ------------------------------------------------------------------ */

/*
 * The steps of a label, in reverse order of bits; FUNNEL_QUICK_MAYBE if some
 * depend on channel or value.
 */
static uint32_t
quick_fit(FunnelFit fit)
{
	uint32_t	bits = 0;

	if ((fit.always | fit.maybe) == 0)
		return 0;
	if (fit.maybe != 0)
		return FUNNEL_QUICK_MAYBE;
	for (int k = 0; k < FUNNEL_QUICK_STEPS; k++)
		bits |= (uint32_t) (fit.always >> k & 1) << (7 - k);
	return bits;
}

static uint32_t
learn_quick(FunnelPlan *plan, uint16_t known)
{
	JourneyLabel label = {.known = known};

	return plan->quick[known] = (uint16_t) quick_fit(funnel_known_fit(plan, &label));
}

/* The steps of all labels; returns all of them together, MAYBE included. */
static inline uint32_t
map_labels(FunnelPlan *plan, const JourneyView *v, uint8_t *map)
{
	const uint8_t *p = v->labels;
	uint32_t	any = 0;

	for (uint32_t i = 0; i < v->nlabels; i++)
	{
		uint32_t	fit;

		if (*p < 0x80)
		{
			uint16_t	known = *p++;

			fit = plan->quick[known];
			if (fit == FUNNEL_QUICK_NEW)
				fit = learn_quick(plan, known);
		}
		else
		{
			JourneyLabel label;

			p = journey_next_label(p, &label);
			fit = funnel_asked_for(plan, &label) ?
				quick_fit(funnel_label_fit(plan, &label)) : 0;
		}
		map[i] = (uint8_t) fit;
		any |= fit;
	}
	return any;
}

/* -- times --------------------------------------------------------------------- */

/* Is there a gap of nothing, so that two touchpoints are at one time? */
static bool
has_ties(const JourneyView *v)
{
	const uint8_t *lengths = journey_gap_length[v->unit];
	const uint8_t *gap = v->gaps;

	if (v->count < 2 || memchr(v->gaps, 0, (size_t) (v->end - v->gaps)) == NULL)
		return false;
	for (uint32_t i = 0; i + 1 < v->count; i++)
	{
		int			len = journey_gap_len(v->gap_codes, lengths, i);

		gap += len;
		if (journey_gap_ending(gap, len) == 0)
			return true;
	}
	return false;
}

/* A span in units, rounded down; each division is one by a constant. */
static inline uint64_t
in_units(uint64_t us, int unit)
{
	return us == FUNNEL_NO_LIMIT || unit == 2 ? us : unit == 0 ? us / 1000000 : us / 1000;
}

/* -- chains -------------------------------------------------------------------- */

/*
 * Forward: for each number of steps the first touchpoint where a chain of as
 * many can be complete, if there were no window.  Returns the largest number.
 */
static inline int
find_ends(const TouchBitmaps *q, int nsteps, uint32_t *ends)
{
	int			steps = 0;
	uint32_t	at;

	for (at = touch_next(q, 0, 0); at != TOUCH_NONE; at = touch_next(q, steps, at + 1))
	{
		ends[steps++] = at;
		if (steps == nsteps)
			break;
	}
	return steps;
}

/*
 * The first end of a chain of so many steps that keeps to the window, from this
 * one on, which is an end of a chain.  Sets its start; TOUCH_NONE if there is none.
 */
static uint32_t
find_chain(TouchBitmaps *q, int steps, uint64_t within, uint32_t end, uint32_t *start)
{
	while (end != TOUCH_NONE)
	{
		uint32_t	at = end;

		for (int k = steps - 2; k >= 0; k--)
			at = touch_last_before(q, k, at);
		if (within == FUNNEL_NO_LIMIT ||
			(uint64_t) touch_time(q, end) - (uint64_t) touch_time(q, at) <= within)
		{
			*start = at;
			break;
		}
		end = touch_next(q, steps - 1, end + 1);
	}
	return end;
}

int
funnel_quick(const FunnelOptions *options, const JourneyView *view, int64_t *times)
{
	int64_t		unit = journey_unit_us[view->unit];
	int			nsteps = options->nsteps;
	uint64_t	within;
	uint8_t		map[TOUCH_LABELS];
	uint32_t	ends[FUNNEL_QUICK_STEPS];
	uint32_t	any;
	int			usable;			/* steps up to the first that no label fits */
	int			steps;
	uint32_t	at;
	uint32_t	start = 0;
	TouchBitmaps q;

	if (nsteps > FUNNEL_QUICK_STEPS || !touch_bitmaps_fit(view))
		return -1;
	memset(map, 0, touch_map_size(view));
	any = map_labels(options->plan, view, map);
	if (any >= FUNNEL_QUICK_MAYBE)
		return -1;
	/* the top bits are those of the first steps */
	usable = __builtin_clz(~(any << 24));
	if (usable == 0)
		return 0;
	if (has_ties(view))
		return -1;

	touch_bitmaps_begin(&q, view, options->plan->shuffle);
	touch_bitmaps_mark(&q, map, usable, options->plan->shuffle);
	within = in_units(options->within, view->unit);
	steps = find_ends(&q, usable, ends);
	if (steps == 0)
		return 0;
	for (; steps > 1; steps--)
	{
		uint32_t	end = find_chain(&q, steps, within, ends[steps - 1], &start);

		if (end != TOUCH_NONE)
		{
			ends[steps - 1] = end;
			break;
		}
	}
	if (steps == 1)
		start = ends[0];
	times[0] = touch_time(&q, start) * unit;
	at = start;
	for (int k = 1; k < steps - 1; k++)
	{
		at = touch_next(&q, k, at + 1);
		times[k] = touch_time(&q, at) * unit;
	}
	if (steps > 1)
		times[steps - 1] = touch_time(&q, ends[steps - 1]) * unit;
	return steps;
}
