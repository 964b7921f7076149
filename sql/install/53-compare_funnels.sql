\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- Two funnels, step by step
--

CREATE TYPE journey.compare_funnels_row AS (
	step_no integer,
	step text,
	all_a bigint,
	entered_a bigint,
	previous_a bigint,
	reached_a bigint,
	all_b bigint,
	entered_b bigint,
	previous_b bigint,
	reached_b bigint,
	of_all_a double precision,
	of_all_b double precision,
	of_entered_a double precision,
	of_entered_b double precision,
	of_previous_a double precision,
	of_previous_b double precision,
	difference double precision,
	lower double precision,
	upper double precision,
	relative_uplift double precision,
	p double precision,
	p_holm double precision,
	probability_b double precision
);
COMMENT ON TYPE journey.compare_funnels_row IS
$$One step of two funnels side by side, as compare_funnels answers it.$$;
COMMENT ON COLUMN journey.compare_funnels_row.step_no IS 'Number of the step, from 1.';
COMMENT ON COLUMN journey.compare_funnels_row.step IS 'Name of the step; NULL if the funnels were given none.';
COMMENT ON COLUMN journey.compare_funnels_row.all_a IS 'All customers of variant a.';
COMMENT ON COLUMN journey.compare_funnels_row.entered_a IS 'Those of them who entered the funnel.';
COMMENT ON COLUMN journey.compare_funnels_row.previous_a IS 'Those who reached the step before; all of the variant for the first step.';
COMMENT ON COLUMN journey.compare_funnels_row.reached_a IS 'Those who reached this step or a later one.';
COMMENT ON COLUMN journey.compare_funnels_row.all_b IS 'All customers of variant b.';
COMMENT ON COLUMN journey.compare_funnels_row.entered_b IS 'Those of them who entered the funnel.';
COMMENT ON COLUMN journey.compare_funnels_row.previous_b IS 'Those who reached the step before; all of the variant for the first step.';
COMMENT ON COLUMN journey.compare_funnels_row.reached_b IS 'Those who reached this step or a later one.';
COMMENT ON COLUMN journey.compare_funnels_row.of_all_a IS 'reached_a / all_a, 0 to 1.';
COMMENT ON COLUMN journey.compare_funnels_row.of_all_b IS 'reached_b / all_b, 0 to 1.';
COMMENT ON COLUMN journey.compare_funnels_row.of_entered_a IS 'reached_a / entered_a, 0 to 1; NULL if nobody entered.';
COMMENT ON COLUMN journey.compare_funnels_row.of_entered_b IS 'reached_b / entered_b, 0 to 1; NULL if nobody entered.';
COMMENT ON COLUMN journey.compare_funnels_row.of_previous_a IS 'Who went on from the previous step in variant a, without those who entered an open funnel here, of previous_a, 0 to 1; NULL if nobody reached it.';
COMMENT ON COLUMN journey.compare_funnels_row.of_previous_b IS 'The same for variant b.';
COMMENT ON COLUMN journey.compare_funnels_row.difference IS 'Rate of b - rate of a, of the rate that base names; positive where b is better.';
COMMENT ON COLUMN journey.compare_funnels_row.lower IS 'Lower bound of the 95 % Newcombe interval of the difference.';
COMMENT ON COLUMN journey.compare_funnels_row.upper IS 'Upper bound of the 95 % Newcombe interval of the difference.';
COMMENT ON COLUMN journey.compare_funnels_row.relative_uplift IS 'difference / rate of a; NULL where that is 0.';
COMMENT ON COLUMN journey.compare_funnels_row.p IS 'p of the two-proportion test of this step alone, as two_proportion_test answers it.';
COMMENT ON COLUMN journey.compare_funnels_row.p_holm IS 'p adjusted by Holm''s method for all steps that were tested: the one to read where no single step was settled on before.';
COMMENT ON COLUMN journey.compare_funnels_row.probability_b IS 'Probability that the rate of b is the greater one, as ab_bayes answers it with its default prior.';

CREATE FUNCTION journey.compare_funnels(
	a journey.funnel_row[],
	b journey.funnel_row[],
	base text DEFAULT 'entered'
) RETURNS SETOF journey.compare_funnels_row
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10000 ROWS 5
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	steps_a integer := coalesce(cardinality(a), 0);
	steps_b integer := coalesce(cardinality(b), 0);
	closed boolean;
	other record;
BEGIN
	IF base IS NULL OR base NOT IN ('all', 'entered', 'previous') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('base must be all, entered or previous, not %s', coalesce(quote_literal(base), 'null')),
			HINT = 'It says of which customers the rates are that are compared.';
	END IF;
	IF a IS NULL OR b IS NULL THEN
		RETURN;
	END IF;
	IF steps_a <> steps_b THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('funnels differ: a has %s steps, b has %s', steps_a, steps_b),
			HINT = 'Make both with the same steps: GROUP BY the variant.';
	END IF;
	SELECT n.no, n.step AS step_a, m.step AS step_b, n.step_no AS no_a, m.step_no AS no_b
	INTO other
	FROM unnest(a) WITH ORDINALITY AS n(step_no, step, reached, of_all, of_entered, of_previous, all_count, entered_count, previous_count, dropped, entered_here, skipped, c1, c2, c3, c4, c5, c6, no)
		JOIN unnest(b) WITH ORDINALITY AS m(step_no, step, reached, of_all, of_entered, of_previous, all_count, entered_count, previous_count, dropped, entered_here, skipped, c1, c2, c3, c4, c5, c6, no)
			ON m.no = n.no
	WHERE n.step IS DISTINCT FROM m.step OR n.step_no IS DISTINCT FROM n.no OR m.step_no IS DISTINCT FROM m.no
	ORDER BY n.no LIMIT 1;
	IF FOUND AND other.step_a IS DISTINCT FROM other.step_b THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('funnels differ: step %s is %s in a and %s in b', other.no,
							 coalesce(quote_literal(other.step_a), 'without name'), coalesce(quote_literal(other.step_b), 'without name')),
			HINT = 'Make both with the same steps: GROUP BY the variant.';
	ELSIF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('element %s is not step %s of a funnel', other.no, other.no),
			HINT = 'Give what funnel_agg answered, all steps in order.';
	END IF;

	-- all who enter a closed funnel reach its first step: there is nothing to compare
	closed := NOT EXISTS (SELECT FROM unnest(a || b) AS r WHERE r.step_no > 1 AND r.entered_here > 0);

	RETURN QUERY
	WITH counted AS (
		SELECT r.step_no, r.step,
			   r.all_count AS all_a, r.entered_count AS entered_a, r.previous_count AS previous_a, r.reached AS reached_a,
			   s.all_count AS all_b, s.entered_count AS entered_b, s.previous_count AS previous_b, s.reached AS reached_b,
			   r.of_all AS of_all_a, s.of_all AS of_all_b, r.of_entered AS of_entered_a, s.of_entered AS of_entered_b,
			   r.of_previous AS of_previous_a, s.of_previous AS of_previous_b,
			   CASE WHEN base = 'previous' AND r.step_no > 1 THEN r.reached - r.entered_here ELSE r.reached END AS successes_a,
			   CASE WHEN base = 'previous' AND r.step_no > 1 THEN s.reached - s.entered_here ELSE s.reached END AS successes_b,
			   CASE base WHEN 'all' THEN r.all_count WHEN 'entered' THEN r.entered_count ELSE r.previous_count END AS trials_a,
			   CASE base WHEN 'all' THEN s.all_count WHEN 'entered' THEN s.entered_count ELSE s.previous_count END AS trials_b,
			   base = 'entered' AND r.step_no = 1 AND closed AS given
		FROM unnest(a) AS r JOIN unnest(b) AS s ON s.step_no = r.step_no
	), tested AS (
		SELECT c.*, t.difference, t.lower, t.upper, t.relative_uplift, t.p,
			   CASE WHEN NOT c.given AND c.trials_a > 0 AND c.trials_b > 0
					THEN (journey.ab_bayes(c.successes_a, c.trials_a, c.successes_b, c.trials_b)).probability_b END AS probability_b
		FROM counted AS c
			LEFT JOIN LATERAL journey.two_proportion_test(c.successes_a, c.trials_a, c.successes_b, c.trials_b) AS t ON NOT c.given
	), adjusted AS (
		SELECT journey.holm(array_agg(t.p ORDER BY t.step_no)) AS p FROM tested AS t
	)
	SELECT t.step_no, t.step, t.all_a, t.entered_a, t.previous_a, t.reached_a, t.all_b, t.entered_b, t.previous_b, t.reached_b,
		   t.of_all_a, t.of_all_b, t.of_entered_a, t.of_entered_b, t.of_previous_a, t.of_previous_b,
		   t.difference, t.lower, t.upper, t.relative_uplift, t.p, h.p[t.step_no], t.probability_b
	FROM tested AS t CROSS JOIN adjusted AS h
	ORDER BY t.step_no;
END
$$;
COMMENT ON FUNCTION journey.compare_funnels(journey.funnel_row[], journey.funnel_row[], text) IS
$$Two variants of an experiment step by step, from what funnel_agg (or funnel_rows, of a stored tally) answered for each: a row a step with the counts and rates of both, the difference b - a with Newcombe bounds, p alone and adjusted for all steps, and the probability that b is better.

    WITH f AS (SELECT variant, funnel_agg(funnel(journey, '{view_item,add_to_cart,purchase}', within => '7 days')) AS steps
               FROM seen GROUP BY variant)
    SELECT * FROM compare_funnels((SELECT steps FROM f WHERE variant = 'a'), (SELECT steps FROM f WHERE variant = 'b'));

base says of which customers the compared rates are: 'entered' (of those who entered the funnel), 'all' (of all customers of the variant: the one to take where the variant may change who enters) or 'previous' (of those who reached the step before; only the first step then compares groups that chance has split, later ones may differ because other customers came so far). All who enter a closed funnel reach its first step, so with 'entered' that has no difference, bounds or p, and is no test for p_holm.

No rows where a or b is NULL (a variant without customers); NULL where a rate has no customers. Another base, funnels of different length or with other names of steps, and arrays that are not a whole funnel are errors.$$;
