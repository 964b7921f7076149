\echo Use "CREATE EXTENSION journey" to load this file. \quit

-- What a stage model means by a name.

CREATE FUNCTION journey.filter(j journey.journey, model journey.stage_model, definition text) RETURNS journey.journey
	AS 'MODULE_PATHNAME', 'journey_filter_definition' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.filter(journey.journey, journey.stage_model, text) IS
$$The touchpoints that fit a definition of the model, as a journey; the empty journey if none does. touchpoint_count(filter(j, model, 'purchase')) is the number of purchases, value_sum of it the revenue, whatever the events are called. purchase, refund, delivery, ignore and offsite may be asked of every model (nothing fits what a model does not define); any other name that is not defined is an error. Only names, channels and values count, no context. A journey without such an event answers from its label table.$$;

CREATE FUNCTION journey.matches(
	model journey.stage_model,
	definition text,
	event text,
	channel text,
	value double precision
) RETURNS boolean
	AS 'MODULE_PATHNAME', 'stage_model_matches' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.matches(journey.stage_model, text, text, text, double precision) IS
$$Does a row of an events table fit a definition of the model? definition is purchase, refund, delivery, ignore, offsite or another name that the model defines (an error if it does not); event, channel and value are the row's, NULL where it has none. NULL if model, definition or event is NULL.$$;
