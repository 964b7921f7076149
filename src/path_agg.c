/*
 * path_agg.c
 *	  The paths that most customers take, exactly counted, and what flows from
 *	  step to step along them.
 *
 * The state is a tally with a row for each different path, whose keys are the
 * labels of its events, one after the other; behind the last the mark
 * TALLY_MARK_END fills up.  Whole paths as rows, not a trie of nodes: numbers
 * of nodes would differ from state to state, and adding two states would mean
 * to walk both.  The labels of keys are translated by what adds any tallies,
 * so that paths can be added, stored and sent as everything else.
 *
 * The packed form has its labels in the order of their bytes and its rows in
 * that of their keys, and the mark sorts before all labels: so the rows of a
 * packed tally are in the order of the paths, which breaks ties of counts.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "busy_tally.h"
#include "journey.h"
#include "path_array.h"
#include "row_array.h"
#include "tally_state.h"

#define PATH_MAX_EVENTS		TALLY_MAX_KEYS
#define PATH_DEFAULT_TOP	20
#define HEAP_MAX			65536

/* -- counting ----------------------------------------------------------------- */

/* From so many different paths on a state is a busy one. */
#define BUSY_PATHS	1024

/*
 * The state: a flat tally until it has many different paths, then a busy one,
 * whose tally is for labels.
 */
typedef struct PathState
{
	Tally	   *t;
	BusyTally  *busy;			/* or NULL */
} PathState;

/* The state, and what is asked of it in the argument `top`, -1 for none. */
static PathState
paths_state(FunctionCallInfo fcinfo, int top)
{
	PathState	s = {NULL, NULL};
	MemoryContext aggregate;
	Tally	   *t;
	int32		asked;

	if (!PG_ARGISNULL(0))
		s.busy = busy_tally(PG_GETARG_DATUM(0));
	if (s.busy == NULL)
	{
		s.t = PG_ARGISNULL(0) ? tally_create(TALLY_PATHS) : tally_state(fcinfo, 0, TALLY_PATHS);
		if (s.t->nrows >= BUSY_PATHS && AggCheckCallContext(fcinfo, &aggregate))
			s.busy = busy_create(aggregate, s.t);
	}
	if (s.busy != NULL)
	{
		busy_change(s.busy);
		s.t = s.busy->t;
	}
	t = s.t;
	if (top < 0)
		return s;
	if (PG_ARGISNULL(top))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"top\" must not be null")));
	asked = PG_GETARG_INT32(top);
	if (asked < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"top\" must be at least 1"),
				 errhint("For all paths: path_rows(path_tally(path), NULL).")));
	if (t->params[0] != 0 && t->params[0] != asked)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"top\" must be the same for all paths"),
				 errdetail("It was %lld and is %d.", (long long) t->params[0], asked)));
	t->params[0] = asked;
	return s;
}

/* Number of a label in the tally of a state. */
static int64
label_number(PathState *s, const JourneyLabel *label)
{
	TallyFull	full;
	int32		number;

	if (s->busy == NULL)
		return tally_label_grow(&s->t, label);
	while ((number = tally_label(s->busy->t, label, &full)) < 0)
		busy_enlarge(s->busy, full);
	return number;
}

/* Count a path; returns the state. */
static Datum
count_path(PathState *s, const int64 *keys)
{
	Tally	   *t = s->t;
	int64	   *counters;

	if (s->busy != NULL)
	{
		busy_count_path(s->busy, keys, 1);
		PG_RETURN_DATUM(EOHPGetRWDatum(&s->busy->hdr));
	}
	counters = tally_counters(t, tally_row_grow(&t, keys));
	if (pg_add_s64_overflow(counters[TC_PATHS_COUNT], 1, &counters[TC_PATHS_COUNT]))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of paths is out of range")));
	PG_RETURN_POINTER(t);
}

/* path_agg_add(state, path text[] [, top]) */
PG_FUNCTION_INFO_V1(path_agg_add);
Datum
path_agg_add(PG_FUNCTION_ARGS)
{
	PathArray	path;
	PathState	s;
	int64		keys[TALLY_MAX_KEYS];

	if (!path_array_read(&path, fcinfo, 1))
		return tally_unchanged(fcinfo);
	if (path.n > PATH_MAX_EVENTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("path is too long to be counted"),
				 errdetail("It has %d events, at most %d are counted.", path.n, PATH_MAX_EVENTS),
				 errhint("Cut it, for example by path(journey, depth => %d).", PATH_MAX_EVENTS)));
	s = paths_state(fcinfo, PG_NARGS() > 2 ? 2 : -1);
	for (int i = 0; i < path.n; i++)
	{
		JourneyLabel label;

		path_array_label(&path, i, &label);
		keys[i] = label_number(&s, &label);
	}
	for (int i = path.n; i < TALLY_MAX_KEYS; i++)
		keys[i] = TALLY_MARK_END;
	return count_path(&s, keys);
}

/*
 * Number in the tally of the label at *p, which steps to the next.  A
 * well-known name of one byte was most likely under the same number the last
 * time; whether it is, the tally itself says, so that it does not matter which
 * tally that was.
 */
static inline int64
next_label_number(PathState *s, const uint8 **p)
{
	static uint16 hints[128];
	uint8		byte = **p;
	JourneyLabel label;
	int64		number;

	if (s->busy != NULL)
	{
		TallyFull	full;

		while ((number = label_cache_next(s->busy->t, &s->busy->path_labels, p, &full)) < 0)
			busy_enlarge(s->busy, full);
		return number;
	}
	if (byte < lengthof(hints) && hints[byte] < s->t->nlabels)
	{
		const TallyLabel *l = &tally_labels(s->t)[hints[byte]];

		if (l->known == byte && !l->has_text)
		{
			(*p)++;
			return hints[byte];
		}
	}
	*p = journey_next_label(*p, &label);
	number = label_number(s, &label);
	if (byte < lengthof(hints))
		hints[byte] = (uint16) number;
	return number;
}

/*
 * path_agg_journey(state, journey, depth, top): the first touchpoints of a
 * journey, without a text[] between.  Labels are in the order of their first
 * use, so the codes of these touchpoints are those of the first few labels.
 */
PG_FUNCTION_INFO_V1(path_agg_journey);
Datum
path_agg_journey(PG_FUNCTION_ARGS)
{
	JourneyView view;
	PathState	s;
	const uint8 *p;
	int64		number[PATH_MAX_EVENTS];
	uint32		known = 0;
	int64		keys[TALLY_MAX_KEYS];
	int32		depth = path_depth(fcinfo, 2, PATH_MAX_EVENTS);
	uint32		n;

	if (PG_ARGISNULL(1))
		return tally_unchanged(fcinfo);
	PG_GETARG_JOURNEY(1, &view);
	if (view.count == 0)
		return tally_unchanged(fcinfo);
	s = paths_state(fcinfo, 3);
	n = Min(view.count, (uint32) depth);
	p = view.labels;
	for (uint32 i = 0; i < n; i++)
	{
		uint32		code = journey_code(view.codes, view.code_bits, i);

		if (code == known)
			number[known++] = next_label_number(&s, &p);
		Assert(code < known);
		keys[i] = number[code];
	}
	for (int i = (int) n; i < TALLY_MAX_KEYS; i++)
		keys[i] = TALLY_MARK_END;
	return count_path(&s, keys);
}

/* -- reading ------------------------------------------------------------------ */

/* The packed tally, checked; *total is the number of paths. */
static const Tally *
read_paths(const Tally *given, int64 *total)
{
	const Tally *t;

	tally_must_be(given, TALLY_PATHS);
	t = tally_packed(given);
	*total = 0;
	if (t->params[0] < 0 || t->params[0] > PG_INT32_MAX)
		not_paths("the number of paths asked for is out of range");
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		int64		count = count_of_path(t, row);

		CHECK_FOR_INTERRUPTS();
		if (pg_add_s64_overflow(*total, count, total))
			not_paths("it has too many paths");
	}
	return t;
}

static int
path_rank_cmp(const void *x, const void *y)
{
	CHECK_FOR_INTERRUPTS();
	return path_rank_before(x, y) ? -1 : path_rank_before(y, x);
}

/* The most frequent paths of a tally, and where to read them. */
typedef struct TopPaths
{
	const Tally *t;				/* of labels */
	int64		npaths;
	int64		n;				/* how many are here */
	PathRank   *paths;
	uint32		words;			/* of paths; 0: path[0] is a row of t */
	uint32	   *order;			/* labels in the order of their texts */
	int64		total;			/* of all */
} TopPaths;

static int64
asked_top(FunctionCallInfo fcinfo, const Tally *t, int64 npaths)
{
	int64		top = t->params[0] > 0 ? t->params[0] : PATH_DEFAULT_TOP;

	if (PG_NARGS() > 1)
	{
		top = PG_ARGISNULL(1) ? npaths : PG_GETARG_INT32(1);
		if (top < 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"top\" must be at least 1"),
					 errhint("NULL is all paths.")));
	}
	return Min(top, npaths);
}

static void
top_of_rows(FunctionCallInfo fcinfo, TopPaths *top)
{
	const Tally *t = top->t = read_paths(PG_GETARG_TALLY_P(0), &top->total);

	top->npaths = t->nrows;
	if (t->nrows == 0)
		return;
	top->n = asked_top(fcinfo, t, t->nrows);
	top->paths = MemoryContextAllocHuge(CurrentMemoryContext, t->nrows * sizeof(PathRank));
	for (uint32 i = 0; i < t->nrows; i++)
	{
		PathRank	rank = {tally_counters(t, tally_row_at(t, i))[TC_PATHS_COUNT], {i}};

		top->paths[i] = rank;
	}
	qsort(top->paths, t->nrows, sizeof(PathRank), path_rank_cmp);
}

static void
top_of_busy(FunctionCallInfo fcinfo, TopPaths *top)
{
	const BusyTally *b = busy_to_read(PG_GETARG_DATUM(0));
	uint32	   *places = palloc((b->t->nlabels + 1) * sizeof(uint32));
	uint32		n;

	top->t = b->t;
	top->npaths = b->paths.npaths;
	top->n = asked_top(fcinfo, b->t, top->npaths);
	top->words = b->paths.words;
	top->order = tally_label_order(b->t);
	for (uint32 i = 0; i < b->t->nlabels; i++)
		places[top->order[i]] = i;
	/* very many would be long in a heap, where nobody could cancel */
	n = (uint32) (top->n > HEAP_MAX ? top->npaths : top->n);
	top->paths = MemoryContextAllocHuge(CurrentMemoryContext, n * sizeof(PathRank));
	if (!path_table_top(&b->paths, places, top->paths, n, &top->total))
		not_paths("it has too many paths");
	qsort(top->paths, n, sizeof(PathRank), path_rank_cmp);
}

/* The labels of path number i; returns how many. */
static int
labels_of_path(const TopPaths *top, int64 i, int64 *labels)
{
	int			n = 0;

	if (top->words == 0)
	{
		const int64 *keys = tally_keys(tally_row_at(top->t, (uint32) top->paths[i].path[0]));

		n = events_of_path(keys);
		memcpy(labels, keys, n * sizeof(int64));
		return n;
	}
	for (; n < TALLY_MAX_KEYS; n++)
	{
		uint32		event = path_event(top->paths[i].path, top->words, n);

		if (event == 0)
			break;
		labels[n] = top->order[event - 1];
	}
	return n;
}

/* The columns of journey.path_row. */
enum
{
	COL_RANK, COL_PATH, COL_COUNT, COL_SHARE, COL_PATHS, COL_END
};

/* path_rows(tally [, top]) */
PG_FUNCTION_INFO_V1(path_rows);
Datum
path_rows(PG_FUNCTION_ARGS)
{
	TopPaths	top = {0};
	int64		rest;
	Datum	   *texts;
	RowArray	rows;
	Datum		values[COL_END];
	bool		nulls[COL_END] = {false};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (is_busy_tally(PG_GETARG_DATUM(0)))
		top_of_busy(fcinfo, &top);
	else
		top_of_rows(fcinfo, &top);
	if (top.npaths == 0)
		PG_RETURN_NULL();

	texts = tally_label_texts(top.t);
	rest = top.total;
	row_array_start(&rows, fcinfo);
	for (int64 i = 0; i < top.n; i++)
	{
		int64		count = top.paths[i].count;
		int64		labels[TALLY_MAX_KEYS];
		int			n = labels_of_path(&top, i, labels);
		Datum		events[TALLY_MAX_KEYS];

		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < n; k++)
			events[k] = texts[labels[k]];
		rest -= count;
		values[COL_RANK] = Int64GetDatum(i + 1);
		values[COL_PATH] = PointerGetDatum(construct_array(events, n, TEXTOID, -1, false,
														   TYPALIGN_INT));
		values[COL_COUNT] = Int64GetDatum(count);
		values[COL_SHARE] = Float8GetDatum((double) count / (double) top.total);
		values[COL_PATHS] = Int64GetDatum(1);
		row_array_add(&rows, values, nulls);
	}
	if (rest > 0)
	{
		nulls[COL_RANK] = nulls[COL_PATH] = true;
		values[COL_COUNT] = Int64GetDatum(rest);
		values[COL_SHARE] = Float8GetDatum((double) rest / (double) top.total);
		values[COL_PATHS] = Int64GetDatum(top.npaths - top.n);
		row_array_add(&rows, values, nulls);
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}

/* -- flows -------------------------------------------------------------------- */

typedef struct FlowKey
{
	int32		step;
	int32		from;			/* label */
	int32		to;				/* label, or TALLY_MARK_END */
} FlowKey;

typedef struct Flow
{
	FlowKey		key;
	int64		count;
} Flow;

/* By step, the larger first, then by names; labels are in their order. */
static int
flow_cmp(const void *x, const void *y)
{
	const Flow *a = x;
	const Flow *b = y;

	CHECK_FOR_INTERRUPTS();
	if (a->key.step != b->key.step)
		return a->key.step < b->key.step ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	if (a->key.from != b->key.from)
		return a->key.from < b->key.from ? -1 : 1;
	return a->key.to < b->key.to ? -1 : a->key.to > b->key.to;
}

/* A node of a flow: number of the step and name of the event. */
static Datum
flow_node(int step, Datum name)
{
	text	   *event = DatumGetTextPP(name);
	StringInfoData node;

	initStringInfo(&node);
	appendStringInfo(&node, "%d ", step);
	appendBinaryStringInfo(&node, VARDATA_ANY(event), VARSIZE_ANY_EXHDR(event));
	return PointerGetDatum(cstring_to_text_with_len(node.data, node.len));
}

/*
 * sankey_rows(tally [, depth]): paths that go from one event at a step to
 * another at the next.  A path that has fewer than `depth` events ends behind
 * its last one; where nobody says how many were asked for, it is as many as the
 * longest path has.
 */
PG_FUNCTION_INFO_V1(sankey_rows);
Datum
sankey_rows(PG_FUNCTION_ARGS)
{
	const Tally *t;
	int64		total;
	int64		depth = 0;
	HASHCTL		control;
	HTAB	   *flows;
	HASH_SEQ_STATUS scan;
	Flow	   *flow;
	Flow	   *sorted;
	long		nflows;
	long		n = 0;
	Datum	   *texts;
	Datum		end = CStringGetTextDatum("(end)");
	RowArray	rows;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	t = read_paths(PG_GETARG_TALLY_P(0), &total);
	if (t->nrows == 0)
		PG_RETURN_NULL();
	if (PG_NARGS() > 1 && !PG_ARGISNULL(1))
	{
		depth = PG_GETARG_INT32(1);
		if (depth < 2)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"depth\" must be at least 2")));
	}
	else
	{
		for (uint32 i = 0; i < t->nrows; i++)
			depth = Max(depth, events_of_path(tally_keys(tally_row_at(t, i))));
	}

	memset(&control, 0, sizeof(control));
	control.keysize = sizeof(FlowKey);
	control.entrysize = sizeof(Flow);
	control.hcxt = CurrentMemoryContext;
	flows = hash_create("journey flows", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		const int64 *keys = tally_keys(row);
		int			length = events_of_path(keys);

		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < length && k + 1 < depth; k++)
		{
			FlowKey		key = {k + 1, (int32) keys[k],
			k + 1 < length ? (int32) keys[k + 1] : TALLY_MARK_END};
			bool		have;

			flow = hash_search(flows, &key, HASH_ENTER, &have);
			/* no more than the total, which is in range */
			flow->count = (have ? flow->count : 0) + tally_counters(t, row)[TC_PATHS_COUNT];
		}
	}
	nflows = hash_get_num_entries(flows);
	sorted = MemoryContextAllocHuge(CurrentMemoryContext, Max(nflows, 1) * sizeof(Flow));
	hash_seq_init(&scan, flows);
	while ((flow = hash_seq_search(&scan)) != NULL)
		sorted[n++] = *flow;
	qsort(sorted, nflows, sizeof(Flow), flow_cmp);

	texts = tally_label_texts(t);
	row_array_start(&rows, fcinfo);
	for (n = 0; n < nflows; n++)
	{
		FlowKey		key = sorted[n].key;
		Datum		to = key.to < 0 ? end : texts[key.to];
		Datum		values[6];
		bool		nulls[6] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int32GetDatum(key.step);
		values[1] = texts[key.from];
		values[2] = to;
		values[3] = Int64GetDatum(sorted[n].count);
		values[4] = flow_node(key.step, texts[key.from]);
		values[5] = flow_node(key.step + 1, to);
		row_array_add(&rows, values, nulls);
	}
	hash_destroy(flows);
	PG_RETURN_DATUM(row_array_finish(&rows));
}
