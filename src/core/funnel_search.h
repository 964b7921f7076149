/*
 * funnel_search.h
 *	  The funnel of one customer with every option.
 *
 * What core/funnel.c answers in one walk is a special case; funnel_search
 * answers it too, so that each can be tested against the other.
 */
#ifndef FUNNEL_SEARCH_H
#define FUNNEL_SEARCH_H

#include "funnel.h"

/*
 * What the search needs from its caller: memory that it never gives back (the
 * caller drops it all at once) and, every few thousand steps of work, a call in
 * which the caller may look for interrupts.  Either may leave by a long jump.
 */
typedef struct FunnelHost
{
	void	   *(*allocate) (size_t size);	/* never NULL, 8-aligned */
	void		(*relax) (void);
} FunnelHost;

typedef struct FunnelAnswer
{
	bool		dropped;		/* entered, but every entry was discarded */
	uint64_t	taken;			/* bit k: element k of times is set */
	int64_t		times[FUNNEL_MAX_STEPS];	/* microseconds */
	uint8_t		step_at[FUNNEL_MAX_STEPS];	/* which step (from 0) stands
											 * here: k itself, unless
											 * unordered */
} FunnelAnswer;

extern void funnel_search(const FunnelOptions *options, const JourneyView *view,
						  const FunnelHost *host, FunnelAnswer *answer);

#endif							/* FUNNEL_SEARCH_H */
