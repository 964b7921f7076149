/*
 * journey_map.c
 *	  mapped_touchpoints(j, model, actions, moments, ...): the touchpoints of a
 *	  customer with what a map of the journeys asks of each.
 *
 * One pass over the journey for each model; what came after each touchpoint is
 * found in core/touch_map.c.
 */
#include "postgres.h"

#include <math.h>

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "core/scores.h"
#include "core/touch_map.h"
#include "funnel_options.h"
#include "row_set.h"
#include "touch_table.h"

#define DEFAULT_HORIZON			(30 * USECS_PER_DAY)
#define DEFAULT_SCORE_WITHIN	(7 * USECS_PER_DAY)

/* The columns of journey.mapped_touchpoint_row. */
enum
{
	COL_N, COL_AT, COL_EVENT, COL_CHANNEL, COL_STAGE_NO, COL_STAGE, COL_MOMENT, COL_FIRST,
	COL_NEXT_EVENT, COL_NEXT_SECONDS, COL_LEFT, COL_BOUGHT, COL_PURCHASE_VALUE, COL_SCORE,
	COL_SATISFIED, COL_ANSWER, COL_ENTERS, COL_FIRST_IN_STAY, COL_ADVANCED, COL_COUNT
};

/*
 * Leaves out what the stage model ignores: nothing that the customer did, and
 * so nothing that comes next.  `n` keeps the numbers of those that stay.
 */
static uint32
leave_out_ignored(TouchTable *t, uint32 count, const bool *ignored, uint8 *stage,
				  uint8 *action, uint8 *moment, bool *offsite, uint32 *n)
{
	uint32		kept = 0;

	for (uint32 i = 0; i < count; i++)
	{
		if (ignored[i])
			continue;
		t->at[kept] = t->at[i];
		t->label[kept] = t->label[i];
		t->channel[kept] = t->channel[i];
		if (t->value != NULL)
			t->value[kept] = t->value[i];
		stage[kept] = stage[i];
		action[kept] = action[i];
		if (moment != NULL)
			moment[kept] = moment[i];
		offsite[kept] = offsite[i];
		n[kept++] = i + 1;
	}
	return kept;
}

static void
put_fact(int8 fact, int column, Datum *values, bool *nulls)
{
	nulls[column] = fact == MAP_UNKNOWN;
	values[column] = BoolGetDatum(fact == MAP_YES);
}

/* The answer that a touchpoint is counted with, and whether it is that itself. */
static void
put_answer(const TouchMapInput *in, uint32 i, uint32 answer, Datum *values, bool *nulls)
{
	const ScoreScale *scale;
	Satisfied	satisfied;

	nulls[COL_SCORE] = nulls[COL_SATISFIED] = nulls[COL_ANSWER] = true;
	if (answer == TOUCH_MAP_NONE ||
		!touch_score(in->action[answer], in->value[answer], &scale))
		return;
	nulls[COL_SCORE] = nulls[COL_ANSWER] = false;
	values[COL_SCORE] = Float8GetDatum(score_on_1_to_5(scale, in->value[answer]));
	values[COL_ANSWER] = BoolGetDatum(answer == i);
	satisfied = touch_satisfied(in->action[answer], in->value[answer]);
	nulls[COL_SATISFIED] = satisfied == SATISFIED_UNKNOWN;
	values[COL_SATISFIED] = BoolGetDatum(satisfied == SATISFIED_YES);
}

PG_FUNCTION_INFO_V1(mapped_touchpoints);
Datum
mapped_touchpoints(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TouchTable	t;
	TouchMapInput in = {0};
	MappedTouch *touches;
	uint8	   *stage;
	uint8	   *action;
	uint8	   *moment = NULL;
	bool	   *offsite;
	uint32	   *n;
	uint64		cells;
	TouchStageTexts *stages = palloc0(sizeof(TouchStageTexts));
	TouchStageTexts *moments = palloc0(sizeof(TouchStageTexts));

	row_set_begin(fcinfo);
	touch_check_as_of(fcinfo->args[4]);
	in.horizon = funnel_span_or(fcinfo->args[5], "horizon", DEFAULT_HORIZON);
	in.answer_within = funnel_span_or(fcinfo->args[6], "score_within", DEFAULT_SCORE_WITHIN);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return (Datum) 0;

	touch_table_read(&t, PG_GETARG_DATUM(0));
	in.count = touch_seen(&t, fcinfo->args[4], &in.as_of);
	if (in.count == 0)
		return (Datum) 0;
	stages->model = PG_GETARG_STAGE_MODEL_P(1);
	if (!PG_ARGISNULL(3))
	{
		moments->model = PG_GETARG_STAGE_MODEL_P(3);
		moment = touch_stages(&t, moments->model);
	}
	action = touch_actions(&t, PG_GETARG_STAGE_MODEL_P(2));
	stage = touch_stages(&t, stages->model);
	offsite = touch_definition(&t, stages->model, "offsite");
	n = palloc_extended((Size) in.count * sizeof(uint32), MCXT_ALLOC_HUGE);
	in.count = leave_out_ignored(&t, in.count, touch_definition(&t, stages->model, "ignore"),
								 stage, action, moment, offsite, n);
	in.at = t.at;
	in.label = t.label;
	in.value = t.value;
	in.stage = stage;
	in.action = action;
	in.offsite = offsite;
	in.nlabels = t.view.nlabels;
	in.nstages = stages->model->nstages;
	if (stages->model->ordered)
	{
		/* in a dormant stage stands no touchpoint */
		in.last_stage = in.nstages;
		if (stages->model->dormant_stage == in.last_stage)
			in.last_stage--;
	}
	cells = touch_map_cells(&in);
	touches = palloc_extended((Size) (in.count + 1) * sizeof(MappedTouch), MCXT_ALLOC_HUGE);
	touch_map(&in, palloc_extended(cells * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO),
			  palloc0(cells), touches);

	for (uint32 i = 0; i < in.count; i++)
	{
		const MappedTouch *m = &touches[i];
		Datum		values[COL_COUNT] = {0};
		bool		nulls[COL_COUNT] = {false};

		CHECK_FOR_INTERRUPTS();
		values[COL_N] = Int32GetDatum((int32) n[i]);
		values[COL_AT] = TimestampTzGetDatum(t.at[i]);
		values[COL_EVENT] = touch_event(&t, i);
		nulls[COL_CHANNEL] = !touch_channel(&t, i, &values[COL_CHANNEL]);
		nulls[COL_STAGE_NO] = nulls[COL_STAGE] = in.stage[i] == 0;
		if (in.stage[i] > 0)
		{
			values[COL_STAGE_NO] = Int32GetDatum(in.stage[i]);
			values[COL_STAGE] = touch_stage_text(stages, in.stage[i]);
		}
		nulls[COL_MOMENT] = moment == NULL || moment[i] == 0;
		if (!nulls[COL_MOMENT])
			values[COL_MOMENT] = touch_stage_text(moments, moment[i]);
		values[COL_FIRST] = BoolGetDatum(m->first);
		nulls[COL_NEXT_EVENT] = nulls[COL_NEXT_SECONDS] = i + 1 == in.count;
		if (i + 1 < in.count)
		{
			values[COL_NEXT_EVENT] = touch_event(&t, i + 1);
			values[COL_NEXT_SECONDS] =
				Float8GetDatum((double) ((uint64) t.at[i + 1] - (uint64) t.at[i]) / USECS_PER_SEC);
		}
		put_fact(m->left, COL_LEFT, values, nulls);
		put_fact(m->bought, COL_BOUGHT, values, nulls);
		nulls[COL_PURCHASE_VALUE] = m->bought != MAP_YES || t.value == NULL || isnan(t.value[m->purchase]);
		if (!nulls[COL_PURCHASE_VALUE])
			values[COL_PURCHASE_VALUE] = Float8GetDatum(t.value[m->purchase]);
		put_answer(&in, i, m->answer, values, nulls);
		values[COL_ENTERS] = BoolGetDatum(m->enters);
		values[COL_FIRST_IN_STAY] = BoolGetDatum(m->first_in_stay);
		put_fact(m->advanced, COL_ADVANCED, values, nulls);
		row_set_add(rsinfo, values, nulls);
	}
	return (Datum) 0;
}
