\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- Comparing shares
--

CREATE TYPE journey.two_proportion_row AS (
	rate_a double precision,
	rate_b double precision,
	difference double precision,
	relative_uplift double precision,
	z double precision,
	p double precision,
	lower double precision,
	upper double precision,
	wald_lower double precision,
	wald_upper double precision
);
COMMENT ON TYPE journey.two_proportion_row IS
$$Two shares compared, as two_proportion_test answers it.$$;
COMMENT ON COLUMN journey.two_proportion_row.rate_a IS 'successes_a / trials_a, 0 to 1; NULL without trials.';
COMMENT ON COLUMN journey.two_proportion_row.rate_b IS 'successes_b / trials_b, 0 to 1; NULL without trials.';
COMMENT ON COLUMN journey.two_proportion_row.difference IS 'rate_b - rate_a; positive where b is better.';
COMMENT ON COLUMN journey.two_proportion_row.relative_uplift IS 'difference / rate_a: 0.15 is 15 % more than a. NULL where rate_a is 0.';
COMMENT ON COLUMN journey.two_proportion_row.z IS 'The difference in standard errors, as it would be if both rates were the pooled one; 0 where both rates are 0 or both are 1.';
COMMENT ON COLUMN journey.two_proportion_row.p IS 'How likely a z at least as far from 0 is if the true rates are the same (two-sided, normal approximation).';
COMMENT ON COLUMN journey.two_proportion_row.lower IS 'Lower Newcombe bound of the difference: the one to report.';
COMMENT ON COLUMN journey.two_proportion_row.upper IS 'Upper Newcombe bound of the difference.';
COMMENT ON COLUMN journey.two_proportion_row.wald_lower IS 'Lower Wald bound, as simple calculators have it: too narrow for few trials and rates near 0 or 1.';
COMMENT ON COLUMN journey.two_proportion_row.wald_upper IS 'Upper Wald bound.';

CREATE FUNCTION journey.two_proportion_test(
	successes_a bigint,
	trials_a bigint,
	successes_b bigint,
	trials_b bigint,
	confidence double precision DEFAULT 0.95
) RETURNS journey.two_proportion_row
	AS 'MODULE_PATHNAME', 'two_proportion_test' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.two_proportion_test(bigint, bigint, bigint, bigint, double precision) IS
$$Is the share of b another than that of a? Both rates, their difference b - a with bounds, relative uplift, z and p of the two-proportion z-test.

    SELECT * FROM two_proportion_test(200, 1000, 230, 1000);

The test pools both groups and is two-sided, without continuity correction; its square is the chi-square of the 2 x 2 table. The bounds are Newcombe's, from the Wilson intervals of both rates: the true difference lies within them in a share of `confidence` of all such experiments, also for few trials. They may hold 0 where p is just below 1 - confidence, and the other way round: they are two different approximations.

p is of one test, done once. Looking at it every day and stopping when it is small finds differences that are not there: settle the number of customers before (sample_size), or look at ab_bayes. For several tests see holm.

NULL for NULL; without trials in one group what needs them is NULL. Negative numbers, more successes than trials, and a confidence not between 0 and 1 are errors.$$;

CREATE FUNCTION journey.newcombe_interval(
	successes_a bigint,
	trials_a bigint,
	successes_b bigint,
	trials_b bigint,
	confidence double precision DEFAULT 0.95,
	OUT lower double precision,
	OUT upper double precision
)
	AS 'MODULE_PATHNAME', 'newcombe_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.newcombe_interval(bigint, bigint, bigint, bigint, double precision) IS
$$Bounds of the difference of two shares, rate of b - rate of a, by Newcombe's method (hybrid score, 1998, method 10): from the Wilson intervals of both, so it stays between -1 and 1 and has a width also where all or none succeeded. NULL bounds without trials in one group, NULL for NULL. Negative numbers, more successes than trials, and a confidence not between 0 and 1 are errors.$$;

CREATE TYPE journey.ab_bayes_row AS (
	rate_a double precision,
	rate_b double precision,
	probability_b double precision,
	loss_a double precision,
	loss_b double precision
);
COMMENT ON TYPE journey.ab_bayes_row IS
$$What two groups make believe of their rates, as ab_bayes answers it.$$;
COMMENT ON COLUMN journey.ab_bayes_row.rate_a IS 'Mean of what is believed of the rate of a: (prior_successes + successes_a) / (prior_successes + prior_failures + trials_a).';
COMMENT ON COLUMN journey.ab_bayes_row.rate_b IS 'The same of b.';
COMMENT ON COLUMN journey.ab_bayes_row.probability_b IS 'Probability that the rate of b is greater than that of a, 0 to 1; 1 minus it that a''s is.';
COMMENT ON COLUMN journey.ab_bayes_row.loss_a IS 'Expected loss of choosing a: the mean of how much greater the rate of b is, counting 0 where it is not. A rate: 0.0004 is 4 conversions of 10,000 customers.';
COMMENT ON COLUMN journey.ab_bayes_row.loss_b IS 'Expected loss of choosing b.';

CREATE FUNCTION journey.ab_bayes(
	successes_a bigint,
	trials_a bigint,
	successes_b bigint,
	trials_b bigint,
	prior_successes double precision DEFAULT 1,
	prior_failures double precision DEFAULT 1
) RETURNS journey.ab_bayes_row
	AS 'MODULE_PATHNAME', 'ab_bayes' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION journey.ab_bayes(bigint, bigint, bigint, bigint, double precision, double precision) IS
$$How likely is b better than a, and what does choosing the wrong one cost? The Bayesian answer to an A/B test.

    SELECT * FROM ab_bayes(200, 1000, 230, 1000);

Each rate is believed to be Beta(prior_successes + successes, prior_failures + failures). The default prior, 1 and 1, holds every rate for equally likely before the first customer; a prior of 20 and 80 is worth 100 customers of whom 20 bought. Both groups have the same prior. A usual rule is to stop when the expected loss of one of them is below what would not matter, for example 0.0005.

probability_b is not 1 - p: p says how likely the data are if there is no difference.

The two distributions are compared by numerical integration, not by normal approximation or chance: the absolute error of the probability is below 1e-12, that of the losses below 1e-12 of the rates, for all numbers of trials (up to 1e15 each). Less than a tenth of a millisecond, whatever the number of trials; up to 50 milliseconds for a prior near 0.01 and almost no trials. No trials are no error: the prior alone is believed then. NULL for NULL. Negative numbers, more successes than trials, more than 1e15 trials, and a prior not between 0.01 and 1e15 are errors.$$;

--
-- How many customers an experiment needs
--

CREATE FUNCTION journey.sample_size(
	base_rate double precision,
	minimum_effect double precision,
	power double precision DEFAULT 0.8,
	alpha double precision DEFAULT 0.05
) RETURNS bigint
	AS 'MODULE_PATHNAME', 'sample_size' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.sample_size(double precision, double precision, double precision, double precision) IS
$$How many customers does each of two groups need, so that the two-proportion test finds a difference? base_rate is the rate of a, minimum_effect the smallest difference that matters, absolute: 0.03 for 0.20 against 0.23, negative for a fall. power is how often such a difference is to be found (p below alpha), alpha how often one is found where there is none; two-sided.

    SELECT sample_size(0.20, 0.03);

The number is (z(alpha/2) sqrt(2 m (1 - m)) + z(power) sqrt(a (1 - a) + b (1 - b)))^2 / (b - a)^2, rounded up, with a and b the two rates and m their mean: the normal approximation that other calculators use too, without continuity correction. NULL for NULL. Rates not between 0 and 1, an effect of 0, a power below 0.5 or not below 1, an alpha not between 0 and 1, and a number past bigint are errors.$$;

CREATE FUNCTION journey.minimum_detectable_effect(
	base_rate double precision,
	trials bigint,
	power double precision DEFAULT 0.8,
	alpha double precision DEFAULT 0.05
) RETURNS double precision
	AS 'MODULE_PATHNAME', 'minimum_detectable_effect' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.minimum_detectable_effect(double precision, bigint, double precision, double precision) IS
$$The smallest rise above base_rate that an experiment with so many customers in each group finds with this power: the other way round than sample_size. Absolute: 0.03 is a rise from 0.20 to 0.23. The smallest fall is that of minimum_detectable_effect(1 - base_rate, ...). NULL where not even a rise to 1 would be found, and for NULL. A rate not between 0 and 1, trials below 1, a power below 0.5 or not below 1, and an alpha not between 0 and 1 are errors.$$;

--
-- Many tests, and whether an experiment was split as planned
--

CREATE FUNCTION journey.holm(p double precision[]) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'holm' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.holm(double precision[]) IS
$$The p values of several tests, adjusted by Holm's method so that the chance of even one false finding stays below the level at which they are read: the smallest times their number, the next times one less, and so on, none below one before it, at most 1. In the order given; NULL elements stay NULL and are no test. An empty array for an empty one. More than one dimension and a p not between 0 and 1 are errors.$$;

CREATE TYPE journey.sample_ratio_row AS (
	groups integer,
	total bigint,
	chi_square double precision,
	p double precision
);
COMMENT ON TYPE journey.sample_ratio_row IS
$$Whether groups are as large as planned, as sample_ratio_test answers it.$$;
COMMENT ON COLUMN journey.sample_ratio_row.groups IS 'Number of groups; the chi-square has one degree of freedom less.';
COMMENT ON COLUMN journey.sample_ratio_row.total IS 'Sum of the counts.';
COMMENT ON COLUMN journey.sample_ratio_row.chi_square IS 'Sum over the groups of (count - expected)^2 / expected; NULL if all counts are 0.';
COMMENT ON COLUMN journey.sample_ratio_row.p IS 'How likely chance makes the groups differ at least so much from the plan. Below 0.001 something is wrong with the split or with the counting, and no comparison of the groups should be believed. NULL if all counts are 0.';

CREATE FUNCTION journey.sample_ratio_test(
	counts bigint[],
	shares double precision[] DEFAULT NULL
) RETURNS journey.sample_ratio_row
	AS 'MODULE_PATHNAME', 'sample_ratio_test' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sample_ratio_test(bigint[], double precision[]) IS
$$Did each group of an experiment get the share of customers it should (sample ratio mismatch)? counts are the customers of the groups, shares what was planned, in the same order; they need not add up to 1: {9,1} and {0.9,0.1} are the same. NULL shares: equal ones. A chi-square test, meant for expected counts of at least 5 each.

    SELECT * FROM sample_ratio_test('{5021,4789}');

NULL for NULL counts; chi_square and p are NULL if all counts are 0. Fewer than two counts, negative or NULL ones, another number of shares than counts, and shares that are not above 0 are errors.$$;
