/*
 * transitions_cells.c
 *	  The hot loops of counting transitions between events: journeys at whole
 *	  seconds, into the log of tally_cells.h.
 *
 * A journey is done in blocks of 56 touchpoints, at whose start label codes and
 * codes of gaps begin with a byte.  What is written down of a touchpoint is the
 * transition that led to it: the pair of its label and the one before, and the
 * gap; the first follows the start, and the end is one more.
 *
 * With AVX2 all 32 label codes of half a block become lines of the matrix at
 * once, and pairs by lines shifted by one; gaps go to the log as they are, eight
 * at a time.  Nothing waits for a touchpoint, and nothing asks how many there
 * are but the loop over eights of gaps.  A journey as most are is done by one
 * function that knows its form.
 */
#include "transitions.h"

#include "gap_groups.h"
#include "tally_cells.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

#define BLOCK	56

/* The marks as lines and columns. */
#define LINE_START	(TALLY_MARK_START + 2)
#define LINE_END	(TALLY_MARK_END + 2)

/* -- what cells can take ----------------------------------------------------- */

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

/* -- a block in the log ------------------------------------------------------ */

/* Touchpoints of the block that begins at run->next, and gaps behind them. */
static inline uint32_t
block_size(const TransitionRun *run)
{
	uint32_t	rest = run->view->count - run->next;

	return rest < BLOCK ? rest : BLOCK;
}

static inline uint32_t
block_gaps(const TransitionRun *run)
{
	uint32_t	rest = run->view->count - 1 - run->next;

	return rest < BLOCK ? rest : BLOCK;
}

/*
 * The gaps behind n touchpoints, of which the first has its code at the start of a
 * byte; returns the end of the last.
 */
static const uint8_t *
read_gaps(const uint8_t *codes, const uint8_t *gap, uint32_t n, uint32_t *seconds)
{
	for (uint32_t i = 0; i < n; i += 4)
	{
		const GapGroup *g = &gap_groups[*codes++];
		uint32_t	rest = n - i < 4 ? n - i : 4;

		for (uint32_t k = 0; k < rest; k++)
			seconds[i + k] = (uint32_t) (journey_load64(gap + g->end[k] - 8) >> g->shift[k]);
		gap += g->end[rest - 1];
	}
	return gap;
}

#ifdef HAVE_AVX2
/* The same, with the customer beside each; junk behind the last. */
static ALWAYS_INLINE AVX2 const uint8_t *
read_gaps_wide(const JourneyView *v, uint32_t first, const uint8_t *gap, uint32_t n,
			   uint32_t *seconds, uint32_t *whose, uint32_t customer)
{
	const __m256i customers = _mm256_set1_epi32((int) customer);
	GapEights	g = {v->gap_codes + first / 4, gap, v->end, 0};
	uint32_t	i;

	if (n == 0)
		return gap;
	for (i = 0; i + 8 < n; i += 8)
	{
		_mm256_storeu_si256((__m256i *) (seconds + i), gap_eight(&g));
		_mm256_storeu_si256((__m256i *) (whose + i), customers);
	}
	_mm256_storeu_si256((__m256i *) (seconds + i), gap_last_eight(&g, n - i));
	_mm256_storeu_si256((__m256i *) (whose + i), customers);
	return g.gap;
}

static AVX2_CALLED const uint8_t *
read_gaps_avx2(const JourneyView *v, uint32_t first, const uint8_t *gap, uint32_t n,
			   uint32_t *seconds, uint32_t *whose, uint32_t customer)
{
	return read_gaps_wide(v, first, gap, n, seconds, whose, customer);
}
#endif

/*
 * The gaps behind the touchpoints of a block to the log, each with the touchpoint
 * that follows it and with the customer; the gap before the first touchpoint
 * comes with that.
 */
static inline void
log_gaps(TallyCells *c, TransitionRun *run)
{
	const JourneyView *v = run->view;
	uint32_t   *seconds = c->log_seconds + c->nlogged;
	uint32_t   *whose = c->log_whose + c->nlogged;
	const uint32_t n = block_gaps(run);

	seconds[0] = run->gap_before;
	whose[0] = c->customer;
#ifdef HAVE_AVX2
	/* as gap_eights_fit, which asks for label codes as well */
	if (gap_groups_avx2 && v->gaps - v->labels >= (v->count > 4 ? 4 : 7))
	{
		run->gap = read_gaps_avx2(v, run->next, run->gap, n, seconds + 1, whose + 1, c->customer);
		return;
	}
#endif
	run->gap = read_gaps(v->gap_codes + run->next / 4, run->gap, n, seconds + 1);
	for (uint32_t i = 1; i <= n; i++)
		whose[i] = c->customer;
}

/* -- events ------------------------------------------------------------------ */

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
		if (v->plain)
			c->known_lines[v->labels[i]] = map[i];
	}
	return CELLS_OK;
}

static void
log_events(TallyCells *c, TransitionRun *run, const uint8_t *map)
{
	const JourneyView *v = run->view;
	const uint32_t n = block_size(run);
	uint32_t	from = (uint32_t) (run->from + 2);

	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	to = map[journey_code(v->codes, v->code_bits, run->next + i)];

		c->log_pair[c->nlogged + i] = (uint16_t) ((from << c->shift) + to);
		from = to;
	}
	log_gaps(c, run);
}

#ifdef HAVE_AVX2
/* What a column and a line are worth in the number of a pair. */
static inline AVX2 __m256i
pair_weights(const TallyCells *c)
{
	return _mm256_set1_epi16(c->shift == 8 ? 0 : (short) ((256 << c->shift) + 1));
}

/*
 * The pairs of 32 lines with the lines before them, the first with the last of
 * `before`; to `out`.
 */
static inline AVX2 void
store_pairs(__m256i lines, __m256i before, __m256i weights, uint16_t *out)
{
	const __m256i from = _mm256_alignr_epi8(lines, _mm256_permute2x128_si256(before, lines, 0x21), 15);
	__m256i		low = _mm256_unpacklo_epi8(lines, from);
	__m256i		high = _mm256_unpackhi_epi8(lines, from);

	/* a weight of 256 is where the bytes stand */
	if (_mm256_testz_si256(weights, weights) == 0)
	{
		low = _mm256_maddubs_epi16(low, weights);
		high = _mm256_maddubs_epi16(high, weights);
	}
	_mm256_storeu_si256((__m256i *) out, _mm256_permute2x128_si256(low, high, 0x20));
	_mm256_storeu_si256((__m256i *) (out + 16), _mm256_permute2x128_si256(low, high, 0x31));
}

/* The pairs of the block that begins at touchpoint `first`, to the log. */
static inline AVX2 void
store_block_pairs(TallyCells *c, const JourneyView *v, uint32_t first, uint32_t n,
				  uint32_t from, __m128i map, __m256i weights)
{
	const int	bits = v->code_bits;
	const __m128i table = code_table(map, bits);
	const uint8_t *codes = v->codes + (size_t) first * (uint32_t) bits / 8;
	const __m256i lines = code_look_up(code_numbers(codes, v->end, bits), table);
	uint16_t   *pairs = c->log_pair + c->nlogged;

	store_pairs(lines, _mm256_set1_epi8((char) from), weights, pairs);
	if (n > 32)
		store_pairs(code_look_up(code_numbers(codes + 4 * bits, v->end, bits), table),
					lines, weights, pairs + 32);
}

/* The same where label codes have at most 4 bits. */
static AVX2_CALLED void
log_events_avx2(TallyCells *c, TransitionRun *run, const uint8_t *map)
{
	store_block_pairs(c, run->view, run->next, block_size(run), (uint32_t) (run->from + 2),
					  load16(map), pair_weights(c));
	c->log_seconds[c->nlogged] = run->gap_before;
	c->log_whose[c->nlogged] = c->customer;
	run->gap = read_gaps_wide(run->view, run->next, run->gap, block_gaps(run),
							  c->log_seconds + c->nlogged + 1, c->log_whose + c->nlogged + 1,
							  c->customer);
}

/* transitions_count_usual; what is written behind the log is not in it yet. */
static AVX2_CALLED bool
log_usual_avx2(TallyCells *c, const JourneyView *v)
{
	const uint32_t n = v->count;
	const uint32_t customer = c->customer + 1;
	const __m256i customers = _mm256_set1_epi32((int) customer);
	GapEights	g = {v->gap_codes, v->gaps, v->end, 0};
	uint32_t   *seconds = c->log_seconds + c->nlogged;
	uint32_t   *whose = c->log_whose + c->nlogged;
	uint16_t   *pairs = c->log_pair + c->nlogged;
	uint32_t	i;
	__m128i		lines;

	if (!v->plain || n > BLOCK || v->nlabels > 16 || c->shift != CELLS_FEW_SHIFT ||
		c->nlogged > CELLS_LOG - (BLOCK + 1) || customer >= CELLS_MAX_COUNT)
		return false;
	lines = label_look_up(v, c->known_lines);
	if (_bzhi_u32((uint32_t) _mm_movemask_epi8(_mm_cmpeq_epi8(lines, _mm_setzero_si128())),
				  v->nlabels) != 0)
		return false;
	store_block_pairs(c, v, 0, n, LINE_START, lines,
					  _mm256_set1_epi16((short) ((256 << CELLS_FEW_SHIFT) + 1)));
	seconds[0] = 0;
	whose[0] = customer;
	for (i = 1; i + 8 < n; i += 8)
	{
		_mm256_storeu_si256((__m256i *) (seconds + i), gap_eight(&g));
		_mm256_storeu_si256((__m256i *) (whose + i), customers);
	}
	_mm256_storeu_si256((__m256i *) (seconds + i), gap_last_eight(&g, n - i));
	_mm256_storeu_si256((__m256i *) (whose + i), customers);
	if ((g.any_long & 0x5555) != 0)
		return false;
	pairs[n] = (uint16_t) ((pairs[n - 1] << CELLS_FEW_SHIFT & 0xf0) + LINE_END);
	seconds[n] = 0;
	whose[n] = customer;
	c->customer = customer;
	c->nlogged += n + 1;
	return true;
}
#endif

bool
transitions_count_usual(TallyCells *c, const JourneyView *v)
{
#ifdef HAVE_AVX2
	return gap_eights_fit(v) && log_usual_avx2(c, v);
#else
	return false;
#endif
}

CellsFull
transitions_count_cells(Tally *t, TallyCells *c, TransitionRun *run, TallyFull *full)
{
	const JourneyView *v = run->view;
	uint8_t		map[256];
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
		const uint32_t n = block_size(run);
		uint32_t	last;

		missing = tally_cells_log_room(c, BLOCK + 1);
		if (missing != CELLS_OK)
			return missing;
		if (!run->started)
		{
			run->started = true;
			c->customer++;
		}
#ifdef HAVE_AVX2
		if (gap_eights_fit(v))
			log_events_avx2(c, run, map);
		else
#endif
			log_events(c, run, map);
		c->nlogged += n;
		last = c->log_pair[c->nlogged - 1] & ((UINT32_C(1) << c->shift) - 1);
		run->next += n;
		if (run->next == v->count)
		{
			c->log_pair[c->nlogged] = (uint16_t) ((last << c->shift) + LINE_END);
			c->log_seconds[c->nlogged] = 0;
			c->log_whose[c->nlogged++] = c->customer;
			return CELLS_OK;
		}
		run->from = (int32_t) last - 2;
		run->gap_before = c->log_seconds[c->nlogged];
	}
}
