/*
 * pattern_sets.h
 *	  Sorted sets of clocks and of demands, shared; for pattern_*.c only.
 *
 * A set is a range of a buffer.  Buffers only grow, at their end, so sets that
 * share one keep their meaning when another is appended to; a set of one mark
 * needs no buffer.  In the usual case (new marks are the latest, sets flow
 * through the automaton as they are) every operation is O(1); where sets of
 * different origin meet they are merged into a new buffer.
 *
 * A mark is an interval [a, b] and a number `node`, larger is better.  Forward
 * a clock is the interval [c, c]; backwards a demand is where the clock must
 * be.  A mark is dropped where its neighbour holds more and is as good.  Marks
 * are sorted by node, then a.
 *
 * Memory: buffers lie in one piece that is never cleaned while a step is under
 * way; between two steps sets_collect moves what is in use to the beginning of
 * another, or back.
 */
#ifndef PATTERN_SETS_H
#define PATTERN_SETS_H

#include "pattern_program.h"

typedef struct PatternMark
{
	int64_t		a;
	int64_t		b;
	uint32_t	node;
} PatternMark;

typedef struct PatternBuffer
{
	PatternMark *marks;
	uint32_t	len;
	uint32_t	cap;
	uint32_t	used_from;		/* while collecting */
	uint32_t	used_to;
	struct PatternBuffer *moved;
} PatternBuffer;

typedef struct PatternSet
{
	PatternBuffer *buffer;		/* NULL: at most one mark */
	uint32_t	from;
	uint32_t	to;
	bool		mixed;			/* a or b may fall along the set */
	PatternMark one;
} PatternSet;

typedef struct PatternArena
{
	const PatternHost *host;
	char	   *space;
	size_t		used;
	size_t		size;
	char	   *spare;			/* the one that was used before */
	size_t		spare_size;
	bool		spilled;		/* a further piece was begun in this step */
	size_t		work;			/* marks merged since the host could relax */
} PatternArena;

static inline uint32_t
set_count(const PatternSet *s)
{
	return s->to - s->from;
}

/* The marks from number s->from on. */
static inline const PatternMark *
set_marks(const PatternSet *s)
{
	return s->buffer != NULL ? s->buffer->marks + s->from : &s->one;
}

static inline void
set_clear(PatternSet *s)
{
	s->buffer = NULL;
	s->from = s->to = 0;
	s->mixed = false;
}

static inline void
set_single(PatternSet *s, int64_t a, int64_t b, uint32_t node)
{
	s->buffer = NULL;
	s->from = 0;
	s->to = 1;
	s->mixed = false;
	s->one.a = a;
	s->one.b = b;
	s->one.node = node;
}

extern void sets_begin(PatternArena *arena, const PatternHost *host);

/* Add the marks of `more`; true if that changed what `set` holds. */
extern bool set_add(PatternArena *arena, PatternSet *set, const PatternSet *more);

/* The part of each demand that lies in [a, b]. */
extern void set_clamp(PatternArena *arena, PatternSet *set, int64_t a, int64_t b);

/* Drop demands that end before `at`. */
extern void set_expire(PatternSet *set, int64_t at);

/* The best node whose demand `at` meets; false if there is none. */
extern bool set_best(const PatternSet *set, int64_t at, uint32_t *node);

/* Between steps: is it time to move the sets in use? */
static inline bool
sets_full(const PatternArena *arena)
{
	return arena->spilled || arena->used > arena->size / 4 * 3;
}

/* Move these, all that are in use. */
extern void sets_collect(PatternArena *arena, PatternSet *const *sets, uint32_t n);

/*
 * After that: note in map[] which nodes the sets have; give each node the number
 * that stands there.
 */
extern void sets_note_nodes(PatternSet *const *sets, uint32_t n, uint32_t *map);
extern void sets_map_nodes(PatternSet *const *sets, uint32_t n, const uint32_t *map);

#endif							/* PATTERN_SETS_H */
