/*
 * kept_args.h
 *	  The arguments of a function's last call, to see whether they are the same.
 *
 * Reading options costs more than most journeys do, so what was made of them is
 * kept with the call.  Only constants of the query are known to stay: what
 * looks stable to the server may be a variable of a PL/pgSQL function that runs
 * again with another value.  So all others are compared byte by byte.
 *
 * Include after postgres.h.
 */
#ifndef KEPT_ARGS_H
#define KEPT_ARGS_H

#include "fmgr.h"

#define KEPT_ARGS_MAX	24

typedef struct KeptArgs
{
	bool		ready;			/* what was made of them is that of `given` */
	int			first;			/* arguments first .. end - 1 of the function */
	int			end;
	uint32		changing;		/* bit n: argument n is not a constant */
	MemoryContext context;		/* of the copies, and of what is made of them */
	int16		length[KEPT_ARGS_MAX];
	bool		by_value[KEPT_ARGS_MAX];
	NullableDatum given[KEPT_ARGS_MAX];
} KeptArgs;

/*
 * Is argument n of the call a constant of the query?  Those of an aggregate's
 * transition function are asked of the aggregate.
 */
extern bool kept_args_constant(FunctionCallInfo fcinfo, int n);

/* Begin with arguments first .. end - 1; in zeroed memory of fn_mcxt. */
extern void kept_args_init(KeptArgs *kept, FunctionCallInfo fcinfo, int first, int end);

/* The same for n values of these types, all of which may change. */
extern void kept_values_init(KeptArgs *kept, MemoryContext parent, int n, const Oid *types);

extern bool kept_values_compare(const KeptArgs *kept, const NullableDatum *values);
extern void kept_values_take(KeptArgs *kept, const NullableDatum *values);

/* Are these values those that were kept? */
static inline bool
kept_values_same(const KeptArgs *kept, const NullableDatum *values)
{
	return kept->ready && (kept->changing == 0 || kept_values_compare(kept, values));
}

/* Are the arguments of this call those that were kept? */
static inline bool
kept_args_same(const KeptArgs *kept, FunctionCallInfo fcinfo)
{
	return kept_values_same(kept, fcinfo->args);
}

/*
 * Forget what was made of the arguments, and copy those of this call.  The
 * caller makes anew in kept->context what it wants to keep, and sets `ready`.
 */
static inline void
kept_args_take(KeptArgs *kept, FunctionCallInfo fcinfo)
{
	kept_values_take(kept, fcinfo->args);
}

#endif							/* KEPT_ARGS_H */
