/*
 * transitions.c
 *	  Transitions of events, into a matrix and into rows.
 */
#include <stdlib.h>

#include "bench.h"
#include "core/tally_dense.h"
#include "core/transitions.h"

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

/* A state gets its matrix when it is known to be busy; here it is from the start. */
static Tally *
make_dense(Tally *t)
{
	size_t		size = (size_t) t->text_off + t->text_cap;
	Tally	   *larger;

	if (t->dense_off != 0 || t->nlabels > DENSE_LABELS)
		return t;
	larger = realloc(t, tally_dense_size(size));
	if (larger == NULL)
		die("out of memory");
	tally_dense_start(larger, size);
	return larger;
}

static uint64_t
dense_all(const Store *store)
{
	Tally	   *t = tally_make(TALLY_TRANSITIONS);

	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;

		open_journey(store, i, &v);
		t = make_dense(t);
		if (t->dense_off == 0 || !transitions_count_dense(t, &v))
			t = count_rows(t, &v);
	}
	counted = t;
	return 0;
}

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
dense_expected(const Store *store)
{
	(void) dense_all(store);
	return counted_checksum(store);
}

static uint64_t
rows_expected(const Store *store)
{
	(void) rows_all(store);
	return counted_checksum(store);
}

const Way	transition_ways[] = {
	{"transitions", "dense", "transitions_count_dense", dense_all, counted_checksum, rows_expected},
	{"transitions", "rows", "transitions_count", rows_all, counted_checksum, dense_expected},
	{0}
};
