/*
 * row_set.h
 *	  The answer of a function that returns a set of rows.
 *
 * Include after postgres.h.
 */
#ifndef ROW_SET_H
#define ROW_SET_H

#include "fmgr.h"
#include "utils/tuplestore.h"

typedef struct RowSet
{
	Tuplestorestate *store;
	TupleDesc	desc;
} RowSet;

/*
 * Begin an answer of no rows.  In a lateral join a function is called for each
 * journey, and looking up what its rows are like would take longer than most
 * journeys do: the caller has said what it expects.
 */
extern void row_set_begin(RowSet *rows, FunctionCallInfo fcinfo);

static inline void
row_set_add(RowSet *rows, Datum *values, bool *nulls)
{
	tuplestore_putvalues(rows->store, rows->desc, values, nulls);
}

#endif							/* ROW_SET_H */
