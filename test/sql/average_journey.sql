SET search_path = public, journey;
SET timezone = 'UTC';
\set SHOW_CONTEXT never

--
-- by hand: three leave at once, two look at a product, two buy, one searches and buys
--
CREATE TABLE aj_raw (customer integer, at timestamptz, event text);
INSERT INTO aj_raw VALUES
	(1, '2026-01-01 10:00+00', 'home'),
	(2, '2026-01-02 10:00+00', 'home'),
	(3, '2026-01-03 10:00+00', 'home'), (3, '2026-01-03 11:00+00', 'home'),
	(4, '2026-01-01 10:00+00', 'home'), (4, '2026-01-01 10:02+00', 'home'), (4, '2026-01-01 10:10+00', 'product'), (4, '2026-01-01 10:30+00', 'product'),
	(5, '2026-01-01 10:00+00', 'home'), (5, '2026-01-01 10:00:20+00', 'product'),
	(6, '2026-01-01 10:00+00', 'home'), (6, '2026-01-01 10:01+00', 'product'), (6, '2026-01-01 10:05+00', 'cart'), (6, '2026-01-01 10:10+00', 'buy'),
	(7, '2026-01-01 10:00+00', 'home'), (7, '2026-01-01 10:03+00', 'product'), (7, '2026-01-01 10:05+00', 'cart'), (7, '2026-01-02 10:00+00', 'buy'),
	(8, '2026-01-01 10:00+00', 'home'), (8, '2026-01-01 10:00:08+00', 'search'), (8, '2026-01-01 10:00:16+00', 'product'), (8, '2026-01-01 10:00:24+00', 'cart'), (8, '2026-01-01 10:00:32+00', 'buy');
CREATE TABLE aj_hand AS SELECT customer, journey_agg(at, event) AS j FROM aj_raw GROUP BY customer;
-- distances from home: 2 * 1, 2 * 3, 1 * 4; from home, product: 3 * 1, 2 * 2, 1 * 3
SELECT a.kind, a.step_no, a.event, a.customers, a.share, a.continued, a.all_customers AS "all", a.variants, a.from_previous_median_seconds AS previous, a.from_first_median_seconds AS first,
	   a.mean_distance AS distance, a.compared_customers AS compared, a.compared_share, a.exact
FROM unnest((SELECT average_journey_agg(j) FROM aj_hand)) AS a;
-- cut to two steps: 20, 60, 180 and 600 seconds, and the first two go on
SELECT a.kind, a.step_no, a.event, a.customers, a.share, a.continued, a.variants, a.from_previous_median_seconds AS previous, a.mean_distance AS distance
FROM unnest((SELECT average_journey_agg(j, 2) FROM aj_hand)) AS a;
SELECT a.kind, a.step_no, a.event, a.customers, a.continued, a.variants, a.mean_distance AS distance FROM unnest((SELECT average_journey_agg(j, 1) FROM aj_hand)) AS a;
-- stages: two in three buyers take minutes
SELECT a.kind, a.step_no, a.event, a.customers, a.variants, a.from_previous_median_seconds AS previous, a.mean_distance AS distance
FROM unnest((SELECT average_journey_agg(classify(j, 'stages look > bought; home | product | search | cart -> look; buy -> bought;')) FROM aj_hand WHERE customer > 3)) AS a;
-- equal counts and distances: the first in the order of names, a path before the longer one
SELECT a.kind, string_agg(a.event, ',' ORDER BY a.step_no) AS path, min(a.customers) AS customers FROM unnest((SELECT average_journey_agg(j) FROM aj_hand WHERE customer IN (4, 5, 6, 7))) AS a GROUP BY 1 ORDER BY 1;
-- equal distances, 3 each: the one with more customers, though a comes before b
SELECT a.kind, string_agg(a.event, ',' ORDER BY a.step_no) AS path, min(a.mean_distance) AS distance
FROM unnest((SELECT average_journey_agg(j::journey) FROM (VALUES ('[2026-01-01 00:00+00 b]'), ('[2026-01-02 00:00+00 b]'), ('[2026-01-01 00:00+00 a, 2026-01-01 00:00+00 b]'),
	('[2026-01-01 00:00+00 a, 2026-01-01 00:00+00 b, 2026-01-01 00:00+00 c]')) AS v (j))) AS a GROUP BY 1 ORDER BY 1;
-- a detail makes another step; more than eight steps go on
SELECT string_agg(a.event, ',' ORDER BY a.step_no) AS path, min(a.continued) AS continued, max(a.from_first_median_seconds) AS seconds
FROM unnest((SELECT average_journey_agg(j) FROM (SELECT journey_agg('2026-01-01 00:00+00'::timestamptz + n * interval '1 s', CASE WHEN n < 3 THEN 'page_view/' || n ELSE 'step' || n / 2 END) AS j
	FROM generate_series(1, 40) AS n) AS x)) AS a WHERE a.kind = 'medoid';
-- times of thousands of years, and none at all
SELECT a.step_no, a.from_previous_median_seconds AS previous, a.from_first_median_seconds AS first
FROM unnest((SELECT average_journey_agg('[4000-01-01 00:00+00 BC a, 200000-01-01 00:00+00 b, 200000-01-01 00:00+00 a]'::journey))) AS a WHERE a.kind = 'medoid';
SELECT average_journey_agg(NULL::journey) IS NULL AS null_journey, average_journey_agg('[]'::journey) IS NULL AS empty, average_journey_tally('[]'::journey, 3) IS NULL AS tally, average_journey_rows(NULL) IS NULL AS no_rows;
SELECT average_journey_agg(j) = (SELECT average_journey_agg(j) FROM aj_hand) AS skipped FROM (TABLE aj_hand UNION ALL VALUES (0, NULL), (-1, '[]'::journey)) AS x;

--
-- random journeys: everything against plain SQL, distances by the definition
--
CREATE TABLE aj_random (customer integer, n integer, at timestamptz, event text);
SELECT setseed(0.26);
INSERT INTO aj_random
	SELECT c, n, t, e
	FROM (SELECT c, n, '2026-03-01'::timestamptz + sum(CASE WHEN random() < 0.1 THEN 0 ELSE exp(random() * 16) END * interval '1 s') OVER (PARTITION BY c ORDER BY n) AS t,
			(ARRAY['home', 'page_view/x', 'page_view/y', 'odd > name', '(end)', 'a'])[1 + floor(random() * random() * (2 + c % 5))::integer] AS e
		FROM generate_series(1, 3000) AS c, generate_series(1, c % 13) AS n) AS x;
CREATE TABLE aj_journeys AS SELECT customer, journey_agg(at, event, NULL, NULL, n) AS j FROM aj_random GROUP BY customer;
CREATE FUNCTION aj_distance(a text[], b text[]) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	before integer[] := ARRAY(SELECT generate_series(1, cardinality(b)));
	now integer[];
	diagonal integer;
	up integer;
	result integer := cardinality(b);
BEGIN
	FOR i IN 1 .. cardinality(a) LOOP
		now := '{}';
		diagonal := i - 1;
		result := i;
		FOR k IN 1 .. cardinality(b) LOOP
			up := before[k];
			result := least(diagonal + CASE WHEN a[i] = b[k] THEN 0 ELSE 1 END, up + 1, result + 1);
			now[k] := result;
			diagonal := up;
		END LOOP;
		before := now;
	END LOOP;
	RETURN result;
END
$$;
SELECT aj_distance('{k,i,t,t,e,n}', '{s,i,t,t,i,n,g}') AS kitten, aj_distance('{a}', '{a,b,c}') AS longer, aj_distance('{b,a}', '{a,b}') AS swapped;
CREATE FUNCTION aj_want(longest integer, part integer) RETURNS SETOF average_journey_row LANGUAGE sql STABLE AS $$
	WITH changed AS (
		SELECT customer, n, at, event, event IS DISTINCT FROM lag(event) OVER (PARTITION BY customer ORDER BY n) AS new
		FROM aj_random WHERE customer % 7 = part
	), step AS (
		SELECT customer, event, row_number() OVER w AS k, at - lag(at) OVER w AS previous, at - first_value(at) OVER w AS first
		FROM changed WHERE new WINDOW w AS (PARTITION BY customer ORDER BY n)
	), path AS (
		SELECT customer, array_agg(event ORDER BY k) FILTER (WHERE k <= longest) AS p, max(k) > longest AS continued FROM step GROUP BY customer
	), variant AS MATERIALIZED (
		SELECT p, count(*) AS customers, count(*) FILTER (WHERE continued) AS continued FROM path GROUP BY p
	), pair AS MATERIALIZED (
		SELECT v.p, w.customers * aj_distance(v.p, w.p) AS distance FROM variant v, variant w WHERE v.p COLLATE "C" >= w.p COLLATE "C"
		UNION ALL
		SELECT w.p, v.customers * aj_distance(v.p, w.p) FROM variant v, variant w WHERE v.p COLLATE "C" > w.p COLLATE "C"
	), sums AS (
		SELECT v.*, d.distance, sum(v.customers) OVER ()::bigint AS n, count(*) OVER () AS variants
		FROM variant v JOIN (SELECT p, sum(distance)::bigint AS distance FROM pair GROUP BY p) AS d USING (p)
	), chosen AS (
		(SELECT 1 AS place, 'most frequent' AS kind, s.* FROM sums s ORDER BY customers DESC, p COLLATE "C" LIMIT 1)
		UNION ALL
		(SELECT 2, 'medoid', s.* FROM sums s ORDER BY distance, customers DESC, p COLLATE "C" LIMIT 1)
	)
	SELECT c.kind, t.k::integer, c.p[t.k], c.customers, c.customers / c.n::float8, c.continued, c.n, c.variants,
		   t.previous, t.first, c.distance / c.n::float8, c.n, 1::float8, true
	FROM chosen c CROSS JOIN LATERAL (
		SELECT s.k, extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY s.previous))::float8 AS previous,
			   extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY s.first))::float8 AS first
		FROM step s JOIN path USING (customer) WHERE path.p = c.p AND s.k <= longest GROUP BY s.k) AS t
	ORDER BY c.place, t.k
$$;
CREATE FUNCTION aj_near(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT (a IS NULL) = (b IS NULL) AND coalesce(abs(a - b) <= 0.01 * b, true)';
CREATE FUNCTION aj_differences(got average_journey_row[], want average_journey_row[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
	SELECT count(*)
	FROM unnest(got) WITH ORDINALITY AS g FULL JOIN unnest(want) WITH ORDINALITY AS w USING (ordinality)
	WHERE (g.kind, g.step_no, g.event, g.customers, g.share, g.continued, g.all_customers, g.variants, g.mean_distance, g.compared_customers, g.compared_share, g.exact)
		IS DISTINCT FROM (w.kind, w.step_no, w.event, w.customers, w.share, w.continued, w.all_customers, w.variants, w.mean_distance, w.compared_customers, w.compared_share, w.exact)
		OR NOT aj_near(g.from_previous_median_seconds, w.from_previous_median_seconds) OR NOT aj_near(g.from_first_median_seconds, w.from_first_median_seconds)
$$;
CREATE TABLE aj_cases AS
	SELECT longest, part, (SELECT average_journey_agg(j, longest) FROM aj_journeys WHERE customer % 7 = part) AS got, ARRAY(SELECT w FROM aj_want(longest, part) AS w) AS want
	FROM (VALUES (1, 0), (2, 1), (3, 2), (3, 3), (4, 4), (5, 5), (8, 6)) AS v (longest, part);
SELECT count(*) AS cases, sum(cardinality(want)) > 20 AS many, sum(aj_differences(got, want)) AS different,
	   bool_or((want[1]).variants > 100) AS variants, bool_or((want[1]).customers > 60) AS customers, count(*) FILTER (WHERE (want[cardinality(want)]).step_no <> (want[1]).step_no OR (want[1]).customers <> (want[cardinality(want)]).customers) > 2 AS both
FROM aj_cases;
-- a journey is the same without what is not looked at
SELECT average_journey_agg(j, 4) = average_journey_agg(collapse(j), 4) AS collapsed, average_journey_agg(j) = average_journey_agg(j, 8) AS eight FROM aj_journeys;

-- more paths than can be compared each with each: any order, the same answer
CREATE TABLE aj_wide AS
	SELECT c AS customer, journey_agg('2026-01-01 00:00+00'::timestamptz + n * interval '1 min', 'e' || (hashint8(c * 16 + n) & 1023) % (7 + n % 3), NULL, NULL, n) AS j
	FROM generate_series(1, 24000) AS c, generate_series(1, 5 + c % 9) AS n GROUP BY c;
SELECT a.kind, min(a.customers) AS customers, min(a.variants) > 20000 AS many, min(a.compared_customers) AS compared, min(a.compared_share) AS share, bool_and(a.exact) AS exact, min(a.mean_distance) AS mean_distance, array_agg(a.event ORDER BY a.step_no) AS path
INTO aj_found FROM unnest((SELECT average_journey_agg(j) FROM aj_wide)) AS a GROUP BY a.kind;
SELECT kind, many, compared, share, exact FROM aj_found ORDER BY kind;
SELECT min(mean_distance) FILTER (WHERE kind = 'medoid') < min(mean_distance) FILTER (WHERE kind <> 'medoid') AS nearer FROM aj_found;
SELECT f.kind, sum(aj_distance(f.path, path(w.j, 8, true))) / 24000::float8 = f.mean_distance AS right FROM aj_found f, aj_wide w WHERE f.kind = 'medoid' GROUP BY f.kind, f.mean_distance;
SELECT average_journey_agg(j ORDER BY customer) = average_journey_agg(j ORDER BY hashint4(customer)) AS any_order FROM aj_wide;

--
-- parts add up to the whole, also through text
--
SELECT rollup(t) = (SELECT average_journey_tally(j, 4) FROM aj_journeys) AS parts, rollup(t::text::tally) = (SELECT average_journey_tally(j, 4) FROM aj_journeys) AS by_text,
	   average_journey_rows(rollup(t)) = (SELECT average_journey_agg(j, 4) FROM aj_journeys) AS answer
FROM (SELECT average_journey_tally(j, 4) AS t FROM aj_journeys GROUP BY customer % 13) AS s;
SELECT average_journey_tally(j)::text FROM aj_hand WHERE customer IN (1, 2, 5);
-- times as histograms: what a tally of many rows becomes; customers 5 and 6 come at times of their own
WITH folded (t) AS (VALUES ('{"tally": "average_journey", "version": 1, "params": [2], "labels": ["home", "product"], "rows": [
	{"keys": [0, -2, -2, -2, -2, -2, -2, -2, -1, 0], "counters": [3, 0], "durations": []},
	{"keys": [0, 1, -2, -2, -2, -2, -2, -2, -1, 0], "counters": [2, 1], "durations": []},
	{"keys": [0, 1, -2, -2, -2, -2, -2, -2, -2, 0], "counters": [0, 0], "durations": [[1769, 1], [1860, 1]]},
	{"keys": [0, 1, -2, -2, -2, -2, -2, -2, -9, 0], "counters": [0, 0], "durations": [[1769, 1], [1860, 1]]}]}'::tally))
SELECT a.kind, a.step_no, a.event, a.customers, a.continued, a.from_previous_median_seconds AS previous
FROM unnest((SELECT average_journey_rows(rollup(t)) FROM (TABLE folded UNION ALL SELECT average_journey_tally(j, 2) FROM aj_hand WHERE customer IN (5, 6)) AS x)) AS a;

-- parallel
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT average_journey_agg(j, 4) AS four, average_journey_agg(j) AS eight FROM aj_journeys \gset parallel_
EXPLAIN (COSTS OFF) SELECT average_journey_agg(j) FROM aj_journeys;
SET max_parallel_workers_per_gather = 0;
SELECT average_journey_agg(j, 4)::text = :'parallel_four' AS four, average_journey_agg(j)::text = :'parallel_eight' AS eight FROM aj_journeys;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;

--
-- the view of a source
--
SELECT * FROM create_source('aj_shop', 'aj_raw', 'customer', 'at', 'event', timezone => 'Europe/Berlin');
SELECT count(*) AS rows, bool_and((v.kind, v.step_no, v.event, v.customers, v.all_customers, v.share, v.continued, v.variants, v.mean_distance, v.compared_customers, v.compared_share, v.exact)
		= (a.kind, a.step_no, a.event, a.customers, a.all_customers, a.share, a.continued, a.variants, a.mean_distance, a.compared_customers, a.compared_share, a.exact)) AS same,
	   bool_and(v.from_previous_median_seconds IS NOT DISTINCT FROM a.from_previous_median_seconds AND v.from_first_median_seconds = a.from_first_median_seconds) AS times
FROM aj_shop.average_journey AS v FULL JOIN unnest((SELECT average_journey_agg(j) FROM aj_hand)) AS a USING (kind, step_no);
SELECT string_agg(a.attname, ' ') FILTER (WHERE col_description(a.attrelid, a.attnum) IS NULL) AS without_comment, string_agg(DISTINCT format_type(a.atttypid, NULL), ', ') AS types
FROM pg_attribute AS a WHERE a.attrelid = 'aj_shop.average_journey'::regclass AND a.attnum > 0;
DELETE FROM aj_raw;
SELECT * FROM rebuild('aj_shop');
SELECT count(*) AS rows FROM aj_shop.average_journey;
SET client_min_messages = warning;
SELECT drop_source('aj_shop', true);
RESET client_min_messages;

--
-- errors
--
SELECT average_journey_agg('[]'::journey, NULL);
SELECT average_journey_agg('[]'::journey, 0);
SELECT average_journey_agg('[]'::journey, 9);
SELECT average_journey_agg('[2026-01-01 00:00+00 a]'::journey, n) FROM generate_series(2, 3) AS n;
SELECT rollup(t) FROM (SELECT average_journey_tally('[2026-01-01 00:00+00 a]'::journey, 2) AS t UNION ALL SELECT average_journey_tally('[2026-01-01 00:00+00 a]'::journey)) AS x;
SELECT average_journey_rows(path_tally('{a}'::text[]));
SELECT path_rows(average_journey_tally('[2026-01-01 00:00+00 a]'::journey), 1);
-- tallies that no aggregate makes
CREATE FUNCTION aj_try(steps integer, rows text) RETURNS average_journey_row[] LANGUAGE sql AS $$
	SELECT average_journey_rows(format('{"tally": "average_journey", "version": 1, "params": [%s], "labels": ["a", "b"], "rows": [%s]}', steps, rows)::tally)
$$;
SELECT aj_try(8, '') IS NULL AS empty;
SELECT aj_try(0, '{"keys": [0, 1, -2, -2, -2, -2, -2, -2, 0, 0], "counters": [1, 0]}');
SELECT aj_try(8, '{"keys": [-2, -2, -2, -2, -2, -2, -2, -2, 0, 0], "counters": [1, 0]}');
SELECT aj_try(1, '{"keys": [0, 1, -2, -2, -2, -2, -2, -2, 0, 0], "counters": [1, 0]}');
SELECT aj_try(8, '{"keys": [0, 1, 1, -2, -2, -2, -2, -2, 0, 0], "counters": [1, 0]}');
SELECT aj_try(8, '{"keys": [0, 1, -2, -2, -2, -2, -2, -2, 0, 0], "counters": [0, 0]}');
SELECT aj_try(8, '{"keys": [0, 1, -2, -2, -2, -2, -2, -2, 0, 0], "counters": [1, 1]}');
SELECT aj_try(8, '{"keys": [0, 1, -2, -2, -2, -2, -2, -2, 0, 0], "counters": [1, 0], "durations": [[3, 1]]}');
SELECT aj_try(8, '{"keys": [0, 1, -2, -2, -2, -2, -2, -2, 262143, 0], "counters": [1, 0]}');
SELECT aj_try(8, '{"keys": [0, 1, -2, -2, -2, -2, -2, -2, 0, 9], "counters": [1, 0]}');
SELECT aj_try(8, '{"keys": [0, 1, -2, -2, -2, -2, -2, -2, -1, 7], "counters": [1, 0]}');
SELECT aj_try(8, '{"keys": [0, 1, -2, -2, -2, -2, -2, -2, -2, 0], "counters": [1, 0], "durations": [[3, 1]]}');
SELECT aj_try(8, '{"keys": [0, 1, -2, -2, -2, -2, -2, -2, -2, 0], "counters": [0, 0], "durations": [[3, 1]]}');
SELECT aj_try(8, '{"keys": [0, 1, -2, -2, -2, -2, -2, -2, -1, 0], "counters": [1, 0]}');
SELECT aj_try(8, '{"keys": [0, 1, -2, -2, -2, -2, -2, -2, 0, 0], "counters": [9223372036854775807, 0]}');

DROP FUNCTION aj_distance, aj_want, aj_near, aj_differences, aj_try;
DROP TABLE aj_raw, aj_hand, aj_random, aj_journeys, aj_cases, aj_wide, aj_found;
