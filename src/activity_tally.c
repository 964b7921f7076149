/*
 * activity_tally.c
 *	  What the tallies share that count activities by their active periods:
 *	  parameters that say which periods they are, and numbers of periods.
 */
#include "postgres.h"

#include <limits.h>

#include "common/int.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "activity_tally.h"
#include "calendar_zone.h"
#include "tally_state.h"

/* What of an activity changes the meaning of an active period. */
#define KINDS				(ACTIVITY_ROLLING | ACTIVITY_COUNTED)

/* Seconds since Julian day 0 at which period 0 of a span begins. */
static int64
span_begin(const ActivityView *v)
{
	return ((int64) v->cohort + POSTGRES_EPOCH_JDATE) * SECS_PER_DAY + v->cohort_seconds;
}

void
activity_tally_differs(CalendarRule counted, CalendarRule given, const char *hint)
{
	if (counted.period != given.period || counted.count != given.count)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot count activities by %s and by %s together",
						calendar_period_text(counted), calendar_period_text(given)),
				 errhint("Give activity() the same period for all customers.")));
	if (counted.week_start != given.week_start)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot count weeks that start on %s and on %s together",
						calendar_week_start_name(counted.week_start),
						calendar_week_start_name(given.week_start)),
				 errhint("Give activity() the same week_start for all customers.")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cannot count activities of different kinds together"),
			 errhint("%s", hint)));
}

static CalendarRule
tally_rule(const Tally *t)
{
	CalendarRule rule;

	rule.period = (uint8) t->params[AT_PERIOD];
	rule.week_start = (uint8) t->params[AT_WEEK_START];
	rule.count = (int32) t->params[AT_COUNT];
	return rule;
}

Tally *
activity_tally_state(FunctionCallInfo fcinfo, int kind, const ActivityView *v)
{
	Tally	   *t = PG_ARGISNULL(0) ? tally_create(kind) : tally_state(fcinfo, 0, kind);
	int64		phase = 0;
	int64		flags = 1 + (v->flags & KINDS);

	if (PG_ARGISNULL(0))
		(void) activity_reuse(fcinfo, (const Activity *) PG_GETARG_POINTER(1));
	if (tally_shape(kind)->nparams > AT_PHASE && v->rule.period == CALENDAR_SPAN)
		phase = 1 + span_begin(v) % v->rule.count;
	if (t->params[AT_PERIOD] == 0)
	{
		t->params[AT_PERIOD] = v->rule.period;
		t->params[AT_WEEK_START] = v->rule.week_start;
		t->params[AT_COUNT] = v->rule.count;
		t->params[AT_KIND] = flags;
		t->params[AT_PHASE] = phase;
	}
	else if (t->params[AT_PERIOD] != v->rule.period ||
			 t->params[AT_WEEK_START] != v->rule.week_start ||
			 t->params[AT_COUNT] != v->rule.count ||
			 t->params[AT_KIND] != flags || t->params[AT_PHASE] != phase)
		activity_tally_differs(tally_rule(t), v->rule,
							   "Give activity() the same bucketing, minimum and time zone for all customers.");
	return t;
}

void
activity_tally_calendar(const ActivityView *v)
{
	if (v->flags & ACTIVITY_EVERY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot count activities of every cohort by period"),
				 errhint("Take first_cohort() of them, or make them with cohort => 'first_ever'.")));
	if (v->flags & ACTIVITY_ROLLING)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot count rolling activities by calendar period"),
				 errhint("Make them with bucketing => 'calendar'.")));
	if (v->flags & ACTIVITY_BRACKETS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot count activities of brackets by calendar period"),
				 errhint("Count the activities that brackets() was given.")));
}

int64
activity_tally_number(const ActivityView *v)
{
	return v->rule.period == CALENDAR_SPAN ? span_begin(v) / v->rule.count :
		calendar_ordinal(v->rule, v->cohort);
}

int32
activity_tally_date(const Tally *t, int64 number, TimestampTz *at)
{
	CalendarRule rule = tally_rule(t);
	int64		seconds;

	if (rule.period != CALENDAR_SPAN)
		return calendar_first_date(rule, (int32) number);
	seconds = number * rule.count + t->params[AT_PHASE] - 1;
	*at = (seconds - (int64) POSTGRES_EPOCH_JDATE * SECS_PER_DAY) * USECS_PER_SEC;
	return (int32) (seconds / SECS_PER_DAY) - POSTGRES_EPOCH_JDATE;
}

void
activity_tally_seen(Tally *t, int64 last)
{
	t->params[AT_LAST] = Max(t->params[AT_LAST], last + 1);
}

void
activity_tally_count(int64 *counter)
{
	if (pg_add_s64_overflow(*counter, 1, counter))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of customers is out of range")));
}

void
activity_tally_wrong(int kind, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tally does not hold a %s: %s", tally_shape(kind)->name, problem)));
	pg_unreachable();
}

/* The numbers of the first and the last period that has a date, or a time. */
static void
number_range(const Tally *t, int64 *first, int64 *last)
{
	CalendarRule rule = tally_rule(t);
	int32		begin = -POSTGRES_EPOCH_JDATE;

	if (rule.period == CALENDAR_SPAN)
	{
		*first = 0;
		*last = ((int64) TIMESTAMP_END_JULIAN * SECS_PER_DAY - t->params[AT_PHASE]) /
			rule.count;
		return;
	}
	*first = calendar_ordinal(rule, begin);
	*first += calendar_first_date(rule, (int32) *first) < begin;
	*last = calendar_ordinal(rule, TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE);
}

const Tally *
activity_tally_checked(Tally *given, int kind, int beyond)
{
	const TallyShape *shape = tally_shape(kind);
	const Tally *t;
	int64		period;
	int64		week_start;
	int64		count;
	int64		kinds;
	int64		first;
	int64		last;

	tally_must_be(given, kind);
	t = tally_packed(given);
	if (t->nrows == 0)
		return t;
	period = t->params[AT_PERIOD];
	week_start = t->params[AT_WEEK_START];
	count = t->params[AT_COUNT];
	if (period < CALENDAR_DAY || period > CALENDAR_SPAN ||
		(period == CALENDAR_WEEK ? week_start < 1 || week_start > 7 : week_start != 0) ||
		count < 1 || count > (period == CALENDAR_SPAN ? INT_MAX : CALENDAR_MAX_COUNT))
		activity_tally_wrong(kind, "its period is unknown");
	kinds = shape->nparams > AT_LAST ? ACTIVITY_COUNTED : KINDS;
	if (t->params[AT_KIND] < 1 || ((t->params[AT_KIND] - 1) & ~kinds) != 0)
		activity_tally_wrong(kind, "its kind of activity is unknown");
	if (shape->nparams <= AT_LAST)
		return t;

	if (shape->nparams > AT_PHASE &&
		(period == CALENDAR_SPAN ? t->params[AT_PHASE] < 1 || t->params[AT_PHASE] > count :
		 t->params[AT_PHASE] != 0))
		activity_tally_wrong(kind, "the time at which its spans begin is unknown");
	number_range(t, &first, &last);
	if (t->params[AT_LAST] - 1 < first || t->params[AT_LAST] - 1 > last)
		activity_tally_wrong(kind, "the last period seen is out of range");

	/* rows are in order */
	if (tally_keys(tally_row_at(t, 0))[0] < first)
		activity_tally_wrong(kind, "a period is out of range");
	if (tally_keys(tally_row_at(t, t->nrows - 1))[0] > t->params[AT_LAST] - 1 + beyond)
		activity_tally_wrong(kind, "a period is after the last one seen");
	return t;
}

void
activity_tally_limit(int64 rows)
{
	if (rows > ACTIVITY_TALLY_MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("table would have more than %d rows", ACTIVITY_TALLY_MAX_ROWS),
				 errhint("Take a longer period, or leave out touchpoints in the far past or future.")));
}
