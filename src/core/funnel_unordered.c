/*
 * funnel_unordered.c
 *	  Steps in any order, or in any order between anchored ones.
 *
 * From a start, T_k is the earliest time at which k different steps can be given
 * to k different touchpoints, the start among them.  Sets of touchpoints that
 * can be given different steps are the independent sets of a matroid
 * (transversal), so one greedy pass in order of time has the largest set of
 * every stretch from the start, whatever k is: take a touchpoint if an
 * augmenting path from it finds a free step.
 *
 * Anchored steps cut the steps into blocks: those before it, the anchored one,
 * those after it.  A block opens when the one before is complete; the moment in
 * which that happens may serve both, so there touchpoints already given may move
 * into the new block.  A touchpoint can be given the steps of the blocks that
 * were open in its moment.  Completing a block as early as possible leaves the
 * most for the next one, so the greedy pass is exact here too.  A touchpoint that
 * was of no use when its moment was over never is: the steps it reaches by
 * alternating paths are held by touchpoints that fit no others.
 *
 * All starts at once, where no step is anchored (other than in place) and nothing
 * is excluded: keep the largest set that is as new as possible.  A new touchpoint
 * joins if a path finds a free step; if not, it takes the place of the oldest of
 * those that its alternating paths reach, which are the ones it can replace.  By
 * the matroid's exchange property the part of this set at or after any time s is
 * a largest set of the touchpoints since s.  So how many of it lie within the
 * window is the most steps of any start, and the oldest of those is the latest
 * start that has them.  One pass: touchpoints x steps.
 *
 * Otherwise start by start: starts x touchpoints of a window x steps.  Where both
 * steps are anchored and something is excluded it matters which touchpoint of a
 * moment is the start: the start takes a step of the first block.
 *
 * Exclusions work on the positions of the one chain of a start.  X between
 * positions a and b cuts the chain off before the first position that is later
 * than X, if X is later than position a and earlier than b, or, in a chain that
 * does not come to b, than its last.  To drop: where it would cut, and in a chain
 * that does not come to b, also X after the end of the chain and within the
 * window, the start is discarded; what is left of an entry then are those of its
 * starts that have as many positions as any.
 */
#include "funnel_best.h"

/* A touchpoint that has been given a step. */
typedef struct PoolTouch
{
	uint64_t	fits;			/* steps of the blocks open in its moment */
	uint64_t	whole;			/* all steps it fits; 0: not to be moved on */
	uint32_t	moment;			/* its first touchpoint */
} PoolTouch;

struct FunnelPool
{
	uint64_t	given;
	PoolTouch	touch[FUNNEL_MAX_STEPS];	/* by step */
	int8_t		parent[FUNNEL_MAX_STEPS];	/* of a search: the step whose
											 * touchpoint reaches this one */
	uint64_t	reached;		/* steps that the last search reached */
	uint64_t	block[FUNNEL_MAX_STEPS];
	int			nblocks;
	/* the chain of one start, by position */
	int			count;
	uint32_t	moment[FUNNEL_MAX_STEPS];
	bool		used[FUNNEL_MAX_MOMENT];	/* in the current moment */
};

/* -- one set of touchpoints ------------------------------------------------------- */

/*
 * The free step at the end of an alternating path from a touchpoint that fits
 * these, -1 if there is none.
 */
static int
find_free(FunnelEngine *e, uint64_t fits)
{
	FunnelPool *p = e->pool;
	uint64_t	todo = 0;
	uint64_t	fresh = fits;
	int			from = -1;
	int			units = 1;

	p->reached = 0;
	for (;;)
	{
		uint64_t	ends = fresh & ~p->given;

		fresh &= ~p->reached;
		p->reached |= fresh;
		if (ends != 0)
		{
			int			k = __builtin_ctzll(ends);

			p->parent[k] = from;
			funnel_worked(e, units);
			return k;
		}
		todo |= fresh;
		for (; fresh != 0; fresh &= fresh - 1)
			p->parent[__builtin_ctzll(fresh)] = from;
		if (todo == 0)
			break;
		from = __builtin_ctzll(todo);
		todo &= todo - 1;
		fresh = p->touch[from].fits;
		units++;
	}
	funnel_worked(e, units);
	return -1;
}

/* Move touchpoints along the path that ends at step k; the new one comes in. */
static void
shift(FunnelPool *p, int k, const PoolTouch *touch)
{
	p->given |= funnel_bit(k);
	for (; p->parent[k] >= 0; k = p->parent[k])
		p->touch[k] = p->touch[p->parent[k]];
	p->touch[k] = *touch;
}

static bool
add_touch(FunnelEngine *e, uint64_t fits, uint64_t whole, uint32_t moment)
{
	PoolTouch	touch = {fits, whole, moment};
	int			k = fits == 0 ? -1 : find_free(e, fits);

	if (k < 0)
		return false;
	shift(e->pool, k, &touch);
	return true;
}

/* -- the chain of one start --------------------------------------------------------- */

/*
 * Take what can be taken of a moment, opening blocks as they fill.  *block is
 * the last open one.
 */
static void
take_moment(FunnelEngine *e, const FunnelMoment *m, int *block)
{
	FunnelPool *p = e->pool;
	uint64_t	open = p->block[*block];

	memset(p->used, 0, m->count);
	for (;;)
	{
		for (uint32_t i = 0; i < m->count; i++)
		{
			if (p->used[i] ||
				!add_touch(e, m->touch[i].fits & open, m->touch[i].fits, m->begin))
				continue;
			p->used[i] = true;
			p->moment[p->count++] = m->begin;
		}
		if ((p->block[*block] & ~p->given) != 0 || *block + 1 == p->nblocks)
			return;
		++*block;
		open |= p->block[*block];
		for (uint64_t k = p->given; k != 0; k &= k - 1)
		{
			PoolTouch  *t = &p->touch[__builtin_ctzll(k)];

			if (t->moment == m->begin)
				t->fits |= t->whole & p->block[*block];
		}
	}
}

/*
 * The chain of the moment that begins here.  `forced` is a touchpoint that is
 * to be the start, FUNNEL_MAX_MOMENT if any may be.
 */
static void
follow_start(FunnelEngine *e, const FunnelSlice *s, uint32_t begin, uint32_t forced)
{
	FunnelPool *p = e->pool;
	int			block = 0;
	uint64_t	wanted = 0;
	FunnelMoment m;

	/* nothing more is found after these */
	for (int b = 0; b < p->nblocks; b++)
	{
		wanted |= p->block[b] & s->fits;
		if ((p->block[b] & ~s->fits) != 0)
			break;
	}
	p->given = 0;
	p->count = 0;
	for (uint32_t i = begin; i < s->count && p->given != wanted; i = m.end)
	{
		funnel_moment_at(e, s, i, &m);
		funnel_worked(e, m.end - i);
		if (funnel_span(s->touch[begin].time, m.time) > e->options->within)
			break;
		if (i == begin && forced != FUNNEL_MAX_MOMENT)
		{
			FunnelTouch start = m.touch[forced];

			/* it stays in the first block, and is gone from the others */
			add_touch(e, start.fits & p->block[0], 0, i);
			p->moment[p->count++] = i;
			s->touch[i + forced].fits = 0;
			take_moment(e, &m, &block);
			s->touch[i + forced].fits = start.fits;
		}
		else
			take_moment(e, &m, &block);
		if (p->count == 0)
			break;
	}
}

/*
 * What exclusions leave of the chain: cuts p->count, or returns false if the
 * start is discarded.
 */
static bool
apply_exclusions(FunnelEngine *e, const FunnelSlice *s)
{
	FunnelPool *p = e->pool;
	const FunnelOptions *o = e->options;
	int			whole = p->count;
	uint32_t	end = p->moment[whole - 1]; /* X must be before it */
	uint64_t	waiting = s->excluded;

	for (int x = 0; x < o->nexclusions; x++)
		if (o->exclusions[x].after > whole)
			waiting &= ~funnel_bit(x);
	if (o->drop)
		end = funnel_window_end(e, s, s->touch[p->moment[0]].time);
	for (uint32_t i = p->moment[0] + 1; i < end && waiting != 0; i++)
	{
		funnel_worked(e, 1);
		for (uint64_t m = waiting & s->touch[i].excluded; m != 0; m &= m - 1)
		{
			const FunnelExclusion *x = &o->exclusions[__builtin_ctzll(m)];
			int			left = 0;

			if (i <= p->moment[x->after - 1])
				continue;
			waiting &= ~(m & -m);
			if (x->before <= whole && i >= p->moment[x->before - 1])
				continue;
			if (o->drop)
				return false;
			while (left < p->count && p->moment[left] <= i)
				left++;
			p->count = left;
		}
	}
	return true;
}

/* Is this chain better than the best one?  Starts come in their order. */
static bool
is_better(const FunnelPool *p, const FunnelBest *best)
{
	int			last = p->count - 1;

	if (last != best->found.last)
		return last > best->found.last;
	if (p->moment[last] != best->found.end)
		return p->moment[last] < best->found.end;
	if (p->moment[0] != best->found.start)
		return true;
	for (int k = 1; k < last; k++)
		if (p->moment[k] != best->at[k])
			return p->moment[k] < best->at[k];
	return false;
}

/* The chain as an answer. */
static void
set_answer(FunnelEngine *e, const FunnelSlice *s, FunnelBest *best)
{
	FunnelPool *p = e->pool;
	uint64_t	left = p->given;

	best->found.last = p->count - 1;
	best->found.start = p->moment[0];
	best->found.end = p->moment[p->count - 1];
	best->answer.taken = funnel_bits(0, p->count - 1);
	for (int k = 0; k < p->count; k++)
	{
		best->at[k] = p->moment[k];
		best->answer.times[k] = s->touch[p->moment[k]].time;
	}

	/* by moment, block and number; what was cut off is later */
	for (int k = 0, block = 0; left != 0; k++)
	{
		uint64_t	of_block;
		int			first = -1;

		while ((left & p->block[block]) == 0)
			block++;
		of_block = left & p->block[block];
		for (; of_block != 0; of_block &= of_block - 1)
		{
			int			step = __builtin_ctzll(of_block);

			if (first < 0 || p->touch[step].moment < p->touch[first].moment)
				first = step;
		}
		best->answer.step_at[k] = first;
		left &= ~funnel_bit(first);
	}
}

/* -- all starts at once --------------------------------------------------------------- */

/* The largest set that is as new as possible, with one more touchpoint. */
static void
renew_set(FunnelEngine *e, uint64_t fits, uint32_t at)
{
	FunnelPool *p = e->pool;
	PoolTouch	touch = {fits, fits, at};
	int			k = find_free(e, fits);

	if (k < 0)
	{
		for (uint64_t m = p->reached; m != 0; m &= m - 1)
		{
			int			other = __builtin_ctzll(m);

			if (k < 0 || p->touch[other].moment < p->touch[k].moment)
				k = other;
		}
	}
	shift(p, k, &touch);
}

/*
 * The latest start, among touchpoints low <= i < high, of those that come
 * furthest and are complete first: the touchpoint where it begins, or
 * FUNNEL_NO_SLICE.
 */
static uint32_t
find_start(FunnelEngine *e, const FunnelSlice *s, uint32_t low, uint32_t high)
{
	FunnelPool *p = e->pool;
	int			most = 0;
	int			possible = __builtin_popcountll(s->fits & e->all);
	uint32_t	latest = FUNNEL_NO_SLICE;	/* start before `high` */
	uint32_t	best = FUNNEL_NO_SLICE;
	FunnelMoment m;

	p->given = 0;
	for (uint32_t i = low; i < s->count && most < possible; i = m.end)
	{
		uint32_t	oldest;
		int			count = 0;

		funnel_moment_at(e, s, i, &m);
		funnel_worked(e, m.end - i);
		if (i < high && m.fits != 0)
			latest = i;
		if (latest == FUNNEL_NO_SLICE)
			continue;
		if (i >= high && funnel_span(s->touch[latest].time, m.time) > e->options->within)
			break;
		for (uint32_t t = 0; t < m.count; t++)
			if (m.touch[t].fits != 0)
				renew_set(e, m.touch[t].fits, i);
		oldest = latest;
		for (uint64_t k = p->given; k != 0; k &= k - 1)
		{
			uint32_t	at = p->touch[__builtin_ctzll(k)].moment;

			if (funnel_span(s->touch[at].time, m.time) > e->options->within)
				continue;
			count++;
			if (at < oldest)
				oldest = at;
		}
		if (count > most)
		{
			most = count;
			best = oldest;
		}
	}
	return best;
}

/* -- both ---------------------------------------------------------------------------- */

/*
 * One start, with what exclusions do to it.  A chain shorter than `least` is not
 * looked at.
 */
static void
try_start(FunnelEngine *e, const FunnelSlice *s, uint32_t begin, uint32_t forced,
		  int least, bool exclude, FunnelBest *best)
{
	follow_start(e, s, begin, forced);
	if (e->pool->count < least)
		return;
	best->entered = true;
	if (exclude && !apply_exclusions(e, s))
		return;
	if (is_better(e->pool, best))
		set_answer(e, s, best);
}

void
funnel_unordered_begin(FunnelEngine *e)
{
	FunnelPool *p;
	uint64_t	anchored = e->options->anchored & e->all;

	if (e->pool != NULL)
		return;
	e->pool = p = e->host->allocate(sizeof(FunnelPool));
	p->nblocks = 0;
	for (int k = 0; k < e->options->nsteps;)
	{
		int			end = k + 1;

		if ((anchored >> k & 1) == 0)
			while (end < e->options->nsteps && (anchored >> end & 1) == 0)
				end++;
		p->block[p->nblocks++] = funnel_bits(k, end - 1);
		k = end;
	}
}

void
funnel_unordered_range(FunnelEngine *e, FunnelSlice *s, uint32_t low, uint32_t high,
					   FunnelBest *best)
{
	bool		exclude = s->excluded != 0 && !e->ignore;
	int			least = 1;
	FunnelMoment m;

	if (e->pool->nblocks == 1 && !exclude)
	{
		uint32_t	begin = find_start(e, s, low, high);

		if (begin != FUNNEL_NO_SLICE)
			try_start(e, s, begin, FUNNEL_MAX_MOMENT, 1, false, best);
		return;
	}
	for (uint32_t i = low; i < high; i = m.end)
	{
		funnel_moment_at(e, s, i, &m);
		funnel_worked(e, m.end - i);
		if (best->found.last == e->options->nsteps - 1 && i > best->found.end)
			break;
		if ((m.fits & e->entering) == 0)
			continue;
		if (!exclude || e->pool->nblocks == 1 || m.count == 1)
		{
			try_start(e, s, i, FUNNEL_MAX_MOMENT, 1, exclude, best);
			continue;
		}
		if (e->options->drop)
		{
			/* of an entry that may be discarded only the longest count */
			follow_start(e, s, i, FUNNEL_MAX_MOMENT);
			least = e->pool->count;
		}
		for (uint32_t t = 0; t < m.count; t++)
			if ((m.touch[t].fits & e->entering) != 0 &&
				(t == 0 || m.touch[t].fits != m.touch[t - 1].fits))
				try_start(e, s, i, t, least, true, best);
	}
}
