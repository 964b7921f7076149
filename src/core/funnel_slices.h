/*
 * funnel_slices.h
 *	  The touchpoints of a journey that matter to a funnel, made ready to be
 *	  searched.
 *
 * A slice is what is searched as if it were a journey of its own: the whole
 * journey, or the touchpoints of one channel, or of one session.  Only relevant
 * touchpoints are kept: those that fit a step or an exclusion, and in mode
 * strict all others too, because there they stand in the way.
 *
 * The rules for touchpoints at one time are applied here, once, so that no
 * search has to know of them:
 *
 *	grace		the times of touchpoints that count as simultaneous are made
 *				the same
 *	tie strict	touchpoints at one time become one, which fits what any fits
 *	tie any		those at one time stand sorted by what they fit, and no more of
 *				them than can ever be used
 *	tie stored	each is a moment of its own, though times may repeat
 *
 * What is searched is a sequence of moments.  The exclusions of a moment stand
 * in its first touchpoint.
 */
#ifndef FUNNEL_SLICES_H
#define FUNNEL_SLICES_H

#include "funnel_search.h"

/* Touchpoints at one time that are kept: n + 1 for each of n steps, one that
 * fits nothing. */
#define FUNNEL_MAX_MOMENT	(FUNNEL_MAX_STEPS * (FUNNEL_MAX_STEPS + 1) + 1)

#define FUNNEL_NO_SLICE		UINT32_MAX

typedef struct FunnelTouch
{
	int64_t		time;			/* microseconds */
	uint64_t	fits;			/* steps, bit k is step k (from 0) */
	uint64_t	excluded;		/* exclusions */
} FunnelTouch;

typedef struct FunnelSlice
{
	FunnelTouch *touch;
	uint32_t	count;
	uint32_t	next;			/* slice of the same channel or
								 * FUNNEL_NO_SLICE */
	uint64_t	fits;			/* steps that any touchpoint fits */
	uint64_t	excluded;		/* likewise */
	int64_t		last;			/* time of the last touchpoint of any kind */
	bool		formed;			/* funnel_form_moments was called */
	uint32_t   *last_fit;		/* if the engine asks for it: by step, one
								 * more than the last touchpoint that fits it */
} FunnelSlice;

/* Touchpoints that come as one. */
typedef struct FunnelMoment
{
	const FunnelTouch *touch;
	uint32_t	count;			/* 0: only an exclusion */
	uint32_t	begin;			/* index of the first in the slice */
	uint32_t	end;			/* index of the first that follows */
	int64_t		time;
	uint64_t	fits;			/* steps that any fits */
	uint64_t	excluded;
} FunnelMoment;

typedef struct FunnelMatching FunnelMatching;	/* funnel_ties.h */
typedef struct FunnelChains FunnelChains;	/* funnel_chains.c */
typedef struct FunnelPool FunnelPool;	/* funnel_unordered.c */

/* What all parts of a search share. */
typedef struct FunnelEngine
{
	const FunnelOptions *options;
	const FunnelHost *host;
	uint32_t	work;			/* since the host was last called */
	bool		strict;			/* what lies between steps is in the way */
	bool		single;			/* no moment has two touchpoints */
	uint64_t	all;			/* the bits of all steps */
	uint64_t	entering;		/* the steps that can be the first one, unless
								 * open: in unordered mode those up to the
								 * first anchored one */
	uint64_t	span[FUNNEL_MAX_STEPS]; /* by exclusion: the last steps of
										 * chains that it ends */
	FunnelSlice *slices;
	uint32_t	nslices;
	uint32_t   *heads;			/* first slice of each channel held */
	uint32_t	nheads;
	bool		ignore;			/* exclusions do not count now */
	bool		many;			/* each slice is searched entry by entry */
	FunnelMatching *matching[2];
	FunnelChains *chains;
	FunnelPool *pool;
} FunnelEngine;

/* Some work was done: let the caller look for interrupts now and then. */
static inline void
funnel_worked(FunnelEngine *e, uint32_t units)
{
	e->work += units;
	if (e->work >= 8192)
	{
		e->work = 0;
		e->host->relax();
	}
}

static inline uint64_t
funnel_bit(int k)
{
	return UINT64_C(1) << k;
}

/* The bits of steps a to b, none if a > b. */
static inline uint64_t
funnel_bits(int a, int b)
{
	return a > b ? 0 : (~UINT64_C(0) >> (63 - b)) & (~UINT64_C(0) << a);
}

/*
 * Sets up an engine and cuts the journey into slices: by channel if one is
 * held, by session if `sessions`.  A slice is sorted by time, but has no
 * moments yet.  False if the labels alone say that nobody enters; there are
 * no slices then.
 */
extern bool funnel_cut_slices(FunnelEngine *e, const FunnelOptions *options,
							  const JourneyView *view, const FunnelHost *host,
							  bool sessions, uint64_t session_timeout);

extern void funnel_form_moments(FunnelEngine *e, FunnelSlice *slice);

/* The moment that begins with this touchpoint. */
static inline void
funnel_moment_at(const FunnelEngine *e, const FunnelSlice *s, uint32_t begin,
				 FunnelMoment *m)
{
	const FunnelTouch *t = &s->touch[begin];
	uint32_t	end = begin + 1;

	m->touch = t;
	m->begin = begin;
	m->time = t->time;
	m->fits = t->fits;
	m->excluded = t->excluded;
	if (!e->single)
		for (; end < s->count && s->touch[end].time == t->time; end++)
			m->fits |= s->touch[end].fits;
	m->end = end;
	m->count = m->fits == 0 && e->options->mode != FM_STRICT ? 0 : end - begin;
}

/* Where the moment begins that ends before touchpoint `end`. */
static inline uint32_t
funnel_moment_before(const FunnelEngine *e, const FunnelSlice *s, uint32_t end)
{
	uint32_t	begin = end - 1;

	if (!e->single)
		while (begin > 0 && s->touch[begin - 1].time == s->touch[begin].time)
			begin--;
	return begin;
}

/* The first touchpoint at or after a time, or the number of them. */
static inline uint32_t
funnel_find_time(const FunnelSlice *s, int64_t time)
{
	uint32_t	low = 0;
	uint32_t	high = s->count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (s->touch[middle].time < time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The first touchpoint after a time, or the number of them. */
static inline uint32_t
funnel_find_after(const FunnelSlice *s, int64_t time)
{
	return time == INT64_MAX ? s->count : funnel_find_time(s, time + 1);
}

/* Is this exclusion moment in the way of a chain that goes from step l to k? */
static inline bool
funnel_spoils(const FunnelEngine *e, uint64_t excluded, int l, int k)
{
	for (; excluded != 0; excluded &= excluded - 1)
	{
		uint64_t	span = e->span[__builtin_ctzll(excluded)];

		if ((span >> l & 1) != 0 && (span >> k & 1) != 0)
			return true;
	}
	return false;
}

/* The last steps of chains that do not get past these exclusions. */
static inline uint64_t
funnel_spoiled(const FunnelEngine *e, uint64_t excluded)
{
	uint64_t	levels = 0;

	for (; excluded != 0; excluded &= excluded - 1)
		levels |= e->span[__builtin_ctzll(excluded)];
	return levels;
}

/* The span from one time to a later one; both may be any times. */
static inline uint64_t
funnel_span(int64_t from, int64_t to)
{
	return (uint64_t) to - (uint64_t) from;
}

/* The first touchpoint after the window of an entry. */
static inline uint32_t
funnel_window_end(const FunnelEngine *e, const FunnelSlice *s, int64_t start)
{
	uint64_t	within = e->options->within;

	return within > funnel_span(start, INT64_MAX) ? s->count :
		funnel_find_after(s, (int64_t) ((uint64_t) start + within));
}

#endif							/* FUNNEL_SLICES_H */
