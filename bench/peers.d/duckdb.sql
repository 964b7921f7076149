-- What a practitioner asks DuckDB: window functions, lists, arg_min and bit_or,
-- as its documentation has them.  The layout of this file is that of
-- clickhouse.sql; names are ENUM, times TIMESTAMP in UTC, in a
-- column ts, since AT is a word of its grammar.  The funnel by window
-- functions keeps for each step the latest start from which it can be reached,
-- which is exact in one pass a step.

-- ## funnel | by_time by_customer | window functions, a pass a step
WITH s AS (
	SELECT customer, ts, event FROM $T WHERE event IN ($VIEW, $CART, $CHECKOUT, $PURCHASE)
), a AS (
	SELECT *, max(CASE WHEN event = $VIEW THEN ts END) OVER w AS s1
	FROM s WINDOW w AS (PARTITION BY customer ORDER BY ts ROWS UNBOUNDED PRECEDING)
), b AS (
	SELECT *, max(CASE WHEN event = $CART AND ts <= s1 + INTERVAL '7 days' THEN s1 END) OVER w AS s2
	FROM a WINDOW w AS (PARTITION BY customer ORDER BY ts ROWS UNBOUNDED PRECEDING)
), c AS (
	SELECT *, max(CASE WHEN event = $CHECKOUT AND ts <= s2 + INTERVAL '7 days' THEN s2 END) OVER w AS s3
	FROM b WINDOW w AS (PARTITION BY customer ORDER BY ts ROWS UNBOUNDED PRECEDING)
), d AS (
	SELECT max(CASE WHEN event = $PURCHASE AND ts <= s3 + INTERVAL '7 days' THEN 4
			WHEN s3 IS NOT NULL THEN 3 WHEN s2 IS NOT NULL THEN 2 WHEN s1 IS NOT NULL THEN 1 ELSE 0 END) AS level
	FROM c GROUP BY customer
)
SELECT count(*) FILTER (WHERE level >= 1), count(*) FILTER (WHERE level >= 2),
	count(*) FILTER (WHERE level >= 3), count(*) FILTER (WHERE level >= 4)
FROM d

-- ## funnel | by_time by_customer | joins, the earliest next step of each start
WITH s1 AS (
	SELECT customer, ts AS start, ts FROM $T WHERE event = $VIEW
), s2 AS (
	SELECT s.customer, s.start, min(e.ts) AS ts
	FROM s1 AS s JOIN $T AS e ON e.customer = s.customer AND e.event = $CART AND e.ts > s.ts AND e.ts <= s.start + INTERVAL '7 days'
	GROUP BY ALL
), s3 AS (
	SELECT s.customer, s.start, min(e.ts) AS ts
	FROM s2 AS s JOIN $T AS e ON e.customer = s.customer AND e.event = $CHECKOUT AND e.ts > s.ts AND e.ts <= s.start + INTERVAL '7 days'
	GROUP BY ALL
), s4 AS (
	SELECT s.customer, s.start, min(e.ts) AS ts
	FROM s3 AS s JOIN $T AS e ON e.customer = s.customer AND e.event = $PURCHASE AND e.ts > s.ts AND e.ts <= s.start + INTERVAL '7 days'
	GROUP BY ALL
)
SELECT (SELECT count(DISTINCT customer) FROM s1), (SELECT count(DISTINCT customer) FROM s2),
	(SELECT count(DISTINCT customer) FROM s3), (SELECT count(DISTINCT customer) FROM s4)

-- ## retention | by_time by_customer | DISTINCT weeks
SELECT cohort::date, date_diff('week', cohort, week) AS period, count(*)
FROM (
	SELECT week, min(week) OVER (PARTITION BY customer) AS cohort
	FROM (SELECT DISTINCT customer, date_trunc('week', ts) AS week FROM $T))
GROUP BY ALL

-- ## retention | by_time by_customer | mask of weeks
WITH m AS (
	SELECT mask, count(*) AS customers
	FROM (
		SELECT bit_or(1::bigint << ((epoch_us(ts) - 1735516800000000) // 604800000000)::integer) AS mask
		FROM $T GROUP BY customer)
	GROUP BY mask
), w AS (
	SELECT mask, customers, week, min(week) OVER (PARTITION BY mask) AS cohort
	FROM m, range(62) AS r (week) WHERE mask & (1::bigint << week::integer) <> 0
)
SELECT DATE '2024-12-30' + 7 * cohort::integer, week - cohort, sum(customers) FROM w GROUP BY ALL

-- ## sessions | by_time by_customer | window functions
SELECT count(*) FILTER (WHERE starts), count(*) FILTER (WHERE starts AND ends)
FROM (
	SELECT coalesce(ts > lag(ts) OVER w + INTERVAL '30 minutes', true) AS starts,
		coalesce(lead(ts) OVER w > ts + INTERVAL '30 minutes', true) AS ends
	FROM $T
	WINDOW w AS (PARTITION BY customer ORDER BY ts))

-- ## sessions | by_time by_customer | lists of times
WITH l AS (
	SELECT list_sort(list(epoch_us(ts))) AS t FROM $T GROUP BY customer
), g AS (
	SELECT list_concat([1800000001], list_transform(t[2:], lambda x, i: x - t[i]), [1800000001]) AS gaps FROM l
)
SELECT sum(len(list_filter(gaps, lambda x: x > 1800000000)) - 1),
	sum(len(list_filter(gaps[2:], lambda x, i: x > 1800000000 AND gaps[i] > 1800000000)))
FROM g

-- ## transitions | by_time by_customer | window functions
SELECT event, next_event, count(*)
FROM (SELECT event, lead(event) OVER (PARTITION BY customer ORDER BY ts) AS next_event FROM $T)
WHERE next_event IS NOT NULL
GROUP BY ALL

-- ## transitions | by_time by_customer | lists, time and name packed
WITH l AS (
	SELECT list_sort(list(epoch_us(ts) * 256 + enum_code(event))) AS l FROM $T GROUP BY customer
), p AS (
	SELECT pair, count(*) AS n
	FROM (SELECT unnest(list_transform(l[2:], lambda x, i: (l[i] & 255) * 256 + (x & 255))) AS pair FROM l)
	GROUP BY pair
)
SELECT (enum_range(NULL::event))[(pair >> 8) + 1], (enum_range(NULL::event))[(pair & 255) + 1], n FROM p

-- ## paths | by_time by_customer | arg_min
SELECT array_to_string(path, '>') AS path, n
FROM (
	SELECT path, count(*) AS n
	FROM (SELECT arg_min(event, ts, 5) AS path FROM $T GROUP BY customer)
	GROUP BY path)
ORDER BY n DESC, path LIMIT 20

-- ## paths | by_time by_customer | the five least, time and name packed
SELECT array_to_string(list_transform(path, lambda x: (enum_range(NULL::event))[(x & 255) + 1]), '>'), n
FROM (
	SELECT path, count(*) AS n
	FROM (SELECT list_transform(min(epoch_us(ts) * 256 + enum_code(event), 5), lambda x: x & 255) AS path FROM $T GROUP BY customer)
	GROUP BY path ORDER BY n DESC, path LIMIT 20)

-- ## stages | by_time by_customer | window functions
WITH change AS (
	SELECT customer, ts, event,
		CASE event WHEN 'purchase' THEN 1 WHEN 'refund' THEN -1 ELSE 0 END AS change,
		event <> 'refund' AND coalesce(ts > max(CASE WHEN event <> 'refund' THEN ts END) OVER before + INTERVAL '30 minutes', true) AS new_visit
	FROM $T
	WINDOW before AS (PARTITION BY customer ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), total AS (
	SELECT customer, ts, event, sum(change) OVER w AS balance, sum(new_visit::integer) OVER w AS visit_no
	FROM change WINDOW w AS (PARTITION BY customer ORDER BY ts ROWS UNBOUNDED PRECEDING)
), context AS (
	SELECT customer, ts, event, visit_no, balance - least(0, min(balance) OVER w) AS purchases
	FROM total WINDOW w AS (PARTITION BY customer ORDER BY ts ROWS UNBOUNDED PRECEDING)
), staged AS (
	SELECT customer, ts,
		CASE
			WHEN event = 'purchase' THEN CASE WHEN purchases = 1 THEN 3 ELSE 4 END
			WHEN event = 'refund' THEN 4
			WHEN event = 'share' THEN CASE WHEN purchases > 0 THEN 5 ELSE 2 END
			WHEN purchases > 0 THEN 4
			WHEN event = 'page_view' THEN CASE WHEN visit_no = 1 THEN 1 ELSE 2 END
			WHEN event IN ('add_to_cart', 'begin_checkout', 'add_payment_info') THEN 3
			ELSE 2
		END AS stage
	FROM context
), n AS (
	SELECT stage, next_stage, count(*) AS n
	FROM (SELECT stage, lead(stage) OVER (PARTITION BY customer ORDER BY ts) AS next_stage FROM staged)
	WHERE next_stage IS NOT NULL
	GROUP BY ALL
)
SELECT ['awareness', 'consideration', 'conversion', 'retention', 'advocacy'][stage],
	['awareness', 'consideration', 'conversion', 'retention', 'advocacy'][next_stage], n
FROM n

-- ## sequence | by_time by_customer | window functions
WITH s AS (
	SELECT customer, ts, event FROM $T WHERE event IN ($VIEW, $CART, $PURCHASE)
), a AS (
	SELECT *, max(CASE WHEN event = $VIEW THEN ts END) OVER w AS viewed
	FROM s WINDOW w AS (PARTITION BY customer ORDER BY ts ROWS UNBOUNDED PRECEDING)
), b AS (
	SELECT customer, ts, event, max(CASE WHEN event = $CART AND ts <= viewed + INTERVAL '1 day' THEN ts END) OVER w AS added
	FROM a WINDOW w AS (PARTITION BY customer ORDER BY ts ROWS UNBOUNDED PRECEDING)
)
SELECT count(DISTINCT customer) FROM b WHERE event = $PURCHASE AND ts <= added + INTERVAL '1 hour'

-- ## sequence | by_time by_customer | joins
WITH a AS (
	SELECT DISTINCT a.customer, a.ts
	FROM $T AS v JOIN $T AS a ON a.customer = v.customer AND v.event = $VIEW AND a.event = $CART
		AND a.ts > v.ts AND a.ts <= v.ts + INTERVAL '1 day'
)
SELECT count(DISTINCT p.customer)
FROM a JOIN $T AS p ON p.customer = a.customer AND p.event = $PURCHASE AND p.ts > a.ts AND p.ts <= a.ts + INTERVAL '1 hour'

-- ## markov | by_time by_customer | window functions; counts only
WITH step AS (
	SELECT event = 'purchase' AS bought, channel,
		CASE WHEN lag(event) OVER w <> 'purchase' THEN lag(channel) OVER w END AS before,
		lead(event) OVER w IS NULL AS last
	FROM $T WINDOW w AS (PARTITION BY customer ORDER BY ts)
), n AS (
	SELECT before, channel, bought, last, count(*) AS n FROM step GROUP BY ALL
)
SELECT coalesce(before::varchar, '(start)'), channel::varchar, sum(n) FROM n WHERE before IS DISTINCT FROM channel GROUP BY ALL
UNION ALL
SELECT channel::varchar, '(conversion)', sum(n) FROM n WHERE bought GROUP BY ALL
UNION ALL
SELECT channel::varchar, '(null)', sum(n) FROM n WHERE last AND NOT bought GROUP BY ALL

-- ## markov | by_time by_customer | lists, time, name and channel packed; counts only
WITH l AS (
	SELECT list_sort(list((epoch_us(ts) // 1000000 * 256 + enum_code(event)) * 256 + enum_code(channel) + 1)) AS l FROM $T GROUP BY customer
), step AS (
	SELECT unnest(list_transform(l, lambda x, i:
			CASE WHEN i = 1 OR (l[i - 1] >> 8) & 255 = enum_code('purchase'::event) THEN 0 ELSE l[i - 1] & 255 END * 1024
			+ (x & 255) * 4 + ((x >> 8) & 255 = enum_code('purchase'::event))::integer * 2 + (i = len(l))::integer)) AS step
	FROM l
), n AS (
	SELECT (enum_range(NULL::channel))[step >> 10] AS before, (enum_range(NULL::channel))[(step >> 2) & 255] AS channel,
		step & 2 <> 0 AS bought, step & 1 <> 0 AS last, n
	FROM (SELECT step, count(*) AS n FROM step GROUP BY step)
)
SELECT coalesce(before::varchar, '(start)'), channel::varchar, sum(n) FROM n WHERE before IS DISTINCT FROM channel GROUP BY ALL
UNION ALL
SELECT channel::varchar, '(conversion)', sum(n) FROM n WHERE bought GROUP BY ALL
UNION ALL
SELECT channel::varchar, '(null)', sum(n) FROM n WHERE last AND NOT bought GROUP BY ALL

-- ## build | by_time by_customer | list of sorted values
-- before: DROP TABLE IF EXISTS built
-- after: SELECT count(*), sum(len(t)), sum(epoch_us(t[1]) // $MICRO % 1000), (SELECT sum(epoch_us(x) // $MICRO % 7 * (enum_code(y) + 1)) FROM (SELECT unnest(t) AS x, unnest(e) AS y FROM built)) FROM built
CREATE TABLE built AS
SELECT customer, list(ts ORDER BY ts) AS t, list(event ORDER BY ts) AS e FROM $T GROUP BY customer

-- ## build | by_time by_customer | list of sorted pairs
-- before: DROP TABLE IF EXISTS built
-- after: SELECT count(*), sum(len(l)), sum(epoch_us(l[1].ts) // $MICRO % 1000), (SELECT sum(epoch_us(x.ts) // $MICRO % 7 * (enum_code(x.event) + 1)) FROM (SELECT unnest(l) AS x FROM built)) FROM built
CREATE TABLE built AS
SELECT customer, list_sort(list({'ts': ts, 'event': event})) AS l FROM $T GROUP BY customer

-- ## lookup | by_time by_customer | WHERE customer
SELECT epoch(ts)::bigint, event FROM $T WHERE customer = $CUSTOMER ORDER BY ts

-- ## lookup | lists | WHERE customer, primary key
SELECT epoch(unnest(t))::bigint, unnest(e) FROM $T WHERE customer = $CUSTOMER
