# Channel groups of others: the cases of dbt-ga4 and Google's lists of sources.
# And rows of one's own in the lists: who may write them, and that they are
# dumped and restored while what ships is left to CREATE EXTENSION.

use strict;
use warnings;
use JourneyTest;
use Test::More;

# -- rows of one's own ---------------------------------------------------------

my $owner = '"journey Lister"';

drop_database('journey_lists');
query('postgres', "SET client_min_messages = error; DROP ROLE IF EXISTS $owner, journey_reader");
query('postgres', "CREATE ROLE $owner");
query('postgres', "CREATE ROLE journey_reader");
query('postgres', "CREATE DATABASE journey_lists OWNER $owner");
query('journey_lists', <<"EOS");
SET ROLE $owner;
CREATE EXTENSION journey;
INSERT INTO journey.channel_sources (source, category) VALUES ('OurForum.example', 'social'), ('bing', 'none'), ('it''s "odd"; --', 'video');
CREATE TABLE visits AS SELECT * FROM (VALUES (1, 'ourforum.example', 'referral'), (2, 'Bing', NULL), (3, 'google', 'cpc'), (4, 'IT''s "odd"; --', 'cpc')) AS v (id, source, medium);
SELECT format('ALTER TABLE visits ADD channel text GENERATED ALWAYS AS (journey.default_channel_group(source, medium, NULL, lists => %L)) STORED', journey.channel_lists()) AS add_column \\gset
:add_column;
CREATE VIEW channels AS SELECT id, journey.default_channel_group(source, medium) AS looked_up,
	journey.default_channel_group(source, medium, NULL, lists => (SELECT journey.channel_lists())) AS with_lists, channel FROM visits;
GRANT SELECT ON channels, visits TO journey_reader;
EOS
my $answers = 'SELECT * FROM channels ORDER BY id; SELECT count(*) FILTER (WHERE builtin), count(*) FILTER (WHERE NOT builtin) FROM journey.channel_sources';
my $want = join("\n", '1|' . join('|', ('Organic Social') x 3), '2|' . join('|', ('Unassigned') x 3),
	'3|' . join('|', ('Paid Search') x 3), '4|' . join('|', ('Paid Video') x 3), '844|3');

is(query('journey_lists', $answers), $want, 'own rows come before those that ship');
is(query('journey_lists', "SET ROLE journey_reader; $answers"), $want, 'anybody may read the lists');
my ($status, $out, $err) = try_query('journey_lists',
	"SET ROLE journey_reader; INSERT INTO journey.channel_sources (source, category) VALUES ('theirs', 'social')");
isnt($status, 0, 'but not write them');
like($err, qr/permission denied for table channel_sources/, 'for want of the right');

($status, my $dump, $err) = run('', 'pg_dump', '-d', 'journey_lists');
is($status, 0, 'pg_dump runs') or diag($err);
my ($copied) = $dump =~ /^COPY journey\.channel_sources \(.*?\n(.*?)^\\\.$/ms;
is(join(' ', sort map { (split /\t/)[0] } split /\n/, $copied // ''), 'OurForum.example bing it\'s "odd"; --', 'what was added is dumped, what ships is not');
create_database('journey_lists_restored', 1);
($status, $out, $err) = run($dump, 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', 'journey_lists_restored');
is($status, 0, 'the dump restores') or diag($err);
is(query('journey_lists_restored', $answers), $want, 'and gives the same channels');
drop_database('journey_lists_restored');
drop_database('journey_lists');
query('postgres', 'DROP ROLE journey_reader');
query('postgres', "DROP ROLE $owner");

# -- the cases of others -------------------------------------------------------

SKIP:
{
	my $folder = $ENV{JOURNEY_CASES};

	skip 'JOURNEY_CASES is not set', 1 unless defined $folder;
	my ($cases, $documents, $names) = map { "$folder/$_" } qw(cases/ga4_channel_grouping_cases.csv cases/dbt_ga4.json names/ga4_source_categories.csv);
	for ($cases, $documents, $names)
	{
		skip "$_ is not there", 1 unless -r $_;
	}

	my $db = create_database('journey_channel_cases');
	my $script = temp_folder() . '/dbt_ga4';
	write_file($script, 'CREATE TABLE document AS SELECT $document$' . slurp($documents) . "\$document\$::jsonb AS content;\n");
	query($db, <<"EOS");
\\i $script
CREATE TABLE cases (case_id int, source text, medium text, campaign text, source_category text, expected_channel text, by_rules text, agree boolean);
CREATE TABLE names (source text, source_category text);
\\copy cases FROM '$cases' (FORMAT csv, HEADER)
\\copy names FROM '$names' (FORMAT csv, HEADER)
CREATE VIEW document_cases AS
	SELECT c.* FROM document, jsonb_populate_recordset(NULL::cases, content->'channel_grouping'->'cases') AS c;
EOS
	is(query($db, 'SELECT (SELECT count(*) FROM cases), (SELECT count(*) FROM document_cases), (SELECT count(*) FROM names)'), '30|30|819', 'the cases are all there');
	is(query($db, '(TABLE cases EXCEPT TABLE document_cases) UNION ALL (TABLE document_cases EXCEPT TABLE cases)'), '', 'both files have the same');
	is(query($db, 'SELECT string_agg(case_id::text, $$ $$) FROM cases WHERE by_rules <> expected_channel OR NOT agree'), '5',
		'one of them contradicts the rules it is a case of: the rules are asked for');

	# the category as it stands in the case, our own lists, and those of Google
	for my $case (map { [ split /\|/, $_, -1 ] } split /\n/, query($db, <<'EOS'))
SELECT c.case_id, c.by_rules,
	journey.channel_group(c.source, c.medium, c.campaign, lower(replace(c.source_category, 'SOURCE_CATEGORY_', ''))),
	journey.default_channel_group(c.source, c.medium, c.campaign),
	journey.default_channel_group(c.source, c.medium, c.campaign, lists => (SELECT jsonb_object_agg(lower(n.source), lower(replace(n.source_category, 'SOURCE_CATEGORY_', ''))) FROM names n))
FROM cases c ORDER BY c.case_id
EOS
	{
		my ($id, $by_rules, @got) = @$case;

		is(join(' | ', @got), join(' | ', ($by_rules) x 3), "dbt-ga4, case $id");
	}

	is(query($db, <<'EOS'), '', 'each of the names is on its list, and on these lists there are no others');
SELECT coalesce(n.source, s.source), n.source_category, s.category
FROM names n FULL JOIN (SELECT * FROM journey.channel_sources WHERE category <> 'ai_assistant') s ON lower(n.source) = s.source
WHERE n.source_category IS DISTINCT FROM 'SOURCE_CATEGORY_' || upper(s.category)
EOS
	is(query($db, <<'EOS'), '819|0', 'and gives its channels');
SELECT count(*), count(*) FILTER (WHERE (journey.default_channel_group(source, 'cpc'), journey.default_channel_group(source, 'referral'))
	IS DISTINCT FROM ('Paid ' || initcap(split_part(source_category, '_', 3)), 'Organic ' || initcap(split_part(source_category, '_', 3))))
FROM names
EOS
}

done_testing();
