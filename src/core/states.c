/*
 * states.c
 *	  The states of a customer over time, as spans that follow each other.
 *
 * At time t the customer is in the stage of the latest touchpoint at or before
 * t that has one, or, if the latest of all touchpoints up to t is longer ago
 * than dormant_after, in the dormant stage.  So the state can change at two
 * kinds of moments only: at a touchpoint, and dormant_after and one microsecond
 * after a touchpoint that none follows up to then.  The walk goes through these
 * moments in order; a span begins where the state is another than before, and a
 * touchpoint that does not change it is counted in it.
 *
 * Spans are half open, and exact in microseconds: what the state is at t is
 * told by the last span with from_at <= t, unless that one has ended at or
 * before t; then there is none.  Of several touchpoints at one time each may
 * begin a span, all but the last of them of no length: they are kept, since the
 * customer did move.  A dormancy of no length is not, since at no time was the
 * customer in it.
 *
 * A step back is told by touchpoints: the stage is earlier in the order than
 * that of the latest touchpoint before that had one.  To fall asleep and to
 * wake up is no step back, but to wake up in an earlier stage is one.
 *
 * Cost: constant for each touchpoint and span, at most two spans a touchpoint.
 */
#include "states.h"

#include <string.h>

void
state_spans_start(StateSpans *s, const StateInput *in)
{
	memset(s, 0, sizeof(*s));
	s->in = in;
}

/* Is there a time in the pause after the latest touchpoint that is dormant? */
static bool
falls_asleep(const StateSpans *s, int64_t *at)
{
	const StateInput *in = s->in;
	uint64_t	pause;
	uint64_t	needed = in->dormant_after;

	if (s->slept || s->next == 0 || in->dormant == 0)
		return false;
	if (s->next < in->count)
	{
		/* at the next touchpoint itself it is over */
		pause = (uint64_t) in->at[s->next] - (uint64_t) in->at[s->next - 1];
		if (pause == 0)
			return false;
		pause--;
	}
	else
		pause = (uint64_t) in->as_of - (uint64_t) in->at[s->next - 1];
	if (pause <= needed)
		return false;
	*at = (int64_t) ((uint64_t) in->at[s->next - 1] + needed + 1);
	return true;
}

bool
state_spans_next(StateSpans *s, StateSpan *span)
{
	const StateInput *in = s->in;

	while (!s->ended)
	{
		StateSpan	before = s->now;
		StateSpan	new = {0};
		uint32_t	touchpoints = 1;

		new.touch = s->next;
		new.previous = before.state;
		if (falls_asleep(s, &new.from_at))
		{
			s->slept = true;
			new.state = (uint8_t) in->dormant;
			new.touch = STATE_NO_TOUCH;
			touchpoints = 0;
		}
		else if (s->next < in->count)
		{
			uint8_t		stage = in->stage[s->next];

			new.from_at = in->at[s->next++];
			s->slept = false;
			if (stage == 0)
				stage = s->awake;
			new.reversed = in->ordered && stage < s->awake &&
				stage != in->dormant && s->awake != in->dormant;
			new.state = s->awake = stage;
		}
		else
		{
			s->ended = true;
			before.lasts = true;
			*span = before;
			return before.state != 0;
		}

		if (new.state == before.state)
		{
			s->now.touchpoints += touchpoints;
			continue;
		}
		new.touchpoints = touchpoints;
		s->now = new;
		if (before.state != 0)
		{
			before.to_at = new.from_at;
			*span = before;
			return true;
		}
	}
	return false;
}
