/*
 * carts.h
 *	  The carts of a customer, and the way to each purchase.
 */
#ifndef CARTS_H
#define CARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "touch_action.h"

/* The touchpoints of a customer in order, by number. */
typedef struct CartTouches
{
	uint32_t	count;			/* those up to as_of */
	const int64_t *at;
	const uint8_t *action;		/* TouchAction */
	const uint32_t *visit_no;
	const bool *offsite;		/* no part of a visit */
	const bool *ignored;		/* technical: no click */
	const double *value;		/* NaN for none; NULL if nothing has one */
	uint32_t   *clicks;			/* those before each touchpoint and before the
								 * end, count + 1 numbers: filled by
								 * cart_clicks_count */
} CartTouches;

typedef struct CartRules
{
	int64_t		as_of;			/* not before the last touchpoint */
	uint64_t	abandon_after;	/* microseconds; longer ones abandon */
	uint64_t	recover_within; /* microseconds, from abandoning on */
	bool		by_session;		/* anything on the site keeps a cart: it ends
								 * with its visit */
} CartRules;

typedef enum CartStep
{
	CART_FILLED, CART_CHECKOUT, CART_SHIPPING, CART_PAYMENT, CART_BOUGHT
} CartStep;

typedef enum CartOutcome
{
	CART_PURCHASED, CART_ABANDONED, CART_RECOVERED, CART_OPEN
} CartOutcome;

/* "No touchpoint", where a touchpoint's number may stand. */
#define CART_NONE	UINT32_MAX

/* A purchase, and where the way to it began; numbers of touchpoints. */
typedef struct CartPurchase
{
	uint32_t	i;				/* CART_NONE: there is no further one */
	uint32_t	start;			/* first one on the site in its visit, after
								 * the purchase before it in that visit */
	uint32_t	product;		/* first product view from there on, or
								 * CART_NONE */
	bool		coupon;			/* one was applied from there on */
} CartPurchase;

typedef struct Cart
{
	uint32_t	opened;			/* touchpoints, by number */
	uint32_t	last;			/* last one that touched it */
	uint32_t	checkout;		/* first one of the checkout, or CART_NONE */
	uint32_t	shipping;		/* last SHIPPING_INFO, or CART_NONE */
	uint32_t	payment;		/* last PAYMENT_INFO, or CART_NONE */
	uint32_t	end;			/* first one that is not of it any more; its
								 * own are from opened to end - 1 */
	CartPurchase purchase;		/* that ended or recovered it */
	CartOutcome outcome;
	CartStep	furthest;
	int64_t		abandoned_at;	/* where abandoned or recovered */
	uint32_t	adds;
	uint32_t	removes;
	uint32_t	coupons_applied;
	uint32_t	coupons_denied;
	uint32_t	errors;
	uint32_t	reminders;
	uint32_t	reminder;		/* first one, or CART_NONE */
	uint32_t	last_reminder;
	uint32_t	clicks;			/* to the purchase; 0 without one */
	uint32_t	steps_from_visit;
	bool		judged;			/* old enough to count in rates */
	bool		recovery_judged;
	bool		recovery_counts;	/* last cart that its purchase recovered */
	bool		order_counts;	/* the purchase is counted with this cart */
	bool		registered;
	bool		has_value;
	double		value;			/* put in, less taken out */
} Cart;

typedef struct CartWalk
{
	const CartTouches *touches;
	const CartRules *rules;
	uint32_t	next;			/* touchpoint */
	uint32_t	login_visit;	/* of the last one, 0 after a logout */
	CartPurchase purchase;		/* first one from next on */
	bool		has_ahead;
	Cart		ahead;			/* found, not told yet */
} CartWalk;

/* Does any touchpoint open a cart? */
extern bool carts_any(const uint8_t *action, uint32_t count);

/* Before all that follows. */
extern void cart_clicks_count(const CartTouches *t);

extern void carts_begin(CartWalk *w, const CartTouches *touches, const CartRules *rules);

/*
 * The next cart, in order; false if there is none.  Takes time as long as the
 * touchpoints it passes over: ask for interrupts between calls.
 */
extern bool carts_next(CartWalk *w, Cart *cart);

/* The purchase after this one; i is CART_NONE to begin with. */
extern void cart_purchase_next(const CartTouches *t, CartPurchase *p);

/* Touchpoints from first to last that the customer made on the site. */
static inline uint32_t
cart_clicks(const CartTouches *t, uint32_t first, uint32_t last)
{
	return t->clicks[last + 1] - t->clicks[first];
}

#endif							/* CARTS_H */
