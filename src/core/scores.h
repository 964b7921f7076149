/*
 * scores.h
 *	  What an answer to a survey or a review says: its scale, whether the
 *	  customer is satisfied, and the score carried over to a common scale.
 */
#ifndef SCORES_H
#define SCORES_H

#include <stdbool.h>
#include <stdint.h>

#include "touch_action.h"

typedef enum ScoreKind
{
	SCORE_NPS,					/* how likely to recommend, 0 .. 10 */
	SCORE_CSAT,					/* how satisfied, 1 .. 5 */
	SCORE_CES,					/* "it was easy": disagrees 1 .. agrees 7 */
	SCORE_REVIEW				/* stars, 1 .. 5, also halves */
} ScoreKind;

typedef enum ScoreTopic
{
	SCORE_TOPIC_NONE,			/* the customer was asked in general */
	SCORE_TOPIC_DELIVERY,
	SCORE_TOPIC_SUPPORT
} ScoreTopic;

typedef struct ScoreScale
{
	ScoreKind	kind;
	ScoreTopic	topic;
	double		low;
	double		high;
	double		step;			/* between two scores; low is one of them */
	double		satisfied;		/* from here on */
	double		dissatisfied;	/* up to here */
} ScoreScale;

typedef enum Satisfied
{
	SATISFIED_UNKNOWN,			/* no score, or one in the middle */
	SATISFIED_NO,
	SATISFIED_YES
} Satisfied;

/* The scale of an action (enum TouchAction); NULL where it has no score. */
extern const ScoreScale *score_scale(int action);

/* Is a value none of the scores low, low + step .. high?  So is NaN. */
extern bool score_off_scale(double value, double low, double high, double step);

/* A value on its scale carried over to 1 .. 5, the lowest to 1. */
extern double score_on_1_to_5(const ScoreScale *scale, double value);

/*
 * The score of a touchpoint: false if its action has none, it has no value
 * (NaN), or one off the scale.
 */
extern bool touch_score(int action, double value, const ScoreScale **scale);

/*
 * What a touchpoint says of the customer's satisfaction.  Goods that came back
 * (TA_REFUND) say no; what says nothing, SATISFIED_UNKNOWN.
 */
extern Satisfied touch_satisfied(int action, double value);

/* -- answers and deliveries ----------------------------------------------- */

/* How it stood with the order that was last heard of when an answer came. */
typedef enum DeliveryState
{
	DELIVERY_NO_ORDER,			/* nothing had been bought */
	DELIVERY_UNKNOWN,			/* deliveries are not in the log */
	DELIVERY_ON_TIME,			/* it had come by the time that was promised */
	DELIVERY_LATE,				/* it had come, but later */
	DELIVERY_OPEN,				/* it had not come; the promise still held */
	DELIVERY_OVERDUE,			/* nor did the promise hold any more */
	DELIVERY_TAKEN_BACK			/* cancelled or refunded before it came */
} DeliveryState;

/* An order of one customer, while answers are looked for. */
typedef struct ScoredOrder
{
	int64_t		bought_at;
	int64_t		promised_at;
	int64_t		delivered_at;
	bool		delivered;
	bool		taken_back;
} ScoredOrder;

typedef struct ScoredAnswer
{
	uint32_t	touchpoint;		/* from 0 */
	const ScoreScale *scale;
	bool		answered;		/* it has a value */
	bool		off_scale;
	DeliveryState delivery;
} ScoredAnswer;

/*
 * The touchpoints that are scored, in order; returns how many.  value may be
 * NULL, and NaN for none.  `logged`: deliveries are in the log; `promise`:
 * microseconds from buying to arriving unless an order has its own.  `orders`
 * has room for one a purchase, `answers` for one a scored touchpoint.
 */
extern uint32_t scored_answers(uint32_t count, const int64_t *at, const uint8_t *action,
							   const double *value, bool logged, uint64_t promise,
							   ScoredOrder *orders, ScoredAnswer *answers);

#endif							/* SCORES_H */
