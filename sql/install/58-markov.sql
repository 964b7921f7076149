\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- markov_agg: credit by what is lost without a channel
--

CREATE TYPE journey.markov_row AS (
	channel text,
	removal_effect double precision,
	share double precision,
	conversions double precision,
	value double precision,
	conversion_rate double precision,
	conversion_rate_without double precision
);
COMMENT ON TYPE journey.markov_row IS
$$A channel in the Markov model of all paths, as markov_agg answers it.$$;
COMMENT ON COLUMN journey.markov_row.channel IS 'The channel.';
COMMENT ON COLUMN journey.markov_row.removal_effect IS 'Share of the conversions that is lost if every path that comes to the channel ends there, 0 to 1: 1 - conversion_rate_without / conversion_rate. The effects of all channels add up to more than 1 where paths have several. NULL where nothing converts.';
COMMENT ON COLUMN journey.markov_row.share IS 'Removal effect as a share of the sum of all removal effects, 0 to 1. NULL where nothing converts.';
COMMENT ON COLUMN journey.markov_row.conversions IS 'Conversions credited to the channel; those of all channels add up to all conversions, exactly and in any order.';
COMMENT ON COLUMN journey.markov_row.value IS 'Value credited to the channel, in the same shares; those of all channels add up to the value of all conversions.';
COMMENT ON COLUMN journey.markov_row.conversion_rate IS 'Probability that a path of the model converts, 0 to 1, the same in all rows: the conversions as a share of all paths.';
COMMENT ON COLUMN journey.markov_row.conversion_rate_without IS 'Probability that a path of the model converts without coming to the channel, 0 to 1.';

CREATE TYPE journey.markov_transition_row AS (
	from_channels text[],
	to_channel text,
	outcome text,
	transitions bigint,
	probability double precision
);
COMMENT ON TYPE journey.markov_transition_row IS
$$A transition of a Markov model, as markov_transitions answers it.$$;
COMMENT ON COLUMN journey.markov_transition_row.from_channels IS 'The last channels before the transition, oldest first, as many as the order of the model, fewer near the start; an empty array is the start.';
COMMENT ON COLUMN journey.markov_transition_row.to_channel IS 'The channel that came next; NULL where the path ended.';
COMMENT ON COLUMN journey.markov_transition_row.outcome IS 'How the path ended: conversion or null; NULL where a channel came next.';
COMMENT ON COLUMN journey.markov_transition_row.transitions IS 'How often the transition was made.';
COMMENT ON COLUMN journey.markov_transition_row.probability IS 'Share of all transitions from from_channels, 0 to 1.';

CREATE FUNCTION journey.markov_agg_add(state journey.tally, path text[], conversions bigint, nulls bigint, value double precision) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'markov_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.markov_agg_add(journey.tally, text[], bigint, bigint, double precision) IS
$$Transition function of markov_agg without an order.$$;

CREATE FUNCTION journey.markov_agg_add(state journey.tally, path text[], conversions bigint, nulls bigint, value double precision, model_order integer) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'markov_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.markov_agg_add(journey.tally, text[], bigint, bigint, double precision, integer) IS
$$Transition function of markov_agg with an order.$$;

CREATE FUNCTION journey.markov_agg_add(state journey.tally, journey journey.journey, options journey.path_options) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'markov_agg_add_journey' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION journey.markov_agg_add(journey.tally, journey.journey, journey.path_options) IS
$$Transition function of markov_agg over journeys without an order.$$;

CREATE FUNCTION journey.markov_agg_add(state journey.tally, journey journey.journey, options journey.path_options, model_order integer) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'markov_agg_add_journey' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION journey.markov_agg_add(journey.tally, journey.journey, journey.path_options, integer) IS
$$Transition function of markov_agg over journeys with an order.$$;

CREATE FUNCTION journey.markov_rows(tally journey.tally) RETURNS journey.markov_row[]
	AS 'MODULE_PATHNAME', 'markov_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION journey.markov_rows(journey.tally) IS
$$The removal effects and credits of a tally that markov_tally or rollup made: SELECT * FROM unnest(markov_rows(t)), a row a channel in the order of the bytes of their names. Final function of markov_agg, see there. NULL for a tally without paths. A tally of another kind, and one whose transitions are not those of whole paths, are errors; so is a model of more than 4096 states (different sequences of channels as long as the order), with the hint to take a lower order or to put rare channels together. Solves the chain exactly: 14/9 n^3 operations on n states for all channels together, 2,000 states in less than a second, and 16 n^2 bytes; can be cancelled.$$;

CREATE FUNCTION journey.markov_transitions(tally journey.tally) RETURNS journey.markov_transition_row[]
	AS 'MODULE_PATHNAME', 'markov_transitions' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.markov_transitions(journey.tally) IS
$$The transition counts and probabilities of the Markov model that a tally of markov_tally holds: SELECT * FROM unnest(markov_transitions(t)). A row a transition, from the start first, then by the channels before it. A channel that comes twice in a row is a transition to itself and counted here as such; it changes no removal effect. NULL for a tally without paths. A tally of another kind, and one whose transitions are not those of whole paths, are errors.$$;

CREATE AGGREGATE journey.markov_agg(path text[], conversions bigint, nulls bigint, value double precision) (
	SFUNC = journey.markov_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.markov_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.markov_agg(text[], bigint, bigint, double precision) IS
$$What share of the conversions would be lost without each channel? A Markov chain of channels is made of all paths, those that converted and those that did not; a channel is removed by ending every path that comes to it, and what is lost is its removal effect. The conversions, and their value, are credited to the channels in proportion to the effects: SELECT * FROM unnest((SELECT markov_agg(path, conversions, nulls, value) FROM shop.journeys, conversion_paths(journey, 'purchase') WHERE path <> '{}')), an array of markov_row, a row a channel in the order of the bytes of their names. A row of the input is a path, the channels in order, with how many times it ended in a conversion (conversions), how many times in none (nulls), and the value of its conversions together; paths may come in several rows, as those of conversion_paths do; sums of counts are numeric in SQL and want a cast, sum(conversions)::bigint. A NULL count or value is 0. Without any nulls every path of the model converts, and effects say only how many paths have the channel: give the paths that did not convert. Repeats of a channel change no effect. The chain is solved by elimination without simulation and without subtractions: every run has the same answer, to about 12 digits or better, also where hardly anything converts. The credits add up to the conversions exactly, and those of the value to its sum (kept to the millionth). Rows with a NULL path or without any count are skipped; NULL without any row; credits are 0 and effects NULL where nothing converts. Errors: a path without channels (leave it out and report its conversions as unattributed), a channel that is NULL, an empty string or longer than 1024 bytes, a negative count, a value that is not finite or that comes without conversions, more than 4096 different channels. Memory: about 100 bytes for each different transition, and 16 n^2 bytes at the end for n channels. Runs in parallel; the answer does not depend on the order of rows or the number of workers.$$;

CREATE AGGREGATE journey.markov_agg(path text[], conversions bigint, nulls bigint, value double precision, model_order integer) (
	SFUNC = journey.markov_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.markov_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.markov_agg(text[], bigint, bigint, double precision, integer) IS
$$As markov_agg(path, conversions, nulls, value), with a model of higher order: what comes next depends on the last model_order channels, 1 to 5, and fewer near the start of a path. Removing a channel ends every path that comes to it, whatever came before. model_order must be the same for all rows. A model has a state for each different sequence of up to model_order channels that occurs, at most 4096, past which it is an error: take a lower order or put rare channels together. The more states, the fewer paths for each: a higher order follows the paths more closely, and chance as well. NULL and any other model_order are errors.$$;

CREATE AGGREGATE journey.markov_tally(path text[], conversions bigint, nulls bigint, value double precision) (
	SFUNC = journey.markov_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.markov_tally(text[], bigint, bigint, double precision) IS
$$What markov_agg counts, as a tally that can be stored, added up by rollup and read by markov_rows and markov_transitions. Same input and errors as markov_agg, but any number of channels up to 65,535. NULL without any row.$$;

CREATE AGGREGATE journey.markov_tally(path text[], conversions bigint, nulls bigint, value double precision, model_order integer) (
	SFUNC = journey.markov_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.markov_tally(text[], bigint, bigint, double precision, integer) IS
$$What markov_agg counts for a model of an order of 1 to 5, as a tally that can be stored, added up by rollup with others of the same order, and read by markov_rows and markov_transitions. NULL without any row.$$;

CREATE AGGREGATE journey.markov_agg(journey journey.journey, options journey.path_options) (
	SFUNC = journey.markov_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.markov_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.markov_agg(journey.journey, journey.path_options) IS
$$The same as markov_agg(path, conversions, nulls, value) over the rows of conversion_paths, from the journeys themselves and without those rows: SELECT * FROM unnest((SELECT markov_agg(journey, path_options('purchase')) FROM shop.journeys)). The options say what converts and which paths that makes, with the names, defaults, meaning and errors of conversion_paths: path_options('purchase', lookback => NULL, restart => true). Of each journey the path to each conversion is counted as a conversion with its value, and that of the touches after the last one as a path that did not convert. A conversion with no touch to look back to has no channels and is not counted: conversion_paths lists these, as rows with an empty path. Rows with NULL as journey or as options, with no conversion in the options or with a journey without touches are skipped; NULL without any path. Errors are those of conversion_paths and of markov_agg over paths. The answer and the state are the same as over paths, bit for bit: tallies of both may be added up. Cost: one pass over the codes of a journey, times only where a conversion or a lookback asks for them, and the steps of its paths; where those overlap, as without a limit and without restart, only their first and last steps, so the time is linear in touchpoints and conversions (of transform first and frequency it is that of the touches in all windows together). Runs in parallel; the answer does not depend on the order of rows or the number of workers.$$;

CREATE AGGREGATE journey.markov_agg(journey journey.journey, options journey.path_options, model_order integer) (
	SFUNC = journey.markov_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.markov_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.markov_agg(journey.journey, journey.path_options, integer) IS
$$As markov_agg(journey, options), with a model of higher order, 1 to 5: see markov_agg(path, conversions, nulls, value, model_order). NULL and any other model_order are errors, and it must be the same for all rows.$$;

CREATE AGGREGATE journey.markov_tally(journey journey.journey, options journey.path_options) (
	SFUNC = journey.markov_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.markov_tally(journey.journey, journey.path_options) IS
$$What markov_agg(journey, options) counts, as a tally that can be stored, added up by rollup, also with tallies of paths, and read by markov_rows and markov_transitions. Same input and errors as markov_agg, but any number of channels up to 65,535. NULL without any path.$$;

CREATE AGGREGATE journey.markov_tally(journey journey.journey, options journey.path_options, model_order integer) (
	SFUNC = journey.markov_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.markov_tally(journey.journey, journey.path_options, integer) IS
$$What markov_agg(journey, options, model_order) counts, as a tally that can be stored, added up by rollup with others of the same order, and read by markov_rows and markov_transitions. NULL without any path.$$;

--
-- shapley_agg: credit by what a channel adds to all coalitions
--

CREATE TYPE journey.shapley_row AS (
	channel text,
	shapley_value double precision,
	share double precision,
	conversions double precision,
	value double precision
);
COMMENT ON TYPE journey.shapley_row IS
$$A channel and its Shapley value, as shapley_agg answers it.$$;
COMMENT ON COLUMN journey.shapley_row.channel IS 'The channel.';
COMMENT ON COLUMN journey.shapley_row.shapley_value IS 'What the channel adds, averaged over all orders in which the channels could be taken in: conversions, or with by_rates a part of the conversion rate of all paths, negative where the channel lowers it.';
COMMENT ON COLUMN journey.shapley_row.share IS 'Shapley value as a share of the sum of all. NULL where nothing converts.';
COMMENT ON COLUMN journey.shapley_row.conversions IS 'Conversions credited to the channel; those of all channels add up to all conversions, exactly and in any order.';
COMMENT ON COLUMN journey.shapley_row.value IS 'Value credited to the channel: each path''s divided equally among its channels, or with by_rates all of it in the shares of the conversions. Where no value is negative, the credits add up to the value of all conversions exactly.';

CREATE FUNCTION journey.shapley_agg_add(state journey.tally, path text[], conversions bigint, nulls bigint, value double precision) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'shapley_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.shapley_agg_add(journey.tally, text[], bigint, bigint, double precision) IS
$$Transition function of shapley_agg without by_rates.$$;

CREATE FUNCTION journey.shapley_agg_add(state journey.tally, path text[], conversions bigint, nulls bigint, value double precision, by_rates boolean) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'shapley_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.shapley_agg_add(journey.tally, text[], bigint, bigint, double precision, boolean) IS
$$Transition function of shapley_agg with by_rates.$$;

CREATE FUNCTION journey.shapley_agg_add(state journey.tally, journey journey.journey, options journey.path_options) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'shapley_agg_add_journey' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION journey.shapley_agg_add(journey.tally, journey.journey, journey.path_options) IS
$$Transition function of shapley_agg over journeys without by_rates.$$;

CREATE FUNCTION journey.shapley_agg_add(state journey.tally, journey journey.journey, options journey.path_options, by_rates boolean) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'shapley_agg_add_journey' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION journey.shapley_agg_add(journey.tally, journey.journey, journey.path_options, boolean) IS
$$Transition function of shapley_agg over journeys with by_rates.$$;

CREATE FUNCTION journey.shapley_rows(tally journey.tally) RETURNS journey.shapley_row[]
	AS 'MODULE_PATHNAME', 'shapley_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION journey.shapley_rows(journey.tally) IS
$$The Shapley values and credits of a tally that shapley_tally or rollup made: SELECT * FROM unnest(shapley_rows(t)), a row a channel in the order of the bytes of their names. Final function of shapley_agg, see there. NULL for a tally without paths. A tally of another kind, one whose rows do not belong to whole paths, and one by rates of more than 20 channels are errors.$$;

CREATE AGGREGATE journey.shapley_agg(path text[], conversions bigint, nulls bigint, value double precision) (
	SFUNC = journey.shapley_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.shapley_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.shapley_agg(text[], bigint, bigint, double precision) IS
$$What does each channel add to the conversions, averaged over all orders in which the channels could be taken in? Shapley values of the game in which a set of channels earns the conversions of all paths that touched nothing else: SELECT * FROM unnest((SELECT shapley_agg(path, conversions, nulls, value) FROM shop.journeys, conversion_paths(journey, 'purchase') WHERE path <> '{}')), an array of shapley_row, a row a channel in the order of the bytes of their names. For this game the definition over all 2^n sets comes to the same as dividing each path's conversions equally among its different channels, which takes linear time and has no limit on channels; order and repeats in a path do not matter, nor do paths that did not convert, beyond that their channels are listed. by_rates asks what those say. Input, NULLs and errors as markov_agg: a row a path with conversions, nulls and the value of its conversions together. The credits add up to the conversions exactly, and those of the value to its sum (kept to the millionth). Memory: about 70 bytes for each channel and number of channels in a path. Runs in parallel; the answer does not depend on the order of rows or the number of workers.$$;

CREATE AGGREGATE journey.shapley_agg(path text[], conversions bigint, nulls bigint, value double precision, by_rates boolean) (
	SFUNC = journey.shapley_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.shapley_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.shapley_agg(text[], bigint, bigint, double precision, boolean) IS
$$As shapley_agg(path, conversions, nulls, value); with by_rates => true (given by position), of the game in which a set of channels earns a conversion rate: conversions as a share of all paths, converting or not, that touched nothing outside the set; 0 where there is no such path. The values add up to the rate of all paths; a channel whose paths convert less often than those without it may have a negative one, and a negative credit. Conversions and value are credited in proportion to the values. This needs all 2^n sets: at most 20 channels, which take about a second and 16 MB, more are an error with the hint to put rare channels together. The names of a path's channels may have 1024 bytes together, and there may be 65,535 different sets. by_rates must be the same for all rows, and not NULL.$$;

CREATE AGGREGATE journey.shapley_tally(path text[], conversions bigint, nulls bigint, value double precision) (
	SFUNC = journey.shapley_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.shapley_tally(text[], bigint, bigint, double precision) IS
$$What shapley_agg counts, as a tally that can be stored, added up by rollup and read by shapley_rows. Same input and errors as shapley_agg. NULL without any row.$$;

CREATE AGGREGATE journey.shapley_tally(path text[], conversions bigint, nulls bigint, value double precision, by_rates boolean) (
	SFUNC = journey.shapley_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.shapley_tally(text[], bigint, bigint, double precision, boolean) IS
$$What shapley_agg counts with by_rates, as a tally that can be stored, added up by rollup with others of the same by_rates, and read by shapley_rows. NULL without any row.$$;

CREATE AGGREGATE journey.shapley_agg(journey journey.journey, options journey.path_options) (
	SFUNC = journey.shapley_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.shapley_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.shapley_agg(journey.journey, journey.path_options) IS
$$The same as shapley_agg(path, conversions, nulls, value) over the rows of conversion_paths, from the journeys themselves and without those rows: SELECT * FROM unnest((SELECT shapley_agg(journey, path_options('purchase')) FROM shop.journeys)). Options, what is counted of a journey, what is skipped and errors are those of markov_agg(journey, options); the answer and the state are the same as over paths, bit for bit. Cost: one pass over the codes of a journey, times only where a conversion or a lookback asks for them, and the touches in the windows of its conversions. Runs in parallel; the answer does not depend on the order of rows or the number of workers.$$;

CREATE AGGREGATE journey.shapley_agg(journey journey.journey, options journey.path_options, by_rates boolean) (
	SFUNC = journey.shapley_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.shapley_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.shapley_agg(journey.journey, journey.path_options, boolean) IS
$$As shapley_agg(journey, options); with by_rates => true (given by position) of the game of conversion rates: see shapley_agg(path, conversions, nulls, value, by_rates). by_rates must be the same for all rows, and not NULL.$$;

CREATE AGGREGATE journey.shapley_tally(journey journey.journey, options journey.path_options) (
	SFUNC = journey.shapley_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.shapley_tally(journey.journey, journey.path_options) IS
$$What shapley_agg(journey, options) counts, as a tally that can be stored, added up by rollup, also with tallies of paths, and read by shapley_rows. Same input and errors as shapley_agg. NULL without any path.$$;

CREATE AGGREGATE journey.shapley_tally(journey journey.journey, options journey.path_options, by_rates boolean) (
	SFUNC = journey.shapley_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.shapley_tally(journey.journey, journey.path_options, boolean) IS
$$What shapley_agg(journey, options, by_rates) counts, as a tally that can be stored, added up by rollup with others of the same by_rates, and read by shapley_rows. NULL without any path.$$;
