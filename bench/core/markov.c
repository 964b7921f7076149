/*
 * markov.c
 *	  Removal effects of channels in a chain of some hundred states.
 *
 * A path is the channels of a customer's touchpoints up to the first purchase,
 * or up to the end.  A state is a channel and the two before it.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "core/markov.h"

#define CHANNELS	7
#define BEFORE		(CHANNELS + 1)
#define CELLS		(CHANNELS * BEFORE * BEFORE)
#define CONVERSION	CELLS
#define END			(CELLS + 1)
#define START		CELLS

static MarkovChain chain;
static void *scratch;
static uint64_t nstates;
static double share;			/* of paths that end in a conversion */

static void
relax(void)
{
}

/* Where there are no channels, seven classes of names stand for them. */
static uint32_t
channel_of(const Store *store, uint64_t touch)
{
	uint32_t	number = store->with_channels ? store->touch[touch].channel - 1u : store->touch[touch].label;

	return number % CHANNELS;
}

void
prepare_markov(const Store *store)
{
	int64_t    *counts = allocate((CELLS + 1) * (size_t) (CELLS + 2), sizeof(int64_t));
	uint32_t   *number = allocate(CELLS + 2, sizeof(uint32_t));
	uint32_t   *first = allocate(CHANNELS + 1, sizeof(uint32_t));
	MarkovEdge *edges;
	uint64_t	conversions = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		uint32_t	state = START;
		uint32_t	one = 0;	/* channels before, 0 for none */
		uint32_t	two = 0;
		uint32_t	to = END;

		for (uint64_t k = store->first[i]; k < store->first[i + 1] && to == END; k++)
		{
			uint32_t	channel = channel_of(store, k);
			uint32_t	next = (channel * BEFORE + one) * BEFORE + two;

			counts[state * (size_t) (CELLS + 2) + next]++;
			state = next;
			two = one;
			one = channel + 1;
			if (strcmp(store->names.text[store->touch[k].label], store->steps[STEPS - 1]) == 0)
				to = CONVERSION;
		}
		counts[state * (size_t) (CELLS + 2) + to]++;
		conversions += to == CONVERSION;
	}
	share = (double) conversions / (double) store->count;

	/* states that occur, by channel */
	for (uint32_t s = 0; s < CELLS; s++)
	{
		bool		occurs = false;

		if (s % (BEFORE * BEFORE) == 0 && s > 0 && chain.nstates > first[chain.nchannels])
			first[++chain.nchannels] = chain.nstates;
		for (uint32_t to = 0; to < CELLS + 2; to++)
			occurs |= counts[s * (size_t) (CELLS + 2) + to] > 0;
		number[s] = occurs ? chain.nstates++ : UINT32_MAX;
	}
	if (chain.nstates > first[chain.nchannels])
		first[++chain.nchannels] = chain.nstates;
	edges = allocate((chain.nstates + 1) * (size_t) (chain.nstates + 2), sizeof(MarkovEdge));
	for (uint32_t s = 0; s <= CELLS; s++)
	{
		for (uint32_t to = 0; to < CELLS + 2; to++)
		{
			MarkovEdge *e = &edges[chain.nedges];

			e->count = counts[s * (size_t) (CELLS + 2) + to];
			e->from = s == START ? MARKOV_START : number[s];
			e->to = to == CONVERSION ? MARKOV_CONVERSION : to == END ? MARKOV_NULL : number[to];
			chain.nedges += e->count > 0;
		}
	}
	chain.edges = edges;
	chain.first = first;
	scratch = allocate(1, markov_scratch(&chain));
	nstates = chain.nstates;
	free(counts);
	free(number);
}

/* A chain made of whole paths converts as often as they do. */
static uint64_t
solve(const Store *store)
{
	double		effects[CHANNELS];
	double		probability;

	(void) store;
	if (markov_solve(&chain, scratch, relax, &probability, effects) != MARKOV_OK)
		die("a chain does not end");
	for (uint32_t c = 0; c < chain.nchannels; c++)
	{
		if (!(effects[c] >= 0 && effects[c] <= 1))
			die("a removal effect is out of range");
	}
	return (uint64_t) llround(probability * 1e9);
}

static uint64_t
solve_expected(const Store *store)
{
	(void) store;
	return (uint64_t) llround(share * 1e9);
}

const Way	markov_ways[] = {
	{"markov", "solve", "markov_solve", solve, NULL, solve_expected, &nstates, "state"},
	{0}
};
