-- nps, csat, ces: what customers say; scores: the answers of one; the view satisfaction.
SET search_path = public, journey;
SET TimeZone = 'Asia/Tokyo';
SET datestyle = 'ISO';
SET client_min_messages = warning;
SET extra_float_digits = 0;
\set VERBOSITY terse

-- by hand: 50 promoters, 30 passives, 20 detractors; 3, 2, 1
\x on
SELECT (nps(score)).* FROM (SELECT unnest('{9,10}'::int[]) FROM generate_series(1, 25) UNION ALL SELECT unnest('{7,7,8}'::int[]) FROM generate_series(1, 10)
	UNION ALL SELECT unnest('{0,1,6,6}'::int[]) FROM generate_series(1, 5)) a(score);
SELECT * FROM nps_of_counts(3, 2, 1);
-- 3 of 5 satisfied, with a middle one; 4 and 5 of 6; the top box alone
SELECT (csat(score)).* FROM unnest('{5,5,4,3,1}'::int[]) score;
SELECT (csat(score, 1, 6, 3)).* FROM unnest('{4,5,3.0,1}'::numeric[]) score;
SELECT (csat(score, NULL, NULL, 1)).* FROM unnest('{5,5,4,3,1}'::int[]) score;
-- half stars
SELECT (csat(stars, 1, 5, 3, 0.5)).* FROM unnest('{5,4.5,4,3.5,1}'::real[]) stars;
-- sum of squares 14.8: variance 3.7, standard error sqrt(0.74), t of 4 degrees 2.776
SELECT (ces(score)).* FROM unnest('{7,6,5,4,2}'::int[]) score;
-- effort: low is good
SELECT (ces(score, 1, 5, 'effort')).* FROM unnest('{1,2,3,5,5}'::int[]) score;
-- four scores have no middle, and a scale may be below 0
SELECT (ces(score, -2, 1, 'Agree')).* FROM unnest('{-2,-1,0,1,1}'::int[]) score;
-- one answer has a mean, and no variance
SELECT (ces(6)).*;
\x off

-- all alike: the standard error is 0, and there are no bounds; they do not leave the scale
SELECT score, n, std_error, lower, upper FROM nps_of_counts(4, 0, 0) UNION ALL SELECT score, n, std_error, lower, upper FROM nps_of_counts(0, 4, 0)
UNION ALL SELECT score, n, round(std_error::numeric, 4), lower, round(upper::numeric, 4) FROM nps_of_counts(0, 1, 3) ORDER BY score;
SELECT (csat(s)).score, (csat(s)).std_error, (csat(s)).lower, round((csat(s)).upper::numeric, 4) AS upper FROM unnest('{1,2,3}'::int[]) s;
SELECT (ces(7)).score, (ces(s)).std_error, (ces(s)).lower, (ces(s)).upper FROM unnest('{7,7,7}'::int[]) s;
-- every score of the scale
SELECT (nps(s)).promoters, (nps(s)).passives, (nps(s)).detractors FROM generate_series(0, 10) s;
SELECT s, (nps(s)).promoters AS promoter, (nps(s)).passives AS passive, (nps(s)).detractors AS detractor FROM generate_series(0, 10) s GROUP BY s ORDER BY s;
-- exact in thousandths: 0.1 is a score of a scale of tenths; the zero with a sign is 0
SELECT (csat(s, 0, 1, 1, 0.1)).n, (csat(s, 0, 1, 1, 0.1)).mean, csat_tally(s, 0, 1, 1, 0.1) FROM unnest('{0.1,0.2,0.3,0.7,1,-0}'::float8[]) s;
SELECT nps_tally('-0'::float8) = nps_tally(0) AS zero;
SELECT (csat(s, 0, 1000, 501)).n, (csat(s, 0, 1000, 501)).satisfied, (csat(s, 0, 1000, 501)).satisfied_from FROM generate_series(0, 1000) s;
SELECT (csat(s, -1000000, 1000000, 1, 1000000)).mean FROM unnest('{-1000000,1000000,1000000,1000000}'::int[]) s;

-- NULL is no answer; nothing is NULL
SELECT nps(NULL) IS NULL AS nps, csat(NULL) IS NULL AS csat, ces(NULL) IS NULL AS ces, nps_tally(NULL) IS NULL AS tally, csat(NULL, 1, 5, 2) IS NULL AS scale, csat(NULL, 1, 5, 2, 1) IS NULL AS step;
SELECT nps(s) IS NULL AS none, csat_tally(s) IS NULL AS no_tally FROM generate_series(1, 0) s;
SELECT (nps(s)).n FROM unnest('{NULL,9,NULL,3}'::int[]) s;
SELECT nps_of_counts(0, 0, 0) IS NULL AS zero, nps_of_counts(NULL, 1, 1) IS NULL AS unknown;
SELECT nps_rows('{"tally": "scores", "version": 1, "params": [1, 1, 11, 1000, 2], "labels": [], "rows": []}') IS NULL AS empty;

-- tallies: their text, and years from months
SELECT nps_tally(s) FROM unnest('{9,3,9}'::int[]) s;
SELECT csat_tally(s) FROM unnest('{4}'::int[]) s;
SELECT ces_tally(s) FROM unnest('{4}'::int[]) s;
SELECT ces_tally(s, -3, 3, 'effort') FROM unnest('{-3}'::int[]) s;
SELECT round((nps_rows(rollup(t))).score::numeric, 4) AS of_all, round(avg((nps_rows(t)).score)::numeric, 4) AS mean_of_scores, (nps_rows(rollup(t))).n
FROM (SELECT nps_tally(s) AS t FROM unnest('{9,10,9,8}'::int[]) s UNION ALL SELECT nps_tally(s) FROM unnest('{6}'::int[]) s) x;
SELECT (ces_rows(ces_tally(s, 1, 5, 'effort')) = ces(s, 1, 5, 'effort')) AS effort, csat_rows(csat_tally(s, 0, 10, 4)) = csat(s, 0, 10, 4) AS csat,
	csat_rows(csat_tally(s, 0, 10, 4, 0.5)) = csat(s, 0, 10, 4, 0.5) AS half FROM unnest('{1,2,3,5,5}'::int[]) s;
SELECT t::text::tally = t AS text, nps_rows(t::text::tally) = nps_rows(t) AS same FROM (SELECT nps_tally(s % 11) AS t FROM generate_series(1, 100) s) x;

-- two surveys: variances of 0.61 and 0.45 a hundred answers
SELECT difference, round(std_error::numeric, 6) AS std_error, round(margin::numeric, 6) AS margin, round(lower::numeric, 6) AS lower, round(upper::numeric, 6) AS upper, round(z::numeric, 6) AS z,
	round(p_value::numeric, 6) AS p_value, from_score, from_n, to_score, to_n
FROM nps_difference(nps_of_counts(50, 30, 20), nps_of_counts(60, 30, 10));
SELECT difference, std_error, z, p_value FROM nps_difference(nps_of_counts(3, 0, 0), nps_of_counts(0, 0, 5));
SELECT round((nps_difference(nps(s) FILTER (WHERE m = 1), nps(s) FILTER (WHERE m = 2))).difference::numeric, 4) AS difference FROM (VALUES (1, 9), (1, 6), (2, 9), (2, 10), (2, 7)) v(m, s);
SELECT nps_difference(nps(s) FILTER (WHERE m = 1), nps(s) FILTER (WHERE m = 3)) IS NULL AS no_second, nps_difference(nps(s), ROW(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::nps_row) IS NULL AS of_nulls FROM (VALUES (1, 9), (2, 6)) v(m, s);
-- only the counts of a row are looked at
SELECT d = nps_difference(nps_of_counts(1, 2, 3), nps_of_counts(4, 5, 6)) AS same
FROM nps_difference(ROW(99, 77, 1, 1, 1, 1, 1, 2, 3, 0, 0, 0, 0, 10), nps_of_counts(4, 5, 6)) d;

--
-- scores: every kind and topic, in, between and off its scale
--
CREATE TEMP VIEW sa_models AS SELECT stage_model('actions') AS actions, stage_model('five_stage') AS five, stage_model('moments_five') AS moments;
SELECT n, event, kind, topic, score, low, high, off_scale AS off, satisfied AS ok, round(on_1_to_5::numeric, 4) AS on_5, stage, moment, delivery
FROM sa_models, scores('[2026-01-01 10:00+00 page_view, 2026-01-01 10:10+00 purchase =50, 2026-01-01 10:11+00 survey_answered/csat =5, 2026-01-02 10:00+00 survey_answered/csat =3, 2026-01-03 10:00+00 survey_answered/csat =6,
	2026-01-05 10:00+00 order_shipped, 2026-01-06 10:00+00 order_delivered, 2026-01-06 11:00+00 survey_answered/csat_delivery =4, 2026-01-06 12:00+00 survey_answered/ces_delivery =5, 2026-01-07 10:00+00 survey_answered/csat_support =1,
	2026-01-07 11:00+00 survey_answered/ces_support =4, 2026-01-07 12:00+00 survey_answered/ces =3, 2026-01-08 10:00+00 survey_answered/ces =0, 2026-01-09 10:00+00 survey_answered/nps =10, 2026-01-10 10:00+00 survey_answered/nps =7,
	2026-01-11 10:00+00 survey_answered/nps =6, 2026-01-12 10:00+00 survey_answered/nps =8.5, 2026-01-13 10:00+00 survey_answered/nps =-1, 2026-01-14 10:00+00 survey_answered/nps, 2026-01-15 10:00+00 review_submitted =4.5,
	2026-01-16 10:00+00 review_submitted =3.5, 2026-01-17 10:00+00 review_submitted =4.2, 2026-01-18 10:00+00 survey_answered/feedback =4, 2026-01-19 10:00+00 survey_answered =4, 2026-01-20 10:00+00 survey_answered/testimonial =5,
	2026-01-21 10:00+00 survey_answered/brand =5, 2026-01-22 10:00+00 order_returned =50]', actions, five, moments);
-- without other models; a survey before any purchase
SELECT at, n, kind, stage, moment, delivery FROM sa_models, scores('[2026-01-01 10:00+00 survey_answered/nps =3]', actions);

-- promised against actual; the promise by hand is 7 days, its end included
CREATE FUNCTION pg_temp.deliveries(j journey, promise interval DEFAULT '7 days', settings jsonb DEFAULT '{}') RETURNS text
	RETURN (SELECT string_agg(delivery, ', ' ORDER BY n) FROM scores(j, stage_model('actions', NULL, settings), promise => promise));
SELECT pg_temp.deliveries('[2026-01-01 00:00+00 purchase, 2026-01-08 00:00+00 survey_answered/nps =5, 2026-01-08 00:00:01+00 survey_answered/nps =5, 2026-01-09 00:00+00 order_delivered, 2026-01-09 00:01+00 survey_answered/nps =5]') AS late;
SELECT pg_temp.deliveries('[2026-01-01 00:00+00 purchase, 2026-01-08 00:00+00 order_delivered, 2026-01-09 00:00+00 survey_answered/nps =5]') AS on_time,
	pg_temp.deliveries('[2026-01-01 00:00+00 purchase, 2026-01-08 00:00+00 order_delivered, 2026-01-09 00:00+00 survey_answered/nps =5]', '6 days 23 hours') AS late,
	pg_temp.deliveries('[2026-01-01 00:00+00 purchase, 2026-01-08 00:00+00 order_delivered, 2026-01-09 00:00+00 survey_answered/nps =5]', NULL) AS on_time;
-- the journey has the promise: 2 days, then put off to 10; a promise that is none is not heard
SELECT pg_temp.deliveries('[2026-01-01 00:00+00 purchase, 2026-01-01 00:01+00 "Order Updated/promised" =2, 2026-01-05 00:00+00 survey_answered/csat_delivery =1, 2026-01-05 01:00+00 "Order Updated/promised" =10,
	2026-01-05 02:00+00 survey_answered/csat_delivery =1, 2026-01-06 00:00+00 "Order Updated/promised" =-1, 2026-01-06 00:00+00 "Order Updated/promised", 2026-01-10 00:00+00 order_delivered, 2026-01-10 00:01+00 review_submitted =5]') AS promised;
-- two orders: the first parcel is the first order's; the second is cancelled
SELECT pg_temp.deliveries('[2026-01-01 00:00+00 purchase, 2026-01-02 00:00+00 purchase, 2026-01-03 00:00+00 survey_answered/nps =1, 2026-01-20 00:00+00 order_delivered, 2026-01-21 00:00+00 survey_answered/nps =2, 2026-01-22 00:00+00 order_delivered,
	2026-01-23 00:00+00 survey_answered/nps =3]') AS two,
	pg_temp.deliveries('[2026-01-01 00:00+00 purchase, 2026-01-02 00:00+00 purchase, 2026-01-03 00:00+00 "Order Cancelled", 2026-01-04 00:00+00 survey_answered/nps =1, 2026-01-05 00:00+00 order_delivered, 2026-01-06 00:00+00 survey_answered/nps =2]') AS cancelled;
-- goods that came back had come
SELECT pg_temp.deliveries('[2026-01-01 00:00+00 purchase, 2026-01-05 00:00+00 order_delivered, 2026-01-06 00:00+00 order_returned, 2026-01-07 00:00+00 survey_answered/nps =1]') AS returned;
-- deliveries are not logged, they are, they are not
SELECT pg_temp.deliveries('[2026-01-01 00:00+00 purchase, 2026-03-01 00:00+00 survey_answered/nps =5]') AS auto,
	pg_temp.deliveries('[2026-01-01 00:00+00 purchase, 2026-03-01 00:00+00 survey_answered/nps =5]', settings => '{"delivery": "logged"}') AS logged,
	pg_temp.deliveries('[2026-01-01 00:00+00 purchase, 2026-03-01 00:00+00 survey_answered/nps =5, 2026-04-01 00:00+00 order_delivered]', settings => '{"delivery": "none"}') AS none;
SELECT pg_temp.deliveries('[2026-01-01 00:00+00 order_delivered, 2026-01-02 00:00+00 survey_answered/nps =5]') AS parcel_without_order;
-- nothing
SELECT count(*) FROM sa_models, scores(NULL, actions);
SELECT count(*) FROM scores('[2026-01-01 00:00+00 survey_answered/nps =5]', NULL);
SELECT count(*) FROM sa_models, scores('[]', actions);
SELECT count(*) FROM sa_models, scores('[2026-01-01 00:00+00 purchase]', actions);

--
-- random answers against plain SQL
--
\set seed 0.202605
\echo seed :seed
SELECT setseed(:seed);
CREATE TEMP TABLE sa_answers AS
SELECT g, part, CASE WHEN random() < 0.9 THEN CASE WHEN g % 3 = 0 THEN floor(random() * 11) ELSE greatest(10 - floor(random() * 4 * (g % 3)), 0) END END AS s
FROM (SELECT g, floor(random() * 5) AS part, CASE g % 4 WHEN 0 THEN 1 WHEN 1 THEN 3 ELSE 200 END AS many FROM generate_series(1, 60) g) x, generate_series(1, many);
WITH want AS (
	SELECT g, count(s) AS n, count(*) FILTER (WHERE s >= 9) AS promoters, count(*) FILTER (WHERE s <= 6) AS detractors,
		100 * avg(CASE WHEN s >= 9 THEN 1 WHEN s <= 6 THEN -1 WHEN s IS NOT NULL THEN 0 END) AS score,
		100 * sqrt(var_pop(CASE WHEN s >= 9 THEN 1 WHEN s <= 6 THEN -1 WHEN s IS NOT NULL THEN 0 END) / nullif(count(s), 0)) AS se, avg(s) AS mean
	FROM sa_answers GROUP BY g
), got AS (SELECT g, r.* FROM (SELECT g, nps(s) AS r FROM sa_answers GROUP BY g) x, LATERAL (SELECT (r).*) r)
SELECT count(*) > 40 AS many, count(*) FILTER (WHERE w.n IS DISTINCT FROM coalesce(g.n, 0) OR w.promoters IS DISTINCT FROM coalesce(g.promoters, 0) OR w.detractors IS DISTINCT FROM coalesce(g.detractors, 0)
	OR g.n IS DISTINCT FROM g.promoters + g.passives + g.detractors) AS counts_differ,
	count(*) FILTER (WHERE w.n > 0 AND (abs(w.score - g.score) < 1e-10 AND abs(w.se - g.std_error) < 1e-10 AND abs(w.mean - g.mean) < 1e-12) IS NOT TRUE
		OR w.se > 0 AND (abs(g.margin - 1.959963984540054 * w.se) < 1e-9
		AND abs(g.lower - greatest(w.score - g.margin, -100)) < 1e-9 AND abs(g.upper - least(w.score + g.margin, 100)) < 1e-9) IS NOT TRUE OR w.se = 0 AND num_nulls(g.margin, g.lower, g.upper) < 3) AS scores_differ,
	count(*) FILTER (WHERE w.n = 0 AND g.score IS NOT NULL) AS not_blank
FROM want w LEFT JOIN got g USING (g);
WITH want AS (
	SELECT g, count(s) AS n, count(*) FILTER (WHERE s >= 8) AS satisfied, avg(s) AS mean FROM sa_answers GROUP BY g HAVING count(s) > 0
), got AS (SELECT g, r.* FROM (SELECT g, csat(s, 0, 10, 3) AS r FROM sa_answers GROUP BY g) x, LATERAL (SELECT (r).*) r)
SELECT count(*) > 40 AS many, count(*) FILTER (WHERE (w.n, w.satisfied, w.n - w.satisfied, 8::float8) IS DISTINCT FROM (g.n, g.satisfied, g.dissatisfied, g.satisfied_from)) AS counts_differ,
	count(*) FILTER (WHERE (abs(g.score - 100.0 * w.satisfied / w.n) < 1e-10 AND abs(g.lower - 100 * i.lower) < 1e-10 AND abs(g.upper - 100 * i.upper) < 1e-10
		AND abs(g.std_error - 100 * sqrt(w.satisfied * (w.n - w.satisfied)::float8 / w.n ^ 3)) < 1e-10 AND abs(g.mean - w.mean) < 1e-12) IS NOT TRUE) AS scores_differ
FROM want w LEFT JOIN got g USING (g), wilson_interval(w.satisfied, w.n) i;
WITH want AS (
	SELECT g, count(s) AS n, count(*) FILTER (WHERE s < 5) AS easy, count(*) FILTER (WHERE s = 5) AS neutral, avg(s) AS mean, stddev_samp(s) / sqrt(count(s)) AS se FROM sa_answers GROUP BY g HAVING count(s) > 0
), got AS (SELECT g, r.* FROM (SELECT g, ces(s, 0, 10, 'effort') AS r FROM sa_answers GROUP BY g) x, LATERAL (SELECT (r).*) r)
SELECT count(*) > 40 AS many, count(*) FILTER (WHERE (w.n, w.easy, w.neutral, w.n - w.easy - w.neutral) IS DISTINCT FROM (g.n, g.easy, g.neutral, g.difficult)) AS counts_differ,
	count(*) FILTER (WHERE (abs(g.score - w.mean) < 1e-12 AND g.easy_rate = w.easy::float8 / w.n AND g.easy_lower = i.lower AND g.easy_upper = i.upper) IS NOT TRUE
		OR coalesce(w.se = 0, true) <> (g.margin IS NULL) OR abs(g.std_error - w.se) > 1e-12 OR num_nulls(g.margin, g.lower, g.upper) NOT IN (0, 3)
		OR g.lower <> greatest(g.score - g.margin, 0) OR g.upper <> least(g.score + g.margin, 10)) AS scores_differ,
	count(*) FILTER (WHERE w.n = 3 AND g.std_error > 0 AND abs(g.margin / g.std_error - 4.302652729749464) > 1e-12) AS t_differs
FROM want w LEFT JOIN got g USING (g), wilson_interval(w.easy, w.n) i;
-- parts add up to the whole, in any order
SELECT count(*) > 40 AS many, bool_and(whole = up) AS up, bool_and(whole = down) AS down, bool_and(nps_rows(up) = nps) AS same
FROM (SELECT g, nps_tally(s) AS whole, nps(s) AS nps FROM sa_answers GROUP BY g) w
	JOIN (SELECT g, rollup(t ORDER BY part) AS up, rollup(t ORDER BY part DESC) AS down FROM (SELECT g, part, nps_tally(s) AS t FROM sa_answers GROUP BY g, part) p GROUP BY g) r USING (g)
WHERE whole IS NOT NULL;

-- random journeys: an answer is what its name says, on the scale of its kind; one order at most, whose delivery is told by comparing times
CREATE TEMP TABLE sa_touched AS
SELECT c AS customer, '2026-01-01 00:00+00'::timestamptz + floor(random() * 20) * interval '1 day' + i * interval '1 second' AS at,
	(ARRAY['survey_answered/nps', 'survey_answered/csat', 'survey_answered/csat_delivery', 'survey_answered/csat_support', 'survey_answered/ces', 'survey_answered/ces_delivery', 'survey_answered/ces_support',
		'review_submitted', 'survey_answered', 'survey_answered/brand', 'survey_answered/other', 'page_view', 'view_item'])[1 + floor(random() * 13)::int] AS event,
	CASE WHEN random() < 0.9 THEN floor(random() * 26) / 2 - 1 END AS value
FROM generate_series(1, 400) c, generate_series(1, 12) i;
INSERT INTO sa_touched SELECT c, '2026-01-03 12:00+00'::timestamptz + c % 7 * interval '1 day', 'purchase', 20 FROM generate_series(1, 400) c WHERE c % 5 > 0;
INSERT INTO sa_touched SELECT customer, at + (customer % 11) * interval '1 day' + interval '1 hour', 'order_delivered', NULL FROM sa_touched WHERE event = 'purchase' AND customer % 3 > 0;
CREATE TEMP TABLE sa_journeys AS SELECT customer, journey_agg(at, event, NULL, value) AS j FROM sa_touched GROUP BY customer;
WITH models AS (
	SELECT stage_model('actions', NULL, '{"delivery": "logged"}') AS actions, stage_model('five_stage') AS five, stage_model('moments_five') AS moments
), got AS (
	SELECT customer, s.* FROM models, sa_journeys, scores(j, actions, five, moments, '4 days') s
), asked AS (
	SELECT customer, t.n, t.at, t.value, t.stage, m.stage AS moment, e.kind, e.topic, e.low, e.high, e.satisfied, e.dissatisfied,
		t.value BETWEEN e.low AND e.high AND (t.value = floor(t.value) OR e.kind = 'review') AS scored
	FROM models, sa_journeys, staged_touchpoints(j, five) t JOIN staged_touchpoints(j, moments) m USING (n)
		JOIN (VALUES ('survey_answered/nps', 'nps', NULL, 0, 10, 9, 6), ('survey_answered/csat', 'csat', NULL, 1, 5, 4, 3), ('survey_answered/csat_delivery', 'csat', 'delivery', 1, 5, 4, 3),
			('survey_answered/csat_support', 'csat', 'support', 1, 5, 4, 3), ('survey_answered/ces', 'ces', NULL, 1, 7, 5, 3), ('survey_answered/ces_delivery', 'ces', 'delivery', 1, 7, 5, 3),
			('survey_answered/ces_support', 'ces', 'support', 1, 7, 5, 3), ('review_submitted', 'review', NULL, 1, 5, 4, 3)) e(event, kind, topic, low, high, satisfied, dissatisfied) ON e.event = t.event
), want AS (
	SELECT a.*, CASE WHEN o.at IS NULL OR o.at > a.at THEN 'no order' WHEN d.at <= a.at AND d.at <= o.at + interval '4 days' THEN 'on time' WHEN d.at <= a.at THEN 'late'
		WHEN a.at <= o.at + interval '4 days' THEN 'open' ELSE 'overdue' END AS delivery
	FROM asked a LEFT JOIN sa_touched o ON o.customer = a.customer AND o.event = 'purchase' LEFT JOIN sa_touched d ON d.customer = a.customer AND d.event = 'order_delivered'
)
SELECT count(*) > 2000 AS many, count(DISTINCT w.delivery) AS deliveries, count(*) FILTER (WHERE (w.at, w.kind, w.topic, w.value, w.low::float8, w.high::float8, w.stage, w.moment) IS DISTINCT FROM (g.at, g.kind, g.topic, g.score, g.low, g.high, g.stage, g.moment)) AS differ,
	count(*) FILTER (WHERE (NOT w.scored, CASE WHEN NOT w.scored THEN NULL WHEN w.value >= w.satisfied THEN true WHEN w.value <= w.dissatisfied THEN false END) IS DISTINCT FROM (g.off_scale, g.satisfied)
		OR abs(g.on_1_to_5 - (1 + 4 * (w.value - w.low) / (w.high - w.low))) > 1e-14 OR (g.on_1_to_5 IS NOT NULL) IS DISTINCT FROM coalesce(w.scored, false)) AS says_differ,
	count(*) FILTER (WHERE w.delivery IS DISTINCT FROM g.delivery) AS deliveries_differ
FROM want w FULL JOIN got g USING (customer, n);

--
-- the view: a shop by hand, dates of Berlin
--
CREATE TABLE sa_events (customer int, at timestamptz, event text, detail text, value numeric);
INSERT INTO sa_events VALUES
	-- promised in 3 days, came in 4: late
	(1, '2026-01-02 10:00+00', 'purchase', NULL, 20), (1, '2026-01-02 10:01+00', 'Order Updated', 'promised', 3), (1, '2026-01-06 10:00+00', 'order_delivered', NULL, NULL),
	(1, '2026-01-07 10:00+00', 'survey_answered', 'csat_delivery', 2), (1, '2026-01-31 23:30+00', 'survey_answered', 'nps', 6),
	-- on time; asked before it came, and after
	(2, '2026-01-10 10:00+00', 'purchase', NULL, 30), (2, '2026-01-10 10:05+00', 'survey_answered', 'csat', 5), (2, '2026-01-14 10:00+00', 'order_delivered', NULL, NULL),
	(2, '2026-02-15 10:00+00', 'survey_answered', 'nps', 10), (2, '2026-02-16 10:00+00', 'review_submitted', NULL, 4.5), (2, '2026-02-17 10:00+00', 'survey_answered', 'ces', 7),
	-- never came
	(3, '2026-01-20 10:00+00', 'purchase', NULL, 40), (3, '2026-01-30 10:00+00', 'survey_answered', 'csat_support', 3), (3, '2026-01-30 11:00+00', 'survey_answered', 'nps', 8),
	-- never bought; surveys of unknown kind and of none
	(4, '2026-01-05 10:00+00', 'page_view', NULL, NULL), (4, '2026-01-05 10:01+00', 'survey_answered', 'nps', 3), (4, '2026-01-05 10:02+00', 'survey_answered', 'mood', 4), (4, '2026-01-05 10:03+00', 'survey_answered', NULL, 5),
	-- cancelled; off the scale, and without a value
	(5, '2026-02-01 10:00+00', 'purchase', NULL, 50), (5, '2026-02-02 10:00+00', 'Order Cancelled', NULL, NULL), (5, '2026-02-03 10:00+00', 'survey_answered', 'csat', 1), (5, '2026-02-04 10:00+00', 'survey_answered', 'nps', 11),
	(5, '2026-02-05 10:00+00', 'survey_answered', 'nps', NULL);
SELECT * FROM create_source('sa_shop', 'sa_events', 'customer', 'at', 'event', value => 'value', detail => 'detail', timezone => 'Europe/Berlin');
SELECT metric, by, part_no AS no, part, n, round(score::numeric, 2) AS score, unit, round(lower::numeric, 2) AS lower, round(upper::numeric, 2) AS upper, round(mean::numeric, 2) AS mean, round(mean_1_to_5::numeric, 2) AS on_5
FROM sa_shop.satisfaction WHERE n > 0 OR by = 'all' OR metric = 'ces' AND by = 'stage';
SELECT metric, by, part, month, n, promoters AS pro, passives AS pas, detractors AS det, satisfied AS s, neutral, dissatisfied AS d, round(satisfied_rate::numeric, 4) AS rate, off_scale AS off, unanswered AS un
FROM sa_shop.satisfaction WHERE by IN ('all', 'month') ORDER BY metric, by, month;
SELECT metric, count(*), count(*) FILTER (WHERE n = 0) AS blank, count(*) FILTER (WHERE n = 0 AND num_nulls(score, std_error, margin, lower, upper, mean, mean_1_to_5, satisfied_rate) < 8) AS not_blank FROM sa_shop.satisfaction GROUP BY metric ORDER BY metric;
-- surveys of unknown kind have no score, and are told of
SELECT event, touchpoints, customers, first_date FROM sa_shop.unclassified_events ORDER BY event;
SELECT count(*) FROM sa_shop.journeys, sa_shop.source, scores(journey, source.actions) s WHERE s.event LIKE 'survey_answered/mood' OR s.event = 'survey_answered';

-- the same source with random journeys: the view against the functions over all answers
CREATE TABLE sa_random AS SELECT customer, at, event, value FROM sa_touched;
SELECT * FROM create_source('sa_many', 'sa_random', 'customer', 'at', 'event', value => 'value', timezone => 'America/New_York');
CREATE TEMP TABLE sa_given AS
SELECT s.*, CASE WHEN NOT off_scale THEN score END AS good, date_trunc('month', s.at AT TIME ZONE 'America/New_York')::date AS month
FROM sa_many.store, sa_many.source, scores(journey, source.actions, source.model, source.moments) s;
CREATE TEMP TABLE sa_view AS SELECT * FROM sa_many.satisfaction;
WITH parts AS (
	SELECT kind AS metric, by, part, count(good) AS n, nps(good) FILTER (WHERE kind = 'nps') AS nps, csat(good) FILTER (WHERE kind = 'csat') AS csat, ces(good) FILTER (WHERE kind = 'ces') AS ces,
		count(*) FILTER (WHERE good >= 4) AS four, count(*) FILTER (WHERE satisfied) AS satisfied, count(*) FILTER (WHERE NOT satisfied) AS dissatisfied, count(*) FILTER (WHERE off_scale) AS off_scale, count(*) FILTER (WHERE score IS NULL) AS unanswered,
		avg(on_1_to_5) AS on_5
	FROM sa_given, LATERAL (VALUES ('all', 'all'), ('stage', coalesce(stage, '(none)')), ('moment', coalesce(moment, '(none)')), ('month', month::text), ('delivery', delivery)) p(by, part) GROUP BY 1, 2, 3
)
SELECT count(*) > 40 AS many, count(*) FILTER (WHERE v.metric IS NULL OR (p.n, p.satisfied, p.dissatisfied, p.n - p.satisfied - p.dissatisfied, p.off_scale, p.unanswered) IS DISTINCT FROM (v.n, v.satisfied, v.dissatisfied, v.neutral, v.off_scale, v.unanswered)) AS counts_differ,
	count(*) FILTER (WHERE CASE p.metric WHEN 'nps' THEN ((nps).score, (nps).std_error, (nps).margin, (nps).lower, (nps).upper, (nps).mean, (nps).promoters, (nps).passives, (nps).detractors)
			IS DISTINCT FROM (v.score, v.std_error, v.margin, v.lower, v.upper, v.mean, v.promoters, v.passives, v.detractors)
		WHEN 'csat' THEN ((csat).score, (csat).std_error, (csat).margin, (csat).lower, (csat).upper, (csat).mean, NULL::bigint) IS DISTINCT FROM (v.score, v.std_error, v.margin, v.lower, v.upper, v.mean, v.promoters)
		WHEN 'ces' THEN ((ces).score, (ces).std_error, (ces).margin, (ces).lower, (ces).upper, (ces).score) IS DISTINCT FROM (v.score, v.std_error, v.margin, v.lower, v.upper, v.mean)
		ELSE p.n > 0 AND (abs(v.score - 100.0 * p.four / p.n) < 1e-10 AND (SELECT abs(v.lower - 100 * lower) + abs(v.upper - 100 * upper) < 1e-9 FROM wilson_interval(p.four, p.n))) IS NOT TRUE END) AS scores_differ,
	count(*) FILTER (WHERE abs(p.on_5 - v.mean_1_to_5) > 1e-12 OR (p.on_5 IS NULL) <> (v.mean_1_to_5 IS NULL)) AS means_differ
FROM parts p LEFT JOIN sa_view v USING (metric, by, part);
-- every way divides all answers
SELECT count(*) AS ways, bool_and((p.n, p.satisfied, p.neutral, p.dissatisfied, p.off_scale, p.unanswered) = (a.n, a.satisfied, a.neutral, a.dissatisfied, a.off_scale, a.unanswered)) AS all_divided
FROM (SELECT metric, by, sum(n) AS n, sum(satisfied) AS satisfied, sum(neutral) AS neutral, sum(dissatisfied) AS dissatisfied, sum(off_scale) AS off_scale, sum(unanswered) AS unanswered FROM sa_view GROUP BY 1, 2) p
	JOIN (SELECT metric, n, satisfied, neutral, dissatisfied, off_scale, unanswered FROM sa_view WHERE by = 'all') a USING (metric) WHERE p.by <> 'all';
-- a source without values has answers, and no scores
SELECT * FROM create_source('sa_plain', 'sa_random', 'customer', 'at', 'event');
SELECT metric, n, score, unanswered > 100 AS unanswered FROM sa_plain.satisfaction WHERE by = 'all';

SELECT drop_source('sa_shop', true), drop_source('sa_many', true), drop_source('sa_plain', true);
DROP TABLE sa_events, sa_random;
