/*
 * tally_support.h
 *	  Tallies in memory of their own.
 */
#ifndef TALLY_SUPPORT_H
#define TALLY_SUPPORT_H

#include "core/tally.h"
#include "test.h"

/* A packed copy and its size, which is one that can be stored; to be freed. */
static inline Tally *
pack_tally(const Tally *t, size_t *size)
{
	void	   *scratch = malloc(tally_pack_scratch(t));
	Tally	   *packed;

	REQUIRE(scratch != NULL);
	*size = tally_pack_measure(t, scratch);
	packed = calloc(1, *size);
	REQUIRE(packed != NULL);
	tally_pack(packed, t, scratch);
	free(scratch);
	REQUIRE(tally_check(packed, *size));
	return packed;
}

#endif							/* TALLY_SUPPORT_H */
