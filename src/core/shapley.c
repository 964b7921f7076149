/*
 * shapley.c
 *	  Shapley values of channels: what each adds to all coalitions of others.
 *
 *		value(i) = sum over S without i of |S|! (n - |S| - 1)! / n! *
 *				   (v(S and i) - v(S))
 *
 * Where v(S) is what the paths brought in that touched nothing outside S, it is
 * a sum of games in which one path's channels T earn its amount as soon as all
 * of them are in S, and nothing before: "unanimity games".  The values of a sum
 * of games are the sums of the values, and in a unanimity game the members of T
 * are alike and the others add nothing, so each has amount / |T|.  That is
 * linear in the paths, for any number of channels.
 *
 * Where v(S) is a rate it is no such sum, and all 2^n coalitions are needed.
 * The counts of the paths within every S are sums over its subsets, which n
 * passes over 2^n counters add up (whole numbers, exact); then n passes over
 * 2^(n-1) pairs.  The differences of coalitions of one size have one weight,
 * 1 / (n * (n - 1 over |S|)), and are added up by themselves, with Neumaier's
 * correction, so that the error stays at the last places of a double.
 */
#include "shapley.h"

#include <math.h>
#include <string.h>

void
shapley_subsets(const ShapleyShare *shares, size_t n, uint32_t nchannels, double *values)
{
	for (uint32_t i = 0; i < nchannels; i++)
		values[i] = 0;
	for (size_t i = 0; i < n; i++)
		values[shares[i].channel] += shares[i].amount / (double) shares[i].size;
}

size_t
shapley_scratch(int nchannels)
{
	return 2 * sizeof(int64_t) * ((size_t) 1 << nchannels);
}

void
shapley_rates(const ShapleySet *sets, size_t n, int nchannels, void *scratch,
			  void (*relax) (void), double *values)
{
	size_t		coalitions = (size_t) 1 << nchannels;
	int64_t    *conversions = scratch;
	int64_t    *paths = conversions + coalitions;
	double	   *rates = (double *) scratch;
	double		weights[SHAPLEY_MAX_CHANNELS];

	memset(scratch, 0, shapley_scratch(nchannels));
	for (size_t i = 0; i < n; i++)
	{
		conversions[sets[i].channels] += sets[i].conversions;
		paths[sets[i].channels] += sets[i].paths;
	}
	for (int c = 0; c < nchannels; c++)
	{
		relax();
		for (size_t s = 0; s < coalitions; s++)
		{
			if ((s >> c & 1) != 0)
			{
				conversions[s] += conversions[s ^ (size_t) 1 << c];
				paths[s] += paths[s ^ (size_t) 1 << c];
			}
		}
	}

	/* each rate takes the place of its conversions */
	for (size_t s = 0; s < coalitions; s++)
	{
		double		rate = paths[s] > 0 ? (double) conversions[s] / (double) paths[s] : 0;

		memcpy(&rates[s], &rate, sizeof(rate));
	}

	weights[0] = 1.0 / nchannels;
	for (int size = 1; size < nchannels; size++)
		weights[size] = weights[size - 1] * size / (nchannels - size);
	for (int c = 0; c < nchannels; c++)
	{
		double		sums[SHAPLEY_MAX_CHANNELS] = {0};
		double		lost[SHAPLEY_MAX_CHANNELS] = {0};

		relax();
		for (size_t s = 0; s < coalitions; s++)
		{
			int			size = __builtin_popcountll(s);
			double		terms[2];

			if ((s >> c & 1) != 0)
				continue;
			terms[0] = rates[s | (size_t) 1 << c];
			terms[1] = -rates[s];
			for (int t = 0; t < 2; t++)
			{
				double		sum = sums[size] + terms[t];

				lost[size] += fabs(sums[size]) >= fabs(terms[t]) ?
					(sums[size] - sum) + terms[t] : (terms[t] - sum) + sums[size];
				sums[size] = sum;
			}
		}
		values[c] = 0;
		for (int size = 0; size < nchannels; size++)
			values[c] += weights[size] * (sums[size] + lost[size]);
	}
}
