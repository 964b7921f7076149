# Random journeys, random sets of events and random patterns: the GIN index and
# reading every journey give the same customers, while rows come, change and go,
# with the pending list and without.

use strict;
use warnings;
use JourneyTest;
use Test::More;

start_random((time() ^ ($$ << 10)) % 2**31);

my $db = create_database('journey_pattern_index');

my @names = ('view_item', 'view_item/shoes', 'view_item/a/b', 'add_to_cart', 'purchase', 'refund', 'own', 'own/x', 'own/', '/own', '',
	'Order Completed', 'Order Completed/web', 'a "quoted" name', '*', 'view_*', "\x{e9}t\x{e9}" x 100, "\x{8cfc}\x{5165}", 'e' x 1024, 'e' x 1023,
	map { "rare $_" } 1 .. 40);
push @names, join('', map { sprintf '%08x', int(rand(2**32)) } 1 .. 127) . sprintf('%08x', $_) for 1 .. 10;

sub pick
{
	my ($list) = @_;
	return $list->[ int(rand(@$list)) ];
}

# the first names far more often
sub pick_name
{
	return $names[ int(@names * rand() ** 2.5) ];
}

sub quote
{
	my ($name) = @_;

	return $name if $name =~ m{^\w+(/\w+)*$}a && rand() < 0.7;
	$name =~ s/"/""/g;
	return "\"$name\"";
}

sub term
{
	my $name = pick_name();

	$name =~ s{/.*}{} if rand() < 0.1 && $name =~ m{^\w+/}a;
	return quote($name) . pick([ '', '', '', '', '', '@email', '>=5' ]);
}

sub pattern
{
	my ($depth) = @_;
	my $kind = int(rand($depth == 0 ? 8 : 20));

	return term() if $kind < 4;
	return pick([ '.', '.*', '.+' ]) if $kind == 4;
	return '[' . join('|', map { term() } 0 .. int(rand(4))) . ']' if $kind == 5;
	return '[^' . join('|', map { term() } 0 .. int(rand(3))) . ']' . pick([ '', '*', '{0,3}' ]) if $kind == 6;
	return '[view_*|' . term() . ']' if $kind == 7;
	return pattern($depth - 1) . pick([ ' ', ' .* ', ' .* ', ' .* (?<=2h) ', ' [^refund]* ', ' .* (?>=1h) (?<=1d) ' ]) . pattern($depth - 1) if $kind < 15;
	return '(' . pattern($depth - 1) . '|' . pattern($depth - 1) . ')' if $kind < 18;
	return '(' . pattern($depth - 1) . ')' . pick([ '*', '+', '?', '{2}', '{0,2}', '{1,}', '{3,4}' ]);
}

sub literal
{
	my ($text) = @_;

	utf8::encode($text);
	$text =~ s/'/''/g;
	return "'$text'";
}

sub array_literal
{
	return 'ARRAY[' . join(', ', map { literal($_) } @_) . ']::text[]';
}

# -- journeys -----------------------------------------------------------------

my $seed = rand(2) - 1;
query($db, <<"EOS" . join('', map { literal($_) . "), (" } @names[0 .. $#names - 1]) . literal($names[-1]) . ');');
SELECT setseed($seed);
CREATE TABLE shop (id int, j journey);
CREATE TABLE names (no serial, name text);
CREATE TABLE questions (no serial, wanted text[], pattern pattern);
CREATE FUNCTION random_name() RETURNS text LANGUAGE sql AS \$\$
	SELECT name FROM (SELECT 1 + floor(@{[ scalar @names ]} * random() ^ 2.5)::int AS no) AS s JOIN names USING (no)
\$\$;
-- touchpoints up to twenty, half an hour apart on average, of few different events
CREATE FUNCTION random_journey(seed int) RETURNS journey LANGUAGE sql AS \$\$
	WITH own AS MATERIALIZED (SELECT array_agg(random_name()) AS own FROM generate_series(0, seed % 5))
	SELECT coalesce(journey_agg('2026-01-01'::timestamptz + i * interval '20 min' + random() * interval '20 min', own[1 + floor(random() * cardinality(own))::int],
			CASE WHEN random() < 0.3 THEN 'email' END, CASE WHEN random() < 0.3 THEN floor(random() * 10) END), '[]')
	FROM own, generate_series(1, floor(20 * random() ^ 2)::int) AS i
\$\$;
INSERT INTO names (name) VALUES (
EOS
query($db, <<"EOS");
SELECT setseed($seed);
INSERT INTO shop SELECT i, CASE WHEN i % 100 = 0 THEN NULL ELSE random_journey(i) END FROM generate_series(1, 4000) AS i;
CREATE INDEX shop_j ON shop USING gin (j);
ANALYZE shop;
EOS
is(query($db, 'SELECT count(*) > 3000, max(octet_length(event)) = 1024 FROM shop, touchpoints(j)'), 't|t', 'random journeys, with events of 1024 bytes');

# -- questions ------------------------------------------------------------------

my $questions = 1500;
my $script = '';
for (1 .. $questions)
{
	my @wanted = map { pick_name() } 1 .. int(rand(4));

	push @wanted, 'nobody' if rand() < 0.02;
	$script .= 'INSERT INTO questions (wanted, pattern) VALUES (' . array_literal(@wanted) . ', ' . literal(pattern(int(rand(4)))) . ");\n";
}
query($db, "BEGIN;\n${script}COMMIT;");

# One question a statement, planned for its constants, both ways.
query($db, <<'EOS');
CREATE FUNCTION answer(question text, setting text) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
	ids int[];
BEGIN
	PERFORM set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true);
	PERFORM set_config(setting, 'off', true);
	EXECUTE format('SELECT array_agg(id ORDER BY id) FROM shop WHERE %s', question) INTO ids;
	RETURN ids;
END
$$;
CREATE FUNCTION uses_index(question text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
	plan text;
BEGIN
	PERFORM set_config('enable_seqscan', 'off', true);
	EXECUTE 'EXPLAIN (FORMAT json) SELECT id FROM shop WHERE ' || question INTO plan;
	RETURN plan LIKE '%Bitmap Index Scan%';
END
$$;
EOS

my $compare = <<'EOS';
SELECT count(*), count(*) FILTER (WHERE a IS NOT DISTINCT FROM answer(q, 'enable_seqscan')), count(a) > count(*) / 4, count(*) FILTER (WHERE coalesce(cardinality(a), 0) < 1000) > count(*) / 4
FROM (SELECT q, answer(q, 'enable_bitmapscan') AS a
	FROM (SELECT format('j @> %L::text[]', wanted) AS q FROM questions WHERE no % PARTS = PART UNION ALL
		SELECT format('j ~ %L', pattern) FROM questions WHERE no % PARTS = PART) AS s OFFSET 0) AS t
EOS

sub compare
{
	my ($name, $part, $parts, $settings) = @_;
	my $sql = ($settings // '') . $compare =~ s/PARTS/$parts/gr =~ s/PART/$part/gr;
	my $n = 2 * $questions / $parts;

	is(query($db, $sql), "$n|$n|t|t", "$n questions: index and reading agree, $name");
}

is(query($db, <<'EOS'), 't|t', 'and the index is what the first of them uses');
SELECT bool_and(uses_index(format('j @> %L::text[]', wanted))), bool_and(uses_index(format('j ~ %L', pattern))) FROM questions WHERE no <= 200
EOS
compare('as created', 0, 1);

# the list of what is not yet in its place
query($db, "SELECT setseed($seed / 2); INSERT INTO shop SELECT i, random_journey(i) FROM generate_series(4001, 4500) AS i; UPDATE shop SET j = random_journey(id + 1) WHERE id % 7 = 0; DELETE FROM shop WHERE id % 11 = 0");
compare('rows added, changed and deleted', 0, 5);
query($db, 'VACUUM ANALYZE shop');
compare('after VACUUM', 1, 5);
query($db, "ALTER INDEX shop_j SET (fastupdate = off); SELECT setseed($seed / 3); UPDATE shop SET j = j || '[2026-03-01 10:00 view_item, 2026-03-01 10:30 own/new]' WHERE id % 5 = 0; DELETE FROM shop WHERE id % 13 = 0;"
	  . 'INSERT INTO shop SELECT i, random_journey(i) FROM generate_series(5001, 5500) AS i');
compare('without the pending list', 2, 5);
query($db, 'DELETE FROM shop WHERE id BETWEEN 1000 AND 2000; VACUUM shop; INSERT INTO shop SELECT i, random_journey(i) FROM generate_series(6001, 6500) AS i; ALTER INDEX shop_j SET (fastupdate = on)');
compare('deleted, vacuumed, filled again', 3, 5);
query($db, 'REINDEX INDEX shop_j');
compare('built again', 4, 5);
query($db, 'ALTER TABLE shop SET (parallel_workers = 2)');
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';
like(query($db, "$parallel SET enable_bitmapscan = off; EXPLAIN (COSTS OFF) SELECT array_agg(id ORDER BY id) FROM shop WHERE j ~ 'view_item .* purchase'"), qr/Gather/, 'a parallel plan');
compare('in parallel', 7, 15, $parallel);

# what is visible depends on the transaction, not on the index
query($db, 'BEGIN; DELETE FROM shop; ROLLBACK');
compare('after a rollback', 0, 5);

done_testing();
