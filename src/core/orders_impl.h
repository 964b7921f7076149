/*
 * orders_impl.h
 *	  What orders.c, which finds out whose a message is, and order_gaps.c, which
 *	  tells what happened in the gap, share.
 */
#ifndef ORDERS_IMPL_H
#define ORDERS_IMPL_H

#include "orders.h"
#include "touch_action.h"

#define ORDER_RELAX_STEPS	0x10000

/* How many of each there were before a touchpoint. */
typedef struct OrderCounts
{
	uint32_t	sent;
	uint32_t	opened;
	uint32_t	contacts;
	uint32_t	tracking_views;
	uint32_t	touchpoints;
} OrderCounts;

typedef struct OrderWalk
{
	const OrderTouches *t;
	const OrderRules *rules;
	Order	   *rows;
	uint32_t	n;
	uint32_t	steps;			/* since relax */
	uint32_t	delivery_row;	/* no earlier row can get a delivery */
	uint32_t	moving_row;		/* no earlier row is on its way */
	uint32_t	bought;			/* the row of the latest purchase, or
								 * ORDER_NONE */
	uint32_t	arrived;		/* the row that arrived last, or ORDER_NONE */
	/* scratch memory */
	Order	   *by_id;			/* what touchpoints with an id say */
	uint32_t   *row_of;			/* by id: its row, or ORDER_NONE */
	uint32_t   *ship_row;		/* by name: no earlier row can get such a
								 * shipment */
	uint32_t   *told;			/* by name: 1 + row whose delivery it told */
	uint32_t   *previous;		/* rows not taken back: 1 + row, 0 at the ends */
	uint32_t   *next;
	/* for what happened in the gaps */
	OrderCounts *counts;		/* of touchpoints without an id */
	uint32_t   *next_contact;	/* of those, from here on */
	uint32_t   *next_answer;
	uint32_t   *next_resolve;
	uint32_t   *next_own;		/* the next one with the same id */
	uint32_t   *first_own;		/* by id */
	uint8_t    *is_contact;
} OrderWalk;

static inline void
order_relax(OrderWalk *w, uint32_t steps)
{
	w->steps += steps;
	if (w->steps >= ORDER_RELAX_STEPS)
	{
		w->steps = 0;
		if (w->rules->relax != NULL)
			w->rules->relax();
	}
}

static inline uint32_t
order_owner(const OrderTouches *t, uint32_t i)
{
	return t->owner == NULL ? 0 : t->owner[i];
}

/* Was there this touchpoint before a time? */
static inline bool
order_before(const OrderTouches *t, uint32_t i, int64_t at)
{
	return i != ORDER_NONE && t->at[i] < at;
}

static inline uint32_t
order_taken_back(const Order *o)
{
	return o->cancel < o->refund ? o->cancel : o->refund;
}

/* When it should arrive, if that is known; orders.c. */
extern bool order_due(const OrderTouches *t, const OrderRules *rules, const Order *o,
					  int64_t *at);

/* What happened in the gaps, once all orders are known; order_gaps.c. */
extern void order_gaps(OrderWalk *w);

#endif							/* ORDERS_IMPL_H */
