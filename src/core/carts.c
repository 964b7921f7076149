/*
 * carts.c
 *	  The carts of a customer: what became of them, and the way to a purchase.
 *
 * A cart opens with the first thing put in it, or with a checkout where none is
 * open.  It ends with the next purchase, or is abandoned where nothing touched
 * it for longer than abandon_after; counted by session anything on the site
 * keeps it, so that it ends with its visit.
 *
 * An abandoned cart is recovered by the first purchase after it, whatever came
 * between, if that is at most recover_within after abandoning.  Who comes back
 * fills a new cart as often as not, and tools seldom log that it is the old one:
 * asked is whether the sale was lost.  So one purchase may end a cart and recover
 * the ones left before it; for sums of money and orders the last one it
 * recovered is marked, and the one cart with which a purchase is counted at all.
 *
 * A reminder belongs to the last cart opened before it, until that is bought or
 * its time to be recovered is over.
 *
 * Rates judge carts last touched more than abandon_after before as_of, and
 * recovery those abandoned more than recover_within before it, whether they were
 * bought or not: of younger ones only the bought ones are decided, and to count
 * those alone would flatter.
 *
 * A click is a touchpoint on the site that is neither technical nor the start of
 * a session, which the customer does not make.
 *
 * Cost: a few looks at each touchpoint.  Carts follow each other, so do the
 * stretches after them that are searched for reminders, and the search for
 * purchases only moves on.
 */
#include "carts.h"

#include <string.h>

/* What a touchpoint is to a cart. */
enum
{
	IS_OPENING = 1,				/* opens one where none is open */
	IS_TOUCH = 2,				/* keeps an open one */
	IS_CHECKOUT = 4,			/* a step of the checkout */
	IS_PRODUCT = 8				/* a look at a product */
};

static const uint8_t kind[TA_COUNT] = {
	[TA_CART_ADD] = IS_OPENING | IS_TOUCH,
	[TA_CART_REMOVE] = IS_TOUCH,
	[TA_CART_VIEW] = IS_TOUCH,
	[TA_CHECKOUT_START] = IS_OPENING | IS_TOUCH | IS_CHECKOUT,
	[TA_CHECKOUT_STEP] = IS_OPENING | IS_TOUCH | IS_CHECKOUT,
	[TA_SHIPPING_INFO] = IS_OPENING | IS_TOUCH | IS_CHECKOUT,
	[TA_PAYMENT_INFO] = IS_OPENING | IS_TOUCH | IS_CHECKOUT,
	[TA_COUPON_APPLY] = IS_TOUCH,
	[TA_COUPON_DENY] = IS_TOUCH,
	[TA_COUPON_REMOVE] = IS_TOUCH,
	/* opens none: tools report errors of other pages by the same name */
	[TA_CHECKOUT_ERROR] = IS_TOUCH,
	[TA_ITEM_VIEW] = IS_PRODUCT,
	[TA_PAGE_VIEW_PRODUCT] = IS_PRODUCT,
};

bool
carts_any(const uint8_t *action, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (kind[action[i]] & IS_OPENING)
			return true;
	}
	return false;
}

void
cart_clicks_count(const CartTouches *t)
{
	uint32_t	clicks = 0;

	for (uint32_t i = 0; i < t->count; i++)
	{
		t->clicks[i] = clicks;
		clicks += !t->offsite[i] && !t->ignored[i] && t->action[i] != TA_SESSION_START;
	}
	t->clicks[t->count] = clicks;
}

void
cart_purchase_next(const CartTouches *t, CartPurchase *p)
{
	uint32_t	i = p->i == CART_NONE ? 0 : p->i + 1;

	p->i = p->start = p->product = CART_NONE;
	p->coupon = false;
	for (; i < t->count; i++)
	{
		bool		bought = t->action[i] == TA_PURCHASE;

		if (i > 0 && t->visit_no[i] != t->visit_no[i - 1])
		{
			p->start = p->product = CART_NONE;
			p->coupon = false;
		}
		if (p->start == CART_NONE && (bought || !t->offsite[i]))
			p->start = i;
		if (bought)
		{
			p->i = i;
			return;
		}
		p->coupon |= t->action[i] == TA_COUPON_APPLY;
		if (p->product == CART_NONE && !t->offsite[i] && (kind[t->action[i]] & IS_PRODUCT))
			p->product = i;
	}
}

/* -- one cart ----------------------------------------------------------------- */

static void
see_login(CartWalk *w, uint32_t i)
{
	switch (w->touches->action[i])
	{
		case TA_LOGIN:
		case TA_SIGN_UP:
			w->login_visit = w->touches->visit_no[i];
			break;
		case TA_LOGOUT:
			w->login_visit = 0;
			break;
		default:
			break;
	}
}

static void
put_value(const CartTouches *t, Cart *c, uint32_t i, double sign)
{
	/* not a number: has none */
	if (t->value == NULL || t->value[i] != t->value[i])
		return;
	c->value += sign * t->value[i];
	c->has_value = true;
}

/* A touchpoint that keeps the cart. */
static void
touch(const CartTouches *t, Cart *c, uint32_t i)
{
	CartStep	step = CART_FILLED;

	c->last = i;
	switch (t->action[i])
	{
		case TA_CART_ADD:
			c->adds++;
			put_value(t, c, i, 1);
			break;
		case TA_CART_REMOVE:
			c->removes++;
			put_value(t, c, i, -1);
			break;
		case TA_SHIPPING_INFO:
			c->shipping = i;
			step = CART_SHIPPING;
			break;
		case TA_PAYMENT_INFO:
			c->payment = i;
			step = CART_PAYMENT;
			break;
		case TA_CHECKOUT_START:
		case TA_CHECKOUT_STEP:
			step = CART_CHECKOUT;
			break;
		case TA_COUPON_APPLY:
			c->coupons_applied++;
			break;
		case TA_COUPON_DENY:
			c->coupons_denied++;
			break;
		case TA_CHECKOUT_ERROR:
			c->errors++;
			break;
		default:
			break;
	}
	if (c->checkout == CART_NONE && (kind[t->action[i]] & IS_CHECKOUT))
		c->checkout = i;
	if (step > c->furthest)
		c->furthest = step;
}

static void
remind(Cart *c, uint32_t i)
{
	if (c->reminders++ == 0)
		c->reminder = i;
	c->last_reminder = i;
}

/* What came after it was abandoned. */
static void
look_on(CartWalk *w, Cart *c)
{
	const CartTouches *t = w->touches;
	const uint64_t within = w->rules->recover_within;

	for (uint32_t i = c->end; i < t->count; i++)
	{
		if ((uint64_t) t->at[i] - (uint64_t) c->abandoned_at > within ||
			(kind[t->action[i]] & IS_OPENING) || t->action[i] == TA_PURCHASE)
			break;
		if (t->action[i] == TA_MESSAGE_CART_RECOVERY)
			remind(c, i);
	}
	c->outcome = CART_ABANDONED;
	c->recovery_judged = (uint64_t) w->rules->as_of - (uint64_t) c->abandoned_at > within;
	if (w->purchase.i != CART_NONE &&
		(uint64_t) t->at[w->purchase.i] - (uint64_t) c->abandoned_at <= within)
		c->outcome = CART_RECOVERED;
}

/* The next cart, but for what the one after it decides. */
static bool
find_cart(CartWalk *w, Cart *c)
{
	const CartTouches *t = w->touches;
	const uint64_t longest = w->rules->abandon_after;
	int64_t		kept_at;
	bool		bought = false;
	uint32_t	i = w->next;

	for (; i < t->count && !(kind[t->action[i]] & IS_OPENING); i++)
		see_login(w, i);
	w->next = i;
	if (i == t->count)
		return false;

	memset(c, 0, sizeof(*c));
	c->opened = i;
	c->checkout = c->shipping = c->payment = CART_NONE;
	c->reminder = c->last_reminder = CART_NONE;
	kept_at = t->at[i];
	for (; i < t->count && !bought; i++)
	{
		/* unsigned: two times can be further apart than an int64 */
		if ((uint64_t) t->at[i] - (uint64_t) kept_at > longest)
			break;
		see_login(w, i);
		bought = t->action[i] == TA_PURCHASE;
		if (kind[t->action[i]] & IS_TOUCH)
			touch(t, c, i);
		else if (t->action[i] == TA_MESSAGE_CART_RECOVERY)
			remind(c, i);
		if (bought || (kind[t->action[i]] & IS_TOUCH))
			c->registered = w->login_visit >= t->visit_no[c->opened];
		if (!bought && (w->rules->by_session ? !t->offsite[i] : kind[t->action[i]] & IS_TOUCH))
			kept_at = t->at[i];
	}
	c->end = w->next = i;
	c->judged = (uint64_t) w->rules->as_of - (uint64_t) kept_at > longest;
	c->abandoned_at = kept_at;
	c->order_counts = true;

	while (w->purchase.i < (bought ? i - 1 : i))
		cart_purchase_next(t, &w->purchase);
	if (bought)
	{
		c->outcome = CART_PURCHASED;
		c->furthest = CART_BOUGHT;
	}
	else if (!c->judged)
		c->outcome = CART_OPEN;
	else
	{
		c->abandoned_at = (int64_t) ((uint64_t) kept_at + longest);
		look_on(w, c);
	}
	c->purchase.i = CART_NONE;
	if (c->outcome == CART_PURCHASED || c->outcome == CART_RECOVERED)
	{
		c->purchase = w->purchase;
		c->clicks = cart_clicks(t, c->opened, c->purchase.i);
		c->steps_from_visit = cart_clicks(t, c->purchase.start, c->purchase.i);
	}
	return true;
}

/* -- all carts ---------------------------------------------------------------- */

void
carts_begin(CartWalk *w, const CartTouches *touches, const CartRules *rules)
{
	memset(w, 0, sizeof(*w));
	w->touches = touches;
	w->rules = rules;
	w->purchase.i = CART_NONE;
	cart_purchase_next(touches, &w->purchase);
	w->has_ahead = find_cart(w, &w->ahead);
}

bool
carts_next(CartWalk *w, Cart *cart)
{
	bool		shared;

	if (!w->has_ahead)
		return false;
	*cart = w->ahead;
	w->has_ahead = find_cart(w, &w->ahead);
	if (cart->outcome == CART_RECOVERED)
	{
		/* carts of one purchase follow each other */
		shared = w->has_ahead && w->ahead.purchase.i == cart->purchase.i;
		cart->recovery_counts = !shared || w->ahead.outcome != CART_RECOVERED;
		cart->order_counts = !shared;
	}
	return true;
}
