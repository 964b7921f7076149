/*
 * proportions.c
 *	  Comparing shares: two of them, many tests at once, how many are needed.
 *
 * The probability that one of two beta distributions is greater has a closed
 * sum, but each of its terms is a difference of logarithms of the gamma
 * function, which for a million trials is some 10^7 large: nine digits are left
 * of it.  So it is integrated instead, in a form in which nothing cancels.
 *
 * With the logarithm of the odds u = ln(x / (1 - x)), counted from its value at
 * the mean, d = u - ln(a / b), and N = a + b, p = a / N, the density is
 *
 *		f(d) = sqrt(ab / (2 pi N)) exp(s(N) - s(a) - s(b)) exp(-N L(d)),
 *		L(d) = ln(1 + p (e^d - 1)) - p d >= 0,
 *
 * s(n) being what Stirling's formula lacks of ln gamma(n).  L is about
 * p (1 - p) d^2 / 2 near 0 and is summed there from ln(1 + y) - y and
 * e^d - 1 - d, so that f has nearly all digits of a double for any a and b.
 *
 * Let n be the distribution with the smaller spread of u and w the other one.
 *
 *		P(w < n) = integral of f_n(u) F_w(u) du.
 *
 * The integrand is analytic for |Im u| < pi and falls exponentially on both
 * sides, for which the trapezoidal rule converges exponentially: with steps of
 * h its error is near exp(-2 pi^2 s^2 / (2 h^2)) for a normal curve of standard
 * deviation s, and near exp(-pi^2 / h) for a gamma tail; with h <= s / 2.5 and
 * h <= 0.2 that is less than 1e-21.  F_w is carried along from node to node by
 * Gauss's rule of eight points, whose error on such a step is less than 1e-20
 * of it.  So is E(n - w)+, which grows from x to x' by (x' - x) F_w(x) plus the
 * integral of (x' - y) f_w(y) from x to x'.  All terms are positive.  The other
 * side, P(w > n), is the same walk over the mirrored distributions.
 *
 * Where N L > 45 the density is left out, which is less than 1e-18 of it.  What
 * remains is the error of single operations: the tests ask for 1e-13, absolute,
 * of the gains relative to the rates; against the closed sum in fifty digits it
 * was less than 1e-15 for up to 10^12 trials.
 *
 * Cost: some hundred nodes of eight densities each, 40 to 100 microseconds,
 * whatever the number of trials; parameters below 1/2, which only a prior can
 * be, have long tails, at most 25,000 nodes at 0.01.
 */
#include "proportions.h"

#include <math.h>
#include <stdbool.h>

#include "statistics.h"

/* -- two rates -------------------------------------------------------------- */

double
normal_upper(double tail)
{
	/*
	 * Newton's method for ln Q(z) = ln tail.  ln Q is concave and falls, and
	 * Q(z) < exp(-z^2 / 2) puts the first z beyond the root, so each step
	 * comes nearer to it from there until rounding ends it.
	 */
	double		z = sqrt(-2 * log(tail));

	if (tail >= 0.5)
		return 0;
	for (;;)
	{
		double		q = erfc(z / sqrt(2)) / 2;
		double		density = exp(-z * z / 2) / sqrt(2 * M_PI);
		double		next = z + log(q / tail) * q / density;

		if (!(next < z))
			return z;
		z = next;
	}
}

static inline double
rate(Share s)
{
	return (double) s.successes / (double) s.trials;
}

static double
rate_difference(Share a, Share b)
{
	return rate(b) - rate(a);
}

void
newcombe_bounds(Share a, Share b, double z, double *lower, double *upper)
{
	double		lower_a;
	double		upper_a;
	double		lower_b;
	double		upper_b;
	double		difference = rate_difference(a, b);

	wilson_interval(a.successes, a.trials, z, &lower_a, &upper_a);
	wilson_interval(b.successes, b.trials, z, &lower_b, &upper_b);
	*lower = difference - hypot(rate(b) - lower_b, upper_a - rate(a));
	*upper = difference + hypot(upper_b - rate(b), rate(a) - lower_a);
}

static double
variance(Share s)
{
	double		p = rate(s);
	double		q = (double) (s.trials - s.successes) / (double) s.trials;

	return p * q / (double) s.trials;
}

void
wald_bounds(Share a, Share b, double z, double *lower, double *upper)
{
	double		half = z * sqrt(variance(a) + variance(b));

	*lower = rate_difference(a, b) - half;
	*upper = rate_difference(a, b) + half;
}

double
two_proportion_z(Share a, Share b)
{
	double		trials = (double) a.trials + (double) b.trials;
	double		p = ((double) a.successes + (double) b.successes) / trials;
	double		q = ((double) (a.trials - a.successes) +
					 (double) (b.trials - b.successes)) / trials;

	if (p == 0 || q == 0)
		return 0;
	return rate_difference(a, b) /
		sqrt(p * q * (1 / (double) a.trials + 1 / (double) b.trials));
}

double
two_sided_p(double z)
{
	return erfc(fabs(z) / sqrt(2));
}

/* -- which of two beta distributions is greater ----------------------------- */

/* Densities below exp(-DEEP) of the highest are left out. */
#define DEEP	45.0

/* A distribution of u, counted from its value at the mean. */
typedef struct Odds
{
	double		a;
	double		b;
	double		n;				/* a + b */
	double		scale;			/* density at the mean */
	double		step;			/* short beside the spread of the density */
	double		left;			/* where it begins and ends to matter */
	double		right;
} Odds;

/* ln gamma(n) - ((n - 1/2) ln n - n + ln(2 pi) / 2) */
static double
stirling_rest(double n)
{
	double		r = 1 / (n * n);

	if (n < 10)
		return lgamma(n) - ((n - 0.5) * log(n) - n + 0.91893853320467274178);
	return (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 -
															   r * (1.0 / 1188 - r * 691.0 / 360360))))) / n;
}

/* ln(1 + y) - y for |y| <= 0.4 */
static double
log1p_less(double y)
{
	double		z = y / (2 + y);
	double		zz = z * z;
	double		power = 1;
	double		sum = 0;

	/* ln(1 + y) = 2 artanh z, and 2 z = y - y z */
	for (int i = 3; i < 40 && power > 1e-18; i += 2)
	{
		sum += power / i;
		power *= zz;
	}
	return 2 * z * zz * sum - y * z;
}

/* e^d - 1 - d for |d| <= 0.4 */
static double
expm1_less(double d)
{
	double		term = d * d / 2;
	double		sum = 0;

	for (int i = 3; i < 25; i++)
	{
		sum += term;
		term *= d / i;
	}
	return sum;
}

static double
odds_depth(const Odds *o, double d)
{
	double		p;
	double		depth;

	/* the mirrored density is the same; with p <= 1/2 little cancels */
	if (o->a > o->b)
	{
		p = o->b / o->n;
		d = -d;
	}
	else
		p = o->a / o->n;
	if (fabs(d) <= 0.4)
		depth = log1p_less(p * expm1(d)) + p * expm1_less(d);
	else if (d < 30)
		depth = log1p(p * expm1(d)) - p * d;
	else
		depth = (1 - p) * d + log(p) + log1p((1 - p) / p * exp(-d));
	return o->n * depth;
}

static inline double
odds_density(const Odds *o, double d)
{
	return o->scale * exp(-odds_depth(o, d));
}

/* Where the depth in the direction of `sign` reaches DEEP. */
static double
odds_end(const Odds *o, double sign)
{
	double		inside = 0;
	double		outside = o->step;

	while (odds_depth(o, sign * outside) < DEEP)
	{
		inside = outside;
		outside *= 2;
	}
	for (int i = 0; i < 20; i++)
	{
		double		middle = (inside + outside) / 2;

		if (odds_depth(o, sign * middle) < DEEP)
			inside = middle;
		else
			outside = middle;
	}
	return sign * outside;
}

static Odds
odds_of(double a, double b)
{
	Odds		o = {.a = a,.b = b,.n = a + b};

	o.scale = sqrt(a / o.n * b / (2 * M_PI)) *
		exp(stirling_rest(o.n) - stirling_rest(a) - stirling_rest(b));
	o.step = sqrt(1 / a + 1 / b) / 2.5;
	if (o.step > 0.2)
		o.step = 0.2;
	o.left = odds_end(&o, -1);
	o.right = odds_end(&o, 1);
	return o;
}

/* How far x is from one u to a later one, both counted from the mean. */
static double
rate_step(const Odds *o, double from, double to)
{
	double		ratio = o->a / o->b;

	/* x(to) (1 - x(from)) (1 - e^(from - to)) */
	return -expm1(from - to) / ((1 + exp(-to) / ratio) * (1 + exp(from) * ratio));
}

/* P(w < x) and E(x - w)+ while x goes up. */
typedef struct Below
{
	const Odds *o;
	double		at;				/* u of x, counted from the mean */
	double		probability;
	double		gain;
} Below;

static void
below_move(Below *w, double to)
{
	static const double nodes[] = {
		0.18343464249564980494, 0.52553240991632898582,
		0.79666647741362673959, 0.96028985649753623168
	};
	static const double weights[] = {
		0.36268378337836198297, 0.31370664587788728734,
		0.22238103445337447054, 0.10122853629037625915
	};
	double		half = (to - w->at) / 2;
	double		middle = w->at + half;
	double		probability = 0;
	double		gain = 0;

	for (int i = 0; i < 8; i++)
	{
		double		y = middle + (i & 1 ? half : -half) * nodes[i / 2];
		double		mass = weights[i / 2] * odds_density(w->o, y);

		/* far outside nothing is left but 0 times a rate */
		if (mass > 0)
		{
			probability += mass;
			gain += mass * rate_step(w->o, y, to);
		}
	}
	w->gain += rate_step(w->o, w->at, to) * w->probability + half * gain;
	w->probability += half * probability;
	w->at = to;
}

/*
 * P(w < n) and E(n - w)+; `apart` is the mean of n less that of w, in u.
 */
static void
below_narrow(const Odds *n, const Odds *w, double apart,
			 double *probability, double *gain)
{
	Below		below = {.o = w,.at = n->left + apart};
	double		first = below.at;
	long		nodes = (long) ceil((n->right - n->left) / n->step);

	*probability = *gain = 0;
	if (w->left < first)
	{
		/* what lies before the first node; beyond its end w is all below */
		double		end = first < w->right ? first : w->right;
		long		steps = (long) ceil((end - w->left) / w->step);

		below.at = w->left;
		for (long i = 1; i <= steps; i++)
			below_move(&below, w->left + (end - w->left) * i / steps);
		if (end < first)
			below_move(&below, first);
	}
	for (long i = 0; i <= nodes; i++)
	{
		double		d = n->left + n->step * i;
		double		mass = n->step * odds_density(n, d);

		if (i > 0)
			below_move(&below, d + apart);
		*probability += mass * below.probability;
		*gain += mass * below.gain;
	}
}

/*
 * ln(n.a / n.b) - ln(w.a / w.b).  Distributions of many trials are narrow and
 * may be near each other, so the difference of the products is taken exactly.
 */
static double
odds_apart(Beta n, Beta w)
{
	double		product = n.b * w.a;
	double		difference = fma(n.a, w.b, -product) - fma(n.b, w.a, -product);

	if (fabs(difference) > product / 2)
		return log(n.a / n.b) - log(w.a / w.b);
	return log1p(difference / product);
}

void
beta_compare(Beta a, Beta b, BetaComparison *result)
{
	bool		a_narrow = 1 / a.a + 1 / a.b < 1 / b.a + 1 / b.b;
	Beta		n = a_narrow ? a : b;
	Beta		w = a_narrow ? b : a;
	Odds		narrow = odds_of(n.a, n.b);
	Odds		wide = odds_of(w.a, w.b);
	double		apart = odds_apart(n, w);
	double		below;
	double		above;
	double		gain;
	double		loss;
	double		whole;
	Odds		narrow_mirror = narrow;
	Odds		wide_mirror = wide;

	narrow_mirror.a = narrow.b;
	narrow_mirror.b = narrow.a;
	narrow_mirror.left = -narrow.right;
	narrow_mirror.right = -narrow.left;
	wide_mirror.a = wide.b;
	wide_mirror.b = wide.a;
	wide_mirror.left = -wide.right;
	wide_mirror.right = -wide.left;
	below_narrow(&narrow, &wide, apart, &below, &gain);
	below_narrow(&narrow_mirror, &wide_mirror, -apart, &above, &loss);

	/* both make 1: what the heights of the densities lack, all four lack */
	whole = below + above;
	result->b_greater = (a_narrow ? above : below) / whole;
	result->gain_of_b = (a_narrow ? loss : gain) / whole;
	result->gain_of_a = (a_narrow ? gain : loss) / whole;
}

/* -- how many are needed ---------------------------------------------------- */

/* z standard errors of a difference, times the square root of the trials. */
static double
needed(double p1, double p2, double z_alpha, double z_power)
{
	double		mean = (p1 + p2) / 2;

	return z_alpha * sqrt(2 * mean * (1 - mean)) +
		z_power * sqrt(p1 * (1 - p1) + p2 * (1 - p2));
}

double
proportion_trials(double p1, double p2, double z_alpha, double z_power)
{
	double		root = needed(p1, p2, z_alpha, z_power) / (p2 - p1);

	return root * root;
}

double
proportion_effect(double base, double trials, double z_alpha, double z_power)
{
	double		none = 0;
	double		found = 1 - base;

	/*
	 * needed() is concave in the effect, both z being positive, and not below
	 * 0: what is found beyond it is convex, at most 0 at no effect, and so is
	 * positive from one effect on, if at all.
	 */
	if (found <= 0 ||
		sqrt(trials) * found < needed(base, 1, z_alpha, z_power))
		return -1;
	for (;;)
	{
		double		middle = none + (found - none) / 2;

		if (middle <= none || middle >= found)
			return found;
		if (sqrt(trials) * middle < needed(base, base + middle, z_alpha, z_power))
			none = middle;
		else
			found = middle;
	}
}

/* -- several at once -------------------------------------------------------- */

void
holm_adjust(double *p, const int32_t *order, int32_t n)
{
	double		largest = 0;

	for (int32_t i = 0; i < n; i++)
	{
		double		adjusted = p[order[i]] * (n - i);

		if (adjusted > 1)
			adjusted = 1;
		if (adjusted > largest)
			largest = adjusted;
		p[order[i]] = largest;
	}
}

double
share_chi_square(const double *counts, const double *shares, int32_t n)
{
	double		total = 0;
	double		whole = 0;
	double		sum = 0;

	for (int32_t i = 0; i < n; i++)
	{
		total += counts[i];
		whole += shares[i];
	}
	for (int32_t i = 0; i < n; i++)
	{
		double		expected = total * (shares[i] / whole);

		/* a share may be too small beside the others to be told from 0 */
		if (expected > 0 || counts[i] > 0)
			sum += (counts[i] - expected) * (counts[i] - expected) / expected;
	}
	return sum;
}
