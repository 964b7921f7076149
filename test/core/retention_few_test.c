/*
 * retention_few_test.c
 *	  Lists of activities, and the matrix that comes after them, against a tally
 *	  whose rows are counted one by one: the same canonical bytes, for cohorts
 *	  near and far, any periods, lists of every length, longer ones and appended
 *	  ones, matrices of any size.
 *
 *	  ./retention_few_test [seed]
 *
 * Prints "ok", or where it failed and the seed.
 */
#include "core/retention_matrix.h"
#include "tally_support.h"
#include "test.h"

static int64_t *
counters_of(Tally **t, int64_t cohort, int period)
{
	int64_t		keys[TALLY_MAX_KEYS] = {cohort, period};
	TallyFull	full;
	TallyRow   *row;

	while ((row = tally_row(*t, keys, &full)) == NULL)
	{
		size_t		size = tally_grown_size(*t, full, 0);
		Tally	   *larger = calloc(1, size);

		tally_grow(larger, *t, full, 0);
		free(*t);
		*t = larger;
	}
	return tally_counters(*t, row);
}

/* What an activity means, period by period. */
static void
count(Tally **t, int64_t cohort, uint64_t periods)
{
	int			first = 0;
	int			last = 0;
	int			streak = 0;
	bool		unbroken = true;

	for (int n = 0; n < RETENTION_FEW_PERIODS; n++)
	{
		if ((periods >> n & 1) == 0)
		{
			unbroken = false;
			continue;
		}
		counters_of(t, cohort, n)[TC_RETENTION_ACTIVE]++;
		if (n > 0 && first == 0)
			first = n;
		last = n;
		if (unbroken)
			streak = n;
	}
	if (first > 0)
		counters_of(t, cohort, first)[TC_RETENTION_FIRST]++;
	counters_of(t, cohort, last)[TC_RETENTION_LAST]++;
	counters_of(t, cohort, streak)[TC_RETENTION_STREAK]++;
}

static Tally *
pack_few(const Tally *t, size_t *size)
{
	void	   *scratch = malloc(retention_few_scratch(t));
	Tally	   *packed;

	*size = retention_few_measure(t, scratch);
	packed = calloc(1, *size);
	retention_few_pack(packed, t, scratch);
	free(scratch);
	REQUIRE(tally_check(packed, *size));
	return packed;
}

static Tally *
create(size_t size)
{
	Tally	   *t = calloc(1, size);

	retention_few_init(t, size);
	REQUIRE(is_retention_few(t) && t->packed && retention_few(t)->room == retention_few_room(size));
	return t;
}

static uint64_t
random_periods(void)
{
	switch (below(6))
	{
		case 0:
			return 1;
		case 1:
			return rnd() | 1;
		case 2:
			return ~UINT64_C(0) >> below(64);
		case 3:
			return UINT64_C(1) << below(64) | 1;
		default:
			return (rnd() & rnd() & rnd()) >> below(64) | 1;
	}
}

static int32_t
random_cohort(uint32_t spread)
{
	switch (spread)
	{
		case 0:
			return 7;
		case 1:
			return -40 + 7 * (int32_t) below(60);
		case 2:
			return -3000 + (int32_t) below(60000);
		case 3:
			return (int32_t) below(1 << 24) - (1 << 23);
		default:
			return (int32_t) rnd();
	}
}

static void
one_round(uint32_t n)
{
	uint32_t	spread = below(5);
	size_t		bytes = RETENTION_FEW_BYTES;
	Tally	   *few = create(bytes);
	Tally	   *other = create(RETENTION_FEW_MAX);
	Tally	   *rows = calloc(1, tally_initial_size(TALLY_RETENTION));
	size_t		size;
	size_t		few_size;
	Tally	   *packed;
	Tally	   *packed_few;
	uint32_t	in_other = 0;

	tally_init(rows, TALLY_RETENTION);
	for (int i = 0; i < TALLY_PARAMS; i++)
		few->params[i] = rows->params[i] = (int64_t) below(100);
	for (uint32_t i = 0; i < n; i++)
	{
		int32_t		cohort = random_cohort(spread);
		uint64_t	periods = random_periods();

		count(&rows, cohort, periods);
		if (below(3) == 0)
		{
			REQUIRE(retention_few_add(other, cohort, periods));
			in_other++;
			continue;
		}
		while (!retention_few_add(few, cohort, periods))
		{
			Tally	   *longer = create(bytes *= 2);

			REQUIRE(bytes <= RETENTION_FEW_MAX);
			REQUIRE(retention_few(few)->count == retention_few_room(bytes / 2));
			retention_few_copy(longer, few);
			free(few);
			few = longer;
		}
	}
	while (!retention_few_append(few, other))
	{
		Tally	   *longer = create(bytes *= 2);

		REQUIRE(retention_few(few)->count == n - in_other);
		retention_few_copy(longer, few);
		free(few);
		few = longer;
	}
	REQUIRE(retention_few(few)->count == n);

	packed = pack_tally(rows, &size);
	packed_few = pack_few(few, &few_size);
	REQUIRE(size == few_size && memcmp(packed, packed_few, size) == 0);
	free(packed);
	free(packed_few);
	free(few);
	free(other);
	free(rows);
}

/* A matrix of n customers, some of whom a list had, with room as it is needed. */
static Tally *
larger_matrix(const Tally *t)
{
	uint32_t	room = is_retention_matrix(t) ? 2 * retention_matrix(t)->room : 1;

	for (; room <= RETENTION_MATRIX_COHORTS; room *= 2)
	{
		Tally	   *larger = calloc(1, retention_matrix_size(room));

		if (retention_matrix_start(larger, t, room))
		{
			REQUIRE(is_retention_few(larger) && is_retention_matrix(larger) && larger->packed);
			return larger;
		}
		free(larger);
	}
	return NULL;
}

static void
matrix_round(uint32_t listed, uint32_t n)
{
	uint32_t	spread = below(2);
	int32_t		cohorts = 1 + (int32_t) below(600);
	Tally	   *t = create(RETENTION_FEW_MAX);
	Tally	   *rows = calloc(1, tally_initial_size(TALLY_RETENTION));
	Tally	   *larger;
	Tally	   *packed;
	Tally	   *expected;
	size_t		size;
	size_t		expected_size;
	void	   *scratch;

	tally_init(rows, TALLY_RETENTION);
	for (int i = 0; i < TALLY_PARAMS; i++)
		t->params[i] = rows->params[i] = (int64_t) below(100);
	for (uint32_t i = 0; i < n; i++)
	{
		int32_t		cohort = spread == 0 ? random_cohort(below(2)) : 31 * (int32_t) below((uint32_t) cohorts) - 9000;
		uint64_t	periods = random_periods() & INT64_MAX;
		int			place;

		if (i < listed)
			REQUIRE(retention_few_add(t, cohort, periods));
		else
		{
			if (!is_retention_matrix(t))
			{
				larger = larger_matrix(t);
				if (larger == NULL)
					break;
				free(t);
				t = larger;
			}
			place = retention_matrix_cohort(t, cohort);
			if (place < 0)
			{
				larger = larger_matrix(t);
				if (larger == NULL)
					break;
				free(t);
				t = larger;
				place = retention_matrix_cohort(t, cohort);
			}
			REQUIRE(place >= 0 && retention_matrix(t)->cohorts[place].key == cohort);
			retention_matrix_count(t, &retention_matrix(t)->cohorts[place], periods);
			REQUIRE(retention_matrix(t)->customers == i + 1);
		}
		count(&rows, cohort, periods);
	}
	expected = pack_tally(rows, &expected_size);
	if (!is_retention_matrix(t))
		packed = pack_few(t, &size);
	else
	{
		scratch = malloc(retention_matrix_scratch(t));
		size = retention_matrix_measure(t, scratch);
		packed = calloc(1, size);
		retention_matrix_pack(packed, t, scratch);
		free(scratch);
		REQUIRE(tally_check(packed, size));
	}
	REQUIRE(size == expected_size && memcmp(packed, expected, size) == 0);
	free(packed);
	free(expected);
	free(rows);
	free(t);
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 1);
	for (uint32_t n = 0; n < 100; n++)
		one_round(n);
	for (int i = 0; i < 40; i++)
		one_round(below(671));
	retention_matrix_init();
	for (uint32_t n = 0; n < 20; n++)
		matrix_round(below(n + 1), n);
	for (int i = 0; i < 20; i++)
		matrix_round(below(671), 671 + below(6000));
	printf("ok\n");
	return 0;
}
