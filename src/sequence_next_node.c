/*
 * sequence_next_node.c
 *	  sequence_next_node: what came right after, or right before, a chain of
 *	  rows that follow each other directly.
 *
 * Every row counts here, also one that fulfils no condition, as it breaks the
 * chain.  The state keeps 24 bytes a row and the values in one piece of memory;
 * a small table of values seen lately lets most repetitions share their bytes.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "condition_rows.h"

#define STATE_VERSION	1

/* Values seen lately, by hash; there is a table once there are some rows. */
#define RECENT_VALUES	256
#define RECENT_FROM		16

/* Doubling ends here, growth by half begins. */
#define DOUBLING_LIMIT	(1 << 20)

/* Of one group; keeps them below 1 GB. */
#define MAX_ROWS		40000000

typedef enum NodeDirection
{
	ND_FORWARD,
	ND_BACKWARD
} NodeDirection;

typedef enum NodeBase
{
	NB_HEAD,
	NB_TAIL,
	NB_FIRST_MATCH,
	NB_LAST_MATCH
} NodeBase;

typedef struct NodeRow
{
	int64		at;
	uint64		mask;			/* of the events */
	uint32		value;			/* where its length and bytes stand in values */
	bool		base;			/* base_condition */
} NodeRow;

typedef struct NextNodeState
{
	MemoryContext context;
	NodeDirection direction;
	NodeBase	base;
	int			events;
	NodeRow    *rows;
	uint32		count;
	uint32		allocated;
	bool		sorted;
	char	   *values;			/* uint32 length, bytes; unaligned */
	Size		used;
	Size		room;
	uint32	   *recent;			/* 1 + offset of a value, or 0 */
} NextNodeState;

typedef struct NextNodeCall
{
	Conditions	events;			/* count 0 and no array: none are given */
	text	   *direction_text;
	text	   *base_text;
	NodeDirection direction;
	NodeBase	base;
} NextNodeCall;

static const char *const direction_names[] = {"forward", "backward"};
static const char *const base_names[] = {"head", "tail", "first_match", "last_match"};

/* -- the state --------------------------------------------------------------------- */

static NextNodeState *
new_state(MemoryContext context, NodeDirection direction, NodeBase base, int events)
{
	NextNodeState *state = MemoryContextAllocZero(context, sizeof(NextNodeState));

	state->context = context;
	state->direction = direction;
	state->base = base;
	state->events = events;
	state->sorted = true;
	return state;
}

static void
grow_rows(NextNodeState *state)
{
	uint64		allocated = Max(state->allocated, 4);

	if (state->allocated >= MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many rows in one group"),
				 errdetail("At most %d rows of a group can be kept.", MAX_ROWS),
				 errhint("A customer with so many rows is often a robot or a missing customer id.")));
	allocated += allocated < DOUBLING_LIMIT ? allocated : allocated / 2;
	allocated = Min(allocated, MAX_ROWS);
	state->rows = state->rows == NULL ?
		MemoryContextAlloc(state->context, allocated * sizeof(NodeRow)) :
		repalloc(state->rows, allocated * sizeof(NodeRow));
	state->allocated = (uint32) allocated;
}

static inline uint32
value_length(const NextNodeState *state, uint32 value)
{
	uint32		len;

	memcpy(&len, state->values + value, sizeof(len));
	return len;
}

static inline const char *
value_bytes(const NextNodeState *state, uint32 value)
{
	return state->values + value + sizeof(uint32);
}

static inline bool
value_is(const NextNodeState *state, uint32 value, const char *bytes, uint32 len)
{
	return value_length(state, value) == len &&
		memcmp(value_bytes(state, value), bytes, len) == 0;
}

/* Where these bytes stand among the values; adds them if need be. */
static uint32
keep_value(NextNodeState *state, const char *bytes, uint32 len)
{
	uint32	   *slot = NULL;
	Size		needed = state->used + sizeof(uint32) + len;
	uint32		value = (uint32) state->used;

	if (state->count > 0 && value_is(state, state->rows[state->count - 1].value, bytes, len))
		return state->rows[state->count - 1].value;
	if (state->recent == NULL && state->count >= RECENT_FROM)
		state->recent = MemoryContextAllocZero(state->context, RECENT_VALUES * sizeof(uint32));
	if (state->recent != NULL)
	{
		slot = &state->recent[hash_bytes((const unsigned char *) bytes, len) % RECENT_VALUES];
		if (*slot != 0 && value_is(state, *slot - 1, bytes, len))
			return *slot - 1;
	}
	if (needed > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("values of one group are too large"),
				 errdetail("Together they take more than 1 GB."),
				 errhint("Group long values first, for example addresses by their page.")));
	if (needed > state->room)
	{
		Size		room = Min(Max(needed, Max(state->room * 2, 128)), MaxAllocSize);

		state->values = state->values == NULL ? MemoryContextAlloc(state->context, room) :
			repalloc(state->values, room);
		state->room = room;
	}
	memcpy(state->values + value, &len, sizeof(len));
	memcpy(state->values + value + sizeof(len), bytes, len);
	state->used = needed;
	if (slot != NULL)
		*slot = value + 1;
	return value;
}

/* Time, then value by its bytes, then the conditions as a number. */
static inline int
compare_rows(const NodeRow *a, const NodeRow *b, const NextNodeState *state)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->value != b->value)
	{
		uint32		la = value_length(state, a->value);
		uint32		lb = value_length(state, b->value);
		int			cmp = memcmp(value_bytes(state, a->value), value_bytes(state, b->value),
								 Min(la, lb));

		if (cmp != 0 || la != lb)
			return cmp != 0 ? cmp : la < lb ? -1 : 1;
	}
	if (a->mask != b->mask)
		return a->mask < b->mask ? -1 : 1;
	return (int) a->base - (int) b->base;
}

#define ST_SORT sort_rows
#define ST_ELEMENT_TYPE NodeRow
#define ST_COMPARE_ARG_TYPE const NextNodeState
#define ST_COMPARE(a, b, state) compare_rows(a, b, state)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static void
add_row(NextNodeState *state, int64 at, uint64 mask, bool base, const char *bytes, uint32 len)
{
	uint32		value = keep_value(state, bytes, len);
	NodeRow    *row;

	if (state->count == state->allocated)
		grow_rows(state);
	row = &state->rows[state->count];
	row->at = at;
	row->mask = mask;
	row->value = value;
	row->base = base;
	if (state->sorted && state->count > 0)
		state->sorted = compare_rows(row - 1, row, state) <= 0;
	state->count++;
}

/* -- rows ---------------------------------------------------------------------------- */

static int
one_of(const text * t, const char *name, const char *const *names, int count)
{
	StringInfoData list;

	for (int i = 0; t != NULL && i < count; i++)
		if (VARSIZE_ANY_EXHDR(t) == strlen(names[i]) &&
			memcmp(VARDATA_ANY(t), names[i], strlen(names[i])) == 0)
			return i;
	initStringInfo(&list);
	for (int i = 0; i < count; i++)
		appendStringInfo(&list, "%s'%s'", i == 0 ? "" : i < count - 1 ? ", " : " or ", names[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 t == NULL ? errmsg("\"%s\" must not be null", name) :
			 errmsg("unknown %s \"%s\"", name, text_to_cstring(t)),
			 errhint("\"%s\" can be %s.", name, list.data)));
}

static void
read_parameters(FunctionCallInfo fcinfo, NextNodeCall *call, const text * direction,
				const text * base)
{
	call->direction = one_of(direction, "direction", direction_names, lengthof(direction_names));
	call->base = one_of(base, "base", base_names, lengthof(base_names));
	if (call->direction == (call->base == NB_HEAD ? ND_BACKWARD : ND_FORWARD) &&
		call->base <= NB_TAIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("direction \"%s\" does not go with base \"%s\"",
						direction_names[call->direction], base_names[call->base]),
				 errdetail("There is nothing %s.", call->base == NB_HEAD ?
						   "before the first row" : "after the last row"),
				 errhint("Use 'forward' with 'head' and 'backward' with 'tail'; 'first_match' and 'last_match' go with both.")));
	if (call->base >= NB_FIRST_MATCH && call->events.count == 0 && !call->events.array)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("base \"%s\" needs at least one event", base_names[call->base])));
	if (call->direction_text != NULL)
		pfree(call->direction_text);
	if (call->base_text != NULL)
		pfree(call->base_text);
	call->direction_text = keep_text(fcinfo, direction);
	call->base_text = keep_text(fcinfo, base);
}

/* (internal, direction, base, at, value, base_condition [, VARIADIC events]) */
static pg_attribute_always_inline Datum
next_node_row(FunctionCallInfo fcinfo, RowTime kind)
{
	NextNodeState *state = PG_ARGISNULL(0) ? NULL : (NextNodeState *) PG_GETARG_POINTER(0);
	NextNodeCall *call = fcinfo->flinfo->fn_extra;
	text	   *direction = PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1);
	text	   *base = PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2);
	uint64		mask = 0;
	int			events = 0;

	if (unlikely(call == NULL))
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(NextNodeCall));
		if (PG_NARGS() > 6)
			conditions_check(fcinfo, 6, &call->events);
		read_parameters(fcinfo, call, direction, base);
		fcinfo->flinfo->fn_extra = call;
	}
	else if (unlikely(!same_text(direction, call->direction_text) ||
					  !same_text(base, call->base_text)))
		read_parameters(fcinfo, call, direction, base);
	if (PG_NARGS() > 6)
		mask = conditions_mask(fcinfo, &call->events, &events);
	if (unlikely(state == NULL))
		state = new_state(condition_rows_context(fcinfo), call->direction, call->base, events);
	else
	{
		if (unlikely(state->direction != call->direction))
			parameter_varies("direction");
		if (unlikely(state->base != call->base))
			parameter_varies("base");
		if (unlikely(state->events != events))
			conditions_vary();
	}
	if (!PG_ARGISNULL(3) && !PG_ARGISNULL(4))
	{
		int64		at = row_time(fcinfo, 3, kind);
		text	   *value = PG_GETARG_TEXT_PP(4);

		add_row(state, at, mask, !PG_ARGISNULL(5) && PG_GETARG_BOOL(5),
				VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
		if ((Pointer) value != PG_GETARG_POINTER(4))
			pfree(value);
	}
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(sequence_next_node_timestamp);
Datum
sequence_next_node_timestamp(PG_FUNCTION_ARGS)
{
	return next_node_row(fcinfo, ROW_TIMESTAMP);
}

PG_FUNCTION_INFO_V1(sequence_next_node_date);
Datum
sequence_next_node_date(PG_FUNCTION_ARGS)
{
	return next_node_row(fcinfo, ROW_DATE);
}

PG_FUNCTION_INFO_V1(sequence_next_node_number);
Datum
sequence_next_node_number(PG_FUNCTION_ARGS)
{
	return next_node_row(fcinfo, ROW_NUMBER);
}

PG_FUNCTION_INFO_V1(sequence_next_node_combine);
Datum
sequence_next_node_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = condition_rows_context(fcinfo);
	NextNodeState *state = PG_ARGISNULL(0) ? NULL : (NextNodeState *) PG_GETARG_POINTER(0);
	NextNodeState *other = PG_ARGISNULL(1) ? NULL : (NextNodeState *) PG_GETARG_POINTER(1);

	if (other != NULL)
	{
		if (state == NULL)
			state = new_state(context, other->direction, other->base, other->events);
		if (state->direction != other->direction)
			parameter_varies("direction");
		if (state->base != other->base)
			parameter_varies("base");
		if (state->events != other->events)
			conditions_vary();
		for (uint32 i = 0; i < other->count; i++)
		{
			const NodeRow *row = &other->rows[i];

			CHECK_FOR_INTERRUPTS();
			add_row(state, row->at, row->mask, row->base, value_bytes(other, row->value),
					value_length(other, row->value));
		}
	}
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(sequence_next_node_serialize);
Datum
sequence_next_node_serialize(PG_FUNCTION_ARGS)
{
	NextNodeState *state = (NextNodeState *) PG_GETARG_POINTER(0);
	StringInfoData buf;

	condition_rows_context(fcinfo);
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, STATE_VERSION);
	pq_sendbyte(&buf, state->direction);
	pq_sendbyte(&buf, state->base);
	pq_sendbyte(&buf, state->events);
	pq_sendint32(&buf, state->count);
	for (uint32 i = 0; i < state->count; i++)
	{
		const NodeRow *row = &state->rows[i];
		uint32		len = value_length(state, row->value);

		CHECK_FOR_INTERRUPTS();
		pq_sendint64(&buf, row->at);
		pq_sendint64(&buf, row->mask);
		pq_sendbyte(&buf, row->base);
		pq_sendint32(&buf, len);
		pq_sendbytes(&buf, value_bytes(state, row->value), len);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(sequence_next_node_deserialize);
Datum
sequence_next_node_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buf;
	NextNodeState *state;
	NodeDirection direction;
	NodeBase	base;
	uint32		count;

	condition_rows_context(fcinfo);
	state_read_begin(&buf, bytes);
	if (pq_getmsgbyte(&buf) != STATE_VERSION)
		elog(ERROR, "unknown version of a sequence_next_node state");
	direction = (NodeDirection) pq_getmsgbyte(&buf);
	base = (NodeBase) pq_getmsgbyte(&buf);
	state = new_state(CurrentMemoryContext, direction, base, pq_getmsgbyte(&buf));
	count = pq_getmsgint(&buf, 4);
	for (uint32 i = 0; i < count; i++)
	{
		int64		at = pq_getmsgint64(&buf);
		uint64		mask = pq_getmsgint64(&buf);
		bool		can_be_base = pq_getmsgbyte(&buf);
		uint32		len = pq_getmsgint(&buf, 4);

		CHECK_FOR_INTERRUPTS();
		add_row(state, at, mask, can_be_base, pq_getmsgbytes(&buf, len), len);
	}
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(state);
}

/* -- the answer ------------------------------------------------------------------------ */

/* The row that the chain begins at, or -1. */
static int64
base_row(const NextNodeState *state)
{
	int64		count = state->count;

	switch (state->base)
	{
		case NB_HEAD:
			return state->rows[0].base ? 0 : -1;
		case NB_TAIL:
			return state->rows[count - 1].base ? count - 1 : -1;
		case NB_FIRST_MATCH:
			for (int64 i = 0; i < count; i++)
				if (state->rows[i].base && (state->rows[i].mask & 1) != 0)
					return i;
			return -1;
		case NB_LAST_MATCH:
			for (int64 i = count - 1; i >= 0; i--)
				if (state->rows[i].base && (state->rows[i].mask & 1) != 0)
					return i;
			return -1;
	}
	return -1;
}

PG_FUNCTION_INFO_V1(sequence_next_node_final);
Datum
sequence_next_node_final(PG_FUNCTION_ARGS)
{
	NextNodeState *state = PG_ARGISNULL(0) ? NULL : (NextNodeState *) PG_GETARG_POINTER(0);
	int64		at;
	uint32		value;

	condition_rows_context(fcinfo);
	if (state == NULL || state->count == 0)
		PG_RETURN_NULL();
	if (!state->sorted)
		sort_rows(state->rows, state->count, state);
	state->sorted = true;
	at = base_row(state);
	if (at < 0)
		PG_RETURN_NULL();
	for (int i = 0; i < state->events; i++)
	{
		if (at < 0 || at >= state->count || ((state->rows[at].mask >> i) & 1) == 0)
			PG_RETURN_NULL();
		at += state->direction == ND_FORWARD ? 1 : -1;
	}
	if (at < 0 || at >= state->count)
		PG_RETURN_NULL();
	value = state->rows[at].value;
	PG_RETURN_TEXT_P(cstring_to_text_with_len(value_bytes(state, value),
											  value_length(state, value)));
}
