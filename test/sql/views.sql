SET search_path = public, journey;
SET timezone = 'Asia/Tokyo';
SET datestyle = 'ISO';
SET client_min_messages = warning;
\set SHOW_CONTEXT never

--
-- a small shop by hand; its dates are Berlin's, one hour before UTC midnight matters
--
CREATE TABLE events (id bigint, at timestamptz, ev text, ch text, v numeric);
INSERT INTO events VALUES
	(1, '2026-01-31 23:30:00+00', 'ad_click', 'paid search', NULL),
	(1, '2026-01-31 23:31:00+00', 'page_view/product', 'paid search', NULL),
	(1, '2026-01-31 23:40:00+00', 'add_to_cart', 'paid search', NULL),
	(1, '2026-01-31 23:45:00+00', 'purchase', 'paid search', 20.5),
	(1, '2026-02-03 10:00:00+00', 'order_shipped', NULL, NULL),
	(1, '2026-02-05 10:00:00+00', 'order_delivered', NULL, NULL),
	(1, '2026-02-10 10:00:00+00', 'review_submitted', NULL, 5),
	(1, '2026-03-01 10:00:00+00', 'purchase', 'email', 30),
	(1, '2026-03-01 10:00:10+00', 'quiz_finished', 'email', NULL),
	(2, '2026-01-15 10:00:00+00', 'session_start', 'organic search', NULL),
	(2, '2026-01-15 10:01:00+00', 'view_item', 'organic search', NULL),
	(2, '2026-01-16 10:00:00+00', 'session_start', 'direct', NULL),
	(2, '2026-01-16 10:05:00+00', 'view_item', 'direct', NULL),
	(3, '2026-01-20 09:00:00+00', 'ad_impression', 'social', NULL),
	(4, '2026-02-10 12:00:00+00', 'add_to_cart', 'direct', NULL),
	(4, '2026-02-10 12:10:00+00', 'purchase', 'direct', 10),
	(4, '2026-02-10 12:20:00+00', 'user_engagement', 'direct', NULL),
	(4, '2026-02-20 12:00:00+00', 'order_returned', NULL, 10),
	(5, '2026-02-11 12:00:00+00', 'quiz_finished', NULL, NULL);
SELECT * FROM create_source('shop', 'events', 'id', 'at', 'ev', 'ch', 'v', timezone => 'Europe/Berlin');

SELECT customer, first_at, first_date, last_at, last_date, touchpoints, visits FROM shop.customers ORDER BY customer;
SELECT customer, purchases, revenue, stage_no, stage, first_channel, last_channel FROM shop.customers ORDER BY customer;
SELECT customer, n, at, at_date, event, channel, value, stage_no, stage, visit_no, purchase_no FROM shop.touchpoints ORDER BY customer, n;
SELECT customer, stage_no, stage, first_at, first_date, last_date, touchpoints, from_entry_seconds FROM shop.customer_stages ORDER BY customer, stage_no;
SELECT stage_no, stage, customers, reached, reached_rate, reached_or_beyond AS beyond, reached_or_beyond_rate AS beyond_rate, previous_stage,
	   round(of_previous_rate::numeric, 4) AS of_previous, dropped, round(dropped_rate::numeric, 4) AS dropped_rate, from_entry_median_seconds
FROM shop.stage_funnel ORDER BY stage_no;
SELECT month, stage_no, stage, customers, reached, reached_or_beyond AS beyond, previous_stage, dropped, from_entry_median_seconds
FROM shop.stage_funnel_by_month ORDER BY month, stage_no;
SELECT from_stage, to_stage, transitions, customers, round(probability_out::numeric, 4) AS probability_out, round(probability_in::numeric, 4) AS probability_in,
	   round(median_seconds::numeric, -1) AS about_median, p95_seconds >= median_seconds AS p95
FROM shop.stage_transitions ORDER BY from_stage COLLATE "C", to_stage COLLATE "C";
SELECT from_event, to_event, transitions, customers, round(probability_out::numeric, 4) AS probability_out, round(probability_in::numeric, 4) AS probability_in
FROM shop.event_transitions ORDER BY from_event COLLATE "C", to_event COLLATE "C";
SELECT * FROM shop.retention_weekly ORDER BY cohort_date, period_no;
SELECT * FROM shop.retention_monthly ORDER BY cohort_date, period_no;
SELECT * FROM shop.survival ORDER BY measure, days;
SELECT * FROM shop.lifecycle_weekly ORDER BY week_date;
SELECT * FROM shop.stickiness WHERE dau > 0 ORDER BY day_date;
SELECT customer, session_no AS no, start_at, start_date, end_at, end_date, duration_seconds AS seconds, touchpoints AS n, split_cause, entry_event, exit_event, channel FROM shop.sessions ORDER BY customer, session_no;
SELECT customer, session_no AS no, value, page_views, key_events, engaged, engaged_by, bounced_classic, bounced_ga4 FROM shop.sessions ORDER BY customer, session_no;
SELECT day_date, sessions, customers, touchpoints AS n, bounced_classic AS classic, bounced_classic_rate AS classic_rate, bounced_ga4 AS ga4, bounced_ga4_rate AS ga4_rate, engaged, engaged_rate, converted, converted_rate, mean_seconds, median_seconds
FROM shop.session_daily ORDER BY day_date;
SELECT count(*) FILTER (WHERE coalesce(s.sessions, 1) IS DISTINCT FROM c.visits) AS visits_differ FROM shop.customers c FULL JOIN (SELECT customer, max(session_no) AS sessions FROM shop.sessions GROUP BY customer) s USING (customer);
SELECT * FROM shop.paths ORDER BY rank;
SELECT * FROM shop.attribution ORDER BY model COLLATE "C", month, channel COLLATE "C";
SELECT * FROM shop.channel_performance ORDER BY month, channel COLLATE "C";
SELECT * FROM shop.unclassified_events ORDER BY event;

-- totals agree with each other
SELECT (SELECT count(*) FROM shop.touchpoints) = (SELECT sum(touchpoints) FROM shop.customers) AS touchpoints,
	   (SELECT count(*) FROM shop.touchpoints WHERE stage IS NOT NULL) = (SELECT sum(touchpoints) FROM shop.customer_stages) AS staged,
	   (SELECT sum(transitions) FROM shop.stage_transitions WHERE from_stage <> '(start)') = (SELECT sum(touchpoints) FROM shop.customer_stages) AS transitions,
	   (SELECT sum(customers) FROM shop.paths) = (SELECT count(*) FROM shop.customers) AS paths,
	   (SELECT sum(transitions) FROM shop.event_transitions WHERE to_event <> '(end)') = (SELECT count(*) FROM shop.touchpoints) AS event_transitions,
	   (SELECT array_agg((stage_no, reached, reached_or_beyond) ORDER BY stage_no) FROM shop.stage_funnel)
		= (SELECT array_agg((stage_no, reached, beyond) ORDER BY stage_no) FROM (SELECT stage_no, sum(reached)::bigint AS reached, sum(reached_or_beyond)::bigint AS beyond FROM shop.stage_funnel_by_month GROUP BY stage_no) AS m) AS months,
	   (SELECT sum(cohort_size) FROM shop.retention_weekly WHERE period_no = 0) = (SELECT count(*) FROM shop.customers) AS weeks,
	   (SELECT sum(cohort_size) FROM shop.retention_monthly WHERE period_no = 0) = (SELECT count(*) FROM shop.customers) AS cohorts,
	   (SELECT count(*) FROM (SELECT sum(a.conversions) AS n, sum(a.value) AS v FROM shop.attribution AS a GROUP BY a.model) AS s
		WHERE (n, v) = (SELECT sum(purchases), sum(revenue) FROM shop.customers)) = 6 AS attributed,
	   (SELECT sum(touches) FROM shop.channel_performance) = (SELECT count(*) FROM shop.touchpoints WHERE channel IS NOT NULL) AS touches;

-- stages come in their order, whatever the plan was made of
SELECT array_agg(f.stage_no) FROM shop.stage_funnel AS f;
SELECT array_agg((f.month, f.stage_no)) = array_agg((f.month, f.stage_no) ORDER BY f.month, f.stage_no) AS in_order FROM shop.stage_funnel_by_month AS f;

-- zone and week start count at once
UPDATE shop.source SET timezone = 'UTC', week_start = 'sunday';
SELECT min(first_date) FILTER (WHERE customer = 1) AS first_date FROM shop.customers;
SELECT month, customers FROM shop.stage_funnel_by_month WHERE stage_no = 1 ORDER BY month;
SELECT DISTINCT cohort_date, extract(isodow FROM cohort_date) AS day, cohort_size FROM shop.retention_weekly ORDER BY 1;

-- a model without order has no funnel, and its stages in the order of the model
SELECT create_source('moments', 'events', 'id', 'at', 'ev', 'ch', 'v', model => 'moments_five');
SELECT stage_no, stage, customers, reached, reached_rate, reached_or_beyond, previous_stage, dropped FROM moments.stage_funnel ORDER BY stage_no;
SELECT customer, stage_no, stage FROM moments.customers ORDER BY customer;
-- dormancy is as of the last touchpoint of the whole source
SELECT create_source('life', 'events', 'id', 'at', 'ev', 'ch', 'v', model => 'lifecycle', settings => '{"dormancy": "30 days"}');
SELECT customer, stage_no, stage FROM life.customers ORDER BY customer;
-- without a column for values there is no revenue to speak of
SELECT create_source('bare', 'events', 'id', 'at', 'ev');
SELECT customer, purchases, revenue, first_channel FROM bare.customers ORDER BY customer;
SELECT DISTINCT channel, conversions, value FROM bare.attribution;
SELECT channel, month, touches, last_conversions, last_value FROM bare.channel_performance ORDER BY month;

--
-- what BI tools need
--
SELECT c.relname, obj_description(c.oid) IS NOT NULL AS commented, c.reloptions
FROM pg_class AS c WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind = 'v' ORDER BY c.relname COLLATE "C";
SELECT array_agg(c.relname::text ORDER BY c.relname COLLATE "C") = (SELECT array_agg(v ORDER BY v COLLATE "C") FROM unnest(source_view_names()) AS v) AS names
FROM pg_class AS c WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind = 'v';
-- columns without comment, of another type, or not in snake_case: none but the journey itself
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, col_description(c.oid, a.attnum) AS comment
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE (c.relnamespace = 'shop'::regnamespace OR c.oid = 'journey.sources'::regclass) AND c.relkind = 'v'
	AND (coalesce(col_description(c.oid, a.attnum), '') = '' OR a.attname !~ '^[a-z][a-z0-9_]*$'
		OR format_type(a.atttypid, a.atttypmod) NOT IN ('text', 'bigint', 'integer', 'double precision', 'boolean', 'date', 'timestamp with time zone'))
ORDER BY 1, 2;
-- a date beside every time
SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind = 'v' AND a.atttypid = 'timestamptz'::regtype
	AND NOT EXISTS (SELECT FROM pg_attribute AS d WHERE d.attrelid = c.oid AND d.atttypid = 'date'::regtype AND d.attname IN (regexp_replace(a.attname, '_at$', '_date'), a.attname || '_date'));
SELECT obj_description('shop'::regnamespace, 'pg_namespace');
-- whatever the search_path is
SET search_path = '';
SELECT sum(customers), sum(reached) FROM shop.stage_funnel;
SELECT count(*) FROM shop.retention_weekly;
SET search_path = public, journey;

SELECT count(drop_source(name)) FROM sources;
DROP TABLE events;
