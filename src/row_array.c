/*
 * row_array.c
 *	  Answers that are tables: arrays of a composite type, built row by row.
 *
 * Rows are put where they will be.  Where all columns are passed by value, their
 * places and the header depend on nothing but which columns are null: only the
 * first row of each such set is made by the server, and the columns of the
 * others are stored at the same places behind the same header.
 *
 * The type is found through the function's own Oid, not through the call
 * expression, which is not there when a scale-out node calls the final
 * function.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tupmacs.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "row_array.h"

#define ROWS_OFFSET		ARR_OVERHEAD_NONULLS(1)
#define FEW_ROWS		8

void
row_array_start(RowArray *array, FunctionCallInfo fcinfo)
{
	Oid			element = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));

	if (!OidIsValid(element))
		elog(ERROR, "function %u does not return an array", fcinfo->flinfo->fn_oid);
	array->desc = lookup_rowtype_tupdesc(element, -1);
	array->data = NULL;
	array->used = array->allocated = 0;
	array->count = 0;
	array->expected = FEW_ROWS;
	array->by_value = array->desc->natts <= ROW_ARRAY_COLUMNS;
	for (int i = 0; i < array->desc->natts; i++)
		array->by_value &= TupleDescAttr(array->desc, i)->attbyval;
	array->nplaces = 0;
}

/* Room for a row, all zeros, behind the last one. */
static inline char *
next_row(RowArray *array, Size length)
{
	Size		aligned = MAXALIGN(length);
	char	   *row;

	if (unlikely(array->allocated - array->used < aligned))
	{
		Size		before = array->used;
		Size		wanted = array->data != NULL ? 2 * array->allocated :
		ROWS_OFFSET + aligned * array->expected;

		if (array->data == NULL)
			before = ROWS_OFFSET;
		if (before + aligned > MaxAllocSize)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("array size exceeds the maximum allowed (%d)",
							(int) MaxAllocSize)));
		wanted = Min(Max(wanted, before + aligned), MaxAllocSize);
		array->data = array->data != NULL ? repalloc(array->data, wanted) : palloc(wanted);
		array->allocated = wanted;
		array->used = before;
	}
	row = array->data + array->used;
	memset(row, 0, aligned);
	array->used += aligned;
	array->count++;
	return row;
}

/* Add the row that the server makes of this one. */
static void
add_tuple(RowArray *array, HeapTuple tuple)
{
	HeapTupleHeader row = DatumGetHeapTupleHeader(HeapTupleGetDatum(tuple));
	Size		length = HeapTupleHeaderGetDatumLength(row);

	memcpy(next_row(array, length), row, length);
	/* what was stored elsewhere made another one necessary */
	if (row != tuple->t_data)
		pfree(row);
}

/* -- all columns by value ------------------------------------------------------------ */

static void
add_places(RowPlaces *p, TupleDesc desc, int shortest, int longest)
{
	Size		at = p->row->t_hoff;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (p->nulls >> i & 1)
			continue;
		at = att_align_nominal(at, column->attalign);
		if (column->attlen >= shortest && column->attlen <= longest)
		{
			p->column[p->nplaces] = i;
			p->place[p->nplaces++] = at;
		}
		at += column->attlen;
	}
}

/* Know where columns are from a row that the server made. */
static pg_noinline void
know_places(RowArray *array, uint32 nulls, HeapTupleHeader row)
{
	RowPlaces  *p = &array->places[array->nplaces++ % ROW_ARRAY_PLACES];

	p->nulls = nulls;
	p->row = row;
	p->length = HeapTupleHeaderGetDatumLength(row);
	p->nplaces = 0;
	add_places(p, array->desc, 8, 8);
	p->neights = p->nplaces;
	add_places(p, array->desc, 4, 4);
	p->nfours = p->nplaces - p->neights;
	add_places(p, array->desc, 1, 2);
}

static inline const RowPlaces *
known_places(const RowArray *array, uint32 nulls)
{
	for (int i = 0; i < Min(array->nplaces, ROW_ARRAY_PLACES); i++)
	{
		if (array->places[i].nulls == nulls)
			return &array->places[i];
	}
	return NULL;
}

/* -- rows ------------------------------------------------------------------------------ */

void
row_array_add(RowArray *array, Datum *values, bool *nulls)
{
	HeapTuple	tuple;
	const RowPlaces *p;
	uint32		set = 0;
	char	   *row;
	int			i;

	if (!array->by_value)
	{
		tuple = heap_form_tuple(array->desc, values, nulls);
		add_tuple(array, tuple);
		heap_freetuple(tuple);
		return;
	}
	for (i = 0; i < array->desc->natts; i++)
		set |= (uint32) nulls[i] << i;
	p = known_places(array, set);
	if (p == NULL)
	{
		tuple = heap_form_tuple(array->desc, values, nulls);
		add_tuple(array, tuple);
		know_places(array, set, tuple->t_data);
		return;
	}
	row = next_row(array, p->length);
	memcpy(row, p->row, p->row->t_hoff);
	for (i = 0; i < p->neights; i++)
		*(int64 *) (row + p->place[i]) = DatumGetInt64(values[p->column[i]]);
	for (; i < p->neights + p->nfours; i++)
		*(int32 *) (row + p->place[i]) = DatumGetInt32(values[p->column[i]]);
	for (; i < p->nplaces; i++)
		store_att_byval(row + p->place[i], values[p->column[i]],
						TupleDescAttr(array->desc, p->column[i])->attlen);
}

Datum
row_array_finish(RowArray *array)
{
	ArrayType  *a = (ArrayType *) array->data;
	Oid			element = array->desc->tdtypeid;

	ReleaseTupleDesc(array->desc);
	if (a == NULL)
		return PointerGetDatum(construct_empty_array(element));
	SET_VARSIZE(a, array->used);
	a->ndim = 1;
	a->dataoffset = 0;
	a->elemtype = element;
	ARR_DIMS(a)[0] = array->count;
	ARR_LBOUND(a)[0] = 1;
	return PointerGetDatum(a);
}
