/*
 * survival.h
 *	  How long until something happens, where it has not happened to all yet.
 */
#ifndef SURVIVAL_H
#define SURVIVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One time at which something happened or somebody was last seen. */
typedef struct SurvivalPoint
{
	/* given, in ascending order of time */
	double		time;			/* >= 0, any unit */
	int64_t		events;
	int64_t		censored;
	/* computed */
	int64_t		at_risk;		/* just before this time */
	double		survival;		/* after it */
	double		hazard_sum;		/* Greenwood's: events / (at_risk * (at_risk -
								 * events)); infinite once nobody is left */
	double		std_error;		/* NAN where survival is 0, as are the bounds */
	double		lower;
	double		upper;
} SurvivalPoint;

/* Fill in what is computed; z is the width of the interval. */
extern void survival_curve(SurvivalPoint *points, size_t n, double z);

typedef struct SurvivalSummary
{
	double		median;			/* each NAN where the curve does not say it */
	double		median_lower;
	double		median_upper;
	double		restricted_mean;
	double		restricted_error;
} SurvivalSummary;

/* Of a computed curve, up to `horizon`, which is >= 0. */
extern void survival_summary(const SurvivalPoint *points, size_t n, double horizon,
							 SurvivalSummary *summary);

/*
 * The log-rank test.  Groups have their points one after the other, each in
 * ascending order of time.
 */
typedef struct LogrankGroup
{
	const SurvivalPoint *points;
	size_t		n;
	/* computed */
	int64_t		customers;
	int64_t		events;
	double		expected;
	/* used by the computation */
	size_t		next;
	int64_t		at_risk;
} LogrankGroup;

#define LOGRANK_MAX_GROUPS	256

/* Doubles of scratch memory that logrank_test wants. */
static inline size_t
logrank_scratch(int ngroups)
{
	return (size_t) ngroups * (size_t) (ngroups + 1);
}

/*
 * Returns the degrees of freedom, 0 if the groups cannot be compared (fewer
 * than two that were at risk when something happened), else *chi_square.
 * `relax` is called once in a while.
 */
extern int	logrank_test(LogrankGroup *groups, int ngroups, double *scratch,
						 void (*relax) (void), double *chi_square);

#endif							/* SURVIVAL_H */
