/*
 * carts_test.c
 *	  Random touchpoints: carts and the way to purchases are what their
 *	  definitions say, each looked up from scratch.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o carts_test \
 *		  test/core/carts_test.c src/core/[a-z]*.c -lm
 *	  ./carts_test [seed]
 *
 * Gaps are often exactly abandon_after, recover_within or the session timeout;
 * many touchpoints are at one time.  Prints "ok", or where it failed and the
 * seed.
 */
#include <math.h>
#include <string.h>

#include "core/carts.h"
#include "test.h"

#define MOST	60
#define TIMEOUT 30

static int64_t at[MOST];
static uint8_t action[MOST];
static uint32_t visit_no[MOST];
static bool offsite[MOST];
static bool ignored[MOST];
static double value[MOST];
static uint32_t clicks[MOST + 1];
static CartTouches t = {0, at, action, visit_no, offsite, ignored, value, clicks};
static CartRules rules;

static bool
opens(uint32_t i)
{
	return action[i] == TA_CART_ADD || action[i] == TA_CHECKOUT_START || action[i] == TA_CHECKOUT_STEP ||
		action[i] == TA_SHIPPING_INFO || action[i] == TA_PAYMENT_INFO;
}

static bool
touches(uint32_t i)
{
	return opens(i) || action[i] == TA_CART_REMOVE || action[i] == TA_CART_VIEW || action[i] == TA_COUPON_APPLY ||
		action[i] == TA_COUPON_DENY || action[i] == TA_COUPON_REMOVE || action[i] == TA_CHECKOUT_ERROR;
}

static bool
is(uint32_t i, TouchAction a)
{
	return action[i] == a;
}

static uint32_t
count_of(uint32_t from, uint32_t to, TouchAction a)
{
	uint32_t	n = 0;

	for (uint32_t i = from; i < to; i++)
		n += is(i, a);
	return n;
}

static uint32_t
clicks_of(uint32_t from, uint32_t to)
{
	uint32_t	n = 0;

	for (uint32_t i = from; i <= to; i++)
		n += !offsite[i] && !ignored[i] && !is(i, TA_SESSION_START);
	return n;
}

static uint32_t
start_of(uint32_t purchase)
{
	uint32_t	i = purchase;

	while (i > 0 && visit_no[i - 1] == visit_no[purchase] && !is(i - 1, TA_PURCHASE))
		i--;
	while (i < purchase && offsite[i])
		i++;
	return i;
}

/* Was a coupon applied in the visit of a purchase, after the one before it? */
static bool
coupon_of(uint32_t purchase)
{
	for (uint32_t i = purchase; i > 0 && visit_no[i - 1] == visit_no[purchase] && !is(i - 1, TA_PURCHASE); i--)
	{
		if (is(i - 1, TA_COUPON_APPLY))
			return true;
	}
	return false;
}

/* When the cart opened at `opened` was kept last, of what is before `end`. */
static uint32_t
kept(uint32_t opened, uint32_t end)
{
	for (uint32_t i = end; i > opened + 1; i--)
	{
		if (rules.by_session ? !offsite[i - 1] : touches(i - 1))
			return i - 1;
	}
	return opened;
}

/* The first touchpoint that is not of the cart any more. */
static uint32_t
end_of(uint32_t opened)
{
	for (uint32_t i = opened + 1; i < t.count; i++)
	{
		if ((uint64_t) (at[i] - at[kept(opened, i)]) > rules.abandon_after)
			return i;
		if (is(i, TA_PURCHASE))
			return i + 1;
	}
	return t.count;
}

/* Coupons on the way to what was bought, by outcome. */
static uint32_t coupons_seen[4];

static void
check_cart(const Cart *c, const Cart *carts, uint32_t ncarts)
{
	uint32_t	end = end_of(c->opened);
	bool		bought = end > c->opened && is(end - 1, TA_PURCHASE);
	int64_t		kept_at = at[kept(c->opened, bought ? end - 1 : end)];
	bool		over = (uint64_t) (rules.as_of - kept_at) > rules.abandon_after;
	uint32_t	purchase = bought ? end - 1 : CART_NONE;
	uint32_t	last = c->opened;
	uint32_t	reminders = 0;
	uint32_t	reminder = CART_NONE;
	uint32_t	last_reminder = CART_NONE;
	CartStep	furthest = CART_FILLED;
	double		sum = 0;
	bool		has_value = false;
	bool		known = false;
	bool		recovery_counts = false;
	bool		order_counts = true;
	int64_t		abandoned_at = kept_at + (int64_t) rules.abandon_after;

	REQUIRE(c->end == end && c->judged == over);
	if (!bought && over)
	{
		for (uint32_t i = t.count; i > end; i--)
		{
			if (is(i - 1, TA_PURCHASE))
				purchase = i - 1;
		}
		if (purchase != CART_NONE && (uint64_t) (at[purchase] - abandoned_at) > rules.recover_within)
			purchase = CART_NONE;
		REQUIRE(c->abandoned_at == abandoned_at);
		REQUIRE(c->outcome == (purchase == CART_NONE ? CART_ABANDONED : CART_RECOVERED));
		REQUIRE(c->recovery_judged == ((uint64_t) (rules.as_of - abandoned_at) > rules.recover_within));
	}
	else
		REQUIRE(c->outcome == (bought ? CART_PURCHASED : CART_OPEN) && !c->recovery_judged);

	for (uint32_t i = c->opened; i < end; i++)
	{
		if (touches(i))
			last = i;
		if (is(i, TA_CHECKOUT_START) || is(i, TA_CHECKOUT_STEP))
			furthest = furthest > CART_CHECKOUT ? furthest : CART_CHECKOUT;
		if (is(i, TA_SHIPPING_INFO))
			furthest = furthest > CART_SHIPPING ? furthest : CART_SHIPPING;
		if (is(i, TA_PAYMENT_INFO))
			furthest = CART_PAYMENT;
		if ((is(i, TA_CART_ADD) || is(i, TA_CART_REMOVE)) && !isnan(value[i]))
		{
			has_value = true;
			sum += is(i, TA_CART_ADD) ? value[i] : -value[i];
		}
	}
	REQUIRE(c->last == last && c->furthest == (bought ? CART_BOUGHT : furthest));
	REQUIRE((c->checkout == CART_NONE) == (furthest == CART_FILLED));
	if (c->checkout != CART_NONE)
		REQUIRE(opens(c->checkout) && !is(c->checkout, TA_CART_ADD) &&
				count_of(c->opened, c->checkout, TA_CART_ADD) + count_of(c->opened, c->checkout, TA_CHECKOUT_START) +
				count_of(c->opened, c->checkout, TA_CHECKOUT_STEP) + count_of(c->opened, c->checkout, TA_SHIPPING_INFO) +
				count_of(c->opened, c->checkout, TA_PAYMENT_INFO) == count_of(c->opened, c->checkout, TA_CART_ADD));
	for (int k = 0; k < 2; k++)
	{
		TouchAction a = k == 0 ? TA_SHIPPING_INFO : TA_PAYMENT_INFO;
		uint32_t	i = k == 0 ? c->shipping : c->payment;

		REQUIRE(i == CART_NONE ? count_of(c->opened, end, a) == 0 :
				i >= c->opened && i < end && is(i, a) && count_of(i + 1, end, a) == 0);
	}
	REQUIRE(c->adds == count_of(c->opened, end, TA_CART_ADD));
	REQUIRE(c->removes == count_of(c->opened, end, TA_CART_REMOVE));
	REQUIRE(c->coupons_applied == count_of(c->opened, end, TA_COUPON_APPLY));
	REQUIRE(c->coupons_denied == count_of(c->opened, end, TA_COUPON_DENY));
	REQUIRE(c->errors == count_of(c->opened, end, TA_CHECKOUT_ERROR));
	REQUIRE(c->has_value == has_value && c->value == sum);

	/*
	 * reminders: until the next cart, the purchase, the end of the time to
	 * recover
	 */
	for (uint32_t i = c->opened; i < t.count; i++)
	{
		if (i >= end && (opens(i) || is(i, TA_PURCHASE) || bought || !over ||
						 (uint64_t) (at[i] - abandoned_at) > rules.recover_within))
			break;
		if (!is(i, TA_MESSAGE_CART_RECOVERY))
			continue;
		if (reminders++ == 0)
			reminder = i;
		last_reminder = i;
	}
	REQUIRE(c->reminders == reminders && c->reminder == reminder && c->last_reminder == last_reminder);

	/* the last one who logged in or out since the visit began */
	for (uint32_t i = 0; i <= (bought ? purchase : last); i++)
	{
		if (is(i, TA_LOGOUT))
			known = false;
		if ((is(i, TA_LOGIN) || is(i, TA_SIGN_UP)) && visit_no[i] >= visit_no[c->opened])
			known = true;
	}
	REQUIRE(c->registered == known);

	REQUIRE(c->purchase.i == purchase);
	if (purchase != CART_NONE)
	{
		REQUIRE(c->purchase.start == start_of(purchase));
		REQUIRE(c->purchase.coupon == coupon_of(purchase));
		coupons_seen[c->outcome] += c->purchase.coupon;
		REQUIRE(c->clicks == clicks_of(c->opened, purchase));
		REQUIRE(c->steps_from_visit == clicks_of(start_of(purchase), purchase));
	}
	if (c->outcome == CART_RECOVERED)
	{
		recovery_counts = true;
		for (const Cart *other = c + 1; other < carts + ncarts; other++)
		{
			if (other->purchase.i == purchase)
			{
				order_counts = false;
				recovery_counts &= other->outcome != CART_RECOVERED;
			}
		}
	}
	REQUIRE(c->recovery_counts == recovery_counts && c->order_counts == order_counts);
}

/* What the journeys together had, so that nothing goes untested. */
static uint32_t seen[4];
static uint32_t shared_seen;

static void
check(void)
{
	Cart		carts[MOST];
	uint32_t	ncarts = 0;
	uint32_t	next = 0;
	CartWalk	walk;
	CartPurchase p = {CART_NONE, 0, 0, false};

	cart_clicks_count(&t);
	for (uint32_t i = 0; i < t.count; i++)
		REQUIRE(cart_clicks(&t, 0, i) == clicks_of(0, i));
	carts_begin(&walk, &t, &rules);
	while (carts_next(&walk, &carts[ncarts]))
		ncarts++;
	REQUIRE(carts_any(action, t.count) == (ncarts > 0));

	/* every opening is in a cart, or opens the next one */
	for (uint32_t i = 0, end = 0; i < t.count; i++)
	{
		if (i >= end && opens(i))
		{
			REQUIRE(next < ncarts && carts[next].opened == i);
			end = end_of(i);
			next++;
		}
	}
	REQUIRE(next == ncarts);
	for (uint32_t i = 0; i < ncarts; i++)
	{
		check_cart(&carts[i], carts, ncarts);
		seen[carts[i].outcome]++;
		shared_seen += carts[i].outcome == CART_RECOVERED && !carts[i].order_counts;
	}

	/* purchases */
	for (uint32_t i = 0; i < t.count; i++)
	{
		uint32_t	product = CART_NONE;

		if (!is(i, TA_PURCHASE))
			continue;
		cart_purchase_next(&t, &p);
		for (uint32_t k = i; k > start_of(i); k--)
		{
			if ((is(k - 1, TA_ITEM_VIEW) || is(k - 1, TA_PAGE_VIEW_PRODUCT)) && !offsite[k - 1])
				product = k - 1;
		}
		REQUIRE(p.i == i && p.start == start_of(i) && p.product == product);
	}
	cart_purchase_next(&t, &p);
	REQUIRE(p.i == CART_NONE);
}

int
main(int argc, char **argv)
{
	static const uint8_t often[] = {TA_CART_ADD, TA_CART_ADD, TA_PURCHASE, TA_MESSAGE_CART_RECOVERY, TA_CART_REMOVE,
		TA_CHECKOUT_START, TA_CHECKOUT_STEP, TA_SHIPPING_INFO, TA_PAYMENT_INFO, TA_CHECKOUT_ERROR, TA_COUPON_APPLY,
		TA_COUPON_DENY, TA_LOGIN, TA_SIGN_UP, TA_LOGOUT, TA_ITEM_VIEW, TA_PAGE_VIEW_PRODUCT, TA_SESSION_START, TA_CART_VIEW,
	TA_NONE};
	static const uint32_t spans[] = {0, 1, TIMEOUT, 100, 1000};

	start_random(argc > 1 ? argv[1] : NULL, 20260214);
	for (uint32_t round = 0; round < 100000; round++)
	{
		int64_t		visited_at = 0;
		bool		visited = false;
		uint32_t	kinds = 3 + below(sizeof(often) - 2);

		rules.abandon_after = spans[below(5)];
		rules.recover_within = spans[below(5)];
		rules.by_session = below(2);
		if (rules.by_session)
			rules.abandon_after = TIMEOUT;
		t.count = below(below(4) ? 12 : MOST + 1);
		t.value = below(4) ? value : NULL;
		for (uint32_t i = 0; i < t.count; i++)
		{
			uint64_t	gap = below(3) ? below(8) : below(3) == 0 ? rules.abandon_after + below(3) :
			below(2) ? rules.recover_within + below(3) : TIMEOUT + below(2);

			at[i] = i == 0 ? (int64_t) below(1000) - 500 : at[i - 1] + (int64_t) gap;
			action[i] = below(8) ? often[below(kinds)] : (uint8_t) below(TA_COUNT);
			offsite[i] = is(i, TA_MESSAGE_CART_RECOVERY) || below(12) == 0;
			ignored[i] = below(12) == 0;
			value[i] = below(2) || t.value == NULL ? NAN : below(100);
			visit_no[i] = i == 0 ? 1 : visit_no[i - 1];
			if (!offsite[i])
			{
				visit_no[i] += visited && at[i] - visited_at > TIMEOUT;
				visited = true;
				visited_at = at[i];
			}
		}
		rules.as_of = (t.count > 0 ? at[t.count - 1] : 0) + (int64_t) (below(2) ? below(4) : below(1200));
		check();
	}
	for (int i = 0; i < 4; i++)
		REQUIRE(seen[i] > 10000);
	REQUIRE(shared_seen > 1000 && coupons_seen[CART_PURCHASED] > 1000 && coupons_seen[CART_RECOVERED] > 1000);
	printf("ok\n");
	return 0;
}
