-- How long it takes, where it has not happened to all: time_to, Kaplan-Meier, log-rank.
SET search_path = public, journey;
SET TimeZone = 'UTC';

-- the textbook curve: 3, 5*, 6, 7, 8*, 10, 12, 12* (* last seen without the event)
CREATE TABLE watched (grp text, duration float8, observed boolean);
INSERT INTO watched VALUES ('a', 3, true), ('a', 5, false), ('a', 6, true), ('b', 7, true), ('b', 8, false),
	('b', 10, true), ('b', 12, false), ('a', 12, true);
SELECT duration, at_risk, events, censored, round(survival::numeric, 12) AS survival, round(std_error::numeric, 12) AS std_error,
	   round(lower::numeric, 12) AS lower, round(upper::numeric, 12) AS upper
FROM unnest((SELECT survival_agg(duration, observed) FROM watched));
SELECT customers, events, censored, median, median_lower, median_upper, horizon,
	   round(restricted_mean::numeric, 10) AS restricted_mean, round(restricted_mean_std_error::numeric, 10) AS std_error
FROM survival_summary((SELECT survival_tally(duration, observed) FROM watched));

-- the area under the steps: 3*1 + 3*7/8 + 1*35/48 + 3*7/12 + 2*7/18
SELECT round((3 + 3 * 7 / 8.0 + 35 / 48.0 + 3 * 7 / 12.0 + 2 * 7 / 18.0)::numeric, 10) AS by_hand;
-- a horizon inside a step, at 0, and one that is not known
SELECT h, round(restricted_mean::numeric, 6) AS mean, median
FROM (VALUES (0::float8), (2), (3), (4), (12), (12.5)) AS v(h),
	 survival_summary((SELECT survival_tally(duration, observed) FROM watched), h);
-- where all of the curve is known, any horizon has a mean: that of 1, 2 and 3
SELECT restricted_mean, median, median_lower, median_upper FROM survival_summary(
	(SELECT survival_tally(d, true) FROM (VALUES (1.0::float8), (2), (3)) AS v(d)), 100);

-- nothing happened to anybody: no median, a flat curve
SELECT * FROM unnest((SELECT survival_agg(d, false) FROM (VALUES (1::float8), (1), (2)) AS v(d)));
SELECT median, restricted_mean FROM survival_summary((SELECT survival_tally(d, false) FROM (VALUES (1::float8), (2)) AS v(d)));
-- it happened to all at once
SELECT * FROM unnest((SELECT survival_agg(0, true) FROM generate_series(1, 3)));
SELECT * FROM survival_summary((SELECT survival_tally(-0.0, true) FROM generate_series(1, 3)));

-- log-rank by hand: two groups, the sums over times written out in SQL
WITH times AS (
	SELECT t, (SELECT count(*) FROM watched WHERE duration >= t) AS n,
		   (SELECT count(*) FROM watched WHERE duration >= t AND grp = 'a') AS n_a,
		   (SELECT count(*) FROM watched WHERE duration = t AND observed) AS d,
		   (SELECT count(*) FROM watched WHERE duration = t AND observed AND grp = 'a') AS d_a
	FROM (SELECT DISTINCT duration AS t FROM watched WHERE observed) AS s
), sums AS (
	SELECT sum(d_a - d * n_a::float8 / n) AS z,
		   sum(CASE WHEN n > 1 THEN d * (n_a::float8 / n) * (1 - n_a::float8 / n) * (n - d) / (n - 1) ELSE 0 END) AS v,
		   sum(d * n_a::float8 / n) AS expected
	FROM times
)
SELECT l.group_name, l.customers, l.events, round(l.expected::numeric, 9) AS expected,
	   abs(l.chi_square - s.z * s.z / s.v) < 1e-12 AS chi_square, l.degrees_of_freedom,
	   abs(l.p_value - 0.2808488120501643) < 1e-12 AS p_value,
	   l.group_name <> 'a' OR abs(l.expected - s.expected) < 1e-12 AS expected_right
FROM sums AS s, unnest((SELECT logrank_agg(grp, duration, observed) FROM watched)) AS l;
-- equal groups do not differ; one group, or no event, is nothing to compare
SELECT group_name, chi_square, degrees_of_freedom, p_value
FROM unnest((SELECT logrank_agg(g, duration, observed) FROM watched, (VALUES ('x'), ('y'), ('z')) AS v(g)));
SELECT * FROM unnest((SELECT logrank_agg('all', duration, observed) FROM watched));
SELECT * FROM unnest((SELECT logrank_agg(grp, duration, false) FROM watched));
-- a group that was never at risk when something happened adds no degree of freedom
SELECT group_name, events, expected, degrees_of_freedom
FROM unnest((SELECT logrank_agg(g, d, o) FROM (
	SELECT grp, duration, observed FROM watched UNION ALL SELECT 'early', 1, false) AS v(g, d, o)));
-- time_to
CREATE TABLE one (j journey);
INSERT INTO one VALUES ('[2026-01-01 10:00+00 view, 2026-01-01 12:00+00 purchase @web, 2026-01-02 12:00+00 refund,
	2026-01-03 12:00+00 purchase @shop =5]');
SELECT t.* FROM one, time_to(j, 'view', 'purchase', '2026-02-01 00:00+00') AS t;
SELECT t.* FROM one, time_to(j, 'purchase', 'purchase', '2026-02-01 00:00+00') AS t;
SELECT t.* FROM one, time_to(j, 'purchase', 'purchase', '2026-02-01 00:00+00', censor => 'refund') AS t;
SELECT t.* FROM one, time_to(j, '*', 'view', '2026-02-01 00:00+00', include_start => true) AS t;
SELECT t.* FROM one, time_to(j, '*', 'view', '2026-02-01 00:00+00') AS t;
SELECT t.* FROM one, time_to(j, 'purchase', 'purchase@shop>=5', '2026-01-03 12:00+00') AS t;
SELECT t.* FROM one, time_to(j, 'purchase', 'purchase@shop>=5', '2026-01-03 11:59+00') AS t;
SELECT t.* FROM one, time_to(j, 'purchase', 'purchase@mail', '2026-02-01 00:00+00') AS t;
-- nobody started
SELECT time_to(j, 'search', '*', '2026-02-01 00:00+00') IS NULL AS a,
	   time_to(j, 'view', '*', '2026-01-01 09:00+00') IS NULL AS b,
	   time_to(NULL, 'view', '*', '2026-01-01 09:00+00') IS NULL AS c,
	   time_to(j, NULL, '*', '2026-01-01 09:00+00') IS NULL AS d FROM one;

-- random journeys against plain SQL
SELECT setseed(0.42);
CREATE TABLE touch AS
SELECT c, timestamptz '2026-01-01' + (floor(random() * 50) || ' hours')::interval AS at,
	   (ARRAY['a', 'b', 'c', 'd'])[1 + floor(random() * 4)::int] AS event
FROM generate_series(1, 3000) AS c, generate_series(1, 8) WHERE random() < 0.7;
CREATE TABLE store AS SELECT c, journey_agg(at, event) AS journey FROM touch GROUP BY c;
CREATE TABLE answered AS
SELECT s.c, t.* FROM store AS s, time_to(s.journey, 'a', 'b', '2026-01-02 20:00+00', censor => 'd') AS t WHERE t IS NOT NULL;
WITH numbered AS (
	SELECT c, at, event, row_number() OVER (PARTITION BY c ORDER BY at, event) AS n FROM touch WHERE at <= '2026-01-02 20:00+00'
), started AS (
	SELECT DISTINCT ON (c) c, n, at FROM numbered WHERE event = 'a' ORDER BY c, n
), ended AS (
	SELECT DISTINCT ON (s.c) s.c, extract(epoch FROM coalesce(n.at, '2026-01-02 20:00+00') - s.at)::float8 AS seconds,
		   coalesce(n.event = 'b', false) AS observed
	FROM started AS s LEFT JOIN numbered AS n ON n.c = s.c AND n.n > s.n AND n.event IN ('b', 'd')
	ORDER BY s.c, n.n
)
SELECT count(*) > 2000 AS many, count(*) FILTER (WHERE a.duration_seconds IS DISTINCT FROM e.seconds OR a.observed IS DISTINCT FROM e.observed) AS different
FROM ended AS e FULL JOIN answered AS a USING (c);

-- the curve of these against plain SQL
WITH times AS (
	SELECT duration_seconds AS t, count(*) FILTER (WHERE observed) AS d, count(*) FILTER (WHERE NOT observed) AS c FROM answered GROUP BY 1
), risk AS (
	SELECT t, d, c, sum(d + c) OVER (ORDER BY t DESC) AS n FROM times
), curve AS (
	SELECT t, d, c, n, exp(sum(CASE WHEN d = n THEN NULL ELSE ln(1 - d::float8 / n) END) OVER (ORDER BY t)) AS s,
		   sum(d::float8 / (n * nullif(n - d, 0))) OVER (ORDER BY t) AS g
	FROM risk
)
SELECT count(*) > 40 AS many,
	   count(*) FILTER (WHERE k.at_risk IS DISTINCT FROM c.n OR k.events IS DISTINCT FROM c.d OR k.censored IS DISTINCT FROM c.c
		   OR abs(k.survival - c.s) > 1e-12 OR abs(k.std_error - c.s * sqrt(c.g)) > 1e-12) AS different
FROM curve AS c FULL JOIN unnest((SELECT survival_agg(duration_seconds, observed) FROM answered)) AS k ON k.duration = c.t;

-- any number of parts, in any order, adds up to the same
CREATE TABLE parts AS SELECT c % 7 AS part, survival_tally(duration_seconds, observed) AS t,
	   logrank_tally('g' || c % 3, duration_seconds, observed) AS l FROM answered GROUP BY 1;
SELECT (SELECT rollup(t ORDER BY part DESC) FROM parts) = (SELECT survival_tally(duration_seconds, observed) FROM answered) AS survival,
	   (SELECT rollup(l ORDER BY part DESC) FROM parts) = (SELECT logrank_tally('g' || c % 3, duration_seconds, observed) FROM answered) AS logrank;
SELECT (t::text)::tally = t AS text_form FROM parts WHERE part = 0;

-- NULL and empty
SELECT survival_agg(d, o) FROM (VALUES (NULL::float8, true), (1, NULL)) AS v(d, o);
SELECT logrank_agg(g, d, true) FROM (VALUES (NULL, 1::float8), ('a', NULL)) AS v(g, d);
SELECT survival_agg(1, true) FROM watched WHERE false;
SELECT survival_summary(NULL) IS NULL AS no_tally;

-- errors
SELECT survival_agg(-1, true);
SELECT survival_agg('NaN', true);
SELECT survival_agg('Infinity', true);
SELECT logrank_agg(repeat('x', 1025), 1, true);
SELECT survival_rows((SELECT logrank_tally(grp, duration, observed) FROM watched));
SELECT logrank_rows((SELECT survival_tally(duration, observed) FROM watched));
SELECT survival_rows('{"tally":"retention","version":1,"params": [0, 0, 0, 1, 1, 0],"labels":[],"rows":[]}');
SELECT survival_rows('{"tally":"survival","version":1,"params":[],"labels":[],"rows":[{"keys":[-1,-5],"counters":[1,0]}]}');
SELECT survival_rows('{"tally":"survival","version":1,"params":[],"labels":[],"rows":[{"keys":[-1,5],"counters":[0,0]}]}');
SELECT survival_summary((SELECT survival_tally(1, true)), -1);
SELECT survival_summary((SELECT survival_tally(1, true)), 'Infinity');
SELECT count(*) FROM unnest((SELECT logrank_agg(g::text, 1, true) FROM generate_series(1, 257) AS g));
SELECT count(*) FROM unnest((SELECT logrank_agg(g::text, 1, true) FROM generate_series(1, 256) AS g));
SELECT time_to('[2026-01-01 10:00+00 view]', 'view', 'x', NULL);
SELECT time_to('[2026-01-01 10:00+00 view]', 'view', 'x', 'infinity');

DROP TABLE watched, one, touch, store, answered, parts;

-- without censoring the median is the middle one, however the quotients are rounded
SELECT count(*) AS medians, count(*) FILTER (WHERE (survival_summary((SELECT survival_tally(i::float8, true) FROM generate_series(1, n) AS i))).median IS DISTINCT FROM n / 2) AS wrong
FROM generate_series(2, 400, 2) AS n;
