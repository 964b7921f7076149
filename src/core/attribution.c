/*
 * attribution.c
 *	  Which touches led to a conversion, and how much each is credited.
 *
 * The rule-based models give step i of n a weight:
 *
 *		first, last			all to one
 *		last_non_direct		all to the last that is not direct; to the last if
 *							all are
 *		linear				1
 *		position_based		first_weight, last_weight, and what is left equally
 *							among those between; of two, in that proportion
 *		time_decay			2 ^ (-age / half_life)
 *
 * and the credit is its part of all weights.  Ages may be huge, and only their
 * differences matter: they are counted from the last step, whose weight is 1,
 * so not all can become 0.
 *
 * Sums must be exact, and in every order, since nothing tells in which order
 * rows are added.  Credits as doubles next to w / sum would not do: six times
 * 1/6 make 0.9999999999999999.  So each is rounded to a grid: a multiple of 2^-53, of
 * which 1 is the 2^53rd.  Every sum of some of them is a whole number of grid
 * units not above 2^53, which a double holds exactly; there is nothing left to
 * round.  What rounding to the grid takes or gives, at most half a unit a step,
 * goes to the step with the largest weight, of several the last: with at least
 * 1/n of all it is far from 0 where the remainder, at most n units, is not.
 * Values are shared in the same way on the grid of their own last bit.
 *
 * Cost: linear in the touches of the window; where one step has all the credit,
 * constant (attribution_one_step).
 */
#include "attribution.h"

#include <math.h>

#define CREDIT_BITS		53
#define LAST_BIT		(-1074)

void
attribution_look_back(AttributionWindow *window, const AttributionTouch *touches,
					  size_t n, int64_t at, uint64_t lookback, int64_t since)
{
	while (window->end < n && touches[window->end].at <= at)
		window->end++;

	/* unsigned: the difference of two times may not fit a signed number */
	while (window->first < window->end &&
		   ((uint64_t) at - (uint64_t) touches[window->first].at > lookback ||
			(since != ATTRIBUTION_ALWAYS && touches[window->first].at <= since)))
		window->first++;
}

size_t
attribution_path(AttributionTransform transform, const AttributionTouch *touches,
				 AttributionWindow window, uint32_t *seen, AttributionStep *steps)
{
	bool		by_channel = transform == AT_FIRST || transform == AT_FREQUENCY;
	size_t		n = 0;

	for (size_t i = window.first; i < window.end; i++)
	{
		uint32_t	channel = touches[i].channel;
		AttributionStep *same = NULL;

		if (by_channel && seen[channel] > 0)
			same = &steps[seen[channel] - 1];
		else if (transform == AT_EXPOSURE && n > 0 &&
				 touches[steps[n - 1].touch].channel == channel)
			same = &steps[n - 1];
		if (same != NULL)
		{
			same->touches++;
			continue;
		}
		steps[n].touch = (uint32_t) i;
		steps[n].touches = 1;
		steps[n].credit = 0;
		n++;
		if (by_channel)
			seen[channel] = (uint32_t) n;
	}
	if (by_channel)
		for (size_t i = 0; i < n; i++)
			seen[touches[steps[i].touch].channel] = 0;
	return n;
}

void
attribution_steps(AttributionTransform transform, const AttributionTouch *touches, size_t n,
				  AttributionSteps *steps)
{
	uint32_t	nsteps = 0;
	uint32_t	sent = 0;

	for (size_t i = 0; i < n; i++)
	{
		if (i == 0 || transform != AT_EXPOSURE || touches[i].channel != touches[i - 1].channel)
		{
			if (!touches[i].direct)
				sent = nsteps + 1;
			steps->start[nsteps] = (uint32_t) i;
			steps->sent[nsteps++] = sent;
		}
		steps->step_of[i] = nsteps - 1;
	}
	steps->start[nsteps] = (uint32_t) n;
}

size_t
attribution_one_step(AttributionModel model, const AttributionTouch *touches,
					 const AttributionSteps *steps, AttributionWindow window,
					 AttributionStep *step, size_t *number)
{
	uint32_t	first;
	uint32_t	last;
	uint32_t	chosen;
	uint32_t	end;

	if (window.first >= window.end)
		return 0;
	first = steps->step_of[window.first];
	last = steps->step_of[window.end - 1];
	chosen = last;
	if (model == AM_FIRST)
		chosen = first;
	else if (model == AM_LAST_NON_DIRECT)
	{
		/* what the first step begins with is up to the window */
		if (steps->sent[last] > first + 1)
			chosen = steps->sent[last] - 1;
		else if (!touches[window.first].direct)
			chosen = first;
	}
	step->touch = chosen == first ? (uint32_t) window.first : steps->start[chosen];
	end = chosen == last ? (uint32_t) window.end : steps->start[chosen + 1];
	step->touches = end - step->touch;
	step->credit = 1;
	*number = chosen - first;
	return last - first + 1;
}

static double
position_weight(const AttributionOptions *options, size_t i, size_t n)
{
	double		ends = options->first_weight + options->last_weight;

	if (n == 1 || (n == 2 && ends <= 0))
		return 1;
	if (i == 0)
		return options->first_weight;
	if (i == n - 1)
		return options->last_weight;
	return ends < 1 ? (1 - ends) / (double) (n - 2) : 0;
}

/*
 * A part as a whole number of units, taken from the rest.  The total is a whole
 * number of units not above 2^53, so nothing here is rounded but the part.
 */
static double
take_units(double part, double unit, double *rest)
{
	double		units = rint(part / unit);

	*rest -= units;
	return units * unit;
}

void
attribution_credit(const AttributionOptions *options, const AttributionTouch *touches,
				   AttributionStep *steps, size_t n)
{
	size_t		chosen = n - 1;
	size_t		largest = 0;
	double		sum = 0;
	double		unit = ldexp(1, -CREDIT_BITS);
	double		rest;

	switch (options->model)
	{
		case AM_FIRST:
			chosen = 0;
			break;
		case AM_LAST_NON_DIRECT:
			for (size_t i = n; i-- > 0;)
			{
				if (!touches[steps[i].touch].direct)
				{
					chosen = i;
					break;
				}
			}
			break;
		case AM_LAST:
			break;
		default:
			chosen = n;
	}
	if (chosen < n)
	{
		for (size_t i = 0; i < n; i++)
			steps[i].credit = i == chosen ? 1 : 0;
		return;
	}

	for (size_t i = 0; i < n; i++)
	{
		double		weight = 1;

		if (options->model == AM_POSITION_BASED)
			weight = position_weight(options, i, n);
		else if (options->model == AM_TIME_DECAY)
		{
			uint64_t	age = (uint64_t) touches[steps[n - 1].touch].at -
			(uint64_t) touches[steps[i].touch].at;

			weight = exp2(-((double) age / options->half_life));
		}
		steps[i].credit = weight;
		sum += weight;
		if (weight >= steps[largest].credit)
			largest = i;
	}
	rest = ldexp(1, CREDIT_BITS);
	for (size_t i = 0; i < n; i++)
		if (i != largest)
			steps[i].credit = take_units(steps[i].credit / sum, unit, &rest);
	steps[largest].credit = rest * unit;
}

void
attribution_share(double value, const AttributionStep *steps, size_t n, double *shares)
{
	size_t		largest = 0;
	double		unit;
	double		rest;
	int			exponent;

	for (size_t i = 0; i < n; i++)
	{
		/* of nothing no share, not even of infinity */
		shares[i] = steps[i].credit > 0 ? value * steps[i].credit : 0;
		if (steps[i].credit >= steps[largest].credit)
			largest = i;
	}
	if (value == 0 || !isfinite(value))
		return;
	(void) frexp(value, &exponent);

	/* below this exponent numbers have fewer bits, and all the same last one */
	exponent -= CREDIT_BITS;
	unit = ldexp(1, exponent < LAST_BIT ? LAST_BIT : exponent);
	rest = value / unit;
	for (size_t i = 0; i < n; i++)
		if (i != largest)
			shares[i] = take_units(shares[i], unit, &rest);
	shares[largest] = rest * unit;
}
