/*
 * decision_areas.h
 *	  Key decision areas of a journey: when a customer entered them, whether a
 *	  purchase followed, and where the customer left.
 */
#ifndef DECISION_AREAS_H
#define DECISION_AREAS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum DecisionAreaKind
{
	DA_NONE,
	DA_PRODUCT_PAGE,			/* the first product page in a life */
	DA_CART,					/* after the cart */
	DA_ARRIVAL,					/* a delivery */
	DA_FOLLOW_UP				/* a message after it */
} DecisionAreaKind;

/* The touchpoints of a journey, in its order. */
typedef struct DecisionTouches
{
	uint32_t	count;
	const int64_t *at;			/* microseconds, never falling */
	const uint8_t *action;		/* enum TouchAction */
	const bool *offsite;		/* no part of a visit */
} DecisionTouches;

typedef enum DecisionDelivery
{
	DD_AUTO,					/* logged if there is a delivery in sight */
	DD_LOGGED,
	DD_NONE
} DecisionDelivery;

typedef struct DecisionRules
{
	int64_t		as_of;			/* what is later is not seen */
	uint64_t	horizon;		/* microseconds in which a decision counts */
	uint64_t	session_timeout;	/* a longer gap ends a visit */
	DecisionDelivery delivery;
} DecisionRules;

#define DECISION_NO_TOUCH	UINT32_MAX

/* An area that was entered.  Touchpoints are numbered from 0. */
typedef struct DecisionArea
{
	DecisionAreaKind kind;
	uint32_t	touch;			/* the one that enters it */
	uint32_t	purchases;		/* before it, returned ones included */
	uint32_t	until;			/* where the stay in it ends, or none */
	uint32_t	purchase;		/* within the horizon, or none */
	uint32_t	last;			/* last one of a visit within the horizon, or
								 * none */
	bool		complete;		/* the horizon is over */
} DecisionArea;

/* How many areas a journey of so many touchpoints enters at most. */
extern uint32_t decision_areas_max(const DecisionTouches *t);

/*
 * The areas of a journey in order, in memory for decision_areas_max of them;
 * returns how many there are.
 */
extern uint32_t decision_areas(const DecisionTouches *t, const DecisionRules *rules,
							   DecisionArea *areas);

/*
 * The touchpoint with which the first visit shows a page, or none for a journey
 * without a visit.  product_page: that page is one of a product.
 */
extern uint32_t decision_landing(const DecisionTouches *t, uint64_t session_timeout,
								 bool *product_page);

#endif							/* DECISION_AREAS_H */
