/*
 * scores.c
 *	  scores(j, actions, ...): the answers of a customer to surveys, and reviews,
 *	  as rows.
 *
 * What is an answer, and to which question, says the model of actions; the
 * value of the touchpoint is the score.  See core/scores.c for what follows
 * from it.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "core/scores.h"
#include "funnel_options.h"
#include "row_set.h"
#include "touch_table.h"

#define DEFAULT_PROMISE	(7 * USECS_PER_DAY)

/* In the order of ScoreKind, ScoreTopic, DeliveryState. */
static const char *const kinds[] = {"nps", "csat", "ces", "review"};
static const char *const topics[] = {NULL, "delivery", "support"};
static const char *const deliveries[] =
{"no order", "unknown", "on time", "late", "open", "overdue", "taken back"};

/* The columns of journey.score_row. */
enum
{
	COL_AT, COL_N, COL_EVENT, COL_KIND, COL_TOPIC, COL_SCORE, COL_LOW, COL_HIGH,
	COL_OFF_SCALE, COL_SATISFIED, COL_ON_1_TO_5, COL_STAGE, COL_MOMENT, COL_DELIVERY,
	COL_COUNT
};

/* The stages of another model beside the answers; NULL if it was not asked for. */
typedef struct OtherModel
{
	const uint8 *stages;
	TouchStageTexts texts;
} OtherModel;

static void
read_other_model(OtherModel *other, TouchTable *t, NullableDatum model)
{
	memset(other, 0, sizeof(*other));
	if (model.isnull)
		return;
	other->texts.model = DatumGetStageModelP(model.value);
	other->stages = touch_stages(t, other->texts.model);
}

static void
put_other_model(OtherModel *other, uint32 i, Datum *value, bool *isnull)
{
	uint32		stage = other->stages == NULL ? 0 : other->stages[i];

	*isnull = stage == 0;
	if (stage > 0)
		*value = touch_stage_text(&other->texts, stage);
}

static void
put_answer(ReturnSetInfo *rsinfo, TouchTable *t, const ScoredAnswer *a,
		   uint8 action, OtherModel *stages, OtherModel *moments)
{
	uint32		i = a->touchpoint;
	double		score = a->answered ? t->value[i] : 0;
	bool		counts = a->answered && !a->off_scale;
	Satisfied	satisfied = counts ? touch_satisfied(action, score) : SATISFIED_UNKNOWN;
	Datum		values[COL_COUNT];
	bool		nulls[COL_COUNT] = {false};

	values[COL_AT] = TimestampTzGetDatum(t->at[i]);
	values[COL_N] = Int32GetDatum((int32) i + 1);
	values[COL_EVENT] = touch_event(t, i);
	values[COL_KIND] = CStringGetTextDatum(kinds[a->scale->kind]);
	nulls[COL_TOPIC] = topics[a->scale->topic] == NULL;
	if (!nulls[COL_TOPIC])
		values[COL_TOPIC] = CStringGetTextDatum(topics[a->scale->topic]);
	nulls[COL_SCORE] = nulls[COL_OFF_SCALE] = !a->answered;
	values[COL_SCORE] = Float8GetDatum(score);
	values[COL_LOW] = Float8GetDatum(a->scale->low);
	values[COL_HIGH] = Float8GetDatum(a->scale->high);
	values[COL_OFF_SCALE] = BoolGetDatum(a->off_scale);
	nulls[COL_SATISFIED] = satisfied == SATISFIED_UNKNOWN;
	values[COL_SATISFIED] = BoolGetDatum(satisfied == SATISFIED_YES);
	nulls[COL_ON_1_TO_5] = !counts;
	values[COL_ON_1_TO_5] = Float8GetDatum(counts ? score_on_1_to_5(a->scale, score) : 0);
	put_other_model(stages, i, &values[COL_STAGE], &nulls[COL_STAGE]);
	put_other_model(moments, i, &values[COL_MOMENT], &nulls[COL_MOMENT]);
	values[COL_DELIVERY] = CStringGetTextDatum(deliveries[a->delivery]);
	row_set_add(rsinfo, values, nulls);
}

/* scores(j, actions, model, moments, promise) */
PG_FUNCTION_INFO_V1(scores);
Datum
scores(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	uint64		promise;
	const StageModel *actions;
	TouchTable	t;
	OtherModel	stages;
	OtherModel	moments;
	const uint8 *action;
	uint32		purchases = 0;
	uint32		scored = 0;
	ScoredOrder *orders;
	ScoredAnswer *answers;

	row_set_begin(fcinfo);
	promise = funnel_span_or(fcinfo->args[4], "promise", DEFAULT_PROMISE);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	actions = PG_GETARG_STAGE_MODEL_P(1);
	touch_table_read(&t, PG_GETARG_DATUM(0));
	action = touch_actions(&t, actions);
	for (uint32 i = 0; i < t.count; i++)
	{
		purchases += action[i] == TA_PURCHASE;
		scored += score_scale(action[i]) != NULL;
	}
	if (scored == 0)
		return (Datum) 0;

	read_other_model(&stages, &t, fcinfo->args[2]);
	read_other_model(&moments, &t, fcinfo->args[3]);
	orders = palloc_array(ScoredOrder, purchases + 1);
	answers = palloc_array(ScoredAnswer, scored);
	scored = scored_answers(t.count, t.at, action, t.value,
							touch_deliveries_logged(&t, actions, action), promise,
							orders, answers);
	for (uint32 i = 0; i < scored; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_answer(rsinfo, &t, &answers[i], action[answers[i].touchpoint], &stages, &moments);
	}
	return (Datum) 0;
}
