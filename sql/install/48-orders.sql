\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- orders: those of one customer
--

CREATE TYPE journey.order_row AS (
	order_no integer,
	order_id text,
	purchased_at timestamptz,
	shipped_at timestamptz,
	delivered_at timestamptz,
	promised_at timestamptz,
	due_at timestamptz,
	cancelled_at timestamptz,
	returned_at timestamptz,
	value double precision,
	channel text,
	shipping_option text,
	purchase_to_ship_seconds double precision,
	ship_to_deliver_seconds double precision,
	gap_seconds double precision,
	promised_to_delivered_seconds double precision,
	waited_seconds double precision,
	open boolean,
	overdue boolean,
	late boolean,
	messages integer,
	too_many_messages boolean,
	contacts integer,
	tracking_views integer,
	touchpoints integer,
	all_contacts integer,
	first_response_seconds double precision,
	resolution_seconds double precision,
	flag text
);
COMMENT ON TYPE journey.order_row IS
$$An order from the purchase to the delivery, as orders and order_of answer it.$$;
COMMENT ON COLUMN journey.order_row.order_no IS 'Number of the order of this customer, from 1, in the sequence in which they became known: by the purchase, where there is one.';
COMMENT ON COLUMN journey.order_row.order_id IS 'Id of the order; NULL where it was put together by time.';
COMMENT ON COLUMN journey.order_row.purchased_at IS 'Time of the purchase, of repeated messages the first; NULL if none was seen.';
COMMENT ON COLUMN journey.order_row.shipped_at IS 'Time of the first message that it was sent or is out for delivery; NULL for none.';
COMMENT ON COLUMN journey.order_row.delivered_at IS 'Time of the first delivery; NULL for none.';
COMMENT ON COLUMN journey.order_row.promised_at IS 'When it was promised to arrive: the purchase and as many days as the first promise said; NULL without a promise.';
COMMENT ON COLUMN journey.order_row.due_at IS 'When it should arrive: promised_at, else the purchase and the usual time (promise); NULL without either.';
COMMENT ON COLUMN journey.order_row.cancelled_at IS 'Time of the cancellation; NULL for none.';
COMMENT ON COLUMN journey.order_row.returned_at IS 'Time at which the goods came back or the money was paid back; NULL for never.';
COMMENT ON COLUMN journey.order_row.value IS 'Value of the purchase; NULL if it has none.';
COMMENT ON COLUMN journey.order_row.channel IS 'Channel of the purchase; NULL for none.';
COMMENT ON COLUMN journey.order_row.shipping_option IS 'How it shall be sent: the detail of the latest touchpoint with shipping information since the purchase before (express of add_shipping_info/express); NULL for none.';
COMMENT ON COLUMN journey.order_row.purchase_to_ship_seconds IS 'Seconds from purchased_at to shipped_at; negative where flagged.';
COMMENT ON COLUMN journey.order_row.ship_to_deliver_seconds IS 'Seconds from shipped_at to delivered_at; negative where flagged.';
COMMENT ON COLUMN journey.order_row.gap_seconds IS 'The delivery gap: seconds from purchased_at to delivered_at; negative where flagged, NULL while it is open.';
COMMENT ON COLUMN journey.order_row.promised_to_delivered_seconds IS 'Seconds from promised_at to delivered_at: positive is later than promised; NULL without either.';
COMMENT ON COLUMN journey.order_row.waited_seconds IS 'How long the customer waited: the gap, or until the order was taken back, or so far, as of as_of, where it is open; NULL where that is not known or there is a flag that it arrived before it was bought.';
COMMENT ON COLUMN journey.order_row.open IS 'Bought, and neither arrived nor taken back as of as_of; NULL without a purchase, and where arrivals are not in the log.';
COMMENT ON COLUMN journey.order_row.overdue IS 'Open, and past due_at as of as_of; NULL where that is not known.';
COMMENT ON COLUMN journey.order_row.late IS 'Arrived after due_at; NULL where it has not arrived or nothing was due.';
COMMENT ON COLUMN journey.order_row.messages IS 'Messages to the customer in the gap: those sent (mails, notifications, cart reminders, order updates) or those opened, whichever are more; shipments are not counted. NULL where there is no gap.';
COMMENT ON COLUMN journey.order_row.too_many_messages IS 'Whether these are more than two.';
COMMENT ON COLUMN journey.order_row.contacts IS 'Contacts with the service in the gap: tickets, calls, conversations. NULL where there is no gap.';
COMMENT ON COLUMN journey.order_row.tracking_views IS 'How often it was looked up in the gap where the order is. NULL where there is no gap.';
COMMENT ON COLUMN journey.order_row.touchpoints IS 'Touchpoints of any kind in the gap, without the two that begin and end it. NULL where there is no gap.';
COMMENT ON COLUMN journey.order_row.all_contacts IS 'Contacts of this order in the gap or later: those that bear its id, and those that bear none and came before the next purchase. NULL without a purchase.';
COMMENT ON COLUMN journey.order_row.first_response_seconds IS 'Seconds from the first of these to the first answer or solution; NULL without a contact or answer.';
COMMENT ON COLUMN journey.order_row.resolution_seconds IS 'Seconds from the first of these to the first solution; NULL without a contact or solution.';
COMMENT ON COLUMN journey.order_row.flag IS 'What is not as it should be, separated by commas: not bought (no purchase was seen), shipped before bought, delivered before bought, taken back before bought, delivered before shipped, delivered after taken back. NULL if nothing.';

CREATE FUNCTION journey.orders(
	j journey.journey,
	actions journey.stage_model,
	as_of timestamptz DEFAULT NULL,
	promise interval DEFAULT '7 days',
	order_ids text[] DEFAULT NULL,
	order_journeys journey.journey[] DEFAULT NULL
) RETURNS SETOF journey.order_row
	AS 'MODULE_PATHNAME', 'orders' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200 ROWS 2;
COMMENT ON FUNCTION journey.orders(journey.journey, journey.stage_model, timestamptz, interval, text[], journey.journey[]) IS
$$The orders of a customer, a row each: bought, shipped, delivered, promised, open and overdue, and what happened in the gap between buying and receiving.

    SELECT customer, o.* FROM shop.journeys, orders(journey, (SELECT actions FROM shop.source)) AS o;

actions says what event names mean: stage_model('actions'), which a source has compiled in its table source. promise: how long a delivery takes at most where the log has no promise; NULL: nothing is due then. The value of a promise (action order_update/promised) is the number of days from the purchase to the arrival; the first one counts, and one without a value, below 0 or above 36525 is none. as_of: what is later is not looked at, and what is open is open as of then; NULL is the last touchpoint of the journey.

Whose a message is, only time tells, unless ids do:

- A purchase opens an order.
- A promise is for the latest purchase, while that is on its way.
- A shipment is of the earliest order on its way that has had no message of this name: an order may be told as shipped and as out for delivery, and the first of these is when it was shipped.
- A delivery is of the earliest order on its way.
- A cancellation takes back the latest order that has not arrived, a refund the latest that has arrived or is overdue; where there is none, the latest. As many are taken back as stage models count.
- A shipment or delivery that no order can have made is a row without a purchase, flagged. One that says in another name what is known already is not.
- At equal times things happen in this sequence, in whatever order the log has them.

So an arrival that is missing from the log is taken from the next order, and orders that overtake each other are mixed up. Where messages bear the id of their order, give order_ids and order_journeys, two arrays of equal length with one journey an order, made of the touchpoints that bear its id; they are looked up in j by time, event, channel and value, and what is not there is ignored. Those belong to their order whenever they are, which so may be delivered before it was bought: that is flagged, its negative gap is shown, and of several deliveries the first that is not before the purchase counts. An id without purchase, shipment, delivery, cancellation or refund makes no row. The touchpoints that bear no id are sorted in by time as above, among all orders that have no such message by their id. Each purchase is in one row.

The gap goes from the purchase to the delivery, or to when the order was taken back, or to as_of while it is open, both ends included. What is counted in it are all touchpoints of the customer but those that bear the id of another order; what bears none is counted in every gap that is open then. Words with the service without a beginning or end (action support) begin a contact where there was no touchpoint of the service for the session timeout of the model.

Whether deliveries are in the log is the option delivery of the model: logged, none, or auto, where they are if this journey has one. If not, an order that has not arrived is not known to be open, and its gap and what is in it are NULL.

No rows for NULL and for a journey without orders. Errors: actions NULL, an infinite as_of, a promise that is negative or has months or years, one of the arrays without the other, of another length, or an id that is NULL. A few passes over the journey, and some 80 bytes a touchpoint of customers who have orders.$$;

CREATE FUNCTION journey.order_of(
	j journey.journey,
	actions journey.stage_model,
	as_of timestamptz DEFAULT NULL,
	promise interval DEFAULT '7 days'
) RETURNS SETOF journey.order_row
	AS 'MODULE_PATHNAME', 'order_of' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200 ROWS 1;
COMMENT ON FUNCTION journey.order_of(journey.journey, journey.stage_model, timestamptz, interval) IS
$$The order that a journey is about, as one row with the columns of orders: for journeys made of the touchpoints of one order.

    SELECT i.order_id AS id, o.* FROM shop.orders_by_id AS i, order_of(i.journey, (SELECT actions FROM shop.source)) AS o;

All touchpoints belong to it: of several purchases the first counts, of shipments, deliveries, cancellations and refunds the first that is not before the purchase, and where all are, the first. What happened in the gap is what the journey has of it; orders with order_ids and order_journeys sees the rest of the customer, too. order_id is NULL. No row for NULL and for a journey without purchase, shipment, delivery, cancellation or refund. Options, flags and errors are those of orders.$$;

--
-- The views of a source
--

CREATE FUNCTION journey.orders_views(name text, has_value boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM journey.source_view(name, 'orders', $q$
SELECT j.customer, o.order_no, o.order_id, o.purchased_at, (o.purchased_at AT TIME ZONE {zone})::date AS purchased_date,
	   o.shipped_at, (o.shipped_at AT TIME ZONE {zone})::date AS shipped_date,
	   o.delivered_at, (o.delivered_at AT TIME ZONE {zone})::date AS delivered_date,
	   o.promised_at, (o.promised_at AT TIME ZONE {zone})::date AS promised_date,
	   o.due_at, (o.due_at AT TIME ZONE {zone})::date AS due_date,
	   o.cancelled_at, (o.cancelled_at AT TIME ZONE {zone})::date AS cancelled_date,
	   o.returned_at, (o.returned_at AT TIME ZONE {zone})::date AS returned_date, o.value, o.channel, o.shipping_option,
	   o.purchase_to_ship_seconds, o.ship_to_deliver_seconds, o.gap_seconds, o.promised_to_delivered_seconds,
	   o.waited_seconds, o.open, o.overdue, o.late, o.messages, o.too_many_messages, o.contacts, o.tracking_views,
	   o.touchpoints, o.all_contacts, o.first_response_seconds, o.resolution_seconds, o.flag
FROM {schema}.store AS j
	LEFT JOIN (
		SELECT i.customer, array_agg(i.order_id ORDER BY i.order_id) AS order_ids,
			   array_agg(i.journey ORDER BY i.order_id) AS order_journeys
		FROM {schema}.orders_by_id AS i
		GROUP BY i.customer) AS b ON b.customer = j.customer
	CROSS JOIN LATERAL journey.orders(j.journey, {actions}, {last_seen},
		order_ids => b.order_ids, order_journeys => b.order_journeys) AS o
$q$,
		'One row an order, from the purchase to the delivery, as of the last touchpoint seen in the source. Messages that bear the id of an order belong to it; for the rest, and where the source names no column for ids, time decides (see the function orders). Each purchase is in one row. A delivery is due 7 days after the purchase where nothing else was promised.',
		ARRAY[
		'customer: The customer.',
		'order_no: Number of the order of this customer, from 1, in the sequence in which they became known: by the purchase, where there is one.',
		'order_id: Id of the order; NULL where it was put together by time.',
		'purchased_at: Time of the purchase, of repeated messages the first; NULL if none was seen.',
		'purchased_date: Date of purchased_at in the time zone of the source.',
		'shipped_at: Time of the first message that it was sent or is out for delivery; NULL for none.',
		'shipped_date: Date of shipped_at in the time zone of the source.',
		'delivered_at: Time of the first delivery; NULL for none.',
		'delivered_date: Date of delivered_at in the time zone of the source.',
		'promised_at: When it was promised to arrive: the purchase and as many days as the first promise said; NULL without a promise.',
		'promised_date: Date of promised_at in the time zone of the source.',
		'due_at: When it should arrive: promised_at, else the purchase and 7 days; NULL without either.',
		'due_date: Date of due_at in the time zone of the source.',
		'cancelled_at: Time of the cancellation; NULL for none.',
		'cancelled_date: Date of cancelled_at in the time zone of the source.',
		'returned_at: Time at which the goods came back or the money was paid back; NULL for never.',
		'returned_date: Date of returned_at in the time zone of the source.',
		'value: Value of the purchase; NULL if it has none.',
		'channel: Channel of the purchase; NULL for none.',
		'shipping_option: How it shall be sent: the detail of the latest touchpoint with shipping information since the purchase before (express of add_shipping_info/express); NULL for none.',
		'purchase_to_ship_seconds: Seconds from purchased_at to shipped_at; negative where flagged.',
		'ship_to_deliver_seconds: Seconds from shipped_at to delivered_at; negative where flagged.',
		'gap_seconds: The delivery gap: seconds from purchased_at to delivered_at; negative where flagged, NULL while it is open.',
		'promised_to_delivered_seconds: Seconds from promised_at to delivered_at: positive is later than promised; NULL without either.',
		'waited_seconds: How long the customer waited: the gap, or until the order was taken back, or so far, as of the last touchpoint seen in the source, where it is open; NULL where that is not known or there is a flag that it arrived before it was bought.',
		'open: Bought, and neither arrived nor taken back as of the last touchpoint seen in the source; NULL without a purchase, and where arrivals are not in the log.',
		'overdue: Open, and past due_at as of the last touchpoint seen in the source; NULL where that is not known.',
		'late: Arrived after due_at; NULL where it has not arrived or nothing was due.',
		'messages: Messages to the customer in the gap: those sent (mails, notifications, cart reminders, order updates) or those opened, whichever are more; shipments are not counted. NULL where there is no gap.',
		'too_many_messages: Whether these are more than two.',
		'contacts: Contacts with the service in the gap: tickets, calls, conversations. NULL where there is no gap.',
		'tracking_views: How often it was looked up in the gap where the order is. NULL where there is no gap.',
		'touchpoints: Touchpoints of any kind in the gap, without the two that begin and end it. NULL where there is no gap.',
		'all_contacts: Contacts of this order in the gap or later: those that bear its id, and those that bear none and came before the next purchase. NULL without a purchase.',
		'first_response_seconds: Seconds from the first of these to the first answer or solution; NULL without a contact or answer.',
		'resolution_seconds: Seconds from the first of these to the first solution; NULL without a contact or solution.',
		'flag: What is not as it should be, separated by commas: not bought (no purchase was seen), shipped before bought, delivered before bought, taken back before bought, delivered before shipped, delivered after taken back. NULL if nothing.']);

	PERFORM journey.source_view(name, 'delivery_gap', $q$
WITH known AS (
	SELECT o.*, date_trunc('month', coalesce(o.purchased_date, least(o.shipped_date, o.delivered_date, o.cancelled_date, o.returned_date))::timestamp)::date AS month,
		   o.purchased_at IS NOT NULL AS bought
	FROM {schema}.orders AS o
), counted AS (
	SELECT k.month,
		   count(*) FILTER (WHERE k.bought) AS orders,
		   count(DISTINCT k.customer) FILTER (WHERE k.bought) AS customers,
		   count(k.shipped_at) FILTER (WHERE k.bought) AS shipped,
		   sum(count(k.shipped_at)) OVER () > 0 AS shipments_known,
		   count(k.open) AS followed,
		   count(k.delivered_at) FILTER (WHERE k.bought) AS delivered,
		   count(*) FILTER (WHERE k.bought AND k.delivered_at IS NULL AND coalesce(k.cancelled_at, k.returned_at) IS NOT NULL) AS taken_back,
		   count(*) FILTER (WHERE k.open) AS open,
		   count(*) FILTER (WHERE k.overdue) AS overdue,
		   count(*) FILTER (WHERE k.late) AS late,
		   count(*) FILTER (WHERE k.late IS NOT NULL OR k.overdue) AS decided,
		   count(*) FILTER (WHERE k.purchase_to_ship_seconds >= 0) AS to_ship,
		   percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY k.purchase_to_ship_seconds) FILTER (WHERE k.purchase_to_ship_seconds >= 0) AS to_ship_seconds,
		   journey.survival_tally(coalesce(k.purchase_to_ship_seconds, k.waited_seconds), k.shipped_at IS NOT NULL)
				FILTER (WHERE k.purchase_to_ship_seconds >= 0 OR (k.shipped_at IS NULL AND k.delivered_at IS NULL)) AS to_ship_tally,
		   count(*) FILTER (WHERE k.ship_to_deliver_seconds >= 0) AS on_the_way,
		   percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY k.ship_to_deliver_seconds) FILTER (WHERE k.ship_to_deliver_seconds >= 0) AS on_the_way_seconds,
		   count(*) FILTER (WHERE k.gap_seconds >= 0) AS gaps,
		   percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY k.gap_seconds) FILTER (WHERE k.gap_seconds >= 0) AS gap_seconds,
		   journey.survival_tally(k.waited_seconds, k.delivered_at IS NOT NULL) AS gap_tally,
		   count(k.promised_at) AS promised,
		   count(k.promised_to_delivered_seconds) FILTER (WHERE k.gap_seconds >= 0) AS promised_delivered,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY k.promised_to_delivered_seconds) FILTER (WHERE k.gap_seconds >= 0) AS promised_seconds,
		   count(k.waited_seconds) AS watched,
		   sum(k.messages)::bigint AS messages,
		   count(*) FILTER (WHERE k.too_many_messages) AS too_many,
		   sum(k.contacts)::bigint AS contacts,
		   sum(k.tracking_views)::bigint AS tracking_views,
		   sum(k.all_contacts)::bigint AS all_contacts,
		   count(*) FILTER (WHERE k.all_contacts > 0) AS contacted,
		   count(k.first_response_seconds) AS answered,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY k.first_response_seconds) AS response_seconds,
		   count(k.resolution_seconds) AS resolved,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY k.resolution_seconds) AS resolution_seconds,
		   count(*) FILTER (WHERE NOT k.bought) AS not_bought,
		   count(k.flag) AS flagged
	FROM known AS k
	GROUP BY k.month
)
SELECT c.month, c.orders, c.customers,
	   CASE WHEN c.shipments_known THEN c.shipped END AS shipped,
	   CASE WHEN c.followed > 0 THEN c.delivered END AS delivered,
	   CASE WHEN c.followed > 0 THEN c.taken_back END AS taken_back,
	   CASE WHEN c.followed > 0 THEN c.open END AS open,
	   CASE WHEN c.followed > 0 THEN c.overdue END AS overdue,
	   CASE WHEN c.followed > 0 THEN c.late END AS late,
	   c.decided, (c.late + c.overdue)::double precision / nullif(c.decided, 0) AS late_rate,
	   c.to_ship AS purchase_to_ship_orders, c.to_ship_seconds[1] AS purchase_to_ship_median_seconds,
	   c.to_ship_seconds[2] AS purchase_to_ship_p90_seconds,
	   CASE WHEN c.shipments_known THEN s.median END AS purchase_to_ship_estimated_median_seconds,
	   c.on_the_way AS ship_to_deliver_orders, c.on_the_way_seconds[1] AS ship_to_deliver_median_seconds,
	   c.on_the_way_seconds[2] AS ship_to_deliver_p90_seconds,
	   c.gaps AS gap_orders, c.gap_seconds[1] AS gap_median_seconds, c.gap_seconds[2] AS gap_p90_seconds,
	   g.median AS gap_estimated_median_seconds, g.median_lower AS gap_estimated_median_lower_seconds,
	   g.median_upper AS gap_estimated_median_upper_seconds,
	   c.promised, c.promised_delivered, c.promised_seconds AS promised_to_delivered_median_seconds,
	   c.watched, c.messages, c.messages::double precision / nullif(c.watched, 0) AS messages_per_order,
	   CASE WHEN c.watched > 0 THEN c.too_many END AS too_many_messages,
	   c.too_many::double precision / nullif(c.watched, 0) AS too_many_messages_rate,
	   c.contacts, c.contacts::double precision / nullif(c.watched, 0) AS contacts_per_order, c.tracking_views,
	   c.all_contacts, c.all_contacts::double precision / nullif(c.orders, 0) AS all_contacts_per_order,
	   c.contacted, c.answered, c.response_seconds AS first_response_median_seconds,
	   c.resolved, c.resolution_seconds AS resolution_median_seconds,
	   c.not_bought, c.flagged, c.followed = c.orders AND c.open = 0 AS complete
FROM counted AS c
	LEFT JOIN LATERAL journey.survival_summary(c.to_ship_tally) AS s ON true
	LEFT JOIN LATERAL journey.survival_summary(c.gap_tally) AS g ON true
ORDER BY c.month
$q$,
		'The time from buying to receiving: one row a month of purchase, as of the last touchpoint seen in the source. Medians are of orders that arrived, those that arrived before they were bought left out; the estimated ones (Kaplan-Meier) count open orders too, for as long as they have been waited for, and orders taken back for as long as they were. In months that are not complete go by those. Counts of arrivals are NULL where deliveries are not in the log.',
		ARRAY[
		'month: First day of the month of the purchase, in the time zone of the source; without a purchase, of the first message of the order.',
		'orders: Orders that were bought.',
		'customers: Different customers who bought them.',
		'shipped: Those of them that were shipped; NULL where no order of the source was.',
		'delivered: Those that arrived.',
		'taken_back: Those that were cancelled or refunded and have not arrived.',
		'open: Those that have neither arrived nor been taken back.',
		'overdue: Open ones that should have arrived: later than promised, or 7 days without a promise.',
		'late: Delivered ones that came later than that.',
		'decided: Orders that arrived or are overdue: of the others it is not known whether they are in time.',
		'late_rate: late and overdue of decided, 0 to 1.',
		'purchase_to_ship_orders: Shipped orders of the next two columns.',
		'purchase_to_ship_median_seconds: Median of the seconds from purchase to shipment, of shipped orders.',
		'purchase_to_ship_p90_seconds: 90th percentile of the same.',
		'purchase_to_ship_estimated_median_seconds: Estimated median with the orders not shipped yet; NULL if it cannot be told.',
		'ship_to_deliver_orders: Orders of the next two columns.',
		'ship_to_deliver_median_seconds: Median of the seconds from shipment to delivery.',
		'ship_to_deliver_p90_seconds: 90th percentile of the same.',
		'gap_orders: Delivered orders of the next two columns.',
		'gap_median_seconds: Median of the seconds from purchase to delivery, of delivered orders.',
		'gap_p90_seconds: 90th percentile of the same.',
		'gap_estimated_median_seconds: Estimated median with the open orders; NULL if less than half have arrived.',
		'gap_estimated_median_lower_seconds: Lower bound of its 95 % interval; NULL if it cannot be told.',
		'gap_estimated_median_upper_seconds: Upper bound of its 95 % interval; NULL if it cannot be told.',
		'promised: Orders for which a day was promised.',
		'promised_delivered: Those of them that arrived.',
		'promised_to_delivered_median_seconds: Median of the seconds from the promised time to the delivery: positive is later than promised.',
		'watched: Orders of the next columns: those whose gap is known, open ones so far.',
		'messages: Messages to their customers in the gaps.',
		'messages_per_order: messages / watched.',
		'too_many_messages: Orders with more than two messages.',
		'too_many_messages_rate: too_many_messages of watched, 0 to 1.',
		'contacts: Contacts with the service in the gaps.',
		'contacts_per_order: contacts / watched.',
		'tracking_views: How often it was looked up in the gaps where orders are.',
		'all_contacts: Contacts with the service about these orders in the gap or later.',
		'all_contacts_per_order: all_contacts / orders.',
		'contacted: Orders with such a contact.',
		'answered: Those of them whose first contact was answered or solved.',
		'first_response_median_seconds: Median of the seconds from the first contact to the first answer or solution, of those answered.',
		'resolved: Orders with a contact that was solved.',
		'resolution_median_seconds: Median of the seconds from the first contact to the solution, of those solved.',
		'not_bought: Further orders of that month, of which no purchase was seen.',
		'flagged: Orders and further orders with a flag (see orders).',
		'complete: Is nothing of the month open any more? False also where that is not known.']);
END
$function$;
COMMENT ON FUNCTION journey.orders_views(text, boolean) IS
$$Makes the views orders and delivery_gap of a source. A part of create_source.$$;
