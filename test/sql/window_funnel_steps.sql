-- window_funnel with steps by name: matchers that the name of a row's event fits.
SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO';

--
-- Calls: literals find their types
--
CREATE TEMP TABLE e (customer int, at timestamptz, name text);
INSERT INTO e VALUES (1, '2026-01-01 10:00', 'view'), (1, '2026-01-03 10:00', 'cart'), (1, '2026-01-08 10:00', 'buy'),
    (2, '2026-01-01 10:00', 'view'), (2, '2026-01-01 10:00', 'buy'), (2, '2026-01-09 10:00', 'cart'), (3, NULL, 'view'), (4, '2026-01-01', NULL);
SELECT customer, window_funnel('7 days', at, name, '{view,cart,buy}') AS timestamptz,
    window_funnel('7 days', at::timestamp, name, '{view,cart,buy}') AS timestamp,
    window_funnel('7 days', at::date, name, '{view,cart,buy}') AS date,
    window_funnel(604800, extract(epoch FROM at)::bigint, name, '{view,cart,buy}') AS bigint,
    window_funnel(7, extract(doy FROM at)::int, name, '{view,cart,buy}') AS int
  FROM e GROUP BY customer ORDER BY customer;
SELECT customer, window_funnel('7 days', at, name, '{view,cart,buy}', 'strict_order') AS timestamptz,
    window_funnel('7 days', at::timestamp, name, '{view,cart,buy}', 'strict_order') AS timestamp,
    window_funnel('7 days', at::date, name, '{view,cart,buy}', 'strict_order') AS date,
    window_funnel(604800, extract(epoch FROM at)::bigint, name, '{view,cart,buy}', 'strict_order') AS bigint,
    window_funnel(7, extract(doy FROM at)::int, name, '{view,cart,buy}', 'strict_order') AS int
  FROM e GROUP BY customer ORDER BY customer;
-- steps as text[], varchar[], matcher[]; events of other string types
CREATE DOMAIN event_name AS text;
SELECT window_funnel('7 days', at, name, ARRAY['view', 'cart']) AS text, window_funnel('7 days', at, name, ARRAY['view', 'cart']::varchar[]) AS varchar,
    window_funnel('7 days', at, name, ARRAY['view', 'cart']::matcher[]) AS matcher, window_funnel('7 days', at, name, ARRAY['view', 'cart'], 'strict_once'::varchar) AS mode FROM e WHERE customer = 1;
SELECT window_funnel('7 days', at, name::varchar, '{view,cart}') AS varchar, window_funnel('7 days', at, name::char(4), '{view,cart}') AS char, window_funnel('7 days', at, name::name, '{view,cart}') AS name,
    window_funnel('7 days', at, name::event_name, '{view,cart}') AS domain, window_funnel('7 days', at, name::varchar, '{view,cart}', 'strict_order') AS mode FROM e WHERE customer = 1;
-- parameters of no type
PREPARE by_steps AS SELECT window_funnel($1, at, name, $2), window_funnel($1, at, name, $2, $3) FROM e WHERE customer = 1;
EXECUTE by_steps('7 days', '{view,cart,buy}', 'strict_order');
EXECUTE by_steps('1 day', '{view,cart,buy}', NULL);
DEALLOCATE by_steps;
-- conditions are still conditions, whatever literals stand beside them
SELECT window_funnel('7 days', at, name = 'view', NULL) AS one, window_funnel('7 days', at, NULL, name = 'view') AS none, window_funnel('7 days', at, name = 'view', NULL, name = 'cart') AS middle,
    window_funnel('7 days', NULL, at, name = 'view', name = 'buy') AS mode, window_funnel('7 days', 'strict_order', at, NULL, name = 'buy') AS mode_none, window_funnel('7 days', at, NULL) AS "null",
    window_funnel(7, 'strict_order', 1, name = 'view', NULL) AS number, window_funnel(7, 1, name = 'view', NULL, NULL) AS number_null FROM e WHERE customer = 1;
SELECT window_funnel('7 days', at, name = 'view', 'cart') FROM e;
-- which of the two is meant cannot be seen where nothing has a type
SELECT window_funnel('7 days', at, NULL, NULL) FROM e;
SELECT window_funnel('7 days', at, 'view', '{view,cart}') FROM e;
SELECT window_funnel('7 days', at, 'view'::text, '{view,cart}') AS event, window_funnel('7 days', at, 'view', '{view,cart}'::matcher[]) AS steps, window_funnel('7 days', at, NULL::boolean, NULL) AS conditions FROM e;
-- NULL is no limit, and no mode; both ends of the window
SELECT window_funnel(NULL, at, name, '{view,buy}') AS no_limit, window_funnel('7 days', at, name, '{view,buy}', NULL) AS equal, window_funnel('6 days 23:59:59.999999', at, name, '{view,buy}', '') AS shorter FROM e WHERE customer = 1;
-- nothing there
SELECT window_funnel('7 days', at, name, '{view}') AS no_rows, window_funnel('7 days', at, name, NULL) AS no_steps FROM e WHERE false;
SELECT window_funnel('7 days', at, name, '{return,view}'), window_funnel('7 days', at, name, '{view}') FILTER (WHERE false) FROM e;

--
-- Matchers
--
SELECT name, window_funnel(1, 1, name, '{page_view}') AS base, window_funnel(1, 1, name, '{page_view/product}') AS detail, window_funnel(1, 1, name, '{page_*}') AS wild,
    window_funnel(1, 1, name, '{"\"page_view\""}') AS quoted, window_funnel(1, 1, name, '{"purchase|\"Order Completed\"/*|a"}') AS "any of", window_funnel(1, 1, name, '{*}') AS all
  FROM unnest('{page_view,page_view/product,page_view/,Page_view,purchase,Order Completed,Order Completed/2,a,"",a/b/c,NULL}'::text[]) WITH ORDINALITY u(name, n) GROUP BY n, name ORDER BY n;
-- one row for several steps, and each step at a row of its own
SELECT window_funnel(9, at, name, '{view*,view/shoes,*}') AS one_row, window_funnel(9, at, name, '{view*,view/shoes,*}', 'strict_once') AS once FROM (VALUES (1, 'view/shoes')) v(at, name);
-- an event that is NULL is a row without a step
SELECT window_funnel(9, at, name, '{a,b}') AS plain, window_funnel(9, at, name, '{a,b}', 'strict_order') AS strict, window_funnel(9, at, name, '{a,b}', 'strict_order') FILTER (WHERE name IS NOT NULL) AS filtered FROM (VALUES (1, 'a'), (2, NULL), (3, 'b')) v(at, name);
-- 64 steps
SELECT window_funnel(100, n, 'e' || n, (SELECT array_agg('e' || k ORDER BY k) FROM generate_series(1, 64) k)) AS plain,
    window_funnel(100, n, 'e' || n, (SELECT array_agg('e' || k ORDER BY k) FROM generate_series(1, 64) k), 'strict_order,strict_once') AS mode FROM generate_series(64, 1, -1) n;
-- names of every length that have the same ends, each a step of its own; longer ones again and again
SELECT count(*), min(level), max(level) FROM (SELECT len, window_funnel(9, at, repeat('ab', 4) || repeat('c', len - 1) || CASE at WHEN 1 THEN 'x' WHEN 2 THEN 'y' ELSE 'z' END || repeat('ab', 4),
        ARRAY[repeat('ab', 4) || repeat('c', len - 1) || 'x' || repeat('ab', 4), '*cy' || repeat('ab', 4), repeat('ab', 4) || repeat('c', len - 1) || 'z' || repeat('ab', 4)]) AS level
    FROM generate_series(2, 1000) len, generate_series(1, 3) at GROUP BY len) s;
SELECT min(level), max(level) FROM (SELECT customer, window_funnel(9, at, left(substr('aaaaaaaa', 1, len - 1) || at, len), '{*1,*2,*3}') AS level
    FROM generate_series(1, 9) customer, generate_series(1, 9) len, generate_series(1, 3) at GROUP BY customer, len) s;
-- more names than are kept
SELECT sum(level), sum(wanted) FROM (SELECT n % 500 AS customer, window_funnel(10000, n, 'name ' || n, '{"\"name 17\"|*1","*7",*99*}') AS level,
        window_funnel(10000, n, n % 10 = 1 OR n = 17, n % 10 = 7, n::text LIKE '%99%') AS wanted FROM generate_series(1, 20000) n GROUP BY 1) s;
-- compressed and moved out of line
CREATE TEMP TABLE wide (at int, name text, filler bytea) WITH (toast_tuple_target = 128);
ALTER TABLE wide ALTER filler SET STORAGE PLAIN;
INSERT INTO wide SELECT 2 * k, repeat('long name ' || k, 60), decode(repeat('00', 2100), 'hex') FROM generate_series(1, 3) k;
ALTER TABLE wide ALTER name SET STORAGE EXTERNAL;
INSERT INTO wide SELECT 2 * k + 1, repeat('long name ' || k, 60), decode(repeat('00', 2100), 'hex') FROM generate_series(1, 3) k;
SELECT count(*) FILTER (WHERE pg_column_size(name) < 500) AS compressed, pg_relation_size(reltoastrelid) > 0 AS moved, window_funnel(9, at, name, '{*1,*1,*2,*2,*3,*3}', 'strict_increase')
  FROM wide, pg_class WHERE oid = 'wide'::regclass GROUP BY reltoastrelid;
-- steps from a table, other ones in each group; rows of the groups mixed
CREATE TEMP TABLE funnels (id int, steps matcher[], within int, mode text);
INSERT INTO funnels VALUES (1, '{a,b,c}', 9, NULL), (2, '{c,b,a}', 9, NULL), (3, '{a,c}', 1, 'strict_order'), (4, '{a,"b|c","*"}', 2, 'strict_increase');
CREATE TEMP TABLE abc AS SELECT n AS at, chr(97 + hashint4(n) % 3 + CASE WHEN hashint4(n) < 0 THEN 2 ELSE 0 END) AS name FROM generate_series(1, 40) n;
SET enable_sort = off;
SELECT id, window_funnel(within, at, name, steps, mode) AS mixed, (SELECT window_funnel(g.within, at, name, g.steps, g.mode) FROM funnels g, abc WHERE g.id = s.id) AS alone
  FROM (SELECT * FROM funnels, abc ORDER BY at, id) s GROUP BY id ORDER BY id;
RESET enable_sort;
SELECT id, window_funnel(within, at, name, steps) OVER (PARTITION BY id ORDER BY at) AS so_far FROM funnels, abc WHERE at < 6 ORDER BY id, at;

--
-- The same answers as with conditions: all modes, rows in any order, workers
--
CREATE TABLE named_rows AS
    SELECT u AS customer, hashint4(u * 1000 + k) & 63 AS at, (ARRAY['view', 'view/shoes', 'a long name of more than 16 bytes', 'a long name of less than 17 byt', 'cart', 'buy', 'scroll', NULL])[1 + (hashint4(u * 77 + k) & 7)] AS name, k, u / 40 AS few
    FROM generate_series(1, 400) u, generate_series(1, 12) k;
ALTER TABLE named_rows SET (parallel_workers = 2);
ANALYZE named_rows;
DO $do$
DECLARE
    modes text[] := ARRAY(SELECT DISTINCT concat_ws(',', CASE WHEN i & 1 > 0 THEN 'strict_order' END, CASE WHEN i & 2 > 0 THEN 'strict_deduplication' END,
        CASE WHEN i & 4 > 0 THEN 'strict_increase' END, CASE WHEN i & 8 > 0 THEN 'strict_once' END,
        CASE WHEN i & 17 = 17 THEN 'allow_reentry' END, CASE i >> 5 WHEN 1 THEN 'compat_clickhouse' WHEN 2 THEN 'compat_clickhouse_26' END) FROM generate_series(0, 95) i);
    steps text[] := '{view,"*name*|view/*","cart|buy",buy}';
BEGIN
    EXECUTE (SELECT format('CREATE FUNCTION levels_by(form text, source text) RETURNS TABLE (customer int, levels int[]) LANGUAGE plpgsql AS $f$ BEGIN RETURN QUERY EXECUTE
        CASE form WHEN ''steps'' THEN ''SELECT customer, ARRAY[%s] FROM '' ELSE ''SELECT customer, ARRAY[%s] FROM '' END || source || '' GROUP BY customer''; END $f$',
        string_agg(format('window_funnel(20, at, name, ''''%s'''', ''''%s'''')', steps, m), ', '),
        string_agg(format('window_funnel(20, ''''%s'''', at, %s)', m, (SELECT string_agg(format('matches(''''%s'''', name)', s), ', ') FROM unnest(steps) s)), ', ')) FROM unnest(modes) m);
END $do$;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE by_conditions AS SELECT * FROM levels_by('conditions', 'named_rows');
CREATE TABLE by_conditions_few AS SELECT * FROM levels_by('conditions', '(SELECT few AS customer, at * 7 + customer % 40 * 300 AS at, name FROM named_rows) s');
SELECT count(*), count(DISTINCT levels) > 50 AS various, min(cardinality(levels)) AS combinations FROM by_conditions;
SELECT count(*) AS different FROM by_conditions c JOIN levels_by('steps', 'named_rows') s USING (customer) WHERE s.levels IS DISTINCT FROM c.levels;
SELECT count(*) AS shuffled FROM by_conditions c JOIN levels_by('steps', '(SELECT * FROM named_rows ORDER BY hashint4(k * 31 + customer)) s') s USING (customer) WHERE s.levels IS DISTINCT FROM c.levels;
SELECT count(*) AS sorted FROM by_conditions c JOIN levels_by('steps', '(SELECT * FROM named_rows ORDER BY customer, at, name DESC) s') s USING (customer) WHERE s.levels IS DISTINCT FROM c.levels;
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET cpu_tuple_cost = 1;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS off) SELECT few, window_funnel(20, at, name, '{view,buy}'), window_funnel(20, at, name, '{view,buy}', 'strict_order') FROM named_rows GROUP BY few;
SELECT count(*) AS parallel FROM by_conditions_few c JOIN levels_by('steps', '(SELECT few AS customer, at * 7 + customer % 40 * 300 AS at, name FROM named_rows) s') s USING (customer) WHERE s.levels IS DISTINCT FROM c.levels;
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET cpu_tuple_cost;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET parallel_leader_participation;
DROP TABLE named_rows, by_conditions, by_conditions_few;
DROP FUNCTION levels_by;

--
-- Errors
--
SELECT window_funnel('7 days', at, name, '{view,cart@email}') FROM e;
SELECT window_funnel('7 days', at, name, '{view,purchase>=100}') FROM e;
SELECT window_funnel('7 days', at, name, '{view|cart@*|buy=1}', 'strict_order') FROM e;
SELECT window_funnel('7 days', at, name, NULL) FROM e;
SELECT window_funnel('7 days', at, name, '{}') FROM e;
SELECT window_funnel('7 days', at, name, '{view,NULL}') FROM e;
SELECT window_funnel('7 days', at, name, '{{view},{cart}}') FROM e;
SELECT window_funnel('7 days', at, name, '{view,"add to cart"}') FROM e;
SELECT window_funnel('7 days', at, name, 'view') FROM e;
SELECT window_funnel('7 days', at, name, array_fill('view'::text, '{65}')) FROM e;
SELECT window_funnel('7 days', at, name, '{view}', 'strict') FROM e;
SELECT window_funnel('7 days', at, name, '{view}', 'allow_reentry') FROM e;
SELECT window_funnel('1 month', at, name, '{view}') FROM e;
SELECT window_funnel('-1 day', at, name, '{view}') FROM e;
SELECT window_funnel(-1, 1, name, '{view}') FROM e;
SELECT window_funnel('7 days', 'infinity'::timestamptz, name, '{view}') FROM e;
SELECT window_funnel('7 days', '-infinity'::date, name, '{view}') FROM e;
SELECT window_funnel('7 days', at, repeat('x', 1024), '{x*}') AS longest FROM e;
SELECT window_funnel('7 days', at, repeat('x', 1025), '{x*}') FROM e;
-- what must be the same for all rows of a group
SELECT window_funnel(9, n, name, steps) FROM (VALUES (1, 'a', '{a,b}'::matcher[]), (2, 'b', '{a,c}')) v(n, name, steps);
SELECT window_funnel(9, n, name, steps) FROM (VALUES (1, 'a', '{a,b}'::matcher[]), (2, 'b', '{a}')) v(n, name, steps);
SELECT window_funnel(9, n, name, steps) AS "not their bounds" FROM (VALUES (1, 'a', '{a,b}'::matcher[]), (2, 'b', '[0:1]={a,b}')) v(n, name, steps);
SELECT window_funnel(n, n, 'a'::text, '{a}') FROM generate_series(1, 2) n;
SELECT window_funnel(1, n, 'a'::text, '{a}', m) FROM (VALUES (1, 'strict_once'), (2, NULL)) v(n, m);
-- an event of another type
CREATE TYPE pg_temp.kind AS ENUM ('view', 'cart');
SELECT window_funnel('7 days', now(), 'view'::pg_temp.kind, '{view,cart}');
SELECT window_funnel('7 days', now(), 'view'::pg_temp.kind::text, '{view,cart}');
DROP TABLE e, wide, funnels, abc;
DROP TYPE pg_temp.kind;
DROP DOMAIN event_name;
