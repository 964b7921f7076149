/*
 * funnel_options.c
 *	  The options of a funnel: read once, checked once, kept for all customers.
 *
 * A funnel is asked of a million journeys with the same options, and reading
 * them costs more than most journeys do.  So the question is kept with the call
 * (in fn_extra), together with the arguments it was made of.  Arguments that are
 * constants of the query are never looked at again.  Others are compared byte
 * by byte with those kept, and the question is made anew where one differs: a
 * parameter cannot be trusted to stay what it is, PL/pgSQL evaluates one
 * expression many times with changing variables.  So no answer depends on what
 * is kept.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "funnel_options.h"

/* What an option is called, and how its type is passed. */
typedef struct OptionShape
{
	const char *name;
	int16		length;			/* as pg_type.typlen */
	bool		by_value;
} OptionShape;

static const OptionShape shapes[FA_COUNT] =
{
	[FA_STEPS] = {"steps", -1, false},
	[FA_WITHIN] = {"within", sizeof(Interval), false},
	[FA_MODE] = {"mode", -1, false},
	[FA_STEP_WITHIN] = {"step_within", -1, false},
	[FA_TIE] = {"tie", -1, false},
	[FA_GRACE] = {"grace", sizeof(Interval), false},
	[FA_EXCLUDE] = {"exclude", -1, false},
	[FA_EXCLUDE_AFTER] = {"exclude_after", -1, false},
	[FA_EXCLUDE_BEFORE] = {"exclude_before", -1, false},
	[FA_ON_EXCLUDE] = {"on_exclude", -1, false},
	[FA_OPTIONAL] = {"optional", -1, false},
	[FA_OPEN] = {"open", sizeof(bool), true},
	[FA_ANCHORED] = {"anchored", -1, false},
	[FA_ENTRY] = {"entry", -1, false},
	[FA_HOLD] = {"hold", -1, false},
	[FA_FROM] = {"from", sizeof(TimestampTz), FLOAT8PASSBYVAL},
	[FA_TO] = {"to", sizeof(TimestampTz), FLOAT8PASSBYVAL},
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
				 errmsg("\"%s\" must have one dimension", shapes[a].name)));
	if (!nulls && ARR_HASNULL(array) && array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"%s\" must not contain nulls", shapes[a].name)));
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
				 errmsg("\"%s\" must be as long as \"%s\"", shapes[a].name, shapes[other].name),
				 errdetail("\"%s\" has %d, \"%s\" has %d.", shapes[a].name, n,
						   shapes[other].name, others)));
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
				 errmsg("\"%s\" is given without \"exclude\"", shapes[a].name),
				 errhint("Name what is excluded in \"exclude\".")));
	numbers = (const int32 *) ARR_DATA_PTR(parallel_array(q, a, false, FA_EXCLUDE, nexclusions));
	for (int i = 0; i < nexclusions; i++)
	{
		if (numbers[i] < 1 || numbers[i] > q->options.nsteps)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s[%d]\" is %d, which is not the number of a step",
							shapes[a].name, i + 1, numbers[i]),
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

/* Is argument n of the call a constant of the query? */
static bool
is_constant(const FmgrInfo *flinfo, int n)
{
	const Node *call = flinfo->fn_expr;

	return call != NULL && IsA(call, FuncExpr) &&
		n < list_length(((const FuncExpr *) call)->args) &&
		IsA(list_nth(((const FuncExpr *) call)->args, n), Const);
}

static NullableDatum
argument(FunctionCallInfo fcinfo, int n)
{
	NullableDatum absent = {0, true};

	return n > 0 ? fcinfo->args[n] : absent;
}

/* The same bytes?  The kept one is not toasted. */
static bool
same_argument(FunnelArgument a, NullableDatum kept, NullableDatum now)
{
	const struct varlena *v;
	const struct varlena *w;

	if (kept.isnull || now.isnull)
		return kept.isnull && now.isnull;
	if (shapes[a].by_value)
		return kept.value == now.value;
	if (shapes[a].length > 0)
		return memcmp(DatumGetPointer(kept.value), DatumGetPointer(now.value),
					  shapes[a].length) == 0;
	v = (const struct varlena *) DatumGetPointer(kept.value);
	w = PG_DETOAST_DATUM_PACKED(now.value);
	return VARSIZE_ANY_EXHDR(v) == VARSIZE_ANY_EXHDR(w) &&
		memcmp(VARDATA_ANY(v), VARDATA_ANY(w), VARSIZE_ANY_EXHDR(v)) == 0;
}

static Datum
copy_argument(FunnelArgument a, Datum value)
{
	Datum		plain = value;

	if (shapes[a].length < 0)
		plain = PointerGetDatum(PG_DETOAST_DATUM_PACKED(value));
	return plain != value ? plain : datumCopy(value, shapes[a].by_value, shapes[a].length);
}

FunnelQuestion *
funnel_question_read(FunctionCallInfo fcinfo, const FunnelSignature signature)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	FunnelQuestion *q = flinfo->fn_extra;
	MemoryContext old;
	uint32		changing;

	if (q == NULL)
	{
		q = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(FunnelQuestion));
		q->context = AllocSetContextCreate(flinfo->fn_mcxt, "funnel options",
										   ALLOCSET_SMALL_SIZES);
		for (int a = 0; a < FA_COUNT; a++)
			if (signature[a] > 0 && !is_constant(flinfo, signature[a]))
				q->changing |= UINT32_C(1) << a;
		flinfo->fn_extra = q;
	}

	/*
	 * An error leaves a question that is not ready, for the next call to
	 * read.
	 */
	changing = q->changing;
	while (q->ready && changing != 0)
	{
		int			a = pg_rightmost_one_pos32(changing);

		changing &= changing - 1;
		q->ready = same_argument(a, q->given[a], fcinfo->args[signature[a]]);
	}
	if (q->ready)
	{
		/* Asked a second time: it will be asked often, which is worth a plan. */
		if (q->options.plan == NULL)
		{
			FunnelPlan *plan = MemoryContextAlloc(q->context,
												  funnel_plan_size(q->steps, q->options.nsteps));

			funnel_plan_build(plan, q->steps, q->options.nsteps);
			q->options.plan = plan;
		}
		q->constant = q->changing == 0;
		return q;
	}

	MemoryContextReset(q->context);
	old = MemoryContextSwitchTo(q->context);
	for (int a = 0; a < FA_COUNT; a++)
	{
		q->given[a] = argument(fcinfo, signature[a]);
		if (!q->given[a].isnull)
			q->given[a].value = copy_argument(a, q->given[a].value);
	}
	read_options(q);
	MemoryContextSwitchTo(old);
	q->ready = true;
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
