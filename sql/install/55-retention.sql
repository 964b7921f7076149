\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- activity: a customer's cohort period and set of active periods
--

CREATE TYPE journey.activity;

CREATE FUNCTION journey.activity_in(cstring) RETURNS journey.activity
	AS 'MODULE_PATHNAME', 'activity_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_in(cstring) IS
$$Reads the literal of an activity. An error says at which character it is wrong and what was expected there.$$;

CREATE FUNCTION journey.activity_out(journey.activity) RETURNS cstring
	AS 'MODULE_PATHNAME', 'activity_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_out(journey.activity) IS
$$Prints an activity as a literal that reads back to the same value, whatever DateStyle is.$$;

CREATE FUNCTION journey.activity_recv(internal) RETURNS journey.activity
	AS 'MODULE_PATHNAME', 'activity_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_recv(internal) IS
$$Reads the binary form of an activity. Every field is checked.$$;

CREATE FUNCTION journey.activity_send(journey.activity) RETURNS bytea
	AS 'MODULE_PATHNAME', 'activity_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_send(journey.activity) IS
$$Gives the binary form of an activity: version, kind of period, cohort date, last period seen, and a bit for each period.$$;

CREATE TYPE journey.activity (
	INPUT = journey.activity_in,
	OUTPUT = journey.activity_out,
	RECEIVE = journey.activity_recv,
	SEND = journey.activity_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = extended,
	CATEGORY = 'U'
);
COMMENT ON TYPE journey.activity IS
$$One customer's calendar of returns, made by activity(): the period in which the customer started (the cohort), the periods with a return, and the last period seen. The literal is 2026-01-05 week: 0 1 4-6 / 9: the first date of the cohort's period; day, week or month; the active periods counted from the cohort's, which is 0 and always among them, runs of three or more as a range; after the slash the last period that the data reaches. The first day of the weeks is the weekday of the date. At most 100000 periods; about 20 bytes for usual spans.$$;

--
-- Comparison
--

CREATE FUNCTION journey.activity_cmp(journey.activity, journey.activity) RETURNS integer
	AS 'MODULE_PATHNAME', 'activity_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_cmp(journey.activity, journey.activity) IS
$$Negative, zero or positive as the first activity sorts before, with or after the second. Activities sort by cohort, then by kind of period, last period seen and set of periods.$$;

CREATE FUNCTION journey.activity_lt(journey.activity, journey.activity) RETURNS boolean
	AS 'MODULE_PATHNAME', 'activity_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_lt(journey.activity, journey.activity) IS
$$Implementation of the operator <.$$;

CREATE FUNCTION journey.activity_le(journey.activity, journey.activity) RETURNS boolean
	AS 'MODULE_PATHNAME', 'activity_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_le(journey.activity, journey.activity) IS
$$Implementation of the operator <=.$$;

CREATE FUNCTION journey.activity_eq(journey.activity, journey.activity) RETURNS boolean
	AS 'MODULE_PATHNAME', 'activity_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_eq(journey.activity, journey.activity) IS
$$Implementation of the operator =.$$;

CREATE FUNCTION journey.activity_ne(journey.activity, journey.activity) RETURNS boolean
	AS 'MODULE_PATHNAME', 'activity_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_ne(journey.activity, journey.activity) IS
$$Implementation of the operator <>.$$;

CREATE FUNCTION journey.activity_ge(journey.activity, journey.activity) RETURNS boolean
	AS 'MODULE_PATHNAME', 'activity_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_ge(journey.activity, journey.activity) IS
$$Implementation of the operator >=.$$;

CREATE FUNCTION journey.activity_gt(journey.activity, journey.activity) RETURNS boolean
	AS 'MODULE_PATHNAME', 'activity_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_gt(journey.activity, journey.activity) IS
$$Implementation of the operator >.$$;

CREATE FUNCTION journey.activity_hash(journey.activity) RETURNS integer
	AS 'MODULE_PATHNAME', 'activity_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_hash(journey.activity) IS
$$Hash of an activity, for hash joins, hash aggregation and hash indexes.$$;

CREATE FUNCTION journey.activity_hash_extended(journey.activity, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'activity_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_hash_extended(journey.activity, bigint) IS
$$Hash of an activity with a seed, for hash partitioning.$$;

CREATE OPERATOR journey.< (
	LEFTARG = journey.activity, RIGHTARG = journey.activity, FUNCTION = journey.activity_lt,
	COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
COMMENT ON OPERATOR journey.< (journey.activity, journey.activity) IS
$$Does the left activity sort before the right one?$$;

CREATE OPERATOR journey.<= (
	LEFTARG = journey.activity, RIGHTARG = journey.activity, FUNCTION = journey.activity_le,
	COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
COMMENT ON OPERATOR journey.<= (journey.activity, journey.activity) IS
$$Does the left activity sort before the right one, or are they equal?$$;

CREATE OPERATOR journey.= (
	LEFTARG = journey.activity, RIGHTARG = journey.activity, FUNCTION = journey.activity_eq,
	COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR journey.= (journey.activity, journey.activity) IS
$$Have both activities the same cohort, periods and last period seen?$$;

CREATE OPERATOR journey.<> (
	LEFTARG = journey.activity, RIGHTARG = journey.activity, FUNCTION = journey.activity_ne,
	COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
	RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR journey.<> (journey.activity, journey.activity) IS
$$Do the activities differ?$$;

CREATE OPERATOR journey.>= (
	LEFTARG = journey.activity, RIGHTARG = journey.activity, FUNCTION = journey.activity_ge,
	COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR journey.>= (journey.activity, journey.activity) IS
$$Does the left activity sort after the right one, or are they equal?$$;

CREATE OPERATOR journey.> (
	LEFTARG = journey.activity, RIGHTARG = journey.activity, FUNCTION = journey.activity_gt,
	COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
COMMENT ON OPERATOR journey.> (journey.activity, journey.activity) IS
$$Does the left activity sort after the right one?$$;

CREATE OPERATOR CLASS journey.activity_ops DEFAULT FOR TYPE journey.activity USING btree AS
	OPERATOR 1 journey.<,
	OPERATOR 2 journey.<=,
	OPERATOR 3 journey.=,
	OPERATOR 4 journey.>=,
	OPERATOR 5 journey.>,
	FUNCTION 1 journey.activity_cmp(journey.activity, journey.activity);
COMMENT ON OPERATOR CLASS journey.activity_ops USING btree IS
$$Order of activities, for sorting, DISTINCT and unique indexes.$$;
COMMENT ON OPERATOR FAMILY journey.activity_ops USING btree IS
$$Order of activities.$$;

CREATE OPERATOR CLASS journey.activity_ops DEFAULT FOR TYPE journey.activity USING hash AS
	OPERATOR 1 journey.=,
	FUNCTION 1 journey.activity_hash(journey.activity),
	FUNCTION 2 journey.activity_hash_extended(journey.activity, bigint);
COMMENT ON OPERATOR CLASS journey.activity_ops USING hash IS
$$Equality of activities, for hash joins, hash aggregation and hash partitioning.$$;
COMMENT ON OPERATOR FAMILY journey.activity_ops USING hash IS
$$Equality of activities.$$;

--
-- From a journey
--

CREATE FUNCTION journey.activity(
	j journey.journey,
	start journey.matcher,
	"return" journey.matcher,
	period text DEFAULT 'week',
	timezone text DEFAULT 'UTC',
	week_start text DEFAULT 'monday',
	as_of timestamptz DEFAULT NULL
) RETURNS journey.activity
	AS 'MODULE_PATHNAME', 'activity' LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.activity(journey.journey, journey.matcher, journey.matcher, text, text, text, timestamptz) IS
$$In which calendar periods after the first start did a customer return? The cohort is the period of the first touchpoint that fits start; the start itself makes that period, number 0, active. Later periods are active in which a touchpoint after the start fits "return"; returns before the start never count. Periods are calendar days, weeks or months (period => 'day', 'week', 'month') of local time in timezone, a full name of the time zone database such as Europe/Berlin (no abbreviation: CET is the zone with its summer time), with days of 23 or 25 hours where the clocks change, as date_trunc(period, at, timezone) would have them; weeks begin on week_start (monday to sunday). The last period seen is that of as_of, after which touchpoints are ignored, or of the journey's last touchpoint; give the same as_of, for example the time of the last touchpoint of all customers, where customers are to be compared. NULL where no touchpoint fits start, and for a NULL journey, start or "return". Errors: an unknown period, time zone or week_start, an infinite as_of, more than 100000 periods. One pass over the journey; the time zone is asked once a session for each change of its clocks, not for each touchpoint. Use: SELECT * FROM unnest((SELECT retention_agg(activity(journey, start => 'sign_up', "return" => 'purchase', timezone => 'Europe/Berlin')) FROM shop.store)).$$;

--
-- Retention
--

CREATE TYPE journey.retention_row AS (
	cohort date,
	cohort_size bigint,
	period_no integer,
	retained bigint,
	rate double precision,
	complete boolean
);
COMMENT ON TYPE journey.retention_row IS
$$A cell of a retention table. cohort is the first date of the period in which its customers started, cohort_size how many they are, period_no counts periods from that one, 0, retained is how many of them were active in period period_no, rate is retained divided by cohort_size, 0 to 1. complete says whether that period was over at the end of the data, the last period that any customer's activity has seen; where it is false, retained may still grow, and a low rate is no loss.$$;

COMMENT ON COLUMN journey.retention_row.cohort IS
$$First date of the period in which the customers of the cohort started.$$;
COMMENT ON COLUMN journey.retention_row.cohort_size IS
$$How many customers the cohort has.$$;
COMMENT ON COLUMN journey.retention_row.period_no IS
$$Periods since the cohort's, which is 0.$$;
COMMENT ON COLUMN journey.retention_row.retained IS
$$How many customers of the cohort were active in the period.$$;
COMMENT ON COLUMN journey.retention_row.rate IS
$$retained divided by cohort_size, 0 to 1.$$;
COMMENT ON COLUMN journey.retention_row.complete IS
$$Was the period over at the end of the data? Where it was not, retained may still grow.$$;

CREATE FUNCTION journey.retention_agg_add(state journey.tally, activity journey.activity) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'retention_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.retention_agg_add(journey.tally, journey.activity) IS
$$Transition function of retention_agg.$$;

CREATE FUNCTION journey.retention_rows(t journey.tally) RETURNS journey.retention_row[]
	AS 'MODULE_PATHNAME', 'retention_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.retention_rows(journey.tally) IS
$$The retention table that a stored tally holds: SELECT * FROM unnest(retention_rows(t)). The rows are those of retention_agg, ordered by cohort and period_no. NULL for a tally without customers; a tally of another kind is an error.$$;

CREATE AGGREGATE journey.retention_agg(activity journey.activity) (
	SFUNC = journey.retention_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.retention_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_agg(journey.activity) IS
$$Of the customers who started in each period, how many were active in each period after? Each row of input is a customer, made by activity(). The answer is an array of retention_row, to be read with unnest: a row for each cohort and each period from its own to the last that the data has seen, also where nobody was active, ordered by cohort and period_no. The last period seen is the latest of all customers, so that with one as_of for all it is that of as_of; the cells of that period are flagged as not complete and count as no loss. NULL activities (customers who never started) are skipped; NULL if nothing is left. Activities of different periods or week starts in one aggregate are an error; they should be of one time zone. The answer depends on no order of rows and no number of workers. Errors past 5 million rows.$$;

CREATE AGGREGATE journey.retention_tally(activity journey.activity) (
	SFUNC = journey.retention_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_tally(journey.activity) IS
$$The state of retention_agg, to be stored, added up with rollup and read with retention_rows: a tally for each region or shard, and their sum when it is asked for. Customers of two tallies must be different ones, else they count twice. NULL if there is no activity.$$;
