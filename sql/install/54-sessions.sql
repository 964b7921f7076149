\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- sessions: those of one customer
--

CREATE TYPE journey.session_row AS (
	session_no integer,
	start_at timestamptz,
	end_at timestamptz,
	duration_seconds double precision,
	touchpoints integer,
	split_cause text,
	entry_event text,
	exit_event text,
	channel text,
	value double precision,
	page_views integer,
	key_events integer,
	engaged boolean,
	engaged_by text,
	bounced_classic boolean,
	bounced_ga4 boolean
);
COMMENT ON TYPE journey.session_row IS
$$One session of a customer, as sessions and visits answer it.$$;
COMMENT ON COLUMN journey.session_row.session_no IS 'Number of the session of this customer, from 1.';
COMMENT ON COLUMN journey.session_row.start_at IS 'Time of its first touchpoint.';
COMMENT ON COLUMN journey.session_row.end_at IS 'Time of its last touchpoint.';
COMMENT ON COLUMN journey.session_row.duration_seconds IS 'Seconds from start_at to end_at; 0 for one touchpoint: how long the last page was looked at is not known.';
COMMENT ON COLUMN journey.session_row.touchpoints IS 'Number of its touchpoints.';
COMMENT ON COLUMN journey.session_row.split_cause IS 'Why it began, the first of these that holds: first: the customer''s first touchpoint; timeout: the gap before it was too long; end: the touchpoint before fits "end"; start: its first touchpoint fits start; channel: that came through another channel; length: the session before would have been longer than max_length; count: it had max_touchpoints.';
COMMENT ON COLUMN journey.session_row.entry_event IS 'Event of its first touchpoint.';
COMMENT ON COLUMN journey.session_row.exit_event IS 'Event of its last touchpoint.';
COMMENT ON COLUMN journey.session_row.channel IS 'Channel of the session: of its first touchpoint that has one; NULL if none has.';
COMMENT ON COLUMN journey.session_row.value IS 'Sum of the values of its touchpoints; NULL if none has one.';
COMMENT ON COLUMN journey.session_row.page_views IS 'Touchpoints that are a page or screen view.';
COMMENT ON COLUMN journey.session_row.key_events IS 'Touchpoints that are a key event.';
COMMENT ON COLUMN journey.session_row.engaged IS 'Engaged as Google Analytics 4 says: longer than 10 seconds, or with a key event, or with two page or screen views.';
COMMENT ON COLUMN journey.session_row.engaged_by IS 'The first of these that made it engaged: duration, key_event, page_views; NULL if it was not.';
COMMENT ON COLUMN journey.session_row.bounced_classic IS 'Bounced as it was said before: a session of one touchpoint.';
COMMENT ON COLUMN journey.session_row.bounced_ga4 IS 'Bounced as Google Analytics 4 says: not engaged. A visitor who buys with one click bounced only in the classic sense, one who left after two clicks in five seconds only in this.';

CREATE FUNCTION journey.sessions(
	j journey.journey,
	timeout interval DEFAULT '30 minutes',
	boundary text DEFAULT '>',
	max_length interval DEFAULT NULL,
	max_touchpoints integer DEFAULT NULL,
	split_on_channel boolean DEFAULT false,
	start journey.matcher DEFAULT NULL,
	"end" journey.matcher DEFAULT NULL,
	key_event journey.matcher DEFAULT 'purchase',
	page_view journey.matcher DEFAULT 'page_view | screen_view | page_viewed'
) RETURNS SETOF journey.session_row
	AS 'MODULE_PATHNAME', 'sessions' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 5;
COMMENT ON FUNCTION journey.sessions(journey.journey, interval, text, interval, integer, boolean, journey.matcher, journey.matcher, journey.matcher, journey.matcher) IS
$$The sessions of a customer, a row each in order: when, how long, why it began, entry and exit, channel, value, engaged and bounced.

    SELECT s.split_cause, count(*), avg(s.touchpoints) FROM shop.journeys, sessions(journey) AS s GROUP BY 1;

Each touchpoint is in one session. A new one begins

- after a gap longer than timeout; with boundary => '>=' also after one of exactly the timeout. NULL: no gap splits.
- after a touchpoint that fits "end", which is the last of its session,
- at a touchpoint that fits start, which is the first of its session,
- with split_on_channel, at a touchpoint of another channel than the session's. That is the channel of its first touchpoint that has one; touchpoints without a channel never split, and stay in the session they come in.
- where the session would otherwise last longer than max_length, from its first to its last touchpoint, or have more than max_touchpoints.

Where several hold at once split_cause names the first of them in this order. Only the gap to the touchpoint before counts, so touchpoints may belong to a session of any length unless max_length is given; midnight does not split.

key_event is what makes a session engaged however short it is, page_view what is counted as page and screen views; NULL: nothing does.

A journey is ordered by time, so a row that comes late makes the same sessions as if it had come in time: one between two sessions may make them one. With defaults the sessions are those of split_sessions, which gives the journeys of them, and their number that of session_no over the raw rows. visits leaves out what is no part of a visit.

No rows for NULL and for the empty journey. NULL for boundary, max_length, max_touchpoints and split_on_channel is the default. A timeout or max_length that is negative or has months or years, another boundary, max_touchpoints below 1 and values whose sum is out of range are errors. One pass over the journey.$$;

CREATE FUNCTION journey.visits(j journey.journey, model journey.stage_model) RETURNS SETOF journey.session_row
	AS 'MODULE_PATHNAME', 'visits' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 5;
COMMENT ON FUNCTION journey.visits(journey.journey, journey.stage_model) IS
$$The sessions of a customer as a stage model sees them, a row each in order, with the columns of sessions: the model's session_timeout splits, its purchases are the key events, and what it calls offsite (mails, parcels, refunds: what happens while nobody visits) is in no session. session_no is the visit_no of staged_touchpoints. Page views are page_view, screen_view and page_viewed. No rows for NULL and for a journey without a touchpoint on the site. One pass over the journey.$$;

--
-- session_no: the session of a raw row
--

CREATE FUNCTION journey.session_no(at timestamptz, timeout interval DEFAULT '30 minutes', boundary text DEFAULT '>') RETURNS bigint
	AS 'MODULE_PATHNAME', 'session_no' LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW COST 10;
COMMENT ON FUNCTION journey.session_no(timestamptz, interval, text) IS
$$The number of the session that a row is in, counted from 1 in each partition: for tables of raw rows that are not kept as journeys.

    SELECT *, session_no(at, '30 min') OVER (PARTITION BY customer ORDER BY at) FROM events;

A row is in a new session if it comes longer than timeout after the row before; with boundary => '>=' also if exactly that long. A NULL timeout never splits, a NULL boundary is '>'. Both may differ from row to row: those of a row are for the gap before it. NULL for a row without a time; such rows do not count. The window has to be ordered by the same time, ascending, or descending to count sessions from the last one: a time that goes back is an error. So are a timeout that is negative or has months or years, and another boundary. An infinite time is far from every other one. Memory does not depend on the number of rows.$$;

CREATE FUNCTION journey.session_no(at timestamp, timeout interval DEFAULT '30 minutes', boundary text DEFAULT '>') RETURNS bigint
	AS 'MODULE_PATHNAME', 'session_no' LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW COST 10;
COMMENT ON FUNCTION journey.session_no(timestamp, interval, text) IS
$$The same for times without a time zone, which are compared as they stand: where they are local times, the hour that clocks are set back is missing from the gaps.$$;

--
-- session_agg: totals over all customers
--

CREATE TYPE journey.session_totals AS (
	customers bigint,
	repeat_customers bigint,
	sessions bigint,
	touchpoints bigint,
	sessions_per_customer double precision,
	touchpoints_per_session double precision,
	bounced_classic bigint,
	bounced_classic_rate double precision,
	bounced_ga4 bigint,
	bounced_ga4_rate double precision,
	engaged bigint,
	engaged_rate double precision,
	converted bigint,
	converted_rate double precision,
	duration_seconds double precision,
	mean_seconds double precision,
	median_seconds double precision,
	p90_seconds double precision
);
COMMENT ON TYPE journey.session_totals IS
$$The sessions of all customers in a few numbers, as session_agg answers them.$$;
COMMENT ON COLUMN journey.session_totals.customers IS 'Customers with a touchpoint.';
COMMENT ON COLUMN journey.session_totals.repeat_customers IS 'Those of them with more than one session.';
COMMENT ON COLUMN journey.session_totals.sessions IS 'Sessions of all customers.';
COMMENT ON COLUMN journey.session_totals.touchpoints IS 'Touchpoints of all sessions.';
COMMENT ON COLUMN journey.session_totals.sessions_per_customer IS 'sessions / customers.';
COMMENT ON COLUMN journey.session_totals.touchpoints_per_session IS 'touchpoints / sessions.';
COMMENT ON COLUMN journey.session_totals.bounced_classic IS 'Sessions of one touchpoint.';
COMMENT ON COLUMN journey.session_totals.bounced_classic_rate IS 'bounced_classic of sessions, 0 to 1.';
COMMENT ON COLUMN journey.session_totals.bounced_ga4 IS 'Sessions that were not engaged.';
COMMENT ON COLUMN journey.session_totals.bounced_ga4_rate IS 'bounced_ga4 of sessions, 0 to 1; 1 - engaged_rate.';
COMMENT ON COLUMN journey.session_totals.engaged IS 'Sessions longer than 10 seconds, or with a key event, or with two page or screen views.';
COMMENT ON COLUMN journey.session_totals.engaged_rate IS 'engaged of sessions, 0 to 1.';
COMMENT ON COLUMN journey.session_totals.converted IS 'Sessions with a key event.';
COMMENT ON COLUMN journey.session_totals.converted_rate IS 'converted of sessions, 0 to 1: the conversion rate of sessions.';
COMMENT ON COLUMN journey.session_totals.duration_seconds IS 'Sum of the durations of all sessions, seconds.';
COMMENT ON COLUMN journey.session_totals.mean_seconds IS 'duration_seconds / sessions.';
COMMENT ON COLUMN journey.session_totals.median_seconds IS 'Median of the durations, relative error at most 1 %.';
COMMENT ON COLUMN journey.session_totals.p90_seconds IS '90th percentile of the durations, relative error at most 1 %.';

CREATE FUNCTION journey.session_agg_add(state journey.tally, j journey.journey) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'session_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.session_agg_add(journey.tally, journey.journey) IS
$$Transition function of session_agg.$$;

CREATE FUNCTION journey.session_agg_add(state journey.tally, j journey.journey, timeout interval) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'session_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.session_agg_add(journey.tally, journey.journey, interval) IS
$$Transition function of session_agg with a timeout.$$;

CREATE FUNCTION journey.session_agg_add(state journey.tally, j journey.journey, timeout interval, boundary text, key_event journey.matcher) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'session_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.session_agg_add(journey.tally, journey.journey, interval, text, journey.matcher) IS
$$Transition function of session_agg with a timeout, boundary and key events.$$;

CREATE FUNCTION journey.session_rows(tally journey.tally) RETURNS journey.session_totals[]
	AS 'MODULE_PATHNAME', 'session_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey.session_rows(journey.tally) IS
$$The totals that a stored tally holds: SELECT * FROM unnest(session_rows(t)), one row. Final function of session_agg. NULL for a tally without customers; one of another kind, or whose numbers contradict each other, is an error.$$;

CREATE AGGREGATE journey.session_agg(j journey.journey) (
	SFUNC = journey.session_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.session_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.session_agg(journey.journey) IS
$$The sessions of all customers in a few numbers and one pass: how many, how long, how many bounced, were engaged, converted; here those after 30 minutes without a touchpoint. SELECT t.* FROM unnest((SELECT session_agg(journey) FROM shop.journeys)) AS t. Each row of input is a customer; the answer is an array with one session_totals. Sessions, engaged and bounced are those of sessions(j): key events are purchases. Customers without a touchpoint, and NULL, are left out; NULL without any other. Median and percentile are from logarithmic buckets, within 1 %. Memory: some ten kB a group, at most 200. Runs in parallel; the answer does not depend on the order of rows or the number of workers.$$;

CREATE AGGREGATE journey.session_agg(j journey.journey, timeout interval) (
	SFUNC = journey.session_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.session_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.session_agg(journey.journey, interval) IS
$$The same with another timeout: a gap longer than it begins a new session; NULL: none does. A timeout that is negative, has months or years, or differs between the rows of one aggregate is an error.$$;

CREATE AGGREGATE journey.session_agg(j journey.journey, timeout interval, boundary text, key_event journey.matcher) (
	SFUNC = journey.session_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.session_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.session_agg(journey.journey, interval, text, journey.matcher) IS
$$The same with a boundary ('>': a gap equal to the timeout does not split; '>=': it does; NULL is '>') and with the key events that make a session engaged and converted (NULL: nothing does). Another boundary, and one or key events that differ between the rows of one aggregate, are errors.$$;

CREATE AGGREGATE journey.session_tally(j journey.journey) (
	SFUNC = journey.session_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.session_tally(journey.journey) IS
$$What session_agg counts, as a tally that can be stored, added up by rollup and read by session_rows. NULL without a customer.$$;

CREATE AGGREGATE journey.session_tally(j journey.journey, timeout interval) (
	SFUNC = journey.session_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.session_tally(journey.journey, interval) IS
$$What session_agg counts with this timeout, as a tally. rollup refuses to add up tallies that differ in it.$$;

CREATE AGGREGATE journey.session_tally(j journey.journey, timeout interval, boundary text, key_event journey.matcher) (
	SFUNC = journey.session_agg_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.session_tally(journey.journey, interval, text, journey.matcher) IS
$$What session_agg counts with this timeout, boundary and these key events, as a tally. rollup refuses to add up tallies that differ in them.$$;
