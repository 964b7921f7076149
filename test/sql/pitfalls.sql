-- Where funnels, sequences and retention go wrong elsewhere: one test for each,
-- with the right answer worked out by hand.  docs/peers.md tells the same story
-- in words, and has the numbers of those that have no test here.
SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- 'a0 b30' is event a at minute 0 and event b at minute 30; 'ab0' is a at once with b
CREATE FUNCTION sketched(sketch text) RETURNS TABLE (n bigint, minute int, event text) LANGUAGE sql IMMUTABLE AS $$
	SELECT row_number() OVER (ORDER BY no, place), m[2]::int, e
	FROM regexp_matches(sketch, '([a-z]+)(\d+)', 'g') WITH ORDINALITY r (m, no), regexp_split_to_table(m[1], '') WITH ORDINALITY s (e, place)
$$;
CREATE FUNCTION j(sketch text) RETURNS journey LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(journey_agg('2026-01-01 00:00:00+00'::timestamptz + minute * interval '1 minute', event), '[]') FROM sketched(sketch)
$$;
CREATE FUNCTION minutes(times timestamptz[]) RETURNS int[] LANGUAGE sql IMMUTABLE AS $$
	SELECT array_agg(extract(epoch FROM t - '2026-01-01 00:00:00+00')::int / 60 ORDER BY n) FROM unnest(times) WITH ORDINALITY u (t, n)
$$;
-- how many steps that is
CREATE FUNCTION level(times timestamptz[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
	SELECT count(t) FROM unnest(times) t
$$;

-- 1. A later first step can lead further; a violation ends one attempt, not all.
SELECT level(funnel(j('a0 a30 b45 c75'), '{a,b,c}', '60 min')) = 3 AS best,
	level(funnel(j('a0 a30 b45 c75'), '{a,b,c}', '60 min', entry => 'first')) = 2 AS from_the_first,
	level(funnel(j('a0 d1 a2 b3 c4'), '{a,b,c}', mode => 'strict')) = 3 AS strict;
SELECT window_funnel(60, minute, event = 'a', event = 'b', event = 'c') = 3 AS best FROM sketched('a0 a30 b45 c75');
SELECT window_funnel(60, 'strict_order', minute, event = 'a', event = 'b', event = 'c') = 3 AS exact,
	window_funnel(60, 'strict_order,compat_clickhouse', minute, event = 'a', event = 'b', event = 'c') = 1 AS clickhouse
FROM sketched('a0 d1 a2 b3 c4');

-- 2. One chain kept for each step is not enough where times must increase.
SELECT level(funnel(j('a0 b1 b2 c2'), '{a,b,c}', tie => 'strict')) = 3 AS exact;
SELECT window_funnel(60, 'strict_increase', minute, event = 'a', event = 'b', event = 'c') = 3 AS exact,
	window_funnel(60, 'strict_increase,compat_clickhouse', minute, event = 'a', event = 'b', event = 'c') = 2 AS clickhouse
FROM sketched('a0 b1 b2 c2');

-- 3. Rows with equal times: the same answer from every order of the rows.
WITH RECURSIVE tie AS (
	SELECT n, minute, event FROM sketched('a0 abc1 ab1 c2')
), orders AS (
	SELECT ARRAY[n] AS seen FROM tie
	UNION ALL
	SELECT seen || n FROM orders, tie WHERE n <> ALL (seen)
), answers AS (
	SELECT seen, journey_agg('2026-01-01'::timestamptz + minute * interval '1 min', event) AS journey,
		window_funnel(5, minute, event = 'a', event <> 'c', event = 'c') AS plain,
		window_funnel(5, 'strict_deduplication', minute, event = 'a', event <> 'c', event = 'c') AS deduplication,
		window_funnel(5, 'strict_order', minute, event = 'a', event <> 'c', event = 'c') AS in_order,
		window_funnel(5, 'strict_increase', minute, event = 'a', event <> 'c', event = 'c') AS increase,
		window_funnel(5, 'strict_once', minute, event = 'a', event <> 'c', event = 'c') AS once,
		window_funnel(5, 'strict_once,strict_deduplication', minute, event = 'a', event <> 'c', event = 'c') AS once_deduplication,
		sequence_count('(?1)(?2)', minute, event = 'a', event = 'b') AS sequences,
		sequence_next_node('forward', 'first_match', minute, event, true, event = 'b') AS next
	FROM orders, LATERAL (SELECT tie.* FROM unnest(seen) WITH ORDINALITY o (n, place) JOIN tie USING (n) ORDER BY place) t
	WHERE cardinality(seen) = 7 GROUP BY seen
)
SELECT count(*) AS orders, count(DISTINCT journey) AS journeys, count(DISTINCT plain) AS plain, count(DISTINCT deduplication) AS deduplication,
	count(DISTINCT in_order) AS in_order, count(DISTINCT increase) AS increase, count(DISTINCT once) AS once,
	count(DISTINCT once_deduplication) AS once_deduplication, count(DISTINCT sequences) AS sequences, count(DISTINCT next) AS next
FROM answers;
-- what equal times mean is the caller's to say
SELECT tie, grace, minutes(funnel(j('ab0 c1'), '{b,a,c}', tie => tie, grace => grace)) AS a_stored_before_b
FROM (VALUES ('any', NULL::interval), ('strict', NULL), ('stored', NULL), ('any', '1 min')) v (tie, grace);
SELECT minutes(funnel(j('b0 a1'), '{a,b}')) AS exact, minutes(funnel(j('b0 a1'), '{a,b}', grace => '1 min')) AS one_minute;

-- 4. A touchpoint fills one step: the same step twice needs two events.
SELECT level(funnel(j('a0'), '{a,a}')) = 1 AS one_event, level(funnel(j('a0 a5'), '{a,a}')) = 2 AS two_events,
	level(funnel(j('a0'), '{a,a|b,*}')) = 1 AS overlapping;
SELECT window_funnel(5, minute, event = 'a', event = 'a') = 2 AS one_row_several_steps,
	window_funnel(5, 'strict_once', minute, event = 'a', event = 'a') = 1 AS once,
	window_funnel(5, 'strict_increase', minute, event = 'a', event = 'a') = 1 AS increasing
FROM sketched('a0');

-- 5. Who reached step 3 reached steps 1 and 2: not a histogram of last steps.
SELECT array_agg(reached ORDER BY step_no) = '{4,2,1}' AS reached, array_agg(dropped ORDER BY step_no) = '{1,2,1}' AS dropped
FROM unnest((SELECT funnel_agg(funnel(j(sketch), '{a,b,c}')) FROM unnest('{a0 b1 c2,a0,a5,a0 b1,x0}'::text[]) sketch));

-- 6. Both ends of the window belong to it; nothing overflows; what cannot be a time or a window is an error.
SELECT level(funnel(j('a0 b60'), '{a,b}', '60 min')) = 2 AS at_the_end, level(funnel(j('a0 b61'), '{a,b}', '60 min')) = 1 AS after_it;
SELECT window_funnel(60, minute, event = 'a', event = 'b') = 2 AS at_the_end, window_funnel(59, minute, event = 'a', event = 'b') = 1 AS after_it
FROM sketched('a0 b60');
SELECT level(funnel('[294276-12-30 00:00:00+00 a, 294276-12-31 23:59:59+00 b]', '{a,b}', '106751991 days')) = 2 AS last_days_of_time;
SELECT window_funnel(9223372036854775807, t, t < 0, t > 0) = 1 AS from_end_to_end, window_funnel(9223372036854775807, t, t = 9223372036854775806, t = 9223372036854775807) = 2 AS at_the_end
FROM unnest('{-9223372036854775808,9223372036854775806,9223372036854775807}'::bigint[]) t;
SELECT funnel(j('a0'), '{a}', '-1 s');
SELECT window_funnel(-1, 0, true);
SELECT window_funnel('1 s', 'infinity'::timestamptz, true);
SELECT journey_agg('infinity'::timestamptz, 'a');

-- 7. A day is 24 hours, also where the clocks change; months are no length of time.
SELECT level(funnel(journey_agg(at, event), '{a,b}', '1 day')) = 1 AS autumn_day_of_25_hours,
	level(funnel(journey_agg(at, event), '{a,b}', '24 hours')) = 1 AS in_hours, level(funnel(journey_agg(at, event), '{a,b}', '25 hours')) = 2 AS all_of_it
FROM (VALUES ('2026-10-25 00:00:00 Europe/Berlin'::timestamptz, 'a'), ('2026-10-26 00:00:00 Europe/Berlin', 'b')) v (at, event);
SELECT funnel(j('a0'), '{a}', '1 month');
SELECT window_funnel('1 month', '2026-01-01'::timestamptz, true);
-- a number of a window has the unit of the times, whatever that is
SELECT window_funnel(1, minute, event = 'a', event = 'b') AS minutes, window_funnel(1, minute * 60, event = 'a', event = 'b') AS seconds,
	window_funnel('1 day', '2026-01-01'::date + minute, event = 'a', event = 'b') AS days
FROM sketched('a0 b1');

-- 8. What fits no step matters in strict modes: leaving it out changes the answer.
SELECT mode, level(funnel(j('a0 x1 b2'), '{a,b}', mode => mode)) AS with_x, level(funnel(filter(j('a0 x1 b2'), 'a|b'), '{a,b}', mode => mode)) AS without_x
FROM unnest('{ordered,strict,strict_steps}'::text[]) mode;
SELECT window_funnel(60, 'strict_order', minute, event = 'a', event = 'b') AS with_x,
	(SELECT window_funnel(60, 'strict_order', minute, event = 'a', event = 'b') FROM sketched('a0 x1 b2') WHERE event <> 'x') AS without_x
FROM sketched('a0 x1 b2');

-- 9. A breakdown by an attribute of a touchpoint does not cut the chain in two.
WITH visits (customer, at, event, channel) AS (
	VALUES (1, '2026-01-01'::timestamptz, 'look', 'email'), (1, '2026-01-02', 'buy', 'direct'), (2, '2026-01-01', 'look', 'email'), (3, '2026-01-01', 'look', 'direct')
), journeys AS (
	SELECT customer, journey_agg(at, event, channel) AS journey FROM visits GROUP BY customer
), answers AS (
	SELECT customer, times, (SELECT channel FROM touchpoints(filter(journey, 'look')) t WHERE t.at = times[1]) AS first_channel
	FROM journeys, funnel(journey, '{look,buy}') times
)
SELECT first_channel, array_agg(reached ORDER BY step_no) AS reached, (SELECT sum(n) FROM (
		SELECT level(funnel(journey_agg(at, event), '{look,buy}')) / 2 AS n FROM visits GROUP BY customer, channel) cut) AS buyers_if_cut
FROM (SELECT first_channel, unnest(funnel_agg(times)) AS r FROM answers GROUP BY first_channel) x, LATERAL (SELECT (r).reached, (r).step_no) y
GROUP BY first_channel ORDER BY first_channel;
-- the other meaning, the same value at each step, has a name of its own
SELECT level(funnel('[2026-01-01 00:00:00+00 look @email, 2026-01-02 00:00:00+00 buy @direct]', '{look,buy}')) AS free,
	level(funnel('[2026-01-01 00:00:00+00 look @email, 2026-01-02 00:00:00+00 buy @direct]', '{look,buy}', hold => 'channel')) AS held;

-- 10. A NULL condition is false, a row without a time is no row, and one NULL does not lose the others.
SELECT window_funnel(60, t, a, b) = 2 AS null_condition, retention(a, b) = '{t,t}' AS kept, sequence_match('(?1)(?2)', t, a, b) AS found
FROM (VALUES (1, true, NULL::boolean), (2, NULL, true), (NULL, true, true)) v (t, a, b);
SELECT window_funnel(60, t, a, b) = 1 AS no_time_no_row FROM (VALUES (1, true, false), (NULL, false, true)) v (t, a, b);

-- 11. No rows, rows of which none fits, no customer: each answer is the documented one.
SELECT window_funnel(60, minute, event = 'a', event = 'b') AS no_rows, retention(event = 'a', event = 'b') AS kept,
	sequence_match('(?1)', minute, event = 'a') AS found, sequence_count('(?1)', minute, event = 'a') AS counted,
	sequence_events('(?1)', minute, event = 'a') AS times, sequence_next_node('forward', 'head', minute, event, true, event = 'a') AS next
FROM sketched('');
SELECT window_funnel(60, minute, event = 'a', event = 'b') AS none_fits, retention(event = 'a', event = 'b') AS kept,
	sequence_match('(?1)', minute, event = 'a') AS found, sequence_count('(?1)', minute, event = 'a') AS counted,
	sequence_events('(?1)', minute, event = 'a') AS times, sequence_next_node('forward', 'head', minute, event, true, event = 'a') AS next
FROM sketched('x0 y1');
SELECT funnel(j(''), '{a,b}') AS nobody, funnel(j('x0'), '{a,b}') AS not_entered, funnel_agg(NULL::timestamptz[]) AS no_customer, funnel(NULL, '{a}') AS no_journey;

-- 12. Who was active before the cohort's event has not come back after it.
SELECT activity('[2026-01-05 00:00:00+00 buy, 2026-01-13 00:00:00+00 join]', 'join', 'buy') AS bought_before,
	activity('[2026-01-05 00:00:00+00 join, 2026-01-13 00:00:00+00 buy]', 'join', 'buy') AS bought_after;
-- retention() over raw rows does not look at times: it says who did both
SELECT retention(event = 'b', event = 'a') = '{t,t}' AS both FROM sketched('a0 b1');

-- 13. An old customer does not become new because a report begins later.
SELECT activity(journey, 'visit', 'visit') AS whole_life, activity(journey, 'visit', 'visit', "from" => '2026-03-01') IS NULL AS not_new_in_march,
	activity(journey, 'visit', 'visit', "from" => '2026-03-01', cohort => 'first_in_range') AS if_asked_for
FROM (SELECT '[2026-01-05 00:00:00+00 visit, 2026-03-02 00:00:00+00 visit]'::journey) v (journey);

-- 14. A week that is not over says so, and is not read as loss.
SELECT cohort, period_no, retained, rate, complete FROM unnest((SELECT retention_agg(activity(journey, 'join', 'buy', as_of => '2026-01-14 12:00:00+00'))
	FROM (VALUES ('[2026-01-05 00:00:00+00 join]'::journey), ('[2026-01-06 00:00:00+00 join, 2026-01-13 00:00:00+00 buy]')) v (journey)));

-- neither is a bracket of days that is not over
SELECT period_no, retained, complete FROM unnest((SELECT retention_agg(brackets(activity(journey, 'join', 'buy', 'day', as_of => '2026-01-10 12:00:00+00'), '{1,4,31}'))
	FROM (VALUES ('[2026-01-05 00:00:00+00 join]'::journey), ('[2026-01-05 00:00:00+00 join, 2026-01-07 00:00:00+00 buy]')) v (journey)));

-- 15. Days are those of a named time zone, of 23 to 25 hours, also where it is half an hour off; weeks begin where the caller says.
SELECT activity(journey, 'a', 'a', 'day', 'UTC') AS utc, activity(journey, 'a', 'a', 'day', 'Asia/Kolkata') AS kolkata,
	activity(journey, 'a', 'a', 'day', 'America/Los_Angeles') AS los_angeles
FROM (SELECT '[2026-01-01 18:00:00+00 a, 2026-01-01 18:45:00+00 a, 2026-01-02 07:00:00+00 a]'::journey) v (journey);
SELECT activity(journey, 'a', 'a', 'day', 'Europe/Berlin') = '2026-03-29 day: 0 1 / 1' AS day_of_23_hours
FROM (SELECT '[2026-03-28 23:00:00+00 a, 2026-03-29 22:00:00+00 a]'::journey) v (journey);
SELECT week_start, activity(journey, 'a', 'a', 'week', week_start => week_start) AS weeks
FROM (SELECT '[2026-01-03 12:00:00+00 a, 2026-01-04 12:00:00+00 a, 2026-01-05 12:00:00+00 a]'::journey) v (journey), unnest('{monday,sunday}'::text[]) week_start;

-- 16. The next calendar day may be ten hours later: the caller says which day is meant.
SELECT activity(journey, 'a', 'a', 'day', as_of => '2026-01-03') AS calendar, activity(journey, 'a', 'a', 'day', as_of => '2026-01-03', bucketing => 'rolling') AS rolling,
	level(funnel(journey, '{a,a}', step_within => '{NULL,"24 hours"}')) = 2 AS within_24_hours
FROM (SELECT '[2026-01-01 20:00:00+00 a, 2026-01-02 06:00:00+00 a]'::journey) v (journey);

-- 17. Stored totals add up, in any order; a late row joins what it belongs to.
CREATE TABLE answers AS
	SELECT customer, funnel(journey_agg('2026-01-01'::timestamptz + minute * interval '1 min', event), '{a,b,c}', '30 min') AS times
	FROM (SELECT customer, hashint4extended(customer * 100 + i, 1) & 63 AS minute, chr(97 + (hashint4extended(customer * 100 + i, 2) & 3)::int) AS event
		FROM generate_series(1, 200) customer, generate_series(1, 8) i) r GROUP BY customer;
SELECT whole = forwards AS adds_up, whole = backwards AS in_any_order, whole = nested AS of_sums
FROM (SELECT funnel_tally(times) AS whole FROM answers) w,
	(SELECT rollup(t ORDER BY part) AS forwards, rollup(t ORDER BY part DESC) AS backwards FROM (SELECT customer % 7 AS part, funnel_tally(times) AS t FROM answers GROUP BY 1) p) r,
	(SELECT rollup(t) AS nested FROM (SELECT rollup(t) AS t FROM (SELECT customer % 7 AS part, funnel_tally(times) AS t FROM answers GROUP BY 1) p GROUP BY part % 2) q) s;
SELECT count(*) AS sessions, (SELECT count(*) FROM split_sessions(j('a0 c50') || j('b25'), '30 min')) AS with_the_late_row FROM split_sessions(j('a0 c50'), '30 min');
SELECT minutes(funnel(j('a0 c50') || j('b25'), '{a,b,c}')) AS late_row_counts;

-- 18. A sample is one of customers; its counts are scaled, and samples add up to the whole.
SELECT rollup(sample) = (SELECT funnel_tally(times) FROM answers) AS four_samples_are_all, count(*) AS samples
FROM (SELECT funnel_tally(times) AS sample FROM answers GROUP BY hashint4(customer) & 3) s;

-- 19. No pattern and no mode goes back over the history again and again: 32,000 touchpoints, no match.
SET statement_timeout = '20s';
SELECT sequence_match('(?1).*(?2).*(?t<=1)(?3)', i, i % 3 = 0, i % 3 = 1, i < 0) AS found,
	sequence_count('(?1).*(?t>40000)(?2)', i, i % 2 = 0, i % 2 = 1) AS counted FROM generate_series(1, 32000) i;
SELECT window_funnel(32000, 'strict_once', i, true, true, true, i < 0) AS once FROM generate_series(1, 32000) i;
SELECT journey ~ '(a*)*b' AS nested, journey ~ '.* a .* (?<=1s) .* a .* (?>=10h) a' AS gates, level(funnel(journey, '{a,a,a,b}')) = 3 AS funnel
FROM (SELECT journey_agg('2026-01-01'::timestamptz + i * interval '1 s', 'a') AS journey FROM generate_series(1, 32000) i) v;
RESET statement_timeout;

-- 20. One customer with very many rows, and little memory.
SET work_mem = '64kB';
SELECT window_funnel(7, i, i % 10 = 0, i % 10 = 3, i % 10 = 7) = 3 AS found, window_funnel(6, i, i % 10 = 0, i % 10 = 3, i % 10 = 7) = 2 AS too_short
FROM generate_series(1, 300000) i;
RESET work_mem;

-- 21. Rates of all customers, of those who entered and of the previous step, each with its count.
SELECT step_no, reached, all_count, of_all, entered_count, of_entered, previous_count, of_previous
FROM unnest((SELECT funnel_agg(funnel(j(sketch), '{a,b,c}')) FROM unnest('{a0 b1 c2,a0,a5,a0 b1,x0,x0,x0,x0}'::text[]) sketch)) ORDER BY step_no;

-- 22. 64 steps and 64 conditions, not 32.
SELECT level(funnel(journey_agg('2026-01-01'::timestamptz + i * interval '1 s', 'step' || i), array_agg('step' || i ORDER BY i)::matcher[])) AS steps FROM generate_series(1, 64) i;
SELECT level(funnel(journey_agg('2026-01-01'::timestamptz + i * interval '1 s', 'step' || i), array_agg('step' || i ORDER BY i)::matcher[])) AS steps FROM generate_series(1, 65) i;
SELECT window_funnel(64, i, VARIADIC ARRAY(SELECT i = k FROM generate_series(1, 64) k ORDER BY k)) AS conditions,
	cardinality(retention(VARIADIC ARRAY(SELECT i = k FROM generate_series(1, 64) k ORDER BY k))) AS kept,
	sequence_match('(?63)(?64)', i, VARIADIC ARRAY(SELECT i = k FROM generate_series(1, 64) k ORDER BY k)) AS found
FROM generate_series(1, 64) i;
SELECT window_funnel(64, i, VARIADIC ARRAY(SELECT i = k FROM generate_series(1, 65) k ORDER BY k)) FROM generate_series(1, 3) i;

-- 23. Who turns out to be one person gets one journey, and all answers follow from it.
SELECT level(funnel(anonymous, '{visit,buy}')) AS anonymous, level(funnel(known, '{visit,buy}')) AS known, level(funnel(anonymous || known, '{visit,buy}')) AS merged,
	activity(known, '*', '*') AS cohort_before, activity(anonymous || known, '*', '*') AS cohort_after
FROM (VALUES ('[2026-01-05 00:00:00+00 visit]'::journey, '[2026-01-12 00:00:00+00 buy]'::journey)) v (anonymous, known);

-- 24. Visits that no human makes can be told by their pace, before anything is counted.
SELECT count(*) AS sessions, count(*) FILTER (WHERE touchpoint_count(s) > 1 AND duration(s) / (touchpoint_count(s) - 1) < '1 s') AS too_fast
FROM (VALUES ('[2026-01-01 00:00:00+00 a, 2026-01-01 00:00:00.2+00 b, 2026-01-01 00:00:00.4+00 c, 2026-01-01 02:00:00+00 a, 2026-01-01 02:01:00+00 b]'::journey)) v (journey),
	split_sessions(journey) s;

-- 25. A time gate counts from the last row that was matched, not from one that was skipped.
SELECT NOT sequence_match('(?1).*(?t<=10)(?2)', minute, event = 'a', event = 'b', event = 'x') AS not_in_10_of_a,
	sequence_match('(?1).*(?t<=20)(?2)', minute, event = 'a', event = 'b', event = 'x') AS in_20_of_a
FROM sketched('a0 x15 b20');
SELECT NOT j('a0 x15 b20') ~ 'a .* (?<=10m) b' AS not_in_10_of_a, j('a0 x15 b20') ~ 'a .* (?<=20m) b' AS in_20_of_a;

-- 26. Markov attribution: a repeated channel changes no effect, paths that led nowhere count, credits add up exactly, and no two runs differ.
CREATE TABLE ways (path text[], conversions bigint, nulls bigint, value float8);
INSERT INTO ways VALUES ('{a,b}', 3, 2, 30), ('{a}', 1, 5, 10), ('{b,c}', 2, 1, 20), ('{c}', 0, 4, NULL);
SELECT channel, round(removal_effect::numeric, 12) AS removal_effect, round(conversions::numeric, 12) AS conversions
FROM unnest((SELECT markov_agg(path, conversions, nulls, value) FROM ways)) ORDER BY channel;
SELECT sum(effects) > 1 AS effects_pass_one, sum(conversions) = 6 AS conversions, sum(value) = 60 AS value
FROM (SELECT removal_effect AS effects, conversions, value FROM unnest((SELECT markov_agg(path, conversions, nulls, value) FROM ways))) m;
SELECT bool_and(abs(once.removal_effect - twice.removal_effect) < 1e-15) AS repeats_change_nothing
FROM unnest((SELECT markov_agg(path, conversions, nulls, value) FROM ways)) once
	JOIN unnest((SELECT markov_agg(CASE path WHEN '{a}' THEN '{a,a,a}' ELSE path END, conversions, nulls, value) FROM ways)) twice USING (channel)
WHERE channel = 'c';
SELECT (SELECT markov_agg(path, conversions, nulls, value) FROM ways) = (SELECT markov_agg(path, conversions, nulls, value ORDER BY path DESC) FROM ways) AS every_run_the_same;

-- 27. The list of customers and the totals come from the same value.
SELECT step_no, reached, listed FROM unnest((SELECT funnel_agg(times) FROM answers)), LATERAL (SELECT count(*) AS listed FROM answers WHERE times[step_no] IS NOT NULL) l
ORDER BY step_no;

DROP TABLE answers, ways; DROP FUNCTION sketched, j, minutes, level;
