\echo Use "CREATE EXTENSION journey" to load this file. \quit

-- window_funnel over raw rows: by conditions, by names of events.

CREATE FUNCTION journey.window_funnel_row(internal, interval, timestamptz, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_row(internal, interval, timestamptz, VARIADIC "any") IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_row(internal, interval, timestamp, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_row(internal, interval, timestamp, VARIADIC "any") IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_row(internal, interval, date, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_date' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_row(internal, interval, date, VARIADIC "any") IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_row(internal, bigint, bigint, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_number' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_row(internal, bigint, bigint, VARIADIC "any") IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_row(internal, interval, text, timestamptz, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_mode_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_row(internal, interval, text, timestamptz, VARIADIC "any") IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_row(internal, interval, text, timestamp, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_mode_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_row(internal, interval, text, timestamp, VARIADIC "any") IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_row(internal, interval, text, date, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_mode_date' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_row(internal, interval, text, date, VARIADIC "any") IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_row(internal, bigint, text, bigint, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_mode_number' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_row(internal, bigint, text, bigint, VARIADIC "any") IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_steps_row(internal, interval, timestamptz, text, journey.matcher[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_steps_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_steps_row(internal, interval, timestamptz, text, journey.matcher[]) IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_steps_row(internal, interval, timestamp, text, journey.matcher[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_steps_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_steps_row(internal, interval, timestamp, text, journey.matcher[]) IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_steps_row(internal, interval, date, text, journey.matcher[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_steps_date' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_steps_row(internal, interval, date, text, journey.matcher[]) IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_steps_row(internal, bigint, bigint, text, journey.matcher[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_steps_number' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_steps_row(internal, bigint, bigint, text, journey.matcher[]) IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_steps_row(internal, interval, timestamptz, text, journey.matcher[], text) RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_steps_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_steps_row(internal, interval, timestamptz, text, journey.matcher[], text) IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_steps_row(internal, interval, timestamp, text, journey.matcher[], text) RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_steps_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_steps_row(internal, interval, timestamp, text, journey.matcher[], text) IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_steps_row(internal, interval, date, text, journey.matcher[], text) RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_steps_date' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_steps_row(internal, interval, date, text, journey.matcher[], text) IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_steps_row(internal, bigint, bigint, text, journey.matcher[], text) RETURNS internal
	AS 'MODULE_PATHNAME', 'window_funnel_steps_number' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.window_funnel_steps_row(internal, bigint, bigint, text, journey.matcher[], text) IS 'transition function of window_funnel';
CREATE FUNCTION journey.window_funnel_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.window_funnel_combine(internal, internal) IS 'combine function of window_funnel';
CREATE FUNCTION journey.window_funnel_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.window_funnel_serialize(internal) IS 'serialization function of window_funnel';
CREATE FUNCTION journey.window_funnel_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.window_funnel_deserialize(bytea, internal) IS 'deserialization function of window_funnel';
CREATE FUNCTION journey.window_funnel_final(internal) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.window_funnel_final(internal) IS 'final function of window_funnel';

CREATE AGGREGATE journey.window_funnel(within interval, at timestamptz, VARIADIC conditions "any") (
	SFUNC = journey.window_funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within interval, at timestamptz, VARIADIC conditions "any") IS
$$How many of the conditions did one customer fulfil, in order and within a window? Counted over raw rows and any boolean SQL: SELECT user_id, window_funnel('7 days', occurred_at, name = 'view_item', name = 'add_to_cart', name = 'purchase') FROM events GROUP BY user_id. The answer is 0 where no row fulfils the first condition (or there are no rows), 1 where one does, up to the number of conditions.

It is the length of the longest chain: a row that fulfils condition 1, then one that fulfils condition 2 at the same time or later, and so on, the last at most `within` after the first (both ends included), whatever happens in between. Every start is tried, so a later first step that leads further is found. Rows at the same time count in any order, and one row may serve several steps (see the mode strict_once). This is what ClickHouse's windowFunnel answers without a mode.

`within` is an interval, one day being 24 hours; NULL is no limit. Months and years differ in length and are an error, as is a negative interval. The conditions are 1 to 64 boolean expressions, or one boolean[] after VARIADIC; NULL is false. Rows whose time is NULL are skipped; an infinite time is an error. `within` must be the same for all rows of a group. To count customers by step, add up: count(*) FILTER (WHERE level >= 2). Where the conditions are names of events, window_funnel(within, at, event, steps) costs less.

The answer does not depend on the order of the rows, the number of workers or the time zone. Cost: linear for rows that come sorted by time, else one sort; so sort by customer and time, or have an index on them, rather than writing ORDER BY into the aggregate. Memory: 16 bytes for each row that fulfils a condition (rows at the same time share them), at most twice that while it grows; at most 60 million rows a customer.$$;

CREATE AGGREGATE journey.window_funnel(within interval, at timestamp, VARIADIC conditions "any") (
	SFUNC = journey.window_funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within interval, at timestamp, VARIADIC conditions "any") IS
'window_funnel over rows whose time is a timestamp without time zone; all else as with timestamptz.';

CREATE AGGREGATE journey.window_funnel(within interval, at date, VARIADIC conditions "any") (
	SFUNC = journey.window_funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within interval, at date, VARIADIC conditions "any") IS
'window_funnel over rows whose time is a date: `within` counts in whole days, ''36 hours'' is one day, and rows of one day count in any order; all else as with timestamptz.';

CREATE AGGREGATE journey.window_funnel(within bigint, at bigint, VARIADIC conditions "any") (
	SFUNC = journey.window_funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within bigint, at bigint, VARIADIC conditions "any") IS
'window_funnel over rows whose time is a number, in any unit: `within` is in the same unit, must not be negative, and NULL is no limit; all else as with timestamptz.';

CREATE AGGREGATE journey.window_funnel(within interval, mode text, at timestamptz, VARIADIC conditions "any") (
	SFUNC = journey.window_funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within interval, mode text, at timestamptz, VARIADIC conditions "any") IS
$$window_funnel with a mode, a list of words separated by commas; NULL or the empty text is none: window_funnel('7 days', 'strict_order,strict_once', occurred_at, name = 'view_item', name = 'purchase').

An attempt starts at any row that fulfils condition 1 and takes each next step at the first row that fulfils it; rows at the same time come in the order of the steps they fulfil, those that fulfil none first. The answer is the most steps that any attempt takes until more than `within` has passed or a mode ends it. So what a mode forbids must not lie within the attempt; what comes before its start or after its end does no harm.

- strict_increase: each step is later than the one before.
- strict_once: each step is another row; rows at the same time are given to the steps in the way that leads furthest.
- strict_deduplication: an attempt ends where a step it has already taken, other than the first, comes again.
- strict_order: an attempt ends at a row that fulfils none of the conditions, and at one that fulfils a step beyond its next one. For this the rows that fulfil nothing must be there: do not filter them out.
- allow_reentry: with strict_order (else it is an error): a step beyond the next one is passed over, it does not end the attempt.
- compat_clickhouse: the same words mean what ClickHouse's windowFunnel computes, in the version of its published tests. There the first violation ends the whole scan and not one attempt, steps reached by an earlier attempt count as taken in a later one, and strict_increase can miss a chain; so its answers are often lower, and now and then higher. With strict_order a first step that comes again after the second ends the scan, unless allow_reentry is there, which does nothing else; strict_deduplication answers the step of the row before the one that comes again. Without other words it changes nothing.
- compat_clickhouse_26: the same as the sources of ClickHouse 26 have it: a first step that comes again starts anew, allow_reentry passes over steps that come too early, strict_deduplication answers the highest step reached.

An unknown word is an error. With strict_order every row is kept (16 bytes); with strict_deduplication or strict_once rows at the same time are kept one by one. Cost: at most the number of rows times the number of steps; most rows cost one step. All else as without a mode.$$;

CREATE AGGREGATE journey.window_funnel(within interval, mode text, at timestamp, VARIADIC conditions "any") (
	SFUNC = journey.window_funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within interval, mode text, at timestamp, VARIADIC conditions "any") IS
'window_funnel with a mode over rows whose time is a timestamp without time zone; all else as with timestamptz.';

CREATE AGGREGATE journey.window_funnel(within interval, mode text, at date, VARIADIC conditions "any") (
	SFUNC = journey.window_funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within interval, mode text, at date, VARIADIC conditions "any") IS
'window_funnel with a mode over rows whose time is a date: `within` counts in whole days, ''36 hours'' is one day, and rows of one day count in any order; all else as with timestamptz.';

CREATE AGGREGATE journey.window_funnel(within bigint, mode text, at bigint, VARIADIC conditions "any") (
	SFUNC = journey.window_funnel_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within bigint, mode text, at bigint, VARIADIC conditions "any") IS
'window_funnel with a mode over rows whose time is a number, in any unit: `within` is in the same unit, must not be negative, and NULL is no limit; all else as with timestamptz.';

CREATE AGGREGATE journey.window_funnel(within interval, at timestamptz, event text, steps journey.matcher[]) (
	SFUNC = journey.window_funnel_steps_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within interval, at timestamptz, event text, steps journey.matcher[]) IS
$$window_funnel with steps by name: how many steps did one customer take, in order and within a window, where a step is a matcher that the name of a row's event fits, as in funnel: SELECT user_id, window_funnel('7 days', occurred_at, name, '{view_item,add_to_cart,purchase}') FROM events GROUP BY user_id. It answers what window_funnel(within, at, VARIADIC conditions) answers with the condition matches(step, event) for each step.

A matcher decides by the name and its detail: view_item fits view_item and view_item/shoes, page_view/product exactly that detail, view_* has a wildcard, "Order Completed" in double quotes is exactly this text, purchase|order is either. Names are compared byte by byte. A matcher that asks for a channel or a value is an error, as the rows have none here: write the steps as conditions instead. An event that is NULL fits no step; one of more than 1024 bytes is an error. One row may serve several steps, as with conditions (funnel gives each step a touchpoint of its own).

`steps` has 1 to 64 matchers; NULL, an empty array, one of more than one dimension and a NULL in it are errors. `steps` and `within` must be the same for all rows of a group. `within` is as with conditions: an interval, NULL for no limit.

Cost: less than with conditions, which the server evaluates for each row. The matchers are asked once for each different name; up to about a thousand names are kept in 90 kB for the query, what does not fit is asked again. All else as with conditions.$$;

CREATE AGGREGATE journey.window_funnel(within interval, at timestamp, event text, steps journey.matcher[]) (
	SFUNC = journey.window_funnel_steps_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within interval, at timestamp, event text, steps journey.matcher[]) IS
'window_funnel with steps by name over rows whose time is a timestamp without time zone; all else as with timestamptz.';

CREATE AGGREGATE journey.window_funnel(within interval, at date, event text, steps journey.matcher[]) (
	SFUNC = journey.window_funnel_steps_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within interval, at date, event text, steps journey.matcher[]) IS
'window_funnel with steps by name over rows whose time is a date: `within` counts in whole days, ''36 hours'' is one day, and rows of one day count in any order; all else as with timestamptz.';

CREATE AGGREGATE journey.window_funnel(within bigint, at bigint, event text, steps journey.matcher[]) (
	SFUNC = journey.window_funnel_steps_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within bigint, at bigint, event text, steps journey.matcher[]) IS
'window_funnel with steps by name over rows whose time is a number, in any unit: `within` is in the same unit, must not be negative, and NULL is no limit; all else as with timestamptz.';

CREATE AGGREGATE journey.window_funnel(within interval, at timestamptz, event text, steps journey.matcher[], mode text) (
	SFUNC = journey.window_funnel_steps_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within interval, at timestamptz, event text, steps journey.matcher[], mode text) IS
$$window_funnel with steps by name and a mode, a list of words separated by commas; NULL or the empty text is none: window_funnel('7 days', occurred_at, name, '{view_item,purchase}', 'strict_order,strict_once').

The words are those of window_funnel(within, mode, at, VARIADIC conditions) and mean the same: strict_increase, strict_once, strict_deduplication, strict_order, allow_reentry, compat_clickhouse, compat_clickhouse_26; an unknown one is an error. To strict_order an event that is NULL is a row that fits no step. `mode` must be the same for all rows of a group. All else as without a mode.$$;

CREATE AGGREGATE journey.window_funnel(within interval, at timestamp, event text, steps journey.matcher[], mode text) (
	SFUNC = journey.window_funnel_steps_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within interval, at timestamp, event text, steps journey.matcher[], mode text) IS
'window_funnel with steps by name and a mode over rows whose time is a timestamp without time zone; all else as with timestamptz.';

CREATE AGGREGATE journey.window_funnel(within interval, at date, event text, steps journey.matcher[], mode text) (
	SFUNC = journey.window_funnel_steps_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within interval, at date, event text, steps journey.matcher[], mode text) IS
'window_funnel with steps by name and a mode over rows whose time is a date: `within` counts in whole days, ''36 hours'' is one day, and rows of one day count in any order; all else as with timestamptz.';

CREATE AGGREGATE journey.window_funnel(within bigint, at bigint, event text, steps journey.matcher[], mode text) (
	SFUNC = journey.window_funnel_steps_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.window_funnel_final,
	COMBINEFUNC = journey.window_funnel_combine,
	SERIALFUNC = journey.window_funnel_serialize,
	DESERIALFUNC = journey.window_funnel_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(within bigint, at bigint, event text, steps journey.matcher[], mode text) IS
'window_funnel with steps by name and a mode over rows whose time is a number, in any unit: `within` is in the same unit, must not be negative, and NULL is no limit; all else as with timestamptz.';
