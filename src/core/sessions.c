/*
 * sessions.c
 *	  The sessions of a journey counted by gaps alone.
 *
 * A gap compares as a whole number of the journey's units: one of g units is at
 * least split_gap microseconds long exactly if g >= split_gap / unit, rounded
 * up.  A journey is done in blocks of 56 touchpoints, in which the sessions are
 * found by arithmetic on words that have a bit for each touchpoint: where one
 * begins, key events, page views.  Bit 0 is the last touchpoint of the block
 * before, which stands for all of its session so far.
 *
 * With a 0 at the last touchpoint of each session and ones at all others,
 * adding a set of bits to these ones carries into the 0 of a session exactly if
 * the set has one in it, and never into the next session.  So one addition
 * finds all sessions with a key event.  Where the set has one, the sum has in
 * the places of the ones what subtracting 1 from the set within the session
 * would: so together with the set, in the way of n & (n - 1), it is the set
 * without the lowest of each session, and a second addition finds the sessions
 * with two page views.
 *
 * Only the lengths of sessions of several touchpoints are looked at one by one:
 * differences of sums of the gaps that split nothing, all of whole numbers and
 * so exact.  What cannot be foreseen is done without a branch; a wrong guess of
 * the processor costs as much as thirty instructions.
 *
 * Cost: with AVX2 (asked for at run time), where times are whole seconds and
 * labels at most 16, eight gaps and 32 labels go at a time: about 650
 * instructions for a journey of 20 touchpoints in five sessions.  Elsewhere gaps
 * and codes are read one at a time.  A usual journey of one block is opened and
 * counted in one function, whose numbers stay in registers.
 */
#include "sessions.h"

#include "gap_groups.h"
#include "tally.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

/*
 * The touchpoints of a block; bit i of a set is touchpoint run->next + i.
 * inside[i] is the sum of the gaps up to there that split nothing: between two
 * touchpoints of one session it grows by the time, from one session to the next
 * not at all.
 */
typedef struct Block
{
	uint32_t	gaps;			/* one less than there are touchpoints */
	uint64_t	begins;
	uint64_t	key_events;
	uint64_t	page_views;
	union
	{
		uint32_t	seconds[SESSION_BLOCK + 8];
		uint64_t	units[SESSION_BLOCK + 1];
	}			inside;
} Block;

static ALWAYS_INLINE void
start_block(const SessionRun *run, Block *b)
{
	uint32_t	left = run->view->count - 1 - run->next;

	b->gaps = left < SESSION_BLOCK ? left : SESSION_BLOCK;
}

/* All blocks of a journey but the last go on in the next one. */
static ALWAYS_INLINE bool
goes_on(const SessionRun *run, const Block *b)
{
	return run->next + b->gaps + 1 < run->view->count;
}

/* -- one at a time -------------------------------------------------------------- */

static uint8_t
flags_of(const SessionRun *run, uint32_t i)
{
	uint32_t	label;

	if (run->touch_flags != NULL)
		return run->touch_flags[i];
	label = journey_code(run->view->codes, run->view->code_bits, i);
	return run->label_flags != NULL ? run->label_flags[label] :
		run->names->flags[run->view->labels[label]];
}

static void
read_flags(const SessionRun *run, Block *b)
{
	uint64_t	key_events = 0;
	uint64_t	page_views = 0;

	for (uint32_t i = 0; i <= b->gaps; i++)
	{
		uint64_t	flags = flags_of(run, run->next + i);

		key_events |= flags / SESSION_IS_KEY_EVENT << i;
		page_views |= flags / SESSION_IS_PAGE_VIEW % 2 << i;
	}
	b->key_events = key_events;
	b->page_views = page_views;
}

/* Returns the end of the last gap. */
static const uint8_t *
read_gaps(const SessionRun *run, Block *b)
{
	const JourneyView *v = run->view;
	const uint8_t *lengths = journey_gap_length[v->unit];
	const uint8_t *gap = run->gap;
	uint64_t	begins = 0;
	uint64_t	inside = 0;

	b->inside.units[0] = 0;
	for (uint32_t i = 1; i <= b->gaps; i++)
	{
		int			len = journey_gap_len(v->gap_codes, lengths, run->next + i - 1);
		uint64_t	units = journey_gap_ending(gap + len, len);
		uint64_t	splits = units >= run->limit;

		gap += len;
		inside += units & (splits - 1);
		b->inside.units[i] = inside;
		begins |= splits << i;
	}
	b->begins = begins;
	return gap;
}

/* -- counting ---------------------------------------------------------------------- */

/* The ends of sessions that are converted, and of those engaged whatever their length. */
typedef struct Ends
{
	uint64_t	converted;
	uint64_t	engaged;
} Ends;

static ALWAYS_INLINE Ends
find_ends(uint64_t key_events, uint64_t page_views, uint64_t ends, uint64_t inner)
{
	uint64_t	pages = page_views & inner;
	uint64_t	sum = pages + inner;
	uint64_t	two = ((sum & pages) + inner) | (sum & page_views);
	Ends		e;

	e.converted = (((key_events & inner) + inner) | key_events) & ends;
	e.engaged = (two & ends) | e.converted;
	return e;
}

/*
 * The bucket of a number of seconds is that of its microseconds: the bounds of
 * buckets are whole multiples of small powers of two, which both ways to the
 * double hit exactly, and rounding passes over none.  That the number is 0 is not
 * foreseeable, so nothing branches on it: a little is added that takes 0 to the
 * bucket 0 and no other number out of its own.
 */
static ALWAYS_INLINE int32_t
bucket_of_seconds(uint64_t seconds)
{
	double		d = (double) (int64_t) seconds + 255.0 / 256 / (1 << 20);
	uint64_t	bits;

	memcpy(&bits, &d, 8);
	return (int32_t) (bits >> (52 - TALLY_BUCKET_BITS)) - (TALLY_BUCKET_ZERO - 1);
}

static ALWAYS_INLINE void
count_bucket(SessionRun *run, SessionWindow window, int32_t bucket)
{
	if ((uint32_t) (bucket - window.low) < window.width)
		window.counts[(uint32_t) (bucket - window.low)]++;
	else
		run->buckets[run->others++] = bucket;
}

/* The end of a session as a set, or none if it is not longer than that. */
static ALWAYS_INLINE uint64_t
end_if_longer(uint64_t rest, uint64_t length, uint64_t longest)
{
	return (0 - (uint64_t) (length > longest)) & rest & (0 - rest);
}

static ALWAYS_INLINE bool
count_block(SessionRun *run, const Block *b, const SessionWindow window,
			const int unit, const bool narrow)
{
	const uint64_t us = (uint64_t) journey_unit_us[unit];
	const bool	more = goes_on(run, b);
	const uint64_t last = UINT64_C(1) << b->gaps;
	uint64_t	ends = b->begins >> 1 | last;
	uint64_t	inner = (2 * last - 1) & ~ends;
	uint64_t	begins = b->begins | run->begins;
	uint64_t	key_events = b->key_events | (run->flags / SESSION_IS_KEY_EVENT);
	uint64_t	page_views = b->page_views | (run->flags / SESSION_IS_PAGE_VIEW % 2);
	Ends		e = find_ends(key_events, page_views, ends, inner);
	uint64_t	all = narrow ? b->inside.seconds[b->gaps] : b->inside.units[b->gaps];
	uint64_t	before = 0 - run->length;
	uint64_t	bounced;
	uint64_t	rest;
	uint64_t	lasting = 0;

	e.engaged |= run->engaged ? ends & (0 - ends) : 0;
	run->totals.duration += (all - before) * us;
	if (more)
	{
		run->begins = (begins & last) != 0;
		run->flags = (uint8_t) ((e.converted & last ? SESSION_IS_KEY_EVENT : 0) |
								((((page_views & inner) + inner) | page_views) & last ?
								 SESSION_IS_PAGE_VIEW : 0));
		run->engaged = (e.engaged & last) != 0;
		run->next += b->gaps;
		ends &= ~last;
	}
	/* those of one touchpoint add nothing to the sums of gaps */
	bounced = ends & begins;
	rest = ends;
	if ((uint32_t) (0 - window.low) < window.width)
	{
		window.counts[(uint32_t) (0 - window.low)] += __builtin_popcountll(bounced);
		rest &= ~bounced;
	}
	for (; rest != 0; rest &= rest - 1)
	{
		int			i = __builtin_ctzll(rest);
		uint64_t	now = narrow ? b->inside.seconds[i] : b->inside.units[i];
		uint64_t	units = now - before;

		before = now;
		lasting |= end_if_longer(rest, units, SESSION_ENGAGED_US / us);
		count_bucket(run, window, unit == 0 ? bucket_of_seconds(units) :
					 tally_bucket((int64_t) (units * us)));
	}
	run->totals.sessions += (uint32_t) __builtin_popcountll(ends);
	run->totals.bounced += (uint32_t) __builtin_popcountll(bounced);
	run->totals.engaged += (uint32_t) __builtin_popcountll((e.engaged & ends) | lasting);
	run->totals.converted += (uint32_t) __builtin_popcountll(e.converted & ends);
	if (more)
	{
		run->length = all - before;
		run->totals.duration -= run->length * us;
	}
	return more;
}

static bool
next_plain(SessionRun *run, SessionWindow window)
{
	Block		b;

	start_block(run, &b);
	read_flags(run, &b);
	run->gap = read_gaps(run, &b);
	switch (run->view->unit)
	{
		case 0:
			return count_block(run, &b, window, 0, false);
		case 1:
			return count_block(run, &b, window, 1, false);
		default:
			return count_block(run, &b, window, 2, false);
	}
}

/* -- with AVX2 --------------------------------------------------------------------- */

#ifdef HAVE_AVX2

static const uint8_t high_bits[16] = {1, 2, 4, 8, 16, 32, 64, 128};

/* The highest bits of what a table has for 32 codes. */
static inline AVX2 uint64_t
look_up(__m256i numbers, __m128i table)
{
	return (uint32_t) _mm256_movemask_epi8(code_look_up(numbers, table));
}

/* What the labels of a journey are, for code_look_up. */
typedef struct LabelTables
{
	__m128i		key_events;
	__m128i		page_views;
} LabelTables;

/* As label_flags say it. */
static ALWAYS_INLINE AVX2 LabelTables
given_tables(const uint8_t *label_flags, int bits)
{
	__m128i		flags = code_table(load16(label_flags), bits);
	LabelTables t = {flags, _mm_add_epi8(flags, flags)};

	return t;
}

/*
 * Well-known names below 128 are looked up sixteen at once: the lower half of a
 * number finds a byte, the upper half the bit of it.
 */
static ALWAYS_INLINE AVX2 LabelTables
named_tables(const JourneyView *v, const SessionNames *well_known)
{
	__m128i		names = load_before(v->labels, v->end);
	__m128i		low = _mm_and_si128(names, _mm_set1_epi8(15));
	__m128i		high = _mm_and_si128(_mm_srli_epi16(names, 4), _mm_set1_epi8(15));
	__m128i		bit = _mm_shuffle_epi8(load16(high_bits), high);
	LabelTables t;

	t.key_events = _mm_shuffle_epi8(load16(well_known->key_events), low);
	t.key_events = _mm_cmpeq_epi8(_mm_and_si128(t.key_events, bit), bit);
	t.key_events = code_table(t.key_events, v->code_bits);
	t.page_views = _mm_shuffle_epi8(load16(well_known->page_views), low);
	t.page_views = _mm_cmpeq_epi8(_mm_and_si128(t.page_views, bit), bit);
	t.page_views = code_table(t.page_views, v->code_bits);
	return t;
}

/* Eight gaps, the first of which leads to touchpoint i + 1, summed up. */
typedef struct EightSums
{
	__m256i		inside;			/* all those inside before, and then the next */
	uint64_t	begins;
} EightSums;

static ALWAYS_INLINE AVX2 EightSums
sum_eight(__m256i gaps, __m256i limit, uint32_t i, __m256i inside)
{
	__m256i		splits = _mm256_cmpgt_epi32(gaps, limit);
	EightSums	s;
	__m256i		sum;

	s.begins = (uint64_t) (uint32_t) _mm256_movemask_ps(_mm256_castsi256_ps(splits)) << i;
	gaps = _mm256_andnot_si256(splits, gaps);
	gaps = _mm256_add_epi32(gaps, _mm256_slli_si256(gaps, 4));
	gaps = _mm256_add_epi32(gaps, _mm256_slli_si256(gaps, 8));
	sum = _mm256_shuffle_epi32(_mm256_permute2x128_si256(gaps, gaps, 0x08), 0xff);
	s.inside = _mm256_add_epi32(inside, _mm256_add_epi32(gaps, sum));
	return s;
}

static ALWAYS_INLINE AVX2 __m256i
last_of(__m256i x)
{
	return _mm256_permutevar8x32_epi32(x, _mm256_set1_epi32(7));
}

/* Like read_flags. */
static ALWAYS_INLINE AVX2 void
quick_flags(const SessionRun *run, Block *b)
{
	const JourneyView *v = run->view;
	const int	bits = v->code_bits;
	const uint8_t *codes = v->codes + (size_t) run->next * (uint32_t) bits / 8;
	LabelTables t = run->label_flags != NULL ? given_tables(run->label_flags, bits) :
	named_tables(v, run->names);

	b->key_events = 0;
	b->page_views = 0;
	for (uint32_t i = 0; i <= b->gaps; i += 32)
	{
		__m256i		x = code_numbers(codes, v->end, bits);

		b->key_events |= look_up(x, t.key_events) << i;
		b->page_views |= look_up(x, t.page_views) << i;
		codes += 4 * bits;
	}
}

/* Like read_gaps; NULL if there is a long one. */
static ALWAYS_INLINE AVX2 const uint8_t *
quick_gaps(const SessionRun *run, Block *b)
{
	GapEights	g = {run->view->gap_codes + run->next / 4, run->gap, run->view->end, 0};
	const __m256i limit = _mm256_set1_epi32(run->longest_inside);
	const uint32_t n = b->gaps;
	__m256i		inside = _mm256_setzero_si256();
	uint64_t	begins = 0;
	EightSums	s;
	uint32_t	i;

	b->inside.seconds[0] = 0;
	for (i = 0; i + 8 < n; i += 8)
	{
		s = sum_eight(gap_eight(&g), limit, i, inside);
		_mm256_storeu_si256((__m256i *) (b->inside.seconds + i + 1), s.inside);
		inside = last_of(s.inside);
		begins |= s.begins;
	}
	s = sum_eight(gap_last_eight(&g, n - i), limit, i, inside);
	_mm256_storeu_si256((__m256i *) (b->inside.seconds + i + 1), s.inside);
	b->begins = _bzhi_u64(begins | s.begins, n) << 1;
	return (g.any_long & 0x5555) != 0 ? NULL : g.gap;
}

static AVX2_CALLED bool
next_quick(SessionRun *run, SessionWindow window)
{
	Block		b;
	const uint8_t *gap;

	start_block(run, &b);
	gap = quick_gaps(run, &b);
	if (gap == NULL)
		return next_plain(run, window);
	run->gap = gap;
	quick_flags(run, &b);
	return count_block(run, &b, window, 0, true);
}

/*
 * All of a usual journey of one block.  Nothing goes through memory but the sums
 * of gaps: from one journey to the next the processor waits for the longest chain
 * of instructions that need each other.
 */
static AVX2_CALLED bool
whole_quick(SessionRun *run, const uint8_t *data, size_t size, const SessionLimits *limits,
			const SessionNames *names, const SessionWindow *to)
{
	const SessionWindow window = *to;
	JourneyView v;
	GapEights	g;
	LabelTables t;
	EightSums	s;
	Ends		e;
	__m256i		x;
	__m256i		limit;
	__m256i		sums = _mm256_setzero_si256();
	uint32_t	inside[8 + SESSION_BLOCK + 8];
	uint32_t	n;
	uint32_t	i;
	uint32_t	before = 0;
	uint64_t	begins = 0;
	uint64_t	key_events;
	uint64_t	page_views;
	uint64_t	ends;
	uint64_t	inner;
	uint64_t	bounced;
	uint64_t	rest;
	uint64_t	lasting = 0;

	if (!journey_open_usual(&v, data, size) || v.count > SESSION_BLOCK + 1 ||
		v.nlabels > 16 || !gap_eights_fit(&v))
		return false;

	n = v.count - 1;
	g = (GapEights)
	{
		v.gap_codes, v.gaps, v.end, 0
	};
	limit = _mm256_set1_epi32(limits->longest_inside);
	for (i = 0; i + 8 < n; i += 8)
	{
		s = sum_eight(gap_eight(&g), limit, i, sums);
		_mm256_storeu_si256((__m256i *) (inside + i + 1), s.inside);
		sums = last_of(s.inside);
		begins |= s.begins;
	}
	s = sum_eight(gap_final_eight(&g, n - i), limit, i, sums);
	_mm256_storeu_si256((__m256i *) (inside + i + 1), s.inside);
	begins = _bzhi_u64(begins | s.begins, n) << 1 | 1;
	if ((g.any_long & 0x5555) != 0)
		return false;

	t = named_tables(&v, names);
	x = code_numbers(v.codes, v.end, v.code_bits);
	key_events = look_up(x, t.key_events);
	page_views = look_up(x, t.page_views);
	if (n >= 32)
	{
		x = code_numbers(v.codes + 4 * v.code_bits, v.end, v.code_bits);
		key_events |= look_up(x, t.key_events) << 32;
		page_views |= look_up(x, t.page_views) << 32;
	}

	ends = begins >> 1 | UINT64_C(1) << n;
	inner = _bzhi_u64(~ends, n);
	e = find_ends(key_events, page_views, ends, inner);
	bounced = ends & begins;
	rest = ends & ~bounced;
	run->others = 0;
	for (; rest != 0; rest &= rest - 1)
	{
		uint32_t	now = inside[__builtin_ctzll(rest)];
		uint32_t	seconds = now - before;

		before = now;
		lasting |= end_if_longer(rest, seconds, SESSION_ENGAGED_US / 1000000);
		count_bucket(run, window, bucket_of_seconds(seconds));
	}
	rest = (uint64_t) __builtin_popcountll(bounced);
	if ((uint32_t) (0 - window.low) < window.width)
		window.counts[(uint32_t) (0 - window.low)] += (int64_t) rest;
	else
		while (rest-- > 0)
			run->buckets[run->others++] = 0;
	run->totals.touchpoints = v.count;
	run->totals.sessions = (uint32_t) __builtin_popcountll(ends);
	run->totals.bounced = (uint32_t) __builtin_popcountll(bounced);
	run->totals.engaged = (uint32_t) __builtin_popcountll(e.engaged | lasting);
	run->totals.converted = (uint32_t) __builtin_popcountll(e.converted);
	run->totals.duration = UINT64_C(1000000) * before;
	return true;
}

#endif

/* -- the whole ------------------------------------------------------------------------ */

void
sessions_init(void)
{
	gap_groups_init();
}

void
session_names(SessionNames *names)
{
	memset(names->key_events, 0, sizeof(names->key_events));
	memset(names->page_views, 0, sizeof(names->page_views));
	for (int i = 0; i < 128; i++)
	{
		if (names->flags[i] & SESSION_IS_KEY_EVENT)
			names->key_events[i & 15] |= (uint8_t) (1 << (i >> 4));
		if (names->flags[i] & SESSION_IS_PAGE_VIEW)
			names->page_views[i & 15] |= (uint8_t) (1 << (i >> 4));
	}
}

void
session_limits(SessionLimits *limits, uint64_t split_gap)
{
	for (int unit = 0; unit < 3; unit++)
	{
		uint64_t	us = (uint64_t) journey_unit_us[unit];

		limits->split_gap[unit] = split_gap / us + (split_gap % us != 0);
	}
	limits->longest_inside = (int32_t) (limits->split_gap[0] < INT32_MAX ? limits->split_gap[0] : INT32_MAX) - 1;
}

void
sessions_start(SessionRun *run, const JourneyView *view, const SessionLimits *limits,
			   const SessionNames *names, const uint8_t *label_flags,
			   const uint8_t *touch_flags)
{
	run->view = view;
	run->label_flags = label_flags;
	run->touch_flags = touch_flags;
	run->names = names;
	run->limit = limits->split_gap[view->unit];
	run->longest_inside = limits->longest_inside;
	run->gap = view->gaps;
	run->next = 0;
	run->begins = true;
	run->flags = 0;
	run->engaged = false;
	run->length = 0;
	memset(&run->totals, 0, sizeof(run->totals));
	run->totals.touchpoints = view->count;
}

bool
sessions_next(SessionRun *run, const SessionWindow *window)
{
	run->others = 0;
#ifdef HAVE_AVX2
	if (run->touch_flags == NULL && gap_eights_fit(run->view))
		return next_quick(run, *window);
#endif
	return next_plain(run, *window);
}

bool
sessions_whole(SessionRun *run, const uint8_t *data, size_t size, const SessionLimits *limits,
			   const SessionNames *names, const SessionWindow *window)
{
#ifdef HAVE_AVX2
	if (gap_groups_avx2)
		return whole_quick(run, data, size, limits, names, window);
#endif
	return false;
}
