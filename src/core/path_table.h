/*
 * path_table.h
 *	  How often each of very many different paths was taken.
 *
 * A row of a tally of paths has ten keys of 8 bytes and a slot of an index
 * beside it: two places of memory far from all others for each customer.  Here
 * a path is one number, whose bytes are the labels of its events, from the
 * highest on: 8 events of 255 labels.  If there are more of either, it is
 * three such numbers of four events.  A slot of the table (open addressing) is
 * the path and its count.  A label is its number in the tally + 1, and 0 is
 * behind the last: so the order of paths is that of their numbers, once
 * labels are numbered in the order of their texts.
 *
 * The caller brings the memory; a table that is half full wants twice of it.
 */
#ifndef PATH_TABLE_H
#define PATH_TABLE_H

#include "tally.h"

#define PATH_WORDS			3	/* of a path at most */
#define PATH_NARROW_EVENTS	8
#define PATH_NARROW_LABELS	255
#define PATH_TABLE_SLOTS	4096	/* of the smallest table */

typedef struct PathTable
{
	uint64_t   *slots;			/* words of the path, count (0: free) */
	uint32_t	words;			/* 1 or PATH_WORDS */
	uint32_t	nslots;			/* a power of 2 */
	uint32_t	npaths;
} PathTable;

/* A path whose labels are numbered in their order, and its count. */
typedef struct PathRank
{
	int64_t		count;
	uint64_t	path[PATH_WORDS];
} PathRank;

/* Does a come before b? */
static inline bool
path_rank_before(const PathRank *a, const PathRank *b)
{
	if (a->count != b->count)
		return a->count > b->count;
	for (int i = 0; i < PATH_WORDS; i++)
		if (a->path[i] != b->path[i])
			return a->path[i] < b->path[i];
	return false;
}

static inline size_t
path_table_size(uint32_t words, uint32_t nslots)
{
	return (size_t) nslots * (words + 1) * sizeof(uint64_t);
}

/* Do so many events of so many labels fit a path of one word? */
static inline bool
path_is_narrow(int events, uint32_t nlabels)
{
	return events <= PATH_NARROW_EVENTS && nlabels <= PATH_NARROW_LABELS;
}

/* Put event i of a path, all of whose words are 0 in the beginning. */
static inline void
path_put(uint64_t *path, uint32_t words, int i, uint64_t label)
{
	if (words == 1)
		path[0] |= label << (56 - 8 * i);
	else
		path[i / 4] |= label << (48 - 16 * (i % 4));
}

/* Event i of a path: number + 1, or 0 behind the last. */
static inline uint32_t
path_event(const uint64_t *path, uint32_t words, int i)
{
	if (words == 1)
		return i < PATH_NARROW_EVENTS ? (path[0] >> (56 - 8 * i)) & 0xff : 0;
	return (path[i / 4] >> (48 - 16 * (i % 4))) & 0xffff;
}

/* The slot of a path, or a free one where it would be. */
extern uint64_t *path_table_find(const PathTable *p, const uint64_t *path);

static inline bool
path_table_is_full(const PathTable *p)
{
	return p->npaths >= p->nslots / 2;
}

/*
 * Count a path in a table that is not full; false if the sum is out of range.
 */
static inline bool
path_table_count(PathTable *p, const uint64_t *path, int64_t times)
{
	uint64_t   *slot = path_table_find(p, path);
	int64_t		sum;

	if (slot[p->words] == 0)
	{
		memcpy(slot, path, p->words * sizeof(uint64_t));
		p->npaths++;
	}
	if (__builtin_add_overflow((int64_t) slot[p->words], times, &sum))
		return false;
	slot[p->words] = (uint64_t) sum;
	return true;
}

/*
 * Move to zeroed memory of path_table_size(words, nslots) bytes, words not
 * fewer than before.
 */
extern void path_table_move(PathTable *p, uint64_t *slots, uint32_t words, uint32_t nslots);

/* Step through the paths: start with *i = 0; NULL behind the last. */
static inline const uint64_t *
path_table_next(const PathTable *p, uint32_t *i)
{
	while (*i < p->nslots)
	{
		const uint64_t *slot = p->slots + (size_t) (*i)++ * (p->words + 1);

		if (slot[p->words] != 0)
			return slot;
	}
	return NULL;
}

/*
 * The n most frequent paths, n at most npaths and at least 1, not sorted: those
 * that come before all others by path_rank_before.  order[i] is the place of
 * label i among all, from 0.  *total is the sum of all counts; false if that is
 * out of range.
 */
extern bool path_table_top(const PathTable *p, const uint32_t *order, PathRank *top, uint32_t n,
						   int64_t *total);

#endif							/* PATH_TABLE_H */
