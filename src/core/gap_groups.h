/*
 * gap_groups.h
 *	  The gaps of a journey at whole seconds, four at a time.
 *
 * The byte of four length codes says where each of the four gaps ends and how
 * far it is to be shifted once it is loaded.  On x86 with SSSE3 (asked for at
 * run time) it chooses a shuffle that spreads the bytes over four numbers, as
 * in Stream VByte (Lemire, Kurz, Rupp 2017); with AVX2 two such groups go
 * together.
 */
#ifndef GAP_GROUPS_H
#define GAP_GROUPS_H

#include "journey_layout.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_SSSE3
#define SSSE3 __attribute__((target("ssse3")))
#define SSSE3_CALLED __attribute__((target("ssse3"), noinline))
#define HAVE_AVX2
#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define AVX2_CALLED __attribute__((target("avx2,bmi,bmi2,popcnt"), noinline))
#endif

/* For each byte of four length codes: where the gaps end, how far to shift. */
typedef struct GapGroup
{
	uint8_t		end[4];
	uint8_t		shift[4];
} GapGroup;

extern GapGroup gap_groups[256];
extern bool gap_groups_ssse3;	/* the processor has it */
extern bool gap_groups_avx2;	/* likewise, with BMI2 and POPCNT */

#ifdef HAVE_SSSE3
extern uint8_t gap_shuffles[256][16];	/* of the 16 bytes that end with the
										 * group; without a long gap */
#endif

/* Call before any use; a second call does nothing. */
extern void gap_groups_init(void);

#ifdef HAVE_AVX2
/*
 * Codes of 0, 1, 2 and 4 bits: which byte each of 32 is in, and which bits of it.
 * A code at another place than the lowest bits of its half of a byte is left
 * there: code_places says what number it is then.
 */
extern const uint8_t gap_code_bytes[5][32];
extern const uint8_t gap_code_masks[5][16];
extern const uint8_t gap_code_places[5][16];
extern const uint8_t gap_forward[32];
extern const uint8_t gap_missing[8][32];

static inline AVX2 __m128i
load16(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *) p);
}

/* Sixteen bytes from p on, of a value that has so many; junk behind its end. */
static inline AVX2 __m128i
load_before(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *at = end - 16 < p ? end - 16 : p;

	return _mm_shuffle_epi8(load16(at), load16(gap_forward + (p - at)));
}

/* Two halves as one. */
static inline AVX2 __m256i
both(__m128i low, __m128i high)
{
	return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/*
 * What a table of sixteen bytes has for each of 32 codes of at most four bits;
 * junk for those behind the end.  The table is arranged by code_table.
 */
static inline AVX2 __m128i
code_table(__m128i table, int bits)
{
	return _mm_shuffle_epi8(table, load16(gap_code_places[bits]));
}

static inline AVX2 __m256i
code_numbers(const uint8_t *codes, const uint8_t *end, int bits)
{
	__m256i		x = _mm256_broadcastsi128_si256(load_before(codes, end));

	x = _mm256_shuffle_epi8(x, _mm256_loadu_si256((const __m256i *) gap_code_bytes[bits]));
	x = _mm256_and_si256(x, _mm256_broadcastsi128_si256(load16(gap_code_masks[bits])));
	x = _mm256_or_si256(x, _mm256_srli_epi16(x, 4));
	return _mm256_and_si256(x, _mm256_set1_epi8(15));
}

static inline AVX2 __m256i
code_look_up(__m256i numbers, __m128i table)
{
	return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), numbers);
}

/*
 * What a table of 128 bytes has for each of the first 16 bytes of the label table
 * of a value that has so many; 0 for bytes from 128 on, junk behind the labels.
 */
static inline AVX2 __m128i
label_look_up(const JourneyView *v, const uint8_t *table)
{
	const __m256i labels = _mm256_broadcastsi128_si256(load_before(v->labels, v->end));
	const __m256i next = _mm256_set1_epi8(32);
	__m256i		first = both(_mm_setzero_si128(), _mm_set1_epi8(16));
	__m256i		found = _mm256_setzero_si256();

#pragma GCC unroll 4
	for (int i = 0; i < 128; i += 32)
	{
		/* a label of these 2 x 16 becomes 0x70 to 0x7f, any other has bit 7 */
		__m256i		at = _mm256_adds_epu8(_mm256_xor_si256(labels, first), _mm256_set1_epi8(0x70));

		at = _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *) (table + i)), at);
		found = _mm256_or_si256(found, at);
		first = _mm256_add_epi8(first, next);
	}
	return _mm_or_si128(_mm256_castsi256_si128(found), _mm256_extracti128_si256(found, 1));
}

/* Gaps eight at a time, from one at which a byte of codes begins. */
typedef struct GapEights
{
	const uint8_t *codes;
	const uint8_t *gap;			/* end of the last gap read */
	const uint8_t *end;			/* of the value */
	uint32_t	any_long;		/* some gap is: & 0x5555 */
} GapEights;

/* The shuffles of eight gaps. */
static inline AVX2 __m256i
gap_shuffles_of(uint32_t code)
{
	return both(load16(gap_shuffles[code & 255]), load16(gap_shuffles[code >> 8]));
}

static inline AVX2 __m256i
gap_eight(GapEights *g)
{
	uint32_t	code = g->codes[0] | (uint32_t) g->codes[1] << 8;
	const uint8_t *half = g->gap + gap_groups[code & 255].end[3];

	g->codes += 2;
	g->any_long |= code & (code >> 1);
	g->gap = half + gap_groups[code >> 8].end[3];
	return _mm256_shuffle_epi8(both(load16(half - 16), load16(g->gap - 16)),
							   gap_shuffles_of(code));
}

/*
 * The last 1 to 8 of some gaps; junk for those that are missing.  These are
 * taken for such of one byte.  They may lie behind the value: then it is read so
 * many bytes before, and shifted back.
 */
static inline AVX2 __m256i
gap_last_eight(GapEights *g, uint32_t n)
{
	uint32_t	code = _bzhi_u32(g->codes[0] | (uint32_t) g->codes[1] << 8, 2 * n);
	const uint8_t *half = g->gap + gap_groups[code & 255].end[3];
	const uint8_t *gap = half + gap_groups[code >> 8].end[3];
	const uint8_t *half_at = half < g->end ? half : g->end;
	const uint8_t *gap_at = gap < g->end ? gap : g->end;
	__m256i		back = both(_mm_set1_epi8((char) (half - half_at)),
							_mm_set1_epi8((char) (gap - gap_at)));

	g->codes += 2;
	g->any_long |= code & (code >> 1);
	g->gap = gap;
	return _mm256_shuffle_epi8(both(load16(half_at - 16), load16(gap_at - 16)),
							   _mm256_add_epi8(gap_shuffles_of(code), back));
}

/*
 * The same where they are the last of the journey, so that it is known without
 * them where they end: the bytes of the second four and how far both are shifted
 * back.  Otherwise, which no value that we made says, one is taken for a long one.
 */
static inline AVX2 __m256i
gap_final_eight(GapEights *g, uint32_t n)
{
	uint32_t	code = _bzhi_u32(g->codes[0] | (uint32_t) g->codes[1] << 8, 2 * n);
	const uint8_t *half = g->gap + gap_groups[code & 255].end[3];
	const uint8_t *gap = half + gap_groups[code >> 8].end[3];
	const uint8_t *half_at = half < g->end ? half : g->end;
	__m256i		back = _mm256_loadu_si256((const __m256i *) gap_missing[8 - n]);

	g->any_long |= (code & (code >> 1)) | (gap - g->end != (ptrdiff_t) (8 - n));
	return _mm256_shuffle_epi8(both(load16(half_at - 16), load16(g->end - 16)),
							   _mm256_add_epi8(gap_shuffles_of(code), back));
}

/*
 * Can a journey be read so?  Four gaps are read as the sixteen bytes before
 * their end, of which at least eight lie before the label table.  The first four
 * gaps take at least four; where there are fewer, the first alone may be all.
 * So the value has sixteen bytes, too.
 */
static inline bool
gap_eights_fit(const JourneyView *v)
{
	return gap_groups_avx2 && v->unit == 0 && v->count > 1 && v->code_bits <= 4 &&
		v->gaps - v->labels >= (v->count > 4 ? 4 : 7);
}
#endif

/* Is any of the length codes 3, a gap of half a year or more? */
static inline bool
gap_codes_long(uint64_t codes)
{
	return (codes & (codes >> 1) & UINT64_C(0x5555555555555555)) != 0;
}

#endif							/* GAP_GROUPS_H */
