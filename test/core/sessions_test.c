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
 * itself.  Prints "ok", or where it failed and the seed.
 */
#include "core/gap_groups.h"
#include "core/sessions.h"
#include "core/tally.h"
#include "core/wellknown.h"
#include "test.h"

#define LABELS	40
#define HEADER	1				/* of a short varlena */

static uint8_t *
make_journey(const JourneyLabel *names, uint32_t nlabels, uint32_t count,
			 int64_t unit, int64_t timeout, JourneyView *v)
{
	static const uint32_t longest[] = {2, 20, 3000, 100000, 40000000};
	JourneyTouch *touch = calloc(count + 1, sizeof(JourneyTouch));
	uint16_t	scratch[4 * LABELS];
	JourneySource src = {touch, count, names, nlabels, names, 0, NULL};
	JourneyPlan plan;
	int64_t		at = INT64_C(820000000) * 1000000 + (int64_t) below(1000) * unit;
	uint32_t	gaps = 1 + below(5);
	uint8_t    *p;

	memset(&plan, 0, sizeof(plan));
	plan.label_code = scratch;
	plan.channel_code = scratch + LABELS;
	plan.label_order = scratch + 2 * LABELS;
	plan.channel_order = scratch + 3 * LABELS;
	for (uint32_t i = 0; i < count; i++)
	{
		touch[i].at = at;
		touch[i].label = (uint16_t) below(nlabels);
		touch[i].seq = i;
		at += below(4) == 0 ? timeout + ((int64_t) below(3) - 1) * unit :
			(int64_t) below(longest[below(gaps)]) * (below(2) ? unit : 1000000);
	}
	journey_measure(&src, &plan);
	p = malloc(HEADER + plan.size);
	journey_encode(&src, &plan, p + HEADER);
	REQUIRE(journey_open(v, p + HEADER, plan.size));
	free(touch);
	return p;
}

static void
check(const JourneyView *v, uint64_t split_gap, const uint64_t *label_marks)
{
	SessionRules rules = {split_gap, SESSION_NO_LENGTH, SESSION_NO_COUNT, false};
	SessionWalk walk = {0};
	SessionEdge *edges = malloc((v->count + 1) * sizeof(SessionEdge));
	int32_t    *others = malloc((v->count + 1) * sizeof(int32_t));
	uint64_t   *touch_marks = malloc((v->count + 1) * sizeof(uint64_t));
	int64_t    *want = calloc(TALLY_BUCKETS, sizeof(int64_t));
	int64_t    *got = calloc(TALLY_BUCKETS, sizeof(int64_t));
	SessionTotals sum = {0, 0, 0, 0, 0};
	SessionLimits limits;
	JourneyCursor c;
	uint64_t	marks = 0;
	bool		more;

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
			marks += label_marks[c.label];
			touch_marks[c.next - 1] = label_marks[c.label];
		}
	} while (more);

	session_limits(&limits, split_gap);
	for (int way = 0; way < 2; way++)
	{
		SessionTotals totals;
		SessionWindow window;
		uint32_t	others_seen = 0;

		memset(got, 0, TALLY_BUCKETS * sizeof(int64_t));
		window.low = (int32_t) below(TALLY_BUCKETS);
		window.width = below(2) * below((uint32_t) (TALLY_BUCKETS - window.low));
		window.counts = got + window.low;
		sessions_total(v, &limits, way == 0 ? label_marks : NULL, way == 0 ? NULL : touch_marks,
					   edges, &totals, &window, others);
		for (; others_seen < window.others; others_seen++)
		{
			int32_t		bucket = others[others_seen];

			REQUIRE(bucket < window.low || bucket >= window.low + (int32_t) window.width);
			got[bucket]++;
		}
		REQUIRE(totals.sessions == sum.sessions && totals.bounced == sum.bounced);
		REQUIRE(totals.engaged == sum.engaged && totals.converted == sum.converted);
		REQUIRE(totals.duration == sum.duration);
		REQUIRE(memcmp(got, want, TALLY_BUCKETS * sizeof(int64_t)) == 0);
	}
	free(edges);
	free(others);
	free(touch_marks);
	free(want);
	free(got);
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
	gap_groups_init();
	for (uint32_t i = 0; i < LABELS; i++)
	{
		size_t		len = (size_t) snprintf(texts[i], sizeof(texts[i]), "label %u", i);

		journey_label_from_text(&names[i], texts[i], len);
	}
	for (uint32_t i = 0; i < 30000; i++)
	{
		int64_t		timeout = timeouts[below(6)];
		uint64_t	marks[LABELS];
		JourneyView v;
		uint8_t    *journey;

		for (uint32_t k = 0; k < LABELS; k++)
			marks[k] = below(8) == 0 ? SESSION_KEY_EVENT : below(3) == 0 ? SESSION_PAGE_VIEW : 0;
		journey = make_journey(names, 1 + below(below(2) ? 4 : LABELS), below(below(50) ? 12 : 400),
							   units[below(3)], timeout, &v);
		check(&v, below(20) ? (uint64_t) timeout + below(2) : below(2) ? 0 : SESSION_NO_GAP, marks);
		free(journey);
	}
	printf("ok\n");
	return 0;
}
