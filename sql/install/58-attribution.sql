\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- attribution: the touches that led to a conversion, and the credit of each
--

CREATE TYPE journey.attribution_row AS (
	conversion_no integer,
	conversion_at timestamptz,
	conversion_event text,
	conversion_value double precision,
	path_length integer,
	touch_no integer,
	touch_at timestamptz,
	event text,
	channel text,
	touches integer,
	credit double precision,
	value double precision
);
COMMENT ON TYPE journey.attribution_row IS
$$A credited touch of a conversion, as attribution answers it.$$;
COMMENT ON COLUMN journey.attribution_row.conversion_no IS 'Number of the conversion of this customer, from 1.';
COMMENT ON COLUMN journey.attribution_row.conversion_at IS 'When it was.';
COMMENT ON COLUMN journey.attribution_row.conversion_event IS 'Its event.';
COMMENT ON COLUMN journey.attribution_row.conversion_value IS 'Its value; NULL if it has none.';
COMMENT ON COLUMN journey.attribution_row.path_length IS 'Steps of the path to the conversion, those without credit included; 0 if it is unattributed.';
COMMENT ON COLUMN journey.attribution_row.touch_no IS 'Which step of the path this is, from 1; NULL if the conversion is unattributed.';
COMMENT ON COLUMN journey.attribution_row.touch_at IS 'When the touch was; of several that are one step, the first. NULL if the conversion is unattributed.';
COMMENT ON COLUMN journey.attribution_row.event IS 'Event of that touch; NULL if the conversion is unattributed.';
COMMENT ON COLUMN journey.attribution_row.channel IS 'Channel of the touch; (not set) if it has none; (unattributed) if the conversion has no touch to look back to.';
COMMENT ON COLUMN journey.attribution_row.touches IS 'How many touches are this step; 0 if the conversion is unattributed.';
COMMENT ON COLUMN journey.attribution_row.credit IS 'Its part of the conversion, above 0 and up to 1. The credits of a conversion add up to exactly 1, in whatever order.';
COMMENT ON COLUMN journey.attribution_row.value IS 'Its part of the value of the conversion; NULL if that has none. The parts add up to exactly the value, in whatever order.';

CREATE FUNCTION journey.attribution(
	journey journey.journey,
	conversion journey.matcher,
	model text DEFAULT 'last',
	lookback interval DEFAULT '30 days',
	touch journey.matcher DEFAULT '*@*',
	transform text DEFAULT 'exposure',
	direct journey.matcher DEFAULT '*@direct|*@Direct|*@"(direct)"',
	first_weight double precision DEFAULT 0.4,
	last_weight double precision DEFAULT 0.4,
	half_life interval DEFAULT '7 days',
	restart boolean DEFAULT false,
	conversions journey.journey DEFAULT NULL
) RETURNS SETOF journey.attribution_row
	AS 'MODULE_PATHNAME', 'attribution' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 3;
COMMENT ON FUNCTION journey.attribution(journey.journey, journey.matcher, text, interval, journey.matcher, text, journey.matcher, double precision, double precision, interval, boolean, journey.journey) IS
$$Which touches led a customer to each conversion, and how much each is credited: a row for each touch with credit, ordered by conversion and time.

    SELECT a.channel, sum(a.credit) AS conversions, sum(a.value) AS value FROM shop.journeys, attribution(journey, 'purchase', 'linear') AS a GROUP BY 1;

- conversion: every touchpoint that fits is a conversion; its value is what is shared. Where a matcher cannot say it, give NULL and the conversions themselves as a journey: conversions => filter(journey, model, 'purchase') takes the purchases of a stage model. To give both is an error.
- touch: what counts as a touch. By default every touchpoint that has a channel, so also the conversion, if it has one.
- lookback: a conversion looks back so far, in days of 24 hours; both ends count, so a touch at exactly the time of the conversion does, wherever it is stored, and one exactly so long before it. NULL: to the beginning of the journey.
- restart: each conversion looks back over the whole of lookback (false, the default), also past other conversions; or only to touches after the previous conversion (true), so that no touch is used twice. Conversions of the same time look back to the same touches.
- transform: which touches are steps of the path. 'exposure' (the default): touches in a row with one channel are one step, as most logs have the channel of a visit on each of its events; 'unique': every touch is a step; 'first': the first touch of each channel; 'frequency': the same as 'first' here, see conversion_paths. A step is the first of its touches, the column touches says how many they are.
- model: 'last' (the default), 'first': all to that step. 'last_non_direct': all to the last step that does not fit direct; to the last if all do. 'linear': equal parts. 'position_based': first_weight to the first, last_weight to the last (0.4 each by default), what is left equally to those between; of two steps each gets its weight of both weights, a single one all. 'time_decay': a step that is half_life older than another has half its credit.

Credits are multiples of 2^-53, shares of a value multiples of its last bit; what rounding to that leaves goes to the step with the most credit, of several to the last. So the credits of a conversion add up to exactly 1 and its values to exactly its value, in whatever order. Steps without credit have no row; path_length counts them. A conversion with no touch to look back to is reported, with channel (unattributed), credit 1 and NULL as touch.

No rows if there is no conversion, if journey is NULL, or if conversion and conversions both are. NULL for touch, model, transform, a weight, half_life or restart is its default; NULL for direct: nothing is direct. Errors: an unknown model or transform; a weight outside 0 to 1, or both above 1 together; a negative lookback, a half_life that is not longer than zero, either with months or years. Touches of the same time keep their stored order, which does not depend on that of the rows. Cost: one pass over the journey, and the touches in the window of each conversion, which without a lookback are as many as conversions times touches; first, last and last_non_direct with transform exposure or unique only the pass.$$;

--
-- conversion_paths: the paths to conversions, and those that led to none
--

CREATE TYPE journey.conversion_path AS (
	conversion_no integer,
	path text[],
	converted boolean,
	conversions bigint,
	nulls bigint,
	value double precision,
	conversion_at timestamptz,
	first_at timestamptz,
	last_at timestamptz,
	touches integer
);
COMMENT ON TYPE journey.conversion_path IS
$$The path of a customer to a conversion, or to none, as conversion_paths answers it.$$;
COMMENT ON COLUMN journey.conversion_path.conversion_no IS 'Number of the conversion of this customer, from 1; NULL for the rest of the journey.';
COMMENT ON COLUMN journey.conversion_path.path IS 'The channels of the steps in their order, (not set) for a touch without one; empty if the conversion has no touch to look back to.';
COMMENT ON COLUMN journey.conversion_path.converted IS 'true: the path to a conversion; false: what came after the last conversion, or all if there was none.';
COMMENT ON COLUMN journey.conversion_path.conversions IS '1 if converted, else 0: to be added up.';
COMMENT ON COLUMN journey.conversion_path.nulls IS '0 if converted, else 1: to be added up.';
COMMENT ON COLUMN journey.conversion_path.value IS 'Value of the conversion; 0 if it has none, and for the rest.';
COMMENT ON COLUMN journey.conversion_path.conversion_at IS 'When the conversion was; NULL for the rest.';
COMMENT ON COLUMN journey.conversion_path.first_at IS 'Time of the first touch; NULL if there is none.';
COMMENT ON COLUMN journey.conversion_path.last_at IS 'Time of the last touch; NULL if there is none.';
COMMENT ON COLUMN journey.conversion_path.touches IS 'How many touches the path was made of.';

CREATE FUNCTION journey.conversion_paths(
	journey journey.journey,
	conversion journey.matcher,
	lookback interval DEFAULT '30 days',
	touch journey.matcher DEFAULT '*@*',
	transform text DEFAULT 'exposure',
	restart boolean DEFAULT false,
	conversions journey.journey DEFAULT NULL
) RETURNS SETOF journey.conversion_path
	AS 'MODULE_PATHNAME', 'conversion_paths' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 2;
COMMENT ON FUNCTION journey.conversion_paths(journey.journey, journey.matcher, interval, journey.matcher, text, boolean, journey.journey) IS
$$The channels on the way to each conversion of a customer, and on the way that has led to none: a row for each conversion, and one for the touches after the last conversion (all of them, if there is none), if there are any. The paths that did not convert are what tells the channels that convert from those that are merely met often.

    SELECT p.path, sum(p.conversions) AS conversions, sum(p.nulls) AS nulls, sum(p.value) AS value FROM shop.journeys, conversion_paths(journey, 'purchase') AS p GROUP BY 1;

The options are those of attribution, with the same defaults, and so are the touches that a conversion looks back to. The rest looks back from its last touch over lookback. transform => 'frequency' has a step for each channel, in order of their first touches, with how often it was touched: email(3). For chains of touches, where a touch should be on one path only, use restart => true.

A conversion with no touch to look back to has an empty path: nothing that models of channels can use, so leave it out for them (WHERE path <> '{}') and report it as unattributed. The rest is what has not converted yet: of customers who came lately it may still.

No rows for a NULL or empty journey, or if conversion and conversions both are NULL. Errors are those of attribution. Cost: one pass over the journey, and the touches in the window of each conversion.$$;

CREATE TYPE journey.path_options AS (
	conversion journey.matcher,
	lookback interval,
	touch journey.matcher,
	transform text,
	restart boolean,
	conversions journey.journey
);
COMMENT ON TYPE journey.path_options IS
$$Which paths an aggregate over channels makes of a journey, as the function path_options says it.$$;
COMMENT ON COLUMN journey.path_options.conversion IS 'What converts; NULL where conversions says it.';
COMMENT ON COLUMN journey.path_options.lookback IS 'How far a conversion looks back; NULL: to the beginning of the journey.';
COMMENT ON COLUMN journey.path_options.touch IS 'What counts as a touch; NULL: whatever has a channel.';
COMMENT ON COLUMN journey.path_options.transform IS 'Which touches are steps of the path; NULL: exposure.';
COMMENT ON COLUMN journey.path_options.restart IS 'Whether a conversion looks back only to the one before; NULL: false.';
COMMENT ON COLUMN journey.path_options.conversions IS 'What converted, as a journey; NULL where conversion says it.';

CREATE FUNCTION journey.path_options(
	conversion journey.matcher,
	lookback interval DEFAULT '30 days',
	touch journey.matcher DEFAULT '*@*',
	transform text DEFAULT 'exposure',
	restart boolean DEFAULT false,
	conversions journey.journey DEFAULT NULL
) RETURNS journey.path_options
	AS 'MODULE_PATHNAME', 'path_options' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_options(journey.matcher, interval, journey.matcher, text, boolean, journey.journey) IS
$$The arguments of conversion_paths without the journey, as one value with which markov_agg, markov_tally, shapley_agg and shapley_tally count the paths of journeys themselves: markov_agg(journey, path_options('purchase', restart => true)). Aggregates have no names and no defaults for arguments, a function has. Names, order, defaults and meaning are those of conversion_paths, and so are the errors, which come when the first journey is counted. Constant options are read once a query; options from a table or a parameter for each row that has others. conversions => filter(journey, model, 'purchase') with NULL as conversion is of each row its own.$$;

CREATE FUNCTION journey.path_channels(
	path text[],
	OUT channel text,
	OUT steps bigint,
	OUT first boolean,
	OUT last boolean,
	OUT assisted boolean
) RETURNS SETOF record
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 50 ROWS 3
BEGIN ATOMIC
	SELECT s.channel, count(*), min(s.n) = 1, max(s.n) = max(s.length), max(s.n) < max(s.length)
	FROM (SELECT u.channel, u.n, count(*) OVER () AS length
		  FROM unnest(path_channels.path) WITH ORDINALITY AS u(channel, n)) AS s
	GROUP BY s.channel;
END;
COMMENT ON FUNCTION journey.path_channels(text[]) IS
$$The different channels of a path, a row each, in no order: steps is how many steps it is, first and last whether it is the first and the last step, assisted whether it is on the path and not the last. For counting how many conversions a channel influenced (it was on the path) and assisted:

    SELECT c.channel, count(*) AS influenced, count(*) FILTER (WHERE c.assisted) AS assisted, count(*) FILTER (WHERE c.last) AS last
    FROM shop.journeys, conversion_paths(journey, 'purchase') AS p, path_channels(p.path) AS c WHERE p.converted GROUP BY 1;

Each conversion counts once for a channel, however often it was touched, but for all channels of the path: influenced conversions add up to more than there are. A NULL element is a channel of its own. No rows for a NULL or empty path.$$;
