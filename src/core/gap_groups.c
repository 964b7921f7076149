/*
 * gap_groups.c
 *	  The tables by which gaps are read four at a time.
 */
#include "gap_groups.h"

GapGroup	gap_groups[256];
bool		gap_groups_ssse3;
bool		gap_groups_avx2;

#ifdef HAVE_SSSE3
uint8_t		gap_shuffles[256][16];
#endif

#ifdef HAVE_AVX2
const uint8_t gap_code_bytes[5][32] = {
	{0},
	{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,
	2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3},
	{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3,
	4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7},
	{0},
	{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7,
	8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15}
};
const uint8_t gap_code_masks[5][16] = {
	{0},
	{1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128},
	{3, 12, 48, 192, 3, 12, 48, 192, 3, 12, 48, 192, 3, 12, 48, 192},
	{0},
	{15, 240, 15, 240, 15, 240, 15, 240, 15, 240, 15, 240, 15, 240, 15, 240}
};
const uint8_t gap_code_places[5][16] = {
	{0},
	{0, 1, 1, 0, 1, 0, 0, 0, 1},
	{0, 1, 2, 3, 1, 0, 0, 0, 2, 0, 0, 0, 3},
	{0},
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
};
const uint8_t gap_missing[8][32] = {
	{0},
	{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
	{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2},
	{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3},
	{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4},
	{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4},
	{2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
	4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4},
	{3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
	4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4}
};
const uint8_t gap_forward[32] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#endif

void
gap_groups_init(void)
{
	if (gap_groups[0].end[0] != 0)
		return;
	for (int c = 0; c < 256; c++)
	{
		int			end = 0;

		for (int k = 0; k < 4; k++)
		{
			int			len = journey_gap_length[0][(c >> (2 * k)) & 3];

			end += len;
			gap_groups[c].end[k] = (uint8_t) end;
			gap_groups[c].shift[k] = (uint8_t) (64 - 8 * len);
		}
#ifdef HAVE_SSSE3
		for (int k = 0; k < 4; k++)
		{
			int			len = journey_gap_length[0][(c >> (2 * k)) & 3];
			int			start = 16 - end + gap_groups[c].end[k] - len;

			for (int b = 0; b < 4; b++)
				gap_shuffles[c][4 * k + b] = (uint8_t) (b < len ? start + b : 0x80);
		}
#endif
	}
#ifdef HAVE_SSSE3
	gap_groups_ssse3 = __builtin_cpu_supports("ssse3") != 0;
	gap_groups_avx2 = __builtin_cpu_supports("avx2") != 0 &&
		__builtin_cpu_supports("bmi2") != 0 && __builtin_cpu_supports("popcnt") != 0;
#endif
}
