\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- funnel: how far one customer came
--

CREATE FUNCTION journey.funnel(
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
	open boolean DEFAULT false,
	anchored boolean[] DEFAULT NULL,
	entry text DEFAULT 'best',
	hold text DEFAULT NULL,
	"from" timestamptz DEFAULT NULL,
	"to" timestamptz DEFAULT NULL
) RETURNS timestamptz[]
	AS 'MODULE_PATHNAME', 'funnel' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.funnel(journey.journey, journey.matcher[], interval, text, interval[], text, interval, journey.matcher[], integer[], integer[], text, boolean[], boolean, boolean[], text, text, timestamptz, timestamptz) IS
$$How far did this customer come through the steps, and when? One element a step: the time it was reached, NULL where it was not reached or was skipped, so a customer who did not enter has NULL everywhere. funnel_agg counts these answers over all customers. All that follows within has a name and a default: funnel(journey, '{view_item,purchase}', '7 days', mode => 'strict'). NULL for an option is its default.

A chain is one touchpoint for each step, in the order of time; a touchpoint fills one step, other touchpoints in between do not matter. The answer is that of the chain that comes furthest over all possible starts; among those the one that is complete first; among those the one that starts last; of that the earliest time of each step from the first on. A later first step that leads further is found, whatever came before it.

- within: the longest time from the first step to the last, both ends included, one day being 24 hours; NULL for no limit.
- step_within: for each step the longest time from the step taken before it, both ends included; NULL for no limit, and always NULL for the first step.
- mode: 'ordered'; 'strict': no other touchpoint lies between the first step and the last; 'strict_steps': no other touchpoint that fits any step; 'unordered': the steps in any order, see below.
- tie: what touchpoints at the same time may do. 'any': they may be taken in any order; 'strict': each step must be later than the one before; 'stored': they are taken in the order in which the journey holds them.
- grace: touchpoints at most this much later than the first of them count as being at its time, and the answer shows that time. So a page view logged a second after the click that it led to can come first. Touchpoints that fit no step and no exclusion are left out of this, unless the mode is strict. Not with tie => 'stored'.
- exclude: what must not happen between two steps. Element i of it lies after step exclude_after[i] (1 unless given) and before step exclude_before[i] (the last step unless given); at the very time of one of the two it does no harm.
- on_exclude: 'truncate': a chain does not go on past what is excluded, the customer counts up to the step before it; 'drop': the entry is discarded, even where the excluded touchpoint comes only after the last step reached, if it is within the window; a customer whose entries are all discarded is left out: the answer is NULL, and funnel_agg does not count it.
- optional: true for each step that a chain may skip, never for the first. An optional step that was skipped is NULL before one that is not; it is taken where it can be.
- open: true lets a chain begin at any step; the furthest chain counts, of several the one that begins at the earliest step. Not with on_exclude => 'drop', entry or mode => 'unordered'.
- entry: which touchpoints that fit the first step can begin a chain: 'best' all, 'first' or 'last' only those at the first or the last time of all.
- "from", "to": a chain begins at or after "from" and before "to"; its other steps may be later. NULL, -infinity and infinity for no bound.
- hold: 'channel': all steps of a chain have the same channel (or none), and what happens in other channels does not count, as if the customer had a journey in each channel; the best answer of them is given.

With mode => 'unordered' element k of the answer is the time at which k different steps had been reached, in whatever order; the chain begins with any step. anchored is true for each step that stands at its own place nevertheless: the steps before it in the list come before it and those after it come after. Not with step_within, optional or open.

NULL if journey or steps is NULL. Errors: no step, more than 64 steps, a NULL step; a word that is none of those above; a negative interval, or one with months or years; an array that is not as long as steps (or, for exclude_after and exclude_before, as exclude), or has a NULL where none is said to be allowed; options that exclude each other.

A journey whose events fit no first step is answered from its list of events alone. The others cost touchpoints times steps, and least without any option but within. It is more with open (steps times as much); with on_exclude => 'drop' where something excluded occurs, and with mode => 'unordered' together with exclude or with anchored (for each entry the touchpoints of its window, so without a window up to the square of the touchpoints); and where very many touchpoints have the same time.$$;
