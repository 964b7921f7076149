/* The same answers from plain SQL, and from stores that hold the same journeys. */
CALL bench.compare('transition matrix: journey and plain SQL', 'tenth',
	'SELECT from_event, to_event, count, customers FROM unnest((SELECT journey.transition_agg(journey) FROM $T))',
	'TABLE bench.plain_transitions');
CALL bench.compare('transitions of five stages: journey and plain SQL', 'tenth',
	'SELECT from_event, to_event, count, customers
	 FROM unnest((SELECT journey.transition_agg(journey, (SELECT journey.stage_model(''five_stage''))) FROM $T))',
	'TABLE bench.plain_stage_transitions');
CALL bench.compare('stage of each touchpoint: journey and plain SQL', 'tenth',
	'SELECT s.customer, t.at, t.stage
	 FROM $T AS s, journey.staged_touchpoints(s.journey, (SELECT journey.stage_model(''five_stage''))) AS t',
	'TABLE bench.plain_stages');
CALL bench.compare('funnel of four steps in seven days: journey and plain SQL', 'tenth',
	'SELECT step_no, reached
	 FROM unnest((SELECT journey.funnel_agg(journey.funnel(journey, $STEPS, within => ''7 days'')) FROM $T))',
	'TABLE bench.plain_funnel');
CALL bench.compare('weekly retention: journey and plain SQL', 'tenth',
	'SELECT cohort, period_no, retained
	 FROM unnest((SELECT journey.retention_agg(journey.activity(journey, ''*'', ''*'', ''week'')) FROM $T)) WHERE retained > 0',
	'TABLE bench.plain_retention');
CALL bench.compare('touchpoints: the store and the rows it was built of', 'tenth',
	'SELECT s.customer, t.at, t.event FROM $T AS s, journey.touchpoints(s.journey) AS t',
	'SELECT customer, at, event FROM bench.events_tenth');
CALL bench.compare('transition matrix: seconds and microseconds', 'seconds',
	'SELECT from_event, to_event, count, customers FROM unnest((SELECT journey.transition_agg(journey) FROM $T))',
	'SELECT from_event, to_event, count, customers FROM unnest((SELECT journey.transition_agg(journey) FROM bench.microseconds))');
CALL bench.compare('transitions of five stages: in one pass and by classify', 'names',
	'SELECT from_event, to_event, count, customers
	 FROM unnest((SELECT journey.transition_agg(journey, (SELECT journey.stage_model(''five_stage''))) FROM $T))',
	'SELECT from_event, to_event, count, customers
	 FROM unnest((SELECT journey.transition_agg(journey.classify(journey, (SELECT journey.stage_model(''five_stage'')))) FROM $T))');
