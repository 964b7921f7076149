/*
 * orders_test.c
 *	  Random touchpoints: the orders are those of a search that looks at
 *	  everything again for each message; and nothing outside the memory is
 *	  touched.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o orders_test \
 *		  test/core/orders_test.c src/core/[a-z]*.c -lm
 *	  ./orders_test [seed]
 *
 * Scratch memory and orders stand in pieces of memory of exactly their size.
 * Times are a few moments, so that much happens at once.  A long log of orders
 * that are all on their way shows that the work grows with its length.  Prints
 * "ok", or where it failed and the seed.
 */
#include <math.h>
#include <string.h>

#include "core/orders.h"
#include "core/touch_action.h"
#include "test.h"

#define LABELS	6
#define OWNERS	3
#define MAX		48
#define DAY		INT64_C(86400000000)

typedef struct OrderLog
{
	int64_t		at[MAX];
	uint8_t		action[MAX];
	uint16_t	label[MAX];
	double		value[MAX];
	uint32_t	owner[MAX];
} OrderLog;

/* An order as the slow search knows it. */
typedef struct KnownOrder
{
	Order		o;
	uint32_t	shipped_as;		/* bit: a shipment of this name */
	uint32_t	told_as;		/* bit: its arrival in this name */
	uint32_t	arrived;		/* how many-th arrival, 0 for none */
	bool		ship_by_id;
	bool		taken_by_id;
} KnownOrder;

static uint32_t relaxed;

static void
relax(void)
{
	relaxed++;
}

static bool
is_ship(uint8_t action)
{
	return action == TA_ORDER_SHIP;
}

static bool
takes_back(uint8_t action)
{
	return action == TA_ORDER_CANCEL || action == TA_REFUND;
}

static uint32_t
taken(const Order *o)
{
	return o->cancel < o->refund ? o->cancel : o->refund;
}

static bool
earlier_than(const OrderTouches *t, uint32_t i, int64_t at)
{
	return i != ORDER_NONE && t->at[i] < at;
}

static bool
on_its_way(const OrderTouches *t, const Order *o, int64_t now)
{
	return !earlier_than(t, o->deliver, now) && !earlier_than(t, taken(o), now);
}

static bool
is_promise(const OrderTouches *t, uint32_t i)
{
	return t->action[i] == TA_ORDER_UPDATE_PROMISED && t->value != NULL &&
		t->value[i] >= 0 && t->value[i] <= ORDER_MAX_DAYS;
}

static bool
due_of(const OrderTouches *t, const OrderRules *rules, const Order *o, int64_t *at)
{
	if (o->purchase == ORDER_NONE)
		return false;
	if (o->promise != ORDER_NONE)
		*at = t->at[o->purchase] + (int64_t) llround(t->value[o->promise] * (double) DAY);
	else if (rules->promise == ORDER_NO_PROMISE)
		return false;
	else
		*at = t->at[o->purchase] + rules->promise;
	return true;
}

static void
start(KnownOrder *k, uint32_t owner)
{
	memset(k, 0, sizeof(*k));
	k->o.owner = owner;
	k->o.purchase = k->o.ship = k->o.deliver = k->o.promise = ORDER_NONE;
	k->o.cancel = k->o.refund = k->o.opening = ORDER_NONE;
}

static uint32_t
owner_of(const OrderTouches *t, uint32_t i)
{
	return t->owner == NULL ? 0 : t->owner[i];
}

/* The first of an id's touchpoints of an action, if possible not before a time. */
static uint32_t
first_own(const OrderTouches *t, uint32_t owner, uint8_t action, uint32_t purchase)
{
	for (int pass = purchase == ORDER_NONE; pass < 2; pass++)
	{
		for (uint32_t i = 0; i < t->count; i++)
		{
			if (owner_of(t, i) == owner && t->action[i] == action &&
				(pass == 1 || t->at[i] >= t->at[purchase]))
				return i;
		}
	}
	return ORDER_NONE;
}

static KnownOrder
by_id(const OrderTouches *t, uint32_t owner)
{
	KnownOrder	k;

	start(&k, owner);
	k.o.purchase = first_own(t, owner, TA_PURCHASE, ORDER_NONE);
	k.o.ship = first_own(t, owner, TA_ORDER_SHIP, k.o.purchase);
	k.o.deliver = first_own(t, owner, TA_ORDER_DELIVER, k.o.purchase);
	k.o.cancel = first_own(t, owner, TA_ORDER_CANCEL, k.o.purchase);
	k.o.refund = first_own(t, owner, TA_REFUND, k.o.purchase);
	for (uint32_t i = 0; i < t->count && k.o.promise == ORDER_NONE; i++)
	{
		if (owner_of(t, i) == owner && is_promise(t, i))
			k.o.promise = i;
	}
	k.o.opening = k.o.purchase;
	for (uint32_t i = 0; i < t->count && k.o.opening == ORDER_NONE; i++)
	{
		if (owner_of(t, i) == owner && (is_ship(t->action[i]) || takes_back(t->action[i]) ||
										t->action[i] == TA_ORDER_DELIVER))
			k.o.opening = i;
	}
	k.ship_by_id = k.o.ship != ORDER_NONE;
	k.taken_by_id = taken(&k.o) != ORDER_NONE;
	return k;
}

static uint32_t
search(const OrderTouches *t, const OrderRules *rules, KnownOrder *known)
{
	uint32_t	n = 0;
	uint32_t	arrivals = 0;

	for (uint32_t begin = 0, end; begin < t->count; begin = end)
	{
		int64_t		now = t->at[begin];

		for (end = begin; end < t->count && t->at[end] == now; end++)
			;
		for (int step = 0; step < 6; step++)
		{
			for (uint32_t i = begin; i < end; i++)
			{
				uint32_t	owner = owner_of(t, i);
				uint8_t		action = t->action[i];
				uint32_t	name = 1u << t->label[i];
				uint32_t	hit = ORDER_NONE;

				if (step == 0 && owner == 0 && action == TA_PURCHASE)
				{
					start(&known[n], 0);
					known[n].o.opening = known[n].o.purchase = i;
					n++;
				}
				else if (step == 0 && owner > 0 && by_id(t, owner).o.opening == i)
					known[n++] = by_id(t, owner);
				else if (step == 1 && owner > 0 && action == TA_ORDER_DELIVER)
				{
					for (uint32_t k = 0; k < n; k++)
					{
						if (known[k].o.owner == owner && known[k].o.deliver == i)
						{
							known[k].arrived = ++arrivals;
							known[k].told_as = name;
						}
					}
				}
				if (owner > 0)
					continue;
				if (step == 2 && is_promise(t, i))
				{
					for (uint32_t k = 0; k < n; k++)
					{
						if (known[k].o.purchase != ORDER_NONE)
							hit = k;
					}
					if (hit != ORDER_NONE && known[hit].o.promise == ORDER_NONE &&
						on_its_way(t, &known[hit].o, now))
						known[hit].o.promise = i;
				}
				else if (step == 3 && is_ship(action))
				{
					bool		any = false;

					for (uint32_t k = 0; k < n; k++)
					{
						any |= on_its_way(t, &known[k].o, now);
						if (hit == ORDER_NONE && on_its_way(t, &known[k].o, now) &&
							!known[k].ship_by_id && (known[k].shipped_as & name) == 0)
							hit = k;
					}
					if (hit == ORDER_NONE && !any)
					{
						start(&known[n], 0);
						known[n].o.opening = i;
						hit = n++;
					}
					if (hit != ORDER_NONE)
					{
						known[hit].shipped_as |= name;
						if (known[hit].o.ship == ORDER_NONE)
							known[hit].o.ship = i;
					}
				}
				else if (step == 4 && action == TA_ORDER_DELIVER)
				{
					uint32_t	last = ORDER_NONE;

					for (uint32_t k = 0; k < n; k++)
					{
						if (hit == ORDER_NONE && known[k].o.deliver == ORDER_NONE &&
							!earlier_than(t, taken(&known[k].o), now))
							hit = k;
						if (arrivals > 0 && known[k].arrived == arrivals)
							last = k;
					}
					if (hit == ORDER_NONE && last != ORDER_NONE &&
						(known[last].told_as & name) == 0)
					{
						known[last].told_as |= name;
						continue;
					}
					if (hit == ORDER_NONE)
					{
						start(&known[n], 0);
						known[n].o.opening = i;
						hit = n++;
					}
					known[hit].o.deliver = i;
					known[hit].arrived = ++arrivals;
					known[hit].told_as = name;
				}
				else if (step == 5 && takes_back(action))
				{
					for (int pass = 0; pass < 2 && hit == ORDER_NONE; pass++)
					{
						for (uint32_t k = 0; k < n; k++)
						{
							const Order *o = &known[k].o;
							bool		arrived = o->deliver != ORDER_NONE && t->at[o->deliver] <= now;
							int64_t		due_at;

							if (known[k].taken_by_id || taken(o) != ORDER_NONE)
								continue;
							if (pass == 1 || (action == TA_ORDER_CANCEL ? !arrived :
											  arrived || (due_of(t, rules, o, &due_at) && due_at < now)))
								hit = k;
						}
					}
					if (hit != ORDER_NONE && action == TA_REFUND)
						known[hit].o.refund = i;
					else if (hit != ORDER_NONE)
						known[hit].o.cancel = i;
				}
			}
		}
	}
	return n;
}

/* -- what happened around an order ------------------------------------------------ */

static bool
is_service(uint8_t action)
{
	return action == TA_CONTACT || (action >= TA_SUPPORT && action <= TA_SUPPORT_RESOLVED);
}

static bool
is_contact(const OrderTouches *t, const OrderRules *rules, uint32_t i)
{
	if (t->action[i] == TA_CONTACT || t->action[i] == TA_SUPPORT_OPENED)
		return true;
	if (t->action[i] != TA_SUPPORT)
		return false;
	for (uint32_t k = 0; k < t->count; k++)
	{
		if (k != i && is_service(t->action[k]) && t->at[k] <= t->at[i] &&
			t->at[i] - t->at[k] <= rules->pause &&
			(t->at[k] < t->at[i] || k < i || t->action[k] != TA_SUPPORT))
			return false;
	}
	return true;
}

static void
look(const OrderTouches *t, const OrderRules *rules, const KnownOrder *known, uint32_t n,
	 uint32_t number, Order *o)
{
	int64_t		bought_at;
	int64_t		next_at = INT64_MAX;
	int64_t		before_at = INT64_MIN;
	uint32_t	sent = 0;
	uint32_t	opened = 0;

	o->messages = o->contacts = o->tracking_views = o->touchpoints = o->all_contacts = 0;
	o->shipping_info = o->contact = o->answer = o->resolve = ORDER_NONE;
	o->has_gap = false;
	o->has_due = due_of(t, rules, o, &o->due_at);
	o->open = o->overdue = o->late = OA_UNKNOWN;
	if (o->purchase == ORDER_NONE)
		return;
	bought_at = t->at[o->purchase];
	for (uint32_t k = 0; k < n; k++)
	{
		if (known[k].o.purchase == ORDER_NONE)
			continue;
		if (k < number)
			before_at = t->at[known[k].o.purchase];
		if (k > number && next_at == INT64_MAX)
			next_at = t->at[known[k].o.purchase];
	}
	if (o->deliver != ORDER_NONE || taken(o) != ORDER_NONE)
	{
		o->until = t->at[o->deliver != ORDER_NONE ? o->deliver : taken(o)];
		o->has_gap = o->until >= bought_at;
		o->open = o->overdue = OA_NO;
		if (o->deliver != ORDER_NONE && o->has_gap && o->has_due)
			o->late = o->until > o->due_at;
	}
	else if (rules->logged)
	{
		o->until = rules->as_of;
		o->has_gap = true;
		o->open = OA_YES;
		if (o->has_due)
			o->overdue = rules->as_of > o->due_at;
	}
	for (uint32_t i = 0; i < t->count; i++)
	{
		uint32_t	owner = owner_of(t, i);
		bool		mine = owner > 0 && owner == o->owner;

		if (t->action[i] == TA_SHIPPING_INFO && t->at[i] > before_at && t->at[i] <= bought_at)
			o->shipping_info = i;
		if ((owner > 0 && !mine) || t->at[i] < bought_at)
			continue;
		if (is_contact(t, rules, i) &&
			(mine || t->at[i] < next_at || next_at == INT64_MAX || (o->has_gap && t->at[i] <= o->until)))
		{
			o->all_contacts++;
			if (o->contact == ORDER_NONE)
				o->contact = i;
		}
		if (!o->has_gap || t->at[i] > o->until)
			continue;
		sent += t->action[i] == TA_MESSAGE || t->action[i] == TA_MESSAGE_CART_RECOVERY ||
			t->action[i] == TA_ORDER_UPDATE || t->action[i] == TA_ORDER_UPDATE_PROMISED;
		opened += t->action[i] == TA_MESSAGE_OPENED;
		o->contacts += is_contact(t, rules, i);
		o->tracking_views += t->action[i] == TA_ORDER_TRACK;
		o->touchpoints += i != o->purchase && (o->open == OA_YES || i != (o->deliver != ORDER_NONE ? o->deliver : taken(o)));
	}
	o->messages = sent > opened ? sent : opened;
	for (uint32_t i = 0; i < t->count && o->contact != ORDER_NONE; i++)
	{
		uint32_t	owner = owner_of(t, i);

		if ((owner > 0 && owner != o->owner) || t->at[i] < t->at[o->contact])
			continue;
		if (o->resolve == ORDER_NONE && t->action[i] == TA_SUPPORT_RESOLVED)
			o->resolve = i;
		if (o->answer == ORDER_NONE &&
			(t->action[i] == TA_SUPPORT_RESOLVED || t->action[i] == TA_SUPPORT_ANSWERED))
			o->answer = i;
	}
}

static uint32_t
flags_of(const OrderTouches *t, const Order *o)
{
	uint32_t	back = taken(o);
	uint32_t	flags = 0;

	if (o->purchase == ORDER_NONE)
		flags |= ORDER_NOT_BOUGHT;
	else
	{
		flags |= earlier_than(t, o->ship, t->at[o->purchase]) ? ORDER_SHIPPED_BEFORE : 0;
		flags |= earlier_than(t, o->deliver, t->at[o->purchase]) ? ORDER_DELIVERED_BEFORE : 0;
		flags |= earlier_than(t, back, t->at[o->purchase]) ? ORDER_TAKEN_BEFORE : 0;
	}
	if (o->deliver != ORDER_NONE && o->ship != ORDER_NONE && t->at[o->deliver] < t->at[o->ship])
		flags |= ORDER_NOT_SHIPPED_YET;
	if (o->deliver != ORDER_NONE && earlier_than(t, back, t->at[o->deliver]) && !(flags & ORDER_TAKEN_BEFORE))
		flags |= ORDER_DELIVERED_ANYWAY;
	return flags;
}

static void
check(const OrderTouches *t, const OrderRules *rules)
{
	uint32_t	max = orders_max(t);
	Order	   *orders = malloc(max * sizeof(Order) + 1);
	void	   *scratch = malloc(orders_scratch(t, max) + 1);
	KnownOrder	known[MAX];
	uint32_t	n = orders_find(t, rules, max, scratch, orders);
	uint32_t	purchases = 0;
	uint32_t	bought = 0;

	REQUIRE(n <= max);
	REQUIRE(n == search(t, rules, known));
	for (uint32_t i = 0; i < t->count; i++)
		purchases += t->action[i] == TA_PURCHASE && owner_of(t, i) == 0;
	for (uint32_t k = 0; k < OWNERS && t->owner != NULL; k++)
		purchases += by_id(t, k + 1).o.purchase != ORDER_NONE;
	for (uint32_t k = 0; k < n; k++)
	{
		const Order *g = &orders[k];
		Order	   *w = &known[k].o;

		look(t, rules, known, n, k, w);
		bought += g->purchase != ORDER_NONE;
		REQUIRE(g->owner == w->owner && g->opening == w->opening && g->purchase == w->purchase);
		REQUIRE(g->ship == w->ship && g->deliver == w->deliver && g->promise == w->promise);
		REQUIRE(g->cancel == w->cancel && g->refund == w->refund);
		REQUIRE(g->shipping_info == w->shipping_info);
		REQUIRE(g->has_gap == w->has_gap && (!g->has_gap || g->until == w->until));
		REQUIRE(g->has_due == w->has_due && (!g->has_due || g->due_at == w->due_at));
		REQUIRE(g->open == w->open && g->overdue == w->overdue && g->late == w->late);
		REQUIRE(g->messages == w->messages && g->contacts == w->contacts);
		REQUIRE(g->tracking_views == w->tracking_views && g->touchpoints == w->touchpoints);
		REQUIRE(g->all_contacts == w->all_contacts);
		REQUIRE((g->contact == ORDER_NONE) == (w->contact == ORDER_NONE));
		REQUIRE(g->contact == ORDER_NONE || t->at[g->contact] == t->at[w->contact]);
		REQUIRE((g->answer == ORDER_NONE) == (w->answer == ORDER_NONE));
		REQUIRE(g->answer == ORDER_NONE || t->at[g->answer] == t->at[w->answer]);
		REQUIRE((g->resolve == ORDER_NONE) == (w->resolve == ORDER_NONE));
		REQUIRE(g->resolve == ORDER_NONE || t->at[g->resolve] == t->at[w->resolve]);
		REQUIRE(g->flags == flags_of(t, w));
	}
	REQUIRE(bought == purchases);
	free(orders);
	free(scratch);
}

static void
random_log(void)
{
	static const uint8_t actions[] = {
		TA_PURCHASE, TA_PURCHASE, TA_ORDER_SHIP, TA_ORDER_SHIP, TA_ORDER_DELIVER, TA_ORDER_DELIVER,
		TA_ORDER_CANCEL, TA_REFUND, TA_REFUND, TA_ORDER_UPDATE_PROMISED, TA_ORDER_UPDATE, TA_MESSAGE,
		TA_MESSAGE_OPENED, TA_MESSAGE_CLICKED, TA_MESSAGE_CART_RECOVERY, TA_ORDER_TRACK, TA_CONTACT,
		TA_SUPPORT, TA_SUPPORT, TA_SUPPORT_OPENED, TA_SUPPORT_ANSWERED, TA_SUPPORT_RESOLVED,
		TA_SHIPPING_INFO, TA_NONE, TA_PAGE_VIEW
	};
	static const double values[] = {0, 1.5, 3, -1, 36525, 36526};
	OrderLog   *log = malloc(sizeof(OrderLog));
	OrderTouches t = {0};
	OrderRules	rules = {0};
	uint32_t	kinds = below(3) == 0 ? 9 : (uint32_t) sizeof(actions);
	int64_t		at = below(2) ? 0 : INT64_MAX - 400 * DAY * 366;

	t.count = below(MAX + 1);
	for (uint32_t i = 0; i < t.count; i++)
	{
		uint32_t	value = below(8);

		at += below(2) ? 0 : below(3) ? DAY / 48 * below(4) : DAY * below(6);
		log->at[i] = at;
		log->action[i] = actions[below(kinds)];
		log->label[i] = (uint16_t) below(below(2) ? LABELS : 2);
		log->value[i] = value < 6 ? values[value] : (double) NAN;
		log->owner[i] = below(2) ? 0 : 1 + below(OWNERS);
	}
	t.at = log->at;
	t.action = log->action;
	t.label = log->label;
	t.nlabels = LABELS;
	t.value = below(5) ? log->value : NULL;
	t.owner = below(2) ? log->owner : NULL;
	t.nowners = t.owner != NULL ? OWNERS : 0;
	rules.as_of = at + DAY * below(9);
	rules.promise = below(3) ? (int64_t) below(8) * DAY : ORDER_NO_PROMISE;
	rules.pause = DAY / 48 * below(3);
	rules.logged = below(3) > 0;
	rules.relax = below(2) ? relax : NULL;
	check(&t, &rules);
	free(log);
}

/* Half a million messages about orders that are all on their way. */
static void
long_log(void)
{
	const uint32_t count = 500000;
	OrderTouches t = {0};
	OrderRules	rules = {0};
	int64_t    *at = malloc(count * sizeof(int64_t));
	uint8_t    *action = malloc(count);
	uint16_t   *label = malloc(count * sizeof(uint16_t));
	Order	   *orders;
	void	   *scratch;
	uint32_t	max;

	for (uint32_t i = 0; i < count; i++)
	{
		at[i] = i / 3;
		action[i] = i < count / 2 ? TA_PURCHASE : TA_ORDER_SHIP;
		label[i] = (uint16_t) (i % 2);
	}
	t.count = count;
	t.at = at;
	t.action = action;
	t.label = label;
	t.nlabels = 2;
	rules.as_of = at[count - 1];
	rules.promise = 7 * DAY;
	rules.logged = true;
	rules.relax = relax;
	max = orders_max(&t);
	orders = malloc(max * sizeof(Order));
	scratch = malloc(orders_scratch(&t, max));
	relaxed = 0;
	REQUIRE(orders_find(&t, &rules, max, scratch, orders) == count / 2);
	REQUIRE(relaxed > 10 && relaxed < 200);
	/* each second one has the name 0; both names begin with the first order */
	REQUIRE(orders[0].ship == count / 2 && orders[count / 4 - 1].ship != ORDER_NONE);
	REQUIRE(orders[count / 4].ship == ORDER_NONE && orders[count / 4].open == OA_YES);
	free(orders);
	free(scratch);
	free(at);
	free(action);
	free(label);
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 20260123);
	for (uint32_t i = 0; i < 40000; i++)
		random_log();
	long_log();
	printf("ok\n");
	return 0;
}
