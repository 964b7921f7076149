/*
 * funnel_ties.c
 *	  Touchpoints at one time may be taken in any order: a matching of steps.
 *
 * A chain that comes to a moment takes steps there: a first one f, a last one
 * k, all required steps between them, and any of the optional ones.  That can
 * be done if these steps can be given to different touchpoints.
 *
 * Without optional steps the steps are all of f..k.  If they can be given, so
 * can those of every part, so for each k there is a smallest f, which does not
 * fall as k grows: one window of steps is moved along, its front grown by
 * augmenting paths and its tail dropped when there is none.
 *
 * With optional steps: for each f let k grow.  The required steps are given one
 * after the other; if one cannot be given, no further k is possible.  An
 * optional step is given for a try, as the last one, and taken back.
 *
 * Strict modes: a chain that comes from an earlier moment and goes on to a
 * later one must use all g touchpoints.  Without optional steps that is g steps
 * of the window.  With them it is a matching that covers all touchpoints, using
 * any of the steps from f to k, and the required steps.  By the theorem of
 * Mendelsohn and Dulmage it exists if there is one matching that covers all
 * touchpoints and another that covers the required steps; the size of the
 * largest matching grows by one augmenting path for each step.
 *
 * Cost for g touchpoints and n steps: n augmenting paths of at most g x n each;
 * with optional steps n^2 of them.
 */
#include "funnel_ties.h"

static void
begin_matching(FunnelMatching *mt, const FunnelMoment *m)
{
	mt->touch = m->touch;
	mt->count = m->count;
	mt->given = 0;
	memset(mt->step_of, -1, m->count);
}

static inline void
take_back(FunnelMatching *mt, int step)
{
	mt->step_of[mt->touch_of[step]] = -1;
	mt->given &= ~funnel_bit(step);
}

/*
 * Give a step to a touchpoint, moving steps given before to others where need
 * be.  *seen holds the steps that were asked to move; the recursion is at most
 * as deep as there are steps.
 */
static bool
augment(FunnelMatching *mt, int step, uint64_t *seen)
{
	uint64_t	bit = funnel_bit(step);

	funnel_worked(mt->e, mt->count);
	for (uint32_t i = 0; i < mt->count; i++)
	{
		if ((mt->touch[i].fits & bit) != 0 && mt->step_of[i] < 0)
		{
			mt->step_of[i] = step;
			mt->touch_of[step] = i;
			return true;
		}
	}
	for (uint64_t m = mt->given & ~*seen; m != 0; m &= m - 1)
	{
		int			other = __builtin_ctzll(m);
		uint32_t	i = mt->touch_of[other];

		if ((mt->touch[i].fits & bit) == 0 || (*seen >> other & 1) != 0)
			continue;
		*seen |= funnel_bit(other);
		if (augment(mt, other, seen))
		{
			mt->step_of[i] = step;
			mt->touch_of[step] = i;
			return true;
		}
	}
	return false;
}

static bool
give(FunnelMatching *mt, int step)
{
	uint64_t	seen = funnel_bit(step);

	if (!augment(mt, step, &seen))
		return false;
	mt->given |= funnel_bit(step);
	return true;
}

void
funnel_ties_begin(FunnelEngine *e)
{
	if (e->matching[0] != NULL || e->single)
		return;
	for (int i = 0; i < 2; i++)
	{
		e->matching[i] = e->host->allocate(sizeof(FunnelMatching));
		e->matching[i]->e = e;
	}
}

uint64_t
funnel_find_lasts(FunnelEngine *e, const FunnelMoment *m, const FunnelRange *range,
				  uint64_t taken, int c, uint64_t *all)
{
	FunnelMatching *required = e->matching[0];
	FunnelMatching *largest = e->matching[1];
	bool		strict = e->strict && m->count <= FUNNEL_MAX_STEPS;
	uint32_t	covered = 0;
	uint64_t	lasts = 0;

	*all = 0;
	if (c > range->last || (m->fits >> c & 1) == 0)
		return 0;
	if (m->count == 1)
	{
		if (taken != 0)
			return 0;
		*all = funnel_bit(c);
		return funnel_bit(c);
	}

	begin_matching(required, m);
	if (strict)
		begin_matching(largest, m);
	for (uint64_t s = taken | funnel_bit(c); s != 0; s &= s - 1)
	{
		int			step = __builtin_ctzll(s);

		if (!give(required, step))
			return 0;
		if (strict)
			covered += give(largest, step);
	}
	for (int k = c;;)
	{
		if (k == c || (required->given >> k & 1) != 0)
			lasts |= funnel_bit(k);
		else if (give(required, k))
		{
			lasts |= funnel_bit(k);
			take_back(required, k);
		}
		if (strict && covered == m->count && (lasts >> k & 1) != 0)
			*all |= funnel_bit(k);
		if (++k > range->last)
			break;
		if ((range->optional >> k & 1) == 0 && !give(required, k))
			break;
		if (strict)
			covered += give(largest, k);
	}
	return lasts;
}

/* No optional steps: one window moved along. */
static void
move_window(FunnelEngine *e, const FunnelMoment *m, const FunnelRange *range,
			FunnelMoves *moves)
{
	FunnelMatching *mt = e->matching[0];
	int			tail = range->first;

	begin_matching(mt, m);
	for (int k = range->first; k <= range->last; k++)
	{
		bool		given = false;

		if ((m->fits >> k & 1) != 0)
			while (!(given = give(mt, k)) && tail < k)
				take_back(mt, tail++);
		if (!given)
		{
			for (; tail < k; tail++)
				take_back(mt, tail);
			tail = k + 1;
			continue;
		}
		moves->lasts |= funnel_bit(k);
		moves->any[k] = funnel_bits(tail, k);
		moves->all[k] = k - tail + 1 == m->count ? funnel_bit(tail) : 0;
	}
}

void
funnel_find_moves(FunnelEngine *e, const FunnelMoment *m, const FunnelRange *range,
				  uint64_t firsts, FunnelMoves *moves)
{
	moves->lasts = 0;
	if (m->count == 0)
		return;
	firsts &= m->fits & funnel_bits(range->first, range->last);
	if (m->count == 1)
	{
		moves->lasts = firsts;
		for (uint64_t s = firsts; s != 0; s &= s - 1)
		{
			int			k = __builtin_ctzll(s);

			moves->any[k] = moves->all[k] = funnel_bit(k);
		}
		return;
	}
	if ((range->optional & funnel_bits(range->first, range->last)) == 0)
	{
		move_window(e, m, range, moves);
		return;
	}
	for (; firsts != 0; firsts &= firsts - 1)
	{
		int			f = __builtin_ctzll(firsts);
		uint64_t	all;
		uint64_t	lasts = funnel_find_lasts(e, m, range, 0, f, &all);

		for (; lasts != 0; lasts &= lasts - 1)
		{
			int			k = __builtin_ctzll(lasts);

			if ((moves->lasts >> k & 1) == 0)
			{
				moves->lasts |= funnel_bit(k);
				moves->any[k] = moves->all[k] = 0;
			}
			moves->any[k] |= funnel_bit(f);
			if ((all >> k & 1) != 0)
				moves->all[k] |= funnel_bit(f);
		}
	}
}
