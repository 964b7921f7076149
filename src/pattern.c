/*
 * pattern.c
 *	  What a pattern finds in a journey: whether, how often, where, and what
 *	  comes before and after.
 *
 * A pattern is a flat value; the automaton made of it, and what that has learnt
 * about letters and well-known names, is kept in fn_extra from one journey to
 * the next, together with a copy of the pattern, and used again only for a
 * pattern of the very same bytes.  So it does not matter whether the argument
 * is a constant, a parameter that changes between two evaluations or a column,
 * nor how often fn_extra is thrown away: the answer never depends on what is
 * kept.
 *
 * A pattern that is a chain of elements is asked by bitmaps first
 * (core/pattern_chain.h): these say whether and how often, and spare the
 * automaton the journeys without a match.
 *
 * Scratch memory of one call has a context of its own, emptied after it.  The
 * loops of the core look for interrupts through the host.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "pattern_type.h"
#include "core/pattern_chain.h"
#include "core/pattern_journey.h"
#include "row_set.h"

/* -- the automaton of a call ---------------------------------------------------- */

typedef struct PatternCall
{
	MemoryContext kept;			/* of all below, as long as fn_extra */
	MemoryContext scratch;		/* of one call */
	PatternHost host;			/* gives memory of scratch */
	PatternHost kept_host;
	Pattern    *pattern;		/* NULL: nothing is kept */
	PatternMachine *machine;
	PatternReader *reader;
	PatternChain *chain;		/* NULL: the pattern is none */
	JourneyView view;
} PatternCall;

static void
keep_pattern(PatternCall *call, const Pattern *p)
{
	Pattern    *copy;

	call->pattern = NULL;		/* until all of it is there */
	MemoryContextReset(call->kept);
	copy = MemoryContextAlloc(call->kept, VARSIZE(p));
	memcpy(copy, p, VARSIZE(p));
	pattern_host_init(&call->kept_host, call->kept);
	call->machine = pattern_machine_create(pattern_compile(copy, &call->kept_host),
										   &call->kept_host);
	call->reader = pattern_reader_create(copy, call->machine, &call->kept_host);
	call->chain = pattern_chain_create(copy, &call->kept_host);
	call->pattern = copy;
}

/* Take the arguments (journey, pattern) of a function. */
static PatternCall *
pattern_call_begin(FunctionCallInfo fcinfo)
{
	PatternCall *call = fcinfo->flinfo->fn_extra;
	Pattern    *p = PG_GETARG_PATTERN_P(1);

	if (call == NULL)
	{
		MemoryContext outer = fcinfo->flinfo->fn_mcxt;

		call = MemoryContextAllocZero(outer, sizeof(PatternCall));
		call->kept = AllocSetContextCreate(outer, "pattern automaton", ALLOCSET_DEFAULT_SIZES);
		call->scratch = AllocSetContextCreate(outer, "pattern run", ALLOCSET_DEFAULT_SIZES);
		pattern_host_init(&call->host, call->scratch);
		fcinfo->flinfo->fn_extra = call;
	}
	if (call->pattern == NULL || VARSIZE(call->pattern) != VARSIZE(p) ||
		memcmp(call->pattern, p, VARSIZE(p)) != 0)
		keep_pattern(call, p);
	PG_GETARG_JOURNEY(0, &call->view);
	return call;
}

/*
 * Read the journey, to ask the automaton about it; false if it is known already
 * that there is no match.  After it, pattern_call_end.
 */
static bool
pattern_call_open(PatternCall *call)
{
	MemoryContextReset(call->scratch);	/* after an error that somebody caught */
	pattern_reader_open(call->reader, &call->view, &call->host);
	return !pattern_reader_rejects(call->reader);
}

/* The same where a chain can tell first. */
static bool
pattern_call_may_match(PatternCall *call)
{
	if (call->chain != NULL && pattern_chain_exists(call->chain, &call->view) == 0)
		return false;
	return pattern_call_open(call);
}

static void
pattern_call_end(PatternCall *call)
{
	MemoryContextReset(call->scratch);
}

/* -- whether and how often -------------------------------------------------------- */

static bool
pattern_found(FunctionCallInfo fcinfo)
{
	PatternCall *call = pattern_call_begin(fcinfo);
	int			found = -1;

	if (call->chain != NULL)
		found = pattern_chain_exists(call->chain, &call->view);
	if (found < 0)
	{
		found = pattern_call_open(call) &&
			pattern_exists(call->machine, &call->reader->input, &call->host);
		pattern_call_end(call);
	}
	return found;
}

PG_FUNCTION_INFO_V1(journey_fits_pattern);
Datum
journey_fits_pattern(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(pattern_found(fcinfo));
}

PG_FUNCTION_INFO_V1(journey_fits_no_pattern);
Datum
journey_fits_no_pattern(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!pattern_found(fcinfo));
}

PG_FUNCTION_INFO_V1(journey_pattern_count);
Datum
journey_pattern_count(PG_FUNCTION_ARGS)
{
	bool		overlapping = PG_GETARG_BOOL(2);
	PatternCall *call = pattern_call_begin(fcinfo);
	int			n = -1;

	if (call->chain != NULL && !overlapping)
		n = pattern_chain_count(call->chain, &call->view);
	if (n < 0)
	{
		PatternInput *input = &call->reader->input;

		if (!pattern_call_may_match(call))
			n = 0;
		else
			n = (int) (overlapping ?
					   pattern_count_starts(call->machine, input, &call->host) :
					   pattern_count(call->machine, input, &call->host));
		pattern_call_end(call);
	}
	PG_RETURN_INT32(n);
}

/* -- which matches ------------------------------------------------------------------ */

typedef enum WhichMatches
{
	WHICH_ALL, WHICH_FIRST, WHICH_LAST
} WhichMatches;

static WhichMatches
which_matches(const struct varlena *which)
{
	static const char *const words[] = {"all", "first", "last"};

	for (int i = 0; i < lengthof(words); i++)
		if (VARSIZE_ANY_EXHDR(which) == strlen(words[i]) &&
			memcmp(VARDATA_ANY(which), words[i], strlen(words[i])) == 0)
			return (WhichMatches) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"which\" cannot be \"%s\"", text_to_cstring(which)),
			 errhint("\"which\" can be 'all', 'first' or 'last'.")));
	pg_unreachable();
}

/* One match after the other, of those that are asked for. */
typedef struct MatchWalk
{
	PatternCall *call;
	PatternSearch search;
	WhichMatches which;
	bool		started;
	PatternMatch match;
} MatchWalk;

static void
match_walk_begin(MatchWalk *walk, PatternCall *call, WhichMatches which)
{
	walk->call = call;
	walk->which = which;
	walk->started = false;
	pattern_search_begin(&walk->search, call->machine, &call->reader->input, &call->host);
}

static bool
match_walk_next(MatchWalk *walk)
{
	bool		first = !walk->started;

	CHECK_FOR_INTERRUPTS();
	walk->started = true;
	if (walk->which == WHICH_ALL)
		return pattern_search_next(&walk->search, &walk->match);
	if (!first)
		return false;
	return walk->which == WHICH_FIRST ?
		pattern_search_next(&walk->search, &walk->match) :
		pattern_search_last(&walk->search, &walk->match);
}

/* The label texts of a journey as Datums, each made when it is first asked for. */
typedef struct EventTexts
{
	const JourneyView *view;
	JourneyLabel *labels;
	Datum	   *texts;
} EventTexts;

static void
event_texts_init(EventTexts *e, const JourneyView *view)
{
	e->view = view;
	e->labels = palloc((view->nlabels + 1) * sizeof(JourneyLabel));
	e->texts = palloc0((view->nlabels + 1) * sizeof(Datum));
	journey_read_labels(view->labels, view->nlabels, e->labels);
}

/* `context` is that of the texts. */
static Datum
event_text(EventTexts *e, uint32 position, MemoryContext context)
{
	uint32		label = journey_code(e->view->codes, e->view->code_bits, position);

	if (e->texts[label] == (Datum) 0)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		e->texts[label] = journey_label_datum(&e->labels[label]);
		MemoryContextSwitchTo(old);
	}
	return e->texts[label];
}

/*
 * The rows of pattern_matches.  All at once: fn_extra is not for the state of a
 * set, and a plan keeps them all anyway.
 */
PG_FUNCTION_INFO_V1(journey_pattern_matches);
Datum
journey_pattern_matches(PG_FUNCTION_ARGS)
{
	WhichMatches which = which_matches(PG_GETARG_TEXT_PP(2));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext texts = CurrentMemoryContext;
	MemoryContext row;
	PatternCall *call;
	EventTexts	events;
	MatchWalk	walk;
	int32		match_no = 0;

	row_set_begin(fcinfo);
	call = pattern_call_begin(fcinfo);
	if (!pattern_call_may_match(call))
	{
		pattern_call_end(call);
		return (Datum) 0;
	}
	event_texts_init(&events, &call->view);
	row = AllocSetContextCreate(texts, "pattern match", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(row);
	if (which == WHICH_LAST)
		match_no = (int32) pattern_count(call->machine, &call->reader->input, &call->host) - 1;

	match_walk_begin(&walk, call, which);
	while (match_walk_next(&walk))
	{
		const PatternMatch *m = &walk.match;
		bool		empty = m->first == m->end;
		int			n = (int) m->nlisted;
		Datum	   *numbers = palloc((n + 1) * sizeof(Datum));
		Datum	   *times = palloc((n + 1) * sizeof(Datum));
		Datum	   *names = palloc((n + 1) * sizeof(Datum));
		Datum		values[8];
		bool		nulls[8] = {false};

		for (int i = 0; i < n; i++)
		{
			numbers[i] = Int32GetDatum((int32) m->listed[i] + 1);
			times[i] = TimestampTzGetDatum(m->listed_at[i]);
			names[i] = event_text(&events, m->listed[i], texts);
		}
		values[0] = Int32GetDatum(++match_no);
		values[1] = Int32GetDatum((int32) m->first + 1);
		values[2] = Int32GetDatum((int32) m->end);
		nulls[3] = nulls[4] = empty;
		values[3] = empty ? (Datum) 0 : TimestampTzGetDatum(m->first_at);
		values[4] = empty ? (Datum) 0 : TimestampTzGetDatum(m->last_at);
		values[5] = PointerGetDatum(construct_array(numbers, n, INT4OID, sizeof(int32),
													true, TYPALIGN_INT));
		values[6] = PointerGetDatum(construct_array(times, n, TIMESTAMPTZOID, sizeof(int64),
													FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
		values[7] = PointerGetDatum(construct_array(names, n, TEXTOID, -1,
													false, TYPALIGN_INT));
		row_set_add(result, values, nulls);
		MemoryContextReset(row);
	}
	MemoryContextSwitchTo(texts);
	MemoryContextDelete(row);
	pattern_call_end(call);
	return (Datum) 0;
}

/* -- before and after ------------------------------------------------------------------ */

/*
 * For each match the event that stands `n` touchpoints before its first or
 * behind its last, NULL where there is none.
 */
static Datum
pattern_neighbours(FunctionCallInfo fcinfo, bool after)
{
	int32		n = PG_GETARG_INT32(2);
	WhichMatches which = which_matches(PG_GETARG_TEXT_PP(3));
	PatternCall *call;
	EventTexts	events;
	MatchWalk	walk;
	int			allocated = 16;
	int			count = 0;
	Datum	   *elements = palloc(allocated * sizeof(Datum));
	bool	   *nulls = palloc(allocated * sizeof(bool));
	int			lower = 1;

	if (n < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"n\" must be at least 1"),
				 errhint("1 is the touchpoint right %s the match.", after ? "after" : "before")));
	call = pattern_call_begin(fcinfo);
	if (!pattern_call_may_match(call))
	{
		pattern_call_end(call);
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(TEXTOID));
	}
	event_texts_init(&events, &call->view);
	match_walk_begin(&walk, call, which);
	while (match_walk_next(&walk))
	{
		int64		position = after ? (int64) walk.match.end + n - 1 :
		(int64) walk.match.first - n;

		if (count == allocated)
		{
			allocated *= 2;
			elements = repalloc_huge(elements, allocated * sizeof(Datum));
			nulls = repalloc_huge(nulls, allocated * sizeof(bool));
		}
		nulls[count] = position < 0 || position >= call->view.count;
		elements[count] = nulls[count] ? (Datum) 0 :
			event_text(&events, (uint32) position, CurrentMemoryContext);
		count++;
	}
	pattern_call_end(call);
	if (count == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(TEXTOID));
	PG_RETURN_ARRAYTYPE_P(construct_md_array(elements, nulls, 1, &count, &lower,
											 TEXTOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(journey_nodes_after);
Datum
journey_nodes_after(PG_FUNCTION_ARGS)
{
	return pattern_neighbours(fcinfo, true);
}

PG_FUNCTION_INFO_V1(journey_nodes_before);
Datum
journey_nodes_before(PG_FUNCTION_ARGS)
{
	return pattern_neighbours(fcinfo, false);
}
