\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- moments: those of one customer
--

CREATE TYPE journey.moment_row AS (
	moment_no integer,
	moment text,
	occurrence integer,
	phase text,
	at timestamptz,
	ended_at timestamptz,
	touchpoints integer,
	n integer,
	event text,
	channel text,
	from_stage text,
	stage text,
	since_previous_seconds double precision,
	outcome text,
	outcome_at timestamptz,
	satisfied boolean,
	bounced boolean,
	value double precision,
	metric text,
	succeeded boolean,
	complete boolean,
	counted boolean
);
COMMENT ON TYPE journey.moment_row IS
$$A time that a customer was in a moment of truth, and what came of it, as moments answers it.$$;
COMMENT ON COLUMN journey.moment_row.moment_no IS 'Number of the row of this customer, from 1: the order in which the moments came.';
COMMENT ON COLUMN journey.moment_row.moment IS 'The moment: a stage of the moments model.';
COMMENT ON COLUMN journey.moment_row.occurrence IS 'How many-th row of this moment it is for this customer, from 1.';
COMMENT ON COLUMN journey.moment_row.phase IS 'smot: purchase or experience. tmot of five moments: wait (for an order: the customer is waiting, or looks after the shipment) or service. NULL in all others.';
COMMENT ON COLUMN journey.moment_row.at IS 'When it began: time of the touchpoint that opened it.';
COMMENT ON COLUMN journey.moment_row.ended_at IS 'Time of its last touchpoint.';
COMMENT ON COLUMN journey.moment_row.touchpoints IS 'Number of its touchpoints; those in no moment, which may lie between them, are not counted.';
COMMENT ON COLUMN journey.moment_row.n IS 'Number of the touchpoint that opened it within the journey, from 1.';
COMMENT ON COLUMN journey.moment_row.event IS 'Event of that touchpoint.';
COMMENT ON COLUMN journey.moment_row.channel IS 'Channel of that touchpoint; NULL for none.';
COMMENT ON COLUMN journey.moment_row.from_stage IS 'Stage from which the customer came: of the latest touchpoint before it that stands in one; NULL if there is none.';
COMMENT ON COLUMN journey.moment_row.stage IS 'Stage of the touchpoint that opened it; NULL if it stands in none.';
COMMENT ON COLUMN journey.moment_row.since_previous_seconds IS 'Seconds since the opening of the row before; NULL for the first.';
COMMENT ON COLUMN journey.moment_row.outcome IS 'What the customer did next, within the horizon: purchase (the first one, or the first after all were taken back), repurchase, review, return (the goods came back); or, once the horizon is over: stay (was seen again, not by a mail or parcel only) or leave. NULL: none yet.';
COMMENT ON COLUMN journey.moment_row.outcome_at IS 'Time of the touchpoint that says so; NULL for leave and for none yet.';
COMMENT ON COLUMN journey.moment_row.satisfied IS 'What the customer said first, from the opening on, within the horizon and before the next purchase: a survey, a review, or goods sent back. NULL: nothing, or neither.';
COMMENT ON COLUMN journey.moment_row.bounced IS 'Whether the customer did one thing at most in this visit, and no purchase, beside coming (ad click, deep link, session start) and what the model ignores; NULL if the opening touchpoint is in no visit (mails, parcels).';
COMMENT ON COLUMN journey.moment_row.value IS 'Sum of the values of the purchases from the opening to the horizon, both included; NULL if none has a value.';
COMMENT ON COLUMN journey.moment_row.metric IS 'The metric that belongs to this moment and phase; it says what success is (see moments).';
COMMENT ON COLUMN journey.moment_row.succeeded IS 'Success by that metric as of as_of; NULL: undecided.';
COMMENT ON COLUMN journey.moment_row.complete IS 'Whether the time to succeed is over as of as_of. Who succeeds does so before, who fails is known after: rates are of complete rows only.';
COMMENT ON COLUMN journey.moment_row.counted IS 'Whether a rate counts the row: of those about the same visit (bounce), order (delivery gap) or answer (satisfaction, service) only the first of a moment and phase. All others do.';

CREATE FUNCTION journey.moments(
	j journey.journey,
	moments journey.stage_model,
	model journey.stage_model,
	actions journey.stage_model,
	as_of timestamptz DEFAULT NULL,
	horizon interval DEFAULT '90 days',
	delivery_within interval DEFAULT '7 days'
) RETURNS SETOF journey.moment_row
	AS 'MODULE_PATHNAME', 'moments_of_journey' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200 ROWS 5;
COMMENT ON FUNCTION journey.moments(journey.journey, journey.stage_model, journey.stage_model, journey.stage_model, timestamptz, interval, interval) IS
$$The moments of truth of a customer, a row for each time that one is reached, in order: which, when, through which touchpoint, from which stage, how long after the one before, and what came of it.

    SELECT m.moment, m.phase, m.event, m.outcome, m.satisfied FROM shop.journeys, moments(journey, stage_model('moments_five'), stage_model('five_stage'), stage_model('actions')) AS m WHERE customer = 3;

moments is the model whose stages are the moments, model the one that from_stage and stage tell of (NULL: both are NULL), actions says what event names mean. A row begins where the moment, its phase or the visit is another than that of the row's last touchpoint; touchpoints in no moment neither end nor belong to a row. No order is asked for: moments that come again, are left out or come after later ones are rows like any other.

Success, by metric. With five moments (a model with a stage umot):

- zmot, visit: another moment is reached within the horizon.
- fmot, bounce: the customer did more than one thing in the visit, or bought; coming (ad click, deep link, session start), what is offsite and what the moments model ignores do not count. Failed only once the session timeout has passed since the visit's last touchpoint.
- smot, satisfaction: satisfied.
- tmot wait, delivery gap: the order came within delivery_within of its purchase, and the customer did not say to be dissatisfied afterwards. Failed: it came later, was cancelled or sent back before, or has not come in that time. The order is that of the latest purchase not taken back; a delivery is that of the earliest order still open, a cancellation or refund takes back the latest. Where deliveries are not in the log (the model never waits) an order that has not come is undecided.
- tmot service, service: satisfied.
- umot, repeat: a purchase within the horizon, the opening touchpoint included.

With four moments zmot and smot are the same; fmot, purchase: a purchase within the horizon; tmot, engagement: a purchase, referral, shared post or community touchpoint after the opening one, within the horizon. Moments of other names: purchase.

One visit, order or answer may decide several rows; counted marks the first, so that a rate does not count it again.

The horizon runs from the opening; it and all other spans include their end. as_of: touchpoints after it count for nothing but the question whether the journey has deliveries at all; what could still come after it is undecided, never lost. NULL, the default: the last touchpoint of the journey.

No rows for NULL as journey, moments or actions, for the empty journey, and if no touchpoint up to as_of is in a moment. NULL for horizon and delivery_within is the default. An infinite as_of, a span that is negative or has months or years, and values of purchases whose sum is out of range are errors. A fixed number of passes over the journey, however many moments there are; memory for about 150 bytes a row.$$;

--
-- the views of a source
--

CREATE FUNCTION journey.moments_views(name text, has_value boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM journey.source_view(name, 'moments', $q$
SELECT j.customer, m.moment_no, m.moment, m.occurrence, m.phase,
	   m.at, (m.at AT TIME ZONE {zone})::date AS at_date,
	   m.ended_at, (m.ended_at AT TIME ZONE {zone})::date AS ended_date,
	   m.touchpoints, m.n, m.event, m.channel, m.from_stage, m.stage, m.since_previous_seconds,
	   m.outcome, m.outcome_at, (m.outcome_at AT TIME ZONE {zone})::date AS outcome_date,
	   m.satisfied, m.bounced, m.value, m.metric, m.succeeded, m.complete, m.counted
FROM {schema}.store AS j
	CROSS JOIN LATERAL journey.moments(j.journey, {moments}, {model}, {actions}, as_of => {last_seen},
		horizon => '90 days', delivery_within => '7 days') AS m
$q$,
		'One row for each time that a customer reached a moment of truth: which, when, through which touchpoint, from which stage, how long after the one before, and what came of it within 90 days. Moments may come in any order, again, or not at all. As of the last touchpoint seen in the whole source: what can still come is NULL, never a loss.',
		ARRAY[
		'customer: The customer.',
		'moment_no: Number of the row of the customer, from 1, in the order of time.',
		'moment: The moment of truth: a stage of the moments model of the source (zmot, fmot, smot, tmot, umot).',
		'occurrence: How many-th row of this moment it is for the customer, from 1. A new row begins with another moment, phase or visit.',
		'phase: smot: purchase or experience; tmot of five moments: wait (for an order) or service; NULL in all others.',
		'at: When it began.',
		'at_date: Date of that in the time zone of the source.',
		'ended_at: Time of its last touchpoint.',
		'ended_date: Date of that in the time zone of the source.',
		'touchpoints: Number of its touchpoints.',
		'n: Number of the touchpoint that opened it in the journey of the customer: n in touchpoints.',
		'event: Event of the touchpoint that opened it.',
		'channel: Channel of that touchpoint; NULL for none.',
		'from_stage: Stage of the latest touchpoint before it that stands in one; NULL if there is none.',
		'stage: Stage of the touchpoint that opened it; NULL if it stands in none.',
		'since_previous_seconds: Seconds since the opening of the customer''s row before; NULL for the first.',
		'outcome: What the customer did next within 90 days: purchase (first), repurchase, review, return; or, once they are over, stay (was seen again) or leave. NULL: none yet.',
		'outcome_at: Time of the touchpoint that says so; NULL for leave and for none yet.',
		'outcome_date: Date of that in the time zone of the source.',
		'satisfied: What the customer said first after the opening, within 90 days and before the next purchase: by a survey, a review, or by sending goods back. NULL: nothing.',
		'bounced: Whether the customer did one thing at most in this visit, and no purchase, beside coming (ad click, deep link, session start) and what the model ignores; NULL where the opening touchpoint is in no visit (mails, parcels).',
		'value: Sum of the values of the purchases in the 90 days, the opening touchpoint included; NULL if none has a value.',
		'metric: The metric of this moment and phase: visit, bounce, purchase, satisfaction, delivery gap (7 days), service, engagement, repeat.',
		'succeeded: Success by that metric; NULL: undecided.',
		'complete: Whether the time to succeed is over. Rates should be of complete rows only: in the others the quick successes are in, the failures not yet.',
		'counted: Whether rates should count it: of rows about the same visit (bounce), order (delivery gap) or answer (satisfaction, service) only the first of a moment and phase.']);

	PERFORM journey.source_view(name, 'moment_scorecard', replace($q$
WITH reached AS MATERIALIZED (
	SELECT date_trunc('month', m.at_date::timestamp)::date AS month, m.moment, m.phase, m.metric, m.customer, m.moment_no,
		   m.succeeded, m.complete AND m.counted AS due, NOT m.complete AND m.counted AS open, m.counted,
		   m.satisfied, m.outcome, m.since_previous_seconds,
		   coalesce(m.value, 0) AS value, m.at <= {last_seen} - interval '2160 hours' AS value_complete
	FROM {schema}.moments AS m
), bought AS MATERIALIZED (
	SELECT date_trunc('month', p.at AT TIME ZONE {zone})::date AS month, p.customer, p.at,
		   coalesce(p.next_at - p.at <= interval '2160 hours', false) AS again,
		   p.at <= {last_seen} - interval '2160 hours' AS complete, coalesce(p.next_value, 0) AS next_value
	FROM (SELECT j.customer, t.at, lead(t.at) OVER w AS next_at, lead(t.value) OVER w AS next_value
		  FROM {schema}.store AS j
			CROSS JOIN LATERAL journey.touchpoints(journey.filter(j.journey, {actions}, 'purchase')) AS t
		  WHERE EXISTS (SELECT FROM journey.stages({moments}) AS s WHERE s.stage = 'umot')
		  WINDOW w AS (PARTITION BY j.customer ORDER BY t.at, t.n)) AS p
), counted AS (
	SELECT r.month, r.moment, r.phase, r.metric,
		   count(*) AS reached, count(DISTINCT r.customer) AS customers,
		   count(*) FILTER (WHERE r.counted) AS counted,
		   count(*) FILTER (WHERE r.due AND r.succeeded) AS succeeded,
		   count(*) FILTER (WHERE r.due AND NOT r.succeeded) AS failed,
		   count(*) FILTER (WHERE r.open AND r.succeeded) AS succeeded_early,
		   count(*) FILTER (WHERE r.satisfied) AS satisfied,
		   count(*) FILTER (WHERE NOT r.satisfied) AS dissatisfied,
		   count(*) FILTER (WHERE r.outcome = 'purchase') AS outcome_purchase,
		   count(*) FILTER (WHERE r.outcome = 'repurchase') AS outcome_repurchase,
		   count(*) FILTER (WHERE r.outcome = 'review') AS outcome_review,
		   count(*) FILTER (WHERE r.outcome = 'return') AS outcome_return,
		   count(*) FILTER (WHERE r.outcome = 'stay') AS outcome_stay,
		   count(*) FILTER (WHERE r.outcome = 'leave') AS outcome_leave,
		   count(*) FILTER (WHERE r.outcome IS NULL) AS outcome_none_yet,
		   count(r.since_previous_seconds) AS since_previous_count,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY r.since_previous_seconds) AS since_previous_median_seconds
	FROM reached AS r
	GROUP BY r.month, r.moment, r.phase, r.metric
	UNION ALL
	SELECT b.month, 'umot', 'return', 'repeat rate',
		   count(*), count(DISTINCT b.customer), count(*),
		   count(*) FILTER (WHERE b.complete AND b.again), count(*) FILTER (WHERE b.complete AND NOT b.again),
		   count(*) FILTER (WHERE NOT b.complete AND b.again),
		   NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
	FROM bought AS b
	GROUP BY b.month
), judged AS (
	SELECT r.month, r.moment, r.phase, bool_or(r.succeeded) AS succeeded,
		   bool_or(r.value_complete) AS value_complete, (array_agg(r.value ORDER BY r.moment_no))[1] AS value
	FROM reached AS r
	WHERE r.due AND r.succeeded IS NOT NULL
	GROUP BY r.month, r.moment, r.phase, r.customer
	UNION ALL
	SELECT b.month, 'umot', 'return', bool_or(b.again), true, (array_agg(b.next_value ORDER BY b.at))[1]
	FROM bought AS b
	WHERE b.complete
	GROUP BY b.month, b.customer
), valued AS (
	SELECT d.month, d.moment, d.phase,
		   count(*) FILTER (WHERE d.succeeded) AS succeeded_customers,
		   count(*) FILTER (WHERE NOT d.succeeded) AS failed_customers,
		   count(*) FILTER (WHERE d.succeeded AND d.value_complete) AS succeeded_value_count,
		   avg(d.value::numeric) FILTER (WHERE d.succeeded AND d.value_complete) AS succeeded_value,
		   count(*) FILTER (WHERE NOT d.succeeded AND d.value_complete) AS failed_value_count,
		   avg(CASE WHEN d.phase = 'return' THEN 0 ELSE d.value::numeric END)
			FILTER (WHERE NOT d.succeeded AND d.value_complete) AS failed_value
	FROM judged AS d
	GROUP BY d.month, d.moment, d.phase
)
SELECT c.month, s.stage_no, c.moment, c.phase, c.metric, c.reached, c.customers, c.counted,
	   c.succeeded, c.failed, c.counted - c.succeeded - c.failed AS undecided, c.succeeded_early,
	   c.succeeded::double precision / nullif(c.succeeded + c.failed, 0) AS success_rate,
	   w.lower AS success_rate_lower, w.upper AS success_rate_upper,
	   c.satisfied, c.dissatisfied,
	   c.outcome_purchase, c.outcome_repurchase, c.outcome_review, c.outcome_return,
	   c.outcome_stay, c.outcome_leave, c.outcome_none_yet,
	   c.since_previous_count, c.since_previous_median_seconds,
	   coalesce(v.succeeded_customers, 0) AS succeeded_customers, coalesce(v.failed_customers, 0) AS failed_customers,
	   CASE WHEN {has_value} THEN coalesce(v.succeeded_value_count, 0) END AS succeeded_value_count,
	   CASE WHEN {has_value} THEN round(v.succeeded_value, 6)::double precision END AS succeeded_value_mean,
	   CASE WHEN {has_value} THEN coalesce(v.failed_value_count, 0) END AS failed_value_count,
	   CASE WHEN {has_value} THEN round(v.failed_value, 6)::double precision END AS failed_value_mean,
	   CASE WHEN NOT {has_value} THEN NULL
			WHEN v.failed_customers = 0 THEN 0
			WHEN v.succeeded_customers > 0 AND v.succeeded_value_count = v.succeeded_customers
				AND v.failed_value_count = v.failed_customers
			THEN round(v.failed_customers * greatest(v.succeeded_value - v.failed_value, 0), 6) END::double precision AS value_at_stake
FROM counted AS c
	LEFT JOIN valued AS v ON v.month = c.month AND v.moment = c.moment AND coalesce(v.phase, '') = coalesce(c.phase, '')
	LEFT JOIN journey.stages({moments}) AS s ON s.stage = c.moment
	CROSS JOIN LATERAL journey.wilson_interval(c.succeeded, c.succeeded + c.failed) AS w
ORDER BY c.month, s.stage_no, c.phase
$q$, '{has_value}', has_value::text),
		'One row a month, moment of truth and phase: how often it was reached, how often it succeeded by the metric that belongs to it, what customers did and said next, and what the failures cost. Rows of the view moments by the month in which they began. A rate is of those whose time to succeed is over: the quick successes of a recent month alone would look like a good month. Where there are five moments umot has one row more, phase return: of the purchases of the month, after how many the customer bought again within 90 days, or not, which no touchpoint tells.',
		ARRAY[
		'month: First day of the month in which the moment was reached (phase return: of the purchase), in the time zone of the source.',
		'stage_no: Number of the moment in the model, from 1.',
		'moment: The moment of truth.',
		'phase: smot: purchase or experience; tmot of five moments: wait or service; umot: NULL for who came back, return for who could have; NULL in all others.',
		'metric: What success is. visit: another moment was reached; bounce: more than one thing was done in the visit, or a purchase; purchase; satisfaction and service: the customer said to be satisfied; delivery gap: the order came within 7 days; engagement: a purchase, referral, post or community touchpoint; repeat: a purchase; repeat rate: another purchase. All within 90 days but bounce and delivery gap.',
		'reached: How often it was reached (phase return: purchases).',
		'customers: Different customers who reached it.',
		'counted: How many of reached are judged: each visit (bounce), order (delivery gap) and answer (satisfaction, service) once, where it first comes; all others each time.',
		'succeeded: How many of counted succeeded, of those whose time to succeed is over.',
		'failed: How many of counted failed, of those whose time to succeed is over.',
		'undecided: counted less succeeded and failed: it may still succeed, or the customer never said whether satisfied.',
		'succeeded_early: How many of undecided have succeeded before their time is over; they count once it is.',
		'success_rate: succeeded of succeeded + failed, 0 to 1; NULL if nothing is decided.',
		'success_rate_lower: Lower bound of the 95 % Wilson interval of success_rate.',
		'success_rate_upper: Upper bound of the 95 % Wilson interval of success_rate.',
		'satisfied: After how many of reached the customer''s first answer was to be satisfied, whatever the metric; NULL in phase return.',
		'dissatisfied: After how many it was not to be, or the goods came back; NULL in phase return.',
		'outcome_purchase: After how many a first purchase came next; NULL in phase return, as in all columns of outcomes.',
		'outcome_repurchase: After how many a further purchase came next.',
		'outcome_review: After how many a review came next.',
		'outcome_return: After how many the goods were sent back next.',
		'outcome_stay: After how many none of these came within 90 days, but the customer was seen again.',
		'outcome_leave: After how many the customer was not seen again within 90 days.',
		'outcome_none_yet: How many have no outcome yet.',
		'since_previous_count: How many have a moment before them.',
		'since_previous_median_seconds: Median of the seconds since that moment began; NULL if none has one.',
		'succeeded_customers: Customers with one of succeeded.',
		'failed_customers: Customers with one of failed and none of succeeded.',
		'succeeded_value_count: Those of succeeded_customers whose 90 days are over, as their value may grow until then; NULL if the source has no column for values, as in all columns of values.',
		'succeeded_value_mean: Mean value of their purchases in the 90 days after they first reached the moment in this month, 0 for who bought nothing (phase return: value of the next purchase).',
		'failed_value_count: Those of failed_customers whose 90 days are over.',
		'failed_value_mean: Mean value of their purchases in the 90 days after they first reached the moment in this month, 0 for who bought nothing.',
		'value_at_stake: failed_customers times what a customer who succeeded was worth more (succeeded_value_mean - failed_value_mean, at least 0): what would have come in if those who failed were like those who succeeded. An upper bound, as good customers succeed more easily; not to be added up over moments, through which the same purchases came. NULL until the 90 days of all of them are over, and if nobody succeeded.']);

	PERFORM journey.source_view(name, 'moment_orders', $q$
WITH step AS (
	SELECT m.customer, m.moment, m.at, m.moment_no, m.occurrence, s.stage_no,
		   lag(m.moment) OVER w AS previous_moment, lag(s.stage_no) OVER w AS previous_stage_no
	FROM {schema}.moments AS m
		JOIN journey.stages({moments}) AS s ON s.stage = m.moment
	WINDOW w AS (PARTITION BY m.customer ORDER BY m.moment_no)
), first_reached AS (
	SELECT f.customer, f.moment, f.at, f.moment_no, f.stage_no,
		   f.stage_no > coalesce(max(f.stage_no) OVER (PARTITION BY f.customer ORDER BY f.moment_no
													   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS forward
	FROM step AS f
	WHERE f.occurrence = 1
), customer_order AS (
	SELECT o.customer, string_agg(o.moment, ' > ' ORDER BY o.moment_no) AS moment_order,
		   count(*) AS moments, bool_and(o.forward) AS canonical, max(o.stage_no) - count(*) AS skipped,
		   extract(epoch FROM max(o.at) - min(o.at))::double precision AS seconds
	FROM first_reached AS o
	GROUP BY o.customer
), customer_steps AS (
	SELECT b.customer,
		   count(*) FILTER (WHERE b.occurrence > 1 AND b.moment <> b.previous_moment) AS revisits,
		   count(*) FILTER (WHERE b.stage_no < b.previous_stage_no) AS steps_back
	FROM step AS b
	GROUP BY b.customer
)
SELECT row_number() OVER (ORDER BY count(*) DESC, o.moment_order COLLATE "C") AS rank,
	   o.moment_order, o.moments, o.canonical, o.skipped,
	   count(*) AS customers, (sum(count(*)) OVER ())::bigint AS all_customers,
	   count(*)::double precision / sum(count(*)) OVER ()::double precision AS customers_rate,
	   count(*) FILTER (WHERE b.revisits > 0) AS revisiting,
	   count(*) FILTER (WHERE b.revisits > 0)::double precision / count(*) AS revisiting_rate,
	   sum(b.revisits)::bigint AS revisits, sum(b.steps_back)::bigint AS steps_back,
	   percentile_cont(0.5) WITHIN GROUP (ORDER BY o.seconds) AS median_seconds
FROM customer_order AS o
	JOIN customer_steps AS b ON b.customer = o.customer
GROUP BY o.moment_order, o.moments, o.canonical, o.skipped
$q$,
		'One row for each order in which customers first reached the moments of truth: how many took it, whether it is the order of the model, what was left out, and how often they came back to a moment they had left. Moments need not come in order; this shows in which they do. Each customer with a moment is in one row.',
		ARRAY[
		'rank: 1 for the most frequent order; equal counts are in the order of the names.',
		'moment_order: The moments in the order in which they were first reached, with " > " between them.',
		'moments: How many different moments that is.',
		'canonical: Whether no moment came after one that stands behind it in the model; moments may be left out.',
		'skipped: How many moments of the model before the furthest reached were not reached.',
		'customers: Customers who took this order.',
		'all_customers: Customers who reached a moment at all.',
		'customers_rate: customers of all_customers, 0 to 1.',
		'revisiting: Those of customers who came back to a moment after being in another one.',
		'revisiting_rate: revisiting of customers, 0 to 1.',
		'revisits: How often they came back in all.',
		'steps_back: How often they went from a moment to one that stands before it in the model.',
		'median_seconds: Median of the seconds from the first moment to the first time in the last one of the order; 0 for one moment.']);
END
$function$;
COMMENT ON FUNCTION journey.moments_views(text, boolean) IS
$$Makes the views moments, moment_scorecard and moment_orders of a source; has_value says whether the source has a column of values. A part of create_source.$$;
