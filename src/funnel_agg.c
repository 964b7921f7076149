/*
 * funnel_agg.c
 *	  All customers' funnels together.
 *
 * A customer's times have an element for each step, NULL where there is none:
 * before the step where the customer came in, where a step was skipped, and
 * after the last one.  The steps from the first element that is not NULL to
 * the last are those that the customer reached.
 *
 * What is counted over customers is a tally with three keys: the name of a
 * step as a label (or the mark TALLY_MARK_START where steps have no names),
 * the number of the step, and the clock its durations run on.  Step 0 is all
 * customers.  A step's counter is raised for every customer who reached it,
 * so it is the sum over all that came this far or further; where customers
 * stopped is the difference between two of them.  Whoever enters at a step has
 * no durations there, and is counted as such in the row of the clock from the
 * previous step; the first step, which has no such row, is entered by all who
 * reach it.  So who skipped a step need not be counted: they reached it, did
 * not enter there, and have no duration.
 *
 * The rows of a state are made at once, in an order that row_number() knows,
 * so counting looks nothing up.  Names of steps are compared with those of the
 * row before as bytes, and hashed only when they differ.
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "port/pg_bitutils.h"
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
	FROM_ENTRY,					/* customers: who reached the step */
	FROM_PREVIOUS,				/* customers: who entered at the step */
	CLOCKS
};

#define NO_NAMES	1			/* PARAM_NAMES of steps without names */

/* Where a row stands in a state; step 1 has no previous step. */
static inline uint32
row_number(int step, int clock)
{
	return step <= 1 ? step : 2 * step - 2 + clock;
}

/* The step names of the call before, kept by the function. */
typedef struct LastNames
{
	int			n;
	int64		hash;
	Size		allocated;
	Size		size;
	char		bytes[FLEXIBLE_ARRAY_MEMBER];	/* of the whole array */
} LastNames;

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

/*
 * The number and the hash of the names of a call: those of the call before if
 * the arrays are equal byte by byte.
 */
static const LastNames *
hash_names(FunctionCallInfo fcinfo, ArrayType *arr)
{
	LastNames  *last = fcinfo->flinfo->fn_extra;
	Size		size = VARSIZE(arr);
	StepNames	names;

	if (last != NULL && last->size == size && memcmp(last->bytes, arr, size) == 0)
		return last;
	read_names(arr, &names);
	if (last == NULL || last->allocated < size)
	{
		LastNames  *larger = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt,
												offsetof(LastNames, bytes) + size);

		if (last != NULL)
			pfree(last);
		fcinfo->flinfo->fn_extra = last = larger;
		last->allocated = size;
	}
	last->n = names.n;
	last->hash = names.hash;
	last->size = size;
	memcpy(last->bytes, arr, size);
	return last;
}

static void
check_state(const Tally *t, int n, int64 names_hash)
{
	if (t->params[PARAM_STEPS] != n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("funnels of different length in one aggregate"),
				 errdetail("The number of steps is " INT64_FORMAT " in one and %d in another.",
						   t->params[PARAM_STEPS], n),
				 errhint("Group by the funnel, or filter, so that each group has one list of steps.")));
	if (t->params[PARAM_NAMES] != names_hash)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("different step names in one aggregate"),
				 errhint("Group by the step names, so that each group has one list of them.")));
	if (t->nrows != 2 * n)
		elog(ERROR, "funnel state of %d steps has %u rows", n, t->nrows);
}

/* The row of a state, which is in the order that new_state made. */
static inline TallyRow *
state_row(const Tally *t, int step, int clock)
{
	TallyRow   *row = tally_row_at(t, row_number(step, clock));

	if (unlikely(tally_keys(row)[KEY_STEP] != step || tally_keys(row)[KEY_CLOCK] != clock))
		elog(ERROR, "funnel state has its rows out of order");
	return row;
}

static inline void
count_customers(const Tally *t, int step, int clock)
{
	tally_counters(t, state_row(t, step, clock))[TC_FUNNEL_CUSTOMERS]++;
}

static inline void
count_duration(Tally **t, int step, int clock, int64 us)
{
	TallyRow   *row = state_row(*t, step, clock);
	int64	   *counters = tally_counters(*t, row);

	if (unlikely(pg_add_s64_overflow(counters[TC_FUNNEL_SUM_HIGH], us >> 32,
									 &counters[TC_FUNNEL_SUM_HIGH]) ||
				 pg_add_s64_overflow(counters[TC_FUNNEL_SUM_LOW], us & 0xffffffff,
									 &counters[TC_FUNNEL_SUM_LOW])))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of durations in a funnel is out of range")));
	tally_duration_grow(t, &row, us, 1);
}

static inline int64
duration(TimestampTz from, TimestampTz to, int step)
{
	int64		us;

	if (to < from)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("times of funnel steps must not decrease"),
				 errdetail("Step %d is before an earlier step.", step)));
	if (pg_sub_s64_overflow(to, from, &us))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("duration in a funnel is out of range")));
	return us;
}

/*
 * Count one customer; bit k of `taken` tells that step k + 1 has a time, and
 * `times` has only those.
 */
static inline void
count_times(Tally **t, const TimestampTz *times, uint64 taken)
{
	TimestampTz entry = 0;
	TimestampTz previous = 0;
	int			before = 0;		/* the step before this one that has a time */

	count_customers(*t, 0, FROM_ENTRY);
	for (; taken != 0; taken &= taken - 1)
	{
		TimestampTz at = *times++;
		int			step = pg_rightmost_one_pos64(taken) + 1;

		if (TIMESTAMP_NOT_FINITE(at))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("times of funnel steps must be finite")));
		if (before == 0)
		{
			entry = at;
			if (step > 1)
				count_customers(*t, step, FROM_PREVIOUS);
		}
		else
		{
			int64		us = duration(previous, at, step);

			while (++before < step)
				count_customers(*t, before, FROM_ENTRY);
			count_duration(t, step, FROM_PREVIOUS, us);
			count_duration(t, step, FROM_ENTRY, duration(entry, at, step));
		}
		count_customers(*t, step, FROM_ENTRY);
		before = step;
		previous = at;
	}
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
	int64		names_hash = NO_NAMES;
	uint64		taken;
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
		const LastNames *names;

		if (PG_ARGISNULL(2))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("step names must not be null")));
		names = hash_names(fcinfo, PG_GETARG_ARRAYTYPE_P(2));
		if (names->n != n)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("number of step names (%d) does not match number of steps (%d)",
							names->n, n)));
		names_hash = names->hash;
	}
	if (state == NULL)
	{
		StepNames	names;

		if (names_hash != NO_NAMES)
			read_names(PG_GETARG_ARRAYTYPE_P(2), &names);
		state = new_state(n, names_hash != NO_NAMES ? &names : NULL);
	}
	else
		check_state(state, n, names_hash);

	/* n elements have at most eight bytes of bits, which say "not null" */
	taken = n < 64 ? (UINT64CONST(1) << n) - 1 : PG_UINT64_MAX;
	if (ARR_HASNULL(arr))
	{
		const bits8 *bits = ARR_NULLBITMAP(arr);
		uint64		present = 0;

		for (int i = 0; i < (n + 7) / 8; i++)
			present |= (uint64) bits[i] << (8 * i);
		taken &= present;
	}
	count_times(&state, (const TimestampTz *) ARR_DATA_PTR(arr), taken);
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
	COL_ENTERED_HERE,
	COL_SKIPPED,
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
customers(const Tally *t, const TallyRow *row)
{
	return row ? tally_counters(t, row)[TC_FUNNEL_CUSTOMERS] : 0;
}

static void
durations(const Tally *t, const TallyRow *row, Datum *values, bool *isnull)
{
	int64		n = row ? tally_duration_count(t, row) : 0;
	const int64 *counters;
	double		sum;

	if (n == 0)
	{
		isnull[0] = isnull[1] = isnull[2] = true;
		return;
	}
	counters = tally_counters(t, row);
	sum = (double) counters[TC_FUNNEL_SUM_HIGH] * 4294967296.0 +
		(double) counters[TC_FUNNEL_SUM_LOW];
	values[0] = Float8GetDatum(tally_quantile(t, row, 0.5) / USECS_PER_SEC);
	values[1] = Float8GetDatum(sum / (double) n / USECS_PER_SEC);
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

/* What is known of a step beside its durations. */
typedef struct StepCount
{
	int64		reached;
	int64		entered;		/* of those: came in here */
	int64		skipped;		/* of those: have no time here */
} StepCount;

/*
 * The counts of the steps; element 0 is all customers.  They are checked, so
 * that no difference of two of them is negative.  Returns how many entered.
 */
static int64
count_steps(const Tally *t, const TallyRow *rows[][CLOCKS], int n, StepCount *steps)
{
	int64		entered = 0;

	steps[0].reached = customers(t, rows[0][FROM_ENTRY]);
	for (int step = 1; step <= n; step++)
	{
		StepCount  *s = &steps[step];
		const TallyRow *row = rows[step][FROM_ENTRY];

		s->reached = customers(t, row);
		s->entered = step == 1 ? s->reached : customers(t, rows[step][FROM_PREVIOUS]);
		s->skipped = row ? tally_duration_count(t, row) : 0;
		if (s->entered > s->reached || s->entered > steps[0].reached - entered ||
			s->reached - s->entered > s[-1].reached ||
			s->skipped > s->reached - s->entered)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("funnel tally has counters that contradict each other"),
					 errdetail("More customers are counted at step %d than can have come there.",
							   step)));
		s->skipped = s->reached - s->entered - s->skipped;
		entered += s->entered;
	}
	return entered;
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
	StepCount	steps[FUNNEL_MAX_STEPS + 1];
	int			n = find_rows(t, rows);
	int64		entered = count_steps(t, rows, n, steps);

	row_array_start(&answer, fcinfo);
	if (answer.desc->natts != COL_COUNT)
		elog(ERROR, "type funnel_row has %d columns instead of %d",
			 answer.desc->natts, COL_COUNT);
	for (int step = 1; step <= n; step++)
	{
		const StepCount *s = &steps[step];
		const TallyRow *row = rows[step][FROM_ENTRY];
		int64		name = row ? tally_keys(row)[KEY_NAME] : TALLY_MARK_START;
		int64		went_on = step == 1 ? s->reached : s->reached - s->entered;
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
		values[COL_REACHED] = Int64GetDatum(s->reached);
		rate(&values[COL_OF_ALL], &isnull[COL_OF_ALL], s->reached, steps[0].reached);
		rate(&values[COL_OF_ENTERED], &isnull[COL_OF_ENTERED], s->reached, entered);
		rate(&values[COL_OF_PREVIOUS], &isnull[COL_OF_PREVIOUS], went_on, s[-1].reached);
		values[COL_ALL_COUNT] = Int64GetDatum(steps[0].reached);
		values[COL_ENTERED_COUNT] = Int64GetDatum(entered);
		values[COL_PREVIOUS_COUNT] = Int64GetDatum(s[-1].reached);
		values[COL_DROPPED] = Int64GetDatum(s[-1].reached - went_on);
		values[COL_ENTERED_HERE] = Int64GetDatum(s->entered);
		values[COL_SKIPPED] = Int64GetDatum(s->skipped);
		for (int clock = 0; clock < CLOCKS; clock++)
			durations(t, rows[step][clock], &values[COL_DURATIONS + 3 * clock],
					  &isnull[COL_DURATIONS + 3 * clock]);
		row_array_add(&answer, values, isnull);
	}
	PG_RETURN_DATUM(row_array_finish(&answer));
}
