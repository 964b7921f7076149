/*
 * funnel_options.c
 *	  The options of a funnel: read once, checked once, kept for all customers.
 *
 * A funnel is asked of a million journeys with the same options, and reading
 * them costs more than most journeys do.  So the question is kept with the call
 * (in fn_extra), together with the arguments it was made of, see kept_args.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "funnel_options.h"

static const char *const names[FA_COUNT] =
{
	[FA_STEPS] = "steps",
	[FA_WITHIN] = "within",
	[FA_MODE] = "mode",
	[FA_STEP_WITHIN] = "step_within",
	[FA_TIE] = "tie",
	[FA_GRACE] = "grace",
	[FA_EXCLUDE] = "exclude",
	[FA_EXCLUDE_AFTER] = "exclude_after",
	[FA_EXCLUDE_BEFORE] = "exclude_before",
	[FA_ON_EXCLUDE] = "on_exclude",
	[FA_OPTIONAL] = "optional",
	[FA_OPEN] = "open",
	[FA_ANCHORED] = "anchored",
	[FA_ENTRY] = "entry",
	[FA_HOLD] = "hold",
	[FA_FROM] = "from",
	[FA_TO] = "to",
};

/* The words in the order of their enums; the first is the default. */
static const char *const modes[] = {"ordered", "strict", "strict_steps", "unordered"};
static const char *const ties[] = {"any", "strict", "stored"};
static const char *const entries[] = {"best", "first", "last"};
static const char *const effects[] = {"truncate", "drop"};
static const char *const held[] = {NULL, "channel"};

/* -- words and spans ---------------------------------------------------------- */

int
funnel_word(NullableDatum word, const char *name, const char *const *words, int nwords)
{
	StringInfoData list;
	char	   *given;

	if (word.isnull)
		return 0;
	given = text_to_cstring(DatumGetTextPP(word.value));
	for (int i = 0; i < nwords; i++)
		if (words[i] != NULL && pg_strcasecmp(words[i], given) == 0)
			return i;

	initStringInfo(&list);
	for (int i = 0; i < nwords; i++)
	{
		appendStringInfoString(&list, i == 0 ? "" : i < nwords - 1 ? ", " : " or ");
		if (words[i] == NULL)
			appendStringInfoString(&list, "NULL");
		else
			appendStringInfo(&list, "'%s'", words[i]);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized \"%s\": \"%s\"", name, given),
			 errhint("\"%s\" can be %s.", name, list.data)));
	return 0;					/* keep compiler quiet */
}

/* What an error calls an argument, or one element of it (from 1). */
static const char *
element_name(const char *name, int element)
{
	return element == 0 ? name : psprintf("%s[%d]", name, element);
}

static uint64
span(const Interval *interval, const char *name, int element)
{
	int64		us;

	if (interval->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must not have months or years", element_name(name, element)),
				 errdetail("They differ in length."),
				 errhint("Use days, for example '30 days'.")));
	if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &us) ||
		pg_add_s64_overflow(us, interval->time, &us))
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("\"%s\" is out of range", element_name(name, element))));
	if (us < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must not be negative", element_name(name, element))));
	return us;
}

uint64
funnel_span(const Interval *interval, const char *name)
{
	return span(interval, name, 0);
}

/* -- arrays --------------------------------------------------------------------- */

/* An array of one dimension, and how many elements it has. */
static ArrayType *
option_array(const FunnelQuestion *q, FunnelArgument a, bool nulls, int *n)
{
	ArrayType  *array = DatumGetArrayTypeP(q->given[a].value);

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("\"%s\" must have one dimension", names[a])));
	if (!nulls && ARR_HASNULL(array) && array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"%s\" must not contain nulls", names[a])));
	*n = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
	return array;
}

/* The same with one element for each element of another one. */
static ArrayType *
parallel_array(const FunnelQuestion *q, FunnelArgument a, bool nulls,
			   FunnelArgument other, int others)
{
	int			n;
	ArrayType  *array = option_array(q, a, nulls, &n);

	if (n != others)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("\"%s\" must be as long as \"%s\"", names[a], names[other]),
				 errdetail("\"%s\" has %d, \"%s\" has %d.", names[a], n,
						   names[other], others)));
	return array;
}

/* Bit k is element k (from 0). */
static uint64
step_flags(const FunnelQuestion *q, FunnelArgument a)
{
	const bool *flags;
	uint64		bits = 0;

	if (q->given[a].isnull)
		return 0;
	flags = (const bool *) ARR_DATA_PTR(parallel_array(q, a, false, FA_STEPS, q->options.nsteps));
	for (int k = 0; k < q->options.nsteps; k++)
		bits |= (uint64) flags[k] << k;
	return bits;
}

static void
read_step_within(FunnelQuestion *q)
{
	ArrayType  *array;
	Datum	   *values;
	bool	   *nulls;
	int			n;

	if (q->given[FA_STEP_WITHIN].isnull)
		return;
	array = parallel_array(q, FA_STEP_WITHIN, true, FA_STEPS, q->options.nsteps);
	deconstruct_array(array, INTERVALOID, sizeof(Interval), false, TYPALIGN_DOUBLE,
					  &values, &nulls, &n);
	if (!nulls[0])
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"step_within[1]\" must be NULL"),
				 errdetail("It would be the longest time from the step before, and there is none."),
				 errhint("The longest time from the first step to the last is \"within\".")));
	for (int k = 0; k < n; k++)
	{
		q->step_within[k] = nulls[k] ? FUNNEL_NO_LIMIT :
			span(DatumGetIntervalP(values[k]), "step_within", k + 1);
		if (!nulls[k])
			q->options.step_within = q->step_within;
	}
}

/* Step numbers, one for each exclusion; NULL if they are not given. */
static const int32 *
exclusion_steps(const FunnelQuestion *q, FunnelArgument a, int nexclusions)
{
	const int32 *numbers;

	if (q->given[a].isnull)
		return NULL;
	if (q->given[FA_EXCLUDE].isnull)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is given without \"exclude\"", names[a]),
				 errhint("Name what is excluded in \"exclude\".")));
	numbers = (const int32 *) ARR_DATA_PTR(parallel_array(q, a, false, FA_EXCLUDE, nexclusions));
	for (int i = 0; i < nexclusions; i++)
	{
		if (numbers[i] < 1 || numbers[i] > q->options.nsteps)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s[%d]\" is %d, which is not the number of a step",
							names[a], i + 1, numbers[i]),
					 errdetail_plural("There is %d step.", "There are %d steps.",
									  q->options.nsteps, q->options.nsteps)));
	}
	return numbers;
}

static void
read_exclusions(FunnelQuestion *q)
{
	const Matcher *matchers[FUNNEL_MAX_STEPS];
	const int32 *after;
	const int32 *before;
	int			n = 0;

	if (!q->given[FA_EXCLUDE].isnull)
	{
		option_array(q, FA_EXCLUDE, false, &n);
		if (n > FUNNEL_MAX_STEPS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many elements of \"exclude\": %d", n),
					 errdetail("At most %d are allowed.", FUNNEL_MAX_STEPS),
					 errhint("Join what is excluded between the same steps by \"|\".")));
		if (n > 0)
			matcher_array(q->given[FA_EXCLUDE].value, FUNNEL_MAX_STEPS, matchers);
	}
	after = exclusion_steps(q, FA_EXCLUDE_AFTER, n);
	before = exclusion_steps(q, FA_EXCLUDE_BEFORE, n);
	for (int i = 0; i < n; i++)
	{
		FunnelExclusion *e = &q->exclusions[i];

		e->matcher = matchers[i];
		e->after = after != NULL ? after[i] : 1;
		e->before = before != NULL ? before[i] : q->options.nsteps;
		if (e->after >= e->before)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"exclude[%d]\" has no steps to lie between", i + 1),
					 errdetail("It is excluded after step %d and before step %d.",
							   e->after, e->before),
					 errhint("\"exclude_after\" is 1 and \"exclude_before\" the last step unless given; the first must be less than the second.")));
	}
	q->options.exclusions = q->exclusions;
	q->options.nexclusions = n;
}

/* -- all of it ------------------------------------------------------------------- */

static void
conflict(const char *one, const char *other, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s cannot be combined with %s", one, other),
			 errhint("%s", hint)));
}

static void
check_conflicts(const FunnelOptions *o)
{
	if ((o->optional & 1) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"optional[1]\" must be false"),
				 errhint("A funnel is entered by its first step, or by any step with open => true.")));
	if (o->mode == FM_UNORDERED)
	{
		if (o->open)
			conflict("open => true", "mode => 'unordered'",
					 "Without an order the funnel is entered by any step that is not anchored.");
		if (o->optional != 0)
			conflict("\"optional\"", "mode => 'unordered'",
					 "Without an order the answer tells how many steps were reached, not which.");
		if (o->step_within != NULL)
			conflict("\"step_within\"", "mode => 'unordered'",
					 "Without an order no step has one before it; use within.");
	}
	else if (o->anchored != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"anchored\" needs mode => 'unordered'"),
				 errhint("In the other modes every step has its place.")));
	if (o->open)
	{
		if (o->entry != FE_BEST)
			conflict("open => true", psprintf("entry => '%s'", entries[o->entry]),
					 "An open funnel has no step that everybody enters by; leave entry as 'best'.");
		if (o->drop)
			conflict("open => true", "on_exclude => 'drop'",
					 "An open funnel has no step that everybody enters by; use 'truncate'.");
	}
	if (o->grace > 0 && o->tie == FT_STORED)
		conflict("\"grace\"", "tie => 'stored'",
				 "Within the grace the order does not count; use tie => 'any' or 'strict'.");
}

/* The options of the arguments in q->given; memory from the current context. */
static void
read_options(FunnelQuestion *q)
{
	FunnelOptions *o = &q->options;
	const NullableDatum *given = q->given;

	memset(o, 0, sizeof(FunnelOptions));
	o->steps = q->steps;
	o->nsteps = matcher_array(given[FA_STEPS].value, FUNNEL_MAX_STEPS, q->steps);
	o->within = given[FA_WITHIN].isnull ? FUNNEL_NO_LIMIT :
		funnel_span(DatumGetIntervalP(given[FA_WITHIN].value), "within");
	o->mode = funnel_word(given[FA_MODE], "mode", modes, lengthof(modes));
	o->tie = funnel_word(given[FA_TIE], "tie", ties, lengthof(ties));
	o->entry = funnel_word(given[FA_ENTRY], "entry", entries, lengthof(entries));
	o->drop = funnel_word(given[FA_ON_EXCLUDE], "on_exclude", effects, lengthof(effects)) == 1;
	o->hold_channel = funnel_word(given[FA_HOLD], "hold", held, lengthof(held)) == 1;
	o->grace = given[FA_GRACE].isnull ? 0 :
		funnel_span(DatumGetIntervalP(given[FA_GRACE].value), "grace");
	o->open = !given[FA_OPEN].isnull && DatumGetBool(given[FA_OPEN].value);
	o->from = given[FA_FROM].isnull ? INT64_MIN : DatumGetTimestampTz(given[FA_FROM].value);
	o->to = given[FA_TO].isnull ? INT64_MAX : DatumGetTimestampTz(given[FA_TO].value);
	o->optional = step_flags(q, FA_OPTIONAL);
	o->anchored = step_flags(q, FA_ANCHORED);
	read_step_within(q);
	read_exclusions(q);
	check_conflicts(o);
}

/* -- what is kept with the call ---------------------------------------------------- */

FunnelQuestion *
funnel_question_read(FunctionCallInfo fcinfo, const FunnelSignature signature)
{
	FunnelQuestion *q = fcinfo->flinfo->fn_extra;
	MemoryContext old;

	if (q == NULL)
	{
		int			last = 0;

		for (int a = 0; a < FA_COUNT; a++)
			last = Max(last, signature[a]);
		q = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(FunnelQuestion));
		kept_args_init(&q->kept, fcinfo, 1, last + 1);
		fcinfo->flinfo->fn_extra = q;
	}
	if (kept_args_same(&q->kept, fcinfo))
	{
		/* Asked a second time: it will be asked often, which is worth a plan. */
		if (q->options.plan == NULL)
		{
			FunnelPlan *plan = MemoryContextAlloc(q->kept.context,
												  funnel_plan_size(q->steps, q->options.nsteps));

			funnel_plan_build(plan, q->steps, q->options.nsteps);
			q->options.plan = plan;
		}
		q->constant = q->kept.changing == 0;
		return q;
	}

	q->constant = false;
	kept_args_take(&q->kept, fcinfo);
	for (int a = 0; a < FA_COUNT; a++)
	{
		NullableDatum absent = {0, true};

		q->given[a] = signature[a] > 0 ? q->kept.given[signature[a]] : absent;
	}
	old = MemoryContextSwitchTo(q->kept.context);
	read_options(q);
	MemoryContextSwitchTo(old);
	q->kept.ready = true;
	q->plain = funnel_is_plain(&q->options);
	return q;
}

/* -- host of a search --------------------------------------------------------------- */

/* Of the one search that runs: a search calls nothing that could start another. */
static MemoryContext search_context;

static void *
search_allocate(size_t size)
{
	return MemoryContextAllocHuge(search_context, size);
}

static void
search_relax(void)
{
	CHECK_FOR_INTERRUPTS();
}

const FunnelHost *
funnel_host_begin(void)
{
	static const FunnelHost host = {search_allocate, search_relax};

	search_context = AllocSetContextCreate(CurrentMemoryContext, "funnel search",
										   ALLOCSET_DEFAULT_SIZES);
	return &host;
}

void
funnel_host_end(void)
{
	MemoryContextDelete(search_context);
	search_context = NULL;
}
