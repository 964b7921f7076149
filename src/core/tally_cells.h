/*
 * tally_cells.h
 *	  A faster home for the counters of a busy tally of transitions between
 *	  events.
 *
 * The matrix of tally_dense.h has a place for each pair of 14 labels and each
 * bucket; for 250 labels that would be hundreds of megabytes.  Here a pair gets
 * its places when it first occurs: a cell of 8 bits for each bucket from one
 * second to 2^31 seconds, each doubling a cache line, in a block of 2,112
 * bytes.  With at most 14 labels all pairs have their blocks from the start, side
 * by side, so that where to count is a number that vectors work out.  A cell
 * that passes 255 writes its place down in a short list, which is moved to the
 * rows of the tally before it is full, 256 for each mention: so the bytes are all
 * that the hot loop has to keep in a processor's cache, and rows and cells
 * together are the value.
 *
 * Journeys are short, and where a loop over one of them ends is not foreseen by
 * the processor.  So they only write their transitions down, in a log, whole
 * vectors at a time, and when the log is full all of it is counted by one loop
 * that knows how long it is.
 *
 * Distinct customers: with few labels a transition marks its pair with the number
 * of the customer, modulo 255, and the marks of all pairs are compared and counted
 * by vectors when the next customer comes: reading many bytes at once right after
 * they were written one by one would wait for the writes.  With more labels each
 * pair remembers the customer that it has counted last.
 *
 * Memory: 560 kB with at most 14 labels, else 2,112 bytes for each pair that
 * occurred and 16 for each that could, at most 138 MB.
 */
#ifndef TALLY_CELLS_H
#define TALLY_CELLS_H

#include "gap_groups.h"
#include "label_cache.h"
#include "tally.h"

#define CELLS_MAX_LABELS	254 /* and the two marks */
#define CELLS_PER_LINE		64	/* as many as a bucket has doublings */
#define CELLS_LINES			32	/* the duration 0, 31 doublings */
#define CELLS				(CELLS_LINES * CELLS_PER_LINE)
#define CELLS_BYTES			(CELLS + 64)	/* off a power of 2 */
#define CELLS_BUCKET		(20 * 64 + 1)	/* tally_bucket(1 s): of cell 64 */
#define CELLS_MAX_COUNT		(UINT64_C(1) << 31) /* of customers */
#define CELLS_PASSED		4096

#define CELLS_FEW_SHIFT		4	/* 14 labels: */
#define CELLS_FEW			256 /* so many pairs have a place each */

#define CELLS_LOG			1024	/* transitions */
#define CELLS_LOG_PAD		64	/* what vectors write behind them */

/* What is known of a pair, by line << shift | column; one piece of memory. */
typedef struct CellPairs
{
	uint8_t   **cells;			/* NULL: it has not occurred; with few labels
								 * only when it is read, tally_cells_settle */
	uint32_t   *latest;			/* number of the last customer counted, with
								 * many labels */
	uint32_t   *customers;
} CellPairs;

/*
 * A label is a line and a column of the matrix of pairs: its number + 2, behind
 * the marks.  A transition from the start or to the end has no duration and is
 * counted in cell 0.
 */
typedef struct TallyCells
{
	CellPairs	pairs;
	uint32_t	shift;
	uint32_t	customer;		/* number of the latest one */
	uint8_t    *blocks;			/* for pairs to come: each begins with where
								 * the next one is */
	uint32_t	nblocks;
	uint32_t	npassed;
	uint32_t	passed[CELLS_PASSED];	/* pair * CELLS + cell */
	LabelCache	labels;
	uint8_t		known_lines[LABEL_CACHE_KNOWN];	/* of names of one byte, 0 where
												 * the cache has to be asked */

	uint32_t	nlogged;		/* transitions in the log */

	/* with few labels: blocks of all pairs, and which byte of them to raise */
	uint8_t    *few;
	uint32_t	log_place[CELLS_LOG + CELLS_LOG_PAD];
	uint8_t		marks[CELLS_FEW];
	uint8_t		marked[CELLS_FEW];	/* customers since the marks were cleared */
	uint8_t		mark;			/* of the latest customer */

	/* with many: which pair, how many seconds (below 2^31), whose */
	uint32_t	ncounted;		/* of them, if counting had to stop */
	uint16_t	log_pair[CELLS_LOG + CELLS_LOG_PAD];
	uint32_t	log_whose[CELLS_LOG + CELLS_LOG_PAD];
	uint32_t	log_seconds[CELLS_LOG + CELLS_LOG_PAD];
} TallyCells;

/* Lines of the matrix of pairs, as a power of 2, for at most CELLS_MAX_LABELS. */
static inline uint32_t
tally_cells_shift(uint32_t nlabels)
{
	return nlabels <= 14 ? CELLS_FEW_SHIFT : nlabels <= 62 ? 6 : 8;
}

/*
 * Bytes of the matrix of pairs for so many labels; 0 if there are too many.  With
 * few labels all blocks are part of it.
 */
static inline size_t
tally_cells_pairs_size(uint32_t nlabels)
{
	uint32_t	shift = tally_cells_shift(nlabels);

	if (nlabels > CELLS_MAX_LABELS)
		return 0;
	return ((sizeof(uint8_t *) + 2 * sizeof(uint32_t)) << (2 * shift)) +
		(shift == CELLS_FEW_SHIFT ? CELLS_FEW * CELLS_BYTES + 64 : 0);
}

static inline uint32_t
tally_cells_pair(const TallyCells *c, int32_t from, int32_t to)
{
	return ((uint32_t) (from + 2) << c->shift) + (uint32_t) (to + 2);
}

/* Has the pair occurred in cells?  Its labels may be beyond them. */
static inline bool
tally_cells_have(const TallyCells *c, int32_t from, int32_t to)
{
	return (((uint32_t) (from + 2) | (uint32_t) (to + 2)) >> c->shift) == 0 &&
		c->pairs.cells[tally_cells_pair(c, from, to)] != NULL;
}

static inline uint32_t
tally_cells_npairs(const TallyCells *c)
{
	return UINT32_C(1) << (2 * c->shift);
}

/* Is this the form for few labels? */
static inline bool
tally_cells_few(const TallyCells *c)
{
	return c->shift == CELLS_FEW_SHIFT;
}

/* Is there no block for a pair without cells? */
static inline bool
tally_cells_no_block(const TallyCells *c)
{
	return c->nblocks == 0 && !tally_cells_few(c);
}

/* Give a pair its cells; there is a block. */
static inline uint8_t *
tally_cells_block(TallyCells *c, uint32_t pair)
{
	uint8_t    *cells = c->blocks;

	if (tally_cells_few(c))
		return c->pairs.cells[pair] = c->few + pair * CELLS_BYTES;
	memcpy(&c->blocks, cells, sizeof(c->blocks));
	memset(cells, 0, CELLS);
	c->nblocks--;
	return c->pairs.cells[pair] = cells;
}

/* The cell of a duration in whole seconds below 2^31. */
static inline uint32_t
tally_cell(uint32_t seconds)
{
	double		d = (double) (int32_t) seconds;
	uint64_t	bits;

	memcpy(&bits, &d, 8);
	return seconds == 0 ? 0 :
		(uint32_t) (bits >> (52 - TALLY_BUCKET_BITS)) - (1022 << TALLY_BUCKET_BITS);
}

#ifdef HAVE_AVX2
/*
 * The same of eight durations.  A float has 24 bits; what is rounded must not
 * carry into the bits that say the cell.  So each bit goes that has one set eight
 * places above it, of which the uppermost one is the first.
 */
static inline AVX2 __m256i
tally_cells_wide(__m256i seconds)
{
	__m256i		cut = _mm256_andnot_si256(_mm256_srli_epi32(seconds, 8), seconds);
	__m256i		cells = _mm256_srli_epi32(_mm256_castps_si256(_mm256_cvtepi32_ps(cut)),
										  23 - TALLY_BUCKET_BITS);

	/* the float 0 is far below */
	return _mm256_max_epi32(_mm256_sub_epi32(cells, _mm256_set1_epi32(126 << TALLY_BUCKET_BITS)),
							_mm256_setzero_si256());
}
#endif

/* Bucket of a cell, and cell of a bucket, -1 if it has none. */
static inline int32_t
tally_cell_bucket(uint32_t cell)
{
	return cell == 0 ? 0 : (int32_t) cell - CELLS_PER_LINE + CELLS_BUCKET;
}

static inline int32_t
tally_bucket_cell(int32_t bucket)
{
	int32_t		cell = bucket - CELLS_BUCKET + CELLS_PER_LINE;

	return bucket == 0 ? 0 : cell >= CELLS_PER_LINE && cell < CELLS ? cell : -1;
}

/*
 * Start with a matrix of pairs in zeroed memory of tally_cells_pairs_size, and go
 * on with a larger one (when the tally has more labels than the present one has
 * lines, and after tally_cells_settle).  The memory before, which begins with
 * c->pairs.cells, may still have cells: it can be given back if tally_cells_widen
 * says so.
 */
extern void tally_cells_start(TallyCells *c, void *memory, uint32_t nlabels);
extern bool tally_cells_widen(TallyCells *c, void *memory, uint32_t nlabels);

/* Room for n more pairs, of CELLS_BYTES each. */
extern void tally_cells_give(TallyCells *c, uint8_t *blocks, uint32_t n);

/*
 * What is missing.  The functions below return before they have changed
 * anything that they would change again.
 */
typedef enum CellsFull
{
	CELLS_OK,
	CELLS_FULL_TALLY,			/* room in the tally, *full says which */
	CELLS_FULL_BLOCKS,			/* blocks */
	CELLS_FULL_PASSED,			/* tally_cells_pass */
	CELLS_FULL_LABELS,			/* a larger matrix of pairs */
	CELLS_NOT_THIS				/* a journey that cells do not take */
} CellsFull;

/*
 * Move what cells passed to the rows of the tally.  On TALLY_FULL_x grow the tally
 * and call again.
 */
extern TallyFull tally_cells_pass(TallyCells *c, Tally *t);

/* With few labels: count the marks of the latest customer. */
static inline void
tally_cells_count_marks(TallyCells *c)
{
	for (int i = 0; i < CELLS_FEW; i++)
		c->marked[i] = (uint8_t) (c->marked[i] + (c->marks[i] == c->mark));
}

/* With few labels: the marks have come to their end, begin anew. */
extern void tally_cells_clear_marks(TallyCells *c);

/* Count what is in the log.  CELLS_OK, CELLS_FULL_BLOCKS or CELLS_FULL_PASSED. */
extern CellsFull tally_cells_count_log(TallyCells *c);

/*
 * Is there room in the log for n transitions?  CELLS_OK, or what is missing to
 * count what is in it.
 */
static inline CellsFull
tally_cells_log_room(TallyCells *c, uint32_t n)
{
	if (c->nlogged + n <= CELLS_LOG)
		return CELLS_OK;
	return tally_cells_count_log(c);
}

/*
 * Count what is in the log, and move what cells passed to the rows of the tally:
 * before it is read.
 */
extern CellsFull tally_cells_settle(TallyCells *c, Tally *t, TallyFull *full);

/*
 * Add to cells and rows the rows of a tally of transitions without a matrix of
 * its own.  `map` says which label of t each label of src is; `at` starts with
 * zeroes.
 */
typedef struct CellsAdding
{
	uint32_t	row;
	uint32_t	place;
	bool		counted;
} CellsAdding;

extern CellsFull tally_cells_add(TallyCells *c, Tally *t, const Tally *src,
								 const uint32_t *map, CellsAdding *at, TallyFull *full);

/*
 * What is in cells as a string of bytes, to be added to other cells.
 */
extern size_t tally_cells_write_size(const TallyCells *c);
extern uint8_t *tally_cells_write(const TallyCells *c, uint8_t *out);
extern CellsFull tally_cells_read(TallyCells *c, Tally *t, const uint8_t **p, const uint8_t *end,
								  const uint32_t *map, TallyFull *full);

/*
 * Add all that is in cells to the rows of dst, which has the labels of the
 * tally under the same numbers.  Resumable: start with *next = 0; on TALLY_FULL_x
 * grow dst and call again.
 */
extern TallyFull tally_cells_to_rows(Tally *dst, const TallyCells *c, uint32_t *next);

/*
 * All that is known of a pair, of cells and rows: how often, by how many
 * customers, how many durations and two of their percentiles.
 */
typedef struct CellsSum
{
	int64_t		count;
	int64_t		customers;
	int64_t		durations;
	double		quantile[2];	/* microseconds, as tally_quantile */
} CellsSum;

extern void tally_cells_sum(const TallyCells *c, const Tally *t, int32_t from, int32_t to,
							const double *p, CellsSum *sum);

#endif							/* TALLY_CELLS_H */
