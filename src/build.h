/*
 * build.h
 *	  The rows of a query as journeys, for whoever takes them.
 *
 * Include after postgres.h.
 */
#ifndef BUILD_H
#define BUILD_H

#include "journey.h"
#include "build_names.h"

/* Where the journeys go. */
typedef struct BuildSink
{
	/*
	 * May be NULL.  After the last row, before the first journey: the names
	 * of the events, all of them or only those that were numbered.
	 */
	void		(*names) (struct BuildSink *sink, const BuildNames *events, bool all);

	/*
	 * Takes the journey of a customer, whose touchpoints `b` has in order. If
	 * false, all that was put must stay until `flush` is called.
	 */
	bool		(*put) (struct BuildSink *sink, Datum customer, Datum journey,
						const JourneyBuilder *b);

	/* May be NULL if put never is false.  What was put will go away. */
	void		(*flush) (struct BuildSink *sink);
} BuildSink;

/*
 * Customers of the query have this type, or one that needs no cast to it.
 * Where empty_is_null, an empty event or channel is as good as none.
 */
extern void build_query(const char *query, Oid customer_type, bool empty_is_null,
						BuildSink *sink);

#endif							/* BUILD_H */
