\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- stickiness_agg: in how many periods customers were active
--

CREATE TYPE journey.stickiness_row AS (
	active_periods integer,
	customers bigint,
	share double precision,
	cumulative bigint
);
COMMENT ON TYPE journey.stickiness_row IS
$$How many customers were active in a number of periods, as stickiness_agg answers it.$$;
COMMENT ON COLUMN journey.stickiness_row.active_periods IS 'A number of periods, from 1 to the most that a customer was active in.';
COMMENT ON COLUMN journey.stickiness_row.customers IS 'Customers who were active in exactly so many periods.';
COMMENT ON COLUMN journey.stickiness_row.share IS 'customers divided by all customers, 0 to 1.';
COMMENT ON COLUMN journey.stickiness_row.cumulative IS 'Customers who were active in at least so many periods; all customers where active_periods is 1.';

CREATE FUNCTION journey.stickiness_agg_add(state journey.tally, activity journey.activity) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'stickiness_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.stickiness_agg_add(journey.tally, journey.activity) IS
$$Transition function of stickiness_agg.$$;

CREATE FUNCTION journey.stickiness_rows(tally journey.tally) RETURNS journey.stickiness_row[]
	AS 'MODULE_PATHNAME', 'stickiness_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.stickiness_rows(journey.tally) IS
$$The distribution that a stored tally holds: SELECT * FROM unnest(stickiness_rows(t)). The rows are those of stickiness_agg, ordered by active_periods. Final function of stickiness_agg. NULL for a tally without customers; a tally of another kind is an error.$$;

CREATE AGGREGATE journey.stickiness_agg(activity journey.activity) (
	SFUNC = journey.stickiness_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.stickiness_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.stickiness_agg(journey.activity) IS
$$In how many periods were customers active? Each row of input is a customer, made by activity(): SELECT * FROM unnest((SELECT stickiness_agg(activity(slice(journey, '2026-06-01', '2026-07-01'), '*', '*', 'day')) FROM shop.journeys)) says on how many days of June. The answer is an array of stickiness_row, to be read with unnest, a row for each number of periods from 1 to the largest that a customer has, also where nobody has it. The period of the start counts as active. Who came later had fewer periods to be active in: give all customers the same range with slice(), as above, or take those of one cohort. NULL activities are skipped; NULL if nothing is left. Activities of different periods, week starts, bucketing or minimum in one aggregate are an error, and so are those of every cohort and those of brackets. Runs in parallel; the answer depends on no order of rows and no number of workers. Memory: about 50 bytes for each different number of periods.$$;

CREATE AGGREGATE journey.stickiness_tally(activity journey.activity) (
	SFUNC = journey.stickiness_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.stickiness_tally(journey.activity) IS
$$The state of stickiness_agg, to be stored, added up with rollup and read with stickiness_rows. Customers of two tallies must be different ones, else they count twice. NULL if there is no activity.$$;

--
-- dau_wau_mau_agg: active customers of the day, the week, the month
--

CREATE TYPE journey.dau_wau_mau_row AS (
	day date,
	dau bigint,
	wau bigint,
	mau bigint,
	dau_wau double precision,
	dau_mau double precision,
	wau_mau double precision,
	complete boolean
);
COMMENT ON TYPE journey.dau_wau_mau_row IS
$$Different customers who were active on a day and in the days up to it, as dau_wau_mau_agg answers it.$$;
COMMENT ON COLUMN journey.dau_wau_mau_row.day IS 'The day, in the time zone of the activities.';
COMMENT ON COLUMN journey.dau_wau_mau_row.dau IS 'Customers who were active on the day.';
COMMENT ON COLUMN journey.dau_wau_mau_row.wau IS 'Customers who were active on the day or one of the 6 days before.';
COMMENT ON COLUMN journey.dau_wau_mau_row.mau IS 'Customers who were active on the day or one of the 29 days before.';
COMMENT ON COLUMN journey.dau_wau_mau_row.dau_wau IS 'dau / wau, 0 to 1; NULL if nobody was active in the week.';
COMMENT ON COLUMN journey.dau_wau_mau_row.dau_mau IS 'dau / mau, 0 to 1: the stickiness of the day; NULL if nobody was active in the month.';
COMMENT ON COLUMN journey.dau_wau_mau_row.wau_mau IS 'wau / mau, 0 to 1; NULL if nobody was active in the month.';
COMMENT ON COLUMN journey.dau_wau_mau_row.complete IS 'Was the day over at the end of the data? Where it was not, all numbers may still grow.';

CREATE FUNCTION journey.dau_wau_mau_agg_add(state journey.tally, activity journey.activity) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'dau_wau_mau_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.dau_wau_mau_agg_add(journey.tally, journey.activity) IS
$$Transition function of dau_wau_mau_agg.$$;

CREATE FUNCTION journey.dau_wau_mau_rows(tally journey.tally) RETURNS journey.dau_wau_mau_row[]
	AS 'MODULE_PATHNAME', 'dau_wau_mau_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.dau_wau_mau_rows(journey.tally) IS
$$The days that a stored tally holds: SELECT * FROM unnest(dau_wau_mau_rows(t)). The rows are those of dau_wau_mau_agg, ordered by day. Final function of dau_wau_mau_agg. NULL for a tally without customers; a tally of another kind is an error.$$;

CREATE AGGREGATE journey.dau_wau_mau_agg(activity journey.activity) (
	SFUNC = journey.dau_wau_mau_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.dau_wau_mau_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.dau_wau_mau_agg(journey.activity) IS
$$How many different customers were active on each day, in the seven days and in the thirty days up to it? Each row of input is a customer, made by activity() with period => 'day': SELECT * FROM unnest((SELECT dau_wau_mau_agg(activity(journey, '*', '*', 'day', 'Europe/Berlin', as_of => '2026-06-30')) FROM shop.journeys)). The answer is an array of dau_wau_mau_row, to be read with unnest: a row for each day from the first to the last that the data has seen, also where nobody was active, with the ratios of the three. All counts are exact. The weeks and months of the first days reach to before the data, where nobody is known to have been active. The last day is that of the latest customer, with one as_of for all that of as_of; it is not complete. NULL activities are skipped; NULL if nothing is left. Activities by another period, of every cohort, rolling or of brackets are an error, and so are some with and some without a minimum. Runs in parallel; the answer depends on no order of rows and no number of workers. Time: one to three steps for each active day of a customer. Memory: about 80 bytes a day, whatever the number of customers; no list of customers is kept. Errors past 5 million days.$$;

CREATE AGGREGATE journey.dau_wau_mau_tally(activity journey.activity) (
	SFUNC = journey.dau_wau_mau_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.dau_wau_mau_tally(journey.activity) IS
$$The state of dau_wau_mau_agg, to be stored, added up with rollup and read with dau_wau_mau_rows: a tally for each region or shard, and their sum when it is asked for. Customers of two tallies must be different ones, else they count twice: tallies of two months of one customer do not add up to those of both. NULL if there is no activity.$$;
