# The aggregates over customers give the same answer however the customers are
# split: random parts, from one to one for each customer, counted alone and
# added up in any order; parallel workers; partitions.

use strict;
use warnings;
use JourneyParts;
use JourneyTest;
use Test::More;

start_random((time() ^ ($$ << 10)) % 2**31);

my $db = create_database('journey_retention_parts');

# -- customers ----------------------------------------------------------------

# Eight months with changes of clocks, or over the first of January 2000, from
# which periods are counted; some customers never begin, some do nothing else, a
# few have many touchpoints.
my ($first, $as_of, $from, $to) = @{ pick([qw(2025-10-01 2026-06-01 2025-10-20 2026-01-20)], [qw(1999-07-01 2000-03-01 1999-10-20 2000-01-20)]) };
my $customers = 800;
my $touches = '';

for my $customer (1 .. $customers)
{
	my $count = rand() < 0.02 ? 100 : int(rand(4)**2);
	my $at = int(rand(150 * 86400));

	$touches .= join("\t", $customer, $at, 'join', '\N', '\N') . "\n" if rand() < 0.7;
	for (1 .. $count)
	{
		$at += int(rand(rand() < 0.3 ? 3600 : 30 * 86400));
		last if $at > 240 * 86400;
		my $event = pick(qw(join view view cart buy buy leave));
		my $value = $event eq 'buy' && rand() < 0.8 ? sprintf('%.2f', rand(200) - 20) : '\N';

		$touches .= join("\t", $customer, $at, $event, pick('email', 'direct', '\N'), $value) . "\n";
	}
}
query($db, <<"EOS" . $touches . "\\.\n");
CREATE TABLE touches (customer int, at int, event text, channel text, value float8);
COPY touches FROM stdin;
EOS
query($db, <<"EOS");
SET TimeZone = 'UTC';
CREATE TABLE customers AS
	SELECT customer, 'segment ' || customer % 3 AS segment, j
	FROM generate_series(1, $customers) customer LEFT JOIN (
		SELECT customer, journey_agg('$first'::timestamptz + at * interval '1 second', event, channel, value) AS j FROM touches GROUP BY 1
	) t USING (customer);
EOS
split_customers($db);
cmp_ok(query($db, 'SELECT count(*) FROM touches'), '>', 1000, 'there are touchpoints');

# -- aggregates -----------------------------------------------------------------

my $zone = pick('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe');
my $week_start = pick(qw(monday wednesday saturday sunday));
$as_of = "as_of => '$as_of 00:00+00'";
my $time_to = "time_to(j, 'join', 'buy', $as_of, censor => 'leave')";
my $funnel = "funnel(j, '{join,view,buy}', '60 days')";

sub activity
{
	my ($period, $options) = @_;

	return "activity(j, 'join', 'buy', '$period', '$zone', '$week_start'" . ($options ? ", $options" : '') . ')';
}

# Name, aggregate, the one that answers with its tally, what reads that tally,
# arguments.
my @retention = qw(retention_agg retention_tally retention_rows);
my @aggregates = (
	[ 'weeks', @retention, activity('week', $as_of) ],
	[ 'months, each up to its customer\'s end', @retention, activity('month') ],
	[ 'every cohort of two weeks', @retention, activity('2 weeks', "$as_of, cohort => 'every'") ],
	[ 'values', @retention, activity('week', "$as_of, \"values\" => true") ],
	[ 'values of every month', @retention, activity('month', "\"values\" => true, cohort => 'every'") ],
	[ 'two returns at least', @retention, activity('quarter', "$as_of, minimum => 2") ],
	[ 'spans of 36 hours', @retention, activity('36 hours', "cohort => 'first_in_range', \"from\" => '$from 00:00+00', \"to\" => '$to 00:00+00'") ],
	[ 'rolling weeks', @retention, activity('week', "$as_of, bucketing => 'rolling'") ],
	[ 'brackets', @retention, 'brackets(' . activity('day', $as_of) . ", '{1,4,8,15,31}')" ],
	[ 'seconds', qw(survival_agg survival_tally survival_rows), "($time_to).duration_seconds, ($time_to).observed" ],
	[ 'days', qw(survival_agg survival_tally survival_summary), "floor(($time_to).duration_seconds / 86400), ($time_to).observed" ],
	[ 'segments', qw(logrank_agg logrank_tally logrank_rows), "segment, floor(($time_to).duration_seconds / 3600), ($time_to).observed" ],
	[ 'weeks', qw(lifecycle_agg lifecycle_tally lifecycle_rows), activity('week', $as_of) ],
	[ 'spans of 12 hours', qw(lifecycle_agg lifecycle_tally lifecycle_rows), activity('12 hours') ],
	[ 'months', qw(stickiness_agg stickiness_tally stickiness_rows), activity('month', $as_of) ],
	[ 'rolling days', qw(stickiness_agg stickiness_tally stickiness_rows), activity('day', "$as_of, bucketing => 'rolling'") ],
	[ 'days', qw(dau_wau_mau_agg dau_wau_mau_tally dau_wau_mau_rows), activity('day') ],
	[ 'purchases', qw(retention_rate_by_purchase_agg retention_rate_by_purchase_tally retention_rate_by_purchase_rows), "repeats(j, 'buy', '30 days', $as_of)" ],
	[ 'three steps', qw(funnel_agg funnel_tally funnel_rows), $funnel ],
	[ 'named steps', qw(funnel_agg funnel_tally funnel_rows), "$funnel, '{joined,looked,bought}'" ],
	[ 'bins', qw(time_to_convert_agg time_to_convert_tally time_to_convert_rows), "$funnel, 1, 3" ],
	[ 'seven bins', qw(time_to_convert_agg time_to_convert_tally time_to_convert_rows), "$funnel, 1, 2, 7" ],
	[ 'edges', qw(time_to_convert_agg time_to_convert_tally time_to_convert_rows), "$funnel, 2, 3, ARRAY[600, 86400, 864000]::float8[]" ]);

for my $aggregate (@aggregates)
{
	my ($title, $agg, $tally, $rows, $arguments) = @$aggregate;

	# the reader says more than the aggregate does
	my $answer = $rows =~ /summary/ ? "$rows($tally($arguments))" : "$agg($arguments)";

	same_answer($db, "$agg, $title", $answer, "$tally($arguments)", $rows);
}

done_testing();
