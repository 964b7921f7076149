-- Type journey: what is not one, and limits.
SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO';

--
-- Text: where and what was expected
--
SELECT ''::journey;
SELECT '{}'::journey;
SELECT '['::journey;
SELECT '[]x'::journey;
SELECT '[,]'::journey;
SELECT '[a]'::journey;
SELECT '[2026-01-02 10:00:00+00 a'::journey;
SELECT '[2026-01-02 10:00:00+00 a,]'::journey;
SELECT '[2026-01-02 10:00:00+00 a b]'::journey;
SELECT '[2026-01-02 10:00:00+00]'::journey;
SELECT '[2026-01-02 10:00:00+00 ]'::journey;
SELECT '[2026-01-02 10:00:00+00a]'::journey;
SELECT '[2026-01-02 10:00:00+00 a @]'::journey;
SELECT '[2026-01-02 10:00:00+00 a @ b]'::journey;
SELECT '[2026-01-02 10:00:00+00 a @b @c]'::journey;
SELECT '[2026-01-02 10:00:00+00 a =1 @b]'::journey;
SELECT '[2026-01-02 10:00:00+00 a =]'::journey;
SELECT '[2026-01-02 10:00:00+00 a = 1]'::journey;
SELECT '[2026-01-02 10:00:00+00 a =1 =2]'::journey;
SELECT '[2026-01-02 10:00:00+00 "a]'::journey;
SELECT '[2026-01-02 10:00:00+00 a"b]'::journey;
SELECT '[2026-01-02 10:00:00+00 é, 2026-01-02 10:00:00+00 購買 @שלום x]'::journey;
SELECT ('[' || repeat('2026-01-02 10:00:00+00 a, ', 20) || ']')::journey;

-- times
CREATE FUNCTION refused(text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	RETURN format('READ AS %s', $1::journey);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN sqlstate || ' ' || detail;
END $$;
SELECT t, refused(format('[%s x]', t)) FROM unnest(ARRAY[
    '2026-01-02', '2026-1-02 10:00', '26-01-02 10:00', '2026-01-02 10', '2026-01-02 1:00', '2026-01-02 10:00:0', '2026-01-02 10:00:00.',
    '2026-13-02 10:00', '2026-00-02 10:00', '2026-01-32 10:00', '2026-01-00 10:00', '2025-02-29 10:00', '1900-02-29 10:00', '0004-02-29 10:00 BC',
    '2026-01-02 24:00', '2026-01-02 10:60', '2026-01-02 10:00:60', '2026-01-02 10:00:00.0000001', '0000-01-01 00:00', '0000-01-01 00:00 BC',
    '2026-01-02 10:00+1', '2026-01-02 10:00+16', '2026-01-02 10:00+02:60', '2026-01-02 10:00 UTC', '2026-01-02 10:00 Europe/Berlin', '2026-01-02 10:00 AM',
    '4714-11-23 23:59:59.999999 BC', '4714-11-24 00:00+00:01 BC', '294277-01-01 00:00', '294276-12-31 23:59:59.999999-01',
    '586542-01-01 00:00', '999999-12-31 00:00', '1000000-01-01 00:00', '-0044-03-15 00:00',
    'infinity', '-infinity', 'now', 'today', 'epoch']) AS t;

-- values
SELECT v, refused(format('[2026-01-02 10:00:00+00 x =%s]', v))
  FROM unnest(ARRAY['NaN', 'nan', 'inf', '-inf', '+infinity', 'Infinity', '1e309', '-1e309', '1e-400', '-1e-324', '1,5', '1.5.5', '1e', '0x10', '- 1', '--1', 'x', '"1"', '.', '1_000', '5e-324']) AS v;

-- names
SELECT format('[2026-01-02 10:00:00+00 %s]', repeat('x', 1025))::journey;
SELECT format('[2026-01-02 10:00:00+00 a @%s]', repeat('é', 513))::journey;
SELECT format('[2026-01-02 10:00:00+00 page_view/%s]', repeat('x', 1015))::journey;
SELECT touchpoint_count(format('[2026-01-02 10:00:00+00 page_view/%s]', repeat('x', 1014))::journey);

-- the spans of time that fit
SELECT '[4714-11-24 00:00:00+00 BC a, 294276-12-31 23:59:59.999999+00 b]'::journey;
SELECT '[4714-11-24 00:00:00+00 BC a]'::journey || '[294276-12-31 23:59:59.999999+00 b]';
SELECT journey_agg(at, 'a') FROM unnest('{4714-11-24 00:00:00+00 BC, 294276-12-31 23:59:59.999999+00}'::timestamptz[]) AS at;

--
-- JSON
--
SELECT '{}'::jsonb::journey;
SELECT '1'::jsonb::journey;
SELECT 'null'::jsonb::journey;
SELECT '"[]"'::jsonb::journey;
SELECT '[1]'::jsonb::journey;
SELECT '[[]]'::jsonb::journey;
SELECT '[null]'::jsonb::journey;
SELECT '[{}]'::jsonb::journey;
SELECT '[{"at": "2026-01-02T10:00:00+00:00"}]'::jsonb::journey;
SELECT '[{"event": "a"}]'::jsonb::journey;
SELECT '[{"at": "2026-01-02T10:00:00+00:00", "event": "a"}, {"at": "2026-01-02T10:00:00+00:00", "event": null}]'::jsonb::journey;
SELECT '[{"at": "2026-01-02T10:00:00+00:00", "event": 1}]'::jsonb::journey;
SELECT '[{"at": "2026-01-02T10:00:00+00:00", "event": ["a"]}]'::jsonb::journey;
SELECT '[{"at": 1767348000, "event": "a"}]'::jsonb::journey;
SELECT '[{"at": null, "event": "a"}]'::jsonb::journey;
SELECT '[{"at": "", "event": "a"}]'::jsonb::journey;
SELECT '[{"at": "2026-01-02", "event": "a"}]'::jsonb::journey;
SELECT '[{"at": "infinity", "event": "a"}]'::jsonb::journey;
SELECT '[{"at": "2026-01-02T10:00:00+00:00x", "event": "a"}]'::jsonb::journey;
SELECT '[{"at": "2026-01-02T10:00:00+00:00 BC ", "event": "a"}]'::jsonb::journey;
SELECT '[{"at": "600000-01-02T10:00:00+00:00", "event": "a"}]'::jsonb::journey;
SELECT '[{"at": "2026-01-02T10:00:00+00:00", "event": "a", "channel": 1}]'::jsonb::journey;
SELECT '[{"at": "2026-01-02T10:00:00+00:00", "event": "a", "channel": {}}]'::jsonb::journey;
SELECT '[{"at": "2026-01-02T10:00:00+00:00", "event": "a", "value": "1"}]'::jsonb::journey;
SELECT '[{"at": "2026-01-02T10:00:00+00:00", "event": "a", "value": []}]'::jsonb::journey;
SELECT '[{"at": "2026-01-02T10:00:00+00:00", "event": "a", "value": "NaN"}]'::jsonb::journey;
\set VERBOSITY sqlstate
SELECT '[{"at": "2026-01-02T10:00:00+00:00", "event": "a", "value": 1e400}]'::jsonb::journey;
SELECT '[{"at": "2026-01-02T10:00:00+00:00", "event": "a", "value": 1e-400}]'::jsonb::journey;
\set VERBOSITY default
SELECT '[{"at": "2026-01-02T10:00:00+00:00", "event": "a", "price": 1}]'::jsonb::journey;
SELECT format('[{"at": "2026-01-02T10:00:00+00:00", "event": "a", "%s": 1}]', repeat('é', 50))::jsonb::journey;
SELECT format('[{"at": "2026-01-02T10:00:00+00:00", "event": "%s"}]', repeat('x', 1025))::jsonb::journey;

--
-- Rows
--
SELECT journey_agg('infinity'::timestamptz, 'a');
SELECT journey_agg('-infinity'::timestamptz, 'a');
SELECT journey_agg(now(), 'a', NULL, 'NaN');
SELECT journey_agg(now(), 'a', NULL, 'infinity');
SELECT journey_agg(now(), 'a', NULL, '-infinity', 1);
SELECT journey_agg(now(), repeat('x', 1025));
SELECT journey_agg(now(), 'a', repeat('x', 1025));
-- a skipped row is not looked at
SELECT journey_agg(NULL, repeat('x', 1025), NULL, 'NaN') IS NULL AS no_time, journey_agg('infinity', NULL) IS NULL AS no_event;

-- 65,535 names, and no more
SELECT touchpoint_count(journey_agg('2026-01-01'::timestamptz, 'e' || i, 'c' || i)) FROM generate_series(1, 65535) AS i;
SELECT journey_agg('2026-01-01'::timestamptz, 'e' || i) FROM generate_series(1, 65536) AS i;
SELECT journey_agg('2026-01-01'::timestamptz, 'e', 'c' || i) FROM generate_series(1, 65536) AS i;
SELECT ('[' || string_agg('2026-01-01 00:00+00 e' || i, ', ') || ']')::journey FROM generate_series(1, 65536) AS i;
SELECT jsonb_agg(jsonb_build_object('at', '2026-01-01T00:00Z', 'event', 'e' || i))::journey FROM generate_series(1, 65536) AS i;
SELECT journey_agg('2026-01-01'::timestamptz, 'e' || i) || journey_agg('2026-01-01'::timestamptz, 'f' || i) FROM generate_series(1, 32768) AS i;
SELECT journey_agg(j) FROM (SELECT journey_agg('2026-01-01'::timestamptz, 'e' || i) AS j FROM generate_series(1, 65536) AS i GROUP BY i % 3) s;

-- 10 million touchpoints are tested elsewhere

--
-- Functions
--
SELECT split_sessions('[]', '1 month');
SELECT split_sessions('[]', '1 year -12 months') IS NULL;
SELECT split_sessions('[]', '-1 second');
SELECT split_sessions('[]', '1 day -25 hours');
SELECT split_sessions('[]', '2147483647 days');
SELECT value_sum('[2026-01-01 10:00+00 a =1e308, 2026-01-01 10:01+00 a =1e308]');
SELECT filter('[]', '');
SELECT touchpoint_count('[]', 'a>');
-- an argument of type internal has no value; the message differs between minor releases
DO $$
BEGIN
    PERFORM journey_agg_row(NULL, now(), 'a');
EXCEPTION WHEN undefined_function OR feature_not_supported THEN
    RAISE NOTICE 'refused';
END
$$;
DO $$
BEGIN
    PERFORM journey_agg_final(NULL);
EXCEPTION WHEN undefined_function OR feature_not_supported THEN
    RAISE NOTICE 'refused';
END
$$;
SELECT '[]'::journey::bytea;

DROP FUNCTION refused;
