\echo Use "CREATE EXTENSION journey" to load this file. \quit

-- Sequences over raw rows, in ClickHouse's pattern syntax.

CREATE FUNCTION journey.sequence_row(internal, text, timestamptz, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'sequence_row_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_row(internal, text, timestamptz, VARIADIC "any") IS 'transition function of sequence_match, sequence_count and sequence_events';
CREATE FUNCTION journey.sequence_row(internal, text, timestamp, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'sequence_row_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_row(internal, text, timestamp, VARIADIC "any") IS 'transition function of sequence_match, sequence_count and sequence_events';
CREATE FUNCTION journey.sequence_row(internal, text, date, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'sequence_row_date' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_row(internal, text, date, VARIADIC "any") IS 'transition function of sequence_match, sequence_count and sequence_events';
CREATE FUNCTION journey.sequence_row(internal, text, bigint, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'sequence_row_number' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_row(internal, text, bigint, VARIADIC "any") IS 'transition function of sequence_match, sequence_count and sequence_events';
CREATE FUNCTION journey.sequence_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.sequence_combine(internal, internal) IS 'combine function of sequence_match, sequence_count and sequence_events';
CREATE FUNCTION journey.sequence_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.sequence_serialize(internal) IS 'serialization function of sequence_match, sequence_count and sequence_events';
CREATE FUNCTION journey.sequence_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.sequence_deserialize(bytea, internal) IS 'deserialization function of sequence_match, sequence_count and sequence_events';
CREATE FUNCTION journey.sequence_match_final(internal) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.sequence_match_final(internal) IS 'final function of sequence_match';
CREATE FUNCTION journey.sequence_count_final(internal) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.sequence_count_final(internal) IS 'final function of sequence_count';
CREATE FUNCTION journey.sequence_events_timestamptz_final(internal) RETURNS timestamptz[]
	AS 'MODULE_PATHNAME', 'sequence_events_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.sequence_events_timestamptz_final(internal) IS 'final function of sequence_events';
CREATE FUNCTION journey.sequence_events_timestamp_final(internal) RETURNS timestamp[]
	AS 'MODULE_PATHNAME', 'sequence_events_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.sequence_events_timestamp_final(internal) IS 'final function of sequence_events';
CREATE FUNCTION journey.sequence_events_date_final(internal) RETURNS date[]
	AS 'MODULE_PATHNAME', 'sequence_events_date' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.sequence_events_date_final(internal) IS 'final function of sequence_events';
CREATE FUNCTION journey.sequence_events_number_final(internal) RETURNS bigint[]
	AS 'MODULE_PATHNAME', 'sequence_events_number' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.sequence_events_number_final(internal) IS 'final function of sequence_events';

CREATE AGGREGATE journey.sequence_match(pattern text, at timestamptz, VARIADIC conditions "any") (
	SFUNC = journey.sequence_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.sequence_match_final,
	COMBINEFUNC = journey.sequence_combine,
	SERIALFUNC = journey.sequence_serialize,
	DESERIALFUNC = journey.sequence_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match(pattern text, at timestamptz, VARIADIC conditions "any") IS
$$Do one customer's rows match a pattern? In the syntax of ClickHouse's sequenceMatch: SELECT user_id, sequence_match('(?1).*(?t<=3600)(?2)', occurred_at, name = 'view_item', name = 'purchase') FROM events GROUP BY user_id.

- (?N): a row that fulfils condition N, numbered from 1 in the order of the arguments. `.`: any row. `.*`: any number of rows. What stand side by side are rows that follow each other directly. The match may begin and end anywhere.
- (?t<=3600), and likewise <, >=, >, ==, !=: a time gate. Any number of rows may pass, as with `.*`; the next row that (?N) or `.` takes must then lie that many seconds after the row that (?N) or `.` took last, whatever was skipped in between. Several gates between two rows must all hold. A gate before the first row or behind the last one is an error. == is exact to the microsecond: use date_trunc('second', occurred_at) to compare whole seconds.

Rows that fulfil none of the conditions are not seen at all, so directly means: among the rows that fulfil some condition. To see them, add a condition that they fulfil. Rows at the same time are in the order of the conditions they fulfil, read as a binary number (condition 1 is the lowest bit). Without a row that fulfils any condition the answer is false, whatever the pattern.

The conditions are 1 to 64 boolean expressions, or one boolean[] after VARIADIC; NULL is false. Rows whose time is NULL are skipped; an infinite time is an error. The pattern must not be NULL and must be the same for all rows of a group; it takes at most 65536 bytes and an automaton of 4096 states.

ClickHouse differs in two ways: there `.*` resets the point that gates measure from, and a search that takes too long is an error. Here it is an automaton, so the cost is at most the number of rows times the length of the pattern, without going back; rows that do not come sorted by time are sorted once. Memory: 16 bytes for each row that fulfils a condition, at most twice that while it grows; at most 60 million rows a customer. The answer does not depend on the order of the rows or the number of workers.$$;

CREATE AGGREGATE journey.sequence_match(pattern text, at timestamp, VARIADIC conditions "any") (
	SFUNC = journey.sequence_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.sequence_match_final,
	COMBINEFUNC = journey.sequence_combine,
	SERIALFUNC = journey.sequence_serialize,
	DESERIALFUNC = journey.sequence_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match(pattern text, at timestamp, VARIADIC conditions "any") IS
'sequence_match over rows whose time is a timestamp without time zone. All else as with timestamptz.';

CREATE AGGREGATE journey.sequence_match(pattern text, at date, VARIADIC conditions "any") (
	SFUNC = journey.sequence_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.sequence_match_final,
	COMBINEFUNC = journey.sequence_combine,
	SERIALFUNC = journey.sequence_serialize,
	DESERIALFUNC = journey.sequence_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match(pattern text, at date, VARIADIC conditions "any") IS
'sequence_match over rows whose time is a date; the numbers of time gates are days. All else as with timestamptz.';

CREATE AGGREGATE journey.sequence_match(pattern text, at bigint, VARIADIC conditions "any") (
	SFUNC = journey.sequence_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.sequence_match_final,
	COMBINEFUNC = journey.sequence_combine,
	SERIALFUNC = journey.sequence_serialize,
	DESERIALFUNC = journey.sequence_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match(pattern text, at bigint, VARIADIC conditions "any") IS
'sequence_match over rows whose time is a number; the numbers of time gates have its unit. All else as with timestamptz.';

CREATE AGGREGATE journey.sequence_count(pattern text, at timestamptz, VARIADIC conditions "any") (
	SFUNC = journey.sequence_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.sequence_count_final,
	COMBINEFUNC = journey.sequence_combine,
	SERIALFUNC = journey.sequence_serialize,
	DESERIALFUNC = journey.sequence_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_count(pattern text, at timestamptz, VARIADIC conditions "any") IS
'How many times do one customer''s rows match a pattern, without overlapping? The pattern and all else as for sequence_match. From left to right the match that ends first is counted, and the search goes on behind it; no other choice gives more. The pattern '''' or ''.*'' matches before every row: as many as there are rows that fulfil a condition. 0 where nothing matches.';

CREATE AGGREGATE journey.sequence_count(pattern text, at timestamp, VARIADIC conditions "any") (
	SFUNC = journey.sequence_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.sequence_count_final,
	COMBINEFUNC = journey.sequence_combine,
	SERIALFUNC = journey.sequence_serialize,
	DESERIALFUNC = journey.sequence_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_count(pattern text, at timestamp, VARIADIC conditions "any") IS
'sequence_count over rows whose time is a timestamp without time zone. All else as with timestamptz.';

CREATE AGGREGATE journey.sequence_count(pattern text, at date, VARIADIC conditions "any") (
	SFUNC = journey.sequence_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.sequence_count_final,
	COMBINEFUNC = journey.sequence_combine,
	SERIALFUNC = journey.sequence_serialize,
	DESERIALFUNC = journey.sequence_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_count(pattern text, at date, VARIADIC conditions "any") IS
'sequence_count over rows whose time is a date; the numbers of time gates are days. All else as with timestamptz.';

CREATE AGGREGATE journey.sequence_count(pattern text, at bigint, VARIADIC conditions "any") (
	SFUNC = journey.sequence_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.sequence_count_final,
	COMBINEFUNC = journey.sequence_combine,
	SERIALFUNC = journey.sequence_serialize,
	DESERIALFUNC = journey.sequence_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_count(pattern text, at bigint, VARIADIC conditions "any") IS
'sequence_count over rows whose time is a number; the numbers of time gates have its unit. All else as with timestamptz.';

CREATE AGGREGATE journey.sequence_events(pattern text, at timestamptz, VARIADIC conditions "any") (
	SFUNC = journey.sequence_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.sequence_events_timestamptz_final,
	COMBINEFUNC = journey.sequence_combine,
	SERIALFUNC = journey.sequence_serialize,
	DESERIALFUNC = journey.sequence_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_events(pattern text, at timestamptz, VARIADIC conditions "any") IS
'When did the rows of the pattern happen? The times of the rows of (?N) in the first match of sequence_match, in the order of the pattern: the match whose first time is the earliest, then its second, and so on. Where the whole pattern does not match, those of the longest beginning of it that does; so the number of elements says how far the customer came. An empty array where nothing matches. The pattern and all else as for sequence_match.';

CREATE AGGREGATE journey.sequence_events(pattern text, at timestamp, VARIADIC conditions "any") (
	SFUNC = journey.sequence_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.sequence_events_timestamp_final,
	COMBINEFUNC = journey.sequence_combine,
	SERIALFUNC = journey.sequence_serialize,
	DESERIALFUNC = journey.sequence_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_events(pattern text, at timestamp, VARIADIC conditions "any") IS
'sequence_events over rows whose time is a timestamp without time zone; so are the answers. All else as with timestamptz.';

CREATE AGGREGATE journey.sequence_events(pattern text, at date, VARIADIC conditions "any") (
	SFUNC = journey.sequence_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.sequence_events_date_final,
	COMBINEFUNC = journey.sequence_combine,
	SERIALFUNC = journey.sequence_serialize,
	DESERIALFUNC = journey.sequence_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_events(pattern text, at date, VARIADIC conditions "any") IS
'sequence_events over rows whose time is a date; the numbers of time gates are days; so are the answers. All else as with timestamptz.';

CREATE AGGREGATE journey.sequence_events(pattern text, at bigint, VARIADIC conditions "any") (
	SFUNC = journey.sequence_row,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = journey.sequence_events_number_final,
	COMBINEFUNC = journey.sequence_combine,
	SERIALFUNC = journey.sequence_serialize,
	DESERIALFUNC = journey.sequence_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_events(pattern text, at bigint, VARIADIC conditions "any") IS
'sequence_events over rows whose time is a number; the numbers of time gates have its unit, and so have the answers. All else as with timestamptz.';
