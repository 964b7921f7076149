-- mapped_touchpoints, and the views journey_map, moment_candidates, journey_drift of a source.
SET search_path = public, journey;
SET TimeZone = 'Asia/Tokyo';
\set VERBOSITY terse

-- by hand: what came after each touchpoint, as of the first of March
CREATE FUNCTION jm_model() RETURNS stage_model LANGUAGE sql IMMUTABLE AS $$ SELECT 'stages see > want > buy; purchase = purchase; offsite = mail; ignore = ping;
	view -> see; cart -> want; purchase -> buy; survey_answered -> buy;'::stage_model $$;
CREATE FUNCTION jm_actions() RETURNS stage_model LANGUAGE sql STABLE AS $$ SELECT stage_model('actions') $$;
\set hand '\'[2026-01-01 10:00+00 view @ads, 2026-01-01 10:01+00 ping, 2026-01-01 10:05+00 view, 2026-01-01 10:10+00 cart, 2026-01-03 10:00+00 mail @email, 2026-01-05 10:00+00 purchase =50, 2026-01-06 10:00+00 survey_answered/csat =4, 2026-02-20 10:00+00 view]\''
SELECT n, at AT TIME ZONE 'UTC' AS at, event, channel, stage_no AS no, stage, moment, first_here AS first, next_event, next_seconds AS seconds FROM mapped_touchpoints(:hand, jm_model(), jm_actions(), 'moments_five', '2026-03-01 10:00+00');
SELECT n, event, left_site AS left, bought, purchase_value AS value, score, satisfied, answer, enters_stage AS enters, first_in_stay AS in_stay, advanced FROM mapped_touchpoints(:hand, jm_model(), jm_actions(), NULL, '2026-03-01 10:00+00');
-- as of a day after the purchase all is open, what has come true too; what comes later is not there
SELECT n, event, left_site AS left, bought, score, next_event, enters_stage AS enters, first_in_stay AS in_stay, advanced FROM mapped_touchpoints(:hand, jm_model(), jm_actions(), as_of => '2026-01-06 09:00+00');
-- spans include their ends: the purchase comes 4 days less 10 minutes after the cart, the answer a day more
SELECT horizon, score_within, bought, score, advanced FROM (VALUES ('3 days 23:50'::interval, '4 days 23:50'::interval), ('3 days 23:49:59.999999', '4 days 23:49:59.999999')) v(horizon, score_within),
	mapped_touchpoints(:hand, jm_model(), jm_actions(), NULL, '2026-03-01 10:00+00', horizon, score_within) WHERE event = 'cart';
-- the horizon is over at its end, not before
SELECT as_of AT TIME ZONE 'UTC' AS as_of, left_site FROM (VALUES ('2026-03-22 10:00+00'::timestamptz), ('2026-03-22 09:59:59.999999+00')) v(as_of), mapped_touchpoints(:hand, jm_model(), jm_actions(), NULL, as_of) WHERE n = 8;
-- none: without horizon everyone leaves at once, and only the touchpoint itself answers
SELECT n, left_site, bought, score, advanced FROM mapped_touchpoints(:hand, jm_model(), jm_actions(), NULL, '2026-03-01 10:00+00', '0', '0');
-- as_of of the journey is its last touchpoint; the defaults
SELECT count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differences FROM mapped_touchpoints(:hand, jm_model(), jm_actions()) a FULL JOIN mapped_touchpoints(:hand, jm_model(), jm_actions(), NULL, '2026-02-20 10:00+00', NULL, NULL) b USING (n);
-- who was in a later stage before does not enter; nor does anyone where stages have no order, or before a dormant one
SELECT n, event, enters_stage AS enters, first_in_stay AS in_stay, advanced FROM mapped_touchpoints('[2026-01-01 00:00+00 cart, 2026-01-02 00:00+00 view, 2026-01-03 00:00+00 cart, 2026-01-04 00:00+00 purchase, 2026-01-05 00:00+00 cart]', jm_model(), jm_actions(), as_of => '2026-03-01');
SELECT count(*) FILTER (WHERE enters_stage OR first_in_stay OR advanced IS NOT NULL) AS none, count(*) AS touchpoints FROM mapped_touchpoints('[2026-01-01 00:00+00 view, 2026-01-02 00:00+00 cart]', 'stages see, want; view -> see; cart -> want;', jm_actions(), as_of => '2026-03-01');
SELECT n, enters_stage AS enters, advanced FROM mapped_touchpoints('[2026-01-01 00:00+00 view, 2026-01-02 00:00+00 cart]', 'stages see > want > gone; dormant gone after 10 days; view -> see; cart -> want;', jm_actions(), as_of => '2026-03-01');
-- surveys: another scale carried over, a middling answer, off the scale, of unknown kind, none
SELECT j.n, score, satisfied, answer FROM (VALUES (1, '[2026-01-01 00:00+00 view, 2026-01-01 00:01+00 survey_answered/nps =10]'::journey), (2, '[2026-01-01 00:00+00 view, 2026-01-01 00:01+00 survey_answered/nps =7]'), (3, '[2026-01-01 00:00+00 view, 2026-01-01 00:01+00 survey_answered/ces =2]'),
	(4, '[2026-01-01 00:00+00 view, 2026-01-01 00:01+00 survey_answered/nps =11]'), (5, '[2026-01-01 00:00+00 view, 2026-01-01 00:01+00 survey_answered/mood =5]'), (6, '[2026-01-01 00:00+00 view, 2026-01-01 00:01+00 survey_answered/csat]'), (7, '[2026-01-01 00:00+00 view =5]')) j(n, journey),
	mapped_touchpoints(journey, jm_model(), jm_actions(), as_of => '2026-03-01') m WHERE event = 'view' ORDER BY j.n;
-- nothing
SELECT (SELECT count(*) FROM mapped_touchpoints(NULL, jm_model(), jm_actions())) AS no_journey, (SELECT count(*) FROM mapped_touchpoints(:hand, NULL, jm_actions())) AS no_model, (SELECT count(*) FROM mapped_touchpoints(:hand, jm_model(), NULL)) AS no_actions,
	(SELECT count(*) FROM mapped_touchpoints('[]', jm_model(), jm_actions())) AS empty, (SELECT count(*) FROM mapped_touchpoints(:hand, jm_model(), jm_actions(), as_of => '2025-01-01')) AS too_early, (SELECT count(*) FROM mapped_touchpoints('[2026-01-01 00:00 ping]', jm_model(), jm_actions())) AS ignored;

-- refused
SELECT * FROM mapped_touchpoints(NULL, NULL, NULL, as_of => 'infinity');
SELECT * FROM mapped_touchpoints(NULL, NULL, NULL, horizon => '-1 s');
SELECT * FROM mapped_touchpoints(NULL, NULL, NULL, horizon => '1 month');
SELECT * FROM mapped_touchpoints(NULL, NULL, NULL, score_within => '1 year');

-- random journeys against plain SQL over the rows, which looks at all pairs
\set seed 0.3179
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE jm_touched AS
SELECT c AS customer, i AS tiebreak, '2026-01-01 00:00+00'::timestamptz + floor(random() * 1500) * interval '1 h' AS at,
	(ARRAY['view', 'view/big', 'cart', 'purchase', 'mail', 'ping', 'survey_answered/csat', 'review_submitted', 'odd name'])[1 + floor(random() * random() * 9)::int] AS event,
	CASE WHEN random() < 0.7 THEN floor(random() * 7) END AS value
FROM generate_series(1, 120) c, generate_series(1, 25) i;
CREATE TABLE jm_rows AS
SELECT row_number() OVER (PARTITION BY customer ORDER BY at, tiebreak) AS n, customer, at, event, value, event IN ('mail') AS offsite,
	CASE event WHEN 'view' THEN 1 WHEN 'view/big' THEN 1 WHEN 'cart' THEN 2 WHEN 'purchase' THEN 3 WHEN 'survey_answered/csat' THEN 3 END AS stage_no,
	CASE WHEN event = 'survey_answered/csat' AND value BETWEEN 1 AND 5 OR event = 'review_submitted' AND value BETWEEN 1 AND 5 THEN value END AS score
FROM jm_touched WHERE event <> 'ping';
ALTER TABLE jm_rows ADD PRIMARY KEY (customer, n);
CREATE TABLE jm_asked AS SELECT * FROM (VALUES ('2026-03-10'::timestamptz, interval '10 days', interval '3 days'), ('2026-02-15', '30 days', '7 days'), ('2026-02-20', '3 h', '0'), ('2026-02-20', '100 days', '100 days')) v(as_of, horizon, within);
-- the first answer at or after each touchpoint
CREATE TABLE jm_answered AS
SELECT r.customer, r.n, r.event, x.n AS answer, x.at, x.score FROM jm_rows r CROSS JOIN LATERAL (SELECT x.* FROM jm_rows x WHERE x.customer = r.customer AND x.n >= r.n AND x.score IS NOT NULL ORDER BY x.n LIMIT 1) x;
CREATE INDEX ON jm_answered (customer, n);
ANALYZE jm_rows, jm_answered;
CREATE TABLE jm_want AS
WITH r AS (SELECT a.*, r.* FROM jm_asked a JOIN jm_rows r ON r.at <= a.as_of)
SELECT r.as_of, r.horizon, r.customer, row_number() OVER (PARTITION BY r.as_of, r.horizon, r.customer ORDER BY r.n) AS n, r.at, r.event,
	NOT EXISTS (SELECT FROM jm_rows x WHERE x.customer = r.customer AND x.n < r.n AND x.event = r.event) AS first_here,
	CASE WHEN r.at + r.horizon <= r.as_of THEN NOT EXISTS (SELECT FROM jm_rows x WHERE x.customer = r.customer AND x.n > r.n AND NOT x.offsite AND x.at <= r.at + r.horizon) END AS left_site,
	CASE WHEN r.at + r.horizon <= r.as_of THEN p.n IS NOT NULL END AS bought, CASE WHEN r.at + r.horizon <= r.as_of THEN p.value END AS purchase_value,
	s.score,
	e.n = r.n AS enters_stage, coalesce(r.stage_no < 3 AND e.n IS NOT NULL AND r.at <= e.at + r.horizon AND (l.n IS NULL OR r.n < l.n), false) AS in_stay,
	CASE WHEN r.stage_no < 3 AND e.n IS NOT NULL AND r.at <= e.at + r.horizon AND (l.n IS NULL OR r.n < l.n) AND e.at + r.horizon <= r.as_of THEN coalesce(l.at <= e.at + r.horizon, false) END AS advanced
FROM r
	LEFT JOIN LATERAL (SELECT x.* FROM jm_rows x WHERE x.customer = r.customer AND x.n > r.n AND x.event = 'purchase' AND x.at <= r.at + r.horizon AND x.at <= r.as_of ORDER BY x.n LIMIT 1) p ON true
	LEFT JOIN LATERAL (SELECT x.n, x.at FROM jm_rows x WHERE x.customer = r.customer AND x.stage_no > r.stage_no AND x.at <= r.as_of ORDER BY x.n LIMIT 1) l ON true
	LEFT JOIN LATERAL (SELECT x.n, x.at FROM jm_rows x WHERE x.customer = r.customer AND x.stage_no = r.stage_no AND r.stage_no < 3 AND (l.n IS NULL OR x.n < l.n) ORDER BY x.n LIMIT 1) e ON true
	LEFT JOIN LATERAL (SELECT w.score FROM jm_answered w WHERE w.customer = r.customer AND w.n = r.n AND w.at <= r.at + r.within AND w.at <= r.as_of
		AND NOT EXISTS (SELECT FROM jm_answered o WHERE o.customer = w.customer AND o.n > w.n AND o.answer = w.answer AND o.event = w.event)) s ON true;
CREATE TABLE jm_got AS
SELECT a.as_of, a.horizon, j.customer, row_number() OVER (PARTITION BY a.as_of, a.horizon, j.customer ORDER BY m.n) AS row_no, m.*
FROM jm_asked a, (SELECT customer, journey_agg(at, event, NULL, value, tiebreak) AS j FROM jm_touched GROUP BY customer) j, mapped_touchpoints(j.j, jm_model(), jm_actions(), NULL, a.as_of, a.horizon, a.within) m;
SELECT count(*) > 8000 AS many, count(*) FILTER (WHERE g.n IS NULL OR w.n IS NULL OR (g.at, g.event, g.first_here, g.left_site, g.bought, g.purchase_value, g.score, g.enters_stage, g.advanced)
	IS DISTINCT FROM (w.at, w.event, w.first_here, w.left_site, w.bought, w.purchase_value, w.score, coalesce(w.enters_stage, false), w.advanced)) AS differences,
	count(*) FILTER (WHERE w.left_site) > 500 AS left, count(*) FILTER (WHERE w.bought) > 1000 AS bought, count(*) FILTER (WHERE w.score IS NOT NULL) > 500 AS answers, count(*) FILTER (WHERE w.advanced) > 100 AS advanced, count(*) FILTER (WHERE NOT w.advanced) > 50 AS stayed
FROM jm_got g FULL JOIN jm_want w ON w.as_of = g.as_of AND w.horizon = g.horizon AND w.customer = g.customer AND w.n = g.row_no;
SELECT count(*) AS firsts, count(*) FILTER (WHERE g.first_in_stay IS DISTINCT FROM f.is_first) AS differences FROM jm_got g
	JOIN (SELECT as_of, horizon, customer, n, in_stay AND row_number() OVER (PARTITION BY as_of, horizon, customer, event, in_stay ORDER BY n) = 1 AS is_first FROM jm_want) f ON f.as_of = g.as_of AND f.horizon = g.horizon AND f.customer = g.customer AND f.n = g.row_no;

-- a source by hand, last seen on March 15: touchpoints after February 13 are undecided
CREATE TABLE jm_events (customer text, at timestamptz, event text, channel text, value float8);
INSERT INTO jm_events VALUES
	('א', '2026-01-05 10:00+00', 'view_item', 'ads', NULL), ('א', '2026-01-05 10:02+00', 'add_to_cart', NULL, NULL), ('א', '2026-01-05 10:05+00', 'purchase', NULL, 40), ('א', '2026-01-08 10:05+00', 'survey_answered/csat', NULL, 5),
	('ב', '2026-01-06 10:00+00', 'view_item', 'ads', NULL), ('ב', '2026-01-06 10:01+00', 'add_to_cart', NULL, NULL), ('ב', '2026-01-06 10:02+00', 'remove_from_cart', NULL, NULL),
	('ג', '2026-01-07 10:00+00', 'view_item', 'بريد', NULL), ('ג', '2026-02-20 10:00+00', 'view_item', NULL, NULL), ('ג', '2026-02-20 10:01+00', 'add_to_cart', NULL, NULL), ('ג', '2026-02-20 10:02+00', 'purchase', NULL, 60), ('ג', '2026-02-21 10:02+00', 'survey_answered/csat', NULL, 1),
	('ד', '2026-01-10 10:00+00', 'سؤال/عن المنتج', 'بريد', NULL),
	('ה', '2026-03-15 10:00+00', 'view_item', NULL, NULL),
	('ו', '2026-01-10 10:00+00', 'view_item', NULL, NULL), ('ו', '2026-01-10 10:01+00', 'user_engagement', NULL, NULL), ('ו', '2026-01-11 10:00+00', 'view_item', NULL, NULL);
SELECT * FROM create_source('jm_shop', 'jm_events', 'customer', 'at', 'event', channel => 'channel', value => 'value', timezone => 'Europe/Berlin');
SELECT stage_no AS no, stage, touchpoint, moment, moment_touches AS mt, is_moment AS mot, channel, channel_touches AS ct, customers, all_customers AS of, round(coverage_rate::numeric, 4) AS coverage, touches, followed, next_touchpoint, next_touches AS nt, round(next_rate::numeric, 2) AS rate, to_next_median_seconds AS median FROM jm_shop.journey_map;
SELECT touchpoint, decided, dropped, round(drop_off_rate::numeric, 4) AS drop_off, bought, round(bought_rate::numeric, 4) AS rate, satisfaction_n AS n, satisfaction_mean AS mean, emotion, satisfied AS s, dissatisfied AS d, negative_touches AS neg, negative_rate AS rate, pain_point AS pain, pain_cause, round(value_each::numeric, 4) AS each, round(opportunity_value::numeric, 4) AS value, opportunity_rank AS rank FROM jm_shop.journey_map;
SELECT rank, stage, touchpoint, moment, candidate, stage_customers AS of, undecided, customers, coverage_rate, advanced, advanced_rate AS rate, others, others_advanced AS oa, others_advanced_rate AS o_rate, difference AS diff, round(difference_lower::numeric, 4) AS lower, round(difference_upper::numeric, 4) AS upper, lift, p FROM jm_shop.moment_candidates;
SELECT month, complete, stage, touchpoint, active_customers AS active, customers, round(coverage_rate::numeric, 4) AS coverage, previous_active_customers AS p_active, previous_customers AS previous, round(previous_coverage_rate::numeric, 4) AS p_coverage, round(difference::numeric, 4) AS difference, round(lower::numeric, 4) AS lower, round(upper::numeric, 4) AS upper, round(p::numeric, 4) AS p, round(p_holm::numeric, 4) AS p_holm FROM jm_shop.journey_drift;

-- without a column of values there is no value, and opportunities rank by what was dropped
SELECT * FROM create_source('jm_plain', 'jm_events', 'customer', 'at', 'event');
SELECT touchpoint, channel, dropped, satisfaction_n AS n, satisfaction_mean AS mean, emotion, value_each, opportunity_value AS value, opportunity_rank AS rank FROM jm_plain.journey_map;
-- nobody
CREATE TABLE jm_none (LIKE jm_events);
SELECT * FROM create_source('jm_none_shop', 'jm_none', 'customer', 'at', 'event', value => 'value');
SELECT (SELECT count(*) FROM jm_none_shop.journey_map) AS map, (SELECT count(*) FROM jm_none_shop.moment_candidates) AS candidates, (SELECT count(*) FROM jm_none_shop.journey_drift) AS drift;

-- a shop of 600 customers: the views against plain SQL over the touchpoints
CREATE TABLE jm_many AS SELECT * FROM sample_shop(600, 120, 7);
SELECT * FROM create_source('jm_many_shop', 'jm_many', 'customer_id', 'occurred_at', 'event', channel => 'channel', value => 'value', order_id => 'order_id', timezone => 'America/New_York');
CREATE TEMP TABLE jm_t AS SELECT s.customer, m.*, (m.at AT TIME ZONE 'America/New_York')::date AS day FROM jm_many_shop.store s, jm_many_shop.source c, mapped_touchpoints(s.journey, c.model, c.actions, c.moments, c.last_at) m;
CREATE TEMP TABLE jm_view AS SELECT * FROM jm_many_shop.journey_map;
CREATE TEMP TABLE jm_all AS SELECT avg((NOT satisfied)::int) FILTER (WHERE answer) AS dissatisfied, avg(left_site::int) AS dropped FROM jm_t;
WITH want AS (
	SELECT stage_no, stage, event, count(DISTINCT customer) AS customers, count(*) AS touches, count(next_seconds) AS followed, mode() WITHIN GROUP (ORDER BY next_event COLLATE "C") AS next, percentile_cont(0.5) WITHIN GROUP (ORDER BY next_seconds) AS median,
		mode() WITHIN GROUP (ORDER BY moment COLLATE "C") AS moment, mode() WITHIN GROUP (ORDER BY channel COLLATE "C") AS channel, count(left_site) AS decided, count(*) FILTER (WHERE left_site) AS dropped, count(*) FILTER (WHERE bought) AS bought,
		count(score) AS n, avg(score) AS mean, count(*) FILTER (WHERE satisfied) AS satisfied, count(*) FILTER (WHERE NOT satisfied) AS dissatisfied, avg(coalesce(purchase_value, 0)) FILTER (WHERE NOT left_site) AS each
	FROM jm_t GROUP BY 1, 2, 3)
SELECT count(*) > 60 AS rows, count(*) FILTER (WHERE v.touchpoint IS NULL OR w.event IS NULL OR (v.stage, v.customers, v.touches, v.followed, v.next_touchpoint, v.to_next_median_seconds, v.moment, v.channel, v.decided, v.dropped, v.bought, v.satisfaction_n, v.satisfied, v.dissatisfied)
		IS DISTINCT FROM (w.stage, w.customers, w.touches, w.followed, w.next, w.median, w.moment, w.channel, w.decided, w.dropped, w.bought, w.n, w.satisfied, w.dissatisfied)) AS counts_differ,
	count(*) FILTER (WHERE abs(v.satisfaction_mean - w.mean) > 1e-12 OR (v.satisfaction_mean IS NULL) <> (w.mean IS NULL) OR abs(v.value_each - w.each) > 1e-9 OR (v.value_each IS NULL) <> (w.each IS NULL)) AS means_differ,
	count(*) FILTER (WHERE ROW(v.next_touches, v.moment_touches, v.channel_touches) IS DISTINCT FROM (SELECT ROW(nullif(count(*) FILTER (WHERE next_event = v.next_touchpoint), 0), count(*) FILTER (WHERE moment = v.moment), count(*) FILTER (WHERE channel = v.channel))
		FROM jm_t t WHERE t.event = v.touchpoint AND t.stage_no IS NOT DISTINCT FROM v.stage_no)) AS mains_differ,
	count(*) FILTER (WHERE v.emotion IS DISTINCT FROM CASE WHEN w.n = 0 THEN NULL WHEN w.mean >= 3.5 THEN 'positive' WHEN w.mean < 2.5 THEN 'negative' ELSE 'neutral' END) AS emotions_differ,
	count(*) FILTER (WHERE v.pain_cause IS DISTINCT FROM CASE WHEN v.negative_touches = v.touches AND e.polarity < 0 THEN 'negative event' WHEN (wilson_interval(w.dissatisfied, w.satisfied + w.dissatisfied)).lower > a.dissatisfied THEN 'dissatisfied'
		WHEN (wilson_interval(w.dropped, w.decided)).lower > 2 * a.dropped THEN 'drop-off' END) AS pains_differ,
	array_agg(DISTINCT v.pain_cause ORDER BY v.pain_cause) AS causes
FROM want w FULL JOIN jm_view v ON v.stage_no IS NOT DISTINCT FROM w.stage_no AND v.touchpoint = w.event CROSS JOIN jm_all a
	LEFT JOIN (SELECT event, polarity FROM taxonomy_events()) e ON e.event = split_part(w.event, '/', 1);
-- customers are counted once, edges and ends are all touches, ranks follow the values
SELECT sum(touches) = (SELECT count(*) FROM jm_t) AS touches, sum(touches - followed) = (SELECT count(DISTINCT customer) FROM jm_t) AS ends, bool_and(all_customers = 600 AND coverage_rate = customers / 600::float8 AND customers <= touches AND dropped <= decided AND decided <= touches AND bought <= decided) AS bounds,
	bool_and(opportunity_rank IS NULL = (dropped = 0)) AS ranked, count(*) FILTER (WHERE opportunity_rank <> want_rank) AS out_of_order
FROM (SELECT *, CASE WHEN dropped > 0 THEN rank() OVER (PARTITION BY dropped > 0 ORDER BY opportunity_value DESC NULLS LAST, dropped DESC) END AS want_rank FROM jm_view) v;

-- candidates: a customer at a time
WITH later AS (SELECT t.customer, s.stage_no, min(t.n) AS n FROM jm_t t JOIN generate_series(1, 4) s(stage_no) ON t.stage_no > s.stage_no GROUP BY 1, 2),
entry AS (SELECT t.customer, t.stage_no, min(t.n) AS n, min(t.at) AS at, min(l.n) AS later, (SELECT u.at FROM jm_t u WHERE u.customer = t.customer AND u.n = min(l.n)) AS later_at
	FROM jm_t t LEFT JOIN later l ON l.customer = t.customer AND l.stage_no = t.stage_no WHERE t.stage_no < 5 AND (l.n IS NULL OR t.n < l.n) GROUP BY 1, 2),
unit AS (SELECT e.*, e.at + '30 days' <= c.last_at AS over, coalesce(e.later_at <= e.at + '30 days', false) AS advanced FROM entry e, jm_many_shop.source c),
met AS (SELECT u.stage_no, t.event, count(DISTINCT u.customer) AS customers, count(DISTINCT u.customer) FILTER (WHERE u.advanced) AS advanced FROM unit u JOIN jm_t t ON t.customer = u.customer AND t.stage_no = u.stage_no AND t.n >= u.n AND t.at <= u.at + '30 days' AND (u.later IS NULL OR t.n < u.later) WHERE u.over GROUP BY 1, 2),
want AS (SELECT m.*, e.customers AS of, e.undecided, e.customers - m.customers AS others, e.advanced - m.advanced AS others_advanced FROM met m JOIN (SELECT stage_no, count(*) FILTER (WHERE over) AS customers, count(*) FILTER (WHERE over AND advanced) AS advanced, count(*) FILTER (WHERE NOT over) AS undecided FROM unit GROUP BY 1) e USING (stage_no)),
tested AS (SELECT w.*, t.difference, t.lower, t.upper, t.p, row_number() OVER (ORDER BY t.p) AS place, count(t.p) OVER () AS tests FROM want w, two_proportion_test(others_advanced, others, advanced, customers) t),
adjusted AS (SELECT *, max(least(1, p * (tests - place + 1))) OVER (ORDER BY place) AS p_holm FROM tested)
SELECT count(*) > 30 AS rows, count(*) FILTER (WHERE v.stage IS NULL OR w.event IS NULL OR (v.stage_customers, v.undecided, v.customers, v.advanced, v.others, v.others_advanced) IS DISTINCT FROM (w.of, w.undecided, w.customers, w.advanced, w.others, w.others_advanced)) AS counts_differ,
	count(*) FILTER (WHERE (v.difference, v.difference_lower, v.difference_upper, v.p) IS DISTINCT FROM (w.difference, w.lower, w.upper, w.p) OR abs(v.p_holm - w.p_holm) > 1e-12 * w.p_holm + 1e-300) AS tests_differ,
	count(*) FILTER (WHERE abs(v.lift - (w.advanced::float8 / w.customers) / nullif(w.others_advanced::float8 / nullif(w.others, 0), 0)) > 1e-12 OR (v.lift_lower IS NULL) <> (w.advanced = 0 OR coalesce(w.others_advanced, 0) = 0)
		OR abs(ln(v.lift_upper / v.lift) - 1.959963984540054 * sqrt(1.0 / nullif(w.advanced, 0) - 1.0 / w.customers + 1.0 / nullif(w.others_advanced, 0) - 1.0 / nullif(w.others, 0))::float8) > 1e-9 OR abs(v.lift * v.lift - v.lift_lower * v.lift_upper) > 1e-9) AS lifts_differ,
	count(*) FILTER (WHERE v.candidate IS DISTINCT FROM coalesce(w.lower > 0 AND w.p_holm < 0.05, false)) AS candidates_differ, count(*) FILTER (WHERE v.candidate) > 5 AS candidates
FROM adjusted w FULL JOIN jm_many_shop.moment_candidates v ON v.stage_no = w.stage_no AND v.touchpoint = w.event;
SELECT rank, stage, touchpoint, moment, stage_customers, customers, round(lift::numeric, 2) AS lift, round(lift_lower::numeric, 2) AS lower, round(lift_upper::numeric, 2) AS upper FROM jm_many_shop.moment_candidates WHERE stage = 'consideration' AND rank IS NOT NULL ORDER BY rank LIMIT 3;
-- drift: every touchpoint of two months, also those that are gone
WITH active AS (SELECT date_trunc('month', day)::date AS month, count(DISTINCT customer) AS customers FROM jm_t GROUP BY 1),
cell AS (SELECT date_trunc('month', day)::date AS month, stage_no, event, count(DISTINCT customer) AS customers FROM jm_t GROUP BY 1, 2, 3),
want AS (SELECT a.month, k.stage_no, k.event, a.customers AS active, coalesce(c.customers, 0) AS customers, b.customers AS p_active, CASE WHEN b.customers > 0 THEN coalesce(p.customers, 0) END AS previous
	FROM active a CROSS JOIN (SELECT DISTINCT stage_no, event FROM cell) k LEFT JOIN active b ON b.month = a.month - interval '1 month'
	LEFT JOIN cell c ON c.month = a.month AND c.stage_no IS NOT DISTINCT FROM k.stage_no AND c.event = k.event LEFT JOIN cell p ON p.month = a.month - interval '1 month' AND p.stage_no IS NOT DISTINCT FROM k.stage_no AND p.event = k.event
	WHERE c.customers > 0 OR p.customers > 0)
SELECT count(*) > 300 AS rows, count(*) FILTER (WHERE v.touchpoint IS NULL OR w.event IS NULL OR (v.active_customers, v.customers, v.previous_active_customers, v.previous_customers) IS DISTINCT FROM (w.active, w.customers, w.p_active, w.previous)) AS counts_differ,
	count(*) FILTER (WHERE CASE WHEN v.complete AND w.p_active > 0 THEN (SELECT (v.difference, v.lower, v.upper, v.p) IS DISTINCT FROM (t.difference, t.lower, t.upper, t.p) FROM two_proportion_test(w.previous, w.p_active, w.customers, w.active) t) OR v.p_holm < v.p ELSE num_nonnulls(v.difference, v.lower, v.upper, v.p, v.p_holm) > 0 END) AS tests_differ,
	count(*) FILTER (WHERE w.customers = 0) > 5 AS gone, count(*) FILTER (WHERE NOT v.complete) > 20 AS incomplete, min(v.month) FILTER (WHERE NOT v.complete) = max(v.month) AS the_last
FROM want w FULL JOIN jm_many_shop.journey_drift v ON v.month = w.month AND v.stage_no IS NOT DISTINCT FROM w.stage_no AND v.touchpoint = w.event;

-- in the languages of the models; every column is plain and commented
SELECT DISTINCT stage_no, stage, label('five_stage', stage, 'ar') AS ar, label('five_stage', stage, 'he') AS he, moment, label(moment, 'zh-Hant') AS zh FROM jm_shop.journey_map WHERE moment = 'fmot' ORDER BY 1;
SELECT c.relname, count(*) AS columns, count(*) FILTER (WHERE a.atttypid::regtype::text NOT IN ('text', 'bigint', 'integer', 'double precision', 'boolean', 'date', 'timestamp with time zone')) AS odd, count(*) FILTER (WHERE col_description(c.oid, a.attnum) IS NULL) AS uncommented
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relnamespace = 'jm_shop'::regnamespace AND c.relname IN ('journey_map', 'moment_candidates', 'journey_drift') GROUP BY 1 ORDER BY 1;

SET client_min_messages = warning;
SELECT drop_source('jm_shop', true), drop_source('jm_plain', true), drop_source('jm_none_shop', true), drop_source('jm_many_shop', true);
DROP TABLE jm_touched, jm_rows, jm_asked, jm_answered, jm_want, jm_got, jm_events, jm_none, jm_many;
DROP FUNCTION jm_model(), jm_actions();
