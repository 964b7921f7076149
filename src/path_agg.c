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

#include "journey.h"
#include "row_array.h"
#include "tally_state.h"

#define PATH_MAX_EVENTS		TALLY_MAX_KEYS
#define PATH_DEFAULT_TOP	20

/* -- counting ----------------------------------------------------------------- */

/* The state, and what is asked of it in the argument `top`, -1 for none. */
static Tally *
paths_state(FunctionCallInfo fcinfo, int top)
{
	Tally	   *t = PG_ARGISNULL(0) ? tally_create(TALLY_PATHS) :
	tally_state(fcinfo, 0, TALLY_PATHS);
	int32		asked;

	if (top < 0)
		return t;
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
	return t;
}

static Tally *
count_path(Tally *t, const int64 *keys)
{
	int64	   *counters = tally_counters(t, tally_row_grow(&t, keys));

	if (pg_add_s64_overflow(counters[TC_PATHS_COUNT], 1, &counters[TC_PATHS_COUNT]))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of paths is out of range")));
	return t;
}

static Datum
unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* path_agg_add(state, path text[] [, top]) */
PG_FUNCTION_INFO_V1(path_agg_add);
Datum
path_agg_add(PG_FUNCTION_ARGS)
{
	ArrayType  *given;
	Tally	   *t;
	Datum	   *names;
	bool	   *nulls;
	int			n;
	int64		keys[TALLY_MAX_KEYS];

	if (PG_ARGISNULL(1))
		return unchanged(fcinfo);
	given = PG_GETARG_ARRAYTYPE_P(1);
	if (ARR_NDIM(given) == 0)
		return unchanged(fcinfo);
	if (ARR_NDIM(given) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("path must have one dimension")));
	deconstruct_array(given, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &n);
	if (n > PATH_MAX_EVENTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("path is too long to be counted"),
				 errdetail("It has %d events, at most %d are counted.", n, PATH_MAX_EVENTS),
				 errhint("Cut it, for example by path(journey, depth => %d).", PATH_MAX_EVENTS)));
	t = paths_state(fcinfo, PG_NARGS() > 2 ? 2 : -1);
	for (int i = 0; i < n; i++)
	{
		JourneyLabel label;
		text	   *name;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("path must not contain nulls")));
		name = DatumGetTextPP(names[i]);
		journey_label_checked(&label, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), "event of a path");
		keys[i] = tally_label_grow(&t, &label);
	}
	for (int i = n; i < TALLY_MAX_KEYS; i++)
		keys[i] = TALLY_MARK_END;
	t = count_path(t, keys);
	pfree(names);
	pfree(nulls);
	PG_FREE_IF_COPY(given, 1);
	PG_RETURN_POINTER(t);
}

/*
 * Number in the tally of the label at *p, which steps to the next.  A
 * well-known name of one byte was most likely under the same number the last
 * time; whether it is, the tally itself says, so that it does not matter which
 * tally that was.
 */
static inline int64
next_label_number(Tally **t, const uint8 **p)
{
	static uint16 hints[128];
	uint8		byte = **p;
	JourneyLabel label;
	int64		number;

	if (byte < lengthof(hints) && hints[byte] < (*t)->nlabels)
	{
		const TallyLabel *l = &tally_labels(*t)[hints[byte]];

		if (l->known == byte && !l->has_text)
		{
			(*p)++;
			return hints[byte];
		}
	}
	*p = journey_next_label(*p, &label);
	number = tally_label_grow(t, &label);
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
	Tally	   *t;
	const uint8 *p;
	int64		number[PATH_MAX_EVENTS];
	uint32		known = 0;
	int64		keys[TALLY_MAX_KEYS];
	int32		depth;
	uint32		n;

	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"depth\" must not be null")));
	depth = PG_GETARG_INT32(2);
	if (depth < 1 || depth > PATH_MAX_EVENTS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"depth\" must be from 1 to %d", PATH_MAX_EVENTS)));
	if (PG_ARGISNULL(1))
		return unchanged(fcinfo);
	PG_GETARG_JOURNEY(1, &view);
	if (view.count == 0)
		return unchanged(fcinfo);
	t = paths_state(fcinfo, 3);
	n = Min(view.count, (uint32) depth);
	p = view.labels;
	for (uint32 i = 0; i < n; i++)
	{
		uint32		code = journey_code(view.codes, view.code_bits, i);

		if (code == known)
			number[known++] = next_label_number(&t, &p);
		Assert(code < known);
		keys[i] = number[code];
	}
	for (int i = (int) n; i < TALLY_MAX_KEYS; i++)
		keys[i] = TALLY_MARK_END;
	PG_RETURN_POINTER(count_path(t, keys));
}

/* -- reading ------------------------------------------------------------------ */

static void
not_paths(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tally does not hold paths: %s", problem)));
}

/* How many events a path has.  What the general form cannot know is checked. */
static int
events_of_path(const int64 *keys)
{
	int			n = 0;

	while (n < TALLY_MAX_KEYS && keys[n] >= 0)
		n++;
	if (n == 0)
		not_paths("a path is empty");
	for (int i = n; i < TALLY_MAX_KEYS; i++)
	{
		if (keys[i] != TALLY_MARK_END)
			not_paths("a path has an event after its end, or begins where none can");
	}
	return n;
}

/* The packed tally, checked; *total is the number of paths. */
static const Tally *
read_paths(const Tally *given, int64 *total)
{
	const Tally *t;

	if (given->kind != TALLY_PATHS)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a %s tally is needed, not a %s tally", tally_shape(TALLY_PATHS)->name,
						tally_shape(given->kind)->name)));
	t = tally_packed(given);
	*total = 0;
	if (t->params[0] < 0 || t->params[0] > PG_INT32_MAX)
		not_paths("the number of paths asked for is out of range");
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		int64		count = tally_counters(t, row)[TC_PATHS_COUNT];

		CHECK_FOR_INTERRUPTS();
		(void) events_of_path(tally_keys(row));
		if (count < 1)
			not_paths("nobody took a path");
		if (pg_add_s64_overflow(*total, count, total))
			not_paths("it has too many paths");
	}
	return t;
}

/* Each label as text, once. */
static Datum *
label_texts(const Tally *t)
{
	Datum	   *texts = palloc((t->nlabels + 1) * sizeof(Datum));

	for (uint32 i = 0; i < t->nlabels; i++)
	{
		JourneyLabel label;

		tally_label_get(t, i, &label);
		texts[i] = journey_label_datum(&label);
	}
	return texts;
}

typedef struct RankedPath
{
	int64		count;
	uint32		row;
} RankedPath;

static int
ranked_path_cmp(const void *x, const void *y)
{
	const RankedPath *a = x;
	const RankedPath *b = y;

	CHECK_FOR_INTERRUPTS();
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
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
	const Tally *t;
	int64		total;
	int64		rest;
	int64		top;
	RankedPath *ranked;
	Datum	   *texts;
	RowArray	rows;
	Datum		values[COL_END];
	bool		nulls[COL_END] = {false};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	t = read_paths(PG_GETARG_TALLY_P(0), &total);
	if (t->nrows == 0)
		PG_RETURN_NULL();
	top = t->params[0] > 0 ? t->params[0] : PATH_DEFAULT_TOP;
	if (PG_NARGS() > 1)
	{
		top = PG_ARGISNULL(1) ? t->nrows : PG_GETARG_INT32(1);
		if (top < 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"top\" must be at least 1"),
					 errhint("NULL is all paths.")));
	}
	top = Min(top, (int64) t->nrows);

	ranked = MemoryContextAllocHuge(CurrentMemoryContext, t->nrows * sizeof(RankedPath));
	for (uint32 i = 0; i < t->nrows; i++)
	{
		ranked[i].count = tally_counters(t, tally_row_at(t, i))[TC_PATHS_COUNT];
		ranked[i].row = i;
	}
	qsort(ranked, t->nrows, sizeof(RankedPath), ranked_path_cmp);

	texts = label_texts(t);
	rest = total;
	row_array_start(&rows, fcinfo);
	for (int64 i = 0; i < top; i++)
	{
		const int64 *keys = tally_keys(tally_row_at(t, ranked[i].row));
		int			n = events_of_path(keys);
		Datum		events[TALLY_MAX_KEYS];

		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < n; k++)
			events[k] = texts[keys[k]];
		rest -= ranked[i].count;
		values[COL_RANK] = Int64GetDatum(i + 1);
		values[COL_PATH] = PointerGetDatum(construct_array(events, n, TEXTOID, -1, false,
														   TYPALIGN_INT));
		values[COL_COUNT] = Int64GetDatum(ranked[i].count);
		values[COL_SHARE] = Float8GetDatum((double) ranked[i].count / (double) total);
		values[COL_PATHS] = Int64GetDatum(1);
		row_array_add(&rows, values, nulls);
	}
	if (rest > 0)
	{
		nulls[COL_RANK] = nulls[COL_PATH] = true;
		values[COL_COUNT] = Int64GetDatum(rest);
		values[COL_SHARE] = Float8GetDatum((double) rest / (double) total);
		values[COL_PATHS] = Int64GetDatum((int64) t->nrows - top);
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

	texts = label_texts(t);
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
