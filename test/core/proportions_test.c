/*
 * proportions_test.c
 *	  Comparisons of shares against published values, closed forms and their own
 *	  definitions.
 */
#include "core/proportions.h"

#include <math.h>
#include <string.h>

#include "core/statistics.h"
#include "test.h"

static int	checks;

#define NEAR(a, b, eps) \
	do { \
		checks++; \
		REQUIRE(fabs((double) ((a) - (b))) <= (eps)); \
	} while (0)

static double
uniform(void)
{
	return (double) (rnd() >> 11) / 9007199254740992.0;
}

static Share
share_of(int64_t successes, int64_t trials)
{
	Share		s = {successes, trials};

	return s;
}

static Beta
beta_of(double a, double b)
{
	Beta		beta = {a, b};

	return beta;
}

static void
test_normal(void)
{
	static const double known[][2] = {
		{0.2, 0.8416212335729143}, {0.1, 1.2815515655446004},
		{0.05, 1.6448536269514722}, {0.025, 1.959963984540054},
		{0.005, 2.5758293035489004}, {0.0005, 3.2905267314918945},
		{1e-10, 6.361340902404056}, {0.5, 0}
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		NEAR(normal_upper(known[i][0]), known[i][1], 2e-15 * (1 + known[i][1]));
	for (int round = 0; round < 10000; round++)
	{
		double		tail = 0.5 * exp(-600 * uniform() * uniform() * uniform());

		NEAR(erfc(normal_upper(tail) / sqrt(2)) / 2 / tail, 1, 1e-12);
	}
}

static void
test_two(void)
{
	/* Newcombe (1998), table II, method 10: first less second */
	static const struct
	{
		Share		first;
		Share		second;
		double		lower;
		double		upper;
	}			known[] = {
		{{56, 70}, {48, 80}, 0.0524, 0.3339},
		{{9, 10}, {3, 10}, 0.1705, 0.8090},
		{{6, 7}, {2, 7}, 0.0582, 0.8062},
		{{5, 56}, {0, 29}, -0.0381, 0.1926},
		{{0, 10}, {0, 20}, -0.1611, 0.2775},
		{{0, 10}, {0, 10}, -0.2775, 0.2775},
		{{10, 10}, {0, 20}, 0.6791, 1.0000},
		{{10, 10}, {0, 10}, 0.6075, 1.0000}
	};
	Share		a = {200, 1000};
	Share		b = {230, 1000};
	double		bounds[2];
	double		other[2];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		newcombe_bounds(known[i].second, known[i].first, STATISTICS_Z95, &bounds[0], &bounds[1]);
		NEAR(bounds[0], known[i].lower, 5.1e-5);
		NEAR(bounds[1], known[i].upper, 5.1e-5);
	}
	newcombe_bounds(a, b, STATISTICS_Z95, &bounds[0], &bounds[1]);
	NEAR(bounds[0], -0.006025108671102216, 1e-16);
	NEAR(bounds[1], 0.06594070393098544, 1e-16);
	wald_bounds(a, b, STATISTICS_Z95, &bounds[0], &bounds[1]);
	NEAR(bounds[0], -0.005985493861499102, 1e-16);
	NEAR(bounds[1], 0.0659854938614991, 1e-16);
	NEAR(two_proportion_z(a, b), 1.6328722128376323, 1e-15);
	NEAR(two_sided_p(two_proportion_z(a, b)), 0.10249587537989267, 1e-15);
	NEAR(two_sided_p(-STATISTICS_Z95), 0.05, 1e-16);
	NEAR(two_proportion_z(share_of(0, 10), share_of(0, 7)), 0, 0);
	NEAR(two_proportion_z(share_of(10, 10), share_of(7, 7)), 0, 0);

	for (int round = 0; round < 5000; round++)
	{
		double		table = 0;

		a.trials = 1 + below(round < 2500 ? 20 : 1000000);
		b.trials = 1 + below(round < 2500 ? 20 : 1000000);
		a.successes = below((uint32_t) a.trials + 1);
		b.successes = below((uint32_t) b.trials + 1);
		newcombe_bounds(a, b, STATISTICS_Z95, &bounds[0], &bounds[1]);
		newcombe_bounds(b, a, STATISTICS_Z95, &other[0], &other[1]);
		NEAR(bounds[0], -other[1], 1e-15);
		REQUIRE(bounds[0] < bounds[1] && bounds[0] >= -1 && bounds[1] <= 1);

		/* z squared is the chi-square of the table of four counts */
		if (a.successes + b.successes > 0 && a.successes + b.successes < a.trials + b.trials)
		{
			double		n = (double) (a.trials + b.trials);

			for (int i = 0; i < 4; i++)
			{
				Share		s = i & 1 ? b : a;
				double		whole = (double) (a.successes + b.successes);
				double		expected = (double) s.trials * (i & 2 ? whole : n - whole) / n;
				double		count = (double) (i & 2 ? s.successes : s.trials - s.successes);

				table += (count - expected) * (count - expected) / expected;
			}
			NEAR(pow(two_proportion_z(a, b), 2), table, 1e-9 * (1 + table));
		}
	}
}

/*
 * The closed sum (Evan Miller, "Formulas for Bayesian A/B testing") for whole
 * parameters, each term from the one before.
 */
static long double
closed_sum(Beta a, Beta b)
{
	long double term = 1;
	long double sum = 0;

	/* the first is B(a.a, a.b + b.b) / B(a.a, a.b) */
	for (int i = 0; i < (int) b.b; i++)
		term *= ((long double) a.b + i) / ((long double) a.a + a.b + i);
	for (int i = 0; i < (int) b.a; i++)
	{
		sum += term;
		term *= ((long double) a.a + i) / ((long double) a.a + a.b + b.b + i) *
			((long double) b.b + i) / (i + 1.0L);
	}
	return sum;
}

static void
compare_closed(Beta a, Beta b)
{
	long double mean_a = (long double) a.a / (a.a + a.b);
	long double mean_b = (long double) b.a / (b.a + b.b);
	long double greater = closed_sum(a, b);
	long double gain;
	BetaComparison c;
	BetaComparison mirror;
	double		unit = mean_a > mean_b ? (double) mean_a : (double) mean_b;

	beta_compare(a, b, &c);
	NEAR(c.b_greater, greater, 1e-13);
	/* E(b; b > a) is mean_b times the same probability with one success more */
	gain = mean_b * closed_sum(a, beta_of(b.a + 1, b.b)) -
		mean_a * closed_sum(beta_of(a.a + 1, a.b), b);
	NEAR(c.gain_of_b, gain, 1e-13 * unit);
	NEAR(c.gain_of_b - c.gain_of_a, mean_b - mean_a, 1e-13 * unit);
	beta_compare(b, a, &mirror);
	NEAR(c.b_greater + mirror.b_greater, 1, 1e-14);
	NEAR(c.gain_of_a, mirror.gain_of_b, 1e-14);
	/* the other way round: failures for successes */
	beta_compare(beta_of(a.b, a.a), beta_of(b.b, b.a), &mirror);
	NEAR(c.b_greater + mirror.b_greater, 1, 1e-13);
	NEAR(c.gain_of_b, mirror.gain_of_a, 1e-13);
}

static double
any_size(double least, double most)
{
	return least * pow(most / least, uniform());
}

static void
test_beta(void)
{
	BetaComparison c;

	beta_compare(beta_of(201, 801), beta_of(231, 771), &c);
	NEAR(c.b_greater, 0.9486182892111011, 2e-15);
	beta_compare(beta_of(2, 2), beta_of(3, 1), &c);
	NEAR(c.b_greater, 0.8, 1e-15);
	NEAR(c.gain_of_b, 2.0 / 7, 1e-15);
	NEAR(c.gain_of_a, 1.0 / 28, 1e-15);
	beta_compare(beta_of(1, 1), beta_of(1, 1), &c);
	NEAR(c.b_greater, 0.5, 1e-15);
	NEAR(c.gain_of_a, 1.0 / 6, 1e-15);

	for (int round = 0; round < 3000; round++)
	{
		uint32_t	most = round < 1000 ? 5 : round < 2000 ? 60 : 2000;

		compare_closed(beta_of(1 + below(most), 1 + below(most)),
					   beta_of(1 + below(most), 1 + below(most)));
	}

	/* x^a has a closed form for any a, small, broken or large */
	for (int round = 0; round < 3000; round++)
	{
		double		a = any_size(round < 300 ? 0.01 : 0.3, BETA_MOST);
		double		b = round % 2 ? any_size(round < 300 ? 0.01 : 0.3, BETA_MOST) : a * any_size(0.1, 10);

		if (b > BETA_MOST || b < BETA_LEAST)
			continue;
		beta_compare(beta_of(a, 1), beta_of(b, 1), &c);
		NEAR(c.b_greater, b / (a + b), 1e-13);
		NEAR(c.gain_of_b, b / ((a + 1) * (a + b + 1)), 1e-13);
		NEAR(c.gain_of_a, a / ((b + 1) * (a + b + 1)), 1e-13);
		beta_compare(beta_of(1, a), beta_of(1, b), &c);
		NEAR(c.b_greater, a / (a + b), 1e-13);
		NEAR(c.gain_of_a / (b / ((a + 1) * (a + b + 1))), 1, 1e-10);
	}

	/*
	 * One success more moves the probability by B(a.a + b.a, a.b + b.b) /
	 * (b.a B(a.a, a.b) B(b.a, b.b)); at large numbers, where no sum can be
	 * taken.
	 */
	for (int round = 0; round < 2000; round++)
	{
		double		n = any_size(1e3, 1e7);
		double		p = 0.02 + 0.96 * uniform();
		Beta		a = {floor(n * p) + 1, floor(n * (1 - p)) + 1};
		double		m = any_size(1e3, 1e7);
		double		z = 6 * uniform() - 3;
		double		q = p + z * sqrt(p * (1 - p) * (1 / n + 1 / m));
		Beta		b;
		BetaComparison more;
		long double step;

		if (q <= 0.001 || q >= 0.999)
			continue;
		b = beta_of(floor(m * q) + 1, floor(m * (1 - q)) + 1);
		beta_compare(a, b, &c);
		beta_compare(a, beta_of(b.a + 1, b.b), &more);
		step = expl(lgammal((long double) a.a + b.a) + lgammal((long double) a.b + b.b) -
					lgammal((long double) a.a + b.a + a.b + b.b) +
					lgammal((long double) a.a + a.b) - lgammal(a.a) - lgammal(a.b) +
					lgammal((long double) b.a + b.b) - lgammal(b.a) - lgammal(b.b)) / b.a;
		/* the logarithms lose some of it */
		NEAR(more.b_greater - c.b_greater, step, 2e-14 + 5e-11 * (double) step);
		REQUIRE(more.b_greater > c.b_greater || step < 1e-13);
	}

	/* very many trials: the curves are normal up to a skewness below 1e-6 */
	for (int round = 0; round < 1000; round++)
	{
		double		n = any_size(1e14, 1e15);
		double		p = 0.2 + 0.6 * uniform();
		double		z = 8 * uniform() - 4;
		Beta		a = {floor(n * p), n - floor(n * p)};
		double		more = floor(z * sqrt(2 * n * p * (1 - p)));
		Beta		b = {a.a + more, a.b - more};

		beta_compare(a, b, &c);
		NEAR(c.b_greater, erfc(-more / sqrt(2 * n * p * (1 - p)) / sqrt(2)) / 2, 1e-6);
	}
}

static void
test_size(void)
{
	double		z95 = normal_upper(0.025);

	/* as R's manual of power.prop.test has them */
	NEAR(proportion_trials(0.50, 0.75, z95, normal_upper(0.1)), 76.7, 0.05);
	NEAR(proportion_effect(0.50, 50, z95, normal_upper(1 - 0.740)), 0.25, 5e-4);
	REQUIRE(proportion_effect(1, 1000, z95, 0) < 0);
	REQUIRE(proportion_effect(0.9, 5, z95, normal_upper(0.1)) < 0);

	for (int round = 0; round < 5000; round++)
	{
		double		base = round % 20 == 0 ? 0 : uniform();
		double		alpha = normal_upper((0.001 + 0.3 * uniform()) / 2);
		double		power = normal_upper(0.5 * uniform() + 1e-9);
		double		effect = (1 - base) * (0.001 + 0.998 * uniform());
		double		n = proportion_trials(base, base + effect, alpha, power);

		NEAR(proportion_effect(base, n * (1 + 1e-12), alpha, power) / effect, 1, 1e-9);
		NEAR(proportion_trials(1 - base, 1 - base - effect, alpha, power) / n, 1, 1e-9);
		REQUIRE(proportion_effect(base, n * 1.5, alpha, power) < effect);

		/* the rise, less what n customers need, is just 0: its definition */
		NEAR(sqrt(n) * effect,
			 alpha * sqrt(2 * (base + effect / 2) * (1 - base - effect / 2)) +
			 power * sqrt(base * (1 - base) + (base + effect) * (1 - base - effect)), 1e-9);
	}
}

/*
 * Holm's procedure as he wrote it: at level alpha, go from the smallest p on
 * while p <= alpha / (tests that are left).
 */
static bool
rejected(const double *p, int n, int which, double alpha)
{
	bool		done[8] = {false};

	for (int left = n; left > 0; left--)
	{
		int			least = -1;

		for (int i = 0; i < n; i++)
			if (!done[i] && (least < 0 || p[i] < p[least]))
				least = i;
		if (p[least] * left > alpha)
			return false;
		if (least == which)
			return true;
		done[least] = true;
	}
	return false;
}

static void
test_holm(void)
{
	double		known[] = {0.01, 0.04, 0.03, 0.005};
	const double want[] = {0.03, 0.06, 0.06, 0.02};
	const int32_t by_size[] = {3, 0, 2, 1};

	holm_adjust(known, by_size, 4);
	for (int i = 0; i < 4; i++)
		NEAR(known[i], want[i], 1e-16);

	for (int round = 0; round < 5000; round++)
	{
		int			n = 1 + (int) below(8);
		double		p[8];
		double		adjusted[8];
		int32_t		order[8];

		for (int i = 0; i < n; i++)
		{
			int			at = i;

			p[i] = below(4) ? below(200) / 1000.0 : uniform();
			for (; at > 0 && p[order[at - 1]] > p[i]; at--)
				order[at] = order[at - 1];
			order[at] = i;
		}
		memcpy(adjusted, p, sizeof(p));
		holm_adjust(adjusted, order, n);
		for (int i = 0; i < n; i++)
		{
			REQUIRE(adjusted[i] >= p[i] && adjusted[i] <= 1);
			checks++;
			REQUIRE(adjusted[i] == 1 || rejected(p, n, i, adjusted[i] * (1 + 1e-14)));
			REQUIRE(adjusted[i] == 0 || !rejected(p, n, i, adjusted[i] * (1 - 1e-14)));
		}
	}
}

static void
test_shares(void)
{
	static const double halves[] = {5021, 4789};
	static const double one_to_one[] = {1, 1};
	static const double tenth[] = {90, 10};
	static const double nine_to_one[] = {9, 1};
	static const double nothing[] = {0, 5};
	static const double far_apart[] = {1e-320, 1e300};

	/* Mendel's peas, 9 : 3 : 3 : 1 */
	static const double peas[] = {315, 108, 101, 32};
	static const double ratio[] = {9, 3, 3, 1};

	NEAR(share_chi_square(halves, one_to_one, 2), 5.486646279306830, 1e-13);
	NEAR(share_chi_square(tenth, nine_to_one, 2), 0, 1e-28);
	NEAR(share_chi_square(nothing, far_apart, 2), 0, 0);
	NEAR(share_chi_square(peas, ratio, 4), 0.470, 5e-4);
	NEAR(chi_square_tail(share_chi_square(peas, ratio, 4), 3), 0.925, 5e-4);
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 20270105);
	test_normal();
	test_two();
	test_beta();
	test_size();
	test_holm();
	test_shares();
	printf("ok: %d values (seed %llu)\n", checks, (unsigned long long) seed);
	return 0;
}
