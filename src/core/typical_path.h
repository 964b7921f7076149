/*
 * typical_path.h
 *	  The typical journey: which path most customers take, and which path is the
 *	  nearest to all of them.
 *
 * A path is the first TYPICAL_STEPS steps of a journey; touchpoints with one
 * name in a row are one step, at the time of the first of them.  What is
 * counted is kept in a tally of kind TALLY_AVERAGE_JOURNEY.  A row has the
 * labels of a path as its first keys (then TALLY_MARK_END), and is one of these:
 *
 *	times	customers who took the path in the same times.  The times from step to
 *			step, TYPICAL_CODE_BITS each, are the last two keys, which are not
 *			negative; the counters are TC_AVERAGE_x.
 *	folded	the last but one key is -1: the counters of customers whose times are
 *			in histograms.  It is -1 - p, p from 1 to TYPICAL_PLACES: their
 *			histogram at place p, without counters.  The last key is 0.
 *
 * Most paths of many events are taken by few, at times that nobody else has: a
 * row of times is then all that a customer costs, a tenth of a row and a
 * histogram for each step.  Where a tally grows large, the rows of the paths
 * that many take are folded.  The answer is the same: both tell the same
 * buckets of the same times.  So rows of both forms can be added up.
 */
#ifndef TYPICAL_PATH_H
#define TYPICAL_PATH_H

#include "tally.h"

#define TYPICAL_STEPS		(TALLY_MAX_KEYS - 2)
#define TYPICAL_CODE_BITS	18
#define TYPICAL_MAX_CUSTOMERS (INT64_MAX / (2 * TYPICAL_STEPS))

/* Times of a step: from the one before, from the first.  Steps count from 0. */
typedef enum TypicalClock
{
	FROM_PREVIOUS,
	FROM_FIRST,
	TYPICAL_CLOCKS
} TypicalClock;

#define TYPICAL_PLACES		(TYPICAL_CLOCKS * (TYPICAL_STEPS - 1))

static inline int
typical_place(TypicalClock clock, int step)
{
	return (int) clock * (TYPICAL_STEPS - 1) + step;
}

/*
 * A duration as a number of TYPICAL_CODE_BITS bits, and the least duration of
 * that number: below the true one by less than 0.025 %, and in its bucket.
 */
extern uint32_t typical_code(int64_t us);
extern int64_t typical_duration(uint32_t code);

/* The last two keys: gaps[1 .. n - 1] are the times from the step before. */
extern void typical_times(int64_t *keys, int n, const int64_t *gaps);

/*
 * A path with all who took it.  Steps are numbers from 1, as the caller ranks
 * the labels, 0 behind the last; the order of (high, low) is that of the paths.
 */
typedef struct TypicalPath
{
	uint64_t	high;			/* steps 0 to 3, 16 bits each */
	uint64_t	low;			/* steps 4 to 7 */
	int64_t		customers;
	int64_t		continued;
	uint32_t	rows;			/* of times */
	bool		folded;			/* has folded rows, too */
} TypicalPath;

static inline uint32_t
typical_step(const TypicalPath *path, int step)
{
	uint64_t	half = step < TYPICAL_STEPS / 2 ? path->high : path->low;

	return (uint32_t) (half >> (48 - 16 * (step % (TYPICAL_STEPS / 2)))) & 0xffff;
}

static inline int
typical_length(const TypicalPath *path)
{
	int			n = 0;

	while (n < TYPICAL_STEPS && typical_step(path, n) != 0)
		n++;
	return n;
}

/* Steps that two different paths have in common from the first one on. */
static inline int
typical_shared(const TypicalPath *a, const TypicalPath *b)
{
	return a->high != b->high ? __builtin_clzll(a->high ^ b->high) / 16 :
		4 + __builtin_clzll(a->low ^ b->low) / 16;
}

/* Where paths are found: the caller brings zeroed slots and room for paths. */
typedef struct TypicalPaths
{
	const uint16_t *rank;		/* of each label of the tally, from 1 */
	TypicalPath *paths;			/* as many as the tally has rows */
	uint32_t	npaths;
	uint32_t   *slots;			/* typical_slots() of them */
	uint32_t	nslots;
	int64_t		customers;
	int64_t		continued;
} TypicalPaths;

extern uint32_t typical_slots(const Tally *t);

/*
 * All paths of a tally, in the order of its rows.  Returns NULL, or what is
 * wrong with a tally that none of ours made.  `relax` is called once in a while
 * and need not return.
 */
extern const char *typical_paths(const Tally *t, TypicalPaths *all, void (*relax) (void));

/*
 * Median times of a path, microseconds, by place: the middle of the bucket that
 * holds the lower median.  `counts` is zeroed, TYPICAL_PLACES * TALLY_BUCKETS.
 * Returns false where a folded histogram does not hold as many as it ought to.
 */
extern bool typical_medians(const Tally *t, const uint16_t *rank, const TypicalPath *path,
							int64_t *counts, void (*relax) (void), double *medians);

/*
 * Copy a tally, folding the paths with at least `least` rows of times.  dst is
 * an empty tally; labels keep their numbers.  `all` is what typical_paths found
 * in src.  Resumable: start with a zeroed walk; on TALLY_FULL_x grow dst and
 * call again.
 */
typedef struct TypicalFold
{
	uint32_t	row;
	uint32_t	part;
} TypicalFold;

extern TallyFull typical_fold(Tally *dst, const Tally *src, const TypicalPaths *all,
							  uint32_t least, TypicalFold *walk, void (*relax) (void));

/* -- distances ------------------------------------------------------------- */

#define TYPICAL_LANES	8

/* A path as the sums of distances want it, in the order of the paths. */
typedef struct TypicalText
{
	int64_t		customers;
	uint16_t	steps[TYPICAL_STEPS];
	uint8_t		length;
	uint8_t		shared;			/* steps in common with the one before */
} TypicalText;

extern void typical_text(TypicalText *text, const TypicalPath *path,
						 const TypicalPath *before);

/*
 * For up to TYPICAL_LANES paths the sum of their edit distances to n texts, each
 * as often as it has customers.  `masks` is zeroed, one for each step number and
 * one for 0, and is left so.
 */
extern void typical_distances(const TypicalText *texts, size_t n,
							  const TypicalPath *const *candidates, int ncandidates,
							  uint64_t *masks, int64_t *sums);

#endif							/* TYPICAL_PATH_H */
