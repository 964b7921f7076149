/*
 * journey_agg.c
 *	  Rows to journeys: journey_agg in all its forms, and a || b.
 *
 * The state keeps every touchpoint until the end (journey_build.c: 16 bytes
 * each, 8 more once there is a value, 8 more once there is a tiebreak) and is
 * sorted once, if at all.  What comes out never depends on the order in which
 * rows came in or on how they were split over partial states:
 *
 * - rows: by time, then tiebreak (NULL last), then event, channel and value;
 * - journeys: by time; touchpoints at one time keep their stored order where
 *   only one of the journeys has that time, and take the canonical order of
 *   event, channel and value where several do.  That makes || associative and
 *   commutative.
 */
#include "postgres.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"

#define STATE_VERSION	1
#define STATE_VALUES	0x01
#define STATE_TIEBREAKS 0x02

/*
 * In a state over journeys the tiebreak of a touchpoint is the number of the
 * journey it comes from.
 */
typedef struct JourneyAggState
{
	JourneyBuilder b;
	int64		sources;		/* journeys so far; 0 in a state over rows */
} JourneyAggState;

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "journey aggregate function called in non-aggregate context");
	return context;
}

static JourneyAggState *
new_state(MemoryContext context, uint32 expected)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	JourneyAggState *state = palloc(sizeof(JourneyAggState));

	journey_builder_init(&state->b, expected);
	state->sources = 0;
	MemoryContextSwitchTo(old);
	return state;
}

/* Set the tiebreak of the touchpoint that was added last. */
static void
set_tiebreak(JourneyBuilder *b, int64 tiebreak)
{
	if (b->tiebreaks == NULL)
	{
		b->tiebreaks = MemoryContextAlloc(b->context, b->allocated * sizeof(int64));
		for (uint32 i = 0; i < b->count; i++)
			b->tiebreaks[i] = PG_INT64_MAX;
	}
	b->tiebreaks[b->count - 1] = tiebreak;
}

/* -- rows ------------------------------------------------------------------------ */

static uint16
name_from_datum(JourneyBuilder *b, JourneyNames *names, Datum datum, const char *what)
{
	text	   *t = DatumGetTextPP(datum);
	JourneyLabel label;
	uint16		number;

	journey_label_checked(&label, VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t), what);
	number = journey_builder_name(b, names, &label);
	if ((Pointer) t != DatumGetPointer(datum))
		pfree(t);
	return number;
}

/*
 * journey_agg_row(internal, at, event [, channel [, value [, tiebreak]]])
 */
PG_FUNCTION_INFO_V1(journey_agg_row);
Datum
journey_agg_row(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	JourneyAggState *state = PG_ARGISNULL(0) ? NULL : (JourneyAggState *) PG_GETARG_POINTER(0);
	uint16		label;
	uint16		channel = 0;
	double		value = NAN;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (state == NULL)
		state = new_state(context, 4);
	label = name_from_datum(&state->b, &state->b.labels, PG_GETARG_DATUM(2), "event name");
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		channel = 1 + name_from_datum(&state->b, &state->b.channels,
									  PG_GETARG_DATUM(3), "channel name");
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
	{
		value = PG_GETARG_FLOAT8(4);
		if (!isfinite(value))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("value of a touchpoint must be a finite number"),
					 errhint("Use NULL for a touchpoint without a value.")));
	}
	journey_builder_add(&state->b, PG_GETARG_TIMESTAMPTZ(1), label, channel, value);
	if (PG_NARGS() > 5 && !PG_ARGISNULL(5))
		set_tiebreak(&state->b, PG_GETARG_INT64(5));
	PG_RETURN_POINTER(state);
}

/* -- journeys ---------------------------------------------------------------------- */

/* Append all touchpoints of a journey as the state's next source. */
static void
add_journey(JourneyAggState *state, const JourneyView *v)
{
	JourneyBuilder *b = &state->b;
	JourneyLabel label;
	uint16	   *labels = palloc((v->nlabels + v->nchannels + 1) * sizeof(uint16));
	uint16	   *channels = labels + v->nlabels;
	const uint8 *p = v->labels;
	JourneyCursor c;

	for (uint32 i = 0; i < v->nlabels; i++)
	{
		p = journey_next_label(p, &label);
		labels[i] = journey_builder_name(b, &b->labels, &label);
	}
	p = v->channels;
	for (uint32 i = 0; i < v->nchannels; i++)
	{
		p = journey_next_label(p, &label);
		channels[i] = journey_builder_name(b, &b->channels, &label);
	}
	state->sources++;
	journey_first(&c, v);
	while (journey_next(&c))
	{
		CHECK_FOR_INTERRUPTS();
		journey_builder_add(b, c.at, labels[c.label],
							c.channel == 0 ? 0 : 1 + channels[c.channel - 1],
							c.has_value ? c.value : NAN);
		set_tiebreak(b, state->sources);
	}
	pfree(labels);
}

PG_FUNCTION_INFO_V1(journey_agg_journey);
Datum
journey_agg_journey(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	JourneyAggState *state = PG_ARGISNULL(0) ? NULL : (JourneyAggState *) PG_GETARG_POINTER(0);
	JourneyView v;

	if (!PG_ARGISNULL(1))
	{
		PG_GETARG_JOURNEY(1, &v);
		if (state == NULL)
			state = new_state(context, v.count);
		add_journey(state, &v);
	}
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

/*
 * Order the touchpoints of a state over journeys: by time as they came, then
 * each group of one time that several journeys share canonically.  All groups
 * are sorted in one go, as the canonical order ranks all names first: what is
 * in none of them keeps its place by a tiebreak.
 */
static void
sort_sources(JourneyBuilder *b)
{
	int64	   *source = b->tiebreaks;
	int64	   *place;
	JourneyBuilder part = *b;
	uint32		from = b->count;
	uint32		to = 0;

	if (b->increasing)
		return;
	journey_builder_sort_stable(b);
	place = palloc(b->count * sizeof(int64));
	for (uint32 first = 0; first < b->count;)
	{
		uint32		end = first + 1;
		bool		shared = false;

		for (; end < b->count && b->touch[end].at == b->touch[first].at; end++)
			shared |= source[b->touch[end].seq] != source[b->touch[first].seq];
		for (uint32 i = first; i < end; i++)
			place[b->touch[i].seq] = shared ? 0 : i;
		if (shared)
		{
			from = Min(from, first);
			to = end;
		}
		first = end;
	}
	if (from < to)
	{
		part.touch = b->touch + from;
		part.count = to - from;
		part.tiebreaks = place;
		journey_builder_sort_canonical(&part);
	}
	pfree(place);
}

PG_FUNCTION_INFO_V1(journey_concat);
Datum
journey_concat(PG_FUNCTION_ARGS)
{
	JourneyAggState *state;
	JourneyView a;
	JourneyView b;

	PG_GETARG_JOURNEY(0, &a);
	PG_GETARG_JOURNEY(1, &b);
	state = new_state(CurrentMemoryContext,
					  (uint32) Min((uint64) a.count + b.count, JOURNEY_MAX_TOUCHPOINTS));
	add_journey(state, &a);
	add_journey(state, &b);
	sort_sources(&state->b);
	PG_RETURN_POINTER(journey_builder_finish(&state->b));
}

/* -- partial states ------------------------------------------------------------------ */

static uint16 *
merge_names(JourneyBuilder *dst, JourneyNames *into, const JourneyNames *from)
{
	uint16	   *map = palloc((from->count + 1) * sizeof(uint16));

	for (uint32 i = 0; i < from->count; i++)
		map[i] = journey_builder_name(dst, into, &from->names[i]);
	return map;
}

static void
merge_states(JourneyAggState *dst, const JourneyAggState *src)
{
	const JourneyBuilder *from = &src->b;
	JourneyBuilder *b = &dst->b;
	uint16	   *labels = merge_names(b, &b->labels, &from->labels);
	uint16	   *channels = merge_names(b, &b->channels, &from->channels);

	for (uint32 i = 0; i < from->count; i++)
	{
		const JourneyTouch *touch = &from->touch[i];

		CHECK_FOR_INTERRUPTS();
		journey_builder_add(b, touch->at, labels[touch->label],
							touch->channel == 0 ? 0 : 1 + channels[touch->channel - 1],
							from->values == NULL ? NAN : from->values[touch->seq]);
		if (from->tiebreaks != NULL)
			set_tiebreak(b, src->sources == 0 ? from->tiebreaks[touch->seq] :
						 dst->sources + from->tiebreaks[touch->seq]);
	}
	dst->sources += src->sources;
	pfree(labels);
	pfree(channels);
}

PG_FUNCTION_INFO_V1(journey_agg_combine);
Datum
journey_agg_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	JourneyAggState *state = PG_ARGISNULL(0) ? NULL : (JourneyAggState *) PG_GETARG_POINTER(0);

	if (!PG_ARGISNULL(1))
	{
		JourneyAggState *other = (JourneyAggState *) PG_GETARG_POINTER(1);

		if (state == NULL)
			state = new_state(context, other->b.count);
		merge_states(state, other);
	}
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

static void
serialize_names(StringInfo buf, const JourneyNames *names)
{
	pq_sendint32(buf, names->count);
	for (uint32 i = 0; i < names->count; i++)
	{
		char		text[JOURNEY_MAX_LABEL + 1];
		uint32		len = (uint32) journey_label_text(&names->names[i], text);

		pq_sendint32(buf, len);
		pq_sendbytes(buf, text, len);
	}
}

PG_FUNCTION_INFO_V1(journey_agg_serialize);
Datum
journey_agg_serialize(PG_FUNCTION_ARGS)
{
	JourneyAggState *state = (JourneyAggState *) PG_GETARG_POINTER(0);
	JourneyBuilder *b = &state->b;
	StringInfoData buf;

	aggregate_context(fcinfo);
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, STATE_VERSION);
	pq_sendbyte(&buf, (b->values != NULL ? STATE_VALUES : 0) |
				(b->tiebreaks != NULL ? STATE_TIEBREAKS : 0));
	pq_sendint64(&buf, state->sources);
	pq_sendint32(&buf, b->count);
	serialize_names(&buf, &b->labels);
	serialize_names(&buf, &b->channels);
	for (uint32 i = 0; i < b->count; i++)
	{
		const JourneyTouch *touch = &b->touch[i];

		CHECK_FOR_INTERRUPTS();
		pq_sendint64(&buf, touch->at);
		pq_sendint16(&buf, touch->label);
		pq_sendint16(&buf, touch->channel);
		if (b->values != NULL)
			pq_sendfloat8(&buf, b->values[touch->seq]);
		if (b->tiebreaks != NULL)
			pq_sendint64(&buf, b->tiebreaks[touch->seq]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
deserialize_names(StringInfo buf, JourneyBuilder *b, JourneyNames *names)
{
	uint32		count = pq_getmsgint(buf, 4);

	for (uint32 i = 0; i < count; i++)
	{
		uint32		len = pq_getmsgint(buf, 4);
		JourneyLabel label;

		journey_label_from_text(&label, pq_getmsgbytes(buf, len), len);
		journey_builder_name(b, names, &label);
	}
}

PG_FUNCTION_INFO_V1(journey_agg_deserialize);
Datum
journey_agg_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buf;
	JourneyAggState *state;
	JourneyBuilder *b;
	int			flags;
	uint32		count;

	aggregate_context(fcinfo);
	buf.data = VARDATA_ANY(bytes);
	buf.len = VARSIZE_ANY_EXHDR(bytes);
	buf.maxlen = buf.len;
	buf.cursor = 0;
	if (pq_getmsgbyte(&buf) != STATE_VERSION)
		elog(ERROR, "unknown version of a journey_agg state");
	flags = pq_getmsgbyte(&buf);
	state = new_state(CurrentMemoryContext, 4);
	state->sources = pq_getmsgint64(&buf);
	count = pq_getmsgint(&buf, 4);
	b = &state->b;
	deserialize_names(&buf, b, &b->labels);
	deserialize_names(&buf, b, &b->channels);
	for (uint32 i = 0; i < count; i++)
	{
		TimestampTz at = pq_getmsgint64(&buf);
		uint16		label = pq_getmsgint(&buf, 2);
		uint16		channel = pq_getmsgint(&buf, 2);

		CHECK_FOR_INTERRUPTS();
		journey_builder_add(b, at, label, channel,
							flags & STATE_VALUES ? pq_getmsgfloat8(&buf) : NAN);
		if (flags & STATE_TIEBREAKS)
			set_tiebreak(b, pq_getmsgint64(&buf));
	}
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(state);
}

/*
 * Sorting in place changes the order of the state's touchpoints, not what the
 * state means: more rows may follow and it may be finished again.
 */
PG_FUNCTION_INFO_V1(journey_agg_final);
Datum
journey_agg_final(PG_FUNCTION_ARGS)
{
	JourneyAggState *state;

	aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (JourneyAggState *) PG_GETARG_POINTER(0);
	if (state->sources > 0)
		sort_sources(&state->b);
	else
		journey_builder_sort_canonical(&state->b);
	PG_RETURN_POINTER(journey_builder_finish(&state->b));
}
