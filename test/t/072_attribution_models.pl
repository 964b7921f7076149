# Markov and Shapley attribution compared with what others published, worked
# out by hand or printed, and with exact fractions; and the same credits to the
# last bit from any order of the rows, any parts and any number of workers.

use strict;
use warnings;
use JourneyTest;
use Test::More;

my $data = $ENV{JOURNEY_CASES};
plan skip_all => 'JOURNEY_CASES is not set' unless defined $data;
my $file = "$data/cases/attribution_small_cases.json";
-r $file or plan skip_all => "$file is not there";

my $db = create_database('journey_attribution_models');
my $script = temp_folder() . '/cases';

write_file($script, "CREATE TABLE document (content jsonb);\nINSERT INTO document VALUES (\$document\$" . slurp($file) . "\$document\$);\n");
query($db, "\\i $script\n");
query($db, <<'EOS');
CREATE TABLE cases AS
	SELECT c->>'id' AS id, string_to_array(p->>0, ' > ') AS path, (p->>1)::bigint AS conversions, (p->>2)::bigint AS nulls,
		coalesce((c->>'value_per_path')::float8, 0) * (p->>1)::bigint AS value
	FROM document, jsonb_array_elements(content->'cases') AS c, jsonb_array_elements(c->'paths') AS p;
CREATE TABLE expected AS
	SELECT c->>'id' AS id, kind, k.key, k.value::float8 AS want
	FROM document, jsonb_array_elements(content->'cases') AS c,
		(VALUES ('expected', 'removal_effects', 'effect'), ('expected', 'markov_conversions', 'markov'),
			('derived_by_us', 'removal_effects', 'effect'), ('derived_by_us', 'markov_conversions', 'markov'),
			('expected', 'transition_probabilities', 'transition'), ('expected', 'transition_probabilities_with_self_loops', 'transition'),
			('expected', 'shapley_conversions', 'shapley')) AS v(part, field, kind),
		jsonb_each_text(coalesce(c->part->field, '{}')) AS k;
INSERT INTO expected
	SELECT c->>'id', 'rate', '', (coalesce(c->'expected'->'base_conversion_probability', c->'derived_by_us'->'base_conversion_probability'))::float8
	FROM document, jsonb_array_elements(content->'cases') AS c
	WHERE coalesce(c->'expected'->'base_conversion_probability', c->'derived_by_us'->'base_conversion_probability') IS NOT NULL;
CREATE TABLE tallies AS SELECT id, markov_tally(path, conversions, nulls, value) AS m, shapley_tally(path, conversions, nulls, value) AS s FROM cases GROUP BY id;
CREATE TABLE answers AS
	SELECT id, 'effect' AS kind, channel AS key, removal_effect AS got FROM tallies, unnest(markov_rows(m))
	UNION ALL SELECT id, 'markov', channel, conversions FROM tallies, unnest(markov_rows(m))
	UNION ALL SELECT DISTINCT id, 'rate', '', conversion_rate FROM tallies, unnest(markov_rows(m))
	UNION ALL SELECT id, 'shapley', channel, conversions FROM tallies, unnest(shapley_rows(s))
	UNION ALL SELECT id, 'transition', coalesce(from_channels[1], '(start)') || '>' || coalesce(to_channel, '(' || outcome || ')'), probability
		FROM tallies, unnest(markov_transitions(m));
EOS

is(query($db, 'SELECT count(DISTINCT id) FROM cases'), 10, 'all cases are read');
is(query($db, "SELECT string_agg(kind || ' ' || n, ', ' ORDER BY kind) FROM (SELECT kind, count(*) AS n FROM expected GROUP BY 1) AS s"),
	'effect 7, markov 7, rate 2, shapley 6, transition 26', 'what is published');
is(query($db, <<'EOS'), '', 'removal effects, credits, probabilities and Shapley values are those published');
SELECT e.id, e.kind, e.key, e.want, a.got FROM expected AS e LEFT JOIN answers AS a USING (id, kind, key)
WHERE a.got IS NULL OR abs(a.got - e.want) > 1e-12 ORDER BY 1, 2, 3
EOS
is(query($db, <<'EOS'), '', 'no transition that is not published');
SELECT a.id, a.key FROM answers AS a LEFT JOIN expected AS e USING (id, kind, key)
WHERE kind = 'transition' AND e.key IS NULL AND a.id IN (SELECT id FROM expected WHERE kind = 'transition') ORDER BY 1, 2
EOS
is(query($db, <<'EOS'), 't', 'credits of all cases add up to their conversions and values');
SELECT bool_and(m.conversions = c.conversions AND m.value = c.value AND s.conversions = c.conversions AND s.value = c.value)
FROM (SELECT id, sum(conversions) AS conversions, sum(value) AS value FROM cases GROUP BY 1) AS c
JOIN (SELECT id, sum(conversions) AS conversions, sum(value) AS value FROM tallies, unnest(markov_rows(m)) GROUP BY 1) AS m USING (id)
JOIN (SELECT id, sum(conversions) AS conversions, sum(value) AS value FROM tallies, unnest(shapley_rows(s)) GROUP BY 1) AS s USING (id)
EOS

# -- exact fractions --------------------------------------------------------------

query($db, <<'EOS');
CREATE TABLE fractions (name text, model_order int, path text[], conversions bigint, nulls bigint);
INSERT INTO fractions VALUES
	('ads', 1, '{google ads}', 2, 0), ('ads', 1, '{mailing}', 1, 0), ('ads', 1, '{google ads,mailing}', 1, 0), ('ads', 1, '{google ads}', 0, 1),
	('loop', 1, '{C1,C2,C3}', 1, 0), ('loop', 1, '{C1}', 0, 1), ('loop', 1, '{C2,C3}', 0, 1),
	('three', 1, '{A,B,C}', 4, 0), ('three', 1, '{A,B}', 2, 0), ('three', 1, '{B,C,B}', 3, 0), ('three', 1, '{C}', 1, 0);
INSERT INTO fractions SELECT 'loop of order 2', 2, path, conversions, nulls FROM fractions WHERE name = 'loop';
CREATE TABLE wanted (name text, channel text, effect float8, markov float8, shapley float8);
INSERT INTO wanted VALUES ('ads', 'google ads', 3 / 4.0, 12 / 5.0, 5 / 2.0), ('ads', 'mailing', 1 / 2.0, 8 / 5.0, 3 / 2.0),
	('loop', 'C1', 1 / 2.0, 1 / 5.0, 1 / 3.0), ('loop', 'C2', 1, 2 / 5.0, 1 / 3.0), ('loop', 'C3', 1, 2 / 5.0, 1 / 3.0),
	('loop of order 2', 'C1', 1 / 2.0, 1 / 5.0, 1 / 3.0), ('loop of order 2', 'C2', 1, 2 / 5.0, 1 / 3.0), ('loop of order 2', 'C3', 1, 2 / 5.0, 1 / 3.0),
	('three', 'A', NULL, NULL, 7 / 3.0), ('three', 'B', NULL, NULL, 23 / 6.0), ('three', 'C', NULL, NULL, 23 / 6.0);
EOS
is(query($db, <<'EOS'), '', 'fractions are exact to 1e-12');
WITH tallies AS (
	SELECT name, markov_tally(path, conversions, nulls, 0, model_order) AS m, shapley_tally(path, conversions, nulls, 0) AS s FROM fractions GROUP BY 1
)
SELECT * FROM wanted AS w
LEFT JOIN (SELECT name, r.* FROM tallies, unnest(markov_rows(m)) AS r) AS m USING (name, channel)
LEFT JOIN (SELECT name, r.* FROM tallies, unnest(shapley_rows(s)) AS r) AS s USING (name, channel)
WHERE abs(m.removal_effect - w.effect) > 1e-12 OR abs(m.conversions - w.markov) > 1e-12 OR s.conversions IS NULL OR m.conversions IS NULL
	OR abs(s.conversions - w.shapley) > 1e-12
EOS

# -- any order, any parts, any workers ----------------------------------------------

my $seed = start_random(720);
query($db, <<"EOS");
SELECT setseed(@{[ rand() ]});
CREATE TABLE paths AS
	SELECT i AS id, (SELECT array_agg('channel ' || floor(power(random(), 2) * 15)::int) FROM generate_series(1, 1 + floor(random() * 9)::int + 0 * i)) AS path,
		floor(random() * 4)::bigint AS conversions, floor(random() * 20)::bigint AS nulls, NULL::float8 AS value
	FROM generate_series(1, 20000) AS i;
UPDATE paths SET value = random() * 1000 WHERE conversions > 0;
ANALYZE paths;
EOS
my $models = <<'EOS';
md5(markov_agg(path, conversions, nulls, value)::text) || md5(markov_agg(path, conversions, nulls, value, 2)::text) ||
	md5(shapley_agg(path, conversions, nulls, value)::text) || md5(shapley_agg(path, conversions, nulls, value, true)::text)
EOS
my $parallel = <<'EOS';
SET max_parallel_workers_per_gather = 3;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EOS
my $serial = query($db, "SET max_parallel_workers_per_gather = 0;\nSELECT $models FROM paths");
like($serial, qr/^[0-9a-f]{128}$/, 'four models of 20,000 paths');
like(query($db, "$parallel EXPLAIN SELECT $models FROM paths"), qr/Partial Aggregate/, 'workers share the paths');
is(query($db, "$parallel SELECT $models FROM paths"), $serial, 'workers answer the same');
is(query($db, "SELECT $models FROM (SELECT * FROM paths ORDER BY md5(id::text)) AS s"), $serial, 'another order of rows answers the same');
is(query($db, <<'EOS'), $serial, 'parts added up answer the same');
SELECT md5(markov_rows(rollup(m))::text) || md5(markov_rows(rollup(m2))::text) || md5(shapley_rows(rollup(s))::text) || md5(shapley_rows(rollup(r))::text)
FROM (SELECT markov_tally(path, conversions, nulls, value) AS m, markov_tally(path, conversions, nulls, value, 2) AS m2,
		shapley_tally(path, conversions, nulls, value) AS s, shapley_tally(path, conversions, nulls, value, true) AS r
	FROM paths GROUP BY id % 13) AS parts
EOS

drop_database($db);
done_testing();
