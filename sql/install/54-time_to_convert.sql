\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- time_to_convert_agg: how long customers took from one step to a later one
--

CREATE TYPE journey.time_to_convert_row AS (
	bin_no integer,
	from_seconds double precision,
	to_seconds double precision,
	customers bigint,
	of_converted double precision,
	converted_count bigint,
	started_count bigint,
	average_seconds double precision,
	median_seconds double precision,
	p90_seconds double precision
);
COMMENT ON TYPE journey.time_to_convert_row IS
$$One bin of the times that customers took from one step of a funnel to a later one, as time_to_convert_agg and time_to_convert_bins answer it.$$;
COMMENT ON COLUMN journey.time_to_convert_row.bin_no IS 'Number of the bin, from 1.';
COMMENT ON COLUMN journey.time_to_convert_row.from_seconds IS 'Lower bound in seconds, which belongs to the bin; NULL for the bin below the first of given edges.';
COMMENT ON COLUMN journey.time_to_convert_row.to_seconds IS 'Upper bound in seconds, which does not belong to the bin; NULL for the bin from the last of given edges on.';
COMMENT ON COLUMN journey.time_to_convert_row.customers IS 'Customers whose time from from_step to to_step lies in the bin.';
COMMENT ON COLUMN journey.time_to_convert_row.of_converted IS 'customers / converted_count, 0 to 1; NULL if nobody converted.';
COMMENT ON COLUMN journey.time_to_convert_row.converted_count IS 'All customers with a time for both steps, the same in every row.';
COMMENT ON COLUMN journey.time_to_convert_row.started_count IS 'All customers with a time for from_step, the same in every row; converted_count / started_count is the conversion rate.';
COMMENT ON COLUMN journey.time_to_convert_row.average_seconds IS 'Mean time of all who converted, in seconds, exact, the same in every row; NULL if nobody converted.';
COMMENT ON COLUMN journey.time_to_convert_row.median_seconds IS 'Median time of all who converted, in seconds, exact (as percentile_disc gives it), the same in every row; NULL if nobody converted.';
COMMENT ON COLUMN journey.time_to_convert_row.p90_seconds IS '90th percentile of the time of all who converted, in seconds, exact (as percentile_disc gives it), the same in every row; NULL if nobody converted.';

CREATE FUNCTION journey.time_to_convert_add(state journey.tally, times timestamptz[], from_step integer, to_step integer) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'time_to_convert_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.time_to_convert_add(journey.tally, timestamptz[], integer, integer) IS
$$Counts one customer; transition function of time_to_convert_agg and time_to_convert_tally without bins of its own.$$;

CREATE FUNCTION journey.time_to_convert_add(state journey.tally, times timestamptz[], from_step integer, to_step integer, bins integer) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'time_to_convert_add_bins' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.time_to_convert_add(journey.tally, timestamptz[], integer, integer, integer) IS
$$Counts one customer; transition function of time_to_convert_agg and time_to_convert_tally with a number of bins.$$;

CREATE FUNCTION journey.time_to_convert_add(state journey.tally, times timestamptz[], from_step integer, to_step integer, edges double precision[]) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'time_to_convert_add_edges' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.time_to_convert_add(journey.tally, timestamptz[], integer, integer, double precision[]) IS
$$Counts one customer; transition function of time_to_convert_agg and time_to_convert_tally with given edges.$$;

CREATE FUNCTION journey.time_to_convert_rows(tally journey.tally) RETURNS journey.time_to_convert_row[]
	AS 'MODULE_PATHNAME', 'time_to_convert_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.time_to_convert_rows(journey.tally) IS
$$The bins of a tally of times to convert as an array; final function of time_to_convert_agg. Use time_to_convert_bins for a table. NULL for NULL; a tally of another kind is an error.$$;

CREATE AGGREGATE journey.time_to_convert_agg(times timestamptz[], from_step integer, to_step integer) (
	SFUNC = journey.time_to_convert_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.time_to_convert_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.time_to_convert_agg(timestamptz[], integer, integer) IS
$$How long did customers take from one step of a funnel to a later one? From what funnel() answered for each: SELECT * FROM unnest((SELECT journey.time_to_convert_agg(journey.funnel(journey, '{view_item,add_to_cart,purchase}', within => '7 days'), 1, 3) FROM shop.journeys)). One journey.time_to_convert_row a bin. Steps are numbered from 1. Counted is the time between the two elements of each customer who has both; who has only from_step is in started_count.

Bins are those of PostHog: as many as the cube root of the number of customers who converted, rounded up, at most 60 (its earlier versions laid at least three: time_to_convert_agg with a number of bins does that); they begin at the shortest time, rounded down to a second; their width is the time from there to the longest one, rounded up to a second, divided by their number and rounded up to a second, or 60 seconds if all took equally long. Each bin holds its lower bound and not its upper one, so one more follows, which the longest time may be in. No rows if nobody converted.

A NULL array is skipped; NULL without any customer. A NULL step, a step that the funnel does not have, to_step not after from_step, steps that vary from call to call and decreasing or infinite times are errors. Exact: every different time is kept, to the microsecond, in 50 to 100 bytes each while counting; some eight million fit in one aggregate, more are an error, to be avoided by groups or by times cut to seconds. Runs in parallel; the answer does not depend on the order of rows or the number of workers.$$;

CREATE AGGREGATE journey.time_to_convert_agg(times timestamptz[], from_step integer, to_step integer, bins integer) (
	SFUNC = journey.time_to_convert_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.time_to_convert_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.time_to_convert_agg(timestamptz[], integer, integer, integer) IS
$$The same with a number of bins, 1 to 90; NULL for as many as PostHog would choose. As there, one more bin follows, which the longest time may be in. The number must not vary from call to call.$$;

CREATE AGGREGATE journey.time_to_convert_agg(times timestamptz[], from_step integer, to_step integer, edges double precision[]) (
	SFUNC = journey.time_to_convert_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.time_to_convert_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.time_to_convert_agg(timestamptz[], integer, integer, double precision[]) IS
$$The same with bins of one's own: edges are their bounds in seconds, 0 or more, increasing, 1 to 1000 of them, taken to the microsecond: ARRAY[60, 3600, 86400] gives the bins below a minute, from a minute to below an hour, from an hour to below a day, and from a day on. Each bin holds its lower bound and not its upper one; the first has no lower bound, the last no upper one. All bins are answered, even if nobody converted. NULL edges give the bins of PostHog; the edges must not vary from call to call.$$;

CREATE AGGREGATE journey.time_to_convert_tally(times timestamptz[], from_step integer, to_step integer) (
	SFUNC = journey.time_to_convert_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.time_to_convert_tally(timestamptz[], integer, integer) IS
$$What time_to_convert_agg counts, as a tally that can be stored, added up by rollup (for example the tallies of days or regions) and read by time_to_convert_bins, which lays the bins anew over the sum. Same input and errors as time_to_convert_agg. NULL without any customer.$$;

CREATE AGGREGATE journey.time_to_convert_tally(times timestamptz[], from_step integer, to_step integer, bins integer) (
	SFUNC = journey.time_to_convert_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.time_to_convert_tally(timestamptz[], integer, integer, integer) IS
$$What time_to_convert_agg with a number of bins counts, as a tally that can be stored, added up by rollup and read by time_to_convert_bins. Tallies of other steps or another number of bins cannot be added up.$$;

CREATE AGGREGATE journey.time_to_convert_tally(times timestamptz[], from_step integer, to_step integer, edges double precision[]) (
	SFUNC = journey.time_to_convert_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.time_to_convert_tally(timestamptz[], integer, integer, double precision[]) IS
$$What time_to_convert_agg with edges counts, as a tally that can be stored, added up by rollup and read by time_to_convert_bins. Tallies of other steps or other edges cannot be added up.$$;

CREATE FUNCTION journey.time_to_convert_bins(tally journey.tally) RETURNS SETOF journey.time_to_convert_row
	LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE ROWS 20
	BEGIN ATOMIC
		SELECT * FROM unnest(journey.time_to_convert_rows(tally));
	END;
COMMENT ON FUNCTION journey.time_to_convert_bins(journey.tally) IS
$$The bins that a stored tally holds, a row a bin: SELECT * FROM journey.time_to_convert_bins((SELECT journey.rollup(tally) FROM daily_times WHERE day >= '2026-01-01')). No rows for NULL, and without given edges none if nobody converted; a tally of another kind is an error.$$;
