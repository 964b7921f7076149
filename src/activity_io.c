/*
 * activity_io.c
 *	  Text and binary forms of the type activity, and its comparison.
 *
 * Text is the first date of the cohort's period, the kind of period, the
 * active periods counted from the cohort's, and after a slash the last period
 * seen: 2026-01-05 week: 0 1 4-6 / 9.  On which day weeks start is seen from
 * the date.
 */
#include "postgres.h"

#include <limits.h>

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "journey_compat.h"
#include "activity.h"
#include "calendar_zone.h"
#include "flat_op.h"

Activity *
activity_make(CalendarRule rule, int32 cohort, int32 last, const uint8 *bits, int nbytes)
{
	Activity   *a;

	while (nbytes > 1 && bits[nbytes - 1] == 0)
		nbytes--;
	a = palloc0(ACTIVITY_HEADER + nbytes);
	SET_VARSIZE(a, ACTIVITY_HEADER + nbytes);
	a->version = ACTIVITY_VERSION;
	a->period = rule.period;
	a->week_start = rule.week_start;
	a->cohort = cohort;
	a->last = last;
	memcpy(a->bits, bits, nbytes);
	return a;
}

static inline bool
is_active(const Activity *a, int n)
{
	return n / 8 < ACTIVITY_NBYTES(a) && (a->bits[n / 8] >> (n % 8) & 1) != 0;
}

/* Number of the highest bit that is set, of bytes whose last is not zero. */
static inline int
highest_bit(const uint8 *bits, int nbytes)
{
	int			n = 8 * nbytes - 1;

	while ((bits[n / 8] >> (n % 8) & 1) == 0)
		n--;
	return n;
}

/* The date is one that the server knows and begins a period; weeks: any. */
static bool
check_cohort(int period, int32 cohort, CalendarRule *rule)
{
	rule->period = period;
	rule->week_start = period == CALENDAR_WEEK ? calendar_weekday(cohort) : 0;
	return IS_VALID_DATE(cohort) && cohort <= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE &&
		calendar_first_date(*rule, calendar_ordinal(*rule, cohort)) == cohort;
}

/* -- text --------------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(activity_out);
Datum
activity_out(PG_FUNCTION_ARGS)
{
	Activity   *a = PG_GETARG_ACTIVITY_P(0);
	StringInfoData out;
	int			year;
	int			month;
	int			day;

	calendar_to_civil(a->cohort, &year, &month, &day);
	initStringInfo(&out);
	appendStringInfo(&out, "%04d-%02d-%02d%s %s:", year > 0 ? year : 1 - year, month, day,
					 year > 0 ? "" : " BC", calendar_period_name(a->period));
	for (int n = 0; n < 8 * ACTIVITY_NBYTES(a); n++)
	{
		int			end = n;

		if (!is_active(a, n))
			continue;
		while (is_active(a, end + 1))
			end++;
		appendStringInfo(&out, " %d", n);
		if (end > n + 1)
		{
			appendStringInfo(&out, "-%d", end);
			n = end;
		}
	}
	appendStringInfo(&out, " / %d", a->last);
	PG_RETURN_CSTRING(out.data);
}

static void
skip_blanks(const char **p)
{
	while (**p == ' ' || **p == '\t' || **p == '\n' || **p == '\r')
		(*p)++;
}

/* Digits, at most so many; false where there is none. */
static bool
parse_number(const char **p, int max_digits, int *result)
{
	const char *start = *p;

	for (*result = 0; **p >= '0' && **p <= '9' && *p - start < max_digits; (*p)++)
		*result = *result * 10 + (**p - '0');
	return *p > start && !(**p >= '0' && **p <= '9');
}

static bool
parse_word(const char **p, const char *word)
{
	size_t		len = strlen(word);

	if (pg_strncasecmp(*p, word, len) != 0)
		return false;
	*p += len;
	return true;
}

/*
 * Parse a literal; NULL with what was expected, *p where.
 */
static Activity *
activity_parse(const char **p, const char **expected)
{
	CalendarRule rule;
	int			year;
	int			month;
	int			day;
	int			period;
	int			last;
	int			highest = 0;
	int32		cohort;
	uint8	   *bits = palloc0(ACTIVITY_MAX_OFFSET / 8 + 1);
	const char *date;

	skip_blanks(p);
	date = *p;
	*expected = "the date of the cohort, as 2026-01-05";
	if (!parse_number(p, 6, &year) || *(*p)++ != '-' ||
		!parse_number(p, 2, &month) || *(*p)++ != '-' ||
		!parse_number(p, 2, &day) || **p != ' ')
	{
		*p = date;
		return NULL;
	}
	skip_blanks(p);
	if (parse_word(p, "BC"))
	{
		year = 1 - year;
		skip_blanks(p);
	}
	else if (year == 0)
		year = INT_MAX;			/* there is no year 0 */
	if (year > 300000 || year < -4713 || month < 1 || month > 12 || day < 1 || day > 31)
	{
		*p = date;
		return NULL;
	}
	cohort = calendar_from_civil(year, month, day);
	{
		int			y;
		int			m;
		int			d;

		calendar_to_civil(cohort, &y, &m, &d);
		if (y != year || m != month || d != day)
		{
			*p = date;
			return NULL;
		}
	}

	*expected = "day, week or month";
	for (period = CALENDAR_DAY; period <= CALENDAR_MONTH; period++)
	{
		if (parse_word(p, calendar_period_name(period)))
			break;
	}
	if (period > CALENDAR_MONTH)
		return NULL;
	if (!check_cohort(period, cohort, &rule))
	{
		*p = date;
		*expected = "the first day of a period";
		return NULL;
	}
	skip_blanks(p);
	*expected = "a colon";
	if (*(*p) != ':')
		return NULL;
	(*p)++;

	for (;;)
	{
		int			from;
		int			to;
		const char *start;

		skip_blanks(p);
		if (**p == '/')
			break;
		start = *p;
		*expected = "the number of an active period, from 0 to 100000, or a slash";
		if (!parse_number(p, 6, &from) || from > ACTIVITY_MAX_OFFSET)
		{
			*p = start;
			return NULL;
		}
		to = from;
		if (**p == '-')
		{
			(*p)++;
			*expected = "the last period of a range";
			if (!parse_number(p, 6, &to) || to > ACTIVITY_MAX_OFFSET || to < from)
			{
				*p = start;
				return NULL;
			}
		}
		*expected = "a blank";
		if (**p != ' ' && **p != '\t' && **p != '\n' && **p != '\r' && **p != '/')
			return NULL;
		for (int n = from; n <= to; n++)
			bits[n / 8] |= 1 << (n % 8);
		highest = Max(highest, to);
	}
	*expected = "0 among the active periods";
	if ((bits[0] & 1) == 0)
		return NULL;
	(*p)++;
	skip_blanks(p);
	*expected = "the last period seen, not before the last active one";
	{
		const char *start = *p;

		if (!parse_number(p, 6, &last) || last > ACTIVITY_MAX_OFFSET || last < highest)
		{
			*p = start;
			return NULL;
		}
	}
	skip_blanks(p);
	*expected = "nothing more";
	if (**p != '\0')
		return NULL;
	return activity_make(rule, cohort, last, bits, highest / 8 + 1);
}

PG_FUNCTION_INFO_V1(activity_in);
Datum
activity_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	const char *p = text;
	const char *expected;
	Activity   *a = activity_parse(&p, &expected);

	if (a == NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "activity", text),
				 errdetail("Expected %s at character %d.", expected, (int) (p - text) + 1)));
	PG_RETURN_POINTER(a);
}

/* -- binary ------------------------------------------------------------------- */

/* version int8, period int8, cohort int32, last int32, then the set's bytes */
PG_FUNCTION_INFO_V1(activity_send);
Datum
activity_send(PG_FUNCTION_ARGS)
{
	Activity   *a = PG_GETARG_ACTIVITY_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, ACTIVITY_VERSION);
	pq_sendint8(&buf, a->period);
	pq_sendint32(&buf, a->cohort);
	pq_sendint32(&buf, a->last);
	pq_sendbytes(&buf, (char *) a->bits, ACTIVITY_NBYTES(a));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
bad_binary(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary form of type %s: %s", "activity", problem)));
}

PG_FUNCTION_INFO_V1(activity_recv);
Datum
activity_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			period = pq_getmsgbyte(buf);
	int32		cohort = (int32) pq_getmsgint(buf, 4);
	int32		last = (int32) pq_getmsgint(buf, 4);
	int			nbytes = buf->len - buf->cursor;
	const uint8 *bits;
	CalendarRule rule;

	if (version != ACTIVITY_VERSION)
		bad_binary(psprintf("version %d is not supported", version));
	if (period < CALENDAR_DAY || period > CALENDAR_MONTH)
		bad_binary(psprintf("period %d is unknown", period));
	if (!check_cohort(period, cohort, &rule))
		bad_binary("the cohort is not the first date of a period");
	if (last < 0 || last > ACTIVITY_MAX_OFFSET)
		bad_binary("the last period seen is out of range");
	if (nbytes < 1 || nbytes > ACTIVITY_MAX_OFFSET / 8 + 1)
		bad_binary("the set of active periods is empty or too long");
	bits = (const uint8 *) pq_getmsgbytes(buf, nbytes);
	if ((bits[0] & 1) == 0 || bits[nbytes - 1] == 0)
		bad_binary("the set of active periods is not well formed");
	if (highest_bit(bits, nbytes) > last)
		bad_binary("a period is active after the last one seen");
	pq_getmsgend(buf);
	PG_RETURN_POINTER(activity_make(rule, cohort, last, bits, nbytes));
}

/* -- comparison ---------------------------------------------------------------- */

/* By cohort, kind of period, last period seen, set. */
static int
activity_cmp_internal(FunctionCallInfo fcinfo)
{
	Activity   *a = PG_GETARG_ACTIVITY_P(0);
	Activity   *b = PG_GETARG_ACTIVITY_P(1);
	int			na = ACTIVITY_NBYTES(a);
	int			nb = ACTIVITY_NBYTES(b);
	int			cmp;

	if (a->cohort != b->cohort)
		cmp = a->cohort < b->cohort ? -1 : 1;
	else if (a->period != b->period)
		cmp = a->period < b->period ? -1 : 1;
	else if (a->last != b->last)
		cmp = a->last < b->last ? -1 : 1;
	else
	{
		cmp = memcmp(a->bits, b->bits, Min(na, nb));
		if (cmp == 0 && na != nb)
			cmp = na < nb ? -1 : 1;
	}
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return cmp;
}

PG_FUNCTION_INFO_V1(activity_lt);
Datum
activity_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(activity_cmp_internal(fcinfo) < 0);
}

PG_FUNCTION_INFO_V1(activity_le);
Datum
activity_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(activity_cmp_internal(fcinfo) <= 0);
}

PG_FUNCTION_INFO_V1(activity_eq);
Datum
activity_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(activity_cmp_internal(fcinfo) == 0);
}

PG_FUNCTION_INFO_V1(activity_ne);
Datum
activity_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(activity_cmp_internal(fcinfo) != 0);
}

PG_FUNCTION_INFO_V1(activity_ge);
Datum
activity_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(activity_cmp_internal(fcinfo) >= 0);
}

PG_FUNCTION_INFO_V1(activity_gt);
Datum
activity_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(activity_cmp_internal(fcinfo) > 0);
}

PG_FUNCTION_INFO_V1(activity_cmp);
Datum
activity_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(activity_cmp_internal(fcinfo));
}

/* There is one form of each value. */
PG_FUNCTION_INFO_V1(activity_hash);
Datum
activity_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(flat_hash_arg(fcinfo));
}

PG_FUNCTION_INFO_V1(activity_hash_extended);
Datum
activity_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(flat_hash_extended_arg(fcinfo));
}
