/*
 * typical_path_test.c
 *	  Typical paths against brute force: durations and their codes, paths and
 *	  their medians, folded and not, edit distances, and tallies that none of
 *	  ours made.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o typical_path_test \
 *		  test/core/typical_path_test.c src/core/[a-z]*.c -lm
 *	  ./typical_path_test [seed]
 */
#include "core/typical_path.h"
#include "core/wellknown.h"

#include <math.h>
#include <string.h>

#include "tally_support.h"
#include "test.h"

#define LABELS			12
#define MAX_CUSTOMERS	300

static long checks;

static void
relax(void)
{
}

/* -- durations ---------------------------------------------------------------- */

static void
check_duration(int64_t us)
{
	uint32_t	code = typical_code(us);
	int64_t		low = typical_duration(code);

	REQUIRE(code < (uint32_t) 1 << TYPICAL_CODE_BITS);
	REQUIRE(low <= us && (double) (us - low) <= (double) us * 0.00025);
	REQUIRE(typical_code(low) == code);
	/* beyond that, seconds as a double are not those of one microsecond */
	if (us < INT64_C(1) << 52)
		REQUIRE(tally_bucket(low) == tally_bucket(us));
	if (us < INT64_MAX)
		REQUIRE(typical_code(us + 1) >= code);
	checks++;
}

static void
durations(void)
{
	REQUIRE(typical_code(0) == 0 && typical_duration(0) == 0);
	REQUIRE(typical_code(INT64_MAX) < (uint32_t) 1 << TYPICAL_CODE_BITS);
	REQUIRE(typical_duration(typical_code(INT64_MAX)) > INT64_MAX / 5 * 4);
	for (int64_t us = 0; us < 20000; us++)
		check_duration(us);
	/* whole seconds stay what they are up to two hours, and so do whole days */
	for (int64_t s = 0; s < 8192; s++)
		REQUIRE(typical_duration(typical_code(s * 1000000)) == s * 1000000);
	for (int64_t day = 1; day <= 40; day++)
		check_duration(day * INT64_C(86400000000));
	for (int i = 0; i < 200000; i++)
		check_duration((int64_t) (rnd() >> (2 + below(60))));
}

/* -- a tally with the memory it stands in ---------------------------------------- */

static Tally *
create(void)
{
	Tally	   *t = calloc(1, tally_initial_size(TALLY_AVERAGE_JOURNEY));

	tally_init(t, TALLY_AVERAGE_JOURNEY);
	t->params[0] = TYPICAL_STEPS;
	return t;
}

static Tally *
enlarge(Tally *t, TallyFull what)
{
	size_t		size = tally_grown_size(t, what, 0);
	Tally	   *larger;

	REQUIRE(size > 0);
	larger = calloc(1, size);
	tally_grow(larger, t, what, 0);
	free(t);
	return larger;
}

static TallyRow *
row_of(Tally **t, const int64_t *keys)
{
	TallyFull	full;
	TallyRow   *row;

	while ((row = tally_row(*t, keys, &full)) == NULL)
		*t = enlarge(*t, full);
	return row;
}

static Tally *
sum(const Tally *a, const Tally *b)
{
	Tally	   *s = create();
	const Tally *parts[2] = {a, b};

	for (int i = 0; i < 2; i++)
	{
		uint32_t	next = 0;
		bool		overflow;
		TallyFull	full;

		while ((full = tally_add(s, parts[i], &next, &overflow)) != TALLY_OK)
			s = enlarge(s, full);
		REQUIRE(!overflow);
	}
	return s;
}

/* Ranks of the labels of a tally: "a" is 1, "b" 2 and so on. */
static void
ranks(const Tally *t, uint16_t *rank)
{
	for (uint32_t i = 0; i < t->nlabels; i++)
	{
		JourneyLabel label;
		char		text[JOURNEY_MAX_LABEL];

		tally_label_get(t, i, &label);
		REQUIRE(journey_label_text(&label, text) == 1);
		rank[i] = (uint16_t) (text[0] - 'a' + 1);
	}
}

static const char *
find(const Tally *t, const uint16_t *rank, TypicalPaths *all)
{
	all->rank = rank;
	all->paths = malloc((t->nrows + 1) * sizeof(TypicalPath));
	all->nslots = typical_slots(t);
	all->slots = calloc(all->nslots, sizeof(uint32_t));
	return typical_paths(t, all, relax);
}

static void
lose(TypicalPaths *all)
{
	free(all->paths);
	free(all->slots);
}

static Tally *
fold(const Tally *t, uint32_t least)
{
	uint16_t	rank[LABELS];
	TypicalPaths all;
	TypicalFold walk = {0, 0};
	Tally	   *folded = create();
	TallyFull	full;

	for (int i = 0; i < LABELS; i++)
		rank[i] = (uint16_t) (i + 1);
	REQUIRE(find(t, rank, &all) == NULL);
	while ((full = typical_fold(folded, t, &all, least, &walk, relax)) != TALLY_OK)
		folded = enlarge(folded, full);
	lose(&all);

	/* no path is in both forms, none that ought to be folded is not */
	REQUIRE(find(folded, rank, &all) == NULL);
	for (uint32_t i = 0; i < all.npaths; i++)
		REQUIRE(all.paths[i].rows < (all.paths[i].folded ? 1 : least));
	lose(&all);
	return folded;
}

/* -- paths, against a list of customers ------------------------------------------- */

typedef struct TypicalCustomer
{
	int			n;
	uint8_t		steps[TYPICAL_STEPS];	/* from 1 */
	int64_t		gaps[TYPICAL_STEPS];
	bool		continued;
} TypicalCustomer;

static TypicalCustomer customers[MAX_CUSTOMERS];
static int	ncustomers;

static bool
same_path(const TypicalCustomer *a, const TypicalCustomer *b)
{
	return a->n == b->n && memcmp(a->steps, b->steps, (size_t) a->n) == 0;
}

static void
count(Tally **t, const TypicalCustomer *c)
{
	int64_t		keys[TALLY_MAX_KEYS];
	int64_t    *counters;

	for (int i = 0; i < TYPICAL_STEPS; i++)
	{
		char		text = (char) ('a' + c->steps[i] - 1);
		JourneyLabel label;
		TallyFull	full;

		keys[i] = TALLY_MARK_END;
		if (i >= c->n)
			continue;
		journey_label_from_text(&label, &text, 1);
		while ((keys[i] = tally_label(*t, &label, &full)) < 0)
			*t = enlarge(*t, full);
	}
	typical_times(keys, c->n, c->gaps);
	counters = tally_counters(*t, row_of(t, keys));
	counters[TC_AVERAGE_CUSTOMERS]++;
	counters[TC_AVERAGE_CONTINUED] += c->continued;
}

static int
int64_cmp(const void *x, const void *y)
{
	int64_t		a = *(const int64_t *) x;
	int64_t		b = *(const int64_t *) y;

	return a < b ? -1 : a > b;
}

/* All that a tally says of its paths is what the list says. */
static void
compare(const Tally *t)
{
	uint16_t	rank[LABELS];
	TypicalPaths all;
	int64_t		seen = 0;

	ranks(t, rank);
	REQUIRE(find(t, rank, &all) == NULL);
	for (uint32_t i = 0; i < all.npaths; i++)
	{
		const TypicalPath *path = &all.paths[i];
		int			n = typical_length(path);
		TypicalCustomer key = {n, {0}, {0}, false};
		int64_t		times[TYPICAL_CLOCKS][TYPICAL_STEPS][MAX_CUSTOMERS];
		double		medians[TYPICAL_PLACES + 1];
		static int64_t counts[TYPICAL_PLACES * TALLY_BUCKETS];
		int			found = 0;
		int			continued = 0;

		for (int step = 0; step < n; step++)
			key.steps[step] = (uint8_t) typical_step(path, step);
		for (int k = 0; k < ncustomers; k++)
		{
			int64_t		from_first = 0;

			if (!same_path(&customers[k], &key))
				continue;
			for (int step = 1; step < n; step++)
			{
				from_first += customers[k].gaps[step];
				times[FROM_PREVIOUS][step][found] = customers[k].gaps[step];
				times[FROM_FIRST][step][found] = from_first;
			}
			found++;
			continued += customers[k].continued;
		}
		REQUIRE(path->customers == found && path->continued == continued);
		memset(counts, 0, sizeof(counts));
		REQUIRE(typical_medians(t, rank, path, counts, relax, medians));
		for (int clock = 0; clock < TYPICAL_CLOCKS; clock++)
		{
			for (int step = 1; step < n; step++)
			{
				int64_t		want;
				double		got = medians[typical_place((TypicalClock) clock, step)];

				qsort(times[clock][step], (size_t) found, sizeof(int64_t), int64_cmp);
				want = times[clock][step][(found - 1) / 2];
				REQUIRE(fabs(got - (double) want) <= 0.01 * (double) want);
				if (clock == FROM_PREVIOUS)
					REQUIRE(got == tally_bucket_middle(tally_bucket(want)));
				checks++;
			}
		}
		seen += found;
		for (uint32_t k = 0; k < i; k++)
			REQUIRE(all.paths[k].high != path->high || all.paths[k].low != path->low);
	}
	REQUIRE(seen == ncustomers && all.customers == ncustomers);
	lose(&all);
}

static void
one_round(void)
{
	int			labels = 2 + (int) below(LABELS - 1);
	int			longest = 1 + (int) below(TYPICAL_STEPS);
	int			kinds = 1 + (int) below(3);
	Tally	   *whole = create();
	Tally	   *parts[2] = {create(), create()};
	Tally	   *folded[2];
	Tally	   *sums[4];
	Tally	   *twice;
	Tally	   *packed;
	size_t		size;

	ncustomers = 1 + (int) below(below(4) > 0 ? 40 : MAX_CUSTOMERS);
	for (int k = 0; k < ncustomers; k++)
	{
		TypicalCustomer *c = &customers[k];

		memset(c, 0, sizeof(*c));
		c->n = 1 + (int) below((uint32_t) longest);
		/* many with the same path, and some of these with the same times */
		if (k > 0 && below(2) > 0)
		{
			*c = customers[below((uint32_t) k)];
			if (below(3) == 0)
				continue;
		}
		for (int i = 0; i < c->n; i++)
		{
			while (c->steps[i] == 0 || (i > 0 && c->steps[i] == c->steps[i - 1]))
				c->steps[i] = (uint8_t) (1 + below((uint32_t) labels));
			c->gaps[i] = i == 0 ? 0 : kinds == 1 ? (int64_t) below(4) * 1000000 :
				(int64_t) (rnd() >> (kinds == 2 ? 30 : 16 + below(48)));
		}
		c->continued = c->n == TYPICAL_STEPS && below(2) > 0;
	}
	for (int k = 0; k < ncustomers; k++)
	{
		count(&whole, &customers[k]);
		count(&parts[below(2)], &customers[k]);
	}
	compare(whole);
	packed = pack_tally(whole, &size);
	compare(packed);
	folded[0] = fold(whole, 1 + below(4));
	compare(folded[0]);
	free(packed);
	packed = pack_tally(folded[0], &size);
	compare(packed);
	twice = fold(packed, 1);
	compare(twice);
	REQUIRE(twice->nrows == 0 || tally_keys(tally_row_at(twice, 0))[TYPICAL_STEPS] < 0);
	folded[1] = fold(parts[1], 1 + below(4));
	sums[0] = sum(parts[0], parts[1]);
	sums[1] = sum(parts[0], folded[1]);
	sums[2] = sum(folded[1], parts[0]);
	sums[3] = fold(sums[2], 2);
	for (int i = 0; i < 4; i++)
	{
		compare(sums[i]);
		free(sums[i]);
	}
	for (int i = 0; i < 2; i++)
	{
		free(parts[i]);
		free(folded[i]);
	}
	free(whole);
	free(packed);
	free(twice);
}

/* -- distances ------------------------------------------------------------------- */

static int
levenshtein(const TypicalPath *a, const TypicalPath *b)
{
	int			d[TYPICAL_STEPS + 1][TYPICAL_STEPS + 1];
	int			n = typical_length(a);
	int			m = typical_length(b);

	for (int i = 0; i <= n; i++)
	{
		for (int j = 0; j <= m; j++)
		{
			if (i == 0 || j == 0)
			{
				d[i][j] = i + j;
				continue;
			}
			d[i][j] = d[i - 1][j - 1] + (typical_step(a, i - 1) != typical_step(b, j - 1));
			if (d[i - 1][j] + 1 < d[i][j])
				d[i][j] = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < d[i][j])
				d[i][j] = d[i][j - 1] + 1;
		}
	}
	return d[n][m];
}

static int
path_cmp(const void *x, const void *y)
{
	const TypicalPath *a = x;
	const TypicalPath *b = y;

	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return a->low < b->low ? -1 : a->low > b->low;
}

static void
distances(void)
{
	enum
	{
		MAX = 60
	};
	TypicalPath paths[MAX];
	TypicalText texts[MAX];
	uint64_t   *masks = calloc(65536, sizeof(uint64_t));
	uint32_t	numbers = below(3) == 0 ? 65535 : 2 + below(5);
	int			n = 0;

	for (int k = 0; k < MAX; k++)
	{
		int			length = 1 + (int) below(TYPICAL_STEPS);

		memset(&paths[n], 0, sizeof(TypicalPath));
		for (int i = 0; i < length; i++)
		{
			uint64_t	step = 1 + below(numbers);

			*(i < 4 ? &paths[n].high : &paths[n].low) |= step << (48 - 16 * (i % 4));
		}
		REQUIRE(typical_length(&paths[n]) == length);
		paths[n].customers = below(4) > 0 ? 1 + below(3) : (int64_t) (rnd() >> (8 + below(50)));
		n += paths[n].customers > 0;
	}
	qsort(paths, (size_t) n, sizeof(TypicalPath), path_cmp);
	for (int i = 1, kept = 1, all = n; i < all; i++)
	{
		if (path_cmp(&paths[i], &paths[kept - 1]) != 0)
			paths[kept++] = paths[i];
		n = kept;
	}
	for (int i = 0; i < n; i++)
		typical_text(&texts[i], &paths[i], i > 0 ? &paths[i - 1] : NULL);
	for (int i = 0; i < n;)
	{
		int			lanes = 1 + (int) below(TYPICAL_LANES);
		const TypicalPath *candidates[TYPICAL_LANES];
		int64_t		sums[TYPICAL_LANES];

		if (lanes > n - i)
			lanes = n - i;
		for (int k = 0; k < lanes; k++)
			candidates[k] = &paths[i + k];
		typical_distances(texts, (size_t) n, candidates, lanes, masks, sums);
		for (int k = 0; k < lanes; k++)
		{
			int64_t		want = 0;

			for (int j = 0; j < n; j++)
				want += paths[j].customers * levenshtein(candidates[k], &paths[j]);
			REQUIRE(sums[k] == want);
			checks++;
		}
		i += lanes;
	}
	for (int i = 0; i < 65536; i++)
		REQUIRE(masks[i] == 0);
	free(masks);
}

/* -- tallies that none of ours made ------------------------------------------------ */

/* Two events, a and b; the path is a, b, a, ... of n steps. */
static void
path_keys(int64_t *keys, int n)
{
	for (int i = 0; i < TYPICAL_STEPS; i++)
		keys[i] = i < n ? i % 2 : TALLY_MARK_END;
	keys[TYPICAL_STEPS] = keys[TYPICAL_STEPS + 1] = 0;
}

/* Something is wrong with a row of these keys and counters. */
static void
refused(const int64_t *keys, int64_t customers, int64_t continued, int64_t steps, int64_t times)
{
	uint16_t	rank[2] = {1, 2};
	Tally	   *t = create();
	TypicalPaths all;
	TallyRow   *row;
	int64_t    *counters;

	for (char c = 'a'; c <= 'b'; c++)
	{
		JourneyLabel label;
		TallyFull	full;

		journey_label_from_text(&label, &c, 1);
		REQUIRE(tally_label(t, &label, &full) == c - 'a');
	}
	t->params[0] = steps;
	row = row_of(&t, keys);
	counters = tally_counters(t, row);
	counters[TC_AVERAGE_CUSTOMERS] = customers;
	counters[TC_AVERAGE_CONTINUED] = continued;
	if (times > 0)
		REQUIRE(tally_count_duration(t, row, 5, times) == TALLY_OK);
	REQUIRE(find(t, rank, &all) != NULL);
	lose(&all);
	free(t);
	checks++;
}

static void
damaged(void)
{
	int64_t		keys[TALLY_MAX_KEYS];

	path_keys(keys, 0);
	refused(keys, 1, 0, 8, 0);
	path_keys(keys, 3);
	refused(keys, 1, 0, 2, 0);
	refused(keys, 1, 0, 0, 0);
	refused(keys, 1, 0, 9, 0);
	refused(keys, 0, 0, 8, 0);
	refused(keys, 1, 1, 8, 0);
	refused(keys, 1, 2, 3, 0);
	refused(keys, 1, 0, 8, 1);
	refused(keys, TYPICAL_MAX_CUSTOMERS + 1, 0, 8, 0);
	keys[1] = 0;
	refused(keys, 1, 0, 8, 0);
	path_keys(keys, 3);
	keys[4] = 0;
	refused(keys, 1, 0, 8, 0);
	path_keys(keys, 3);
	keys[3] = TALLY_MARK_START;
	refused(keys, 1, 0, 8, 0);
	path_keys(keys, 3);
	keys[TYPICAL_STEPS] = INT64_C(1) << 40;
	refused(keys, 1, 0, 8, 0);
	keys[TYPICAL_STEPS] = (1 << TYPICAL_CODE_BITS) - 1;
	refused(keys, 1, 0, 8, 0);
	keys[TYPICAL_STEPS] = 0;
	keys[TYPICAL_STEPS + 1] = 1;
	refused(keys, 1, 0, 8, 0);
	keys[TYPICAL_STEPS + 1] = INT64_MIN;
	refused(keys, 1, 0, 8, 0);
	/* folded rows */
	path_keys(keys, 3);
	keys[TYPICAL_STEPS] = -1;
	refused(keys, 1, 0, 8, 1);
	refused(keys, 0, 0, 8, 0);
	keys[TYPICAL_STEPS + 1] = 1;
	refused(keys, 1, 0, 8, 0);
	keys[TYPICAL_STEPS + 1] = 0;
	keys[TYPICAL_STEPS] = -2;
	refused(keys, 1, 0, 8, 1);
	refused(keys, 0, 0, 8, 1);
	keys[TYPICAL_STEPS] = -1 - (TYPICAL_PLACES + 1);
	refused(keys, 0, 0, 8, 1);
	keys[TYPICAL_STEPS] = INT64_MIN;
	refused(keys, 0, 0, 8, 1);
	keys[TYPICAL_STEPS] = -1 - typical_place(FROM_FIRST, 3);
	refused(keys, 0, 0, 8, 1);
}

/* Histograms that hold more or fewer times than there are customers. */
static void
unequal(void)
{
	for (int64_t times = 1; times <= 3; times++)
	{
		uint16_t	rank[2] = {1, 2};
		Tally	   *t = create();
		int64_t		keys[TALLY_MAX_KEYS];
		int64_t    *counts = calloc(TYPICAL_PLACES * TALLY_BUCKETS, sizeof(int64_t));
		double		medians[TYPICAL_PLACES + 1];
		TypicalPaths all;

		for (char c = 'a'; c <= 'b'; c++)
		{
			JourneyLabel label;
			TallyFull	full;

			journey_label_from_text(&label, &c, 1);
			REQUIRE(tally_label(t, &label, &full) == c - 'a');
		}
		path_keys(keys, 2);
		keys[TYPICAL_STEPS] = -1;
		tally_counters(t, row_of(&t, keys))[TC_AVERAGE_CUSTOMERS] = 2;
		for (int clock = 0; clock < TYPICAL_CLOCKS; clock++)
		{
			keys[TYPICAL_STEPS] = -1 - typical_place((TypicalClock) clock, 1);
			REQUIRE(tally_count_duration(t, row_of(&t, keys), 3, clock == 0 ? 2 : times) == TALLY_OK);
		}
		REQUIRE(find(t, rank, &all) == NULL && all.npaths == 1);
		REQUIRE(typical_medians(t, rank, &all.paths[0], counts, relax, medians) == (times == 2));
		lose(&all);
		free(counts);
		free(t);
		checks++;
	}
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 20261102);
	wellknown_init();
	durations();
	for (int round = 0; round < 120; round++)
		one_round();
	for (int round = 0; round < 500; round++)
		distances();
	damaged();
	unequal();
	printf("ok: typical paths, %ld checks, seed %llu\n", checks, (unsigned long long) seed);
	return 0;
}
