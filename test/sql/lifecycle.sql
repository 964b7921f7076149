-- lifecycle_agg: who is new, who comes back, who is missing; and what is refused.
SET search_path = public, journey;
SET TimeZone = 'UTC';

-- four customers over five weeks, the last of which is not over
CREATE TABLE lc_hand (customer text, a activity);
INSERT INTO lc_hand VALUES ('ann', '2026-01-05 week: 0 1 3 / 4'), ('bob', '2026-01-05 week: 0 / 4'),
	('eve', '2026-01-12 week: 0 1 2 / 3'), ('joe', '2026-01-26 week: 0 1 / 1'), ('nobody', NULL);
SELECT * FROM unnest((SELECT lifecycle_agg(a) FROM lc_hand));
-- the same without as_of: the data reach as far as the latest customer
SELECT * FROM unnest((SELECT lifecycle_agg(a::activity) FROM (VALUES ('2026-01-05 week: 0 1 3 / 3'), ('2026-01-05 week: 0 / 0')) v(a)));
-- one customer of one period: nobody is lost
SELECT * FROM unnest((SELECT lifecycle_agg('2026-01-01 month: 0 / 0'::activity)));
-- periods in which nobody was active, months and quarters over a year's end
SELECT * FROM unnest((SELECT lifecycle_agg(a::activity) FROM (VALUES ('2025-11-01 month: 0 4 / 5'), ('2025-12-01 month: 0 / 4')) v(a)));
SELECT period, active_customers, dormant_customers FROM unnest((SELECT lifecycle_agg('2025-10-01 quarter: 0 2 / 3'::activity)));
-- a pause before the end of the data has one dormant period, not many
SELECT sum(dormant_customers) AS dormant, count(*) AS periods, count(*) FILTER (WHERE NOT complete) AS open
FROM unnest((SELECT lifecycle_agg('2026-01-01 day: 0 / 100'::activity)));
-- spans have a time; values and other returns are of no matter
SELECT period, period_at, new_customers, returning_customers, dormant_customers, complete
FROM unnest((SELECT lifecycle_agg(a::activity) FROM (VALUES ('2026-01-01 18:30:00 6 hours: 0 1 / 3'), ('2026-01-02 00:30:00 6 hours: 0 / 2')) v(a)));
SELECT period_at, active_customers FROM unnest((SELECT lifecycle_agg('4714-11-24 BC 05:00:00 hour: 0 1 / 1'::activity)));
SELECT (SELECT lifecycle_agg('2026-01-05 week: 0 2 values 5 7 / 3'::activity)) = (SELECT lifecycle_agg('2026-01-05 week: 0 2 / 3'::activity)) AS values_ignored;
-- the first cohort of one that has every
SELECT (SELECT lifecycle_agg(first_cohort('2026-01-05 week every: 1 3 starts 0 2 / 4'::activity))) = (SELECT lifecycle_agg('2026-01-05 week: 0 1 3 / 4'::activity)) AS first_cohort;

-- none at all
SELECT lifecycle_agg(a) IS NULL AS no_rows, lifecycle_tally(a) IS NULL AS no_tally FROM lc_hand WHERE false;
SELECT lifecycle_agg(a) IS NULL AS only_null, lifecycle_tally(a) IS NULL AS no_tally FROM lc_hand WHERE customer = 'nobody';
SELECT lifecycle_rows(NULL) IS NULL AS null_tally,
	lifecycle_rows('{"tally": "lifecycle", "version": 1, "params": [0, 0, 0, 0, 0, 0], "labels": [], "rows": []}') IS NULL AS empty_tally;
SELECT lifecycle_tally(a) FROM lc_hand;

-- random journeys against plain SQL: 5 zones, days, weeks from monday and sunday, months
\set seed 0.20264
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE lc_touched AS
SELECT c AS customer, '2023-12-20 00:00+00'::timestamptz + (random() * 10) * interval '1 day' + (random() ^ 3 * 60) * interval '1 day' * (c % 5) AS at,
	CASE WHEN random() < 0.2 THEN 'join' WHEN random() < 0.6 THEN 'buy' ELSE 'look' END AS event
FROM generate_series(1, 300) c, generate_series(1, 10) i;
-- touchpoints around the moments when clocks change, and around local midnights
INSERT INTO lc_touched
SELECT 1000 + c, m + (random() - 0.5) * interval '3 hours', CASE WHEN random() < 0.3 THEN 'join' ELSE 'buy' END
FROM generate_series(1, 50) c, unnest('{2024-03-31 01:00+00, 2024-10-27 01:00+00, 2024-03-10 07:00+00, 2024-11-03 06:00+00, 2024-04-06 15:00+00, 2024-10-05 15:30+00,
	2024-03-31 22:00+00, 2024-02-29 18:30+00, 2024-12-31 23:00+00}'::timestamptz[]) m, generate_series(1, 2);
CREATE TABLE lc_journeys AS SELECT customer, journey_agg(at, event) AS j FROM lc_touched GROUP BY customer;
CREATE TABLE lc_asked AS
SELECT row_number() OVER () AS n, zone, period, week_start, as_of
FROM unnest('{UTC,Europe/Berlin,America/New_York,Asia/Kolkata,Australia/Lord_Howe}'::text[]) zone, unnest('{day,week,month}'::text[]) period,
	unnest('{monday,sunday}'::text[]) week_start, unnest('{null,2024-04-15 10:00+00}'::timestamptz[]) as_of
WHERE period = 'week' OR week_start = 'monday';
CREATE TABLE lc_got AS
SELECT n, customer, activity(j, 'join', 'buy', period, zone, week_start, as_of) AS a FROM lc_asked, lc_journeys;

CREATE FUNCTION pg_temp.period_date(at timestamptz, period text, zone text, week_start text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN period = 'week' AND week_start = 'sunday'
		THEN (date_trunc('week', (at AT TIME ZONE zone) + interval '1 day') - interval '1 day')::date
		ELSE (date_trunc(period, at, zone) AT TIME ZONE zone)::date END
$$;
CREATE TABLE lc_want AS
WITH started AS (
	SELECT n, customer, zone, period, week_start, as_of, min(at) FILTER (WHERE event = 'join') AS start_at, max(at) AS last_at
	FROM lc_asked, lc_touched WHERE as_of IS NULL OR at <= as_of GROUP BY n, customer, zone, period, week_start, as_of
), active AS (
	SELECT DISTINCT n, customer, pg_temp.period_date(at, period, zone, week_start) AS d
	FROM started JOIN lc_touched t USING (customer)
	WHERE at = start_at AND event = 'join' OR at >= start_at AND event = 'buy' AND (as_of IS NULL OR at <= as_of)
), ends AS (
	SELECT n, period, max(pg_temp.period_date(coalesce(as_of, last_at), period, zone, week_start)) AS last_d
	FROM started WHERE start_at IS NOT NULL GROUP BY n, period
), periods AS (
	SELECT n, d::date, (d - ('1 ' || period)::interval)::date AS before, last_d
	FROM ends JOIN (SELECT n, min(d) AS first_d FROM active GROUP BY n) f USING (n), generate_series(first_d, last_d, ('1 ' || period)::interval) d
), known AS (
	SELECT n, customer, min(d) AS first_d FROM active GROUP BY n, customer
)
SELECT p.n, p.d AS period, p.d < p.last_d AS complete,
	count(*) FILTER (WHERE now.d IS NOT NULL AND k.first_d = p.d) AS new,
	count(*) FILTER (WHERE now.d IS NOT NULL AND ago.d IS NOT NULL) AS returning,
	count(*) FILTER (WHERE now.d IS NOT NULL AND ago.d IS NULL AND k.first_d < p.d) AS resurrecting,
	count(*) FILTER (WHERE now.d IS NULL AND ago.d IS NOT NULL) AS dormant
FROM periods p JOIN known k USING (n) LEFT JOIN active now ON (now.n, now.customer, now.d) = (k.n, k.customer, p.d)
	LEFT JOIN active ago ON (ago.n, ago.customer, ago.d) = (k.n, k.customer, p.before)
GROUP BY p.n, p.d, p.last_d;
CREATE TABLE lc_whole AS SELECT n, lifecycle_tally(a) AS t, lifecycle_agg(a) AS rows FROM lc_got GROUP BY n;
SELECT count(*) > 3000 AS many, sum(r.resurrecting_customers) > 10000 AS pauses, count(*) FILTER (WHERE
	(r.complete, r.new_customers, r.returning_customers, r.resurrecting_customers, r.dormant_customers, r.active_customers, r.period_at) IS DISTINCT FROM
	(w.complete, w.new, w.returning, w.resurrecting, w.dormant, w.new + w.returning + w.resurrecting, NULL) OR
	r.quick_ratio IS DISTINCT FROM CASE WHEN w.complete THEN (w.new + w.resurrecting)::float8 / nullif(w.dormant, 0) END) AS differences
FROM (SELECT n, r.* FROM lc_whole, unnest(rows) r) r FULL JOIN lc_want w USING (n, period);

-- any order, any parts, workers: the same
SELECT bool_and(lifecycle_rows(t) = rows) AS rows_of_tally, bool_and(t::text::tally = t) AS round_trip FROM lc_whole;
SELECT bool_and(p.t = w.t) AS in_parts FROM (SELECT n, rollup(part ORDER BY random()) AS t FROM (SELECT n, lifecycle_tally(a) AS part FROM lc_got GROUP BY n, customer % 7) x GROUP BY n) p JOIN lc_whole w USING (n);
SELECT bool_and(p.t = w.t) AS one_by_one FROM (SELECT n, rollup(part) AS t FROM (SELECT n, lifecycle_tally(a) AS part FROM lc_got WHERE n < 4 GROUP BY n, customer) x GROUP BY n) p JOIN lc_whole w USING (n);
SELECT bool_and(p.t = w.t) AS backwards FROM (SELECT n, lifecycle_tally(a ORDER BY customer DESC) AS t FROM lc_got GROUP BY n) p JOIN lc_whole w USING (n);
CREATE TABLE lc_one AS SELECT a FROM lc_got WHERE n = 5;
ALTER TABLE lc_one SET (parallel_workers = 2);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT lifecycle_agg(a) FROM lc_one;
SELECT (SELECT lifecycle_agg(a) FROM lc_one) = rows AS parallel FROM lc_whole WHERE n = 5;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

-- what is refused
SELECT lifecycle_agg('2026-01-05 week every: 0 starts 0 / 1'::activity);
SELECT lifecycle_agg('2026-01-05 week rolling: 0 / 1'::activity);
SELECT lifecycle_agg(brackets('2026-01-05 week: 0 1 / 3', '{1,2}'));
SELECT lifecycle_agg(a::activity) FROM (VALUES ('2026-01-05 week: 0 / 0'), ('2026-01-05 day: 0 / 0')) v(a);
SELECT lifecycle_agg(a::activity) FROM (VALUES ('2026-01-05 week: 0 / 0'), ('2026-01-04 week: 0 / 0')) v(a);
SELECT lifecycle_agg(a::activity) FROM (VALUES ('2026-01-05 week: 0 / 0'), ('2026-01-05 week counted: 0 / 0')) v(a);
SELECT lifecycle_agg(a::activity) FROM (VALUES ('2026-01-05 00:00:00 hour: 0 / 0'), ('2026-01-05 00:30:00 hour: 0 / 0')) v(a);
SELECT rollup(t) FROM (SELECT lifecycle_tally('2026-01-05 week: 0 / 0') UNION ALL SELECT lifecycle_tally('2026-01-01 month: 0 / 0')) x(t);
SELECT lifecycle_agg(a::activity) FROM (VALUES ('0001-01-01 00:00:00 hour: 0 / 0'), ('2026-01-05 00:00:00 hour: 0 / 0')) v(a);
SELECT lifecycle_agg('294276-12-31 day: 0 / 5'::activity);
SELECT lifecycle_agg('294276-12-31 00:00:00 hour: 0 / 24'::activity);
SELECT period, period_at FROM unnest((SELECT lifecycle_agg('294276-12-31 22:00:00 hour: 0 / 1'::activity)));
SELECT lifecycle_rows(retention_tally('2026-01-05 week: 0 / 0'));
-- tallies that no lifecycle_tally made
CREATE FUNCTION pg_temp.lifecycle(params text, rows text) RETURNS lifecycle_row[] LANGUAGE sql AS $$
	SELECT lifecycle_rows(format('{"tally": "lifecycle", "version": 1, "params": [%s], "labels": [], "rows": [%s]}', params, rows)::tally)
$$;
SELECT pg_temp.lifecycle('1, 0, 1, 1, 2461043, 0', '{"keys": [2461041], "counters": [3, 0, 0]}, {"keys": [2461042], "counters": [1, 2, 0]}');
SELECT pg_temp.lifecycle('5, 0, 1, 1, 2461043, 0', '{"keys": [2461042], "counters": [1, 0, 0]}');
SELECT pg_temp.lifecycle('2, 0, 1, 1, 2461043, 0', '{"keys": [2461042], "counters": [1, 0, 0]}');
SELECT pg_temp.lifecycle('1, 0, 0, 1, 2461043, 0', '{"keys": [2461042], "counters": [1, 0, 0]}');
SELECT pg_temp.lifecycle('1, 0, 1, 0, 2461043, 0', '{"keys": [2461042], "counters": [1, 0, 0]}');
SELECT pg_temp.lifecycle('1, 0, 1, 2, 2461043, 0', '{"keys": [2461042], "counters": [1, 0, 0]}');
SELECT pg_temp.lifecycle('1, 0, 1, 9, 2461043, 0', '{"keys": [2461042], "counters": [1, 0, 0]}');
SELECT pg_temp.lifecycle('1, 0, 1, 1, 2461043, 7', '{"keys": [2461042], "counters": [1, 0, 0]}');
SELECT pg_temp.lifecycle('4, 0, 3600, 1, 68362, 0', '{"keys": [68361], "counters": [1, 0, 0]}');
SELECT pg_temp.lifecycle('4, 0, 3600, 1, 68362, 3601', '{"keys": [68361], "counters": [1, 0, 0]}');
SELECT pg_temp.lifecycle('1, 0, 1, 1, 9223372036854775807, 0', '{"keys": [2461042], "counters": [1, 0, 0]}');
SELECT pg_temp.lifecycle('1, 0, 1, 1, 0, 0', '{"keys": [2461042], "counters": [1, 0, 0]}');
SELECT pg_temp.lifecycle('1, 0, 1, 1, 2461043, 0', '{"keys": [-1], "counters": [1, 0, 0]}');
SELECT pg_temp.lifecycle('1, 0, 1, 1, 2461043, 0', '{"keys": [2461043], "counters": [1, 0, 0]}');
SELECT pg_temp.lifecycle('1, 0, 1, 1, 2461043, 0', '{"keys": [2461042], "counters": [1, 1, 0]}');
SELECT pg_temp.lifecycle('1, 0, 1, 1, 2461043, 0', '{"keys": [2461041], "counters": [1, 0, 0]}, {"keys": [2461042], "counters": [0, 0, 1]}');
SELECT pg_temp.lifecycle('1, 0, 1, 1, 2461043, 0', '{"keys": [2461041], "counters": [9223372036854775807, 0, 0]}, {"keys": [2461042], "counters": [1, 0, 0]}');
SELECT lifecycle_agg_add('{"tally": "lifecycle", "version": 1, "params": [1, 0, 1, 1, 2461043, 0], "labels": [], "rows": [{"keys": [2461042], "counters": [9223372036854775807, 0, 0]}]}', '2026-01-01 day: 0 / 0');
SELECT count(*) FROM unnest(lifecycle_rows('{"tally": "lifecycle", "version": 1, "params": [1, 0, 1, 1, 5000001, 0], "labels": [], "rows": [{"keys": [0], "counters": [1, 0, 0]}]}'));

DROP TABLE lc_hand, lc_touched, lc_journeys, lc_asked, lc_got, lc_want, lc_whole, lc_one;
