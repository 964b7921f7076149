/*
 * journey_compat.h
 *	  Every difference between server versions 15 to 18, in one place.
 */
#ifndef JOURNEY_COMPAT_H
#define JOURNEY_COMPAT_H

#include "fmgr.h"

#if PG_VERSION_NUM < 150000
#error "journey needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#include "nodes/miscnodes.h"
#else

/* Soft errors came with 16; before, they are raised at once. */
#define ereturn(escontext, dummy, ...) \
	do { \
		(void) (escontext); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy; \
	} while (0)

#endif

/* Whether the length counts itself was an argument up to 16. */
#if PG_VERSION_NUM >= 170000
#define journey_sendcountedtext(buf, str, slen) pq_sendcountedtext(buf, str, slen)
#else
#define journey_sendcountedtext(buf, str, slen) pq_sendcountedtext(buf, str, slen, false)
#endif

/* That a function does not return is said before its type since 18. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* Module magic with name and version came with 18. */
#if PG_VERSION_NUM >= 180000
#define JOURNEY_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "journey")
#else
#define JOURNEY_MODULE_MAGIC PG_MODULE_MAGIC
#endif

#endif							/* JOURNEY_COMPAT_H */
