/*
 * journey_seconds.c
 *	  The times of a journey's touchpoints as numbers of seconds, many at a time.
 *
 * Where the processor can, four gaps are spread over four numbers by one
 * shuffle and added up by two shifted additions: about eight instructions for
 * four touchpoints.  The last group may have fewer than four gaps; its missing
 * ones have code 0, a length of one byte, and are made 0.
 *
 * Four times are turned into bits of periods by another dozen, without a list
 * and without a jump: see period_bits.
 */
#include "journey_seconds.h"

static bool
next_scalar(JourneySeconds *s, uint32_t n, uint32_t *out)
{
	uint32_t	time = s->last;

	for (uint32_t i = 0; i < n; i++)
	{
		int			len = journey_gap_len(s->codes, journey_gap_length[0], i);

		if (len > 3)
			return false;
		s->gap += len;
		time += (uint32_t) journey_gap_ending(s->gap, len);
		out[i] = time;
	}
	for (uint32_t i = n; i < JOURNEY_SECONDS_ROOM(n); i++)
		out[i] = time;
	s->last = time;
	return true;
}

/* Is there enough before the first gaps to read them? */
static inline bool
can_shuffle(const JourneyView *v)
{
	return gap_groups_ssse3 && v->gaps - v->labels >= (v->count > 4 ? 4 : 7);
}

#ifdef HAVE_SSSE3
/* What is kept of the last group's four gaps, by their number modulo four. */
static const uint32_t kept[4][4] = {
	{~0u, ~0u, ~0u, ~0u}, {~0u, 0, 0, 0}, {~0u, ~0u, 0, 0}, {~0u, ~0u, ~0u, 0}
};

/* The sixteen bytes before the end of four gaps, as four numbers. */
static inline SSSE3 __m128i
spread(const uint8_t *end, uint32_t code)
{
	return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *) (end - 16)),
							_mm_loadu_si128((const __m128i *) gap_shuffles[code]));
}

/* The same of the last gaps of n, which may be fewer: the others are 0. */
static inline SSSE3 __m128i
spread_last(const uint8_t *end, uint32_t code, uint32_t n)
{
	__m128i		shuffle = _mm_loadu_si128((const __m128i *) gap_shuffles[code]);
	__m128i		gaps = _mm_loadu_si128((const __m128i *) (end - 16));

	gaps = _mm_shuffle_epi8(gaps, _mm_add_epi8(shuffle, _mm_set1_epi8((char) (-n & 3))));
	return _mm_and_si128(gaps, _mm_loadu_si128((const __m128i *) kept[n & 3]));
}

/* The times after four gaps. */
static inline SSSE3 __m128i
add_up(__m128i gaps, __m128i time)
{
	gaps = _mm_add_epi32(gaps, _mm_slli_si128(gaps, 4));
	time = _mm_add_epi32(time, gaps);
	return _mm_add_epi32(time, _mm_slli_si128(gaps, 8));
}

static SSSE3_CALLED bool
next_ssse3(JourneySeconds *s, uint32_t n, uint32_t *out)
{
	const uint8_t *codes = s->codes;
	const uint8_t *gap = s->gap;
	__m128i		time = _mm_set1_epi32((int) s->last);
	uint32_t	any_long = 0;
	uint32_t	i;

	for (i = 0; i + 4 < n; i += 4)
	{
		uint32_t	c = *codes++;

		any_long |= c & (c >> 1);
		gap += gap_groups[c].end[3];
		time = add_up(spread(gap, c), time);
		_mm_storeu_si128((__m128i *) (out + i), time);
		time = _mm_shuffle_epi32(time, 0xff);
	}
	if (n > 0)
	{
		uint32_t	c = *codes;

		any_long |= c & (c >> 1);
		gap += gap_groups[c].end[(n - 1) & 3];
		time = add_up(spread_last(gap, c, n), time);
		_mm_storeu_si128((__m128i *) (out + i), time);
		time = _mm_shuffle_epi32(time, 0xff);
	}
	s->gap = gap;
	s->last = (uint32_t) _mm_cvtsi128_si32(time);
	return (any_long & 0x55) == 0;
}

typedef struct Periods
{
	__m128i		change;
	__m128i		delta;
	__m128		per_128;
	__m128		half;			/* half of per_128 */
} Periods;

/*
 * Bit n for moments in period n < 32: the exponent of a float makes it.  A
 * length is a multiple of 128 seconds, so 128 seconds lie in one period, and
 * their middle is so far from its ends that no rounding takes it out: its
 * distance is at least 64 / 2^23 of a length, and the errors of the quotient,
 * which is below 32, are less than 48 / 2^23 together.
 */
static inline SSSE3 __m128i
period_bits(__m128i time, const Periods *p)
{
	__m128		quotient;
	__m128i		period;

	time = _mm_sub_epi32(time, _mm_and_si128(p->delta,
											 _mm_cmpgt_epi32(time, p->change)));
	quotient = _mm_mul_ps(_mm_cvtepi32_ps(_mm_srli_epi32(time, 7)), p->per_128);
	period = _mm_cvttps_epi32(_mm_add_ps(quotient, p->half));
	period = _mm_slli_epi32(_mm_add_epi32(period, _mm_set1_epi32(127)), 23);
	return _mm_cvttps_epi32(_mm_castsi128_ps(period));
}

SSSE3_CALLED uint32_t
journey_entry_set(const JourneyView *v, const Calendar *c, uint32_t entry, uint32_t first,
				  uint32_t end)
{
	const CalendarRun *run = &c->runs[entry];
	float		per_128 = c->lengths_per_128;
	uint32_t	limit;
	const uint8_t *codes = v->gap_codes;
	const uint8_t *gap = v->gaps;
	uint32_t	left = v->count - 1;
	__m128i		time = _mm_set1_epi32((int) (first - run->start));
	Periods		p;
	__m128i		bits;
	uint32_t	any_long;
	uint32_t	code;

	if (!can_shuffle(v) || c->lengths_per_128 == 0)
		return 0;
	limit = end - run->start < run->limit ? end - run->start + 1 : run->limit;
	p.change = _mm_set1_epi32(run->change);
	p.delta = _mm_set1_epi32(run->delta);
	p.per_128 = _mm_set1_ps(per_128);
	p.half = _mm_set1_ps(per_128 / 2);
	bits = _mm_cvtsi32_si128(1);
	any_long = 0;
	while (left > 4)
	{
		/* so many gaps cannot pass 2^32 */
		uint32_t	stop = left > 132 ? left - 128 : 4;

		for (; left > stop; left -= 4)
		{
			code = *codes++;
			any_long |= code & (code >> 1);
			gap += gap_groups[code].end[3];
			time = add_up(spread(gap, code), time);
			bits = _mm_or_si128(bits, period_bits(time, &p));
			time = _mm_shuffle_epi32(time, 0xff);
		}
		if ((uint32_t) _mm_cvtsi128_si32(time) >= limit)
			return 0;
	}
	if (left > 0)
	{
		code = *codes;
		any_long |= code & (code >> 1);
		gap += gap_groups[code].end[left - 1];
		time = add_up(spread_last(gap, code, left), time);
		bits = _mm_or_si128(bits, period_bits(time, &p));
		time = _mm_shuffle_epi32(time, 0xff);
	}
	if ((any_long & 0x55) != 0 || (uint32_t) _mm_cvtsi128_si32(time) >= limit)
		return 0;
	bits = _mm_or_si128(bits, _mm_srli_si128(bits, 8));
	bits = _mm_or_si128(bits, _mm_srli_si128(bits, 4));
	return (uint32_t) _mm_cvtsi128_si32(bits);
}
#else
uint32_t
journey_entry_set(const JourneyView *v, const Calendar *c, uint32_t entry, uint32_t first,
				  uint32_t end)
{
	return 0;
}
#endif

void
journey_seconds_first(JourneySeconds *s, const JourneyView *v, uint32_t first)
{
	s->codes = v->gap_codes;
	s->gap = v->gaps;
	s->left = v->count - 1;
	s->last = first;
	s->shuffle = can_shuffle(v);
}

bool
journey_seconds_next(JourneySeconds *s, uint32_t n, uint32_t *out)
{
	bool		done;

#ifdef HAVE_SSSE3
	if (s->shuffle)
		done = next_ssse3(s, n, out);
	else
#endif
		done = next_scalar(s, n, out);
	s->codes += n / 4;
	s->left -= n;
	return done;
}
