/*
 * kept_args.c
 *	  The arguments of a function's last call, to see whether they are the same.
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "nodes/primnodes.h"
#include "port/pg_bitutils.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "journey_compat.h"
#include "kept_args.h"

bool
kept_args_constant(FunctionCallInfo fcinfo, int n)
{
	const Node *call = fcinfo->flinfo->fn_expr;
	const		Aggref *aggregate = AggGetAggref(fcinfo);

	/* argument 0 is the state */
	if (aggregate != NULL)
		return aggregate->aggkind == AGGKIND_NORMAL && n > 0 &&
			n <= list_length(aggregate->args) &&
			IsA(((const TargetEntry *) list_nth(aggregate->args, n - 1))->expr, Const);
	return call != NULL && IsA(call, FuncExpr) &&
		n < list_length(((const FuncExpr *) call)->args) &&
		IsA(list_nth(((const FuncExpr *) call)->args, n), Const);
}

void
kept_args_init(KeptArgs *kept, FunctionCallInfo fcinfo, int first, int end)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;

	Assert(end <= KEPT_ARGS_MAX);
	kept->first = first;
	kept->end = end;
	kept->context = AllocSetContextCreate(flinfo->fn_mcxt, "journey arguments",
										  ALLOCSET_SMALL_SIZES);
	for (int n = first; n < end; n++)
	{
		Oid			type = get_fn_expr_argtype(flinfo, n);

		if (!OidIsValid(type))
			elog(ERROR, "could not determine the type of argument %d", n + 1);
		get_typlenbyval(type, &kept->length[n], &kept->by_value[n]);
		if (!kept_args_constant(fcinfo, n))
			kept->changing |= UINT32_C(1) << n;
	}
}

void
kept_values_init(KeptArgs *kept, MemoryContext parent, int n, const Oid *types)
{
	Assert(n <= KEPT_ARGS_MAX);
	kept->first = 0;
	kept->end = n;
	kept->changing = (UINT32_C(1) << n) - 1;
	kept->context = AllocSetContextCreate(parent, "journey options", ALLOCSET_SMALL_SIZES);
	for (int i = 0; i < n; i++)
		get_typlenbyval(types[i], &kept->length[i], &kept->by_value[i]);
}

/* The same bytes?  The kept one is not toasted. */
static bool
same_argument(const KeptArgs *kept, int n, NullableDatum now)
{
	NullableDatum given = kept->given[n];
	const struct varlena *v;
	const struct varlena *w;

	if (given.isnull || now.isnull)
		return given.isnull && now.isnull;
	if (kept->by_value[n])
		return given.value == now.value;
	if (kept->length[n] > 0)
		return memcmp(DatumGetPointer(given.value), DatumGetPointer(now.value),
					  kept->length[n]) == 0;
	v = (const struct varlena *) DatumGetPointer(given.value);
	w = PG_DETOAST_DATUM_PACKED(now.value);
	return VARSIZE_ANY_EXHDR(v) == VARSIZE_ANY_EXHDR(w) &&
		memcmp(VARDATA_ANY(v), VARDATA_ANY(w), VARSIZE_ANY_EXHDR(v)) == 0;
}

bool
kept_values_compare(const KeptArgs *kept, const NullableDatum *values)
{
	for (uint32 left = kept->changing; left != 0; left &= left - 1)
	{
		int			n = pg_rightmost_one_pos32(left);

		if (!same_argument(kept, n, values[n]))
			return false;
	}
	return true;
}

void
kept_values_take(KeptArgs *kept, const NullableDatum *values)
{
	MemoryContext old;

	/* an error while it is read leaves what the next call reads again */
	kept->ready = false;
	MemoryContextReset(kept->context);
	old = MemoryContextSwitchTo(kept->context);
	for (int n = kept->first; n < kept->end; n++)
	{
		NullableDatum now = values[n];
		Datum		plain = now.value;

		if (!now.isnull)
		{
			if (kept->length[n] < 0)
				plain = PointerGetDatum(PG_DETOAST_DATUM_PACKED(now.value));
			now.value = plain != now.value ? plain :
				datumCopy(now.value, kept->by_value[n], kept->length[n]);
		}
		kept->given[n] = now;
	}
	MemoryContextSwitchTo(old);
}
