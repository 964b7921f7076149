/*
 * funnel.c
 *	  Funnels of four steps in seven days: over journeys by a quick look and by
 *	  the walk, over rows with conditions.
 */
#include <stdlib.h>

#include "bench.h"
#include "core/funnel.h"
#include "core/window_funnel.h"

#define WITHIN	(7 * DAY)

static FunnelOptions options;
static const Matcher *steps[STEPS];

/* Rows that fulfil some condition, by customer as the touchpoints of a store. */
static ConditionRow *rows;
static uint64_t *first_row;

static Matcher *
parse(const char *text)
{
	size_t		len = strlen(text);
	size_t		pos = 0;
	size_t		size;
	MatcherError error;
	Matcher    *m;

	if (!matcher_parse(text, len, &pos, NULL, 0, &size, &error))
		die("a matcher is wrong");
	m = allocate(1, size);
	pos = 0;
	(void) matcher_parse(text, len, &pos, m, size, &size, &error);
	return m;
}

void
prepare_funnel(const Store *store)
{
	uint64_t	n = 0;

	for (int k = 0; k < STEPS; k++)
		steps[k] = parse(store->steps[k]);
	options.steps = steps;
	options.nsteps = STEPS;
	options.within = WITHIN;
	options.from = INT64_MIN;
	options.to = INT64_MAX;
	options.plan = allocate(1, funnel_plan_size(steps, STEPS));
	funnel_plan_build(options.plan, steps, STEPS);

	rows = allocate(store->touchpoints, sizeof(ConditionRow));
	first_row = allocate(store->count + 1, sizeof(uint64_t));
	for (uint32_t i = 0; i < store->count; i++)
	{
		for (uint64_t k = store->first[i]; k < store->first[i + 1]; k++)
		{
			const char *name = store->names.text[store->touch[k].label];

			rows[n].at = store->touch[k].at;
			rows[n].mask = 0;
			for (int step = 0; step < STEPS; step++)
			{
				if (strcmp(name, store->steps[step]) == 0)
					rows[n].mask |= UINT64_C(1) << step;
			}
			n += rows[n].mask != 0;
		}
		first_row[i + 1] = n;
	}
}

/* -- over journeys --------------------------------------------------------------- */

static uint64_t
answer(uint64_t sum, int reached, const int64_t *times)
{
	return mix(sum, (uint64_t) reached + (reached > 0 ? (uint64_t) times[0] + (uint64_t) times[reached - 1] : 0));
}

static inline uint64_t
walk(uint64_t sum, const FunnelOptions *asked, const JourneyView *v)
{
	static FunnelRun run;
	static uint64_t scratch[2 * MAX_NAMES * (sizeof(FunnelLabel) + sizeof(JourneyLabel)) / 8];

	if (funnel_begin(&run, asked, v, scratch))
	{
		while (funnel_walk(&run, 100000))
			;
	}
	return answer(sum, run.reached, run.times);
}

/* Journeys that are not for a quick look are walked, as they are in the server. */
static uint64_t
quick_all(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		int64_t		times[FUNNEL_MAX_STEPS];
		JourneyView v;
		int			reached;

		open_journey(store, i, &v);
		reached = funnel_quick(&options, &v, times);
		sum = reached < 0 ? walk(sum, &options, &v) : answer(sum, reached, times);
	}
	return sum;
}

static uint64_t
walk_all(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;

		open_journey(store, i, &v);
		sum = walk(sum, &options, &v);
	}
	return sum;
}

/* With nothing known of the steps beforehand. */
static uint64_t
walk_without_plan(const Store *store)
{
	FunnelOptions bare = options;
	uint64_t	sum = 0;

	bare.plan = NULL;
	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;

		open_journey(store, i, &v);
		sum = walk(sum, &bare, &v);
	}
	return sum;
}

/* -- over rows ----------------------------------------------------------------- */

static uint64_t
window_all(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		WindowFunnel f;

		window_funnel_begin(&f, STEPS, 0, WITHIN);
		window_funnel_run(&f, rows + first_row[i], first_row[i + 1] - first_row[i]);
		sum = mix(sum, (uint64_t) f.level);
	}
	return sum;
}

/* No two touchpoints of a customer have one time, so it is the same question. */
static uint64_t
window_expected(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		int64_t		times[FUNNEL_MAX_STEPS];
		JourneyView v;
		int			reached;

		open_journey(store, i, &v);
		reached = funnel_quick(&options, &v, times);
		if (reached < 0)
		{
			static FunnelRun run;
			void	   *scratch = allocate(1, funnel_scratch_size(&v));

			if (funnel_begin(&run, &options, &v, scratch))
			{
				while (funnel_walk(&run, 100000))
					;
			}
			reached = run.reached;
			free(scratch);
		}
		sum = mix(sum, (uint64_t) reached);
	}
	return sum;
}

const Way	funnel_ways[] = {
	{"funnel", "quick", "funnel_quick", quick_all, NULL, walk_without_plan},
	{"funnel", "walk", "funnel_begin, funnel_walk", walk_all, NULL, quick_all},
	{"window_funnel", "rows", "window_funnel_run", window_all, NULL, window_expected},
	{0}
};
