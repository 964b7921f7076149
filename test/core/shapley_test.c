/*
 * shapley_test.c
 *	  Shapley values against the mean over all orders of the channels, in long
 *	  double; both games; what they must add up to.
 */
#include "core/shapley.h"

#include <math.h>
#include <string.h>

#include "test.h"

#define MAX_N		7
#define MAX_SETS	30

static int	checks;

static void
relax(void)
{
}

/* What a coalition earns, by the definition. */
static long double
worth(const ShapleySet *sets, int nsets, uint32_t coalition, bool rate)
{
	int64_t		conversions = 0;
	int64_t		paths = 0;

	for (int i = 0; i < nsets; i++)
	{
		if ((sets[i].channels & ~coalition) == 0)
		{
			conversions += sets[i].conversions;
			paths += sets[i].paths;
		}
	}
	return !rate ? (long double) conversions : paths > 0 ? (long double) conversions / paths : 0;
}

/* Sum over all orders in which the rest can come of what each adds. */
static void
all_orders(const ShapleySet *sets, int nsets, int n, bool rate, uint32_t have,
		   long double *sums)
{
	uint32_t	all = ((uint32_t) 1 << n) - 1;

	for (int c = 0; c < n; c++)
	{
		uint32_t	with = have | (uint32_t) 1 << c;
		int			rest = 0;
		long double ways = 1;

		if (with == have)
			continue;
		for (uint32_t left = all & ~with; left != 0; left &= left - 1)
			ways *= ++rest;
		sums[c] += ways * (worth(sets, nsets, with, rate) - worth(sets, nsets, have, rate));
		all_orders(sets, nsets, n, rate, with, sums);
	}
}

static void
one_round(void)
{
	int			n = 1 + (int) below(MAX_N);
	int			nsets = 1 + (int) below(MAX_SETS);
	ShapleySet	sets[MAX_SETS];
	ShapleyShare shares[MAX_SETS * MAX_N];
	size_t		nshares = 0;
	double		values[MAX_N];
	long double factorial = 1;
	uint32_t	all = ((uint32_t) 1 << n) - 1;
	void	   *scratch = malloc(shapley_scratch(n));

	for (int i = 2; i <= n; i++)
		factorial *= i;
	for (int i = 0; i < nsets; i++)
	{
		sets[i].channels = 1 + below(all);
		sets[i].conversions = below(3) == 0 ? 0 : below(100);
		sets[i].paths = sets[i].conversions + below(200);
		for (int c = 0; c < n; c++)
		{
			if ((sets[i].channels >> c & 1) == 0)
				continue;
			shares[nshares].channel = (uint32_t) c;
			shares[nshares].size = __builtin_popcount(sets[i].channels);
			shares[nshares++].amount = (double) sets[i].conversions;
		}
	}
	for (int rate = 0; rate < 2; rate++)
	{
		long double want[MAX_N] = {0};
		double		sum = 0;

		all_orders(sets, nsets, n, rate, 0, want);
		if (rate)
			shapley_rates(sets, (size_t) nsets, n, scratch, relax, values);
		else
			shapley_subsets(shares, nshares, (uint32_t) n, values);
		for (int c = 0; c < n; c++)
		{
			REQUIRE(fabsl(values[c] - want[c] / factorial) <= (rate ? 1e-14L : 1e-11L));
			sum += values[c];
			checks++;
		}
		REQUIRE(fabsl(sum - worth(sets, nsets, all, rate)) <= (rate ? 1e-14L : 1e-11L));
	}
	free(scratch);
}

/* 20 channels: alike ones have the same value, and all add up to the rate. */
static void
twenty(void)
{
	ShapleySet	sets[SHAPLEY_MAX_CHANNELS + 1];
	double		values[SHAPLEY_MAX_CHANNELS];
	double		sum = 0;
	void	   *scratch = malloc(shapley_scratch(SHAPLEY_MAX_CHANNELS));

	for (int c = 0; c < SHAPLEY_MAX_CHANNELS; c++)
		sets[c] = (ShapleySet)
	{
		(uint32_t) 1 << c, 1, 3
	};
	sets[SHAPLEY_MAX_CHANNELS] = (ShapleySet)
	{
		0xfffff, 7, 7
	};
	shapley_rates(sets, SHAPLEY_MAX_CHANNELS + 1, SHAPLEY_MAX_CHANNELS, scratch, relax, values);
	for (int c = 0; c < SHAPLEY_MAX_CHANNELS; c++)
	{
		REQUIRE(fabs(values[c] - values[0]) <= 1e-15);
		sum += values[c];
	}
	REQUIRE(fabs(sum - 27.0 / 67.0) <= 1e-14);
	free(scratch);
	checks++;
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 20251102);
	for (int round = 0; round < 150; round++)
		one_round();
	twenty();
	printf("ok: shapley, %d checks, seed %llu\n", checks, (unsigned long long) seed);
	return 0;
}
