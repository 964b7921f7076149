/*
 * pattern_machine.h
 *	  What a pattern's machine consists of; for pattern_*.c only.
 */
#ifndef PATTERN_MACHINE_H
#define PATTERN_MACHINE_H

#include "pattern_run.h"
#include "pattern_sets.h"

#define PATTERN_WORDS(n)	(((n) + 63) / 64)
#define NO_POSITION			UINT32_MAX

/* -- sets of nodes ----------------------------------------------------------- */

typedef uint64_t *NodeBits;

static inline void
bits_set(NodeBits bits, uint32_t i)
{
	bits[i >> 6] |= UINT64_C(1) << (i & 63);
}

static inline bool
bits_test(const uint64_t *bits, uint32_t i)
{
	return (bits[i >> 6] >> (i & 63)) & 1;
}

/* The lowest bit of a word that is not 0, and the highest. */
static inline uint32_t
bits_low(uint64_t word)
{
	return (uint32_t) __builtin_ctzll(word);
}

static inline uint32_t
bits_high(uint64_t word)
{
	return 63 - (uint32_t) __builtin_clzll(word);
}

/* -- the machine -------------------------------------------------------------- */

/*
 * A deterministic automaton over sets of nodes, for programs without gates.
 * State 0 is the beginning at an end of the sequence (its first touchpoint,
 * backwards its last), state 1 the beginning inside.  An entry of the table is
 * 0 where nothing is known, else 1 + the next state, with DFA_STOP where a
 * match ends there or none can come any more.
 */
#define DFA_STOP	0x80000000u
#define DFA_STATE(entry) (((entry) & ~DFA_STOP) - 1)

typedef struct DfaState
{
	uint32_t	nodes;			/* in the pool: those that a run can be at */
	uint32_t	elements;		/* those that can consume next */
	uint16_t	nnodes;
	uint16_t	nelements;
	bool		ends;			/* a match ends here; backwards: begins */
	bool		ends_last;		/* if the sequence ends here */
	bool		dead;			/* and never will one */
} DfaState;

typedef struct PatternDfa
{
	bool		backwards;
	uint32_t	nstates;
	uint32_t	cap_states;
	uint32_t	columns;		/* letters there is room for */
	uint32_t	entries;		/* of the table, in memory */
	DfaState   *states;
	uint32_t   *table;			/* cap_states x columns */
	uint16_t   *pool;
	uint32_t	npool;
	uint32_t	cap_pool;
	uint32_t   *hash;			/* 1 + state */
	uint32_t	nhash;			/* a power of two */
} PatternDfa;

/* What was read last. */
typedef struct PatternWindow
{
	uint32_t	serial;			/* of the question that read it */
	uint32_t	from;
	uint32_t	n;
	int64_t		times[PATTERN_CHUNK];
	uint32_t	letters[PATTERN_CHUNK];
} PatternWindow;

/* The clocks of the runs that are in one state, see pattern_run.h. */
typedef struct PatternClocks
{
	bool		free;			/* one has no clock, or no gate is ahead */
	int64_t		oldest;
	int64_t		latest;
	PatternSet	all;			/* where both bounds are ahead */
} PatternClocks;

/* Backwards: the runs in one state. */
typedef struct PatternDemands
{
	uint32_t	loose;			/* the best node of those whose clock will not
								 * move any more */
	PatternSet	all;			/* of the others */
} PatternDemands;

/*
 * A listed touchpoint and the link of the next one in its match, which has a
 * lower number: links are made going backwards.  Link 0 is the end.  Better
 * lists have higher numbers, see pattern_back.c.
 */
typedef struct PatternLink
{
	int64_t		at;
	uint32_t	position;
	uint32_t	next;
} PatternLink;

typedef struct PatternMoves PatternMoves;

struct PatternMachine
{
	const PatternProgram *program;
	PatternHost host;
	uint32_t	words;			/* of a set of atoms */
	uint32_t	node_words;		/* of a set of nodes */
	/* letters */
	uint32_t	epoch;
	uint32_t	nletters;
	uint32_t	cap_letters;
	uint64_t   *letters;
	uint32_t   *letter_hash;	/* 1 + letter */
	uint32_t	nletter_hash;
	uint32_t	last_letter;	/* often asked for again */
	/* automata */
	PatternDfa	forward;
	PatternDfa	backward;
	uint64_t   *bits[3];		/* scratch: sets of nodes */
	uint16_t   *list;			/* scratch: nodes */
	PatternSet **sets;			/* scratch: for sets_collect */
	/* with gates, made when first needed */
	PatternMoves *moves;
	uint32_t	max_arcs;		/* of a transition */
	bool		general;		/* use pattern_gates.c */
	PatternClocks *clocks[2];	/* by node */
	PatternDemands *demands[2];
	uint16_t   *enders[2];		/* elements a match can end with: elsewhere,
								 * at the last touchpoint */
	uint32_t	nenders[2];
	PatternArena arena;			/* of the question with this number */
	uint32_t	arena_serial;
	PatternLink *links;			/* likewise */
	uint32_t   *link_map;		/* scratch, as many */
	uint32_t	cap_links;
	uint32_t	serial;
	PatternWindow window;
};

static inline bool
element_fits(const PatternMachine *m, const PatternNode *node, uint32_t letter)
{
	bool		fits = node->atom == PATTERN_NO_ATOM ||
	bits_test(m->letters + (size_t) letter * m->words, node->atom);

	return fits != ((node->flags & PE_NEGATED) != 0);
}

/* -- pattern_run.c: reading ----------------------------------------------------- */

/* A question about an input, with what it needs of it in the window. */
typedef struct PatternReading
{
	PatternMachine *m;
	PatternInput *input;
	const PatternHost *host;
	uint32_t	serial;
	bool		times;			/* are they needed? */
} PatternReading;

/* Memory for sets, empty; what the same question used before is used again. */
static inline PatternArena *
fresh_arena(PatternReading *r)
{
	PatternMachine *m = r->m;

	if (m->arena_serial != r->serial)
	{
		sets_begin(&m->arena, r->host);
		m->arena_serial = r->serial;
		m->links = NULL;
		m->cap_links = 0;
	}
	m->arena.used = 0;
	m->arena.spilled = false;
	return &m->arena;
}

extern void reading_begin(PatternReading *r, PatternMachine *m, PatternInput *input,
						  const PatternHost *host, bool times);
extern void read_window(PatternReading *r, uint32_t position, bool backwards);

/* Have this position in the window; backwards what stands before it as well. */
static inline uint32_t
window_at(PatternReading *r, uint32_t position, bool backwards)
{
	PatternWindow *w = &r->m->window;

	if (w->serial != r->serial || position - w->from >= w->n)
		read_window(r, position, backwards);
	return position - w->from;
}

/* -- pattern_dfa.c --------------------------------------------------------------- */

extern void dfa_create(PatternMachine *m, PatternDfa *dfa, bool backwards);

/* Letters have got other numbers. */
extern void dfa_forget_letters(PatternDfa *dfa);

/* The entry of a state and letter that the table does not have yet. */
extern uint32_t dfa_learn(PatternMachine *m, PatternDfa *dfa, uint32_t state, uint32_t letter);

static inline uint32_t
dfa_step(PatternMachine *m, PatternDfa *dfa, uint32_t state, uint32_t letter)
{
	uint32_t	entry = 0;

	if (letter < dfa->columns)
		entry = dfa->table[(size_t) state * dfa->columns + letter];
	return entry != 0 ? entry : dfa_learn(m, dfa, state, letter);
}

/*
 * The end of the match that ends first of those that begin at `from` or later;
 * NO_POSITION if there is none.
 */
extern uint32_t dfa_find_end(PatternReading *r, uint32_t from);
extern uint32_t dfa_count_starts(PatternReading *r);

/* The state of a set of nodes, ascending; *forgot if others had to be. */
extern uint32_t dfa_state(PatternMachine *m, PatternDfa *dfa, const uint16_t *nodes,
						  uint32_t n, uint32_t letter, bool *forgot);
extern void dfa_forget(PatternMachine *m, PatternDfa *dfa);

/* -- pattern_moves.c: the same with gates ------------------------------------------ */

extern uint32_t moves_find_end(PatternReading *r, uint32_t from);
extern void moves_forget(PatternMachine *m);

/* -- pattern_gates.c: and where moves would be too many ------------------------------ */

extern uint32_t gates_search(PatternReading *r, uint32_t from);

/* -- pattern_back.c ------------------------------------------------------------------ */

extern uint32_t back_count_starts(PatternReading *r);

/* The match that ends at `end` and begins at `from` or later. */
extern void back_list_match(PatternReading *r, uint32_t from, uint32_t end,
							PatternMatch *match);
extern bool back_earliest(PatternReading *r, PatternMatch *match);

#endif							/* PATTERN_MACHINE_H */
