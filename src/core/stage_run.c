/*
 * stage_run.c
 *	  The automaton of a stage model over a journey.
 *
 * A touchpoint waits for the state that the one before leaves; everything else
 * can be known before.  So with AVX2 journeys at whole seconds go in blocks: 32
 * label codes and eight gaps at a time become places in the table, without the
 * state, and what remains of a touchpoint is one load.  A gap of half a year
 * or longer leaves the journey to the loop that takes one touchpoint after the
 * other.
 */
#include "stage.h"

#include "gap_groups.h"

#ifdef HAVE_AVX2
/* Label codes and gaps that both begin with a byte. */
#define WIDE_BLOCK	56

/* Element i speaks of touchpoint i of a block and the gap before it. */
typedef struct WideBlock
{
	uint32_t	seconds[WIDE_BLOCK + 9];
	uint32_t	visits[WIDE_BLOCK + 9]; /* what a new visit adds to the place */
	uint8_t		numbers[64];	/* of the label */
} WideBlock;

/* The visits of touchpoints from..n of a block, where some label is offsite. */
static void
find_visits(WideBlock *w, uint32_t from, uint32_t n, const bool *away, uint32_t adds,
			StageVisit *visit, uint64_t timeout)
{
	for (uint32_t i = from; i <= n; i++)
		w->visits[i] = stage_new_visit(visit, w->seconds[i], away[w->numbers[i]], timeout) ?
			adds : 0;
}

static inline AVX2 void
store_gaps(__m256i gaps, __m256i timeout, __m256i adds, uint32_t i, WideBlock *w)
{
	_mm256_storeu_si256((__m256i *) (w->seconds + i + 1), gaps);
	_mm256_storeu_si256((__m256i *) (w->visits + i + 1),
						_mm256_and_si256(_mm256_cmpgt_epi32(gaps, timeout), adds));
}

/* stage_run, where gap_eights_fit; false also at a long gap. */
static AVX2_CALLED bool
run_wide(const StageMachine *m, const JourneyView *v, const uint16_t *classes,
		 uint8_t flags, uint32_t *out)
{
	const uint64_t timeout = (uint64_t) (m->session_timeout / 1000000);
	const uint32_t adds = m->uses_visits ? m->nstates : 0;
	const __m256i timeouts = _mm256_set1_epi32(timeout < INT32_MAX ? (int) timeout : INT32_MAX);
	const __m256i all_adds = _mm256_set1_epi32((int) adds);
	const bool	offsite = m->uses_visits && (flags & STAGE_CLASS_OFFSITE) != 0;
	const int	bits = v->code_bits;
	const __m128i forward = code_table(load16(gap_forward), bits);
	GapEights	g = {v->gap_codes, v->gaps, v->end, 0};
	StageVisit	visit = {0, 0};
	const uint32_t *rows[16];
	bool		away[16];
	uint32_t	entry = m->start[(flags & STAGE_CLASS_DELIVERY) ? 1 : 0];
	WideBlock	w;

	for (uint32_t i = 0; i < v->nlabels; i++)
	{
		rows[i] = stage_row(m, classes[i]);
		away[i] = (m->class_flags[classes[i]] & STAGE_CLASS_OFFSITE) != 0;
	}
	for (uint32_t first = 0; first + 1 < v->count; first += WIDE_BLOCK)
	{
		const uint32_t n = v->count - 1 - first < WIDE_BLOCK ? v->count - 1 - first : WIDE_BLOCK;
		const uint8_t *codes = v->codes + (size_t) first * (uint32_t) bits / 8;
		const uint32_t from = first == 0 ? 0 : 1;
		uint32_t	i;

		_mm256_storeu_si256((__m256i *) w.numbers,
							code_look_up(code_numbers(codes, v->end, bits), forward));
		if (n >= 32)
			_mm256_storeu_si256((__m256i *) (w.numbers + 32),
								code_look_up(code_numbers(codes + 4 * bits, v->end, bits), forward));
		for (i = 0; i + 8 < n; i += 8)
			store_gaps(gap_eight(&g), timeouts, all_adds, i, &w);
		store_gaps(gap_last_eight(&g, n - i), timeouts, all_adds, i, &w);
		if ((g.any_long & 0x5555) != 0)
			return false;
		w.seconds[0] = w.visits[0] = 0;
		if (offsite)
			find_visits(&w, from, n, away, adds, &visit, timeout);
		for (i = from; i <= n; i++)
		{
			entry = rows[w.numbers[i]][w.visits[i] + STAGE_ENTRY_STATE(entry)];
			out[first + i] = entry;
		}
	}
	return !STAGE_IS_ESCAPE(entry);
}
#endif

bool
stage_run(const StageMachine *m, const JourneyView *view,
		  const uint16_t *classes, uint32_t *out)
{
	uint64_t	timeout = m->session_timeout / journey_unit_us[view->unit];
	const uint8_t *lengths = journey_gap_length[view->unit];
	const uint8_t *gap = view->gaps;
	StageVisit	visit = {0, 0};
	uint8_t		flags = 0;
	uint32_t	entry;

	for (uint32_t i = 0; i < view->nlabels; i++)
		flags |= m->class_flags[classes[i]];
	if (m->table == NULL || (flags & STAGE_CLASS_DYNAMIC))
		return false;

#ifdef HAVE_AVX2
	if (gap_eights_fit(view) && run_wide(m, view, classes, flags, out))
		return true;
#endif
	entry = m->start[(flags & STAGE_CLASS_DELIVERY) ? 1 : 0];
	for (uint32_t i = 0; i < view->count; i++)
	{
		uint16_t	class = classes[journey_code(view->codes, view->code_bits, i)];
		uint32_t	column = STAGE_ENTRY_STATE(entry);

		if (m->uses_visits)
		{
			int			len = i > 0 ? journey_gap_len(view->gap_codes, lengths, i - 1) : 0;

			gap += len;
			if (stage_new_visit(&visit, i > 0 ? journey_gap_ending(gap, len) : 0,
								(m->class_flags[class] & STAGE_CLASS_OFFSITE) != 0, timeout))
				column += m->nstates;
		}
		entry = stage_row(m, class)[column];
		out[i] = entry;
	}
	return !STAGE_IS_ESCAPE(entry);
}
