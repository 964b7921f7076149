/*
 * funnel_attempts.h
 *	  Every attempt of one customer at a funnel, not only the best one.
 *
 * An entry is a time at which a chain can start (step 1; where the steps come
 * in any order, any step that may come first).  Which entries are attempts:
 *
 *	FC_ENTRIES	every one, each for itself
 *	FC_TOTALS	the first; then the first after the attempt before was over:
 *				after its last step if it converted, after the exclusion that
 *				ended it, after its window.  Without a window an attempt that
 *				neither converts nor is excluded is the last one.
 *	FC_SESSIONS	in each session the first, and what is not in the session is
 *				not there for the attempt
 *
 * What an attempt did is the best chain from its entry.  With a held channel
 * every channel has attempts of its own; they come in order of their entries.
 */
#ifndef FUNNEL_ATTEMPTS_H
#define FUNNEL_ATTEMPTS_H

#include "funnel_search.h"

typedef enum FunnelCount
{
	FC_ENTRIES, FC_TOTALS, FC_SESSIONS
} FunnelCount;

typedef enum FunnelOutcome
{
	FO_CONVERTED,				/* took the last step */
	FO_EXCLUDED,				/* an exclusion ended it */
	FO_TIMED_OUT,				/* the window is over */
	FO_ENDED,					/* the session is over */
	FO_UNFINISHED				/* neither is over yet */
} FunnelOutcome;

typedef struct FunnelAttempt
{
	int64_t		entered;		/* microseconds */
	bool		over;			/* `ended` is set: not for FO_UNFINISHED */
	int64_t		ended;			/* converted: its last step; excluded: the
								 * exclusion; timed out: the last moment of
								 * the window; ended: the last touchpoint of
								 * the session */
	FunnelOutcome outcome;
	FunnelAnswer answer;		/* dropped: the entry was discarded, no times */
} FunnelAttempt;

typedef struct FunnelAttempts FunnelAttempts;

/*
 * Begin.  The options are those of funnel_search, but `open` and `entry` are
 * not looked at.  session_timeout: a gap longer than this (microseconds)
 * begins a new session; for FC_SESSIONS only.  as_of: what is known up to
 * here, usually journey_last_at(view); it only tells what is over.  View,
 * options, host and what they point to must live as long as the answer.
 *
 * All memory is taken here or grows to what the longest attempt needs, not
 * with the number of attempts.
 */
extern FunnelAttempts *funnel_attempts_begin(const FunnelOptions *options,
											 const JourneyView *view,
											 const FunnelHost *host,
											 FunnelCount count,
											 uint64_t session_timeout,
											 int64_t as_of);

/* The next attempt in order of entry; false when there is none. */
extern bool funnel_attempts_next(FunnelAttempts *attempts, FunnelAttempt *attempt);

#endif							/* FUNNEL_ATTEMPTS_H */
