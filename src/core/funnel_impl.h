/*
 * funnel_impl.h
 *	  What the files of the funnel share and nobody else needs.
 */
#ifndef FUNNEL_IMPL_H
#define FUNNEL_IMPL_H

#include "funnel.h"

/* Bit k: step k (from 0). */
typedef struct FunnelFit
{
	uint64_t	always;
	uint64_t	maybe;			/* depends on channel or value, and not always */
} FunnelFit;

/* A name that terms ask for and that is not a whole well-known name. */
typedef struct FunnelName
{
	const char *text;			/* of the name, or of the detail of `known` */
	uint16_t	len;
	uint16_t	hash;			/* journey_hash16 of the whole name */
	uint16_t	known;			/* well-known base or JOURNEY_NO_NAME */
	FunnelFit	exact;			/* what this name fits */
	FunnelFit	base;			/* what it fits with a detail behind it */
} FunnelName;

/* What a well-known name fits: alone, and as the base of a detail. */
typedef struct FunnelKnown
{
	FunnelFit	alone;
	FunnelFit	base;
} FunnelKnown;

#define FUNNEL_FILTER_BITS	2048

/* In funnel_quick: of so many steps. */
#define FUNNEL_QUICK_STEPS	8

/*
 * The steps of a well-known name as funnel_quick takes them: step k is bit
 * 7 - k.
 */
#define FUNNEL_QUICK_NEW	0xffff	/* not looked at yet */
#define FUNNEL_QUICK_MAYBE	0x0100	/* some step depends on more */

struct FunnelPlan
{
	const Matcher *const *steps;
	int			nsteps;
	bool		shuffle;		/* the processor has SSSE3 */
	FunnelFit	any;			/* terms without a name */
	uint64_t	wild;			/* steps with a star in a name */
	bool		stars;			/* one of these two: any label may fit */
	uint32_t	nnames;
	uint32_t	nslots;			/* power of 2 */
	uint32_t	nlengths;
	FunnelName *names;
	uint32_t   *slots;			/* 1 + number of a name, 0 is free */
	uint16_t   *lengths;		/* of names that may have a detail behind
								 * them, ascending */
	FunnelKnown *known;			/* by number of a well-known name */
	bool	   *is_known;		/* known[] was looked at */
	uint16_t   *quick;			/* by number of a well-known name */
	uint64_t	filter[FUNNEL_FILTER_BITS / 64];	/* hashes of names[] */
};

static inline bool
funnel_filter_has(const FunnelPlan *plan, uint16_t hash)
{
	uint32_t	bit = hash % FUNNEL_FILTER_BITS;

	return (plan->filter[bit / 64] >> bit % 64 & 1) != 0;
}

/*
 * Can some step fit this label?  No is certain for most of those that are text,
 * without a look at it.
 */
static inline bool
funnel_asked_for(const FunnelPlan *plan, const JourneyLabel *label)
{
	bool		slash = false;

	if (label->known != JOURNEY_NO_NAME || plan->stars ||
		funnel_filter_has(plan, label->hash))
		return true;
	/* without branches: no processor can foresee which label is longer */
	for (uint32_t i = 0; i < plan->nlengths; i++)
	{
		uint32_t	len = plan->lengths[i];

		slash |= (label->text[len < label->len ? len : 0] == '/') & (len < label->len);
	}
	return slash;
}

/* The steps that a well-known name or any label fits. */
extern FunnelFit funnel_known_fit(FunnelPlan *plan, const JourneyLabel *label);
extern FunnelFit funnel_text_fit(FunnelPlan *plan, const JourneyLabel *label);

static inline FunnelFit
funnel_label_fit(FunnelPlan *plan, const JourneyLabel *label)
{
	return label->text == NULL ? funnel_known_fit(plan, label) :
		funnel_text_fit(plan, label);
}

#endif							/* FUNNEL_IMPL_H */
