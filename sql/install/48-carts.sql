\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- carts: those of one customer
--

CREATE TYPE journey.cart_row AS (
	cart_no integer,
	opened_at timestamptz,
	n integer,
	event text,
	channel text,
	visit_no integer,
	last_at timestamptz,
	checkout_at timestamptz,
	adds integer,
	removes integer,
	furthest text,
	outcome text,
	judged boolean,
	abandoned_at timestamptz,
	purchased_at timestamptz,
	in_session boolean,
	seconds_to_purchase double precision,
	clicks integer,
	steps_from_visit integer,
	coupons_applied integer,
	coupons_denied integer,
	errors integer,
	error_events text[],
	registered boolean,
	shipping_method text,
	payment_method text,
	reminders integer,
	reminded boolean,
	reminded_at timestamptz,
	reminder_event text,
	incentive boolean,
	recovery_judged boolean,
	recovery_counts boolean,
	cart_value double precision,
	value double precision,
	recovered_value double precision
);
COMMENT ON TYPE journey.cart_row IS
$$One cart of a customer, as carts answers it.$$;
COMMENT ON COLUMN journey.cart_row.cart_no IS 'Number of the cart of this customer, from 1.';
COMMENT ON COLUMN journey.cart_row.opened_at IS 'Time of the touchpoint that opened it.';
COMMENT ON COLUMN journey.cart_row.n IS 'Number of that touchpoint in the journey, from 1.';
COMMENT ON COLUMN journey.cart_row.event IS 'Event that opened it.';
COMMENT ON COLUMN journey.cart_row.channel IS 'Channel of that touchpoint; NULL for none.';
COMMENT ON COLUMN journey.cart_row.visit_no IS 'Visit in which it was opened, from 1; as the model of actions counts visits.';
COMMENT ON COLUMN journey.cart_row.last_at IS 'Time of the last touchpoint of cart or checkout in it.';
COMMENT ON COLUMN journey.cart_row.checkout_at IS 'Time of its first touchpoint of the checkout (checkout_start, checkout_step, shipping_info, payment_info); NULL if it had none.';
COMMENT ON COLUMN journey.cart_row.adds IS 'How often something was put in (cart_add).';
COMMENT ON COLUMN journey.cart_row.removes IS 'How often something was taken out (cart_remove).';
COMMENT ON COLUMN journey.cart_row.furthest IS 'How far it came: cart, checkout, shipping, payment; purchase for a purchased one. Of a recovered one, how far it had come when it was left.';
COMMENT ON COLUMN journey.cart_row.outcome IS 'purchased: bought before it was abandoned; abandoned; recovered: abandoned, and the customer bought in time after all; open: as of as_of neither bought nor abandoned.';
COMMENT ON COLUMN journey.cart_row.judged IS 'Does it count in rates: does its last touchpoint before the purchase lie longer before as_of than abandon_after? Younger carts are left out, the bought ones too, for of them only those are decided.';
COMMENT ON COLUMN journey.cart_row.abandoned_at IS 'When it was given up as abandoned: abandon_after after the touchpoint that kept it last; NULL unless abandoned or recovered.';
COMMENT ON COLUMN journey.cart_row.purchased_at IS 'Time of the purchase that ended or recovered it; NULL for none.';
COMMENT ON COLUMN journey.cart_row.in_session IS 'Was it bought in the visit in which it was opened? NULL while it is open.';
COMMENT ON COLUMN journey.cart_row.seconds_to_purchase IS 'Seconds from opened_at to purchased_at; NULL without purchase.';
COMMENT ON COLUMN journey.cart_row.clicks IS 'Clicks from opening to purchase, both included: touchpoints on the site that are neither technical nor the start of a session; NULL without purchase.';
COMMENT ON COLUMN journey.cart_row.steps_from_visit IS 'Clicks in the visit of the purchase up to it, both ends included, after the purchase before it where that was in the same visit; NULL without purchase.';
COMMENT ON COLUMN journey.cart_row.coupons_applied IS 'Coupons applied in it (coupon_apply).';
COMMENT ON COLUMN journey.cart_row.coupons_denied IS 'Coupons denied in it (coupon_deny).';
COMMENT ON COLUMN journey.cart_row.errors IS 'Errors in it (checkout_error).';
COMMENT ON COLUMN journey.cart_row.error_events IS 'Events of its errors and denied coupons in order, one element each; NULL for none.';
COMMENT ON COLUMN journey.cart_row.registered IS 'Was there a login or sign_up, and no logout after it, from the start of the visit in which it was opened until its purchase or last touchpoint? false: as a guest, or somebody who stayed logged in from an earlier visit.';
COMMENT ON COLUMN journey.cart_row.shipping_method IS 'What stands behind the slash in the event of its last shipping_info; NULL for nothing.';
COMMENT ON COLUMN journey.cart_row.payment_method IS 'What stands behind the slash in the event of its last payment_info, as paypal of add_payment_info/paypal; NULL for nothing.';
COMMENT ON COLUMN journey.cart_row.reminders IS 'Messages that reminded of it (message/cart_recovery): from opening until it was bought, another cart was opened, or the time to recover it was over.';
COMMENT ON COLUMN journey.cart_row.reminded IS 'Was there one?';
COMMENT ON COLUMN journey.cart_row.reminded_at IS 'Time of the first one; NULL for none.';
COMMENT ON COLUMN journey.cart_row.reminder_event IS 'Event of the last one, with its detail: of a cart that was bought, the last one before that. NULL for none.';
COMMENT ON COLUMN journey.cart_row.incentive IS 'Was a coupon applied (coupon_apply) in the visit of the purchase that recovered it, up to that, and after the purchase before it where that was in the same visit? NULL unless recovered.';
COMMENT ON COLUMN journey.cart_row.recovery_judged IS 'Was the time to recover it over at as_of? Only then it counts in recovery rates. NULL unless abandoned or recovered.';
COMMENT ON COLUMN journey.cart_row.recovery_counts IS 'Is it the last cart that its purchase recovered? One purchase may recover several; where this is true there is one of each. NULL unless recovered.';
COMMENT ON COLUMN journey.cart_row.cart_value IS 'Sum of the values of what was put in, less those of what was taken out; NULL if none of these touchpoints has a value.';
COMMENT ON COLUMN journey.cart_row.value IS 'Value of the purchase; only with the cart that it ended, or if it ended none with the last one it recovered, so that each purchase is in one sum of all carts once. NULL elsewhere and for a purchase without value.';
COMMENT ON COLUMN journey.cart_row.recovered_value IS 'Value of the purchase that recovered it, only where recovery_counts. It may also stand as value of the next cart, which that purchase ended.';

CREATE FUNCTION journey.carts(
	j journey.journey,
	actions journey.stage_model,
	as_of timestamptz DEFAULT NULL,
	abandon_after interval DEFAULT '1 day',
	recover_within interval DEFAULT '30 days',
	by_session boolean DEFAULT false
) RETURNS SETOF journey.cart_row
	AS 'MODULE_PATHNAME', 'carts' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200 ROWS 2;
COMMENT ON FUNCTION journey.carts(journey.journey, journey.stage_model, timestamptz, interval, interval, boolean) IS
$$The carts of a customer and what became of them, a row each in order. actions is stage_model('actions'), which knows what the events of the shop's tools are.

    SELECT c.outcome, count(*) FROM shop.journeys, carts(journey, (SELECT stage_model('actions')), '2026-06-30') AS c GROUP BY 1;

A cart opens with a cart_add, or a touchpoint of the checkout (checkout_start, checkout_step, shipping_info, payment_info), where none is open. The next purchase ends it: purchased. Where none of these, cart_remove, cart_view, coupon_apply, coupon_deny, coupon_remove or checkout_error comes for longer than abandon_after it is abandoned, whichever visits they are in: the cart is the customer's. A cart that was emptied is not told from a full one, for events do not say what is left. Errors outside a cart are not looked at, and open none.

by_session => true counts as shop tools do: anything on the site keeps a cart, and the session timeout of the model is the pause that abandons it, so that a cart ends with its visit; abandon_after is not used. What was filled in the morning and bought in the evening is then abandoned and recovered, where it is else purchased.

An abandoned cart is recovered if the first purchase after it is at most recover_within after abandoned_at, whatever came between: customers who come back mostly fill a new cart, and whether the sale was lost is what recovery asks. So one purchase may end a cart and recover several left before it; recovery_counts, value and recovered_value are such that counts and sums have each purchase once. With recover_within => '0' nothing is recovered.

as_of is the end of the data, the same for all customers; touchpoints after it are not looked at. The default is the customer's own last touchpoint, by which the last cart is open, however old. Purchases are those of the model, also ones taken back later; two at one time are two. A touchpoint exactly abandon_after later keeps the cart, a purchase exactly at the end of recover_within recovers it.

No rows for NULL, and for journeys without a cart. An option that is NULL is the default. An infinite as_of, a negative interval, one with months or years, and values whose sum is out of range are errors. One pass over the journey; where nothing opens a cart only its events are looked up.$$;

--
-- clicks_to_purchase: the way to each purchase of one customer
--

CREATE TYPE journey.clicks_to_purchase_row AS (
	order_no integer,
	purchased_at timestamptz,
	n integer,
	event text,
	channel text,
	visit_no integer,
	steps_from_visit integer,
	seconds_from_visit double precision,
	clicks_from_product integer,
	seconds_from_product double precision,
	clicks_from_cart integer,
	seconds_from_cart double precision,
	visits_from_cart integer,
	value double precision
);
COMMENT ON TYPE journey.clicks_to_purchase_row IS
$$One purchase of a customer and the way to it, as clicks_to_purchase answers it.$$;
COMMENT ON COLUMN journey.clicks_to_purchase_row.order_no IS 'Number of the purchase of this customer, from 1, those taken back later included.';
COMMENT ON COLUMN journey.clicks_to_purchase_row.purchased_at IS 'Time of the purchase.';
COMMENT ON COLUMN journey.clicks_to_purchase_row.n IS 'Number of that touchpoint in the journey, from 1.';
COMMENT ON COLUMN journey.clicks_to_purchase_row.event IS 'Event of the purchase.';
COMMENT ON COLUMN journey.clicks_to_purchase_row.channel IS 'Channel of the purchase; NULL for none.';
COMMENT ON COLUMN journey.clicks_to_purchase_row.visit_no IS 'Visit of the purchase, from 1.';
COMMENT ON COLUMN journey.clicks_to_purchase_row.steps_from_visit IS 'Clicks from the start of its visit, both ends included; after the purchase before it, if that was in the same visit.';
COMMENT ON COLUMN journey.clicks_to_purchase_row.seconds_from_visit IS 'Seconds from the first of these touchpoints on the site.';
COMMENT ON COLUMN journey.clicks_to_purchase_row.clicks_from_product IS 'Clicks from the first look at a product among them (item_view, page_view/product), both ends included; NULL for none.';
COMMENT ON COLUMN journey.clicks_to_purchase_row.seconds_from_product IS 'Seconds from that look; NULL for none.';
COMMENT ON COLUMN journey.clicks_to_purchase_row.clicks_from_cart IS 'Clicks from the opening of the cart that it ended, both ends included, whichever visits they were in; NULL if it ended none.';
COMMENT ON COLUMN journey.clicks_to_purchase_row.seconds_from_cart IS 'Seconds from that opening; NULL if it ended none.';
COMMENT ON COLUMN journey.clicks_to_purchase_row.visits_from_cart IS 'Visits from that opening to the purchase, both included; NULL if it ended none.';
COMMENT ON COLUMN journey.clicks_to_purchase_row.value IS 'Value of the purchase; NULL for none.';

CREATE FUNCTION journey.clicks_to_purchase(
	j journey.journey,
	actions journey.stage_model,
	as_of timestamptz DEFAULT NULL,
	abandon_after interval DEFAULT '1 day'
) RETURNS SETOF journey.clicks_to_purchase_row
	AS 'MODULE_PATHNAME', 'clicks_to_purchase' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200 ROWS 2;
COMMENT ON FUNCTION journey.clicks_to_purchase(journey.journey, journey.stage_model, timestamptz, interval) IS
$$How long the way to each purchase of a customer was, a row a purchase in order: in clicks and seconds, from the start of the visit, from the first look at a product in it, and from the opening of the cart, which may have been visits ago. actions is stage_model('actions').

    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY p.steps_from_visit) FROM shop.journeys, clicks_to_purchase(journey, (SELECT stage_model('actions'))) AS p;

A click is a touchpoint on the site, as the model says what is offsite, that is neither in the model's definition ignore (technical events) nor a session_start. So the number depends on what the tool logs: where a page and the product on it are two events, they are two. The first and the last one count, so buying with one click is 1. Carts are those of carts with this abandon_after; a purchase after the cart was abandoned ended none.

Touchpoints after as_of are not looked at (default: all are). No rows for NULL and without a purchase; a NULL option is the default. An infinite as_of and an interval that is negative or has months or years are errors. One pass over the journey.$$;

--
-- the views of a source
--

CREATE FUNCTION journey.carts_views(name text, has_value boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM journey.source_view(name, 'carts', $q$
SELECT j.customer, c.cart_no, c.opened_at, (c.opened_at AT TIME ZONE {zone})::date AS opened_date, c.n, c.event,
	   c.channel, c.visit_no, c.last_at, (c.last_at AT TIME ZONE {zone})::date AS last_date, c.checkout_at, (c.checkout_at AT TIME ZONE {zone})::date AS checkout_date,
	   c.adds, c.removes, c.furthest, c.outcome,
	   c.judged, c.abandoned_at, (c.abandoned_at AT TIME ZONE {zone})::date AS abandoned_date, c.purchased_at, (c.purchased_at AT TIME ZONE {zone})::date AS purchased_date, c.in_session,
	   c.seconds_to_purchase, c.clicks, c.steps_from_visit, c.coupons_applied,
	   c.coupons_denied, c.errors, c.registered, c.shipping_method,
	   c.payment_method, c.reminders, c.reminded, c.reminded_at, (c.reminded_at AT TIME ZONE {zone})::date AS reminded_date,
	   c.reminder_event, c.incentive, c.recovery_judged, c.recovery_counts, c.cart_value, c.value,
	   c.recovered_value
FROM {schema}.store AS j
	CROSS JOIN LATERAL journey.carts(j.journey, {actions}, {last_seen}) AS c
$q$,
		'One row a cart: when it was opened and by what, how far it came, what became of it. A cart is abandoned when nothing of cart or checkout comes for more than a day, and recovered if the customer buys within 30 days after that, with whichever cart. What is still open at the last touchpoint seen in the source is neither bought nor lost. The function carts has other spans, and carts that end with their visit.',
		ARRAY[
		'customer: The customer.',
		'cart_no: Number of the cart of this customer, from 1.',
		'opened_at: Time of the touchpoint that opened it.',
		'opened_date: Its date in the time zone of the source.',
		'n: Number of that touchpoint in the journey, from 1.',
		'event: Event that opened it.',
		'channel: Channel of that touchpoint; NULL for none.',
		'visit_no: Visit in which it was opened, from 1; what is offsite is in none.',
		'last_at: Time of the last touchpoint of cart or checkout in it.',
		'last_date: Its date in the time zone of the source.',
		'checkout_at: Time of its first touchpoint of the checkout (checkout_start, checkout_step, shipping_info, payment_info); NULL if it had none.',
		'checkout_date: Its date in the time zone of the source.',
		'adds: How often something was put in (cart_add).',
		'removes: How often something was taken out (cart_remove).',
		'furthest: How far it came: cart, checkout, shipping, payment; purchase for a purchased one. Of a recovered one, how far it had come when it was left.',
		'outcome: purchased: bought before it was abandoned; abandoned; recovered: abandoned, and the customer bought in time after all; open: neither bought nor abandoned.',
		'judged: Does it count in rates: does its last touchpoint before the purchase lie more than a day before the last one seen in the source? Younger carts are left out, the bought ones too, for of them only those are decided.',
		'abandoned_at: When it was given up as abandoned: a day after the touchpoint that kept it last; NULL unless abandoned or recovered.',
		'abandoned_date: Its date in the time zone of the source.',
		'purchased_at: Time of the purchase that ended or recovered it; NULL for none.',
		'purchased_date: Its date in the time zone of the source.',
		'in_session: Was it bought in the visit in which it was opened? NULL while it is open.',
		'seconds_to_purchase: Seconds from opened_at to purchased_at; NULL without purchase.',
		'clicks: Clicks from opening to purchase, both included: touchpoints on the site that are neither technical nor the start of a session; NULL without purchase.',
		'steps_from_visit: Clicks in the visit of the purchase up to it, both ends included, after the purchase before it where that was in the same visit; NULL without purchase.',
		'coupons_applied: Coupons applied in it (coupon_apply).',
		'coupons_denied: Coupons denied in it (coupon_deny).',
		'errors: Errors in it (checkout_error).',
		'registered: Was there a login or sign_up, and no logout after it, from the start of the visit in which it was opened until its purchase or last touchpoint? false: as a guest, or somebody who stayed logged in from an earlier visit.',
		'shipping_method: What stands behind the slash in the event of its last shipping_info; NULL for nothing.',
		'payment_method: What stands behind the slash in the event of its last payment_info, as paypal of add_payment_info/paypal; NULL for nothing.',
		'reminders: Messages that reminded of it (message/cart_recovery): from opening until it was bought, another cart was opened, or the time to recover it was over.',
		'reminded: Was there one?',
		'reminded_at: Time of the first one; NULL for none.',
		'reminded_date: Its date in the time zone of the source.',
		'reminder_event: Event of the last one, with its detail: of a cart that was bought, the last one before that. NULL for none.',
		'incentive: Was a coupon applied (coupon_apply) in the visit of the purchase that recovered it, up to that, and after the purchase before it where that was in the same visit? NULL unless recovered.',
		'recovery_judged: Was the time to recover it (30 days) over at the last touchpoint seen in the source? Only then it counts in recovery rates. NULL unless abandoned or recovered.',
		'recovery_counts: Is it the last cart that its purchase recovered? One purchase may recover several; where this is true there is one of each. NULL unless recovered.',
		'cart_value: Sum of the values of what was put in, less those of what was taken out; NULL if none of these touchpoints has a value.',
		'value: Value of the purchase; only with the cart that it ended, or if it ended none with the last one it recovered, so that each purchase is in one sum of all carts once. NULL elsewhere and for a purchase without value.',
		'recovered_value: Value of the purchase that recovered it, only where recovery_counts. It may also stand as value of the next cart, which that purchase ended.']);

	PERFORM journey.source_view(name, 'cart_abandonment', $q$
WITH seen AS MATERIALIZED (
	SELECT b.by_session, j.customer, date_trunc('month', c.opened_at AT TIME ZONE {zone})::date AS month,
		   c.cart_no, c.visit_no, c.outcome, c.judged, c.checkout_at IS NOT NULL AS checkout,
		   array_position('{cart,checkout,shipping,payment}'::text[], c.furthest) AS step,
		   c.recovery_judged, c.recovery_counts, c.reminded, c.cart_value, c.recovered_value
	FROM {schema}.store AS j
		CROSS JOIN (VALUES (false), (true)) AS b(by_session)
		CROSS JOIN LATERAL journey.carts(j.journey, {actions}, {last_seen}, by_session => b.by_session) AS c
), units AS (
	SELECT w.counted_by, s.month, s.customer, count(*) AS carts,
		   bool_or(s.outcome = 'purchased') AS purchased,
		   bool_or(s.outcome = 'recovered') AS recovered,
		   bool_or(s.outcome = 'open') AS open,
		   bool_and(s.judged) AS judged, bool_or(s.checkout) AS checkout, max(s.step) AS step,
		   bool_and(s.recovery_judged) AS recovery_judged,
		   coalesce(bool_or(s.reminded) FILTER (WHERE s.recovery_judged IS NOT NULL), false) AS reminded,
		   count(*) FILTER (WHERE s.recovery_counts) AS orders,
		   sum(s.recovered_value::numeric) AS recovered_value,
		   count(s.cart_value) FILTER (WHERE s.outcome = 'abandoned') AS lost_carts,
		   sum(s.cart_value::numeric) FILTER (WHERE s.outcome = 'abandoned') AS lost_value
	FROM seen AS s
		JOIN (VALUES ('cart', false), ('session', true), ('customer', false)) AS w(counted_by, by_session)
			ON w.by_session = s.by_session
	GROUP BY w.counted_by, s.month, s.customer,
			 CASE w.counted_by WHEN 'cart' THEN s.cart_no WHEN 'session' THEN s.visit_no END
), decided AS (
	SELECT u.*,
		   NOT u.purchased AND (u.recovered OR NOT u.open) AS abandoned,
		   NOT u.purchased AND u.judged AND u.recovery_judged AS tried,
		   NOT u.purchased AND u.recovered AS won
	FROM units AS u
), counted AS (
	SELECT d.counted_by, d.month, count(*) AS counted, sum(d.carts)::bigint AS carts, count(DISTINCT d.customer) AS customers,
		   count(*) FILTER (WHERE d.purchased) AS purchased, count(*) FILTER (WHERE d.abandoned) AS abandoned,
		   count(*) FILTER (WHERE d.won) AS recovered,
		   count(*) FILTER (WHERE NOT d.purchased AND NOT d.abandoned) AS open,
		   count(*) FILTER (WHERE d.judged) AS judged, count(*) FILTER (WHERE d.judged AND d.abandoned) AS judged_abandoned,
		   count(*) FILTER (WHERE d.abandoned AND d.step = 1) AS abandoned_at_cart,
		   count(*) FILTER (WHERE d.abandoned AND d.step = 2) AS abandoned_at_checkout,
		   count(*) FILTER (WHERE d.abandoned AND d.step = 3) AS abandoned_at_shipping,
		   count(*) FILTER (WHERE d.abandoned AND d.step = 4) AS abandoned_at_payment,
		   count(*) FILTER (WHERE d.judged AND d.checkout) AS checkouts,
		   count(*) FILTER (WHERE d.judged AND d.checkout AND d.abandoned) AS checkouts_abandoned,
		   count(*) FILTER (WHERE d.tried) AS recovery_judged, count(*) FILTER (WHERE d.tried AND d.won) AS judged_recovered,
		   count(*) FILTER (WHERE d.tried AND d.reminded) AS reminded,
		   count(*) FILTER (WHERE d.tried AND d.reminded AND d.won) AS reminded_recovered,
		   count(*) FILTER (WHERE d.tried AND NOT d.reminded) AS not_reminded,
		   count(*) FILTER (WHERE d.tried AND NOT d.reminded AND d.won) AS not_reminded_recovered,
		   sum(d.orders)::bigint AS recovered_orders, sum(d.recovered_value)::double precision AS recovered_value,
		   sum(d.lost_carts)::bigint AS lost_carts, sum(d.lost_value)::double precision AS lost_value
	FROM decided AS d
	GROUP BY d.counted_by, d.month
)
SELECT c.counted_by, c.month, c.counted, c.carts, c.customers, c.purchased, c.abandoned, c.recovered, c.open,
	   c.judged, c.judged_abandoned, c.judged_abandoned::double precision / nullif(c.judged, 0) AS abandonment_rate,
	   a.lower AS abandonment_rate_lower, a.upper AS abandonment_rate_upper,
	   c.abandoned_at_cart, c.abandoned_at_checkout, c.abandoned_at_shipping, c.abandoned_at_payment,
	   c.checkouts, c.checkouts_abandoned,
	   c.checkouts_abandoned::double precision / nullif(c.checkouts, 0) AS checkout_abandonment_rate,
	   c.recovery_judged, c.judged_recovered,
	   c.judged_recovered::double precision / nullif(c.recovery_judged, 0) AS recovery_rate,
	   r.lower AS recovery_rate_lower, r.upper AS recovery_rate_upper,
	   c.reminded, c.reminded_recovered,
	   c.reminded_recovered::double precision / nullif(c.reminded, 0) AS reminded_recovery_rate,
	   c.not_reminded, c.not_reminded_recovered,
	   c.not_reminded_recovered::double precision / nullif(c.not_reminded, 0) AS not_reminded_recovery_rate,
	   c.recovered_orders, c.recovered_value, c.lost_carts AS lost_carts_with_value, c.lost_value
FROM counted AS c
	CROSS JOIN LATERAL journey.wilson_interval(c.judged_abandoned, c.judged) AS a
	CROSS JOIN LATERAL journey.wilson_interval(c.judged_recovered, c.recovery_judged) AS r
$q$,
		'One row for each way of counting and month in which carts were opened: how many were bought, left behind, won back. By cart: each cart of the view carts. By session: each visit with a cart, which was abandoned if nothing was bought in that visit (the function carts with by_session). By customer: each customer with a cart in the month, who abandoned if none of the carts was bought. Bought is stronger than won back, that than open, that than abandoned. Rates are of what is judged: carts not touched for more than a day before the last touchpoint seen in the source, recoveries whose 30 days are over. Customers who got a reminder differ from those who got none also in other things, above all in how fast they came back.',
		ARRAY[
		'counted_by: cart, session or customer: what is counted in this row. Do not add these up.',
		'month: First day of the month in which the carts were opened, in the time zone of the source.',
		'counted: Carts, sessions or customers of that month; purchased + abandoned + open.',
		'carts: Carts in them; by session a cart ends with its visit.',
		'customers: Different customers of them.',
		'purchased: Those in which a cart was bought before it was abandoned.',
		'abandoned: Those left behind, the recovered ones included.',
		'recovered: Those of abandoned whose customer bought within 30 days after abandoning.',
		'open: Those that are neither yet.',
		'judged: Those old enough to be judged: not touched for more than a day (by session: a session timeout) before the last touchpoint seen in the source.',
		'judged_abandoned: Those of judged that were abandoned.',
		'abandonment_rate: judged_abandoned of judged, 0 to 1.',
		'abandonment_rate_lower: Lower bound of the 95 % interval of abandonment_rate (Wilson).',
		'abandonment_rate_upper: Upper bound of the 95 % interval of abandonment_rate (Wilson).',
		'abandoned_at_cart: Those of abandoned that did not come to the checkout.',
		'abandoned_at_checkout: Those of abandoned that came to the checkout, and not to shipping.',
		'abandoned_at_shipping: Those of abandoned that came to shipping, and not to payment.',
		'abandoned_at_payment: Those of abandoned that came to payment.',
		'checkouts: Those of judged that came to the checkout.',
		'checkouts_abandoned: Those of checkouts that were abandoned.',
		'checkout_abandonment_rate: checkouts_abandoned of checkouts, 0 to 1.',
		'recovery_judged: Those of judged_abandoned for which the 30 days to be recovered were over at the last touchpoint seen in the source.',
		'judged_recovered: Those of recovery_judged that were recovered.',
		'recovery_rate: judged_recovered of recovery_judged, 0 to 1.',
		'recovery_rate_lower: Lower bound of the 95 % interval of recovery_rate (Wilson).',
		'recovery_rate_upper: Upper bound of the 95 % interval of recovery_rate (Wilson).',
		'reminded: Those of recovery_judged that got a reminder.',
		'reminded_recovered: Those of reminded that were recovered.',
		'reminded_recovery_rate: reminded_recovered of reminded, 0 to 1.',
		'not_reminded: Those of recovery_judged that got none.',
		'not_reminded_recovered: Those of not_reminded that were recovered.',
		'not_reminded_recovery_rate: not_reminded_recovered of not_reminded, 0 to 1.',
		'recovered_orders: Purchases that recovered carts of that month, each counted with the last cart it recovered, so once; also those of sessions and customers that count as purchased.',
		'recovered_value: Their value; NULL if none has one.',
		'lost_carts_with_value: Carts abandoned and not recovered whose contents have a value.',
		'lost_value: Value of what was in them; NULL if none has one.']);

	PERFORM journey.source_view(name, 'checkout_errors', $q$
WITH seen AS MATERIALIZED (
	SELECT j.customer, c.cart_no, c.judged, c.outcome = 'purchased' AS purchased, c.checkout_at IS NOT NULL AS checkout, c.error_events
	FROM {schema}.store AS j
		CROSS JOIN LATERAL journey.carts(j.journey, {actions}, {last_seen}) AS c
	WHERE c.checkout_at IS NOT NULL OR c.error_events IS NOT NULL
), met AS (
	SELECT s.customer, s.cart_no, e.event, count(*) AS errors, s.judged, s.purchased, s.checkout
	FROM seen AS s CROSS JOIN LATERAL unnest(s.error_events) AS e(event)
	GROUP BY s.customer, s.cart_no, e.event, s.judged, s.purchased, s.checkout
), counted AS (
	SELECT m.event, sum(m.errors)::bigint AS errors, count(*) AS carts, count(DISTINCT m.customer) AS customers,
		   count(*) FILTER (WHERE m.judged) AS judged,
		   count(*) FILTER (WHERE m.judged AND m.purchased) AS judged_purchased,
		   count(*) FILTER (WHERE m.judged AND m.checkout) AS checkouts,
		   count(*) FILTER (WHERE m.judged AND m.checkout AND m.purchased) AS checkouts_purchased
	FROM met AS m GROUP BY m.event
), compared AS (
	SELECT c.*, a.checkouts - c.checkouts AS others, a.purchased - c.checkouts_purchased AS others_purchased
	FROM counted AS c
		CROSS JOIN (SELECT count(*) FILTER (WHERE s.judged AND s.checkout) AS checkouts,
						   count(*) FILTER (WHERE s.judged AND s.checkout AND s.purchased) AS purchased
					FROM seen AS s) AS a
)
SELECT c.event, CASE WHEN journey.stage({actions}, c.event) = 'coupon_deny' THEN 'coupon denied' ELSE 'error' END AS kind,
	   c.errors, c.carts, c.customers,
	   c.judged, c.judged_purchased, c.judged_purchased::double precision / nullif(c.judged, 0) AS purchased_rate,
	   p.lower AS purchased_rate_lower, p.upper AS purchased_rate_upper,
	   c.others, c.others_purchased, c.others_purchased::double precision / nullif(c.others, 0) AS others_purchased_rate,
	   o.lower AS others_purchased_rate_lower, o.upper AS others_purchased_rate_upper
FROM compared AS c
	CROSS JOIN LATERAL journey.wilson_interval(c.judged_purchased, c.judged) AS p
	CROSS JOIN LATERAL journey.wilson_interval(c.others_purchased, c.others) AS o
$q$,
		'One row for each event that was in the way of a cart: errors (checkout_error) and denied coupons, of carts of the view carts. How often it came, and how many of the carts that had it were bought in time, beside the carts that came to the checkout without it. Errors while no cart was open are not counted. A cart with several errors is in the row of each.',
		ARRAY[
		'event: Name of the event, with its detail.',
		'kind: error or coupon denied.',
		'errors: How often it came in a cart.',
		'carts: Carts that had it.',
		'customers: Different customers who had it.',
		'judged: Those of carts old enough to be judged, as in the view carts.',
		'judged_purchased: Those of judged that were bought before they were abandoned.',
		'purchased_rate: judged_purchased of judged, 0 to 1.',
		'purchased_rate_lower: Lower bound of its 95 % interval (Wilson).',
		'purchased_rate_upper: Upper bound of its 95 % interval (Wilson).',
		'others: Judged carts that came to the checkout and did not have this event.',
		'others_purchased: Those of others that were bought before they were abandoned.',
		'others_purchased_rate: others_purchased of others, 0 to 1.',
		'others_purchased_rate_lower: Lower bound of its 95 % interval (Wilson).',
		'others_purchased_rate_upper: Upper bound of its 95 % interval (Wilson).']);

	PERFORM journey.source_view(name, 'clicks_to_purchase', $q$
SELECT date_trunc('month', p.purchased_at AT TIME ZONE {zone})::date AS month,
	   count(*) AS purchases, count(DISTINCT j.customer) AS customers,
	   percentile_cont(0.5) WITHIN GROUP (ORDER BY p.steps_from_visit) AS visit_median_clicks,
	   percentile_cont(0.9) WITHIN GROUP (ORDER BY p.steps_from_visit) AS visit_p90_clicks,
	   percentile_cont(0.5) WITHIN GROUP (ORDER BY p.seconds_from_visit) AS visit_median_seconds,
	   percentile_cont(0.9) WITHIN GROUP (ORDER BY p.seconds_from_visit) AS visit_p90_seconds,
	   count(p.clicks_from_product) AS from_product,
	   percentile_cont(0.5) WITHIN GROUP (ORDER BY p.clicks_from_product) AS product_median_clicks,
	   percentile_cont(0.9) WITHIN GROUP (ORDER BY p.clicks_from_product) AS product_p90_clicks,
	   percentile_cont(0.5) WITHIN GROUP (ORDER BY p.seconds_from_product) AS product_median_seconds,
	   percentile_cont(0.9) WITHIN GROUP (ORDER BY p.seconds_from_product) AS product_p90_seconds,
	   count(p.clicks_from_cart) AS from_cart,
	   percentile_cont(0.5) WITHIN GROUP (ORDER BY p.clicks_from_cart) AS cart_median_clicks,
	   percentile_cont(0.9) WITHIN GROUP (ORDER BY p.clicks_from_cart) AS cart_p90_clicks,
	   percentile_cont(0.5) WITHIN GROUP (ORDER BY p.seconds_from_cart) AS cart_median_seconds,
	   percentile_cont(0.9) WITHIN GROUP (ORDER BY p.seconds_from_cart) AS cart_p90_seconds,
	   count(*) FILTER (WHERE p.visits_from_cart = 1) AS from_cart_in_visit
FROM {schema}.store AS j
	CROSS JOIN LATERAL journey.clicks_to_purchase(j.journey, {actions}, {last_seen}) AS p
GROUP BY 1
$q$,
		'One row a month of purchases: how many clicks and how much time a purchase took, from the start of its visit, from the first look at a product in that visit, and from the opening of the cart, which may have been in an earlier visit. A click is a touchpoint on the site that is neither technical nor the start of a session; the first and the last one count. Medians and percentiles are exact.',
		ARRAY[
		'month: First day of the month of the purchases, in the time zone of the source.',
		'purchases: Purchases of that month, those taken back later included.',
		'customers: Different customers who made them.',
		'visit_median_clicks: Median of the clicks from the start of the visit, of all purchases; after the purchase before, if that was in the same visit.',
		'visit_p90_clicks: 90th percentile of these clicks.',
		'visit_median_seconds: Median of the seconds from there to the purchase.',
		'visit_p90_seconds: 90th percentile of these seconds.',
		'from_product: Purchases with a look at a product before them in their visit.',
		'product_median_clicks: Median of the clicks from the first such look, of from_product.',
		'product_p90_clicks: 90th percentile of these clicks.',
		'product_median_seconds: Median of the seconds from there to the purchase.',
		'product_p90_seconds: 90th percentile of these seconds.',
		'from_cart: Purchases that ended a cart.',
		'cart_median_clicks: Median of the clicks from the opening of the cart, of from_cart.',
		'cart_p90_clicks: 90th percentile of these clicks.',
		'cart_median_seconds: Median of the seconds from there to the purchase.',
		'cart_p90_seconds: 90th percentile of these seconds.',
		'from_cart_in_visit: Those of from_cart whose cart was opened in the visit of the purchase.']);

	PERFORM journey.source_view(name, 'cart_reminders', $q$
WITH seen AS MATERIALIZED (
	SELECT j.customer, c.reminder_event, c.reminders, c.outcome,
		   c.outcome IN ('abandoned', 'recovered') AS abandoned, c.outcome = 'recovered' AS recovered,
		   c.judged AND c.recovery_judged AS judged, c.incentive, c.recovery_counts, c.recovered_value
	FROM {schema}.store AS j
		CROSS JOIN LATERAL journey.carts(j.journey, {actions}, {last_seen}) AS c
), counted AS (
	SELECT s.reminder_event, s.reminder_event IS NOT NULL AS reminded, count(*) AS carts,
		   count(DISTINCT s.customer) AS customers, sum(s.reminders)::bigint AS reminders,
		   count(*) FILTER (WHERE s.outcome = 'purchased') AS purchased,
		   count(*) FILTER (WHERE s.outcome = 'open') AS open,
		   count(*) FILTER (WHERE s.abandoned) AS abandoned,
		   count(*) FILTER (WHERE s.recovered) AS recovered,
		   count(*) FILTER (WHERE s.judged) AS judged,
		   count(*) FILTER (WHERE s.judged AND s.recovered) AS judged_recovered,
		   count(*) FILTER (WHERE s.incentive) AS recovered_with_coupon,
		   count(*) FILTER (WHERE s.recovery_counts) AS recovered_orders,
		   count(s.recovered_value) AS recovered_orders_with_value,
		   sum(s.recovered_value::numeric)::double precision AS recovered_value,
		   sum(s.recovered_value::numeric) FILTER (WHERE s.incentive)::double precision AS recovered_value_with_coupon
	FROM seen AS s
	GROUP BY s.reminder_event
)
SELECT c.reminder_event, c.reminded, c.carts, c.customers, c.reminders, c.purchased, c.open, c.abandoned, c.recovered,
	   c.judged, c.judged_recovered, c.judged_recovered::double precision / nullif(c.judged, 0) AS recovery_rate,
	   w.lower AS recovery_rate_lower, w.upper AS recovery_rate_upper,
	   c.recovered_with_coupon, c.recovered_orders, c.recovered_orders_with_value, c.recovered_value,
	   c.recovered_value_with_coupon
FROM counted AS c
	CROSS JOIN LATERAL journey.wilson_interval(c.judged_recovered, c.judged) AS w
$q$,
		'One row for each event that reminded of a cart, and one for the carts without a reminder: how many carts of the view carts it was the last reminder of, and how many of those left behind were won back. A mail that shall have a row of its own needs a name of its own, which event_actions knows as a message with the detail cart_recovery. That a rate is higher does not say that the reminder did it: carts without one are often those whose customers came back before it was sent, and the last of several reminders went to those whom the ones before did not bring back.',
		ARRAY[
		'reminder_event: Event of the last reminder of the cart, with its detail, before it was bought if it was; NULL for carts without a reminder.',
		'reminded: Is this a row of reminders? False for the row of carts without one.',
		'carts: Carts whose last reminder it was; purchased + open + abandoned.',
		'customers: Different customers of these.',
		'reminders: All reminders of these carts, also those before the last one.',
		'purchased: Those of carts that were bought before they were abandoned, so within a day: with a reminder, after it.',
		'open: Those of carts that are neither bought nor abandoned yet.',
		'abandoned: Those of carts that were left behind, the recovered ones included.',
		'recovered: Those of abandoned whose customer bought within 30 days after abandoning.',
		'judged: Those of abandoned for which these 30 days were over at the last touchpoint seen in the source.',
		'judged_recovered: Those of judged that were recovered.',
		'recovery_rate: judged_recovered of judged, 0 to 1.',
		'recovery_rate_lower: Lower bound of the 95 % interval of recovery_rate (Wilson).',
		'recovery_rate_upper: Upper bound of the 95 % interval of recovery_rate (Wilson).',
		'recovered_with_coupon: Those of recovered with a coupon applied in the visit of the purchase.',
		'recovered_orders: Purchases that recovered these carts, each counted with the last cart it recovered, so in one row once.',
		'recovered_orders_with_value: Those of recovered_orders that have a value.',
		'recovered_value: Their value; NULL if none has one.',
		'recovered_value_with_coupon: Value of those with a coupon applied in the visit of the purchase; NULL if none has one.']);

END
$function$;
COMMENT ON FUNCTION journey.carts_views(text, boolean) IS
$$Makes the views carts, cart_abandonment, checkout_errors, clicks_to_purchase and cart_reminders of a source. A part of create_source.$$;
