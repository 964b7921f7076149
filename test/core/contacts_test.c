/*
 * contacts_test.c
 *	  Random touchpoints: contacts and what became of them are what their
 *	  definitions say, each looked up from scratch.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o contacts_test \
 *		  test/core/contacts_test.c src/core/[a-z]*.c -lm
 *	  ./contacts_test [seed]
 *
 * Gaps are often exactly one of the spans; many touchpoints are at one time.
 * Prints "ok", or where it failed and the seed.
 */
#include <math.h>
#include <string.h>

#include "core/contacts.h"
#include "test.h"

#define MOST	50
#define PAUSE	30

static int64_t at[MOST];
static uint8_t action[MOST];
static uint8_t is_contact[MOST];
static double value[MOST];
static ContactTouches t = {0, at, action, value, is_contact};
static ContactRules rules;

static bool
service(uint32_t i)
{
	return action[i] == TA_CONTACT || (action[i] >= TA_SUPPORT && action[i] <= TA_SUPPORT_RESOLVED);
}

/* By definition: looks at all touchpoints, whatever their order in a moment. */
static bool
contact(uint32_t i)
{
	if (action[i] == TA_CONTACT || action[i] == TA_SUPPORT_OPENED)
		return true;
	if (action[i] != TA_SUPPORT)
		return false;
	for (uint32_t k = 0; k < t.count; k++)
	{
		if (!service(k))
			continue;
		if (at[k] < at[i] && at[i] - at[k] <= PAUSE)
			return false;
		if (at[k] == at[i] && (action[k] != TA_SUPPORT || k < i))
			return false;
	}
	return true;
}

/* To which contact a touchpoint with the service belongs. */
static uint32_t
owner(uint32_t i)
{
	uint32_t	found = CONTACT_NONE;

	for (uint32_t k = 0; k < t.count; k++)
	{
		if (!contact(k))
			continue;
		if (k <= i || (at[k] == at[i] && (found == CONTACT_NONE || at[found] < at[k])))
			found = k;
	}
	return found;
}

/* The first of two actions for a contact, as long as it is not asked again. */
static uint32_t
reply(uint32_t i, TouchAction one, TouchAction other)
{
	for (uint32_t k = 0; k < t.count; k++)
	{
		bool		repeated = false;

		if (at[k] < at[i] || (action[k] != one && action[k] != other))
			continue;
		for (uint32_t m = 0; m < t.count; m++)
			repeated |= contact(m) && at[m] > at[i] && at[m] <= at[k] &&
				(uint64_t) (at[m] - at[i]) > rules.answer_within;
		return repeated ? CONTACT_NONE : k;
	}
	return CONTACT_NONE;
}

static ContactKnown
known(bool came, int64_t from, uint64_t span)
{
	return came ? CONTACT_YES : (uint64_t) (rules.as_of - from) >= span ? CONTACT_NO : CONTACT_UNKNOWN;
}

/* What the journeys together had, so that nothing goes untested. */
static uint32_t seen[6][3];
static uint32_t repeated;
static uint32_t shared;

static void
check_contact(const Contact *c)
{
	uint32_t	i = c->opening;
	uint32_t	touches = 0;
	uint32_t	purchases = 0;
	uint32_t	last = i;
	bool		again = false;
	bool		bought = false;
	Satisfied	satisfied = SATISFIED_UNKNOWN;

	REQUIRE(c->answer == reply(i, TA_SUPPORT_ANSWERED, TA_SUPPORT_RESOLVED));
	REQUIRE(c->resolve == reply(i, TA_SUPPORT_RESOLVED, TA_SUPPORT_RESOLVED));
	REQUIRE(c->judged == ((uint64_t) (rules.as_of - at[i]) >= rules.answer_within));
	REQUIRE(c->answered == known(c->answer != CONTACT_NONE, at[i], rules.answer_within));
	REQUIRE(c->in_time == known(c->answer != CONTACT_NONE &&
								(uint64_t) (at[c->answer] - at[i]) <= rules.answer_within, at[i], rules.answer_within));
	if (c->answer != CONTACT_NONE && at[c->answer] > at[last])
		last = c->answer;
	if (c->resolve != CONTACT_NONE && at[c->resolve] > at[last])
		last = c->resolve;
	for (uint32_t k = 0; k < t.count; k++)
	{
		touches += service(k) && owner(k) == i;
		purchases += k < i && action[k] == TA_PURCHASE;
		bought |= k > i && action[k] == TA_PURCHASE && (uint64_t) (at[k] - at[i]) <= CONTACT_BOUGHT;
		again |= c->resolve != CONTACT_NONE && contact(k) && at[k] > at[c->resolve] &&
			(uint64_t) (at[k] - at[c->resolve]) <= CONTACT_REOPENED;
		shared += contact(k) && k < i && c->answer != CONTACT_NONE &&
			reply(k, TA_SUPPORT_ANSWERED, TA_SUPPORT_RESOLVED) == c->answer;
	}
	for (uint32_t k = i + 1; k < t.count && !contact(k) && satisfied == SATISFIED_UNKNOWN && t.value != NULL; k++)
	{
		if (at[k] > at[last] && (uint64_t) (at[k] - at[last]) > CONTACT_SURVEYED)
			break;
		if (action[k] == TA_SURVEY_CSAT_SUPPORT && value[k] >= 1 && value[k] <= 5 && value[k] == floor(value[k]))
			satisfied = value[k] >= 4 ? SATISFIED_YES : SATISFIED_NO;
		if (action[k] == TA_SURVEY_CES_SUPPORT && value[k] >= 1 && value[k] <= 7 && value[k] == floor(value[k]) && value[k] != 4)
			satisfied = value[k] > 4 ? SATISFIED_YES : SATISFIED_NO;
	}
	REQUIRE(c->touches == touches);
	REQUIRE(c->purchases == purchases);
	REQUIRE(c->bought == known(bought, at[i], CONTACT_BOUGHT));
	REQUIRE(c->reopened == (c->resolve == CONTACT_NONE ? CONTACT_UNKNOWN :
							known(again, at[c->resolve], CONTACT_REOPENED)));
	REQUIRE(c->satisfied == satisfied);
	seen[0][c->answered]++;
	seen[1][c->in_time]++;
	seen[2][c->reopened]++;
	seen[3][c->bought]++;
	seen[4][c->satisfied]++;
	seen[5][c->judged]++;
	for (uint32_t k = 0; k < t.count && c->answered == CONTACT_NO; k++)
		repeated += action[k] == TA_SUPPORT_ANSWERED && at[k] >= at[i];
}

static void
check(void)
{
	ContactWalk walk;
	Contact		c;
	uint32_t	next = 0;

	contacts_mark(&t, PAUSE);
	contacts_begin(&walk, &t, &rules);
	while (contacts_next(&walk, &c))
	{
		while (next < t.count && !contact(next))
			next++;
		REQUIRE(c.opening == next);
		check_contact(&c);
		next++;
	}
	while (next < t.count && !contact(next))
		next++;
	REQUIRE(next == t.count);
	for (uint32_t i = 0; i < t.count; i++)
		REQUIRE(!contact(i) || contacts_any(action, t.count));
}

int
main(int argc, char **argv)
{
	static const uint8_t often[] = {TA_CONTACT, TA_SUPPORT_ANSWERED, TA_SUPPORT_OPENED, TA_SUPPORT, TA_SUPPORT_RESOLVED,
	TA_SUPPORT, TA_PURCHASE, TA_SURVEY_CSAT_SUPPORT, TA_SURVEY_CES_SUPPORT, TA_SURVEY_CSAT, TA_NONE, TA_REFUND};
	static const uint64_t spans[] = {0, 1, PAUSE, CONTACT_DAY, 20 * CONTACT_DAY};
	ContactWalk walk;
	Contact		c;

	start_random(argc > 1 ? argv[1] : NULL, 20260311);
	for (uint32_t round = 0; round < 60000; round++)
	{
		uint32_t	kinds = 1 + below(sizeof(often));

		rules.answer_within = spans[below(5)];
		t.count = below(below(4) ? 12 : MOST + 1);
		t.value = below(6) ? value : NULL;
		for (uint32_t i = 0; i < t.count; i++)
		{
			const uint64_t gaps[] = {rules.answer_within, PAUSE, CONTACT_REOPENED, CONTACT_SURVEYED, CONTACT_BOUGHT};
			uint64_t	gap = below(3) ? below(8) : gaps[below(5)] - (below(3) == 0) + below(2);

			if (gap > 100 * CONTACT_DAY)
				gap = 0;
			at[i] = i == 0 ? (int64_t) below(1000) - 500 : at[i - 1] + (int64_t) gap;
			action[i] = below(8) ? often[below(kinds)] : (uint8_t) below(TA_COUNT);
			value[i] = below(6) == 0 ? NAN : below(9) + (below(9) == 0 ? 0.5 : 0);
		}
		rules.as_of = (t.count > 0 ? at[t.count - 1] : 0) +
			(int64_t) (below(2) ? spans[below(5)] - 1 + below(2) : below(4) * 9 * CONTACT_DAY);
		if (t.count > 0 && rules.as_of < at[t.count - 1])
			rules.as_of = at[t.count - 1];
		check();
	}
	for (uint32_t k = 0; k < 5; k++)
	{
		for (uint32_t known_as = 0; known_as < 3; known_as++)
			REQUIRE(seen[k][known_as] > 1000);
	}
	REQUIRE(seen[5][0] > 1000 && seen[5][1] > 1000 && repeated > 1000 && shared > 1000);

	/* times that are further apart than an int64 */
	t.count = 2;
	t.value = NULL;
	at[0] = INT64_MIN;
	at[1] = rules.as_of = INT64_MAX;
	action[0] = action[1] = TA_CONTACT;
	rules.answer_within = 5;
	contacts_mark(&t, PAUSE);
	contacts_begin(&walk, &t, &rules);
	REQUIRE(contacts_next(&walk, &c) && c.judged && c.answered == CONTACT_NO && c.bought == CONTACT_NO && c.touches == 1);
	REQUIRE(contacts_next(&walk, &c) && !c.judged && c.answered == CONTACT_UNKNOWN && c.bought == CONTACT_UNKNOWN);
	REQUIRE(!contacts_next(&walk, &c));
	printf("ok\n");
	return 0;
}
