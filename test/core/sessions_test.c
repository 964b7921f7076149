/*
 * sessions_test.c
 *	  Random journeys: totals by gaps alone are those of the walk that looks at
 *	  times; and nothing is read that is outside the value.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o sessions_test \
 *		  test/core/sessions_test.c src/core/[a-z]*.c -lm
 *	  ./sessions_test [seed]
 *
 * Every value stands in a piece of memory of its own, with the one byte of a
 * short header before it, so that a read before or behind it is seen.  Times
 * are whole seconds, milliseconds or microseconds; many gaps are the timeout
 * itself, some are 0, some longer than half a year.  Labels are well-known names
 * of one byte alone, or with others; some journeys have channels and values.
 * What touchpoints are is told in all three ways, and the processor is asked to
 * do without AVX2, too.  Prints "ok", or where it failed and the seed.
 */
#include "core/gap_groups.h"
#include "core/sessions.h"
#include "core/tally.h"
#include "core/wellknown.h"
#include "journey_support.h"
#include "test.h"

#include <math.h>

#define LABELS	40

static bool has_avx2;
static uint32_t plain;			/* journeys of one-byte names */
static uint32_t blocks;			/* of three blocks and more */
static uint32_t wholes;			/* done at once */

static uint8_t *
make_journey(const JourneyLabel *names, uint32_t nlabels, uint32_t count,
			 int64_t unit, int64_t timeout, bool usual, JourneyView *v)
{
	static const uint32_t longest[] = {2, 20, 3000, 100000, 40000000};
	JourneyTouch *touch = calloc(count + 1, sizeof(JourneyTouch));
	double	   *values = calloc(count + 1, sizeof(double));
	uint32_t	nchannels = !usual && below(3) == 0 ? nlabels : 0;
	JourneySource src = {touch, count, names, nlabels, names, nchannels, values};
	int64_t		at = INT64_C(820000000) * 1000000 + (int64_t) below(1000) * unit;
	uint32_t	gaps = 1 + below(usual ? 4 : 5);
	uint32_t	with_value = !usual && below(3) == 0 ? 1 + below(5) : 0;
	uint8_t    *p;

	for (uint32_t i = 0; i < count; i++)
	{
		touch[i].at = at;
		touch[i].label = (uint16_t) below(nlabels);
		touch[i].channel = (uint16_t) below(nchannels + 1);
		touch[i].seq = i;
		values[i] = with_value > 0 && below(with_value) == 0 ? i : NAN;
		at += below(4) == 0 ? timeout + ((int64_t) below(3) - 1) * unit :
			(int64_t) below(longest[below(gaps)]) * (below(2) ? unit : 1000000);
	}
	p = encode_journey(&src, v);
	free(touch);
	free(values);
	return p;
}

static SessionWindow
some_window(int64_t *counts)
{
	SessionWindow window;

	window.low = below(2) ? 0 : (int32_t) below(TALLY_BUCKETS);
	window.width = below(3) == 0 ? (uint32_t) (TALLY_BUCKETS - window.low) :
		below(2) * below((uint32_t) (TALLY_BUCKETS - window.low));
	window.counts = counts + window.low;
	return window;
}

static void
count_others(const SessionRun *run, const SessionWindow *window, int64_t *counts)
{
	for (uint32_t i = 0; i < run->others; i++)
	{
		int32_t		bucket = run->buckets[i];

		REQUIRE(bucket < window->low || bucket >= window->low + (int32_t) window->width);
		counts[bucket]++;
	}
}

static void
check_totals(const SessionTotals *got, const SessionTotals *want)
{
	REQUIRE(got->touchpoints == want->touchpoints);
	REQUIRE(got->sessions == want->sessions && got->bounced == want->bounced);
	REQUIRE(got->engaged == want->engaged && got->converted == want->converted);
	REQUIRE(got->duration == want->duration);
}

/* Totals by blocks against what the walk found. */
static void
check_way(const JourneyView *v, uint64_t split_gap, const SessionNames *names,
		  const uint8_t *label_flags, const uint8_t *touch_flags,
		  const SessionTotals *sum, const int64_t *want)
{
	int64_t    *got = calloc(TALLY_BUCKETS, sizeof(int64_t));
	SessionLimits limits;
	SessionRun	run;
	SessionWindow window;
	bool		more;

	session_limits(&limits, split_gap);
	sessions_start(&run, v, &limits, names, label_flags, touch_flags);
	do
	{
		window = some_window(got);
		more = sessions_next(&run, &window);
		count_others(&run, &window, got);
	} while (more);
	check_totals(&run.totals, sum);
	REQUIRE(memcmp(got, want, TALLY_BUCKETS * sizeof(int64_t)) == 0);
	free(got);
}

/* The same at once, where that is done; `bytes` are those of the value. */
static void
check_whole(const uint8_t *bytes, const JourneyView *v, uint64_t split_gap,
			const SessionNames *names, const SessionTotals *sum, const int64_t *want)
{
	int64_t    *got = calloc(TALLY_BUCKETS, sizeof(int64_t));
	SessionLimits limits;
	SessionRun	run;
	SessionWindow window = some_window(got);

	session_limits(&limits, split_gap);
	if (sessions_whole(&run, bytes, (size_t) (v->end - bytes), &limits, names, &window))
	{
		REQUIRE(session_plain(v) && gap_groups_avx2);
		count_others(&run, &window, got);
		check_totals(&run.totals, sum);
		REQUIRE(memcmp(got, want, TALLY_BUCKETS * sizeof(int64_t)) == 0);
		wholes++;
	}
	else
	{
		for (int32_t i = 0; i < TALLY_BUCKETS; i++)
			REQUIRE(got[i] == 0);
	}
	free(got);
}

static void
check(const uint8_t *bytes, const JourneyView *v, uint64_t split_gap, const SessionNames *names)
{
	SessionRules rules = {split_gap, SESSION_NO_LENGTH, SESSION_NO_COUNT, false};
	SessionWalk walk = {0};
	JourneyLabel *labels = malloc((v->nlabels + 1) * sizeof(JourneyLabel));
	uint8_t    *label_flags = malloc(v->nlabels < 16 ? 16 : v->nlabels);
	uint8_t    *touch_flags = malloc(v->count + 1);
	int64_t    *want = calloc(TALLY_BUCKETS, sizeof(int64_t));
	SessionTotals sum = {v->count, 0, 0, 0, 0, 0};
	JourneyCursor c;
	uint64_t	marks = 0;
	bool		more;

	/* other names have flags by their hash */
	journey_read_labels(v->labels, v->nlabels, labels);
	for (uint32_t i = 0; i < v->nlabels; i++)
		label_flags[i] = labels[i].text == NULL ? names->flags[labels[i].known] :
			(uint8_t) (labels[i].hash << 6);
	journey_first(&c, v);
	do
	{
		SessionWalk before = walk;
		uint64_t	duration = (uint64_t) before.last_at - (uint64_t) before.start_at;

		more = journey_next(&c);
		if (before.touchpoints > 0 &&
			(!more || session_step(&walk, &rules, c.at, 0, false, false) != SPLIT_NONE))
		{
			sum.sessions++;
			sum.bounced += before.touchpoints == 1;
			sum.engaged += session_engaged(duration, marks);
			sum.converted += marks >= SESSION_KEY_EVENT;
			sum.duration += duration;
			want[tally_bucket((int64_t) duration)]++;
			marks = 0;
		}
		else if (more && before.touchpoints == 0)
			REQUIRE(session_step(&walk, &rules, c.at, 0, false, false) == SPLIT_FIRST);
		if (more)
		{
			uint8_t		flags = label_flags[c.label];

			marks += flags & SESSION_IS_KEY_EVENT ? SESSION_KEY_EVENT : 0;
			marks += flags & SESSION_IS_PAGE_VIEW ? SESSION_PAGE_VIEW : 0;
			touch_flags[c.next - 1] = flags;
		}
	} while (more);

	for (int avx2 = 0; avx2 <= has_avx2; avx2++)
	{
		gap_groups_avx2 = avx2;
		check_way(v, split_gap, names, label_flags, NULL, &sum, want);
		check_way(v, split_gap, names, NULL, touch_flags, &sum, want);
		if (session_plain(v))
			check_way(v, split_gap, names, NULL, NULL, &sum, want);
		check_whole(bytes, v, split_gap, names, &sum, want);
	}
	plain += session_plain(v);
	blocks += v->count > 2 * SESSION_BLOCK + 1;
	free(labels);
	free(label_flags);
	free(touch_flags);
	free(want);
}

int
main(int argc, char **argv)
{
	static const int64_t units[] = {1000000, 1000, 1};
	static const int64_t timeouts[] = {1800000000, 1000000, 5000000, 86400000000, 1001000, 1000001};
	JourneyLabel names[LABELS];
	char		texts[LABELS][32];

	start_random(argc > 1 ? argv[1] : NULL, 20260102);
	wellknown_init();
	sessions_init();
	has_avx2 = gap_groups_avx2;
	for (uint32_t i = 0; i < 40000; i++)
	{
		int64_t		timeout = timeouts[below(6)];
		bool		usual = below(4) == 0;
		uint32_t	ntexts = usual ? 0 : below(2) * below(LABELS);
		uint32_t	count = usual ? 1 + below(60) : below(3) ? 1 + below(14) : 1 + below(below(3) ? 200 : 700);
		SessionNames known;
		JourneyView v;
		uint8_t    *journey;

		for (uint32_t k = 0; k < SESSION_NAMES; k++)
			known.flags[k] = below(8) == 0 ? SESSION_IS_KEY_EVENT | below(2) * SESSION_IS_PAGE_VIEW :
				below(3) == 0 ? SESSION_IS_PAGE_VIEW : 0;
		session_names(&known);
		for (uint32_t k = 0; k < LABELS; k++)
		{
			size_t		len;
			const char *name = wellknown_text((uint16_t) below(below(2) ? 128 : wellknown_count), &len);

			if (ntexts == 0)
				name = wellknown_text((uint16_t) ((i + 41 * k) % 128), &len);
			else if (k < ntexts)
			{
				len = (size_t) snprintf(texts[k], sizeof(texts[k]), "label %u", k);
				name = texts[k];
			}
			journey_label_from_text(&names[k], name, len);
		}
		journey = make_journey(names, 1 + below(usual || below(4) ? 1 + below(16) : LABELS), count,
							   units[usual ? 0 : below(3)], timeout, usual, &v);
		check(journey + 1, &v, below(20) ? (uint64_t) timeout + below(2) : below(2) ? 0 : SESSION_NO_GAP, &known);
		free(journey);
	}
	REQUIRE(plain > 2000 && blocks > 2000);
	REQUIRE(!has_avx2 || wholes > 5000);
	printf("ok\n");
	return 0;
}
