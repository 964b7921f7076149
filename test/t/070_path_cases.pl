# PostHog's own tests of paths, and the step matrix and path lengths that
# retentioneering prints for a web shop.

use strict;
use warnings;
use JSON::PP;
use JourneyTest;
use Test::More;

my $folder = $ENV{JOURNEY_CASES};
plan skip_all => 'JOURNEY_CASES is not set' unless defined $folder;
my @files = ("$folder/cases/posthog_paths_events.csv", "$folder/cases/posthog_paths_expected.csv",
	"$folder/clickstream/retentioneering_ecom.csv.gz", "$folder/cases/retentioneering_ecom.json");
-r $_ or plan skip_all => "$_ is not there" for @files;

my $db = create_database('journey_path_cases');

# -- PostHog -------------------------------------------------------------------

# A path is a session of 30 minutes without repeats; a link counts paths, not
# persons.  The filter of the first case is the default range of dates, the
# week before 2012-01-15, and leaves out the person of the first of January.
query($db, <<"EOS");
CREATE TABLE posthog_events (id text, seq int, person text, t timestamptz, event text, item text);
CREATE TABLE posthog_expected (id text, step_limit int, filter jsonb, source text, target text, want bigint, average_ms float8);
\\copy posthog_events FROM '$files[0]' (FORMAT csv, HEADER)
\\copy posthog_expected FROM '$files[1]' (FORMAT csv, HEADER)
CREATE TABLE posthog_paths AS
	SELECT id, path(s, step_limit, "collapse" => true) AS p
	FROM (SELECT id, step_limit, person, journey_agg(t, item, NULL, NULL, seq) AS j
		FROM posthog_events JOIN (SELECT DISTINCT id, step_limit, filter FROM posthog_expected) x USING (id)
		WHERE t >= coalesce((filter->>'date_from')::timestamptz, '2012-01-07') GROUP BY id, step_limit, person) k,
		split_sessions(j, '30 min') s;
EOS
is(query($db, 'SELECT count(*), count(DISTINCT id) FROM posthog_expected'), '5|2', 'the cases are all there');
for my $id (split /\n/, query($db, 'SELECT DISTINCT id FROM posthog_expected ORDER BY 1'))
{
	is(query($db, <<"EOS"), query($db, "SELECT source, target, want FROM posthog_expected WHERE id = '$id' ORDER BY 3 DESC, 1, 2"), $id);
SELECT replace(from_node, ' ', '_'), replace(to_node, ' ', '_'), count
FROM unnest((SELECT sankey_agg(p) FROM posthog_paths WHERE id = '$id'))
WHERE to_event <> '(end)' ORDER BY 3 DESC, 1, 2
EOS
}

# -- retentioneering -------------------------------------------------------------

my $expected = decode_json(slurp($files[3]))->{expected};

query($db, <<"EOS");
CREATE TABLE events (id bigserial, user_id text, session_id text, event text, at timestamp, platform text,
	channel text, user_cohort text, user_lifecycle text);
\\copy events (user_id, session_id, event, at, platform, channel, user_cohort, user_lifecycle) FROM PROGRAM 'gzip -dc $files[2]' (FORMAT csv, HEADER)
CREATE TABLE users AS SELECT user_id, journey_agg(at AT TIME ZONE 'UTC', event, channel, NULL, id) AS j FROM events GROUP BY user_id;
CREATE TABLE matrix AS SELECT * FROM unnest((SELECT step_matrix_agg(j, 8) FROM users));
EOS
for my $event (sort keys %{ $expected->{step_matrix_share} })
{
	# published with three digits
	is(query($db, "SELECT string_agg(round(share::numeric, 3)::text, ' ' ORDER BY step_no) FROM matrix WHERE event = '$event'"),
		join(' ', map { sprintf('%.3f', $_) } @{ $expected->{step_matrix_share}{$event} }), "step matrix: $event");
}
is(query($db, 'SELECT count(*), bool_and(abs(s - 1) < 1e-12), bool_and(n = 600) FROM (SELECT sum(share) AS s, sum(count) AS n FROM matrix GROUP BY step_no) x'),
	'9|t|t', 'each step has all users');

my $length = $expected->{path_length};
is(query($db, 'SELECT round(avg(n), 6), round(stddev_samp(n), 4), min(n), percentile_cont(0.25) WITHIN GROUP (ORDER BY n), percentile_cont(0.5) WITHIN GROUP (ORDER BY n), '
	  . 'percentile_cont(0.75) WITHIN GROUP (ORDER BY n), percentile_cont(0.9) WITHIN GROUP (ORDER BY n), round(percentile_cont(0.99) WITHIN GROUP (ORDER BY n)::numeric, 2), max(n) '
	  . 'FROM users, cardinality(path(j, NULL)) n'),
	join('|', @{$length}{qw(mean std_sample min p25 median p75 p90 p99 max)}), 'lengths of paths');
is(query($db, 'SELECT sum(cardinality(path(j, NULL, "collapse" => true))) FROM users'), $expected->{collapse_self_loops_rows}, 'lengths without repeats');

# the matrix and the most frequent paths, counted by plain SQL
is(query($db, <<'EOS'), '0', 'paths of sessions are those of a window function');
WITH numbered AS (
	SELECT session_id, event, row_number() OVER (PARTITION BY session_id ORDER BY at, id) AS n FROM events
), want AS (
	SELECT p, count(*) AS n FROM (SELECT array_agg(event ORDER BY n) AS p FROM numbered WHERE n <= 3 GROUP BY session_id) x GROUP BY p
), got AS (
	SELECT r.* FROM unnest((SELECT path_agg(path(s, 3), 100000) FROM users, split_sessions(j, '30 min') s)) r
)
SELECT count(*) FROM want FULL JOIN got ON p = path WHERE n IS DISTINCT FROM count
EOS
is(query($db, <<'EOS'), '0', 'steps around the first purchase are those of a window function');
WITH numbered AS (
	SELECT user_id, event, row_number() OVER (PARTITION BY user_id ORDER BY at, id) AS n FROM events
), first AS (
	SELECT user_id, min(n) AS n FROM numbered WHERE event = 'purchase' GROUP BY user_id
), want AS (
	SELECT e.n - f.n AS step_no, event, count(*) AS n FROM numbered e JOIN first f USING (user_id) WHERE e.n - f.n BETWEEN -4 AND 4 GROUP BY 1, 2
), got AS (
	SELECT m.* FROM unnest((SELECT step_matrix_agg(j, 4, 'purchase'::matcher) FROM users)) m WHERE event NOT IN ('(start)', '(end)')
)
SELECT count(*) FROM want FULL JOIN got USING (step_no, event) WHERE n IS DISTINCT FROM count
EOS

done_testing();
