/*
 * scores.c
 *	  What an answer to a survey or a review says.
 *
 * The scales are those of the questions as they are usually asked: promoters
 * of 9 and 10 and detractors up to 6 of 0 .. 10 (Reichheld 2003), the upper two
 * boxes of five satisfied, agreement on seven that it was easy.  An answer off
 * its scale comes from another question or a fault of the tool, so it has no
 * score at all: cut to the end of the scale it would be an opinion that nobody
 * gave.
 *
 * The scores of a scale are low + k * step.  Steps are whole numbers or halves,
 * which doubles hold exactly, so that the test by division has no rounding.
 */
#include "scores.h"

#include <math.h>
#include <stddef.h>

#define NPS(topic)		{SCORE_NPS, topic, 0, 10, 1, 9, 6}
#define CSAT(topic)		{SCORE_CSAT, topic, 1, 5, 1, 4, 3}
#define CES(topic)		{SCORE_CES, topic, 1, 7, 1, 5, 3}
#define REVIEW(topic)	{SCORE_REVIEW, topic, 1, 5, 0.5, 4, 3}

const ScoreScale *
score_scale(int action)
{
	static const ScoreScale nps = NPS(SCORE_TOPIC_NONE);
	static const ScoreScale csat[] =
	{CSAT(SCORE_TOPIC_NONE), CSAT(SCORE_TOPIC_DELIVERY), CSAT(SCORE_TOPIC_SUPPORT)};
	static const ScoreScale ces[] =
	{CES(SCORE_TOPIC_NONE), CES(SCORE_TOPIC_DELIVERY), CES(SCORE_TOPIC_SUPPORT)};
	static const ScoreScale review = REVIEW(SCORE_TOPIC_NONE);

	switch (action)
	{
		case TA_SURVEY_NPS:
			return &nps;
		case TA_SURVEY_CSAT:
			return &csat[0];
		case TA_SURVEY_CSAT_DELIVERY:
			return &csat[1];
		case TA_SURVEY_CSAT_SUPPORT:
			return &csat[2];
		case TA_SURVEY_CES:
			return &ces[0];
		case TA_SURVEY_CES_DELIVERY:
			return &ces[1];
		case TA_SURVEY_CES_SUPPORT:
			return &ces[2];
		case TA_REVIEW_WRITE:
			return &review;
		default:
			return NULL;
	}
}

bool
score_off_scale(double value, double low, double high, double step)
{
	double		steps = (value - low) / step;

	return !(value >= low && value <= high) || steps != floor(steps);
}

double
score_on_1_to_5(const ScoreScale *scale, double value)
{
	return 1 + 4 * (value - scale->low) / (scale->high - scale->low);
}

bool
touch_score(int action, double value, const ScoreScale **scale)
{
	*scale = score_scale(action);
	return *scale != NULL &&
		!score_off_scale(value, (*scale)->low, (*scale)->high, (*scale)->step);
}

Satisfied
touch_satisfied(int action, double value)
{
	const ScoreScale *scale;

	if (action == TA_REFUND)
		return SATISFIED_NO;
	if (!touch_score(action, value, &scale))
		return SATISFIED_UNKNOWN;
	return value >= scale->satisfied ? SATISFIED_YES :
		value <= scale->dissatisfied ? SATISFIED_NO : SATISFIED_UNKNOWN;
}
