/*
 * funnel.c
 *	  How far one customer came through a funnel, and when.
 *
 * A funnel without other options than a window is answered by core/funnel.c in a
 * walk of the journey, most often a quick one; everything else by the search of
 * core/funnel_search.c.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/array.h"

#include "journey.h"
#include "funnel_options.h"

/* Touchpoints between two looks for interrupts. */
#define WALK_TOUCHPOINTS	65536

/* Scratch memory of small journeys. */
#define SMALL_SCRATCH		4096

static const FunnelSignature signature =
{
	[FA_STEPS] = 1,
	[FA_WITHIN] = 2,
	[FA_MODE] = 3,
	[FA_STEP_WITHIN] = 4,
	[FA_TIE] = 5,
	[FA_GRACE] = 6,
	[FA_EXCLUDE] = 7,
	[FA_EXCLUDE_AFTER] = 8,
	[FA_EXCLUDE_BEFORE] = 9,
	[FA_ON_EXCLUDE] = 10,
	[FA_OPTIONAL] = 11,
	[FA_OPEN] = 12,
	[FA_ANCHORED] = 13,
	[FA_ENTRY] = 14,
	[FA_HOLD] = 15,
	[FA_FROM] = 16,
	[FA_TO] = 17,
};

/* The times of a chain that takes the first `reached` steps. */
static inline ArrayType *
first_times(const int64 *times, int reached, const FunnelOptions *options)
{
	uint64		taken = reached < 64 ? (UINT64CONST(1) << reached) - 1 : ~UINT64CONST(0);

	return funnel_times_array(times, taken, options->nsteps);
}

/* One customer, without other options than the window. */
static pg_noinline ArrayType *
walk_funnel(const FunnelOptions *options, const JourneyView *view)
{
	FunnelRun	run;
	uint64		small[SMALL_SCRATCH / sizeof(uint64)];
	void	   *scratch = small;

	if (funnel_scratch_size(view) > sizeof(small))
		scratch = palloc(funnel_scratch_size(view));
	if (funnel_begin(&run, options, view, scratch))
		while (funnel_walk(&run, WALK_TOUCHPOINTS))
			CHECK_FOR_INTERRUPTS();
	return first_times(run.times, run.reached, options);
}

/* One customer, with any options; NULL if dropped. */
static pg_noinline ArrayType *
search_funnel(const FunnelOptions *options, const JourneyView *view)
{
	FunnelAnswer answer;

	funnel_search(options, view, funnel_host_begin(), &answer);
	funnel_host_end();
	return answer.dropped ? NULL :
		funnel_times_array(answer.times, answer.taken, options->nsteps);
}

PG_FUNCTION_INFO_V1(funnel);
Datum
funnel(PG_FUNCTION_ARGS)
{
	const FunnelQuestion *q;
	JourneyView view;
	ArrayType  *times;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	q = funnel_question(fcinfo, signature);
	PG_GETARG_JOURNEY(0, &view);
	if (likely(q->plain))
	{
		int64		quick[FUNNEL_MAX_STEPS];
		int			reached = -1;

		if (q->options.plan != NULL)
			reached = funnel_quick(&q->options, &view, quick);
		times = reached >= 0 ? first_times(quick, reached, &q->options) :
			walk_funnel(&q->options, &view);
	}
	else
	{
		times = search_funnel(&q->options, &view);
		if (times == NULL)
			PG_RETURN_NULL();
	}
	PG_RETURN_ARRAYTYPE_P(times);
}
