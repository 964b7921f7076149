/*
 * funnel_search.c
 *	  The funnel of one customer with every option.
 *
 * Several searches of funnel_chains.c or funnel_unordered.c are put together
 * here, and the best chain of all is taken: the furthest; of these the one that
 * begins with the lowest step (open funnels only); of these the one complete
 * first; then the one that starts last; then each step as early as can be, a
 * step not taken being later than any time.
 *
 * entry first, last: the time is found, and the search starts only there.
 *
 * open: a search for each step e that a chain may begin with, until one comes
 * to the last step of which there is a touchpoint.  Cost: that of the closed
 * funnel times steps.
 *
 * drop: entry by entry, because what an exclusion does to an entry depends on
 * how far it came.  First its furthest step F, exclusions ignored.  Then only
 * chains that come to F and are not spoiled.  Exclusions that end at F or
 * before are those of the walk.  Of one that ends after F, any X in the window
 * after the first step >= a spoils, so that step must not be earlier than the
 * last X: steps from a on have a gate there.  If no chain comes to F now, the
 * entry is discarded.  Cost: entries x touchpoints of a window x steps, so
 * quadratic in the entries of one window, and in all of them without a window.
 * If no touchpoint is excluded it is one search as always.
 *
 * hold: one search for each channel.
 *
 * Memory is that of slices and chains; nothing is kept of an entry.
 */
#include "funnel_best.h"

void
funnel_clear_best(FunnelBest *best)
{
	best->entered = false;
	best->first = 0;
	best->found.last = -1;
	best->found.start = best->found.end = 0;
	best->answer.dropped = false;
	best->answer.taken = 0;
	for (int k = 0; k < FUNNEL_MAX_STEPS; k++)
	{
		best->answer.times[k] = 0;
		best->answer.step_at[k] = k;
	}
}

/*
 * Is `a` the better one?  They are of different slices, so that it is times that
 * are compared, not places.
 */
static bool
is_better(const FunnelBest *a, const FunnelBest *b)
{
	const int64_t *x = a->answer.times;
	const int64_t *y = b->answer.times;
	int			last = a->found.last;

	if (last != b->found.last || last < 0)
		return last > b->found.last;
	if (a->first != b->first)
		return a->first < b->first;
	if (x[last] != y[last])
		return x[last] < y[last];
	if (x[a->first] != y[a->first])
		return x[a->first] > y[a->first];
	for (int k = a->first; k <= last; k++)
	{
		bool		in_a = (a->answer.taken >> k & 1) != 0;
		bool		in_b = (b->answer.taken >> k & 1) != 0;

		if (in_a != in_b)
			return in_a;
		if (in_a && x[k] != y[k])
			return x[k] < y[k];
	}
	return false;
}

/* The chain that was found is the answer. */
static void
set_answer(FunnelEngine *e, const FunnelAsk *ask, FunnelBest *best)
{
	best->first = ask->range.first;
	best->answer.taken = funnel_follow_chain(e, ask, &best->found, best->at);
	for (uint64_t m = best->answer.taken; m != 0; m &= m - 1)
	{
		int			k = __builtin_ctzll(m);

		best->answer.times[k] = ask->slice->touch[best->at[k]].time;
	}
}

/* -- one entry that exclusions may discard -------------------------------------- */

/*
 * Having ignored exclusions a chain from this entry came to step `furthest`:
 * what is asked of a chain that is to survive them.
 */
static void
ask_survivor(FunnelEngine *e, FunnelAsk *ask, int furthest)
{
	const FunnelOptions *o = e->options;
	const FunnelSlice *s = ask->slice;
	uint64_t	ending = 0;		/* exclusions that end after it */

	ask->range.last = furthest;
	for (int x = 0; x < o->nexclusions; x++)
	{
		if (o->exclusions[x].before - 1 <= furthest)
			ask->exclusions |= funnel_bit(x);
		else if (o->exclusions[x].after - 1 <= furthest)
			ending |= funnel_bit(x);
	}
	ending &= s->excluded;
	if (ending == 0)
		return;
	memset(ask->gate, 0, sizeof(ask->gate));
	ask->gated = true;
	for (uint32_t i = funnel_window_end(e, s, s->touch[ask->low].time);
		 i > ask->low && ending != 0; i--)
	{
		funnel_worked(e, 1);
		for (uint64_t m = ending & s->touch[i - 1].excluded; m != 0; m &= m - 1)
		{
			int			x = __builtin_ctzll(m);

			for (int k = o->exclusions[x].after - 1; k <= furthest; k++)
				if (ask->gate[k] < i - 1)
					ask->gate[k] = i - 1;
			ending &= ~(m & -m);
		}
	}
}

/* All chains of entries in a range, each entry on its own. */
static void
search_dropping(FunnelEngine *e, FunnelAsk *all, FunnelBest *best)
{
	FunnelSlice *s = all->slice;
	FunnelAsk	winner = *all;

	for (uint32_t i = all->low, end; i < all->high; i = end)
	{
		FunnelAsk	ask = *all;
		FunnelFound found;
		FunnelMoment m;
		int			furthest;

		/* what starts after the end of the best is not complete earlier */
		if (best->found.last == all->range.last && i > best->found.end)
			break;
		funnel_moment_at(e, s, i, &m);
		funnel_worked(e, m.end - i);
		end = m.end;
		if ((m.fits & e->entering) == 0)
			continue;
		best->entered = true;
		ask.low = i;
		ask.high = end;
		ask.exclusions = 0;
		funnel_find_chain(e, &ask, &found);
		furthest = found.last;
		if (furthest < best->found.last)
			continue;
		ask_survivor(e, &ask, furthest);
		if (ask.exclusions != 0 || ask.gated)
			funnel_find_chain(e, &ask, &found);

		/* a later start is better if nothing else tells them apart */
		if (found.last == furthest &&
			(furthest > best->found.last || found.end <= best->found.end))
		{
			best->found = found;
			winner = ask;
		}
	}
	if (best->found.last >= 0)
		set_answer(e, &winner, best);
}

/* -- ranges of entries ----------------------------------------------------------- */

static void
search_open(FunnelEngine *e, FunnelAsk *ask, FunnelBest *best)
{
	int			furthest = ask->slice->fits == 0 ? -1 : 63 - __builtin_clzll(ask->slice->fits);
	FunnelRange range = {0, -1, 0};

	for (int first = 0; first < e->options->nsteps && best->found.last < furthest; first++)
	{
		FunnelFound found;

		if ((ask->slice->fits >> first & 1) == 0)
			continue;
		funnel_chain_range(e, ask->slice, first, &ask->range);
		funnel_find_chain(e, ask, &found);
		if (found.last <= best->found.last)
			continue;
		best->found = found;
		best->entered = true;
		range = ask->range;
	}
	ask->range = range;
	if (best->found.last >= 0)
		set_answer(e, ask, best);
}

void
funnel_search_range(FunnelEngine *e, FunnelSlice *s, uint32_t low, uint32_t high,
					FunnelBest *best)
{
	FunnelAsk	ask;

	funnel_clear_best(best);
	if (low >= high)
		return;
	if (e->options->mode == FM_UNORDERED)
	{
		funnel_unordered_range(e, s, low, high, best);
		return;
	}
	ask.slice = s;
	ask.low = low;
	ask.high = high;
	ask.exclusions = e->ignore ? 0 : ~UINT64_C(0);
	ask.gated = false;
	if (e->options->open)
	{
		search_open(e, &ask, best);
		return;
	}
	if ((s->fits & 1) == 0)
		return;
	funnel_chain_range(e, s, 0, &ask.range);
	if (e->options->drop && s->excluded != 0 && !e->ignore)
	{
		search_dropping(e, &ask, best);
		return;
	}
	funnel_find_chain(e, &ask, &best->found);
	best->entered = best->found.last >= 0;
	if (best->entered)
		set_answer(e, &ask, best);
}

/* The touchpoints at which a chain may start. */
static void
find_entries(const FunnelEngine *e, const FunnelSlice *s, uint32_t *low, uint32_t *high)
{
	uint32_t	from = funnel_find_time(s, e->options->from);
	uint32_t	to = e->options->to == INT64_MAX ? s->count :
	funnel_find_time(s, e->options->to);

	*low = from;
	*high = to;
	if (from >= to || e->options->entry == FE_BEST)
		return;
	if (e->options->entry == FE_FIRST)
		while (from < to && !funnel_is_entry(e, &s->touch[from]))
			from++;
	else
	{
		while (to > from && !funnel_is_entry(e, &s->touch[to - 1]))
			to--;
		from = to > from ? to - 1 : to;
	}
	*low = *high = from;
	if (from < to)
	{
		FunnelMoment m;

		if (!e->single)
			*low = funnel_find_time(s, s->touch[from].time);
		funnel_moment_at(e, s, *low, &m);
		*high = m.end;
	}
}

void
funnel_search_begin(FunnelEngine *e)
{
	if (e->options->mode == FM_UNORDERED)
		funnel_unordered_begin(e);
	else
		funnel_chains_begin(e);
}

void
funnel_search(const FunnelOptions *options, const JourneyView *view,
			  const FunnelHost *host, FunnelAnswer *answer)
{
	FunnelEngine e;
	FunnelBest	best;

	funnel_clear_best(&best);
	if (funnel_cut_slices(&e, options, view, host, false, 0))
	{
		funnel_search_begin(&e);
		e.many = options->drop && options->mode != FM_UNORDERED;
		for (uint32_t i = 0; i < e.nslices; i++)
		{
			FunnelSlice *s = &e.slices[i];
			FunnelBest	here;
			uint32_t	low;
			uint32_t	high;

			funnel_worked(&e, 16);
			funnel_form_moments(&e, s);
			find_entries(&e, s, &low, &high);
			funnel_search_range(&e, s, low, high, &here);
			here.entered |= best.entered;
			if (i == 0 || is_better(&here, &best))
				best = here;
			best.entered |= here.entered;
		}
	}
	*answer = best.answer;
	answer->dropped = best.entered && best.found.last < 0;
}
