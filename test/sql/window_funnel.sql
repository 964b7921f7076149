-- window_funnel: conditions fulfilled in order and within a window, over raw rows.
SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- Rows as 'a0 b10 ab12 -13': which of the conditions a, b, c, d a row fulfils, and when.
CREATE FUNCTION history(rows text) RETURNS TABLE (at bigint, a boolean, b boolean, c boolean, d boolean) IMMUTABLE LANGUAGE sql AS $$
    SELECT (regexp_match(r, '[0-9]+$'))[1]::bigint, r ~ 'a', r ~ 'b', r ~ 'c', r ~ 'd' FROM regexp_split_to_table(rows, ' ') r
$$;
-- The answers without a mode, and in each mode: exact, then as ClickHouse computes it.
CREATE FUNCTION levels(rows text, within bigint) RETURNS TABLE (
    plain int, dedup text, "order" text, reentry text, increase text, once text) IMMUTABLE LANGUAGE sql AS $$
    SELECT window_funnel(within, at, a, b, c, d),
        concat_ws('/', window_funnel(within, 'strict_deduplication', at, a, b, c, d), window_funnel(within, 'strict_deduplication,compat_clickhouse', at, a, b, c, d)),
        concat_ws('/', window_funnel(within, 'strict_order', at, a, b, c, d), window_funnel(within, 'strict_order,compat_clickhouse', at, a, b, c, d)),
        concat_ws('/', window_funnel(within, 'strict_order,allow_reentry', at, a, b, c, d), window_funnel(within, 'strict_order,allow_reentry,compat_clickhouse', at, a, b, c, d)),
        concat_ws('/', window_funnel(within, 'strict_increase', at, a, b, c, d), window_funnel(within, 'strict_increase,compat_clickhouse', at, a, b, c, d)),
        concat_ws('/', window_funnel(within, 'strict_once', at, a, b, c, d), window_funnel(within, 'strict_once,compat_clickhouse', at, a, b, c, d))
    FROM history(rows)
$$;

--
-- Calls: literals find their types
--
CREATE TEMP TABLE e (customer int, at timestamptz, name text);
INSERT INTO e VALUES (1, '2026-01-01 10:00', 'view'), (1, '2026-01-03 10:00', 'cart'), (1, '2026-01-08 10:00', 'buy'),
    (2, '2026-01-01 10:00', 'view'), (2, '2026-01-01 10:00', 'buy'), (2, '2026-01-09 10:00', 'cart'), (3, NULL, 'view'), (4, '2026-01-01', NULL);
SELECT customer, window_funnel('7 days', at, name = 'view', name = 'cart', name = 'buy') AS timestamptz,
    window_funnel('7 days', at::timestamp, name = 'view', name = 'cart', name = 'buy') AS timestamp,
    window_funnel('7 days', at::date, name = 'view', name = 'cart', name = 'buy') AS date,
    window_funnel(604800, extract(epoch FROM at)::bigint, name = 'view', name = 'cart', name = 'buy') AS bigint,
    window_funnel(7, extract(doy FROM at)::int, name = 'view', name = 'cart', name = 'buy') AS int
  FROM e GROUP BY customer ORDER BY customer;
SELECT customer, window_funnel('7 days', 'strict_order', at, name = 'view', name = 'cart', name = 'buy') AS timestamptz,
    window_funnel('7 days', 'strict_order', at::timestamp, name = 'view', name = 'cart', name = 'buy') AS timestamp,
    window_funnel('7 days', 'strict_order', at::date, name = 'view', name = 'cart', name = 'buy') AS date,
    window_funnel(604800, 'strict_order', extract(epoch FROM at)::bigint, name = 'view', name = 'cart', name = 'buy') AS bigint,
    window_funnel(7, 'strict_order', extract(doy FROM at)::int, name = 'view', name = 'cart', name = 'buy') AS int
  FROM e GROUP BY customer ORDER BY customer;
-- conditions as an array; a bare NULL; NULL in conditions; domains
CREATE DOMAIN yes AS boolean;
SELECT window_funnel('7 days', at, VARIADIC ARRAY[name = 'view', name = 'cart', NULL]) AS "array", window_funnel('7 days', '', at, VARIADIC ARRAY[name = 'view', name = 'cart']) AS mode,
    window_funnel('7 days', at, name = 'view', NULL, name = 'cart') AS "null", window_funnel('7 days', at, (name = 'view')::yes, (name = 'cart')::yes) AS domain FROM e WHERE customer = 1;
-- the window includes both ends; NULL is no limit
SELECT window_funnel('7 days', at, name = 'view', name = 'buy') AS equal, window_funnel('6 days 23:59:59.999999', at, name = 'view', name = 'buy') AS shorter,
    window_funnel(NULL, at, name = 'view', name = 'buy') AS no_limit, window_funnel('0', at, name = 'view', name = 'buy') AS zero,
    window_funnel('167:59:60', NULL, at, name = 'view', name = 'buy') AS hours FROM e WHERE customer = 1;
-- dates count in whole days
SELECT window_funnel('36 hours', d, d = '2026-01-01', d = '2026-01-02', d = '2026-01-03') AS hours, window_funnel('48 hours', d, d = '2026-01-01', d = '2026-01-02', d = '2026-01-03') AS days
  FROM generate_series('2026-01-01'::date, '2026-01-05', '1 day') s, CAST(s AS date) d;
-- nothing there
SELECT window_funnel('7 days', at, true) AS no_rows, window_funnel('7 days', 'strict_order', at, true) AS mode FROM e WHERE false;
SELECT window_funnel('7 days', at, false, true), window_funnel('7 days', at, true) FILTER (WHERE false) FROM e;
SELECT count(*) FROM (SELECT window_funnel('7 days', at, true) FROM e WHERE false GROUP BY customer) s;
-- times at the ends of what there is
SELECT window_funnel(9223372036854775807, n, n < 0, n > 0), window_funnel(9223372036854775806, n, n < 0, n > 0), window_funnel(5, n, n > 0, n > 0) FROM (VALUES (9223372036854775807), (-9223372036854775808)) v(n);
SELECT window_funnel('100000000 days', at, at < '2000-01-01', at > '2000-01-01') FROM (VALUES ('4713-01-01 BC'::timestamptz), ('294276-12-31 23:59:59.999999')) v(at);
SELECT window_funnel(NULL::bigint, n, n < 0, n > 0) AS no_limit, window_funnel(NULL::bigint, 'strict_order,compat_clickhouse', n, n < 0, n > 0) AS clickhouse FROM (VALUES (9223372036854775807), (-9223372036854775808)) v(n);
SELECT window_funnel(NULL, at, at < '2000-01-01', at > '2000-01-01') FROM (VALUES ('4713-01-01 BC'::timestamptz), ('294276-12-31 23:59:59.999999')) v(at);
SELECT window_funnel('7 days', 'strict_order', d, d < '2000-01-01', d > '2000-01-01') FROM (VALUES ('4713-01-01 BC'::date), ('5874897-12-31')) v(d);
-- 64 conditions
SELECT window_funnel(100, n, n=1,n=2,n=3,n=4,n=5,n=6,n=7,n=8,n=9,n=10,n=11,n=12,n=13,n=14,n=15,n=16,n=17,n=18,n=19,n=20,n=21,n=22,n=23,n=24,n=25,n=26,n=27,n=28,n=29,n=30,n=31,n=32,
    n=33,n=34,n=35,n=36,n=37,n=38,n=39,n=40,n=41,n=42,n=43,n=44,n=45,n=46,n=47,n=48,n=49,n=50,n=51,n=52,n=53,n=54,n=55,n=56,n=57,n=58,n=59,n=60,n=61,n=62,n=63,n=64) AS plain,
  window_funnel(100, 'strict_order,strict_once', n, n=1,n=2,n=3,n=4,n=5,n=6,n=7,n=8,n=9,n=10,n=11,n=12,n=13,n=14,n=15,n=16,n=17,n=18,n=19,n=20,n=21,n=22,n=23,n=24,n=25,n=26,n=27,n=28,n=29,n=30,n=31,n=32,
    n=33,n=34,n=35,n=36,n=37,n=38,n=39,n=40,n=41,n=42,n=43,n=44,n=45,n=46,n=47,n=48,n=49,n=50,n=51,n=52,n=53,n=54,n=55,n=56,n=57,n=58,n=59,n=60,n=61,n=62,n=63,n=64) AS mode
  FROM generate_series(64, 1, -1) n;

--
-- Modes: exact, and after the slash as ClickHouse computes it
--
SELECT h AS rows, l.* FROM unnest(ARRAY[
    'a0 -1 b2 c3',              -- a row that fits no step
    'a0 a1 b2 b3 c4 c5',        -- repeated steps
    'a0 b1 d2 c3',              -- a later step too early
    'a0 b1 -2 a3 b4 c5',        -- a second, undisturbed attempt
    'a0 -1 a2 b3 c4',
    'b0 a0',                    -- one time, any order
    'ab0',                      -- one row for two steps
    'ab0 ab0',
    'a0 b1 b2 c2',              -- increasing, but not with the last b
    'a0 c1 b2',
    'ac0 b1 c2',                -- the first row also fits a later step
    'a0 b1 a2 b3 c4',
    'a0 b1 b1 c2',
    'b0 c1',                    -- no entry
    'a0 bc1 bd1',               -- b must leave one of them
    'a0 b50 a80 c81 b82 c83'    -- a second attempt whose next step comes too late
    ]) WITH ORDINALITY u(h, n), levels(h, 60) l ORDER BY n;
-- ClickHouse: its published tests and its sources of 2026
SELECT h AS rows, window_funnel(60, 'strict_order,' || v, at, a, b, c) AS "order", window_funnel(60, 'strict_order,allow_reentry,' || v, at, a, b, c) AS reentry,
    window_funnel(60, 'strict_deduplication,' || v, at, a, b, c) AS dedup, window_funnel(60, 'strict_deduplication,strict_once,' || v, at, a, b, c) AS dedup_once, v
  FROM unnest('{a0 b1 a2 c3,a0 b50 a80 c81 b82 c83,a0 c1 b2,a0 b1 a2 b3 c4,a0 b1 c2,a0 a1 b2 b3 c4}'::text[]) h, unnest('{compat_clickhouse,compat_clickhouse_26}'::text[]) v, history(h) GROUP BY h, v ORDER BY h, v;
-- pitfall: a later first step that gives a longer chain
SELECT levels('a0 a30 b45 c75', 60), levels('a0 d1 a2 b3 c4', 60);
-- pitfall: the same condition twice, one row or two
SELECT window_funnel(9, at, a, a, a), window_funnel(9, 'strict_once', at, a, a, a), window_funnel(9, 'strict_increase', at, a, a, a) FROM history('a1');
SELECT window_funnel(9, at, a, a, a), window_funnel(9, 'strict_once', at, a, a, a), window_funnel(9, 'strict_increase', at, a, a, a) FROM history('a1 a1');
SELECT window_funnel(9, at, a, a, a), window_funnel(9, 'strict_once', at, a, a, a), window_funnel(9, 'strict_increase', at, a, a, a) FROM history('a1 a2');
-- pitfall: rows that fit no step matter in strict_order
SELECT window_funnel(9, 'strict_order', at, a, b), window_funnel(9, 'strict_order', at, a, b) FILTER (WHERE a OR b) AS filtered FROM history('a1 -2 b3');
-- words: blanks, twice, in any order
SELECT window_funnel(9, ' strict_increase ,strict_once, strict_once', at, a, b) AS words, window_funnel(9, '  ', at, a, b) AS blank FROM history('ab1');
-- two modes together
SELECT window_funnel(9, 'strict_order,strict_deduplication', at, a, b, c), window_funnel(9, 'strict_order,strict_increase', at, a, b, c), window_funnel(9, 'strict_deduplication,strict_once', at, a, b, c) FROM history('a1 b2 b2 c3');

--
-- Row order, workers and merged states: the same answers
--
CREATE TABLE raw_rows AS
    SELECT u AS customer, hashint4(u * 1000 + k) & 63 AS at, hashint4(u * 77 + k) & 7 AS mask, k, u / 40 AS few FROM generate_series(1, 400) u, generate_series(1, 12) k;
ALTER TABLE raw_rows SET (parallel_workers = 2);
ANALYZE raw_rows;
-- all combinations of modes, one column each
DO $do$
BEGIN
    EXECUTE (SELECT format('CREATE FUNCTION all_levels(source text) RETURNS TABLE (customer int, levels int[]) LANGUAGE plpgsql AS $f$ BEGIN RETURN QUERY EXECUTE ''SELECT customer, ARRAY[%s] FROM '' || source || '' GROUP BY customer''; END $f$',
        string_agg(DISTINCT format('window_funnel(20, ''''%s'''', at, mask & 1 > 0, mask & 2 > 0, mask & 4 > 0, mask in (1, 5))', m), ', '))
      FROM (SELECT concat_ws(',', CASE WHEN i & 1 > 0 THEN 'strict_order' END, CASE WHEN i & 2 > 0 THEN 'strict_deduplication' END,
                CASE WHEN i & 4 > 0 THEN 'strict_increase' END, CASE WHEN i & 8 > 0 THEN 'strict_once' END,
                CASE WHEN i & 17 = 17 THEN 'allow_reentry' END, CASE i >> 5 WHEN 1 THEN 'compat_clickhouse' WHEN 2 THEN 'compat_clickhouse_26' END) AS m FROM generate_series(0, 95) i) s);
END $do$;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE serial AS SELECT * FROM all_levels('raw_rows');
CREATE TABLE serial_few AS SELECT * FROM all_levels('(SELECT few AS customer, at * 7 + customer % 40 * 300 AS at, mask FROM raw_rows) s');
SELECT count(*), count(DISTINCT levels) > 50 AS various, min(cardinality(levels)) AS combinations FROM serial;
SELECT count(*) AS shuffled FROM serial JOIN all_levels('(SELECT * FROM raw_rows ORDER BY hashint4(k * 31 + customer)) s') s USING (customer) WHERE s.levels IS DISTINCT FROM serial.levels;
SELECT count(*) AS sorted FROM serial JOIN all_levels('(SELECT * FROM raw_rows ORDER BY customer, at, mask DESC) s') s USING (customer) WHERE s.levels IS DISTINCT FROM serial.levels;
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET cpu_tuple_cost = 1;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS off) SELECT few, window_funnel(20, at, mask = 1, mask = 2), window_funnel(20, 'strict_order', at, mask = 1, mask = 2) FROM raw_rows GROUP BY few;
SELECT count(*) AS parallel FROM serial_few JOIN all_levels('(SELECT few AS customer, at * 7 + customer % 40 * 300 AS at, mask FROM raw_rows) s') s USING (customer) WHERE s.levels IS DISTINCT FROM serial_few.levels;
-- one large group, rows sorted in each worker
SELECT window_funnel(3, k * 1000 + at, mask = 1, mask = 2, mask = 3) AS parallel, window_funnel(3, k * 1000 + at, VARIADIC ARRAY[mask = 1, mask = 2, mask = 3]) AS "array" FROM raw_rows;
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET cpu_tuple_cost;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET parallel_leader_participation;
-- as a window function the state is finished again and again, out of order
SELECT k, window_funnel(20, at, mask & 1 > 0, mask & 2 > 0, mask & 4 > 0) OVER (ORDER BY k) AS so_far FROM raw_rows WHERE customer = 3 ORDER BY k;
DROP TABLE raw_rows, serial, serial_few;

--
-- Errors
--
SELECT window_funnel('1 month', at, true) FROM e;
SELECT window_funnel('-1 day', at, true) FROM e;
SELECT window_funnel(-1, 1, true);
SELECT window_funnel('1000000000 days', now(), true);
SELECT window_funnel('7 days', 'infinity'::timestamptz, true);
SELECT window_funnel('7 days', '-infinity'::timestamp, true);
SELECT window_funnel('7 days', 'infinity'::date, true);
SELECT window_funnel('7 days', 'strict', now(), true);
SELECT window_funnel('7 days', 'strict_order,,strict_once', now(), true);
SELECT window_funnel('7 days', 'strict_order,', now(), true);
SELECT window_funnel('7 days', 'allow_reentry', now(), true);
SELECT window_funnel('7 days', now(), true, 'buy'::text);
SELECT window_funnel('7 days', now(), true, 'buy');
SELECT window_funnel('7 days', now(), 1);
SELECT window_funnel('7 days', now(), VARIADIC ARRAY[1, 2]);
SELECT window_funnel('7 days', now(), VARIADIC '{}'::boolean[]);
SELECT window_funnel('7 days', now(), VARIADIC NULL::boolean[]);
SELECT window_funnel('7 days', now(), VARIADIC '{{t,f},{t,f}}'::boolean[]);
SELECT window_funnel('7 days', now(), VARIADIC array_fill(true, '{65}'));
SELECT window_funnel('7 days', now(), VARIADIC array_fill(true, ARRAY[n])) FROM generate_series(1, 2) n;
SELECT window_funnel(now() - at, at, true) FROM (VALUES (now()), (now() - interval '1 day')) v(at);
SELECT window_funnel(n, 1, true) FROM generate_series(1, 2) n;
SELECT window_funnel(1, m, 1, true) FROM (VALUES ('strict_once'), (NULL)) v(m);
SELECT window_funnel('7 days', now(),true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,
    true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true,true);
SELECT window_funnel('7 days', now());
DROP FUNCTION all_levels, levels, history;
DROP TABLE e;
DROP DOMAIN yes;
