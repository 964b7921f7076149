/*
 * journey_seconds_test.c
 *	  Times many at a time, and the calendar's entries of them, against the plain
 *	  walk and looking through the list.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o journey_seconds_test \
 *		  test/core/journey_seconds_test.c src/core/[a-z]*.c -lm
 *	  ./journey_seconds_test [seed]
 *
 * Every value stands in a piece of memory of its own, with the one byte of a
 * short header before it, and so do the lists of a calendar.  Prints "ok", or
 * where it failed and the seed.
 */
#include "core/journey_seconds.h"
#include "core/wellknown.h"

#include "journey_support.h"
#include "test.h"

#define MAX_TOUCH	1000
#define MAX_ENTRIES	4000
#define BLOCK		128
#define SECOND		INT64_C(1000000)

/* -- journeys ------------------------------------------------------------------ */

/* A journey with these times, in seconds, and its view; to be freed. */
static uint8_t *
make_journey(JourneyView *v, const int64_t *times, uint32_t count)
{
	static const char *const names[] = {"page_view", "view_item", "purchase", "a", "b", "c"};
	static JourneyTouch touch[MAX_TOUCH];
	JourneyLabel labels[6];
	JourneySource source = {touch, count, labels, 1 + below(6), NULL, 0, NULL};
	uint8_t    *memory;

	for (uint32_t i = 0; i < 6; i++)
		journey_label_from_text(&labels[i], names[i], strlen(names[i]));
	for (uint32_t i = 0; i < count; i++)
	{
		touch[i].at = times[i] * SECOND;
		touch[i].label = (uint16_t) below(source.nlabels);
		touch[i].channel = 0;
		touch[i].seq = i;
	}
	memory = encode_journey(&source, v);
	REQUIRE(v->unit == 0);
	return memory;
}

/* -- calendars ----------------------------------------------------------------- */

/* A list over a zone that changes its offset now and then, mostly by an hour. */
static void
make_calendar(Calendar *c)
{
	static int64_t starts[MAX_ENTRIES + 1];
	static int32_t ordinals[MAX_ENTRIES];
	int64_t		from = ((int64_t) below(20000) - 5000) * CALENDAR_DAY_US + below(86400) * SECOND;
	int64_t		offset = ((int64_t) below(97) - 48) * 900 * SECOND;
	bool		zone = below(4) > 0;
	int64_t		days;

	memset(c, 0, sizeof(*c));
	c->rule.period = (uint8_t) (1 + below(3));
	c->rule.week_start = c->rule.period == CALENDAR_WEEK ? (uint8_t) (1 + below(7)) : 0;
	c->rule.count = below(2) > 0 ? 1 : 1 + (int32_t) below(below(2) > 0 ? 14 : 200);
	c->allocated = MAX_ENTRIES;
	c->starts = starts;
	c->ordinals = ordinals;
	days = calendar_longest(c->rule) * (3 + below(below(2) > 0 ? 80 : 1000));
	if (days > 24000)
		days = 24000;
	for (int64_t at = from, to = from + days * CALENDAR_DAY_US; at < to;)
	{
		int64_t		end = zone ? at + (50 + below(300)) * CALENDAR_DAY_US + below(86400) * SECOND : to;

		/* at any time of the day, so sometimes over midnight */
		if (end > to)
			end = to;
		REQUIRE(calendar_fill(c, at, end, offset));
		at = end;
		offset += ((int64_t) below(3) - 1) * (below(9) > 0 ? 3600 : 86400) * SECOND;
	}
	c->starts = malloc(sizeof(int64_t) * (c->count + 1));
	c->ordinals = malloc(sizeof(int32_t) * c->count);
	c->seconds = malloc(sizeof(uint32_t) * (c->count + 1));
	c->runs = malloc(sizeof(CalendarRun) * c->count);
	memcpy(c->starts, starts, sizeof(int64_t) * (c->count + 1));
	memcpy(c->ordinals, ordinals, sizeof(int32_t) * c->count);
	calendar_measure(c);
}

static void
free_calendar(Calendar *c)
{
	free(c->starts);
	free(c->ordinals);
	free(c->seconds);
	free(c->runs);
}

static uint32_t
look_up(const Calendar *c, uint32_t seconds)
{
	int64_t		at = c->starts[0] + seconds * SECOND;
	uint32_t	low = 0;
	uint32_t	high = c->count;

	while (high - low > 1)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (c->starts[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* -- times ----------------------------------------------------------------------- */

/* In blocks of any size, against a cursor.  Returns whether it could. */
static bool
check_seconds(const JourneyView *v, uint32_t first)
{
	JourneySeconds walk;
	JourneyCursor cursor;
	bool		has_long = false;

	for (uint32_t i = 0; i + 1 < v->count; i++)
		has_long |= journey_gap_len(v->gap_codes, journey_gap_length[0], i) > 3;
	journey_first(&cursor, v);
	REQUIRE(journey_next(&cursor));
	journey_seconds_first(&walk, v, first);
	REQUIRE(walk.left == v->count - 1);
	while (walk.left > 0)
	{
		uint32_t	n = 4 * (1 + below(BLOCK / 4));
		uint32_t   *out;

		if (n > walk.left)
			n = walk.left;
		out = malloc(sizeof(uint32_t) * JOURNEY_SECONDS_ROOM(n));
		if (!journey_seconds_next(&walk, n, out))
		{
			REQUIRE(has_long);
			free(out);
			return false;
		}
		for (uint32_t i = 0; i < JOURNEY_SECONDS_ROOM(n); i++)
		{
			if (i < n)
				REQUIRE(journey_next(&cursor));
			REQUIRE(out[i] == (uint32_t) ((uint64_t) cursor.time - (uint64_t) v->base + first));
		}
		REQUIRE(walk.last == out[n - 1]);
		free(out);
	}
	REQUIRE(!has_long && !journey_next(&cursor));
	return true;
}

static void
test_seconds(void)
{
	static const uint32_t spans[] = {1, 200, 300, 70000, 1 << 24, 20000000, UINT32_MAX};
	static int64_t times[MAX_TOUCH];
	int			done = 0;

	for (int round = 0; round < 20000; round++)
	{
		uint32_t	count = 1 + below(below(20) > 0 ? 40 : MAX_TOUCH);
		uint32_t	most = 1 + below(7);
		JourneyView v;
		uint8_t    *memory;

		times[0] = (int64_t) (rnd() >> 40) - 1000000;
		for (uint32_t i = 1; i < count; i++)
			times[i] = times[i - 1] + below(spans[below(below(9) > 0 ? most < 4 ? most : 4 : most)]);
		memory = make_journey(&v, times, count);
		done += check_seconds(&v, below(INT32_MAX));
		free(memory);
	}
	REQUIRE(done > 10000 && done < 19900);
}

/* -- entries ----------------------------------------------------------------------- */

static int	sets_made;
static int	sets_of_zones;		/* with an entry of another length in it */

static void
check_entries(const Calendar *c, const uint32_t *seconds, uint32_t count)
{
	uint32_t   *padded = malloc(sizeof(uint32_t) * JOURNEY_SECONDS_ROOM(count));
	uint32_t   *entries = malloc(sizeof(uint32_t) * JOURNEY_SECONDS_ROOM(count));

	for (uint32_t i = 0; i < JOURNEY_SECONDS_ROOM(count); i++)
		padded[i] = seconds[i < count ? i : count - 1];
	calendar_entries(c, padded, count, entries);
	for (uint32_t i = 0; i < JOURNEY_SECONDS_ROOM(count); i++)
	{
		REQUIRE(entries[i] == look_up(c, padded[i]));
		REQUIRE(calendar_entry_at(c, padded[i]) == entries[i]);
	}
	free(padded);
	free(entries);
}

/*
 * The set is that of all touchpoints, or 0; and not 0 if the journey ends in
 * time, the processor can, and there is room before the gaps.
 */
static void
check_set(const Calendar *c, const JourneyView *v, const uint32_t *seconds, uint32_t count)
{
	uint32_t	first = look_up(c, seconds[0]);
	uint32_t	last = seconds[count - 1];
	uint32_t	end = below(2) > 0 ? UINT32_MAX : below(3) > 0 ? last : seconds[below(count)];
	uint32_t	set = journey_entry_set(v, c, first, seconds[0], end);
	int64_t		length = calendar_shortest(c->rule) * 86400;
	bool		other = false;
	uint64_t	expected = 0;

	if (set == 0)
	{
		REQUIRE(!gap_groups_ssse3 || c->lengths_per_128 == 0 || v->gaps - v->labels < 7 ||
				last - c->runs[first].start >= c->runs[first].limit || last > end);
		return;
	}
	REQUIRE(last <= end);
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t	entry = look_up(c, seconds[i]);

		REQUIRE(entry - first < 32);
		expected |= UINT64_C(1) << (entry - first);
		other |= entry < look_up(c, last) &&
			c->seconds[entry + 1] - c->seconds[entry] != length;
	}
	REQUIRE(set == expected);
	sets_made++;
	sets_of_zones += other;
}

/* A moment of the list, often the first or last one of an entry. */
static uint32_t
some_second(const Calendar *c, uint32_t from, uint32_t to)
{
	uint32_t	second = from + below(to - from);
	uint32_t	entry = look_up(c, second);
	uint32_t	edge = c->seconds[entry + below(2)] - below(2);

	return below(3) > 0 && edge >= from && edge < to ? edge : second;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t	x = *(const uint32_t *) a;
	uint32_t	y = *(const uint32_t *) b;

	return (x > y) - (x < y);
}

static void
test_entries(void)
{
	static uint32_t seconds[MAX_TOUCH];
	static int64_t times[MAX_TOUCH];
	int			measured = 0;
	int			runs = 0;

	for (int round = 0; round < 1000; round++)
	{
		Calendar	c;

		make_calendar(&c);
		measured += c.entries_per_second > 0;
		runs += c.lengths_per_128 > 0;
		for (int i = 0; i < 60 && c.entries_per_second > 0; i++)
		{
			uint32_t	end = c.seconds[c.count];
			uint32_t	count = 1 + below(below(10) > 0 ? 30 : MAX_TOUCH);
			uint32_t	from = below(end);
			uint64_t	to = from + calendar_longest(c.rule) * (uint64_t) 86400 * (1 + below(40));
			JourneyView v;
			uint8_t    *memory;

			if (to > end)
				to = end;
			for (uint32_t k = 0; k < count; k++)
				seconds[k] = some_second(&c, from, (uint32_t) to);
			qsort(seconds, count, sizeof(uint32_t), by_number);
			for (uint32_t k = 0; k < count; k++)
				times[k] = c.first_second + seconds[k];
			memory = make_journey(&v, times, count);
			check_entries(&c, seconds, count);
			if (check_seconds(&v, seconds[0]))
				check_set(&c, &v, seconds, count);
			else
				REQUIRE(journey_entry_set(&v, &c, look_up(&c, seconds[0]), seconds[0], UINT32_MAX) == 0);
			free(memory);
		}
		free_calendar(&c);
	}
	REQUIRE(measured > 700 && runs > 300);
	REQUIRE(!gap_groups_ssse3 || (sets_made > 10000 && sets_of_zones > 1000));
}

/* Every entry of a run at both its ends, for all lengths up to the longest. */
static void
test_edges(void)
{
	for (int32_t days = 1; days <= CALENDAR_RUN_LENGTH / 86400; days++)
	{
		int64_t		length = INT64_C(86400) * days;
		int64_t		starts[60];
		int32_t		ordinals[60];
		uint32_t	seconds[60];
		CalendarRun runs[60];
		Calendar	c = {{CALENDAR_DAY, 0, days}, 0, 59, starts, ordinals};
		int64_t		times[41];

		c.seconds = seconds;
		c.runs = runs;
		REQUIRE(calendar_fill(&c, 0, days * CALENDAR_DAY_US * 50, 0));
		calendar_measure(&c);
		REQUIRE(c.lengths_per_128 > 0 && runs[3].limit == 31 * length);
		for (int end = 0; end <= 31; end++)
			for (int before = 0; before < 2 && before <= end; before++)
			{
				JourneyView v;
				uint8_t    *memory;
				uint32_t	set;
				uint32_t	expected = 0;

				/* so many that no gap is long */
				for (int i = 0; i < 41; i++)
				{
					times[i] = 3 * length + (length * end - before) * i / 40;
					if (times[i] < 34 * length)
						expected |= 1u << (times[i] / length - 3);
				}
				memory = make_journey(&v, times, 41);
				set = journey_entry_set(&v, &c, 3, (uint32_t) times[0], UINT32_MAX);
				REQUIRE(set == (gap_groups_ssse3 && times[40] < 34 * length ? expected : 0));
				free(memory);
			}
	}
}

/* Gaps that add up to 2^32 and a little more. */
static void
test_wrap(void)
{
	int64_t		starts[800];
	int32_t		ordinals[799];
	uint32_t	seconds[800];
	CalendarRun runs[799];
	Calendar	c = {{CALENDAR_DAY, 0, 1}, 0, 799, starts, ordinals};
	int64_t		times[262] = {0};
	JourneyView v;
	uint8_t    *memory;

	c.seconds = seconds;
	c.runs = runs;
	REQUIRE(calendar_fill(&c, 0, 700 * CALENDAR_DAY_US, 0));
	calendar_measure(&c);
	REQUIRE(c.lengths_per_128 > 0);
	for (int i = 1; i < 262; i++)
		times[i] = times[i - 1] + (i == 1 ? 1256 : i < 258 ? (1 << 24) - 1 : 1);
	REQUIRE((uint32_t) times[257] == 1000);
	memory = make_journey(&v, times, 262);
	REQUIRE(journey_entry_set(&v, &c, 0, 0, UINT32_MAX) == 0);
	free(memory);
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 20261123);
	wellknown_init();
	journey_seconds_init();
	test_seconds();
	test_entries();
	test_edges();
	test_wrap();
	if (gap_groups_ssse3)
	{
		/* as on a processor without */
		gap_groups_ssse3 = false;
		test_seconds();
		test_entries();
	}
	printf("ok (seed %llu)\n", (unsigned long long) seed);
	return 0;
}
