-- moments: rows by hand for each moment and phase, the same against plain SQL, the views, and what is refused.
SET search_path = public, journey;
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'ISO';
SET client_min_messages = warning;
\set VERBOSITY terse
\set SHOW_CONTEXT never

CREATE FUNCTION mo(j journey, name text DEFAULT 'moments_five', as_of timestamptz DEFAULT NULL, horizon interval DEFAULT '90 days', delivery_within interval DEFAULT '7 days', settings jsonb DEFAULT '{}')
RETURNS SETOF moment_row LANGUAGE sql STABLE AS $$
	SELECT m.* FROM journey.moments(j, (SELECT journey.stage_model(name, NULL, settings)), (SELECT journey.stage_model('five_stage')), (SELECT journey.stage_model('actions')), as_of, horizon, delivery_within) AS m $$;

-- a whole life: searches, looks, buys, waits, gets it, says what he thinks of it, asks, comes back, buys, sends it back
\set life '\'[2026-01-01 10:00+00 ad_click @ads, 2026-01-01 10:00:01+00 session_start @ads, 2026-01-01 10:00:02+00 search, 2026-01-01 10:05+00 page_view/product, 2026-01-01 10:06+00 add_to_cart, 2026-01-01 10:07+00 quiz_finished, 2026-01-01 10:08+00 search, 2026-01-03 20:00+00 session_start @email, 2026-01-03 20:01+00 purchase @email =50.5, 2026-01-03 20:02+00 "Email Opened", 2026-01-04 08:00+00 order_shipped, 2026-01-05 09:00+00 order_tracking_viewed, 2026-01-08 12:00+00 order_delivered, 2026-01-09 12:00+00 product_used, 2026-01-10 12:00+00 review_submitted =5, 2026-01-20 12:00+00 support_ticket_opened, 2026-01-21 12:00+00 survey_answered/csat_support =2, 2026-02-01 12:00+00 session_start, 2026-02-01 12:05+00 view_item, 2026-02-01 12:10+00 purchase =20.25, 2026-02-20 12:00+00 order_returned =20.25]\''
SELECT moment_no AS no, moment, occurrence AS occ, phase, at AT TIME ZONE 'UTC' AS at, ended_at AT TIME ZONE 'UTC' AS ended_at, touchpoints AS t, n, event, channel FROM mo(:life, as_of => '2026-08-01');
SELECT moment_no AS no, moment, phase, from_stage, stage, since_previous_seconds AS since, outcome, outcome_at AT TIME ZONE 'UTC' AS outcome_at, satisfied AS sat, bounced, value, metric, succeeded AS ok, complete, counted FROM mo(:life, as_of => '2026-08-01');
-- as of its last touchpoint some of it is not decided, and nothing of that is lost
SELECT moment_no AS no, moment, phase, outcome, outcome_at AT TIME ZONE 'UTC' AS outcome_at, satisfied AS sat, value, succeeded AS ok, complete FROM mo(:life);
-- as of a time in the middle it ends there
SELECT moment_no AS no, moment, phase, touchpoints AS t, outcome, satisfied AS sat, value, metric, succeeded AS ok, complete FROM mo(:life, as_of => '2026-01-04 08:00+00');
-- four moments of their own meaning: no phases of the wait, a further purchase is of the second
SELECT moment_no AS no, moment, occurrence AS occ, phase, touchpoints AS t, event, stage, outcome, satisfied AS sat, value, metric, succeeded AS ok, complete FROM mo(:life, 'moments_four', '2026-08-01');

-- the first impression: one thing at most, that is no purchase, is a bounce, however much the tool logs of the arrival
SELECT j, event, bounced, succeeded AS ok, complete FROM (VALUES
	('[2026-01-01 10:00+00 session_start, 2026-01-01 10:00+00 page_view]'), ('[2026-01-01 10:00+00 ad_click, 2026-01-01 10:00+00 first_visit, 2026-01-01 10:00+00 session_start, 2026-01-01 10:00:05+00 page_view, 2026-01-01 10:00:20+00 user_engagement]'),
	('[2026-01-01 10:00+00 session_start]'), ('[2026-01-01 10:00+00 session_start, 2026-01-01 10:00+00 page_view, 2026-01-01 10:30+00 page_view]'),
	('[2026-01-01 10:00+00 session_start, 2026-01-01 10:00+00 purchase]'), ('[2026-01-01 10:00+00 page_view, 2026-01-01 10:10+00 quiz_finished]'), ('[2026-01-01 10:00+00 page_view, 2026-01-01 10:10+00 "Email Opened"]')) AS v(j),
	mo(j::journey, as_of => '2026-01-01 11:00+00') WHERE moment = 'fmot' ORDER BY 1, moment_no;
-- it may go on until half an hour after its last touchpoint, a technical one too
SELECT as_of AT TIME ZONE 'UTC' AS as_of, bounced, succeeded AS ok, complete FROM unnest('{2026-01-01 10:00+00,2026-01-01 10:29:59.999999+00,2026-01-01 10:30+00,2026-01-01 10:34+00,2026-01-01 10:35+00}'::timestamptz[]) AS as_of,
	mo('[2026-01-01 10:00+00 page_view, 2026-01-01 10:05+00 user_engagement]', as_of => as_of);
-- mails are in no visit
SELECT event, moment, bounced, metric, succeeded AS ok, complete, outcome FROM mo('[2026-01-01 10:00+00 "Email Opened", 2026-01-02 10:00+00 page_view]', as_of => '2026-08-01');

-- the wait: in time to the second, late, not yet, not yet and late, cancelled, sent back, no delivery in the log
SELECT what, m.moment, m.succeeded AS ok, m.complete, m.satisfied AS sat FROM (VALUES
	(1, 'in time', 'order_delivered', '2026-01-08 10:00+00', '2026-01-09 00:00+00'), (2, 'late', 'order_delivered', '2026-01-08 10:00:00.000001+00', '2026-01-09 00:00+00'),
	(3, 'not yet', 'page_view', '2026-01-05 10:00+00', '2026-01-08 09:59:59.999999+00'), (4, 'overdue', 'page_view', '2026-01-05 10:00+00', '2026-01-08 10:00+00'),
	(5, 'cancelled', '"Order Cancelled"', '2026-01-05 10:00+00', '2026-01-05 10:00+00'), (6, 'sent back', 'order_returned', '2026-01-05 10:00+00', '2026-01-05 10:00+00')) AS v(no, what, ev, at, as_of),
	LATERAL mo(format('[2026-01-01 10:00+00 purchase, 2026-01-02 10:00+00 order_shipped, %s %s]', at, ev)::journey, as_of => as_of::timestamptz, settings => '{"delivery": "logged"}') AS m WHERE m.event = 'order_shipped' ORDER BY no;
SELECT moment, phase, succeeded AS ok, complete FROM mo('[2026-01-01 10:00+00 purchase, 2026-01-02 10:00+00 order_shipped]', as_of => '2026-08-01') WHERE moment = 'tmot';
SELECT moment, phase, metric, succeeded AS ok, complete FROM mo('[2026-01-02 10:00+00 order_shipped]', as_of => '2026-08-01');
-- in time, and not satisfied with it all the same
SELECT phase, succeeded AS ok FROM mo('[2026-01-01 10:00+00 purchase, 2026-01-02 10:00+00 order_shipped, 2026-01-03 10:00+00 order_delivered, 2026-01-03 11:00+00 survey_answered/csat_delivery =1]', as_of => '2026-08-01') WHERE phase = 'wait' ORDER BY moment_no;
-- two orders on their way: each wait is that of the latest, each delivery that of the earliest
SELECT n, event, succeeded AS ok FROM mo('[2026-01-01 10:00+00 purchase, 2026-01-02 10:00+00 order_shipped, 2026-01-03 10:00+00 purchase, 2026-01-04 10:00+00 order_tracking_viewed, 2026-01-07 10:00+00 order_delivered, 2026-01-20 10:00+00 order_delivered]', as_of => '2026-08-01') WHERE phase = 'wait';
-- the latest was cancelled: what still comes is the one before
SELECT n, event, succeeded AS ok FROM mo('[2026-01-01 10:00+00 purchase, 2026-01-03 10:00+00 purchase, 2026-01-03 12:00+00 "Order Cancelled", 2026-01-04 10:00+00 order_tracking_viewed, 2026-01-07 10:00+00 order_delivered]', as_of => '2026-08-01') WHERE phase = 'wait';

-- satisfied: the first with an opinion, not after the next purchase; what is off the scale or neither is none
SELECT j, satisfied AS sat, succeeded AS ok, complete FROM (VALUES
	('[2026-01-01 10:00+00 purchase, 2026-01-02 10:00+00 survey_answered/csat =4, 2026-01-03 10:00+00 review_submitted =1]'), ('[2026-01-01 10:00+00 purchase, 2026-01-02 10:00+00 survey_answered/nps =7, 2026-01-03 10:00+00 review_submitted =3]'),
	('[2026-01-01 10:00+00 purchase, 2026-01-02 10:00+00 survey_answered/csat =6, 2026-01-03 10:00+00 survey_answered/ces =4]'), ('[2026-01-01 10:00+00 purchase, 2026-01-02 10:00+00 purchase, 2026-01-03 10:00+00 survey_answered/nps =10]'),
	('[2026-01-01 10:00+00 purchase, 2026-01-02 10:00+00 "Order Cancelled"]'), ('[2026-01-01 10:00+00 purchase, 2026-01-02 10:00+00 order_returned]'), ('[2026-01-01 10:00+00 purchase, 2026-03-31 10:00:00.000001+00 survey_answered/nps =10]')) AS v(j),
	mo(j::journey) WHERE moment_no = 1;

-- the ultimate moment: came back and bought, came back and did not, may still
SELECT n, event, outcome, succeeded AS ok, complete, value FROM mo('[2026-01-01 10:00+00 purchase =10, 2026-01-10 10:00+00 order_delivered, 2026-02-01 10:00+00 page_view, 2026-03-01 10:00+00 purchase =30, 2026-06-10 10:00+00 page_view, 2026-09-01 10:00+00 page_view]', as_of => '2026-10-01') WHERE moment = 'umot';
-- of four moments the third: one who refers, shares, joins or buys
SELECT n, event, metric, succeeded AS ok FROM mo('[2026-01-01 10:00+00 purchase, 2026-02-01 10:00+00 social_follow, 2026-02-05 10:00+00 referral_link_shared, 2026-03-05 10:00+00 page_view]', 'moments_four', '2026-10-01') WHERE moment = 'tmot';
-- a purchase after all were taken back is a first one again
SELECT n, event, outcome FROM mo('[2026-01-01 10:00+00 page_view, 2026-01-01 10:05+00 purchase, 2026-01-02 10:00+00 "Order Cancelled", 2026-01-03 10:00+00 page_view, 2026-01-03 11:00+00 purchase, 2026-01-04 10:00+00 purchase]') ORDER BY n;
-- any order: backwards, again, with one left out
SELECT moment_no AS no, moment, occurrence AS occ, phase, n FROM mo('[2026-01-01 10:00+00 purchase, 2026-01-02 10:00+00 "Order Cancelled", 2026-01-03 10:00+00 page_view, 2026-01-03 10:01+00 search, 2026-01-03 10:02+00 page_view, 2026-01-03 12:00+00 page_view, 2026-01-04 10:00+00 search]');

-- models of one's own: other names are judged by a purchase; without a model no stages
SELECT moment_no AS no, moment, phase, metric, succeeded AS ok, complete, from_stage, stage, bounced FROM moments('[2026-01-01 10:00+00 look, 2026-01-01 10:01+00 purchase, 2026-01-02 10:00+00 look]', 'stages see, buy; purchase = purchase; look -> see; purchase -> buy;', NULL, stage_model('actions'), horizon => '1 day');
SELECT moment_no AS no, moment, phase, metric FROM moments('[2026-01-01 10:00+00 a, 2026-01-01 10:00+00 b, 2026-01-01 10:00+00 c]', 'stages tmot, fmot; a -> tmot; b -> fmot; c -> tmot;', NULL, stage_model('actions'));
SELECT moment, value, outcome FROM mo('[2026-01-01 10:00+00 view_item, 2026-01-01 10:00+00 purchase, 2026-01-01 10:00+00 purchase =7, 2026-01-01 10:00+00 purchase]', horizon => '0');
SELECT count(*) AS none FROM mo('[]');
SELECT count(*) AS none FROM mo(NULL);
SELECT count(*) AS none FROM mo('[2026-01-01 00:00+00 quiz_finished]');
SELECT count(*) AS none FROM mo('[2026-01-01 10:00+00 purchase]', as_of => '2026-01-01 09:59:59.999999+00');
SELECT count(*) AS none FROM moments('[2026-01-01 00:00+00 purchase]', NULL, stage_model('five_stage'), stage_model('actions'));
SELECT count(*) AS none FROM moments('[2026-01-01 00:00+00 purchase]', stage_model('moments_five'), stage_model('five_stage'), NULL);
SELECT count(*) AS defaults FROM moments('[2026-01-01 00:00+00 purchase]', stage_model('moments_five'), NULL, stage_model('actions'), NULL, NULL, NULL);

-- refused
SELECT * FROM mo('[2026-01-01 00:00+00 purchase]', horizon => '1 month');
SELECT * FROM mo('[2026-01-01 00:00+00 purchase]', horizon => '-1 day');
SELECT * FROM mo('[2026-01-01 00:00+00 purchase]', delivery_within => '1 year');
SELECT * FROM mo('[]', delivery_within => '-1 s');
SELECT * FROM mo('[2026-01-01 00:00+00 purchase]', as_of => 'infinity');
SELECT * FROM mo(NULL, as_of => '-infinity');
SELECT * FROM mo('[2026-01-01 00:00+00 purchase =1e308, 2026-01-02 00:00+00 purchase =1e308]');
SELECT count(*) AS apart FROM mo('[2026-01-01 00:00+00 purchase =1e308, 2026-06-02 00:00+00 purchase =1e308]');
SELECT * FROM moments('[2026-01-01 00:00+00 purchase]', 'moments_fivee', NULL, stage_model('actions'));

--
-- against plain SQL over staged_touchpoints: random names of all taxonomies, mostly of what decides; ties, visits and spans of exactly the limit
--
\set seed 0.5117
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE mo_names AS SELECT row_number() OVER (ORDER BY event) AS i, event FROM (SELECT DISTINCT event FROM taxonomy_events(NULL)) e;
CREATE TABLE mo_likely AS SELECT (row_number() OVER ())::int AS i, e AS event FROM unnest(ARRAY['purchase', 'purchase', 'purchase', 'Order Completed', 'refund', 'Order Cancelled', 'order_delivered', 'order_shipped', 'order_tracking_viewed', 'session_start', 'page_view', 'search', 'view_item', 'review_submitted', 'survey_answered/nps',
	'survey_answered/csat', 'survey_answered/ces_delivery', 'survey_answered/csat_support', 'support_ticket_opened', 'social_follow', 'share', 'referral_link_shared', 'join_group', 'Email Opened', 'user_engagement', 'quiz_finished', 'order_returned', 'Order Updated/promised']) e;
CREATE TABLE mo_journeys AS
WITH drawn AS (
	SELECT c, i, (ARRAY['0', '30 min', '30 min 1 s', '12 h', '1 day', '3 days', '5 min', '5 min']::interval[])[1 + floor(random() * 8)::int] AS pause, random() < 0.35 AS any_name, 1 + floor(random() * (SELECT count(*) FROM mo_names))::int AS name,
		1 + floor(random() * CASE WHEN c % 4 = 0 THEN 7 ELSE 28 END)::int AS likely, (ARRAY[NULL, 'email', 'ads'])[1 + floor(random() * 3)::int] AS channel, CASE WHEN random() < 0.8 THEN floor(random() * 12) / 2 END AS value
	FROM generate_series(1, 100) c, generate_series(1, 30) i
), timed AS (
	SELECT d.*, '2026-03-20 00:00+00'::timestamptz + sum(pause) OVER (PARTITION BY c ORDER BY d.i) AS at FROM drawn d
)
SELECT c, journey_agg(at, CASE WHEN any_name THEN n.event ELSE l.event END, channel, value, t.i) AS j FROM timed t JOIN mo_names n ON n.i = t.name JOIN mo_likely l ON l.i = t.likely GROUP BY c;
CREATE TABLE mo_models AS
SELECT k, m.name, m.settings, flat(stage_model(m.name, NULL, m.settings)) AS moments, flat(stage_model('five_stage')) AS model, flat(stage_model('actions')) AS actions, m.timeout
FROM (VALUES (1, 'moments_five', '{}'::jsonb, interval '30 min'), (2, 'moments_four', '{}', '30 min'), (3, 'moments_five', '{"delivery": "logged", "solis_umot": "on", "session_timeout": "2 h", "strict_umot": "off"}', '2 h'), (4, 'moments_four', '{"repeat_policy": "cycle"}', '30 min')) AS m(k, name, settings, timeout);
CREATE TABLE mo_asked AS
SELECT c, k, a.a, CASE a.a WHEN 2 THEN (nth(j, 15)).at WHEN 3 THEN last_at(j) + '20 days' END AS as_of, CASE a.a WHEN 1 THEN interval '3 days' WHEN 2 THEN '12 h' ELSE '8 days' END AS horizon, CASE a.a WHEN 2 THEN interval '1 day' ELSE '3 days' END AS delivery_within
FROM mo_journeys, mo_models, generate_series(1, 3) AS a(a) WHERE (c + k + a) % 2 = 0;
CREATE TABLE mo_got AS
SELECT q.c, q.k, q.a, m.* FROM mo_asked q JOIN mo_journeys USING (c) JOIN mo_models USING (k), moments(j, moments, model, actions, as_of, horizon, delivery_within) m;

CREATE TABLE mo_touch AS
SELECT c, k, t.n, t.at, t.event, t.channel, t.value, t.stage AS moment, t.visit_no, s.stage, a.stage AS action, a.purchase_no AS net,
	coalesce(d.offsite, false) AS offsite, coalesce(d.role = 'ignore', false) AS ignored
FROM mo_journeys CROSS JOIN mo_models, staged_touchpoints(j, moments) t JOIN staged_touchpoints(j, model) s USING (n) JOIN staged_touchpoints(j, actions) a USING (n)
	LEFT JOIN LATERAL (SELECT x.offsite, x.role FROM taxonomy_events(NULL) e JOIN actions x ON x.action = e.action WHERE e.event IN (t.event, split_part(t.event, '/', 1)) ORDER BY e.event <> t.event LIMIT 1) d ON true;
CREATE INDEX ON mo_touch (c, k, n);
ANALYZE mo_touch;
-- what becomes of each purchase, one touchpoint after the other
CREATE FUNCTION mo_fates(c_ int, k_ int, OUT n int, OUT delivered_n int, OUT taken_n int) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	t record;
	bought int[] := '{}';
	delivered int[] := '{}';
	taken int[] := '{}';
	i int;
BEGIN
	FOR t IN SELECT * FROM mo_touch x WHERE x.c = c_ AND x.k = k_ AND x.action IN ('purchase', 'order_deliver', 'refund', 'order_cancel') ORDER BY x.n LOOP
		IF t.action = 'purchase' THEN
			bought := bought || t.n; delivered := delivered || NULL::int; taken := taken || NULL::int;
		ELSIF t.action = 'order_deliver' THEN
			FOR i IN 1 .. cardinality(bought) LOOP
				IF delivered[i] IS NULL AND taken[i] IS NULL THEN delivered[i] := t.n; EXIT; END IF;
			END LOOP;
		ELSE
			FOR i IN REVERSE cardinality(bought) .. 1 LOOP
				IF taken[i] IS NULL THEN taken[i] := t.n; EXIT; END IF;
			END LOOP;
		END IF;
	END LOOP;
	RETURN QUERY SELECT * FROM unnest(bought, delivered, taken);
END $$;
CREATE TABLE mo_orders AS SELECT c, k, f.* FROM (SELECT DISTINCT c, k FROM mo_touch) t, mo_fates(c, k) f;
CREATE INDEX ON mo_orders (c, k, n);
ANALYZE mo_orders;
-- the net number of purchases that the models count agrees with it
SELECT count(*) AS purchases, count(*) FILTER (WHERE t.net <> (SELECT count(*) FROM mo_orders p WHERE p.c = o.c AND p.k = o.k AND p.n <= o.n AND (p.taken_n IS NULL OR p.taken_n > o.n))) AS differences FROM mo_orders o JOIN mo_touch t USING (c, k, n);

CREATE TABLE mo_seen AS
SELECT q.a, coalesce(q.as_of, (SELECT max(x.at) FROM mo_touch x WHERE x.c = q.c AND x.k = q.k)) AS upto, q.horizon, q.delivery_within, m.name, m.timeout, t.*,
		CASE WHEN t.action = 'survey_answer/nps' AND t.value IN (0, 1, 2, 3, 4, 5, 6) OR t.action LIKE 'survey\_answer/csat%' AND t.value IN (1, 2, 3) OR t.action LIKE 'survey\_answer/ces%' AND t.value IN (1, 2, 3) OR t.action = 'review_write' AND t.value BETWEEN 1 AND 3 OR t.action = 'refund' THEN false
			WHEN t.action = 'survey_answer/nps' AND t.value IN (9, 10) OR t.action LIKE 'survey\_answer/csat%' AND t.value IN (4, 5) OR t.action LIKE 'survey\_answer/ces%' AND t.value IN (5, 6, 7) OR t.action = 'review_write' AND t.value BETWEEN 4 AND 5 THEN true END AS opinion,
		(m.k = 3 OR EXISTS (SELECT FROM mo_touch x WHERE x.c = t.c AND x.k = t.k AND x.action = 'order_deliver')) AS logged,
		NOT t.offsite AND NOT t.ignored AND coalesce(t.action, '') NOT IN ('session_start', 'ad_click', 'deep_link_open') AS deed
	FROM mo_asked q JOIN mo_models m USING (k) JOIN mo_touch t USING (c, k) WHERE q.as_of IS NULL OR t.at <= q.as_of;
CREATE INDEX ON mo_seen (c, k, a, n);
ANALYZE mo_seen;
CREATE TABLE mo_opened AS
WITH phased AS (
	SELECT s.*, CASE WHEN s.moment = 'smot' THEN CASE WHEN s.action = 'purchase' THEN 'purchase' ELSE 'experience' END
		WHEN s.moment = 'tmot' AND s.name = 'moments_five' THEN CASE WHEN s.action IN ('order_ship', 'order_track', 'order_update', 'order_update/promised')
			OR s.logged AND (SELECT x.action FROM mo_touch x WHERE x.c = s.c AND x.k = s.k AND x.n <= s.n AND x.action IN ('purchase', 'refund', 'order_cancel', 'order_deliver') ORDER BY x.n DESC LIMIT 1) = 'purchase' THEN 'wait' ELSE 'service' END END AS phase
	FROM mo_seen s WHERE s.moment IS NOT NULL
), marked AS (
	SELECT p.*, (p.moment, coalesce(p.phase, ''), p.visit_no) IS DISTINCT FROM lag((p.moment, coalesce(p.phase, ''), p.visit_no)) OVER w AS begins FROM phased p WINDOW w AS (PARTITION BY p.c, p.k, p.a ORDER BY p.n)
), numbered AS (
	SELECT m.*, count(*) FILTER (WHERE m.begins) OVER (PARTITION BY m.c, m.k, m.a ORDER BY m.n) AS moment_no FROM marked m
)
SELECT o.*, l.last_n, l.ended_at, l.touchpoints, count(*) OVER (PARTITION BY o.c, o.k, o.a, o.moment ORDER BY o.n) AS occurrence, o.at - lag(o.at) OVER (PARTITION BY o.c, o.k, o.a ORDER BY o.n) AS since, o.upto >= o.at + o.horizon AS over
	FROM numbered o JOIN (SELECT c, k, a, moment_no, max(n) AS last_n, max(at) AS ended_at, count(*) AS touchpoints FROM numbered GROUP BY c, k, a, moment_no) l USING (c, k, a, moment_no) WHERE o.begins;
CREATE INDEX ON mo_opened (c, k, a, n);
ANALYZE mo_opened;
CREATE TABLE mo_want AS
WITH answered AS (
	SELECT o.*, f.stage AS from_stage, d.n AS decided_n, d.at AS decided_at, d.action AS decided_action, d.net AS decided_net, y.at AS stay_at, v.bounced, v.last_at AS visit_at, p.value AS bought_value, p.n AS bought, e.n AS engaged, g.opinion AS satisfied, g.n AS said_n, w.bought_n, r.n AS other, w.delivered_at, w.taken_at, w.bought_at
	FROM mo_opened o
		LEFT JOIN LATERAL (SELECT x.stage FROM mo_touch x WHERE x.c = o.c AND x.k = o.k AND x.n < o.n AND x.stage IS NOT NULL ORDER BY x.n DESC LIMIT 1) f ON true
		LEFT JOIN LATERAL (SELECT x.* FROM mo_touch x WHERE x.c = o.c AND x.k = o.k AND x.n >= o.n AND x.at <= least(o.upto, o.at + o.horizon) AND (x.action IN ('review_write', 'refund') OR x.action = 'purchase' AND x.n > o.n) ORDER BY x.n LIMIT 1) d ON true
		LEFT JOIN LATERAL (SELECT min(x.at) AS at FROM mo_touch x WHERE x.c = o.c AND x.k = o.k AND x.n > o.last_n AND x.at <= least(o.upto, o.at + o.horizon) AND NOT x.offsite AND NOT x.ignored) y ON true
		LEFT JOIN LATERAL (SELECT CASE WHEN NOT o.offsite THEN count(*) FILTER (WHERE x.deed) <= 1 AND count(*) FILTER (WHERE x.deed AND x.action = 'purchase') = 0 END AS bounced, max(x.at) AS last_at FROM mo_seen x WHERE x.c = o.c AND x.k = o.k AND x.a = o.a AND x.visit_no = o.visit_no AND NOT x.offsite) v ON true
		LEFT JOIN LATERAL (SELECT sum(x.value) AS value, min(x.n) AS n FROM mo_touch x WHERE x.c = o.c AND x.k = o.k AND x.n >= o.n AND x.at <= least(o.upto, o.at + o.horizon) AND x.action = 'purchase') p ON true
		LEFT JOIN LATERAL (SELECT min(x.n) AS n FROM mo_touch x WHERE x.c = o.c AND x.k = o.k AND x.n > o.n AND x.at <= least(o.upto, o.at + o.horizon) AND x.action IN ('purchase', 'refer', 'share', 'community')) e ON true
		LEFT JOIN LATERAL (SELECT x.opinion, x.n FROM mo_seen x WHERE x.c = o.c AND x.k = o.k AND x.a = o.a AND x.n >= o.n AND x.at <= o.at + o.horizon AND x.opinion IS NOT NULL
			AND NOT EXISTS (SELECT FROM mo_touch z WHERE z.c = o.c AND z.k = o.k AND z.n > o.n AND z.n < x.n AND z.action = 'purchase') ORDER BY x.n LIMIT 1) g ON true
		LEFT JOIN LATERAL (SELECT min(x.n) AS n FROM mo_opened x WHERE x.c = o.c AND x.k = o.k AND x.a = o.a AND x.n > o.n AND x.at <= o.at + o.horizon AND x.moment <> o.moment) r ON true
		LEFT JOIN LATERAL (SELECT x.n AS bought_n, b.at AS bought_at, dv.at AS delivered_at, tk.at AS taken_at FROM mo_orders x JOIN mo_touch b USING (c, k, n)
				LEFT JOIN mo_touch dv ON dv.c = x.c AND dv.k = x.k AND dv.n = x.delivered_n AND dv.at <= o.upto LEFT JOIN mo_touch tk ON tk.c = x.c AND tk.k = x.k AND tk.n = x.taken_n AND tk.at <= o.upto
			WHERE x.c = o.c AND x.k = o.k AND x.n <= o.n ORDER BY x.taken_n IS NULL OR x.taken_n > o.n DESC, x.n DESC LIMIT 1) w ON true
)
SELECT c, k, a, moment_no, moment, occurrence, phase, at, ended_at, touchpoints, n, event, channel, from_stage, stage, extract(epoch FROM since)::float8 AS since,
	CASE WHEN decided_n IS NOT NULL THEN CASE decided_action WHEN 'review_write' THEN 'review' WHEN 'refund' THEN 'return' ELSE CASE WHEN decided_net = 1 THEN 'purchase' ELSE 'repurchase' END END WHEN over THEN CASE WHEN stay_at IS NULL THEN 'leave' ELSE 'stay' END END AS outcome,
	coalesce(decided_at, CASE WHEN over THEN stay_at END) AS outcome_at, satisfied, bounced, bought_value AS value, x.metric,
	CASE WHEN x.metric IN ('satisfaction', 'service') THEN satisfied
		WHEN x.metric = 'bounce' THEN CASE WHEN NOT bounced THEN true WHEN bounced AND upto >= visit_at + timeout THEN false END
		WHEN x.metric = 'delivery gap' THEN CASE WHEN delivered_at <= bought_at + delivery_within AND satisfied IS DISTINCT FROM false THEN true WHEN delivered_at IS NOT NULL OR taken_at IS NOT NULL OR logged AND upto >= bought_at + delivery_within THEN false END
		ELSE CASE WHEN CASE x.metric WHEN 'visit' THEN other WHEN 'engagement' THEN engaged ELSE bought END IS NOT NULL THEN true WHEN over THEN false END END AS succeeded,
	CASE x.metric WHEN 'bounce' THEN bounced IS NOT NULL AND upto >= visit_at + timeout WHEN 'delivery gap' THEN coalesce(upto >= bought_at + delivery_within, false) WHEN 'satisfaction' THEN over OR satisfied IS NOT NULL WHEN 'service' THEN over OR satisfied IS NOT NULL ELSE over END AS complete,
	y.subject IS NULL OR row_number() OVER (PARTITION BY c, k, a, x.metric, phase, y.subject ORDER BY n) = 1 AS counted
FROM answered, LATERAL (SELECT CASE WHEN moment = 'zmot' THEN 'visit' WHEN moment = 'fmot' THEN CASE name WHEN 'moments_five' THEN 'bounce' ELSE 'purchase' END WHEN moment = 'smot' THEN 'satisfaction'
	WHEN moment = 'tmot' THEN CASE WHEN name = 'moments_four' THEN 'engagement' WHEN phase = 'wait' THEN 'delivery gap' ELSE 'service' END ELSE 'repeat' END AS metric) x,
	LATERAL (SELECT CASE WHEN x.metric = 'bounce' AND bounced IS NOT NULL THEN visit_no WHEN x.metric = 'delivery gap' THEN bought_n WHEN x.metric IN ('satisfaction', 'service') THEN said_n END AS subject) y;
SELECT count(*) > 9000 AS many, count(*) FILTER (WHERE g IS NULL OR w IS NULL OR
	(g.moment, g.occurrence, g.phase, g.at, g.ended_at, g.touchpoints, g.n, g.event, g.channel, g.from_stage, g.stage, g.since_previous_seconds, g.outcome, g.outcome_at, g.satisfied, g.bounced, g.value, g.metric, g.succeeded, g.complete, g.counted)
	IS DISTINCT FROM (w.moment, w.occurrence::int, w.phase, w.at, w.ended_at, w.touchpoints::int, w.n, w.event, w.channel, w.from_stage, w.stage, w.since, w.outcome, w.outcome_at, w.satisfied, w.bounced, w.value, w.metric, w.succeeded, w.complete, w.counted)) AS differences
FROM mo_got g FULL JOIN mo_want w USING (c, k, a, moment_no);
-- that all kinds were met
SELECT metric, count(*) FILTER (WHERE succeeded) > 10 AS yes, count(*) FILTER (WHERE NOT succeeded) > 10 AS no, count(*) FILTER (WHERE succeeded IS NULL) > 10 AS undecided, count(*) FILTER (WHERE succeeded AND NOT complete) > 0 AS early FROM mo_got GROUP BY metric ORDER BY metric;
SELECT outcome, count(*) > 100 AS many FROM mo_got GROUP BY outcome ORDER BY outcome;

-- options that are variables of PL/pgSQL change from call to call
DO $$
DECLARE
	h interval;
	said text := '';
BEGIN
	FOREACH h IN ARRAY '{0,1 day,90 days}'::interval[] LOOP
		said := said || (SELECT count(*) > 0 AND bool_and(m.succeeded = (h >= '1 day')) FROM mo_models, moments('[2026-01-01 10:00+00 search, 2026-01-02 10:00+00 page_view]', moments, model, actions, '2026-12-01', h) m WHERE k = 1 AND m.metric = 'visit')::text || ' ';
	END LOOP;
	RAISE WARNING '%', said;
END $$;
DROP FUNCTION mo_fates(int, int);
DROP TABLE mo_names, mo_likely, mo_journeys, mo_models, mo_asked, mo_got, mo_touch, mo_orders, mo_seen, mo_opened, mo_want;

--
-- the views of a source
--
CREATE TABLE mo_events AS SELECT * FROM sample_shop(250, 200, 7);
SELECT * FROM create_source('mo_shop', source => 'mo_events', customer => 'customer_id', at => 'occurred_at', event => 'event', channel => 'channel', value => 'value', order_id => 'order_id', timezone => 'Europe/Berlin');
-- rows are those of the function
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE v IS NULL OR f IS NULL OR v.at_date <> (f.at AT TIME ZONE 'Europe/Berlin')::date OR v.ended_date <> (f.ended_at AT TIME ZONE 'Europe/Berlin')::date OR v.outcome_date IS DISTINCT FROM (f.outcome_at AT TIME ZONE 'Europe/Berlin')::date
	OR (v.moment, v.occurrence, v.phase, v.at, v.ended_at, v.touchpoints, v.n, v.event, v.channel, v.from_stage, v.stage, v.since_previous_seconds, v.outcome, v.outcome_at, v.satisfied, v.bounced, v.value, v.metric, v.succeeded, v.complete, v.counted)
	IS DISTINCT FROM (f.moment, f.occurrence, f.phase, f.at, f.ended_at, f.touchpoints, f.n, f.event, f.channel, f.from_stage, f.stage, f.since_previous_seconds, f.outcome, f.outcome_at, f.satisfied, f.bounced, f.value, f.metric, f.succeeded, f.complete, f.counted)) AS differences
FROM mo_shop.moments v FULL JOIN (SELECT j.customer, m.* FROM mo_shop.store j, mo_shop.source s, moments(j.journey, s.moments, s.model, s.actions, s.last_at) m) f USING (customer, moment_no);
-- the scorecard against plain SQL over the rows, and over the touchpoints for who came back
CREATE TABLE mo_decided AS
SELECT to_char(at AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-01')::date AS month, moment, phase, metric, customer, at, moment_no, CASE WHEN complete AND counted THEN succeeded END AS result, NOT complete AND counted AND succeeded IS TRUE AS early, counted, satisfied, outcome, since_previous_seconds AS since,
	coalesce(value, 0)::numeric AS value, at + '2160 h' <= (SELECT last_at FROM mo_shop.source) AS ripe FROM mo_shop.moments
UNION ALL
SELECT to_char(at AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-01')::date, 'umot', 'return', 'repeat rate', customer, at, n, CASE WHEN at + '2160 h' <= (SELECT last_at FROM mo_shop.source) THEN again END, again AND at + '2160 h' > (SELECT last_at FROM mo_shop.source), true, NULL, NULL, NULL, next, true
FROM (SELECT t.customer, t.at, t.n, b.at IS NOT NULL AS again, coalesce(b.value, 0)::numeric AS next FROM mo_shop.touchpoints t
	LEFT JOIN LATERAL (SELECT x.at, x.value FROM mo_shop.touchpoints x WHERE x.customer = t.customer AND x.event = 'purchase' AND x.n > t.n AND x.at <= t.at + '2160 h' ORDER BY x.n LIMIT 1) b ON true WHERE t.event = 'purchase') p;
WITH counts AS (
	SELECT month, moment, phase, metric, count(*) AS reached, count(DISTINCT customer) AS customers, count(*) FILTER (WHERE result) AS succeeded, count(*) FILTER (WHERE NOT result) AS failed, count(*) FILTER (WHERE early) AS early, count(*) FILTER (WHERE counted) AS counted,
		count(*) FILTER (WHERE satisfied) AS satisfied, count(*) FILTER (WHERE NOT satisfied) AS dissatisfied, count(since) AS since_count, percentile_cont(0.5) WITHIN GROUP (ORDER BY since) AS since,
		ARRAY[count(*) FILTER (WHERE outcome = 'purchase'), count(*) FILTER (WHERE outcome = 'repurchase'), count(*) FILTER (WHERE outcome = 'review'), count(*) FILTER (WHERE outcome = 'return'), count(*) FILTER (WHERE outcome = 'stay'), count(*) FILTER (WHERE outcome = 'leave'), count(*) FILTER (WHERE outcome IS NULL)] AS outcomes
	FROM mo_decided GROUP BY month, moment, phase, metric
), person AS (
	SELECT DISTINCT ON (month, moment, phase, customer) month, moment, phase, ripe, value,
		EXISTS (SELECT FROM mo_decided x WHERE x.result AND (x.month, x.moment, x.customer) = (d.month, d.moment, d.customer) AND x.phase IS NOT DISTINCT FROM d.phase) AS good
	FROM mo_decided d WHERE result IS NOT NULL ORDER BY month, moment, phase, customer, moment_no
), want AS (
	SELECT w.*, p.* FROM counts w LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE good) AS winners, count(*) FILTER (WHERE NOT good) AS losers, count(*) FILTER (WHERE good AND ripe) AS good, count(*) FILTER (WHERE NOT good AND ripe) AS bad,
		sum(value) FILTER (WHERE good AND ripe) AS good_value, sum(value) FILTER (WHERE NOT good AND ripe) AS bad_value
		FROM person x WHERE (x.month, x.moment) = (w.month, w.moment) AND x.phase IS NOT DISTINCT FROM w.phase) p ON true
)
SELECT count(*) > 40 AS many, count(*) FILTER (WHERE s IS NULL OR w IS NULL OR (s.reached, s.customers, s.counted, s.succeeded, s.failed, s.undecided, s.succeeded_early, s.stage_no) IS DISTINCT FROM (w.reached, w.customers, w.counted, w.succeeded, w.failed, w.counted - w.succeeded - w.failed, w.early, position(s.moment IN 'zmot fmot smot tmot umot') / 5 + 1)
		OR (s.satisfied, s.dissatisfied, s.since_previous_count, s.since_previous_median_seconds) IS DISTINCT FROM (w.satisfied, w.dissatisfied, w.since_count, w.since) AND s.phase IS DISTINCT FROM 'return'
		OR ARRAY[s.outcome_purchase, s.outcome_repurchase, s.outcome_review, s.outcome_return, s.outcome_stay, s.outcome_leave, s.outcome_none_yet] IS DISTINCT FROM CASE WHEN s.phase IS DISTINCT FROM 'return' THEN w.outcomes ELSE array_fill(NULL::bigint, '{7}') END) AS counts_differ,
	count(*) FILTER (WHERE (s.success_rate, s.success_rate_lower, s.success_rate_upper) IS DISTINCT FROM (s.succeeded::float8 / nullif(s.succeeded + s.failed, 0), (wilson_interval(w.succeeded, w.succeeded + w.failed)).lower, (wilson_interval(w.succeeded, w.succeeded + w.failed)).upper)) AS rates_differ,
	count(*) FILTER (WHERE (s.succeeded_customers, s.failed_customers, s.succeeded_value_count, s.failed_value_count) IS DISTINCT FROM (w.winners, w.losers, w.good, w.bad) OR (s.succeeded_value_mean, s.failed_value_mean) IS DISTINCT FROM (round(w.good_value / nullif(w.good, 0), 6)::float8, round(w.bad_value / nullif(w.bad, 0), 6)::float8)) AS values_differ,
	count(*) FILTER (WHERE s.value_at_stake IS DISTINCT FROM CASE WHEN w.winners = 0 THEN NULL WHEN w.losers = 0 THEN 0 WHEN w.good = w.winners AND w.bad = w.losers THEN round(greatest(0, w.losers * (w.good_value / w.good - w.bad_value / w.bad)), 6)::float8 END) AS stakes_differ,
	count(s.value_at_stake) > 10 AS stakes, count(*) FILTER (WHERE s.success_rate IS NULL) > 0 AS open_months
FROM mo_shop.moment_scorecard s FULL JOIN want w ON s.month = w.month AND s.moment = w.moment AND s.phase IS NOT DISTINCT FROM w.phase;
-- the orders in which moments were first reached, by arrays
WITH first_reached AS (
	SELECT customer, array_agg(moment ORDER BY no) AS o FROM (SELECT customer, moment, min(moment_no) AS no FROM mo_shop.moments GROUP BY customer, moment) f GROUP BY customer
), walked AS (
	SELECT customer, array_agg(moment ORDER BY moment_no) AS w, array_agg(at ORDER BY moment_no) AS at FROM mo_shop.moments GROUP BY customer
), told AS (
	SELECT array_to_string(o, ' > ') AS moment_order, cardinality(o) AS moments, o = ARRAY(SELECT x FROM unnest(o) x ORDER BY strpos('zfstu', left(x, 1))) AS canonical, (SELECT max(strpos('zfstu', left(x, 1))) FROM unnest(o) x) - cardinality(o) AS skipped,
		(SELECT count(*) FROM generate_series(2, cardinality(w)) i WHERE w[i] <> w[i - 1] AND w[i] = ANY (w[:i - 1])) AS revisits, (SELECT count(*) FROM generate_series(2, cardinality(w)) i WHERE strpos('zfstu', left(w[i], 1)) < strpos('zfstu', left(w[i - 1], 1))) AS back,
		extract(epoch FROM at[array_position(w, o[cardinality(o)])] - at[1])::float8 AS seconds
	FROM first_reached JOIN walked USING (customer)
), want AS (
	SELECT moment_order, moments, canonical, skipped, count(*) AS customers, count(*) FILTER (WHERE revisits > 0) AS revisiting, sum(revisits) AS revisits, sum(back) AS back, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS seconds FROM told GROUP BY moment_order, moments, canonical, skipped
)
SELECT count(*) > 5 AS many, count(*) FILTER (WHERE v IS NULL OR w IS NULL OR (v.moments, v.canonical, v.skipped, v.customers, v.all_customers, v.revisiting, v.revisits, v.steps_back, v.median_seconds)
	IS DISTINCT FROM (w.moments::bigint, w.canonical, w.skipped::bigint, w.customers, 250::bigint, w.revisiting, w.revisits::bigint, w.back::bigint, w.seconds) OR (v.customers_rate, v.revisiting_rate) IS DISTINCT FROM (v.customers / 250::float8, v.revisiting::float8 / v.customers)) AS differences,
	array_agg(v.rank ORDER BY v.customers DESC, v.moment_order COLLATE "C") = ARRAY(SELECT generate_series(1, count(*)) FROM want) AS ranked, bool_or(NOT v.canonical) AND bool_or(v.canonical) AS both
FROM mo_shop.moment_orders v FULL JOIN want w USING (moment_order);
SELECT sum(customers) FILTER (WHERE NOT canonical) AS other_orders, sum(customers) AS customers, round(sum(customers) FILTER (WHERE NOT canonical) / sum(customers), 3) AS rate, sum(customers) FILTER (WHERE skipped > 0) AS skipping, sum(revisiting) AS revisiting, sum(steps_back) AS steps_back FROM mo_shop.moment_orders;
-- columns of plain types, each with a comment
SELECT c.relname, count(*) AS columns, count(*) FILTER (WHERE a.atttypid NOT IN ('text'::regtype, 'bigint'::regtype, 'integer'::regtype, 'double precision'::regtype, 'boolean'::regtype, 'date'::regtype, 'timestamptz'::regtype)) AS odd, count(*) FILTER (WHERE col_description(c.oid, a.attnum) IS NULL) AS uncommented, obj_description(c.oid) IS NOT NULL AS about
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.oid IN ('mo_shop.moments'::regclass, 'mo_shop.moment_scorecard'::regclass, 'mo_shop.moment_orders'::regclass) GROUP BY c.oid, c.relname ORDER BY c.relname;
-- four moments have no return; without a column of values there are none
SELECT * FROM drop_source('mo_shop', true);
SELECT * FROM create_source('mo_shop', source => 'mo_events', customer => 'customer_id', at => 'occurred_at', event => 'event', moments => 'moments_four', timezone => 'UTC');
SELECT moment, phase, metric, sum(reached) > 0 AS reached, count(value_at_stake) + count(succeeded_value_mean) + count(succeeded_value_count) AS vals FROM mo_shop.moment_scorecard GROUP BY moment, phase, metric ORDER BY min(stage_no), phase;
SELECT count(*) > 0 AS orders, bool_and(moments <= 4) AS four FROM mo_shop.moment_orders;
-- a source without rows
DELETE FROM mo_events;
SELECT * FROM rebuild('mo_shop');
SELECT (SELECT count(*) FROM mo_shop.moments) AS moments, (SELECT count(*) FROM mo_shop.moment_scorecard) AS months, (SELECT count(*) FROM mo_shop.moment_orders) AS orders;
SELECT * FROM drop_source('mo_shop', true);
DROP TABLE mo_events, mo_decided;
DROP FUNCTION mo(journey, text, timestamptz, interval, interval, jsonb);
