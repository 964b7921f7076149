-- The type tally: text, binary, comparison, adding up.
SET search_path = public, journey;

CREATE TABLE kept (id int, t tally);
INSERT INTO kept VALUES
	(1, '{"tally": "transitions", "version": 1, "params": [7],
		"labels": ["view_item", "Order \"Completed\"", "view_item/shoes", "unused"],
		"rows": [
			{"keys": [1, -2], "counters": [3, 3]},
			{"keys": [0, 1], "counters": [0, 2], "durations": [[1500, 4], [0, 1], [1497, 9]]},
			{"keys": [-1, 0], "counters": [3, 3], "durations": []},
			{"keys": [2, 2], "counters": [0, 1], "durations": [[4097, 1]]}]}'),
	(2, '{"version": 1, "tally": "funnel", "params": [2, 1], "labels": [],
		"rows": [{"keys": [-1, 2, 0], "counters": [9223372036854775807, 0, 7], "durations": [[1, 9223372036854775807]]},
			{"keys": [-1, 0, 0], "counters": [0, 0, 0]}]}'),
	(3, '{"tally": "retention", "version": 1, "params": [2, 1, 9223372036854775807, 1, 1, 0], "labels": [],
		"rows": [{"keys": [-9223372036854775808, 0], "counters": [1, 0, 0, 0, 0, 0, 0, 0]}]}'),
	(4, '{"tally": "transitions", "version": 1, "params": [7], "labels": [], "rows": []}'),
	(5, NULL);

-- canonical: labels and rows in order, labels that no row uses are gone
SELECT id, t FROM kept ORDER BY id;

-- text and jsonb round trips, and a second print is the same
SELECT id, t::text::tally = t AS text, (t::jsonb)::text::tally = t AS jsonb,
	t::text::tally::text = t::text AS print
FROM kept ORDER BY id;

-- the order of writing does not matter
SELECT '{"tally": "transitions", "version": 1, "params": [7], "labels": ["a", "b"],
		"rows": [{"keys": [0, 1], "counters": [1, 1]}, {"keys": [1, 0], "counters": [2, 2]}]}'::tally =
	'{"tally": "transitions", "version": 1, "params": [7], "labels": ["b", "a"],
		"rows": [{"keys": [0, 1], "counters": [2, 2], "durations": []}, {"keys": [1, 0], "counters": [1, 1]}]}'::tally AS same;

-- comparison
SELECT a.id, b.id, a.t = b.t AS eq, a.t <> b.t AS ne, (a.t < b.t) = (tally_cmp(a.t, b.t) < 0) AS lt,
	(a.t <= b.t) = (tally_cmp(a.t, b.t) <= 0) AS le, (a.t > b.t) = (tally_cmp(b.t, a.t) < 0) AS gt,
	(a.t >= b.t) = (tally_cmp(b.t, a.t) <= 0) AS ge, (tally_hash(a.t) = tally_hash(b.t)) = (a.t = b.t) AS hash,
	(tally_hash_extended(a.t, 1) = tally_hash_extended(b.t, 1)) = (a.t = b.t) AS hash_extended
FROM kept a, kept b WHERE a.id < 5 AND b.id <= a.id ORDER BY 1, 2;
SELECT count(DISTINCT t) FROM (SELECT t FROM kept UNION ALL SELECT t FROM kept) both_times;
CREATE UNIQUE INDEX ON kept (t);
CREATE INDEX ON kept USING hash (t);
SELECT tally_hash_extended(t, 0) & 4294967295 = tally_hash(t)::bigint & 4294967295 AS low_half FROM kept WHERE id = 1;

-- adding up: any order, any grouping, stored or not
SELECT setseed(0.42);
CREATE TABLE day AS
SELECT d, format('{"tally": "transitions", "version": 1, "params": [7], "labels": %s, "rows": %s}',
		(SELECT json_agg(format('%s%s', CASE WHEN l % 2 = 0 THEN 'purchase/' ELSE 'label ' END, (l * 7 + d) % 40)) FROM generate_series(0, 19) l),
		(SELECT json_agg(json_build_object('keys', json_build_array(k / 20 - 2, k % 20 - 2), 'counters', json_build_array(k, 1),
			'durations', json_build_array(json_build_array((k * 37 + d) % 2000, 1 + k % 3), json_build_array(2000 + d, 5))))
		FROM (SELECT DISTINCT (random() * 399)::int AS k FROM generate_series(1, 50)) r))::tally AS t
FROM generate_series(1, 200) d;
CREATE TABLE total AS SELECT rollup(t ORDER BY d) AS t FROM day;
SELECT jsonb_array_length(t::jsonb -> 'labels') AS labels,
	(SELECT sum((c ->> 1)::bigint) FROM jsonb_array_elements(t::jsonb -> 'rows') r, jsonb_array_elements(r -> 'durations') c) =
	(SELECT sum((c ->> 1)::bigint) FROM day, jsonb_array_elements(day.t::jsonb -> 'rows') r, jsonb_array_elements(r -> 'durations') c) AS durations
FROM total;
SELECT (SELECT rollup(t ORDER BY d DESC) FROM day) = t AS backwards,
	(SELECT rollup(t ORDER BY md5(d::text)) FROM day) = t AS shuffled,
	(SELECT rollup(part) FROM (SELECT rollup(t) AS part FROM day GROUP BY d % 7) p) = t AS in_parts,
	(SELECT rollup(t ORDER BY d) FROM (SELECT t, d FROM day UNION ALL SELECT NULL, 0) n) = t AS with_null,
	(SELECT rollup(t) FROM total) = t AS alone
FROM total;
-- every row against a sum in SQL
CREATE VIEW read AS
SELECT part, CASE WHEN f >= 0 THEN j -> 'labels' ->> f ELSE f::text END AS from_label,
	CASE WHEN u >= 0 THEN j -> 'labels' ->> u ELSE u::text END AS to_label, sum(n) AS n
FROM (SELECT part, j, (r -> 'keys' ->> 0)::int AS f, (r -> 'keys' ->> 1)::int AS u, (r -> 'counters' ->> 0)::bigint AS n
	FROM (SELECT 1 AS part, t::jsonb AS j FROM day UNION ALL SELECT 2, t::jsonb FROM total OFFSET 0) x,
		jsonb_array_elements(j -> 'rows') r) y
GROUP BY 1, 2, 3;
SELECT count(*) > 300 AS rows, count(*) FILTER (WHERE a.n IS DISTINCT FROM b.n) AS differences
FROM (SELECT * FROM read WHERE part = 1) a
	FULL JOIN (SELECT * FROM read WHERE part = 2) b USING (from_label, to_label);
DROP VIEW read;

-- parallel, hashed by group, and as a running sum
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
ALTER TABLE day SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT rollup(t) FROM day;
SELECT (SELECT rollup(t) FROM day) = t AS parallel FROM total;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
SELECT bool_and(running = (SELECT rollup(t) FROM day b WHERE b.d <= w.d)) AS running, count(DISTINCT running) AS sums
FROM (SELECT d, rollup(t) OVER (ORDER BY d) AS running FROM day WHERE d <= 30) w;
-- the values that went in are as they were
SELECT (SELECT rollup(t ORDER BY d) FROM day) = t AS again FROM total;

-- empty
SELECT rollup(t) IS NULL AS no_rows FROM kept WHERE false;
SELECT rollup(t) IS NULL AS only_null FROM kept WHERE id = 5;
SELECT rollup(t) = (SELECT t FROM kept WHERE id = 4) AS nothing_counted FROM kept WHERE id IN (4, 5);

-- more than 256 labels leave the matrix of small tallies
SELECT jsonb_array_length(rollup(t)::jsonb -> 'labels') AS labels, jsonb_array_length(rollup(t)::jsonb -> 'rows') AS rows
FROM (SELECT format('{"tally": "transitions", "version": 1, "params": [7], "labels": ["l%s", "l%s"],
	"rows": [{"keys": [0, 1], "counters": [1, 1]}]}', i, i + 1)::tally FROM generate_series(1, 1000) i) many(t);

-- combine called by hand changes neither side
SELECT tally_combine(a.t, b.t)::text = tally_combine(b.t, a.t)::text AS either_way, a.t::text = (SELECT t::text FROM day WHERE d = 1) AS kept,
	tally_final(tally_combine(a.t, a.t)) = (SELECT rollup(t) FROM (SELECT a.t UNION ALL SELECT a.t) x) AS twice
FROM day a, day b WHERE a.d = 1 AND b.d = 2;

-- what cannot be added up
SELECT rollup(t) FROM kept;
SELECT rollup(t) FROM kept WHERE id = 2 OR id = 3;
SELECT rollup(t) FROM (SELECT t FROM kept WHERE id = 2 UNION ALL SELECT t FROM kept WHERE id = 2) x;
SELECT rollup(t::tally) FROM (VALUES
	('{"tally": "funnel", "version": 1, "params": [3, 1], "labels": [], "rows": []}'),
	('{"tally": "funnel", "version": 1, "params": [4, 1], "labels": [], "rows": []}')) v(t);

-- a parameter that takes the larger, and one that is not set yet
SELECT rollup(t::tally) FROM (VALUES
	('{"tally": "retention", "version": 1, "params": [2, 1, 500, 1, 1, 0], "labels": [], "rows": []}'),
	('{"tally": "retention", "version": 1, "params": [2, 1, 700, 1, 1, 0], "labels": [], "rows": []}'),
	('{"tally": "retention", "version": 1, "params": [0, 0, 0, 1, 1, 0], "labels": [], "rows": []}'),
	('{"tally": "retention", "version": 1, "params": [2, 1, 600, 1, 1, 0], "labels": [], "rows": []}')) v(t);

DROP TABLE kept, day, total;
