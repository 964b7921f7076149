-- sequence_match, sequence_count and sequence_events over raw rows.
SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO';

CREATE TEMP TABLE h (at bigint, n int);
INSERT INTO h VALUES (0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (5, 3), (6, 1), (7, 1), (8, 1), (9, 1), (10, 2), (11, 2);
CREATE FUNCTION found(pattern text) RETURNS TABLE (match boolean, count bigint, events bigint[]) STABLE LANGUAGE sql AS $$
    SELECT sequence_match(pattern, at, n = 1, n = 2, n = 3, n = 4), sequence_count(pattern, at, n = 1, n = 2, n = 3, n = 4), sequence_events(pattern, at, n = 1, n = 2, n = 3, n = 4) FROM h
$$;

--
-- Patterns
--
SELECT p AS pattern, f.* FROM unnest(ARRAY[
    '', '.', '.*', '..', '(?1)', '(?2)', '(?3)', '(?4)', '(?1)(?1)', '(?1)(?1)(?1)(?1)(?1)', '(?1)(?1)(?1)(?1)(?2)', '(?2)(?3)(?1)', '(?1).*(?3)', '(?1).(?3)', '(?3).*(?2)(?2)', '(?3)(?2)', '.*(?2).*', '.*.*(?3).*.*',
    '(?3)......(?2)', '(?2)(?2)(?2)', '(?1)(?4)', '(?3)(?1)(?4)', '(?1).*(?2).*(?3).*(?4).*(?1)'
    ]) WITH ORDINALITY u(p, n), found(p) f ORDER BY n;
-- time gates let rows pass, and are tested on the next row taken
SELECT p AS pattern, f.* FROM unnest(ARRAY[
    '(?1)(?t>10)(?2)', '(?1)(?t>11)(?2)', '(?1)(?t<11)(?2)', '(?1)(?t<3)(?3)', '(?1)(?t<=2)(?3)', '(?1)(?t<2)(?3)', '(?2)(?t>=7)(?2)', '(?2)(?t>7)(?2)', '(?2)(?t==6)(?2)', '(?2)(?t!=1)(?2)', '(?2)(?t!=1)(?t!=6)(?t!=7)(?2)',
    '(?3)(?t>=3)(?t<=4).', '(?3)(?t>4)(?t<5).', '(?3).*(?t==4)(?1)', '(?3)(?t==4).*(?1)', '(?3).(?t==4).', '(?1)(?t<=1)(?2)(?t<=1)(?3)(?t<=1)(?1)(?t>3)(?2)',
    '(?1)(?t>=18446744073709551615)(?2)', '(?1)(?t<18446744073709551615)(?2)'
    ]) WITH ORDINALITY u(p, n), found(p) f ORDER BY n;
-- pitfall: a gate is measured from the last row taken, not from the last one skipped
SELECT sequence_match('(?1).*(?t>0)(?2)', at, n = 1, n = 2) AS after_skip, sequence_match('(?1).*(?t<=1)(?2)', at, n = 1, n = 2) AS too_late FROM (VALUES (0, 1), (5, 3), (6, 2)) v(at, n);
-- rows that fulfil no condition are not seen
SELECT sequence_match('(?1)(?2)', at, n = 2, n = 1) AS unseen, sequence_match('(?1)(?2)', at, n = 2, n = 1, n = 3) AS seen FROM h WHERE at BETWEEN 4 AND 6;
-- pitfall: no backtracking; a pattern that takes long elsewhere
SELECT sequence_match('(?1).*(?1).*(?1).*(?1).*(?t<=5)(?1).*(?t<=5)(?2)', i, i % 2 = 0, i = -1) AS slow, sequence_count('(?1).*(?t>=10)(?2)', i, i % 2 = 0, i % 2 = 1) FROM generate_series(1, 20000) i;

--
-- Types of time; seconds for timestamps, days for dates
--
SELECT sequence_match('(?1)(?t<=3600)(?2)', at, n = 1, n = 2), sequence_count('(?1)(?t<=3600)(?2)', at, n = 1, n = 2), sequence_events('(?1)(?t<=3600)(?2)', at, n = 1, n = 2), pg_typeof(sequence_events('(?1)', at, n = 1))
  FROM (VALUES ('2026-01-01 10:00'::timestamptz, 1), ('2026-01-01 11:00:00.000001', 2), ('2026-01-01 12:00', 1), ('2026-01-01 13:00', 2)) v(at, n);
SELECT sequence_match('(?1)(?t<=3600)(?2)', at, n = 1, n = 2), sequence_count('(?1)(?t<=3600)(?2)', at, n = 1, n = 2), sequence_events('(?1)(?t<=3600)(?2)', at, n = 1, n = 2), pg_typeof(sequence_events('(?1)', at, n = 1))
  FROM (VALUES ('2026-01-01 10:00'::timestamp, 1), ('2026-01-01 11:00:00.000001', 2), ('2026-01-01 12:00', 1), ('2026-01-01 13:00', 2)) v(at, n);
SELECT sequence_match('(?1)(?t>=2)(?2)', at, n = 1, n = 2), sequence_count('(?1)(?t>=2)(?2)', at, n = 1, n = 2), sequence_events('(?1)(?t>=2)(?2)', at, n = 1, n = 2), pg_typeof(sequence_events('(?1)', at, n = 1))
  FROM (VALUES ('2026-01-01'::date, 1), ('2026-01-02', 2), ('2026-01-03', 1), ('2026-01-05', 2)) v(at, n);
SELECT sequence_events('(?1)', n, true), sequence_match('(?1)', n, VARIADIC ARRAY[n = 2, NULL]) FROM generate_series(2, 3) n;
-- == is exact
SELECT sequence_match('(?1)(?t==2)(?2)', at, n = 1, n = 2), sequence_match('(?1)(?t==2)(?2)', date_trunc('second', at), n = 1, n = 2) AS seconds FROM (VALUES ('2026-01-01 10:00:00.1'::timestamptz, 1), ('2026-01-01 10:00:02.7', 2)) v(at, n);
-- nothing there, nothing that fits, NULL times
SELECT sequence_match('', at, n = 1), sequence_count('.*', at, n = 1), sequence_events('(?1)', at, n = 1) FROM h WHERE false;
SELECT sequence_match('', at, n = 9), sequence_count('.*', at, n = 9), sequence_events('(?1)', at, n = 9) FROM h;
SELECT sequence_match('(?1)', NULL::date, true), sequence_match('(?1)', NULL::bigint, true), sequence_match('(?1)', 1, NULL, true);
-- the longest beginning that matches
SELECT sequence_events('(?1)(?t>11)(?2)', at, n = 1, n = 2) AS one, sequence_events('(?1).*(?3).*(?2)(?1)', at, n = 1, n = 2, n = 3) AS three, sequence_events('(?4).*(?1)', at, n = 1, n = 2, n = 3, n = 4) AS none, sequence_events('..', at, n = 1) AS dots FROM h;
-- 64 conditions
SELECT sequence_match('(?1).*(?64)', i, VARIADIC c), sequence_count('(?64)', i, VARIADIC c) FROM generate_series(1, 64) i, LATERAL (SELECT array_agg(n = i ORDER BY n) AS c FROM generate_series(1, 64) n) s;

--
-- Row order, ties, workers: the same answers
--
CREATE TABLE raw_rows AS
    SELECT u AS customer, hashint4(u * 1000 + k) & 31 AS at, hashint4(u * 77 + k) & 7 AS mask, k, u / 30 AS few FROM generate_series(1, 300) u, generate_series(1, 14) k;
ALTER TABLE raw_rows SET (parallel_workers = 2);
ANALYZE raw_rows;
CREATE FUNCTION answers(source text) RETURNS TABLE (customer int, answer text) LANGUAGE plpgsql AS $$
DECLARE
    patterns text[] := '{(?1)(?2),(?1).*(?2).*(?3),(?1)(?t<=5)(?2)(?t>=3)(?3),(?1).(?2),(?3)(?t==4)(?1),(?2)(?2)(?1),.(?1).,(?1).*(?t!=2)(?2)(?3)}';
BEGIN
    RETURN QUERY EXECUTE (SELECT 'SELECT customer, ROW(' || string_agg(format('sequence_match(%1$L, at, mask & 1 > 0, mask & 2 > 0, mask & 4 > 0), sequence_count(%1$L, at, mask & 1 > 0, mask & 2 > 0, mask & 4 > 0), sequence_events(%1$L, at, mask & 1 > 0, mask & 2 > 0, mask & 4 > 0)', p), ',')
        || ')::text FROM ' || source || ' GROUP BY customer' FROM unnest(patterns) p);
END $$;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE serial AS SELECT * FROM answers('raw_rows');
CREATE TABLE serial_few AS SELECT * FROM answers('(SELECT few AS customer, at * 7 + customer % 30 * 300 AS at, mask FROM raw_rows) s');
SELECT count(*), count(DISTINCT answer) > 200 AS various FROM serial;
SELECT count(*) AS shuffled FROM serial JOIN answers('(SELECT * FROM raw_rows ORDER BY hashint4(k * 31 + customer)) s') s USING (customer) WHERE s.answer IS DISTINCT FROM serial.answer;
SELECT count(*) AS sorted FROM serial JOIN answers('(SELECT * FROM raw_rows ORDER BY customer, at, mask DESC) s') s USING (customer) WHERE s.answer IS DISTINCT FROM serial.answer;
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET cpu_tuple_cost = 1;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS off) SELECT few, sequence_match('(?1)(?2)', at, mask = 1, mask = 2), sequence_events('(?1)(?2)', at, mask = 1, mask = 2) FROM raw_rows GROUP BY few;
SELECT count(*) AS parallel FROM serial_few JOIN answers('(SELECT few AS customer, at * 7 + customer % 30 * 300 AS at, mask FROM raw_rows) s') s USING (customer) WHERE s.answer IS DISTINCT FROM serial_few.answer;
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET cpu_tuple_cost;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET parallel_leader_participation;
SELECT k, sequence_count('(?1).*(?2)', at, mask & 1 > 0, mask & 2 > 0) OVER (ORDER BY k) AS so_far FROM raw_rows WHERE customer = 3 ORDER BY k;
-- the pattern may differ from group to group
SELECT n, sequence_match(format('(?%s)(?%s)', n, n + 1), at, mask & 1 > 0, mask & 2 > 0, mask & 4 > 0) FROM raw_rows, generate_series(1, 2) n WHERE customer = 3 GROUP BY n ORDER BY n;
DROP TABLE raw_rows, serial, serial_few;

--
-- Errors
--
SELECT sequence_match('(?3)', 1, true, true);
SELECT sequence_match('(?0)', 1, true, true);
SELECT sequence_match('(?1)x', 1, true);
SELECT sequence_match('(?1) (?1)', 1, true);
SELECT sequence_match('(?1', 1, true);
SELECT sequence_match('(?)', 1, true);
SELECT sequence_match('é(?1)', 1, true);
SELECT sequence_match('(?1)(?t5)(?1)', 1, true);
SELECT sequence_match('(?1)(?t<=)(?1)', 1, true);
SELECT sequence_match('(?1)(?t=5)(?1)', 1, true);
SELECT sequence_match('(?1)(?t<=18446744073709551616)(?1)', 1, true);
SELECT sequence_match('.*(?t<=5)(?1)', 1, true);
SELECT sequence_match('(?1)(?t<=5)(?t>=2).*', 1, true);
SELECT sequence_match('(?1)*', 1, true);
SELECT sequence_match(NULL, 1, true);
SELECT sequence_match(repeat('.', 65537), 1, true);
SELECT sequence_match(repeat('.', 5000), 1, true);
SELECT sequence_count(repeat('(?1).*', 2000), 1, true);
SELECT sequence_match('(?1)', 1, 5);
SELECT sequence_match('(?1)', 'infinity'::timestamptz, true);
SELECT sequence_match(format('(?%s)', n), 1, true, true) FROM generate_series(1, 2) n;
DROP FUNCTION found, answers;
DROP TABLE h;
