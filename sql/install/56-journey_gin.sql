\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- Which journeys hold an event, and an index that knows
--

CREATE FUNCTION journey.journey_contains(journey.journey, text[]) RETURNS boolean
	AS 'MODULE_PATHNAME', 'journey_contains' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.journey_contains(journey.journey, text[]) IS
$$Implementation of the operator @>.$$;

CREATE FUNCTION journey.journey_contained(text[], journey.journey) RETURNS boolean
	AS 'MODULE_PATHNAME', 'journey_contained' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.journey_contained(text[], journey.journey) IS
$$Implementation of the operator <@.$$;

CREATE OPERATOR journey.@> (
	LEFTARG = journey.journey, RIGHTARG = text[], FUNCTION = journey.journey_contains,
	COMMUTATOR = OPERATOR(journey.<@),
	RESTRICT = matchingsel, JOIN = matchingjoinsel);
COMMENT ON OPERATOR journey.@> (journey.journey, text[]) IS
$$Does the journey hold at least one touchpoint of each of these events? j @> array['view_item', 'purchase']. A name stands for the event with any detail, view_item for view_item and view_item/shoes, and a name with a slash for that detail; it is plain text, without quotes, wildcards or conditions. True for an empty array; false if an element is NULL, which names no event, as with @> of arrays. Only the list of the journey's different events is read, so the length of the journey does not matter. A GIN index on the column answers it without reading the journeys.$$;

CREATE OPERATOR journey.<@ (
	LEFTARG = text[], RIGHTARG = journey.journey, FUNCTION = journey.journey_contained,
	COMMUTATOR = OPERATOR(journey.@>),
	RESTRICT = matchingsel, JOIN = matchingjoinsel);
COMMENT ON OPERATOR journey.<@ (text[], journey.journey) IS
$$Does each of these events happen in the journey? The operator @> with its sides exchanged.$$;

CREATE FUNCTION journey.journey_gin_extract_value(journey.journey, internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'journey_gin_extract_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_gin_extract_value(journey.journey, internal, internal) IS
$$GIN support: the keys of a journey, its events and the bases of those with a detail.$$;

CREATE FUNCTION journey.journey_gin_extract_query(journey.journey, internal, smallint, internal, internal, internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'journey_gin_extract_query' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_gin_extract_query(journey.journey, internal, smallint, internal, internal, internal, internal) IS
$$GIN support: the keys that a query asks for.$$;

CREATE FUNCTION journey.journey_gin_consistent(internal, smallint, journey.journey, integer, internal, internal, internal, internal) RETURNS boolean
	AS 'MODULE_PATHNAME', 'journey_gin_consistent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_gin_consistent(internal, smallint, journey.journey, integer, internal, internal, internal, internal) IS
$$GIN support: may a journey with these keys answer the query?$$;

CREATE FUNCTION journey.journey_gin_triconsistent(internal, smallint, journey.journey, integer, internal, internal, internal) RETURNS "char"
	AS 'MODULE_PATHNAME', 'journey_gin_triconsistent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_gin_triconsistent(internal, smallint, journey.journey, integer, internal, internal, internal) IS
$$GIN support: may a journey answer the query of which only some keys are known?$$;

CREATE OPERATOR CLASS journey.journey_gin_ops DEFAULT FOR TYPE journey.journey USING gin AS
	OPERATOR 1 journey.@> (journey.journey, text[]),
	OPERATOR 2 journey.~ (journey.journey, journey.pattern),
	FUNCTION 1 pg_catalog.bttext_pattern_cmp(text, text),
	FUNCTION 2 journey.journey_gin_extract_value(journey.journey, internal, internal),
	FUNCTION 3 journey.journey_gin_extract_query(journey.journey, internal, smallint, internal, internal, internal, internal),
	FUNCTION 4 journey.journey_gin_consistent(internal, smallint, journey.journey, integer, internal, internal, internal, internal),
	FUNCTION 6 journey.journey_gin_triconsistent(internal, smallint, journey.journey, integer, internal, internal, internal),
	STORAGE text;
COMMENT ON OPERATOR CLASS journey.journey_gin_ops USING gin IS
$$Finds journeys by their events: CREATE INDEX ON shop.journeys USING gin (journey). Serves j @> array['purchase'] from the index alone, and j ~ pattern, for which the index finds the journeys that have the events without which the pattern cannot match, and only those are read (all of them if there is no such event). The keys are the events and the bases of events with a detail (page_view and page_view/product), compared by their bytes, whatever the collation of the database.$$;
COMMENT ON OPERATOR FAMILY journey.journey_gin_ops USING gin IS
$$Finds journeys by their events.$$;
