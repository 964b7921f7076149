/*
 * attribution_test.c
 *	  Windows, paths and credits against their definitions.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o attribution_test \
 *		  test/core/attribution_test.c src/core/[a-z]*.c -lm
 *	  ./attribution_test [seed [cases]]
 *
 * Known shares; then random touches under random options.  A touch is in a
 * window or not by the definition, a path is found by looking back at all
 * touches before each, and credits are the weights of the model in long double.
 * That they add up exactly is asked in the given order, backwards and in pairs.
 */
#include "core/attribution.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "test.h"

#define CASES		200000
#define MAX_TOUCHES	24
#define CHANNELS	4
#define DAY			INT64_C(86400000000)

static int	checks;

static const AttributionOptions defaults = {AM_LINEAR, 0.4, 0.4, 7.0 * DAY};

/* -- known shares ------------------------------------------------------------------- */

static void
known(AttributionOptions options, const AttributionTouch *touches, size_t n, const double *want)
{
	AttributionStep steps[MAX_TOUCHES];
	uint32_t	seen[MAX_TOUCHES + 1] = {0};
	AttributionWindow window = {0, n};
	double		sum = 0;

	REQUIRE(attribution_path(AT_UNIQUE, touches, window, seen, steps) == n);
	attribution_credit(&options, touches, steps, n);
	for (size_t i = 0; i < n; i++)
	{
		REQUIRE(fabs(steps[i].credit - want[i]) <= 1e-15);
		sum += steps[i].credit;
		checks++;
	}
	REQUIRE(sum == 1);
}

static void
test_known(void)
{
	static const double positions[5][5] = {
		{1}, {0.5, 0.5}, {0.4, 0.2, 0.4}, {0.4, 0.1, 0.1, 0.4},
		{0.4, 0.2 / 3, 0.2 / 3, 0.2 / 3, 0.4}
	};
	static const double shares[][5] = {
		{0.3, 0.7},
		{0.3, 0, 0.7},
		{0.5, 0.5},
		{0, 1, 0},
		{1.0 / 7, 2.0 / 7, 4.0 / 7},
		{0, 0, 1},
		{0, 0, 0, 0, 1},
		{0, 1, 0},
		{1},
		{0, 0, 0, 0, 1},
		{0, 1}
	};
	AttributionTouch touches[5];
	AttributionOptions options = defaults;

	for (int i = 0; i < 5; i++)
	{
		touches[i].at = 7 * DAY * i;
		touches[i].label = 0;
		touches[i].channel = 1 + (uint32_t) i;
		touches[i].direct = i == 2;
	}
	options.model = AM_POSITION_BASED;
	for (size_t n = 1; n <= 5; n++)
		known(options, touches, n, positions[n - 1]);

	/* two touches get their weights of both; without weights half each */
	options.first_weight = 0.3;
	options.last_weight = 0.7;
	known(options, touches, 2, shares[0]);
	known(options, touches, 3, shares[1]);
	options.first_weight = options.last_weight = 0;
	known(options, touches, 2, shares[2]);
	known(options, touches, 3, shares[3]);

	options.model = AM_TIME_DECAY;
	known(options, touches, 3, shares[4]);
	/* so old that nothing of the others is left; and as old as can be */
	options.half_life = 1;
	known(options, touches, 3, shares[5]);
	touches[0].at = INT64_MIN + 1;
	touches[4].at = INT64_MAX;
	known(options, touches, 5, shares[6]);

	options.model = AM_LAST_NON_DIRECT;
	known(options, touches, 3, shares[7]);
	known(options, touches + 2, 1, shares[8]);
	known(options, touches, 5, shares[9]);
	touches[3].direct = true;
	known(options, touches + 2, 2, shares[10]);
}

/* A long path: the remainder has nowhere to hide. */
static void
test_long(void)
{
	size_t		n = 1000003;
	AttributionTouch *touches = calloc(n, sizeof(AttributionTouch));
	AttributionStep *steps = calloc(n, sizeof(AttributionStep));
	double	   *shares = calloc(n, sizeof(double));
	AttributionOptions options = defaults;
	AttributionWindow window = {0, n};
	uint32_t	seen[1] = {0};

	for (size_t i = 0; i < n; i++)
		touches[i].at = (int64_t) i * 1000;
	for (options.model = AM_LAST; options.model <= AM_TIME_DECAY; options.model++)
	{
		double		sum = 0;
		double		value = 0;

		REQUIRE(attribution_path(AT_UNIQUE, touches, window, seen, steps) == n);
		attribution_credit(&options, touches, steps, n);
		attribution_share(1234.56, steps, n, shares);
		for (size_t i = 0; i < n; i++)
		{
			REQUIRE(steps[i].credit >= 0 && shares[i] >= 0);
			sum += steps[i].credit;
			value += shares[i];
		}
		REQUIRE(sum == 1 && value == 1234.56);
		checks++;
	}
	free(touches);
	free(steps);
	free(shares);
}

/* -- random touches -------------------------------------------------------------------- */

static bool
in_window(const AttributionTouch *t, int64_t at, uint64_t lookback, int64_t since)
{
	return t->at <= at && (__int128) at - t->at <= (__int128) lookback &&
		(since == ATTRIBUTION_ALWAYS || t->at > since);
}

/* The path by looking at all touches before; returns its length. */
static size_t
path_by_definition(AttributionTransform transform, const AttributionTouch *touches,
				   const bool *inside, size_t n, AttributionStep *steps)
{
	size_t		count = 0;

	for (size_t i = 0; i < n; i++)
	{
		bool		is_step = inside[i];
		size_t		same = 0;

		for (size_t k = 0; k < n && inside[i]; k++)
		{
			bool		between = false;

			for (size_t b = k < i ? k : i; b <= (k < i ? i : k); b++)
				between |= inside[b] && touches[b].channel != touches[i].channel;
			if (!inside[k] || touches[k].channel != touches[i].channel)
				continue;
			if (transform == AT_UNIQUE ? k != i : transform == AT_EXPOSURE && between)
				continue;
			same++;
			is_step &= k >= i;
		}
		if (is_step)
		{
			steps[count].touch = (uint32_t) i;
			steps[count++].touches = (uint32_t) same;
		}
	}
	return count;
}

static long double
weight_by_definition(const AttributionOptions *o, const AttributionTouch *touches,
					 const AttributionStep *steps, size_t i, size_t n)
{
	bool		others = false;

	switch (o->model)
	{
		case AM_FIRST:
			return i == 0;
		case AM_LAST:
			return i == n - 1;
		case AM_LAST_NON_DIRECT:
			for (size_t k = 0; k < n; k++)
				others |= !touches[steps[k].touch].direct;
			for (size_t k = i + 1; k < n; k++)
				if (!others || !touches[steps[k].touch].direct)
					return 0;
			return !others || !touches[steps[i].touch].direct;
		case AM_LINEAR:
			return 1;
		case AM_POSITION_BASED:
			if (n <= 2)
				return n == 1 || o->first_weight + o->last_weight == 0 ? 1 :
					i == 0 ? o->first_weight : o->last_weight;
			return i == 0 ? o->first_weight : i == n - 1 ? o->last_weight :
				(1 - (long double) o->first_weight - o->last_weight) / (n - 2);
		default:
			return exp2l(-(long double) (touches[steps[n - 1].touch].at - touches[steps[i].touch].at) / o->half_life);
	}
}

/* Is this the sum, added forwards, backwards and in pairs? */
static void
require_sum(const double *parts, size_t n, double total)
{
	double		forwards = 0;
	double		backwards = 0;
	double		odd = 0;
	double		even = 0;

	for (size_t i = 0; i < n; i++)
	{
		forwards += parts[i];
		backwards += parts[n - 1 - i];
		*(i % 2 ? &odd : &even) += parts[i];
	}
	REQUIRE(forwards == total && backwards == total && odd + even == total);
}

static double
random_value(void)
{
	switch (below(8))
	{
		case 0:
			return 0;
		case 1:
			return ldexp(1 + below(100), -1074);
		case 2:
			return DBL_MAX;
		case 3:
			return -(double) below(100000) / 100;
		case 4:
			return 2048 - ldexp(1, -42);
		case 5:
			return ldexp((double) (rnd() >> 11), (int) below(1900) - 1000);
		default:
			return (double) below(100000) / 100;
	}
}

static void
test_random(void)
{
	AttributionTouch touches[MAX_TOUCHES];
	size_t		n = below(MAX_TOUCHES + 1);
	AttributionOptions options;
	AttributionTransform transform = below(4);
	uint64_t	lookback = below(4) == 0 ? ATTRIBUTION_NO_LIMIT : below(6) * (uint64_t) DAY;
	int64_t		since = ATTRIBUTION_ALWAYS;
	int64_t		at = 0;
	AttributionWindow window = {0, 0};
	uint32_t	seen[CHANNELS] = {0};
	uint32_t	lists[3][MAX_TOUCHES + 1];
	AttributionSteps all = {lists[0], lists[1], lists[2]};
	bool		one_step;

	options.model = below(6);
	options.first_weight = below(5) / 4.0;
	options.last_weight = below(5 - (uint32_t) (4 * options.first_weight)) / 4.0;
	options.half_life = (1 + below(3)) * (double) DAY;
	for (size_t i = 0; i < n; i++)
	{
		touches[i].at = (i > 0 ? touches[i - 1].at : 0) + below(3) * DAY;
		touches[i].label = 0;
		touches[i].channel = below(CHANNELS);
		touches[i].direct = below(2);
	}

	one_step = attribution_has_steps(options.model, transform);
	if (one_step)
		attribution_steps(transform, touches, n, &all);

	/* some conversions one after the other */
	for (int round = 0; round < 4; round++)
	{
		AttributionStep one;
		size_t		number;
		AttributionStep want[MAX_TOUCHES];
		AttributionStep steps[MAX_TOUCHES];
		double		credits[MAX_TOUCHES];
		double		shares[MAX_TOUCHES];
		bool		inside[MAX_TOUCHES];
		long double sum = 0;
		double		value = random_value();
		size_t		length;

		at += below(10) * DAY;
		if (below(3) == 0)
		{
			int64_t		moved = at - (int64_t) below(3) * DAY;

			since = moved > since ? moved : since;
		}
		attribution_look_back(&window, touches, n, at, lookback, since);
		for (size_t i = 0; i < n; i++)
		{
			inside[i] = in_window(&touches[i], at, lookback, since);
			REQUIRE(inside[i] == (i >= window.first && i < window.end));
		}
		length = attribution_path(transform, touches, window, seen, steps);
		for (int i = 0; i < CHANNELS; i++)
			REQUIRE(seen[i] == 0);
		REQUIRE(length == path_by_definition(transform, touches, inside, n, want));
		for (size_t i = 0; i < length; i++)
			REQUIRE(steps[i].touch == want[i].touch && steps[i].touches == want[i].touches);
		if (one_step)
			REQUIRE(attribution_one_step(options.model, touches, &all, window, &one, &number) == length);
		if (length == 0)
			continue;

		attribution_credit(&options, touches, steps, length);
		attribution_share(value, steps, length, shares);
		for (size_t i = 0; i < length && one_step; i++)
		{
			REQUIRE(steps[i].credit == (i == number ? 1 : 0));
			REQUIRE(i != number || (one.touch == steps[i].touch && one.touches == steps[i].touches &&
									one.credit == 1 && shares[i] == value));
		}
		for (size_t i = 0; i < length; i++)
			sum += weight_by_definition(&options, touches, steps, i, length);
		for (size_t i = 0; i < length; i++)
		{
			long double credit = weight_by_definition(&options, touches, steps, i, length) / sum;

			REQUIRE(fabsl(steps[i].credit - credit) <= 1e-14L);
			REQUIRE(steps[i].credit >= 0 && steps[i].credit <= 1);
			REQUIRE(steps[i].credit == ldexp(rint(ldexp(steps[i].credit, 53)), -53));
			REQUIRE(shares[i] * value >= 0);
			REQUIRE(fabsl(shares[i] - value * credit) <= 1e-14L * fabsl((long double) value) + ldexpl(1, -1068));
			credits[i] = steps[i].credit;
		}
		require_sum(credits, length, 1);
		require_sum(shares, length, value);
		checks++;
	}
}

int
main(int argc, char **argv)
{
	int			cases = argc > 2 ? atoi(argv[2]) : CASES;

	start_random(argc > 1 ? argv[1] : NULL, 73);
	test_known();
	test_long();
	for (int i = 0; i < cases; i++)
		test_random();
	printf("ok: %d checks, seed %llu\n", checks, (unsigned long long) seed);
	return 0;
}
