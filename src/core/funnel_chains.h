/*
 * funnel_chains.h
 *	  The best chain through steps in their order, in one slice.
 */
#ifndef FUNNEL_CHAINS_H
#define FUNNEL_CHAINS_H

#include "funnel_ties.h"

/* What is looked for. */
typedef struct FunnelAsk
{
	FunnelSlice *slice;			/* its moments are formed */
	FunnelRange range;
	uint32_t	low;			/* a chain starts at one of these touchpoints: */
	uint32_t	high;			/* low <= i < high, whole moments */
	uint64_t	exclusions;		/* those that count */
	uint32_t	gate[FUNNEL_MAX_STEPS]; /* if `gated`, by step: it is taken at
										 * this touchpoint or after; does not
										 * fall */
	bool		gated;
} FunnelAsk;

typedef struct FunnelFound
{
	int			last;			/* step, -1: no chain */
	uint32_t	start;			/* touchpoints: the moments of its first */
	uint32_t	end;			/* and last step begin here */
} FunnelFound;

extern void funnel_chains_begin(FunnelEngine *e);

/*
 * The range of steps of chains that begin with step `first`, of which the slice
 * has a touchpoint.
 */
extern void funnel_chain_range(const FunnelEngine *e, const FunnelSlice *s,
							   int first, FunnelRange *range);

/* The furthest, earliest complete, latest start. */
extern void funnel_find_chain(FunnelEngine *e, const FunnelAsk *ask,
							  FunnelFound *found);

/*
 * The whole chain, the steps from the first on as early as can be: the steps
 * that it takes, and by step the touchpoint where the moment begins.
 */
extern uint64_t funnel_follow_chain(FunnelEngine *e, const FunnelAsk *ask,
									const FunnelFound *found, uint32_t *at);

#endif							/* FUNNEL_CHAINS_H */
