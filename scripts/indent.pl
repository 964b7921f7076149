#!/usr/bin/env perl
#
# indent.pl TYPEDEFS FILE - print FILE as PostgreSQL's pgindent would leave it
#
# pg_bsd_indent with PostgreSQL's options, between what pgindent does before
# and after it.

use strict;
use warnings;
use File::Temp;

my ($typedefs, $file) = @ARGV;
my @options = qw(-bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1
  -i4 -l79 -lp -lpl -nip -npro -sac -tpg -ts4);

open(my $in, '<', $file) or die "could not open $file: $!\n";
my $source = do { local $/ = undef; <$in> };
close $in;

# // comments to /* */; keep "/*---" comments from being filled
$source =~ s!^([ \t]*)//(.*)$!$1/* $2 */!gm;
$source =~ s!/\* +---!/*---X_X!g;

my $temp = File::Temp->new(SUFFIX => '.c');
print $temp $source;
close $temp;
my $dir = File::Temp->newdir();
my $out = "$dir/out.c";
open(my $pipe, '-|', "cd $dir && pg_bsd_indent @options -U'$typedefs' '$temp' '$out' 2>&1") or die;
my $messages = do { local $/ = undef; <$pipe> };
close $pipe;
die "$file: $messages\n" if $? != 0 || ($messages // '') =~ /error/i;
open($in, '<', $out) or die "could not open $out: $!\n";
$source = do { local $/ = undef; <$in> };
close $in;

$source =~ s!/\*---X_X!/* ---!g;

# a tab between comments that ran together
$source =~ s!\*/(/\*.*\*/)$!*/\t$1!gm;

# one space before the "*" of a return type
$source =~ s!^([A-Za-z_]\S*)[ \t]+\*$!$1 *!gm;

# a prototype on the line of its return type
my $ident = qr/[a-zA-Z_][a-zA-Z_0-9]*/;
my $comment = qr!/\*.*\*/!;
$source =~ s!
		(\n$ident[^(\n]*)\n
		(
			$ident\(\n?
			(.*,([ \t]*$comment)?\n)*
			.*\);([ \t]*$comment)?$
		)
	!$1 . (substr($1,-1,1) eq '*' ? '' : ' ') . $2!gmxe;

print $source;
