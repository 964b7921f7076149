# stage_model('name') is kept for the session once it is compiled.  Whatever
# happens to the tables, it must be the model that they make for the statement:
# own changes that are not committed yet, savepoints given up, an old snapshot,
# other sessions' commits, vacuum, tables written anew.  The oracle is the call
# stage_model(name => 'name'), which puts the model together each time.

use strict;
use warnings;
use JourneyTest;
use Test::More;

start_random(20260111);

my $db = create_database('journey_named');
my @models = ('five_stage', 'ours', 'whole');

query($db, <<'EOS');
INSERT INTO taxonomies (taxonomy) VALUES ('ours');
INSERT INTO event_actions (taxonomy, event, action) VALUES ('ours', 'basket', 'cart_add');
INSERT INTO stage_models (model, literal, settings) VALUES
	('ours', E'stages before > after;\noption session_timeout = {pause};', '{"pause": "1 h"}'),
	('whole', 'stages a, b; x -> a; y -> b;', '{}');
INSERT INTO stage_rules (model, action, seq, stage) VALUES ('ours', '*', 3, 'before'), ('ours', 'cart_add', 1, 'after');
EOS

# A change of the tables by session $who, which touches no row of the other's.
my $rows = 0;
sub change
{
	my ($who) = @_;
	my $n = ++$rows;
	my $what = int rand 8;

	return "INSERT INTO event_actions (taxonomy, event, action, note) VALUES ('ours', 'e$n', 'item_view', '$who')" if $what == 0;
	return "UPDATE event_actions SET action = CASE action WHEN 'item_view' THEN 'search' ELSE 'item_view' END WHERE note = '$who'" if $what == 1;
	return "DELETE FROM event_actions WHERE note = '$who' AND event IN (SELECT max(event) FROM event_actions WHERE note = '$who')" if $what == 2;
	return "INSERT INTO stage_rules (model, action, seq, context, stage, reason) VALUES ('ours', 'item_view', 1000 + $n, 'purchase_no <= $n', 'after', '$who')" if $what == 3;
	return "UPDATE stage_rules SET context = 'purchase_no <= $n' WHERE reason = '$who'" if $what == 4;
	return "DELETE FROM stage_rules WHERE reason = '$who'" if $what == 5;
	return "INSERT INTO taxonomies (taxonomy, precedence, description) VALUES ('t$n', -$n, '$who');"
	  . "INSERT INTO event_actions (taxonomy, event, action) VALUES ('t$n', 'e$n', 'checkout_start')" if $what == 6;

	# only one session, or they would wait for each other
	return $who eq 'first' ? "UPDATE stage_models SET literal = 'stages a, b; x -> a; y$n -> b;' WHERE model = 'whole'"
	  : "UPDATE stage_models SET settings = '{\"pause\": \"$n min\"}' WHERE model = 'ours'";
}

# One session's statements; those of the other are run by psql in between.
my $script = '';
my $transaction = '';
my $savepoint = 0;
my $tests = 0;
my $other = "psql -XAtq -v ON_ERROR_STOP=1 -d $db -c";

for my $step (1 .. 200)
{
	my $what = int rand 12;

	if ($what < 3)
	{
		# where a snapshot is kept, the other's changes of a row would be an error
		$script .= change('first') . ";\n";
	}
	elsif ($what < 6)
	{
		my $sql = change('second');

		$sql =~ s/"/\\"/g;
		$script .= "\\! $other \"SET search_path = journey; $sql\"\n";
	}
	elsif ($what == 6)
	{
		$script .= "\\! $other \"VACUUM " . ($transaction eq '' && rand() < 0.3 ? 'FULL ' : rand() < 0.5 ? 'FREEZE ' : '')
		  . (qw(journey.event_actions journey.stage_rules journey.stage_models))[int rand 3] . "\"\n";
	}
	elsif ($transaction eq '')
	{
		next if $what > 8;
		$transaction = rand() < 0.5 ? 'read committed' : rand() < 0.5 ? 'repeatable read' : 'serializable';
		$script .= "BEGIN ISOLATION LEVEL $transaction;\n";
		$savepoint = 0;
	}
	elsif ($what == 7)
	{
		$script .= "SAVEPOINT s;\n";
		$savepoint = 1;
	}
	elsif ($what == 8 && $savepoint)
	{
		$script .= "ROLLBACK TO s;\n";
	}
	elsif ($what == 9)
	{
		$script .= rand() < 0.6 ? "COMMIT;\n" : "ROLLBACK;\n";
		$transaction = '';
	}
	for my $model (rand() < 0.5 ? @models : $models[int rand @models])
	{
		$script .= "SELECT stage_model('$model')::text = stage_model(name => '$model')::text, '$step $model', md5(stage_model('$model')::text);\n";
		$tests++;
	}
}
$script .= "COMMIT;\n" if $transaction ne '';

my @lines = split /\n/, query($db, $script);
my %texts;
my @wrong;

for (@lines)
{
	my ($same, $where, $md5) = split /\|/;

	push @wrong, $where if $same ne 't';
	$texts{$md5}++;
}
is(scalar(@lines), $tests, 'every model was asked for');
is(join(', ', @wrong), '', "$tests times what the tables say");
cmp_ok(scalar(keys %texts), '>=', 20, 'of ' . scalar(keys %texts) . ' different models');

# -- a place used again --------------------------------------------------------------

# The new row lies where the old one was, and is another.
query($db, <<'EOS');
DELETE FROM stage_rules WHERE model = 'ours' AND action NOT IN ('*', 'cart_add');
CREATE TABLE public.places (place tid);
INSERT INTO event_actions (taxonomy, event, action) VALUES ('ours', 'old_name', 'cart_add');
VACUUM event_actions;
EOS
is(query($db, <<"EOS"), "t\nt\nt", 'another row at the same place is seen');
DELETE FROM event_actions WHERE event = 'old_name';
INSERT INTO event_actions (taxonomy, event, action) VALUES ('ours', 'one_name', 'cart_add');
INSERT INTO places SELECT ctid FROM event_actions WHERE event = 'one_name';
SELECT strpos(stage_model('ours')::text, 'one_name') > 0;
\\! $other "DELETE FROM journey.event_actions WHERE event = 'one_name'"
\\! $other "VACUUM journey.event_actions"
\\! $other "INSERT INTO journey.event_actions (taxonomy, event, action) VALUES ('ours', 'two_name', 'cart_add')"
SELECT strpos(stage_model('ours')::text, 'two_name') > 0;
SELECT e.ctid = p.place FROM event_actions e, places p WHERE e.event = 'two_name';
EOS

# -- what the rows do not tell -----------------------------------------------------

my $ask = "SELECT stage_model('ours')::text = stage_model(name => 'ours')::text, strpos(stage_model('ours')::text, '-> after') > 0;";

query($db, "CREATE ROLE journey_named_guest");
my ($status, $out, $err) = try_query($db, <<'EOS');
SET ROLE journey_named_guest;
SELECT length(stage_model('ours')::text) > 0;
RESET ROLE;
REVOKE SELECT ON stage_rules FROM PUBLIC;
SET ROLE journey_named_guest;
SELECT length(stage_model('ours')::text) > 0;
EOS
isnt($status, 0, 'a right that was taken away');
is($out, 't', 'not before');
like($err, qr/permission denied for table stage_rules/, 'is missed');

($status, $out, $err) = try_query($db, <<'EOS');
SELECT length(stage_model('whole')::text) > 0;
DELETE FROM stage_models WHERE model = 'whole';
SELECT length(stage_model('whole')::text) > 0;
EOS
like($err, qr/stage model "whole" does not exist/, 'a model that was deleted');

query($db, 'GRANT SELECT ON stage_rules TO PUBLIC');
is(query($db, <<"EOS"), "t|t\nt|f\nt|t\nt|t\nt|t", 'row security, a child table, and without it again');
SET ROLE journey_named_guest;
$ask
RESET ROLE;
ALTER TABLE stage_rules ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON stage_rules USING (action = current_setting('journey_test.action', true));
SET ROLE journey_named_guest;
SET journey_test.action = '*';
$ask
RESET ROLE;
DROP POLICY p ON stage_rules;
ALTER TABLE stage_rules DISABLE ROW LEVEL SECURITY;
CREATE TABLE public.more_rules () INHERITS (stage_rules);
$ask
INSERT INTO public.more_rules (model, action, seq, stage) VALUES ('ours', 'cart_add', 5, 'after');
$ask
DROP TABLE public.more_rules;
$ask
EOS

query($db, 'DROP OWNED BY journey_named_guest; DROP ROLE journey_named_guest');
done_testing();
