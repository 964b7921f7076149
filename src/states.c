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
#include "touch_table.h"

/* The columns of journey.state_row. */
enum
{
	COL_STATE_NO, COL_STATE, COL_STAGE_NO, COL_PREVIOUS_STATE, COL_FROM_AT, COL_TO_AT,
	COL_N, COL_EVENT, COL_CHANNEL, COL_MOMENT, COL_TOUCHPOINTS, COL_REVERSED, COL_COUNT
};

PG_FUNCTION_INFO_V1(journey_states);
Datum
journey_states(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TouchTable	t;
	TouchStageTexts states = {0};
	TouchStageTexts moments = {0};
	uint8	   *moment = NULL;
	StateInput	in = {0};
	StateSpans	spans;
	StateSpan	span;
	int32		state_no = 0;

	InitMaterializedSRF(fcinfo, 0);
	if (!PG_ARGISNULL(2) && TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(2)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of must be finite"),
				 errhint("Leave it out for the states up to the last touchpoint of each customer.")));
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;

	touch_table_read(&t, PG_GETARG_DATUM(0));
	in.count = PG_ARGISNULL(2) ? t.count : touch_count_until(&t, PG_GETARG_TIMESTAMPTZ(2));
	if (in.count == 0)
		return (Datum) 0;
	states.model = PG_GETARG_STAGE_MODEL_P(1);
	if (!PG_ARGISNULL(3))
	{
		moments.model = PG_GETARG_STAGE_MODEL_P(3);
		moment = touch_stages(&t, moments.model);
	}
	in.at = t.at;
	in.stage = touch_stages(&t, states.model);
	in.as_of = PG_ARGISNULL(2) ? t.at[t.count - 1] : PG_GETARG_TIMESTAMPTZ(2);
	in.dormant = states.model->dormant_stage;
	in.dormant_after = (uint64) states.model->dormant_after;
	in.ordered = states.model->ordered != 0;

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
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
