/*
 * moments.c
 *	  moments(j, ...): a row for each time that a customer reaches a moment of
 *	  truth, and what came of it.
 *
 * Three stage models look at the touchpoints: the moments, the stages, and the
 * actions, which say what an event name means.  What they say is put in arrays
 * and answered by core/moments.c.
 */
#include "postgres.h"

#include <math.h>

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "core/moments.h"
#include "funnel_options.h"
#include "row_set.h"
#include "touch_table.h"

#define DEFAULT_HORIZON			(90 * USECS_PER_DAY)
#define DEFAULT_DELIVERY_WITHIN (7 * USECS_PER_DAY)

/* The columns of journey.moment_row. */
enum
{
	COL_MOMENT_NO, COL_MOMENT, COL_OCCURRENCE, COL_PHASE, COL_AT, COL_ENDED_AT,
	COL_TOUCHPOINTS, COL_N, COL_EVENT, COL_CHANNEL, COL_FROM_STAGE, COL_STAGE,
	COL_SINCE_PREVIOUS, COL_OUTCOME, COL_OUTCOME_AT, COL_SATISFIED, COL_BOUNCED,
	COL_VALUE, COL_METRIC, COL_SUCCEEDED, COL_COMPLETE, COL_COUNTED,
	COL_COUNT
};

/* In the order of MomentPhase, MomentOutcome and MomentMetric. */
static const char *const phases[] =
{NULL, "purchase", "experience", "wait", "service"};
static const char *const outcomes[] =
{NULL, "purchase", "repurchase", "review", "return", "stay", "leave"};
static const char *const metrics[] =
{"visit", "bounce", "purchase", "satisfaction", "delivery gap", "service", "engagement", "repeat"};

StaticAssertDecl(lengthof(phases) == PHASE_COUNT, "a name for each phase");
StaticAssertDecl(lengthof(outcomes) == OUTCOME_COUNT, "a name for each outcome");
StaticAssertDecl(lengthof(metrics) == METRIC_COUNT, "a name for each metric");

/* Texts of the columns, each made once a journey. */
typedef struct MomentTexts
{
	TouchStageTexts moments;
	TouchStageTexts stages;
	Datum		phases[PHASE_COUNT];
	Datum		outcomes[OUTCOME_COUNT];
	Datum		metrics[METRIC_COUNT];
} MomentTexts;

static Datum
word_text(Datum *made, const char *const *words, int word)
{
	if (made[word] == (Datum) 0)
		made[word] = CStringGetTextDatum(words[word]);
	return made[word];
}

/* What the moments of a model stand for: by 1 + number; tells if there are five. */
static bool
moment_kinds(const StageModel *moments, uint8 *kinds)
{
	static const struct
	{
		const char *name;
		MomentKind	kind;
	}			known[] =
	{
		{"zmot", MOMENT_ZERO}, {"fmot", MOMENT_FIRST}, {"smot", MOMENT_SECOND},
		{"tmot", MOMENT_THIRD}, {"umot", MOMENT_ULTIMATE}
	};
	bool		five = false;

	kinds[0] = MOMENT_OTHER;
	for (uint32 i = 0; i < moments->nstages; i++)
	{
		size_t		len;
		const char *name = stage_name(moments, i, &len);

		kinds[i + 1] = MOMENT_OTHER;
		for (int k = 0; k < lengthof(known); k++)
		{
			if (len == strlen(known[k].name) && memcmp(name, known[k].name, len) == 0)
				kinds[i + 1] = known[k].kind;
		}
		five |= kinds[i + 1] == MOMENT_ULTIMATE;
	}
	return five;
}

static void
put_answer(Datum *value, bool *null, uint8 answer)
{
	*null = answer == ANSWER_NONE;
	*value = BoolGetDatum(answer == ANSWER_YES);
}

/* moments(j, moments, model, actions, as_of, horizon, delivery_within) */
PG_FUNCTION_INFO_V1(moments_of_journey);
Datum
moments_of_journey(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const StageModel *moments;
	const StageModel *model = NULL;
	uint8		kinds[STAGE_MAX_STAGES + 1];
	MomentRules rules = {kinds};
	MomentInput in = {0};
	TouchTable	t;
	TouchContext context;
	MomentTexts texts = {0};
	MomentRow  *rows;
	MomentOrder *orders;
	uint32		nrows;
	uint32		norders;

	row_set_begin(fcinfo);
	touch_check_as_of(fcinfo->args[4]);
	rules.horizon = funnel_span_or(fcinfo->args[5], "horizon", DEFAULT_HORIZON);
	rules.delivery_within = funnel_span_or(fcinfo->args[6], "delivery_within", DEFAULT_DELIVERY_WITHIN);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		return (Datum) 0;
	moments = PG_GETARG_STAGE_MODEL_P(1);
	if (!PG_ARGISNULL(2))
		model = PG_GETARG_STAGE_MODEL_P(2);
	texts.moments.model = moments;
	texts.stages.model = model;
	touch_table_read(&t, PG_GETARG_DATUM(0));
	in.count = touch_seen(&t, fcinfo->args[4], &rules.as_of);
	if (in.count == 0)
		return (Datum) 0;

	rules.five = moment_kinds(moments, kinds);
	rules.session_timeout = (uint64) moments->session_timeout;
	touch_context(&t, moments, &context);
	in.at = t.at;
	in.moment = context.stage;
	in.visit_no = context.visit_no;
	in.waiting = context.waiting;
	in.offsite = touch_definition(&t, moments, "offsite");
	in.ignored = touch_definition(&t, moments, "ignore");
	in.action = touch_actions(&t, PG_GETARG_STAGE_MODEL_P(3));
	in.value = t.value;
	if (model != NULL)
		in.stage = touch_stages(&t, model);

	moments_measure(&in, &rules, &nrows, &norders);
	rows = MemoryContextAllocHuge(CurrentMemoryContext, ((Size) nrows + 1) * sizeof(MomentRow));
	orders = MemoryContextAllocHuge(CurrentMemoryContext, ((Size) norders + 1) * sizeof(MomentOrder));
	moments_find(&in, &rules, rows, orders);

	for (uint32 r = 0; r < nrows; r++)
	{
		const MomentRow *row = &rows[r];
		uint8		stage = model == NULL ? 0 : in.stage[row->first];
		Datum		values[COL_COUNT];
		bool		nulls[COL_COUNT] = {false};

		CHECK_FOR_INTERRUPTS();
		if (!isfinite(row->value))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("sum of the values of purchases is out of range")));
		values[COL_MOMENT_NO] = Int32GetDatum((int32) r + 1);
		values[COL_MOMENT] = touch_stage_text(&texts.moments, row->moment);
		values[COL_OCCURRENCE] = Int32GetDatum((int32) row->occurrence);
		nulls[COL_PHASE] = row->phase == PHASE_NONE;
		if (row->phase != PHASE_NONE)
			values[COL_PHASE] = word_text(texts.phases, phases, row->phase);
		values[COL_AT] = TimestampTzGetDatum(t.at[row->first]);
		values[COL_ENDED_AT] = TimestampTzGetDatum(t.at[row->last]);
		values[COL_TOUCHPOINTS] = Int32GetDatum((int32) row->touchpoints);
		values[COL_N] = Int32GetDatum((int32) row->first + 1);
		values[COL_EVENT] = touch_event(&t, row->first);
		nulls[COL_CHANNEL] = !touch_channel(&t, row->first, &values[COL_CHANNEL]);
		nulls[COL_FROM_STAGE] = row->from_stage == 0;
		if (row->from_stage > 0)
			values[COL_FROM_STAGE] = touch_stage_text(&texts.stages, row->from_stage);
		nulls[COL_STAGE] = stage == 0;
		if (stage > 0)
			values[COL_STAGE] = touch_stage_text(&texts.stages, stage);
		nulls[COL_SINCE_PREVIOUS] = r == 0;
		if (r > 0)
			values[COL_SINCE_PREVIOUS] =
				Float8GetDatum(touch_seconds(t.at[row[-1].first], t.at[row->first]));
		nulls[COL_OUTCOME] = row->outcome == OUTCOME_NONE;
		if (row->outcome != OUTCOME_NONE)
			values[COL_OUTCOME] = word_text(texts.outcomes, outcomes, row->outcome);
		nulls[COL_OUTCOME_AT] = row->decided_by == MOMENT_NOWHERE;
		if (row->decided_by != MOMENT_NOWHERE)
			values[COL_OUTCOME_AT] = TimestampTzGetDatum(t.at[row->decided_by]);
		put_answer(&values[COL_SATISFIED], &nulls[COL_SATISFIED], row->satisfied);
		put_answer(&values[COL_BOUNCED], &nulls[COL_BOUNCED], row->bounced);
		nulls[COL_VALUE] = row->valued == 0;
		values[COL_VALUE] = Float8GetDatum(row->value);
		values[COL_METRIC] = word_text(texts.metrics, metrics, row->metric);
		put_answer(&values[COL_SUCCEEDED], &nulls[COL_SUCCEEDED], row->succeeded);
		values[COL_COMPLETE] = BoolGetDatum(row->complete);
		values[COL_COUNTED] = BoolGetDatum(row->counted);
		row_set_add(rsinfo, values, nulls);
	}
	return (Datum) 0;
}
