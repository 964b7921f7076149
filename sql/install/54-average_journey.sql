\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- average_journey_agg: the typical path
--

CREATE TYPE journey.average_journey_row AS (
	kind text,
	step_no integer,
	event text,
	customers bigint,
	share double precision,
	continued bigint,
	all_customers bigint,
	variants bigint,
	from_previous_median_seconds double precision,
	from_first_median_seconds double precision,
	mean_distance double precision,
	compared_customers bigint,
	compared_share double precision,
	exact boolean
);
COMMENT ON TYPE journey.average_journey_row IS
$$A step of a typical path: of the one that most customers took, or of the medoid, which is nearest to those of all.$$;
COMMENT ON COLUMN journey.average_journey_row.kind IS 'Which path the step is of: most frequent (the one that most customers took) or medoid (the one with the least mean distance to those of all customers).';
COMMENT ON COLUMN journey.average_journey_row.step_no IS 'Number of the step, from 1.';
COMMENT ON COLUMN journey.average_journey_row.event IS 'Event of the step, or its stage where journeys of stages are counted.';
COMMENT ON COLUMN journey.average_journey_row.customers IS 'Customers who took exactly this path, all its steps and no others.';
COMMENT ON COLUMN journey.average_journey_row.share IS 'customers divided by all_customers, 0 to 1.';
COMMENT ON COLUMN journey.average_journey_row.continued IS 'Those of customers whose journey goes on after the last step, because it is longer than max_length; 0 for a path shorter than that.';
COMMENT ON COLUMN journey.average_journey_row.all_customers IS 'All customers with a path: those with a touchpoint.';
COMMENT ON COLUMN journey.average_journey_row.variants IS 'How many different paths they took.';
COMMENT ON COLUMN journey.average_journey_row.from_previous_median_seconds IS 'Median of the seconds from the step before, of the customers of this path, within 1 %; of an even number the lower of the two in the middle. NULL at the first step.';
COMMENT ON COLUMN journey.average_journey_row.from_first_median_seconds IS 'Median of the seconds from the first step, of the customers of this path, likewise; 0 at the first step.';
COMMENT ON COLUMN journey.average_journey_row.mean_distance IS 'Mean over compared_customers of how many steps must be put in, left out or replaced to make their path of this one (Levenshtein distance).';
COMMENT ON COLUMN journey.average_journey_row.compared_customers IS 'Customers whose paths this one was compared with: all while there are no more than 100,000 variants, else those of the 100,000 most frequent ones.';
COMMENT ON COLUMN journey.average_journey_row.compared_share IS 'compared_customers divided by all_customers, 0 to 1.';
COMMENT ON COLUMN journey.average_journey_row.exact IS 'Is it sure that no path is more frequent, or of less mean distance? Always for the most frequent path; for the medoid while there are no more than 20,000 variants. With more, it is the best of the 4,000 most frequent ones.';

CREATE FUNCTION journey.average_journey_add(state journey.tally, j journey.journey) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'average_journey_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.average_journey_add(journey.tally, journey.journey) IS
$$Transition function of average_journey_agg.$$;

CREATE FUNCTION journey.average_journey_add(state journey.tally, j journey.journey, max_length integer) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'average_journey_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.average_journey_add(journey.tally, journey.journey, integer) IS
$$Transition function of average_journey_agg with the longest path that is told apart.$$;

CREATE FUNCTION journey.average_journey_combine(state journey.tally, added journey.tally) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'average_journey_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.average_journey_combine(journey.tally, journey.tally) IS
$$Combine function of average_journey_agg: adds two tallies, as rollup does, and makes a large sum smaller.$$;

CREATE FUNCTION journey.average_journey_rows(tally journey.tally) RETURNS journey.average_journey_row[]
	AS 'MODULE_PATHNAME', 'average_journey_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.average_journey_rows(journey.tally) IS
$$The typical paths that a stored tally holds: SELECT * FROM unnest(average_journey_rows(t)). Final function of average_journey_agg. NULL for an empty tally; a tally of another kind, or one whose rows average_journey_tally never makes, is an error. Costs a comparison of each two different paths while there are no more than 20,000 of them, and as much as that with more: half a second for the paths of a shop, 1.3 seconds for paths that have nothing in common.$$;

CREATE AGGREGATE journey.average_journey_agg(j journey.journey) (
	SFUNC = journey.average_journey_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.average_journey_combine,
	FINALFUNC = journey.average_journey_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.average_journey_agg(journey.journey) IS
$$What does a typical journey look like? Two paths, a row for each step: the most frequent one, and the medoid, which has the least mean distance to the paths of all customers, with the customers who took it, their share, and median times.

    SELECT a.* FROM unnest((SELECT average_journey_agg(journey) FROM shop.journeys)) AS a;
    SELECT a.* FROM unnest((SELECT average_journey_agg(classify(journey, stage_model('five_stage'))) FROM shop.journeys)) AS a;

A path is the first eight steps of a journey. Touchpoints with one name in a row are one step, at the time of the first of them: how often a page was reloaded makes no path of its own. A name with another detail is another step; path(j, detail => false) and classify are there to see fewer. What comes after the eighth step is not compared; continued says of how many customers there is more. The distance of two paths is the number of steps to be put in, left out or replaced by others. Equal counts: the path that comes first in the order of its names, byte by byte, is the most frequent one. Equal distances: the one with more customers is the medoid, then the first in that order.
An array of average_journey_row: the steps of the most frequent path, then those of the medoid, also where both are one path. The most frequent path is exact, and so are all counts. The medoid is exact while there are no more than 20,000 different paths; with more, the 4,000 most frequent ones are compared with the 100,000 most frequent ones, and the columns exact and compared_share say so. Times are of the customers who took exactly that path.
NULL and empty journeys are skipped; NULL without any other. Memory: 120 to 240 bytes for each customer whose path or times no other has. Beyond a million of those, the times of paths with 4,096 of them and more become histograms; more than four million on other paths (512 MB), or more than 65,535 different names, are an error: take a smaller max_length, or classify first. Runs in parallel; the answer does not depend on the order of rows or the number of workers.$$;

CREATE AGGREGATE journey.average_journey_agg(j journey.journey, max_length integer) (
	SFUNC = journey.average_journey_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.average_journey_combine,
	FINALFUNC = journey.average_journey_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.average_journey_agg(journey.journey, integer) IS
$$The typical paths of the first max_length steps, 1 to 8; see average_journey_agg(j). A max_length that is NULL, out of that range or not the same in all rows is an error.$$;

CREATE AGGREGATE journey.average_journey_tally(j journey.journey) (
	SFUNC = journey.average_journey_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.average_journey_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.average_journey_tally(journey.journey) IS
$$What average_journey_agg(j) counts, as a tally that can be stored, added up by rollup and read by average_journey_rows. It holds all paths and their times, so that sums of parts are exact; it is as large as the state, see there. Where a million rows were passed on the way, tallies of the same customers may hold the times in different forms and then are not equal; what average_journey_rows answers is. NULL without any path.$$;

CREATE AGGREGATE journey.average_journey_tally(j journey.journey, max_length integer) (
	SFUNC = journey.average_journey_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.average_journey_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.average_journey_tally(journey.journey, integer) IS
$$What average_journey_agg(j, max_length) counts, as a tally that can be stored, added up by rollup and read by average_journey_rows.$$;

--
-- The view of a source
--

CREATE FUNCTION journey.average_journey_views(name text, has_value boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM journey.source_view(name, 'average_journey', $q$
SELECT a.kind, a.step_no, a.event, a.customers, a.all_customers, a.share, a.continued, a.variants,
	   a.from_previous_median_seconds, a.from_first_median_seconds,
	   a.mean_distance, a.compared_customers, a.compared_share, a.exact
FROM unnest((SELECT journey.average_journey_agg(j.journey, 8) FROM {schema}.store AS j)) AS a
$q$,
		'What a typical journey looks like: one row for each step of the most frequent path of up to eight steps, and of the medoid, the path that is nearest to those of all customers. Touchpoints with one name in a row are one step. Where few customers walk the same path, the medoid says more than the most frequent one, which is then a short one.',
		ARRAY[
		'kind: Which path the step is of: most frequent or medoid. Where both are one path its steps are listed twice.',
		'step_no: Number of the step, from 1.',
		'event: Event of the step, with its detail.',
		'customers: Customers who took exactly this path.',
		'all_customers: All customers of the source.',
		'share: customers divided by all_customers, 0 to 1.',
		'continued: Those of customers whose journey goes on after the eighth step; 0 for a shorter path.',
		'variants: How many different paths the customers of the source took.',
		'from_previous_median_seconds: Median of the seconds from the step before, of the customers of this path, within 1 %; NULL at the first step.',
		'from_first_median_seconds: Median of the seconds from the first step, of the customers of this path, within 1 %; 0 at the first step.',
		'mean_distance: Mean over compared_customers of how many steps must be put in, left out or replaced to make their path of this one.',
		'compared_customers: Customers whose paths this one was compared with: all while there are no more than 100,000 variants, else those of the 100,000 most frequent ones.',
		'compared_share: compared_customers divided by all_customers, 0 to 1.',
		'exact: Is it sure that no path is more frequent, or of less mean distance? Always for the most frequent path; for the medoid while there are no more than 20,000 variants. With more, it is the best of the 4,000 most frequent ones.']);
END
$function$;
COMMENT ON FUNCTION journey.average_journey_views(text, boolean) IS
$$Makes the view average_journey of a source; has_value, whether the source has a column of values, makes no difference to it. A part of create_source.$$;
