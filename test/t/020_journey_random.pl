# Journeys at the limits: every byte of a sent value damaged, which gives an
# error or a valid value and never a crash; all well-known names; 10 million
# touchpoints in one.

use strict;
use warnings;
use JourneyTest;
use Test::More;
use Time::HiRes qw(time);

start_random(20260106);

my $db = create_database('journey_limits');

# -- damaged bytes ------------------------------------------------------------

my @literals = (
	'[]',
	'[2026-01-02 10:00:00+00 purchase]',
	'[0044-03-15 12:00:00.25+00 BC page_view/home @email =49.9, 2026-01-02 10:00:00+00 "Order Completed", 2026-01-02 10:00:00+00 purchase @"paid search", 2026-01-02 10:00:00.000001+00 page_view/home @email =-1e-300]',
	'[2026-01-02 10:00:00+00 שלום @é, 2026-01-02 10:00:01+00 "", 2026-01-02 10:00:02+00 b @"", 294276-12-31 23:59:59.999999+00 購買]',
	'[2026-01-02 10:00:00+00 a =1, 2026-01-02 10:00:00.5+00 a =2, 2026-01-02 10:00:01+00 a, 2026-01-02 10:00:01+00 b =5e-324, 2026-03-02 10:00:01+00 c]');

query($db, 'CREATE TABLE kept (v journey)');
my $mutations = 0;
for my $literal (@literals)
{
	my $title = length $literal > 60 ? substr($literal, 0, 57) . '...' : $literal;
	my $value = pack('H*', query($db, "SET client_encoding = 'UTF8'; SELECT encode(journey_send('$literal'), 'hex')"));

	is(copy_back($db, 'kept', $value), copy_file($value), "$title: the same bytes come back");
	is(query($db, "SET client_encoding = 'UTF8'; SELECT v = '$literal' FROM kept"), 't', "$title: the same value");
	query($db, 'TRUNCATE kept');

	my @bad;
	for my $at (0 .. length($value) - 1)
	{
		for my $flip (0xff, 0x01, 0x80, 1 + int(rand(255)))
		{
			my $bytes = $value;
			substr($bytes, $at, 1) = chr(ord(substr($value, $at, 1)) ^ $flip);
			push @bad, $bytes;
		}
		push @bad, substr($value, 0, $at), substr($value, 0, $at) . substr($value, $at + 1);
	}
	for (1 .. 50)
	{
		my $bytes = $value;
		substr($bytes, int(rand(length $value)), 1) = chr(int(rand(256))) for 1 .. 2 + int(rand(6));
		push @bad, $bytes;
	}
	# counts that no message of this size can hold
	for my $count (0x7fffffff, 0xffffffff, 0x80000000, 10_000_001, 65_536)
	{
		push @bad, substr($value, 0, 2) . pack('N', $count) . substr($value, 6);
		push @bad, substr($value, 0, 6) . pack('N', $count) . substr($value, 10);
		push @bad, substr($value, 0, 10) . pack('N', $count) . substr($value, 14) if length $value > 14;
	}
	push @bad, $value . "\0", $value x 2;
	$mutations += @bad;

	# One session for all: errors are expected, a lost connection is not.  What
	# was taken is whole: it prints and reads, sends, compares and is counted.
	my $script = "SET client_encoding = 'UTF8';\n" . copy_script('kept', @bad) . <<'EOS';
SELECT 'alive', count(*),
	coalesce(bool_and(v::text::journey = v AND journey_send(v::text::journey) = journey_send(v) AND v::jsonb::journey = v AND v || '[]' = v
		AND journey_hash(v) = journey_hash(v::text::journey) AND cardinality(events(v)) = touchpoint_count(v)
		AND (SELECT count(*) FROM touchpoints(v)) = touchpoint_count(v) AND filter(v, '*') = v), true)
	FROM kept;
SELECT 'counted', count(*) >= 0 FROM unnest((SELECT transition_agg(v) FROM kept));
SELECT 'sorted', count(*) >= 0 FROM (SELECT DISTINCT v FROM kept ORDER BY v) s;
EOS
	my ($status, $out, $err) = run($script, 'psql', '-XAtq', '-d', $db);
	my $kept = query($db, 'SELECT count(*) FROM kept');

	like($out, qr/^alive\|$kept\|t$/m, "$title: what is taken is a journey");
	like($out, qr/^counted\|t\nsorted\|t$/m, "$title: and can be counted and sorted");
	unlike($err, qr/server closed|connection|internal error|invalid memory|cache lookup|XX000/, "$title: with ordinary errors");
	is((() = $err =~ /ERROR:/g) + $kept, scalar(@bad), "$title: each is one or the other");
	query($db, 'TRUNCATE kept');
}
cmp_ok($mutations, '>', 2000, "$mutations damaged values");

# Names travel in the client's encoding, and are checked in it.
like(query($db, "SET client_encoding = latin1; SELECT encode(journey_send('[2026-01-02 10:00:00+00 \xe9]'), 'hex')"),
	qr/00000001e9/, 'names are sent in the encoding of the client');

# -- well-known names -----------------------------------------------------------

my @names = slurp(top_folder() . '/src/core/wellknown_names.h') =~ /^NAME\("((?:[^"\\]|\\.)*)"\)/mg;
cmp_ok(scalar(@names), '>', 300, scalar(@names) . ' well-known names');
is(scalar(do { my %seen; grep { $seen{$_}++ } @names }), 0, 'all different');
query($db, "CREATE TABLE names (n serial, name text);\nCOPY names (name) FROM stdin;\n" . join('', map { s/\\/\\\\/gr . "\n" } @names) . "\\.\n");
is(query($db, <<'EOS'), 't|t|t|t|t|t', 'all of them survive in one journey, as events, channels and with a detail');
WITH j AS (
	SELECT journey_agg('2026-01-01'::timestamptz, name, name, NULL, n) AS j, array_agg(name ORDER BY n) AS names FROM names
), d AS (
	SELECT journey_agg('2026-01-01'::timestamptz, name || '/x', NULL, NULL, n) AS j, array_agg(name || '/x' ORDER BY n) AS names FROM names
)
SELECT events(j.j) = j.names, channels(j.j) = j.names, j.j::text::journey = j.j, j.j::jsonb::journey = j.j, events(d.j) = d.names, d.j::text::journey = d.j
FROM j, d
EOS
is(query($db, <<'EOS'), 't|t', 'and each alone, in a dozen bytes');
SELECT bool_and(events(j) = ARRAY[name] AND j::text::journey = j), bool_and(pg_column_size(j) BETWEEN 9 AND 16)
FROM (SELECT name, journey_agg('2026-01-01'::timestamptz, name) AS j FROM names GROUP BY name) s
EOS

# -- many touchpoints -------------------------------------------------------------

my $began = time();
is(query($db, <<'EOS'), '10000000|t|t|t|t', '10 million rows of one group');
SET work_mem = '4MB';
CREATE TABLE long AS
SELECT journey_agg('2000-01-01'::timestamptz + i * interval '7 s', CASE i % 3 WHEN 0 THEN 'page_view' WHEN 1 THEN 'purchase' ELSE 'my event' END) AS j
FROM generate_series(1, 10000000) AS i;
SELECT touchpoint_count(j), first_at(j) = '2000-01-01'::timestamptz + interval '7 s', last_at(j) = '2000-01-01'::timestamptz + 10000000 * interval '7 s',
	touchpoint_count(j, 'purchase') = 3333334, nth(j, -2) = (9999999, '2000-01-01'::timestamptz + 9999999 * interval '7 s', 'page_view', NULL, NULL)::touchpoint
FROM long
EOS
is(query($db, <<'EOS'), '9999999', 'and transitions of it');
SELECT sum(count) FILTER (WHERE from_event <> '(start)' AND to_event <> '(end)') FROM unnest((SELECT transition_agg(j) FROM long))
EOS
printf "# %.1f s\n", time() - $began;
my ($status, undef, $err) = try_query($db, "SELECT j || '[1999-01-01 00:00+00 a]' FROM long");
like($err, qr/ERROR:  journey is too long\nDETAIL:  A journey holds at most 10000000 touchpoints\./, 'one more is an error');
isnt($status, 0, 'indeed');
query($db, 'DROP TABLE long');

# a million, in order and shuffled, in one process and in several
$began = time();
query($db, <<'EOS');
CREATE TABLE rows AS
SELECT i, '2000-01-01'::timestamptz + i / 3 * interval '10 ms' AS at, 'event ' || i % 40 AS event, CASE WHEN i % 5 = 0 THEN 'email' END AS channel,
	CASE WHEN i % 7 = 0 THEN i / 8.0 END AS value
FROM generate_series(1, 1000000) AS i;
CREATE TABLE shuffled AS SELECT * FROM rows ORDER BY hashint4(i);
ANALYZE;
EOS
is(query($db, <<'EOS'), '1000000|t|t', 'a million rows, presorted and shuffled: the same journey');
SET max_parallel_workers_per_gather = 0;
CREATE TABLE million AS SELECT journey_agg(at, event, channel, value) AS j FROM rows;
SELECT touchpoint_count(j), j = (SELECT journey_agg(at, event, channel, value) FROM shuffled),
	journey_send(j) = (SELECT journey_send(journey_agg(at, event, channel, value)) FROM shuffled) FROM million
EOS
is(query($db, <<'EOS'), 't', 'with a tiebreak');
SET max_parallel_workers_per_gather = 0;
SELECT (SELECT journey_agg(at, event, channel, value, i) FROM rows) = (SELECT journey_agg(at, event, channel, value, i) FROM shuffled)
EOS
my $parallel = 'SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';
like(query($db, "$parallel EXPLAIN (COSTS OFF) SELECT journey_agg(at, event, channel, value) FROM shuffled"),
	qr/Finalize Aggregate.*Gather.*Partial Aggregate/s, 'a parallel plan');
is(query($db, "$parallel SELECT j = (SELECT journey_agg(at, event, channel, value) FROM shuffled) FROM million"), 't', 'by parallel workers: the same');
is(query($db, "SELECT j = j::text::journey FROM million"), 't', 'its text gives it back');
is(query($db, <<'EOS'), 't|1000000', 'its sessions are it again');
SELECT (SELECT journey_agg(s) FROM million, split_sessions(j, '0') AS s) = (SELECT j FROM million),
	(SELECT sum(touchpoint_count(s)) FROM million, split_sessions(j, '9 ms') AS s)
EOS
printf "# %.1f s\n", time() - $began;

done_testing();
