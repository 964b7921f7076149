-- The questions in plain SQL of PostgreSQL, over the raw rows with the covering
-- index on (customer, at): the same ideas as in duckdb.sql.  The layout of this
-- file is that of clickhouse.sql.

-- ## funnel | plain | window functions, a pass a step
WITH s AS (
	SELECT customer, at, event FROM $T WHERE event IN ($VIEW, $CART, $CHECKOUT, $PURCHASE)
), a AS (
	SELECT *, max(CASE WHEN event = $VIEW THEN at END) OVER w AS s1
	FROM s WINDOW w AS (PARTITION BY customer ORDER BY at ROWS UNBOUNDED PRECEDING)
), b AS (
	SELECT *, max(CASE WHEN event = $CART AND at <= s1 + interval '7 days' THEN s1 END) OVER w AS s2
	FROM a WINDOW w AS (PARTITION BY customer ORDER BY at ROWS UNBOUNDED PRECEDING)
), c AS (
	SELECT *, max(CASE WHEN event = $CHECKOUT AND at <= s2 + interval '7 days' THEN s2 END) OVER w AS s3
	FROM b WINDOW w AS (PARTITION BY customer ORDER BY at ROWS UNBOUNDED PRECEDING)
), d AS (
	SELECT max(CASE WHEN event = $PURCHASE AND at <= s3 + interval '7 days' THEN 4
			WHEN s3 IS NOT NULL THEN 3 WHEN s2 IS NOT NULL THEN 2 WHEN s1 IS NOT NULL THEN 1 ELSE 0 END) AS level
	FROM c GROUP BY customer
)
SELECT count(*) FILTER (WHERE level >= 1), count(*) FILTER (WHERE level >= 2),
	count(*) FILTER (WHERE level >= 3), count(*) FILTER (WHERE level >= 4)
FROM d

-- ## retention | plain | DISTINCT weeks
SELECT cohort, (week - cohort) / 7, count(*)
FROM (
	SELECT week, min(week) OVER (PARTITION BY customer) AS cohort
	FROM (SELECT DISTINCT customer, date_trunc('week', at, 'UTC')::date AS week FROM $T) AS d) AS w
GROUP BY 1, 2

-- ## retention | plain | mask of weeks
WITH m AS (
	SELECT mask, count(*) AS customers
	FROM (
		SELECT bit_or(1::bigint << ((extract(epoch FROM at)::bigint - 1735516800) / 604800)::integer) AS mask
		FROM $T GROUP BY customer) AS c
	GROUP BY mask
), w AS (
	SELECT mask, customers, week, min(week) OVER (PARTITION BY mask) AS cohort
	FROM m, generate_series(0, 61) AS week WHERE mask & (1::bigint << week) <> 0
)
SELECT DATE '2024-12-30' + 7 * cohort, week - cohort, sum(customers) FROM w GROUP BY 1, 2

-- ## sessions | plain | window functions
SELECT count(*) FILTER (WHERE starts), count(*) FILTER (WHERE starts AND ends)
FROM (
	SELECT coalesce(at > lag(at) OVER w + interval '30 minutes', true) AS starts,
		coalesce(lead(at) OVER w > at + interval '30 minutes', true) AS ends
	FROM $T
	WINDOW w AS (PARTITION BY customer ORDER BY at)) AS t

-- ## transitions | plain | window functions
SELECT event, next_event, count(*)
FROM (SELECT event, lead(event) OVER (PARTITION BY customer ORDER BY at) AS next_event FROM $T) AS t
WHERE next_event IS NOT NULL
GROUP BY 1, 2

-- ## paths | plain | row_number
SELECT array_to_string(path, '>'), count(*)
FROM (
	SELECT array_agg(event ORDER BY n) AS path
	FROM (SELECT customer, event, row_number() OVER (PARTITION BY customer ORDER BY at) AS n FROM $T) AS r
	WHERE n <= 5 GROUP BY customer) AS p
GROUP BY path ORDER BY 2 DESC, path COLLATE "C" LIMIT 20

-- ## paths | plain | array_agg
SELECT array_to_string(path, '>'), count(*)
FROM (SELECT (array_agg(event ORDER BY at))[1:5] AS path FROM $T GROUP BY customer) AS p
GROUP BY path ORDER BY 2 DESC, path COLLATE "C" LIMIT 20

-- ## stages | plain | window functions
WITH change AS (
	SELECT customer, at, event,
		CASE event WHEN 'purchase' THEN 1 WHEN 'refund' THEN -1 ELSE 0 END AS change,
		event <> 'refund' AND coalesce(at > max(at) FILTER (WHERE event <> 'refund') OVER before + interval '30 minutes', true) AS new_visit
	FROM $T
	WINDOW before AS (PARTITION BY customer ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), total AS (
	SELECT customer, at, event, sum(change) OVER w AS balance, sum(new_visit::integer) OVER w AS visit_no
	FROM change WINDOW w AS (PARTITION BY customer ORDER BY at ROWS UNBOUNDED PRECEDING)
), context AS (
	SELECT customer, at, event, visit_no, balance - least(0, min(balance) OVER w) AS purchases
	FROM total WINDOW w AS (PARTITION BY customer ORDER BY at ROWS UNBOUNDED PRECEDING)
), staged AS (
	SELECT customer, at,
		CASE
			WHEN event = 'purchase' THEN CASE WHEN purchases = 1 THEN 'conversion' ELSE 'retention' END
			WHEN event = 'refund' THEN 'retention'
			WHEN event = 'share' THEN CASE WHEN purchases > 0 THEN 'advocacy' ELSE 'consideration' END
			WHEN purchases > 0 THEN 'retention'
			WHEN event = 'page_view' THEN CASE WHEN visit_no = 1 THEN 'awareness' ELSE 'consideration' END
			WHEN event IN ('add_to_cart', 'begin_checkout', 'add_payment_info') THEN 'conversion'
			ELSE 'consideration'
		END AS stage
	FROM context
)
SELECT stage, next_stage, count(*)
FROM (SELECT stage, lead(stage) OVER (PARTITION BY customer ORDER BY at) AS next_stage FROM staged) AS t
WHERE next_stage IS NOT NULL
GROUP BY 1, 2

-- ## sequence | plain | window functions
WITH s AS (
	SELECT customer, at, event FROM $T WHERE event IN ($VIEW, $CART, $PURCHASE)
), a AS (
	SELECT *, max(CASE WHEN event = $VIEW THEN at END) OVER w AS viewed
	FROM s WINDOW w AS (PARTITION BY customer ORDER BY at ROWS UNBOUNDED PRECEDING)
), b AS (
	SELECT customer, at, event, max(CASE WHEN event = $CART AND at <= viewed + interval '1 day' THEN at END) OVER w AS added
	FROM a WINDOW w AS (PARTITION BY customer ORDER BY at ROWS UNBOUNDED PRECEDING)
)
SELECT count(DISTINCT customer) FROM b WHERE event = $PURCHASE AND at <= added + interval '1 hour'

-- ## markov | plain | window functions; counts only
WITH step AS (
	SELECT event = 'purchase' AS bought, channel,
		CASE WHEN lag(event) OVER w <> 'purchase' THEN lag(channel) OVER w END AS before,
		lead(event) OVER w IS NULL AS last
	FROM $T WINDOW w AS (PARTITION BY customer ORDER BY at)
), n AS (
	SELECT before, channel, bought, last, count(*) AS n FROM step GROUP BY 1, 2, 3, 4
)
SELECT coalesce(before, '(start)'), channel, sum(n) FROM n WHERE before IS DISTINCT FROM channel GROUP BY 1, 2
UNION ALL
SELECT channel, '(conversion)', sum(n) FROM n WHERE bought GROUP BY 1
UNION ALL
SELECT channel, '(null)', sum(n) FROM n WHERE last AND NOT bought GROUP BY 1

-- ## build | plain | array_agg
-- before: DROP TABLE IF EXISTS built
-- after: SELECT count(*), sum(cardinality(t)), sum((extract(epoch FROM t[1]) * $SECOND)::bigint % 1000), (SELECT sum((extract(epoch FROM x) * $SECOND)::bigint % 7 * array_position($NAMES, y)) FROM built, unnest(t, e) AS u (x, y)) FROM built
CREATE TABLE built AS
SELECT customer, array_agg(at ORDER BY at) AS t, array_agg(event ORDER BY at) AS e FROM $T GROUP BY customer
