/*
 * credit.c
 *	  Dividing a total among channels so that nothing is lost to rounding.
 *
 * Doubles that are multiples of one power of 2, the quantum, and whose sum is
 * below 2^53 of it are added without rounding, whatever the order.  So the
 * total is taken as a number of quanta, its last bits; every channel gets its
 * share rounded down to whole quanta, and those left over, fewer than a handful
 * for each channel, go to the largest remainders (the first of equal ones): the
 * method of Hamilton, on the last bit.  No credit is off by more than about
 * 10^-16 of the total times the number of channels.  O(n) for all rounds but
 * the last, which looks for the largest remainder as often as quanta are left.
 */
#include "credit.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

void
credit_divide(const double *weights, size_t n, double total, double *credits)
{
	double		sum = 0;
	double		spread = 0;
	size_t		shared = 0;
	int			exponent;
	double		quanta;
	double		left;

	for (size_t i = 0; i < n; i++)
	{
		sum += weights[i];
		spread += fabs(weights[i]);
		shared += weights[i] != 0;
		credits[i] = 0;
	}
	if (sum == 0 || total == 0 || shared == 0)
		return;

	/* the largest sum on the way is this one */
	(void) frexp(total * fmax(spread / fabs(sum), 1.0), &exponent);
	quanta = ldexp(total, 53 - exponent);
	if (2 * fabs(quanta) * fmax(spread / fabs(sum), 1.0) <= 9007199254740992.0)
	{
		/* a power of 2 has one bit more */
		exponent--;
		quanta *= 2;
	}
	left = quanta = nearbyint(quanta);
	for (size_t i = 0; i < n; i++)
	{
		credits[i] = floor(weights[i] / sum * quanta);
		left -= credits[i];
	}

	/* more than one for each only through the rounding of the sum */
	if (fabs(left) >= (double) shared)
	{
		double		each = floor(left / (double) shared);

		for (size_t i = 0; i < n; i++)
		{
			if (weights[i] != 0)
			{
				credits[i] += each;
				left -= each;
			}
		}
	}
	while (left != 0)
	{
		double		step = left > 0 ? 1 : -1;
		double		best_rest = 0;
		size_t		best = n;

		for (size_t i = 0; i < n; i++)
		{
			double		rest = (weights[i] / sum * quanta - credits[i]) * step;

			if (weights[i] != 0 && (best == n || rest > best_rest))
			{
				best_rest = rest;
				best = i;
			}
		}
		credits[best] += step;
		left -= step;
	}
	for (size_t i = 0; i < n; i++)
		credits[i] = ldexp(credits[i], exponent - 53);
}
