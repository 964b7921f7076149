\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- stage_model: in which stage of a customer's journey a touchpoint stands
--

CREATE TYPE journey.stage_model;

CREATE FUNCTION journey.stage_model_in(cstring) RETURNS journey.stage_model
	AS 'MODULE_PATHNAME', 'stage_model_in' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.stage_model_in(cstring) IS
$$Reads and compiles the literal of a stage model. An error says at which line and column it is wrong and what was expected there.$$;

CREATE FUNCTION journey.stage_model_out(journey.stage_model) RETURNS cstring
	AS 'MODULE_PATHNAME', 'stage_model_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.stage_model_out(journey.stage_model) IS
$$Prints a stage model as a literal that reads back to the same value: stages, options that are not the default, dormancy, definitions, rules, one statement a line. Comments are not kept.$$;

CREATE FUNCTION journey.stage_model_recv(internal) RETURNS journey.stage_model
	AS 'MODULE_PATHNAME', 'stage_model_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.stage_model_recv(internal) IS
$$Reads the binary form of a stage model: a version byte and the literal.$$;

CREATE FUNCTION journey.stage_model_send(journey.stage_model) RETURNS bytea
	AS 'MODULE_PATHNAME', 'stage_model_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.stage_model_send(journey.stage_model) IS
$$Gives the binary form of a stage model: a version byte and the literal.$$;

CREATE TYPE journey.stage_model (
	INPUT = journey.stage_model_in,
	OUTPUT = journey.stage_model_out,
	RECEIVE = journey.stage_model_recv,
	SEND = journey.stage_model_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended,
	CATEGORY = 'U'
);
COMMENT ON TYPE journey.stage_model IS
$$Says in which stage of a customer's journey a touchpoint stands. A bare name is a model in the tables, shipped or your own: stage_model('five_stage'), read once, when the statement is analysed. Otherwise a literal is a list of statements, each closed by a semicolon; "--" starts a comment.

stages awareness > consideration > conversion; names the stages, at most 255, with > between them if they have an order, with commas if not.

purchase = purchase | "Order Completed"; is a definition: the name stands for these events in rules, in "after" and in later definitions, wherever it is written without quotes; a channel or value asked for beside the name (purchase@email, purchase>=100) is asked for on top. Inside its own definition, and in quotes, a name is that event. Five definitions mean more: purchase counts a purchase, refund takes the latest one back, delivery ends the waiting for it, what fits ignore is in no stage and not reported as unclassified, and what fits offsite (a mail that was sent, an advertisement seen elsewhere, a parcel on its way) belongs to no visit: it neither begins nor prolongs one. All others must be used.

page_view when prospect and visit_no = 1 -> awareness; is a rule: a matcher, conditions, a stage. The first rule that fits gives the stage; "-> none" says that the touchpoint is in no stage, and knowingly so. What no rule fits is unclassified.

Conditions are joined by "and" and may be preceded by "not". They look at the touchpoints of the customer up to and including this one, in their order: prospect (no net purchase), customer (at least one), waiting (the latest purchase has been neither delivered nor taken back), purchase_no, visit_no, nth (how many touchpoints fitted this rule's events so far), value, each with = <> < <= > >= and a number, and "after events [within 7 days]" (an earlier touchpoint fitted, at most that long ago). A touchpoint without a value fits no condition on value. Channels and values may also be asked for in the events themselves, as in purchase@email or review>=4.

option session_timeout = 30 min; sets the pause that ends a visit: visit_no counts one more at a touchpoint that comes longer after the last one that was not offsite. option delivery = auto; is the default: nobody waits in a journey without any delivery; logged: the log has deliveries, so who has none is waiting; none: nobody ever waits. dormant lapsed after 180 days; names the stage of customers without a touchpoint for longer than that, in current_stage only.

Intervals are a number and s, min, hours, days or weeks; months and years are an error, as they have no fixed length. Limits: 65536 bytes as text and compiled, 255 stages, 256 definitions, 1024 rules, 2048 conditions, names of stages and definitions up to 63 bytes.$$;

CREATE FUNCTION journey.flat(model journey.stage_model) RETURNS journey.stage_model
	AS 'MODULE_PATHNAME', 'stage_model_flat' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.flat(journey.stage_model) IS
$$The same model, decompressed in memory. A model that comes from a table is compressed, and would be decompressed once for each row that it is applied to; (SELECT journey.flat(model) FROM ...) in its place does that once for the query. Constants and the results of functions need it not.$$;

--
-- Comparison
--

CREATE FUNCTION journey.stage_model_cmp(journey.stage_model, journey.stage_model) RETURNS integer
	AS 'MODULE_PATHNAME', 'stage_model_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.stage_model_cmp(journey.stage_model, journey.stage_model) IS
$$Negative, zero or positive as the first stage model sorts before, with or after the second. Equal stage models print the same literal; the order means nothing else.$$;

CREATE FUNCTION journey.stage_model_lt(journey.stage_model, journey.stage_model) RETURNS boolean
	AS 'MODULE_PATHNAME', 'stage_model_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.stage_model_lt(journey.stage_model, journey.stage_model) IS
$$Implementation of the operator <.$$;

CREATE FUNCTION journey.stage_model_le(journey.stage_model, journey.stage_model) RETURNS boolean
	AS 'MODULE_PATHNAME', 'stage_model_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.stage_model_le(journey.stage_model, journey.stage_model) IS
$$Implementation of the operator <=.$$;

CREATE FUNCTION journey.stage_model_eq(journey.stage_model, journey.stage_model) RETURNS boolean
	AS 'MODULE_PATHNAME', 'stage_model_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.stage_model_eq(journey.stage_model, journey.stage_model) IS
$$Implementation of the operator =.$$;

CREATE FUNCTION journey.stage_model_ne(journey.stage_model, journey.stage_model) RETURNS boolean
	AS 'MODULE_PATHNAME', 'stage_model_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.stage_model_ne(journey.stage_model, journey.stage_model) IS
$$Implementation of the operator <>.$$;

CREATE FUNCTION journey.stage_model_ge(journey.stage_model, journey.stage_model) RETURNS boolean
	AS 'MODULE_PATHNAME', 'stage_model_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.stage_model_ge(journey.stage_model, journey.stage_model) IS
$$Implementation of the operator >=.$$;

CREATE FUNCTION journey.stage_model_gt(journey.stage_model, journey.stage_model) RETURNS boolean
	AS 'MODULE_PATHNAME', 'stage_model_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.stage_model_gt(journey.stage_model, journey.stage_model) IS
$$Implementation of the operator >.$$;

CREATE FUNCTION journey.stage_model_hash(journey.stage_model) RETURNS integer
	AS 'MODULE_PATHNAME', 'stage_model_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.stage_model_hash(journey.stage_model) IS
$$Hash of a stage model, for hash joins, hash aggregation and hash indexes.$$;

CREATE FUNCTION journey.stage_model_hash_extended(journey.stage_model, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'stage_model_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.stage_model_hash_extended(journey.stage_model, bigint) IS
$$Hash of a stage model with a seed, for hash partitioning.$$;

CREATE OPERATOR journey.< (
	LEFTARG = journey.stage_model, RIGHTARG = journey.stage_model, FUNCTION = journey.stage_model_lt,
	COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
COMMENT ON OPERATOR journey.< (journey.stage_model, journey.stage_model) IS
$$Does the left stage model sort before the right one?$$;

CREATE OPERATOR journey.<= (
	LEFTARG = journey.stage_model, RIGHTARG = journey.stage_model, FUNCTION = journey.stage_model_le,
	COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
COMMENT ON OPERATOR journey.<= (journey.stage_model, journey.stage_model) IS
$$Does the left stage model sort before the right one, or are they equal?$$;

CREATE OPERATOR journey.= (
	LEFTARG = journey.stage_model, RIGHTARG = journey.stage_model, FUNCTION = journey.stage_model_eq,
	COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR journey.= (journey.stage_model, journey.stage_model) IS
$$Do both stage models print the same literal, that is, are they equal apart from blanks, comments and the order in which the kinds of statements stand?$$;

CREATE OPERATOR journey.<> (
	LEFTARG = journey.stage_model, RIGHTARG = journey.stage_model, FUNCTION = journey.stage_model_ne,
	COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
	RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR journey.<> (journey.stage_model, journey.stage_model) IS
$$Do the stage models differ?$$;

CREATE OPERATOR journey.>= (
	LEFTARG = journey.stage_model, RIGHTARG = journey.stage_model, FUNCTION = journey.stage_model_ge,
	COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR journey.>= (journey.stage_model, journey.stage_model) IS
$$Does the left stage model sort after the right one, or are they equal?$$;

CREATE OPERATOR journey.> (
	LEFTARG = journey.stage_model, RIGHTARG = journey.stage_model, FUNCTION = journey.stage_model_gt,
	COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
COMMENT ON OPERATOR journey.> (journey.stage_model, journey.stage_model) IS
$$Does the left stage model sort after the right one?$$;

CREATE OPERATOR CLASS journey.stage_model_ops DEFAULT FOR TYPE journey.stage_model USING btree AS
	OPERATOR 1 journey.<,
	OPERATOR 2 journey.<=,
	OPERATOR 3 journey.=,
	OPERATOR 4 journey.>=,
	OPERATOR 5 journey.>,
	FUNCTION 1 journey.stage_model_cmp(journey.stage_model, journey.stage_model);
COMMENT ON OPERATOR CLASS journey.stage_model_ops USING btree IS
$$Order of stage models, for sorting, DISTINCT and unique indexes.$$;
COMMENT ON OPERATOR FAMILY journey.stage_model_ops USING btree IS
$$Order of stage models.$$;

CREATE OPERATOR CLASS journey.stage_model_ops DEFAULT FOR TYPE journey.stage_model USING hash AS
	OPERATOR 1 journey.=,
	FUNCTION 1 journey.stage_model_hash(journey.stage_model),
	FUNCTION 2 journey.stage_model_hash_extended(journey.stage_model, bigint);
COMMENT ON OPERATOR CLASS journey.stage_model_ops USING hash IS
$$Equality of stage models, for hash joins, hash aggregation and hash partitioning.$$;


--
-- Asking a model
--

CREATE FUNCTION journey.stages(model journey.stage_model,
		OUT stage_no integer, OUT stage text, OUT ordered boolean)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'stage_model_stages' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION journey.stages(journey.stage_model) IS
$$The stages of a model in their order, numbered from 1. ordered says whether the order is required (stages were separated by >) or only that of writing. No rows if the model is NULL.$$;

CREATE FUNCTION journey.stage(model journey.stage_model, event text,
		channel text DEFAULT NULL, value double precision DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME', 'stage_model_stage' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.stage(journey.stage_model, text, text, double precision) IS
$$The stage of a single touchpoint, taken as the first of a customer: a prospect's, or the first purchase. Without the customer's other touchpoints conditions like customer or after cannot hold. NULL if no rule fits, if the touchpoint is ignored or put in no stage, or if model or event is NULL. An event or channel over 1024 bytes is an error.$$;

--
-- Classifying journeys
--

CREATE FUNCTION journey.classify(j journey.journey, model journey.stage_model)
	RETURNS journey.journey
	AS 'MODULE_PATHNAME', 'journey_classify' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.classify(journey.journey, journey.stage_model) IS
$$The journey of stages: each touchpoint's event is replaced by the name of its stage; time, channel and value stay. Touchpoints in no stage drop out. Whatever works on a journey works on the result. NULL if an argument is NULL. Takes some nanoseconds a touchpoint and some hundred for the new journey; transition_agg(j, model) counts without making it.$$;

CREATE FUNCTION journey.unclassified(j journey.journey, model journey.stage_model)
	RETURNS journey.journey
	AS 'MODULE_PATHNAME', 'journey_unclassified' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.unclassified(journey.journey, journey.stage_model) IS
$$The touchpoints that the model does not know what to do with: no rule fits them, and they are not ignored. NULL if an argument is NULL, an empty journey if all are classified.$$;

CREATE FUNCTION journey.staged_touchpoints(j journey.journey, model journey.stage_model,
		OUT n integer, OUT at timestamp with time zone, OUT event text, OUT channel text,
		OUT value double precision, OUT stage text, OUT stage_no integer,
		OUT visit_no integer, OUT purchase_no integer)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'journey_staged_touchpoints' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	COST 100 ROWS 20;
COMMENT ON FUNCTION journey.staged_touchpoints(journey.journey, journey.stage_model) IS
$$A row for each touchpoint in order, with its stage and context: n counts from 1; stage and stage_no (from 1) are NULL for touchpoints in no stage; visit_no counts visits from 1 (a gap longer than the model's session_timeout starts a new one); purchase_no is the number of net purchases up to and including this touchpoint, so at a purchase it is its number. No rows for an empty journey or a NULL argument.$$;

CREATE FUNCTION journey.current_stage(j journey.journey, model journey.stage_model,
		as_of timestamp with time zone DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME', 'journey_current_stage' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.current_stage(journey.journey, journey.stage_model, timestamp with time zone) IS
$$The stage in which a customer is as of a time: that of the last touchpoint in a stage at or before as_of. If the model has a dormant stage and the last touchpoint at or before as_of is longer ago than the model says, it is that stage. Without as_of the last touchpoint of the journey counts, and nobody is dormant. NULL if no touchpoint up to then is in a stage, or if journey or model is NULL.$$;
