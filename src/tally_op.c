/*
 * tally_op.c
 *	  Comparison of tallies, by the bytes of the packed form: that is canonical.
 */
#include "postgres.h"

#include "flat_op.h"
#include "tally_state.h"

static int
tally_cmp_internal(FunctionCallInfo fcinfo)
{
	Tally	   *a = PG_GETARG_TALLY_P(0);
	Tally	   *b = PG_GETARG_TALLY_P(1);
	const Tally *pa = tally_packed(a);
	const Tally *pb = tally_packed(b);
	int			cmp = flat_cmp(pa, pb);

	if (pa != a)
		pfree(unconstify(Tally *, pa));
	if (pb != b)
		pfree(unconstify(Tally *, pb));
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return cmp;
}

PG_FUNCTION_INFO_V1(tally_lt);
Datum
tally_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(tally_cmp_internal(fcinfo) < 0);
}

PG_FUNCTION_INFO_V1(tally_le);
Datum
tally_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(tally_cmp_internal(fcinfo) <= 0);
}

PG_FUNCTION_INFO_V1(tally_eq);
Datum
tally_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(tally_cmp_internal(fcinfo) == 0);
}

PG_FUNCTION_INFO_V1(tally_ne);
Datum
tally_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(tally_cmp_internal(fcinfo) != 0);
}

PG_FUNCTION_INFO_V1(tally_ge);
Datum
tally_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(tally_cmp_internal(fcinfo) >= 0);
}

PG_FUNCTION_INFO_V1(tally_gt);
Datum
tally_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(tally_cmp_internal(fcinfo) > 0);
}

PG_FUNCTION_INFO_V1(tally_cmp);
Datum
tally_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(tally_cmp_internal(fcinfo));
}

PG_FUNCTION_INFO_V1(tally_hash);
Datum
tally_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(flat_hash(tally_packed(PG_GETARG_TALLY_P(0))));
}

PG_FUNCTION_INFO_V1(tally_hash_extended);
Datum
tally_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(flat_hash_extended(tally_packed(PG_GETARG_TALLY_P(0)),
									   (uint64) PG_GETARG_INT64(1)));
}
