/*
 * lifecycle_agg.c
 *	  lifecycle_agg(activity): of the customers active in each period, who was
 *	  new, who came back right away, who after a pause, and who was missing?
 *
 * The state is a tally with a row for each period in which somebody was active
 * (its number on the calendar, or among the spans).  A customer is counted once
 * in each of his active periods, as new, returning or resurrecting.  Nobody is
 * counted as dormant: all that were active in a period are returning in the
 * next one or are not active in it,
 *
 *		dormant(n) = active(n - 1) - returning(n)
 *
 * so a customer costs as many steps as he has active periods, however long the
 * pauses between them are.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "activity_tally.h"
#include "row_array.h"
#include "tally_state.h"

PG_FUNCTION_INFO_V1(lifecycle_agg_add);
Datum
lifecycle_agg_add(PG_FUNCTION_ARGS)
{
	Activity   *a;
	ActivityView v;
	Tally	   *t;
	int64		first;
	int			before = -1;

	if (PG_ARGISNULL(1))
		return tally_unchanged(fcinfo);
	a = PG_GETARG_ACTIVITY_P(1);
	activity_open(&v, a);
	activity_tally_calendar(&v);
	t = activity_tally_state(fcinfo, TALLY_LIFECYCLE, &v);
	first = activity_tally_number(&v);
	activity_tally_seen(t, first + v.last);
	for (int n = 0; n >= 0; n = activity_next(v.active, v.nactive, n + 1))
	{
		int64		keys[TALLY_MAX_KEYS] = {first + n};
		TallyRow   *row = tally_row_grow(&t, keys);
		int			which;

		if (n == 0)
			which = TC_LIFECYCLE_NEW;
		else
			which = n == before + 1 ? TC_LIFECYCLE_RETURNING : TC_LIFECYCLE_RESURRECTING;
		activity_tally_count(&tally_counters(t, row)[which]);
		before = n;
	}
	PG_FREE_IF_COPY(a, 1);
	PG_RETURN_POINTER(t);
}

/* The columns of journey.lifecycle_row. */
enum
{
	COL_PERIOD, COL_NEW, COL_RETURNING, COL_RESURRECTING, COL_DORMANT, COL_ACTIVE,
	COL_QUICK_RATIO, COL_COMPLETE, COL_PERIOD_AT, COL_COUNT
};

/* A row for every period from the first active one to the last one seen. */
PG_FUNCTION_INFO_V1(lifecycle_rows);
Datum
lifecycle_rows(PG_FUNCTION_ARGS)
{
	static const int64 none[TC_LIFECYCLE_COUNTERS] = {0};
	const Tally *t = activity_tally_checked(PG_GETARG_TALLY_P(0), TALLY_LIFECYCLE, 0);
	int64		last = t->params[AT_LAST] - 1;
	int64		first;
	int64		known = 0;		/* customers new before this period */
	int64		active_before = 0;
	uint32		next = 0;
	RowArray	rows;

	if (t->nrows == 0)
		PG_RETURN_NULL();
	first = tally_keys(tally_row_at(t, 0))[0];
	activity_tally_limit(last - first + 1);
	row_array_start(&rows, fcinfo);
	for (int64 number = first; number <= last; number++)
	{
		const int64 *counters = none;
		int64		active;
		int64		dormant;
		double		gained;
		TimestampTz at = 0;
		Datum		values[COL_COUNT];
		bool		nulls[COL_COUNT] = {false};
		bool		complete = number < last;

		CHECK_FOR_INTERRUPTS();
		if (next < t->nrows && tally_keys(tally_row_at(t, next))[0] == number)
			counters = tally_counters(t, tally_row_at(t, next++));

		/* nobody can return who was not there, or wake up who did not sleep */
		dormant = active_before - counters[TC_LIFECYCLE_RETURNING];
		if (dormant < 0 || counters[TC_LIFECYCLE_RESURRECTING] > known - active_before)
			activity_tally_wrong(TALLY_LIFECYCLE, "more customers came back than there were");
		if (pg_add_s64_overflow(known, counters[TC_LIFECYCLE_NEW], &known))
			activity_tally_wrong(TALLY_LIFECYCLE, "it has too many customers");
		active = counters[TC_LIFECYCLE_NEW] + counters[TC_LIFECYCLE_RETURNING] +
			counters[TC_LIFECYCLE_RESURRECTING];
		active_before = active;
		gained = (double) counters[TC_LIFECYCLE_NEW] +
			(double) counters[TC_LIFECYCLE_RESURRECTING];

		values[COL_PERIOD] = DateADTGetDatum(activity_tally_date(t, number, &at));
		values[COL_NEW] = Int64GetDatum(counters[TC_LIFECYCLE_NEW]);
		values[COL_RETURNING] = Int64GetDatum(counters[TC_LIFECYCLE_RETURNING]);
		values[COL_RESURRECTING] = Int64GetDatum(counters[TC_LIFECYCLE_RESURRECTING]);
		values[COL_DORMANT] = Int64GetDatum(dormant);
		values[COL_ACTIVE] = Int64GetDatum(active);
		nulls[COL_QUICK_RATIO] = dormant == 0 || !complete;
		values[COL_QUICK_RATIO] = Float8GetDatum(gained / (double) Max(dormant, 1));
		values[COL_COMPLETE] = BoolGetDatum(complete);
		nulls[COL_PERIOD_AT] = t->params[AT_PERIOD] != CALENDAR_SPAN;
		values[COL_PERIOD_AT] = TimestampTzGetDatum(at);
		row_array_add(&rows, values, nulls);
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}
