/*
 * pattern_program.h
 *	  A sequence pattern over numbered atoms, and the automaton made of it.
 *
 * What an atom is, is the caller's business: a matcher of a `pattern` (see
 * pattern.h), or condition number i of an aggregate over rows.  A pattern is
 * given as a list of codes in postfix order, as the functions below put it:
 *
 *	a (b|c)* d		put_element(a); put_element(b); put_element(c);
 *					put_alternate(2); put_repeat(0, PATTERN_NO_LIMIT);
 *					put_element(d); put_concat(3)
 *
 * Elements consume one touchpoint each.  An element with PE_CLOCK moves the
 * clock: it is the "last matched touchpoint" that gates measure from; one with
 * PE_REPORT is among the touchpoints that a match lists.  A gate stands
 * between elements; it is tested on the next touchpoint that an element
 * consumes after it, whichever that is: (its time - time of the last
 * touchpoint that moved the clock in this match) op span.  Gates in a row must
 * all hold.  A gate holds where nothing moved the clock yet, and where nothing
 * is consumed after it.  Spans and times have the same unit, the caller's.
 *
 * The automaton is Thompson's: a graph whose nodes consume (elements), test
 * (gates, anchors) or only join ways.  It has at most PATTERN_MAX_STATES
 * nodes; repetitions with counts are written out.  Nodes are numbered so that
 * an edge that leads back (to a node with a number not higher) closes a loop:
 * sweeps in the order of the numbers propagate along all ways without loops at
 * once, and one more sweep is needed for each loop inside a loop.  Empty loops,
 * as in (a*)*, therefore end when a sweep changes nothing.
 */
#ifndef PATTERN_PROGRAM_H
#define PATTERN_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATTERN_MAX_STATES	4096
#define PATTERN_MAX_ATOMS	PATTERN_MAX_STATES
#define PATTERN_NO_LIMIT	UINT32_MAX
#define PATTERN_NO_ATOM		UINT16_MAX	/* an element that anything fits */

/*
 * What the functions of a pattern need from their caller: memory that they
 * never give back (the caller drops it all at once) and, every few thousand
 * steps of work, a call in which the caller may look for interrupts.  Either
 * may leave by a long jump.
 */
typedef struct PatternHost
{
	void	   *(*allocate) (void *arg, size_t size);	/* never NULL, 8-aligned */
	void		(*relax) (void *arg);
	void	   *arg;
} PatternHost;

typedef enum PatternKind
{
	PK_ELEMENT,					/* consumes a touchpoint that fits */
	PK_GATE,
	PK_FIRST,					/* ^: nothing stands before */
	PK_LAST,					/* $: nothing stands behind */
	PK_CONCAT,					/* of the n before, n >= 1 */
	PK_ALTERNATE,				/* of the n before, n >= 1 */
	PK_REPEAT,					/* of the one before, least to most times */
	PK_EMPTY					/* nothing; fits everywhere */
} PatternKind;

typedef enum PatternGate
{
	PG_LT, PG_LE, PG_EQ, PG_GE, PG_GT
} PatternGate;

/* Of elements. */
#define PE_NEGATED	0x01		/* what does not fit the atom */
#define PE_CLOCK	0x02		/* moves the clock */
#define PE_REPORT	0x04		/* is listed; only with PE_CLOCK */

typedef struct PatternCode
{
	uint8_t		kind;			/* PatternKind */
	uint8_t		op;				/* PatternGate of gates, PE_* of elements */
	uint16_t	atom;			/* of elements, or PATTERN_NO_ATOM */
	uint32_t	n;				/* how many are joined; least repetitions */
	uint64_t	span;			/* of gates; most repetitions */
} PatternCode;					/* 16 bytes, nothing unset */

/* The spans that a gate lets pass, both ends included; none if least > most. */
static inline void
pattern_gate_bounds(PatternGate op, uint64_t span, uint64_t *least, uint64_t *most)
{
	bool		lower = op == PG_EQ || op == PG_GE || op == PG_GT;
	bool		upper = op == PG_EQ || op == PG_LE || op == PG_LT;

	/* nothing is less than 0, nothing greater than the greatest */
	if ((op == PG_LT && span == 0) || (op == PG_GT && span == UINT64_MAX))
	{
		*least = 1;
		*most = 0;
		return;
	}
	*least = lower ? span + (op == PG_GT) : 0;
	*most = upper ? span - (op == PG_LT) : UINT64_MAX;
}

/* Codes being put into an array of the caller's that is large enough. */
typedef struct PatternBuilder
{
	PatternCode *codes;
	uint32_t	n;
} PatternBuilder;

static inline void
pattern_put(PatternBuilder *b, PatternKind kind, uint8_t op, uint16_t atom,
			uint32_t n, uint64_t span)
{
	PatternCode *code = &b->codes[b->n++];

	code->kind = kind;
	code->op = op;
	code->atom = atom;
	code->n = n;
	code->span = span;
}

static inline void
pattern_put_element(PatternBuilder *b, uint16_t atom, uint8_t flags)
{
	pattern_put(b, PK_ELEMENT, flags, atom, 0, 0);
}

static inline void
pattern_put_gate(PatternBuilder *b, PatternGate op, uint64_t span)
{
	pattern_put(b, PK_GATE, op, 0, 0, span);
}

/* PK_FIRST, PK_LAST or PK_EMPTY. */
static inline void
pattern_put_plain(PatternBuilder *b, PatternKind kind)
{
	pattern_put(b, kind, 0, 0, 0, 0);
}

static inline void
pattern_put_concat(PatternBuilder *b, uint32_t n)
{
	pattern_put(b, PK_CONCAT, 0, 0, n, 0);
}

static inline void
pattern_put_alternate(PatternBuilder *b, uint32_t n)
{
	pattern_put(b, PK_ALTERNATE, 0, 0, n, 0);
}

/* `most` may be PATTERN_NO_LIMIT; 0 <= least <= most, most > 0. */
static inline void
pattern_put_repeat(PatternBuilder *b, uint32_t least, uint32_t most)
{
	pattern_put(b, PK_REPEAT, 0, 0, least, most);
}

/* -- the automaton --------------------------------------------------------- */

typedef enum PatternNodeKind
{
	PN_JOIN, PN_ELEMENT, PN_GATE, PN_FIRST, PN_LAST, PN_START, PN_ACCEPT
} PatternNodeKind;

/* Bounds of gates: on the time since the clock moved, from above, from below. */
#define PN_UPPER	0x01
#define PN_LOWER	0x02

/*
 * Where something stands, as the number of a bit: of accepts and begins.  The
 * position may be the journey's first, last, both or neither.
 */
#define PATTERN_PLACE(at_first, at_last) (((at_first) ? 1 : 0) + ((at_last) ? 2 : 0))

typedef struct PatternNode
{
	uint8_t		kind;			/* PatternNodeKind */
	uint8_t		flags;			/* PE_* of elements, PN_* of gates */
	uint16_t	atom;			/* of elements */
	uint8_t		ahead;			/* PN_*: bounds that a run which has passed
								 * this node can meet before its clock moves */
	uint8_t		accepts;		/* bits: from here the end is reached without
								 * consuming anything more */
	uint8_t		begins;			/* bits: the same backwards to the start */
	uint64_t	least;			/* of gates: the span, both ends included;
								 * none */
	uint64_t	most;			/* is possible if least > most */
	uint64_t	horizon;		/* the longest upper bound ahead */
} PatternNode;

typedef struct PatternProgram
{
	uint32_t	nnodes;
	uint32_t	natoms;
	uint16_t	start;			/* nodes: always 0; and the end */
	uint16_t	accept;
	bool		gated;
	bool		anchored;		/* a match can only begin at the first
								 * touchpoint */
	PatternNode *nodes;
	uint32_t   *next_from;		/* edges of node i: next[next_from[i] ..
								 * next_from[i + 1]) */
	uint16_t   *next;
	uint32_t   *before_from;	/* the same backwards */
	uint16_t   *before;
} PatternProgram;

/* How many states it would have; some number above the limit if too many. */
extern uint32_t pattern_program_states(const PatternCode *codes, uint32_t ncodes,
									   const PatternHost *host);

/*
 * Make the automaton.  The codes leave one pattern (none at all is the empty
 * one) and are not kept.  NULL if it would have over PATTERN_MAX_STATES states.
 */
extern PatternProgram *pattern_program_build(const PatternCode *codes, uint32_t ncodes,
											 uint32_t natoms, const PatternHost *host);

#endif							/* PATTERN_PROGRAM_H */
