/*
 * repeats.c
 *	  repeats(j, event, within, as_of): after which purchases of a customer did
 *	  another follow?  retention_rate_by_purchase_agg(repeats): what share of
 *	  the customers with n purchases made the next one?
 *
 * A purchase counts for the rate when all of the time in which the next one may
 * follow lies before as_of, whatever happened in that time.  Were those counted
 * earlier who were quick, and the others only when their time is over, the rate
 * would be of the quick ones, and the higher the younger the data are.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "core/statistics.h"
#include "label_fit.h"
#include "touch_table.h"
#include "row_array.h"
#include "tally_state.h"

/* -- one customer ------------------------------------------------------------- */

/* Microseconds of `within`, which is not NULL. */
static uint64
within_us(const Interval *within)
{
	int64		us;

	if (within->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"within\" must not have months or years"),
				 errdetail("They differ in length."),
				 errhint("Use days, for example '30 days'.")));
	if (pg_mul_s64_overflow(within->day, USECS_PER_DAY, &us) ||
		pg_add_s64_overflow(us, within->time, &us))
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("\"within\" is out of range")));
	if (us <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"within\" must be longer than zero")));
	return us;
}

PG_FUNCTION_INFO_V1(repeats);
Datum
repeats(PG_FUNCTION_ARGS)
{
	JourneyView view;
	JourneyCursor c;
	LabelTable	table;
	LabelFit	event;
	bool		has_within = !PG_ARGISNULL(2);
	uint64		within = 0;
	TimestampTz as_of;
	TimestampTz before = 0;
	Datum	   *values;
	bool	   *nulls;
	int			n = 0;
	int			one = 1;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (has_within)
		within = within_us(PG_GETARG_INTERVAL_P(2));
	as_of = touch_required_as_of(fcinfo->args[3]);
	PG_GETARG_JOURNEY(0, &view);
	label_table_init(&table, &view);
	label_fit_init(&event, &table, PG_GETARG_MATCHER_P(1));
	if (!event.any)
		PG_RETURN_NULL();

	values = palloc(view.count * sizeof(Datum));
	nulls = palloc(view.count * sizeof(bool));
	journey_first(&c, &view);
	while (journey_next(&c) && c.at <= as_of)
	{
		CHECK_FOR_INTERRUPTS();
		if (!label_fits(&event, &table, &c))
			continue;
		/* times are as far apart as an unsigned number can say */
		if (n > 0)
			values[n - 1] = BoolGetDatum((uint64) c.at - (uint64) before <= within);
		values[n] = BoolGetDatum(false);
		nulls[n] = !has_within || (uint64) as_of - (uint64) c.at < within;
		before = c.at;
		n++;
	}
	if (n == 0)
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, 1, &n, &one, BOOLOID,
											 1, true, TYPALIGN_CHAR));
}

/* -- all customers ------------------------------------------------------------ */

static void
count(int64 *counter)
{
	if (pg_add_s64_overflow(*counter, 1, counter))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of customers is out of range")));
}

PG_FUNCTION_INFO_V1(retention_rate_by_purchase_add);
Datum
retention_rate_by_purchase_add(PG_FUNCTION_ARGS)
{
	ArrayType  *given;
	Tally	   *t;
	Datum	   *values;
	bool	   *nulls;
	int			n;

	if (PG_ARGISNULL(1))
		return tally_unchanged(fcinfo);
	given = PG_GETARG_ARRAYTYPE_P(1);
	if (ARR_NDIM(given) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array of repeats must have one dimension"),
				 errhint("Make it with repeats(journey, 'purchase', within, as_of).")));
	deconstruct_array(given, BOOLOID, 1, true, TYPALIGN_CHAR, &values, &nulls, &n);
	if (n == 0 && PG_ARGISNULL(0))
		PG_RETURN_NULL();
	t = PG_ARGISNULL(0) ? tally_create(TALLY_REPEATS) : tally_state(fcinfo, 0, TALLY_REPEATS);
	for (int i = 0; i < n; i++)
	{
		int64		keys[TALLY_MAX_KEYS] = {i + 1};
		int64	   *counters = tally_counters(t, tally_row_grow(&t, keys));
		bool		followed = !nulls[i] && DatumGetBool(values[i]);

		count(&counters[TC_REPEATS_CUSTOMERS]);
		if (i + 1 < n || followed)
			count(&counters[TC_REPEATS_NEXT]);
		if (!nulls[i])
			count(&counters[TC_REPEATS_ELIGIBLE]);
		if (followed)
			count(&counters[TC_REPEATS_ELIGIBLE_NEXT]);
	}
	PG_FREE_IF_COPY(given, 1);
	PG_RETURN_POINTER(t);
}

static void
not_repeats(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tally does not hold a %s: %s", tally_shape(TALLY_REPEATS)->name, problem)));
}

/* The columns of journey.retention_rate_by_purchase_row. */
enum
{
	COL_PURCHASE_NO, COL_CUSTOMERS, COL_NEXT_CUSTOMERS, COL_RATE, COL_ELIGIBLE,
	COL_ELIGIBLE_NEXT, COL_ELIGIBLE_RATE, COL_LOWER, COL_UPPER, COL_COUNT
};

PG_FUNCTION_INFO_V1(retention_rate_by_purchase_rows);
Datum
retention_rate_by_purchase_rows(PG_FUNCTION_ARGS)
{
	Tally	   *given = PG_GETARG_TALLY_P(0);
	const Tally *t;
	int64		customers = PG_INT64_MAX;
	RowArray	rows;

	tally_must_be(given, TALLY_REPEATS);
	t = tally_packed(given);
	if (t->nrows == 0)
		PG_RETURN_NULL();
	row_array_start(&rows, fcinfo);
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		const int64 *counters = tally_counters(t, row);
		int64		next = counters[TC_REPEATS_NEXT];
		int64		eligible = counters[TC_REPEATS_ELIGIBLE];
		int64		eligible_next = counters[TC_REPEATS_ELIGIBLE_NEXT];
		Datum		values[COL_COUNT];
		bool		nulls[COL_COUNT] = {false};

		CHECK_FOR_INTERRUPTS();
		if (tally_keys(row)[0] != (int64) i + 1)
			not_repeats("a number of a purchase is missing");
		if (counters[TC_REPEATS_CUSTOMERS] < 1 || counters[TC_REPEATS_CUSTOMERS] > customers)
			not_repeats("more customers made a purchase than the one before, or nobody did");
		customers = counters[TC_REPEATS_CUSTOMERS];
		if (next > customers || eligible > customers || eligible_next > eligible ||
			eligible_next > next)
			not_repeats("a part of the customers is more than all of them");

		values[COL_PURCHASE_NO] = Int32GetDatum((int32) (i + 1));
		values[COL_CUSTOMERS] = Int64GetDatum(customers);
		values[COL_NEXT_CUSTOMERS] = Int64GetDatum(next);
		values[COL_RATE] = Float8GetDatum((double) next / (double) customers);
		values[COL_ELIGIBLE] = Int64GetDatum(eligible);
		values[COL_ELIGIBLE_NEXT] = Int64GetDatum(eligible_next);
		nulls[COL_ELIGIBLE_RATE] = nulls[COL_LOWER] = nulls[COL_UPPER] = eligible == 0;
		if (eligible > 0)
		{
			double		lower;
			double		upper;

			wilson_interval(eligible_next, eligible, STATISTICS_Z95, &lower, &upper);
			values[COL_ELIGIBLE_RATE] = Float8GetDatum((double) eligible_next / (double) eligible);
			values[COL_LOWER] = Float8GetDatum(lower);
			values[COL_UPPER] = Float8GetDatum(upper);
		}
		row_array_add(&rows, values, nulls);
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}
