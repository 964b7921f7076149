/*
 * activity.c
 *	  activity(j, start, "return", ...): in which calendar periods after a
 *	  customer's first start was there a return?
 *
 * One pass: the first touchpoint that fits `start` gives the cohort's period;
 * from there on the calendar's list of period starts is walked beside the
 * touchpoints, and a period that is known to be active asks no matcher again.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "activity.h"
#include "calendar_zone.h"

/* A matcher against the labels of one journey. */
typedef struct LabelFit
{
	const Matcher *matcher;
	uint8	   *fit;			/* by label: a MatcherFit */
} LabelFit;

typedef struct ActivityWalk
{
	JourneyView view;
	JourneyCursor cursor;
	JourneyLabel *labels;
	JourneyLabel *channels;		/* NULL until one is needed */

	/* the calendar, and where the walk stands in it */
	Calendar   *calendar;
	TimestampTz first_at;		/* of the start */
	uint32		entry;
	TimestampTz next;			/* where the next entry begins */
	int32		cohort;			/* ordinal */
	int32		offset;			/* of the period, from the cohort's */
	bool		active;			/* the period is known to be active */

	/* the set of active periods */
	uint8	   *bits;
	int			nbytes;
	int32		highest;
} ActivityWalk;

/* Does the current touchpoint fit? */
static bool
touchpoint_fits(ActivityWalk *w, LabelFit *f)
{
	const JourneyCursor *c = &w->cursor;
	uint8		fit = f->fit[c->label];

	if (fit != MF_MAYBE)
		return fit == MF_ALWAYS;
	if (w->channels == NULL)
	{
		w->channels = palloc((w->view.nchannels + 1) * sizeof(JourneyLabel));
		journey_read_labels(w->view.channels, w->view.nchannels, w->channels);
	}
	return matcher_fits(f->matcher, &w->labels[c->label],
						c->channel == 0 ? NULL : &w->channels[c->channel - 1],
						c->has_value, c->value);
}

static void
too_many_periods(CalendarRule rule)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("activity would span more than %d periods", ACTIVITY_MAX_OFFSET),
			 errhint("Take a longer period than a %s, or leave out touchpoints in the far past or future.",
					 calendar_period_name(rule.period))));
}

/* Make the calendar list both moments, unless they are too far apart. */
static void
cover(Calendar *calendar, TimestampTz from, TimestampTz to)
{
	uint64		days = ((uint64) to - (uint64) from) / USECS_PER_DAY;

	if (days > (uint64) calendar_longest(calendar->rule) * (ACTIVITY_MAX_OFFSET + 2))
		too_many_periods(calendar->rule);
	calendar_cover(calendar, from, to);
}

/* Go on to the period of a touchpoint that is not before w->next. */
static void
enter_period(ActivityWalk *w, TimestampTz at)
{
	Calendar   *calendar = w->calendar;

	CHECK_FOR_INTERRUPTS();
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
	w->offset = Max(calendar->ordinals[w->entry] - w->cohort, 0);
	if (w->offset > ACTIVITY_MAX_OFFSET)
		too_many_periods(calendar->rule);
	w->active = w->offset / 8 < w->nbytes &&
		(w->bits[w->offset / 8] >> (w->offset % 8) & 1) != 0;
}

static void
mark_active(ActivityWalk *w)
{
	int			byte = w->offset / 8;

	if (byte >= w->nbytes)
	{
		int			more = Min(Max(2 * w->nbytes, byte + 1), ACTIVITY_MAX_OFFSET / 8 + 1);
		uint8	   *larger = palloc0(more);

		memcpy(larger, w->bits, w->nbytes);
		w->bits = larger;
		w->nbytes = more;
	}
	w->bits[byte] |= 1 << (w->offset % 8);
	w->active = true;
	w->highest = Max(w->highest, w->offset);
}

/* The rest of a journey, whatever the matcher asks. */
static void
walk_touchpoints(ActivityWalk *w, LabelFit *again, TimestampTz as_of)
{
	while (journey_next(&w->cursor) && w->cursor.at <= as_of)
	{
		CHECK_FOR_INTERRUPTS();
		if (w->cursor.at >= w->next)
			enter_period(w, w->cursor.at);
		if (!w->active && touchpoint_fits(w, again))
			mark_active(w);
	}
}

/* A moment as units of a journey, rounded up. */
static inline int64
to_units(TimestampTz at, int64 unit)
{
	return at / unit + (at % unit > 0);
}

/*
 * The same where labels alone decide: in the journey's own units, without
 * channels and values.
 */
static void
walk_labels(ActivityWalk *w, const LabelFit *again, TimestampTz as_of)
{
	const JourneyView *v = &w->view;
	const uint8_t *lengths = journey_gap_length[v->unit];
	int64		unit = journey_unit_us[v->unit];
	int64		next = to_units(w->next, unit);
	int64		end = as_of == DT_NOEND ? PG_INT64_MAX : to_units(as_of + 1, unit);
	const uint8_t *gap = w->cursor.gap;
	int64		time = w->cursor.time;

	for (uint32 i = w->cursor.next; i < v->count; i++)
	{
		int			len = journey_gap_len(v->gap_codes, lengths, i - 1);

		gap += len;
		time += (int64) journey_gap_ending(gap, len);
		if (time >= end)
			break;
		if (time >= next)
		{
			enter_period(w, time * unit);
			next = to_units(w->next, unit);
		}
		if (!w->active &&
			again->fit[journey_code(v->codes, v->code_bits, i)] == MF_ALWAYS)
			mark_active(w);
	}
}

static const text *
required_text(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
	return PG_GETARG_TEXT_PP(n);
}

PG_FUNCTION_INFO_V1(activity);
Datum
activity(PG_FUNCTION_ARGS)
{
	Calendar   *calendar;
	ActivityWalk w;
	LabelFit	start;
	LabelFit	again;
	bool		has_as_of = !PG_ARGISNULL(6);
	TimestampTz as_of = has_as_of ? PG_GETARG_TIMESTAMPTZ(6) : DT_NOEND;
	uint8		few[32] = {1};	/* the start itself fills its period */
	int32		cohort_date;
	int32		last;
	bool		found = false;
	bool		any_start = false;
	bool		labels_decide = true;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	calendar = calendar_for(required_text(fcinfo, 4, "timezone"),
							required_text(fcinfo, 3, "period"),
							required_text(fcinfo, 5, "week_start"));
	if (has_as_of && TIMESTAMP_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of must be finite")));

	PG_GETARG_JOURNEY(0, &w.view);
	start.matcher = PG_GETARG_MATCHER_P(1);
	again.matcher = PG_GETARG_MATCHER_P(2);
	w.labels = palloc((w.view.nlabels + 1) * (sizeof(JourneyLabel) + 2));
	w.channels = NULL;
	start.fit = (uint8 *) (w.labels + w.view.nlabels + 1);
	again.fit = start.fit + w.view.nlabels + 1;
	journey_read_labels(w.view.labels, w.view.nlabels, w.labels);
	for (uint32 i = 0; i < w.view.nlabels; i++)
	{
		start.fit[i] = matcher_fits_label(start.matcher, &w.labels[i]);
		any_start |= start.fit[i] != MF_NEVER;
	}
	if (!any_start)
		PG_RETURN_NULL();

	journey_first(&w.cursor, &w.view);
	while (journey_next(&w.cursor) && w.cursor.at <= as_of)
	{
		CHECK_FOR_INTERRUPTS();
		if ((found = touchpoint_fits(&w, &start)))
			break;
	}
	if (!found)
		PG_RETURN_NULL();

	w.calendar = calendar;
	w.first_at = w.cursor.at;
	cover(calendar, w.first_at, has_as_of ? as_of : w.first_at);
	w.entry = calendar_find(calendar, w.first_at);
	w.next = calendar->starts[w.entry + 1];
	w.cohort = calendar->ordinals[w.entry];
	w.offset = 0;
	w.active = true;
	w.bits = few;
	w.nbytes = sizeof(few);
	w.highest = 0;
	cohort_date = calendar_first_date(calendar->rule, w.cohort);
	if (!IS_VALID_DATE(cohort_date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range")));

	for (uint32 i = 0; i < w.view.nlabels; i++)
	{
		again.fit[i] = matcher_fits_label(again.matcher, &w.labels[i]);
		labels_decide &= again.fit[i] != MF_MAYBE;
	}
	if (labels_decide)
		walk_labels(&w, &again, as_of);
	else
		walk_touchpoints(&w, &again, as_of);

	/* the last touchpoint of the walk was the journey's, if there is no as_of */
	last = w.offset;
	if (has_as_of)
	{
		last = calendar->ordinals[calendar_find(calendar, as_of)] - w.cohort;
		if (last > ACTIVITY_MAX_OFFSET)
			too_many_periods(calendar->rule);
	}
	last = Max(last, w.highest);
	PG_RETURN_POINTER(activity_make(calendar->rule, cohort_date, last, w.bits,
									w.highest / 8 + 1));
}
