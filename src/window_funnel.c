/*
 * window_funnel.c
 *	  window_funnel: how many conditions one customer's rows fulfil in order
 *	  and within a window (see core/window_funnel.h).
 *
 * The state keeps the rows that fulfil any condition, or all where the mode
 * looks at those that fulfil none.  What the parameters mean is worked out once
 * for a query and kept in fn_extra beside the bytes it was worked out from, so
 * that a row costs a comparison of those.
 *
 * The conditions are booleans, which the executor evaluates for each row, and
 * that costs more than all else.  Or they are steps: matchers, which are asked once
 * for each name of an event (see core/known_names.h), so that the executor only
 * fetches the name.  What comes of both is the same state.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "condition_rows.h"
#include "core/known_names.h"
#include "core/window_funnel.h"
#include "funnel_options.h"
#include "journey.h"
#include "kept_args.h"

#define STATE_VERSION	2

typedef struct WindowFunnelState
{
	int64		within;			/* in units of the time, or WF_NO_LIMIT */
	uint64		steps;			/* hash of the matchers; 0 for conditions */
	uint32		modes;
	ConditionRows rows;			/* last, as it is large */
} WindowFunnelState;

/* The parameters of a call as they were given last, and what they mean. */
typedef struct WindowFunnelCall
{
	Conditions	conditions;
	bool		no_limit;		/* within is NULL */
	Interval	interval;
	int64		within;
	text	   *mode;			/* NULL if it is NULL */
	uint32		modes;
} WindowFunnelCall;

/* The same where steps are given. */
typedef struct WindowFunnelSteps
{
	WindowFunnelCall call;
	KeptArgs	kept;			/* of steps and mode */
	uint64		hash;
	KnownNames *names;
} WindowFunnelSteps;

static const struct
{
	const char *name;
	uint32		mode;
}			mode_words[] =

{
	{"strict_deduplication", WF_DEDUPLICATION},
	{"strict_order", WF_ORDER},
	{"strict_increase", WF_INCREASE},
	{"strict_once", WF_ONCE},
	{"allow_reentry", WF_REENTRY},
	{"compat_clickhouse", WF_CLICKHOUSE},
	{"compat_clickhouse_26", WF_CLICKHOUSE | WF_CLICKHOUSE_26},
};

static uint32
parse_modes(const text * mode)
{
	const char *p = VARDATA_ANY(mode);
	const char *end = p + VARSIZE_ANY_EXHDR(mode);
	uint32		modes = 0;

	while (p < end)
	{
		const char *word;
		size_t		len;
		bool		known = false;

		while (p < end && *p == ' ')
			p++;
		for (word = p; p < end && *p != ','; p++)
			;
		for (len = p - word; len > 0 && word[len - 1] == ' ';)
			len--;
		if (len == 0 && p == end && modes == 0)
			break;				/* nothing but blanks */
		for (int i = 0; i < lengthof(mode_words); i++)
			if (strlen(mode_words[i].name) == len && memcmp(mode_words[i].name, word, len) == 0)
			{
				modes |= mode_words[i].mode;
				known = true;
			}
		if (!known || (p < end && p + 1 == end))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 known ? errmsg("mode ends with a comma") :
					 errmsg("unknown mode \"%s\"", pnstrdup(word, len)),
					 errhint("\"mode\" is a list, separated by commas, of strict_deduplication, strict_order, strict_increase, strict_once, allow_reentry, compat_clickhouse and compat_clickhouse_26.")));
		p++;
	}
	if ((modes & (WF_REENTRY | WF_ORDER)) == WF_REENTRY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("mode allow_reentry needs strict_order"),
				 errdetail("Without it a later step that comes too early does no harm anyway."),
				 errhint("Use 'strict_order,allow_reentry'.")));
	return modes;
}

/* Work out what `within`, argument 1, means. */
static void
read_within(FunctionCallInfo fcinfo, WindowFunnelCall *call, RowTime kind)
{
	call->no_limit = PG_ARGISNULL(1);
	if (call->no_limit)
		call->within = WF_NO_LIMIT;
	else if (kind == ROW_NUMBER)
	{
		call->within = PG_GETARG_INT64(1);
		if (call->within < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"within\" must not be negative")));
	}
	else
	{
		call->interval = *PG_GETARG_INTERVAL_P(1);
		call->within = funnel_span(&call->interval, "within");
		if (kind == ROW_DATE)
			call->within /= USECS_PER_DAY;
	}
}

static inline bool
same_within(FunctionCallInfo fcinfo, const WindowFunnelCall *call, RowTime kind)
{
	const Interval *interval;

	if (unlikely(call->no_limit || PG_ARGISNULL(1)))
		return call->no_limit && PG_ARGISNULL(1);
	if (kind == ROW_NUMBER)
		return call->within == PG_GETARG_INT64(1);
	interval = PG_GETARG_INTERVAL_P(1);
	return interval->time == call->interval.time && interval->day == call->interval.day &&
		interval->month == call->interval.month;
}

/* The parameters of this call, worked out anew only where they changed. */
static inline WindowFunnelCall *
window_funnel_call(FunctionCallInfo fcinfo, RowTime kind, bool has_mode)
{
	WindowFunnelCall *call = fcinfo->flinfo->fn_extra;

	if (unlikely(call == NULL))
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(WindowFunnelCall));
		conditions_check(fcinfo, has_mode ? 4 : 3, &call->conditions);
		read_within(fcinfo, call, kind);
		fcinfo->flinfo->fn_extra = call;
	}
	else if (unlikely(!same_within(fcinfo, call, kind)))
		read_within(fcinfo, call, kind);
	if (has_mode)
	{
		text	   *mode = PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2);

		if (unlikely(!same_text(mode, call->mode)))
		{
			uint32		modes = mode == NULL ? 0 : parse_modes(mode);

			if (call->mode != NULL)
				pfree(call->mode);
			call->mode = keep_text(fcinfo, mode);
			call->modes = modes;
		}
	}
	return call;
}

static WindowFunnelState *
new_state(MemoryContext context, const WindowFunnelCall *call, uint64 steps, int conditions)
{
	WindowFunnelState *state = MemoryContextAlloc(context, sizeof(WindowFunnelState));

	state->within = call->within;
	state->steps = steps;
	state->modes = call->modes;
	condition_rows_init(&state->rows, context, conditions,
						window_funnel_joins_ties(call->modes));
	return state;
}

/* (internal, within, [mode,] at, VARIADIC conditions) */
static pg_attribute_always_inline Datum
window_funnel_row(FunctionCallInfo fcinfo, RowTime kind, bool has_mode)
{
	WindowFunnelState *state = PG_ARGISNULL(0) ? NULL : (WindowFunnelState *) PG_GETARG_POINTER(0);
	WindowFunnelCall *call = window_funnel_call(fcinfo, kind, has_mode);
	int			time_arg = has_mode ? 3 : 2;
	uint64		mask;
	int			count;

	mask = conditions_mask(fcinfo, &call->conditions, &count);
	if (unlikely(state == NULL))
		state = new_state(condition_rows_context(fcinfo), call, 0, count);
	else
	{
		if (unlikely(state->within != call->within))
			parameter_varies("within");
		if (unlikely(state->modes != call->modes))
			parameter_varies("mode");
		if (unlikely(state->rows.conditions != count))
			conditions_vary();
	}
	if (unlikely(PG_ARGISNULL(time_arg)))
		PG_RETURN_POINTER(state);
	{
		int64		at = row_time(fcinfo, time_arg, kind);

		condition_rows_add(&state->rows, at, mask,
						   (mask != 0) | window_funnel_needs_empty_rows(state->modes));
	}
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(window_funnel_timestamp);
Datum
window_funnel_timestamp(PG_FUNCTION_ARGS)
{
	return window_funnel_row(fcinfo, ROW_TIMESTAMP, false);
}

PG_FUNCTION_INFO_V1(window_funnel_date);
Datum
window_funnel_date(PG_FUNCTION_ARGS)
{
	return window_funnel_row(fcinfo, ROW_DATE, false);
}

PG_FUNCTION_INFO_V1(window_funnel_number);
Datum
window_funnel_number(PG_FUNCTION_ARGS)
{
	return window_funnel_row(fcinfo, ROW_NUMBER, false);
}

PG_FUNCTION_INFO_V1(window_funnel_mode_timestamp);
Datum
window_funnel_mode_timestamp(PG_FUNCTION_ARGS)
{
	return window_funnel_row(fcinfo, ROW_TIMESTAMP, true);
}

PG_FUNCTION_INFO_V1(window_funnel_mode_date);
Datum
window_funnel_mode_date(PG_FUNCTION_ARGS)
{
	return window_funnel_row(fcinfo, ROW_DATE, true);
}

PG_FUNCTION_INFO_V1(window_funnel_mode_number);
Datum
window_funnel_mode_number(PG_FUNCTION_ARGS)
{
	return window_funnel_row(fcinfo, ROW_NUMBER, true);
}

/* -- steps by name -------------------------------------------------------------- */

/* A row has no more than a time and a name. */
static void
check_step(const Matcher *step, int number)
{
	const char *what = (step->flags & MATCHER_HAS_CHANNEL) != 0 ? "channel" : "value";

	if ((step->flags & (MATCHER_HAS_CHANNEL | MATCHER_HAS_VALUE)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("step %d asks for a %s", number, what),
				 errdetail("Steps by name see the name of an event and nothing else of its row."),
				 errhint("Write all steps as conditions instead of event and steps, this one as matches(step, event, channel, value).")));
}

/* Steps and mode (arguments 4 and 5) and within, as they are now. */
static pg_noinline WindowFunnelSteps *
read_steps(FunctionCallInfo fcinfo, RowTime kind)
{
	WindowFunnelSteps *s = fcinfo->flinfo->fn_extra;

	if (s == NULL)
	{
		MemoryContext context = fcinfo->flinfo->fn_mcxt;

		s = MemoryContextAllocZero(context, sizeof(WindowFunnelSteps));
		s->names = MemoryContextAlloc(context, sizeof(KnownNames));
		memset(s->names, 0, KNOWN_NAMES_ZEROED);
		kept_args_init(&s->kept, fcinfo, 4, PG_NARGS());
		fcinfo->flinfo->fn_extra = s;
	}
	if (!kept_args_same(&s->kept, fcinfo))
	{
		const Matcher *steps[CONDITIONS_MAX];
		const NullableDatum *mode = PG_NARGS() > 5 ? &s->kept.given[5] : NULL;
		MemoryContext old;
		int			n;

		if (PG_ARGISNULL(4))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"steps\" must not be null")));
		kept_args_take(&s->kept, fcinfo);
		old = MemoryContextSwitchTo(s->kept.context);
		n = matcher_array(s->kept.given[4].value, CONDITIONS_MAX, steps);
		MemoryContextSwitchTo(old);
		s->hash = n;
		for (int i = 0; i < n; i++)
		{
			check_step(steps[i], i + 1);
			s->hash = hash_bytes_extended((const unsigned char *) VARDATA(steps[i]),
										  VARSIZE(steps[i]) - VARHDRSZ, s->hash);
		}
		known_names_begin(s->names, steps, n);
		s->call.modes = mode == NULL || mode->isnull ? 0 : parse_modes(DatumGetTextPP(mode->value));
		s->kept.ready = true;
	}
	read_within(fcinfo, &s->call, kind);
	return s;
}

/* Ask about a name that is not known. */
static pg_noinline uint64
ask_steps(KnownNames *names, const char *name, size_t len)
{
	JourneyLabel label;

	journey_label_checked(&label, name, len, "event name");
	return known_names_ask(names, name, len, &label);
}

/* The steps that a row's event fits, as bits. */
static pg_noinline uint64
steps_mask(KnownNames *names, Datum event)
{
	const struct varlena *v = (const struct varlena *) DatumGetPointer(event);
	const KnownName *known;
	const char *name;
	size_t		len;

	if (unlikely(!VARATT_IS_SHORT(v) || VARATT_IS_EXTERNAL(v)))
		v = PG_DETOAST_DATUM_PACKED(event);
	name = VARDATA_ANY(v);
	len = VARSIZE_ANY_EXHDR(v);
	known = known_names_find(names, name, len);
	return likely(known != NULL) ? known->mask : ask_steps(names, name, len);
}

/* (internal, within, at, event, steps [, mode]) */
static pg_attribute_always_inline Datum
window_funnel_steps_row(FunctionCallInfo fcinfo, RowTime kind)
{
	WindowFunnelState *state = PG_ARGISNULL(0) ? NULL : (WindowFunnelState *) PG_GETARG_POINTER(0);
	WindowFunnelSteps *s = fcinfo->flinfo->fn_extra;

	if (unlikely(s == NULL || !kept_args_same(&s->kept, fcinfo) ||
				 !same_within(fcinfo, &s->call, kind)))
		s = read_steps(fcinfo, kind);
	if (unlikely(state == NULL))
		state = new_state(condition_rows_context(fcinfo), &s->call, s->hash, s->names->nsteps);
	else
	{
		if (unlikely(state->within != s->call.within))
			parameter_varies("within");
		if (unlikely(state->modes != s->call.modes))
			parameter_varies("mode");
		if (unlikely(state->steps != s->hash))
			parameter_varies("steps");
	}
	if (likely(!PG_ARGISNULL(2)))
	{
		int64		at = row_time(fcinfo, 2, kind);
		uint64		mask = unlikely(PG_ARGISNULL(3)) ? 0 :
		steps_mask(s->names, PG_GETARG_DATUM(3));

		condition_rows_add(&state->rows, at, mask,
						   (mask != 0) | window_funnel_needs_empty_rows(state->modes));
	}
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(window_funnel_steps_timestamp);
Datum
window_funnel_steps_timestamp(PG_FUNCTION_ARGS)
{
	return window_funnel_steps_row(fcinfo, ROW_TIMESTAMP);
}

PG_FUNCTION_INFO_V1(window_funnel_steps_date);
Datum
window_funnel_steps_date(PG_FUNCTION_ARGS)
{
	return window_funnel_steps_row(fcinfo, ROW_DATE);
}

PG_FUNCTION_INFO_V1(window_funnel_steps_number);
Datum
window_funnel_steps_number(PG_FUNCTION_ARGS)
{
	return window_funnel_steps_row(fcinfo, ROW_NUMBER);
}

/* -- states ------------------------------------------------------------------------ */

PG_FUNCTION_INFO_V1(window_funnel_combine);
Datum
window_funnel_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = condition_rows_context(fcinfo);
	WindowFunnelState *state = PG_ARGISNULL(0) ? NULL : (WindowFunnelState *) PG_GETARG_POINTER(0);
	WindowFunnelState *other = PG_ARGISNULL(1) ? NULL : (WindowFunnelState *) PG_GETARG_POINTER(1);

	if (other != NULL)
	{
		if (state == NULL)
		{
			state = MemoryContextAlloc(context, sizeof(WindowFunnelState));
			state->within = other->within;
			state->steps = other->steps;
			state->modes = other->modes;
			condition_rows_init(&state->rows, context, other->rows.conditions,
								other->rows.joined);
		}
		if (state->within != other->within)
			parameter_varies("within");
		if (state->modes != other->modes)
			parameter_varies("mode");
		if (state->steps != other->steps)
			parameter_varies("steps");
		condition_rows_merge(&state->rows, &other->rows);
	}
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(window_funnel_serialize);
Datum
window_funnel_serialize(PG_FUNCTION_ARGS)
{
	WindowFunnelState *state = (WindowFunnelState *) PG_GETARG_POINTER(0);
	StringInfoData buf;

	condition_rows_context(fcinfo);
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, STATE_VERSION);
	pq_sendint64(&buf, state->within);
	pq_sendint64(&buf, state->steps);
	pq_sendint32(&buf, state->modes);
	condition_rows_send(&buf, &state->rows);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(window_funnel_deserialize);
Datum
window_funnel_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	WindowFunnelState *state = palloc(sizeof(WindowFunnelState));
	StringInfoData buf;

	condition_rows_context(fcinfo);
	state_read_begin(&buf, bytes);
	if (pq_getmsgbyte(&buf) != STATE_VERSION)
		elog(ERROR, "unknown version of a window_funnel state");
	state->within = pq_getmsgint64(&buf);
	state->steps = pq_getmsgint64(&buf);
	state->modes = pq_getmsgint(&buf, 4);
	condition_rows_receive(&buf, &state->rows, CurrentMemoryContext);
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(state);
}

/*
 * Sorting in place changes the order of the state's rows, not what the state
 * means: more may follow and it may be finished again.
 */
PG_FUNCTION_INFO_V1(window_funnel_final);
Datum
window_funnel_final(PG_FUNCTION_ARGS)
{
	WindowFunnelState *state;
	ConditionRows *r;
	WindowFunnel f;

	condition_rows_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_INT32(0);
	state = (WindowFunnelState *) PG_GETARG_POINTER(0);
	r = &state->rows;
	condition_rows_sort(r);
	window_funnel_begin(&f, r->conditions, state->modes, state->within);
	for (uint32 from = 0; from < r->count && !f.finished;)
	{
		uint32		to = Min(r->count - from, CONDITION_ROWS_SLICE) + from;

		CHECK_FOR_INTERRUPTS();
		while (to < r->count && r->rows[to].at == r->rows[to - 1].at)
			to++;
		window_funnel_run(&f, r->rows + from, to - from);
		from = to;
	}
	PG_RETURN_INT32(f.level);
}
