/*
 * activity_plan.h
 *	  What activity() is asked, and the quick way to answer what is asked most.
 *
 * Include after postgres.h.
 */
#ifndef ACTIVITY_PLAN_H
#define ACTIVITY_PLAN_H

#include "nodes/nodes.h"

#include "journey.h"
#include "activity.h"
#include "calendar_zone.h"
#include "kept_args.h"

/* The arguments of activity(). */
enum
{
	ARG_JOURNEY, ARG_START, ARG_RETURN, ARG_PERIOD, ARG_TIMEZONE, ARG_WEEK_START,
	ARG_AS_OF, ARG_BUCKETING, ARG_COHORT, ARG_MINIMUM, ARG_FROM, ARG_TO, ARG_VALUES,
	ARG_COUNT
};

typedef enum CohortKind
{
	COHORT_FIRST_EVER, COHORT_FIRST_IN_RANGE, COHORT_EVERY
} CohortKind;

#define QUICK_DATES			64	/* kept, by ordinal modulo this */

/* The first date of a period. */
typedef struct PeriodDate
{
	int32		ordinal;		/* PG_INT32_MIN if there is none */
	int32		date;
} PeriodDate;

typedef struct ActivityPlan
{
	KeptArgs	kept;
	CalendarRule rule;
	char	   *zone;
	Calendar   *calendar;		/* of a rule that is not a span */
	uint32		generation;		/* of the pointer */
	TimestampTz origin;			/* spans are counted from here */
	int64		length;			/* of spans and rolling periods, else 0 */
	bool		rolling;
	CohortKind	cohort;
	int			minimum;
	TimestampTz from;			/* starts are in from .. to, `to` not included */
	TimestampTz to;
	TimestampTz as_of;
	bool		has_as_of;
	bool		values;
	const Matcher *start;
	const Matcher *again;
	bool		any_start;		/* every touchpoint is a start, or a return */
	bool		any_return;
	bool		plain;			/* one calendar cohort, single returns, no
								 * values */
	PeriodDate	dates[QUICK_DATES];

	/*
	 * The value that plain activities are written to one after the other, if
	 * whoever asks has done with each before the next; else only its head,
	 * which is copied.
	 */
	bool		reuse;
	union
	{
		Activity	activity;
		uint8		room[offsetof(Activity, data) + sizeof(uint64)];
	}			plain_one;
} ActivityPlan;

/* The latest value of activity() that is not written to again, and its call. */
typedef struct LatestActivity
{
	const Activity *value;
	Oid			function;
	const Node *expression;
	ActivityPlan *plan;
} LatestActivity;

extern LatestActivity activity_latest;

/* What this call asks, made anew only where it differs from the last one. */
extern ActivityPlan *activity_plan(FunctionCallInfo fcinfo);

/* Errors of the plan's periods, and of a cohort that has no date. */
pg_noreturn extern void activity_too_many_periods(CalendarRule rule);
extern void activity_check_date(int32 date);

/*
 * What became of the quick way: whether this does not do, and nothing is done,
 * or there is no activity, or there is one.
 */
typedef enum QuickResult
{
	QUICK_NOT, QUICK_NONE, QUICK_DONE
} QuickResult;

/*
 * The activity of a journey under a plain plan, in blocks.  `start` and `again`
 * are the fits of its labels, NULL where every touchpoint fits.
 */
extern QuickResult activity_quick_blocks(ActivityPlan *plan, const JourneyView *v,
										 const uint8 *start, const uint8 *again,
										 Activity **result);

/* The activity of a journey at once, where every touchpoint fits. */
extern QuickResult activity_quick_all(ActivityPlan *plan, const JourneyView *v,
									  Activity **result);

#endif							/* ACTIVITY_PLAN_H */
