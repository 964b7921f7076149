# Interrupted, create_source and rebuild leave what was there before; readers
# do not wait for a rebuild; two at once do not spoil each other's work.

use strict;
use warnings;
use JourneyTest;
use Test::More;
use Time::HiRes qw(sleep time);

my $db = create_database('journey_concurrent');
my $create = "SELECT journey.create_source('shop', source => 'public.events', customer => 'customer_id', at => 'occurred_at',"
  . " event => 'event', channel => 'channel', value => 'value', model => 'five_stage')";

query($db, <<'EOS');
CREATE TABLE events AS SELECT * FROM journey.sample_shop(8000);
ANALYZE events;
EOS

my $state = <<'EOS';
SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = 'shop'),
	(SELECT count(*) FROM journey.sources),
	(SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')),
	(SELECT count(*) FROM pg_type), (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_depend)
EOS
my $store = <<'EOS';
SELECT (SELECT md5(string_agg(s::text, '' ORDER BY customer)) FROM shop.store s), (SELECT md5(s::text) FROM shop.source s)
EOS
my $busy = "FROM pg_stat_activity WHERE datname = '$db' AND pid <> pg_backend_pid() AND backend_type = 'client backend'";

# Start a statement, interrupt it after a while; did the interrupt come in time?
sub interrupted
{
	my ($sql, $delay, $how) = @_;
	my $pid = start_query($db, $sql);

	# It may take a while to connect, or be done before it is seen.
	for (1 .. 20)
	{
		last if query($db, "SELECT count(*) $busy AND state = 'active'") eq '1';
	}
	sleep($delay);
	if ($how eq 'SIGINT')
	{
		kill 'INT', $pid;    # Ctrl-C in psql
	}
	else
	{
		query($db, "SELECT $how(pid) $busy AND state = 'active'");
	}
	my ($status, $out, $err) = finish_query($pid);
	wait_for($db, "SELECT count(*) $busy", '0') or die "the session did not end";
	return 1 if $status != 0 && $err =~ /canceling statement due to user request|terminating connection/;

	# It was too late, which psql may still answer with a failure.
	return 0;
}

# How long it takes undisturbed, to spread the interrupts over that.
sub duration_of
{
	my ($sql) = @_;
	my $start = time();

	query($db, $sql);
	return time() - $start;
}

# -- create_source ----------------------------------------------------------------

my $clean = query($db, $state);
my $seconds = duration_of($create);
my $made = query($db, $store);
is(query($db, "SELECT count(*) FROM journey.sources"), '1', 'create_source makes a source');
query($db, "SELECT journey.drop_source('shop')");
is(query($db, $state), $clean, 'drop_source leaves nothing behind');

for my $how ('pg_cancel_backend', 'SIGINT', 'pg_terminate_backend')
{
	my ($caught, @left) = (0);

	for my $part (1 .. 8)
	{
		if (interrupted($create, $seconds * $part / 9, $how))
		{
			$caught++;
			my $now = query($db, $state);
			push @left, "after part $part of 9: $now" if $now ne $clean;
		}
		else
		{
			query($db, "SELECT journey.drop_source(name) FROM journey.sources");
		}
	}
	cmp_ok($caught, '>=', 2, "$how interrupts create_source");
	is(join("\n", @left), '', "$how leaves nothing of it ($caught times)");
}
query($db, $create);
is(query($db, $store) =~ s/\|.*//sr, $made =~ s/\|.*//sr, 'then create_source makes what it made before');

# -- rebuild ------------------------------------------------------------------------

query($db, <<'EOS');
INSERT INTO events (customer_id, occurred_at, event) SELECT customer_id, max(occurred_at) + interval '1 hour', 'search'
FROM events GROUP BY 1;
DELETE FROM events WHERE customer_id % 10 = 3;
EOS
my $before = query($db, $store);
my $answers = "SELECT md5(string_agg(f::text, '' ORDER BY f::text)) FROM shop.stage_funnel f";
my $funnel = query($db, $answers);
my $rebuild = "SELECT journey.rebuild('shop')";
my $scratch = duration_of("BEGIN; $rebuild; ROLLBACK");

is(query($db, $store), $before, 'rebuild can be rolled back');
for my $how ('pg_cancel_backend', 'SIGINT', 'pg_terminate_backend')
{
	my ($caught, @left) = (0);

	for my $part (1 .. 8)
	{
		# what a late interrupt did not catch is rolled back; one statement,
		# because psql 17 does not show the error of a cancelled list of them
		if (interrupted("DO \$\$ BEGIN PERFORM journey.rebuild('shop'), pg_sleep(0.2); RAISE 'too late'; END \$\$",
				$scratch * $part / 9, $how))
		{
			$caught++;
			push @left, "after part $part of 9" if query($db, $store) ne $before;
		}
	}
	cmp_ok($caught, '>=', 2, "$how interrupts rebuild");
	is(join("\n", @left), '', "$how leaves the state before it ($caught times)");
}
is(query($db, $answers), $funnel, 'and so the views answer as before');

# -- readers and a second rebuild ------------------------------------------------------

my $first = start_query($db, "BEGIN; $rebuild; SELECT pg_advisory_lock(1), pg_sleep(600); COMMIT");
ok(wait_for($db, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = '$db')", '1'),
	'a rebuild is done and not committed');
my ($status, $out, $err) = try_query($db, "SET statement_timeout = '20s'; $answers");
is("$status $out", "0 $funnel", 'readers do not wait for it, and see the state before');

my $second = start_query($db, "SELECT changed, removed FROM journey.rebuild('shop')");
ok(wait_for($db, "SELECT count(*) $busy AND wait_event_type = 'Lock'", '1'), 'a second rebuild waits for the first');
query($db, "SELECT pg_cancel_backend(pid) $busy AND query LIKE '%pg_sleep%'");
finish_query($first);
($status, $out, $err) = finish_query($second);
is($status, 0, 'and goes on when the first was cancelled') or diag($err);
like($out, qr/^\d{4,}\|\d+\n$/, 'doing its work');
isnt(query($db, $answers), $funnel, 'the views show it');
is(query($db, "SELECT changed, removed FROM journey.rebuild('shop')"), '0|0', 'and nothing is left to do');
is(query($db, "SELECT count(*) FROM events e LEFT JOIN shop.customers c ON c.customer = e.customer_id WHERE c.customer IS NULL"),
	'0', 'every customer of the table is there');

# -- two create_source of one name -------------------------------------------------------

query($db, "SELECT journey.drop_source('shop')");
my @pids = map { start_query($db, $create) } 1 .. 2;
my @ends = map { [ finish_query($_) ] } @pids;
is(scalar(grep { $_->[0] == 0 } @ends), 1, 'of two create_source of one name at once, one wins');
is(query($db, "SELECT count(*) FROM journey.sources"), '1', 'and makes the source');
is(query($db, "SELECT changed, removed FROM journey.rebuild('shop')"), '0|0', 'which is whole');

done_testing();
