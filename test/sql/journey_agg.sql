-- Rows to journeys: journey_agg in all its forms, and a || b.
SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO';

CREATE FUNCTION same(a journey, b journey) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
    SELECT (a = b AND journey_send(a) = journey_send(b)) IS TRUE OR a IS NULL AND b IS NULL
$$;

--
-- Forms
--
CREATE TEMP TABLE events (id bigint, customer int, at timestamptz, name text, channel text, value float8);
INSERT INTO events VALUES
    (1, 1, '2026-01-02 10:00:01', 'b', 'email', 5),
    (2, 1, '2026-01-02 10:00:00', 'c', NULL, NULL),
    (3, 1, '2026-01-02 10:00:00', 'a', 'sms', -1),
    (4, 1, '2026-01-02 10:00:00', 'a', NULL, 2),
    (5, 1, '2026-01-02 10:00:00', 'a', NULL, NULL),
    (6, 1, '2026-01-02 10:00:00', 'a', NULL, -3),
    (7, 1, '2026-01-02 10:00:00', 'a', 'email', 2),
    (8, 1, NULL, 'a', NULL, 2),
    (9, 1, '2026-01-02 10:00:00', NULL, 'sms', 2),
    (10, 2, '2026-01-02 10:00:00', 'a', NULL, NULL),
    (11, 3, NULL, 'a', NULL, NULL),
    (12, 3, '2026-01-02 10:00:00', NULL, NULL, NULL);
SELECT customer, journey_agg(at, name) FROM events GROUP BY customer ORDER BY customer;
SELECT customer, journey_agg(at, name, channel) FROM events GROUP BY customer ORDER BY customer;
-- equal times: event, then channel, then value; none before any
SELECT customer, journey_agg(at, name, channel, value) FROM events GROUP BY customer ORDER BY customer;
-- or the tiebreak first, NULL last
SELECT journey_agg(at, name, channel, value, id) FROM events WHERE customer = 1;
SELECT journey_agg(at, name, channel, value, -id) FROM events WHERE customer = 1;
SELECT journey_agg(at, name, channel, value, CASE WHEN id = 6 THEN NULL ELSE id / 5 END) FROM events WHERE customer = 1;
SELECT journey_agg(at, name, channel, value, CASE WHEN id IN (3, 6) THEN 9223372036854775807 WHEN id = 2 THEN -9223372036854775808 END) FROM events WHERE customer = 1;
-- names are ordered by their bytes, whatever the collation
SELECT events(journey_agg('2026-01-02'::timestamptz, name)) FROM unnest('{b,é,a,B,"",page_view,page_view/x,page_view.x,page_view0,Z,a b}'::text[]) AS name;
SELECT events(journey_agg('2026-01-02'::timestamptz, name COLLATE "C")) FROM unnest('{b,a,B}'::text[]) AS name;
-- no rows
SELECT journey_agg(at, name) IS NULL AS rows, journey_agg(at, name, channel, value, id) IS NULL AS all_forms FROM events WHERE false;
SELECT count(*) FROM (SELECT journey_agg(at, name) FROM events WHERE false GROUP BY customer) s;
-- varchar, name, numeric, int
SELECT journey_agg(at::timestamptz(0), name::varchar(3), channel::name::text, value::numeric, id::int) = journey_agg(at, name, channel, value, id) AS types FROM events WHERE customer = 1;
SELECT journey_agg(DATE '2026-01-02', 'a');
SELECT journey_agg(at, name ORDER BY id DESC) = journey_agg(at, name) AS ordered, journey_agg(DISTINCT at, name), journey_agg(at, name) FILTER (WHERE id = 1) FROM events WHERE customer = 1;
-- as a window function the state is finished again and again
SELECT id, journey_agg(at, name, channel, value) OVER (ORDER BY id) FROM events WHERE customer = 1 AND id <= 4 ORDER BY id;
SELECT bool_and(same(w, (SELECT journey_agg(at, name, channel, value, id) FROM events e WHERE e.customer = 1 AND e.id <= s.id))) AS window
  FROM (SELECT id, journey_agg(at, name, channel, value, id) OVER (ORDER BY id) AS w FROM events WHERE customer = 1) s;

--
-- Journeys
--
SELECT '[]'::journey || '[]', '[]'::journey || '[2026-01-02 10:00+00 a]', '[2026-01-02 10:00+00 a]'::journey || '[]', NULL || '[]'::journey;
SELECT '[2026-01-02 10:00+00 a, 2026-01-02 10:02+00 c]'::journey || '[2026-01-02 10:01+00 b @x =1]';
-- every touchpoint is kept, equal ones too
SELECT '[2026-01-02 10:00+00 a @x =1]'::journey || '[2026-01-02 10:00+00 a @x =1]';
-- a time of one journey keeps its order, a shared one does not
SELECT '[2026-01-02 10:00+00 z, 2026-01-02 10:00+00 a, 2026-01-02 10:01+00 z, 2026-01-02 10:01+00 a]'::journey || '[2026-01-02 10:01+00 m, 2026-01-02 10:02+00 z, 2026-01-02 10:02+00 a]';
SELECT journey_agg(j), journey_agg(j ORDER BY j DESC) = journey_agg(j) AS ordered
  FROM (VALUES ('[2026-01-02 10:00+00 z, 2026-01-02 10:00+00 a]'::journey), (NULL), ('[2026-01-02 10:01+00 m]'), ('[]'), ('[2026-01-02 10:01+00 k]')) AS t (j);
SELECT journey_agg(j) FROM (VALUES (NULL::journey)) AS t (j);
SELECT journey_agg(j) FROM (VALUES ('[]'::journey), (NULL)) AS t (j);
SELECT journey_agg(j) FROM (VALUES ('[]'::journey)) AS t (j) WHERE false;
SELECT n, journey_agg(j) OVER (ORDER BY n) FROM (VALUES (1, '[2026-01-02 10:01+00 z, 2026-01-02 10:01+00 a]'::journey), (2, '[2026-01-02 10:00+00 y, 2026-01-02 10:00+00 b]'), (3, '[2026-01-02 10:01+00 m]')) AS t (n, j);
-- units, widths and parts that only one side has
SELECT '[2026-01-02 10:00:00.000001+00 a]'::journey || '[2026-01-02 10:00:00.5+00 b @x]' || '[2026-01-02 10:00:01+00 c =1]' || '[4714-11-24 00:00:00+00 BC d]';

--
-- Random rows and journeys
--
\set seed 0.20260104
\echo seed :seed
SELECT setseed(:seed);
CREATE TEMP TABLE random_rows AS
SELECT n, n % 200 AS customer,
       CASE WHEN random() > 0.02 THEN '2026-01-01'::timestamptz + floor(random() * 4) * (ARRAY['1 s', '1 ms', '1 us', '100 days'])[1 + n % 4]::interval END AS at,
       CASE WHEN random() > 0.02 THEN (ARRAY['a', 'b', 'page_view', 'page_view/x', 'Order Completed', ''])[1 + floor(random() * 6)] END AS name,
       (ARRAY['c', 'd', '', NULL])[1 + floor(random() * 4)] AS channel,
       (ARRAY[0, 1, -1, NULL, NULL])[1 + floor(random() * 5)]::float8 AS value,
       CASE WHEN random() > 0.1 THEN floor(random() * 4)::bigint END AS tiebreak
  FROM generate_series(1, 4000) AS n;
ANALYZE random_rows;
CREATE TEMP TABLE want AS
SELECT customer, journey_agg(at, name) AS two, journey_agg(at, name, channel) AS three, journey_agg(at, name, channel, value) AS four,
       journey_agg(at, name, channel, value, tiebreak) AS five
  FROM random_rows GROUP BY customer;
-- what SQL would do
SELECT bool_and(got = ARRAY(SELECT (at, name, channel, value)::text FROM random_rows r WHERE r.customer = w.customer AND at IS NOT NULL AND name IS NOT NULL
                             ORDER BY at, tiebreak, name COLLATE "C", channel COLLATE "C" NULLS FIRST, value NULLS FIRST)) AS sorted_rows
  FROM want w, LATERAL (SELECT ARRAY(SELECT (at, event, channel, value)::text FROM touchpoints(five) ORDER BY n) AS got) g;
-- the order of the rows does not matter
SELECT count(*), bool_and(same(w.two, p.two) AND same(w.three, p.three) AND same(w.four, p.four) AND same(w.five, p.five)) AS permuted
  FROM (SELECT customer, turn, journey_agg(at, name ORDER BY hashint4extended(n, turn)) AS two,
               journey_agg(at, name, channel ORDER BY hashint4extended(n, turn)) AS three,
               journey_agg(at, name, channel, value ORDER BY hashint4extended(n, turn)) AS four,
               journey_agg(at, name, channel, value, tiebreak ORDER BY hashint4extended(n, turn)) AS five
          FROM random_rows, generate_series(1, 8) AS turn GROUP BY customer, turn) p
  JOIN want w USING (customer);

-- Pieces of a customer with stored order at equal times
CREATE TEMP TABLE pieces AS
SELECT customer, n / 200 % 5 AS piece, coalesce(journey_agg(at, name, channel, value, tiebreak), '[]') AS j FROM random_rows GROUP BY 1, 2;
SELECT count(*) AS pairs, bool_and(same(a.j || b.j, b.j || a.j)) AS commutative
  FROM pieces a JOIN pieces b ON a.customer % 20 = b.customer % 20 AND a.piece <= b.piece AND abs(a.customer - b.customer) <= 20;
SELECT count(*) AS triples, bool_and(same((a.j || b.j) || c.j, a.j || (b.j || c.j))) AS associative
  FROM pieces a JOIN pieces b USING (customer) JOIN pieces c USING (customer);
SELECT count(*) AS triples, bool_and(same((a.j || b.j) || c.j, a.j || (b.j || c.j)) AND same(a.j || b.j || c.j, c.j || b.j || a.j)) AS other_customers
  FROM pieces a JOIN pieces b ON b.customer = (a.customer + 4) % 200 JOIN pieces c ON c.customer = (a.customer + 8) % 200
 WHERE a.piece <= 1 AND c.piece <= 1;
SELECT bool_and(same(j || '[]', j) AND same('[]' || j, j)) AS neutral FROM pieces;
SELECT count(*), bool_and(same(p.j, w.j)) AS permuted, bool_and(same(w.j, w.concatenated)) AS concatenated
  FROM (SELECT customer, turn, journey_agg(j ORDER BY hashint4extended(piece, turn)) AS j FROM pieces, generate_series(1, 8) AS turn GROUP BY 1, 2) p
  JOIN (SELECT customer, journey_agg(j ORDER BY piece) AS j,
               max(j::text) FILTER (WHERE piece = 0)::journey || max(j::text) FILTER (WHERE piece = 1)::journey || max(j::text) FILTER (WHERE piece = 2)::journey
               || max(j::text) FILTER (WHERE piece = 3)::journey || max(j::text) FILTER (WHERE piece = 4)::journey AS concatenated
          FROM pieces GROUP BY 1) w USING (customer);
-- aggregating in steps is aggregating at once, in any grouping
SELECT bool_and(same(at_once, in_steps)) AS steps
  FROM (SELECT customer, journey_agg(j) AS at_once FROM pieces GROUP BY 1) a
  JOIN (SELECT customer, journey_agg(j) AS in_steps FROM (SELECT customer, journey_agg(j) AS j FROM pieces GROUP BY customer, piece / 2) s GROUP BY 1) b USING (customer);
-- journeys without ties between them are the rows again
SELECT bool_and(same(w.four, s.j)) AS all_rows
  FROM want w JOIN (SELECT customer, journey_agg(j) AS j FROM (SELECT customer, journey_agg(at, name, channel, value) AS j FROM random_rows GROUP BY customer, n % 3) p GROUP BY 1) s USING (customer);
-- many times that both have, and many names
SELECT touchpoint_count(a || b) AS touchpoints, same(a || b, b || a) AS same,
       md5(array_to_string(events(a || b), ' ')) = (SELECT md5(string_agg('n' || (i * k) % 997, ' ' ORDER BY i, ('n' || (i * k) % 997) COLLATE "C")) FROM generate_series(1, 50000) AS i, unnest('{7,11}'::int[]) AS k) AS events
  FROM (SELECT journey_agg('2026-01-01'::timestamptz + i * interval '1 s', 'n' || (i * 7) % 997) AS a,
               journey_agg('2026-01-01'::timestamptz + i * interval '1 s', 'n' || (i * 11) % 997) AS b FROM generate_series(1, 50000) AS i) s;

--
-- Plans: the same from partial states and from spilled groups
--
CREATE TABLE journey_agg_rows (n int, customer int, at timestamptz, name text, channel text, value float8, tiebreak bigint) PARTITION BY HASH (customer);
CREATE TABLE journey_agg_rows_0 PARTITION OF journey_agg_rows FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE journey_agg_rows_1 PARTITION OF journey_agg_rows FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO journey_agg_rows SELECT * FROM random_rows;
CREATE TABLE journey_agg_pieces AS TABLE pieces;
ANALYZE journey_agg_rows;
ANALYZE journey_agg_pieces;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET enable_hashagg = off;
EXPLAIN (COSTS OFF) SELECT journey_agg(j) FROM journey_agg_pieces;
SELECT same(journey_agg(j), (SELECT journey_agg(j) FROM pieces)) AS journeys FROM journey_agg_pieces;
SELECT same(journey_agg(at, name), (SELECT journey_agg(at, name) FROM random_rows)) AS two,
       same(journey_agg(at, name, channel), (SELECT journey_agg(at, name, channel) FROM random_rows)) AS three,
       same(journey_agg(at, name, channel, value), (SELECT journey_agg(at, name, channel, value) FROM random_rows)) AS four,
       same(journey_agg(at, name, channel, value, tiebreak), (SELECT journey_agg(at, name, channel, value, tiebreak) FROM random_rows)) AS five
  FROM journey_agg_rows;
-- a worker without rows of the group, without values, without tiebreaks
SELECT same(journey_agg(at, name, channel, CASE WHEN n = 77 THEN 5 END, CASE WHEN n = 78 THEN 5 END),
            (SELECT journey_agg(at, name, channel, CASE WHEN n = 77 THEN 5 END, CASE WHEN n = 78 THEN 5 END) FROM random_rows)) AS one_value,
       same(journey_agg(at, name) FILTER (WHERE n = 99), (SELECT journey_agg(at, name) FROM random_rows WHERE n = 99)) AS one_row,
       journey_agg(at, name) FILTER (WHERE false) IS NULL AS no_row
  FROM journey_agg_rows;
SELECT bool_and(same(g.five, w.five)) AS sorted_groups
  FROM (SELECT customer, journey_agg(at, name, channel, value, tiebreak) AS five FROM journey_agg_rows GROUP BY customer) g JOIN want w USING (customer);
RESET enable_hashagg;
SET enable_partitionwise_aggregate = on;
SELECT bool_and(same(g.five, w.five)) AS partition_wise
  FROM (SELECT customer, journey_agg(at, name, channel, value, tiebreak) AS five FROM journey_agg_rows GROUP BY customer) g JOIN want w USING (customer);
RESET enable_partitionwise_aggregate;
SET max_parallel_workers_per_gather = 0;
-- 60,000 groups do not fit 64 kB
SET work_mem = '64kB';
SET enable_sort = off;
CREATE TEMP TABLE many AS
SELECT i % 60000 AS customer, '2026-01-01'::timestamptz + i * interval '1 minute' AS at, 'event number ' || i % 7 AS name FROM generate_series(0, 239999) AS i;
ANALYZE many;
CREATE FUNCTION spills(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query
	LOOP
		IF line ~ 'Batches: ([2-9]|\d\d)' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;
SELECT spills('SELECT customer, journey_agg(at, name) FROM many GROUP BY customer');
SELECT count(*), bool_and(same(j, format('[%s]', (SELECT string_agg(format('%s "event number %s"', to_char('2026-01-01'::timestamp + i * interval '1 minute', 'YYYY-MM-DD HH24:MI:SS'), i % 7), ', ')
                                                    FROM generate_series(customer, 239999, 60000) AS i))::journey)) AS spilled
  FROM (SELECT customer, journey_agg(at, name) AS j FROM many GROUP BY customer) s;
RESET work_mem;
RESET enable_sort;
DROP TABLE journey_agg_rows, journey_agg_pieces;

DROP FUNCTION same, spills;
