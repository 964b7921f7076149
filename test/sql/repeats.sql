-- repeats and retention_rate_by_purchase_agg: who makes the next purchase; and what is refused.
SET search_path = public, journey;
SET TimeZone = 'UTC';

-- 4 purchases: 2 days, 10 days and 3 days to the next; the data end 5 days after the last
CREATE TABLE rp_hand (customer text, j journey);
INSERT INTO rp_hand VALUES
	('ann', '[2026-01-01 10:00+00 look, 2026-01-02 10:00+00 buy, 2026-01-04 10:00+00 buy @web, 2026-01-14 10:00+00 buy =5, 2026-01-15 10:00+00 look, 2026-01-17 10:00+00 buy @web]'),
	('bob', '[2026-01-05 10:00+00 buy]'), ('eve', '[2026-01-19 10:00+00 buy, 2026-01-20 10:00+00 buy]'), ('joe', '[2026-01-20 10:00+00 look]');
SELECT customer, w AS within, repeats(j, 'buy', w, '2026-01-22 10:00+00')
FROM rp_hand, unnest('{1 day,2 days,47:59:59.999999,3 days,5 days,120:00:00.000001,10 days,20 days,1000 days,null}'::interval[]) WITH ORDINALITY AS v(w, n) ORDER BY customer, n;
-- as_of: nothing after it is seen; the very moment is
SELECT as_of, repeats(j, 'buy', '2 days', as_of)
FROM rp_hand, unnest('{2026-01-02 09:59:59+00,2026-01-02 10:00+00,2026-01-04 09:59:59+00,2026-01-04 10:00+00,2026-01-06 09:59:59+00,2026-01-06 10:00+00,2026-01-14 10:00+00}'::timestamptz[]) as_of
WHERE customer = 'ann';
-- conditions, a moment twice, nobody
SELECT repeats(j, 'buy@web', '20 days', '2026-02-22'), repeats(j, 'buy>=5', '20 days', '2026-02-22'), repeats(j, '*', '20 days', '2026-02-22') FROM rp_hand WHERE customer = 'ann';
SELECT repeats('[2026-01-02 10:00+00 buy, 2026-01-02 10:00+00 buy, 2026-01-02 10:00+00 buy]', 'buy', '00:00:00.000001', '2026-01-03') AS at_once;
SELECT repeats(j, 'sell', '1 day', '2026-02-22') IS NULL AS no_event, repeats(j, 'buy', '1 day', '2026-01-01') IS NULL AS too_early, repeats(NULL, 'buy', '1 day', '2026-02-22') IS NULL AS no_journey,
	repeats(j, NULL, '1 day', '2026-02-22') IS NULL AS no_matcher, repeats('[]', 'buy', '1 day', '2026-02-22') IS NULL AS empty FROM rp_hand WHERE customer = 'ann';
SELECT repeats('[4714-11-24 00:00:00+00 BC buy]', 'buy', w, '294276-12-31 23:59:59.999999+00') AS ends_of_time FROM unnest('{106751991 days,1 day}'::interval[]) w;

-- the table
SELECT purchase_no, customers, next_customers, rate, eligible, eligible_next, eligible_rate, round(lower::numeric, 9) AS lower, round(upper::numeric, 9) AS upper
FROM unnest((SELECT retention_rate_by_purchase_agg(repeats(j, 'buy', '3 days', '2026-01-22 10:00+00')) FROM rp_hand));
-- eve is quick and young: she counts when her time is over, as those who are not quick
SELECT purchase_no, customers, next_customers, eligible, eligible_next FROM unnest((SELECT retention_rate_by_purchase_agg(repeats(j, 'buy', '10 days', '2026-01-22 10:00+00')) FROM rp_hand));
-- no time at all: what was seen so far
SELECT * FROM unnest((SELECT retention_rate_by_purchase_agg(repeats(j, 'buy', NULL, '2026-01-22 10:00+00')) FROM rp_hand));
-- any arrays
SELECT purchase_no, customers, next_customers, eligible, eligible_next FROM unnest((SELECT retention_rate_by_purchase_agg(r::boolean[])
	FROM (VALUES ('{t,f,NULL}'), ('{f}'), ('[5:6]={NULL,f}'), ('{t}'), ('{}'), (NULL)) v(r)));
SELECT retention_rate_by_purchase_agg(r) IS NULL AS no_rows, retention_rate_by_purchase_tally(r) IS NULL AS no_tally FROM (VALUES ('{}'::boolean[]), (NULL)) v(r);
SELECT retention_rate_by_purchase_agg(r) IS NULL AS no_rows, retention_rate_by_purchase_tally(r) IS NULL AS no_tally FROM (VALUES ('{t}'::boolean[])) v(r) WHERE false;
SELECT retention_rate_by_purchase_rows(NULL) IS NULL AS null_tally, retention_rate_by_purchase_rows('{"tally": "retention_rate_by_purchase", "version": 1, "params": [], "labels": [], "rows": []}') IS NULL AS empty_tally;
SELECT retention_rate_by_purchase_tally('{t,f,NULL}');

-- random journeys against plain SQL
\set seed 0.20266
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE rp_touched AS
SELECT c AS customer, '2026-01-01 00:00+00'::timestamptz + floor(random() * 60 * 24) * interval '1 hour' AS at,
	CASE WHEN random() < 0.6 THEN 'buy' ELSE 'look' END AS event, i
FROM generate_series(1, 2000) c, generate_series(1, 12) i WHERE i <= c % 13;
CREATE TABLE rp_journeys AS SELECT customer, journey_agg(at, event) AS j FROM rp_touched GROUP BY customer;
CREATE TABLE rp_asked AS
SELECT row_number() OVER () AS n, within, as_of FROM unnest('{1 hour,12 hours,3 days,7 days 5 hours,30 days,null}'::interval[]) within, unnest('{2026-01-20 00:00+00,2026-03-01,2026-06-01}'::timestamptz[]) as_of;
CREATE TABLE rp_got AS SELECT n, customer, repeats(j, 'buy', within, as_of) AS r FROM rp_asked, rp_journeys;
CREATE TABLE rp_want AS
SELECT n, customer, row_number() OVER w AS no, lead(at) OVER w IS NOT NULL AS another,
	CASE WHEN at + within <= as_of THEN coalesce(lead(at) OVER w <= at + within, false) END AS r
FROM rp_asked JOIN rp_touched ON at <= as_of WHERE event = 'buy' WINDOW w AS (PARTITION BY n, customer ORDER BY at, i);
SELECT count(*) > 20000 AS many, count(*) FILTER (WHERE g.r IS DISTINCT FROM w.r) AS differences
FROM rp_got g FULL JOIN (SELECT n, customer, array_agg(r ORDER BY no) AS r FROM rp_want GROUP BY n, customer) w USING (n, customer);
CREATE TABLE rp_whole AS SELECT n, retention_rate_by_purchase_tally(r) AS t, retention_rate_by_purchase_agg(r) AS rows FROM rp_got GROUP BY n;
WITH want AS (
	SELECT n, no, count(*) AS customers, count(*) FILTER (WHERE another) AS next_customers, count(r) AS eligible, count(*) FILTER (WHERE r) AS eligible_next
	FROM rp_want GROUP BY n, no
)
SELECT count(*) > 150 AS many, count(*) FILTER (WHERE w.eligible BETWEEN 1 AND w.customers - 1) > 30 AS undecided, count(*) FILTER (WHERE
	(g.customers, g.next_customers, g.rate, g.eligible, g.eligible_next, g.eligible_rate) IS DISTINCT FROM
	(w.customers, w.next_customers, w.next_customers::float8 / w.customers, w.eligible, w.eligible_next, w.eligible_next::float8 / nullif(w.eligible, 0)) OR
	(g.lower, g.upper) IS DISTINCT FROM (SELECT (i.lower, i.upper) FROM wilson_interval(w.eligible_next, w.eligible) i)) AS differences
FROM (SELECT n, r.* FROM rp_whole, unnest(rows) r) g FULL JOIN want w ON w.n = g.n AND w.no = g.purchase_no;
-- any order, any parts, workers: the same
SELECT bool_and(retention_rate_by_purchase_rows(t) = rows) AS rows_of_tally, bool_and(t::text::tally = t) AS round_trip FROM rp_whole;
SELECT bool_and(p.t = w.t) AS in_parts FROM (SELECT n, rollup(part ORDER BY random()) AS t FROM (SELECT n, retention_rate_by_purchase_tally(r) AS part FROM rp_got GROUP BY n, customer % 7) x GROUP BY n) p JOIN rp_whole w USING (n);
SELECT bool_and(p.t = w.t) AS one_by_one FROM (SELECT n, rollup(part) AS t FROM (SELECT n, retention_rate_by_purchase_tally(r) AS part FROM rp_got WHERE n < 4 GROUP BY n, customer) x GROUP BY n) p JOIN rp_whole w USING (n);
SELECT bool_and(p.t = w.t) AS backwards FROM (SELECT n, retention_rate_by_purchase_tally(r ORDER BY customer DESC) AS t FROM rp_got GROUP BY n) p JOIN rp_whole w USING (n);
CREATE TABLE rp_one AS SELECT r FROM rp_got WHERE n = 5;
ALTER TABLE rp_one SET (parallel_workers = 2);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT retention_rate_by_purchase_agg(r) FROM rp_one;
SELECT (SELECT retention_rate_by_purchase_agg(r) FROM rp_one) = rows AS parallel FROM rp_whole WHERE n = 5;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

-- what is refused
SELECT repeats(j, 'buy', '1 month', '2026-02-22') FROM rp_hand;
SELECT repeats(j, 'buy', '0 days', '2026-02-22') FROM rp_hand;
SELECT repeats(j, 'buy', '-1 day', '2026-02-22') FROM rp_hand;
SELECT repeats(j, 'buy', '2000000000 days', '2026-02-22') FROM rp_hand;
SELECT repeats(j, 'buy', '1 day', NULL) FROM rp_hand;
SELECT repeats(j, 'buy', '1 day', 'infinity') FROM rp_hand;
SELECT repeats(j, 'buy', '1 day', '-infinity') FROM rp_hand;
SELECT retention_rate_by_purchase_agg('{{t,f}}');
SELECT retention_rate_by_purchase_rows(stickiness_tally('2026-01-05 day: 0 / 0'));
SELECT rollup(t) FROM (SELECT stickiness_tally('2026-01-05 day: 0 / 0') UNION ALL SELECT retention_rate_by_purchase_tally('{t}')) x(t);
-- tallies that no aggregate made
CREATE FUNCTION pg_temp.rates(rows text) RETURNS retention_rate_by_purchase_row[] LANGUAGE sql AS $$
	SELECT retention_rate_by_purchase_rows(format('{"tally": "retention_rate_by_purchase", "version": 1, "params": [], "labels": [], "rows": [%s]}', rows)::tally)
$$;
SELECT cardinality(pg_temp.rates('{"keys": [1], "counters": [4, 2, 3, 1]}, {"keys": [2], "counters": [2, 0, 1, 0]}'));
SELECT pg_temp.rates('{"keys": [0], "counters": [4, 2, 3, 1]}');
SELECT pg_temp.rates('{"keys": [1], "counters": [4, 2, 3, 1]}, {"keys": [3], "counters": [2, 0, 1, 0]}');
SELECT pg_temp.rates('{"keys": [1], "counters": [0, 0, 0, 0]}');
SELECT pg_temp.rates('{"keys": [1], "counters": [4, 2, 3, 1]}, {"keys": [2], "counters": [5, 0, 1, 0]}');
SELECT pg_temp.rates('{"keys": [1], "counters": [4, 5, 3, 1]}');
SELECT pg_temp.rates('{"keys": [1], "counters": [4, 2, 5, 1]}');
SELECT pg_temp.rates('{"keys": [1], "counters": [4, 3, 1, 2]}');
SELECT pg_temp.rates('{"keys": [1], "counters": [4, 1, 3, 2]}');
SELECT retention_rate_by_purchase_add('{"tally": "retention_rate_by_purchase", "version": 1, "params": [], "labels": [], "rows": [{"keys": [1], "counters": [9223372036854775807, 0, 0, 0]}]}', '{f}');

DROP TABLE rp_hand, rp_touched, rp_journeys, rp_asked, rp_got, rp_want, rp_whole, rp_one;
