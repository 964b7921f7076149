/*
 * row_set.h
 *	  The answer of a function that returns a set of rows.
 *
 * In a lateral join such a function is called once a journey, and to look up,
 * copy and compare what its rows are like takes longer than most journeys do,
 * and of OUT columns leaves something in the memory of the query each time.  The
 * executor says what it expects, so rows are made by that.
 *
 * Include after postgres.h.
 */
#ifndef ROW_SET_H
#define ROW_SET_H

#include "nodes/execnodes.h"
#include "utils/tuplestore.h"

/* Begin an answer of no rows. */
extern void row_set_begin(FunctionCallInfo fcinfo);

/* Add a row; rsinfo is the call's resultinfo. */
static inline void
row_set_add(const ReturnSetInfo *rsinfo, Datum *values, bool *nulls)
{
	tuplestore_putvalues(rsinfo->setResult,
						 rsinfo->setDesc != NULL ? rsinfo->setDesc : rsinfo->expectedDesc,
						 values, nulls);
}

#endif							/* ROW_SET_H */
