# What CREATE EXTENSION makes: every object has a comment, the reference
# manual says what the comments say, and an update makes what a fresh
# installation makes.

use strict;
use warnings;
use File::Copy;
use JourneyTest;
use Test::More;

my $top = top_folder();
my $scripts = $ENV{JOURNEY_SCRIPTS};    # where the server finds journey--*.sql

create_database('journey_catalog');

# -- comments ---------------------------------------------------------------

my $member = <<'EOS';
	SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON d.refobjid = e.oid
	WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'journey'
EOS

my $bare = query('journey_catalog', <<"EOS");
SELECT pg_describe_object(m.classid, m.objid, 0)
FROM ($member) m
	LEFT JOIN pg_type t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid
	LEFT JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
	LEFT JOIN pg_class r ON r.oid = t.typrelid
WHERE m.classid IN ('pg_proc'::regclass, 'pg_type'::regclass, 'pg_class'::regclass,
		'pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_cast'::regclass)
	AND t.typelem IS DISTINCT FROM t.oid
	AND NOT (t.oid IS NOT NULL AND (t.typcategory = 'A' OR coalesce(r.relkind, 'c') <> 'c'))
	AND coalesce(c.relkind, 'r') IN ('r', 'p', 'v', 'm')
	AND obj_description(m.objid, m.classid::regclass::name) IS NULL
ORDER BY 1
EOS
is($bare, '', 'every object of the extension has a comment');

my $bare_columns = query('journey_catalog', <<"EOS");
SELECT format('%s.%I', a.attrelid::regclass, a.attname)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'journey'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'c')
	AND a.attnum > 0 AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL
ORDER BY a.attrelid, a.attnum
EOS
is($bare_columns, '', 'every column of a table, view or composite type of the extension has a comment');

my $sentences = query('journey_catalog', <<"EOS");
SELECT pg_describe_object(m.classid, m.objid, 0) || ': ' || left(d.description, 60)
FROM ($member) m JOIN pg_description d ON d.classoid = m.classid AND d.objoid = m.objid
WHERE d.objsubid = 0 AND d.description ~ '^[[:upper:]][[:lower:]]' AND d.description !~ '[.!?:)`]\\s*\$'
ORDER BY 1
EOS
is($sentences, '', 'every comment that begins as a sentence ends as one');

# -- how functions are declared --------------------------------------------

my $unsafe = query('journey_catalog', <<"EOS");
SELECT p.oid::regprocedure FROM pg_proc p JOIN ($member) m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
	JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname = 'plpgsql' AND NOT coalesce(p.proconfig::text ~ 'search_path=', false)
ORDER BY 1
EOS
is($unsafe, '', 'every PL/pgSQL function sets its search_path');

my $volatile = query('journey_catalog', <<"EOS");
SELECT p.oid::regprocedure FROM pg_proc p JOIN ($member) m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
	JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname = 'c' AND p.proparallel <> 's'
ORDER BY 1
EOS
is($volatile, "build(anyelement,text)\nsource_build(anyelement,text)\nsource_fill(regclass,text,stage_model[])",
	'every C function is parallel safe, but for those that run a query');

# Views over journeys are sorted, grouped and hashed by BI tools.
my $classes = query('journey_catalog', <<"EOS");
SELECT t.typname FROM pg_type t JOIN ($member) m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
WHERE t.typtype = 'b' AND t.typcategory <> 'A' AND (t.typcategory <> 'U' OR
	(SELECT count(*) FROM pg_opclass c JOIN pg_am a ON a.oid = c.opcmethod
	 WHERE c.opcintype = t.oid AND c.opcdefault AND a.amname IN ('btree', 'hash')) <> 2)
ORDER BY 1
EOS
is($classes, '', 'every base type is in category U and has btree and hash operator classes');

# -- the reference manual ----------------------------------------------------

SKIP:
{
	skip 'JOURNEY_SCRIPTS is not set', 1 unless defined $scripts;

	my ($status, $text, $err) = run('', 'perl', "$top/scripts/reference.pl", '--parts');
	open(my $out, '>', "$scripts/journey--parts.sql") or die "could not write into $scripts: $!";
	print $out $text;
	close $out;
	create_database('journey_reference', 1);
	query('journey_reference', "CREATE EXTENSION journey VERSION 'parts'");
	($status, $text, $err) = run('', 'perl', "$top/scripts/reference.pl", 'journey_reference');
	diag($err) if $status != 0;

	my $kept = -e "$top/docs/reference.md" ? slurp("$top/docs/reference.md") : '';
	ok($text ne '' && $text eq $kept, 'docs/reference.md is what "make reference" writes')
	  or diag('run "make reference"');
}

# -- updates ------------------------------------------------------------------

sub definition
{
	my ($database) = @_;
	my ($status, $dump, $err) = run('', 'pg_dump', '--binary-upgrade', '--schema-only', '-d', $database);

	die "pg_dump failed: $err" if $status != 0;
	$dump =~ s/^(-- For binary upgrade.*|.*binary_upgrade_set_next.*|SET relfrozenxid = .*|\\(un)?restrict .*)\n//mg;
	$dump =~ s/^(-- Dumped .*)\n//mg;
	$dump =~ s/^.*binary_upgrade_create_empty_extension.*\n//mg;

	my $rows = query($database, <<"EOS");
SELECT c.oid::regclass, query_to_xml(format('SELECT t::text FROM %s t ORDER BY 1', c.oid::regclass), true, true, '')
FROM pg_class c JOIN ($member) m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
WHERE c.relkind IN ('r', 'p') ORDER BY c.relname
EOS
	return "$dump\n$rows";
}

my ($version) = slurp("$top/journey.control") =~ /^default_version = '([^']+)'/m;
my %steps = map { m{journey--([^-]+)--([^-]+)\.sql$} ? ($1 => $2) : () } glob("$top/sql/update/*.sql");

SKIP:
{
	skip 'there is no update script yet', 1 unless %steps;
	skip 'JOURNEY_SCRIPTS is not set', 1 unless defined $scripts;

	my $fresh = definition('journey_catalog');
	for my $from (sort keys %steps)
	{
		my $to = $from;

		$to = $steps{$to} while defined $steps{$to};
		is($to, $version, "updates lead from $from to $version");

		my $old = "$top/sql/released/journey--$from.sql";
		ok(-e $old, "sql/released/journey--$from.sql is there to start from") or next;
		copy($old, $scripts) or die "could not copy $old: $!";
		create_database('journey_update', 1);
		query('journey_update', "CREATE EXTENSION journey VERSION '$from'");
		query('journey_update', "ALTER EXTENSION journey UPDATE TO '$version'");
		query('postgres', 'ALTER DATABASE journey_update SET search_path = "$user", public, journey');
		my $updated = definition('journey_update');

		s/journey_(catalog|update)/DATABASE/g for $fresh, $updated;
		ok($updated eq $fresh, "an update from $from makes what a fresh installation makes")
		  or difference($fresh, $updated);
	}
}

sub difference
{
	my ($a, $b) = @_;
	my $dir = temp_folder();

	for my $side ([ 'fresh', $a ], [ 'updated', $b ])
	{
		open(my $out, '>', "$dir/$side->[0]");
		print $out $side->[1];
		close $out;
	}
	my ($status, $diff) = run('', 'diff', '-u', "$dir/fresh", "$dir/updated");
	diag(substr($diff, 0, 4000));
}

done_testing();
