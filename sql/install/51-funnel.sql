\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- funnel: how far one customer came
--

CREATE FUNCTION journey.funnel(
	journey journey.journey,
	steps journey.matcher[],
	within interval DEFAULT NULL
) RETURNS timestamptz[]
	AS 'MODULE_PATHNAME', 'funnel' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.funnel(journey.journey, journey.matcher[], interval) IS
$$How far did this customer come through the steps, and when? One element a step: the time it was reached, NULL where it was not, so a customer without the first step has NULL everywhere. A chain is one touchpoint for each step, in the order of time; a touchpoint fills one step, touchpoints at the same time may be taken in any order, other touchpoints in between do not matter. The answer is that of the chain with the most steps over all possible starts; among those the one that is complete first; among those the one that starts last, with the earliest time of each step after it. within is the longest time from the first step to the last, both ends included, one day being 24 hours; NULL for no limit. NULL if journey or steps is NULL. No step, more than 64 steps, a NULL step, a negative within and one with months or years are errors. A journey whose events fit no first step is answered from its list of events alone; the others cost touchpoints times steps.$$;
