/*
 * retention_agg.c
 *	  retention_agg(activity): of the customers of each cohort, how many were
 *	  active in each period after.
 *
 * The state is a tally with a row for each cohort (its first date; of a span
 * the seconds since 2000-01-01) and period in which somebody was active.  All
 * measures come from counters of that row: who was active in a period or later
 * is the sum over the last active periods from there on, who came back in it or
 * before is the sum over the first ones up to there, and an unbroken streak
 * that over the periods in which streaks ended.
 *
 * Calendar periods end for all customers at once, so it is the parameter
 * PARAM_LAST, the ordinal of the last period that any customer's data has seen,
 * that says which are over.  Rolling periods and brackets end for each customer
 * at another time: there the customers are counted whose period was over.
 *
 * Values are added as whole millionths, so that no order of rows and no number
 * of workers changes a sum.
 *
 * While activities are of the usual kind, the state has no rows yet: a list of
 * them, then a matrix of counters (core/retention_few.h, retention_matrix.h).
 *
 * What a call has learned about cohorts helps the next one: the ordinals of
 * their dates, and in which rows or places of the state they were last.  A row
 * is looked at before it is taken, so it may be that of another state.
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "common/hashfn.h"
#include "common/int.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "activity.h"
#include "activity_tally.h"
#include "calendar_zone.h"
#include "core/retention_matrix.h"
#include "core/statistics.h"
#include "row_array.h"
#include "tally_state.h"

enum
{
	KEY_COHORT, KEY_PERIOD
};
enum
{
	PARAM_PERIOD, PARAM_WEEK_START, PARAM_LAST, PARAM_COUNT, PARAM_KIND, PARAM_BRACKETS
};

#define MAX_ROWS			5000000 /* of an answer */
#define VALUE_UNITS			1000000.0

/* Added to the number of a span, so that it is positive as others are. */
#define SPAN_ORDINAL_ZERO	(INT64CONST(1) << 60)

/* Is it known for each customer alone which periods were over? */
#define OWN_ENDS			(ACTIVITY_ROLLING | ACTIVITY_BRACKETS)

#define COHORTS_KNOWN		128
#define PERIODS_KNOWN		56	/* seven bytes of a set */

/* A cohort, of some state. */
typedef struct KnownCohort
{
	int64		key;
	int64		ordinal;		/* absolute_period of its period 0; 0 if
								 * nothing is known */
	uint32		place;			/* number in a matrix, good or not */
	uint32		rows[PERIODS_KNOWN];	/* numbers of rows, good or not */
} KnownCohort;

/* Of one rule, where each cohort has its place. */
typedef struct KnownCohorts
{
	CalendarRule rule;
	uint64		per_key;		/* places, times 2^32 */
	const Activity *reused;		/* where activities come again, or NULL */
	KnownCohort cohorts[COHORTS_KNOWN];
} KnownCohorts;

static int64
brackets_hash(const ActivityView *v)
{
	return v->nbrackets == 0 ? 0 : (int64)
		(hash_bytes_extended((const unsigned char *) v->brackets,
							 v->nbrackets * sizeof(int32), 0) >> 1 | 1);
}

static CalendarRule
rule_of(const Tally *t)
{
	CalendarRule rule;

	rule.period = (uint8) t->params[PARAM_PERIOD];
	rule.week_start = (uint8) t->params[PARAM_WEEK_START];
	rule.count = (int32) t->params[PARAM_COUNT];
	return rule;
}

/* The number of a period on its calendar or among its spans; positive. */
static int64
absolute_period(CalendarRule rule, int64 cohort_key, int64 period)
{
	if (rule.period != CALENDAR_SPAN)
		return (int64) calendar_ordinal(rule, (int32) cohort_key) + period;
	return SPAN_ORDINAL_ZERO + cohort_key / rule.count -
		(cohort_key % rule.count < 0) + period;
}

static void
count_one(Tally *t, TallyRow *row, int counter)
{
	tally_counters(t, row)[counter]++;
}

static void
add_value(Tally *t, TallyRow *row, float8 value)
{
	float8		units = rint(fabs(value) * VALUE_UNITS);
	int64	   *sum = &tally_counters(t, row)[value < 0 ? TC_RETENTION_MINUS : TC_RETENTION_PLUS];

	if (units >= 9.2e18 || pg_add_s64_overflow(*sum, (int64) units, sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of values in a retention is out of range"),
				 errdetail("At most 9.2 * 10^12 can be added up to the millionth.")));
}

/*
 * Count a customer in one cohort, whose period 0 is period `from` of the
 * activity.
 */
static void
count_cohort(Tally **state, const ActivityView *v, int64 cohort_key, int from)
{
	Tally	   *t = *state;
	bool		own_ends = (v->flags & OWN_ENDS) != 0;
	int64		keys[TALLY_MAX_KEYS] = {cohort_key};
	TallyRow   *row = tally_row_grow(&t, keys);
	int			last = 0;
	int			streak = 0;
	int			nth = 0;		/* of the active periods, for the values */
	int			first_byte = from / 8;

	count_one(t, row, TC_RETENTION_ACTIVE);
	if (own_ends && v->last > 0)
		count_one(t, row, TC_RETENTION_ELIGIBLE);
	if (v->nvalues > 0)
	{
		for (int n = 0; n < from; n++)
			nth += activity_bit(v->active, v->nactive, n);
		if (activity_bit(v->active, v->nactive, from))
			add_value(t, row, activity_value(v, nth++));
	}

	for (int byte = first_byte; byte < v->nactive; byte++)
	{
		uint32		left = v->active[byte];

		if (byte == first_byte)
			left &= 0xfe << (from % 8);
		for (; left != 0; left &= left - 1)
		{
			int			period = 8 * byte + __builtin_ctz(left) - from;

			keys[KEY_PERIOD] = period;
			row = tally_row_grow(&t, keys);
			count_one(t, row, TC_RETENTION_ACTIVE);
			if (last == 0)
				count_one(t, row, TC_RETENTION_FIRST);
			if (own_ends && period < v->last)
				count_one(t, row, TC_RETENTION_ELIGIBLE);
			if (v->nvalues > 0)
				add_value(t, row, activity_value(v, nth++));
			if (period == streak + 1)
				streak = period;
			last = period;
		}
	}

	/* the row is that of the last active period now */
	count_one(t, row, TC_RETENTION_LAST);
	if (streak != last)
	{
		keys[KEY_PERIOD] = streak;
		row = tally_row_grow(&t, keys);
	}
	count_one(t, row, TC_RETENTION_STREAK);
	if (own_ends)
	{
		keys[KEY_PERIOD] = v->last;
		row = tally_row_grow(&t, keys);
		count_one(t, row, TC_RETENTION_SEEN);
	}
	*state = t;
}

/* -- the usual kind -------------------------------------------------------- */

/* Begin to know cohorts of a rule. */
static pg_noinline KnownCohorts *
know_rule(FunctionCallInfo fcinfo, const Activity *a, CalendarRule rule)
{
	KnownCohorts *known = fcinfo->flinfo->fn_extra;
	const Activity *reused;

	if (known != NULL)
		reused = known->reused;
	else
	{
		reused = activity_reuse(fcinfo, a);
		known = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(KnownCohorts));
	}
	memset(known, 0, sizeof(KnownCohorts));
	known->reused = reused;
	known->rule = rule;
	/* neighbours differ by one period, and get places beside each other */
	known->per_key = (UINT64CONST(1) << 32) /
		(rule.period == CALENDAR_SPAN ? rule.count : calendar_shortest(rule)) + 1;
	fcinfo->flinfo->fn_extra = known;
	return known;
}

/* What is known of a cohort, at least its ordinal. */
static inline KnownCohort *
known_cohort(FunctionCallInfo fcinfo, const Activity *a, CalendarRule rule, int64 key)
{
	KnownCohorts *known = fcinfo->flinfo->fn_extra;
	KnownCohort *cohort;

	if (unlikely(known == NULL || !calendar_same_rule(known->rule, rule)))
		known = know_rule(fcinfo, a, rule);
	cohort = &known->cohorts[((uint64) key * known->per_key >> 32) % COHORTS_KNOWN];
	if (unlikely(cohort->key != key || cohort->ordinal == 0))
	{
		cohort->key = key;
		cohort->ordinal = absolute_period(rule, key, 0);
	}
	return cohort;
}

/* The row that a cohort's period was in last. */
static inline TallyRow *
known_row(const Tally *t, const KnownCohort *cohort, uint32 period)
{
	return (TallyRow *) (tally_rows(t) + (Size) cohort->rows[period] *
						 (sizeof(TallyRow) + 8 * (2 + TC_RETENTION_COUNTERS)));
}

/* Find the row of a cohort's period, and know it from now on. */
static pg_noinline Tally *
learn_row(Tally *t, KnownCohort *cohort, uint32 period)
{
	int64		keys[TALLY_MAX_KEYS] = {cohort->key, period};
	TallyRow   *row = tally_row_grow(&t, keys);

	cohort->rows[period] = (uint32) (((uint8 *) row - tally_rows(t)) / tally_row_size(t));
	return t;
}

/* Make a cohort's period known.  Returns the state, which may have grown. */
static inline Tally *
know_row(Tally *t, KnownCohort *cohort, uint32 period)
{
	const TallyRow *row = known_row(t, cohort, period);

	if (likely(cohort->rows[period] < t->nrows && tally_keys(row)[KEY_COHORT] == cohort->key &&
			   tally_keys(row)[KEY_PERIOD] == period))
		return t;
	return learn_row(t, cohort, period);
}

/*
 * Count a customer of one cohort without values, as count_cohort does: whose
 * active periods are bits of a number, bit 0 among them.
 */
static inline Tally *
count_periods(Tally *t, KnownCohort *cohort, uint64 periods)
{
	uint32		streak = pg_rightmost_one_pos64(~periods) - 1;
	uint32		period = 0;
	uint64		left = periods & (periods - 1);

	t = know_row(t, cohort, 0);
	count_one(t, known_row(t, cohort, 0), TC_RETENTION_ACTIVE);
	if (left != 0)
	{
		period = pg_rightmost_one_pos64(left);
		t = know_row(t, cohort, period);
		count_one(t, known_row(t, cohort, period), TC_RETENTION_FIRST);
		for (;;)
		{
			count_one(t, known_row(t, cohort, period), TC_RETENTION_ACTIVE);
			left &= left - 1;
			if (left == 0)
				break;
			period = pg_rightmost_one_pos64(left);
			t = know_row(t, cohort, period);
		}
	}
	count_one(t, known_row(t, cohort, period), TC_RETENTION_LAST);
	count_one(t, known_row(t, cohort, streak), TC_RETENTION_STREAK);
	return t;
}

/* The active periods of at most seven bytes. */
static inline uint64
few_periods(FunctionCallInfo fcinfo, const Activity *a)
{
	const KnownCohorts *known = fcinfo->flinfo->fn_extra;
	int			second = a->nactive > 1;

	if (likely(known != NULL && known->reused == a))
		return journey_load64(a->data);
	/* the eight bytes that end with the set are inside the value */
	if (a->nactive > 2)
		return journey_load64(a->data + a->nactive - 8) >> (64 - 8 * a->nactive);
	/* just written: a longer load would wait */
	return a->data[0] | (uint64) (a->data[second] & -second) << 8;
}

/* Find the place of a cohort in a matrix, and know it from now on; NULL if it is full. */
static pg_noinline Tally *
learn_place(Tally *t, KnownCohort *cohort)
{
	int			place = retention_matrix_cohort(t, (int32) cohort->key);

	if (place < 0)
	{
		t = tally_larger_matrix(t);
		if (t == NULL)
			return NULL;
		place = retention_matrix_cohort(t, (int32) cohort->key);
	}
	cohort->place = place;
	return t;
}

/* Count an activity in a matrix.  Returns NULL where it has no room for it. */
static inline Tally *
add_to_matrix(Tally *t, KnownCohort *cohort, uint64 periods)
{
	const RetentionMatrix *m = retention_matrix(t);

	if (unlikely(m->customers == RETENTION_MATRIX_CUSTOMERS))
		return NULL;
	if (unlikely(cohort->place >= m->ncohorts || m->cohorts[cohort->place].key != cohort->key))
	{
		t = learn_place(t, cohort);
		if (t == NULL)
			return NULL;
	}
	retention_matrix_count(t, &retention_matrix(t)->cohorts[cohort->place], periods);
	return t;
}

/*
 * Add an activity to the list of a state of few customers, or what comes after
 * it.  Returns NULL where there is no room.
 */
static pg_noinline Tally *
add_to_few(Tally *t, KnownCohort *cohort, uint64 periods)
{
	Tally	   *longer;

	if (retention_few_add(t, (int32) cohort->key, periods))
		return t;
	longer = tally_longer_few(t, 1);
	if (longer == NULL)
	{
		longer = tally_larger_matrix(t);
		return longer == NULL ? NULL : add_to_matrix(longer, cohort, periods);
	}
	(void) retention_few_add(longer, (int32) cohort->key, periods);
	return longer;
}

/*
 * Is it an activity of the usual kind: of one cohort, with periods that end for
 * all at once, without values, of few periods?
 */
static inline bool
is_usual(const Activity *a)
{
	return !VARATT_IS_EXTENDED(a) && (a->flags & ~ACTIVITY_COUNTED) == 0 &&
		a->nactive != 0 && a->nactive <= PERIODS_KNOWN / 8 && (a->data[0] & 1) != 0;
}

/*
 * The state of an aggregate is ours to change; see tally_state.
 */
static inline bool
is_state(FunctionCallInfo fcinfo)
{
	return fcinfo->context != NULL && IsA(fcinfo->context, AggState);
}

/* Has the state such activities as this one, of the usual kind? */
static inline bool
counts_usual(const Tally *t, const Activity *a)
{
	return !VARATT_IS_EXTENDED(t) && t->kind == TALLY_RETENTION &&
		(!t->packed || t->dense_off != 0) &&
		t->params[PARAM_PERIOD] == a->period && t->params[PARAM_COUNT] == a->count &&
		t->params[PARAM_WEEK_START] == a->week_start &&
		t->params[PARAM_KIND] == 1 + a->flags && t->params[PARAM_BRACKETS] == 0;
}

/* A state for an activity of the usual kind, which is not counted yet. */
static Tally *
begin_usual(const Activity *a)
{
	Tally	   *t;

	if (a->period == CALENDAR_SPAN)
		t = tally_create(TALLY_RETENTION);
	else
	{
		t = palloc0(RETENTION_FEW_BYTES);
		retention_few_init(t, RETENTION_FEW_BYTES);
		SET_VARSIZE(t, RETENTION_FEW_BYTES);
	}
	t->params[PARAM_PERIOD] = a->period;
	t->params[PARAM_WEEK_START] = a->week_start;
	t->params[PARAM_COUNT] = a->count;
	t->params[PARAM_KIND] = 1 + a->flags;
	return t;
}

/* Count an activity of the usual kind; NULL where this does not do. */
static Tally *
count_usual(FunctionCallInfo fcinfo, Tally *t, const Activity *a)
{
	uint64		periods = few_periods(fcinfo, a);
	CalendarRule rule;
	KnownCohort *cohort;
	int64		key;
	int64		last;

	rule.period = a->period;
	rule.week_start = a->week_start;
	rule.count = a->count;
	key = a->period != CALENDAR_SPAN ? a->cohort :
		(int64) a->cohort * SECS_PER_DAY + a->cohort_seconds;
	cohort = known_cohort(fcinfo, a, rule, key);
	last = cohort->ordinal + a->last;
	t->params[PARAM_LAST] = Max(t->params[PARAM_LAST], last);
	if (t->packed)
		return t->stamp == RETENTION_MATRIX ? add_to_matrix(t, cohort, periods) :
			add_to_few(t, cohort, periods);
	return count_periods(t, cohort, periods);
}

/* -- every kind ------------------------------------------------------------- */

static pg_noinline Tally *
count_any(FunctionCallInfo fcinfo)
{
	Tally	   *t;
	Activity   *a = PG_GETARG_ACTIVITY_P(1);
	ActivityView v;
	int64		key;
	int64		brackets;

	activity_open(&v, a);
	brackets = brackets_hash(&v);
	t = PG_ARGISNULL(0) ? tally_create(TALLY_RETENTION) : tally_state(fcinfo, 0, TALLY_RETENTION);
	if (t->params[PARAM_PERIOD] == 0)
	{
		t->params[PARAM_PERIOD] = v.rule.period;
		t->params[PARAM_WEEK_START] = v.rule.week_start;
		t->params[PARAM_COUNT] = v.rule.count;
		t->params[PARAM_KIND] = 1 + v.flags;
		t->params[PARAM_BRACKETS] = brackets;
	}
	else if (t->params[PARAM_PERIOD] != v.rule.period || t->params[PARAM_COUNT] != v.rule.count ||
			 t->params[PARAM_WEEK_START] != v.rule.week_start ||
			 t->params[PARAM_KIND] != 1 + v.flags || t->params[PARAM_BRACKETS] != brackets)
		activity_tally_differs(rule_of(t), v.rule,
							   "Give activity() the same bucketing, cohort, minimum and values, and brackets() the same bounds, for all customers.");

	key = v.rule.period != CALENDAR_SPAN ? v.cohort :
		(int64) v.cohort * SECS_PER_DAY + v.cohort_seconds;
	if ((v.flags & OWN_ENDS) == 0)
	{
		int64		last = absolute_period(v.rule, key, v.last);

		t->params[PARAM_LAST] = Max(t->params[PARAM_LAST], last);
	}
	if ((v.flags & ACTIVITY_EVERY) == 0)
		count_cohort(&t, &v, key, 0);
	else
	{
		for (int n = 0; n < 8 * v.nstarts; n++)
		{
			if (!activity_bit(v.starts, v.nstarts, n))
				continue;
			CHECK_FOR_INTERRUPTS();
			count_cohort(&t, &v, v.rule.period == CALENDAR_SPAN ?
						 key + (int64) n * v.rule.count :
						 calendar_first_date(v.rule, calendar_ordinal(v.rule, v.cohort) + n), n);
		}
	}
	PG_FREE_IF_COPY(a, 1);
	return t;
}

PG_FUNCTION_INFO_V1(retention_agg_add);
Datum
retention_agg_add(PG_FUNCTION_ARGS)
{
	Tally	   *t = NULL;
	const Activity *a = (const Activity *) PG_GETARG_POINTER(1);

	if (PG_ARGISNULL(1))
		return tally_unchanged(fcinfo);
	if (is_state(fcinfo) && is_usual(a))
	{
		if (PG_ARGISNULL(0))
			t = begin_usual(a);
		else if (counts_usual((const Tally *) PG_GETARG_POINTER(0), a))
			t = (Tally *) PG_GETARG_POINTER(0);
		if (t != NULL)
			t = count_usual(fcinfo, t, a);
	}
	PG_RETURN_POINTER(t != NULL ? t : count_any(fcinfo));
}

static void
not_retention(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tally does not hold a retention: %s", problem)));
}

/* What the text or binary form of a tally cannot know, being general. */
static CalendarRule
check_tally(const Tally *t)
{
	CalendarRule rule;
	int64		period = t->params[PARAM_PERIOD];
	int64		week_start = t->params[PARAM_WEEK_START];
	int64		count = t->params[PARAM_COUNT];
	int64		kind = t->params[PARAM_KIND];

	if (period < CALENDAR_DAY || period > CALENDAR_SPAN ||
		(period == CALENDAR_WEEK ? week_start < 1 || week_start > 7 : week_start != 0) ||
		count < 1 || count > (period == CALENDAR_SPAN ? INT_MAX : CALENDAR_MAX_COUNT))
		not_retention("its period is unknown");
	if (kind < 1 || kind > 1 + (ACTIVITY_ROLLING | ACTIVITY_EVERY | ACTIVITY_VALUES |
								ACTIVITY_BRACKETS | ACTIVITY_COUNTED))
		not_retention("its kind of activity is unknown");
	rule = rule_of(t);
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		const int64 *keys = tally_keys(row);
		const int64 *counters = tally_counters(t, row);
		int64		date = keys[KEY_COHORT];

		if (rule.period == CALENDAR_SPAN)
			date = date / SECS_PER_DAY - (date % SECS_PER_DAY < 0);
		if (date < -POSTGRES_EPOCH_JDATE ||
			date > TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE ||
			(rule.period != CALENDAR_SPAN &&
			 calendar_first_date(rule, calendar_ordinal(rule, (int32) date)) != date))
			not_retention("the date of a cohort is not the first of a period");
		if (keys[KEY_PERIOD] < 0 || keys[KEY_PERIOD] > ACTIVITY_MAX_OFFSET ||
			(((kind - 1) & OWN_ENDS) == 0 &&
			 (absolute_period(rule, keys[KEY_COHORT], keys[KEY_PERIOD]) > t->params[PARAM_LAST] ||
			  t->params[PARAM_LAST] - absolute_period(rule, keys[KEY_COHORT], 0) > INT_MAX)))
			not_retention("a period is after the last one seen");

		/* rows are in order: the cohort's size comes before all else of it */
		if (keys[KEY_PERIOD] != 0 &&
			(i == 0 || tally_keys(tally_row_at(t, i - 1))[KEY_COHORT] != keys[KEY_COHORT]))
			not_retention("a cohort has no first period");
		if (counters[TC_RETENTION_ACTIVE] < counters[TC_RETENTION_ELIGIBLE])
			not_retention("more customers were active when it was over than at all");
	}
	return rule;
}

/* The columns of journey.retention_row. */
enum
{
	COL_COHORT, COL_COHORT_SIZE, COL_PERIOD_NO, COL_RETAINED, COL_RATE, COL_COMPLETE,
	COL_ELIGIBLE, COL_ELIGIBLE_RETAINED, COL_ELIGIBLE_RATE, COL_LOWER, COL_UPPER,
	COL_ON_OR_AFTER, COL_ON_OR_BEFORE, COL_STREAK, COL_VALUE_SUM, COL_VALUE_MEAN,
	COL_COHORT_AT, COL_COUNT
};

static float8
value_sum(const int64 *counters)
{
	return ((float8) counters[TC_RETENTION_PLUS] - (float8) counters[TC_RETENTION_MINUS]) / VALUE_UNITS;
}

/* The number of a cohort's last period; `row` is the last row of the cohort. */
static inline int64
last_period(const Tally *t, CalendarRule rule, bool own_ends, const TallyRow *row)
{
	return own_ends ? tally_keys(row)[KEY_PERIOD] :
		t->params[PARAM_LAST] - absolute_period(rule, tally_keys(row)[KEY_COHORT], 0);
}

/* How many rows the table has. */
static int
count_rows(const Tally *t, CalendarRule rule, bool own_ends)
{
	int64		nrows = 0;

	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);

		if (i + 1 < t->nrows &&
			tally_keys(tally_row_at(t, i + 1))[KEY_COHORT] == tally_keys(row)[KEY_COHORT])
			continue;
		nrows += last_period(t, rule, own_ends, row) + 1;
		if (nrows > MAX_ROWS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("retention table would have more than %d rows", MAX_ROWS),
					 errhint("Take a longer period, or fewer cohorts.")));
	}
	return (int) nrows;
}

/* Bounds that were computed last: those of small cohorts are few. */
#define BOUNDS_KNOWN	16

typedef struct KnownBounds
{
	int64		retained;
	int64		eligible;		/* 0 if nothing is known */
	float8		lower;
	float8		upper;
} KnownBounds;

static inline const KnownBounds *
bounds_of(KnownBounds *known, int64 retained, int64 eligible)
{
	KnownBounds *bounds = &known[(uint64) (4 * eligible + retained) % BOUNDS_KNOWN];

	if (bounds->retained != retained || bounds->eligible != eligible)
	{
		bounds->retained = retained;
		bounds->eligible = eligible;
		wilson_interval(retained, eligible, STATISTICS_Z95, &bounds->lower, &bounds->upper);
	}
	return bounds;
}

/* A row for every period from the cohort's own to the last one seen. */
PG_FUNCTION_INFO_V1(retention_rows);
Datum
retention_rows(PG_FUNCTION_ARGS)
{
	static const int64 none[TC_RETENTION_COUNTERS] = {0};
	Tally	   *given = PG_GETARG_TALLY_P(0);
	const Tally *t;
	CalendarRule rule;
	RowArray	rows;
	KnownBounds known[BOUNDS_KNOWN] = {{0}};
	bool		own_ends;
	bool		values_kept;

	tally_must_be(given, TALLY_RETENTION);
	t = tally_packed(given);
	if (t->nrows == 0)
		PG_RETURN_NULL();
	rule = is_retention_few(given) ? rule_of(t) : check_tally(t);
	own_ends = ((t->params[PARAM_KIND] - 1) & OWN_ENDS) != 0;
	values_kept = ((t->params[PARAM_KIND] - 1) & ACTIVITY_VALUES) != 0;

	row_array_start(&rows, fcinfo);
	row_array_expect(&rows, count_rows(t, rule, own_ends));
	for (uint32 i = 0; i < t->nrows;)
	{
		int64		cohort = tally_keys(tally_row_at(t, i))[KEY_COHORT];
		int64		date = cohort;
		uint32		end = i;
		int64		periods;	/* number of the last */
		int64		size = tally_counters(t, tally_row_at(t, i))[TC_RETENTION_ACTIVE];
		int64		after = 0;
		int64		before = 0;
		int64		streak = 0;
		int64		eligible = 0;

		/* sums over all periods, from which those gone by are taken off */
		for (; end < t->nrows && tally_keys(tally_row_at(t, end))[KEY_COHORT] == cohort; end++)
		{
			const int64 *counters = tally_counters(t, tally_row_at(t, end));

			if (pg_add_s64_overflow(after, counters[TC_RETENTION_LAST], &after) ||
				pg_add_s64_overflow(streak, counters[TC_RETENTION_STREAK], &streak) ||
				pg_add_s64_overflow(eligible, counters[TC_RETENTION_SEEN], &eligible) ||
				pg_add_s64_overflow(before, counters[TC_RETENTION_FIRST], &before))
				not_retention("it has too many customers");
		}
		before = 0;
		periods = last_period(t, rule, own_ends, tally_row_at(t, end - 1));
		if (rule.period == CALENDAR_SPAN)
			date = cohort / SECS_PER_DAY - (cohort % SECS_PER_DAY < 0);

		for (int64 period = 0; period <= periods; period++)
		{
			const int64 *counters = none;
			int64		retained;
			int64		eligible_retained;
			Datum		values[COL_COUNT];
			bool		nulls[COL_COUNT] = {false};

			CHECK_FOR_INTERRUPTS();
			if (i < end && tally_keys(tally_row_at(t, i))[KEY_PERIOD] == period)
				counters = tally_counters(t, tally_row_at(t, i++));
			retained = counters[TC_RETENTION_ACTIVE];
			if (own_ends)
			{
				eligible -= counters[TC_RETENTION_SEEN];
				eligible_retained = counters[TC_RETENTION_ELIGIBLE];
			}
			else
			{
				eligible = period < periods ? size : 0;
				eligible_retained = period < periods ? retained : 0;
			}
			before += counters[TC_RETENTION_FIRST];

			values[COL_COHORT] = DateADTGetDatum((DateADT) date);
			values[COL_COHORT_SIZE] = Int64GetDatum(size);
			values[COL_PERIOD_NO] = Int32GetDatum((int32) period);
			values[COL_RETAINED] = Int64GetDatum(retained);
			values[COL_RATE] = Float8GetDatum(size > 0 ? (double) retained / (double) size : 0);
			nulls[COL_RATE] = size == 0;
			values[COL_COMPLETE] = BoolGetDatum(eligible == size && size > 0);
			values[COL_ELIGIBLE] = Int64GetDatum(eligible);
			values[COL_ELIGIBLE_RETAINED] = Int64GetDatum(eligible_retained);
			nulls[COL_ELIGIBLE_RATE] = nulls[COL_LOWER] = nulls[COL_UPPER] =
				eligible <= 0 || eligible_retained > eligible;
			if (!nulls[COL_ELIGIBLE_RATE])
			{
				const KnownBounds *bounds = bounds_of(known, eligible_retained, eligible);

				values[COL_ELIGIBLE_RATE] = Float8GetDatum((double) eligible_retained / (double) eligible);
				values[COL_LOWER] = Float8GetDatum(bounds->lower);
				values[COL_UPPER] = Float8GetDatum(bounds->upper);
			}
			values[COL_ON_OR_AFTER] = Int64GetDatum(after);
			values[COL_ON_OR_BEFORE] = Int64GetDatum(period == 0 ? size : before);
			values[COL_STREAK] = Int64GetDatum(streak);
			nulls[COL_VALUE_SUM] = !values_kept;
			nulls[COL_VALUE_MEAN] = !values_kept || retained == 0;
			if (values_kept)
			{
				values[COL_VALUE_SUM] = Float8GetDatum(value_sum(counters));
				values[COL_VALUE_MEAN] = Float8GetDatum(value_sum(counters) / (double) Max(retained, 1));
			}
			nulls[COL_COHORT_AT] = rule.period != CALENDAR_SPAN;
			values[COL_COHORT_AT] = TimestampTzGetDatum(cohort * USECS_PER_SEC);
			row_array_add(&rows, values, nulls);
			after -= counters[TC_RETENTION_LAST];
			streak -= counters[TC_RETENTION_STREAK];
		}
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}
