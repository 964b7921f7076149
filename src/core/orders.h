/*
 * orders.h
 *	  The orders of a customer, from the purchase to the delivery.
 */
#ifndef ORDERS_H
#define ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORDER_NONE			UINT32_MAX	/* no such touchpoint */
#define ORDER_NO_PROMISE	INT64_MAX
#define ORDER_MESSAGES		2	/* more than these are too many */
#define ORDER_MAX_DAYS		36525.0 /* a longer promise is none */

/* The touchpoints of a journey in its order, none later than rules->as_of. */
typedef struct OrderTouches
{
	uint32_t	count;
	const int64_t *at;			/* microseconds, never falling */
	const uint8_t *action;		/* enum TouchAction */
	const uint16_t *label;		/* the name of the event */
	uint32_t	nlabels;
	const double *value;		/* NaN for none; NULL: none has one */
	const uint32_t *owner;		/* 0, or 1 + number of the order whose id it
								 * bears; NULL: none bears one */
	uint32_t	nowners;
} OrderTouches;

typedef struct OrderRules
{
	int64_t		as_of;
	int64_t		promise;		/* microseconds from purchase to arrival, or
								 * ORDER_NO_PROMISE */
	int64_t		pause;			/* that ends a conversation, microseconds */
	bool		logged;			/* arrivals are known: what has not arrived is
								 * open */
	void		(*relax) (void);	/* called now and then; may be NULL */
} OrderRules;

/* What is not as it should be. */
#define ORDER_NOT_BOUGHT		0x01	/* there is no purchase */
#define ORDER_SHIPPED_BEFORE	0x02	/* the purchase */
#define ORDER_DELIVERED_BEFORE	0x04	/* the purchase */
#define ORDER_TAKEN_BEFORE		0x08	/* back before the purchase */
#define ORDER_NOT_SHIPPED_YET	0x10	/* when it was delivered */
#define ORDER_DELIVERED_ANYWAY	0x20	/* after it was taken back */

/* What is yes, no, or not known. */
typedef enum OrderAnswer
{
	OA_NO,
	OA_YES,
	OA_UNKNOWN
} OrderAnswer;

/* An order.  Touchpoints are numbered from 0, or ORDER_NONE. */
typedef struct Order
{
	uint32_t	owner;			/* 0, or 1 + number of its id */
	uint32_t	flags;			/* ORDER_* */
	uint32_t	opening;		/* what made it known: the purchase if any */
	uint32_t	purchase;
	uint32_t	ship;
	uint32_t	deliver;
	uint32_t	promise;
	uint32_t	cancel;
	uint32_t	refund;
	uint32_t	shipping_info;	/* latest one that led to the purchase */
	uint32_t	contact;		/* first contact of it */
	uint32_t	answer;			/* to that */
	uint32_t	resolve;		/* of that */
	bool		has_gap;
	int64_t		until;			/* when the gap ends, if it has one */
	bool		has_due;
	int64_t		due_at;			/* when it should arrive */
	uint8_t		open;			/* OrderAnswer */
	uint8_t		overdue;
	uint8_t		late;
	/* in the gap, if it has one */
	uint32_t	messages;
	uint32_t	contacts;
	uint32_t	tracking_views;
	uint32_t	touchpoints;
	/* in the gap and after it, if there is a purchase */
	uint32_t	all_contacts;
} Order;

/* How many orders these touchpoints make at most. */
extern uint32_t orders_max(const OrderTouches *t);

/* Bytes of scratch memory for orders_find, if there are any. */
extern size_t orders_scratch(const OrderTouches *t, uint32_t max);

/*
 * The orders in the sequence in which they became known, in memory for `max`
 * of them (orders_max); returns how many there are.  `scratch` is 8-aligned.
 */
extern uint32_t orders_find(const OrderTouches *t, const OrderRules *rules, uint32_t max,
							void *scratch, Order *orders);

#endif							/* ORDERS_H */
