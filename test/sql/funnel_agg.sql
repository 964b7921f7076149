-- Funnels over all customers: rates, durations, stored tallies.
SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- 'a0 b30' is event a at minute 0 and event b at minute 30
CREATE FUNCTION j(sketch text) RETURNS journey LANGUAGE sql AS $$
    SELECT coalesce(journey_agg('2026-01-01 00:00:00+00'::timestamptz + m[2]::int * interval '1 minute', m[1]), '[]')
      FROM regexp_matches(sketch, '([a-z]+)(\d+)', 'g') AS m
$$;
-- '0 - 30': a customer with a time in minutes or none for each step
CREATE FUNCTION f(sketch text) RETURNS timestamptz[] LANGUAGE sql AS $$
    SELECT array_agg('2026-01-01 00:00:00+00'::timestamptz + nullif(m, '-')::float8 * interval '1 minute' ORDER BY n)
      FROM unnest(string_to_array(sketch, ' ')) WITH ORDINALITY AS u (m, n)
$$;

--
-- All customers
--
\x on
SELECT * FROM unnest((SELECT funnel_agg(funnel(j(sketch), '{a,b,c}'), ARRAY['Ad', 'Basket', 'Checkout'])
                        FROM unnest(ARRAY['a0 b1 c2', 'a0 b2', 'a0 b3', 'a0', 'b1', '']) AS sketch));
\x off
SELECT step_no, step, reached, dropped FROM unnest((SELECT funnel_agg(f) FROM (VALUES (NULL::timestamptz[]), ('{NULL,NULL}')) AS t (f)));
SELECT funnel_agg(f) IS NULL AS nobody, funnel_tally(f) IS NULL AS no_tally, funnel_agg(f, '{a}') IS NULL AS no_names
  FROM (VALUES (NULL::timestamptz[])) AS t (f);

-- counts and durations against plain SQL
CREATE TABLE shop AS
SELECT c AS customer, c % 3 AS region,
       (SELECT journey_agg('2026-01-01'::timestamptz + c * interval '1 s' + s.n * s.n * (1 + c % 977) * interval '1234567 us', s.event)
          FROM unnest(ARRAY['view_item', 'add_to_cart', 'begin_checkout', 'purchase']) WITH ORDINALITY AS s (event, n)
         WHERE s.n <= c % 5 + (c % 2)) AS journey
  FROM generate_series(1, 20000) AS c;
UPDATE shop SET journey = '[]' WHERE journey IS NULL;
CREATE TABLE reached AS
SELECT customer, region, funnel(journey, '{view_item,add_to_cart,begin_checkout,purchase}', '3 hours') AS f FROM shop;
WITH got AS (
    SELECT * FROM unnest((SELECT funnel_agg(f) FROM reached))
), want AS (
    SELECT k AS step_no, count(*) AS all_count, count(f[k]) AS reached,
           avg(extract(epoch FROM f[k] - f[1])) FILTER (WHERE k > 1) AS mean_entry,
           avg(extract(epoch FROM f[k] - f[k - 1])) AS mean_previous,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM f[k] - f[1])::float8) FILTER (WHERE k > 1) AS median_entry,
           percentile_disc(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM f[k] - f[k - 1])::float8) AS p90_previous
      FROM reached, generate_series(1, 4) AS k GROUP BY k
)
SELECT step_no, got.reached, got.all_count = want.all_count AND got.reached = want.reached AS counts,
       got.of_all = want.reached::float8 / want.all_count AS of_all,
       abs(from_entry_mean_seconds - mean_entry) < 1e-6 AS mean_entry,
       abs(from_previous_mean_seconds - mean_previous) < 1e-6 AS mean_previous,
       abs(from_entry_median_seconds / median_entry - 1) < 0.01 AS median_entry,
       abs(from_previous_p90_seconds / p90_previous - 1) < 0.01 AS p90_previous
  FROM got JOIN want USING (step_no) ORDER BY step_no;

-- serial and parallel
CREATE TABLE answers (how text, rows funnel_row[], stored tally);
INSERT INTO answers
SELECT 'serial', funnel_agg(funnel(journey, '{view_item,add_to_cart,begin_checkout,purchase}', '3 hours'), '{v,a,b,p}'),
       funnel_tally(funnel(journey, '{view_item,add_to_cart,begin_checkout,purchase}', '3 hours'), '{v,a,b,p}')
  FROM (SELECT * FROM shop ORDER BY customer) s;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
ALTER TABLE shop SET (parallel_workers = 3);
EXPLAIN (COSTS off)
SELECT funnel_agg(funnel(journey, '{view_item,purchase}')) FROM shop;
CREATE TABLE parallel_answer AS
SELECT funnel_agg(funnel(journey, '{view_item,add_to_cart,begin_checkout,purchase}', '3 hours'), '{v,a,b,p}') AS rows,
       funnel_tally(funnel(journey, '{view_item,add_to_cart,begin_checkout,purchase}', '3 hours'), '{v,a,b,p}') AS stored
  FROM shop;
INSERT INTO answers SELECT 'parallel', * FROM parallel_answer;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
INSERT INTO answers
SELECT 'reverse', funnel_agg(funnel(journey, '{view_item,add_to_cart,begin_checkout,purchase}', '3 hours'), '{v,a,b,p}'),
       funnel_tally(funnel(journey, '{view_item,add_to_cart,begin_checkout,purchase}', '3 hours'), '{v,a,b,p}')
  FROM (SELECT * FROM shop ORDER BY customer DESC) s;
-- stored tallies of parts add up to the whole
CREATE TABLE region_funnel AS
SELECT region, funnel_tally(funnel(journey, '{view_item,add_to_cart,begin_checkout,purchase}', '3 hours'), '{v,a,b,p}') AS t
  FROM shop GROUP BY region;
INSERT INTO answers SELECT 'rollup', funnel_rows(rollup(t)), rollup(t) FROM region_funnel;
INSERT INTO answers SELECT 'text', funnel_rows(rollup(t::text::tally)), rollup(t::text::tally) FROM region_funnel;
SELECT how, rows = (SELECT rows FROM answers WHERE how = 'serial') AS same_rows,
       stored = (SELECT stored FROM answers WHERE how = 'serial') AS same_tally
  FROM answers;
SELECT step_no, step, reached, of_previous, dropped FROM funnel_steps((SELECT rollup(t) FROM region_funnel));
SELECT region, step_no, reached FROM region_funnel, funnel_steps(t) WHERE step_no IN (1, 4) ORDER BY 1, 2;
SELECT count(*) FROM funnel_steps(NULL);
-- many groups
SELECT count(*), sum(cardinality(rows)), sum((rows[1]).all_count) AS customers
  FROM (SELECT customer % 5000 AS g, funnel_agg(f) AS rows FROM reached GROUP BY 1) s;
-- what a tally of a funnel looks like
SELECT funnel_tally(funnel(j(sketch), '{a,b}'), '{second in order,first}') FROM unnest(ARRAY['a0 b1', 'a0']) AS sketch;
SELECT funnel_tally(funnel(j(sketch), '{a}')) FROM unnest(ARRAY['a0 b1', '']) AS sketch;
SELECT funnel_tally(f('- 1 - 3'));
-- the largest durations
SELECT step_no, from_entry_mean_seconds, from_previous_p90_seconds
  FROM unnest((SELECT funnel_agg(f) FROM (VALUES ('{0001-01-01 00:00:00+00,200000-01-01 00:00:00+00}'::timestamptz[])) AS t (f), generate_series(1, 3000)));

--
-- Skipped steps and funnels entered late
--
-- 1: all four; 2: the second skipped; 3: entered at 2, skipped 3; 4: entered at 3; 5: entered at 4; 6: only 1; 7: did not enter
CREATE TABLE late AS
SELECT n, f(s) AS f
  FROM unnest(ARRAY['0 10 20 40', '0 - 30 70', '- 5 - 25', '- - 7 9', '- - - 8', '3 - - -', '- - - -']) WITH ORDINALITY AS u (s, n);
-- by hand: reached 3 3 4 5 of 7 customers, 6 of whom entered
SELECT step_no, reached, entered_here AS entered, skipped, previous_count AS previous, dropped, entered_count, all_count,
       round(of_all * 7) AS of_all_7, round(of_entered * 6) AS of_entered_6, of_previous
  FROM unnest((SELECT funnel_agg(f) FROM late));
-- by hand, in minutes: from entry 10; 20, 30; 40, 70, 20, 2 and from the previous one 10; 10, 30; 20, 40, 20, 2
SELECT step_no, from_entry_mean_seconds / 60 AS entry_mean, from_previous_mean_seconds / 60 AS previous_mean,
       round(from_entry_median_seconds / 60) AS entry_median, round(from_entry_p90_seconds / 60) AS entry_p90,
       round(from_previous_median_seconds / 60) AS previous_median, round(from_previous_p90_seconds / 60) AS previous_p90
  FROM unnest((SELECT funnel_agg(f) FROM late));
-- nobody but late comers: no rate of a step that nobody reached
SELECT step_no, reached, entered_here AS entered, skipped, dropped, of_all, of_entered, of_previous, from_entry_mean_seconds AS mean
  FROM unnest((SELECT funnel_agg(f) FROM late WHERE n IN (3, 5)));
-- elements 64, the first eight and the last
SELECT step_no, reached, entered_here, skipped
  FROM unnest((SELECT funnel_agg(array_fill(NULL::timestamptz, ARRAY[k]) || '2026-01-01 00:00:00+00'::timestamptz
                                 || array_fill(NULL::timestamptz, ARRAY[62 - k]) || '2026-01-02 00:00:00+00'::timestamptz)
                 FROM generate_series(0, 62) AS k))
 WHERE step_no IN (1, 2, 8, 9, 63, 64);
-- any arrays, against plain SQL
\set seed 0.20260103
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE some_times AS
SELECT c, array_agg(CASE WHEN random() < 0.5 THEN '2026-01-01 00:00:00+00'::timestamptz + k * interval '1 day' + random() * interval '1 day' END ORDER BY k) AS f
  FROM generate_series(1, 3000) AS c, generate_series(1, 6) AS k GROUP BY c;
WITH element AS (
    SELECT c, k, f[k] AS at, min(k) FILTER (WHERE f[k] IS NOT NULL) OVER w AS first, max(k) FILTER (WHERE f[k] IS NOT NULL) OVER w AS last,
           min(f[k]) OVER w AS entry, max(f[k]) OVER (PARTITION BY c ORDER BY k ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS previous
      FROM some_times, generate_series(1, 6) AS k WINDOW w AS (PARTITION BY c)
), want AS (
    SELECT k AS step_no, count(*) FILTER (WHERE k BETWEEN first AND last) AS reached, count(*) FILTER (WHERE k = first) AS entered_here,
           count(*) FILTER (WHERE k BETWEEN first AND last AND at IS NULL) AS skipped, count(first) AS entered_count,
           avg(extract(epoch FROM at - entry)) FILTER (WHERE k > first) AS entry_mean,
           avg(extract(epoch FROM at - previous)) FILTER (WHERE k > first) AS previous_mean,
           percentile_disc(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM at - previous)::float8) FILTER (WHERE k > first) AS previous_p90
      FROM element GROUP BY k
)
SELECT step_no, g.reached = w.reached AND g.entered_here = w.entered_here AND g.skipped = w.skipped
       AND g.entered_count = w.entered_count AND g.all_count = 3000 AS counts,
       g.dropped = g.previous_count - g.reached + CASE WHEN step_no > 1 THEN g.entered_here ELSE 0 END AS dropped,
       abs(from_entry_mean_seconds - entry_mean) < 1e-6 AS entry_mean, abs(from_previous_mean_seconds - previous_mean) < 1e-6 AS previous_mean,
       abs(from_previous_p90_seconds / previous_p90 - 1) < 0.01 AS previous_p90
  FROM unnest((SELECT funnel_agg(f) FROM some_times)) AS g JOIN want w USING (step_no) ORDER BY step_no;
-- parts add up, whatever their names; names are compared in every row
SELECT funnel_rows(rollup(t)) = (SELECT funnel_agg(f, ARRAY['1', '2', '3', '4', '5', '6']) FROM some_times) AS same
  FROM (SELECT funnel_tally(f, ARRAY['1', '2', '3', '4', '5', '6']) AS t FROM some_times GROUP BY c % 7) s;
SELECT funnel_agg(f, ARRAY['1', '2', '3', '4', '5', CASE WHEN c < 2900 THEN 'six' ELSE 'SIX' END]) FROM some_times;
SELECT region, step_no, step, reached
  FROM (SELECT n % 2 AS region, funnel_agg(f, CASE n % 2 WHEN 0 THEN '{a,b,c,d}' ELSE '{"A long one",B,C,D}' END::text[]) AS r
          FROM late GROUP BY 1) s, unnest(r) WHERE step_no <= 2 ORDER BY 1, 2;

--
-- Errors
--
SELECT funnel_agg(f) FROM (VALUES ('{2026-01-01}'::timestamptz[]), ('{2026-01-01,NULL}')) AS t (f);
SELECT funnel_agg(f, n) FROM (VALUES ('{2026-01-01}'::timestamptz[], '{a}'::text[]), ('{2026-01-01}', '{b}')) AS t (f, n);
SELECT funnel_agg('{2026-01-01}'::timestamptz[], '{a,b}');
SELECT funnel_agg('{2026-01-01}'::timestamptz[], NULL);
SELECT funnel_agg('{2026-01-01,2026-01-02}'::timestamptz[], '{a,NULL}');
SELECT funnel_agg('{2026-01-01}'::timestamptz[], ARRAY[repeat('x', 1025)]);
SELECT funnel_agg('{}'::timestamptz[]);
SELECT funnel_agg('{{2026-01-01},{2026-01-02}}'::timestamptz[]);
SELECT funnel_agg(array_fill(NULL::timestamptz, ARRAY[65]));
SELECT funnel_agg('{2026-01-02,2026-01-01}'::timestamptz[]);
SELECT funnel_agg('{2026-01-01,infinity}'::timestamptz[]);
SELECT funnel_agg('{4714-11-24 00:00:00+00 BC,294276-12-31}'::timestamptz[]);
SELECT rollup(t) FROM (SELECT funnel_tally('{2026-01-01}'::timestamptz[]) UNION ALL
                       SELECT funnel_tally('{2026-01-01,2026-01-01}'::timestamptz[])) AS u (t);
SELECT * FROM funnel_steps('{"tally":"transitions","version":1,"params":[0],"labels":[],"rows":[]}');
SELECT * FROM funnel_steps('{"tally":"funnel","version":1,"params":[0,1],"labels":[],"rows":[]}');
SELECT * FROM funnel_steps('{"tally":"funnel","version":1,"params":[65,1],"labels":[],"rows":[]}');
SELECT * FROM funnel_steps('{"tally":"funnel","version":1,"params":[1,1],"labels":[],"rows":[{"keys":[-1,2,0],"counters":[1,0,0],"durations":[]}]}');
SELECT funnel_agg('{NULL,2026-01-02,NULL,2026-01-01}'::timestamptz[]);
SELECT funnel_agg('{NULL,-infinity}'::timestamptz[]);
-- counters that contradict each other
SELECT * FROM funnel_steps('{"tally":"funnel","version":1,"params":[2,1],"labels":[],"rows":[{"keys":[-1,1,0],"counters":[1,0,0],"durations":[]}]}');
SELECT * FROM funnel_steps('{"tally":"funnel","version":1,"params":[2,1],"labels":[],"rows":[{"keys":[-1,0,0],"counters":[1,0,0]},{"keys":[-1,2,0],"counters":[1,0,0]}]}');
SELECT * FROM funnel_steps('{"tally":"funnel","version":1,"params":[2,1],"labels":[],"rows":[{"keys":[-1,0,0],"counters":[1,0,0]},{"keys":[-1,1,0],"counters":[1,0,0]},
                           {"keys":[-1,2,0],"counters":[1,0,0],"durations":[[5,9223372036854775807]]}]}');
SELECT * FROM funnel_steps('{"tally":"funnel","version":1,"params":[2,1],"labels":[],"rows":[{"keys":[-1,0,0],"counters":[9223372036854775807,0,0]},{"keys":[-1,1,0],"counters":[9223372036854775807,0,0]},
                           {"keys":[-1,2,0],"counters":[9223372036854775807,0,0]},{"keys":[-1,2,1],"counters":[9223372036854775807,0,0]}]}');

DROP TABLE late, some_times, shop, reached, answers, parallel_answer, region_funnel;
DROP FUNCTION j, f;
