# Random journeys: text, JSON and binary give the value back; journey_agg gives
# back the rows, and the same journeys by every plan and from rows in any
# order; so do the aggregates over customers.

use strict;
use warnings;
use JourneyTest;
use Test::More;

start_random((time() ^ ($$ << 10)) % 2**31);

my $db = create_database('journey_random');

# -- rows -------------------------------------------------------------------

my @known = qw(page_view view_item add_to_cart begin_checkout purchase refund
  session_start search review login);
my @odd = (
	'Order Completed', 'a "quoted" name', 'comma, and [bracket]', 'at@sign', 'x=1',
	'view_item/', '/view_item', 'page_view/product', 'page_view/two/parts', 'purchase ',
	' purchase', '*', 'view_*', 'a|b', '-- comment', '#', 'null', '[]', '\\n', "tab\there",
	"line\nbreak", "\x{5bc}\x{5d0}", "\x{65e5}\x{672c}\x{8a9e}", "\x{1f600}", 'e' x 1024, "\x{e9}" x 512,
	'2026-01-01', '=', '@', '"', "'", '$$', '{', '}', 'NaN', '(start)', '(end)');
my @channels = ('email', 'paid search', 'direct', '(none)', 'a@b', '"', "\x{5d0}", 'c' x 1024, '=5');

sub pick
{
	my ($list) = @_;
	return $list->[ int(rand(@$list)) ];
}

sub random_value
{
	my $kind = int(rand(8));

	return '\N' if $kind < 3;
	return int(rand(10)) if $kind < 5;
	return sprintf('%.2f', rand(1000)) if $kind == 5;
	return sprintf('%.17g', (rand() - 0.5) * 10**(int(rand(600)) - 300)) if $kind == 6;
	return pick([ '0', '5e-324', '1.7976931348623157e308', '-1', '2.2250738585072014e-308' ]);
}

sub copy_text
{
	my ($text) = @_;

	$text =~ s/\\/\\\\/g;
	$text =~ s/\t/\\t/g;
	$text =~ s/\n/\\n/g;
	return $text;
}

my $rows = '';
my $n = 0;
my $customers = 1500;
for my $customer (1 .. $customers)
{
	my $shape = int(rand(6));
	my $count = $customer == 1 ? 20000 : $customer == 2 ? 3000 : 1 + int(rand(10)**2 * (rand() < 0.1 ? 3 : 0.6));
	my $names = $shape == 0 ? [ map { "name $_" } 1 .. 400 ] : $shape == 1 ? [ @known, @odd ] : $shape == 2 ? [ pick(\@known) ] : \@known;
	my $unit = pick([ 1, 1_000, 1_000_000, 60_000_000 ]);
	my $step = pick([ 2, 100, 100_000, 10_000_000_000 ]);
	my $with_channel = rand() < 0.5;
	my $with_value = rand() < 0.5;
	my $at = int(rand(800_000_000)) * 1_000_000;

	$at = -200_000_000_000_000_000 + int(rand(1000)) if $customer % 100 == 3;    # in the year -4338
	for (1 .. $count)
	{
		$at += int(rand($step)) * $unit;
		last if $at > 9_000_000_000_000_000_000;
		$at -= $at % $unit if $unit > 1 && $at > 0;
		my $when = rand() < 0.002 ? '\N' : $at;
		my $event = rand() < 0.002 ? '\N' : copy_text(pick($names));
		my $channel = $with_channel && rand() < 0.7 ? copy_text(pick(\@channels)) : '\N';
		my $value = $with_value ? random_value() : '\N';
		my $tie = rand() < 0.1 ? '\N' : int(rand(3));

		$rows .= join("\t", ++$n, $customer, $when, $event, $channel, $value, $tie) . "\n";
	}
}
utf8::encode($rows);

query($db, <<"EOS" . $rows . "\\.\n");
CREATE FUNCTION ts(us bigint) RETURNS timestamptz IMMUTABLE STRICT PARALLEL SAFE
	RETURN '2000-01-01 00:00:00+00'::timestamptz + us / 86400000000 * interval '1 day' + us % 86400000000 * interval '1 microsecond';
CREATE TABLE copied (n bigint, customer integer, at bigint, event text, channel text, value float8, tiebreak bigint);
SET client_encoding = 'UTF8';
COPY copied FROM stdin;
EOS
query($db, <<'EOS');
SET TimeZone = 'UTC';
CREATE TABLE raw AS SELECT n, customer, ts(at) AS at, event, channel, value, tiebreak FROM copied;
CREATE TABLE shuffled AS SELECT * FROM raw ORDER BY hashint8(n);
CREATE TABLE parts (LIKE raw) PARTITION BY HASH (customer);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES WITH (MODULUS 3, REMAINDER 2);
CREATE TABLE by_time (LIKE raw) PARTITION BY LIST ((n % 4));
CREATE TABLE by_time_0 PARTITION OF by_time FOR VALUES IN (0);
CREATE TABLE by_time_1 PARTITION OF by_time FOR VALUES IN (1);
CREATE TABLE by_time_2 PARTITION OF by_time FOR VALUES IN (2);
CREATE TABLE by_time_3 PARTITION OF by_time FOR VALUES IN (3);
INSERT INTO parts SELECT * FROM shuffled;
INSERT INTO by_time SELECT * FROM shuffled;
ANALYZE;
EOS
cmp_ok(query($db, 'SELECT count(*) FROM raw'), '>', 20000, 'there are rows');

# -- journey_agg, by every plan ---------------------------------------------

my $serial = 'SET max_parallel_workers_per_gather = 0; SET enable_partitionwise_aggregate = off;';
my $parallel = 'SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0.5; SET cpu_tuple_cost = 1;'
  . ' SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off;';

# form, arguments, order that the rows must come back in
my @forms = (
	[ two => 'at, event', 'at, event COLLATE "C"', 'NULL::text, NULL::float8' ],
	[ three => 'at, event, channel', 'at, event COLLATE "C", channel COLLATE "C" NULLS FIRST', 'channel, NULL::float8' ],
	[ four => 'at, event, channel, value',
		'at, event COLLATE "C", channel COLLATE "C" NULLS FIRST, value NULLS FIRST', 'channel, value' ],
	[ five => 'at, event, channel, value, tiebreak',
		'at, tiebreak, event COLLATE "C", channel COLLATE "C" NULLS FIRST, value NULLS FIRST', 'channel, value' ]);

for my $form (@forms)
{
	my ($name, $arguments, $order, $extra) = @$form;

	query($db, "$serial CREATE TABLE j_$name AS SELECT customer, journey_agg($arguments) AS j FROM raw GROUP BY customer");

	my $differ = query($db, <<"EOS");
SET max_parallel_workers_per_gather = 0;
WITH want AS (
	SELECT customer, row_number() OVER (PARTITION BY customer ORDER BY $order)::int AS n, at, event, $extra
	FROM raw WHERE at IS NOT NULL AND event IS NOT NULL
), got AS (
	SELECT j.customer, t.* FROM j_$name j, touchpoints(j.j) t
)
SELECT (SELECT count(*) FROM (TABLE want EXCEPT ALL TABLE got) x)
	|| ' ' || (SELECT count(*) FROM (TABLE got EXCEPT ALL TABLE want) x)
	|| ' ' || (SELECT count(*) > 20000 FROM got)
EOS
	is($differ, '0 0 true', "journey_agg of $name arguments gives back the rows, in order");

	my @plans = (
		[ 'rows in another order', 'shuffled', $serial, qr/Aggregate/ ],
		[ 'sorted groups', 'shuffled', "$serial SET enable_hashagg = off;", qr/GroupAggregate/ ],
		[ 'little memory', 'shuffled', "$serial SET work_mem = '64kB';", qr/Aggregate/ ],
		[ 'parallel workers', 'shuffled', $parallel, qr/Finalize.*Gather.*Partial/s ],
		[ 'parallel workers, sorted', 'shuffled', "$parallel SET enable_hashagg = off;", qr/Finalize GroupAggregate.*Gather.*Partial GroupAggregate/s ],
		[ 'partition-wise', 'parts', "$serial SET enable_partitionwise_aggregate = on;", qr/Append.*Aggregate.*Aggregate.*Aggregate/s ],
		[ 'partition-wise, partial', 'by_time', "$parallel SET enable_partitionwise_aggregate = on;",
			qr/Finalize.*Gather.*Partial.*by_time_/s ],
		[ 'partition-wise and parallel', 'parts', "$parallel SET enable_partitionwise_aggregate = on;", qr/Gather/s ]);
	for my $plan (@plans)
	{
		my ($title, $table, $settings, $shape) = @$plan;
		my $select = "SELECT customer, journey_agg($arguments) AS j FROM $table GROUP BY customer";

		like(query($db, "$settings EXPLAIN (COSTS OFF) $select"), $shape, "journey_agg of $name arguments, $title: the plan");
		is(query($db, <<"EOS"), 0, "journey_agg of $name arguments, $title: the same journeys");
$settings
CREATE TEMP TABLE again AS $select;
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM j_$name a FULL JOIN again b USING (customer) WHERE a.j IS DISTINCT FROM b.j
	OR journey_send(a.j) IS DISTINCT FROM journey_send(b.j);
EOS
	}
}

# -- journeys of parts of a journey -----------------------------------------

is(query($db, <<'EOS'), 0, 'journey_agg of journeys puts them together');
SET enable_partitionwise_aggregate = on;
WITH piece AS (
	SELECT customer, n % 3 AS device, journey_agg(at, event, channel, value) AS j FROM raw GROUP BY 1, 2
), whole AS (
	SELECT customer, journey_agg(j) AS j FROM piece GROUP BY 1
)
SELECT count(*) FROM j_four a FULL JOIN whole b USING (customer) WHERE a.j IS DISTINCT FROM b.j
EOS

is(query($db, <<'EOS'), 0, 'so does ||');
WITH piece AS (
	SELECT customer, journey_agg(at, event, channel, value) FILTER (WHERE n % 2 = 0) AS a,
		journey_agg(at, event, channel, value) FILTER (WHERE n % 2 = 1) AS b FROM raw GROUP BY 1
)
SELECT count(*) FROM j_four w JOIN piece p USING (customer)
WHERE w.j IS DISTINCT FROM coalesce(p.a || p.b, p.a, p.b) OR w.j IS DISTINCT FROM coalesce(p.b || p.a, p.a, p.b)
EOS

is(query($db, <<'EOS'), 0, 'split_sessions loses nothing');
WITH session AS (
	SELECT customer, s.j FROM j_four w, LATERAL (SELECT split_sessions(w.j, '1 hour') AS j) s
), whole AS (
	SELECT customer, journey_agg(j) AS j, sum(touchpoint_count(j)) AS n FROM session GROUP BY 1
)
SELECT count(*) FROM j_four a FULL JOIN whole b USING (customer)
WHERE a.j IS DISTINCT FROM b.j OR touchpoint_count(a.j) IS DISTINCT FROM b.n
EOS

# -- round trips --------------------------------------------------------------

my @sessions = (
	"SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY';",
	"SET TimeZone = 'America/New_York'; SET DateStyle = 'German'; SET extra_float_digits = 0;",
	"SET TimeZone = 'Asia/Kolkata'; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'iso_8601'; SET extra_float_digits = -15;");
for my $form (qw(two four))
{
	for my $session (@sessions)
	{
		my ($zone) = $session =~ /TimeZone = '([^']+)'/;

		is(query($db, "$session SELECT count(*) FROM j_$form WHERE j::text::journey IS DISTINCT FROM j OR journey_send(j::text::journey) <> journey_send(j)"),
			0, "text gives back the journeys ($form arguments, $zone)");
		is(query($db, "$session SELECT count(*) FROM j_$form WHERE j::jsonb::journey IS DISTINCT FROM j OR journey_send(j::jsonb::journey) <> journey_send(j)"),
			0, "jsonb gives back the journeys ($form arguments, $zone)");
	}
	my @texts = map { query($db, "$_ SELECT md5(string_agg(j::text || j::jsonb, '' ORDER BY customer)) FROM j_$form") } @sessions;
	is($texts[1], $texts[0], "the texts do not depend on the session ($form arguments)");
	is($texts[2], $texts[0], "nor on this one ($form arguments)");

	for my $format ('binary', 'text', 'csv')
	{
		my $file = temp_folder() . "/copy.$format";

		query($db, "$sessions[1] \\copy j_$form TO '$file' (FORMAT $format)\n" =~ s/; \\copy/;\n\\copy/r);
		query($db, "$sessions[2]\nCREATE TABLE back_${form}_$format (LIKE j_$form);\n\\copy back_${form}_$format FROM '$file' (FORMAT $format)\n");
		is(query($db, "SELECT count(*) FROM j_$form a FULL JOIN back_${form}_$format b USING (customer) WHERE a.j IS DISTINCT FROM b.j"),
			0, "COPY in $format format gives back the journeys ($form arguments)");
	}
}

# -- aggregates over customers ------------------------------------------------

my %totals = (
	transition_agg => 'SELECT md5(transition_agg(j)::text) FROM %s',
	'transition_agg with a model' => "SELECT md5(transition_agg(j, (SELECT stage_model('five_stage')))::text) FROM %s",
	funnel_agg => "SELECT md5(funnel_agg(funnel(j, '{page_view,add_to_cart,purchase}', '30 days'))::text) FROM %s",
	retention_agg => "SELECT md5(retention_agg(activity(j, start => '*', \"return\" => '*', period => 'month', timezone => 'Europe/Berlin'))::text) FROM %s");
query($db, <<'EOS');
CREATE TABLE modern AS SELECT customer, j FROM j_four WHERE first_at(j) > '2010-01-01' AND last_at(j) < '2040-01-01';
CREATE TABLE modern_shuffled AS SELECT customer, j FROM modern ORDER BY hashint4(customer);
CREATE TABLE modern_parts (LIKE modern) PARTITION BY HASH (customer);
CREATE TABLE modern_parts_0 PARTITION OF modern_parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE modern_parts_1 PARTITION OF modern_parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO modern_parts TABLE modern;
ANALYZE;
EOS
for my $name (sort keys %totals)
{
	my $want = query($db, $serial . sprintf($totals{$name}, 'modern'));

	isnt($want, '', "$name answers");
	is(query($db, $serial . sprintf($totals{$name}, 'modern_shuffled')), $want, "$name, rows in another order: the same");
	like(query($db, "$parallel EXPLAIN (COSTS OFF) " . sprintf($totals{$name}, 'modern_shuffled')),
		qr/Finalize.*Gather.*Partial/s, "$name, parallel workers: the plan");
	is(query($db, $parallel . sprintf($totals{$name}, 'modern_shuffled')), $want, "$name, parallel workers: the same");
	is(query($db, "$parallel SET enable_partitionwise_aggregate = on;" . sprintf($totals{$name}, 'modern_parts')),
		$want, "$name, partition-wise: the same");
}

done_testing();
