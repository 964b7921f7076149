/*
 * journey_paths.c
 *	  The paths of a journey for the aggregates over channels: what
 *	  conversion_paths would answer, without its rows.
 *
 * Aggregates know neither defaults nor names of arguments, so the options are a
 * value of their own, journey.path_options.  That of a query with constant
 * options is one constant, which is read once.  Otherwise its parts are
 * compared with those of the call before; conversions given as a journey are of
 * each row their own.
 *
 * Stretches, windows and steps are in core/channel_paths.c.  What is asked of a
 * journey beyond its codes (touches by a matcher, conversions by channel or
 * value) is asked by a walk.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/typcache.h"

#include "journey_paths.h"
#include "label_fit.h"

/* The attributes of journey.path_options. */
enum
{
	PO_CONVERSION, PO_LOOKBACK, PO_TOUCH, PO_TRANSFORM, PO_RESTART, PO_CONVERSIONS, PO_COUNT
};
#define PO_COMPARED PO_CONVERSIONS

/* Of values from 1 on. */
static const AttributionSignature signature = {
	[AA_CONVERSION] = 1 + PO_CONVERSION,
	[AA_LOOKBACK] = 1 + PO_LOOKBACK,
	[AA_TOUCH] = 1 + PO_TOUCH,
	[AA_TRANSFORM] = 1 + PO_TRANSFORM,
	[AA_RESTART] = 1 + PO_RESTART,
};

/* A count of touches in brackets. */
#define COUNTED_ROOM		16

/* Journeys longer than this get room of their own. */
#define KEPT_TOUCHPOINTS	1024

/* -- options -------------------------------------------------------------------- */

/* path_options(conversion, lookback, touch, transform, restart, conversions) */
PG_FUNCTION_INFO_V1(path_options);
Datum
path_options(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	Datum		values[PO_COUNT];
	bool		nulls[PO_COUNT];

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	for (int i = 0; i < PO_COUNT; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i);
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

static void
read_attributes(Datum options, NullableDatum *parts, Oid *types)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(options);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header),
											  HeapTupleHeaderGetTypMod(header));
	HeapTupleData tuple;

	if (desc->natts != PO_COUNT)
		elog(ERROR, "unexpected number of path options");
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	for (int i = 0; i < PO_COUNT; i++)
	{
		parts[i].value = heap_getattr(&tuple, i + 1, desc, &parts[i].isnull);
		types[i] = TupleDescAttr(desc, i)->atttypid;
	}
	ReleaseTupleDesc(desc);
}

/* The question of argument n, which is not NULL. */
static void
read_options(JourneyPaths *p, FunctionCallInfo fcinfo, int n)
{
	NullableDatum parts[PO_COUNT];
	NullableDatum values[1 + PO_COMPARED];
	Oid			types[PO_COUNT];
	MemoryContext old;

	if (p->constant && p->kept.ready)
		return;
	read_attributes(PG_GETARG_DATUM(n), parts, types);
	p->conversions = parts[PO_CONVERSIONS];
	if (p->kept.context == NULL)
		kept_values_init(&p->kept, p->context, PO_COMPARED, types);
	if (kept_values_same(&p->kept, parts))
		return;
	kept_values_take(&p->kept, parts);
	old = MemoryContextSwitchTo(p->kept.context);
	memcpy(values + 1, p->kept.given, PO_COMPARED * sizeof(NullableDatum));
	attribution_question_read(&p->question, values, signature);
	if (p->constant && !p->conversions.isnull)
		p->conversions.value = PointerGetDatum(PG_DETOAST_DATUM_COPY(p->conversions.value));
	MemoryContextSwitchTo(old);
	journey_paths_asked(p);
	p->kept.ready = true;
}

void
journey_paths_asked(JourneyPaths *p)
{
	p->each_step = p->question.transform == AT_EXPOSURE || p->question.transform == AT_UNIQUE;
	memset(p->conversion_fits, 0, sizeof(p->conversion_fits));
}

void
journey_paths_init(JourneyPaths *p, FunctionCallInfo fcinfo, int n)
{
	p->context = fcinfo->flinfo->fn_mcxt;
	p->constant = kept_args_constant(fcinfo, n);
}

/* -- room ----------------------------------------------------------------------- */

static void *
make_room(MemoryContext context, void *old, size_t n, size_t size)
{
	if (old != NULL)
		pfree(old);
	return MemoryContextAllocHuge(context, (n + 1) * size);
}

static void
room_for_touchpoints(PathsRoom *r, MemoryContext context, uint32 n)
{
	if (n <= r->touchpoints)
		return;
	r->touchpoints = 0;
	r->stretches = make_room(context, r->stretches, n, sizeof(ChannelStretch));
	r->places = make_room(context, r->places, n, sizeof(uint32));
	r->channels = make_room(context, r->channels, n, sizeof(uint32));
	r->steps = make_room(context, r->steps, n, sizeof(ChannelStep));
	r->at = make_room(context, r->at, n, sizeof(int64));
	r->touchpoints = n;
}

static void
room_for_conversions(PathsRoom *r, MemoryContext context, uint32 n)
{
	if (n < r->conversions)
		return;
	r->conversions = 0;
	r->windows = make_room(context, r->windows, n, sizeof(ChannelWindow));
	r->conversion_at = make_room(context, r->conversion_at, n, sizeof(int64));
	r->values = make_room(context, r->values, n, sizeof(double));
	r->conversions = n + 1;
}

/* Room for a journey and its conversions, of which there are at most so many. */
static void
choose_room(JourneyPaths *p, uint32 touchpoints, uint32 conversions)
{
	if (touchpoints <= KEPT_TOUCHPOINTS && conversions <= KEPT_TOUCHPOINTS)
	{
		p->room = &p->kept_room;
		room_for_touchpoints(p->room, p->context, KEPT_TOUCHPOINTS);
		room_for_conversions(p->room, p->context, KEPT_TOUCHPOINTS);
		return;
	}
	memset(&p->own_room, 0, sizeof(p->own_room));
	p->room = &p->own_room;
	room_for_touchpoints(p->room, CurrentMemoryContext, touchpoints);
	room_for_conversions(p->room, CurrentMemoryContext, conversions);
}

/* -- a journey ------------------------------------------------------------------ */

static void
read_touches(JourneyPaths *p)
{
	bool		join = p->question.transform != AT_UNIQUE;
	LabelTable	table;
	LabelFit	touch;
	JourneyCursor c;

	p->stretches = p->room->stretches;
	if (p->question.touch == NULL)
	{
		p->nstretches = channel_stretches(&p->view, join, p->stretches);
		return;
	}
	p->nstretches = 0;
	label_table_init(&table, &p->view);
	label_fit_init(&touch, &table, p->question.touch);
	if (!touch.any)
		return;
	journey_first(&c, &p->view);
	while (journey_next(&c))
	{
		CHECK_FOR_INTERRUPTS();
		if (label_fits(&touch, &table, &c))
			p->nstretches = channel_stretch_add(p->stretches, p->nstretches, join,
												c.next - 1, c.channel);
	}
}

/* Does a label fit the conversion?  Remembered for well-known names. */
static inline MatcherFit
conversion_fit(JourneyPaths *p, const JourneyLabel *label)
{
	uint8	   *kept;

	if (label->text != NULL || label->known >= JOURNEY_PATHS_KNOWN)
		return matcher_fits_label(p->question.conversion, label);
	kept = &p->conversion_fits[label->known];
	if (*kept == 0)
		*kept = 1 + (uint8) matcher_fits_label(p->question.conversion, label);
	return *kept - 1;
}

bool
journey_paths_plain(JourneyPaths *p, ChannelNames *conversions)
{
	const AttributionQuestion *q = &p->question;

	channel_run_init();
	memset(conversions, 0, sizeof(*conversions));
	if (q->conversion == NULL || q->touch != NULL ||
		q->transform != AT_EXPOSURE || q->lookback != ATTRIBUTION_NO_LIMIT || !q->restart)
		return false;
	for (uint16 known = 0; known < 128; known++)
	{
		JourneyLabel label = {.known = known};
		MatcherFit	fit = conversion_fit(p, &label);

		if (fit == MF_MAYBE)
			return false;
		if (fit == MF_ALWAYS)
			conversions->bits[known % 16] |= (uint8) (1 << known / 16);
	}
	return true;
}

/* Where the journey itself says what converts. */
static void
read_conversions(JourneyPaths *p)
{
	const JourneyView *v = &p->view;
	const uint8 *label_at = v->labels;
	uint8		few[64];
	uint8	   *fits = few;
	bool		any = false;
	bool		labels_decide = true;
	LabelTable	table;
	LabelFit	conversion;
	JourneyCursor c;

	if (v->nlabels > lengthof(few))
		fits = palloc(v->nlabels);
	for (uint32 i = 0; i < v->nlabels; i++)
	{
		JourneyLabel label;
		MatcherFit	fit;

		label_at = journey_next_label(label_at, &label);
		fit = conversion_fit(p, &label);
		fits[i] = fit == MF_ALWAYS;
		any |= fit != MF_NEVER;
		labels_decide &= fit != MF_MAYBE;
	}
	if (!any)
		return;
	if (labels_decide)
	{
		p->nconversions = channel_conversions(v, fits, p->room->places);
		channel_values(v, p->room->places, p->nconversions, p->values);
		return;
	}
	label_table_init(&table, v);
	label_fit_init(&conversion, &table, p->question.conversion);
	journey_first(&c, v);
	while (journey_next(&c))
	{
		CHECK_FOR_INTERRUPTS();
		if (!label_fits(&conversion, &table, &c))
			continue;
		p->room->places[p->nconversions] = c.next - 1;
		p->values[p->nconversions++] = c.has_value ? c.value : 0;
	}
}

/*
 * The windows of all conversions and of the rest.  With conversions from
 * elsewhere times are microseconds since 2000, else they count from the first
 * touchpoint in units of the journey.
 */
static void
read_windows(JourneyPaths *p, const JourneyView *given, bool times)
{
	const JourneyView *v = &p->view;
	PathsRoom  *r = p->room;
	uint64		lookback = p->question.lookback;
	uint32		n = p->nconversions;

	p->at = r->at;
	p->conversion_at = r->conversion_at;
	if (n > 0 || lookback != ATTRIBUTION_NO_LIMIT || times)
	{
		p->base = journey_first_at(v);
		p->unit = 1;
		if (v->count > 0)
			channel_times(v, r->at, &p->unit);
		if (given != NULL)
		{
			for (uint32 i = 0; i < v->count; i++)
				r->at[i] = p->base + r->at[i] * p->unit;
			p->base = 0;
			p->unit = 1;
		}
		else
		{
			for (uint32 i = 0; i < n; i++)
				r->conversion_at[i] = r->at[r->places[i]];
			if (lookback != ATTRIBUTION_NO_LIMIT)
				lookback /= (uint64) p->unit;
		}
	}
	p->windows = r->windows;
	channel_windows(r->at, v->count, r->conversion_at, n, lookback, p->question.restart,
					p->windows);
	p->nwindows = n;
	if (p->nstretches > 0)
	{
		uint32		last = p->stretches[p->nstretches - 1].last;

		p->windows[p->nwindows++] = channel_rest(r->at, v->count,
												 n > 0 ? p->windows[n - 1].end : 0, last,
												 lookback);
	}
	p->channels = r->channels;
	channel_meet(p->stretches, p->nstretches, p->question.transform == AT_EXPOSURE,
				 p->windows, p->nwindows, p->channels);
}

void
journey_paths_of(JourneyPaths *p, Datum journey, NullableDatum conversions, bool all)
{
	JourneyView given;
	JourneyCursor c;

	journey_fetch(journey, &p->view);
	if (!conversions.isnull)
		journey_fetch(conversions.value, &given);
	choose_room(p, p->view.count, conversions.isnull ? p->view.count : given.count);
	p->labels = NULL;
	p->numbers = NULL;
	p->seen = NULL;
	p->values = p->room->values;
	p->nconversions = 0;
	p->nwindows = 0;
	read_touches(p);
	if (p->nstretches == 0 && !all)
		return;
	if (conversions.isnull)
		read_conversions(p);
	else
	{
		journey_first(&c, &given);
		while (journey_next(&c))
		{
			CHECK_FOR_INTERRUPTS();
			p->room->conversion_at[p->nconversions] = c.at;
			p->values[p->nconversions] = c.has_value ? c.value : 0;
			p->nconversions++;
		}
	}
	read_windows(p, conversions.isnull ? NULL : &given, all);
}

bool
journey_paths_read(JourneyPaths *p, FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		return false;
	read_options(p, fcinfo, n);
	attribution_one_of(p->question.conversion != NULL, !p->conversions.isnull);
	if (PG_ARGISNULL(n - 1) || (p->question.conversion == NULL && p->conversions.isnull))
		return false;
	journey_paths_of(p, PG_GETARG_DATUM(n - 1), p->conversions, false);
	for (uint32 i = 0; i < p->nwindows; i++)
	{
		if (p->windows[i].end_stretch > p->windows[i].first_stretch)
			return true;
	}
	return false;
}

uint32
journey_path_steps(JourneyPaths *p, AttributionTransform transform,
				   const ChannelWindow *window, ChannelStep **steps)
{
	if (p->seen == NULL)
		p->seen = palloc0((p->view.nchannels + 1) * sizeof(uint32));
	*steps = p->room->steps;
	return channel_steps(transform, p->stretches, window, p->seen, *steps);
}

/* -- names ---------------------------------------------------------------------- */

void
journey_path_channel(JourneyPaths *p, uint32 channel, JourneyLabel *label)
{
	if (channel == 0)
	{
		journey_label_from_text(label, NO_CHANNEL, strlen(NO_CHANNEL));
		return;
	}
	if (p->labels == NULL)
	{
		p->labels = palloc((p->view.nchannels + 1) * sizeof(JourneyLabel));
		journey_read_labels(p->view.channels, p->view.nchannels, p->labels);
	}
	*label = p->labels[channel - 1];
}

int32
journey_path_number(JourneyPaths *p, Tally **t, uint32 channel)
{
	JourneyLabel label;
	int32		number;

	if (p->numbers == NULL)
	{
		uint32		n = p->view.nchannels + 1;

		p->numbers = n <= JOURNEY_PATHS_FEW ? p->few_numbers : palloc(n * sizeof(int32));
		memset(p->numbers, -1, n * sizeof(int32));
	}
	journey_path_channel(p, channel, &label);
	if (label.text == NULL && label.known < JOURNEY_PATHS_KNOWN)
		number = journey_known_number(p, t, label.known);
	else
		number = tally_label_grow(t, &label);
	return p->numbers[channel] = number;
}

/* Name of a step with frequency; the text is put into room for it. */
static void
counted_name(JourneyPaths *p, const ChannelStep *step, char *text, JourneyLabel *label)
{
	size_t		len;

	journey_path_channel(p, step->channel, label);
	len = journey_label_text(label, text);
	len += snprintf(text + len, COUNTED_ROOM, "(%u)", step->touches);
	journey_label_checked(label, text, len, "channel name");
}

void
journey_step_name(JourneyPaths *p, const ChannelStep *step, JourneyLabel *label)
{
	if (p->question.transform == AT_FREQUENCY)
		counted_name(p, step, palloc(JOURNEY_MAX_LABEL + COUNTED_ROOM), label);
	else
		journey_path_channel(p, step->channel, label);
}

int32
journey_step_label(JourneyPaths *p, Tally **t, const ChannelStep *step)
{
	char		text[JOURNEY_MAX_LABEL + COUNTED_ROOM];
	JourneyLabel label;

	if (p->question.transform != AT_FREQUENCY)
		return journey_path_label(p, t, step->channel);
	counted_name(p, step, text, &label);
	return tally_label_grow(t, &label);
}
