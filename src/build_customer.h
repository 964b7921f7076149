/*
 * build_customer.h
 *	  Customers of build in records: any type with a hash function.
 *
 * A customer of a type whose values are equal only if they are the same word is
 * the key of its records.  Any other has a hash as key, and stands behind the
 * record as a Datum of its type, or as what one points to.
 *
 * Include after postgres.h.
 */
#ifndef BUILD_CUSTOMER_H
#define BUILD_CUSTOMER_H

#include "fmgr.h"
#include "build_spool.h"
#include "journey_compat.h"

typedef enum CustomerKind
{
	CUSTOMER_WORD,				/* by value, equal if the same: is the key */
	CUSTOMER_BYTES,				/* equal if the bytes are */
	CUSTOMER_ANY				/* as the type's own functions say */
} CustomerKind;

typedef struct CustomerType
{
	Oid			type;
	CustomerKind kind;
	int16		len;
	bool		byval;
	Oid			collation;
	FmgrInfo	hash;			/* CUSTOMER_ANY */
	FmgrInfo	equal;
} CustomerType;

extern void build_customer_type(CustomerType *c, Oid type, Oid collation);

/*
 * Key of a customer and the bytes it takes behind a record, for types other
 * than CUSTOMER_WORD; *customer is detoasted if it must be.
 */
extern uint64 build_customer_key(CustomerType *c, Datum *customer, Size *room);

/* Write it there. */
extern void build_customer_put(const CustomerType *c, char *to, Datum customer);

/* Bytes of a customer that stands there. */
static inline Size
build_customer_room(const CustomerType *c, const char *image)
{
	if (c->kind == CUSTOMER_WORD)
		return 0;
	if (c->byval)
		return sizeof(Datum);
	if (c->len > 0)
		return MAXALIGN(c->len);
	if (c->len == -2)
		return MAXALIGN(strlen(image) + 1);
	return MAXALIGN(VARSIZE(image));
}

/* The customer of a record, which may point into it; `fixed` bytes come before. */
static inline Datum
build_customer(const CustomerType *c, const BuildRecord *record, Size fixed)
{
	const char *image = (const char *) record + fixed;

	if (c->kind == CUSTOMER_WORD)
		return (Datum) record->key;
	return c->byval ? *(const Datum *) image : PointerGetDatum(image);
}

/* Are the customers of two records with the same key equal? */
extern bool build_customer_equal(CustomerType *c, const BuildRecord *a,
								 const BuildRecord *b, Size fixed);

static inline bool
build_customer_same(CustomerType *c, const BuildRecord *a, const BuildRecord *b, Size fixed)
{
	return a->key == b->key &&
		(c->kind == CUSTOMER_WORD || build_customer_equal(c, a, b, fixed));
}

#endif							/* BUILD_CUSTOMER_H */
