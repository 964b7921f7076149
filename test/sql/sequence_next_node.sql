-- sequence_next_node: what came right after, or before, a chain of rows.
SET search_path = public, journey;
SET timezone = 'UTC';

CREATE TEMP TABLE v (customer int, at timestamptz, page text, ref text);
INSERT INTO v SELECT c, '2026-01-01'::timestamptz + n * interval '1 min', p, n::text
  FROM (VALUES (1, 'A B C D'), (2, 'B B D C'), (3, 'A B'), (4, 'A A A B C'), (5, 'A B A C'), (6, 'A B A B C'), (7, 'C'), (8, 'B A')) w(c, pages), regexp_split_to_table(pages, ' ') WITH ORDINALITY r(p, n);

SELECT customer,
    sequence_next_node('forward', 'head', at, page, page = 'A', page = 'A') AS after_a,
    sequence_next_node('forward', 'head', at, page, true, page = 'A', page = 'B') AS after_ab,
    sequence_next_node('backward', 'tail', at, page, page = 'C', page = 'C') AS before_c,
    sequence_next_node('backward', 'tail', at, page, true, page = 'C', page = 'B') AS before_bc,
    sequence_next_node('forward', 'first_match', at, page, true, page = 'B') AS first_b,
    sequence_next_node('forward', 'last_match', at, page, true, page = 'B') AS last_b,
    sequence_next_node('forward', 'first_match', at, page, ref = '3', page = 'A') AS base_at_3,
    sequence_next_node('backward', 'first_match', at, page, true, page = 'B', page = 'A') AS back_first_ba,
    sequence_next_node('backward', 'last_match', at, page, true, page = 'B', page = 'A') AS back_last_ba,
    sequence_next_node('forward', 'head', at, page, page <> 'B') AS head,
    sequence_next_node('backward', 'tail', at, page, true) AS tail
  FROM v GROUP BY customer ORDER BY customer;
-- a chain that breaks is not tried from another base
SELECT sequence_next_node('forward', 'first_match', at, page, true, page = 'A', page = 'B') FROM v WHERE customer = 4;
-- types of time, an array of events, numbers of any kind
SELECT sequence_next_node('forward', 'head', at::timestamp, page, true, page = 'A') AS timestamp, sequence_next_node('forward', 'head', at::date, page, true, page = 'A') AS date,
    sequence_next_node('forward', 'head', ref::int, page, true, page = 'A') AS int, sequence_next_node('forward', 'head', at, page::varchar(1), true, VARIADIC ARRAY[page = 'A', page = 'B']) AS "array",
    sequence_next_node('backward', 'tail', at::timestamp, page, true) AS t, sequence_next_node('backward', 'tail', at::date, page, true) AS d, sequence_next_node('backward', 'tail', ref::bigint, page, true) AS n FROM v WHERE customer = 1;
-- rows without time or value are as if they were not there; a NULL condition is false
SELECT sequence_next_node('forward', 'head', at, page, true, page = 'A') AS skipped, sequence_next_node('forward', 'head', at, coalesce(page, '-'), true, page = 'A') AS kept,
    sequence_next_node('forward', 'head', at, page, NULL, page = 'A') AS base, sequence_next_node('forward', 'head', at, page, true, NULL, NULL) AS events
  FROM (VALUES (1, 'A'), (2, NULL), (NULL, 'X'), (3, 'C')) w(at, page);
SELECT sequence_next_node('forward', 'head', at, page, true, page = 'A') IS NULL AS no_rows, sequence_next_node('forward', 'head', at, page, true) IS NULL AS no_events FROM v WHERE false;
SELECT sequence_next_node('forward', 'head', n, '', true) = '' AS empty, length(sequence_next_node('forward', 'head', n, repeat('x', 100000 * n), true, n = 1)) AS long FROM generate_series(1, 2) n;
-- ties: by the bytes of the value
SELECT sequence_next_node('forward', 'head', 1, p, true, p = 'A'), sequence_next_node('forward', 'head', 1, p, true, p = 'A', p = 'B', p = 'a') FROM unnest('{é,B,a,A}'::text[]) p;
-- 64 events
SELECT sequence_next_node('forward', 'head', i, 'page ' || i, true, VARIADIC c) FROM generate_series(1, 66) i, LATERAL (SELECT array_agg(n = i ORDER BY n) AS c FROM generate_series(1, 64) n) s;

--
-- Row order, workers: the same answers
--
CREATE TABLE raw_rows AS
    SELECT u AS customer, hashint4(u * 1000 + k) & 31 AS at, chr(65 + (hashint4(u * 77 + k) & 3)) AS page, k, u / 30 AS few FROM generate_series(1, 300) u, generate_series(1, 40) k;
ALTER TABLE raw_rows SET (parallel_workers = 2);
ANALYZE raw_rows;
CREATE FUNCTION answers(source text) RETURNS TABLE (customer int, answer text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE (SELECT 'SELECT customer, ROW(' || string_agg(format('sequence_next_node(%L, %L, at, page || at, at & 3 < 3, page <> ''A'', page = ''B'')', d, b), ',') || ')::text FROM ' || source || ' GROUP BY customer'
        FROM (VALUES ('forward', 'head'), ('backward', 'tail'), ('forward', 'first_match'), ('forward', 'last_match'), ('backward', 'first_match'), ('backward', 'last_match')) w(d, b));
END $$;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE serial AS SELECT * FROM answers('raw_rows');
CREATE TABLE serial_few AS SELECT * FROM answers('(SELECT few AS customer, at * 7 + customer % 30 * 300 AS at, page FROM raw_rows) s');
SELECT count(*), count(DISTINCT answer) > 50 AS various FROM serial;
SELECT count(*) AS shuffled FROM serial JOIN answers('(SELECT * FROM raw_rows ORDER BY hashint4(k * 31 + customer)) s') s USING (customer) WHERE s.answer IS DISTINCT FROM serial.answer;
SELECT count(*) AS sorted FROM serial JOIN answers('(SELECT * FROM raw_rows ORDER BY customer, at, page DESC) s') s USING (customer) WHERE s.answer IS DISTINCT FROM serial.answer;
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET cpu_tuple_cost = 1;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS off) SELECT few, sequence_next_node('forward', 'head', at, page, true, page = 'A') FROM raw_rows GROUP BY few;
SELECT count(*) AS parallel FROM serial_few JOIN answers('(SELECT few AS customer, at * 7 + customer % 30 * 300 AS at, page FROM raw_rows) s') s USING (customer) WHERE s.answer IS DISTINCT FROM serial_few.answer;
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET cpu_tuple_cost;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET parallel_leader_participation;
SELECT k, sequence_next_node('forward', 'first_match', at, page || at, true, page = 'A') OVER (ORDER BY k) AS so_far FROM raw_rows WHERE customer = 3 AND k < 9 ORDER BY k;
DROP TABLE raw_rows, serial, serial_few;

--
-- Errors
--
SELECT sequence_next_node('forward', 'tail', 1, 'a', true, true);
SELECT sequence_next_node('backward', 'head', 1, 'a', true);
SELECT sequence_next_node('up', 'head', 1, 'a', true);
SELECT sequence_next_node('forward', 'middle', 1, 'a', true);
SELECT sequence_next_node(NULL, 'head', 1, 'a', true);
SELECT sequence_next_node('forward', NULL, 1, 'a', true);
SELECT sequence_next_node('forward', 'first_match', 1, 'a', true);
SELECT sequence_next_node('forward', 'head', 1, 'a', true, 'b'::text);
SELECT sequence_next_node('forward', 'head', 'infinity'::date, 'a', true, true);
SELECT sequence_next_node(d, 'first_match', 1, 'a', true, true) FROM unnest('{forward,backward}'::text[]) d;
SELECT sequence_next_node('forward', b, 1, 'a', true, true) FROM unnest('{head,last_match}'::text[]) b;
SELECT sequence_next_node('forward', 'head', 1, 'a', true, VARIADIC array_fill(true, ARRAY[n])) FROM generate_series(1, 2) n;
DROP FUNCTION answers;
DROP TABLE v;
