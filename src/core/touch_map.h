/*
 * touch_map.h
 *	  What a map of journeys asks of each touchpoint: what came after it, and
 *	  which of them count a customer once.
 */
#ifndef TOUCH_MAP_H
#define TOUCH_MAP_H

#include <stdbool.h>
#include <stdint.h>

#define TOUCH_MAP_NONE			UINT32_MAX
#define TOUCH_MAP_MAX_STAGES	255

/* What is not known yet as of the end of the data. */
typedef enum TouchMapFact
{
	MAP_UNKNOWN = -1,
	MAP_NO,
	MAP_YES
} TouchMapFact;

typedef struct TouchMapInput
{
	uint32_t	count;			/* touchpoints up to as_of, ordered by time */
	const int64_t *at;
	const uint8_t *action;		/* enum TouchAction */
	const double *value;		/* NaN for none; NULL if none has one */
	const uint8_t *stage;		/* 0: none, else 1 + number */
	const uint16_t *label;		/* less than nlabels */
	const bool *offsite;		/* happened without the customer */
	uint32_t	nlabels;
	uint32_t	nstages;		/* at most TOUCH_MAP_MAX_STAGES */
	uint32_t	last_stage;		/* the last that touchpoints can be in, if the
								 * stages are ordered; else 0 */
	int64_t		as_of;
	uint64_t	horizon;		/* microseconds; ends included */
	uint64_t	answer_within;
} TouchMapInput;

typedef struct MappedTouch
{
	uint32_t	purchase;		/* the next one within the horizon */
	uint32_t	answer;			/* the first one at or after it, in time; once
								 * for each label and stage */
	int8_t		left;			/* nothing that is not offsite came within the
								 * horizon */
	int8_t		bought;
	int8_t		advanced;		/* of the stay: a later stage within the
								 * horizon */
	bool		first;			/* first of its label and stage */
	bool		enters;			/* begins the stay in its stage */
	bool		first_in_stay;	/* first of its label in the stay */
} MappedTouch;

/* Elements of the two arrays that touch_map works in. */
static inline uint64_t
touch_map_cells(const TouchMapInput *in)
{
	return (uint64_t) in->nlabels * (in->nstages + 1);
}

extern void touch_map(const TouchMapInput *in, uint32_t *answered, uint8_t *seen,
					  MappedTouch *touches);

#endif							/* TOUCH_MAP_H */
