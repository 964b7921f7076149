-- activity with every option, brackets, parts of a customer, means over cohorts.
SET search_path = public, journey;
SET DateStyle = 'ISO';
SET TimeZone = 'UTC';

CREATE TABLE option_j (j journey);
INSERT INTO option_j VALUES ('[2026-01-01 08:00+00 buy =1, 2026-01-06 09:00+00 join, 2026-01-06 09:30+00 buy =2.5, 2026-01-07 08:59:59+00 buy =4,
	2026-01-07 09:00+00 buy, 2026-01-20 10:00+00 join, 2026-01-21 10:00+00 buy =8, 2026-01-21 11:00+00 buy =16, 2026-02-28 12:00+00 look]');

-- periods
SELECT p, activity(j, 'join', 'buy', p, as_of => '2026-03-01') AS activity
FROM option_j, unnest('{hour,day,week,month,quarter,year,2 weeks,14 days,10 days,6 hours,90 minutes,6 months,Week,1 year 6 months}'::text[]) AS p;
-- an hour begins on the hour of the zone, half an hour off in Kolkata
SELECT z, activity('[2026-01-06 09:10+00 a, 2026-01-06 09:29:59+00 a, 2026-01-06 09:30+00 a, 2026-01-06 10:00+00 a]', 'a', 'a', 'hour', z) AS hours
FROM unnest('{UTC,Asia/Kolkata,Asia/Kathmandu}'::text[]) AS z;
-- rolling: day 1 is the second 24 hours, a month 30 days; the cohort keeps its calendar name
SELECT p, activity(j, 'join', 'buy', p, as_of => '2026-03-01', bucketing => 'rolling') AS rolling
FROM option_j, unnest('{day,week,month,quarter,year,12 hours}'::text[]) AS p;
-- which start
SELECT c, f, activity(j, 'join', 'buy', 'day', as_of => '2026-01-25', cohort => c, "from" => f) AS activity
FROM option_j, unnest('{first_ever,first_in_range,every}'::text[]) AS c, unnest('{-infinity,2026-01-07,2026-01-21}'::timestamptz[]) AS f;
SELECT activity(j, 'join', 'buy', 'day', as_of => '2026-01-25', "to" => '2026-01-06 09:00+00') AS before,
	   activity(j, 'join', 'buy', 'day', as_of => '2026-01-25', "to" => '2026-01-06 09:00:01+00') AS just_in,
	   activity(j, 'join', 'buy', 'day', as_of => '2026-01-06 08:00+00') AS as_of_before FROM option_j;
-- several returns
SELECT m, activity(j, 'join', 'buy', 'day', as_of => '2026-01-25', minimum => m) AS activity,
	   activity(j, 'join', 'buy', 'day', as_of => '2026-01-25', minimum => m, cohort => 'every') AS every
FROM option_j, generate_series(1, 3) AS m;
-- values: those of returns, and never of one before the start
SELECT activity(j, 'join', 'buy', 'day', as_of => '2026-01-25', "values" => true) AS first,
	   activity(j, 'buy', 'buy', 'month', as_of => '2026-01-25', "values" => true) AS also_start,
	   activity(j, 'join', 'buy', 'day', as_of => '2026-01-25', "values" => true, cohort => 'every') AS every FROM option_j;
-- brackets
SELECT b, brackets(activity(j, 'join', 'buy', 'day', as_of => a, "values" => true), b) AS activity
FROM option_j, (VALUES ('{1,2,15,16}'::int[], '2026-01-25'::timestamptz), ('{1,4,8,15}', '2026-01-25'), ('{1,4,8,15,30}', '2026-01-25'), ('{1}', '2026-01-25')) AS v(b, a);
SELECT cohort, cohort_size, period_no, retained, complete, eligible, eligible_retained FROM unnest((SELECT retention_agg(brackets(a::activity, '{1,3,7}')) FROM (VALUES
	('2026-01-05 day: 0 1 5 / 9'), ('2026-01-05 day: 0 2 / 4'), ('2026-01-05 day: 0 / 2')) AS v(a)));

-- all measures of one table
SELECT period_no, retained, rate, complete, eligible, round(lower::numeric, 4) AS lower, round(upper::numeric, 4) AS upper, on_or_after, on_or_before, streak, value_sum, value_mean
FROM unnest((SELECT retention_agg(a::activity) FROM (VALUES
	('2026-01-05 week: 0 1 2 values 1 2 3.25 / 4'), ('2026-01-05 week: 0 2 values 0 -1 / 4'), ('2026-01-05 week: 0 3 values 5 6 / 4'), ('2026-01-05 week: 0 values 0 / 4')) AS v(a)));
-- rolling: each customer's own end
SELECT period_no, cohort_size, retained, eligible, eligible_retained, eligible_rate, complete
FROM unnest((SELECT retention_agg(a::activity) FROM (VALUES
	('2026-01-05 week rolling: 0 1 2 / 4'), ('2026-01-05 week rolling: 0 2 / 2'), ('2026-01-05 week rolling: 0 1 / 1'), ('2026-01-05 week rolling: 0 / 0')) AS v(a)));
-- every cohort
SELECT cohort, cohort_size, period_no, retained FROM unnest((SELECT retention_agg(a::activity) FROM (VALUES
	('2026-01-05 week every: 1 3 starts 0 3 / 3'), ('2026-01-05 week every: 0 1 starts 1 / 3'), ('2026-01-12 week every: 0 starts / 2')) AS v(a)));
SELECT * FROM retention_means((SELECT retention_agg(a::activity) FROM (VALUES
	('2026-01-05 week: 0 1 / 3'), ('2026-01-05 week: 0 / 3'), ('2026-01-05 week: 0 / 3'), ('2026-01-12 week: 0 1 / 2'), ('2026-01-19 week: 0 1 / 1')) AS v(a)));
SELECT * FROM retention_means(NULL);
SELECT * FROM wilson_interval(7, 50), wilson_interval(0, 0) AS none(l, u);

-- parts of one customer are what the whole is
SELECT a || b AS together, first_cohort(a || b) AS first, first_cohort(b) AS of_b, first_cohort('2026-01-05 week: 0 / 1') AS already
FROM (VALUES ('2026-01-05 week every: 0 starts 2 / 3'::activity, '2026-01-12 week every: 0 2 starts / 5'::activity)) AS v(a, b);

-- random journeys: parts against the whole, and all against plain SQL
SELECT setseed(0.17);
CREATE TABLE option_touch AS
SELECT c, date_trunc('minute', '2025-10-20 00:00+00'::timestamptz + random() * interval '40 days') AS at,
	   (ARRAY['a', 'b', 'x'])[1 + floor(random() * 3)::int] AS event, floor(random() * 100) / 4 AS value
FROM generate_series(1, 400) AS c, generate_series(1, 12) WHERE random() < 0.8;
CREATE TABLE option_store AS
SELECT c, journey_agg(at, event, NULL, value) AS j,
	   journey_agg(at, event, NULL, value) FILTER (WHERE (extract(epoch FROM at) / 60)::bigint % 3 = 0) AS part,
	   journey_agg(at, event, NULL, value) FILTER (WHERE (extract(epoch FROM at) / 60)::bigint % 3 <> 0) AS rest
FROM option_touch GROUP BY c;
CREATE TABLE option_case AS
SELECT row_number() OVER () AS id, * FROM unnest('{UTC,Europe/Berlin,America/New_York,Asia/Kolkata,Australia/Lord_Howe}'::text[]) AS zone,
	(VALUES ('day', 'day', 1), ('week', 'week', 1), ('month', 'month', 1), ('quarter', 'quarter', 1), ('year', 'year', 1)) AS p(period, trunc, n);
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE whole IS DISTINCT FROM parts) AS different
FROM (SELECT activity(j, 'a', 'b', o.period, o.zone, as_of => '2025-12-01', cohort => 'every', "values" => true) AS whole,
			 coalesce(activity(part, 'a', 'b', o.period, o.zone, as_of => '2025-12-01', cohort => 'every', "values" => true)
					  || activity(rest, 'a', 'b', o.period, o.zone, as_of => '2025-12-01', cohort => 'every', "values" => true),
					  activity(part, 'a', 'b', o.period, o.zone, as_of => '2025-12-01', cohort => 'every', "values" => true),
					  activity(rest, 'a', 'b', o.period, o.zone, as_of => '2025-12-01', cohort => 'every', "values" => true)) AS parts
	  FROM option_store, option_case AS o WHERE o.id % 3 = 0) AS x;
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE first_cohort(every) IS DISTINCT FROM one) AS different
FROM (SELECT activity(j, 'a', 'b', o.period, o.zone, as_of => '2025-12-01', cohort => 'every') AS every,
			 activity(j, 'a', 'b', o.period, o.zone, as_of => '2025-12-01', cohort => 'first_in_range') AS one
	  FROM option_store, option_case AS o) AS x;

-- every cohort, by date_trunc: who started in a period and came back in which later one
WITH bucket AS (
	SELECT o.id, t.c, t.event, (date_trunc(o.trunc, t.at, o.zone) AT TIME ZONE o.zone)::date AS d FROM option_touch AS t, option_case AS o
), wanted AS (
	SELECT s.id, s.d AS cohort, r.d AS period, count(DISTINCT s.c) AS retained
	FROM (SELECT DISTINCT id, c, d FROM bucket WHERE event = 'a') AS s JOIN (SELECT DISTINCT id, c, d FROM bucket WHERE event = 'b') AS r ON r.id = s.id AND r.c = s.c AND r.d > s.d
	GROUP BY 1, 2, 3
), got AS (
	SELECT o.id, r.cohort, (r.cohort::timestamp + r.period_no * ('1 ' || CASE o.period WHEN 'quarter' THEN 'month' ELSE o.period END)::interval * CASE o.period WHEN 'quarter' THEN 3 ELSE 1 END)::date AS period, r.retained
	FROM option_case AS o, LATERAL unnest((SELECT retention_agg(activity(j, 'a', 'b', o.period, o.zone, as_of => '2025-12-01', cohort => 'every')) FROM option_store)) AS r
	WHERE r.period_no > 0 AND r.retained > 0
)
SELECT count(*) > 500 AS many, count(*) FILTER (WHERE w.retained IS DISTINCT FROM g.retained) AS different FROM wanted AS w FULL JOIN got AS g USING (id, cohort, period);

-- rolling, by division of seconds; a minimum of two; values; first start in a range
WITH started AS (
	SELECT DISTINCT ON (c) c, at, event FROM option_touch WHERE event = 'a' AND at >= '2025-10-25' AND at < '2025-11-10' ORDER BY c, at, event
), returned AS (
	SELECT s.c, floor(extract(epoch FROM t.at - s.at) / 86400)::int AS n, count(*) AS times, sum(t.value) AS value
	FROM started AS s JOIN option_touch AS t ON t.c = s.c AND t.event = 'b' AND t.at <= '2025-11-25' AND (t.at, t.event) > (s.at, 'a') GROUP BY 1, 2
), wanted AS (
	SELECT c, array_agg(n ORDER BY n) AS periods FROM (SELECT c, 0 AS n FROM started UNION SELECT c, n FROM returned WHERE times >= 2) AS u GROUP BY c
), got AS (
	SELECT c, activity(j, 'a', 'b', 'day', as_of => '2025-11-25', bucketing => 'rolling', cohort => 'first_in_range', minimum => 2,
		"from" => '2025-10-25', "to" => '2025-11-10') AS a FROM option_store
)
SELECT count(*) > 200 AS many, count(*) FILTER (WHERE array_to_string(w.periods, ' ') IS DISTINCT FROM
	(SELECT string_agg(x.n::text, ' ' ORDER BY x.n) FROM (SELECT generate_series(split_part(r, '-', 1)::int, coalesce(nullif(split_part(r, '-', 2), ''), split_part(r, '-', 1))::int) AS n
		FROM regexp_split_to_table(substring(g.a::text from ': (.*) /'), ' ') AS r) AS x)) AS different
FROM wanted AS w FULL JOIN (SELECT * FROM got WHERE a IS NOT NULL) AS g USING (c);
WITH wanted AS (
	SELECT (t.at AT TIME ZONE 'Asia/Kolkata')::date - s.d AS n, s.d, sum(t.value) AS value
	FROM (SELECT DISTINCT ON (c) c, at, (at AT TIME ZONE 'Asia/Kolkata')::date AS d FROM option_touch WHERE event = 'a' ORDER BY c, at) AS s
		JOIN option_touch AS t ON t.c = s.c AND t.event = 'b' AND (t.at, t.event) > (s.at, 'a') AND t.at <= '2025-12-01' GROUP BY 1, 2
	HAVING sum(t.value) <> 0
)
SELECT count(*) > 300 AS many, count(*) FILTER (WHERE w.value IS DISTINCT FROM r.value_sum) AS different
FROM wanted AS w FULL JOIN (SELECT * FROM unnest((SELECT retention_agg(activity(j, 'a', 'b', 'day', 'Asia/Kolkata', as_of => '2025-12-01', "values" => true)) FROM option_store)) WHERE value_sum <> 0) AS r
	ON r.cohort = w.d AND r.period_no = w.n;

-- spans in absolute time, and 90 minutes of them
SELECT count(*) FILTER (WHERE a::text IS DISTINCT FROM w) AS different FROM (
	SELECT activity(j, '*', '*', '90 minutes', as_of => '2025-12-01')::text AS a,
		   to_char(to_timestamp(floor(extract(epoch FROM first_at(j)) / 5400) * 5400) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS w FROM option_store) AS x
WHERE split_part(a, ' ', 1) || ' ' || split_part(a, ' ', 2) <> w;

-- a variable of a PL/pgSQL function may change
DO $$
DECLARE
	zones text[] := '{UTC,Asia/Tokyo,UTC}';
	seen text := '';
BEGIN
	FOR i IN 1 .. 3 LOOP
		seen := seen || ' ' || left(activity('[2026-01-06 20:00+00 a]', '*', '*', 'day', zones[i])::text, 10);
	END LOOP;
	RAISE NOTICE '%', seen;
END $$;

-- errors
SELECT activity(j, '*', '*', 'fortnight') FROM option_j;
SELECT activity(j, '*', '*', '0 days') FROM option_j;
SELECT activity(j, '*', '*', '-1 week') FROM option_j;
SELECT activity(j, '*', '*', '1 month 2 days') FROM option_j;
SELECT activity(j, '*', '*', '8 days 1 week') FROM option_j;
SELECT activity(j, '*', '*', '10 weeks 3 days') FROM option_j;
SELECT activity(j, '*', '*', '1.5 seconds') FROM option_j;
SELECT activity(j, '*', '*', '2000000 days') FROM option_j;
SELECT activity(j, '*', '*', bucketing => 'sliding') FROM option_j;
SELECT activity(j, '*', '*', cohort => 'all') FROM option_j;
SELECT activity(j, '*', '*', bucketing => 'rolling') FROM option_j;
SELECT activity(j, '*', '*', bucketing => 'rolling', cohort => 'every', as_of => '2026-03-01') FROM option_j;
SELECT activity(j, '*', '*', minimum => 0) FROM option_j;
SELECT activity(j, '*', '*', minimum => NULL) FROM option_j;
SELECT activity(j, '*', '*', bucketing => NULL) FROM option_j;
SELECT activity('[2000-01-01 00:00+00 a, 2026-01-01 00:00+00 a]', '*', '*', 'hour');
SELECT brackets('2026-01-05 week: 0 / 1', '{}');
SELECT brackets('2026-01-05 week: 0 / 1', '{0,1}');
SELECT brackets('2026-01-05 week: 0 / 1', '{1,1}');
SELECT brackets('2026-01-05 week: 0 / 1', '{1,NULL}');
SELECT brackets('2026-01-05 week every: 0 starts 0 / 1', '{1,2}');
SELECT '2026-01-05 week: 0 / 1'::activity || '2026-01-05 week: 0 / 1';
SELECT '2026-01-05 week every: 0 starts 0 / 1'::activity || '2026-01-05 day every: 0 starts 0 / 1';
SELECT retention_agg(a::activity) FROM (VALUES ('2026-01-05 week: 0 / 1'), ('2026-01-05 week rolling: 0 / 1')) AS v(a);
SELECT retention_agg(a::activity) FROM (VALUES ('2026-01-01 month: 0 / 1'), ('2026-01-01 quarter: 0 / 1')) AS v(a);
SELECT retention_agg(a::activity) FROM (VALUES ('2026-01-05 day: 0 brackets 1 3 / 1'), ('2026-01-05 day: 0 brackets 1 4 / 1')) AS v(a);
SELECT retention_agg('2026-01-05 day: 0 values 1e13 / 1'::activity);
SELECT wilson_interval(3, 2);
SELECT '2026-01-05 day: 0 1 values 1 / 1'::activity;
SELECT '2026-01-05 day every: 1 / 1'::activity;
SELECT '2026-01-05 day rolling every: 0 starts 0 / 1'::activity;
SELECT '2026-01-05 hour: 0 / 1'::activity;
SELECT '2026-01-05 10:00:00 day: 0 / 1'::activity;
SELECT '2026-01-05 day: 0 3 brackets 1 3 / 3'::activity;
SELECT '2026-01-05 day: 0 brackets 3 1 / 0'::activity;

DROP TABLE option_j, option_touch, option_store, option_case;
