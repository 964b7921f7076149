/*
 * journey_seconds.h
 *	  The times of a journey's touchpoints as numbers of seconds, many at a time.
 *
 * For journeys at whole seconds without a gap of 2^24 seconds or more.  The
 * caller says what the number of the first touchpoint is, and takes the others
 * in blocks, as many as will surely not pass 2^32: a touchpoint adds less than
 * 2^24.
 */
#ifndef JOURNEY_SECONDS_H
#define JOURNEY_SECONDS_H

#include "calendar.h"
#include "gap_groups.h"

/* Room that a block of n touchpoints needs. */
#define JOURNEY_SECONDS_ROOM(n) (((n) + 3) / 4 * 4)

typedef struct JourneySeconds
{
	const uint8_t *codes;		/* of the next four gaps */
	const uint8_t *gap;			/* end of the last gap read */
	uint32_t	left;			/* touchpoints not read yet */
	uint32_t	last;			/* seconds of the last one read */
	bool		shuffle;		/* four at a time */
} JourneySeconds;

/* Call before any use. */
#define journey_seconds_init() gap_groups_init()

/*
 * Begin with a journey at whole seconds that is not empty.  Four gaps are read
 * as the sixteen bytes before their end, of which at least eight lie before the
 * label table.  The first four gaps take at least four; where there are fewer,
 * the first alone may be all.
 */
extern void journey_seconds_first(JourneySeconds *s, const JourneyView *v, uint32_t first);

/*
 * The seconds of the next n touchpoints, of which so many are left and which
 * are a multiple of four or the last ones.  What is left of the room is filled
 * with the last number.  False at a long gap; what is in `out` and in s is
 * then undefined.
 */
extern bool journey_seconds_next(JourneySeconds *s, uint32_t n, uint32_t *out);

/*
 * The entries of a calendar in which a journey has touchpoints, bit 0 for the
 * one of the first touchpoint, which is so many seconds after the first start
 * of the calendar and in this entry.  Returns 0 where this does not do: if the
 * journey is not one as above, or does not end inside the entry's run and not
 * after `end`, which is not before `first`; or where the processor cannot.
 */
extern uint32_t journey_entry_set(const JourneyView *v, const Calendar *c, uint32_t entry,
								  uint32_t first, uint32_t end);

#endif							/* JOURNEY_SECONDS_H */
