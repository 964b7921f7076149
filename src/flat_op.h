/*
 * flat_op.h
 *	  Comparison and hashing for types of which equal values have equal bytes.
 *
 * Include after postgres.h.
 */
#ifndef FLAT_OP_H
#define FLAT_OP_H

#include "fmgr.h"

/*
 * Order by the bytes after the length, a value before those that it begins:
 * it serves indexes and sorting, nothing else.  Any header but a compressed or
 * an external one will do.
 */
extern int	flat_cmp(const void *a, const void *b);
extern Datum flat_hash(const void *value);
extern Datum flat_hash_extended(const void *value, uint64 seed);

/* The same of a function's arguments, as they come. */
extern int	flat_cmp_args(FunctionCallInfo fcinfo);
extern Datum flat_hash_arg(FunctionCallInfo fcinfo);
extern Datum flat_hash_extended_arg(FunctionCallInfo fcinfo);

#endif							/* FLAT_OP_H */
