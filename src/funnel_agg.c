/*
 * funnel_agg.c
 *	  All customers' funnels together.
 *
 * What is counted over customers is a tally with three keys: the name of a
 * step as a label (or the mark TALLY_MARK_START where steps have no names),
 * the number of the step, and the clock its durations run on.  Step 0 is all
 * customers.  A step's counter is raised for every customer who reached it,
 * so it is the sum over all that came this far or further; where customers
 * stopped is the difference between two of them.
 *
 * The rows of a state are made at once, in an order that row_number() knows,
 * so counting looks nothing up.
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "core/funnel.h"
#include "row_array.h"

/* The keys and parameters of a funnel's tally. */
enum
{
	KEY_NAME, KEY_STEP, KEY_CLOCK
};
enum
{
	PARAM_STEPS, PARAM_NAMES
};
enum
{
	FROM_ENTRY, FROM_PREVIOUS, CLOCKS
};

#define NO_NAMES	1			/* PARAM_NAMES of steps without names */

/* Where a row stands in a state; step 1 has no previous step. */
static inline uint32
row_number(int step, int clock)
{
	return step <= 1 ? step : 2 * step - 2 + clock;
}

typedef struct StepNames
{
	int			n;
	const char *text[FUNNEL_MAX_STEPS];
	int			len[FUNNEL_MAX_STEPS];
	int64		hash;			/* never 0 or NO_NAMES */
} StepNames;

static int
one_dimension(ArrayType *arr, const char *what)
{
	int			n = ARR_NDIM(arr) == 1 ? ARR_DIMS(arr)[0] : 0;

	if (n < 1 || n > FUNNEL_MAX_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array of %s must have one dimension and 1 to %d elements",
						what, FUNNEL_MAX_STEPS)));
	return n;
}

/* Step names as they stand in an array, with an FNV-1a hash of all of them. */
static void
read_names(ArrayType *arr, StepNames *names)
{
	char	   *p = ARR_DATA_PTR(arr);
	uint64		hash = UINT64CONST(0xcbf29ce484222325);

	names->n = one_dimension(arr, "step names");
	if (ARR_HASNULL(arr) && array_contains_nulls(arr))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("step names must not be null")));
	for (int i = 0; i < names->n; i++)
	{
		p = (char *) att_align_nominal((uintptr_t) p, TYPALIGN_INT);
		names->text[i] = VARDATA_ANY(p);
		names->len[i] = VARSIZE_ANY_EXHDR(p);
		for (int j = 0; j < names->len[i]; j++)
			hash = (hash ^ (uint8) names->text[i][j]) * UINT64CONST(0x100000001b3);
		hash = (hash ^ 0x100) * UINT64CONST(0x100000001b3);
		p += VARSIZE_ANY(p);
	}
	names->hash = (int64) (hash | 2);
}

static Tally *
new_state(int n, const StepNames *names)
{
	Tally	   *t = tally_create(TALLY_FUNNEL);

	t->params[PARAM_STEPS] = n;
	t->params[PARAM_NAMES] = names ? names->hash : NO_NAMES;
	for (int step = 0; step <= n; step++)
	{
		int64		keys[3] = {TALLY_MARK_START, step, FROM_ENTRY};

		if (step > 0 && names)
		{
			JourneyLabel label;

			journey_label_checked(&label, names->text[step - 1], names->len[step - 1],
								  "step name");
			keys[KEY_NAME] = tally_label_grow(&t, &label);
		}
		tally_row_grow(&t, keys);
		if (step > 1)
		{
			keys[KEY_CLOCK] = FROM_PREVIOUS;
			tally_row_grow(&t, keys);
		}
	}
	return t;
}

static void
check_state(const Tally *t, int n, const StepNames *names)
{
	if (t->params[PARAM_STEPS] != n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("funnels of different length in one aggregate"),
				 errdetail("The number of steps is " INT64_FORMAT " in one and %d in another.",
						   t->params[PARAM_STEPS], n),
				 errhint("Group by the funnel, or filter, so that each group has one list of steps.")));
	if (t->params[PARAM_NAMES] != (names ? names->hash : NO_NAMES))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("different step names in one aggregate"),
				 errhint("Group by the step names, so that each group has one list of them.")));
	if (t->nrows != 2 * n)
		elog(ERROR, "funnel state of %d steps has %u rows", n, t->nrows);
}

static void
count_duration(Tally **t, int step, int clock, TimestampTz from, TimestampTz to)
{
	TallyRow   *row = tally_row_at(*t, row_number(step, clock));
	int64	   *counters = tally_counters(*t, row);
	int64		us;

	if (tally_keys(row)[KEY_STEP] != step || tally_keys(row)[KEY_CLOCK] != clock)
		elog(ERROR, "funnel state has its rows out of order");
	if (to < from)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("times of funnel steps must not decrease"),
				 errdetail("Step %d is before an earlier step.", step)));
	if (pg_sub_s64_overflow(to, from, &us) ||
		pg_add_s64_overflow(counters[TC_FUNNEL_SUM_HIGH], us >> 32,
							&counters[TC_FUNNEL_SUM_HIGH]) ||
		pg_add_s64_overflow(counters[TC_FUNNEL_SUM_LOW], us & 0xffffffff,
							&counters[TC_FUNNEL_SUM_LOW]))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("duration in a funnel is out of range")));
	counters[TC_FUNNEL_REACHED]++;
	tally_duration_grow(t, &row, us, 1);
}

/*
 * funnel_agg_transfn(state, times [, names]): one customer more.
 */
PG_FUNCTION_INFO_V1(funnel_agg_transfn);
Datum
funnel_agg_transfn(PG_FUNCTION_ARGS)
{
	Tally	   *state = PG_ARGISNULL(0) ? NULL : tally_state(fcinfo, 0, TALLY_FUNNEL);
	ArrayType  *arr;
	const TimestampTz *times;
	StepNames	given;
	StepNames  *names = NULL;
	int			n;

	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	arr = PG_GETARG_ARRAYTYPE_P(1);
	n = one_dimension(arr, "step times");
	if (PG_NARGS() > 2)
	{
		if (PG_ARGISNULL(2))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("step names must not be null")));
		names = &given;
		read_names(PG_GETARG_ARRAYTYPE_P(2), names);
		if (names->n != n)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("number of step names (%d) does not match number of steps (%d)",
							names->n, n)));
	}
	if (state == NULL)
		state = new_state(n, names);
	else
		check_state(state, n, names);

	tally_counters(state, tally_row_at(state, 0))[TC_FUNNEL_REACHED]++;
	times = (const TimestampTz *) ARR_DATA_PTR(arr);
	for (int i = 0; i < n; i++)
	{
		if (ARR_HASNULL(arr) && (ARR_NULLBITMAP(arr)[i / 8] >> i % 8 & 1) == 0)
		{
			for (int later = i + 1; later < n; later++)
				if ((ARR_NULLBITMAP(arr)[later / 8] >> later % 8 & 1) != 0)
					ereport(ERROR,
							(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							 errmsg("funnel step %d has a time but step %d has none",
									later + 1, i + 1)));
			break;
		}
		if (TIMESTAMP_NOT_FINITE(times[i]))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("times of funnel steps must be finite")));
		if (i == 0)
			tally_counters(state, tally_row_at(state, 1))[TC_FUNNEL_REACHED]++;
		else
		{
			count_duration(&state, i + 1, FROM_ENTRY, times[0], times[i]);
			count_duration(&state, i + 1, FROM_PREVIOUS, times[i - 1], times[i]);
		}
	}
	PG_RETURN_POINTER(state);
}

/* -- the answer --------------------------------------------------------------- */

/* The columns of journey.funnel_row. */
enum
{
	COL_STEP_NO,
	COL_STEP,
	COL_REACHED,
	COL_OF_ALL,
	COL_OF_ENTERED,
	COL_OF_PREVIOUS,
	COL_ALL_COUNT,
	COL_ENTERED_COUNT,
	COL_PREVIOUS_COUNT,
	COL_DROPPED,
	COL_DURATIONS,				/* median, mean, p90 from entry */
	COL_COUNT = COL_DURATIONS + 3 * CLOCKS
};

static void
rate(Datum *value, bool *isnull, int64 part, int64 whole)
{
	*isnull = whole == 0;
	if (whole != 0)
		*value = Float8GetDatum((double) part / (double) whole);
}

static int64
reached(const Tally *t, const TallyRow *row)
{
	return row ? tally_counters(t, row)[TC_FUNNEL_REACHED] : 0;
}

static void
durations(const Tally *t, const TallyRow *row, Datum *values, bool *isnull)
{
	const int64 *counters;
	double		sum;

	if (reached(t, row) == 0 || tally_duration_count(t, row) == 0)
	{
		isnull[0] = isnull[1] = isnull[2] = true;
		return;
	}
	counters = tally_counters(t, row);
	sum = (double) counters[TC_FUNNEL_SUM_HIGH] * 4294967296.0 +
		(double) counters[TC_FUNNEL_SUM_LOW];
	values[0] = Float8GetDatum(tally_quantile(t, row, 0.5) / USECS_PER_SEC);
	values[1] = Float8GetDatum(sum / (double) counters[TC_FUNNEL_REACHED] / USECS_PER_SEC);
	values[2] = Float8GetDatum(tally_quantile(t, row, 0.9) / USECS_PER_SEC);
}

/*
 * The rows of a tally by step and clock, which may stand in any order.  It may
 * have been read from text, so it is not trusted to be one of a funnel.
 */
static int
find_rows(const Tally *t, const TallyRow *rows[][CLOCKS])
{
	int64		n = t->params[PARAM_STEPS];

	if (t->kind != TALLY_FUNNEL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a %s tally is not a funnel tally",
						tally_shape(t->kind)->name)));
	if (n < 1 || n > FUNNEL_MAX_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("funnel tally has " INT64_FORMAT " steps", n),
				 errdetail("A funnel has 1 to %d steps.", FUNNEL_MAX_STEPS)));
	memset(rows, 0, (n + 1) * sizeof(rows[0]));
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		const int64 *keys = tally_keys(row);

		if (keys[KEY_STEP] < 0 || keys[KEY_STEP] > n ||
			keys[KEY_CLOCK] < 0 || keys[KEY_CLOCK] >= CLOCKS ||
			rows[keys[KEY_STEP]][keys[KEY_CLOCK]] != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("funnel tally has a row that is not one of its steps"),
					 errdetail("Its keys are " INT64_FORMAT ", " INT64_FORMAT " and " INT64_FORMAT ".",
							   keys[KEY_NAME], keys[KEY_STEP], keys[KEY_CLOCK])));
		rows[keys[KEY_STEP]][keys[KEY_CLOCK]] = row;
	}
	return n;
}

/*
 * Final function of funnel_agg, and the reading of a stored tally.
 */
PG_FUNCTION_INFO_V1(funnel_rows);
Datum
funnel_rows(PG_FUNCTION_ARGS)
{
	const Tally *t = PG_GETARG_TALLY_P(0);
	RowArray	answer;
	const TallyRow *rows[FUNNEL_MAX_STEPS + 1][CLOCKS];
	int			n = find_rows(t, rows);
	int64		all = reached(t, rows[0][FROM_ENTRY]);
	int64		entered = reached(t, rows[1][FROM_ENTRY]);
	int64		previous = all;

	row_array_start(&answer, fcinfo);
	if (answer.desc->natts != COL_COUNT)
		elog(ERROR, "type funnel_row has %d columns instead of %d",
			 answer.desc->natts, COL_COUNT);
	for (int step = 1; step <= n; step++)
	{
		const TallyRow *row = rows[step][FROM_ENTRY];
		int64		here = reached(t, row);
		int64		name = row ? tally_keys(row)[KEY_NAME] : TALLY_MARK_START;
		Datum		values[COL_COUNT];
		bool		isnull[COL_COUNT] = {false};

		values[COL_STEP_NO] = Int32GetDatum(step);
		isnull[COL_STEP] = name < 0;
		if (name >= 0)
		{
			JourneyLabel label;

			tally_label_get(t, name, &label);
			values[COL_STEP] = journey_label_datum(&label);
		}
		values[COL_REACHED] = Int64GetDatum(here);
		rate(&values[COL_OF_ALL], &isnull[COL_OF_ALL], here, all);
		rate(&values[COL_OF_ENTERED], &isnull[COL_OF_ENTERED], here, entered);
		rate(&values[COL_OF_PREVIOUS], &isnull[COL_OF_PREVIOUS], here, previous);
		values[COL_ALL_COUNT] = Int64GetDatum(all);
		values[COL_ENTERED_COUNT] = Int64GetDatum(entered);
		values[COL_PREVIOUS_COUNT] = Int64GetDatum(previous);
		values[COL_DROPPED] = Int64GetDatum(previous - here);
		for (int clock = 0; clock < CLOCKS; clock++)
			durations(t, rows[step][clock], &values[COL_DURATIONS + 3 * clock],
					  &isnull[COL_DURATIONS + 3 * clock]);
		row_array_add(&answer, values, isnull);
		previous = here;
	}
	PG_RETURN_DATUM(row_array_finish(&answer));
}
