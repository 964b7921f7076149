/*
 * decision_areas.c
 *	  Key decision areas of a journey.
 *
 * A purchase begins a new round: until the next one each area is entered at
 * most once, by its first touchpoint, so that a customer who puts ten things
 * into a cart decides once.  The first product page is the exception, which has
 * only the round before any purchase.  Whether an area is entered depends on
 * three things that a walk in order keeps: purchases so far, which areas this
 * round has had, and whether it had a delivery.
 *
 * What came of an area is looked up afterwards, each by a number that only
 * grows from area to area: the next purchase (the same for all areas of a
 * round), and the last touchpoint of a visit within the horizon, whose end moves
 * on with the entry.  The stay in an area is looked for from its entry on, no
 * further than the next area or purchase and from there to the next touchpoint
 * of a visit; no touchpoint is looked at for two areas that begin in a visit.
 * So all is linear in the touchpoints.
 *
 * What is later than as_of does not count for anything: the answer is that of
 * the journey as it was known then.
 */
#include "decision_areas.h"

#include "touch_action.h"

/* Microseconds from a to b, which is not earlier: fits whatever they are. */
static inline uint64_t
between(int64_t a, int64_t b)
{
	return (uint64_t) b - (uint64_t) a;
}

static inline bool
is_product_page(uint8_t action)
{
	return action == TA_ITEM_VIEW || action == TA_PAGE_VIEW_PRODUCT;
}

/* Something the shop told the customer, and that arrived. */
static inline bool
is_message(uint8_t action)
{
	return action == TA_MESSAGE || action == TA_MESSAGE_OPENED ||
		action == TA_MESSAGE_CLICKED || action == TA_MESSAGE_CART_RECOVERY;
}

uint32_t
decision_areas_max(const DecisionTouches *t)
{
	uint64_t	max = 2;		/* of the round before the first purchase */

	for (uint32_t i = 0; i < t->count; i++)
		max += t->action[i] == TA_PURCHASE ? 3 : 0;
	return max < t->count ? (uint32_t) max : t->count;
}

/* -- entering ----------------------------------------------------------------- */

static uint32_t
enter_areas(const DecisionTouches *t, uint32_t seen, bool deliveries_logged,
			DecisionArea *areas)
{
	uint32_t	n = 0;
	uint32_t	purchases = 0;
	uint32_t	had = 0;		/* bit: area of this round */
	bool		delivered = false;
	const uint32_t first_only = 1u << DA_PRODUCT_PAGE;

	for (uint32_t i = 0; i < seen; i++)
	{
		uint8_t		action = t->action[i];
		DecisionAreaKind kind = DA_NONE;

		if (action == TA_PURCHASE)
		{
			purchases++;
			had = first_only;
			delivered = false;
		}
		else if (is_product_page(action))
			kind = DA_PRODUCT_PAGE;
		else if (action == TA_CART_ADD)
			kind = DA_CART;
		else if (purchases > 0 && action == TA_ORDER_DELIVER)
		{
			kind = DA_ARRIVAL;
			delivered = true;
		}
		else if (purchases > 0 && is_message(action) && (delivered || !deliveries_logged))
			kind = DA_FOLLOW_UP;

		if (kind == DA_NONE || (had & (1u << kind)) != 0)
			continue;
		had |= 1u << kind;
		areas[n].kind = kind;
		areas[n].touch = i;
		areas[n].purchases = purchases;
		n++;
	}
	return n;
}

/* -- staying ------------------------------------------------------------------ */

/*
 * The touchpoint that ends the stay in an area.  `bound` is the next purchase
 * or the entry to the next area, whichever comes first, or none.
 *
 * Who came to it in a visit stays until then or until the last touchpoint of
 * the visit, whichever comes first; of a visit that may go on that is not known,
 * nor where nothing follows in it that would tell how long the page was looked
 * at.  What happened outside of visits, a parcel or a message, ends with what
 * comes next.
 */
static uint32_t
stay_until(const DecisionTouches *t, const DecisionRules *rules, uint32_t seen,
		   uint32_t entry, uint32_t bound)
{
	uint32_t	last = entry;

	if (t->offsite[entry])
		return bound != DECISION_NO_TOUCH &&
			between(t->at[entry], t->at[bound]) <= rules->horizon ? bound : DECISION_NO_TOUCH;

	for (uint32_t i = entry + 1; i < seen; i++)
	{
		if (!t->offsite[i])
		{
			if (between(t->at[last], t->at[i]) > rules->session_timeout)
				return last == entry ? DECISION_NO_TOUCH : last;
			/* the visit goes on here, so also at what lies before */
			if (i >= bound)
				return bound;
			last = i;
		}
	}
	return last == entry || between(t->at[last], rules->as_of) <= rules->session_timeout ?
		DECISION_NO_TOUCH : last;
}

/* -- what came of it ---------------------------------------------------------- */

uint32_t
decision_areas(const DecisionTouches *t, const DecisionRules *rules, DecisionArea *areas)
{
	bool		logged = rules->delivery == DD_LOGGED;
	uint32_t	seen = 0;
	uint32_t	n;
	uint32_t	purchase = 0;	/* the first one behind the area */
	uint32_t	end = 0;		/* what lies behind the area's horizon */
	uint32_t	last = DECISION_NO_TOUCH;	/* in a visit, before end */

	for (; seen < t->count && t->at[seen] <= rules->as_of; seen++)
		logged |= rules->delivery == DD_AUTO && t->action[seen] == TA_ORDER_DELIVER;
	n = enter_areas(t, seen, logged, areas);

	for (uint32_t k = 0; k < n; k++)
	{
		DecisionArea *a = &areas[k];
		int64_t		at = t->at[a->touch];
		uint32_t	bound;

		if (purchase <= a->touch)
			purchase = a->touch + 1;
		while (purchase < seen && t->action[purchase] != TA_PURCHASE)
			purchase++;
		for (; end < seen; end++)
		{
			if (t->at[end] > at && between(at, t->at[end]) > rules->horizon)
				break;
			if (!t->offsite[end])
				last = end;
		}

		bound = purchase < seen ? purchase : DECISION_NO_TOUCH;
		if (k + 1 < n && areas[k + 1].touch < bound)
			bound = areas[k + 1].touch;
		a->until = stay_until(t, rules, seen, a->touch, bound);
		a->purchase = purchase < end ? purchase : DECISION_NO_TOUCH;
		a->last = last != DECISION_NO_TOUCH && last > a->touch ? last : DECISION_NO_TOUCH;
		a->complete = between(at, rules->as_of) >= rules->horizon;
	}
	return n;
}

/* -- landing ------------------------------------------------------------------ */

/* What is logged of one page comes this close together. */
#define SAME_PAGE_US	UINT64_C(2000000)

/* What brings a visitor, before a page is seen. */
static inline bool
is_before_page(uint8_t action)
{
	return action == TA_SESSION_START || action == TA_AD_CLICK ||
		action == TA_DEEP_LINK_OPEN || action == TA_PROMO_CLICK ||
		action == TA_APP_INSTALL || action == TA_LOGIN;
}

uint32_t
decision_landing(const DecisionTouches *t, uint64_t session_timeout, bool *product_page)
{
	uint32_t	first = DECISION_NO_TOUCH;	/* of the visit */
	uint32_t	page = DECISION_NO_TOUCH;
	uint32_t	last = 0;

	*product_page = false;
	for (uint32_t i = 0; i < t->count; i++)
	{
		if (t->offsite[i])
			continue;
		if (first == DECISION_NO_TOUCH)
			first = i;
		else if (between(t->at[last], t->at[i]) > session_timeout)
			break;
		last = i;

		if (page == DECISION_NO_TOUCH)
		{
			if (is_before_page(t->action[i]))
				continue;
			page = i;
		}
		/* a plain page view may be that of a product which is told apart */
		else if (t->action[page] != TA_PAGE_VIEW ||
				 between(t->at[page], t->at[i]) > SAME_PAGE_US)
			break;
		if (is_product_page(t->action[i]))
		{
			*product_page = true;
			break;
		}
	}
	return page != DECISION_NO_TOUCH ? page : first;
}
