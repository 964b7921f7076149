/*
 * touch_table.c
 *	  The touchpoints of a journey as arrays, with what stage models say of
 *	  each.
 *
 * One pass over the journey for times, labels and values, and one for each
 * model that is asked.  A label is looked up once a journey: its class in the
 * machine of the model says how it fits every definition.  Memory is some 30
 * bytes a touchpoint, freed with the context of the call.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/timestamp.h"

#include "touch_table.h"

/* A long journey can be cancelled this often. */
#define INTERRUPT_MASK	0xffff

static void
read_labels(StageTables *tables, TouchTable *t, const StageMachine *m)
{
	tables->labels = t->labels;
	tables->channels = t->channels;
	tables->classes = palloc((t->view.nlabels + 1) * sizeof(uint16));
	tables->flags = 0;
	for (uint32 i = 0; i < t->view.nlabels; i++)
	{
		tables->classes[i] = stage_label_class(m, &t->labels[i]);
		tables->flags |= m->class_flags[tables->classes[i]];
	}
}

void
touch_table_read(TouchTable *t, Datum journey)
{
	JourneyCursor c;
	JourneyView *v = &t->view;

	memset(t, 0, sizeof(*t));
	journey_fetch(journey, v);
	t->count = v->count;
	t->at = palloc((size_t) (v->count + 1) * sizeof(TimestampTz));
	t->label = palloc((size_t) (v->count + 1) * sizeof(uint16));
	t->channel = palloc((size_t) (v->count + 1) * sizeof(uint16));
	if (v->nvalues > 0)
		t->value = palloc((size_t) (v->count + 1) * sizeof(double));
	t->labels = palloc((v->nlabels + 1) * sizeof(JourneyLabel));
	t->channels = palloc((v->nchannels + 1) * sizeof(JourneyLabel));
	journey_read_labels(v->labels, v->nlabels, t->labels);
	journey_read_labels(v->channels, v->nchannels, t->channels);

	journey_first(&c, v);
	for (uint32 i = 0; journey_next(&c); i++)
	{
		if ((i & INTERRUPT_MASK) == INTERRUPT_MASK)
			CHECK_FOR_INTERRUPTS();
		t->at[i] = c.at;
		t->label[i] = (uint16) c.label;
		t->channel[i] = (uint16) c.channel;
		if (t->value != NULL)
			t->value[i] = c.has_value ? c.value : get_float8_nan();
	}
}

uint8 *
touch_stages(TouchTable *t, const StageModel *model)
{
	const StageMachine *m = stage_machine_get(model);
	uint8	   *stages = palloc(t->count + 1);
	uint32	   *entries;
	StageTables tables;

	read_labels(&tables, t, m);
	entries = stage_entries(m, &t->view, &tables);
	for (uint32 i = 0; i < t->count; i++)
		stages[i] = (uint8) STAGE_ENTRY_STAGE(entries[i]);
	pfree(entries);
	pfree(tables.classes);
	return stages;
}

void
touch_context(TouchTable *t, const StageModel *model, TouchContext *context)
{
	const StageMachine *m = stage_machine_get(model);
	StageTables tables;
	StageWalk	w;

	read_labels(&tables, t, m);
	context->stage = palloc(t->count + 1);
	context->visit_no = palloc((size_t) (t->count + 1) * sizeof(uint32));
	context->purchase_no = palloc((size_t) (t->count + 1) * sizeof(uint32));
	context->waiting = palloc(t->count + 1);
	stage_walk_start(&w, m, &t->view, &tables);
	for (uint32 i = 0; stage_walk_next(&w); i++)
	{
		if ((i & INTERRUPT_MASK) == INTERRUPT_MASK)
			CHECK_FOR_INTERRUPTS();
		context->stage[i] = (uint8) w.stage;
		context->visit_no[i] = w.visit_no;
		context->purchase_no[i] = w.purchase_no;
		context->waiting[i] = w.waiting;
	}
}

/* -- definitions ------------------------------------------------------------ */

/* How the labels of a journey fit the definition in a slot: a MatcherFit each. */
static uint8 *
label_fits(const TouchTable *t, const StageMachine *m, const StageTables *tables, uint32 slot)
{
	uint8	   *fits = palloc(t->view.nlabels + 1);

	for (uint32 i = 0; i < t->view.nlabels; i++)
	{
		uint16		class = tables->classes[i];

		fits[i] = class == STAGE_CLASS_UNKNOWN ?
			stage_definition_fits_label(m->model, slot, &t->labels[i]) :
			m->class_fits[(size_t) class * m->model->nslots + slot];
	}
	return fits;
}

static bool
fits_definition(const TouchTable *t, const StageModel *model, uint32 slot,
				const uint8 *fits, uint32 i)
{
	bool		has_value;

	if (fits[t->label[i]] != MF_MAYBE)
		return fits[t->label[i]] == MF_ALWAYS;
	has_value = t->value != NULL && !isnan(t->value[i]);
	return stage_definition_fits(model, slot, &t->labels[t->label[i]],
								 t->channel[i] == 0 ? NULL : &t->channels[t->channel[i] - 1],
								 has_value, has_value ? t->value[i] : 0);
}

bool *
touch_definition(TouchTable *t, const StageModel *model, const char *definition)
{
	bool	   *result = palloc0(t->count + 1);
	const StageMachine *m = stage_machine_get(model);
	StageTables tables;
	uint8	   *fits;
	uint32		slot = stage_definition_find(model, definition, strlen(definition));

	if (slot == 0)
		return result;
	read_labels(&tables, t, m);
	fits = label_fits(t, m, &tables, slot - 1);
	for (uint32 i = 0; i < t->count; i++)
		result[i] = fits_definition(t, model, slot - 1, fits, i);
	pfree(fits);
	pfree(tables.classes);
	return result;
}

/* -- actions ---------------------------------------------------------------- */

static const char *const action_names[] = {
	NULL,
#define TOUCH_ACTION_NAME(name, text) text,
	TOUCH_ACTIONS(TOUCH_ACTION_NAME)
#undef TOUCH_ACTION_NAME
};

/* The action that a stage is named like.  There are some 80: a journey meets few. */
static uint8
stage_action(const StageModel *model, uint32 stage)
{
	size_t		len;
	const char *name = stage_name(model, stage - 1, &len);

	for (int i = 1; i < TA_COUNT; i++)
	{
		if (action_names[i][0] == name[0] && strlen(action_names[i]) == len &&
			memcmp(action_names[i], name, len) == 0)
			return (uint8) i;
	}
	return TA_NONE;
}

const char *
touch_action_name(uint8 action)
{
	return action_names[action];
}

/* The actions that the definitions with a meaning stand for. */
static void
put_definition(uint8 *actions, const TouchTable *t, const StageMachine *m,
			   const StageTables *tables, uint32 definition, TouchAction action)
{
	uint8	   *fits;

	if (definition == 0)
		return;
	fits = label_fits(t, m, tables, definition - 1);
	for (uint32 i = 0; i < t->count; i++)
	{
		if (fits[t->label[i]] != MF_NEVER && actions[i] != TA_ORDER_CANCEL &&
			fits_definition(t, m->model, definition - 1, fits, i))
			actions[i] = (uint8) action;
	}
	pfree(fits);
}

uint8 *
touch_actions(TouchTable *t, const StageModel *model)
{
	uint8	   *actions = touch_stages(t, model);
	const StageMachine *m = stage_machine_get(model);
	StageTables tables;
	uint8		known[256] = {0};	/* 0: not looked at, else 1 + action */

	for (uint32 i = 0; i < t->count; i++)
	{
		uint8		stage = actions[i];

		if (known[stage] == 0)
			known[stage] = 1 + (stage == 0 ? TA_NONE : stage_action(m->model, stage));
		actions[i] = known[stage] - 1;
	}
	read_labels(&tables, t, m);
	put_definition(actions, t, m, &tables, m->model->purchase, TA_PURCHASE);
	put_definition(actions, t, m, &tables, m->model->refund, TA_REFUND);
	put_definition(actions, t, m, &tables, m->model->delivered, TA_ORDER_DELIVER);
	pfree(tables.classes);
	return actions;
}

bool
touch_deliveries_logged(const TouchTable *t, const StageModel *actions, const uint8 *action)
{
	if (actions->delivery != SD_AUTO)
		return actions->delivery == SD_LOGGED;
	return memchr(action, TA_ORDER_DELIVER, t->count) != NULL;
}

/* -- texts and values ------------------------------------------------------- */

Datum
touch_event(TouchTable *t, uint32 i)
{
	if (t->label_texts == NULL)
		t->label_texts = palloc0((t->view.nlabels + 1) * sizeof(Datum));
	if (t->label_texts[t->label[i]] == (Datum) 0)
		t->label_texts[t->label[i]] = journey_label_datum(&t->labels[t->label[i]]);
	return t->label_texts[t->label[i]];
}

bool
touch_channel(TouchTable *t, uint32 i, Datum *text)
{
	uint16		channel = t->channel[i];

	if (channel == 0)
		return false;
	if (t->channel_texts == NULL)
		t->channel_texts = palloc0((t->view.nchannels + 1) * sizeof(Datum));
	if (t->channel_texts[channel] == (Datum) 0)
		t->channel_texts[channel] = journey_label_datum(&t->channels[channel - 1]);
	*text = t->channel_texts[channel];
	return true;
}

bool
touch_detail(TouchTable *t, uint32 i, Datum *detail)
{
	text	   *event = DatumGetTextPP(touch_event(t, i));
	const char *name = VARDATA_ANY(event);
	const char *end = name + VARSIZE_ANY_EXHDR(event);
	const char *slash = memchr(name, '/', end - name);

	if (slash == NULL || slash + 1 == end)
		return false;
	*detail = PointerGetDatum(cstring_to_text_with_len(slash + 1, end - slash - 1));
	return true;
}

bool
touch_value(const TouchTable *t, uint32 i, Datum *value)
{
	if (t->value == NULL || isnan(t->value[i]))
		return false;
	*value = Float8GetDatum(t->value[i]);
	return true;
}

Datum
touch_stage_text(TouchStageTexts *texts, uint32 stage)
{
	if (texts->text[stage] == (Datum) 0)
	{
		size_t		len;
		const char *name = stage_name(texts->model, stage - 1, &len);

		texts->text[stage] = PointerGetDatum(cstring_to_text_with_len(name, len));
	}
	return texts->text[stage];
}

/* -- as of a time ----------------------------------------------------------- */

uint32
touch_seen(const TouchTable *t, NullableDatum as_of, TimestampTz *until)
{
	uint32		low = 0;
	uint32		high = t->count;

	if (as_of.isnull)
	{
		*until = t->count > 0 ? t->at[t->count - 1] : 0;
		return t->count;
	}
	*until = DatumGetTimestampTz(as_of.value);
	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (t->at[middle] <= *until)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
touch_check_as_of(NullableDatum as_of)
{
	if (!as_of.isnull && TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(as_of.value)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of must be finite"),
				 errhint("Give the end of the data, for example the time of the last touchpoint of all customers; leave it out for the customer's own last one.")));
}

TimestampTz
touch_required_as_of(NullableDatum as_of)
{
	if (as_of.isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("as_of must not be null"),
				 errhint("Give the end of the data, the same for all customers, for example the time of the last touchpoint of all.")));
	if (TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(as_of.value)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of must be finite")));
	return DatumGetTimestampTz(as_of.value);
}
