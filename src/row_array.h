/*
 * row_array.h
 *	  Answers that are tables: arrays of a composite type, built row by row.
 *
 * Include after postgres.h.
 */
#ifndef ROW_ARRAY_H
#define ROW_ARRAY_H

#include "access/htup.h"
#include "access/tupdesc.h"
#include "fmgr.h"

#define ROW_ARRAY_COLUMNS	32	/* of rows whose places are kept */
#define ROW_ARRAY_PLACES	4	/* kept, by what is null */

/*
 * Where the columns of a row are, all of them by value, if these are null; and
 * such a row, whose header all others have.
 */
typedef struct RowPlaces
{
	uint32		nulls;			/* bit n: column n */
	uint16		length;			/* of the row */
	HeapTupleHeader row;
	uint8		neights;		/* columns of eight bytes, of four, and others */
	uint8		nfours;
	uint8		nplaces;
	uint8		column[ROW_ARRAY_COLUMNS];	/* in this order */
	uint16		place[ROW_ARRAY_COLUMNS];
} RowPlaces;

typedef struct RowArray
{
	TupleDesc	desc;
	char	   *data;			/* of the array, its header included */
	Size		used;
	Size		allocated;
	int			count;
	int			expected;		/* rows */
	bool		by_value;		/* all columns, and not too many */
	int			nplaces;
	RowPlaces	places[ROW_ARRAY_PLACES];
} RowArray;

/* Start an array of the element type of the function's result type. */
extern void row_array_start(RowArray *array, FunctionCallInfo fcinfo);

/* So many rows will come: saves moving them. */
static inline void
row_array_expect(RowArray *array, int rows)
{
	array->expected = rows;
}

extern void row_array_add(RowArray *array, Datum *values, bool *nulls);
extern Datum row_array_finish(RowArray *array);

#endif							/* ROW_ARRAY_H */
