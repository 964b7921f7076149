/*
 * average_journey_agg.c
 *	  The typical path of all customers: the one that most take, and the medoid,
 *	  which is nearest to those of all.
 *
 * The state is a tally of whole paths with the times of their steps, as
 * core/typical_path.h describes.  Where it grows past FOLD_ROWS rows, times of
 * frequent paths go to histograms; until then a customer whose times nobody
 * else has is a row.  Folding is tried where the tally would have to double, so
 * that it costs no more than doubling does, in each process and where their
 * states are put together.
 *
 * The medoid is looked for among all paths, and each is compared with all,
 * while there are no more than EXACT_PATHS.  With more, the CANDIDATES most
 * frequent ones are compared with the COMPARED most frequent ones, which is as
 * much work; the answer says so.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "journey.h"
#include "core/typical_path.h"
#include "row_array.h"
#include "tally_state.h"

#define PARAM_STEPS		0
#define FOLD_ROWS		((uint32) 1 << 20)
#define FOLD_LEAST		4096	/* rows of a path that make way for histograms */
#define EXACT_PATHS		20000
#define CANDIDATES		4000
#define COMPARED		100000

static void
not_average(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tally does not hold an average journey: %s", problem)));
}

static void
relax(void)
{
	CHECK_FOR_INTERRUPTS();
}

/* -- folding ------------------------------------------------------------------ */

/* Find all paths of a tally, whose labels have these ranks. */
static void
find_paths(TypicalPaths *all, const Tally *t, const uint16 *rank)
{
	const char *problem;

	all->rank = rank;
	all->paths = MemoryContextAllocHuge(CurrentMemoryContext,
										Max(t->nrows, 1) * sizeof(TypicalPath));
	all->nslots = typical_slots(t);
	all->slots = MemoryContextAllocExtended(CurrentMemoryContext, all->nslots * sizeof(uint32),
											MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	problem = typical_paths(t, all, relax);
	if (problem != NULL)
		not_average(problem);
}

/* The same tally with fewer rows, or itself where nothing is to be gained. */
static Tally *
fold(Tally *t)
{
	uint16	   *rank = palloc((t->nlabels + 1) * sizeof(uint16));
	TypicalPaths all;
	TypicalFold walk = {0, 0};
	bool		worth = false;

	for (uint32 i = 0; i < t->nlabels; i++)
		rank[i] = (uint16) (i + 1);
	find_paths(&all, t, rank);
	for (uint32 i = 0; i < all.npaths && !worth; i++)
		worth = all.paths[i].rows >= FOLD_LEAST;
	if (worth)
	{
		Tally	   *folded = tally_create(TALLY_AVERAGE_JOURNEY);
		TallyFull	full;

		while ((full = typical_fold(folded, t, &all, FOLD_LEAST, &walk, relax)) != TALLY_OK)
		{
			Tally	   *larger = tally_enlarge(folded, full, 0);

			pfree(folded);
			folded = larger;
		}
		t = folded;
	}
	pfree(all.paths);
	pfree(all.slots);
	pfree(rank);
	return t;
}

/* -- counting ----------------------------------------------------------------- */

/* The first steps of a journey. */
typedef struct FirstSteps
{
	int			n;
	bool		continued;		/* there are more */
	uint32		code[TYPICAL_STEPS];
	int64		gaps[TYPICAL_STEPS];	/* from the step before */
} FirstSteps;

static void
read_steps(const JourneyView *view, int max_length, FirstSteps *steps)
{
	JourneyCursor c;
	int64		before = 0;

	steps->n = 0;
	steps->continued = false;
	journey_first(&c, view);
	while (journey_next(&c))
	{
		uint64		gap;

		CHECK_FOR_INTERRUPTS();
		if (steps->n > 0 && c.label == steps->code[steps->n - 1])
			continue;
		if (steps->n == max_length)
		{
			steps->continued = true;
			return;
		}
		/* from one end of time to the other is more than an int64 holds */
		gap = steps->n == 0 ? 0 : (uint64) c.at - (uint64) before;
		steps->code[steps->n] = c.label;
		steps->gaps[steps->n++] = (int64) Min(gap, (uint64) PG_INT64_MAX);
		before = c.at;
	}
}

/*
 * Number of a label in the tally.  A well-known name was most likely under the
 * same number the last time; whether it is, the tally itself says, so that it
 * does not matter which tally that was.
 */
static inline int64
label_number(Tally **t, const JourneyLabel *label)
{
	static uint16 hints[128];
	bool		hinted = label->text == NULL && label->known < lengthof(hints);
	int64		number;

	if (hinted && hints[label->known] < (*t)->nlabels)
	{
		const TallyLabel *l = &tally_labels(*t)[hints[label->known]];

		if (l->known == label->known && !l->has_text)
			return hints[label->known];
	}
	number = tally_label_grow(t, label);
	if (hinted)
		hints[label->known] = (uint16) number;
	return number;
}

/*
 * The labels as keys.  Labels of a journey are in the order of their first use,
 * so the codes of its first steps are those of its first labels.
 */
static void
steps_to_keys(Tally **t, const JourneyView *view, const FirstSteps *steps, int64 *keys)
{
	const uint8 *p = view->labels;
	int64		number[TYPICAL_STEPS];
	uint32		known = 0;

	for (int i = 0; i < steps->n; i++)
	{
		uint32		code = steps->code[i];

		if (code == known)
		{
			JourneyLabel label;

			p = journey_next_label(p, &label);
			number[known++] = label_number(t, &label);
		}
		Assert(code < known);
		keys[i] = number[code];
	}
	for (int i = steps->n; i < TYPICAL_STEPS; i++)
		keys[i] = TALLY_MARK_END;
}

/* average_journey_add(state, journey [, max_length]) */
PG_FUNCTION_INFO_V1(average_journey_add);
Datum
average_journey_add(PG_FUNCTION_ARGS)
{
	int32		max_length = TYPICAL_STEPS;
	JourneyView view;
	FirstSteps	steps;
	Tally	   *t;
	TallyRow   *row = NULL;
	bool		may_fold = true;
	int64		keys[TALLY_MAX_KEYS];
	int64	   *counters;

	if (PG_NARGS() > 2)
	{
		if (PG_ARGISNULL(2))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"max_length\" must not be null")));
		max_length = PG_GETARG_INT32(2);
		if (max_length < 1 || max_length > TYPICAL_STEPS)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"max_length\" must be from 1 to %d", TYPICAL_STEPS)));
	}
	if (!PG_ARGISNULL(1))
		PG_GETARG_JOURNEY(1, &view);
	if (PG_ARGISNULL(1) || view.count == 0)
		return tally_unchanged(fcinfo);
	t = PG_ARGISNULL(0) ? tally_create(TALLY_AVERAGE_JOURNEY) :
		tally_state(fcinfo, 0, TALLY_AVERAGE_JOURNEY);
	if (t->params[PARAM_STEPS] != 0 && t->params[PARAM_STEPS] != max_length)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"max_length\" must be the same for all journeys"),
				 errdetail("It was %lld and is %d.",
						   (long long) t->params[PARAM_STEPS], max_length)));
	t->params[PARAM_STEPS] = max_length;

	read_steps(&view, max_length, &steps);
	typical_times(keys, steps.n, steps.gaps);
	while (row == NULL)
	{
		TallyFull	full;

		steps_to_keys(&t, &view, &steps, keys);
		row = tally_row(t, keys, &full);
		if (row == NULL && may_fold && t->nrows >= FOLD_ROWS)
		{
			may_fold = false;
			t = fold(t);
			/* nearly full again would mean to try again soon */
			if (t->nrows > t->row_cap / 4 * 3)
				t = tally_enlarge(t, TALLY_FULL_ROWS, 0);
		}
		else if (row == NULL)
			t = tally_enlarge(t, full, 0);
	}
	counters = tally_counters(t, row);
	if (pg_add_s64_overflow(counters[TC_AVERAGE_CUSTOMERS], 1, &counters[TC_AVERAGE_CUSTOMERS]))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of customers is out of range")));
	/* never more than those */
	counters[TC_AVERAGE_CONTINUED] += steps.continued;
	PG_RETURN_POINTER(t);
}

/* What tally_combine does; a state that had to grow for it is folded. */
PG_FUNCTION_INFO_V1(average_journey_combine);
Datum
average_journey_combine(PG_FUNCTION_ARGS)
{
	Tally	   *state = tally_state(fcinfo, 0, TALLY_AVERAGE_JOURNEY);
	uint32		room = state->row_cap;

	tally_merge(&state, PG_GETARG_TALLY_P(1));
	if (state->row_cap > room && state->nrows >= FOLD_ROWS)
		state = fold(state);
	PG_RETURN_POINTER(state);
}

/* -- reading ------------------------------------------------------------------ */

typedef struct RankedLabel
{
	JourneyLabel label;
	uint32		number;
} RankedLabel;

static int
ranked_label_cmp(const void *x, const void *y)
{
	CHECK_FOR_INTERRUPTS();
	return journey_label_cmp(&((const RankedLabel *) x)->label, &((const RankedLabel *) y)->label);
}

/* Rank labels by their bytes, from 1; texts[rank] is what each is called. */
static void
rank_labels(const Tally *t, uint16 *rank, Datum *texts)
{
	RankedLabel *labels = palloc((t->nlabels + 1) * sizeof(RankedLabel));

	for (uint32 i = 0; i < t->nlabels; i++)
	{
		tally_label_get(t, i, &labels[i].label);
		labels[i].number = i;
	}
	qsort(labels, t->nlabels, sizeof(RankedLabel), ranked_label_cmp);
	for (uint32 i = 0; i < t->nlabels; i++)
	{
		rank[labels[i].number] = (uint16) (i + 1);
		texts[i + 1] = journey_label_datum(&labels[i].label);
	}
	pfree(labels);
}

static int
by_path(const void *x, const void *y)
{
	const TypicalPath *a = *(const TypicalPath *const *) x;
	const TypicalPath *b = *(const TypicalPath *const *) y;

	CHECK_FOR_INTERRUPTS();
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return a->low < b->low ? -1 : a->low > b->low;
}

/* The more frequent first. */
static int
by_customers(const void *x, const void *y)
{
	const TypicalPath *a = *(const TypicalPath *const *) x;
	const TypicalPath *b = *(const TypicalPath *const *) y;

	if (a->customers != b->customers)
		return a->customers > b->customers ? -1 : 1;
	return by_path(x, y);
}

/* What is to be told of all paths. */
typedef struct TypicalAnswer
{
	const TypicalPath *path;
	int64		distances;		/* sum over the customers compared with */
	bool		exact;
} TypicalAnswer;

/*
 * The most frequent path and the medoid: least sum of distances, then most
 * customers, then first in the order of the paths.  *compared is the number of
 * customers that sums are over.
 */
static void
find_typical(const TypicalPaths *all, uint32 nlabels, TypicalAnswer *frequent, TypicalAnswer *medoid,
			 int64 *compared)
{
	uint32		n = all->npaths;
	bool		exact = n <= EXACT_PATHS;
	uint32		ntexts = exact ? n : Min(n, COMPARED);
	uint32		ncandidates = exact ? n : CANDIDATES;
	const TypicalPath **order = MemoryContextAllocHuge(CurrentMemoryContext, n * sizeof(*order));
	const TypicalPath **candidates = palloc(ncandidates * sizeof(*candidates));
	TypicalText *texts = palloc(ntexts * sizeof(TypicalText));
	uint64	   *masks = palloc0((nlabels + 1) * sizeof(uint64));

	for (uint32 i = 0; i < n; i++)
		order[i] = &all->paths[i];
	qsort(order, n, sizeof(*order), by_customers);
	memcpy(candidates, order, ncandidates * sizeof(*candidates));
	qsort(order, ntexts, sizeof(*order), by_path);
	*compared = 0;
	for (uint32 i = 0; i < ntexts; i++)
	{
		typical_text(&texts[i], order[i], i > 0 ? order[i - 1] : NULL);
		*compared += texts[i].customers;
	}

	for (uint32 i = 0; i < ncandidates; i += TYPICAL_LANES)
	{
		int			lanes = (int) Min(ncandidates - i, TYPICAL_LANES);
		int64		sums[TYPICAL_LANES];

		CHECK_FOR_INTERRUPTS();
		typical_distances(texts, ntexts, &candidates[i], lanes, masks, sums);
		for (int k = 0; k < lanes; k++)
		{
			TypicalAnswer found = {candidates[i + k], sums[k], exact};

			if (i + k == 0 || found.distances < medoid->distances)
				*medoid = found;
			if (i + k == 0)
			{
				*frequent = found;
				frequent->exact = true;
			}
		}
	}
	pfree(order);
	pfree(candidates);
	pfree(texts);
	pfree(masks);
}

/* The columns of journey.average_journey_row. */
enum
{
	COL_KIND, COL_STEP_NO, COL_EVENT, COL_CUSTOMERS, COL_SHARE, COL_CONTINUED,
	COL_ALL_CUSTOMERS, COL_VARIANTS, COL_FROM_PREVIOUS, COL_FROM_FIRST,
	COL_MEAN_DISTANCE, COL_COMPARED_CUSTOMERS, COL_COMPARED_SHARE, COL_EXACT, COL_END
};

static void
add_typical(RowArray *rows, const char *kind, const TypicalAnswer *typical, int64 compared,
			const Tally *t, const TypicalPaths *all, const Datum *texts)
{
	const TypicalPath *path = typical->path;
	int			n = typical_length(path);
	int64	   *counts = palloc0(TYPICAL_PLACES * TALLY_BUCKETS * sizeof(int64));
	double		medians[TYPICAL_PLACES + 1];
	Datum		values[COL_END];
	bool		nulls[COL_END] = {false};

	if (!typical_medians(t, all->rank, path, counts, relax, medians))
		not_average("it has more or fewer times than customers");
	pfree(counts);
	values[COL_KIND] = CStringGetTextDatum(kind);
	values[COL_CUSTOMERS] = Int64GetDatum(path->customers);
	values[COL_SHARE] = Float8GetDatum((double) path->customers / (double) all->customers);
	values[COL_CONTINUED] = Int64GetDatum(path->continued);
	values[COL_ALL_CUSTOMERS] = Int64GetDatum(all->customers);
	values[COL_VARIANTS] = Int64GetDatum((int64) all->npaths);
	values[COL_MEAN_DISTANCE] = Float8GetDatum((double) typical->distances / (double) compared);
	values[COL_COMPARED_CUSTOMERS] = Int64GetDatum(compared);
	values[COL_COMPARED_SHARE] = Float8GetDatum((double) compared / (double) all->customers);
	values[COL_EXACT] = BoolGetDatum(typical->exact);
	for (int step = 0; step < n; step++)
	{
		values[COL_STEP_NO] = Int32GetDatum(step + 1);
		values[COL_EVENT] = texts[typical_step(path, step)];
		nulls[COL_FROM_PREVIOUS] = step == 0;
		values[COL_FROM_PREVIOUS] = values[COL_FROM_FIRST] = Float8GetDatum(0);
		if (step > 0)
		{
			values[COL_FROM_PREVIOUS] =
				Float8GetDatum(medians[typical_place(FROM_PREVIOUS, step)] / USECS_PER_SEC);
			values[COL_FROM_FIRST] =
				Float8GetDatum(medians[typical_place(FROM_FIRST, step)] / USECS_PER_SEC);
		}
		row_array_add(rows, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(average_journey_rows);
Datum
average_journey_rows(PG_FUNCTION_ARGS)
{
	const Tally *t = PG_GETARG_TALLY_P(0);
	uint16	   *rank;
	Datum	   *texts;
	TypicalPaths all;
	TypicalAnswer frequent;
	TypicalAnswer medoid;
	int64		compared;
	RowArray	rows;

	tally_must_be(t, TALLY_AVERAGE_JOURNEY);
	if (t->nrows == 0)
		PG_RETURN_NULL();
	rank = palloc((t->nlabels + 1) * sizeof(uint16));
	texts = palloc((t->nlabels + 1) * sizeof(Datum));
	rank_labels(t, rank, texts);
	find_paths(&all, t, rank);
	find_typical(&all, t->nlabels, &frequent, &medoid, &compared);
	row_array_start(&rows, fcinfo);
	add_typical(&rows, "most frequent", &frequent, compared, t, &all, texts);
	add_typical(&rows, "medoid", &medoid, compared, t, &all, texts);
	pfree(all.paths);
	pfree(all.slots);
	PG_RETURN_DATUM(row_array_finish(&rows));
}
