/*
 * proportions.h
 *	  Comparing shares: two of them, many tests at once, how many are needed.
 */
#ifndef PROPORTIONS_H
#define PROPORTIONS_H

#include <stdint.h>

/*
 * The z that the standard normal distribution exceeds with probability `tail`,
 * 0 < tail <= 0.5.
 */
extern double normal_upper(double tail);

/* One of two shares: trials > 0, 0 <= successes <= trials. */
typedef struct Share
{
	int64_t		successes;
	int64_t		trials;
} Share;

/* Bounds of the rate of b minus that of a (Newcombe 1998, method 10). */
extern void newcombe_bounds(Share a, Share b, double z, double *lower, double *upper);

/* The same from the standard errors of both rates (Wald). */
extern void wald_bounds(Share a, Share b, double z, double *lower, double *upper);

/* z of the pooled test that both rates are the same; 0 where both are 0 or 1. */
extern double two_proportion_z(Share a, Share b);

/* How likely the normal distribution is at least as far from 0 as z. */
extern double two_sided_p(double z);

/*
 * A beta distribution, what is believed of a rate: both parameters between
 * BETA_LEAST and BETA_MOST.
 */
typedef struct Beta
{
	double		a;
	double		b;
} Beta;

#define BETA_LEAST	0.01
#define BETA_MOST	2e15

typedef struct BetaComparison
{
	double		b_greater;		/* probability that the rate of b is greater */
	double		gain_of_b;		/* expected max(b - a, 0) */
	double		gain_of_a;		/* expected max(a - b, 0) */
} BetaComparison;

extern void beta_compare(Beta a, Beta b, BetaComparison *result);

/*
 * Trials needed in each of two groups to find the difference between two rates,
 * as a number with a fraction; p1 <> p2, both 0..1; z of alpha / 2 and of the
 * power.
 */
extern double proportion_trials(double p1, double p2, double z_alpha, double z_power);

/*
 * The least rise above `base` that so many trials in each group find; less than
 * 0 if they find none.
 */
extern double proportion_effect(double base, double trials, double z_alpha, double z_power);

/*
 * Holm's step-down adjustment, in place: p holds n values, `order` their
 * numbers from the smallest to the largest.
 */
extern void holm_adjust(double *p, const int32_t *order, int32_t n);

/*
 * The chi-square statistic of counts against shares, which need not add up to
 * 1; every share > 0, the sum of the counts > 0.
 */
extern double share_chi_square(const double *counts, const double *shares, int32_t n);

#endif							/* PROPORTIONS_H */
