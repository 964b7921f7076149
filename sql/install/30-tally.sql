\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- tally: the state of an aggregate over customers, as a value
--

CREATE TYPE journey.tally;

CREATE FUNCTION journey.tally_in(cstring) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'tally_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_in(cstring) IS
$$Reads the JSON text of a tally. Every field and number is checked; an error names the row and what is wrong with it.$$;

CREATE FUNCTION journey.tally_out(journey.tally) RETURNS cstring
	AS 'MODULE_PATHNAME', 'tally_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_out(journey.tally) IS
$$Prints a tally as JSON text in its canonical order, which reads back to the same value.$$;

CREATE FUNCTION journey.tally_recv(internal) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'tally_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_recv(internal) IS
$$Reads the binary form of a tally. Every field is checked.$$;

CREATE FUNCTION journey.tally_send(journey.tally) RETURNS bytea
	AS 'MODULE_PATHNAME', 'tally_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_send(journey.tally) IS
$$Gives the binary form of a tally: version, kind, parameters, labels in the client's encoding, rows.$$;

CREATE TYPE journey.tally (
	INPUT = journey.tally_in,
	OUTPUT = journey.tally_out,
	RECEIVE = journey.tally_recv,
	SEND = journey.tally_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended,
	CATEGORY = 'U'
);
COMMENT ON TYPE journey.tally IS
$$What an aggregate over customers has counted so far, as a value that can be stored, sent and added up later: funnel_tally, transition_tally and retention_tally make one, rollup adds up the tallies of days, shards or regions, and funnel_steps, transition_rows and retention_rows read the answer from it. A tally counts by labels or numbers and keeps durations in logarithmic buckets, 64 to each doubling, so that percentiles read from it are within 1 % of the exact ones whatever the order of adding. Its text is JSON: {"tally": kind, "version": 1, "params": [...], "labels": [...], "rows": [{"keys": [...], "counters": [...], "durations": [[bucket, count], ...]}, ...]}; keys that are labels are positions in "labels" counted from 0, -1 and -2 stand for the start and the end of a journey. Equal tallies have equal text and equal bytes. A tally holds at most 65535 labels and 512 MB.$$;

CREATE FUNCTION journey.tally_to_jsonb(journey.tally) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'tally_to_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_to_jsonb(journey.tally) IS
$$The JSON form of a tally, the same as its text. NULL for NULL. Also as a cast: x::jsonb.$$;

CREATE CAST (journey.tally AS jsonb) WITH FUNCTION journey.tally_to_jsonb(journey.tally);
COMMENT ON CAST (journey.tally AS jsonb) IS
$$The JSON form of a tally.$$;

--
-- Adding up
--

CREATE FUNCTION journey.tally_combine(state journey.tally, added journey.tally) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'tally_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.tally_combine(journey.tally, journey.tally) IS
$$Adds one tally to another; the combine function of every aggregate whose state is a tally. Use rollup to add up tallies, it answers in the canonical form.$$;

CREATE FUNCTION journey.tally_final(state journey.tally) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'tally_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.tally_final(journey.tally) IS
$$The canonical form of a tally: ordered, without spare room. Final function of the aggregates that answer with a tally.$$;

CREATE AGGREGATE journey.rollup(tally journey.tally) (
	SFUNC = journey.tally_combine,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.tally) IS
$$Adds up tallies, for example of single days to that of a month: counters and histograms are summed, so the answer is that of one aggregate over all the customers of the parts, in any order. It counts what the parts counted: a customer who is in two parts counts in both. NULL tallies are skipped; NULL without any. Tallies of different kinds, or of the same kind with different parameters (another number of funnel steps, another period), are an error, and so is a sum past 512 MB or past the range of bigint.$$;

--
-- Comparison
--

CREATE FUNCTION journey.tally_cmp(journey.tally, journey.tally) RETURNS integer
	AS 'MODULE_PATHNAME', 'tally_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_cmp(journey.tally, journey.tally) IS
$$Negative, zero or positive as the first tally sorts before, with or after the second. The order is that of the canonical bytes: it serves indexes and DISTINCT and means nothing else.$$;

CREATE FUNCTION journey.tally_lt(journey.tally, journey.tally) RETURNS boolean
	AS 'MODULE_PATHNAME', 'tally_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_lt(journey.tally, journey.tally) IS
$$Implementation of the operator <.$$;

CREATE FUNCTION journey.tally_le(journey.tally, journey.tally) RETURNS boolean
	AS 'MODULE_PATHNAME', 'tally_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_le(journey.tally, journey.tally) IS
$$Implementation of the operator <=.$$;

CREATE FUNCTION journey.tally_eq(journey.tally, journey.tally) RETURNS boolean
	AS 'MODULE_PATHNAME', 'tally_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_eq(journey.tally, journey.tally) IS
$$Implementation of the operator =.$$;

CREATE FUNCTION journey.tally_ne(journey.tally, journey.tally) RETURNS boolean
	AS 'MODULE_PATHNAME', 'tally_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_ne(journey.tally, journey.tally) IS
$$Implementation of the operator <>.$$;

CREATE FUNCTION journey.tally_ge(journey.tally, journey.tally) RETURNS boolean
	AS 'MODULE_PATHNAME', 'tally_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_ge(journey.tally, journey.tally) IS
$$Implementation of the operator >=.$$;

CREATE FUNCTION journey.tally_gt(journey.tally, journey.tally) RETURNS boolean
	AS 'MODULE_PATHNAME', 'tally_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_gt(journey.tally, journey.tally) IS
$$Implementation of the operator >.$$;

CREATE FUNCTION journey.tally_hash(journey.tally) RETURNS integer
	AS 'MODULE_PATHNAME', 'tally_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_hash(journey.tally) IS
$$Hash of a tally, for hash joins, hash aggregation and hash indexes.$$;

CREATE FUNCTION journey.tally_hash_extended(journey.tally, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'tally_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.tally_hash_extended(journey.tally, bigint) IS
$$Hash of a tally with a seed, for hash partitioning.$$;

CREATE OPERATOR journey.< (
	LEFTARG = journey.tally, RIGHTARG = journey.tally, FUNCTION = journey.tally_lt,
	COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
COMMENT ON OPERATOR journey.< (journey.tally, journey.tally) IS
$$Does the left tally sort before the right one?$$;

CREATE OPERATOR journey.<= (
	LEFTARG = journey.tally, RIGHTARG = journey.tally, FUNCTION = journey.tally_le,
	COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
COMMENT ON OPERATOR journey.<= (journey.tally, journey.tally) IS
$$Does the left tally sort before the right one, or are they equal?$$;

CREATE OPERATOR journey.= (
	LEFTARG = journey.tally, RIGHTARG = journey.tally, FUNCTION = journey.tally_eq,
	COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR journey.= (journey.tally, journey.tally) IS
$$Have both tallies the same kind, parameters and counts?$$;

CREATE OPERATOR journey.<> (
	LEFTARG = journey.tally, RIGHTARG = journey.tally, FUNCTION = journey.tally_ne,
	COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
	RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR journey.<> (journey.tally, journey.tally) IS
$$Do the tallies differ?$$;

CREATE OPERATOR journey.>= (
	LEFTARG = journey.tally, RIGHTARG = journey.tally, FUNCTION = journey.tally_ge,
	COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR journey.>= (journey.tally, journey.tally) IS
$$Does the left tally sort after the right one, or are they equal?$$;

CREATE OPERATOR journey.> (
	LEFTARG = journey.tally, RIGHTARG = journey.tally, FUNCTION = journey.tally_gt,
	COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
COMMENT ON OPERATOR journey.> (journey.tally, journey.tally) IS
$$Does the left tally sort after the right one?$$;

CREATE OPERATOR CLASS journey.tally_ops DEFAULT FOR TYPE journey.tally USING btree AS
	OPERATOR 1 journey.<,
	OPERATOR 2 journey.<=,
	OPERATOR 3 journey.=,
	OPERATOR 4 journey.>=,
	OPERATOR 5 journey.>,
	FUNCTION 1 journey.tally_cmp(journey.tally, journey.tally);
COMMENT ON OPERATOR CLASS journey.tally_ops USING btree IS
$$Order of tallies, for sorting, DISTINCT and unique indexes.$$;
COMMENT ON OPERATOR FAMILY journey.tally_ops USING btree IS
$$Order of tallies.$$;

CREATE OPERATOR CLASS journey.tally_ops DEFAULT FOR TYPE journey.tally USING hash AS
	OPERATOR 1 journey.=,
	FUNCTION 1 journey.tally_hash(journey.tally),
	FUNCTION 2 journey.tally_hash_extended(journey.tally, bigint);
COMMENT ON OPERATOR CLASS journey.tally_ops USING hash IS
$$Equality of tallies, for hash joins, hash aggregation and hash partitioning.$$;
COMMENT ON OPERATOR FAMILY journey.tally_ops USING hash IS
$$Equality of tallies.$$;
