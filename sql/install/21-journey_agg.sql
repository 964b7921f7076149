\echo Use "CREATE EXTENSION journey" to load this file. \quit

-- Rows to journeys.

CREATE FUNCTION journey.journey_agg_row(internal, timestamptz, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.journey_agg_row(internal, timestamptz, text) IS 'transition function of journey_agg over rows';
CREATE FUNCTION journey.journey_agg_row(internal, timestamptz, text, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.journey_agg_row(internal, timestamptz, text, text) IS 'transition function of journey_agg over rows';
CREATE FUNCTION journey.journey_agg_row(internal, timestamptz, text, text, double precision) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.journey_agg_row(internal, timestamptz, text, text, double precision) IS 'transition function of journey_agg over rows';
CREATE FUNCTION journey.journey_agg_row(internal, timestamptz, text, text, double precision, bigint) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.journey_agg_row(internal, timestamptz, text, text, double precision, bigint) IS 'transition function of journey_agg over rows';

CREATE FUNCTION journey.journey_agg_journey(internal, journey.journey) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.journey_agg_journey(internal, journey.journey) IS 'transition function of journey_agg over journeys';
CREATE FUNCTION journey.journey_agg_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.journey_agg_combine(internal, internal) IS 'combine function of journey_agg';
CREATE FUNCTION journey.journey_agg_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.journey_agg_serialize(internal) IS 'serialization function of journey_agg';
CREATE FUNCTION journey.journey_agg_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.journey_agg_deserialize(bytea, internal) IS 'deserialization function of journey_agg';
CREATE FUNCTION journey.journey_agg_final(internal) RETURNS journey.journey
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.journey_agg_final(internal) IS 'final function of journey_agg';

CREATE AGGREGATE journey.journey_agg(at timestamptz, event text) (
	SFUNC = journey.journey_agg_row,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = journey.journey_agg_final,
	COMBINEFUNC = journey.journey_agg_combine,
	SERIALFUNC = journey.journey_agg_serialize,
	DESERIALFUNC = journey.journey_agg_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.journey_agg(at timestamptz, event text) IS
'One customer''s rows as a journey: SELECT user_id, journey_agg(occurred_at, name) FROM events GROUP BY user_id. Rows in which the time or the event is NULL are skipped; no rows left give NULL. Touchpoints at equal times are ordered by event, then channel, then value, so the answer never depends on the order of the rows. Infinite times, values that are not finite numbers, names over 1024 bytes and more than 10 million touchpoints are errors. Cost: linear for rows that come in time order, else one sort; memory 16 bytes a touchpoint, 8 more with values, 8 more with tiebreaks, at most twice that while it grows.';

CREATE AGGREGATE journey.journey_agg(at timestamptz, event text, channel text) (
	SFUNC = journey.journey_agg_row,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = journey.journey_agg_final,
	COMBINEFUNC = journey.journey_agg_combine,
	SERIALFUNC = journey.journey_agg_serialize,
	DESERIALFUNC = journey.journey_agg_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.journey_agg(at timestamptz, event text, channel text) IS
'journey_agg with the channel of each touchpoint; NULL is no channel.';

CREATE AGGREGATE journey.journey_agg(at timestamptz, event text, channel text, value double precision) (
	SFUNC = journey.journey_agg_row,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = journey.journey_agg_final,
	COMBINEFUNC = journey.journey_agg_combine,
	SERIALFUNC = journey.journey_agg_serialize,
	DESERIALFUNC = journey.journey_agg_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.journey_agg(at timestamptz, event text, channel text, value double precision) IS
'journey_agg with channel and value of each touchpoint; NULL is none.';

CREATE AGGREGATE journey.journey_agg(at timestamptz, event text, channel text, value double precision, tiebreak bigint) (
	SFUNC = journey.journey_agg_row,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = journey.journey_agg_final,
	COMBINEFUNC = journey.journey_agg_combine,
	SERIALFUNC = journey.journey_agg_serialize,
	DESERIALFUNC = journey.journey_agg_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.journey_agg(at timestamptz, event text, channel text, value double precision, tiebreak bigint) IS
'journey_agg with channel, value and a tiebreak: touchpoints at equal times are ordered by it (NULL last) before event, channel and value. An ever-growing row id keeps the order in which the events were recorded.';

CREATE AGGREGATE journey.journey_agg(j journey.journey) (
	SFUNC = journey.journey_agg_journey,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = journey.journey_agg_final,
	COMBINEFUNC = journey.journey_agg_combine,
	SERIALFUNC = journey.journey_agg_serialize,
	DESERIALFUNC = journey.journey_agg_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.journey_agg(j journey.journey) IS
'Journeys of one customer (of several devices, shops or months) as one journey. All touchpoints are kept. Touchpoints at one time keep their stored order where only one of the journeys has that time, else they are ordered by event, channel and value; so the answer does not depend on the order of the rows. NULL journeys are skipped; NULL if there are no others.';

CREATE FUNCTION journey.journey_concat(journey.journey, journey.journey) RETURNS journey.journey
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.journey_concat(journey.journey, journey.journey) IS 'implementation of the || operator of journey';
CREATE OPERATOR journey.|| (
	LEFTARG = journey.journey, RIGHTARG = journey.journey,
	FUNCTION = journey.journey_concat,
	COMMUTATOR = OPERATOR(journey.||)
);
COMMENT ON OPERATOR journey.|| (journey.journey, journey.journey) IS
'both journeys as one, sorted by time; every touchpoint is kept, equal ones too';
