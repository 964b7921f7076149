/*
 * attribution_options.c
 *	  The options of attribution and conversion_paths, which the models of
 *	  channels share with them.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "attribution_options.h"
#include "funnel_options.h"

/* In the order of AttributionModel and AttributionTransform. */
static const char *const models[] = {
	"last", "first", "last_non_direct", "linear", "position_based", "time_decay"
};
static const char *const transforms[] = {"exposure", "unique", "first", "frequency"};

static double
weight_arg(NullableDatum given, const char *name)
{
	double		weight = given.isnull ? 0.4 : DatumGetFloat8(given.value);

	/* false for NaN, too */
	if (!(weight >= 0 && weight <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must be between 0 and 1", name)));
	return weight;
}

/* Is this what has a channel, whatever else it is? */
static bool
any_channel(const Matcher *m)
{
	const MatcherTerm *term = &m->terms[0];

	return m->nterms == 1 && term->name_kind == MN_ANY && term->op == MO_NONE &&
		term->channel_kind == MN_WILD && term->channel_len == 1;
}

void
attribution_question_read(AttributionQuestion *q, const NullableDatum *values,
						  const AttributionSignature signature)
{
	NullableDatum given[AA_COUNT];

	for (int a = 0; a < AA_COUNT; a++)
	{
		NullableDatum absent = {0, true};

		given[a] = signature[a] > 0 && a != AA_CONVERSIONS ?
			values[signature[a]] : absent;
	}
	q->conversion = given[AA_CONVERSION].isnull ? NULL :
		DatumGetMatcherP(given[AA_CONVERSION].value);
	q->touch = given[AA_TOUCH].isnull ? NULL : DatumGetMatcherP(given[AA_TOUCH].value);
	if (q->touch != NULL && any_channel(q->touch))
		q->touch = NULL;
	q->options.model = funnel_word(given[AA_MODEL], "model", models, lengthof(models));
	q->direct = given[AA_DIRECT].isnull || q->options.model != AM_LAST_NON_DIRECT ? NULL :
		DatumGetMatcherP(given[AA_DIRECT].value);
	q->transform = funnel_word(given[AA_TRANSFORM], "transform", transforms, lengthof(transforms));
	q->lookback = given[AA_LOOKBACK].isnull ? ATTRIBUTION_NO_LIMIT :
		funnel_span(DatumGetIntervalP(given[AA_LOOKBACK].value), "lookback");
	q->options.first_weight = weight_arg(given[AA_FIRST_WEIGHT], "first_weight");
	q->options.last_weight = weight_arg(given[AA_LAST_WEIGHT], "last_weight");
	if (q->options.first_weight + q->options.last_weight > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"first_weight\" and \"last_weight\" are more than 1 together"),
				 errhint("What they leave of 1 is shared by the touches between the first and the last.")));
	q->options.half_life = 7.0 * USECS_PER_DAY;
	if (!given[AA_HALF_LIFE].isnull)
		q->options.half_life = (double) funnel_span(DatumGetIntervalP(given[AA_HALF_LIFE].value),
													"half_life");
	if (q->options.half_life <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"half_life\" must be longer than zero")));
	q->restart = !given[AA_RESTART].isnull && DatumGetBool(given[AA_RESTART].value);
}

void
attribution_one_of(bool conversion, bool conversions)
{
	if (conversion && conversions)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"conversion\" and \"conversions\" cannot both be given"),
				 errhint("Give NULL as \"conversion\" where \"conversions\" says what converted.")));
}
