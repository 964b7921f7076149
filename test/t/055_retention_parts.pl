# The aggregates over customers give the same answer however the customers are
# split: random parts, from one to one for each customer, counted alone and
# added up in any order; parallel workers; partitions.

use strict;
use warnings;
use JourneyTest;
use Test::More;

start_random((time() ^ ($$ << 10)) % 2**31);

my $db = create_database('journey_retention_parts');

sub pick
{
	return $_[ int(rand(@_)) ];
}

# -- customers ----------------------------------------------------------------

# Eight months with changes of clocks, or over the first of January 2000, from
# which periods are counted; some customers never begin, some do nothing else, a
# few have many touchpoints.
my ($first, $as_of, $from, $to) = @{ pick([qw(2025-10-01 2026-06-01 2025-10-20 2026-01-20)], [qw(1999-07-01 2000-03-01 1999-10-20 2000-01-20)]) };
my $customers = 800;
my ($touches, $parts) = ('', '');
my @counts = (1, 2, 3 + int(rand(8)), 40 + int(rand(100)), $customers);

for my $customer (1 .. $customers)
{
	my $count = rand() < 0.02 ? 100 : int(rand(4)**2);
	my $at = int(rand(150 * 86400));

	$touches .= join("\t", $customer, $at, 'join', '\N', '\N') . "\n" if rand() < 0.7;
	for (1 .. $count)
	{
		$at += int(rand(rand() < 0.3 ? 3600 : 30 * 86400));
		last if $at > 240 * 86400;
		my $event = pick(qw(join view view cart buy buy leave));
		my $value = $event eq 'buy' && rand() < 0.8 ? sprintf('%.2f', rand(200) - 20) : '\N';

		$touches .= join("\t", $customer, $at, $event, pick('email', 'direct', '\N'), $value) . "\n";
	}

	# the first parts are larger
	$parts .= join("\t", $customer, $_, $_ == $customers ? $customer : int($_ * rand()**2)) . "\n" for @counts;
}
query($db, <<"EOS" . $touches . "\\.\nCOPY parts FROM stdin;\n" . $parts . "\\.\n");
CREATE TABLE touches (customer int, at int, event text, channel text, value float8);
CREATE TABLE parts (customer int, k int, part int);
COPY touches FROM stdin;
EOS
query($db, <<"EOS");
SET TimeZone = 'UTC';
CREATE TABLE customers AS
	SELECT customer, 'segment ' || customer % 3 AS segment, j
	FROM generate_series(1, $customers) customer LEFT JOIN (
		SELECT customer, journey_agg('$first'::timestamptz + at * interval '1 second', event, channel, value) AS j FROM touches GROUP BY 1
	) t USING (customer);
CREATE TABLE shuffled AS SELECT * FROM customers ORDER BY hashint4(customer);
CREATE TABLE partitioned (LIKE customers) PARTITION BY HASH (customer);
CREATE TABLE partitioned_0 PARTITION OF partitioned FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE partitioned_1 PARTITION OF partitioned FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE partitioned_2 PARTITION OF partitioned FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO partitioned TABLE shuffled;
ALTER TABLE shuffled SET (parallel_workers = 2);
ANALYZE;
EOS
cmp_ok(query($db, 'SELECT count(*) FROM touches'), '>', 1000, 'there are touchpoints');

# -- aggregates -----------------------------------------------------------------

my $zone = pick('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe');
my $seed = int(rand(2**31));    # of the order in which parts are added
my $week_start = pick(qw(monday wednesday saturday sunday));
$as_of = "as_of => '$as_of 00:00+00'";
my $time_to = "time_to(j, 'join', 'buy', $as_of, censor => 'leave')";
my $funnel = "funnel(j, '{join,view,buy}', '60 days')";

sub activity
{
	my ($period, $options) = @_;

	return "activity(j, 'join', 'buy', '$period', '$zone', '$week_start'" . ($options ? ", $options" : '') . ')';
}

# Name, aggregate, the one that answers with its tally, what reads that tally,
# arguments.
my @retention = qw(retention_agg retention_tally retention_rows);
my @aggregates = (
	[ 'weeks', @retention, activity('week', $as_of) ],
	[ 'months, each up to its customer\'s end', @retention, activity('month') ],
	[ 'every cohort of two weeks', @retention, activity('2 weeks', "$as_of, cohort => 'every'") ],
	[ 'values', @retention, activity('week', "$as_of, \"values\" => true") ],
	[ 'values of every month', @retention, activity('month', "\"values\" => true, cohort => 'every'") ],
	[ 'two returns at least', @retention, activity('quarter', "$as_of, minimum => 2") ],
	[ 'spans of 36 hours', @retention, activity('36 hours', "cohort => 'first_in_range', \"from\" => '$from 00:00+00', \"to\" => '$to 00:00+00'") ],
	[ 'rolling weeks', @retention, activity('week', "$as_of, bucketing => 'rolling'") ],
	[ 'brackets', @retention, 'brackets(' . activity('day', $as_of) . ", '{1,4,8,15,31}')" ],
	[ 'seconds', qw(survival_agg survival_tally survival_rows), "($time_to).duration_seconds, ($time_to).observed" ],
	[ 'days', qw(survival_agg survival_tally survival_summary), "floor(($time_to).duration_seconds / 86400), ($time_to).observed" ],
	[ 'segments', qw(logrank_agg logrank_tally logrank_rows), "segment, floor(($time_to).duration_seconds / 3600), ($time_to).observed" ],
	[ 'weeks', qw(lifecycle_agg lifecycle_tally lifecycle_rows), activity('week', $as_of) ],
	[ 'spans of 12 hours', qw(lifecycle_agg lifecycle_tally lifecycle_rows), activity('12 hours') ],
	[ 'months', qw(stickiness_agg stickiness_tally stickiness_rows), activity('month', $as_of) ],
	[ 'rolling days', qw(stickiness_agg stickiness_tally stickiness_rows), activity('day', "$as_of, bucketing => 'rolling'") ],
	[ 'days', qw(dau_wau_mau_agg dau_wau_mau_tally dau_wau_mau_rows), activity('day') ],
	[ 'purchases', qw(retention_rate_by_purchase_agg retention_rate_by_purchase_tally retention_rate_by_purchase_rows), "repeats(j, 'buy', '30 days', $as_of)" ],
	[ 'three steps', qw(funnel_agg funnel_tally funnel_rows), $funnel ],
	[ 'named steps', qw(funnel_agg funnel_tally funnel_rows), "$funnel, '{joined,looked,bought}'" ],
	[ 'bins', qw(time_to_convert_agg time_to_convert_tally time_to_convert_rows), "$funnel, 1, 3" ],
	[ 'seven bins', qw(time_to_convert_agg time_to_convert_tally time_to_convert_rows), "$funnel, 1, 2, 7" ],
	[ 'edges', qw(time_to_convert_agg time_to_convert_tally time_to_convert_rows), "$funnel, 2, 3, ARRAY[600, 86400, 864000]::float8[]" ]);

my $serial = 'SET max_parallel_workers_per_gather = 0; SET enable_partitionwise_aggregate = off;';
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';
my @plans = (
	[ 'rows in another order', 'shuffled', $serial, qr/^Aggregate\n/ ],
	[ 'one worker and the leader', 'shuffled', "$parallel SET max_parallel_workers_per_gather = 1;",
		qr/Finalize Aggregate.*Gather.*Workers Planned: 1\n.*Partial Aggregate/s ],
	[ 'two workers', 'shuffled', "$parallel SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;",
		qr/Finalize Aggregate.*Gather.*Workers Planned: 2\n.*Partial Aggregate/s ],
	[ 'partition-wise', 'partitioned', "$serial SET enable_partitionwise_aggregate = on;",
		qr/Finalize Aggregate.*Append.*(?:Partial Aggregate.*){3}/s ],
	[ 'partition-wise by two workers', 'partitioned', "$parallel SET max_parallel_workers_per_gather = 2; SET enable_partitionwise_aggregate = on;",
		qr/Finalize Aggregate.*Gather.*Workers Planned: 2\n.*(?:Partial Aggregate.*){3}/s ]);

for my $aggregate (@aggregates)
{
	my ($title, $agg, $tally, $rows, $arguments) = @$aggregate;
	my $name = "$agg, $title";

	# the reader says more than the aggregate does
	my $answer = $rows =~ /summary/ ? "$rows($tally($arguments))::text" : "$agg($arguments)::text";
	my $script = "$serial\n\\echo == want\nSELECT $answer FROM customers;\n";

	for my $plan (@plans)
	{
		my ($how, $table, $settings) = @$plan;

		$script .= "$settings\n\\echo == plan of $how\nEXPLAIN (COSTS OFF) SELECT $answer FROM $table;\n"
		  . "\\echo == $how\nSELECT $answer FROM $table;\nRESET ALL;\n";
	}
	$script .= <<"EOS";
$serial
CREATE TEMP TABLE kept AS
	SELECT k, part, $tally($arguments) AS t, count(*) AS n FROM customers JOIN parts USING (customer) GROUP BY k, part;
\\echo == parts
SELECT k, count(*), count(t), sum(n) FROM kept GROUP BY k ORDER BY k;
\\echo == sums
SELECT k, $rows(rollup(t ORDER BY hashint4extended(part, $seed)))::text FROM kept GROUP BY k ORDER BY k;
\\echo == sums of sums
SELECT k, $rows(rollup(t))::text FROM (SELECT k, rollup(t::text::tally) AS t FROM kept GROUP BY k, part % 5) x GROUP BY k ORDER BY k;
\\echo == tallies
SELECT count(*) FILTER (WHERE rollup IS DISTINCT FROM w.t OR tally_send(rollup) IS DISTINCT FROM tally_send(w.t)), count(*)
FROM (SELECT k, rollup(t) FROM kept GROUP BY k) x, (SELECT $tally($arguments) AS t FROM customers) w;
SET enable_partitionwise_aggregate = on;
\\echo == sums of groups
SELECT $rows(rollup(t))::text FROM (SELECT $tally($arguments) AS t FROM partitioned GROUP BY customer) x;
EOS
	my %got = query($db, $script) =~ /^== (.*?)\n(.*?)(?=\n== |\z)/gms;
	my $want = delete $got{want};

	cmp_ok(length($want), '>', 50, "$name: an answer") or next;
	for my $plan (@plans)
	{
		my ($how, undef, undef, $shape) = @$plan;

		like($got{"plan of $how"}, $shape, "$name, $how: the plan");
		ok($got{$how} eq $want, "$name, $how: the same") or diag(difference($want, $got{$how}));
	}
	is(join(' ', map { /^\d+\|\d+\|[1-9]\d*\|(\d+)$/ ? $1 : $_ } split /\n/, $got{parts}), join(' ', ($customers) x @counts), "$name: all customers are in the parts");
	for my $how ('sums', 'sums of sums')
	{
		my @sums = map { [ split /\|/, $_, 2 ] } split /\n/, $got{$how};

		is(join(' ', map { $_->[0] } @sums), join(' ', sort { $a <=> $b } @counts), "$name, $how: all of them");
		for my $sum (@sums)
		{
			ok($sum->[1] eq $want, "$name, $how of $sum->[0] parts: the same") or diag(difference($want, $sum->[1]));
		}
	}
	is($got{tallies}, '0|' . scalar(@counts), "$name: the tallies are the same");
	ok($got{'sums of groups'} eq $want, "$name, partition-wise by customer: the same") or diag(difference($want, $got{'sums of groups'}));
}

# Where two long texts part.
sub difference
{
	my ($want, $got) = @_;
	my $n = 0;

	$got //= '';
	$n++ while $n < length($want) && $n < length($got) && substr($want, $n, 1) eq substr($got, $n, 1);
	my $from = $n > 60 ? $n - 60 : 0;
	return "want ..." . substr($want, $from, 160) . "\n got ..." . substr($got, $from, 160);
}

done_testing();
