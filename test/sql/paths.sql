SET search_path = public, journey;
SET timezone = 'UTC';
\set SHOW_CONTEXT never

--
-- path: one customer
--
SELECT journey_agg(at, event, channel, NULL, n) AS j FROM (VALUES
	(1, '2026-01-01 00:00+00'::timestamptz, 'ad_click', 'social'),
	(2, '2026-01-01 00:10+00', 'home', NULL),
	(3, '2026-01-01 00:20+00', 'page_view/product', NULL),
	(4, '2026-01-01 00:30+00', 'page_view/cart', NULL),
	(5, '2026-01-01 00:40+00', 'ping', NULL),
	(6, '2026-01-01 00:50+00', 'home', NULL),
	(7, '2026-01-01 01:00+00', 'home', NULL),
	(8, '2026-01-01 01:10+00', 'purchase', 'email'),
	(9, '2026-01-01 01:20+00', '/thanks/survey', NULL),
	(10, '2026-01-01 01:30+00', 'home', NULL)) AS v (n, at, event, channel) \gset
SELECT path(:'j'::journey) AS first_five, path(:'j'::journey, 3) AS first_three, path(:'j'::journey, NULL) = events(:'j'::journey) AS whole, path(:'j'::journey, 100) = events(:'j'::journey) AS long;
SELECT path(:'j'::journey, 3, direction => 'backward') AS last_three, path(:'j'::journey, 3, direction => NULL) AS first_three;
SELECT path(:'j'::journey, NULL, "collapse" => true) AS collapsed, path(:'j'::journey, 4, true, direction => 'backward') AS backward;
SELECT path(:'j'::journey, 3, anchor => 'home') AS first_home, path(:'j'::journey, 3, anchor => 'home', direction => 'backward') AS last_home,
	   path(:'j'::journey, 3, anchor => 'purchase', direction => 'backward') AS to_purchase, path(:'j'::journey, anchor => 'refund') AS none, path(:'j'::journey, anchor => 'refund', direction => 'backward') AS none_backward;
SELECT path(:'j'::journey, 2, anchor => '*@email') AS by_channel, path(:'j'::journey, 2, anchor => '*@social', direction => 'backward') AS by_channel_backward;
-- both ends included; counted from the first touchpoint, the anchor, or the last touchpoint
SELECT path(:'j'::journey, within => '20 min') AS within, path(:'j'::journey, within => '19 min 59.999999 s') AS less,
	   path(:'j'::journey, within => '10 min', anchor => 'purchase') AS after, path(:'j'::journey, within => '10 min', anchor => 'purchase', direction => 'backward') AS before,
	   path(:'j'::journey, within => '0', direction => 'backward') AS last;
-- excluded is not there: neither an anchor nor between repeats
SELECT path(:'j'::journey, NULL, exclude => 'home | ping') AS without, path(:'j'::journey, 9, true, exclude => 'ping | page_view') AS joined,
	   path(:'j'::journey, anchor => 'home', exclude => 'home') AS no_anchor, path(:'j'::journey, within => '10 min', exclude => 'ad_click') AS from_second, path(:'j'::journey, exclude => '*') AS nothing;
SELECT path(:'j'::journey, NULL, detail => false) AS no_detail, path(:'j'::journey, NULL, true, detail => false) AS no_detail_collapsed;
SELECT path(:'j'::journey, NULL, true, cluster => ARRAY['home | page_view', '*@email | "/thanks/survey"']::matcher[], cluster_names => '{browse,page_view}') AS clustered,
	   path(:'j'::journey, 3, cluster => '{home,*}', cluster_names => '{home,else}') AS first_counts;
SELECT path(NULL::journey) IS NULL AS null_journey, path('[]'::journey) IS NULL AS empty, path('[]'::journey, direction => 'backward') IS NULL AS empty_backward;
SELECT path(:'j'::journey, 0);
SELECT path(:'j'::journey, direction => 'sideways');
SELECT path(:'j'::journey, within => '-1 s');
SELECT path(:'j'::journey, within => '1 month');
SELECT path(:'j'::journey, cluster => '{a}');
SELECT path(:'j'::journey, cluster_names => '{a}');
SELECT path(:'j'::journey, cluster => '{a,b}', cluster_names => '{a}');
SELECT path(:'j'::journey, cluster => '{a}', cluster_names => '{NULL}');
SELECT path(:'j'::journey, cluster => '{}', cluster_names => '{}');

--
-- random journeys: everything against plain SQL
--
CREATE TABLE path_rows_raw (customer integer, n integer, at timestamptz, event text);
SELECT setseed(0.6);
INSERT INTO path_rows_raw
	SELECT c, n, '2026-03-01'::timestamptz + (n * 10 + (random() * 9)::integer) * interval '1 minute',
		(ARRAY['a', 'b', 'c', 'home', 'page_view/x', 'page_view/y', 'odd > name', '{"x",NULL}'])[1 + floor(random() * random() * 8)::integer]
	FROM generate_series(1, 3000) AS c, generate_series(1, c % 14) AS n;
CREATE TABLE path_journeys AS
	SELECT customer, journey_agg(at, event, NULL, NULL, n) AS j FROM path_rows_raw GROUP BY customer;
CREATE FUNCTION path_wanted(c integer, depth integer, no_repeats boolean, anchor text, backward boolean, within interval, exclude text)
	RETURNS text[] LANGUAGE sql STABLE AS $$
	WITH kept AS (
		SELECT * FROM path_rows_raw WHERE customer = c AND event IS DISTINCT FROM exclude
	), edge AS (
		SELECT at, n FROM kept WHERE anchor IS NULL OR event = anchor
		ORDER BY CASE WHEN backward THEN -n ELSE n END LIMIT 1
	), near AS (
		SELECT k.*, lag(k.event) OVER (ORDER BY k.n) AS before
		FROM kept k, edge e
		WHERE CASE WHEN backward THEN k.n <= e.n AND (within IS NULL OR e.at - k.at <= within) ELSE k.n >= e.n AND (within IS NULL OR k.at - e.at <= within) END
	), cut AS (
		SELECT * FROM near WHERE NOT no_repeats OR before IS DISTINCT FROM event
		ORDER BY CASE WHEN backward THEN -n ELSE n END LIMIT depth
	)
	SELECT array_agg(event ORDER BY n) FROM cut
$$;
SELECT count(*) AS compared, count(*) FILTER (WHERE got IS DISTINCT FROM want) AS different, count(want) > 500 AS many
FROM (
	SELECT path(j, d, r, a, CASE WHEN b THEN 'backward' ELSE 'forward' END, w, x) AS got,
		   path_wanted(customer, d, r, btrim(a::text, '"'), b, w, btrim(x::text, '"')) AS want
	FROM path_journeys,
		 LATERAL (SELECT (ARRAY[1, 2, 3, 5, 20])[1 + customer % 5] AS d, customer % 2 = 0 AS r, (ARRAY[NULL, 'home', 'b'])[1 + customer % 3]::matcher AS a,
						 customer % 7 < 3 AS b, (ARRAY[NULL, '25 min', '1 h'])[1 + customer / 3 % 3]::interval AS w, (ARRAY[NULL, 'a', 'c'])[1 + customer / 9 % 3]::matcher AS x) AS o
	WHERE customer <= 1500) AS t;

CREATE TABLE path_cut AS SELECT customer, (path(j, 4))[1:4] AS p FROM path_journeys;
CREATE TABLE path_wanted_rows AS
	SELECT row_number() OVER (ORDER BY count(*) DESC, p COLLATE "C") AS rank, p AS path, count(*) AS count FROM path_cut GROUP BY p;
CREATE FUNCTION path_differences(got path_row[], top bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
	WITH want AS (
		SELECT rank, path, count, count / sum(count) OVER ()::float8 AS share, 1::bigint AS paths FROM path_wanted_rows
	), listed AS (
		SELECT * FROM want WHERE rank <= top
		UNION ALL
		SELECT NULL, NULL, sum(count)::bigint, sum(count) / (SELECT sum(count) FROM want)::float8, count(*) FROM want WHERE rank > top HAVING count(*) > 0
	)
	SELECT count(*) FROM listed l FULL JOIN unnest(got) AS g ON coalesce(g.rank, 0) = coalesce(l.rank, 0) AND coalesce(g.path, '{}') = coalesce(l.path, '{}')
	WHERE (l.count, l.paths) IS DISTINCT FROM (g.count, g.paths) OR abs(l.share - g.share) > 1e-15
$$;
SELECT (SELECT count(*) FROM path_wanted_rows) > 200 AS many_paths,
	   path_differences(path_agg(p), 20) AS default_top, path_differences(path_agg(p, 7), 7) AS top_7, path_differences(path_agg(p, 1000000), 1000000) AS all_paths,
	   path_differences(path_rows(path_tally(p), 3), 3) AS stored, path_differences(path_rows(path_tally(p), NULL), 1000000) AS stored_all
FROM path_cut;
SELECT path_differences(path_agg(j, 4, 11), 11) AS of_journeys FROM path_journeys;
SELECT path_agg(p ORDER BY customer) = path_agg(p ORDER BY customer DESC) AS any_order FROM path_cut;
SELECT path_agg(path(j, 10, true), 50) = path_agg(path(collapse(j), 10), 50) AS collapsed, path_agg(j, 10, 50) = path_agg(path(j, 10), 50) AS ten FROM path_journeys;
-- groups whose names come in different orders, counted side by side
SELECT count(*) AS groups, count(*) FILTER (WHERE of_journeys <> of_paths) AS different
FROM (SELECT path_agg(k, 4, 50) AS of_journeys, path_agg(path(k, 4), 50) AS of_paths
	FROM (SELECT customer, journey_agg(at, (ARRAY['purchase', 'login', 'search', 'home'])[1 + (ascii(event) + customer) % 4], NULL, NULL, n) AS k FROM path_rows_raw GROUP BY customer) AS r
	GROUP BY customer % 29) AS g;
-- parts add up to the whole, also through text
SELECT rollup(t) = (SELECT path_tally(p) FROM path_cut) AS parts, rollup(t::text::tally) = (SELECT path_tally(p) FROM path_cut) AS by_text,
	   path_rows(rollup(t)) = (SELECT path_agg(p) FROM path_cut) AS answer
FROM (SELECT customer % 13 AS part, path_tally(p) AS t FROM path_cut GROUP BY 1) AS s;

-- sankey: each link is a count over the paths
WITH want AS (
	SELECT k AS step_no, p[k] AS from_event, coalesce(p[k + 1], '(end)') AS to_event, count(*) AS count
	FROM path_cut, generate_series(1, 3) AS k WHERE p[k] IS NOT NULL GROUP BY 1, 2, 3
), got AS (
	SELECT s.* FROM unnest((SELECT sankey_agg(p) FROM path_cut)) AS s
)
SELECT count(*) > 30 AS many, count(*) FILTER (WHERE w.count IS DISTINCT FROM g.count) AS different,
	   bool_and(from_node = step_no || ' ' || from_event AND to_node = (step_no + 1) || ' ' || to_event) AS nodes
FROM want w FULL JOIN got g USING (step_no, from_event, to_event);
SELECT s.* FROM unnest((SELECT sankey_agg(p) FROM (VALUES ('{a,b,a}'::text[]), ('{a,b}'), ('{b}'), ('{a,a}'), (NULL), ('{}')) AS v (p))) AS s;
SELECT s.step_no, s.from_event, s.to_event, s.count FROM unnest(sankey_rows((SELECT path_tally(p) FROM (VALUES ('{a,b,a}'::text[]), ('{a}')) AS v (p)), 5)) AS s;
SELECT s.step_no, s.from_event, s.to_event, s.count FROM unnest(sankey_rows((SELECT path_tally(p) FROM (VALUES ('{a,b,a}'::text[]), ('{a}')) AS v (p)), 2)) AS s;

-- step matrix: each cell is a count over the paths, columns sum to all
WITH want AS (
	SELECT k AS step_no, CASE WHEN k = 0 THEN '(start)' ELSE coalesce(p[k], '(end)') END AS event, count(*) AS count
	FROM (SELECT events(j) AS p FROM path_journeys) AS e, generate_series(0, 6) AS k GROUP BY 1, 2
), got AS (
	SELECT m.* FROM unnest((SELECT step_matrix_agg(j, 6) FROM path_journeys)) AS m
)
SELECT count(*) > 30 AS many, count(*) FILTER (WHERE w.count IS DISTINCT FROM g.count) AS different,
	   (SELECT bool_and(abs(s - 1) < 1e-12) FROM (SELECT sum(share) AS s FROM got GROUP BY step_no) AS c) AS columns
FROM want w FULL JOIN got g USING (step_no, event);
WITH want AS (
	SELECT k AS step_no, CASE WHEN k + a < 1 THEN '(start)' ELSE coalesce(p[k + a], '(end)') END AS event, count(*) AS count
	FROM (SELECT events(j) AS p, array_position(events(j), 'home') AS a FROM path_journeys) AS e, generate_series(-5, 5) AS k WHERE a IS NOT NULL GROUP BY 1, 2
), got AS (
	SELECT m.* FROM unnest((SELECT step_matrix_agg(j, 5, 'home'::matcher) FROM path_journeys)) AS m
)
SELECT count(*) > 60 AS many, count(*) FILTER (WHERE w.count IS DISTINCT FROM g.count) AS different,
	   (SELECT bool_and(abs(s - 1) < 1e-12) FROM (SELECT sum(share) AS s FROM got GROUP BY step_no) AS c) AS columns
FROM want w FULL JOIN got g USING (step_no, event);
SELECT step_matrix_agg(j, 5, 'home'::matcher) = step_matrix_agg(events(j), 5, array_position(events(j), 'home')) AS around,
	   step_matrix_agg(j, 6) = step_matrix_agg(events(j), 6) AS from_start, step_matrix_agg(j, 6) = step_matrix_agg(path(j, 6), 6) AS cut_is_enough,
	   step_matrix_rows(step_matrix_tally(j, 6)) = step_matrix_agg(j, 6) AS stored, step_matrix_rows(step_matrix_tally(j, 5, 'home')) = step_matrix_agg(j, 5, 'home'::matcher) AS stored_around,
	   step_matrix_tally(events(j), 6) = step_matrix_tally(j, 6) AS tallies
FROM path_journeys;
SELECT rollup(t) = (SELECT step_matrix_tally(j, 4) FROM path_journeys) AS parts, rollup(t::text::tally) = (SELECT step_matrix_tally(j, 4) FROM path_journeys) AS by_text
FROM (SELECT step_matrix_tally(j, 4) AS t FROM path_journeys GROUP BY customer % 11) AS s;
SELECT m.* FROM unnest((SELECT step_matrix_agg(p, 3) FROM (VALUES ('{a,b}'::text[]), ('{b}'), (NULL), ('{}')) AS v (p))) AS m;
SELECT m.* FROM unnest((SELECT step_matrix_agg(p, 2, a) FROM (VALUES ('{x,a,y}'::text[], 2), ('{a}', 1), ('{b}', NULL), ('{1,2,3,a}', 4)) AS v (p, a))) AS m;

-- parallel
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SET enable_indexscan = off;
SELECT path_agg(j, 4, 20), sankey_agg(path(j, 4)), step_matrix_agg(j, 6) AS matrix, step_matrix_agg(j, 5, 'home'::matcher) AS around FROM path_journeys \gset parallel_
EXPLAIN (COSTS OFF) SELECT path_agg(j, 4, 20) FROM path_journeys;
SET max_parallel_workers_per_gather = 0;
SELECT path_agg(j, 4, 20)::text = :'parallel_path_agg' AS paths, sankey_agg(path(j, 4))::text = :'parallel_sankey_agg' AS sankey FROM path_journeys;
SELECT step_matrix_agg(j, 6)::text = :'parallel_matrix' AS matrix, step_matrix_agg(j, 5, 'home'::matcher)::text = :'parallel_around' AS around FROM path_journeys;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather; RESET enable_indexscan;

-- very many different paths: a table of them, with more names and longer ones than fit one word of it
CREATE TABLE path_crowd AS
SELECT i AS id, names, (SELECT journey_agg('2026-01-01'::timestamptz + k * interval '1 min', (ARRAY['', 'page_view/', 'a name of more than a few bytes '])[1 + i % 3] || 'e' || (hashint4(i * 100 + k) & 2147483647) % CASE WHEN i % 3 = 0 THEN 3 ELSE names / 3 END)
                   FROM generate_series(1, 1 + i % 11) AS k) AS j
  FROM generate_series(1, 5000) AS i, (VALUES (12), (40), (300)) AS n (names);
INSERT INTO path_crowd VALUES (0, 12, '[]'), (0, 40, NULL);
ANALYZE path_crowd;
CREATE FUNCTION paths_by_sql(query text, top bigint) RETURNS path_row[] LANGUAGE plpgsql AS $$
DECLARE
    answer path_row[];
BEGIN
    EXECUTE format($q$
        WITH counted AS (SELECT p, count(*) AS n, row_number() OVER (ORDER BY count(*) DESC, (p::text[]) COLLATE "C") AS rank FROM (%s) AS q (p) WHERE p <> '{}' GROUP BY p),
        ranked AS (SELECT least(rank, %s + 1) AS r, p, n, sum(n) OVER () AS total FROM counted)
        SELECT array_agg(CASE WHEN r <= %s THEN ROW(r, p, n, n / total::float8, 1)::path_row ELSE ROW(NULL, NULL, n, n / total::float8, paths)::path_row END ORDER BY r)
          FROM (SELECT r, CASE WHEN min(r) <= %s THEN min(p) END AS p, sum(n)::bigint AS n, min(total) AS total, count(*) AS paths FROM ranked GROUP BY r) AS s
    $q$, query, top, top, top) INTO answer;
    RETURN answer;
END $$;
CREATE TEMP TABLE path_crowd_answers AS
SELECT names, depth, top, paths_by_sql(format('SELECT path(j, %s) FROM path_crowd WHERE names = %s', depth, names), top) AS rows
  FROM (VALUES (12, 5, 20), (12, 10, 3), (40, 3, 100000), (40, 5, 20), (40, 8, 7), (40, 9, 7), (300, 5, 20), (300, 10, 1000)) AS v (names, depth, top);
CREATE FUNCTION path_crowd_right() RETURNS TABLE (names int, depth int, top int, journeys boolean, arrays boolean, tally boolean, rollup boolean) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE (
        SELECT string_agg(format('SELECT %s, %s, %s, journeys = rows, arrays = rows, path_rows(t, %s) = rows,
                                         (SELECT path_rows(rollup(t), %s) FROM (SELECT path_tally(path(j, %s)) AS t FROM path_crowd WHERE names = %s GROUP BY id %% 3) p) = rows
                                    FROM (SELECT path_agg(j, %s, %s) AS journeys, path_agg(path(j, %s), %s) AS arrays, path_tally(path(j, %s)) AS t FROM path_crowd WHERE names = %s) c,
                                         path_crowd_answers a WHERE (a.names, a.depth, a.top) = (%s, %s, %s)',
                                 a.names, a.depth, a.top, a.top, a.top, a.depth, a.names, a.depth, a.top, a.depth, a.top, a.depth, a.names, a.names, a.depth, a.top), ' UNION ALL ')
          FROM path_crowd_answers a);
END $$;
SELECT * FROM path_crowd_right() ORDER BY 1, 2, 3;
SELECT sum(count) AS touchpoints, sum(count) = (SELECT sum(cardinality(path(j, 5))) FROM path_crowd) AS same FROM unnest((SELECT sankey_agg(path(j, 5) || 'last'::text) FROM path_crowd WHERE j <> '[]')) AS s WHERE to_event <> '(end)';
-- as a window function, whose state is read and counted into in turn
SELECT bool_and(w = (SELECT path_agg(j, 4, 10) FROM path_crowd c WHERE names = 40 AND c.id / 1000 <= s.id / 1000)) AS window
  FROM (SELECT id, path_agg(j, 4, 10) OVER (ORDER BY id / 1000) AS w FROM path_crowd WHERE names = 40) s WHERE id % 1000 = 999;
SELECT path_agg(j, 4, CASE WHEN id < 4000 THEN 10 ELSE 11 END ORDER BY id) FROM path_crowd WHERE names = 40;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
CREATE TEMP TABLE path_crowd_parallel AS SELECT path_agg(j, 6, 50) AS rows, path_tally(path(j, 6)) AS t, sankey_agg(path(j, 6)) AS flows, path_agg(j, 10, 50) AS long FROM path_crowd;
SET max_parallel_workers_per_gather = 0;
SELECT path_agg(j, 6, 50) = (SELECT rows FROM path_crowd_parallel) AS rows, path_tally(path(j, 6)) = (SELECT t FROM path_crowd_parallel) AS tally,
       sankey_agg(path(j, 6)) = (SELECT flows FROM path_crowd_parallel) AS flows, path_agg(j, 10, 50) = (SELECT long FROM path_crowd_parallel) AS long FROM path_crowd;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
DROP FUNCTION path_crowd_right, paths_by_sql;
-- aggregates of somebody's own: one that gives its state away, and ones that begin with what no path is
CREATE AGGREGATE path_state(text[]) (SFUNC = path_agg_add, STYPE = tally, COMBINEFUNC = tally_combine, PARALLEL = SAFE);
CREATE TEMP TABLE path_states AS SELECT path_state(ARRAY['a' || i, 'b' || i % 7]) AS state, path_tally(ARRAY['a' || i, 'b' || i % 7]) AS t FROM generate_series(1, 3000) AS i;
SELECT state = t AS equal, state::text = t::text AS text, path_rows(state, NULL) = path_rows(t, NULL) AS rows,
	   (SELECT rollup(x) FROM (VALUES (state), (t)) AS v (x)) = (SELECT rollup(x) FROM (VALUES (t), (t)) AS v (x)) AS rollup FROM path_states;
CREATE AGGREGATE path_begun(text[]) (SFUNC = path_agg_add, STYPE = tally, FINALFUNC = path_rows,
	INITCOND = '{"tally": "paths", "version": 1, "params": [0], "labels": ["a"], "rows": [{"keys": [0,-2,-2,-2,-2,-2,-2,-2,-2,-2], "counters": [0]}]}');
SELECT path_begun(ARRAY['a' || i]) FROM generate_series(1, 3000) AS i;
DROP AGGREGATE path_begun(text[]);
CREATE AGGREGATE path_begun(text[]) (SFUNC = path_agg_add, STYPE = tally, FINALFUNC = path_rows,
	INITCOND = '{"tally": "paths", "version": 1, "params": [0], "labels": ["a"], "rows": [{"keys": [-2,-2,-2,0,-2,-2,-2,-2,-2,-2], "counters": [3]}]}');
SELECT path_begun(ARRAY['a' || i]) FROM generate_series(1, 3000) AS i;
DROP AGGREGATE path_begun(text[]);
CREATE AGGREGATE path_begun(text[]) (SFUNC = path_agg_add, STYPE = tally, FINALFUNC = path_rows,
	INITCOND = '{"tally": "paths", "version": 1, "params": [0], "labels": ["a1"], "rows": [{"keys": [0,-2,-2,-2,-2,-2,-2,-2,-2,-2], "counters": [9223372036854775806]}]}');
SELECT path_begun(ARRAY['a' || i]) FROM generate_series(1, 3000) AS i;
DROP AGGREGATE path_begun(text[]);
DROP AGGREGATE path_state(text[]);
DROP TABLE path_crowd;

-- nothing to count
SELECT path_agg(NULL::text[]) IS NULL AS paths, path_agg('{}'::text[]) IS NULL AS empty, path_agg('[]'::journey, 3, 3) IS NULL AS journeys, sankey_agg(NULL) IS NULL AS sankey,
	   step_matrix_agg(NULL::journey, 3) IS NULL AS matrix, step_matrix_agg('[]'::journey, 3) IS NULL AS empty_matrix, step_matrix_agg('[2026-01-01 00:00+00 a]'::journey, 3, 'b'::matcher) IS NULL AS no_anchor;
SELECT path_rows(NULL, 3) IS NULL AS paths, sankey_rows(NULL, 3) IS NULL AS sankey;

--
-- errors
--
SELECT path_agg('{a,NULL}'::text[]);
SELECT path_agg('{{a,b},{c,d}}'::text[]);
SELECT path_agg(array_fill('a'::text, ARRAY[11]));
SELECT path_agg(ARRAY[repeat('x', 1025)]);
SELECT path_agg('{a}'::text[], 0);
SELECT path_agg('{a}'::text[], NULL);
SELECT path_agg('{a}'::text[], n) FROM generate_series(1, 2) AS n;
SELECT path_agg('[]'::journey, 0, 5);
SELECT path_agg('[]'::journey, 11, 5);
SELECT path_agg('[]'::journey, NULL, 5);
SELECT path_rows(path_tally('{a}'::text[]), 0);
SELECT sankey_rows(path_tally('{a}'::text[]), 1);
SELECT path_rows(step_matrix_tally('{a}'::text[], 3));
SELECT sankey_rows(step_matrix_tally('{a}'::text[], 3));
SELECT step_matrix_rows(path_tally('{a}'::text[]));
SELECT step_matrix_agg('{a}'::text[], 0);
SELECT step_matrix_agg('{a}'::text[], 1001);
SELECT step_matrix_agg('{a}'::text[], NULL);
SELECT step_matrix_agg('{a}'::text[], n) FROM generate_series(1, 2) AS n;
SELECT step_matrix_agg('{a}'::text[], 1, 2);
SELECT step_matrix_agg('{a}'::text[], 1, 0);
SELECT step_matrix_agg('{a,NULL}'::text[], 2);
SELECT step_matrix_agg('{{a}}'::text[], 2), step_matrix_agg('{{a,b},{a,b}}'::text[], 2);
SELECT step_matrix_agg('[2026-01-01 00:00+00 a]'::journey, 3, NULL::matcher);
SELECT rollup(t) FROM (SELECT step_matrix_tally('{a}'::text[], 2) AS t UNION ALL SELECT step_matrix_tally('{a}'::text[], 3)) AS x;
SELECT rollup(t) FROM (SELECT step_matrix_tally('[2026-01-01 00:00+00 a]'::journey, 2) AS t UNION ALL SELECT step_matrix_tally('[2026-01-01 00:00+00 a]'::journey, 2, 'a')) AS x;
-- tallies that no aggregate makes
SELECT path_rows('{"tally": "paths", "version": 1, "params": [0], "labels": [], "rows": [{"keys": [-2,-2,-2,-2,-2,-2,-2,-2,-2,-2], "counters": [1]}]}');
SELECT path_rows('{"tally": "paths", "version": 1, "params": [0], "labels": ["a"], "rows": [{"keys": [0,-2,0,-2,-2,-2,-2,-2,-2,-2], "counters": [1]}]}');
SELECT path_rows('{"tally": "paths", "version": 1, "params": [0], "labels": ["a"], "rows": [{"keys": [0,-1,-2,-2,-2,-2,-2,-2,-2,-2], "counters": [1]}]}');
SELECT path_rows('{"tally": "paths", "version": 1, "params": [0], "labels": ["a"], "rows": [{"keys": [0,-2,-2,-2,-2,-2,-2,-2,-2,-2], "counters": [0]}]}');
SELECT path_rows('{"tally": "paths", "version": 1, "params": [-1], "labels": ["a"], "rows": [{"keys": [0,-2,-2,-2,-2,-2,-2,-2,-2,-2], "counters": [1]}]}');
SELECT sankey_rows('{"tally": "paths", "version": 1, "params": [0], "labels": ["a", "b"], "rows": [{"keys": [0,-2,-2,-2,-2,-2,-2,-2,-2,-2], "counters": [9223372036854775807]}, {"keys": [1,-2,-2,-2,-2,-2,-2,-2,-2,-2], "counters": [1]}]}');
SELECT step_matrix_rows('{"tally": "step_matrix", "version": 1, "params": [2, 1], "labels": ["a"], "rows": [{"keys": [0, 3], "counters": [1]}]}');
SELECT step_matrix_rows('{"tally": "step_matrix", "version": 1, "params": [2, 3], "labels": ["a"], "rows": [{"keys": [0, 1], "counters": [1]}]}');
SELECT step_matrix_rows('{"tally": "step_matrix", "version": 1, "params": [0, 1], "labels": ["a"], "rows": [{"keys": [0, 1], "counters": [1]}]}');
SELECT step_matrix_rows('{"tally": "step_matrix", "version": 1, "params": [2, 1], "labels": ["a"], "rows": [{"keys": [-1, 1], "counters": [1]}]}');
SELECT step_matrix_rows('{"tally": "step_matrix", "version": 1, "params": [2, 1], "labels": ["a"], "rows": [{"keys": [0, 1], "counters": [1]}]}');
SELECT step_matrix_rows('{"tally": "step_matrix", "version": 1, "params": [2, 1], "labels": ["a"], "rows": [{"keys": [-1, 0], "counters": [2]}, {"keys": [0, 1], "counters": [2]}, {"keys": [0, 2], "counters": [3]}]}');

--
-- transitions
--
SELECT s.from_event, s.to_event, s.count, s.customers, s.share, s.per_journey, s.customer_share
FROM transition_shares((SELECT transition_agg(j) FROM (VALUES ('[2026-01-01 00:00+00 a, 2026-01-02 00:00+00 b, 2026-01-03 00:00+00 a, 2026-01-04 00:00+00 b]'::journey), ('[2026-01-01 00:00+00 b]')) AS v (j))) AS s;
SELECT d.* FROM transition_diff(
	(SELECT transition_agg(j) FROM (VALUES ('[2026-01-01 00:00+00 a, 2026-01-02 00:00+00 b]'::journey), ('[2026-01-01 00:00+00 a, 2026-01-02 00:00+00 c]'), ('[2026-01-01 00:00+00 a]')) AS v (j)),
	(SELECT transition_agg(j) FROM (VALUES ('[2026-01-01 00:00+00 a, 2026-01-02 00:00+00 b, 2026-01-03 00:00+00 a, 2026-01-04 00:00+00 b]'::journey), ('[2026-01-01 00:00+00 d]')) AS v (j))) AS d;
SELECT d.from_event, d.to_event, d.count_a, d.count_b, d.probability_a, d.probability_b, d.probability_diff, d.per_journey_b FROM transition_diff((SELECT transition_agg('[2026-01-01 00:00+00 a]'::journey)), NULL) AS d;
SELECT count(*) AS nothing FROM transition_diff(NULL, NULL);
SELECT bool_and(d.count_a = d.count_b AND d.customers_a = d.customers_b AND d.probability_diff = 0 AND d.per_journey_diff = 0) AS same, count(*) > 30 AS many
FROM (SELECT transition_agg(j) AS t FROM path_journeys) AS a, transition_diff(a.t, a.t) AS d;

DROP FUNCTION path_differences, path_wanted;
DROP TABLE path_rows_raw, path_journeys, path_cut, path_wanted_rows;
