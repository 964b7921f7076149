/*
 * shapley.h
 *	  Shapley values of channels: what each adds to all coalitions of others.
 */
#ifndef SHAPLEY_H
#define SHAPLEY_H

#include <stddef.h>
#include <stdint.h>

#define SHAPLEY_MAX_CHANNELS	20	/* of values by rates */

/* An amount that is due to all of so many channels together. */
typedef struct ShapleyShare
{
	uint32_t	channel;		/* one of these */
	int64_t		size;			/* how many they are, > 0 */
	double		amount;
} ShapleyShare;

/* values[channel] of the game in which a coalition earns what it holds whole. */
extern void shapley_subsets(const ShapleyShare *shares, size_t n,
							uint32_t nchannels, double *values);

/* Paths that touched exactly the channels of a mask. */
typedef struct ShapleySet
{
	uint32_t	channels;
	int64_t		conversions;
	int64_t		paths;			/* those that converted and those that did not */
} ShapleySet;

/* Bytes of 8-aligned memory that shapley_rates wants. */
extern size_t shapley_scratch(int nchannels);

/*
 * values[channel] of the game in which a coalition earns the conversion rate of
 * the paths that touched nothing outside of it.  They add up to the rate of all
 * paths.  The conversions and paths of all sets add up to an int64 each.
 * `relax` is called once in a while, and need not return.
 */
extern void shapley_rates(const ShapleySet *sets, size_t n, int nchannels, void *scratch,
						  void (*relax) (void), double *values);

#endif							/* SHAPLEY_H */
