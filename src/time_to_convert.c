/*
 * time_to_convert.c
 *	  How long customers took from one step of a funnel to a later one, in bins.
 *
 * The state is a tally with a row for every different duration, in
 * microseconds, that counts its customers.  So mean and quantiles are exact,
 * and the bins can be laid when all durations are known: PostHog's rule asks
 * for the number of customers, the shortest and the longest duration.  Edges
 * given by the caller are rows too, so that a stored tally has them with it.
 * The rows of a packed tally are in order: the answer is one pass over them.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "core/funnel.h"
#include "row_array.h"
#include "tally_state.h"

#define MAX_AUTOMATIC_BINS	60
#define MAX_BINS			90
#define MAX_EDGES			1000
#define NARROWEST_SECONDS	60	/* width of bins where all took equally long */

/* The keys and parameters of the tally. */
enum
{
	KEY_ROW, KEY_MICROSECONDS
};
enum
{
	PARAM_FROM, PARAM_TO, PARAM_BINS
};

/* What a row is. */
enum
{
	ROW_STARTED,				/* customers with a time at the first of the
								 * two steps; no microseconds */
	ROW_EDGE,					/* counts nothing */
	ROW_DURATION,
	ROWS
};

/*
 * PARAM_BINS: a number of bins, AUTOMATIC, or a hash of the edges, which is less
 * than that.
 */
#define AUTOMATIC	(-1)

typedef struct ConvertArgs
{
	int			from;			/* steps, from 1 */
	int			to;
	int64		bins;			/* as PARAM_BINS */
	int			nedges;
	int64		edges[MAX_EDGES];	/* microseconds */
} ConvertArgs;

/* -- arguments ---------------------------------------------------------------- */

static int
step_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	int			step;

	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"%s\" must not be null", name)));
	step = PG_GETARG_INT32(n);
	if (step < 1 || step > FUNNEL_MAX_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is %d: it must be the number of a step, from 1 to %d",
						name, step, FUNNEL_MAX_STEPS)));
	return step;
}

static void
read_steps(FunctionCallInfo fcinfo, ConvertArgs *args)
{
	args->from = step_arg(fcinfo, 2, "from_step");
	args->to = step_arg(fcinfo, 3, "to_step");
	args->bins = AUTOMATIC;
	args->nedges = 0;
	if (args->from >= args->to)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"to_step\" must be a later step than \"from_step\""),
				 errdetail("They are %d and %d.", args->to, args->from)));
}

static void
read_bins(FunctionCallInfo fcinfo, ConvertArgs *args)
{
	if (PG_ARGISNULL(4))
		return;
	args->bins = PG_GETARG_INT32(4);
	if (args->bins < 1 || args->bins > MAX_BINS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of bins must be between 1 and %d", MAX_BINS),
				 errhint("Give an array of edges to choose the bins one by one, or NULL for as many as the number of customers asks for.")));
}

static void
read_edges(FunctionCallInfo fcinfo, ConvertArgs *args)
{
	ArrayType  *arr;
	const float8 *seconds;
	uint64		hash = UINT64CONST(0xcbf29ce484222325);

	if (PG_ARGISNULL(4))
		return;
	arr = PG_GETARG_ARRAYTYPE_P(4);
	args->nedges = ARR_NDIM(arr) == 1 ? ARR_DIMS(arr)[0] : 0;
	if (args->nedges < 1 || args->nedges > MAX_EDGES)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array of edges must have one dimension and 1 to %d elements", MAX_EDGES)));
	if (ARR_HASNULL(arr) && array_contains_nulls(arr))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("edges of bins must not be null")));
	seconds = (const float8 *) ARR_DATA_PTR(arr);
	for (int i = 0; i < args->nedges; i++)
	{
		double		us = rint(seconds[i] * USECS_PER_SEC);

		/* false for NaN, too */
		if (!(us >= 0 && us < (double) PG_INT64_MAX))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("edge %d of the bins is out of range", i + 1),
					 errdetail("Edges are seconds, 0 or more.")));
		args->edges[i] = (int64) us;
		if (i > 0 && args->edges[i] <= args->edges[i - 1])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("edges of bins must increase"),
					 errdetail("Edge %d is not above edge %d.", i + 1, i),
					 errhint("Edges are taken to the microsecond.")));
		hash = (hash ^ (uint64) args->edges[i]) * UINT64CONST(0x100000001b3);
		hash ^= hash >> 32;
	}
	/* negative, and not AUTOMATIC */
	args->bins = (int64) ((hash | UINT64CONST(0x8000000000000000)) & ~UINT64CONST(1));
}

/* -- counting ------------------------------------------------------------------ */

static Tally *
new_state(const ConvertArgs *args)
{
	Tally	   *t = tally_create(TALLY_TIME_TO_CONVERT);
	int64		keys[2] = {ROW_STARTED, 0};

	t->params[PARAM_FROM] = args->from;
	t->params[PARAM_TO] = args->to;
	t->params[PARAM_BINS] = args->bins;
	tally_row_grow(&t, keys);
	keys[KEY_ROW] = ROW_EDGE;
	for (int i = 0; i < args->nedges; i++)
	{
		keys[KEY_MICROSECONDS] = args->edges[i];
		tally_row_grow(&t, keys);
	}
	return t;
}

static void
check_state(const Tally *t, const ConvertArgs *args)
{
	if (t->params[PARAM_FROM] != args->from || t->params[PARAM_TO] != args->to ||
		t->params[PARAM_BINS] != args->bins)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("steps and bins must be the same in all calls of one aggregate"),
				 errhint("Group by what differs.")));
}

static void
count_row(Tally **t, int row, int64 us)
{
	int64		keys[2] = {row, us};
	int64	   *customers = &tally_counters(*t, tally_row_grow(t, keys))[TC_CONVERT_CUSTOMERS];

	if (pg_add_s64_overflow(*customers, 1, customers))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of customers is out of range")));
}

/* The time of a step (from 1) of n; false where there is none. */
static bool
step_time(ArrayType *arr, int step, TimestampTz *at)
{
	const TimestampTz *times = (const TimestampTz *) ARR_DATA_PTR(arr);
	const bits8 *bits = ARR_NULLBITMAP(arr);

	for (int i = 0; i < step - 1; i++)
		times += bits == NULL || (bits[i / 8] >> i % 8 & 1) != 0;
	if (bits != NULL && (bits[(step - 1) / 8] >> (step - 1) % 8 & 1) == 0)
		return false;
	*at = *times;
	if (TIMESTAMP_NOT_FINITE(*at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("times of funnel steps must be finite")));
	return true;
}

/* One customer more. */
static Datum
count_customer(FunctionCallInfo fcinfo, const ConvertArgs *args)
{
	Tally	   *t = PG_ARGISNULL(0) ? NULL : tally_state(fcinfo, 0, TALLY_TIME_TO_CONVERT);
	ArrayType  *arr;
	int			n;
	TimestampTz from;
	TimestampTz to;
	int64		us;

	if (PG_ARGISNULL(1))
	{
		if (t == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(t);
	}
	arr = PG_GETARG_ARRAYTYPE_P(1);
	n = ARR_NDIM(arr) == 1 ? ARR_DIMS(arr)[0] : 0;
	if (n < 1 || n > FUNNEL_MAX_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array of %s must have one dimension and 1 to %d elements",
						"step times", FUNNEL_MAX_STEPS)));
	if (args->to > n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"to_step\" is %d, but the funnel has only %d steps", args->to, n)));
	if (t == NULL)
		t = new_state(args);
	else
		check_state(t, args);

	if (!step_time(arr, args->from, &from))
		PG_RETURN_POINTER(t);
	count_row(&t, ROW_STARTED, 0);
	if (!step_time(arr, args->to, &to))
		PG_RETURN_POINTER(t);
	if (to < from)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("times of funnel steps must not decrease"),
				 errdetail("Step %d is before step %d.", args->to, args->from)));
	if (pg_sub_s64_overflow(to, from, &us))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("duration in a funnel is out of range")));
	count_row(&t, ROW_DURATION, us);
	PG_RETURN_POINTER(t);
}

/*
 * time_to_convert_add(state, times, from_step, to_step), with bins, with edges.
 */
PG_FUNCTION_INFO_V1(time_to_convert_add);
Datum
time_to_convert_add(PG_FUNCTION_ARGS)
{
	ConvertArgs args;

	read_steps(fcinfo, &args);
	return count_customer(fcinfo, &args);
}

PG_FUNCTION_INFO_V1(time_to_convert_add_bins);
Datum
time_to_convert_add_bins(PG_FUNCTION_ARGS)
{
	ConvertArgs args;

	read_steps(fcinfo, &args);
	read_bins(fcinfo, &args);
	return count_customer(fcinfo, &args);
}

PG_FUNCTION_INFO_V1(time_to_convert_add_edges);
Datum
time_to_convert_add_edges(PG_FUNCTION_ARGS)
{
	ConvertArgs args;

	read_steps(fcinfo, &args);
	read_edges(fcinfo, &args);
	return count_customer(fcinfo, &args);
}

/* -- the answer ----------------------------------------------------------------- */

/* The columns of journey.time_to_convert_row. */
enum
{
	COL_BIN_NO,
	COL_FROM_SECONDS,
	COL_TO_SECONDS,
	COL_CUSTOMERS,
	COL_OF_CONVERTED,
	COL_CONVERTED_COUNT,
	COL_STARTED_COUNT,
	COL_AVERAGE_SECONDS,
	COL_MEDIAN_SECONDS,
	COL_P90_SECONDS,
	COL_COUNT
};

/* What a packed tally holds. */
typedef struct Conversions
{
	const Tally *t;
	uint32		first_edge;		/* rows */
	uint32		first_duration;
	int64		started;
	int64		converted;
	int64		sum_high;		/* of all durations, in two halves of 32 bits */
	int64		sum_low;
} Conversions;

/* In two parts: not every number of microseconds is a double. */
static double
in_seconds(int64 us)
{
	return (double) (us / USECS_PER_SEC) + (double) (us % USECS_PER_SEC) / USECS_PER_SEC;
}

static int64
row_microseconds(const Tally *t, uint32 row)
{
	return tally_keys(tally_row_at(t, row))[KEY_MICROSECONDS];
}

static int64
row_customers(const Tally *t, uint32 row)
{
	return tally_counters(t, tally_row_at(t, row))[TC_CONVERT_CUSTOMERS];
}

static void
not_conversions(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("tally does not hold times to convert: %s", problem)));
}

static void
add_product(int64 *sum, int64 a, int64 b)
{
	int64		product;

	if (pg_mul_s64_overflow(a, b, &product) || pg_add_s64_overflow(*sum, product, sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of durations is out of range")));
}

/*
 * Read and add up.  The tally may come from text: what the general form of a
 * tally cannot know is checked.
 */
static void
read_conversions(const Tally *given, Conversions *c)
{
	const Tally *t;
	const int64 *params = given->params;
	uint32		i = 0;

	tally_must_be(given, TALLY_TIME_TO_CONVERT);
	if (params[PARAM_FROM] < 1 || params[PARAM_TO] > FUNNEL_MAX_STEPS ||
		params[PARAM_FROM] >= params[PARAM_TO])
		not_conversions("its steps are no steps of a funnel");
	if (params[PARAM_BINS] == 0 || params[PARAM_BINS] > MAX_BINS)
		not_conversions("its number of bins is out of range");

	memset(c, 0, sizeof(*c));
	c->t = t = tally_packed(given);
	for (; i < t->nrows && tally_keys(tally_row_at(t, i))[KEY_ROW] == ROW_STARTED; i++)
	{
		if (i > 0 || row_microseconds(t, i) != 0)
			not_conversions("a count of customers has a duration");
		c->started = row_customers(t, i);
	}
	c->first_edge = i;
	while (i < t->nrows && tally_keys(tally_row_at(t, i))[KEY_ROW] == ROW_EDGE)
		i++;
	c->first_duration = i;
	if (i - c->first_edge > MAX_EDGES || (i > c->first_edge) != (params[PARAM_BINS] < AUTOMATIC))
		not_conversions("its edges are not those of its bins");
	for (; i < t->nrows; i++)
	{
		int64		us = row_microseconds(t, i);
		int64		n = row_customers(t, i);

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (tally_keys(tally_row_at(t, i))[KEY_ROW] != ROW_DURATION)
			not_conversions("it has a row of an unknown kind");
		if (us < 0 || n == 0)
			not_conversions("it has a duration that nobody can have taken");
		add_product(&c->converted, n, 1);
		add_product(&c->sum_high, us >> 32, n);
		add_product(&c->sum_low, us & 0xffffffff, n);
	}
	if (c->converted > c->started)
		not_conversions("more customers converted than started");
	for (i = c->first_edge; i < c->first_duration; i++)
		if (row_microseconds(t, i) < 0 || row_customers(t, i) != 0)
			not_conversions("its edges are not those of its bins");
}

static double
average_seconds(const Conversions *c)
{
	double		sum = (double) c->sum_high * 4294967296.0 + (double) c->sum_low;

	return sum / (double) c->converted / USECS_PER_SEC;
}

/*
 * Number ceil(tenths / 10 * n) of the durations in order, as percentile_disc
 * would choose.
 */
static double
quantile_seconds(const Conversions *c, int tenths)
{
	int64		rest = c->converted % 10 * tenths;
	int64		rank = c->converted / 10 * tenths + (rest + 9) / 10;
	uint32		i = c->first_duration;

	while (rank > row_customers(c->t, i))
		rank -= row_customers(c->t, i++);
	return in_seconds(row_microseconds(c->t, i));
}

/* The least b with b * b * b >= n. */
static int64
automatic_bins(int64 n)
{
	int64		b = 1;

	while (b < MAX_AUTOMATIC_BINS && b * b * b < n)
		b++;
	return b;
}

/*
 * Lay equal bins of whole seconds over all durations: the first begins at the
 * shortest one, and one more than asked for begins where they end, because
 * bins do not hold their upper edge.  Returns how many lower edges there are,
 * 0 if nobody converted.
 */
static int
lay_bins(const Conversions *c, int64 *edges)
{
	int64		bins = c->t->params[PARAM_BINS];
	int64		from;
	int64		to;
	int64		width;

	if (c->converted == 0)
		return 0;
	from = row_microseconds(c->t, c->first_duration) / USECS_PER_SEC;
	to = row_microseconds(c->t, c->t->nrows - 1);
	to = to / USECS_PER_SEC + (to % USECS_PER_SEC > 0);
	if (bins == AUTOMATIC)
		bins = automatic_bins(c->converted);
	width = (to - from) / bins + ((to - from) % bins > 0);
	if (width == 0)
		width = NARROWEST_SECONDS;
	for (int i = 0; i <= bins; i++)
		if (pg_mul_s64_overflow(from + i * width, USECS_PER_SEC, &edges[i]))
			edges[i] = PG_INT64_MAX;
	return (int) bins + 1;
}

/*
 * Final function of time_to_convert_agg, and the reading of a stored tally.
 */
PG_FUNCTION_INFO_V1(time_to_convert_rows);
Datum
time_to_convert_rows(PG_FUNCTION_ARGS)
{
	Conversions c;
	int64		edges[MAX_EDGES];
	int			nedges;
	bool		open_ends;
	double		width = 0;
	uint32		row;
	RowArray	answer;
	Datum		values[COL_COUNT];
	bool		isnull[COL_COUNT] = {false};
	int			bin_no = 0;

	read_conversions(PG_GETARG_TALLY_P(0), &c);
	open_ends = c.first_duration > c.first_edge;
	if (open_ends)
	{
		nedges = (int) (c.first_duration - c.first_edge);
		for (int i = 0; i < nedges; i++)
			edges[i] = row_microseconds(c.t, c.first_edge + i);
	}
	else
	{
		nedges = lay_bins(&c, edges);
		if (nedges > 0)
			width = in_seconds(edges[1] - edges[0]);
	}

	row_array_start(&answer, fcinfo);
	if (answer.desc->natts != COL_COUNT)
		elog(ERROR, "type time_to_convert_row has %d columns instead of %d",
			 answer.desc->natts, COL_COUNT);
	values[COL_CONVERTED_COUNT] = Int64GetDatum(c.converted);
	values[COL_STARTED_COUNT] = Int64GetDatum(c.started);
	values[COL_AVERAGE_SECONDS] = values[COL_MEDIAN_SECONDS] = values[COL_P90_SECONDS] = (Datum) 0;
	isnull[COL_AVERAGE_SECONDS] = isnull[COL_MEDIAN_SECONDS] = isnull[COL_P90_SECONDS] = c.converted == 0;
	if (c.converted > 0)
	{
		values[COL_AVERAGE_SECONDS] = Float8GetDatum(average_seconds(&c));
		values[COL_MEDIAN_SECONDS] = Float8GetDatum(quantile_seconds(&c, 5));
		values[COL_P90_SECONDS] = Float8GetDatum(quantile_seconds(&c, 9));
	}

	/*
	 * bin i lies before edge i; without open ends there is none before the
	 * first
	 */
	row = c.first_duration;
	for (int i = open_ends ? 0 : 1; i <= nedges; i++)
	{
		int64		customers = 0;

		for (; row < c.t->nrows && (i == nedges || row_microseconds(c.t, row) < edges[i]); row++)
			customers += row_customers(c.t, row);
		values[COL_BIN_NO] = Int32GetDatum(++bin_no);
		isnull[COL_FROM_SECONDS] = i == 0;
		isnull[COL_TO_SECONDS] = i == nedges && open_ends;
		values[COL_FROM_SECONDS] = values[COL_TO_SECONDS] = (Datum) 0;
		if (i > 0)
			values[COL_FROM_SECONDS] = Float8GetDatum(in_seconds(edges[i - 1]));
		if (i < nedges)
			values[COL_TO_SECONDS] = Float8GetDatum(in_seconds(edges[i]));
		else if (!open_ends)
			values[COL_TO_SECONDS] = Float8GetDatum(in_seconds(edges[i - 1]) + width);
		values[COL_CUSTOMERS] = Int64GetDatum(customers);
		isnull[COL_OF_CONVERTED] = c.converted == 0;
		values[COL_OF_CONVERTED] = c.converted == 0 ? (Datum) 0 :
			Float8GetDatum((double) customers / (double) c.converted);
		row_array_add(&answer, values, isnull);
	}
	PG_RETURN_DATUM(row_array_finish(&answer));
}
