/*
 * pattern_journey.h
 *	  The touchpoints of a journey as letters of a pattern.
 *
 *	PatternReader *r = pattern_reader_create(pattern, machine, &long_lived_host);
 *	pattern_reader_open(r, &view, &host);
 *	pattern_exists(machine, &r->input, &host);
 */
#ifndef PATTERN_JOURNEY_H
#define PATTERN_JOURNEY_H

#include "pattern.h"
#include "pattern_run.h"

/*
 * Which letter a label is follows from its name, once for each journey; for
 * well-known names once for all.  Where a matcher asks for channel or value as
 * well, the letter is found at each touchpoint of such a label.  The times of
 * every PATTERN_CHUNK-th touchpoint are noted on the way, to read backwards.
 */
typedef struct PatternReader
{
	PatternInput input;
	struct PatternReaderState *state;
} PatternReader;

/* The pattern must live as long as the reader. */
extern PatternReader *pattern_reader_create(const Pattern *pattern, PatternMachine *m,
											const PatternHost *host);

/*
 * Read this journey from now on, with scratch memory of `host` for as long as
 * it is asked about; view and journey must live as long.
 */
extern void pattern_reader_open(PatternReader *r, const JourneyView *view,
								const PatternHost *host);

/*
 * Do the labels of the journey alone say that there is no match, not even an
 * empty one?
 */
extern bool pattern_reader_rejects(const PatternReader *r);

#endif							/* PATTERN_JOURNEY_H */
