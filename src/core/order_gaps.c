/*
 * order_gaps.c
 *	  What can be said of the orders of a customer, and what happened in the gap
 *	  between buying and receiving.
 *
 * What happened in a gap is a difference of counts up to its ends, over the
 * touchpoints that bear no id, plus those that bear the order's own; so what
 * bears another order's id is left out, and an order costs two searches for
 * times however long its gap is.  Gaps may lie in each other as they like.  The
 * first contact, answer and solution from a touchpoint on are looked up in the
 * same way.  Ends of gaps are times, and both belong to it: a mail in the second
 * of the purchase counts wherever the log has it.
 */
#include "orders_impl.h"

#include "contacts.h"

static inline void
count(OrderCounts *c, const OrderWalk *w, uint32_t i)
{
	switch (w->t->action[i])
	{
		case TA_MESSAGE:
		case TA_MESSAGE_CART_RECOVERY:
		case TA_ORDER_UPDATE:
		case TA_ORDER_UPDATE_PROMISED:
			c->sent++;
			break;
		case TA_MESSAGE_OPENED:
			c->opened++;
			break;
		case TA_ORDER_TRACK:
			c->tracking_views++;
			break;
		default:
			break;
	}
	c->contacts += w->is_contact[i];
	c->touchpoints++;
}

/* OrderCounts up to, and the next of its kind from, each touchpoint. */
static void
read_counts(OrderWalk *w)
{
	const OrderTouches *t = w->t;
	OrderCounts sum = {0, 0, 0, 0, 0};
	uint32_t	contact = ORDER_NONE;
	uint32_t	answer = ORDER_NONE;
	uint32_t	resolve = ORDER_NONE;

	for (uint32_t i = 0; i < t->count; i++)
	{
		order_relax(w, 1);
		w->counts[i] = sum;
		if (order_owner(t, i) == 0)
			count(&sum, w, i);
	}
	w->counts[t->count] = sum;
	for (uint32_t o = 0; o < t->nowners; o++)
		w->first_own[o] = ORDER_NONE;
	for (uint32_t i = t->count; i-- > 0;)
	{
		uint32_t	owner = order_owner(t, i);

		order_relax(w, 1);
		w->next_own[i] = ORDER_NONE;
		if (owner > 0)
		{
			w->next_own[i] = w->first_own[owner - 1];
			w->first_own[owner - 1] = i;
		}
		else
		{
			if (w->is_contact[i])
				contact = i;
			if (t->action[i] == TA_SUPPORT_ANSWERED || t->action[i] == TA_SUPPORT_RESOLVED)
				answer = i;
			if (t->action[i] == TA_SUPPORT_RESOLVED)
				resolve = i;
		}
		w->next_contact[i] = contact;
		w->next_answer[i] = answer;
		w->next_resolve[i] = resolve;
	}
	w->next_contact[t->count] = ORDER_NONE;
	w->next_answer[t->count] = ORDER_NONE;
	w->next_resolve[t->count] = ORDER_NONE;
}

/* The first touchpoint at a time or later; `after`: later. */
static uint32_t
find_time(const OrderTouches *t, int64_t at, bool after)
{
	uint32_t	low = 0;
	uint32_t	high = t->count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (t->at[middle] < at || (after && t->at[middle] == at))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static inline void
earlier(uint32_t *i, uint32_t other)
{
	if (other < *i)
		*i = other;
}

/*
 * What happened around an order with a purchase.  next_at is the time of the
 * next purchase, if has_next: what bears no id and comes after the gap and not
 * before that belongs to another order.
 */
static void
look_around(OrderWalk *w, Order *o, bool has_next, int64_t next_at)
{
	const OrderTouches *t = w->t;
	int64_t		bought_at = t->at[o->purchase];
	uint32_t	begin = find_time(t, bought_at, false);
	uint32_t	end = has_next ? find_time(t, next_at, false) : t->count;
	uint32_t	own = o->owner > 0 ? w->first_own[o->owner - 1] : ORDER_NONE;

	if (o->has_gap)
	{
		uint32_t	gap_end = find_time(t, o->until, true);
		OrderCounts c = {0, 0, 0, 0, 0};
		const OrderCounts *first = &w->counts[begin];
		const OrderCounts *last = &w->counts[gap_end];

		for (uint32_t i = own; i < gap_end; i = w->next_own[i])
		{
			order_relax(w, 1);
			if (i >= begin)
				count(&c, w, i);
		}
		c.sent += last->sent - first->sent;
		c.opened += last->opened - first->opened;
		c.contacts += last->contacts - first->contacts;
		c.tracking_views += last->tracking_views - first->tracking_views;
		c.touchpoints += last->touchpoints - first->touchpoints;
		o->messages = c.sent > c.opened ? c.sent : c.opened;
		o->contacts = c.contacts;
		o->tracking_views = c.tracking_views;
		/* without the two that make the gap */
		o->touchpoints = c.touchpoints - 1 -
			(o->deliver != ORDER_NONE || order_taken_back(o) != ORDER_NONE);
		if (gap_end > end)
			end = gap_end;
	}
	if (begin < end)
		o->all_contacts = w->counts[end].contacts - w->counts[begin].contacts;
	o->contact = w->next_contact[begin] < end ? w->next_contact[begin] : ORDER_NONE;
	for (uint32_t i = own; i != ORDER_NONE; i = w->next_own[i])
	{
		order_relax(w, 1);
		if (i < begin || !w->is_contact[i])
			continue;
		o->all_contacts++;
		earlier(&o->contact, i);
	}
	if (o->contact == ORDER_NONE)
		return;
	begin = find_time(t, t->at[o->contact], false);
	o->answer = w->next_answer[begin];
	o->resolve = w->next_resolve[begin];
	for (uint32_t i = own; i != ORDER_NONE; i = w->next_own[i])
	{
		order_relax(w, 1);
		if (i < begin)
			continue;
		if (t->action[i] == TA_SUPPORT_ANSWERED || t->action[i] == TA_SUPPORT_RESOLVED)
			earlier(&o->answer, i);
		if (t->action[i] == TA_SUPPORT_RESOLVED)
			earlier(&o->resolve, i);
	}
}

/* -- what can be said of an order -------------------------------------------------- */

static void
judge(OrderWalk *w, Order *o)
{
	const OrderTouches *t = w->t;
	uint32_t	taken = order_taken_back(o);
	bool		bought = o->purchase != ORDER_NONE;
	int64_t		bought_at = bought ? t->at[o->purchase] : 0;

	o->has_due = order_due(t, w->rules, o, &o->due_at);
	if (!bought)
		o->flags |= ORDER_NOT_BOUGHT;
	else
	{
		if (order_before(t, o->ship, bought_at))
			o->flags |= ORDER_SHIPPED_BEFORE;
		if (order_before(t, o->deliver, bought_at))
			o->flags |= ORDER_DELIVERED_BEFORE;
		if (order_before(t, taken, bought_at))
			o->flags |= ORDER_TAKEN_BEFORE;
	}
	if (o->deliver != ORDER_NONE && o->ship != ORDER_NONE && t->at[o->deliver] < t->at[o->ship])
		o->flags |= ORDER_NOT_SHIPPED_YET;
	if (o->deliver != ORDER_NONE && order_before(t, taken, t->at[o->deliver]) &&
		(o->flags & ORDER_TAKEN_BEFORE) == 0)
		o->flags |= ORDER_DELIVERED_ANYWAY;

	o->open = o->overdue = o->late = OA_UNKNOWN;
	if (!bought)
		return;
	o->has_gap = true;
	if (o->deliver != ORDER_NONE)
		o->until = t->at[o->deliver];
	else if (taken != ORDER_NONE)
		o->until = t->at[taken];
	else if (w->rules->logged)
		o->until = w->rules->as_of;
	else
		o->has_gap = false;
	if (!o->has_gap)
		return;
	o->open = o->deliver == ORDER_NONE && taken == ORDER_NONE ? OA_YES : OA_NO;
	if (o->open == OA_NO)
		o->overdue = OA_NO;
	else if (o->has_due)
		o->overdue = w->rules->as_of > o->due_at ? OA_YES : OA_NO;
	if (o->until < bought_at)
		o->has_gap = false;
	else if (o->deliver != ORDER_NONE && o->has_due)
		o->late = o->until > o->due_at ? OA_YES : OA_NO;
}

void
order_gaps(OrderWalk *w)
{
	const OrderTouches *t = w->t;
	uint32_t	info = ORDER_NONE;
	uint32_t	from = 0;
	bool		has_next = false;
	int64_t		next_at = 0;
	const ContactTouches contacts = {t->count, t->at, t->action, t->value, w->is_contact};

	contacts_mark(&contacts, (uint64_t) w->rules->pause);
	read_counts(w);
	/* how the goods shall be sent is said on the way to each purchase */
	for (uint32_t row = 0; row < w->n; row++)
	{
		Order	   *o = &w->rows[row];

		order_relax(w, 1);
		judge(w, o);
		if (o->purchase == ORDER_NONE)
			continue;
		for (; from < t->count && t->at[from] <= t->at[o->purchase]; from++)
		{
			if (t->action[from] == TA_SHIPPING_INFO)
				info = from;
		}
		o->shipping_info = info;
		info = ORDER_NONE;
	}
	for (uint32_t row = w->n; row-- > 0;)
	{
		Order	   *o = &w->rows[row];

		if (o->purchase == ORDER_NONE)
			continue;
		look_around(w, o, has_next, next_at);
		has_next = true;
		next_at = t->at[o->purchase];
	}
}
