/*
 * window_funnel.h
 *	  How many of the conditions does one customer's history fulfil, in order
 *	  and within a window?
 */
#ifndef WINDOW_FUNNEL_H
#define WINDOW_FUNNEL_H

#include "condition_row.h"

/* What ends or limits an attempt, see window_funnel.c. */
#define WF_DEDUPLICATION	0x01	/* a step that was taken comes again */
#define WF_ORDER			0x02	/* a row without a condition, or of a
									 * later step */
#define WF_INCREASE			0x04	/* each step is later than the one before */
#define WF_ONCE				0x08	/* each step is at a row of its own */
#define WF_REENTRY			0x10	/* with WF_ORDER: later steps are passed
									 * over */
#define WF_CLICKHOUSE		0x20	/* as ClickHouse's published tests say */
#define WF_CLICKHOUSE_26	0x40	/* with it: as ClickHouse 26 computes it */

/*
 * A window without an end.  The largest number would not do: between the first
 * and the last time that there can be lies more.
 */
#define WF_NO_LIMIT			(-1)

typedef struct WindowFunnel
{
	int			steps;
	uint32_t	modes;
	int64_t		within;
	int			level;			/* most steps so far */
	bool		finished;		/* no row that follows changes that */
	uint64_t	alive;			/* bit k: until[k] is set */
	int64_t		until[CONDITIONS_MAX];	/* by steps taken - 1: the end of the
										 * latest window */
	/* WF_CLICKHOUSE */
	int64_t		last[CONDITIONS_MAX];	/* time of that step */
	int			before;			/* the step of the entry looked at before */
} WindowFunnel;

/* Does it take rows that fulfil no condition to answer in these modes? */
static inline bool
window_funnel_needs_empty_rows(uint32_t modes)
{
	return (modes & WF_ORDER) != 0;
}

/* Is a time with two rows the same as one row that fulfils what they both do? */
static inline bool
window_funnel_joins_ties(uint32_t modes)
{
	return (modes & (WF_DEDUPLICATION | WF_ONCE)) == 0;
}

/* `within` is not negative, or WF_NO_LIMIT. */
extern void window_funnel_begin(WindowFunnel *f, int steps, uint32_t modes,
								int64_t within);

/*
 * Go on with n more rows, sorted by time; rows of one time in any order, but
 * all of them in one call.
 */
extern void window_funnel_run(WindowFunnel *f, const ConditionRow *rows, size_t n);

#endif							/* WINDOW_FUNNEL_H */
