/*
 * label_fit.c
 *	  A matcher against the labels of one journey, asked once for each label.
 */
#include "postgres.h"

#include "label_fit.h"

void
label_table_init(LabelTable *table, const JourneyView *view)
{
	table->view = view;
	table->labels = palloc((view->nlabels + 1) * sizeof(JourneyLabel));
	table->channels = NULL;
	journey_read_labels(view->labels, view->nlabels, table->labels);
}

void
label_fit_init(LabelFit *fit, LabelTable *table, const Matcher *matcher)
{
	fit->matcher = matcher;
	fit->fit = palloc(table->view->nlabels + 1);
	fit->any = false;
	fit->labels_decide = true;
	for (uint32 i = 0; i < table->view->nlabels; i++)
	{
		fit->fit[i] = matcher_fits_label(matcher, &table->labels[i]);
		fit->any |= fit->fit[i] != MF_NEVER;
		fit->labels_decide &= fit->fit[i] != MF_MAYBE;
	}
}

/* Does a touchpoint fit whose label does not decide it? */
bool
label_fit_resolve(const LabelFit *fit, LabelTable *table, const JourneyCursor *c)
{
	if (table->channels == NULL)
	{
		table->channels = palloc((table->view->nchannels + 1) * sizeof(JourneyLabel));
		journey_read_labels(table->view->channels, table->view->nchannels, table->channels);
	}
	return matcher_fits(fit->matcher, &table->labels[c->label],
						c->channel == 0 ? NULL : &table->channels[c->channel - 1],
						c->has_value, c->value);
}
