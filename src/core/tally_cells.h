/*
 * tally_cells.h
 *	  A faster home for the counters of a busy tally of transitions between
 *	  many labels.
 *
 * The matrix of tally_dense.h has a place for each pair of 14 labels and each
 * bucket; for 250 labels that would be hundreds of megabytes.  Here a pair gets
 * its places when it first occurs: a cell of 8 bits for each bucket from one
 * second to 2^31 seconds, each doubling a cache line, in a block of 2,112
 * bytes.  A cell that passes 255 writes its place down in a short list, which
 * is moved to the rows of the tally before it is full, 256 for each mention: so
 * the bytes are all that the hot loop has to keep in a processor's cache, and
 * rows and cells together are the value.
 *
 * Memory: 2,112 bytes for each pair that occurred and 16 for each that could,
 * at most 138 MB.
 */
#ifndef TALLY_CELLS_H
#define TALLY_CELLS_H

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

typedef struct CellPair
{
	uint8_t    *cells;			/* NULL: the pair has not occurred */
	uint32_t	customer;		/* number of the last one that was counted */
	uint32_t	customers;
} CellPair;

/*
 * A label is a line and a column of the matrix of pairs: its number + 2, behind
 * the marks.  A transition from the start or to the end has no duration and is
 * counted in cell 0.
 */
typedef struct TallyCells
{
	CellPair   *pairs;			/* lines << shift | columns */
	uint32_t	shift;
	uint32_t	customer;		/* number of the latest one */
	uint8_t    *blocks;			/* for pairs to come: each begins with where
								 * the next one is */
	uint32_t	nblocks;
	uint32_t	npassed;
	uint32_t	passed[CELLS_PASSED];	/* pair * CELLS + cell */
	LabelCache	labels;
} TallyCells;

/* Bytes of the matrix of pairs for so many labels; 0 if there are too many. */
static inline size_t
tally_cells_pairs_size(uint32_t nlabels)
{
	if (nlabels > CELLS_MAX_LABELS)
		return 0;
	return sizeof(CellPair) << (nlabels <= 62 ? 12 : 16);
}

static inline CellPair *
tally_cells_pair(const TallyCells *c, int32_t from, int32_t to)
{
	return c->pairs + ((uint32_t) (from + 2) << c->shift) + (uint32_t) (to + 2);
}

/* Has the pair occurred in cells?  Its labels may be beyond them. */
static inline bool
tally_cells_have(const TallyCells *c, int32_t from, int32_t to)
{
	return (((uint32_t) (from + 2) | (uint32_t) (to + 2)) >> c->shift) == 0 &&
		tally_cells_pair(c, from, to)->cells != NULL;
}

static inline uint32_t
tally_cells_npairs(const TallyCells *c)
{
	return UINT32_C(1) << (2 * c->shift);
}

/* Give a pair its cells; there is a block. */
static inline uint8_t *
tally_cells_block(TallyCells *c, CellPair *pair)
{
	pair->cells = c->blocks;
	memcpy(&c->blocks, pair->cells, sizeof(c->blocks));
	memset(pair->cells, 0, CELLS);
	c->nblocks--;
	return pair->cells;
}

/* Count one in a cell; there is room in the list. */
static inline void
tally_cells_count(TallyCells *c, CellPair *pair, uint8_t *cells, uint32_t cell)
{
	if (++cells[cell] == 0)
		c->passed[c->npassed++] = (uint32_t) (pair - c->pairs) * CELLS + cell;
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
 * Start with a matrix of pairs of zeroed memory, and go on with a larger one
 * (when the tally has more labels than the present one has lines).
 */
extern void tally_cells_start(TallyCells *c, CellPair *pairs, uint32_t nlabels);
extern void tally_cells_widen(TallyCells *c, CellPair *pairs, uint32_t nlabels);

/* Room for n more pairs, of CELLS_BYTES each. */
extern void tally_cells_give(TallyCells *c, uint8_t *blocks, uint32_t n);

/*
 * Move what cells passed to the rows of the tally: before it is read, too.  On
 * TALLY_FULL_x grow the tally and call again.
 */
extern TallyFull tally_cells_settle(TallyCells *c, Tally *t);

/*
 * What is missing.  The functions below return before they have changed
 * anything that they would change again.
 */
typedef enum CellsFull
{
	CELLS_OK,
	CELLS_FULL_TALLY,			/* room in the tally, *full says which */
	CELLS_FULL_BLOCKS,			/* blocks */
	CELLS_FULL_PASSED,			/* tally_cells_settle */
	CELLS_FULL_LABELS,			/* a larger matrix of pairs */
	CELLS_NOT_THIS				/* a journey that cells do not take */
} CellsFull;

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

/* Add all that is in cells to the rows of dst, see tally_dense_add. */
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
