/*
 * sessions.h
 *	  Where a journey breaks into sessions.
 */
#ifndef SESSIONS_H
#define SESSIONS_H

#include "journey_layout.h"

/* Why a session began; where several hold, the first of them. */
typedef enum SessionSplit
{
	SPLIT_NONE,					/* it goes on */
	SPLIT_FIRST,				/* first touchpoint of the journey */
	SPLIT_TIMEOUT,				/* nothing happened for too long */
	SPLIT_END,					/* the touchpoint before ends a session */
	SPLIT_START,				/* this one begins one */
	SPLIT_CHANNEL,				/* it came through another channel */
	SPLIT_LENGTH,				/* the session would be too long */
	SPLIT_COUNT					/* it has all the touchpoints it may have */
} SessionSplit;

typedef struct SessionRules
{
	uint64_t	split_gap;		/* microseconds: the shortest gap that splits */
	uint64_t	max_length;		/* microseconds from first to last */
	uint32_t	max_touchpoints;
	bool		on_channel;
} SessionRules;

/* The value of split_gap, max_length, max_touchpoints for no limit. */
#define SESSION_NO_GAP		UINT64_MAX
#define SESSION_NO_LENGTH	UINT64_MAX
#define SESSION_NO_COUNT	UINT32_MAX

/* The session that a walk over touchpoints is in; zeroed before the first. */
typedef struct SessionWalk
{
	int64_t		start_at;
	int64_t		last_at;
	uint32_t	touchpoints;
	uint32_t	channel;		/* first one that is not 0 */
	bool		ended;			/* the latest touchpoint ends the session */
} SessionWalk;

/*
 * The next touchpoint, with its channel (0: none) and whether it begins or ends
 * a session by itself.  Tells why a session begins with it; the walk then
 * stands in that session.
 */
static inline SessionSplit
session_step(SessionWalk *w, const SessionRules *rules, int64_t at,
			 uint32_t channel, bool starts, bool ends)
{
	SessionSplit split = SPLIT_NONE;

	if (w->touchpoints == 0)
		split = SPLIT_FIRST;
	else if ((uint64_t) at - (uint64_t) w->last_at >= rules->split_gap)
		split = SPLIT_TIMEOUT;
	else if (w->ended)
		split = SPLIT_END;
	else if (starts)
		split = SPLIT_START;
	else if (rules->on_channel && channel != 0 && w->channel != 0 && channel != w->channel)
		split = SPLIT_CHANNEL;
	else if ((uint64_t) at - (uint64_t) w->start_at > rules->max_length)
		split = SPLIT_LENGTH;
	else if (w->touchpoints >= rules->max_touchpoints)
		split = SPLIT_COUNT;

	if (split != SPLIT_NONE)
	{
		w->start_at = at;
		w->touchpoints = 0;
		w->channel = 0;
	}
	if (w->channel == 0)
		w->channel = channel;
	w->touchpoints++;
	w->last_at = at;
	w->ended = ends;
	return split;
}

/* -- engagement ----------------------------------------------------------- */

/*
 * What the touchpoints of a session say of its engagement, added up: key events
 * in the upper half, page views in the lower one.
 */
#define SESSION_PAGE_VIEW	UINT64_C(1)
#define SESSION_KEY_EVENT	(UINT64_C(1) << 32)

#define SESSION_ENGAGED_US	INT64_C(10000000)	/* longer than this is engaged */
#define SESSION_ENGAGED_PAGES	2

/* Google Analytics 4: longer than 10 s, a key event, or two page views. */
static inline bool
session_engaged(uint64_t duration, uint64_t marks)
{
	/* which of them is not foreseeable: no branch */
	return (duration > SESSION_ENGAGED_US) | (marks >= SESSION_ENGAGED_PAGES);
}

/* -- totals ---------------------------------------------------------------- */

/* What a touchpoint is, or all touchpoints of a label. */
#define SESSION_IS_KEY_EVENT	0x80
#define SESSION_IS_PAGE_VIEW	0x40

/*
 * What the well-known names are, by their numbers: filled by the caller, then
 * completed by session_names.
 */
#define SESSION_NAMES	1024	/* more than there are */

typedef struct SessionNames
{
	uint8_t		flags[SESSION_NAMES];	/* SESSION_IS_* */
	/* the same of the first 128: bit h of [l] is number 16 h + l */
	uint8_t		key_events[16];
	uint8_t		page_views[16];
} SessionNames;

extern void session_names(SessionNames *names);

typedef struct SessionTotals
{
	uint32_t	touchpoints;
	uint32_t	sessions;
	uint32_t	bounced;		/* of one touchpoint */
	uint32_t	engaged;
	uint32_t	converted;		/* with a key event */
	uint64_t	duration;		/* microseconds, of all sessions */
} SessionTotals;

/* The shortest gap that splits, by unit of a journey: a division saved. */
typedef struct SessionLimits
{
	uint64_t	split_gap[3];
	int32_t		longest_inside; /* seconds: the longest that does not, of gaps
								 * below 2^31 */
} SessionLimits;

extern void session_limits(SessionLimits *limits, uint64_t split_gap);

/* Buckets low .. low + width - 1 of a histogram. */
typedef struct SessionWindow
{
	int64_t    *counts;
	int32_t		low;
	uint32_t	width;
} SessionWindow;

/* A journey is done in blocks of so many touchpoints and the one before. */
#define SESSION_BLOCK	56

/* Where a journey of which totals are made stands. */
typedef struct SessionRun
{
	const JourneyView *view;
	const uint8_t *label_flags; /* by label; NULL: see names */
	const uint8_t *touch_flags; /* by touchpoint, or NULL: by label */
	const SessionNames *names;
	uint64_t	limit;			/* shortest gap that splits, in units */
	int32_t		longest_inside; /* of the limits */
	const uint8_t *gap;			/* end of the last gap read */
	uint32_t	next;			/* touchpoint that the block begins with */
	/* the session that touchpoint is in, up to it */
	bool		begins;			/* it is the first one of it */
	uint8_t		flags;			/* SESSION_IS_* of some touchpoint */
	bool		engaged;		/* whatever its length */
	uint64_t	length;			/* in units */
	SessionTotals totals;
	/* sessions of the latest block outside of the window */
	uint32_t	others;
	int32_t		buckets[SESSION_BLOCK + 1];
} SessionRun;

/* Need label_flags not be made for this journey? */
static inline bool
session_plain(const JourneyView *view)
{
	return view->plain && view->nlabels <= 16;
}

/*
 * The sessions of a journey by gaps alone, which is not empty.  What its
 * touchpoints are is told by touch_flags for each; or if that is NULL by
 * label_flags for each label, with room for 16; or if that is NULL too and the
 * journey is session_plain, by names.  sessions_init must have been called.
 */
extern void sessions_start(SessionRun *run, const JourneyView *view,
						   const SessionLimits *limits, const SessionNames *names,
						   const uint8_t *label_flags, const uint8_t *touch_flags);

/*
 * One block more; false when there is none left, and the totals are complete.
 * The duration of each session is counted in the window of a histogram;
 * run->buckets gets the tally_bucket of those outside of it, run->others of
 * them.
 */
extern bool sessions_next(SessionRun *run, const SessionWindow *window);

/*
 * All of that at once for a usual journey of one block that is session_plain, to
 * be opened: run->totals, buckets and others.  False if it is another one, or
 * damaged, or the processor cannot; then nothing is counted.
 */
extern bool sessions_whole(SessionRun *run, const uint8_t *data, size_t size,
						   const SessionLimits *limits, const SessionNames *names,
						   const SessionWindow *window);

/* Call once before any use. */
extern void sessions_init(void);

#endif							/* SESSIONS_H */
