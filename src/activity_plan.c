/*
 * activity_plan.c
 *	  What activity() is asked: read once for all customers of a query, and again
 *	  only where the arguments change.
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "lib/stringinfo.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "activity_plan.h"
#include "core/journey_seconds.h"

void
activity_too_many_periods(CalendarRule rule)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("activity would span more than %d periods", ACTIVITY_MAX_OFFSET),
			 errhint("Take a period longer than \"%s\", or leave out touchpoints in the far past or future.",
					 calendar_period_text(rule))));
}

void
activity_check_date(int32 date)
{
	if (!IS_VALID_DATE(date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range")));
}

static char *
required_text(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* Which of these words is it? */
static int
one_of(const char *const *words, int n, const char *given, const char *name)
{
	StringInfoData list;

	for (int i = 0; i < n; i++)
	{
		if (pg_strcasecmp(words[i], given) == 0)
			return i;
	}
	initStringInfo(&list);
	for (int i = 0; i < n; i++)
		appendStringInfo(&list, "%s%s", i == 0 ? "" : i == n - 1 ? " or " : ", ", words[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized %s \"%s\"", name, given),
			 errhint("It is %s.", list.data)));
	return 0;					/* not reached */
}

/* The length of a rolling period: months are 30 days and years 365. */
static int64
rolling_length(CalendarRule rule)
{
	int64		days = rule.count;

	switch (rule.period)
	{
		case CALENDAR_SPAN:
			return rule.count * USECS_PER_SEC;
		case CALENDAR_WEEK:
			days *= 7;
			break;
		case CALENDAR_MONTH:
			days = rule.count % 12 == 0 ? days / 12 * 365 : days * 30;
			break;
	}
	return days * USECS_PER_DAY;
}

/* Does a matcher fit every touchpoint? */
static bool
fits_all(const Matcher *m)
{
	for (int i = 0; i < m->nterms; i++)
	{
		const MatcherTerm *term = &m->terms[i];

		if (term->name_kind == MN_ANY && term->channel_kind == MN_ANY &&
			term->op == MO_NONE && (m->flags & MATCHER_HAS_CHANNEL) == 0)
			return true;
	}
	return false;
}

static TimestampTz
bound(FunctionCallInfo fcinfo, int n, TimestampTz none)
{
	return PG_ARGISNULL(n) ? none : PG_GETARG_TIMESTAMPTZ(n);
}

static void
read_plan(FunctionCallInfo fcinfo, ActivityPlan *plan)
{
	static const char *const bucketings[] = {"calendar", "rolling"};
	static const char *const cohorts[] = {"first_ever", "first_in_range", "every"};

	plan->calendar = NULL;
	plan->length = 0;
	plan->zone = required_text(fcinfo, ARG_TIMEZONE, "timezone");
	plan->rule = calendar_rule(required_text(fcinfo, ARG_PERIOD, "period"),
							   required_text(fcinfo, ARG_WEEK_START, "week_start"));
	plan->rolling = one_of(bucketings, lengthof(bucketings),
						   required_text(fcinfo, ARG_BUCKETING, "bucketing"), "bucketing") == 1;
	plan->cohort = one_of(cohorts, lengthof(cohorts),
						  required_text(fcinfo, ARG_COHORT, "cohort"), "cohort");
	plan->has_as_of = !PG_ARGISNULL(ARG_AS_OF);
	plan->as_of = bound(fcinfo, ARG_AS_OF, DT_NOEND);
	if (plan->has_as_of && TIMESTAMP_NOT_FINITE(plan->as_of))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of must be finite")));
	if (PG_ARGISNULL(ARG_MINIMUM) || PG_GETARG_INT32(ARG_MINIMUM) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("minimum must be at least 1")));
	plan->minimum = PG_GETARG_INT32(ARG_MINIMUM);
	plan->from = bound(fcinfo, ARG_FROM, DT_NOBEGIN);
	plan->to = bound(fcinfo, ARG_TO, DT_NOEND);
	plan->values = !PG_ARGISNULL(ARG_VALUES) && PG_GETARG_BOOL(ARG_VALUES);
	if (plan->rolling && !plan->has_as_of)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rolling periods need an as_of"),
				 errhint("Give the end of the data, the same for all customers, so that it is known which periods were over.")));
	if (plan->rolling && plan->cohort == COHORT_EVERY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rolling periods cannot have every cohort"),
				 errhint("Use cohort => 'first_ever' or 'first_in_range', or bucketing => 'calendar'.")));

	if (plan->rule.period == CALENDAR_SPAN)
		plan->origin = calendar_origin(plan->zone);
	else
	{
		plan->calendar = calendar_for(plan->zone, plan->rule);
		plan->generation = calendar_generation;
	}
	if (plan->rolling || plan->rule.period == CALENDAR_SPAN)
		plan->length = rolling_length(plan->rule);
	plan->start = DatumGetMatcherP(plan->kept.given[ARG_START].value);
	plan->again = DatumGetMatcherP(plan->kept.given[ARG_RETURN].value);
	plan->any_start = fits_all(plan->start);
	plan->any_return = fits_all(plan->again);
	plan->plain = plan->length == 0 && plan->cohort == COHORT_FIRST_EVER &&
		plan->minimum == 1 && !plan->values &&
		plan->from == DT_NOBEGIN && plan->to == DT_NOEND;
	memset(&plan->plain_one, 0, sizeof(plan->plain_one));
	plan->plain_one.activity.version = ACTIVITY_VERSION;
	plan->plain_one.activity.period = plan->rule.period;
	plan->plain_one.activity.week_start = plan->rule.week_start;
	plan->plain_one.activity.count = plan->rule.count;
	for (int i = 0; i < QUICK_DATES; i++)
		plan->dates[i].ordinal = PG_INT32_MIN;
	journey_seconds_init();
}

LatestActivity activity_latest;

/*
 * The executor evaluates the argument of an aggregate right before the
 * transition function, for it alone and into its arguments, unless they are
 * sorted first.  So if the argument is a call of activity(), the latest one is
 * this call, and the value is not looked at when the next one is made.
 */
const Activity *
activity_reuse(FunctionCallInfo fcinfo, const Activity *argument)
{
	const		Aggref *aggregate = AggGetAggref(fcinfo);
	const Node *expression;

	if (aggregate == NULL || aggregate->aggkind != AGGKIND_NORMAL ||
		aggregate->aggorder != NIL || aggregate->aggdistinct != NIL ||
		list_length(aggregate->args) != 1 || activity_latest.value != argument)
		return NULL;
	expression = (const Node *) ((const TargetEntry *) linitial(aggregate->args))->expr;
	if (!IsA(expression, FuncExpr) || expression != activity_latest.expression ||
		((const FuncExpr *) expression)->funcid != activity_latest.function)
		return NULL;
	activity_latest.plan->reuse = true;
	return &activity_latest.plan->plain_one.activity;
}

ActivityPlan *
activity_plan(FunctionCallInfo fcinfo)
{
	ActivityPlan *plan = fcinfo->flinfo->fn_extra;
	MemoryContext old;

	if (likely(plan != NULL && kept_args_same(&plan->kept, fcinfo)))
	{
		if (plan->calendar != NULL && plan->generation != calendar_generation)
		{
			plan->calendar = calendar_for(plan->zone, plan->rule);
			plan->generation = calendar_generation;
		}
		return plan;
	}
	if (plan == NULL)
	{
		plan = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ActivityPlan));
		kept_args_init(&plan->kept, fcinfo, ARG_START, ARG_COUNT);
		fcinfo->flinfo->fn_extra = plan;
	}
	kept_args_take(&plan->kept, fcinfo);
	old = MemoryContextSwitchTo(plan->kept.context);
	read_plan(fcinfo, plan);
	MemoryContextSwitchTo(old);
	plan->kept.ready = true;
	return plan;
}
