/*
 * markov_agg.c
 *	  Attribution by removal: what share of the conversions of a Markov chain
 *	  of channels is lost without each of them.
 *
 * The state is a tally with a row for each different transition.  Its keys are
 * the last channels before it, as many as the order of the model says, oldest
 * first and filled up in front with TALLY_MARK_START, and what came next: a
 * channel, TALLY_MARK_START for a conversion or TALLY_MARK_END for none.
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
#include "journey_paths.h"
#include "row_array.h"
#include "tally_state.h"

#define MAX_ORDER			5
#define KEY_CURRENT			(MAX_ORDER - 1)
#define KEY_NEXT			MAX_ORDER
#define NKEYS				(MAX_ORDER + 1)
#define PARAM_ORDER			0
#define TO_CONVERSION		TALLY_MARK_START
#define TO_NULL				TALLY_MARK_END

/* What the channels before a transition are after it. */
static void
shift(int64 *keys, int order)
{
	for (int k = MAX_ORDER - order; k < KEY_CURRENT; k++)
		keys[k] = keys[k + 1];
	keys[KEY_CURRENT] = keys[KEY_NEXT];
}

/* The order of the model as argument n of the call, or 1. */
static int
order_arg(FunctionCallInfo fcinfo, int n)
{
	int			order = 1;

	if (PG_NARGS() > n)
	{
		if (PG_ARGISNULL(n))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("model_order must not be NULL")));
		order = PG_GETARG_INT32(n);
		if (order < 1 || order > MAX_ORDER)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("model_order must be between 1 and %d: %d", MAX_ORDER, order),
					 errhint("It is the number of last channels that the next one depends on; 1 is the usual model.")));
	}
	return order;
}

/* The state, for paths of a model of this order. */
static Tally *
state_of_order(FunctionCallInfo fcinfo, int order)
{
	Tally	   *t = PG_ARGISNULL(0) ? tally_create(TALLY_MARKOV) : tally_state(fcinfo, 0, TALLY_MARKOV);

	if (t->params[PARAM_ORDER] == 0)
		t->params[PARAM_ORDER] = order;
	else if (t->params[PARAM_ORDER] != order)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot count paths for models of order %d and %d together",
						(int) t->params[PARAM_ORDER], order),
				 errhint("Give the same model_order for all rows.")));
	return t;
}

/* markov_agg_add(state, path, conversions, nulls, value [, model_order]) */
PG_FUNCTION_INFO_V1(markov_agg_add);
Datum
markov_agg_add(PG_FUNCTION_ARGS)
{
	ChannelPath path;
	int64		paths = 0;
	int64		keys[TALLY_MAX_KEYS];
	int64	   *counters;
	int			order = order_arg(fcinfo, 5);
	Tally	   *t;

	if (!channel_path_args(fcinfo, &path))
		return tally_unchanged(fcinfo);
	t = state_of_order(fcinfo, order);
	channel_path_add(&paths, path.conversions);
	channel_path_add(&paths, path.nulls);
	for (int k = 0; k < NKEYS; k++)
		keys[k] = TALLY_MARK_START;
	for (int i = 0; i < path.n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		keys[KEY_NEXT] = tally_label_grow(&t, &path.channels[i]);
		counters = tally_counters(t, tally_row_grow(&t, keys));
		channel_path_add(&counters[TC_MARKOV_COUNT], paths);
		shift(keys, order);
	}
	if (path.conversions > 0)
	{
		keys[KEY_NEXT] = TO_CONVERSION;
		counters = tally_counters(t, tally_row_grow(&t, keys));
		channel_path_add(&counters[TC_MARKOV_COUNT], path.conversions);
		channel_path_add(&counters[TC_MARKOV_PLUS], path.plus);
		channel_path_add(&counters[TC_MARKOV_MINUS], path.minus);
	}
	if (path.nulls > 0)
	{
		keys[KEY_NEXT] = TO_NULL;
		counters = tally_counters(t, tally_row_grow(&t, keys));
		channel_path_add(&counters[TC_MARKOV_COUNT], path.nulls);
	}
	PG_RETURN_POINTER(t);
}

/* -- journeys ---------------------------------------------------------------- */

#define ROW_HINTS		1024

/* What stays from journey to journey: where rows were in the last state. */
typedef struct MarkovCall
{
	JourneyPaths paths;
	uint32		rows[ROW_HINTS];
	bool		asked;			/* whether journeys can be counted at once */
	bool		at_once;
	ChannelNames conversions;
	ChannelRun	run;
} MarkovCall;

/* A journey being counted. */
typedef struct MarkovRun
{
	MarkovCall *call;
	Tally	   *t;
	int			order;
	int64		keys[NKEYS];
} MarkovRun;

static void
start_path(MarkovRun *run)
{
	for (int k = 0; k < NKEYS; k++)
		run->keys[k] = TALLY_MARK_START;
}

/* The transition that the keys say. */
static int64 *
transition(MarkovRun *run)
{
	uint64		hash = (uint64) (run->keys[KEY_NEXT] + 2);
	uint32	   *hint;
	TallyRow   *row;

	/* up to 32 labels and the first order without a collision */
	for (int k = 1; k <= run->order; k++)
		hash = hash * 31 + (uint64) (run->keys[MAX_ORDER - k] + 2);
	hint = &run->call->rows[(hash ^ hash >> 10) % ROW_HINTS];
	row = tally_row_if(run->t, *hint, run->keys);
	if (row == NULL)
	{
		row = tally_row_grow(&run->t, run->keys);
		*hint = tally_row_number(run->t, row);
	}
	return tally_counters(run->t, row);
}

static inline int32
label_of(MarkovRun *run, uint32 channel)
{
	return journey_path_label(&run->call->paths, &run->t, channel);
}

/* Go on to a label, so many times; the path is then there. */
static inline void
go_to(MarkovRun *run, int32 label, int64 times)
{
	CHECK_FOR_INTERRUPTS();
	run->keys[KEY_NEXT] = label;
	channel_path_add(&transition(run)[TC_MARKOV_COUNT], times);
	shift(run->keys, run->order);
}

static void
end_path(MarkovRun *run, uint32 path)
{
	const JourneyPaths *p = &run->call->paths;
	bool		converted = journey_path_converted(p, path);
	int64	   *counters;

	run->keys[KEY_NEXT] = converted ? TO_CONVERSION : TO_NULL;
	counters = transition(run);
	channel_path_add(&counters[TC_MARKOV_COUNT], 1);
	if (converted && p->values[path] != 0)
	{
		int64		plus;
		int64		minus;

		channel_path_units(p->values[path], &plus, &minus);
		channel_path_add(&counters[TC_MARKOV_PLUS], plus);
		channel_path_add(&counters[TC_MARKOV_MINUS], minus);
	}
}

/*
 * Paths that are windows of the same steps.  Where they overlap much, only their
 * first and last transitions are counted one by one.  Those between, which have
 * all the channels before them that the model asks for, are the same in all
 * paths: how many paths a transition is in is the sum of what begins and ends up
 * to it.
 */
static void
count_overlapping(MarkovRun *run)
{
	const JourneyPaths *p = &run->call->paths;
	int64	   *starts;
	int64		paths = 0;
	uint32		nsteps = 0;

	for (uint32 i = 0; i < p->nwindows; i++)
		nsteps = Max(nsteps, p->windows[i].end_step);
	starts = MemoryContextAllocExtended(CurrentMemoryContext, (nsteps + 1) * sizeof(int64),
										MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (uint32 i = 0; i < p->nwindows; i++)
	{
		const ChannelWindow *w = &p->windows[i];
		uint32		length = w->end_step - w->first_step;
		uint32		alone = Min(length, (uint32) run->order);

		CHECK_FOR_INTERRUPTS();
		if (w->end_step <= w->first_step)
			continue;
		start_path(run);
		for (uint32 k = 0; k < alone; k++)
			go_to(run, label_of(run, p->channels[w->first_step + k]), 1);
		starts[w->first_step + alone]++;
		starts[w->end_step]--;

		/* the channels before the end are the last ones */
		start_path(run);
		for (uint32 k = alone; k > 0; k--)
			run->keys[MAX_ORDER - k] = label_of(run, p->channels[w->end_step - k]);
		end_path(run, i);
	}
	for (uint32 i = 0; i < nsteps; i++)
	{
		paths += starts[i];
		if (paths == 0)
			continue;
		for (int k = run->order; k > 0; k--)
			run->keys[MAX_ORDER - k] = label_of(run, p->channels[i - k]);
		go_to(run, label_of(run, p->channels[i]), paths);
	}
}

/* Is that worth it? */
static bool
overlap_much(const JourneyPaths *p, int order)
{
	uint64		steps = 0;
	uint32		nsteps = 0;

	for (uint32 i = 0; i < p->nwindows; i++)
	{
		const ChannelWindow *w = &p->windows[i];

		if (w->end_step > w->first_step)
		{
			steps += w->end_step - w->first_step;
			nsteps = w->end_step;
		}
	}
	return steps > 2 * ((uint64) nsteps + 2 * (uint64) order * p->nwindows);
}

static void
count_paths(MarkovRun *run)
{
	JourneyPaths *p = &run->call->paths;

	for (uint32 i = 0; i < p->nwindows; i++)
	{
		const ChannelWindow *w = &p->windows[i];

		if (w->end_step <= w->first_step)
			continue;
		CHECK_FOR_INTERRUPTS();
		start_path(run);
		if (p->each_step)
		{
			for (uint32 k = w->first_step; k < w->end_step; k++)
				go_to(run, label_of(run, p->channels[k]), 1);
		}
		else
		{
			ChannelStep *steps;
			uint32		n = journey_path_steps(p, p->question.transform, w, &steps);

			for (uint32 k = 0; k < n; k++)
				go_to(run, journey_step_label(p, &run->t, &steps[k]), 1);
		}
		end_path(run, i);
	}
}

/* -- journeys at once --------------------------------------------------------- */

/*
 * Paths without a limit that begin anew behind every conversion are counted from
 * the events of a journey, one after the other: no windows, no steps.
 */
static bool
can_be_at_once(MarkovCall *call)
{
	if (!call->asked && journey_paths_ready(&call->paths))
	{
		call->asked = true;
		call->at_once = journey_paths_plain(&call->paths, &call->conversions);
	}
	return call->at_once;
}

/* The row of a transition in the first order. */
static inline int64 *
step_counters(MarkovRun *run, int64 from, int64 to)
{
	uint32	   *hint = &run->call->rows[((uint64) (from + 2) * 32 + (uint64) (to + 2)) % ROW_HINTS];
	TallyRow   *row;

	run->keys[KEY_CURRENT] = from;
	run->keys[KEY_NEXT] = to;
	row = tally_row_if(run->t, *hint, run->keys);
	if (unlikely(row == NULL))
	{
		row = tally_row_grow(&run->t, run->keys);
		*hint = tally_row_number(run->t, row);
	}
	return tally_counters(run->t, row);
}

/* The values of touchpoints in ascending order. */
typedef struct ValueWalk
{
	const uint8 *position;
	const uint8 *value;
	uint32		left;
	uint32		next;
} ValueWalk;

static inline double
value_at(ValueWalk *w, uint32 touchpoint)
{
	uint64		bits;
	double		value;

	while (w->left > 0 && w->next < touchpoint)
	{
		w->value += 8;
		if (--w->left > 0)
			w->next += journey_get_varint(&w->position);
	}
	if (w->left == 0 || w->next != touchpoint)
		return 0;
	bits = journey_load64(w->value);
	memcpy(&value, &bits, 8);
	return value;
}

/* A path ends with a conversion at a touchpoint. */
static inline void
convert(MarkovRun *run, int64 from, ValueWalk *values, uint32 touchpoint)
{
	double		value = value_at(values, touchpoint);
	int64	   *counters = step_counters(run, from, TO_CONVERSION);
	int64		plus;
	int64		minus;

	channel_path_add(&counters[TC_MARKOV_COUNT], 1);
	if (value == 0)
		return;
	channel_path_units(value, &plus, &minus);
	channel_path_add(&counters[TC_MARKOV_PLUS], plus);
	channel_path_add(&counters[TC_MARKOV_MINUS], minus);
}

/* False if it must be done otherwise; *state is NULL if nothing is counted. */
static bool
count_at_once(MarkovCall *call, FunctionCallInfo fcinfo, Tally **state)
{
	const ChannelRun *r = &call->run;
	JourneyView v;
	MarkovRun	run;
	ValueWalk	values;
	int64		from = TALLY_MARK_START;

	*state = NULL;
	PG_GETARG_JOURNEY(1, &v);
	if (v.nchannels == 0 || v.count == 0)
		return true;
	if (!channel_run(&v, &call->conversions, &call->run))
		return false;
	if (!r->any_touch)
		return true;
	run.call = call;
	run.order = 1;
	run.t = state_of_order(fcinfo, 1);
	start_path(&run);
	values.position = v.positions;
	values.value = v.values;
	values.left = v.nvalues;
	values.next = v.nvalues > 0 ? journey_get_varint(&values.position) : 0;
	for (uint32 b = 0; b < r->nblocks; b++)
	{
		for (uint64 left = r->events[b]; left != 0; left &= left - 1)
		{
			uint32		i = (uint32) __builtin_ctzll(left);
			uint32		channel = r->codes[64 * b + i];
			int64		to;

			if ((r->starts[b] >> i & 1) != 0)
			{
				if (from != TALLY_MARK_START)
					convert(&run, from, &values, 64 * b + i - 1);
				from = TALLY_MARK_START;
			}
			if (channel == 0)
				continue;
			to = journey_known_number(&call->paths, &run.t, v.channels[channel - 1]);
			if (to == from)
				continue;
			channel_path_add(&step_counters(&run, from, to)[TC_MARKOV_COUNT], 1);
			from = to;
		}
	}
	if (from != TALLY_MARK_START)
	{
		if (r->ends_converted)
			convert(&run, from, &values, v.count - 1);
		else
			channel_path_add(&step_counters(&run, from, TO_NULL)[TC_MARKOV_COUNT], 1);
	}
	*state = run.t;
	return true;
}

/* markov_agg_add_journey(state, journey, options [, model_order]) */
PG_FUNCTION_INFO_V1(markov_agg_add_journey);
Datum
markov_agg_add_journey(PG_FUNCTION_ARGS)
{
	MarkovCall *call = fcinfo->flinfo->fn_extra;
	int			order = order_arg(fcinfo, 3);
	MarkovRun	run;
	JourneyPaths *p;

	if (call == NULL)
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(MarkovCall));
		journey_paths_init(&call->paths, fcinfo, 2);
		fcinfo->flinfo->fn_extra = call;
	}
	p = &call->paths;
	if (order == 1 && !PG_ARGISNULL(1) && can_be_at_once(call))
	{
		CHECK_FOR_INTERRUPTS();
		if (count_at_once(call, fcinfo, &run.t))
			return run.t == NULL ? tally_unchanged(fcinfo) : PointerGetDatum(run.t);
	}
	if (!journey_paths_read(p, fcinfo, 2))
		return tally_unchanged(fcinfo);
	run.call = call;
	run.order = order;
	run.t = state_of_order(fcinfo, order);
	if (p->each_step && overlap_much(p, order))
		count_overlapping(&run);
	else
		count_paths(&run);
	PG_RETURN_POINTER(run.t);
}

/* -- reading ----------------------------------------------------------------- */

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
	for (int k = 0; k < MAX_ORDER; k++)
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
	int64		after[NKEYS];
	ChainNode  *node;

	if (keys[KEY_NEXT] < 0)
		return NULL;
	memcpy(after, keys, sizeof(after));
	shift(after, g->order);
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
	if (t->params[PARAM_ORDER] < 1 || t->params[PARAM_ORDER] > MAX_ORDER)
		not_markov("the order of the model is unknown");
	g->order = (int) t->params[PARAM_ORDER];
	g->nodes = MemoryContextAllocHuge(CurrentMemoryContext, t->nrows * sizeof(ChainNode));

	for (uint32 i = 0; i < t->nrows; i++)
	{
		const int64 *keys = tally_keys(tally_row_at(t, i));
		const int64 *counters = tally_counters(t, tally_row_at(t, i));
		bool		started = false;

		for (int k = 0; k < MAX_ORDER; k++)
		{
			if (keys[k] == TALLY_MARK_END || (keys[k] < 0 && started) ||
				(keys[k] >= 0 && k < MAX_ORDER - g->order))
				not_markov("channels before a transition are not in place");
			started = keys[k] >= 0;
		}
		if (counters[TC_MARKOV_COUNT] == 0)
			not_markov("a transition was never made");
		if (keys[KEY_NEXT] != TO_CONVERSION &&
			(counters[TC_MARKOV_PLUS] != 0 || counters[TC_MARKOV_MINUS] != 0))
			not_markov("a transition without a conversion has a value");
		if (!started && keys[KEY_NEXT] < 0)
			not_markov("a path has no channels");
		if (i == 0 || compare_tuples(keys, tally_keys(tally_row_at(t, i - 1))) != 0)
		{
			ChainNode  *node = &g->nodes[g->nnodes++];

			node->first_row = i;
			node->state = 0;
			node->arrivals = node->departures = 0;
		}
		add_checked(&g->nodes[g->nnodes - 1].departures, counters[TC_MARKOV_COUNT]);
		if (keys[KEY_NEXT] == TO_CONVERSION)
		{
			add_checked(&g->conversions, counters[TC_MARKOV_COUNT]);
			add_checked(&g->plus, counters[TC_MARKOV_PLUS]);
			add_checked(&g->minus, counters[TC_MARKOV_MINUS]);
		}
		else if (keys[KEY_NEXT] == TO_NULL)
			add_checked(&g->nulls, counters[TC_MARKOV_COUNT]);
	}
	if (tally_keys(tally_row_at(t, 0))[KEY_CURRENT] >= 0)
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
		first[tally_keys(tally_row_at(t, g->nodes[i].first_row))[KEY_CURRENT] + 2]++;
	for (uint32 c = 0; c < t->nlabels; c++)
	{
		if (first[c + 2] == 0)
			not_markov("a channel was never come to");
		first[c + 2] += first[c + 1];
	}
	for (uint32 i = 1; i < g->nnodes; i++)
		g->nodes[i].state = first[tally_keys(tally_row_at(t, g->nodes[i].first_row))[KEY_CURRENT] + 1]++;

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
				keys[KEY_NEXT] == TO_CONVERSION ? MARKOV_CONVERSION : MARKOV_NULL;
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
		Datum		names[MAX_ORDER];
		int			nnames = 0;
		Datum		from;

		for (int k = 0; k < MAX_ORDER; k++)
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
			int64		next = tally_keys(tally_row_at(g.t, row))[KEY_NEXT];
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
				columns[2] = CStringGetTextDatum(next == TO_CONVERSION ? "conversion" : "null");
			columns[3] = Int64GetDatum(count);
			columns[4] = Float8GetDatum((double) count / (double) g.nodes[i].departures);
			row_array_add(&rows, columns, nulls);
		}
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}
