/*
 * path_array.h
 *	  A path that a customer took, as an argument text[] of an aggregate, and how
 *	  much of paths is counted.
 *
 * Include after postgres.h.
 */
#ifndef PATH_ARRAY_H
#define PATH_ARRAY_H

#include "fmgr.h"

#include "journey.h"

typedef struct PathArray
{
	Datum	   *names;			/* of events, as text */
	bool	   *nulls;
	int			n;				/* how many, at least one */
} PathArray;

/* Read argument number n; false if it is NULL or empty, a path not to count. */
extern bool path_array_read(PathArray *path, FunctionCallInfo fcinfo, int n);

/* The label of event i, from 0; an error if it is NULL or no label. */
extern void path_array_label(const PathArray *path, int64 i, JourneyLabel *label);

/* Argument `depth`, number n, which may be from 1 to max. */
extern int32 path_depth(FunctionCallInfo fcinfo, int n, int32 max);

#endif							/* PATH_ARRAY_H */
