/*
 * build_customer.c
 *	  Customers of build in records: any type with a hash function.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "build_customer.h"

void
build_customer_type(CustomerType *c, Oid type, Oid collation)
{
	Oid			base = getBaseType(type);
	TypeCacheEntry *cache;

	c->type = type;
	c->collation = collation;
	get_typlenbyval(type, &c->len, &c->byval);
	switch (base)
	{
		case BOOLOID:
		case CHAROID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			c->kind = CUSTOMER_WORD;
			return;
		case UUIDOID:
		case BYTEAOID:
			c->kind = CUSTOMER_BYTES;
			return;
		case TEXTOID:
		case VARCHAROID:
			if (!OidIsValid(collation) || get_collation_isdeterministic(collation))
			{
				c->kind = CUSTOMER_BYTES;
				return;
			}
			break;
		default:
			break;
	}
	c->kind = CUSTOMER_ANY;
	cache = lookup_type_cache(base, TYPECACHE_HASH_PROC_FINFO | TYPECACHE_EQ_OPR_FINFO);
	if (!OidIsValid(cache->hash_proc) || !OidIsValid(cache->eq_opr_finfo.fn_oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("type %s of the customer has no hash function", format_type_be(type)),
				 errhint("Cast the customer to text.")));
	fmgr_info_copy(&c->hash, &cache->hash_proc_finfo, CurrentMemoryContext);
	fmgr_info_copy(&c->equal, &cache->eq_opr_finfo, CurrentMemoryContext);
}

uint64
build_customer_key(CustomerType *c, Datum *customer, Size *room)
{
	struct varlena *v = NULL;

	if (!c->byval && c->len == -1)
	{
		v = PG_DETOAST_DATUM_PACKED(*customer);
		*customer = PointerGetDatum(v);
	}
	if (c->byval)
		*room = sizeof(Datum);
	else if (c->len > 0)
		*room = MAXALIGN(c->len);
	else if (c->len == -2)
		*room = MAXALIGN(strlen(DatumGetCString(*customer)) + 1);
	else
		*room = MAXALIGN(VARHDRSZ + VARSIZE_ANY_EXHDR(v));

	if (c->kind == CUSTOMER_ANY)
		return DatumGetUInt32(FunctionCall1Coll(&c->hash, c->collation, *customer));
	return v != NULL ?
		hash_bytes_extended((unsigned char *) VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v), 0) :
		hash_bytes_extended((unsigned char *) DatumGetPointer(*customer), c->len, 0);
}

void
build_customer_put(const CustomerType *c, char *to, Datum customer)
{
	if (c->byval)
		memcpy(to, &customer, sizeof(customer));
	else if (c->len > 0)
		memcpy(to, DatumGetPointer(customer), c->len);
	else if (c->len == -2)
		strcpy(to, DatumGetCString(customer));
	else
	{
		Size		len = VARSIZE_ANY_EXHDR(DatumGetPointer(customer));

		SET_VARSIZE(to, VARHDRSZ + len);
		memcpy(VARDATA(to), VARDATA_ANY(DatumGetPointer(customer)), len);
	}
}

bool
build_customer_equal(CustomerType *c, const BuildRecord *a, const BuildRecord *b, Size fixed)
{
	const char *ia = (const char *) a + fixed;
	const char *ib = (const char *) b + fixed;

	if (c->kind == CUSTOMER_ANY)
		return DatumGetBool(FunctionCall2Coll(&c->equal, c->collation,
											  build_customer(c, a, fixed),
											  build_customer(c, b, fixed)));
	if (c->len > 0)
		return memcmp(ia, ib, c->len) == 0;
	return VARSIZE(ia) == VARSIZE(ib) && memcmp(ia, ib, VARSIZE(ia)) == 0;
}
