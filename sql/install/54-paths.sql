\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- path: the names of one customer's touchpoints
--

CREATE FUNCTION journey.path(
	j journey.journey,
	depth integer DEFAULT 5,
	"collapse" boolean DEFAULT false,
	anchor journey.matcher DEFAULT NULL,
	direction text DEFAULT 'forward',
	within interval DEFAULT NULL,
	exclude journey.matcher DEFAULT NULL,
	cluster journey.matcher[] DEFAULT NULL,
	cluster_names text[] DEFAULT NULL,
	detail boolean DEFAULT true
) RETURNS text[]
	AS 'MODULE_PATHNAME', 'path' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.path(journey.journey, integer, boolean, journey.matcher, text, interval, journey.matcher, journey.matcher[], text[], boolean) IS
$$Which way did the customer go? The names of up to depth touchpoints in the order of time: by default the first ones; with direction => 'backward' the last ones; with an anchor those from the first touchpoint that fits it on, or backward those up to the last one that fits it, the anchor itself included. "collapse" leaves out repeats: a name right after the same name. within is the longest time between the first touchpoint (or the anchor, or backward the last one) and another of the path, both ends included; no months. What fits exclude is treated as if it were not there. cluster gives names to kinds of touchpoints: one that fits element n is called element n of cluster_names, the first that fits counts, others keep their name. detail => false cuts names at their first slash ("page_view/product" is "page_view"); a slash at the very front is no such cut. Collapsing comes after all this. depth NULL is no limit. NULL where no touchpoint is left or none fits the anchor, and for a NULL journey. A depth below 1, another direction, a negative within, cluster and cluster_names of different lengths or with nulls, and more than 256 clusters are errors. Forward is one pass that ends with the path, backward two.$$;

--
-- path_agg: the paths of all customers
--

CREATE TYPE journey.path_row AS (
	rank bigint,
	path text[],
	count bigint,
	share double precision,
	paths bigint
);
COMMENT ON TYPE journey.path_row IS
$$A path and how many took it; the last row may be of all other paths together.$$;
COMMENT ON COLUMN journey.path_row.rank IS 'Number of the path, 1 is the most frequent; equal counts are in the order of the names, byte by byte. NULL in the row of all others.';
COMMENT ON COLUMN journey.path_row.path IS 'Names of the touchpoints of the path; NULL in the row of all others.';
COMMENT ON COLUMN journey.path_row.count IS 'How many took it, exactly: customers, where a row of input is a customer.';
COMMENT ON COLUMN journey.path_row.share IS 'count divided by all.';
COMMENT ON COLUMN journey.path_row.paths IS 'How many different paths the row stands for: 1, or those that are not listed.';

CREATE TYPE journey.sankey_row AS (
	step_no integer,
	from_event text,
	to_event text,
	count bigint,
	from_node text,
	to_node text
);
COMMENT ON TYPE journey.sankey_row IS
$$A link of a Sankey diagram: how many went from an event at one step to an event at the next. The nodes carry the number of their step, so that there are no cycles.$$;
COMMENT ON COLUMN journey.sankey_row.step_no IS 'Number of the step at which from_event is, from 1; to_event is at the next.';
COMMENT ON COLUMN journey.sankey_row.from_event IS 'Event that is left.';
COMMENT ON COLUMN journey.sankey_row.to_event IS 'Event that comes next; (end) for paths that are over.';
COMMENT ON COLUMN journey.sankey_row.count IS 'How many paths went this way: customers, where each has one path.';
COMMENT ON COLUMN journey.sankey_row.from_node IS 'step_no and from_event, for example "1 home": a name that no other step has.';
COMMENT ON COLUMN journey.sankey_row.to_node IS 'step_no + 1 and to_event.';

CREATE FUNCTION journey.path_agg_add(state journey.tally, path text[]) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'path_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.path_agg_add(journey.tally, text[]) IS
$$Transition function of path_agg.$$;

CREATE FUNCTION journey.path_agg_add(state journey.tally, path text[], top integer) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'path_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.path_agg_add(journey.tally, text[], integer) IS
$$Transition function of path_agg with the number of paths that are asked for.$$;

CREATE FUNCTION journey.path_agg_journey(state journey.tally, j journey.journey, depth integer, top integer) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'path_agg_journey' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.path_agg_journey(journey.tally, journey.journey, integer, integer) IS
$$Transition function of path_agg over the first touchpoints of journeys.$$;

CREATE FUNCTION journey.path_rows(tally journey.tally) RETURNS journey.path_row[]
	AS 'MODULE_PATHNAME', 'path_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.path_rows(journey.tally) IS
$$The most frequent paths that a tally holds, as many as its aggregate was asked for, 20 where that said nothing, and a row of all others. Final function of path_agg. NULL for an empty tally; a tally of another kind is an error.$$;

CREATE FUNCTION journey.path_rows(tally journey.tally, top integer) RETURNS journey.path_row[]
	AS 'MODULE_PATHNAME', 'path_rows' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.path_rows(journey.tally, integer) IS
$$The top most frequent paths that a stored tally holds, and a row of all others: SELECT * FROM unnest(path_rows(t, 10)). top NULL is all paths. NULL for a NULL or empty tally; a top below 1 and a tally of another kind are errors.$$;

CREATE FUNCTION journey.sankey_rows(tally journey.tally) RETURNS journey.sankey_row[]
	AS 'MODULE_PATHNAME', 'sankey_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.sankey_rows(journey.tally) IS
$$The links of a Sankey diagram of the paths that a tally holds, as long as the longest path. Final function of sankey_agg. NULL for an empty tally; a tally of another kind is an error.$$;

CREATE FUNCTION journey.sankey_rows(tally journey.tally, depth integer) RETURNS journey.sankey_row[]
	AS 'MODULE_PATHNAME', 'sankey_rows' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.sankey_rows(journey.tally, integer) IS
$$The links of a Sankey diagram of depth steps, of the paths that a stored tally holds: SELECT * FROM unnest(sankey_rows(t, 5)). Give the depth that the paths were cut to: one that is shorter goes to (end) after its last event, one as long does not, since nobody knows what came next. depth NULL is that of the longest path. Rows are in the order of steps, the largest first. NULL for a NULL or empty tally; a depth below 2 and a tally of another kind are errors.$$;

CREATE AGGREGATE journey.path_agg(path text[]) (
	SFUNC = journey.path_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.path_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.path_agg(text[]) IS
$$The 20 most frequent paths, exactly counted, and a row of all others: SELECT p.* FROM unnest((SELECT path_agg(path(journey, 5, "collapse" => true)) FROM shop.journeys)) AS p. An array of path_row in the order of rank. Takes any text[] of up to ten events of up to 1024 bytes; longer ones and nulls in them are errors. NULL and empty paths are skipped; NULL without any other. Memory: up to 100 bytes for each different path, up to 200 if some have more than 8 events or there are more than 255 different names; more than 4,194,304 different paths (512 MB) or 65,535 different names are an error: take a smaller depth, collapse or cluster then. Runs in parallel; the answer does not depend on the order of rows or the number of workers.$$;

CREATE AGGREGATE journey.path_agg(path text[], top integer) (
	SFUNC = journey.path_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.path_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.path_agg(text[], integer) IS
$$The top most frequent paths, exactly counted, and a row of all others; see path_agg(path). A top that is NULL, below 1 or not the same in all rows is an error.$$;

CREATE AGGREGATE journey.path_agg(j journey.journey, depth integer, top integer) (
	SFUNC = journey.path_agg_journey,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.path_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.path_agg(journey.journey, integer, integer) IS
$$The top most frequent ways in which journeys begin, of up to depth touchpoints, exactly counted, and a row of all others: what path_agg(path(j, depth), top) answers, without making an array for each customer. depth is 1 to 10. NULL and empty journeys are skipped. Memory and errors as path_agg(path, top).$$;

CREATE AGGREGATE journey.path_tally(path text[]) (
	SFUNC = journey.path_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.path_tally(text[]) IS
$$What path_agg counts, as a tally that can be stored, added up by rollup and read by path_rows and sankey_rows. It holds all different paths, not only the most frequent ones, so that sums of parts are exact. Same input and errors as path_agg. NULL without any path.$$;

CREATE AGGREGATE journey.sankey_agg(path text[]) (
	SFUNC = journey.path_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.sankey_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sankey_agg(text[]) IS
$$The links of a Sankey diagram: how many paths go from which event at one step to which at the next. SELECT s.* FROM unnest((SELECT sankey_agg(path(journey, 4, "collapse" => true)) FROM shop.journeys)) AS s. An array of sankey_row in the order of steps, the largest first. The name of a node carries its step, so that the diagram has no cycles. A path shorter than the longest one goes to (end) after its last event; sankey_rows(path_tally(path), depth) says how many steps were asked for. Input, memory and errors as path_agg. NULL without any path.$$;

--
-- step_matrix_agg: who is where at each step
--

CREATE TYPE journey.step_matrix_row AS (
	step_no integer,
	event text,
	count bigint,
	share double precision
);
COMMENT ON TYPE journey.step_matrix_row IS
$$A cell of a step matrix: how many paths are at an event at a step. The shares of a step sum to 1.$$;
COMMENT ON COLUMN journey.step_matrix_row.step_no IS 'Number of the step: 1 is the first event of a path and 0 the start before it; around an anchor 0 is the anchor, steps before it are negative.';
COMMENT ON COLUMN journey.step_matrix_row.event IS 'The event; (start) for paths that have not begun, (end) for those that are over.';
COMMENT ON COLUMN journey.step_matrix_row.count IS 'How many paths are there at the step.';
COMMENT ON COLUMN journey.step_matrix_row.share IS 'count divided by all paths.';

CREATE FUNCTION journey.step_matrix_add(state journey.tally, path text[], depth integer) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'step_matrix_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.step_matrix_add(journey.tally, text[], integer) IS
$$Transition function of step_matrix_agg.$$;

CREATE FUNCTION journey.step_matrix_add(state journey.tally, path text[], depth integer, anchor_position integer) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'step_matrix_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.step_matrix_add(journey.tally, text[], integer, integer) IS
$$Transition function of step_matrix_agg around a position.$$;

CREATE FUNCTION journey.step_matrix_journey(state journey.tally, j journey.journey, depth integer) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'step_matrix_journey' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.step_matrix_journey(journey.tally, journey.journey, integer) IS
$$Transition function of step_matrix_agg over journeys.$$;

CREATE FUNCTION journey.step_matrix_journey(state journey.tally, j journey.journey, depth integer, anchor journey.matcher) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'step_matrix_journey' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.step_matrix_journey(journey.tally, journey.journey, integer, journey.matcher) IS
$$Transition function of step_matrix_agg over journeys around an anchor.$$;

CREATE FUNCTION journey.step_matrix_rows(tally journey.tally) RETURNS journey.step_matrix_row[]
	AS 'MODULE_PATHNAME', 'step_matrix_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.step_matrix_rows(journey.tally) IS
$$The step matrix that a stored tally holds: SELECT * FROM unnest(step_matrix_rows(t)). Rows are in the order of steps, the largest first. Final function of step_matrix_agg. NULL for an empty tally; a tally of another kind is an error.$$;

CREATE AGGREGATE journey.step_matrix_agg(path text[], depth integer) (
	SFUNC = journey.step_matrix_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.step_matrix_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_matrix_agg(text[], integer) IS
$$Where are the customers at each step of their paths? A row for each event at steps 1 to depth, with how many paths are there and their share; at step 0 all are at (start), and paths that are over stay at (end), so that the shares of each step sum to 1. SELECT m.* FROM unnest((SELECT step_matrix_agg(path(journey, 8, "collapse" => true), 8) FROM shop.journeys)) AS m. An array of step_matrix_row in the order of steps, the largest first. Give paths of at least depth events where they are that long, or all shorter ones seem to be over. NULL and empty paths are skipped; NULL without any other. A depth that is not 1 to 1000 or not the same in all rows, nulls in a path and names over 1024 bytes are errors. Memory: about 40 bytes for each event and step. Runs in parallel; the answer does not depend on the order of rows or the number of workers.$$;

CREATE AGGREGATE journey.step_matrix_agg(path text[], depth integer, anchor_position integer) (
	SFUNC = journey.step_matrix_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.step_matrix_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_matrix_agg(text[], integer, integer) IS
$$The step matrix around an event of each path: anchor_position counts from 1, as array_position answers it, that event is at step 0, and steps -depth to depth are shown. A path that begins later than a step is at (start) there, one that is over at (end). Paths with a NULL position are skipped; a position outside of the path is an error. Otherwise as step_matrix_agg(path, depth).$$;

CREATE AGGREGATE journey.step_matrix_agg(j journey.journey, depth integer) (
	SFUNC = journey.step_matrix_journey,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.step_matrix_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_matrix_agg(journey.journey, integer) IS
$$The step matrix of the first depth touchpoints of journeys: what step_matrix_agg(events(j), depth) answers, without making an array for each customer.$$;

CREATE AGGREGATE journey.step_matrix_agg(j journey.journey, depth integer, anchor journey.matcher) (
	SFUNC = journey.step_matrix_journey,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.step_matrix_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_matrix_agg(journey.journey, integer, journey.matcher) IS
$$What do customers do right before and right after an event? The step matrix around the first touchpoint of each journey that fits anchor: it is at step 0, and steps -depth to depth are shown; journeys without one are skipped. SELECT m.* FROM unnest((SELECT step_matrix_agg(journey, 3, 'purchase') FROM shop.journeys)) AS m. A journey that begins later than a step is at (start) there, one that is over at (end), so that the shares of each step sum to 1. A NULL anchor is an error. Otherwise as step_matrix_agg(path, depth).$$;

CREATE AGGREGATE journey.step_matrix_tally(path text[], depth integer) (
	SFUNC = journey.step_matrix_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_matrix_tally(text[], integer) IS
$$What step_matrix_agg(path, depth) counts, as a tally that can be stored, added up by rollup and read by step_matrix_rows.$$;

CREATE AGGREGATE journey.step_matrix_tally(j journey.journey, depth integer) (
	SFUNC = journey.step_matrix_journey,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_matrix_tally(journey.journey, integer) IS
$$What step_matrix_agg(j, depth) counts, as a tally that can be stored, added up by rollup and read by step_matrix_rows.$$;

CREATE AGGREGATE journey.step_matrix_tally(j journey.journey, depth integer, anchor journey.matcher) (
	SFUNC = journey.step_matrix_journey,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_matrix_tally(journey.journey, integer, journey.matcher) IS
$$What step_matrix_agg(j, depth, anchor) counts, as a tally that can be stored, added up by rollup and read by step_matrix_rows.$$;

--
-- transitions: averages, and the difference of two groups
--

CREATE FUNCTION journey.transition_shares(
	transitions journey.transition_row[],
	OUT from_event text,
	OUT to_event text,
	OUT count bigint,
	OUT customers bigint,
	OUT share double precision,
	OUT per_journey double precision,
	OUT customer_share double precision
) RETURNS SETOF record
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 100
BEGIN ATOMIC
	SELECT t.from_event, t.to_event, t.count, t.customers,
		   t.count / sum(t.count) OVER ()::double precision,
		   t.count / (sum(t.count) FILTER (WHERE t.from_event = '(start)') OVER ())::double precision,
		   t.customers / (sum(t.count) FILTER (WHERE t.from_event = '(start)') OVER ())::double precision
	FROM unnest(transitions) AS t;
END;
COMMENT ON FUNCTION journey.transition_shares(journey.transition_row[]) IS
$$What part of all is a transition, and how often does it occur in a journey? A row for each row of a transition table, with share, its count divided by the counts of all rows, per_journey, its count divided by the number of journeys, and customer_share, the share of the journeys in which it occurs. SELECT * FROM transition_shares((SELECT transition_agg(journey) FROM shop.journeys)). The number of journeys is that of the rows of (start), so give all rows of transition_agg; the last two columns are NULL where there are none. No rows for NULL.$$;

CREATE FUNCTION journey.transition_diff(
	a journey.transition_row[],
	b journey.transition_row[],
	OUT from_event text,
	OUT to_event text,
	OUT count_a bigint,
	OUT count_b bigint,
	OUT customers_a bigint,
	OUT customers_b bigint,
	OUT probability_a double precision,
	OUT probability_b double precision,
	OUT probability_diff double precision,
	OUT per_journey_a double precision,
	OUT per_journey_b double precision,
	OUT per_journey_diff double precision
) RETURNS SETOF record
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 200 ROWS 100
BEGIN ATOMIC
	WITH left_event AS (
		-- who never left an event has no probabilities there, not those of 0
		SELECT x.from_event, bool_or(x.in_a) AS in_a, bool_or(x.in_b) AS in_b
		FROM (SELECT t.from_event, true AS in_a, false AS in_b FROM unnest(a) AS t
			  UNION ALL
			  SELECT t.from_event, false, true FROM unnest(b) AS t) AS x
		GROUP BY x.from_event
	), pair AS (
		SELECT coalesce(x.from_event, y.from_event) AS from_event,
			   coalesce(x.to_event, y.to_event) AS to_event,
			   coalesce(x.count, 0) AS count_a, coalesce(y.count, 0) AS count_b,
			   coalesce(x.customers, 0) AS customers_a, coalesce(y.customers, 0) AS customers_b,
			   x.probability_out AS probability_a, y.probability_out AS probability_b
		FROM unnest(a) AS x
			FULL JOIN unnest(b) AS y ON x.from_event = y.from_event AND x.to_event = y.to_event
	), journeys AS (
		SELECT (SELECT nullif(sum(t.count), 0)::double precision FROM unnest(a) AS t WHERE t.from_event = '(start)') AS a,
			   (SELECT nullif(sum(t.count), 0)::double precision FROM unnest(b) AS t WHERE t.from_event = '(start)') AS b
	), filled AS (
		SELECT p.*,
			   CASE WHEN l.in_a THEN coalesce(p.probability_a, 0) END AS out_a,
			   CASE WHEN l.in_b THEN coalesce(p.probability_b, 0) END AS out_b,
			   p.count_a / n.a AS mean_a, p.count_b / n.b AS mean_b
		FROM pair AS p JOIN left_event AS l ON l.from_event = p.from_event CROSS JOIN journeys AS n
	)
	SELECT f.from_event, f.to_event, f.count_a, f.count_b, f.customers_a, f.customers_b,
		   f.out_a, f.out_b, f.out_a - f.out_b, f.mean_a, f.mean_b, f.mean_a - f.mean_b
	FROM filled AS f
	ORDER BY abs(f.out_a - f.out_b) DESC NULLS LAST, f.from_event COLLATE "C", f.to_event COLLATE "C";
END;
COMMENT ON FUNCTION journey.transition_diff(journey.transition_row[], journey.transition_row[]) IS
$$In what do two groups of customers differ in where they go next? A row for each transition of either group, with counts and customers of both, the probability that to_event comes next after from_event in each, how often the transition occurs in a journey of each, and the differences, a less b; the largest difference of probabilities first. SELECT * FROM transition_diff((SELECT transition_agg(journey) FROM shop.journeys WHERE customer % 2 = 0), (SELECT transition_agg(journey) FROM shop.journeys WHERE customer % 2 = 1)). A transition that a group has not counts 0 in it. Probabilities are NULL in a group that never was at from_event, averages where a group has no journeys. Takes all rows of two transition tables, of events or of stages; a NULL is a group without journeys.$$;
