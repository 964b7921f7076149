/*
 * flat_op.c
 *	  Comparison and hashing for types of which equal values have equal bytes.
 *
 * The functions of arguments free what they detoasted: index support must not
 * leak.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "flat_op.h"
#include "journey_compat.h"

int
flat_cmp(const void *a, const void *b)
{
	Size		alen = VARSIZE_ANY_EXHDR(a);
	Size		blen = VARSIZE_ANY_EXHDR(b);
	int			cmp = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(alen, blen));

	return cmp != 0 ? cmp : (alen > blen) - (alen < blen);
}

Datum
flat_hash(const void *value)
{
	return hash_any((const unsigned char *) VARDATA_ANY(value),
					(int) VARSIZE_ANY_EXHDR(value));
}

Datum
flat_hash_extended(const void *value, uint64 seed)
{
	return hash_any_extended((const unsigned char *) VARDATA_ANY(value),
							 (int) VARSIZE_ANY_EXHDR(value), seed);
}

int
flat_cmp_args(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);
	struct varlena *b = PG_GETARG_VARLENA_PP(1);
	int			cmp = flat_cmp(a, b);

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return cmp;
}

Datum
flat_hash_arg(FunctionCallInfo fcinfo)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);
	Datum		hash = flat_hash(value);

	PG_FREE_IF_COPY(value, 0);
	return hash;
}

Datum
flat_hash_extended_arg(FunctionCallInfo fcinfo)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);
	Datum		hash = flat_hash_extended(value, (uint64) PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(value, 0);
	return hash;
}
