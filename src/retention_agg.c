/*
 * retention_agg.c
 *	  retention_agg(activity): of the customers of each cohort, how many were
 *	  active in each period after.
 *
 * The state is a tally with a row for each cohort (its first date) and period
 * in which somebody was active; its parameters are the kind of period, the
 * start of the week, and the ordinal of the last period that any customer's
 * data has seen, which says which periods are over.
 */
#include "postgres.h"

#include <limits.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "journey.h"
#include "activity.h"
#include "calendar_zone.h"
#include "row_array.h"
#include "tally_state.h"

#define PARAM_PERIOD		0
#define PARAM_WEEK_START	1
#define PARAM_LAST			2

#define MAX_ROWS			5000000 /* of an answer */

/* The parameters of the state and of an activity agree. */
static void
check_same_periods(const Tally *t, const Activity *a)
{
	if (t->params[PARAM_PERIOD] != a->period)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot count activities by %s and by %s together",
						calendar_period_name((int) t->params[PARAM_PERIOD]),
						calendar_period_name(a->period)),
				 errhint("Give activity() the same period for all customers.")));
	if (t->params[PARAM_WEEK_START] != a->week_start)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot count weeks that start on %s and on %s together",
						calendar_week_start_name((int) t->params[PARAM_WEEK_START]),
						calendar_week_start_name(a->week_start)),
				 errhint("Give activity() the same week_start for all customers.")));
}

PG_FUNCTION_INFO_V1(retention_agg_add);
Datum
retention_agg_add(PG_FUNCTION_ARGS)
{
	Tally	   *t;
	Activity   *a;
	CalendarRule rule;
	int64		last;
	int64		keys[TALLY_MAX_KEYS];

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	a = PG_GETARG_ACTIVITY_P(1);
	rule.period = a->period;
	rule.week_start = a->week_start;
	t = PG_ARGISNULL(0) ? tally_create(TALLY_RETENTION) : tally_state(fcinfo, 0, TALLY_RETENTION);
	if (t->params[PARAM_PERIOD] == 0)
	{
		t->params[PARAM_PERIOD] = a->period;
		t->params[PARAM_WEEK_START] = a->week_start;
	}
	else
		check_same_periods(t, a);
	last = (int64) calendar_ordinal(rule, a->cohort) + a->last;
	t->params[PARAM_LAST] = Max(t->params[PARAM_LAST], last);

	keys[0] = a->cohort;
	for (int byte = 0; byte < ACTIVITY_NBYTES(a); byte++)
	{
		for (uint32 left = a->bits[byte]; left != 0; left &= left - 1)
		{
			TallyRow   *row;

			keys[1] = 8 * byte + __builtin_ctz(left);
			row = tally_row_grow(&t, keys);
			tally_counters(t, row)[TC_RETENTION_RETAINED]++;
		}
	}
	PG_FREE_IF_COPY(a, 1);
	PG_RETURN_POINTER(t);
}

static void
not_retention(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tally does not hold a retention: %s", problem)));
}

/* What the text or binary form of a tally cannot know, being general. */
static CalendarRule
check_tally(const Tally *t)
{
	CalendarRule rule;
	int64		period = t->params[PARAM_PERIOD];
	int64		week_start = t->params[PARAM_WEEK_START];

	if (period < CALENDAR_DAY || period > CALENDAR_MONTH ||
		(period == CALENDAR_WEEK ? week_start < 1 || week_start > 7 : week_start != 0))
		not_retention("its period is unknown");
	rule.period = (uint8) period;
	rule.week_start = (uint8) week_start;

	for (uint32 i = 0; i < t->nrows; i++)
	{
		const int64 *keys = tally_keys(tally_row_at(t, i));
		int32		date = (int32) keys[0];

		if (keys[0] != date || !IS_VALID_DATE(date) ||
			date > TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE ||
			calendar_first_date(rule, calendar_ordinal(rule, date)) != date)
			not_retention("the date of a cohort is not the first of a period");
		if (keys[1] < 0 || keys[1] > ACTIVITY_MAX_OFFSET ||
			calendar_ordinal(rule, date) + keys[1] > t->params[PARAM_LAST] ||
			t->params[PARAM_LAST] - calendar_ordinal(rule, date) > INT_MAX)
			not_retention("a period is after the last one seen");

		/* rows are in order: the cohort's size comes before all else of it */
		if (keys[1] != 0 &&
			(i == 0 || tally_keys(tally_row_at(t, i - 1))[0] != keys[0]))
			not_retention("a cohort has no first period");
	}
	return rule;
}

/* A row for every period from the cohort's own to the last one seen. */
PG_FUNCTION_INFO_V1(retention_rows);
Datum
retention_rows(PG_FUNCTION_ARGS)
{
	Tally	   *given = PG_GETARG_TALLY_P(0);
	const Tally *t;
	CalendarRule rule;
	RowArray	rows;
	uint32		i = 0;
	int64		nrows = 0;

	if (given->kind != TALLY_RETENTION)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a %s tally is needed, not a %s tally", "retention",
						tally_shape(given->kind)->name)));
	t = tally_packed(given);
	if (t->nrows == 0)
		PG_RETURN_NULL();
	rule = check_tally(t);

	row_array_start(&rows, fcinfo);
	while (i < t->nrows)
	{
		int32		cohort = (int32) tally_keys(tally_row_at(t, i))[0];
		int64		size = tally_counters(t, tally_row_at(t, i))[TC_RETENTION_RETAINED];
		int64		periods = t->params[PARAM_LAST] - calendar_ordinal(rule, cohort);

		nrows += periods + 1;
		if (nrows > MAX_ROWS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("retention table would have more than %d rows", MAX_ROWS),
					 errhint("Take a longer period, or fewer cohorts.")));
		for (int64 period = 0; period <= periods; period++)
		{
			int64		retained = 0;
			Datum		values[6];
			bool		nulls[6] = {false};

			CHECK_FOR_INTERRUPTS();
			if (i < t->nrows)
			{
				const TallyRow *row = tally_row_at(t, i);

				if (tally_keys(row)[0] == cohort && tally_keys(row)[1] == period)
				{
					retained = tally_counters(t, row)[TC_RETENTION_RETAINED];
					i++;
				}
			}
			values[0] = DateADTGetDatum(cohort);
			values[1] = Int64GetDatum(size);
			values[2] = Int32GetDatum((int32) period);
			values[3] = Int64GetDatum(retained);
			values[4] = Float8GetDatum(size > 0 ? (double) retained / (double) size : 0);
			nulls[4] = size == 0;
			values[5] = BoolGetDatum(period < periods);
			row_array_add(&rows, values, nulls);
		}
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}
