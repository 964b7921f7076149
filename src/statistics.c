/*
 * statistics.c
 *	  Statistics as SQL functions.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"

#include "journey_compat.h"
#include "core/statistics.h"

PG_FUNCTION_INFO_V1(wilson_interval_95);
Datum
wilson_interval_95(PG_FUNCTION_ARGS)
{
	int64		k = PG_GETARG_INT64(0);
	int64		n = PG_GETARG_INT64(1);
	double		lower = 0;
	double		upper = 0;
	TupleDesc	desc;
	Datum		values[2];
	bool		nulls[2];

	if (k < 0 || n < 0 || k > n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("successes must be between 0 and trials")));
	if (n > 0)
		wilson_interval(k, n, STATISTICS_Z95, &lower, &upper);
	values[0] = Float8GetDatum(lower);
	values[1] = Float8GetDatum(upper);
	nulls[0] = nulls[1] = n == 0;
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
