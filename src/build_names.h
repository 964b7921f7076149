/*
 * build_names.h
 *	  Names of a whole query by number, for build.
 *
 * Include after postgres.h.
 */
#ifndef BUILD_NAMES_H
#define BUILD_NAMES_H

#include "journey.h"

typedef struct BuildName
{
	uint64		first;			/* its first bytes */
	uint64		last;
	const char *text;
	uint32		len;
}			BuildName;

typedef struct BuildNames
{
	MemoryContext context;
	JourneyLabel *labels;
	BuildName  *names;
	uint32		count;
	uint32		allocated;
	uint32		max;			/* no more numbers than this */
	Size		bytes;
	Size		limit;
	uint32	   *slots;			/* open addressing, 1 + number */
	uint32		nslots;
	int			shift;			/* of 32 bits of hash */
	const char *what;			/* for errors */
} BuildNames;

/* In the current memory context; `limit` bytes and `max` names at most. */
extern void build_names_init(BuildNames *names, Size limit, uint32 max, const char *what);

/*
 * Number of a name, new or not; false if there is no room for one more.  A name
 * that no journey can have is an error.
 */
extern bool build_name_number(BuildNames *names, const char *text, uint32 len, uint32 *number);

#endif							/* BUILD_NAMES_H */
