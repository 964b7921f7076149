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
