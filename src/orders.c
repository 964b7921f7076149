/*
 * orders.c
 *	  orders(j, actions, ...): the orders of a customer as rows, from the
 *	  purchase to the delivery; order_of(j, actions, ...): the one order that a
 *	  journey is about.
 *
 * Which touchpoints bear the id of an order is told by journeys of their own,
 * one an order, whose touchpoints are looked up in that of the customer: equal
 * time, event, channel and value, each found once.  What they have more than the
 * customer's journey, such as purchases said twice, changes nothing.  The rest
 * is core/orders.c.
 */
#include "postgres.h"

#include <math.h>

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "core/orders.h"
#include "funnel_options.h"
#include "row_set.h"
#include "touch_table.h"

/* The arguments of orders; order_of has the first four. */
enum
{
	ARG_JOURNEY, ARG_ACTIONS, ARG_AS_OF, ARG_PROMISE, ARG_ORDER_IDS, ARG_ORDER_JOURNEYS
};

/* The columns of journey.order_row. */
enum
{
	COL_NO, COL_ORDER_ID, COL_PURCHASED_AT, COL_SHIPPED_AT, COL_DELIVERED_AT, COL_PROMISED_AT,
	COL_DUE_AT, COL_CANCELLED_AT, COL_RETURNED_AT, COL_VALUE, COL_CHANNEL, COL_SHIPPING_OPTION,
	COL_TO_SHIP, COL_SHIP_TO_DELIVER, COL_GAP, COL_PROMISED_TO_DELIVERED, COL_WAITED,
	COL_OPEN, COL_OVERDUE, COL_LATE, COL_MESSAGES, COL_TOO_MANY, COL_CONTACTS, COL_TRACKING,
	COL_TOUCHPOINTS, COL_ALL_CONTACTS, COL_FIRST_RESPONSE, COL_RESOLUTION, COL_FLAG, COL_COUNT
};

/* In the sequence of ORDER_*. */
static const char *const flag_names[] = {
	"not bought", "shipped before bought", "delivered before bought",
	"taken back before bought", "delivered before shipped", "delivered after taken back"
};

/* Journeys of orders, with the ids they go by. */
typedef struct OrderIds
{
	int			n;
	Datum	   *ids;
	Datum	   *journeys;
	bool	   *no_journey;
} OrderIds;

static void
relax(void)
{
	CHECK_FOR_INTERRUPTS();
}

/* -- touchpoints that bear an id ---------------------------------------------- */

static void
read_array(Datum given, const char *name, Datum **values, bool **nulls, int *n)
{
	ArrayType  *array = DatumGetArrayTypeP(given);
	int16		length;
	bool		by_value;
	char		align;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("\"%s\" must have one dimension", name)));
	get_typlenbyvalalign(ARR_ELEMTYPE(array), &length, &by_value, &align);
	deconstruct_array(array, ARR_ELEMTYPE(array), length, by_value, align, values, nulls, n);
}

/* The arguments order_ids and order_journeys. */
static void
read_order_ids(FunctionCallInfo fcinfo, OrderIds *orders)
{
	bool	   *no_id;
	int			n;

	memset(orders, 0, sizeof(*orders));
	if (PG_ARGISNULL(ARG_ORDER_IDS) != PG_ARGISNULL(ARG_ORDER_JOURNEYS))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"order_ids\" and \"order_journeys\" belong together"),
				 errhint("Give both, or neither where orders have no ids.")));
	if (PG_ARGISNULL(ARG_ORDER_IDS))
		return;
	read_array(PG_GETARG_DATUM(ARG_ORDER_IDS), "order_ids", &orders->ids, &no_id, &orders->n);
	read_array(PG_GETARG_DATUM(ARG_ORDER_JOURNEYS), "order_journeys", &orders->journeys,
			   &orders->no_journey, &n);
	if (n != orders->n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("\"order_ids\" has %d elements and \"order_journeys\" %d", orders->n, n)));
	for (int i = 0; i < n; i++)
	{
		if (no_id[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"order_ids\" must not contain nulls"),
					 errhint("Leave out what bears no id.")));
	}
}

static bool
same_label(const JourneyLabel *a, const JourneyLabel *b)
{
	return a->known == b->known && a->len == b->len &&
		(a->text == NULL) == (b->text == NULL) &&
		(a->text == NULL || memcmp(a->text, b->text, a->len) == 0);
}

/* Where the labels of one table stand in another: PG_UINT16_MAX for nowhere. */
static uint16 *
find_labels(const uint8 *labels, uint32 n, const JourneyLabel *in, uint32 nin)
{
	uint16	   *found = palloc((n + 1) * sizeof(uint16));

	for (uint32 i = 0; i < n; i++)
	{
		JourneyLabel label;

		CHECK_FOR_INTERRUPTS();
		labels = journey_next_label(labels, &label);
		found[i] = PG_UINT16_MAX;
		for (uint32 k = 0; k < nin; k++)
		{
			if (same_label(&label, &in[k]))
			{
				found[i] = (uint16) k;
				break;
			}
		}
	}
	return found;
}

/* Say of the touchpoints of an order's journey whose they are. */
static void
claim_touchpoints(const TouchTable *t, uint32 count, Datum journey, uint32 owner,
				  uint32 *owners)
{
	JourneyView v;
	JourneyCursor c;
	uint16	   *labels;
	uint16	   *channels;
	uint32		from = 0;		/* the first touchpoint at the cursor's time */

	journey_fetch(journey, &v);
	labels = find_labels(v.labels, v.nlabels, t->labels, t->view.nlabels);
	channels = find_labels(v.channels, v.nchannels, t->channels, t->view.nchannels);
	journey_first(&c, &v);
	while (journey_next(&c))
	{
		uint32		high = count;

		CHECK_FOR_INTERRUPTS();
		while (from < high)
		{
			uint32		middle = from + (high - from) / 2;

			if (t->at[middle] < c.at)
				from = middle + 1;
			else
				high = middle;
		}
		if (from == count)
			break;
		if (labels[c.label] == PG_UINT16_MAX ||
			(c.channel > 0 && channels[c.channel - 1] == PG_UINT16_MAX))
			continue;
		for (uint32 i = from; i < count && t->at[i] == c.at; i++)
		{
			bool		has_value = t->value != NULL && !isnan(t->value[i]);

			if (owners[i] == 0 && t->label[i] == labels[c.label] &&
				t->channel[i] == (c.channel == 0 ? 0 : 1 + channels[c.channel - 1]) &&
				has_value == c.has_value && (!has_value || t->value[i] == c.value))
			{
				owners[i] = owner;
				break;
			}
		}
	}
	pfree(labels);
	pfree(channels);
}

/* -- rows ------------------------------------------------------------------------ */

static inline void
put_time(Datum *values, bool *nulls, int column, const TouchTable *t, uint32 i)
{
	nulls[column] = i == ORDER_NONE;
	if (i != ORDER_NONE)
		values[column] = TimestampTzGetDatum(t->at[i]);
}

/* From one touchpoint to another, where there are both. */
static inline void
put_between(Datum *values, bool *nulls, int column, const TouchTable *t, uint32 from, uint32 to)
{
	nulls[column] = from == ORDER_NONE || to == ORDER_NONE;
	if (!nulls[column])
		values[column] = Float8GetDatum(touch_seconds(t->at[from], t->at[to]));
}

static inline void
put_answer(Datum *values, bool *nulls, int column, uint8 answer)
{
	nulls[column] = answer == OA_UNKNOWN;
	values[column] = BoolGetDatum(answer == OA_YES);
}

static bool
flag_of(const Order *o, Datum *flag)
{
	StringInfoData buf;

	if (o->flags == 0)
		return false;
	initStringInfo(&buf);
	for (int k = 0; k < lengthof(flag_names); k++)
	{
		if ((o->flags & (1 << k)) != 0)
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "", flag_names[k]);
	}
	*flag = PointerGetDatum(cstring_to_text_with_len(buf.data, buf.len));
	return true;
}

static void
put_order(ReturnSetInfo *rsinfo, TouchTable *t, const OrderIds *ids, const Order *o, int32 number)
{
	bool		bought = o->purchase != ORDER_NONE;
	Datum		values[COL_COUNT];
	bool		nulls[COL_COUNT] = {false};

	values[COL_NO] = Int32GetDatum(number);
	nulls[COL_ORDER_ID] = o->owner == 0 || ids == NULL;
	if (!nulls[COL_ORDER_ID])
		values[COL_ORDER_ID] = ids->ids[o->owner - 1];
	put_time(values, nulls, COL_PURCHASED_AT, t, o->purchase);
	put_time(values, nulls, COL_SHIPPED_AT, t, o->ship);
	put_time(values, nulls, COL_DELIVERED_AT, t, o->deliver);
	/* a promise that nothing could keep is not told */
	nulls[COL_DUE_AT] = !o->has_due || o->due_at >= END_TIMESTAMP;
	values[COL_DUE_AT] = TimestampTzGetDatum(o->due_at);
	nulls[COL_PROMISED_AT] = o->promise == ORDER_NONE || nulls[COL_DUE_AT];
	values[COL_PROMISED_AT] = values[COL_DUE_AT];
	put_time(values, nulls, COL_CANCELLED_AT, t, o->cancel);
	put_time(values, nulls, COL_RETURNED_AT, t, o->refund);
	nulls[COL_VALUE] = !bought || !touch_value(t, o->purchase, &values[COL_VALUE]);
	nulls[COL_CHANNEL] = !bought || !touch_channel(t, o->purchase, &values[COL_CHANNEL]);
	nulls[COL_SHIPPING_OPTION] = o->shipping_info == ORDER_NONE ||
		!touch_detail(t, o->shipping_info, &values[COL_SHIPPING_OPTION]);

	put_between(values, nulls, COL_TO_SHIP, t, o->purchase, o->ship);
	put_between(values, nulls, COL_SHIP_TO_DELIVER, t, o->ship, o->deliver);
	put_between(values, nulls, COL_GAP, t, o->purchase, o->deliver);
	nulls[COL_PROMISED_TO_DELIVERED] = nulls[COL_PROMISED_AT] || o->deliver == ORDER_NONE;
	if (!nulls[COL_PROMISED_TO_DELIVERED])
		values[COL_PROMISED_TO_DELIVERED] = Float8GetDatum(touch_seconds(o->due_at, t->at[o->deliver]));
	nulls[COL_WAITED] = !o->has_gap;
	if (o->has_gap)
		values[COL_WAITED] = Float8GetDatum(touch_seconds(t->at[o->purchase], o->until));
	put_answer(values, nulls, COL_OPEN, o->open);
	put_answer(values, nulls, COL_OVERDUE, o->overdue);
	put_answer(values, nulls, COL_LATE, o->late);

	for (int column = COL_MESSAGES; column <= COL_TOUCHPOINTS; column++)
		nulls[column] = !o->has_gap;
	values[COL_MESSAGES] = Int32GetDatum((int32) o->messages);
	values[COL_TOO_MANY] = BoolGetDatum(o->messages > ORDER_MESSAGES);
	values[COL_CONTACTS] = Int32GetDatum((int32) o->contacts);
	values[COL_TRACKING] = Int32GetDatum((int32) o->tracking_views);
	values[COL_TOUCHPOINTS] = Int32GetDatum((int32) o->touchpoints);
	nulls[COL_ALL_CONTACTS] = !bought;
	values[COL_ALL_CONTACTS] = Int32GetDatum((int32) o->all_contacts);
	put_between(values, nulls, COL_FIRST_RESPONSE, t, o->contact, o->answer);
	put_between(values, nulls, COL_RESOLUTION, t, o->contact, o->resolve);
	nulls[COL_FLAG] = !flag_of(o, &values[COL_FLAG]);
	row_set_add(rsinfo, values, nulls);
}

/* -- the functions ------------------------------------------------------------------ */

/* What is asked, as far as it is not the touchpoints. */
static void
read_rules(FunctionCallInfo fcinfo, const StageModel *model, OrderRules *rules)
{
	memset(rules, 0, sizeof(*rules));
	touch_check_as_of(fcinfo->args[ARG_AS_OF]);
	rules->promise = PG_ARGISNULL(ARG_PROMISE) ? ORDER_NO_PROMISE :
		(int64) funnel_span(PG_GETARG_INTERVAL_P(ARG_PROMISE), "promise");
	rules->pause = model->session_timeout;
	rules->relax = relax;
}

/*
 * Orders as rows.  `ids` may be NULL; `whole`: all touchpoints are those of one
 * order.
 */
static void
put_orders(FunctionCallInfo fcinfo, const OrderIds *ids, bool whole)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	StageModel *model;
	OrderRules	rules;
	TouchTable	table;
	OrderTouches touches = {0};
	uint8	   *actions;
	uint32		count;
	uint32		max;
	uint32		n;
	Order	   *orders;
	void	   *scratch;

	if (PG_ARGISNULL(ARG_ACTIONS))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"actions\" must not be null"),
				 errhint("Give stage_model('actions'), or a model of yours with stages named like actions.")));
	model = PG_GETARG_STAGE_MODEL_P(ARG_ACTIONS);
	read_rules(fcinfo, model, &rules);
	if (PG_ARGISNULL(ARG_JOURNEY))
		return;
	touch_table_read(&table, PG_GETARG_DATUM(ARG_JOURNEY));
	count = touch_seen(&table, fcinfo->args[ARG_AS_OF], &rules.as_of);
	if (count == 0)
		return;
	actions = touch_actions(&table, model);
	touches.count = count;
	touches.at = table.at;
	touches.action = actions;
	touches.label = table.label;
	touches.nlabels = table.view.nlabels;
	touches.value = table.value;
	max = orders_max(&touches);
	if (max == 0)
		return;

	rules.logged = touch_deliveries_logged(&table, model, actions);
	if (whole || (ids != NULL && ids->n > 0))
	{
		uint32	   *owners = palloc0(count * sizeof(uint32));

		touches.owner = owners;
		touches.nowners = whole ? 1 : ids->n;
		for (uint32 i = 0; i < count && whole; i++)
			owners[i] = 1;
		for (int k = 0; !whole && k < ids->n; k++)
		{
			if (!ids->no_journey[k])
				claim_touchpoints(&table, count, ids->journeys[k], k + 1, owners);
		}
	}
	orders = MemoryContextAllocHuge(CurrentMemoryContext, (Size) max * sizeof(Order));
	scratch = MemoryContextAllocHuge(CurrentMemoryContext, orders_scratch(&touches, max));
	n = orders_find(&touches, &rules, max, scratch, orders);
	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_order(rsinfo, &table, ids, &orders[i], (int32) i + 1);
	}
}

/* orders(j, actions, as_of, promise, order_ids, order_journeys) */
PG_FUNCTION_INFO_V1(orders);
Datum
orders(PG_FUNCTION_ARGS)
{
	OrderIds	ids;

	row_set_begin(fcinfo);
	read_order_ids(fcinfo, &ids);
	put_orders(fcinfo, &ids, false);
	return (Datum) 0;
}

/* order_of(j, actions, as_of, promise) */
PG_FUNCTION_INFO_V1(order_of);
Datum
order_of(PG_FUNCTION_ARGS)
{
	row_set_begin(fcinfo);
	put_orders(fcinfo, NULL, true);
	return (Datum) 0;
}
