/*
 * decision_areas_test.c
 *	  Random journeys: areas and landing pages are those that the definitions,
 *	  read word by word, say of each touchpoint.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o decision_areas_test \
 *		  test/core/decision_areas_test.c src/core/[a-z]*.c -lm
 *	  ./decision_areas_test [seed]
 *
 * Many gaps are the session timeout, the horizon or two seconds, or a microsecond
 * off it, and many touchpoints have the same time.  Prints "ok", or where it
 * failed and the seed.
 */
#include <string.h>

#include "core/decision_areas.h"
#include "core/touch_action.h"
#include "test.h"

#define TOUCHES 40
#define TIMEOUT INT64_C(1800000000)
#define NONE	DECISION_NO_TOUCH

static DecisionTouches t;
static DecisionRules r;
static uint32_t seen;

static bool
is_product(uint32_t i)
{
	return t.action[i] == TA_ITEM_VIEW || t.action[i] == TA_PAGE_VIEW_PRODUCT;
}

static bool
is_message(uint32_t i)
{
	return t.action[i] >= TA_MESSAGE && t.action[i] <= TA_MESSAGE_CART_RECOVERY;
}

/* The last purchase before i, or none. */
static uint32_t
purchase_before(uint32_t i)
{
	while (i-- > 0)
		if (t.action[i] == TA_PURCHASE)
			return i;
	return NONE;
}

/* Is there a touchpoint like this from a on and before b? */
static bool
any_product(uint32_t a, uint32_t b)
{
	for (; a < b; a++)
		if (is_product(a))
			return true;
	return false;
}

static bool
any_message(uint32_t a, uint32_t b)
{
	for (; a < b; a++)
		if (is_message(a))
			return true;
	return false;
}

static uint32_t
first_action(uint8_t action, uint32_t a, uint32_t b)
{
	for (; a < b; a++)
		if (t.action[a] == action)
			return a;
	return NONE;
}

static DecisionAreaKind
kind_of(uint32_t i)
{
	uint32_t	bought = purchase_before(i);
	uint32_t	round = bought == NONE ? 0 : bought + 1;
	bool		logged = r.delivery == DD_LOGGED ||
	(r.delivery == DD_AUTO && first_action(TA_ORDER_DELIVER, 0, seen) != NONE);
	uint32_t	delivered = first_action(TA_ORDER_DELIVER, round, i);

	if (is_product(i) && bought == NONE && !any_product(0, i))
		return DA_PRODUCT_PAGE;
	if (t.action[i] == TA_CART_ADD && first_action(TA_CART_ADD, round, i) == NONE)
		return DA_CART;
	if (t.action[i] == TA_ORDER_DELIVER && bought != NONE && delivered == NONE)
		return DA_ARRIVAL;
	if (is_message(i) && bought != NONE)
	{
		if (!logged && !any_message(round, i))
			return DA_FOLLOW_UP;
		if (logged && delivered != NONE && !any_message(delivered, i))
			return DA_FOLLOW_UP;
	}
	return DA_NONE;
}

/* Number of the visit of a touchpoint in one: gaps that are too long before it. */
static uint32_t
visit_of(uint32_t i)
{
	uint32_t	no = 0;
	uint32_t	last = NONE;

	for (uint32_t k = 0; k <= i; k++)
	{
		if (t.offsite[k])
			continue;
		no += last != NONE && t.at[k] - t.at[last] > (int64_t) r.session_timeout;
		last = k;
	}
	return no;
}

static uint32_t
until_of(uint32_t i)
{
	uint32_t	bound = NONE;
	uint32_t	end = i;

	for (uint32_t k = i + 1; k < seen && bound == NONE; k++)
		if (t.action[k] == TA_PURCHASE || kind_of(k) != DA_NONE)
			bound = k;
	if (t.offsite[i])
		return bound != NONE && (uint64_t) (t.at[bound] - t.at[i]) <= r.horizon ? bound : NONE;
	for (uint32_t k = i + 1; k < seen; k++)
		if (!t.offsite[k] && visit_of(k) == visit_of(i))
			end = k;
	if (bound != NONE && bound <= end)
		return bound;
	if (end == i)
		return NONE;
	for (uint32_t k = end + 1; k < seen; k++)
		if (!t.offsite[k])
			return end;
	return r.as_of > t.at[end] + (int64_t) r.session_timeout ? end : NONE;
}

static void
check_areas(void)
{
	uint32_t	max = decision_areas_max(&t);
	DecisionArea *areas = malloc((max + 1) * sizeof(DecisionArea));
	uint32_t	n = decision_areas(&t, &r, areas);
	uint32_t	k = 0;

	REQUIRE(n <= max);
	for (seen = 0; seen < t.count && t.at[seen] <= r.as_of; seen++)
		;
	for (uint32_t i = 0; i < seen; i++)
	{
		DecisionAreaKind kind = kind_of(i);
		uint32_t	purchases = 0;
		uint32_t	purchase = NONE;
		uint32_t	last = NONE;

		if (kind == DA_NONE)
			continue;
		for (uint32_t p = 0; p < i; p++)
			purchases += t.action[p] == TA_PURCHASE;
		for (uint32_t p = seen; p-- > i + 1;)
		{
			if ((uint64_t) (t.at[p] - t.at[i]) > r.horizon)
				continue;
			if (t.action[p] == TA_PURCHASE)
				purchase = p;
			if (last == NONE && !t.offsite[p])
				last = p;
		}
		REQUIRE(k < n);
		REQUIRE(areas[k].kind == kind && areas[k].touch == i);
		REQUIRE(areas[k].purchases == purchases);
		REQUIRE(areas[k].purchase == purchase);
		REQUIRE(areas[k].last == last);
		REQUIRE(areas[k].until == until_of(i));
		REQUIRE(areas[k].complete == ((uint64_t) (r.as_of - t.at[i]) >= r.horizon));
		k++;
	}
	REQUIRE(k == n);
	free(areas);
}

static void
check_landing(void)
{
	bool		product_page;
	uint32_t	got = decision_landing(&t, r.session_timeout, &product_page);
	uint32_t	first = NONE;
	uint32_t	want = NONE;
	bool		want_product = false;

	for (uint32_t i = t.count; i-- > 0;)
		if (!t.offsite[i])
			first = i;
	for (uint32_t i = t.count; first != NONE && i-- > first;)
	{
		uint8_t		a = t.action[i];

		if (!t.offsite[i] && visit_of(i) == 0 &&
			a != TA_SESSION_START && a != TA_AD_CLICK && a != TA_DEEP_LINK_OPEN &&
			a != TA_PROMO_CLICK && a != TA_APP_INSTALL && a != TA_LOGIN)
			want = i;
	}
	for (uint32_t i = want; want != NONE && i < t.count; i++)
	{
		if (t.offsite[i] || visit_of(i) > 0 || !is_product(i))
			continue;
		if (i == want || (t.action[want] == TA_PAGE_VIEW && t.at[i] - t.at[want] <= 2000000))
			want_product = true;
	}
	REQUIRE(got == (want == NONE ? first : want));
	REQUIRE(product_page == want_product);
}

static void
make_journey(uint32_t count)
{
	static const uint8_t actions[] = {TA_NONE, TA_PAGE_VIEW, TA_PAGE_VIEW_PRODUCT, TA_ITEM_VIEW,
		TA_CART_ADD, TA_PURCHASE, TA_PURCHASE, TA_ORDER_DELIVER, TA_ORDER_SHIP, TA_MESSAGE, TA_MESSAGE_OPENED,
		TA_MESSAGE_CLICKED, TA_MESSAGE_CART_RECOVERY, TA_MESSAGE_NEGATIVE, TA_SESSION_START, TA_AD_CLICK,
	TA_LOGIN, TA_PROMO_CLICK, TA_DEEP_LINK_OPEN, TA_APP_INSTALL, TA_LIST_VIEW};
	int64_t    *at = malloc((count + 1) * sizeof(int64_t));
	uint8_t    *action = malloc(count + 1);
	bool	   *offsite = malloc(count + 1);
	uint32_t	kinds = 3 + below(sizeof(actions) - 2);
	int64_t		now = below(50) == 0 ? INT64_MIN + 1000 : INT64_C(820000000) * 1000000;

	for (uint32_t i = 0; i < count; i++)
	{
		switch (below(6))
		{
			case 0:
				break;
			case 1:
				now += TIMEOUT - 1 + below(3);
				break;
			case 2:
				now += 1999999 + below(3);
				break;
			case 3:
				now += (int64_t) r.horizon / (1 + below(3)) + below(3);
				break;
			default:
				now += (int64_t) below(40) * 60000000;
		}
		at[i] = now;
		action[i] = actions[below(below(3) ? kinds : sizeof(actions))];
		offsite[i] = below(20) == 0 || action[i] == TA_ORDER_DELIVER || action[i] == TA_ORDER_SHIP ||
			(action[i] >= TA_MESSAGE && action[i] <= TA_MESSAGE_NEGATIVE && below(5) > 0);
	}
	t.count = count;
	t.at = at;
	t.action = action;
	t.offsite = offsite;
}

int
main(int argc, char **argv)
{
	static const uint64_t horizons[] = {0, 1, TIMEOUT, UINT64_C(86400000000), UINT64_C(2592000000000)};

	start_random(argc > 1 ? argv[1] : NULL, 20260103);
	for (uint32_t round = 0; round < 60000; round++)
	{
		uint32_t	count = below(TOUCHES);

		r.horizon = horizons[below(5)];
		r.session_timeout = below(20) == 0 ? 0 : TIMEOUT;
		r.delivery = (DecisionDelivery) below(3);
		make_journey(count);
		r.as_of = count == 0 ? 0 : t.at[below(2) ? count - 1 : below(count)];
		if (below(3) == 0)
			r.as_of += (int64_t) r.horizon - 1 + below(3);
		else if (below(3) == 0)
			r.as_of += (int64_t) r.session_timeout - 1 + below(3);
		check_areas();
		check_landing();
		/* what is later than as_of might as well not be there */
		t.count = seen;
		check_areas();
		free((void *) t.at);
		free((void *) t.action);
		free((void *) t.offsite);
	}
	printf("ok\n");
	return 0;
}
