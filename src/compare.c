/*
 * compare.c
 *	  Comparing shares, as SQL functions: two_proportion_test,
 *	  newcombe_interval, ab_bayes, sample_size, minimum_detectable_effect, holm,
 *	  sample_ratio_test.
 *
 * What is computed is in core/proportions.c; here arguments are checked.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "funcapi.h"
#include "utils/array.h"

#include "core/proportions.h"
#include "core/statistics.h"

/* So far the answers of ab_bayes keep their accuracy. */
#define MAX_BAYES	INT64CONST(1000000000000000)

static Datum
row(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

static void
must_be(bool holds, const char *name, const char *where)
{
	if (!holds)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be %s", name, where)));
}

/* The successes and trials of a or b, from argument `first` on. */
static Share
share_argument(FunctionCallInfo fcinfo, int first)
{
	Share		s = {PG_GETARG_INT64(first), PG_GETARG_INT64(first + 1)};

	if (s.successes < 0 || s.successes > s.trials)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("successes must be between 0 and trials"),
				 errdetail("There are %lld successes of %lld trials in group %s.",
						   (long long) s.successes, (long long) s.trials,
						   first == 0 ? "a" : "b")));
	return s;
}

static double
confidence_z(double confidence)
{
	must_be(confidence > 0 && confidence < 1, "confidence", "greater than 0 and less than 1");
	/* the same as the bounds of functions that know only this one */
	return confidence == 0.95 ? STATISTICS_Z95 : normal_upper((1 - confidence) / 2);
}

/* The columns of journey.two_proportion_row. */
enum
{
	TWO_RATE_A, TWO_RATE_B, TWO_DIFFERENCE, TWO_UPLIFT, TWO_Z, TWO_P, TWO_LOWER, TWO_UPPER,
	TWO_WALD_LOWER, TWO_WALD_UPPER, TWO_COUNT
};

PG_FUNCTION_INFO_V1(two_proportion_test);
Datum
two_proportion_test(PG_FUNCTION_ARGS)
{
	Share		a = share_argument(fcinfo, 0);
	Share		b = share_argument(fcinfo, 2);
	double		z = confidence_z(PG_GETARG_FLOAT8(4));
	Datum		values[TWO_COUNT] = {0};
	bool		nulls[TWO_COUNT];
	double		rate_a = 0;
	double		rate_b = 0;
	double		lower;
	double		upper;

	memset(nulls, true, sizeof(nulls));
	if (a.trials > 0)
	{
		rate_a = (double) a.successes / (double) a.trials;
		values[TWO_RATE_A] = Float8GetDatum(rate_a);
		nulls[TWO_RATE_A] = false;
	}
	if (b.trials > 0)
	{
		rate_b = (double) b.successes / (double) b.trials;
		values[TWO_RATE_B] = Float8GetDatum(rate_b);
		nulls[TWO_RATE_B] = false;
	}
	if (a.trials > 0 && b.trials > 0)
	{
		double		statistic = two_proportion_z(a, b);

		memset(nulls, false, sizeof(nulls));
		values[TWO_DIFFERENCE] = Float8GetDatum(rate_b - rate_a);
		values[TWO_UPLIFT] = Float8GetDatum((rate_b - rate_a) / rate_a);
		nulls[TWO_UPLIFT] = rate_a == 0;
		values[TWO_Z] = Float8GetDatum(statistic);
		values[TWO_P] = Float8GetDatum(two_sided_p(statistic));
		newcombe_bounds(a, b, z, &lower, &upper);
		values[TWO_LOWER] = Float8GetDatum(lower);
		values[TWO_UPPER] = Float8GetDatum(upper);
		wald_bounds(a, b, z, &lower, &upper);
		values[TWO_WALD_LOWER] = Float8GetDatum(lower);
		values[TWO_WALD_UPPER] = Float8GetDatum(upper);
	}
	PG_RETURN_DATUM(row(fcinfo, values, nulls));
}

PG_FUNCTION_INFO_V1(newcombe_interval);
Datum
newcombe_interval(PG_FUNCTION_ARGS)
{
	Share		a = share_argument(fcinfo, 0);
	Share		b = share_argument(fcinfo, 2);
	double		z = confidence_z(PG_GETARG_FLOAT8(4));
	double		lower = 0;
	double		upper = 0;
	Datum		values[2];
	bool		nulls[2];

	nulls[0] = nulls[1] = a.trials == 0 || b.trials == 0;
	if (!nulls[0])
		newcombe_bounds(a, b, z, &lower, &upper);
	values[0] = Float8GetDatum(lower);
	values[1] = Float8GetDatum(upper);
	PG_RETURN_DATUM(row(fcinfo, values, nulls));
}

/* The columns of journey.ab_bayes_row. */
enum
{
	BAYES_RATE_A, BAYES_RATE_B, BAYES_PROBABILITY_B, BAYES_LOSS_A, BAYES_LOSS_B, BAYES_COUNT
};

static Beta
posterior(FunctionCallInfo fcinfo, int first)
{
	Share		s = share_argument(fcinfo, first);
	Beta		believed;

	if (s.trials > MAX_BAYES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("trials must be at most %lld", (long long) MAX_BAYES)));
	believed.a = PG_GETARG_FLOAT8(4) + (double) s.successes;
	believed.b = PG_GETARG_FLOAT8(5) + (double) (s.trials - s.successes);
	return believed;
}

PG_FUNCTION_INFO_V1(ab_bayes);
Datum
ab_bayes(PG_FUNCTION_ARGS)
{
	Beta		a;
	Beta		b;
	BetaComparison c;
	Datum		values[BAYES_COUNT];
	bool		nulls[BAYES_COUNT] = {false};

	for (int i = 4; i <= 5; i++)
		must_be(PG_GETARG_FLOAT8(i) >= BETA_LEAST && PG_GETARG_FLOAT8(i) <= (double) MAX_BAYES,
				i == 4 ? "prior_successes" : "prior_failures", "between 0.01 and 1e15");
	a = posterior(fcinfo, 0);
	b = posterior(fcinfo, 2);
	beta_compare(a, b, &c);
	values[BAYES_RATE_A] = Float8GetDatum(a.a / (a.a + a.b));
	values[BAYES_RATE_B] = Float8GetDatum(b.a / (b.a + b.b));
	values[BAYES_PROBABILITY_B] = Float8GetDatum(c.b_greater);
	values[BAYES_LOSS_A] = Float8GetDatum(c.gain_of_b);
	values[BAYES_LOSS_B] = Float8GetDatum(c.gain_of_a);
	PG_RETURN_DATUM(row(fcinfo, values, nulls));
}

/* z of alpha / 2 and of power; they are arguments 3 and 2. */
static void
error_rates(FunctionCallInfo fcinfo, double *z_alpha, double *z_power)
{
	double		power = PG_GETARG_FLOAT8(2);
	double		alpha = PG_GETARG_FLOAT8(3);

	must_be(power >= 0.5 && power < 1, "power", "at least 0.5 and less than 1");
	must_be(alpha > 0 && alpha < 1, "alpha", "greater than 0 and less than 1");
	*z_alpha = normal_upper(alpha / 2);
	*z_power = normal_upper(1 - power);
}

PG_FUNCTION_INFO_V1(sample_size);
Datum
sample_size(PG_FUNCTION_ARGS)
{
	double		base = PG_GETARG_FLOAT8(0);
	double		effect = PG_GETARG_FLOAT8(1);
	double		z_alpha;
	double		z_power;
	double		trials;

	error_rates(fcinfo, &z_alpha, &z_power);
	must_be(base >= 0 && base <= 1, "base_rate", "between 0 and 1");
	must_be(effect != 0, "minimum_effect", "other than 0");
	if (!(base + effect >= 0 && base + effect <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("base_rate + minimum_effect must be between 0 and 1"),
				 errhint("The effect is absolute: from a rate of 0.20 to 0.23 it is 0.03.")));
	trials = ceil(proportion_trials(base, base + effect, z_alpha, z_power));
	if (!(trials < 9223372036854775808.0))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sample size is out of range")));
	PG_RETURN_INT64((int64) trials);
}

PG_FUNCTION_INFO_V1(minimum_detectable_effect);
Datum
minimum_detectable_effect(PG_FUNCTION_ARGS)
{
	double		base = PG_GETARG_FLOAT8(0);
	int64		trials = PG_GETARG_INT64(1);
	double		z_alpha;
	double		z_power;
	double		effect;

	error_rates(fcinfo, &z_alpha, &z_power);
	must_be(base >= 0 && base <= 1, "base_rate", "between 0 and 1");
	must_be(trials > 0, "trials", "greater than 0");
	effect = proportion_effect(base, (double) trials, z_alpha, z_power);
	if (effect < 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(effect);
}

/* -- arrays ----------------------------------------------------------------- */

static void
check_array(ArrayType *array, const char *name)
{
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be an array of one dimension", name)));
}

typedef struct Ranked
{
	double		p;
	int32		place;
} Ranked;

static int
by_p(const void *x, const void *y)
{
	const Ranked *a = x;
	const Ranked *b = y;

	return a->p < b->p ? -1 : a->p > b->p;
}

PG_FUNCTION_INFO_V1(holm);
Datum
holm(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	Datum	   *values;
	bool	   *nulls;
	int			n;
	int			given = 0;
	double	   *p;
	Ranked	   *ranked;
	int32	   *order;
	int			one = 1;

	check_array(array, "p");
	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &values, &nulls, &n);
	if (n == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(FLOAT8OID));
	p = palloc(n * sizeof(double));
	ranked = palloc(n * sizeof(Ranked));
	order = palloc(n * sizeof(int32));
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			continue;
		p[i] = DatumGetFloat8(values[i]);
		must_be(p[i] >= 0 && p[i] <= 1, "each p", "between 0 and 1");
		ranked[given].p = p[i];
		ranked[given].place = i;
		given++;
	}
	qsort(ranked, given, sizeof(Ranked), by_p);
	for (int i = 0; i < given; i++)
		order[i] = ranked[i].place;
	holm_adjust(p, order, given);
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			values[i] = Float8GetDatum(p[i]);
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, 1, &n, &one, FLOAT8OID,
											 sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* The columns of journey.sample_ratio_row. */
enum
{
	RATIO_GROUPS, RATIO_TOTAL, RATIO_CHI_SQUARE, RATIO_P, RATIO_COUNT
};

PG_FUNCTION_INFO_V1(sample_ratio_test);
Datum
sample_ratio_test(PG_FUNCTION_ARGS)
{
	ArrayType  *array;
	Datum	   *values;
	bool	   *nulls;
	int			n;
	double	   *counts;
	double	   *shares;
	int64		total = 0;
	Datum		answer[RATIO_COUNT] = {0};
	bool		unknown[RATIO_COUNT] = {false};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	array = PG_GETARG_ARRAYTYPE_P(0);
	check_array(array, "counts");
	deconstruct_array(array, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &values, &nulls, &n);
	must_be(n >= 2, "counts", "those of at least two groups");
	counts = palloc(n * sizeof(double));
	shares = palloc(n * sizeof(double));
	for (int i = 0; i < n; i++)
	{
		must_be(!nulls[i] && DatumGetInt64(values[i]) >= 0, "each count", "0 or more");
		if (pg_add_s64_overflow(total, DatumGetInt64(values[i]), &total))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("sum of the counts is out of range")));
		counts[i] = (double) DatumGetInt64(values[i]);
		shares[i] = 1;
	}
	if (!PG_ARGISNULL(1))
	{
		int			nshares;
		double		sum = 0;

		array = PG_GETARG_ARRAYTYPE_P(1);
		check_array(array, "shares");
		deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
						  &values, &nulls, &nshares);
		if (nshares != n)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("there are %d counts and %d shares", n, nshares),
					 errhint("Give one share for each count, in the same order.")));
		for (int i = 0; i < n; i++)
		{
			must_be(!nulls[i] && DatumGetFloat8(values[i]) > 0, "each share", "greater than 0");
			shares[i] = DatumGetFloat8(values[i]);
			sum += shares[i];
		}
		must_be(isfinite(sum), "sum of the shares", "finite");
	}
	answer[RATIO_GROUPS] = Int32GetDatum(n);
	answer[RATIO_TOTAL] = Int64GetDatum(total);
	unknown[RATIO_CHI_SQUARE] = unknown[RATIO_P] = total == 0;
	if (total > 0)
	{
		double		chi_square = share_chi_square(counts, shares, n);

		answer[RATIO_CHI_SQUARE] = Float8GetDatum(chi_square);
		answer[RATIO_P] = Float8GetDatum(isfinite(chi_square) ?
										 chi_square_tail(chi_square, n - 1) : 0);
	}
	PG_RETURN_DATUM(row(fcinfo, answer, unknown));
}
