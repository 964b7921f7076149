-- Journeys at whole seconds are counted another way than others.  A quarter of
-- a second later they are in the same periods.
SET search_path = public, journey;
\set seed 0.1789
\echo seed :seed
SELECT setseed(:seed);

-- up to some 600 touchpoints in bursts; the first purchase may be a late one
CREATE TABLE quick_touchpoints AS
SELECT customer, at, CASE WHEN random() < rare THEN 'purchase' WHEN random() < 0.5 THEN 'page_view' ELSE 'search' END AS event
FROM (SELECT customer, random() ^ 3 / 4 AS rare, 10 ^ (4 + 4 * random()) AS span,
		timestamptz '2024-09-15 00:00+00' + floor(random() * 15552000) * interval '1 s' AS begun,
		CASE WHEN customer <= 5 THEN 300 ELSE (2 ^ (random() * 8 * random()))::int END AS bursts
	FROM generate_series(1, 150) AS customer) AS c,
	LATERAL (SELECT begun + floor(random() * span) * interval '1 s' AS start, floor(1 + random() * 4)::int AS n
		FROM generate_series(1, bursts)) AS b,
	LATERAL (SELECT start + floor(random() * 900) * interval '1 s' AS at FROM generate_series(1, n)) AS t;
CREATE TABLE quick_journeys AS
SELECT customer, journey_agg(at, event) AS whole, journey_agg(at + interval '0.25 s', event) AS later
FROM quick_touchpoints GROUP BY customer;
SELECT max(touchpoint_count(whole)) > 512 AS long, min(touchpoint_count(whole)) < 3 AS short,
	count(*) FILTER (WHERE touchpoint_count(whole, 'purchase') = 0) > 10 AS without FROM quick_journeys;

-- zones whose clocks change never, at night and at midnight
CREATE TABLE quick_asked AS
SELECT * FROM unnest('{UTC,America/New_York,America/Havana}'::text[]) AS zone,
	unnest('{day,week,month,3 days,2 weeks}'::text[]) AS period,
	(VALUES ('*', '*'), ('*', 'purchase'), ('purchase', '*'), ('purchase', 'search')) AS m (start, again),
	(VALUES (NULL::timestamptz), ('2025-03-09 04:59:59+00'), ('2027-01-01 00:00+00')) AS a (as_of);
CREATE TABLE quick_answers AS
SELECT a.*, customer, activity(whole, start::matcher, again::matcher, period, zone, as_of => as_of) AS whole,
	activity(later, start::matcher, again::matcher, period, zone, as_of => as_of + interval '0.25 s') AS later
FROM quick_asked AS a, quick_journeys;
SELECT count(*), count(whole) > 12000 AS many FROM quick_answers;
SELECT zone, period, start, again, as_of, count(*) FROM quick_answers WHERE whole IS DISTINCT FROM later GROUP BY 1, 2, 3, 4, 5;

-- what a call remembers of cohorts and rows, here of many states at once, against states that see one customer
WITH one AS (
	SELECT zone, period, start, again, as_of, retention_tally(whole) AS t FROM quick_answers WHERE as_of IS NULL GROUP BY customer, 1, 2, 3, 4, 5
)
SELECT count(*), count(*) FILTER (WHERE a.r = b.r) AS same
FROM (SELECT zone, period, start, again, as_of, retention_agg(whole) AS r FROM quick_answers GROUP BY 1, 2, 3, 4, 5) AS a
JOIN (SELECT zone, period, start, again, retention_rows(rollup(t)) AS r FROM one GROUP BY 1, 2, 3, 4) AS b
	ON (a.zone, a.period, a.start, a.again) = (b.zone, b.period, b.start, b.again) AND a.as_of IS NULL;

-- activities that are counted as they are made stand in one place: sorted ones, several sets of groups, two calls,
-- arguments that change with every row, constant ones
CREATE TABLE quick_made AS
SELECT a.*, customer % 3 AS part, customer, j.whole, j.later, b.whole AS made FROM quick_asked AS a, quick_journeys AS j JOIN quick_answers AS b USING (customer)
WHERE (a.zone, a.period, a.start, a.again) = (b.zone, b.period, b.start, b.again) AND a.as_of IS NOT DISTINCT FROM b.as_of;
SELECT count(*), count(*) FILTER (WHERE t IS NOT DISTINCT FROM made AND sorted IS NOT DISTINCT FROM made AND other IS NOT DISTINCT FROM made
	AND different IS NOT DISTINCT FROM made_different AND few IS NOT DISTINCT FROM made_few) AS same, count(t) > 1000 AS many
FROM (SELECT retention_tally(activity(whole, start::matcher, again::matcher, period, zone, as_of => as_of)) AS t,
		retention_tally(activity(whole, start::matcher, again::matcher, period, zone, as_of => as_of) ORDER BY customer DESC) AS sorted,
		retention_tally(activity(later, start::matcher, again::matcher, period, zone, as_of => as_of + interval '0.25 s')) AS other,
		retention_tally(DISTINCT activity(whole, start::matcher, again::matcher, period, zone, as_of => as_of)) AS different,
		retention_tally(activity(whole, start::matcher, again::matcher, period, zone, as_of => as_of)) FILTER (WHERE customer % 5 > 0) AS few,
		retention_tally(made) AS made, retention_tally(DISTINCT made) AS made_different, retention_tally(made) FILTER (WHERE customer % 5 > 0) AS made_few
	FROM quick_made GROUP BY zone, period, start, again, as_of, GROUPING SETS ((part), (customer), ())) AS g;
SELECT part, retention_tally(activity(whole, '*', '*', 'week', 'America/New_York')) = retention_tally(made) AS same,
	retention_tally(activity(whole, '*', 'purchase', 'week', 'America/New_York')) = retention_tally(activity(later, '*', 'purchase', 'week', 'America/New_York')) AS same_returns,
	array_agg(activity(whole, '*', '*', 'week', 'America/New_York') ORDER BY customer) = array_agg(made ORDER BY customer) AS same_activities
FROM quick_made WHERE period = 'week' AND zone = 'America/New_York' AND start = '*' AND again = '*' AND as_of IS NULL GROUP BY GROUPING SETS ((part), ()) ORDER BY part;
DROP TABLE quick_made;

-- few customers are kept as a list, which becomes rows: groups of one customer to all of them, against window
-- aggregates, whose states have rows from the start
CREATE TABLE quick_groups AS
SELECT zone, period, again, parts, customer % parts AS part, whole
FROM quick_answers, unnest('{1,14,40,150}'::int[]) AS parts WHERE start = '*' AND as_of IS NULL;
SELECT count(*), count(*) FILTER (WHERE g.t IS NOT DISTINCT FROM w.t) AS same,
	count(*) FILTER (WHERE g.t::text IS NOT DISTINCT FROM w.t::text AND tally_send(g.t) IS NOT DISTINCT FROM tally_send(w.t)) AS same_out,
	count(*) FILTER (WHERE g.r IS NOT DISTINCT FROM retention_rows(w.t)) AS same_rows, min(n) AS fewest, max(n) AS most
FROM (SELECT zone, period, again, parts, part, retention_tally(whole) AS t, retention_agg(whole) AS r, count(whole) AS n FROM quick_groups GROUP BY 1, 2, 3, 4, 5) AS g
JOIN (SELECT *, row_number() OVER g, retention_tally(whole) OVER g AS t FROM quick_groups WINDOW g AS (PARTITION BY zone, period, again, parts, part)) AS w
	USING (zone, period, again, parts, part) WHERE row_number = 1;

-- more customers than a list may have, and lists added to lists
SELECT period, n > 671 AS many, whole = parts AS same
FROM (SELECT period, count(whole) AS n, retention_tally(whole) AS whole FROM quick_answers GROUP BY 1) AS a
JOIN (SELECT period, rollup(t) AS parts FROM (SELECT period, retention_tally(whole) AS t FROM quick_answers GROUP BY period, customer) AS b GROUP BY 1) AS c USING (period)
ORDER BY 1;

-- a state that gets out, as the list that it is
CREATE AGGREGATE quick_state(activity) (SFUNC = retention_agg_add, STYPE = tally, COMBINEFUNC = tally_combine);
CREATE TABLE quick_states AS SELECT zone, period, parts, part, quick_state(whole) AS state, retention_tally(whole) AS t
FROM quick_groups WHERE again = '*' GROUP BY 1, 2, 3, 4;
SELECT count(*), count(*) FILTER (WHERE state = t) AS same, count(*) FILTER (WHERE state::text = t::text) AS same_text,
	count(*) FILTER (WHERE tally_send(state) = tally_send(t)) AS same_binary, count(*) FILTER (WHERE tally_hash(state) = tally_hash(t)) AS same_hash,
	count(*) FILTER (WHERE retention_rows(state) = retention_rows(t)) AS same_rows FROM quick_states;
SELECT count(*), count(*) FILTER (WHERE s = t AND s = st AND s = ts) AS same
FROM (SELECT zone, period, parts, rollup(state) AS s, rollup(t) AS t, rollup(CASE WHEN part % 2 = 0 THEN state ELSE t END) AS st,
		rollup(CASE WHEN part % 2 = 0 THEN t ELSE state END) AS ts FROM quick_states GROUP BY 1, 2, 3) AS r;
-- matrices of many customers, lists and rows added up
SELECT period, count(*) AS states, count(*) FILTER (WHERE n > 671) AS matrices, rollup(state) = rollup(t) AS same, rollup(state ORDER BY n) = rollup(t) AS ascending,
	rollup(state ORDER BY n DESC) = rollup(t) AS descending, rollup(CASE WHEN n % 2 = 0 THEN state ELSE t END ORDER BY n DESC) = rollup(t) AS with_rows,
	bool_and(state = t AND state::text = t::text AND tally_send(state) = tally_send(t) AND retention_rows(state) = retention_rows(t)) AS each_same
FROM (SELECT period, count(whole) AS n, quick_state(whole) AS state, rollup(one) AS t
	FROM (SELECT period, CASE WHEN customer > 20 THEN zone ELSE customer::text END AS part, whole, retention_tally(whole) OVER (PARTITION BY period, zone, start, again, as_of, customer) AS one FROM quick_answers) AS a
	GROUP BY period, part) AS s GROUP BY 1 ORDER BY 1;
-- more cohorts than a matrix has
CREATE TABLE quick_days AS
SELECT n, format('%s day: 0%s / %s', to_char('2024-01-01'::date + (n * 7919 % 700), 'YYYY-MM-DD'), CASE n % 3 WHEN 0 THEN '' WHEN 1 THEN ' 1 2' ELSE ' ' || 1 + n % 55 END, 60 + n % 7)::activity AS a FROM generate_series(1, 3000) AS n;
SELECT w.t = p.t AS same, w.t = b.t AS backwards, array_length(retention_rows(w.t), 1) FROM (SELECT retention_tally(a ORDER BY n) AS t FROM quick_days) AS w,
	(SELECT rollup(t) AS t FROM (SELECT retention_tally(a) AS t FROM quick_days GROUP BY n) AS one) AS p, (SELECT retention_tally(a ORDER BY n DESC) AS t FROM quick_days) AS b;
DROP TABLE quick_days;
SELECT count(*), count(*) FILTER (WHERE retention_agg_add(state, '2025-01-06 week: 0 2 / 5') = retention_agg_add(t, '2025-01-06 week: 0 2 / 5')) AS same
FROM quick_states WHERE period = 'week';
DROP TABLE quick_states, quick_groups;
DROP AGGREGATE quick_state(activity);
DROP TABLE quick_answers, quick_asked, quick_journeys, quick_touchpoints;
