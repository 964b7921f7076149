-- Attribution by Shapley values.
SET search_path = public, journey;

-- by hand: {ABC: 4, AB: 2, BCB: 3, C: 1} gives 7/3, 23/6, 23/6
CREATE TABLE abc (path text[], conversions bigint, nulls bigint, value float8);
INSERT INTO abc VALUES ('{A,B,C}', 4, 1, 40), ('{A,B}', 2, 0, 10), ('{B,C,B}', 3, 3, 30.5), ('{C}', 1, 2, 1);
SELECT channel, round(shapley_value::numeric, 12) AS shapley_value, round(share::numeric, 12) AS share,
	   round(conversions::numeric, 12) AS conversions, round(value::numeric, 12) AS value
FROM unnest((SELECT shapley_agg(path, conversions, nulls, value) FROM abc));
SELECT bool_and(abs(s.conversions - w.want) < 1e-12) AS golden
FROM unnest((SELECT shapley_agg(path, conversions, nulls, value) FROM abc)) AS s
JOIN (VALUES ('A', 7 / 3.0), ('B', 23 / 6.0), ('C', 23 / 6.0)) AS w(channel, want) USING (channel);

-- by rates, two channels by hand: v(a) = 1/4, v(b) = 1/2, v(ab) = 5/8
SELECT channel, shapley_value, share, conversions, value
FROM unnest((SELECT shapley_agg(path::text[], c, n, v, true) FROM (VALUES ('{a}', 1, 3, 8::float8), ('{b}', 1, 1, 8), ('{a,b,a}', 3, 0, 9), ('{b,a}', 5, 2, 5)) AS t(path, c, n, v)));
-- a channel that keeps people from buying has a negative value
SELECT channel, round(shapley_value::numeric, 12) AS shapley_value, round(conversions::numeric, 12) AS conversions
FROM unnest((SELECT shapley_agg(path::text[], c, n, 0, true) FROM (VALUES ('{a}', 5, 5), ('{a,spam}', 0, 10)) AS t(path, c, n)));

-- random paths against the definition: the mean over all orders of the channels
SELECT setseed(0.71);
CREATE TABLE paths AS
SELECT i AS id, (SELECT array_agg(substr('uvwxyz', 1 + floor(random() * 6)::int, 1)) FROM generate_series(1, 1 + floor(random() * 6)::int + 0 * i)) AS path,
	   floor(random() * 4)::bigint AS conversions, floor(random() * 20)::bigint AS nulls
FROM generate_series(1, 300) AS i;
ALTER TABLE paths ADD value float8;
UPDATE paths SET value = CASE WHEN conversions > 0 THEN round((random() * 1000)::numeric, 2) END;
CREATE TABLE worth AS
SELECT mask, coalesce(sum(conversions), 0)::float8 AS subsets, coalesce(sum(conversions)::float8 / nullif(sum(conversions + nulls), 0), 0) AS rate,
	   coalesce(sum(value), 0) AS value
FROM generate_series(0, 63) AS mask LEFT JOIN paths ON NOT EXISTS (
	SELECT FROM unnest(path) AS c WHERE mask & (1 << strpos('uvwxyz', c) - 1) = 0)
GROUP BY 1;
CREATE TABLE wanted AS
SELECT substr('uvwxyz', c + 1, 1) AS channel, sum(w * (a.subsets - b.subsets)) AS subsets, sum(w * (a.rate - b.rate)) AS rate, sum(w * (a.value - b.value)) AS value
FROM generate_series(0, 5) AS c, worth AS b JOIN worth AS a ON true,
	 LATERAL (SELECT factorial(n) * factorial(5 - n) / factorial(6) AS w FROM (SELECT length(replace(b.mask::bit(6)::text, '0', ''))) AS s(n)) AS f
WHERE b.mask & (1 << c) = 0 AND a.mask = b.mask | (1 << c) GROUP BY 1;
SELECT count(*) AS channels, count(*) FILTER (WHERE abs(s.shapley_value - w.subsets) < 1e-11) AS subsets, count(*) FILTER (WHERE abs(s.value - w.value) < 1e-8) AS value,
	   count(*) FILTER (WHERE abs(r.shapley_value - w.rate) < 1e-14) AS rates
FROM wanted AS w FULL JOIN unnest((SELECT shapley_agg(path, conversions, nulls, value) FROM paths)) AS s USING (channel)
FULL JOIN unnest((SELECT shapley_agg(path, conversions, nulls, value, true) FROM paths)) AS r USING (channel);
SELECT by_rates, abs(sum(share) - 1) < 1e-14 AS shares,
	   sum(s.conversions ORDER BY channel) = (SELECT sum(conversions) FROM paths) AND sum(s.conversions ORDER BY s.conversions) = (SELECT sum(conversions) FROM paths) AS credits,
	   sum(s.value ORDER BY channel) = (SELECT sum(value::numeric)::float8 FROM paths) AND sum(s.value ORDER BY s.value) = (SELECT sum(value::numeric)::float8 FROM paths) AS values
FROM (VALUES (false), (true)) AS v(by_rates), LATERAL (SELECT shapley_agg(path, conversions, nulls, value, by_rates) AS rows FROM paths) AS a, unnest(a.rows) AS s
GROUP BY 1 ORDER BY 1;

-- rows in another order, and any number of parts: the same to the last bit
CREATE TABLE parts AS SELECT id % 7 AS part, shapley_tally(path, conversions, nulls, value) AS t, shapley_tally(path, conversions, nulls, value, true) AS r FROM paths GROUP BY 1;
SELECT (SELECT shapley_agg(path, conversions, nulls, value ORDER BY md5(id::text))::text FROM paths) = shapley_rows(rollup(t ORDER BY part DESC))::text AS subsets,
	   (SELECT shapley_agg(path, conversions, nulls, value, true ORDER BY md5(id::text))::text FROM paths) = shapley_rows(rollup(r ORDER BY part DESC))::text AS rates FROM parts;
SELECT bool_and(t::text::tally = t AND r::text::tally = r) AS text_form FROM parts;
SELECT (SELECT shapley_tally(path, conversions, nulls, value) FROM paths) = (SELECT shapley_tally(path, conversions, nulls, value, false) FROM paths) AS same_definition;

-- names with separators, in both
SELECT channel, conversions FROM unnest((SELECT shapley_agg(ARRAY['a|b', 'a', 'b\', '(start)'], 8, 1, 0)));
SELECT channel, conversions FROM unnest((SELECT shapley_agg(ARRAY['a|b', 'a', 'b\', '(start)'], 8, 1, 0, true)));
-- only paths that did not convert
SELECT * FROM unnest((SELECT shapley_agg('{a,b}', 0, 5, NULL)));
SELECT * FROM unnest((SELECT shapley_agg('{a,b}', 0, 5, NULL, true)));
-- values of both signs that cancel out
SELECT channel, value FROM unnest((SELECT shapley_agg(p::text[], 1, 0, v) FROM (VALUES ('{a}', 5::float8), ('{b}', -5)) AS t(p, v)));
-- more than 20 channels are fine without rates, and 20 with
SELECT count(*), sum(conversions) FROM unnest((SELECT shapley_agg((SELECT array_agg('c' || i) FROM generate_series(1, 100) AS i), 7, 0, 0)));
SELECT count(*), bool_and(abs(shapley_value - 0.5 / 20) < 1e-14) AS alike, sum(conversions) FROM unnest((SELECT shapley_agg(ARRAY['c' || i], 1, 1, 0, true) FROM generate_series(1, 20) AS i));
-- NULL and empty
SELECT shapley_agg(NULL, 1, 1, 1), shapley_agg('{a}', 0, 0, NULL), shapley_rows(NULL);
SELECT shapley_agg(path, conversions, nulls, value) FROM abc WHERE false;

-- errors
SELECT shapley_agg(ARRAY['c' || i], 1, 1, 0, true) FROM generate_series(1, 21) AS i;
SELECT shapley_agg((SELECT array_agg('c' || i) FROM generate_series(1, 21) AS i), 1, 1, 0, true);
SELECT shapley_agg(ARRAY[repeat('x', 600), repeat('y', 600)], 1, 1, 0, true);
SELECT shapley_agg('{}', 1, 0, 0);
SELECT shapley_agg('{NULL}', 1, 0, 0);
SELECT shapley_agg('{a}', -1, 0, 0);
SELECT shapley_agg('{a}', 0, 0, 5);
SELECT shapley_agg('{a}', 1, 0, 0, NULL);
SELECT shapley_agg('{a}', 1, 0, 0, b) FROM (VALUES (true), (false)) AS v(b);
SELECT shapley_rows((SELECT markov_tally('{a}', 1, 0, 0)));
SELECT shapley_rows('{"tally":"shapley","version":1,"params":[3],"labels":["a"],"rows":[{"keys":[0,1],"counters":[1,0,0,0]}]}');
SELECT shapley_rows('{"tally":"shapley","version":1,"params":[1],"labels":["a"],"rows":[{"keys":[0,2],"counters":[1,0,0,0]}]}');
SELECT shapley_rows('{"tally":"shapley","version":1,"params":[1],"labels":["a","b"],"rows":[{"keys":[0,2],"counters":[2,0,0,0]},{"keys":[1,2],"counters":[1,0,0,0]}]}');
SELECT shapley_rows('{"tally":"shapley","version":1,"params":[1],"labels":["a"],"rows":[{"keys":[-1,1],"counters":[1,0,0,0]}]}');
SELECT shapley_rows('{"tally":"shapley","version":1,"params":[2],"labels":["a|b"],"rows":[{"keys":[0,1],"counters":[1,0,0,0]}]}');
SELECT shapley_rows('{"tally":"shapley","version":1,"params":[2],"labels":["a||b"],"rows":[{"keys":[0,3],"counters":[1,0,0,0]}]}');
SELECT shapley_rows('{"tally":"shapley","version":1,"params":[2],"labels":["a\\"],"rows":[{"keys":[0,1],"counters":[1,0,0,0]}]}');
SELECT shapley_rows('{"tally":"shapley","version":1,"params":[0],"labels":[],"rows":[]}') IS NULL AS no_paths;

DROP TABLE abc, paths, worth, wanted, parts;
