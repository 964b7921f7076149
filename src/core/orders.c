/*
 * orders.c
 *	  The orders of a customer, from the purchase to the delivery.
 *
 * A touchpoint that bears the id of an order belongs to that order, whenever it
 * is.  For the others only time tells whose they are.  One walk over the
 * touchpoints keeps the orders known so far and gives each message to the one
 * that it most likely speaks of:
 *
 *	purchase	opens an order.
 *	promise		the latest purchase, while that is on its way.
 *	shipment	the earliest order on its way that has had no message of this
 *				name: an order is announced once as shipped and once as out for
 *				delivery, and neither is the shipment of the next one.
 *	delivery	the earliest order on its way.
 *	cancel		the latest order that has not arrived; if all have, the latest.
 *	refund		the latest order that has arrived or is overdue; if there is
 *				none, the latest: what is still on its way in time is rarely
 *				what came back.
 *
 * Each cancel and refund takes back one order, so as many are left as a stage
 * model counts.  A shipment or delivery that no order can have made becomes an
 * order without a purchase, unless it only repeats in another name what is
 * known.  At equal times things happen in the sequence above, in whatever order
 * the log has them; nothing else than times and names decides.
 *
 * Whether an order can still get a message of a kind only changes from yes to
 * no, so for each name the search goes on where the last one ended: all
 * searches together pass over each order once a name.  Orders not taken back
 * are a linked list, walked from its end over those on their way; only that walk
 * may be longer than the journey, where very many orders are on their way at
 * once.
 *
 * What happened in the gaps is found by order_gaps.c.  Memory: some 40 bytes a
 * touchpoint, 8 a name.
 */
#include "orders_impl.h"

#include <string.h>

/* The kinds of messages that move orders, in the sequence of equal times. */
enum
{
	KIND_PURCHASE = 0x01, KIND_PROMISE = 0x02, KIND_SHIP = 0x04, KIND_DELIVER = 0x08,
	KIND_TAKE_BACK = 0x10
};

#define KIND_OPENS	(KIND_PURCHASE | KIND_SHIP | KIND_DELIVER | KIND_TAKE_BACK)

static inline uint32_t
kind_of(uint8_t action)
{
	switch (action)
	{
		case TA_PURCHASE:
			return KIND_PURCHASE;
		case TA_ORDER_UPDATE_PROMISED:
			return KIND_PROMISE;
		case TA_ORDER_SHIP:
			return KIND_SHIP;
		case TA_ORDER_DELIVER:
			return KIND_DELIVER;
		case TA_ORDER_CANCEL:
		case TA_REFUND:
			return KIND_TAKE_BACK;
		default:
			return 0;
	}
}

uint32_t
orders_max(const OrderTouches *t)
{
	uint32_t	max = 0;

	for (uint32_t i = 0; i < t->count; i++)
		max += (kind_of(t->action[i]) & KIND_OPENS) != 0;
	return max;
}

/* -- scratch memory ----------------------------------------------------------- */

/* The next part of it; of no memory, to learn the size. */
static inline void *
part(char *scratch, size_t *used, size_t n, size_t size)
{
	size_t		begin = *used;

	*used += (n * size + 7) & ~(size_t) 7;
	return scratch == NULL ? NULL : scratch + begin;
}

static size_t
divide(OrderWalk *w, const OrderTouches *t, uint32_t max, char *scratch)
{
	size_t		n = t->count;
	size_t		used = 0;

	w->by_id = part(scratch, &used, t->nowners, sizeof(Order));
	w->row_of = part(scratch, &used, t->nowners, sizeof(uint32_t));
	w->first_own = part(scratch, &used, t->nowners, sizeof(uint32_t));
	w->ship_row = part(scratch, &used, t->nlabels, sizeof(uint32_t));
	w->told = part(scratch, &used, t->nlabels, sizeof(uint32_t));
	w->previous = part(scratch, &used, (size_t) max + 1, sizeof(uint32_t));
	w->next = part(scratch, &used, (size_t) max + 1, sizeof(uint32_t));
	w->counts = part(scratch, &used, n + 1, sizeof(OrderCounts));
	w->next_contact = part(scratch, &used, n + 1, sizeof(uint32_t));
	w->next_answer = part(scratch, &used, n + 1, sizeof(uint32_t));
	w->next_resolve = part(scratch, &used, n + 1, sizeof(uint32_t));
	w->next_own = part(scratch, &used, n + 1, sizeof(uint32_t));
	w->is_contact = part(scratch, &used, n, sizeof(uint8_t));
	return used;
}

size_t
orders_scratch(const OrderTouches *t, uint32_t max)
{
	OrderWalk	w;

	return divide(&w, t, max, NULL);
}

/* -- orders by themselves ------------------------------------------------------ */

static void
order_init(Order *o, uint32_t owner)
{
	memset(o, 0, sizeof(*o));
	o->owner = owner;
	o->opening = o->purchase = o->ship = o->deliver = ORDER_NONE;
	o->promise = o->cancel = o->refund = o->shipping_info = ORDER_NONE;
	o->contact = o->answer = o->resolve = ORDER_NONE;
}

/* A time that is so much later, or the latest there is. */
static inline int64_t
later(int64_t at, int64_t span)
{
	return at > INT64_MAX - span ? INT64_MAX : at + span;
}

/* The number of days that a message promises, if it does. */
static bool
promised(const OrderTouches *t, uint32_t i, int64_t *span)
{
	double		days;

	if (t->value == NULL)
		return false;
	days = t->value[i];
	/* false for NaN, too */
	if (!(days >= 0 && days <= ORDER_MAX_DAYS))
		return false;
	*span = (int64_t) (days * 86400000000.0 + 0.5);
	return true;
}

/* When it should arrive: as was promised, else as is usual. */
bool
order_due(const OrderTouches *t, const OrderRules *rules, const Order *o, int64_t *at)
{
	int64_t		span = rules->promise;

	if (o->purchase == ORDER_NONE ||
		(o->promise == ORDER_NONE && span == ORDER_NO_PROMISE))
		return false;
	if (o->promise != ORDER_NONE)
		promised(t, o->promise, &span);
	*at = later(t->at[o->purchase], span);
	return true;
}

/* -- touchpoints that bear an id ------------------------------------------------ */

/*
 * Keep the first touchpoint of a kind that is not before the purchase, and where
 * all are, the first: a message that came too early does not hide the real one.
 */
static inline void
keep_first(const OrderTouches *t, uint32_t *slot, uint32_t i, uint32_t purchase)
{
	if (*slot == ORDER_NONE ||
		(purchase != ORDER_NONE && t->at[*slot] < t->at[purchase] &&
		 t->at[i] >= t->at[purchase]))
		*slot = i;
}

static void
read_ids(OrderWalk *w)
{
	const OrderTouches *t = w->t;
	int64_t		span;

	for (uint32_t o = 0; o < t->nowners; o++)
	{
		order_init(&w->by_id[o], o + 1);
		w->row_of[o] = ORDER_NONE;
	}
	if (t->nowners == 0)
		return;
	for (uint32_t i = 0; i < t->count; i++)
	{
		uint32_t	owner = order_owner(t, i);

		if (owner > 0 && t->action[i] == TA_PURCHASE &&
			w->by_id[owner - 1].purchase == ORDER_NONE)
			w->by_id[owner - 1].purchase = i;
	}
	for (uint32_t i = 0; i < t->count; i++)
	{
		uint32_t	owner = order_owner(t, i);
		Order	   *o;

		order_relax(w, 1);
		if (owner == 0)
			continue;
		o = &w->by_id[owner - 1];
		switch (t->action[i])
		{
			case TA_ORDER_SHIP:
				keep_first(t, &o->ship, i, o->purchase);
				break;
			case TA_ORDER_DELIVER:
				keep_first(t, &o->deliver, i, o->purchase);
				break;
			case TA_ORDER_CANCEL:
				keep_first(t, &o->cancel, i, o->purchase);
				break;
			case TA_REFUND:
				keep_first(t, &o->refund, i, o->purchase);
				break;
			case TA_ORDER_UPDATE_PROMISED:
				if (o->promise == ORDER_NONE && promised(t, i, &span))
					o->promise = i;
				continue;
			case TA_PURCHASE:
				break;
			default:
				continue;
		}
		if (o->opening == ORDER_NONE)
			o->opening = i;
	}
	for (uint32_t o = 0; o < t->nowners; o++)
	{
		if (w->by_id[o].purchase != ORDER_NONE)
			w->by_id[o].opening = w->by_id[o].purchase;
	}
}

/* -- touchpoints that bear none -------------------------------------------------- */

static Order *
add_row(OrderWalk *w, const Order *o)
{
	uint32_t	row = w->n++;

	w->rows[row] = *o;
	/* what is taken back by its id is not for others to take back */
	if (order_taken_back(o) == ORDER_NONE)
	{
		w->previous[row + 1] = w->previous[0];
		w->next[row + 1] = 0;
		w->next[w->previous[0]] = row + 1;
		w->previous[0] = row + 1;
	}
	return &w->rows[row];
}

static Order *
new_row(OrderWalk *w, uint32_t i)
{
	Order		o;

	order_init(&o, 0);
	o.opening = i;
	return add_row(w, &o);
}

/* On its way when this moment began? */
static inline bool
moving(const OrderWalk *w, const Order *o, int64_t now)
{
	return !order_before(w->t, o->deliver, now) && !order_before(w->t, order_taken_back(o), now);
}

static void
put_purchase(OrderWalk *w, uint32_t i)
{
	uint32_t	owner = order_owner(w->t, i);

	if (owner == 0)
		new_row(w, i)->purchase = i;
	else if (w->by_id[owner - 1].opening == i)
	{
		w->row_of[owner - 1] = w->n;
		add_row(w, &w->by_id[owner - 1]);
	}
	else
		return;
	if (w->rows[w->n - 1].purchase == i)
		w->bought = w->n - 1;
}

static void
put_promise(OrderWalk *w, uint32_t i)
{
	int64_t		span;
	Order	   *o = w->bought == ORDER_NONE ? NULL : &w->rows[w->bought];

	if (o != NULL && o->promise == ORDER_NONE && moving(w, o, w->t->at[i]) &&
		promised(w->t, i, &span))
		o->promise = i;
}

static void
put_ship(OrderWalk *w, uint32_t i)
{
	int64_t		now = w->t->at[i];
	uint32_t   *from = &w->ship_row[w->t->label[i]];

	for (; *from < w->n; ++*from)
	{
		Order	   *o = &w->rows[*from];
		bool		by_id = o->owner > 0 && w->by_id[o->owner - 1].ship != ORDER_NONE;

		order_relax(w, 1);
		if (by_id || !moving(w, o, now))
			continue;
		if (o->ship == ORDER_NONE)
			o->ship = i;
		++*from;
		return;
	}
	/* said again of one that is on its way? */
	for (; w->moving_row < w->n; w->moving_row++)
	{
		order_relax(w, 1);
		if (moving(w, &w->rows[w->moving_row], now))
			return;
	}
	new_row(w, i)->ship = i;
	*from = w->n;
}

/* Row `row` arrives with touchpoint i. */
static void
arrive(OrderWalk *w, uint32_t row, uint32_t i)
{
	w->arrived = row;
	w->told[w->t->label[i]] = row + 1;
}

static void
put_own_delivery(OrderWalk *w, uint32_t i)
{
	uint32_t	row = w->row_of[order_owner(w->t, i) - 1];

	if (row != ORDER_NONE && w->rows[row].deliver == i)
		arrive(w, row, i);
}

static void
put_delivery(OrderWalk *w, uint32_t i)
{
	const OrderTouches *t = w->t;
	uint32_t   *told = &w->told[t->label[i]];

	for (; w->delivery_row < w->n; w->delivery_row++)
	{
		Order	   *o = &w->rows[w->delivery_row];

		order_relax(w, 1);
		if (o->deliver == ORDER_NONE && !order_before(t, order_taken_back(o), t->at[i]))
			break;
	}
	if (w->delivery_row == w->n)
	{
		/* nothing is on its way: the last arrival in another name? */
		if (w->arrived != ORDER_NONE && *told != w->arrived + 1)
		{
			*told = w->arrived + 1;
			return;
		}
		new_row(w, i);
	}
	w->rows[w->delivery_row].deliver = i;
	arrive(w, w->delivery_row, i);
}

static void
put_taken_back(OrderWalk *w, uint32_t i)
{
	const OrderTouches *t = w->t;
	bool		refund = t->action[i] == TA_REFUND;
	int64_t		now = t->at[i];
	uint32_t	link = w->previous[0];
	Order	   *o;

	for (; link > 0; link = w->previous[link])
	{
		bool		arrived;
		int64_t		due_at;

		o = &w->rows[link - 1];
		arrived = o->deliver != ORDER_NONE && t->at[o->deliver] <= now;
		order_relax(w, 1);
		if (refund ? arrived || (order_due(t, w->rules, o, &due_at) && due_at < now) : !arrived)
			break;
	}
	if (link == 0)
		link = w->previous[0];
	if (link == 0)
		return;
	o = &w->rows[link - 1];
	if (refund)
		o->refund = i;
	else
		o->cancel = i;
	w->next[w->previous[link]] = w->next[link];
	w->previous[w->next[link]] = w->previous[link];
}

/*
 * What happens in one moment, kind by kind.  What bears an id was read before:
 * it makes its order known, and a delivery of it counts before others.
 */
static void
put_moment(OrderWalk *w, uint32_t begin, uint32_t end, uint32_t kinds)
{
	const OrderTouches *t = w->t;

	for (uint32_t i = begin; i < end; i++)
	{
		if (order_owner(t, i) > 0 || t->action[i] == TA_PURCHASE)
			put_purchase(w, i);
	}
	for (uint32_t i = begin; i < end && t->nowners > 0; i++)
	{
		if (order_owner(t, i) > 0 && t->action[i] == TA_ORDER_DELIVER)
			put_own_delivery(w, i);
	}
	for (uint32_t kind = KIND_PROMISE; kind <= KIND_TAKE_BACK; kind <<= 1)
	{
		for (uint32_t i = begin; i < end && (kinds & kind) != 0; i++)
		{
			if (order_owner(t, i) > 0 || kind_of(t->action[i]) != kind)
				continue;
			if (kind == KIND_PROMISE)
				put_promise(w, i);
			else if (kind == KIND_SHIP)
				put_ship(w, i);
			else if (kind == KIND_DELIVER)
				put_delivery(w, i);
			else
				put_taken_back(w, i);
		}
	}
}

static void
follow_orders(OrderWalk *w)
{
	const OrderTouches *t = w->t;
	uint32_t	end;

	memset(w->ship_row, 0, t->nlabels * sizeof(uint32_t));
	memset(w->told, 0, t->nlabels * sizeof(uint32_t));
	w->previous[0] = w->next[0] = 0;
	w->bought = w->arrived = ORDER_NONE;
	for (uint32_t begin = 0; begin < t->count; begin = end)
	{
		uint32_t	kinds = 0;

		for (end = begin; end < t->count && t->at[end] == t->at[begin]; end++)
			kinds |= kind_of(t->action[end]);
		order_relax(w, end - begin);
		if (kinds != 0)
			put_moment(w, begin, end, kinds);
	}
}

uint32_t
orders_find(const OrderTouches *t, const OrderRules *rules, uint32_t max,
			void *scratch, Order *orders)
{
	OrderWalk	w;

	if (max == 0)
		return 0;
	memset(&w, 0, sizeof(w));
	w.t = t;
	w.rules = rules;
	w.rows = orders;
	divide(&w, t, max, scratch);
	read_ids(&w);
	follow_orders(&w);
	order_gaps(&w);
	return w.n;
}
