\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- kpis: the figures of a source in one table, each with its formula.
--
-- One row a figure, put together from the other views, so that it cannot differ
-- from them; what is in no other view is counted here in one pass over the
-- store.  A figure that has nothing to be counted of is there with a NULL.
--

CREATE FUNCTION journey.kpis_views(name text, has_value boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM journey.source_view(name, 'kpis', replace($q$
WITH customer AS MATERIALIZED (
	SELECT j.customer, journey.touchpoint_count(j.journey) AS touchpoints,
		   journey.touchpoint_count(b.bought) AS purchases,
		   journey.value_sum(b.bought)::numeric AS revenue,
		   CASE WHEN b.first_purchase_at IS NOT NULL
				THEN journey.touchpoint_count(journey.slice(j.journey, NULL, b.first_purchase_at)) + 1 END AS touchpoints_to_purchase,
		   CASE WHEN b.first_purchase_at IS NOT NULL THEN (
				SELECT count(DISTINCT c.channel)
				FROM unnest(journey.channels(journey.slice(j.journey, NULL, b.first_purchase_at))) AS c(channel)) END AS sources,
		   (journey.nth(journey.filter(j.journey, '*@*'::journey.matcher), 1)).channel AS first_channel,
		   journey.touchpoint_count(journey.filter(a.acts, 'item_view | page_view/product'::journey.matcher)) AS products,
		   journey.touchpoint_count(journey.filter(a.acts, 'compare'::journey.matcher)) AS comparisons,
		   journey.touchpoint_count(journey.filter(a.acts, 'review_read'::journey.matcher)) AS reviews,
		   l.landed_at, l.product_page, l.action IN ('content_view', 'page_view/content') AS content_page,
		   journey.touchpoint_count(journey.filter(j.journey, 'referral_link_created | referral_link_shared | "Invite Sent" | InviteAction'::journey.matcher)) AS invitations,
		   journey.touchpoint_count(journey.filter(j.journey, 'referral_converted'::journey.matcher)) AS invitations_converted
	FROM {schema}.store AS j
		CROSS JOIN LATERAL (
			SELECT f.bought, journey.first_at(f.bought) AS first_purchase_at
			FROM (SELECT journey.filter(j.journey, {model}, 'purchase') AS bought) AS f) AS b
		CROSS JOIN LATERAL journey.landing(j.journey, {actions}) AS l
		CROSS JOIN LATERAL (
			SELECT CASE WHEN b.first_purchase_at IS NOT NULL
						THEN journey.classify(journey.slice(j.journey, NULL, b.first_purchase_at), {actions}) END AS acts) AS a
	WHERE journey.touchpoint_count(j.journey) > 0
), totals AS (
	SELECT count(*) AS customers, sum(c.touchpoints) AS touchpoints,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY c.touchpoints) AS median_touchpoints,
		   percentile_cont(0.9) WITHIN GROUP (ORDER BY c.touchpoints) AS p90_touchpoints,
		   count(*) FILTER (WHERE c.purchases > 0) AS buyers,
		   sum(c.purchases) AS purchases, sum(c.revenue) AS revenue,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY c.touchpoints_to_purchase) AS median_to_purchase,
		   percentile_cont(0.9) WITHIN GROUP (ORDER BY c.touchpoints_to_purchase) AS p90_to_purchase,
		   sum(c.sources) AS sources,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY c.sources) AS median_sources,
		   sum(c.products) AS products, sum(c.comparisons) AS comparisons, sum(c.reviews) AS reviews,
		   count(c.first_channel) AS with_channel,
		   count(*) FILTER (WHERE lower(c.first_channel) IN ('referral', 'word of mouth', 'friend', 'friends', 'recommendation')) AS recommended,
		   count(c.landed_at) AS landed, count(*) FILTER (WHERE c.product_page) AS landed_on_product,
		   count(*) FILTER (WHERE c.content_page) AS content_first,
		   count(*) FILTER (WHERE c.content_page AND c.purchases > 0) AS content_first_buyers,
		   sum(c.invitations) AS invitations, sum(c.invitations_converted) AS invitations_converted
	FROM customer AS c
), visit AS (
	SELECT count(*) AS sessions, count(*) FILTER (WHERE s.engaged) AS engaged,
		   count(*) FILTER (WHERE s.bounced_ga4) AS bounced_ga4, count(*) FILTER (WHERE s.bounced_classic) AS bounced_classic,
		   count(*) FILTER (WHERE s.key_events > 0) AS converted,
		   count(c.customer) AS landed, count(c.customer) FILTER (WHERE s.end_at <= c.landed_at + interval '2 seconds') AS landed_bounced
	FROM {schema}.sessions AS s
		LEFT JOIN customer AS c ON c.customer = s.customer AND c.product_page AND c.landed_at BETWEEN s.start_at AND s.end_at
), repeated AS (
	SELECT r.purchase_no, r.eligible, r.eligible_next
	FROM unnest((
		SELECT journey.retention_rate_by_purchase_agg(journey.repeats(journey.filter(j.journey, {model}, 'purchase'), '*', interval '90 days', {last_seen}))
		FROM {schema}.store AS j)) AS r
	WHERE r.purchase_no <= 3
), cart AS (
	SELECT sum(a.carts) AS carts, sum(a.judged) AS judged, sum(a.judged_abandoned) AS abandoned,
		   sum(a.checkouts) AS checkouts, sum(a.checkouts_abandoned) AS checkouts_abandoned,
		   sum(a.recovery_judged) AS recovery_judged, sum(a.judged_recovered) AS recovered
	FROM {schema}.cart_abandonment AS a
	WHERE a.counted_by = 'cart'
), click AS (
	SELECT count(*) AS purchases, percentile_cont(0.5) WITHIN GROUP (ORDER BY k.steps_from_visit) AS median_clicks,
		   percentile_cont(0.9) WITHIN GROUP (ORDER BY k.steps_from_visit) AS p90_clicks
	FROM {schema}.store AS j
		CROSS JOIN LATERAL journey.clicks_to_purchase(j.journey, {actions}, as_of => {last_seen}) AS k
), parcel AS (
	SELECT count(*) FILTER (WHERE o.purchased_at IS NOT NULL) AS orders,
		   count(*) FILTER (WHERE o.purchased_at IS NOT NULL AND o.returned_at IS NOT NULL) AS returned,
		   count(*) FILTER (WHERE o.gap_seconds >= 0) AS delivered,
		   count(*) FILTER (WHERE o.late AND o.gap_seconds >= 0) AS late,
		   count(*) FILTER (WHERE o.open) AS open, count(*) FILTER (WHERE o.overdue) AS overdue,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY o.gap_seconds) FILTER (WHERE o.gap_seconds >= 0) AS median_gap,
		   count(o.waited_seconds) AS watched,
		   sum(o.messages) AS messages, count(*) FILTER (WHERE o.too_many_messages) AS too_many, sum(o.contacts) AS contacts,
		   count(o.first_response_seconds) AS responses,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY o.first_response_seconds) AS median_response,
		   count(o.resolution_seconds) AS resolutions,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY o.resolution_seconds) AS median_resolution
	FROM {schema}.orders AS o
), habit AS (
	SELECT sum(d.dau) AS days, count(*) AS n, sum(d.mau) AS months
	FROM (SELECT k.dau, k.mau FROM {schema}.stickiness AS k WHERE k.complete ORDER BY k.day_date DESC LIMIT 30) AS d
), week AS (
	SELECT l.new_customers + l.resurrecting_customers AS came, l.dormant_customers AS went,
		   l.returning_customers + l.dormant_customers AS before
	FROM {schema}.lifecycle_weekly AS l WHERE l.complete ORDER BY l.week_date DESC LIMIT 1
), state AS (
	SELECT count(*) AS customers, count(*) FILTER (WHERE s.state = 'lapsed') AS lapsed,
		   count(*) FILTER (WHERE s.state IN ('loyal', 'evangelist')) AS loyal,
		   count(*) FILTER (WHERE s.state = 'evangelist') AS evangelists
	FROM {schema}.states AS s WHERE s.to_at IS NULL
), path AS (
	SELECT count(*) AS purchases, count(*) FILTER (WHERE cardinality(p.path) > 1) AS assisted
	FROM {schema}.store AS j
		CROSS JOIN LATERAL journey.conversion_paths(j.journey, NULL, conversions => journey.filter(j.journey, {model}, 'purchase')) AS p
	WHERE p.converted
), fan AS (
	SELECT count(*) AS buyers, count(*) FILTER (WHERE f.advocacy_acts > 0) AS recommending
	FROM customer AS c LEFT JOIN {schema}.top_customers AS f ON f.customer = c.customer
	WHERE c.purchases > 0
), half AS (
	SELECT s.measure, min(s.days) FILTER (WHERE s.survival <= 0.5 + 1e-9) AS median_days, sum(s.events) AS events
	FROM {schema}.survival AS s GROUP BY s.measure
), figure AS (
	SELECT f.*
	FROM totals AS t CROSS JOIN visit AS v CROSS JOIN cart AS a CROSS JOIN click AS k CROSS JOIN parcel AS o
		CROSS JOIN habit AS h CROSS JOIN state AS s CROSS JOIN path AS p CROSS JOIN fan AS r
		LEFT JOIN week AS w ON true
		CROSS JOIN LATERAL (VALUES
			-- topic, name, unit, value (NULL: numerator / denominator), numerator, denominator, formula, view
			('reach', 'customers', 'count', t.customers, NULL::numeric, NULL::numeric, 'customers with a touchpoint', 'customers'),
			('reach', 'touchpoints', 'count', t.touchpoints, NULL, NULL, 'touchpoints', 'touchpoints'),
			('reach', 'touchpoints_per_customer', 'mean', NULL::double precision, t.touchpoints, t.customers, 'touchpoints / customers', 'customers'),
			('reach', 'touchpoints_per_customer_median', 'count', t.median_touchpoints, NULL, t.customers, 'median over customers of their touchpoints', 'customers'),
			('reach', 'touchpoints_per_customer_p90', 'count', t.p90_touchpoints, NULL, t.customers, '90th percentile over customers of their touchpoints', 'customers'),
			('reach', 'word_of_mouth_rate', 'rate', NULL, t.recommended, t.with_channel, 'customers whose first channel is referral, word of mouth, friend(s) or recommendation / customers with a channel', 'customers'),
			('reach', 'content_first_rate', 'rate', NULL, t.content_first, t.landed, 'customers whose first visit began with content / customers with a visit', 'touchpoints'),
			('reach', 'content_first_conversion_rate', 'rate', NULL, t.content_first_buyers, t.content_first, 'those of them who bought / customers whose first visit began with content', 'touchpoints'),
			('reach', 'product_landing_rate', 'rate', NULL, t.landed_on_product, t.landed, 'customers whose first visit began with a product / customers with a visit', 'key_decision_areas'),
			('sessions', 'sessions', 'count', v.sessions, NULL, NULL, 'sessions', 'sessions'),
			('sessions', 'engaged_session_rate', 'rate', NULL, v.engaged, v.sessions, 'engaged sessions / sessions (Google Analytics 4)', 'sessions'),
			('sessions', 'bounce_rate', 'rate', NULL, v.bounced_ga4, v.sessions, '1 - engaged sessions / sessions (Google Analytics 4)', 'sessions'),
			('sessions', 'bounce_rate_classic', 'rate', NULL, v.bounced_classic, v.sessions, 'sessions of one touchpoint / sessions', 'sessions'),
			('sessions', 'bounce_rate_product_landing', 'rate', NULL, v.landed_bounced, v.landed, 'first visits with nothing later than 2 seconds after the product page they began with / first visits that began with a product page', 'key_decision_areas'),
			('conversion', 'customer_conversion_rate', 'rate', NULL, t.buyers, t.customers, 'customers who bought / customers', 'customers'),
			('conversion', 'session_conversion_rate', 'rate', NULL, v.converted, v.sessions, 'sessions with a purchase / sessions', 'sessions'),
			('conversion', 'touchpoints_to_purchase_median', 'count', t.median_to_purchase, NULL, t.buyers, 'median over buyers of their touchpoints up to the first purchase', 'touchpoints'),
			('conversion', 'touchpoints_to_purchase_p90', 'count', t.p90_to_purchase, NULL, t.buyers, '90th percentile over buyers of their touchpoints up to the first purchase', 'touchpoints'),
			('conversion', 'clicks_to_purchase_median', 'count', k.median_clicks, NULL, k.purchases, 'median over purchases of the clicks in their visit up to them, after the purchase before', 'clicks_to_purchase'),
			('conversion', 'clicks_to_purchase_p90', 'count', k.p90_clicks, NULL, k.purchases, '90th percentile over purchases of the clicks in their visit up to them, after the purchase before', 'clicks_to_purchase'),
			('conversion', 'sources_before_purchase', 'mean', NULL, t.sources, t.buyers, 'different channels before the first purchase, summed / buyers', 'touchpoints'),
			('conversion', 'sources_before_purchase_median', 'count', t.median_sources, NULL, t.buyers, 'median over buyers of the different channels before the first purchase', 'touchpoints'),
			('conversion', 'products_before_purchase', 'mean', NULL, t.products, t.buyers, 'looks at products before the first purchase, summed / buyers', 'touchpoints'),
			('conversion', 'comparisons_before_purchase', 'mean', NULL, t.comparisons, t.buyers, 'comparisons before the first purchase, summed / buyers', 'touchpoints'),
			('conversion', 'reviews_before_purchase', 'mean', NULL, t.reviews, t.buyers, 'reviews read before the first purchase, summed / buyers', 'touchpoints'),
			('conversion', 'influenced_purchase_rate', 'rate', NULL, p.assisted, p.purchases, 'purchases with touches of two channels or more in the 30 days up to them / purchases', 'channel_performance'),
			('conversion', 'days_to_first_purchase_median', 'days', (SELECT m.median_days FROM half AS m WHERE m.measure = 'first purchase'), NULL, (SELECT m.events FROM half AS m WHERE m.measure = 'first purchase'), 'whole days from the first touchpoint until at most half have not bought, Kaplan-Meier; the count is of those who bought', 'survival'),
			('carts', 'cart_abandonment_rate', 'rate', NULL, a.abandoned, a.judged, 'carts left without a purchase in time / carts old enough to judge', 'cart_abandonment'),
			('carts', 'checkout_abandonment_rate', 'rate', NULL, a.checkouts_abandoned, a.checkouts, 'carts with a checkout left without a purchase in time / carts with a checkout old enough to judge', 'cart_abandonment'),
			('carts', 'cart_recovery_rate', 'rate', NULL, a.recovered, a.recovery_judged, 'abandoned carts bought later / abandoned carts old enough to judge', 'cart_abandonment'),
			('orders', 'purchases', 'count', t.purchases, NULL, NULL, 'purchases, returned ones included', 'customers'),
			('orders', 'revenue', 'value', CASE WHEN {has_value} THEN t.revenue::double precision END, NULL, NULL, 'sum of the values of purchases, before refunds', 'customers'),
			('orders', 'average_order_value', 'value', NULL, CASE WHEN {has_value} THEN t.revenue END, t.purchases, 'revenue / purchases', 'customers'),
			('orders', 'purchase_frequency', 'mean', NULL, t.purchases, t.buyers, 'purchases / customers who bought', 'customers'),
			('orders', 'customer_value', 'value', NULL, CASE WHEN {has_value} THEN t.revenue END, t.buyers, 'revenue to date / customers who bought', 'customers'),
			('orders', 'return_rate', 'rate', NULL, o.returned, o.orders, 'orders returned or refunded / orders', 'orders'),
			('repeat', 'second_purchase_rate_90_days', 'rate', NULL, (SELECT r.eligible_next FROM repeated AS r WHERE r.purchase_no = 1), (SELECT r.eligible FROM repeated AS r WHERE r.purchase_no = 1), 'customers who bought again within 90 days of the first purchase / customers whose 90 days are over', 'survival'),
			('repeat', 'third_purchase_rate_90_days', 'rate', NULL, (SELECT r.eligible_next FROM repeated AS r WHERE r.purchase_no = 2), (SELECT r.eligible FROM repeated AS r WHERE r.purchase_no = 2), 'the same from the second to the third purchase', 'survival'),
			('repeat', 'days_to_second_purchase_median', 'days', (SELECT m.median_days FROM half AS m WHERE m.measure = 'second purchase'), NULL, (SELECT m.events FROM half AS m WHERE m.measure = 'second purchase'), 'whole days from the first purchase until at most half of the buyers have not bought again, Kaplan-Meier; the count is of those who did', 'survival'),
			('repeat', 'loyal_rate', 'rate', NULL, s.loyal, s.customers, 'customers who are loyal or evangelists now / customers', 'states'),
			('repeat', 'evangelist_rate', 'rate', NULL, s.evangelists, s.customers, 'customers who are evangelists now / customers', 'states'),
			('repeat', 'lapsed_rate', 'rate', NULL, s.lapsed, s.customers, 'customers who have lapsed / customers', 'states'),
			('repeat', 'stickiness', 'ratio', NULL, h.days, h.months, 'sum of the daily / sum of the monthly active customers of the last 30 complete days', 'stickiness'),
			('repeat', 'quick_ratio', 'ratio', NULL, w.came, w.went, '(new + resurrecting) / dormant customers of the last complete week', 'lifecycle_weekly'),
			('repeat', 'weekly_churn_rate', 'rate', NULL, w.went, w.before, 'customers active in the week before the last complete one and not in it / customers active in the week before', 'lifecycle_weekly'),
			('delivery', 'delivery_gap_median', 'seconds', o.median_gap, NULL, o.delivered, 'median over delivered orders from purchase to delivery', 'delivery_gap'),
			('delivery', 'late_delivery_rate', 'rate', NULL, o.late, o.delivered, 'orders delivered later than promised, or than 7 days / orders delivered', 'delivery_gap'),
			('delivery', 'overdue_rate', 'rate', NULL, o.overdue, o.open, 'orders on their way for longer than promised, or than 7 days / orders on their way', 'delivery_gap'),
			('delivery', 'messages_per_order', 'mean', NULL, o.messages, o.watched, 'messages between purchase and delivery / orders of which that time is known', 'delivery_gap'),
			('delivery', 'too_many_messages_rate', 'rate', NULL, o.too_many, o.watched, 'orders with more than two messages between purchase and delivery / orders of which that time is known', 'delivery_gap'),
			('delivery', 'contacts_per_order', 'mean', NULL, o.contacts, o.watched, 'contacts with the service between purchase and delivery / orders of which that time is known', 'delivery_gap'),
			('delivery', 'first_response_median', 'seconds', o.median_response, NULL, o.responses, 'median from the first contact of an order to the first answer or solution', 'orders'),
			('delivery', 'resolution_median', 'seconds', o.median_resolution, NULL, o.resolutions, 'median from the first contact of an order to its resolution', 'orders'),
			('advocacy', 'recommendation_rate', 'rate', NULL, r.recommending, r.buyers, 'customers who bought and recommended (referral, share, community, good review, testimonial) / customers who bought', 'top_customers'),
			('advocacy', 'invitations_per_customer', 'mean', NULL, t.invitations, t.customers, 'referral links created or shared and invitations sent / customers', 'top_customers'),
			('advocacy', 'invitation_conversion_rate', 'ratio', NULL, t.invitations_converted, t.invitations, 'referrals that converted / invitations', 'top_customers'),
			('advocacy', 'referral_coefficient', 'ratio', NULL, t.invitations_converted, t.customers, 'K = invitations per customer x conversion of invitations', 'top_customers')
		) AS f(topic, kpi, unit, value, numerator, denominator, formula, details)
	UNION ALL
	SELECT 'satisfaction', m.metric, m.unit, m.score, NULL, m.n,
		   CASE m.metric WHEN 'nps' THEN 'percent of answers 9 and 10 - percent of answers 0 to 6'
				WHEN 'csat' THEN 'percent of answers 4 and 5 of 5' WHEN 'ces' THEN 'mean of the answers, 1 to 7'
				ELSE 'percent of reviews with 4 stars and more' END, 'satisfaction'
	FROM {schema}.satisfaction AS m WHERE m.by = 'all'
)
SELECT f.topic, f.kpi,
	   coalesce(f.value, CASE WHEN f.numerator IS NOT NULL THEN (f.numerator / nullif(f.denominator, 0))::double precision END) AS value,
	   f.unit, f.numerator::double precision AS numerator, f.denominator::double precision AS denominator,
	   w.lower, w.upper, f.formula, f.details
FROM figure AS f
	CROSS JOIN LATERAL journey.wilson_interval(
		CASE WHEN f.unit = 'rate' THEN f.numerator::bigint END,
		CASE WHEN f.unit = 'rate' THEN f.denominator::bigint END) AS w
$q$, '{has_value}', has_value::text),
		'The figures of the source, one row each, with what was divided by what and the formula in words. As of the last touchpoint seen in the source. NULL as value where there is nothing to divide by. Most figures come from other views: takes about as long as all of those together.',
		ARRAY[
		'topic: What it is about: reach, sessions, conversion, carts, orders, repeat, delivery, advocacy, satisfaction.',
		'kpi: Name of the figure.',
		'value: The figure; a rate is 0 to 1.',
		'unit: rate (a share, 0 to 1), ratio, mean, count, value (in the money of the source), seconds, days, or what the survey says.',
		'numerator: What was divided, where something was.',
		'denominator: By what; of a median and of a survey, how many there are.',
		'lower: Lower bound of the 95 % interval of a rate (Wilson).',
		'upper: Upper bound of it.',
		'formula: How it is counted.',
		'details: The view to look at for more.']);
END
$function$;
COMMENT ON FUNCTION journey.kpis_views(text, boolean) IS
$$Makes the view kpis of a source; has_value says whether the source has a column of values. A part of create_source.$$;
