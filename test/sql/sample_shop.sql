SET search_path = public, journey;

--
-- the same rows every time, whatever the session says
--
CREATE FUNCTION shop_sum(customers integer, days integer, seed bigint) RETURNS text LANGUAGE sql AS
$$SELECT count(*) || ' ' || sum(hashtextextended(concat_ws('|', customer_id, extract(epoch FROM occurred_at), event, channel, value, order_id), 0))
  FROM sample_shop(customers, days, seed)$$;
CREATE TABLE sums (setting text, sum text);
INSERT INTO sums SELECT 'first', shop_sum(400, 90, 7);
INSERT INTO sums SELECT 'second', shop_sum(400, 90, 7);
SET timezone = 'Pacific/Auckland';
SET datestyle = 'German, DMY';
SET extra_float_digits = 0;
INSERT INTO sums SELECT 'time zone', shop_sum(400, 90, 7);
RESET timezone;
RESET datestyle;
RESET extra_float_digits;
SET enable_hashjoin = off;
SET enable_hashagg = off;
SET work_mem = '64kB';
INSERT INTO sums SELECT 'other plan', shop_sum(400, 90, 7);
RESET enable_hashjoin;
RESET enable_hashagg;
RESET work_mem;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
INSERT INTO sums SELECT 'parallel', shop_sum(400, 90, 7);
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
SELECT setting, sum = (SELECT sum FROM sums WHERE setting = 'first') AS same FROM sums;
SELECT shop_sum(400, 90, 7) <> shop_sum(400, 90, 8) AS seed_matters;

-- a start with microseconds of another century, nothing to do, nothing given
SELECT count(*) > 1000 AS rows, min(occurred_at) >= '1969-07-20 20:17:40.5+00' AS from_start,
	   max(occurred_at) < '1969-07-20 20:17:40.5+00'::timestamptz + interval '1440 hours' AS to_end
FROM sample_shop(300, 60, start_at => '1969-07-20 20:17:40.5+00');
SELECT count(*) FROM sample_shop(0);
SELECT count(*) FROM sample_shop(10, 0);
SELECT count(*) FROM sample_shop(NULL);
SELECT count(*) FROM sample_shop(seed => NULL, customers => 10);

-- draws are numbers from 0 to 1
SELECT min(d) >= 0 AND max(d) < 1 AS within, abs(avg(d) - 0.5) < 0.01 AS even, sample_draw(42, 7) = sample_draw(42, 7) AS same, sample_draw(NULL, 1) IS NULL AS strict
FROM (SELECT sample_draw(h, n) AS d FROM generate_series(-50, 50) AS h, generate_series(1, 100) AS n) AS s;

--
-- the shop as it is by default
--
CREATE TABLE shop_events AS SELECT * FROM sample_shop();
SELECT count(*) BETWEEN 450000 AND 600000 AS events, count(DISTINCT customer_id) = 20000 AS customers,
	   count(DISTINCT event) >= 50 AS names,
	   min(occurred_at) >= '2026-01-01 00:00:00+00' AND max(occurred_at) < '2026-06-30 00:00:00+00' AS period,
	   count(*) FILTER (WHERE event IS NULL OR occurred_at IS NULL OR customer_id IS NULL) AS holes
FROM shop_events;

-- buyers: a quarter to a third, some of them again, few often
SELECT buyers BETWEEN 20000 * 0.23 AND 20000 * 0.32 AS buyers,
	   again BETWEEN buyers * 0.22 AND buyers * 0.36 AS again,
	   often BETWEEN buyers * 0.02 AND buyers * 0.10 AS often,
	   orders BETWEEN visits * 0.03 AND visits * 0.09 AS orders_of_visits,
	   messages > orders AND messages < orders * 1.02 AS repeated_messages
FROM (SELECT count(*) AS buyers, count(*) FILTER (WHERE n > 1) AS again, count(*) FILTER (WHERE n > 3) AS often, sum(n) AS orders, sum(m) AS messages
	  FROM (SELECT count(DISTINCT order_id) AS n, count(*) AS m FROM shop_events WHERE event = 'purchase' GROUP BY customer_id) AS b) AS b,
	 (SELECT count(*) AS visits FROM shop_events WHERE event = 'session_start') AS v;

-- few events for many customers, many for a few
SELECT few > 0.1 AS few, most BETWEEN 100 AND 2000 AS most, average BETWEEN 20 AND 32 AS average
FROM (SELECT avg((n <= 3)::integer) AS few, max(n) AS most, avg(n) AS average
	  FROM (SELECT count(*) AS n FROM shop_events GROUP BY customer_id) AS c) AS c;

-- money has cents, ratings are ratings
SELECT event, count(*) > 0 AS some, bool_and(CASE event
		WHEN 'purchase' THEN value > 5 AND value < 500 AND abs(value * 100 - round(value * 100)) < 1e-6
		WHEN 'survey_answered/nps' THEN value BETWEEN 0 AND 10 AND value = floor(value)
		ELSE value BETWEEN 1 AND 5 AND value = floor(value) END) AS fits,
	   bool_or(value <> floor(value)) AS fractions
FROM shop_events
WHERE event IN ('purchase', 'review_submitted', 'survey_answered/nps', 'survey_answered/csat', 'survey_answered/csat_delivery', 'survey_answered/csat_support')
GROUP BY event ORDER BY event COLLATE "C";

-- an order is bought, shipped, delivered in this order; some late, some never
SELECT bool_and(bought < shipped) AS shipped_later, bool_and(shipped < delivered) AS delivered_later,
	   min(delivered - shipped) > interval '1 day' AS not_at_once,
	   avg((delivered - shipped > interval '7 days')::integer) BETWEEN 0.03 AND 0.12 AS late,
	   avg((delivered IS NULL)::integer) FILTER (WHERE shipped < '2026-05-15') BETWEEN 0.005 AND 0.03 AS never
FROM (SELECT order_id, min(occurred_at) FILTER (WHERE event = 'purchase') AS bought,
			 min(occurred_at) FILTER (WHERE event = 'order_shipped') AS shipped,
			 min(occurred_at) FILTER (WHERE event = 'order_delivered') AS delivered
	  FROM shop_events WHERE order_id IS NOT NULL GROUP BY order_id) AS o;

-- rhythm: fewer visits on weekends and at night, more in the campaign weeks
SELECT avg(n) FILTER (WHERE weekend) < 0.9 * avg(n) FILTER (WHERE NOT weekend) AS weekend
FROM (SELECT extract(isodow FROM occurred_at AT TIME ZONE 'UTC') > 5 AS weekend, count(*) AS n
	  FROM shop_events WHERE event = 'session_start' GROUP BY (occurred_at AT TIME ZONE 'UTC')::date, 1) AS d;
SELECT night * 5 < evening AS night
FROM (SELECT count(*) FILTER (WHERE extract(hour FROM occurred_at AT TIME ZONE 'UTC') BETWEEN 1 AND 4) AS night,
			 count(*) FILTER (WHERE extract(hour FROM occurred_at AT TIME ZONE 'UTC') BETWEEN 18 AND 21) AS evening
	  FROM shop_events WHERE event = 'session_start') AS h;
SELECT count(*) FILTER (WHERE occurred_at BETWEEN '2026-01-31' AND '2026-02-06') > 1.5 * count(*) FILTER (WHERE occurred_at BETWEEN '2026-02-14' AND '2026-02-20') AS campaign
FROM shop_events WHERE event = 'first_visit';

--
-- every stage of every model is reached
--
CREATE TABLE shop_journeys AS
	SELECT customer_id, journey_agg(occurred_at, event, channel, value) AS j FROM shop_events GROUP BY customer_id;
WITH m AS MATERIALIZED (
	SELECT name, flat(stage_model(name)) AS model FROM unnest('{five_stage,three_stage,moments_five,moments_four,lifecycle}'::text[]) AS name
), reached AS (
	SELECT m.name, t.event AS stage, count(DISTINCT c.customer_id) AS customers
	FROM m, shop_journeys AS c, LATERAL touchpoints(classify(c.j, m.model)) AS t
	GROUP BY m.name, t.event
)
SELECT m.name, s.stage_no, s.stage, r.customers >= 50 AS reached
FROM m CROSS JOIN LATERAL stages(m.model) AS s LEFT JOIN reached AS r ON r.name = m.name AND r.stage = s.stage
ORDER BY m.name, s.stage_no;
WITH m AS MATERIALIZED (SELECT flat(stage_model('lifecycle', NULL)) AS model)
SELECT current_stage(c.j, m.model, '2026-09-30') AS stage, count(*) >= 50 AS some FROM m, shop_journeys AS c GROUP BY 1 ORDER BY 1;

-- what no taxonomy knows
SELECT DISTINCT t.event FROM shop_journeys AS c, LATERAL touchpoints(unclassified(c.j, (SELECT flat(stage_model('five_stage', NULL))))) AS t ORDER BY 1;

DROP TABLE sums, shop_events, shop_journeys;
DROP FUNCTION shop_sum;
