\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- repeats: after which purchases of a customer did another follow?
--

CREATE FUNCTION journey.repeats(
	j journey.journey,
	event journey.matcher,
	within interval,
	as_of timestamptz
) RETURNS boolean[]
	AS 'MODULE_PATHNAME', 'repeats' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.repeats(journey.journey, journey.matcher, interval, timestamptz) IS
$$Did a customer come back after each purchase? An array with an element for each touchpoint by as_of that fits event: true if another followed within that time, false if none did, NULL if that time was not over at as_of, the end of the data. The time runs up to and including within after the touchpoint, in days of 24 hours. Also who has come back already is NULL as long as others still may: otherwise the quick would be counted before the slow, and a rate of young data be too high; that another followed is seen from the next element. With a NULL within the time is never over and all elements are NULL; how many there are is then all that the array says. Two touchpoints of one moment follow each other. NULL where no touchpoint by as_of fits, and for a NULL journey or event. A NULL or infinite as_of, and a within that has months or years or is not longer than zero, are errors. Touchpoints after as_of are not looked at. One pass over the journey. Give as_of the same for all customers, and count them with retention_rate_by_purchase_agg.$$;

--
-- retention_rate_by_purchase_agg: what share made the next purchase?
--

CREATE TYPE journey.retention_rate_by_purchase_row AS (
	purchase_no integer,
	customers bigint,
	next_customers bigint,
	rate double precision,
	eligible bigint,
	eligible_next bigint,
	eligible_rate double precision,
	lower double precision,
	upper double precision
);
COMMENT ON TYPE journey.retention_rate_by_purchase_row IS
$$How many customers made purchase number purchase_no and then another one, as retention_rate_by_purchase_agg answers it.$$;
COMMENT ON COLUMN journey.retention_rate_by_purchase_row.purchase_no IS 'Number of the purchase, from 1.';
COMMENT ON COLUMN journey.retention_rate_by_purchase_row.customers IS 'Customers who made at least so many purchases.';
COMMENT ON COLUMN journey.retention_rate_by_purchase_row.next_customers IS 'Those of them who made another one by the end of the data, however much later.';
COMMENT ON COLUMN journey.retention_rate_by_purchase_row.rate IS 'next_customers / customers, 0 to 1: as seen so far. It grows as long as there are new data, and is low where many customers are young.';
COMMENT ON COLUMN journey.retention_rate_by_purchase_row.eligible IS 'Those of customers whose time to make another one was over at the end of the data.';
COMMENT ON COLUMN journey.retention_rate_by_purchase_row.eligible_next IS 'Those of eligible who made another one within that time.';
COMMENT ON COLUMN journey.retention_rate_by_purchase_row.eligible_rate IS 'eligible_next / eligible, 0 to 1: the share of customers with so many purchases who make another one within that time, P(n+1 | n); NULL if nobody is eligible.';
COMMENT ON COLUMN journey.retention_rate_by_purchase_row.lower IS 'Lower bound of the 95 % Wilson interval of eligible_rate; NULL if nobody is eligible.';
COMMENT ON COLUMN journey.retention_rate_by_purchase_row.upper IS 'Upper bound of the 95 % Wilson interval of eligible_rate; NULL if nobody is eligible.';

CREATE FUNCTION journey.retention_rate_by_purchase_add(state journey.tally, repeats boolean[]) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'retention_rate_by_purchase_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.retention_rate_by_purchase_add(journey.tally, boolean[]) IS
$$Transition function of retention_rate_by_purchase_agg.$$;

CREATE FUNCTION journey.retention_rate_by_purchase_rows(tally journey.tally) RETURNS journey.retention_rate_by_purchase_row[]
	AS 'MODULE_PATHNAME', 'retention_rate_by_purchase_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.retention_rate_by_purchase_rows(journey.tally) IS
$$The rates that a stored tally holds: SELECT * FROM unnest(retention_rate_by_purchase_rows(t)). The rows are those of retention_rate_by_purchase_agg, ordered by purchase_no. Final function of retention_rate_by_purchase_agg. NULL for a tally without customers; a tally of another kind is an error.$$;

CREATE AGGREGATE journey.retention_rate_by_purchase_agg(repeats boolean[]) (
	SFUNC = journey.retention_rate_by_purchase_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.retention_rate_by_purchase_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_rate_by_purchase_agg(boolean[]) IS
$$What share of the customers with n purchases makes the next one? Each row of input is a customer, made by repeats(): SELECT * FROM unnest((SELECT retention_rate_by_purchase_agg(repeats(journey, 'purchase', within => '90 days', as_of => '2026-06-30')) FROM shop.journeys)). The answer is an array of retention_rate_by_purchase_row, to be read with unnest, a row for each number of a purchase. rate is what has been seen so far, of all customers; eligible_rate is of those whose time was over, so that nobody is called lost who may still come, with its 95 % Wilson interval. An element counts in customers, in next_customers if another element follows it or it is true, and in eligible if it is not NULL. NULL and empty arrays are skipped; NULL if nothing is left. An array of more than one dimension is an error. Runs in parallel; the answer depends on no order of rows and no number of workers. Memory: about 70 bytes for each number of a purchase.$$;

CREATE AGGREGATE journey.retention_rate_by_purchase_tally(repeats boolean[]) (
	SFUNC = journey.retention_rate_by_purchase_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_rate_by_purchase_tally(boolean[]) IS
$$What retention_rate_by_purchase_agg counts, as a tally that can be stored, added up by rollup and read by retention_rate_by_purchase_rows. Customers of two tallies must be different ones. NULL if there is no array with an element.$$;
