/* The report of bench/growth, as Markdown; run by psql -At. */
SET search_path = bench, pg_catalog;

CREATE FUNCTION show_size(s size) RETURNS text
RETURN CASE WHEN s.hot
	THEN format('%s customers of %s', to_char(s.customers, 'FM999,999,999'), to_char(round(s.events::numeric / s.customers, -3), 'FM999,999,999'))
	ELSE to_char(round(s.events::numeric, -4), 'FM999,999,999,999') END;

CREATE VIEW head AS
SELECT string_agg(bench.show_size(s), ' | ' ORDER BY s.hot, s.events) AS names, repeat('---|', count(*)::integer) AS line FROM size AS s;

\qecho '## Nanoseconds an event'
\qecho
\qecho 'CPU time of the backend, which does not count what other programs take meanwhile; elapsed time where the system does not tell.'
\qecho
SELECT format(E'| | %s |\n|---|%s', names, line) FROM head;
SELECT format('| %s | %s |', q.name,
	string_agg(coalesce(to_char(coalesce(g.cpu_ms, g.ms) * 1e6 / s.events, 'FM9990.00'), '-'), ' | ' ORDER BY s.hot, s.events))
FROM growth_question AS q CROSS JOIN size AS s LEFT JOIN growth AS g ON g.size = s.name AND g.question = q.name
WHERE q.name <> 'nothing' GROUP BY q.no, q.name ORDER BY q.no;

\qecho
\qecho '## Milliseconds, elapsed'
\qecho
SELECT format(E'| | %s |\n|---|%s', names, line) FROM head;
SELECT format('| %s | %s |', q.name,
	string_agg(coalesce(to_char(g.ms, CASE WHEN g.ms < 10 THEN 'FM990.0' ELSE 'FM999,999,990' END), '-'), ' | ' ORDER BY s.hot, s.events))
FROM growth_question AS q CROSS JOIN size AS s LEFT JOIN growth AS g ON g.size = s.name AND g.question = q.name
WHERE q.name <> 'nothing' GROUP BY q.no, q.name ORDER BY q.no;

\qecho
\qecho '## Memory of the backend, MB'
\qecho
\qecho 'The most private memory its process ever had (VmHWM without shared memory), each question in a session of its own; "nothing" is a session that has loaded the library and asked for nothing.'
\qecho
SELECT format(E'| | %s |\n|---|%s', names, line) FROM head;
SELECT format('| %s | %s |', q.name, string_agg(coalesce(to_char(g.memory / 1e6, 'FM999,990.0'), '-'), ' | ' ORDER BY s.hot, s.events))
FROM growth_question AS q CROSS JOIN size AS s LEFT JOIN growth AS g ON g.size = s.name AND g.question = q.name
GROUP BY q.no, q.name ORDER BY q.no;

\qecho
\qecho '## Stores'
\qecho
\qecho '| events | customers | MB | bytes an event |'
\qecho '|---|---|---|---|'
SELECT format('| %s | %s | %s | %s |', to_char(events, 'FM999,999,999'), to_char(customers, 'FM999,999,999'),
	to_char(bytes / 1e6, 'FM999,990.0'), to_char(bytes::numeric / events, 'FM990.00'))
FROM size ORDER BY hot, events;
