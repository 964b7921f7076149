/*
 * markov_rows.c
 *	  Attribution by removal: what share of the conversions of a Markov chain
 *	  of channels is lost without each of them, from the tally of its transitions
 *	  (markov_chain.h).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "journey.h"
#include "channel_path.h"
#include "core/credit.h"
#include "core/markov.h"
#include "markov_chain.h"
#include "row_array.h"
#include "tally_state.h"

/* -- the graph ------------------------------------------------------------------ */

static void
not_markov(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tally does not hold a Markov chain: %s", problem)));
}

/*
 * The channels before a transition, as a node of the graph.  The rows of a
 * packed tally are in the order of their keys, so those of a node are one after
 * the other, and the start is the first one.
 */
typedef struct ChainNode
{
	uint32		first_row;
	uint32		state;			/* in the chain; not of the start */
	int64		arrivals;
	int64		departures;
} ChainNode;

typedef struct MarkovGraph
{
	const Tally *t;
	int			order;
	ChainNode  *nodes;
	uint32		nnodes;
	int64		conversions;
	int64		nulls;
	int64		plus;
	int64		minus;
} MarkovGraph;

static int
compare_tuples(const int64 *a, const int64 *b)
{
	for (int k = 0; k < MARKOV_MAX_ORDER; k++)
	{
		if (a[k] != b[k])
			return a[k] < b[k] ? -1 : 1;
	}
	return 0;
}

static ChainNode *
find_node(const MarkovGraph *g, const int64 *keys)
{
	uint32		low = 0;
	uint32		high = g->nnodes;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;
		int			c = compare_tuples(keys, tally_keys(tally_row_at(g->t, g->nodes[middle].first_row)));

		if (c == 0)
			return &g->nodes[middle];
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* The node that a transition leads to; NULL for the ends. */
static ChainNode *
next_node(const MarkovGraph *g, const int64 *keys)
{
	int64		after[MARKOV_KEYS];
	ChainNode  *node;

	if (keys[MARKOV_KEY_NEXT] < 0)
		return NULL;
	memcpy(after, keys, sizeof(after));
	markov_shift(after, g->order);
	node = find_node(g, after);
	if (node == NULL)
		not_markov("a channel has no transition from it");
	return node;
}

static void
add_checked(int64 *sum, int64 add)
{
	if (pg_add_s64_overflow(*sum, add, sum))
		not_markov("it has too many transitions");
}

/*
 * The graph that a tally holds.  What the general form of a tally cannot know
 * is checked: that its transitions are those of whole paths, as many to a node
 * as from it.
 */
static void
read_graph(MarkovGraph *g, const Tally *given)
{
	const Tally *t;

	tally_must_be(given, TALLY_MARKOV);
	memset(g, 0, sizeof(*g));
	g->t = t = tally_packed(given);
	if (t->nrows == 0)
		return;
	if (t->params[MARKOV_PARAM_ORDER] < 1 || t->params[MARKOV_PARAM_ORDER] > MARKOV_MAX_ORDER)
		not_markov("the order of the model is unknown");
	g->order = (int) t->params[MARKOV_PARAM_ORDER];
	g->nodes = MemoryContextAllocHuge(CurrentMemoryContext, t->nrows * sizeof(ChainNode));

	for (uint32 i = 0; i < t->nrows; i++)
	{
		const int64 *keys = tally_keys(tally_row_at(t, i));
		const int64 *counters = tally_counters(t, tally_row_at(t, i));
		bool		started = false;

		for (int k = 0; k < MARKOV_MAX_ORDER; k++)
		{
			if (keys[k] == TALLY_MARK_END || (keys[k] < 0 && started) ||
				(keys[k] >= 0 && k < MARKOV_MAX_ORDER - g->order))
				not_markov("channels before a transition are not in place");
			started = keys[k] >= 0;
		}
		if (counters[TC_MARKOV_COUNT] == 0)
			not_markov("a transition was never made");
		if (keys[MARKOV_KEY_NEXT] != MARKOV_TO_CONVERSION &&
			(counters[TC_MARKOV_PLUS] != 0 || counters[TC_MARKOV_MINUS] != 0))
			not_markov("a transition without a conversion has a value");
		if (!started && keys[MARKOV_KEY_NEXT] < 0)
			not_markov("a path has no channels");
		if (i == 0 || compare_tuples(keys, tally_keys(tally_row_at(t, i - 1))) != 0)
		{
			ChainNode  *node = &g->nodes[g->nnodes++];

			node->first_row = i;
			node->state = 0;
			node->arrivals = node->departures = 0;
		}
		add_checked(&g->nodes[g->nnodes - 1].departures, counters[TC_MARKOV_COUNT]);
		if (keys[MARKOV_KEY_NEXT] == MARKOV_TO_CONVERSION)
		{
			add_checked(&g->conversions, counters[TC_MARKOV_COUNT]);
			add_checked(&g->plus, counters[TC_MARKOV_PLUS]);
			add_checked(&g->minus, counters[TC_MARKOV_MINUS]);
		}
		else if (keys[MARKOV_KEY_NEXT] == MARKOV_TO_NULL)
			add_checked(&g->nulls, counters[TC_MARKOV_COUNT]);
	}
	if (tally_keys(tally_row_at(t, 0))[MARKOV_KEY_CURRENT] >= 0)
		not_markov("it has no start");
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		ChainNode  *node;

		CHECK_FOR_INTERRUPTS();
		node = next_node(g, tally_keys(row));
		if (node != NULL)
			add_checked(&node->arrivals, tally_counters(t, row)[TC_MARKOV_COUNT]);
	}
	for (uint32 i = 1; i < g->nnodes; i++)
	{
		if (g->nodes[i].arrivals != g->nodes[i].departures)
			not_markov("a channel was not left as often as it was come to");
	}
}

static void
look_for_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

/*
 * Number the nodes by channel, those of a channel in the order of the tally,
 * and solve the chain.
 */
static void
solve_graph(MarkovGraph *g, double *effects, double *probability)
{
	const Tally *t = g->t;
	MarkovChain chain;
	uint32	   *first = palloc0((t->nlabels + 2) * sizeof(uint32));
	MarkovEdge *edges;
	void	   *scratch;
	uint32		row = 0;

	if (g->nnodes - 1 > MARKOV_MAX_STATES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("Markov chain would have more than %d states", MARKOV_MAX_STATES),
				 errdetail("Paths of %u channels have %u different sequences of up to %d of them.",
						   t->nlabels, g->nnodes - 1, g->order),
				 g->order > 1 ? errhint("Use a lower model_order, or put rare channels together.") :
				 errhint("Put rare channels together.")));

	/* first[c + 1] counts, then says where the next state of c goes */
	for (uint32 i = 1; i < g->nnodes; i++)
		first[tally_keys(tally_row_at(t, g->nodes[i].first_row))[MARKOV_KEY_CURRENT] + 2]++;
	for (uint32 c = 0; c < t->nlabels; c++)
	{
		if (first[c + 2] == 0)
			not_markov("a channel was never come to");
		first[c + 2] += first[c + 1];
	}
	for (uint32 i = 1; i < g->nnodes; i++)
		g->nodes[i].state = first[tally_keys(tally_row_at(t, g->nodes[i].first_row))[MARKOV_KEY_CURRENT] + 1]++;

	edges = MemoryContextAllocHuge(CurrentMemoryContext, t->nrows * sizeof(MarkovEdge));
	for (uint32 i = 0; i < g->nnodes; i++)
	{
		uint32		end = i + 1 < g->nnodes ? g->nodes[i + 1].first_row : t->nrows;

		for (; row < end; row++)
		{
			const int64 *keys = tally_keys(tally_row_at(t, row));
			ChainNode  *to = next_node(g, keys);

			edges[row].from = i == 0 ? MARKOV_START : g->nodes[i].state;
			edges[row].to = to != NULL ? to->state :
				keys[MARKOV_KEY_NEXT] == MARKOV_TO_CONVERSION ? MARKOV_CONVERSION : MARKOV_NULL;
			edges[row].count = tally_counters(t, tally_row_at(t, row))[TC_MARKOV_COUNT];
		}
	}
	chain.edges = edges;
	chain.nedges = t->nrows;
	chain.first = first;
	chain.nchannels = t->nlabels;
	chain.nstates = g->nnodes - 1;
	scratch = MemoryContextAllocHuge(CurrentMemoryContext, markov_scratch(&chain));
	if (markov_solve(&chain, scratch, look_for_interrupts, probability, effects) != MARKOV_OK)
		not_markov("some channels lead to no end");
	pfree(scratch);
	pfree(edges);
	pfree(first);
}

/* -- answers ------------------------------------------------------------------- */

/* The credits as an array of journey.markov_row, in the order of names. */
PG_FUNCTION_INFO_V1(markov_rows);
Datum
markov_rows(PG_FUNCTION_ARGS)
{
	MarkovGraph g;
	RowArray	rows;
	uint32		n;
	double	   *effects;
	double	   *conversions;
	double	   *values;
	double		sum = 0;
	double		probability;

	read_graph(&g, PG_GETARG_TALLY_P(0));
	n = g.t->nlabels;
	if (g.t->nrows == 0)
		PG_RETURN_NULL();
	effects = palloc(n * sizeof(double));
	conversions = palloc(n * sizeof(double));
	values = palloc(n * sizeof(double));
	solve_graph(&g, effects, &probability);
	credit_divide(effects, n, (double) g.conversions, conversions);
	credit_divide(effects, n, channel_path_value(g.plus, g.minus), values);
	for (uint32 i = 0; i < n; i++)
		sum += effects[i];

	row_array_start(&rows, fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		JourneyLabel label;
		Datum		columns[7];
		bool		nulls[7] = {false};

		CHECK_FOR_INTERRUPTS();
		tally_label_get(g.t, i, &label);
		columns[0] = journey_label_datum(&label);
		nulls[1] = nulls[2] = g.conversions == 0;
		columns[1] = Float8GetDatum(effects[i]);
		columns[2] = Float8GetDatum(sum > 0 ? effects[i] / sum : 0);
		columns[3] = Float8GetDatum(conversions[i]);
		columns[4] = Float8GetDatum(values[i]);
		columns[5] = Float8GetDatum(probability);
		columns[6] = Float8GetDatum(probability * (1 - effects[i]));
		row_array_add(&rows, columns, nulls);
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}

/* The graph as an array of journey.markov_transition_row. */
PG_FUNCTION_INFO_V1(markov_transitions);
Datum
markov_transitions(PG_FUNCTION_ARGS)
{
	MarkovGraph g;
	RowArray	rows;
	uint32		row = 0;

	read_graph(&g, PG_GETARG_TALLY_P(0));
	if (g.t->nrows == 0)
		PG_RETURN_NULL();
	row_array_start(&rows, fcinfo);
	for (uint32 i = 0; i < g.nnodes; i++)
	{
		uint32		end = i + 1 < g.nnodes ? g.nodes[i + 1].first_row : g.t->nrows;
		Datum		names[MARKOV_MAX_ORDER];
		int			nnames = 0;
		Datum		from;

		for (int k = 0; k < MARKOV_MAX_ORDER; k++)
		{
			int64		key = tally_keys(tally_row_at(g.t, row))[k];
			JourneyLabel label;

			if (key < 0)
				continue;
			tally_label_get(g.t, (uint32) key, &label);
			names[nnames++] = journey_label_datum(&label);
		}
		from = PointerGetDatum(construct_array(names, nnames, TEXTOID, -1, false, TYPALIGN_INT));
		for (; row < end; row++)
		{
			int64		next = tally_keys(tally_row_at(g.t, row))[MARKOV_KEY_NEXT];
			int64		count = tally_counters(g.t, tally_row_at(g.t, row))[TC_MARKOV_COUNT];
			JourneyLabel label;
			Datum		columns[5];
			bool		nulls[5] = {false};

			CHECK_FOR_INTERRUPTS();
			columns[0] = from;
			nulls[1] = next < 0;
			nulls[2] = next >= 0;
			if (next >= 0)
			{
				tally_label_get(g.t, (uint32) next, &label);
				columns[1] = journey_label_datum(&label);
			}
			else
				columns[2] = CStringGetTextDatum(next == MARKOV_TO_CONVERSION ? "conversion" : "null");
			columns[3] = Int64GetDatum(count);
			columns[4] = Float8GetDatum((double) count / (double) g.nodes[i].departures);
			row_array_add(&rows, columns, nulls);
		}
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}
