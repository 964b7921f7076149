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

/* A matcher against the labels of one journey, each asked when first met. */
typedef struct LabelFit
{
	const Matcher *matcher;
	uint8	   *fit;			/* by label: 0 not asked yet, or 1 + MatcherFit */
} LabelFit;

typedef struct ActivityWalk
{
	JourneyView view;
	JourneyCursor cursor;
	JourneyLabel *labels;
	JourneyLabel *channels;		/* NULL until one is needed */
} ActivityWalk;

/* Does the current touchpoint fit? */
static bool
touchpoint_fits(ActivityWalk *w, LabelFit *f)
{
	const JourneyCursor *c = &w->cursor;
	uint8		fit = f->fit[c->label];

	if (fit == 0)
		fit = f->fit[c->label] = 1 + matcher_fits_label(f->matcher, &w->labels[c->label]);
	if (fit != 1 + MF_MAYBE)
		return fit == 1 + MF_ALWAYS;
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
			 errhint("Take a longer period than a %s, or give as_of to leave out touchpoints in the far future.",
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
	ActivityWalk w = {0};
	LabelFit	start;
	LabelFit	again;
	bool		has_as_of = !PG_ARGISNULL(6);
	TimestampTz as_of = has_as_of ? PG_GETARG_TIMESTAMPTZ(6) : DT_NOEND;
	uint8		few[32] = {1};
	uint8	   *bits = few;
	int			nbytes = sizeof(few);
	TimestampTz first_at;
	TimestampTz next;
	uint32		entry;
	int32		cohort;
	int32		cohort_date;
	int32		offset;
	int32		highest = 0;
	int32		last;
	bool		active;
	bool		found = false;
	bool		any_start = false;

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
	start.fit = (uint8 *) (w.labels + w.view.nlabels + 1);
	again.fit = start.fit + w.view.nlabels + 1;
	memset(again.fit, 0, w.view.nlabels + 1);
	journey_read_labels(w.view.labels, w.view.nlabels, w.labels);
	for (uint32 i = 0; i < w.view.nlabels; i++)
	{
		start.fit[i] = 1 + matcher_fits_label(start.matcher, &w.labels[i]);
		any_start |= start.fit[i] != 1 + MF_NEVER;
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

	first_at = w.cursor.at;
	cover(calendar, first_at, has_as_of ? as_of : first_at);
	entry = calendar_find(calendar, first_at);
	cohort = calendar->ordinals[entry];
	cohort_date = calendar_first_date(calendar->rule, cohort);
	if (!IS_VALID_DATE(cohort_date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range")));
	next = calendar->starts[entry + 1];
	offset = 0;
	active = true;				/* the start itself fills its period */

	while (journey_next(&w.cursor) && w.cursor.at <= as_of)
	{
		TimestampTz at = w.cursor.at;

		CHECK_FOR_INTERRUPTS();
		if (at >= next)
		{
			if (at >= calendar->starts[calendar->count])
			{
				cover(calendar, first_at, at);
				entry = calendar_find(calendar, at);
			}
			else
			{
				/* mostly one of the next few; a long pause is searched */
				for (int steps = 0; at >= calendar->starts[entry + 1]; entry++)
				{
					if (++steps == 8)
					{
						entry = calendar_find(calendar, at);
						break;
					}
				}
			}
			next = calendar->starts[entry + 1];

			/* where clocks went back over midnight: not before the start */
			offset = Max(calendar->ordinals[entry] - cohort, 0);
			if (offset > ACTIVITY_MAX_OFFSET)
				too_many_periods(calendar->rule);
			active = offset / 8 < nbytes && (bits[offset / 8] >> (offset % 8) & 1) != 0;
		}
		if (active || !touchpoint_fits(&w, &again))
			continue;
		if (offset / 8 >= nbytes)
		{
			int			more = Min(Max(2 * nbytes, offset / 8 + 1), ACTIVITY_MAX_OFFSET / 8 + 1);
			uint8	   *larger = palloc0(more);

			memcpy(larger, bits, nbytes);
			bits = larger;
			nbytes = more;
		}
		bits[offset / 8] |= 1 << (offset % 8);
		active = true;
		highest = Max(highest, offset);
	}

	/* the cursor's last touchpoint was the journey's, unless as_of came first */
	last = offset;
	if (has_as_of)
	{
		entry = calendar_find(calendar, as_of);
		last = calendar->ordinals[entry] - cohort;
		if (last > ACTIVITY_MAX_OFFSET)
			too_many_periods(calendar->rule);
	}
	last = Max(last, highest);
	PG_RETURN_POINTER(activity_make(calendar->rule, cohort_date, last, bits, highest / 8 + 1));
}
