/*
 * statistics.c
 *	  Intervals and tails of distributions.
 *
 * The tail of the chi-square distribution is the regularised upper incomplete
 * gamma function Q(degrees / 2, x / 2).  For x < a + 1 its complement P comes
 * from the power series, whose terms then fall from the first on,
 *
 *		P(a, x) = x^a e^-x / gamma(a + 1) * (1 + x/(a+1) + x^2/((a+1)(a+2)) + ...)
 *
 * else Q from Legendre's continued fraction by the method of Lentz (Abramowitz
 * and Stegun 6.5.29 and 6.5.31).  Both end at the precision of a double after
 * a number of terms that grows with the square root of a.
 */
#include "statistics.h"

#include <float.h>
#include <math.h>

void
wilson_interval(int64_t k, int64_t n, double z, double *lower, double *upper)
{
	double		p = (double) k / (double) n;
	double		zz = z * z / (double) n;
	double		center = (p + zz / 2) / (1 + zz);
	double		half = z * sqrt(p * (1 - p) / (double) n + zz / (4 * (double) n)) / (1 + zz);

	*lower = k == 0 ? 0 : center - half;
	*upper = k == n ? 1 : center + half;
}

/* x^a e^-x / gamma(a) */
static double
gamma_factor(double a, double x)
{
	return exp(a * log(x) - x - lgamma(a));
}

static double
gamma_series(double a, double x)
{
	double		term = 1 / a;
	double		sum = term;

	for (double n = a + 1; term > sum * DBL_EPSILON / 4; n++)
	{
		term *= x / n;
		sum += term;
	}
	return gamma_factor(a, x) * sum;
}

static double
gamma_fraction(double a, double x)
{
	double		b = x + 1 - a;
	double		c = 1 / DBL_MIN;
	double		d = 1 / b;
	double		h = d;
	double		step;

	for (double i = 1;; i++)
	{
		double		an = -i * (i - a);

		b += 2;
		d = an * d + b;
		c = b + an / c;
		if (fabs(d) < DBL_MIN)
			d = DBL_MIN;
		if (fabs(c) < DBL_MIN)
			c = DBL_MIN;
		d = 1 / d;
		step = d * c;
		h *= step;
		if (fabs(step - 1) < DBL_EPSILON || i > 1e6)
			return gamma_factor(a, x) * h;
	}
}

double
chi_square_tail(double x, double degrees)
{
	double		a = degrees / 2;

	x /= 2;
	if (x <= 0)
		return 1;
	if (degrees == 1)
		return erfc(sqrt(x));
	return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}
