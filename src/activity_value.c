/*
 * activity_value.c
 *	  The bytes of an activity, and functions from activities to activities.
 *
 * Two parts of one customer's data can be put together exactly where both kept
 * all that may matter: every period with a start and every period with a
 * return, whichever came first.  That is cohort => 'every'.  first_cohort then
 * gives the customer one cohort, the first, and forgets what was before it.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"

#include "journey_compat.h"
#include "activity.h"
#include "calendar_zone.h"

void
activity_open(ActivityView *v, const Activity *a)
{
	const uint8 *p = a->data;

	v->rule.period = a->period;
	v->rule.week_start = a->week_start;
	v->rule.count = a->count;
	v->flags = a->flags;
	v->cohort = a->cohort;
	v->cohort_seconds = a->cohort_seconds;
	v->last = a->last;
	v->active = p;
	v->nactive = a->nactive;
	p += a->nactive;
	v->starts = p;
	v->nstarts = a->nstarts;
	p += a->nstarts;
	v->nbrackets = 0;
	if (a->flags & ACTIVITY_BRACKETS)
	{
		int32		n;

		memcpy(&n, p, sizeof(n));
		p += sizeof(n);
		v->nbrackets = n;
		v->brackets = (const int32 *) p;
		p += n * sizeof(int32);
	}
	v->values = (const float8 *) p;
	v->nvalues = (a->flags & ACTIVITY_VALUES) ?
		(int) (((const uint8 *) a + VARSIZE(a) - p) / sizeof(float8)) : 0;
}

Activity *
activity_make(const ActivityView *v)
{
	int			nactive = v->nactive;
	int			nstarts = v->nstarts;
	Size		size;
	Activity   *a;
	uint8	   *p;

	while (nactive > 0 && v->active[nactive - 1] == 0)
		nactive--;
	while (nstarts > 0 && v->starts[nstarts - 1] == 0)
		nstarts--;
	size = offsetof(Activity, data) + nactive + nstarts + v->nvalues * sizeof(float8);
	if (v->flags & ACTIVITY_BRACKETS)
		size += sizeof(int32) * (1 + v->nbrackets);
	a = palloc0(size);
	SET_VARSIZE(a, size);
	a->version = ACTIVITY_VERSION;
	a->period = v->rule.period;
	a->week_start = v->rule.week_start;
	a->flags = v->flags;
	a->count = v->rule.count;
	a->cohort = v->cohort;
	a->cohort_seconds = v->cohort_seconds;
	a->last = v->last;
	a->nactive = nactive;
	a->nstarts = nstarts;
	p = a->data;
	memcpy(p, v->active, nactive);
	p += nactive;
	if (nstarts > 0)
		memcpy(p, v->starts, nstarts);
	p += nstarts;
	if (v->flags & ACTIVITY_BRACKETS)
	{
		int32		n = v->nbrackets;

		memcpy(p, &n, sizeof(n));
		p += sizeof(n);
		memcpy(p, v->brackets, n * sizeof(int32));
		p += n * sizeof(int32);
	}
	if (v->nvalues > 0)
		memcpy(p, v->values, v->nvalues * sizeof(float8));
	return a;
}

int
activity_highest(const uint8 *set, int nbytes)
{
	while (nbytes > 0 && set[nbytes - 1] == 0)
		nbytes--;
	return nbytes == 0 ? -1 : 8 * (nbytes - 1) + pg_leftmost_one_pos32(set[nbytes - 1]);
}

int
activity_members(const uint8 *set, int nbytes)
{
	return (int) pg_popcount((const char *) set, nbytes);
}

const char *
activity_problem(const ActivityView *v)
{
	CalendarRule rule = v->rule;
	bool		every = (v->flags & ACTIVITY_EVERY) != 0;
	int			highest;

	if (rule.period < CALENDAR_DAY || rule.period > CALENDAR_SPAN)
		return "its period is unknown";
	if (rule.count < 1 || (rule.period != CALENDAR_SPAN && rule.count > CALENDAR_MAX_COUNT))
		return "its period has no length or too long a one";
	if (rule.period == CALENDAR_WEEK ? rule.week_start < 1 || rule.week_start > 7 :
		rule.week_start != 0)
		return "its week start is unknown";
	if (!IS_VALID_DATE(v->cohort) || v->cohort > TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
		return "the date of its cohort is out of range";
	if (rule.period == CALENDAR_SPAN ? v->cohort_seconds < 0 || v->cohort_seconds >= SECS_PER_DAY :
		v->cohort_seconds != 0)
		return "the time of its cohort is out of range";
	if (rule.period != CALENDAR_SPAN &&
		calendar_first_date(rule, calendar_ordinal(rule, v->cohort)) != v->cohort)
		return "the date of its cohort does not begin a period";
	if (every && (v->flags & (ACTIVITY_ROLLING | ACTIVITY_BRACKETS)) != 0)
		return "a rolling activity, and one of brackets, has one cohort";
	if (v->last < 0 || v->last > ACTIVITY_MAX_OFFSET)
		return "the last period seen is out of range";
	if (v->nactive > ACTIVITY_MAX_OFFSET / 8 + 1 || v->nstarts > ACTIVITY_MAX_OFFSET / 8 + 1)
		return "it has too many periods";
	if (every ? !activity_bit(v->active, v->nactive, 0) && !activity_bit(v->starts, v->nstarts, 0) :
		!activity_bit(v->active, v->nactive, 0) || v->nstarts != 0)
		return "period 0 is not active, or it has starts that it must not have";
	highest = Max(activity_highest(v->active, v->nactive), activity_highest(v->starts, v->nstarts));
	if (highest > v->last)
		return "a period is active after the last one seen";
	if (v->flags & ACTIVITY_BRACKETS)
	{
		if (v->nbrackets < 1 || v->nbrackets > ACTIVITY_MAX_BRACKETS)
			return "it has no bracket or too many";
		for (int i = 0; i < v->nbrackets; i++)
		{
			int32		bound = activity_bracket(v, i);

			if (bound < 1 || bound > ACTIVITY_MAX_OFFSET ||
				(i > 0 && bound <= activity_bracket(v, i - 1)))
				return "the bounds of its brackets do not increase";
		}
		if (highest >= v->nbrackets || v->last > v->nbrackets)
			return "a bracket is active that it does not have";
	}
	if (v->flags & ACTIVITY_VALUES)
	{
		if (v->nvalues != activity_members(v->active, v->nactive))
			return "it has not one value for each active period";
		for (int i = 0; i < v->nvalues; i++)
		{
			if (isnan(activity_value(v, i)) || isinf(activity_value(v, i)))
				return "a value is not finite";
		}
	}
	return NULL;
}

/* -- functions ------------------------------------------------------------- */

/*
 * A set moved up by so many periods, and united with another, both into fresh
 * memory of `nbytes` bytes.
 */
static void
unite(uint8 *into, const uint8 *set, int nset, int shift)
{
	for (int n = 0; n < 8 * nset; n++)
	{
		if (activity_bit(set, nset, n))
			into[(n + shift) / 8] |= 1 << ((n + shift) % 8);
	}
}

/* By how many periods b's period 0 is later than a's. */
static int64
periods_between(const ActivityView *a, const ActivityView *b)
{
	if (a->rule.period == CALENDAR_SPAN)
	{
		int64		seconds = ((int64) b->cohort - a->cohort) * SECS_PER_DAY +
		b->cohort_seconds - a->cohort_seconds;

		if (seconds % a->rule.count != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cannot put activities together whose periods begin at different times"),
					 errhint("Give activity() the same time zone for both.")));
		return seconds / a->rule.count;
	}
	return (int64) calendar_ordinal(b->rule, b->cohort) - calendar_ordinal(a->rule, a->cohort);
}

/* activity || activity: what two parts of one customer's data say together. */
PG_FUNCTION_INFO_V1(activity_merge);
Datum
activity_merge(PG_FUNCTION_ARGS)
{
	ActivityView a;
	ActivityView b;
	ActivityView sum;
	int64		shift;
	int64		last;
	int			nbytes;
	uint8	   *active;
	uint8	   *starts;
	float8	   *values = NULL;

	activity_open(&a, PG_GETARG_ACTIVITY_P(0));
	activity_open(&b, PG_GETARG_ACTIVITY_P(1));
	if (!(a.flags & b.flags & ACTIVITY_EVERY) || ((a.flags | b.flags) & ACTIVITY_COUNTED) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot put together activities that do not keep every start and return"),
				 errhint("Make them with cohort => 'every' and without a minimum, and take first_cohort() of what they are together.")));
	if (!calendar_same_rule(a.rule, b.rule) || a.flags != b.flags)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot put together activities by %s and by %s, or with and without values",
						calendar_period_text(a.rule), calendar_period_text(b.rule)),
				 errhint("Give activity() the same period, week_start and values for both.")));
	shift = periods_between(&a, &b);
	if (shift < 0)
	{
		ActivityView earlier = b;

		b = a;
		a = earlier;
		shift = -shift;
	}
	last = Max(a.last, b.last + shift);
	if (last > ACTIVITY_MAX_OFFSET)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("activity would span more than %d periods", ACTIVITY_MAX_OFFSET)));

	nbytes = (int) last / 8 + 1;
	active = palloc0(nbytes);
	starts = palloc0(nbytes);
	unite(active, a.active, a.nactive, 0);
	unite(active, b.active, b.nactive, (int) shift);
	unite(starts, a.starts, a.nstarts, 0);
	unite(starts, b.starts, b.nstarts, (int) shift);
	sum = a;
	sum.last = (int32) last;
	sum.active = active;
	sum.starts = starts;
	sum.nactive = sum.nstarts = nbytes;
	if (a.flags & ACTIVITY_VALUES)
	{
		int			in_a = 0;
		int			in_b = 0;
		int			n = 0;

		values = palloc(sizeof(float8) * 8 * nbytes);
		for (int period = 0; period <= last; period++)
		{
			if (!activity_bit(active, nbytes, period))
				continue;
			values[n] = 0;
			if (activity_bit(a.active, a.nactive, period))
				values[n] += activity_value(&a, in_a++);
			if (period >= shift && activity_bit(b.active, b.nactive, period - (int) shift))
				values[n] += activity_value(&b, in_b++);
			if (isinf(values[n]))
				float_overflow_error();
			n++;
		}
		sum.values = values;
		sum.nvalues = n;
	}
	PG_RETURN_POINTER(activity_make(&sum));
}

/* first_cohort(activity): the first cohort of one that has every. */
PG_FUNCTION_INFO_V1(activity_first_cohort);
Datum
activity_first_cohort(PG_FUNCTION_ARGS)
{
	Activity   *given = PG_GETARG_ACTIVITY_P(0);
	ActivityView a;
	ActivityView first;
	int			start = 0;
	int			nbytes;
	uint8	   *active;

	activity_open(&a, given);
	if (!(a.flags & ACTIVITY_EVERY))
		PG_RETURN_POINTER(given);
	if (a.nstarts == 0)
		PG_RETURN_NULL();
	while (!activity_bit(a.starts, a.nstarts, start))
		start++;
	nbytes = Max(a.nactive - start / 8, 0) + 1;
	active = palloc0(nbytes);
	active[0] = 1;
	for (int n = start; n < 8 * a.nactive; n++)
	{
		if (activity_bit(a.active, a.nactive, n))
			active[(n - start) / 8] |= 1 << ((n - start) % 8);
	}
	first = a;
	first.flags &= ~ACTIVITY_EVERY;
	if (a.rule.period == CALENDAR_SPAN)
	{
		int64		seconds = (int64) a.cohort * SECS_PER_DAY + a.cohort_seconds +
		(int64) start * a.rule.count;

		first.cohort = (int32) (seconds / SECS_PER_DAY - (seconds % SECS_PER_DAY < 0));
		first.cohort_seconds = (int32) (seconds - (int64) first.cohort * SECS_PER_DAY);
	}
	else
		first.cohort = calendar_first_date(a.rule, calendar_ordinal(a.rule, a.cohort) + start);
	first.last = a.last - start;
	first.active = active;
	first.nactive = nbytes;
	first.nstarts = 0;
	if (a.flags & ACTIVITY_VALUES)
	{
		int			before = 0;
		float8	   *values = palloc0(sizeof(float8) * (a.nvalues + 1));
		bool		returned = activity_bit(a.active, a.nactive, start);

		for (int n = 0; n < start; n++)
			before += activity_bit(a.active, a.nactive, n);
		for (int i = before; i < a.nvalues; i++)
			values[i - before + !returned] = activity_value(&a, i);
		first.values = values;
		first.nvalues = a.nvalues - before + !returned;
	}
	PG_RETURN_POINTER(activity_make(&first));
}

/* brackets(activity, bounds): periods put together as the bounds say. */
PG_FUNCTION_INFO_V1(activity_brackets);
Datum
activity_brackets(PG_FUNCTION_ARGS)
{
	ActivityView a;
	ActivityView put;
	ArrayType  *arr = PG_GETARG_ARRAYTYPE_P(1);
	const int32 *bounds = (const int32 *) ARR_DATA_PTR(arr);
	int			n = ARR_NDIM(arr) == 1 ? ARR_DIMS(arr)[0] : 0;
	uint8	   *active;
	float8	   *values;
	int			bracket = 0;
	int			nth = 0;

	activity_open(&a, PG_GETARG_ACTIVITY_P(0));
	if (a.flags & (ACTIVITY_EVERY | ACTIVITY_BRACKETS))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot make brackets of an activity with every cohort or with brackets"),
				 errhint("Make it with cohort => 'first_ever' or 'first_in_range'.")));
	if (n < 1 || n > ACTIVITY_MAX_BRACKETS)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array of bracket bounds must have one dimension and 1 to %d elements",
						ACTIVITY_MAX_BRACKETS)));
	if (ARR_HASNULL(arr) && array_contains_nulls(arr))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("bracket bounds must not be null")));
	for (int i = 0; i < n; i++)
	{
		if (bounds[i] < 1 || bounds[i] > ACTIVITY_MAX_OFFSET || (i > 0 && bounds[i] <= bounds[i - 1]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("bracket bounds must increase and lie between 1 and %d", ACTIVITY_MAX_OFFSET),
					 errhint("'{1,4,8}' makes the brackets 0, 1 to 3 and 4 to 7.")));
	}

	active = palloc0(n / 8 + 1);
	values = palloc0(sizeof(float8) * n);
	put = a;
	put.nvalues = 0;
	for (int period = 0; period < Min(8 * a.nactive, bounds[n - 1]); period++)
	{
		if (period >= bounds[bracket])
			bracket++;
		if (!activity_bit(a.active, a.nactive, period))
			continue;
		if (!activity_bit(active, n / 8 + 1, bracket))
			put.nvalues++;
		active[bracket / 8] |= 1 << (bracket % 8);
		if (a.flags & ACTIVITY_VALUES)
		{
			values[put.nvalues - 1] += activity_value(&a, nth++);
			if (isinf(values[put.nvalues - 1]))
				float_overflow_error();
		}
	}
	/* the bracket in progress is the one that holds the last period seen */
	for (put.last = 0; put.last < n && bounds[put.last] <= a.last;)
		put.last++;
	put.flags |= ACTIVITY_BRACKETS;
	put.active = active;
	put.nactive = n / 8 + 1;
	put.brackets = bounds;
	put.nbrackets = n;
	put.values = values;
	if (!(a.flags & ACTIVITY_VALUES))
		put.nvalues = 0;
	PG_RETURN_POINTER(activity_make(&put));
}
