/*
 * classify.c
 *	  Stages of touchpoints: a journey of stages, a row a touchpoint, the stage
 *	  a customer is in.
 *
 * Whatever needs only stages takes them as entries of the automaton's table,
 * computed by the automaton or, where that cannot, by the rule loop; whatever
 * shows the context runs the rule loop.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/timestamp.h"

#include "row_set.h"
#include "stage_machine.h"

/* A long journey can be cancelled this often. */
#define INTERRUPT_MASK	0xffff

#define FEW_LABELS		64
#define FEW_TOUCHPOINTS 256

/* In no stage, and to be reported. */
static inline bool
is_unclassified(uint32 entry)
{
	return STAGE_ENTRY_STAGE(entry) == 0 && !STAGE_IS_SILENT(entry);
}

/* -- journeys of stages -------------------------------------------------------- */

/* Room for the entries of a short journey. */
typedef struct FewEntries
{
	uint16		classes[FEW_LABELS];
	uint32		entries[FEW_TOUCHPOINTS];
} FewEntries;

/* The entries of all touchpoints; of those by the rule loop see stage_entries. */
static const uint32 *
read_entries(const StageMachine *m, const JourneyView *view, FewEntries *few)
{
	StageTables tables;

	if (view->count <= FEW_TOUCHPOINTS && view->nlabels <= FEW_LABELS && m->table != NULL)
	{
		stage_classes(m, view, few->classes);
		if (stage_run(m, view, few->classes, few->entries))
			return few->entries;
	}
	stage_tables(&tables, m, view);
	return stage_entries(m, view, &tables);
}

/* A journey all of whose touchpoints are classified, with stages as labels. */
static struct varlena *
name_stages(const StageMachine *m, const JourneyView *view, const uint32 *entries)
{
	uint8		few[FEW_TOUCHPOINTS];
	uint8	   *numbers = few;
	uint16		codes[2][STAGE_MAX_STAGES];
	JourneyPlan plan = {0};
	struct varlena *result;

	if (view->count > FEW_TOUCHPOINTS)
		numbers = palloc(view->count);
	for (uint32 i = 0; i < view->count; i++)
		numbers[i] = (uint8) (STAGE_ENTRY_STAGE(entries[i]) - 1);
	plan.label_code = codes[0];
	plan.label_order = codes[1];
	journey_measure_relabelled(view, numbers, m->stage_labels, m->nstages, &plan);
	result = palloc(VARHDRSZ + plan.size);
	SET_VARSIZE(result, VARHDRSZ + plan.size);
	journey_encode_relabelled(view, numbers, m->stage_labels, &plan, (uint8 *) VARDATA(result));
	return result;
}

/*
 * The touchpoints of a journey that are classified, with stages as labels
 * (classified), or those that are not, with the labels they have.
 */
static struct varlena *
pick_touchpoints(const StageMachine *m, const JourneyView *view, bool classified)
{
	FewEntries	few;
	const uint32 *entries = read_entries(m, view, &few);
	JourneyLabel *labels = NULL;
	JourneyLabel *channels;
	JourneyTouch *touch;
	double	   *values = NULL;
	JourneySource source = {0};
	JourneyPlan plan = {0};
	JourneyCursor c;
	struct varlena *result;
	uint32		picked = 0;
	uint32		n = 0;

	for (uint32 i = 0; i < view->count; i++)
		picked += classified ? STAGE_ENTRY_STAGE(entries[i]) > 0 : is_unclassified(entries[i]);
	if (classified && picked == view->count && picked > 0)
		return name_stages(m, view, entries);

	touch = palloc(Max(picked, 1) * sizeof(JourneyTouch));
	channels = palloc((view->nchannels + 1) * sizeof(JourneyLabel));
	journey_read_labels(view->channels, view->nchannels, channels);
	if (!classified)
	{
		labels = palloc((view->nlabels + 1) * sizeof(JourneyLabel));
		journey_read_labels(view->labels, view->nlabels, labels);
	}
	if (view->nvalues > 0)
		values = palloc(view->count * sizeof(double));

	journey_first(&c, view);
	for (uint32 i = 0; n < picked && journey_next(&c); i++)
	{
		uint32		stage = STAGE_ENTRY_STAGE(entries[i]);

		if ((i & INTERRUPT_MASK) == INTERRUPT_MASK)
			CHECK_FOR_INTERRUPTS();
		if (classified ? stage == 0 : !is_unclassified(entries[i]))
			continue;
		touch[n].at = c.at;
		touch[n].label = classified ? stage - 1 : c.label;
		touch[n].channel = c.channel;
		touch[n].seq = n;
		if (values != NULL)
			values[n] = c.has_value ? c.value : get_float8_nan();
		n++;
	}

	source.touch = touch;
	source.count = n;
	source.labels = classified ? m->stage_labels : labels;
	source.nlabels = classified ? m->nstages : view->nlabels;
	source.channels = channels;
	source.nchannels = view->nchannels;
	source.values = values;
	plan.label_code = palloc(source.nlabels * sizeof(uint16) + 1);
	plan.label_order = palloc(source.nlabels * sizeof(uint16) + 1);
	plan.channel_code = palloc(source.nchannels * sizeof(uint16) + 1);
	plan.channel_order = palloc(source.nchannels * sizeof(uint16) + 1);
	journey_measure(&source, &plan);
	result = palloc(VARHDRSZ + plan.size);
	SET_VARSIZE(result, VARHDRSZ + plan.size);
	journey_encode(&source, &plan, (uint8 *) VARDATA(result));
	return result;
}

PG_FUNCTION_INFO_V1(journey_classify);
Datum
journey_classify(PG_FUNCTION_ARGS)
{
	JourneyView view;
	StageModel *model = PG_GETARG_STAGE_MODEL_P(1);

	PG_GETARG_JOURNEY(0, &view);
	PG_RETURN_POINTER(pick_touchpoints(stage_machine_get(model), &view, true));
}

PG_FUNCTION_INFO_V1(journey_unclassified);
Datum
journey_unclassified(PG_FUNCTION_ARGS)
{
	JourneyView view;
	StageModel *model = PG_GETARG_STAGE_MODEL_P(1);

	PG_GETARG_JOURNEY(0, &view);
	PG_RETURN_POINTER(pick_touchpoints(stage_machine_get(model), &view, false));
}

/* -- a row a touchpoint -------------------------------------------------------------- */

/* Text Datums of labels, each made once. */
static Datum
label_datum(Datum *datums, const JourneyLabel *labels, uint32 i)
{
	if (datums[i] == (Datum) 0)
		datums[i] = journey_label_datum(&labels[i]);
	return datums[i];
}

PG_FUNCTION_INFO_V1(journey_staged_touchpoints);
Datum
journey_staged_touchpoints(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	JourneyView view;
	StageModel *model = PG_GETARG_STAGE_MODEL_P(1);
	const StageMachine *m;
	StageTables tables;
	StageWalk	w;
	Datum	   *events;
	Datum	   *channels;
	Datum	   *stages;
	int32		n = 0;

	row_set_begin(fcinfo);
	PG_GETARG_JOURNEY(0, &view);
	m = stage_machine_get(model);
	stage_tables(&tables, m, &view);
	events = palloc0((view.nlabels + 1) * sizeof(Datum));
	channels = palloc0((view.nchannels + 1) * sizeof(Datum));
	stages = palloc0(m->nstages * sizeof(Datum));

	stage_walk_start(&w, m, &view, &tables);
	while (stage_walk_next(&w))
	{
		Datum		values[9];
		bool		nulls[9] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int32GetDatum(++n);
		values[1] = TimestampTzGetDatum(w.cursor.at);
		values[2] = label_datum(events, tables.labels, w.cursor.label);
		if (w.cursor.channel > 0)
			values[3] = label_datum(channels, tables.channels, w.cursor.channel - 1);
		else
			nulls[3] = true;
		if (w.cursor.has_value)
			values[4] = Float8GetDatum(w.cursor.value);
		else
			nulls[4] = true;
		if (w.stage > 0)
		{
			values[5] = label_datum(stages, m->stage_labels, w.stage - 1);
			values[6] = Int32GetDatum(w.stage);
		}
		else
			nulls[5] = nulls[6] = true;
		values[7] = Int32GetDatum(w.visit_no);
		values[8] = Int32GetDatum(w.purchase_no);
		row_set_add(rsinfo, values, nulls);
	}
	return (Datum) 0;
}

/* -- one answer ---------------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(journey_current_stage);
Datum
journey_current_stage(PG_FUNCTION_ARGS)
{
	JourneyView view;
	StageModel *model;
	const StageMachine *m;
	FewEntries	few;
	const uint32 *entries;
	uint32		n;
	uint32		stage = 0;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	model = PG_GETARG_STAGE_MODEL_P(1);
	PG_GETARG_JOURNEY(0, &view);
	if (view.count == 0)
		PG_RETURN_NULL();
	m = stage_machine_get(model);
	entries = read_entries(m, &view, &few);

	n = view.count;
	if (!PG_ARGISNULL(2))
	{
		TimestampTz as_of = PG_GETARG_TIMESTAMPTZ(2);
		TimestampTz last_at = journey_last_at(&view);

		if (last_at > as_of)
		{
			JourneyCursor c;

			journey_first(&c, &view);
			for (n = 0; journey_next(&c) && c.at <= as_of; n++)
				last_at = c.at;
		}

		/* unsigned: two timestamps can be further apart than an int64 */
		if (n > 0 && model->dormant_stage > 0 &&
			(uint64) as_of - (uint64) last_at > (uint64) model->dormant_after)
			stage = model->dormant_stage;
	}
	for (; n > 0 && stage == 0; n--)
		stage = STAGE_ENTRY_STAGE(entries[n - 1]);
	if (stage == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(journey_label_datum(&m->stage_labels[stage - 1]));
}

PG_FUNCTION_INFO_V1(stage_model_stage);
Datum
stage_model_stage(PG_FUNCTION_ARGS)
{
	StageModel *model;
	const StageMachine *m;
	TouchArgs	args;
	uint16		class;
	uint32		stage;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	model = PG_GETARG_STAGE_MODEL_P(0);
	journey_touch_args(fcinfo, 1, &args);

	m = stage_machine_get(model);
	class = stage_label_class(m, &args.event);
	if (m->table != NULL && !(m->class_flags[class] & STAGE_CLASS_DYNAMIC))
	{
		bool		delivery = (m->class_flags[class] & STAGE_CLASS_DELIVERY) != 0;

		stage = STAGE_ENTRY_STAGE(stage_row(m, class)[m->start[delivery]]);
	}
	else
	{
		/* a journey of this touchpoint */
		JourneyTouch touch = {0};
		JourneySource source = {0};
		JourneyPlan plan = {0};
		uint16		codes[4];
		JourneyView view;
		StageTables tables;
		StageWalk	w;
		uint8	   *bytes;

		touch.channel = args.has_channel ? 1 : 0;
		source.touch = &touch;
		source.count = 1;
		source.labels = &args.event;
		source.nlabels = 1;
		source.channels = &args.channel;
		source.nchannels = touch.channel;
		source.values = args.has_value ? &args.value : NULL;
		plan.label_code = &codes[0];
		plan.label_order = &codes[1];
		plan.channel_code = &codes[2];
		plan.channel_order = &codes[3];
		journey_measure(&source, &plan);
		bytes = palloc(plan.size);
		journey_encode(&source, &plan, bytes);
		if (!journey_open(&view, bytes, plan.size))
			elog(ERROR, "could not open a journey just made");
		stage_tables(&tables, m, &view);
		stage_walk_start(&w, m, &view, &tables);
		stage_walk_next(&w);
		stage = w.stage;
	}
	if (stage == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(journey_label_datum(&m->stage_labels[stage - 1]));
}

PG_FUNCTION_INFO_V1(stage_model_stages);
Datum
stage_model_stages(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	StageModel *model = PG_GETARG_STAGE_MODEL_P(0);

	row_set_begin(fcinfo);
	for (uint32 i = 0; i < model->nstages; i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false};
		size_t		len;
		const char *name = stage_name(model, i, &len);

		values[0] = Int32GetDatum(i + 1);
		values[1] = PointerGetDatum(cstring_to_text_with_len(name, len));
		values[2] = BoolGetDatum(model->ordered);
		row_set_add(rsinfo, values, nulls);
	}
	return (Datum) 0;
}
