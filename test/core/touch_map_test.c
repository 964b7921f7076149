/*
 * touch_map_test.c
 *	  Random touchpoints on a small clock: what touch_map says of each is what
 *	  one finds by looking at all others, as the header puts it.
 */
#include "core/touch_map.h"

#include <math.h>
#include <string.h>

#include "core/scores.h"
#include "core/touch_action.h"
#include "test.h"

#define MOST	30
#define STAGES	4
#define LABELS	4

static int64_t at[MOST];
static uint8_t action[MOST];
static double value[MOST];
static uint8_t stage[MOST];
static uint16_t label[MOST];
static bool offsite[MOST];
static TouchMapInput in;
static long facts;

/* Is j at or after i, and at most so long after it? */
static bool
follows(uint32_t i, uint32_t j, int64_t span)
{
	return j >= i && at[j] - at[i] <= span;
}

static bool
scored(uint32_t i)
{
	const ScoreScale *scale;

	return in.value != NULL && touch_score(action[i], value[i], &scale);
}

static uint32_t
next_answer(uint32_t i)
{
	for (uint32_t j = i; j < in.count; j++)
	{
		if (scored(j))
			return follows(i, j, (int64_t) in.answer_within) ? j : TOUCH_MAP_NONE;
	}
	return TOUCH_MAP_NONE;
}

static bool
same_cell(uint32_t i, uint32_t j)
{
	return label[i] == label[j] && stage[i] == stage[j];
}

/* Where the stay in a stage begins; TOUCH_MAP_NONE if there is none. */
static uint32_t
entry_of(uint8_t s)
{
	if (s == 0 || s >= in.last_stage)
		return TOUCH_MAP_NONE;
	for (uint32_t i = 0; i < in.count; i++)
	{
		if (stage[i] > s)
			return TOUCH_MAP_NONE;
		if (stage[i] == s)
			return i;
	}
	return TOUCH_MAP_NONE;
}

/* Is touchpoint i in the stay of its stage? */
static bool
in_stay(uint32_t i)
{
	uint32_t	entry = entry_of(stage[i]);

	if (entry == TOUCH_MAP_NONE || !follows(entry, i, (int64_t) in.horizon))
		return false;
	for (uint32_t j = entry; j < i; j++)
	{
		if (stage[j] > stage[i])
			return false;
	}
	return true;
}

static void
compare(uint32_t i, const MappedTouch *m)
{
	bool		over = in.as_of - at[i] >= (int64_t) in.horizon;
	uint32_t	purchase = TOUCH_MAP_NONE;
	uint32_t	answer = next_answer(i);
	bool		stays = false;
	bool		own = false;
	bool		first = true;
	bool		first_in_stay = in_stay(i);
	uint32_t	entry = entry_of(stage[i]);

	for (uint32_t j = i + 1; j < in.count; j++)
	{
		if (!follows(i, j, (int64_t) in.horizon))
			break;
		if (purchase == TOUCH_MAP_NONE && action[j] == TA_PURCHASE)
			purchase = j;
		own |= !offsite[j];
	}
	/* the last one of label and stage before an answer has it */
	for (uint32_t j = i + 1; j < in.count && answer != TOUCH_MAP_NONE; j++)
	{
		if (same_cell(i, j) && next_answer(j) == answer)
			answer = TOUCH_MAP_NONE;
	}
	for (uint32_t j = 0; j < i; j++)
	{
		first &= !same_cell(i, j);
		if (same_cell(i, j) && in_stay(j))
			first_in_stay = false;
	}
	REQUIRE(m->purchase == purchase);
	REQUIRE(m->answer == answer);
	REQUIRE(m->left == (over ? !own : MAP_UNKNOWN));
	REQUIRE(m->bought == (over ? purchase != TOUCH_MAP_NONE : MAP_UNKNOWN));
	REQUIRE(m->first == first);
	REQUIRE(m->enters == (entry == i));
	REQUIRE(m->first_in_stay == first_in_stay);
	if (in_stay(i) && in.as_of - at[entry] >= (int64_t) in.horizon)
	{
		for (uint32_t j = entry; j < in.count; j++)
			stays |= stage[j] > stage[i] && follows(entry, j, (int64_t) in.horizon);
		REQUIRE(m->advanced == stays);
	}
	else
		REQUIRE(m->advanced == MAP_UNKNOWN);
	facts += (m->left == MAP_YES) + (m->bought == MAP_YES) + (m->answer != TOUCH_MAP_NONE) +
		(m->advanced == MAP_YES);
}

int
main(int argc, char **argv)
{
	static const uint8_t actions[] = {
		TA_NONE, TA_PURCHASE, TA_SURVEY_NPS, TA_SURVEY_CSAT, TA_REVIEW_WRITE, TA_ITEM_VIEW, TA_ITEM_VIEW
	};
	uint32_t	answered[LABELS * (STAGES + 1)];
	uint8_t		seen[LABELS * (STAGES + 1)];
	MappedTouch touches[MOST];

	start_random(argc > 1 ? argv[1] : NULL, 20270106);
	for (int round = 0; round < 60000; round++)
	{
		int64_t		clock = (int64_t) below(5) - 2;
		uint32_t	steps = 1 + below(6);

		memset(&in, 0, sizeof(in));
		in.count = below(MOST + 1);
		for (uint32_t i = 0; i < in.count; i++)
		{
			clock += below(steps);
			at[i] = clock;
			action[i] = actions[below(sizeof(actions))];
			value[i] = below(4) == 0 ? NAN : below(13);
			stage[i] = below(STAGES + 1);
			label[i] = below(LABELS);
			offsite[i] = below(3) == 0;
		}
		in.at = at;
		in.action = action;
		in.value = below(20) == 0 ? NULL : value;
		in.stage = stage;
		in.label = label;
		in.offsite = offsite;
		in.nlabels = LABELS;
		in.nstages = STAGES;
		in.last_stage = below(4) == 0 ? below(2) * 3 : STAGES;
		in.as_of = clock + below(10);
		in.horizon = below(12);
		in.answer_within = below(8);
		memset(answered, 0, sizeof(answered));
		memset(seen, 0, sizeof(seen));
		REQUIRE(touch_map_cells(&in) == sizeof(seen));
		touch_map(&in, answered, seen, touches);
		for (uint32_t i = 0; i < in.count; i++)
			compare(i, &touches[i]);
	}

	/* the clock's ends: spans that a signed number does not hold */
	at[0] = INT64_MIN + 1;
	at[1] = INT64_MAX - 1;
	in.count = 2;
	in.value = NULL;
	in.as_of = INT64_MAX - 1;
	action[1] = TA_PURCHASE;
	offsite[1] = false;
	in.last_stage = STAGES;
	stage[0] = 1;
	stage[1] = 2;
	for (uint64_t less = 1; less <= 3; less++)
	{
		/* they are UINT64_MAX - 2 apart */
		in.horizon = UINT64_MAX - less;
		memset(answered, 0, sizeof(answered));
		memset(seen, 0, sizeof(seen));
		touch_map(&in, answered, seen, touches);
		REQUIRE(touches[0].purchase == (less <= 2 ? 1 : TOUCH_MAP_NONE));
		REQUIRE(touches[0].left == (less == 1 ? MAP_UNKNOWN : less == 2 ? MAP_NO : MAP_YES));
		REQUIRE(touches[0].advanced == (less == 1 ? MAP_UNKNOWN : less == 2 ? MAP_YES : MAP_NO));
	}

	printf("ok: %ld facts (seed %llu)\n", facts, (unsigned long long) seed);
	return 0;
}
