-- activity and retention_agg: calendar periods, time zones, totals.
SET search_path = public, journey;

-- the literal
SELECT a, a::text::activity = a AS same FROM (VALUES
	('2026-01-05 week: 0 1 4 / 9'::activity),
	('2026-01-04   WEEK:0 4 5 6 1/9'),
	('2026-01-31 day: 0-3 7 5-6 8 / 8'),
	('2025-12-01 month: 0 / 0'),
	('0044-03-15 BC day: 0 1 / 1'),
	('2026-01-01 day: 0 100000 / 100000')) v(a);
SET DateStyle = 'German, DMY';
SELECT '2026-02-01 month: 0 2 / 2'::activity;
RESET DateStyle;
SELECT pg_column_size('2026-01-05 week: 0 1 4 / 9'::activity) AS bytes, pg_column_size('2026-01-05 day: 0 179 / 200'::activity) AS bytes_180_days;

-- comparison
CREATE TABLE kept (id int, a activity);
INSERT INTO kept VALUES (1, '2026-01-05 week: 0 1 / 9'), (2, '2026-01-05 week: 0 1 / 10'), (3, '2026-01-05 week: 0 2 / 10'),
	(4, '2026-01-05 day: 0 / 0'), (5, '2026-01-12 week: 0 / 1'), (6, '2026-01-05 week: 0 1 9 / 10'), (7, NULL);
SELECT id, a FROM kept ORDER BY a;
SELECT count(*) AS pairs, bool_and((x.a = y.a) = (x.id = y.id)) AS eq, bool_and((x.a <> y.a) = (x.id <> y.id)) AS ne,
	bool_and((x.a < y.a) = (activity_cmp(x.a, y.a) < 0)) AS lt, bool_and((x.a <= y.a) = (activity_cmp(x.a, y.a) <= 0)) AS le,
	bool_and((x.a > y.a) = (activity_cmp(y.a, x.a) < 0)) AS gt, bool_and((x.a >= y.a) = (activity_cmp(y.a, x.a) <= 0)) AS ge,
	bool_and((activity_hash(x.a) = activity_hash(y.a)) = (x.id = y.id)) AS hash,
	bool_and((activity_hash_extended(x.a, 5) = activity_hash_extended(y.a, 5)) = (x.id = y.id)) AS hash_extended
FROM kept x, kept y WHERE x.id < 7 AND y.id < 7;
SELECT count(DISTINCT a) FROM (SELECT a FROM kept UNION ALL SELECT a FROM kept) twice;
CREATE UNIQUE INDEX ON kept (a);
CREATE INDEX ON kept USING hash (a);

-- days and weeks, returns before the start, the start's own period
SELECT activity('[2026-01-01 08:00:00+00 buy, 2026-01-06 09:00:00+00 join, 2026-01-07 09:00:00+00 look,
	2026-01-13 09:00:00+00 buy, 2026-01-14 09:00:00+00 join, 2026-02-03 09:00:00+00 buy, 2026-03-01 00:00:00+00 look]',
	'join', 'buy', period => p, as_of => as_of) AS activity
FROM (VALUES ('day', NULL::timestamptz), ('week', NULL), ('month', NULL), ('week', '2026-01-13 08:59:59+00'),
	('week', '2026-01-13 09:00:00+00'), ('day', '2026-01-06 09:00:00+00'), ('day', '2026-01-06 08:59:59+00'), ('month', '2026-12-31 23:59:59+00'), ('DAY', '2026-12-31')) v(p, as_of);
-- a value, a channel, any touchpoint
SELECT activity(j, 'join@mail', 'buy>=10') AS conditions, activity(j, '*', '*') AS anything, activity(j, 'join@mail', 'nothing') AS no_return
FROM (SELECT '[2026-01-05 09:00:00+00 join, 2026-01-06 09:00:00+00 join @mail, 2026-01-13 09:00:00+00 buy =9.5, 2026-01-20 09:00:00+00 buy,
	2026-01-27 09:00:00+00 buy =10]'::journey AS j) x;
-- nobody home
SELECT activity('[2026-01-05 09:00:00+00 look]', 'join', 'buy') IS NULL AS no_start, activity('[]', '*', '*') IS NULL AS empty,
	activity(NULL, '*', '*') IS NULL AS null_journey, activity('[2026-01-05 09:00:00+00 look]', NULL, '*') IS NULL AS null_start,
	activity('[2026-01-05 09:00:00+00 look]', '*', NULL) IS NULL AS null_return;

-- clocks that change: 2026-03-29 has 23 hours in Berlin, 2026-10-25 has 25
SELECT activity('[2026-03-28 22:59:59+00 a, 2026-03-28 23:00:00+00 a, 2026-03-29 21:59:59+00 a, 2026-03-29 22:00:00+00 a]', 'a', 'a', 'day', 'Europe/Berlin') AS spring,
	activity('[2026-03-28 23:00:00+00 a, 2026-03-29 22:00:00+00 a]', 'a', 'a', 'week', 'Europe/Berlin') AS spring_week,
	activity('[2026-10-24 21:59:59+00 a, 2026-10-24 22:00:00+00 a, 2026-10-25 22:59:59+00 a, 2026-10-25 23:00:00+00 a]', 'a', 'a', 'day', 'Europe/Berlin') AS autumn,
	activity('[2026-10-25 22:59:59+00 a, 2026-10-25 23:00:00+00 a]', 'a', 'a', 'week', 'Europe/Berlin') AS autumn_week,
	activity('[2026-03-31 21:59:59+00 a, 2026-03-31 22:00:00+00 a, 2026-10-31 22:59:59+00 a, 2026-10-31 23:00:00+00 a]', 'a', 'a', 'month', 'Europe/Berlin') AS months;
-- half and three quarters of an hour, the date line, year ends
SELECT activity('[2025-12-31 18:29:59.999999+00 a, 2025-12-31 18:30:00+00 a]', 'a', 'a', 'day', 'Asia/Kolkata') AS kolkata,
	activity('[2025-12-31 18:29:59.999999+00 a, 2025-12-31 18:30:00+00 a]', 'a', 'a', 'month', 'Asia/Kolkata') AS kolkata_month,
	activity('[2025-12-31 18:14:59+00 a, 2025-12-31 18:15:00+00 a]', 'a', 'a', 'month', 'Asia/Kathmandu') AS kathmandu,
	activity('[2025-12-28 12:00:00+00 a, 2025-12-29 00:00:00+00 a, 2026-01-04 23:59:59+00 a, 2026-01-05 00:00:00+00 a]', 'a', 'a', 'week') AS year_end;
-- Samoa had no 30 December 2011; in Newfoundland the clock went back across midnight
SELECT activity('[2011-12-30 09:59:59+00 a, 2011-12-30 10:00:00+00 a]', 'a', 'a', 'day', 'Pacific/Apia') AS skipped,
	activity('[2010-11-07 02:00:00+00 a, 2010-11-07 02:30:30+00 b, 2010-11-07 02:45:00+00 a, 2010-11-07 03:30:00+00 b]', 'a', 'b', 'day', 'America/St_Johns') AS twice,
	activity('[2010-11-07 02:30:30+00 a, 2010-11-07 02:45:00+00 b, 2010-11-07 03:30:00+00 b]', 'a', 'b', 'day', 'America/St_Johns') AS backwards;
-- every start of the week, weekday by weekday
SELECT ws, activity('[2026-01-01 12:00:00+00 a, 2026-01-04 12:00:00+00 a, 2026-01-05 12:00:00+00 a, 2026-01-09 12:00:00+00 a]', 'a', 'a', week_start => ws) AS activity,
	activity('[2026-01-01 12:00:00+00 a, 2026-01-04 12:00:00+00 a]', 'a', 'a', 'day', week_start => ws) AS day
FROM unnest('{monday,tuesday,wednesday,thursday,friday,saturday,Sunday}'::text[]) ws;
-- long pauses and long lists
SELECT activity('[1970-01-01 00:00:00+00 a, 2026-01-01 00:00:00+00 a, 2200-06-01 00:00:00+00 a]', 'a', 'a', 'day', 'America/New_York') AS days,
	activity('[1600-01-01 00:00:00+00 a, 9000-06-01 00:00:00+00 a]', 'a', 'a', 'month', 'Australia/Lord_Howe') AS months;
SELECT length(activity(journey_agg('2020-01-01 12:00+00'::timestamptz + i * interval '2 days', 'a'), 'a', 'a', 'day')::text) AS every_other_day
FROM generate_series(0, 20000) i;

-- the table of a retention
SELECT * FROM unnest((SELECT retention_agg(a::activity) FROM (VALUES
	('2026-01-05 week: 0 1 3 / 3'), ('2026-01-05 week: 0 / 2'), ('2026-01-12 week: 0 1 / 1'), (NULL), ('2026-01-26 week: 0 / 0'),
	('2026-01-05 week: 0 1 / 1')) v(a)));
SELECT retention_agg(a) IS NULL AS no_rows, retention_tally(a) IS NULL AS no_tally FROM kept WHERE false;
SELECT retention_agg(a) IS NULL AS only_null, retention_tally(a) IS NULL AS no_tally FROM kept WHERE id = 7;
SELECT count(*) AS rows FROM unnest((SELECT retention_agg(a) FROM kept WHERE id = 7));
SELECT retention_tally(a::activity) FROM (VALUES ('2026-01-04 week: 0 1 3 / 3'), ('2026-01-04 week: 0 / 2'), ('2026-01-11 week: 0 2 / 2')) v(a);
SELECT retention_rows('{"tally": "retention", "version": 1, "params": [3, 0, 80869, 1, 1, 0], "labels": [], "rows": []}') IS NULL AS empty_tally;

-- against plain SQL: 5 zones, 3 periods, 2 week starts; every activity and every cell
\set seed 0.20261
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE touched AS
SELECT c AS customer, '2023-12-20 00:00+00'::timestamptz + (random() * 10) * interval '1 day' + (random() ^ 3 * 90) * interval '1 day' * (c % 5) + (CASE WHEN random() < 0.1 THEN 0.5 ELSE 0 END) * interval '1 hour' AS at,
	CASE WHEN random() < 0.15 THEN 'join' WHEN random() < 0.5 THEN 'buy' ELSE 'look' END AS event
FROM generate_series(1, 250) c, generate_series(1, 10) i;
-- touchpoints around the moments when clocks change, and around local midnights
INSERT INTO touched
SELECT 1000 + c, m + (random() - 0.5) * interval '3 hours', CASE WHEN random() < 0.3 THEN 'join' ELSE 'buy' END
FROM generate_series(1, 50) c, unnest('{2024-03-31 01:00+00, 2024-10-27 01:00+00, 2024-03-10 07:00+00, 2024-11-03 06:00+00, 2024-04-06 15:00+00, 2024-10-05 15:30+00,
	2024-03-31 22:00+00, 2024-02-29 18:30+00, 2024-12-31 23:00+00}'::timestamptz[]) m, generate_series(1, 2);
CREATE TABLE journeys AS SELECT customer, journey_agg(at, event) AS j FROM touched GROUP BY customer;
CREATE TABLE asked AS
SELECT row_number() OVER () AS n, zone, period, week_start, as_of
FROM unnest('{UTC,Europe/Berlin,America/New_York,Asia/Kolkata,Australia/Lord_Howe}'::text[]) zone, unnest('{day,week,month}'::text[]) period,
	unnest('{monday,sunday}'::text[]) week_start, unnest('{null,2024-04-15 10:00+00}'::timestamptz[]) as_of
WHERE period = 'week' OR week_start = 'monday';
CREATE TABLE got AS
SELECT n, customer, activity(j, 'join', 'buy', period, zone, week_start, as_of) AS a FROM asked, journeys;

-- the same by date_trunc in the zone
CREATE FUNCTION pg_temp.period_date(at timestamptz, period text, zone text, week_start text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN period = 'week' AND week_start = 'sunday'
		THEN (date_trunc('week', (at AT TIME ZONE zone) + interval '1 day') - interval '1 day')::date
		ELSE (date_trunc(period, at, zone) AT TIME ZONE zone)::date END
$$;
CREATE FUNCTION pg_temp.periods(cohort date, d date, period text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE period WHEN 'day' THEN d - cohort WHEN 'week' THEN (d - cohort) / 7
		ELSE ((extract(year FROM d) - extract(year FROM cohort)) * 12 + extract(month FROM d) - extract(month FROM cohort))::int END
$$;
CREATE TABLE want AS
WITH started AS (
	SELECT n, customer, zone, period, week_start, as_of, min(at) FILTER (WHERE event = 'join') AS start_at, max(at) AS last_at
	FROM asked, touched WHERE as_of IS NULL OR at <= as_of GROUP BY n, customer, zone, period, week_start, as_of
), cohorts AS (
	SELECT *, pg_temp.period_date(start_at, period, zone, week_start) AS cohort,
		pg_temp.period_date(coalesce(as_of, last_at), period, zone, week_start) AS last_date FROM started WHERE start_at IS NOT NULL
)
SELECT n, customer, period, cohort, pg_temp.periods(cohort, last_date, period) AS last_no,
	pg_temp.periods(cohort, last_date, period) + pg_temp.periods('0001-01-01', cohort, CASE period WHEN 'week' THEN 'day' ELSE period END) / CASE period WHEN 'week' THEN 7 ELSE 1 END AS last_seen,
	ARRAY(SELECT 0 UNION
		SELECT pg_temp.periods(cohort, pg_temp.period_date(at, period, zone, week_start), period)
		FROM touched t WHERE t.customer = c.customer AND event = 'buy' AND at >= start_at AND (as_of IS NULL OR at <= as_of) ORDER BY 1) AS active
FROM cohorts c;
SELECT count(*) AS activities, count(w.customer) AS started,
	count(*) FILTER (WHERE g.a IS DISTINCT FROM CASE WHEN w.customer IS NOT NULL
		THEN format('%s %s: %s / %s', to_char(w.cohort, 'YYYY-MM-DD'), w.period, array_to_string(w.active, ' '), w.last_no)::activity END) AS differences
FROM got g LEFT JOIN want w USING (n, customer);

CREATE TABLE got_cells AS
SELECT n, r.* FROM (SELECT n, retention_agg(a) AS rows FROM got GROUP BY n) t, unnest(rows) r;
CREATE TABLE want_cells AS
WITH ends AS (
	SELECT n, max(last_seen) AS last_seen FROM want GROUP BY n
), sizes AS (
	SELECT n, cohort, count(*) AS cohort_size, max(last_seen - last_no) AS cohort_seen FROM want GROUP BY n, cohort
)
SELECT n, cohort, s.cohort_size, period_no, coalesce(retained, 0) AS retained, cohort_seen + period_no < e.last_seen AS complete
FROM sizes s JOIN ends e USING (n) CROSS JOIN generate_series(0, e.last_seen - cohort_seen) period_no
	LEFT JOIN (SELECT n, cohort, period_no, count(*) AS retained FROM want, unnest(active) period_no GROUP BY 1, 2, 3) a USING (n, cohort, period_no);
SELECT count(*) AS cells,
	count(*) FILTER (WHERE (g.cohort_size, g.retained, g.complete) IS DISTINCT FROM (w.cohort_size, w.retained, w.complete)
		OR g.rate IS DISTINCT FROM g.retained::float8 / g.cohort_size) AS differences
FROM got_cells g FULL JOIN want_cells w USING (n, cohort, period_no);

-- conditions on values take another way through a journey, whole seconds and
-- milliseconds other units
CREATE TABLE coarse AS
SELECT customer, unit, journey_agg(date_trunc(unit, at), event) AS j, journey_agg(date_trunc(unit, at), event, NULL::text, 1) AS valued
FROM touched, unnest('{second,millisecond,microsecond}'::text[]) unit GROUP BY customer, unit;
SELECT count(*) AS activities, count(*) FILTER (WHERE x.a IS DISTINCT FROM x.b) AS ways_differ,
	count(*) FILTER (WHERE x.a IS DISTINCT FROM g.a AND unit = 'microsecond') AS units_differ
FROM got g JOIN asked USING (n) JOIN coarse USING (customer),
	LATERAL (SELECT activity(j, 'join', 'buy', period, zone, week_start, as_of) AS a, activity(valued, 'join', 'buy=1', period, zone, week_start, as_of) AS b OFFSET 0) x;
SELECT count(*) AS activities, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS ways_differ,
	count(*) FILTER (WHERE (a IS NULL) <> (NOT EXISTS (SELECT FROM touchpoints(j) t WHERE t.event = 'join' AND t.at <= as_of))) AS starts_differ,
	count(*) FILTER (WHERE a IS DISTINCT FROM activity(slice(j, NULL, as_of + interval '1 microsecond'), 'join', 'buy', 'day', as_of => as_of)) AS slices_differ
FROM coarse, LATERAL (SELECT at + d * interval '1 microsecond' AS as_of FROM touchpoints(j) t, generate_series(-1, 1) d WHERE t.n % 3 = 0 OFFSET 0) o,
	LATERAL (SELECT activity(j, 'join', 'buy', 'day', as_of => as_of) AS a, activity(valued, 'join', 'buy=1', 'day', as_of => as_of) AS b OFFSET 0) x;
DROP TABLE coarse;

-- the session's time zone and style change nothing
SET TimeZone = 'Pacific/Kiritimati';
SET DateStyle = 'SQL, DMY';
SELECT count(*) AS differences FROM got JOIN asked USING (n) JOIN journeys USING (customer)
WHERE activity(j, 'join', 'buy', period, zone, week_start, as_of) IS DISTINCT FROM a;
RESET TimeZone;
RESET DateStyle;

-- any order, any parts, workers, windows: the same
CREATE TABLE whole AS SELECT n, retention_tally(a) AS t, retention_agg(a) AS rows FROM got GROUP BY n;
SELECT bool_and(retention_rows(t) = rows) AS rows_of_tally, bool_and(t::text::tally = t) AS round_trip FROM whole;
SELECT bool_and(p.t = w.t) AS in_parts FROM (SELECT n, rollup(part) AS t FROM (SELECT n, retention_tally(a) AS part FROM got GROUP BY n, customer % 7) x GROUP BY n) p JOIN whole w USING (n);
SELECT bool_and(p.t = w.t) AS backwards FROM (SELECT n, retention_tally(a ORDER BY customer DESC) AS t FROM got GROUP BY n) p JOIN whole w USING (n);
CREATE TABLE one AS SELECT customer, a FROM got WHERE n = 5;
CREATE TABLE one_serial AS SELECT retention_agg(a) AS rows FROM one;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
ALTER TABLE one SET (parallel_workers = 2);
ALTER TABLE journeys SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT retention_agg(a) FROM one;
SELECT (SELECT retention_agg(a) FROM one) = rows AS parallel FROM one_serial;
EXPLAIN (COSTS OFF) SELECT retention_agg(activity(j, 'join', 'buy', 'week', 'Europe/Berlin')) FROM journeys;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE two_serial AS SELECT retention_agg(activity(j, 'join', 'buy', 'week', 'Europe/Berlin')) AS rows FROM journeys;
SET max_parallel_workers_per_gather = 2;
SELECT (SELECT retention_agg(activity(j, 'join', 'buy', 'week', 'Europe/Berlin')) FROM journeys) = rows AS parallel FROM two_serial;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

DROP TABLE kept, touched, journeys, asked, got, want, got_cells, want_cells, whole, one, one_serial, two_serial;
