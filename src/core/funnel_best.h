/*
 * funnel_best.h
 *	  The best chain of a range of entries: what funnel_search and
 *	  funnel_attempts both ask.
 */
#ifndef FUNNEL_BEST_H
#define FUNNEL_BEST_H

#include "funnel_chains.h"

typedef struct FunnelBest
{
	bool		entered;		/* there is an entry, maybe a discarded one */
	int			first;			/* step that the chain begins with */
	FunnelFound found;			/* last: -1 if there is no chain, otherwise
								 * the last element that is set */
	uint32_t	at[FUNNEL_MAX_STEPS];	/* by element: the touchpoint */
	FunnelAnswer answer;
} FunnelBest;

/* Can a chain start at this touchpoint, in a funnel that is not open? */
static inline bool
funnel_is_entry(const FunnelEngine *e, const FunnelTouch *t)
{
	return (t->fits & e->entering) != 0;
}

/* -- funnel_unordered.c ------------------------------------------------------ */

extern void funnel_unordered_begin(FunnelEngine *e);
extern void funnel_unordered_range(FunnelEngine *e, FunnelSlice *s, uint32_t low,
								   uint32_t high, FunnelBest *best);

/* -- funnel_search.c --------------------------------------------------------- */

extern void funnel_search_begin(FunnelEngine *e);
extern void funnel_clear_best(FunnelBest *best);

/*
 * The best chain of a slice that starts at one of touchpoints low <= i < high,
 * whole moments of which the slice's are formed.
 */
extern void funnel_search_range(FunnelEngine *e, FunnelSlice *s, uint32_t low,
								uint32_t high, FunnelBest *best);

#endif							/* FUNNEL_BEST_H */
