\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- time_to: how long it took one customer
--

CREATE TYPE journey.time_to_row AS (
	duration_seconds double precision,
	observed boolean,
	start_at timestamptz,
	end_at timestamptz
);
COMMENT ON TYPE journey.time_to_row IS
$$How long a customer took from a start to an event, or for how long none was seen, as time_to answers it.$$;
COMMENT ON COLUMN journey.time_to_row.duration_seconds IS 'Seconds from start_at to end_at.';
COMMENT ON COLUMN journey.time_to_row.observed IS 'Did the event happen at end_at? Where not, all that is known is that it takes longer than duration_seconds.';
COMMENT ON COLUMN journey.time_to_row.start_at IS 'Time of the first touchpoint that fits the start.';
COMMENT ON COLUMN journey.time_to_row.end_at IS 'Time of the event; where it did not happen, of the touchpoint that ended the watching, or as_of.';

CREATE FUNCTION journey.time_to(
	j journey.journey,
	start journey.matcher,
	event journey.matcher,
	as_of timestamptz,
	censor journey.matcher DEFAULT NULL,
	include_start boolean DEFAULT false
) RETURNS journey.time_to_row
	AS 'MODULE_PATHNAME', 'time_to' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.time_to(journey.journey, journey.matcher, journey.matcher, timestamptz, journey.matcher, boolean) IS
$$How long did it take from the first touchpoint that fits start to the next one that fits event? Where none did by as_of, the end of the data, observed is false and the duration is how long the customer was watched: he is not lost, he has not done it yet. survival_agg makes a curve of many. as_of has no default because it must be the same for all customers; touchpoints after it are not looked at. A touchpoint that fits censor ends the watching without the event, for example 'account_deleted'; one that fits both is the event. The touchpoint of the start is not the event, so that time_to(j, 'purchase', 'purchase', as_of) is the time to the second purchase; with include_start => true it may be, so that time_to(j, '*', 'purchase', as_of, include_start => true) is 0 for those who came to buy. NULL where no touchpoint by as_of fits start, and for a NULL journey, start or event. A NULL or infinite as_of is an error. Ends at the event; one pass over the journey at most.$$;

--
-- survival_agg: all customers
--

CREATE TYPE journey.survival_row AS (
	duration double precision,
	at_risk bigint,
	events bigint,
	censored bigint,
	survival double precision,
	std_error double precision,
	lower double precision,
	upper double precision
);
COMMENT ON TYPE journey.survival_row IS
$$A step of a Kaplan-Meier curve: a duration at which something happened to customers or they were last seen.$$;
COMMENT ON COLUMN journey.survival_row.duration IS 'Duration since the start, in the unit of the input (seconds from time_to).';
COMMENT ON COLUMN journey.survival_row.at_risk IS 'Customers to whom it had not happened just before this duration and who were still watched.';
COMMENT ON COLUMN journey.survival_row.events IS 'Customers to whom it happened at this duration.';
COMMENT ON COLUMN journey.survival_row.censored IS 'Customers who were last seen at this duration, without the event.';
COMMENT ON COLUMN journey.survival_row.survival IS 'Estimated share of customers to whom it has not happened by this duration, 0 to 1; 1 - survival is the share to whom it has.';
COMMENT ON COLUMN journey.survival_row.std_error IS 'Standard error of survival (Greenwood); NULL where survival is 0.';
COMMENT ON COLUMN journey.survival_row.lower IS 'Lower bound of the 95 % interval of survival, by log(-log survival), 0 to 1; NULL where survival is 0.';
COMMENT ON COLUMN journey.survival_row.upper IS 'Upper bound of the 95 % interval of survival, by log(-log survival), 0 to 1; NULL where survival is 0.';

CREATE TYPE journey.survival_summary_row AS (
	customers bigint,
	events bigint,
	censored bigint,
	median double precision,
	median_lower double precision,
	median_upper double precision,
	horizon double precision,
	restricted_mean double precision,
	restricted_mean_std_error double precision
);
COMMENT ON TYPE journey.survival_summary_row IS
$$What a Kaplan-Meier curve says in a few numbers, as survival_summary answers it.$$;
COMMENT ON COLUMN journey.survival_summary_row.customers IS 'All customers that were watched.';
COMMENT ON COLUMN journey.survival_summary_row.events IS 'Those to whom it happened.';
COMMENT ON COLUMN journey.survival_summary_row.censored IS 'Those to whom it had not happened when they were last seen.';
COMMENT ON COLUMN journey.survival_summary_row.median IS 'The first duration by which it has happened to half of the customers; NULL if the curve does not come down to one half.';
COMMENT ON COLUMN journey.survival_summary_row.median_lower IS 'Lower bound of the 95 % interval of the median; NULL if the lower bound of the curve does not come down to one half.';
COMMENT ON COLUMN journey.survival_summary_row.median_upper IS 'Upper bound of the 95 % interval of the median; NULL if the upper bound of the curve does not come down to one half, so that the median may be of any length.';
COMMENT ON COLUMN journey.survival_summary_row.horizon IS 'Duration up to which the restricted mean is taken.';
COMMENT ON COLUMN journey.survival_summary_row.restricted_mean IS 'Mean duration without the event up to the horizon, the area under the curve; NULL if the curve is not known so far.';
COMMENT ON COLUMN journey.survival_summary_row.restricted_mean_std_error IS 'Standard error of the restricted mean; NULL as that is.';

CREATE FUNCTION journey.survival_agg_add(state journey.tally, duration double precision, observed boolean) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'survival_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.survival_agg_add(journey.tally, double precision, boolean) IS
$$Transition function of survival_agg.$$;

CREATE FUNCTION journey.survival_rows(tally journey.tally) RETURNS journey.survival_row[]
	AS 'MODULE_PATHNAME', 'survival_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.survival_rows(journey.tally) IS
$$The curve that a stored tally holds: SELECT * FROM unnest(survival_rows(t)), a row a duration in ascending order. Final function of survival_agg. A tally of another kind, or one of several groups, is an error.$$;

CREATE FUNCTION journey.survival_summary(tally journey.tally, horizon double precision DEFAULT NULL) RETURNS journey.survival_summary_row
	AS 'MODULE_PATHNAME', 'survival_summary_row' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.survival_summary(journey.tally, double precision) IS
$$Median with its 95 % interval, and restricted mean, of the curve that a tally of survival_tally holds: SELECT * FROM survival_summary((SELECT survival_tally(duration, observed) FROM ...)). The interval of the median is read off the log-log interval of the curve (Brookmeyer and Crowley). The restricted mean is taken up to horizon, in the unit of the durations; NULL is the longest duration. Past that the curve is not known unless it is 0, and there is no restricted mean. NULL for NULL and for a tally without customers. A negative or infinite horizon and a tally of another kind are errors.$$;

CREATE AGGREGATE journey.survival_agg(duration double precision, observed boolean) (
	SFUNC = journey.survival_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.survival_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.survival_agg(double precision, boolean) IS
$$What share of customers has still not done it after each duration, when not all were watched equally long? The Kaplan-Meier curve of any (duration, observed) rows, here with those of time_to: SELECT s.* FROM unnest((SELECT survival_agg(t.duration_seconds, t.observed) FROM shop.journeys, time_to(journey, 'purchase', 'purchase', as_of => '2026-06-30') AS t)) AS s. observed false is a customer to whom it had not happened when last seen: counted among those at risk for as long as he was watched, never as lost. An array of survival_row, one for each different duration, in ascending order, with at-risk counts, Greenwood's standard error and the log-log 95 % interval. The unit is that of the input. Rows with a NULL duration or observed are skipped; NULL without any row. A duration that is negative or not finite is an error. Memory: about 60 bytes for each different duration, at most 512 MB, past which it is an error; round the durations to seconds or days where there are more than some millions. Runs in parallel; the answer does not depend on the order of rows or the number of workers.$$;

CREATE AGGREGATE journey.survival_tally(duration double precision, observed boolean) (
	SFUNC = journey.survival_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.survival_tally(double precision, boolean) IS
$$What survival_agg counts, as a tally that can be stored, added up by rollup and read by survival_rows and survival_summary. Same input and errors as survival_agg. NULL without any row.$$;

--
-- logrank_agg: do groups differ?
--

CREATE TYPE journey.logrank_row AS (
	group_name text,
	customers bigint,
	events bigint,
	expected double precision,
	chi_square double precision,
	degrees_of_freedom integer,
	p_value double precision
);
COMMENT ON TYPE journey.logrank_row IS
$$A group of a log-rank test; the last three columns are those of the test and the same for all groups.$$;
COMMENT ON COLUMN journey.logrank_row.group_name IS 'The group.';
COMMENT ON COLUMN journey.logrank_row.customers IS 'Customers of the group.';
COMMENT ON COLUMN journey.logrank_row.events IS 'Those of them to whom it happened.';
COMMENT ON COLUMN journey.logrank_row.expected IS 'How many it would have happened to if the groups did not differ.';
COMMENT ON COLUMN journey.logrank_row.chi_square IS 'Statistic of the test; NULL if there is nothing to compare.';
COMMENT ON COLUMN journey.logrank_row.degrees_of_freedom IS 'Degrees of freedom: groups less one, of those that were at risk when something happened.';
COMMENT ON COLUMN journey.logrank_row.p_value IS 'How likely a statistic this large or larger is if the groups do not differ, 0 to 1; NULL if there is nothing to compare.';

CREATE FUNCTION journey.logrank_agg_add(state journey.tally, group_name text, duration double precision, observed boolean) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'logrank_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.logrank_agg_add(journey.tally, text, double precision, boolean) IS
$$Transition function of logrank_agg.$$;

CREATE FUNCTION journey.logrank_rows(tally journey.tally) RETURNS journey.logrank_row[]
	AS 'MODULE_PATHNAME', 'logrank_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.logrank_rows(journey.tally) IS
$$The log-rank test of the groups that a tally of logrank_tally holds, as an array with a row a group. Final function of logrank_agg. A tally of another kind, one without groups and more than 256 groups are errors.$$;

CREATE AGGREGATE journey.logrank_agg(group_name text, duration double precision, observed boolean) (
	SFUNC = journey.logrank_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.logrank_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.logrank_agg(text, double precision, boolean) IS
$$Do groups of customers differ in how long it takes them? The log-rank test (Mantel) of two to 256 groups over (duration, observed) rows as survival_agg takes them: SELECT * FROM unnest((SELECT logrank_agg(first_channel, t.duration_seconds, t.observed) FROM shop.journeys JOIN shop.customers USING (customer), time_to(journey, 'purchase', 'purchase', as_of => '2026-06-30') AS t)). An array of logrank_row, one a group in the order of their names, with customers, events, events expected if there were no difference, and the chi-square, degrees of freedom and p-value of the test in each. A small p-value says that the curves differ somewhere, not where or why. Rows with a NULL are skipped; NULL without any row. A group of more than 1024 bytes and a duration that is negative or not finite are errors. Memory as survival_agg, for each group. Runs in parallel; the answer does not depend on the order of rows or the number of workers.$$;

CREATE AGGREGATE journey.logrank_tally(group_name text, duration double precision, observed boolean) (
	SFUNC = journey.logrank_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.logrank_tally(text, double precision, boolean) IS
$$What logrank_agg counts, as a tally that can be stored, added up by rollup and read by logrank_rows. Same input and errors as logrank_agg. NULL without any row.$$;
