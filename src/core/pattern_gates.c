/*
 * pattern_gates.c
 *	  Where does the first match of a pattern with time gates end?
 *
 * One step for each touchpoint: from the states that runs are in, each with the
 * clocks of its runs, along all edges that consume nothing - gates let those
 * clocks pass that hold at this touchpoint's time - to the elements that the
 * touchpoint fits.  Which clocks a state keeps, and why that is exact, is in
 * pattern_run.h.  A run never has to wait with a gate: nothing is consumed
 * between the gate and the touchpoint it is tested on, so it can be tested when
 * that is there.
 *
 * Cost: touchpoints x edges of the states in use; gates in front of sets of
 * clocks take a binary search.
 */
#include <string.h>

#include "pattern_clocks.h"

typedef struct Front
{
	const PatternProgram *program;
	PatternArena *arena;
	PatternClocks *now;			/* by node: before the touchpoint */
	PatternClocks *next;		/* behind it; elements only */
	uint64_t   *now_bits;		/* nodes that runs are at */
	uint64_t   *next_bits;
	uint64_t   *pending;		/* those whose edges are still to be followed */
	uint32_t	words;
	int64_t		time;
	bool		at_first;
	bool		ended;			/* a match ends behind this touchpoint */
} Front;

/* -- a step --------------------------------------------------------------------------- */

/* Runs with these clocks come to a node that consumes nothing. */
static inline bool
come_to(Front *f, uint16_t to, const PatternClocks *clocks)
{
	bool		present = bits_test(f->now_bits, to);

	if (!add_clocks(f->arena, &f->now[to], present, clocks, f->program->nodes[to].ahead))
		return false;
	bits_set(f->now_bits, to);
	bits_set(f->pending, to);
	return true;
}

/* Runs with these clocks consume the touchpoint. */
static inline void
consume(Front *f, uint16_t to, const PatternClocks *clocks, int place)
{
	const PatternNode *node = &f->program->nodes[to];
	PatternClocks *c = &f->next[to];
	bool		present = bits_test(f->next_bits, to);

	if (!present)
	{
		bits_set(f->next_bits, to);
		f->ended |= (node->accepts >> place) & 1;
	}
	if (!(node->flags & PE_CLOCK))
	{
		add_clocks(f->arena, c, present, clocks, node->ahead);
		expire_clocks(c, node, f->time);
	}
	else if (!present)
		one_clock(c, f->time, node->ahead);
}

static void
follow(Front *f, const PatternMachine *m, uint32_t from, uint32_t letter, int place)
{
	const PatternProgram *p = f->program;
	const PatternClocks *clocks = &f->now[from];

	for (uint32_t e = p->next_from[from]; e < p->next_from[from + 1]; e++)
	{
		uint16_t	to = p->next[e];
		const PatternNode *node = &p->nodes[to];
		PatternClocks passed;

		switch (node->kind)
		{
			case PN_ELEMENT:
				if (element_fits(m, node, letter))
					consume(f, to, clocks, place);
				break;
			case PN_GATE:
				if (filter_clocks(clocks, p->nodes[from].ahead, node->least, node->most,
								  f->time, &passed))
					come_to(f, to, &passed);
				break;
			case PN_FIRST:
				if (f->at_first)
					come_to(f, to, clocks);
				break;
			case PN_JOIN:
				come_to(f, to, clocks);
				break;
			default:			/* what is at the last touchpoint or the end
								 * has ended before this one */
				break;
		}
	}
}

static void
step(Front *f, const PatternMachine *m, uint32_t letter, bool at_last)
{
	int			place = PATTERN_PLACE(false, at_last);
	bool		again;

	memcpy(f->pending, f->now_bits, f->words * sizeof(uint64_t));
	do
	{
		again = false;
		for (uint32_t w = 0; w < f->words; w++)
		{
			while (f->pending[w] != 0)
			{
				uint32_t	i = w * 64 + bits_low(f->pending[w]);

				f->pending[w] &= f->pending[w] - 1;
				follow(f, m, i, letter, place);
			}
		}
		for (uint32_t w = 0; w < f->words; w++)
			again |= f->pending[w] != 0;
	} while (again);
}

static bool
is_empty(const uint64_t *bits, uint32_t words)
{
	for (uint32_t w = 0; w < words; w++)
	{
		if (bits[w] != 0)
			return false;
	}
	return true;
}

static void
collect(Front *f, PatternSet **sets)
{
	uint32_t	n = 0;

	for (uint32_t w = 0; w < f->words; w++)
	{
		for (uint64_t word = f->now_bits[w]; word != 0; word &= word - 1)
			sets[n++] = &f->now[w * 64 + bits_low(word)].all;
	}
	sets_collect(f->arena, sets, n);
}

static void
prepare(PatternMachine *m)
{
	const PatternHost *host = &m->host;
	uint32_t	n = m->program->nnodes;

	if (m->sets == NULL)
		m->sets = host->allocate(host->arg, n * sizeof(PatternSet *));
	for (int i = 0; i < 2; i++)
	{
		if (m->clocks[i] == NULL)
			m->clocks[i] = host->allocate(host->arg, n * sizeof(PatternClocks));
	}
}

uint32_t
gates_search(PatternReading *r, uint32_t from)
{
	PatternMachine *m = r->m;
	const PatternProgram *p = m->program;
	const PatternNode *start = &p->nodes[p->start];
	uint32_t	count = r->input->count;
	Front		f;

	if ((start->accepts >> PATTERN_PLACE(from == 0, from == count)) & 1)
		return from;
	if (p->anchored && from > 0)
		return NO_POSITION;
	if (m->clocks[1] == NULL)
		prepare(m);
	memset(&f, 0, sizeof(f));
	f.program = p;
	f.arena = fresh_arena(r);
	f.words = m->node_words;
	f.now = m->clocks[0];
	f.next = m->clocks[1];
	f.now_bits = m->bits[0];
	f.next_bits = m->bits[1];
	f.pending = m->bits[2];
	memset(f.now_bits, 0, f.words * sizeof(uint64_t));
	for (uint32_t position = from; position < count; position++)
	{
		uint32_t	i = window_at(r, position, false);
		void	   *swap;

		f.time = m->window.times[i];
		f.at_first = position == 0;
		if (!p->anchored || position == 0)
		{
			bits_set(f.now_bits, p->start);
			no_clock(&f.now[p->start]);
		}
		if (sets_full(f.arena))
			collect(&f, m->sets);
		memset(f.next_bits, 0, f.words * sizeof(uint64_t));
		step(&f, m, m->window.letters[i], position + 1 == count);
		if (f.ended)
			return position + 1;
		if (p->anchored && is_empty(f.next_bits, f.words))
			return NO_POSITION;

		swap = f.now;
		f.now = f.next;
		f.next = swap;
		swap = f.now_bits;
		f.now_bits = f.next_bits;
		f.next_bits = swap;
	}
	return !p->anchored && ((start->accepts >> PATTERN_PLACE(false, true)) & 1) ?
		count : NO_POSITION;
}
