/*
 * markov_chain.h
 *	  What the rows of a tally of a Markov chain of channels mean.
 *
 * There is a row for each different transition.  Its keys are the last channels
 * before it, as many as the order of the model says, oldest first and filled up
 * in front with TALLY_MARK_START, and what came next: a channel,
 * MARKOV_TO_CONVERSION or MARKOV_TO_NULL, the end of a path without one.
 */
#ifndef MARKOV_CHAIN_H
#define MARKOV_CHAIN_H

#include "core/tally.h"

#define MARKOV_MAX_ORDER		5
#define MARKOV_KEY_CURRENT		(MARKOV_MAX_ORDER - 1)
#define MARKOV_KEY_NEXT			MARKOV_MAX_ORDER
#define MARKOV_KEYS				(MARKOV_MAX_ORDER + 1)
#define MARKOV_PARAM_ORDER		0
#define MARKOV_TO_CONVERSION	TALLY_MARK_START
#define MARKOV_TO_NULL			TALLY_MARK_END

/* What the channels before a transition are after it. */
static inline void
markov_shift(int64 *keys, int order)
{
	for (int k = MARKOV_MAX_ORDER - order; k < MARKOV_KEY_CURRENT; k++)
		keys[k] = keys[k + 1];
	keys[MARKOV_KEY_CURRENT] = keys[MARKOV_KEY_NEXT];
}

#endif							/* MARKOV_CHAIN_H */
