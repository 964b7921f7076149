-- Funnels: each option by examples that were worked out by hand, then all
-- together against an oracle.
SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- 'a0 b30@sms' is event a at minute 0 and event b in channel sms at minute 30;
-- at the same minute they are stored in the order of their names
CREATE FUNCTION j(sketch text) RETURNS journey LANGUAGE sql AS $$
    SELECT coalesce(journey_agg('2026-01-01 00:00:00+00'::timestamptz + m[2]::int * interval '1 minute', m[1], m[3]), '[]')
      FROM regexp_matches(sketch, '([a-z]+)(\d+)(?:@([a-z]+))?', 'g') AS m
$$;
CREATE FUNCTION minute(n int) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT '2026-01-01 00:00:00+00'::timestamptz + n * interval '1 minute'
$$;
CREATE FUNCTION minutes(times timestamptz[]) RETURNS int[] LANGUAGE sql AS $$
    SELECT array_agg(extract(epoch FROM t - '2026-01-01 00:00:00+00')::int / 60 ORDER BY n)
      FROM unnest(times) WITH ORDINALITY AS u (t, n)
$$;

--
-- mode
--
SELECT sketch, steps, mode, tie, got, got IS NOT DISTINCT FROM want::int[] AS ok
  FROM (VALUES
    -- strict: nothing between
    ('a0 b1',             '{a,b}',   'strict', 'any',    '{0,1}'),
    ('a0 x1 b2',          '{a,b}',   'strict', 'any',    '{0,NULL}'),
    ('x0 a1 b2 x3',       '{a,b}',   'strict', 'any',    '{1,2}'),
    ('a0 b1 x2 c3',       '{a,b,c}', 'strict', 'any',    '{0,1,NULL}'),
    -- a violation ends that chain, not the customer: every entry is tried
    ('a0 x1 a2 b3',       '{a,b}',   'strict', 'any',    '{2,3}'),
    ('a0 d1 a2 b3 c4',    '{a,b,c}', 'strict', 'any',    '{2,3,4}'),
    ('a0 a1 b2',          '{a,a,b}', 'strict', 'any',    '{0,1,2}'),
    ('a0 a1 a2 b3',       '{a,a,b}', 'strict', 'any',    '{1,2,3}'),
    -- in a tie there is an order that suits the chain, but the same for all of it
    ('a0 x0 b1',          '{a,b}',   'strict', 'any',    '{0,1}'),
    ('a0 b1 x1',          '{a,b}',   'strict', 'any',    '{0,1}'),
    ('a0 x0 b0',          '{a,b}',   'strict', 'any',    '{0,0}'),
    ('a0 b1 x1 c2',       '{a,b,c}', 'strict', 'any',    '{0,1,NULL}'),
    ('a0 b1 x1 c1',       '{a,b,c}', 'strict', 'any',    '{0,1,1}'),
    ('a0 b1 c1 d2',       '{a,b,c,d}', 'strict', 'any',  '{0,1,1,2}'),
    ('a0 b1 c1 d2',       '{a,c,b,d}', 'strict', 'any',  '{0,1,1,2}'),
    -- a tie as one: nothing is at a time between
    ('a0 b1 x1 c2',       '{a,b,c}', 'strict', 'strict', '{0,1,2}'),
    ('a0 b1 c1',          '{a,b,c}', 'strict', 'strict', '{0,1,NULL}'),
    ('a0 x1 b2',          '{a,b}',   'strict', 'strict', '{0,NULL}'),
    -- stored order: neighbours
    ('a0 b1 x1 c2',       '{a,b,c}', 'strict', 'stored', '{0,1,NULL}'),
    ('a0 b1 x1 c2',       '{a,b,x,c}', 'strict', 'stored', '{0,1,1,2}'),
    ('a0 b1 x1',          '{a,x}',   'strict', 'stored', '{0,NULL}'),
    ('a0 b1 x1',          '{a,x}',   'strict', 'any',    '{0,1}'),
    -- strict_steps: what fits no step is not there
    ('a0 x1 b2',          '{a,b}',   'strict_steps', 'any', '{0,2}'),
    ('a0 c1 b2 c3',       '{a,b,c}', 'strict_steps', 'any', '{0,NULL,NULL}'),
    ('a0 a1 b2',          '{a,b}',   'strict_steps', 'any', '{1,2}'),
    ('a0 b1 b2 c3',       '{a,b,c}', 'strict_steps', 'any', '{0,1,NULL}'),
    ('a0 b1 x1 c2',       '{a,b,c}', 'strict_steps', 'any', '{0,1,2}'),
    ('a0 b1 c1 b2',       '{a,b,c}', 'strict_steps', 'any', '{0,1,1}'),
    ('a0 c1 x1 b2 c3',    '{a,b,c}', 'strict_steps', 'stored', '{0,NULL,NULL}'),
    -- words in any case
    ('a0 x1 b2',          '{a,b}',   'STRICT', 'Any',    '{0,NULL}')
  ) AS t (sketch, steps, mode, tie, want),
  LATERAL minutes(funnel(j(sketch), steps::matcher[], mode => mode, tie => tie)) AS got;

-- unordered: when so many steps had been reached
SELECT sketch, steps, within, anchored, tie, got, got IS NOT DISTINCT FROM want::int[] AS ok
  FROM (VALUES
    ('c0 a1 b2',          '{a,b,c}', NULL::interval, NULL,      'any',    '{0,1,2}'),
    ('b0 x1 a2',          '{a,b,c}', NULL,           NULL,      'any',    '{0,2,NULL}'),
    ('x0',                '{a,b,c}', NULL,           NULL,      'any',    '{NULL,NULL,NULL}'),
    -- the start that is latest of those complete at 2
    ('b0 b1 a2',          '{a,b}',   NULL,           NULL,      'any',    '{1,2}'),
    -- one step, one touchpoint
    ('a0 a1',             '{a,a}',   NULL,           NULL,      'any',    '{0,1}'),
    ('a0',                '{a,a}',   NULL,           NULL,      'any',    '{0,NULL}'),
    ('b0 a1',             '{a|b,a}', NULL,           NULL,      'any',    '{0,1}'),
    ('a0 b1',             '{a|b,a}', NULL,           NULL,      'any',    '{0,1}'),
    ('b0 b1',             '{a|b,a}', NULL,           NULL,      'any',    '{0,NULL}'),
    -- the window from the first of them
    ('c0 a50 b100',       '{a,b,c}', '60 min',       NULL,      'any',    '{0,50,NULL}'),
    ('c0 a50 b100 c110',  '{a,b,c}', '60 min',       NULL,      'any',    '{50,100,110}'),
    ('c0 a50 b60',        '{a,b,c}', '60 min',       NULL,      'any',    '{0,50,60}'),
    ('a0 b0',             '{a,b}',   NULL,           NULL,      'any',    '{0,0}'),
    ('a0 b0',             '{a,b}',   NULL,           NULL,      'strict', '{0,NULL}'),
    ('a0 b0 a1',          '{a,b}',   NULL,           NULL,      'strict', '{0,1}'),
    -- anchored steps stand at their places
    ('b0 a1 c2 b3',       '{a,b,c}', NULL,           '{t,f,f}', 'any',    '{1,2,3}'),
    ('b0 c1',             '{a,b,c}', NULL,           '{t,f,f}', 'any',    '{NULL,NULL,NULL}'),
    ('c0 a1 b2',          '{a,b,c}', NULL,           '{f,f,t}', 'any',    '{1,2,NULL}'),
    ('b0 a1 c2',          '{a,b,c}', NULL,           '{f,f,t}', 'any',    '{0,1,2}'),
    ('c0 b1 a2 d3',       '{a,b,c,d}', NULL,         '{f,t,f,f}', 'any',  '{2,NULL,NULL,NULL}'),
    ('a0 b1 d2 c3',       '{a,b,c,d}', NULL,         '{f,t,f,f}', 'any',  '{0,1,2,3}'),
    ('b0 a1 c2 e3 d4',    '{a,b,c,d,e}', NULL,       '{f,f,t,f,f}', 'any', '{0,1,2,3,4}'),
    ('b0 a1 d2 c3 e4',    '{a,b,c,d,e}', NULL,       '{f,f,t,f,f}', 'any', '{0,1,3,4,NULL}'),
    ('b0 a1 c2',          '{a,b,c}', NULL,           '{t,t,t}', 'any',    '{1,NULL,NULL}'),
    ('a0 c1 b2 c3',       '{a,b,c}', NULL,           '{t,t,t}', 'any',    '{0,2,3}')
  ) AS t (sketch, steps, within, anchored, tie, want),
  LATERAL minutes(funnel(j(sketch), steps::matcher[], within, mode => 'unordered', tie => tie, anchored => anchored::boolean[])) AS got;

--
-- step_within: from the step taken before, both ends included
--
SELECT sketch, steps, within, step_within, got, got IS NOT DISTINCT FROM want::int[] AS ok
  FROM (VALUES
    ('a0 b10',            '{a,b}',   NULL::interval, '{NULL,10 min}',        '{0,10}'),
    ('a0 b10',            '{a,b}',   NULL,           '{NULL,9 min}',         '{0,NULL}'),
    ('a0 a5 b10',         '{a,b}',   NULL,           '{NULL,9 min}',         '{5,10}'),
    ('a0 b10 c100',       '{a,b,c}', NULL,           '{NULL,10 min,60 min}', '{0,10,NULL}'),
    -- not the earliest b, but one that leads further
    ('a0 b10 b50 c100',   '{a,b,c}', NULL,           '{NULL,NULL,60 min}',   '{0,50,100}'),
    ('a0 b10 b50 c100',   '{a,b,c}', NULL,           '{NULL,40 min,60 min}', '{0,10,NULL}'),
    ('a0 a20 b10 b50 c100', '{a,b,c}', NULL,         '{NULL,40 min,60 min}', '{20,50,100}'),
    -- both windows hold
    ('a0 b10 b50 c100',   '{a,b,c}', '90 min',       '{NULL,NULL,60 min}',   '{0,10,NULL}'),
    ('a0 a10 b50 c100',   '{a,b,c}', '90 min',       '{NULL,NULL,50 min}',   '{10,50,100}'),
    ('a0 b0 c1',          '{a,b,c}', NULL,           '{NULL,0,0}',           '{0,0,NULL}')
  ) AS t (sketch, steps, within, step_within, want),
  LATERAL minutes(funnel(j(sketch), steps::matcher[], within, step_within => step_within::interval[])) AS got;
-- GA4: 5 seconds are 5.000000 seconds
SELECT funnel('[2026-01-01 00:00:00+00 a, 2026-01-01 00:00:05+00 b]', '{a,b}', step_within => '{NULL,5 s}') AS inside,
       funnel('[2026-01-01 00:00:00+00 a, 2026-01-01 00:00:05.000001+00 b]', '{a,b}', step_within => '{NULL,5 s}') AS outside;

--
-- tie
--
SELECT sketch, steps, tie, got, got IS NOT DISTINCT FROM want::int[] AS ok
  FROM (VALUES
    ('a0 b0',             '{b,a}',   'any',    '{0,0}'),
    ('a0 b0',             '{b,a}',   'strict', '{0,NULL}'),
    ('a0 b0',             '{a,b}',   'strict', '{0,NULL}'),
    ('a0 b0',             '{a,b}',   'stored', '{0,0}'),
    ('a0 b0',             '{b,a}',   'stored', '{0,NULL}'),
    ('a0 b0 a1',          '{b,a}',   'strict', '{0,1}'),
    -- an earlier b that keeps a later chain possible
    ('a0 b1 b2 c2',       '{a,b,c}', 'strict', '{0,1,2}'),
    ('a0 b0 b1 c1 c2',    '{a,b,c}', 'strict', '{0,1,2}'),
    ('a0 b0 c0',          '{a,b,c}', 'stored', '{0,0,0}'),
    ('a0 b0 c0',          '{a,c,b}', 'stored', '{0,0,NULL}')
  ) AS t (sketch, steps, tie, want),
  LATERAL minutes(funnel(j(sketch), steps::matcher[], tie => tie)) AS got;
-- stored order is that of the journey, whatever the names are
SELECT funnel('[2026-01-01 00:00+00 b, 2026-01-01 00:00+00 a]', '{a,b}', tie => 'stored') AS b_first,
       funnel('[2026-01-01 00:00+00 a, 2026-01-01 00:00+00 b]', '{a,b}', tie => 'stored') AS a_first;

--
-- grace
--
SELECT sketch, steps, mode, grace, got, got IS NOT DISTINCT FROM want::int[] AS ok
  FROM (VALUES
    ('b0 a1',             '{a,b}',   'ordered', '0 min'::interval, '{1,NULL}'),
    ('b0 a1',             '{a,b}',   'ordered', '1 min',  '{0,0}'),
    ('b0 a2',             '{a,b}',   'ordered', '1 min',  '{2,NULL}'),
    -- a group begins with a touchpoint and is not longer than the grace
    ('c0 b2 a4',          '{a,b,c}', 'ordered', '2 min',  '{4,NULL,NULL}'),
    ('c0 b2 a4',          '{a,b,c}', 'ordered', '4 min',  '{0,0,0}'),
    ('a0 b2 a4 b5',       '{b,a}',   'ordered', '2 min',  '{0,0}'),
    -- what fits no step begins none, unless the mode is strict
    ('x0 b1 a3',          '{a,b}',   'ordered', '2 min',  '{1,1}'),
    ('x0 b1 a3',          '{a,b}',   'strict',  '2 min',  '{3,NULL}'),
    ('y0 a5 x6 b7 c9',    '{y,b,a,c}', 'strict', '2 min', '{0,5,5,NULL}'),
    ('y0 a5 x6 b7 c9',    '{y,b,a,c}', 'strict_steps', '2 min', '{0,5,5,9}')
  ) AS t (sketch, steps, mode, grace, want),
  LATERAL minutes(funnel(j(sketch), steps::matcher[], mode => mode, grace => grace)) AS got;
-- the window is counted between the times of the groups
SELECT minutes(funnel(j('b0 a1 c11'), '{a,b,c}', '10 min', grace => '1 min')) AS from_0,
       minutes(funnel(j('b0 a1 c10'), '{a,b,c}', '10 min', grace => '1 min')) AS from_0_too;
-- with strict ties a group is one time
SELECT minutes(funnel(j('a0 b1 b2'), '{a,b}', grace => '1 min', tie => 'strict')) AS later;
-- Mixpanel: steps within two seconds are interchangeable, and so are exclusions
SELECT funnel(j, '{ad_click,page_view}') AS as_logged, funnel(j, '{ad_click,page_view}', grace => '2 s') AS mixpanel
  FROM (VALUES ('[2026-01-01 10:00:00+00 page_view, 2026-01-01 10:00:01+00 ad_click]'::journey)) AS t (j);
SELECT minutes(funnel(j('a0 x1 b10'), '{a,b}', exclude => '{x}')) AS excluded,
       minutes(funnel(j('a0 x1 b10'), '{a,b}', exclude => '{x}', grace => '1 min')) AS at_the_time_of_a;

--
-- exclude
--
SELECT sketch, steps, exclude, after, before, tie, got, got IS NOT DISTINCT FROM want::int[] AS ok
  FROM (VALUES
    ('a0 x1 b2',          '{a,b}',   '{x}',   NULL,    NULL,    'any',    '{0,NULL}'),
    ('x0 a1 b2 x3',       '{a,b}',   '{x}',   NULL,    NULL,    'any',    '{1,2}'),
    -- Mixpanel: the customer counts up to the step before
    ('a0 b1 x2 c3',       '{a,b,c}', '{x}',   NULL,    NULL,    'any',    '{0,1,NULL}'),
    ('a0 b1 x2 c3',       '{a,b,c}', '{x}',   '{1}',   '{2}',   'any',    '{0,1,3}'),
    ('a0 b1 x2 c3',       '{a,b,c}', '{x}',   '{2}',   NULL,    'any',    '{0,1,NULL}'),
    ('a0 x1 b2 c3',       '{a,b,c}', '{x}',   '{2}',   NULL,    'any',    '{0,2,3}'),
    ('a0 x1 b2 c3',       '{a,b,c}', '{x}',   NULL,    '{2}',   'any',    '{0,NULL,NULL}'),
    -- a later entry
    ('a0 x1 a2 b3',       '{a,b}',   '{x}',   NULL,    NULL,    'any',    '{2,3}'),
    -- a later b
    ('a0 b1 x2 b3 c4',    '{a,b,c}', '{x}',   '{2}',   '{3}',   'any',    '{0,3,4}'),
    -- at the time of a step it does no harm
    ('a0 x0 b1',          '{a,b}',   '{x}',   NULL,    NULL,    'any',    '{0,1}'),
    ('a0 b1 x1',          '{a,b}',   '{x}',   NULL,    NULL,    'any',    '{0,1}'),
    ('a0 b1 x1',          '{a,b}',   '{x}',   NULL,    NULL,    'strict', '{0,1}'),
    -- in stored order it lies before or behind
    ('a0 b1 x1',          '{a,b}',   '{x}',   NULL,    NULL,    'stored', '{0,1}'),
    ('a0 b1 aa1',         '{a,b}',   '{aa}',  NULL,    NULL,    'stored', '{0,NULL}'),
    ('a0 b1 aa1',         '{a,b}',   '{aa}',  NULL,    NULL,    'any',    '{0,1}'),
    -- several, each between its steps
    ('a0 x1 b2 y3 c4',    '{a,b,c}', '{x,y}', '{2,1}', '{3,2}', 'any',    '{0,2,4}'),
    ('a0 x1 b2 y3 c4',    '{a,b,c}', '{x,y}', '{1,2}', '{2,3}', 'any',    '{0,NULL,NULL}'),
    ('a0 y1 b2 y3 c4',    '{a,b,c}', '{x,y}', '{1,2}', '{2,3}', 'any',    '{0,2,NULL}'),
    -- what is excluded may be a step itself
    ('a0 b1 b2 c3',       '{a,b,c}', '{b}',   '{2}',   '{3}',   'any',    '{0,2,3}'),
    ('a0 b1 a2 c3',       '{a,b,c}', '{a}',   '{1}',   '{3}',   'any',    '{0,1,NULL}')
  ) AS t (sketch, steps, exclude, after, before, tie, want),
  LATERAL minutes(funnel(j(sketch), steps::matcher[], tie => tie, exclude => exclude::matcher[],
                         exclude_after => after::int[], exclude_before => before::int[])) AS got;
-- on_exclude => 'drop'
SELECT sketch, steps, within, mode, coalesce(got::text, 'dropped') AS got, got IS NOT DISTINCT FROM want::int[] AS ok
  FROM (VALUES
    ('a0 x1 b2',          '{a,b}',   NULL::interval, 'ordered', NULL),
    ('x0 a1 b2 x3',       '{a,b}',   NULL,           'ordered', '{1,2}'),
    ('a0 x1 a2 b3',       '{a,b}',   NULL,           'ordered', '{2,3}'),
    -- what comes after the last step reached, in the window
    ('a0 b1 x2',          '{a,b,c}', NULL,           'ordered', NULL),
    ('a0 b1 x2',          '{a,b,c}', '2 min',        'ordered', NULL),
    ('a0 b1 x2',          '{a,b,c}', '1 min',        'ordered', '{0,1,NULL}'),
    ('a0 b1 c2 x3',       '{a,b,c}', NULL,           'ordered', '{0,1,2}'),
    -- an entry that comes less far but is not discarded
    ('a0 b1 x2 c3 a4',    '{a,b,c}', NULL,           'ordered', '{4,NULL,NULL}'),
    -- another chain as long as the furthest
    ('a0 b1 a2 x3 b4',    '{a,b}',   NULL,           'ordered', '{0,1}'),
    -- who did not enter was not dropped
    ('b0 x1',             '{a,b}',   NULL,           'ordered', '{NULL,NULL}'),
    ('a0 x1 b2',          '{a,b}',   NULL,           'unordered', '{2,NULL}'),
    ('a0 x1 b2 x3',       '{a,b}',   NULL,           'unordered', NULL),
    ('a0 x1 b2 x3 a4 b5', '{a,b}',   NULL,           'unordered', '{4,5}')
  ) AS t (sketch, steps, within, mode, want),
  LATERAL minutes(funnel(j(sketch), steps::matcher[], within, mode => mode, exclude => '{x}', on_exclude => 'drop')) AS got;
-- unordered, truncated at the first position behind it
SELECT minutes(funnel(j('a0 x1 b2 c3'), '{a,b,c}', mode => 'unordered', exclude => '{x}')) AS later_entry,
       minutes(funnel(j('c0 b1 x2 a3'), '{a,b,c}', mode => 'unordered', exclude => '{x}')) AS two,
       minutes(funnel(j('c0 b1 x2 a3'), '{a,b,c}', mode => 'unordered', exclude => '{x}', exclude_before => '{2}')) AS three;
-- PostHog: whoever does it is removed from the funnel; Mixpanel: counts as far as it went
SELECT how, step_no, reached, all_count
  FROM (SELECT funnel_agg(funnel(j(sketch), '{a,b,c}', '1 day', exclude => '{x}', on_exclude => 'drop')) AS posthog,
               funnel_agg(funnel(j(sketch), '{a,b,c}', '1 day', exclude => '{x}')) AS mixpanel
          FROM unnest(ARRAY['a0 b1 c2', 'a0 b1 x2 c3', 'a0 x1 b2', 'b0']) AS sketch) s,
       LATERAL (SELECT 'posthog' AS how, * FROM unnest(posthog) UNION ALL SELECT 'mixpanel', * FROM unnest(mixpanel)) u
 ORDER BY 1, 2;

--
-- optional
--
SELECT sketch, steps, optional, got, got IS NOT DISTINCT FROM want::int[] AS ok
  FROM (VALUES
    ('a0 c2',             '{a,b,c}', '{f,t,f}',   '{0,NULL,2}'),
    ('a0 b1 c2',          '{a,b,c}', '{f,t,f}',   '{0,1,2}'),
    ('a0 c1 b2',          '{a,b,c}', '{f,t,f}',   '{0,NULL,1}'),
    ('a0 b1',             '{a,b,c}', '{f,t,f}',   '{0,1,NULL}'),
    ('a0 c1 b2 c3',       '{a,b,c}', '{f,t,f}',   '{0,NULL,1}'),
    ('b0 c1',             '{a,b,c}', '{f,t,f}',   '{NULL,NULL,NULL}'),
    ('a0 b1',             '{a,b,c}', '{f,f,t}',   '{0,1,NULL}'),
    ('a0 d1',             '{a,b,c,d}', '{f,t,t,f}', '{0,NULL,NULL,1}'),
    ('a0 c1 b2 d3',       '{a,b,c,d}', '{f,t,t,f}', '{0,2,NULL,3}'),
    -- the same touchpoint does not fill two
    ('a0 b1',             '{a,b,b}', '{f,t,f}',   '{0,NULL,1}'),
    ('a0 a1 c2',          '{a,b,c}', '{f,t,f}',   '{1,NULL,2}')
  ) AS t (sketch, steps, optional, want),
  LATERAL minutes(funnel(j(sketch), steps::matcher[], optional => optional::boolean[])) AS got;
-- a step's own window is counted from the step taken before it
SELECT minutes(funnel(j('a0 c30'), '{a,b,c}', optional => '{f,t,f}', step_within => '{NULL,NULL,20 min}')) AS from_a,
       minutes(funnel(j('a0 b15 c30'), '{a,b,c}', optional => '{f,t,f}', step_within => '{NULL,NULL,20 min}')) AS from_b;
-- an exclusion lies between the steps that are taken
SELECT minutes(funnel(j('a0 x1 c2'), '{a,b,c}', optional => '{f,t,f}', exclude => '{x}', exclude_before => '{2}')) AS before_c,
       minutes(funnel(j('a0 x1 c2'), '{a,b,c}', optional => '{f,t,f}', exclude => '{x}', exclude_after => '{2}')) AS after_b;

--
-- open: GA4's open funnel
--
SELECT sketch, steps, got, got IS NOT DISTINCT FROM want::int[] AS ok
  FROM (VALUES
    ('b0 c1',             '{a,b,c}', '{NULL,0,1}'),
    ('c0',                '{a,b,c}', '{NULL,NULL,0}'),
    ('a0 b1 c2',          '{a,b,c}', '{0,1,2}'),
    ('a0 b1',             '{a,b,c}', '{0,1,NULL}'),
    ('x0',                '{a,b,c}', '{NULL,NULL,NULL}'),
    -- the furthest, then the earliest step to begin with
    ('c0 a1 b2',          '{a,b,c}', '{NULL,NULL,0}'),
    ('c0 a1 b2 c3',       '{a,b,c}', '{1,2,3}'),
    ('a0 c1',             '{a,b,c}', '{NULL,NULL,1}'),
    ('b0 c1 a2 c3',       '{a,b,c}', '{NULL,0,1}')
  ) AS t (sketch, steps, want),
  LATERAL minutes(funnel(j(sketch), steps::matcher[], open => true)) AS got;
SELECT minutes(funnel(j('a0 b50 c100'), '{a,b,c}', '60 min', open => true)) AS window_from_its_entry,
       minutes(funnel(j('b0 d2'), '{a,b,c,d}', open => true, optional => '{f,f,t,f}')) AS with_optional,
       minutes(funnel(j('b0 x1 c2'), '{a,b,c}', open => true, exclude => '{x}')) AS excluded_after_b,
       minutes(funnel(j('b0 x1 c2'), '{a,b,c}', open => true, exclude => '{x}', exclude_before => '{2}')) AS only_before_b;
-- closed and open, all customers: who entered where
SELECT how, step_no, reached, previous_count, dropped
  FROM (SELECT funnel_agg(funnel(j(sketch), '{a,b,c}')) AS closed, funnel_agg(funnel(j(sketch), '{a,b,c}', open => true)) AS open
          FROM unnest(ARRAY['a0 b1 c2', 'b1 c2', 'c2', 'a0', 'x0']) AS sketch) s,
       LATERAL (SELECT 'closed' AS how, * FROM unnest(closed) UNION ALL SELECT 'open', * FROM unnest(open)) u
 ORDER BY 1, 2;

--
-- entry, "from", "to"
--
SELECT sketch, within, entry, from_minute, to_minute, got, got IS NOT DISTINCT FROM want::int[] AS ok
  FROM (VALUES
    -- Mixpanel counts the first entry unless told otherwise, here it is the best
    ('a0 a30 b45 c75',    '60 min'::interval, 'best',  NULL::int, NULL::int, '{30,45,75}'),
    ('a0 a30 b45 c75',    '60 min',           'first', NULL, NULL, '{0,45,NULL}'),
    ('a0 a30 b45 c75',    '60 min',           'last',  NULL, NULL, '{30,45,75}'),
    ('a0 b1 c2 a5',       NULL,               'last',  NULL, NULL, '{5,NULL,NULL}'),
    ('a0 b1 c2 a5',       NULL,               'first', NULL, NULL, '{0,1,2}'),
    ('b0',                NULL,               'first', NULL, NULL, '{NULL,NULL,NULL}'),
    -- of those in the range
    ('a0 a10 b15',        NULL,               'first', 5,    NULL, '{10,15,NULL}'),
    ('a0 b1 a10 b15',     NULL,               'last',  NULL, 10,   '{0,1,NULL}'),
    -- the entry lies in the range, the other steps need not
    ('a0 b1 a10 b11',     NULL,               'best',  5,    NULL, '{10,11,NULL}'),
    ('a0 b100',           NULL,               'best',  NULL, 1,    '{0,100,NULL}'),
    ('a0 b100',           NULL,               'best',  0,    NULL, '{0,100,NULL}'),
    ('a0 b100',           NULL,               'best',  1,    NULL, '{NULL,NULL,NULL}'),
    ('a0 b100',           NULL,               'best',  NULL, 0,    '{NULL,NULL,NULL}'),
    ('a0 b1',             NULL,               'best',  5,    -5,   '{NULL,NULL,NULL}')
  ) AS t (sketch, within, entry, from_minute, to_minute, want),
  LATERAL minutes(funnel(j(sketch), '{a,b,c}', within, entry => entry, "from" => minute(from_minute), "to" => minute(to_minute))) AS got;
SELECT minutes(funnel(j('a0 b1'), '{a,b}', "from" => '-infinity', "to" => 'infinity')) AS no_bound,
       minutes(funnel(j('a0 b1'), '{a,b}', "from" => 'infinity')) AS nobody,
       minutes(funnel(j('a0 b1'), '{a,b}', "to" => '-infinity')) AS nobody_either,
       minutes(funnel(j('a0 b1 a2'), '{a,b}', mode => 'unordered', entry => 'first')) AS first,
       minutes(funnel(j('a0 b1 a2'), '{a,b}', mode => 'unordered', entry => 'last')) AS last;

--
-- hold
--
SELECT sketch, mode, exclude, hold, got, got IS NOT DISTINCT FROM want::int[] AS ok
  FROM (VALUES
    ('a0@x b1@y',         'ordered', NULL,  NULL,      '{0,1}'),
    ('a0@x b1@y',         'ordered', NULL,  'channel', '{0,NULL}'),
    ('a0@x b1@y b2@x',    'ordered', NULL,  'channel', '{0,2}'),
    ('a0@x a1@y b2@y b3@x', 'ordered', NULL, 'channel', '{1,2}'),
    -- no channel is one of its own
    ('a0 b1@x b2',        'ordered', NULL,  'channel', '{0,2}'),
    ('a0 b1@x',           'ordered', NULL,  'channel', '{0,NULL}'),
    -- what happens in another channel is not there
    ('a0@x z1@y b2@x',    'strict',  NULL,  'channel', '{0,2}'),
    ('a0@x z1@x b2@x',    'strict',  NULL,  'channel', '{0,NULL}'),
    ('a0@x z1@y b2@x',    'ordered', '{z}', 'channel', '{0,2}'),
    ('a0@x z1@y b2@x',    'ordered', '{z}', NULL,      '{0,NULL}'),
    ('b0@x a1@y a2@x',    'unordered', NULL, 'channel', '{0,2}')
  ) AS t (sketch, mode, exclude, hold, want),
  LATERAL minutes(funnel(j(sketch), '{a,b}', mode => mode, exclude => exclude::matcher[], hold => hold)) AS got;
-- discarded in one channel, not entered in the other; discarded in both
SELECT funnel(j('a0@x z1@x b2@x b3@y'), '{a,b}', exclude => '{z}', on_exclude => 'drop', hold => 'channel') IS NULL AS dropped,
       minutes(funnel(j('a0@x z1@x a2@y b3@x'), '{a,b}', exclude => '{z}', on_exclude => 'drop', hold => 'channel')) AS other_channel;

--
-- NULL is the default of each
--
SELECT minutes(funnel(j('a0 x1 b2'), '{a,b}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)) AS all_null,
       minutes(funnel(j('a0 x1 b2'), '{a,b}')) AS none_given;

--
-- The options are kept from call to call, and no answer depends on it
--
-- steps and options that change from row to row
SELECT steps, within, mode, exclude, minutes(funnel(j('a0 x5 b10 c20'), steps::matcher[], within, mode, exclude => exclude::matcher[]))
  FROM (VALUES ('{a,b}', NULL::interval, 'ordered', NULL), ('{a,b}', NULL, 'ordered', NULL), ('{a,c}', NULL, 'ordered', NULL),
               ('{a,c}', '10 min', 'ordered', NULL), ('{a,b}', '10 min', 'ordered', NULL), ('{a,b}', NULL, 'strict', NULL),
               ('{a,b}', NULL, 'ordered', '{x}'), ('{a,b}', NULL, 'ordered', '{y}'), ('{a,b,c}', NULL, 'ordered', '{y}'),
               (NULL, NULL, NULL, NULL), ('{x}', NULL, 'strict', '{}')) AS t (steps, within, mode, exclude);
-- variables that change, where one call is used many times; an error in between
DO $$
DECLARE
    s matcher[];
    m text;
    w interval;
    got int[];
BEGIN
    FOR i IN 1 .. 12 LOOP
        s := CASE i % 3 WHEN 0 THEN '{a,b}' WHEN 1 THEN '{a,c}' ELSE '{a}' END;
        m := CASE WHEN i % 4 = 0 THEN 'wrong' WHEN i > 6 THEN 'strict' ELSE 'ordered' END;
        w := CASE WHEN i % 2 = 0 THEN interval '10 min' END;
        BEGIN
            got := minutes(funnel(j('a0 x5 b10 c20'), s, w, m));
            RAISE NOTICE '% % % %', s, m, w, got;
        EXCEPTION WHEN invalid_parameter_value THEN
            RAISE NOTICE '% % % error', s, m, w;
        END;
    END LOOP;
END
$$;
-- parameters of a plan made once
SET plan_cache_mode = force_generic_plan;
PREPARE ask (matcher[], interval, text) AS SELECT minutes(funnel(j('a0 x5 b10 c20'), $1, $2, $3)) FROM generate_series(1, 2);
EXECUTE ask ('{a,b}', NULL, 'ordered');
EXECUTE ask ('{a,c}', '10 min', 'ordered');
EXECUTE ask ('{a,b}', NULL, 'strict');
DEALLOCATE ask;
RESET plan_cache_mode;
-- steps that are stored out of line, or compressed
CREATE TABLE campaign (no int, steps matcher[]);
ALTER TABLE campaign ALTER steps SET STORAGE EXTERNAL;
INSERT INTO campaign SELECT i, ARRAY['a', (SELECT string_agg('e' || k, '|') FROM generate_series(i, i + 900) k), 'c']::matcher[] FROM generate_series(1, 3) i;
ALTER TABLE campaign ALTER steps SET STORAGE EXTENDED;
INSERT INTO campaign SELECT i, ARRAY['a', repeat('b', 500 + i), 'c']::matcher[] FROM generate_series(4, 6) i;
SELECT no, n, minutes(funnel(journey_agg(minute(k), e), steps))
  FROM campaign, generate_series(1, 2) n,
       LATERAL (VALUES (0, 'a'), (1, 'e1'), (2, 'e902'), (3, repeat('b', 505)), (4, 'c')) AS t (k, e)
 GROUP BY no, n, steps ORDER BY 1, 2;
DROP TABLE campaign;

--
-- Against an oracle that tries every chain
--
\set seed 0.20260303
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE event AS
SELECT customer, no, minute((random() * spread)::int) AS at,
       (ARRAY['a', 'b', 'c', 'd/x', 'd/y', 'page_view', 'page_view/z'])[1 + floor(random() * 7)::int] AS event,
       CASE WHEN random() < 0.4 THEN (ARRAY['email', 'sms'])[1 + floor(random() * 2)::int] END AS channel
  FROM (SELECT customer, floor(random() * 13)::int AS n,
               (ARRAY[3, 12, 40])[1 + floor(random() * 3)::int] AS spread
          FROM generate_series(1, 6000) AS customer) c,
       LATERAL generate_series(1, n) AS no;
CREATE INDEX ON event (customer);
CREATE TABLE question AS
SELECT customer, steps, CASE WHEN random() < 0.5 THEN floor(random() * 40) * interval '1 minute' END AS within,
       (ARRAY['any', 'strict'])[1 + floor(random() * 2)::int] AS tie,
       (ARRAY['best', 'best', 'first', 'last'])[1 + floor(random() * 4)::int] AS entry,
       CASE WHEN random() < 0.2 THEN minute(floor(random() * 10)::int) END AS from_at,
       CASE WHEN random() < 0.2 THEN minute(5 + floor(random() * 20)::int) END AS to_at,
       step_within, exclude, exclude_after, exclude_before
  FROM (SELECT customer, array_agg(step ORDER BY k)::matcher[] AS steps,
               CASE WHEN random() < 0.5 THEN array_agg(step_within ORDER BY k) END AS step_within
          FROM (SELECT customer, k,
                       CASE WHEN k > 1 AND random() < 0.7 THEN floor(random() * 25) * interval '1 minute' END AS step_within,
                       (ARRAY['a', 'b', 'c', 'd', 'a|b', 'b|c|d', 'a|d/y|c', 'page*|b', '*', 'd/x|"page_view"', 'page_view|a',
                              '*/*', 'a|b@email', '*@sms', 'c|a@*'])[1 + floor(random() * 15)::int] AS step
                  FROM (SELECT customer, 1 + floor(sqrt(random()) * 4)::int AS n FROM generate_series(1, 6000) AS customer) c,
                       LATERAL generate_series(1, n) AS k) s
         GROUP BY customer) s
  LEFT JOIN (SELECT customer, array_agg(matcher ORDER BY i)::matcher[] AS exclude,
                    array_agg(after ORDER BY i) AS exclude_after, array_agg(before ORDER BY i) AS exclude_before
               FROM (SELECT customer, i, least(x, y) AS after, greatest(x, y) + (x = y)::int AS before,
                            (ARRAY['a', 'b', 'c', 'd', 'page_view', '*@sms', 'b|d/x|page_view/z', '*'])[1 + floor(random() * 8)::int] AS matcher
                       FROM (SELECT customer, 1 + floor(random() * 2)::int AS n FROM generate_series(1, 6000) AS customer
                              WHERE customer % 3 > 0) c,
                            LATERAL generate_series(1, n) AS i,
                            LATERAL (SELECT 1 + floor(random() * 3 + 0 * i)::int AS x, 1 + floor(random() * 3 + 0 * i)::int AS y) r) e
              GROUP BY customer) e USING (customer);
-- exclusions between steps that there are
UPDATE question SET exclude = NULL, exclude_after = NULL, exclude_before = NULL
 WHERE EXISTS (SELECT FROM unnest(exclude_before) AS b WHERE b > cardinality(steps));

CREATE FUNCTION oracle(q question) RETURNS timestamptz[]
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE mine AS (
        SELECT * FROM event WHERE event.customer = q.customer
    ), entry AS (
        SELECT no, at, min(at) OVER () AS first_at, max(at) OVER () AS last_at
          FROM mine
         WHERE matches(q.steps[1], event, channel, NULL) AND (q.from_at IS NULL OR at >= q.from_at) AND (q.to_at IS NULL OR at < q.to_at)
    ), chain AS (
        SELECT ARRAY[no] AS used, ARRAY[at] AS times
          FROM entry WHERE q.entry = 'best' OR at = CASE q.entry WHEN 'first' THEN first_at ELSE last_at END
        UNION ALL
        SELECT used || no, times || at
          FROM chain
          JOIN mine ON no <> ALL (used)
           AND CASE q.tie WHEN 'any' THEN at >= times[cardinality(times)] ELSE at > times[cardinality(times)] END
           AND (q.within IS NULL OR at <= times[1] + q.within)
           AND (q.step_within[cardinality(times) + 1] IS NULL OR at <= times[cardinality(times)] + q.step_within[cardinality(times) + 1])
           AND matches(q.steps[cardinality(times) + 1], event, channel, NULL)
    ), unspoiled AS (
        SELECT times FROM chain
         WHERE NOT EXISTS (SELECT FROM unnest(q.exclude, q.exclude_after, q.exclude_before) AS x (what, after, before), mine
                            WHERE matches(what, event, channel, NULL) AND at > times[after]
                              AND at < times[least(before, cardinality(times))])
    )
    SELECT coalesce((SELECT times FROM unspoiled
                      ORDER BY cardinality(times) DESC, times[cardinality(times)], times[1] DESC, times
                      LIMIT 1), '{}')
           || array_fill(NULL::timestamptz,
                         ARRAY[cardinality(q.steps) - coalesce((SELECT max(cardinality(times)) FROM unspoiled), 0)])
$$;
CREATE TABLE answer AS
SELECT q.*, oracle(q) AS want,
       (SELECT coalesce(journey_agg(at, event, channel), '[]') FROM event e WHERE e.customer = q.customer) AS journey
  FROM question q;
ALTER TABLE answer ADD got timestamptz[];
UPDATE answer SET got = funnel(journey, steps, within, step_within => step_within, tie => tie, entry => entry, "from" => from_at, "to" => to_at,
                               exclude => exclude, exclude_after => exclude_after, exclude_before => exclude_before);
SELECT count(*) AS journeys, count(*) FILTER (WHERE got IS DISTINCT FROM want) AS differences,
       count(exclude) > 1500 AS some_exclude, count(step_within) > 1000 AS some_step_within,
       count(*) FILTER (WHERE got IS DISTINCT FROM funnel(journey, steps)) > 500 AS options_matter,
       count(*) FILTER (WHERE got IS DISTINCT FROM funnel(journey, steps, within, step_within => step_within, tie => tie, entry => entry,
                                                           "from" => from_at, "to" => to_at)) > 100 AS exclusions_matter,
       count(*) FILTER (WHERE cardinality(array_remove(got, NULL)) = 0) > 100 AS some_not_entered,
       count(*) FILTER (WHERE cardinality(array_remove(got, NULL)) >= 3) > 300 AS some_long,
       count(*) FILTER (WHERE cardinality(got) > 2 AND got[cardinality(got)] IS NOT NULL) > 300 AS some_complete
  FROM answer;
SELECT customer, steps, within, tie, entry, step_within, exclude, exclude_after, exclude_before, from_at, to_at, got, want, journey
  FROM answer WHERE got IS DISTINCT FROM want ORDER BY 1 LIMIT 3;
-- options that ask for what there is anyhow are answered by the same rules in another way
SELECT count(*) FILTER (WHERE f IS DISTINCT FROM funnel(journey, steps, within, "from" => '0001-01-01 00:00+00')) AS range_differs,
       count(*) FILTER (WHERE f IS DISTINCT FROM funnel(journey, steps, within, exclude => '{no_such_event}',
                                                         exclude_before => ARRAY[cardinality(steps)], exclude_after => ARRAY[1])) AS exclusion_differs,
       count(*) FILTER (WHERE f IS DISTINCT FROM funnel(journey, steps, within, step_within => array_fill(NULL::interval, ARRAY[cardinality(steps) - 1])
                                                         || interval '10000 days')) AS step_within_differs
  FROM (SELECT *, funnel(journey, steps, within) AS f FROM answer WHERE cardinality(steps) > 1) s;

DROP TABLE event, question, answer CASCADE;
DROP FUNCTION j, minute, minutes;
