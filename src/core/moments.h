/*
 * moments.h
 *	  The moments of truth of one customer: when each was reached, and what
 *	  came of it.
 */
#ifndef MOMENTS_H
#define MOMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a stage of the moments model stands for, by its name. */
typedef enum MomentKind
{
	MOMENT_OTHER,				/* any name but these */
	MOMENT_ZERO,				/* zmot */
	MOMENT_FIRST,				/* fmot */
	MOMENT_SECOND,				/* smot */
	MOMENT_THIRD,				/* tmot */
	MOMENT_ULTIMATE				/* umot: such a model has five moments */
} MomentKind;

typedef enum MomentPhase
{
	PHASE_NONE,
	PHASE_PURCHASE,				/* of the second moment */
	PHASE_EXPERIENCE,
	PHASE_WAIT,					/* of the third, where there are five */
	PHASE_SERVICE,
	PHASE_COUNT
} MomentPhase;

typedef enum MomentOutcome
{
	OUTCOME_NONE,				/* not yet */
	OUTCOME_PURCHASE,			/* first net purchase */
	OUTCOME_REPURCHASE,
	OUTCOME_REVIEW,
	OUTCOME_RETURN,				/* the goods came back */
	OUTCOME_STAY,				/* none of these, but the customer was seen */
	OUTCOME_LEAVE,
	OUTCOME_COUNT
} MomentOutcome;

typedef enum MomentMetric
{
	METRIC_VISIT,				/* another moment is reached */
	METRIC_BOUNCE,				/* more than one thing is done in the visit */
	METRIC_PURCHASE,
	METRIC_SATISFACTION,
	METRIC_DELIVERY_GAP,		/* the order comes in time */
	METRIC_SERVICE,				/* satisfied */
	METRIC_ENGAGEMENT,			/* purchase, referral, post, community */
	METRIC_REPEAT,				/* purchase */
	METRIC_COUNT
} MomentMetric;

typedef enum MomentAnswer
{
	ANSWER_NONE,
	ANSWER_NO,
	ANSWER_YES
} MomentAnswer;

/* The touchpoints that have been seen, in the order of the journey. */
typedef struct MomentInput
{
	uint32_t	count;
	const int64_t *at;
	const uint8_t *moment;		/* 0, or 1 + number in the moments model */
	const uint32_t *visit_no;	/* of the moments model */
	const bool *waiting;		/* for a delivery, as the moments model says */
	const bool *offsite;		/* in no visit */
	const bool *ignored;		/* technical, not counted */
	const uint8_t *action;		/* enum TouchAction */
	const double *value;		/* NaN for none; NULL if there are none */
	const uint8_t *stage;		/* 0, or 1 + number; NULL if nobody asks */
} MomentInput;

typedef struct MomentRules
{
	const uint8_t *kind;		/* enum MomentKind by 1 + number */
	bool		five;			/* one of them is MOMENT_ULTIMATE */
	int64_t		as_of;			/* not before the last touchpoint */
	uint64_t	horizon;		/* microseconds, as all spans */
	uint64_t	delivery_within;
	uint64_t	session_timeout;
} MomentRules;

#define MOMENT_NOWHERE	UINT32_MAX	/* no such touchpoint */

typedef struct MomentRow
{
	uint32_t	first;			/* touchpoints, from 0 */
	uint32_t	last;
	uint32_t	touchpoints;	/* of them in this row */
	uint32_t	occurrence;		/* how many-th row of its moment */
	uint32_t	decided_by;		/* touchpoint of the outcome, or
								 * MOMENT_NOWHERE */
	uint32_t	valued;			/* purchases in the horizon that have a value */
	double		value;			/* the sum of them */
	uint8_t		moment;			/* 1 + number */
	uint8_t		phase;			/* MomentPhase */
	uint8_t		from_stage;		/* 0, or 1 + number */
	uint8_t		outcome;		/* MomentOutcome */
	uint8_t		metric;			/* MomentMetric */
	uint8_t		satisfied;		/* MomentAnswer, as the next two */
	uint8_t		bounced;
	uint8_t		succeeded;
	bool		complete;		/* the time to succeed is over */
	bool		counted;		/* no earlier row is about the same */

	/* of use only while the rows are made */
	uint32_t	purchases_before;
	uint32_t	order;			/* 1 + the latest one not taken back; 0 */
	uint32_t	subject;		/* what is judged: see moments.c; 0 for
								 * nothing */
	int64_t		visit_until;	/* last touchpoint of the visit */
} MomentRow;

/* A purchase and what became of it: scratch memory of moments_find. */
typedef struct MomentOrder
{
	int64_t		at;
	int64_t		until;			/* when it arrived or was taken back */
	double		value;
	double		suffix;			/* of the values from here to a later one */
	uint32_t	valued;			/* purchases with a value up to here */
	uint32_t	below;			/* 1 + the one before that was not taken back */
	uint32_t	net;			/* net purchases with this one */
	bool		open;			/* neither arrived nor taken back */
	bool		delivered;		/* arrived before it was taken back */
	bool		logged;			/* deliveries are in the log */
	bool		judged;			/* by a row */
} MomentOrder;

/* How many rows and purchases there are. */
extern void moments_measure(const MomentInput *in, const MomentRules *rules,
							uint32_t *nrows, uint32_t *norders);

/* The rows; both arrays have room for what moments_measure says. */
extern void moments_find(const MomentInput *in, const MomentRules *rules,
						 MomentRow *rows, MomentOrder *orders);

#endif							/* MOMENTS_H */
