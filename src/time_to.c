/*
 * time_to.c
 *	  time_to(j, start, event, as_of): how long from a customer's first start
 *	  to the next event, or for how long none was seen.
 *
 * One pass that ends at the event.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "label_fit.h"
#include "touch_table.h"

/* The columns of journey.time_to_row. */
enum
{
	COL_SECONDS, COL_OBSERVED, COL_START_AT, COL_END_AT, COL_COUNT
};

PG_FUNCTION_INFO_V1(time_to);
Datum
time_to(PG_FUNCTION_ARGS)
{
	JourneyView view;
	JourneyCursor c;
	LabelTable	table;
	LabelFit	start;
	LabelFit	event;
	LabelFit	censor;
	bool		has_censor = !PG_ARGISNULL(4);
	bool		include_start;
	TimestampTz as_of;
	TimestampTz start_at = 0;
	TimestampTz end_at;
	bool		started = false;
	bool		observed = false;
	TupleDesc	desc;
	Datum		values[COL_COUNT];
	bool		nulls[COL_COUNT] = {false};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	as_of = touch_required_as_of(fcinfo->args[3]);
	include_start = !PG_ARGISNULL(5) && PG_GETARG_BOOL(5);
	PG_GETARG_JOURNEY(0, &view);

	label_table_init(&table, &view);
	label_fit_init(&start, &table, PG_GETARG_MATCHER_P(1));
	if (!start.any)
		PG_RETURN_NULL();
	label_fit_init(&event, &table, PG_GETARG_MATCHER_P(2));
	if (has_censor)
		label_fit_init(&censor, &table, PG_GETARG_MATCHER_P(4));

	end_at = as_of;
	journey_first(&c, &view);
	while (journey_next(&c) && c.at <= as_of)
	{
		CHECK_FOR_INTERRUPTS();
		if (!started)
		{
			if (!label_fits(&start, &table, &c))
				continue;
			started = true;
			start_at = c.at;
			if (!include_start)
				continue;
		}
		if (label_fits(&event, &table, &c))
		{
			observed = true;
			end_at = c.at;
			break;
		}
		if (has_censor && label_fits(&censor, &table, &c))
		{
			end_at = c.at;
			break;
		}
	}
	if (!started)
		PG_RETURN_NULL();

	values[COL_SECONDS] = Float8GetDatum(((double) end_at - (double) start_at) / USECS_PER_SEC);
	values[COL_OBSERVED] = BoolGetDatum(observed);
	values[COL_START_AT] = TimestampTzGetDatum(start_at);
	values[COL_END_AT] = TimestampTzGetDatum(end_at);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
