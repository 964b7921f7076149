\echo Use "CREATE EXTENSION journey" to load this file. \quit

/*
 * The views of a source.
 *
 * Columns are text, bigint, integer, double precision, boolean, date or
 * timestamptz, so that every BI tool takes them; only "journeys" has ours.
 * Each view reads the model and the zone once, by a scalar subquery that becomes
 * an init plan; flat() makes the model a value that need not be unpacked for
 * each row.  All are security_invoker: who reads them needs SELECT on the
 * store and on the settings.
 */

CREATE FUNCTION journey.source_view_names() RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN ARRAY['journeys', 'customers', 'touchpoints', 'customer_stages', 'stage_funnel', 'stage_funnel_by_month',
				 'stage_transitions', 'event_transitions', 'retention_weekly', 'retention_monthly', 'survival',
				 'lifecycle_weekly', 'stickiness', 'sessions', 'session_daily', 'paths', 'attribution', 'channel_performance', 'unclassified_events',
				 'satisfaction', 'moments', 'moment_scorecard', 'moment_orders', 'orders', 'delivery_gap',
				 'carts', 'cart_abandonment', 'checkout_errors', 'clicks_to_purchase', 'cart_reminders',
				 'service_contacts', 'service_by_channel', 'states', 'state_transitions',
				 'key_decision_areas', 'opportunities', 'average_journey', 'journey_map', 'moment_candidates', 'journey_drift',
				 'top_customers', 'milestones', 'message_frequency', 'customer_rfm', 'kpis'];
COMMENT ON FUNCTION journey.source_view_names() IS
$$The names of the views that a source has. drop_source drops these.$$;

CREATE FUNCTION journey.source_view(source text, name text, query text, about text, columns text[]) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	col text;
BEGIN
	-- the placeholders stand for what every view needs
	query := replace(query, '{model}', '(SELECT journey.flat(m.model) FROM {schema}.source AS m)');
	query := replace(query, '{moments}', '(SELECT journey.flat(t.moments) FROM {schema}.source AS t)');
	query := replace(query, '{states}', '(SELECT journey.flat(c.states) FROM {schema}.source AS c)');
	query := replace(query, '{actions}', '(SELECT journey.flat(a.actions) FROM {schema}.source AS a)');
	query := replace(query, '{zone}', '(SELECT z.timezone FROM {schema}.source AS z)');
	query := replace(query, '{week_start}', '(SELECT w.week_start FROM {schema}.source AS w)');
	query := replace(query, '{last_seen}', '(SELECT l.last_at FROM {schema}.source AS l)');
	query := replace(query, '{schema}', quote_ident(source));
	EXECUTE format('CREATE VIEW %I.%I WITH (security_invoker = true) AS %s', source, name, query);
	-- a view of one table can be written through, and a tool that does so by mistake would change the store
	EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON %I.%I FROM CURRENT_USER', source, name);
	EXECUTE format('COMMENT ON VIEW %I.%I IS %L', source, name, about);
	FOREACH col IN ARRAY columns LOOP
		EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', source, name,
					   split_part(col, ': ', 1), substr(col, strpos(col, ': ') + 2));
	END LOOP;
END
$$;
COMMENT ON FUNCTION journey.source_view(text, text, text, text, text[]) IS
$$Makes one view of a source: its name, query ({schema}, {model}, {moments}, {states}, {actions}, {zone}, {week_start} and {last_seen} are filled in), comment, and comments of its columns as "column: comment". A part of create_source; runs what it is given with the caller's rights.$$;

CREATE FUNCTION journey.source_views(name text, has_value boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	period text;
BEGIN
	PERFORM journey.source_view(name, 'journeys', $q$
SELECT s.customer, s.journey
FROM {schema}.store AS s
$q$,
		'One row a customer with all touchpoints as one value of type journey: what the functions and aggregates of the extension take. As of the last rebuild.',
		ARRAY[
		'customer: The customer.',
		'journey: All touchpoints of the customer, ordered by time.']);

	PERFORM journey.source_view(name, 'customers', replace($q$
SELECT j.customer,
	   journey.first_at(j.journey) AS first_at,
	   (journey.first_at(j.journey) AT TIME ZONE {zone})::date AS first_date,
	   journey.last_at(j.journey) AS last_at,
	   (journey.last_at(j.journey) AT TIME ZONE {zone})::date AS last_date,
	   journey.touchpoint_count(j.journey) AS touchpoints,
	   (SELECT max(t.visit_no) FROM journey.staged_touchpoints(j.journey, {model}) AS t) AS visits,
	   journey.touchpoint_count(journey.filter(j.journey, {model}, 'purchase')) AS purchases,
	   {revenue} AS revenue,
	   (SELECT s.stage_no FROM journey.stages({model}) AS s
		WHERE s.stage = journey.current_stage(j.journey, {model}, {last_seen})) AS stage_no,
	   journey.current_stage(j.journey, {model}, {last_seen}) AS stage,
	   (journey.nth(journey.filter(j.journey, '*@*'::journey.matcher), 1)).channel AS first_channel,
	   (journey.nth(journey.filter(j.journey, '*@*'::journey.matcher), -1)).channel AS last_channel
FROM {schema}.store AS j
$q$, '{revenue}', CASE WHEN has_value
		THEN $q$coalesce(journey.value_sum(journey.filter(j.journey, {model}, 'purchase')), 0)$q$
		ELSE 'NULL::double precision' END),
		'One row a customer: when first and last seen, how much was done, and the stage the customer is in.',
		ARRAY[
		'customer: The customer.',
		'first_at: Time of the first touchpoint.',
		'first_date: Date of the first touchpoint in the time zone of the source.',
		'last_at: Time of the last touchpoint.',
		'last_date: Date of the last touchpoint in the time zone of the source.',
		'touchpoints: Number of touchpoints.',
		'visits: Number of visits: a pause longer than the session timeout starts a new one; what the model calls offsite (mails, parcels) is in none.',
		'purchases: Number of purchases, returned ones included.',
		'revenue: Sum of the values of the purchases, before refunds; 0 for none, NULL if the source has no column for values.',
		'stage_no: Number of the stage, counted from 1 in the order of the model.',
		'stage: Stage of the latest touchpoint that stands in one; a dormant stage, where the model has one, as of the last touchpoint seen in the whole source. NULL if no touchpoint stands in a stage.',
		'first_channel: Channel of the first touchpoint that has one.',
		'last_channel: Channel of the last touchpoint that has one.']);

	PERFORM journey.source_view(name, 'touchpoints', $q$
SELECT j.customer, t.n, t.at, (t.at AT TIME ZONE {zone})::date AS at_date,
	   t.event, t.channel, t.value, t.stage_no, t.stage, t.visit_no, t.purchase_no
FROM {schema}.store AS j
	CROSS JOIN LATERAL journey.staged_touchpoints(j.journey, {model}) AS t
$q$,
		'One row a touchpoint, with the stage in which it stands.',
		ARRAY[
		'customer: The customer.',
		'n: Number of the touchpoint within the journey of the customer, from 1.',
		'at: Time of the touchpoint.',
		'at_date: Date of the touchpoint in the time zone of the source.',
		'event: Name of the event, with its detail after a slash where it has one.',
		'channel: Channel; NULL for none.',
		'value: Value: revenue of a purchase, a rating, a score; NULL for none.',
		'stage_no: Number of the stage, counted from 1 in the order of the model; NULL where the touchpoint stands in none.',
		'stage: Stage in which the touchpoint stands; NULL where no rule of the model says so.',
		'visit_no: Number of the visit, from 1.',
		'purchase_no: Purchases so far, this one included, without those taken back by a refund.']);

	PERFORM journey.source_view(name, 'customer_stages', $q$
SELECT j.customer, s.stage_no, s.stage,
	   s.first_at, (s.first_at AT TIME ZONE {zone})::date AS first_date,
	   s.last_at, (s.last_at AT TIME ZONE {zone})::date AS last_date,
	   s.touchpoints,
	   extract(epoch FROM s.first_at - journey.first_at(j.journey))::double precision AS from_entry_seconds
FROM {schema}.store AS j
	CROSS JOIN LATERAL (
		SELECT t.stage_no, t.stage, min(t.at) AS first_at, max(t.at) AS last_at, count(*) AS touchpoints
		FROM journey.staged_touchpoints(j.journey, {model}) AS t
		WHERE t.stage IS NOT NULL
		GROUP BY t.stage_no, t.stage) AS s
$q$,
		'One row for each customer and stage in which the customer has a touchpoint.',
		ARRAY[
		'customer: The customer.',
		'stage_no: Number of the stage, counted from 1 in the order of the model.',
		'stage: The stage.',
		'first_at: Time of the first touchpoint in the stage.',
		'first_date: Its date in the time zone of the source.',
		'last_at: Time of the last touchpoint in the stage.',
		'last_date: Its date in the time zone of the source.',
		'touchpoints: Number of touchpoints in the stage.',
		'from_entry_seconds: Seconds from the first touchpoint of the customer to the first in the stage.']);

	PERFORM journey.source_view(name, 'stage_funnel', $q$
WITH seen AS MATERIALIZED (
	SELECT c.customer, c.stage_no, c.from_entry_seconds FROM {schema}.customer_stages AS c
), reached AS (
	SELECT r.stage_no, count(*) AS customers,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY r.from_entry_seconds) AS median_seconds
	FROM seen AS r GROUP BY r.stage_no
), deepest AS (
	SELECT d.stage_no, count(*) AS customers
	FROM (SELECT max(m.stage_no) AS stage_no FROM seen AS m GROUP BY m.customer) AS d
	GROUP BY d.stage_no
), counted AS (
	SELECT s.stage_no, s.stage, s.ordered, a.customers AS customers,
		   coalesce(r.customers, 0) AS reached, r.median_seconds,
		   CASE WHEN s.ordered THEN coalesce(sum(d.customers) OVER (ORDER BY s.stage_no DESC), 0)::bigint END AS beyond
	FROM journey.stages({model}) AS s
		CROSS JOIN (SELECT count(*) AS customers FROM {schema}.store AS k) AS a
		LEFT JOIN reached AS r ON r.stage_no = s.stage_no
		LEFT JOIN deepest AS d ON d.stage_no = s.stage_no
), compared AS (
	SELECT c.*, CASE WHEN c.ordered THEN lag(c.beyond, 1, c.customers) OVER (ORDER BY c.stage_no) END AS previous
	FROM counted AS c
)
SELECT f.stage_no, f.stage, f.customers,
	   f.reached, f.reached::double precision / nullif(f.customers, 0) AS reached_rate,
	   f.beyond AS reached_or_beyond, f.beyond::double precision / nullif(f.customers, 0) AS reached_or_beyond_rate,
	   f.previous AS previous_stage, f.beyond::double precision / nullif(f.previous, 0) AS of_previous_rate,
	   f.previous - f.beyond AS dropped, (f.previous - f.beyond)::double precision / nullif(f.previous, 0) AS dropped_rate,
	   f.median_seconds AS from_entry_median_seconds
FROM compared AS f
ORDER BY f.stage_no
$q$,
		'One row a stage: how many customers came how far. A customer has reached a stage with a touchpoint in it. Who stands in a later stage of an ordered model has come through the earlier ones, seen there or not: reached_or_beyond never grows from stage to stage, and is the funnel. A model without order has no funnel: those columns are NULL. No touchpoint stands in a dormant stage (lapsed): who is there is in customers.',
		ARRAY[
		'stage_no: Number of the stage, counted from 1 in the order of the model.',
		'stage: The stage.',
		'customers: All customers of the source.',
		'reached: Customers with a touchpoint in this stage.',
		'reached_rate: reached of customers, 0 to 1.',
		'reached_or_beyond: Customers with a touchpoint in this stage or a later one.',
		'reached_or_beyond_rate: reached_or_beyond of customers, 0 to 1.',
		'previous_stage: reached_or_beyond of the stage before; of the first stage, all customers.',
		'of_previous_rate: reached_or_beyond of previous_stage, 0 to 1.',
		'dropped: Customers who came to the stage before and not to this one or a later one.',
		'dropped_rate: dropped of previous_stage, 0 to 1.',
		'from_entry_median_seconds: Median of the seconds from a customer''s first touchpoint to the first in this stage, of those who reached it.']);

	PERFORM journey.source_view(name, 'stage_funnel_by_month', $q$
WITH began AS MATERIALIZED (
	SELECT k.customer, date_trunc('month', journey.first_at(k.journey) AT TIME ZONE {zone})::date AS month
	FROM {schema}.store AS k
), seen AS MATERIALIZED (
	SELECT c.customer, c.stage_no, c.from_entry_seconds, b.month
	FROM {schema}.customer_stages AS c JOIN began AS b ON b.customer = c.customer
), entered AS (
	SELECT b.month, count(*) AS customers FROM began AS b GROUP BY b.month
), reached AS (
	SELECT r.month, r.stage_no, count(*) AS customers,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY r.from_entry_seconds) AS median_seconds
	FROM seen AS r GROUP BY r.month, r.stage_no
), deepest AS (
	SELECT d.month, d.stage_no, count(*) AS customers
	FROM (SELECT m.month, max(m.stage_no) AS stage_no FROM seen AS m GROUP BY m.month, m.customer) AS d
	GROUP BY d.month, d.stage_no
), counted AS (
	SELECT a.month, s.stage_no, s.stage, s.ordered, a.customers AS customers,
		   coalesce(r.customers, 0) AS reached, r.median_seconds,
		   CASE WHEN s.ordered THEN coalesce(sum(d.customers) OVER (PARTITION BY a.month ORDER BY s.stage_no DESC), 0)::bigint END AS beyond
	FROM entered AS a
		CROSS JOIN journey.stages({model}) AS s
		LEFT JOIN reached AS r ON r.month = a.month AND r.stage_no = s.stage_no
		LEFT JOIN deepest AS d ON d.month = a.month AND d.stage_no = s.stage_no
), compared AS (
	SELECT c.*, CASE WHEN c.ordered THEN lag(c.beyond, 1, c.customers) OVER (PARTITION BY c.month ORDER BY c.stage_no) END AS previous
	FROM counted AS c
)
SELECT f.month, f.stage_no, f.stage, f.customers,
	   f.reached, f.reached::double precision / nullif(f.customers, 0) AS reached_rate,
	   f.beyond AS reached_or_beyond, f.beyond::double precision / nullif(f.customers, 0) AS reached_or_beyond_rate,
	   f.previous AS previous_stage, f.beyond::double precision / nullif(f.previous, 0) AS of_previous_rate,
	   f.previous - f.beyond AS dropped, (f.previous - f.beyond)::double precision / nullif(f.previous, 0) AS dropped_rate,
	   f.median_seconds AS from_entry_median_seconds
FROM compared AS f
ORDER BY f.month, f.stage_no
$q$,
		'stage_funnel for the customers who came first in each month: one row a month and stage. What they reached counts whenever it was, so later months have had less time.',
		ARRAY[
		'month: First day of the month of a customer''s first touchpoint, in the time zone of the source.',
		'stage_no: Number of the stage, counted from 1 in the order of the model.',
		'stage: The stage.',
		'customers: Customers who came first in this month.',
		'reached: Those of them with a touchpoint in this stage.',
		'reached_rate: reached of customers, 0 to 1.',
		'reached_or_beyond: Those with a touchpoint in this stage or a later one; NULL for a model without order.',
		'reached_or_beyond_rate: reached_or_beyond of customers, 0 to 1.',
		'previous_stage: reached_or_beyond of the stage before; of the first stage, all customers of the month.',
		'of_previous_rate: reached_or_beyond of previous_stage, 0 to 1.',
		'dropped: Customers who came to the stage before and not to this one or a later one.',
		'dropped_rate: dropped of previous_stage, 0 to 1.',
		'from_entry_median_seconds: Median of the seconds from a customer''s first touchpoint to the first in this stage, of those who reached it.']);

	PERFORM journey.source_view(name, 'stage_transitions', $q$
SELECT t.from_event AS from_stage, t.to_event AS to_stage, t.count AS transitions, t.customers,
	   t.probability_out, t.probability_in, t.median_seconds, t.p95_seconds
FROM unnest((SELECT journey.transition_agg(j.journey, {model}) FROM {schema}.store AS j)) AS t
$q$,
		'One row for each pair of stages that followed each other: touchpoints that stand in no stage are left out, each two neighbours of the rest are a transition. (start) and (end) stand before the first and after the last.',
		ARRAY[
		'from_stage: Stage of the earlier touchpoint; (start) before the first.',
		'to_stage: Stage of the next touchpoint, which may be the same; (end) after the last.',
		'transitions: How often that happened.',
		'customers: How many customers did it.',
		'probability_out: transitions of all that leave from_stage, 0 to 1.',
		'probability_in: transitions of all that come to to_stage, 0 to 1.',
		'median_seconds: Median of the seconds between the two touchpoints, relative error at most 1 %; NULL for (start) and (end).',
		'p95_seconds: 95th percentile of these seconds, relative error at most 1 %.']);

	PERFORM journey.source_view(name, 'event_transitions', $q$
SELECT t.from_event, t.to_event, t.count AS transitions, t.customers,
	   t.probability_out, t.probability_in, t.median_seconds, t.p95_seconds
FROM unnest((SELECT journey.transition_agg(j.journey) FROM {schema}.store AS j)) AS t
$q$,
		'One row for each pair of events that followed each other directly. (start) and (end) stand before the first and after the last.',
		ARRAY[
		'from_event: The earlier event; (start) before the first.',
		'to_event: The next event, which may be the same; (end) after the last.',
		'transitions: How often that happened.',
		'customers: How many customers did it.',
		'probability_out: transitions of all that leave from_event, 0 to 1.',
		'probability_in: transitions of all that come to to_event, 0 to 1.',
		'median_seconds: Median of the seconds between the two touchpoints, relative error at most 1 %; NULL for (start) and (end).',
		'p95_seconds: 95th percentile of these seconds, relative error at most 1 %.']);

	FOREACH period IN ARRAY ARRAY['week', 'month'] LOOP
		PERFORM journey.source_view(name, 'retention_' || period || 'ly', replace($q$
SELECT r.cohort AS cohort_date, r.cohort_size, r.period_no,
	   (r.cohort + make_interval({period}s => r.period_no::integer))::date AS period_date,
	   r.retained, r.rate, r.complete, r.eligible, r.eligible_retained, r.eligible_rate,
	   r.lower AS eligible_rate_lower, r.upper AS eligible_rate_upper,
	   r.on_or_after, r.on_or_before, r.streak
FROM unnest((
	SELECT journey.retention_agg(journey.activity(j.journey, start => '*', "return" => '*', period => '{period}',
		   timezone => {zone}, week_start => {week_start}, as_of => {last_seen}))
	FROM {schema}.store AS j)) AS r
$q$, '{period}', period),
			replace('One row for each cohort and {period} after: of the customers whose first touchpoint of any kind was in a {period}, how many had a touchpoint of any kind in the same {period} (number 0), the next (1) and so on. They are calendar {period}s in the time zone of the source.', '{period}', period),
			string_to_array(replace(
				E'cohort_date: First day of the {period} of the first touchpoint.\n'
				'cohort_size: Customers whose first touchpoint was in that {period}.\n'
				'period_no: Number of the {period} since then; 0 is that {period} itself.\n'
				'period_date: First day of the {period} that is looked at.\n'
				'retained: Customers of the cohort with a touchpoint in that {period}.\n'
				'rate: retained of cohort_size, 0 to 1.\n'
				'complete: Was that {period} over at the last touchpoint seen in the source? Where not, retained may still grow.\n'
				'eligible: Customers of the cohort for whom that {period} was over: all or none.\n'
				'eligible_retained: Those of eligible with a touchpoint in that {period}.\n'
				'eligible_rate: eligible_retained of eligible, 0 to 1; NULL where the {period} was not over.\n'
				'eligible_rate_lower: Lower bound of the 95 % interval of eligible_rate (Wilson).\n'
				'eligible_rate_upper: Upper bound of the 95 % interval of eligible_rate (Wilson).\n'
				'on_or_after: Customers of the cohort with a touchpoint in that {period} or a later one.\n'
				'on_or_before: Customers of the cohort who came back in a {period} after their first, up to that one; all of them for number 0.\n'
				'streak: Customers of the cohort with a touchpoint in every {period} up to that one.',
				'{period}', period), E'\n'));
	END LOOP;

	PERFORM journey.source_view(name, 'survival', $q$
WITH bought AS MATERIALIZED (
	SELECT journey.first_at(j.journey) AS first_at,
		   journey.filter(j.journey, {model}, 'purchase') AS purchases, {last_seen} AS last_seen
	FROM {schema}.store AS j
), watched AS (
	SELECT 'first purchase' AS measure, b.first_at AS start_at, journey.first_at(b.purchases) AS event_at, b.last_seen
	FROM bought AS b
	UNION ALL
	SELECT 'second purchase', journey.first_at(b.purchases), (journey.nth(b.purchases, 2)).at, b.last_seen
	FROM bought AS b WHERE journey.touchpoint_count(b.purchases) > 0
), curves AS (
	SELECT w.measure, journey.survival_agg(
			   floor(extract(epoch FROM coalesce(w.event_at, w.last_seen) - w.start_at) / 86400)::double precision,
			   w.event_at IS NOT NULL) AS curve
	FROM watched AS w GROUP BY w.measure
)
SELECT c.measure, s.duration::integer AS days, s.at_risk, s.events, s.censored,
	   s.survival, 1 - s.survival AS happened_rate, s.lower AS survival_lower, s.upper AS survival_upper
FROM curves AS c CROSS JOIN LATERAL unnest(c.curve) AS s
$q$,
		'How long customers take, where not all have done it yet: one row a measure and number of days, the Kaplan-Meier curve. A customer who has not bought by the last touchpoint seen in the source counts for as long as he was seen, never as lost. What a purchase is, the model says; purchases taken back later count.',
		ARRAY[
		'measure: first purchase: from the first touchpoint to the first purchase; second purchase: from the first purchase to the second.',
		'days: Whole days of 24 hours since the start; 0 is the first day.',
		'at_risk: Customers to whom it had not happened before that day and who were still seen.',
		'events: Customers to whom it happened on that day.',
		'censored: Customers whose data end on that day.',
		'survival: Estimated share of customers to whom it has not happened by the end of that day, 0 to 1.',
		'happened_rate: 1 - survival: estimated share of customers to whom it has, 0 to 1.',
		'survival_lower: Lower bound of the 95 % interval of survival; NULL where survival is 0.',
		'survival_upper: Upper bound of the 95 % interval of survival; NULL where survival is 0.']);

	PERFORM journey.source_view(name, 'lifecycle_weekly', $q$
SELECT l.period AS week_date, l.new_customers, l.returning_customers, l.resurrecting_customers,
	   l.dormant_customers, l.active_customers, l.quick_ratio, l.complete
FROM unnest((
	SELECT journey.lifecycle_agg(journey.activity(j.journey, start => '*', "return" => '*', period => 'week',
		   timezone => {zone}, week_start => {week_start}, as_of => {last_seen}))
	FROM {schema}.store AS j)) AS l
$q$,
		'One row for each calendar week in the time zone of the source: who was there for the first time, again, again after a pause, and not any more. Any touchpoint makes a customer active.',
		ARRAY[
		'week_date: First day of the week.',
		'new_customers: Customers with their first touchpoint of all in that week.',
		'returning_customers: Customers active in that week and the week before.',
		'resurrecting_customers: Customers active in that week, not in the week before, and earlier.',
		'dormant_customers: Customers active in the week before and not in that week; of the week in progress they may still come.',
		'active_customers: new_customers + returning_customers + resurrecting_customers.',
		'quick_ratio: (new_customers + resurrecting_customers) / dormant_customers: above 1 the shop grows; NULL without dormant customers and for the week in progress.',
		'complete: Was that week over at the last touchpoint seen in the source?']);

	PERFORM journey.source_view(name, 'stickiness', $q$
SELECT d.day AS day_date, d.dau, d.wau, d.mau, d.dau_wau AS dau_wau_rate, d.dau_mau AS dau_mau_rate,
	   d.wau_mau AS wau_mau_rate, d.complete
FROM unnest((
	SELECT journey.dau_wau_mau_agg(journey.activity(j.journey, start => '*', "return" => '*', period => 'day',
		   timezone => {zone}, as_of => {last_seen}))
	FROM {schema}.store AS j)) AS d
$q$,
		'One row for each day in the time zone of the source: different customers active on the day, in the week and in the 30 days that end with it, and how often who came in a month comes in a day. Any touchpoint makes a customer active.',
		ARRAY[
		'day_date: The day.',
		'dau: Customers active on the day.',
		'wau: Customers active on the day or one of the 6 days before.',
		'mau: Customers active on the day or one of the 29 days before.',
		'dau_wau_rate: dau of wau, 0 to 1.',
		'dau_mau_rate: dau of mau, 0 to 1: the share of a month''s customers who come on a day.',
		'wau_mau_rate: wau of mau, 0 to 1.',
		'complete: Was the day over at the last touchpoint seen in the source? The first 29 days look back to before the data, where nobody is known.']);

	PERFORM journey.source_view(name, 'sessions', $q$
SELECT j.customer, v.session_no,
	   v.start_at, (v.start_at AT TIME ZONE {zone})::date AS start_date,
	   v.end_at, (v.end_at AT TIME ZONE {zone})::date AS end_date,
	   v.duration_seconds, v.touchpoints, v.split_cause, v.entry_event, v.exit_event, v.channel, v.value,
	   v.page_views, v.key_events, v.engaged, v.engaged_by, v.bounced_classic, v.bounced_ga4
FROM {schema}.store AS j
	CROSS JOIN LATERAL journey.visits(j.journey, {model}) AS v
$q$,
		'One row for each session: touchpoints of a customer without a pause longer than the session timeout of the source. What the model calls offsite (mails, parcels) is in none, so there are as many as the visits in customers, which are 1 also for those only seen offsite. Key events are the purchases of the model.',
		ARRAY[
		'customer: The customer.',
		'session_no: Number of the session of the customer, from 1; visit_no in touchpoints.',
		'start_at: Time of its first touchpoint.',
		'start_date: Date of its first touchpoint in the time zone of the source.',
		'end_at: Time of its last touchpoint.',
		'end_date: Date of its last touchpoint in the time zone of the source; a session may go on past midnight.',
		'duration_seconds: Seconds from start_at to end_at; 0 for one touchpoint.',
		'touchpoints: Number of its touchpoints.',
		'split_cause: Why it began: first (first of the customer) or timeout.',
		'entry_event: Event of its first touchpoint.',
		'exit_event: Event of its last touchpoint.',
		'channel: Channel of its first touchpoint that has one.',
		'value: Sum of the values of its touchpoints; NULL if none has one.',
		'page_views: Its page and screen views (page_view, screen_view, page_viewed).',
		'key_events: Its purchases.',
		'engaged: Engaged as Google Analytics 4 says: longer than 10 seconds, or with a purchase, or with two page views.',
		'engaged_by: The first of these that made it engaged: duration, key_event, page_views; NULL if it was not.',
		'bounced_classic: Bounced in the classic sense: one touchpoint.',
		'bounced_ga4: Bounced as Google Analytics 4 says: not engaged.']);

	PERFORM journey.source_view(name, 'session_daily', $q$
SELECT s.start_date AS day_date, count(*) AS sessions, count(DISTINCT s.customer) AS customers,
	   sum(s.touchpoints)::bigint AS touchpoints,
	   count(*) FILTER (WHERE s.bounced_classic) AS bounced_classic,
	   count(*) FILTER (WHERE s.bounced_classic)::double precision / count(*) AS bounced_classic_rate,
	   count(*) FILTER (WHERE s.bounced_ga4) AS bounced_ga4,
	   count(*) FILTER (WHERE s.bounced_ga4)::double precision / count(*) AS bounced_ga4_rate,
	   count(*) FILTER (WHERE s.engaged) AS engaged,
	   count(*) FILTER (WHERE s.engaged)::double precision / count(*) AS engaged_rate,
	   count(*) FILTER (WHERE s.key_events > 0) AS converted,
	   count(*) FILTER (WHERE s.key_events > 0)::double precision / count(*) AS converted_rate,
	   (sum(extract(epoch FROM s.end_at - s.start_at)) / count(*))::double precision AS mean_seconds,
	   percentile_cont(0.5) WITHIN GROUP (ORDER BY s.duration_seconds) AS median_seconds
FROM {schema}.sessions AS s
GROUP BY s.start_date
$q$,
		'The sessions of each day on which one began, in the time zone of the source: how many, how long, how many bounced (classic and Google Analytics 4), were engaged, bought.',
		ARRAY[
		'day_date: Day on which the sessions began.',
		'sessions: Sessions that began on that day.',
		'customers: Different customers who had them.',
		'touchpoints: Touchpoints in them.',
		'bounced_classic: Sessions of one touchpoint.',
		'bounced_classic_rate: bounced_classic of sessions, 0 to 1.',
		'bounced_ga4: Sessions that were not engaged.',
		'bounced_ga4_rate: bounced_ga4 of sessions, 0 to 1.',
		'engaged: Sessions longer than 10 seconds, or with a purchase, or with two page views.',
		'engaged_rate: engaged of sessions, 0 to 1.',
		'converted: Sessions with a purchase.',
		'converted_rate: converted of sessions, 0 to 1.',
		'mean_seconds: Mean duration of the sessions.',
		'median_seconds: Median duration of the sessions.']);

	PERFORM journey.source_view(name, 'paths', $q$
SELECT p.rank, coalesce(array_to_string(p.path, ' > '), '(other)') AS path,
	   p.count AS customers, p.share, p.paths AS different_paths
FROM unnest((SELECT journey.path_agg(j.journey, 5, 20) FROM {schema}.store AS j)) AS p
$q$,
		'One row for each of the 20 most frequent paths of up to five touchpoints from the first one on, and one row for all others. Exact counts; each customer is in one row.',
		ARRAY[
		'rank: 1 for the most frequent path; equal counts are in the order of the names. NULL in the row of all others.',
		'path: Names of the touchpoints, with " > " between them; (other) in the row of all others.',
		'customers: Customers who began this way.',
		'share: customers divided by all, 0 to 1.',
		'different_paths: How many different paths the row stands for: 1, or those that are not listed.']);

	PERFORM journey.source_view(name, 'attribution', replace($q$
SELECT m.model, date_trunc('month', a.conversion_at AT TIME ZONE {zone})::date AS month, a.channel,
	   round(sum(a.credit::numeric), 9)::double precision AS conversions,
	   {value} AS value
FROM {schema}.store AS j
	CROSS JOIN LATERAL (SELECT journey.filter(j.journey, {model}, 'purchase') AS purchases OFFSET 0) AS f
	CROSS JOIN (VALUES ('first'), ('last'), ('last_non_direct'), ('linear'), ('position_based'), ('time_decay')) AS m(model)
	CROSS JOIN LATERAL journey.attribution(j.journey, NULL, m.model, conversions => f.purchases) AS a
WHERE journey.touchpoint_count(f.purchases) > 0
GROUP BY 1, 2, 3
$q$, '{value}', CASE WHEN has_value
		THEN 'round(coalesce(sum(a.value::numeric), 0), 6)::double precision' ELSE 'NULL::double precision' END),
		'One row for each attribution model, month of a purchase and channel: how many purchases, and what value, the model credits to the channel. What a purchase is, the model of the source says; it looks back 30 days over touchpoints that have a channel, those in a row with one channel being one step (the defaults of the function attribution). Each model credits each purchase once in all.',
		ARRAY[
		'model: first, last, last_non_direct, linear, position_based (40 % first, 40 % last) or time_decay (half in 7 days).',
		'month: First day of the month of the purchase, in the time zone of the source.',
		'channel: The channel; (unattributed) for purchases with no touchpoint to look back to.',
		'conversions: Purchases credited to the channel, returned ones included; parts of a purchase add up to it, to 9 digits after the point.',
		'value: Their value, before refunds; NULL if the source has no column for values.']);

	PERFORM journey.source_view(name, 'channel_performance', replace($q$
WITH touched AS (
	SELECT c.channel, c.month, sum(c.touches)::bigint AS touches, count(*) AS customers
	FROM {schema}.store AS j
		CROSS JOIN LATERAL (
			SELECT t.channel, date_trunc('month', t.at AT TIME ZONE {zone})::date AS month, count(*) AS touches
			FROM journey.touchpoints(j.journey) AS t
			WHERE t.channel IS NOT NULL
			GROUP BY 1, 2) AS c
	GROUP BY 1, 2
), credited AS (
	SELECT a.channel, a.month,
		   sum(a.conversions) FILTER (WHERE a.model = 'first') AS first_conversions,
		   sum(a.conversions) FILTER (WHERE a.model = 'last') AS last_conversions,
		   sum(a.conversions) FILTER (WHERE a.model = 'linear') AS linear_conversions,
		   sum(a.value) FILTER (WHERE a.model = 'first') AS first_value,
		   sum(a.value) FILTER (WHERE a.model = 'last') AS last_value,
		   sum(a.value) FILTER (WHERE a.model = 'linear') AS linear_value
	FROM {schema}.attribution AS a
	WHERE a.model IN ('first', 'last', 'linear')
	GROUP BY 1, 2
), present AS (
	SELECT c.channel, date_trunc('month', p.conversion_at AT TIME ZONE {zone})::date AS month,
		   count(*) AS influenced, count(*) FILTER (WHERE c.assisted) AS assisted
	FROM {schema}.store AS j
		CROSS JOIN LATERAL (SELECT journey.filter(j.journey, {model}, 'purchase') AS purchases OFFSET 0) AS f
		CROSS JOIN LATERAL journey.conversion_paths(j.journey, NULL, conversions => f.purchases) AS p
		CROSS JOIN LATERAL journey.path_channels(p.path) AS c
	WHERE p.converted AND journey.touchpoint_count(f.purchases) > 0
	GROUP BY 1, 2
)
SELECT channel, month, coalesce(t.touches, 0) AS touches, coalesce(t.customers, 0) AS customers,
	   coalesce(c.first_conversions, 0) AS first_conversions, coalesce(c.last_conversions, 0) AS last_conversions,
	   coalesce(c.linear_conversions, 0) AS linear_conversions,
	   CASE WHEN {has_value} THEN coalesce(c.first_value, 0) END AS first_value, CASE WHEN {has_value} THEN coalesce(c.last_value, 0) END AS last_value, CASE WHEN {has_value} THEN coalesce(c.linear_value, 0) END AS linear_value,
	   coalesce(p.influenced, 0) AS influenced_conversions, coalesce(p.assisted, 0) AS assisted_conversions
FROM touched AS t
	FULL JOIN credited AS c USING (channel, month)
	FULL JOIN present AS p USING (channel, month)
$q$, '{has_value}', has_value::text),
		'One row a channel and month: what the channel did in that month, and the purchases of that month that it led to, as the view attribution counts them. Influenced purchases are counted for every channel on their path, so they add up to more than there are.',
		ARRAY[
		'channel: The channel; (unattributed) for purchases with no touchpoint to look back to.',
		'month: First day of the month, in the time zone of the source.',
		'touches: Touchpoints of the channel in that month.',
		'customers: Different customers with such a touchpoint.',
		'first_conversions: Purchases of that month whose path begins with the channel.',
		'last_conversions: Purchases of that month whose path ends with the channel.',
		'linear_conversions: Purchases of that month, each shared equally by the steps of its path.',
		'first_value: Value of first_conversions; NULL if the source has no column for values.',
		'last_value: Value of last_conversions; NULL if the source has no column for values.',
		'linear_value: Value of linear_conversions; NULL if the source has no column for values.',
		'influenced_conversions: Purchases of that month with the channel on their path.',
		'assisted_conversions: Those of them whose path ends with another channel.']);

	PERFORM journey.source_view(name, 'unclassified_events', $q$
SELECT t.event, count(*) AS touchpoints, count(DISTINCT j.customer) AS customers,
	   min(t.at) AS first_at, (min(t.at) AT TIME ZONE {zone})::date AS first_date,
	   max(t.at) AS last_at, (max(t.at) AT TIME ZONE {zone})::date AS last_date
FROM {schema}.store AS j
	CROSS JOIN LATERAL journey.touchpoints(journey.unclassified(j.journey, {model})) AS t
GROUP BY t.event
$q$,
		'One row for each event that the model could not put in a stage, because no rule fits its name in that context. Events that the model ignores on purpose are not listed. Empty is best.',
		ARRAY[
		'event: Name of the event, with its detail.',
		'touchpoints: How often it was left without a stage.',
		'customers: How many customers have it.',
		'first_at: When first.',
		'first_date: When first, as a date in the time zone of the source.',
		'last_at: When last.',
		'last_date: When last, as a date in the time zone of the source.']);

	-- each topic makes its own; a later one may look at the views of an earlier one
	PERFORM journey.satisfaction_views(name, has_value);
	PERFORM journey.moments_views(name, has_value);
	PERFORM journey.orders_views(name, has_value);
	PERFORM journey.carts_views(name, has_value);
	PERFORM journey.contacts_views(name, has_value);
	PERFORM journey.states_views(name, has_value);
	PERFORM journey.decision_areas_views(name, has_value);
	PERFORM journey.average_journey_views(name, has_value);
	PERFORM journey.journey_map_views(name, has_value);
	PERFORM journey.audiences_views(name, has_value);
	PERFORM journey.kpis_views(name, has_value);
END
$function$;
COMMENT ON FUNCTION journey.source_views(text, boolean) IS
$$Makes all views of a source; has_value says whether the source has a column of values. A part of create_source.$$;
