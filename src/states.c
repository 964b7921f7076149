/*
 * states.c
 *	  states(j, model, as_of, moments): the states of a customer as rows.
 *
 * One pass for the stages of all touchpoints and one over these (see
 * core/states.c).  The context of a stage model is that of the whole journey,
 * whatever as_of is, as in current_stage: so the row in which a time lies has
 * the answer of state_at.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "core/states.h"
#include "row_set.h"
#include "touch_table.h"

/* The columns of journey.state_row. */
enum
{
	COL_STATE_NO, COL_STATE, COL_STAGE_NO, COL_PREVIOUS_STATE, COL_FROM_AT, COL_TO_AT,
	COL_N, COL_EVENT, COL_CHANNEL, COL_MOMENT, COL_TOUCHPOINTS, COL_REVERSED, COL_COUNT
};

/* The rows for a journey.  NULL as a model of the moments: none. */
static void
put_states(ReturnSetInfo *rsinfo, Datum journey, const StageModel *model,
		   NullableDatum as_of, const StageModel *moment_model)
{
	TouchTable	t;
	TouchStageTexts states = {model};
	TouchStageTexts moments = {moment_model};
	uint8	   *moment = NULL;
	StateInput	in = {0};
	StateSpans	spans;
	StateSpan	span;
	int32		state_no = 0;

	touch_table_read(&t, journey);
	in.count = touch_seen(&t, as_of, &in.as_of);
	if (in.count == 0)
		return;
	if (moment_model != NULL)
		moment = touch_stages(&t, moment_model);
	in.at = t.at;
	in.stage = touch_stages(&t, model);
	in.dormant = model->dormant_stage;
	in.dormant_after = (uint64) model->dormant_after;
	in.ordered = model->ordered != 0;

	state_spans_start(&spans, &in);
	while (state_spans_next(&spans, &span))
	{
		bool		by_time = span.touch == STATE_NO_TOUCH;
		Datum		values[COL_COUNT];
		bool		nulls[COL_COUNT] = {false};

		CHECK_FOR_INTERRUPTS();
		values[COL_STATE_NO] = Int32GetDatum(++state_no);
		values[COL_STATE] = touch_stage_text(&states, span.state);
		values[COL_STAGE_NO] = Int32GetDatum(span.state);
		nulls[COL_PREVIOUS_STATE] = span.previous == 0;
		if (span.previous > 0)
			values[COL_PREVIOUS_STATE] = touch_stage_text(&states, span.previous);
		values[COL_FROM_AT] = TimestampTzGetDatum(span.from_at);
		nulls[COL_TO_AT] = span.lasts;
		values[COL_TO_AT] = TimestampTzGetDatum(span.to_at);
		nulls[COL_N] = nulls[COL_EVENT] = nulls[COL_CHANNEL] = by_time;
		nulls[COL_MOMENT] = true;
		if (!by_time)
		{
			values[COL_N] = Int32GetDatum((int32) (span.touch + 1));
			values[COL_EVENT] = touch_event(&t, span.touch);
			nulls[COL_CHANNEL] = !touch_channel(&t, span.touch, &values[COL_CHANNEL]);
			if (moment != NULL && moment[span.touch] > 0)
			{
				nulls[COL_MOMENT] = false;
				values[COL_MOMENT] = touch_stage_text(&moments, moment[span.touch]);
			}
		}
		values[COL_TOUCHPOINTS] = Int32GetDatum((int32) span.touchpoints);
		nulls[COL_REVERSED] = !in.ordered;
		values[COL_REVERSED] = BoolGetDatum(span.reversed);
		row_set_add(rsinfo, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(journey_states);
Datum
journey_states(PG_FUNCTION_ARGS)
{
	row_set_begin(fcinfo);
	touch_check_as_of(fcinfo->args[2]);
	if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1))
		put_states((ReturnSetInfo *) fcinfo->resultinfo, PG_GETARG_DATUM(0),
				   PG_GETARG_STAGE_MODEL_P(1), fcinfo->args[2],
				   PG_ARGISNULL(3) ? NULL : PG_GETARG_STAGE_MODEL_P(3));
	return (Datum) 0;
}

/*
 * By the model lifecycle as the tables have it, which is read once a query.
 *
 * An SQL function with the model as a literal in its body would do the same
 * where the server puts the body in place of the call.  Where it does not, as
 * in the list of SELECT, servers from 18 on keep the plan of the body, and with
 * it the model, until the session ends.
 */
PG_FUNCTION_INFO_V1(journey_states_lifecycle);
Datum
journey_states_lifecycle(PG_FUNCTION_ARGS)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	NullableDatum as_of = {.isnull = true};

	row_set_begin(fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	if (flinfo->fn_extra == NULL)
	{
		Datum		model = DirectFunctionCall1(stage_model_in, CStringGetDatum("lifecycle"));

		flinfo->fn_extra = MemoryContextAlloc(flinfo->fn_mcxt, VARSIZE(DatumGetPointer(model)));
		memcpy(flinfo->fn_extra, DatumGetPointer(model), VARSIZE(DatumGetPointer(model)));
	}
	put_states((ReturnSetInfo *) fcinfo->resultinfo, PG_GETARG_DATUM(0),
			   flinfo->fn_extra, as_of, NULL);
	return (Datum) 0;
}
