\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- decision_areas: where a customer decides
--

CREATE TYPE journey.decision_area_row AS (
	area_no integer,
	area text,
	entered_at timestamptz,
	n integer,
	event text,
	channel text,
	purchases_before integer,
	in_seconds double precision,
	converted boolean,
	converted_at timestamptz,
	seconds_to_convert double precision,
	value double precision,
	exited boolean,
	exit_event text,
	complete boolean
);
COMMENT ON TYPE journey.decision_area_row IS
$$One time that a customer entered a key decision area, as decision_areas answers it.$$;
COMMENT ON COLUMN journey.decision_area_row.area_no IS 'Number of the area: 1 first product page, 2 after the cart, 3 arrival, 4 follow-up.';
COMMENT ON COLUMN journey.decision_area_row.area IS 'The area.';
COMMENT ON COLUMN journey.decision_area_row.entered_at IS 'Time of the touchpoint that entered it.';
COMMENT ON COLUMN journey.decision_area_row.n IS 'Number of that touchpoint within the journey, from 1.';
COMMENT ON COLUMN journey.decision_area_row.event IS 'Its event.';
COMMENT ON COLUMN journey.decision_area_row.channel IS 'Its channel; NULL for none.';
COMMENT ON COLUMN journey.decision_area_row.purchases_before IS 'Purchases before it, those taken back later included: 0 for a customer who has not bought yet.';
COMMENT ON COLUMN journey.decision_area_row.in_seconds IS 'Seconds spent in it. Entered in a visit: until the next area, the purchase, or the last touchpoint of the visit, whichever comes first; NULL if nothing followed in the visit, and while the visit may go on. Entered outside of visits (a parcel, a message): until the next area or purchase, if that comes within the horizon; else NULL.';
COMMENT ON COLUMN journey.decision_area_row.converted IS 'Did a purchase follow within the horizon? NULL while that is not known: no purchase yet and the horizon not over.';
COMMENT ON COLUMN journey.decision_area_row.converted_at IS 'Time of that purchase.';
COMMENT ON COLUMN journey.decision_area_row.seconds_to_convert IS 'Seconds from entered_at to it.';
COMMENT ON COLUMN journey.decision_area_row.value IS 'Its value; NULL if it has none.';
COMMENT ON COLUMN journey.decision_area_row.exited IS 'Did the customer not come back: no further touchpoint of a visit, and no purchase, within the horizon? NULL while that is not known.';
COMMENT ON COLUMN journey.decision_area_row.exit_event IS 'Where a customer left who did not buy: event of the last touchpoint of a visit within the horizon, or that which entered the area where none followed. NULL for those who bought, and while the horizon is not over.';
COMMENT ON COLUMN journey.decision_area_row.complete IS 'Was the horizon over as of as_of? Rates are to be taken of these only: who buys is known sooner than who does not.';

CREATE FUNCTION journey.decision_areas(
	j journey.journey,
	actions journey.stage_model,
	as_of timestamptz DEFAULT NULL,
	horizon interval DEFAULT '30 days'
) RETURNS SETOF journey.decision_area_row
	AS 'MODULE_PATHNAME', 'decision_areas_of_journey' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 3;
COMMENT ON FUNCTION journey.decision_areas(journey.journey, journey.stage_model, timestamptz, interval) IS
$$The key decision areas that a customer entered, a row each time, in order: what entered it, how long the customer stayed, whether a purchase followed within the horizon and of what value, and where those left who did not buy.

    SELECT d.area, count(*) FILTER (WHERE d.complete) AS decided, count(*) FILTER (WHERE d.complete AND d.converted) AS bought
    FROM shop.journeys, decision_areas(journey, stage_model('actions'), as_of => '2026-06-30') AS d GROUP BY 1;

There are four:

- first product page: the first product page or view of a product, of a customer who has not bought yet; once in a life.
- after the cart: the first time that something is put into the cart.
- arrival: the first delivery after a purchase. A delivery before any purchase is none.
- follow-up: the first message (sent, opened or clicked; not one that bounced) after that delivery. Where deliveries are not logged: after the purchase. Whether they are, the option delivery of actions says; auto, the default: if the journey has a delivery by as_of.

Each but the first is entered at most once between two purchases: who fills a cart again without having bought is still deciding. Which events are product pages, carts, deliveries, messages and purchases actions says, a stage model whose stages are named like actions: stage_model('actions'). What it calls offsite (parcels, messages) is part of no visit, and its session_timeout ends visits.

as_of is the time as of which the answer is given: touchpoints after it are not looked at, and what may still happen within the horizon is NULL. NULL, the default: the time of the customer's last touchpoint; give the end of the data, the same for all customers, where they are counted together. horizon is the time in which a purchase counts, both ends included, days being 24 hours; NULL is 30 days.

No rows for NULL, for the empty journey and for a journey without such touchpoints. An as_of that is not finite, and a horizon that is negative or has months or years, are errors. Linear in the touchpoints.$$;

--
-- landing: how the first visit began
--

CREATE TYPE journey.landing_row AS (
	n integer,
	landed_at timestamptz,
	event text,
	channel text,
	action text,
	product_page boolean
);
COMMENT ON TYPE journey.landing_row IS
$$The page that the first visit of a customer began with, as landing answers it.$$;
COMMENT ON COLUMN journey.landing_row.n IS 'Number of the touchpoint within the journey, from 1.';
COMMENT ON COLUMN journey.landing_row.landed_at IS 'Its time.';
COMMENT ON COLUMN journey.landing_row.event IS 'Its event.';
COMMENT ON COLUMN journey.landing_row.channel IS 'Its channel; NULL for none.';
COMMENT ON COLUMN journey.landing_row.action IS 'What it is: the name of a stage of the model of actions, such as page_view/product or list_view; NULL if the model does not know.';
COMMENT ON COLUMN journey.landing_row.product_page IS 'Was it the page of a product?';

CREATE FUNCTION journey.landing(j journey.journey, actions journey.stage_model) RETURNS journey.landing_row
	AS 'MODULE_PATHNAME', 'landing' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.landing(journey.journey, journey.stage_model) IS
$$The page that the first visit of a customer began with.

    SELECT l.action, count(*) FROM shop.journeys, landing(journey, stage_model('actions')) AS l WHERE l.n IS NOT NULL GROUP BY 1 ORDER BY 2 DESC;

It is the first touchpoint of the first visit, after those that only lead to a page: a click on an advertisement or a promotion, a deep link, the start of a session, signing in, installing the app; if the visit has nothing else, its first touchpoint. A product page is a page view of one, or a view of a product; also a page view without detail if one of these follows within 2 seconds, as tools log both for one page. What a touchpoint is, actions says: stage_model('actions'). What it calls offsite is part of no visit, and its session_timeout ends the visit.

NULL for NULL and for a journey without a visit. One pass over the journey.$$;

--
-- The views of a source: key_decision_areas, opportunities
--

CREATE FUNCTION journey.decision_areas_views(name text, has_value boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM journey.source_view(name, 'key_decision_areas', replace($q$
WITH entered AS MATERIALIZED (
	SELECT j.customer, d.area_no, d.area, date_trunc('month', d.entered_at AT TIME ZONE {zone})::date AS month,
		   d.complete, d.converted, d.complete AND d.converted AS decided_for, d.complete AND NOT d.converted AS decided_against,
		   d.in_seconds, d.seconds_to_convert, {value} AS value, d.exited, d.exit_event
	FROM {schema}.store AS j
		CROSS JOIN LATERAL journey.decision_areas(j.journey, {actions}, {last_seen}) AS d
), counted AS (
	SELECT e.month, e.area_no, e.area, count(*) AS reached, count(DISTINCT e.customer) AS customers,
		   count(*) FILTER (WHERE e.converted) AS converted, count(*) FILTER (WHERE e.converted IS NULL) AS undecided,
		   count(*) FILTER (WHERE e.complete) AS eligible, count(*) FILTER (WHERE e.decided_for) AS eligible_converted,
		   count(*) FILTER (WHERE e.decided_against) AS not_converted,
		   count(*) FILTER (WHERE e.complete AND e.exited) AS exited,
		   count(e.in_seconds) AS stays, percentile_cont(0.5) WITHIN GROUP (ORDER BY e.in_seconds) AS median_in_seconds,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY e.seconds_to_convert) FILTER (WHERE e.decided_for) AS median_convert_seconds,
		   count(e.value) FILTER (WHERE e.decided_for) AS valued,
		   sum(e.value::numeric) FILTER (WHERE e.decided_for) AS value
	FROM entered AS e
	GROUP BY e.month, e.area_no, e.area
), left_at AS (
	SELECT DISTINCT ON (x.month, x.area_no) x.month, x.area_no, x.exit_event, x.exits
	FROM (SELECT e.month, e.area_no, e.exit_event, count(*) AS exits
		  FROM entered AS e WHERE e.exit_event IS NOT NULL
		  GROUP BY e.month, e.area_no, e.exit_event) AS x
	ORDER BY x.month, x.area_no, x.exits DESC, x.exit_event COLLATE "C"
), active AS (
	SELECT m.month, count(*) AS customers
	FROM {schema}.store AS j
		CROSS JOIN LATERAL (SELECT DISTINCT date_trunc('month', t.at AT TIME ZONE {zone})::date AS month
							FROM journey.touchpoints(j.journey) AS t) AS m
	GROUP BY m.month
), landed AS (
	SELECT 1 AS area_no, date_trunc('month', l.landed_at AT TIME ZONE {zone})::date AS month,
		   count(*) AS visits, count(*) FILTER (WHERE l.product_page) AS product_page
	FROM {schema}.store AS j CROSS JOIN LATERAL journey.landing(j.journey, {actions}) AS l
	WHERE l.n IS NOT NULL
	GROUP BY 2
)
SELECT month, area_no, coalesce(c.area, 'first product page') AS area,
	   coalesce(c.reached, 0) AS reached, coalesce(c.customers, 0) AS customers,
	   a.customers AS active_customers, coalesce(c.customers, 0)::double precision / a.customers AS reach_rate,
	   (month + interval '1 month') AT TIME ZONE {zone} + interval '720 hours' <= {last_seen} AS complete,
	   coalesce(c.converted, 0) AS converted, coalesce(c.undecided, 0) AS undecided,
	   coalesce(c.eligible, 0) AS eligible, coalesce(c.eligible_converted, 0) AS eligible_converted,
	   c.eligible_converted::double precision / nullif(c.eligible, 0) AS converted_rate,
	   w.lower AS converted_rate_lower, w.upper AS converted_rate_upper,
	   coalesce(c.not_converted, 0) AS not_converted,
	   coalesce(c.exited, 0) AS exited, c.exited::double precision / nullif(c.eligible, 0) AS exited_rate,
	   x.exit_event AS top_exit_event, x.exits AS top_exits,
	   coalesce(c.stays, 0) AS stays, c.median_in_seconds, c.median_convert_seconds,
	   coalesce(c.valued, 0) AS valued, (c.value / nullif(c.valued, 0))::double precision AS value_each,
	   (c.not_converted * c.value / nullif(c.valued, 0))::double precision AS value_at_stake,
	   CASE WHEN area_no = 1 THEN coalesce(l.visits, 0) END AS first_visits,
	   CASE WHEN area_no = 1 THEN coalesce(l.product_page, 0) END AS landed_on_product,
	   l.product_page::double precision / l.visits AS landed_on_product_rate
FROM counted AS c
	FULL JOIN landed AS l USING (month, area_no)
	LEFT JOIN left_at AS x USING (month, area_no)
	LEFT JOIN active AS a USING (month)
	LEFT JOIN LATERAL journey.wilson_interval(c.eligible_converted, nullif(c.eligible, 0)) AS w ON true
ORDER BY month, area_no
$q$, '{value}', CASE WHEN has_value THEN 'd.value' ELSE 'NULL::double precision' END),
		'One row a month and key decision area: how often it was entered in that month, what share bought within 30 days, where those left who did not, how long they stayed, what is at stake. The areas are those of the function decision_areas. A rate is of those whose 30 days were over at the last touchpoint seen in the source: who buys is known sooner than who does not.',
		ARRAY[
		'month: First day of the month in which the area was entered, in the time zone of the source.',
		'area_no: Number of the area, from 1.',
		'area: first product page (of a customer who has not bought yet, once in a life), after the cart, arrival (the first delivery after a purchase), follow-up (the first message after that); each but the first once between two purchases.',
		'reached: How often it was entered.',
		'customers: Different customers who entered it.',
		'active_customers: Customers with a touchpoint of any kind in that month.',
		'reach_rate: customers of active_customers, 0 to 1.',
		'complete: Were the 30 days over for all who entered in that month? Where not, the numbers may still grow.',
		'converted: Entries after which a purchase was seen within 30 days, also those whose 30 days are not over.',
		'undecided: Entries without a purchase whose 30 days are not over: neither won nor lost.',
		'eligible: Entries whose 30 days are over.',
		'eligible_converted: Those of eligible after which a purchase followed within 30 days.',
		'converted_rate: eligible_converted of eligible, 0 to 1: the conversion from here.',
		'converted_rate_lower: Lower bound of its 95 % interval (Wilson).',
		'converted_rate_upper: Upper bound of its 95 % interval (Wilson).',
		'not_converted: Those of eligible after which no purchase followed within 30 days.',
		'exited: Those of eligible who did not come back at all within 30 days: no further touchpoint of a visit, no purchase.',
		'exited_rate: exited of eligible, 0 to 1.',
		'top_exit_event: Where most of not_converted left: the last touchpoint of a visit within the 30 days, or that which entered the area.',
		'top_exits: How many of not_converted left there.',
		'stays: Entries of which it is known how long the customer stayed.',
		'median_in_seconds: Median of these stays: in a visit until the next area, the purchase or the end of the visit; after a parcel or message until the next area or purchase.',
		'median_convert_seconds: Median of the seconds from the entry to the purchase, of eligible_converted.',
		'valued: Those of eligible_converted whose purchase has a value.',
		'value_each: Mean value of these purchases; NULL if there is none or the source has no column for values.',
		'value_at_stake: not_converted times value_each: what it would be worth if all had bought like those who did.',
		'first_visits: In the row of the first product page: customers whose first visit began in that month; NULL in the others.',
		'landed_on_product: Those of first_visits that began on a product page.',
		'landed_on_product_rate: landed_on_product of first_visits, 0 to 1; NULL where there are none.']);

	PERFORM journey.source_view(name, 'opportunities', replace($q$
WITH area AS (
	SELECT 'area' AS kind, d.area AS name, NULL::text AS phase, 'purchase' AS metric,
		   count(*) FILTER (WHERE d.complete) AS reached, count(*) FILTER (WHERE d.complete AND d.converted) AS went_on,
		   count(*) FILTER (WHERE d.complete AND NOT d.converted) AS dropped,
		   count(*) FILTER (WHERE NOT d.complete) AS undecided,
		   count(d.value) FILTER (WHERE d.complete) AS valued,
		   (sum(d.value::numeric) FILTER (WHERE d.complete) / nullif(count(d.value) FILTER (WHERE d.complete), 0))::double precision AS value_each
	FROM {schema}.store AS j
		CROSS JOIN LATERAL journey.decision_areas(j.journey, {actions}, {last_seen}) AS d
	GROUP BY d.area
), customer AS (
	SELECT coalesce((SELECT max(t.stage_no) FROM journey.staged_touchpoints(j.journey, {model}) AS t), 0) AS deepest,
		   journey.last_at(j.journey) + interval '720 hours' <= {last_seen} AS over,
		   {revenue} AS revenue
	FROM {schema}.store AS j
), deepest AS (
	SELECT c.deepest, c.over, count(*) AS customers, sum(c.revenue::numeric) AS revenue
	FROM customer AS c GROUP BY c.deepest, c.over
), step AS (
	SELECT s.stage_no, s.stage, lag(s.stage_no, 1, 0) OVER (ORDER BY s.stage_no) AS previous_no
	FROM {schema}.stage_funnel AS s WHERE s.reached > 0 AND s.reached_or_beyond IS NOT NULL
), stepped AS (
	SELECT s.stage_no, s.stage,
		   coalesce(sum(d.customers) FILTER (WHERE d.deepest >= s.stage_no), 0) AS went_on,
		   coalesce(sum(d.customers) FILTER (WHERE d.deepest < s.stage_no AND d.over), 0) AS dropped,
		   coalesce(sum(d.customers) FILTER (WHERE d.deepest < s.stage_no AND NOT d.over), 0) AS undecided,
		   sum(d.revenue) FILTER (WHERE d.deepest >= s.stage_no) AS went_on_revenue,
		   sum(d.revenue) FILTER (WHERE d.deepest < s.stage_no AND d.over) AS dropped_revenue
	FROM step AS s JOIN deepest AS d ON d.deepest >= s.previous_no
	GROUP BY s.stage_no, s.stage
), stage AS (
	SELECT 'stage' AS kind, s.stage AS name, NULL::text AS phase, 'this stage or a later one' AS metric,
		   (s.went_on + s.dropped)::bigint AS reached, s.went_on::bigint AS went_on, s.dropped::bigint AS dropped, s.undecided::bigint AS undecided,
		   CASE WHEN s.went_on_revenue IS NOT NULL THEN s.went_on::bigint ELSE 0 END AS valued,
		   CASE WHEN s.went_on_revenue IS NOT NULL AND s.dropped_revenue IS NOT NULL
				THEN greatest(s.went_on_revenue / s.went_on - s.dropped_revenue / s.dropped, 0)::double precision END AS value_each
	FROM stepped AS s
), scored AS (
	SELECT m.moment, m.phase, m.metric,
		   sum(m.succeeded)::bigint AS went_on, sum(m.failed)::bigint AS dropped, sum(m.undecided)::bigint AS undecided,
		   coalesce(sum(m.succeeded_value_count), 0)::bigint AS valued, sum(m.failed_value_count)::bigint AS dropped_valued,
		   sum(m.succeeded_value_mean::numeric * m.succeeded_value_count) AS value, sum(m.failed_value_mean::numeric * m.failed_value_count) AS dropped_value
	FROM {schema}.moment_scorecard AS m
	GROUP BY m.moment, m.phase, m.metric
), moment AS (
	SELECT 'moment' AS kind, c.moment AS name, c.phase, c.metric,
		   c.went_on + c.dropped AS reached, c.went_on, c.dropped, c.undecided, c.valued,
		   CASE WHEN c.valued > 0 AND c.dropped_valued > 0
				THEN greatest(c.value / c.valued - c.dropped_value / c.dropped_valued, 0)::double precision END AS value_each
	FROM scored AS c
), everything AS (
	SELECT a.* FROM area AS a UNION ALL SELECT s.* FROM stage AS s UNION ALL SELECT m.* FROM moment AS m
)
SELECT rank() OVER (ORDER BY e.dropped * e.value_each DESC NULLS LAST, e.dropped DESC) AS rank,
	   e.kind, e.name, e.phase, e.metric, e.reached, e.went_on, e.dropped,
	   e.dropped::double precision / nullif(e.reached, 0) AS dropped_rate, e.undecided,
	   e.valued, e.value_each, e.dropped * e.value_each AS opportunity_value,
	   least(e.reached / 100.0::double precision, e.dropped) * e.value_each AS point_value
FROM everything AS e
ORDER BY 1, e.kind, e.name, e.phase
$q$, '{revenue}', CASE WHEN has_value
		THEN $q$coalesce(journey.value_sum(journey.filter(j.journey, {model}, 'purchase')), 0)$q$
		ELSE 'NULL::double precision' END), 
		'Where the most is to be gained, one row an area, stage or moment of truth, the greatest first: how many came there, how many did not go on, and what each who went on was worth more. opportunity_value is drop-off times reach times value. The kinds look at the same customers from three sides, and who comes to a moment five times counts five times: values of rows do not add up. What those who went on were worth more is a limit of what can be gained, not a forecast: they may have been better customers from the start.',
		ARRAY[
		'rank: 1 for the greatest opportunity_value; rows without come last, those with the most dropped first, and so do all where the source has no values.',
		'kind: area: a key decision area, as in key_decision_areas; stage: the step to a stage of the model, as in stage_funnel; moment: a moment of truth, as in moment_scorecard.',
		'name: Name of the area, stage or moment. A stage that nobody has come to (a dormant one is such) has no row, nor have stages without order.',
		'phase: Phase of the moment, where it has some.',
		'metric: What going on means. area: a purchase within 30 days; stage: to come to this stage or a later one; moment: the metric of moment_scorecard.',
		'reached: Those who could go on and of whom it is known whether they did. area: entries whose 30 days are over; stage: customers who came to the stage before (to the first stage: all), without undecided; moment: its decided rows.',
		'went_on: Those of reached who went on.',
		'dropped: Those of reached who did not.',
		'dropped_rate: dropped of reached, 0 to 1.',
		'undecided: Those left out of reached because it is not known yet. area: entries whose 30 days are not over; stage: customers who did not go on, but were seen in the last 30 days of the source; moment: undecided of moment_scorecard.',
		'valued: How many of went_on value_each is taken of.',
		'value_each: What one who went on was worth more than one who dropped, at least 0. area: mean value of the purchase; stage: mean revenue of a customer who went on, less that of one who dropped; moment: mean value within 90 days after a success, less that after a failure. NULL where one of the two is not known, because nobody went on or nobody dropped, or if the source has no column for values.',
		'opportunity_value: dropped times value_each.',
		'point_value: What it would be worth if one in a hundred of reached more went on (all of dropped, where they are fewer): reached / 100 times value_each.']);
END
$function$;
COMMENT ON FUNCTION journey.decision_areas_views(text, boolean) IS
$$Makes the views key_decision_areas and opportunities of a source; has_value says whether the source has a column of values. A part of create_source.$$;
