\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- audience: the customers of a source who are at a stage, moment or state
--

CREATE FUNCTION journey.audience_stage(model journey.stage_model, stage text, what text, source text) RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM journey.stages(model) AS s WHERE s.stage = audience_stage.stage) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'undefined_object',
			MESSAGE = format('source "%s" has no %s "%s"', source, what, audience_stage.stage),
			HINT = format('There are: %s.', (SELECT string_agg(s.stage, ', ' ORDER BY s.stage_no) FROM journey.stages(model) AS s));
	END IF;
END
$$;
COMMENT ON FUNCTION journey.audience_stage(journey.stage_model, text, text, text) IS
$$An error (undefined_object) that lists the stages of a model if it has none of that name. A part of audience.$$;

CREATE FUNCTION journey.audience(
	customer_type anyelement,
	source text,
	stage text DEFAULT NULL,
	moment text DEFAULT NULL,
	state text DEFAULT NULL,
	as_of timestamptz DEFAULT NULL,
	seen_within interval DEFAULT NULL
) RETURNS SETOF anyelement
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1000
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	settings regclass := journey.source_table(source);
	s record;
	found text;
	since timestamptz;
	query text;
BEGIN
	EXECUTE format('SELECT journey.flat(c.model) AS model, journey.flat(c.moments) AS moments, journey.flat(c.states) AS states, c.last_at FROM %s AS c', settings) INTO s;
	found := (SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute AS a
			  WHERE a.attrelid = format('%I.store', source)::regclass AND a.attname = 'customer');
	IF found <> pg_typeof(customer_type)::text THEN
		RAISE EXCEPTION USING
			ERRCODE = 'datatype_mismatch',
			MESSAGE = format('customers of source "%s" are of type %s, not %s', source, found, pg_typeof(customer_type)),
			HINT = format('The first argument says of which type the answer is: journey.audience(NULL::%s, %L).', found, source);
	END IF;
	IF NOT isfinite(as_of) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'as_of must be finite',
			HINT = 'Leave it out for the last touchpoint seen in the source.';
	END IF;
	IF extract(epoch FROM seen_within) < 0 OR extract(year FROM seen_within) <> 0 OR extract(month FROM seen_within) <> 0 THEN
		RAISE EXCEPTION USING
			ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'seen_within must not be negative and must not have months or years',
			HINT = 'Give days, such as 30 days.';
	END IF;
	as_of := coalesce(as_of, s.last_at);
	-- seconds: a day is 24 hours, whatever the clocks of the session's zone do
	since := as_of - make_interval(secs => extract(epoch FROM seen_within)::double precision);

	query := format('SELECT k.customer FROM %I.store AS k WHERE journey.first_at(k.journey) <= $1', source);
	IF stage IS NOT NULL THEN
		PERFORM journey.audience_stage(s.model, stage, 'stage', source);
		query := query || ' AND journey.current_stage(k.journey, $2, $1) = $3';
	END IF;
	IF moment IS NOT NULL THEN
		PERFORM journey.audience_stage(s.moments, moment, 'moment', source);
		query := query || ' AND journey.current_stage(k.journey, $4, $1) = $5';
	END IF;
	IF state IS NOT NULL THEN
		PERFORM journey.audience_stage(s.states, state, 'state', source);
		query := query || ' AND journey.state_at(k.journey, $6, $1) = $7';
	END IF;
	IF seen_within IS NOT NULL THEN
		query := query || ' AND journey.touchpoint_count(journey.slice(k.journey, $8, $1 + interval ''1 microsecond'')) > 0';
	END IF;
	RETURN QUERY EXECUTE query USING as_of, s.model, stage, s.moments, moment, s.states, state, since;
END
$$;
COMMENT ON FUNCTION journey.audience(anyelement, text, text, text, text, timestamptz, interval) IS
$$The customers of a source who are at a stage, a moment of truth and a state as of a time: a list of customer ids, to write to or to count. The first argument only says of which type they are.

    SELECT journey.audience(NULL::bigint, 'shop', stage => 'conversion', seen_within => '7 days');
    SELECT count(*) FROM journey.audience(NULL::bigint, 'shop', state => 'loyal', as_of => '2026-04-01 00:00+00');

stage: by the model of the source; moment: by its model of the moments of truth; state: by the model lifecycle. A customer is where the latest touchpoint stands that has a stage (moment, state) in that model, and in a dormant state such as lapsed after a long time without a touchpoint. All that are given must hold; with none, all customers who were seen by then. seen_within: only customers with a touchpoint at most that long before as_of: a customer whose last moment was months ago is hardly there now. as_of: NULL, the default, is the last touchpoint seen in the source.

In no order. Each customer once. Runs with the rights of the caller, who needs SELECT on the store and the settings of the source. Errors: an unknown source, stage, moment or state (undefined_object, with a list of what there is), a type that is not that of the customers (datatype_mismatch), an infinite as_of, a seen_within that is negative or has months or years. Takes one pass over the store.$$;

--
-- milestones: what there is to celebrate
--

CREATE FUNCTION journey.milestones(
	j journey.journey,
	model journey.stage_model,
	orders integer[] DEFAULT '{1,2,5,10,25,50,100,250,500,1000}',
	spend double precision[] DEFAULT '{100,500,1000,5000,10000,50000,100000}',
	timezone text DEFAULT 'UTC',
	as_of timestamptz DEFAULT NULL,
	OUT kind text,
	OUT milestone text,
	OUT threshold double precision,
	OUT reached_at timestamptz,
	OUT n integer
) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 5
BEGIN ATOMIC
	WITH kept AS MATERIALIZED (
		SELECT p.n, p.at, row_number() OVER (ORDER BY p.n) AS order_no, sum(p.value::numeric) OVER (ORDER BY p.n) AS spent
		FROM journey.purchases(CASE WHEN milestones.as_of IS NULL THEN milestones.j
									WHEN isfinite(milestones.as_of) THEN journey.slice(milestones.j, NULL, milestones.as_of + interval '1 microsecond') END,
							   milestones.model) AS p
		WHERE p.taken_back_at IS NULL
	)
	SELECT 'order'::text, 'order ' || k.order_no, k.order_no::double precision, k.at, k.n
	FROM kept AS k
	WHERE k.order_no = ANY (milestones.orders)
	UNION ALL
	SELECT 'anniversary'::text, 'anniversary ' || y, y::double precision, d.at, NULL::integer
	FROM (SELECT k.at AT TIME ZONE milestones.timezone AS began,
				 coalesce(milestones.as_of, journey.last_at(milestones.j)) AT TIME ZONE milestones.timezone AS ends
		  FROM kept AS k WHERE k.order_no = 1) AS f
		CROSS JOIN LATERAL generate_series(1, (extract(year FROM f.ends) - extract(year FROM f.began))::integer) AS y
		CROSS JOIN LATERAL (SELECT (f.began + make_interval(years => y)) AT TIME ZONE milestones.timezone AS at) AS d
	WHERE d.at <= coalesce(milestones.as_of, journey.last_at(milestones.j))
	UNION ALL
	SELECT 'spend'::text, 'spend ' || t.least, t.least, r.at, r.n
	FROM (SELECT DISTINCT u.least FROM unnest(milestones.spend) AS u(least)) AS t
		CROSS JOIN LATERAL (SELECT k.at, k.n FROM kept AS k WHERE k.spent >= t.least::numeric ORDER BY k.n LIMIT 1) AS r;
END;
COMMENT ON FUNCTION journey.milestones(journey.journey, journey.stage_model, integer[], double precision[], text, timestamptz) IS
$$What there is to celebrate with a customer, a row a milestone that was reached: kind order (the first, second, fifth ... order), anniversary (each year since the first order) and spend (the sum of orders reached 100, 500 ...), with its text ('order 5'), its number as threshold, when it was reached, and the touchpoint that reached it (n; NULL for an anniversary).

Orders are the purchases of the model that were not taken back up to as_of, so an order that is returned makes the next one its successor, and milestones may move. orders and spend: at which numbers and sums there is something to celebrate; NULL: at none. An anniversary is the same day of a later year at the same time of the day in timezone; of 29 February, 28 February. as_of: NULL, the default, is the last touchpoint of the journey. No rows for NULL as journey or model, without orders, and for an infinite as_of. An unknown time zone is an error.

    SELECT customer, milestone, reached_at FROM shop.journeys, milestones(journey, (SELECT flat(model) FROM shop.source), spend => '{250}') WHERE kind = 'spend';

Takes some 40 microseconds a customer.$$;

--
-- Views of a source
--

CREATE FUNCTION journey.audiences_views(name text, has_value boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM journey.source_view(name, 'top_customers', $q$
WITH counted AS (
	SELECT j.customer, p.purchases, p.taken_back, p.value, p.last_at,
		   a.referrals - CASE WHEN (SELECT journey.stage({actions}, 'referral_converted')) = 'refer' THEN a.converted ELSE 0 END AS referrals,
		   a.converted, a.shares, a.community, a.reviews, a.testimonials,
		   journey.state_at(j.journey, {states}, {last_seen}) AS state
	FROM {schema}.store AS j
		CROSS JOIN LATERAL (
			SELECT count(*) FILTER (WHERE b.taken_back_at IS NULL) AS purchases, count(b.taken_back_at) AS taken_back,
				   round(sum(b.value::numeric) FILTER (WHERE b.taken_back_at IS NULL), 6)::double precision AS value,
				   max(b.at) FILTER (WHERE b.taken_back_at IS NULL) AS last_at
			FROM journey.purchases(j.journey, {model}) AS b) AS p
		CROSS JOIN LATERAL (
			SELECT journey.touchpoint_count(c.acts, 'refer') AS referrals, journey.touchpoint_count(j.journey, 'referral_converted') AS converted,
				   journey.touchpoint_count(c.acts, 'share') AS shares, journey.touchpoint_count(c.acts, 'community') AS community,
				   journey.touchpoint_count(c.acts, 'review_write') AS reviews,
				   journey.touchpoint_count(c.acts, 'survey_answer/testimonial') AS testimonials
			FROM (SELECT journey.filter(journey.classify(j.journey, {actions}), 'refer | share | community | review_write>=4 | survey_answer/testimonial') AS acts OFFSET 0) AS c) AS a
), acted AS MATERIALIZED (
	SELECT c.*, c.referrals + c.converted + c.shares + c.community + c.reviews + c.testimonials AS acts FROM counted AS c
)
SELECT t.customer,
	   CASE WHEN t.purchases > 0 THEN rank() OVER (PARTITION BY t.purchases > 0 ORDER BY t.value DESC NULLS LAST, t.purchases DESC) END AS value_rank,
	   t.value, t.purchases, t.taken_back,
	   t.last_at AS last_purchase_at, (t.last_at AT TIME ZONE {zone})::date AS last_purchase_date,
	   CASE WHEN t.acts > 0 THEN rank() OVER (PARTITION BY t.acts > 0 ORDER BY t.acts DESC, t.converted DESC) END AS advocacy_rank,
	   t.acts AS advocacy_acts, t.referrals, t.converted AS referrals_converted, t.shares, t.community, t.reviews, t.testimonials,
	   t.state
FROM acted AS t
WHERE t.purchases > 0 OR t.acts > 0
$q$,
		'The best customers by what they spent and by what they did for the shop, one row for each customer who bought or did such a thing, with a rank in both: value_rank <= 100 OR advocacy_rank <= 100 are the top 100 customers and fans; state = ''evangelist'' are the ambassadors. Purchases that were taken back do not count. Equal customers have the same rank.',
		ARRAY[
		'customer: The customer.',
		'value_rank: Rank by value, then by purchases, from 1; by purchases alone where the source has no values. NULL for who kept no purchase.',
		'value: Sum of the values of the purchases that were kept, to 6 digits after the point; NULL if none has one.',
		'purchases: Purchases that were kept.',
		'taken_back: Purchases that were refunded, returned or cancelled.',
		'last_purchase_at: Time of the last purchase that was kept.',
		'last_purchase_date: The date of that in the time zone of the source.',
		'advocacy_rank: Rank by acts of advocacy, then by referrals_converted, from 1; NULL for none.',
		'advocacy_acts: referrals + referrals_converted + shares + community + reviews + testimonials.',
		'referrals: Links made and shared, invitations; without their success.',
		'referrals_converted: Events named referral_converted: somebody who was referred came and bought.',
		'shares: Products, carts or content of their own shared.',
		'community: Acts in a community.',
		'reviews: Reviews of 4 or more.',
		'testimonials: Testimonials.',
		'state: State in the lifecycle as of the last touchpoint seen in the source.']);

	PERFORM journey.source_view(name, 'milestones', $q$
SELECT j.customer, m.kind, m.milestone, m.threshold,
	   m.reached_at, (m.reached_at AT TIME ZONE {zone})::date AS reached_date, m.n
FROM {schema}.store AS j
	CROSS JOIN LATERAL journey.milestones(j.journey, {model}, timezone => {zone}, as_of => {last_seen}) AS m
WHERE journey.touchpoint_count(journey.filter(j.journey, {model}, 'purchase')) > 0
$q$,
		'One row for each milestone that a customer has reached by the last touchpoint seen in the source: the 1st, 2nd, 5th, 10th, 25th, 50th, 100th, 250th, 500th and 1000th order, each anniversary of the first order, and the first order with which the sum of orders came to 100, 500, 1000, 5000, 10000, 50000 or 100000. Purchases that were taken back do not count. Other numbers: the function milestones.',
		ARRAY[
		'customer: The customer.',
		'kind: order, anniversary or spend.',
		'milestone: The milestone as text: order 5, anniversary 1, spend 500.',
		'threshold: Its number: of the order, of years, the sum.',
		'reached_at: When it was reached.',
		'reached_date: The date of that in the time zone of the source.',
		'n: Number of the touchpoint that reached it; NULL for an anniversary.']);

	PERFORM journey.source_view(name, 'message_frequency', $q$
WITH counted AS (
	SELECT j.customer, date_trunc('month', t.at AT TIME ZONE {zone})::date AS month,
		   count(*) FILTER (WHERE t.event NOT IN ('message/opened', 'message/clicked', 'message_negative')) AS sent,
		   count(*) FILTER (WHERE t.event = 'message/opened') AS opened,
		   count(*) FILTER (WHERE t.event = 'message/clicked') AS clicked,
		   count(*) FILTER (WHERE t.event = 'message_negative') AS refused
	FROM {schema}.store AS j
		CROSS JOIN LATERAL journey.touchpoints(journey.filter(journey.classify(j.journey, {actions}), 'message | order_update | message_negative')) AS t
	GROUP BY 1, 2
), ranked AS (
	SELECT c.*, greatest(c.sent, c.opened) AS messages,
		   count(*) OVER (PARTITION BY c.month) AS customers,
		   rank() OVER (PARTITION BY c.month ORDER BY greatest(c.sent, c.opened) DESC) - 1 AS more
	FROM counted AS c
)
SELECT r.customer, r.month, r.month + interval '1 month' <= {last_seen} AT TIME ZONE {zone} AS complete,
	   r.messages, r.sent, r.opened, r.clicked, r.refused,
	   r.customers, r.more AS customers_with_more, r.more::double precision / r.customers AS more_rate
FROM ranked AS r
$q$,
		'One row for each customer and month with a message: how many messages the customer got, and how many customers got more. WHERE messages > 8 are those who get more than two a week.',
		ARRAY[
		'customer: The customer.',
		'month: First day of the month, in the time zone of the source.',
		'complete: Was the month over at the last touchpoint seen in the source?',
		'messages: Messages of the month: sent, or opened where that is more, as where only openings are logged.',
		'sent: Messages that are logged as sent or received, order updates and reminders of carts included.',
		'opened: Messages opened; one may be opened more than once.',
		'clicked: Clicks in messages.',
		'refused: Messages that bounced, were dismissed or marked as spam.',
		'customers: Customers with a row for the month.',
		'customers_with_more: Those of them with more messages than this one.',
		'more_rate: customers_with_more of customers, 0 to 1.']);

	PERFORM journey.source_view(name, 'customer_rfm', $q$
WITH bought AS (
	SELECT j.customer, p.purchases, p.spend, p.last_at,
		   ({last_seen} AT TIME ZONE {zone})::date - (p.last_at AT TIME ZONE {zone})::date AS days
	FROM {schema}.store AS j
		CROSS JOIN LATERAL (
			SELECT count(*) AS purchases, round(sum(b.value::numeric), 6)::double precision AS spend, max(b.at) AS last_at
			FROM journey.purchases(j.journey, {model}) AS b
			WHERE b.taken_back_at IS NULL) AS p
	WHERE p.purchases > 0
), scored AS (
	SELECT b.*, count(*) OVER () AS customers,
		   (1 + 5 * (rank() OVER (ORDER BY b.days DESC) - 1) / count(*) OVER ())::integer AS r,
		   (1 + 5 * (rank() OVER (ORDER BY b.purchases) - 1) / count(*) OVER ())::integer AS f,
		   CASE WHEN b.spend IS NOT NULL THEN
				(1 + 5 * (rank() OVER (PARTITION BY b.spend IS NULL ORDER BY b.spend) - 1) / count(*) OVER (PARTITION BY b.spend IS NULL))::integer END AS m
	FROM bought AS b
), rated AS (
	-- the mean of both, a half up; what is not known does not count
	SELECT s.*, CASE WHEN (s.f + coalesce(s.m, s.f) + 1) / 2 >= 4 THEN 3 WHEN (s.f + coalesce(s.m, s.f) + 1) / 2 = 3 THEN 2 ELSE 1 END AS strength
	FROM scored AS s
)
SELECT g.customer, g.days AS recency_days,
	   g.last_at AS last_purchase_at, (g.last_at AT TIME ZONE {zone})::date AS last_purchase_date,
	   g.purchases, g.spend, g.r AS r_score, g.f AS f_score, g.m AS m_score,
	   concat(g.r, g.f, coalesce(g.m::text, '-')) AS rfm,
	   CASE g.r
			WHEN 5 THEN CASE g.strength WHEN 3 THEN 'champions' WHEN 2 THEN 'active' ELSE 'new' END
			WHEN 4 THEN CASE g.strength WHEN 3 THEN 'loyal' WHEN 2 THEN 'active' ELSE 'promising' END
			WHEN 3 THEN CASE g.strength WHEN 3 THEN 'loyal' ELSE 'needs attention' END
			WHEN 2 THEN CASE g.strength WHEN 3 THEN 'at risk' ELSE 'almost lost' END
			ELSE CASE g.strength WHEN 3 THEN 'previously loyal' ELSE 'dormant' END
	   END AS segment,
	   g.customers
FROM rated AS g
$q$,
		'Recency, frequency and monetary value: one row for each customer who kept a purchase, with a score of 1 to 5 for each and a segment. A score is 1 + the whole fifths of customers who are worse; equal customers have the same score, so fifths are not equally large where many are equal. The segment is by r_score and by the mean of f_score and m_score, rounded, as many, some or few (4 and more, 3, less): 5 champions, active, new; 4 loyal, active, promising; 3 loyal, needs attention; 2 at risk (many), almost lost; 1 previously loyal (many), dormant. As of the last touchpoint seen in the source.',
		ARRAY[
		'customer: The customer.',
		'recency_days: Days from the last purchase that was kept to the last touchpoint seen in the source, by the calendar of the time zone of the source.',
		'last_purchase_at: Time of the last purchase that was kept.',
		'last_purchase_date: The date of that in the time zone of the source.',
		'purchases: Purchases that were kept.',
		'spend: Sum of their values; NULL if none has one.',
		'r_score: 5 for the fifth of customers who bought last, 1 for those who did not for the longest time.',
		'f_score: 5 for the fifth with the most purchases; where most bought once, those all have 1.',
		'm_score: 5 for the fifth who spent the most; NULL without values.',
		'rfm: The three scores as text, 543; with - for a score that is not known.',
		'segment: champions, loyal, active, new, promising, needs attention, at risk, previously loyal, almost lost or dormant.',
		'customers: How many customers are scored.']);
END
$function$;
COMMENT ON FUNCTION journey.audiences_views(text, boolean) IS
$$Makes the views top_customers, milestones, message_frequency and customer_rfm of a source. A part of create_source.$$;
