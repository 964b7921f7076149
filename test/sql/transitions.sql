-- Transitions: counting against plain SQL, stored tallies, plans, stages.
SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET max_parallel_workers_per_gather = 0;

--
-- By hand
--
SELECT from_event, to_event, count, customers, round(probability_out::numeric, 4) AS p_out, round(probability_in::numeric, 4) AS p_in,
       round(median_seconds::numeric, 1) AS median, round(p95_seconds::numeric, 1) AS p95
  FROM unnest((SELECT transition_agg(j::journey) FROM (VALUES
    ('[2026-01-01 10:00+00 a, 2026-01-01 10:01+00 b, 2026-01-01 10:03+00 a, 2026-01-01 10:04+00 b]'),
    ('[2026-01-01 10:00+00 a, 2026-01-01 10:00+00 a, 2026-01-03 10:00+00 c]'),
    ('[2026-01-01 10:00:00.000001+00 b]'), ('[]'), (NULL)) AS t (j)));
-- one touchpoint; an event that has the name of a mark
SELECT from_event, to_event, count, customers, probability_out, probability_in, median_seconds, p95_seconds
  FROM unnest((SELECT transition_agg('[2026-01-01 10:00+00 a]')));
SELECT from_event, to_event, count FROM unnest((SELECT transition_agg('[2026-01-01 10:00+00 "(end)", 2026-01-01 10:01+00 "(start)", 2026-01-01 10:01+00 a]')));
-- channels and values do not matter; details do
SELECT from_event, to_event, count FROM unnest((SELECT transition_agg('[2026-01-01 10:00+00 page_view @x =1, 2026-01-01 10:01+00 page_view @y, 2026-01-01 10:02+00 page_view/home]')));
-- rows are ordered by the bytes of the events
SELECT array_agg(to_event) FROM unnest((SELECT transition_agg(j) FROM (SELECT journey_agg('2026-01-01'::timestamptz, e) AS j FROM unnest('{b,B,a,"a b",é,page_view,page_view/x,"",Z}'::text[]) AS e GROUP BY e) s)) WHERE from_event = '(start)';
-- nothing to count
SELECT transition_agg(j) IS NULL AS "null" FROM (VALUES (NULL::journey)) AS t (j);
SELECT transition_agg(j) IS NULL AS empty FROM (VALUES ('[]'::journey), ('[]'), (NULL)) AS t (j);
SELECT transition_agg(j) IS NULL AS no_rows, transition_tally(j) IS NULL AS no_tally FROM (VALUES ('[]'::journey)) AS t (j) WHERE false;
SELECT transition_tally(j) AS empty, transition_rows(transition_tally(j)) IS NULL AS rows FROM (VALUES ('[]'::journey)) AS t (j);
SELECT transition_rows(NULL);
SELECT transition_rows('{"tally": "retention", "version": 1, "params": [1, 2, 3, 1, 1, 0], "labels": [], "rows": []}');

--
-- The oracle: window functions over touchpoints
--
CREATE FUNCTION transitions_by_sql(source text) RETURNS TABLE (from_event text, to_event text, count bigint, customers bigint,
    probability_out float8, probability_in float8, median float8, p95 float8) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format($q$
        WITH rows AS (
            SELECT c.id, t.n, t.at, t.event, lag(t.event) OVER w AS before, lead(t.event) OVER w AS after, t.at - lag(t.at) OVER w AS gap
              FROM (%s) AS c, touchpoints(c.j) AS t WINDOW w AS (PARTITION BY c.id ORDER BY t.n)
        ), pairs AS (
            SELECT id, coalesce(before, '(start)') AS f, event AS t, extract(epoch FROM gap)::float8 AS seconds FROM rows
            UNION ALL
            SELECT id, event, '(end)', NULL FROM rows WHERE after IS NULL
        ), groups AS (
            SELECT f, t, count(*) AS n, count(DISTINCT id) AS c,
                   percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) AS median, percentile_disc(0.95) WITHIN GROUP (ORDER BY seconds) AS p95
              FROM pairs GROUP BY f, t
        )
        SELECT f, t, n, c, n / (sum(n) OVER (PARTITION BY f))::float8, n / (sum(n) OVER (PARTITION BY t))::float8, median, p95
          FROM groups $q$, source);
END $$;
-- What differs; nothing if all is well.  Percentiles may be off by 1 percent.
CREATE FUNCTION near(got float8, want float8) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE WHEN want IS NULL THEN got IS NULL ELSE abs(got - want) <= 0.01 * want END
$$;
CREATE FUNCTION wrong(got transition_row[], source text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM unnest(got) AS g FULL JOIN transitions_by_sql(source) AS w USING (from_event, to_event)
     WHERE (g.count, g.customers, g.probability_out, g.probability_in) IS DISTINCT FROM (w.count, w.customers, w.probability_out, w.probability_in)
        OR near(g.median_seconds, w.median) IS NOT TRUE OR near(g.p95_seconds, w.p95) IS NOT TRUE
$$;

\set seed 0.20260105
\echo seed :seed
SELECT setseed(:seed);
-- sets of customers: how many different labels, the unit, how far apart
CREATE TEMP TABLE shapes (shape int, labels int, unit interval, spread float8, customers int, touchpoints int);
INSERT INTO shapes VALUES
    (1, 1, '1 s', 100, 50, 20), (2, 3, '1 s', 1000, 300, 8), (3, 14, '1 s', 100000, 300, 20), (4, 15, '1 s', 1e7, 300, 20),
    (5, 16, '1 s', 100, 300, 20), (6, 17, '1 ms', 100, 300, 20), (7, 40, '1 ms', 1e6, 300, 30), (8, 64, '1 us', 100, 100, 100),
    (9, 65, '1 us', 1e9, 100, 100), (10, 255, '1 s', 1e8, 40, 200), (11, 257, '1 s', 1e4, 30, 400), (12, 1000, '1 us', 1e4, 20, 1000),
    (13, 5, '1 us', 2, 300, 10), (14, 6, '10 years', 20, 200, 6), (15, 2, '1 s', 1, 100, 10);
-- Labels are names, well-known names and details; most gaps are small, some 0.
CREATE TEMP TABLE customers AS
SELECT shape, c AS id, journey_agg(at, CASE l % 4 WHEN 0 THEN 'e' || l WHEN 1 THEN 'page_view/' || l WHEN 2 THEN (ARRAY['purchase', 'view_item', 'add_to_cart', 'page_view'])[l / 4 % 4 + 1] || repeat('/x', l / 16) ELSE 'event ' || l END, NULL, NULL, i) AS j
  FROM (SELECT shape, c, i, floor(random() * labels)::int AS l,
               '1980-01-01'::timestamptz + unit * sum(CASE WHEN random() < 0.1 THEN 0 ELSE floor(exp(ln(spread) * random())) END) OVER (PARTITION BY shape, c ORDER BY i) AS at
          FROM shapes, generate_series(1, customers) AS c, generate_series(1, touchpoints) AS i
         WHERE i = 1 OR random() < 0.9) s
 GROUP BY shape, c;
ANALYZE customers;
SELECT s.shape, s.labels, s.unit, (SELECT count(DISTINCT e) FROM customers c, unnest(events(j)) AS e WHERE c.shape = s.shape) AS different,
       wrong((SELECT transition_agg(j) FROM customers c WHERE c.shape = s.shape), format('SELECT id, j FROM customers WHERE shape = %s', s.shape)) AS wrong
  FROM shapes s ORDER BY shape;
-- the row of the answer: probabilities add up, as much comes as goes, (start) first, (end) last
CREATE TEMP TABLE answers AS SELECT shape, transition_agg(j) AS rows FROM customers GROUP BY shape;
SELECT bool_and(starts = customers AND ends = customers) AS every_customer_starts_and_ends
  FROM (SELECT a.shape, sum(count) FILTER (WHERE from_event = '(start)') AS starts, sum(count) FILTER (WHERE to_event = '(end)') AS ends
          FROM answers a, unnest(rows) GROUP BY a.shape) t JOIN (SELECT shape, count(*) AS customers FROM customers GROUP BY shape) c USING (shape);
SELECT bool_and(abs(p - 1) < 1e-9) AS probabilities FROM (SELECT sum(probability_out) AS p FROM answers, unnest(rows) GROUP BY shape, from_event
    UNION ALL SELECT sum(probability_in) FROM answers, unnest(rows) GROUP BY shape, to_event) s;
SELECT bool_and(n = want) AS ordered FROM (SELECT u.ordinality AS n, row_number() OVER (PARTITION BY shape ORDER BY from_event <> '(start)', from_event COLLATE "C", to_event = '(end)', to_event COLLATE "C") AS want
    FROM answers, unnest(rows) WITH ORDINALITY AS u) s;
-- many groups in one query were counted as each alone
SELECT count(*), bool_and(rows = (SELECT transition_agg(j) FROM customers c WHERE c.shape = a.shape)) AS groups FROM answers a;
SELECT count(*), sum(wrong(rows, format('SELECT id, j FROM customers WHERE shape = 7 AND id %% 60 = %s', g))) AS wrong
  FROM (SELECT id % 60 AS g, transition_agg(j) AS rows FROM customers WHERE shape = 7 GROUP BY 1) s;
-- many shapes in one tally, which grows from 1 to over 300 labels
CREATE TEMP TABLE growing AS SELECT shape * 1000 + id AS id, j FROM customers WHERE shape IN (1, 2, 3, 6, 7, 11, 13, 15);
SELECT wrong((SELECT transition_agg(j ORDER BY id) FROM growing), 'SELECT id, j FROM growing') AS rising,
       (SELECT transition_agg(j ORDER BY id) FROM growing) = (SELECT transition_agg(j ORDER BY id DESC) FROM growing) AS falling;

-- collapse and sessions
SELECT wrong((SELECT transition_agg(collapse(j)) FROM customers WHERE shape IN (2, 13)), 'SELECT shape * 1000 + id AS id, collapse(j) AS j FROM customers WHERE shape IN (2, 13)') AS collapsed,
       (SELECT bool_and(from_event <> to_event) FROM unnest((SELECT transition_agg(collapse(j)) FROM customers WHERE shape = 2))) AS no_repeats;
-- Each session is a row of input, so customers counts sessions.
SELECT wrong((SELECT transition_agg(s) FROM customers, split_sessions(j, '30 s') AS s WHERE shape = 2),
             'SELECT row_number() OVER () AS id, s AS j FROM customers, split_sessions(j, ''30 s'') AS s WHERE shape = 2') AS sessions,
       (SELECT max(p95_seconds) < 30.3 FROM unnest((SELECT transition_agg(s) FROM customers, split_sessions(j, '30 s') AS s WHERE shape = 2))) AS short_gaps;

--
-- One group of many customers: from 2,048 on cells count
--
CREATE TABLE transition_crowd AS
SELECT i AS id, (SELECT journey_agg('2020-01-01'::timestamptz + (i * 60 + sum) * interval '1 s', e)
                   FROM (SELECT (ARRAY['page_view', 'view_item', 'add_to_cart', 'purchase', 'home', 'page_view/x', 'search', 'login', 'refund', 'e1', 'e2', 'e3', 'e4'])[1 + (hashint4(i * 100 + k) & 2147483647) % 13] AS e,
                                sum((ARRAY[0, 1, 2, 59, 255, 256, 3000, 65535, 65536, 86400, 16777215])[1 + (hashint4(i * 100 + k + 77) & 2147483647) % (9 + i % 3)]) OVER (ORDER BY k)
                           FROM generate_series(1, 1 + i % 9) AS k) s) AS j
  FROM generate_series(1, 26000) AS i;
ANALYZE transition_crowd;
SELECT wrong((SELECT transition_agg(j) FROM transition_crowd), 'SELECT id, j FROM transition_crowd') AS wrong;
-- just there, against halves that are too small for it
SELECT n, (SELECT sum(count) FROM unnest(rows) WHERE from_event = '(start)') AS customers,
       rows = (SELECT transition_rows(rollup(t)) FROM (SELECT transition_tally(j) AS t FROM transition_crowd WHERE id <= n GROUP BY id % 2) h) AS same
  FROM (VALUES (2047), (2048), (2049), (2050)) AS t (n), LATERAL (SELECT transition_agg(j) AS rows FROM transition_crowd WHERE id <= n) s;
-- journeys that cells do not take: milliseconds, long gaps, more events; long ones; empty ones
CREATE TEMP TABLE mixed AS
SELECT id, CASE id % 7
           WHEN 1 THEN j || format('[2026-01-01 00:00:00.%s+00 purchase]', id % 1000)::journey
           WHEN 2 THEN j || format('[1990-01-01 00:00:%s+00 view_item]', 10 + id % 50)::journey
           WHEN 3 THEN CASE WHEN id > 20000 THEN j || format('[2026-01-01 00:00:%s+00 late%s]', 10 + id % 50, id % 5)::journey ELSE j END
           WHEN 4 THEN CASE WHEN id > 24000 AND id % 100 = 4 THEN j || format('[2026-01-01 00:00:00.000001+00 "n%s"]', id)::journey ELSE j END
           WHEN 5 THEN CASE WHEN id % 1000 = 5 THEN (SELECT journey_agg('2025-01-01'::timestamptz + k * interval '7 s', 'e' || k % 4) FROM generate_series(1, 1 + id / 20) AS k) ELSE '[]' END
           ELSE j END AS j
  FROM transition_crowd;
ANALYZE mixed;
SELECT wrong((SELECT transition_agg(j) FROM mixed), 'SELECT id, j FROM mixed') AS mixed,
       (SELECT transition_agg(j) FROM mixed) = (SELECT transition_agg(j) FROM (SELECT j FROM mixed ORDER BY id DESC) s) AS reversed,
       (SELECT transition_agg(j) FROM mixed) = (SELECT transition_agg(j) FROM (SELECT j FROM mixed ORDER BY hashint4(id)) s) AS shuffled;
-- more events first
SELECT wrong((SELECT transition_agg(j) FROM (SELECT j FROM mixed ORDER BY touchpoint_count(j, 'late*|n*') > 0 DESC, id) s), 'SELECT id, j FROM mixed') AS too_many;
-- as a window function, whose state is read and counted into in turn
SELECT bool_and(w = (SELECT transition_agg(j) FROM transition_crowd WHERE id <= s.id)) AS window
  FROM (SELECT id, transition_agg(j) OVER (ORDER BY id / 5000) AS w FROM transition_crowd WHERE id < 26000) s WHERE id % 5000 = 4999;

--
-- Many events: up to 254 have cells
--
CREATE TABLE transition_names AS
SELECT i AS id, names, (SELECT journey_agg('2020-01-01'::timestamptz + (i * 60 + sum) * interval '1 s', e)
                   FROM (SELECT (ARRAY['', 'page_view/', 'a name of more than a few bytes '])[1 + i % 3] || 'e' || (hashint4(i * 100 + k) & 2147483647) % (1 + (i + k) % (names / 3)) AS e,
                                sum((ARRAY[0, 1, 2, 59, 255, 256, 3000, 65535, 65536, 86400, 16777215])[1 + (hashint4(i * 100 + k + 77) & 2147483647) % (9 + i % 3)]) OVER (ORDER BY k)
                           FROM generate_series(1, CASE WHEN i % 1000 = 7 THEN 300 ELSE 1 + i % 9 END) AS k) s) AS j
  FROM generate_series(1, 6000) AS i, (VALUES (21), (60), (66), (240), (300)) AS n (names);
-- some that cells do not take
UPDATE transition_names SET j = j || format('[2026-01-01 00:00:00.%s+00 purchase]', id % 1000)::journey WHERE id % 50 = 1;
UPDATE transition_names SET j = j || format('[1990-01-01 00:00:%s+00 view_item]', 10 + id % 50)::journey WHERE id % 50 = 2;
UPDATE transition_names SET j = '[]' WHERE id % 50 = 3;
ANALYZE transition_names;
CREATE TEMP TABLE transition_named AS SELECT names, transition_agg(j) AS rows, transition_tally(j) AS t FROM transition_names GROUP BY 1;
SELECT names, wrong(rows, format('SELECT id, j FROM transition_names WHERE names = %s', names)) AS wrong, transition_rows(t) = rows AS tally,
       rows = (SELECT transition_rows(rollup(t)) FROM (SELECT transition_tally(j) AS t FROM transition_names n WHERE n.names = s.names GROUP BY id % 7) p) AS rollup,
       t = (SELECT rollup(t) FROM (SELECT transition_tally(j) AS t FROM transition_names n WHERE n.names = s.names GROUP BY id % 2) p) AS rollup_of_cells,
       rows = (SELECT transition_agg(j ORDER BY hashint4(id)) FROM transition_names n WHERE n.names = s.names) AS shuffled,
       rows = (SELECT transition_agg(j ORDER BY id DESC) FROM transition_names n WHERE n.names = s.names) AS reversed
  FROM transition_named s ORDER BY names;
-- cells are left for rows when more events come
SELECT wrong((SELECT transition_agg(j ORDER BY names, id) FROM transition_names WHERE names <= 60 OR id < 3000), 'SELECT names * 10000 + id AS id, j FROM transition_names WHERE names <= 60 OR id < 3000') AS wrong,
       (SELECT transition_tally(j ORDER BY names, id) FROM transition_names) = (SELECT rollup(t) FROM transition_named) AS all;
SELECT bool_and(w = (SELECT transition_agg(j) FROM transition_names n WHERE names = 60 AND n.id / 1500 <= s.id / 1500)) AS window
  FROM (SELECT id, transition_agg(j) OVER (ORDER BY id / 1500) AS w FROM transition_names WHERE names = 60) s WHERE id % 1500 = 1499;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT names, rows = CASE names WHEN 21 THEN (SELECT transition_agg(j) FROM transition_names WHERE names = 21) WHEN 60 THEN (SELECT transition_agg(j) FROM transition_names WHERE names = 60)
                         WHEN 66 THEN (SELECT transition_agg(j) FROM transition_names WHERE names = 66) WHEN 240 THEN (SELECT transition_agg(j) FROM transition_names WHERE names = 240)
                         ELSE (SELECT transition_agg(j) FROM transition_names WHERE names = 300) END AS parallel FROM transition_named ORDER BY names;
SELECT transition_tally(j) = (SELECT rollup(t) FROM transition_named) AS tally FROM transition_names;
SELECT bool_and(rows = (SELECT rows FROM transition_named n WHERE n.names = s.names)) AS groups FROM (SELECT names, transition_agg(j) AS rows FROM transition_names GROUP BY 1) s;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
SET max_parallel_workers_per_gather = 0;
DROP TABLE transition_names;

--
-- Names that come once cells are there: 254 have them, the others are in rows beside
--
CREATE TABLE transition_late AS
SELECT i AS id, names, (SELECT journey_agg('2020-01-01'::timestamptz + k * interval '7 s', CASE WHEN i < 4000 OR i % 100 <> k THEN 'e' || (i + k) % 50 ELSE 'late ' || (i + k) % (names - 50) END)
                          FROM generate_series(1, 1 + i % 9) AS k) AS j
  FROM generate_series(1, 16000) AS i, (VALUES (254), (255), (256), (350)) AS n (names);
ANALYZE transition_late;
-- an aggregate without a final function gives away what others send
CREATE AGGREGATE transition_state(journey) (SFUNC = transition_agg_events, STYPE = tally, COMBINEFUNC = tally_combine, PARALLEL = SAFE);
CREATE TEMP TABLE transition_lately AS SELECT names, transition_agg(j) AS rows, transition_tally(j) AS t, transition_state(j) AS state FROM transition_late WHERE id % 3 > 0 GROUP BY 1;
SELECT names, wrong(rows, format('SELECT id, j FROM transition_late WHERE names = %s AND id %% 3 > 0', names)) AS wrong, transition_rows(t) = rows AS tally,
       transition_rows(state) = rows AS state, state = t AS equal, state::text = t::text AS text, tally_hash(state) = tally_hash(t) AS hash,
       (SELECT rollup(x) FROM (VALUES (state), (state)) AS v (x)) = (SELECT rollup(x) FROM (VALUES (t), (t)) AS v (x)) AS rollup
  FROM transition_lately ORDER BY names;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off;
SET max_parallel_workers_per_gather = 1;
SELECT names, x.rows = l.rows AS one_worker, x.t = l.t AS tally, x.state = l.t AS state
  FROM transition_lately AS l JOIN (SELECT names, transition_agg(j) AS rows, transition_tally(j) AS t, transition_state(j) AS state FROM transition_late WHERE id % 3 > 0 GROUP BY 1) AS x USING (names) ORDER BY names;
SET max_parallel_workers_per_gather = 2;
SELECT names, x.rows = l.rows AS two_workers, x.t = l.t AS tally, x.state = l.t AS state
  FROM transition_lately AS l JOIN (SELECT names, transition_agg(j) AS rows, transition_tally(j) AS t, transition_state(j) AS state FROM transition_late WHERE id % 3 > 0 GROUP BY 1) AS x USING (names) ORDER BY names;
SELECT transition_tally(j) = (SELECT rollup(t) FROM transition_lately) AS all FROM transition_late WHERE id % 3 > 0;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET parallel_leader_participation;
SET max_parallel_workers_per_gather = 0;
DROP TABLE transition_late;
DROP AGGREGATE transition_state(journey);

--
-- Stored tallies
--
SELECT transition_rows(rollup(t)) = (SELECT transition_agg(j) FROM mixed) AS rollup, transition_rows(rollup(t::text::tally)) = (SELECT transition_agg(j) FROM mixed) AS from_text
  FROM (SELECT transition_tally(j) AS t FROM mixed GROUP BY id % 13) s;
SELECT transition_rows(rollup(t)) = transition_rows(rollup(t ORDER BY t DESC)) AS ordered,
       (SELECT transition_tally(j) FROM mixed) = rollup(t) AS same_tally, (SELECT transition_tally(j) FROM mixed)::text = rollup(t)::text AS same_text
  FROM (SELECT transition_tally(j) AS t FROM mixed GROUP BY id / 17000) s;
SELECT transition_rows(rollup(t)) = (SELECT transition_agg(j) FROM growing) AS many_labels FROM (SELECT transition_tally(j) AS t FROM growing GROUP BY id / 1000) s;

--
-- Plans
--
CREATE TABLE transition_parts (id int, j journey) PARTITION BY HASH (id);
CREATE TABLE transition_parts_0 PARTITION OF transition_parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE transition_parts_1 PARTITION OF transition_parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO transition_parts SELECT id, j FROM mixed;
ANALYZE transition_parts;
CREATE TEMP TABLE serial AS SELECT transition_agg(j) AS rows FROM transition_crowd;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT transition_agg(j) FROM transition_crowd;
SELECT transition_agg(j) = (SELECT rows FROM serial) AS parallel FROM transition_crowd;
SELECT transition_agg(j) = (SELECT transition_agg(j) FROM mixed) AS parallel_append FROM transition_parts;
SELECT transition_tally(j) = (SELECT transition_tally(j) FROM mixed) AS tally FROM transition_parts;
SET enable_partitionwise_aggregate = on;
SELECT transition_agg(j) = (SELECT transition_agg(j) FROM mixed) AS partition_wise FROM transition_parts;
SELECT bool_and(rows = (SELECT transition_agg(j) FROM mixed m WHERE m.id % 4 = g)) AS groups FROM (SELECT id % 4 AS g, transition_agg(j) AS rows FROM transition_parts GROUP BY 1) s;
RESET enable_partitionwise_aggregate;
SET max_parallel_workers_per_gather = 0;
-- groups that do not fit
SET work_mem = '64kB';
SET enable_sort = off;
SELECT count(*), bool_and(s.n = (SELECT sum(count) FROM unnest(rows)) - touches) AS spilled
  FROM (SELECT id % 3000 AS g, transition_agg(j) AS rows, count(*) FILTER (WHERE touchpoint_count(j) > 0) AS n, sum(touchpoint_count(j)) AS touches FROM transition_crowd GROUP BY 1) s;
RESET work_mem;
RESET enable_sort;
DROP TABLE transition_parts;

--
-- Stages: transition_agg(j, model) is transition_agg(classify(j, model))
--
SELECT from_event, to_event, count, customers, round(median_seconds::numeric) AS median
  FROM unnest((SELECT transition_agg(j, 'stages first > again; purchase = buy; buy when purchase_no = 1 -> first; buy -> again; view when customer -> again')
                 FROM (VALUES ('[2026-01-01 10:00+00 view, 2026-01-01 10:01+00 buy, 2026-01-01 10:03+00 other, 2026-01-01 10:05+00 view, 2026-01-01 10:06+00 buy]'::journey),
                              ('[2026-01-01 10:00+00 buy]'), ('[2026-01-01 10:00+00 view]'), ('[]'), (NULL)) AS t (j)));
-- no touchpoint in a stage, no journey, no model
SELECT transition_agg(j, 'stages a; x -> a') IS NULL AS no_stage FROM (VALUES ('[2026-01-01 10:00+00 view]'::journey), ('[]'), (NULL)) AS t (j);
SELECT transition_agg(j, NULL) IS NULL AS no_model FROM (VALUES ('[2026-01-01 10:00+00 view]'::journey)) AS t (j);
-- one model a group
SELECT transition_agg(j, m) FROM (VALUES ('[2026-01-01 10:00+00 x]'::journey, 'stages a; x -> a'::stage_model), ('[2026-01-01 10:00+00 x]', 'stages b; x -> b')) AS t (j, m);
SELECT transition_agg(j, m) FROM (VALUES ('[]'::journey, 'stages a; x -> a'::stage_model), ('[2026-01-01 10:00+00 x]', 'stages b; x -> b')) AS t (j, m);
SELECT m, transition_agg(j, m) FROM (VALUES ('[2026-01-01 10:00+00 x]'::journey, 'stages a; x -> a'::stage_model), ('[2026-01-01 10:00+00 x]', 'stages b; x -> b')) AS t (j, m) GROUP BY m ORDER BY m::text;
\set VERBOSITY terse
SELECT rollup(t) FROM (SELECT transition_tally('[2026-01-01 10:00+00 x]'::journey, m) AS t FROM (VALUES ('stages a; x -> a'::stage_model), ('stages b; x -> b')) AS t (m) GROUP BY m) s;
\set VERBOSITY default

SELECT setseed(:seed);
CREATE TEMP TABLE shoppers AS
SELECT c AS id, journey_agg('2026-01-01'::timestamptz + at * CASE WHEN c % 50 = 7 THEN interval '1 ms' WHEN c % 50 = 8 THEN interval '1 us' ELSE interval '1 s' END,
                            e, ch, v, i) AS j
  FROM (SELECT c, i, sum(CASE WHEN random() < 0.1 THEN 0 WHEN random() < 0.1 THEN 1800 + floor(random() * 3) - 1 ELSE floor(exp(15 * random())) END) OVER (PARTITION BY c ORDER BY i) AS at,
               CASE WHEN c % 97 = 0 THEN CASE WHEN i < 14 THEN 'purchase' WHEN i < 28 THEN 'refund' ELSE 'page_view' END
                    ELSE (ARRAY['page_view', 'page_view', 'page_view/product', 'view_item', 'add_to_cart', 'begin_checkout', 'purchase', 'purchase', 'Order Completed', 'refund', 'order_delivered', 'review_submitted',
                                'ad_click', 'email_opened', 'my event', 'search', 'login', 'share', 'referral_link_shared', 'support_ticket_opened', 'level_up'])[1 + floor(random() * 21)] END AS e,
               (ARRAY['email', 'paid search', NULL])[1 + floor(random() * 3)] AS ch,
               (ARRAY[1, 3, 4, 5, 49.9, 100, -1, NULL, NULL])[1 + floor(random() * 9)] AS v
          FROM generate_series(1, 20000) AS c, generate_series(1, CASE WHEN c % 97 = 0 THEN 32 WHEN c % 1000 = 5 THEN 300 ELSE 1 + c % 12 END) AS i) s
 GROUP BY c;
ANALYZE shoppers;
CREATE TABLE transition_models (name text, model stage_model);
INSERT INTO transition_models VALUES
    ('five_stage', stage_model('five_stage')), ('three_stage', stage_model('three_stage')), ('moments_five', stage_model('moments_five')),
    ('moments_four', stage_model('moments_four')), ('lifecycle', stage_model('lifecycle')),
    ('refunds', 'stages prospect > first > repeat > gone; purchase = purchase | "Order Completed"; refund = refund; purchase when purchase_no = 1 -> first; purchase -> repeat; refund when prospect -> gone; * when customer -> repeat; * -> prospect'),
    ('value', 'stages small, large, good, bad; purchase>=49.9 -> large; purchase when value < 49.9 -> small; review_submitted>=4 -> good; review_submitted -> bad; page_view when value > 3 and not value > 50 -> small'),
    ('channel', 'stages mail, search, other; *@email -> mail; page_view@"paid search" -> search; page_view|purchase -> other'),
    ('after', 'stages warm > hot > cold; purchase = purchase; page_view when after add_to_cart within 2 hours -> hot; page_view when after add_to_cart -> warm; purchase when not after page_view within 1 day -> cold; purchase -> hot'),
    ('visits', 'stages one, two, more, often; page_view when visit_no = 1 -> one; page_view when visit_no = 2 -> two; view_item when nth >= 2 -> often; page_view -> more'),
    ('waiting', 'stages wait, wait_more, done; option delivery = logged; purchase = purchase; delivery = order_delivered; refund = refund; * when waiting and value >= 4 -> wait_more; * when waiting -> wait; * when customer -> done'),
    ('detail', 'stages a, b; page_view/product -> a; "page_view" -> b; level_up -> none; * when after page_view/product within 600 s -> b'),
    ('one', 'stages only; * -> only');
CREATE FUNCTION by_model(model stage_model, query text) RETURNS transition_row[] LANGUAGE plpgsql AS $$
DECLARE
    answer transition_row[];
BEGIN
    EXECUTE query INTO answer USING flat(model);
    RETURN answer;
END $$;
-- the oracle asks staged_touchpoints, which does not know classify
SELECT name, by_model(model, 'SELECT transition_agg(j, $1) FROM shoppers WHERE id <= 800') = by_model(model, 'SELECT transition_agg(classify(j, $1)) FROM shoppers WHERE id <= 800') AS classified,
       wrong(by_model(model, 'SELECT transition_agg(j, $1) FROM shoppers WHERE id <= 800'),
             format('SELECT s.id, journey_agg(t.at, t.stage, NULL, NULL, t.n) AS j FROM shoppers s, LATERAL staged_touchpoints(s.j, (SELECT flat(model) FROM transition_models WHERE name = %L)) AS t WHERE s.id <= 800 AND t.stage IS NOT NULL GROUP BY s.id', name)) AS wrong
  FROM transition_models ORDER BY name;
-- more customers than the matrix waits for, in another order, in parts
CREATE TEMP TABLE serial_stages AS
SELECT name, model, by_model(model, 'SELECT transition_agg(j, $1) FROM shoppers') AS rows FROM transition_models;
SELECT name, rows = by_model(model, 'SELECT transition_agg(classify(j, $1)) FROM shoppers') AS classified,
       rows = by_model(model, 'SELECT transition_agg(j, $1) FROM (SELECT j FROM shoppers ORDER BY hashint4(id)) s') AS shuffled,
       rows = by_model(model, 'SELECT transition_rows(rollup(t)) FROM (SELECT transition_tally(j, $1) AS t FROM shoppers GROUP BY id % 3) s') AS rollup
  FROM serial_stages ORDER BY name;
-- parallel
CREATE TABLE transition_shoppers AS TABLE shoppers;
ANALYZE transition_shoppers;
SET max_parallel_workers_per_gather = 2;
SELECT flat(model) AS after FROM transition_models WHERE name = 'after' \gset
EXPLAIN (COSTS OFF) SELECT transition_agg(j, :'after'::stage_model) FROM transition_shoppers;
SELECT transition_agg(j, stage_model('five_stage')) = (SELECT rows FROM serial_stages WHERE name = 'five_stage') AS five_stage FROM transition_shoppers;
SELECT name, rows = by_model(model, 'SELECT transition_agg(j, $1) FROM transition_shoppers') AS parallel FROM serial_stages ORDER BY name;
SET max_parallel_workers_per_gather = 0;
DROP TABLE transition_crowd, transition_shoppers, transition_models;

-- tallies of events and of stages do not add up
SELECT rollup(t) FROM (SELECT transition_tally('[2026-01-01 10:00+00 x]'::journey) AS t
	UNION ALL SELECT transition_tally('[2026-01-01 10:00+00 x]'::journey, 'stages a; x -> a')) AS s;

DROP FUNCTION transitions_by_sql, near, wrong, by_model;
