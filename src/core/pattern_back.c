/*
 * pattern_back.c
 *	  A pattern's automaton run backwards: where matches begin, and what they
 *	  list.
 *
 * Backwards a gate comes before the touchpoint that it measures from.  So a
 * run carries what the gates it has passed demand of that touchpoint's time:
 * an interval, which each further gate makes smaller and an element with
 * PE_CLOCK meets or not.  Of the runs in a state those are kept whose demand
 * does not lie inside that of a better one.  A run before which the clock does
 * not move any more begins its match with gates that hold anyway; for it the
 * demand does not matter, so each state also knows the best run there of all.
 * Times are mirrored (t becomes ~t) to rise along the way back, so demands are
 * added in their order, and what is past is past for good.
 *
 * Better is a run with the better list of touchpoints behind it: compared from
 * its first one, earlier is better, and any is better than none.  A list is a
 * chain of links; a link is made when its touchpoint is consumed.  Going
 * backwards each new touchpoint is earlier than all before, and the links made
 * at one touchpoint are made in the order of what follows them, so that the
 * higher number is always the better list, and equal lists are one link.
 * As a run's future does not depend on its list, keeping the best is exact.
 *
 * Links that no run reaches are dropped when they are many.
 */
#include <string.h>

#include "pattern_machine.h"

#define FIRST_LINKS		1024

typedef struct Back
{
	PatternReading *r;
	PatternMachine *m;
	const PatternProgram *program;
	PatternArena *arena;
	PatternDemands *now;		/* by node: behind the touchpoint */
	PatternDemands *next;		/* elements: before it */
	uint64_t   *now_bits;
	uint64_t   *next_bits;
	uint64_t   *pending;
	uint32_t	words;
	int64_t		behind;			/* mirrored time of the touchpoint behind */
	int64_t		time;			/* of the one that is consumed */
	int64_t		at;				/* the same not mirrored */
	uint32_t	position;		/* that one */
	bool		lists;			/* make links */
	uint32_t	nlinks;
	uint32_t	best;			/* a link to be kept */
} Back;

/* -- links -------------------------------------------------------------------- */

static uint32_t
list_sets(Back *b)
{
	uint32_t	n = 0;

	for (uint32_t w = 0; w < b->words; w++)
	{
		for (uint64_t word = b->now_bits[w]; word != 0; word &= word - 1)
			b->m->sets[n++] = &b->now[w * 64 + bits_low(word)].all;
	}
	return n;
}

static void
more_links(Back *b)
{
	PatternMachine *m = b->m;
	const PatternHost *host = b->r->host;
	uint32_t	cap = m->cap_links > 0 ? 2 * m->cap_links : FIRST_LINKS;
	PatternLink *links = m->links;

	while (cap < b->nlinks + b->program->nnodes)
		cap *= 2;
	m->links = host->allocate(host->arg, cap * sizeof(PatternLink));
	m->link_map = host->allocate(host->arg, cap * sizeof(uint32_t));
	if (links != NULL)
		memcpy(m->links, links, b->nlinks * sizeof(PatternLink));
	m->cap_links = cap;
}

/* Keep the links that are reached, in their order. */
static void
drop_links(Back *b)
{
	PatternLink *links = b->m->links;
	uint32_t   *map = b->m->link_map;
	uint32_t	n = list_sets(b);
	uint32_t	kept = 1;

	sets_collect(b->arena, b->m->sets, n);
	memset(map, 0, b->nlinks * sizeof(uint32_t));
	sets_note_nodes(b->m->sets, n, map);
	for (uint32_t w = 0; w < b->words; w++)
	{
		for (uint64_t word = b->now_bits[w]; word != 0; word &= word - 1)
			map[b->now[w * 64 + bits_low(word)].loose] = 1;
	}
	map[b->best] = 1;
	for (uint32_t i = b->nlinks; i-- > 1;)
	{
		if (map[i] != 0)
			map[links[i].next] = 1;
	}
	map[0] = 0;
	for (uint32_t i = 1; i < b->nlinks; i++)
	{
		if (map[i] == 0)
			continue;
		links[kept] = links[i];
		links[kept].next = map[links[i].next];
		map[i] = kept++;
	}
	b->nlinks = kept;
	sets_map_nodes(b->m->sets, n, map);
	for (uint32_t w = 0; w < b->words; w++)
	{
		for (uint64_t word = b->now_bits[w]; word != 0; word &= word - 1)
		{
			PatternDemands *d = &b->now[w * 64 + bits_low(word)];

			d->loose = map[d->loose];
		}
	}
	b->best = map[b->best];
}

/* Between two steps: room for the links of one. */
static void
make_room(Back *b)
{
	if (b->lists && b->nlinks + b->program->nnodes > b->m->cap_links)
	{
		if (b->nlinks > 1)
			drop_links(b);
		if (b->nlinks + b->program->nnodes > b->m->cap_links / 2)
			more_links(b);
	}
	if (sets_full(b->arena))
		sets_collect(b->arena, b->m->sets, list_sets(b));
}

/* -- demands -------------------------------------------------------------------- */

static bool
add_demands(Back *b, PatternDemands *d, bool present, const PatternDemands *more)
{
	bool		changed;

	if (!present)
	{
		*d = *more;
		return true;
	}
	changed = more->loose > d->loose;
	if (changed)
		d->loose = more->loose;
	return set_add(b->arena, &d->all, &more->all) || changed;
}

static inline int64_t
later(int64_t time, uint64_t span)
{
	return span > (uint64_t) INT64_MAX - (uint64_t) time ?
		INT64_MAX : (int64_t) ((uint64_t) time + span);
}

/* What a gate before the touchpoint behind demands as well. */
static void
demand(Back *b, PatternSet *set, const PatternNode *gate)
{
	if (gate->least > gate->most ||
		gate->least > (uint64_t) INT64_MAX - (uint64_t) b->behind)
		set_clear(set);
	else
		set_clamp(b->arena, set, later(b->behind, gate->least),
				  later(b->behind, gate->most));
}

/* -- a step ---------------------------------------------------------------------- */

static void
come_to(Back *b, uint16_t to, const PatternDemands *demands)
{
	if (add_demands(b, &b->now[to], bits_test(b->now_bits, to), demands))
	{
		bits_set(b->now_bits, to);
		bits_set(b->pending, to);
	}
}

static void
arrive(Back *b, uint16_t at, const PatternDemands *demands)
{
	add_demands(b, &b->next[at], bits_test(b->next_bits, at), demands);
	bits_set(b->next_bits, at);
}

static void
follow(Back *b, uint32_t from, uint32_t letter, bool behind_last)
{
	const PatternProgram *p = b->program;
	const PatternDemands *demands = &b->now[from];

	for (uint32_t e = p->before_from[from]; e < p->before_from[from + 1]; e++)
	{
		uint16_t	to = p->before[e];
		const PatternNode *node = &p->nodes[to];

		switch (node->kind)
		{
			case PN_ELEMENT:
				if (element_fits(b->m, node, letter))
					arrive(b, to, demands);
				break;
			case PN_GATE:
				{
					PatternDemands clamped = *demands;

					demand(b, &clamped.all, node);
					come_to(b, to, &clamped);
				}
				break;
			case PN_JOIN:
				come_to(b, to, demands);
				break;
			case PN_LAST:
				if (behind_last)
					come_to(b, to, demands);
				break;
			default:			/* a touchpoint stands before, and the start
								 * is looked for otherwise */
				break;
		}
	}
}

/* The elements that runs have arrived at consume the touchpoint. */
static void
consume(Back *b)
{
	PatternMachine *m = b->m;
	uint16_t   *listing = m->list;	/* elements, by what follows */
	uint32_t	nlisting = 0;

	for (uint32_t w = 0; w < b->words; w++)
	{
		for (uint64_t word = b->next_bits[w]; word != 0; word &= word - 1)
		{
			uint32_t	i = w * 64 + bits_low(word);
			PatternDemands *d = &b->next[i];
			uint8_t		flags = b->program->nodes[i].flags;
			uint32_t	best;
			uint32_t	k;

			if (!(flags & PE_CLOCK))
			{
				set_expire(&d->all, b->time);
				continue;
			}
			if (!set_best(&d->all, b->time, &best))
			{
				b->next_bits[w] &= ~(UINT64_C(1) << (i & 63));
				continue;
			}
			d->loose = best;
			if (!b->lists || !(flags & PE_REPORT))
			{
				set_single(&d->all, INT64_MIN, INT64_MAX, best);
				continue;
			}
			for (k = nlisting++; k > 0 && b->next[listing[k - 1]].loose > best; k--)
				listing[k] = listing[k - 1];
			listing[k] = (uint16_t) i;
		}
	}

	for (uint32_t k = 0, before = 0; k < nlisting; k++)
	{
		PatternDemands *d = &b->next[listing[k]];

		if (k == 0 || d->loose != before)
		{
			PatternLink *link = &m->links[b->nlinks++];

			link->at = b->at;
			link->position = b->position;
			link->next = before = d->loose;
		}
		d->loose = b->nlinks - 1;
		set_single(&d->all, INT64_MIN, INT64_MAX, d->loose);
	}
}

/*
 * Consume the touchpoint before `position`; runs may begin there (matches end
 * there) if `ends`.
 */
static void
step_back(Back *b, uint32_t position, bool ends)
{
	PatternMachine *m = b->m;
	bool		behind_last = position == b->r->input->count;
	uint32_t	i = window_at(b->r, position - 1, true);
	uint32_t	letter = m->window.letters[i];
	void	   *swap;
	bool		again;

	make_room(b);
	b->position = position - 1;
	b->at = m->window.times[i];
	b->time = ~b->at;
	memset(b->next_bits, 0, b->words * sizeof(uint64_t));
	if (ends)
	{
		PatternDemands nothing;

		nothing.loose = 0;
		set_single(&nothing.all, INT64_MIN, INT64_MAX, 0);
		for (uint32_t k = 0; k < m->nenders[behind_last]; k++)
		{
			uint16_t	ender = m->enders[behind_last][k];

			if (element_fits(m, &b->program->nodes[ender], letter))
				arrive(b, ender, &nothing);
		}
	}
	memcpy(b->pending, b->now_bits, b->words * sizeof(uint64_t));
	do
	{
		again = false;
		for (uint32_t w = b->words; w-- > 0;)
		{
			while (b->pending[w] != 0)
			{
				uint32_t	node = w * 64 + bits_high(b->pending[w]);

				b->pending[w] &= ~(UINT64_C(1) << (node & 63));
				follow(b, node, letter, behind_last);
			}
		}
		for (uint32_t w = 0; w < b->words; w++)
			again |= b->pending[w] != 0;
	} while (again);
	consume(b);

	b->behind = b->time;
	swap = b->now;
	b->now = b->next;
	b->next = swap;
	swap = b->now_bits;
	b->now_bits = b->next_bits;
	b->next_bits = swap;
}

/* Does a match begin with the touchpoint consumed last?  Its best list. */
static bool
begins(const Back *b, uint32_t *best)
{
	int			place = PATTERN_PLACE(b->position == 0, false);
	bool		found = false;

	for (uint32_t w = 0; w < b->words; w++)
	{
		for (uint64_t word = b->now_bits[w]; word != 0; word &= word - 1)
		{
			uint32_t	i = w * 64 + bits_low(word);

			if (!((b->program->nodes[i].begins >> place) & 1))
				continue;
			if (!found || b->now[i].loose > *best)
				*best = b->now[i].loose;
			found = true;
		}
	}
	return found;
}

static void
prepare(PatternMachine *m)
{
	const PatternHost *host = &m->host;
	const PatternProgram *p = m->program;

	if (m->sets == NULL)
		m->sets = host->allocate(host->arg, p->nnodes * sizeof(PatternSet *));
	for (int last = 0; last < 2; last++)
	{
		m->enders[last] = host->allocate(host->arg, p->nnodes * sizeof(uint16_t));
		m->nenders[last] = 0;
		for (uint32_t i = 0; i < p->nnodes; i++)
		{
			if (p->nodes[i].kind == PN_ELEMENT &&
				((p->nodes[i].accepts >> PATTERN_PLACE(false, last)) & 1))
				m->enders[last][m->nenders[last]++] = (uint16_t) i;
		}
	}
	for (int i = 0; i < 2; i++)
		m->demands[i] = host->allocate(host->arg, p->nnodes * sizeof(PatternDemands));
}

static void
begin(Back *b, PatternReading *r, bool lists)
{
	PatternMachine *m = r->m;

	if (m->demands[1] == NULL)
		prepare(m);
	memset(b, 0, sizeof(*b));
	b->r = r;
	b->m = m;
	b->program = m->program;
	b->arena = fresh_arena(r);
	b->now = m->demands[0];
	b->next = m->demands[1];
	b->now_bits = m->bits[0];
	b->next_bits = m->bits[1];
	b->pending = m->bits[2];
	b->words = m->node_words;
	b->lists = lists;
	b->nlinks = 1;
	memset(b->now_bits, 0, b->words * sizeof(uint64_t));
}

static bool
empty_at(const Back *b, uint32_t position)
{
	const PatternNode *start = &b->program->nodes[b->program->start];

	return (start->accepts >> PATTERN_PLACE(position == 0, position == b->r->input->count)) & 1;
}

/* -- answers ------------------------------------------------------------------------ */

uint32_t
back_count_starts(PatternReading *r)
{
	Back		b;
	uint32_t	starts = 0;
	uint32_t	best;

	begin(&b, r, false);
	for (uint32_t position = r->input->count; position > 0; position--)
	{
		step_back(&b, position, true);
		starts += empty_at(&b, position - 1) || begins(&b, &best);
	}
	return starts;
}

/* Write out the list of a link. */
static void
write_list(const Back *b, uint32_t link, PatternMatch *match)
{
	const PatternHost *host = b->r->host;
	const PatternLink *links = b->m->links;
	uint32_t	n = 0;

	for (uint32_t i = link; i != 0; i = links[i].next)
		n++;
	match->nlisted = n;
	match->listed = host->allocate(host->arg, (n + 1) * sizeof(uint32_t));
	match->listed_at = host->allocate(host->arg, (n + 1) * sizeof(int64_t));
	n = 0;
	for (uint32_t i = link; i != 0; i = links[i].next)
	{
		match->listed[n] = links[i].position;
		match->listed_at[n++] = links[i].at;
	}
}

void
back_list_match(PatternReading *r, uint32_t from, uint32_t end, PatternMatch *match)
{
	Back		b;
	uint32_t	best = 0;

	begin(&b, r, true);
	memset(match, 0, sizeof(*match));
	match->first = match->end = end;
	for (uint32_t position = end; position > from; position--)
	{
		step_back(&b, position, position == end);
		if (position == end)
			match->last_at = b.at;
		if (begins(&b, &best))
		{
			match->first = b.position;
			match->first_at = b.at;
			break;
		}
	}
	write_list(&b, best, match);
}

bool
back_earliest(PatternReading *r, PatternMatch *match)
{
	Back		b;
	bool		found = false;
	uint32_t	best = 0;

	begin(&b, r, true);
	memset(match, 0, sizeof(*match));
	found = empty_at(&b, r->input->count);
	for (uint32_t position = r->input->count; position > 0; position--)
	{
		step_back(&b, position, true);
		found |= empty_at(&b, position - 1);
		if (!begins(&b, &best))
			continue;
		found = true;
		if (best > b.best)
			b.best = best;
	}
	write_list(&b, b.best, match);
	if (match->nlisted > 0)
	{
		match->first = match->listed[0];
		match->end = match->listed[match->nlisted - 1] + 1;
		match->first_at = match->listed_at[0];
		match->last_at = match->listed_at[match->nlisted - 1];
	}
	return found;
}
