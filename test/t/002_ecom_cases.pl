# A web shop's click stream whose funnel, transitions and sessions others have
# published (retentioneering 5.2): 31,106 events of 600 users.

use strict;
use warnings;
use JSON::PP;
use JourneyTest;
use Test::More;

my $folder = $ENV{JOURNEY_CASES};
plan skip_all => 'JOURNEY_CASES is not set' unless defined $folder;
my ($data, $answers) = ("$folder/clickstream/retentioneering_ecom.csv.gz", "$folder/cases/retentioneering_ecom.json");
-r $_ or plan skip_all => "$_ is not there" for $data, $answers;

my $cases = decode_json(slurp($answers));
my $expected = $cases->{expected};
my $db = create_database('journey_ecom');

query($db, <<"EOS");
CREATE TABLE events (id bigserial, user_id text, session_id text, event text, at timestamp, platform text,
	channel text, user_cohort text, user_lifecycle text);
\\copy events (user_id, session_id, event, at, platform, channel, user_cohort, user_lifecycle) FROM PROGRAM 'gzip -dc $data' (FORMAT csv, HEADER)
CREATE TABLE users AS SELECT user_id, journey_agg(at AT TIME ZONE 'UTC', event, channel, NULL, id) AS j FROM events GROUP BY user_id;
EOS
is(query($db, 'SELECT count(*), sum(touchpoint_count(j)) FROM users'), "$expected->{n_paths}|$expected->{n_events}", 'users and events');
is(query($db, 'SELECT min(first_at(j)) AT TIME ZONE \'UTC\', max(last_at(j)) AT TIME ZONE \'UTC\' FROM users'),
	"$expected->{min_ts}|$expected->{max_ts}", 'first and last time');
is(query($db, 'SELECT count(DISTINCT e) FROM users, unnest(events(j)) e'), $expected->{n_unique_events}, 'different events');

# -- funnel -------------------------------------------------------------------

my $steps = join(',', @{ $expected->{funnel}{steps} });
is(query($db, "SELECT string_agg(reached::text, ' ' ORDER BY step_no) FROM unnest((SELECT funnel_agg(funnel(j, '{$steps}')) FROM users))"),
	join(' ', @{ $expected->{funnel}{counts} }), "the funnel $steps without a window");
is(query($db, "SELECT " . join(" || ' ' || ", map { "count(t[$_])" } 1 .. 4) . " FROM users, funnel(j, '{$steps}') t"),
	join(' ', @{ $expected->{funnel}{counts} }), 'the same as a sum over users');

# -- transitions --------------------------------------------------------------

my @names = map { $_ eq 'path_start' ? '(start)' : $_ } @{ $expected->{transition_counts}{events} };
query($db, 'CREATE TABLE transitions AS SELECT * FROM unnest((SELECT transition_agg(j) FROM users))');
for my $row (0 .. $#names)
{
	my $got = query($db, "SELECT string_agg(coalesce(t.count, 0)::text, ' ' ORDER BY n.no) FROM unnest('{"
		  . join(',', @names) . "}'::text[]) WITH ORDINALITY n (name, no)"
		  . " LEFT JOIN transitions t ON t.from_event = '$names[$row]' AND t.to_event = n.name");

	is($got, join(' ', @{ $expected->{transition_counts}{matrix}[$row] }), "transitions from $names[$row]");
}
is(query($db, "SELECT sum(count) FROM transitions WHERE from_event <> '(start)' AND to_event <> '(end)'"),
	$expected->{n_events} - $expected->{n_paths}, 'a transition for each pair of neighbours');
is(query($db, "SELECT sum(count) FILTER (WHERE from_event = '(start)'), sum(count) FILTER (WHERE to_event = '(end)') FROM transitions"),
	"$expected->{n_paths}|$expected->{n_paths}", 'a start and an end for each user');
is(query($db, <<'EOS'), 't', 'probabilities out of an event add up to 1');
SELECT bool_and(abs(s - 1) < 1e-9) FROM (SELECT sum(probability_out) AS s FROM transitions GROUP BY from_event) x
EOS
is(query($db, <<'EOS'), '0', 'counts, customers and gaps are those of a window function');
WITH pair AS (
	SELECT user_id, event AS f, lead(event) OVER w AS t, extract(epoch FROM lead(at) OVER w - at)::float8 AS gap
	FROM events WINDOW w AS (PARTITION BY user_id ORDER BY at, id)
), want AS (
	SELECT f, t, count(*) AS n, count(DISTINCT user_id) AS users,
		percentile_disc(0.5) WITHIN GROUP (ORDER BY gap) AS median
	FROM pair WHERE t IS NOT NULL GROUP BY f, t
)
SELECT count(*) FROM want FULL JOIN (TABLE transitions EXCEPT SELECT * FROM transitions WHERE from_event = '(start)' OR to_event = '(end)') g
	ON g.from_event = f AND g.to_event = t
WHERE n IS DISTINCT FROM g.count OR users IS DISTINCT FROM g.customers
EOS

# -- sessions, repeats, lengths ------------------------------------------------

is(query($db, "SELECT count(*) FROM users, split_sessions(j, '30 min')"), '3605', 'sessions of 30 minutes');
is(query($db, <<'EOS'), '0', 'each is a session of the data');
WITH got AS (
	SELECT user_id, first_at(s) AT TIME ZONE 'UTC' AS from_at, last_at(s) AT TIME ZONE 'UTC' AS to_at, touchpoint_count(s) AS n
	FROM users, split_sessions(j, '30 min') s
), want AS (
	SELECT user_id, min(at), max(at), count(*) FROM events GROUP BY user_id, session_id
)
SELECT count(*) FROM (TABLE got EXCEPT ALL TABLE want UNION ALL (TABLE want EXCEPT ALL TABLE got)) x
EOS
is(query($db, 'SELECT sum(touchpoint_count(collapse(j))) FROM users'), $expected->{collapse_self_loops_rows}, 'touchpoints without repeats');
my $length = $expected->{path_length};
is(query($db, 'SELECT round(avg(n), 6), round(stddev_samp(n), 4), min(n), percentile_cont(0.5) WITHIN GROUP (ORDER BY n), max(n) FROM users, touchpoint_count(j) n'),
	join('|', @{$length}{qw(mean std_sample min median max)}), 'lengths of journeys');
my $duration = $expected->{path_duration_s};
my @got = split /\|/, query($db, 'SELECT avg(d), min(d), max(d) FROM users, extract(epoch FROM duration(j)) d');
for my $name (qw(mean min max))
{
	my $seconds = shift @got;

	# published with seven digits
	cmp_ok(abs($seconds / $duration->{$name} - 1), '<', 5e-7, "durations of journeys, $name");
}

# -- the same by a source --------------------------------------------------------

query($db, <<'EOS');
SELECT journey.create_source('ecom', source => 'events', customer => 'user_id', at => 'at', event => 'event',
	channel => 'channel', tiebreak => 'id', model => 'five_stage', timezone => 'UTC')
EOS
is(query($db, 'SELECT count(*) FROM users u FULL JOIN ecom.journeys s ON s.customer = u.user_id WHERE u.j IS DISTINCT FROM s.journey'),
	'0', 'a source has the same journeys');
is(query($db, 'SELECT count(*) FROM (SELECT from_event, to_event, count, customers FROM transitions EXCEPT SELECT from_event, to_event, transitions, customers FROM ecom.event_transitions) x'),
	'0', 'and the same transitions');

done_testing();
