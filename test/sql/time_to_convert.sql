-- Times from one step of a funnel to a later one, in bins.
SET search_path = public, journey;
SET timezone = 'UTC';

-- '0 - 30.5': a customer with a time in seconds or none for each step
CREATE FUNCTION f(sketch text) RETURNS timestamptz[] LANGUAGE sql AS $$
    SELECT array_agg('2026-01-01 00:00:00+00'::timestamptz + nullif(m, '-')::float8 * interval '1 second' ORDER BY n)
      FROM unnest(string_to_array(sketch, ' ')) WITH ORDINALITY AS u (m, n)
$$;

--
-- By hand
--
-- three of five convert, after 3600, 2220 and 82800 seconds: ceil(cbrt(3)) = 2 bins of 40290 seconds from 2220 on, and one more
CREATE TABLE three AS SELECT f(s) AS f FROM unnest(ARRAY['0 3600 10800', '0 2220 -', '0 82800 -', '0 - -', '- - -']) AS s;
SELECT * FROM unnest((SELECT time_to_convert_agg(f, 1, 2) FROM three));
-- seven bins: ceil(80580 / 7) = 11512
SELECT bin_no, from_seconds, to_seconds, customers, of_converted FROM unnest((SELECT time_to_convert_agg(f, 1, 2, 7) FROM three));
-- the same as without a number
SELECT time_to_convert_agg(f, 1, 2, NULL::int) = time_to_convert_agg(f, 1, 2) AS same_bins,
       time_to_convert_agg(f, 1, 2, NULL::float8[]) = time_to_convert_agg(f, 1, 2) AS same_edges FROM three;
-- other steps; one customer has bins of a minute
SELECT * FROM unnest((SELECT time_to_convert_agg(f, 2, 3) FROM three));
SELECT bin_no, from_seconds, to_seconds, customers FROM unnest((SELECT time_to_convert_agg(f, 1, 3, 3) FROM three));
-- half open at both ends: 60 and 120 are in the bins that they begin
SELECT bin_no, from_seconds, to_seconds, customers, of_converted, converted_count AS converted, average_seconds AS mean, median_seconds AS median, p90_seconds AS p90
  FROM unnest((SELECT time_to_convert_agg(f(s), 1, 2, ARRAY[0, 60, 120, 0.5 + 120])
                 FROM unnest(ARRAY['0 0', '0 59.999999', '0 60', '0 119.999999', '0 120', '0 120.499999', '0 120.5', '0 1e6']) AS s));
SELECT bin_no, from_seconds, to_seconds, customers FROM unnest((SELECT time_to_convert_agg(f, 1, 2, '{3600}'::float8[]) FROM three));
-- fractions of seconds: bins are whole seconds around them
SELECT bin_no, from_seconds, to_seconds, customers, average_seconds
  FROM unnest((SELECT time_to_convert_agg(f(s), 1, 2) FROM unnest(ARRAY['0 1.5', '0 1.75', '0 4.25', '0 9.000001']) AS s));
-- the number of bins: the cube root of the customers, rounded up, at most 60; 60 * 60 * 60 = 216000
SELECT n, cardinality(time_to_convert_agg(ARRAY['2026-01-01'::timestamptz, '2026-01-01'::timestamptz + i * interval '1 s'], 1, 2)) - 1 AS bins
  FROM (VALUES (1), (2), (8), (9), (27), (28), (1000), (1001)) AS v (n), LATERAL generate_series(1, n) AS i GROUP BY n ORDER BY n;
SELECT cardinality(r) - 1 AS bins, (r[1]).from_seconds, (r[1]).to_seconds, (r[60]).customers, (r[61]).customers AS last, (r[1]).median_seconds
  FROM (SELECT time_to_convert_agg(ARRAY['2026-01-01'::timestamptz, '2026-01-01'::timestamptz + i % 301 * interval '1 s'], 1, 2) AS r
          FROM generate_series(0, 219999) AS i) s;
-- nobody converted, nobody started, nobody at all
SELECT time_to_convert_agg(f('0 -'), 1, 2) AS no_bins, cardinality(time_to_convert_agg(f('0 -'), 1, 2, ARRAY[10, 20])) AS of_edges;
SELECT * FROM unnest((SELECT time_to_convert_agg(f('- -'), 1, 2, ARRAY[10])));
SELECT time_to_convert_agg(f, 1, 2) IS NULL AS nobody, time_to_convert_tally(f, 1, 2, 5) IS NULL AS no_tally FROM (VALUES (NULL::timestamptz[])) AS t (f);
-- skipped steps and funnels entered late have no time there
SELECT bin_no, from_seconds, customers, converted_count, started_count
  FROM unnest((SELECT time_to_convert_agg(f(s), 2, 4) FROM unnest(ARRAY['0 5 - 8', '0 - 7 9', '- 1 - 9', '- - 1 2', '0 3 - -']) AS s));
-- the longest durations
SELECT bin_no, from_seconds, customers, average_seconds
  FROM unnest((SELECT time_to_convert_agg('{0001-01-01 00:00:00+00,200000-01-01 00:00:00+00}'::timestamptz[], 1, 2) FROM generate_series(1, 3000)));
SELECT bin_no, customers, of_converted
  FROM unnest((SELECT time_to_convert_agg(ARRAY['4000-01-01 00:00:00+00 BC', t], 1, 2) FROM unnest('{4000-01-01 00:00:00+00 BC,288000-01-01 00:00:00+00}'::timestamptz[]) AS t));

--
-- Against plain SQL
--
\set seed 0.20260105
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE shop AS
SELECT c AS customer, c % 5 AS region,
       ARRAY['2026-01-01 00:00:00+00'::timestamptz, CASE WHEN random() < 0.8 THEN '2026-01-01 00:00:00+00'::timestamptz + random() ^ 3 * interval '20 days' END] AS f
  FROM generate_series(1, 20000) AS c;
CREATE VIEW seconds AS SELECT extract(epoch FROM f[2] - f[1])::numeric AS s FROM shop WHERE f[2] IS NOT NULL;
CREATE FUNCTION want(bins numeric) RETURNS TABLE (bin_no bigint, from_seconds numeric, customers bigint) LANGUAGE sql AS $$
    WITH p AS (SELECT floor(min(s)) AS low, ceil((ceil(max(s)) - floor(min(s))) / coalesce(bins, least(60, ceil(cbrt(count(*)))::numeric))) AS width,
                      coalesce(bins, least(60, ceil(cbrt(count(*)))::numeric)) AS n FROM seconds)
    SELECT i + 1, low + i * width, (SELECT count(*) FROM seconds WHERE s >= low + i * width AND s < low + (i + 1) * width)
      FROM p, generate_series(0, n::bigint) AS i
$$;
SELECT bins, count(*), bool_and(g.from_seconds = w.from_seconds AND g.customers = w.customers) AS same, sum(g.customers) = min(g.converted_count) AS all_of_them,
       bool_and(abs(g.average_seconds / (SELECT avg(s) FROM seconds)::float8 - 1) < 1e-15) AS mean,
       bool_and(g.median_seconds = (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY s) FROM seconds)) AS median,
       bool_and(g.p90_seconds = (SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY s) FROM seconds)) AS p90
  FROM (VALUES (NULL), (1), (2), (13), (90)) AS v (bins),
       LATERAL unnest((SELECT time_to_convert_agg(f, 1, 2, bins) FROM shop)) AS g FULL JOIN want(bins) w USING (bin_no)
 GROUP BY bins ORDER BY bins;
SELECT bin_no, g.customers = (SELECT count(*) FROM seconds WHERE (from_seconds IS NULL OR s >= from_seconds::numeric) AND (to_seconds IS NULL OR s < to_seconds::numeric)) AS same
  FROM unnest((SELECT time_to_convert_agg(f, 1, 2, ARRAY[60, 3600, 86400, 864000]) FROM shop)) AS g;

--
-- Parallel, stored, added up
--
CREATE TABLE answers (how text, bins time_to_convert_row[], edges time_to_convert_row[], stored tally);
INSERT INTO answers
SELECT 'serial', time_to_convert_agg(f, 1, 2), time_to_convert_agg(f, 1, 2, ARRAY[60, 3600]), time_to_convert_tally(f, 1, 2) FROM (SELECT f FROM shop ORDER BY customer DESC) s;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
ALTER TABLE shop SET (parallel_workers = 3);
EXPLAIN (COSTS off) SELECT time_to_convert_agg(f, 1, 2) FROM shop;
CREATE TABLE parallel_answer AS
SELECT time_to_convert_agg(f, 1, 2) AS bins, time_to_convert_agg(f, 1, 2, ARRAY[60, 3600]) AS edges, time_to_convert_tally(f, 1, 2) AS stored FROM shop;
INSERT INTO answers SELECT 'parallel', * FROM parallel_answer;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
INSERT INTO answers
SELECT 'rollup', time_to_convert_rows(rollup(t)), time_to_convert_rows(rollup(e)), rollup(t)
  FROM (SELECT time_to_convert_tally(f, 1, 2) AS t, time_to_convert_tally(f, 1, 2, ARRAY[60, 3600]) AS e FROM shop GROUP BY region) s;
INSERT INTO answers
SELECT 'text', time_to_convert_rows(rollup(t::text::tally)), time_to_convert_rows(rollup(e::text::tally)), rollup(t::text::tally)
  FROM (SELECT time_to_convert_tally(f, 1, 2) AS t, time_to_convert_tally(f, 1, 2, ARRAY[60, 3600]) AS e FROM shop GROUP BY region) s;
SELECT how, bins = (SELECT bins FROM answers WHERE how = 'serial') AS same_bins, edges = (SELECT edges FROM answers WHERE how = 'serial') AS same_edges,
       stored = (SELECT stored FROM answers WHERE how = 'serial') AS same_tally FROM answers;
SELECT time_to_convert_tally(f, 1, 2) AS automatic, time_to_convert_tally(f, 1, 2, 7) AS seven FROM three;
SELECT time_to_convert_tally(f, 1, 2, ARRAY[60, 3600]) AS edges FROM three;
SELECT bin_no, from_seconds, customers FROM time_to_convert_bins((SELECT time_to_convert_tally(f, 1, 2, ARRAY[60, 3600]) FROM three));
SELECT count(*) FROM time_to_convert_bins(NULL);
-- groups
SELECT region, (time_to_convert_agg(f, 1, 2, ARRAY[3600]))[2].customers AS an_hour_or_more FROM shop WHERE customer <= 100 GROUP BY region ORDER BY region;

--
-- Errors
--
SELECT time_to_convert_agg(f, NULL, 2) FROM three;
SELECT time_to_convert_agg(f, 1, NULL) FROM three;
SELECT time_to_convert_agg(f, 0, 2) FROM three;
SELECT time_to_convert_agg(f, 1, 65) FROM three;
SELECT time_to_convert_agg(f, 2, 2) FROM three;
SELECT time_to_convert_agg(f, 3, 1) FROM three;
SELECT time_to_convert_agg(f, 1, 4) FROM three;
SELECT time_to_convert_agg(f, 1, 2, 0) FROM three;
SELECT time_to_convert_agg(f, 1, 2, 91) FROM three;
SELECT time_to_convert_agg(f, 1, 2, '{}'::float8[]) FROM three;
SELECT time_to_convert_agg(f, 1, 2, '{{1},{2}}'::float8[]) FROM three;
SELECT time_to_convert_agg(f, 1, 2, '{1,NULL}'::float8[]) FROM three;
SELECT time_to_convert_agg(f, 1, 2, '{2,1}'::float8[]) FROM three;
SELECT time_to_convert_agg(f, 1, 2, '{1,1.0000001}'::float8[]) FROM three;
SELECT time_to_convert_agg(f, 1, 2, '{-1,1}'::float8[]) FROM three;
SELECT time_to_convert_agg(f, 1, 2, '{NaN}'::float8[]) FROM three;
SELECT time_to_convert_agg(f, 1, 2, '{1,Infinity}'::float8[]) FROM three;
SELECT time_to_convert_agg(f, 1, 2, '{1e13}'::float8[]) FROM three;
SELECT time_to_convert_agg(array_fill('2026-01-01'::timestamptz, ARRAY[65]), 1, 2);
SELECT time_to_convert_agg('{{2026-01-01,2026-01-02}}'::timestamptz[], 1, 2);
SELECT time_to_convert_agg('{2026-01-02,2026-01-01}'::timestamptz[], 1, 2);
SELECT time_to_convert_agg('{2026-01-02,infinity}'::timestamptz[], 1, 2);
SELECT time_to_convert_agg('{4714-11-24 00:00:00+00 BC,294276-12-31}'::timestamptz[], 1, 2);
SELECT time_to_convert_agg(f, 1, n) FROM three, (VALUES (2), (3)) AS v (n);
SELECT time_to_convert_agg(f, 1, 2, n) FROM three, (VALUES (2), (3)) AS v (n);
SELECT time_to_convert_agg(f, 1, 2, ARRAY[1, n]) FROM three, (VALUES (2), (3)) AS v (n);
SELECT rollup(t) FROM (SELECT time_to_convert_tally(f, 1, 2, 5) FROM three UNION ALL SELECT time_to_convert_tally(f, 1, 2) FROM three) AS u (t);
SELECT rollup(t) FROM (SELECT time_to_convert_tally(f, 1, 2) FROM three UNION ALL SELECT time_to_convert_tally(f, 1, 3) FROM three) AS u (t);
SELECT * FROM time_to_convert_bins('{"tally":"transitions","version":1,"params":[0],"labels":[],"rows":[]}');
-- tallies that are none
DO $$
DECLARE
    bad record;
    n bigint;
BEGIN
    FOR bad IN SELECT * FROM (VALUES
        ('[1,1,-1]', '[]'), ('[0,2,-1]', '[]'), ('[1,65,-1]', '[]'), ('[1,2,0]', '[]'), ('[1,2,91]', '[]'), ('[1,2,-2]', '[]'),
        ('[1,2,5]', '[{"keys":[1,7],"counters":[0]}]'), ('[1,2,-8]', '[{"keys":[1,7],"counters":[1]}]'), ('[1,2,-8]', '[{"keys":[1,-7],"counters":[0]}]'),
        ('[1,2,5]', '[{"keys":[0,7],"counters":[0]}]'), ('[1,2,5]', '[{"keys":[3,7],"counters":[0]}]'), ('[1,2,5]', '[{"keys":[-1,7],"counters":[0]}]'),
        ('[1,2,5]', '[{"keys":[2,7],"counters":[1]}]'), ('[1,2,5]', '[{"keys":[0,0],"counters":[1]},{"keys":[2,7],"counters":[0]}]'),
        ('[1,2,5]', '[{"keys":[0,0],"counters":[1]},{"keys":[2,-7],"counters":[1]}]'),
        ('[1,2,5]', '[{"keys":[0,0],"counters":[9223372036854775807]},{"keys":[2,7],"counters":[9223372036854775807]},{"keys":[2,8],"counters":[1]}]'),
        ('[1,2,5]', '[{"keys":[0,0],"counters":[9223372036854775807]},{"keys":[2,9223372036854775807],"counters":[9223372036854775807]}]'),
        ('[1,2,5]', '[{"keys":[0,0],"counters":[1]},{"keys":[2,9223372036854775807],"counters":[1]}]')) AS v (params, rows)
    LOOP
        BEGIN
            SELECT sum(customers) INTO n FROM time_to_convert_bins(('{"tally":"time_to_convert","version":1,"params":' || bad.params || ',"labels":[],"rows":' || bad.rows || '}')::tally);
            RAISE NOTICE '% customers: % %', n, bad.params, bad.rows;
        EXCEPTION WHEN OTHERS THEN
            RAISE NOTICE '%: % %', SQLERRM, bad.params, bad.rows;
        END;
    END LOOP;
END $$;

DROP VIEW seconds CASCADE;
DROP TABLE three, shop, answers, parallel_answer;
DROP FUNCTION f;

DROP FUNCTION want;
