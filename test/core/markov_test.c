/*
 * markov_test.c
 *	  Removal effects against Gauss-Jordan in long double for each channel
 *	  alone, against exact fractions, against simulation, where hardly anything
 *	  converts, and how long 2,000 states take; credits that add up.
 */
#include "core/credit.h"
#include "core/markov.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "test.h"

#define MAX_STATES	40

static int	checks;

static void
relax(void)
{
}

static MarkovResult
solve(const MarkovChain *chain, double *probability, double *effects)
{
	size_t		size = markov_scratch(chain);
	char	   *scratch = malloc(size); /* exactly: the sanitizer sees beyond */
	MarkovResult result = markov_solve(chain, scratch, relax, probability, effects);

	free(scratch);
	return result;
}

/* -- brute force -------------------------------------------------------------- */

/*
 * P(conversion) of a chain whose states of channel `without` lead to no
 * conversion: (I - Q) x = r solved by Gauss-Jordan with pivoting.
 */
static long double
brute(const MarkovChain *chain, uint32_t without)
{
	static long double a[MAX_STATES + 1][MAX_STATES + 2];
	uint32_t	n = chain->nstates;
	long double sums[MAX_STATES + 1] = {0};

	memset(a, 0, sizeof(a));
	for (size_t i = 0; i < chain->nedges; i++)
		sums[chain->edges[i].from == MARKOV_START ? n : chain->edges[i].from] += chain->edges[i].count;
	for (size_t i = 0; i < chain->nedges; i++)
	{
		const MarkovEdge *e = &chain->edges[i];
		uint32_t	row = e->from == MARKOV_START ? n : e->from;
		long double p = e->count / sums[row];

		if (e->to == MARKOV_CONVERSION)
			a[row][n + 1] = p;
		else if (e->to != MARKOV_NULL)
			a[row][e->to] = -p;
	}
	for (uint32_t i = 0; i <= n; i++)
	{
		a[i][i] += 1;
		if (without < chain->nchannels && i >= chain->first[without] && i < chain->first[without + 1])
		{
			memset(a[i], 0, sizeof(a[i]));
			a[i][i] = 1;
		}
	}
	for (uint32_t c = 0; c <= n; c++)
	{
		uint32_t	best = c;

		for (uint32_t i = c; i <= n; i++)
			best = fabsl(a[i][c]) > fabsl(a[best][c]) ? i : best;
		for (uint32_t k = 0; k <= n + 1; k++)
		{
			long double swap = a[c][k];

			a[c][k] = a[best][k];
			a[best][k] = swap;
		}
		for (uint32_t i = 0; i <= n; i++)
		{
			long double factor = a[i][c] / a[c][c];

			for (uint32_t k = c; i != c && factor != 0 && k <= n + 1; k++)
				a[i][k] -= factor * a[c][k];
		}
	}
	return a[n][n + 1] / a[n][n];
}

/* -- random chains ------------------------------------------------------------ */

typedef struct RandomChain
{
	MarkovChain chain;
	MarkovEdge	edges[(MAX_STATES + 1) * (MAX_STATES + 2)];
	uint32_t	first[MAX_STATES + 1];
} RandomChain;

static void
add_edge(RandomChain *r, uint32_t from, uint32_t to, int64_t count)
{
	MarkovEdge	edge = {from, to, count};

	r->edges[r->chain.nedges++] = edge;
}

/* Every state has a way to an end, of states or by itself. */
static void
make_chain(RandomChain *r, uint32_t n, uint32_t density)
{
	memset(r, 0, sizeof(RandomChain));
	r->chain.edges = r->edges;
	r->chain.first = r->first;
	for (uint32_t s = 1; s < n; s++)
	{
		if (below(3) > 0)
			r->first[++r->chain.nchannels] = s;
	}
	r->first[++r->chain.nchannels] = n;
	r->chain.nstates = n;
	for (uint32_t s = 0; s < n; s++)
	{
		for (uint32_t to = 0; to < n; to++)
		{
			if (to == s + 1 || below(100) < density)
				add_edge(r, s, to, 1 + below(50));
		}
		if (s == n - 1 || below(3) == 0)
			add_edge(r, s, MARKOV_NULL, 1 + below(9));
		if (s == n - 1 || below(4) == 0)
			add_edge(r, s, MARKOV_CONVERSION, 1 + below(9));
		if (s == 0 || below(4) == 0)
			add_edge(r, MARKOV_START, s, 1 + below(20));
	}
}

static void
against_brute(int rounds)
{
	static RandomChain r;
	double		effects[MAX_STATES];
	double		p;

	for (int round = 0; round < rounds; round++)
	{
		long double all;

		make_chain(&r, 1 + below(MAX_STATES), below(100));
		REQUIRE(solve(&r.chain, &p, effects) == MARKOV_OK);
		all = brute(&r.chain, UINT32_MAX);
		REQUIRE(fabsl(p - all) <= 1e-14L);
		for (uint32_t c = 0; c < r.chain.nchannels; c++)
		{
			REQUIRE(fabsl(effects[c] - (1 - brute(&r.chain, c) / all)) <= 1e-13L);
			REQUIRE(effects[c] >= 0 && effects[c] <= 1);
			checks++;
		}
	}
}

/* Loops of a state on itself, dropped, change nothing at all. */
static void
loops(int rounds)
{
	static RandomChain r;
	double		effects[2][MAX_STATES];
	double		p[2];

	for (int round = 0; round < rounds; round++)
	{
		size_t		kept = 0;

		make_chain(&r, 2 + below(20), 50);
		REQUIRE(solve(&r.chain, &p[0], effects[0]) == MARKOV_OK);
		for (size_t i = 0; i < r.chain.nedges; i++)
		{
			if (r.edges[i].from != r.edges[i].to || r.edges[i].from == MARKOV_START)
				r.edges[kept++] = r.edges[i];
		}
		r.chain.nedges = kept;
		REQUIRE(solve(&r.chain, &p[1], effects[1]) == MARKOV_OK);
		REQUIRE(fabs(p[0] - p[1]) <= 1e-15);
		for (uint32_t c = 0; c < r.chain.nchannels; c++)
			REQUIRE(fabs(effects[0][c] - effects[1][c]) <= 1e-14);
		checks++;
	}
}

/* Walks through the chain: how many convert, and how many without a channel. */
static void
against_simulation(int rounds, int walks)
{
	static RandomChain r;
	double		effects[MAX_STATES];
	double		p;

	for (int round = 0; round < rounds; round++)
	{
		int			converted = 0;
		int			through[MAX_STATES] = {0};
		int64_t		sums[MAX_STATES + 1] = {0};
		uint32_t	n = 2 + below(8);

		make_chain(&r, n, 30);
		REQUIRE(solve(&r.chain, &p, effects) == MARKOV_OK);
		for (size_t i = 0; i < r.chain.nedges; i++)
			sums[r.edges[i].from == MARKOV_START ? n : r.edges[i].from] += r.edges[i].count;
		for (int walk = 0; walk < walks; walk++)
		{
			uint32_t	at = MARKOV_START;
			bool		visited[MAX_STATES] = {false};

			for (;;)
			{
				int64_t		draw = below((uint32_t) sums[at == MARKOV_START ? n : at]);
				size_t		i = 0;

				for (;; i++)
				{
					if (r.edges[i].from == at && (draw -= r.edges[i].count) < 0)
						break;
				}
				at = r.edges[i].to;
				if (at == MARKOV_CONVERSION || at == MARKOV_NULL)
					break;
				for (uint32_t c = 0; c < r.chain.nchannels; c++)
					visited[c] |= at >= r.first[c] && at < r.first[c + 1];
			}
			if (at != MARKOV_CONVERSION)
				continue;
			converted++;
			for (uint32_t c = 0; c < r.chain.nchannels; c++)
				through[c] += visited[c];
		}

		/* five standard errors, and something where there is hardly one */
		REQUIRE(fabs((double) converted / walks - p) <= 5 * sqrt(p * (1 - p) / walks) + 1e-3);
		for (uint32_t c = 0; converted > 1000 && c < r.chain.nchannels; c++)
		{
			REQUIRE(fabs((double) through[c] / converted - effects[c]) <=
					5 * sqrt(effects[c] * (1 - effects[c]) / converted) + 1e-3);
			checks++;
		}
	}
}

/* -- known answers ------------------------------------------------------------ */

static void
known(void)
{
	/* Google ads, mailing: 4/5, 3/4, 1/2 */
	static const MarkovEdge ads[] = {
		{MARKOV_START, 0, 4}, {MARKOV_START, 1, 1}, {0, MARKOV_CONVERSION, 2},
		{0, MARKOV_NULL, 1}, {0, 1, 1}, {1, MARKOV_CONVERSION, 2}
	};

	/* C1, C2, C3: 1/3; 1/2, 1, 1 */
	static const MarkovEdge three[] = {
		{MARKOV_START, 0, 2}, {MARKOV_START, 1, 1}, {0, 1, 1}, {0, MARKOV_NULL, 1},
		{1, 2, 2}, {2, MARKOV_CONVERSION, 1}, {2, MARKOV_NULL, 1}
	};
	static const MarkovEdge endless[] = {
		{MARKOV_START, 0, 1}, {0, 1, 1}, {1, 2, 1}, {2, 1, 1}, {0, MARKOV_CONVERSION, 1}
	};
	static const MarkovEdge hopeless[] = {{MARKOV_START, 0, 3}, {0, 0, 5}, {0, MARKOV_NULL, 3}};
	static const uint32_t first[] = {0, 1, 2, 3};
	MarkovChain chain = {ads, 6, first, 2, 2};
	double		effects[3];
	double		p;

	REQUIRE(solve(&chain, &p, effects) == MARKOV_OK);
	REQUIRE(fabs(p - 0.8) < 1e-15 && fabs(effects[0] - 0.75) < 1e-15 && fabs(effects[1] - 0.5) < 1e-15);
	chain = (MarkovChain)
	{
		three, 7, first, 3, 3
	};
	REQUIRE(solve(&chain, &p, effects) == MARKOV_OK);
	REQUIRE(fabs(p - 1 / 3.0) < 1e-15 && fabs(effects[0] - 0.5) < 1e-15);
	REQUIRE(effects[1] == 1 && effects[2] == 1);
	chain = (MarkovChain)
	{
		endless, 5, first, 3, 3
	};
	REQUIRE(solve(&chain, &p, effects) == MARKOV_ENDLESS);
	chain = (MarkovChain)
	{
		hopeless, 3, first, 1, 1
	};
	REQUIRE(solve(&chain, &p, effects) == MARKOV_OK && p == 0 && effects[0] == 0);
}

/*
 * Two channels that go back and forth almost for ever: I - Q is singular to
 * within 10^-17, so nothing that subtracts has a digit left.  P(conversion) of
 * A is 1 - 1/3 by symmetry of the ends: (A to conversion 2, B to null 1), and
 * by hand: from either, the next end is a's with 2/3.
 */
static void
hardly_ends(void)
{
	static const int64_t many = INT64_C(1000000000000000000);
	MarkovEdge	edges[] = {
		{MARKOV_START, 0, 1}, {0, 1, many}, {1, 0, many},
		{0, MARKOV_CONVERSION, 2}, {1, MARKOV_NULL, 1}
	};
	static const uint32_t first[] = {0, 1, 2};
	MarkovChain chain = {edges, 5, first, 2, 2};
	double		effects[2];
	double		p;

	REQUIRE(solve(&chain, &p, effects) == MARKOV_OK);
	REQUIRE(fabs(p - 2 / 3.0) < 1e-15);
	REQUIRE(effects[0] == 1);
	/* without B: A converts at its first step or not at all */
	REQUIRE(fabs(1 - effects[1] - 3e-18) < 1e-15);
}

static void
large(uint32_t n, uint32_t degree)
{
	uint32_t   *first = malloc(sizeof(uint32_t) * (n + 1));
	MarkovEdge *edges = malloc(sizeof(MarkovEdge) * n * (degree + 3));
	double	   *effects = malloc(sizeof(double) * n);
	MarkovChain chain = {edges, 0, first, n, n};
	clock_t		start;
	double		p;

	first[0] = 0;
	for (uint32_t s = 0; s < n; s++)
	{
		uint32_t	to = below(n);

		first[s + 1] = s + 1;
		edges[chain.nedges++] = (MarkovEdge)
		{
			MARKOV_START, s, 1 + below(9)
		};
		edges[chain.nedges++] = (MarkovEdge)
		{
			s, MARKOV_CONVERSION, 1 + below(9)
		};
		edges[chain.nedges++] = (MarkovEdge)
		{
			s, MARKOV_NULL, 1 + below(99)
		};
		for (uint32_t d = 0; d < degree; d++, to = degree == n ? to + 1 : to + 1 + below(n / degree))
			edges[chain.nedges++] = (MarkovEdge)
		{
			s, to % n, 1 + below(50)
		};
	}
	start = clock();
	REQUIRE(solve(&chain, &p, effects) == MARKOV_OK);
	printf("# %u states, %u transitions from each: %.2f s\n", n, degree,
		   (double) (clock() - start) / CLOCKS_PER_SEC);
	REQUIRE(p > 0 && p < 1);
	for (uint32_t s = 0; s < n; s++)
		REQUIRE(effects[s] > 0 && effects[s] < 1);
	checks++;
	free(first);
	free(edges);
	free(effects);
}

static void
credits(int rounds)
{
	double		weights[200];
	double		parts[200];

	for (int round = 0; round < rounds; round++)
	{
		size_t		n = 1 + below(200);
		double		total = below(2) ? (double) (rnd() >> below(64)) : (double) below(1000000000) / 1000000.0;
		double		forward = 0;
		double		backward = 0;
		double		sum = 0;

		for (size_t i = 0; i < n; i++)
		{
			weights[i] = below(5) == 0 ? 0 : (double) below(1000000) / (1 + below(1000));
			sum += weights[i];
		}
		credit_divide(weights, n, total, parts);
		for (size_t i = 0; i < n; i++)
		{
			forward += parts[i];
			backward += parts[n - 1 - i];
			REQUIRE(parts[i] >= 0);
			REQUIRE(weights[i] > 0 || parts[i] == 0);
			if (sum > 0)
				REQUIRE(fabs(parts[i] - weights[i] / sum * total) <= total * 1e-15);
		}
		if (sum > 0)
			REQUIRE(forward == total && backward == total);
		checks++;
	}
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 20251101);
	known();
	hardly_ends();
	against_brute(400);
	loops(300);
	against_simulation(15, 40000);
	credits(3000);
	large(300, 5);
	large(300, 300);
	printf("ok: markov, %d checks, seed %llu\n", checks, (unsigned long long) seed);
	return 0;
}
