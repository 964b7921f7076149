/*
 * decision_areas.c
 *	  decision_areas(j, actions, as_of, horizon): the key decision areas that a
 *	  customer entered, and what came of each; landing(j, actions): the page
 *	  that the first visit began with.
 *
 * The journey is laid out as arrays of times and actions, and core code does the
 * rest (see core/decision_areas.c).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "core/decision_areas.h"
#include "funnel_options.h"
#include "row_set.h"
#include "touch_table.h"

#define DEFAULT_HORIZON (30 * USECS_PER_DAY)

/* In the order of DecisionAreaKind. */
static const char *const area_names[] =
{NULL, "first product page", "after the cart", "arrival", "follow-up"};

static void
read_touches(DecisionTouches *touches, TouchTable *t, Datum journey, const StageModel *actions)
{
	touch_table_read(t, journey);
	CHECK_FOR_INTERRUPTS();
	touches->count = t->count;
	touches->at = t->at;
	touches->action = touch_actions(t, actions);
	touches->offsite = touch_definition(t, actions, "offsite");
}

/* -- decision_areas ------------------------------------------------------------ */

/* The columns of journey.decision_area_row. */
enum
{
	COL_AREA_NO, COL_AREA, COL_ENTERED_AT, COL_N, COL_EVENT, COL_CHANNEL,
	COL_PURCHASES_BEFORE, COL_IN_SECONDS, COL_CONVERTED, COL_CONVERTED_AT,
	COL_SECONDS_TO_CONVERT, COL_VALUE, COL_EXITED, COL_EXIT_EVENT, COL_COMPLETE,
	COL_COUNT
};

static void
put_area(ReturnSetInfo *rsinfo, TouchTable *t, const DecisionArea *a)
{
	bool		converted = a->purchase != DECISION_NO_TOUCH;
	bool		returned = converted || a->last != DECISION_NO_TOUCH;
	Datum		values[COL_COUNT] = {0};
	bool		nulls[COL_COUNT] = {false};

	values[COL_AREA_NO] = Int32GetDatum((int32) a->kind);
	values[COL_AREA] = CStringGetTextDatum(area_names[a->kind]);
	values[COL_ENTERED_AT] = TimestampTzGetDatum(t->at[a->touch]);
	values[COL_N] = Int32GetDatum((int32) a->touch + 1);
	values[COL_EVENT] = touch_event(t, a->touch);
	nulls[COL_CHANNEL] = !touch_channel(t, a->touch, &values[COL_CHANNEL]);
	values[COL_PURCHASES_BEFORE] = Int32GetDatum((int32) a->purchases);

	nulls[COL_IN_SECONDS] = a->until == DECISION_NO_TOUCH;
	if (!nulls[COL_IN_SECONDS])
		values[COL_IN_SECONDS] = Float8GetDatum(touch_seconds(t->at[a->touch], t->at[a->until]));

	/* what has happened is known at once, what has not when time is over */
	nulls[COL_CONVERTED] = !converted && !a->complete;
	values[COL_CONVERTED] = BoolGetDatum(converted);
	nulls[COL_CONVERTED_AT] = nulls[COL_SECONDS_TO_CONVERT] = !converted;
	nulls[COL_VALUE] = !converted || !touch_value(t, a->purchase, &values[COL_VALUE]);
	if (converted)
	{
		values[COL_CONVERTED_AT] = TimestampTzGetDatum(t->at[a->purchase]);
		values[COL_SECONDS_TO_CONVERT] = Float8GetDatum(touch_seconds(t->at[a->touch], t->at[a->purchase]));
	}

	nulls[COL_EXITED] = !returned && !a->complete;
	values[COL_EXITED] = BoolGetDatum(!returned);
	nulls[COL_EXIT_EVENT] = converted || !a->complete;
	if (!nulls[COL_EXIT_EVENT])
		values[COL_EXIT_EVENT] = touch_event(t, returned ? a->last : a->touch);
	values[COL_COMPLETE] = BoolGetDatum(a->complete);
	row_set_add(rsinfo, values, nulls);
}

/* decision_areas(j, actions, as_of, horizon) */
PG_FUNCTION_INFO_V1(decision_areas_of_journey);
Datum
decision_areas_of_journey(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	DecisionRules rules;
	DecisionTouches touches;
	DecisionArea *areas;
	const StageModel *actions;
	TouchTable	t;
	uint32		n;

	row_set_begin(fcinfo);
	touch_check_as_of(fcinfo->args[2]);
	rules.horizon = funnel_span_or(fcinfo->args[3], "horizon", DEFAULT_HORIZON);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;

	actions = PG_GETARG_STAGE_MODEL_P(1);
	read_touches(&touches, &t, PG_GETARG_DATUM(0), actions);
	if (touches.count == 0)
		return (Datum) 0;
	rules.as_of = PG_ARGISNULL(2) ? t.at[t.count - 1] : PG_GETARG_TIMESTAMPTZ(2);
	rules.session_timeout = (uint64) actions->session_timeout;
	rules.delivery = actions->delivery == SD_LOGGED ? DD_LOGGED :
		actions->delivery == SD_NONE ? DD_NONE : DD_AUTO;

	areas = palloc((decision_areas_max(&touches) + 1) * sizeof(DecisionArea));
	n = decision_areas(&touches, &rules, areas);
	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_area(rsinfo, &t, &areas[i]);
	}
	return (Datum) 0;
}

/* -- landing --------------------------------------------------------------------- */

/* The columns of journey.landing_row. */
enum
{
	LANDING_N, LANDING_AT, LANDING_EVENT, LANDING_CHANNEL, LANDING_ACTION,
	LANDING_PRODUCT_PAGE, LANDING_COUNT
};

/* landing(j, actions) */
PG_FUNCTION_INFO_V1(landing);
Datum
landing(PG_FUNCTION_ARGS)
{
	const StageModel *actions;
	DecisionTouches touches;
	TouchTable	t;
	TupleDesc	desc;
	Datum		values[LANDING_COUNT] = {0};
	bool		nulls[LANDING_COUNT] = {false};
	const char *name;
	bool		product_page;
	uint32		at;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	actions = PG_GETARG_STAGE_MODEL_P(1);
	read_touches(&touches, &t, PG_GETARG_DATUM(0), actions);
	at = decision_landing(&touches, (uint64) actions->session_timeout, &product_page);
	if (at == DECISION_NO_TOUCH)
		PG_RETURN_NULL();

	values[LANDING_N] = Int32GetDatum((int32) at + 1);
	values[LANDING_AT] = TimestampTzGetDatum(t.at[at]);
	values[LANDING_EVENT] = touch_event(&t, at);
	nulls[LANDING_CHANNEL] = !touch_channel(&t, at, &values[LANDING_CHANNEL]);
	name = touch_action_name(touches.action[at]);
	nulls[LANDING_ACTION] = name == NULL;
	if (name != NULL)
		values[LANDING_ACTION] = CStringGetTextDatum(name);
	values[LANDING_PRODUCT_PAGE] = BoolGetDatum(product_page);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
