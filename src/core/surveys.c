/*
 * surveys.c
 *	  What the answers to a survey say of all customers.
 *
 * NPS is the mean of a variable that is 1 for a promoter, 0 for a passive and
 * -1 for a detractor.  With P, N, D of them, n = P + N + D, p = P/n, d = D/n,
 *
 *		score = p - d		variance = p + d - (p - d)^2 = p (1 - p) + d (1 - d) + 2 p d
 *
 * of which the last form is a sum of parts that are not negative, so nothing
 * cancels and answers that are all alike have a variance of exactly 0.  Two
 * surveys of different customers differ with the standard error
 * sqrt(SE1^2 + SE2^2).
 *
 * A share of satisfied answers has the interval of Wilson, a mean that of
 * Student's t.  The variance of a mean is taken around the mean in a second
 * pass, in the order of the scores: it does not depend on who answered first.
 *
 * The quantile of t is found by halving the angle theta = atan(t / sqrt(v)),
 * in which the chance that |T| < t is a finite sum (Abramowitz and Stegun
 * 26.7.3 and 26.7.4),
 *
 *		v odd:	2/pi (theta + sin (cos + 2/3 cos^3 + (2*4)/(3*5) cos^5 + ... cos^(v-2)))
 *		v even:	sin (1 + 1/2 cos^2 + (1*3)/(2*4) cos^4 + ... cos^(v-2))
 *
 * and from 1000 degrees on by the expansion around the normal quantile
 * (26.7.5), whose first term left out is of the size of 1 / v^5.
 */
#include "surveys.h"

#include <math.h>

#include "statistics.h"

#define MANY_DEGREES	1000

static double
clamp(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

static void
set_bounds(SurveyEstimate *e, double margin, double low, double high)
{
	e->margin = margin;
	e->lower = clamp(e->score - margin, low, high);
	e->upper = clamp(e->score + margin, low, high);
}

/* Answers that are all alike say nothing of how far the score may be off. */
static void
set_normal_bounds(SurveyEstimate *e, double low, double high)
{
	if (e->std_error == 0)
		e->margin = e->lower = e->upper = NAN;
	else
		set_bounds(e, STATISTICS_Z95 * e->std_error, low, high);
}

void
survey_nps(int64_t promoters, int64_t passives, int64_t detractors, SurveyEstimate *e)
{
	double		n = (double) (promoters + passives + detractors);
	double		p = (double) promoters / n;
	double		d = (double) detractors / n;
	double		not_p = (double) (passives + detractors) / n;
	double		not_d = (double) (passives + promoters) / n;

	e->score = 100 * (double) (promoters - detractors) / n;
	e->std_error = 100 * sqrt((p * not_p + d * not_d + 2 * p * d) / n);
	set_normal_bounds(e, -100, 100);
}

bool
survey_difference(const SurveyEstimate *from, const SurveyEstimate *to,
				  SurveyEstimate *e, double *z, double *p)
{
	e->score = to->score - from->score;
	e->std_error = hypot(from->std_error, to->std_error);
	set_normal_bounds(e, -200, 200);
	if (e->std_error == 0)
		return false;
	*z = e->score / e->std_error;
	*p = erfc(fabs(*z) / sqrt(2));
	return true;
}

void
survey_share(int64_t satisfied, int64_t n, SurveyEstimate *e)
{
	double		share = (double) satisfied / (double) n;

	wilson_interval(satisfied, n, STATISTICS_Z95, &e->lower, &e->upper);
	e->score = 100 * (double) satisfied / (double) n;
	e->std_error = 100 * sqrt(share * ((double) (n - satisfied) / (double) n) / (double) n);
	e->lower *= 100;
	e->upper *= 100;
	e->margin = (e->upper - e->lower) / 2;
}

static double
count_answers(const SurveyCount *counts, uint32_t ncounts)
{
	double		n = 0;

	for (uint32_t i = 0; i < ncounts; i++)
		n += (double) counts[i].answers;
	return n;
}

double
survey_mean(const SurveyCount *counts, uint32_t ncounts)
{
	double		sum = 0;

	for (uint32_t i = 0; i < ncounts; i++)
		sum += counts[i].score * (double) counts[i].answers;
	return sum / count_answers(counts, ncounts);
}

void
survey_mean_estimate(const SurveyCount *counts, uint32_t ncounts,
					 double low, double high, SurveyEstimate *e)
{
	double		n = count_answers(counts, ncounts);
	double		squares = 0;

	e->score = survey_mean(counts, ncounts);
	e->std_error = e->margin = e->lower = e->upper = NAN;
	if (n < 2)
		return;
	for (uint32_t i = 0; i < ncounts; i++)
		squares += (double) counts[i].answers *
			(counts[i].score - e->score) * (counts[i].score - e->score);
	e->std_error = ncounts == 1 ? 0 : sqrt(squares / (n - 1) / n);
	if (e->std_error > 0)
		set_bounds(e, student_t_975((int64_t) n - 1) * e->std_error, low, high);
}

/* The chance that |T| < sqrt(v) tan(theta). */
static double
student_within(double theta, int64_t v)
{
	double		s = sin(theta);
	double		c = cos(theta);
	double		term = v % 2 == 0 ? 1 : c;
	double		sum = v == 1 ? 0 : term;

	for (int64_t k = v % 2 == 0 ? 2 : 3; k <= v - 2; k += 2)
	{
		term *= c * c * (double) (k - 1) / (double) k;
		sum += term;
	}
	return v % 2 == 0 ? s * sum : (theta + s * sum) * 2 / acos(-1.0);
}

double
student_t_975(int64_t degrees)
{
	double		v = (double) degrees;
	double		low = 0;
	double		high = acos(0.0);

	if (degrees >= MANY_DEGREES)
	{
		double		z = STATISTICS_Z95;
		double		zz = z * z;

		return z + z * ((zz + 1) / (4 * v) +
						((5 * zz + 16) * zz + 3) / (96 * v * v) +
						(((3 * zz + 19) * zz + 17) * zz - 15) / (384 * v * v * v) +
						((((79 * zz + 776) * zz + 1482) * zz - 1920) * zz - 945) /
						(92160 * v * v * v * v));
	}
	for (;;)
	{
		double		theta = low + (high - low) / 2;

		if (theta <= low || theta >= high)
			return sqrt(v) * tan(theta);
		if (student_within(theta, degrees) < 0.95)
			low = theta;
		else
			high = theta;
	}
}
