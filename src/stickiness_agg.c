/*
 * stickiness_agg.c
 *	  stickiness_agg(activity): how many customers were active in how many
 *	  periods?  dau_wau_mau_agg(activity): how many different customers were
 *	  active on each day, in the seven and in the thirty days up to it?
 *
 * Neither keeps customers.  A customer of one day counts in the weeks that end
 * on it or up to six days later.  All days on which he counts are an interval,
 * or several where he stayed away long enough; only where one begins and where
 * it is over is noted, with the day, and the customers of a day are those that
 * came in up to it less those that went out.  So the state is a row for each
 * day, and a customer costs as many steps as he has active days, not thirty
 * times as many.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/date.h"

#include "activity_tally.h"
#include "calendar_zone.h"
#include "row_array.h"
#include "tally_state.h"

#define WEEK_DAYS			7
#define MONTH_DAYS			30

/* -- how many periods ------------------------------------------------------- */

PG_FUNCTION_INFO_V1(stickiness_agg_add);
Datum
stickiness_agg_add(PG_FUNCTION_ARGS)
{
	Activity   *a;
	ActivityView v;
	Tally	   *t;
	int64		keys[TALLY_MAX_KEYS] = {0};
	TallyRow   *row;

	if (PG_ARGISNULL(1))
		return tally_unchanged(fcinfo);
	a = PG_GETARG_ACTIVITY_P(1);
	activity_open(&v, a);
	if (v.flags & ACTIVITY_EVERY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot count the active periods of every cohort"),
				 errhint("Take first_cohort() of the activities, or make them with cohort => 'first_ever'.")));
	if (v.flags & ACTIVITY_BRACKETS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot count brackets as active periods"),
				 errhint("Count the activities that brackets() was given.")));
	t = activity_tally_state(fcinfo, TALLY_STICKINESS, &v);
	keys[0] = activity_members(v.active, v.nactive);
	row = tally_row_grow(&t, keys);
	activity_tally_count(&tally_counters(t, row)[TC_STICKINESS_CUSTOMERS]);
	PG_FREE_IF_COPY(a, 1);
	PG_RETURN_POINTER(t);
}

/* A row for every number of periods from 1 to the largest. */
PG_FUNCTION_INFO_V1(stickiness_rows);
Datum
stickiness_rows(PG_FUNCTION_ARGS)
{
	const Tally *t = activity_tally_checked(PG_GETARG_TALLY_P(0), TALLY_STICKINESS, 0);
	int64		all = 0;
	int64		or_more;
	int64		most = 0;
	uint32		next = 0;
	RowArray	rows;

	if (t->nrows == 0)
		PG_RETURN_NULL();
	for (uint32 i = 0; i < t->nrows; i++)
	{
		int64		customers = tally_counters(t, tally_row_at(t, i))[TC_STICKINESS_CUSTOMERS];

		most = tally_keys(tally_row_at(t, i))[0];
		if (most < 1 || most > ACTIVITY_MAX_OFFSET + 1)
			activity_tally_wrong(TALLY_STICKINESS, "a number of periods is out of range");
		if (customers == 0)
			activity_tally_wrong(TALLY_STICKINESS, "a number of periods has no customer");
		if (pg_add_s64_overflow(all, customers, &all))
			activity_tally_wrong(TALLY_STICKINESS, "it has too many customers");
	}
	or_more = all;
	row_array_start(&rows, fcinfo);
	for (int64 periods = 1; periods <= most; periods++)
	{
		int64		customers = 0;
		Datum		values[4];
		bool		nulls[4] = {false};

		CHECK_FOR_INTERRUPTS();
		if (tally_keys(tally_row_at(t, next))[0] == periods)
			customers = tally_counters(t, tally_row_at(t, next++))[TC_STICKINESS_CUSTOMERS];
		values[0] = Int32GetDatum((int32) periods);
		values[1] = Int64GetDatum(customers);
		values[2] = Float8GetDatum((double) customers / (double) all);
		values[3] = Int64GetDatum(or_more);
		row_array_add(&rows, values, nulls);
		or_more -= customers;
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}

/* -- active customers of the day, the week, the month ------------------------- */

static void
count_on(Tally **t, int64 day, int counter)
{
	int64		keys[TALLY_MAX_KEYS] = {day};
	TallyRow   *row = tally_row_grow(t, keys);

	activity_tally_count(&tally_counters(*t, row)[counter]);
}

PG_FUNCTION_INFO_V1(dau_wau_mau_agg_add);
Datum
dau_wau_mau_agg_add(PG_FUNCTION_ARGS)
{
	Activity   *a;
	ActivityView v;
	Tally	   *t;
	int64		first;
	int			week_out = -1;	/* the customer counts up to the day before */
	int			month_out = -1;

	if (PG_ARGISNULL(1))
		return tally_unchanged(fcinfo);
	a = PG_GETARG_ACTIVITY_P(1);
	activity_open(&v, a);
	activity_tally_calendar(&v);
	if (v.rule.period != CALENDAR_DAY || v.rule.count != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("activities by day are needed, not by %s", calendar_period_text(v.rule)),
				 errhint("Give activity() period => 'day'.")));
	t = activity_tally_state(fcinfo, TALLY_DAU_WAU_MAU, &v);
	first = activity_tally_number(&v);
	activity_tally_seen(t, first + v.last);
	for (int n = 0; n >= 0; n = activity_next(v.active, v.nactive, n + 1))
	{
		count_on(&t, first + n, TC_ACTIVE_DAY);
		if (n > week_out)
		{
			count_on(&t, first + n, TC_ACTIVE_WEEK_IN);
			if (n > 0)
				count_on(&t, first + week_out, TC_ACTIVE_WEEK_OUT);
		}
		if (n > month_out)
		{
			count_on(&t, first + n, TC_ACTIVE_MONTH_IN);
			if (n > 0)
				count_on(&t, first + month_out, TC_ACTIVE_MONTH_OUT);
		}
		week_out = n + WEEK_DAYS;
		month_out = n + MONTH_DAYS;
	}
	count_on(&t, first + week_out, TC_ACTIVE_WEEK_OUT);
	count_on(&t, first + month_out, TC_ACTIVE_MONTH_OUT);
	PG_FREE_IF_COPY(a, 1);
	PG_RETURN_POINTER(t);
}

/* The columns of journey.dau_wau_mau_row. */
enum
{
	COL_DAY, COL_DAU, COL_WAU, COL_MAU, COL_DAU_WAU, COL_DAU_MAU, COL_WAU_MAU,
	COL_COMPLETE, COL_COUNT
};

static void
set_ratio(int64 part, int64 whole, Datum *value, bool *isnull)
{
	*isnull = whole == 0;
	*value = Float8GetDatum(whole == 0 ? 0 : (double) part / (double) whole);
}

/* A row for every day from the first active one to the last one seen. */
PG_FUNCTION_INFO_V1(dau_wau_mau_rows);
Datum
dau_wau_mau_rows(PG_FUNCTION_ARGS)
{
	static const int64 none[TC_ACTIVE_COUNTERS] = {0};
	const Tally *t = activity_tally_checked(PG_GETARG_TALLY_P(0), TALLY_DAU_WAU_MAU, MONTH_DAYS);
	int64		last = t->params[AT_LAST] - 1;
	int64		first;
	int64		week = 0;
	int64		month = 0;
	uint32		next = 0;
	RowArray	rows;

	if (t->nrows == 0)
		PG_RETURN_NULL();
	if (t->params[AT_PERIOD] != CALENDAR_DAY || t->params[AT_COUNT] != 1)
		activity_tally_wrong(TALLY_DAU_WAU_MAU, "its period is not a day");
	first = tally_keys(tally_row_at(t, 0))[0];
	activity_tally_limit(last - first + 1);
	row_array_start(&rows, fcinfo);
	for (int64 day = first; day <= last; day++)
	{
		const int64 *counters = none;
		TimestampTz at;
		Datum		values[COL_COUNT];
		bool		nulls[COL_COUNT] = {false};

		CHECK_FOR_INTERRUPTS();
		if (next < t->nrows && tally_keys(tally_row_at(t, next))[0] == day)
			counters = tally_counters(t, tally_row_at(t, next++));
		if (pg_add_s64_overflow(week, counters[TC_ACTIVE_WEEK_IN], &week) ||
			pg_add_s64_overflow(month, counters[TC_ACTIVE_MONTH_IN], &month))
			activity_tally_wrong(TALLY_DAU_WAU_MAU, "it has too many customers");
		week -= counters[TC_ACTIVE_WEEK_OUT];
		month -= counters[TC_ACTIVE_MONTH_OUT];
		if (counters[TC_ACTIVE_DAY] > week || week > month)
			activity_tally_wrong(TALLY_DAU_WAU_MAU,
								 "more customers were active on a day than in the days up to it");

		values[COL_DAY] = DateADTGetDatum(activity_tally_date(t, day, &at));
		values[COL_DAU] = Int64GetDatum(counters[TC_ACTIVE_DAY]);
		values[COL_WAU] = Int64GetDatum(week);
		values[COL_MAU] = Int64GetDatum(month);
		set_ratio(counters[TC_ACTIVE_DAY], week, &values[COL_DAU_WAU], &nulls[COL_DAU_WAU]);
		set_ratio(counters[TC_ACTIVE_DAY], month, &values[COL_DAU_MAU], &nulls[COL_DAU_MAU]);
		set_ratio(week, month, &values[COL_WAU_MAU], &nulls[COL_WAU_MAU]);
		values[COL_COMPLETE] = BoolGetDatum(day < last);
		row_array_add(&rows, values, nulls);
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}
