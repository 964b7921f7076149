/*
 * funnel.h
 *	  How far along a list of steps did one customer come?
 */
#ifndef FUNNEL_H
#define FUNNEL_H

#include "matcher.h"

#define FUNNEL_MAX_STEPS	64
#define FUNNEL_NO_LIMIT		UINT64_MAX

/* The touchpoints of one time that are worth keeping, see group_add. */
#define FUNNEL_MAX_GROUP	(FUNNEL_MAX_STEPS * FUNNEL_MAX_STEPS)

/* What is asked. */
typedef struct FunnelOptions
{
	const Matcher *const *steps;
	int			nsteps;			/* 1 to FUNNEL_MAX_STEPS */
	uint64_t	within;			/* microseconds from the first step to the
								 * last, both ends included, or
								 * FUNNEL_NO_LIMIT */
} FunnelOptions;

/* What a label of the journey is to the steps: bit k is step k (from 0). */
typedef struct FunnelLabel
{
	JourneyLabel name;
	uint64_t	always;
	uint64_t	maybe;			/* depends on channel or value */
} FunnelLabel;

/* The touchpoints at one time, and which of them fill which steps. */
typedef struct FunnelGroup
{
	int64_t		time;			/* in units of the journey */
	uint32_t	count;
	bool		counted;		/* kept[] is in use */
	uint64_t	fits[FUNNEL_MAX_GROUP]; /* steps, by touchpoint */
	int8_t		step_of[FUNNEL_MAX_GROUP];	/* by touchpoint, -1: none */
	uint16_t	touch_of[FUNNEL_MAX_STEPS]; /* by step */
	uint16_t	kept[FUNNEL_MAX_STEPS]; /* touchpoints kept, by step */
} FunnelGroup;

typedef struct FunnelRun
{
	const FunnelOptions *options;
	const JourneyView *view;
	FunnelLabel *labels;
	JourneyLabel *channels;
	JourneyCursor cursor;
	int			usable;			/* steps up to the first that no label fits */
	uint64_t	within;			/* in units */
	bool		following;		/* second pass */
	int			level;			/* steps found by the second pass */
	int64_t		best[FUNNEL_MAX_STEPS]; /* latest start of a chain, by its
										 * last step */
	FunnelGroup group;
	/* the answer */
	int			reached;		/* number of steps */
	int64_t		times[FUNNEL_MAX_STEPS];	/* microseconds, `reached` of them */
} FunnelRun;

/* Bytes of scratch memory, 8-aligned, that a run over this journey needs. */
static inline size_t
funnel_scratch_size(const JourneyView *v)
{
	return v->nlabels * sizeof(FunnelLabel) + v->nchannels * sizeof(JourneyLabel);
}

/*
 * Start a run.  False if the labels alone say that no step is reached: the
 * answer is there and nothing needs to be walked.
 */
extern bool funnel_begin(FunnelRun *run, const FunnelOptions *options,
						 const JourneyView *view, void *scratch);

/*
 * Walk on for so many touchpoints; false when the answer is complete.  The
 * caller looks for interrupts between two calls.
 */
extern bool funnel_walk(FunnelRun *run, uint32_t touchpoints);

#endif							/* FUNNEL_H */
