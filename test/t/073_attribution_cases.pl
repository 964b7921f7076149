# Attribution against what others published: the paths of Snowplow's
# fractribution, hand-made paths of several packages with their credits, and
# known shares of time decay and position.

use strict;
use warnings;
use JourneyTest;
use Test::More;

my $data = $ENV{JOURNEY_CASES};
plan skip_all => 'JOURNEY_CASES is not set' unless defined $data;
my %files = (
	snowplow => "$data/cases/attribution_snowplow_fractribution.json",
	small => "$data/cases/attribution_small_cases.json",
	path_summary => "$data/attribution/snowplow_fractribution_path_summary_expected.csv");
-r $_ or plan skip_all => "$_ is not there" for values %files;

my $db = create_database('journey_attribution_cases');

# A file of JSON as the table $name of one row.
for my $name (qw(snowplow small))
{
	my $script = temp_folder() . "/$name";

	write_file($script, "CREATE TABLE $name (content jsonb);\nINSERT INTO $name VALUES (\$document\$" . slurp($files{$name}) . "\$document\$);\n");
	query($db, "\\i $script\n");
}

# -- Snowplow: paths to conversions and to none -------------------------------------

# The channel is that of a visit; the conversion itself has none.  Their
# look-back is in calendar days; no visit here lies on the day that only that
# would count.
query($db, <<"EOS");
SET timezone = 'UTC';
CREATE TABLE journeys AS
	SELECT customer, journey_agg(at, event, channel, value) AS j
	FROM (SELECT s ->> 'customer_id', (s ->> 'visit_start_tstamp')::timestamptz, 'visit', s ->> 'channel', NULL::float8
		FROM snowplow, jsonb_array_elements(content -> 'sessions') s
		UNION ALL
		SELECT c ->> 'customer_id', (c ->> 'conversion_tstamp')::timestamptz, 'purchase', NULL, (c ->> 'revenue')::float8
		FROM snowplow, jsonb_array_elements(content -> 'conversions') c) e(customer, at, event, channel, value)
	GROUP BY customer;
CREATE TABLE paths AS
	SELECT customer, t AS transform, p.* FROM journeys, unnest('{unique,exposure}'::text[]) t, conversion_paths(j, 'purchase', '30 days', transform => t) p;
CREATE TABLE path_summary (path text, conversions int, non_conversions int, revenue float8);
\\copy path_summary FROM '$files{path_summary}' (FORMAT csv, HEADER)
EOS
is(query($db, 'SELECT count(*), (SELECT count(*) FROM paths WHERE converted) FROM journeys'), '67|12', 'the customers and the conversions are all there');
is(query($db, <<'EOS'), '6|0', 'the paths of the conversions, as touched and with repeats collapsed');
WITH want AS (
	SELECT c ->> 'customer_id' AS customer, (c ->> 'conversion_tstamp')::timestamptz AT TIME ZONE 'UTC' AS at, (c ->> 'revenue')::float8 AS value,
		string_to_array(c ->> 'path', ' > ') AS path, string_to_array(c ->> 'transformed_path', ' > ') AS transformed
	FROM snowplow, jsonb_array_elements(content -> 'expected' -> 'paths_to_conversion') c)
SELECT (SELECT count(*) FROM want), count(*) FILTER (WHERE want.customer IS NULL OR u.customer IS NULL OR e.customer IS NULL)
FROM want
	FULL JOIN (SELECT * FROM paths WHERE converted AND transform = 'unique') u
		ON u.customer = want.customer AND u.conversion_at AT TIME ZONE 'UTC' = want.at AND u.value = want.value AND u.path = want.path
	FULL JOIN (SELECT * FROM paths WHERE converted AND transform = 'exposure') e
		ON e.customer = u.customer AND e.conversion_at = u.conversion_at AND e.path = want.transformed
EOS
is(query($db, <<'EOS'), '61|0', 'the paths of those who did not convert');
WITH want AS (
	SELECT c ->> 'customer_id' AS customer, string_to_array(c ->> 'path', ' > ') AS path, string_to_array(c ->> 'transformed_path', ' > ') AS transformed
	FROM snowplow, jsonb_array_elements(content -> 'expected' -> 'paths_to_non_conversion') c),
never AS (SELECT * FROM paths p WHERE NOT EXISTS (SELECT FROM paths c WHERE c.customer = p.customer AND c.converted))
SELECT (SELECT count(*) FROM want), count(*) FILTER (WHERE want.customer IS NULL OR u.customer IS NULL OR e.customer IS NULL)
FROM want
	FULL JOIN (SELECT * FROM never WHERE transform = 'unique') u ON u.customer = want.customer AND u.path = want.path
	FULL JOIN (SELECT * FROM never WHERE transform = 'exposure') e ON e.customer = u.customer AND e.path = want.transformed
EOS
# They leave out what a customer did after converting: here it is a path of its own.
is(query($db, <<'EOS'), '9|0', 'path summary');
WITH got AS (
	SELECT array_to_string(path, ' > ') AS path, sum(conversions) AS conversions, sum(nulls) AS non_conversions, sum(value) AS revenue
	FROM paths p WHERE transform = 'exposure' AND (converted OR NOT EXISTS (SELECT FROM paths c WHERE c.customer = p.customer AND c.converted))
	GROUP BY path)
SELECT (SELECT count(*) FROM path_summary), count(*) FILTER (WHERE s.path IS NULL OR g.path IS NULL)
FROM path_summary s FULL JOIN got g
	ON g.path = s.path AND g.conversions = s.conversions AND g.non_conversions = s.non_conversions AND abs(g.revenue - coalesce(s.revenue, 0)) < 1e-9
EOS
is(query($db, <<'EOS'), '3|0', 'last touch, conversions and revenue');
WITH want AS (
	SELECT c ->> 'CHANNEL' AS channel, (c ->> 'CONVERSIONS')::float8 AS conversions, (c ->> 'REVENUE')::float8 AS revenue
	FROM snowplow, jsonb_array_elements(content -> 'expected' -> 'channel_attribution') c
	WHERE c ->> 'ATTRIBUTION_TYPE' = 'last_touch' AND (c ->> 'CONVERSIONS')::float8 > 0)
SELECT (SELECT count(*) FROM want), count(*) FILTER (WHERE want.channel IS NULL OR g.channel IS NULL)
FROM want FULL JOIN (SELECT channel, sum(credit) AS conversions, sum(value) AS revenue FROM journeys, attribution(j, 'purchase') GROUP BY 1) g
	ON g.channel = want.channel AND g.conversions = want.conversions AND abs(g.revenue - want.revenue) < 1e-9
EOS

# -- small cases: a journey for each path that converted, a touch a day ---------------

query($db, <<'EOS');
CREATE TABLE small_paths AS
	SELECT c ->> 'id' AS id, p.n, (p.path ->> 1)::int AS conversions, coalesce((c ->> 'value_per_path')::float8, 1) AS value,
		(SELECT journey_agg(timestamptz '2026-01-01 00:00:00+00' + t.n * interval '1 day', 'visit', t.channel) FROM unnest(string_to_array(p.path ->> 0, ' > ')) WITH ORDINALITY AS t(channel, n))
		|| format('[2026-01-20 00:00:00+00 buy =%s]', coalesce(c ->> 'value_per_path', '1'))::journey AS j
	FROM small, jsonb_array_elements(content -> 'cases') c, jsonb_array_elements(c -> 'paths') WITH ORDINALITY AS p(path, n)
	WHERE (p.path ->> 1)::int > 0;
CREATE FUNCTION credits(of_case text, model text, first_weight float8 DEFAULT 0.4, last_weight float8 DEFAULT 0.4)
	RETURNS TABLE (channel text, credit float8, value float8) LANGUAGE sql AS $$
	SELECT a.channel, sum(a.credit * p.conversions), sum(a.value * p.conversions)
	FROM small_paths p, attribution(p.j, 'buy', credits.model, transform => 'unique', first_weight => credits.first_weight, last_weight => credits.last_weight) a
	WHERE p.id = credits.of_case GROUP BY 1
$$;
EOS
for my $case (
	[ 'altomare_vignette', 'first', "'first'" ], [ 'altomare_vignette', 'last', "'last'" ], [ 'altomare_vignette', 'linear', "'linear'" ],
	[ 'mta_heuristics', 'first', "'first'" ], [ 'mta_heuristics', 'last', "'last'" ], [ 'mta_heuristics', 'linear', "'linear'" ],
	[ 'mta_heuristics', 'position_40_20_40', "'position_based'" ],
	[ 'mta_linear_repeats', 'linear', "'linear'" ],
	[ 'mta_position_two_touch', 'position_40_20_40', "'position_based'" ],
	[ 'mta_position_two_touch', 'position_30_40_30_with_two_touches_30_70', "'position_based', 0.3, 0.7" ],
	[ 'dp6_mam', 'first_value', "'first'" ], [ 'dp6_mam', 'last_value', "'last'" ])
{
	my ($id, $expected, $asked) = @$case;
	my $measure = $expected =~ /_value$/ ? 'value' : 'credit';

	# channels without any credit may stand there with 0
	is(query($db, <<"EOS"), '0|t', "$id: $expected");
WITH want AS (
	SELECT e.key AS channel, e.value::text::float8 AS credit
	FROM small, jsonb_array_elements(content -> 'cases') c, jsonb_each(c -> 'expected' -> '$expected') e WHERE c ->> 'id' = '$id')
SELECT count(*) FILTER (WHERE abs(coalesce(want.credit, 0) - coalesce(g.$measure, 0)) > 1e-12), count(want.channel) > 0 FROM want FULL JOIN credits('$id', $asked) g USING (channel)
EOS
}
for my $model (qw(first last last_non_direct linear position_based time_decay))
{
	is(query($db, "SELECT sum(value) FROM credits('dp6_mam', '$model')"), '27', "dp6_mam: all of the value in $model");
}
is(query($db, <<'EOS'), '{1.2,0.6,1.2} {1.5,1.5}', 'dp6_mam: position of three and of two');
SELECT string_agg(shares::text, ' ' ORDER BY cardinality(shares) DESC)
FROM (SELECT array_agg(round(a.value::numeric, 12)::float8 ORDER BY touch_no) AS shares FROM small_paths p, attribution(j, 'buy', 'position_based') a WHERE p.id = 'dp6_mam' AND p.n IN (2, 3) GROUP BY p.n) x
EOS

drop_database($db);
done_testing();
