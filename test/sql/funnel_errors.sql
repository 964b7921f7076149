-- Funnels: options that are wrong, or exclude each other.
SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';

CREATE TABLE one AS SELECT '[2026-01-01 00:00+00 a, 2026-01-01 00:01+00 b, 2026-01-01 00:02+00 c]'::journey AS j;

--
-- Words: the hint lists them
--
SELECT funnel(j, '{a,b}', mode => 'sequence') FROM one;
SELECT funnel(j, '{a,b}', mode => '') FROM one;
SELECT funnel(j, '{a,b}', tie => 'grace') FROM one;
SELECT funnel(j, '{a,b}', on_exclude => 'stop') FROM one;
SELECT funnel(j, '{a,b}', entry => 'any') FROM one;
SELECT funnel(j, '{a,b}', hold => 'value') FROM one;
SELECT funnel_attempts(j, '{a,b}', count => 'uniques') FROM one;

--
-- Intervals
--
SELECT funnel(j, '{a,b}', '1 month') FROM one;
SELECT funnel(j, '{a,b}', '-1 us') FROM one;
SELECT funnel(j, '{a,b}', '2147483647 days') FROM one;
SELECT funnel(j, '{a,b}', grace => '1 month') FROM one;
SELECT funnel(j, '{a,b}', grace => '1 year -12 months -1 s') FROM one;
SELECT funnel(j, '{a,b}', grace => '2147483647 days') FROM one;
SELECT funnel(j, '{a,b,c}', step_within => '{NULL,1 day,1 month}') FROM one;
SELECT funnel(j, '{a,b,c}', step_within => '{NULL,-1 day,1 day}') FROM one;
SELECT funnel(j, '{a,b}', step_within => '{NULL,2147483647 days}') FROM one;
SELECT funnel_attempts(j, '{a,b}', session_timeout => '1 month') FROM one;
SELECT funnel_attempts(j, '{a,b}', session_timeout => '-1 s') FROM one;

--
-- Arrays
--
SELECT funnel(j, '{}') FROM one;
SELECT funnel(j, '{a,NULL}') FROM one;
SELECT funnel(j, array_fill('*'::matcher, ARRAY[65])) FROM one;
SELECT funnel(j, '{a,b>}') FROM one;
SELECT funnel(j, '{a,b,c}', step_within => '{NULL,1 day}') FROM one;
SELECT funnel(j, '{a,b,c}', step_within => '{}') FROM one;
SELECT funnel(j, '{a,b,c}', step_within => '{{NULL,1 day,1 day}}') FROM one;
SELECT funnel(j, '{a,b,c}', step_within => '{1 day,1 day,1 day}') FROM one;
SELECT funnel(j, '{a,b,c}', optional => '{f,t}') FROM one;
SELECT funnel(j, '{a,b,c}', optional => '{f,t,NULL}') FROM one;
SELECT funnel(j, '{a,b,c}', optional => '{t,t,f}') FROM one;
SELECT funnel(j, '{a,b,c}', mode => 'unordered', anchored => '{f,t,f,f}') FROM one;
SELECT funnel(j, '{a,b,c}', mode => 'unordered', anchored => '{f,t,NULL}') FROM one;
SELECT funnel(j, '{a,b,c}', exclude => '{x,NULL}') FROM one;
SELECT funnel(j, '{a,b,c}', exclude => '{{x},{y}}') FROM one;
SELECT funnel(j, '{a,b,c}', exclude => '{x>}') FROM one;
SELECT funnel(j, '{a,b,c}', exclude => array_fill('x'::matcher, ARRAY[65])) FROM one;
SELECT funnel(j, '{a,b,c}', exclude => '{x}', exclude_after => '{1,2}') FROM one;
SELECT funnel(j, '{a,b,c}', exclude => '{x}', exclude_before => '{}') FROM one;
SELECT funnel(j, '{a,b,c}', exclude => '{}', exclude_before => '{2}') FROM one;
SELECT funnel(j, '{a,b,c}', exclude_after => '{1}') FROM one;
SELECT funnel(j, '{a,b,c}', exclude_before => '{2}') FROM one;
SELECT funnel(j, '{a,b,c}', exclude => '{x,y}', exclude_after => '{1,NULL}') FROM one;
SELECT funnel(j, '{a,b,c}', exclude => '{x,y}', exclude_after => '{1,0}') FROM one;
SELECT funnel(j, '{a,b,c}', exclude => '{x,y}', exclude_before => '{4,3}') FROM one;
SELECT funnel(j, '{a,b,c}', exclude => '{x,y}', exclude_after => '{1,2}', exclude_before => '{2,2}') FROM one;
SELECT funnel(j, '{a,b,c}', exclude => '{x}', exclude_after => '{3}') FROM one;
SELECT funnel(j, '{a}', exclude => '{x}') FROM one;
SELECT funnel(j, '{a}', exclude => '{x}', exclude_before => '{2}') FROM one;

--
-- Options that exclude each other
--
SELECT funnel(j, '{a,b}', open => true, mode => 'unordered') FROM one;
SELECT funnel(j, '{a,b}', open => true, entry => 'first') FROM one;
SELECT funnel(j, '{a,b}', open => true, entry => 'last') FROM one;
SELECT funnel(j, '{a,b}', open => true, exclude => '{x}', on_exclude => 'drop') FROM one;
SELECT funnel(j, '{a,b}', mode => 'unordered', optional => '{f,t}') FROM one;
SELECT funnel(j, '{a,b}', mode => 'unordered', step_within => '{NULL,1 day}') FROM one;
SELECT funnel(j, '{a,b}', anchored => '{f,t}') FROM one;
SELECT funnel(j, '{a,b}', mode => 'strict', anchored => '{t,f}') FROM one;
SELECT funnel(j, '{a,b}', tie => 'stored', grace => '1 s') FROM one;
SELECT funnel_attempts(j, '{a,b}', tie => 'stored', grace => '1 s') FROM one;
-- what asks for nothing is no contradiction
SELECT funnel(j, '{a,b}', open => true, entry => 'best', optional => '{f,f}', anchored => '{f,f}', grace => '0'),
       funnel(j, '{a,b}', mode => 'unordered', optional => '{f,f}', step_within => '{NULL,NULL}', open => false),
       funnel(j, '{a,b}', tie => 'stored', grace => '0', on_exclude => 'drop'),
       funnel(j, '{a,b}', exclude => '{}', exclude_after => '{}', exclude_before => '{}')
  FROM one;

--
-- No journey, no steps, no touchpoints
--
SELECT funnel(NULL, '{a}', mode => 'strict') IS NULL AS no_journey, funnel(j, NULL, mode => 'strict') IS NULL AS no_steps,
       funnel('[]', '{a,b}', mode => 'strict') AS empty
  FROM one;
SELECT count(*) FROM one, funnel_attempts(NULL, '{a}');
SELECT count(*) FROM one, funnel_attempts(j, NULL);
SELECT count(*) FROM one, funnel_attempts('[]', '{a}');
-- an error of the options does not wait for a touchpoint
SELECT funnel('[]', '{a,b}', '-1 s');
SELECT funnel_attempts('[]', '{a,b}', count => 'all');

DROP TABLE one;
