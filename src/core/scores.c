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
 *
 * An answer is about the order that was bought or delivered last before it.
 * Which parcel is which order is not in the log, so orders are told apart as
 * everywhere here: a delivery is that of the earliest order that has not come
 * and has not been taken back, and a cancellation or a refund takes back the
 * latest that has not been taken back.  The first only moves on and the second
 * only moves back over orders that are done, so all answers cost one pass.
 */
#include "scores.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

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

/* -- answers and deliveries ------------------------------------------------- */

#define DAY_US			86400e6

/* How an order stands at a time; NULL for no order. */
static DeliveryState
delivery_state(const ScoredOrder *order, bool logged, int64_t at)
{
	if (order == NULL)
		return DELIVERY_NO_ORDER;
	if (order->delivered)
		return order->delivered_at <= order->promised_at ? DELIVERY_ON_TIME : DELIVERY_LATE;
	if (order->taken_back)
		return DELIVERY_TAKEN_BACK;
	if (!logged)
		return DELIVERY_UNKNOWN;
	return at <= order->promised_at ? DELIVERY_OPEN : DELIVERY_OVERDUE;
}

static int64_t
later_by(int64_t at, uint64_t us)
{
	return us > (uint64_t) INT64_MAX - (uint64_t) at ? INT64_MAX : (int64_t) ((uint64_t) at + us);
}

/* A promise of so many days; what is none is not heard. */
static void
promise(ScoredOrder *order, double days)
{
	if (days >= 0)
		order->promised_at = later_by(order->bought_at, days * DAY_US >= 9e18 ? INT64_MAX :
									  (uint64_t) (days * DAY_US));
}

uint32_t
scored_answers(uint32_t count, const int64_t *at, const uint8_t *action,
			   const double *value, bool logged, uint64_t promised,
			   ScoredOrder *orders, ScoredAnswer *answers)
{
	uint32_t	norders = 0;
	uint32_t	earliest = 0;	/* none before it waits for a delivery */
	uint32_t	latest = 0;		/* all from it on are taken back */
	const ScoredOrder *heard = NULL;
	uint32_t	nanswers = 0;

	for (uint32_t i = 0; i < count; i++)
	{
		const ScoreScale *scale;
		ScoredAnswer *a;
		double		v = value != NULL ? value[i] : NAN;

		switch (action[i])
		{
			case TA_PURCHASE:
				memset(&orders[norders], 0, sizeof(ScoredOrder));
				orders[norders].bought_at = at[i];
				orders[norders].promised_at = later_by(at[i], promised);
				heard = &orders[norders++];
				latest = norders;
				break;
			case TA_ORDER_UPDATE_PROMISED:
				if (norders > 0)
					promise(&orders[norders - 1], v);
				break;
			case TA_ORDER_DELIVER:
				while (earliest < norders &&
					   (orders[earliest].delivered || orders[earliest].taken_back))
					earliest++;
				if (earliest == norders)
					break;
				orders[earliest].delivered = true;
				orders[earliest].delivered_at = at[i];
				heard = &orders[earliest];
				break;
			case TA_ORDER_CANCEL:
			case TA_REFUND:
				while (latest > 0 && orders[latest - 1].taken_back)
					latest--;
				if (latest > 0)
					orders[latest - 1].taken_back = true;
				break;
			default:
				scale = score_scale(action[i]);
				if (scale == NULL)
					break;
				a = &answers[nanswers++];
				a->touchpoint = i;
				a->scale = scale;
				a->answered = !isnan(v);
				a->off_scale = a->answered &&
					score_off_scale(v, scale->low, scale->high, scale->step);
				a->delivery = delivery_state(heard, logged, at[i]);
		}
	}
	return nanswers;
}
