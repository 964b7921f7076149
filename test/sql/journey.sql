-- Type journey: its forms, order, hash and accessors.
SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET extra_float_digits = 1;

-- What every form must give back: the value and its bytes as sent.
CREATE FUNCTION same(a journey, b journey) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
    SELECT a = b AND journey_send(a) = journey_send(b) AND a::text = b::text
$$;
CREATE FUNCTION round_trips(j journey) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
    SELECT same(j, j::text::journey) AND same(j, j::jsonb::journey) AND same(j, j::jsonb::text::jsonb::journey)
$$;

--
-- Text
--
SELECT '[]'::journey, ' [ ] '::journey, '[2026-01-02 10:00:00+00 view_item @email, 2026-01-02 10:05:00+00 purchase =49.9]'::journey;

-- unaligned: how wide psql takes a name to be differs between versions
\pset format unaligned
SELECT literal, literal::journey AS journey, round_trips(literal::journey) AS ok
  FROM (VALUES
    -- blanks, offsets, precision
    (E'[\n 2026-01-02 10:00:00+00\t  a\n]'),
    ('[2026-01-02 10:00:00+00 a@b=1]'),
    ('[2026-01-02 10:00:00+00 a  @b  =1 ,2026-01-02 10:00:01+00 c]'),
    ('[2026-01-02T10:00:00Z a]'),
    ('[2026-01-02 10:00 a]'),
    ('[2026-01-02 10:00:00 a]'),
    ('[2026-01-02 10:00+02 a]'),
    ('[2026-01-02 10:00:00-03:30 a]'),
    ('[2026-01-02 00:00:00+05:53:28 a]'),
    ('[2026-01-02 10:00:00.5+00 a]'),
    ('[2026-01-02 10:00:00.000001+00 a]'),
    ('[2026-01-02 10:00:00.120000000+00 a]'),
    ('[1999-12-31 23:59:59.999999+00 a, 2000-01-01 00:00:00+00 b, 2000-01-01 00:00:00.000001+00 c]'),
    ('[2024-02-29 00:00:00+00 a]'),
    -- before Christ, and what comes last
    ('[4714-11-24 00:00:00+00 BC a, 0001-12-31 23:59:59.999999+00 BC b, 0001-01-01 00:00:00+00 c]'),
    ('[0005-02-29 00:00:00+00 BC a]'),
    ('[0044-03-15 12:00:00.25+00 BC BC]'),
    ('[0044-03-15 12:00:00+00 BC "BC" @BC =44]'),
    ('[2026-01-02 10:00:00+00 BC, 2026-01-02 10:00:01+00 BC @BC, 2026-01-02 10:00:02+00 BC =1, 2026-01-02 10:00:03+00 BC]'),
    ('[2026-01-02 10:00:00+00 BCD, 2026-01-02 10:00:01+00 BC/x @BC]'),
    ('[2026-01-02 10:00:00+00 "BC" @AD]'),
    ('[9999-12-31 23:59:59.999999+00 a, 10000-01-01 00:00:00+00 b, 294276-12-31 23:59:59.999999+00 c]'),
    -- 292,271 years between two touchpoints
    ('[0001-01-01 00:00:00.000001+00 a, 292271-12-31 23:59:59.999999+00 b]'),
    -- values
    ('[2026-01-02 10:00:00+00 a =0, 2026-01-02 10:00:01+00 a =-0, 2026-01-02 10:00:02+00 a =-1.5, 2026-01-02 10:00:03+00 a =+7]'),
    ('[2026-01-02 10:00:00+00 a =1e-300, 2026-01-02 10:00:01+00 a =5e-324, 2026-01-02 10:00:02+00 a =1.7976931348623157E308]'),
    ('[2026-01-02 10:00:00+00 a =0.1, 2026-01-02 10:00:01+00 a =.30000000000000004, 2026-01-02 10:00:02+00 a =123456789012345678]'),
    -- names
    ('[2026-01-02 10:00:00+00 "Order Completed" @"paid search"]'),
    ('[2026-01-02 10:00:00+00 page_view/product, 2026-01-02 10:00:01+00 page_view, 2026-01-02 10:00:02+00 page_view/]'),
    ('[2026-01-02 10:00:00+00 "page_view/", 2026-01-02 10:00:01+00 "/page_view", 2026-01-02 10:00:02+00 "page_view/a/b", 2026-01-02 10:00:03+00 "my own/detail"]'),
    ('[2026-01-02 10:00:00+00 "" @""]'),
    ('[2026-01-02 10:00:00+00 "a ""quoted"" name" @""""]'),
    ('[2026-01-02 10:00:00+00 "[x], @y =1" @"]"]'),
    ('[2026-01-02 10:00:00+00 "2026-01-02 10:00:00+00"]'),
    ('[2026-01-02 10:00:00+00 שלום @דוא״ל, 2026-01-02 10:00:01+00 "شراء منتج", 2026-01-02 10:00:02+00 購買]'),
    ('[2026-01-02 10:00:00+00 "‏rtl‎", 2026-01-02 10:00:01+00 😀]'),
    (E'[2026-01-02 10:00:00+00 "tab\there", 2026-01-02 10:00:01+00 "line\nbreak", 2026-01-02 10:00:02+00 "back\\\\slash"]'),
    ('[2026-01-02 10:00:00+00 Purchase, 2026-01-02 10:00:01+00 purchase, 2026-01-02 10:00:02+00 PURCHASE]'),
    ('[2026-01-02 10:00:00+00 (start), 2026-01-02 10:00:01+00 (end)]'),
    -- unsorted input is sorted, equal times keep their order
    ('[2026-01-02 10:00:02+00 c, 2026-01-02 10:00:00+00 a, 2026-01-02 10:00:01+00 b]'),
    ('[2026-01-02 10:00:01+00 z, 2026-01-02 10:00:00+00 d, 2026-01-02 10:00:00+00 b, 2026-01-02 10:00:00+00 c, 2026-01-02 10:00:00+00 b]'),
    ('[2026-01-02 10:00:00+00 a =2, 2026-01-02 10:00:00+00 a =1, 2026-01-02 10:00:00+00 a, 2026-01-02 10:00:00+00 a @x]')
  ) AS t (literal);
\pset format aligned

-- names up to 1 KiB
SELECT n, round_trips(format('[2026-01-02 10:00:00+00 %s @%s]', repeat('x', n), repeat('y', n))::journey) AS bare,
       round_trips(format('[2026-01-02 10:00:00+00 "%s"]', repeat('"', 2 * n))::journey) AS quotes,
       round_trips(format('[2026-01-02 10:00:00+00 "%s"]', repeat(' ', n))::journey) AS blanks,
       round_trips(format('[2026-01-02 10:00:00+00 page_view/%s]', repeat('x', n - 10))::journey) AS detail
  FROM (VALUES (127), (128), (1023), (1024)) AS t (n);
SELECT round_trips(format('[2026-01-02 10:00:00+00 %s]', repeat('é', 512))::journey) AS two_bytes_a_letter;

-- widths of codes: 1 to 65,535 names, and as many channels
SELECT s.names, round_trips(j), cardinality(events(j)) = 2 * s.names + 1 AS touchpoints, e.*
  FROM (SELECT names, journey_agg('2026-01-01'::timestamptz + i * interval '1 ms', 'e' || i % names, 'c' || nullif(i % names, 0), CASE WHEN i % 3 = 0 THEN i END) AS j
          FROM (VALUES (1), (2), (3), (4), (5), (15), (16), (17), (256), (257), (65535)) AS t (names), generate_series(0, 2 * names) AS i
         GROUP BY names) s,
       LATERAL (SELECT count(DISTINCT event) = s.names AS different, bool_and(event = 'e' || (n - 1) % s.names) AS events,
                       bool_and(channel IS NOT DISTINCT FROM 'c' || nullif((n - 1) % s.names, 0)) AS channels,
                       bool_and(value IS NOT DISTINCT FROM CASE WHEN (n - 1) % 3 = 0 THEN n - 1 END) AS "values"
                  FROM touchpoints(j)) e
 ORDER BY s.names;

-- lengths of gaps: around every power of 256, in each unit
SELECT unit, round_trips(journey_agg('1990-01-01'::timestamptz + s, 'e')) AS ok, min(s), max(s), count(*) AS touchpoints
  FROM (SELECT unit, sum(gap * unit::interval) OVER (PARTITION BY unit ORDER BY p, gap ROWS UNBOUNDED PRECEDING) AS s
          FROM (VALUES ('1 second'), ('1 ms'), ('1 us')) AS u (unit), generate_series(1, 5) AS p,
               LATERAL (VALUES (256 ^ p - 1), (256 ^ p), (256 ^ p + 1), (0)) AS g (gap)
         WHERE gap * extract(epoch FROM unit::interval) < 2e12) s
 GROUP BY unit ORDER BY unit;

--
-- JSON
--
SELECT '[]'::jsonb::journey, '[]'::journey::jsonb;
SELECT '[2026-01-02 10:00:00.5+00 a @b =1.50, 0044-03-15 12:00:00+00 BC "c d", 12026-01-01 00:00+00 e =-1e-7]'::journey::jsonb;
SELECT '[{"at": "2026-01-02 10:00:00+02", "event": "b", "channel": null, "value": null},
         {"value": 1e2, "event": "a", "at": "2026-01-02T07:00:00Z", "channel": "שלום"},
         {"at": "0001-01-01T00:00:00 BC", "event": "\u0022\t"}]'::jsonb::journey;
SELECT journey_to_jsonb(jsonb_to_journey('[{"at": "2026-01-02T07:00:00.000001", "event": "BC", "value": -0}]'));

--
-- Binary
--
SELECT journey_send('[]'), journey_send('[2000-01-01 00:00:01+00 a @é =1, 2000-01-01 00:00:02+00 b]');
CREATE TEMP TABLE forms (n serial, j journey);
INSERT INTO forms (j) VALUES ('[]'), (NULL), ('[4714-11-24 00:00:00+00 BC a =-1.5]'), ('[2026-01-02 10:00:00+00 "b, ""c""" @d =1e-300, 2026-01-02 10:00:00+00 purchase]');
INSERT INTO forms (j) SELECT format('[2026-01-02 10:00:00+00 %s @%s =%s]', repeat('x', 1024), repeat('y', 1024), i)::journey FROM generate_series(1, 3) AS i;

-- The session changes nothing.
CREATE TEMP TABLE texts AS SELECT n, j::text AS t, j::jsonb::text AS json, journey_send(j) AS sent FROM forms;
SET timezone = 'America/New_York';
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'iso_8601';
SET extra_float_digits = 3;
SELECT bool_and((f.j::text, f.j::jsonb::text, journey_send(f.j), t.t::journey) IS NOT DISTINCT FROM (t.t, t.json, t.sent, f.j)) AS same
  FROM forms f JOIN texts t USING (n);
SELECT '[2026-01-02 10:00:00 a]'::journey, '[{"at": "2026-07-02T10:00:00", "event": "a"}]'::jsonb::journey,
       first_at('[2026-01-02 10:00:00 a]') = '2026-01-02 10:00:00+00' AS utc;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET extra_float_digits = 1;

--
-- Order and hash
--
CREATE TEMP TABLE ordered (n serial, j journey);
INSERT INTO ordered (j) VALUES
    ('[]'),
    ('[4714-11-24 00:00+00 BC a]'),
    ('[2026-01-01 00:00+00 ""]'),
    ('[2026-01-01 00:00+00 Z]'),
    ('[2026-01-01 00:00+00 a]'),
    ('[2026-01-01 00:00+00 a, 2026-01-01 00:00+00 a]'),
    ('[2026-01-01 00:00+00 a, 2026-01-01 00:00:00.000001+00 a]'),
    ('[2026-01-01 00:00+00 a, 2026-01-01 00:00:00.001+00 a]'),
    ('[2026-01-01 00:00+00 a, 2026-01-01 00:00:01+00 a]'),
    ('[2026-01-01 00:00+00 a, 2026-01-01 00:00:01+00 a, 2026-01-01 00:00:01+00 a]'),
    ('[2026-01-01 00:00+00 a =-1e300]'),
    ('[2026-01-01 00:00+00 a =0]'),
    ('[2026-01-01 00:00+00 a =1e-300]'),
    ('[2026-01-01 00:00+00 a @""]'),
    ('[2026-01-01 00:00+00 a @b]'),
    ('[2026-01-01 00:00+00 a @b =0]'),
    ('[2026-01-01 00:00+00 aa]'),
    ('[2026-01-01 00:00+00 page_view]'),
    ('[2026-01-01 00:00+00 page_view.x]'),
    ('[2026-01-01 00:00+00 "page_view/"]'),
    ('[2026-01-01 00:00+00 page_view/x]'),
    ('[2026-01-01 00:00+00 page_view0]'),
    ('[2026-01-01 00:00+00 é]'),
    ('[2026-01-01 00:00+00 購]'),
    ('[2026-01-01 00:00:00.000001+00 a]'),
    ('[294276-12-31 00:00+00 a]');
SELECT count(*) AS pairs,
       bool_and((a.j < b.j) = (a.n < b.n)) AS lt, bool_and((a.j <= b.j) = (a.n <= b.n)) AS le,
       bool_and((a.j = b.j) = (a.n = b.n)) AS eq, bool_and((a.j <> b.j) = (a.n <> b.n)) AS ne,
       bool_and((a.j >= b.j) = (a.n >= b.n)) AS ge, bool_and((a.j > b.j) = (a.n > b.n)) AS gt,
       bool_and(journey_cmp(a.j, b.j) = sign(a.n - b.n)) AS cmp,
       bool_and((journey_hash(a.j) = journey_hash(b.j)) = (a.n = b.n)) AS hash,
       bool_and((journey_hash_extended(a.j, 5) = journey_hash_extended(b.j, 5)) = (a.n = b.n)) AS extended
  FROM ordered a, ordered b;
SELECT '[2026-01-01 00:00+00 a =0]'::journey = '[2026-01-01 00:00+00 a =-0]'::journey AS zero,
       journey_hash('[2026-01-01 00:00+00 a =0]') = journey_hash('[2026-01-01 00:00+00 a =-0]') AS its_hash,
       '[2026-01-01 00:00+00 a, 2026-01-01 00:00+00 b]'::journey = '[2026-01-01 00:00+00 b, 2026-01-01 00:00+00 a]'::journey AS stored_order_counts;
-- hash functions agree with each other, as for every type
SELECT bool_and(journey_hash(j) = (journey_hash_extended(j, 0) & 4294967295)::bit(32)::int) AS low_half,
       count(DISTINCT journey_hash_extended(j, 1)) = count(*) AND bool_and(journey_hash_extended(j, 1) <> journey_hash_extended(j, 2)) AS seeds
  FROM ordered;

\set seed 0.20260103
\echo seed :seed
SELECT setseed(:seed);
CREATE TEMP TABLE random_journeys AS
SELECT n, (SELECT coalesce(journey_agg('2026-01-01'::timestamptz + floor(random() * 3 + 0 * i) * (ARRAY['1 s', '1 ms', '1 us'])[1 + n % 3]::interval,
                              (ARRAY['a', 'b', 'page_view', 'page_view/x', 'Order Completed'])[1 + floor(random() * 5)],
                              (ARRAY['c', 'd', NULL, NULL])[1 + floor(random() * 4)],
                              (ARRAY[0, 1, NULL, NULL, NULL])[1 + floor(random() * 5)],
                              floor(random() * 3)::int), '[]')
             FROM generate_series(1, n % 4) AS i WHERE n > 0) AS j
  FROM generate_series(0, 299) AS n;
-- the order of the type is that of the touchpoints as rows
CREATE TYPE flat AS (at timestamptz, event bytea, channel bytea, value float8);
CREATE TEMP TABLE as_rows AS
SELECT n, j, (SELECT coalesce(array_agg((at, convert_to(event, 'UTF8'), convert_to(coalesce('+' || channel, ''), 'UTF8'), coalesce(value, '-infinity'))::flat ORDER BY t.n), '{}')
                FROM touchpoints(j) AS t) AS want
  FROM random_journeys;
SELECT count(DISTINCT j) BETWEEN 50 AND 299 AS some_equal FROM random_journeys;
SELECT count(*) AS pairs,
       bool_and((a.j < b.j) = (a.want < b.want) AND (a.j <= b.j) = (a.want <= b.want) AND (a.j = b.j) = (a.want = b.want)
            AND (a.j <> b.j) = (a.want <> b.want) AND (a.j >= b.j) = (a.want >= b.want) AND (a.j > b.j) = (a.want > b.want)) AS operators,
       bool_and(journey_cmp(a.j, b.j) = btarraycmp(a.want, b.want)) AS cmp,
       bool_and((journey_send(a.j) = journey_send(b.j)) = (a.j = b.j)) AS bytes,
       bool_and((journey_hash_extended(a.j, 7) = journey_hash_extended(b.j, 7)) = (a.j = b.j)) AS hash
  FROM as_rows a, as_rows b;
SELECT bool_and(round_trips(j)) AS round_trips FROM random_journeys;
SELECT array_agg(n ORDER BY j, n) = array_agg(n ORDER BY want, n) AS sorted FROM as_rows;

-- plans
CREATE TEMP TABLE indexed AS SELECT n, j FROM random_journeys;
CREATE INDEX indexed_j ON indexed (j);
ANALYZE indexed;
SET enable_seqscan = off;
SET enable_sort = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT n FROM indexed WHERE j = '[2026-01-01 00:00:00+00 a]';
SELECT count(*) = (SELECT count(*) FROM as_rows WHERE j::text = '[2026-01-01 00:00:00+00 a]') AS ok FROM indexed WHERE j = '[2026-01-01 00:00:00+00 a]';
EXPLAIN (COSTS OFF) SELECT j FROM indexed ORDER BY j;
SELECT array_agg(j) = (SELECT array_agg(j ORDER BY want) FROM as_rows) AS ok FROM (SELECT j FROM indexed ORDER BY j) s;
SELECT count(*) = (SELECT count(*) FROM as_rows WHERE j > '[2026-01-01 00:00:01+00 a]') AS ok FROM indexed WHERE j > '[2026-01-01 00:00:01+00 a]';
RESET enable_seqscan;
RESET enable_sort;
RESET enable_bitmapscan;
CREATE TEMP TABLE counts AS SELECT want, count(*) AS n, min(j::text) AS t FROM as_rows GROUP BY want;
SET enable_hashagg = off;
SELECT sum(n * n) = (SELECT sum(n * n) FROM counts) AS sorted_groups FROM (SELECT j, count(*) AS n FROM indexed GROUP BY j) s;
SET enable_hashagg = on;
SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT j, count(*) FROM random_journeys GROUP BY j;
SELECT sum(n * n) = (SELECT sum(n * n) FROM counts) AS hashed_groups FROM (SELECT j, count(*) AS n FROM indexed GROUP BY j) s;
SELECT count(*) = (SELECT count(*) FROM counts) AS "distinct" FROM (SELECT DISTINCT j FROM indexed) s;
SET enable_mergejoin = off;
SET enable_nestloop = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM indexed a JOIN indexed b USING (j);
SELECT count(*) = (SELECT sum(n * n) FROM counts) AS hash_join FROM indexed a JOIN indexed b USING (j);
RESET enable_sort;
RESET enable_mergejoin;
SET enable_hashjoin = off;
SELECT count(*) = (SELECT sum(n * n) FROM counts) AS merge_join FROM indexed a JOIN indexed b USING (j);
RESET enable_hashjoin;
RESET enable_nestloop;
CREATE TABLE hashed (j journey) PARTITION BY HASH (j);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE hashed_2 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO hashed SELECT j FROM indexed;
SELECT count(DISTINCT tableoid) AS partitions, count(*) FROM hashed;
SELECT bool_and(n = (SELECT count(*) FROM hashed h WHERE h.j = t::journey)) AS found FROM counts;
DROP TABLE hashed;
CREATE TABLE ranges (j journey) PARTITION BY RANGE (j);
CREATE TABLE ranges_0 PARTITION OF ranges FOR VALUES FROM (MINVALUE) TO ('[2026-01-01 00:00:01+00 a]');
CREATE TABLE ranges_1 PARTITION OF ranges FOR VALUES FROM ('[2026-01-01 00:00:01+00 a]') TO (MAXVALUE);
INSERT INTO ranges VALUES ('[2026-01-01 00:00:01+00 Z]'), ('[2026-01-01 00:00:01+00 a]');
SELECT tableoid::regclass, * FROM ranges ORDER BY j;
DROP TABLE ranges;
CREATE UNLOGGED TABLE keyed (j journey PRIMARY KEY);
INSERT INTO keyed VALUES ('[]'), ('[2026-01-01 00:00+00 a]');
INSERT INTO keyed VALUES ('[2026-01-01 00:00:00.0+00 a]') ON CONFLICT DO NOTHING;
SELECT * FROM keyed ORDER BY j;
DROP TABLE keyed;

--
-- One journey asked
--
CREATE FUNCTION j() RETURNS journey IMMUTABLE LANGUAGE sql AS $$
    SELECT '[2026-01-01 10:00+00 page_view/home @email, 2026-01-01 10:10+00 view_item, 2026-01-01 10:40+00 view_item @"paid search",
             2026-01-01 10:40+00 add_to_cart =20, 2026-01-01 11:10:00.000001+00 purchase @email =49.9, 2026-02-01 10:00+00 refund =-49.9]'::journey
$$;
SELECT touchpoint_count(j()), touchpoint_count(j(), 'view_item'), touchpoint_count(j(), '*@email'), touchpoint_count(j(), '*>0'),
       touchpoint_count(j(), 'nothing'), touchpoint_count('[]'), touchpoint_count('[]', '*');
SELECT first_at(j()), last_at(j()), duration(j()), first_at('[]'), last_at('[]'), duration('[]'), duration('[2026-01-01 10:00+00 a]');
SELECT events(j()), channels(j());
SELECT events('[]'), channels('[]'), channels('[2026-01-01 10:00+00 a]');
SELECT * FROM touchpoints(j());
SELECT count(*) FROM touchpoints('[]');
SELECT n, nth(j(), n) FROM unnest(ARRAY[1, 2, 6, 7, 0, -1, -6, -7, 2147483647, -2147483648]) AS n;
SELECT nth('[]', 1), nth('[]', -1), (nth(j(), 5)).value;
SELECT value_sum(j()), value_sum(j(), 'purchase'), value_sum(j(), 'view_item'), value_sum('[]'), value_sum(j(), '*@email');
SELECT touchpoint_count(NULL), first_at(NULL), last_at(NULL), duration(NULL), events(NULL), channels(NULL), nth(NULL, 1), nth(j(), NULL), value_sum(NULL), value_sum(j(), NULL);

--
-- Parts of a journey
--
SELECT filter(j(), 'view_item'), filter(j(), '*@email'), filter(j(), '*<0'), filter(j(), 'page_view');
SELECT filter(j(), 'nothing'), filter('[]', '*'), filter(j(), '*') = j() AS everything;
SELECT slice(j(), '2026-01-01 10:10+00', '2026-01-01 10:40+00'), slice(j(), '2026-01-01 10:40+00', '2026-01-01 11:10:00.000001+00');
SELECT slice(j(), NULL, NULL) = j() AS no_bounds, slice(j(), '-infinity', 'infinity') = j() AS infinite,
       slice(j(), NULL, '2026-01-01 10:10+00') AS "to", slice(j(), '2026-02-01 10:00+00', NULL) AS "from";
SELECT slice(j(), '2026-02-01 10:00:00.000001+00', NULL), slice(j(), 'infinity', NULL), slice(j(), NULL, '-infinity'),
       slice(j(), '2026-01-02', '2026-01-01'), slice(j(), '2026-01-01 10:40+00', '2026-01-01 10:40+00'), slice('[]', NULL, NULL), slice(NULL, NULL, NULL);
SELECT collapse(j()), collapse('[]'), collapse(collapse(j())) = collapse(j()) AS twice;
SELECT collapse('[2026-01-01 10:00+00 a =1, 2026-01-01 10:01+00 a @x =2, 2026-01-01 10:02+00 b, 2026-01-01 10:03+00 a, 2026-01-01 10:04+00 a/x, 2026-01-01 10:05+00 a/x]');
-- a gap equal to the timeout does not split: 10:10 to 10:40 is in one session, 10:40 to 11:10:00.000001 not
SELECT * FROM split_sessions(j());
SELECT count(*) FROM split_sessions(j(), '00:30:00.000001');
SELECT count(*) FROM split_sessions(j(), '30 days 22:49:59.999999');
SELECT count(*) FROM split_sessions(j(), '30 days 22:49:59.999998');
SELECT * FROM split_sessions('[2026-01-01 10:00+00 b, 2026-01-01 10:00+00 a, 2026-01-01 10:00:00.000001+00 c]', '0');
SELECT count(*) FROM split_sessions('[]');
SELECT count(*) FROM split_sessions(NULL);
SELECT count(*) FROM split_sessions('[0001-01-01 00:00+00 a, 290000-01-01 00:00+00 b]', '100000000 days');
SELECT split_sessions(j(), '10 min') FROM generate_series(1, 2);

-- Parts are journeys like any other: the same bytes as if built from their rows.
SELECT count(*), bool_and(same(part, want)) AS same
  FROM random_journeys,
       LATERAL (VALUES (filter(j, 'page_view|b@d|*=1'), (SELECT coalesce(journey_agg(at, event, channel, value, n), '[]') FROM touchpoints(j) WHERE split_part(event, '/', 1) = 'page_view' OR event = 'b' AND channel = 'd' OR value = 1)),
                       (slice(j, '2026-01-01 00:00:00.000001', '2026-01-01 00:00:02'), (SELECT coalesce(journey_agg(at, event, channel, value, n), '[]') FROM touchpoints(j) WHERE at >= '2026-01-01 00:00:00.000001' AND at < '2026-01-01 00:00:02')),
                       (collapse(j), (SELECT coalesce(journey_agg(at, event, channel, value, n), '[]') FROM (SELECT *, lag(event) OVER (ORDER BY n) AS before FROM touchpoints(j)) t WHERE event IS DISTINCT FROM before)),
                       ((SELECT coalesce(journey_agg(s), '[]') FROM split_sessions(j, '1 ms') AS s), j)) AS p (part, want);

DROP FUNCTION round_trips, same;

DROP FUNCTION j;
