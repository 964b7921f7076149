SET search_path = public, journey;
SET timezone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT errors

--
-- by hand
--
CREATE TABLE build_rows (id bigint, at timestamptz, ev text, ch text, v float8, no bigint);
INSERT INTO build_rows VALUES
	(2, '2026-01-01 10:00+00', 'purchase', 'email', 20, 1),
	(1, '2026-01-02 10:00+00', 'view_item', NULL, NULL, NULL),
	(1, '2026-01-01 10:00+00', 'b', 'x', NULL, 2),
	(1, '2026-01-01 10:00+00', 'a', 'y', -0.0, 3),
	(1, '2026-01-01 10:00+00', 'c', NULL, 5, 1),
	(NULL, '2026-01-01 10:00+00', 'nobody', NULL, 5, 1),
	(3, NULL, 'never', NULL, 5, 1),
	(4, '2026-01-01 10:00+00', NULL, NULL, 5, 1);
SELECT * FROM build(NULL::bigint, 'SELECT id, at, ev FROM build_rows') ORDER BY customer;
SELECT * FROM build(NULL::bigint, 'SELECT id, at, ev, ch FROM build_rows') ORDER BY customer;
SELECT * FROM build(NULL::bigint, 'SELECT id, at, ev, ch, v FROM build_rows') ORDER BY customer;
SELECT * FROM build(NULL::bigint, 'SELECT id, at, ev, ch, v, no FROM build_rows') ORDER BY customer;
SELECT count(*) FROM build(NULL::bigint, NULL);
SELECT count(*) FROM build(NULL::bigint, 'SELECT id, at, ev FROM build_rows WHERE false');
SELECT * FROM build(NULL::text, $$VALUES ('', '2026-01-01 10:00+00'::timestamptz, ''), ('', '2026-01-01 10:00+00', 'purchase')$$);
SELECT * FROM build(NULL::text, $$WITH w AS (SELECT 'x'::varchar AS a) SELECT a, now() - now() + '2026-01-01 10:00+00'::timestamptz, a FROM w$$);
-- the snapshot is that of the statement: it does not see what the statement itself writes
WITH put AS (INSERT INTO build_rows VALUES (9, '2026-01-01 10:00+00', 'late') RETURNING 1)
SELECT (SELECT count(*) FROM put) AS put, count(*) AS customers FROM build(NULL::bigint, 'SELECT id, at, ev FROM build_rows');
SELECT count(*) AS customers FROM build(NULL::bigint, 'SELECT id, at, ev FROM build_rows');
-- more than one in a statement, with different types of customers
SELECT a.customer AS a, b.customer AS b FROM build(NULL::bigint, 'SELECT id, at, ev FROM build_rows') a
JOIN build(NULL::text, 'SELECT id::text, at, ev FROM build_rows') b ON a.journey = b.journey ORDER BY 1, 2;

--
-- against GROUP BY: random rows, all types of customers, with and without spilling
--
CREATE DOMAIN build_id AS integer CHECK (VALUE >= 0);
\set seed 20261123
\echo seed :seed
CREATE FUNCTION build_draw(i bigint, k bigint, seed bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
	RETURN hashint8extended(i * 8 + k, seed) & 9223372036854775807;
CREATE TABLE build_random AS
SELECT build_draw(i, 1, :seed) % 3000 AS id,
	   '2026-01-01 00:00+00'::timestamptz + build_draw(i, 2, :seed) % 5000 * interval '1 min' AS at,
	   CASE WHEN build_draw(i, 3, :seed) % 200 = 0 THEN NULL WHEN build_draw(i, 3, :seed) % 3 = 0 THEN 'view_item/' || build_draw(i, 3, :seed) % 4000
			ELSE (ARRAY['purchase', 'view_item', 'a name of one''s own', 'ünï', ''])[1 + build_draw(i, 3, :seed) % 5] END AS ev,
	   CASE WHEN build_draw(i, 4, :seed) % 4 > 0 THEN 'channel ' || build_draw(i, 4, :seed) % 40 END AS ch,
	   CASE WHEN build_draw(i, 5, :seed) % 3 = 0 THEN build_draw(i, 5, :seed) % 1000 / 8::float8 END AS v,
	   CASE WHEN build_draw(i, 6, :seed) % 2 = 0 THEN build_draw(i, 6, :seed) % 5 END AS no
FROM generate_series(1, 30000) AS i;

CREATE FUNCTION build_differences(id text, type text, columns text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM build(NULL::%1$s, %4$L) AS b
		FULL JOIN (SELECT %2$s AS customer, journey_agg(%3$s) AS journey FROM build_random GROUP BY 1) AS g ON b.customer = g.customer
		WHERE (g.customer IS NULL OR g.journey IS NOT NULL) AND (b.journey::text IS DISTINCT FROM g.journey::text OR b.journey IS DISTINCT FROM g.journey)',
		type, id, columns, format('SELECT %s, %s FROM build_random', id, columns)) INTO n;
	RETURN n;
END
$$;
SELECT c.columns, t.type, build_differences(t.id, t.type, c.columns) AS differences
FROM (VALUES ('at, ev'), ('at, ev, ch'), ('at, ev, ch, v'), ('at, ev, ch, v, no')) AS c(columns)
	CROSS JOIN (VALUES ('id', 'bigint'), ('id::integer', 'integer'), ('(id % 200)::smallint', 'smallint'), ('md5(id::text)::uuid', 'uuid'),
					   ('''customer '' || id', 'text'), ('(id::text)::varchar(20)', 'varchar'), ('(id % 300)::text::char(9)', 'bpchar'),
					   ('id::numeric', 'numeric'), ('id::float8 / 3', 'float8'), ('(id::text)::bytea', 'bytea'), ('id::text::name', 'name'),
					   ('(''2020-01-01''::date + id::integer)', 'date'), ('id::build_id', 'build_id'), ('ARRAY[id, 1]', 'bigint[]'),
					   ('make_interval(days => id::integer)', 'interval'), ('id % 2 = 0', 'boolean')) AS t(id, type)
ORDER BY 2, 1;
-- customers that are equal without being the same
SELECT count(*) AS customers, sum(touchpoint_count(journey)) AS touchpoints FROM build(NULL::numeric,
	'SELECT CASE no WHEN 1 THEN (id % 10)::numeric(10, 2) ELSE (id % 10)::numeric(10, 4) END, at, ev FROM build_random');
SELECT count(*) AS customers FROM build(NULL::float8, $$SELECT f, '2026-01-01 10:00+00'::timestamptz, 'x' FROM unnest('{0,-0,NaN,NaN}'::float8[]) AS f$$);
-- more than fits the memory: one with most of the rows, others beside it, names without end
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
CREATE TABLE build_large AS
SELECT CASE WHEN i % 5 < 2 THEN 7 ELSE build_draw(i, 1, :seed) % 5000 END AS id,
	   '2026-01-01 00:00+00'::timestamptz + build_draw(i, 2, :seed) % 100000 * interval '1 min' AS at,
	   'e' || i % 60000 AS ev, 'c' || i % 70000 AS ch
FROM generate_series(1, 600000) AS i;
SELECT count(*) AS differences FROM build(NULL::bigint, 'SELECT id, at, ev, ch FROM build_large') AS b
	FULL JOIN (SELECT id, journey_agg(at, ev, ch) AS journey FROM build_large GROUP BY id) AS g ON g.id = b.customer
WHERE g.journey IS DISTINCT FROM b.journey;
SELECT count(*) AS differences FROM build(NULL::text, 'SELECT md5(id::text), at, ev FROM build_large WHERE ch < ''c2''') AS b
	FULL JOIN (SELECT md5(id::text) AS id, journey_agg(at, ev) AS journey FROM build_large WHERE ch < 'c2' GROUP BY 1) AS g ON g.id = b.customer
WHERE g.journey IS DISTINCT FROM b.journey;
RESET work_mem;
RESET hash_mem_multiplier;

--
-- what is not taken
--
SELECT * FROM build(NULL::bigint, 'SELECT id, at FROM build_rows');
SELECT * FROM build(NULL::bigint, 'SELECT id, at, ev, ch, v, no, 1 FROM build_rows');
SELECT * FROM build(NULL::integer, 'SELECT id, at, ev FROM build_rows');
SELECT * FROM build(NULL::bigint, 'SELECT id, at::timestamp, ev FROM build_rows');
SELECT * FROM build(NULL::bigint, 'SELECT id, at, 1 FROM build_rows');
SELECT * FROM build(NULL::bigint, 'SELECT id, at, ev, 1 FROM build_rows');
SELECT * FROM build(NULL::bigint, 'SELECT id, at, ev, ch, 1 FROM build_rows');
SELECT * FROM build(NULL::bigint, 'SELECT id, at, ev, ch, v, 1 FROM build_rows');
SELECT * FROM build(NULL::point, $$SELECT point(1, 2), now(), 'x'$$);
-- a value that is none of the domain cannot get into a column of it
SELECT * FROM build(NULL::build_id, $$SELECT -1, '2026-01-01 10:00+00'::timestamptz, 'x'$$);
SELECT * FROM build(NULL::integer, $$SELECT 1::build_id, '2026-01-01 10:00+00'::timestamptz, 'x'$$);
SELECT * FROM build(NULL, 'SELECT id, at, ev FROM build_rows');
SELECT * FROM build(NULL::bigint, '');
SELECT * FROM build(NULL::bigint, 'SELECT id, at, ev FROM build_rows; SELECT id, at, ev FROM build_rows');
SELECT * FROM build(NULL::bigint, 'SELECT id, at, ev FROM build_nothing');
SELECT * FROM build(NULL::bigint, 'INSERT INTO build_rows DEFAULT VALUES RETURNING id, at, ev');
SELECT * FROM build(NULL::bigint, 'ANALYZE build_rows');
SELECT * FROM build(NULL::bigint, 'SELECT id, at, ev FROM build_rows FOR UPDATE');
SELECT * FROM build(NULL::bigint, $$SELECT 1::bigint, 'infinity'::timestamptz, 'x'$$);
SELECT * FROM build(NULL::bigint, $$SELECT 1::bigint, now(), 'x', NULL::text, 'NaN'::float8$$);
SELECT * FROM build(NULL::bigint, $$SELECT 1::bigint, now(), repeat('x', 1025)$$);
SELECT * FROM build(NULL::bigint, $$SELECT 1::bigint, now(), 'x', repeat('ü', 513)$$);
SELECT * FROM build(NULL::text, $$SELECT repeat('x', 600000), now(), 'x'$$);
SELECT * FROM build(NULL::bigint, $$SELECT 42::bigint, now(), 'x' || i FROM generate_series(1, 70000) AS i$$);
SELECT * FROM build(NULL::text, $$VALUES ('Ann', '4713-01-01 BC'::timestamptz, 'x'), ('Ann', '294000-01-01', 'x')$$);
SELECT touchpoint_count(journey) FROM build(NULL::text, $$SELECT repeat('x', 500000), now(), 'x'$$);
-- rights are the caller's
CREATE ROLE regress_journey_builder;
GRANT SELECT (id, at) ON build_rows TO regress_journey_builder;
SET ROLE regress_journey_builder;
SELECT * FROM build(NULL::bigint, 'SELECT id, at, ev FROM public.build_rows');
SELECT count(*) FROM build(NULL::bigint, $$SELECT id, at, 'x' FROM public.build_rows$$);
RESET ROLE;

DROP TABLE build_rows, build_random, build_large;
DROP FUNCTION build_draw, build_differences;
DROP DOMAIN build_id;
DROP ROLE regress_journey_builder;
