/*
 * transitions.c
 *	  transition_agg: who goes from where to where, of events or of stages.
 *
 * The state is a tally; the counting is in core/transitions.c.  Here are the
 * growing of the state, the rule loop for journeys that a model's automaton
 * cannot do, and the answer.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "busy_tally.h"
#include "journey.h"
#include "row_array.h"
#include "stage_machine.h"
#include "core/tally_dense.h"
#include "core/transitions.h"
#include "tally_state.h"

#define FEW_LABELS	64

/*
 * The model whose stages a tally counts: its hash, made odd, or EVENTS.  0, not
 * set yet, goes with anything.
 */
#define PARAM_MODEL 0
#define EVENTS		2

/* From so many customers on a matrix or cells are worth their memory. */
#define DENSE_CUSTOMERS 2048

static Tally *
state_of(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
	{
		if (!AggCheckCallContext(fcinfo, NULL))
			elog(ERROR, "aggregate function called in non-aggregate context");
		return tally_create(TALLY_TRANSITIONS);
	}
	return tally_state(fcinfo, 0, TALLY_TRANSITIONS);
}

static void
check_model(const Tally *t, int64 model)
{
	if (t->params[PARAM_MODEL] != model)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("stage model must be the same in all calls of one aggregate"),
				 errhint("Group by the model to have a table for each.")));
}

/*
 * A state that has counted the stages of many customers gets the matrix.
 */
static Tally *
make_dense(Tally *t)
{
	Tally	   *larger;
	size_t		size;
	uint32		shift = t->nlabels <= DENSE_FEW_LABELS ? DENSE_FEW_SHIFT : DENSE_SHIFT;

	if (t->dense_off != 0 || t->stamp < DENSE_CUSTOMERS || t->nlabels > DENSE_LABELS)
		return t;
	size = VARSIZE(t);
	larger = palloc(tally_dense_size(size, shift));
	memcpy(larger, t, size);
	SET_VARSIZE(larger, tally_dense_size(size, shift));
	tally_dense_start(larger, size, shift);
	return larger;
}

/* -- events ---------------------------------------------------------------- */

/*
 * A state that has counted many customers becomes a busy one, if its cells do
 * not take many times the memory that the lists of its rows take.
 */
static BusyTally *
make_busy(FunctionCallInfo fcinfo, const Tally *t)
{
	MemoryContext aggregate;

	if (t->stamp < DENSE_CUSTOMERS ||
		t->nlabels > CELLS_MAX_LABELS ||
		t->nrows > 16 * (Size) VARSIZE(t) / CELLS_BYTES ||
		!AggCheckCallContext(fcinfo, &aggregate))
		return NULL;
	return busy_create(aggregate, t);
}

static Datum
count_busy(BusyTally *b, TransitionRun *run)
{
	CellsFull	missing;
	TallyFull	full;

	while ((missing = transitions_count_cells(b->t, &b->cells, run, &full)) != CELLS_OK)
	{
		if (missing == CELLS_NOT_THIS)
		{
			while ((full = transitions_count(b->t, run)) != TALLY_OK)
				busy_enlarge(b, full);
			break;
		}
		busy_make_room(b, missing, full);
	}
	PG_RETURN_DATUM(EOHPGetRWDatum(&b->hdr));
}

PG_FUNCTION_INFO_V1(transition_agg_events);
Datum
transition_agg_events(PG_FUNCTION_ARGS)
{
	Tally	   *t;
	BusyTally  *busy = PG_ARGISNULL(0) ? NULL : busy_tally(PG_GETARG_DATUM(0));
	const uint8 *data;
	Size		size;
	JourneyView v;
	TransitionRun run;
	uint32		few[FEW_LABELS];
	uint32	   *map = few;
	TallyFull	full;

	if (PG_ARGISNULL(1))
		return PG_ARGISNULL(0) ? PointerGetDatum(state_of(fcinfo)) : PG_GETARG_DATUM(0);
	(void) journey_bytes(PG_GETARG_DATUM(1), &data, &size);
	if (busy != NULL)
	{
		busy_change(busy);
		check_model(busy->t, EVENTS);
		if (likely(transitions_count_usual(&busy->cells, data, size)))
			PG_RETURN_DATUM(EOHPGetRWDatum(&busy->hdr));
	}
	if (!journey_open(&v, data, size))
		journey_unreadable();
	if (v.nlabels > FEW_LABELS)
		map = palloc(v.nlabels * sizeof(uint32));
	transitions_start(&run, &v, map);
	if (busy != NULL)
		return count_busy(busy, &run);
	t = state_of(fcinfo);
	if (t->nrows == 0 && t->params[PARAM_MODEL] == 0)
		t->params[PARAM_MODEL] = EVENTS;
	check_model(t, EVENTS);
	busy = make_busy(fcinfo, t);
	if (busy != NULL)
		return count_busy(busy, &run);
	while ((full = transitions_count(t, &run)) != TALLY_OK)
		t = tally_enlarge(t, full, 0);
	PG_RETURN_POINTER(t);
}

/* -- stages ---------------------------------------------------------------- */

/*
 * Count a journey from touchpoint run->next on by the rule loop.
 */
static void
count_by_rules(Tally **t, TransitionRun *run, const StageMachine *machine)
{
	StageTables tables;
	StageWalk	walk;
	TimestampTz last = 0;
	TallyFull	full;

	stage_tables(&tables, machine, run->view);
	stage_walk_start(&walk, machine, run->view, &tables);
	while (stage_walk_next(&walk))
	{
		CHECK_FOR_INTERRUPTS();
		if (walk.stage == 0)
			continue;
		if (walk.cursor.next > run->next)
			while ((full = transitions_step(*t, run, (int32) walk.stage - 1,
											walk.cursor.at - last)) != TALLY_OK)
				*t = tally_enlarge(*t, full, 0);
		last = walk.cursor.at;
	}
	if (run->from != TALLY_MARK_START)
		while ((full = transitions_step(*t, run, TALLY_MARK_END, 0)) != TALLY_OK)
			*t = tally_enlarge(*t, full, 0);
}

PG_FUNCTION_INFO_V1(transition_agg_stages);
Datum
transition_agg_stages(PG_FUNCTION_ARGS)
{
	Tally	   *t = state_of(fcinfo);
	const StageMachine *machine;
	const StageModel *model;
	int64		model_hash;
	JourneyView v;
	TransitionRun run;
	uint16		few[FEW_LABELS];
	uint16	   *classes = few;
	uint8		flags;
	TallyFull	full;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(t);
	PG_GETARG_JOURNEY(1, &v);
	model = PG_GETARG_STAGE_MODEL_P(2);
	machine = stage_machine_get(model);
	model_hash = (int64) (model->hash | 1);
	if (t->nrows == 0 && t->params[PARAM_MODEL] == 0)
	{
		while ((full = transitions_stages(t, machine)) != TALLY_OK)
			t = tally_enlarge(t, full, 0);
		t->params[PARAM_MODEL] = model_hash;
	}
	check_model(t, model_hash);

	if (v.count == 0)
		PG_RETURN_POINTER(t);
	if (v.nlabels > FEW_LABELS)
		classes = palloc(v.nlabels * sizeof(uint16));
	flags = stage_classes(machine, &v, classes);
	transitions_start(&run, &v, NULL);
	run.machine = machine;
	if (machine->table != NULL && (flags & STAGE_CLASS_DYNAMIC) == 0)
	{
		run.classes = classes;
		run.offsite = (flags & STAGE_CLASS_OFFSITE) != 0;
		run.state = machine->start[(flags & STAGE_CLASS_DELIVERY) != 0];
		t = make_dense(t);
		if (t->dense_off == 0 || !transitions_count_stages_dense(t, &run))
			while ((full = transitions_count_stages(t, &run)) != TALLY_OK)
				t = tally_enlarge(t, full, 0);
		if (!run.escaped)
			PG_RETURN_POINTER(t);
	}
	count_by_rules(&t, &run, machine);
	PG_RETURN_POINTER(t);
}

/* -- the answer -------------------------------------------------------------- */

/*
 * A row of the answer; keys are numbers of labels or marks, places their order:
 * (start) first and (end) last.
 */
typedef struct AnswerRow
{
	int32		keys[2];
	uint32		places[2];
	CellsSum	sum;
} AnswerRow;

static const double percentiles[2] = {0.5, 0.95};

static int
compare_answer_rows(const void *a, const void *b)
{
	const AnswerRow *x = a;
	const AnswerRow *y = b;

	CHECK_FOR_INTERRUPTS();
	for (int k = 0; k < 2; k++)
		if (x->places[k] != y->places[k])
			return x->places[k] < y->places[k] ? -1 : 1;
	return 0;
}

/* The rows of a tally that has its labels in any order, unsorted. */
static AnswerRow *
read_rows(const Tally *t, uint32 *n)
{
	AnswerRow  *rows = palloc(t->nrows * sizeof(AnswerRow));

	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		CellsSum   *sum = &rows[i].sum;

		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < 2; k++)
			rows[i].keys[k] = (int32) tally_keys(row)[k];
		sum->customers = tally_counters(t, row)[TC_TRANSITION_CUSTOMERS];
		sum->durations = tally_duration_count(t, row);
		sum->count = tally_counters(t, row)[TC_TRANSITION_COUNT] + sum->durations;
		for (int k = 0; k < 2 && sum->durations > 0; k++)
			sum->quantile[k] = tally_quantile(t, row, percentiles[k]);
	}
	*n = t->nrows;
	return rows;
}

static AnswerRow *
read_cells(const BusyTally *b, uint32 *n)
{
	uint32		npairs = tally_cells_npairs(&b->cells);
	uint32		mask = (1 << b->cells.shift) - 1;
	AnswerRow  *rows = palloc_extended(((Size) npairs + b->t->nrows) * sizeof(AnswerRow),
									   MCXT_ALLOC_HUGE);

	*n = 0;
	for (uint32 i = 0; i < npairs + b->t->nrows; i++)
	{
		AnswerRow  *row = &rows[*n];

		if (i < npairs)
		{
			if (b->cells.pairs.cells[i] == NULL)
				continue;
			row->keys[0] = (int32) (i >> b->cells.shift) - 2;
			row->keys[1] = (int32) (i & mask) - 2;
		}
		else
		{
			const int64 *keys = tally_keys(tally_row_at(b->t, i - npairs));

			row->keys[0] = (int32) keys[0];
			row->keys[1] = (int32) keys[1];
			/* it has been, if it has cells */
			if (tally_cells_have(&b->cells, row->keys[0], row->keys[1]))
				continue;
		}
		CHECK_FOR_INTERRUPTS();
		tally_cells_sum(&b->cells, b->t, row->keys[0], row->keys[1], percentiles, &row->sum);
		++*n;
	}
	return rows;
}

/* Sort rows. */
static void
sort_rows(const Tally *t, AnswerRow *rows, uint32 n)
{
	uint32	   *order = tally_label_order(t);
	uint32	   *places = palloc((t->nlabels + 1) * sizeof(uint32));

	for (uint32 i = 0; i < t->nlabels; i++)
		places[order[i]] = i + 2;
	for (uint32 i = 0; i < n; i++)
	{
		const int32 *keys = rows[i].keys;

		rows[i].places[0] = keys[0] < 0 ? (uint32) (keys[0] + 2) : places[keys[0]];
		/* as unsigned numbers the marks come last */
		rows[i].places[1] = keys[1] < 0 ? (uint32) keys[1] : places[keys[1]];
	}
	qsort(rows, n, sizeof(AnswerRow), compare_answer_rows);
}

/* transition_rows(tally): the table, an array of transition_row */
PG_FUNCTION_INFO_V1(transition_rows);
Datum
transition_rows(PG_FUNCTION_ARGS)
{
	const Tally *t;
	AnswerRow  *rows;
	uint32		n;
	Datum	   *texts;
	Datum		marks[2];
	int64	   *out;
	int64	   *in;
	RowArray	array;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (is_busy_tally(PG_GETARG_DATUM(0)))
	{
		const BusyTally *b = busy_to_read(PG_GETARG_DATUM(0));

		t = b->t;
		rows = read_cells(b, &n);
	}
	else
	{
		t = PG_GETARG_TALLY_P(0);
		if (t->kind != TALLY_TRANSITIONS)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("cannot read transitions from a %s tally",
							tally_shape(t->kind)->name)));
		t = tally_packed(t);
		rows = read_rows(t, &n);
	}
	if (n == 0)
		PG_RETURN_NULL();

	sort_rows(t, rows, n);
	texts = tally_label_texts(t);
	marks[TALLY_MARK_START + 2] = CStringGetTextDatum("(start)");
	marks[TALLY_MARK_END + 2] = CStringGetTextDatum("(end)");
	out = palloc0((t->nlabels + 2) * sizeof(int64));
	in = palloc0((t->nlabels + 2) * sizeof(int64));
	for (uint32 i = 0; i < n; i++)
	{
		out[rows[i].keys[0] + 2] += rows[i].sum.count;
		in[rows[i].keys[1] + 2] += rows[i].sum.count;
	}
	row_array_start(&array, fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		const CellsSum *sum = &rows[i].sum;
		int32		from = rows[i].keys[0];
		int32		to = rows[i].keys[1];
		bool		timed = sum->durations > 0;
		Datum		values[8];
		bool		nulls[8] = {false, false, false, false, false, false, !timed, !timed};

		CHECK_FOR_INTERRUPTS();
		values[0] = from < 0 ? marks[from + 2] : texts[from];
		values[1] = to < 0 ? marks[to + 2] : texts[to];
		values[2] = Int64GetDatum(sum->count);
		values[3] = Int64GetDatum(sum->customers);
		values[4] = Float8GetDatum((double) sum->count / (double) out[from + 2]);
		values[5] = Float8GetDatum((double) sum->count / (double) in[to + 2]);
		values[6] = values[7] = (Datum) 0;
		if (timed)
		{
			values[6] = Float8GetDatum(sum->quantile[0] / USECS_PER_SEC);
			values[7] = Float8GetDatum(sum->quantile[1] / USECS_PER_SEC);
		}
		row_array_add(&array, values, nulls);
	}
	PG_RETURN_DATUM(row_array_finish(&array));
}
