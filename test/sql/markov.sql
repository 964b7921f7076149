-- Markov attribution: removal effects and credits.
SET search_path = public, journey;

-- two channels, by hand: P = 4/5, effects 3/4 and 1/2, credits 12/5 and 8/5
CREATE TABLE ads (path text[], conversions bigint, nulls bigint, value float8);
INSERT INTO ads VALUES ('{google ads}', 2, 0, 50), ('{mailing}', 1, 0, 25), ('{google ads,mailing}', 1, 0, 25.5), ('{google ads}', 0, 1, NULL);
SELECT channel, round(removal_effect::numeric, 12) AS effect, round(share::numeric, 12) AS share, round(conversions::numeric, 12) AS conversions,
	   round(value::numeric, 12) AS value, round(conversion_rate::numeric, 12) AS rate, round(conversion_rate_without::numeric, 12) AS without
FROM unnest((SELECT markov_agg(path, conversions, nulls, value) FROM ads));
SELECT * FROM unnest((SELECT markov_transitions(markov_tally(path, conversions, nulls, value)) FROM ads));

-- three channels: P = 1/3, effects 1/2, 1, 1; from order 3 on it is known that only the path from C1 converted
CREATE TABLE three (path text[], conversions bigint, nulls bigint);
INSERT INTO three VALUES ('{C1,C2,C3}', 1, 0), ('{C1}', 0, 1), ('{C2,C3}', 0, 1);
SELECT model_order, string_agg(m.channel || ' ' || round(m.removal_effect::numeric, 12)::float8 || ' ' || round(m.conversions::numeric, 12)::float8, ', ' ORDER BY channel)
FROM generate_series(1, 5) AS model_order,
	 LATERAL (SELECT markov_agg(path, conversions, nulls, 0, model_order) AS rows FROM three) AS a, unnest(a.rows) AS m
GROUP BY 1 ORDER BY 1;
SELECT from_channels, to_channel, outcome, transitions FROM unnest((SELECT markov_transitions(markov_tally(path, conversions, nulls, 0, 2)) FROM three));

-- loops of a channel on itself: counted, and nothing changes
SELECT string_agg(round(l.removal_effect::numeric, 12)::text, ' ' ORDER BY l.channel) AS with_repeats
FROM unnest((SELECT markov_agg(string_to_array(p, ' '), 1, 0, 0) FROM (VALUES ('A B A B B A'), ('A B B A A'), ('A A')) AS v(p))) AS l;
SELECT from_channels, to_channel, outcome, transitions FROM unnest((SELECT markov_transitions(markov_tally(string_to_array(p, ' '), 1, 0, 0))
	FROM (VALUES ('A B A B B A'), ('A B B A A'), ('A A')) AS v(p)));
SELECT string_agg(round(l.removal_effect::numeric, 12)::text, ' ' ORDER BY l.channel) AS without_repeats
FROM unnest((SELECT markov_agg(string_to_array(p, ' '), 1, 0, 0) FROM (VALUES ('A B A B A'), ('A B A'), ('A')) AS v(p))) AS l;

-- no paths that did not convert: an effect is the share of conversions that pass the channel in the model
SELECT channel, removal_effect, conversion_rate FROM unnest((SELECT markov_agg(p::text[], n, 0, 0) FROM (VALUES ('{a}', 3), ('{b}', 1)) AS v(p, n)));
-- nothing converts: no effects, no credits
SELECT * FROM unnest((SELECT markov_agg('{a,b}', 0, 7, 0)));
-- channels with separators, marks and quotes in their names
SELECT channel, conversions FROM unnest((SELECT markov_agg(ARRAY['a > b', '(start)', '(null)', 'x|y\', '"{,}"', 'page_view/product'], 6, 1, 0)));

-- random paths
SELECT setseed(0.17);
CREATE TABLE paths AS
SELECT i AS id, (SELECT array_agg('ch ' || floor(power(random(), 2) * 9)::int) FROM generate_series(1, 1 + floor(random() * 5)::int + 0 * i)) AS path,
	   floor(random() * 4)::bigint AS conversions, floor(random() * 20)::bigint AS nulls
FROM generate_series(1, 400) AS i;
ALTER TABLE paths ADD value float8;
UPDATE paths SET value = CASE WHEN conversions > 0 THEN round((random() * 1000)::numeric, 2) END;

-- a model as long as the longest path is the paths: the effect is the share of conversions whose path has the channel
WITH wanted AS (
	SELECT channel, sum(conversions) FILTER (WHERE channel = ANY (path))::float8 / sum(conversions) AS effect
	FROM paths, (SELECT DISTINCT unnest(path) AS channel FROM paths) AS c GROUP BY channel
)
SELECT count(*) AS channels, count(*) FILTER (WHERE abs(m.removal_effect - w.effect) < 1e-13) AS same
FROM wanted AS w FULL JOIN unnest((SELECT markov_agg(path, conversions, nulls, value, 5) FROM paths)) AS m USING (channel);

-- at every order: the rate is that of the paths, the credits add up in any order, to the last bit
SELECT model_order, count(*) AS channels,
	   bool_and(abs(m.conversion_rate - (SELECT sum(conversions)::float8 / sum(conversions + nulls) FROM paths)) < 1e-14) AS rate,
	   bool_and(abs(1 - m.conversion_rate_without / m.conversion_rate - m.removal_effect) < 1e-14) AS effects,
	   sum(m.conversions ORDER BY channel) = (SELECT sum(conversions) FROM paths) AND sum(m.conversions ORDER BY m.conversions DESC) = (SELECT sum(conversions) FROM paths) AS credits,
	   sum(m.value ORDER BY channel) = (SELECT sum(value::numeric)::float8 FROM paths) AND sum(m.value ORDER BY m.value DESC) = (SELECT sum(value::numeric)::float8 FROM paths) AS values,
	   abs(sum(m.share) - 1) < 1e-14 AS shares
FROM generate_series(1, 5) AS model_order,
	 LATERAL (SELECT markov_agg(path, conversions, nulls, value, model_order) AS rows FROM paths) AS a, unnest(a.rows) AS m
GROUP BY 1 ORDER BY 1;

-- transitions of orders 1 to 3 against plain SQL
WITH steps AS (
	SELECT model_order, path[greatest(n - model_order, 1):n - 1] AS from_channels, path[n] AS to_channel, NULL AS outcome, conversions + nulls AS times
	FROM paths, generate_series(1, 3) AS model_order, generate_series(1, cardinality(path)) AS n
	UNION ALL
	SELECT model_order, path[greatest(cardinality(path) + 1 - model_order, 1):], NULL, outcome, times
	FROM paths, generate_series(1, 3) AS model_order, LATERAL (VALUES ('conversion', conversions), ('null', nulls)) AS v(outcome, times)
), wanted AS (
	SELECT model_order, from_channels, to_channel, outcome, sum(times) AS transitions FROM steps WHERE times > 0 GROUP BY 1, 2, 3, 4
), got AS (
	SELECT model_order, t.* FROM generate_series(1, 3) AS model_order,
		 LATERAL (SELECT markov_transitions(markov_tally(path, conversions, nulls, value, model_order)) AS rows FROM paths) AS a, unnest(a.rows) AS t
)
SELECT model_order, count(*) FILTER (WHERE g.transitions = w.transitions) > 50 AS many,
	   count(*) FILTER (WHERE g.transitions IS DISTINCT FROM w.transitions) AS different
FROM (SELECT *, coalesce(to_channel, outcome) AS next FROM wanted) AS w
FULL JOIN (SELECT *, coalesce(to_channel, outcome) AS next FROM got) AS g USING (model_order, from_channels, next)
GROUP BY 1 ORDER BY 1;
SELECT bool_and(abs(s - 1) < 1e-14) AS probabilities FROM (
	SELECT sum(probability) AS s FROM unnest((SELECT markov_transitions(markov_tally(path, conversions, nulls, value, 2)) FROM paths)) GROUP BY from_channels) AS f;

-- rows in another order, and any number of parts: the same to the last bit
CREATE TABLE answers AS
SELECT markov_agg(path, conversions, nulls, value ORDER BY id) AS a, markov_agg(path, conversions, nulls, value ORDER BY id DESC) AS b,
	   markov_agg(path, conversions, nulls, value ORDER BY md5(id::text)) AS c, markov_tally(path, conversions, nulls, value ORDER BY md5(id::text)) AS t FROM paths;
SELECT a::text = b::text AS backwards, a::text = c::text AS shuffled FROM answers;
CREATE TABLE parts AS SELECT id % 7 AS part, markov_tally(path, conversions, nulls, value) AS t FROM paths GROUP BY 1;
SELECT rollup(t ORDER BY part DESC) = (SELECT t FROM answers) AS parts, markov_rows(rollup(t))::text = (SELECT a::text FROM answers) AS rows FROM parts;
SELECT t::text::tally = t AS text_form FROM answers;
-- a path in one row or in many is the same
SELECT (SELECT markov_tally(path, conversions, nulls, value) FROM paths) =
	   (SELECT markov_tally(path, c, n, v) FROM paths, LATERAL (VALUES (conversions, 0::bigint, value), (0, nulls, NULL)) AS r(c, n, v)) AS split_rows;
DO $$ BEGIN
	SET LOCAL max_parallel_workers_per_gather = 3; SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
	ASSERT (SELECT markov_agg(path, conversions, nulls, value)::text FROM paths) = (SELECT a::text FROM answers), 'parallel';
END $$;

-- negative values, refunds, count as they are
SELECT channel, conversions, value FROM unnest((SELECT markov_agg('{a,b}', 2, 0, v) FROM (VALUES (10.5::float8), (-4.25)) AS v(v)));
-- NULL and empty
SELECT markov_agg(NULL, 1, 1, 1);
SELECT markov_agg('{a}', 0, 0, NULL), markov_agg('{a}', NULL, NULL, NULL);
SELECT markov_agg(path, conversions, nulls, value) FROM ads WHERE false;
SELECT markov_rows(NULL) IS NULL, markov_transitions(NULL) IS NULL;
SELECT channel, conversions FROM unnest((SELECT markov_agg('{a}', 3, NULL, NULL)));

-- errors
SELECT markov_agg('{}', 1, 0, 0);
SELECT markov_agg('{a,NULL}', 1, 0, 0);
SELECT markov_agg('{a,""}', 1, 0, 0);
SELECT markov_agg('{{a,b},{c,d}}', 1, 0, 0);
SELECT markov_agg(ARRAY[repeat('x', 1025)], 1, 0, 0);
SELECT markov_agg('{a}', -1, 0, 0);
SELECT markov_agg('{a}', 1, -2, 0);
SELECT markov_agg('{a}', 1, 0, 'NaN');
SELECT markov_agg('{a}', 1, 0, 'Infinity');
SELECT markov_agg('{a}', 1, 0, 1e13);
SELECT markov_agg('{a}', 0, 1, 10);
SELECT markov_agg('{a}', 1, 0, 0, 0);
SELECT markov_agg('{a}', 1, 0, 0, 6);
SELECT markov_agg('{a}', 1, 0, 0, NULL);
SELECT markov_agg('{a}', 1, 0, 0, o) FROM (VALUES (1), (2)) AS v(o);
SELECT markov_agg('{a}', c, 0, 0) FROM (VALUES (9223372036854775807), (1)) AS v(c);
SELECT rollup(t) FROM (VALUES ((SELECT markov_tally('{a}', 1, 0, 0, 1))), ((SELECT markov_tally('{a}', 1, 0, 0, 2)))) AS v(t);
SELECT markov_agg(ARRAY['channel ' || i], 1, 1, 0) FROM generate_series(1, 4097) AS i;
SELECT markov_agg(ARRAY['a' || i % 70, 'b' || i / 70], 1, 1, 0, 2) FROM generate_series(1, 4900) AS i;
SELECT markov_rows((SELECT shapley_tally('{a}', 1, 0, 0)));
SELECT markov_rows('{"tally":"markov","version":1,"params":[0],"labels":["a"],"rows":[{"keys":[-1,-1,-1,-1,-1,0],"counters":[1,0,0]}]}');
-- a chain that never ends
SELECT markov_rows('{"tally":"markov","version":1,"params":[1],"labels":["a","b"],"rows":[{"keys":[-1,-1,-1,-1,-1,0],"counters":[1,0,0]},{"keys":[-1,-1,-1,-1,0,1],"counters":[1,0,0]},{"keys":[-1,-1,-1,-1,1,0],"counters":[1,0,0]}]}');
SELECT markov_rows('{"tally":"markov","version":1,"params":[1],"labels":["a","b","c"],"rows":[{"keys":[-1,-1,-1,-1,-1,0],"counters":[1,0,0]},{"keys":[-1,-1,-1,-1,0,-1],"counters":[1,0,0]},{"keys":[-1,-1,-1,-1,1,2],"counters":[1,0,0]},{"keys":[-1,-1,-1,-1,2,1],"counters":[1,0,0]}]}');
SELECT markov_rows('{"tally":"markov","version":1,"params":[1],"labels":["a"],"rows":[{"keys":[-1,-1,-1,-1,-1,0],"counters":[1,0,0]}]}');
SELECT markov_rows('{"tally":"markov","version":1,"params":[1],"labels":["a"],"rows":[{"keys":[-1,-1,-1,-1,-1,-1],"counters":[1,0,0]}]}');
SELECT markov_rows('{"tally":"markov","version":1,"params":[1],"labels":["a"],"rows":[{"keys":[-1,-1,-1,-1,0,-1],"counters":[1,0,0]}]}');
SELECT markov_rows('{"tally":"markov","version":1,"params":[1],"labels":["a"],"rows":[{"keys":[-1,-1,-1,-1,-1,0],"counters":[0,0,0]}]}');
SELECT markov_rows('{"tally":"markov","version":1,"params":[1],"labels":["a"],"rows":[{"keys":[-1,-1,-1,0,-1,0],"counters":[1,0,0]}]}');
SELECT markov_rows('{"tally":"markov","version":1,"params":[1],"labels":["a"],"rows":[{"keys":[-1,-1,-1,-1,-1,0],"counters":[1,5,0]}]}');
SELECT markov_rows('{"tally":"markov","version":1,"params":[0],"labels":[],"rows":[]}') IS NULL AS no_paths;

-- all counters of 2,000 channels, each with transitions to some others
SELECT count(*) AS channels, bool_and(removal_effect > 0 AND removal_effect <= 1) AS effects, sum(conversions) AS conversions
FROM unnest((SELECT markov_agg(ARRAY['c' || i, 'c' || (i * 37 + 11) % 2000, 'c' || (i * 101 + 7) % 2000], 1 + i % 3, i % 10, 0) FROM generate_series(0, 1999) AS i));

--
-- journeys themselves: the same as over the rows of conversion_paths
--
CREATE TABLE trips AS SELECT i AS id, j::journey FROM (VALUES
	(1, '[2026-01-01 00:00:00+00 visit @ads, 2026-01-02 00:00:00+00 visit @email, 2026-01-03 00:00:00+00 buy =20.5, 2026-03-01 00:00:00+00 visit @social]'),
	(2, '[2026-01-01 00:00:00+00 visit @ads, 2026-01-01 00:00:01+00 visit @ads, 2026-01-01 00:00:01+00 buy, 2026-01-01 00:00:01+00 visit @"(not set)"]'),
	(3, '[2026-01-01 00:00:00+00 visit, 2026-01-09 00:00:00+00 buy @"my mail" =-4, 2026-01-09 00:00:00+00 buy =1]'),
	(4, '[2026-01-01 00:00:00+00 buy =7]'), (5, '[]'), (6, NULL)) AS v(i, j);
SELECT from_channels, to_channel, outcome, transitions FROM unnest((SELECT markov_transitions(markov_tally(j, path_options('buy'))) FROM trips));
SELECT channel, round(removal_effect::numeric, 12) AS removal_effect, round(conversions::numeric, 12) AS conversions, round(value::numeric, 12) AS value
FROM unnest((SELECT markov_agg(j, path_options('buy', restart => true)) FROM trips));
SELECT from_channels, to_channel, outcome, transitions FROM unnest((SELECT markov_transitions(markov_tally(j, path_options('buy', transform => 'frequency'), 2)) FROM trips));
SELECT * FROM path_options('buy|order@ads', transform => 'first', lookback => NULL);
-- nothing: no journey, no options, no conversion, no touches, a conversion that looks back on none
SELECT markov_tally(NULL, path_options('buy')), markov_tally(j, NULL), markov_tally(j, path_options(NULL)), markov_agg(j, path_options('buy', touch => 'never')) FROM trips;
SELECT markov_tally(j, path_options('buy')), shapley_tally(j, path_options('buy')), shapley_agg(j, path_options('buy'), true) FROM trips WHERE id > 3;
SELECT markov_tally('[2026-01-01 00:00:00+00 visit @ads, 2026-01-02 00:00:00+00 buy]', path_options('buy', lookback => '1 hour'));
-- NULL is the default of every option but lookback
SELECT markov_tally(j, path_options('buy', '30 days', NULL, NULL, NULL, NULL)) = markov_tally(j, path_options('buy')) FROM trips;
-- options that change from row to row, and variables of a function that runs again
SELECT o, markov_tally(j, path_options('buy', transform => o)) = markov_tally(j, path_options('buy', transform => o || '')) AS grouped
FROM trips, unnest('{exposure,frequency,exposure,first}'::text[]) AS o GROUP BY 1 ORDER BY 1;
SELECT markov_tally(j, path_options('buy', r * interval '1 day', restart => r > 1)) =
	   (SELECT markov_tally(path, conversions, nulls, value) FROM trips, generate_series(0, 3) AS r, conversion_paths(j, 'buy', r * interval '1 day', restart => r > 1) WHERE path <> '{}')
FROM trips, generate_series(0, 3) AS r;
DO $$ DECLARE o path_options; BEGIN
	FOR i IN 1..8 LOOP
		o := path_options('buy', i * interval '12 hours', transform => CASE i % 2 WHEN 0 THEN 'unique' ELSE 'first' END);
		ASSERT (SELECT markov_tally(j, o) FROM trips) = (SELECT markov_tally(path, conversions, nulls, value) FROM trips, conversion_paths(j, 'buy', o.lookback, transform => o.transform) WHERE path <> '{}'), i;
	END LOOP;
END $$;
SELECT id, markov_tally(j, path_options('buy')) OVER (ORDER BY id) = (SELECT markov_tally(j, path_options('buy')) FROM trips AS b WHERE b.id <= a.id) AS window FROM trips AS a ORDER BY id;
-- calls as before are none of the new ones, whatever their literals
SELECT markov_tally('{a}', 1, 0, 0) = markov_tally('{a}', '1', '0', '0') AS same;
SELECT markov_tally('{a}', '1', NULL, NULL) = markov_tally('{a}', 1, 0, 0, '1') AS same, markov_agg(NULL, NULL, NULL, NULL) AS a, markov_tally(NULL, NULL, NULL, NULL, 1) AS b,
	   shapley_agg(NULL, NULL, NULL, NULL) AS c, shapley_tally(NULL, NULL, NULL, NULL, 'true') AS d;
SELECT markov_tally('[2026-01-01 00:00:00+00 visit @ads]', path_options('buy')) = markov_tally('[2026-01-01 00:00:00+00 visit @ads]', path_options('buy'), '1') AS literals,
	   markov_agg(NULL, NULL), markov_tally(NULL, NULL, 1), shapley_agg(NULL, NULL), shapley_tally(NULL, NULL, 'f');

-- random journeys with ties, long gaps, channels without a name and with that of none, and every option
SELECT setseed(0.42);
CREATE TABLE markov_journeys AS
SELECT c AS customer, journey_agg(at, event, channel, value, g) AS j FROM (
	SELECT c, g, '2024-01-01'::timestamptz + sum(CASE floor(random() * 8)::int WHEN 0 THEN interval '0' WHEN 1 THEN interval '1 second' WHEN 2 THEN interval '1 day'
				WHEN 3 THEN (random() * 86400)::int * interval '1 second' WHEN 4 THEN CASE WHEN c % 10 = 0 THEN interval '300 days' ELSE interval '2 days' END
				WHEN 5 THEN CASE WHEN c % 7 = 0 THEN interval '0.000001 seconds' ELSE interval '5 minutes' END ELSE interval '1 minute' END) OVER (PARTITION BY c ORDER BY g) AS at,
		   CASE WHEN random() < 0.2 THEN CASE WHEN c % 3 = 0 THEN 'buy/' || floor(random() * 9) ELSE 'buy' END ELSE (ARRAY['visit', 'open', 'page_view', 'view_item', 'my event'])[1 + floor(random() * 5)::int] END AS event,
		   CASE WHEN random() < 0.7 THEN (ARRAY['ads', 'email', 'direct', '(not set)', 'my mail', 'social/x', 'organic search'])[1 + floor(random() * (1 + c % 7))::int] || CASE WHEN c % 11 = 0 THEN floor(random() * (c % 300))::text ELSE '' END END AS channel,
		   CASE WHEN random() < 0.3 THEN round((random() * 200 - 50)::numeric, 2) END AS value
	FROM generate_series(1, 90) AS c, LATERAL (SELECT generate_series(1, CASE WHEN c % 30 = 0 THEN 400 ELSE 1 + c % 23 END)) AS s(g)) AS x
GROUP BY c;
CREATE FUNCTION markov_random_options(seed float8, times int) RETURNS text LANGUAGE plpgsql AS $f$
DECLARE
	o journey.path_options; ord int; same bool[]; many int := 0; filtered bool; conv matcher;
BEGIN
	PERFORM setseed(seed);
	FOR i IN 1..times LOOP
		filtered := random() < 0.2;
		conv := (ARRAY['buy', '"buy"', 'buy|view_item|open', 'buy/1|buy/2|buy/3|buy/4|buy/5', 'buy@*', 'visit >= 20', '*'])[1 + floor(random() * 7)::int];
		o := path_options(CASE WHEN NOT filtered THEN conv END,
			(ARRAY[NULL, '0', '1 second', '1 day 00:00:01', '30 days', '400 days'])[1 + floor(random() * 6)::int]::interval,
			(ARRAY[NULL, '*@*', '*@*', 'visit|open', '*', '*@email|visit', 'view_item > 0'])[1 + floor(random() * 7)::int],
			(ARRAY['exposure', 'unique', 'first', 'frequency'])[1 + floor(random() * 4)::int], random() < 0.4);
		ord := 1 + floor(random() * 5)::int;
		WITH p AS (
			SELECT p.* FROM markov_journeys AS u, conversion_paths(u.j, o.conversion, o.lookback, o.touch, o.transform, o.restart, CASE WHEN filtered THEN filter(u.j, conv) END) AS p WHERE path <> '{}'
		), a AS (
			SELECT markov_tally(path, conversions, nulls, value) AS m, markov_tally(path, conversions, nulls, value, ord) AS mo, shapley_tally(path, conversions, nulls, value) AS s FROM p
		), b AS (
			SELECT markov_tally(u.j, x) AS m, markov_tally(u.j, x, ord) AS mo, shapley_tally(u.j, x) AS s
			FROM markov_journeys AS u, LATERAL (SELECT CASE WHEN filtered THEN path_options(NULL, o.lookback, o.touch, o.transform, o.restart, filter(u.j, conv)) ELSE o END) AS f(x)
		)
		SELECT ARRAY[a.m IS NOT DISTINCT FROM b.m, a.mo IS NOT DISTINCT FROM b.mo, a.s IS NOT DISTINCT FROM b.s], many + (a.m IS NOT NULL)::int INTO same, many FROM a, b;
		IF false = ANY (same) THEN
			RETURN format('seed %s: %s %s, order %s, %s: %s', seed, o, conv, ord, filtered, same);
		END IF;
	END LOOP;
	RETURN CASE WHEN many > times / 2 THEN 'same' ELSE 'hardly any path' END;
END $f$;
SELECT seed, markov_random_options(seed, 60) FROM (VALUES (0.1), (0.2), (-0.7)) AS v(seed);
-- by rates, whose sets are of at most 20 channels
SELECT transform, restart, (SELECT shapley_tally(j, path_options('buy', '2 days', transform => transform, restart => restart), true) FROM markov_journeys WHERE customer % 11 > 0) =
	   (SELECT shapley_tally(path, conversions, nulls, value, true) FROM markov_journeys, conversion_paths(j, 'buy', '2 days', transform => t.transform, restart => r.restart) WHERE path <> '{}' AND customer % 11 > 0) AS same
FROM (VALUES ('exposure'), ('unique'), ('first')) AS t(transform), (VALUES (true), (false)) AS r(restart) ORDER BY 1, 2;
-- many conversions, without limit and without restart: as many steps as conversions, each path counted in full
CREATE TABLE markov_long AS
SELECT journey_agg('2024-01-01'::timestamptz + g * interval '1 minute', CASE g % 3 WHEN 0 THEN 'buy' ELSE 'visit' END, (ARRAY['a', 'b', 'b', NULL, 'c'])[1 + g * g % 5], g % 7) AS j FROM generate_series(1, 3000) AS g;
SELECT model_order, transform, restart, (SELECT markov_tally(j, path_options('buy', lookback, transform => transform, restart => restart), model_order) FROM markov_long) =
	   (SELECT markov_tally(path, conversions, nulls, value, v.model_order) FROM markov_long, conversion_paths(j, 'buy', v.lookback, transform => v.transform, restart => v.restart) WHERE path <> '{}') AS same
FROM (VALUES (1, NULL::interval, 'exposure', false), (3, NULL, 'exposure', false), (2, '2 hours', 'exposure', false), (5, '1 day', 'unique', false), (2, NULL, 'unique', true)) AS v(model_order, lookback, transform, restart);
-- without a limit, a new path behind every conversion, known names: counted at once; other journeys among them
CREATE TABLE markov_known AS
SELECT c AS customer, journey_agg(at, event, channel, value, g) AS j FROM (
	SELECT c, g, '2024-01-01'::timestamptz + sum(CASE floor(random() * 6)::int WHEN 0 THEN interval '0' * (c % 4) WHEN 1 THEN interval '1 second' WHEN 2 THEN interval '1 day'
				WHEN 3 THEN (random() * 86400)::int * interval '1 second' WHEN 4 THEN CASE WHEN c % 10 = 0 THEN interval '300 days' ELSE interval '2 days' END
				ELSE CASE WHEN c % 7 = 0 THEN interval '0.000001 seconds' ELSE interval '5 minutes' END END + (c % 4 > 0)::int * interval '1 second') OVER (PARTITION BY c ORDER BY g) AS at,
		   (ARRAY['page_view', 'purchase', 'view_item', 'add_to_cart', 'refund', 'search'])[1 + floor(random() * (1 + c % 6))::int] || CASE WHEN c % 29 = 0 THEN '/x' ELSE '' END AS event,
		   CASE WHEN random() < 0.8 THEN (ARRAY['email', 'direct', 'organic_search', 'social', 'paid_search', CASE WHEN c % 31 = 0 THEN 'my mail' END])[1 + floor(random() * (1 + c % 6))::int] END AS channel,
		   CASE WHEN random() < 0.3 THEN round((random() * 200 - 50)::numeric, 2) END AS value
	FROM generate_series(1, 400) AS c, LATERAL (SELECT generate_series(1, CASE WHEN c % 100 = 0 THEN 1100 WHEN c % 10 = 3 THEN 60 + c % 9 ELSE 1 + c % 23 END)) AS s(g)) AS x
GROUP BY c;
CREATE FUNCTION markov_at_once(conversion text, what text) RETURNS bool LANGUAGE plpgsql AS $f$
DECLARE
	same bool;
BEGIN
	-- the options are constants of the query
	EXECUTE format('SELECT bool_and(coalesce(a.t = b.t AND markov_rows(a.t)::text = markov_rows(b.t)::text, false))
		FROM (SELECT %2$s AS g, markov_tally(j, path_options(%1$L, lookback => NULL, restart => true)) AS t FROM markov_known GROUP BY 1) AS a
		FULL JOIN (SELECT %2$s AS g, markov_tally(path, conversions, nulls, value) AS t FROM markov_known,
			  conversion_paths(j, %1$L, lookback => NULL, restart => true) WHERE path <> ''{}'' GROUP BY 1) AS b USING (g)
		WHERE a.t IS NOT NULL OR b.t IS NOT NULL', conversion, what) INTO same;
	RETURN same;
END $f$;
SELECT conversion, what, markov_at_once(conversion, what) AS same FROM (VALUES ('purchase'), ('page_view'), ('refund|add_to_cart'), ('*'), ('purchase >= 10'), ('page_view@email'), ('nothing')) AS v(conversion),
	(VALUES ('0'), ('customer % 5'), ('customer')) AS w(what) ORDER BY conversion COLLATE "C", what COLLATE "C";
-- groups, parts added up with those of paths, workers
SELECT count(*), bool_and(a.t = b.t AND a.s = b.s) AS groups
FROM (SELECT customer % 5 AS g, markov_tally(j, path_options('buy')) AS t, shapley_tally(j, path_options('buy')) AS s FROM markov_journeys GROUP BY 1) AS a
JOIN (SELECT customer % 5 AS g, markov_tally(path, conversions, nulls, value) AS t, shapley_tally(path, conversions, nulls, value) AS s FROM markov_journeys, conversion_paths(j, 'buy') WHERE path <> '{}' GROUP BY 1) AS b USING (g);
SELECT rollup(t) = (SELECT markov_tally(j, path_options('buy'), 2) FROM markov_journeys) AS parts
FROM (SELECT markov_tally(j, path_options('buy'), 2) FROM markov_journeys WHERE customer % 2 = 0
	  UNION ALL SELECT markov_tally(path, conversions, nulls, value, 2) FROM markov_journeys, conversion_paths(j, 'buy') WHERE path <> '{}' AND customer % 2 = 1 GROUP BY customer % 3) AS v(t);
DO $$ BEGIN
	SET LOCAL max_parallel_workers_per_gather = 3; SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
	ASSERT (SELECT markov_agg(j, path_options('buy', '1 day'))::text || shapley_agg(j, path_options('buy', '1 day'))::text FROM markov_journeys) =
		(SELECT markov_rows(t)::text || shapley_rows(s)::text FROM (SELECT markov_tally(path, conversions, nulls, value ORDER BY customer) AS t, shapley_tally(path, conversions, nulls, value ORDER BY customer) AS s
			FROM markov_journeys, conversion_paths(j, 'buy', '1 day') WHERE path <> '{}') AS p), 'parallel';
END $$;
-- errors
SELECT markov_agg(j, path_options('buy', transform => 'middle')) FROM trips;
SELECT markov_agg(j, path_options('buy', lookback => '1 month')) FROM trips;
SELECT shapley_agg(j, path_options('buy', lookback => '-1 day')) FROM trips;
SELECT markov_agg(j, path_options('buy', conversions => '[]')) FROM trips;
SELECT markov_agg(j, path_options('buy'), 6) FROM trips;
SELECT markov_agg(j, path_options('buy'), NULL) FROM trips;
SELECT markov_agg(j, path_options('buy'), id) FROM trips;
SELECT shapley_agg(j, path_options('buy'), NULL) FROM trips;
SELECT shapley_agg(j, path_options('buy'), id = 1) FROM trips;
SELECT shapley_agg(j, path_options('buy'), true) FROM markov_journeys;
SELECT markov_agg('[2026-01-01 00:00:00+00 buy @ads =1e13]', path_options('buy'));
SELECT markov_agg(j, path_options('buy', transform => 'frequency')) FROM (SELECT journey_agg('2026-01-01', 'buy', repeat('x', 1022))) AS v(j);
SELECT markov_agg(j, 'buy') FROM trips;
SELECT rollup(t) FROM (VALUES ((SELECT markov_tally('{a}', 1, 0, 0, 1))), ((SELECT markov_tally(j, path_options('buy'), 2) FROM trips))) AS v(t);
DROP FUNCTION markov_random_options, markov_at_once;

DROP TABLE ads, three, paths, answers, parts, trips, markov_journeys, markov_long, markov_known;
