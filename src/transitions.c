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

/* From so many customers on the matrix of 2.6 MB is worth its memory. */
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
 * A state that has counted many customers of few events gets the matrix.
 */
static Tally *
make_dense(Tally *t)
{
	Tally	   *larger;
	size_t		size;

	if (t->dense_off != 0 || t->stamp < DENSE_CUSTOMERS || t->nlabels > DENSE_LABELS)
		return t;
	size = VARSIZE(t);
	larger = palloc(tally_dense_size(size));
	memcpy(larger, t, size);
	SET_VARSIZE(larger, tally_dense_size(size));
	tally_dense_start(larger, size);
	return larger;
}

/* -- events ---------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(transition_agg_events);
Datum
transition_agg_events(PG_FUNCTION_ARGS)
{
	Tally	   *t = state_of(fcinfo);
	JourneyView v;
	TransitionRun run;
	uint32		few[FEW_LABELS];
	uint32	   *map = few;
	TallyFull	full;

	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(t);
	PG_GETARG_JOURNEY(1, &v);
	if (v.nlabels > FEW_LABELS)
		map = palloc(v.nlabels * sizeof(uint32));
	if (t->nrows == 0 && t->params[PARAM_MODEL] == 0)
		t->params[PARAM_MODEL] = EVENTS;
	check_model(t, EVENTS);
	t = make_dense(t);
	if (t->dense_off != 0 && transitions_count_dense(t, &v))
		PG_RETURN_POINTER(t);
	transitions_start(&run, &v, map);
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

/* Rows by label, (start) first and (end) last; the tally is in label order. */
static int
compare_rows(const void *a, const void *b)
{
	const int64 *ka = tally_keys(*(TallyRow *const *) a);
	const int64 *kb = tally_keys(*(TallyRow *const *) b);

	if (ka[0] != kb[0])
		return ka[0] < kb[0] ? -1 : 1;
	/* as unsigned numbers the marks come last */
	return (uint64) ka[1] < (uint64) kb[1] ? -1 : (uint64) ka[1] > (uint64) kb[1];
}

static Datum
key_datum(const Tally *t, int64 key)
{
	JourneyLabel label;

	if (key == TALLY_MARK_START)
		return CStringGetTextDatum("(start)");
	if (key == TALLY_MARK_END)
		return CStringGetTextDatum("(end)");
	tally_label_get(t, (uint32) key, &label);
	return journey_label_datum(&label);
}

static int64
row_count(const Tally *t, const TallyRow *row)
{
	return tally_counters(t, row)[TC_TRANSITION_COUNT] + tally_duration_count(t, row);
}

/* transition_rows(tally): the table, an array of transition_row */
PG_FUNCTION_INFO_V1(transition_rows);
Datum
transition_rows(PG_FUNCTION_ARGS)
{
	const Tally *t;
	TallyRow  **rows;
	int64	   *out;
	int64	   *in;
	RowArray	array;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	t = PG_GETARG_TALLY_P(0);
	if (t->kind != TALLY_TRANSITIONS)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("cannot read transitions from a %s tally",
						tally_shape(t->kind)->name)));
	t = tally_packed(t);
	if (t->nrows == 0)
		PG_RETURN_NULL();

	rows = palloc(t->nrows * sizeof(TallyRow *));
	out = palloc0((t->nlabels + 2) * sizeof(int64));
	in = palloc0((t->nlabels + 2) * sizeof(int64));
	for (uint32 i = 0; i < t->nrows; i++)
	{
		int64		count;

		rows[i] = tally_row_at(t, i);
		count = row_count(t, rows[i]);
		out[tally_keys(rows[i])[0] + 2] += count;
		in[tally_keys(rows[i])[1] + 2] += count;
	}
	qsort(rows, t->nrows, sizeof(TallyRow *), compare_rows);

	row_array_start(&array, fcinfo);
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const int64 *keys = tally_keys(rows[i]);
		int64		count = row_count(t, rows[i]);
		bool		timed = tally_duration_count(t, rows[i]) > 0;
		Datum		values[8];
		bool		nulls[8] = {false, false, false, false, false, false, !timed, !timed};

		CHECK_FOR_INTERRUPTS();
		values[0] = key_datum(t, keys[0]);
		values[1] = key_datum(t, keys[1]);
		values[2] = Int64GetDatum(count);
		values[3] = Int64GetDatum(tally_counters(t, rows[i])[TC_TRANSITION_CUSTOMERS]);
		values[4] = Float8GetDatum((double) count / (double) out[keys[0] + 2]);
		values[5] = Float8GetDatum((double) count / (double) in[keys[1] + 2]);
		values[6] = values[7] = (Datum) 0;
		if (timed)
		{
			values[6] = Float8GetDatum(tally_quantile(t, rows[i], 0.5) / USECS_PER_SEC);
			values[7] = Float8GetDatum(tally_quantile(t, rows[i], 0.95) / USECS_PER_SEC);
		}
		row_array_add(&array, values, nulls);
	}
	PG_RETURN_DATUM(row_array_finish(&array));
}
