/*
 * survival_agg.c
 *	  Survival over all customers: Kaplan-Meier curves, what they say in a few
 *	  numbers, and the log-rank test between groups.
 *
 * The state is a tally with a row for each group and different duration, which
 * counts events and those censored; of a single curve the group is the mark
 * TALLY_MARK_START.  The key of a duration is the bit pattern of the double:
 * of numbers that are not negative it has their order, so the rows of a packed
 * tally are in the order of time.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "common/int.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "journey.h"
#include "core/statistics.h"
#include "core/survival.h"
#include "row_array.h"
#include "tally_state.h"

enum
{
	KEY_GROUP, KEY_DURATION
};

static int64
duration_key(double duration)
{
	int64		key;

	if (isnan(duration) || isinf(duration))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("duration must be a finite number")));
	if (duration < 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("duration must not be negative")));
	duration += 0.0;			/* no negative zero */
	memcpy(&key, &duration, sizeof(key));
	return key;
}

static double
key_duration(int64 key)
{
	double		duration;

	memcpy(&duration, &key, sizeof(key));
	return duration;
}

/*
 * survival_agg_add(state, duration, observed), logrank_agg_add(state, group,
 * duration, observed): one customer more.
 */
static Datum
add_customer(FunctionCallInfo fcinfo, bool grouped)
{
	int			arg = grouped ? 2 : 1;
	int64		keys[TALLY_MAX_KEYS] = {TALLY_MARK_START};
	Tally	   *t;
	int64	   *counters;
	int			which;

	if (PG_ARGISNULL(arg) || PG_ARGISNULL(arg + 1) || (grouped && PG_ARGISNULL(1)))
		return tally_unchanged(fcinfo);
	keys[KEY_DURATION] = duration_key(PG_GETARG_FLOAT8(arg));
	t = PG_ARGISNULL(0) ? tally_create(TALLY_SURVIVAL) : tally_state(fcinfo, 0, TALLY_SURVIVAL);
	if (grouped)
	{
		text	   *name = PG_GETARG_TEXT_PP(1);
		JourneyLabel label;

		journey_label_checked(&label, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), "group name");
		keys[KEY_GROUP] = tally_label_grow(&t, &label);
		PG_FREE_IF_COPY(name, 1);
	}
	counters = tally_counters(t, tally_row_grow(&t, keys));
	which = PG_GETARG_BOOL(arg + 1) ? TC_SURVIVAL_EVENTS : TC_SURVIVAL_CENSORED;
	if (pg_add_s64_overflow(counters[which], 1, &counters[which]))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of customers is out of range")));
	PG_RETURN_POINTER(t);
}

PG_FUNCTION_INFO_V1(survival_agg_add);
Datum
survival_agg_add(PG_FUNCTION_ARGS)
{
	return add_customer(fcinfo, false);
}

PG_FUNCTION_INFO_V1(logrank_agg_add);
Datum
logrank_agg_add(PG_FUNCTION_ARGS)
{
	return add_customer(fcinfo, true);
}

static void
not_survival(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tally does not hold a survival: %s", problem)));
}

/*
 * The rows of a tally as points of curves, a curve a group, in the order of
 * the packed tally.  What the general form of a tally cannot know is checked.
 */
static SurvivalPoint *
read_points(const Tally *given, bool grouped, const Tally **packed)
{
	const Tally *t;
	SurvivalPoint *points;
	int64		all = 0;

	tally_must_be(given, TALLY_SURVIVAL);
	*packed = t = tally_packed(given);
	points = MemoryContextAllocHuge(CurrentMemoryContext,
									Max(t->nrows, 1) * sizeof(SurvivalPoint));
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		const int64 *keys = tally_keys(row);
		const int64 *counters = tally_counters(t, row);

		if (grouped ? keys[KEY_GROUP] < 0 : keys[KEY_GROUP] != TALLY_MARK_START)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 grouped ? errmsg("tally has no groups to compare") :
					 errmsg("tally has several groups"),
					 grouped ? errhint("Count with logrank_tally(group, duration, observed).") :
					 errhint("Read it with logrank_rows, or count each group with survival_tally.")));
		points[i].time = key_duration(keys[KEY_DURATION]);
		if (keys[KEY_DURATION] < 0 || isnan(points[i].time) || isinf(points[i].time))
			not_survival("a duration is negative or not finite");
		points[i].events = counters[TC_SURVIVAL_EVENTS];
		points[i].censored = counters[TC_SURVIVAL_CENSORED];
		if (points[i].events == 0 && points[i].censored == 0)
			not_survival("a duration has no customer");
		if (pg_add_s64_overflow(all, points[i].events, &all) ||
			pg_add_s64_overflow(all, points[i].censored, &all))
			not_survival("it has too many customers");
	}
	return points;
}

static void
set_double(double value, Datum *datum, bool *isnull)
{
	*isnull = isnan(value);
	*datum = Float8GetDatum(value);
}

/* The curve as an array of journey.survival_row. */
PG_FUNCTION_INFO_V1(survival_rows);
Datum
survival_rows(PG_FUNCTION_ARGS)
{
	const Tally *t;
	SurvivalPoint *points = read_points(PG_GETARG_TALLY_P(0), false, &t);
	RowArray	rows;

	survival_curve(points, t->nrows, STATISTICS_Z95);
	row_array_start(&rows, fcinfo);
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const SurvivalPoint *p = &points[i];
		Datum		values[8];
		bool		nulls[8] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Float8GetDatum(p->time);
		values[1] = Int64GetDatum(p->at_risk);
		values[2] = Int64GetDatum(p->events);
		values[3] = Int64GetDatum(p->censored);
		values[4] = Float8GetDatum(p->survival);
		set_double(p->std_error, &values[5], &nulls[5]);
		set_double(p->lower, &values[6], &nulls[6]);
		set_double(p->upper, &values[7], &nulls[7]);
		row_array_add(&rows, values, nulls);
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}

/* survival_summary(tally, horizon): one journey.survival_summary_row. */
PG_FUNCTION_INFO_V1(survival_summary_row);
Datum
survival_summary_row(PG_FUNCTION_ARGS)
{
	const Tally *t;
	SurvivalPoint *points;
	SurvivalSummary summary;
	double		horizon;
	int64		customers = 0;
	int64		events = 0;
	TupleDesc	desc;
	Datum		values[9];
	bool		nulls[9] = {false};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	points = read_points(PG_GETARG_TALLY_P(0), false, &t);
	if (t->nrows == 0)
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		horizon = points[t->nrows - 1].time;
	else
	{
		horizon = PG_GETARG_FLOAT8(1);
		if (isnan(horizon) || isinf(horizon) || horizon < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("horizon must be a finite number that is not negative")));
	}
	for (uint32 i = 0; i < t->nrows; i++)
	{
		customers += points[i].events + points[i].censored;
		events += points[i].events;
	}
	survival_curve(points, t->nrows, STATISTICS_Z95);
	survival_summary(points, t->nrows, horizon, &summary);

	values[0] = Int64GetDatum(customers);
	values[1] = Int64GetDatum(events);
	values[2] = Int64GetDatum(customers - events);
	set_double(summary.median, &values[3], &nulls[3]);
	set_double(summary.median_lower, &values[4], &nulls[4]);
	set_double(summary.median_upper, &values[5], &nulls[5]);
	values[6] = Float8GetDatum(horizon);
	set_double(summary.restricted_mean, &values[7], &nulls[7]);
	set_double(summary.restricted_error, &values[8], &nulls[8]);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

static void
look_for_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

/* The groups of a test as an array of journey.logrank_row. */
PG_FUNCTION_INFO_V1(logrank_rows);
Datum
logrank_rows(PG_FUNCTION_ARGS)
{
	const Tally *t;
	SurvivalPoint *points = read_points(PG_GETARG_TALLY_P(0), true, &t);
	LogrankGroup *groups = palloc0(LOGRANK_MAX_GROUPS * sizeof(LogrankGroup));
	int			ngroups = 0;
	double		chi_square;
	int			degrees;
	RowArray	rows;

	for (uint32 i = 0; i < t->nrows; i++)
	{
		int64		group = tally_keys(tally_row_at(t, i))[KEY_GROUP];

		if (i == 0 || group != tally_keys(tally_row_at(t, i - 1))[KEY_GROUP])
		{
			if (ngroups == LOGRANK_MAX_GROUPS)
				ereport(ERROR,
						(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						 errmsg("log-rank test of more than %d groups", LOGRANK_MAX_GROUPS),
						 errhint("Put small groups together.")));
			groups[ngroups++].points = &points[i];
		}
		groups[ngroups - 1].n++;
	}
	degrees = logrank_test(groups, ngroups,
						   palloc(Max(logrank_scratch(ngroups), 1) * sizeof(double)),
						   look_for_interrupts, &chi_square);

	row_array_start(&rows, fcinfo);
	for (int g = 0; g < ngroups; g++)
	{
		JourneyLabel label;
		Datum		values[7];
		bool		nulls[7] = {false};

		tally_label_get(t, (uint32) tally_keys(tally_row_at(t, groups[g].points - points))[KEY_GROUP],
						&label);
		values[0] = journey_label_datum(&label);
		values[1] = Int64GetDatum(groups[g].customers);
		values[2] = Int64GetDatum(groups[g].events);
		values[3] = Float8GetDatum(groups[g].expected);
		nulls[4] = nulls[6] = degrees == 0;
		if (degrees > 0)
		{
			values[4] = Float8GetDatum(chi_square);
			values[6] = Float8GetDatum(chi_square_tail(chi_square, degrees));
		}
		values[5] = Int32GetDatum(degrees);
		row_array_add(&rows, values, nulls);
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}
