/*
 * path_array.c
 *	  A path that a customer took, as an argument text[] of an aggregate, and how
 *	  much of paths is counted.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "path_array.h"

bool
path_array_read(PathArray *path, FunctionCallInfo fcinfo, int n)
{
	ArrayType  *given;

	if (PG_ARGISNULL(n))
		return false;
	given = PG_GETARG_ARRAYTYPE_P(n);
	if (ARR_NDIM(given) == 0)
		return false;
	if (ARR_NDIM(given) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("path must have one dimension")));
	deconstruct_array(given, TEXTOID, -1, false, TYPALIGN_INT, &path->names, &path->nulls,
					  &path->n);
	return true;
}

void
path_array_label(const PathArray *path, int64 i, JourneyLabel *label)
{
	text	   *name;

	if (path->nulls[i])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("path must not contain nulls")));
	name = DatumGetTextPP(path->names[i]);
	journey_label_checked(label, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), "event of a path");
}

int32
path_depth(FunctionCallInfo fcinfo, int n, int32 max)
{
	int32		depth;

	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"depth\" must not be null")));
	depth = PG_GETARG_INT32(n);
	if (depth < 1 || depth > max)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"depth\" must be from 1 to %d", max)));
	return depth;
}
