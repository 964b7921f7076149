/*
 * journey_func.c
 *	  What one journey is asked: its counts, times, labels and touchpoints, and
 *	  the functions that make a journey of a part of it.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "label_fit.h"

/* -- counts and times -------------------------------------------------------- */

PG_FUNCTION_INFO_V1(journey_touchpoint_count);
Datum
journey_touchpoint_count(PG_FUNCTION_ARGS)
{
	JourneyView v;

	PG_GETARG_JOURNEY(0, &v);
	PG_RETURN_INT32((int32) v.count);
}

PG_FUNCTION_INFO_V1(journey_first_at_sql);
Datum
journey_first_at_sql(PG_FUNCTION_ARGS)
{
	JourneyView v;

	PG_GETARG_JOURNEY(0, &v);
	if (v.count == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(journey_first_at(&v));
}

PG_FUNCTION_INFO_V1(journey_last_at_sql);
Datum
journey_last_at_sql(PG_FUNCTION_ARGS)
{
	JourneyView v;

	PG_GETARG_JOURNEY(0, &v);
	if (v.count == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(journey_last_at(&v));
}

PG_FUNCTION_INFO_V1(journey_duration);
Datum
journey_duration(PG_FUNCTION_ARGS)
{
	JourneyView v;

	PG_GETARG_JOURNEY(0, &v);
	if (v.count == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(DirectFunctionCall2(timestamp_mi,
										TimestampTzGetDatum(journey_last_at(&v)),
										TimestampTzGetDatum(journey_first_at(&v))));
}

/* -- matching touchpoints ------------------------------------------------------ */

/* A journey together with what a matcher says to each of its labels. */
typedef struct MatchedJourney
{
	JourneyView v;
	LabelTable	table;
	LabelFit	fit;
} MatchedJourney;

static void
match_labels(MatchedJourney *m, Datum journey, const Matcher *matcher)
{
	journey_fetch(journey, &m->v);
	label_table_init(&m->table, &m->v);
	label_fit_init(&m->fit, &m->table, matcher);
}

PG_FUNCTION_INFO_V1(journey_touchpoint_count_matching);
Datum
journey_touchpoint_count_matching(PG_FUNCTION_ARGS)
{
	MatchedJourney m;
	JourneyCursor c;
	int32		n = 0;

	match_labels(&m, PG_GETARG_DATUM(0), PG_GETARG_MATCHER_P(1));
	if (m.fit.any)
	{
		journey_first(&c, &m.v);
		while (journey_next(&c))
		{
			CHECK_FOR_INTERRUPTS();
			n += label_fits(&m.fit, &m.table, &c);
		}
	}
	PG_RETURN_INT32(n);
}

PG_FUNCTION_INFO_V1(journey_value_sum);
Datum
journey_value_sum(PG_FUNCTION_ARGS)
{
	MatchedJourney m;
	JourneyCursor c;
	double		sum = 0;
	bool		found = false;

	match_labels(&m, PG_GETARG_DATUM(0), PG_GETARG_MATCHER_P(1));
	if (m.fit.any && m.v.nvalues > 0)
	{
		journey_first(&c, &m.v);
		while (journey_next(&c))
		{
			CHECK_FOR_INTERRUPTS();
			if (c.has_value && label_fits(&m.fit, &m.table, &c))
			{
				sum += c.value;
				found = true;
			}
		}
	}
	if (!found)
		PG_RETURN_NULL();
	if (!isfinite(sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of the values of a journey is out of range")));
	PG_RETURN_FLOAT8(sum);
}

/* -- touchpoints as rows ---------------------------------------------------------- */

/* The label texts of an opened journey as Datums, made once. */
static Datum *
label_datums(const uint8 *table, uint32 count)
{
	Datum	   *datums = palloc((count + 1) * sizeof(Datum));

	for (uint32 i = 0; i < count; i++)
	{
		JourneyLabel label;

		table = journey_next_label(table, &label);
		datums[i] = journey_label_datum(&label);
	}
	return datums;
}

static HeapTuple
touchpoint_tuple(TupleDesc desc, const JourneyCursor *c,
				 const Datum *labels, const Datum *channels)
{
	Datum		values[5];
	bool		nulls[5] = {false, false, false, c->channel == 0, !c->has_value};

	values[0] = Int32GetDatum((int32) c->next);
	values[1] = TimestampTzGetDatum(c->at);
	values[2] = labels[c->label];
	values[3] = c->channel == 0 ? (Datum) 0 : channels[c->channel - 1];
	values[4] = c->has_value ? Float8GetDatum(c->value) : (Datum) 0;
	return heap_form_tuple(desc, values, nulls);
}

static TupleDesc
result_desc(FunctionCallInfo fcinfo)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return BlessTupleDesc(desc);
}

typedef struct TouchpointsState
{
	JourneyView v;
	JourneyCursor c;
	Datum	   *labels;
	Datum	   *channels;
} TouchpointsState;

PG_FUNCTION_INFO_V1(journey_touchpoints);
Datum
journey_touchpoints(PG_FUNCTION_ARGS)
{
	FuncCallContext *funcctx;
	TouchpointsState *state;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;

		funcctx = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(funcctx->multi_call_memory_ctx);
		state = palloc(sizeof(TouchpointsState));
		journey_fetch(PointerGetDatum(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0))), &state->v);
		state->labels = label_datums(state->v.labels, state->v.nlabels);
		state->channels = label_datums(state->v.channels, state->v.nchannels);
		journey_first(&state->c, &state->v);
		funcctx->tuple_desc = result_desc(fcinfo);
		funcctx->user_fctx = state;
		MemoryContextSwitchTo(old);
	}
	funcctx = SRF_PERCALL_SETUP();
	state = funcctx->user_fctx;
	if (!journey_next(&state->c))
		SRF_RETURN_DONE(funcctx);
	SRF_RETURN_NEXT(funcctx,
					HeapTupleGetDatum(touchpoint_tuple(funcctx->tuple_desc, &state->c,
													   state->labels, state->channels)));
}

/* nth(j, n): the n-th touchpoint, from the end if n is negative */
PG_FUNCTION_INFO_V1(journey_nth);
Datum
journey_nth(PG_FUNCTION_ARGS)
{
	JourneyView v;
	JourneyCursor c;
	int64		n = PG_GETARG_INT32(1);

	PG_GETARG_JOURNEY(0, &v);
	if (n < 0)
		n += (int64) v.count + 1;
	if (n < 1 || n > v.count)
		PG_RETURN_NULL();
	journey_first(&c, &v);
	while (journey_next(&c) && c.next < n)
		CHECK_FOR_INTERRUPTS();
	PG_RETURN_DATUM(HeapTupleGetDatum(touchpoint_tuple(result_desc(fcinfo), &c,
													   label_datums(v.labels, v.nlabels),
													   label_datums(v.channels, v.nchannels))));
}

/* A text[] of as many elements as the journey has touchpoints. */
static Datum
text_array(Datum *elements, bool *nulls, uint32 count)
{
	int			dims[1] = {(int) count};
	int			lbs[1] = {1};

	if (count == 0)
		return PointerGetDatum(construct_empty_array(TEXTOID));
	return PointerGetDatum(construct_md_array(elements, nulls, 1, dims, lbs,
											  TEXTOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(journey_events);
Datum
journey_events(PG_FUNCTION_ARGS)
{
	JourneyView v;
	Datum	   *labels;
	Datum	   *elements;

	PG_GETARG_JOURNEY(0, &v);
	labels = label_datums(v.labels, v.nlabels);
	elements = palloc((v.count + 1) * sizeof(Datum));
	for (uint32 i = 0; i < v.count; i++)
		elements[i] = labels[journey_code(v.codes, v.code_bits, i)];
	PG_RETURN_DATUM(text_array(elements, NULL, v.count));
}

PG_FUNCTION_INFO_V1(journey_channels);
Datum
journey_channels(PG_FUNCTION_ARGS)
{
	JourneyView v;
	Datum	   *channels;
	Datum	   *elements;
	bool	   *nulls;

	PG_GETARG_JOURNEY(0, &v);
	channels = label_datums(v.channels, v.nchannels);
	elements = palloc((v.count + 1) * sizeof(Datum));
	nulls = palloc(v.count + 1);
	for (uint32 i = 0; i < v.count; i++)
	{
		uint32		channel = v.nchannels == 0 ? 0 :
		journey_code(v.channel_codes, v.channel_bits, i);

		nulls[i] = channel == 0;
		elements[i] = channel == 0 ? (Datum) 0 : channels[channel - 1];
	}
	PG_RETURN_DATUM(text_array(elements, nulls, v.count));
}

/* -- parts of a journey -------------------------------------------------------------- */

/*
 * A builder whose labels and channels are those of an opened journey, by the
 * same numbers, so that touchpoints are copied without looking at names.
 */
static void
builder_like(JourneyBuilder *b, const JourneyView *v)
{
	journey_builder_init(b, 16);
	b->labels.names = palloc((v->nlabels + 1) * sizeof(JourneyLabel));
	b->labels.count = b->labels.allocated = v->nlabels;
	journey_read_labels(v->labels, v->nlabels, b->labels.names);
	b->channels.names = palloc((v->nchannels + 1) * sizeof(JourneyLabel));
	b->channels.count = b->channels.allocated = v->nchannels;
	journey_read_labels(v->channels, v->nchannels, b->channels.names);
}

static void
copy_touchpoint(JourneyBuilder *b, const JourneyCursor *c)
{
	journey_builder_add(b, c->at, (uint16) c->label, (uint16) c->channel,
						c->has_value ? c->value : NAN);
}

/* filter(j, matcher): the touchpoints that fit */
PG_FUNCTION_INFO_V1(journey_filter);
Datum
journey_filter(PG_FUNCTION_ARGS)
{
	MatchedJourney m;
	JourneyBuilder b;
	JourneyCursor c;

	match_labels(&m, PG_GETARG_DATUM(0), PG_GETARG_MATCHER_P(1));
	builder_like(&b, &m.v);
	if (m.fit.any)
	{
		journey_first(&c, &m.v);
		while (journey_next(&c))
		{
			CHECK_FOR_INTERRUPTS();
			if (label_fits(&m.fit, &m.table, &c))
				copy_touchpoint(&b, &c);
		}
	}
	PG_RETURN_POINTER(journey_builder_finish(&b));
}

/* slice(j, from, to): from <= at < to; NULL is no bound */
PG_FUNCTION_INFO_V1(journey_slice);
Datum
journey_slice(PG_FUNCTION_ARGS)
{
	JourneyView v;
	JourneyBuilder b;
	JourneyCursor c;
	TimestampTz from = PG_ARGISNULL(1) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(1);
	TimestampTz to = PG_ARGISNULL(2) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(2);

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_GETARG_JOURNEY(0, &v);
	builder_like(&b, &v);
	journey_first(&c, &v);
	while (journey_next(&c) && c.at < to)
	{
		CHECK_FOR_INTERRUPTS();
		if (c.at >= from)
			copy_touchpoint(&b, &c);
	}
	PG_RETURN_POINTER(journey_builder_finish(&b));
}

/* collapse(j): of touchpoints with the same event in a row, the first */
PG_FUNCTION_INFO_V1(journey_collapse);
Datum
journey_collapse(PG_FUNCTION_ARGS)
{
	JourneyView v;
	JourneyBuilder b;
	JourneyCursor c;
	int64		last = -1;

	PG_GETARG_JOURNEY(0, &v);
	builder_like(&b, &v);
	journey_first(&c, &v);
	while (journey_next(&c))
	{
		CHECK_FOR_INTERRUPTS();
		if (c.label != last)
			copy_touchpoint(&b, &c);
		last = c.label;
	}
	PG_RETURN_POINTER(journey_builder_finish(&b));
}

typedef struct SplitState
{
	JourneyView v;
	JourneyCursor c;
	int64		timeout;
	bool		more;			/* the cursor stands on a touchpoint to come */
} SplitState;

static int64
timeout_from_interval(const Interval *timeout)
{
	int64		us;

	if (timeout->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("session timeout cannot have months or years"),
				 errhint("Use days: a month has no fixed length.")));
	if (pg_mul_s64_overflow(timeout->day, USECS_PER_DAY, &us) ||
		pg_add_s64_overflow(us, timeout->time, &us))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("session timeout is out of range")));
	if (us < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("session timeout cannot be negative")));
	return us;
}

/* split_sessions(j, timeout): a journey for each stretch without a longer gap */
PG_FUNCTION_INFO_V1(journey_split_sessions);
Datum
journey_split_sessions(PG_FUNCTION_ARGS)
{
	FuncCallContext *funcctx;
	SplitState *state;
	JourneyBuilder b;
	TimestampTz last;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;

		funcctx = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(funcctx->multi_call_memory_ctx);
		state = palloc(sizeof(SplitState));
		journey_fetch(PointerGetDatum(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0))), &state->v);
		state->timeout = timeout_from_interval(PG_GETARG_INTERVAL_P(1));
		journey_first(&state->c, &state->v);
		state->more = journey_next(&state->c);
		funcctx->user_fctx = state;
		MemoryContextSwitchTo(old);
	}
	funcctx = SRF_PERCALL_SETUP();
	state = funcctx->user_fctx;
	if (!state->more)
		SRF_RETURN_DONE(funcctx);
	builder_like(&b, &state->v);
	do
	{
		CHECK_FOR_INTERRUPTS();
		copy_touchpoint(&b, &state->c);
		last = state->c.at;
		state->more = journey_next(&state->c);
	} while (state->more && state->c.at - last <= state->timeout);
	SRF_RETURN_NEXT(funcctx, PointerGetDatum(journey_builder_finish(&b)));
}
