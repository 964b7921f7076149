package JourneyTest;

# What the tests of this folder share: running psql and pg_dump against the
# server that PGHOST names.  scripts/check starts that server.

use strict;
use warnings;
use Exporter 'import';
use File::Spec;
use File::Temp;
use Test::More;

our @EXPORT =
  qw(create_database drop_database query try_query start_query finish_query
  wait_for run slurp top_folder temp_folder);

my %made;
my $folder;

# The checkout, or the copy of it that is being tested.
sub top_folder
{
	return $ENV{JOURNEY_TOP} // File::Spec->rel2abs('.');
}

sub temp_folder
{
	$folder //= File::Temp->newdir('journey-tap-XXXXXX', TMPDIR => 1);
	return "$folder";
}

sub slurp
{
	my ($file) = @_;

	open(my $in, '<:raw', $file) or die "could not open $file: $!";
	local $/ = undef;
	my $text = <$in>;
	close $in;
	return $text;
}

# A program, its output and exit status.
sub run
{
	my ($input, @command) = @_;
	my $dir = temp_folder();

	open(my $in, '>:raw', "$dir/in") or die "could not write $dir/in: $!";
	print $in $input // '';
	close $in;

	my $pid = fork() // die "could not fork: $!";
	if ($pid == 0)
	{
		open(STDIN, '<', "$dir/in");
		open(STDOUT, '>', "$dir/out");
		open(STDERR, '>', "$dir/err");
		exec {$command[0]} @command or POSIX::_exit(127);
	}
	waitpid($pid, 0);
	my $status = $?;
	return ($status, slurp("$dir/out"), slurp("$dir/err"));
}

# SQL text in, unaligned rows out; any error ends the test.
sub query
{
	my ($database, $sql, @options) = @_;
	my ($status, $out, $err) = try_query($database, $sql, @options);

	die "query failed: $err\n$sql\n" if $status != 0;
	return $out;
}

sub try_query
{
	my ($database, $sql, @options) = @_;
	my ($status, $out, $err) = run($sql, 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1',
		'-d', $database, @options);

	chomp $out;
	return ($status, $out, $err);
}

# A psql that goes on by itself, to be interrupted.
sub start_query
{
	my ($database, $sql) = @_;
	my $dir = temp_folder();
	my $pid = fork() // die "could not fork: $!";

	if ($pid == 0)
	{
		open(STDIN, '<', '/dev/null');
		open(STDOUT, '>', "$dir/out.$$");
		open(STDERR, '>', "$dir/err.$$");
		exec 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $database, '-c', $sql
		  or POSIX::_exit(127);
	}
	return $pid;
}

sub finish_query
{
	my ($pid) = @_;
	my $dir = temp_folder();

	waitpid($pid, 0);
	return ($?, slurp("$dir/out.$pid"), slurp("$dir/err.$pid"));
}

# Ask until the answer is the wanted one.
sub wait_for
{
	my ($database, $sql, $wanted) = @_;

	for (1 .. 600)
	{
		return 1 if query($database, $sql) eq $wanted;
		select(undef, undef, undef, 0.05);
	}
	return 0;
}

# A new database with the extension, dropped at the end.
sub create_database
{
	my ($name, $without_extension) = @_;

	drop_database($name);
	query('postgres', "CREATE DATABASE $name TEMPLATE template0");
	$made{$name} = 1;
	query($name, 'CREATE EXTENSION journey') unless $without_extension;
	query('postgres',
		"ALTER DATABASE $name SET search_path = \"\$user\", public, journey");
	return $name;
}

sub drop_database
{
	my ($name) = @_;

	query('postgres', "SET client_min_messages = error; DROP DATABASE IF EXISTS $name WITH (FORCE)");
	delete $made{$name};
}

END
{
	my $status = $?;

	drop_database($_) for keys %made;
	$? = $status;
}

use POSIX ();

1;
