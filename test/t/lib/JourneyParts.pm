package JourneyParts;

# One answer over customers, however they are split: from rows in another order,
# by parallel workers, partition-wise, and from parts counted alone and added up.
# The test makes the table "customers" with an integer column "customer".

use strict;
use warnings;
use Exporter 'import';
use JourneyTest;
use Test::More;

our @EXPORT = qw(split_customers same_answer pick $serial $parallel);

our $serial = 'SET max_parallel_workers_per_gather = 0; SET enable_partitionwise_aggregate = off;';
our $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';

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

my ($customers, @counts, $seed);

sub pick
{
	return $_[ int(rand(@_)) ];
}

# The customers 1 to $customers in another order, in partitions, and in parts at
# random: table "parts" has for each number k of parts the part of a customer.
sub split_customers
{
	my ($db) = @_;
	my $parts = '';

	$customers = query($db, 'SELECT count(*) FROM customers');
	@counts = (1, 2, 3 + int(rand(8)), 40 + int(rand(100)), $customers);
	$seed = int(rand(2**31));    # of the order in which parts are added
	for my $customer (1 .. $customers)
	{
		# the first parts are larger
		$parts .= join("\t", $customer, $_, $_ == $customers ? $customer : int($_ * rand()**2)) . "\n" for @counts;
	}
	query($db, <<"EOS" . $parts . "\\.\n");
CREATE TABLE parts (customer int, k int, part int);
COPY parts FROM stdin;
EOS
	query($db, <<'EOS');
CREATE TABLE shuffled AS SELECT * FROM customers ORDER BY hashint4(customer);
CREATE TABLE partitioned (LIKE customers) PARTITION BY HASH (customer);
CREATE TABLE partitioned_0 PARTITION OF partitioned FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE partitioned_1 PARTITION OF partitioned FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE partitioned_2 PARTITION OF partitioned FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO partitioned TABLE shuffled;
ALTER TABLE shuffled SET (parallel_workers = 2);
ANALYZE;
EOS
}

# $answer is an aggregate over customers, $tally the one that answers with its
# tally, $rows the function that reads that tally as $answer does.
sub same_answer
{
	my ($db, $name, $answer, $tally, $rows) = @_;
	my $script = "$serial\n\\echo == want\nSELECT $answer\::text FROM customers;\n";

	for my $plan (@plans)
	{
		my ($how, $table, $settings) = @$plan;

		$script .= "$settings\n\\echo == plan of $how\nEXPLAIN (COSTS OFF) SELECT $answer\::text FROM $table;\n"
		  . "\\echo == $how\nSELECT $answer\::text FROM $table;\nRESET ALL;\n";
	}
	$script .= <<"EOS";
$serial
CREATE TEMP TABLE kept AS
	SELECT k, part, $tally AS t, count(*) AS n FROM customers JOIN parts USING (customer) GROUP BY k, part;
\\echo == parts
SELECT k, count(*), count(t), sum(n) FROM kept GROUP BY k ORDER BY k;
\\echo == sums
SELECT k, $rows(rollup(t ORDER BY hashint4extended(part, $seed)))::text FROM kept GROUP BY k ORDER BY k;
\\echo == sums of sums
SELECT k, $rows(rollup(t))::text FROM (SELECT k, rollup(t::text::tally) AS t FROM kept GROUP BY k, part % 5) x GROUP BY k ORDER BY k;
\\echo == tallies
SELECT count(*) FILTER (WHERE rollup IS DISTINCT FROM w.t OR tally_send(rollup) IS DISTINCT FROM tally_send(w.t)), count(*)
FROM (SELECT k, rollup(t) FROM kept GROUP BY k) x, (SELECT $tally AS t FROM customers) w;
SET enable_partitionwise_aggregate = on;
\\echo == sums of groups
SELECT $rows(rollup(t))::text FROM (SELECT $tally AS t FROM partitioned GROUP BY customer) x;
EOS
	my %got = query($db, $script) =~ /^== (.*?)\n(.*?)(?=\n== |\z)/gms;
	my $want = delete $got{want};

	cmp_ok(length($want), '>', 50, "$name: an answer") or return;
	for my $plan (@plans)
	{
		my ($how, undef, undef, $shape) = @$plan;

		like($got{"plan of $how"}, $shape, "$name, $how: the plan");
		same($got{$how}, $want, "$name, $how");
	}
	is(join(' ', map { /^\d+\|\d+\|[1-9]\d*\|(\d+)$/ ? $1 : $_ } split /\n/, $got{parts}), join(' ', ($customers) x @counts), "$name: all customers are in the parts");
	for my $how ('sums', 'sums of sums')
	{
		my @sums = map { [ split /\|/, $_, 2 ] } split /\n/, $got{$how};

		is(join(' ', map { $_->[0] } @sums), join(' ', sort { $a <=> $b } @counts), "$name, $how: all of them");
		same($_->[1], $want, "$name, $how of $_->[0] parts") for @sums;
	}
	is($got{tallies}, '0|' . scalar(@counts), "$name: the tallies are the same");
	same($got{'sums of groups'}, $want, "$name, partition-wise by customer");
}

# The answers are long: what is said of two is where they part.
sub same
{
	my ($got, $want, $name) = @_;
	my $n = 0;

	$got //= '';
	ok($got eq $want, "$name: the same") and return;
	$n++ while $n < length($want) && $n < length($got) && substr($want, $n, 1) eq substr($got, $n, 1);
	my $from = $n > 60 ? $n - 60 : 0;
	diag("want ..." . substr($want, $from, 160) . "\n got ..." . substr($got, $from, 160));
}

1;
