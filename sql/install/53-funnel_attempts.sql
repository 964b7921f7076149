\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- funnel_attempts: every attempt of one customer
--

CREATE TYPE journey.funnel_attempt AS (
	attempt_no integer,
	entered_at timestamptz,
	ended_at timestamptz,
	outcome text,
	reached integer,
	times timestamptz[],
	step_order integer[]
);
COMMENT ON TYPE journey.funnel_attempt IS
$$One attempt of a customer at a funnel, as funnel_attempts answers it.$$;
COMMENT ON COLUMN journey.funnel_attempt.attempt_no IS 'Number of the attempt of this customer, from 1, in the order of entered_at.';
COMMENT ON COLUMN journey.funnel_attempt.entered_at IS 'When it began: the time of its first step.';
COMMENT ON COLUMN journey.funnel_attempt.ended_at IS 'When it was over: converted: at its last step; excluded: at what is excluded; timed_out: at the last moment of the window; ended: at the last touchpoint of the session; NULL while unfinished.';
COMMENT ON COLUMN journey.funnel_attempt.outcome IS 'converted: it took the last step; excluded: something that is excluded ended it; timed_out: the window was over before as_of; ended: the session was over before as_of; unfinished: none of these yet.';
COMMENT ON COLUMN journey.funnel_attempt.reached IS 'Number of the furthest step that it took; where the steps come in any order, how many it took; 0 for an entry that on_exclude => ''drop'' discards.';
COMMENT ON COLUMN journey.funnel_attempt.times IS 'One element a step, as funnel answers it: when it was taken, NULL where it was not. What funnel_agg counts.';
COMMENT ON COLUMN journey.funnel_attempt.step_order IS 'Which step stands at each element of times: 1, 2, 3 and so on, but with mode => ''unordered'' the step that was taken as first, second and so on, NULL where none was.';

CREATE FUNCTION journey.funnel_attempts(
	journey journey.journey,
	steps journey.matcher[],
	within interval DEFAULT NULL,
	mode text DEFAULT 'ordered',
	step_within interval[] DEFAULT NULL,
	tie text DEFAULT 'any',
	grace interval DEFAULT NULL,
	exclude journey.matcher[] DEFAULT NULL,
	exclude_after integer[] DEFAULT NULL,
	exclude_before integer[] DEFAULT NULL,
	on_exclude text DEFAULT 'truncate',
	optional boolean[] DEFAULT NULL,
	anchored boolean[] DEFAULT NULL,
	hold text DEFAULT NULL,
	"from" timestamptz DEFAULT NULL,
	"to" timestamptz DEFAULT NULL,
	count text DEFAULT 'totals',
	session_timeout interval DEFAULT '30 minutes',
	as_of timestamptz DEFAULT NULL
) RETURNS SETOF journey.funnel_attempt
	AS 'MODULE_PATHNAME', 'funnel_attempts' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 3;
COMMENT ON FUNCTION journey.funnel_attempts(journey.journey, journey.matcher[], interval, text, interval[], text, interval, journey.matcher[], integer[], integer[], text, boolean[], boolean[], text, timestamptz, timestamptz, text, interval, timestamptz) IS
$$Every attempt of a customer at a funnel, where funnel answers only the best: a row an attempt, in the order in which they began. The options up to "to" are those of funnel.

    SELECT a.outcome, count(*) FROM shop.journeys, funnel_attempts(journey, '{view_item,purchase}', '7 days') AS a GROUP BY 1;

count says what is an attempt:

- 'totals': an attempt begins when the customer enters (takes the first step) while no other attempt is on; it is over when it has taken the last step, meets what is excluded, or when its window is over, and the next entry after that begins the next attempt. So A, A, A, B, C, C, A, B, C is two attempts at {A,B,C}, both converted. Without a window an attempt that neither converts nor is excluded is the last one.
- 'sessions': the same in each session for itself, but at most one attempt a session. A new session begins after a gap longer than session_timeout; an attempt takes nothing from outside its session.
- 'entries': every entry is an attempt of its own, so one conversion may be that of several attempts.

Each attempt is the best chain that begins with its entry, as funnel chooses it: what comes before the entry does not matter. times of the attempts are what funnel_agg counts: funnel_agg(times) tells how many attempts reached each step. With hold => 'channel' every channel has attempts of its own.

as_of is the time up to which the data is known, the journey's last touchpoint unless given; it tells which windows and sessions are over, and leaves no touchpoint out. Give the time of the export, or now(), to see which attempts can still convert.

No rows if journey or steps is NULL or the journey is empty. NULL for an option is its default. A negative session_timeout, or one with months or years, is an error; the other errors are those of funnel. For totals and sessions the cost is about that of one funnel(), as a touchpoint lies in the window of one attempt, seldom more; for entries it is the touchpoints in the window of each entry, times steps.$$;
