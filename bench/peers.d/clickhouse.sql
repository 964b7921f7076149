-- What a practitioner asks ClickHouse.  A line of four parts begins each query:
-- the question, the layouts it is for, and how it goes about it; the fastest of
-- several counts.  Where they come from: windowFunnel, sequenceMatch,
-- groupArraySorted, arrayReduce and the array functions as the reference manual
-- of ClickHouse has them; one sort of time and name packed into an integer
-- instead of tuples, masks of weeks, and arrays of one row a customer as users
-- of it publish them.  Names are Enum8 numbered in the order of the alphabet, so
-- that order by number is order by name.
--
-- $T table; $TICKS the time as a number, $SECOND its ticks a second (1, or
-- 1,000,000 with microseconds); $VIEW, $CART, $CHECKOUT, $PURCHASE names of
-- events; $EVENTS the type of the names.  1735516800 is Monday 2024-12-30 UTC.
-- In layout "arrays" a row is a customer: t ticks in order, e events, c channels.

-- ## funnel | by_time by_customer | windowFunnel
SELECT sum(level >= 1), sum(level >= 2), sum(level >= 3), sum(level >= 4)
FROM (
	SELECT windowFunnel(604800 * $SECOND)($TICKS, event = $VIEW, event = $CART, event = $CHECKOUT, event = $PURCHASE) AS level
	FROM $T GROUP BY customer)

-- ## funnel | by_time by_customer | windowFunnel over the rows of the four events
SELECT sum(level >= 1), sum(level >= 2), sum(level >= 3), sum(level >= 4)
FROM (
	SELECT windowFunnel(604800 * $SECOND)($TICKS, event = $VIEW, event = $CART, event = $CHECKOUT, event = $PURCHASE) AS level
	FROM $T WHERE event IN ($VIEW, $CART, $CHECKOUT, $PURCHASE) GROUP BY customer)

-- ## funnel | arrays | arrayReduce of windowFunnel
SELECT sum(level >= 1), sum(level >= 2), sum(level >= 3), sum(level >= 4)
FROM (
	SELECT arrayReduce('windowFunnel($WEEK_TICKS)', t, arrayMap(x -> x = $VIEW, e), arrayMap(x -> x = $CART, e),
		arrayMap(x -> x = $CHECKOUT, e), arrayMap(x -> x = $PURCHASE, e)) AS level
	FROM $T)

-- ## funnel | arrays | arrayReduce of windowFunnel where the first two steps occur, else has
SELECT sum(level >= 1), sum(level >= 2), sum(level >= 3), sum(level >= 4)
FROM (
	SELECT arrayReduce('windowFunnel($WEEK_TICKS)', t, arrayMap(x -> x = $VIEW, e), arrayMap(x -> x = $CART, e),
		arrayMap(x -> x = $CHECKOUT, e), arrayMap(x -> x = $PURCHASE, e)) AS level
	FROM $T WHERE has(e, $VIEW) AND has(e, $CART)
	UNION ALL
	SELECT 1 FROM $T WHERE has(e, $VIEW) AND NOT has(e, $CART))

-- ## retention | by_time by_customer | groupUniqArray of weeks
SELECT cohort, dateDiff('week', cohort, week) AS period, count()
FROM (SELECT groupUniqArray(toMonday(at)) AS weeks, arrayMin(weeks) AS cohort FROM $T GROUP BY customer)
ARRAY JOIN weeks AS week
GROUP BY cohort, period

-- ## retention | by_time by_customer | mask of weeks
SELECT toDate('2024-12-30') + 7 * weeks[1] AS cohort, week - weeks[1] AS period, sum(customers)
FROM (
	SELECT bitPositionsToArray(mask) AS weeks, count() AS customers
	FROM (
		SELECT groupBitOr(bitShiftLeft(toUInt64(1), intDiv($TICKS - 1735516800 * $SECOND, 604800 * $SECOND))) AS mask
		FROM $T GROUP BY customer)
	GROUP BY mask)
ARRAY JOIN weeks AS week
GROUP BY cohort, period

-- ## retention | arrays | different weeks of sorted times
SELECT toDate('2024-12-30') + 7 * weeks[1] AS cohort, week - weeks[1] AS period, count()
FROM (SELECT arrayCompact(arrayMap(x -> intDiv(x - 1735516800 * $SECOND, 604800 * $SECOND), t)) AS weeks FROM $T)
ARRAY JOIN weeks AS week
GROUP BY cohort, period

-- ## retention | arrays | mask of weeks
SELECT toDate('2024-12-30') + 7 * weeks[1] AS cohort, week - weeks[1] AS period, sum(customers)
FROM (
	SELECT bitPositionsToArray(mask) AS weeks, count() AS customers
	FROM (
		SELECT arrayReduce('groupBitOr', arrayMap(x -> bitShiftLeft(toUInt64(1), intDiv(x - 1735516800 * $SECOND, 604800 * $SECOND)), t)) AS mask
		FROM $T)
	GROUP BY mask)
ARRAY JOIN weeks AS week
GROUP BY cohort, period

-- ## sessions | by_time by_customer | arrays of gaps
SELECT sum(arrayCount(x -> x > 1800 * $SECOND, gaps) - 1),
	sum(arrayCount((x, y) -> x > 1800 * $SECOND AND y > 1800 * $SECOND, arrayPopBack(gaps), arrayPopFront(gaps)))
FROM (
	SELECT arrayConcat([toInt64(1801 * $SECOND)], arrayPopFront(arrayDifference(arraySort(groupArray($TICKS)))), [toInt64(1801 * $SECOND)]) AS gaps
	FROM $T GROUP BY customer)

-- ## sessions | by_customer | window functions
SELECT countIf(starts), countIf(starts AND ends)
FROM (
	SELECT before = 0 OR tick - before > 1800 * $SECOND AS starts, after = 0 OR after - tick > 1800 * $SECOND AS ends
	FROM (
		SELECT $TICKS AS tick, lagInFrame(tick, 1, 0) OVER w AS before, leadInFrame(tick, 1, 0) OVER w AS after
		FROM $T
		WINDOW w AS (PARTITION BY customer ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)))

-- ## sessions | arrays | arrays of gaps
SELECT sum(arrayCount(x -> x > 1800 * $SECOND, gaps) - 1),
	sum(arrayCount((x, y) -> x > 1800 * $SECOND AND y > 1800 * $SECOND, arrayPopBack(gaps), arrayPopFront(gaps)))
FROM (SELECT arrayConcat([toInt64(1801 * $SECOND)], arrayPopFront(arrayDifference(t)), [toInt64(1801 * $SECOND)]) AS gaps FROM $T)

-- ## transitions | by_time by_customer | arrays, one sort of time and name packed
SELECT CAST(toInt8(bitShiftRight(pair, 8)), '$EVENTS') AS from_event, CAST(toInt8(bitAnd(pair, 255)), '$EVENTS') AS to_event, sum(n)
FROM (
	SELECT pair, count() AS n
	FROM (
		SELECT arrayMap(x -> toUInt8(bitAnd(x, 255)), arraySort(groupArray(toUInt64($TICKS) * 256 + toUInt8(event)))) AS e,
			arrayMap((x, y) -> toUInt16(x * 256 + y), arrayPopBack(e), arrayPopFront(e)) AS pairs
		FROM $T GROUP BY customer)
	ARRAY JOIN pairs AS pair
	GROUP BY pair)
GROUP BY from_event, to_event

-- ## transitions | by_customer | window functions
SELECT event, next_event, count()
FROM (
	SELECT event, leadInFrame(toNullable(event), 1, NULL)
		OVER (PARTITION BY customer ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_event
	FROM $T)
WHERE next_event IS NOT NULL
GROUP BY event, next_event

-- ## transitions | arrays | arrays of pairs
SELECT CAST(toInt8(bitShiftRight(pair, 8)), '$EVENTS') AS from_event, CAST(toInt8(bitAnd(pair, 255)), '$EVENTS') AS to_event, n
FROM (
	SELECT pair, count() AS n
	FROM (SELECT arrayMap((x, y) -> toUInt16(toUInt8(x) * 256 + toUInt8(y)), arrayPopBack(e), arrayPopFront(e)) AS pairs FROM $T)
	ARRAY JOIN pairs AS pair
	GROUP BY pair)

-- ## paths | by_time by_customer | arrays, one sort of time and name packed
SELECT arrayStringConcat(arrayMap(x -> toString(CAST(x, '$EVENTS')), path), '>'), n
FROM (
	SELECT path, count() AS n
	FROM (
		SELECT arrayMap(x -> toInt8(bitAnd(x, 255)), arraySlice(arraySort(groupArray(toUInt64($TICKS) * 256 + toUInt8(event))), 1, 5)) AS path
		FROM $T GROUP BY customer)
	GROUP BY path ORDER BY n DESC, path LIMIT 20)

-- ## paths | by_time by_customer | groupArraySorted
SELECT arrayStringConcat(arrayMap(x -> toString(CAST(x, '$EVENTS')), path), '>'), n
FROM (
	SELECT path, count() AS n
	FROM (
		SELECT arrayMap(x -> toInt8(bitAnd(x, 255)), groupArraySorted(5)(toUInt64($TICKS) * 256 + toUInt8(event))) AS path
		FROM $T GROUP BY customer)
	GROUP BY path ORDER BY n DESC, path LIMIT 20)

-- ## paths | arrays | arraySlice
SELECT arrayStringConcat(arrayMap(x -> toString(x), path), '>'), n
FROM (SELECT arraySlice(e, 1, 5) AS path, count() AS n FROM $T GROUP BY path ORDER BY n DESC, path LIMIT 20)

-- ## stages | by_time by_customer | arrays, one sort of time and name packed
WITH arrayMap((x, y, n) -> multiIf(
		y = 'purchase', if(n = 1, 3, 4),
		y = 'refund', 4,
		y = 'share', if(n > 0, 5, 2),
		n > 0, 4,
		y = 'page_view', if(x <= first_visit_end, 1, 2),
		y IN ('add_to_cart', 'begin_checkout', 'add_payment_info'), 3,
		2), t, e, purchases) AS stages
SELECT ['awareness', 'consideration', 'conversion', 'retention', 'advocacy'][intDiv(pair, 8)] AS from_stage,
	['awareness', 'consideration', 'conversion', 'retention', 'advocacy'][pair % 8] AS to_stage, n
FROM (
	SELECT pair, count() AS n
	FROM (
		SELECT arrayMap((x, y) -> toUInt8(x * 8 + y), arrayPopBack(stages), arrayPopFront(stages)) AS pairs
		FROM (
			SELECT arraySort(groupArray(toUInt64($TICKS) * 256 + toUInt8(event))) AS packed,
				arrayMap(x -> bitShiftRight(x, 8), packed) AS t,
				arrayMap(x -> CAST(toInt8(bitAnd(x, 255)), '$EVENTS'), packed) AS e,
				arrayCumSumNonNegative(arrayMap(y -> toInt8(y = 'purchase') - toInt8(y = 'refund'), e)) AS purchases,
				arrayFilter((x, y) -> y != 'refund', t, e) AS visits,
				arrayFirstIndex(x -> x > 1800 * $SECOND, arrayDifference(visits)) AS next_visit,
				if(next_visit = 0, 0xffffffffffffffff, visits[next_visit - 1]) AS first_visit_end
			FROM $T GROUP BY customer))
	ARRAY JOIN pairs AS pair
	GROUP BY pair)

-- ## stages | arrays | arrays
WITH arrayMap((x, y, n) -> multiIf(
		y = 'purchase', if(n = 1, 3, 4),
		y = 'refund', 4,
		y = 'share', if(n > 0, 5, 2),
		n > 0, 4,
		y = 'page_view', if(x <= first_visit_end, 1, 2),
		y IN ('add_to_cart', 'begin_checkout', 'add_payment_info'), 3,
		2), t, e, purchases) AS stages
SELECT ['awareness', 'consideration', 'conversion', 'retention', 'advocacy'][intDiv(pair, 8)] AS from_stage,
	['awareness', 'consideration', 'conversion', 'retention', 'advocacy'][pair % 8] AS to_stage, n
FROM (
	SELECT pair, count() AS n
	FROM (
		SELECT arrayMap((x, y) -> toUInt8(x * 8 + y), arrayPopBack(stages), arrayPopFront(stages)) AS pairs
		FROM (
			SELECT t, e,
				arrayCumSumNonNegative(arrayMap(y -> toInt8(y = 'purchase') - toInt8(y = 'refund'), e)) AS purchases,
				arrayFilter((x, y) -> y != 'refund', t, e) AS visits,
				arrayFirstIndex(x -> x > 1800 * $SECOND, arrayDifference(visits)) AS next_visit,
				if(next_visit = 0, 0xffffffffffffffff, visits[next_visit - 1]) AS first_visit_end
			FROM $T))
	ARRAY JOIN pairs AS pair
	GROUP BY pair)

-- ## sequence | by_time by_customer | sequenceMatch
SELECT countIf(found)
FROM (
	SELECT sequenceMatch('(?1)(?t<=86400)(?2)(?t<=3600)(?3)')(at, event = $VIEW, event = $CART, event = $PURCHASE) AS found
	FROM $T GROUP BY customer)

-- ## sequence | by_time by_customer | sequenceMatch over the rows of the three events
SELECT countIf(found)
FROM (
	SELECT sequenceMatch('(?1)(?t<=86400)(?2)(?t<=3600)(?3)')(at, event = $VIEW, event = $CART, event = $PURCHASE) AS found
	FROM $T WHERE event IN ($VIEW, $CART, $PURCHASE) GROUP BY customer)

-- ## sequence | arrays | arrayReduce of sequenceMatch
SELECT countIf(found)
FROM (
	SELECT arrayReduce('sequenceMatch(\'(?1)(?t<=86400)(?2)(?t<=3600)(?3)\')', arrayMap(x -> toDateTime(x), t),
		arrayMap(x -> x = $VIEW, e), arrayMap(x -> x = $CART, e), arrayMap(x -> x = $PURCHASE, e)) AS found
	FROM $T)

-- ## sequence | arrays | arrayReduce of sequenceMatch where all three occur
SELECT countIf(found)
FROM (
	SELECT arrayReduce('sequenceMatch(\'(?1)(?t<=86400)(?2)(?t<=3600)(?3)\')', arrayMap(x -> toDateTime(x), t),
		arrayMap(x -> x = $VIEW, e), arrayMap(x -> x = $CART, e), arrayMap(x -> x = $PURCHASE, e)) AS found
	FROM $T WHERE has(e, $PURCHASE) AND has(e, $CART) AND has(e, $VIEW))

-- ## markov | by_time by_customer | arrays, one sort of time, name and channel packed; counts only
SELECT if(pair < 256, '(start)', toString(CAST(toInt8(bitShiftRight(pair, 8)), '$CHANNELS'))) AS from_channel,
	multiIf(bitAnd(pair, 255) = 254, '(conversion)', bitAnd(pair, 255) = 255, '(null)',
		toString(CAST(toInt8(if(bitAnd(pair, 255) > 127, 1, bitAnd(pair, 255))), '$CHANNELS'))) AS to_channel, n
FROM (
	SELECT pair, count() AS n
	FROM (
		SELECT arraySort(groupArray((toUInt64($TICKS) * 256 + toUInt8(event)) * 256 + toUInt8(channel))) AS packed,
			arrayMap(x -> toUInt8(bitAnd(x, 255)), packed) AS c,
			arrayMap(x -> bitAnd(bitShiftRight(x, 8), 255) = toUInt8(CAST('purchase', '$EVENTS')), packed) AS bought,
			arrayMap((x, y) -> if(y, 0, x), arrayPushFront(arrayPopBack(c), 0), arrayPushFront(arrayPopBack(bought), 1)) AS before,
			arrayConcat(
				arrayMap((x, y) -> toUInt16(x * 256 + y), arrayFilter((x, y) -> x != y, before, c), arrayFilter((y, x) -> x != y, c, before)),
				arrayMap(x -> toUInt16(x * 256 + 254), arrayFilter((x, y) -> y, c, bought)),
				if(bought[-1], [], [toUInt16(c[-1] * 256 + 255)])) AS pairs
		FROM $T GROUP BY customer)
	ARRAY JOIN pairs AS pair
	GROUP BY pair)

-- ## markov | arrays | arrays; counts only
SELECT if(pair < 256, '(start)', toString(CAST(toInt8(bitShiftRight(pair, 8)), '$CHANNELS'))) AS from_channel,
	multiIf(bitAnd(pair, 255) = 254, '(conversion)', bitAnd(pair, 255) = 255, '(null)',
		toString(CAST(toInt8(if(bitAnd(pair, 255) > 127, 1, bitAnd(pair, 255))), '$CHANNELS'))) AS to_channel, n
FROM (
	SELECT pair, count() AS n
	FROM (
		SELECT arrayMap(x -> toUInt8(x), c) AS d, arrayMap(x -> x = 'purchase', e) AS bought,
			arrayMap((x, y) -> if(y, 0, x), arrayPushFront(arrayPopBack(d), 0), arrayPushFront(arrayPopBack(bought), 1)) AS before,
			arrayConcat(
				arrayMap((x, y) -> toUInt16(x * 256 + y), arrayFilter((x, y) -> x != y, before, d), arrayFilter((y, x) -> x != y, d, before)),
				arrayMap(x -> toUInt16(x * 256 + 254), arrayFilter((x, y) -> y, d, bought)),
				if(bought[-1], [], [toUInt16(d[-1] * 256 + 255)])) AS pairs
		FROM $T)
	ARRAY JOIN pairs AS pair
	GROUP BY pair)

-- ## build | by_time by_customer | groupArray, one sort of time and name packed
-- before: DROP TABLE IF EXISTS built SYNC
-- before: CREATE TABLE built (customer UInt64, t Array($TICK_TYPE), e Array($EVENTS)) ENGINE = MergeTree ORDER BY customer
-- after: SELECT count(), sum(length(t)), sum(t[1] % 1000), sum(arraySum(arrayMap((x, y) -> (x % 7) * toUInt8(y), t, e))) FROM built
INSERT INTO built
SELECT customer, arrayMap(x -> bitShiftRight(x, 8), packed), arrayMap(x -> CAST(toInt8(bitAnd(x, 255)), '$EVENTS'), packed)
FROM (
	SELECT customer, arraySort(groupArray(toUInt64($TICKS) * 256 + toUInt8(event))) AS packed
	FROM $T GROUP BY customer)

-- ## build | by_customer | groupArray over sorted rows
-- before: DROP TABLE IF EXISTS built SYNC
-- before: CREATE TABLE built (customer UInt64, t Array($TICK_TYPE), e Array($EVENTS)) ENGINE = MergeTree ORDER BY customer
-- after: SELECT count(), sum(length(t)), sum(t[1] % 1000), sum(arraySum(arrayMap((x, y) -> (x % 7) * toUInt8(y), t, e))) FROM built
INSERT INTO built
SELECT customer, groupArray($TICKS), groupArray(event)
FROM (SELECT customer, at, event FROM $T ORDER BY customer, at)
GROUP BY customer

-- ## lookup | by_time by_customer | WHERE customer
SELECT toUInt32(at), event FROM $T WHERE customer = $CUSTOMER ORDER BY at

-- ## lookup | arrays | WHERE customer
SELECT x, y FROM $T ARRAY JOIN t AS x, e AS y WHERE customer = $CUSTOMER
