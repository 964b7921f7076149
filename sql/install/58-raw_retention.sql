\echo Use "CREATE EXTENSION journey" to load this file. \quit

-- retention over raw rows.

CREATE FUNCTION journey.raw_retention_row(internal, VARIADIC "any") RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.raw_retention_row(internal, VARIADIC "any") IS 'transition function of retention';
CREATE FUNCTION journey.raw_retention_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.raw_retention_combine(internal, internal) IS 'combine function of retention';
CREATE FUNCTION journey.raw_retention_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.raw_retention_serialize(internal) IS 'serialization function of retention';
CREATE FUNCTION journey.raw_retention_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.raw_retention_deserialize(bytea, internal) IS 'deserialization function of retention';
CREATE FUNCTION journey.raw_retention_final(internal, VARIADIC "any") RETURNS boolean[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.raw_retention_final(internal, VARIADIC "any") IS 'final function of retention';

CREATE AGGREGATE journey.retention(VARIADIC conditions "any") (
	SFUNC = journey.raw_retention_row,
	STYPE = internal,
	SSPACE = 16,
	FINALFUNC = journey.raw_retention_final,
	FINALFUNC_EXTRA,
	COMBINEFUNC = journey.raw_retention_combine,
	SERIALFUNC = journey.raw_retention_serialize,
	DESERIALFUNC = journey.raw_retention_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention(VARIADIC conditions "any") IS
$$Which of the conditions held in any of one customer's rows, counted only if the first one did? One element a condition: the first is whether condition 1 held, each other one whether both condition 1 and that condition held, in whatever rows: SELECT user_id, retention(day = '2026-01-01', day = '2026-01-02', day = '2026-01-08') FROM visits GROUP BY user_id. The order of the rows in time does not matter, so a customer who was active BEFORE the first condition held counts too; for retention over time see activity and retention_agg.

The conditions are 1 to 64 boolean expressions, or one boolean[] after VARIADIC; NULL is false. Without rows all elements are false (with VARIADIC the answer is NULL, as the number of conditions is not known). This is what retention of ClickHouse, Doris and StarRocks answers. Cost: constant for each row; memory 16 bytes a customer.$$;
