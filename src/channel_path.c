/*
 * channel_path.c
 *	  A row of a table of paths: channels in order, how many customers went this
 *	  way, and what it brought in.
 *
 * Values are added as whole millionths, so that no order of rows and no number
 * of workers changes a sum.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "channel_path.h"

static int64
count_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	int64		count = PG_ARGISNULL(n) ? 0 : PG_GETARG_INT64(n);

	if (count < 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s of a path must not be negative: %lld", name, (long long) count)));
	return count;
}

void
channel_path_units(double value, int64 *plus, int64 *minus)
{
	double		units;

	*plus = *minus = 0;
	if (isnan(value) || isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value of a path must be a finite number")));
	units = rint(fabs(value) * CHANNEL_VALUE_UNITS);
	if (units >= 9.2e18)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value of a path is out of range"),
				 errdetail("At most 9.2 * 10^12 can be added up to the millionth.")));
	if (value < 0)
		*minus = (int64) units;
	else
		*plus = (int64) units;
}

bool
channel_path_args(FunctionCallInfo fcinfo, ChannelPath *path)
{
	ArrayType  *array;
	Datum	   *names;
	bool	   *nulls;
	double		value = PG_ARGISNULL(4) ? 0 : PG_GETARG_FLOAT8(4);

	path->conversions = count_arg(fcinfo, 2, "conversions");
	path->nulls = count_arg(fcinfo, 3, "nulls");
	channel_path_units(value, &path->plus, &path->minus);
	if (value != 0 && path->conversions == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("path has a value but no conversions"),
				 errhint("The value is that of all conversions of the path together; give 0 or NULL where there are none.")));

	if (PG_ARGISNULL(1))
		return false;
	array = PG_GETARG_ARRAYTYPE_P(1);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("path must be an array of one dimension")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &path->n);
	if (path->n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("path has no channels"),
				 errhint("A conversion without channels cannot be credited: leave such rows out, with WHERE path <> '{}', and report them as unattributed.")));
	path->channels = palloc(path->n * sizeof(JourneyLabel));
	for (int i = 0; i < path->n; i++)
	{
		text	   *name;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("channel %d of a path is NULL", i + 1),
					 errhint("Name what is unknown, for example '(not set)', or take it out with array_remove(path, NULL).")));
		name = DatumGetTextPP(names[i]);
		if (VARSIZE_ANY_EXHDR(name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("channel %d of a path is an empty string", i + 1),
					 errhint("Name what is unknown, for example '(not set)', or take it out with array_remove(path, '').")));
		journey_label_checked(&path->channels[i], VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), "channel name");
	}
	return path->conversions > 0 || path->nulls > 0;
}

void
channel_path_add(int64 *counter, int64 add)
{
	if (pg_add_s64_overflow(*counter, add, counter))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum over all paths is out of range"),
				 errdetail("At most 9.2 * 10^18 paths and a value of 9.2 * 10^12 can be added up.")));
}

double
channel_path_value(int64 plus, int64 minus)
{
	/* both are at least 0: no overflow */
	return (double) (plus - minus) / CHANNEL_VALUE_UNITS;
}
