/*
 * channel_path.h
 *	  A row of a table of paths: channels in order, how many customers went this
 *	  way, and what it brought in.
 *
 * Include after postgres.h.
 */
#ifndef CHANNEL_PATH_H
#define CHANNEL_PATH_H

#include "fmgr.h"

#include "journey.h"

typedef struct ChannelPath
{
	JourneyLabel *channels;		/* texts are in the argument's memory */
	int			n;				/* at least 1 */
	int64		conversions;
	int64		nulls;
	int64		plus;			/* value in millionths, if it is positive */
	int64		minus;			/* if it is negative, without the sign */
} ChannelPath;

#define CHANNEL_VALUE_UNITS	1000000.0

/*
 * Arguments 1 to 4 of a transition function: path, conversions, nulls, value.
 * False if the row has nothing to count.
 */
extern bool channel_path_args(FunctionCallInfo fcinfo, ChannelPath *path);

/* A value in millionths, its sign apart. */
extern void channel_path_units(double value, int64 *plus, int64 *minus);

/* Add to a counter of a tally; errors where it would overflow. */
extern void channel_path_add(int64 *counter, int64 add);

/* The sum of values in millionths as a double. */
extern double channel_path_value(int64 plus, int64 minus);

#endif							/* CHANNEL_PATH_H */
