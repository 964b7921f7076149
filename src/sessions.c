/*
 * sessions.c
 *	  sessions(j, ...): the sessions of a customer as rows; session_agg: how
 *	  many sessions there are, how long, how engaged, over all customers.
 *
 * Both are one pass over the touchpoints in the order of the journey, so a row
 * that came late makes the same sessions as if it had come in time.  Totals
 * break at gaps only, which needs no times (see core/sessions.c); their state
 * is a tally of one row, whose histogram is that of the lengths of sessions.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "core/sessions.h"
#include "core/wellknown.h"
#include "funnel_options.h"
#include "kept_args.h"
#include "row_array.h"
#include "row_set.h"
#include "session_rules.h"
#include "stage_machine.h"
#include "tally_state.h"

#define PAGE_VIEWS		"page_view | screen_view | page_viewed"
#define KEY_EVENTS		"purchase"
#define DEFAULT_TIMEOUT (30 * USECS_PER_MINUTE)

/* In the order of SessionSplit. */
static const char *const splits[] =
{NULL, "first", "timeout", "end", "start", "channel", "length", "count"};

uint64
session_split_gap(NullableDatum timeout, NullableDatum boundary)
{
	static const char *const words[] = {">", ">="};
	int			inclusive = funnel_word(boundary, "boundary", words, lengthof(words));

	if (timeout.isnull)
		return SESSION_NO_GAP;
	return funnel_span(DatumGetIntervalP(timeout.value), "timeout") + (inclusive ? 0 : 1);
}

/* -- which touchpoints fit -------------------------------------------------- */

/* A matcher, or a definition of a stage model, against the labels of a journey. */
typedef struct Asked
{
	const Matcher *matcher;		/* both NULL: nothing fits */
	const StageModel *model;
	uint32		slot;
	uint8	   *fit;			/* by label: a MatcherFit */
	bool		any;
	bool		labels_decide;
} Asked;

typedef struct Names
{
	JourneyLabel *labels;
	JourneyLabel *channels;
} Names;

static void
ask_matcher(Asked *asked, NullableDatum matcher)
{
	memset(asked, 0, sizeof(*asked));
	if (!matcher.isnull)
		asked->matcher = DatumGetMatcherP(matcher.value);
}

/* `definition` is 1 + the slot, 0 if the model has none. */
static void
ask_model(Asked *asked, const StageModel *model, uint32 definition)
{
	memset(asked, 0, sizeof(*asked));
	if (definition > 0)
	{
		asked->model = model;
		asked->slot = definition - 1;
	}
}

static void
ask_labels(Asked *asked, const JourneyLabel *labels, uint32 nlabels)
{
	asked->any = false;
	asked->labels_decide = true;
	if (asked->matcher == NULL && asked->model == NULL)
		return;
	asked->fit = palloc(nlabels + 1);
	for (uint32 i = 0; i < nlabels; i++)
	{
		asked->fit[i] = asked->matcher != NULL ?
			matcher_fits_label(asked->matcher, &labels[i]) :
			stage_definition_fits_label(asked->model, asked->slot, &labels[i]);
		asked->any |= asked->fit[i] != MF_NEVER;
		asked->labels_decide &= asked->fit[i] != MF_MAYBE;
	}
}

static bool
fits(const Asked *asked, const Names *names, const JourneyCursor *c)
{
	const JourneyLabel *channel;

	if (!asked->any || asked->fit[c->label] != MF_MAYBE)
		return asked->any && asked->fit[c->label] == MF_ALWAYS;
	channel = c->channel == 0 ? NULL : &names->channels[c->channel - 1];
	return asked->matcher != NULL ?
		matcher_fits(asked->matcher, &names->labels[c->label], channel,
					 c->has_value, c->value) :
		stage_definition_fits(asked->model, asked->slot, &names->labels[c->label], channel,
							  c->has_value, c->has_value ? c->value : 0);
}

static void
read_names(Names *names, const JourneyView *v)
{
	names->labels = palloc((v->nlabels + 1) * sizeof(JourneyLabel));
	journey_read_labels(v->labels, v->nlabels, names->labels);
	names->channels = palloc((v->nchannels + 1) * sizeof(JourneyLabel));
	journey_read_labels(v->channels, v->nchannels, names->channels);
}

/* -- sessions as rows ------------------------------------------------------- */

/* The columns of journey.session_row. */
enum
{
	COL_NO, COL_START_AT, COL_END_AT, COL_SECONDS, COL_TOUCHPOINTS, COL_SPLIT_CAUSE,
	COL_ENTRY, COL_EXIT, COL_CHANNEL, COL_VALUE, COL_PAGE_VIEWS, COL_KEY_EVENTS,
	COL_ENGAGED, COL_ENGAGED_BY, COL_BOUNCED_CLASSIC, COL_BOUNCED_GA4, COL_COUNT
};

typedef struct SessionQuestion
{
	SessionRules rules;
	Asked		starts;
	Asked		ends;
	Asked		key_events;
	Asked		page_views;
	Asked		left_out;
} SessionQuestion;

/* A session as it is told, beside what the walk knows of it. */
typedef struct SessionTold
{
	int32		number;
	SessionSplit split;
	uint32		entry;			/* labels */
	uint32		exit;
	uint64		marks;
	bool		has_value;
	double		value;
} SessionTold;

/* Texts of labels, made when they are first asked for. */
static Datum
name_datum(Datum *texts, const JourneyLabel *names, uint32 i)
{
	if (texts[i] == (Datum) 0)
		texts[i] = journey_label_datum(&names[i]);
	return texts[i];
}

static void
put_session(ReturnSetInfo *rsinfo, const SessionTold *told, const SessionWalk *walk,
			const Names *names, Datum *labels, Datum *channels)
{
	uint64		duration = (uint64) walk->last_at - (uint64) walk->start_at;
	uint32		keys = (uint32) (told->marks >> 32);
	uint32		pages = (uint32) told->marks;
	bool		engaged = session_engaged(duration, told->marks);
	Datum		values[COL_COUNT];
	bool		nulls[COL_COUNT] = {false};

	if (!isfinite(told->value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of the values of a session is out of range")));
	values[COL_NO] = Int32GetDatum(told->number);
	values[COL_START_AT] = TimestampTzGetDatum(walk->start_at);
	values[COL_END_AT] = TimestampTzGetDatum(walk->last_at);
	values[COL_SECONDS] = Float8GetDatum((double) duration / USECS_PER_SEC);
	values[COL_TOUCHPOINTS] = Int32GetDatum((int32) walk->touchpoints);
	values[COL_SPLIT_CAUSE] = CStringGetTextDatum(splits[told->split]);
	values[COL_ENTRY] = name_datum(labels, names->labels, told->entry);
	values[COL_EXIT] = name_datum(labels, names->labels, told->exit);
	nulls[COL_CHANNEL] = walk->channel == 0;
	if (walk->channel > 0)
		values[COL_CHANNEL] = name_datum(channels, names->channels, walk->channel - 1);
	nulls[COL_VALUE] = !told->has_value;
	values[COL_VALUE] = Float8GetDatum(told->value);
	values[COL_PAGE_VIEWS] = Int32GetDatum((int32) pages);
	values[COL_KEY_EVENTS] = Int32GetDatum((int32) keys);
	values[COL_ENGAGED] = BoolGetDatum(engaged);
	nulls[COL_ENGAGED_BY] = !engaged;
	if (engaged)
		values[COL_ENGAGED_BY] = CStringGetTextDatum(duration > SESSION_ENGAGED_US ? "duration" :
													 keys > 0 ? "key_event" : "page_views");
	values[COL_BOUNCED_CLASSIC] = BoolGetDatum(walk->touchpoints == 1);
	values[COL_BOUNCED_GA4] = BoolGetDatum(!engaged);
	row_set_add(rsinfo, values, nulls);
}

static void
put_sessions(FunctionCallInfo fcinfo, SessionQuestion *q)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	JourneyView v;
	JourneyCursor c;
	Names		names;
	Datum	   *labels;
	Datum	   *channels;
	SessionWalk walk = {0};
	SessionTold told = {0};

	PG_GETARG_JOURNEY(0, &v);
	read_names(&names, &v);
	labels = palloc0((v.nlabels + 1) * sizeof(Datum));
	channels = palloc0((v.nchannels + 1) * sizeof(Datum));
	ask_labels(&q->starts, names.labels, v.nlabels);
	ask_labels(&q->ends, names.labels, v.nlabels);
	ask_labels(&q->key_events, names.labels, v.nlabels);
	ask_labels(&q->page_views, names.labels, v.nlabels);
	ask_labels(&q->left_out, names.labels, v.nlabels);

	journey_first(&c, &v);
	while (journey_next(&c))
	{
		SessionWalk before = walk;
		SessionSplit split;

		CHECK_FOR_INTERRUPTS();
		if (fits(&q->left_out, &names, &c))
			continue;
		split = session_step(&walk, &q->rules, c.at, c.channel,
							 fits(&q->starts, &names, &c), fits(&q->ends, &names, &c));
		if (split != SPLIT_NONE)
		{
			if (told.number > 0)
				put_session(rsinfo, &told, &before, &names, labels, channels);
			told.number++;
			told.split = split;
			told.entry = c.label;
			told.marks = 0;
			told.has_value = false;
			told.value = 0;
		}
		told.exit = c.label;
		if (fits(&q->key_events, &names, &c))
			told.marks += SESSION_KEY_EVENT;
		if (fits(&q->page_views, &names, &c))
			told.marks += SESSION_PAGE_VIEW;
		if (c.has_value)
		{
			told.has_value = true;
			told.value += c.value;
		}
	}
	if (told.number > 0)
		put_session(rsinfo, &told, &walk, &names, labels, channels);
}

/*
 * sessions(j, timeout, boundary, max_length, max_touchpoints, split_on_channel,
 * start, end, key_event, page_view)
 */
PG_FUNCTION_INFO_V1(sessions);
Datum
sessions(PG_FUNCTION_ARGS)
{
	SessionQuestion q;

	row_set_begin(fcinfo);
	memset(&q, 0, sizeof(q));
	q.rules.split_gap = session_split_gap(fcinfo->args[1], fcinfo->args[2]);
	q.rules.max_length = PG_ARGISNULL(3) ? SESSION_NO_LENGTH :
		funnel_span(PG_GETARG_INTERVAL_P(3), "max_length");
	q.rules.max_touchpoints = SESSION_NO_COUNT;
	if (!PG_ARGISNULL(4))
	{
		if (PG_GETARG_INT32(4) < 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" must be at least 1", "max_touchpoints"),
					 errhint("Leave it out for sessions of any number of touchpoints.")));
		q.rules.max_touchpoints = (uint32) PG_GETARG_INT32(4);
	}
	q.rules.on_channel = !PG_ARGISNULL(5) && PG_GETARG_BOOL(5);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	ask_matcher(&q.starts, fcinfo->args[6]);
	ask_matcher(&q.ends, fcinfo->args[7]);
	ask_matcher(&q.key_events, fcinfo->args[8]);
	ask_matcher(&q.page_views, fcinfo->args[9]);
	put_sessions(fcinfo, &q);
	return (Datum) 0;
}

static Matcher *
parse_matcher(const char *text)
{
	size_t		pos = 0;
	size_t		size;
	MatcherError error;
	Matcher    *m;

	if (!matcher_parse(text, strlen(text), &pos, NULL, 0, &size, &error))
		elog(ERROR, "could not read matcher \"%s\"", text);
	m = palloc0(size);
	pos = 0;
	matcher_parse(text, strlen(text), &pos, m, size, &size, &error);
	SET_VARSIZE(m, size);
	return m;
}

/*
 * visits(j, model): key events are the model's purchases, and what it calls
 * offsite is no part of a session.
 */
PG_FUNCTION_INFO_V1(visits);
Datum
visits(PG_FUNCTION_ARGS)
{
	SessionQuestion q;
	const StageModel *model;

	row_set_begin(fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	memset(&q, 0, sizeof(q));
	model = PG_GETARG_STAGE_MODEL_P(1);
	q.rules.split_gap = (uint64) model->session_timeout + 1;
	q.rules.max_length = SESSION_NO_LENGTH;
	q.rules.max_touchpoints = SESSION_NO_COUNT;
	ask_model(&q.key_events, model, model->purchase);
	ask_model(&q.left_out, model, model->offsite);
	q.page_views.matcher = parse_matcher(PAGE_VIEWS);
	put_sessions(fcinfo, &q);
	return (Datum) 0;
}

/* -- totals ------------------------------------------------------------------ */

/* The parameters of the tally; each is 0 while nothing is counted. */
enum
{
	PARAM_TIMEOUT,				/* 1 + shortest gap that splits, or NO_TIMEOUT */
	PARAM_KEY_EVENT				/* 1 + hash of the matcher, 1 for none */
};

#define NO_TIMEOUT	PG_INT64_MAX

/* What the options of a call mean, kept for the next one. */
typedef struct TotalsCall
{
	KeptArgs	kept;
	SessionLimits limits;
	int64		params[2];
	Asked		key_events;
	Asked		page_views;
	SessionNames *names;		/* NULL if key events are not told by names
								 * alone */
} TotalsCall;

/* What the touchpoints of a label are; false where the label does not decide. */
static inline bool
label_flags(const TotalsCall *call, const JourneyLabel *label, uint8 *flags)
{
	MatcherFit	fit = call->key_events.matcher == NULL ? MF_NEVER :
	matcher_fits_label(call->key_events.matcher, label);

	*flags = fit == MF_ALWAYS ? SESSION_IS_KEY_EVENT : 0;
	if (matcher_fits_label(call->page_views.matcher, label) == MF_ALWAYS)
		*flags |= SESSION_IS_PAGE_VIEW;
	return fit != MF_MAYBE;
}

/* What the well-known names are, which are most of the labels there are. */
static SessionNames *
make_names(const TotalsCall *call)
{
	SessionNames *names = palloc0(sizeof(SessionNames));

	for (uint32 i = 0; i < wellknown_count; i++)
	{
		JourneyLabel label = {.known = (uint16) i};

		if (!label_flags(call, &label, &names->flags[i]))
			return NULL;
	}
	session_names(names);
	return names;
}

/* session_agg_add(state, j [, timeout [, boundary, key_event]]) */
static TotalsCall *
totals_call(FunctionCallInfo fcinfo)
{
	TotalsCall *call = fcinfo->flinfo->fn_extra;
	NullableDatum boundary = {0, true};
	uint64		split_gap;
	MemoryContext old;

	if (call == NULL)
	{
		sessions_init();
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(TotalsCall));
		kept_args_init(&call->kept, fcinfo, 2, PG_NARGS());
		fcinfo->flinfo->fn_extra = call;
	}
	if (kept_args_same(&call->kept, fcinfo))
		return call;

	kept_args_take(&call->kept, fcinfo);
	old = MemoryContextSwitchTo(call->kept.context);
	if (PG_NARGS() > 3)
		boundary = call->kept.given[3];
	split_gap = PG_NARGS() > 2 ?
		session_split_gap(call->kept.given[2], boundary) : DEFAULT_TIMEOUT + 1;
	session_limits(&call->limits, split_gap);
	memset(&call->key_events, 0, sizeof(Asked));
	memset(&call->page_views, 0, sizeof(Asked));
	if (PG_NARGS() > 4)
		ask_matcher(&call->key_events, call->kept.given[4]);
	else
		call->key_events.matcher = parse_matcher(KEY_EVENTS);
	call->page_views.matcher = parse_matcher(PAGE_VIEWS);
	call->params[PARAM_TIMEOUT] = split_gap >= NO_TIMEOUT ? NO_TIMEOUT :
		(int64) split_gap + 1;
	call->params[PARAM_KEY_EVENT] = 1;
	if (call->key_events.matcher != NULL)
		call->params[PARAM_KEY_EVENT] += journey_hash((const char *) call->key_events.matcher + VARHDRSZ,
													  VARSIZE(call->key_events.matcher) - VARHDRSZ);
	call->names = make_names(call);
	MemoryContextSwitchTo(old);
	call->kept.ready = true;
	return call;
}

#define FEW 64

/* What the touchpoints are, where labels do not decide. */
static uint8 *
make_touch_flags(TotalsCall *call, const JourneyView *v)
{
	uint8	   *flags = palloc0((Size) v->count + 1);
	JourneyCursor c;
	Names		names;

	read_names(&names, v);
	ask_labels(&call->key_events, names.labels, v->nlabels);
	ask_labels(&call->page_views, names.labels, v->nlabels);
	journey_first(&c, v);
	while (journey_next(&c))
	{
		CHECK_FOR_INTERRUPTS();
		if (fits(&call->key_events, &names, &c))
			flags[c.next - 1] |= SESSION_IS_KEY_EVENT;
		if (fits(&call->page_views, &names, &c))
			flags[c.next - 1] |= SESSION_IS_PAGE_VIEW;
	}
	return flags;
}

/* What the labels are; false where they do not decide. */
static bool
make_label_flags(const TotalsCall *call, const JourneyView *v, uint8 *flags)
{
	const uint8 *p = v->labels;

	if (call->names == NULL)
		return false;
	for (uint32_t i = 0; i < v->nlabels; i++)
	{
		JourneyLabel label;

		p = journey_next_label(p, &label);
		if (label.text == NULL)
			flags[i] = call->names->flags[label.known];
		else if (!label_flags(call, &label, &flags[i]))
			return false;
	}
	return true;
}

static void
add(int64 *counter, int64 n)
{
	if (pg_add_s64_overflow(*counter, n, counter))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of sessions is out of range")));
}

/* One session more with a duration of this bucket; the tally may move. */
static void
count_bucket(Tally **t, TallyRow **row, int32 bucket)
{
	TallyFull	full;

	while ((full = tally_count_bucket(*t, *row, bucket, 1)) != TALLY_OK)
	{
		*t = tally_enlarge(*t, full, 0);
		*row = tally_row_at(*t, 0);
	}
}

static inline void
add_totals(Tally *t, TallyRow *row, const SessionTotals *totals)
{
	int64	   *counters = tally_counters(t, row);

	add(&counters[TC_SESSIONS_CUSTOMERS], 1);
	add(&counters[TC_SESSIONS_REPEAT], totals->sessions > 1);
	add(&counters[TC_SESSIONS_SESSIONS], totals->sessions);
	add(&counters[TC_SESSIONS_TOUCHPOINTS], totals->touchpoints);
	add(&counters[TC_SESSIONS_BOUNCED], totals->bounced);
	add(&counters[TC_SESSIONS_ENGAGED], totals->engaged);
	add(&counters[TC_SESSIONS_CONVERTED], totals->converted);
	add(&counters[TC_SESSIONS_SUM_HIGH], (int64) (totals->duration >> 32));
	add(&counters[TC_SESSIONS_SUM_LOW], (int64) (totals->duration & 0xffffffff));
}

static inline SessionWindow
window_of(Tally *t, const TallyRow *row)
{
	return (SessionWindow)
	{
		tally_buckets(t) + row->bucket_off, row->bucket_low, row->bucket_count
	};
}

static inline bool
same_params(const Tally *t, const TotalsCall *call)
{
	return t->params[0] == call->params[0] && t->params[1] == call->params[1];
}

/* Any journey into any state. */
static pg_noinline Tally *
count_journey(FunctionCallInfo fcinfo, TotalsCall *call)
{
	static const int64 keys[TALLY_MAX_KEYS] = {0};
	JourneyView v;
	Tally	   *t;
	TallyRow   *row;
	SessionRun	run;
	SessionWindow window;
	uint8		few_flags[FEW];
	uint8	   *flags = NULL;
	uint8	   *touch_flags = NULL;
	bool		more;

	PG_GETARG_JOURNEY(1, &v);
	if (v.count == 0)
		return NULL;
	t = PG_ARGISNULL(0) ? tally_create(TALLY_SESSIONS) : tally_state(fcinfo, 0, TALLY_SESSIONS);
	if (t->nrows == 0)
		memcpy(t->params, call->params, sizeof(call->params));
	else if (!same_params(t, call))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("timeout, boundary and key_event must be the same in all calls of one aggregate"),
				 errhint("Group by them to have totals for each.")));

	if (call->names == NULL || !session_plain(&v))
	{
		flags = v.nlabels > FEW ? palloc(v.nlabels) : few_flags;
		if (!make_label_flags(call, &v, flags))
			touch_flags = make_touch_flags(call, &v);
	}
	row = t->nrows == 1 ? tally_row_at(t, 0) : tally_row_grow(&t, keys);
	sessions_start(&run, &v, &call->limits, call->names, flags, touch_flags);
	do
	{
		window = window_of(t, row);
		more = sessions_next(&run, &window);
		for (uint32 i = 0; i < run.others; i++)
			count_bucket(&t, &row, run.buckets[i]);
		CHECK_FOR_INTERRUPTS();
	} while (more);
	add_totals(t, row, &run.totals);
	if (flags != NULL && flags != few_flags)
		pfree(flags);
	if (touch_flags != NULL)
		pfree(touch_flags);
	return t;
}

PG_FUNCTION_INFO_V1(session_agg_add);
Datum
session_agg_add(PG_FUNCTION_ARGS)
{
	TotalsCall *call = totals_call(fcinfo);
	Tally	   *t;

	if (PG_ARGISNULL(1))
		return tally_unchanged(fcinfo);
	if (likely(!PG_ARGISNULL(0) && call->names != NULL))
	{
		t = tally_state(fcinfo, 0, TALLY_SESSIONS);
		if (likely(t->nrows == 1 && same_params(t, call)))
		{
			TallyRow   *row = tally_row_at(t, 0);
			SessionWindow window = window_of(t, row);
			SessionRun	run;
			const uint8 *data;
			Size		size;

			(void) journey_bytes(PG_GETARG_DATUM(1), &data, &size);
			if (likely(sessions_whole(&run, data, size, &call->limits, call->names, &window)))
			{
				for (uint32 i = 0; i < run.others; i++)
					count_bucket(&t, &row, run.buckets[i]);
				add_totals(t, row, &run.totals);
				PG_RETURN_POINTER(t);
			}
		}
	}
	t = count_journey(fcinfo, call);
	return t == NULL ? tally_unchanged(fcinfo) : PointerGetDatum(t);
}

static void
not_sessions(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tally does not hold session totals: %s", problem)));
}

/* What the general form of a tally cannot know. */
static void
check_totals(const Tally *t, const TallyRow *row)
{
	const int64 *n = tally_counters(t, row);
	int64		several;		/* touchpoints of sessions that are not
								 * bounced */

	if (t->nrows != 1 || tally_keys(row)[0] != 0)
		not_sessions("it has another row");
	if (t->params[PARAM_TIMEOUT] < 1 || t->params[PARAM_KEY_EVENT] < 1)
		not_sessions("a parameter is out of range");
	if (n[TC_SESSIONS_CUSTOMERS] < 1 || n[TC_SESSIONS_REPEAT] > n[TC_SESSIONS_CUSTOMERS] ||
		n[TC_SESSIONS_SESSIONS] - n[TC_SESSIONS_CUSTOMERS] < n[TC_SESSIONS_REPEAT])
		not_sessions("customers and sessions do not go together");
	if (n[TC_SESSIONS_BOUNCED] > n[TC_SESSIONS_SESSIONS] ||
		n[TC_SESSIONS_ENGAGED] > n[TC_SESSIONS_SESSIONS] ||
		n[TC_SESSIONS_CONVERTED] > n[TC_SESSIONS_ENGAGED])
		not_sessions("more sessions are of one kind than there are");
	if (pg_mul_s64_overflow(n[TC_SESSIONS_SESSIONS] - n[TC_SESSIONS_BOUNCED], 2, &several) ||
		n[TC_SESSIONS_TOUCHPOINTS] - n[TC_SESSIONS_BOUNCED] < several)
		not_sessions("it has too few touchpoints");
	if (tally_duration_count(t, row) != n[TC_SESSIONS_SESSIONS])
		not_sessions("not every session has a duration");
}

/* The columns of journey.session_totals. */
enum
{
	TOTAL_CUSTOMERS, TOTAL_REPEAT, TOTAL_SESSIONS, TOTAL_TOUCHPOINTS, TOTAL_PER_CUSTOMER,
	TOTAL_PER_SESSION, TOTAL_BOUNCED_CLASSIC, TOTAL_BOUNCED_CLASSIC_RATE, TOTAL_BOUNCED_GA4,
	TOTAL_BOUNCED_GA4_RATE, TOTAL_ENGAGED, TOTAL_ENGAGED_RATE, TOTAL_CONVERTED,
	TOTAL_CONVERTED_RATE, TOTAL_SECONDS, TOTAL_MEAN, TOTAL_MEDIAN, TOTAL_P90, TOTAL_COUNT
};

PG_FUNCTION_INFO_V1(session_rows);
Datum
session_rows(PG_FUNCTION_ARGS)
{
	const Tally *t = PG_GETARG_TALLY_P(0);
	const TallyRow *row;
	const int64 *n;
	double		sessions;
	double		seconds;
	RowArray	rows;
	Datum		values[TOTAL_COUNT];
	bool		nulls[TOTAL_COUNT] = {false};

	tally_must_be(t, TALLY_SESSIONS);
	t = tally_packed(t);
	if (t->nrows == 0)
		PG_RETURN_NULL();
	row = tally_row_at(t, 0);
	check_totals(t, row);
	n = tally_counters(t, row);
	sessions = (double) n[TC_SESSIONS_SESSIONS];
	seconds = ((double) n[TC_SESSIONS_SUM_HIGH] * 4294967296.0 +
			   (double) n[TC_SESSIONS_SUM_LOW]) / USECS_PER_SEC;

	values[TOTAL_CUSTOMERS] = Int64GetDatum(n[TC_SESSIONS_CUSTOMERS]);
	values[TOTAL_REPEAT] = Int64GetDatum(n[TC_SESSIONS_REPEAT]);
	values[TOTAL_SESSIONS] = Int64GetDatum(n[TC_SESSIONS_SESSIONS]);
	values[TOTAL_TOUCHPOINTS] = Int64GetDatum(n[TC_SESSIONS_TOUCHPOINTS]);
	values[TOTAL_PER_CUSTOMER] = Float8GetDatum(sessions / (double) n[TC_SESSIONS_CUSTOMERS]);
	values[TOTAL_PER_SESSION] = Float8GetDatum((double) n[TC_SESSIONS_TOUCHPOINTS] / sessions);
	values[TOTAL_BOUNCED_CLASSIC] = Int64GetDatum(n[TC_SESSIONS_BOUNCED]);
	values[TOTAL_BOUNCED_CLASSIC_RATE] = Float8GetDatum((double) n[TC_SESSIONS_BOUNCED] / sessions);
	values[TOTAL_BOUNCED_GA4] = Int64GetDatum(n[TC_SESSIONS_SESSIONS] - n[TC_SESSIONS_ENGAGED]);
	values[TOTAL_BOUNCED_GA4_RATE] =
		Float8GetDatum((double) (n[TC_SESSIONS_SESSIONS] - n[TC_SESSIONS_ENGAGED]) / sessions);
	values[TOTAL_ENGAGED] = Int64GetDatum(n[TC_SESSIONS_ENGAGED]);
	values[TOTAL_ENGAGED_RATE] = Float8GetDatum((double) n[TC_SESSIONS_ENGAGED] / sessions);
	values[TOTAL_CONVERTED] = Int64GetDatum(n[TC_SESSIONS_CONVERTED]);
	values[TOTAL_CONVERTED_RATE] = Float8GetDatum((double) n[TC_SESSIONS_CONVERTED] / sessions);
	values[TOTAL_SECONDS] = Float8GetDatum(seconds);
	values[TOTAL_MEAN] = Float8GetDatum(seconds / sessions);
	values[TOTAL_MEDIAN] = Float8GetDatum(tally_quantile(t, row, 0.5) / USECS_PER_SEC);
	values[TOTAL_P90] = Float8GetDatum(tally_quantile(t, row, 0.9) / USECS_PER_SEC);
	row_array_start(&rows, fcinfo);
	row_array_add(&rows, values, nulls);
	PG_RETURN_DATUM(row_array_finish(&rows));
}
