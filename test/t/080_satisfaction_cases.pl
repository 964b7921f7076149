# What others published about NPS and CSAT, compared; known margins of error.
# And random answers: their scores against plain SQL, and the same scores however
# the answers are split.

use strict;
use warnings;
use JourneyParts;
use JourneyTest;
use Test::More;

start_random((time() ^ ($$ << 10)) % 2**31);

my $db = create_database('journey_satisfaction_cases');

# -- published ------------------------------------------------------------------

sub published_nps
{
	my ($file) = @_;

	# Answers, or how many of each kind; where the answers were published as a
	# file of their own, that is not among the files, the counts are taken if
	# they were published too.
	load_document($db, 'nps_file', $file);
	query($db, <<'EOS');
CREATE TABLE nps_cases AS
	SELECT n, c, CASE WHEN c ? 'scores' THEN (SELECT nps(s::float8) FROM jsonb_array_elements_text(c->'scores') s)
			WHEN c ? 'score' THEN (SELECT nps(s::float8) FROM (VALUES (c->>'score')) v(s))
			WHEN c ? 'rows' THEN nps_of_counts((c->>'expected_promoters')::bigint, (c->>'rows')::bigint - (c->>'expected_promoters')::bigint - (c->>'expected_detractors')::bigint, (c->>'expected_detractors')::bigint)
			ELSE nps_of_counts((c->>'promoters')::bigint, (c->>'passives')::bigint, (c->>'detractors')::bigint) END AS got
	FROM nps_file, jsonb_array_elements(content->'cases') WITH ORDINALITY x (c, n);
EOS
	is(query($db, "SELECT count(*), count(*) FILTER (WHERE c ? 'scores'), count(*) FILTER (WHERE c ? 'score'), count(*) FILTER (WHERE c ? 'file'), count(got) FROM nps_cases"),
		'27|9|6|4|24', 'the NPS cases are all there');
	for my $case (query_rows($db, <<'EOS'))
SELECT n, (c->'source'->>'repo'), c ? 'file', c->>'file', (got).n IS NOT NULL, c ? 'expected_class', c->>'expected_class', CASE WHEN (got).promoters = 1 THEN 'promoter' WHEN (got).passives = 1 THEN 'passive' ELSE 'detractor' END,
	-- to the digits that were published
	CASE WHEN c ? 'rounded' OR c ? 'expected_nps_rounded' THEN round((got).score::numeric) = coalesce(c->>'expected_nps', c->>'expected_nps_rounded')::numeric
		ELSE abs((got).score - (c->>'expected_nps')::float8) < 1e-12 END,
	c ? 'expected_promoters' AND ((got).promoters, (got).detractors) IS DISTINCT FROM ((c->>'expected_promoters')::bigint, (c->>'expected_detractors')::bigint),
	c ? 'expected_stderr_unit_scale', abs((got).std_error / 100 - (c->>'expected_stderr_unit_scale')::float8) < 1e-15
FROM nps_cases ORDER BY n
EOS
	{
		my ($n, $repo, $of_file, $answers, $known, $of_class, $class, $got, $score, $differs, $of_error, $error) = @$case;
		my $name = "NPS case $n" . ($repo ne '' ? ", $repo" : '');

		SKIP:
		{
			skip "$name: the answers ($answers) are not among the files", 1 if $known eq 'f';
			if ($of_class eq 't')
			{
				is($got, $class, "$name: the class");
				next;
			}
			is($score, 't', "$name: the score");
			is($differs, 'f', "$name: promoters and detractors");
			is($error, 't', "$name: the standard error") if $of_error eq 't';
		}
	}
}

sub published_csat
{
	my ($file) = @_;

	load_document($db, 'csat_file', $file);
	query($db, <<'EOS');
CREATE TABLE answers AS
	SELECT score::int AS score FROM csat_file, jsonb_each_text(content->'score_counts') c (score, count), generate_series(1, count::int);
CREATE TABLE got AS
	SELECT csat(score) AS csat, csat(score, 1, 5, 1) AS top_box, ces(score, 1, 5, 'agree') AS mean FROM answers;
EOS
	is(query($db, "SELECT count(*), (content->'expected'->>'responses')::bigint = count(*) FROM csat_file, answers GROUP BY content"), '85907|t', 'CSAT: all answers are there');
	is(query($db, 'SELECT (csat).n, (csat).satisfied, (csat).dissatisfied, (top_box).satisfied FROM got'), '85907|70836|15071|59617', 'CSAT: satisfied with 4 and 5, and the top box');
	is(query($db, <<'EOS'), 't|t|t|t', 'CSAT: share of 4 and 5, top box, mean and standard deviation');
SELECT abs((csat).score / 100 - (e->>'csat_4_5_fraction')::float8) < 1e-14, abs((top_box).score / 100 - (e->>'csat_top_box_fraction_ours')::float8) < 1e-14,
	round((csat).mean::numeric, 6) = (e->>'mean_printed')::numeric, round(((mean).std_error * sqrt((mean).n))::numeric, 6) = (e->>'sample_std_printed')::numeric
FROM got, csat_file, LATERAL (SELECT content->'expected') x (e)
EOS
	is(query($db, <<'EOS'), '20|0|0', 'CSAT: by tenure and shift, and added up');
WITH parts AS (
	SELECT p, csat_tally(score) AS t
	FROM csat_file, jsonb_array_elements(content->'by_tenure_shift') p, LATERAL (SELECT CASE WHEN n <= (p->>'satisfied')::int THEN 5 ELSE 2 END AS score
		FROM generate_series(1, (p->>'satisfied')::int + (p->>'not_satisfied')::int) n) s
	GROUP BY p
)
SELECT count(*), count(*) FILTER (WHERE round(((csat_rows(t)).score / 100)::numeric, 6) IS DISTINCT FROM (p->>'csat_printed')::numeric),
	(SELECT count(*) FILTER (WHERE ((r).score, (r).lower, (r).upper) IS DISTINCT FROM ((csat).score, (csat).lower, (csat).upper)) FROM got, (SELECT csat_rows(rollup(t)) AS r FROM parts) w)
FROM parts
EOS
	is(query($db, <<'EOS'), '3|0', 'CSAT: by sentiment');
SELECT count(*), count(*) FILTER (WHERE round(score::numeric, 6) IS DISTINCT FROM (p->>'csat_pct')::numeric)
FROM csat_file, jsonb_array_elements(content->'by_sentiment_printed') p, LATERAL (SELECT (csat(CASE WHEN n <= (p->>'satisfied')::int THEN 4 ELSE 3 END)).score FROM generate_series(1, (p->>'responses')::int) n) g
EOS
}

sub known_margins
{
	my ($file) = @_;

	load_document($db, 'golden', $file);
	is(query($db, <<'EOS'), '2|0', 'NPS: standard error, margin and bounds to 1e-13');
SELECT count(*), count(*) FILTER (WHERE (abs(g.score - (w->>'nps')::float8) + abs(g.std_error - (w->>'se')::float8) + abs(g.margin - (w->>'moe95')::float8)
	+ abs(g.lower - (w->>'lo')::float8) + abs(g.upper - (w->>'hi')::float8) < 1e-13) IS NOT TRUE OR g.n <> (w->>'n')::bigint)
FROM golden, jsonb_each(content) x (name, w), LATERAL (SELECT string_to_array(name, '_')) y (a), nps_of_counts(a[2]::bigint, a[3]::bigint, a[4]::bigint) g
WHERE name LIKE 'nps%'
EOS
}

my $data = $ENV{JOURNEY_CASES};
my %published = ('cases/nps.json' => \&published_nps, 'cases/csat.json' => \&published_csat, '../domain/golden.json' => \&known_margins);
for my $file (sort keys %published)
{
	SKIP:
	{
		skip "JOURNEY_CASES is not set: $file is not compared", 1 unless defined $data;
		skip "$data/$file is not there", 1 unless -r "$data/$file";
		$published{$file}->("$data/$file");
	}
}

# -- random answers ---------------------------------------------------------------

# Each customer answers once.
my ($answers, $customer) = ('', 0);
my @leans = map { rand() } 1 .. 4;    # of each survey, towards high scores
for my $survey (1 .. 4)
{
	for (1 .. 200 + int(rand(2000)))
	{
		my $score = rand() < 0.1 ? '\N' : int(11 * rand()**$leans[ $survey - 1 ]);

		$answers .= join("\t", ++$customer, $survey, $score) . "\n";
	}
}
query($db, <<"EOS" . $answers . "\\.\n");
CREATE TABLE customers (customer int, survey int, score float8);
COPY customers FROM stdin;
EOS
split_customers($db);

is(query($db, <<'EOS'), '4|0|0|0', 'random answers: scores and their standard errors, against plain SQL');
WITH want AS (
	SELECT survey, count(score) AS n, avg(v) * 100 AS nps, sqrt(var_pop(v) / count(v)) * 100 AS nps_se, avg((score >= 7)::int) * 100 AS csat, avg(score) AS ces, stddev_samp(score) / sqrt(count(score)) AS ces_se,
		count(*) FILTER (WHERE score < 5) AS easy
	FROM customers, LATERAL (SELECT CASE WHEN score >= 9 THEN 1 WHEN score >= 7 THEN 0 WHEN score >= 0 THEN -1 END) x (v) GROUP BY survey
), got AS (
	SELECT survey, nps(score) AS nps, csat(score, 0, 10, 4) AS csat, ces(score, 0, 10, 'effort') AS ces FROM customers GROUP BY survey
)
SELECT count(*), count(*) FILTER (WHERE (abs(w.nps - (g.nps).score) < 1e-10 AND abs(w.nps_se - (g.nps).std_error) < 1e-10 AND w.n = (g.nps).n) IS NOT TRUE),
	count(*) FILTER (WHERE (abs(w.csat - (g.csat).score) < 1e-10 AND w.n = (g.csat).n) IS NOT TRUE),
	count(*) FILTER (WHERE (abs(w.ces - (g.ces).score) < 1e-11 AND abs(w.ces_se - (g.ces).std_error) < 1e-11 AND w.n = (g.ces).n AND w.easy = (g.ces).easy) IS NOT TRUE)
FROM want w JOIN got g USING (survey)
EOS

my @aggregates = (
	[ 'nps', 'score' ],
	[ 'csat', 'score, 0, 10, 3' ],
	[ 'csat', 'score / 2, 0, 5, 3, 0.5' ],
	[ 'ces', "score, 0, 10, 'agree'" ],
	[ 'ces', "score - 5, -5, 5, 'effort'" ]);
my $parts = 1 + int(rand(40));

for my $aggregate (@aggregates)
{
	my ($agg, $arguments) = @$aggregate;
	my $answer = "$agg($arguments)";
	my $tally = "${agg}_tally($arguments)";

	same_answer($db, $answer, $answer, $tally, "${agg}_rows");
	is(query($db, <<"EOS"), '0|4', "$answer: each survey");
SELECT count(*) FILTER (WHERE rollup IS DISTINCT FROM whole OR tally_send(rollup) IS DISTINCT FROM tally_send(whole) OR ${agg}_rows(rollup)::text IS DISTINCT FROM answer), count(*)
FROM (SELECT survey, rollup(t ORDER BY part DESC) FROM (SELECT survey, customer % $parts AS part, $tally AS t FROM customers GROUP BY 1, 2) x GROUP BY survey) y
	JOIN (SELECT survey, $tally AS whole, $answer\::text AS answer FROM shuffled GROUP BY survey) w USING (survey);
EOS
}

done_testing();
