/*
 * statistics_test.c
 *	  Intervals and tails against values of published tables.
 */
#include "core/statistics.h"

#include <math.h>

#include "test.h"

static int	checks;

#define NEAR(a, b, eps) \
	do { \
		checks++; \
		REQUIRE(fabs((a) - (b)) <= (eps)); \
	} while (0)

static void
test_wilson(void)
{
	static const struct
	{
		int64_t		k;
		int64_t		n;
		double		lower;
		double		upper;
	}			known[] = {
		{7, 50, 0.0695083, 0.2618619},
		{0, 10, 0, 0.2775328},
		{10, 10, 0.7224672, 1},
		{200, 1000, 0.1763771, 0.2259190}
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		double		lower;
		double		upper;

		wilson_interval(known[i].k, known[i].n, STATISTICS_Z95, &lower, &upper);
		NEAR(lower, known[i].lower, 5e-8);
		NEAR(upper, known[i].upper, 5e-8);
	}

	/* the interval is where p is z standard errors away */
	for (int round = 0; round < 1000; round++)
	{
		int64_t		n = 1 + below(100000);
		int64_t		k = below((uint32_t) n + 1);
		double		bounds[2];

		wilson_interval(k, n, STATISTICS_Z95, &bounds[0], &bounds[1]);
		REQUIRE(bounds[0] >= 0 && bounds[1] <= 1 && bounds[0] < bounds[1]);
		for (int side = 0; side < 2; side++)
		{
			double		p = bounds[side];

			if (p > 0 && p < 1)
				NEAR(fabs((double) k / (double) n - p) / sqrt(p * (1 - p) / (double) n),
					 STATISTICS_Z95, 1e-6);
		}
	}
}

static void
test_chi_square(void)
{
	/* by table: the value that so many degrees pass in 5 % */
	static const double five_percent[] = {
		3.841458820694124, 5.991464547107979, 7.814727903251179,
		9.487729036781154, 11.070497693516351, 12.591587243743977,
		14.067140449340169, 15.507313055865453, 16.918977604620448,
		18.307038053275146
	};

	for (int degrees = 1; degrees <= 10; degrees++)
		NEAR(chi_square_tail(five_percent[degrees - 1], degrees), 0.05, 1e-13);
	NEAR(chi_square_tail(124.34211340400407, 100), 0.05, 1e-12);
	NEAR(chi_square_tail(0, 3), 1, 0);
	NEAR(chi_square_tail(6.634896601021213, 1), 0.01, 1e-14);

	/*
	 * With an even number of degrees the tail is that of a sum of a Poisson
	 * distribution, with two an exponential; it falls from x to x everywhere.
	 */
	for (int round = 0; round < 2000; round++)
	{
		int			half = 1 + (int) below(60);
		double		x = below(4000000) / 10000.0;
		double		term = exp(-x / 2);
		double		sum = term;

		for (int i = 1; i < half; i++)
		{
			term *= x / 2 / i;
			sum += term;
		}
		NEAR(chi_square_tail(x, 2 * half), sum, 1e-12);
		REQUIRE(chi_square_tail(x, 2 * half + 1) >= chi_square_tail(x, 2 * half) - 1e-15);
	}
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 20261122);
	test_wilson();
	test_chi_square();
	printf("ok: %d values (seed %llu)\n", checks, (unsigned long long) seed);
	return 0;
}
