/*
 * funnel_ties.h
 *	  Which steps can be given to the touchpoints of one moment.
 */
#ifndef FUNNEL_TIES_H
#define FUNNEL_TIES_H

#include "funnel_slices.h"

/* Steps given to touchpoints of a moment. */
struct FunnelMatching
{
	FunnelEngine *e;
	const FunnelTouch *touch;
	uint32_t	count;
	uint64_t	given;			/* steps */
	int8_t		step_of[FUNNEL_MAX_MOMENT]; /* by touchpoint, -1: none */
	uint16_t	touch_of[FUNNEL_MAX_STEPS]; /* by step */
};

/* The steps of a chain that may be taken in a moment. */
typedef struct FunnelRange
{
	int			first;			/* chains begin with this step */
	int			last;			/* and end with this one or before */
	uint64_t	optional;
} FunnelRange;

/*
 * Ways to take steps in one moment, by the last step that is taken: bit f is
 * set if it can be done with step f as the first one, the required steps
 * between, and any of the optional ones.
 */
typedef struct FunnelMoves
{
	uint64_t	any[FUNNEL_MAX_STEPS];
	uint64_t	all[FUNNEL_MAX_STEPS];	/* with no touchpoint left over; set
										 * in strict modes only */
	uint64_t	lasts;			/* steps k whose any[k] is not 0; only those
								 * entries are set */
} FunnelMoves;

extern void funnel_ties_begin(FunnelEngine *e);

/* The moves of a moment; those from steps in `firsts` at least. */
extern void funnel_find_moves(FunnelEngine *e, const FunnelMoment *m,
							  const FunnelRange *range, uint64_t firsts,
							  FunnelMoves *moves);

/*
 * Steps `taken` and then step c: the steps that can be the last one.  *all gets
 * those for which it can be done with no touchpoint left over, in strict modes.
 */
extern uint64_t funnel_find_lasts(FunnelEngine *e, const FunnelMoment *m,
								  const FunnelRange *range, uint64_t taken, int c,
								  uint64_t *all);

#endif							/* FUNNEL_TIES_H */
