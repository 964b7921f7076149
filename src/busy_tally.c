/*
 * busy_tally.c
 *	  States of aggregates that count much: tallies with memory of their own.
 *
 * A flat state that grows is copied as a whole, twice (to the larger one, and by
 * the executor to its own memory), and what is large is mostly room.  So a
 * transition state that has counted many customers of many events becomes an
 * expanded object: a tally for labels and the rare rows, and cells
 * (core/tally_cells.h), which get memory where something is counted; and a
 * state that has counted many different paths one with a table of them
 * (core/path_table.h).  Only then, since such an object has a memory context of
 * its own.
 *
 * The executor flattens it where it goes to another process: to the tally
 * with the cells or the paths behind it, as bytes.  This form is never stored and nobody but
 * the functions here reads it; it is the partial state of an aggregate and
 * becomes an object again when something is added to it.  Where it gets further,
 * by an aggregate of somebody's own that has no final function, it is read as
 * the tally that it stands for (tally_of).
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "busy_tally.h"
#include "tally_state.h"

/* Blocks of cells that are taken at once. */
#define BLOCKS	64

/* No more different paths than a flat tally of 512 MB has. */
#define MAX_PATHS	4194304

/* -- the object ----------------------------------------------------------------- */

void
busy_enlarge(BusyTally *b, TallyFull full)
{
	MemoryContext old = MemoryContextSwitchTo(b->hdr.eoh_context);
	Tally	   *larger = tally_enlarge(b->t, full, 0);

	pfree(b->t);
	b->t = larger;
	MemoryContextSwitchTo(old);
}

/* Leave nothing in the log or the list of cells: the value stays the same. */
static void
settle(BusyTally *b)
{
	CellsFull	missing;
	TallyFull	full = TALLY_OK;

	if (b->t->kind == TALLY_PATHS)
		return;
	while ((missing = tally_cells_settle(&b->cells, b->t, &full)) != CELLS_OK)
		busy_make_room(b, missing, full);
}

/* The paths as bytes: the words of each as a number, then what slots have. */
static uint8 *
write_paths(const PathTable *p, uint8 *out)
{
	uint64		words = p->words;
	uint32		i = 0;
	const uint64_t *slot;

	memcpy(out, &words, sizeof(words));
	out += sizeof(words);
	while ((slot = path_table_next(p, &i)) != NULL)
	{
		memcpy(out, slot, (words + 1) * sizeof(uint64));
		out += (words + 1) * sizeof(uint64);
	}
	return out;
}

/* What is sent, made once for both functions. */
static void
make_flat(BusyTally *b)
{
	Size		rows = MAXALIGN(VARSIZE(b->t));
	Size		size;
	uint8	   *end;

	if (b->flat != NULL)
		return;
	size = b->t->kind == TALLY_PATHS ?
		sizeof(uint64) + path_table_size(b->paths.words, b->paths.npaths) :
		tally_cells_write_size(&b->cells);
	b->flat = MemoryContextAllocHuge(b->hdr.eoh_context, rows + size);
	memcpy(b->flat, b->t, VARSIZE(b->t));
	memset((char *) b->flat + VARSIZE(b->t), 0, rows - VARSIZE(b->t));
	b->flat->in_transit = 1;
	b->flat->dense_off = (uint32) rows;
	end = (uint8 *) b->flat + rows;
	end = b->t->kind == TALLY_PATHS ? write_paths(&b->paths, end) :
		tally_cells_write(&b->cells, end);
	if ((Size) (end - (uint8 *) b->flat) > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("tally is too large to be sent to another process")));
	SET_VARSIZE(b->flat, end - (uint8 *) b->flat);
}

static Size
busy_flat_size(ExpandedObjectHeader * eohptr)
{
	BusyTally  *b = (BusyTally *) eohptr;

	settle(b);
	make_flat(b);
	return VARSIZE(b->flat);
}

static void
busy_flatten(ExpandedObjectHeader * eohptr, void *result, Size allocated_size)
{
	BusyTally  *b = (BusyTally *) eohptr;

	Assert(b->flat != NULL && VARSIZE(b->flat) == allocated_size);
	memcpy(result, b->flat, allocated_size);
}

static const ExpandedObjectMethods busy_methods = {busy_flat_size, busy_flatten};

/* A matrix of pairs for the labels of the tally. */
static void
widen(BusyTally *b)
{
	uint32		nlabels = Min(b->t->nlabels, CELLS_MAX_LABELS);
	void	   *before = b->cells.pairs.cells;

	settle(b);
	if (tally_cells_widen(&b->cells,
						  MemoryContextAllocZero(b->hdr.eoh_context, tally_cells_pairs_size(nlabels)),
						  nlabels))
		pfree(before);
}

void
busy_make_room(BusyTally *b, CellsFull missing, TallyFull full)
{
	CHECK_FOR_INTERRUPTS();
	switch (missing)
	{
		case CELLS_FULL_TALLY:
			busy_enlarge(b, full);
			break;
		case CELLS_FULL_BLOCKS:
			tally_cells_give(&b->cells, (uint8 *)
							 TYPEALIGN(64, MemoryContextAlloc(b->hdr.eoh_context,
															  BLOCKS * CELLS_BYTES + 64)),
							 BLOCKS);
			break;
		case CELLS_FULL_PASSED:
			while ((full = tally_cells_pass(&b->cells, b->t)) != TALLY_OK)
				busy_enlarge(b, full);
			break;
		case CELLS_FULL_LABELS:
			widen(b);
			break;
		case CELLS_OK:
		case CELLS_NOT_THIS:
			break;
	}
}

/* -- paths ---------------------------------------------------------------------- */

void
not_paths(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tally does not hold paths: %s", problem)));
}

int
events_of_path(const int64 *keys)
{
	int			n = 0;

	while (n < TALLY_MAX_KEYS && keys[n] >= 0)
		n++;
	if (n == 0)
		not_paths("a path is empty");
	for (int i = n; i < TALLY_MAX_KEYS; i++)
	{
		if (keys[i] != TALLY_MARK_END)
			not_paths("a path has an event after its end, or begins where none can");
	}
	return n;
}

int64
count_of_path(const Tally *t, const TallyRow *row)
{
	int64		count = tally_counters(t, row)[TC_PATHS_COUNT];

	(void) events_of_path(tally_keys(row));
	if (count < 1)
		not_paths("nobody took a path");
	return count;
}

static void
move_paths(BusyTally *b, uint32 words, uint32 nslots)
{
	uint64_t   *before = b->paths.slots;
	Size		size = path_table_size(words, nslots);

	CHECK_FOR_INTERRUPTS();
	path_table_move(&b->paths,
					MemoryContextAllocExtended(b->hdr.eoh_context, size,
											   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO),
					words, nslots);
	if (before != NULL)
		pfree(before);
}

static void
count_path(BusyTally *b, const uint64_t *path, int64 times)
{
	if (path_table_is_full(&b->paths))
	{
		if (b->paths.npaths < MAX_PATHS)
			move_paths(b, b->paths.words, 2 * b->paths.nslots);
		else if (path_table_find(&b->paths, path)[b->paths.words] == 0)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("tally would exceed the maximum size of %d MB",
							(int) (TALLY_MAX_BYTES / (1024 * 1024))),
					 errdetail("It has %u labels and %u rows.", b->t->nlabels, b->paths.npaths),
					 errhint("Count fewer different labels or periods, or make several tallies, one for each part of the data.")));
	}
	if (!path_table_count(&b->paths, path, times))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of paths is out of range")));
}

void
busy_count_path(BusyTally *b, const int64 *keys, int64 times)
{
	uint64_t	path[PATH_WORDS] = {0};
	int			n = 0;

	while (n < TALLY_MAX_KEYS && keys[n] >= 0)
		n++;
	if (b->paths.words == 1 && !path_is_narrow(n, b->t->nlabels))
		move_paths(b, PATH_WORDS, b->paths.nslots);
	for (int i = 0; i < n; i++)
		path_put(path, b->paths.words, i, (uint64_t) keys[i] + 1);
	count_path(b, path, times);
}

/* Add the paths of a flat tally, in transit or not. */
static void
add_paths(BusyTally *b, const Tally *src, const uint32 *map)
{
	const uint8 *p = (const uint8 *) src + src->dense_off;
	const uint8 *end = (const uint8 *) src + VARSIZE(src);
	uint64		words;
	uint64		room;

	if (b->paths.words == 1 && b->t->nlabels > PATH_NARROW_LABELS)
		move_paths(b, PATH_WORDS, b->paths.nslots);
	for (uint32 i = 0; i < src->nrows; i++)
	{
		const TallyRow *row = tally_row_at(src, i);
		int64		keys[TALLY_MAX_KEYS];

		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < TALLY_MAX_KEYS; k++)
			keys[k] = tally_keys(row)[k] < 0 ? tally_keys(row)[k] : map[tally_keys(row)[k]];
		busy_count_path(b, keys, count_of_path(src, row));
	}
	if (!src->in_transit)
		return;
	memcpy(&words, p, sizeof(words));
	p += sizeof(words);

	/*
	 * They come in the order of their hashes, which would fill a table that
	 * has to grow from one end: so it has all its room before.
	 */
	room = b->paths.nslots;
	while (room / 2 < b->paths.npaths + (end - p) / ((words + 1) * sizeof(uint64)) &&
		   room / 2 < MAX_PATHS)
		room *= 2;
	if (b->paths.words < words)
		move_paths(b, PATH_WORDS, (uint32) room);
	else if (room > b->paths.nslots)
		move_paths(b, b->paths.words, (uint32) room);
	for (; p < end; p += (words + 1) * sizeof(uint64))
	{
		uint64_t	slot[PATH_WORDS + 1];
		uint64_t	path[PATH_WORDS] = {0};
		int			events = words == 1 ? PATH_NARROW_EVENTS : TALLY_MAX_KEYS;

		CHECK_FOR_INTERRUPTS();
		memcpy(slot, p, (words + 1) * sizeof(uint64));
		for (int k = 0; k < events; k++)
		{
			uint32		event = path_event(slot, (uint32) words, k);

			if (event == 0)
				break;
			path_put(path, b->paths.words, k, map[event - 1] + 1);
		}
		count_path(b, path, (int64) slot[words]);
	}
}

/* -- adding --------------------------------------------------------------------- */

/* Add the cells of a tally in transit. */
static void
add_cells(BusyTally *b, const Tally *src, const uint32 *map)
{
	const uint8 *p = (const uint8 *) src + src->dense_off;
	const uint8 *end = (const uint8 *) src + VARSIZE(src);
	CellsFull	missing;
	TallyFull	full = TALLY_OK;

	while ((missing = tally_cells_read(&b->cells, b->t, &p, end, map, &full)) != CELLS_OK)
		busy_make_room(b, missing, full);
}

/* Add a flat tally, in transit or not; false if it has too many labels. */
static bool
busy_add(BusyTally *b, const Tally *src)
{
	uint32	   *map;
	CellsAdding at = {0, 0, false};
	CellsFull	missing;
	TallyFull	full = TALLY_OK;

	if (src->dense_off != 0 && !src->in_transit)
		src = tally_enlarge(src, TALLY_OK, 0);
	busy_change(b);
	map = palloc((src->nlabels + 1) * sizeof(uint32));
	for (uint32 i = 0; i < src->nlabels; i++)
	{
		JourneyLabel label;
		int32		number;

		tally_label_get(src, i, &label);
		while ((number = tally_label(b->t, &label, &full)) < 0)
			busy_enlarge(b, full);
		map[i] = (uint32) number;
	}
	if (src->kind == TALLY_PATHS)
	{
		tally_merge_params_checked(b->t, src);
		add_paths(b, src, map);
		pfree(map);
		return true;
	}
	if (b->t->nlabels > CELLS_MAX_LABELS)
		return false;
	if (tally_cells_shift(b->t->nlabels) > b->cells.shift)
		widen(b);
	tally_merge_params_checked(b->t, src);
	while ((missing = tally_cells_add(&b->cells, b->t, src, map, &at, &full)) != CELLS_OK)
		busy_make_room(b, missing, full);
	if (src->in_transit)
		add_cells(b, src, map);
	pfree(map);
	return true;
}

/*
 * Take a tally of transitions in transit as it is.  It may have more labels than
 * can be added to cells: those that came later are in rows only, so labels must
 * keep their numbers.
 */
static void
take_cells(BusyTally *b, const Tally *src)
{
	Size		pairs = tally_cells_pairs_size(Min(src->nlabels, CELLS_MAX_LABELS));
	uint32	   *map = palloc((src->nlabels + 1) * sizeof(uint32));

	for (uint32 i = 0; i < src->nlabels; i++)
		map[i] = i;
	b->t = MemoryContextAlloc(b->hdr.eoh_context, src->dense_off);
	memcpy(b->t, src, src->dense_off);
	SET_VARSIZE(b->t, src->dense_off);
	b->t->in_transit = 0;
	b->t->dense_off = 0;
	tally_cells_start(&b->cells, MemoryContextAllocZero(b->hdr.eoh_context, pairs),
					  Min(src->nlabels, CELLS_MAX_LABELS));
	add_cells(b, src, map);
	pfree(map);
}

BusyTally *
busy_create(MemoryContext parent, const Tally *t)
{
	MemoryContext context = AllocSetContextCreate(parent, "journey tally",
												  ALLOCSET_DEFAULT_SIZES);
	BusyTally  *b = MemoryContextAllocZero(context, sizeof(BusyTally));
	MemoryContext old;

	EOH_init_header(&b->hdr, &busy_methods, context);
	if (t->in_transit && t->kind == TALLY_TRANSITIONS)
	{
		take_cells(b, t);
		return b;
	}
	old = MemoryContextSwitchTo(context);
	b->t = tally_create(t->kind);
	if (t->kind == TALLY_PATHS)
		move_paths(b, 1, PATH_TABLE_SLOTS);
	else
		tally_cells_start(&b->cells, palloc0(tally_cells_pairs_size(0)), 0);
	MemoryContextSwitchTo(old);
	if (!busy_add(b, t))
		elog(ERROR, "too many labels for a busy tally");
	b->t->stamp = t->stamp;
	return b;
}

/* -- reading -------------------------------------------------------------------- */

const BusyTally *
busy_to_read(Datum d)
{
	BusyTally  *b = busy_tally(d);

	if (b == NULL)
		b = busy_create(CurrentMemoryContext, (Tally *) DatumGetPointer(d));
	settle(b);
	return b;
}

static Tally *
paths_to_rows(const BusyTally *b)
{
	Tally	   *t = tally_enlarge(b->t, TALLY_FULL_ROWS, b->paths.npaths);
	uint32		i = 0;
	const uint64_t *slot;

	while ((slot = path_table_next(&b->paths, &i)) != NULL)
	{
		int64		keys[TALLY_MAX_KEYS];
		TallyRow   *row;

		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < TALLY_MAX_KEYS; k++)
		{
			uint32		event = path_event(slot, b->paths.words, k);

			keys[k] = event == 0 ? TALLY_MARK_END : (int64) event - 1;
		}
		row = tally_row_grow(&t, keys);
		tally_counters(t, row)[TC_PATHS_COUNT] = (int64) slot[b->paths.words];
	}
	return t;
}

Tally *
tally_of(Datum d)
{
	const BusyTally *b;
	Tally	   *t;
	uint32		next = 0;
	TallyFull	full;

	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(d)))
	{
		t = (Tally *) PG_DETOAST_DATUM(d);
		if (!t->in_transit)
			return t;
		d = PointerGetDatum(t);
	}
	b = busy_to_read(d);
	if (b->t->kind == TALLY_PATHS)
		return paths_to_rows(b);
	t = tally_enlarge(b->t, TALLY_OK, 0);
	while ((full = tally_cells_to_rows(t, &b->cells, &next)) != TALLY_OK)
		t = tally_enlarge(t, full, 0);
	return t;
}

Datum
busy_combine(FunctionCallInfo fcinfo)
{
	MemoryContext aggregate;
	Datum		state = PG_GETARG_DATUM(0);
	BusyTally  *b = NULL;
	BusyTally  *made = NULL;
	const Tally *src = (Tally *) PG_DETOAST_DATUM(PG_GETARG_DATUM(1));
	Tally	   *t;

	if (!AggCheckCallContext(fcinfo, &aggregate))
		elog(ERROR, "aggregate function called in non-aggregate context");
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(state)))
		b = busy_tally(state);
	else
	{
		t = (Tally *) PG_DETOAST_DATUM(state);
		if (t->kind == TALLY_PATHS ||
			(t->kind == TALLY_TRANSITIONS && t->nlabels <= CELLS_MAX_LABELS))
			b = made = busy_create(aggregate, t);
	}
	if (b != NULL && b->t->kind == src->kind && busy_add(b, src))
		PG_RETURN_DATUM(EOHPGetRWDatum(&b->hdr));

	/* too many labels together */
	t = tally_enlarge(tally_of(b != NULL ? EOHPGetRWDatum(&b->hdr) : state), TALLY_OK, 0);
	if (made != NULL)
		MemoryContextDelete(made->hdr.eoh_context);
	tally_merge(&t, tally_of(PG_GETARG_DATUM(1)));
	PG_RETURN_POINTER(t);
}
