/*
 * funnel_attempts.c
 *	  One attempt after the other.
 *
 * Each attempt is a search of its own that starts at one time, so what it can
 * do is what funnel_search says of a journey with this entry alone.  What ended
 * it is read from its chain: it has come to its end, or an exclusion that the
 * chain had not passed is in the rest of its window, or the window or the
 * session was over.
 *
 * With a held channel the entries of all channels are merged by a heap of the
 * channels by their next entry.
 *
 * Cost: for totals and sessions that of the walk, each touchpoint being looked
 * at for as many attempts as have it in their window: mostly one.  For entries
 * the sum over entries of the touchpoints in their windows.
 */
#include "funnel_attempts.h"
#include "funnel_best.h"

/* Where a channel is. */
typedef struct ChannelPlace
{
	uint32_t	slice;			/* FUNNEL_NO_SLICE: no more entries */
	uint32_t	low;			/* its next entry: touchpoints low <= i < high */
	uint32_t	high;
	int64_t		time;
} ChannelPlace;

struct FunnelAttempts
{
	FunnelEngine e;
	FunnelOptions options;
	FunnelCount count;
	uint64_t	session_timeout;
	int64_t		as_of;
	ChannelPlace *places;
	uint32_t   *heap;			/* of places */
	uint32_t	nheap;
	FunnelBest	best;
};

/* -- entries ------------------------------------------------------------------- */

/* The next entry at touchpoint `low` or after it, in this slice or a later one. */
static void
find_entry(FunnelAttempts *a, ChannelPlace *p, uint32_t low)
{
	FunnelEngine *e = &a->e;

	while (p->slice != FUNNEL_NO_SLICE)
	{
		FunnelSlice *s = &e->slices[p->slice];
		uint32_t	from;

		funnel_form_moments(e, s);
		from = funnel_find_time(s, a->options.from);
		for (uint32_t i = low > from ? low : from; i < s->count; i++)
		{
			int64_t		time = s->touch[i].time;

			if (a->options.to != INT64_MAX && time >= a->options.to)
			{
				p->slice = FUNNEL_NO_SLICE;
				return;
			}
			funnel_worked(e, 1);
			if (!funnel_is_entry(e, &s->touch[i]))
				continue;
			p->low = e->single ? i : funnel_find_time(s, time);
			p->high = e->single ? i + 1 : funnel_find_after(s, time);
			p->time = time;
			return;
		}
		p->slice = s->next;
		low = 0;
	}
}

static void
skip_slice(FunnelAttempts *a, ChannelPlace *p)
{
	p->slice = a->e.slices[p->slice].next;
	find_entry(a, p, 0);
}

/* -- heap ------------------------------------------------------------------------ */

static bool
is_before(const FunnelAttempts *a, uint32_t x, uint32_t y)
{
	const ChannelPlace *p = &a->places[x];
	const ChannelPlace *q = &a->places[y];

	return p->time != q->time ? p->time < q->time : x < y;
}

/* The place at the top has a new entry, or none. */
static void
sift_down(FunnelAttempts *a, uint32_t i)
{
	uint32_t	place = a->heap[i];

	for (;;)
	{
		uint32_t	child = 2 * i + 1;

		if (child >= a->nheap)
			break;
		if (child + 1 < a->nheap && is_before(a, a->heap[child + 1], a->heap[child]))
			child++;
		if (!is_before(a, a->heap[child], place))
			break;
		a->heap[i] = a->heap[child];
		i = child;
	}
	a->heap[i] = place;
}

/* -- what became of it ------------------------------------------------------------ */

/*
 * The earliest exclusion after the first step in a..b-1 of this chain, up to
 * step b if it came there, otherwise to the end of the window: the touchpoint
 * where its moment begins, or FUNNEL_NO_SLICE.
 */
static uint32_t
find_exclusion(FunnelAttempts *a, const FunnelSlice *s, const FunnelBest *best)
{
	const FunnelOptions *o = &a->options;
	FunnelEngine *e = &a->e;
	uint32_t	window = funnel_window_end(e, s, s->touch[best->found.start].time);
	uint32_t	first = FUNNEL_NO_SLICE;

	for (int x = 0; x < o->nexclusions; x++)
	{
		uint64_t	in = best->answer.taken & e->span[x];
		uint64_t	past = best->answer.taken & ~funnel_bits(0, o->exclusions[x].before - 2);
		uint32_t	end = past != 0 ? best->at[__builtin_ctzll(past)] : window;

		if (in == 0 || (s->excluded >> x & 1) == 0)
			continue;
		for (uint32_t i = best->at[__builtin_ctzll(in)] + 1; i < end && i < first; i++)
		{
			funnel_worked(e, 1);
			if ((s->touch[i].excluded >> x & 1) != 0)
				first = i;
		}
	}
	return first;
}

/* The last moment of the window; false if there is no end of it. */
static bool
window_end(const FunnelAttempts *a, int64_t entered, int64_t *end)
{
	if (a->options.within > funnel_span(entered, INT64_MAX))
		return false;
	*end = (int64_t) ((uint64_t) entered + a->options.within);
	return true;
}

/* The attempt is none of converted and excluded. */
static void
find_end(const FunnelAttempts *a, const FunnelSlice *s, FunnelAttempt *attempt)
{
	int64_t		window;
	bool		has_window = window_end(a, attempt->entered, &window);
	bool		has_session = a->count == FC_SESSIONS &&
	a->session_timeout <= funnel_span(s->last, INT64_MAX);
	int64_t		session = has_session ?
	(int64_t) ((uint64_t) s->last + a->session_timeout) : 0;

	if (has_window && window < a->as_of && !(has_session && session < window))
	{
		attempt->outcome = FO_TIMED_OUT;
		attempt->ended = window;
	}
	else if (has_session && session < a->as_of)
	{
		attempt->outcome = FO_ENDED;
		attempt->ended = s->last;
	}
	else
	{
		attempt->outcome = FO_UNFINISHED;
		attempt->over = false;
	}
}

/* Returns the first touchpoint that is later than the attempt. */
static uint32_t
find_outcome(FunnelAttempts *a, FunnelSlice *s, const ChannelPlace *p,
			 FunnelAttempt *attempt)
{
	FunnelEngine *e = &a->e;
	FunnelBest *best = &a->best;
	bool		dropped = false;
	uint32_t	end = FUNNEL_NO_SLICE;
	FunnelMoment m;

	funnel_search_range(e, s, p->low, p->high, best);
	if (best->found.last < 0)
	{
		/* discarded: how it would have been */
		dropped = true;
		e->ignore = true;
		funnel_search_range(e, s, p->low, p->high, best);
		e->ignore = false;
	}
	attempt->entered = p->time;
	attempt->over = true;
	attempt->answer = best->answer;
	if (!dropped && best->found.last == a->options.nsteps - 1)
	{
		attempt->outcome = FO_CONVERTED;
		end = best->found.end;
	}
	else if ((end = find_exclusion(a, s, best)) != FUNNEL_NO_SLICE)
		attempt->outcome = FO_EXCLUDED;
	else
	{
		find_end(a, s, attempt);
		return funnel_window_end(e, s, p->time);
	}
	attempt->ended = s->touch[end].time;
	if (dropped)
	{
		attempt->answer.dropped = true;
		attempt->answer.taken = 0;
	}
	funnel_moment_at(e, s, end, &m);
	return m.end;
}

/* -- one after the other ------------------------------------------------------------ */

FunnelAttempts *
funnel_attempts_begin(const FunnelOptions *options, const JourneyView *view,
					  const FunnelHost *host, FunnelCount count,
					  uint64_t session_timeout, int64_t as_of)
{
	FunnelAttempts *a = host->allocate(sizeof(FunnelAttempts));
	FunnelEngine *e = &a->e;

	a->options = *options;
	a->options.open = false;
	a->options.entry = FE_BEST;
	a->count = count;
	a->session_timeout = session_timeout;
	a->as_of = as_of;
	a->nheap = 0;
	if (!funnel_cut_slices(e, &a->options, view, host, count == FC_SESSIONS, session_timeout))
		return a;
	funnel_search_begin(e);
	e->many = count != FC_SESSIONS && options->mode != FM_UNORDERED;
	a->places = host->allocate(e->nheads * sizeof(ChannelPlace));
	a->heap = host->allocate(e->nheads * sizeof(uint32_t));
	for (uint32_t i = 0; i < e->nheads; i++)
	{
		a->places[i].slice = e->heads[i];
		find_entry(a, &a->places[i], 0);
		if (a->places[i].slice != FUNNEL_NO_SLICE)
			a->heap[a->nheap++] = i;
	}
	for (uint32_t i = a->nheap / 2; i-- > 0;)
		sift_down(a, i);
	return a;
}

bool
funnel_attempts_next(FunnelAttempts *a, FunnelAttempt *attempt)
{
	ChannelPlace *p;
	uint32_t	after;

	if (a->nheap == 0)
		return false;
	p = &a->places[a->heap[0]];
	after = find_outcome(a, &a->e.slices[p->slice], p, attempt);
	if (a->count == FC_SESSIONS)
		skip_slice(a, p);
	else
		find_entry(a, p, a->count == FC_ENTRIES ? p->high : after);
	if (p->slice == FUNNEL_NO_SLICE)
		a->heap[0] = a->heap[--a->nheap];
	if (a->nheap > 0)
		sift_down(a, 0);
	return true;
}
