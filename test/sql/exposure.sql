-- exposure: who was shown, offered or sent something, and what followed; and what is refused.
SET search_path = public, journey;
SET TimeZone = 'Asia/Tokyo';
\set VERBOSITY terse

-- by hand: an offer on the last day of exposure, a purchase after the landmark; then too late, too early, not known yet
CREATE FUNCTION ex_show(j journey, as_of timestamptz DEFAULT '2027-01-01', origin matcher DEFAULT 'purchase', exposed_to matcher DEFAULT 'offer', outcome matcher DEFAULT 'purchase', expose_within interval DEFAULT '14 days', outcome_within interval DEFAULT '90 days')
RETURNS TABLE (origin_at text, landmark_at text, exposed boolean, exposed_at text, exposures int, early boolean, outcome boolean, outcome_at text, complete boolean) LANGUAGE sql STABLE AS $$
	SELECT to_char(e.origin_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), to_char(e.landmark_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), e.exposed, to_char(e.exposed_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), e.exposures, e.early, e.outcome, to_char(e.outcome_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), e.complete
	FROM exposure(j, origin, exposed_to, outcome, as_of, expose_within, outcome_within) AS e $$;
SELECT * FROM ex_show('[2026-01-01 10:00+00 offer, 2026-01-01 10:00+00 purchase, 2026-01-15 10:00+00 offer, 2026-01-15 10:00:00.000001+00 purchase, 2026-01-16 10:00+00 offer]');
SELECT * FROM ex_show('[2026-01-01 10:00+00 purchase, 2026-01-15 10:00:00.000001+00 offer, 2026-01-20 10:00+00 purchase]');
SELECT * FROM ex_show('[2026-01-01 10:00+00 purchase, 2026-01-05 10:00+00 offer, 2026-01-06 10:00+00 offer, 2026-04-15 10:00+00 purchase]');
SELECT * FROM ex_show('[2026-01-01 10:00+00 purchase, 2026-01-05 10:00+00 offer, 2026-04-15 10:00:00.000001+00 purchase]');
-- bought again by the landmark: takes no part, whatever came later
SELECT * FROM ex_show('[2026-01-01 10:00+00 purchase, 2026-01-15 10:00+00 purchase, 2026-01-15 10:00+00 offer, 2026-02-01 10:00+00 purchase]');
-- the time must be over: exactly, and a microsecond before
SELECT * FROM ex_show('[2026-01-01 10:00+00 purchase, 2026-02-01 10:00+00 purchase]', '2026-04-15 10:00+00');
SELECT * FROM ex_show('[2026-01-01 10:00+00 purchase, 2026-02-01 10:00+00 purchase]', '2026-04-15 09:59:59.999999+00');
SELECT * FROM ex_show('[2026-01-01 10:00+00 purchase, 2026-02-01 10:00+00 purchase]', '2026-01-05');
SELECT * FROM ex_show('[2026-01-01 10:00+00 purchase, 2026-01-01 10:00+00 offer, 2026-01-01 10:00+00 look]', '2026-01-01 10:00+00', expose_within => '0', outcome_within => '0');
-- an offer that is an outcome too; other spans; values
SELECT * FROM ex_show('[2026-01-01 10:00+00 look, 2026-01-02 10:00+00 look, 2026-01-05 10:00+00 look]', origin => 'look', exposed_to => 'look', outcome => 'look', expose_within => '1 day', outcome_within => '3 days');
SELECT * FROM ex_show('[2026-01-01 10:00+00 purchase =199, 2026-01-02 10:00+00 purchase =200, 2026-01-03 10:00+00 offer @email, 2026-02-03 10:00+00 review =3, 2026-02-04 10:00+00 review =5]', origin => 'purchase>=200', exposed_to => 'offer@email', outcome => 'review>=4 | refer');
-- by what events mean
SELECT * FROM ex_show(classify('[2026-01-01 10:00+00 "Order Completed", 2026-01-03 10:00+00 "Coupon Applied", 2026-02-03 10:00+00 order_completed, 2026-03-03 10:00+00 review_submitted =5]', stage_model('actions')), exposed_to => 'coupon_apply', outcome => 'review_write>=4');
-- nothing
SELECT exposure('[2026-01-01 10:00+00 look]', 'purchase', 'offer', 'purchase', '2026-02-01') IS NULL AS no_origin, exposure('[2026-01-01 10:00+00 purchase =1]', 'purchase>1', 'offer', 'purchase', '2026-02-01') IS NULL AS no_value,
	exposure('[2026-01-01 10:00+00 purchase]', 'purchase', 'offer', 'purchase', '2025-02-01') IS NULL AS too_late, exposure('[]', 'purchase', 'offer', 'purchase', '2025-02-01') IS NULL AS empty,
	exposure(NULL, 'purchase', 'offer', 'purchase', '2025-02-01') IS NULL AS no_journey, exposure('[2026-01-01 10:00+00 purchase]', NULL, 'offer', 'purchase', '2026-02-01') IS NULL AS a,
	exposure('[2026-01-01 10:00+00 purchase]', 'purchase', NULL, 'purchase', '2026-02-01') IS NULL AS b, exposure('[2026-01-01 10:00+00 purchase]', 'purchase', 'offer', NULL, '2026-02-01') IS NULL AS c,
	exposure('[2026-01-01 10:00+00 purchase]', 'purchase', 'offer', 'purchase', '2026-02-01', NULL, NULL) = exposure('[2026-01-01 10:00+00 purchase]', 'purchase', 'offer', 'purchase', '2026-02-01', '14 days', '90 days') AS defaults;
-- refused
\set VERBOSITY sqlstate
SELECT exposure('[]', 'a', 'b', 'c', NULL);
SELECT exposure('[]', 'a', 'b', 'c', '-infinity');
SELECT exposure('[]', 'a', 'b', 'c', '2026-02-01', '1 month');
SELECT exposure('[2026-01-01 10:00+00 a]', 'a', 'b', 'c', '2026-02-01', '106751990 days');
\set VERBOSITY terse
SELECT exposure('[]', 'a', 'b', 'c', NULL);
SELECT exposure('[]', 'a', 'b', 'c', 'infinity');
SELECT exposure(NULL, 'a', 'b', 'c', '2026-02-01', '1 month');
SELECT exposure('[]', 'a', 'b', 'c', '2026-02-01', outcome_within => '-1 s');
SELECT exposure('[2026-01-01 10:00+00 a]', 'a', 'b', 'c', '2026-02-01', '106751990 days');
SELECT (exposure('[0001-01-01 00:00+00 a, 9999-12-31 00:00+00 c]', 'a', 'b', 'c', '9999-12-31 00:00+00', '0', '106751990 days')).outcome_at = '9999-12-31 00:00+00' AS far;

-- an incentive and the second purchase, over all customers: of four who got an offer three bought again, of five others one; who bought within two weeks and who came too late take no part
CREATE TABLE ex_offer (customer int, day int, event text);
INSERT INTO ex_offer SELECT c, 0, 'purchase' FROM generate_series(1, 10) c;
INSERT INTO ex_offer SELECT c, 3 + c, 'offer' FROM generate_series(1, 4) c UNION ALL SELECT c, 20 + c, 'purchase' FROM generate_series(2, 5) c UNION ALL VALUES (6, 5, 'offer'), (6, 14, 'purchase'), (7, 15, 'offer'), (7, 105, 'purchase'), (11, 50, 'purchase'), (11, 51, 'offer'), (12, 0, 'look');
WITH told AS (
	SELECT exposure(journey_agg('2026-01-01 12:00+00'::timestamptz + day * interval '24 hours', event), 'purchase', 'offer', 'purchase', '2026-04-20 12:00+00') AS e FROM ex_offer GROUP BY customer
), counted AS (
	SELECT count(*) FILTER (WHERE (e).exposed) AS exposed, count(*) FILTER (WHERE (e).exposed AND (e).outcome) AS exposed_bought, count(*) FILTER (WHERE NOT (e).exposed) AS others, count(*) FILTER (WHERE NOT (e).exposed AND (e).outcome) AS others_bought
	FROM told WHERE (e).outcome IS NOT NULL
)
SELECT exposed, exposed_bought, others, others_bought, t.rate_b, t.rate_a, t.difference, t.relative_uplift, (t.lower, t.upper) = (n.lower, n.upper) AS newcombe, t.lower < 0 AND t.upper > 0.5 AS few
FROM counted, two_proportion_test(others_bought, others, exposed_bought, exposed) t, newcombe_interval(others_bought, others, exposed_bought, exposed) n;

-- random rows against plain SQL
\set seed 0.1511
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE ex_touched AS
SELECT c AS customer, row_number() OVER (PARTITION BY c ORDER BY at, i) AS n, at, i AS tiebreak, event, value
FROM (SELECT c, i, '2026-01-01'::timestamptz + floor(random() * 80) * interval '12 h' AS at, (ARRAY['purchase', 'offer', 'look', 'mail', 'refer'])[1 + floor(random() * 5)::int] AS event, floor(random() * 5) AS value
	FROM generate_series(1, 500) c, generate_series(1, 12) i WHERE i <= 1 + c % 12) t;
CREATE TABLE ex_journeys AS SELECT customer, journey_agg(at, event, NULL, value, tiebreak) AS j FROM ex_touched GROUP BY customer;
CREATE TABLE ex_asked AS SELECT row_number() OVER () AS asked, a, e, o FROM unnest('{2026-02-05,2026-02-01 12:00,2026-01-12}'::timestamptz[]) a, unnest('{3 days,12 h,10 days}'::interval[]) e, unnest('{10 days,0,4 days}'::interval[]) o;
WITH origin AS (
	SELECT DISTINCT ON (asked, customer) * FROM ex_asked JOIN ex_touched ON at <= a AND event = 'purchase' AND value >= 2 ORDER BY asked, customer, n
), want AS (
	SELECT asked, r.customer, r.at AS origin_at, r.at + r.e AS landmark_at, count(t.n) FILTER (WHERE t.event IN ('offer', 'mail') AND t.at <= r.at + r.e) AS exposures, min(t.at) FILTER (WHERE t.event IN ('offer', 'mail') AND t.at <= r.at + r.e) AS exposed_at,
		bool_or(t.event IN ('purchase', 'refer') AND t.at <= r.at + r.e) IS TRUE AS early, bool_or(t.event IN ('purchase', 'refer') AND t.at > r.at + r.e AND t.at <= r.at + r.e + r.o) IS TRUE AS came,
		min(t.at) FILTER (WHERE t.event IN ('purchase', 'refer') AND t.at <= r.at + r.e + r.o) AS outcome_at, a >= r.at + r.e + r.o AS complete
	FROM origin r LEFT JOIN ex_touched t ON t.customer = r.customer AND t.n > r.n AND t.at <= r.a GROUP BY asked, r.customer, r.at, r.e, r.o, a
), got AS (
	SELECT asked, customer, x.* FROM ex_asked, ex_journeys, exposure(j, 'purchase>=2', 'offer | mail', 'purchase | refer', a, e, o) x WHERE x.origin_at IS NOT NULL
)
SELECT count(*) > 4000 AS many, count(*) FILTER (WHERE outcome) > 200 AS came, count(*) FILTER (WHERE NOT outcome) > 200 AS did_not, count(*) FILTER (WHERE exposed) > 500 AS exposed, count(*) FILTER (WHERE g.early) > 200 AS early, count(*) FILTER (WHERE w.customer IS NULL OR g.customer IS NULL OR
	(g.origin_at, g.landmark_at, g.exposed, g.exposed_at, g.exposures, g.early, g.outcome, g.outcome_at, g.complete) IS DISTINCT FROM
	(w.origin_at, w.landmark_at, w.exposures > 0, w.exposed_at, w.exposures::int, w.early, CASE WHEN w.complete AND NOT w.early THEN w.came END, w.outcome_at, w.complete)) AS differences
FROM got g FULL JOIN want w USING (asked, customer);

DROP FUNCTION ex_show(journey, timestamptz, matcher, matcher, matcher, interval, interval);
DROP TABLE ex_offer, ex_touched, ex_journeys, ex_asked;
