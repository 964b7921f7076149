/*
 * raw_retention.c
 *	  retention over raw rows: which conditions held at all, counted only where
 *	  the first one did.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "condition_rows.h"

#define STATE_VERSION	1

typedef struct RetentionRowsState
{
	uint64		seen;			/* bit k: condition k + 1 held in some row */
	int			conditions;
} RetentionRowsState;

static RetentionRowsState *
new_state(MemoryContext context, int conditions)
{
	RetentionRowsState *state = MemoryContextAlloc(context, sizeof(RetentionRowsState));

	state->seen = 0;
	state->conditions = conditions;
	return state;
}

PG_FUNCTION_INFO_V1(raw_retention_row);
Datum
raw_retention_row(PG_FUNCTION_ARGS)
{
	RetentionRowsState *state = PG_ARGISNULL(0) ? NULL : (RetentionRowsState *) PG_GETARG_POINTER(0);
	Conditions *conditions = fcinfo->flinfo->fn_extra;
	uint64		mask;
	int			count;

	if (unlikely(conditions == NULL))
	{
		conditions = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(Conditions));
		conditions_check(fcinfo, 1, conditions);
		fcinfo->flinfo->fn_extra = conditions;
	}
	mask = conditions_mask(fcinfo, conditions, &count);
	if (state == NULL)
		state = new_state(condition_rows_context(fcinfo), count);
	else if (state->conditions != count)
		conditions_vary();
	state->seen |= mask;
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(raw_retention_combine);
Datum
raw_retention_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = condition_rows_context(fcinfo);
	RetentionRowsState *state = PG_ARGISNULL(0) ? NULL : (RetentionRowsState *) PG_GETARG_POINTER(0);
	RetentionRowsState *other = PG_ARGISNULL(1) ? NULL : (RetentionRowsState *) PG_GETARG_POINTER(1);

	if (other != NULL)
	{
		if (state == NULL)
			state = new_state(context, other->conditions);
		else if (state->conditions != other->conditions)
			conditions_vary();
		state->seen |= other->seen;
	}
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(raw_retention_serialize);
Datum
raw_retention_serialize(PG_FUNCTION_ARGS)
{
	RetentionRowsState *state = (RetentionRowsState *) PG_GETARG_POINTER(0);
	StringInfoData buf;

	condition_rows_context(fcinfo);
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, STATE_VERSION);
	pq_sendbyte(&buf, state->conditions);
	pq_sendint64(&buf, state->seen);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(raw_retention_deserialize);
Datum
raw_retention_deserialize(PG_FUNCTION_ARGS)
{
	StringInfoData buf;
	RetentionRowsState *state;

	condition_rows_context(fcinfo);
	state_read_begin(&buf, PG_GETARG_BYTEA_PP(0));
	if (pq_getmsgbyte(&buf) != STATE_VERSION)
		elog(ERROR, "unknown version of a retention state");
	state = new_state(CurrentMemoryContext, pq_getmsgbyte(&buf));
	state->seen = pq_getmsgint64(&buf);
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(state);
}

/*
 * Without any row the conditions are still counted by the arguments that the
 * call has; an array of them has no length then.  (That it came with VARIADIC
 * a final function is not told.)
 */
PG_FUNCTION_INFO_V1(raw_retention_final);
Datum
raw_retention_final(PG_FUNCTION_ARGS)
{
	RetentionRowsState *state = PG_ARGISNULL(0) ? NULL : (RetentionRowsState *) PG_GETARG_POINTER(0);
	Datum		held[CONDITIONS_MAX];
	uint64		seen = state == NULL ? 0 : state->seen;
	int			count;

	condition_rows_context(fcinfo);
	if (state != NULL)
		count = state->conditions;
	else
	{
		Conditions	conditions;

		if (getBaseType(get_fn_expr_argtype(fcinfo->flinfo, 1)) == BOOLARRAYOID)
			PG_RETURN_NULL();
		conditions_check(fcinfo, 1, &conditions);
		count = conditions.count;
	}
	if ((seen & 1) == 0)
		seen = 0;
	for (int i = 0; i < count; i++)
		held[i] = BoolGetDatum((seen >> i) & 1);
	PG_RETURN_ARRAYTYPE_P(construct_array(held, count, BOOLOID, 1, true, TYPALIGN_CHAR));
}
