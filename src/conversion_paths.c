/*
 * conversion_paths.c
 *	  The channels on the way to each conversion of one customer, and on the way
 *	  that has led to none.
 *
 * What the paths are is in journey_paths.c; here they become rows.  Names of
 * channels are made to texts once a query, if they are well-known, else once a
 * journey, and an array is put together of these bytes.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "journey_paths.h"
#include "row_set.h"

/* The columns of journey.conversion_path. */
enum
{
	PATH_CONVERSION_NO, PATH_PATH, PATH_CONVERTED, PATH_CONVERSIONS, PATH_NULLS, PATH_VALUE,
	PATH_CONVERSION_AT, PATH_FIRST_AT, PATH_LAST_AT, PATH_TOUCHES, PATH_COLUMNS
};

/* What stays from journey to journey. */
typedef struct PathsCall
{
	KeptArgs	kept;
	JourneyPaths paths;
	const		text *known[JOURNEY_PATHS_KNOWN];	/* well-known names; NULL:
													 * not yet */
} PathsCall;

static const AttributionSignature signature = {
	[AA_CONVERSION] = 1,
	[AA_LOOKBACK] = 2,
	[AA_TOUCH] = 3,
	[AA_TRANSFORM] = 4,
	[AA_RESTART] = 5,
	[AA_CONVERSIONS] = 6,
};

static PathsCall *
paths_call(FunctionCallInfo fcinfo)
{
	PathsCall  *call = fcinfo->flinfo->fn_extra;
	MemoryContext old;

	if (call == NULL)
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(PathsCall));
		call->paths.context = fcinfo->flinfo->fn_mcxt;
		kept_args_init(&call->kept, fcinfo, 1, signature[AA_CONVERSIONS]);
		fcinfo->flinfo->fn_extra = call;
	}
	if (kept_args_same(&call->kept, fcinfo))
		return call;
	kept_args_take(&call->kept, fcinfo);
	old = MemoryContextSwitchTo(call->kept.context);
	attribution_question_read(&call->paths.question, call->kept.given, signature);
	MemoryContextSwitchTo(old);
	journey_paths_asked(&call->paths);
	call->kept.ready = true;
	return call;
}

/* The name of a channel; `names` are those of the journey. */
static const text *
channel_text(PathsCall *call, const text * *names, uint32 channel)
{
	JourneyLabel label;
	MemoryContext old;

	if (names[channel] != NULL)
		return names[channel];
	journey_path_channel(&call->paths, channel, &label);
	if (label.text != NULL || label.known >= JOURNEY_PATHS_KNOWN)
		return names[channel] = (const text *) DatumGetPointer(journey_label_datum(&label));
	if (call->known[label.known] == NULL)
	{
		old = MemoryContextSwitchTo(call->paths.context);
		call->known[label.known] = (const text *) DatumGetPointer(journey_label_datum(&label));
		MemoryContextSwitchTo(old);
	}
	return names[channel] = call->known[label.known];
}

/* An array of these texts, which have whole headers. */
static ArrayType *
text_array(const text * *texts, uint32 n)
{
	Size		size = ARR_OVERHEAD_NONULLS(1);
	ArrayType  *array;
	char	   *at;

	if (n == 0)
		return construct_empty_array(TEXTOID);
	for (uint32 i = 0; i < n; i++)
	{
		size += INTALIGN(VARSIZE(texts[i]));
		if (!AllocSizeIsValid(size))
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("path is too long for an array"),
					 errdetail("It has %u steps.", n)));
	}
	array = palloc(size);
	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->dataoffset = 0;
	array->elemtype = TEXTOID;
	ARR_DIMS(array)[0] = (int) n;
	ARR_LBOUND(array)[0] = 1;
	at = ARR_DATA_PTR(array);
	for (uint32 i = 0; i < n; i++)
	{
		Size		len = VARSIZE(texts[i]);

		memcpy(at, texts[i], len);
		memset(at + len, 0, INTALIGN(len) - len);
		at += INTALIGN(len);
	}
	return array;
}

/* The names of the channels of a path, as an array. */
static ArrayType *
path_array(PathsCall *call, const text * *names, const ChannelWindow *window)
{
	JourneyPaths *p = &call->paths;
	bool		counted = p->question.transform == AT_FREQUENCY;
	ChannelStep *steps;
	uint32		n = journey_path_steps(p, p->question.transform, window, &steps);
	const		text **texts = MemoryContextAllocHuge(CurrentMemoryContext, (n + 1) * sizeof(text *));
	ArrayType  *array;

	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		texts[i] = channel_text(call, names, steps[i].channel);
		if (counted)
		{
			char	   *name = psprintf("%.*s(%u)", (int) VARSIZE(texts[i]) - VARHDRSZ,
										VARDATA(texts[i]), steps[i].touches);

			texts[i] = cstring_to_text(name);
			pfree(name);
		}
	}
	array = text_array(texts, n);
	for (uint32 i = 0; i < n && counted; i++)
		pfree(unconstify(text *, texts[i]));
	pfree(texts);
	return array;
}

PG_FUNCTION_INFO_V1(conversion_paths);
Datum
conversion_paths(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	PathsCall  *call = paths_call(fcinfo);
	JourneyPaths *p = &call->paths;
	NullableDatum conversions = fcinfo->args[signature[AA_CONVERSIONS]];
	const		text **names;

	row_set_begin(fcinfo);
	attribution_one_of(p->question.conversion != NULL, !conversions.isnull);
	if (PG_ARGISNULL(0) || (p->question.conversion == NULL && conversions.isnull))
		return (Datum) 0;
	journey_paths_of(p, PG_GETARG_DATUM(0), conversions, true);
	names = palloc0((p->view.nchannels + 1) * sizeof(text *));

	/* after the last conversion, the rest of the journey */
	for (uint32 i = 0; i < p->nwindows; i++)
	{
		const ChannelWindow *w = &p->windows[i];
		bool		converted = journey_path_converted(p, i);
		Datum		values[PATH_COLUMNS] = {0};
		bool		nulls[PATH_COLUMNS] = {false};
		int32		touches = 0;
		ArrayType  *path;

		CHECK_FOR_INTERRUPTS();
		nulls[PATH_FIRST_AT] = nulls[PATH_LAST_AT] = w->end_stretch <= w->first_stretch;
		if (nulls[PATH_FIRST_AT] && !converted)
			break;
		for (uint32 k = w->first_stretch; k < w->end_stretch; k++)
		{
			const ChannelStretch *s = &p->stretches[k];

			touches += (int32) (Min(s->last + 1, w->end) - Max(s->first, w->first));
		}
		if (!nulls[PATH_FIRST_AT])
		{
			uint32		first = Max(p->stretches[w->first_stretch].first, w->first);
			uint32		last = Min(p->stretches[w->end_stretch - 1].last, w->end - 1);

			values[PATH_FIRST_AT] = TimestampTzGetDatum(p->base + p->at[first] * p->unit);
			values[PATH_LAST_AT] = TimestampTzGetDatum(p->base + p->at[last] * p->unit);
		}
		path = path_array(call, names, w);
		values[PATH_CONVERSION_NO] = Int32GetDatum((int32) (i + 1));
		values[PATH_PATH] = PointerGetDatum(path);
		values[PATH_CONVERTED] = BoolGetDatum(converted);
		values[PATH_CONVERSIONS] = Int64GetDatum(converted ? 1 : 0);
		values[PATH_NULLS] = Int64GetDatum(converted ? 0 : 1);
		values[PATH_VALUE] = Float8GetDatum(converted ? p->values[i] : 0);
		nulls[PATH_CONVERSION_NO] = nulls[PATH_CONVERSION_AT] = !converted;
		if (converted)
			values[PATH_CONVERSION_AT] = TimestampTzGetDatum(p->base + p->conversion_at[i] * p->unit);
		values[PATH_TOUCHES] = Int32GetDatum(touches);
		row_set_add(rsinfo, values, nulls);
		pfree(path);
	}
	return (Datum) 0;
}
