/*
 * pattern_dfa.c
 *	  A pattern without gates as a deterministic automaton, built as it runs.
 *
 * A state is the set of nodes that the runs so far may be at: elements that
 * have just consumed and, as a match can begin anywhere, the start (backwards:
 * the end).  From it all elements are found that can consume next without
 * another touchpoint between, once; those of them that fit a letter are the
 * next state.  A touchpoint costs one look-up where the transition is known and
 * a step of the set automaton where it is not.  When more is known than is
 * allowed, all of it is forgotten, so a pattern with very many states costs
 * what the set automaton costs, not more.
 */
#include <string.h>

#include "pattern_machine.h"

#define MAX_ENTRIES		(512 * 1024)	/* of the table */
#define MAX_POOL		(1024 * 1024)	/* nodes in lists */
#define MAX_STATES		8192
#define FIRST_STATES	16
#define FIRST_COLUMNS	8
#define FIRST_POOL		256

/* -- closure ---------------------------------------------------------------- */

/*
 * From the nodes in `bits` find the elements that can consume next: in bits,
 * with the nodes on the way; a sweep along the numbers for each loop in a loop.
 */
static void
close_nodes(const PatternProgram *p, uint64_t *bits, uint64_t *elements,
			uint32_t words, bool backwards, bool edge)
{
	const uint32_t *from = backwards ? p->before_from : p->next_from;
	const uint16_t *to = backwards ? p->before : p->next;
	PatternNodeKind open = backwards ? PN_LAST : PN_FIRST;
	bool		again;

	memset(elements, 0, words * sizeof(*elements));
	do
	{
		again = false;
		for (uint32_t k = 0; k < p->nnodes; k++)
		{
			uint32_t	i = backwards ? p->nnodes - 1 - k : k;

			if (!bits_test(bits, i))
				continue;
			for (uint32_t e = from[i]; e < from[i + 1]; e++)
			{
				uint16_t	next = to[e];
				const PatternNode *node = &p->nodes[next];

				if (node->kind == PN_ELEMENT)
					bits_set(elements, next);
				else if ((node->kind == PN_JOIN || (node->kind == open && edge)) &&
						 !bits_test(bits, next))
				{
					bits_set(bits, next);
					again |= backwards ? next >= i : next <= i;
				}
			}
		}
	} while (again);
}

static uint32_t
list_bits(const uint64_t *bits, uint32_t words, uint16_t *list)
{
	uint32_t	n = 0;

	for (uint32_t w = 0; w < words; w++)
	{
		for (uint64_t word = bits[w]; word != 0; word &= word - 1)
			list[n++] = (uint16_t) (w * 64 + bits_low(word));
	}
	return n;
}

/* -- states ------------------------------------------------------------------- */

static void *
allocate(PatternMachine *m, size_t size)
{
	return m->host.allocate(m->host.arg, size);
}

static void *
enlarged(PatternMachine *m, const void *old, size_t old_size, size_t size)
{
	void	   *p = allocate(m, size);

	if (old_size > 0)
		memcpy(p, old, old_size);
	return p;
}

static void
resize_table(PatternMachine *m, PatternDfa *dfa, uint32_t states, uint32_t columns)
{
	uint32_t   *table = allocate(m, (size_t) states * columns * sizeof(uint32_t));

	memset(table, 0, (size_t) states * columns * sizeof(uint32_t));
	for (uint32_t i = 0; i < dfa->nstates; i++)
		memcpy(table + (size_t) i * columns, dfa->table + (size_t) i * dfa->columns,
			   dfa->columns * sizeof(uint32_t));
	dfa->table = table;
	dfa->columns = columns;
	dfa->entries = states * columns;
	if (states > dfa->cap_states)
		dfa->states = enlarged(m, dfa->states, dfa->nstates * sizeof(DfaState),
							   states * sizeof(DfaState));
	dfa->cap_states = states;
}

static uint32_t
hash_nodes(const uint16_t *nodes, uint32_t n)
{
	uint64_t	h = n;

	for (uint32_t i = 0; i < n; i++)
		h = (h ^ nodes[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t) (h >> 32);
}

static void
enter_hash(PatternDfa *dfa, uint32_t state)
{
	const DfaState *s = &dfa->states[state];
	uint32_t	h = hash_nodes(dfa->pool + s->nodes, s->nnodes) & (dfa->nhash - 1);

	while (dfa->hash[h] != 0)
		h = (h + 1) & (dfa->nhash - 1);
	dfa->hash[h] = 1 + state;
}

static uint32_t
find_state(const PatternDfa *dfa, const uint16_t *nodes, uint32_t n)
{
	uint32_t	h = hash_nodes(nodes, n) & (dfa->nhash - 1);

	for (; dfa->hash[h] != 0; h = (h + 1) & (dfa->nhash - 1))
	{
		const DfaState *s = &dfa->states[dfa->hash[h] - 1];

		if (s->nnodes == n &&
			memcmp(dfa->pool + s->nodes, nodes, n * sizeof(uint16_t)) == 0)
			return dfa->hash[h] - 1;
	}
	return NO_POSITION;
}

/*
 * A new state.  There is room for it in the table; state 0, the beginning at
 * an end of the sequence, is the only one at such an edge and not looked for.
 */
static uint32_t
add_state(PatternMachine *m, PatternDfa *dfa, const uint16_t *nodes, uint32_t n, bool edge)
{
	const PatternProgram *p = m->program;
	uint32_t	words = m->node_words;
	uint32_t	number = dfa->nstates;
	DfaState   *s = &dfa->states[number];
	int			here = dfa->backwards ? PATTERN_PLACE(false, edge) : PATTERN_PLACE(edge, false);
	int			last = dfa->backwards ? PATTERN_PLACE(true, edge) : PATTERN_PLACE(edge, true);
	uint64_t   *bits = m->bits[0];

	if (dfa->npool + n + p->nnodes > dfa->cap_pool)
	{
		uint32_t	cap = dfa->cap_pool;

		while (dfa->npool + n + p->nnodes > cap)
			cap *= 2;
		dfa->pool = enlarged(m, dfa->pool, dfa->npool * sizeof(uint16_t),
							 cap * sizeof(uint16_t));
		dfa->cap_pool = cap;
	}
	memset(s, 0, sizeof(*s));
	memset(bits, 0, words * sizeof(*bits));
	s->nodes = dfa->npool;
	s->nnodes = (uint16_t) n;
	for (uint32_t i = 0; i < n; i++)
	{
		const PatternNode *node = &p->nodes[nodes[i]];
		uint8_t		places = dfa->backwards ? node->begins : node->accepts;

		dfa->pool[dfa->npool++] = nodes[i];
		bits_set(bits, nodes[i]);
		s->ends |= (places >> here) & 1;
		s->ends_last |= (places >> last) & 1;
	}
	close_nodes(p, bits, m->bits[1], words, dfa->backwards, edge);
	s->elements = dfa->npool;
	s->nelements = (uint16_t) list_bits(m->bits[1], words, dfa->pool + dfa->npool);
	dfa->npool += s->nelements;
	s->dead = !dfa->backwards && p->anchored && s->nelements == 0 && !s->ends;

	dfa->nstates++;
	if (!edge)
	{
		if (2 * dfa->nstates > dfa->nhash)
		{
			dfa->nhash *= 2;
			dfa->hash = allocate(m, dfa->nhash * sizeof(uint32_t));
			memset(dfa->hash, 0, dfa->nhash * sizeof(uint32_t));
			for (uint32_t i = 1; i < dfa->nstates; i++)
				enter_hash(dfa, i);
		}
		else
			enter_hash(dfa, number);
	}
	return number;
}

/* Forget all but the two states to begin with. */
void
dfa_forget(PatternMachine *m, PatternDfa *dfa)
{
	uint16_t	begin = dfa->backwards ? m->program->accept : m->program->start;

	memset(dfa->table, 0, (size_t) dfa->cap_states * dfa->columns * sizeof(uint32_t));
	memset(dfa->hash, 0, dfa->nhash * sizeof(uint32_t));
	dfa->nstates = 0;
	dfa->npool = 0;
	add_state(m, dfa, &begin, 1, true);
	add_state(m, dfa, &begin, !dfa->backwards && m->program->anchored ? 0 : 1, false);
}

void
dfa_create(PatternMachine *m, PatternDfa *dfa, bool backwards)
{
	memset(dfa, 0, sizeof(*dfa));
	dfa->backwards = backwards;
	dfa->nhash = 4 * FIRST_STATES;
	dfa->hash = allocate(m, dfa->nhash * sizeof(uint32_t));
	dfa->cap_pool = FIRST_POOL;
	dfa->pool = allocate(m, dfa->cap_pool * sizeof(uint16_t));
	resize_table(m, dfa, FIRST_STATES, FIRST_COLUMNS);
	dfa_forget(m, dfa);
}

void
dfa_forget_letters(PatternDfa *dfa)
{
	memset(dfa->table, 0, (size_t) dfa->cap_states * dfa->columns * sizeof(uint32_t));
}

uint32_t
dfa_state(PatternMachine *m, PatternDfa *dfa, const uint16_t *nodes, uint32_t n,
		  uint32_t letter, bool *forgot)
{
	uint32_t	columns = dfa->columns;
	uint32_t	states = dfa->cap_states;
	uint32_t	state = find_state(dfa, nodes, n);

	*forgot = false;
	while (columns <= letter)
		columns *= 2;
	if (state != NO_POSITION && columns == dfa->columns)
		return state;
	if (state == NO_POSITION && dfa->nstates == states)
		states *= 2;
	if ((size_t) states * columns > MAX_ENTRIES || states > MAX_STATES ||
		dfa->npool + n + m->program->nnodes > MAX_POOL)
	{
		/* in the same memory, or forgetting often would take more and more */
		*forgot = true;
		dfa->nstates = 0;
		if (FIRST_STATES * columns > dfa->entries)
			resize_table(m, dfa, FIRST_STATES, columns);
		if (dfa->cap_states > dfa->entries / columns)
			dfa->cap_states = dfa->entries / columns;
		dfa->columns = columns;
		dfa_forget(m, dfa);
		state = find_state(dfa, nodes, n);
	}
	else if (states > dfa->cap_states || columns > dfa->columns)
		resize_table(m, dfa, states, columns);
	return state != NO_POSITION ? state : add_state(m, dfa, nodes, n, false);
}

uint32_t
dfa_learn(PatternMachine *m, PatternDfa *dfa, uint32_t state, uint32_t letter)
{
	const PatternProgram *p = m->program;
	const DfaState *s = &dfa->states[state];
	uint64_t   *bits = m->bits[0];
	uint32_t	next;
	uint32_t	entry;
	bool		forgot;

	memset(bits, 0, m->node_words * sizeof(*bits));
	for (uint32_t i = 0; i < s->nelements; i++)
	{
		uint16_t	element = dfa->pool[s->elements + i];

		if (element_fits(m, &p->nodes[element], letter))
			bits_set(bits, element);
	}
	if (dfa->backwards)
		bits_set(bits, p->accept);
	else if (!p->anchored)
		bits_set(bits, p->start);
	next = dfa_state(m, dfa, m->list, list_bits(bits, m->node_words, m->list), letter, &forgot);
	entry = 1 + next;
	if (dfa->states[next].ends || dfa->states[next].dead)
		entry |= DFA_STOP;
	if (!forgot)
		dfa->table[(size_t) state * dfa->columns + letter] = entry;
	return entry;
}

/* -- running -------------------------------------------------------------------- */

uint32_t
dfa_find_end(PatternReading *r, uint32_t from)
{
	PatternMachine *m = r->m;
	const PatternProgram *p = m->program;
	PatternDfa *dfa = &m->forward;
	uint32_t	count = r->input->count;
	uint32_t	state = from == 0 ? 0 : 1;
	uint32_t	position = from;

	if ((p->nodes[p->start].accepts >> PATTERN_PLACE(from == 0, from == count)) & 1)
		return from;
	if (dfa->states == NULL)
		dfa_create(m, dfa, false);
	while (position < count)
	{
		uint32_t	i = window_at(r, position, false);

		for (; i < m->window.n; i++)
		{
			uint32_t	entry = dfa_step(m, dfa, state, m->window.letters[i]);

			position++;
			state = DFA_STATE(entry);
			if (entry & DFA_STOP)
			{
				if (dfa->states[state].ends)
					return position;
				if (position < count)
					return NO_POSITION;
			}
		}
	}
	return dfa->states[state].ends_last ? count : NO_POSITION;
}

uint32_t
dfa_count_starts(PatternReading *r)
{
	PatternMachine *m = r->m;
	PatternDfa *dfa = &m->backward;
	uint32_t	position = r->input->count;
	uint32_t	state = 0;
	uint32_t	starts = 0;

	if (position == 0)
		return 0;
	if (dfa->states == NULL)
		dfa_create(m, dfa, true);
	while (position > 0)
	{
		uint32_t	i = window_at(r, position - 1, true);

		for (i++; i-- > 0; position--)
		{
			uint32_t	entry = dfa_step(m, dfa, state, m->window.letters[i]);

			state = DFA_STATE(entry);
			starts += entry >> 31;
		}
	}

	/* the first touchpoint was taken for one inside */
	return starts - dfa->states[state].ends + dfa->states[state].ends_last;
}
