/*
 * journey_support.h
 *	  A journey of given touchpoints, as the functions of the core read it.
 */
#ifndef JOURNEY_SUPPORT_H
#define JOURNEY_SUPPORT_H

#include <string.h>

#include "core/journey_layout.h"
#include "test.h"

/*
 * The journey and its view; to be freed.  The payload has one byte before it,
 * as of the header of a short value: nothing in it is aligned.
 */
static inline uint8_t *
encode_journey(const JourneySource *src, JourneyView *v)
{
	uint16_t   *scratch = malloc((2 * ((size_t) src->nlabels + src->nchannels) + 1) * sizeof(uint16_t));
	JourneyPlan plan;
	uint8_t    *memory;

	memset(&plan, 0, sizeof(plan));
	plan.label_code = scratch;
	plan.label_order = plan.label_code + src->nlabels;
	plan.channel_code = plan.label_order + src->nlabels;
	plan.channel_order = plan.channel_code + src->nchannels;
	journey_measure(src, &plan);
	memory = malloc(1 + plan.size);
	journey_encode(src, &plan, memory + 1);
	free(scratch);
	REQUIRE(journey_open(v, memory + 1, plan.size));
	return memory;
}

#endif							/* JOURNEY_SUPPORT_H */
