/*
 * credit.h
 *	  Dividing a total among channels so that nothing is lost to rounding.
 */
#ifndef CREDIT_H
#define CREDIT_H

#include <stddef.h>

/*
 * Divide `total` in proportion to the weights; credits[i] = 0 for all if the
 * weights add up to 0 or the total is 0.  Where no weight is negative, the
 * credits add up to the total exactly, in any order and with any number of
 * partial sums in doubles.  With weights of both signs this holds for as long
 * as the credits without their signs add up to less than 2^53 times the last
 * bit of the total that is set.
 */
extern void credit_divide(const double *weights, size_t n, double total, double *credits);

#endif							/* CREDIT_H */
