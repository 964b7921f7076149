-- sessions, visits, session_no, session_agg: where journeys break; and what is refused.
SET search_path = public, journey;
SET TimeZone = 'Asia/Tokyo';
\set VERBOSITY terse

-- by hand: a gap of exactly the timeout, in both boundary modes
\set hand '\'[2026-01-01 10:00+00 page_view @email, 2026-01-01 10:30+00 add_to_cart, 2026-01-01 10:30:05+00 purchase =20.5, 2026-01-01 11:00:05.000001+00 page_view @ads =1, 2026-01-01 11:00:09+00 page_view/cart @email, 2026-01-02 09:00+00 search]\''
SELECT session_no AS no, start_at AT TIME ZONE 'UTC' AS start_at, end_at AT TIME ZONE 'UTC' AS end_at, duration_seconds AS seconds, touchpoints AS n, split_cause, entry_event, exit_event, channel
FROM sessions(:hand);
SELECT session_no AS no, value, page_views, key_events, engaged, engaged_by, bounced_classic AS classic, bounced_ga4 AS ga4 FROM sessions(:hand);
SELECT session_no AS no, touchpoints AS n, split_cause, duration_seconds AS seconds FROM sessions(:hand, boundary => '>=');
-- no gap splits
SELECT session_no AS no, touchpoints AS n, split_cause FROM sessions(:hand, NULL);
SELECT session_no AS no, touchpoints AS n, split_cause FROM sessions(:hand, NULL, '>=');
SELECT count(*) AS each_time FROM sessions('[2026-01-01 00:00 a, 2026-01-01 00:00 b, 2026-01-02 00:00 c]', '0');
SELECT count(*) AS each_touchpoint FROM sessions('[2026-01-01 00:00 a, 2026-01-01 00:00 b, 2026-01-02 00:00 c]', '0', '>=');
SELECT count(*) AS none FROM sessions('[]');
SELECT count(*) AS none FROM sessions(NULL);
SELECT session_no, touchpoints FROM sessions('[2026-01-01 00:00 a]', '30 min', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT session_no, duration_seconds, split_cause FROM sessions('[0001-01-01 00:00 a, 9999-12-31 23:59:59.999999 b]', '1000000 days');
SELECT session_no, duration_seconds FROM sessions('[0001-01-01 00:00 a, 9999-12-31 23:59:59.999999 b]', NULL);

-- engagement: exactly 10 s is not longer than 10 s; one page view is not two; one click that buys
SELECT j, engaged, engaged_by, bounced_classic, bounced_ga4 FROM (VALUES
	('[2026-01-01 00:00:00 x, 2026-01-01 00:00:10 x]'), ('[2026-01-01 00:00:00 x, 2026-01-01 00:00:10.000001 x]'),
	('[2026-01-01 00:00 page_view]'), ('[2026-01-01 00:00 page_view, 2026-01-01 00:00 screen_view]'), ('[2026-01-01 00:00 page_viewed, 2026-01-01 00:00 page_view/home]'),
	('[2026-01-01 00:00 purchase]'), ('[2026-01-01 00:00 "purchase/2nd"]'), ('[2026-01-01 00:00 purchased]')) AS v(j), sessions(j::journey);
SELECT key_events, page_views, engaged_by FROM sessions('[2026-01-01 00:00 signup @web, 2026-01-01 00:00 signup, 2026-01-01 00:00 look]', key_event => 'signup@web', page_view => 'look|signup');
SELECT key_events, page_views, engaged FROM sessions('[2026-01-01 00:00 purchase, 2026-01-01 00:00 page_view, 2026-01-01 00:00 page_view]', key_event => NULL, page_view => NULL);

-- every cause, and which one is told where several hold
SELECT session_no AS no, split_cause, entry_event, exit_event, touchpoints AS n, channel
FROM sessions('[2026-01-01 10:00 a, 2026-01-01 10:01 b @x, 2026-01-01 10:02 c, 2026-01-01 10:03 d @y, 2026-01-01 10:04 e @y, 2026-01-01 10:05 f, 2026-01-01 10:06 login, 2026-01-01 10:07 logout,
	2026-01-01 10:08 login @z, 2026-01-01 10:09 g @x, 2026-01-01 10:10 h @x, 2026-01-01 10:29 i @x, 2026-01-01 10:29:01 j @x, 2026-01-01 12:00 login @y]',
	max_touchpoints => 3, split_on_channel => true, start => 'login', "end" => 'logout', max_length => '20 min');
SELECT session_no AS no, split_cause, touchpoints AS n, duration_seconds AS seconds
FROM sessions('[2026-01-01 10:00 a, 2026-01-01 10:10 b, 2026-01-01 10:20 c, 2026-01-01 10:20:00.000001 d, 2026-01-01 10:30 e]', max_length => '20 min');
SELECT session_no AS no, split_cause, touchpoints AS n FROM sessions('[2026-01-01 00:00 a, 2026-01-01 00:00 b]', max_length => '0', max_touchpoints => 1);
-- a channel is kept through touchpoints without one
SELECT session_no AS no, split_cause, touchpoints AS n, channel FROM sessions('[2026-01-01 00:00 a, 2026-01-01 00:00 b @x, 2026-01-01 00:00 c, 2026-01-01 00:00 d @x, 2026-01-01 00:00 e @y, 2026-01-01 00:00 f]', split_on_channel => true);
SELECT session_no AS no, touchpoints AS n, channel FROM sessions('[2026-01-01 00:00 a, 2026-01-01 00:00 b @x, 2026-01-01 00:00 e @y]');
-- values of conditions on channel and value
SELECT session_no AS no, split_cause, entry_event, exit_event FROM sessions('[2026-01-01 00:00 a, 2026-01-01 00:00 b @x, 2026-01-01 00:00 c =5, 2026-01-01 00:00 d =7, 2026-01-01 00:00 e]', start => '*@x', "end" => '*>=7');

-- refused
SELECT * FROM sessions('[]', '-1 s');
SELECT * FROM sessions(NULL, '1 month');
SELECT * FROM sessions('[]', '1 year');
SELECT * FROM sessions('[]', '2000000000 days');
SELECT * FROM sessions('[]', boundary => '<');
SELECT * FROM sessions('[]', boundary => '');
SELECT * FROM sessions('[]', max_length => '-1 day');
SELECT * FROM sessions('[]', max_length => '1 month');
SELECT * FROM sessions('[]', max_touchpoints => 0);
SELECT * FROM sessions('[]', max_touchpoints => -3);
SELECT * FROM sessions('[2026-01-01 00:00 a =1e308, 2026-01-01 00:00 b =1e308]');
SELECT count(*) FROM sessions('[2026-01-01 00:00 a =1e308, 2026-01-02 00:00 b =1e308]');

-- random rows: many gaps of exactly 30 minutes, ties, times of whole seconds, milliseconds, microseconds
\set seed 0.2771
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE ss_touched AS
SELECT c AS customer, i AS tiebreak, t.at, (ARRAY['page_view', 'page_view/home', 'screen_view', 'purchase', 'search', 'login', 'logout', 'odd name'])[1 + floor(random() * 8)::int] AS event,
	(ARRAY[NULL, NULL, 'email', 'ads', 'social'])[1 + floor(random() * 5)::int] AS channel,
	CASE WHEN random() < 0.3 THEN round((random() * 100)::numeric, 2)::float8 END AS value
FROM generate_series(1, 400) c, generate_series(1, 40) i,
	LATERAL (SELECT '2026-03-28 20:00+00'::timestamptz + CASE (c + 4 * i) % 4
		WHEN 0 THEN floor(random() * 60) * interval '15 min'
		WHEN 1 THEN floor(random() * 90000) * interval '1 s'
		WHEN 2 THEN floor(random() * 9000) * interval '10.001 s'
		ELSE random() * interval '20 h' END AS at) t;
CREATE TABLE ss_journeys AS SELECT customer, journey_agg(at, event, channel, value, tiebreak) AS j FROM ss_touched GROUP BY customer;
CREATE TABLE ss_asked AS
SELECT row_number() OVER () AS n, timeout, boundary FROM unnest('{0,1 s,5 s,15 min,30 min,1 h 30 min,10 days}'::interval[]) timeout, unnest('{>,>=}'::text[]) boundary;

-- the same by window functions of plain SQL
CREATE TABLE ss_want AS
WITH gaps AS (
	SELECT n, timeout, boundary, t.*, at - lag(at) OVER w AS gap FROM ss_asked, ss_touched t WINDOW w AS (PARTITION BY n, customer ORDER BY at, tiebreak)
), numbered AS (
	SELECT *, 1 + count(*) FILTER (WHERE gap > timeout OR boundary = '>=' AND gap = timeout) OVER (PARTITION BY n, customer ORDER BY at, tiebreak) AS session_no FROM gaps
)
SELECT n, customer, session_no, min(at) AS start_at, max(at) AS end_at, count(*)::int AS touchpoints,
	(array_agg(event ORDER BY at, tiebreak))[1] AS entry, (array_agg(event ORDER BY at DESC, tiebreak DESC))[1] AS exit,
	(array_agg(channel ORDER BY at, tiebreak) FILTER (WHERE channel IS NOT NULL))[1] AS channel,
	sum(value ORDER BY at, tiebreak) AS value, count(*) FILTER (WHERE event = 'purchase') AS keys, count(*) FILTER (WHERE event ~ '^(page|screen)_view') AS pages
FROM numbered GROUP BY n, customer, session_no;
SELECT count(*) AS sessions, count(*) FILTER (WHERE s IS NULL OR w IS NULL OR
	(s.start_at, s.end_at, s.touchpoints, s.entry_event, s.exit_event, s.channel, s.value, s.key_events, s.page_views, s.duration_seconds, s.bounced_classic, s.engaged, s.bounced_ga4)
	IS DISTINCT FROM (w.start_at, w.end_at, w.touchpoints, w.entry, w.exit, w.channel, w.value, w.keys::int, w.pages::int, extract(epoch FROM w.end_at - w.start_at)::float8, w.touchpoints = 1,
		w.end_at - w.start_at > '10 s' OR w.keys > 0 OR w.pages >= 2, NOT (w.end_at - w.start_at > '10 s' OR w.keys > 0 OR w.pages >= 2))) AS differences
FROM (SELECT n, customer, s.* FROM ss_asked, ss_journeys, sessions(j, timeout, boundary) s) s FULL JOIN ss_want w USING (n, customer, session_no);
-- how often the gap is the timeout itself
SELECT timeout, count(*) FILTER (WHERE boundary = '>=') - count(*) FILTER (WHERE boundary = '>') AS sessions_more FROM ss_want JOIN ss_asked USING (n) GROUP BY timeout ORDER BY timeout;

-- session_no over the raw rows, up and down, with and without a time zone
SELECT count(*) AS rows, count(*) FILTER (WHERE session_no <> w.no) AS differences FROM (
	SELECT n, customer, at, session_no(at, timeout, boundary) OVER (PARTITION BY n, customer ORDER BY at) AS session_no FROM ss_asked, ss_touched) s
	JOIN (SELECT n, customer, start_at, end_at, session_no AS no FROM ss_want) w USING (n, customer)
WHERE at BETWEEN start_at AND end_at AND NOT EXISTS (SELECT FROM ss_asked a WHERE a.n = s.n AND timeout = '0');
SELECT count(*) FILTER (WHERE up + down <> last + 1) AS differences FROM (
	SELECT up, session_no(at) OVER (PARTITION BY customer ORDER BY at DESC) AS down, max(up) OVER (PARTITION BY customer) AS last
	FROM (SELECT customer, at, session_no(at) OVER (PARTITION BY customer ORDER BY at) AS up FROM ss_touched) u) d;
SELECT count(*) FILTER (WHERE a <> b) AS differences FROM (SELECT session_no(at, '30 min') OVER (PARTITION BY customer ORDER BY at) AS a,
	session_no(at AT TIME ZONE 'UTC', '30 min') OVER (PARTITION BY customer ORDER BY at) AS b FROM ss_touched) s;
SELECT count(*) FILTER (WHERE s.last <> t.last) AS differences FROM (SELECT customer, max(no) AS last FROM (SELECT customer, session_no(at) OVER (PARTITION BY customer ORDER BY at) AS no FROM ss_touched) u GROUP BY customer) s
	JOIN (SELECT customer, count(*) AS last FROM ss_journeys, split_sessions(j) GROUP BY customer) t USING (customer);
SELECT at, session_no(at, '1 day') OVER (ORDER BY at), session_no(at, '1 day', '>=') OVER (ORDER BY at), session_no(at, NULL, NULL) OVER (ORDER BY at) AS never
FROM (VALUES ('2026-01-02 00:00+00'::timestamptz), ('2026-01-01 00:00+00'), (NULL), ('infinity'), ('-infinity'), ('2026-01-02 00:00+00'), (NULL)) v(at) ORDER BY at;
SELECT at, session_no(at, timeout) OVER (ORDER BY at) FROM (VALUES ('2026-01-01'::timestamp, '0'::interval), ('2026-01-02', '1 day'), ('2026-01-03', '23 h'), ('2026-01-04', NULL)) v(at, timeout);
SELECT session_no(at) OVER () FROM (VALUES (1, '2026-01-01'::timestamp), (2, '2026-01-03'), (3, '2026-01-02')) v(n, at);
SELECT session_no(at) OVER (ORDER BY n) FROM (VALUES (1, '2026-01-03'::timestamp), (2, '2026-01-01'), (3, '2026-01-01'), (4, '2026-01-02')) v(n, at);
SELECT session_no(at, '-1 s') OVER (ORDER BY at) FROM (VALUES ('2026-01-03'::timestamp)) v(at);
SELECT session_no(at, '1 month') OVER (ORDER BY at) FROM (VALUES ('2026-01-03'::timestamp)) v(at);
SELECT session_no(at, '1 day', '=') OVER (ORDER BY at) FROM (VALUES ('2026-01-03'::timestamp)) v(at);
SELECT session_no(now());

-- split_sessions is the same, touchpoint by touchpoint
SELECT count(*) AS sessions, count(*) FILTER (WHERE s.n IS NULL OR p.n IS NULL OR (s.touchpoints, s.start_at, s.end_at) IS DISTINCT FROM (touchpoint_count(p.part), first_at(p.part), last_at(p.part))) AS differences
FROM (SELECT n, customer, s.* FROM ss_asked, ss_journeys, sessions(j, timeout) s WHERE boundary = '>') s
	FULL JOIN (SELECT n, customer, p.part, p.session_no FROM ss_asked, ss_journeys, split_sessions(j, timeout) WITH ORDINALITY AS p(part, session_no) WHERE boundary = '>') p
	ON p.n = s.n AND p.customer = s.customer AND p.session_no = s.session_no;

-- start and end, channel and limits against a loop over the touchpoints
CREATE FUNCTION ss_loop(j journey) RETURNS TABLE (split_cause text, start_at timestamptz, touchpoints int) LANGUAGE plpgsql AS $$
DECLARE
	t record;
	last timestamptz;
	ended boolean;
	ch text;
	cause text;
BEGIN
	FOR t IN SELECT * FROM touchpoints(j) ORDER BY n LOOP
		cause := CASE WHEN last IS NULL THEN 'first' WHEN t.at - last > '40 min' THEN 'timeout' WHEN ended THEN 'end' WHEN t.event = 'login' THEN 'start'
			WHEN t.channel <> ch THEN 'channel' WHEN t.at - start_at > '50 min' THEN 'length' WHEN touchpoints >= 3 THEN 'count' END;
		IF cause IS NOT NULL THEN
			IF last IS NOT NULL THEN RETURN NEXT; END IF;
			split_cause := cause; start_at := t.at; touchpoints := 0; ch := NULL;
		END IF;
		touchpoints := touchpoints + 1;
		ch := coalesce(ch, t.channel);
		ended := t.event = 'logout';
		last := t.at;
	END LOOP;
	RETURN NEXT;
END $$;
SELECT split_cause, count(*) > 20 AS many FROM ss_journeys, ss_loop(j) GROUP BY 1 ORDER BY 1;
SELECT count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differences FROM (SELECT
	ARRAY(SELECT ROW(split_cause, start_at, touchpoints)::text FROM ss_loop(j)) AS a,
	ARRAY(SELECT ROW(split_cause, start_at, touchpoints)::text FROM sessions(j, '40 min', max_length => '50 min', max_touchpoints => 3, split_on_channel => true, start => 'login', "end" => 'logout')) AS b
	FROM ss_journeys) c;

-- rows that come late: in any order, in two parts, one by one
SELECT count(*) FILTER (WHERE (SELECT array_agg(s) FROM sessions(a.j) s) IS DISTINCT FROM (SELECT array_agg(s) FROM sessions(b.j) s)) AS differences
FROM ss_journeys a JOIN (SELECT customer, journey_agg(at, event, channel, value, tiebreak ORDER BY md5(customer::text || tiebreak)) AS j FROM ss_touched GROUP BY customer) b USING (customer);
CREATE TABLE ss_distinct AS SELECT DISTINCT ON (customer, at) * FROM ss_touched ORDER BY customer, at;
SELECT count(*) FILTER (WHERE (SELECT array_agg(s) FROM sessions(late || early) s) IS DISTINCT FROM (SELECT array_agg(s) FROM sessions(whole) s)
	OR (SELECT array_agg(s) FROM sessions(early || late) s) IS DISTINCT FROM (SELECT array_agg(s) FROM sessions(whole) s)) AS differences
FROM (SELECT journey_agg(at, event, channel, value) FILTER (WHERE tiebreak % 3 = 0) AS late, journey_agg(at, event, channel, value) FILTER (WHERE tiebreak % 3 > 0) AS early,
	journey_agg(at, event, channel, value) AS whole FROM ss_distinct GROUP BY customer) p;
-- one late row between two sessions makes them one
SELECT (SELECT count(*) FROM sessions(j)) AS before, (SELECT count(*) FROM sessions(j || '[2026-01-01 10:25 late]')) AS after FROM (VALUES ('[2026-01-01 10:00 a, 2026-01-01 10:50 b]'::journey)) v(j);

-- totals: the same as from the rows, for every timeout and boundary
CREATE TABLE ss_totals AS
SELECT n, session_tally(j, timeout, boundary, 'purchase') AS t, session_agg(j, timeout, boundary, 'purchase') AS r FROM ss_asked, ss_journeys GROUP BY n;
WITH want AS (
	SELECT n, customer, count(*) AS sessions, sum(touchpoints) AS touchpoints, count(*) FILTER (WHERE touchpoints = 1) AS bounced, count(*) FILTER (WHERE keys > 0) AS converted,
		count(*) FILTER (WHERE end_at - start_at > '10 s' OR keys > 0 OR pages >= 2) AS engaged, sum(extract(epoch FROM end_at - start_at)) AS seconds
	FROM ss_want GROUP BY n, customer
), totals AS (
	SELECT n, count(*) AS customers, count(*) FILTER (WHERE sessions > 1) AS repeat, sum(sessions)::bigint AS sessions, sum(touchpoints)::bigint AS touchpoints, sum(bounced)::bigint AS bounced,
		sum(engaged)::bigint AS engaged, sum(converted)::bigint AS converted, sum(seconds) AS seconds
	FROM want GROUP BY n
), exact AS (
	SELECT n, percentile_disc(0.5) WITHIN GROUP (ORDER BY s) AS median, percentile_disc(0.9) WITHIN GROUP (ORDER BY s) AS p90
	FROM (SELECT n, extract(epoch FROM end_at - start_at)::float8 AS s FROM ss_want) d GROUP BY n
)
SELECT count(*) AS asked, count(*) FILTER (WHERE (r.customers, r.repeat_customers, r.sessions, r.touchpoints, r.bounced_classic, r.bounced_ga4, r.engaged, r.converted)
		IS DISTINCT FROM (w.customers, w.repeat, w.sessions, w.touchpoints, w.bounced, w.sessions - w.engaged, w.engaged, w.converted)) AS differences,
	max(abs(r.duration_seconds - w.seconds) / greatest(w.seconds, 1)) < 1e-12 AS seconds, max(abs(r.median_seconds - e.median) / greatest(e.median, 1e-6)) < 0.01 AS median,
	max(abs(r.p90_seconds - e.p90) / greatest(e.p90, 1e-6)) < 0.01 AS p90,
	bool_and(r.sessions_per_customer = w.sessions::float8 / w.customers AND r.touchpoints_per_session = w.touchpoints::float8 / w.sessions AND r.mean_seconds = r.duration_seconds / r.sessions
		AND r.bounced_classic_rate = w.bounced::float8 / w.sessions AND r.bounced_ga4_rate = (w.sessions - w.engaged)::float8 / w.sessions
		AND r.engaged_rate = w.engaged::float8 / w.sessions AND r.converted_rate = w.converted::float8 / w.sessions) AS rates
FROM (SELECT n, r.* FROM ss_totals, unnest(r) r) r JOIN totals w USING (n) JOIN exact e USING (n);
SELECT * FROM unnest((SELECT session_agg(j) FROM ss_journeys));
-- the short forms, key events that ask for a channel, none
SELECT session_tally(j) = session_tally(j, '30 min') AS one, session_tally(j) = session_tally(j, '30 min', '>', 'purchase') AS two, session_tally(j, '30 min') = session_tally(j, '30 min', '>=', 'purchase') AS three,
	session_agg(j, NULL) = session_agg(j, '1000 years'::interval - '1000 years'::interval + '300000 days') AS long FROM ss_journeys;
SELECT a.converted = b.keys AS by_channel, a.engaged = b.engaged AS engaged, c.converted AS none FROM unnest((SELECT session_agg(j, '30 min', '>', 'purchase@email | search>50') FROM ss_journeys)) a,
	(SELECT count(*) FILTER (WHERE key_events > 0) AS keys, count(*) FILTER (WHERE engaged) AS engaged FROM ss_journeys, sessions(j, key_event => 'purchase@email | search>50')) b,
	unnest((SELECT session_agg(j, '30 min', '>', NULL) FROM ss_journeys)) c;
-- parts add up in any order; text and binary read back
SELECT n, rollup(t ORDER BY p) = rollup(t ORDER BY -p) AND rollup(t) = (SELECT w.t FROM ss_totals w WHERE w.n = q.n) AS same, bool_and(t::text::tally = t) AS reads_back
FROM (SELECT n, customer % 7 AS p, session_tally(j, timeout, boundary, 'purchase') AS t FROM ss_asked, ss_journeys WHERE n IN (7, 8, 10) GROUP BY n, customer % 7) q GROUP BY n ORDER BY n;
SELECT session_agg(j) IS NULL AS no_rows, session_tally(j) IS NULL AS no_tally FROM ss_journeys WHERE false;
SELECT session_agg(j::journey) IS NULL AS nobody, session_tally(j::journey, '1 h') IS NULL AS no_tally FROM (VALUES ('[]'), (NULL)) v(j);
SELECT customers, sessions, bounced_classic, median_seconds, mean_seconds FROM unnest((SELECT session_agg(j::journey) FROM (VALUES ('[]'), (NULL), ('[2026-01-01 00:00 a]')) v(j)));
SELECT session_tally('[2026-01-01 10:00 a, 2026-01-01 10:01 purchase, 2026-01-03 00:00 a]'::journey);
-- more than 64 touchpoints, labels and sessions in one journey
SELECT customers, sessions, touchpoints, bounced_classic, engaged, converted FROM unnest((SELECT session_agg(j) FROM (SELECT journey_agg('2026-01-01'::timestamptz + i * interval '1 h', CASE WHEN i % 10 = 0 THEN 'purchase' ELSE 'event ' || i END) AS j FROM generate_series(1, 200) i) v));

-- in parallel
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT session_tally(j, '30 min') = (SELECT t FROM ss_totals JOIN ss_asked USING (n) WHERE timeout = '30 min' AND boundary = '>') AS same FROM ss_journeys;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

-- refused
SELECT session_agg(j, '-1 s') FROM ss_journeys;
SELECT session_agg(j, '1 month') FROM ss_journeys;
SELECT session_agg(j, '1 h', '=>', 'purchase') FROM ss_journeys;
SELECT session_agg(j, customer * interval '1 s') FROM ss_journeys;
SELECT session_agg(j, '1 h', CASE WHEN customer < 5 THEN '>' ELSE '>=' END, 'a') FROM ss_journeys;
SELECT session_agg(j, '1 h', '>', CASE WHEN customer < 5 THEN 'a' ELSE 'b' END::matcher) FROM ss_journeys;
SELECT rollup(t) FROM (SELECT session_tally(j, '1 h') AS t FROM ss_journeys UNION ALL SELECT session_tally(j) FROM ss_journeys) u;
SELECT rollup(t) FROM (SELECT session_tally(j, '1 h') AS t FROM ss_journeys UNION ALL SELECT session_tally(j, '1 h', '>', 'login') FROM ss_journeys) u;
SELECT session_rows(survival_tally(1, true));
SELECT session_rows(NULL) IS NULL AS null_tally, session_rows('{"tally": "session_totals", "version": 1, "params": [0, 0], "labels": [], "rows": []}') IS NULL AS empty_tally;
CREATE FUNCTION pg_temp.totals(params text, keys text, counters text, durations text) RETURNS bigint LANGUAGE sql AS $$
	SELECT sessions FROM unnest(session_rows(format('{"tally": "session_totals", "version": 1, "params": [%s], "labels": [], "rows": [{"keys": [%s], "counters": [%s], "durations": [%s]}]}', params, keys, counters, durations)::tally)) $$;
SELECT pg_temp.totals('1, 1', '0', '1, 1, 2, 4, 1, 1, 1, 0, 60', '[0, 2]');
SELECT pg_temp.totals('1, 1', '1', '1, 1, 2, 4, 1, 1, 1, 0, 60', '[0, 2]');
SELECT pg_temp.totals('0, 1', '0', '1, 1, 2, 4, 1, 1, 1, 0, 60', '[0, 2]');
SELECT pg_temp.totals('1, 0', '0', '1, 1, 2, 4, 1, 1, 1, 0, 60', '[0, 2]');
SELECT pg_temp.totals('1, 1', '0', '0, 0, 2, 4, 1, 1, 1, 0, 60', '[0, 2]');
SELECT pg_temp.totals('1, 1', '0', '1, 2, 2, 4, 1, 1, 1, 0, 60', '[0, 2]');
SELECT pg_temp.totals('1, 1', '0', '2, 1, 2, 4, 1, 1, 1, 0, 60', '[0, 2]');
SELECT pg_temp.totals('1, 1', '0', '1, 1, 2, 4, 3, 1, 1, 0, 60', '[0, 2]');
SELECT pg_temp.totals('1, 1', '0', '1, 1, 2, 4, 1, 3, 1, 0, 60', '[0, 2]');
SELECT pg_temp.totals('1, 1', '0', '1, 1, 2, 4, 1, 1, 2, 0, 60', '[0, 2]');
SELECT pg_temp.totals('1, 1', '0', '1, 1, 2, 2, 1, 1, 1, 0, 60', '[0, 2]');
SELECT pg_temp.totals('1, 1', '0', '1, 1, 2, 4, 1, 1, 1, 0, 60', '[0, 3]');

-- visits: what is offsite neither begins nor prolongs one; purchases are the model's
CREATE FUNCTION pg_temp.model() RETURNS stage_model LANGUAGE sql IMMUTABLE AS $$ SELECT 'stages a > b; option session_timeout = 1 h; purchase = bought>10 | page_view@ads; offsite = mail | parcel@dhl; page_view -> a; purchase -> b;'::stage_model $$;
SELECT session_no AS no, start_at AT TIME ZONE 'UTC' AS start_at, touchpoints AS n, split_cause, entry_event, exit_event, key_events, page_views, value
FROM visits('[2026-01-01 08:00 mail =5, 2026-01-01 10:00 look, 2026-01-01 10:30 mail, 2026-01-01 11:00 bought =20, 2026-01-01 11:40 mail, 2026-01-01 12:00:01 parcel, 2026-01-01 12:30 parcel @dhl, 2026-01-01 13:00:01 bought =10, 2026-01-01 14:00:02 page_view @ads]', pg_temp.model());
SELECT count(*) AS none FROM visits('[2026-01-01 00:00 mail]', pg_temp.model());
SELECT count(*) AS none FROM visits(NULL, pg_temp.model());
SELECT count(*) AS none FROM visits('[2026-01-01 00:00 look]', NULL);
SELECT count(*) FILTER (WHERE visits <> visit_no) AS differences FROM (SELECT (SELECT max(session_no) FROM visits(j, m)) AS visits, (SELECT max(visit_no) FROM staged_touchpoints(j, m)) AS visit_no
	FROM ss_journeys, (VALUES ('stages a; option session_timeout = 15 min; offsite = login | search; page_view -> a;'::stage_model), ('stages a; page_view -> a;')) AS v(m)) s;

-- options that are variables of PL/pgSQL change from call to call
DO $$
DECLARE
	said text := '';
	timeout interval;
	n bigint;
BEGIN
	FOREACH timeout IN ARRAY '{1 s,30 min,10 days}'::interval[] LOOP
		SELECT t.sessions INTO n FROM unnest((SELECT session_agg(j, timeout) FROM ss_journeys)) t;
		said := said || (n = (SELECT sum((SELECT count(*) FROM sessions(j, timeout))) FROM ss_journeys))::text || ' ';
	END LOOP;
	RAISE NOTICE '%', said;
END $$;

DROP FUNCTION ss_loop(journey);
DROP TABLE ss_touched, ss_journeys, ss_asked, ss_want, ss_distinct, ss_totals;
