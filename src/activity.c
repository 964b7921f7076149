/*
 * activity.c
 *	  activity(j, start, "return", ...): in which periods after a customer's
 *	  start was there a return?
 *
 * One pass.  The start gives the cohort's period; from there on the calendar's
 * list of period starts is walked beside the touchpoints, so that a moment is
 * compared, not converted, and a period that is known to be active asks no
 * matcher again.  Spans and rolling periods have a fixed length and are counted
 * by division instead.
 *
 * What is asked most is done without looking at one touchpoint after the other:
 * periods of one cohort, where labels decide, of a journey at whole seconds.
 * All times are added up, the calendar tells the entries of all of them, and the
 * set of these is the set of periods.  Where every touchpoint is a return and
 * periods are days or weeks, journey_entry_set does all at once, else it goes in
 * blocks.  No step of that depends on where a period ends, which no processor
 * can foresee.
 *
 * What is asked is read once for all customers of a query, and again only where
 * the arguments change.
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "activity.h"
#include "calendar_zone.h"
#include "core/journey_seconds.h"
#include "kept_args.h"
#include "label_fit.h"

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

#define QUICK_TOUCHPOINTS	128 /* read at a time; 2^31 and so many gaps are
								 * below 2^32 */
#define QUICK_PERIODS		64	/* bits of a number */
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
	Activity   *head;			/* of a plain activity, to be copied */
	PeriodDate	dates[QUICK_DATES];
} ActivityPlan;

typedef struct ActivityWalk
{
	ActivityPlan *plan;
	const JourneyView *view;
	JourneyCursor cursor;
	LabelTable	table;
	LabelFit	start;
	LabelFit	again;

	/* where the walk stands */
	TimestampTz base;			/* of periods of fixed length: when 0 begins */
	TimestampTz first_at;		/* what the calendar must cover from */
	uint32		entry;			/* of the calendar */
	TimestampTz next;			/* where the next period begins */
	int32		ordinal;		/* of period 0, in the calendar */
	int32		offset;			/* of the period */
	bool		active;			/* the period is known to be active */

	/* the sets, by period */
	int			nperiods;		/* room in the arrays */
	uint8	   *returns;
	uint8	   *starts;
	int32	   *counts;			/* of returns; NULL if one makes it active */
	float8	   *sums;			/* of values; NULL if not asked for */
	int32		highest;		/* of the periods above */
} ActivityWalk;

/* -- what is asked -------------------------------------------------------------- */

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
	plan->head = palloc0(sizeof(Activity));
	plan->head->version = ACTIVITY_VERSION;
	plan->head->period = plan->rule.period;
	plan->head->week_start = plan->rule.week_start;
	plan->head->count = plan->rule.count;
	for (int i = 0; i < QUICK_DATES; i++)
		plan->dates[i].ordinal = PG_INT32_MIN;
	journey_seconds_init();
}

/* What this call asks, made anew only where it differs from the last one. */
static ActivityPlan *
get_plan(FunctionCallInfo fcinfo)
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

/* -- periods ---------------------------------------------------------------------- */

static void
too_many_periods(CalendarRule rule)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("activity would span more than %d periods", ACTIVITY_MAX_OFFSET),
			 errhint("Take a period longer than \"%s\", or leave out touchpoints in the far past or future.",
					 calendar_period_text(rule))));
}

/* Make the calendar list both moments, unless they are too far apart. */
static void
cover(Calendar *calendar, TimestampTz from, TimestampTz to)
{
	uint64		days = ((uint64) to - (uint64) from) / USECS_PER_DAY;

	if (calendar_covers(calendar, from) && calendar_covers(calendar, to))
		return;
	if (days > (uint64) calendar_longest(calendar->rule) * (ACTIVITY_MAX_OFFSET + 2))
		too_many_periods(calendar->rule);
	calendar_cover(calendar, from, to);
}

/* The number of the period that a moment is in, which is not before period 0. */
static int32
period_of(ActivityWalk *w, TimestampTz at)
{
	ActivityPlan *plan = w->plan;
	int64		offset;

	if (plan->length > 0)
		offset = (int64) (((uint64) at - (uint64) w->base) / (uint64) plan->length);
	else
	{
		cover(plan->calendar, w->first_at, at);
		offset = (int64) plan->calendar->ordinals[calendar_find(plan->calendar, at)] - w->ordinal;
		/* where clocks went back over midnight: not before the start */
		offset = Max(offset, 0);
	}
	if (offset > ACTIVITY_MAX_OFFSET)
		too_many_periods(plan->rule);
	return (int32) offset;
}

/* Begin at a moment, in period 0. */
static void
begin_periods(ActivityWalk *w, TimestampTz at)
{
	ActivityPlan *plan = w->plan;
	Calendar   *calendar = plan->calendar;

	w->first_at = at;
	w->offset = 0;
	if (plan->rolling)
		w->base = at;
	else if (plan->length > 0)
	{
		int64		since = at - plan->origin;
		int64		n = since / plan->length - (since % plan->length < 0);

		w->base = plan->origin + n * plan->length;
	}
	if (calendar != NULL)
	{
		cover(calendar, at, plan->has_as_of && plan->length == 0 ? Max(plan->as_of, at) : at);
		w->entry = calendar_find(calendar, at);
		w->next = calendar->starts[w->entry + 1];
		w->ordinal = calendar->ordinals[w->entry];
	}
}

/* Go on to the period of a moment that is not before w->next. */
static void
enter_period(ActivityWalk *w, TimestampTz at)
{
	Calendar   *calendar = w->plan->calendar;

	if (at >= calendar->starts[calendar->count])
	{
		cover(calendar, w->first_at, at);
		w->entry = calendar_find(calendar, at);
	}
	else
	{
		/* mostly one of the next few; a long pause is searched */
		for (int steps = 0; at >= calendar->starts[w->entry + 1]; w->entry++)
		{
			if (++steps == 8)
			{
				w->entry = calendar_find(calendar, at);
				break;
			}
		}
	}
	w->next = calendar->starts[w->entry + 1];

	/* where clocks went back over midnight: not before the start */
	w->offset = Max(calendar->ordinals[w->entry] - w->ordinal, 0);
	if (w->offset > ACTIVITY_MAX_OFFSET)
		too_many_periods(w->plan->rule);
}

/* -- sets ---------------------------------------------------------------------------- */

static void
more_periods(ActivityWalk *w)
{
	int			more = Min(Max(2 * w->nperiods, w->offset + 64) + 7, ACTIVITY_MAX_OFFSET + 8) / 8 * 8;
	uint8	   *sets = palloc0(more / 8 * 2);

	memcpy(sets, w->returns, w->nperiods / 8);
	memcpy(sets + more / 8, w->starts, w->nperiods / 8);
	w->returns = sets;
	w->starts = sets + more / 8;
	if (w->plan->minimum > 1)
	{
		int32	   *counts = palloc0(sizeof(int32) * more);

		if (w->nperiods > 0)
			memcpy(counts, w->counts, sizeof(int32) * w->nperiods);
		w->counts = counts;
	}
	if (w->plan->values)
	{
		float8	   *sums = palloc0(sizeof(float8) * more);

		if (w->nperiods > 0)
			memcpy(sums, w->sums, sizeof(float8) * w->nperiods);
		w->sums = sums;
	}
	w->nperiods = more;
}

static inline void
mark(ActivityWalk *w, uint8 *set)
{
	set[w->offset / 8] |= 1 << (w->offset % 8);
	w->highest = Max(w->highest, w->offset);
}

static inline bool
is_start(ActivityWalk *w)
{
	return w->plan->any_start || label_fits(&w->start, &w->table, &w->cursor);
}

static inline bool
is_return(ActivityWalk *w)
{
	return w->plan->any_return || label_fits(&w->again, &w->table, &w->cursor);
}

/* -- one cohort, the usual way -------------------------------------------------------- */

/* The rest of a journey, whatever the matcher asks. */
static void
walk_touchpoints(ActivityWalk *w)
{
	while (journey_next(&w->cursor) && w->cursor.at <= w->plan->as_of)
	{
		CHECK_FOR_INTERRUPTS();
		if (w->cursor.at >= w->next)
		{
			enter_period(w, w->cursor.at);
			w->active = activity_bit(w->returns, w->nperiods / 8, w->offset);
		}
		if (!w->active && is_return(w))
		{
			if (w->offset >= w->nperiods)
				more_periods(w);
			mark(w, w->returns);
			w->active = true;
		}
	}
}

/*
 * The same where labels alone decide, without channels and values, for at most
 * as many periods as a number has bits.  Returns false, with nothing done,
 * where that does not do.
 */
static bool
walk_labels(ActivityWalk *w)
{
	const JourneyView *v = w->view;
	const ActivityPlan *plan = w->plan;
	const Calendar *calendar = plan->calendar;
	const uint8_t *lengths = journey_gap_length[v->unit];
	const uint8 *fit = w->again.fit;
	int64		unit = journey_unit_us[v->unit];
	int64		listed = calendar->starts[calendar->count];
	int64		next = w->next;
	int64		end = plan->has_as_of ? plan->as_of + 1 : PG_INT64_MAX;
	const uint8_t *gap = w->cursor.gap;
	int64		time = w->cursor.time;
	int32		offset = 0;
	uint64		period = 1;
	uint64		periods = 1;

	if (calendar->entries_per_us == 0)
		return false;
	next = Min(next, end);
	for (uint32 i = w->cursor.next; i < v->count; i++)
	{
		int			len = journey_gap_len(v->gap_codes, lengths, i - 1);
		int64		at;

		gap += len;
		time += (int64) journey_gap_ending(gap, len);
		at = time * unit;
		if (at >= next)
		{
			uint32		entry;

			CHECK_FOR_INTERRUPTS();
			if (at >= end)
				break;
			if (at >= listed)
				return false;
			entry = calendar_locate(calendar, at);
			next = Min(calendar->starts[entry + 1], end);
			/* where clocks went back over midnight: not before the start */
			offset = Max(calendar->ordinals[entry] - w->ordinal, 0);
			if (offset >= 64)
				return false;
			period = UINT64CONST(1) << offset;
			if (plan->any_return)
				periods |= period;
		}
		if (!plan->any_return &&
			fit[journey_code(v->codes, v->code_bits, i)] == MF_ALWAYS)
			periods |= period;
	}
	w->offset = offset;
	w->highest = pg_leftmost_one_pos64(periods);
	for (int i = 0; i < 8; i++)
		w->returns[i] = (uint8) (periods >> (8 * i));
	return true;
}

/* -- whatever is asked ------------------------------------------------------------------ */

/* Returns false if there is no cohort. */
static bool
walk_all(ActivityWalk *w)
{
	ActivityPlan *plan = w->plan;
	bool		begun = false;
	bool		started = false;

	while (journey_next(&w->cursor) && w->cursor.at <= plan->as_of)
	{
		TimestampTz at = w->cursor.at;
		bool		start;
		bool		again;

		CHECK_FOR_INTERRUPTS();
		start = (plan->cohort == COHORT_EVERY || !started) && is_start(w);
		if (start && (at < plan->from || at >= plan->to))
		{
			if (plan->cohort == COHORT_FIRST_EVER)
				return false;
			start = false;
		}
		again = (plan->cohort == COHORT_EVERY || started || start) && is_return(w);
		if (!start && !again)
		{
			if (begun)
				w->offset = period_of(w, at);
			continue;
		}
		if (!begun)
			begin_periods(w, at);
		else
			w->offset = period_of(w, at);
		begun = true;
		if (w->offset >= w->nperiods)
			more_periods(w);
		if (start)
		{
			mark(w, plan->cohort == COHORT_EVERY ? w->starts : w->returns);
			started = true;
		}
		if (again)
		{
			if (w->counts == NULL || ++w->counts[w->offset] == plan->minimum)
				mark(w, w->returns);
			if (w->sums != NULL && w->cursor.has_value)
			{
				w->sums[w->offset] += w->cursor.value;
				if (isinf(w->sums[w->offset]))
					float_overflow_error();
			}
		}
	}
	return plan->cohort == COHORT_EVERY ? begun : started;
}

/*
 * With every cohort and a minimum, the first period may have turned out to
 * have neither a start nor enough returns: period 0 is the first that has.
 * False if there is none.
 */
static bool
drop_empty_periods(ActivityWalk *w)
{
	int			first = 0;
	int			n = w->nperiods / 8;

	while (first < w->nperiods && !activity_bit(w->returns, n, first) &&
		   !activity_bit(w->starts, n, first))
		first++;
	if (first == w->nperiods)
		return false;
	if (first == 0)
		return true;
	for (int i = 0; i < w->nperiods; i++)
	{
		uint8	   *sets[2] = {w->returns, w->starts};

		for (int s = 0; s < 2; s++)
		{
			bool		is = activity_bit(sets[s], n, i + first);

			sets[s][i / 8] = (sets[s][i / 8] & ~(1 << (i % 8))) | is << (i % 8);
		}
		if (w->sums != NULL && i + first < w->nperiods)
			w->sums[i] = w->sums[i + first];
	}
	w->highest -= first;
	w->offset -= first;
	w->ordinal += first;
	w->base += first * w->plan->length;
	return true;
}

/* -- what is asked most -------------------------------------------------------------------- */

static void
check_date(int32 date)
{
	if (!IS_VALID_DATE(date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range")));
}

/* A plain activity of periods that are bits of a number. */
static inline Activity *
make_plain(ActivityPlan *plan, int32 ordinal, uint64 periods, int32 last)
{
	PeriodDate *kept = &plan->dates[(uint32) ordinal % QUICK_DATES];
	int			nactive = pg_leftmost_one_pos64(periods) / 8 + 1;
	Activity   *a = palloc(offsetof(Activity, data) + sizeof(periods));

	if (unlikely(kept->ordinal != ordinal))
	{
		kept->date = calendar_first_date(plan->rule, ordinal);
		check_date(kept->date);
		kept->ordinal = ordinal;
	}
	memcpy(a, plan->head, offsetof(Activity, data));
	SET_VARSIZE(a, offsetof(Activity, data) + nactive);
	a->cohort = kept->date;
	a->last = last;
	a->nactive = nactive;
	journey_store64(a->data, periods);
	return a;
}

/*
 * Periods of a set of entries, from the entry that the start is in.  Where
 * clocks went back over midnight a period has two: not before the start.
 * Returns false if one has too high a number.
 */
static bool
periods_of_entries(const Calendar *c, uint32 first, uint64 entries, uint64 *periods)
{
	*periods = 0;
	for (; entries != 0; entries &= entries - 1)
	{
		uint32		entry = first + pg_rightmost_one_pos64(entries);
		int32		period = Max(c->ordinals[entry] - c->ordinals[first], 0);

		if (period >= QUICK_PERIODS)
			return false;
		*periods |= UINT64CONST(1) << period;
	}
	return true;
}

/*
 * Which entries are those of touchpoints that fit, of all if fit is NULL?  Bit
 * n % 64 for entry n.
 */
static uint64
fitting_entries(const Calendar *c, const JourneyView *v, const uint8 *fit,
				const uint32 *seconds, uint32 touchpoint, uint32 n)
{
	uint32		entries[QUICK_TOUCHPOINTS];
	uint64		set = 0;

	calendar_entries(c, seconds, n, entries);
	if (fit == NULL)
	{
		for (uint32 i = 0; i < n; i++)
			set |= UINT64CONST(1) << (entries[i] % 64);
		return set;
	}
	for (uint32 i = 0; i < n; i++)
	{
		uint32		code = journey_code(v->codes, v->code_bits, touchpoint + i);

		set |= (uint64) (fit[code] == MF_ALWAYS) << (entries[i] % 64);
	}
	return set;
}

/*
 * The last second that counts, since the calendar's first, PG_UINT32_MAX if
 * there is no as_of.  Returns false if the calendar does not cover it.
 */
static inline bool
last_second(const ActivityPlan *plan, uint32 *end)
{
	const Calendar *c = plan->calendar;

	*end = PG_UINT32_MAX;
	if (!plan->has_as_of)
		return true;
	if (!calendar_covers(c, plan->as_of))
		return false;
	*end = (uint32) ((plan->as_of - c->starts[0]) / USECS_PER_SEC);
	return true;
}

/*
 * The activity of entries, bit 0 for the one that the start is in, up to the
 * one of the last touchpoint and of the last second that counts.  NULL if there
 * are too many periods.
 */
static pg_attribute_always_inline Activity *
activity_of_entries(ActivityPlan *plan, uint32 first, uint64 entries, int32 last_entry,
					uint32 end)
{
	const Calendar *c = plan->calendar;
	uint64		periods = entries;
	int32		last = last_entry;

	if (unlikely(!c->consecutive))
	{
		if (!periods_of_entries(c, first, entries, &periods))
			return NULL;
		last = Max(c->ordinals[first + last_entry] - c->ordinals[first], 0);
	}
	if (plan->has_as_of)
	{
		last = Max(c->ordinals[calendar_entry_at(c, end)] - c->ordinals[first],
				   pg_leftmost_one_pos64(periods));
		if (last > ACTIVITY_MAX_OFFSET)
			too_many_periods(plan->rule);
	}
	return make_plain(plan, c->ordinals[first], periods, last);
}

/*
 * What became of the quick way: whether this does not do, and nothing is done,
 * or there is no activity, or there is one.
 */
typedef enum QuickResult
{
	QUICK_NOT, QUICK_NONE, QUICK_DONE
} QuickResult;

/*
 * The activity of a journey, in blocks.  `start` and `again` are the fits of its
 * labels, NULL where every touchpoint fits.
 */
static QuickResult
quick_blocks(ActivityPlan *plan, const JourneyView *v, const uint8 *start,
			 const uint8 *again, Activity **result)
{
	const Calendar *c = plan->calendar;
	uint64		first_at = (uint64) v->base - (uint64) c->first_second;
	uint32		seconds[QUICK_TOUCHPOINTS + 3];
	uint32		end;
	uint32		skip = 0;		/* touchpoints before the start */
	uint32		first;			/* entries */
	uint32		last;
	uint64		set;
	JourneySeconds walk;

	if (v->unit != 0 || v->count == 0 || c->entries_per_second == 0 ||
		first_at >= c->seconds[c->count] || !last_second(plan, &end))
		return QUICK_NOT;
	if (start != NULL)
	{
		while (start[journey_code(v->codes, v->code_bits, skip)] != MF_ALWAYS)
		{
			/* a start after the first block is left to others */
			if (++skip == Min(v->count, QUICK_TOUCHPOINTS))
				return QUICK_NOT;
		}
	}
	if (skip == 0 && first_at > end)
		return QUICK_NONE;

	journey_seconds_first(&walk, v, (uint32) first_at);
	first = last = calendar_entry_at(c, (uint32) first_at);
	set = UINT64CONST(1) << (first % 64);
	while (walk.left > 0)
	{
		uint32		touchpoint = v->count - walk.left;
		uint32		n = Min(walk.left, QUICK_TOUCHPOINTS);
		uint32	   *at = seconds;
		bool		cut = false;

		CHECK_FOR_INTERRUPTS();
		if (!journey_seconds_next(&walk, n, seconds) || walk.last >= c->seconds[c->count])
			return QUICK_NOT;
		if (skip > 0)
		{
			/* the first block: the start is in it */
			if (seconds[skip - 1] > end)
				return QUICK_NONE;
			first = last = calendar_entry_at(c, seconds[skip - 1]);
			set = UINT64CONST(1) << (first % 64);
			at += skip;
			touchpoint += skip;
			n -= skip;
			skip = 0;
			cut = true;
		}
		for (; n > 0 && at[n - 1] > end; n--)
			cut = true;
		if (n == 0)
			break;
		if (cut)
			at[n] = at[n + 1] = at[n + 2] = at[n - 1];
		last = calendar_entry_at(c, at[n - 1]);
		if (last - first >= QUICK_PERIODS)
			return QUICK_NOT;
		set |= fitting_entries(c, v, again, at, touchpoint, n);
		if (walk.last > end)
			break;
	}
	set = set >> (first % 64) | set << (-first % 64);
	*result = activity_of_entries(plan, first, set, last - first, end);
	return *result == NULL ? QUICK_NOT : QUICK_DONE;
}

/* The activity of a journey at once, where every touchpoint fits. */
static inline QuickResult
quick_all(ActivityPlan *plan, const JourneyView *v, Activity **result)
{
	const Calendar *c = plan->calendar;
	uint64		first_at = (uint64) v->base - (uint64) c->first_second;
	uint32		end;
	uint32		first;
	uint32		set;

	if (v->unit != 0 || v->count == 0 || c->lengths_per_128 == 0 ||
		first_at >= c->seconds[c->count] || !last_second(plan, &end) || first_at > end)
		return quick_blocks(plan, v, NULL, NULL, result);
	first = calendar_entry_at(c, (uint32) first_at);
	set = journey_entry_set(v, c, first, (uint32) first_at, end);
	if (set == 0)
		return quick_blocks(plan, v, NULL, NULL, result);
	*result = activity_of_entries(plan, first, set, pg_leftmost_one_pos32(set), end);
	return *result == NULL ? QUICK_NOT : QUICK_DONE;
}

/* -- the end --------------------------------------------------------------------------------- */

static Activity *
finish(ActivityWalk *w)
{
	ActivityPlan *plan = w->plan;
	ActivityView v = {{0}};
	int32		last = w->offset;

	v.rule = plan->rule;
	if (plan->calendar != NULL)
		v.cohort = calendar_first_date(plan->rule, w->ordinal);
	else
	{
		int64		seconds = w->base / USECS_PER_SEC - (w->base % USECS_PER_SEC < 0);

		if (plan->rolling)
		{
			/* the cohort of a rolling span is the span that the start is in */
			int64		length = plan->rule.count;
			int64		since = seconds - plan->origin / USECS_PER_SEC;

			since -= since / length * length + (since % length < 0 ? -length : 0);
			seconds -= since;
		}
		v.cohort = (int32) (seconds / SECS_PER_DAY - (seconds % SECS_PER_DAY < 0));
		v.cohort_seconds = (int32) (seconds - (int64) v.cohort * SECS_PER_DAY);
	}
	check_date(v.cohort);

	/* the last touchpoint of the walk was the journey's, if there is no as_of */
	if (plan->has_as_of)
		last = plan->length > 0 ? period_of(w, plan->as_of) :
			plan->calendar->ordinals[calendar_find(plan->calendar, plan->as_of)] - w->ordinal;
	if (last > ACTIVITY_MAX_OFFSET)
		too_many_periods(plan->rule);
	v.last = Max(last, w->highest);
	v.flags = (plan->rolling ? ACTIVITY_ROLLING : 0) | (plan->values ? ACTIVITY_VALUES : 0) |
		(plan->cohort == COHORT_EVERY ? ACTIVITY_EVERY : 0) |
		(plan->minimum > 1 ? ACTIVITY_COUNTED : 0);
	v.active = w->returns;
	v.nactive = w->highest / 8 + 1;
	v.starts = w->starts;
	v.nstarts = plan->cohort == COHORT_EVERY ? w->highest / 8 + 1 : 0;
	if (w->sums != NULL)
	{
		for (int i = 0; i <= w->highest; i++)
		{
			if (activity_bit(w->returns, v.nactive, i))
				w->sums[v.nvalues++] = w->sums[i] + 0.0;
		}
		v.values = w->sums;
	}
	return activity_make(&v);
}

/* The activity of a journey, whatever is asked; NULL if it has none. */
static pg_noinline Activity *
walked_activity(ActivityPlan *plan, const JourneyView *v)
{
	ActivityWalk w;
	Activity   *a;
	uint8		few[2][32];
	bool		found = false;

	w.plan = plan;
	w.view = v;
	w.start.any = w.start.labels_decide = w.again.labels_decide = true;
	if (!plan->any_start || !plan->any_return)
	{
		label_table_init(&w.table, v);
		if (!plan->any_start)
			label_fit_init(&w.start, &w.table, plan->start);
		if (!plan->any_return)
			label_fit_init(&w.again, &w.table, plan->again);
		if (!w.start.any && plan->cohort != COHORT_EVERY)
			return NULL;
		if (plan->plain && w.start.labels_decide && w.again.labels_decide)
		{
			QuickResult quick = quick_blocks(plan, v, plan->any_start ? NULL : w.start.fit,
											 plan->any_return ? NULL : w.again.fit, &a);

			if (quick != QUICK_NOT)
				return quick == QUICK_NONE ? NULL : a;
		}
	}

	journey_first(&w.cursor, v);
	w.counts = NULL;
	w.sums = NULL;
	w.highest = 0;
	if (!plan->plain)
	{
		w.nperiods = 0;
		w.offset = 0;
		w.returns = w.starts = few[0];
		if (!walk_all(&w) ||
			(plan->cohort == COHORT_EVERY && !drop_empty_periods(&w)))
			return NULL;
		return finish(&w);
	}

	while (journey_next(&w.cursor) && w.cursor.at <= plan->as_of)
	{
		CHECK_FOR_INTERRUPTS();
		if ((found = is_start(&w)))
			break;
	}
	if (!found)
		return NULL;
	begin_periods(&w, w.cursor.at);
	memset(few, 0, sizeof(few));
	w.returns = few[0];
	w.starts = few[1];
	w.nperiods = 8 * lengthof(few[0]);
	mark(&w, w.returns);
	w.active = true;
	if (!w.again.labels_decide || !walk_labels(&w))
		walk_touchpoints(&w);
	return finish(&w);
}

PG_FUNCTION_INFO_V1(activity);
Datum
activity(PG_FUNCTION_ARGS)
{
	ActivityPlan *plan;
	JourneyView view;
	Activity   *a;
	QuickResult quick = QUICK_NOT;

	if (PG_ARGISNULL(ARG_JOURNEY) || PG_ARGISNULL(ARG_START) || PG_ARGISNULL(ARG_RETURN))
		PG_RETURN_NULL();
	plan = get_plan(fcinfo);
	PG_GETARG_JOURNEY(ARG_JOURNEY, &view);
	if (plan->plain && plan->any_start && plan->any_return)
		quick = quick_all(plan, &view, &a);
	if (quick == QUICK_NOT)
		a = walked_activity(plan, &view);
	if (quick == QUICK_NONE || a == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(a);
}
