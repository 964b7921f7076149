/*
 * markov.h
 *	  What becomes of a Markov chain of channels when one of them is removed.
 */
#ifndef MARKOV_H
#define MARKOV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARKOV_START		UINT32_MAX	/* as `from` */
#define MARKOV_CONVERSION	UINT32_MAX	/* as `to` */
#define MARKOV_NULL			(UINT32_MAX - 1)

#define MARKOV_MAX_STATES	4096

/* So many transitions from a state to another or to an end. */
typedef struct MarkovEdge
{
	uint32_t	from;
	uint32_t	to;
	int64_t		count;			/* > 0 */
} MarkovEdge;

typedef struct MarkovChain
{
	const MarkovEdge *edges;	/* no two of the same from and to */
	size_t		nedges;
	const uint32_t *first;		/* nchannels + 1 numbers in ascending order:
								 * channel c has the states first[c] to
								 * first[c + 1] - 1, at least one */
	uint32_t	nchannels;		/* at least one */
	uint32_t	nstates;		/* first[nchannels], at most MARKOV_MAX_STATES */
} MarkovChain;

typedef enum MarkovResult
{
	MARKOV_OK,
	MARKOV_ENDLESS				/* some state leads to no end */
} MarkovResult;

/* Bytes of memory, 8-aligned, that markov_solve wants. */
extern size_t markov_scratch(const MarkovChain *chain);

/*
 * The probability that a path converts, and for each channel the share of it
 * that is lost when the channel is removed: every path that comes to it ends
 * there without a conversion.  Effects are 0 to 1, and 0 where nothing
 * converts.  `relax` is called once in a while, and need not return.
 */
extern MarkovResult markov_solve(const MarkovChain *chain, void *scratch,
								 void (*relax) (void),
								 double *conversion_probability, double *effects);

#endif							/* MARKOV_H */
