/*
 * attribution_options.h
 *	  The options of attribution and conversion_paths, which the models of
 *	  channels share with them.
 *
 * Include after postgres.h.
 */
#ifndef ATTRIBUTION_OPTIONS_H
#define ATTRIBUTION_OPTIONS_H

#include "journey.h"
#include "core/attribution.h"
#include "kept_args.h"

/* The channel of a touch without one. */
#define NO_CHANNEL		"(not set)"

/* The options by name. */
typedef enum AttributionArgument
{
	AA_CONVERSION,
	AA_MODEL,
	AA_LOOKBACK,
	AA_TOUCH,
	AA_TRANSFORM,
	AA_DIRECT,
	AA_FIRST_WEIGHT,
	AA_LAST_WEIGHT,
	AA_HALF_LIFE,
	AA_RESTART,
	AA_CONVERSIONS,				/* the last argument; of each row its own */
	AA_COUNT					/* how many there are */
} AttributionArgument;

/* Which argument of an SQL function each option is, 0 for none. */
typedef int8 AttributionSignature[AA_COUNT];

/* What is asked. */
typedef struct AttributionQuestion
{
	const Matcher *conversion;	/* NULL if not given */
	const Matcher *touch;		/* NULL: what has a channel */
	const Matcher *direct;		/* NULL: nothing, or nobody asks */
	AttributionOptions options;
	AttributionTransform transform;
	uint64		lookback;
	bool		restart;
} AttributionQuestion;

/*
 * Read the options: those of the signature from the values, NULL for all
 * others.  Errors on options that are wrong.
 */
extern void attribution_question_read(AttributionQuestion *q, const NullableDatum *values,
									  const AttributionSignature signature);

/* An error if a matcher and a journey both say what converts. */
extern void attribution_one_of(bool conversion, bool conversions);

#endif							/* ATTRIBUTION_OPTIONS_H */
