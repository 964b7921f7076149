\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- nps: would customers recommend us?
--

CREATE TYPE journey.nps_row AS (
	score double precision,
	n bigint,
	std_error double precision,
	margin double precision,
	lower double precision,
	upper double precision,
	promoters bigint,
	passives bigint,
	detractors bigint,
	promoter_rate double precision,
	detractor_rate double precision,
	mean double precision,
	low double precision,
	high double precision
);
COMMENT ON TYPE journey.nps_row IS
$$A Net Promoter Score with its margin, as nps answers it.$$;
COMMENT ON COLUMN journey.nps_row.score IS 'Promoters less detractors in percent of all answers, -100 to 100.';
COMMENT ON COLUMN journey.nps_row.n IS 'Number of answers: promoters + passives + detractors.';
COMMENT ON COLUMN journey.nps_row.std_error IS 'Standard error of the score: 100 * sqrt((p + d - (p - d)^2) / n) with the shares p of promoters and d of detractors. 0 where all answers are of one kind.';
COMMENT ON COLUMN journey.nps_row.margin IS 'Margin of error of 95 %: 1.96 times the standard error. NULL where all answers are of one kind: how far the score may be off then cannot be told from them.';
COMMENT ON COLUMN journey.nps_row.lower IS 'score - margin, at least -100; NULL with the margin.';
COMMENT ON COLUMN journey.nps_row.upper IS 'score + margin, at most 100; NULL with the margin.';
COMMENT ON COLUMN journey.nps_row.promoters IS 'Answers of 9 and 10.';
COMMENT ON COLUMN journey.nps_row.passives IS 'Answers of 7 and 8: they count in n only.';
COMMENT ON COLUMN journey.nps_row.detractors IS 'Answers of 0 to 6.';
COMMENT ON COLUMN journey.nps_row.promoter_rate IS 'promoters of n, 0 to 1.';
COMMENT ON COLUMN journey.nps_row.detractor_rate IS 'detractors of n, 0 to 1.';
COMMENT ON COLUMN journey.nps_row.mean IS 'Mean of the answers, 0 to 10; NULL where only the counts are known.';
COMMENT ON COLUMN journey.nps_row.low IS 'Lowest score of the scale: 0.';
COMMENT ON COLUMN journey.nps_row.high IS 'Highest score of the scale: 10, the best one.';

CREATE FUNCTION journey.nps_add(state journey.tally, score double precision) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'nps_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.nps_add(journey.tally, double precision) IS
$$Transition function of nps.$$;

CREATE FUNCTION journey.nps_rows(tally journey.tally) RETURNS journey.nps_row
	AS 'MODULE_PATHNAME', 'nps_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.nps_rows(journey.tally) IS
$$The score of a stored tally: SELECT (nps_rows(rollup(t))).score. Final function of nps. NULL for a tally without answers; one of another kind or metric, or whose numbers contradict each other, is an error.$$;

CREATE AGGREGATE journey.nps(score double precision) (
	SFUNC = journey.nps_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.nps_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.nps(double precision) IS
$$The Net Promoter Score of answers from 0 to 10, with its margin of error and bounds of 95 %, as one nps_row:

    SELECT month, (nps(score)).* FROM answers GROUP BY month;

9 and 10 are promoters, 0 to 6 detractors; the score is their difference in percent of all answers, 7 and 8 included. Each row of input is an answer; NULL is none and is skipped; NULL without any answer. A score that is not a whole number from 0 to 10 is an error: leave out what is no answer, and where promoters and detractors are kept as 1 and -1 count them with nps_of_counts. Whether two scores differ by more than chance: nps_difference. Runs in parallel; the answer does not depend on the order of rows or the number of workers. Memory: a few hundred bytes a group.$$;

CREATE AGGREGATE journey.nps_tally(score double precision) (
	SFUNC = journey.nps_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.nps_tally(double precision) IS
$$The number of answers by score, as a tally that can be stored, added up by rollup and read by nps_rows: the score of a year is that of its months added up, which the mean of their scores is not. NULL without an answer.$$;

CREATE FUNCTION journey.nps_of_counts(promoters bigint, passives bigint, detractors bigint) RETURNS journey.nps_row
	AS 'MODULE_PATHNAME', 'nps_of_counts' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.nps_of_counts(bigint, bigint, bigint) IS
$$The Net Promoter Score of so many promoters, passives and detractors, for surveys that are known by their counts only, or whose answers are kept as 1, 0 and -1. The mean is NULL. NULL for no answers at all and for NULL; a negative number is an error.$$;

CREATE TYPE journey.nps_difference_row AS (
	difference double precision,
	std_error double precision,
	margin double precision,
	lower double precision,
	upper double precision,
	z double precision,
	p_value double precision,
	from_score double precision,
	from_n bigint,
	to_score double precision,
	to_n bigint
);
COMMENT ON TYPE journey.nps_difference_row IS
$$The difference of two Net Promoter Scores, as nps_difference answers it.$$;
COMMENT ON COLUMN journey.nps_difference_row.difference IS 'to_score - from_score, -200 to 200: positive where the second survey is better.';
COMMENT ON COLUMN journey.nps_difference_row.std_error IS 'Standard error of the difference: the root of the sum of the two squared.';
COMMENT ON COLUMN journey.nps_difference_row.margin IS 'Margin of error of 95 %: 1.96 times the standard error; NULL where that is 0.';
COMMENT ON COLUMN journey.nps_difference_row.lower IS 'difference - margin, at least -200; NULL with the margin.';
COMMENT ON COLUMN journey.nps_difference_row.upper IS 'difference + margin, at most 200; NULL with the margin. Where 0 is not between the bounds the scores differ by more than chance.';
COMMENT ON COLUMN journey.nps_difference_row.z IS 'difference / std_error; NULL where the standard error is 0.';
COMMENT ON COLUMN journey.nps_difference_row.p_value IS 'How likely chance alone makes a difference of this size or larger, either way; NULL where the standard error is 0.';
COMMENT ON COLUMN journey.nps_difference_row.from_score IS 'The first score.';
COMMENT ON COLUMN journey.nps_difference_row.from_n IS 'Its number of answers.';
COMMENT ON COLUMN journey.nps_difference_row.to_score IS 'The second score.';
COMMENT ON COLUMN journey.nps_difference_row.to_n IS 'Its number of answers.';

CREATE FUNCTION journey.nps_difference(before journey.nps_row, after journey.nps_row) RETURNS journey.nps_difference_row
	AS 'MODULE_PATHNAME', 'nps_difference' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.nps_difference(journey.nps_row, journey.nps_row) IS
$$Do two Net Promoter Scores differ by more than chance? The difference with its standard error, margin, bounds of 95 % and p-value:

    SELECT (nps_difference(nps(score) FILTER (WHERE month = '2026-05-01'), nps(score) FILTER (WHERE month = '2026-06-01'))).* FROM answers;

Only the promoters, passives and detractors of the two rows are looked at. The two must be of different answers, and not of many of the same customers, whose answers hang together. The bounds are those of the normal distribution, good from some 30 answers each on. NULL if either has no answers; negative counts are an error. CSAT of two surveys: two_proportion_test of their counts.$$;

--
-- csat: are customers satisfied?
--

CREATE TYPE journey.csat_row AS (
	score double precision,
	n bigint,
	std_error double precision,
	margin double precision,
	lower double precision,
	upper double precision,
	satisfied bigint,
	dissatisfied bigint,
	mean double precision,
	low double precision,
	high double precision,
	satisfied_from double precision
);
COMMENT ON TYPE journey.csat_row IS
$$Customer satisfaction with its margin, as csat answers it.$$;
COMMENT ON COLUMN journey.csat_row.score IS 'Satisfied answers in percent of all, 0 to 100.';
COMMENT ON COLUMN journey.csat_row.n IS 'Number of answers: satisfied + dissatisfied.';
COMMENT ON COLUMN journey.csat_row.std_error IS 'Standard error of the score: 100 * sqrt(p (1 - p) / n) with the share p of satisfied answers.';
COMMENT ON COLUMN journey.csat_row.margin IS 'Half the width of the interval from lower to upper, which is not symmetric about the score.';
COMMENT ON COLUMN journey.csat_row.lower IS 'Lower 95 % bound of the score, by Wilson.';
COMMENT ON COLUMN journey.csat_row.upper IS 'Upper 95 % bound of the score, by Wilson.';
COMMENT ON COLUMN journey.csat_row.satisfied IS 'Answers of satisfied_from and above.';
COMMENT ON COLUMN journey.csat_row.dissatisfied IS 'All other answers, a middle one included.';
COMMENT ON COLUMN journey.csat_row.mean IS 'Mean of the answers on the scale.';
COMMENT ON COLUMN journey.csat_row.low IS 'Lowest score of the scale.';
COMMENT ON COLUMN journey.csat_row.high IS 'Highest score of the scale, the best one.';
COMMENT ON COLUMN journey.csat_row.satisfied_from IS 'Lowest score that counts as satisfied.';

CREATE FUNCTION journey.csat_add(state journey.tally, score double precision) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'csat_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.csat_add(journey.tally, double precision) IS
$$Transition function of csat.$$;

CREATE FUNCTION journey.csat_add(state journey.tally, score double precision, low double precision, high double precision, top integer) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'csat_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.csat_add(journey.tally, double precision, double precision, double precision, integer) IS
$$Transition function of csat with a scale.$$;

CREATE FUNCTION journey.csat_add(state journey.tally, score double precision, low double precision, high double precision, top integer, step double precision) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'csat_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.csat_add(journey.tally, double precision, double precision, double precision, integer, double precision) IS
$$Transition function of csat with a scale and its step.$$;

CREATE FUNCTION journey.csat_rows(tally journey.tally) RETURNS journey.csat_row
	AS 'MODULE_PATHNAME', 'csat_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.csat_rows(journey.tally) IS
$$The score of a stored tally: SELECT (csat_rows(rollup(t))).score. Final function of csat. NULL for a tally without answers; one of another kind or metric, or whose numbers contradict each other, is an error.$$;

CREATE AGGREGATE journey.csat(score double precision) (
	SFUNC = journey.csat_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.csat_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.csat(double precision) IS
$$Customer satisfaction: the satisfied answers, 4 and 5 on a scale of 1 to 5, in percent of all, with 95 % bounds by Wilson, as one csat_row:

    SELECT stage, (csat(score)).* FROM answers GROUP BY stage;

Each row of input is an answer; NULL is none and is skipped; NULL without any answer. A score that is not a whole number from 1 to 5 is an error. Runs in parallel; the answer does not depend on the order of rows or the number of workers. Memory: a few hundred bytes a group.$$;

CREATE AGGREGATE journey.csat(score double precision, low double precision, high double precision, top integer) (
	SFUNC = journey.csat_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.csat_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.csat(double precision, double precision, double precision, integer) IS
$$The same on another scale: whole numbers from low to high, of which the best top scores count as satisfied. Usual are 2 of 1 to 4 and 1 to 5, 3 of 1 to 6 and 1 to 7; csat(score, 1, 5, 1) counts the top box alone. NULL is the default of each: 1, 5 and 2. high is the best score; where the lowest one is (school grades), turn the answers round: csat(low + high - score, low, high, top). Ends beyond 1,000,000, of more than three decimals, or more than 1000 steps apart, low not below high, top below 1 or of all scores, and a scale that differs between the rows of one aggregate are errors.$$;

CREATE AGGREGATE journey.csat(score double precision, low double precision, high double precision, top integer, step double precision) (
	SFUNC = journey.csat_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.csat_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.csat(double precision, double precision, double precision, integer, double precision) IS
$$The same on a scale of another step between its scores: csat(stars, 1, 5, 3, 0.5) for reviews that give half stars, where 4, 4.5 and 5 are satisfied. NULL is 1. A step that is not positive, has more than three decimals, or does not lead from low to high is an error.$$;

CREATE AGGREGATE journey.csat_tally(score double precision) (
	SFUNC = journey.csat_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.csat_tally(double precision) IS
$$The number of answers by score, as a tally that can be stored, added up by rollup and read by csat_rows. NULL without an answer.$$;

CREATE AGGREGATE journey.csat_tally(score double precision, low double precision, high double precision, top integer) (
	SFUNC = journey.csat_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.csat_tally(double precision, double precision, double precision, integer) IS
$$The same on another scale, see csat. rollup refuses to add up tallies that differ in it.$$;

CREATE AGGREGATE journey.csat_tally(score double precision, low double precision, high double precision, top integer, step double precision) (
	SFUNC = journey.csat_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.csat_tally(double precision, double precision, double precision, integer, double precision) IS
$$The same on a scale of another step, see csat.$$;

--
-- ces: was it easy?
--

CREATE TYPE journey.ces_row AS (
	score double precision,
	n bigint,
	std_error double precision,
	margin double precision,
	lower double precision,
	upper double precision,
	easy bigint,
	neutral bigint,
	difficult bigint,
	easy_rate double precision,
	easy_lower double precision,
	easy_upper double precision,
	low double precision,
	high double precision,
	direction text
);
COMMENT ON TYPE journey.ces_row IS
$$A Customer Effort Score with its margin, as ces answers it.$$;
COMMENT ON COLUMN journey.ces_row.score IS 'Mean of the answers on the scale from low to high; direction says which end is good.';
COMMENT ON COLUMN journey.ces_row.n IS 'Number of answers: easy + neutral + difficult.';
COMMENT ON COLUMN journey.ces_row.std_error IS 'Standard error of the mean: the standard deviation of the answers, by n - 1, divided by the root of n. NULL for one answer.';
COMMENT ON COLUMN journey.ces_row.margin IS 'Margin of error of 95 %: the standard error times the quantile of Student''s t with n - 1 degrees of freedom. NULL for one answer, and where all are alike.';
COMMENT ON COLUMN journey.ces_row.lower IS 'score - margin, at least low; NULL with the margin.';
COMMENT ON COLUMN journey.ces_row.upper IS 'score + margin, at most high; NULL with the margin.';
COMMENT ON COLUMN journey.ces_row.easy IS 'Answers on the good side of the middle of the scale: 5 to 7 of 1 to 7.';
COMMENT ON COLUMN journey.ces_row.neutral IS 'Answers in the middle of the scale: 4 of 1 to 7. A scale of an even number of scores has none.';
COMMENT ON COLUMN journey.ces_row.difficult IS 'Answers on the other side: 1 to 3 of 1 to 7.';
COMMENT ON COLUMN journey.ces_row.easy_rate IS 'easy of n, 0 to 1.';
COMMENT ON COLUMN journey.ces_row.easy_lower IS 'Lower 95 % bound of easy_rate, by Wilson.';
COMMENT ON COLUMN journey.ces_row.easy_upper IS 'Upper 95 % bound of easy_rate, by Wilson.';
COMMENT ON COLUMN journey.ces_row.low IS 'Lowest score of the scale.';
COMMENT ON COLUMN journey.ces_row.high IS 'Highest score of the scale.';
COMMENT ON COLUMN journey.ces_row.direction IS 'What a high score says: agree (it was easy: high is good) or effort (it took effort: low is good).';

CREATE FUNCTION journey.ces_add(state journey.tally, score double precision) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'ces_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.ces_add(journey.tally, double precision) IS
$$Transition function of ces.$$;

CREATE FUNCTION journey.ces_add(state journey.tally, score double precision, low double precision, high double precision, direction text) RETURNS journey.tally
	AS 'MODULE_PATHNAME', 'ces_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.ces_add(journey.tally, double precision, double precision, double precision, text) IS
$$Transition function of ces with a scale and direction.$$;

CREATE FUNCTION journey.ces_rows(tally journey.tally) RETURNS journey.ces_row
	AS 'MODULE_PATHNAME', 'ces_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.ces_rows(journey.tally) IS
$$The score of a stored tally: SELECT (ces_rows(rollup(t))).score. Final function of ces. NULL for a tally without answers; one of another kind or metric, or whose numbers contradict each other, is an error.$$;

CREATE AGGREGATE journey.ces(score double precision) (
	SFUNC = journey.ces_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.ces_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.ces(double precision) IS
$$The Customer Effort Score: how far customers agree, from 1 to 7, that it was easy, as one ces_row: the mean with bounds of 95 % by Student's t, and the share of 5 to 7 with bounds by Wilson.

    SELECT topic, (ces(score)).* FROM answers GROUP BY topic;

Each row of input is an answer; NULL is none and is skipped; NULL without any answer. A score that is not a whole number from 1 to 7 is an error. Runs in parallel; the answer does not depend on the order of rows or the number of workers. Memory: a few hundred bytes a group.$$;

CREATE AGGREGATE journey.ces(score double precision, low double precision, high double precision, direction text) (
	SFUNC = journey.ces_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.ces_rows,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.ces(double precision, double precision, double precision, text) IS
$$The same on another scale: whole numbers from low to high, where direction says what a high one means: 'agree' (it was easy) or 'effort' (it took effort, so that low is good). ces(score, 1, 5, 'effort') is the question as it was first asked. NULL is the default of each: 1, 7 and 'agree'. Ends beyond 1,000,000, of more than three decimals, or more than 1000 apart, low not below high, another direction, and a scale that differs between the rows of one aggregate are errors.$$;

CREATE AGGREGATE journey.ces_tally(score double precision) (
	SFUNC = journey.ces_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.ces_tally(double precision) IS
$$The number of answers by score, as a tally that can be stored, added up by rollup and read by ces_rows. NULL without an answer.$$;

CREATE AGGREGATE journey.ces_tally(score double precision, low double precision, high double precision, direction text) (
	SFUNC = journey.ces_add,
	STYPE = journey.tally,
	COMBINEFUNC = journey.tally_combine,
	FINALFUNC = journey.tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.ces_tally(double precision, double precision, double precision, text) IS
$$The same on another scale or in the other direction, see ces. rollup refuses to add up tallies that differ in them.$$;

--
-- scores: the answers of one customer
--

CREATE TYPE journey.score_row AS (
	at timestamptz,
	n integer,
	event text,
	kind text,
	topic text,
	score double precision,
	low double precision,
	high double precision,
	off_scale boolean,
	satisfied boolean,
	on_1_to_5 double precision,
	stage text,
	moment text,
	delivery text
);
COMMENT ON TYPE journey.score_row IS
$$An answer to a survey, or a review, as scores answers it.$$;
COMMENT ON COLUMN journey.score_row.at IS 'Time of the answer.';
COMMENT ON COLUMN journey.score_row.n IS 'Number of the touchpoint within the journey, from 1.';
COMMENT ON COLUMN journey.score_row.event IS 'Name of the event.';
COMMENT ON COLUMN journey.score_row.kind IS 'The question: nps (how likely to recommend), csat (how satisfied), ces (was it easy), review (stars).';
COMMENT ON COLUMN journey.score_row.topic IS 'What was asked about: delivery or support; NULL in general.';
COMMENT ON COLUMN journey.score_row.score IS 'The answer as it was given: the value of the touchpoint; NULL if it has none.';
COMMENT ON COLUMN journey.score_row.low IS 'Lowest score of the scale: 0 for nps, else 1.';
COMMENT ON COLUMN journey.score_row.high IS 'Highest score of the scale, the best one: 10 for nps, 5 for csat and review, 7 for ces.';
COMMENT ON COLUMN journey.score_row.off_scale IS 'Is the score none of the scale? They are whole numbers from low to high; a review may also be a half. Such an answer says nothing: satisfied and on_1_to_5 are NULL. NULL without a score.';
COMMENT ON COLUMN journey.score_row.satisfied IS 'Is the customer satisfied? nps 9 and 10 yes, up to 6 no; csat and review from 4 on yes, up to 3 no; ces from 5 on yes, up to 3 no. NULL for those between, and without a score of the scale.';
COMMENT ON COLUMN journey.score_row.on_1_to_5 IS 'The score carried over to 1 to 5, low to 1 and high to 5, so that different questions can be put side by side.';
COMMENT ON COLUMN journey.score_row.stage IS 'Stage of the touchpoint by model; NULL if it stands in none, or no model was given.';
COMMENT ON COLUMN journey.score_row.moment IS 'Moment of truth of the touchpoint by moments; NULL if it is in none, or no moments were given.';
COMMENT ON COLUMN journey.score_row.delivery IS 'How it stood with the order that was bought or delivered last before the answer: on time or late (it had come; by the time that was promised, or after), open or overdue (it had not, and the promise still held, or did not), taken back (cancelled or refunded before it came), unknown (the log has no deliveries), no order.';

CREATE FUNCTION journey.scores(
	j journey.journey,
	actions journey.stage_model,
	model journey.stage_model DEFAULT NULL,
	moments journey.stage_model DEFAULT NULL,
	promise interval DEFAULT '7 days'
) RETURNS SETOF journey.score_row
	AS 'MODULE_PATHNAME', 'scores' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200 ROWS 2;
COMMENT ON FUNCTION journey.scores(journey.journey, journey.stage_model, journey.stage_model, journey.stage_model, interval) IS
$$The answers of a customer to surveys, and the reviews, a row each in order: the question, the score with its scale, whether it says that the customer is satisfied, and where in the journey it was given.

    SELECT s.kind, avg(s.on_1_to_5), count(s.on_1_to_5) FROM shop.journeys, scores(journey, stage_model('actions')) AS s GROUP BY 1;

actions says what is an answer: a model whose stages are named as in journey.actions, such as stage_model('actions'). There survey_answer/nps, /csat, /csat_delivery, /csat_support, /ces, /ces_delivery, /ces_support and review_write have a score: the value of the touchpoint. A survey of another kind, or of none, has no row. model and moments fill the columns stage and moment.

An order should come within promise after it was bought, unless the journey has the promise itself: an order_update/promised, whose value is the number of days, after the purchase it belongs to. A delivery is that of the earliest order that has not come, a cancellation or refund that of the latest order. Deliveries are in the log if the option delivery of actions says so (logged), or by default if the journey has one; else orders that have not come are unknown, not overdue.

No rows for NULL and where there is no answer. NULL for promise is the default; a negative one, and one with months or years, is an error. A score off its scale is no error but off_scale. One pass over the journey for each model.$$;

--
-- the view of a source
--

CREATE FUNCTION journey.satisfaction_views(name text, has_value boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM journey.source_view(name, 'satisfaction', $q$
WITH given AS MATERIALIZED (
	SELECT s.kind AS metric, s.off_scale, s.satisfied, s.stage, s.moment, s.delivery,
		   CASE WHEN NOT s.off_scale THEN s.score END AS score,
		   date_trunc('month', s.at AT TIME ZONE {zone})::date AS month
	FROM {schema}.store AS j
		CROSS JOIN LATERAL journey.scores(j.journey, {actions}, {model}, {moments}) AS s
), counted AS (
	SELECT g.metric, p.by_no, p.part, count(*) AS answers, count(g.score) AS n,
		   journey.nps(g.score) FILTER (WHERE g.metric = 'nps') AS nps,
		   journey.csat(g.score) FILTER (WHERE g.metric = 'csat') AS csat,
		   journey.ces(g.score) FILTER (WHERE g.metric = 'ces') AS ces,
		   journey.csat(g.score, 1, 5, 3, 0.5) FILTER (WHERE g.metric = 'review') AS review,
		   count(*) FILTER (WHERE g.satisfied) AS satisfied,
		   count(*) FILTER (WHERE NOT g.satisfied) AS dissatisfied,
		   count(*) FILTER (WHERE g.off_scale) AS off_scale,
		   count(*) FILTER (WHERE g.off_scale IS NULL) AS unanswered
	FROM given AS g
		CROSS JOIN LATERAL (VALUES
			(1, 'all'), (2, coalesce(g.stage, '(none)')), (3, coalesce(g.moment, '(none)')),
			(4, to_char(g.month, 'YYYY-MM-DD')), (5, g.delivery)) AS p(by_no, part)
	GROUP BY g.metric, p.by_no, p.part
), parts AS (
	SELECT 1 AS by_no, 1 AS part_no, 'all' AS part
	UNION ALL
	SELECT 2, s.stage_no, s.stage FROM journey.stages({model}) AS s
	UNION ALL
	SELECT 3, s.stage_no, s.stage FROM journey.stages({moments}) AS s
	UNION ALL
	SELECT 4, row_number() OVER (ORDER BY m.month)::integer, to_char(m.month, 'YYYY-MM-DD')
	FROM (SELECT DISTINCT g.month FROM given AS g) AS m
	UNION ALL
	SELECT 5, d.part_no, d.part
	FROM (VALUES (1, 'on time'), (2, 'late'), (3, 'open'), (4, 'overdue'), (5, 'taken back'), (6, 'unknown'), (7, 'no order')) AS d(part_no, part)
	UNION ALL
	SELECT DISTINCT n.by_no, NULL::integer, n.part FROM counted AS n WHERE n.by_no IN (2, 3) AND n.part = '(none)'
), metrics AS (
	SELECT m.metric_no, m.metric, m.unit, m.low, m.high
	FROM (VALUES (1, 'nps', 'points, -100 to 100', 0, 10), (2, 'csat', 'percent', 1, 5),
				 (3, 'ces', 'mean, 1 to 7', 1, 7), (4, 'review', 'percent', 1, 5)) AS m(metric_no, metric, unit, low, high)
)
SELECT m.metric, (ARRAY['all', 'stage', 'moment', 'month', 'delivery'])[p.by_no] AS by, p.part_no, p.part,
	   CASE WHEN p.by_no = 4 THEN p.part::date END AS month,
	   coalesce(c.n, 0) AS n,
	   CASE m.metric WHEN 'nps' THEN (c.nps).score WHEN 'csat' THEN (c.csat).score WHEN 'ces' THEN (c.ces).score ELSE (c.review).score END AS score,
	   m.unit,
	   CASE m.metric WHEN 'nps' THEN (c.nps).std_error WHEN 'csat' THEN (c.csat).std_error WHEN 'ces' THEN (c.ces).std_error ELSE (c.review).std_error END AS std_error,
	   CASE m.metric WHEN 'nps' THEN (c.nps).margin WHEN 'csat' THEN (c.csat).margin WHEN 'ces' THEN (c.ces).margin ELSE (c.review).margin END AS margin,
	   CASE m.metric WHEN 'nps' THEN (c.nps).lower WHEN 'csat' THEN (c.csat).lower WHEN 'ces' THEN (c.ces).lower ELSE (c.review).lower END AS lower,
	   CASE m.metric WHEN 'nps' THEN (c.nps).upper WHEN 'csat' THEN (c.csat).upper WHEN 'ces' THEN (c.ces).upper ELSE (c.review).upper END AS upper,
	   x.mean, 1 + 4 * (x.mean - m.low) / (m.high - m.low) AS mean_1_to_5,
	   CASE WHEN m.metric = 'nps' THEN coalesce((c.nps).promoters, 0) END AS promoters,
	   CASE WHEN m.metric = 'nps' THEN coalesce((c.nps).passives, 0) END AS passives,
	   CASE WHEN m.metric = 'nps' THEN coalesce((c.nps).detractors, 0) END AS detractors,
	   coalesce(c.satisfied, 0) AS satisfied,
	   coalesce(c.n - c.satisfied - c.dissatisfied, 0) AS neutral,
	   coalesce(c.dissatisfied, 0) AS dissatisfied,
	   c.satisfied::double precision / nullif(c.n, 0) AS satisfied_rate,
	   coalesce(c.off_scale, 0) AS off_scale,
	   coalesce(c.unanswered, 0) AS unanswered
FROM metrics AS m
	CROSS JOIN parts AS p
	LEFT JOIN counted AS c ON c.metric = m.metric AND c.by_no = p.by_no AND c.part = p.part
	CROSS JOIN LATERAL (SELECT CASE m.metric WHEN 'nps' THEN (c.nps).mean WHEN 'csat' THEN (c.csat).mean
		WHEN 'ces' THEN (c.ces).score ELSE (c.review).mean END AS mean) AS x
ORDER BY m.metric_no, p.by_no, p.part_no
$q$,
		'What customers say: one row for each metric (nps, csat, ces, review) and part, by each way of dividing the answers. Every way divides all of them, so the counts of its parts add up to those of the row by all; scores do not. Parts without an answer have n 0 and no score. Answers are the touchpoints that the model of actions calls a survey answer of that kind, or a review; surveys of other kinds are in none.',
		ARRAY[
		'metric: nps: how likely to recommend, 0 to 10. csat: how satisfied, 1 to 5. ces: was it easy, 1 to 7. review: stars, 1 to 5.',
		'by: How the answers are divided: all (not at all), stage (of the answer, by the model of the source, where the stage of a review may follow from its stars: the shipped models put good ones in advocacy), moment (of truth), month (of the answer), delivery (promised against actual).',
		'part_no: Number of the part in its order; NULL for (none).',
		'part: The stage, moment or month; (none) for answers in no stage or moment. By delivery, how it stood with the order that was bought or delivered last before the answer: on time, late (it had come, after the time promised), open, overdue (it had not, and the promise still held, or did not), taken back (before it came), unknown (the source has no deliveries), no order. Promised is what an order_update/promised says, else 7 days.',
		'month: First day of the month of the answers in the time zone of the source; NULL in rows that are not by month.',
		'n: Answers with a score of the scale.',
		'score: nps: promoters less detractors in percent of n. csat and review: satisfied (4 and more) in percent of n. ces: mean of the answers. NULL for no answers.',
		'unit: Of score, std_error, margin and bounds.',
		'std_error: Standard error of the score; NULL for the mean of one answer.',
		'margin: Margin of error of 95 %; of percentages half the width of their interval. NULL, with the bounds, for nps and ces where the answers are all alike.',
		'lower: Lower 95 % bound of the score: normal for nps, Wilson for csat and review, Student''s t for ces.',
		'upper: Upper 95 % bound of the score.',
		'mean: Mean of the n answers on the scale of the question.',
		'mean_1_to_5: The mean carried over to 1 to 5, so that metrics can be put side by side.',
		'promoters: nps: answers of 9 and 10; NULL for other metrics.',
		'passives: nps: answers of 7 and 8; NULL for other metrics.',
		'detractors: nps: answers of 0 to 6; NULL for other metrics.',
		'satisfied: Satisfied answers: nps from 9, csat and review from 4, ces from 5 on.',
		'neutral: Neither: nps 7 and 8, reviews of 3.5, ces 4.',
		'dissatisfied: Dissatisfied answers: nps up to 6, csat, review and ces up to 3.',
		'satisfied_rate: satisfied of n, 0 to 1.',
		'off_scale: Answers whose value is no score of the scale; not in n.',
		'unanswered: Answers without a value; not in n.']);
END
$function$;
COMMENT ON FUNCTION journey.satisfaction_views(text, boolean) IS
$$Makes the view satisfaction of a source; has_value says whether the source has a column of values: without one no answer has a score. A part of create_source.$$;
