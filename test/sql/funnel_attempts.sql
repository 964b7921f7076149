-- Every attempt of a customer at a funnel.
SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO';

CREATE FUNCTION j(sketch text) RETURNS journey LANGUAGE sql AS $$
    SELECT coalesce(journey_agg('2026-01-01 00:00:00+00'::timestamptz + m[2]::int * interval '1 minute', m[1], m[3]), '[]')
      FROM regexp_matches(sketch, '([a-z]+)(\d+)(?:@([a-z]+))?', 'g') AS m
$$;
CREATE FUNCTION minute(n int) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT '2026-01-01 00:00:00+00'::timestamptz + n * interval '1 minute'
$$;
CREATE FUNCTION minute(t timestamptz) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT extract(epoch FROM t - '2026-01-01 00:00:00+00')::int / 60
$$;
CREATE FUNCTION minutes(times timestamptz[]) RETURNS int[] LANGUAGE sql AS $$
    SELECT array_agg(minute(t) ORDER BY n) FROM unnest(times) WITH ORDINALITY AS u (t, n)
$$;

--
-- Datadog's example: two conversions
--
SELECT count, a.attempt_no AS no, minute(a.entered_at) AS entered, minute(a.ended_at) AS ended, a.outcome, a.reached, minutes(a.times) AS times, a.step_order
  FROM unnest(ARRAY['totals', 'entries', 'sessions']) AS count,
       LATERAL funnel_attempts(j('a0 a1 a2 b3 c4 c5 a6 b7 c8'), '{a,b,c}', count => count) AS a;

--
-- Totals, as Mixpanel counts them: again after a conversion, the end of the
-- window, or an exclusion
--
SELECT sketch, within, string_agg(format('%s: %s-%s %s %s %s', a.attempt_no, minute(a.entered_at), minute(a.ended_at), a.outcome, a.reached, minutes(a.times)),
                                  ', ' ORDER BY a.attempt_no) FILTER (WHERE a.attempt_no > 0) AS attempts
  FROM (VALUES
    ('a0 b1 a2 b3',       NULL::interval),
    ('a0 b1 a2',          NULL),
    ('a0 a5 b6',          NULL),
    ('a0 a5',             NULL),
    ('b0',                NULL),
    ('',                  NULL),
    -- at the time of the last step nothing is entered any more
    ('a0 b1 a1 b2',       NULL),
    ('a0 b5 a20 b40',     '10 min'),
    -- an entry inside the window is none
    ('a0 a5 a15 b16',     '10 min'),
    ('a0 a10 a11 b12',    '10 min'),
    ('a0 b10 a11',        '10 min'),
    ('a0 x1 a2 b3',       NULL),
    ('a0 x1 a2 x3 a4',    NULL),
    ('a0 x20 a21 b22',    '10 min')
  ) AS t (sketch, within)
  LEFT JOIN LATERAL funnel_attempts(j(sketch), '{a,b}', within, exclude => '{x}') AS a ON true
 GROUP BY 1, 2 ORDER BY 1, 2;
-- no rows at all for who did not enter
SELECT count(*) FROM funnel_attempts(j('b0'), '{a,b}');

-- what is known up to when: at minute 10 itself a b may still come
SELECT as_of, a.outcome, minute(a.ended_at) AS ended
  FROM unnest(ARRAY[NULL, 0, 9, 10, 11, 1000]) AS as_of, LATERAL funnel_attempts(j('a0 x3'), '{a,b}', '10 min', as_of => minute(as_of)) AS a;
SELECT a.outcome, a.ended_at FROM unnest(ARRAY['-infinity', 'infinity']::timestamptz[]) AS as_of,
       LATERAL funnel_attempts(j('a0'), '{a,b}', '10 min', as_of => as_of) AS a;
SELECT a.outcome, a.ended_at FROM funnel_attempts(j('a0'), '{a,b}', as_of => 'infinity') AS a;
-- a conversion is one whatever as_of
SELECT a.outcome, minutes(a.times) FROM funnel_attempts(j('a0 b5'), '{a,b}', '10 min', as_of => minute(1)) AS a;

-- exclusions
SELECT on_exclude, a.attempt_no AS no, minute(a.entered_at) AS entered, minute(a.ended_at) AS ended, a.outcome, a.reached, minutes(a.times) AS times
  FROM unnest(ARRAY['truncate', 'drop']) AS on_exclude,
       LATERAL funnel_attempts(j('a0 b1 x2 c3 a4 b5 c6'), '{a,b,c}', '60 min', exclude => '{x}', on_exclude => on_exclude) AS a;

--
-- Sessions: at most one attempt in each, and inside it
--
SELECT sketch, session_timeout AS timeout, as_of, string_agg(format('%s: %s-%s %s %s', a.attempt_no, minute(a.entered_at), minute(a.ended_at), a.outcome, minutes(a.times)),
                                                     ', ' ORDER BY a.attempt_no) AS attempts
  FROM (VALUES
    ('a0 b5 a10 b15 a100 c101', '30 min'::interval, NULL::int),
    ('a0 b5 a10 b15 a100 c101', '30 min',           131),
    ('a0 b5 a10 b15 a100 c101', '30 min',           132),
    ('a0 b5 a10 b15 a100 c101', '90 min',           NULL),
    ('a0 b50',                  '30 min',           NULL),
    ('a0 b50',                  '50 min',           NULL),
    ('a0 b50',                  NULL,               NULL),
    ('a0 c5 a100 b101',         '30 min',           NULL),
    ('a0 b0 a0 b1',             '0',                NULL)
  ) AS t (sketch, session_timeout, as_of),
  LATERAL funnel_attempts(j(sketch), '{a,b}', count => 'sessions', session_timeout => session_timeout, as_of => minute(as_of)) AS a
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

--
-- With the other options
--
-- in any order: which step came first, second, third
SELECT a.attempt_no AS no, a.outcome, a.reached, minutes(a.times) AS times, a.step_order
  FROM funnel_attempts(j('b0 a1 c2 x3 a4 a5'), '{a,b,c}', mode => 'unordered') AS a;
SELECT a.attempt_no AS no, a.outcome, a.reached, minutes(a.times) AS times, a.step_order
  FROM funnel_attempts(j('b0 a1 c2 b3 a4'), '{a,b,c}', mode => 'unordered', anchored => '{t,f,f}') AS a;
-- optional: identity, also where a step was skipped
SELECT a.attempt_no AS no, a.outcome, a.reached, minutes(a.times) AS times, a.step_order
  FROM funnel_attempts(j('a0 c1 a2 b3 c4 a5 b6'), '{a,b,c}', optional => '{f,t,f}') AS a;
-- strict: an attempt that cannot go on is over only with its window
SELECT within, a.attempt_no AS no, minute(a.ended_at) AS ended, a.outcome, minutes(a.times) AS times
  FROM unnest(ARRAY['1 min', NULL]::interval[]) AS within, LATERAL funnel_attempts(j('a0 x1 a2 b3'), '{a,b}', within, mode => 'strict') AS a;
-- every channel for itself
SELECT a.attempt_no AS no, a.outcome, minutes(a.times) AS times
  FROM funnel_attempts(j('a0@x a1@y b2@y b3@x a4@x a5 b6@x'), '{a,b}', hold => 'channel') AS a;
-- entries in a range
SELECT count, a.attempt_no AS no, minutes(a.times) AS times
  FROM unnest(ARRAY['totals', 'entries']) AS count,
       LATERAL funnel_attempts(j('a0 a5 a6 b7 a10 b11'), '{a,b}', "from" => minute(5), "to" => minute(10), count => count) AS a;
-- steps that must be near each other, and ties
SELECT a.attempt_no AS no, a.outcome, minutes(a.times) AS times
  FROM funnel_attempts(j('a0 b5 a6 b7'), '{a,b}', '8 min', step_within => '{NULL,2 min}', count => 'entries') AS a;
SELECT tie, a.attempt_no AS no, a.outcome, minutes(a.times) AS times
  FROM unnest(ARRAY['any', 'strict', 'stored']) AS tie, LATERAL funnel_attempts(j('a0 b0 a1 b2'), '{b,a}', tie => tie) AS a;
SELECT minute(a.entered_at) AS entered, minutes(a.times) AS times FROM funnel_attempts(j('b0 a1 b9'), '{a,b}', grace => '1 min') AS a;
-- NULL is the default of each
SELECT a.attempt_no AS no, minutes(a.times) AS times
  FROM funnel_attempts(j('a0 b1 a2'), '{a,b}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) AS a;

--
-- All customers: attempts that reached each step
--
SELECT step_no, step, reached, of_previous, all_count
  FROM unnest((SELECT funnel_agg((a).times, '{view,cart,buy}')
                 FROM (SELECT funnel_attempts(j(sketch), '{a,b,c}') AS a
                         FROM unnest(ARRAY['a0 a1 a2 b3 c4 c5 a6 b7 c8', 'a0 b1', 'c0', 'a0 c1 a2 b3 c4']) AS sketch) s));
SELECT a.outcome, count(*) FROM unnest(ARRAY['a0 a1 a2 b3 c4 c5 a6 b7 c8', 'a0 b1', 'c0', 'a0 c1 a2 b3 c4']) AS sketch,
       LATERAL funnel_attempts(j(sketch), '{a,b,c}') AS a GROUP BY 1 ORDER BY 1;

--
-- Against funnel() and plain SQL
--
\set seed 0.20260404
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE event AS
SELECT customer, no, minute((random() * spread)::int) AS at, (ARRAY['a', 'b', 'c', 'x', 'y'])[1 + floor(random() * 5)::int] AS event
  FROM (SELECT customer, 1 + floor(random() * 16)::int AS n, (ARRAY[8, 40, 90])[1 + floor(random() * 3)::int] AS spread
          FROM generate_series(1, 1500) AS customer) c,
       LATERAL generate_series(1, n) AS no;
CREATE TABLE question AS
SELECT customer, journey, steps, within, mode, tie, exclude, last_at(journey) + (customer % 3 - 1) * interval '5 min' AS as_of
  FROM (SELECT customer, journey_agg(at, event) AS journey FROM event GROUP BY customer) e
  JOIN (SELECT customer, (ARRAY['{a,b,c}', '{a,b}', '{a,a|b,c}', '{a|b,b|c}', '{a}'])[1 + floor(random() * 5)::int]::matcher[] AS steps,
               CASE WHEN random() < 0.7 THEN floor(random() * 20) * interval '1 minute' END AS within,
               (ARRAY['ordered', 'ordered', 'strict', 'strict_steps'])[1 + floor(random() * 4)::int] AS mode,
               (ARRAY['any', 'strict'])[1 + floor(random() * 2)::int] AS tie,
               CASE WHEN random() < 0.5 THEN '{x}'::matcher[] END AS exclude
          FROM generate_series(1, 1500) AS customer) q USING (customer);
UPDATE question SET exclude = NULL WHERE cardinality(steps) = 1;
CREATE TABLE entry AS
SELECT q.customer, row_number() OVER (PARTITION BY q.customer ORDER BY a.entered_at) AS no, a.*, a.entered_at + within AS until
  FROM question q, LATERAL funnel_attempts(journey, steps, within, mode, tie => tie, exclude => exclude, count => 'entries', as_of => as_of) AS a;
-- each time at which step 1 occurs, with the answer of funnel for that entry alone
SELECT count(*) > 2500 AS entries,
       count(*) FILTER (WHERE times IS DISTINCT FROM funnel(journey, steps, within, mode, tie => tie, exclude => exclude,
                                                            "from" => entered_at, "to" => entered_at + interval '1 us')) AS times_differ,
       count(*) FILTER (WHERE reached <> cardinality(array_remove(times, NULL)) OR entered_at <> times[1] OR no <> attempt_no) AS numbers_differ,
       count(*) FILTER (WHERE (outcome = 'converted') <> (times[cardinality(steps)] IS NOT NULL)) AS converted_differs,
       count(*) FILTER (WHERE outcome = 'converted' AND ended_at IS DISTINCT FROM times[cardinality(steps)]) AS converted_at_differs,
       count(*) FILTER (WHERE outcome = 'timed_out' AND (ended_at IS DISTINCT FROM entered_at + within OR ended_at >= as_of)) AS timed_out_differs,
       count(*) FILTER (WHERE outcome = 'unfinished' AND (ended_at IS NOT NULL OR entered_at + within < as_of)) AS unfinished_differs,
       count(*) FILTER (WHERE outcome = 'excluded' AND NOT ended_at = ANY (SELECT at FROM event v WHERE v.customer = entry.customer AND event = 'x' AND at > entered_at)) AS excluded_differs,
       count(*) FILTER (WHERE outcome = 'ended') AS ended
  FROM entry JOIN question USING (customer);
SELECT outcome, count(*) > 300 AS many FROM entry GROUP BY 1 ORDER BY 1;
SELECT count(*) AS customers_with_other_entries
  FROM question q
 WHERE ARRAY(SELECT DISTINCT at FROM event v WHERE v.customer = q.customer AND matches(steps[1], event, NULL, NULL) ORDER BY 1)
       IS DISTINCT FROM ARRAY(SELECT entered_at FROM entry e WHERE e.customer = q.customer ORDER BY no);
-- totals: the first, then always the first after the end of the one before,
-- whether that end was before as_of or not
WITH RECURSIVE total AS (
    SELECT * FROM entry WHERE no = 1
    UNION ALL
    SELECT n.* FROM total t,
         LATERAL (SELECT * FROM entry e WHERE e.customer = t.customer AND e.entered_at > coalesce(t.ended_at, t.until) ORDER BY e.no LIMIT 1) n
), want AS (
    SELECT customer, array_agg((entered_at, ended_at, outcome, reached, times)::text ORDER BY no) AS w FROM total GROUP BY customer
), got AS (
    SELECT customer, array_agg((a.entered_at, a.ended_at, a.outcome, a.reached, a.times)::text ORDER BY a.attempt_no) AS g
      FROM question q, LATERAL funnel_attempts(journey, steps, within, mode, tie => tie, exclude => exclude, as_of => as_of) AS a GROUP BY customer
)
SELECT count(*) > 1000 AS customers, count(*) FILTER (WHERE cardinality(g) > 1) > 300 AS several, count(*) FILTER (WHERE g IS DISTINCT FROM w) AS differences
  FROM want FULL JOIN got USING (customer);
-- sessions: the first attempt of each session that has one
WITH want AS (
    SELECT customer, array_agg(a.times ORDER BY a.entered_at) AS w
      FROM question q, LATERAL split_sessions(journey, '5 min') AS s,
           LATERAL funnel_attempts(s, steps, within, mode, tie => tie, exclude => exclude) AS a WHERE a.attempt_no = 1 GROUP BY customer
), got AS (
    SELECT customer, array_agg(a.times ORDER BY a.attempt_no) AS g
      FROM question q, LATERAL funnel_attempts(journey, steps, within, mode, tie => tie, exclude => exclude, count => 'sessions', session_timeout => '5 min') AS a
     GROUP BY customer
)
SELECT count(*) > 1000 AS customers, count(*) FILTER (WHERE cardinality(g) > 1) > 300 AS several, count(*) FILTER (WHERE g IS DISTINCT FROM w) AS differences
  FROM want FULL JOIN got USING (customer);

-- many attempts of one customer
SELECT count(*) AS attempts, count(*) FILTER (WHERE a.outcome = 'converted') AS converted, max(a.attempt_no)
  FROM (SELECT journey_agg(minute(i), CASE i % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'b' ELSE 'x' END) AS journey FROM generate_series(0, 59999) AS i) s,
       funnel_attempts(journey, '{a,b}', '10 min') AS a;
-- nothing is done with answers that nobody reads, and no row is lost on a rescan
SELECT n, count(*) FROM generate_series(1, 3) AS n, LATERAL funnel_attempts(j('a0 b1 a2'), ARRAY['a', CASE WHEN n = 2 THEN 'x' ELSE 'b' END]::matcher[]) GROUP BY 1 ORDER BY 1;

DROP TABLE event, question, entry;
DROP FUNCTION j, minute(int), minute(timestamptz), minutes;
