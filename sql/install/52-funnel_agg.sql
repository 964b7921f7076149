\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- funnel_agg: all customers
--

CREATE TYPE journey.funnel_row AS (
	step_no integer,
	step text,
	reached bigint,
	of_all double precision,
	of_entered double precision,
	of_previous double precision,
	all_count bigint,
	entered_count bigint,
	previous_count bigint,
	dropped bigint,
	entered_here bigint,
	skipped bigint,
	from_entry_median_seconds double precision,
	from_entry_mean_seconds double precision,
	from_entry_p90_seconds double precision,
	from_previous_median_seconds double precision,
	from_previous_mean_seconds double precision,
	from_previous_p90_seconds double precision
);
COMMENT ON TYPE journey.funnel_row IS
$$One step of a funnel over all customers, as funnel_agg and funnel_steps answer it.$$;
COMMENT ON COLUMN journey.funnel_row.step_no IS 'Number of the step, from 1.';
COMMENT ON COLUMN journey.funnel_row.step IS 'Name of the step; NULL if the aggregate was given none.';
COMMENT ON COLUMN journey.funnel_row.reached IS 'Customers who reached this step or, having entered before it, a later one.';
COMMENT ON COLUMN journey.funnel_row.of_all IS 'reached / all_count, 0 to 1.';
COMMENT ON COLUMN journey.funnel_row.of_entered IS 'reached / entered_count, 0 to 1; NULL if nobody entered.';
COMMENT ON COLUMN journey.funnel_row.of_previous IS 'Who went on from the previous step: (reached - entered_here) / previous_count, 0 to 1; of_all for the first step; NULL if nobody reached the previous step.';
COMMENT ON COLUMN journey.funnel_row.all_count IS 'All customers that were counted, whether they entered the funnel or not.';
COMMENT ON COLUMN journey.funnel_row.entered_count IS 'Customers who entered the funnel, at any step: those of the first step, unless the funnel is open.';
COMMENT ON COLUMN journey.funnel_row.previous_count IS 'Customers who reached the step before this one; all customers for the first step.';
COMMENT ON COLUMN journey.funnel_row.dropped IS 'Customers who reached the step before this one and not this one: previous_count - (reached - entered_here); all_count - reached for the first step.';
COMMENT ON COLUMN journey.funnel_row.entered_here IS 'Customers whose first step this is: all of the first step, and of later ones those who entered an open funnel there.';
COMMENT ON COLUMN journey.funnel_row.skipped IS 'Customers of reached who left this step out, because it is optional, and took a later one.';
COMMENT ON COLUMN journey.funnel_row.from_entry_median_seconds IS 'Median time from the step where a customer entered to this one, in seconds, from logarithmic buckets (within 1 % of the exact one); NULL for the first step and where nobody came from another step.';
COMMENT ON COLUMN journey.funnel_row.from_entry_mean_seconds IS 'Mean time from the step where a customer entered to this one, in seconds, exact; NULL for the first step and where nobody came from another step.';
COMMENT ON COLUMN journey.funnel_row.from_entry_p90_seconds IS '90th percentile of the time from the step where a customer entered to this one, in seconds, from logarithmic buckets (within 1 % of the exact one); NULL for the first step and where nobody came from another step.';
COMMENT ON COLUMN journey.funnel_row.from_previous_median_seconds IS 'Median time from the step that a customer took before this one, in seconds, from logarithmic buckets (within 1 % of the exact one); NULL for the first step and where nobody came from another step.';
COMMENT ON COLUMN journey.funnel_row.from_previous_mean_seconds IS 'Mean time from the step that a customer took before this one, in seconds, exact; NULL for the first step and where nobody came from another step.';
COMMENT ON COLUMN journey.funnel_row.from_previous_p90_seconds IS '90th percentile of the time from the step that a customer took before this one, in seconds, from logarithmic buckets (within 1 % of the exact one); NULL for the first step and where nobody came from another step.';

CREATE FUNCTION journey.funnel_agg_transfn(state journey.tally, times timestamptz[]) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'funnel_agg_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.funnel_agg_transfn(journey.tally, timestamptz[]) IS
$$Counts one customer; transition function of funnel_agg and funnel_tally.$$;

CREATE FUNCTION journey.funnel_agg_transfn(state journey.tally, times timestamptz[], step_names text[]) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'funnel_agg_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.funnel_agg_transfn(journey.tally, timestamptz[], text[]) IS
$$Counts one customer of a funnel with names for its steps; transition function of funnel_agg and funnel_tally.$$;

CREATE FUNCTION journey.funnel_rows(tally journey.tally) RETURNS journey.funnel_row[]
	AS 'MODULE_PATHNAME', 'funnel_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.funnel_rows(journey.tally) IS
$$The steps of a funnel's tally as an array; final function of funnel_agg. Use funnel_steps for a table. NULL for NULL; a tally of another kind is an error.$$;

CREATE AGGREGATE journey.funnel_agg(times timestamptz[]) (
	SFUNC = journey.funnel_agg_transfn,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.funnel_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel_agg(timestamptz[]) IS
$$The funnel over all customers, from what funnel() answered for each: SELECT * FROM unnest((SELECT journey.funnel_agg(journey.funnel(journey, '{view_item,add_to_cart,purchase}', within => '7 days')) FROM shop.journeys)). One journey.funnel_row a step: how many reached it or went further, rates of all, of those who entered and of the previous step with their counts, time from entry and from the previous step. A NULL array is skipped, so a customer can be left out of all_count by CASE or FILTER; an array of NULL elements is a customer who did not enter. The first element that is not NULL is where a customer entered, the last one how far the customer came, and every step between is reached: with an element or, if it is NULL, skipped. NULL without any customer. Arrays of different length, decreasing or infinite times are errors. Runs in parallel; the answer does not depend on the order of rows or the number of workers.$$;

CREATE AGGREGATE journey.funnel_agg(times timestamptz[], step_names text[]) (
	SFUNC = journey.funnel_agg_transfn,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.funnel_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel_agg(timestamptz[], text[]) IS
$$The funnel over all customers with names for its steps, in the column step. Otherwise as funnel_agg without names. step_names must be the same for all rows, with one name of at most 1024 bytes for each step and no NULL.$$;

CREATE AGGREGATE journey.funnel_tally(times timestamptz[]) (
	SFUNC = journey.funnel_agg_transfn,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel_tally(timestamptz[]) IS
$$What funnel_agg counts, as a tally that can be stored, added up by rollup (for example the tallies of days or regions) and read by funnel_steps. Same input and errors as funnel_agg. NULL without any customer.$$;

CREATE AGGREGATE journey.funnel_tally(times timestamptz[], step_names text[]) (
	SFUNC = journey.funnel_agg_transfn,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel_tally(timestamptz[], text[]) IS
$$What funnel_agg with step names counts, as a tally that can be stored, added up by rollup and read by funnel_steps. Tallies of funnels with other names or another number of steps cannot be added up.$$;

CREATE FUNCTION journey.funnel_steps(tally journey.tally) RETURNS SETOF journey.funnel_row
	LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE ROWS 8
	BEGIN ATOMIC
		SELECT * FROM unnest(journey.funnel_rows(tally));
	END;
COMMENT ON FUNCTION journey.funnel_steps(journey.tally) IS
$$The funnel that a stored tally holds, a row a step: SELECT * FROM journey.funnel_steps((SELECT journey.rollup(tally) FROM daily_funnels WHERE day >= '2026-01-01')). No rows for NULL; a tally of another kind is an error.$$;
