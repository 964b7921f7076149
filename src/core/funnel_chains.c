/*
 * funnel_chains.c
 *	  The best chain through steps in their order: one walk over the moments.
 *
 * For each step k keep value[k], the latest start of a chain whose last step is
 * k, among the moments so far.  (Moments are compared by their place in the
 * slice, so that stored ties are in their order; windows look at times.)  At a
 * moment of time t, for every way to take
 * steps f..k there (funnel_ties.c) and every step l that f may follow (f - 1,
 * and further back over optional steps)
 *
 *		value[k] = max(value[k], value[l])	if t - value[l] <= within
 *		value[k] = t						if f is the first step
 *
 * for k from high to low, so that what is read is as it was before the moment.
 *
 * Why the latest start is all that must be remembered: what a chain can do from
 * here on depends on its last step, on its start, through the window alone, and
 * on whether it is spoiled, which is settled at once (below).  Of two chains
 * with the same last step the one that starts later can do whatever the other
 * can.  If the step that follows has a window of its own, it also depends on
 * the time u of the last step, and a later u is better: then of all pairs (u,
 * start) those that no other pair beats in both are kept.  As u grows their
 * starts fall, so each new pair removes those behind it that it beats; the
 * best one for a step is the first whose u is near enough, found by binary
 * search.
 *
 * Strict modes: only chains whose last step is in the moment just before can go
 * on, so the values of a moment replace all others; and of a chain that came
 * from an earlier moment and goes on, all touchpoints of this one are used.
 *
 * Exclusions.  X between steps a and b ends the chains whose last step is in
 * a..b-1 and lies before X: those values are removed at the moment of X, after
 * it has used them.  A chain that comes there with a last step of a or more and
 * takes one below b has arrived, but its time A is before X: it counts, and
 * does not go on.
 *
 * The first time that the furthest step is reached gives the end; the latest
 * start of those that reach it then is the start.
 *
 * The times in between: only moments from start to end are walked.  First
 * backwards: goes[i] are the steps k such that a chain that took k as its last
 * one in moment i can still be completed at the end; what must be known is, for
 * each l and f, the next moment at which a chain at l can take f and be
 * completed.  Then forwards, each step at the earliest moment at which it can be
 * taken so that the rest can be completed.
 *
 * The walk is over when the last step is reached, when no chain can go on and
 * none starts any more, and, where it is known, when nothing that comes fits a
 * step beyond the furthest.
 *
 * Cost: moments x steps for moments of one touchpoint; each optional step adds
 * a predecessor to the one that follows it; funnel_ties.c for larger ones.
 * Windows of single steps add a binary search.  Memory: 24 bytes a touchpoint
 * in the slice; 8 more of those from start to end for the times in between; 8 of
 * those whose step may still be followed, where a single step has a window.
 */
#include "funnel_chains.h"

/* A chain that may go on: the moments of its last step and of its start. */
typedef struct ChainPair
{
	uint32_t	last;
	uint32_t	start;
} ChainPair;

/* Pairs with growing last and falling start. */
typedef struct ChainQueue
{
	ChainPair  *pairs;
	uint32_t	head;
	uint32_t	tail;
	uint32_t	size;
} ChainQueue;

struct FunnelChains
{
	/* by step */
	uint64_t	before[FUNNEL_MAX_STEPS];	/* steps it may follow */
	uint64_t	after[FUNNEL_MAX_STEPS];	/* the other way round */
	uint64_t	limit[FUNNEL_MAX_STEPS];	/* from the step before */
	uint64_t	dated;			/* steps of which the time must be known */
	const FunnelTouch *touch;	/* of the slice */
	/* walk */
	uint64_t	alive;			/* steps with a value */
	uint32_t	value[FUNNEL_MAX_STEPS];
	uint32_t	previous;		/* strict: the moment before */
	ChainQueue	queue[FUNNEL_MAX_STEPS];
	FunnelMoves moves;
	/* times in between */
	uint64_t	live[FUNNEL_MAX_STEPS]; /* by l: steps f to take next */
	uint32_t	next[FUNNEL_MAX_STEPS][FUNNEL_MAX_STEPS];	/* by l, f: where */
	uint64_t   *goes;
	uint32_t	room;			/* entries of it */
};

void
funnel_chains_begin(FunnelEngine *e)
{
	funnel_ties_begin(e);
	if (e->chains != NULL)
		return;
	e->chains = e->host->allocate(sizeof(FunnelChains));
	memset(e->chains->queue, 0, sizeof(e->chains->queue));
	e->chains->room = 0;
}

void
funnel_chain_range(const FunnelEngine *e, const FunnelSlice *s, int first,
				   FunnelRange *range)
{
	range->first = first;
	range->last = first - 1;
	range->optional = e->options->optional & e->all;
	for (int k = first; k < e->options->nsteps; k++)
	{
		if ((s->fits >> k & 1) != 0)
			range->last = k;
		else if (k == first || (range->optional >> k & 1) == 0)
			break;
	}
}

static void
begin_ask(FunnelEngine *e, const FunnelSlice *s, const FunnelRange *range)
{
	FunnelChains *c = e->chains;
	const FunnelOptions *o = e->options;

	c->touch = s->touch;
	c->alive = 0;
	c->dated = 0;
	for (int k = range->first; k <= range->last; k++)
	{
		c->limit[k] = o->step_within != NULL ? o->step_within[k] : FUNNEL_NO_LIMIT;
		c->before[k] = 0;
		c->after[k] = 0;
		c->queue[k].head = c->queue[k].tail = 0;
		for (int l = k - 1; l >= range->first; l--)
		{
			c->before[k] |= funnel_bit(l);
			c->after[l] |= funnel_bit(k);
			if (l == range->first || (range->optional >> l & 1) == 0)
				break;
		}
		if (c->limit[k] != FUNNEL_NO_LIMIT && !e->strict)
			c->dated |= c->before[k];
	}
}

/* The steps of a range that may be taken at the moment that begins here. */
static inline FunnelRange
gated_range(const FunnelAsk *ask, FunnelRange range, uint32_t begin)
{
	if (ask->gated)
		while (range.last >= range.first && ask->gate[range.last] > begin)
			range.last--;
	return range;
}

/*
 * Can a chain get further than this step at touchpoint i or after?  The first
 * step that it takes beyond is one that may follow this one.
 */
static inline bool
can_get_further(const FunnelEngine *e, const FunnelSlice *s, int last, uint32_t i)
{
	if (s->last_fit == NULL || last < 0)
		return true;
	for (uint64_t m = e->chains->after[last]; m != 0; m &= m - 1)
		if (s->last_fit[__builtin_ctzll(m)] > i)
			return true;
	return false;
}

/* -- pairs ------------------------------------------------------------------- */

/* Can no step follow this pair at a time t or later? */
static bool
pair_is_over(const FunnelEngine *e, int l, const ChainPair *p, int64_t t)
{
	const FunnelChains *c = e->chains;

	if (funnel_span(c->touch[p->start].time, t) > e->options->within)
		return true;
	for (uint64_t m = c->after[l]; m != 0; m &= m - 1)
		if (funnel_span(c->touch[p->last].time, t) <= c->limit[__builtin_ctzll(m)])
			return false;
	return true;
}

static void
queue_push(FunnelEngine *e, int l, uint32_t last, uint32_t start)
{
	ChainQueue *q = &e->chains->queue[l];
	int64_t		time = e->chains->touch[last].time;

	while (q->head < q->tail && pair_is_over(e, l, &q->pairs[q->head], time))
		q->head++;
	while (q->head < q->tail && q->pairs[q->tail - 1].start <= start)
		q->tail--;
	if (q->head == q->tail)
		q->head = q->tail = 0;
	if (q->tail == q->size)
	{
		uint32_t	count = q->tail - q->head;

		if (q->head >= q->size / 2 && q->size > 0)
			memmove(q->pairs, q->pairs + q->head, count * sizeof(ChainPair));
		else
		{
			uint32_t	size = q->size > 0 ? q->size * 2 : 16;
			ChainPair  *pairs = e->host->allocate((size_t) size * sizeof(ChainPair));

			if (count > 0)
				memcpy(pairs, q->pairs + q->head, count * sizeof(ChainPair));
			q->pairs = pairs;
			q->size = size;
		}
		q->head = 0;
		q->tail = count;
		funnel_worked(e, count / 8);
	}
	q->pairs[q->tail].last = last;
	q->pairs[q->tail++].start = start;
}

/* -- walk -------------------------------------------------------------------- */

/* The latest start of a chain at step l that can take step f at time t. */
static inline bool
start_of(const FunnelEngine *e, int l, int f, int64_t t, uint32_t *start)
{
	const FunnelChains *c = e->chains;

	if ((c->alive >> l & 1) == 0)
		return false;
	if ((c->dated >> l & 1) != 0)
	{
		const ChainQueue *q = &c->queue[l];
		uint32_t	low = q->head;
		uint32_t	high = q->tail;

		while (low < high)
		{
			uint32_t	middle = low + (high - low) / 2;

			if (funnel_span(c->touch[q->pairs[middle].last].time, t) > c->limit[f])
				low = middle + 1;
			else
				high = middle;
		}
		if (low == q->tail)
			return false;
		*start = q->pairs[low].start;
	}
	else
	{
		if (e->strict && funnel_span(c->touch[c->previous].time, t) > c->limit[f])
			return false;
		*start = c->value[l];
	}
	return funnel_span(c->touch[*start].time, t) <= e->options->within;
}

/* A chain of this start takes step k in the moment that begins at t. */
static inline void
set_value(FunnelEngine *e, int k, uint32_t t, uint32_t start)
{
	FunnelChains *c = e->chains;

	if ((c->dated >> k & 1) != 0)
		queue_push(e, k, t, start);
	else if ((c->alive >> k & 1) == 0 || start > c->value[k])
		c->value[k] = start;
	c->alive |= funnel_bit(k);
}

static inline void
drop_value(FunnelEngine *e, int k)
{
	e->chains->alive &= ~funnel_bit(k);
	e->chains->queue[k].head = e->chains->queue[k].tail = 0;
}

/* The latest starts of chains that take step k as the last one of a moment. */
typedef struct Arrival
{
	bool		arrives;
	bool		leaves;			/* some of them can go on */
	uint32_t	arriving;
	uint32_t	leaving;
} Arrival;

static inline void
arrive(Arrival *a, uint32_t start, bool leaves)
{
	if (!a->arrives || start > a->arriving)
		a->arriving = start;
	a->arrives = true;
	if (leaves && (!a->leaves || start > a->leaving))
	{
		a->leaving = start;
		a->leaves = true;
	}
}

/* All ways to come to step k, by its first steps. */
static inline void
find_arrival(const FunnelEngine *e, const FunnelMoment *m, uint64_t excluded, int first,
			 int k, bool starts, Arrival *a)
{
	const FunnelChains *c = e->chains;

	a->arrives = a->leaves = false;
	for (uint64_t fs = c->moves.any[k]; fs != 0; fs &= fs - 1)
	{
		int			f = __builtin_ctzll(fs);
		bool		passes = !e->strict || (c->moves.all[k] >> f & 1) != 0;

		if (f == first)
		{
			if (starts)
				arrive(a, m->begin, true);
			continue;
		}
		for (uint64_t ls = c->before[f] & c->alive; ls != 0; ls &= ls - 1)
		{
			int			l = __builtin_ctzll(ls);
			uint32_t	start;

			if (start_of(e, l, f, m->time, &start))
				arrive(a, start, passes && (excluded == 0 || !funnel_spoils(e, excluded, l, k)));
		}
	}
}

void
funnel_find_chain(FunnelEngine *e, const FunnelAsk *ask, FunnelFound *found)
{
	FunnelChains *c = e->chains;
	FunnelSlice *s = ask->slice;
	FunnelRange range = ask->range;
	uint32_t	newest = 0;		/* start */
	FunnelMoment m;

	found->last = -1;
	found->start = found->end = 0;
	if (range.last < range.first)
		return;
	begin_ask(e, s, &range);
	for (uint32_t i = ask->low; i < s->count; i = m.end)
	{
		bool		starts = i < ask->high;
		uint64_t	excluded;
		uint64_t	spoiled;
		uint64_t	gone;
		uint64_t	firsts;

		if (!starts && (c->alive == 0 ||
						funnel_span(s->touch[newest].time, s->touch[i].time) > e->options->within))
			break;
		if (found->last == ask->range.last || !can_get_further(e, s, found->last, i))
			break;
		funnel_moment_at(e, s, i, &m);
		funnel_worked(e, m.end - i);
		excluded = m.excluded & ask->exclusions;
		spoiled = excluded != 0 ? funnel_spoiled(e, excluded) : 0;
		gone = spoiled | (e->strict && m.count > 0 ? c->alive : 0);

		/* steps that can be the first one of this moment */
		firsts = starts ? funnel_bit(range.first) : 0;
		for (uint64_t ls = c->alive; ls != 0; ls &= ls - 1)
			firsts |= c->after[__builtin_ctzll(ls)];
		firsts &= m.fits;
		if (ask->gated)
		{
			range = gated_range(ask, ask->range, i);
			firsts &= funnel_bits(range.first, range.last);
		}
		if (firsts == 0)
			c->moves.lasts = 0;
		else
			funnel_find_moves(e, &m, &range, firsts, &c->moves);

		for (uint64_t todo = c->moves.lasts | (gone & c->alive); todo != 0;)
		{
			int			k = 63 - __builtin_clzll(todo);
			Arrival		a = {false, false, 0, 0};

			todo ^= funnel_bit(k);
			if ((c->moves.lasts >> k & 1) != 0)
				find_arrival(e, &m, excluded, range.first, k, starts, &a);
			if ((gone >> k & 1) != 0)
				drop_value(e, k);
			if (!a.arrives)
				continue;
			if (k > found->last)
			{
				found->last = k;
				found->start = a.arriving;
				found->end = i;
			}
			if (a.leaves)
			{
				set_value(e, k, i, a.leaving);
				if (newest < a.leaving)
					newest = a.leaving;
			}
		}
		if (m.count > 0)
			c->previous = i;
	}
}

/* -- the times in between ------------------------------------------------------ */

/* What both directions share. */
typedef struct Follow
{
	FunnelEngine *e;
	const FunnelAsk *ask;
	const FunnelFound *found;
	FunnelRange range;
	uint32_t	end;			/* of the last moment */
} Follow;

/*
 * Having come from step l and taken k as the last step of this moment: is or
 * can the chain be completed?
 */
static inline bool
completes(const Follow *w, const FunnelMoment *m, int l, int k, bool all)
{
	const FunnelEngine *e = w->e;
	uint64_t	excluded = m->excluded & w->ask->exclusions;

	if (k == w->found->last && m->begin == w->found->end)
		return true;
	return (e->chains->goes[m->begin - w->found->start] >> k & 1) != 0 &&
		(all || !e->strict) && (excluded == 0 || !funnel_spoils(e, excluded, l, k));
}

/* The steps of this moment from which a chain can be completed after it. */
static uint64_t
leaving_steps(const FunnelEngine *e, const FunnelSlice *s, const FunnelMoment *m)
{
	const FunnelChains *c = e->chains;
	uint64_t	steps = 0;

	for (uint64_t ls = m->fits; ls != 0; ls &= ls - 1)
	{
		int			l = __builtin_ctzll(ls);

		for (uint64_t fs = c->live[l]; fs != 0; fs &= fs - 1)
		{
			int			f = __builtin_ctzll(fs);

			if (funnel_span(m->time, s->touch[c->next[l][f]].time) <= c->limit[f])
			{
				steps |= funnel_bit(l);
				break;
			}
		}
	}
	return steps;
}

static void
walk_back(Follow *w)
{
	FunnelEngine *e = w->e;
	FunnelChains *c = e->chains;
	const FunnelSlice *s = w->ask->slice;
	FunnelRange range = w->range;
	FunnelMoment m;

	memset(c->live, 0, sizeof(c->live));
	for (uint32_t end = w->end; end > w->found->start; end = m.begin)
	{
		uint64_t	fresh[FUNNEL_MAX_STEPS];
		uint64_t	steps = 0;	/* of which fresh[] is set */
		uint64_t	excluded;

		funnel_moment_at(e, s, funnel_moment_before(e, s, end), &m);
		funnel_worked(e, m.end - m.begin);
		excluded = m.excluded & w->ask->exclusions;
		c->goes[m.begin - w->found->start] = leaving_steps(e, s, &m);
		range = gated_range(w->ask, w->range, m.begin);
		funnel_find_moves(e, &m, &range, ~UINT64_C(0), &c->moves);

		for (uint64_t ks = c->moves.lasts; ks != 0; ks &= ks - 1)
		{
			int			k = __builtin_ctzll(ks);

			for (uint64_t fs = c->moves.any[k]; fs != 0; fs &= fs - 1)
			{
				int			f = __builtin_ctzll(fs);
				bool		all = (c->moves.all[k] >> f & 1) != 0;

				for (uint64_t ls = c->before[f]; ls != 0; ls &= ls - 1)
				{
					int			l = __builtin_ctzll(ls);

					if (!completes(w, &m, l, k, all))
						continue;
					if ((steps >> l & 1) == 0)
						fresh[l] = 0;
					steps |= funnel_bit(l);
					fresh[l] |= funnel_bit(f);
				}
			}
		}

		if (e->strict && m.count > 0)
			for (int l = w->range.first; l <= w->range.last; l++)
				c->live[l] = 0;
		for (uint64_t ls = funnel_spoiled(e, excluded); ls != 0; ls &= ls - 1)
			c->live[__builtin_ctzll(ls)] = 0;
		for (; steps != 0; steps &= steps - 1)
		{
			int			l = __builtin_ctzll(steps);

			c->live[l] |= fresh[l];
			for (uint64_t fs = fresh[l]; fs != 0; fs &= fs - 1)
				c->next[l][__builtin_ctzll(fs)] = m.begin;
		}
	}
}

/* Where the chain is, going forwards. */
typedef struct Position
{
	uint32_t	begin;			/* the moment */
	int			step;			/* the last one taken */
	int			from;			/* the last one taken before this moment, or
								 * -1 */
	uint64_t	taken;			/* in this moment */
} Position;

/* Step f in the same moment, if the chain can be completed then. */
static bool
take_here(const Follow *w, Position *p, int f)
{
	FunnelMoment m;
	uint64_t	lasts;
	uint64_t	all;
	FunnelRange range;

	funnel_moment_at(w->e, w->ask->slice, p->begin, &m);
	if (m.count < 2 || (m.fits >> f & 1) == 0)
		return false;
	range = gated_range(w->ask, w->range, m.begin);
	lasts = funnel_find_lasts(w->e, &m, &range, p->taken, f, &all);
	for (; lasts != 0; lasts &= lasts - 1)
	{
		int			k = __builtin_ctzll(lasts);

		/* a chain that starts here leaves others before it, spoils nothing */
		if (p->from < 0 ?
			(k == w->found->last && m.begin == w->found->end) ||
			(w->e->chains->goes[m.begin - w->found->start] >> k & 1) != 0 :
			completes(w, &m, p->from, k, (all >> k & 1) != 0))
		{
			p->step = f;
			p->taken |= funnel_bit(f);
			return true;
		}
	}
	return false;
}

/* Can the chain go on after this moment, having taken what it has? */
static bool
can_leave(const Follow *w, const Position *p)
{
	const FunnelEngine *e = w->e;
	FunnelMoment m;
	uint64_t	excluded;

	if (e->single)
		return true;
	funnel_moment_at(e, w->ask->slice, p->begin, &m);
	excluded = m.excluded & w->ask->exclusions;
	return p->from < 0 ||
		((!e->strict || (uint32_t) __builtin_popcountll(p->taken) == m.count) &&
		 (excluded == 0 || !funnel_spoils(e, excluded, p->from, p->step)));
}

/*
 * Can the chain take step f in this moment, coming from an earlier one, and be
 * completed?
 */
static bool
can_enter(const Follow *w, const FunnelMoment *m, const Position *p, int f)
{
	FunnelRange range;
	uint64_t	lasts;
	uint64_t	all;

	if ((m->fits >> f & 1) == 0 ||
		funnel_span(w->ask->slice->touch[p->begin].time, m->time) > w->e->chains->limit[f])
		return false;
	range = gated_range(w->ask, w->range, m->begin);
	lasts = funnel_find_lasts(w->e, m, &range, 0, f, &all);
	for (; lasts != 0; lasts &= lasts - 1)
	{
		int			k = __builtin_ctzll(lasts);

		if (completes(w, m, p->step, k, (all >> k & 1) != 0))
			return true;
	}
	return false;
}

/* Step f at the earliest moment after this one at which it can be taken. */
static bool
take_later(const Follow *w, Position *p, int f)
{
	FunnelEngine *e = w->e;
	FunnelMoment m;

	if (!can_leave(w, p))
		return false;
	funnel_moment_at(e, w->ask->slice, p->begin, &m);
	for (uint32_t i = m.end; i < w->end; i = m.end)
	{
		funnel_moment_at(e, w->ask->slice, i, &m);
		funnel_worked(e, m.end - i);
		if (can_enter(w, &m, p, f))
		{
			p->begin = i;
			p->from = p->step;
			p->step = f;
			p->taken = funnel_bit(f);
			return true;
		}
		if ((e->strict && m.count > 0) ||
			(funnel_spoiled(e, m.excluded & w->ask->exclusions) >> p->step & 1) != 0)
			break;
	}
	return false;
}

static void
make_room(FunnelEngine *e, uint32_t count)
{
	FunnelChains *c = e->chains;
	uint32_t	room = c->room;

	if (count <= room)
		return;
	room = room < 32 ? 64 : 2 * room;
	if (room < count)
		room = count;
	c->goes = e->host->allocate((size_t) room * sizeof(uint64_t));
	c->room = room;
}

uint64_t
funnel_follow_chain(FunnelEngine *e, const FunnelAsk *ask, const FunnelFound *found,
					uint32_t *at)
{
	int			first = ask->range.first;
	uint64_t	taken = funnel_bit(first) | funnel_bit(found->last);
	Follow		w;
	Position	p;
	FunnelMoment m;

	at[first] = found->start;
	at[found->last] = found->end;
	if (found->last <= first + 1)
		return taken;

	w.e = e;
	w.ask = ask;
	w.found = found;
	w.range = ask->range;
	w.range.last = found->last;
	funnel_moment_at(e, ask->slice, found->end, &m);
	w.end = m.end;
	make_room(e, w.end - found->start);
	begin_ask(e, ask->slice, &w.range);
	walk_back(&w);
	p.begin = found->start;
	p.step = first;
	p.from = -1;
	p.taken = funnel_bit(first);
	for (int f = first + 1; f <= found->last; f++)
	{
		if (!take_here(&w, &p, f) && !take_later(&w, &p, f))
			continue;
		taken |= funnel_bit(f);
		at[f] = p.begin;
	}
	return taken;
}
