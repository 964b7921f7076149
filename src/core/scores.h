/*
 * scores.h
 *	  What an answer to a survey or a review says: its scale, whether the
 *	  customer is satisfied, and the score carried over to a common scale.
 */
#ifndef SCORES_H
#define SCORES_H

#include <stdbool.h>

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

#endif							/* SCORES_H */
