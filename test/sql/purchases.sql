-- purchases: what a customer bought, and what took it back.
SET search_path = public, journey;
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'ISO';
SET client_min_messages = warning;

-- by hand: the refund before anything takes nothing back, the return takes 3, the cancellation 2, which is then the latest left, the second refund nothing; the next purchase is the first again
SELECT purchase_no AS no, n, at AT TIME ZONE 'UTC' AS at, event, channel, value, taken_back_at AT TIME ZONE 'UTC' AS taken_back_at, taken_back_by
FROM purchases('[2026-01-01 00:00+00 refund, 2026-01-02 00:00+00 purchase @email =10, 2026-01-03 00:00+00 "Order Completed" =20.5, 2026-01-04 00:00+00 order_returned =5, 2026-01-04 12:00+00 page_view, 2026-01-06 00:00+00 "Order Cancelled", 2026-01-07 00:00+00 refund,
	2026-01-08 00:00+00 purchase, 2026-01-08 00:00+00 purchase @ads =7]', stage_model('lifecycle'));
-- a model's own definitions: by channel, by value, and a touchpoint that is both
SELECT purchase_no AS no, event, channel, value, taken_back_by
FROM purchases('[2026-01-01 00:00+00 paid @web =10, 2026-01-02 00:00+00 paid @shop =10, 2026-01-03 00:00+00 paid @web =99, 2026-01-04 00:00+00 swap, 2026-01-05 00:00+00 paid @shop, 2026-01-06 00:00+00 back =5, 2026-01-07 00:00+00 back =50]',
	'stages a; purchase = paid@shop | paid>50 | swap; refund = back>=10 | swap; * -> a;');
SELECT count(*) AS none FROM purchases('[2026-01-01 00:00+00 purchase]', 'stages a; * -> a;');
SELECT count(*) AS none FROM purchases('[2026-01-01 00:00+00 refund]', stage_model('lifecycle'));
SELECT count(*) AS none FROM purchases('[]', stage_model('lifecycle'));
SELECT count(*) AS none FROM purchases(NULL, stage_model('lifecycle'));
SELECT count(*) AS none FROM purchases('[2026-01-01 00:00+00 purchase]', NULL);

-- random journeys against the numbers of staged_touchpoints: a purchase is where they grow, it is taken back where they first fall below its own
\set seed 0.1709
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE pu_journeys AS
SELECT c AS customer, (SELECT journey_agg('2026-01-01 00:00+00'::timestamptz + floor(random() * 20) * interval '1 day', (ARRAY['purchase', 'purchase', 'Order Completed', 'paid/card', 'refund', 'order_returned', 'Order Cancelled', 'page_view'])[1 + floor(random() * 8)::int],
	(ARRAY[NULL, 'web', 'shop'])[1 + floor(random() * 3)::int], CASE WHEN random() < 0.7 THEN floor(random() * 10) END, i) FROM generate_series(1, c % 40) i WHERE c > 0) AS j
FROM generate_series(1, 400) c;
CREATE TABLE pu_models AS SELECT * FROM (VALUES (1, stage_model('lifecycle')), (2, 'stages a; purchase = purchase@shop | paid>3 | page_view; refund = refund | order_returned@web; * -> a;')) AS v(m, model);
CREATE TABLE pu_got AS SELECT m, customer, p.* FROM pu_models, pu_journeys, purchases(j, flat(model)) p;
CREATE TABLE pu_staged AS
SELECT m, customer, s.*, s.purchase_no > lag(s.purchase_no, 1, 0) OVER (PARTITION BY m, customer ORDER BY s.n) AS bought FROM pu_models, pu_journeys, staged_touchpoints(j, flat(model)) s;
CREATE INDEX ON pu_staged (m, customer, n);
SELECT m, count(*) > 1500 AS many, count(g.taken_back_at) > 500 AS taken_back, count(*) FILTER (WHERE g.n IS NULL OR w.n IS NULL
	OR (g.purchase_no, g.at, g.event, g.channel, g.value, g.taken_back_at, g.taken_back_by) IS DISTINCT FROM (w.purchase_no, w.at, w.event, w.channel, w.value, w.back_at, w.back_by)) AS differences
FROM pu_got g FULL JOIN (SELECT t.*, b.at AS back_at, b.event AS back_by FROM pu_staged t LEFT JOIN LATERAL
	(SELECT l.at, l.event FROM pu_staged l WHERE l.m = t.m AND l.customer = t.customer AND l.n > t.n AND l.purchase_no < t.purchase_no ORDER BY l.n LIMIT 1) b ON true WHERE t.bought) w USING (m, customer, n)
GROUP BY m ORDER BY m;
DROP TABLE pu_journeys, pu_models, pu_got, pu_staged;
