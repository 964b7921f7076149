/*
 * pattern_type.h
 *	  The type pattern as a Datum, and what its core needs of the server.
 *
 * Include after postgres.h.
 */
#ifndef PATTERN_TYPE_H
#define PATTERN_TYPE_H

#include "journey.h"
#include "core/pattern.h"

/*
 * A pattern argument, with a four-byte header; errors on a version that is not
 * ours.
 */
extern Pattern *pattern_fetch(Datum value);

#define PG_GETARG_PATTERN_P(n)	pattern_fetch(PG_GETARG_DATUM(n))

/* Memory of this context, and interrupts. */
extern void pattern_host_init(PatternHost *host, MemoryContext context);

#endif							/* PATTERN_TYPE_H */
