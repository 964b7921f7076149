/*
 * session_rules.h
 *	  What the functions about sessions share: the meaning of their options.
 *
 * Include after postgres.h.
 */
#ifndef SESSION_RULES_H
#define SESSION_RULES_H

#include "fmgr.h"

/*
 * The shortest gap in microseconds that splits, from the timeout (an interval;
 * NULL: no gap does) and the boundary (text: '>' or '>='; NULL: '>').
 */
extern uint64 session_split_gap(NullableDatum timeout, NullableDatum boundary);

#endif							/* SESSION_RULES_H */
