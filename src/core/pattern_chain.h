/*
 * pattern_chain.h
 *	  Patterns that are chains of elements, over journeys of ordinary size: by
 *	  bitmaps instead of an automaton.  How: pattern_chain_run.c.
 */
#ifndef PATTERN_CHAIN_H
#define PATTERN_CHAIN_H

#include "journey_layout.h"
#include "pattern.h"

typedef struct PatternChain PatternChain;

/*
 * The chain that a pattern is, or the choice between some, in memory of the host;
 * NULL if it is none.  The pattern must live as long.
 */
extern PatternChain *pattern_chain_create(const Pattern *pattern, const PatternHost *host);

/* 1 if there is a match, 0 if there is none, -1: ask the automaton. */
extern int	pattern_chain_exists(PatternChain *chain, const JourneyView *view);

/* As pattern_count; -1: ask the automaton. */
extern int	pattern_chain_count(PatternChain *chain, const JourneyView *view);

#endif							/* PATTERN_CHAIN_H */
