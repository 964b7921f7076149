/*
 * funnel.c
 *	  How far one customer came through a funnel, and when.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "core/funnel.h"

/* Touchpoints between two looks for interrupts. */
#define WALK_TOUCHPOINTS	65536

/* Scratch memory of small journeys. */
#define SMALL_SCRATCH		4096

/* -- one customer ----------------------------------------------------------- */

static uint64
window_from_interval(const Interval *within)
{
	int64		us;

	if (within->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"within\" must not have months or years"),
				 errdetail("They differ in length."),
				 errhint("Use days, for example '30 days'.")));
	if (pg_mul_s64_overflow(within->day, USECS_PER_DAY, &us) ||
		pg_add_s64_overflow(us, within->time, &us))
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("\"within\" is out of range")));
	if (us < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"within\" must not be negative")));
	return us;
}

/* The array of `n` elements of which the first `filled` are these times. */
static ArrayType *
times_array(const int64 *times, int filled, int n)
{
	int			offset = filled < n ? ARR_OVERHEAD_WITHNULLS(1, n) : 0;
	int			header = filled < n ? offset : ARR_OVERHEAD_NONULLS(1);
	Size		size = header + filled * sizeof(int64);
	ArrayType  *result = palloc0(size);

	SET_VARSIZE(result, size);
	result->ndim = 1;
	result->dataoffset = offset;
	result->elemtype = TIMESTAMPTZOID;
	ARR_DIMS(result)[0] = n;
	ARR_LBOUND(result)[0] = 1;
	if (filled < n)
		for (int i = 0; i < filled; i++)
			ARR_NULLBITMAP(result)[i / 8] |= 1 << i % 8;
	memcpy((char *) result + header, times, filled * sizeof(int64));
	return result;
}

PG_FUNCTION_INFO_V1(funnel);
Datum
funnel(PG_FUNCTION_ARGS)
{
	const Matcher *steps[FUNNEL_MAX_STEPS];
	FunnelOptions options = {.from = INT64_MIN, .to = INT64_MAX};
	FunnelRun	run;
	JourneyView view;
	uint64		small[SMALL_SCRATCH / sizeof(uint64)];
	void	   *scratch = small;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	options.steps = steps;
	options.nsteps = matcher_array(PG_GETARG_DATUM(1), FUNNEL_MAX_STEPS, steps);
	options.within = PG_ARGISNULL(2) ? FUNNEL_NO_LIMIT :
		window_from_interval(PG_GETARG_INTERVAL_P(2));
	PG_GETARG_JOURNEY(0, &view);

	if (funnel_scratch_size(&view) > sizeof(small))
		scratch = palloc(funnel_scratch_size(&view));
	if (funnel_begin(&run, &options, &view, scratch))
		while (funnel_walk(&run, WALK_TOUCHPOINTS))
			CHECK_FOR_INTERRUPTS();
	PG_RETURN_ARRAYTYPE_P(times_array(run.times, run.reached, options.nsteps));
}
