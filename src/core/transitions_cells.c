/*
 * transitions_cells.c
 *	  The hot loops of counting transitions between events: journeys at whole
 *	  seconds, into the log of tally_cells.h.
 *
 * A journey is done in blocks of 56 touchpoints, at whose start label codes and
 * codes of gaps begin with a byte.  What is written down of a touchpoint is the
 * transition that led to it: the pair of its label and the one before, and the
 * gap, or with few labels the cell of both; the first follows the start, and the
 * end is one more.
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

/* The lines before 32 lines: the last of `before`, then all but the last of them. */
static inline AVX2 __m256i
lines_before(__m256i lines, __m256i before)
{
	return _mm256_alignr_epi8(lines, _mm256_permute2x128_si256(before, lines, 0x21), 15);
}

/* The pairs of 32 lines with those before them to `out`. */
static inline AVX2 void
store_pairs(__m256i lines, __m256i before, __m256i weights, uint16_t *out)
{
	const __m256i from = lines_before(lines, before);
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

/* The same where label codes have at most 4 bits. */
static AVX2_CALLED void
log_events_avx2(TallyCells *c, TransitionRun *run, const uint8_t *map)
{
	const JourneyView *v = run->view;
	const int	bits = v->code_bits;
	const __m128i table = code_table(load16(map), bits);
	const uint8_t *codes = v->codes + (size_t) run->next * (uint32_t) bits / 8;
	const __m256i lines = code_look_up(code_numbers(codes, v->end, bits), table);
	const __m256i weights = pair_weights(c);
	uint16_t   *pairs = c->log_pair + c->nlogged;

	store_pairs(lines, _mm256_set1_epi8((char) (run->from + 2)), weights, pairs);
	if (block_size(run) > 32)
		store_pairs(code_look_up(code_numbers(codes + 4 * bits, v->end, bits), table),
					lines, weights, pairs + 32);
	c->log_seconds[c->nlogged] = run->gap_before;
	c->log_whose[c->nlogged] = c->customer;
	run->gap = read_gaps_wide(v, run->next, run->gap, block_gaps(run),
							  c->log_seconds + c->nlogged + 1, c->log_whose + c->nlogged + 1,
							  c->customer);
}
#endif

/* -- events, few labels ------------------------------------------------------- */

/*
 * A customer comes: count the marks of the one before.  Where that one had none,
 * as at the start, no pair has its mark.
 */
static inline void
few_customer(TallyCells *c)
{
	tally_cells_count_marks(c);
	if (++c->mark == 0)
		tally_cells_clear_marks(c);
	c->customer++;
}

static inline void
log_few(TallyCells *c, uint32_t pair, uint32_t seconds)
{
	c->log_place[c->nlogged++] = pair * CELLS_BYTES + tally_cell(seconds);
	c->marks[pair] = c->mark;
}

static void
log_few_events(TallyCells *c, TransitionRun *run, const uint8_t *map)
{
	const JourneyView *v = run->view;
	const uint32_t n = block_size(run);
	uint32_t	from = (uint32_t) (run->from + 2);
	uint32_t	seconds[BLOCK + 1];

	seconds[0] = run->gap_before;
	run->gap = read_gaps(v->gap_codes + run->next / 4, run->gap, block_gaps(run), seconds + 1);
	run->gap_before = seconds[block_gaps(run)];
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	to = map[journey_code(v->codes, v->code_bits, run->next + i)];

		log_few(c, (from << CELLS_FEW_SHIFT) + to, seconds[i]);
		from = to;
	}
	if (run->next + n == v->count)
		log_few(c, (from << CELLS_FEW_SHIFT) + LINE_END, 0);
	run->from = (int32_t) from - 2;
}

#ifdef HAVE_AVX2
static inline AVX2 void
few_customer_avx2(TallyCells *c)
{
	const __m256i mark = _mm256_set1_epi8((char) c->mark);

#pragma GCC unroll 8
	for (int i = 0; i < CELLS_FEW; i += 32)
	{
		__m256i		marks = _mm256_loadu_si256((const __m256i *) (c->marks + i));
		__m256i    *marked = (__m256i *) (c->marked + i);

		_mm256_storeu_si256(marked, _mm256_sub_epi8(_mm256_loadu_si256(marked),
													_mm256_cmpeq_epi8(marks, mark)));
	}
	if (++c->mark == 0)
		tally_cells_clear_marks(c);
	c->customer++;
}

/* Numbers of touchpoints of a block. */
static const uint8_t few_numbers[64] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
	32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
	48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63
};

/* The pairs of 32 lines with those before them, a byte each; 0 from touchpoint n on. */
static inline AVX2 __m256i
few_pairs(__m256i lines, __m256i before, uint32_t n, const uint8_t *numbers)
{
	const __m256i from = lines_before(lines, before);
	const __m256i pairs = _mm256_or_si256(_mm256_slli_epi16(from, CELLS_FEW_SHIFT), lines);

	return _mm256_and_si256(pairs, _mm256_cmpgt_epi8(_mm256_set1_epi8((char) n),
													 _mm256_loadu_si256((const __m256i *) numbers)));
}

/* The end of a journey behind its latest pair. */
static inline uint32_t
few_end(uint32_t pair)
{
	return ((pair << CELLS_FEW_SHIFT) & (CELLS_FEW - 1)) + LINE_END;
}

/* Where eight transitions are counted. */
static inline AVX2 __m256i
few_places(const uint8_t *pairs, __m256i gaps)
{
	const __m256i pair = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *) pairs));

	return _mm256_add_epi32(_mm256_mullo_epi32(pair, _mm256_set1_epi32(CELLS_BYTES)),
							tally_cells_wide(gaps));
}

/*
 * Write where a block of n touchpoints is counted behind the log, the first of them
 * `first`, behind one at line `from` and `gap_before` seconds earlier, and the end of
 * the journey, if it `ends`; and their pairs.
 */
static ALWAYS_INLINE AVX2 void
write_few(TallyCells *c, const JourneyView *v, uint32_t first, uint32_t n, bool ends,
		  uint32_t from, __m128i map, uint32_t gap_before, GapEights *g, uint8_t *pairs)
{
	const int	bits = v->code_bits;
	const __m128i table = code_table(map, bits);
	const uint8_t *codes = v->codes + (size_t) first * (uint32_t) bits / 8;
	const __m256i lines = code_look_up(code_numbers(codes, v->end, bits), table);
	const uint32_t ngaps = ends ? n - 1 : n;
	uint32_t   *places = c->log_place + c->nlogged;
	uint32_t	i;

	_mm256_storeu_si256((__m256i *) pairs,
						few_pairs(lines, _mm256_set1_epi8((char) from), n, few_numbers));
	_mm256_storeu_si256((__m256i *) (pairs + 32), _mm256_setzero_si256());
	if (n > 32)
		_mm256_storeu_si256((__m256i *) (pairs + 32),
							few_pairs(code_look_up(code_numbers(codes + 4 * bits, v->end, bits), table),
									  lines, n, few_numbers + 32));
	places[0] = pairs[0] * CELLS_BYTES + tally_cell(gap_before);
	for (i = 0; i + 8 < ngaps; i += 8)
		_mm256_storeu_si256((__m256i *) (places + i + 1), few_places(pairs + i + 1, gap_eight(g)));
	if (ngaps > 0)
		_mm256_storeu_si256((__m256i *) (places + i + 1),
							few_places(pairs + i + 1, gap_last_eight(g, ngaps - i)));
	if (ends)
		places[n] = few_end(pairs[n - 1]) * CELLS_BYTES;
}

/* Take what was written into the log, and mark the pairs. */
static ALWAYS_INLINE void
take_few(TallyCells *c, uint32_t n, bool ends, const uint8_t *pairs)
{
	const uint8_t mark = c->mark;

	for (uint32_t i = 0; i < n; i += 8)
	{
#pragma GCC unroll 8
		for (uint32_t k = i; k < i + 8; k++)
			c->marks[pairs[k]] = mark;
	}
	if (ends)
		c->marks[few_end(pairs[n - 1])] = mark;
	c->nlogged += n + ends;
}

static AVX2_CALLED void
log_few_events_avx2(TallyCells *c, TransitionRun *run, const uint8_t *map)
{
	const JourneyView *v = run->view;
	const uint32_t n = block_size(run);
	const bool	ends = run->next + n == v->count;
	GapEights	g = {v->gap_codes + run->next / 4, run->gap, v->end, 0};
	uint8_t		pairs[64];

	write_few(c, v, run->next, n, ends, (uint32_t) (run->from + 2), load16(map),
			  run->gap_before, &g, pairs);
	take_few(c, n, ends, pairs);
	run->from = (int32_t) (pairs[n - 1] & ((1 << CELLS_FEW_SHIFT) - 1)) - 2;
	run->gap = g.gap;
	if (!ends)
	{
		int			len = journey_gap_len(v->gap_codes, journey_gap_length[0], run->next + n - 1);

		run->gap_before = (uint32_t) journey_gap_ending(g.gap, len);
	}
}

static AVX2_CALLED bool
log_usual_avx2(TallyCells *c, const uint8_t *data, size_t size)
{
	JourneyView v;
	GapEights	g;
	uint32_t	n;
	uint8_t		pairs[64];
	__m128i		lines;

	if (!tally_cells_few(c) || c->customer >= CELLS_MAX_COUNT - 1 ||
		!journey_open_usual(&v, data, size))
		return false;
	n = v.count;
	if (n > BLOCK || c->nlogged + n + 1 > CELLS_LOG || v.nlabels > 16 || !gap_eights_fit(&v))
		return false;
	lines = label_look_up(&v, c->known_lines);
	if (_bzhi_u32((uint32_t) _mm_movemask_epi8(_mm_cmpeq_epi8(lines, _mm_setzero_si128())),
				  v.nlabels) != 0)
		return false;
	g.codes = v.gap_codes;
	g.gap = v.gaps;
	g.end = v.end;
	g.any_long = 0;
	write_few(c, &v, 0, n, true, LINE_START, lines, 0, &g, pairs);
	if ((g.any_long & 0x5555) != 0)
		return false;
	few_customer_avx2(c);
	take_few(c, n, true, pairs);
	return true;
}
#endif

/* A block to the log. */
static inline void
log_few_block(TallyCells *c, TransitionRun *run, const uint8_t *map)
{
#ifdef HAVE_AVX2
	if (gap_eights_fit(run->view))
	{
		log_few_events_avx2(c, run, map);
		return;
	}
#endif
	log_few_events(c, run, map);
}

/* -- the whole ------------------------------------------------------------------ */

bool
transitions_count_usual(TallyCells *c, const uint8_t *data, size_t size)
{
#ifdef HAVE_AVX2
	return gap_groups_avx2 && log_usual_avx2(c, data, size);
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
			if (tally_cells_few(c))
				few_customer(c);
			else
				c->customer++;
		}
		if (tally_cells_few(c))
		{
			log_few_block(c, run, map);
			run->next += n;
			if (run->next == v->count)
				return CELLS_OK;
			continue;
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
