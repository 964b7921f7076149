/*
 * pattern.c
 *	  Patterns: three elements in a row, and two with gates between them; by
 *	  bitmaps where there is a chain, and by the automaton.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "core/pattern_chain.h"
#include "core/pattern_journey.h"

#define KEPT		((size_t) 64 << 20)
#define SCRATCH		((size_t) 64 << 20)

/* A pattern and what is kept of it. */
typedef struct Asked
{
	Arena		arena;
	PatternHost host;
	PatternMachine *machine;
	PatternReader *reader;
	PatternChain *chain;
} Asked;

static Asked plain;
static Asked gated;
static Arena scratch;
static PatternHost scratch_host;

static void
prepare(Asked *asked, const char *text)
{
	Pattern    *pattern;
	PatternError error;
	size_t		size;

	asked->host = arena_host(&asked->arena, KEPT);
	pattern = pattern_parse(text, strlen(text), &asked->host, &size, &error);
	if (pattern == NULL)
		die("a pattern is wrong");
	asked->machine = pattern_machine_create(pattern_compile(pattern, &asked->host), &asked->host);
	asked->reader = pattern_reader_create(pattern, asked->machine, &asked->host);
	asked->chain = pattern_chain_create(pattern, &asked->host);
}

void
prepare_pattern(const Store *store)
{
	char		text[200];

	scratch_host = arena_host(&scratch, SCRATCH);
	snprintf(text, sizeof(text), "%s .* %s .* %s", store->steps[0], store->steps[1], store->steps[3]);
	prepare(&plain, text);
	snprintf(text, sizeof(text), "%s .* (?>=1h) (?<=7d) %s", store->steps[0], store->steps[3]);
	prepare(&gated, text);
}

static inline bool
automaton_exists(Asked *asked, const JourneyView *v)
{
	scratch.used = 0;
	pattern_reader_open(asked->reader, v, &scratch_host);
	return !pattern_reader_rejects(asked->reader) &&
		pattern_exists(asked->machine, &asked->reader->input, &scratch_host);
}

static inline uint32_t
automaton_count(Asked *asked, const JourneyView *v)
{
	scratch.used = 0;
	pattern_reader_open(asked->reader, v, &scratch_host);
	return pattern_reader_rejects(asked->reader) ? 0 :
		pattern_count(asked->machine, &asked->reader->input, &scratch_host);
}

/* As in the server: what the chain cannot say, the automaton does. */
static inline uint64_t
exists_all(const Store *store, Asked *asked, bool by_chain)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;
		int			found = -1;

		open_journey(store, i, &v);
		if (by_chain && asked->chain != NULL)
			found = pattern_chain_exists(asked->chain, &v);
		sum = mix(sum, found < 0 ? automaton_exists(asked, &v) : (uint64_t) found);
	}
	return sum;
}

static uint64_t
chain_plain(const Store *store)
{
	return exists_all(store, &plain, true);
}

static uint64_t
chain_gated(const Store *store)
{
	return exists_all(store, &gated, true);
}

static uint64_t
automaton_plain(const Store *store)
{
	return exists_all(store, &plain, false);
}

static uint64_t
automaton_gated(const Store *store)
{
	return exists_all(store, &gated, false);
}

static inline uint64_t
count_all(const Store *store, bool by_chain)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;
		int			n = -1;

		open_journey(store, i, &v);
		if (by_chain && plain.chain != NULL)
			n = pattern_chain_count(plain.chain, &v);
		sum = mix(sum, n < 0 ? automaton_count(&plain, &v) : (uint64_t) n);
	}
	return sum;
}

static uint64_t
chain_counts(const Store *store)
{
	return count_all(store, true);
}

static uint64_t
automaton_counts(const Store *store)
{
	return count_all(store, false);
}

/* -- without an automaton -------------------------------------------------------- */

static inline bool
is_step(const Store *store, uint64_t touch, int step)
{
	return strcmp(store->names.text[store->touch[touch].label], store->steps[step]) == 0;
}

/* How often the three elements come one after the other. */
static uint32_t
plain_matches(const Store *store, uint32_t customer)
{
	static const int order[] = {0, 1, 3};
	uint32_t	taken = 0;

	for (uint64_t k = store->first[customer]; k < store->first[customer + 1]; k++)
		taken += is_step(store, k, order[taken % 3]);
	return taken / 3;
}

static uint64_t
plain_expected(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
		sum = mix(sum, plain_matches(store, i) > 0);
	return sum;
}

static uint64_t
counts_expected(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
		sum = mix(sum, plain_matches(store, i));
	return sum;
}

/* The latest first element that is an hour old is the best one. */
static uint64_t
gated_expected(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		uint64_t	next = store->first[i];
		int64_t		latest = INT64_MIN;
		bool		found = false;

		for (uint64_t k = next; k < store->first[i + 1]; k++)
		{
			int64_t		at = store->touch[k].at;

			if (!is_step(store, k, 3))
				continue;
			for (; store->touch[next].at <= at - 3600 * SECOND; next++)
			{
				if (is_step(store, next, 0))
					latest = store->touch[next].at;
			}
			found |= latest != INT64_MIN && at - latest <= 7 * DAY;
		}
		sum = mix(sum, found);
	}
	return sum;
}

const Way	pattern_ways[] = {
	{"pattern", "plain", "three elements: pattern_chain_exists", chain_plain, NULL, plain_expected},
	{"pattern", "gates", "two with gates: pattern_chain_exists", chain_gated, NULL, gated_expected},
	{"pattern", "count", "three elements: pattern_chain_count", chain_counts, NULL, counts_expected},
	{"pattern", "automaton", "three elements: pattern_exists", automaton_plain, NULL, plain_expected},
	{"pattern", "automaton_gates", "two with gates: pattern_exists", automaton_gated, NULL, gated_expected},
	{"pattern", "automaton_count", "three elements: pattern_count", automaton_counts, NULL, counts_expected},
	{0}
};
