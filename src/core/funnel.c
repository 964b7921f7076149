/*
 * funnel.c
 *	  The furthest chain of touchpoints through ordered steps.
 *
 * A chain of k steps is k different touchpoints, the first fitting step 1, the
 * second step 2 and so on, whose times do not decrease and of which the last
 * is at most `within` after the first.  Reported is the chain with the most
 * steps; among those the one that is complete first; among those the one that
 * starts last; and of that the earliest time of each step.
 *
 * First pass.  For each k keep best[k], the latest start of any chain of k
 * steps among the touchpoints so far.  A chain goes on only if its start is
 * near enough to what follows, so of two chains of k steps the one that starts
 * later can do whatever the other can: nothing else need be remembered, and
 * the answer is exact, not what one greedy search happens to find.  For a
 * touchpoint at time t that fits step k
 *
 *		best[k] = max(best[k], best[k-1])	if t - best[k-1] <= within
 *		best[1] = t
 *
 * for k from high to low, so that it fills one step only.  The first time that
 * a level is reached gives completion and start.
 *
 * Ties.  Touchpoints at the same time may be taken in any order, so all of one
 * time are one move: from a chain of l steps to one of k steps if steps
 * l+1..k can be given to different touchpoints of the group, which is a
 * bipartite matching.  best[] does not grow with k, so the smallest such l is
 * the best one, and it does not fall as k grows: one window of steps is moved
 * along, its front grown by augmenting paths and its tail dropped when there
 * is none.  A group of one touchpoint is the recurrence above.  Of a large
 * group it is enough to keep n touchpoints for each of the n steps: at most
 * n - 1 of them are taken by other steps.
 *
 * Second pass, only for chains of three steps and more, whose times in between
 * are not known: from the chosen start take each step as early as possible.
 * Taking more steps at an earlier time never hurts, so this ends in time.
 *
 * Cost: labels x steps to resolve the label table, or a look-up each with a
 * plan, then touchpoints x steps; a group of g touchpoints at one time costs at
 * most steps^2 x g.  The first pass ends as soon as the last step that any label
 * fits is reached.
 *
 * Most journeys have no two touchpoints at one time and no step that depends on
 * more than a label: core/funnel_quick.c answers those faster.
 */
#include "funnel.h"

static inline uint64_t
lowest_bits(int n)
{
	return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

bool
funnel_begin(FunnelRun *run, const FunnelOptions *options,
			 const JourneyView *view, void *scratch)
{
	const uint8_t *p = view->labels;
	uint64_t	any = 0;
	uint64_t	maybe = 0;

	run->reached = 0;
	run->labels = scratch;
	run->channels = (JourneyLabel *) (run->labels + view->nlabels);
	for (uint32_t i = 0; i < view->nlabels; i++)
	{
		FunnelLabel *label = &run->labels[i];

		p = journey_next_label(p, &label->name);
		funnel_label_steps(options, &label->name, &label->always, &label->maybe);
		any |= label->always | label->maybe;
		maybe |= label->maybe;
	}
	run->usable = 0;
	while (run->usable < options->nsteps && (any >> run->usable & 1) != 0)
		run->usable++;
	if (run->usable == 0)
		return false;

	if (maybe != 0)
		journey_read_labels(view->channels, view->nchannels, run->channels);
	run->options = options;
	run->view = view;
	run->within = options->within == FUNNEL_NO_LIMIT ? FUNNEL_NO_LIMIT :
		options->within / (uint64_t) journey_unit_us[view->unit];
	run->following = false;
	run->group.count = 0;
	run->group.counted = false;
	journey_first(&run->cursor, view);
	return true;
}

/* -- touchpoints at one time ----------------------------------------------- */

static void
group_add(FunnelGroup *g, uint64_t fits, int nsteps)
{
	if (g->count >= nsteps)
	{
		bool		wanted = false;

		/* until here nothing could be too much, so nothing was counted */
		if (!g->counted)
		{
			g->counted = true;
			memset(g->kept, 0, sizeof(g->kept));
			for (uint32_t i = 0; i < g->count; i++)
				for (uint64_t m = g->fits[i]; m != 0; m &= m - 1)
					g->kept[__builtin_ctzll(m)]++;
		}
		for (uint64_t m = fits; m != 0; m &= m - 1)
			wanted |= g->kept[__builtin_ctzll(m)] < nsteps;
		if (!wanted)
			return;
		for (uint64_t m = fits; m != 0; m &= m - 1)
			g->kept[__builtin_ctzll(m)]++;
	}
	g->fits[g->count++] = fits;
}

/*
 * Give a step to a touchpoint of the group, moving steps given before to
 * others where need be.  *seen holds the steps that were asked to move; the
 * recursion is at most as deep as there are steps.
 */
static bool
group_augment(FunnelGroup *g, int step, uint64_t *seen)
{
	uint64_t	bit = UINT64_C(1) << step;

	for (uint32_t i = 0; i < g->count; i++)
	{
		if ((g->fits[i] & bit) != 0 && g->step_of[i] < 0)
		{
			g->step_of[i] = step;
			g->touch_of[step] = i;
			return true;
		}
	}
	for (uint32_t i = 0; i < g->count; i++)
	{
		int			other = g->step_of[i];

		if ((g->fits[i] & bit) == 0 || (*seen >> other & 1) != 0)
			continue;
		*seen |= UINT64_C(1) << other;
		if (group_augment(g, other, seen))
		{
			g->step_of[i] = step;
			g->touch_of[step] = i;
			return true;
		}
	}
	return false;
}

static bool
group_give(FunnelGroup *g, int step)
{
	uint64_t	seen = UINT64_C(1) << step;

	return group_augment(g, step, &seen);
}

/* -- first pass -------------------------------------------------------------- */

/* A chain that starts at `start` now has `steps` steps. */
static inline void
chain_found(FunnelRun *run, int steps, int64_t start)
{
	if (steps > run->reached)
	{
		/* levels are found from high to low: those between are set next */
		for (int k = run->reached; k < steps; k++)
			run->best[k] = start;
		run->reached = steps;
		run->times[0] = start;
		run->times[steps - 1] = run->group.time;
	}
	else if (start > run->best[steps - 1])
		run->best[steps - 1] = start;
}

/* One touchpoint at a time of its own. */
static void
take_one(FunnelRun *run, uint64_t fits)
{
	int64_t		time = run->group.time;

	fits &= lowest_bits(run->reached + 1);
	while (fits != 0)
	{
		int			k = 63 - __builtin_clzll(fits);

		fits ^= UINT64_C(1) << k;
		if (k == 0)
			chain_found(run, 1, time);
		else if ((uint64_t) time - (uint64_t) run->best[k - 1] <= run->within)
			chain_found(run, k + 1, run->best[k - 1]);
	}
}

/* Several touchpoints at one time. */
static void
take_group(FunnelRun *run)
{
	FunnelGroup *g = &run->group;
	int			reached = run->reached;
	int			limit = run->usable;
	int			from[FUNNEL_MAX_STEPS]; /* by last step: steps done before the
										 * group, -1 if the step fits nothing */
	int			tail = 0;

	if (limit > reached + (int64_t) g->count)
		limit = reached + g->count;
	memset(g->step_of, -1, g->count);
	for (int k = 0; k < limit; k++)
	{
		bool		given;

		while (!(given = group_give(g, k)) && tail < k)
			g->step_of[g->touch_of[tail++]] = -1;
		from[k] = given ? tail : -1;
		if (!given)
			tail = k + 1;
	}
	for (int k = limit - 1; k >= 0; k--)
	{
		if (from[k] < 0 || from[k] > reached)
			continue;
		if (from[k] == 0)
			chain_found(run, k + 1, g->time);
		else if ((uint64_t) g->time - (uint64_t) run->best[from[k] - 1] <= run->within)
			chain_found(run, k + 1, run->best[from[k] - 1]);
	}
}

/* -- second pass -------------------------------------------------------------- */

static void
follow_group(FunnelRun *run)
{
	FunnelGroup *g = &run->group;

	if (g->count > 1)
		memset(g->step_of, -1, g->count);
	while (run->level < run->reached &&
		   (g->count > 1 ? group_give(g, run->level) :
			(g->fits[0] >> run->level & 1) != 0))
	{
		run->times[run->level++] = g->time;
		if (g->count == 1)
			break;
	}
}

/* -- both --------------------------------------------------------------------- */

/*
 * Use what the group holds.  True if the pass is over, because it found all
 * that there is to find.
 */
static bool
flush_group(FunnelRun *run)
{
	FunnelGroup *g = &run->group;

	if (run->following)
		follow_group(run);
	else if (g->count > 1)
		take_group(run);
	else
		take_one(run, g->fits[0]);
	g->count = 0;
	g->counted = false;
	return run->following ? run->level == run->reached : run->reached == run->usable;
}

/* The steps that a touchpoint fits of those that depend on more than its label. */
static uint64_t
resolve(const FunnelRun *run, const FunnelLabel *label, const JourneyCursor *c)
{
	const JourneyLabel *channel = c->channel ? &run->channels[c->channel - 1] : NULL;
	uint64_t	fits = 0;

	for (uint64_t m = label->maybe; m != 0; m &= m - 1)
	{
		int			k = __builtin_ctzll(m);

		if (matcher_fits(run->options->steps[k], &label->name, channel,
						 c->has_value, c->value))
			fits |= UINT64_C(1) << k;
	}
	return fits;
}

/* After a pass: does another one follow? */
static bool
next_pass(FunnelRun *run)
{
	if (run->following || run->reached < 3)
	{
		int64_t		unit = journey_unit_us[run->view->unit];

		for (int k = 0; k < run->reached; k++)
			run->times[k] *= unit;
		return false;
	}
	run->following = true;
	run->level = 0;
	journey_first(&run->cursor, run->view);
	return true;
}

bool
funnel_walk(FunnelRun *run, uint32_t touchpoints)
{
	JourneyCursor c = run->cursor;
	FunnelGroup *g = &run->group;
	int64_t		from = run->following ? run->times[0] : INT64_MIN;

	while (touchpoints-- > 0)
	{
		const FunnelLabel *label;
		uint64_t	fits;

		if (!journey_next(&c))
		{
			if (g->count > 0)
				flush_group(run);
			return next_pass(run);
		}
		label = &run->labels[c.label];
		fits = label->always;
		if (label->maybe != 0)
			fits |= resolve(run, label, &c);
		if (fits == 0 || c.time < from)
			continue;
		if (g->count > 0 && c.time != g->time && flush_group(run))
			return next_pass(run);
		g->time = c.time;
		group_add(g, fits, run->options->nsteps);
	}
	run->cursor = c;
	return true;
}
