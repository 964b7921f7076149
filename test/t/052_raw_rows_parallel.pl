# The aggregates over raw rows answer the same by every plan and from rows in
# any order: 10,000 random groups with equal times, NULL conditions and rows
# that fit several conditions; also where the groups do not fit in memory, and
# for one group of three million rows.

use strict;
use warnings;
use JourneyTest;
use Test::More;

start_random((time() ^ ($$ << 10)) % 2**31);

my $db = create_database('journey_raw_rows');
my $seed = rand(2) - 1;

# Row r of a group is one of 12 seconds, so that many rows share a time.
query($db, <<"EOS");
SET TimeZone = 'UTC';
SELECT setseed($seed);
CREATE TABLE random_rows AS
	SELECT g, '2026-01-01'::timestamptz + floor(random() * 12) * interval '1 second' AS at,
		random() < 0.3 AS a, random() < 0.3 AS b,
		CASE WHEN random() < 0.1 THEN NULL ELSE random() < 0.3 END AS c, random() < 0.2 AS d,
		CASE WHEN random() < 0.9 THEN chr(65 + floor(random() * 4)::int) END AS page,
		(ARRAY['view', 'view/shoes', 'cart', 'buy', 'a name of more than 16 bytes', 'a name that is as long', NULL, 'scroll',
			   'name ' || floor(random() * 2000)])[1 + floor(random() * 9)] AS event, random() AS place
	FROM generate_series(1, 10000) g, generate_series(1, 4 + hashint4extended(g, 1)::bit(4)::int) r;
CREATE TABLE raw AS SELECT row_number() OVER (ORDER BY g, place) AS n, g, at, a, b, c, d, page, event FROM random_rows;
CREATE TABLE shuffled AS SELECT * FROM raw ORDER BY hashint8extended(n, 7);
CREATE TABLE backwards AS SELECT * FROM raw ORDER BY at DESC, n DESC;
CREATE TABLE sorted AS SELECT * FROM raw ORDER BY g, at, n;
CREATE INDEX ON sorted (g, at);
CREATE TABLE parts (LIKE raw) PARTITION BY HASH (g);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES WITH (MODULUS 3, REMAINDER 2);
CREATE TABLE pieces (LIKE raw) PARTITION BY LIST ((n % 3));
CREATE TABLE pieces_0 PARTITION OF pieces FOR VALUES IN (0);
CREATE TABLE pieces_1 PARTITION OF pieces FOR VALUES IN (1);
CREATE TABLE pieces_2 PARTITION OF pieces FOR VALUES IN (2);
INSERT INTO parts TABLE shuffled;
INSERT INTO pieces TABLE shuffled;
ANALYZE;
EOS
is(query($db, 'SELECT count(DISTINCT g), count(*) > 100000 FROM raw'), '10000|t', 'groups and rows');

my @modes = ('', 'strict_deduplication', 'strict_order', 'strict_increase', 'strict_once', 'strict_order,allow_reentry',
	'strict_once,strict_increase', 'strict_order,strict_deduplication');
my @aggregates = (
	(map { $_ eq '' ? "window_funnel('5 s', at, a, b, c, d)" : "window_funnel('5 s', '$_', at, a, b, c, d)" } @modes),
	(map { ("window_funnel('5 s', '$_,compat_clickhouse', at, a, b, c, d)", "window_funnel('5 s', '$_,compat_clickhouse_26', at, a, b, c, d)") }
		  grep { $_ ne '' } @modes),
	'retention(a AND b, c, d, a AND d)',
	(map { ("sequence_match('$_', at, a, b, c)", "sequence_count('$_', at, a, b, c)", "sequence_events('$_', at, a, b, c)") }
		  '(?1)(?2)', '(?1).*(?2).*(?3)', '(?1)(?t<=2)(?2)', '(?1)(?t>1).*(?t<4)(?3)'),
	(map { "sequence_next_node('$_->[0]', '$_->[1]', at, page, true, $_->[2])" }
		  [ 'forward', 'head', 'a' ], [ 'backward', 'tail', 'a' ], [ 'forward', 'first_match', 'a, b' ],
		[ 'backward', 'first_match', 'a, b' ], [ 'forward', 'last_match', 'a' ], [ 'backward', 'last_match', 'b, a' ]));

# Steps by name, and beside each the same as conditions.
my @steps = ('view', '*name*|view/*', '"cart"|buy', '*1|buy');
my $conditions = join(', ', map { "journey.matches('$_', event)" } @steps);
my $steps = 'ARRAY[' . join(', ', map { "'$_'" } @steps) . ']';
my $first_step = @aggregates;
for my $mode (@modes, map { ("$_,compat_clickhouse", "$_,compat_clickhouse_26") } grep { $_ ne '' } @modes)
{
	push @aggregates, $mode eq '' ? "window_funnel('5 s', at, event, $steps)" : "window_funnel('5 s', at, event, $steps, '$mode')",
	  "window_funnel('5 s', '$mode', at, $conditions)";
}
my $last_step = $#aggregates;
my $list = join(",\n\t", map { "$aggregates[$_] AS r$_" } 0 .. $#aggregates);

my $serial = 'SET max_parallel_workers_per_gather = 0;';
my $parallel = 'SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0.8; SET cpu_tuple_cost = 1; SET cpu_operator_cost = 0.00001;'
  . ' SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off;';
my $partitions = 'SET enable_partitionwise_aggregate = on; SET cpu_tuple_cost = 1; SET cpu_operator_cost = 0.00001;';

query($db, "$serial SET enable_hashagg = off; CREATE TABLE want AS SELECT g, $list FROM raw GROUP BY g");

# Each aggregate tells groups apart; else a comparison would say nothing.
my @different = split /\|/, query($db, 'SELECT ' . join(', ', map { "count(DISTINCT r$_)" } 0 .. $#aggregates) . ' FROM want');
cmp_ok($different[$_], '>', 1, "answers differ: $aggregates[$_]") for 0 .. $#aggregates;

for (my $i = $first_step; $i < $last_step; $i += 2)
{
	is(query($db, "SELECT count(*) FROM want WHERE r$i IS DISTINCT FROM r" . ($i + 1)), '0', "as with conditions: $aggregates[$i]");
}

my @plans = (
	[ 'rows in another order', 'shuffled', $serial, qr/Aggregate/ ],
	[ 'the latest rows first', 'backwards', "$serial SET enable_hashagg = off;", qr/GroupAggregate.*Sort/s ],
	[ 'presorted', 'sorted', "$serial SET enable_hashagg = off; SET enable_seqscan = off; SET enable_bitmapscan = off;", qr/^GroupAggregate\s[^\n]*\n(?!.*Sort)/s ],
	[ 'hashed', 'shuffled', "$serial SET enable_sort = off;", qr/HashAggregate/ ],
	[ 'parallel workers', 'shuffled', $parallel, qr/Finalize.*Gather.*Partial/s ],
	[ 'parallel workers, sorted', 'shuffled', "$parallel SET enable_hashagg = off;", qr/Finalize GroupAggregate.*Gather.*Partial GroupAggregate/s ],
	[ 'partition-wise', 'parts', "$serial $partitions", qr/Append.*Aggregate.*Aggregate.*Aggregate/s ],
	[ 'partition-wise, partial', 'pieces', "$parallel $partitions", qr/Finalize.*Gather.*Partial.*pieces_/s ],
	[ 'partition-wise and parallel', 'parts', "$parallel $partitions", qr/Gather/ ]);
for my $plan (@plans)
{
	my ($title, $table, $settings, $shape) = @$plan;
	my $select = "SELECT g, $list FROM $table GROUP BY g";

	like(query($db, "$settings EXPLAIN (COSTS OFF) $select"), $shape, "$title: the plan");
	is(query($db, "$settings CREATE TEMP TABLE again AS $select; $serial SELECT "
			  . join(', ', map { "count(*) FILTER (WHERE w.r$_ IS DISTINCT FROM a.r$_)" } 0 .. $#aggregates)
			  . ' FROM want w FULL JOIN again a USING (g)'),
		join('|', (0) x @aggregates), "$title: the same answers");
}

# -- groups that do not fit in memory -------------------------------------------

my $small = "$serial SET enable_sort = off; SET work_mem = '64kB'; SET hash_mem_multiplier = 1;";
my $spilled = "SELECT g, $aggregates[0] AS r0, retention(a, b) AS r1, sequence_count('(?1)(?2)', at, a, b) AS r2 FROM shuffled GROUP BY g";
like(query($db, "$small EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $spilled"), qr/HashAggregate.*Batches: (?!1 ).*Disk Usage/s, 'HashAggregate spills');
is(query($db, <<"EOS"), '0', 'spilled: the same answers');
$small CREATE TEMP TABLE again AS $spilled;
$serial
SELECT count(*) FROM again a FULL JOIN (SELECT g, $aggregates[0] AS r0, retention(a, b) AS r1, sequence_count('(?1)(?2)', at, a, b) AS r2 FROM raw GROUP BY g) w USING (g)
WHERE (a.r0, a.r1, a.r2) IS DISTINCT FROM (w.r0, w.r1, w.r2)
EOS

# -- one group of three million rows ---------------------------------------------

# Second i: step 1 if i ends in 0, step 2 if in 3, step 3 if in 7.
query($db, <<'EOS');
CREATE TABLE large AS SELECT i, i % 10 = 0 AS a, i % 10 = 3 AS b, i % 10 = 7 AS c FROM generate_series(3000000, 1, -1) i;
ANALYZE large;
EOS
my @large = (
	[ 'window_funnel(7, i, a, b, c)', '3' ],
	[ 'window_funnel(6, i, a, b, c)', '2' ],
	[ "window_funnel(7, 'strict_order', i, a, b, c)", '1' ],    # a row without a step lies between
	[ "window_funnel(7, 'strict_increase', i, a, b, c)", '3' ],
	[ 'retention(a, b, i < 0)', '{t,t,f}' ],
	[ "sequence_match('(?1)(?t==3)(?2)(?t==4)(?3)', i, a, b, c)", 't' ],
	[ "sequence_match('(?1)(?t<3)(?2)', i, a, b, c)", 'f' ],
	[ "sequence_count('(?1)(?2)(?3)', i, a, b, c)", '299999' ],
	[ "sequence_next_node('backward', 'last_match', i, i::text, true, c)", '2999996' ]);
for my $plan ([ 'serial', "$serial" ], [ 'parallel', $parallel ])
{
	my ($title, $settings) = @$plan;
	my $calls = join(', ', map { $_->[0] } @large);

	is(query($db, "$settings SET work_mem = '64kB'; SELECT $calls FROM large"), join('|', map { $_->[1] } @large), "three million rows, $title");
}

done_testing();
