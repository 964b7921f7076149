-- The questions, asked of journey.  The layout of this file is that of
-- clickhouse.sql.  Layouts: "store" is the store of one row a customer; "raw"
-- are rows in order of time, no index used; "indexed" are the same rows and an
-- index on (customer, at) that includes event.  $STEPS are the steps of the funnel,
-- $C the store that has channels and revenue too.

-- ## funnel | store | funnel_agg(funnel())
SELECT a[1].reached, a[2].reached, a[3].reached, a[4].reached
FROM (SELECT journey.funnel_agg(journey.funnel(journey, $STEPS, within => '7 days')) FROM $T) AS f (a)

-- ## funnel | raw indexed | window_funnel over the rows of the four events
SELECT count(*) FILTER (WHERE level >= 1), count(*) FILTER (WHERE level >= 2),
	count(*) FILTER (WHERE level >= 3), count(*) FILTER (WHERE level >= 4)
FROM (
	SELECT journey.window_funnel('7 days', at, event = $VIEW, event = $CART, event = $CHECKOUT, event = $PURCHASE) AS level
	FROM $T WHERE event IN ($VIEW, $CART, $CHECKOUT, $PURCHASE) GROUP BY customer) AS l

-- ## funnel | raw | funnel_agg(funnel()) over build() of the rows of the four events
SELECT a[1].reached, a[2].reached, a[3].reached, a[4].reached
FROM (
	SELECT journey.funnel_agg(journey.funnel(journey, $STEPS, within => '7 days'))
	FROM journey.build(NULL::bigint, $q$SELECT customer, at, event FROM $T WHERE event IN ($VIEW, $CART, $CHECKOUT, $PURCHASE)$q$)) AS f (a)

-- ## retention | store | retention_agg(activity())
SELECT cohort, period_no, retained
FROM unnest((SELECT journey.retention_agg(journey.activity(journey, '*', '*', 'week')) FROM $T))
WHERE retained > 0

-- ## retention | raw | over build()
SELECT cohort, period_no, retained
FROM unnest((
	SELECT journey.retention_agg(journey.activity(journey, '*', '*', 'week'))
	FROM journey.build(NULL::bigint, 'SELECT customer, at, event FROM $T')))
WHERE retained > 0

-- ## retention | indexed | over GROUP BY with journey_agg
SELECT cohort, period_no, retained
FROM unnest((
	SELECT journey.retention_agg(journey.activity(journey, '*', '*', 'week'))
	FROM (SELECT journey.journey_agg(at, event) AS journey FROM $T GROUP BY customer) AS g))
WHERE retained > 0

-- ## sessions | store | session_agg
SELECT sessions, bounced_classic FROM unnest((SELECT journey.session_agg(journey) FROM $T))

-- ## sessions | raw | session_agg over build()
SELECT sessions, bounced_classic
FROM unnest((SELECT journey.session_agg(journey) FROM journey.build(NULL::bigint, 'SELECT customer, at, event FROM $T')))

-- ## sessions | indexed | session_agg over GROUP BY with journey_agg
SELECT sessions, bounced_classic
FROM unnest((
	SELECT journey.session_agg(journey)
	FROM (SELECT journey.journey_agg(at, event) AS journey FROM $T GROUP BY customer) AS g))

-- ## transitions | store | transition_agg
SELECT from_event, to_event, count
FROM unnest((SELECT journey.transition_agg(journey) FROM $T))
WHERE from_event <> '(start)' AND to_event <> '(end)'

-- ## transitions | raw | transition_agg over build()
SELECT from_event, to_event, count
FROM unnest((SELECT journey.transition_agg(journey) FROM journey.build(NULL::bigint, 'SELECT customer, at, event FROM $T')))
WHERE from_event <> '(start)' AND to_event <> '(end)'

-- ## transitions | indexed | transition_agg over GROUP BY with journey_agg
SELECT from_event, to_event, count
FROM unnest((
	SELECT journey.transition_agg(journey)
	FROM (SELECT journey.journey_agg(at, event) AS journey FROM $T GROUP BY customer) AS g))
WHERE from_event <> '(start)' AND to_event <> '(end)'

-- ## paths | store | path_agg
SELECT array_to_string(path, '>'), count
FROM unnest((SELECT journey.path_agg(journey, 5, 20) FROM $T)) WHERE path IS NOT NULL

-- ## paths | raw | path_agg over build()
SELECT array_to_string(path, '>'), count
FROM unnest((SELECT journey.path_agg(journey, 5, 20) FROM journey.build(NULL::bigint, 'SELECT customer, at, event FROM $T')))
WHERE path IS NOT NULL

-- ## paths | indexed | path_agg over GROUP BY with journey_agg
SELECT array_to_string(path, '>'), count
FROM unnest((
	SELECT journey.path_agg(journey, 5, 20)
	FROM (SELECT journey.journey_agg(at, event) AS journey FROM $T GROUP BY customer) AS g))
WHERE path IS NOT NULL

-- ## stages | store | transition_agg with the model five_stage
SELECT from_event, to_event, count
FROM unnest((SELECT journey.transition_agg(journey, (SELECT journey.stage_model('five_stage'))) FROM $T))
WHERE from_event <> '(start)' AND to_event <> '(end)'

-- ## stages | raw | transition_agg with the model five_stage over build()
SELECT from_event, to_event, count
FROM unnest((
	SELECT journey.transition_agg(journey, (SELECT journey.stage_model('five_stage')))
	FROM journey.build(NULL::bigint, 'SELECT customer, at, event FROM $T')))
WHERE from_event <> '(start)' AND to_event <> '(end)'

-- ## stages | indexed | transition_agg with the model five_stage over GROUP BY with journey_agg
SELECT from_event, to_event, count
FROM unnest((
	SELECT journey.transition_agg(journey, (SELECT journey.stage_model('five_stage')))
	FROM (SELECT journey.journey_agg(at, event) AS journey FROM $T GROUP BY customer) AS g))
WHERE from_event <> '(start)' AND to_event <> '(end)'

-- ## sequence | store | pattern with two time gates
SELECT count(*) FROM $T WHERE journey OPERATOR(journey.~) $PATTERN

-- ## sequence | raw indexed | sequence_match over the rows of the three events
SELECT count(*) FILTER (WHERE found)
FROM (
	SELECT journey.sequence_match('(?1)(?t<=86400)(?2)(?t<=3600)(?3)', at, event = $VIEW, event = $CART, event = $PURCHASE) AS found
	FROM $T WHERE event IN ($VIEW, $CART, $PURCHASE) GROUP BY customer) AS s

-- ## sequence | raw | pattern over build() of the rows of the three events
SELECT count(*)
FROM journey.build(NULL::bigint, $q$SELECT customer, at, event FROM $T WHERE event IN ($VIEW, $CART, $PURCHASE)$q$)
WHERE journey OPERATOR(journey.~) $PATTERN

-- ## markov | store | markov_tally(journey); counts only
SELECT coalesce(from_channels[1], '(start)'), coalesce(to_channel, '(' || outcome || ')'), transitions
FROM unnest(journey.markov_transitions((
	SELECT journey.markov_tally(journey, journey.path_options('purchase', lookback => NULL, restart => true))
	FROM $C)))

-- ## markov | store | markov_tally over the rows of conversion_paths(); counts only
SELECT coalesce(from_channels[1], '(start)'), coalesce(to_channel, '(' || outcome || ')'), transitions
FROM unnest(journey.markov_transitions((
	SELECT journey.markov_tally(path, conversions, nulls, value)
	FROM $C, journey.conversion_paths(journey, 'purchase', lookback => NULL, restart => true) WHERE path <> '{}')))

-- ## markov_solved | store | markov_agg(journey): counts, and the chain solved for each channel
SELECT channel, round(removal_effect::numeric, 9), round(conversions::numeric, 4)
FROM unnest((
	SELECT journey.markov_agg(journey, journey.path_options('purchase', lookback => NULL, restart => true))
	FROM $C))

-- ## markov | raw | markov_tally(journey) over build(); counts only
SELECT coalesce(from_channels[1], '(start)'), coalesce(to_channel, '(' || outcome || ')'), transitions
FROM unnest(journey.markov_transitions((
	SELECT journey.markov_tally(b.journey, journey.path_options('purchase', lookback => NULL, restart => true))
	FROM journey.build(NULL::bigint, 'SELECT customer, at, event, channel, revenue FROM $T') AS b)))

-- ## build | raw | build()
-- before: DROP TABLE IF EXISTS built
-- before: CREATE TABLE built (customer bigint, journey journey.journey) WITH (toast_tuple_target = 8160)
-- before: ALTER TABLE built ALTER COLUMN journey SET STORAGE MAIN
-- after: SELECT count(*), sum(journey.touchpoint_count(journey)), sum((extract(epoch FROM journey.first_at(journey)) * $SECOND)::bigint % 1000), (SELECT sum((extract(epoch FROM t.at) * $SECOND)::bigint % 7 * array_position($NAMES, t.event)) FROM built, journey.touchpoints(journey) AS t) FROM built
INSERT INTO built SELECT * FROM journey.build(NULL::bigint, 'SELECT customer, at, event FROM $T')

-- ## build_grouped | raw | GROUP BY with journey_agg
-- before: DROP TABLE IF EXISTS built
-- before: CREATE TABLE built (customer bigint, journey journey.journey) WITH (toast_tuple_target = 8160)
-- before: ALTER TABLE built ALTER COLUMN journey SET STORAGE MAIN
-- after: SELECT count(*), sum(journey.touchpoint_count(journey)) FROM built
INSERT INTO built SELECT customer, journey.journey_agg(at, event) FROM $T GROUP BY customer

-- ## build | indexed | GROUP BY with journey_agg
-- before: DROP TABLE IF EXISTS built
-- before: CREATE TABLE built (customer bigint, journey journey.journey) WITH (toast_tuple_target = 8160)
-- before: ALTER TABLE built ALTER COLUMN journey SET STORAGE MAIN
-- after: SELECT count(*), sum(journey.touchpoint_count(journey)), sum((extract(epoch FROM journey.first_at(journey)) * $SECOND)::bigint % 1000), (SELECT sum((extract(epoch FROM t.at) * $SECOND)::bigint % 7 * array_position($NAMES, t.event)) FROM built, journey.touchpoints(journey) AS t) FROM built
INSERT INTO built SELECT customer, journey.journey_agg(at, event) FROM $T GROUP BY customer

-- ## source | raw | create_source: store, primary key, views, with what it checks and plans
-- before: SELECT journey.drop_source('bench_source') WHERE to_regnamespace('bench_source') IS NOT NULL
SELECT journey.create_source('bench_source', '$T', 'customer', 'at', 'event')

-- ## raw_scan | raw | count(*), max(at) of the raw rows
SELECT count(*), max(at) FROM $T

-- ## count | store | count(*)
SELECT count(*) FROM $T

-- ## count_read | store | count(journey)
SELECT count(journey) FROM $T

-- ## lookup | store | WHERE customer, primary key
SELECT extract(epoch FROM t.at)::bigint, t.event FROM $T, journey.touchpoints(journey) AS t WHERE customer = $CUSTOMER

-- ## lookup | indexed | WHERE customer, covering index
SELECT extract(epoch FROM at)::bigint, event FROM $T WHERE customer = $CUSTOMER ORDER BY at
