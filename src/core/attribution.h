/*
 * attribution.h
 *	  Which touches led to a conversion, and how much each is credited.
 *
 * Three steps, each for itself: the touches that a conversion looks back to
 * (attribution_look_back), the path that is made of them (attribution_path),
 * and the share of each step of the path (attribution_credit, which
 * attribution_share then applies to a value).
 */
#ifndef ATTRIBUTION_H
#define ATTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum AttributionModel
{
	AM_LAST,
	AM_FIRST,
	AM_LAST_NON_DIRECT,
	AM_LINEAR,
	AM_POSITION_BASED,
	AM_TIME_DECAY
} AttributionModel;

/* What of a path's touches is a step of it; each step is the first of its touches. */
typedef enum AttributionTransform
{
	AT_EXPOSURE,				/* touches of one channel in a row are one */
	AT_UNIQUE,					/* every touch */
	AT_FIRST,					/* the first touch of each channel */
	AT_FREQUENCY				/* the same; how many they were is part of it */
} AttributionTransform;

typedef struct AttributionOptions
{
	AttributionModel model;
	double		first_weight;	/* position_based: 0 or more, not above 1 */
	double		last_weight;	/* together */
	double		half_life;		/* time_decay: microseconds, above 0 */
} AttributionOptions;

typedef struct AttributionTouch
{
	int64_t		at;				/* microseconds */
	uint32_t	label;			/* the caller's */
	uint32_t	channel;		/* 0 for none, else 1 and so on */
	bool		direct;			/* nobody sent the customer */
} AttributionTouch;

typedef struct AttributionStep
{
	uint32_t	touch;			/* which touch it is */
	uint32_t	touches;		/* how many it stands for */
	double		credit;			/* 0 to 1 */
} AttributionStep;

/* Touches first .. end - 1; both move forward only. */
typedef struct AttributionWindow
{
	size_t		first;
	size_t		end;
} AttributionWindow;

/* A time that all touches are after. */
#define ATTRIBUTION_ALWAYS	INT64_MIN
#define ATTRIBUTION_NO_LIMIT UINT64_MAX

/*
 * Move the window to the touches of a conversion at `at`: those at or before
 * it, at most `lookback` microseconds before it (both ends included), and after
 * `since`.  Conversions are asked for in order of time, and `since` never goes
 * back.
 */
extern void attribution_look_back(AttributionWindow *window,
								  const AttributionTouch *touches, size_t n,
								  int64_t at, uint64_t lookback, int64_t since);

/*
 * The path of the touches of a window; returns its length.  `steps` has room
 * for as many as there are touches; `seen` has an entry for each channel and
 * one for none, all 0, and is left like that.
 */
extern size_t attribution_path(AttributionTransform transform,
							   const AttributionTouch *touches,
							   AttributionWindow window,
							   uint32_t *seen, AttributionStep *steps);

/*
 * Set the credits of a path with at least one step.  They are 0 or more,
 * multiples of 2^-53, and their sum is exactly 1, added in whatever order.
 */
extern void attribution_credit(const AttributionOptions *options,
							   const AttributionTouch *touches,
							   AttributionStep *steps, size_t n);

/*
 * The steps of all touches, for paths of which one step has all the credit:
 * then the path need not be made, and a conversion costs the same however far
 * it looks back.  With touches that are steps by themselves or with those next to
 * them (AT_EXPOSURE, AT_UNIQUE) the steps of a window are these, but for what is
 * cut off its first and last.
 */
typedef struct AttributionSteps
{
	uint32_t   *step_of;		/* of each touch */
	uint32_t   *start;			/* of each step its first touch; and one more */
	uint32_t   *sent;			/* of each step 1 + the last one up to it that
								 * is not direct, or 0 */
} AttributionSteps;

/* Can paths be asked so? */
static inline bool
attribution_has_steps(AttributionModel model, AttributionTransform transform)
{
	return (model == AM_LAST || model == AM_FIRST || model == AM_LAST_NON_DIRECT) &&
		(transform == AT_EXPOSURE || transform == AT_UNIQUE);
}

/* Each list has room for n, that of starts for one more. */
extern void attribution_steps(AttributionTransform transform, const AttributionTouch *touches,
							  size_t n, AttributionSteps *steps);

/*
 * Set the step of a window that has all the credit, and its number on the path,
 * from 0.  Returns the length of the path; 0 sets nothing.
 */
extern size_t attribution_one_step(AttributionModel model, const AttributionTouch *touches,
								   const AttributionSteps *steps, AttributionWindow window,
								   AttributionStep *step, size_t *number);

/*
 * Share a value by these credits.  The shares have the value's sign or are 0,
 * and their sum is exactly the value, added in whatever order, if it is finite.
 */
extern void attribution_share(double value, const AttributionStep *steps,
							  size_t n, double *shares);

#endif							/* ATTRIBUTION_H */
