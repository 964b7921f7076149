-- Every shipped event name in every context that has a rule: the stage it is
-- listed with in data/event_stage_flat.tsv, in all four models.  '-' stands for
-- no stage.
SET search_path = public, journey;

\set listed `cat "$PG_ABS_SRCDIR/data/event_stage_flat.tsv"`
CREATE TEMP TABLE listed AS
SELECT n, f[1] AS taxonomy, f[2] AS event, f[3] AS polarity, f[4] AS context, f[9] AS action,
	f[5] AS five_stage, f[6] AS moments_five, f[7] AS three_stage, f[8] AS moments_four
FROM string_to_table(:'listed', E'\n') WITH ORDINALITY l (line, n), LATERAL (SELECT string_to_array(line, E'\t')) x (f)
WHERE n > 1 AND line <> '';
SELECT count(*) AS rows, count(DISTINCT (taxonomy, event)) AS names, count(DISTINCT context) AS contexts FROM listed;

-- the tables say the same of names
SELECT count(*) FROM (SELECT DISTINCT taxonomy, event, action, polarity FROM listed) l
JOIN event_actions e USING (taxonomy, event, action)
WHERE e.polarity = CASE l.polarity WHEN '+' THEN 1 WHEN '-' THEN -1 ELSE 0 END;

/*
 * How to bring a touchpoint into a context: hours and events before and after
 * it, its detail, its value.  Several ways each.  P is a purchase, D a delivery,
 * R a refund, T a touchpoint that no taxonomy knows.
 */
CREATE TEMP TABLE way (context text, actions text, around text, detail text, value float8);
INSERT INTO way VALUES
	-- nothing bought, first visit; nothing bought, second visit; bought and given back
	('prospect', '^(?!page_view)', '', NULL, NULL),
	('prospect', '', '-2 T', NULL, NULL),
	('prospect', '', '-5 P, -3 R', NULL, NULL),
	('prospect', '', '-2 T, 1 P, 2 D', NULL, NULL),
	('prospect & visit_no=1', '', '', NULL, NULL),
	('prospect & visit_no=1', '', '-0.4 T, -0.2 T', NULL, NULL),
	('prospect & visit_no=1', '', '-0.5 T', NULL, NULL),
	('prospect & visit_no=1', '', '-0.4 P, -0.3 R', NULL, NULL),
	('prospect & visit_no>=2', '', '-1 T', NULL, NULL),
	('prospect & visit_no>=2', '', '-50 T, -49.9 T, -9 T', NULL, NULL),
	('prospect & page_type=content', '', '', 'content', NULL),
	('prospect & page_type=content', '', '-2 T', 'content', NULL),
	('prospect & page_type=product', '', '', 'product', NULL),
	('prospect & page_type=product', '', '-2 T', 'product', NULL),
	('prospect & message_kind=cart_recovery', '', '', 'cart_recovery', NULL),
	('prospect & message_kind=cart_recovery', '', '-2 T', 'cart_recovery', NULL),
	-- bought, not delivered
	('gap', '', '-2 P, 2 D', NULL, NULL),
	('gap', '', '-9 P, -8 D, -2 P, 2 D', NULL, NULL),
	('gap', '', '-9 P, -8 D, -2 P', 'detail', NULL),
	-- bought and delivered; bought, and deliveries are not known
	('customer', '', '-3 P, -1 D', NULL, NULL),
	('customer', '', '-3 P', NULL, NULL),
	('customer', '', '-9 P, -8 P, -3 R', NULL, NULL),
	('customer', '', '-3 P, -1 D', 'detail', 9),
	('customer | gap', '', '-3 P, -1 D', NULL, NULL),
	('customer | gap', '', '-3 P', NULL, NULL),
	('customer | gap', '', '-3 P, 1 D', NULL, NULL),
	('customer | gap', '', '-3 P, 1 D', NULL, 4),
	('customer | gap', '', '-3 P, -1 D', 'detail', 5),
	('customer & rating<=3', '', '-3 P, -1 D', NULL, 3),
	('customer & rating<=3', '', '-3 P', NULL, 1),
	('customer & rating<=3', '', '-3 P, 1 D', NULL, 2.5),
	-- purchases, counted without those taken back
	('purchase_no=1', '', '', NULL, NULL),
	('purchase_no=1', '', '-2 T', NULL, 49.9),
	('purchase_no=1', '', '-9 P, -3 R', NULL, NULL),
	('purchase_no=1', '', '-9 P, -8 D, -3 R, 2 D', NULL, NULL),
	('purchase_no>=2', '', '-9 P, -8 D', NULL, NULL),
	('purchase_no>=2', '', '-9 P', NULL, NULL),
	('purchase_no>=2', '', '-9 P, -8 D, -2 P, 1 D', NULL, NULL),
	('purchase_no>=2', '', '-9 P, -8 P, -7 D, -6 R', NULL, NULL),
	-- whatever the context
	('any', '', '', NULL, NULL),
	('any', '', '-3 P, 2 D', NULL, NULL),
	('any', '', '-3 P, -1 D', NULL, NULL),
	('any', '', '-3 P', 'detail', 2),
	('survey=brand', '', '', 'brand', NULL),
	('survey=brand', '', '-3 P', 'brand', 9),
	('survey=pre_purchase', '', '-2 T', 'pre_purchase', NULL),
	('survey=csat|ces & topic=delivery|support', '', '-3 P, 2 D', 'csat_delivery', 4),
	('survey=csat|ces & topic=delivery|support', '', '-3 P, -1 D', 'csat_support', NULL),
	('survey=csat|ces & topic=delivery|support', '', '-3 P', 'ces_delivery', 1),
	('survey=csat|ces & topic=delivery|support', '', '', 'ces_support', NULL),
	('survey=csat|ces', '', '-3 P, -1 D', 'csat', 5),
	('survey=csat|ces', '', '-3 P, 1 D', 'ces', 5),
	('survey=csat|ces', '', '-3 P', 'csat_product', NULL),
	('survey=csat|ces', '', '', 'ces_checkout', NULL),
	('survey=nps', '', '-3 P, -1 D', 'nps', 10),
	('survey=nps', '', '', 'nps', 0),
	('survey=testimonial', '', '-3 P, -1 D', 'testimonial', NULL);
SELECT count(*) FROM (SELECT DISTINCT context FROM listed) l WHERE context NOT IN (SELECT context FROM way);

/*
 * A name with blanks is quoted in a model, and a quoted name fits exactly its
 * text: no details that no rule asks for.  A name that implies a detail has it
 * without saying so, and is an ordinary one only with another.
 */
CREATE TEMP TABLE trial AS
SELECT row_number() OVER (ORDER BY l.n, w.around, w.detail, w.value) AS id, l.*, w.around, w.value,
	l.event || coalesce('/' || CASE WHEN l.event <> 'cart_recovery_sent' THEN w.detail
								WHEN l.context = 'prospect' THEN 'reminder' END, '') AS label
FROM listed l JOIN way w ON w.context = l.context AND l.action ~ w.actions
WHERE w.detail IS DISTINCT FROM 'detail' OR l.event !~ ' ';
SELECT count(*) > 1000 AS many FROM trial;

CREATE TEMP TABLE journeys AS
SELECT t.id, journey_agg(s.at, s.event, NULL::text, s.value) AS j
FROM trial t, LATERAL (
	SELECT '2026-03-01 12:00:00+00'::timestamptz, t.label, t.value
	UNION ALL
	SELECT '2026-03-01 12:00:00+00'::timestamptz + split_part(x, ' ', 1)::float8 * interval '1 hour',
		CASE split_part(x, ' ', 2) WHEN 'P' THEN 'purchase' WHEN 'D' THEN 'order_delivered'
			WHEN 'R' THEN 'order_returned' ELSE 'unknown_event' END, NULL
	FROM string_to_table(nullif(t.around, ''), ', ') x) s (at, event, value)
GROUP BY t.id;

-- a model for each taxonomy, with purchases and deliveries of others behind it;
-- and one with all taxonomies in their default order
CREATE TEMP TABLE models AS
SELECT t.taxonomy, m.model, stage_model(m.model, ARRAY[t.taxonomy, 'backoffice_suggested', 'ga4_recommended']) AS compiled
FROM taxonomies t, unnest('{five_stage,moments_five,three_stage,moments_four}'::text[]) m (model)
UNION ALL
SELECT NULL, m.model, stage_model(m.model, NULL)
FROM unnest('{five_stage,moments_five,three_stage,moments_four}'::text[]) m (model);

-- model by model: a machine is built once for each
CREATE TEMP TABLE result AS
SELECT m.taxonomy IS NULL AS all_taxonomies, m.model, t.*
FROM models m CROSS JOIN LATERAL (
	SELECT t.id, t.n, s.stage,
		(SELECT c.event FROM touchpoints(classify(j.j, m.compiled)) c WHERE c.at = s.at) AS classified,
		(SELECT count(*) FROM touchpoints(unclassified(j.j, m.compiled)) u WHERE u.at = s.at) AS reported,
		CASE m.model WHEN 'five_stage' THEN t.five_stage WHEN 'moments_five' THEN t.moments_five
			WHEN 'three_stage' THEN t.three_stage ELSE t.moments_four END AS wanted
	FROM trial t JOIN journeys j USING (id)
		CROSS JOIN LATERAL staged_touchpoints(j.j, m.compiled) s
	WHERE s.at = '2026-03-01 12:00:00+00' AND t.taxonomy = coalesce(m.taxonomy, t.taxonomy)
	OFFSET 0) t;

SELECT model, count(DISTINCT n) AS rows, count(*) = (SELECT count(*) FROM trial) AS all_trials,
	count(*) FILTER (WHERE coalesce(stage, '-') = wanted) = count(*) AS as_listed,
	count(*) FILTER (WHERE classified IS NOT DISTINCT FROM stage) = count(*) AS classify_too,
	sum(reported) AS reported
FROM result WHERE NOT all_taxonomies GROUP BY model ORDER BY model;
SELECT t.taxonomy, t.label, t.context, t.around, t.value, r.model, r.stage, r.wanted
FROM result r JOIN trial t USING (id)
WHERE NOT r.all_taxonomies AND coalesce(r.stage, '-') <> r.wanted ORDER BY r.id, r.model LIMIT 20;

-- the same with all taxonomies, but for the two names that the back office
-- means otherwise
SELECT t.taxonomy, t.event, t.action, r.model, count(*), count(DISTINCT t.n) AS rows
FROM result r JOIN trial t USING (id)
WHERE r.all_taxonomies AND (coalesce(r.stage, '-') <> r.wanted OR r.classified IS DISTINCT FROM r.stage OR r.reported > 0)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4;
SELECT count(DISTINCT n) AS rows FROM result WHERE all_taxonomies;
