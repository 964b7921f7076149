/*
 * surveys.h
 *	  What the answers to a survey say of all customers: scores with their
 *	  standard errors and 95 % bounds.
 */
#ifndef SURVEYS_H
#define SURVEYS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Margin and bounds are NaN where the answers are all alike, except those of a
 * share.
 */
typedef struct SurveyEstimate
{
	double		score;
	double		std_error;
	double		margin;			/* half of the interval, not cut */
	double		lower;			/* cut at the ends of what a score can be */
	double		upper;
} SurveyEstimate;

/* How many answers had a score. */
typedef struct SurveyCount
{
	double		score;
	int64_t		answers;
} SurveyCount;

/* Net Promoter Score, -100 .. 100; the sum of the three is not 0 and no overflow. */
extern void survey_nps(int64_t promoters, int64_t passives, int64_t detractors,
					   SurveyEstimate *e);

/* From one score to another, of different customers; false without a z. */
extern bool survey_difference(const SurveyEstimate *from, const SurveyEstimate *to,
							  SurveyEstimate *e, double *z, double *p);

/* The percentage of satisfied answers, n > 0. */
extern void survey_share(int64_t satisfied, int64_t n, SurveyEstimate *e);

extern double survey_mean(const SurveyCount *counts, uint32_t ncounts);

/* The mean of scores low .. high; of one answer the standard error is NaN too. */
extern void survey_mean_estimate(const SurveyCount *counts, uint32_t ncounts,
								 double low, double high, SurveyEstimate *e);

/* The 97.5 % quantile of Student's t, degrees > 0. */
extern double student_t_975(int64_t degrees);

#endif							/* SURVEYS_H */
