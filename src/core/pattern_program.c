/*
 * pattern_program.c
 *	  From codes in postfix order to the automaton.
 *
 * Every code makes a fragment of the one or more on the stack: a graph with
 * one node to enter and one to leave by, whose nodes and edges stand next to
 * each other, so that a repetition can copy them.
 *
 *	x y		an edge from x's end to y's beginning
 *	x|y		a join before and one behind
 *	x*		one join, from it to x and back; enter and leave by it
 *	x+		an edge from x's end to its beginning
 *	x{2,4}	x x and then  (x (x)?)?  with one join behind them all
 *
 * Then the nodes are numbered in reverse postorder, and what can be known of
 * each beforehand is found by sweeping over the graph until nothing changes.
 */
#include <string.h>

#include "pattern_program.h"

/* A part of the graph being built. */
typedef struct Fragment
{
	uint32_t	node;			/* its first */
	uint32_t	edge;			/* its first */
	uint16_t	in;
	uint16_t	out;
	bool		looped;			/* an edge leads from out to in */
} Fragment;

typedef struct Edge
{
	uint16_t	from;
	uint16_t	to;
} Edge;

typedef struct Graph
{
	PatternNode *nodes;
	uint32_t	nnodes;
	Edge	   *edges;
	uint32_t	nedges;
} Graph;

/* -- how large? ------------------------------------------------------------- */

/*
 * The number of nodes, more than PATTERN_MAX_STATES if that is exceeded
 * anywhere on the way.
 */
static uint32_t
count_nodes(const PatternCode *codes, uint32_t ncodes, uint32_t *stack)
{
	uint32_t	depth = 0;

	for (uint32_t i = 0; i < ncodes; i++)
	{
		const PatternCode *code = &codes[i];
		uint64_t	n = 0;

		switch (code->kind)
		{
			case PK_CONCAT:
			case PK_ALTERNATE:
				for (uint32_t k = 0; k < code->n; k++)
					n += stack[--depth];
				if (code->kind == PK_ALTERNATE)
					n += 2;
				break;
			case PK_REPEAT:
				{
					uint64_t	one = stack[--depth];

					if (code->span != PATTERN_NO_LIMIT)
						n = code->span * one +
							(code->span > code->n ? code->span - code->n + 1 : 0);
					else
						n = code->n > 0 ? code->n * one : one + 1;
				}
				break;
			default:
				n = 1;
		}
		if (n > PATTERN_MAX_STATES)
			return PATTERN_MAX_STATES + 1;
		stack[depth++] = (uint32_t) n;
	}
	return depth > 0 ? stack[0] : 1;
}

/* -- fragments -------------------------------------------------------------- */

static uint16_t
add_node(Graph *g, PatternNodeKind kind)
{
	PatternNode *node = &g->nodes[g->nnodes];

	memset(node, 0, sizeof(*node));
	node->kind = kind;
	return (uint16_t) g->nnodes++;
}

static void
add_edge(Graph *g, uint16_t from, uint16_t to)
{
	g->edges[g->nedges].from = from;
	g->edges[g->nedges++].to = to;
}

static Fragment
begin_fragment(const Graph *g)
{
	Fragment	f = {g->nnodes, g->nedges, 0, 0, false};

	return f;
}

static Fragment
single(Graph *g, PatternNodeKind kind)
{
	Fragment	f = begin_fragment(g);

	f.in = f.out = add_node(g, kind);
	return f;
}

/* What a gate says of the time since the clock moved. */
static void
set_bounds(PatternNode *node, PatternGate op, uint64_t span)
{
	node->flags = op == PG_LT || op == PG_LE ? PN_UPPER :
		op == PG_EQ ? PN_UPPER | PN_LOWER : PN_LOWER;
	pattern_gate_bounds(op, span, &node->least, &node->most);
}

static Fragment
leaf(Graph *g, const PatternCode *code)
{
	Fragment	f;

	switch (code->kind)
	{
		case PK_ELEMENT:
			f = single(g, PN_ELEMENT);
			g->nodes[f.in].flags = code->op;
			g->nodes[f.in].atom = code->atom;
			break;
		case PK_GATE:
			f = single(g, PN_GATE);
			set_bounds(&g->nodes[f.in], code->op, code->span);
			break;
		case PK_FIRST:
			f = single(g, PN_FIRST);
			break;
		case PK_LAST:
			f = single(g, PN_LAST);
			break;
		default:
			f = single(g, PN_JOIN);
	}
	return f;
}

/* The fragment that ends at the node and edge given, once more. */
static Fragment
copy_fragment(Graph *g, const Fragment *of, uint32_t node_end, uint32_t edge_end)
{
	Fragment	f = begin_fragment(g);
	uint32_t	by = g->nnodes - of->node;

	memcpy(&g->nodes[g->nnodes], &g->nodes[of->node],
		   (node_end - of->node) * sizeof(PatternNode));
	g->nnodes += node_end - of->node;
	for (uint32_t i = of->edge; i < edge_end; i++)
		add_edge(g, (uint16_t) (g->edges[i].from + by), (uint16_t) (g->edges[i].to + by));
	f.in = (uint16_t) (of->in + by);
	f.out = (uint16_t) (of->out + by);
	return f;
}

static Fragment
repeat(Graph *g, const Fragment *one, uint32_t least, uint32_t most)
{
	uint32_t	node_end = g->nnodes;
	uint32_t	edge_end = g->nedges;
	uint32_t	copies = most != PATTERN_NO_LIMIT ? most : least > 0 ? least : 1;
	Fragment	whole = *one;
	Fragment	last = *one;
	uint16_t	end;

	if (most == PATTERN_NO_LIMIT && least == 0)
	{
		end = add_node(g, PN_JOIN);
		add_edge(g, end, one->in);
		add_edge(g, one->out, end);
		whole.in = whole.out = end;
		whole.looped = true;
		return whole;
	}
	for (uint32_t i = 1; i < least; i++)
	{
		Fragment	more = copy_fragment(g, one, node_end, edge_end);

		add_edge(g, last.out, more.in);
		last = more;
	}
	if (most == PATTERN_NO_LIMIT)
	{
		if (!one->looped)
			add_edge(g, last.out, last.in);
		whole.out = last.out;
		whole.looped = least <= 1;
		return whole;
	}
	whole.out = last.out;
	if (copies > least)
	{
		/* each of the others may be left out with all behind it */
		end = add_node(g, PN_JOIN);
		for (uint32_t i = least; i < copies; i++)
		{
			uint16_t	choice = add_node(g, PN_JOIN);
			Fragment	more = i == 0 ? *one :
			copy_fragment(g, one, node_end, edge_end);

			if (i > 0)
				add_edge(g, last.out, choice);
			else
				whole.in = choice;
			add_edge(g, choice, more.in);
			add_edge(g, choice, end);
			last = more;
		}
		add_edge(g, last.out, end);
		whole.out = end;
	}
	whole.looped = most == 1 && least == 1 && one->looped;
	return whole;
}

static Fragment
alternate(Graph *g, const Fragment *of, uint32_t n)
{
	Fragment	f = of[0];

	f.looped = false;
	f.in = add_node(g, PN_JOIN);
	f.out = add_node(g, PN_JOIN);
	for (uint32_t i = 0; i < n; i++)
	{
		add_edge(g, f.in, of[i].in);
		add_edge(g, of[i].out, f.out);
	}
	return f;
}

static Fragment
concat(Graph *g, const Fragment *of, uint32_t n)
{
	Fragment	f = of[0];

	for (uint32_t i = 1; i < n; i++)
		add_edge(g, of[i - 1].out, of[i].in);
	f.out = of[n - 1].out;
	f.looped = n == 1 && f.looped;
	return f;
}

static Fragment
build_graph(Graph *g, const PatternCode *codes, uint32_t ncodes, Fragment *stack)
{
	uint32_t	depth = 0;

	for (uint32_t i = 0; i < ncodes; i++)
	{
		const PatternCode *code = &codes[i];
		Fragment	f;

		switch (code->kind)
		{
			case PK_CONCAT:
				depth -= code->n;
				f = concat(g, &stack[depth], code->n);
				break;
			case PK_ALTERNATE:
				depth -= code->n;
				f = alternate(g, &stack[depth], code->n);
				break;
			case PK_REPEAT:
				depth--;
				f = repeat(g, &stack[depth], code->n, (uint32_t) code->span);
				break;
			default:
				f = leaf(g, code);
		}
		stack[depth++] = f;
	}
	return depth > 0 ? stack[0] : single(g, PN_JOIN);
}

/* -- numbering --------------------------------------------------------------- */

/* Edges by their node: from[i] .. from[i + 1] in `to`, in the order given. */
static void
sort_edges(const Graph *g, bool backwards, const uint16_t *number,
		   uint32_t *from, uint16_t *to)
{
	memset(from, 0, (g->nnodes + 1) * sizeof(*from));
	for (uint32_t i = 0; i < g->nedges; i++)
		from[number[backwards ? g->edges[i].to : g->edges[i].from] + 1]++;
	for (uint32_t i = 0; i < g->nnodes; i++)
		from[i + 1] += from[i];
	for (uint32_t i = 0; i < g->nedges; i++)
	{
		uint16_t	a = number[backwards ? g->edges[i].to : g->edges[i].from];
		uint16_t	b = number[backwards ? g->edges[i].from : g->edges[i].to];

		to[from[a]++] = b;
	}
	for (uint32_t i = g->nnodes; i > 0; i--)
		from[i] = from[i - 1];
	from[0] = 0;
}

/*
 * Number the nodes in reverse postorder of a walk that takes the last edge of
 * a node first: what leads out of a loop is added after what leads into it, so
 * a loop's nodes come before what follows the loop.
 */
static void
number_nodes(const Graph *g, uint16_t start, uint16_t *number, const PatternHost *host)
{
	uint32_t   *from = host->allocate(host->arg, (g->nnodes + 1) * sizeof(uint32_t));
	uint16_t   *to = host->allocate(host->arg, (g->nedges + 1) * sizeof(uint16_t));
	uint32_t   *left = host->allocate(host->arg, g->nnodes * sizeof(uint32_t));
	uint16_t   *stack = host->allocate(host->arg, g->nnodes * sizeof(uint16_t));
	uint8_t    *seen = host->allocate(host->arg, g->nnodes);
	uint32_t	next = g->nnodes;
	uint32_t	depth = 0;

	for (uint32_t i = 0; i < g->nnodes; i++)
		number[i] = (uint16_t) i;
	sort_edges(g, false, number, from, to);
	memset(seen, 0, g->nnodes);
	stack[depth++] = start;
	seen[start] = 1;
	left[start] = from[start + 1];
	while (depth > 0)
	{
		uint16_t	node = stack[depth - 1];

		if (left[node] == from[node])
		{
			number[node] = (uint16_t) --next;
			depth--;
		}
		else
		{
			uint16_t	to_node = to[--left[node]];

			if (!seen[to_node])
			{
				seen[to_node] = 1;
				left[to_node] = from[to_node + 1];
				stack[depth++] = to_node;
			}
		}
	}
}

/* -- what is known beforehand -------------------------------------------------- */

/* Can a run without consuming step onto this node at such a place? */
static bool
passes(const PatternNode *node, int place)
{
	switch (node->kind)
	{
		case PN_FIRST:
			return (place & 1) != 0;
		case PN_LAST:
			return (place & 2) != 0;
		case PN_ELEMENT:
			return false;
		default:
			return true;
	}
}

static void
find_ends(PatternProgram *p)
{
	bool		changed;

	p->nodes[p->accept].accepts = 15;
	p->nodes[p->start].begins = 15;
	do
	{
		changed = false;
		for (uint32_t i = p->nnodes; i-- > 0;)
		{
			PatternNode *node = &p->nodes[i];
			uint8_t		accepts = node->accepts;

			for (uint32_t k = p->next_from[i]; k < p->next_from[i + 1]; k++)
			{
				const PatternNode *next = &p->nodes[p->next[k]];

				for (int place = 0; place < 4; place++)
				{
					if (passes(next, place))
						accepts |= next->accepts & (1 << place);
				}
			}
			changed |= accepts != node->accepts;
			node->accepts = accepts;
		}
		for (uint32_t i = 0; i < p->nnodes; i++)
		{
			PatternNode *node = &p->nodes[i];
			uint8_t		begins = node->begins;

			for (uint32_t k = p->before_from[i]; k < p->before_from[i + 1]; k++)
			{
				const PatternNode *before = &p->nodes[p->before[k]];

				for (int place = 0; place < 4; place++)
				{
					if (passes(before, place))
						begins |= before->begins & (1 << place);
				}
			}
			changed |= begins != node->begins;
			node->begins = begins;
		}
	} while (changed);
}

/* Which bounds a run can meet before its clock moves. */
static void
find_bounds(PatternProgram *p)
{
	bool		changed;

	do
	{
		changed = false;
		for (uint32_t i = p->nnodes; i-- > 0;)
		{
			PatternNode *node = &p->nodes[i];
			uint8_t		ahead = node->ahead;
			uint64_t	horizon = node->horizon;

			for (uint32_t k = p->next_from[i]; k < p->next_from[i + 1]; k++)
			{
				const PatternNode *next = &p->nodes[p->next[k]];

				if (next->kind == PN_ELEMENT && (next->flags & PE_CLOCK))
					continue;
				ahead |= next->ahead;
				if (next->horizon > horizon)
					horizon = next->horizon;
				if (next->kind != PN_GATE)
					continue;
				ahead |= next->flags;
				if ((next->flags & PN_UPPER) && next->least <= next->most &&
					next->most > horizon)
					horizon = next->most;
			}
			changed |= ahead != node->ahead || horizon != node->horizon;
			node->ahead = ahead;
			node->horizon = horizon;
		}
	} while (changed);
}

/* Can a match begin behind the first touchpoint? */
static bool
is_anchored(const PatternProgram *p, const PatternHost *host)
{
	uint8_t    *reached = host->allocate(host->arg, p->nnodes);
	bool		changed;

	memset(reached, 0, p->nnodes);
	reached[p->start] = 1;
	do
	{
		changed = false;
		for (uint32_t i = 0; i < p->nnodes; i++)
		{
			for (uint32_t k = p->next_from[i]; reached[i] && k < p->next_from[i + 1]; k++)
			{
				const PatternNode *next = &p->nodes[p->next[k]];

				if (next->kind == PN_ELEMENT || next->kind == PN_ACCEPT)
					return false;
				if (next->kind != PN_FIRST && !reached[p->next[k]])
				{
					reached[p->next[k]] = 1;
					changed = true;
				}
			}
		}
	} while (changed);
	return true;
}

uint32_t
pattern_program_states(const PatternCode *codes, uint32_t ncodes, const PatternHost *host)
{
	uint32_t   *stack = host->allocate(host->arg, (ncodes + 1) * sizeof(uint32_t));

	return count_nodes(codes, ncodes, stack) + 2;
}

PatternProgram *
pattern_program_build(const PatternCode *codes, uint32_t ncodes, uint32_t natoms,
					  const PatternHost *host)
{
	PatternProgram *p = host->allocate(host->arg, sizeof(PatternProgram));
	Fragment   *stack = host->allocate(host->arg, (ncodes + 1) * sizeof(Fragment));
	Graph		g;
	Fragment	whole;
	uint16_t   *number;
	uint32_t	count;
	uint16_t	start;
	uint16_t	accept;

	count = pattern_program_states(codes, ncodes, host);
	if (count > PATTERN_MAX_STATES)
		return NULL;

	/* no construct adds more than four edges for each node it has */
	g.nodes = host->allocate(host->arg, count * sizeof(PatternNode));
	g.edges = host->allocate(host->arg, 4 * count * sizeof(Edge));
	g.nnodes = g.nedges = 0;
	whole = build_graph(&g, codes, ncodes, stack);
	start = add_node(&g, PN_START);
	accept = add_node(&g, PN_ACCEPT);
	add_edge(&g, start, whole.in);
	add_edge(&g, whole.out, accept);

	number = host->allocate(host->arg, count * sizeof(uint16_t));
	number_nodes(&g, start, number, host);
	memset(p, 0, sizeof(*p));
	p->nnodes = g.nnodes;
	p->natoms = natoms;
	p->start = number[start];
	p->accept = number[accept];
	p->nodes = host->allocate(host->arg, count * sizeof(PatternNode));
	p->next_from = host->allocate(host->arg, (count + 1) * sizeof(uint32_t));
	p->before_from = host->allocate(host->arg, (count + 1) * sizeof(uint32_t));
	p->next = host->allocate(host->arg, g.nedges * sizeof(uint16_t));
	p->before = host->allocate(host->arg, g.nedges * sizeof(uint16_t));
	for (uint32_t i = 0; i < count; i++)
	{
		p->nodes[number[i]] = g.nodes[i];
		p->gated |= g.nodes[i].kind == PN_GATE;
	}
	sort_edges(&g, false, number, p->next_from, p->next);
	sort_edges(&g, true, number, p->before_from, p->before);
	find_ends(p);
	find_bounds(p);
	p->anchored = is_anchored(p, host);
	return p;
}
