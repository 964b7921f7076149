/*
 * transitions_dense.c
 *	  The hot loops of counting transitions between stages: whole journeys at
 *	  whole seconds, into the matrix of a tally (tally_dense.h).
 *
 * A journey is done in blocks, and each block in two steps that do not wait for
 * each other: the gaps are read, four at a time (gap_groups.h) or eight with
 * AVX2, then the transitions are counted.  Journeys have about twenty
 * touchpoints, so every loop less is a branch less that the processor cannot
 * foresee; that is why the codes have no step of their own.
 */
#include "transitions.h"

#include "gap_groups.h"
#include "tally_dense.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

#define BLOCK	256

/* The marks as lines and columns of the matrix. */
#define LINE_START	(TALLY_MARK_START + 2)
#define LINE_END	(TALLY_MARK_END + 2)

void
transitions_init(void)
{
	gap_groups_init();
}

/* -- gaps --------------------------------------------------------------------- */

static bool
short_gaps(const JourneyView *v)
{
	const uint8_t *p = v->gap_codes;

	for (; v->gaps - p >= 8; p += 8)
		if (gap_codes_long(journey_load64(p)))
			return false;
	for (; p < v->gaps; p++)
		if (gap_codes_long(*p))
			return false;
	return true;
}

/*
 * Do all gaps, each shorter than 2^24, add up to a duration with a place?
 * Their bytes say how many can take three of them; if that is not enough to
 * know, the journey is walked.
 */
static bool
short_sum(const JourneyView *v)
{
	uint64_t	n = v->count - 1;
	uint64_t	three_bytes = ((uint64_t) (v->end - v->gaps) - n) / 2;

	if ((three_bytes << 24) + (n << 16) <= DENSE_SECONDS)
		return true;
	return (journey_last_at(v) - journey_first_at(v)) / 1000000 <= DENSE_SECONDS;
}

/*
 * Read n gaps, from one at which a byte of codes begins; returns the end of the
 * last gap, NULL if one of them is long.
 */
static const uint8_t *
read_gaps(const uint8_t *codes, const uint8_t *gap, uint32_t n, uint32_t *out)
{
	uint32_t	i;

	for (i = 0; i < n; i += 4)
	{
		const GapGroup *g = &gap_groups[*codes];
		uint32_t	rest = n - i < 4 ? n - i : 4;

		if (gap_codes_long(*codes++))
			return NULL;
		for (uint32_t k = 0; k < rest; k++)
			out[i + k] = (uint32_t) (journey_load64(gap + g->end[k] - 8) >> g->shift[k]);
		gap += g->end[rest - 1];
	}
	return gap;
}

#ifdef HAVE_SSSE3
/* The same; the 16 bytes before the end of any group of gaps can be read. */
static SSSE3_CALLED const uint8_t *
read_gaps_ssse3(const uint8_t *codes, const uint8_t *gap, uint32_t n, uint32_t *out)
{
	uint32_t	rest = n & 3;
	uint32_t	i;
	uint64_t	any_long = 0;

	for (i = 0; i + 4 <= n; i += 4)
	{
		uint32_t	c = *codes++;

		any_long |= c & (c >> 1) & 0x55;
		gap += gap_groups[c].end[3];
		_mm_storeu_si128((__m128i *) (out + i),
						 _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *) (gap - 16)),
										  _mm_loadu_si128((const __m128i *) gap_shuffles[c])));
	}
	if (rest > 0)
	{
		/* the group's missing gaps have code 0, a length of one byte each */
		uint32_t	c = *codes;
		__m128i		shuffle = _mm_loadu_si128((const __m128i *) gap_shuffles[c]);

		any_long |= c & (c >> 1) & 0x55;
		gap += gap_groups[c].end[rest - 1];
		shuffle = _mm_add_epi8(shuffle, _mm_set1_epi8((char) (4 - rest)));
		_mm_storeu_si128((__m128i *) (out + i),
						 _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *) (gap - 16)), shuffle));
	}
	return any_long ? NULL : gap;
}

#endif

/* Can the shuffles be used: is there room before the end of the first gaps? */
static inline bool
can_shuffle(const JourneyView *v)
{
#ifdef HAVE_SSSE3
	/*
	 * At least eight bytes precede the label table.  The first four gaps take
	 * at least four; where there are fewer, the first alone may be all.
	 */
	return gap_groups_ssse3 && v->gaps - v->labels >= (v->count > 4 ? 4 : 7);
#else
	return false;
#endif
}

static inline const uint8_t *
read_seconds(const JourneyView *v, uint32_t first, const uint8_t *gap, uint32_t n,
			 uint32_t *out, bool shuffle)
{
#ifdef HAVE_SSSE3
	if (shuffle)
		return read_gaps_ssse3(v->gap_codes + first / 4, gap, n, out);
#endif
	return read_gaps(v->gap_codes + first / 4, gap, n, out);
}

/* -- codes -------------------------------------------------------------------- */

/* Walks the label codes of a journey; of at most 4 bits, as DENSE_LABELS has. */
typedef struct Codes
{
	const uint8_t *codes;
	uint64_t	bit;
	uint32_t	bits;
	uint32_t	mask;
} Codes;

static inline void
start_codes(Codes *c, const JourneyView *v)
{
	/* codes of no bits may be at the end of the value: there is none to read */
	c->codes = v->code_bits > 0 ? v->codes : v->labels;
	c->bit = 0;
	c->bits = (uint32_t) v->code_bits;
	c->mask = (1u << v->code_bits) - 1;
}

static inline uint32_t
next_code(Codes *c)
{
	uint32_t	code = ((uint32_t) c->codes[c->bit >> 3] >> (c->bit & 7)) & c->mask;

	c->bit += c->bits;
	return code;
}

/* -- counting ------------------------------------------------------------------ */

/* Everything is known to fit: from here on the journey counts. */
static ALWAYS_INLINE void
start_customer(TallyDense *dense, const JourneyView *v)
{
	dense->count += v->count;
	dense_next_customer(dense);
}

#ifdef HAVE_AVX2
/* -- with AVX2 ------------------------------------------------------------------- */

/* Label codes and gaps that both begin with a byte. */
#define WIDE_BLOCK	56

/*
 * What is known of a block before anything is counted.  Element i speaks of
 * touchpoint i and the gap before it: numbers are its label's, places those of
 * a pair.
 */
typedef struct Wide
{
	uint32_t	seconds[WIDE_BLOCK + 9];
	uint32_t	places[WIDE_BLOCK + 9];
	uint32_t	lines[WIDE_BLOCK + 9];	/* of the automaton, in bytes, for a
										 * new visit */
	uint8_t		numbers[64];
} Wide;

/*
 * start_customer, where no list of lines is kept: all are compared, which takes
 * less than a jump that is not foreseen.
 */
static ALWAYS_INLINE AVX2 void
start_customer_wide(TallyDense *dense, const JourneyView *v, const uint32_t shift)
{
	static const uint8_t lines[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

	if (dense->npending > 0)
	{
		const __m256i mark = _mm256_set1_epi8((char) dense->customer);

		for (int i = 0; i < 1 << (2 * shift); i += 32)
		{
			__m256i		marks = _mm256_loadu_si256((const __m256i *) (dense->marks + i));
			__m256i    *few = (__m256i *) (dense->few_customers + i);

			_mm256_storeu_si256(few, _mm256_sub_epi8(_mm256_loadu_si256(few),
													 _mm256_cmpeq_epi8(marks, mark)));
		}
	}
	dense->count += v->count;
	dense_go_on(dense);
	memcpy(dense->pending, lines, 16);
	dense->npending = 1 << shift;
}

/* dense_place of eight numbers below 2^24. */
static inline AVX2 __m256i
places_of(__m256i gaps)
{
	__m256i		p = _mm256_srli_epi32(_mm256_castps_si256(_mm256_cvtepi32_ps(gaps)),
									  23 - TALLY_BUCKET_BITS);

	p = _mm256_sub_epi32(p, _mm256_set1_epi32((127 << TALLY_BUCKET_BITS) - 1));
	return _mm256_and_si256(p, _mm256_cmpgt_epi32(gaps, _mm256_setzero_si256()));
}

/* Count in a place of the whole matrix. */
static inline void
count_at(TallyDense *dense, uint8_t *low, uint32_t place, uint32_t pair, uint8_t customer)
{
	if (++low[place] == 0)
		dense_high(dense)[place]++;
	dense->marks[pair] = customer;
}

#endif

/* -- stages -------------------------------------------------------------------- */

#ifdef HAVE_AVX2
/*
 * An entry in a row of the automaton.  The compiler is kept from adding the state
 * first: for that the next touchpoint waits, and the row is there already.
 */
static inline const uint8_t *
with_state(const uint8_t *row, uint32_t state)
{
	__asm__("" : "+r" (row));
	return row + 4 * (size_t) state;
}

/* What eight gaps are to the automaton and to the matrix. */
static inline AVX2 void
store_gaps_wide(__m256i gaps, __m256i timeout, __m256i nstates, uint32_t i, Wide *w)
{
	_mm256_storeu_si256((__m256i *) (w->seconds + i + 1), gaps);
	_mm256_storeu_si256((__m256i *) (w->places + i + 1), places_of(gaps));
	_mm256_storeu_si256((__m256i *) (w->lines + i + 1),
						_mm256_and_si256(_mm256_cmpgt_epi32(gaps, timeout), nstates));
}

/*
 * The bytes of 16 label codes, all ones for a label that is offsite.
 */
static __m128i
offsite_labels(const TransitionRun *run)
{
	uint8_t		away[16] = {0};

	for (uint32_t i = 0; i < run->view->nlabels; i++)
		if ((run->machine->class_flags[run->classes[i]] & STAGE_CLASS_OFFSITE) != 0)
			away[i] = 0xff;
	return _mm_loadu_si128((const __m128i *) away);
}

/* Which of the touchpoints 0..n of a block are away. */
static inline AVX2 uint64_t
offsite_touchpoints(const TransitionRun *run, const Wide *w, uint32_t n)
{
	const __m128i labels = offsite_labels(run);
	uint64_t	away = 0;

	for (int i = 0; i < 64; i += 32)
	{
		__m256i		numbers = _mm256_loadu_si256((const __m256i *) (w->numbers + i));

		away |= (uint64_t) (uint32_t) _mm256_movemask_epi8(code_look_up(numbers, labels)) << i;
	}
	return _bzhi_u64(away, n + 1);
}

/* What is known of visits before a block. */
typedef struct Visits
{
	bool		begun;			/* some touchpoint was not away */
	bool		away;			/* the latest was */
	uint64_t	since;			/* the one before those that are */
} Visits;

/*
 * The same as stage_new_visit says for the touchpoints from..n of a block that are
 * away and the ones behind them: the gaps until there add up, once a visit has
 * begun.
 */
static void
skip_offsite(Wide *w, uint64_t away, uint32_t from, uint32_t n, uint32_t timeout,
			 uint32_t line, Visits *v)
{
	for (uint32_t i = from; i <= n; i++)
	{
		if (!v->away)
		{
			uint64_t	rest = away >> i;
			uint32_t	here = rest == 0 ? n + 1 - i : (uint32_t) __builtin_ctzll(rest);

			v->begun |= here > 0;
			i += here;
			if (i > n)
				return;
			v->away = true;
			v->since = 0;
		}
		for (; i <= n && (away >> i & 1) != 0; i++)
		{
			w->lines[i] = 0;
			v->since += v->begun ? w->seconds[i] : 0;
		}
		if (i > n)
			return;
		w->lines[i] = v->begun && v->since + w->seconds[i] > timeout ? line : 0;
		v->begun = true;
		v->away = false;
	}
}

/*
 * count_stages of a journey without a long gap: a new visit begins after a gap
 * beyond the timeout, but see skip_offsite.  The place of a gap is that of
 * the transition but after touchpoints in no stage.  What the next touchpoint
 * waits for is one load, of the half of an entry that is the state.
 */
static ALWAYS_INLINE AVX2 bool
count_stages_in_blocks(Tally *t, TransitionRun *run, uint32_t timeout, const uint32_t shift)
{
	TallyDense *dense = tally_dense(t);
	const JourneyView *v = run->view;
	const StageMachine *m = run->machine;
	const uint8_t *table = (const uint8_t *) m->table;
	const __m256i timeouts = _mm256_set1_epi32((int) timeout);
	const __m256i nstates = _mm256_set1_epi32((int) (4 * m->nstates));
	const int	bits = v->code_bits;
	GapEights	g = {v->gap_codes, v->gaps, v->end, 0};
	uint8_t    *low = dense_low(dense);
	const uint8_t *label_rows[16];	/* of the table of the automaton */
	uint32_t	state = run->state;
	uint32_t	from = LINE_START;
	uint32_t	waited = 0;
	uint16_t	state16;
	bool		after_none = true;	/* the latest touchpoint is in no stage */
	uint8_t		customer = 0;
	Visits		visits = {false, false, 0};
	Wide		w;

	for (uint32_t i = 0; i < v->nlabels; i++)
		label_rows[i] = table + (size_t) 8 * m->nstates * run->classes[i];
	for (uint32_t first = 0; first + 1 < v->count; first += WIDE_BLOCK)
	{
		const uint32_t n = v->count - 1 - first < WIDE_BLOCK ? v->count - 1 - first : WIDE_BLOCK;
		const uint8_t *codes = v->codes + (size_t) first * (uint32_t) bits / 8;
		const __m128i table16 = code_table(load16(gap_forward), bits);
		uint32_t	i;

		_mm256_storeu_si256((__m256i *) w.numbers,
							code_look_up(code_numbers(codes, v->end, bits), table16));
		if (n >= 32)
			_mm256_storeu_si256((__m256i *) (w.numbers + 32),
								code_look_up(code_numbers(codes + 4 * bits, v->end, bits), table16));
		for (i = 0; i + 8 < n; i += 8)
			store_gaps_wide(gap_eight(&g), timeouts, nstates, i, &w);
		store_gaps_wide(gap_last_eight(&g, n - i), timeouts, nstates, i, &w);
		if (first == 0)
		{
			if ((g.any_long & 0x5555) != 0)
				return false;
			w.seconds[0] = w.places[0] = w.lines[0] = 0;
			start_customer_wide(dense, v, shift);
			customer = dense->customer;
			run->started = true;
			run->dense = true;
		}
		if (run->offsite)
			skip_offsite(&w, offsite_touchpoints(run, &w, n), first == 0 ? 0 : 1, n, timeout,
						 4 * m->nstates, &visits);
		for (i = first == 0 ? 0 : 1; i <= n; i++)
		{
			const uint8_t *row = label_rows[w.numbers[i]] + w.lines[i];
			const uint8_t *entry = with_state(row, state);
			uint32_t	stage = entry[2];
			uint32_t	place = w.places[i];
			uint32_t	pair = (from << shift) + stage + 1;

			memcpy(&state16, entry, 2);
			state = state16;
			if (stage == 0)
			{
				if (entry[3] & (STAGE_ESCAPE >> 24))
				{
					run->escaped = true;
					run->next = first + i;
					run->from = (int32_t) from - 2;
					return true;
				}
				after_none = true;
				waited += w.seconds[i];
				continue;
			}
			if (after_none)
			{
				place = from == LINE_START ? 0 : dense_place(waited + w.seconds[i]);
				after_none = false;
				waited = 0;
			}
			count_at(dense, low, pair * DENSE_BUCKETS + place, pair, customer);
			from = stage + 1;
		}
	}
	run->from = (int32_t) from - 2;
	if (from != LINE_START)
		transitions_step_dense(t, run, TALLY_MARK_END, 0);
	return true;
}

static AVX2_CALLED bool
count_stages_wide(Tally *t, TransitionRun *run, uint32_t timeout)
{
	return count_stages_in_blocks(t, run, timeout, DENSE_SHIFT);
}

static AVX2_CALLED bool
count_few_stages_wide(Tally *t, TransitionRun *run, uint32_t timeout)
{
	return count_stages_in_blocks(t, run, timeout, DENSE_FEW_SHIFT);
}
#endif

/*
 * The same by the automaton of a stage model.  Each touchpoint waits for the
 * state that the one before leaves; all else is done ahead.
 */
bool
transitions_count_stages_dense(Tally *t, TransitionRun *run)
{
	TallyDense *dense = tally_dense(t);
	const JourneyView *v = run->view;
	const StageMachine *m = run->machine;
	const uint32_t *table = m->table;
	const size_t nstates = m->nstates;
	const uint16_t *classes = run->classes;
	const uint32_t timeout = m->session_timeout / 1000000 < DENSE_SECONDS ?
	(uint32_t) (m->session_timeout / 1000000) : DENSE_SECONDS;
	uint32_t	seconds[BLOCK + 4];
	Codes		codes;
	const uint8_t *gap = v->gaps;
	StageVisit	visit = {0, 0};
	bool		shuffle = can_shuffle(v);
	uint32_t	state = run->state;
	uint32_t	from = LINE_START;
	uint32_t	waited = 0;
	uint32_t	before = 0;		/* gap before the first touchpoint of a block */

	if (v->unit != 0 || v->nlabels > 16 || m->nstages + 2 > 1u << dense->shift ||
		v->count >= DENSE_MAX_COUNT - dense->count)
		return false;
	if (v->count > BLOCK && !short_gaps(v))
		return false;
	if (v->count > 1 && !short_sum(v))
		return false;
#ifdef HAVE_AVX2
	if (gap_eights_fit(v) &&
		(v->count <= WIDE_BLOCK + 1 || v->count > BLOCK || short_gaps(v)))
		return dense->shift == DENSE_SHIFT ? count_stages_wide(t, run, timeout) :
			count_few_stages_wide(t, run, timeout);
#endif
	start_codes(&codes, v);

	for (uint32_t first = 0; first < v->count; first += BLOCK)
	{
		uint32_t	n = v->count - first < BLOCK ? v->count - first : BLOCK;
		uint32_t	ngaps = first + n < v->count ? n : n - 1;

		gap = read_seconds(v, first, gap, ngaps, seconds, shuffle);
		if (gap == NULL)
			return false;
		seconds[ngaps] = 0;		/* nothing comes after the last touchpoint */
		if (first == 0)
		{
			start_customer(dense, v);
			run->started = true;
			run->dense = true;
		}
		for (uint32_t i = 0; i < n; i++)
		{
			/* all but the last step of finding the entry is done ahead */
			uint32_t	class = classes[next_code(&codes)];
			bool		away = run->offsite && (m->class_flags[class] & STAGE_CLASS_OFFSITE) != 0;
			bool		begins = stage_new_visit(&visit, before, away, timeout);
			const uint32_t *line = table + nstates * (2 * class + begins);
			uint32_t	entry = line[state];
			uint32_t	stage = STAGE_ENTRY_STAGE(entry);

			waited += before;
			before = seconds[i];
			state = STAGE_ENTRY_STATE(entry);
			if (stage == 0)
			{
				if (!STAGE_IS_ESCAPE(entry))
					continue;
				run->escaped = true;
				run->next = first + i;
				run->from = (int32_t) from - 2;
				return true;
			}
			dense_count(dense, (from << dense->shift) + stage + 1,
						from == LINE_START ? 0 : dense_place(waited));
			waited = 0;
			from = stage + 1;
		}
	}
	run->from = (int32_t) from - 2;
	if (from != LINE_START)
		transitions_step_dense(t, run, TALLY_MARK_END, 0);
	return true;
}

/* One transition of a journey that was begun in the matrix. */
void
transitions_step_dense(Tally *t, TransitionRun *run, int32_t to, int64_t us)
{
	TallyDense *dense = tally_dense(t);
	bool		timed = run->from != TALLY_MARK_START && to != TALLY_MARK_END;

	dense_count(dense, ((uint32_t) (run->from + 2) << dense->shift) + (uint32_t) (to + 2),
				timed ? dense_place((uint32_t) (us / 1000000)) : 0);
	run->from = to;
	if (to == TALLY_MARK_END && dense->npending < 1u << dense->shift)
	{
		dense_touch_line(dense, LINE_START);
		for (uint32_t i = 0; i < run->machine->nstages; i++)
			dense_touch_line(dense, i + 2);
	}
}
