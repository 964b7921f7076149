/*
 * label_fit.h
 *	  A matcher against the labels of one journey, asked once for each label.
 *
 * Include after journey.h.
 */
#ifndef LABEL_FIT_H
#define LABEL_FIT_H

#include "journey.h"

/* The labels of a journey, and its channels once a matcher needs them. */
typedef struct LabelTable
{
	const JourneyView *view;
	JourneyLabel *labels;
	JourneyLabel *channels;		/* NULL until one is needed */
} LabelTable;

typedef struct LabelFit
{
	const Matcher *matcher;
	uint8	   *fit;			/* by label: a MatcherFit */
	bool		any;			/* some label may fit */
	bool		labels_decide;	/* none depends on channel or value */
} LabelFit;

extern void label_table_init(LabelTable *table, const JourneyView *view);
extern void label_fit_init(LabelFit *fit, LabelTable *table, const Matcher *matcher);

extern bool label_fit_resolve(const LabelFit *fit, LabelTable *table, const JourneyCursor *c);

/* Does the touchpoint at the cursor fit? */
static inline bool
label_fits(const LabelFit *fit, LabelTable *table, const JourneyCursor *c)
{
	uint8		known = fit->fit[c->label];

	return known == MF_MAYBE ? label_fit_resolve(fit, table, c) : known == MF_ALWAYS;
}

#endif							/* LABEL_FIT_H */
