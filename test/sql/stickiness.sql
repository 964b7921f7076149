-- stickiness_agg and dau_wau_mau_agg: how often customers are active, how many are; and what is refused.
SET search_path = public, journey;
SET TimeZone = 'UTC';

-- in how many periods
CREATE TABLE st_hand (customer text, a activity);
INSERT INTO st_hand VALUES ('ann', '2026-01-05 week: 0 1 3 7 / 9'), ('bob', '2026-01-05 week: 0 / 9'),
	('eve', '2026-01-12 week: 0 8 / 8'), ('joe', '2026-02-02 week: 0 / 5'), ('nobody', NULL);
SELECT * FROM unnest((SELECT stickiness_agg(a) FROM st_hand));
SELECT * FROM unnest((SELECT stickiness_agg('2026-01-01 day: 0 100000 / 100000'::activity)));
-- rolling periods are periods too
SELECT * FROM unnest((SELECT stickiness_agg(a::activity) FROM (VALUES ('2026-01-05 week rolling: 0 2 / 9'), ('2026-01-05 week rolling: 0 1 / 8')) v(a)));
-- on how many days of January
SELECT r.* FROM unnest((SELECT stickiness_agg(activity(slice(j::journey, '2026-01-01', '2026-02-01'), '*', '*', 'day')) FROM (VALUES
	('[2025-12-31 10:00+00 x, 2026-01-01 10:00+00 x, 2026-01-01 11:00+00 x, 2026-01-09 10:00+00 x, 2026-02-01 00:00+00 x]'),
	('[2026-01-31 10:00+00 x]'), ('[2025-12-31 10:00+00 x]')) v(j))) r;
SELECT stickiness_agg(a) IS NULL AS no_rows, stickiness_tally(a) IS NULL AS no_tally, dau_wau_mau_agg(a) IS NULL AS no_days, dau_wau_mau_tally(a) IS NULL AS no_tally FROM st_hand WHERE false;
SELECT stickiness_agg(a) IS NULL AS only_null, stickiness_tally(a) IS NULL AS no_tally, dau_wau_mau_agg(a) IS NULL AS no_days, dau_wau_mau_tally(a) IS NULL AS no_tally FROM st_hand WHERE customer = 'nobody';
SELECT stickiness_tally(a) FROM st_hand;

-- the day, the week, the month: one customer on two days, 30 apart; one on days 7 and 8 apart
SELECT * FROM unnest((SELECT dau_wau_mau_agg(a::activity) FROM (VALUES ('2026-01-01 day: 0 30 / 62'), ('2026-01-02 day: 0 7 15 / 61')) v(a)));
-- the same with a pause of one day more
SELECT day, wau, mau FROM unnest((SELECT dau_wau_mau_agg('2026-01-01 day: 0 31 / 40'::activity))) WHERE day IN ('2026-01-07', '2026-01-08', '2026-01-30', '2026-01-31', '2026-02-01', '2026-02-07', '2026-02-08');
SELECT * FROM unnest((SELECT dau_wau_mau_agg('2026-01-01 day: 0 / 0'::activity)));
SELECT dau_wau_mau_tally('2026-01-01 day: 0 1 8 / 9');
SELECT dau_wau_mau_rows(NULL) IS NULL AS null_tally, stickiness_rows(NULL) IS NULL AS null_tally,
	dau_wau_mau_rows('{"tally": "dau_wau_mau", "version": 1, "params": [0, 0, 0, 0, 0], "labels": [], "rows": []}') IS NULL AS empty_tally,
	stickiness_rows('{"tally": "stickiness", "version": 1, "params": [0, 0, 0, 0], "labels": [], "rows": []}') IS NULL AS empty_tally;

-- random journeys against plain SQL: 5 zones, days, weeks from monday and sunday, months
\set seed 0.20265
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE st_touched AS
SELECT c AS customer, '2023-12-20 00:00+00'::timestamptz + (random() * 10) * interval '1 day' + (random() ^ 3 * 60) * interval '1 day' * (c % 5) AS at,
	CASE WHEN random() < 0.2 THEN 'join' WHEN random() < 0.6 THEN 'buy' ELSE 'look' END AS event
FROM generate_series(1, 300) c, generate_series(1, 10) i;
-- touchpoints around the moments when clocks change, and around local midnights
INSERT INTO st_touched
SELECT 1000 + c, m + (random() - 0.5) * interval '3 hours', CASE WHEN random() < 0.3 THEN 'join' ELSE 'buy' END
FROM generate_series(1, 50) c, unnest('{2024-03-31 01:00+00, 2024-10-27 01:00+00, 2024-03-10 07:00+00, 2024-11-03 06:00+00, 2024-04-06 15:00+00, 2024-10-05 15:30+00,
	2024-03-31 22:00+00, 2024-02-29 18:30+00, 2024-12-31 23:00+00}'::timestamptz[]) m, generate_series(1, 2);
CREATE TABLE st_journeys AS SELECT customer, journey_agg(at, event) AS j FROM st_touched GROUP BY customer;
CREATE TABLE st_asked AS
SELECT row_number() OVER () AS n, zone, period, week_start, as_of
FROM unnest('{UTC,Europe/Berlin,America/New_York,Asia/Kolkata,Australia/Lord_Howe}'::text[]) zone, unnest('{day,week,month}'::text[]) period,
	unnest('{monday,sunday}'::text[]) week_start, unnest('{null,2024-04-15 10:00+00}'::timestamptz[]) as_of
WHERE period = 'week' OR week_start = 'monday';
CREATE TABLE st_got AS
SELECT n, customer, period, activity(j, 'join', 'buy', period, zone, week_start, as_of) AS a FROM st_asked, st_journeys;

CREATE FUNCTION pg_temp.period_date(at timestamptz, period text, zone text, week_start text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN period = 'week' AND week_start = 'sunday'
		THEN (date_trunc('week', (at AT TIME ZONE zone) + interval '1 day') - interval '1 day')::date
		ELSE (date_trunc(period, at, zone) AT TIME ZONE zone)::date END
$$;
CREATE TABLE st_started AS
SELECT n, customer, zone, period, week_start, as_of, min(at) FILTER (WHERE event = 'join') AS start_at, max(at) AS last_at
FROM st_asked, st_touched WHERE as_of IS NULL OR at <= as_of GROUP BY n, customer, zone, period, week_start, as_of;
CREATE TABLE st_active AS
SELECT DISTINCT n, customer, period, pg_temp.period_date(at, period, zone, week_start) AS d
FROM st_started JOIN st_touched t USING (customer)
WHERE at = start_at AND event = 'join' OR at >= start_at AND event = 'buy' AND (as_of IS NULL OR at <= as_of);
CREATE TABLE st_whole AS
SELECT n, period, stickiness_tally(a) AS t, stickiness_agg(a) AS rows,
	dau_wau_mau_tally(CASE WHEN period = 'day' THEN a END) AS days, dau_wau_mau_agg(CASE WHEN period = 'day' THEN a END) AS day_rows
FROM st_got GROUP BY n, period;

WITH counts AS (
	SELECT n, customer, count(*) AS periods FROM st_active GROUP BY n, customer
), want AS (
	SELECT n, p, count(*) FILTER (WHERE periods = p) AS customers, count(*) FILTER (WHERE periods = p)::float8 / count(*) AS share,
		count(*) FILTER (WHERE periods >= p) AS cumulative
	FROM counts JOIN (SELECT n, max(periods) AS most FROM counts GROUP BY n) m USING (n), generate_series(1, most) p GROUP BY n, p
)
SELECT count(*) > 100 AS many, count(*) FILTER (WHERE (r.customers, r.share, r.cumulative) IS DISTINCT FROM (w.customers, w.share, w.cumulative)) AS differences
FROM (SELECT n, r.* FROM st_whole, unnest(rows) r) r FULL JOIN want w ON w.n = r.n AND w.p = r.active_periods;

WITH ends AS (
	SELECT n, max(pg_temp.period_date(coalesce(as_of, last_at), 'day', zone, week_start)) AS last_d
	FROM st_started WHERE start_at IS NOT NULL AND period = 'day' GROUP BY n
), days AS (
	SELECT n, d::date, last_d FROM ends JOIN (SELECT n, min(d) AS first_d FROM st_active GROUP BY n) f USING (n), generate_series(first_d, last_d, '1 day') d
), want AS (
	SELECT n, s.d, s.d < last_d AS complete, count(DISTINCT customer) FILTER (WHERE a.d = s.d) AS dau,
		count(DISTINCT customer) FILTER (WHERE a.d > s.d - 7) AS wau, count(DISTINCT customer) AS mau
	FROM days s LEFT JOIN st_active a USING (n) WHERE a.d BETWEEN s.d - 29 AND s.d GROUP BY n, s.d, last_d
	UNION ALL
	SELECT n, d, d < last_d, 0, 0, 0 FROM days s WHERE NOT EXISTS (SELECT FROM st_active a WHERE a.n = s.n AND a.d BETWEEN s.d - 29 AND s.d)
)
SELECT count(*) > 2000 AS many, count(*) FILTER (WHERE w.mau = 0) AS empty, count(*) FILTER (WHERE
	(r.dau, r.wau, r.mau, r.complete) IS DISTINCT FROM (w.dau, w.wau, w.mau, w.complete) OR
	(r.dau_wau, r.dau_mau, r.wau_mau) IS DISTINCT FROM (w.dau::float8 / nullif(w.wau, 0), w.dau::float8 / nullif(w.mau, 0), w.wau::float8 / nullif(w.mau, 0))) AS differences
FROM (SELECT n, r.* FROM st_whole, unnest(day_rows) r) r FULL JOIN want w ON w.n = r.n AND w.d = r.day;

-- any order, any parts, workers: the same
SELECT bool_and(stickiness_rows(t) = rows) AS rows_of_tally, bool_and(t::text::tally = t) AS round_trip,
	bool_and(dau_wau_mau_rows(days) = day_rows) AS rows_of_days, bool_and(days::text::tally = days) AS days_round_trip FROM st_whole;
SELECT bool_and(p.t = w.t) AS in_parts, bool_and(p.days = w.days) AS days_in_parts
FROM (SELECT n, rollup(t ORDER BY random()) AS t, rollup(days ORDER BY random()) AS days
	FROM (SELECT n, stickiness_tally(a) AS t, dau_wau_mau_tally(CASE WHEN period = 'day' THEN a END) AS days FROM st_got GROUP BY n, customer % 7) x GROUP BY n) p JOIN st_whole w USING (n);
SELECT bool_and(p.t = w.t) AS one_by_one, bool_and(p.days = w.days) AS days_one_by_one
FROM (SELECT n, rollup(t) AS t, rollup(days) AS days
	FROM (SELECT n, stickiness_tally(a) AS t, dau_wau_mau_tally(a) AS days FROM st_got WHERE period = 'day' GROUP BY n, customer) x GROUP BY n) p JOIN st_whole w USING (n);
SELECT bool_and(p.t = w.t) AS backwards, bool_and(p.days = w.days) AS days_backwards
FROM (SELECT n, stickiness_tally(a ORDER BY customer DESC) AS t, dau_wau_mau_tally(CASE WHEN period = 'day' THEN a END ORDER BY customer DESC) AS days FROM st_got GROUP BY n) p JOIN st_whole w USING (n);
CREATE TABLE st_one AS SELECT a FROM st_got WHERE n = (SELECT min(n) FROM st_got WHERE period = 'day');
ALTER TABLE st_one SET (parallel_workers = 2);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT stickiness_agg(a), dau_wau_mau_agg(a) FROM st_one;
SELECT (SELECT stickiness_agg(a) FROM st_one) = rows AS parallel, (SELECT dau_wau_mau_agg(a) FROM st_one) = day_rows AS days_parallel
FROM st_whole WHERE n = (SELECT min(n) FROM st_got WHERE period = 'day');
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

-- what is refused
SELECT stickiness_agg('2026-01-05 week every: 0 starts 0 / 1'::activity);
SELECT stickiness_agg(brackets('2026-01-05 week: 0 1 / 3', '{1,2}'));
SELECT stickiness_agg(a::activity) FROM (VALUES ('2026-01-05 week: 0 / 0'), ('2026-01-05 day: 0 / 0')) v(a);
SELECT stickiness_agg(a::activity) FROM (VALUES ('2026-01-05 week: 0 / 0'), ('2026-01-04 week: 0 / 0')) v(a);
SELECT stickiness_agg(a::activity) FROM (VALUES ('2026-01-05 week: 0 / 0'), ('2026-01-05 week rolling: 0 / 0')) v(a);
SELECT rollup(t) FROM (SELECT stickiness_tally('2026-01-05 week: 0 / 0') UNION ALL SELECT stickiness_tally('2026-01-01 month: 0 / 0')) x(t);
SELECT stickiness_rows(retention_tally('2026-01-05 week: 0 / 0'));
SELECT dau_wau_mau_agg('2026-01-05 week: 0 / 1'::activity);
SELECT dau_wau_mau_agg('2026-01-04 2 days: 0 / 1'::activity);
SELECT dau_wau_mau_agg('2026-01-05 00:00:00 24 hours: 0 / 1'::activity);
SELECT dau_wau_mau_agg('2026-01-05 day every: 0 starts 0 / 1'::activity);
SELECT dau_wau_mau_agg('2026-01-05 day rolling: 0 / 1'::activity);
SELECT dau_wau_mau_agg(brackets('2026-01-05 day: 0 1 / 3', '{1,2}'));
SELECT dau_wau_mau_agg(a::activity) FROM (VALUES ('2026-01-05 day: 0 / 0'), ('2026-01-05 day counted: 0 / 0')) v(a);
SELECT dau_wau_mau_agg(a::activity) FROM (VALUES ('2026-01-05 day: 0 / 0'), ('20000-01-01 day: 0 / 0')) v(a);
SELECT dau_wau_mau_agg('294276-12-31 day: 0 / 5'::activity);
SELECT dau_wau_mau_rows(stickiness_tally('2026-01-05 day: 0 / 0'));
-- tallies that no aggregate made
CREATE FUNCTION pg_temp.stickiness(params text, rows text) RETURNS stickiness_row[] LANGUAGE sql AS $$
	SELECT stickiness_rows(format('{"tally": "stickiness", "version": 1, "params": [%s], "labels": [], "rows": [%s]}', params, rows)::tally)
$$;
SELECT pg_temp.stickiness('1, 0, 1, 1', '{"keys": [2], "counters": [3]}');
SELECT pg_temp.stickiness('0, 0, 1, 1', '{"keys": [2], "counters": [3]}');
SELECT pg_temp.stickiness('1, 0, 1, 3', '{"keys": [2], "counters": [3]}');
SELECT pg_temp.stickiness('1, 0, 1, 1', '{"keys": [0], "counters": [3]}');
SELECT pg_temp.stickiness('1, 0, 1, 1', '{"keys": [100002], "counters": [3]}');
SELECT pg_temp.stickiness('1, 0, 1, 1', '{"keys": [2], "counters": [0]}');
SELECT pg_temp.stickiness('1, 0, 1, 1', '{"keys": [2], "counters": [9223372036854775807]}, {"keys": [3], "counters": [1]}');
CREATE FUNCTION pg_temp.days(params text, rows text) RETURNS dau_wau_mau_row[] LANGUAGE sql AS $$
	SELECT dau_wau_mau_rows(format('{"tally": "dau_wau_mau", "version": 1, "params": [%s], "labels": [], "rows": [%s]}', params, rows)::tally)
$$;
SELECT pg_temp.days('1, 0, 1, 1, 2461043', '{"keys": [2461042], "counters": [1, 1, 0, 1, 0]}, {"keys": [2461049], "counters": [0, 0, 1, 0, 0]}, {"keys": [2461072], "counters": [0, 0, 0, 0, 1]}');
SELECT pg_temp.days('2, 1, 1, 1, 2461043', '{"keys": [2461042], "counters": [1, 1, 0, 1, 0]}');
SELECT pg_temp.days('1, 0, 2, 1, 2461043', '{"keys": [2461042], "counters": [1, 1, 0, 1, 0]}');
SELECT pg_temp.days('1, 0, 1, 1, 2461043', '{"keys": [2461042], "counters": [2, 1, 0, 1, 0]}');
SELECT pg_temp.days('1, 0, 1, 1, 2461043', '{"keys": [2461042], "counters": [1, 2, 0, 1, 0]}');
SELECT pg_temp.days('1, 0, 1, 1, 2461043', '{"keys": [2461042], "counters": [0, 0, 1, 0, 0]}');
SELECT pg_temp.days('1, 0, 1, 1, 2461043', '{"keys": [2461073], "counters": [1, 1, 0, 1, 0]}');
SELECT pg_temp.days('1, 0, 1, 1, 2461043', '{"keys": [2461041], "counters": [1, 9223372036854775807, 0, 9223372036854775807, 0]}, {"keys": [2461042], "counters": [1, 1, 0, 1, 0]}');

DROP TABLE st_hand, st_touched, st_journeys, st_asked, st_got, st_started, st_active, st_whole, st_one;
