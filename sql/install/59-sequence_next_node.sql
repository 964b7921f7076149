\echo Use "CREATE EXTENSION journey" to load this file. \quit

-- sequence_next_node over raw rows.

CREATE FUNCTION journey.sequence_next_node_row(internal, text, text, timestamptz, text, boolean, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'sequence_next_node_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_next_node_row(internal, text, text, timestamptz, text, boolean, VARIADIC "any") IS 'transition function of sequence_next_node';
CREATE FUNCTION journey.sequence_next_node_row(internal, text, text, timestamp, text, boolean, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'sequence_next_node_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_next_node_row(internal, text, text, timestamp, text, boolean, VARIADIC "any") IS 'transition function of sequence_next_node';
CREATE FUNCTION journey.sequence_next_node_row(internal, text, text, date, text, boolean, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'sequence_next_node_date' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_next_node_row(internal, text, text, date, text, boolean, VARIADIC "any") IS 'transition function of sequence_next_node';
CREATE FUNCTION journey.sequence_next_node_row(internal, text, text, bigint, text, boolean, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'sequence_next_node_number' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_next_node_row(internal, text, text, bigint, text, boolean, VARIADIC "any") IS 'transition function of sequence_next_node';
CREATE FUNCTION journey.sequence_next_node_row(internal, text, text, timestamptz, text, boolean) RETURNS internal
	AS 'MODULE_PATHNAME', 'sequence_next_node_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_next_node_row(internal, text, text, timestamptz, text, boolean) IS 'transition function of sequence_next_node';
CREATE FUNCTION journey.sequence_next_node_row(internal, text, text, timestamp, text, boolean) RETURNS internal
	AS 'MODULE_PATHNAME', 'sequence_next_node_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_next_node_row(internal, text, text, timestamp, text, boolean) IS 'transition function of sequence_next_node';
CREATE FUNCTION journey.sequence_next_node_row(internal, text, text, date, text, boolean) RETURNS internal
	AS 'MODULE_PATHNAME', 'sequence_next_node_date' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_next_node_row(internal, text, text, date, text, boolean) IS 'transition function of sequence_next_node';
CREATE FUNCTION journey.sequence_next_node_row(internal, text, text, bigint, text, boolean) RETURNS internal
	AS 'MODULE_PATHNAME', 'sequence_next_node_number' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_next_node_row(internal, text, text, bigint, text, boolean) IS 'transition function of sequence_next_node';
CREATE FUNCTION journey.sequence_next_node_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.sequence_next_node_combine(internal, internal) IS 'combine function of sequence_next_node';
CREATE FUNCTION journey.sequence_next_node_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.sequence_next_node_serialize(internal) IS 'serialization function of sequence_next_node';
CREATE FUNCTION journey.sequence_next_node_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.sequence_next_node_deserialize(bytea, internal) IS 'deserialization function of sequence_next_node';
CREATE FUNCTION journey.sequence_next_node_final(internal) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.sequence_next_node_final(internal) IS 'final function of sequence_next_node';

CREATE AGGREGATE journey.sequence_next_node(direction text, base text, at timestamptz, value text, base_condition boolean, VARIADIC events "any") (
	SFUNC = journey.sequence_next_node_row,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = journey.sequence_next_node_final,
	COMBINEFUNC = journey.sequence_next_node_combine,
	SERIALFUNC = journey.sequence_next_node_serialize,
	DESERIALFUNC = journey.sequence_next_node_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_next_node(direction text, base text, at timestamptz, value text, base_condition boolean, VARIADIC events "any") IS
$$What came right after (or right before) a chain of rows? As ClickHouse's sequenceNextNode: SELECT user_id, sequence_next_node('forward', 'first_match', occurred_at, page, true, page = 'cart', page = 'checkout') FROM views GROUP BY user_id says where each customer went from the checkout that directly followed the first cart.

The rows are put in order of time. One of them is the base: `base` 'head' is the first row, 'tail' the last one, 'first_match' the first row that fulfils event 1 and base_condition, 'last_match' the last such row. The first or last row must fulfil base_condition, else the answer is NULL. From the base on, 'forward' in time or 'backward', the rows must fulfil the events one after the other, the base row itself event 1, without any other row between. The answer is the value of the row that follows; NULL if the chain breaks or ends with the last row. A chain that breaks is not tried from another base.

'forward' with 'tail' and 'backward' with 'head' are errors, as nothing can follow. The events are 1 to 64 boolean expressions, or one boolean[] after VARIADIC. A condition that is NULL is false; rows whose time or value is NULL are skipped as if they were not there; an infinite time is an error. direction and base must be the same for all rows of a group. Rows at the same time are in the order of the bytes of their value, then of the events they fulfil; so the answer does not depend on the order of the rows or the number of workers. NULL without rows.

Cost: linear for rows that come sorted, else one sort. Memory: 24 bytes a row and 4 bytes more than its text for each value, most repeated values being kept once; at most twice that while it grows; at most 40 million rows and 1 GB of values a customer.$$;

CREATE AGGREGATE journey.sequence_next_node(direction text, base text, at timestamp, value text, base_condition boolean, VARIADIC events "any") (
	SFUNC = journey.sequence_next_node_row,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = journey.sequence_next_node_final,
	COMBINEFUNC = journey.sequence_next_node_combine,
	SERIALFUNC = journey.sequence_next_node_serialize,
	DESERIALFUNC = journey.sequence_next_node_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_next_node(direction text, base text, at timestamp, value text, base_condition boolean, VARIADIC events "any") IS
'sequence_next_node over rows whose time is a timestamp without time zone; all else as with timestamptz.';

CREATE AGGREGATE journey.sequence_next_node(direction text, base text, at date, value text, base_condition boolean, VARIADIC events "any") (
	SFUNC = journey.sequence_next_node_row,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = journey.sequence_next_node_final,
	COMBINEFUNC = journey.sequence_next_node_combine,
	SERIALFUNC = journey.sequence_next_node_serialize,
	DESERIALFUNC = journey.sequence_next_node_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_next_node(direction text, base text, at date, value text, base_condition boolean, VARIADIC events "any") IS
'sequence_next_node over rows whose time is a date; all else as with timestamptz.';

CREATE AGGREGATE journey.sequence_next_node(direction text, base text, at bigint, value text, base_condition boolean, VARIADIC events "any") (
	SFUNC = journey.sequence_next_node_row,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = journey.sequence_next_node_final,
	COMBINEFUNC = journey.sequence_next_node_combine,
	SERIALFUNC = journey.sequence_next_node_serialize,
	DESERIALFUNC = journey.sequence_next_node_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_next_node(direction text, base text, at bigint, value text, base_condition boolean, VARIADIC events "any") IS
'sequence_next_node over rows whose time is a number; all else as with timestamptz.';

CREATE AGGREGATE journey.sequence_next_node(direction text, base text, at timestamptz, value text, base_condition boolean) (
	SFUNC = journey.sequence_next_node_row,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = journey.sequence_next_node_final,
	COMBINEFUNC = journey.sequence_next_node_combine,
	SERIALFUNC = journey.sequence_next_node_serialize,
	DESERIALFUNC = journey.sequence_next_node_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_next_node(direction text, base text, at timestamptz, value text, base_condition boolean) IS
'sequence_next_node, without events: the value of the base row itself, which must be the ''head'' or the ''tail''; all else as with events.';

CREATE AGGREGATE journey.sequence_next_node(direction text, base text, at timestamp, value text, base_condition boolean) (
	SFUNC = journey.sequence_next_node_row,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = journey.sequence_next_node_final,
	COMBINEFUNC = journey.sequence_next_node_combine,
	SERIALFUNC = journey.sequence_next_node_serialize,
	DESERIALFUNC = journey.sequence_next_node_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_next_node(direction text, base text, at timestamp, value text, base_condition boolean) IS
'sequence_next_node over rows whose time is a timestamp without time zone, without events: the value of the base row itself, which must be the ''head'' or the ''tail''; all else as with events.';

CREATE AGGREGATE journey.sequence_next_node(direction text, base text, at date, value text, base_condition boolean) (
	SFUNC = journey.sequence_next_node_row,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = journey.sequence_next_node_final,
	COMBINEFUNC = journey.sequence_next_node_combine,
	SERIALFUNC = journey.sequence_next_node_serialize,
	DESERIALFUNC = journey.sequence_next_node_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_next_node(direction text, base text, at date, value text, base_condition boolean) IS
'sequence_next_node over rows whose time is a date, without events: the value of the base row itself, which must be the ''head'' or the ''tail''; all else as with events.';

CREATE AGGREGATE journey.sequence_next_node(direction text, base text, at bigint, value text, base_condition boolean) (
	SFUNC = journey.sequence_next_node_row,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = journey.sequence_next_node_final,
	COMBINEFUNC = journey.sequence_next_node_combine,
	SERIALFUNC = journey.sequence_next_node_serialize,
	DESERIALFUNC = journey.sequence_next_node_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_next_node(direction text, base text, at bigint, value text, base_condition boolean) IS
'sequence_next_node over rows whose time is a number, without events: the value of the base row itself, which must be the ''head'' or the ''tail''; all else as with events.';
