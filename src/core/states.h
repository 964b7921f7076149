/*
 * states.h
 *	  The states of a customer over time, as spans that follow each other.
 */
#ifndef STATES_H
#define STATES_H

#include <stdbool.h>
#include <stdint.h>

/* What is read: touchpoints in order, with the stage of each. */
typedef struct StateInput
{
	const int64_t *at;
	const uint8_t *stage;		/* 0: none, which changes nothing; else 1 +
								 * number */
	uint32_t	count;
	int64_t		as_of;			/* not before the last touchpoint */
	uint32_t	dormant;		/* the dormant stage; 0: nobody is dormant */
	uint64_t	dormant_after;	/* a longer pause, in microseconds, is
								 * dormancy */
	bool		ordered;		/* stages have an order: one may go back */
} StateInput;

#define STATE_NO_TOUCH	UINT32_MAX

/* The customer is in `state` from from_at on, and before to_at. */
typedef struct StateSpan
{
	int64_t		from_at;
	int64_t		to_at;			/* not set if it lasts */
	bool		lasts;			/* as of as_of */
	bool		reversed;		/* back to an earlier stage */
	uint8_t		state;
	uint8_t		previous;		/* the state right before; 0 for none */
	uint32_t	touch;			/* which touchpoint began it, from 0;
								 * STATE_NO_TOUCH: none, time went by */
	uint32_t	touchpoints;	/* in it, that one included */
} StateSpan;

typedef struct StateSpans
{
	const StateInput *in;
	uint32_t	next;			/* touchpoint */
	bool		slept;			/* the pause before it was looked at */
	uint8_t		awake;			/* stage of the latest touchpoint that has one */
	StateSpan	now;			/* its state is 0 while there is none */
	bool		ended;
} StateSpans;

extern void state_spans_start(StateSpans *s, const StateInput *in);

/* The next span, in the order of time; false after the last. */
extern bool state_spans_next(StateSpans *s, StateSpan *span);

#endif							/* STATES_H */
