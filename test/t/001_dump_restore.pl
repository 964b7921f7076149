# A database with sources, a model and a vocabulary of its own gives the same
# answers after pg_dump and restore, in every format; and its sources go on
# working there.

use strict;
use warnings;
use JourneyTest;
use Test::More;

my $from = create_database('journey_dumped');

query($from, <<'EOS');
CREATE SCHEMA shop_data;
CREATE TABLE shop_data.events AS SELECT * FROM journey.sample_shop(600);
UPDATE shop_data.events SET event = 'basket plus' WHERE event = 'add_to_cart' AND customer_id % 2 = 0;

-- what a user adds: a vocabulary, an action, a rule of a shipped model, models
INSERT INTO journey.taxonomies (taxonomy) VALUES ('ours');
INSERT INTO journey.actions (action, description) VALUES ('showroom_visit', 'Came to the showroom');
INSERT INTO journey.event_actions (taxonomy, event, action) VALUES
	('ours', 'basket plus', 'cart_add'), ('ours', 'showroom', 'showroom_visit');
INSERT INTO journey.stage_rules (model, action, seq, stage) VALUES ('five_stage', 'showroom_visit', 0, 'consideration');
INSERT INTO journey.stage_models (model, literal, description) VALUES
	('mine', 'stages looks > "puts it in" > buys; purchase = purchase; view_item -> looks;
	  add_to_cart | "basket plus" -> "puts it in"; purchase -> buys; * -> none;', 'Of our own');

SELECT journey.create_source('shop', source => 'shop_data.events', customer => 'customer_id', at => 'occurred_at',
	event => 'event', channel => 'channel', value => 'value', model => 'five_stage', timezone => 'Europe/Berlin');
SELECT journey.create_source('Our "own" Shop', source => 'shop_data.events', customer => 'customer_id', at => 'occurred_at',
	event => 'event', model => 'mine', timezone => 'Asia/Kathmandu', week_start => 'sunday');

-- values of every type in tables of the user
CREATE TABLE kept AS SELECT customer, journey FROM shop.journeys;
ALTER TABLE kept ADD PRIMARY KEY (customer);
CREATE INDEX ON kept (journey);
CREATE INDEX ON kept USING hash (journey);
CREATE TABLE totals AS SELECT journey.transition_tally(journey) AS t FROM shop.journeys;
CREATE TABLE models AS SELECT journey.stage_model('five_stage') AS model;
CREATE TABLE conditions (m journey.matcher DEFAULT 'view_*@email', CHECK (m <> 'purchase'));
INSERT INTO conditions VALUES (DEFAULT), ('purchase>=100'), ('"Order Completed"|a');
CREATE MATERIALIZED VIEW summed AS SELECT * FROM unnest((SELECT journey.transition_agg(journey, journey.stage_model('mine')) FROM shop.journeys));
CREATE VIEW staged AS SELECT customer, journey.classify(journey, (SELECT model FROM models)) AS j FROM kept;
EOS

# Every answer, as text.
sub answers
{
	my ($database) = @_;
	my $relations = query($database, <<'EOS');
SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('shop', 'Our "own" Shop', 'public', 'journey') AND c.relkind IN ('r', 'v', 'm')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
EOS
	my @answers;
	for my $relation (split /\n/, $relations)
	{
		push @answers, "$relation " . query($database,
			"SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\")) FROM $relation t");
	}
	for my $model (qw(five_stage three_stage moments_five moments_four lifecycle mine))
	{
		push @answers, "$model " . query($database, "SELECT md5(journey.stage_model('$model')::text)");
	}
	push @answers, query($database, "SELECT md5(string_agg(journey.journey_send(journey)::text, '' ORDER BY customer)) FROM kept");
	return @answers;
}

my @want = answers($from);
cmp_ok(scalar(@want), '>', 30, 'there is something to compare');
is(scalar(grep { /^(shop|"Our ""own"" Shop")\.stage_funnel / && !/ 0\|/ } @want), 2, 'the sources have stages');
isnt(query($from, "SELECT sum(customers) FROM shop.event_transitions WHERE from_event = 'basket plus' OR to_event = 'basket plus'"),
	'', 'names of our own are there');
is(query($from, "SELECT count(*) FROM shop.unclassified_events WHERE event = 'basket plus'"), '0', 'and are known to the shipped model');

my $dir = temp_folder();
my @ways = (
	[ 'plain' => [ 'pg_dump', '-d', $from, '-f', "$dir/plain.sql" ],
		[ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', 'journey_restored', '-f', "$dir/plain.sql" ] ],
	[ 'plain with INSERTs' => [ 'pg_dump', '--inserts', '-d', $from, '-f', "$dir/inserts.sql" ],
		[ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', 'journey_restored', '-f', "$dir/inserts.sql" ] ],
	[ 'custom' => [ 'pg_dump', '-Fc', '-d', $from, '-f', "$dir/custom" ],
		[ 'pg_restore', '-e', '-d', 'journey_restored', "$dir/custom" ] ],
	[ 'directory, by two jobs' => [ 'pg_dump', '-Fd', '-j', '2', '-d', $from, '-f', "$dir/directory" ],
		[ 'pg_restore', '-e', '-j', '2', '-d', 'journey_restored', "$dir/directory" ] ]);
for my $way (@ways)
{
	my ($name, $dump, $restore) = @$way;

	create_database('journey_restored', 1);
	my ($status, $out, $err) = run('', @$dump);
	is($status . $err, '0', "$name: pg_dump");
	($status, $out, $err) = run('', @$restore);
	is($status . $err, '0', "$name: restore");

	my @got = answers('journey_restored');
	is(join("\n", @got), join("\n", @want), "$name: the same answers");
	is(query('journey_restored', "SELECT changed, removed FROM journey.rebuild('shop')"), '0|0', "$name: rebuild finds nothing new");
	query('journey_restored', <<'EOS');
INSERT INTO shop_data.events (customer_id, occurred_at, event) VALUES (1000001, '2026-03-01 12:00+00', 'showroom');
EOS
	is(query('journey_restored', "SELECT changed, removed FROM journey.rebuild('shop')"), '1|0', "$name: and what is new");
	is(query('journey_restored', "SELECT stage FROM shop.touchpoints WHERE customer = 1000001"),
		'consideration', "$name: by the rule that was added");
	query('journey_restored', "SELECT journey.drop_source('Our \"own\" Shop'); SELECT journey.drop_source('shop', cascade => true)");
	is(query('journey_restored', "SELECT count(*) FROM journey.sources"), '0', "$name: sources can be dropped");
}

# What ships is not dumped, so that a later version of it is what is restored.
my $plain = slurp("$dir/plain.sql");
my @sections = $plain =~ /^COPY journey\.(\w+) .*?\n(.*?)^\\\.$/msg;
my %rows;
while (my ($table, $text) = splice(@sections, 0, 2))
{
	$rows{$table} = () = $text =~ /\n/g;
}
is(join(' ', map { "$_=" . ($rows{$_} // 'none') } qw(taxonomies actions event_actions stage_models stage_rules)),
	'taxonomies=1 actions=1 event_actions=2 stage_models=1 stage_rules=1', 'only rows of the user are dumped');

done_testing();
