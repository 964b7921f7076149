/*
 * touch_map.c
 *	  What a map of journeys asks of each touchpoint.
 *
 * Walking back, the next purchase, the next answer to a survey and the next
 * touchpoint of the customer's own are those met last; walking forward, the
 * first of a label in a stage is the one whose cell is still empty.  So two
 * walks and a table of label x stage answer everything, and an aggregate over
 * all customers needs no set of customers: it counts those that are first.
 *
 * The stay in a stage begins with the first touchpoint in it, unless a later
 * stage was reached before; it ends where a later stage is reached, or after
 * the horizon.  later[s], the first touchpoint in a stage after s, is where the
 * greatest stage so far passes s, and the same for every touchpoint of the
 * stay, since none came before it.
 *
 * Cost: two steps a touchpoint; the caller clears the cells.
 */
#include "touch_map.h"

#include <math.h>
#include <stddef.h>

#include "scores.h"
#include "touch_action.h"

static inline uint32_t
cell(const TouchMapInput *in, uint32_t i)
{
	return (uint32_t) in->label[i] * (in->nstages + 1) + in->stage[i];
}

/* Is touchpoint j, if there is one, at most so long after i? */
static inline bool
soon(const TouchMapInput *in, uint32_t i, uint32_t j, uint64_t span)
{
	return j != TOUCH_MAP_NONE && (uint64_t) in->at[j] - (uint64_t) in->at[i] <= span;
}

/* Is the horizon of a touchpoint over? */
static inline bool
is_over(const TouchMapInput *in, uint32_t i)
{
	return (uint64_t) in->as_of - (uint64_t) in->at[i] >= in->horizon;
}

static void
map_back(const TouchMapInput *in, uint32_t *answered, MappedTouch *touches)
{
	uint32_t	own = TOUCH_MAP_NONE;
	uint32_t	purchase = TOUCH_MAP_NONE;
	uint32_t	answer = TOUCH_MAP_NONE;
	const ScoreScale *scale;

	for (uint32_t i = in->count; i-- > 0;)
	{
		MappedTouch *m = &touches[i];
		bool		over = is_over(in, i);

		m->left = over ? !soon(in, i, own, in->horizon) : MAP_UNKNOWN;
		m->purchase = soon(in, i, purchase, in->horizon) ? purchase : TOUCH_MAP_NONE;
		m->bought = over ? m->purchase != TOUCH_MAP_NONE : MAP_UNKNOWN;
		if (touch_score(in->action[i], in->value != NULL ? in->value[i] : NAN, &scale))
			answer = i;
		m->answer = TOUCH_MAP_NONE;
		if (soon(in, i, answer, in->answer_within) && answered[cell(in, i)] != answer + 1)
		{
			m->answer = answer;
			answered[cell(in, i)] = answer + 1;
		}
		if (!in->offsite[i])
			own = i;
		if (in->action[i] == TA_PURCHASE)
			purchase = i;
	}
}

#define SEEN			1
#define SEEN_IN_STAY	2

static void
map_forward(const TouchMapInput *in, uint8_t *seen, MappedTouch *touches)
{
	uint32_t	later[TOUCH_MAP_MAX_STAGES + 1];
	uint32_t	entry[TOUCH_MAP_MAX_STAGES + 1];
	uint32_t	greatest = 0;

	for (uint32_t s = 0; s <= in->nstages; s++)
		later[s] = entry[s] = TOUCH_MAP_NONE;
	for (uint32_t i = 0; i < in->count; i++)
	{
		for (; greatest < in->stage[i]; greatest++)
			later[greatest] = i;
	}
	for (uint32_t i = 0; i < in->count; i++)
	{
		MappedTouch *m = &touches[i];
		uint8_t    *mark = &seen[cell(in, i)];
		uint32_t	s = in->stage[i];

		m->first = (*mark & SEEN) == 0;
		*mark |= SEEN;
		m->enters = m->first_in_stay = false;
		m->advanced = MAP_UNKNOWN;
		/* after the last stage there is none to go on to */
		if (s == 0 || s >= in->last_stage || i >= later[s])
			continue;
		if (entry[s] == TOUCH_MAP_NONE)
		{
			entry[s] = i;
			m->enters = true;
		}
		if (!soon(in, entry[s], i, in->horizon))
			continue;
		m->first_in_stay = (*mark & SEEN_IN_STAY) == 0;
		*mark |= SEEN_IN_STAY;
		if (is_over(in, entry[s]))
			m->advanced = soon(in, entry[s], later[s], in->horizon);
	}
}

/*
 * Fills an element of `touches` for each touchpoint.  `answered` and `seen`
 * have touch_map_cells() elements, all 0.
 */
void
touch_map(const TouchMapInput *in, uint32_t *answered, uint8_t *seen, MappedTouch *touches)
{
	map_back(in, answered, touches);
	map_forward(in, seen, touches);
}
