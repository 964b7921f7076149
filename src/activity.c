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
 * What is asked most goes the quick way, see activity_quick.c.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "activity_plan.h"
#include "label_fit.h"

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

/* -- periods ---------------------------------------------------------------------- */

/* Make the calendar list both moments, unless they are too far apart. */
static void
cover(Calendar *calendar, TimestampTz from, TimestampTz to)
{
	uint64		days = ((uint64) to - (uint64) from) / USECS_PER_DAY;

	if (calendar_covers(calendar, from) && calendar_covers(calendar, to))
		return;
	if (days > (uint64) calendar_longest(calendar->rule) * (ACTIVITY_MAX_OFFSET + 2))
		activity_too_many_periods(calendar->rule);
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
		activity_too_many_periods(plan->rule);
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
		activity_too_many_periods(w->plan->rule);
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
	activity_check_date(v.cohort);

	/* the last touchpoint of the walk was the journey's, if there is no as_of */
	if (plan->has_as_of)
		last = plan->length > 0 ? period_of(w, plan->as_of) :
			plan->calendar->ordinals[calendar_find(plan->calendar, plan->as_of)] - w->ordinal;
	if (last > ACTIVITY_MAX_OFFSET)
		activity_too_many_periods(plan->rule);
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
			QuickResult quick = activity_quick_blocks(plan, v, plan->any_start ? NULL : w.start.fit,
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
	plan = activity_plan(fcinfo);
	PG_GETARG_JOURNEY(ARG_JOURNEY, &view);
	if (plan->plain && plan->any_start && plan->any_return)
		quick = activity_quick_all(plan, &view, &a);
	if (quick == QUICK_NOT)
		a = walked_activity(plan, &view);
	if (quick == QUICK_NONE || a == NULL)
		PG_RETURN_NULL();
	if (!plan->reuse)
	{
		activity_latest.value = a;
		activity_latest.function = fcinfo->flinfo->fn_oid;
		activity_latest.expression = fcinfo->flinfo->fn_expr;
		activity_latest.plan = plan;
	}
	PG_RETURN_POINTER(a);
}
