/*
 * tally_state.h
 *	  What the files of the type tally share beside journey.h.
 */
#ifndef TALLY_STATE_H
#define TALLY_STATE_H

#include "journey.h"

/* The tally itself if it is packed, else its packed form, newly allocated. */
extern const Tally *tally_packed(const Tally *t);

#endif							/* TALLY_STATE_H */
