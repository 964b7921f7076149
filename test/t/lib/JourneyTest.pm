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
  qw(create_database drop_database query try_query query_rows load_document
  start_query finish_query wait_for run slurp write_file top_folder temp_folder start_random
  copy_file copy_back copy_script);

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

sub write_file
{
	my ($file, $bytes) = @_;

	open(my $out, '>:raw', $file) or die "could not write $file: $!";
	print $out $bytes;
	close $out;
}

# Random numbers that JOURNEY_SEED repeats; $other is the seed without it.
sub start_random
{
	my ($other) = @_;
	my $seed = $ENV{JOURNEY_SEED} // $other;

	srand($seed);
	print "# seed $seed (set JOURNEY_SEED to repeat)\n";
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

# The rows as lists of columns; no value may contain | or a new line.
sub query_rows
{
	my ($database, $sql) = @_;

	return map { [ split /\|/, $_, -1 ] } split /\n/, query($database, $sql);
}

# A file of JSON as the table $name of one row.
sub load_document
{
	my ($database, $name, $file) = @_;
	my $script = temp_folder() . "/$name";

	write_file($script, "CREATE TABLE $name (content jsonb);\nINSERT INTO $name VALUES (\$document\$" . slurp($file) . "\$document\$);\n");
	query($database, "\\i $script\n");
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

# COPY writes a header of 19 bytes, then for a row the number of columns (2
# bytes) and for a column its length (4 bytes) and bytes; the end is ff ff.
sub copy_file
{
	my ($value) = @_;

	return "PGCOPY\n\xff\r\n\0" . pack('N N n N', 0, 0, 1, length $value) . $value . "\xff\xff";
}

# A sent value through COPY into a table of one column and out again: the file
# that comes back.
sub copy_back
{
	my ($database, $table, $value) = @_;
	my $dir = temp_folder();

	write_file("$dir/good", copy_file($value));
	query($database, "SET client_encoding = 'UTF8';\n\\copy $table from '$dir/good' with (format binary)\n"
		  . "\\copy $table to '$dir/again' with (format binary)");
	return slurp("$dir/again");
}

# A script that gives COPY each of these, right or wrong, in one session.
sub copy_script
{
	my ($table, @values) = @_;
	my $dir = temp_folder();
	my $script = '';

	for my $i (0 .. $#values)
	{
		write_file("$dir/value.$i", copy_file($values[$i]));
		$script .= "\\copy $table from '$dir/value.$i' with (format binary)\n";
	}
	return $script;
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
