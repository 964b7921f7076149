/*
 * scores_test.c
 *	  Scales of scored touchpoints against a table; how orders stood when random
 *	  answers came against a search through all that was before; scores of
 *	  surveys against the answers one by one; known quantiles of Student's t.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o scores_test \
 *		  test/core/scores_test.c src/core/[a-z]*.c -lm
 *	  ./scores_test [seed]
 *
 * Prints "ok", or where it failed and the seed.
 */
#include <math.h>
#include <string.h>

#include "core/scores.h"
#include "core/statistics.h"
#include "core/surveys.h"
#include "test.h"

#define MOST	60				/* touchpoints */
#define DAY		INT64_C(86400000000)

static bool
near(double a, double b, double within)
{
	return fabs(a - b) <= within * (1 + fabs(b));
}

/* -- scales ------------------------------------------------------------------ */

typedef struct KnownScale
{
	int			action;
	double		low;
	double		high;
	const char *said;			/* of each half step from low on: yes, no,
								 * neither, off the scale */
} KnownScale;

static const KnownScale known[] = {
	{TA_SURVEY_NPS, 0, 10, "n.n.n.n.n.n.n.-.-.y.y"},
	{TA_SURVEY_CSAT, 1, 5, "n.n.n.y.y"},
	{TA_SURVEY_CSAT_DELIVERY, 1, 5, "n.n.n.y.y"},
	{TA_SURVEY_CSAT_SUPPORT, 1, 5, "n.n.n.y.y"},
	{TA_SURVEY_CES, 1, 7, "n.n.n.-.y.y.y"},
	{TA_SURVEY_CES_DELIVERY, 1, 7, "n.n.n.-.y.y.y"},
	{TA_SURVEY_CES_SUPPORT, 1, 7, "n.n.n.-.y.y.y"},
	{TA_REVIEW_WRITE, 1, 5, "nnnnn-yyy"}
};

#define NKNOWN	(sizeof(known) / sizeof(known[0]))

static void
test_known(const KnownScale *k)
{
	const ScoreScale *scale;
	static const double others[] = {0.25, -0.5, -1, -100, 1e300, -1e300};

	REQUIRE(score_scale(k->action)->low == k->low && score_scale(k->action)->high == k->high);
	for (uint32_t i = 0; i < strlen(k->said); i++)
	{
		double		value = k->low + i / 2.0;
		Satisfied	said = touch_satisfied(k->action, value);

		REQUIRE(touch_score(k->action, value, &scale) == (k->said[i] != '.'));
		REQUIRE(said == (k->said[i] == 'y' ? SATISFIED_YES : k->said[i] == 'n' ? SATISFIED_NO :
						 SATISFIED_UNKNOWN));
		REQUIRE(near(score_on_1_to_5(scale, value), 1 + 2.0 * i / (k->high - k->low), 1e-15));
	}
	REQUIRE(score_on_1_to_5(scale, k->low) == 1 && score_on_1_to_5(scale, k->high) == 5);
	for (uint32_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		REQUIRE(!touch_score(k->action, k->low + others[i], &scale) &&
				touch_satisfied(k->action, k->low + others[i]) == SATISFIED_UNKNOWN);
	REQUIRE(!touch_score(k->action, k->high + 0.5, &scale));
	REQUIRE(!touch_score(k->action, NAN, &scale) && scale == score_scale(k->action));
	REQUIRE(!touch_score(k->action, INFINITY, &scale) && !touch_score(k->action, -INFINITY, &scale));
}

static void
test_scales(void)
{
	const ScoreScale *scale;

	for (int action = 0; action < TA_COUNT; action++)
	{
		const KnownScale *k = NULL;

		for (uint32_t i = 0; i < NKNOWN; i++)
		{
			if (known[i].action == action)
				k = &known[i];
		}
		if (k != NULL)
		{
			test_known(k);
			continue;
		}
		REQUIRE(score_scale(action) == NULL && !touch_score(action, 5, &scale));
		REQUIRE(touch_satisfied(action, 5) ==
				(action == TA_REFUND ? SATISFIED_NO : SATISFIED_UNKNOWN));
	}
	REQUIRE(touch_satisfied(TA_REFUND, NAN) == SATISFIED_NO);
	REQUIRE(score_scale(TA_SURVEY_CSAT)->topic == SCORE_TOPIC_NONE);
	REQUIRE(score_scale(TA_SURVEY_CES_DELIVERY)->topic == SCORE_TOPIC_DELIVERY);
	REQUIRE(score_scale(TA_SURVEY_CSAT_SUPPORT)->topic == SCORE_TOPIC_SUPPORT);
}

/* -- answers and deliveries --------------------------------------------------- */

/*
 * How it stood at touchpoint i: all before it is played again, and orders are
 * searched from the first or from the last.
 */
static DeliveryState
brute_force(const int64_t *at, const uint8_t *action, const double *value, uint32_t i,
			bool logged, uint64_t promise)
{
	uint32_t	bought[MOST];
	double		promised[MOST];
	int64_t		came[MOST];
	bool		has_come[MOST];
	bool		back[MOST];
	uint32_t	n = 0;
	int			heard = -1;

	for (uint32_t k = 0; k < i; k++)
	{
		if (action[k] == TA_PURCHASE)
		{
			bought[n] = k;
			promised[n] = (double) at[k] + (double) promise;
			has_come[n] = false;
			back[n] = false;
			heard = (int) n++;
		}
		else if (action[k] == TA_ORDER_UPDATE_PROMISED && n > 0 && value[k] >= 0)
			promised[n - 1] = (double) at[bought[n - 1]] + value[k] * (double) DAY;
		else if (action[k] == TA_ORDER_DELIVER)
		{
			for (uint32_t o = 0; o < n; o++)
			{
				if (!has_come[o] && !back[o])
				{
					has_come[o] = true;
					came[o] = at[k];
					heard = (int) o;
					break;
				}
			}
		}
		else if (action[k] == TA_ORDER_CANCEL || action[k] == TA_REFUND)
		{
			for (int o = (int) n - 1; o >= 0; o--)
			{
				if (!back[o])
				{
					back[o] = true;
					break;
				}
			}
		}
	}
	if (heard < 0)
		return DELIVERY_NO_ORDER;
	if (has_come[heard])
		return (double) came[heard] <= promised[heard] ? DELIVERY_ON_TIME : DELIVERY_LATE;
	if (back[heard])
		return DELIVERY_TAKEN_BACK;
	if (!logged)
		return DELIVERY_UNKNOWN;
	return (double) at[i] <= promised[heard] ? DELIVERY_OPEN : DELIVERY_OVERDUE;
}

static void
test_answers(uint32_t *seen)
{
	static const uint8_t actions[] = {TA_PURCHASE, TA_PURCHASE, TA_ORDER_DELIVER, TA_ORDER_DELIVER,
		TA_ORDER_CANCEL, TA_REFUND, TA_ORDER_UPDATE_PROMISED, TA_PAGE_VIEW, TA_NONE,
	TA_SURVEY_NPS, TA_SURVEY_CSAT_DELIVERY, TA_SURVEY_CES, TA_REVIEW_WRITE};
	static const double promises[] = {0, 1, 2.5, 5, 1e300, -1, NAN};
	uint32_t	count = below(MOST);
	int64_t		at[MOST];
	uint8_t		action[MOST];
	double		value[MOST];
	bool		valued = below(8) > 0;
	bool		logged = below(3) > 0;
	uint64_t	promise = below(5) * (uint64_t) DAY;
	uint32_t	purchases = 0;
	uint32_t	scored = 0;
	uint32_t	n;
	ScoredOrder *orders;
	ScoredAnswer *answers;

	for (uint32_t i = 0; i < count; i++)
	{
		at[i] = i == 0 ? -2 * DAY : at[i - 1] + below(4) * (DAY / 2);
		action[i] = actions[below(sizeof(actions))];
		value[i] = NAN;
		if (action[i] == TA_ORDER_UPDATE_PROMISED)
			value[i] = promises[below(7)];
		else if (below(4) > 0)
			value[i] = below(24) / 2.0 - 1;
		purchases += action[i] == TA_PURCHASE;
		scored += score_scale(action[i]) != NULL;
	}

	/* memory of just the size that is promised to be enough */
	orders = malloc(purchases * sizeof(ScoredOrder));
	answers = malloc(scored * sizeof(ScoredAnswer));
	n = scored_answers(count, at, action, valued ? value : NULL, logged, promise, orders, answers);
	REQUIRE(n == scored);
	n = 0;
	for (uint32_t i = 0; i < count; i++)
	{
		const ScoredAnswer *a = &answers[n];
		const ScoreScale *scale;

		if (!valued)
			value[i] = NAN;
		if (score_scale(action[i]) == NULL)
			continue;
		REQUIRE(a->touchpoint == i && a->scale == score_scale(action[i]));
		REQUIRE(a->answered == !isnan(value[i]));
		REQUIRE((a->answered && !a->off_scale) == touch_score(action[i], value[i], &scale));
		REQUIRE(!a->off_scale || a->answered);
		REQUIRE(a->delivery == brute_force(at, action, value, i, logged, promise));
		seen[a->delivery]++;
		n++;
	}
	free(orders);
	free(answers);
}

/* The ends of time: a promise that passes them holds for ever. */
static void
test_ends(void)
{
	int64_t		at[3] = {INT64_MIN, INT64_MAX - 1, INT64_MAX};
	uint8_t		action[3] = {TA_PURCHASE, TA_PURCHASE, TA_SURVEY_NPS};
	ScoredOrder orders[2];
	ScoredAnswer answers[1];

	REQUIRE(scored_answers(3, at, action, NULL, true, UINT64_MAX, orders, answers) == 1);
	REQUIRE(orders[0].promised_at == INT64_MAX && orders[1].promised_at == INT64_MAX);
	REQUIRE(answers[0].delivery == DELIVERY_OPEN && !answers[0].answered);
	REQUIRE(scored_answers(3, at, action, NULL, true, 0, orders, answers) == 1);
	REQUIRE(orders[0].promised_at == INT64_MIN && answers[0].delivery == DELIVERY_OVERDUE);
	REQUIRE(scored_answers(0, at, action, NULL, true, 0, orders, answers) == 0);
}

/* -- surveys -------------------------------------------------------------------- */

static void
test_nps(int64_t promoters, int64_t passives, int64_t detractors, SurveyEstimate *e)
{
	double		n = (double) (promoters + passives + detractors);
	double		mean = (double) (promoters - detractors) / n;
	double		squares = (double) promoters * (1 - mean) * (1 - mean) +
	(double) passives * mean * mean + (double) detractors * (-1 - mean) * (-1 - mean);

	survey_nps(promoters, passives, detractors, e);
	REQUIRE(near(e->score, 100 * mean, 1e-14));
	REQUIRE(near(e->std_error, 100 * sqrt(squares / n / n), 1e-12));
	if (e->std_error == 0)
	{
		REQUIRE((promoters > 0) + (passives > 0) + (detractors > 0) == 1);
		REQUIRE(isnan(e->margin) && isnan(e->lower) && isnan(e->upper));
		return;
	}
	REQUIRE((promoters > 0) + (passives > 0) + (detractors > 0) > 1);
	REQUIRE(near(e->margin, STATISTICS_Z95 * e->std_error, 1e-15));
	REQUIRE(e->lower == fmax(-100, e->score - e->margin) && e->upper == fmin(100, e->score + e->margin));
}

static void
test_mean(void)
{
	SurveyCount counts[20];
	double		answers[2000];
	uint32_t	ncounts = 1 + below(20);
	uint32_t	n = 0;
	double		sum = 0;
	double		squares = 0;
	SurveyEstimate e;

	for (uint32_t i = 0; i < ncounts; i++)
	{
		counts[i].score = i / 2.0;
		counts[i].answers = 1 + below(below(2) ? 100 : 2);
		for (int64_t k = 0; k < counts[i].answers; k++)
		{
			answers[n++] = counts[i].score;
			sum += counts[i].score;
		}
	}
	for (uint32_t i = 0; i < n; i++)
		squares += (answers[i] - sum / n) * (answers[i] - sum / n);
	survey_mean_estimate(counts, ncounts, 0, 9.5, &e);
	REQUIRE(near(e.score, sum / n, 1e-14) && e.score == survey_mean(counts, ncounts));
	if (ncounts == 1)
	{
		REQUIRE(n == 1 ? isnan(e.std_error) : e.std_error == 0);
		REQUIRE(isnan(e.margin) && isnan(e.lower) && isnan(e.upper));
		return;
	}
	REQUIRE(near(e.std_error, sqrt(squares / (n - 1) / n), 1e-12));
	REQUIRE(near(e.margin, student_t_975(n - 1) * e.std_error, 1e-15));
	REQUIRE(e.lower == fmax(0, e.score - e.margin) && e.upper == fmin(9.5, e.score + e.margin));
}

static void
test_share(int64_t satisfied, int64_t n)
{
	SurveyEstimate e;
	double		lower;
	double		upper;
	double		p = (double) satisfied / (double) n;

	survey_share(satisfied, n, &e);
	wilson_interval(satisfied, n, STATISTICS_Z95, &lower, &upper);
	REQUIRE(near(e.score, 100 * p, 1e-15) && e.lower == 100 * lower && e.upper == 100 * upper);
	REQUIRE(near(e.std_error, 100 * sqrt(p * (1 - p) / (double) n), 1e-12));
	REQUIRE(e.margin == (e.upper - e.lower) / 2);
}

/* Known to 17 digits from the incomplete beta function, computed with 30. */
static void
test_student(void)
{
	static const struct
	{
		int64_t		degrees;
		double		quantile;
	}			t[] = {
		{1, 12.706204736174705}, {2, 4.3026527297494639}, {3, 3.1824463052837096},
		{5, 2.5705818356363155}, {10, 2.2281388519862747}, {30, 2.0422724563012383},
		{100, 1.9839715185235523}, {500, 1.9647198374673678}, {998, 1.9623438462163346},
		{999, 1.96234146113345}, {1000, 1.9623390808264085}, {1001, 1.9623367052808799},
		{100000, 1.9599877075346096}, {INT64_MAX, STATISTICS_Z95}
	};

	for (uint32_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		REQUIRE(near(student_t_975(t[i].degrees), t[i].quantile, 1e-13));
	for (int64_t degrees = 1; degrees < 1200; degrees++)
		REQUIRE(student_t_975(degrees) > student_t_975(degrees + 1));
}

static void
test_difference(void)
{
	SurveyEstimate from;
	SurveyEstimate to;
	SurveyEstimate e;
	double		z;
	double		p;

	test_nps(50, 30, 20, &from);
	test_nps(60, 30, 10, &to);
	REQUIRE(near(from.std_error, 7.810249675906654, 1e-14));
	REQUIRE(near(from.margin, 15.307808075042672, 1e-14));
	REQUIRE(survey_difference(&from, &to, &e, &z, &p));
	/* variances of 0.61 and 0.45 a hundred answers */
	REQUIRE(near(e.score, 20, 1e-14) && near(e.std_error, sqrt(106), 1e-14));
	REQUIRE(near(z, 20 / sqrt(106), 1e-14) && near(p, 0.05206792601582629, 1e-14));
	REQUIRE(e.lower < 0 && e.upper > 40);
	REQUIRE(survey_difference(&to, &from, &e, &z, &p) && e.score < 0 && z < 0);
	survey_nps(3, 0, 0, &from);
	survey_nps(0, 0, 5, &to);
	REQUIRE(!survey_difference(&from, &to, &e, &z, &p));
	REQUIRE(e.score == -200 && e.std_error == 0 && isnan(e.margin) && isnan(e.lower) && isnan(e.upper));
}

int
main(int argc, char **argv)
{
	uint32_t	seen[DELIVERY_TAKEN_BACK + 1] = {0};
	SurveyEstimate e;

	start_random(argc > 1 ? argv[1] : NULL, 20265);
	test_scales();
	for (int i = 0; i < 20000; i++)
		test_answers(seen);
	for (int i = 0; i <= DELIVERY_TAKEN_BACK; i++)
		REQUIRE(seen[i] > 1000);
	test_ends();
	for (int i = 0; i < 2000; i++)
	{
		int64_t		n = 1 + below(1000);

		test_nps(below(100), below(2) * below(100), 1 + below(100), &e);
		test_mean();
		test_share(below((uint32_t) n + 1), n);
	}
	test_nps(7, 0, 0, &e);
	test_nps(0, 7, 0, &e);
	test_nps(INT64_MAX / 3, INT64_MAX / 3, INT64_MAX / 3, &e);
	test_student();
	test_difference();
	printf("ok\n");
	return 0;
}
