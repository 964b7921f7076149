/*
 * step_matrix_agg.c
 *	  What share of the paths is where at each step: forward from the start, or
 *	  on both sides of an anchor.
 *
 * The state is a tally with a row for each event and step, and one for all
 * paths (TALLY_MARK_START at step 0).  Paths that are over, or that have not
 * begun, are not counted step by step: they are what all the others leave, so
 * that every column sums to all paths by itself, and a path costs as many
 * increments as it has events within reach.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "journey.h"
#include "label_fit.h"
#include "path_array.h"
#include "row_array.h"
#include "tally_state.h"

#define STEP_MAX_DEPTH	1000

enum
{
	KEY_EVENT, KEY_STEP
};

enum
{
	PARAM_DEPTH, PARAM_ANCHOR
};

/* Values of PARAM_ANCHOR. */
enum
{
	FROM_START = 1, AROUND_ANCHOR = 2
};

/* -- counting ----------------------------------------------------------------- */

static Tally *
matrix_state(FunctionCallInfo fcinfo, int32 depth, int anchor)
{
	Tally	   *t = PG_ARGISNULL(0) ? tally_create(TALLY_STEP_MATRIX) :
	tally_state(fcinfo, 0, TALLY_STEP_MATRIX);

	if (t->params[PARAM_DEPTH] != 0 && t->params[PARAM_DEPTH] != depth)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"depth\" must be the same for all paths"),
				 errdetail("It was %lld and is %d.",
						   (long long) t->params[PARAM_DEPTH], depth)));
	if (t->params[PARAM_ANCHOR] != 0 && t->params[PARAM_ANCHOR] != anchor)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("paths with an anchor and paths without one cannot be counted together")));
	t->params[PARAM_DEPTH] = depth;
	t->params[PARAM_ANCHOR] = anchor;
	return t;
}

static void
count_step(Tally **t, int64 event, int64 step)
{
	int64		keys[TALLY_MAX_KEYS] = {event, step};
	int64	   *counters = tally_counters(*t, tally_row_grow(t, keys));

	if (pg_add_s64_overflow(counters[TC_STEP_COUNT], 1, &counters[TC_STEP_COUNT]))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of paths is out of range")));
}

/*
 * Which events of a path of n are counted: first .. end - 1; event number i is
 * at step i - first + *step.  `anchor` is counted from 0, -1 for none.
 */
static void
steps_within_reach(int64 n, int64 depth, int64 anchor, int64 *first, int64 *end, int64 *step)
{
	*first = anchor < 0 ? 0 : Max(0, anchor - depth);
	*end = anchor < 0 ? Min(n, depth) : Min(n, anchor + depth + 1);
	*step = anchor < 0 ? 1 : *first - anchor;
}

/* step_matrix_add(state, path text[], depth [, anchor_position]) */
PG_FUNCTION_INFO_V1(step_matrix_add);
Datum
step_matrix_add(PG_FUNCTION_ARGS)
{
	int32		depth = path_depth(fcinfo, 2, STEP_MAX_DEPTH);
	bool		anchored = PG_NARGS() > 3;
	int64		anchor = -1;
	PathArray	path;
	Tally	   *t;
	int64		first;
	int64		end;
	int64		step;

	if ((anchored && PG_ARGISNULL(3)) || !path_array_read(&path, fcinfo, 1))
		return tally_unchanged(fcinfo);
	if (anchored)
	{
		anchor = (int64) PG_GETARG_INT32(3) - 1;
		if (anchor < 0 || anchor >= path.n)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"anchor_position\" is not in the path"),
					 errdetail("It is %d, and the path has %d events.", PG_GETARG_INT32(3), path.n),
					 errhint("It counts from 1, as array_position does.")));
	}
	t = matrix_state(fcinfo, depth, anchored ? AROUND_ANCHOR : FROM_START);
	count_step(&t, TALLY_MARK_START, 0);
	steps_within_reach(path.n, depth, anchor, &first, &end, &step);
	for (int64 i = first; i < end; i++)
	{
		JourneyLabel label;

		path_array_label(&path, i, &label);
		count_step(&t, tally_label_grow(&t, &label), step++);
	}
	PG_RETURN_POINTER(t);
}

/* step_matrix_journey(state, journey, depth [, anchor matcher]) */
PG_FUNCTION_INFO_V1(step_matrix_journey);
Datum
step_matrix_journey(PG_FUNCTION_ARGS)
{
	int32		depth = path_depth(fcinfo, 2, STEP_MAX_DEPTH);
	bool		anchored = PG_NARGS() > 3;
	int64		anchor = -1;
	JourneyView view;
	LabelTable	table;
	Tally	   *t;
	int32	   *number;			/* of a label in the tally, -1 not yet known */
	int64		first;
	int64		end;
	int64		step;

	if (PG_ARGISNULL(1))
		return tally_unchanged(fcinfo);
	if (anchored && PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"anchor\" must not be null"),
				 errhint("Leave it out to count from the start.")));
	PG_GETARG_JOURNEY(1, &view);
	if (view.count == 0)
		return tally_unchanged(fcinfo);
	label_table_init(&table, &view);
	if (anchored)
	{
		JourneyCursor c;
		LabelFit	fit;

		label_fit_init(&fit, &table, PG_GETARG_MATCHER_P(3));
		journey_first(&c, &view);
		while (fit.any && anchor < 0 && journey_next(&c))
		{
			CHECK_FOR_INTERRUPTS();
			if (label_fits(&fit, &table, &c))
				anchor = (int64) c.next - 1;
		}
		if (anchor < 0)
			return tally_unchanged(fcinfo);
	}
	t = matrix_state(fcinfo, depth, anchored ? AROUND_ANCHOR : FROM_START);
	count_step(&t, TALLY_MARK_START, 0);
	number = palloc(view.nlabels * sizeof(int32));
	memset(number, 0xff, view.nlabels * sizeof(int32));
	steps_within_reach(view.count, depth, anchor, &first, &end, &step);
	for (int64 i = first; i < end; i++)
	{
		uint32		code = journey_code(view.codes, view.code_bits, (uint32) i);

		if (number[code] < 0)
			number[code] = tally_label_grow(&t, &table.labels[code]);
		count_step(&t, number[code], step++);
	}
	pfree(number);
	PG_RETURN_POINTER(t);
}

/* -- reading ------------------------------------------------------------------ */

static void
not_step_matrix(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tally does not hold a %s: %s", tally_shape(TALLY_STEP_MATRIX)->name, problem)));
}

typedef struct StepCell
{
	int32		step;
	int32		event;			/* label, or the mark of those not there */
	int64		count;
} StepCell;

/* By step, the larger first, then by names; labels are in their order. */
static int
step_cell_cmp(const void *x, const void *y)
{
	const StepCell *a = x;
	const StepCell *b = y;

	CHECK_FOR_INTERRUPTS();
	if (a->step != b->step)
		return a->step < b->step ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a->event < b->event ? -1 : a->event > b->event;
}

PG_FUNCTION_INFO_V1(step_matrix_rows);
Datum
step_matrix_rows(PG_FUNCTION_ARGS)
{
	Tally	   *given = PG_GETARG_TALLY_P(0);
	const Tally *t;
	int64		depth;
	bool		anchored;
	int64		low;
	int64		high;
	int64		total = 0;
	int64	   *there;			/* paths that are at an event, by step - low */
	StepCell   *cells;
	uint32		n = 0;
	Datum	   *texts;
	Datum		start = CStringGetTextDatum("(start)");
	Datum		finish = CStringGetTextDatum("(end)");
	RowArray	rows;

	tally_must_be(given, TALLY_STEP_MATRIX);
	t = tally_packed(given);
	if (t->nrows == 0)
		PG_RETURN_NULL();
	depth = t->params[PARAM_DEPTH];
	anchored = t->params[PARAM_ANCHOR] == AROUND_ANCHOR;
	if (depth < 1 || depth > STEP_MAX_DEPTH)
		not_step_matrix("the number of steps is out of range");
	if (!anchored && t->params[PARAM_ANCHOR] != FROM_START)
		not_step_matrix("the kind of anchor is unknown");
	low = anchored ? -depth : 0;
	high = depth;

	there = palloc0((high - low + 1) * sizeof(int64));
	cells = MemoryContextAllocHuge(CurrentMemoryContext,
								   (t->nrows + (high - low + 1)) * sizeof(StepCell));
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		const int64 *keys = tally_keys(row);
		int64		count = tally_counters(t, row)[TC_STEP_COUNT];

		CHECK_FOR_INTERRUPTS();
		if (count < 1)
			not_step_matrix("nobody is at a step");
		if (keys[KEY_EVENT] < 0)
		{
			if (keys[KEY_EVENT] != TALLY_MARK_START || keys[KEY_STEP] != 0)
				not_step_matrix("a mark is at a step where none can be");
			total = count;
			continue;
		}
		if (keys[KEY_STEP] < low || keys[KEY_STEP] > high || (!anchored && keys[KEY_STEP] == 0))
			not_step_matrix("a step is out of range");
		if (pg_add_s64_overflow(there[keys[KEY_STEP] - low], count, &there[keys[KEY_STEP] - low]))
			not_step_matrix("it has too many paths");
		cells[n].step = (int32) keys[KEY_STEP];
		cells[n].event = (int32) keys[KEY_EVENT];
		cells[n++].count = count;
	}

	/* who is at no event has not begun or is over */
	for (int64 step = low; step <= high; step++)
	{
		int64		at = there[step - low];
		bool		whole = anchored ? step == 0 : step == 1;

		if (at > total || (whole && at != total) ||
			(step > 1 && at > there[step - 1 - low]) ||
			(step < -1 && at > there[step + 1 - low]))
			not_step_matrix("more paths are at a step than at one nearer to where they are counted from");
		if (at == total)
			continue;
		cells[n].step = (int32) step;
		cells[n].event = step > 0 ? TALLY_MARK_END : TALLY_MARK_START;
		cells[n++].count = total - at;
	}
	qsort(cells, n, sizeof(StepCell), step_cell_cmp);

	texts = tally_label_texts(t);
	row_array_start(&rows, fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int32GetDatum(cells[i].step);
		values[1] = cells[i].event >= 0 ? texts[cells[i].event] :
			cells[i].event == TALLY_MARK_START ? start : finish;
		values[2] = Int64GetDatum(cells[i].count);
		values[3] = Float8GetDatum((double) cells[i].count / (double) total);
		row_array_add(&rows, values, nulls);
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}
