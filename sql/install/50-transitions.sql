\echo Use "CREATE EXTENSION journey" to load this file. \quit

-- Transitions: who goes from where to where.

CREATE TYPE journey.transition_row AS (
	from_event text,
	to_event text,
	count bigint,
	customers bigint,
	probability_out double precision,
	probability_in double precision,
	median_seconds double precision,
	p95_seconds double precision
);
COMMENT ON TYPE journey.transition_row IS
'A row of a transition table: count is how often to_event came next after from_event, customers how many different customers did that. probability_out is count divided by all that left from_event, probability_in count divided by all that came to to_event. median_seconds and p95_seconds are the median and the 95th percentile of the time between the two, within 1 percent (logarithmic buckets); NULL in the rows of (start), what a journey begins with, and (end), what it ends with.';
COMMENT ON COLUMN journey.transition_row.from_event IS 'event or stage that is left; (start) before the first';
COMMENT ON COLUMN journey.transition_row.to_event IS 'event or stage that comes next; (end) after the last';
COMMENT ON COLUMN journey.transition_row.count IS 'how often to_event came next after from_event';
COMMENT ON COLUMN journey.transition_row.customers IS 'how many customers did that at least once';
COMMENT ON COLUMN journey.transition_row.probability_out IS 'count divided by all transitions that leave from_event';
COMMENT ON COLUMN journey.transition_row.probability_in IS 'count divided by all transitions that come to to_event';
COMMENT ON COLUMN journey.transition_row.median_seconds IS 'median of the time between the two, within 1 percent; NULL for (start) and (end)';
COMMENT ON COLUMN journey.transition_row.p95_seconds IS '95th percentile of the time between the two, within 1 percent; NULL for (start) and (end)';

CREATE FUNCTION journey.transition_agg_events(journey.tally, journey.journey) RETURNS journey.tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.transition_agg_events(journey.tally, journey.journey) IS 'transition function of transition_agg over events';

CREATE FUNCTION journey.transition_agg_stages(journey.tally, journey.journey, journey.stage_model) RETURNS journey.tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 80;
COMMENT ON FUNCTION journey.transition_agg_stages(journey.tally, journey.journey, journey.stage_model) IS 'transition function of transition_agg over stages';

CREATE FUNCTION journey.transition_rows(t journey.tally) RETURNS journey.transition_row[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.transition_rows(journey.tally) IS
'The table of a stored transition tally: SELECT * FROM unnest(transition_rows(t)). Rows are ordered by from_event and to_event, (start) first, (end) last. NULL for an empty tally; a tally of another kind is an error.';

CREATE AGGREGATE journey.transition_agg(j journey.journey) (
	SFUNC = journey.transition_agg_events,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.transition_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.transition_agg(j journey.journey) IS
'How often each event follows each other, over all journeys: SELECT * FROM unnest((SELECT transition_agg(journey) FROM shop.journeys)). Each row of input is a customer. The columns are those of transition_row; the rows of (start) count what journeys begin with, those of (end) what they end with. Repeats of an event are transitions to itself; take collapse(j) to leave them out, split_sessions(j) to stay inside sessions. NULL and empty journeys are skipped; NULL if nothing is left. One pass, a few nanoseconds a touchpoint; memory grows with the pairs of events that occur (some 100 bytes for a rare pair, 2 kB for each from 2,048 customers on, up to 34 kB for one with very different durations), to an error at 512 MB.';

CREATE AGGREGATE journey.transition_agg(j journey.journey, model journey.stage_model) (
	SFUNC = journey.transition_agg_stages,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.transition_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.transition_agg(j journey.journey, model journey.stage_model) IS
'How often each stage follows each other: classifies with full context and counts in one pass; the answer is that of transition_agg(classify(j, model)). Touchpoints in no stage are passed over. The model must be the same in all rows of a group; to read it once write transition_agg(journey, (SELECT stage_model(''five_stage''))).';

CREATE AGGREGATE journey.transition_tally(j journey.journey) (
	SFUNC = journey.transition_agg_events,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.transition_tally(j journey.journey) IS
'The state of transition_agg, to be stored, added up with rollup and read with transition_rows: a tally a day or a shard, and their sum when it is asked for. customers adds up, so a customer in two tallies counts twice.';

CREATE AGGREGATE journey.transition_tally(j journey.journey, model journey.stage_model) (
	SFUNC = journey.transition_agg_stages,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.transition_tally(j journey.journey, model journey.stage_model) IS
'The state of transition_agg over the stages of a model, see transition_tally(j).';
