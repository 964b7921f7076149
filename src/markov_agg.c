/*
 * markov_agg.c
 *	  Counting the transitions of paths of channels, for attribution by removal:
 *	  paths that are given, and those of journeys.
 *
 * What the rows of the state mean stands in markov_chain.h, what is answered from
 * them in markov_rows.c.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "journey.h"
#include "channel_path.h"
#include "journey_paths.h"
#include "markov_chain.h"
#include "tally_state.h"

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
		if (order < 1 || order > MARKOV_MAX_ORDER)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("model_order must be between 1 and %d: %d", MARKOV_MAX_ORDER, order),
					 errhint("It is the number of last channels that the next one depends on; 1 is the usual model.")));
	}
	return order;
}

/* The state, for paths of a model of this order. */
static Tally *
state_of_order(FunctionCallInfo fcinfo, int order)
{
	Tally	   *t = PG_ARGISNULL(0) ? tally_create(TALLY_MARKOV) : tally_state(fcinfo, 0, TALLY_MARKOV);

	if (t->params[MARKOV_PARAM_ORDER] == 0)
		t->params[MARKOV_PARAM_ORDER] = order;
	else if (t->params[MARKOV_PARAM_ORDER] != order)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot count paths for models of order %d and %d together",
						(int) t->params[MARKOV_PARAM_ORDER], order),
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
	for (int k = 0; k < MARKOV_KEYS; k++)
		keys[k] = TALLY_MARK_START;
	for (int i = 0; i < path.n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		keys[MARKOV_KEY_NEXT] = tally_label_grow(&t, &path.channels[i]);
		counters = tally_counters(t, tally_row_grow(&t, keys));
		channel_path_add(&counters[TC_MARKOV_COUNT], paths);
		markov_shift(keys, order);
	}
	if (path.conversions > 0)
	{
		keys[MARKOV_KEY_NEXT] = MARKOV_TO_CONVERSION;
		counters = tally_counters(t, tally_row_grow(&t, keys));
		channel_path_add(&counters[TC_MARKOV_COUNT], path.conversions);
		channel_path_add(&counters[TC_MARKOV_PLUS], path.plus);
		channel_path_add(&counters[TC_MARKOV_MINUS], path.minus);
	}
	if (path.nulls > 0)
	{
		keys[MARKOV_KEY_NEXT] = MARKOV_TO_NULL;
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
	int64		keys[MARKOV_KEYS];
} MarkovRun;

static void
start_path(MarkovRun *run)
{
	for (int k = 0; k < MARKOV_KEYS; k++)
		run->keys[k] = TALLY_MARK_START;
}

/* The transition that the keys say. */
static int64 *
transition(MarkovRun *run)
{
	uint64		hash = (uint64) (run->keys[MARKOV_KEY_NEXT] + 2);
	uint32	   *hint;
	TallyRow   *row;

	/* up to 32 labels and the first order without a collision */
	for (int k = 1; k <= run->order; k++)
		hash = hash * 31 + (uint64) (run->keys[MARKOV_MAX_ORDER - k] + 2);
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
	run->keys[MARKOV_KEY_NEXT] = label;
	channel_path_add(&transition(run)[TC_MARKOV_COUNT], times);
	markov_shift(run->keys, run->order);
}

static void
end_path(MarkovRun *run, uint32 path)
{
	const JourneyPaths *p = &run->call->paths;
	bool		converted = journey_path_converted(p, path);
	int64	   *counters;

	run->keys[MARKOV_KEY_NEXT] = converted ? MARKOV_TO_CONVERSION : MARKOV_TO_NULL;
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
			run->keys[MARKOV_MAX_ORDER - k] = label_of(run, p->channels[w->end_step - k]);
		end_path(run, i);
	}
	for (uint32 i = 0; i < nsteps; i++)
	{
		paths += starts[i];
		if (paths == 0)
			continue;
		for (int k = run->order; k > 0; k--)
			run->keys[MARKOV_MAX_ORDER - k] = label_of(run, p->channels[i - k]);
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

	run->keys[MARKOV_KEY_CURRENT] = from;
	run->keys[MARKOV_KEY_NEXT] = to;
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
	int64	   *counters = step_counters(run, from, MARKOV_TO_CONVERSION);
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
			channel_path_add(&step_counters(&run, from, MARKOV_TO_NULL)[TC_MARKOV_COUNT], 1);
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
