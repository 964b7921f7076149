\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- matcher: a condition on one touchpoint
--

CREATE TYPE journey.matcher;

CREATE FUNCTION journey.matcher_in(cstring) RETURNS journey.matcher
	AS 'MODULE_PATHNAME', 'matcher_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.matcher_in(cstring) IS
$$Reads the literal of a matcher. An error says at which character it is wrong and what was expected there.$$;

CREATE FUNCTION journey.matcher_out(journey.matcher) RETURNS cstring
	AS 'MODULE_PATHNAME', 'matcher_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.matcher_out(journey.matcher) IS
$$Prints a matcher as a literal that reads back to the same value.$$;

CREATE FUNCTION journey.matcher_recv(internal) RETURNS journey.matcher
	AS 'MODULE_PATHNAME', 'matcher_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.matcher_recv(internal) IS
$$Reads the binary form of a matcher: a version byte and the literal.$$;

CREATE FUNCTION journey.matcher_send(journey.matcher) RETURNS bytea
	AS 'MODULE_PATHNAME', 'matcher_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.matcher_send(journey.matcher) IS
$$Gives the binary form of a matcher: a version byte and the literal.$$;

CREATE TYPE journey.matcher (
	INPUT = journey.matcher_in,
	OUTPUT = journey.matcher_out,
	RECEIVE = journey.matcher_recv,
	SEND = journey.matcher_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended,
	CATEGORY = 'U'
);
COMMENT ON TYPE journey.matcher IS
$$A condition on one touchpoint, the small language that steps, rules and patterns share. view_item fits that event with any detail (view_item and view_item/shoes), page_view/product fits exactly that detail, view_* has a wildcard (* stands for any characters), "Order Completed" in double quotes fits exactly this text (a double quote inside is written twice) (and "Order Completed"/* with any detail), * alone fits any touchpoint. name@email asks for a channel, @* for any channel; purchase>=100 asks for a value (=, <>, !=, <, <=, >, >=); a touchpoint without a channel or value fits no condition on it. Alternatives are joined by |, at most 1024 of them. Names have at most 1024 bytes; without quotes they may hold letters, digits, _ : $ / and single . or - between those.$$;

--
-- Comparison
--

CREATE FUNCTION journey.matcher_cmp(journey.matcher, journey.matcher) RETURNS integer
	AS 'MODULE_PATHNAME', 'matcher_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.matcher_cmp(journey.matcher, journey.matcher) IS
$$Negative, zero or positive as the first matcher sorts before, with or after the second. Equal matchers have the same literal; the order means nothing else.$$;

CREATE FUNCTION journey.matcher_lt(journey.matcher, journey.matcher) RETURNS boolean
	AS 'MODULE_PATHNAME', 'matcher_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.matcher_lt(journey.matcher, journey.matcher) IS
$$Implementation of the operator <.$$;

CREATE FUNCTION journey.matcher_le(journey.matcher, journey.matcher) RETURNS boolean
	AS 'MODULE_PATHNAME', 'matcher_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.matcher_le(journey.matcher, journey.matcher) IS
$$Implementation of the operator <=.$$;

CREATE FUNCTION journey.matcher_eq(journey.matcher, journey.matcher) RETURNS boolean
	AS 'MODULE_PATHNAME', 'matcher_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.matcher_eq(journey.matcher, journey.matcher) IS
$$Implementation of the operator =.$$;

CREATE FUNCTION journey.matcher_ne(journey.matcher, journey.matcher) RETURNS boolean
	AS 'MODULE_PATHNAME', 'matcher_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.matcher_ne(journey.matcher, journey.matcher) IS
$$Implementation of the operator <>.$$;

CREATE FUNCTION journey.matcher_ge(journey.matcher, journey.matcher) RETURNS boolean
	AS 'MODULE_PATHNAME', 'matcher_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.matcher_ge(journey.matcher, journey.matcher) IS
$$Implementation of the operator >=.$$;

CREATE FUNCTION journey.matcher_gt(journey.matcher, journey.matcher) RETURNS boolean
	AS 'MODULE_PATHNAME', 'matcher_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.matcher_gt(journey.matcher, journey.matcher) IS
$$Implementation of the operator >.$$;

CREATE FUNCTION journey.matcher_hash(journey.matcher) RETURNS integer
	AS 'MODULE_PATHNAME', 'matcher_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.matcher_hash(journey.matcher) IS
$$Hash of a matcher, for hash joins, hash aggregation and hash indexes.$$;

CREATE FUNCTION journey.matcher_hash_extended(journey.matcher, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'matcher_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.matcher_hash_extended(journey.matcher, bigint) IS
$$Hash of a matcher with a seed, for hash partitioning.$$;

CREATE OPERATOR journey.< (
	LEFTARG = journey.matcher, RIGHTARG = journey.matcher, FUNCTION = journey.matcher_lt,
	COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
COMMENT ON OPERATOR journey.< (journey.matcher, journey.matcher) IS
$$Does the left matcher sort before the right one?$$;

CREATE OPERATOR journey.<= (
	LEFTARG = journey.matcher, RIGHTARG = journey.matcher, FUNCTION = journey.matcher_le,
	COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
COMMENT ON OPERATOR journey.<= (journey.matcher, journey.matcher) IS
$$Does the left matcher sort before the right one, or are they equal?$$;

CREATE OPERATOR journey.= (
	LEFTARG = journey.matcher, RIGHTARG = journey.matcher, FUNCTION = journey.matcher_eq,
	COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR journey.= (journey.matcher, journey.matcher) IS
$$Do both matchers have the same literal, apart from blanks?$$;

CREATE OPERATOR journey.<> (
	LEFTARG = journey.matcher, RIGHTARG = journey.matcher, FUNCTION = journey.matcher_ne,
	COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
	RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR journey.<> (journey.matcher, journey.matcher) IS
$$Do the matchers differ?$$;

CREATE OPERATOR journey.>= (
	LEFTARG = journey.matcher, RIGHTARG = journey.matcher, FUNCTION = journey.matcher_ge,
	COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR journey.>= (journey.matcher, journey.matcher) IS
$$Does the left matcher sort after the right one, or are they equal?$$;

CREATE OPERATOR journey.> (
	LEFTARG = journey.matcher, RIGHTARG = journey.matcher, FUNCTION = journey.matcher_gt,
	COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
COMMENT ON OPERATOR journey.> (journey.matcher, journey.matcher) IS
$$Does the left matcher sort after the right one?$$;

CREATE OPERATOR CLASS journey.matcher_ops DEFAULT FOR TYPE journey.matcher USING btree AS
	OPERATOR 1 journey.<,
	OPERATOR 2 journey.<=,
	OPERATOR 3 journey.=,
	OPERATOR 4 journey.>=,
	OPERATOR 5 journey.>,
	FUNCTION 1 journey.matcher_cmp(journey.matcher, journey.matcher);
COMMENT ON OPERATOR CLASS journey.matcher_ops USING btree IS
$$Order of matchers, for sorting, DISTINCT and unique indexes.$$;
COMMENT ON OPERATOR FAMILY journey.matcher_ops USING btree IS
$$Order of matchers.$$;

CREATE OPERATOR CLASS journey.matcher_ops DEFAULT FOR TYPE journey.matcher USING hash AS
	OPERATOR 1 journey.=,
	FUNCTION 1 journey.matcher_hash(journey.matcher),
	FUNCTION 2 journey.matcher_hash_extended(journey.matcher, bigint);
COMMENT ON OPERATOR CLASS journey.matcher_ops USING hash IS
$$Equality of matchers, for hash joins, hash aggregation and hash partitioning.$$;
COMMENT ON OPERATOR FAMILY journey.matcher_ops USING hash IS
$$Equality of matchers.$$;

--
-- Casts: text and text[] are taken wherever a matcher or matcher[] is wanted
--

CREATE CAST (text AS journey.matcher) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (text AS journey.matcher) IS
$$Text is read as the literal of a matcher, so that ARRAY['view_item', 'purchase'] can be given where steps are wanted.$$;

CREATE CAST (varchar AS journey.matcher) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (varchar AS journey.matcher) IS
$$Text is read as the literal of a matcher.$$;

--
-- Raw rows
--

CREATE FUNCTION journey.matches(
	m journey.matcher,
	event text,
	channel text DEFAULT NULL,
	value double precision DEFAULT NULL
) RETURNS boolean
	AS 'MODULE_PATHNAME', 'matcher_matches' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.matches(journey.matcher, text, text, double precision) IS
$$Does a row of an events table fit the matcher? m is the condition, event the name of the event, channel its channel and value its value; NULL (or NaN as value) says that the row has none, and then a condition on it is not met. NULL if m or event is NULL. An event or channel of more than 1024 bytes is an error, as in a journey. Use it to try a matcher on raw rows: SELECT * FROM events WHERE journey.matches('view_*@email', name, utm_source).$$;
