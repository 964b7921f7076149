\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- pattern: a sequence of touchpoints
--

CREATE TYPE journey.pattern;

CREATE FUNCTION journey.pattern_in(cstring) RETURNS journey.pattern
	AS 'MODULE_PATHNAME', 'pattern_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pattern_in(cstring) IS
$$Reads the literal of a pattern. An error says at which character it is wrong and what was expected there.$$;

CREATE FUNCTION journey.pattern_out(journey.pattern) RETURNS cstring
	AS 'MODULE_PATHNAME', 'pattern_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pattern_out(journey.pattern) IS
$$Prints a pattern as a literal that reads back to the same value.$$;

CREATE FUNCTION journey.pattern_recv(internal) RETURNS journey.pattern
	AS 'MODULE_PATHNAME', 'pattern_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pattern_recv(internal) IS
$$Reads the binary form of a pattern: a version byte and the literal.$$;

CREATE FUNCTION journey.pattern_send(journey.pattern) RETURNS bytea
	AS 'MODULE_PATHNAME', 'pattern_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pattern_send(journey.pattern) IS
$$Gives the binary form of a pattern: a version byte and the literal.$$;

CREATE TYPE journey.pattern (
	INPUT = journey.pattern_in,
	OUTPUT = journey.pattern_out,
	RECEIVE = journey.pattern_recv,
	SEND = journey.pattern_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended,
	CATEGORY = 'U'
);
COMMENT ON TYPE journey.pattern IS
$$A sequence of touchpoints to look for in a journey. An element is a matcher's term, purchase, page_view/product, "Order Completed", purchase@email, purchase>=100, or in brackets any matcher: [add_to_cart|begin_checkout], [view_*@email]; [^refund] is any touchpoint that does not fit, . any touchpoint. Elements side by side fit touchpoints that follow each other directly; .* between them lets anything happen in between, [^refund]* anything but refunds. (a b) groups, a|b is one or the other, * is any number of times, + at least once, ? at most once, {3}, {2,} and {2,5} count. ^ stands before the first touchpoint of the journey, $ behind the last; without them a match may begin and end anywhere. A time gate between two elements, (?<=1h) or (?>=10m), compares the time since the last touchpoint that a term or a [matcher] fitted (touchpoints that . and [^...] skip do not count) with the next one: a .* (?<=1h) b is a, and within an hour of it b. Comparisons are <, <=, >, >= and ==, units us, ms, s, m, h, d (24 hours) and w; gates in a row must all hold. Touchpoints at the same time stand in stored order.
A literal of more than 64 kB, more than 4,096 states once counted repetitions are written out, and more than 250 groups inside each other are errors, and so is a gate behind which nothing can come. Matching takes time linear in the touchpoints, for (a*)*b too: there is no backtracking. One kind of pattern costs more, up to the square of them, and can be cancelled at any time: parts that let touchpoints pass in different strides, such as (. .)* and (. . .)*, and come together before gates of which one is an upper and one a lower bound.$$;

--
-- Comparison
--

CREATE FUNCTION journey.pattern_cmp(journey.pattern, journey.pattern) RETURNS integer
	AS 'MODULE_PATHNAME', 'pattern_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pattern_cmp(journey.pattern, journey.pattern) IS
$$Negative, zero or positive as the first pattern sorts before, with or after the second. Equal patterns have the same literal; the order means nothing else.$$;

CREATE FUNCTION journey.pattern_lt(journey.pattern, journey.pattern) RETURNS boolean
	AS 'MODULE_PATHNAME', 'pattern_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pattern_lt(journey.pattern, journey.pattern) IS
$$Implementation of the operator <.$$;

CREATE FUNCTION journey.pattern_le(journey.pattern, journey.pattern) RETURNS boolean
	AS 'MODULE_PATHNAME', 'pattern_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pattern_le(journey.pattern, journey.pattern) IS
$$Implementation of the operator <=.$$;

CREATE FUNCTION journey.pattern_eq(journey.pattern, journey.pattern) RETURNS boolean
	AS 'MODULE_PATHNAME', 'pattern_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pattern_eq(journey.pattern, journey.pattern) IS
$$Implementation of the operator =.$$;

CREATE FUNCTION journey.pattern_ne(journey.pattern, journey.pattern) RETURNS boolean
	AS 'MODULE_PATHNAME', 'pattern_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pattern_ne(journey.pattern, journey.pattern) IS
$$Implementation of the operator <>.$$;

CREATE FUNCTION journey.pattern_ge(journey.pattern, journey.pattern) RETURNS boolean
	AS 'MODULE_PATHNAME', 'pattern_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pattern_ge(journey.pattern, journey.pattern) IS
$$Implementation of the operator >=.$$;

CREATE FUNCTION journey.pattern_gt(journey.pattern, journey.pattern) RETURNS boolean
	AS 'MODULE_PATHNAME', 'pattern_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pattern_gt(journey.pattern, journey.pattern) IS
$$Implementation of the operator >.$$;

CREATE FUNCTION journey.pattern_hash(journey.pattern) RETURNS integer
	AS 'MODULE_PATHNAME', 'pattern_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pattern_hash(journey.pattern) IS
$$Hash of a pattern, for hash joins, hash aggregation and hash indexes.$$;

CREATE FUNCTION journey.pattern_hash_extended(journey.pattern, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'pattern_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pattern_hash_extended(journey.pattern, bigint) IS
$$Hash of a pattern with a seed, for hash partitioning.$$;

CREATE OPERATOR journey.< (
	LEFTARG = journey.pattern, RIGHTARG = journey.pattern, FUNCTION = journey.pattern_lt,
	COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
COMMENT ON OPERATOR journey.< (journey.pattern, journey.pattern) IS
$$Does the left pattern sort before the right one?$$;

CREATE OPERATOR journey.<= (
	LEFTARG = journey.pattern, RIGHTARG = journey.pattern, FUNCTION = journey.pattern_le,
	COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
COMMENT ON OPERATOR journey.<= (journey.pattern, journey.pattern) IS
$$Does the left pattern sort before the right one, or are they equal?$$;

CREATE OPERATOR journey.= (
	LEFTARG = journey.pattern, RIGHTARG = journey.pattern, FUNCTION = journey.pattern_eq,
	COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR journey.= (journey.pattern, journey.pattern) IS
$$Do both patterns have the same literal, apart from blanks?$$;

CREATE OPERATOR journey.<> (
	LEFTARG = journey.pattern, RIGHTARG = journey.pattern, FUNCTION = journey.pattern_ne,
	COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
	RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR journey.<> (journey.pattern, journey.pattern) IS
$$Do the patterns differ?$$;

CREATE OPERATOR journey.>= (
	LEFTARG = journey.pattern, RIGHTARG = journey.pattern, FUNCTION = journey.pattern_ge,
	COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR journey.>= (journey.pattern, journey.pattern) IS
$$Does the left pattern sort after the right one, or are they equal?$$;

CREATE OPERATOR journey.> (
	LEFTARG = journey.pattern, RIGHTARG = journey.pattern, FUNCTION = journey.pattern_gt,
	COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
COMMENT ON OPERATOR journey.> (journey.pattern, journey.pattern) IS
$$Does the left pattern sort after the right one?$$;

CREATE OPERATOR CLASS journey.pattern_ops DEFAULT FOR TYPE journey.pattern USING btree AS
	OPERATOR 1 journey.<,
	OPERATOR 2 journey.<=,
	OPERATOR 3 journey.=,
	OPERATOR 4 journey.>=,
	OPERATOR 5 journey.>,
	FUNCTION 1 journey.pattern_cmp(journey.pattern, journey.pattern);
COMMENT ON OPERATOR CLASS journey.pattern_ops USING btree IS
$$Order of patterns, for sorting, DISTINCT and unique indexes.$$;
COMMENT ON OPERATOR FAMILY journey.pattern_ops USING btree IS
$$Order of patterns.$$;

CREATE OPERATOR CLASS journey.pattern_ops DEFAULT FOR TYPE journey.pattern USING hash AS
	OPERATOR 1 journey.=,
	FUNCTION 1 journey.pattern_hash(journey.pattern),
	FUNCTION 2 journey.pattern_hash_extended(journey.pattern, bigint);
COMMENT ON OPERATOR CLASS journey.pattern_ops USING hash IS
$$Equality of patterns, for hash joins, hash aggregation and hash partitioning.$$;
COMMENT ON OPERATOR FAMILY journey.pattern_ops USING hash IS
$$Equality of patterns.$$;

--
-- Casts: text is taken wherever a pattern is wanted
--

CREATE CAST (text AS journey.pattern) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (text AS journey.pattern) IS
$$Text is read as the literal of a pattern.$$;

CREATE CAST (varchar AS journey.pattern) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (varchar AS journey.pattern) IS
$$Text is read as the literal of a pattern.$$;

--
-- One journey
--

CREATE FUNCTION journey.journey_fits_pattern(journey.journey, journey.pattern) RETURNS boolean
	AS 'MODULE_PATHNAME', 'journey_fits_pattern' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.journey_fits_pattern(journey.journey, journey.pattern) IS
$$Implementation of the operator ~.$$;

CREATE FUNCTION journey.journey_fits_no_pattern(journey.journey, journey.pattern) RETURNS boolean
	AS 'MODULE_PATHNAME', 'journey_fits_no_pattern' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.journey_fits_no_pattern(journey.journey, journey.pattern) IS
$$Implementation of the operator !~.$$;

CREATE OPERATOR journey.~ (
	LEFTARG = journey.journey, RIGHTARG = journey.pattern, FUNCTION = journey.journey_fits_pattern,
	NEGATOR = OPERATOR(journey.!~),
	RESTRICT = matchingsel, JOIN = matchingjoinsel);
COMMENT ON OPERATOR journey.~ (journey.journey, journey.pattern) IS
$$Does the pattern match somewhere in the journey? j ~ 'view_item .* [^refund]* (?<=7d) purchase'. One pass over the touchpoints at most, linear in their number. A pattern that needs nothing, such as a*, matches every journey, the empty one too. A GIN index on the column is used if the pattern cannot match without certain events.$$;

CREATE OPERATOR journey.!~ (
	LEFTARG = journey.journey, RIGHTARG = journey.pattern, FUNCTION = journey.journey_fits_no_pattern,
	NEGATOR = OPERATOR(journey.~),
	RESTRICT = matchingsel, JOIN = matchingjoinsel);
COMMENT ON OPERATOR journey.!~ (journey.journey, journey.pattern) IS
$$Does the pattern match nowhere in the journey? The opposite of ~.$$;

CREATE FUNCTION journey.pattern_count(
	journey journey.journey,
	pattern journey.pattern,
	overlapping boolean DEFAULT false
) RETURNS integer
	AS 'MODULE_PATHNAME', 'journey_pattern_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.pattern_count(journey.journey, journey.pattern, boolean) IS
$$How often does the pattern match in the journey? Matches do not overlap: from left to right the one that is complete first, then again behind it, which is the largest number there can be. With overlapping => true: at how many touchpoints some match begins, so 'a .* b' in a a b counts 1 without and 2 with it. A pattern that can match nothing, such as a*, does so before each touchpoint, and once in the empty journey. 0 where j ~ pattern is false. Linear in the touchpoints.$$;

CREATE TYPE journey.pattern_match AS (
	match_no integer,
	first_n integer,
	last_n integer,
	first_at timestamptz,
	last_at timestamptz,
	positions integer[],
	times timestamptz[],
	events text[]
);
COMMENT ON TYPE journey.pattern_match IS
$$One place where a pattern matches in a journey.$$;
COMMENT ON COLUMN journey.pattern_match.match_no IS 'number of the match among all of the journey, from 1';
COMMENT ON COLUMN journey.pattern_match.first_n IS 'number of its first touchpoint in the journey, from 1; of a match of nothing: of the touchpoint it stands before';
COMMENT ON COLUMN journey.pattern_match.last_n IS 'number of its last touchpoint; of a match of nothing: first_n - 1';
COMMENT ON COLUMN journey.pattern_match.first_at IS 'when it began; NULL for a match of nothing';
COMMENT ON COLUMN journey.pattern_match.last_at IS 'when it was complete; NULL for a match of nothing';
COMMENT ON COLUMN journey.pattern_match.positions IS 'numbers of the touchpoints that its terms and [matchers] fitted, in order; those that . and [^...] let pass are not among them';
COMMENT ON COLUMN journey.pattern_match.times IS 'when those happened';
COMMENT ON COLUMN journey.pattern_match.events IS 'and what they were, with their details';

CREATE FUNCTION journey.pattern_matches(
	journey journey.journey,
	pattern journey.pattern,
	which text DEFAULT 'all'
) RETURNS SETOF journey.pattern_match
	AS 'MODULE_PATHNAME', 'journey_pattern_matches' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200 ROWS 3;
COMMENT ON FUNCTION journey.pattern_matches(journey.journey, journey.pattern, text) IS
$$Where does the pattern match in the journey? A row for each match that pattern_count counts, in order; which => 'first' or 'last' gives only that one of them. Of the matches that could be reported it is the one that is complete first; among those the one that begins last; its touchpoints are each as early as possible, the first one first. So a match is no longer than it must be: of three view_item before a purchase, view_item+ purchase reports the last one. The row has the first and last touchpoint with their times, and numbers, times and events of those that the pattern names. No row if nothing matches or an argument is NULL. Another word than all, first and last is an error. Linear in the touchpoints for one match; all of them cost one pass forward, and for each the way back over it.$$;

CREATE FUNCTION journey.nodes_after(
	journey journey.journey,
	pattern journey.pattern,
	n integer DEFAULT 1,
	which text DEFAULT 'all'
) RETURNS text[]
	AS 'MODULE_PATHNAME', 'journey_nodes_after' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.nodes_after(journey.journey, journey.pattern, integer, text) IS
$$What did the customer do after this chain? One element for each match of pattern_matches, in order: the event of the n-th touchpoint behind the last of the match, NULL where the journey ends before. SELECT node, count(*) FROM shop.journeys, unnest(journey.nodes_after(journey, 'view_item add_to_cart')) AS node GROUP BY node counts the next steps of all customers, those who left among them as NULL. which => 'first' or 'last' asks one match only; a chain from the very first touchpoint is written with ^. An empty array if nothing matches, NULL if an argument is. n below 1 is an error.$$;

CREATE FUNCTION journey.nodes_before(
	journey journey.journey,
	pattern journey.pattern,
	n integer DEFAULT 1,
	which text DEFAULT 'all'
) RETURNS text[]
	AS 'MODULE_PATHNAME', 'journey_nodes_before' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.nodes_before(journey.journey, journey.pattern, integer, text) IS
$$What did the customer do before this chain? One element for each match of pattern_matches, in order: the event of the n-th touchpoint before the first of the match, NULL where the journey begins behind it. Options as in nodes_after; a chain that ends the journey is written with $.$$;
