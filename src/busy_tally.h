/*
 * busy_tally.h
 *	  States of aggregates that count much: tallies with memory of their own.
 */
#ifndef BUSY_TALLY_H
#define BUSY_TALLY_H

#include "utils/expandeddatum.h"

#include "journey.h"
#include "core/path_table.h"
#include "core/tally_cells.h"

typedef struct BusyTally
{
	ExpandedObjectHeader hdr;
	Tally	   *t;				/* labels, rows, params */
	Tally	   *flat;			/* as it is sent, until it is changed; or NULL */
	/* beside the tally, by its kind */
	TallyCells	cells;			/* TALLY_TRANSITIONS */
	PathTable	paths;			/* TALLY_PATHS, which then has no rows */
	LabelCache	path_labels;
} BusyTally;

/* The object behind a Datum, NULL if it is flat. */
static inline BusyTally *
busy_tally(Datum d)
{
	return VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(d)) ?
		(BusyTally *) DatumGetEOHP(d) : NULL;
}

/* Is it busy, be it in its flat form? */
static inline bool
is_busy_tally(Datum d)
{
	return VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(d)) ||
		(!VARATT_IS_EXTENDED(DatumGetPointer(d)) && ((Tally *) DatumGetPointer(d))->in_transit);
}

/* A new one in a context below this one, and all that a tally has in it. */
extern BusyTally *busy_create(MemoryContext parent, const Tally *t);

/* To be called before it is changed. */
static inline void
busy_change(BusyTally *b)
{
	if (b->flat == NULL)
		return;
	pfree(b->flat);
	b->flat = NULL;
}

/* To be called where room is missing. */
extern void busy_make_room(BusyTally *b, CellsFull missing, TallyFull full);
extern void busy_enlarge(BusyTally *b, TallyFull full);

/* Count a path, as keys of a row have it. */
extern void busy_count_path(BusyTally *b, const int64 *keys, int64 times);

/*
 * What the general form of a tally of paths cannot know, an error if it is not
 * so: how many events a path has, and how many took it.
 */
pg_noreturn extern void not_paths(const char *problem);
extern int	events_of_path(const int64 *keys);
extern int64 count_of_path(const Tally *t, const TallyRow *row);

/* The one that a final function is given, be it in its flat form. */
extern const BusyTally *busy_to_read(Datum d);

/* tally_combine where one of the two is busy. */
extern Datum busy_combine(FunctionCallInfo fcinfo);

#endif							/* BUSY_TALLY_H */
