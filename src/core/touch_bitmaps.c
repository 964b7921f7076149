/*
 * touch_bitmaps.c
 *	  Marking touchpoints by their labels, and adding up gaps.
 *
 * Cost: sixteen touchpoints at a time and four gaps at a time (gap_groups.h),
 * where the processor can; else eight and one.
 */
#include "touch_bitmaps.h"

/* -- bitmaps ------------------------------------------------------------------ */

#ifdef HAVE_SSSE3
/*
 * Sixteen touchpoints at a time: their codes, a byte each, choose from the map,
 * and the top bits of the bytes are a piece of the bitmap of the first class;
 * doubled, of the second.  The codes can be read sixteen at a time.
 */
SSSE3_CALLED void
touch_mark_ssse3(TouchBitmaps *q, const uint8_t *map, int classes)
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
		for (int k = 0; k < classes; k++)
		{
			uint16_t	piece = (uint16_t) _mm_movemask_epi8(m);

			memcpy((uint8_t *) q->at[k] + 2 * block, &piece, 2);
			m = _mm_add_epi8(m, m);
		}
	}
}
#endif

/* One label or two: the codes are a bitmap already. */
void
touch_mark_bits(TouchBitmaps *q, const uint8_t *map, int classes)
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
		for (int k = 0; k < classes; k++)
			q->at[k][w] = ((map[0] >> (7 - k) & 1) != 0 ? ~second : 0) |
				((map[1] >> (7 - k) & 1) != 0 ? second : 0);
	}
}

/* The same without: eight touchpoints at a time. */
void
touch_mark_each(TouchBitmaps *q, const uint8_t *map, int classes)
{
	const JourneyView *v = q->view;

	for (int k = 0; k < classes; k++)
		memset(q->at[k], 0, q->words * sizeof(uint64_t));
	for (uint32_t first = 0; first < v->count; first += 8)
	{
		uint32_t	n = v->count - first < 8 ? v->count - first : 8;
		uint64_t	fits = 0;

		for (uint32_t i = 0; i < n; i++)
			fits |= (uint64_t) map[journey_code(v->codes, v->code_bits, first + i)] << 8 * i;
		for (int k = 0; k < classes; k++)
		{
			/* the bit of each of eight bytes, moved to the top byte */
			uint64_t	bits = fits >> (7 - k) & UINT64_C(0x0101010101010101);

			q->at[k][first / 64] |= (bits * UINT64_C(0x0102040810204080) >> 56) << first % 64;
		}
	}
}

/* -- times --------------------------------------------------------------------- */

#ifdef HAVE_SSSE3
/*
 * Add up gaps until there is a sum for this touchpoint; false at a long gap.
 */
static SSSE3_CALLED bool
sum_ssse3(TouchBitmaps *q, uint32_t touchpoint)
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
leave_sums(TouchBitmaps *q)
{
	q->by_four = false;
	for (uint32_t i = 0; i < q->ntimes; i++)
		q->times[i] = q->view->base + q->sums[i];
}
#endif

int64_t
touch_time_beyond(TouchBitmaps *q, uint32_t touchpoint)
{
	const uint8_t *lengths = journey_gap_length[q->view->unit];
	const uint8_t *gap;
	uint64_t	time;
	uint32_t	i;

#ifdef HAVE_SSSE3
	if (q->by_four)
	{
		if (sum_ssse3(q, touchpoint))
			return q->view->base + q->sums[touchpoint];
		leave_sums(q);
	}
#endif
	i = q->ntimes;
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
