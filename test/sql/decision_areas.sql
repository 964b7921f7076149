-- decision_areas, landing, and the views key_decision_areas and opportunities.
SET search_path = public, journey;
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'ISO';
SET client_min_messages = warning;
\set VERBOSITY terse

CREATE FUNCTION da_model(delivery text DEFAULT 'auto') RETURNS stage_model LANGUAGE sql STABLE AS $$ SELECT stage_model('actions', NULL, jsonb_build_object('delivery', delivery)) $$;
CREATE FUNCTION da_show(j journey, as_of timestamptz DEFAULT NULL, horizon interval DEFAULT '30 days', delivery text DEFAULT 'auto')
RETURNS TABLE (area text, entered text, n int, event text, bought int, in_seconds float8, converted boolean, after float8, value float8, exited boolean, exit_event text, complete boolean) LANGUAGE sql STABLE AS $$
	SELECT area, to_char(entered_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), n, event, purchases_before, in_seconds, converted, seconds_to_convert, value, exited, exit_event, complete FROM decision_areas(j, da_model(delivery), as_of, horizon) $$;

-- by hand: a first purchase through all four areas, and a second cart that is left; as of the very end of the horizon of the arrival
\set first '\'[2026-01-01 10:00+00 session_start @ads, 2026-01-01 10:01+00 page_view/product @ads, 2026-01-01 10:03+00 add_to_cart, 2026-01-01 10:05+00 begin_checkout, 2026-01-01 10:06+00 purchase =20, 2026-01-01 10:06+00 "Email Opened", 2026-01-03 12:00+00 order_delivered, 2026-01-04 12:00+00 "Email Opened" @email, 2026-01-10 09:00+00 view_item, 2026-01-10 09:02+00 add_to_cart, 2026-01-10 09:04+00 add_to_cart, 2026-01-10 09:10+00 page_view]\''
SELECT * FROM da_show(:first, '2026-02-02 12:00+00');
-- a microsecond earlier that is not known; a day later also the follow-up is decided
SELECT area, converted, exited, exit_event, complete FROM da_show(:first, '2026-02-02 11:59:59.999999+00') WHERE area = 'arrival';
SELECT area, converted, exited, exit_event, complete FROM da_show(:first, '2026-02-03 12:00+00') WHERE area = 'follow-up';
-- without as_of: as of the last touchpoint, when the last visit may still go on
SELECT area_no, area, entered_at AT TIME ZONE 'UTC' AS entered_at, channel, in_seconds, converted, converted_at AT TIME ZONE 'UTC' AS converted_at, complete FROM decision_areas(:first, da_model());
-- as of a time in the middle: what comes later is not seen
SELECT * FROM da_show(:first, '2026-01-01 10:04+00');
-- the visit may go on for 30 minutes, that one included; then it is over
SELECT as_of::time, (SELECT array_agg(in_seconds) FROM decision_areas(:first, (SELECT da_model()), as_of) WHERE n = 10) AS in_seconds
FROM unnest('{2026-01-10 09:10+00, 2026-01-10 09:40+00, 2026-01-10 09:40:00.000001+00}'::timestamptz[]) AS as_of;

-- stay or go: one look, and gone; once in a life, however often the product is looked at again
SELECT * FROM da_show('[2026-01-01 10:00+00 view_item]', '2026-01-31 10:00+00');
SELECT * FROM da_show('[2026-01-01 10:00+00 view_item]', '2026-01-31 09:59+00');
SELECT * FROM da_show('[2026-01-01 10:00+00 view_item, 2026-01-01 10:02+00 view_item, 2026-01-20 10:00+00 view_item, 2026-01-20 10:10+00 "Email Opened", 2026-01-20 10:20+00 page_view]', '2026-03-01');
-- what happens outside of visits is no way back
SELECT area, exited, exit_event FROM da_show('[2026-01-01 10:00+00 view_item, 2026-01-05 10:00+00 "Email Opened"]', '2026-03-01');
-- a purchase exactly 30 days later counts, a microsecond later does not
SELECT converted, after, value, exited, exit_event FROM da_show('[2026-01-01 10:00+00 add_to_cart, 2026-01-31 10:00+00 purchase]', '2026-03-01');
SELECT converted, after, value, exited, exit_event FROM da_show('[2026-01-01 10:00+00 add_to_cart, 2026-01-31 10:00:00.000001+00 purchase =7]', '2026-03-01');
SELECT area, n, converted, after FROM da_show('[2026-01-01 10:00+00 add_to_cart, 2026-01-01 10:00+00 purchase]', horizon => '0');
-- a visit that a gap of more than 30 minutes ends, before the cart and behind it
SELECT area, n, in_seconds FROM da_show('[2026-01-01 10:00+00 view_item, 2026-01-01 10:30+00 page_view, 2026-01-01 11:00:01+00 add_to_cart, 2026-01-01 11:20+00 begin_checkout, 2026-01-02 11:00+00 purchase]');
-- a product page in between of an earlier cart ends the stay there; both are decided by the same purchase
SELECT area, n, in_seconds, after FROM da_show('[2026-01-01 10:00+00 add_to_cart, 2026-01-01 10:01+00 view_item, 2026-01-01 10:02+00 purchase]');

-- arrival: not before any purchase; one for two orders, whose follow-up is the first message after it
SELECT area, n FROM da_show('[2026-01-01 10:00+00 order_delivered, 2026-01-02 10:00+00 "Email Opened", 2026-01-03 10:00+00 purchase]');
SELECT area, n, bought, in_seconds FROM da_show('[2026-01-01 10:00+00 purchase, 2026-01-02 10:00+00 purchase, 2026-01-03 10:00+00 "Email Opened", 2026-01-04 10:00+00 order_delivered, 2026-01-05 10:00+00 "Email Opened", 2026-01-06 10:00+00 order_delivered, 2026-01-07 10:00+00 "Email Opened"]');
-- the purchase after each arrival begins a new round
SELECT area, n, bought, converted, after / 86400 AS days FROM da_show('[2026-01-01 10:00+00 purchase, 2026-01-04 10:00+00 order_delivered, 2026-01-10 10:00+00 purchase, 2026-01-14 10:00+00 order_delivered]');
-- a purchase that is taken back was one all the same
SELECT area, n, bought FROM da_show('[2026-01-01 10:00+00 purchase, 2026-01-02 10:00+00 order_cancelled, 2026-01-05 10:00+00 view_item, 2026-01-05 10:01+00 add_to_cart]');
-- follow-up: where deliveries are not logged, after the purchase; a message that bounced is none, one about a cart is
SELECT area, n, event FROM da_show('[2026-01-01 10:00+00 notification_receive, 2026-01-01 11:00+00 purchase, 2026-01-02 10:00+00 "Email Bounced", 2026-01-03 10:00+00 cart_recovery_sent, 2026-01-04 10:00+00 notification_open]');
\set no_parcel '\'[2026-01-01 11:00+00 purchase, 2026-01-02 10:00+00 notification_receive]\''
\set parcel '\'[2026-01-01 11:00+00 purchase, 2026-01-02 10:00+00 notification_receive, 2026-01-03 10:00+00 order_delivered]\''
SELECT delivery, (SELECT array_agg(area || ' ' || n) FROM da_show(:no_parcel, delivery => delivery)) AS no_parcel, (SELECT array_agg(area || ' ' || n) FROM da_show(:parcel, delivery => delivery)) AS parcel,
	(SELECT array_agg(area || ' ' || n) FROM da_show(:parcel, '2026-01-02 12:00+00', delivery => delivery)) AS before_it FROM unnest('{auto,logged,none}'::text[]) AS delivery;
-- other tools, other names
SELECT area, n, event FROM decision_areas('[2026-01-01 10:00+00 "Product Viewed", 2026-01-01 10:01+00 "Product Added", 2026-01-01 10:02+00 "Order Completed"]', da_model());
SELECT area, n, event FROM decision_areas('[2026-01-01 10:00+00 "منتج" @"بحث", 2026-01-01 10:01+00 "סל"]', 'stages item_view, cart_add; "منتج" -> item_view; "סל" -> cart_add;');

-- nothing
SELECT count(*) FROM decision_areas(NULL, da_model());
SELECT count(*) FROM decision_areas('[2026-01-01 00:00 view_item]', NULL);
SELECT count(*) FROM decision_areas('[]', da_model());
SELECT count(*) FROM decision_areas('[2026-01-01 00:00 view_item]', da_model(), '2025-12-31');
-- a horizon of NULL is 30 days: that nobody bought is known when they are over, and not a microsecond before
SELECT as_of AT TIME ZONE 'UTC' AS as_of, count(*) AS all_known FROM unnest('{2026-01-31 23:59:59.999999+00,2026-02-01 00:00+00}'::timestamptz[]) AS as_of, decision_areas('[2026-01-01 00:00+00 view_item, 2026-01-02 00:00+00 add_to_cart]', da_model(), as_of, NULL) WHERE complete AND NOT converted GROUP BY 1 ORDER BY 1;
SELECT converted, complete FROM decision_areas('[0001-01-01 00:00 view_item, 9999-12-31 23:59:59.999999 purchase]', da_model(), NULL, '3652060 days');
-- refused
\set VERBOSITY sqlstate
SELECT * FROM decision_areas('[]', da_model(), horizon => '-1 s');
SELECT * FROM decision_areas(NULL, NULL, horizon => '1 month');
\set VERBOSITY terse
SELECT * FROM decision_areas('[]', da_model(), horizon => '1 month');
SELECT * FROM decision_areas('[]', da_model(), horizon => '-1 s');
SELECT * FROM decision_areas('[]', da_model(), 'infinity');
SELECT * FROM decision_areas(NULL, NULL, '-infinity');
SELECT * FROM decision_areas('[]', 'stages a');

-- landing: what only leads to a page is passed over; a page view and the product logged with it are one page
SELECT l.n, l.event, l.channel, l.action, l.product_page, l.landed_at AT TIME ZONE 'UTC' AS landed_at FROM (VALUES
	(1, '[2026-01-01 09:00+00 "Email Opened", 2026-01-01 10:00+00 ad_click @ads, 2026-01-01 10:00+00 session_start, 2026-01-01 10:00:01+00 page_view/product @ads, 2026-01-01 10:05+00 view_item]'),
	(2, '[2026-01-01 10:00+00 page_view, 2026-01-01 10:00:02+00 view_item]'), (3, '[2026-01-01 10:00+00 page_view, 2026-01-01 10:00:02.000001+00 view_item]'),
	(4, '[2026-01-01 10:00+00 page_view/content, 2026-01-01 10:00:01+00 view_item]'), (5, '[2026-01-01 10:00+00 session_start, 2026-01-01 11:00+00 view_item]'),
	(6, '[2026-01-01 10:00+00 "who knows", 2026-01-01 10:01+00 view_item]'), (7, '[2026-01-01 10:00+00 "Email Opened"]'), (8, '[]'), (9, NULL)) AS v(no, j), landing(j::journey, (SELECT da_model())) AS l ORDER BY v.no;
SELECT landing('[2026-01-01 10:00+00 view_item]', NULL) IS NULL AS no_model;

-- random rows: many ties, gaps of exactly the session timeout and the horizons
\set seed 0.4711
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE da_touched AS
SELECT c AS customer, row_number() OVER (PARTITION BY c ORDER BY at, i) AS n, at, i AS tiebreak, event,
	(ARRAY[NULL, 'email', 'ads'])[1 + floor(random() * 3)::int] AS channel, CASE WHEN random() < 0.7 THEN round((random() * 100)::numeric, 2)::float8 END AS value
FROM (SELECT c, i, '2026-02-20 20:00+00'::timestamptz + CASE c % 3
			WHEN 0 THEN floor(random() * 400) * interval '30 min'
			WHEN 1 THEN floor(random() * 200) * interval '1 day' + floor(random() * 4) * interval '30 min'
			ELSE floor(random() * 60000) * interval '1 min' + floor(random() * 2) * interval '1 microsecond' END AS at,
		(ARRAY['page_view', 'view_item', 'page_view/product', 'add_to_cart', 'add_to_cart', 'purchase', 'purchase', 'order_delivered', 'order_delivered', 'Email Opened', 'notification_receive',
			'cart_recovery_sent', 'Email Bounced', 'session_start', 'begin_checkout', 'odd name'])[1 + floor(random() * (CASE WHEN c % 5 = 0 THEN 7 ELSE 16 END))::int] AS event
	FROM generate_series(1, 250) c, generate_series(1, 30) i WHERE i <= 1 + c % 29) t;
CREATE UNIQUE INDEX ON da_touched (customer, n);
CREATE TABLE da_journeys AS SELECT customer, journey_agg(at, event, channel, value, tiebreak) AS j FROM da_touched GROUP BY customer;
CREATE TABLE da_asked AS SELECT row_number() OVER () AS asked, v.*, da_model(v.delivery) AS model FROM (VALUES
	(NULL::timestamptz, '30 days'::interval, 'auto'), ('2026-04-20 20:00+00', '30 days', 'logged'), ('2026-04-20 20:00+00', '10 days', 'none'), ('2026-03-10 20:00+00', '5 days', 'auto'),
	('2026-04-02 10:30+00', '30 min', 'auto'), ('2026-05-01', '0', 'logged'), ('2027-01-01', '1 day', 'auto')) v(as_of, horizon, delivery);

-- the same in plain SQL: numbers of rounds, of carts, deliveries and messages in them; visits by gaps
CREATE TABLE da_steps AS
WITH seen AS (
	SELECT a.asked, a.horizon, a.delivery, coalesce(a.as_of, max(t.at) OVER (PARTITION BY a.asked, t.customer)) AS as_of, t.*,
		t.event IN ('order_delivered', 'Email Opened', 'notification_receive', 'cart_recovery_sent', 'Email Bounced') AS offsite
	FROM da_asked a JOIN da_touched t ON t.at <= a.as_of OR a.as_of IS NULL
), rounds AS (
	SELECT *, count(*) FILTER (WHERE event = 'purchase') OVER (PARTITION BY asked, customer ORDER BY n) - (event = 'purchase')::int AS round,
		delivery = 'logged' OR delivery = 'auto' AND bool_or(event = 'order_delivered') OVER (PARTITION BY asked, customer) AS logged,
		CASE WHEN NOT offsite THEN at - lag(at) OVER (PARTITION BY asked, customer, offsite ORDER BY n) > '30 min' END AS breaks
	FROM seen
), counted AS (
	SELECT *, CASE WHEN NOT offsite THEN count(*) FILTER (WHERE breaks) OVER (PARTITION BY asked, customer ORDER BY n) END AS visit,
		count(*) FILTER (WHERE event = 'add_to_cart') OVER r AS cart_no, count(*) FILTER (WHERE event = 'order_delivered') OVER r AS delivery_no,
		count(*) FILTER (WHERE event IN ('view_item', 'page_view/product')) OVER r AS product_no
	FROM rounds WINDOW r AS (PARTITION BY asked, customer, round ORDER BY n)
), told AS (
	SELECT *, count(*) FILTER (WHERE event IN ('Email Opened', 'notification_receive', 'cart_recovery_sent') AND (delivery_no > 0 OR NOT logged)) OVER (PARTITION BY asked, customer, round ORDER BY n) AS message_no
	FROM counted
)
SELECT *, CASE WHEN event IN ('view_item', 'page_view/product') AND round = 0 AND product_no = 1 THEN 1 WHEN event = 'add_to_cart' AND cart_no = 1 THEN 2
	WHEN event = 'order_delivered' AND round > 0 AND delivery_no = 1 THEN 3
	WHEN event IN ('Email Opened', 'notification_receive', 'cart_recovery_sent') AND round > 0 AND (delivery_no > 0 OR NOT logged) AND message_no = 1 THEN 4 END AS area_no
FROM told;
CREATE UNIQUE INDEX ON da_steps (asked, customer, n);
ANALYZE da_steps;
CREATE TABLE da_want AS
SELECT e.asked, e.customer, e.area_no, e.at AS entered_at, e.n, e.event, e.channel, e.round AS purchases_before,
	extract(epoch FROM CASE WHEN e.offsite THEN CASE WHEN b.at - e.at <= e.horizon THEN b.at END WHEN b.n <= v.n THEN b.at
		WHEN v.n = e.n OR (v.is_last AND e.as_of - v.at <= '30 min') THEN NULL ELSE v.at END - e.at)::float8 AS in_seconds,
	coalesce(p.at - e.at <= e.horizon, false) OR CASE WHEN e.as_of >= e.at + e.horizon THEN false END AS converted,
	CASE WHEN p.at - e.at <= e.horizon THEN p.at END AS converted_at, CASE WHEN p.at - e.at <= e.horizon THEN p.value END AS value,
	CASE WHEN p.at - e.at <= e.horizon OR l.n IS NOT NULL THEN false WHEN e.as_of >= e.at + e.horizon THEN true END AS exited,
	CASE WHEN e.as_of >= e.at + e.horizon AND coalesce(p.at - e.at > e.horizon, true) THEN coalesce(l.event, e.event) END AS exit_event,
	e.as_of >= e.at + e.horizon AS complete
FROM da_steps e
	LEFT JOIN LATERAL (SELECT x.n, x.at FROM da_steps x WHERE x.asked = e.asked AND x.customer = e.customer AND x.n > e.n AND (x.event = 'purchase' OR x.area_no IS NOT NULL) ORDER BY x.n LIMIT 1) b ON true
	LEFT JOIN LATERAL (SELECT x.n, x.at, NOT EXISTS (SELECT FROM da_steps y WHERE y.asked = e.asked AND y.customer = e.customer AND y.visit > e.visit) AS is_last
		FROM da_steps x WHERE x.asked = e.asked AND x.customer = e.customer AND x.visit = e.visit ORDER BY x.n DESC LIMIT 1) v ON true
	LEFT JOIN LATERAL (SELECT x.at, x.value FROM da_steps x WHERE x.asked = e.asked AND x.customer = e.customer AND x.n > e.n AND x.event = 'purchase' ORDER BY x.n LIMIT 1) p ON true
	LEFT JOIN LATERAL (SELECT x.n, x.event FROM da_steps x WHERE x.asked = e.asked AND x.customer = e.customer AND x.n > e.n AND NOT x.offsite AND x.at - e.at <= e.horizon ORDER BY x.n DESC LIMIT 1) l ON true
WHERE e.area_no IS NOT NULL;
CREATE TABLE da_got AS SELECT a.asked, j.customer, d.* FROM da_asked a, da_journeys j, decision_areas(j.j, a.model, a.as_of, a.horizon) d;
SELECT count(*) AS areas, count(*) FILTER (WHERE g IS NULL OR w IS NULL OR
	(g.area_no, g.entered_at, g.event, g.channel, g.purchases_before, g.in_seconds, g.converted, g.converted_at, g.seconds_to_convert, g.value, g.exited, g.exit_event, g.complete)
	IS DISTINCT FROM (w.area_no, w.entered_at, w.event, w.channel, w.purchases_before::int, w.in_seconds, w.converted, w.converted_at, extract(epoch FROM w.converted_at - w.entered_at)::float8, w.value, w.exited, w.exit_event, w.complete)) AS differences
FROM da_got g FULL JOIN da_want w USING (asked, customer, n);
-- that the random rows have all there is
SELECT area, count(*) > 100 AS many, count(*) FILTER (WHERE converted) > 50 AS converted, count(*) FILTER (WHERE NOT converted) > 50 AS not_converted, count(*) FILTER (WHERE converted IS NULL) > 20 AS undecided,
	count(*) FILTER (WHERE exited) > 20 AS exited, count(in_seconds) > 50 AS stays, count(*) FILTER (WHERE in_seconds IS NULL) > 50 AS no_stay FROM da_got GROUP BY area_no, area ORDER BY area_no;
-- the answer as of a time is that of the journey up to then
SELECT count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differences FROM (SELECT
	(SELECT array_agg(d) FROM decision_areas(j.j, a.model, a.as_of, a.horizon) d) AS a, (SELECT array_agg(d) FROM decision_areas(slice(j.j, NULL, a.as_of + '1 microsecond'), a.model, a.as_of, a.horizon) d) AS b
	FROM da_asked a, da_journeys j WHERE a.as_of IS NOT NULL) c;

-- landing in plain SQL
WITH site AS (
	SELECT *, at - lag(at) OVER (PARTITION BY customer ORDER BY n) > '30 min' AS breaks FROM da_touched WHERE event NOT IN ('order_delivered', 'Email Opened', 'notification_receive', 'cart_recovery_sent', 'Email Bounced')
), visit AS (
	SELECT * FROM (SELECT *, count(*) FILTER (WHERE breaks) OVER (PARTITION BY customer ORDER BY n) AS visit FROM site) v WHERE visit = 0
), page AS (
	SELECT DISTINCT ON (customer) * FROM visit ORDER BY customer, event = 'session_start', n
)
SELECT count(*) AS landings, count(*) FILTER (WHERE g.product_page) > 50 AS products, count(*) FILTER (WHERE (g.n, g.product_page) IS DISTINCT FROM (p.n::int,
	p.event IN ('view_item', 'page_view/product') OR p.event = 'page_view' AND EXISTS (SELECT FROM visit v WHERE v.customer = p.customer AND v.n > p.n AND v.event IN ('view_item', 'page_view/product') AND v.at - p.at <= '2 s'))) AS differences
FROM page p FULL JOIN (SELECT customer, l.* FROM da_journeys, landing(j, (SELECT model FROM da_asked WHERE asked = 1)) l WHERE l.n IS NOT NULL) g USING (customer);

--
-- the views
--
SELECT create_source('da_shop', 'da_touched', 'customer', 'at', 'event', 'channel', 'value', timezone => 'Europe/Berlin', tiebreak => 'tiebreak');
SELECT create_source('da_bare', 'da_touched', 'customer', 'at', 'event');
CREATE TABLE da_entered AS
SELECT j.customer, d.*, date_trunc('month', d.entered_at AT TIME ZONE 'Europe/Berlin')::date AS month
FROM da_shop.journeys j, (SELECT max(at) AS as_of FROM da_touched) l, decision_areas(j.journey, (SELECT model FROM da_asked WHERE asked = 2), l.as_of) d;
SELECT count(*) AS rows, count(DISTINCT month) AS months, count(*) FILTER (WHERE (reached, customers, converted, undecided, eligible, eligible_converted, not_converted, exited, stays, valued)
	IS DISTINCT FROM (want_reached, want_customers, want_converted, want_undecided, want_eligible, want_for, want_against, want_exited, want_stays, want_valued)) AS counts,
	count(*) FILTER (WHERE abs(value_each - want_value / nullif(valued, 0)) > 1e-9 OR abs(value_at_stake - not_converted * value_each) > 1e-6) AS values,
	count(*) FILTER (WHERE (median_in_seconds, median_convert_seconds) IS DISTINCT FROM (want_in, want_to)) AS medians,
	count(*) FILTER (WHERE (converted_rate, exited_rate) IS DISTINCT FROM (eligible_converted::float8 / nullif(eligible, 0), exited::float8 / nullif(eligible, 0)) OR NOT (eligible = 0 OR converted_rate BETWEEN converted_rate_lower AND converted_rate_upper)) AS rates,
	count(*) FILTER (WHERE complete AND undecided > 0 OR complete AND eligible < reached) AS incomplete
FROM da_shop.key_decision_areas FULL JOIN (
	SELECT month, area_no, count(*) AS want_reached, count(DISTINCT customer) AS want_customers, count(*) FILTER (WHERE converted) AS want_converted, count(*) FILTER (WHERE converted IS NULL) AS want_undecided,
		count(*) FILTER (WHERE complete) AS want_eligible, count(*) FILTER (WHERE complete AND converted) AS want_for, count(*) FILTER (WHERE complete AND NOT converted) AS want_against, count(*) FILTER (WHERE complete AND exited) AS want_exited,
		count(in_seconds) AS want_stays, count(value) FILTER (WHERE complete) AS want_valued, sum(value) FILTER (WHERE complete) AS want_value,
		percentile_cont(0.5) WITHIN GROUP (ORDER BY in_seconds) AS want_in, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds_to_convert) FILTER (WHERE complete AND converted) AS want_to
	FROM da_entered GROUP BY month, area_no) w USING (month, area_no);
SELECT count(*) FILTER (WHERE (top_exit_event, top_exits) IS DISTINCT FROM (SELECT ROW(e.exit_event, count(*)) FROM da_entered e WHERE e.month = k.month AND e.area_no = k.area_no AND e.exit_event IS NOT NULL
		GROUP BY e.exit_event ORDER BY count(*) DESC, e.exit_event COLLATE "C" LIMIT 1)
		AND top_exits > 0) AS exits,
	count(*) FILTER (WHERE active_customers <> (SELECT count(DISTINCT customer) FROM da_touched t WHERE date_trunc('month', t.at AT TIME ZONE 'Europe/Berlin')::date = k.month) OR reach_rate <> customers::float8 / active_customers) AS active,
	sum(first_visits) = (SELECT count(*) FROM da_journeys, landing(j, (SELECT model FROM da_asked WHERE asked = 1)) l WHERE l.n IS NOT NULL) AS first_visits, sum(landed_on_product) = (SELECT count(*) FROM da_journeys, landing(j, (SELECT model FROM da_asked WHERE asked = 1)) l WHERE l.product_page) AS landed,
	bool_and((first_visits IS NOT NULL) = (area_no = 1)) AS in_the_first, bool_and(landed_on_product_rate IS NOT DISTINCT FROM landed_on_product::float8 / nullif(first_visits, 0)) AS landed_rate, bool_and(complete = (month + interval '1 month' <= ((SELECT max(at) FROM da_touched) - interval '720 hours') AT TIME ZONE 'Europe/Berlin')) AS complete
FROM da_shop.key_decision_areas k;
SELECT array_agg((month, area_no)) = array_agg((month, area_no) ORDER BY month, area_no) AS in_order FROM da_shop.key_decision_areas;

-- opportunities: rows without a value are where nobody dropped or went on; areas are those above, stages those of the funnel less who may still go on, moments those of the scorecard
SELECT kind, count(*) > 2 AS some, bool_and(reached = went_on + dropped AND dropped_rate = dropped::float8 / nullif(reached, 0)) AS adds_up, bool_and(opportunity_value IS NOT DISTINCT FROM dropped * value_each AND point_value IS NOT DISTINCT FROM least(reached / 100.0::float8, dropped) * value_each) AS multiplies, count(opportunity_value) > 2 AS valued FROM da_shop.opportunities GROUP BY kind ORDER BY kind;
SELECT count(*) FILTER (WHERE (o.reached, o.went_on, o.dropped, o.undecided, o.valued) IS DISTINCT FROM (a.reached, a.went_on, a.dropped, a.undecided, a.valued) OR abs(o.value_each - a.value_each) > 1e-9) AS areas
FROM (SELECT * FROM da_shop.opportunities WHERE kind = 'area') o FULL JOIN (
	SELECT area AS name, count(*) FILTER (WHERE complete) AS reached, count(*) FILTER (WHERE complete AND converted) AS went_on, count(*) FILTER (WHERE complete AND NOT converted) AS dropped, count(*) FILTER (WHERE NOT complete) AS undecided,
		count(value) FILTER (WHERE complete) AS valued, avg(value) FILTER (WHERE complete) AS value_each FROM da_entered GROUP BY area) a USING (name);
SELECT f.stage, o.went_on = f.reached_or_beyond AS went_on, o.dropped + o.undecided = f.dropped AS dropped, o.undecided = u.undecided AS undecided, o.undecided > 0 AS some, abs(o.value_each - greatest(u.went_on_value - u.dropped_value, 0)) < 1e-9 AS value_each, u.dropped_value IS NULL AS nobody_dropped
FROM da_shop.stage_funnel f JOIN da_shop.opportunities o ON o.kind = 'stage' AND o.name = f.stage
	CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE c.deepest < f.stage_no AND c.last_at > l.at - interval '720 hours') AS undecided,
		avg(c.revenue) FILTER (WHERE c.deepest >= f.stage_no) AS went_on_value, avg(c.revenue) FILTER (WHERE c.deepest < f.stage_no AND c.last_at <= l.at - interval '720 hours') AS dropped_value
		FROM (SELECT c.customer, c.last_at, c.revenue, coalesce(max(s.stage_no), 0) AS deepest FROM da_shop.customers c LEFT JOIN da_shop.customer_stages s USING (customer) GROUP BY 1, 2, 3) c, (SELECT max(at) AS at FROM da_touched) l
		WHERE c.deepest >= f.stage_no - 1) u
ORDER BY f.stage_no;
SELECT count(*) > 3 AS moments, count(o.value_each) > 3 AS valued, count(*) FILTER (WHERE (o.went_on, o.dropped, o.undecided, o.valued) IS DISTINCT FROM (m.succeeded, m.failed, m.undecided, m.valued)) AS differences,
	count(*) FILTER (WHERE (o.value_each IS NULL) <> (m.value_each IS NULL) OR abs(o.value_each - m.value_each) > 1e-5) AS values
FROM (SELECT * FROM da_shop.opportunities WHERE kind = 'moment') o FULL JOIN (
	SELECT moment AS name, phase, sum(succeeded)::bigint AS succeeded, sum(failed)::bigint AS failed, sum(undecided)::bigint AS undecided, sum(succeeded_value_count)::bigint AS valued,
		CASE WHEN sum(succeeded_value_count) > 0 AND sum(failed_value_count) > 0
			THEN greatest(sum(succeeded_value_mean * succeeded_value_count) / sum(succeeded_value_count) - sum(failed_value_mean * failed_value_count) / sum(failed_value_count), 0) END AS value_each
	FROM da_shop.moment_scorecard GROUP BY 1, 2) m ON m.name = o.name AND m.phase IS NOT DISTINCT FROM o.phase;
SELECT bool_and(rank = place) AS ranked FROM (SELECT rank, rank() OVER (ORDER BY opportunity_value DESC NULLS LAST, dropped DESC) AS place FROM da_shop.opportunities) r;
SELECT array_agg(rank) = array_agg(rank ORDER BY rank) AS in_order FROM da_shop.opportunities;
-- without values: ranked by who dropped, and nothing is said of value
SELECT count(value_each) + count(value_at_stake) + sum(valued) AS values FROM da_bare.key_decision_areas;
SELECT count(value_each) + count(opportunity_value) + count(point_value) + sum(valued) AS values, bool_and(rank = place) AS ranked FROM (SELECT *, rank() OVER (ORDER BY dropped DESC) AS place FROM da_bare.opportunities) r;
-- by hand: who bought after the cart and who did not; a stage that nobody came to has no row
CREATE TABLE da_few (customer int, at timestamptz, event text, value float8);
INSERT INTO da_few VALUES (1, '2026-01-05 10:00+00', 'view_item', NULL), (1, '2026-01-05 10:01+00', 'add_to_cart', NULL), (1, '2026-01-05 10:02+00', 'purchase', 30),
	(2, '2026-01-06 10:00+00', 'view_item', NULL), (2, '2026-01-06 10:01+00', 'add_to_cart', NULL), (2, '2026-01-06 10:02+00', 'purchase', 50),
	(3, '2026-01-07 10:00+00', 'page_view', NULL), (3, '2026-01-07 10:01+00', 'add_to_cart', NULL), (3, '2026-01-07 10:05+00', 'add_shipping_info', NULL),
	(4, '2026-01-08 10:00+00', 'view_item', NULL), (5, '2026-02-20 10:00+00', 'view_item', NULL);
SELECT create_source('da_hand', 'da_few', 'customer', 'at', 'event', NULL, 'value');
SELECT month, area, reached, active_customers AS active, complete, converted, undecided, eligible, eligible_converted AS bought, converted_rate AS rate, not_converted AS not, exited, top_exit_event, top_exits, first_visits, landed_on_product AS landed FROM da_hand.key_decision_areas;
SELECT month, area, stays, median_in_seconds, median_convert_seconds, valued, value_each, value_at_stake FROM da_hand.key_decision_areas;
SELECT kind, name, metric, reached, went_on, dropped, undecided, valued, value_each, opportunity_value, point_value FROM da_hand.opportunities WHERE kind <> 'moment' ORDER BY rank, kind, name;
SELECT drop_source('da_shop', true), drop_source('da_bare', true), drop_source('da_hand', true);

DROP FUNCTION da_show(journey, timestamptz, interval, text);
DROP FUNCTION da_model(text);
DROP TABLE da_touched, da_journeys, da_asked, da_steps, da_want, da_got, da_entered, da_few;
