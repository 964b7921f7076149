/*
 * row_set.c
 *	  The answer of a function that returns a set of rows.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "row_set.h"

void
row_set_begin(RowSet *rows, FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) || rsinfo->expectedDesc == NULL ||
		(rsinfo->allowedModes & SFRM_Materialize) == 0)
	{
		/* says what is wrong, or can do without */
		InitMaterializedSRF(fcinfo, 0);
		rows->store = rsinfo->setResult;
		rows->desc = rsinfo->setDesc;
		return;
	}
	old = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	rows->store = tuplestore_begin_heap((rsinfo->allowedModes & SFRM_Materialize_Random) != 0,
										false, work_mem);
	MemoryContextSwitchTo(old);
	rows->desc = rsinfo->expectedDesc;
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setResult = rows->store;

	/* rows are made by what is expected: there is nothing to compare */
	rsinfo->setDesc = NULL;
}
