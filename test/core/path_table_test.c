/*
 * path_table_test.c
 *	  Random paths counted in a table and in a plain list: the same counts, and
 *	  the same ones are the most frequent, in the same order.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o path_table_test \
 *		  test/core/path_table_test.c src/core/[a-z]*.c -lm
 *	  ./path_table_test [seed]
 */
#include "core/path_table.h"
#include "test.h"

#define PATHS	3000

typedef struct Path
{
	int			events;
	uint32_t	labels[TALLY_MAX_KEYS];
	int64_t		count;
} Path;

static uint32_t order[65536];

static int
compare_ranks(const void *a, const void *b)
{
	return path_rank_before(a, b) ? -1 : path_rank_before(b, a);
}

static int
compare_paths(const void *a, const void *b)
{
	const Path *x = a;
	const Path *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	for (int i = 0; i < x->events && i < y->events; i++)
		if (x->labels[i] != y->labels[i])
			return order[x->labels[i]] < order[y->labels[i]] ? -1 : 1;
	return x->events - y->events;
}

static void
move(PathTable *p, uint32_t words, uint32_t nslots)
{
	uint64_t   *before = p->slots;

	path_table_move(p, calloc(1, path_table_size(words, nslots)), words, nslots);
	free(before);
}

static void
run(uint32_t nlabels, int max_events, uint32_t counted)
{
	PathTable	p = {NULL, 1, 0, 0};
	Path	   *paths = calloc(PATHS, sizeof(Path));
	uint32_t	npaths = 0;
	uint32_t	met = 1;		/* labels that have occurred */
	int64_t		sum = 0;
	int64_t		total;
	PathRank   *top;
	uint32_t	n;

	move(&p, 1, 2);
	for (uint32_t i = 0; i < counted && npaths < PATHS; i++)
	{
		Path		path = {1 + (int) below((uint32_t) max_events), {0}, 0};
		int64_t		times = below(10) ? 1 : 1 + below(5);
		uint64_t	words[PATH_WORDS] = {0};
		uint32_t	k = 0;

		for (int e = 0; e < path.events; e++)
		{
			path.labels[e] = below(met);
			if (path.labels[e] + 1 == met && met < nlabels)
				met++;
		}
		if (npaths > 0 && below(3) == 0)
			path = paths[below(npaths)];
		while (k < npaths && (paths[k].events != path.events ||
							  memcmp(paths[k].labels, path.labels, sizeof(path.labels)) != 0))
			k++;
		if (k == npaths)
		{
			paths[npaths++] = path;
			paths[k].count = 0;
		}
		paths[k].count += times;
		sum += times;

		if (p.words == 1 && !path_is_narrow(path.events, met))
			move(&p, PATH_WORDS, p.nslots);
		if (path_table_is_full(&p))
			move(&p, p.words, 2 * p.nslots);
		for (int e = 0; e < path.events; e++)
			path_put(words, p.words, e, path.labels[e] + 1);
		REQUIRE(path_table_count(&p, words, times));
		REQUIRE(p.npaths == npaths);
	}

	for (uint32_t i = 0; i < met; i++)
	{
		uint32_t	k = below(i + 1);

		order[i] = order[k];
		order[k] = i;
	}
	qsort(paths, npaths, sizeof(Path), compare_paths);
	n = 1 + below(below(2) ? npaths : (npaths < 20 ? npaths : 20));
	top = malloc(n * sizeof(PathRank));
	REQUIRE(path_table_top(&p, order, top, n, &total));
	qsort(top, n, sizeof(PathRank), compare_ranks);
	REQUIRE(total == sum);
	for (uint32_t i = 0; i < n; i++)
	{
		REQUIRE(top[i].count == paths[i].count);
		for (int e = 0; e < TALLY_MAX_KEYS; e++)
			REQUIRE(path_event(top[i].path, p.words, e) ==
					(e < paths[i].events ? order[paths[i].labels[e]] + 1 : 0));
	}
	free(top);
	free(paths);
	free(p.slots);
}

/* Sums that pass int64 are seen. */
static void
run_overflow(void)
{
	PathTable	p = {NULL, 1, 0, 0};
	uint64_t	path[PATH_WORDS] = {UINT64_C(1) << 56};
	uint64_t	other[PATH_WORDS] = {UINT64_C(1) << 56 | UINT64_C(1) << 48};
	PathRank	top;
	int64_t		total;

	order[0] = 0;
	move(&p, 1, 8);
	REQUIRE(path_table_count(&p, path, INT64_MAX));
	REQUIRE(!path_table_count(&p, path, 1));
	REQUIRE(path_table_top(&p, order, &top, 1, &total));
	REQUIRE(total == INT64_MAX && top.count == INT64_MAX);
	REQUIRE(path_table_count(&p, other, 1));
	REQUIRE(!path_table_top(&p, order, &top, 1, &total));
	free(p.slots);
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 20260102);
	run_overflow();
	for (uint32_t i = 0; i < 100; i++)
		run(1 + below(5), 1 + (int) below(TALLY_MAX_KEYS), 1 + below(800));
	for (uint32_t i = 0; i < 20; i++)
	{
		run(253 + below(4), 1 + (int) below(8), 1500);
		run(1 + below(60000), 1 + (int) below(TALLY_MAX_KEYS), 1500);
	}
	printf("ok\n");
	return 0;
}
