/*
 * transitions_cells.c
 *	  Counting transitions between many labels: journeys at whole seconds,
 *	  into the cells of tally_cells.h.
 *
 * A journey is done in blocks of 56 transitions, at whose start label codes and
 * codes of gaps begin with a byte.  Of a block first all labels become lines and
 * all gaps cells, which no touchpoint has to wait for, eight gaps at a time
 * with AVX2; then the transitions are counted.
 */
#include "transitions.h"

#include "gap_groups.h"
#include "tally_cells.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

#define BLOCK	56

/* The marks as lines and columns. */
#define LINE_START	(TALLY_MARK_START + 2)
#define LINE_END	(TALLY_MARK_END + 2)

/* A block and what vectors write behind it. */
typedef struct CellBlock
{
	uint32_t	cells[BLOCK + 8];	/* of the gap behind touchpoint i */
	uint8_t		lines[64];		/* of touchpoint i */
} CellBlock;

/* -- labels ------------------------------------------------------------------- */

/* The lines of the labels of a journey. */
static CellsFull
map_labels(Tally *t, TallyCells *c, const JourneyView *v, uint8_t *map, TallyFull *full)
{
	const uint8_t *p = v->labels;

	for (uint32_t i = 0; i < v->nlabels; i++)
	{
		int32_t		number = label_cache_next(t, &c->labels, &p, full);

		if (number < 0)
			return CELLS_FULL_TALLY;
		if ((uint32_t) number + 2 >= UINT32_C(1) << c->shift)
			return c->shift < 8 ? CELLS_FULL_LABELS : CELLS_NOT_THIS;
		map[i] = (uint8_t) (number + 2);
	}
	return CELLS_OK;
}

/* -- blocks ------------------------------------------------------------------- */

/* Is any gap half a year or more? */
static bool
any_long_gap(const JourneyView *v)
{
	const uint8_t *p = v->gap_codes;
	uint32_t	rest;

	for (; v->gaps - p >= 8; p += 8)
		if (gap_codes_long(journey_load64(p)))
			return true;
	/* at least nine bytes precede the gaps */
	rest = (uint32_t) (v->gaps - p);
	return rest > 0 && gap_codes_long(journey_load64(v->gaps - 8) >> (64 - 8 * rest));
}

/* The cells of n gaps, of which the first has its code at the start of a byte. */
static const uint8_t *
read_cells(const JourneyView *v, uint32_t first, const uint8_t *gap, uint32_t n, CellBlock *b)
{
	const uint8_t *codes = v->gap_codes + first / 4;

	for (uint32_t i = 0; i < n; i += 4)
	{
		const GapGroup *g = &gap_groups[*codes++];
		uint32_t	rest = n - i < 4 ? n - i : 4;

		for (uint32_t k = 0; k < rest; k++)
			b->cells[i + k] = tally_cell((uint32_t) (journey_load64(gap + g->end[k] - 8) >> g->shift[k]));
		gap += g->end[rest - 1];
	}
	return gap;
}

/* The lines of n touchpoints. */
static void
read_lines(const JourneyView *v, uint32_t first, uint32_t n, const uint8_t *map, CellBlock *b)
{
	for (uint32_t i = 0; i < n; i++)
		b->lines[i] = map[journey_code(v->codes, v->code_bits, first + i)];
}

#ifdef HAVE_AVX2
/* tally_cell of eight numbers below 2^24, exact as floats. */
static inline AVX2 __m256i
cells_of(__m256i gaps)
{
	__m256i		cells = _mm256_srli_epi32(_mm256_castps_si256(_mm256_cvtepi32_ps(gaps)),
										  23 - TALLY_BUCKET_BITS);

	cells = _mm256_sub_epi32(cells, _mm256_set1_epi32(126 << TALLY_BUCKET_BITS));
	return _mm256_and_si256(cells, _mm256_cmpgt_epi32(gaps, _mm256_setzero_si256()));
}

static inline AVX2 const uint8_t *
read_cells_wide(const JourneyView *v, uint32_t first, const uint8_t *gap, uint32_t n, CellBlock *b)
{
	GapEights	g = {v->gap_codes + first / 4, gap, v->end, 0};
	uint32_t	i;

	for (i = 0; i + 8 < n; i += 8)
		_mm256_storeu_si256((__m256i *) (b->cells + i), cells_of(gap_eight(&g)));
	_mm256_storeu_si256((__m256i *) (b->cells + i), cells_of(gap_last_eight(&g, n - i)));
	return g.gap;
}

static AVX2_CALLED const uint8_t *
read_cells_avx2(const JourneyView *v, uint32_t first, const uint8_t *gap, uint32_t n, CellBlock *b)
{
	return read_cells_wide(v, first, gap, n, b);
}

/* Both, where label codes have at most 4 bits. */
static AVX2_CALLED const uint8_t *
read_block_avx2(const JourneyView *v, uint32_t first, const uint8_t *gap, uint32_t n,
				const uint8_t *map, CellBlock *b)
{
	const int	bits = v->code_bits;
	const __m128i table = code_table(load16(map), bits);
	const uint8_t *codes = v->codes + (size_t) first * (uint32_t) bits / 8;

	_mm256_storeu_si256((__m256i *) b->lines, code_look_up(code_numbers(codes, v->end, bits), table));
	if (n >= 32)
		_mm256_storeu_si256((__m256i *) (b->lines + 32),
							code_look_up(code_numbers(codes + 4 * bits, v->end, bits), table));
	return read_cells_wide(v, first, gap, n, b);
}
#endif

/* The lines of n + 1 touchpoints and the cells of the gaps between them. */
static inline const uint8_t *
read_block(const JourneyView *v, uint32_t first, const uint8_t *gap, uint32_t n,
		   const uint8_t *map, CellBlock *b)
{
#ifdef HAVE_AVX2
	if (gap_eights_fit(v))
		return read_block_avx2(v, first, gap, n, map, b);
#endif
	read_lines(v, first, n + 1, map, b);
	if (n == 0)
		return gap;
#ifdef HAVE_AVX2
	/* as gap_eights_fit, which asks for label codes as well */
	if (gap_groups_avx2 && v->gaps - v->labels >= (v->count > 4 ? 4 : 7))
		return read_cells_avx2(v, first, gap, n, b);
#endif
	return read_cells(v, first, gap, n, b);
}

/* -- counting ------------------------------------------------------------------ */

static ALWAYS_INLINE void
count_transition(TallyCells *c, uint32_t from, uint32_t to, uint32_t cell, uint32_t customer)
{
	CellPair   *pair = c->pairs + ((from << c->shift) + to);
	uint8_t    *cells = pair->cells;

	if (cells == NULL)
		cells = tally_cells_block(c, pair);
	tally_cells_count(c, pair, cells, cell);
	pair->customers += pair->customer != customer;
	pair->customer = customer;
}

CellsFull
transitions_count_cells(Tally *t, TallyCells *c, TransitionRun *run, TallyFull *full)
{
	const JourneyView *v = run->view;
	uint8_t		map[256];
	CellBlock	b;
	CellsFull	missing;

	if (v->count == 0)
		return CELLS_OK;
	if (!run->started && (v->unit != 0 || v->nlabels > CELLS_MAX_LABELS || any_long_gap(v) ||
						  c->customer >= CELLS_MAX_COUNT - 1))
		return CELLS_NOT_THIS;
	missing = map_labels(t, c, v, map, full);
	if (missing != CELLS_OK)
		return missing;
	for (;;)
	{
		const uint32_t first = run->next;
		const uint32_t n = v->count - 1 - first < BLOCK ? v->count - 1 - first : BLOCK;
		uint32_t	customer;
		uint32_t	from;

		/* the start and the end are transitions, too */
		if (c->nblocks < BLOCK + 2)
			return CELLS_FULL_BLOCKS;
		if (c->npassed > CELLS_PASSED - (BLOCK + 2))
			return CELLS_FULL_PASSED;
		run->gap = read_block(v, first, run->gap, n, map, &b);
		from = b.lines[0];
		if (!run->started)
		{
			run->started = true;
			c->customer++;
			count_transition(c, LINE_START, from, 0, c->customer);
		}
		customer = c->customer;
		for (uint32_t i = 0; i < n; i++)
		{
			uint32_t	to = b.lines[i + 1];

			count_transition(c, from, to, b.cells[i], customer);
			from = to;
		}
		run->next = first + n;
		if (run->next + 1 == v->count)
		{
			count_transition(c, from, LINE_END, 0, customer);
			return CELLS_OK;
		}
	}
}
