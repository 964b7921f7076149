-- retention over raw rows: which conditions held, where the first one did.
SET search_path = public, journey;

CREATE TABLE visits AS
    SELECT u AS customer, d.day FROM (VALUES ('2018-08-06'::date, 80), ('2018-08-07', 50), ('2018-08-08', 60)) d(day, users), generate_series(0, d.users - 1) u;
ALTER TABLE visits SET (parallel_workers = 2);
ANALYZE visits;
SELECT sum(r[1]::int), sum(r[2]::int), sum(r[3]::int) FROM (
    SELECT retention(day = '2018-08-06', day = '2018-08-07', day = '2018-08-08') AS r FROM visits GROUP BY customer) s;
-- only the first condition is asked for, not the one before; the order in time does not matter
SELECT sum(r[1]::int), sum(r[2]::int), sum(r[3]::int) FROM (
    SELECT retention(day = '2018-08-08', day = '2018-08-07', day = '2018-08-06') AS r FROM visits GROUP BY customer) s;
SELECT retention(n = 1, n = 2, n = 4), retention(n = 4, n = 1), retention(n = 3), retention(n = 3, n = 3 AND NULL, NULL) FROM generate_series(1, 3) n;
SELECT retention(n = 1, n = 1), retention(VARIADIC ARRAY[n = 1, n = 9, NULL]) FROM generate_series(1, 3) n;
-- no rows
SELECT retention(n = 1, n = 2), retention(VARIADIC ARRAY[n = 1]) FROM generate_series(1, 0) n;
SELECT retention(n = 1, n = 2) FILTER (WHERE n > 5) FROM generate_series(1, 3) n;
SELECT retention(VARIADIC c) FROM (SELECT array_agg(n = 1 OR n = 64) AS c FROM generate_series(1, 64) n) s;
-- workers
SET max_parallel_workers_per_gather = 0;
CREATE TABLE serial AS SELECT customer, retention(day = '2018-08-06', day = '2018-08-07', day = '2018-08-08') AS r, retention(VARIADIC ARRAY[day = '2018-08-07', day = '2018-08-08']) AS s FROM visits GROUP BY customer;
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET cpu_tuple_cost = 1;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS off) SELECT retention(day = '2018-08-06', day = '2018-08-07') FROM visits;
SELECT retention(day = '2018-08-06', day = '2018-08-09', day = '2018-08-07') FROM visits;
SELECT retention(day = '2018-08-06', day = '2018-08-09', day = '2018-08-07') FROM visits WHERE customer < 0;
SELECT count(*) FROM serial JOIN (SELECT customer, retention(day = '2018-08-06', day = '2018-08-07', day = '2018-08-08') AS r, retention(VARIADIC ARRAY[day = '2018-08-07', day = '2018-08-08']) AS s FROM visits GROUP BY customer) p
    ON p.customer = serial.customer WHERE p.r IS DISTINCT FROM serial.r OR p.s IS DISTINCT FROM serial.s;
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET cpu_tuple_cost;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET parallel_leader_participation;
-- errors
SELECT retention(1, 2);
SELECT retention();
SELECT retention(VARIADIC '{}'::boolean[]);
SELECT retention(VARIADIC array_fill(true, '{65}'));
SELECT retention(VARIADIC array_fill(true, ARRAY[n])) FROM generate_series(1, 2) n;
DROP TABLE visits, serial;
