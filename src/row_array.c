/*
 * row_array.c
 *	  Answers that are tables: arrays of a composite type, built row by row.
 *
 * The type is found through the function's own Oid, not through the call
 * expression, which is not there when a scale-out node calls the final
 * function.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "row_array.h"

void
row_array_start(RowArray *array, FunctionCallInfo fcinfo)
{
	Oid			element = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));

	if (!OidIsValid(element))
		elog(ERROR, "function %u does not return an array", fcinfo->flinfo->fn_oid);
	array->desc = lookup_rowtype_tupdesc_copy(element, -1);
	array->count = 0;
	array->allocated = 32;
	array->rows = palloc(array->allocated * sizeof(Datum));
}

void
row_array_add(RowArray *array, Datum *values, bool *nulls)
{
	if (array->count == array->allocated)
	{
		array->allocated *= 2;
		array->rows = repalloc(array->rows, array->allocated * sizeof(Datum));
	}
	array->rows[array->count++] =
		HeapTupleGetDatum(heap_form_tuple(array->desc, values, nulls));
}

Datum
row_array_finish(RowArray *array)
{
	return PointerGetDatum(construct_array(array->rows, array->count,
										   array->desc->tdtypeid, -1, false,
										   TYPALIGN_DOUBLE));
}
