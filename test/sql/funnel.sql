-- Funnels: how far one customer came.
SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- 'a0 b30' is event a at minute 0 and event b at minute 30
CREATE FUNCTION j(sketch text) RETURNS journey LANGUAGE sql AS $$
    SELECT coalesce(journey_agg('2026-01-01 00:00:00+00'::timestamptz + m[2]::int * interval '1 minute', m[1]), '[]')
      FROM regexp_matches(sketch, '([a-z]+)(\d+)', 'g') AS m
$$;
CREATE FUNCTION minutes(times timestamptz[]) RETURNS int[] LANGUAGE sql AS $$
    SELECT array_agg(extract(epoch FROM t - '2026-01-01 00:00:00+00')::int / 60 ORDER BY n)
      FROM unnest(times) WITH ORDINALITY AS u (t, n)
$$;

--
-- One customer
--
SELECT sketch, steps, within, minutes(funnel(j(sketch), steps::matcher[], within)) AS got,
       minutes(funnel(j(sketch), steps::matcher[], within)) IS NOT DISTINCT FROM want::int[] AS ok
  FROM (VALUES
    -- plain
    ('a0 b1 c2',            '{a,b,c}',   NULL::interval, '{0,1,2}'),
    ('a0 c1 b2',            '{a,b,c}',   NULL,           '{0,2,NULL}'),
    ('b0 c1',               '{a,b,c}',   NULL,           '{NULL,NULL,NULL}'),
    ('b0 a1',               '{a,b}',     NULL,           '{1,NULL}'),
    ('a0',                  '{a}',       NULL,           '{0}'),
    ('',                    '{a,b}',     NULL,           '{NULL,NULL}'),
    -- a later first step gives a longer chain
    ('a0 a30 b45 c75',      '{a,b,c}',   '60 min',       '{30,45,75}'),
    ('a0 b10 a50 b55 c100', '{a,b,c}',   '60 min',       '{50,55,100}'),
    -- the furthest first; of those the first that is complete; of those the latest start
    ('a0 b5 a10 b15 c20',   '{a,b,c}',   NULL,           '{10,15,20}'),
    ('a0 a1 b2 a3 b4',      '{a,b}',     NULL,           '{1,2}'),
    ('a0 a1 a2',            '{a,b}',     NULL,           '{0,NULL}'),
    ('a0 b1 b2 c2',         '{a,b,c}',   NULL,           '{0,1,2}'),
    ('a0 b1 b2 c2 c3',      '{a,b,c}',   NULL,           '{0,1,2}'),
    ('a0 b1 a2 c3',         '{a,b,c}',   NULL,           '{0,1,3}'),
    -- the same step twice needs two touchpoints
    ('a0',                  '{a,a}',     NULL,           '{0,NULL}'),
    ('a0 a5',               '{a,a}',     NULL,           '{0,5}'),
    ('a0 a0',               '{a,a}',     NULL,           '{0,0}'),
    ('a0 a5 a20 a21',       '{a,a,a}',   '16 min',       '{5,20,21}'),
    ('a0 b1 a2',            '{a,b,a}',   NULL,           '{0,1,2}'),
    ('a0 b1 a2',            '{*,*,*,*}', NULL,           '{0,1,2,NULL}'),
    -- both ends of the window belong to it
    ('a0 b60',              '{a,b}',     '60 min',       '{0,60}'),
    ('a0 b61',              '{a,b}',     '60 min',       '{0,NULL}'),
    ('a0 b61',              '{a,b}',     '61 min',       '{0,61}'),
    ('a0 b0 b1',            '{a,b}',     '0',            '{0,0}'),
    ('a0 b1',               '{a,b}',     '0',            '{0,NULL}'),
    ('a0 b1440',            '{a,b}',     '1 day',        '{0,1440}'),
    ('a0 b1441',            '{a,b}',     '1 day',        '{0,NULL}'),
    ('a0 b40 c80',          '{a,b,c}',   '60 min',       '{0,40,NULL}'),
    -- ties in any order
    ('a0 b0 c0',            '{c,b,a}',   NULL,           '{0,0,0}'),
    ('a0 b0 c0',            '{a|b|c,a|b,a}', NULL,       '{0,0,0}'),
    ('a0 b0 c0',            '{a,a|b,a|b|c}', NULL,       '{0,0,0}'),
    ('a0 b0',               '{a|b,b,a}', NULL,           '{0,0,NULL}'),
    ('a0 b0',               '{b,a,b}',   NULL,           '{0,0,NULL}'),
    ('x0 a5 b5 c5 d9',      '{x,c,b,a,d}', NULL,         '{0,5,5,5,9}'),
    ('a0 b5 a5 c5',         '{a,b,c}',   NULL,           '{5,5,5}'),
    ('a0 b5 c10 b10',       '{a,b,c}',   NULL,           '{0,5,10}'),
    ('a0 b5 a6 b6 c6',      '{a,b,c}',   NULL,           '{6,6,6}'),
    ('a0 b5 a6 c6',         '{a,b,c}',   NULL,           '{0,5,6}')
  ) AS t (sketch, steps, within, want);

-- channel and value decide touchpoint by touchpoint
SELECT funnel('[2026-01-01 00:00+00 ad @sms, 2026-01-01 00:01+00 ad @email, 2026-01-01 00:02+00 buy,
                2026-01-01 00:03+00 buy =5, 2026-01-01 00:04+00 buy @web =50]',
              '{ad@email, buy>=1, buy@web>10}');
SELECT funnel('[2026-01-01 00:00+00 ad, 2026-01-01 00:01+00 buy =5]', '{ad,buy>5}'),
       funnel('[2026-01-01 00:00+00 ad, 2026-01-01 00:01+00 buy =5]', '{ad@email,buy}');

-- microseconds, and times far apart
SELECT funnel('[2026-01-01 00:00:00.000001+00 a, 2026-01-01 00:00:01.000002+00 b]', '{a,b}', '1.000001 s') AS within,
       funnel('[2026-01-01 00:00:00.000001+00 a, 2026-01-01 00:00:01.000002+00 b]', '{a,b}', '1 s') AS outside;
SELECT funnel('[0001-01-01 00:00:00+00 a, 290000-12-31 23:59:59.999999+00 b]', '{a,b}') AS no_limit,
       funnel('[0001-01-01 00:00:00+00 a, 290000-12-31 23:59:59.999999+00 b]', '{a,b}', '100000000 days') AS outside;
-- seconds are stored as such: a window of less than one holds ties only
SELECT funnel('[2026-01-01 00:00:00+00 a, 2026-01-01 00:00:01+00 b]', '{a,b}', '999999 us') AS outside;

-- steps as text, as an array of text, as text of an array
SELECT minutes(funnel(j('a0 b1'), '{a,b}')), minutes(funnel(j('a0 b1'), ARRAY['a', 'b'])),
       minutes(funnel(j('a0 b1'), ARRAY['a', 'b']::varchar[], within => '1 hour')),
       minutes(funnel(j('a0 b1'), '{"a|x","\"b\""}'));

-- the array is a plain one
SELECT array_dims(f), array_ndims(f), cardinality(f), f[1] IS NULL, f[3] IS NULL,
       f = array_remove(f, NULL) || ARRAY[NULL, NULL]::timestamptz[] AS same
  FROM (SELECT funnel(j('a0'), '{a,b,c}') AS f) s;

-- NULL
SELECT funnel(NULL, '{a}') IS NULL AS no_journey, funnel(j('a0'), NULL) IS NULL AS no_steps;

-- many steps, many touchpoints at one time
SELECT n, cardinality(f) AS steps, cardinality(array_remove(f, NULL)) AS reached
  FROM (VALUES (1), (63), (64), (65), (5000)) AS t (n),
       LATERAL (SELECT funnel(journey_agg('2026-01-01'::timestamptz, 'e' || i), array_fill('*'::matcher, ARRAY[64])) AS f
                  FROM generate_series(1, n) AS i) s;
-- a staircase of choices: step k fits the events 1 .. k, or k .. 64
SELECT cardinality(array_remove(funnel(j, up), NULL)) AS up, cardinality(array_remove(funnel(j, down), NULL)) AS down
  FROM (SELECT journey_agg('2026-01-01'::timestamptz, 'e' || i) AS j FROM generate_series(1, 64) AS i) a,
       (SELECT array_agg((SELECT string_agg('e' || i, '|') FROM generate_series(1, k) AS i)::matcher ORDER BY k) AS up,
               array_agg((SELECT string_agg('e' || i, '|') FROM generate_series(k, 64) AS i)::matcher ORDER BY k) AS down
          FROM generate_series(1, 64) AS k) b;
-- one rare touchpoint behind a crowd
SELECT minutes(funnel(journey_agg('2026-01-01'::timestamptz, CASE WHEN i = 9999 THEN 'z' ELSE 'a' || i END),
                      '{a*|z,a*|z,z}'))
  FROM generate_series(1, 10000) AS i;
SELECT minutes(funnel(journey_agg('2026-01-01'::timestamptz + i * interval '1 minute', CASE i % 7 WHEN 0 THEN 'a' WHEN 3 THEN 'b' ELSE 'x' END)
                      || j('c199999'), '{a,b,c}', '10 min'))
  FROM generate_series(1, 200000) AS i WHERE i <> 199999;

--
-- Against an oracle that tries every chain
--
\set seed 0.20260102
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE event AS
SELECT customer, no, '2026-01-01 00:00+00'::timestamptz + (random() * spread)::int * interval '1 minute' AS at,
       (ARRAY['a', 'b', 'c', 'd/x', 'd/y', 'page_view', 'page_view/z'])[1 + floor(random() * 7)::int] AS event,
       CASE WHEN random() < 0.4 THEN (ARRAY['email', 'sms'])[1 + floor(random() * 2)::int] END AS channel,
       CASE WHEN random() < 0.4 THEN floor(random() * 4) END AS value
  FROM (SELECT customer, floor(random() * 10)::int AS n,
               (ARRAY[3, 8, 40])[1 + floor(random() * 3)::int] AS spread
          FROM generate_series(1, 4000) AS customer) c,
       LATERAL generate_series(1, n) AS no;
CREATE INDEX ON event (customer);
ANALYZE event;
CREATE FUNCTION oracle(customer int, steps matcher[], within interval) RETURNS timestamptz[]
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE chain AS (
        SELECT ARRAY[no] AS used, ARRAY[at] AS times
          FROM event WHERE event.customer = $1 AND matches(steps[1], event, channel, value)
        UNION ALL
        SELECT used || no, times || at
          FROM chain
          JOIN event ON event.customer = $1 AND no <> ALL (used)
           AND at >= times[cardinality(times)]
           AND (within IS NULL OR at <= times[1] + within)
           AND matches(steps[cardinality(times) + 1], event, channel, value)
    )
    SELECT coalesce((SELECT times FROM chain
                      ORDER BY cardinality(times) DESC, times[cardinality(times)], times[1] DESC, times
                      LIMIT 1), '{}')
           || array_fill(NULL::timestamptz,
                         ARRAY[cardinality(steps) - coalesce((SELECT max(cardinality(times)) FROM chain), 0)])
$$;
CREATE TABLE question AS
SELECT customer, array_agg(step ORDER BY k)::matcher[] AS steps, min(within) AS within
  FROM (SELECT customer, k, within,
               (ARRAY['a', 'b', 'c', 'd', 'a|b', 'b|c|d', 'a|d/y|c', 'page*|b', '*', 'd/x|"page_view"', 'page_view|a',
                      '*/*', 'a|b@email', '*@sms', 'b|c>=2', '*>0|c', 'c|a@*'])[1 + floor(random() * 17)::int] AS step
          FROM (SELECT customer, 1 + floor(random() * 5)::int AS n,
                       CASE WHEN random() < 0.7 THEN floor(random() * 12) * interval '1 minute' END AS within
                  FROM generate_series(1, 4000) AS customer) c,
               LATERAL generate_series(1, n) AS k) s
 GROUP BY customer;
CREATE TABLE answer AS
SELECT q.*, (SELECT coalesce(journey_agg(at, event, channel, value), '[]') FROM event e WHERE e.customer = q.customer) AS journey
  FROM question q;
SELECT count(*) AS journeys, count(*) FILTER (WHERE got IS DISTINCT FROM want) AS differences,
       count(DISTINCT cardinality(steps)) AS lengths,
       count(*) FILTER (WHERE cardinality(array_remove(got, NULL)) = 0) > 150 AS some_not_entered,
       count(*) FILTER (WHERE cardinality(array_remove(got, NULL)) >= 3) > 150 AS some_long,
       count(*) FILTER (WHERE cardinality(got) > 2 AND got[cardinality(got)] IS NOT NULL) > 150 AS some_complete
  FROM (SELECT *, funnel(journey, steps, within) AS got, oracle(customer, steps, within) AS want
          FROM answer OFFSET 0) s;

--
-- Errors
--
SELECT funnel(j('a0'), '{}');
SELECT funnel(j('a0'), '{a,NULL}');
SELECT funnel(j('a0'), '{{a,b},{c,d}}');
SELECT funnel(j('a0'), array_fill('*'::matcher, ARRAY[65]));
SELECT funnel(j('a0'), '{a,b c}');
SELECT funnel(j('a0'), ARRAY['a', 'b>']);
SELECT funnel(j('a0'), '{a}', '1 month');
SELECT funnel(j('a0'), '{a}', '1 year');
SELECT funnel(j('a0'), '{a}', '-1 s');
SELECT funnel(j('a0'), '{a}', '1 day -25 hours');
SELECT funnel(j('a0'), '{a}', '2147483647 days');

DROP TABLE event, question, answer;
DROP FUNCTION j, minutes, oracle;
