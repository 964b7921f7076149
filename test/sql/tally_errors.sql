-- The type tally: text that is none.
SET search_path = public, journey;
\set VERBOSITY terse

SELECT ''::tally;
SELECT '{'::tally;
SELECT '[]'::tally;
SELECT '1'::tally;
SELECT '{}'::tally;
SELECT '{"tally": 1}'::tally;
SELECT '{"tally": "sessions"}'::tally;
SELECT '{"tally": "funnel"}'::tally;
SELECT '{"tally": "funnel", "version": 2}'::tally;
SELECT '{"tally": "funnel", "version": "1"}'::tally;
SELECT '{"tally": "funnel", "version": 1}'::tally;
SELECT '{"tally": "funnel", "version": 1, "params": [1]}'::tally;
SELECT '{"tally": "funnel", "version": 1, "params": [1, 2, 3]}'::tally;
SELECT '{"tally": "funnel", "version": 1, "params": [1, 9223372036854775808]}'::tally;
SELECT '{"tally": "funnel", "version": 1, "params": [1, 1.5]}'::tally;
SELECT '{"tally": "funnel", "version": 1, "params": [1, 2]}'::tally;
SELECT '{"tally": "funnel", "version": 1, "params": [1, 2], "labels": {}}'::tally;
SELECT '{"tally": "funnel", "version": 1, "params": [1, 2], "labels": []}'::tally;
SELECT '{"tally": "funnel", "version": 1, "params": [1, 2], "labels": [], "rows": {}}'::tally;
SELECT '{"tally": "funnel", "version": 1, "params": [1, 2], "labels": [], "rows": [], "steps": 3}'::tally;
SELECT '{"tally": "retention", "version": 1, "params": [1, 2, 3, 1, 1, 0], "labels": ["a"], "rows": []}'::tally;

SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": [1], "rows": []}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a", ""], "rows": []}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a", "b", "a"], "rows": []}'::tally;
SELECT format('{"tally": "transitions", "version": 1, "params": [7], "labels": ["%s"], "rows": []}', repeat('x', 1025))::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [1]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0]}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, 0]}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, 1], "counters": [1, 1]}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, -3], "counters": [1, 1]}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, 0], "counters": [1, -1]}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, 0], "counters": [1, "1"]}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, 0], "counters": [1, 1], "gaps": []}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, 0], "counters": [1, 1]}, {"keys": [0, 0], "counters": [1, 1]}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, 0], "counters": [1, 1], "durations": 1}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, 0], "counters": [1, 1], "durations": [1]}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, 0], "counters": [1, 1], "durations": [[1]]}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, 0], "counters": [1, 1], "durations": [[-1, 1]]}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, 0], "counters": [1, 1], "durations": [[4098, 1]]}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, 0], "counters": [1, 1], "durations": [[7, 0]]}]}'::tally;
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a"], "rows": [{"keys": [0, 0], "counters": [1, 1], "durations": [[7, 1], [9, 1], [7, 1]]}]}'::tally;
SELECT '{"tally": "retention", "version": 1, "params": [1, 2, 3, 1, 1, 0], "labels": [], "rows": [{"keys": [0, 0], "counters": [1, 0, 0, 0, 0, 0, 0, 0], "durations": []}]}'::tally;

-- random changes of good text: an error, or a value that prints and reads
CREATE FUNCTION pg_temp.reads(text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN $1::tally::text::tally = $1::tally;
EXCEPTION WHEN invalid_text_representation OR untranslatable_character OR program_limit_exceeded OR numeric_value_out_of_range THEN
	RETURN NULL;
END $$;
WITH good AS (
	SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["purchase", "a b"], "rows": [{"keys": [0, 1], "counters": [4, 2], "durations": [[0, 1], [17, 3]]}, {"keys": [1, -2], "counters": [4, 2], "durations": []}]}' AS t
)
SELECT bool_and(pg_temp.reads(overlay(t PLACING c FROM at FOR cut))) AS all_read,
	count(*) AS changes
FROM good, generate_series(1, length(t)) at, unnest(ARRAY['0', '1', '-', '9', '"', '[', ']', '{', 'x']) c, generate_series(0, 1) cut;
