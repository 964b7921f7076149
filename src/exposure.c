/*
 * exposure.c
 *	  exposure(j, origin, exposed_to, outcome, as_of, ...): was a customer
 *	  exposed to something after an origin, and did the outcome follow?
 *
 * A comparison of those who were exposed at any time with those who never were
 * would favour the exposed: one has to stay for some time to be exposed, and who
 * leaves at once is in the other group.  So there is a landmark, the same time
 * after the origin for everybody.  What happened before it makes the group, what
 * happens after it is counted, and whose outcome came before it takes no part.
 *
 * One pass that ends at the outcome.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "funnel_options.h"
#include "label_fit.h"
#include "touch_table.h"

#define DEFAULT_EXPOSE_WITHIN	(14 * USECS_PER_DAY)
#define DEFAULT_OUTCOME_WITHIN	(90 * USECS_PER_DAY)

/* The columns of journey.exposure_row. */
enum
{
	COL_ORIGIN_AT, COL_LANDMARK_AT, COL_EXPOSED, COL_EXPOSED_AT, COL_EXPOSURES,
	COL_EARLY, COL_OUTCOME, COL_OUTCOME_AT, COL_COMPLETE, COL_COUNT
};

/* Microseconds from a to b, which is not earlier: fits whatever they are. */
static inline uint64
between(TimestampTz a, TimestampTz b)
{
	return (uint64) b - (uint64) a;
}

/*
 * exposure(j, origin, exposed_to, outcome, as_of, expose_within, outcome_within)
 */
PG_FUNCTION_INFO_V1(exposure);
Datum
exposure(PG_FUNCTION_ARGS)
{
	JourneyView view;
	JourneyCursor c;
	LabelTable	table;
	LabelFit	origin;
	LabelFit	exposed_to;
	LabelFit	outcome;
	TimestampTz as_of;
	TimestampTz origin_at = 0;
	TimestampTz exposed_at = 0;
	TimestampTz outcome_at = 0;
	uint64		expose_within;
	uint64		outcome_within;
	bool		started = false;
	bool		early = false;
	bool		came = false;
	bool		complete;
	int32		exposures = 0;
	TupleDesc	desc;
	Datum		values[COL_COUNT] = {0};
	bool		nulls[COL_COUNT] = {false};

	as_of = touch_required_as_of(fcinfo->args[4]);
	expose_within = funnel_span_or(fcinfo->args[5], "expose_within", DEFAULT_EXPOSE_WITHIN);
	outcome_within = funnel_span_or(fcinfo->args[6], "outcome_within", DEFAULT_OUTCOME_WITHIN);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	PG_GETARG_JOURNEY(0, &view);
	label_table_init(&table, &view);
	label_fit_init(&origin, &table, PG_GETARG_MATCHER_P(1));
	if (!origin.any)
		PG_RETURN_NULL();
	label_fit_init(&exposed_to, &table, PG_GETARG_MATCHER_P(2));
	label_fit_init(&outcome, &table, PG_GETARG_MATCHER_P(3));

	journey_first(&c, &view);
	while (journey_next(&c) && c.at <= as_of)
	{
		CHECK_FOR_INTERRUPTS();
		if (!started)
		{
			started = label_fits(&origin, &table, &c);
			origin_at = c.at;
			continue;
		}
		if (between(origin_at, c.at) <= expose_within)
		{
			if (label_fits(&exposed_to, &table, &c))
			{
				if (exposures++ == 0)
					exposed_at = c.at;
			}
			/* looked at after the exposure: one touchpoint may be both */
			if (!early && label_fits(&outcome, &table, &c))
			{
				early = true;
				outcome_at = c.at;
			}
		}
		else if (early || between(origin_at, c.at) - expose_within > outcome_within)
			break;
		else if (label_fits(&outcome, &table, &c))
		{
			came = true;
			outcome_at = c.at;
			break;
		}
	}
	if (!started)
		PG_RETURN_NULL();
	if (expose_within >= (uint64) (END_TIMESTAMP - origin_at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range"),
				 errdetail("The landmark is \"%s\" after the origin.", "expose_within")));
	complete = between(origin_at, as_of) >= expose_within &&
		between(origin_at, as_of) - expose_within >= outcome_within;

	values[COL_ORIGIN_AT] = TimestampTzGetDatum(origin_at);
	values[COL_LANDMARK_AT] = TimestampTzGetDatum(origin_at + (int64) expose_within);
	values[COL_EXPOSED] = BoolGetDatum(exposures > 0);
	values[COL_EXPOSED_AT] = TimestampTzGetDatum(exposed_at);
	nulls[COL_EXPOSED_AT] = exposures == 0;
	values[COL_EXPOSURES] = Int32GetDatum(exposures);
	values[COL_EARLY] = BoolGetDatum(early);
	values[COL_OUTCOME] = BoolGetDatum(came);
	nulls[COL_OUTCOME] = early || !complete;
	values[COL_OUTCOME_AT] = TimestampTzGetDatum(outcome_at);
	nulls[COL_OUTCOME_AT] = !early && !came;
	values[COL_COMPLETE] = BoolGetDatum(complete);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
