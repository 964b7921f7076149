/*
 * tally.c
 *	  Rows of tallies: found by many keys (paths), packed, and added up.
 */
#include <stdlib.h>

#include "bench.h"
#include "core/label_cache.h"
#include "core/path_table.h"

#define DEPTH		5
#define PARTS		64

static Tally *whole;
static Tally *parts[PARTS];
static Tally *paths;
static uint64_t customers;
static uint64_t packed_rows;
static uint64_t merged_rows;
static uint64_t path_rows;

/* -- paths ------------------------------------------------------------------- */

/*
 * The first few touchpoints as keys: their codes are those of the first labels,
 * which are in order of first use.
 */
static Tally *
count_paths(const Store *store)
{
	Tally	   *t = tally_make(TALLY_PATHS);
	TallyFull	full;

	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;
		const uint8_t *p;
		int64_t		keys[TALLY_MAX_KEYS];
		int64_t		number[DEPTH];
		uint32_t	known = 0;
		uint32_t	n;
		TallyRow   *row;

		open_journey(store, i, &v);
		n = v.count < DEPTH ? v.count : DEPTH;
		p = v.labels;
		for (uint32_t k = 0; k < n; k++)
		{
			uint32_t	code = journey_code(v.codes, v.code_bits, k);

			if (code == known)
			{
				JourneyLabel label;
				int32_t		found;

				p = journey_next_label(p, &label);
				while ((found = tally_label(t, &label, &full)) < 0)
					t = tally_make_larger(t, full);
				number[known++] = found;
			}
			keys[k] = number[code];
		}
		for (uint32_t k = n; k < TALLY_MAX_KEYS; k++)
			keys[k] = TALLY_MARK_END;
		while ((row = tally_row(t, keys, &full)) == NULL)
			t = tally_make_larger(t, full);
		tally_counters(t, row)[TC_PATHS_COUNT]++;
	}
	return t;
}

/* The sum over customers of a number for each path, by the tally's rows. */
static uint64_t
paths_sum(const Tally *t)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		uint64_t	path = 0;

		for (int k = 0; k < TALLY_MAX_KEYS; k++)
		{
			JourneyLabel label;

			if (tally_keys(row)[k] == TALLY_MARK_END)
				break;
			tally_label_get(t, (uint32_t) tally_keys(row)[k], &label);
			path = mix(path, journey_label_key(&label));
		}
		sum += path * (uint64_t) tally_counters(t, row)[TC_PATHS_COUNT];
	}
	return sum;
}

static uint64_t
paths_all(const Store *store)
{
	counted = count_paths(store);
	return 0;
}

static uint64_t
paths_checksum(const Store *store)
{
	uint64_t	sum = paths_sum(counted);

	(void) store;
	free(counted);
	counted = NULL;
	return sum;
}

static uint64_t
paths_expected(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		uint64_t	path = 0;

		for (uint64_t k = store->first[i]; k < store->first[i + 1] && k < store->first[i] + DEPTH; k++)
			path = mix(path, journey_label_key(&store->names.labels[store->touch[k].label]));
		sum += path;
	}
	return sum;
}

/* The same in a table of paths beside a tally, which has the labels. */
static PathTable table;

static void
move_table(uint32_t words, uint32_t nslots)
{
	uint64_t   *before = table.slots;

	path_table_move(&table, allocate(1, path_table_size(words, nslots)), words, nslots);
	free(before);
}

static uint64_t
table_all(const Store *store)
{
	Tally	   *t = tally_make(TALLY_PATHS);
	LabelCache	cache;

	memset(&cache, 0, sizeof(cache));
	memset(&table, 0, sizeof(table));
	table.words = 1;
	move_table(1, PATH_TABLE_SLOTS);
	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;
		const uint8_t *p;
		uint64_t	path[PATH_WORDS] = {0};
		uint32_t	number[DEPTH];
		uint32_t	known = 0;
		uint32_t	n;

		open_journey(store, i, &v);
		n = v.count < DEPTH ? v.count : DEPTH;
		p = v.labels;
		for (uint32_t k = 0; k < n; k++)
		{
			uint32_t	code = journey_code(v.codes, v.code_bits, k);

			if (code == known)
			{
				int32_t		found;
				TallyFull	full;

				while ((found = label_cache_next(t, &cache, &p, &full)) < 0)
					t = tally_make_larger(t, full);
				number[known++] = (uint32_t) found + 1;
			}
			path_put(path, 1, (int) k, number[code]);
		}
		if (path_table_is_full(&table))
			move_table(1, 2 * table.nslots);
		(void) path_table_count(&table, path, 1);
	}
	counted = t;
	return 0;
}

static uint64_t
table_checksum(const Store *store)
{
	uint64_t	sum = 0;
	uint32_t	i = 0;
	const uint64_t *slot;

	(void) store;
	while ((slot = path_table_next(&table, &i)) != NULL)
	{
		uint64_t	path = 0;
		uint32_t	event;

		for (int k = 0; (event = path_event(slot, 1, k)) != 0; k++)
		{
			JourneyLabel label;

			tally_label_get(counted, event - 1, &label);
			path = mix(path, journey_label_key(&label));
		}
		sum += path * slot[1];
	}
	free(table.slots);
	table.slots = NULL;
	free(counted);
	counted = NULL;
	return sum;
}

/* -- packing and adding up --------------------------------------------------------- */

static uint64_t
pack(const Tally *t)
{
	size_t		size;
	Tally	   *packed = tally_make_packed(t, &size);
	uint64_t	sum = mix(size, journey_hash((const char *) packed, size));

	free(packed);
	return sum;
}

/* The same state, time and again: there is only one. */
static uint64_t
pack_all(const Store *store)
{
	uint64_t	sum = 0;

	(void) store;
	for (int i = 0; i < PARTS; i++)
		sum = pack(whole);
	return sum;
}

static uint64_t
pack_paths(const Store *store)
{
	(void) store;
	return pack(paths);
}

static Tally *
add_parts(void)
{
	Tally	   *sum = tally_make(TALLY_TRANSITIONS);

	for (int i = 0; i < PARTS; i++)
	{
		uint32_t	next = 0;
		bool		overflow;
		TallyFull	full;

		if (tally_merge_params(sum, parts[i]) >= 0)
			die("tallies do not go together");
		while ((full = tally_add(sum, parts[i], &next, &overflow)) != TALLY_OK)
			sum = tally_make_larger(sum, full);
		if (overflow)
			die("a counter is out of range");
	}
	return sum;
}

static uint64_t
merge_all(const Store *store)
{
	(void) store;
	counted = add_parts();
	return 0;
}

static uint64_t
merged_checksum(const Store *store)
{
	(void) store;
	return tally_checksum(add_parts());
}

/* Adding nothing but itself to an empty one gives the same paths. */
static uint64_t
pack_paths_expected(const Store *store)
{
	Tally	   *t = tally_make(TALLY_PATHS);
	uint32_t	next = 0;
	bool		overflow;
	TallyFull	full;

	(void) store;
	while ((full = tally_add(t, paths, &next, &overflow)) != TALLY_OK)
		t = tally_make_larger(t, full);
	return tally_checksum(t);
}

void
prepare_tally(const Store *store)
{
	customers = store->count;
	whole = count_transitions(store, 0, store->count);
	packed_rows = (uint64_t) whole->nrows * PARTS;
	for (int i = 0; i < PARTS; i++)
	{
		uint32_t	from = (uint32_t) ((uint64_t) store->count * (uint64_t) i / PARTS);
		uint32_t	to = (uint32_t) ((uint64_t) store->count * ((uint64_t) i + 1) / PARTS);
		Tally	   *part = count_transitions(store, from, to);
		size_t		size;

		parts[i] = tally_make_packed(part, &size);
		merged_rows += parts[i]->nrows;
		free(part);
	}
	paths = count_paths(store);
	path_rows = paths->nrows;
}

const Way	tally_ways[] = {
	{"paths", "table", "label_cache_next, path_table_count of the first 5 touchpoints", table_all, table_checksum, paths_expected, &customers, "customer"},
	{"paths", "rows", "tally_label, tally_row of the first 5 touchpoints", paths_all, paths_checksum, paths_expected, &customers, "customer"},
	{"tally", "pack", "tally_pack of transitions, 64 times", pack_all, NULL, merged_checksum, &packed_rows, "row"},
	{"tally", "pack_paths", "tally_pack of paths", pack_paths, NULL, pack_paths_expected, &path_rows, "row"},
	{"tally", "merge", "tally_add of 64 packed ones", merge_all, counted_checksum, pack_all, &merged_rows, "row"},
	{0}
};
