/*
 * satisfaction.c
 *	  nps, csat and ces: what the answers to a survey say of all customers.
 *
 * The state is a tally with a row for each different score and the number of
 * answers that gave it, with the scale in its parameters: a few hundred bytes
 * for any number of answers, and all that can be asked later.  Scores are
 * kept as whole thousandths, so that 0.1 is one key and not several.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "common/int.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "journey.h"
#include "core/statistics.h"
#include "core/surveys.h"
#include "funnel_options.h"
#include "kept_args.h"
#include "tally_state.h"

#define SCALE_MAX			1000000 /* of either end */
#define SCALE_MAX_STEPS		1000
#define UNIT				1000	/* of a whole score in keys */

typedef enum Metric
{
	METRIC_NPS = 1,
	METRIC_CSAT,
	METRIC_CES,					/* agreement that it was easy */
	METRIC_CES_EFFORT			/* how much effort it took */
} Metric;

#define METRIC_LAST	METRIC_CES_EFFORT

static const char *const metric_names[] = {NULL, "NPS", "CSAT", "CES", "CES"};
static const char *const directions[] = {"agree", "effort"};

/* The parameters of the tally. */
enum
{
	PARAM_METRIC,
	PARAM_LOW,					/* 1 + key if that is not negative */
	PARAM_SCORES,				/* how many different scores there may be */
	PARAM_STEP,
	PARAM_SATISFIED,			/* how many scores are satisfied ones */
	PARAM_COUNT
};

/* The question that was asked; in keys, which are thousandths. */
typedef struct Scale
{
	Metric		metric;
	int64		low;
	int64		high;
	int64		step;
	int64		satisfied;		/* how many scores from the good end on */
} Scale;

static const Scale nps_scale = {METRIC_NPS, 0, 10 * UNIT, UNIT, 2};

#define NPS_DETRACTOR	(6 * UNIT)

static void
set_params(int64 *params, const Scale *s)
{
	params[PARAM_METRIC] = s->metric;
	/* a parameter of 0 would be "not set" */
	params[PARAM_LOW] = s->low >= 0 ? s->low + 1 : s->low;
	params[PARAM_SCORES] = (s->high - s->low) / s->step + 1;
	params[PARAM_STEP] = s->step;
	params[PARAM_SATISFIED] = s->satisfied;
}

/* -- scales ------------------------------------------------------------------ */

/* The key of a number; false if it is not a whole number of thousandths. */
static bool
number_key(double number, int64 *key)
{
	if (!(fabs(number) <= SCALE_MAX))
		return false;
	*key = (int64) rint(number * UNIT);
	return (double) *key / UNIT == number;
}

static int64
option_key(double number, const char *name)
{
	int64		key;

	if (!number_key(number, &key))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s of a scale cannot be %s", name, float8out_internal(number)),
				 errdetail("It must be between -%d and %d, with at most three decimals.",
						   SCALE_MAX, SCALE_MAX)));
	return key;
}

/* Scores on the good side of the middle are easy. */
static int64
easy_scores(const Scale *s)
{
	return ((s->high - s->low) / s->step + 1) / 2;
}

static const char *
scale_problem(const Scale *s)
{
	if (s->low >= s->high)
		return "low must be below high";
	if (s->step <= 0)
		return "step must be positive";
	if ((s->high - s->low) % s->step != 0)
		return "high must be a whole number of steps above low";
	if ((s->high - s->low) / s->step > SCALE_MAX_STEPS)
		return "a scale has at most 1000 steps";
	if (s->satisfied < 1 || s->satisfied > (s->high - s->low) / s->step)
		return "top must be at least 1 and less than the number of scores";
	return NULL;
}

static void
check_scale(const Scale *s)
{
	const char *problem = scale_problem(s);

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s", problem),
				 s->low >= s->high ?
				 errhint("Where the lowest score is the best one, turn the answers round: low + high - score.") : 0));
}

static const char *
key_text(int64 key)
{
	return float8out_internal((double) key / UNIT);
}

static const char *
off_scale_hint(const Scale *s, double score)
{
	if (s->metric == METRIC_NPS && (score == -1 || fabs(score) == 100))
		return "Where a promoter is kept as 1 or 100 and a detractor as -1 or -100, count them: nps_of_counts(promoters, passives, detractors).";
	if (score >= (double) s->low / UNIT && score <= (double) s->high / UNIT)
		return "An average of answers is no answer: give the answers themselves, a row each.";
	if (s->metric == METRIC_NPS)
		return "The question of NPS is asked from 0 to 10; leave out rows that are no answer, for example with NULLIF(score, -9).";
	if (s->metric == METRIC_CSAT)
		return "Give the scale of the question, csat(score, low, high, top), and leave out rows that are no answer.";
	return "Give the scale and direction of the question, ces(score, low, high, direction), and leave out rows that are no answer.";
}

/* The key of an answer; errors where it is none of the scores. */
static int64
score_key(const Scale *s, double score)
{
	int64		key;

	if (!number_key(score, &key) || key < s->low || key > s->high ||
		(key - s->low) % s->step != 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("score %s is off the %s scale of %s to %s", float8out_internal(score),
						metric_names[s->metric], key_text(s->low), key_text(s->high)),
				 errdetail("Its scores are %s, %s and so on up to %s.", key_text(s->low),
						   key_text(s->low + s->step), key_text(s->high)),
				 errhint("%s", off_scale_hint(s, score))));
	return key;
}

/* -- counting ---------------------------------------------------------------- */

/* What the options of a call mean, kept for the next one. */
typedef struct SurveyCall
{
	KeptArgs	kept;
	Scale		scale;
	int64		params[PARAM_COUNT];
} SurveyCall;

static double
option(const KeptArgs *kept, int arg, double otherwise)
{
	return arg >= kept->end || kept->given[arg].isnull ? otherwise :
		DatumGetFloat8(kept->given[arg].value);
}

/* csat_add(state, score [, low, high, top [, step]]) */
static void
read_csat_scale(Scale *s, const KeptArgs *kept)
{
	s->metric = METRIC_CSAT;
	s->low = option_key(option(kept, 2, 1), "low");
	s->high = option_key(option(kept, 3, 5), "high");
	s->step = option_key(option(kept, 5, 1), "step");
	s->satisfied = kept->end <= 4 || kept->given[4].isnull ? 2 :
		DatumGetInt32(kept->given[4].value);
	check_scale(s);
}

/* ces_add(state, score [, low, high, direction]) */
static void
read_ces_scale(Scale *s, const KeptArgs *kept)
{
	NullableDatum direction = {0, true};

	if (kept->end > 4)
		direction = kept->given[4];
	s->metric = funnel_word(direction, "direction", directions, lengthof(directions)) == 0 ?
		METRIC_CES : METRIC_CES_EFFORT;
	s->low = option_key(option(kept, 2, 1), "low");
	s->high = option_key(option(kept, 3, 7), "high");
	s->step = UNIT;
	s->satisfied = easy_scores(s);
	check_scale(s);
}

static SurveyCall *
survey_call(FunctionCallInfo fcinfo, Metric metric)
{
	SurveyCall *call = fcinfo->flinfo->fn_extra;

	if (call == NULL)
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(SurveyCall));
		kept_args_init(&call->kept, fcinfo, 2, PG_NARGS());
		fcinfo->flinfo->fn_extra = call;
	}
	if (kept_args_same(&call->kept, fcinfo))
		return call;
	kept_args_take(&call->kept, fcinfo);
	if (metric == METRIC_NPS)
		call->scale = nps_scale;
	else if (metric == METRIC_CSAT)
		read_csat_scale(&call->scale, &call->kept);
	else
		read_ces_scale(&call->scale, &call->kept);
	set_params(call->params, &call->scale);
	call->kept.ready = true;
	return call;
}

static Datum
add_answer(FunctionCallInfo fcinfo, Metric metric)
{
	SurveyCall *call = survey_call(fcinfo, metric);
	int64		keys[TALLY_MAX_KEYS] = {0};
	Tally	   *t;
	int64	   *answers;

	if (PG_ARGISNULL(1))
		return tally_unchanged(fcinfo);
	keys[0] = score_key(&call->scale, PG_GETARG_FLOAT8(1));
	t = PG_ARGISNULL(0) ? tally_create(TALLY_SCORES) : tally_state(fcinfo, 0, TALLY_SCORES);
	if (t->nrows == 0)
		memcpy(t->params, call->params, sizeof(call->params));
	else if (memcmp(t->params, call->params, sizeof(call->params)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the scale must be the same in all calls of one aggregate"),
				 errhint("Group by it to have a score for each.")));
	answers = &tally_counters(t, tally_row_grow(&t, keys))[TC_SCORES_ANSWERS];
	if (pg_add_s64_overflow(*answers, 1, answers))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of answers is out of range")));
	PG_RETURN_POINTER(t);
}

PG_FUNCTION_INFO_V1(nps_add);
Datum
nps_add(PG_FUNCTION_ARGS)
{
	return add_answer(fcinfo, METRIC_NPS);
}

PG_FUNCTION_INFO_V1(csat_add);
Datum
csat_add(PG_FUNCTION_ARGS)
{
	return add_answer(fcinfo, METRIC_CSAT);
}

PG_FUNCTION_INFO_V1(ces_add);
Datum
ces_add(PG_FUNCTION_ARGS)
{
	return add_answer(fcinfo, METRIC_CES);
}

/* -- reading a tally ----------------------------------------------------------- */

/* The answers of a tally in the order of their scores. */
typedef struct Answers
{
	Scale		scale;
	int64		n;
	int64		good;			/* promoters, satisfied, easy */
	int64		bad;			/* detractors, not satisfied, difficult */
	SurveyCount *counts;
	uint32		ncounts;
} Answers;

pg_noreturn static void
not_scores(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tally does not hold scores: %s", problem)));
	pg_unreachable();
}

static void
read_scale(Scale *s, const Tally *t)
{
	int64		metric = t->params[PARAM_METRIC];
	int64		low = t->params[PARAM_LOW];
	int64		limit = (int64) SCALE_MAX * UNIT + 1;

	if (metric < METRIC_NPS || metric > METRIC_LAST)
		not_scores("its metric is unknown");
	for (int i = PARAM_LOW; i <= PARAM_SATISFIED; i++)
	{
		if (t->params[i] < -limit || t->params[i] > limit)
			not_scores("its scale is out of range");
	}
	s->metric = (Metric) metric;
	if (t->params[PARAM_SCORES] > SCALE_MAX_STEPS + 1)
		not_scores("it has too many scores");
	s->low = low > 0 ? low - 1 : low;
	s->step = t->params[PARAM_STEP];
	s->high = s->low + (t->params[PARAM_SCORES] - 1) * s->step;
	s->satisfied = t->params[PARAM_SATISFIED];
	if (s->high >= limit)
		not_scores("its scale is out of range");
	if (scale_problem(s) != NULL)
		not_scores(scale_problem(s));
	if (s->metric == METRIC_NPS &&
		(s->low != nps_scale.low || s->high != nps_scale.high ||
		 s->step != nps_scale.step || s->satisfied != nps_scale.satisfied))
		not_scores("its scale is not that of NPS");
	if (s->metric >= METRIC_CES && (s->step != UNIT || s->satisfied != easy_scores(s)))
		not_scores("its scale is not that of CES");
}

/* Is it one of the `satisfied` scores at the good end; and at the other end? */
static bool
is_good(const Scale *s, int64 key)
{
	return s->metric == METRIC_CES_EFFORT ?
		key < s->low + s->satisfied * s->step :
		key > s->high - s->satisfied * s->step;
}

static bool
is_bad(const Scale *s, int64 key)
{
	switch (s->metric)
	{
		case METRIC_NPS:
			return key <= NPS_DETRACTOR;
		case METRIC_CSAT:
			return !is_good(s, key);
		case METRIC_CES:
			return key < s->low + s->satisfied * s->step;
		case METRIC_CES_EFFORT:
			return key > s->high - s->satisfied * s->step;
	}
	return false;
}

/* False for a tally without answers. */
static bool
read_answers(Answers *a, Tally *given, Metric metric)
{
	const Tally *t;

	tally_must_be(given, TALLY_SCORES);
	memset(a, 0, sizeof(*a));
	t = tally_packed(given);
	if (t->nrows == 0)
		return false;
	read_scale(&a->scale, t);
	if (strcmp(metric_names[a->scale.metric], metric_names[metric]) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a tally of %s scores is needed, not of %s scores",
						metric_names[metric], metric_names[a->scale.metric])));
	if (t->nrows > t->params[PARAM_SCORES])
		not_scores("a score is off its scale");
	a->ncounts = t->nrows;
	a->counts = palloc(t->nrows * sizeof(SurveyCount));
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		int64		key = tally_keys(row)[0];
		int64		answers = tally_counters(t, row)[TC_SCORES_ANSWERS];

		if (key < a->scale.low || key > a->scale.high ||
			(key - a->scale.low) % a->scale.step != 0)
			not_scores("a score is off its scale");
		if (answers <= 0)
			not_scores("a score has no answers");
		if (pg_add_s64_overflow(a->n, answers, &a->n))
			not_scores("it has too many answers");
		a->counts[i].score = (double) key / UNIT;
		a->counts[i].answers = answers;
		if (is_good(&a->scale, key))
			a->good += answers;
		else if (is_bad(&a->scale, key))
			a->bad += answers;
	}
	return true;
}

/* -- answers as rows ------------------------------------------------------------ */

/*
 * A value of the composite type that the function returns, found through its
 * own Oid: a final function may be called without an expression.
 */
static Datum
make_row(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(get_func_rettype(fcinfo->flinfo->fn_oid), -1);
	HeapTuple	tuple = heap_form_tuple(desc, values, nulls);

	ReleaseTupleDesc(desc);
	return HeapTupleGetDatum(tuple);
}

/* Consecutive columns of a row. */
typedef struct Columns
{
	Datum	   *values;
	bool	   *nulls;
	int			next;
} Columns;

static void
put_count(Columns *c, int64 n)
{
	c->values[c->next++] = Int64GetDatum(n);
}

/* NaN stands for NULL. */
static void
put_number(Columns *c, double x)
{
	c->nulls[c->next] = isnan(x);
	c->values[c->next++] = Float8GetDatum(x);
}

static void
put_bounds(Columns *c, const SurveyEstimate *e)
{
	put_number(c, e->std_error);
	put_number(c, e->margin);
	put_number(c, e->lower);
	put_number(c, e->upper);
}

static void
put_scale(Columns *c, const Scale *s)
{
	put_number(c, (double) s->low / UNIT);
	put_number(c, (double) s->high / UNIT);
}

#define MAX_COLUMNS 20

/* Columns of journey.nps_row; `mean` is NaN where only the counts are known. */
static Datum
nps_row(FunctionCallInfo fcinfo, int64 promoters, int64 passives, int64 detractors, double mean)
{
	Datum		values[MAX_COLUMNS];
	bool		nulls[MAX_COLUMNS] = {false};
	Columns		c = {values, nulls, 0};
	SurveyEstimate e;
	int64		n = promoters + passives + detractors;

	survey_nps(promoters, passives, detractors, &e);
	put_number(&c, e.score);
	put_count(&c, n);
	put_bounds(&c, &e);
	put_count(&c, promoters);
	put_count(&c, passives);
	put_count(&c, detractors);
	put_number(&c, (double) promoters / (double) n);
	put_number(&c, (double) detractors / (double) n);
	put_number(&c, mean);
	put_scale(&c, &nps_scale);
	return make_row(fcinfo, values, nulls);
}

PG_FUNCTION_INFO_V1(nps_rows);
Datum
nps_rows(PG_FUNCTION_ARGS)
{
	Answers		a;

	if (!read_answers(&a, PG_GETARG_TALLY_P(0), METRIC_NPS))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(nps_row(fcinfo, a.good, a.n - a.good - a.bad, a.bad,
							survey_mean(a.counts, a.ncounts)));
}

static void
check_counts(int64 promoters, int64 passives, int64 detractors)
{
	int64		n;

	if (promoters < 0 || passives < 0 || detractors < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("numbers of promoters, passives and detractors must not be negative")));
	if (pg_add_s64_overflow(promoters, passives, &n) ||
		pg_add_s64_overflow(n, detractors, &n))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of answers is out of range")));
}

/* nps_of_counts(promoters, passives, detractors) */
PG_FUNCTION_INFO_V1(nps_of_counts);
Datum
nps_of_counts(PG_FUNCTION_ARGS)
{
	int64		promoters = PG_GETARG_INT64(0);
	int64		passives = PG_GETARG_INT64(1);
	int64		detractors = PG_GETARG_INT64(2);

	check_counts(promoters, passives, detractors);
	if (promoters + passives + detractors == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(nps_row(fcinfo, promoters, passives, detractors, get_float8_nan()));
}

/*
 * The estimate of a journey.nps_row from its counts alone, whatever its other
 * columns say; false without answers.
 */
static bool
read_nps_row(HeapTupleHeader row, SurveyEstimate *e, int64 *n)
{
	static const char *const names[] = {"promoters", "passives", "detractors"};
	int64		counts[lengthof(names)];

	for (int i = 0; i < lengthof(names); i++)
	{
		bool		isnull;

		counts[i] = DatumGetInt64(GetAttributeByName(row, names[i], &isnull));
		if (isnull)
			return false;
	}
	check_counts(counts[0], counts[1], counts[2]);
	*n = counts[0] + counts[1] + counts[2];
	if (*n == 0)
		return false;
	survey_nps(counts[0], counts[1], counts[2], e);
	return true;
}

PG_FUNCTION_INFO_V1(nps_difference);
Datum
nps_difference(PG_FUNCTION_ARGS)
{
	Datum		values[MAX_COLUMNS];
	bool		nulls[MAX_COLUMNS] = {false};
	Columns		c = {values, nulls, 0};
	SurveyEstimate from;
	SurveyEstimate to;
	SurveyEstimate e;
	int64		from_n;
	int64		to_n;
	double		z;
	double		p;

	if (!read_nps_row(PG_GETARG_HEAPTUPLEHEADER(0), &from, &from_n) ||
		!read_nps_row(PG_GETARG_HEAPTUPLEHEADER(1), &to, &to_n))
		PG_RETURN_NULL();
	if (!survey_difference(&from, &to, &e, &z, &p))
		z = p = get_float8_nan();
	put_number(&c, e.score);
	put_bounds(&c, &e);
	put_number(&c, z);
	put_number(&c, p);
	put_number(&c, from.score);
	put_count(&c, from_n);
	put_number(&c, to.score);
	put_count(&c, to_n);
	PG_RETURN_DATUM(make_row(fcinfo, values, nulls));
}

/* Columns of journey.csat_row. */
PG_FUNCTION_INFO_V1(csat_rows);
Datum
csat_rows(PG_FUNCTION_ARGS)
{
	Datum		values[MAX_COLUMNS];
	bool		nulls[MAX_COLUMNS] = {false};
	Columns		c = {values, nulls, 0};
	Answers		a;
	SurveyEstimate e;

	if (!read_answers(&a, PG_GETARG_TALLY_P(0), METRIC_CSAT))
		PG_RETURN_NULL();
	survey_share(a.good, a.n, &e);
	put_number(&c, e.score);
	put_count(&c, a.n);
	put_bounds(&c, &e);
	put_count(&c, a.good);
	put_count(&c, a.bad);
	put_number(&c, survey_mean(a.counts, a.ncounts));
	put_scale(&c, &a.scale);
	put_number(&c, (double) (a.scale.high - (a.scale.satisfied - 1) * a.scale.step) / UNIT);
	PG_RETURN_DATUM(make_row(fcinfo, values, nulls));
}

/* Columns of journey.ces_row. */
PG_FUNCTION_INFO_V1(ces_rows);
Datum
ces_rows(PG_FUNCTION_ARGS)
{
	Datum		values[MAX_COLUMNS];
	bool		nulls[MAX_COLUMNS] = {false};
	Columns		c = {values, nulls, 0};
	Answers		a;
	SurveyEstimate e;
	double		lower;
	double		upper;

	if (!read_answers(&a, PG_GETARG_TALLY_P(0), METRIC_CES))
		PG_RETURN_NULL();
	survey_mean_estimate(a.counts, a.ncounts, (double) a.scale.low / UNIT,
						 (double) a.scale.high / UNIT, &e);
	wilson_interval(a.good, a.n, STATISTICS_Z95, &lower, &upper);
	put_number(&c, e.score);
	put_count(&c, a.n);
	put_bounds(&c, &e);
	put_count(&c, a.good);
	put_count(&c, a.n - a.good - a.bad);
	put_count(&c, a.bad);
	put_number(&c, (double) a.good / (double) a.n);
	put_number(&c, lower);
	put_number(&c, upper);
	put_scale(&c, &a.scale);
	values[c.next++] = CStringGetTextDatum(directions[a.scale.metric == METRIC_CES_EFFORT]);
	PG_RETURN_DATUM(make_row(fcinfo, values, nulls));
}
