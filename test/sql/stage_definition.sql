SET search_path = public, journey;
\set SHOW_CONTEXT never

-- what a model means by purchase, refund, delivery, ignore, or a name of its own
CREATE TABLE m AS SELECT $$
	stages a > b;
	shop = purchase | "Order Completed";
	app = in_app_purchase@ios | in_app_purchase@android;
	anywhere = shop | app;
	purchase = anywhere>=10 | gift_card@store=5;
	delivery = order_delivered | parcel_*;
	shop@email -> a;
	anywhere -> b;
$$::stage_model AS model;
CREATE TABLE t AS SELECT n, '2026-01-01 00:00:00+00'::timestamptz + n * interval '1 minute' AS at, event, channel, value
FROM (VALUES
	(1, 'purchase', NULL, 10::double precision),
	(2, 'purchase', NULL, 9.99),
	(3, 'purchase', NULL, NULL),
	(4, 'purchase/book', 'email', 100),
	(5, 'Order Completed', NULL, 10),
	(6, 'Order Completed/gift', NULL, 10),		-- quoted names fit exactly
	(7, 'in_app_purchase', 'ios', 12),
	(8, 'in_app_purchase', 'windows', 12),
	(9, 'in_app_purchase', NULL, 12),
	(10, 'gift_card', 'store', 5),
	(11, 'gift_card', 'store', 6),
	(12, 'order_delivered', NULL, NULL),
	(13, 'parcel_arrived', NULL, NULL),
	(14, 'page_view', NULL, 50)) AS v(n, event, channel, value);
CREATE TABLE j AS SELECT journey_agg(at, event, channel, value) AS j FROM t;
SELECT n, event, channel, value, matches(model, 'purchase', event, channel, value) AS purchase, matches(model, 'shop', event, channel, value) AS shop,
	   matches(model, 'app', event, channel, value) AS app, matches(model, 'delivery', event, channel, value) AS delivery, matches(model, 'refund', event, channel, value) AS refund
FROM t, m ORDER BY n;
-- a journey answers as its rows do, and as the machine counts
SELECT d AS definition, filter(j, model, d) = coalesce((SELECT journey_agg(at, event, channel, value) FROM t WHERE matches(model, d, event, channel, value)), '[]') AS same,
	   touchpoint_count(filter(j, model, d)) AS n, value_sum(filter(j, model, d)) AS sum
FROM j, m, unnest('{purchase,refund,delivery,ignore,shop,app,anywhere}'::text[]) AS d;
SELECT touchpoint_count(filter(j, model, 'purchase')) = (SELECT max(purchase_no) FROM staged_touchpoints(j, model)) AS same FROM j, m;
-- one touchpoint for each name that ships: purchases, refunds and deliveries are those of the machine
SELECT name, count(*) > 250 AS names,
	   bool_and(touchpoint_count(filter(k, model, 'purchase')) = s.purchase_no) AS purchases,
	   count(*) FILTER (WHERE s.purchase_no = 1) AS number
FROM (SELECT name, flat(stage_model(name)) AS model FROM unnest('{five_stage,moments_four}'::text[]) AS name OFFSET 0) AS m,
	 LATERAL (SELECT DISTINCT event, ('[2026-01-01 00:00:00+00 "' || replace(event, '"', '""') || '"]')::journey AS k FROM event_actions) AS e,
	 LATERAL staged_touchpoints(k, model) AS s
GROUP BY name;

-- nothing in, nothing out
SELECT filter('[]', model, 'purchase') AS empty, filter(NULL::journey, model, 'purchase') IS NULL AS no_journey, filter('[]', NULL, 'purchase') IS NULL AS no_model FROM m;
SELECT matches(NULL::stage_model, 'purchase', 'purchase', NULL, NULL) IS NULL AS no_model, matches(model, NULL, 'purchase', NULL, NULL) IS NULL AS no_definition,
	   matches(model, 'purchase', NULL, NULL, NULL) IS NULL AS no_event, matches(model, 'purchase', 'purchase', NULL, 'NaN') AS no_value FROM m;
-- names that are not defined
SELECT filter(j, model, 'purchases') FROM j, m;
SELECT filter(j, model, '') FROM j, m;
SELECT matches(model, 'Purchase', 'x', NULL, NULL) FROM m;
SELECT matches(model, 'purchase', repeat('x', 2000), NULL, NULL) FROM m;
DROP TABLE m, t, j;
