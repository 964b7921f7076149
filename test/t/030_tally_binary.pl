# The binary form of tally and activity: a round trip through COPY, and every
# byte of it damaged in turn, which gives an error or a value, never a crash.

use strict;
use warnings;
use JourneyTest;
use Test::More;

my $database = create_database('journey_tally_binary');

# The value as sent, by its literal.
sub sent
{
	my ($type, $literal) = @_;
	my $hex = query($database, "SELECT encode(journey.${type}_send(\$v\$$literal\$v\$::journey.$type), 'hex')");

	return pack('H*', $hex);
}

my %literals = (
	tally => [
		'{"tally": "transitions", "version": 1, "params": [7], "labels": ["purchase", "b c", "view_item/\u00e9t\u00e9"],
			"rows": [{"keys": [0, 1], "counters": [4, 2], "durations": [[0, 1], [17, 3], [2000, 9]]},
				{"keys": [1, -2], "counters": [4, 2], "durations": []}, {"keys": [2, 2], "counters": [0, 1], "durations": [[4097, 5]]}]}',
		'{"tally": "funnel", "version": 1, "params": [2, 1], "labels": [],
			"rows": [{"keys": [-1, 1, 0], "counters": [5, 0, 0], "durations": [[1276, 2]]}, {"keys": [-1, 2, 1], "counters": [3, 1, 4], "durations": []}]}',
		'{"tally": "retention", "version": 1, "params": [2, 1, 300000, 1, 1, 0], "labels": [],
			"rows": [{"keys": [299990, 0], "counters": [10, 6, 0, 6, 0, 0, 0, 0]}, {"keys": [299990, 3], "counters": [4, 4, 4, 4, 0, 0, 0, 0]}]}'
	],
	activity => [
		'2026-01-05 week: 0 1 4 / 9',
		'2025-12-31 day: 0 / 0',
		'2026-01-01 month: 0-3 60 / 70',
		'2025-12-29 2 weeks every: 1 4 starts 0 3 values 2.5 0 / 9',
		'2026-01-05 13:00:00 6 hours rolling counted: 0 2 / 4',
		'2026-01-01 quarter: 0 1 brackets 1 3 7 values 1e+300 -3 / 3'
	]);

for my $type (sort keys %literals)
{
	query($database, "CREATE TABLE kept_$type (v journey.$type)");
	for my $literal (@{ $literals{$type} })
	{
		my $value = sent($type, $literal);
		my $name = substr($literal, 0, 30);

		is(copy_back($database, "kept_$type", $value), copy_file($value), "$type $name: the same bytes come back");
		is(query($database, "SELECT v = \$v\$$literal\$v\$ FROM kept_$type"), 't', "$type $name: the same value");
		query($database, "TRUNCATE kept_$type");

		# One session for all: errors are expected, a lost connection is not.
		my @bad;
		for my $at (0 .. length($value) - 1)
		{
			for my $flip (0xff, 0x01, 0x80)
			{
				my $bytes = $value;
				substr($bytes, $at, 1) = chr(ord(substr($value, $at, 1)) ^ $flip);
				push @bad, $bytes;
			}
			push @bad, substr($value, 0, $at);
		}
		push @bad, $value . "\0";
		my $script = copy_script("kept_$type", @bad);
		# what was taken is whole: it prints and reads, and sends and compares
		$script .= "SELECT 'alive', count(*) < " . scalar(@bad)
		  . ", coalesce(bool_and(v::text::journey.$type = v AND journey.${type}_hash(v) IS NOT NULL), true) FROM kept_$type;\n";
		my ($status, $out, $err) = run($script, 'psql', '-XAtq', '-d', $database);
		like($out, qr/^alive\|t\|t$/m, "$type $name: every damaged byte is refused or a value");
		unlike($err, qr/server closed|internal error|invalid memory/, "$type $name: with ordinary errors");
		is((() = $err =~ /ERROR:/g) + query($database, "SELECT count(*) FROM kept_$type"),
			scalar(@bad), "$type $name: each is one or the other");
		query($database, "TRUNCATE kept_$type");
	}
}

# Labels travel in the client's encoding.
my $latin = query($database, <<'EOS');
SET client_encoding = latin1;
SELECT encode(journey.tally_send('{"tally": "transitions", "version": 1, "params": [7], "labels": ["\u00e9"], "rows": [{"keys": [0, 0], "counters": [1, 1]}]}'), 'hex');
EOS
like($latin, qr/00000001e900000001/, 'labels are sent in the encoding of the client');

done_testing();
