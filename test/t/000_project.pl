# The files that must agree with each other: version numbers, META.json, the
# guard line of each SQL part, names that every topic shares.

use strict;
use warnings;
use JSON::PP;
use JourneyTest;
use Test::More;

my $top = top_folder();
my ($version) = slurp("$top/journey.control") =~ /^default_version = '([^']+)'/m;

like($version, qr/^\d+\.\d+\.\d+$/, 'journey.control has a version of three numbers');

# META.json, by the PGXN Meta Specification 1.0
my $meta = eval { decode_json(slurp("$top/META.json")) };
is($@, '', 'META.json is valid JSON');
ok(defined $meta->{$_}, "META.json has $_")
  for qw(name version abstract maintainer license provides meta-spec);
is($meta->{name}, 'journey', 'META.json names the extension');
is($meta->{version}, $version, 'META.json has the version of journey.control');
is($meta->{'meta-spec'}{version}, '1.0.0', 'META.json follows version 1.0.0 of the specification');
like($meta->{release_status}, qr/^(stable|testing|unstable)$/, 'META.json has a release status');
my $provides = $meta->{provides}{journey};
is($provides->{version}, $version, 'META.json provides the version of journey.control');
is($provides->{file}, "sql/journey--$version.sql", 'META.json names the file that make builds');
ok(-e "$top/$provides->{file}", 'that file was built');
ok(-e "$top/$provides->{docfile}", 'the documentation that META.json names exists');
is($meta->{prereqs}{runtime}{requires}{PostgreSQL}, '15.0.0', 'META.json requires PostgreSQL 15');

# CHANGELOG.md, newest first
my ($newest) = slurp("$top/CHANGELOG.md") =~ /^## \[?(\d+\.\d+\.\d+)/m;
is($newest, $version, 'CHANGELOG.md begins with the version of journey.control');

# the parts of the installation script
my $guard = '\echo Use "CREATE EXTENSION journey" to load this file. \quit';
my @parts = sort glob("$top/sql/install/*.sql");
ok(@parts > 0, 'there are SQL parts');
for my $part (@parts)
{
	my $text = slurp($part);
	my ($name) = $part =~ m{([^/]+)$};

	like($name, qr/^\d\d-[a-z0-9_]+\.sql$/, "$name is named NN-topic.sql");
	like($text, qr/\A\Q$guard\E\n/, "$name begins with the guard line");
	unlike($text, qr/CREATE\s+OR\s+REPLACE|CREATE\s+(\w+\s+){1,2}IF\s+NOT\s+EXISTS/i,
		"$name creates plainly");
}
for my $part (glob("$top/sql/update/*.sql"))
{
	my ($name) = $part =~ m{([^/]+)$};

	like($name, qr/^journey--\d+\.\d+\.\d+--\d+\.\d+\.\d+\.sql$/, "$name is named journey--A--B.sql");
	like(slurp($part), qr/\A\\echo Use "ALTER EXTENSION journey UPDATE[^\n]*\\quit\n/,
		"$name begins with the guard line");
}

# every test has its expected output and the other way round; NAME_1.out is that
# of a server that lacks what the test needs
my @tests = map { m{([^/]+)\.sql$} } sort glob("$top/test/sql/*.sql");
my %expected = map { m{([^/]+)\.out$} ? ($1 => 1) : () } glob("$top/expected/*.out");
is(join(' ', grep { !$expected{$_} } @tests), '', 'every SQL test has its expected output');
delete @expected{@tests};
is(join(' ', grep { !m{^(.+)_\d$} || !-e "$top/test/sql/$1.sql" } sort keys %expected), '', 'every expected output has its SQL test');

# the layers
for my $file (glob("$top/src/core/*.[ch]"))
{
	my ($name) = $file =~ m{(core/[^/]+)$};
	my @includes = slurp($file) =~ /^\s*#\s*include\s+"([^"]+)"/mg;

	is(join(' ', grep { !-e "$top/src/core/" . s{^core/}{}r } @includes),
		'', "$name includes core headers only");
}
for my $file (glob("$top/src/*.c"))
{
	my ($name) = $file =~ m{([^/]+)$};
	my ($first) = slurp($file) =~ /^\s*#\s*include\s+["<]([^">]+)/m;

	is($first, 'postgres.h', "$name includes postgres.h first");
}

done_testing();
