\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- journey map: touchpoints with what came after them
--

CREATE TYPE journey.mapped_touchpoint_row AS (
	n integer,
	at timestamptz,
	event text,
	channel text,
	stage_no integer,
	stage text,
	moment text,
	first_here boolean,
	next_event text,
	next_seconds double precision,
	left_site boolean,
	bought boolean,
	purchase_value double precision,
	score double precision,
	satisfied boolean,
	answer boolean,
	enters_stage boolean,
	first_in_stay boolean,
	advanced boolean
);
COMMENT ON TYPE journey.mapped_touchpoint_row IS
$$A touchpoint with what came after it, as mapped_touchpoints answers it.$$;
COMMENT ON COLUMN journey.mapped_touchpoint_row.n IS 'Number of the touchpoint within the journey, from 1.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.at IS 'Its time.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.event IS 'Name of the event, with its detail.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.channel IS 'Channel; NULL for none.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.stage_no IS 'Number of the stage in which it stands, from 1 in the order of the model; NULL for none.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.stage IS 'That stage.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.moment IS 'Moment of truth in which it stands; NULL for none, and without a model of moments.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.first_here IS 'Is it the first of its event in this stage? Counting these counts each customer once.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.next_event IS 'Event of the touchpoint after it; NULL for the last.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.next_seconds IS 'Seconds to that; NULL for the last.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.left_site IS 'Did nothing of the customer''s own come within the horizon: no touchpoint, or only what the stage model calls offsite (mails, parcels, refunds)? NULL as long as the horizon is not over.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.bought IS 'Did a purchase come after it within the horizon? NULL as long as the horizon is not over.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.purchase_value IS 'Value of the first such purchase; NULL where bought is not true or the purchase has no value.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.score IS 'What the customer said first, with this touchpoint or within score_within after it, carried over to 1 to 5. Each answer stands once for each event and stage: with the touchpoint that came last before it. NULL for none.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.satisfied IS 'Is the customer satisfied by that answer? NULL for a middling one and for none.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.answer IS 'Is the touchpoint that answer itself? NULL for none.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.enters_stage IS 'Does the customer''s stay in this stage begin with it? That is the first touchpoint in the stage, unless a later stage was reached before. False in the last stage and where the stages of the model have no order.';
COMMENT ON COLUMN journey.mapped_touchpoint_row.first_in_stay IS 'Is it the first of its event in the stay, which lasts until a later stage is reached, and at most for the horizon?';
COMMENT ON COLUMN journey.mapped_touchpoint_row.advanced IS 'Of a touchpoint in the stay: did the customer reach a later stage within the horizon after the stay began? NULL as long as that is not over, and outside of stays.';

CREATE FUNCTION journey.mapped_touchpoints(
	j journey.journey,
	model journey.stage_model,
	actions journey.stage_model,
	moments journey.stage_model DEFAULT NULL,
	as_of timestamptz DEFAULT NULL,
	horizon interval DEFAULT '30 days',
	score_within interval DEFAULT '7 days'
) RETURNS SETOF journey.mapped_touchpoint_row
	AS 'MODULE_PATHNAME', 'mapped_touchpoints' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 300 ROWS 30;
COMMENT ON FUNCTION journey.mapped_touchpoints(journey.journey, journey.stage_model, journey.stage_model, journey.stage_model, timestamptz, interval, interval) IS
$$The touchpoints of a customer with what a map of the journeys asks of each: where it stands, what came next, whether the customer left or bought within horizon, what the customer said, and which touchpoints count a customer once. The views journey_map, moment_candidates and journey_drift are sums of it; a map of a segment or a span of time is the same sum over other rows.

    SELECT m.stage, m.event, count(*) FILTER (WHERE m.first_here) AS customers, count(*) AS touches
    FROM shop.journeys, mapped_touchpoints(journey, stage_model('five_stage'), stage_model('actions')) AS m GROUP BY 1, 2;

model gives the stages; what it ignores has no row and comes after nothing, what it calls offsite is nothing that the customer did. actions says what is a purchase and what is an answer to a survey or a review; moments, which may be NULL, gives the moment of truth.

Facts about the horizon are NULL as long as it is not over as of as_of, also where they have come true already: else those who are quick would be counted first. NULL for as_of, the default, is the last touchpoint of the journey; to compare customers give all the same time. Touchpoints after as_of are left out. Spans include their ends.

No rows for NULL as journey, model or actions, and for the empty journey. NULL for horizon and score_within is the default. An infinite as_of, and a span that is negative or has months or years, are errors. One pass over the journey for each model, and memory for about 50 bytes a touchpoint.$$;

--
-- the views of a source
--

CREATE FUNCTION journey.journey_map_views(name text, has_value boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM journey.source_view(name, 'journey_map', replace($q$
WITH touched AS MATERIALIZED (
	SELECT coalesce(m.stage_no, 0) AS stage_no, m.stage, m.event, m.channel, m.moment, m.first_here,
		   m.next_event, m.next_seconds, m.left_site, m.bought, m.purchase_value, m.score, m.satisfied, m.answer
	FROM {schema}.store AS j
		CROSS JOIN LATERAL journey.mapped_touchpoints(j.journey, {model}, {actions}, {moments}, {last_seen},
			horizon => '30 days', score_within => '7 days') AS m
), counted AS (
	SELECT t.stage_no, max(t.stage) AS stage, t.event,
		   count(*) AS touches, count(*) FILTER (WHERE t.first_here) AS customers,
		   count(t.next_event) AS followed,
		   count(t.left_site) AS decided, count(*) FILTER (WHERE t.left_site) AS dropped,
		   count(*) FILTER (WHERE t.bought) AS bought,
		   sum(t.purchase_value::numeric) FILTER (WHERE NOT t.left_site) AS value_after,
		   count(t.score) AS answers, avg(t.score::numeric) AS mean,
		   count(*) FILTER (WHERE t.satisfied) AS satisfied,
		   count(*) FILTER (WHERE NOT t.satisfied) AS dissatisfied,
		   count(*) FILTER (WHERE t.answer) AS own_answers,
		   count(*) FILTER (WHERE t.answer AND t.satisfied) AS own_satisfied,
		   count(*) FILTER (WHERE t.answer AND NOT t.satisfied) AS own_dissatisfied
	FROM touched AS t
	GROUP BY t.stage_no, t.event
), medians AS (
	SELECT t.stage_no, t.event, percentile_cont(0.5) WITHIN GROUP (ORDER BY t.next_seconds) AS seconds
	FROM touched AS t
	GROUP BY t.stage_no, t.event
), moments AS (
	SELECT DISTINCT ON (b.stage_no, b.event) b.stage_no, b.event, b.moment, b.touches
	FROM (SELECT t.stage_no, t.event, t.moment, count(*) AS touches
		  FROM touched AS t WHERE t.moment IS NOT NULL GROUP BY t.stage_no, t.event, t.moment) AS b
	ORDER BY b.stage_no, b.event, b.touches DESC, b.moment COLLATE "C"
), channels AS (
	SELECT DISTINCT ON (b.stage_no, b.event) b.stage_no, b.event, b.channel, b.touches
	FROM (SELECT t.stage_no, t.event, t.channel, count(*) AS touches
		  FROM touched AS t WHERE t.channel IS NOT NULL GROUP BY t.stage_no, t.event, t.channel) AS b
	ORDER BY b.stage_no, b.event, b.touches DESC, b.channel COLLATE "C"
), nexts AS (
	SELECT DISTINCT ON (b.stage_no, b.event) b.stage_no, b.event, b.next_event, b.touches
	FROM (SELECT t.stage_no, t.event, t.next_event, count(*) AS touches
		  FROM touched AS t WHERE t.next_event IS NOT NULL GROUP BY t.stage_no, t.event, t.next_event) AS b
	ORDER BY b.stage_no, b.event, b.touches DESC, b.next_event COLLATE "C"
), overall AS (
	SELECT sum(c.dropped)::double precision / nullif(sum(c.decided), 0) AS dropped_rate,
		   sum(c.own_dissatisfied)::double precision / nullif(sum(c.own_satisfied + c.own_dissatisfied), 0) AS dissatisfied_rate
	FROM counted AS c
), polarities AS (
	SELECT p.event COLLATE "C" AS event, p.polarity
	FROM {schema}.source AS s CROSS JOIN LATERAL journey.taxonomy_events(s.taxonomies) AS p
), mapped AS (
	SELECT c.*, d.seconds, m.moment, coalesce(m.touches, 0) AS moment_touches,
		   h.channel, coalesce(h.touches, 0) AS channel_touches, n.next_event, n.touches AS next_touches,
		   CASE WHEN coalesce(p.polarity, b.polarity) < 0 THEN c.touches
				WHEN coalesce(p.polarity, b.polarity) IS NOT NULL OR c.own_answers > 0 THEN c.own_dissatisfied END AS negative,
		   {value_after} / nullif(c.decided - c.dropped, 0) AS value_each,
		   CASE WHEN coalesce(p.polarity, b.polarity) < 0 THEN 'negative event'
				WHEN (journey.wilson_interval(c.dissatisfied, c.satisfied + c.dissatisfied)).lower > o.dissatisfied_rate THEN 'dissatisfied'
				WHEN (journey.wilson_interval(c.dropped, c.decided)).lower > 2 * o.dropped_rate THEN 'drop-off' END AS pain
	FROM counted AS c
		CROSS JOIN overall AS o
		JOIN medians AS d ON d.stage_no = c.stage_no AND d.event = c.event
		LEFT JOIN moments AS m ON m.stage_no = c.stage_no AND m.event = c.event
		LEFT JOIN channels AS h ON h.stage_no = c.stage_no AND h.event = c.event
		LEFT JOIN nexts AS n ON n.stage_no = c.stage_no AND n.event = c.event
		LEFT JOIN polarities AS p ON p.event = c.event
		LEFT JOIN polarities AS b ON b.event = split_part(c.event, '/', 1)
)
SELECT nullif(m.stage_no, 0) AS stage_no, m.stage, m.event AS touchpoint,
	   m.moment, m.moment_touches, m.moment_touches * 2 > m.touches AS is_moment,
	   m.channel, m.channel_touches,
	   a.customers AS all_customers, m.customers, m.customers::double precision / a.customers AS coverage_rate,
	   m.touches,
	   m.followed, m.next_event AS next_touchpoint, m.next_touches, m.next_touches::double precision / m.followed AS next_rate,
	   m.seconds AS to_next_median_seconds,
	   m.decided, m.dropped, m.dropped::double precision / nullif(m.decided, 0) AS drop_off_rate,
	   m.bought, m.bought::double precision / nullif(m.decided, 0) AS bought_rate,
	   m.answers AS satisfaction_n, m.mean::double precision AS satisfaction_mean,
	   CASE WHEN m.mean >= 3.5 THEN 'positive' WHEN m.mean < 2.5 THEN 'negative' WHEN m.answers > 0 THEN 'neutral' END AS emotion,
	   m.satisfied, m.dissatisfied,
	   m.negative AS negative_touches, m.negative::double precision / m.touches AS negative_rate,
	   m.pain IS NOT NULL AS pain_point, m.pain AS pain_cause,
	   m.value_each::double precision AS value_each, (m.dropped * m.value_each)::double precision AS opportunity_value,
	   CASE WHEN m.dropped > 0 THEN rank() OVER (ORDER BY m.dropped = 0, m.dropped * m.value_each DESC NULLS LAST, m.dropped DESC) END AS opportunity_rank
FROM mapped AS m
	CROSS JOIN (SELECT count(*) AS customers FROM {schema}.store AS k) AS a
ORDER BY m.stage_no = 0, m.stage_no, m.customers DESC, m.event COLLATE "C"
$q$, '{value_after}', CASE WHEN has_value THEN 'coalesce(c.value_after, 0)' ELSE 'NULL::numeric' END),
		'The map of all journeys: one row for each stage and touchpoint in it. How many customers come there and through which channel, in which moment of truth they are, what comes next and how soon, who leaves, who buys, what they say, where it hurts, and where most is lost. As of the last touchpoint seen in the whole source. Edges of the map other than the most frequent ones are in event_transitions, whole paths in paths.',
		ARRAY[
		'stage_no: Number of the stage, counted from 1 in the order of the model; NULL where the touchpoint stands in none.',
		'stage: The stage; NULL where no rule of the model says so.',
		'touchpoint: Name of the event, with its detail after a slash where it has one. What the model ignores is not on the map.',
		'moment: The moment of truth in which most of its touches stand, of those that stand in one; NULL if none does.',
		'moment_touches: How many of its touches stand in that moment.',
		'is_moment: Marker of a moment of truth: do more than half of its touches stand in that moment?',
		'channel: The most frequent channel; NULL if no touch has one.',
		'channel_touches: Touches through that channel.',
		'all_customers: All customers of the source.',
		'customers: Customers who have the touchpoint in this stage.',
		'coverage_rate: customers of all_customers, 0 to 1.',
		'touches: How often it happened.',
		'followed: Touches after which anything came.',
		'next_touchpoint: What came most often right after it, in any stage; NULL if nothing ever did.',
		'next_touches: How often that came.',
		'next_rate: next_touches of followed, 0 to 1.',
		'to_next_median_seconds: Median time to whatever came next, over followed.',
		'decided: Touches whose 30 days are over; the others are in none of the next columns.',
		'dropped: Touches of decided after which the journey ended: nothing of the customer''s own in 30 days (mails and parcels are not).',
		'drop_off_rate: dropped of decided, 0 to 1.',
		'bought: Touches of decided with a purchase after them in 30 days.',
		'bought_rate: bought of decided, 0 to 1.',
		'satisfaction_n: Answers to surveys and reviews that were given here, or next within 7 days after. An answer counts once for each touchpoint and stage that was there before it.',
		'satisfaction_mean: Their mean, carried over to 1 (worst) to 5 (best); NULL for none.',
		'emotion: positive (a mean from 3.5 on), negative (below 2.5) or neutral. NULL where nobody said anything.',
		'satisfied: Answers that are satisfied; see the view satisfaction for the scales.',
		'dissatisfied: Answers that are not; those between are in neither.',
		'negative_touches: Touches that are bad news: all if the taxonomies of the source give the name of the event a negative polarity, else those that are dissatisfied answers themselves. NULL if nothing is known of the name.',
		'negative_rate: negative_touches of touches, 0 to 1.',
		'pain_point: Is there a pain_cause?',
		'pain_cause: negative event: the name is bad news. Else dissatisfied: a larger share of the answers is than over the whole source, by the lower Wilson bound. Else drop-off: the journey ends here at least twice as often as after a touchpoint in general, by the lower Wilson bound. NULL for none.',
		'value_each: What a touch is worth that the customer goes on from: mean value of the first purchase within 30 days (0 for none), over the touches of decided that were not dropped. NULL if the source has no column for values.',
		'opportunity_value: dropped * value_each: what was lost here, had those who left gone on like the others. Touchpoints of one customer share a loss; the sum over rows is none.',
		'opportunity_rank: 1 for the greatest opportunity_value, without values for the most dropped; NULL where nothing was dropped.']);

	PERFORM journey.source_view(name, 'moment_candidates', $q$
WITH stayed AS MATERIALIZED (
	SELECT m.stage_no, m.stage, m.event, m.moment, m.enters_stage, m.first_in_stay, m.advanced
	FROM {schema}.store AS j
		CROSS JOIN LATERAL journey.mapped_touchpoints(j.journey, {model}, {actions}, {moments}, {last_seen},
			horizon => '30 days') AS m
	WHERE m.enters_stage OR m.first_in_stay
), entered AS (
	SELECT s.stage_no, s.stage, count(s.advanced) AS customers, count(*) FILTER (WHERE s.advanced) AS advanced,
		   count(*) - count(s.advanced) AS undecided
	FROM stayed AS s WHERE s.enters_stage
	GROUP BY s.stage_no, s.stage
), touched AS (
	SELECT s.stage_no, s.event, count(s.advanced) AS customers, count(*) FILTER (WHERE s.advanced) AS advanced
	FROM stayed AS s WHERE s.first_in_stay
	GROUP BY s.stage_no, s.event
	HAVING count(s.advanced) > 0
), moments AS (
	SELECT DISTINCT ON (b.stage_no, b.event) b.stage_no, b.event, b.moment
	FROM (SELECT s.stage_no, s.event, s.moment, count(*) AS touches FROM stayed AS s
		  WHERE s.first_in_stay AND s.moment IS NOT NULL GROUP BY s.stage_no, s.event, s.moment) AS b
	ORDER BY b.stage_no, b.event, b.touches DESC, b.moment COLLATE "C"
), compared AS (
	SELECT e.stage_no, e.stage, t.event, m.moment, e.customers AS stage_customers, e.undecided,
		   t.customers, t.advanced, e.customers - t.customers AS others, e.advanced - t.advanced AS others_advanced,
		   t.customers::double precision / e.customers AS coverage_rate, c.*,
		   row_number() OVER (ORDER BY e.stage_no, t.event COLLATE "C") AS place
	FROM touched AS t
		JOIN entered AS e ON e.stage_no = t.stage_no
		LEFT JOIN moments AS m ON m.stage_no = t.stage_no AND m.event = t.event
		CROSS JOIN LATERAL journey.two_proportion_test(e.advanced - t.advanced, e.customers - t.customers, t.advanced, t.customers) AS c
), adjusted AS (
	SELECT journey.holm(array_agg(c.p ORDER BY c.place)) AS p FROM compared AS c
), lifted AS (
	SELECT c.*, h.p[c.place] AS p_holm,
		   CASE WHEN c.others_advanced > 0 THEN c.rate_b / c.rate_a END AS lift,
		   CASE WHEN c.others_advanced > 0 AND c.advanced > 0
				THEN 1.959963984540054 * sqrt(1::double precision / c.advanced - 1::double precision / c.customers
					+ 1::double precision / c.others_advanced - 1::double precision / c.others) END AS log_error
	FROM compared AS c CROSS JOIN adjusted AS h
)
SELECT CASE WHEN l.lower > 0 THEN rank() OVER (ORDER BY l.lower > 0 DESC NULLS LAST, l.coverage_rate * l.lower DESC) END AS rank,
	   l.stage_no, l.stage, l.event AS touchpoint, l.moment,
	   coalesce(l.lower > 0 AND l.p_holm < 0.05, false) AS candidate,
	   l.stage_customers, l.undecided,
	   l.customers, l.coverage_rate, l.advanced, l.rate_b AS advanced_rate,
	   l.others, l.others_advanced, l.rate_a AS others_advanced_rate,
	   l.difference, l.lower AS difference_lower, l.upper AS difference_upper,
	   l.lift, l.lift * exp(-l.log_error) AS lift_lower, l.lift * exp(l.log_error) AS lift_upper,
	   l.p, l.p_holm
FROM lifted AS l
ORDER BY rank NULLS LAST, l.stage_no, l.event COLLATE "C"
$q$,
		'Where the moments of truth may be: one row for each stage and touchpoint in it that is common and goes with moving on to a later stage. Of the customers who entered the stage (without having been in a later one), those who had the touchpoint in it are compared with those who had not: did they reach a later stage within 30 days of entering? The two go together; that one causes the other this does not say: who stays longer meets more touchpoints. Only customers whose 30 days are over count. No rows for the last stage, and for models without order.',
		ARRAY[
		'rank: 1 for the greatest product of coverage_rate and difference_lower: common to many, and surely with more of them going on. NULL where difference_lower is not above 0.',
		'stage_no: Number of the stage, counted from 1 in the order of the model.',
		'stage: The stage.',
		'touchpoint: Name of the event, with its detail.',
		'moment: The moment of truth in which it mostly stands now; NULL for none.',
		'candidate: Is difference_lower above 0, and p_holm below 0.05?',
		'stage_customers: Customers who entered the stage, whose 30 days are over.',
		'undecided: Customers who entered it, whose 30 days are not over; in no other column.',
		'customers: Those of stage_customers who had the touchpoint in the stage, within 30 days of entering and before they went on.',
		'coverage_rate: customers of stage_customers, 0 to 1.',
		'advanced: Those of customers who reached a later stage within 30 days of entering.',
		'advanced_rate: advanced of customers, 0 to 1.',
		'others: stage_customers without the touchpoint.',
		'others_advanced: Those of others who reached a later stage within 30 days of entering.',
		'others_advanced_rate: others_advanced of others, 0 to 1; NULL if there are no others.',
		'difference: advanced_rate - others_advanced_rate.',
		'difference_lower: Lower bound of its 95 % Newcombe interval.',
		'difference_upper: Upper bound of its 95 % Newcombe interval.',
		'lift: advanced_rate / others_advanced_rate; NULL if none of the others went on.',
		'lift_lower: Lower 95 % bound of the lift (Katz, by the logarithm); NULL also if nobody with the touchpoint went on.',
		'lift_upper: Upper 95 % bound of the lift.',
		'p: p of the two-proportion test of both rates.',
		'p_holm: p adjusted by Holm''s method for all rows of the view.']);

	PERFORM journey.source_view(name, 'journey_drift', $q$
WITH seen AS MATERIALIZED (
	SELECT DISTINCT j.customer, date_trunc('month', m.at AT TIME ZONE {zone})::date AS month,
		   coalesce(m.stage_no, 0) AS stage_no, m.stage, m.event
	FROM {schema}.store AS j
		CROSS JOIN LATERAL journey.mapped_touchpoints(j.journey, {model}, {actions}, NULL, {last_seen}) AS m
), months AS (
	SELECT a.month, count(*) AS customers,
		   (a.month + interval '1 month') AT TIME ZONE {zone} <= {last_seen} AS complete
	FROM (SELECT DISTINCT s.customer, s.month FROM seen AS s) AS a
	GROUP BY a.month
), cells AS (
	SELECT s.month, (s.month + interval '1 month')::date AS next_month, s.stage_no, s.stage, s.event, count(*) AS customers
	FROM seen AS s
	GROUP BY s.month, s.stage_no, s.stage, s.event
), paired AS (
	SELECT coalesce(c.month, p.next_month) AS month, coalesce(c.stage_no, p.stage_no) AS stage_no,
		   coalesce(c.stage, p.stage) AS stage, coalesce(c.event, p.event) AS event,
		   coalesce(c.customers, 0) AS customers, coalesce(p.customers, 0) AS previous_customers
	FROM cells AS c
		FULL JOIN cells AS p ON p.next_month = c.month AND p.stage_no = c.stage_no AND p.event = c.event
), compared AS (
	SELECT p.*, m.customers AS active, m.complete, q.customers AS previous_active, t.difference, t.lower, t.upper, t.p,
		   row_number() OVER (PARTITION BY p.month ORDER BY p.stage_no, p.event COLLATE "C") AS place
	FROM paired AS p
		JOIN months AS m ON m.month = p.month
		LEFT JOIN months AS q ON q.month = (p.month - interval '1 month')::date
		LEFT JOIN LATERAL journey.two_proportion_test(p.previous_customers, q.customers, p.customers, m.customers) AS t ON m.complete
), adjusted AS (
	SELECT c.month, journey.holm(array_agg(c.p ORDER BY c.place)) AS p FROM compared AS c GROUP BY c.month
)
SELECT c.month, c.complete, nullif(c.stage_no, 0) AS stage_no, c.stage, c.event AS touchpoint,
	   c.active AS active_customers, c.customers, c.customers::double precision / c.active AS coverage_rate,
	   c.previous_active AS previous_active_customers,
	   CASE WHEN c.previous_active > 0 THEN c.previous_customers END AS previous_customers,
	   c.previous_customers::double precision / c.previous_active AS previous_coverage_rate,
	   c.difference, c.lower, c.upper, c.p, h.p[c.place] AS p_holm
FROM compared AS c JOIN adjusted AS h ON h.month = c.month
ORDER BY c.month, c.stage_no = 0, c.stage_no, c.event COLLATE "C"
$q$,
		'How the map changes from month to month: one row for each month, stage and touchpoint that occurs in that month or the one before. Of the customers who were active in the month, how many had the touchpoint in this stage, against the month before. A month that is not over has no difference: its customers have had less time. The first month of the data may have begun before them. Many customers are active in both months, so the bounds and p, which take them for different ones, are on the safe side for habits that last.',
		ARRAY[
		'month: First day of the month, in the time zone of the source.',
		'complete: Was the month over at the last touchpoint seen in the whole source?',
		'stage_no: Number of the stage, counted from 1 in the order of the model; NULL where the touchpoint stands in none.',
		'stage: The stage; NULL where no rule of the model says so.',
		'touchpoint: Name of the event, with its detail.',
		'active_customers: Customers with any touchpoint on the map in this month.',
		'customers: Those of them who had this touchpoint in this stage in this month.',
		'coverage_rate: customers of active_customers, 0 to 1.',
		'previous_active_customers: Customers with any touchpoint in the month before; NULL if there was none.',
		'previous_customers: Those of them who had this touchpoint in this stage.',
		'previous_coverage_rate: previous_customers of previous_active_customers, 0 to 1.',
		'difference: coverage_rate - previous_coverage_rate; NULL for a month that is not complete, and if nobody was active in the month before.',
		'lower: Lower bound of the 95 % Newcombe interval of the difference.',
		'upper: Upper bound of the 95 % Newcombe interval of the difference.',
		'p: p of the two-proportion test of both rates.',
		'p_holm: p adjusted by Holm''s method for all rows of the month.']);
END
$function$;
COMMENT ON FUNCTION journey.journey_map_views(text, boolean) IS
$$Makes the views journey_map, moment_candidates and journey_drift of a source; has_value says whether the source has a column of values. A part of create_source.$$;
