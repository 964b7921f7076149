-- nps, csat, ces, scores: what is refused.
SET search_path = public, journey;
\set SHOW_CONTEXT never
\set VERBOSITY default

-- scores off the scale: the message names it, the hint the way out
\set ON_ERROR_STOP off
SELECT nps(11);
\echo :SQLSTATE
SELECT nps(s) FROM unnest('{9,-1}'::int[]) s;
SELECT nps(s) FROM unnest('{100,0,-100}'::int[]) s;
SELECT nps(8.5);
SELECT nps('NaN');
SELECT nps('Infinity');
SELECT nps('-Infinity');
SELECT nps(1e300);
SELECT nps(9.0000001);
SELECT nps_tally(-9);
SELECT csat(0);
\echo :SQLSTATE
SELECT csat(4.2);
SELECT csat(8, 1, 7, 3);
SELECT csat(4.25, 1, 5, 3, 0.5);
SELECT csat(0.15, 0, 1, 1, 0.1);
SELECT csat(0.0005, 0, 1, 1, 0.1);
SELECT ces(8);
\echo :SQLSTATE
SELECT ces(0, 1, 5, 'effort');
SELECT ces(2.5, 1, 5, 'effort');
SELECT nps('nine');

-- scales that are none
SELECT csat(3, 5, 1, 2);
\echo :SQLSTATE
SELECT csat(3, 5, 5, 2);
SELECT csat(3, 1, 5, 0);
SELECT csat(3, 1, 5, 5);
SELECT csat(3, 1, 5, -1);
SELECT csat(3, 1, 5, 2, 0);
SELECT csat(3, 1, 5, 2, -1);
SELECT csat(3, 1, 5, 2, 0.3);
SELECT csat(3, 1, 5, 2, 0.0001);
SELECT csat(3, 1, 1002, 2);
SELECT csat(3, 'NaN', 5, 2);
SELECT csat(3, 1, 'Infinity', 2);
SELECT csat(3, -1000001, 5, 2);
SELECT csat(3, 1, 5.5, 2);
SELECT ces(3, 7, 1, 'agree');
SELECT ces(3, 1, 7.5, 'agree');
SELECT ces(3, 1, 7, 'easy');
\echo :SQLSTATE
-- also where there is no answer
SELECT csat(NULL, 5, 1, 2);
SELECT ces(NULL, 1, 7, '');
-- one scale an aggregate
SELECT csat(3, low, 5, 2) FROM (VALUES (1), (0)) v(low);
\echo :SQLSTATE
SELECT ces(3, 1, 7, direction) FROM (VALUES ('agree'), ('effort')) v(direction);

-- counts
SELECT nps_of_counts(1, -1, 1);
\echo :SQLSTATE
SELECT nps_of_counts(9223372036854775807, 1, 0);
\echo :SQLSTATE
SELECT nps_difference(ROW(0, 0, 0, 0, 0, 0, -1, 2, 3, 0, 0, 0, 0, 10), nps_of_counts(1, 1, 1));

-- tallies that do not go together
SELECT tally_combine(nps_tally(9), csat_tally(4));
SELECT tally_combine(csat_tally(4), csat_tally(4, 1, 7, 2));
SELECT tally_combine(csat_tally(4, 0, 5, 2), csat_tally(4, 1, 5, 2));
SELECT tally_combine(csat_tally(4, 1, 5, 2, 0.5), csat_tally(4));
SELECT tally_combine(csat_tally(4, 1, 5, 1), csat_tally(4));
SELECT tally_combine(ces_tally(4), ces_tally(4, 1, 7, 'effort'));
SELECT tally_combine(nps_tally(9), stickiness_tally('2026-01-05 week: 0 / 0'));
SELECT csat_rows(nps_tally(9));
\echo :SQLSTATE
SELECT nps_rows(ces_tally(4));
SELECT ces_rows(csat_tally(4));
SELECT nps_rows(stickiness_tally('2026-01-05 week: 0 / 0'));
SELECT nps_rows(NULL) IS NULL AS none;
-- tallies that no nps_tally made
CREATE FUNCTION pg_temp.scores(params text, key bigint DEFAULT 4000, answers bigint DEFAULT 1) RETURNS tally
	RETURN format('{"tally": "scores", "version": 1, "params": [%s], "labels": [], "rows": [{"keys": [%s], "counters": [%s]}]}', params, key, answers)::tally;
SELECT (csat_rows(pg_temp.scores('2, 1001, 5, 1000, 2'))).score;
SELECT csat_rows(pg_temp.scores('0, 1001, 5, 1000, 2'));
\echo :SQLSTATE
SELECT csat_rows(pg_temp.scores('5, 1001, 5, 1000, 2'));
SELECT csat_rows(pg_temp.scores('-1, 1001, 5, 1000, 2'));
SELECT csat_rows(pg_temp.scores('2, 0, 0, 0, 0'));
SELECT csat_rows(pg_temp.scores('2, 1001, 1, 1000, 2'));
SELECT csat_rows(pg_temp.scores('2, 1001, 5, 0, 2'));
SELECT csat_rows(pg_temp.scores('2, 1001, 5, -1000, 2'));
SELECT csat_rows(pg_temp.scores('2, 1001, -5, 1000, 2'));
SELECT csat_rows(pg_temp.scores('2, 1001, 1002, 1000, 2'));
SELECT csat_rows(pg_temp.scores('2, 1001, 5, 1000, 5'));
SELECT csat_rows(pg_temp.scores('2, 1001, 5, 1000, 0'));
SELECT csat_rows(pg_temp.scores('2, -9223372036854775808, 5, 1000, 2'));
SELECT csat_rows(pg_temp.scores('2, 1001, 5, 9223372036854775807, 2'));
SELECT csat_rows(pg_temp.scores('2, 1001, 1001, 1000000001, 2'));
SELECT csat_rows(pg_temp.scores('2, 1001, 9223372036854775807, 1000, 2'));
SELECT csat_rows(pg_temp.scores('2, 1000000001, 2, 1, 1'));
SELECT csat_rows(pg_temp.scores('2, 1001, 5, 1000, 9223372036854775807'));
SELECT csat_rows(pg_temp.scores('2, 1001, 5, 1000, 2', 4001));
SELECT csat_rows(pg_temp.scores('2, 1001, 5, 1000, 2', 0));
SELECT csat_rows(pg_temp.scores('2, 1001, 5, 1000, 2', 6000));
SELECT csat_rows(pg_temp.scores('2, 1001, 5, 1000, 2', 4000, 0));
SELECT csat_rows(pg_temp.scores('2, 1001, 5, 1000, 2', 4000, -1));
SELECT nps_rows(pg_temp.scores('1, 1, 6, 1000, 2'));
SELECT nps_rows(pg_temp.scores('1, 1, 11, 1000, 3'));
SELECT ces_rows(pg_temp.scores('3, 1001, 7, 1000, 2'));
SELECT ces_rows(pg_temp.scores('4, 1001, 13, 500, 6'));
SELECT nps_rows('{"tally": "scores", "version": 1, "params": [1, 1, 11, 1000, 2], "labels": [], "rows": [{"keys": [0], "counters": [9223372036854775807]}, {"keys": [1000], "counters": [1]}]}');
SELECT (nps_rows(pg_temp.scores('1, 1, 11, 1000, 2', 9000, 9223372036854775807))).score;
-- counters do not run over
SELECT tally_combine(pg_temp.scores('1, 1, 11, 1000, 2', 9000, 9223372036854775807), nps_tally(9));
SELECT nps_add(pg_temp.scores('1, 1, 11, 1000, 2', 9000, 9223372036854775807), 9);
\echo :SQLSTATE
SELECT nps_add(csat_tally(4), 9);
SELECT nps_add(stickiness_tally('2026-01-05 week: 0 / 0'), 9);
SELECT nps_add(NULL, NULL) IS NULL AS nothing, nps_rows(nps_add(nps_tally(9), NULL)) = nps(9) AS kept;

-- scores
SELECT * FROM scores('[2026-01-01 00:00+00 survey_answered/nps =5]', stage_model('actions'), promise => '-1 day');
\echo :SQLSTATE
SELECT * FROM scores(NULL, stage_model('actions'), promise => '1 month');
SELECT * FROM scores('[2026-01-01 00:00+00 survey_answered/nps =5]', 'stages a; x -> a');
