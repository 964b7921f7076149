/*
 * tally_state.h
 *	  What the files of the type tally share beside journey.h.
 */
#ifndef TALLY_STATE_H
#define TALLY_STATE_H

#include "fmgr.h"

#include "journey.h"

/* The tally itself if it is packed, else its packed form, newly allocated. */
extern const Tally *tally_packed(const Tally *t);

/*
 * A copy of a list of activities (core/retention_few.h) with room for so many
 * more; NULL if it would be too long.
 */
extern Tally *tally_longer_few(const Tally *t, uint32 more);

/*
 * A matrix (core/retention_matrix.h) of what a list has, or with room for one
 * cohort more; NULL if it would be too large.
 */
extern Tally *tally_larger_matrix(const Tally *t);

/* An error unless the tally is of that kind. */
extern void tally_must_be(const Tally *t, int kind);

/* Each label as text, by number. */
extern Datum *tally_label_texts(const Tally *t);

/* The numbers of all labels in the order of their texts. */
extern uint32 *tally_label_order(const Tally *t);

/* What a transition function returns for a row that does not count. */
extern Datum tally_unchanged(FunctionCallInfo fcinfo);

/* tally_merge_params; an error where they differ. */
extern void tally_merge_params_checked(Tally *dst, const Tally *src);

#endif							/* TALLY_STATE_H */
