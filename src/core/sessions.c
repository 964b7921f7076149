/*
 * sessions.c
 *	  The sessions of a journey counted by gaps alone.
 *
 * A gap compares as a whole number of the journey's units: one of g units is at
 * least split_gap microseconds long exactly if g >= split_gap / unit, rounded
 * up.  So no time is ever computed: the length of a session is the sum of its
 * gaps, which no rounding touches.  The marks of the touchpoints are added up
 * without a branch; of a session whose sum is 2 or more it is known that it has
 * two page views or a key event.
 *
 * Cost: one load and comparison for each gap, and for each mark.
 */
#include "sessions.h"

void
sessions_total(const JourneyView *view, uint64_t split_gap,
			   const uint64_t *label_marks, const uint64_t *touch_marks,
			   SessionTotals *totals, uint64_t *durations)
{
	const uint8_t *lengths = journey_gap_length[view->unit];
	const uint64_t us = (uint64_t) journey_unit_us[view->unit];
	const uint64_t limit = split_gap / us + (split_gap % us != 0);
	const uint8_t *end = view->gaps;
	uint64_t	marks = 0;
	uint64_t	length = 0;		/* of the session so far, in units */
	uint32_t	first = 0;		/* touchpoint it began with */
	SessionTotals sum = {0, 0, 0, 0};

	for (uint32_t i = 0; i < view->count; i++)
	{
		if (i > 0)
		{
			int			len = journey_gap_len(view->gap_codes, lengths, i - 1);
			uint64_t	gap;

			end += len;
			gap = journey_gap_ending(end, len);
			if (gap >= limit)
			{
				durations[sum.sessions++] = length * us;
				sum.bounced += i - first == 1;
				sum.engaged += session_engaged(length * us, marks);
				sum.converted += marks >= SESSION_KEY_EVENT;
				first = i;
				length = 0;
				marks = 0;
			}
			else
				length += gap;
		}
		marks += touch_marks != NULL ? touch_marks[i] :
			label_marks[journey_code(view->codes, view->code_bits, i)];
	}
	if (view->count > 0)
	{
		durations[sum.sessions++] = length * us;
		sum.bounced += view->count - first == 1;
		sum.engaged += session_engaged(length * us, marks);
		sum.converted += marks >= SESSION_KEY_EVENT;
	}
	*totals = sum;
}
