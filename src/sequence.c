/*
 * sequence.c
 *	  sequence_match, sequence_count and sequence_events over raw rows.
 *
 * The state keeps the rows that fulfil a condition, and the pattern.  The
 * pattern becomes an automaton (core/pattern_run.h) when the first group is
 * finished, which is kept for those that follow in fn_extra of the final
 * function; so are those of its beginnings, which sequence_events needs where
 * the whole pattern does not match.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "condition_rows.h"
#include "core/pattern_run.h"
#include "core/sequence_syntax.h"

#define STATE_VERSION	1

/* Automata of beginnings of a pattern that are kept at once. */
#define MAX_BEGINNINGS	16

typedef struct SequenceState
{
	text	   *pattern;
	RowTime		kind;
	ConditionRows rows;			/* last, as it is large */
} SequenceState;

/* What a call of the transition function has checked. */
typedef struct SequenceCall
{
	Conditions	conditions;
	text	   *pattern;		/* read without an error, or NULL */
} SequenceCall;

/* What a call of a final function keeps from group to group. */
typedef struct SequenceMachines
{
	MemoryContext context;		/* of what belongs to one pattern */
	MemoryContext beginnings;	/* of the automata of beginnings */
	MemoryContext scratch;		/* of one group */
	text	   *text;			/* NULL: nothing yet */
	int			conditions;
	RowTime		kind;
	SequencePattern pattern;
	PatternMachine *whole;
	PatternMachine **beginning; /* by number of rows; NULL: not made */
	int			kept;
} SequenceMachines;

/* -- patterns -------------------------------------------------------------------- */

static uint64
gate_unit(RowTime kind)
{
	return kind == ROW_TIMESTAMP ? USECS_PER_SEC : 1;
}

/* Read a pattern into the current memory context; errors point into it. */
static void
read_pattern(const text * t, int conditions, RowTime kind, SequencePattern *p)
{
	const char *data = VARDATA_ANY(t);
	size_t		len = VARSIZE_ANY_EXHDR(t);
	SequenceError err;

	p->items = palloc((Min(len, SEQUENCE_MAX_TEXT) + 1) * sizeof(SequenceItem));
	if (!sequence_parse(p, data, len, conditions, gate_unit(kind), &err))
		ereport(ERROR,
				(errcode(len > SEQUENCE_MAX_TEXT ? ERRCODE_PROGRAM_LIMIT_EXCEEDED :
						 ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid sequence pattern: %s", err.message),
				 err.offset == len ? errdetail("It ends there.") :
				 errdetail("At character %d: \"%.*s\".",
						   pg_mbstrlen_with_len(data, (int) err.offset) + 1,
						   pg_mbcliplen(data + err.offset, (int) (len - err.offset), 40),
						   data + err.offset),
				 errhint("%s", err.hint)));
	if (p->nrows > PATTERN_MAX_STATES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("sequence pattern is too large"),
				 errdetail("It takes %u rows, at most %d are allowed.",
						   p->nrows, PATTERN_MAX_STATES)));
}

static void *
allocate(void *arg, size_t size)
{
	return MemoryContextAllocHuge((MemoryContext) arg, size);
}

static void
relax(void *arg)
{
	CHECK_FOR_INTERRUPTS();
}

static PatternHost
host_of(MemoryContext context)
{
	return (PatternHost)
	{
		allocate, relax, context
	};
}

/* The automaton of the first `nrows` rows of a pattern, in a context. */
static PatternMachine *
make_machine(const SequencePattern *p, uint32 nrows, int conditions, MemoryContext context)
{
	PatternHost host = host_of(context);
	PatternCode *codes = palloc(SEQUENCE_MAX_CODES(p) * sizeof(PatternCode));
	uint32		ncodes = sequence_codes(p, nrows, codes);
	PatternProgram *program = pattern_program_build(codes, ncodes, conditions, &host);

	pfree(codes);
	if (program == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("sequence pattern is too large"),
				 errdetail("It needs more than %d states.", PATTERN_MAX_STATES)));
	return pattern_machine_create(program, &host);
}

/* -- the state -------------------------------------------------------------------- */

/* (internal, pattern, at, VARIADIC conditions) */
static pg_attribute_always_inline Datum
sequence_row(FunctionCallInfo fcinfo, RowTime kind)
{
	SequenceState *state = PG_ARGISNULL(0) ? NULL : (SequenceState *) PG_GETARG_POINTER(0);
	SequenceCall *call = fcinfo->flinfo->fn_extra;
	text	   *pattern;
	uint64		mask;
	int			count;

	if (unlikely(call == NULL))
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(SequenceCall));
		conditions_check(fcinfo, 3, &call->conditions);
		fcinfo->flinfo->fn_extra = call;
	}
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"pattern\" must not be null")));
	pattern = PG_GETARG_TEXT_PP(1);
	mask = conditions_mask(fcinfo, &call->conditions, &count);
	if (unlikely(state == NULL))
	{
		MemoryContext context = condition_rows_context(fcinfo);

		if (!same_text(pattern, call->pattern))
		{
			SequencePattern p;

			read_pattern(pattern, count, kind, &p);
			pfree(p.items);
			if (call->pattern != NULL)
				pfree(call->pattern);
			call->pattern = call->conditions.array ? NULL : keep_text(fcinfo, pattern);
		}
		state = MemoryContextAlloc(context, sizeof(SequenceState));
		state->pattern = MemoryContextAlloc(context, VARSIZE_ANY_EXHDR(pattern) + VARHDRSZ);
		SET_VARSIZE(state->pattern, VARSIZE_ANY_EXHDR(pattern) + VARHDRSZ);
		memcpy(VARDATA(state->pattern), VARDATA_ANY(pattern), VARSIZE_ANY_EXHDR(pattern));
		state->kind = kind;
		condition_rows_init(&state->rows, context, count, false);
	}
	else
	{
		if (unlikely(!same_text(pattern, state->pattern)))
			parameter_varies("pattern");
		if (unlikely(state->rows.conditions != count))
			conditions_vary();
	}
	if (likely(!PG_ARGISNULL(2)))
	{
		int64		at = row_time(fcinfo, 2, kind);

		condition_rows_add(&state->rows, at, mask, mask != 0);
	}
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(sequence_row_timestamp);
Datum
sequence_row_timestamp(PG_FUNCTION_ARGS)
{
	return sequence_row(fcinfo, ROW_TIMESTAMP);
}

PG_FUNCTION_INFO_V1(sequence_row_date);
Datum
sequence_row_date(PG_FUNCTION_ARGS)
{
	return sequence_row(fcinfo, ROW_DATE);
}

PG_FUNCTION_INFO_V1(sequence_row_number);
Datum
sequence_row_number(PG_FUNCTION_ARGS)
{
	return sequence_row(fcinfo, ROW_NUMBER);
}

PG_FUNCTION_INFO_V1(sequence_combine);
Datum
sequence_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = condition_rows_context(fcinfo);
	SequenceState *state = PG_ARGISNULL(0) ? NULL : (SequenceState *) PG_GETARG_POINTER(0);
	SequenceState *other = PG_ARGISNULL(1) ? NULL : (SequenceState *) PG_GETARG_POINTER(1);

	if (other != NULL)
	{
		if (state == NULL)
		{
			state = MemoryContextAlloc(context, sizeof(SequenceState));
			state->pattern = MemoryContextAlloc(context, VARSIZE(other->pattern));
			memcpy(state->pattern, other->pattern, VARSIZE(other->pattern));
			state->kind = other->kind;
			condition_rows_init(&state->rows, context, other->rows.conditions, false);
		}
		if (!same_text(state->pattern, other->pattern))
			parameter_varies("pattern");
		condition_rows_merge(&state->rows, &other->rows);
	}
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(sequence_serialize);
Datum
sequence_serialize(PG_FUNCTION_ARGS)
{
	SequenceState *state = (SequenceState *) PG_GETARG_POINTER(0);
	StringInfoData buf;

	condition_rows_context(fcinfo);
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, STATE_VERSION);
	pq_sendbyte(&buf, state->kind);
	pq_sendint32(&buf, VARSIZE_ANY_EXHDR(state->pattern));
	pq_sendbytes(&buf, VARDATA(state->pattern), VARSIZE_ANY_EXHDR(state->pattern));
	condition_rows_send(&buf, &state->rows);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(sequence_deserialize);
Datum
sequence_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	SequenceState *state = palloc(sizeof(SequenceState));
	StringInfoData buf;
	int			len;

	condition_rows_context(fcinfo);
	state_read_begin(&buf, bytes);
	if (pq_getmsgbyte(&buf) != STATE_VERSION)
		elog(ERROR, "unknown version of a sequence state");
	state->kind = (RowTime) pq_getmsgbyte(&buf);
	len = pq_getmsgint(&buf, 4);
	state->pattern = cstring_to_text_with_len(pq_getmsgbytes(&buf, len), len);
	condition_rows_receive(&buf, &state->rows, CurrentMemoryContext);
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(state);
}

/* -- answers ------------------------------------------------------------------------ */

/* The automata for this state's pattern. */
static SequenceMachines *
machines_for(FunctionCallInfo fcinfo, const SequenceState *state)
{
	SequenceMachines *m = fcinfo->flinfo->fn_extra;
	MemoryContext old;

	if (m == NULL)
	{
		m = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(SequenceMachines));
		m->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "sequence pattern",
										   ALLOCSET_DEFAULT_SIZES);
		m->beginnings = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt,
											  "sequence pattern beginnings",
											  ALLOCSET_DEFAULT_SIZES);
		m->scratch = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "sequence search",
										   ALLOCSET_DEFAULT_SIZES);
		fcinfo->flinfo->fn_extra = m;
	}
	if (m->text != NULL && same_text(m->text, state->pattern) && m->kind == state->kind &&
		m->conditions == state->rows.conditions)
		return m;
	m->text = NULL;
	MemoryContextReset(m->context);
	MemoryContextReset(m->beginnings);
	m->kept = 0;
	m->kind = state->kind;
	m->conditions = state->rows.conditions;
	old = MemoryContextSwitchTo(m->context);
	read_pattern(state->pattern, m->conditions, m->kind, &m->pattern);
	m->whole = make_machine(&m->pattern, m->pattern.nrows, m->conditions, m->context);
	m->beginning = palloc0((m->pattern.nrows + 1) * sizeof(PatternMachine *));
	m->text = palloc(VARSIZE(state->pattern));
	memcpy(m->text, state->pattern, VARSIZE(state->pattern));
	MemoryContextSwitchTo(old);
	return m;
}

/* The automaton of the first `nrows` rows of the pattern. */
static PatternMachine *
machine_of_beginning(SequenceMachines *m, uint32 nrows)
{
	if (nrows == m->pattern.nrows)
		return m->whole;
	if (m->beginning[nrows] == NULL)
	{
		if (m->kept == MAX_BEGINNINGS)
		{
			MemoryContextReset(m->beginnings);
			memset(m->beginning, 0, (m->pattern.nrows + 1) * sizeof(PatternMachine *));
			m->kept = 0;
		}
		m->beginning[nrows] = make_machine(&m->pattern, nrows, m->conditions, m->beginnings);
		m->kept++;
	}
	return m->beginning[nrows];
}

typedef struct RowsInput
{
	PatternInput input;
	const ConditionRow *rows;
	uint64		conditions;		/* that the pattern knows */
} RowsInput;

static void
read_rows(PatternInput *input, PatternMachine *m, uint32_t from, uint32_t n,
		  int64_t *times, uint32_t *letters)
{
	const RowsInput *in = (const RowsInput *) input;
	const ConditionRow *row = in->rows + from;
	uint64		mask = 0;
	uint32		letter = 0;

	for (uint32 i = 0; i < n; i++)
	{
		uint64		atoms = row[i].mask & in->conditions;

		if (times != NULL)
			times[i] = row[i].at;
		if (i == 0 || atoms != mask)
			letter = pattern_letter(m, &atoms);
		mask = atoms;
		letters[i] = letter;
	}
}

static void
rows_input(RowsInput *in, const SequenceState *state, const SequenceMachines *m)
{
	in->input.count = state->rows.count;
	in->input.read = read_rows;
	in->input.arg = NULL;
	in->rows = state->rows.rows;
	in->conditions = m->pattern.conditions;
}

/* Conditions that hold in some row. */
static uint64
conditions_seen(const ConditionRows *r)
{
	uint64		seen = 0;

	for (uint32 i = 0; i < r->count; i++)
		seen |= r->rows[i].mask;
	return seen;
}

/*
 * The state to answer about, or NULL if it has no rows.  Sorting in place does
 * not change what the state means.
 */
static SequenceState *
finished_state(FunctionCallInfo fcinfo)
{
	SequenceState *state = PG_ARGISNULL(0) ? NULL : (SequenceState *) PG_GETARG_POINTER(0);

	condition_rows_context(fcinfo);
	if (state == NULL || state->rows.count == 0)
		return NULL;
	condition_rows_sort_all(&state->rows);
	return state;
}

PG_FUNCTION_INFO_V1(sequence_match_final);
Datum
sequence_match_final(PG_FUNCTION_ARGS)
{
	SequenceState *state = finished_state(fcinfo);
	bool		found = false;

	if (state != NULL)
	{
		SequenceMachines *m = machines_for(fcinfo, state);
		PatternHost host = host_of(m->scratch);
		RowsInput	in;

		rows_input(&in, state, m);
		found = (m->pattern.conditions & ~conditions_seen(&state->rows)) == 0 &&
			pattern_exists(m->whole, &in.input, &host);
		MemoryContextReset(m->scratch);
	}
	PG_RETURN_BOOL(found);
}

PG_FUNCTION_INFO_V1(sequence_count_final);
Datum
sequence_count_final(PG_FUNCTION_ARGS)
{
	SequenceState *state = finished_state(fcinfo);
	int64		count = 0;

	if (state != NULL)
	{
		SequenceMachines *m = machines_for(fcinfo, state);
		PatternHost host = host_of(m->scratch);
		RowsInput	in;

		rows_input(&in, state, m);
		if ((m->pattern.conditions & ~conditions_seen(&state->rows)) == 0)
			count = pattern_count(m->whole, &in.input, &host);
		MemoryContextReset(m->scratch);
	}
	PG_RETURN_INT64(count);
}

/*
 * The times of the rows of (?n) in the match whose times are the earliest, of
 * the longest beginning of the pattern that matches at all.  What a beginning
 * matches its own beginnings match, so that the longest is found by halving.
 */
static ArrayType *
sequence_events(FunctionCallInfo fcinfo, Oid type, int16 size, bool byval)
{
	SequenceState *state = finished_state(fcinfo);
	SequenceMachines *m;
	PatternHost host;
	PatternMatch match;
	RowsInput	in;
	uint32		fits = 0;
	uint32		fails;
	Datum	   *times;
	ArrayType  *result;

	if (state == NULL)
		return construct_empty_array(type);
	m = machines_for(fcinfo, state);
	host = host_of(m->scratch);
	rows_input(&in, state, m);
	if (pattern_exists(m->whole, &in.input, &host))
		fits = m->pattern.nrows;
	for (fails = m->pattern.nrows; fits + 1 < fails;)
	{
		uint32		middle = fits + (fails - fits) / 2;

		if (pattern_exists(machine_of_beginning(m, middle), &in.input, &host))
			fits = middle;
		else
			fails = middle;
		MemoryContextReset(m->scratch);
	}
	if (fits == 0 ||
		!pattern_earliest(machine_of_beginning(m, fits), &in.input, &host, &match) ||
		match.nlisted == 0)
	{
		MemoryContextReset(m->scratch);
		return construct_empty_array(type);
	}
	times = palloc(match.nlisted * sizeof(Datum));
	for (uint32 i = 0; i < match.nlisted; i++)
		times[i] = size == 4 ? Int32GetDatum((int32) match.listed_at[i]) :
			Int64GetDatum(match.listed_at[i]);
	result = construct_array(times, match.nlisted, type, size, byval,
							 size == 4 ? TYPALIGN_INT : TYPALIGN_DOUBLE);
	pfree(times);
	MemoryContextReset(m->scratch);
	return result;
}

PG_FUNCTION_INFO_V1(sequence_events_timestamptz);
Datum
sequence_events_timestamptz(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(sequence_events(fcinfo, TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL));
}

PG_FUNCTION_INFO_V1(sequence_events_timestamp);
Datum
sequence_events_timestamp(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(sequence_events(fcinfo, TIMESTAMPOID, 8, FLOAT8PASSBYVAL));
}

PG_FUNCTION_INFO_V1(sequence_events_date);
Datum
sequence_events_date(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(sequence_events(fcinfo, DATEOID, 4, true));
}

PG_FUNCTION_INFO_V1(sequence_events_number);
Datum
sequence_events_number(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(sequence_events(fcinfo, INT8OID, 8, FLOAT8PASSBYVAL));
}
