/*
 * channel_paths.h
 *	  The channels on the paths of a journey, without a list of its touches.
 *
 * A model of channels asks for sequences of channels, seldom for times, and a
 * touch is mostly whatever has a channel.  So touchpoints in a row with one
 * channel are read as one stretch, straight from their packed codes, and the
 * path of a conversion is a window of touchpoints: the stretches that meet it.
 */
#ifndef CHANNEL_PATHS_H
#define CHANNEL_PATHS_H

#include "attribution.h"
#include "journey_layout.h"

/* Touchpoints first .. last, all of them touches of one channel. */
typedef struct ChannelStretch
{
	uint32_t	first;
	uint32_t	last;
	uint32_t	channel;		/* 0 for none, else 1 and so on */
} ChannelStretch;

/*
 * Touchpoints first .. end - 1, and the stretches and steps that meet them
 * likewise.  Steps are stretches of which neighbours of one channel are one, if
 * they are joined; there are none where end_step is not above first_step.
 */
typedef struct ChannelWindow
{
	uint32_t	first;
	uint32_t	end;
	uint32_t	first_stretch;
	uint32_t	end_stretch;
	uint32_t	first_step;
	uint32_t	end_step;
} ChannelWindow;

typedef struct ChannelStep
{
	uint32_t	channel;
	uint32_t	touches;		/* that it stands for */
} ChannelStep;

/*
 * The stretches of touchpoints that have a channel; their number.  There is
 * room for view->count of them.  Unless `join`, each touch is one.
 */
extern uint32_t channel_stretches(const JourneyView *v, bool join, ChannelStretch *out);

/* Add a touch to n stretches; returns their new number. */
static inline uint32_t
channel_stretch_add(ChannelStretch *stretches, uint32_t n, bool join,
					uint32_t touchpoint, uint32_t channel)
{
	if (join && n > 0 && stretches[n - 1].channel == channel &&
		stretches[n - 1].last + 1 == touchpoint)
	{
		stretches[n - 1].last = touchpoint;
		return n;
	}
	stretches[n].first = stretches[n].last = touchpoint;
	stretches[n].channel = channel;
	return n + 1;
}

/*
 * The touchpoints whose label fits, in order; their number.  `fits` has a byte
 * for each label.
 */
extern uint32_t channel_conversions(const JourneyView *v, const uint8_t *fits, uint32_t *out);

/* The values of n touchpoints in ascending order, 0 where there is none. */
extern void channel_values(const JourneyView *v, const uint32_t *touchpoints, uint32_t n,
						   double *values);

/* The times of all touchpoints, from the first one on, in *unit microseconds. */
extern void channel_times(const JourneyView *v, int64_t *at, int64_t *unit);

/*
 * The windows of conversions at these times, in ascending order; see
 * attribution_look_back.
 */
extern void channel_windows(const int64_t *at, uint32_t n, const int64_t *conversions,
							uint32_t nconversions, uint64_t lookback, bool restart,
							ChannelWindow *windows);

/*
 * The window of what came after the last conversion, whose window ended before
 * touchpoint `from`, or of all from touchpoint 0 on.  The last touch is `last`.
 * Times are not looked at where there is no limit.
 */
extern ChannelWindow channel_rest(const int64_t *at, uint32_t n, uint32_t from,
								  uint32_t last, uint64_t lookback);

/*
 * Set which stretches and steps meet each window, and the channels of all steps.
 * Windows only move forward.
 */
extern void channel_meet(const ChannelStretch *stretches, uint32_t n, bool join,
						 ChannelWindow *windows, uint32_t nwindows, uint32_t *channels);

/*
 * The steps of the path of a window; their number.  There is room for one for
 * each stretch that meets it; `seen` as for attribution_path.
 */
extern uint32_t channel_steps(AttributionTransform transform, const ChannelStretch *stretches,
							  const ChannelWindow *window, uint32_t *seen, ChannelStep *steps);

/* -- whole journeys ---------------------------------------------------------- */

/*
 * The most usual question has no windows that need to be made: without a limit
 * and with paths that begin anew behind every conversion, a path ends where a
 * conversion is.  Then a journey is a list of events, as sets of touchpoints.
 */
#define CHANNEL_RUN_BLOCKS	16

typedef struct ChannelRun
{
	uint32_t	nblocks;
	bool		any_touch;
	bool		ends_converted; /* the last touchpoint is a conversion */
	/* by block: bit i is touchpoint 64 * block + i */
	uint64_t	events[CHANNEL_RUN_BLOCKS]; /* a channel, mostly another one
											 * than before, or a start */
	uint64_t	starts[CHANNEL_RUN_BLOCKS]; /* the touchpoint before is a
											 * conversion */
	uint8_t		codes[CHANNEL_RUN_BLOCKS * 64]; /* channels; 0 for none */
} ChannelRun;

/* Names that convert, of those below 128: bit h of [l] is number 16 h + l. */
typedef struct ChannelNames
{
	uint8_t		bits[16];
} ChannelNames;

/* Call once before channel_run. */
extern void channel_run_init(void);

/*
 * The events of a journey that is not empty; false if it must be done by windows:
 * if there are more than 1,024 touchpoints or fifteen channels, names of more than
 * one byte, or something happened at the time of a conversion behind it, or if
 * the processor cannot.
 */
extern bool channel_run(const JourneyView *v, const ChannelNames *conversions, ChannelRun *run);

#endif							/* CHANNEL_PATHS_H */
