/*
 * row_set.c
 *	  The answer of a function that returns a set of rows.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"

#include "row_set.h"

void
row_set_begin(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) || rsinfo->expectedDesc == NULL ||
		(rsinfo->allowedModes & SFRM_Materialize) == 0)
	{
		/* says what is wrong, or finds out by itself */
		InitMaterializedSRF(fcinfo, 0);
		return;
	}
	old = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	rsinfo->setResult =
		tuplestore_begin_heap((rsinfo->allowedModes & SFRM_Materialize_Random) != 0,
							  false, work_mem);
	MemoryContextSwitchTo(old);
	rsinfo->returnMode = SFRM_Materialize;

	/* rows are made by what is expected: nobody needs to compare */
	rsinfo->setDesc = NULL;
}
