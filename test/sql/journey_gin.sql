-- Events and patterns in an index: what @> means, plans, index against reading.
CREATE SCHEMA journey_gin_test;
SET search_path = journey_gin_test, public, journey;
SET datestyle = 'ISO';
SET timezone = 'UTC';
SET max_parallel_workers_per_gather = 0;

--
-- What @> means
--
SELECT wanted, j @> wanted AS holds, wanted <@ j AS commuted
  FROM (VALUES ('[2026-01-01 10:00 view_item, 2026-01-02 10:00 view_item/shoes, 2026-01-03 10:00 "Order Completed" @email =5, 2026-01-04 10:00 own/a/b]'::journey)) AS a (j),
       (VALUES (1, ARRAY['view_item']), (2, '{own}'), (3, '{own/a/b}'), (4, '{own/a}'), (5, '{view_item/shoes}'),
               (6, '{view_item/hats}'), (7, '{view}'), (8, '{view_items}'), (9, '{view_*}'), (10, '{Order Completed}'),
               (11, '{order completed}'), (12, '{"\"Order Completed\""}'), (13, '{email}'), (14, '{view_item,own}'),
               (15, '{view_item,purchase}'), (16, '{view_item,view_item}'), (17, '{{view_item,own},{Order Completed,own/a/b}}'),
               (18, '{{view_item,own},{Order Completed,refund}}'), (19, '{}'), (20, '{NULL}'), (21, '{view_item,NULL}'),
               (22, '{""}'), (23, '{/}'), (24, '{own/}'), (25, '{view_item/}')) AS b (no, wanted)
 ORDER BY no;
SELECT '[2026-01-01 10:00 purchase]'::journey @> array['purchase'] AS as_typed, '[2026-01-01 10:00 purchase]'::journey @> '{purchase}' AS literal,
       array['purchase'] <@ '[2026-01-01 10:00 purchase]'::journey AS commuted;
-- with a slash first the base is empty, and an empty name is a name
SELECT j, j @> '{""}' AS empty_name, j @> '{/x}' AS slash, j @> '{x}' AS other
  FROM unnest(ARRAY['[2026-01-01 10:00 /x]', '[2026-01-01 10:00 ""]', '[2026-01-01 10:00 x]', '[]']::journey[]) AS j;
SELECT '[]'::journey @> '{}' AS nothing_of_nothing, '[]'::journey @> '{a}' AS something_of_nothing,
       NULL::journey @> '{a}' AS no_journey, '[]'::journey @> NULL AS no_array;

--
-- The same through an index, for names of every kind and the longest ones
--
SELECT setseed(0.25);
CREATE TABLE names (no int, name text);
INSERT INTO names
SELECT row_number() OVER (), name
  FROM unnest(ARRAY['view_item', 'view_item/shoes', 'view_item/hats', 'purchase', 'refund', 'own', 'own/a', 'own/a/b', 'own/',
                    'Order Completed', 'Order Completed/web', '/x', '', 'a "quoted" name', 'café', '購入', '購入/靴', '*', 'view_*',
                    repeat('x', 1024), repeat('é', 512), repeat('y', 1000) || '/' || repeat('z', 23), 'common']) AS name;
-- names that do not compress, and differ in the last byte only
INSERT INTO names
SELECT 23 + i, (SELECT string_agg(md5(k::text), '') FROM generate_series(1, 31) AS k) || repeat('-', 31) || i
  FROM generate_series(1, 9) AS i;
SELECT count(*), max(octet_length(name)) FROM names;

-- a journey of k touchpoints, the early names far more often than the late ones
CREATE FUNCTION random_journey(k int) RETURNS journey LANGUAGE sql AS $$
    SELECT journey_agg('2026-01-01'::timestamptz + i * interval '1 hour', name)
      FROM (SELECT i, 1 + floor(32 * random() ^ 2)::int AS no FROM generate_series(1, k) AS i) AS s JOIN names USING (no)
$$;
CREATE TABLE shop (id int, j journey);
INSERT INTO shop SELECT i, random_journey(floor(12 * random())::int) FROM generate_series(1, 2000) AS i;
INSERT INTO shop VALUES (2001, NULL), (2002, '[]'), (2003, '[]');
INSERT INTO shop SELECT 2003 + i, ('[2026-01-01 10:00 rare' || i || ', 2026-01-02 10:00 rare' || i || '/x, 2026-01-03 10:00 common]')::journey FROM generate_series(1, 20) AS i;
CREATE INDEX shop_j ON shop USING gin (j);
ANALYZE shop;

-- the planner takes it by itself
EXPLAIN (COSTS OFF) SELECT count(*) FROM shop WHERE j @> array['rare7'];
EXPLAIN (COSTS OFF) SELECT count(*) FROM shop WHERE array['rare7', 'common'] <@ j;
SELECT id FROM shop WHERE j @> array['rare7'];
SELECT id FROM shop WHERE array['rare7', 'common'] <@ j;
SELECT count(*) FROM shop WHERE j @> array['rare7', 'rare8'];
-- and knows from a sample how many rows an event will bring
CREATE FUNCTION estimate(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
    RETURN (plan #>> '{0,Plan,Plan Rows}')::bigint;
END
$$;
SELECT name, estimated BETWEEN actual / 2 - 20 AND actual * 2 + 20 AS near
  FROM (VALUES ('view_item'), ('purchase'), ('own'), ('rare1'), ('never')) AS v (name),
       LATERAL (SELECT estimate(format('SELECT * FROM shop WHERE j @> ARRAY[%L]', name)) AS estimated) AS e,
       LATERAL (SELECT count(*) AS actual FROM shop WHERE j @> ARRAY[name]) AS a;

-- one question by the index, by reading every journey, and as plain SQL
CREATE FUNCTION by_index(wanted text[]) RETURNS int[] LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    ids int[];
BEGIN
    EXECUTE format('SELECT array_agg(id ORDER BY id) FROM shop WHERE j @> %L::text[]', wanted) INTO ids;
    RETURN ids;
END
$$;
CREATE FUNCTION by_reading(wanted text[]) RETURNS int[] LANGUAGE plpgsql SET enable_bitmapscan = off AS $$
DECLARE
    ids int[];
BEGIN
    EXECUTE format('SELECT array_agg(id ORDER BY id) FROM shop WHERE j @> %L::text[]', wanted) INTO ids;
    RETURN ids;
END
$$;
CREATE FUNCTION by_sql(wanted text[]) RETURNS int[] LANGUAGE sql AS $$
    SELECT array_agg(id ORDER BY id)
      FROM shop
     WHERE j IS NOT NULL AND NOT EXISTS (
           SELECT FROM unnest(wanted) AS name
            WHERE NOT EXISTS (SELECT FROM unnest(events(j)) AS event
                               WHERE name IN (event, split_part(event, '/', 1))))
$$;
CREATE FUNCTION random_names() RETURNS text[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(CASE WHEN random() < 0.03 THEN split_part(name, '/', 1) WHEN random() < 0.02 THEN name || '/' ELSE name END), '{}')
      FROM (SELECT 1 + floor(32 * random() ^ 2)::int AS no FROM generate_series(1, floor(4 * random())::int)) AS s JOIN names USING (no)
$$;
-- 500 random questions: how many had an answer, how many agree
CREATE FUNCTION compare() RETURNS TABLE (questions bigint, with_answer bigint, index_agrees bigint, sql_agrees bigint) LANGUAGE sql AS $$
    SELECT count(*), count(ids), count(*) FILTER (WHERE ids IS NOT DISTINCT FROM by_index(wanted)),
           count(*) FILTER (WHERE no % 20 > 0 OR ids IS NOT DISTINCT FROM by_sql(wanted))
      FROM (SELECT no, wanted, by_reading(wanted) AS ids
              FROM (SELECT no, CASE WHEN no > 0 THEN random_names() END AS wanted FROM generate_series(1, 500) AS no) AS q OFFSET 0) AS r
$$;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM shop WHERE j @> '{view_item,own}'::text[];
EXPLAIN (COSTS OFF) SELECT count(*) FROM shop WHERE j @> '{}'::text[];
RESET enable_seqscan;
SELECT * FROM compare();

-- every name of 1024 bytes is found, and a longer one by nobody
SELECT count(*) AS names, bool_and(by_index(ARRAY[name]) = by_reading(ARRAY[name])) AS agree, bool_and(by_index(ARRAY[name]) = by_sql(ARRAY[name])) AS right
  FROM names WHERE octet_length(name) = 1024;
SELECT by_index(ARRAY[repeat('x', 1025)]), by_reading(ARRAY[repeat('x', 1025)]);
-- none, nothing and something that is not there
SELECT cardinality(by_index('{}')) AS all_journeys, by_index('{}') = by_reading('{}') AS agree,
       by_index('{NULL}') AS of_null, by_reading('{NULL}') AS of_null_read, by_index('{common,NULL}') AS with_null, by_index('{never}') AS never;
SELECT cardinality(by_index('{{rare3,common},{rare3/x,rare3}}')) AS two_dimensions;

-- rows that were updated, deleted, inserted, vacuumed; the pending list on and off
UPDATE shop SET j = j || '[2026-06-01 10:00 refund, 2026-06-02 10:00 own/new]' WHERE id % 7 = 0;
UPDATE shop SET j = '[2026-06-01 10:00 purchase]' WHERE id % 11 = 0;
DELETE FROM shop WHERE id % 13 = 0;
SELECT * FROM compare();
VACUUM shop;
SELECT * FROM compare();
ALTER INDEX shop_j SET (fastupdate = off);
INSERT INTO shop SELECT 5000 + i, random_journey(floor(12 * random())::int) FROM generate_series(1, 300) AS i;
UPDATE shop SET j = j || '[2026-07-01 10:00 search]' WHERE id % 5 = 0;
SELECT * FROM compare();
SELECT cardinality(by_index('{search}')) > 300 AS found, by_index('{search}') = by_reading('{search}') AS agree,
       by_index('{own}') = by_reading('{own}') AS agree_of_base;
VACUUM FULL shop;
REINDEX INDEX shop_j;
SELECT * FROM compare();

--
-- Patterns: the index finds the journeys with the events that must be there
--
ANALYZE shop;
EXPLAIN (COSTS OFF) SELECT count(*) FROM shop WHERE j ~ 'rare7 .* (?<=2d) common';
SELECT id FROM shop WHERE j ~ 'rare7 .* (?<=2d) common';
SELECT id FROM shop WHERE j ~ 'common .* rare7';
EXPLAIN (COSTS OFF) SELECT count(*) FROM shop WHERE j ~ '(rare7|rare8/x|[rare9/x|"rare10"]) [^own]* common' AND j @> '{common}';
SELECT id FROM shop WHERE j ~ '(rare7|rare8/x|[rare9/x|"rare10"]) [^own]* common' AND j @> '{common}' ORDER BY id;
-- what any journey might match, or what no pattern fits, is no matter for an index
EXPLAIN (COSTS OFF) SELECT count(*) FROM shop WHERE j ~ '[^view_item]*';
EXPLAIN (COSTS OFF) SELECT count(*) FROM shop WHERE j !~ 'rare7';
SELECT query, estimated BETWEEN actual / 2 - 20 AND actual * 2 + 20 AS near
  FROM (VALUES ('view_item .* purchase'), ('own view_item'), ('rare1'), ('.*')) AS v (query),
       LATERAL (SELECT estimate(format('SELECT * FROM shop WHERE j ~ %L', query)) AS estimated) AS e,
       LATERAL (SELECT count(*) AS actual FROM shop WHERE j ~ query::pattern) AS a;

CREATE FUNCTION fits_by_index(wanted pattern) RETURNS int[] LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    ids int[];
BEGIN
    EXECUTE format('SELECT array_agg(id ORDER BY id) FROM shop WHERE j ~ %L', wanted) INTO ids;
    RETURN ids;
END
$$;
CREATE FUNCTION fits_by_reading(wanted pattern) RETURNS int[] LANGUAGE plpgsql SET enable_bitmapscan = off AS $$
DECLARE
    ids int[];
BEGIN
    EXECUTE format('SELECT array_agg(id ORDER BY id) FROM shop WHERE j ~ %L', wanted) INTO ids;
    RETURN ids;
END
$$;
CREATE FUNCTION random_term() RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN random() < 0.3 OR name !~ '^\w+(/\w+)*$' THEN '"' || replace(name, '"', '""') || '"' WHEN random() < 0.3 THEN split_part(name, '/', 1) ELSE name END
      FROM (SELECT 1 + floor(32 * random() ^ 2)::int AS no) AS s JOIN names USING (no)
$$;
CREATE FUNCTION random_pattern(depth int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    kind int := CASE WHEN depth = 0 THEN floor(random() * 8) ELSE floor(random() * 18) END;
BEGIN
    RETURN CASE WHEN kind < 4 THEN random_term()
                WHEN kind = 4 THEN '.*'
                WHEN kind = 5 THEN '[' || random_term() || '|' || random_term() || '>=1' || ']'
                WHEN kind = 6 THEN '[^' || random_term() || '|' || random_term() || ']*'
                WHEN kind = 7 THEN '[view_*|' || random_term() || ']'
                WHEN kind < 11 THEN random_pattern(depth - 1) || ' .* ' || random_pattern(depth - 1)
                WHEN kind < 13 THEN random_pattern(depth - 1) || ' .* (?<=3h) ' || random_pattern(depth - 1)
                WHEN kind = 13 THEN random_pattern(depth - 1) || ' ' || random_pattern(depth - 1)
                WHEN kind < 16 THEN '(' || random_pattern(depth - 1) || '|' || random_pattern(depth - 1) || ')'
                ELSE '(' || random_pattern(depth - 1) || ')' || (ARRAY['*', '+', '?', '{2}', '{0,2}', '{1,}'])[1 + floor(random() * 6)]
           END;
END
$$;
-- 120 random patterns: how many had an answer, how many were not for all, how many agree
CREATE FUNCTION compare_patterns() RETURNS TABLE (questions bigint, some_answer boolean, not_all boolean, index_agrees bigint) LANGUAGE sql AS $$
    SELECT count(*), count(ids) > 40, count(*) FILTER (WHERE ids IS NULL OR cardinality(ids) < 1000) > 40,
           count(*) FILTER (WHERE ids IS NOT DISTINCT FROM fits_by_index(wanted))
      FROM (SELECT wanted, fits_by_reading(wanted) AS ids
              FROM (SELECT CASE WHEN no > 0 THEN random_pattern(3)::pattern END AS wanted FROM generate_series(1, 120) AS no) AS q OFFSET 0) AS r
$$;
SELECT * FROM compare_patterns();
UPDATE shop SET j = j || '[2026-08-01 10:00 view_item]' WHERE id % 3 = 0;
SELECT * FROM compare_patterns();
ALTER INDEX shop_j SET (fastupdate = on);
UPDATE shop SET j = j || '[2026-09-01 10:00 purchase =1]' WHERE id % 4 = 0;
DELETE FROM shop WHERE id % 17 = 0;
SELECT * FROM compare_patterns();
VACUUM shop;
SELECT * FROM compare_patterns();
-- a name that must have no detail, a long name, more names than an index is asked for
SELECT by_index('{own}') <> fits_by_index('"own"') AS details_differ, fits_by_index('"own"') = fits_by_reading('"own"') AS exact,
       fits_by_index(repeat('x', 1024)::pattern) = by_reading(ARRAY[repeat('x', 1024)]) AS long,
       fits_by_index(('[' || string_agg('rare' || i, '|') || ']')::pattern) = fits_by_reading(('[' || string_agg('rare' || i, '|') || ']')::pattern) AS many
  FROM generate_series(1, 1000) AS i;

SET client_min_messages = warning;
DROP SCHEMA journey_gin_test CASCADE;
