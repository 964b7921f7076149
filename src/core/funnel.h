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

typedef enum FunnelMode
{
	FM_ORDERED,					/* anything may happen between two steps */
	FM_STRICT,					/* no other touchpoint between */
	FM_STRICT_STEPS,			/* no other touchpoint that fits a step */
	FM_UNORDERED				/* steps in any order, but anchored ones */
} FunnelMode;

typedef enum FunnelTie
{
	FT_ANY,						/* touchpoints at one time: in any order */
	FT_STRICT,					/* at most one step at one time */
	FT_STORED					/* in stored order */
} FunnelTie;

typedef enum FunnelEntry
{
	FE_BEST, FE_FIRST, FE_LAST
} FunnelEntry;

/* What must not happen after one step and before another (numbers from 1). */
typedef struct FunnelExclusion
{
	const Matcher *matcher;
	int			after;
	int			before;			/* > after */
} FunnelExclusion;

typedef struct FunnelPlan FunnelPlan;

/* What is asked.  Spans are microseconds, both ends included. */
typedef struct FunnelOptions
{
	const Matcher *const *steps;
	FunnelPlan *plan;			/* of these steps, or NULL: nothing is
								 * prepared */
	int			nsteps;			/* 1 to FUNNEL_MAX_STEPS */
	uint64_t	within;			/* from the first step to the last, or
								 * FUNNEL_NO_LIMIT */
	FunnelMode	mode;
	FunnelTie	tie;
	FunnelEntry entry;
	uint64_t	grace;
	const uint64_t *step_within;	/* by step, from the step taken before, or
									 * FUNNEL_NO_LIMIT; NULL for no limits */
	const FunnelExclusion *exclusions;
	int			nexclusions;	/* at most FUNNEL_MAX_STEPS */
	bool		drop;			/* an exclusion discards the entry, it does
								 * not only end the chain */
	bool		open;			/* a chain may begin at any step */
	bool		hold_channel;
	uint64_t	optional;		/* bit k: step k (from 0) may be skipped */
	uint64_t	anchored;		/* bit k: step k stands at its place */
	int64_t		from;			/* the first step at or after this */
	int64_t		to;				/* and before this; INT64_MIN and INT64_MAX
								 * for no bound */
} FunnelOptions;

/* Are these options those that the walk of this file answers? */
static inline bool
funnel_is_plain(const FunnelOptions *o)
{
	return o->mode == FM_ORDERED && o->tie == FT_ANY && o->entry == FE_BEST &&
		o->grace == 0 && o->step_within == NULL && o->nexclusions == 0 &&
		!o->open && !o->hold_channel && o->optional == 0 &&
		o->from == INT64_MIN && o->to == INT64_MAX;
}

/* -- plans ----------------------------------------------------------------- */

/*
 * A plan holds what can be known of the steps before any journey is seen: which
 * well-known names fit which of them, and a hash of the other names.  Whoever
 * asks the same question of many journeys makes it once, and keeps it together
 * with the matchers, which it points to:
 *
 *		options.plan = memory(funnel_plan_size(steps, nsteps));
 *		funnel_plan_build(options.plan, steps, nsteps);
 *
 * and then asks of each journey
 *
 *		reached = funnel_quick(&options, &view, times);
 *		if (reached < 0)
 *			... a run, see below, or the search
 *
 * The memory is 8-aligned and need not be cleared.  A plan learns as it is
 * used, so it is not const and no two threads share it.
 */
extern size_t funnel_plan_size(const Matcher *const *steps, int nsteps);
extern void funnel_plan_build(FunnelPlan *plan, const Matcher *const *steps,
							  int nsteps);

/*
 * The number of steps reached, and their times in microseconds, of a journey
 * that needs no more than a quick look; -1 for one that needs a run: one with
 * touchpoints at the same time, a step that depends on channel or value, many
 * touchpoints or labels.  The options are plain (funnel_is_plain) and have a
 * plan; `times` has room for FUNNEL_MAX_STEPS.
 */
extern int	funnel_quick(const FunnelOptions *options, const JourneyView *view,
						 int64_t *times);

/* Which steps a label fits, with a plan or without: see FunnelLabel. */
extern void funnel_label_steps(const FunnelOptions *options, const JourneyLabel *label,
							   uint64_t *always, uint64_t *maybe);

/* -- runs ------------------------------------------------------------------ */

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

/* What is used all the time stands first, the large arrays last. */
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
	/* the answer */
	int			reached;		/* number of steps */
	int64_t		times[FUNNEL_MAX_STEPS];	/* microseconds, `reached` of them */
	int64_t		best[FUNNEL_MAX_STEPS]; /* latest start of a chain, by its
										 * last step */
	FunnelGroup group;
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
