/*
 * pattern_moves.c
 *	  A pattern with time gates, with its steps worked out beforehand.
 *
 * Which runs there can be after a touchpoint depends on times; what has to be
 * asked to know it does not.  For the set of nodes that runs are at and a
 * letter, a transition lists the moves: to which element, from which nodes,
 * and how long ago the clock must have moved for that, all gates on the way
 * taken together.  The moves that find a clock make the next set.  Sets and
 * transitions are found when first met and kept, as in pattern_dfa.c.
 *
 * A node that only passes its clocks on to itself (the `.` of `.*`) needs no
 * move: they stay where they are.  So a touchpoint that concerns nobody costs
 * one look-up, and others a few comparisons.
 *
 * Ways from node to node are followed without loops, shorter demands first
 * found making others superfluous; patterns in which there are still too many,
 * or that meet new sets all the time, run in pattern_gates.c, which needs
 * nothing beforehand.
 */
#include <string.h>

#include "pattern_clocks.h"

#define MAX_ARCS		256		/* of a transition */
#define MAX_MOVES		64
#define MANY_TRANSITIONS 65536
#define MANY_ARCS		(1024 * 1024)

/* Learnt so many, used each only so often: not worth it. */
#define TRIAL			2000
#define WORTH			16

/* From a node whose clock moved that long ago, both ends included. */
typedef struct Arc
{
	uint64_t	least;
	uint64_t	most;
	uint16_t	from;
	uint16_t	to;				/* while learning: an element or not */
} Arc;

typedef enum MoveKind
{
	MK_CLOCK,					/* the clock moves, or none is needed */
	MK_FREE,					/* a run without a clock comes */
	MK_MERGE					/* clocks come along */
} MoveKind;

typedef struct Move
{
	uint16_t	to;
	uint8_t		kind;			/* MoveKind */
	bool		always;			/* needs no arcs */
	bool		ends;			/* a match ends there */
	uint32_t	arc;			/* its first */
	uint32_t	narcs;
} Move;

typedef struct Transition
{
	uint32_t	move;			/* its first */
	uint32_t	nmoves;
	uint32_t	stay;			/* nodes that stay, with their clocks: the
								 * first */
	uint32_t	nstay;
	uint64_t	outcome[2];		/* moves that found clocks, and the next state */
	uint32_t	next[2];		/* NO_POSITION: not known */
} Transition;

struct PatternMoves
{
	Transition *transitions;
	uint32_t	ntransitions;
	uint32_t	cap_transitions;
	Move	   *moves;
	uint32_t	nmoves;
	uint32_t	cap_moves;
	Arc		   *arcs;
	uint32_t	narcs;
	uint32_t	cap_arcs;
	uint16_t   *stays;
	uint32_t	nstays;
	uint32_t	cap_stays;
	uint64_t	learnt;
	uint64_t	steps;
	Arc			found[MAX_ARCS];	/* of the transition being learnt */
	PatternClocks come[MAX_MOVES];	/* of the step being made */
};

/* -- memory ------------------------------------------------------------------- */

static void *
grown(PatternMachine *m, void *array, uint32_t n, uint32_t *cap, uint32_t need, size_t size)
{
	void	   *larger;

	if (n + need <= *cap)
		return array;
	while (n + need > *cap)
		*cap *= 2;
	larger = m->host.allocate(m->host.arg, *cap * size);
	if (n > 0)
		memcpy(larger, array, n * size);
	return larger;
}

void
moves_forget(PatternMachine *m)
{
	PatternMoves *v = m->moves;

	v->ntransitions = v->nmoves = v->narcs = v->nstays = 0;
}

static void
prepare(PatternMachine *m)
{
	const PatternHost *host = &m->host;
	PatternMoves *v = host->allocate(host->arg, sizeof(PatternMoves));

	memset(v, 0, offsetof(PatternMoves, found));
	v->cap_transitions = v->cap_moves = v->cap_arcs = v->cap_stays = 16;
	v->transitions = host->allocate(host->arg, v->cap_transitions * sizeof(Transition));
	v->moves = host->allocate(host->arg, v->cap_moves * sizeof(Move));
	v->arcs = host->allocate(host->arg, v->cap_arcs * sizeof(Arc));
	v->stays = host->allocate(host->arg, v->cap_stays * sizeof(uint16_t));
	m->moves = v;
	if (m->sets == NULL)
		m->sets = host->allocate(host->arg, m->program->nnodes * sizeof(PatternSet *));
	if (m->clocks[0] == NULL)
		m->clocks[0] = host->allocate(host->arg,
									  m->program->nnodes * sizeof(PatternClocks));
	dfa_create(m, &m->forward, false);
}

/* -- learning -------------------------------------------------------------------- */

/*
 * Note a way to a node, unless one that was noted from found[first] on allows
 * as much; false if there are too many.
 */
static bool
note(const PatternMachine *m, uint32_t first, uint32_t *n, const Arc *arc)
{
	PatternMoves *v = m->moves;

	for (uint32_t i = first; i < *n; i++)
	{
		const Arc  *other = &v->found[i];

		if (other->from == arc->from && other->to == arc->to &&
			other->least <= arc->least && other->most >= arc->most)
			return true;
	}
	if (*n >= m->max_arcs || *n >= MAX_ARCS)
		return false;
	v->found[(*n)++] = *arc;
	return true;
}

/*
 * All ways from a node to what can consume this letter, behind the *n in
 * found[]; those to other nodes stand there too.
 */
static bool
find_ways(const PatternMachine *m, uint16_t from, uint32_t letter, bool at_first, uint32_t *n)
{
	const PatternProgram *p = m->program;
	uint32_t	first = *n;
	Arc			arc = {0, UINT64_MAX, from, from};

	for (uint32_t i = first;; i++)
	{
		Arc			way = arc;

		/* first from the node itself, then on from what was found */
		if (i > first)
			way = m->moves->found[i - 1];
		if (i == first || p->nodes[way.to].kind != PN_ELEMENT)
		{
			for (uint32_t e = p->next_from[way.to]; e < p->next_from[way.to + 1]; e++)
			{
				const PatternNode *node = &p->nodes[p->next[e]];
				Arc			on = way;

				on.to = p->next[e];
				if (node->kind == PN_GATE)
				{
					if (node->least > on.least)
						on.least = node->least;
					if (node->most < on.most)
						on.most = node->most;

					/* without a clock every gate holds, also all at once */
					if (from == p->start)
						on.least = 0, on.most = UINT64_MAX;
				}
				else if (node->kind == PN_ELEMENT ? !element_fits(m, node, letter) :
						 node->kind == PN_FIRST ? !at_first : node->kind != PN_JOIN)
					continue;
				if (!note(m, first, n, &on))
					return false;
			}
		}
		if (i == *n)
			return true;
	}
}

static bool
is_free(const Arc *arc)
{
	return arc->least == 0 && arc->most == UINT64_MAX;
}

/*
 * Of the arcs from..end, all to one element, make a move or nothing.
 */
static void
add_move(PatternMachine *m, Transition *t, const Arc *arcs, uint32_t n)
{
	const PatternProgram *p = m->program;
	PatternMoves *v = m->moves;
	const PatternNode *node = &p->nodes[arcs[0].to];
	bool		timeless = node->ahead == 0 && !(node->flags & PE_CLOCK);
	Move	   *move;
	bool		open = false;	/* some way has no gate */
	bool		unclocked = false;
	bool		stays = false;

	for (uint32_t i = 0; i < n; i++)
	{
		open |= is_free(&arcs[i]);
		unclocked |= arcs[i].from == p->start;
		stays |= arcs[i].from == arcs[i].to && is_free(&arcs[i]);
	}
	if (!(node->flags & PE_CLOCK) && stays && (n == 1 || timeless))
	{
		v->stays[v->nstays++] = arcs[0].to;
		t->nstay++;
		return;
	}
	move = &v->moves[v->nmoves++];
	t->nmoves++;
	move->to = arcs[0].to;
	move->ends = node->accepts & 1;
	move->kind = (node->flags & PE_CLOCK) ? MK_CLOCK :
		timeless || unclocked ? MK_FREE : MK_MERGE;
	move->always = move->kind == MK_MERGE ? false : open;
	move->arc = v->narcs;
	move->narcs = n;
	memcpy(v->arcs + v->narcs, arcs, n * sizeof(Arc));
	v->narcs += n;
}

/* The entry of a transition not known yet; 0 if it has too many moves. */
static uint32_t
learn(PatternMachine *m, uint32_t *state, uint32_t letter)
{
	PatternMoves *v = m->moves;
	PatternDfa *dfa = &m->forward;
	uint32_t	nnodes = dfa->states[*state].nnodes;
	uint32_t	n = 0;
	uint32_t	kept = 0;
	uint32_t	entry;
	Transition *t;
	bool		forgot;

	if (++v->learnt > TRIAL && v->steps < WORTH * v->learnt)
		return 0;
	memcpy(m->list, dfa->pool + dfa->states[*state].nodes, nnodes * sizeof(uint16_t));
	for (uint32_t i = 0; i < nnodes; i++)
	{
		if (!find_ways(m, m->list[i], letter, *state == 0, &n))
			return 0;
	}

	/* room for it, perhaps in place of all others */
	if (v->ntransitions >= MANY_TRANSITIONS || v->narcs >= MANY_ARCS)
	{
		dfa_forget(m, dfa);
		moves_forget(m);
		if (*state != 0)
			*state = dfa_state(m, dfa, m->list, nnodes, letter, &forgot);
	}
	if (letter >= dfa->columns)
	{
		uint32_t	same = dfa_state(m, dfa, m->list, nnodes, letter, &forgot);

		if (*state != 0)
			*state = same;
		if (forgot)
			moves_forget(m);
	}
	v->transitions = grown(m, v->transitions, v->ntransitions, &v->cap_transitions, 1,
						   sizeof(Transition));
	v->moves = grown(m, v->moves, v->nmoves, &v->cap_moves, n, sizeof(Move));
	v->arcs = grown(m, v->arcs, v->narcs, &v->cap_arcs, n, sizeof(Arc));
	v->stays = grown(m, v->stays, v->nstays, &v->cap_stays, n, sizeof(uint16_t));

	t = &v->transitions[v->ntransitions];
	memset(t, 0, sizeof(*t));
	t->move = v->nmoves;
	t->stay = v->nstays;
	t->next[0] = t->next[1] = NO_POSITION;
	for (uint32_t i = 0; i < n; i++)
	{
		if (m->program->nodes[v->found[i].to].kind == PN_ELEMENT)
		{
			Arc			arc = v->found[i];
			uint32_t	k = kept++;

			for (; k > 0 && v->found[k - 1].to > arc.to; k--)
				v->found[k] = v->found[k - 1];
			v->found[k] = arc;
		}
	}
	for (uint32_t i = 0, end; i < kept; i = end)
	{
		for (end = i + 1; end < kept && v->found[end].to == v->found[i].to;)
			end++;
		if (t->nmoves == MAX_MOVES)
			return 0;
		add_move(m, t, v->found + i, end - i);
	}
	entry = 1 + v->ntransitions++;

	/* all stay, and no other comes */
	if (t->nmoves == 0 && *state != 0 &&
		t->nstay + (m->program->anchored ? 0 : 1) == nnodes)
		entry |= DFA_STOP;
	dfa->table[(size_t) *state * dfa->columns + letter] = entry;
	return entry;
}

/* -- a step ------------------------------------------------------------------------ */

/* The state behind a transition, for an outcome met for the first time. */
static uint32_t
find_next(PatternMachine *m, uint32_t transition, uint64_t outcome)
{
	const PatternProgram *p = m->program;
	PatternMoves *v = m->moves;
	Transition *t = &v->transitions[transition];
	uint16_t   *list = m->list;
	uint32_t	n = 0;
	uint32_t	stay = 0;
	uint32_t	move = 0;
	uint32_t	next;
	bool		forgot;

	/* the start is node 0; moves and what stays are in order */
	if (!p->anchored)
		list[n++] = p->start;
	while (stay < t->nstay || move < t->nmoves)
	{
		if (move < t->nmoves && !((outcome >> move) & 1))
			move++;
		else if (move == t->nmoves ||
				 (stay < t->nstay && v->stays[t->stay + stay] < v->moves[t->move + move].to))
			list[n++] = v->stays[t->stay + stay++];
		else
			list[n++] = v->moves[t->move + move++].to;
	}
	next = dfa_state(m, &m->forward, list, n, 0, &forgot);
	if (forgot)
		moves_forget(m);
	else
	{
		t->outcome[1] = t->outcome[0];
		t->next[1] = t->next[0];
		t->outcome[0] = outcome;
		t->next[0] = next;
	}
	return next;
}

/* Do clocks come to this move?  They are put into *come, where they matter. */
static inline bool
gather(const PatternMachine *m, PatternArena *arena, const Move *move, int64_t time,
	   PatternClocks *come)
{
	const PatternNode *nodes = m->program->nodes;
	const Arc  *arcs = m->moves->arcs + move->arc;
	bool		present = false;

	for (uint32_t i = 0; i < move->narcs; i++)
	{
		const PatternClocks *clocks = &m->clocks[0][arcs[i].from];
		PatternClocks passed;

		if (!is_free(&arcs[i]))
		{
			if (!filter_clocks(clocks, nodes[arcs[i].from].ahead, arcs[i].least,
							   arcs[i].most, time, &passed))
				continue;
			clocks = &passed;
		}
		if (move->kind != MK_MERGE)
			return true;
		add_clocks(arena, come, present, clocks, nodes[move->to].ahead);
		present = true;
	}
	return present;
}

/* Make the moves of a transition; the moves that came to be, as bits. */
static uint64_t
make_moves(PatternMachine *m, PatternArena *arena, const Transition *t, int64_t time,
		   bool *ended)
{
	PatternMoves *v = m->moves;
	const PatternNode *nodes = m->program->nodes;
	PatternClocks *now = m->clocks[0];
	uint64_t	outcome = 0;

	/* first all are read, then all are written */
	for (uint32_t i = 0; i < t->nmoves; i++)
	{
		const Move *move = &v->moves[t->move + i];

		if (!move->always && !gather(m, arena, move, time, &v->come[i]))
			continue;
		outcome |= UINT64_C(1) << i;
		*ended |= move->ends;
	}
	for (uint32_t i = 0; i < t->nmoves; i++)
	{
		const Move *move = &v->moves[t->move + i];

		if (!((outcome >> i) & 1))
			continue;
		if (move->kind == MK_CLOCK)
			one_clock(&now[move->to], time, nodes[move->to].ahead);
		else if (move->kind == MK_FREE)
			no_clock(&now[move->to]);
		else
		{
			now[move->to] = v->come[i];
			expire_clocks(&now[move->to], &nodes[move->to], time);
		}
	}
	return outcome;
}

static void
collect(PatternMachine *m, PatternArena *arena, uint32_t state)
{
	const DfaState *s = &m->forward.states[state];

	for (uint32_t i = 0; i < s->nnodes; i++)
		m->sets[i] = &m->clocks[0][m->forward.pool[s->nodes + i]].all;
	sets_collect(arena, m->sets, s->nnodes);
}

uint32_t
moves_find_end(PatternReading *r, uint32_t from)
{
	PatternMachine *m = r->m;
	const PatternProgram *p = m->program;
	PatternDfa *dfa = &m->forward;
	PatternArena *arena;
	uint32_t	count = r->input->count;
	uint32_t	position = from;
	uint32_t	state = from == 0 ? 0 : 1;
	const DfaState *last;

	if ((p->nodes[p->start].accepts >> PATTERN_PLACE(from == 0, from == count)) & 1)
		return from;
	if (p->anchored && from > 0)
		return NO_POSITION;
	if (m->general)
		return gates_search(r, from);
	if (m->moves == NULL)
		prepare(m);
	arena = fresh_arena(r);
	no_clock(&m->clocks[0][p->start]);
	while (position < count)
	{
		uint32_t	i = window_at(r, position, false);
		uint32_t	begin = position;

		for (; i < m->window.n; i++, position++)
		{
			uint32_t	letter = m->window.letters[i];
			uint32_t	entry = 0;
			const Transition *t;
			uint64_t	outcome;
			bool		ended = false;

			if (letter < dfa->columns)
				entry = dfa->table[(size_t) state * dfa->columns + letter];
			if (entry == 0)
			{
				m->moves->steps += position - begin;
				begin = position;
				entry = learn(m, &state, letter);
				if (entry == 0)
				{
					m->general = true;
					return gates_search(r, from);
				}
			}
			if (entry & DFA_STOP)
				continue;
			if (sets_full(arena))
				collect(m, arena, state);
			t = &m->moves->transitions[entry - 1];
			outcome = make_moves(m, arena, t, m->window.times[i], &ended);
			if (ended)
			{
				m->moves->steps += position - begin + 1;
				return position + 1;
			}
			if (outcome == t->outcome[0] && t->next[0] != NO_POSITION)
				state = t->next[0];
			else if (outcome == t->outcome[1] && t->next[1] != NO_POSITION)
				state = t->next[1];
			else
				state = find_next(m, entry - 1, outcome);
			if (dfa->states[state].nnodes == 0)
				return NO_POSITION;
		}
		m->moves->steps += position - begin;
	}
	last = &dfa->states[state];
	return last->ends_last ? count : NO_POSITION;
}
