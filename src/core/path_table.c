/*
 * path_table.c
 *	  Counting paths, and finding those that are taken most often.
 *
 * The most frequent are kept in a heap while all are looked at, the least of
 * them at its root: nearly every path is seen to be rarer by one comparison of
 * counts.  So it costs what reading the table does.
 */
#include "path_table.h"

/* -- counting ------------------------------------------------------------------ */

static inline uint32_t
path_hash(const uint64_t *path, uint32_t words)
{
	uint64_t	h = path[0];

	for (uint32_t i = 1; i < words; i++)
		h = (h ^ (h >> 29)) * UINT64_C(0x9e3779b97f4a7c15) + path[i];
	h = (h ^ (h >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ (h >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t) (h >> 32);
}

uint64_t *
path_table_find(const PathTable *p, const uint64_t *path)
{
	const uint32_t words = p->words;
	uint32_t	i = path_hash(path, words) >> (32 - __builtin_ctz(p->nslots));

	for (;; i = (i + 1) & (p->nslots - 1))
	{
		uint64_t   *slot = p->slots + (size_t) i * (words + 1);

		if (slot[words] == 0)
			return slot;
		if (slot[0] == path[0] &&
			(words == 1 || (slot[1] == path[1] && slot[2] == path[2])))
			return slot;
	}
}

void
path_table_move(PathTable *p, uint64_t *slots, uint32_t words, uint32_t nslots)
{
	PathTable	to = {slots, words, nslots, p->npaths};
	uint32_t	i = 0;
	const uint64_t *from;

	while ((from = path_table_next(p, &i)) != NULL)
	{
		uint64_t	path[PATH_WORDS] = {from[0]};
		uint64_t   *slot;

		if (words > p->words)
		{
			path[0] = 0;
			for (int k = 0; k < PATH_NARROW_EVENTS; k++)
				path_put(path, words, k, path_event(from, p->words, k));
		}
		else
			memcpy(path, from, words * sizeof(uint64_t));
		slot = path_table_find(&to, path);
		memcpy(slot, path, words * sizeof(uint64_t));
		slot[words] = from[p->words];
	}
	*p = to;
}

/* -- the most frequent ------------------------------------------------------------ */

/* Let the element at the root of a heap of n sink to its place. */
static void
sink(PathRank *heap, uint32_t n, uint32_t i)
{
	PathRank	moved = heap[i];

	for (;;)
	{
		uint64_t	child = 2 * (uint64_t) i + 1;

		if (child >= n)
			break;
		if (child + 1 < n && path_rank_before(&heap[child], &heap[child + 1]))
			child++;
		if (!path_rank_before(&moved, &heap[child]))
			break;
		heap[i] = heap[child];
		i = (uint32_t) child;
	}
	heap[i] = moved;
}

bool
path_table_top(const PathTable *p, const uint32_t *order, PathRank *top, uint32_t n,
			   int64_t *total)
{
	const int	events = p->words == 1 ? PATH_NARROW_EVENTS : 4 * PATH_WORDS;
	uint32_t	have = 0;
	uint32_t	i = 0;
	const uint64_t *slot;

	*total = 0;
	while ((slot = path_table_next(p, &i)) != NULL)
	{
		PathRank	rank = {(int64_t) slot[p->words], {0}};

		if (__builtin_add_overflow(*total, rank.count, total))
			return false;
		if (have == n && rank.count < top[0].count)
			continue;
		for (int k = 0; k < events; k++)
		{
			uint32_t	event = path_event(slot, p->words, k);

			if (event == 0)
				break;
			path_put(rank.path, p->words, k, order[event - 1] + 1);
		}
		if (have < n)
		{
			top[have++] = rank;
			if (have == n)
				for (uint32_t k = n / 2; k-- > 0;)
					sink(top, n, k);
		}
		else if (path_rank_before(&rank, &top[0]))
		{
			top[0] = rank;
			sink(top, n, 0);
		}
	}
	return true;
}
