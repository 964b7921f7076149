-- two_proportion_test, newcombe_interval, ab_bayes, sample_size, minimum_detectable_effect, holm, sample_ratio_test, compare_funnels.
SET search_path = public, journey;
SET TimeZone = 'Asia/Tokyo';
\set VERBOSITY terse

-- known numbers: 200 of 1000 against 230 of 1000
SELECT rate_a, rate_b, round(difference::numeric, 15) AS difference, round(relative_uplift::numeric, 14) AS uplift, abs(z - 1.6328722128376323) < 1e-14 AS z, abs(p - 0.10249587537989267) < 1e-14 AS p,
	abs(lower + 0.006025108671102216) < 1e-14 AS lower, abs(upper - 0.06594070393098544) < 1e-14 AS upper, abs(wald_lower + 0.005985493861499102) < 1e-14 AS wald_lower, abs(wald_upper - 0.0659854938614991) < 1e-14 AS wald_upper
FROM two_proportion_test(200, 1000, 230, 1000);
-- Newcombe (1998), table II, method 10
SELECT a, b, round(lower::numeric, 4) AS lower, round(upper::numeric, 4) AS upper
FROM (VALUES (48, 80, 56, 70), (3, 10, 9, 10), (2, 7, 6, 7), (0, 29, 5, 56), (0, 20, 0, 10), (0, 10, 0, 10), (0, 20, 10, 10), (0, 10, 10, 10)) AS v(a, an, b, bn), newcombe_interval(a, an, b, bn);
-- with 99 %; the two functions agree, and with wilson_interval where one group is as good as known
SELECT round(n.lower::numeric, 6) AS lower, round(n.upper::numeric, 6) AS upper, (n.lower, n.upper) = (t.lower, t.upper) AS same FROM newcombe_interval(200, 1000, 230, 1000, 0.99) n, two_proportion_test(200, 1000, 230, 1000, confidence => 0.99) t;
SELECT abs(n.lower + 0.2 - w.lower) < 1e-8 AS lower, abs(n.upper + 0.2 - w.upper) < 1e-8 AS upper FROM newcombe_interval(200000000000000000, 1000000000000000000, 7, 50) n, wilson_interval(7, 50) w;
-- all and none
SELECT v.*, t.difference, t.relative_uplift AS uplift, round(t.z::numeric, 6) AS z, round(t.p::numeric, 6) AS p, round(t.lower::numeric, 6) AS lower, round(t.upper::numeric, 6) AS upper, t.wald_lower AS wald
FROM (VALUES (0, 10, 0, 10), (10, 10, 7, 7), (0, 10, 10, 10), (0, 10, 1, 10)) AS v(a, an, b, bn), two_proportion_test(a, an, b, bn) t;
-- nobody in a group
SELECT * FROM two_proportion_test(0, 0, 3, 4);
SELECT * FROM two_proportion_test(3, 4, 0, 0);
SELECT * FROM newcombe_interval(0, 0, 3, 4);
SELECT two_proportion_test(NULL, 1, 2, 3) IS NULL AS no_count, newcombe_interval(1, 2, 3, NULL) IS NULL AS no_trials, ab_bayes(1, 2, NULL, 4) IS NULL AS no_bayes;

-- the better one, and what is lost by choosing the wrong one
SELECT round(probability_b::numeric, 13) AS probability_b, round(rate_a::numeric, 6) AS rate_a, round(rate_b::numeric, 6) AS rate_b, round(loss_a::numeric, 12) AS loss_a, round(loss_b::numeric, 12) AS loss_b FROM ab_bayes(200, 1000, 230, 1000);
SELECT round(probability_b::numeric, 14) AS a1of2_b2of2, round(loss_a::numeric, 14) AS two_sevenths, round(loss_b::numeric, 14) AS one_28th FROM ab_bayes(1, 2, 2, 2);
SELECT round(probability_b::numeric, 14) AS equal, round(loss_a::numeric, 14) AS loss_a, round(loss_b::numeric, 14) AS loss_b FROM ab_bayes(0, 0, 0, 0);
SELECT round(probability_b::numeric, 14) AS equal FROM ab_bayes(17, 40, 17, 40);
-- a prior of Jeffreys; a prior worth many customers
SELECT round(probability_b::numeric, 10) AS jeffreys FROM ab_bayes(200, 1000, 230, 1000, 0.5, 0.5);
SELECT round(probability_b::numeric, 10) AS reluctant, round(rate_b::numeric, 6) AS rate_b FROM ab_bayes(200, 1000, 230, 1000, prior_successes => 2000, prior_failures => 8000);
-- Beta(a, 1) against Beta(b, 1): b / (a + b)
SELECT a, b, abs(probability_b - (b + p) / (a + b + 2 * p)) < 1e-12 AS probability, abs(loss_b - (a + p) / ((b + p + 1) * (a + b + 2 * p + 1))) < 1e-12 AS loss
FROM (VALUES (0::bigint, 0::bigint, 0.01::float8), (0, 5, 0.3), (1000000000000, 3000000000000, 1), (1000000000000000, 1000000000000000, 0.5), (1, 1000000000000000, 0.01)) AS v(a, b, p), ab_bayes(a, a, b, b, p, 1);

-- the closed sum in exact numbers, for all counts of up to 4 trials and random ones
CREATE FUNCTION cmp_beta(x int, y int) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT factorial(x - 1) * factorial(y - 1) / factorial(x + y - 1)::numeric(1000, 300) $$;
CREATE FUNCTION cmp_closed(aa int, ab int, ba int, bb int) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT sum(cmp_beta(aa + i, ab + bb) / ((bb + i) * cmp_beta(1 + i, bb) * cmp_beta(aa, ab)))::float8 FROM generate_series(0, ba - 1) i $$;
SELECT count(*) AS cases, max(abs(probability_b - cmp_closed(1 + a, 1 + m - a, 1 + b, 1 + n - b))) < 1e-14 AS probability,
	max(abs(loss_a - (rate_b * cmp_closed(1 + a, 1 + m - a, 2 + b, 1 + n - b) - rate_a * cmp_closed(2 + a, 1 + m - a, 1 + b, 1 + n - b)))) < 1e-14 AS loss
FROM generate_series(0, 4) m, generate_series(0, m) a, generate_series(0, 4) n, generate_series(0, n) b, ab_bayes(a, m, b, n);
\set seed 0.4242
\echo seed :seed
SELECT setseed(:seed);
SELECT count(*) AS cases, max(abs(probability_b - cmp_closed(1 + a, 1 + m - a, 1 + b, 1 + n - b))) < 1e-13 AS probability
FROM (SELECT m, n, floor(random() * (m + 1))::int AS a, floor(random() * (n + 1))::int AS b FROM (SELECT floor(random() * 80)::int AS m, floor(random() * 40)::int AS n FROM generate_series(1, 60) OFFSET 0) s OFFSET 0) v, ab_bayes(a, m, b, n);

-- how many are needed: as R's manual has it, and there and back
SELECT sample_size(0.50, 0.25, power => 0.90) AS of_77, sample_size(0.20, 0.03) AS up, sample_size(0.23, -0.03) AS down, sample_size(0.20, 0.03, 0.8, 0.01) AS stricter, sample_size(0, 1) AS none_all;
SELECT round(minimum_detectable_effect(0.50, 50, 0.740)::numeric, 3) AS quarter, round(minimum_detectable_effect(0.20, 2943)::numeric, 5) AS up, round(minimum_detectable_effect(0.77, 2943)::numeric, 5) AS down,
	minimum_detectable_effect(0.9, 5) IS NULL AS none, minimum_detectable_effect(1, 1000) IS NULL AS no_room;
SELECT count(*) AS cases, bool_and(minimum_detectable_effect(p, n, w) <= e + 1e-12 AND (n < 3 OR minimum_detectable_effect(p, n - 1, w) > e - 1e-12)) AS there_and_back
FROM generate_series(0.0, 0.9, 0.1) p, (VALUES (0.01), (0.05), (0.1)) v(e), (VALUES (0.5), (0.8), (0.99)) w(w), sample_size(p, e, w) n;

-- Holm: order kept, NULL is no test, none below one before it
SELECT holm('{0.01,0.04,0.03,0.005}') AS known, holm('{0.01,NULL,0.04,0.03,0.005}') AS no_test, holm('{0.5,0.9,0,1}') AS capped, holm('{}') AS none, holm(NULL) IS NULL AS null, holm('{NULL}') AS unknown, holm('{0.02,0.02}') AS ties;

-- were the groups split as planned
SELECT groups, total, round(chi_square::numeric, 9) AS chi_square, round(p::numeric, 9) AS p FROM sample_ratio_test('{5021,4789}');
SELECT groups, total, round(chi_square::numeric, 4) AS chi_square, round(p::numeric, 4) AS p FROM sample_ratio_test('{315,108,101,32}', '{9,3,3,1}');
SELECT p FROM sample_ratio_test('{900,100}', '{0.9,0.1}');
SELECT * FROM sample_ratio_test('{0,0}');
SELECT p < 1e-300 AS surely FROM sample_ratio_test('{9000000000,1}');
SELECT sample_ratio_test(NULL) IS NULL AS null;

-- two funnels by hand: of 100 customers each 80 and 90 enter, 40 and 54 go on, 10 and 27 buy
CREATE FUNCTION cmp_funnel(VARIADIC reached int[]) RETURNS SETOF timestamptz[] LANGUAGE sql AS $$
	SELECT ARRAY(SELECT CASE WHEN c <= reached[s] THEN '2026-01-01'::timestamptz + s * interval '1 h' END FROM generate_series(2, cardinality(reached)) s) FROM generate_series(1, reached[1]) c $$;
CREATE TABLE cmp_two AS SELECT (SELECT funnel_agg(f, '{view,cart,buy}') FROM cmp_funnel(100, 80, 40, 10) f) AS a, (SELECT funnel_agg(f, '{view,cart,buy}') FROM cmp_funnel(100, 90, 54, 27) f) AS b;
SELECT step_no, step, all_a, entered_a, previous_a, reached_a, all_b, entered_b, previous_b, reached_b, of_all_a, of_all_b, of_entered_a, of_entered_b, of_previous_a, of_previous_b FROM cmp_two, compare_funnels(a, b);
SELECT base, step_no, round(c.difference::numeric, 6) AS difference, round(c.relative_uplift::numeric, 6) AS uplift, round(c.lower::numeric, 6) AS lower, round(c.upper::numeric, 6) AS upper, round(c.p::numeric, 6) AS p, round(p_holm::numeric, 6) AS p_holm, round(c.probability_b::numeric, 6) AS probability_b,
	c.p IS NOT DISTINCT FROM t.p AND c.lower IS NOT DISTINCT FROM t.lower AND c.probability_b IS NOT DISTINCT FROM y.probability_b AS as_alone
FROM cmp_two CROSS JOIN (VALUES ('entered'), ('all'), ('previous')) v(base) CROSS JOIN LATERAL compare_funnels(a, b, base) c
	LEFT JOIN (VALUES ('entered', 2, 40, 80, 54, 90), ('entered', 3, 10, 80, 27, 90), ('all', 1, 80, 100, 90, 100), ('all', 2, 40, 100, 54, 100), ('all', 3, 10, 100, 27, 100),
		('previous', 1, 80, 100, 90, 100), ('previous', 2, 40, 80, 54, 90), ('previous', 3, 10, 40, 27, 54)) w(base, step_no, ka, na, kb, nb) USING (base, step_no)
	LEFT JOIN LATERAL two_proportion_test(ka, na, kb, nb) t ON true LEFT JOIN LATERAL ab_bayes(ka, na, kb, nb) y ON true
ORDER BY base, step_no;
-- an open funnel: who enters later counts in no rate of the step before, and the first step is a test
SELECT step_no, step, entered_a, previous_a, reached_a, entered_b, previous_b, reached_b, of_entered_a, of_previous_a, round(difference::numeric, 6) AS difference, p IS NOT NULL AS tested
FROM (SELECT funnel_agg(f) AS a FROM (VALUES ('{2026-01-01,2026-01-02}'::timestamptz[]), ('{2026-01-01,NULL}'), ('{NULL,2026-01-02}'), ('{NULL,NULL}')) v(f)) a,
	(SELECT funnel_agg(f) AS b FROM (VALUES ('{2026-01-01,2026-01-02}'::timestamptz[]), ('{NULL,2026-01-02}')) v(f)) b, compare_funnels(a, b, 'previous');
SELECT step_no, round(difference::numeric, 6) AS difference, p IS NOT NULL AS tested
FROM (SELECT funnel_agg(f) AS a FROM (VALUES ('{2026-01-01,2026-01-02}'::timestamptz[]), ('{2026-01-01,NULL}'), ('{NULL,2026-01-02}'), ('{NULL,NULL}')) v(f)) a,
	(SELECT funnel_agg(f) AS b FROM (VALUES ('{2026-01-01,2026-01-02}'::timestamptz[]), ('{NULL,2026-01-02}')) v(f)) b, compare_funnels(a, b);
-- nobody entered; a variant without customers; the tally of a day
SELECT step_no, entered_a, reached_a, of_entered_a, difference, p, p_holm, probability_b FROM (SELECT funnel_agg(f) AS a FROM cmp_funnel(3, 0, 0) f) a, (SELECT funnel_agg(f) AS b FROM cmp_funnel(3, 2, 1) f) b, compare_funnels(a, b);
SELECT count(*) AS none FROM cmp_two, compare_funnels(a, NULL);
SELECT count(*) FILTER (WHERE c IS DISTINCT FROM d) AS differences FROM cmp_two, (SELECT funnel_rows(funnel_tally(f, '{view,cart,buy}')) AS r FROM cmp_funnel(100, 90, 54, 27) f) f, compare_funnels(a, r) c JOIN compare_funnels(a, b) d USING (step_no);

-- an experiment over journeys: each customer counts in the first variant seen, from then on; who saw two is dropped and counted
CREATE TABLE cmp_events (customer bigint, at timestamptz, event text);
INSERT INTO cmp_events VALUES
	(1, '2026-01-01 10:00+00', 'experiment_viewed/button_a'), (1, '2026-01-01 10:01+00', 'view_item'), (1, '2026-01-01 10:02+00', 'purchase'),
	(2, '2026-01-01 10:00+00', 'view_item'), (2, '2026-01-01 10:01+00', 'purchase'), (2, '2026-01-01 11:00+00', 'experiment_viewed/button_a'),
	(3, '2026-01-01 10:00+00', 'experiment_viewed/button_b'), (3, '2026-01-01 10:01+00', 'view_item'), (3, '2026-01-02 10:00+00', 'experiment_viewed/button_b'), (3, '2026-01-02 10:01+00', 'purchase'),
	(4, '2026-01-01 10:00+00', 'experiment_viewed/button_b'), (4, '2026-01-02 10:00+00', 'experiment_viewed/button_a'), (4, '2026-01-02 10:01+00', 'view_item'), (4, '2026-01-02 10:02+00', 'purchase'),
	(5, '2026-01-01 10:00+00', 'experiment_viewed/button_a'), (5, '2026-01-01 10:00+00', 'view_item'),
	(6, '2026-01-01 10:00+00', 'view_item'), (6, '2026-01-01 10:01+00', 'purchase'),
	(7, '2026-01-01 09:00+00', 'view_item'), (7, '2026-01-01 10:00+00', 'experiment_viewed/button_b');
CREATE TABLE cmp_journeys AS SELECT customer, journey_agg(at, event) AS journey FROM cmp_events GROUP BY customer;
CREATE VIEW cmp_seen AS
SELECT j.customer, split_part((nth(x.views, 1)).event, '/', 2) AS variant,
	   (SELECT count(DISTINCT e) FROM unnest(events(x.views)) AS e) > 1 AS several,
	   slice(j.journey, (nth(x.views, 1)).at, NULL) AS journey
FROM cmp_journeys AS j, LATERAL (SELECT filter(j.journey, 'experiment_viewed/*') AS views) AS x
WHERE touchpoint_count(x.views) > 0;
SELECT customer, variant, several, touchpoint_count(journey) AS touchpoints FROM cmp_seen ORDER BY customer;
SELECT variant, count(*) FILTER (WHERE NOT several) AS customers, count(*) FILTER (WHERE several) AS dropped FROM cmp_seen GROUP BY variant ORDER BY variant;
WITH f AS (SELECT variant, funnel_agg(funnel(journey, '{experiment_viewed,view_item,purchase}', within => '7 days'), '{seen,product,purchase}') AS steps FROM cmp_seen WHERE NOT several GROUP BY variant)
SELECT step_no, step, entered_a, reached_a, entered_b, reached_b, round(difference::numeric, 4) AS difference, round(p::numeric, 4) AS p, round(probability_b::numeric, 4) AS probability_b
FROM compare_funnels((SELECT steps FROM f WHERE variant = 'button_a'), (SELECT steps FROM f WHERE variant = 'button_b'));

-- random experiments: counts and rates against plain SQL over the rows
SELECT setseed(:seed);
CREATE TABLE cmp_random AS
SELECT c AS customer, (ARRAY['x','y'])[1 + floor(random() * 2)::int] AS variant, floor(random() * 5)::int AS came FROM generate_series(1, 3000) c;
WITH f AS (SELECT variant, funnel_agg(ARRAY(SELECT CASE WHEN s <= came THEN '2026-01-01'::timestamptz + s * interval '1 h' END FROM generate_series(1, 4) s)) AS steps FROM cmp_random GROUP BY variant),
want AS (SELECT s AS step_no, count(*) FILTER (WHERE variant = 'x') AS all_a, count(*) FILTER (WHERE variant = 'y') AS all_b, count(*) FILTER (WHERE variant = 'x' AND came >= 1) AS entered_a, count(*) FILTER (WHERE variant = 'y' AND came >= 1) AS entered_b,
	count(*) FILTER (WHERE variant = 'x' AND came >= s) AS reached_a, count(*) FILTER (WHERE variant = 'y' AND came >= s) AS reached_b,
	count(*) FILTER (WHERE variant = 'x' AND came >= s - 1) AS previous_a, count(*) FILTER (WHERE variant = 'y' AND came >= s - 1) AS previous_b FROM cmp_random, generate_series(1, 4) s GROUP BY s)
SELECT count(*) AS steps, count(*) FILTER (WHERE (c.all_a, c.all_b, c.entered_a, c.entered_b, c.reached_a, c.reached_b, c.previous_a, c.previous_b) IS DISTINCT FROM (w.all_a, w.all_b, w.entered_a, w.entered_b, w.reached_a, w.reached_b, w.previous_a, w.previous_b)
	OR c.of_previous_b <> w.reached_b::float8 / w.previous_b OR abs(c.difference - (w.reached_b::float8 / w.all_b - w.reached_a::float8 / w.all_a)) > 1e-15
	OR c.p <> (SELECT p FROM two_proportion_test(w.reached_a, w.all_a, w.reached_b, w.all_b))) AS differences,
	count(*) FILTER (WHERE abs(p_holm - h.holm) > 1e-15) AS holm_differences
FROM compare_funnels((SELECT steps FROM f WHERE variant = 'x'), (SELECT steps FROM f WHERE variant = 'y'), 'all') c JOIN want w USING (step_no)
	JOIN (SELECT r.step_no, max(least(1, r.p * (5 - r.rank))) OVER (ORDER BY r.rank) AS holm FROM (SELECT c.step_no, c.p, row_number() OVER (ORDER BY c.p, c.step_no) AS rank
		FROM compare_funnels((SELECT steps FROM f WHERE variant = 'x'), (SELECT steps FROM f WHERE variant = 'y'), 'all') c) r) h USING (step_no);

-- refused
\set SHOW_CONTEXT never
\set VERBOSITY default
SELECT two_proportion_test(5, 4, 1, 2);
SELECT ab_bayes(1, 2, -1, 2);
SELECT sample_size(0.2, 3);
\set VERBOSITY terse
SELECT newcombe_interval(1, -1, 0, 0);
SELECT newcombe_interval(1, 2, 1, 2, 1);
SELECT two_proportion_test(1, 2, 1, 2, 0);
SELECT two_proportion_test(1, 2, 1, 2, 'NaN');
SELECT ab_bayes(1, 2, 1, 2, 0);
SELECT ab_bayes(1, 2, 1, 2, 1, 'NaN');
SELECT ab_bayes(1, 2, 1, 2, 'Infinity');
SELECT ab_bayes(1, 2, 1, 1000000000000001);
SELECT sample_size(1.2, 0.1);
SELECT sample_size('NaN', 0.1);
SELECT sample_size(0.2, 0);
SELECT sample_size(0.2, 'NaN');
SELECT sample_size(0.2, 1e-12);
SELECT sample_size(0.2, 0.1, 0.4);
SELECT sample_size(0.2, 0.1, 1);
SELECT sample_size(0.2, 0.1, alpha => 0);
SELECT minimum_detectable_effect(0.2, 0);
SELECT minimum_detectable_effect(-0.2, 10);
SELECT holm('{0.1,1.1}');
SELECT holm('{NaN}');
SELECT holm('{{0.1},{0.2}}');
SELECT sample_ratio_test('{1}');
SELECT sample_ratio_test('{1,NULL}');
SELECT sample_ratio_test('{1,-1}');
SELECT sample_ratio_test('{9223372036854775807,1}');
SELECT sample_ratio_test('{{1,2},{3,4}}');
\set VERBOSITY default
SELECT sample_ratio_test('{1,2}', '{1}');
\set VERBOSITY terse
SELECT sample_ratio_test('{1,2}', '{1,0}');
SELECT sample_ratio_test('{1,2}', '{1,NULL}');
SELECT sample_ratio_test('{1,2}', '{1,Infinity}');
\set VERBOSITY default
SELECT compare_funnels(a, (SELECT funnel_agg(f) FROM cmp_funnel(3, 2, 1) f)) FROM cmp_two;
SELECT compare_funnels(a, (SELECT funnel_agg(f, '{view,basket,buy}') FROM cmp_funnel(3, 2, 1, 1) f)) FROM cmp_two;
SELECT compare_funnels(a, b, 'reached') FROM cmp_two;
\set VERBOSITY terse
SELECT compare_funnels(a, (SELECT funnel_agg(f) FROM cmp_funnel(3, 2, 1, 1) f)) FROM cmp_two;
SELECT compare_funnels(ARRAY[a[2], a[1], a[3]], ARRAY[b[2], b[1], b[3]]) FROM cmp_two;
SELECT compare_funnels(ARRAY[NULL::funnel_row], ARRAY[NULL::funnel_row]);
SELECT compare_funnels(NULL, NULL, NULL);

DROP VIEW cmp_seen;
DROP TABLE cmp_two, cmp_events, cmp_journeys, cmp_random;
DROP FUNCTION cmp_funnel(int[]), cmp_closed(int, int, int, int), cmp_beta(int, int);
