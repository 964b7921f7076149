/*
 * pattern_clocks.h
 *	  The clocks of the runs in one state; for pattern_*.c only.
 *
 * Which of them a state keeps, and why that is exact, is in pattern_run.h.
 * `ahead` says it of a node: neither bound, only upper ones (`latest` counts),
 * only lower ones (`oldest` counts), or both (`all` counts, and `oldest`, which
 * may be further back than what is left in `all`).
 */
#ifndef PATTERN_CLOCKS_H
#define PATTERN_CLOCKS_H

#include "pattern_machine.h"

#define BOTH	(PN_UPPER | PN_LOWER)

/* How long before `time` was this? */
static inline uint64_t
since(int64_t clock, int64_t time)
{
	return (uint64_t) time - (uint64_t) clock;
}

/* The number of marks that are further back than `span`; they come first. */
static inline uint32_t
count_older(const PatternSet *set, int64_t time, uint64_t span)
{
	const PatternMark *marks = set_marks(set);
	uint32_t	low = 0;
	uint32_t	high = set_count(set);

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (since(marks[middle].a, time) > span)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static inline void
one_clock(PatternClocks *c, int64_t time, uint8_t ahead)
{
	c->free = ahead == 0;
	c->oldest = c->latest = time;
	if (ahead == BOTH)
		set_single(&c->all, time, time, 0);
	else
		set_clear(&c->all);
}

static inline void
no_clock(PatternClocks *c)
{
	c->free = true;
	c->oldest = c->latest = 0;
	set_clear(&c->all);
}

/*
 * Add the clocks of `more` to those of a node with these bounds ahead, of
 * which it can have none yet; true if that made a difference.
 */
static inline bool
add_clocks(PatternArena *arena, PatternClocks *c, bool present,
		   const PatternClocks *more, uint8_t ahead)
{
	bool		changed = false;

	if (!present)
	{
		*c = *more;
		c->free |= ahead == 0;
		if (c->free || ahead != BOTH)
			set_clear(&c->all);
		return true;
	}
	if (c->free)
		return false;
	if (more->free)
	{
		no_clock(c);
		return true;
	}
	if (more->latest > c->latest)
	{
		c->latest = more->latest;
		changed |= (ahead & PN_UPPER) != 0;
	}
	if (more->oldest < c->oldest)
	{
		c->oldest = more->oldest;
		changed |= (ahead & PN_LOWER) != 0;
	}
	if (ahead == BOTH)
		changed |= set_add(arena, &c->all, &more->all);
	return changed;
}

/*
 * Those of a node's clocks that are `least` to `most` ago, for a node with these
 * bounds ahead; false if there are none.
 */
static inline bool
filter_clocks(const PatternClocks *c, uint8_t ahead, uint64_t least, uint64_t most,
			  int64_t time, PatternClocks *passed)
{
	uint64_t	oldest = since(c->oldest, time);
	uint64_t	latest = since(c->latest, time);
	bool		keeps_oldest;

	*passed = *c;
	if (c->free)
		return true;
	if (least > most)
		return false;
	if (ahead == PN_UPPER)
		return latest <= most;
	if (ahead == PN_LOWER)
		return oldest >= least;

	keeps_oldest = oldest >= least && oldest <= most;
	passed->all.from += count_older(&c->all, time, most);
	if (least > 0)
	{
		uint32_t	end = c->all.from + count_older(&c->all, time, least - 1);

		passed->all.to = end > passed->all.from ? end : passed->all.from;
	}
	if (set_count(&passed->all) > 0)
	{
		const PatternMark *marks = set_marks(&passed->all);

		if (!keeps_oldest)
			passed->oldest = marks[0].a;
		passed->latest = marks[set_count(&passed->all) - 1].a;
		return true;
	}
	set_clear(&passed->all);
	passed->latest = passed->oldest;
	return keeps_oldest;
}

/* Forget what is further back than any upper bound ahead. */
static inline void
expire_clocks(PatternClocks *c, const PatternNode *node, int64_t time)
{
	if (node->ahead != BOTH || set_count(&c->all) == 0)
		return;
	while (set_count(&c->all) > 0 && since(set_marks(&c->all)[0].a, time) > node->horizon)
		c->all.from++;
	if (set_count(&c->all) == 0)
		set_clear(&c->all);
}

#endif							/* PATTERN_CLOCKS_H */
