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

DROP TABLE ads, three, paths, answers, parts;
