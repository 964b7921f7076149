/* The report, as Markdown; run by psql -At. */
SET search_path = bench, pg_catalog;

CREATE VIEW timing AS
SELECT q.no, q.topic, q.store, q.name, q.baseline, q.at_most, q.failed, q.memory, q.spilled, w.workers,
	min(s.ms) AS least, percentile_cont(0.5) WITHIN GROUP (ORDER BY s.ms) AS median, count(s.ms) AS rounds,
	CASE WHEN w.workers = 0 THEN min(s.cpu_ms) END AS cpu
FROM question AS q
	CROSS JOIN (SELECT DISTINCT workers FROM sample) AS w
	LEFT JOIN sample AS s ON s.question = q.no AND s.workers = w.workers
GROUP BY q.no, w.workers;

CREATE VIEW ratio AS
SELECT t.*, t.least / b.least AS ratio, t.cpu / b.cpu AS cpu_ratio, b.memory AS baseline_memory
FROM timing AS t
	LEFT JOIN timing AS b ON b.topic = t.topic AND b.store = t.store AND b.name = t.baseline AND b.workers = t.workers;

CREATE FUNCTION show_ms(ms double precision) RETURNS text
RETURN CASE WHEN ms < 10 THEN to_char(ms, 'FM990.0') ELSE to_char(ms, 'FM9999990') END;

CREATE FUNCTION show_ratio(ratio double precision) RETURNS text
RETURN CASE WHEN ratio < 10 THEN to_char(ratio, 'FM990.00') ELSE to_char(ratio, 'FM99990.0') END;

/* On a shared machine short queries find a quiet moment and long ones do not. */
CREATE FUNCTION met(reached double precision, by_cpu double precision, at_most numeric) RETURNS text
RETURN CASE WHEN reached <= at_most THEN 'yes' WHEN by_cpu <= at_most THEN 'by CPU time'
	WHEN reached IS NULL THEN 'not measured' ELSE '**no**' END;

CREATE VIEW size AS
SELECT s.name, s.description, s.size_target, c.reltuples AS customers,
	pg_total_relation_size(c.oid) / c.reltuples AS total,
	pg_relation_size(c.oid) / c.reltuples AS heap,
	pg_indexes_size(c.oid) / c.reltuples AS index,
	(SELECT m.value::double precision FROM setting AS m WHERE m.name = 'bytes ' || s.name) AS journey
FROM store AS s JOIN pg_class AS c ON c.oid = to_regclass('bench.' || s.name)
WHERE s.name NOT IN ('events', 'rows');

-- targets
\qecho '## Targets'
\qecho
\qecho '| | reached | by CPU time | at most | met |'
\qecho '|---|---|---|---|---|'
WITH target AS (
	SELECT 1 AS part, row_number() OVER () AS no, 'bytes a customer on disk: ' || description AS name, round(total::numeric, 1)::text AS reached, total AS number, NULL::double precision AS cpu_ratio, size_target AS at_most
	FROM size WHERE size_target IS NOT NULL
	UNION ALL
	SELECT 2, no, format('%s over all journeys, times count(*)', name), show_ratio(ratio), ratio, cpu_ratio, at_most
	FROM ratio WHERE topic = 'store' AND at_most IS NOT NULL AND workers = 0
	UNION ALL
	SELECT 3, no, format('%s groups of %s, times %s',
		(SELECT to_char(value::integer, 'FM999,999') FROM setting WHERE setting.name = 'groups'), name, baseline), show_ratio(ratio), ratio, cpu_ratio, at_most
	FROM ratio WHERE topic = 'groups' AND at_most IS NOT NULL AND workers = 0
	UNION ALL
	SELECT 4, no, format('%s, times %s', name, baseline), show_ratio(ratio), ratio, cpu_ratio, at_most
	FROM ratio WHERE topic = 'zones' AND at_most IS NOT NULL AND workers = 0
	UNION ALL
	SELECT 5, no, format('%s over raw rows in order, times count(*) with the same GROUP BY', name), show_ratio(ratio), ratio, cpu_ratio, at_most
	FROM ratio WHERE topic = 'raw' AND at_most IS NOT NULL AND workers = 0
	UNION ALL
	SELECT 6, s.no, format('%s: time of two processes, share of that of one', s.name), show_ratio(p.least / s.least), p.least / s.least, NULL, round(1 / 1.6, 3)
	FROM timing AS s JOIN timing AS p USING (no)
	WHERE s.topic = 'store' AND s.store = 'seconds' AND s.name LIKE 'funnel_agg(%' AND s.workers = 0 AND p.workers = 1
	UNION ALL
	SELECT 7, row_number() OVER (), format('journey_agg, one group of %s rows, %s: peak memory, times the raw touchpoints',
		to_char(rows, 'FM999,999,999'), name), show_ratio(peak_bytes::float8 / raw_bytes), peak_bytes::float8 / raw_bytes, NULL, 3
	FROM one_group
)
SELECT format('| %s | %s | %s | %s | %s |', name, coalesce(reached, '-'), show_ratio(cpu_ratio), trim_scale(at_most), met(number, cpu_ratio, at_most))
FROM target ORDER BY part, no;

-- size
\qecho
\qecho '## Bytes a customer'
\qecho
\qecho '`pg_total_relation_size` of the table with its primary key, divided by the customers; `journey` is the mean `pg_column_size`.'
\qecho
\qecho '| store | | total | table | primary key | journey |'
\qecho '|---|---|---|---|---|---|'
SELECT format('| %s | %s | %s | %s | %s | %s |', name, description, round(total::numeric, 1), round(heap::numeric, 1),
	round(index::numeric, 1), round(journey::numeric, 1))
FROM size ORDER BY array_position('{seconds,microseconds,names,channels,tenth}', name);

-- whole stores
\qecho
\qecho '## Over a whole store'
SELECT format(E'\n### %s: %s, %s\n\n| | ms, least | median | CPU ms, least | times count(*) | by CPU time | times count(journey) | by CPU time |\n|---|---|---|---|---|---|---|---|\n%s',
	s.name, s.description, CASE r.workers WHEN 0 THEN 'serial' ELSE format('%s processes', r.workers + 1) END,
	string_agg(CASE WHEN r.failed IS NULL
		THEN format('| %s | %s | %s | %s | %s | %s | %s | %s |', r.name, show_ms(r.least), show_ms(r.median), show_ms(r.cpu),
			show_ratio(r.ratio), show_ratio(r.cpu_ratio), show_ratio(r.least / c.least), show_ratio(r.cpu / c.cpu))
		ELSE format('| %s | failed: %s | | | | | | |', r.name, r.failed) END, E'\n' ORDER BY r.no))
FROM ratio AS r JOIN store AS s ON s.name = r.store
	JOIN timing AS c ON c.topic = r.topic AND c.store = r.store AND c.workers = r.workers AND c.name = 'count(journey)'
WHERE r.topic = 'store' AND (r.rounds > 0 OR r.failed IS NOT NULL AND r.workers = 0)
GROUP BY s.name, s.description, r.workers
ORDER BY r.workers, array_position('{seconds,microseconds,names,channels}', s.name);

-- raw rows and zones
\qecho
\qecho '## Raw rows in order of customer and time'
\qecho
\qecho '| | ms, least | median | times count(*) | by CPU time |'
\qecho '|---|---|---|---|---|'
SELECT format('| %s | %s | %s | %s | %s |', name, show_ms(least), show_ms(median), show_ratio(ratio), show_ratio(cpu_ratio))
FROM ratio WHERE topic = 'raw' AND workers = 0 AND rounds > 0 ORDER BY no;
\qecho
\qecho '## Time zones'
\qecho
\qecho '| | ms, least | median | times UTC | by CPU time |'
\qecho '|---|---|---|---|---|'
SELECT format('| %s | %s | %s | %s | %s |', name, show_ms(least), show_ms(median), show_ratio(ratio), show_ratio(cpu_ratio))
FROM ratio WHERE topic = 'zones' AND workers = 0 AND rounds > 0 ORDER BY no;

-- groups
\qecho
\qecho '## Many groups'
\qecho
SELECT format('`GROUP BY customer %% %s` with a hash aggregate, final functions included. Yardsticks have an `internal` state and keep the same values: `journey_agg(j)` reads every touchpoint and keeps it, `array_agg` keeps what `funnel()` or `activity()` answered; `count()` keeps nothing.', value) FROM setting WHERE name = 'groups';
\qecho
\qecho '| | ms, least | median | CPU ms, least | memory, MB | yardstick | times its time | by CPU time | times its memory |'
\qecho '|---|---|---|---|---|---|---|---|---|'
SELECT CASE WHEN failed IS NULL
	THEN format('| %s | %s | %s | %s | %s | %s | %s | %s | %s |', name, show_ms(least), show_ms(median), show_ms(cpu),
		round(memory / 1048576.0) || CASE WHEN spilled THEN ', and disk' ELSE '' END,
		CASE WHEN name = baseline THEN 'itself' ELSE baseline END, show_ratio(ratio), show_ratio(cpu_ratio),
		CASE WHEN spilled THEN 'over ' ELSE '' END || show_ratio(memory::float8 / baseline_memory))
	ELSE format('| %s | failed: %s | | | | | | | |', name, failed) END
FROM ratio WHERE topic = 'groups' AND workers = 0 ORDER BY no;

-- build
\qecho
\qecho '## Building journeys from rows'
\qecho
\qecho '| all rows of store seconds | ms, least | median | CPU ms, least | times count(*), max(at) | by CPU time |'
\qecho '|---|---|---|---|---|---|'
SELECT CASE WHEN failed IS NULL
	THEN format('| %s | %s | %s | %s | %s | %s |', name, show_ms(least), show_ms(median), show_ms(cpu), show_ratio(ratio), show_ratio(cpu_ratio))
	ELSE format('| %s | failed: %s | | | | |', name, failed) END
FROM ratio WHERE topic = 'build' AND workers = 0 ORDER BY no;
\qecho
\qecho 'One group: `SELECT journey_agg(at, event)` over many rows, in a session of its own. State: all memory contexts after the final function, result included; peak: most private memory of the process; raw: `at` and `event` as the table has them.'
\qecho
\qecho '| rows | order | ms | ns a row | raw, bytes a row | state | peak | peak, times raw |'
\qecho '|---|---|---|---|---|---|---|---|'
SELECT format('| %s | %s | %s | %s | %s | %s | %s | %s |', to_char(rows, 'FM999,999,999'), name, show_ms(min(ms)),
	round((min(ms) * 1e6 / rows)::numeric), round(raw_bytes::numeric / rows, 1), round(max(state_bytes)::numeric / rows, 1),
	round(max(peak_bytes)::numeric / rows, 1), show_ratio(max(peak_bytes)::float8 / raw_bytes))
FROM one_group GROUP BY name, rows, raw_bytes ORDER BY name;

-- plain SQL
\qecho
\qecho '## Against plain SQL'
\qecho
\qecho 'A tenth of the customers: window functions over the rows against the store.'
\qecho
\qecho '| | ms, least | median | CPU ms, least | times the journey''s | by CPU time |'
\qecho '|---|---|---|---|---|---|'
SELECT CASE WHEN failed IS NULL
	THEN format('| %s | %s | %s | %s | %s | %s |', name, show_ms(least), show_ms(median), show_ms(cpu), show_ratio(ratio), show_ratio(cpu_ratio))
	ELSE format('| %s | failed: %s | | | | |', name, failed) END
FROM ratio WHERE topic = 'plain' AND workers = 0 ORDER BY no;

-- answers
\qecho
\qecho '## Same answers'
\qecho
\qecho '| | rows | equal |'
\qecho '|---|---|---|'
SELECT format('| %s | %s | %s |', name, to_char(rows, 'FM999,999,999'),
	CASE WHEN failed IS NOT NULL THEN 'failed: ' || failed WHEN equal THEN 'yes' ELSE '**no**' END)
FROM comparison ORDER BY no;
