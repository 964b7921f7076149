/*
 * journey_paths.h
 *	  The paths of a journey for the aggregates over channels: what
 *	  conversion_paths would answer, without its rows.
 *
 * Include after postgres.h.
 */
#ifndef JOURNEY_PATHS_H
#define JOURNEY_PATHS_H

#include "attribution_options.h"
#include "core/channel_paths.h"

#define JOURNEY_PATHS_FEW	32
#define JOURNEY_PATHS_KNOWN 1024	/* more than there are well-known names */

/* Room for journeys of so many touchpoints and conversions. */
typedef struct PathsRoom
{
	uint32		touchpoints;
	uint32		conversions;
	ChannelStretch *stretches;
	uint32	   *places;			/* of conversions among the touchpoints */
	uint32	   *channels;
	ChannelStep *steps;
	int64	   *at;
	ChannelWindow *windows;		/* one more than conversions */
	int64	   *conversion_at;
	double	   *values;
} PathsRoom;

typedef struct JourneyPaths
{
	/*
	 * the paths of the latest journey: those of its conversions, then the
	 * rest
	 */
	ChannelWindow *windows;
	double	   *values;			/* of the conversions */
	uint32		nwindows;
	uint32		nconversions;
	ChannelStretch *stretches;
	uint32		nstretches;
	uint32	   *channels;		/* of the steps, if each_step */
	bool		each_step;		/* windows say which steps are the path */
	uint32	   *seen;			/* for channel_steps */
	const int64 *at;			/* of all touchpoints: base + at * unit */
	const int64 *conversion_at; /* the same of the conversions */
	int64		base;
	int64		unit;
	JourneyView view;
	AttributionQuestion question;
	/* private to journey_paths.c */
	MemoryContext context;
	bool		constant;		/* the options are, of the query */
	NullableDatum conversions;	/* that go with them */
	KeptArgs	kept;
	PathsRoom	kept_room;
	PathsRoom	own_room;		/* of a long journey, in short-lived memory */
	PathsRoom  *room;
	JourneyLabel *labels;		/* of the channels; NULL while not asked for */
	int32	   *numbers;		/* of the channels in a state, -1: not asked
								 * for; NULL: none is */
	int32		few_numbers[JOURNEY_PATHS_FEW];
	uint8		conversion_fits[JOURNEY_PATHS_KNOWN];	/* 0 or 1 + MatcherFit */
	uint16		last_numbers[JOURNEY_PATHS_KNOWN];	/* of well-known names,
													 * where they were in the
													 * last state */
} JourneyPaths;

/* Begin, in zeroed memory of fn_mcxt; the options are argument n. */
extern void journey_paths_init(JourneyPaths *p, FunctionCallInfo fcinfo, int n);

/*
 * Read the journey of argument n - 1 by the options of argument n.  False if it
 * has no path with a touch.
 */
extern bool journey_paths_read(JourneyPaths *p, FunctionCallInfo fcinfo, int n);

/*
 * The same with a question and memory that the caller has set, once the question
 * is another one, and then of a journey.  With `all`, also conversions of a
 * journey without touches, and times.
 */
extern void journey_paths_asked(JourneyPaths *p);
extern void journey_paths_of(JourneyPaths *p, Datum journey, NullableDatum conversions, bool all);

/* The steps of a path, in memory of p; their number. */
extern uint32 journey_path_steps(JourneyPaths *p, AttributionTransform transform,
								 const ChannelWindow *window, ChannelStep **steps);

/* The name of a channel by its number, 0 for none. */
extern void journey_path_channel(JourneyPaths *p, uint32 channel, JourneyLabel *label);

/* The number that a channel, 0 for none, has in the state that counts this journey. */
extern int32 journey_path_number(JourneyPaths *p, Tally **t, uint32 channel);

static inline int32
journey_path_label(JourneyPaths *p, Tally **t, uint32 channel)
{
	if (p->numbers != NULL && p->numbers[channel] >= 0)
		return p->numbers[channel];
	return journey_path_number(p, t, channel);
}

/* The same of a well-known name. */
static inline int32
journey_known_number(JourneyPaths *p, Tally **t, uint16 known)
{
	uint16	   *last = &p->last_numbers[known];

	if (!tally_label_is_known(*t, *last, known))
	{
		JourneyLabel label = {.known = known};

		*last = (uint16) tally_label_grow(t, &label);
	}
	return *last;
}

/* Are the options read, and those of every call? */
static inline bool
journey_paths_ready(const JourneyPaths *p)
{
	return p->constant && p->kept.ready;
}

/*
 * If they are: is the question that of channel_run, and do names alone say what
 * converts?  Then which of them.
 */
extern bool journey_paths_plain(JourneyPaths *p, ChannelNames *conversions);

/* A step's name and its number: that of its channel, or email(3) with frequency. */
extern void journey_step_name(JourneyPaths *p, const ChannelStep *step, JourneyLabel *label);
extern int32 journey_step_label(JourneyPaths *p, Tally **t, const ChannelStep *step);

/* Is a path the way to a conversion? */
static inline bool
journey_path_converted(const JourneyPaths *p, uint32 path)
{
	return path < p->nconversions;
}

#endif							/* JOURNEY_PATHS_H */
