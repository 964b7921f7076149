# The typical path is the same however the customers are split: random parts,
# counted alone and added up in any order; parallel workers; partitions.  So it
# is where a state grows so large that times become histograms, in one process,
# where the states of workers come together, or not at all.

use strict;
use warnings;
use JourneyParts;
use JourneyTest;
use Test::More;

start_random((time() ^ ($$ << 10)) % 2**31);

my $db = create_database('journey_average_parts');

# -- customers ----------------------------------------------------------------

# Some do nothing, many do the same, a few at the same times.
my $customers = 900;
my $touches = '';
my $events = 3 + int(rand(10));

for my $customer (1 .. $customers)
{
	my $at = 0;

	for (1 .. int(rand(4)**2))
	{
		$touches .= join("\t", $customer, $at, 'event ' . int(rand() * rand($events))) . "\n";
		$at += rand() < 0.3 ? pick(0, 60000000, 3600000000) : int(exp(rand(32)));
	}
}
query($db, <<"EOS" . $touches . "\\.\n");
CREATE TABLE touches (customer int, at bigint, event text);
COPY touches FROM stdin;
EOS
query($db, <<"EOS");
CREATE TABLE customers AS
	SELECT customer, j
	FROM generate_series(1, $customers) customer LEFT JOIN (
		SELECT customer, journey_agg('2025-10-01 00:00+00'::timestamptz + at * interval '1 microsecond', event) AS j FROM touches GROUP BY 1
	) t USING (customer);
EOS
split_customers($db);
cmp_ok(query($db, 'SELECT count(*) FROM touches'), '>', 1000, 'there are touchpoints');

# -- parts, workers, partitions ---------------------------------------------------

my @calls = (
	[ 'events', 'j' ],
	[ 'few steps', 'j, ' . (2 + int(rand(6))) ],
	[ 'stages', q{classify(j, 'stages one > two > three; "event 0" | "event 3" -> one; "event 1" -> two; * -> three;')} ]);

for my $call (@calls)
{
	my ($name, $arguments) = @$call;

	same_answer($db, $name, "average_journey_agg($arguments)", "average_journey_tally($arguments)", 'average_journey_rows');
}

# -- a state of more than a million rows --------------------------------------------

# Two paths that very many take, each at times of its own, and many that few do.
query($db, <<"EOS");
SET TimeZone = 'UTC';
CREATE UNLOGGED TABLE many AS
	SELECT i, g, h, format(CASE WHEN i % 40 = 0 THEN '[2026-01-01 00:00+00 a, %s+00 b, %s+00 c, 2027-01-01 00:00+00 x' || i % 3001 || ']' WHEN i % 5 < 3 THEN '[2026-01-01 00:00+00 a, %s+00 b, %s+00 c]' ELSE '[2026-01-01 00:00+00 a, %s+00 c, %s+00 b]' END,
		timestamp '2026-01-01' + g * interval '1 second', timestamp '2026-01-01' + (g + h) * interval '1 second')::journey AS j
	FROM (SELECT i, 1 + i * 7919::bigint % 1000003 AS g, 1 + i * 104729::bigint % 1299709 AS h FROM generate_series(1, 1150000) AS i) AS x;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
EOS
my %got = query($db, <<"EOS") =~ /^== (.*?)\n(.*?)(?=\n== |\z)/gms;
$serial
\\echo == whole
SELECT average_journey_agg(j)::text FROM many;
CREATE TEMP TABLE large AS SELECT average_journey_tally(j) AS t FROM many;
CREATE TEMP TABLE added AS SELECT rollup(t) AS t FROM (SELECT average_journey_tally(j) AS t FROM many GROUP BY i % 3) AS x;
\\echo == stored
SELECT average_journey_rows(t)::text FROM large;
\\echo == added
SELECT average_journey_rows(t)::text FROM added;
\\echo == both
SELECT (a).all_customers FROM unnest(average_journey_rows((SELECT rollup(t) FROM (TABLE large UNION ALL TABLE added) AS x))) AS a LIMIT 1;
\\echo == sizes
SELECT (SELECT octet_length(tally_send(t)) < 20000000 FROM large), (SELECT octet_length(tally_send(t)) > 100000000 FROM added);
\\echo == medians
SELECT count(*), count(DISTINCT (g, h)), percentile_disc(0.5) WITHIN GROUP (ORDER BY g), percentile_disc(0.5) WITHIN GROUP (ORDER BY h), percentile_disc(0.5) WITHIN GROUP (ORDER BY g + h) FROM many WHERE i % 5 < 3 AND i % 40 <> 0;
\\echo == rows
SELECT a.step_no, a.event, a.customers, a.from_previous_median_seconds, a.from_first_median_seconds
FROM unnest((SELECT average_journey_rows(t) FROM large)) AS a WHERE a.kind = 'most frequent' ORDER BY 1;
$parallel
SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;
\\echo == plan
EXPLAIN (COSTS OFF) SELECT average_journey_agg(j)::text FROM many;
\\echo == workers
SELECT average_journey_agg(j)::text FROM many;
\\echo == large of workers
SELECT octet_length(tally_send(average_journey_tally(j))) < 20000000 FROM many;
EOS
is($got{sizes}, 't|t', 'the tally of all is small, the sum of its parts is not');
is($got{$_}, $got{whole}, "$_: the same") for qw(stored added workers);
is($got{both}, 2 * 1150000, 'both forms add up');
like($got{plan}, qr/Finalize Aggregate.*Gather.*Workers Planned: 2\n.*Partial Aggregate/s, 'the plan of workers');
is($got{'large of workers'}, 't', 'workers: the sum is made small, too');

my ($n, $different, @medians) = split /\|/, $got{medians};
my @rows = map { [ split /\|/ ] } split /\n/, $got{rows};
is(join(' ', map { "$_->[1] $_->[2]" } @rows), "a $n b $n c $n", 'the most frequent path');
cmp_ok($different, '>', 600000, 'at different times');
cmp_ok(abs($rows[ $_->[0] ][ $_->[1] ] / $medians[ $_->[2] ] - 1), '<=', 0.01, "median $_->[2]")
  for [ 1, 3, 0 ], [ 2, 3, 1 ], [ 2, 4, 2 ];

done_testing();
