\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- lifecycle_agg: new, returning, resurrecting and dormant customers
--

CREATE TYPE journey.lifecycle_row AS (
	period date,
	new_customers bigint,
	returning_customers bigint,
	resurrecting_customers bigint,
	dormant_customers bigint,
	active_customers bigint,
	quick_ratio double precision,
	complete boolean,
	period_at timestamptz
);
COMMENT ON TYPE journey.lifecycle_row IS
$$The customers of one period by what they did before it, as lifecycle_agg answers it.$$;
COMMENT ON COLUMN journey.lifecycle_row.period IS 'First date of the period; of hours and shorter spans its date in UTC.';
COMMENT ON COLUMN journey.lifecycle_row.new_customers IS 'Customers whose first active period it is.';
COMMENT ON COLUMN journey.lifecycle_row.returning_customers IS 'Customers who were active in it and in the period before.';
COMMENT ON COLUMN journey.lifecycle_row.resurrecting_customers IS 'Customers who were active in it and earlier, but not in the period before.';
COMMENT ON COLUMN journey.lifecycle_row.dormant_customers IS 'Customers who were active in the period before and not in it; where complete is false, not yet.';
COMMENT ON COLUMN journey.lifecycle_row.active_customers IS 'All customers who were active in it: new, returning and resurrecting ones.';
COMMENT ON COLUMN journey.lifecycle_row.quick_ratio IS '(new_customers + resurrecting_customers) / dormant_customers: how many customers were won for each that was lost. NULL if nobody was, and where complete is false, because it is not known yet how many will be.';
COMMENT ON COLUMN journey.lifecycle_row.complete IS 'Was the period over at the end of the data? Where it was not, those who are dormant may still come, and the other numbers may still grow.';
COMMENT ON COLUMN journey.lifecycle_row.period_at IS 'When the span begins, for hours and shorter periods; NULL for days and longer, whose beginning is local midnight of the date.';

CREATE FUNCTION journey.lifecycle_agg_add(state journey.tally, activity journey.activity) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'lifecycle_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.lifecycle_agg_add(journey.tally, journey.activity) IS
$$Transition function of lifecycle_agg.$$;

CREATE FUNCTION journey.lifecycle_rows(tally journey.tally) RETURNS journey.lifecycle_row[]
	AS 'MODULE_PATHNAME', 'lifecycle_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.lifecycle_rows(journey.tally) IS
$$The lifecycle that a stored tally holds: SELECT * FROM unnest(lifecycle_rows(t)). The rows are those of lifecycle_agg, ordered by period. Final function of lifecycle_agg. NULL for a tally without customers; a tally of another kind is an error.$$;

CREATE AGGREGATE journey.lifecycle_agg(activity journey.activity) (
	SFUNC = journey.lifecycle_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.lifecycle_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.lifecycle_agg(journey.activity) IS
$$Of the customers of each period, how many were new, how many came back right away (returning) or after a pause (resurrecting), and how many were missing (dormant)? Each row of input is a customer, made by activity(): SELECT * FROM unnest((SELECT lifecycle_agg(activity(journey, '*', '*', 'week', as_of => '2026-06-30')) FROM shop.journeys)). The answer is an array of lifecycle_row, to be read with unnest: a row for each period from the first to the last that the data has seen, also where nobody was active. active(n) = new(n) + returning(n) + resurrecting(n), and active(n) = returning(n + 1) + dormant(n + 1). New is who started in the period: with start => '*' who was seen for the first time, with "from" in activity() for the first time since then. The last period seen is the latest of all customers, with one as_of for all that of as_of; it is not complete, so that who has not come yet in it is no loss, and it has no quick_ratio. After it nobody is dormant. NULL activities are skipped; NULL if nothing is left. Activities of different periods, week starts, time zones (of spans) or minimum in one aggregate are an error, and so are rolling ones, those of every cohort and those of brackets, which have no calendar period of their own. Runs in parallel; the answer depends on no order of rows and no number of workers. Time: a step for each active period of a customer. Memory: about 60 bytes for each period in which somebody was active, whatever the number of customers. Errors past 5 million rows.$$;

CREATE AGGREGATE journey.lifecycle_tally(activity journey.activity) (
	SFUNC = journey.lifecycle_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.lifecycle_tally(journey.activity) IS
$$The state of lifecycle_agg, to be stored, added up with rollup and read with lifecycle_rows: a tally for each region or shard, and their sum when it is asked for. Customers of two tallies must be different ones, else they count twice. NULL if there is no activity.$$;
