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
$$One customer's calendar of returns, made by activity(): the period in which the customer started (the cohort), the periods with a return, and the last period seen. The literal is 2026-01-05 week: 0 1 4-6 / 9: the first date of the cohort's period; the period (hour, day, week, month, quarter, year, 2 weeks, 6 hours); the active periods counted from the cohort's, which is 0 and always among them, runs of three or more as a range; after the slash the last period that the data reaches. The first day of the weeks is the weekday of the date; hours and shorter spans have the time in UTC behind the date. Before the colon may stand "rolling" (periods counted from the moment of the start), "every" (all cohorts of the customer are kept; "starts 0 3" then names the periods with a start) and "counted" (a period needed several returns); before the slash "brackets 1 3 7" (the numbers are those of brackets) and "values 12.5 0 3" (a value for each active period). At most 100000 periods; about 35 bytes for usual spans.$$;

--
-- Comparison
--

CREATE FUNCTION journey.activity_cmp(journey.activity, journey.activity) RETURNS integer
	AS 'MODULE_PATHNAME', 'activity_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.activity_cmp(journey.activity, journey.activity) IS
$$Negative, zero or positive as the first activity sorts before, with or after the second. Activities sort by cohort, then by period, kind, last period seen, set of periods and what else they hold.$$;

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
	as_of timestamptz DEFAULT NULL,
	bucketing text DEFAULT 'calendar',
	cohort text DEFAULT 'first_ever',
	minimum integer DEFAULT 1,
	"from" timestamptz DEFAULT NULL,
	"to" timestamptz DEFAULT NULL,
	"values" boolean DEFAULT false
) RETURNS journey.activity
	AS 'MODULE_PATHNAME', 'activity' LANGUAGE C STABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.activity(journey.journey, journey.matcher, journey.matcher, text, text, text, timestamptz, text, text, integer, timestamptz, timestamptz, boolean) IS
$$In which periods after the start did a customer return? The cohort is the period of the first touchpoint that fits start; the start itself makes that period, number 0, active. Later periods are active in which a touchpoint after the start fits "return"; returns before the start never count. period is hour, day, week, month, quarter, year or an interval such as '2 weeks', '6 hours' or '3 months'. Days and longer are calendar periods of local time in timezone, a full name of the time zone database such as Europe/Berlin (no abbreviation: CET is the zone with its summer time), with days of 23 or 25 hours where the clocks change, as date_trunc(period, at, timezone) would have them; weeks begin on week_start (monday to sunday). Several days are counted from 2000-01-01, several weeks from the first that starts then or later, several months from January 2000. Hours and shorter are spans of fixed length, counted from local midnight of 2000-01-01. bucketing => 'rolling' counts periods of a fixed length (a day 24 hours, a month 30 days, a quarter 90, a year 365) from the moment of the start instead, whose calendar period stays the name of the cohort; it needs an as_of. cohort => 'first_ever' leaves customers out (NULL) whose first start ever is not in "from" .. "to" ("to" not included; NULL is no bound); 'first_in_range' takes their first start in there; 'every' makes each period with a start in there a cohort of the customer. minimum is how many returns make a period active. The last period seen is that of as_of, after which touchpoints are ignored, or of the journey's last touchpoint; give the same as_of, for example the time of the last touchpoint of all customers, where customers are to be compared. "values" => true keeps for each active period the sum of the values of its returns. NULL where there is no start, and for a NULL journey, start or "return"; with 'every' also customers who only returned have an activity, of no cohort, so that parts of a customer's data can be put together. Errors: an unknown period, time zone, week_start, bucketing or cohort, a period that is zero, negative or mixes months with days or hours, a minimum below 1, an infinite as_of, rolling with 'every' or without as_of, more than 100000 periods. One pass over the journey; the time zone is asked once a session for each change of its clocks, not for each touchpoint. Use: SELECT * FROM unnest((SELECT retention_agg(activity(journey, start => 'sign_up', "return" => 'purchase', timezone => 'Europe/Berlin')) FROM shop.store)).$$;

CREATE FUNCTION journey.brackets(activity journey.activity, bounds integer[]) RETURNS journey.activity
	AS 'MODULE_PATHNAME', 'activity_brackets' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.brackets(journey.activity, integer[]) IS
$$The activity with its periods put together in brackets of any width, for retention_agg: bounds '{1,4,8}' make bracket 0 of period 0, bracket 1 of the periods 1 to 3, bracket 2 of 4 to 7. A bracket is active if one of its periods is, its value the sum of theirs, and it is over when all of them are. Periods from the last bound on are left out. Bounds must increase and lie between 1 and 100000, at most 1000 of them; NULL bounds, an activity of every cohort and one that has brackets already are errors. NULL for NULL.$$;

CREATE FUNCTION journey.activity_merge(journey.activity, journey.activity) RETURNS journey.activity
	AS 'MODULE_PATHNAME', 'activity_merge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.activity_merge(journey.activity, journey.activity) IS
$$Implementation of the operator ||.$$;

CREATE OPERATOR journey.|| (
	LEFTARG = journey.activity, RIGHTARG = journey.activity, FUNCTION = journey.activity_merge,
	COMMUTATOR = OPERATOR(journey.||));
COMMENT ON OPERATOR journey.|| (journey.activity, journey.activity) IS
$$What two parts of one customer's data say together, the same as activity() says of the whole: activity(a || b) is activity(a) || activity(b). Both must have been made with cohort => 'every', which keeps all starts and returns, the same period, week_start and time zone, and no minimum; others are an error. first_cohort() then gives the customer one cohort. NULL if one is NULL.$$;

CREATE FUNCTION journey.first_cohort(activity journey.activity) RETURNS journey.activity
	AS 'MODULE_PATHNAME', 'activity_first_cohort' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.first_cohort(journey.activity) IS
$$An activity of every cohort as one of the first cohort only, as activity() would have made it with cohort => 'first_in_range' (values of the first period: of all its returns, those before the start included). One of a single cohort is given back as it is. NULL for NULL and where there was no start.$$;

--
-- Retention
--

CREATE TYPE journey.retention_row AS (
	cohort date,
	cohort_size bigint,
	period_no integer,
	retained bigint,
	rate double precision,
	complete boolean,
	eligible bigint,
	eligible_retained bigint,
	eligible_rate double precision,
	lower double precision,
	upper double precision,
	on_or_after bigint,
	on_or_before bigint,
	streak bigint,
	value_sum double precision,
	value_mean double precision,
	cohort_at timestamptz
);
COMMENT ON TYPE journey.retention_row IS
$$A cell of a retention table. cohort is the first date of the period in which its customers started, cohort_size how many they are, period_no counts periods from that one, 0, retained is how many of them were active in period period_no, rate is retained divided by cohort_size, 0 to 1. complete says whether that period was over for all of them at the end of the data; where it is false, retained may still grow, and a low rate is no loss: eligible_rate leaves out those whose period was not over.$$;

COMMENT ON COLUMN journey.retention_row.cohort IS
$$First date of the period in which the customers of the cohort started; of hours and shorter spans its date in UTC.$$;
COMMENT ON COLUMN journey.retention_row.cohort_size IS
$$How many customers the cohort has.$$;
COMMENT ON COLUMN journey.retention_row.period_no IS
$$Periods since the cohort's, which is 0; the number of the bracket where there are brackets.$$;
COMMENT ON COLUMN journey.retention_row.retained IS
$$How many customers of the cohort were active in the period.$$;
COMMENT ON COLUMN journey.retention_row.rate IS
$$retained divided by cohort_size, 0 to 1.$$;
COMMENT ON COLUMN journey.retention_row.complete IS
$$Was the period over at the end of the data for every customer of the cohort? Where it was not, retained may still grow.$$;
COMMENT ON COLUMN journey.retention_row.eligible IS
$$Customers of the cohort for whom the period was over at the end of the data: of calendar periods all or none, of rolling periods and brackets each by his own start.$$;
COMMENT ON COLUMN journey.retention_row.eligible_retained IS
$$How many of eligible were active in the period.$$;
COMMENT ON COLUMN journey.retention_row.eligible_rate IS
$$eligible_retained divided by eligible, 0 to 1; NULL if nobody is eligible.$$;
COMMENT ON COLUMN journey.retention_row.lower IS
$$Lower bound of the 95 % Wilson interval of eligible_rate; NULL if nobody is eligible.$$;
COMMENT ON COLUMN journey.retention_row.upper IS
$$Upper bound of the 95 % Wilson interval of eligible_rate; NULL if nobody is eligible.$$;
COMMENT ON COLUMN journey.retention_row.on_or_after IS
$$How many customers of the cohort were active in the period or a later one (unbounded retention). It may grow as long as there are new data.$$;
COMMENT ON COLUMN journey.retention_row.on_or_before IS
$$How many customers of the cohort came back in a period from 1 to this one; all of them for period 0.$$;
COMMENT ON COLUMN journey.retention_row.streak IS
$$How many customers of the cohort were active in every period up to this one.$$;
COMMENT ON COLUMN journey.retention_row.value_sum IS
$$Sum of the values of the returns in the period, each customer's rounded to the millionth; NULL if the activities have no values.$$;
COMMENT ON COLUMN journey.retention_row.value_mean IS
$$value_sum divided by retained; NULL if the activities have no values or nobody was active.$$;
COMMENT ON COLUMN journey.retention_row.cohort_at IS
$$When the cohort's span begins, for hours and shorter periods; NULL for days and longer, whose beginning is local midnight of the cohort's date.$$;

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
$$Of the customers who started in each period, how many were active in each period after? Each row of input is a customer, made by activity(). The answer is an array of retention_row, to be read with unnest: a row for each cohort and each period from its own to the last that the data has seen, also where nobody was active, ordered by cohort and period_no. All measures stand side by side: active on the period, on or after it, on or before it, without a break up to it; with 95 % Wilson bounds, and values where the activities have them. The last period seen is the latest of all customers, so that with one as_of for all it is that of as_of; the cells of that period are flagged as not complete and count as no loss. Of rolling periods and brackets it is each customer's own. NULL activities (customers who never started) are skipped; NULL if nothing is left. Activities of different periods, week starts or kinds in one aggregate are an error; they should be of one time zone. The answer depends on no order of rows and no number of workers. Memory is a row of about 100 bytes for each cohort and period in which somebody was active, whatever the number of customers. Errors past 5 million rows.$$;

CREATE AGGREGATE journey.retention_tally(activity journey.activity) (
	SFUNC = journey.retention_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_tally(journey.activity) IS
$$The state of retention_agg, to be stored, added up with rollup and read with retention_rows: a tally for each region or shard, and their sum when it is asked for. Customers of two tallies must be different ones, else they count twice. NULL if there is no activity.$$;

--
-- Means over cohorts
--

CREATE TYPE journey.retention_mean_row AS (
	period_no integer,
	cohorts bigint,
	eligible bigint,
	eligible_retained bigint,
	weighted_rate double precision,
	lower double precision,
	upper double precision,
	simple_rate double precision
);
COMMENT ON TYPE journey.retention_mean_row IS
$$Mean retention of all cohorts in a period, as retention_means answers it.$$;
COMMENT ON COLUMN journey.retention_mean_row.period_no IS 'Periods since the cohort''s, which is 0.';
COMMENT ON COLUMN journey.retention_mean_row.cohorts IS 'Cohorts with somebody for whom the period was over.';
COMMENT ON COLUMN journey.retention_mean_row.eligible IS 'Customers of these cohorts for whom the period was over.';
COMMENT ON COLUMN journey.retention_mean_row.eligible_retained IS 'How many of eligible were active in the period.';
COMMENT ON COLUMN journey.retention_mean_row.weighted_rate IS 'eligible_retained divided by eligible: every customer counts the same, 0 to 1.';
COMMENT ON COLUMN journey.retention_mean_row.lower IS 'Lower bound of the 95 % Wilson interval of weighted_rate.';
COMMENT ON COLUMN journey.retention_mean_row.upper IS 'Upper bound of the 95 % Wilson interval of weighted_rate.';
COMMENT ON COLUMN journey.retention_mean_row.simple_rate IS 'Mean of the cohorts'' eligible_rate: every cohort counts the same, 0 to 1.';

CREATE FUNCTION journey.wilson_interval(successes bigint, trials bigint, OUT lower double precision, OUT upper double precision)
	AS 'MODULE_PATHNAME', 'wilson_interval_95' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.wilson_interval(bigint, bigint) IS
$$The 95 % Wilson score interval of a share, successes of trials: within these bounds the true share lies 19 times of 20. It stays between 0 and 1 and has a width also where all or none succeeded. NULL bounds for no trials, NULL for NULL; negative numbers and more successes than trials are errors.$$;

CREATE FUNCTION journey.retention_means(cells journey.retention_row[]) RETURNS SETOF journey.retention_mean_row
	LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE ROWS 20
	BEGIN ATOMIC
		SELECT m.period_no, m.cohorts, m.eligible, m.eligible_retained,
			   m.eligible_retained::double precision / m.eligible, w.lower, w.upper, m.simple_rate
		FROM (SELECT c.period_no, count(*) AS cohorts, sum(c.eligible)::bigint AS eligible,
					 sum(c.eligible_retained)::bigint AS eligible_retained,
					 avg(c.eligible_rate ORDER BY c.cohort, c.cohort_at) AS simple_rate
			  FROM unnest(cells) AS c WHERE c.eligible > 0 GROUP BY c.period_no) AS m,
			 journey.wilson_interval(m.eligible_retained, m.eligible) AS w
		ORDER BY m.period_no;
	END;
COMMENT ON FUNCTION journey.retention_means(journey.retention_row[]) IS
$$Mean retention over all cohorts, a row a period: SELECT * FROM retention_means((SELECT retention_agg(activity(...)) FROM shop.store)). Cells that are not over are left out, so the last periods are means of fewer, older cohorts: cohorts says of how many. The weighted mean counts every customer the same, the simple one every cohort. Periods that were over for nobody have no row; no rows for NULL.$$;
