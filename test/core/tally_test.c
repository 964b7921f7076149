/*
 * tally_test.c
 *	  Random tallies against a naive model: growth, merging in any order, the
 *	  canonical form, quantiles, and the check of damaged bytes.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o tally_test \
 *		  test/core/tally_test.c src/core/tally.c src/core/journey_layout.c \
 *		  src/core/wellknown.c
 *	  ./tally_test [seed]
 *
 * Prints "ok", or where it failed and the seed.
 */
#include "core/tally.h"
#include "core/wellknown.h"
#include "tally_support.h"
#include "test.h"

/* -- a tally with the memory it stands in --------------------------------- */

static Tally *
create(int kind)
{
	Tally	   *t = calloc(1, tally_initial_size(kind));

	tally_init(t, kind);
	return t;
}

static Tally *
enlarge(Tally *t, TallyFull what, uint32_t room)
{
	size_t		size = tally_grown_size(t, what, room);
	Tally	   *larger;

	REQUIRE(size > 0);
	larger = calloc(1, size);
	tally_grow(larger, t, what, room);
	REQUIRE(tally_check(larger, size));
	free(t);
	return larger;
}

static size_t
size_of(const Tally *t)
{
	return (size_t) t->text_off + t->text_cap;
}

static Tally *
copy(const Tally *t)
{
	Tally	   *c = malloc(size_of(t));

	memcpy(c, t, size_of(t));
	return c;
}

static void
merge(Tally **dst, const Tally *src)
{
	uint32_t	next = 0;
	bool		overflow;
	TallyFull	full;

	REQUIRE(tally_merge_params(*dst, src) < 0);
	while ((full = tally_add(*dst, src, &next, &overflow)) != TALLY_OK)
		*dst = enlarge(*dst, full, 0);
	REQUIRE(!overflow);
}

/* -- the model: a list of everything that happened ------------------------- */

typedef struct Happening
{
	int64_t		keys[TALLY_MAX_KEYS];	/* of labels: number in `names`, or a
										 * mark */
	int			counter;		/* -1: a duration */
	int64_t		amount;			/* or how many times */
	int64_t		us;
} Happening;

static char names[700][JOURNEY_MAX_LABEL + 1];
static int	nnames;

static void
make_names(int n)
{
	nnames = n;
	for (int i = 0; i < n; i++)
	{
		size_t		len;
		uint16_t	id = (uint16_t) (i % wellknown_count);
		const char *known = wellknown_text(id, &len);

		/* well-known, with a detail, and plain, no two the same */
		if (i < (int) wellknown_count && i % 3 == 0)
			snprintf(names[i], sizeof(names[i]), "%.*s", (int) len, known);
		else if (i % 3 == 1)
			snprintf(names[i], sizeof(names[i]), "%.*s/%d", (int) len, known, i);
		else
			snprintf(names[i], sizeof(names[i]), "%0*d", 1 + (int) below(40) + 4, i);
	}
}

static int64_t
random_us(void)
{
	switch (below(8))
	{
		case 0:
			return 0;
		case 1:
			return (int64_t) (rnd() >> (1 + below(63)));
		default:
			return (int64_t) below(86400) * 1000000;
	}
}

static void
apply(Tally **t, int kind, const Happening *h)
{
	int64_t		keys[TALLY_MAX_KEYS];
	TallyRow   *row;
	TallyFull	full;

	for (int k = 0; k < tally_shape(kind)->nkeys; k++)
	{
		keys[k] = h->keys[k];
		if (k < tally_shape(kind)->label_keys && keys[k] >= 0)
		{
			JourneyLabel label;
			const char *text = names[h->keys[k]];

			journey_label_from_text(&label, text, strlen(text));
			while ((keys[k] = tally_label(*t, &label, &full)) < 0)
				*t = enlarge(*t, full, 0);
		}
	}
	while ((row = tally_row(*t, keys, &full)) == NULL)
		*t = enlarge(*t, full, 0);
	if (h->counter >= 0)
	{
		tally_counters(*t, row)[h->counter] += h->amount;
		return;
	}
	while ((full = tally_count_duration(*t, row, h->us, h->amount)) != TALLY_OK)
	{
		*t = enlarge(*t, full, 0);
		row = tally_row(*t, keys, &full);
		REQUIRE(row != NULL);
	}
}

static int
by_value(const void *a, const void *b)
{
	int64_t		x = *(const int64_t *) a;
	int64_t		y = *(const int64_t *) b;

	return (x > y) - (x < y);
}

/* Every row of the tally against the list. */
static void
compare(const Tally *t, int kind, const Happening *list, int n)
{
	int64_t    *us = malloc(8 * (size_t) (n + 1));
	int			seen = 0;

	for (uint32_t i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		int64_t		want[TALLY_MAX_COUNTERS] = {0};
		int64_t		keys[TALLY_MAX_KEYS];
		int			nus = 0;
		int			times = 0;

		for (int k = 0; k < t->nkeys; k++)
		{
			keys[k] = tally_keys(row)[k];
			if (k < tally_shape(kind)->label_keys && keys[k] >= 0)
			{
				JourneyLabel label;
				char		text[JOURNEY_MAX_LABEL];
				size_t		len;

				tally_label_get(t, (uint32_t) keys[k], &label);
				len = journey_label_text(&label, text);
				for (keys[k] = 0; keys[k] < nnames; keys[k]++)
				{
					if (strlen(names[keys[k]]) == len && memcmp(names[keys[k]], text, len) == 0)
						break;
				}
				REQUIRE(keys[k] < nnames);
			}
		}
		for (int j = 0; j < n; j++)
		{
			if (memcmp(list[j].keys, keys, 8 * (size_t) t->nkeys) != 0)
				continue;
			seen++;
			times++;
			if (list[j].counter >= 0)
				want[list[j].counter] += list[j].amount;
			else
				us[nus++] = list[j].us;
		}
		REQUIRE(times > 0);
		for (int c = 0; c < t->ncounters; c++)
			REQUIRE(tally_counters(t, row)[c] == want[c]);
		REQUIRE(tally_duration_count(t, row) == nus);
		qsort(us, (size_t) nus, 8, by_value);
		for (int q = 0; q <= 20 && nus > 0; q++)
		{
			double		p = q / 20.0;
			int			rank = (int) (p * nus);
			double		exact;
			double		got = tally_quantile(t, row, p);

			if (rank < p * nus)
				rank++;
			exact = (double) us[rank > 0 ? rank - 1 : 0];
			REQUIRE(got >= exact * 0.99 && got <= exact * 1.01);
		}
	}
	REQUIRE(seen == n);
	free(us);
}

static void
one_round(int kind, int n, int labels)
{
	Happening  *list = calloc((size_t) n, sizeof(Happening));
	Tally	   *whole = create(kind);
	Tally	   *part[5];
	Tally	   *sum;
	Tally	   *packed;
	Tally	   *other;
	size_t		size;
	size_t		other_size;

	make_names(labels);
	for (int i = 0; i < 5; i++)
		part[i] = create(kind);
	for (int i = 0; i < n; i++)
	{
		Happening  *h = &list[i];

		for (int k = 0; k < tally_shape(kind)->nkeys; k++)
			h->keys[k] = k < tally_shape(kind)->label_keys ?
				(int64_t) below((uint32_t) labels + 2) - 2 :
				(int64_t) below((uint32_t) labels / 4 + 1) * (below(2) ? 1 : -1000000007);
		h->amount = 1;
		h->counter = tally_shape(kind)->histogram && below(4) > 0 ? -1 :
			(int) below(tally_shape(kind)->ncounters);
		h->us = random_us();
		apply(&whole, kind, h);
		apply(&part[below(5)], kind, h);
	}
	REQUIRE(tally_check(whole, size_of(whole)));
	compare(whole, kind, list, n);
	packed = pack_tally(whole, &size);
	compare(packed, kind, list, n);

	/* packing again changes nothing */
	other = pack_tally(packed, &other_size);
	REQUIRE(size == other_size && memcmp(packed, other, size) == 0);
	free(other);

	/* parts in any order, packed or not, into any of them */
	for (int order = 0; order < 4; order++)
	{
		int			first = (int) below(5);

		sum = order & 1 ? pack_tally(part[first], &other_size) : copy(part[first]);
		for (int i = 1; i < 5; i++)
		{
			const Tally *add = part[(first + i * (1 + order)) % 5];

			if (below(2))
			{
				Tally	   *p = pack_tally(add, &other_size);

				merge(&sum, p);
				free(p);
			}
			else
				merge(&sum, add);
		}
		other = pack_tally(sum, &other_size);
		REQUIRE(size == other_size && memcmp(packed, other, size) == 0);
		free(other);
		free(sum);
	}

	/* damaged bytes are refused, or can be used */
	for (int i = 0; i < 300; i++)
	{
		Tally	   *bad = copy(i & 1 ? packed : whole);
		size_t		bad_size = size_of(bad);
		size_t		at = i < 150 ? below(sizeof(Tally) < bad_size ? sizeof(Tally) : 1)
		: below((uint32_t) bad_size);

		((uint8_t *) bad)[at] ^= (uint8_t) (1 << below(8));
		if (tally_check(bad, bad_size))
		{
			for (uint32_t r = 0; r < bad->nrows; r++)
				(void) tally_quantile(bad, tally_row_at(bad, r), 0.5);
			other = pack_tally(bad, &other_size);
			free(other);
		}
		REQUIRE(!tally_check(bad, bad_size - 1));
		free(bad);
	}
	for (int i = 0; i < 5; i++)
		free(part[i]);
	free(whole);
	free(packed);
	free(list);
}

static void
limits(void)
{
	Tally	   *t = create(TALLY_RETENTION);
	Tally	   *u;
	int64_t		keys[TALLY_MAX_KEYS] = {1, 2};
	uint32_t	next = 0;
	bool		overflow;
	TallyFull	full;
	JourneyLabel label;

	tally_counters(t, tally_row(t, keys, &full))[0] = INT64_MAX;
	u = copy(t);
	REQUIRE(tally_add(t, u, &next, &overflow) == TALLY_OK && overflow);
	free(t);
	free(u);

	/* more labels than a tally may hold */
	t = create(TALLY_TRANSITIONS);
	for (uint32_t i = 0; i < TALLY_MAX_LABELS; i++)
	{
		char		text[20];

		journey_label_from_text(&label, text, (size_t) snprintf(text, sizeof(text), "label %u", i));
		while (tally_label(t, &label, &full) < 0)
		{
			size_t		size = tally_grown_size(t, full, 0);

			REQUIRE(size > 0);
			u = calloc(1, size);
			tally_grow(u, t, full, 0);
			free(t);
			t = u;
		}
	}
	journey_label_from_text(&label, "one more", 8);
	REQUIRE(tally_label(t, &label, &full) < 0 && full == TALLY_FULL_LABELS);
	REQUIRE(tally_grown_size(t, full, 0) == 0);
	free(t);

	/* the ends of the buckets */
	REQUIRE(tally_bucket(0) == 0 && tally_bucket(-5) == 0 && tally_bucket(1) >= 1);
	REQUIRE(tally_bucket(INT64_MAX) < TALLY_BUCKETS);
	for (int i = 0; i < 100000; i++)
	{
		int64_t		us = (int64_t) (rnd() >> (1 + below(63)));
		double		middle = tally_bucket_middle(tally_bucket(us));

		REQUIRE(middle >= us * 0.9921 && middle <= us * 1.0079);
		REQUIRE(us == 0 || tally_bucket(us) >= tally_bucket(us - 1));
	}
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 1);
	wellknown_init();
	limits();
	for (int kind = TALLY_TRANSITIONS; kind <= TALLY_RETENTION; kind++)
	{
		one_round(kind, 0, 1);
		one_round(kind, 1, 1);
		for (int i = 0; i < 6; i++)
			one_round(kind, 1 + (int) below(3000), 1 + (int) below(30));
		one_round(kind, 2000, 600);
	}
	printf("ok\n");
	return 0;
}
