/* The questions.  $T stands for the store, $STEPS for its funnel. */

-- Over a whole store ---------------------------------------------------------

INSERT INTO bench.question (topic, store, name, query, settings, baseline, at_most)
SELECT 'store', s.name, q.name, q.query, q.settings::jsonb, 'count(*)',
	CASE s.name WHEN 'seconds' THEN q.at_most WHEN 'names' THEN q.at_most_names END
FROM bench.store AS s,
	(VALUES
	(1, 'count(*)',
		'SELECT count(*) FROM $T', '{}', NULL, NULL),
	(2, 'count(*), reading the table',
		'SELECT count(*) FROM $T', '{"enable_indexonlyscan": "off"}', NULL, NULL),
	(3, 'count(journey)',
		'SELECT count(journey) FROM $T', '{}', NULL, NULL),
	(4, 'sum(touchpoint_count(j))',
		'SELECT sum(journey.touchpoint_count(journey)) FROM $T', '{}', NULL, NULL),
	(5, 'max(last_at(j))',
		'SELECT max(journey.last_at(journey)) FROM $T', '{}', NULL, NULL),
	(6, 'transition_agg(j)',
		'SELECT journey.transition_agg(journey) FROM $T', '{}', 3, NULL),
	(7, 'transition_agg(j, five_stage)',
		'SELECT journey.transition_agg(journey, (SELECT journey.stage_model(''five_stage''))) FROM $T', '{}', 5, NULL),
	(8, 'count(funnel(j, 4 steps, 7 days))',
		'SELECT count(journey.funnel(journey, $STEPS, within => ''7 days'')) FROM $T', '{}', NULL, NULL),
	(9, 'funnel_agg(funnel(j, 4 steps, 7 days))',
		'SELECT journey.funnel_agg(journey.funnel(journey, $STEPS, within => ''7 days'')) FROM $T', '{}', 5.5, 6.5),
	(10, 'count(activity(j, week))',
		'SELECT count(journey.activity(journey, ''*'', ''*'', ''week'')) FROM $T', '{}', NULL, NULL),
	(11, 'retention_agg(activity(j, week))',
		'SELECT journey.retention_agg(journey.activity(journey, ''*'', ''*'', ''week'')) FROM $T', '{}', 4, NULL),
	(12, 'funnel_agg of a funnel in strict steps',
		'SELECT journey.funnel_agg(journey.funnel(journey, $STEPS, within => ''7 days'', mode => ''strict_steps'')) FROM $T', '{}', NULL, NULL),
	(13, 'journeys that fit a pattern of two steps in 7 days',
		'SELECT count(*) FROM $T WHERE journey OPERATOR(journey.~) ''view_item .* (?<=7d) purchase''', '{}', NULL, NULL),
	(14, 'session_agg(j)',
		'SELECT journey.session_agg(journey) FROM $T', '{}', 3.2, NULL),
	(15, 'path_agg(j, 5, 20)',
		'SELECT journey.path_agg(journey, 5, 20) FROM $T', '{}', 5, NULL),
	(16, 'transition_agg(classify(j, five_stage))',
		'SELECT journey.transition_agg(journey.classify(journey, (SELECT journey.stage_model(''five_stage'')))) FROM $T', '{}', NULL, NULL),
	(17, 'sessions and bounces by split_sessions(j)',
		'SELECT count(*), count(*) FILTER (WHERE journey.touchpoint_count(s) = 1) FROM $T, journey.split_sessions(journey) AS s', '{}', NULL, NULL),
	(18, 'stage_model(''five_stage'') alone',
		'SELECT journey.stage_model(''five_stage'')', '{}', NULL, NULL)
	) AS q (no, name, query, settings, at_most, at_most_names)
WHERE s.name = 'seconds' OR q.no < 12		-- the last ones take long and tell nothing new
ORDER BY array_position('{seconds,microseconds,names,channels}', s.name), q.no;

-- Time zones -----------------------------------------------------------------

INSERT INTO bench.question (topic, store, name, query, baseline, at_most)
SELECT 'zones', 'seconds', 'weekly retention in ' || zone,
	format('SELECT journey.retention_agg(journey.activity(journey, ''*'', ''*'', ''week'', %L)) FROM $T', zone),
	'weekly retention in UTC', CASE WHEN zone <> 'UTC' THEN 1.2 END
FROM unnest('{UTC,America/New_York,Asia/Kolkata}'::text[]) AS zone;

-- Raw rows -------------------------------------------------------------------

/*
 * Aggregates over raw rows that come in order of customer and time, beside
 * count(*) with the same GROUP BY over the same scan, which reads the rows and
 * not an index alone.  The conditions are evaluated by the server
 * for each row: "conditions alone" counts the rows that fit each of them.
 */
INSERT INTO bench.store
SELECT 'rows', 'the rows of a tenth of the customers, in order of customer and time', steps FROM bench.store WHERE name = 'seconds';

INSERT INTO bench.question (topic, store, name, query, settings, baseline, at_most)
SELECT 'raw', 'rows', q.name,
	format('SELECT count(answer) FROM (SELECT %s AS answer FROM $T GROUP BY customer) AS g', q.call),
	'{"enable_hashagg": "off", "enable_sort": "off", "enable_seqscan": "off", "enable_indexonlyscan": "off"}', 'count(*)', q.at_most
FROM (VALUES
	(1, 'count(*)', 'count(*)', NULL),
	(2, 'conditions alone, numbers',
		'count(*) FILTER (WHERE code = 4) + count(*) FILTER (WHERE code = 5) + count(*) FILTER (WHERE code = 6) + count(*) FILTER (WHERE code = 8)', NULL),
	(3, 'window_funnel, conditions on numbers',
		'journey.window_funnel(''7 days'', at, code = 4, code = 5, code = 6, code = 8)', 1.5),
	(4, 'conditions alone, text',
		'count(*) FILTER (WHERE event = ''view_item'') + count(*) FILTER (WHERE event = ''add_to_cart'') + count(*) FILTER (WHERE event = ''begin_checkout'') + count(*) FILTER (WHERE event = ''purchase'')', NULL),
	(5, 'window_funnel, conditions on text',
		'journey.window_funnel(''7 days'', at, event = ''view_item'', event = ''add_to_cart'', event = ''begin_checkout'', event = ''purchase'')', 1.5),
	(6, 'window_funnel, steps by name',
		'journey.window_funnel(''7 days'', at, event, $STEPS)', 1.5),
	(7, 'sequence_match, conditions on numbers',
		'journey.sequence_match(''(?1).*(?t<=604800)(?2)'', at, code = 4, code = 8)', NULL),
	(8, 'retention, conditions on numbers', 'journey.retention(code = 4, code = 8)', NULL)
	) AS q (no, name, call, at_most)
ORDER BY q.no;

-- Many groups ---------------------------------------------------------------

/*
 * The yardsticks: aggregates of PostgreSQL and of ours with an `internal`
 * state, fed with the same values.  journey_agg(j) reads every touchpoint, as
 * transition_agg does, and keeps them in an internal state; array_agg keeps
 * what funnel() or activity() gave, without counting anything.  count() of the
 * same value keeps nothing: what is above it is the aggregate.
 */
INSERT INTO bench.question (topic, store, name, query, baseline, at_most)
SELECT 'groups', 'seconds', q.name,
	format('SELECT count(answer) FROM (SELECT %s AS answer FROM $T GROUP BY customer %% $GROUPS) AS g', q.call),
	q.baseline, CASE WHEN q.name <> q.baseline AND q.name NOT LIKE 'count%' THEN 3 END
FROM (VALUES
	(1, 'count(j)', 'count(journey)', 'journey_agg(j)'),
	(2, 'journey_agg(j)', 'journey.journey_agg(journey)', 'journey_agg(j)'),
	(3, 'transition_agg(j)', 'journey.transition_agg(journey)', 'journey_agg(j)'),
	(5, 'transition_agg(j, five_stage)',
		'journey.transition_agg(journey, (SELECT journey.stage_model(''five_stage'')))', 'journey_agg(j)'),
	(6, 'count(funnel(j))',
		'count(journey.funnel(journey, $STEPS, within => ''7 days''))', 'array_agg(funnel(j))'),
	(7, 'array_agg(funnel(j))',
		'array_agg(journey.funnel(journey, $STEPS, within => ''7 days''))', 'array_agg(funnel(j))'),
	(8, 'funnel_agg(funnel(j))',
		'journey.funnel_agg(journey.funnel(journey, $STEPS, within => ''7 days''))', 'array_agg(funnel(j))'),
	(9, 'count(activity(j))',
		'count(journey.activity(journey, ''*'', ''*'', ''week''))', 'array_agg(activity(j))'),
	(10, 'array_agg(activity(j))',
		'array_agg(journey.activity(journey, ''*'', ''*'', ''week''))', 'array_agg(activity(j))'),
	(11, 'retention_agg(activity(j))',
		'journey.retention_agg(journey.activity(journey, ''*'', ''*'', ''week''))', 'array_agg(activity(j))')
	) AS q (no, name, call, baseline)
ORDER BY q.no;

-- Building a store -----------------------------------------------------------

INSERT INTO bench.store VALUES ('events', 'the rows of store seconds', '{}');

INSERT INTO bench.question (topic, store, name, query, settings, baseline)
VALUES
	('build', 'events', 'count(*), max(at)', 'SELECT count(*), max(at) FROM $T', '{}', 'count(*), max(at)'),
	('build', 'events', 'GROUP BY customer with count(*) alone',
		'SELECT count(*) FROM (SELECT count(*) FROM $T GROUP BY customer) AS g',
		'{"enable_sort": "off"}', 'count(*), max(at)'),
	('build', 'events', 'GROUP BY customer with journey_agg(at, event), hashed',
		'SELECT count(j) FROM (SELECT journey.journey_agg(at, event) AS j FROM $T GROUP BY customer) AS g',
		'{"enable_sort": "off"}', 'count(*), max(at)'),
	('build', 'events', 'GROUP BY customer with journey_agg(at, event), sorted',
		'SELECT count(j) FROM (SELECT journey.journey_agg(at, event) AS j FROM $T GROUP BY customer) AS g',
		'{"enable_hashagg": "off"}', 'count(*), max(at)');

-- Against plain SQL, on a tenth of the customers ------------------------------

/*
 * The transition matrix with (start) and (end), and the same of the stages of
 * the model five_stage, written out for the twelve names of this data: no
 * deliveries are logged, so nobody ever waits for one.
 */
INSERT INTO bench.store
SELECT 'tenth', 'a tenth of the customers of store seconds', steps FROM bench.store WHERE name = 'seconds';

CREATE VIEW bench.plain_transitions AS
WITH step AS (
	SELECT customer, event, lead(event) OVER w AS next_event, row_number() OVER w AS n
	FROM bench.events_tenth WINDOW w AS (PARTITION BY customer ORDER BY at)
), transition AS (
	SELECT customer, event AS from_event, coalesce(next_event, '(end)') AS to_event FROM step
	UNION ALL
	SELECT customer, '(start)', event FROM step WHERE n = 1
)
SELECT from_event, to_event, count(*), count(DISTINCT customer) AS customers
FROM transition GROUP BY from_event, to_event;

CREATE VIEW bench.plain_stages AS
WITH change AS (
	-- a refund happens elsewhere: it neither begins nor prolongs a visit
	SELECT customer, at, event,
		CASE event WHEN 'purchase' THEN 1 WHEN 'refund' THEN -1 ELSE 0 END AS change,
		event <> 'refund' AND coalesce(at - max(at) FILTER (WHERE event <> 'refund') OVER before > interval '30 minutes', true) AS new_visit
	FROM bench.events_tenth
	WINDOW before AS (PARTITION BY customer ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), sum AS (
	SELECT customer, at, event,
		sum(change) OVER w AS balance, count(*) FILTER (WHERE new_visit) OVER w AS visit_no
	FROM change WINDOW w AS (PARTITION BY customer ORDER BY at ROWS UNBOUNDED PRECEDING)
), context AS (
	-- a refund takes back the latest purchase, if there is one: never below 0
	SELECT customer, at, event, visit_no,
		balance - least(0, min(balance) OVER (PARTITION BY customer ORDER BY at ROWS UNBOUNDED PRECEDING)) AS purchases
	FROM sum
)
SELECT customer, at,
	CASE
		WHEN event = 'purchase' THEN CASE WHEN purchases = 1 THEN 'conversion' ELSE 'retention' END
		WHEN event = 'refund' THEN 'retention'
		WHEN event = 'share' THEN CASE WHEN purchases > 0 THEN 'advocacy' ELSE 'consideration' END
		WHEN purchases > 0 THEN 'retention'
		WHEN event = 'page_view' THEN CASE WHEN visit_no = 1 THEN 'awareness' ELSE 'consideration' END
		WHEN event IN ('search', 'view_item_list', 'view_item', 'select_item', 'sign_up') THEN 'consideration'
		WHEN event IN ('add_to_cart', 'begin_checkout', 'add_payment_info') THEN 'conversion'
	END AS stage
FROM context;

CREATE VIEW bench.plain_stage_transitions AS
WITH step AS (
	SELECT customer, stage, lead(stage) OVER w AS next_stage, row_number() OVER w AS n
	FROM bench.plain_stages WHERE stage IS NOT NULL WINDOW w AS (PARTITION BY customer ORDER BY at)
), transition AS (
	SELECT customer, stage AS from_event, coalesce(next_stage, '(end)') AS to_event FROM step
	UNION ALL
	SELECT customer, '(start)', stage FROM step WHERE n = 1
)
SELECT from_event, to_event, count(*), count(DISTINCT customer) AS customers
FROM transition GROUP BY from_event, to_event;

/* The latest start from which each step can be reached: exact, in one pass a step. */
CREATE VIEW bench.plain_funnel AS
WITH s AS (
	SELECT customer, at, event FROM bench.events_tenth
	WHERE event IN ('view_item', 'add_to_cart', 'begin_checkout', 'purchase')
), a AS (
	SELECT *, max(CASE WHEN event = 'view_item' THEN at END) OVER w AS s1
	FROM s WINDOW w AS (PARTITION BY customer ORDER BY at ROWS UNBOUNDED PRECEDING)
), b AS (
	SELECT *, max(CASE WHEN event = 'add_to_cart' AND at <= s1 + interval '7 days' THEN s1 END) OVER w AS s2
	FROM a WINDOW w AS (PARTITION BY customer ORDER BY at ROWS UNBOUNDED PRECEDING)
), c AS (
	SELECT *, max(CASE WHEN event = 'begin_checkout' AND at <= s2 + interval '7 days' THEN s2 END) OVER w AS s3
	FROM b WINDOW w AS (PARTITION BY customer ORDER BY at ROWS UNBOUNDED PRECEDING)
), d AS (
	SELECT max(CASE WHEN event = 'purchase' AND at <= s3 + interval '7 days' THEN 4
			WHEN s3 IS NOT NULL THEN 3 WHEN s2 IS NOT NULL THEN 2 WHEN s1 IS NOT NULL THEN 1 ELSE 0 END) AS level
	FROM c GROUP BY customer
)
SELECT step_no, count(*) FILTER (WHERE level >= step_no) AS reached
FROM d, generate_series(1, 4) AS step_no GROUP BY step_no;

CREATE VIEW bench.plain_retention AS
WITH week AS (
	SELECT DISTINCT customer, date_trunc('week', at AT TIME ZONE 'UTC')::date AS week FROM bench.events_tenth
), cohort AS (
	SELECT week, min(week) OVER (PARTITION BY customer) AS cohort FROM week
)
SELECT cohort, (week - cohort) / 7 AS period_no, count(*) AS retained FROM cohort GROUP BY cohort, week;

INSERT INTO bench.question (topic, store, name, query, baseline)
SELECT 'plain', 'tenth', q.name || ', ' || v.how, v.query, q.name || ', journey'
FROM (VALUES
	(1, 'transition matrix', 'SELECT journey.transition_agg(journey) FROM $T', 'TABLE bench.plain_transitions'),
	(2, 'transitions of five stages',
		'SELECT journey.transition_agg(journey, (SELECT journey.stage_model(''five_stage''))) FROM $T',
		'TABLE bench.plain_stage_transitions'),
	(3, 'funnel of four steps in seven days',
		'SELECT journey.funnel_agg(journey.funnel(journey, $STEPS, within => ''7 days'')) FROM $T',
		'TABLE bench.plain_funnel'),
	(4, 'weekly retention',
		'SELECT journey.retention_agg(journey.activity(journey, ''*'', ''*'', ''week'')) FROM $T',
		'TABLE bench.plain_retention')
	) AS q (no, name, ours, plain),
	LATERAL (VALUES (1, 'journey', q.ours), (2, 'plain SQL', q.plain)) AS v (no, how, query)
ORDER BY q.no, v.no;
