-- states, state_at: what a customer was, from when to when, and why; the views states and state_transitions.
SET search_path = public, journey;
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'ISO';
SET client_min_messages = warning;

-- the states of Growcode's chain, one after the other, each by the touchpoint that leads there; then back by returns, and asleep
-- by hand: visitor 1, prospect 3, first-time buyer 5, loyal 7, evangelist 9, back at 11 (one purchase left), prospect at 12, lapsed 30 days after 13, awake at 14
CREATE TEMP TABLE st_chain AS SELECT '[2026-01-01 10:00+00 first_visit @"organic search", 2026-01-01 10:05+00 view_item @"organic search", 2026-01-01 10:06+00 add_to_cart @"organic search", 2026-01-01 10:07+00 view_cart @"organic search",
	2026-01-02 09:00+00 purchase @email =50, 2026-01-05 12:00+00 order_delivered, 2026-01-10 09:00+00 purchase @direct =30, 2026-01-11 08:00+00 review_submitted =3, 2026-01-12 08:00+00 review_submitted =5,
	2026-01-13 00:00+00 quiz_finished, 2026-01-14 00:00+00 order_returned, 2026-01-15 00:00+00 "Order Cancelled", 2026-01-16 00:00+00 page_view @direct, 2026-03-01 00:00+00 view_item @email]'::journey AS j;
CREATE TEMP TABLE st_model AS SELECT stage_model('lifecycle', settings => '{"dormancy": "30 days"}') AS m;
SELECT state_no AS no, state, stage_no, previous_state, from_at AT TIME ZONE 'UTC' AS from_at, to_at AT TIME ZONE 'UTC' AS to_at, n, event, channel, moment, touchpoints AS touched, reversed
FROM st_chain, st_model, states(j, m, moments => stage_model('moments_five'));
-- the moment of each move in the other model of the moments of truth
SELECT s.state_no AS no, s.event, f.moment AS five, s.moment AS four FROM st_chain, st_model, states(j, m, NULL, stage_model('moments_four')) s JOIN LATERAL states(j, m, NULL, stage_model('moments_five')) f USING (state_no) ORDER BY 1;
-- as of a time: before anything, at a touchpoint, a microsecond before it, 30 days after the last one and longer
SELECT a, (SELECT count(*) FROM states(j, m, a)) AS rows, s.state, s.to_at IS NULL AS lasts, state_at(j, m, a) AS at, current_stage(j, m, a) AS now
FROM st_chain, st_model, unnest('{2025-12-31 00:00+00,2026-01-01 10:00+00,2026-01-10 08:59:59.999999+00,2026-01-10 09:00+00,2026-02-15 00:00+00,2026-02-15 00:00:00.000001+00,2026-03-31 00:00+00,2026-03-31 00:00:00.000001+00,9999-01-01 00:00+00}'::timestamptz[]) a
	LEFT JOIN LATERAL (SELECT * FROM states(j, m, a) ORDER BY state_no DESC LIMIT 1) s ON true ORDER BY a;
SELECT state_at(j, m, '-infinity') AS before, state_at(j, m, 'infinity') AS after, current_stage(j, m, 'infinity') AS now FROM st_chain, st_model;

-- the guards are the model's: how many purchases make a customer loyal, what is an act of advocacy (a recommendation score alone is an attitude, no customer who never bought is an evangelist)
SELECT l, string_agg(state || coalesce(' by ' || event, ''), ', ' ORDER BY state_no) FROM generate_series(1, 4) l,
	states('[2026-01-01 00:00+00 purchase, 2026-01-02 00:00+00 purchase, 2026-01-03 00:00+00 survey_answered/nps =10, 2026-01-04 00:00+00 referral_link_shared, 2026-01-05 00:00+00 purchase]', (SELECT stage_model('lifecycle', NULL, jsonb_build_object('loyal_purchases', l)))) GROUP BY l ORDER BY l;
SELECT string_agg(state || ' by ' || event, ', ' ORDER BY state_no) FROM states('[2026-01-01 00:00+00 share, 2026-01-02 00:00+00 referral_link_shared, 2026-01-03 00:00+00 review_submitted =5, 2026-01-04 00:00+00 sign_up]');
-- a model of one's own: a customer is who paid at least 50, and a friend who brought somebody; no way back
SELECT state_no, state, previous_state, event, n, reversed FROM states('[2026-01-01 00:00+00 page_view, 2026-01-02 00:00+00 purchase =10, 2026-01-03 00:00+00 purchase =60, 2026-01-04 00:00+00 page_view, 2026-01-05 00:00+00 referral_converted, 2026-01-06 00:00+00 page_view, 2026-01-07 00:00+00 refund]',
	'stages visitor > customer > friend; referral_converted when after purchase>=50 -> friend; * when after referral_converted -> friend; purchase>=50 -> customer; * when after purchase>=50 -> customer; * -> visitor;');
-- stages without an order cannot go back
SELECT state_no, state, reversed FROM states('[2026-01-01 00:00+00 b, 2026-01-02 00:00+00 a]', 'stages a, b; a -> a; b -> b;');

-- touchpoints in no stage change nothing: neither before the first state, nor within one, nor while the customer is awake
-- by hand: nothing until 3; asleep a day after 4, awake at 5, which is in no stage, in the state of before; asleep again; 6 in an earlier stage is a step back
SELECT state_no AS no, state, previous_state, from_at AT TIME ZONE 'UTC' AS from_at, to_at AT TIME ZONE 'UTC' AS to_at, n, event, touchpoints AS touched, reversed
FROM states('[2026-01-01 00:00+00 noise, 2026-01-01 01:00+00 noise, 2026-01-01 02:00+00 b, 2026-01-01 03:00+00 noise, 2026-01-03 00:00+00 noise, 2026-01-06 00:00+00 a]', 'stages a > b > asleep; dormant asleep after 1 day; a -> a; b -> b;');
-- asleep before there was any state, and none after it
SELECT state_no AS no, state, previous_state, from_at AT TIME ZONE 'UTC' AS from_at, to_at AT TIME ZONE 'UTC' AS to_at, n, touchpoints AS touched
FROM states('[2026-01-01 00:00+00 noise, 2026-01-03 00:00+00 noise, 2026-01-03 12:00+00 a]', 'stages a > asleep; dormant asleep after 1 day; a -> a;', '2026-01-04 12:00:00.000001+00');
-- exactly as long as allowed is not longer; a microsecond longer is no time at all, as the next touchpoint is there
SELECT gap, string_agg(state, ' ' ORDER BY state_no) FROM unnest('{1 day,1 day 0.000001 s,1 day 0.000002 s}'::interval[]) gap, LATERAL (SELECT journey_agg(at, 'a') AS j FROM unnest(ARRAY['2026-01-01 00:00+00'::timestamptz, '2026-01-01 00:00+00'::timestamptz + gap]) at) g,
	states(j, 'stages a > asleep; dormant asleep after 1 day; a -> a;') GROUP BY gap ORDER BY gap;
-- the dormant stage can have touchpoints of its own
SELECT state_no AS no, state, from_at AT TIME ZONE 'UTC' AS from_at, n, touchpoints AS touched, reversed FROM states('[2026-01-01 00:00+00 a, 2026-01-02 00:00+00 unsubscribe, 2026-01-05 00:00+00 noise, 2026-01-05 01:00+00 a]', 'stages a > asleep; dormant asleep after 1 day; a -> a; unsubscribe -> asleep;', '2026-01-09');
-- at one time through several states: the last one is it
SELECT state_no AS no, state, from_at = to_at AS passed, n FROM states('[2026-01-01 00:00+00 page_view, 2026-01-01 00:00+00 purchase, 2026-01-01 00:00+00 purchase, 2026-01-01 00:00+00 share]');
SELECT state_at('[2026-01-01 00:00+00 page_view, 2026-01-01 00:00+00 purchase, 2026-01-01 00:00+00 purchase, 2026-01-01 00:00+00 share]', '2026-01-01 00:00+00');

-- nothing, and refused
SELECT count(*) AS none FROM st_model, states('[]', m) s;
SELECT count(*) AS none FROM st_model, states(NULL, m) s;
SELECT count(*) AS none FROM st_chain, states(j, NULL) s;
SELECT count(*) AS none FROM st_chain, states(j, 'stages a; a -> a;') s;
SELECT count(*) AS none FROM states(NULL);
SELECT state_at(NULL, now()) IS NULL AND state_at(j, NULL) IS NULL AND state_at(j, m, NULL) IS NULL AND state_at(j, NULL, now()) IS NULL AS nulls FROM st_chain, st_model;
SELECT * FROM st_chain, st_model, states(j, m, 'infinity');
SELECT * FROM states(NULL, NULL, '-infinity');
-- stamps at the ends of what the server knows
SELECT state_no AS no, state, from_at AT TIME ZONE 'UTC' AS from_at FROM st_model, states('[294276-11-30 00:00+00 page_view, 294276-12-01 00:00+00 purchase]', m, '294276-12-31 23:59:59.999999+00');

-- random journeys: many touchpoints at one time, pauses of exactly the dormancy and a microsecond more or less
\set seed 0.4631
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE st_touched AS
SELECT c AS customer, i AS tiebreak, '2026-01-01 00:00+00'::timestamptz + sum(gap) OVER (PARTITION BY c ORDER BY i) AS at, event,
	CASE WHEN event = 'review_submitted' AND random() < 0.8 THEN 1 + floor(random() * 5) WHEN event = 'purchase' THEN 10 END AS value
FROM (SELECT c, i, (ARRAY['page_view', 'page_view', 'view_item', 'add_to_cart', 'sign_up', 'purchase', 'purchase', 'purchase', 'Order Completed', 'refund', 'order_returned', 'Order Cancelled', 'share', 'review_submitted', 'review_submitted', 'referral_converted', 'user_engagement', 'user_engagement', 'quiz_finished'])[1 + floor(random() * 19)::int] AS event,
		CASE floor(random() * 8)::int WHEN 0 THEN '0' WHEN 1 THEN '20 days' WHEN 2 THEN '20 days 0.000001 s' WHEN 3 THEN '20 days 0.000002 s' WHEN 4 THEN random() * 40 * interval '1 day' ELSE floor(random() * 100) * interval '1 hour' END AS gap
	FROM generate_series(1, 250) c, generate_series(1, 25) i WHERE random() < 0.1 + (c % 10) * 0.09 + i * 0) r;
CREATE TABLE st_journeys AS SELECT customer, journey_agg(at, event, NULL, value, tiebreak) AS j FROM st_touched GROUP BY customer;
CREATE TABLE st_as_of AS SELECT customer, CASE customer % 3 WHEN 0 THEN NULL WHEN 1 THEN '2026-05-01 00:00+00'::timestamptz ELSE '2027-01-01 00:00+00' END AS as_of FROM st_journeys;

-- the same by plain SQL: purchases that count (never below none), then the guards, then the changes, with a pause of more than 20 days as a change
CREATE TABLE st_want AS
WITH said AS (
	SELECT t.*, row_number() OVER w AS n, event IN ('purchase', 'Order Completed') AS bought, event IN ('refund', 'order_returned', 'Order Cancelled') AS took_back,
		event IN ('add_to_cart', 'sign_up') AS showed, event IN ('share', 'referral_converted') OR event = 'review_submitted' AND value >= 4 AS advocated
	FROM st_touched t WINDOW w AS (PARTITION BY customer ORDER BY at, tiebreak)
), counted AS (
	SELECT *, sum(bought::int - took_back::int) OVER w AS plain, bool_or(showed) OVER w AS has_shown, bool_or(bought) OVER w AS has_bought, bool_or(advocated) OVER w AS has_advocated
	FROM said WINDOW w AS (PARTITION BY customer ORDER BY n)
), net AS (
	SELECT *, plain - least(0, min(plain) OVER (PARTITION BY customer ORDER BY n)) AS purchases FROM counted
), stood AS (
	SELECT *, CASE WHEN event = 'user_engagement' THEN NULL WHEN purchases >= 2 AND has_advocated THEN 5 WHEN purchases >= 2 THEN 4 WHEN purchases >= 1 THEN 3 WHEN has_shown OR has_bought THEN 2 ELSE 1 END AS stage FROM net
), filled AS (
	-- the latest stage that there is: one value in each group
	SELECT *, max(stage) OVER (PARTITION BY customer, part) AS awake FROM (SELECT *, count(stage) OVER (PARTITION BY customer ORDER BY n) AS part FROM stood) s
), kept AS (
	SELECT customer, at, n, event, awake, as_of, lag(awake) OVER w AS awake_before, lead(at) OVER w AS next_at
	FROM filled JOIN st_as_of USING (customer) WINDOW w AS (PARTITION BY customer ORDER BY n)
), happened AS (
	SELECT customer, at, n, 0 AS part, event, awake AS stage, awake < awake_before AS back FROM kept WHERE as_of IS NULL OR at <= as_of
	UNION ALL
	SELECT customer, asleep_at, n, 1, NULL, 6, false
	FROM (SELECT *, at + interval '20 days 0.000001 s' AS asleep_at FROM kept) k
	WHERE (next_at IS NULL OR asleep_at < next_at) AND asleep_at <= coalesce(as_of, (SELECT max(at) FROM st_touched t WHERE t.customer = k.customer))
), changed AS (
	SELECT *, lag(stage) OVER w AS stage_before, stage IS DISTINCT FROM lag(stage) OVER w AS changes FROM happened WINDOW w AS (PARTITION BY customer ORDER BY n, part)
), numbered AS (
	SELECT *, count(*) FILTER (WHERE changes) OVER (PARTITION BY customer ORDER BY n, part) AS span FROM changed
), spans AS (
	SELECT customer, span, min(stage) AS stage, min(at) AS from_at, (array_agg(stage_before ORDER BY n, part))[1] AS previous, (array_agg(CASE part WHEN 0 THEN n END ORDER BY n, part))[1] AS n,
		(array_agg(event ORDER BY n, part))[1] AS event, count(*) FILTER (WHERE part = 0) AS touchpoints, coalesce((array_agg(back ORDER BY n, part))[1], false) AS back
	FROM numbered GROUP BY customer, span
)
SELECT customer, row_number() OVER w AS state_no, stage, (ARRAY['visitor', 'prospect', 'first_time_buyer', 'loyal', 'evangelist', 'lapsed'])[stage] AS state,
	CASE WHEN previous IS NOT NULL THEN (ARRAY['visitor', 'prospect', 'first_time_buyer', 'loyal', 'evangelist', 'lapsed'])[previous] END AS previous,
	from_at, to_at, n, event, touchpoints, back
FROM (SELECT *, lead(from_at) OVER (PARTITION BY customer ORDER BY span) AS to_at FROM spans) s WHERE stage IS NOT NULL WINDOW w AS (PARTITION BY customer ORDER BY span);
CREATE TABLE st_got AS SELECT g.customer, a.as_of, s.* FROM st_journeys g JOIN st_as_of a USING (customer), (SELECT stage_model('lifecycle', settings => '{"dormancy": "20 days"}') AS m OFFSET 0) m, states(g.j, m, a.as_of) s;
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE reversed) > 100 AS reversed, count(*) FILTER (WHERE from_at = to_at) > 20 AS passed, count(DISTINCT state) AS states FROM st_got;
SELECT count(*) AS differences FROM st_got g FULL JOIN st_want w USING (customer, state_no)
WHERE (g.state, g.stage_no, g.previous_state, g.from_at, g.to_at, g.n, g.event, g.touchpoints, g.reversed) IS DISTINCT FROM (w.state, w.stage, w.previous, w.from_at, w.to_at, w.n::int, w.event, w.touchpoints::int, w.back);
-- state_at is current_stage, and the row in which the time lies, for every time that may matter
CREATE TABLE st_times AS
SELECT customer, t FROM st_touched, unnest(ARRAY[at, at - interval '0.000001 s', at + interval '0.000001 s', at + interval '20 days', at + interval '20 days 0.000001 s', at + random() * interval '30 days']) t;
CREATE INDEX ON st_got (customer);
ANALYZE st_got, st_times, st_journeys, st_as_of;
SELECT count(*) > 15000 AS many, count(*) FILTER (WHERE state_at(j, m, t) IS DISTINCT FROM current_stage(j, m, t)) AS differ_from_current_stage,
	count(*) FILTER (WHERE state_at(j, m, t) IS DISTINCT FROM r.state) AS differ_from_row, count(r.state) > 10000 AS in_a_row
FROM (SELECT stage_model('lifecycle', settings => '{"dormancy": "20 days"}') AS m OFFSET 0) m, st_times JOIN st_journeys USING (customer) JOIN st_as_of USING (customer)
	LEFT JOIN LATERAL (SELECT g.state FROM st_got g WHERE g.customer = st_times.customer AND from_at <= t AND (to_at IS NULL OR t < to_at) ORDER BY state_no DESC LIMIT 1) r ON true
WHERE t <= coalesce(as_of, last_at(j));
-- the same with the rows as of that time, where the last one lasts
SELECT count(*) > 2000 AS many, count(*) FILTER (WHERE state_at(j, m, t) IS DISTINCT FROM (SELECT state FROM states(j, m, t) WHERE to_at IS NULL)) AS differences
FROM (SELECT stage_model('lifecycle', settings => '{"dormancy": "20 days"}') AS m OFFSET 0) m, st_times JOIN st_journeys USING (customer) WHERE customer % 7 = 0;
-- the forms without a model are the model lifecycle: where the server puts the body in place of the call, and where it cannot
SELECT count(*) AS rows, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS inlined, count(*) FILTER (WHERE a IS DISTINCT FROM c) AS in_select, count(*) FILTER (WHERE a IS DISTINCT FROM d) AS of_subquery
FROM (SELECT ARRAY(SELECT s::text FROM states(j, stage_model('lifecycle')) s ORDER BY state_no) AS a, ARRAY(SELECT s::text FROM states(j) s ORDER BY state_no) AS b,
	ARRAY(SELECT states(j)::text) AS c, ARRAY(SELECT s::text FROM states((SELECT j)) s ORDER BY state_no) AS d FROM st_journeys) x;
SELECT count(*) > 15000 AS many, count(*) FILTER (WHERE state_at(j, t) IS DISTINCT FROM state_at(j, stage_model('lifecycle'), t)) AS differences FROM st_times JOIN st_journeys USING (customer);
CREATE FUNCTION st_plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	said text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		said := said || line || E'\n';
	END LOOP;
	RETURN NEXT CASE WHEN said ~ 'state_at\((st_journeys\.)?j, ''stages visitor > prospect' THEN 'model is a constant of the plan' ELSE 'model is not in the plan' END;
END $$;
SELECT st_plan('SELECT max(state_at(j, now())) FROM st_journeys');

-- they know events that are added later, also in a view that is older
CREATE VIEW st_now AS SELECT customer, s.state, s.event FROM st_journeys, states(j) s WHERE s.to_at IS NULL;
PREPARE st_asks(journey) AS SELECT (SELECT string_agg(state, ' ' ORDER BY state_no) FROM states($1)) AS states, state_at($1, '2026-01-02 00:00+00');
EXECUTE st_asks('[2026-01-01 00:00+00 page_view, 2026-01-02 00:00+00 "طلب"]');
SELECT count(*) > 0 AS some, count(*) FILTER (WHERE state IN ('first_time_buyer', 'loyal', 'evangelist')) AS by_purchase FROM st_now WHERE event = 'quiz_finished';
BEGIN;
INSERT INTO taxonomies (taxonomy) VALUES ('ours');
INSERT INTO event_actions (taxonomy, event, action) VALUES ('ours', 'طلب', 'purchase'), ('ours', 'quiz_finished', 'purchase');
DEALLOCATE st_asks;
PREPARE st_asks(journey) AS SELECT (SELECT string_agg(state, ' ' ORDER BY state_no) FROM states($1)) AS states, state_at($1, '2026-01-02 00:00+00');
EXECUTE st_asks('[2026-01-01 00:00+00 page_view, 2026-01-02 00:00+00 "طلب"]');
SELECT count(*) FILTER (WHERE state IN ('first_time_buyer', 'loyal', 'evangelist')) > 10 AS many_by_purchase FROM st_now WHERE event = 'quiz_finished';
SELECT state, event FROM states('[2026-01-01 00:00+00 page_view, 2026-01-02 00:00+00 "طلب"]');
SELECT states('[2026-01-01 00:00+00 page_view, 2026-01-02 00:00+00 "طلب"]');
SELECT state, event FROM states((SELECT '[2026-01-01 00:00+00 page_view, 2026-01-02 00:00+00 "طلب"]'::journey));
ROLLBACK;
DEALLOCATE st_asks;
SELECT state, event FROM states('[2026-01-01 00:00+00 page_view, 2026-01-02 00:00+00 "طلب"]');
SELECT states('[2026-01-01 00:00+00 page_view, 2026-01-02 00:00+00 "طلب"]');
-- the model is read once a query, not once a row: 250 rows take less than 60 times as long as one
DO $$
DECLARE
	began timestamptz;
	one float8;
	n bigint;
BEGIN
	began := clock_timestamp();
	EXECUTE 'SELECT count(*) FROM st_journeys, states(j) WHERE customer = 1' INTO n;
	EXECUTE 'SELECT count(*) FROM (SELECT states(j) FROM st_journeys WHERE customer = 1) s' INTO n;
	EXECUTE 'SELECT count(state_at(j, ''2026-02-01'')) FROM st_journeys WHERE customer = 1' INTO n;
	one := extract(epoch FROM clock_timestamp() - began);
	began := clock_timestamp();
	EXECUTE 'SELECT count(*) FROM st_journeys, states(j)' INTO n;
	EXECUTE 'SELECT count(*) FROM (SELECT states(j) FROM st_journeys) s' INTO n;
	EXECUTE 'SELECT count(state_at(j, ''2026-02-01'')) FROM st_journeys' INTO n;
	RAISE WARNING 'once a query: %', extract(epoch FROM clock_timestamp() - began) < 60 * one;
END $$;

-- in parallel
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT count(*) = (SELECT count(*) FROM st_got) AS same FROM (SELECT stage_model('lifecycle', settings => '{"dormancy": "20 days"}') AS m OFFSET 0) m, st_journeys JOIN st_as_of USING (customer), states(j, m, as_of);
SELECT count(*) = (SELECT sum((SELECT count(*) FROM states(j, stage_model('lifecycle')))) FROM st_journeys) AS same FROM st_journeys, states(j);
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

--
-- the views of a source
--
CREATE TABLE st_events (who text, at timestamptz, event text, channel text, value numeric);
INSERT INTO st_events VALUES
	('أمل', '2026-01-31 23:30+00', 'first_visit', 'بحث', NULL), ('أمل', '2026-01-31 23:40+00', 'add_to_cart', 'بحث', NULL), ('أمل', '2026-01-31 23:45+00', 'purchase', 'email', 20),
	('أمل', '2026-02-10 00:00+00', 'purchase', NULL, 30), ('רות', '2026-02-01 00:00+00', 'page_view', NULL, NULL), ('أمل', '2026-02-12 00:00+00', 'share', 'social', NULL), ('أمل', '2026-02-20 00:00+00', 'refund', NULL, 30),
	('bob', '2026-01-01 00:00+00', 'page_view', 'direct', NULL), ('bob', '2026-01-20 00:00+00', 'page_view', 'email', NULL), ('late', '2026-02-20 00:00+00', 'user_engagement', NULL, NULL);
SELECT * FROM create_source('st_shop', 'st_events', 'who', 'at', 'event', 'channel', 'value', timezone => 'Europe/Berlin', settings => '{"dormancy": "10 days"}');
SELECT customer, state_no AS no, state, stage_no, previous_state, from_at AT TIME ZONE 'UTC' AS from_at, from_date, to_at AT TIME ZONE 'UTC' AS to_at, to_date, duration_seconds AS seconds FROM st_shop.states ORDER BY customer COLLATE "C", state_no;
SELECT customer, state_no AS no, n, event, channel, moment, touchpoints AS touched, reversed FROM st_shop.states ORDER BY customer COLLATE "C", state_no;
SELECT customer, state_no AS no, from_state, to_state, at AT TIME ZONE 'UTC' AS at, at_date, cause, n, event FROM st_shop.state_transitions ORDER BY customer COLLATE "C", state_no;
SELECT customer, state_no AS no, channel, moment, reversed, in_from_state_seconds AS seconds FROM st_shop.state_transitions ORDER BY customer COLLATE "C", state_no;
-- what lasts is what current_stage says as of the last touchpoint of all; who never was in a state is not there
SELECT count(*) AS customers, count(v.state) AS in_states, count(*) FILTER (WHERE v.state IS DISTINCT FROM current_stage(s.journey, (SELECT flat(states) FROM st_shop.source), (SELECT last_at FROM st_shop.source))) AS differences
FROM st_shop.store s LEFT JOIN (SELECT * FROM st_shop.states WHERE to_at IS NULL) v USING (customer);
SELECT DISTINCT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid IN ('st_shop.states'::regclass, 'st_shop.state_transitions'::regclass) AND attnum > 0 ORDER BY 1;
SELECT count(*) AS without_comment FROM pg_attribute WHERE attrelid IN ('st_shop.states'::regclass, 'st_shop.state_transitions'::regclass) AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;
SELECT drop_source('st_shop', true) IS NOT NULL AS dropped;

DROP VIEW st_now;
DROP FUNCTION st_plan(text);
DROP TABLE st_touched, st_journeys, st_as_of, st_want, st_got, st_times, st_events;
