# Different active customers of 400 days without a list of customers: 200,000
# customers counted by retention_agg and dau_wau_mau_agg, every cell and day
# against count(DISTINCT), with a state that is as large for 20,000 of them.

use strict;
use warnings;
use JourneyTest;
use Test::More;

start_random((time() ^ ($$ << 10)) % 2**31);

my $db = create_database('journey_wide');
my $seed = rand(2) - 1;

# Everybody starts on one of ten days and has twelve touchpoints at random after.
query($db, <<"EOS");
SET TimeZone = 'UTC';
SET work_mem = '64MB';
SET enable_hashagg = off;
SELECT setseed($seed);
CREATE TABLE touched AS
	SELECT c AS customer, '2025-01-01'::timestamptz + (CASE i WHEN 0 THEN c % 10 + random() ELSE 10 + random() * 400 END) * interval '1 day' AS at
	FROM generate_series(1, 200000) c, generate_series(0, 12) i;
CREATE TABLE active AS SELECT DISTINCT customer, (at AT TIME ZONE 'UTC')::date AS day FROM touched;
CREATE INDEX ON active (day);
CREATE TABLE activities AS
	SELECT customer, activity(journey_agg(at, 'visit'), '*', '*', 'day', as_of => '2026-02-15') AS a FROM touched GROUP BY customer;
ANALYZE;
EOS
like(query($db, 'SELECT count(*), count(DISTINCT day), count(DISTINCT customer) FROM active'), qr/^2[56]\d{5}\|410\|200000$/, 'customers and days');

is(query($db, <<'EOS'), '4065|0', 'retention: every cell');
WITH started AS (
	SELECT customer, min(day) AS cohort FROM active GROUP BY customer
), sizes AS (
	SELECT cohort, count(*) AS size FROM started GROUP BY cohort
), cells AS (
	SELECT cohort, day - cohort AS period_no, count(DISTINCT customer) AS retained FROM active JOIN started USING (customer) GROUP BY 1, 2
), want AS (
	SELECT s.cohort, size, n AS period_no, coalesce(retained, 0) AS retained, s.cohort + n < '2026-02-15' AS complete
	FROM sizes s CROSS JOIN LATERAL generate_series(0, '2026-02-15' - s.cohort) n LEFT JOIN cells c ON (c.cohort, c.period_no) = (s.cohort, n)
)
SELECT count(*), count(*) FILTER (WHERE (w.size, w.retained, w.complete) IS DISTINCT FROM (g.cohort_size, g.retained, g.complete))
FROM want w FULL JOIN unnest((SELECT retention_agg(a) FROM activities)) g USING (cohort, period_no)
EOS

query($db, 'CREATE TABLE days AS SELECT * FROM unnest((SELECT dau_wau_mau_agg(a) FROM activities))');
is(query($db, <<'EOS'), '411|0', 'active customers of every day');
SELECT count(*), count(*) FILTER (WHERE coalesce(w.dau, 0) IS DISTINCT FROM g.dau)
FROM (SELECT day, count(DISTINCT customer) AS dau FROM active GROUP BY day) w FULL JOIN days g USING (day)
EOS
is(query($db, <<'EOS'), '42|0', 'active customers of the week and the month up to every tenth day');
SELECT count(*), count(*) FILTER (WHERE
	wau <> (SELECT count(DISTINCT customer) FROM active a WHERE a.day BETWEEN g.day - 6 AND g.day) OR
	mau <> (SELECT count(DISTINCT customer) FROM active a WHERE a.day BETWEEN g.day - 29 AND g.day))
FROM days g WHERE (day - '2025-01-01') % 10 = 0
EOS

# The state has a row for each cell, or day, and none for a customer.
query($db, 'CREATE TABLE whole AS SELECT retention_tally(a) AS r, dau_wau_mau_tally(a) AS d FROM activities');
my $sizes = query($db, 'SELECT octet_length(tally_send(r)), octet_length(tally_send(d)) FROM whole');
is(query($db, 'SELECT octet_length(tally_send(retention_tally(a))), octet_length(tally_send(dau_wau_mau_tally(a))) FROM activities WHERE customer <= 20000'),
	$sizes, 'a tenth of the customers needs the same room');
my ($retention, $days) = split /\|/, $sizes;
cmp_ok($retention, '<', 100 * 4065, 'retention: less than 100 bytes a cell');
cmp_ok($days, '<', 70 * 441, 'days: less than 70 bytes a day');

is(query($db, <<'EOS'), 't|t', 'in 64 parts');
SELECT rollup(p.r ORDER BY part DESC) = (SELECT r FROM whole), rollup(p.d ORDER BY part DESC) = (SELECT d FROM whole)
FROM (SELECT customer % 64 AS part, retention_tally(a) AS r, dau_wau_mau_tally(a) AS d FROM activities GROUP BY 1) p
EOS
my $parallel = 'SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';
like(query($db, "$parallel EXPLAIN (COSTS OFF) SELECT retention_tally(a), dau_wau_mau_tally(a) FROM activities"), qr/Finalize.*Gather.*Partial/s, 'parallel: the plan');
is(query($db, "$parallel SELECT retention_tally(a) = (SELECT r FROM whole), dau_wau_mau_tally(a) = (SELECT d FROM whole) FROM activities"), 't|t', 'parallel: the same');

drop_database($db);
done_testing();
