# Models, taxonomies and labels of one's own: who created the extension may add
# them without being a superuser, others may not; pg_dump takes them along and
# leaves what ships to CREATE EXTENSION.

use strict;
use warnings;
use JourneyTest;
use Test::More;

my $owner = '"journey Owner"';

drop_database('journey_own');
query('postgres', "SET client_min_messages = error; DROP ROLE IF EXISTS $owner, journey_guest");
query('postgres', "CREATE ROLE $owner");
query('postgres', "CREATE ROLE journey_guest");
query('postgres', "CREATE DATABASE journey_own OWNER $owner");

# -- rights -------------------------------------------------------------------

my $rows = <<'EOS';
INSERT INTO journey.taxonomies (taxonomy, description) VALUES ('ours', 'names of our shop');
INSERT INTO journey.actions (action, role) VALUES ('gift_card', 'purchase');
INSERT INTO journey.event_actions (taxonomy, event, action, polarity) VALUES
	('ours', 'Basket "plus"', 'cart_add', 1), ('ours', 'card_bought', 'gift_card', 1);
INSERT INTO journey.stage_models (model, literal, settings, description) VALUES
	('ours', E'stages before > after;\noption session_timeout = {pause};', '{"pause": "1 h"}', 'our own'),
	('whole', 'stages a, b; x -> a; y -> b;', '{}', 'a literal');
INSERT INTO journey.stage_rules (model, action, seq, context, detail, stage, policy) VALUES
	('ours', '*', 2, 'customer', NULL, 'after', NULL), ('ours', '*', 3, NULL, NULL, 'before', NULL),
	('ours', 'page_view', 1, NULL, '{"con,tent",product}', 'after', 'eager=on'),
	('five_stage', 'gift_card', 0, NULL, NULL, 'conversion', NULL);
INSERT INTO journey.stage_labels (name, language, label) VALUES ('before', 'de', 'vorher');
EOS

query('journey_own', "SET ROLE $owner; CREATE EXTENSION journey; $rows");
pass('who created the extension adds rows');
is(query('journey_own', "SET ROLE $owner; SELECT count(*) FROM journey.event_actions WHERE NOT builtin"),
	'2', 'and has them');

my ($status, $out, $err) =
  try_query('journey_own', "SET ROLE journey_guest; INSERT INTO journey.taxonomies (taxonomy) VALUES ('theirs')");
isnt($status, 0, 'others may not');
like($err, qr/permission denied/, 'for want of the right');

query('journey_own', "SET ROLE $owner; GRANT USAGE ON SCHEMA journey TO journey_guest;"
	. "GRANT INSERT, DELETE ON journey.taxonomies TO journey_guest");
query('journey_own', "SET ROLE journey_guest; INSERT INTO journey.taxonomies (taxonomy) VALUES ('theirs');"
	. "DELETE FROM journey.taxonomies WHERE taxonomy = 'theirs'");
pass('unless the right is lent to them');

# -- dump and restore -----------------------------------------------------------

my $answers = <<'EOS';
SELECT model, journey.stage_model_literal(model) FROM journey.stage_models ORDER BY model;
SELECT journey.stage_model_literal('ours', NULL, '{"eager": "on", "pause": "2 h"}');
SELECT * FROM journey.taxonomy_events() ORDER BY event COLLATE "C";
SELECT t FROM journey.actions t ORDER BY action;
SELECT t FROM journey.stage_rules t ORDER BY model, action, seq;
SELECT t FROM journey.stage_labels t ORDER BY name, language;
SELECT journey.stage(m, 'Basket "plus"'), journey.stage(m, 'card_bought') FROM journey.stage_model('five_stage', NULL) m;
EOS

my $before = query('journey_own', $answers);
($status, my $dump, $err) = run('', 'pg_dump', '-d', 'journey_own');
is($status, 0, 'pg_dump runs') or diag($err);
unlike($dump, qr/\badd_to_cart\b/, 'what ships is not dumped');
like($dump, qr/card_bought/, 'what was added is');

create_database('journey_restored', 1);
($status, $out, $err) = run($dump, 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', 'journey_restored');
is($status, 0, 'the dump restores') or diag($err);
ok(query('journey_restored', $answers) eq $before, 'and gives the same models');

drop_database('journey_own');
drop_database('journey_restored');
query('postgres', 'DROP ROLE journey_guest');
query('postgres', "DROP ROLE $owner");

done_testing();
