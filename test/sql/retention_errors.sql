-- activity and retention_agg: what is refused.
SET search_path = public, journey;

SELECT ''::activity;
SELECT '2026-01-05'::activity;
SELECT '2026-01-05 '::activity;
SELECT '2026-1x-05 week: 0 / 0'::activity;
SELECT '2026-13-05 week: 0 / 0'::activity;
SELECT '2026-02-29 day: 0 / 0'::activity;
SELECT '0000-01-01 day: 0 / 0'::activity;
SELECT '300001-01-01 day: 0 / 0'::activity;
SELECT '4714-11-23 BC day: 0 / 0'::activity;
SELECT '2026-01-05 weeks: 0 / 0'::activity;
SELECT '2026-01-05 year: 0 / 0'::activity;
SELECT '2026-01-05 month: 0 / 0'::activity;
SELECT '2026-01-05 week: / 0'::activity;
SELECT '2026-01-05 week: 1 / 1'::activity;
SELECT '2026-01-05 week: 0 x / 1'::activity;
SELECT '2026-01-05 week: 0 -1 / 1'::activity;
SELECT '2026-01-05 week: 0 3-2 / 5'::activity;
SELECT '2026-01-05 week: 0 3- / 5'::activity;
SELECT '2026-01-05 week: 0 100001 / 100001'::activity;
SELECT '2026-01-05 week: 0 99999999999999999999 / 1'::activity;
SELECT '2026-01-05 week: 0'::activity;
SELECT '2026-01-05 week: 0 4 / 3'::activity;
SELECT '2026-01-05 week: 0 / 100001'::activity;
SELECT '2026-01-05 week: 0 / 3 4'::activity;
SELECT '2026-01-06 week: 0 1; / 3'::activity;

SELECT activity('[2026-01-05 09:00:00+00 a]', 'a', 'a', 'fortnight');
SELECT activity('[2026-01-05 09:00:00+00 a]', 'a', 'a', 'week', 'Europe/Berln');
SELECT activity('[2026-01-05 09:00:00+00 a]', 'a', 'a', 'week', repeat('x', 300));
SELECT activity('[2026-01-05 09:00:00+00 a]', 'a', 'a', week_start => 'mo');
SELECT activity('[2026-01-05 09:00:00+00 a]', 'a', 'a', NULL);
SELECT activity('[2026-01-05 09:00:00+00 a]', 'a', 'a', timezone => NULL);
SELECT activity('[2026-01-05 09:00:00+00 a]', 'a', 'a', week_start => NULL);
SELECT activity('[2026-01-05 09:00:00+00 a]', 'a', 'a', as_of => 'infinity');
SELECT activity('[2026-01-05 09:00:00+00 a]', 'a', 'a', as_of => '-infinity');
SELECT activity('[1700-01-01 09:00:00+00 a, 2000-01-01 00:00:00+00 a]', 'a', 'a', 'day');
SELECT activity('[2026-01-01 09:00:00+00 a]', 'a', 'a', 'day', as_of => '250000-01-01');
-- just as many as there may be
SELECT activity('[2000-01-01 09:00:00+00 a]', 'a', 'a', 'day', as_of => '2000-01-01 00:00+00'::timestamptz + interval '2400000 hours');
SELECT activity('[2000-01-01 09:00:00+00 a]', 'a', 'a', 'day', as_of => '2000-01-01 00:00+00'::timestamptz + interval '2400024 hours');
-- the ends of time
SELECT activity('[4714-11-24 12:00:00+00 BC a]', 'a', 'a', 'day', 'UTC');
SELECT activity('[4714-11-24 00:00:00+00 BC a]', 'a', 'a', 'day', 'America/New_York');
SELECT activity('[4714-11-24 00:00:00+00 BC a]', 'a', 'a', 'month', 'UTC');
SELECT a, a::text::activity = a AS same, retention_agg(a)
FROM unnest('{day,week,month}'::text[]) p, activity('[294276-12-31 23:59:59.999999+00 a]', 'a', 'a', p, 'Asia/Tokyo') a GROUP BY a ORDER BY a;
SELECT retention_agg(a::activity) FROM (VALUES ('2026-01-05 week: 0 / 0'), ('2026-01-05 day: 0 / 0')) v(a);
SELECT retention_agg(a::activity) FROM (VALUES ('2026-01-05 week: 0 / 0'), ('2026-01-04 week: 0 / 0')) v(a);
SELECT rollup(t) FROM (SELECT retention_tally('2026-01-05 week: 0 / 0') UNION ALL SELECT retention_tally('2026-01-01 month: 0 / 0')) x(t);
SELECT retention_rows('{"tally": "funnel", "version": 1, "params": [2, 1], "labels": [], "rows": []}');
-- tallies that no retention_tally made
SELECT retention_rows(format('{"tally": "retention", "version": 1, "params": [%s, %s, %s, 1, 1, 0], "labels": [], "rows": [{"keys": [%s, %s], "counters": [1, 0, 0, 0, 0, 0, 0, 0]}]}', p, w, l, c, n)::tally)
FROM (VALUES (1, 0, 2451545, 0, 0)) v(p, w, l, c, n);
SELECT retention_rows('{"tally": "retention", "version": 1, "params": [5, 0, 2451545, 1, 1, 0], "labels": [], "rows": [{"keys": [0, 0], "counters": [1, 0, 0, 0, 0, 0, 0, 0]}]}');
SELECT retention_rows('{"tally": "retention", "version": 1, "params": [2, 0, 2451545, 1, 1, 0], "labels": [], "rows": [{"keys": [0, 0], "counters": [1, 0, 0, 0, 0, 0, 0, 0]}]}');
SELECT retention_rows('{"tally": "retention", "version": 1, "params": [2, 1, 2451545, 1, 1, 0], "labels": [], "rows": [{"keys": [0, 0], "counters": [1, 0, 0, 0, 0, 0, 0, 0]}]}');
SELECT retention_rows('{"tally": "retention", "version": 1, "params": [1, 0, 2451545, 1, 1, 0], "labels": [], "rows": [{"keys": [1, 0], "counters": [1, 0, 0, 0, 0, 0, 0, 0]}]}');
SELECT retention_rows('{"tally": "retention", "version": 1, "params": [1, 0, 2451545, 1, 1, 0], "labels": [], "rows": [{"keys": [0, -1], "counters": [1, 0, 0, 0, 0, 0, 0, 0]}]}');
SELECT retention_rows('{"tally": "retention", "version": 1, "params": [1, 0, 2451546, 1, 1, 0], "labels": [], "rows": [{"keys": [0, 1], "counters": [1, 0, 0, 0, 0, 0, 0, 0]}]}');
SELECT retention_rows('{"tally": "retention", "version": 1, "params": [1, 0, 9223372036854775807, 1, 1, 0], "labels": [], "rows": [{"keys": [0, 0], "counters": [1, 0, 0, 0, 0, 0, 0, 0]}]}');
SELECT retention_rows('{"tally": "retention", "version": 1, "params": [1, 0, -9223372036854775808, 1, 1, 0], "labels": [], "rows": [{"keys": [0, 0], "counters": [1, 0, 0, 0, 0, 0, 0, 0]}]}');
SELECT retention_rows('{"tally": "retention", "version": 1, "params": [1, 0, 9451545, 1, 1, 0], "labels": [], "rows": [{"keys": [0, 0], "counters": [1, 0, 0, 0, 0, 0, 0, 0]}]}');
SELECT retention_rows('{"tally": "retention", "version": 1, "params": [1, 0, 2451545, 1, 1, 0], "labels": [], "rows": [{"keys": [9223372036854775807, 0], "counters": [1, 0, 0, 0, 0, 0, 0, 0]}]}');
SELECT array_length(retention_rows('{"tally": "retention", "version": 1, "params": [1, 0, 2451547, 1, 1, 0], "labels": [], "rows": [{"keys": [0, 0], "counters": [0, 0, 0, 0, 0, 0, 0, 0]}]}'), 1) AS nobody;

-- random changes of a good literal
CREATE FUNCTION pg_temp.reads(text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN $1::activity::text::activity = $1::activity;
EXCEPTION WHEN invalid_text_representation THEN
	RETURN NULL;
END $$;
SELECT bool_and(pg_temp.reads(overlay(t PLACING c FROM at FOR cut))) AS all_read, count(*) AS changes
FROM (VALUES ('2026-01-05 week: 0 1 4-6 / 9'), ('2026-01-01 month: 0-3 60 / 70'), ('0044-03-15 BC day: 0 / 0')) v(t),
	generate_series(1, length(t)) at, unnest(ARRAY['0', '1', '-', '9', '/', ' ', ':', 'x', 'BC', '']) c, generate_series(0, 2) cut;
