/*
 * funnel_quick.c
 *	  The plain funnel of an ordinary journey, by bitmaps.
 *
 * Every step has a bitmap of the touchpoints that fit it.  Where no two
 * touchpoints are at the same time, a chain is a growing list of positions, and
 * two greedy walks over the bitmaps, each a few instructions a step, find it:
 *
 * Forward, each step as early as possible after the one before.  This tells the
 * most steps that a chain can have, window or not, and for each number of steps
 * the earliest touchpoint where a chain can be complete.
 *
 * Backward from a touchpoint where a chain is complete, each step as late as
 * possible before the one after: the chain that starts last of all that end
 * here.  So if it does not keep to the window, none that ends here does.
 *
 * The answer has the most steps, is complete first and starts last.  So the
 * touchpoints where a chain of most steps can end are tried in order, and the
 * first whose backward chain keeps to the window is the answer; if there is
 * none, the same with one step less.  From its start the steps between are
 * found forward again, each as early as can be.  Only the times of ends and
 * starts that are tried are asked for, and times are added up only that far.
 *
 * Cost: the labels; the bitmaps, sixteen touchpoints at a time, and the gaps up
 * to the last touchpoint asked for, four at a time (gap_groups.h), where the
 * processor can; and some ten instructions a step for each end that is tried.
 */
#include "funnel_impl.h"

#include "gap_groups.h"

#define QUICK_LABELS		256 /* codes of at most 8 bits */
#define SHUFFLE_LABELS		16
#define QUICK_TOUCHPOINTS	1024
#define QUICK_WORDS			(QUICK_TOUCHPOINTS / 64)
#define NONE				UINT32_MAX

/* So many touchpoints, no gap of 2^24 seconds: sums of gaps are below 2^32. */
#define SHORT_TOUCHPOINTS	256

typedef struct Quick
{
	const JourneyView *view;
	uint32_t	words;			/* of each bitmap */
	/* times: those of the first `ntimes` touchpoints are there */
	uint32_t	ntimes;
	bool		by_four;		/* in sums[], else in times[] */
	const uint8_t *gap;			/* end of the gap before the last of them */
	uint64_t	at[FUNNEL_QUICK_STEPS][QUICK_WORDS];
	uint32_t	sums[SHORT_TOUCHPOINTS];	/* since the first touchpoint */
	int64_t		times[QUICK_TOUCHPOINTS];	/* in units */
} Quick;

/* -- labels ------------------------------------------------------------------ */

/*
 * The steps of a label, in reverse order of bits; FUNNEL_QUICK_MAYBE if some
 * depend on channel or value.
 */
static uint32_t
quick_fit(FunnelFit fit)
{
	uint32_t	bits = 0;

	if ((fit.always | fit.maybe) == 0)
		return 0;
	if (fit.maybe != 0)
		return FUNNEL_QUICK_MAYBE;
	for (int k = 0; k < FUNNEL_QUICK_STEPS; k++)
		bits |= (uint32_t) (fit.always >> k & 1) << (7 - k);
	return bits;
}

static uint32_t
learn_quick(FunnelPlan *plan, uint16_t known)
{
	JourneyLabel label = {.known = known};

	return plan->quick[known] = (uint16_t) quick_fit(funnel_known_fit(plan, &label));
}

/* The steps of all labels; returns all of them together, MAYBE included. */
static inline uint32_t
map_labels(FunnelPlan *plan, const JourneyView *v, uint8_t *map)
{
	const uint8_t *p = v->labels;
	uint32_t	any = 0;

	for (uint32_t i = 0; i < v->nlabels; i++)
	{
		uint32_t	fit;

		if (*p < 0x80)
		{
			uint16_t	known = *p++;

			fit = plan->quick[known];
			if (fit == FUNNEL_QUICK_NEW)
				fit = learn_quick(plan, known);
		}
		else
		{
			JourneyLabel label;

			p = journey_next_label(p, &label);
			fit = funnel_asked_for(plan, &label) ?
				quick_fit(funnel_label_fit(plan, &label)) : 0;
		}
		map[i] = (uint8_t) fit;
		any |= fit;
	}
	return any;
}

/* -- bitmaps ------------------------------------------------------------------ */

#ifdef HAVE_SSSE3
/*
 * Sixteen touchpoints at a time: their codes, a byte each, choose from the map,
 * and the top bits of the bytes are a piece of the bitmap of the first step;
 * doubled, of the second.  The codes can be read sixteen at a time.
 */
static SSSE3_CALLED void
mark_ssse3(Quick *q, const uint8_t *map, int steps)
{
	const uint8_t *codes = q->view->codes;
	__m128i		table = _mm_loadu_si128((const __m128i *) map);
	__m128i		low = _mm_set1_epi8(15);
	__m128i		low2 = _mm_set1_epi8(3);

	for (uint32_t block = 0; block < (q->view->count + 15) / 16; block++)
	{
		__m128i		m;

		if (q->view->code_bits == 4)
		{
			m = _mm_loadl_epi64((const __m128i *) (codes + 8 * block));
			m = _mm_unpacklo_epi8(m, _mm_srli_epi16(m, 4));
			m = _mm_and_si128(m, low);
		}
		else
		{
			uint32_t	four;

			memcpy(&four, codes + 4 * block, 4);
			m = _mm_cvtsi32_si128((int) four);
			m = _mm_unpacklo_epi8(m, _mm_srli_epi16(m, 4));
			m = _mm_and_si128(m, low);
			m = _mm_unpacklo_epi8(m, _mm_srli_epi16(m, 2));
			m = _mm_and_si128(m, low2);
		}
		m = _mm_shuffle_epi8(table, m);
		for (int k = 0; k < steps; k++)
		{
			uint16_t	piece = (uint16_t) _mm_movemask_epi8(m);

			memcpy((uint8_t *) q->at[k] + 2 * block, &piece, 2);
			m = _mm_add_epi8(m, m);
		}
	}
}
#endif

/* One label or two: the codes are a bitmap already. */
static void
mark_bits(Quick *q, const uint8_t *map, int steps)
{
	const JourneyView *v = q->view;
	uint32_t	left = (uint32_t) v->code_bits * ((v->count + 7) / 8);	/* bytes */

	for (uint32_t w = 0; w < q->words; w++)
	{
		uint32_t	n = left < 8 ? left : 8;
		uint64_t	second = 0;

		/* at least eight bytes precede the codes, so this stays inside */
		if (n > 0)
			second = journey_load64(v->codes + 8 * (size_t) w + n - 8) >> (64 - 8 * n);
		left -= n;
		for (int k = 0; k < steps; k++)
			q->at[k][w] = ((map[0] >> (7 - k) & 1) != 0 ? ~second : 0) |
				((map[1] >> (7 - k) & 1) != 0 ? second : 0);
	}
}

/* The same without: eight touchpoints at a time. */
static void
mark(Quick *q, const uint8_t *map, int steps)
{
	const JourneyView *v = q->view;

	for (int k = 0; k < steps; k++)
		memset(q->at[k], 0, q->words * sizeof(uint64_t));
	for (uint32_t first = 0; first < v->count; first += 8)
	{
		uint32_t	n = v->count - first < 8 ? v->count - first : 8;
		uint64_t	fits = 0;

		for (uint32_t i = 0; i < n; i++)
			fits |= (uint64_t) map[journey_code(v->codes, v->code_bits, first + i)] << 8 * i;
		for (int k = 0; k < steps; k++)
		{
			/* the bit of each of eight bytes, moved to the top byte */
			uint64_t	bits = fits >> (7 - k) & UINT64_C(0x0101010101010101);

			q->at[k][first / 64] |= (bits * UINT64_C(0x0102040810204080) >> 56) << first % 64;
		}
	}
}

/* Fill the bitmaps of so many steps. */
static inline void
mark_touchpoints(Quick *q, const uint8_t *map, int steps, bool shuffle)
{
	const JourneyView *v = q->view;
	uint64_t	last = ~UINT64_C(0) >> (63 - (v->count - 1) % 64);	/* of the last words */

	q->words = (v->count + 63) / 64;
	if (v->code_bits <= 1)
		mark_bits(q, map, steps);
#ifdef HAVE_SSSE3
	else if (shuffle && v->code_bits <= 4 &&
			 v->end - v->codes >= (v->count + 15) / 16 * 2 * (uint32_t) v->code_bits)
	{
		for (int k = 0; k < steps; k++)
			q->at[k][q->words - 1] = 0;
		mark_ssse3(q, map, steps);
	}
#endif
	else
		mark(q, map, steps);
	for (int k = 0; k < steps; k++)
		q->at[k][q->words - 1] &= last;
}

/* The first touchpoint from this one on that fits a step, or NONE. */
static inline uint32_t
next_at(const Quick *q, int step, uint32_t from)
{
	uint32_t	w = from / 64;
	uint64_t	word;

	if (w >= q->words)
		return NONE;
	word = q->at[step][w] & ~UINT64_C(0) << from % 64;
	while (word == 0)
	{
		if (++w == q->words)
			return NONE;
		word = q->at[step][w];
	}
	return w * 64 + (uint32_t) __builtin_ctzll(word);
}

/* The last touchpoint before this one that fits a step; there is one. */
static inline uint32_t
last_before(const Quick *q, int step, uint32_t before)
{
	uint32_t	w = before / 64;
	uint64_t	word = q->at[step][w] & ((UINT64_C(1) << before % 64) - 1);

	while (word == 0)
		word = q->at[step][--w];
	return w * 64 + 63 - (uint32_t) __builtin_clzll(word);
}

/* -- times --------------------------------------------------------------------- */

/* Is there a gap of nothing, so that two touchpoints are at one time? */
static bool
has_ties(const JourneyView *v)
{
	const uint8_t *lengths = journey_gap_length[v->unit];
	const uint8_t *gap = v->gaps;

	if (v->count < 2 || memchr(v->gaps, 0, (size_t) (v->end - v->gaps)) == NULL)
		return false;
	for (uint32_t i = 0; i + 1 < v->count; i++)
	{
		int			len = journey_gap_len(v->gap_codes, lengths, i);

		gap += len;
		if (journey_gap_ending(gap, len) == 0)
			return true;
	}
	return false;
}

/*
 * Can the gaps be summed up four at a time?  Sixteen bytes before the end of
 * the first four are read, of which eight lie before the label table and four
 * are gaps.
 */
static inline bool
can_sum(const JourneyView *v, bool shuffle)
{
	return shuffle && v->unit == 0 && v->count <= SHORT_TOUCHPOINTS &&
		v->gaps - v->labels >= 4;
}

#ifdef HAVE_SSSE3
/*
 * Add up gaps until there is a sum for this touchpoint; false at a long gap.
 */
static SSSE3_CALLED bool
sum_ssse3(Quick *q, uint32_t touchpoint)
{
	const uint8_t *codes = q->view->gap_codes;
	const uint8_t *gap = q->gap;
	uint32_t	n = q->ntimes;	/* 1 more than a multiple of 4 */
	__m128i		sum = _mm_set1_epi32((int) q->sums[n - 1]);

	for (; n <= touchpoint && n + 4 <= q->view->count; n += 4)
	{
		uint32_t	c = codes[n / 4];
		__m128i		four;

		if (gap_codes_long(c))
			return false;
		gap += gap_groups[c].end[3];
		four = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *) (gap - 16)),
								_mm_loadu_si128((const __m128i *) gap_shuffles[c]));
		four = _mm_add_epi32(four, _mm_slli_si128(four, 4));
		four = _mm_add_epi32(four, _mm_slli_si128(four, 8));
		four = _mm_add_epi32(four, sum);
		_mm_storeu_si128((__m128i *) (q->sums + n), four);
		sum = _mm_shuffle_epi32(four, 0xff);
		q->gap = gap;
		q->ntimes = n + 4;
	}
	/* the last three or less */
	for (; n <= touchpoint; n++)
	{
		int			len = journey_gap_len(codes, journey_gap_length[0], n - 1);

		if (len > 3)
			return false;
		gap += len;
		q->sums[n] = q->sums[n - 1] + (uint32_t) journey_gap_ending(gap, len);
		q->gap = gap;
		q->ntimes = n + 1;
	}
	return true;
}

/* From now on one gap at a time. */
static void
leave_sums(Quick *q)
{
	q->by_four = false;
	for (uint32_t i = 0; i < q->ntimes; i++)
		q->times[i] = q->view->base + q->sums[i];
}
#endif

static int64_t
time_of(Quick *q, uint32_t touchpoint)
{
	const uint8_t *lengths = journey_gap_length[q->view->unit];
	const uint8_t *gap;
	uint64_t	time;
	uint32_t	i;

#ifdef HAVE_SSSE3
	if (q->by_four)
	{
		if (touchpoint < q->ntimes || sum_ssse3(q, touchpoint))
			return q->view->base + q->sums[touchpoint];
		leave_sums(q);
	}
#endif
	i = q->ntimes;
	if (touchpoint < i)
		return q->times[touchpoint];
	gap = q->gap;
	time = (uint64_t) q->times[i - 1];
	for (; i <= touchpoint; i++)
	{
		int			len = journey_gap_len(q->view->gap_codes, lengths, i - 1);

		gap += len;
		time += journey_gap_ending(gap, len);
		q->times[i] = (int64_t) time;
	}
	q->gap = gap;
	q->ntimes = i;
	return (int64_t) time;
}

/* A span in units, rounded down; each division is one by a constant. */
static inline uint64_t
in_units(uint64_t us, int unit)
{
	return us == FUNNEL_NO_LIMIT || unit == 2 ? us : unit == 0 ? us / 1000000 : us / 1000;
}

/* -- chains -------------------------------------------------------------------- */

/*
 * Forward: for each number of steps the first touchpoint where a chain of as
 * many can be complete, if there were no window.  Returns the largest number.
 */
static inline int
find_ends(const Quick *q, int nsteps, uint32_t *ends)
{
	int			steps = 0;
	uint32_t	at;

	for (at = next_at(q, 0, 0); at != NONE; at = next_at(q, steps, at + 1))
	{
		ends[steps++] = at;
		if (steps == nsteps)
			break;
	}
	return steps;
}

/*
 * The first end of a chain of so many steps that keeps to the window, from this
 * one on, which is an end of a chain.  Sets its start; NONE if there is none.
 */
static uint32_t
find_chain(Quick *q, int steps, uint64_t within, uint32_t end, uint32_t *start)
{
	while (end != NONE)
	{
		uint32_t	at = end;

		for (int k = steps - 2; k >= 0; k--)
			at = last_before(q, k, at);
		if (within == FUNNEL_NO_LIMIT ||
			(uint64_t) time_of(q, end) - (uint64_t) time_of(q, at) <= within)
		{
			*start = at;
			break;
		}
		end = next_at(q, steps - 1, end + 1);
	}
	return end;
}

int
funnel_quick(const FunnelOptions *options, const JourneyView *view, int64_t *times)
{
	int64_t		unit = journey_unit_us[view->unit];
	int			nsteps = options->nsteps;
	uint64_t	within;
	uint8_t		map[QUICK_LABELS];
	uint32_t	ends[FUNNEL_QUICK_STEPS];
	uint32_t	any;
	int			usable;			/* steps up to the first that no label fits */
	int			steps;
	uint32_t	at;
	uint32_t	start = 0;
	Quick		q;

	if (view->nlabels > QUICK_LABELS || nsteps > FUNNEL_QUICK_STEPS ||
		view->count > QUICK_TOUCHPOINTS || view->code_bits > 8)
		return -1;
	memset(map, 0, view->code_bits > 4 ? QUICK_LABELS : SHUFFLE_LABELS);
	any = map_labels(options->plan, view, map);
	if (any >= FUNNEL_QUICK_MAYBE)
		return -1;
	/* the top bits are those of the first steps */
	usable = __builtin_clz(~(any << 24));
	if (usable == 0)
		return 0;
	if (has_ties(view))
		return -1;

	q.view = view;
	q.ntimes = 1;
	q.gap = view->gaps;
	q.times[0] = view->base;
	q.sums[0] = 0;
	q.by_four = can_sum(view, options->plan->shuffle);
	mark_touchpoints(&q, map, usable, options->plan->shuffle);
	within = in_units(options->within, view->unit);
	steps = find_ends(&q, usable, ends);
	if (steps == 0)
		return 0;
	for (; steps > 1; steps--)
	{
		uint32_t	end = find_chain(&q, steps, within, ends[steps - 1], &start);

		if (end != NONE)
		{
			ends[steps - 1] = end;
			break;
		}
	}
	if (steps == 1)
		start = ends[0];
	times[0] = time_of(&q, start) * unit;
	at = start;
	for (int k = 1; k < steps - 1; k++)
	{
		at = next_at(&q, k, at + 1);
		times[k] = time_of(&q, at) * unit;
	}
	if (steps > 1)
		times[steps - 1] = time_of(&q, ends[steps - 1]) * unit;
	return steps;
}
