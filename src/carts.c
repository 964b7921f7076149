/*
 * carts.c
 *	  carts(j, actions, ...): the carts of a customer and what became of them;
 *	  clicks_to_purchase(j, actions, ...): how long the way to each purchase was.
 *
 * The journey is laid out as arrays of times and actions, and core code does the
 * rest (see core/carts.c).  What is later than as_of is not looked at: the
 * answer is what was known then.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "core/carts.h"
#include "funnel_options.h"
#include "row_set.h"
#include "touch_table.h"

#define DEFAULT_ABANDON_AFTER	USECS_PER_DAY
#define DEFAULT_RECOVER_WITHIN	(30 * USECS_PER_DAY)

/* In the order of CartStep and CartOutcome. */
static const char *const steps[] = {"cart", "checkout", "shipping", "payment", "purchase"};
static const char *const outcomes[] = {"purchased", "abandoned", "recovered", "open"};

typedef struct CartTable
{
	TouchTable	table;
	CartTouches touches;
} CartTable;

static uint32 *
visit_numbers(const TouchTable *t, const bool *offsite, uint64 timeout)
{
	uint32	   *numbers = palloc((size_t) (t->count + 1) * sizeof(uint32));
	StageVisit	visit = {0, 0};
	uint32		number = 1;

	for (uint32 i = 0; i < t->count; i++)
	{
		uint64		gap = i == 0 ? 0 : (uint64) t->at[i] - (uint64) t->at[i - 1];

		number += stage_new_visit(&visit, gap, offsite[i], timeout);
		numbers[i] = number;
	}
	return numbers;
}

/*
 * What the journey of the first argument has up to as_of, in the third, which is
 * told in rules.  False if nothing in it can be a cart (or, if asked for, a
 * purchase).
 */
static bool
read_touches(CartTable *c, CartRules *rules, FunctionCallInfo fcinfo, bool any_purchase)
{
	const StageModel *actions = PG_GETARG_STAGE_MODEL_P(1);
	TouchTable *t = &c->table;
	CartTouches *touches = &c->touches;
	const uint8 *action;

	touch_table_read(t, PG_GETARG_DATUM(0));
	CHECK_FOR_INTERRUPTS();
	touches->count = touch_seen(t, fcinfo->args[2], &rules->as_of);
	action = touch_actions(t, actions);
	if (any_purchase ? memchr(action, TA_PURCHASE, touches->count) == NULL :
		!carts_any(action, touches->count))
		return false;

	touches->at = t->at;
	touches->action = action;
	touches->offsite = touch_definition(t, actions, "offsite");
	touches->ignored = touch_definition(t, actions, "ignore");
	touches->visit_no = visit_numbers(t, touches->offsite, (uint64) actions->session_timeout);
	touches->value = t->value;
	touches->clicks = palloc((size_t) (touches->count + 1) * sizeof(uint32));
	cart_clicks_count(touches);
	return true;
}

/* -- carts ---------------------------------------------------------------------- */

/* The columns of journey.cart_row. */
enum
{
	COL_CART_NO, COL_OPENED_AT, COL_N, COL_EVENT, COL_CHANNEL, COL_VISIT_NO, COL_LAST_AT,
	COL_CHECKOUT_AT, COL_ADDS, COL_REMOVES, COL_FURTHEST, COL_OUTCOME, COL_JUDGED,
	COL_ABANDONED_AT, COL_PURCHASED_AT, COL_IN_SESSION, COL_SECONDS_TO_PURCHASE,
	COL_CLICKS, COL_STEPS_FROM_VISIT, COL_COUPONS_APPLIED, COL_COUPONS_DENIED,
	COL_ERRORS, COL_ERROR_EVENTS, COL_REGISTERED, COL_SHIPPING_METHOD,
	COL_PAYMENT_METHOD, COL_REMINDERS, COL_REMINDED, COL_REMINDED_AT,
	COL_REMINDER_EVENT, COL_INCENTIVE, COL_RECOVERY_JUDGED, COL_RECOVERY_COUNTS,
	COL_CART_VALUE, COL_VALUE, COL_RECOVERED_VALUE, COL_COUNT
};

/* The events that were in the way: errors and denied coupons. */
static Datum
error_events(CartTable *c, const Cart *cart)
{
	const uint8 *action = c->touches.action;
	Datum	   *events;
	uint32		n = 0;

	events = MemoryContextAllocHuge(CurrentMemoryContext,
									((Size) cart->errors + cart->coupons_denied) * sizeof(Datum));
	for (uint32 i = cart->opened; i < cart->end; i++)
	{
		if (action[i] == TA_CHECKOUT_ERROR || action[i] == TA_COUPON_DENY)
			events[n++] = touch_event(&c->table, i);
	}
	return PointerGetDatum(construct_array(events, (int) n, TEXTOID, -1, false, TYPALIGN_INT));
}

static void
put_cart(ReturnSetInfo *rsinfo, CartTable *c, const Cart *cart, int32 number)
{
	TouchTable *t = &c->table;
	const CartTouches *touches = &c->touches;
	bool		bought = cart->purchase.i != CART_NONE;
	bool		left = cart->outcome == CART_ABANDONED || cart->outcome == CART_RECOVERED;
	Datum		values[COL_COUNT] = {0};
	bool		nulls[COL_COUNT] = {false};

	if (!isfinite(cart->value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of the values of a cart is out of range")));
	values[COL_CART_NO] = Int32GetDatum(number);
	values[COL_OPENED_AT] = TimestampTzGetDatum(t->at[cart->opened]);
	values[COL_N] = Int32GetDatum((int32) cart->opened + 1);
	values[COL_EVENT] = touch_event(t, cart->opened);
	nulls[COL_CHANNEL] = !touch_channel(t, cart->opened, &values[COL_CHANNEL]);
	values[COL_VISIT_NO] = Int32GetDatum((int32) touches->visit_no[cart->opened]);
	values[COL_LAST_AT] = TimestampTzGetDatum(t->at[cart->last]);
	nulls[COL_CHECKOUT_AT] = cart->checkout == CART_NONE;
	if (cart->checkout != CART_NONE)
		values[COL_CHECKOUT_AT] = TimestampTzGetDatum(t->at[cart->checkout]);
	values[COL_ADDS] = Int32GetDatum((int32) cart->adds);
	values[COL_REMOVES] = Int32GetDatum((int32) cart->removes);
	values[COL_FURTHEST] = CStringGetTextDatum(steps[cart->furthest]);
	values[COL_OUTCOME] = CStringGetTextDatum(outcomes[cart->outcome]);
	values[COL_JUDGED] = BoolGetDatum(cart->judged);
	nulls[COL_ABANDONED_AT] = !left;
	values[COL_ABANDONED_AT] = TimestampTzGetDatum(cart->abandoned_at);

	nulls[COL_PURCHASED_AT] = nulls[COL_SECONDS_TO_PURCHASE] = !bought;
	nulls[COL_CLICKS] = nulls[COL_STEPS_FROM_VISIT] = nulls[COL_VALUE] = !bought;
	nulls[COL_IN_SESSION] = cart->outcome == CART_OPEN;
	nulls[COL_RECOVERED_VALUE] = !cart->recovery_counts;
	if (bought)
	{
		uint32		p = cart->purchase.i;

		values[COL_PURCHASED_AT] = TimestampTzGetDatum(t->at[p]);
		values[COL_IN_SESSION] = BoolGetDatum(touches->visit_no[p] == touches->visit_no[cart->opened]);
		values[COL_SECONDS_TO_PURCHASE] = Float8GetDatum(touch_seconds(t->at[cart->opened], t->at[p]));
		values[COL_CLICKS] = Int32GetDatum((int32) cart->clicks);
		values[COL_STEPS_FROM_VISIT] = Int32GetDatum((int32) cart->steps_from_visit);
		/* once each, so that sums are right */
		nulls[COL_VALUE] = !cart->order_counts || !touch_value(t, p, &values[COL_VALUE]);
		nulls[COL_RECOVERED_VALUE] = !cart->recovery_counts ||
			!touch_value(t, p, &values[COL_RECOVERED_VALUE]);
	}

	values[COL_COUPONS_APPLIED] = Int32GetDatum((int32) cart->coupons_applied);
	values[COL_COUPONS_DENIED] = Int32GetDatum((int32) cart->coupons_denied);
	values[COL_ERRORS] = Int32GetDatum((int32) cart->errors);
	nulls[COL_ERROR_EVENTS] = cart->errors + cart->coupons_denied == 0;
	if (!nulls[COL_ERROR_EVENTS])
		values[COL_ERROR_EVENTS] = error_events(c, cart);
	values[COL_REGISTERED] = BoolGetDatum(cart->registered);
	nulls[COL_SHIPPING_METHOD] = cart->shipping == CART_NONE ||
		!touch_detail(t, cart->shipping, &values[COL_SHIPPING_METHOD]);
	nulls[COL_PAYMENT_METHOD] = cart->payment == CART_NONE ||
		!touch_detail(t, cart->payment, &values[COL_PAYMENT_METHOD]);

	values[COL_REMINDERS] = Int32GetDatum((int32) cart->reminders);
	values[COL_REMINDED] = BoolGetDatum(cart->reminders > 0);
	nulls[COL_REMINDED_AT] = nulls[COL_REMINDER_EVENT] = cart->reminders == 0;
	if (cart->reminders > 0)
	{
		values[COL_REMINDED_AT] = TimestampTzGetDatum(t->at[cart->reminder]);
		values[COL_REMINDER_EVENT] = touch_event(t, cart->last_reminder);
	}
	nulls[COL_INCENTIVE] = cart->outcome != CART_RECOVERED;
	values[COL_INCENTIVE] = BoolGetDatum(cart->purchase.coupon);
	nulls[COL_RECOVERY_JUDGED] = !left;
	values[COL_RECOVERY_JUDGED] = BoolGetDatum(cart->recovery_judged);
	nulls[COL_RECOVERY_COUNTS] = cart->outcome != CART_RECOVERED;
	values[COL_RECOVERY_COUNTS] = BoolGetDatum(cart->recovery_counts);
	nulls[COL_CART_VALUE] = !cart->has_value;
	values[COL_CART_VALUE] = Float8GetDatum(cart->value);
	row_set_add(rsinfo, values, nulls);
}

/* carts(j, actions, as_of, abandon_after, recover_within, by_session) */
PG_FUNCTION_INFO_V1(carts);
Datum
carts(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CartTable	c;
	CartRules	rules;
	CartWalk	walk;
	Cart		cart;
	int32		number = 0;

	row_set_begin(fcinfo);
	touch_check_as_of(fcinfo->args[2]);
	rules.abandon_after = funnel_span_or(fcinfo->args[3], "abandon_after", DEFAULT_ABANDON_AFTER);
	rules.recover_within = funnel_span_or(fcinfo->args[4], "recover_within", DEFAULT_RECOVER_WITHIN);
	rules.by_session = !PG_ARGISNULL(5) && PG_GETARG_BOOL(5);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	if (rules.by_session)
		rules.abandon_after = (uint64) PG_GETARG_STAGE_MODEL_P(1)->session_timeout;
	if (!read_touches(&c, &rules, fcinfo, false))
		return (Datum) 0;

	carts_begin(&walk, &c.touches, &rules);
	while (carts_next(&walk, &cart))
	{
		CHECK_FOR_INTERRUPTS();
		put_cart(rsinfo, &c, &cart, ++number);
	}
	return (Datum) 0;
}

/* -- clicks_to_purchase ------------------------------------------------------------ */

/* The columns of journey.clicks_to_purchase_row. */
enum
{
	CLICK_ORDER_NO, CLICK_PURCHASED_AT, CLICK_N, CLICK_EVENT, CLICK_CHANNEL,
	CLICK_VISIT_NO, CLICK_STEPS, CLICK_SECONDS, CLICK_PRODUCT_CLICKS,
	CLICK_PRODUCT_SECONDS, CLICK_CART_CLICKS, CLICK_CART_SECONDS, CLICK_CART_VISITS,
	CLICK_VALUE, CLICK_COUNT
};

/* A purchase; `cart` is the one it ended, or NULL. */
static void
put_purchase(ReturnSetInfo *rsinfo, CartTable *c, const CartPurchase *p, const Cart *cart, int32 number)
{
	TouchTable *t = &c->table;
	const CartTouches *touches = &c->touches;
	Datum		values[CLICK_COUNT] = {0};
	bool		nulls[CLICK_COUNT] = {false};

	values[CLICK_ORDER_NO] = Int32GetDatum(number);
	values[CLICK_PURCHASED_AT] = TimestampTzGetDatum(t->at[p->i]);
	values[CLICK_N] = Int32GetDatum((int32) p->i + 1);
	values[CLICK_EVENT] = touch_event(t, p->i);
	nulls[CLICK_CHANNEL] = !touch_channel(t, p->i, &values[CLICK_CHANNEL]);
	values[CLICK_VISIT_NO] = Int32GetDatum((int32) touches->visit_no[p->i]);
	values[CLICK_STEPS] = Int32GetDatum((int32) cart_clicks(touches, p->start, p->i));
	values[CLICK_SECONDS] = Float8GetDatum(touch_seconds(t->at[p->start], t->at[p->i]));
	nulls[CLICK_PRODUCT_CLICKS] = nulls[CLICK_PRODUCT_SECONDS] = p->product == CART_NONE;
	if (p->product != CART_NONE)
	{
		values[CLICK_PRODUCT_CLICKS] = Int32GetDatum((int32) cart_clicks(touches, p->product, p->i));
		values[CLICK_PRODUCT_SECONDS] = Float8GetDatum(touch_seconds(t->at[p->product], t->at[p->i]));
	}
	nulls[CLICK_CART_CLICKS] = nulls[CLICK_CART_SECONDS] = nulls[CLICK_CART_VISITS] = cart == NULL;
	if (cart != NULL)
	{
		values[CLICK_CART_CLICKS] = Int32GetDatum((int32) cart->clicks);
		values[CLICK_CART_SECONDS] = Float8GetDatum(touch_seconds(t->at[cart->opened], t->at[p->i]));
		values[CLICK_CART_VISITS] = Int32GetDatum((int32) (touches->visit_no[p->i] -
														   touches->visit_no[cart->opened]) + 1);
	}
	nulls[CLICK_VALUE] = !touch_value(t, p->i, &values[CLICK_VALUE]);
	row_set_add(rsinfo, values, nulls);
}

/* clicks_to_purchase(j, actions, as_of, abandon_after) */
PG_FUNCTION_INFO_V1(clicks_to_purchase);
Datum
clicks_to_purchase(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CartTable	c;
	CartRules	rules;
	CartWalk	walk;
	Cart		cart;
	CartPurchase p = {CART_NONE, CART_NONE, CART_NONE, false};
	bool		has_cart;
	int32		number = 0;

	row_set_begin(fcinfo);
	touch_check_as_of(fcinfo->args[2]);
	rules.abandon_after = funnel_span_or(fcinfo->args[3], "abandon_after", DEFAULT_ABANDON_AFTER);
	rules.recover_within = 0;
	rules.by_session = false;
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || !read_touches(&c, &rules, fcinfo, true))
		return (Datum) 0;

	carts_begin(&walk, &c.touches, &rules);
	has_cart = carts_next(&walk, &cart);
	for (cart_purchase_next(&c.touches, &p); p.i != CART_NONE; cart_purchase_next(&c.touches, &p))
	{
		CHECK_FOR_INTERRUPTS();
		while (has_cart && cart.end <= p.i)
			has_cart = carts_next(&walk, &cart);
		put_purchase(rsinfo, &c, &p,
					 has_cart && cart.outcome == CART_PURCHASED && cart.purchase.i == p.i ? &cart : NULL,
					 ++number);
	}
	return (Datum) 0;
}
