\echo Use "CREATE EXTENSION journey" to load this file. \quit

-- The type journey: one customer's whole history as one value.

CREATE TYPE journey.journey;

CREATE FUNCTION journey.journey_in(cstring) RETURNS journey.journey
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_in(cstring) IS 'input function of type journey';

CREATE FUNCTION journey.journey_out(journey.journey) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_out(journey.journey) IS 'output function of type journey';

CREATE FUNCTION journey.journey_recv(internal) RETURNS journey.journey
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_recv(internal) IS 'binary input function of type journey';

CREATE FUNCTION journey.journey_send(journey.journey) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_send(journey.journey) IS 'binary output function of type journey';

CREATE TYPE journey.journey (
	INPUT = journey.journey_in,
	OUTPUT = journey.journey_out,
	RECEIVE = journey.journey_recv,
	SEND = journey.journey_send,
	ALIGNMENT = int4,
	STORAGE = extended,
	CATEGORY = 'U'
);
COMMENT ON TYPE journey.journey IS
'One customer''s touchpoints, sorted by time: each with a time, an event, an optional channel and an optional value.
Literal: [2026-01-02 10:00:00+00 view_item @email, 2026-01-02 10:05:00+00 purchase =49.9]. Times are exact to the microsecond; a time without an offset is UTC. Names with blanks or signs stand in double quotes. Input need not be sorted; touchpoints at equal times keep the order they are written in.
Limits: 10 million touchpoints, 1024 bytes an event or channel name, 65,535 different names. Infinite times and values that are not finite numbers are errors.';

-- Casts

CREATE FUNCTION journey.journey_to_jsonb(journey.journey) RETURNS jsonb
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.journey_to_jsonb(journey.journey) IS
'The journey as a JSON array of objects with "at" (ISO 8601, UTC), "event" and, where there are any, "channel" and "value". Also as a cast: j::jsonb.';

CREATE FUNCTION journey.jsonb_to_journey(jsonb) RETURNS journey.journey
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.jsonb_to_journey(jsonb) IS
'A journey from what journey_to_jsonb makes: an array of objects with "at", "event" and optional "channel" and "value" (which may be null). Unknown or missing keys are errors, so that nothing is lost unseen. Also as a cast: x::journey.';

CREATE CAST (journey.journey AS jsonb) WITH FUNCTION journey.journey_to_jsonb(journey.journey);
COMMENT ON CAST (journey.journey AS jsonb) IS 'journey to JSON array';
CREATE CAST (jsonb AS journey.journey) WITH FUNCTION journey.jsonb_to_journey(jsonb);
COMMENT ON CAST (jsonb AS journey.journey) IS 'JSON array to journey';

-- Comparison

CREATE FUNCTION journey.journey_lt(journey.journey, journey.journey) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_lt(journey.journey, journey.journey) IS 'implementation of the < operator of journey';
CREATE FUNCTION journey.journey_le(journey.journey, journey.journey) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_le(journey.journey, journey.journey) IS 'implementation of the <= operator of journey';
CREATE FUNCTION journey.journey_eq(journey.journey, journey.journey) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_eq(journey.journey, journey.journey) IS 'implementation of the = operator of journey';
CREATE FUNCTION journey.journey_ne(journey.journey, journey.journey) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_ne(journey.journey, journey.journey) IS 'implementation of the <> operator of journey';
CREATE FUNCTION journey.journey_ge(journey.journey, journey.journey) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_ge(journey.journey, journey.journey) IS 'implementation of the >= operator of journey';
CREATE FUNCTION journey.journey_gt(journey.journey, journey.journey) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_gt(journey.journey, journey.journey) IS 'implementation of the > operator of journey';

CREATE FUNCTION journey.journey_cmp(journey.journey, journey.journey) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_cmp(journey.journey, journey.journey) IS
'Order of two journeys, as of sequences: by time, event, channel and value of each touchpoint in turn (none before any), a beginning before the whole. -1, 0 or 1.';

CREATE FUNCTION journey.journey_hash(journey.journey) RETURNS integer
	AS 'MODULE_PATHNAME', 'journey_hash_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_hash(journey.journey) IS 'hash of a journey, for hash joins, hash aggregates and hash indexes';

CREATE FUNCTION journey.journey_hash_extended(journey.journey, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_hash_extended(journey.journey, bigint) IS '64-bit hash of a journey with a seed, for hash partitions';

CREATE OPERATOR journey.< (
	LEFTARG = journey.journey, RIGHTARG = journey.journey,
	FUNCTION = journey.journey_lt,
	COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR journey.< (journey.journey, journey.journey) IS 'less than';
CREATE OPERATOR journey.<= (
	LEFTARG = journey.journey, RIGHTARG = journey.journey,
	FUNCTION = journey.journey_le,
	COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR journey.<= (journey.journey, journey.journey) IS 'less than or equal';
CREATE OPERATOR journey.= (
	LEFTARG = journey.journey, RIGHTARG = journey.journey,
	FUNCTION = journey.journey_eq,
	COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR journey.= (journey.journey, journey.journey) IS 'equal';
CREATE OPERATOR journey.<> (
	LEFTARG = journey.journey, RIGHTARG = journey.journey,
	FUNCTION = journey.journey_ne,
	COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR journey.<> (journey.journey, journey.journey) IS 'not equal';
CREATE OPERATOR journey.>= (
	LEFTARG = journey.journey, RIGHTARG = journey.journey,
	FUNCTION = journey.journey_ge,
	COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR journey.>= (journey.journey, journey.journey) IS 'greater than or equal';
CREATE OPERATOR journey.> (
	LEFTARG = journey.journey, RIGHTARG = journey.journey,
	FUNCTION = journey.journey_gt,
	COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR journey.> (journey.journey, journey.journey) IS 'greater than';

CREATE OPERATOR CLASS journey.journey_ops DEFAULT FOR TYPE journey.journey USING btree AS
	OPERATOR 1 journey.<, OPERATOR 2 journey.<=, OPERATOR 3 journey.=,
	OPERATOR 4 journey.>=, OPERATOR 5 journey.>,
	FUNCTION 1 journey.journey_cmp(journey.journey, journey.journey);
COMMENT ON OPERATOR CLASS journey.journey_ops USING btree IS 'order of journeys, for sorting, GROUP BY and DISTINCT';
COMMENT ON OPERATOR FAMILY journey.journey_ops USING btree IS 'order of journeys';

CREATE OPERATOR CLASS journey.journey_ops DEFAULT FOR TYPE journey.journey USING hash AS
	OPERATOR 1 journey.=,
	FUNCTION 1 journey.journey_hash(journey.journey),
	FUNCTION 2 journey.journey_hash_extended(journey.journey, bigint);
COMMENT ON OPERATOR CLASS journey.journey_ops USING hash IS 'hashing of journeys';
COMMENT ON OPERATOR FAMILY journey.journey_ops USING hash IS 'hashing of journeys';

-- What one journey is asked

CREATE TYPE journey.touchpoint AS (
	n integer,
	at timestamptz,
	event text,
	channel text,
	value double precision
);
COMMENT ON TYPE journey.touchpoint IS 'One touchpoint of a journey: its number from 1, time, event, channel and value (NULL where it has none).';
COMMENT ON COLUMN journey.touchpoint.n IS 'number of the touchpoint in its journey, from 1';
COMMENT ON COLUMN journey.touchpoint.at IS 'when it happened';
COMMENT ON COLUMN journey.touchpoint.event IS 'what happened';
COMMENT ON COLUMN journey.touchpoint.channel IS 'through which channel; NULL where it has none';
COMMENT ON COLUMN journey.touchpoint.value IS 'its value, such as revenue or a score; NULL where it has none';

CREATE FUNCTION journey.touchpoint_count(j journey.journey) RETURNS integer
	AS 'MODULE_PATHNAME', 'journey_touchpoint_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.touchpoint_count(j journey.journey) IS
'How many touchpoints the journey has; 0 for the empty one. Reads a few bytes.';

CREATE FUNCTION journey.touchpoint_count(j journey.journey, m journey.matcher) RETURNS integer
	AS 'MODULE_PATHNAME', 'journey_touchpoint_count_matching' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.touchpoint_count(j journey.journey, m journey.matcher) IS
'How many touchpoints of the journey fit the matcher: touchpoint_count(j, ''purchase>=100''). A journey without such an event answers from its label table; else one pass over the touchpoints.';

CREATE FUNCTION journey.first_at(j journey.journey) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'journey_first_at_sql' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.first_at(j journey.journey) IS
'Time of the first touchpoint; NULL for the empty journey. Reads a few bytes.';

CREATE FUNCTION journey.last_at(j journey.journey) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'journey_last_at_sql' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.last_at(j journey.journey) IS
'Time of the last touchpoint; NULL for the empty journey. One pass over the times.';

CREATE FUNCTION journey.duration(j journey.journey) RETURNS interval
	AS 'MODULE_PATHNAME', 'journey_duration' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.duration(j journey.journey) IS
'Time from the first touchpoint to the last, in days and hours (a day is 24 hours); NULL for the empty journey.';

CREATE FUNCTION journey.events(j journey.journey) RETURNS text[]
	AS 'MODULE_PATHNAME', 'journey_events' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.events(j journey.journey) IS
'The event of each touchpoint, in order; an empty array for the empty journey.';

CREATE FUNCTION journey.channels(j journey.journey) RETURNS text[]
	AS 'MODULE_PATHNAME', 'journey_channels' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.channels(j journey.journey) IS
'The channel of each touchpoint, in order, NULL where it has none; an empty array for the empty journey.';

CREATE FUNCTION journey.nth(j journey.journey, n integer) RETURNS journey.touchpoint
	AS 'MODULE_PATHNAME', 'journey_nth' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.nth(j journey.journey, n integer) IS
'The n-th touchpoint, counted from 1; with a negative n from the end: nth(j, -1) is the last. NULL if there is none.';

CREATE FUNCTION journey.touchpoints(j journey.journey) RETURNS SETOF journey.touchpoint
	AS 'MODULE_PATHNAME', 'journey_touchpoints' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50 ROWS 20;
COMMENT ON FUNCTION journey.touchpoints(j journey.journey) IS
'A row for each touchpoint, in order. No rows for the empty journey.';

CREATE FUNCTION journey.value_sum(j journey.journey, m journey.matcher DEFAULT '*') RETURNS double precision
	AS 'MODULE_PATHNAME', 'journey_value_sum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.value_sum(j journey.journey, m journey.matcher) IS
'Sum of the values of the touchpoints that fit the matcher, added in the order of the journey: value_sum(j, ''purchase''). NULL if no such touchpoint has a value.';

-- Parts of a journey

CREATE FUNCTION journey.filter(j journey.journey, m journey.matcher) RETURNS journey.journey
	AS 'MODULE_PATHNAME', 'journey_filter' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.filter(j journey.journey, m journey.matcher) IS
'The touchpoints that fit the matcher, as a journey; the empty journey if none does.';

CREATE FUNCTION journey.slice(j journey.journey, "from" timestamptz, "to" timestamptz) RETURNS journey.journey
	AS 'MODULE_PATHNAME', 'journey_slice' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.slice(j journey.journey, "from" timestamptz, "to" timestamptz) IS
'The touchpoints at or after "from" and before "to", as a journey. NULL is no bound, so are -infinity and infinity. NULL for a NULL journey.';

CREATE FUNCTION journey.collapse(j journey.journey) RETURNS journey.journey
	AS 'MODULE_PATHNAME', 'journey_collapse' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.collapse(j journey.journey) IS
'Of touchpoints with the same event in a row only the first, as a journey: page_view page_view purchase becomes page_view purchase.';

CREATE FUNCTION journey.split_sessions(j journey.journey, timeout interval DEFAULT '30 minutes') RETURNS SETOF journey.journey
	AS 'MODULE_PATHNAME', 'journey_split_sessions' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 5;
COMMENT ON FUNCTION journey.split_sessions(j journey.journey, timeout interval) IS
'The journey cut into sessions: a new one begins where the gap to the touchpoint before is longer than the timeout (a gap equal to it does not split). A journey for each session, in order; no rows for the empty journey. A timeout with months or years, or a negative one, is an error.';

