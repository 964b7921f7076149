/*
 * statistics.h
 *	  Intervals and tails of distributions.
 */
#ifndef STATISTICS_H
#define STATISTICS_H

#include <stdint.h>

/* The 97.5 % quantile of the normal distribution: intervals are of 95 %. */
#define STATISTICS_Z95		1.959963984540054

/*
 * The Wilson score interval of k successes of n (Wilson 1927), 0 <= k <= n,
 * n > 0.  It stays inside 0 .. 1 and has a width also at 0 and n.
 */
extern void wilson_interval(int64_t k, int64_t n, double z,
							double *lower, double *upper);

/*
 * The upper tail of the chi-square distribution: how likely a value of x or
 * more is with so many degrees of freedom; x >= 0, degrees > 0.
 */
extern double chi_square_tail(double x, double degrees);

#endif							/* STATISTICS_H */
