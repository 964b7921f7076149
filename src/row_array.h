/*
 * row_array.h
 *	  Answers that are tables: arrays of a composite type, built row by row.
 *
 * Include after postgres.h.
 */
#ifndef ROW_ARRAY_H
#define ROW_ARRAY_H

#include "access/tupdesc.h"
#include "fmgr.h"

typedef struct RowArray
{
	TupleDesc	desc;
	Datum	   *rows;
	int			count;
	int			allocated;
} RowArray;

/* Start an array of the element type of the function's result type. */
extern void row_array_start(RowArray *array, FunctionCallInfo fcinfo);
extern void row_array_add(RowArray *array, Datum *values, bool *nulls);
extern Datum row_array_finish(RowArray *array);

#endif							/* ROW_ARRAY_H */
