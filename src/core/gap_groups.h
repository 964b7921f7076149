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

/* Is any of the length codes 3, a gap of half a year or more? */
static inline bool
gap_codes_long(uint64_t codes)
{
	return (codes & (codes >> 1) & UINT64_C(0x5555555555555555)) != 0;
}

#endif							/* GAP_GROUPS_H */
