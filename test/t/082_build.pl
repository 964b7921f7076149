# build under way: its progress can be watched, it can be stopped at any time and
# leaves nothing behind, it keeps to its limits, and sees what its caller may see.

use strict;
use warnings;
use JourneyTest;
use Test::More;
use Time::HiRes qw(sleep);

my $db = create_database('journey_build');

query($db, <<'EOS');
CREATE TABLE events AS
SELECT hashint8(i) % 50000 AS id, '2026-01-01 00:00+00'::timestamptz + i * interval '1 s' AS at,
	(ARRAY['view_item', 'add_to_cart', 'purchase'])[1 + i % 3] AS event, i % 7 = 0 AS skipped
FROM generate_series(1, 1500000) AS i;
ANALYZE events;
EOS

my $query = 'SELECT CASE WHEN skipped THEN NULL ELSE id END, at, event FROM public.events';
my $build = "SELECT count(*), sum(journey.touchpoint_count(journey)) FROM journey.build(NULL::integer, '$query')";
my $small = "SET work_mem = '64kB'; SET hash_mem_multiplier = 1; ";
my $busy = "FROM pg_stat_activity WHERE datname = '$db' AND pid <> pg_backend_pid() AND backend_type = 'client backend'";

# -- progress -----------------------------------------------------------------------

my $pid = start_query($db, "SET max_parallel_workers_per_gather = 0; SELECT count(*) FROM generate_series(1, 4), LATERAL journey.build(NULL::integer, '$query') AS b");
my (%seen, $most, $total) = ();

$most = $total = 0;
for (1 .. 400)
{
	my $row = query($db, "SELECT command IS NULL, type, tuples_processed, tuples_excluded, bytes_total, bytes_processed FROM pg_stat_progress_copy WHERE datname = '$db'");
	if ($row ne '')
	{
		my @f = split /\|/, $row;
		$seen{$f[1]} = 1;
		$most = $f[2] if $f[2] > $most;
		$total = $f[4] if $f[4] > $total;
		cmp_ok($f[5], '<=', $f[4], 'no more is done than there is') if $f[4] > 0 && !$seen{done}++;
	}
	last if query($db, "SELECT count(*) $busy AND state = 'active'") eq '0';
	sleep(0.01);
}
my ($status, $out, $err) = finish_query($pid);
is($status, 0, 'four builds of one statement') or diag $err;
is_deeply([ grep { $_ ne 'done' } sort keys %seen ], ['CALLBACK'], 'the view of copies shows it as a callback');
cmp_ok($most, '>', 0, 'with the rows read so far');
cmp_ok($total, '>', 0, 'and then the bytes that become journeys');
is(query($db, 'SELECT count(*) FROM pg_stat_progress_copy'), '0', 'and no more when it is over');

# -- memory and temporary files ----------------------------------------------------------

my $whole = query($db, $build);
my ($customers, $touchpoints) = split /\|/, $whole;
is($touchpoints, query($db, 'SELECT count(*) FROM events WHERE NOT skipped'), 'every row that counts is there');
is(query($db, $small . $build), $whole, 'the same with little memory');
($status, $out, $err) = try_query($db, "SET temp_file_limit = '1MB'; $small $build");
like($err, qr/temporary file size exceeds/, 'temp_file_limit counts');
is(query($db, 'SELECT count(*) FROM pg_ls_tmpdir()'), '0', 'no file is left after an error');
($status, $out, $err) = try_query($db, $small . "SELECT count(*) FROM journey.build(NULL::integer, 'SELECT id, at, event || repeat(''x'', 2000 * (1 - sign(1400000 - extract(epoch FROM at - ''2026-01-01 00:00+00''::timestamptz)))::integer) FROM public.events')");
like($err, qr/event name is too long/, 'an error in the midst of the rows');
is(query($db, 'SELECT count(*) FROM pg_ls_tmpdir()'), '0', 'no file is left after that either');

# -- interrupts ---------------------------------------------------------------------------

my $caught = 0;
for my $delay (0.02, 0.05, 0.1, 0.2, 0.3, 0.4)
{
	my $child = start_query($db, $small . $build);

	wait_for($db, "SELECT count(*) $busy AND state = 'active'", '1');
	sleep($delay);
	query($db, "SELECT pg_cancel_backend(pid) $busy AND state = 'active'");
	($status, $out, $err) = finish_query($child);
	$caught++ if $status != 0 && $err =~ /canceling statement due to user request/;
}
cmp_ok($caught, '>=', 3, 'stopped when asked to');
wait_for($db, "SELECT count(*) $busy", '0');
is(query($db, 'SELECT count(*) FROM pg_ls_tmpdir()'), '0', 'no file is left after an interrupt');

# -- limits -------------------------------------------------------------------------------

($status, $out, $err) = try_query($db, "SELECT journey FROM journey.build(NULL::integer, 'SELECT 42, ''2026-01-01 00:00+00''::timestamptz, ''x'' FROM generate_series(1, 10000001)')");
like($err, qr/journey is too long/, 'a customer with more than ten million touchpoints');
like($err, qr/customer 42/, 'is named');
($status, $out, $err) = try_query($db, $small . "SELECT journey FROM journey.build(NULL::integer, 'SELECT 42, ''2026-01-01 00:00+00''::timestamptz, ''x'' FROM generate_series(1, 10000001)')");
like($err, qr/journey is too long.*customer 42/s, 'also from files');

# -- plans ---------------------------------------------------------------------------------

my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; ';
is(query($db, $parallel . $build), $whole, 'the same by parallel workers');
query($db, 'CREATE FUNCTION whose() RETURNS integer LANGUAGE plpgsql PARALLEL SAFE AS $$BEGIN RETURN pg_backend_pid(); END$$');
is(query($db, $parallel . "SELECT count(*) > 0 FROM journey.build(NULL::integer, 'SELECT public.whose(), at, event FROM public.events WHERE at < ''2026-01-03''') AS b WHERE b.customer <> pg_backend_pid()"),
	't', 'workers read rows for it');

# -- rights ---------------------------------------------------------------------------------

query($db, <<'EOS');
CREATE ROLE journey_build_reader;
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON events TO journey_build_reader USING (id < 100);
GRANT SELECT ON events TO journey_build_reader;
EOS
is(query($db, "SET ROLE journey_build_reader; SELECT max(customer) < 100, count(*) > 0 FROM journey.build(NULL::integer, '$query')"),
	't|t', 'row-level security is that of the caller');
query($db, 'DROP OWNED BY journey_build_reader; DROP ROLE journey_build_reader');

drop_database($db);
done_testing();
