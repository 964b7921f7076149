/*
 * transitions.c
 *	  Transitions of events, into cells and into rows.
 */
#include <stdlib.h>

#include "bench.h"
#include "core/tally_cells.h"
#include "core/transitions.h"

#define BLOCKS	64				/* given to cells at once */

static inline Tally *
count_rows(Tally *t, const JourneyView *v)
{
	TransitionRun run;
	uint32_t	map[MAX_NAMES];
	TallyFull	full;

	transitions_start(&run, v, map);
	while ((full = transitions_count(t, &run)) != TALLY_OK)
		t = tally_make_larger(t, full);
	return t;
}

/* -- cells ------------------------------------------------------------------- */

/*
 * What an aggregate keeps in a memory context, all of it given back at once.
 */
typedef struct Blocks
{
	struct Blocks *next;
	uint8_t		bytes[];
} Blocks;

static TallyCells *cells;
static Blocks *blocks;
static void *few_pairs;			/* those before, which still have cells */

static void
give_blocks(void)
{
	Blocks	   *more = allocate(1, sizeof(Blocks) + 63 + (size_t) BLOCKS * CELLS_BYTES);
	uintptr_t	at = ((uintptr_t) more->bytes + 63) & ~(uintptr_t) 63;

	more->next = blocks;
	blocks = more;
	tally_cells_give(cells, (uint8_t *) at, BLOCKS);
}

/* Give what is missing. */
static Tally *make_room(Tally *t, CellsFull missing, TallyFull full);

static Tally *
settle_cells(Tally *t)
{
	CellsFull	missing;
	TallyFull	full = TALLY_OK;

	while ((missing = tally_cells_settle(cells, t, &full)) != CELLS_OK)
		t = make_room(t, missing, full);
	return t;
}

static Tally *
widen_cells(Tally *t)
{
	void	   *before = cells->pairs.cells;
	uint32_t	nlabels = t->nlabels < CELLS_MAX_LABELS ? t->nlabels : CELLS_MAX_LABELS;

	t = settle_cells(t);
	if (tally_cells_widen(cells, allocate(1, tally_cells_pairs_size(nlabels)), nlabels))
		free(before);
	else
		few_pairs = before;
	return t;
}

static Tally *
make_room(Tally *t, CellsFull missing, TallyFull full)
{
	if (missing == CELLS_FULL_TALLY)
		return tally_make_larger(t, full);
	if (missing == CELLS_FULL_LABELS)
		return widen_cells(t);
	if (missing == CELLS_FULL_BLOCKS)
		give_blocks();
	else
		while ((full = tally_cells_pass(cells, t)) != TALLY_OK)
			t = tally_make_larger(t, full);
	return t;
}

static uint64_t
cells_all(const Store *store)
{
	Tally	   *t = tally_make(TALLY_TRANSITIONS);

	cells = allocate(1, sizeof(TallyCells));
	tally_cells_start(cells, allocate(1, tally_cells_pairs_size(0)), 0);
	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;
		TransitionRun run;
		CellsFull	missing;
		TallyFull	full;
		uint32_t	map[MAX_NAMES];

		journey_prefetch_before(store->data[i]);
		if (transitions_count_usual(cells, store->data[i], store->size[i]))
			continue;
		open_journey(store, i, &v);
		transitions_start(&run, &v, map);
		while ((missing = transitions_count_cells(t, cells, &run, &full)) != CELLS_OK)
		{
			if (missing == CELLS_NOT_THIS)
			{
				t = count_rows(t, &v);
				break;
			}
			t = make_room(t, missing, full);
		}
	}
	counted = t;
	return 0;
}

static uint64_t
cells_checksum(const Store *store)
{
	Tally	   *t = settle_cells(counted);
	uint32_t	next = 0;
	TallyFull	full;

	while ((full = tally_cells_to_rows(t, cells, &next)) != TALLY_OK)
		t = tally_make_larger(t, full);
	for (; blocks != NULL;)
	{
		Blocks	   *before = blocks->next;

		free(blocks);
		blocks = before;
	}
	free(few_pairs);
	few_pairs = NULL;
	free(cells->pairs.cells);
	free(cells);
	counted = t;
	return counted_checksum(store);
}

/* -- rows -------------------------------------------------------------------- */

Tally *
count_transitions(const Store *store, uint32_t from, uint32_t to)
{
	Tally	   *t = tally_make(TALLY_TRANSITIONS);

	for (uint32_t i = from; i < to; i++)
	{
		JourneyView v;

		open_journey(store, i, &v);
		t = count_rows(t, &v);
	}
	return t;
}

static uint64_t
rows_all(const Store *store)
{
	counted = count_transitions(store, 0, store->count);
	return 0;
}

static uint64_t
cells_expected(const Store *store)
{
	(void) cells_all(store);
	return cells_checksum(store);
}

static uint64_t
rows_expected(const Store *store)
{
	(void) rows_all(store);
	return counted_checksum(store);
}

const Way	transition_ways[] = {
	{"transitions", "cells", "transitions_count_cells", cells_all, cells_checksum, rows_expected},
	{"transitions", "rows", "transitions_count", rows_all, counted_checksum, cells_expected},
	{0}
};
