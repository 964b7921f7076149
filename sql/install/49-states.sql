\echo Use "CREATE EXTENSION journey" to load this file. \quit

/*
 * The states of a customer over time.
 *
 * The forms without a model stand for stage_model('lifecycle') as the tables
 * have it now, with the user's own events.  That of states reads it when it is
 * first called in a query.  The body of state_at is a string on purpose, which
 * is parsed where the server puts it in place of the call, in a view too: the
 * literal in it is a constant of the query, while a body that was parsed at
 * CREATE EXTENSION would hold the model as it was then.
 */

CREATE TYPE journey.state_row AS (
	state_no integer,
	state text,
	stage_no integer,
	previous_state text,
	from_at timestamptz,
	to_at timestamptz,
	n integer,
	event text,
	channel text,
	moment text,
	touchpoints integer,
	reversed boolean
);
COMMENT ON TYPE journey.state_row IS
$$A state in which a customer was for a time, as states answers it.$$;
COMMENT ON COLUMN journey.state_row.state_no IS 'Number of the row of this customer, from 1: the order in which the customer was in the states.';
COMMENT ON COLUMN journey.state_row.state IS 'The state: a stage of the model.';
COMMENT ON COLUMN journey.state_row.stage_no IS 'Number of that stage, counted from 1 in the order of the model.';
COMMENT ON COLUMN journey.state_row.previous_state IS 'The state right before; NULL for the first.';
COMMENT ON COLUMN journey.state_row.from_at IS 'When it began: the time of the touchpoint that brought the customer there. A dormant state begins a microsecond after the time that the model allows without a touchpoint, since exactly as long is not longer.';
COMMENT ON COLUMN journey.state_row.to_at IS 'When it ended: the first time at which the customer was in it no more; from_at of the next row. NULL: the customer is in it as of as_of.';
COMMENT ON COLUMN journey.state_row.n IS 'Number of the touchpoint that brought the customer there, from 1 in the journey; NULL for a dormant state that only time brought.';
COMMENT ON COLUMN journey.state_row.event IS 'Event of that touchpoint.';
COMMENT ON COLUMN journey.state_row.channel IS 'Channel of that touchpoint; NULL for none.';
COMMENT ON COLUMN journey.state_row.moment IS 'Moment of truth in which that touchpoint stands, by the model given as moments; NULL for none, or without that model.';
COMMENT ON COLUMN journey.state_row.touchpoints IS 'Touchpoints of the customer while in the state, in a stage or not; the one that brought the customer there included.';
COMMENT ON COLUMN journey.state_row.reversed IS 'Whether it was a step back: to an earlier stage than that of the touchpoints before, as by a refund. Falling asleep and waking up in the same stage are none. NULL if the stages of the model have no order.';

CREATE FUNCTION journey.states(j journey.journey, model journey.stage_model,
		as_of timestamptz DEFAULT NULL, moments journey.stage_model DEFAULT NULL)
	RETURNS SETOF journey.state_row
	AS 'MODULE_PATHNAME', 'journey_states' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 3;
COMMENT ON FUNCTION journey.states(journey.journey, journey.stage_model, timestamptz, journey.stage_model) IS
$$The states of a customer over time, a row a state in order: from when to when, and which touchpoint brought the customer there.

    SELECT s.state, s.previous_state, s.from_at, s.to_at, s.event FROM shop.journeys, states(journey, stage_model('lifecycle')) AS s WHERE customer = 3;

The customer is in the stage of the latest touchpoint that stands in one. A touchpoint in the same stage, or in none, goes on with the row. A touchpoint in another stage ends it and begins the next one: forward or back, as a refund or cancellation takes a purchase back, or the same state for the second time. If the model has a dormant stage ("dormant lapsed after 180 days"), a row of that begins where no touchpoint came for longer, and lasts until the next one: also between two touchpoints, and after the last up to as_of.

The row with from_at <= t and (to_at IS NULL OR t < to_at) is the state at t, state_at(j, model, t), for every t up to as_of; the states in rows of no length were passed through at one and the same time. Touchpoints before the first that stands in a stage are in no row.

as_of: rows end there; touchpoints after it count for nothing but the question whether the journey has deliveries at all. NULL, the default: the last touchpoint of the journey, as of which nobody is dormant. To compare customers give all the same time, such as (SELECT last_at FROM shop.source). moments: a model of the moments of truth, for the column moment; NULL: none.

No rows for NULL as journey or model, for the empty journey, and if no touchpoint up to as_of stands in a stage. An as_of that is infinite is an error. Takes one pass over the journey for each model.$$;

CREATE FUNCTION journey.states(j journey.journey) RETURNS SETOF journey.state_row
	AS 'MODULE_PATHNAME', 'journey_states_lifecycle' LANGUAGE C STABLE PARALLEL SAFE COST 100 ROWS 3;
COMMENT ON FUNCTION journey.states(journey.journey) IS
$$The states of a customer in the model lifecycle, up to the last touchpoint: visitor, prospect, first_time_buyer, loyal, evangelist, and lapsed between touchpoints that are more than 180 days apart. The same as states(j, stage_model('lifecycle')), with the events and rules that the tables have when the query runs, so that a view that is made of it knows events that are added later. Reading the model takes some 20 ms a query, however many rows it has.$$;

CREATE FUNCTION journey.state_at(j journey.journey, model journey.stage_model, t timestamptz) RETURNS text
	AS 'MODULE_PATHNAME', 'journey_current_stage' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.state_at(journey.journey, journey.stage_model, timestamptz) IS
$$The state in which a customer was at a time: that of the latest touchpoint at or before t that stands in a stage, or the dormant one if the latest touchpoint up to then was longer ago than the model allows. The same as current_stage(j, model, t), and the state of the row of states in which t lies. NULL before the first touchpoint that stands in a stage, and for NULL.$$;

CREATE FUNCTION journey.state_at(j journey.journey, t timestamptz) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 20
AS $$SELECT journey.state_at(j, 'lifecycle'::journey.stage_model, t)$$;
COMMENT ON FUNCTION journey.state_at(journey.journey, timestamptz) IS
$$The state in which a customer was at a time, in the model lifecycle: visitor, prospect, first_time_buyer, loyal, evangelist or lapsed; state_at(j, stage_model('lifecycle'), t). The model is read when the query is planned, which takes some 20 ms.

    SELECT state_at(journey, '2026-04-01 00:00+00'), count(*) FROM shop.journeys GROUP BY 1;

NULL before the first touchpoint, and for NULL.$$;

--
-- Views of a source
--

CREATE FUNCTION journey.states_views(name text, has_value boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM journey.source_view(name, 'states', $q$
SELECT j.customer, s.state_no, s.state, s.stage_no, s.previous_state,
	   s.from_at, (s.from_at AT TIME ZONE {zone})::date AS from_date,
	   s.to_at, (s.to_at AT TIME ZONE {zone})::date AS to_date,
	   extract(epoch FROM s.to_at - s.from_at)::double precision AS duration_seconds,
	   s.n, s.event, s.channel, s.moment, s.touchpoints, s.reversed
FROM {schema}.store AS j
	CROSS JOIN LATERAL journey.states(j.journey, {states}, {last_seen}, {moments}) AS s
$q$,
		'One row for each state in which a customer was, in order: visitor, prospect, first_time_buyer, loyal, evangelist, or lapsed after a long time without a touchpoint. A customer may be in a state more than once: refunds and cancellations lead back, and who lapsed may wake up. The states at a time t: from_at <= t AND (to_at IS NULL OR to_at > t).',
		ARRAY[
		'customer: The customer.',
		'state_no: Number of the row of the customer, from 1.',
		'state: The state.',
		'stage_no: Number of the state in the order of the model, from 1.',
		'previous_state: The state right before; NULL for the first.',
		'from_at: When it began; lapsed begins a microsecond after the longest time without a touchpoint that is allowed.',
		'from_date: The date of that in the time zone of the source.',
		'to_at: When it ended, which is when the next one began; NULL: the customer is in it as of the last touchpoint seen in the source.',
		'to_date: The date of that in the time zone of the source.',
		'duration_seconds: Seconds from from_at to to_at; NULL while it lasts.',
		'n: Number of the touchpoint that brought the customer there; NULL where only time did.',
		'event: Event of that touchpoint.',
		'channel: Channel of that touchpoint; NULL for none.',
		'moment: Moment of truth in which that touchpoint stands; NULL for none.',
		'touchpoints: Touchpoints of the customer while in the state, the one that brought the customer there included.',
		'reversed: Whether it was a step back to an earlier state, as by a refund; falling asleep and waking up are none.']);

	PERFORM journey.source_view(name, 'state_transitions', $q$
SELECT j.customer, s.state_no, s.previous_state AS from_state, s.state AS to_state,
	   s.from_at AS at, (s.from_at AT TIME ZONE {zone})::date AS at_date,
	   CASE WHEN s.n IS NULL THEN 'time' ELSE 'touchpoint' END AS cause,
	   s.n, s.event, s.channel, s.moment, s.reversed,
	   extract(epoch FROM s.from_at - s.began_at)::double precision AS in_from_state_seconds
FROM {schema}.store AS j
	CROSS JOIN LATERAL (
		SELECT r.*, lag(r.from_at) OVER (ORDER BY r.state_no) AS began_at
		FROM journey.states(j.journey, {states}, {last_seen}, {moments}) AS r) AS s
WHERE s.previous_state IS NOT NULL
$q$,
		'One row for each move of a customer from one state to another: who, when, and through which touchpoint, as of the last touchpoint seen in the source. The first state of a customer is no move; it is in states.',
		ARRAY[
		'customer: The customer.',
		'state_no: Number of the row in states that began with it.',
		'from_state: The state that was left.',
		'to_state: The state that was entered.',
		'at: When.',
		'at_date: The date of that in the time zone of the source.',
		'cause: touchpoint, or time where the customer lapsed by doing nothing.',
		'n: Number of the touchpoint that caused it; NULL for time.',
		'event: Event of that touchpoint.',
		'channel: Channel of that touchpoint; NULL for none.',
		'moment: Moment of truth in which that touchpoint stands; NULL for none.',
		'reversed: Whether it was a step back to an earlier state, as by a refund or cancellation.',
		'in_from_state_seconds: Seconds for which the customer had been in from_state.']);
END
$function$;
COMMENT ON FUNCTION journey.states_views(text, boolean) IS
$$Makes the views states and state_transitions of a source. A part of create_source.$$;
