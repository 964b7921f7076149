/*
 * survival.c
 *	  Kaplan-Meier curves and the log-rank test.
 *
 * A customer who has not come back by the end of the data is neither retained
 * nor lost: all that is known is that it takes longer than he was watched.  He
 * is "censored", and counts among those at risk up to that time and no
 * further.  With d events at a time at which n are at risk (those censored at
 * that very time are still among them),
 *
 *		S(t)     = product over times <= t of (n - d) / n			(Kaplan, Meier 1958)
 *		Var S(t) = S(t)^2 * sum of d / (n * (n - d))				(Greenwood 1926)
 *
 * and the interval is that of log(-log S), which never leaves 0 .. 1.  The
 * median is the first time with S <= 1/2, its bounds the first times at which
 * the bounds of S pass there (Brookmeyer, Crowley 1982).  The restricted mean
 * is the area under the curve up to a horizon t*, with the variance
 *
 *		sum over times t <= t* of (area from t to t*)^2 * d / (n * (n - d)).
 *
 * Beyond the last time seen the curve is not known unless it is 0 there, so a
 * horizon after it has no restricted mean.
 *
 * Log-rank: at each time with events, d of n at risk, a group with g at risk
 * would expect d * g / n of them; the covariance of groups g and h is
 * d * (n - d) / (n - 1) * g / n * ([g = h] - h / n).  What was observed less
 * what was expected, Z, gives Z' V^-1 Z over all groups but one, which has the
 * chi-square distribution with as many degrees of freedom as V has rank
 * (Mantel 1966).
 *
 * Cost: linear in the different times; the test times groups squared.
 */
#include "survival.h"

#include <math.h>
#include <string.h>

/*
 * A product of many quotients that is one half may come out a little above it.
 * A curve that is truly above one half is so by more than this while there are
 * fewer than a thousand million customers.
 */
#define HALF	(0.5 * (1 + 1e-9))

void
survival_curve(SurvivalPoint *points, size_t n, double z)
{
	int64_t		at_risk = 0;
	double		survival = 1;
	double		sum = 0;

	for (size_t i = 0; i < n; i++)
		at_risk += points[i].events + points[i].censored;
	for (size_t i = 0; i < n; i++)
	{
		SurvivalPoint *p = &points[i];
		double		left = (double) (at_risk - p->events);

		p->at_risk = at_risk;
		p->hazard_sum = (double) p->events / ((double) at_risk * left);
		if (p->events > 0)
		{
			survival *= left / (double) at_risk;
			sum += p->hazard_sum;
		}
		p->survival = survival;
		if (survival <= 0)
			p->std_error = p->lower = p->upper = NAN;
		else if (sum == 0)
		{
			p->std_error = 0;
			p->lower = p->upper = 1;
		}
		else
		{
			double		log_survival = log(survival);
			double		width = z * sqrt(sum) / fabs(log_survival);

			p->std_error = survival * sqrt(sum);
			/* exp(-exp(log(-log S) +- width)) */
			p->lower = exp(log_survival * exp(width));
			p->upper = exp(log_survival * exp(-width));
		}
		at_risk -= p->events + p->censored;
	}
}

void
survival_summary(const SurvivalPoint *points, size_t n, double horizon,
				 SurvivalSummary *summary)
{
	double		area = 0;
	double		variance = 0;
	double		to = horizon;
	size_t		within = 0;

	summary->median = summary->median_lower = summary->median_upper = NAN;
	summary->restricted_mean = summary->restricted_error = NAN;
	if (n == 0)
		return;

	/* at 0 the bounds are not defined, but they have passed the middle */
	for (size_t i = 0; i < n; i++)
	{
		const SurvivalPoint *p = &points[i];
		bool		ended = p->survival <= 0;

		if (isnan(summary->median) && p->survival <= HALF)
			summary->median = p->time;
		if (isnan(summary->median_lower) && (ended || p->lower <= HALF))
			summary->median_lower = p->time;
		if (isnan(summary->median_upper) && !ended && p->upper <= HALF)
			summary->median_upper = p->time;
		if (p->time <= horizon)
			within = i + 1;
	}
	if (within == n && horizon > points[n - 1].time && points[n - 1].survival > 0)
		return;

	/* from the right: `area` is that between a time and the horizon */
	for (size_t i = within; i-- > 0;)
	{
		const SurvivalPoint *p = &points[i];

		area += p->survival * (to - p->time);
		to = p->time;
		if (p->events > 0 && p->survival > 0)
			variance += area * area * p->hazard_sum;
	}
	summary->restricted_mean = area + to;
	summary->restricted_error = sqrt(variance);
}

/* The rank of the symmetric m x m matrix v, and z' v^-1 z over that rank. */
static int
solve_quadratic(double *v, double *z, int m, double *value)
{
	int			rank = 0;
	double		largest = 0;

	for (int i = 0; i < m; i++)
		largest = fmax(largest, v[i * m + i]);
	*value = 0;

	/* eliminate with the largest diagonal left as pivot: v = L D L' */
	for (int step = 0; step < m; step++)
	{
		int			pivot = -1;
		double		d;

		for (int i = 0; i < m; i++)
			if (!isnan(z[i]) && (pivot < 0 || v[i * m + i] > v[pivot * m + pivot]))
				pivot = i;
		d = v[pivot * m + pivot];
		if (d <= largest * 1e-12 || d <= 0)
			break;
		rank++;
		*value += z[pivot] * z[pivot] / d;
		for (int i = 0; i < m; i++)
		{
			double		factor = v[i * m + pivot] / d;

			if (i == pivot || isnan(z[i]))
				continue;
			z[i] -= factor * z[pivot];
			for (int k = 0; k < m; k++)
				if (k != pivot)
					v[i * m + k] -= factor * v[pivot * m + k];
		}
		z[pivot] = NAN;			/* done with */
	}
	return rank;
}

int
logrank_test(LogrankGroup *groups, int ngroups, double *scratch,
			 void (*relax) (void), double *chi_square)
{
	double	   *v = scratch;	/* all groups but the last */
	double	   *z = scratch + ngroups * ngroups;
	int			m = ngroups - 1;
	uint32_t	work = 0;

	memset(scratch, 0, logrank_scratch(ngroups) * sizeof(double));
	for (int g = 0; g < ngroups; g++)
	{
		groups[g].next = 0;
		groups[g].events = groups[g].at_risk = 0;
		groups[g].expected = 0;
		for (size_t i = 0; i < groups[g].n; i++)
			groups[g].at_risk += groups[g].points[i].events + groups[g].points[i].censored;
		groups[g].customers = groups[g].at_risk;
	}
	for (;;)
	{
		double		time = INFINITY;
		double		at_risk = 0;
		double		events = 0;

		for (int g = 0; g < ngroups; g++)
		{
			if (groups[g].next < groups[g].n)
				time = fmin(time, groups[g].points[groups[g].next].time);
			at_risk += (double) groups[g].at_risk;
		}
		if (time == INFINITY)
			break;
		for (int g = 0; g < ngroups; g++)
			if (groups[g].next < groups[g].n && groups[g].points[groups[g].next].time == time)
				events += (double) groups[g].points[groups[g].next].events;
		if (events > 0)
		{
			double		spread = at_risk > 1 ?
			events * (at_risk - events) / (at_risk - 1) : 0;

			for (int g = 0; g < ngroups; g++)
			{
				double		share = (double) groups[g].at_risk / at_risk;

				groups[g].expected += events * share;
				if (g == m || share == 0)
					continue;
				for (int h = 0; h < m; h++)
					v[g * m + h] += spread * share *
						((g == h) - (double) groups[h].at_risk / at_risk);
			}
		}
		for (int g = 0; g < ngroups; g++)
		{
			if (groups[g].next < groups[g].n && groups[g].points[groups[g].next].time == time)
			{
				const SurvivalPoint *p = &groups[g].points[groups[g].next++];

				groups[g].events += p->events;
				groups[g].at_risk -= p->events + p->censored;
			}
		}
		work += (uint32_t) ngroups * (uint32_t) ngroups;
		if (work > 1000000)
		{
			work = 0;
			relax();
		}
	}
	for (int g = 0; g < m; g++)
		z[g] = (double) groups[g].events - groups[g].expected;
	return m < 1 ? 0 : solve_quadratic(v, z, m, chi_square);
}
