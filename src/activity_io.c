/*
 * activity_io.c
 *	  Text and binary forms of the type activity, and its comparison.
 *
 * Text is the first date of the cohort's period (of a span also the time, in
 * UTC), the period, the active periods counted from the cohort's, and after a
 * slash the last period seen: 2026-01-05 week: 0 1 4-6 / 9.  On which day weeks
 * start is seen from the date.  What an activity may have beside that is named
 * by a word: "2 weeks rolling:", "week every counted:" before the colon, and
 * "starts 0 3", "brackets 1 3 7", "values 12.5 0" before the slash.
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"

#include "journey_compat.h"
#include "activity.h"
#include "calendar_zone.h"
#include "flat_op.h"

/* -- text --------------------------------------------------------------------- */

static const struct
{
	const char *word;
	uint8		flag;
}			kinds[] = {
	{"rolling", ACTIVITY_ROLLING},
	{"every", ACTIVITY_EVERY},
	{"counted", ACTIVITY_COUNTED}
};

static void
print_set(StringInfo out, const uint8 *set, int nbytes)
{
	for (int n = 0; n < 8 * nbytes; n++)
	{
		int			end = n;

		if (!activity_bit(set, nbytes, n))
			continue;
		while (activity_bit(set, nbytes, end + 1))
			end++;
		appendStringInfo(out, " %d", n);
		if (end > n + 1)
		{
			appendStringInfo(out, "-%d", end);
			n = end;
		}
	}
}

PG_FUNCTION_INFO_V1(activity_out);
Datum
activity_out(PG_FUNCTION_ARGS)
{
	ActivityView v;
	StringInfoData out;
	int			year;
	int			month;
	int			day;

	activity_open(&v, PG_GETARG_ACTIVITY_P(0));
	calendar_to_civil(v.cohort, &year, &month, &day);
	initStringInfo(&out);
	appendStringInfo(&out, "%04d-%02d-%02d%s", year > 0 ? year : 1 - year, month, day,
					 year > 0 ? "" : " BC");
	if (v.rule.period == CALENDAR_SPAN)
		appendStringInfo(&out, " %02d:%02d:%02d", v.cohort_seconds / SECS_PER_HOUR,
						 v.cohort_seconds / SECS_PER_MINUTE % MINS_PER_HOUR,
						 v.cohort_seconds % SECS_PER_MINUTE);
	appendStringInfo(&out, " %s", calendar_period_text(v.rule));
	for (int i = 0; i < lengthof(kinds); i++)
	{
		if (v.flags & kinds[i].flag)
			appendStringInfo(&out, " %s", kinds[i].word);
	}
	appendStringInfoChar(&out, ':');
	print_set(&out, v.active, v.nactive);
	if (v.flags & ACTIVITY_EVERY)
	{
		appendStringInfoString(&out, " starts");
		print_set(&out, v.starts, v.nstarts);
	}
	if (v.flags & ACTIVITY_BRACKETS)
	{
		appendStringInfoString(&out, " brackets");
		for (int i = 0; i < v.nbrackets; i++)
			appendStringInfo(&out, " %d", activity_bracket(&v, i));
	}
	if (v.flags & ACTIVITY_VALUES)
	{
		appendStringInfoString(&out, " values");
		for (int i = 0; i < v.nvalues; i++)
		{
			char		number[FLOAT_SHORTEST_DECIMAL_LEN];

			double_to_shortest_decimal_buf(activity_value(&v, i), number);
			appendStringInfo(&out, " %s", number);
		}
	}
	appendStringInfo(&out, " / %d", v.last);
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

/* Is this word next, and does it end here? */
static bool
parse_keyword(const char **p, const char *word)
{
	const char *start = *p;

	if (parse_word(p, word) && !(**p >= 'a' && **p <= 'z') && !(**p >= 'A' && **p <= 'Z'))
		return true;
	*p = start;
	return false;
}

static inline bool
at_blank(const char *p)
{
	return *p == ' ' || *p == '\t' || *p == '\n' || *p == '\r';
}

/* The date of a cohort, and of a span its time; false with *p at the date. */
static bool
parse_cohort(const char **p, int32 *cohort)
{
	const char *date = *p;
	int			year;
	int			month;
	int			day;
	int			y;
	int			m;
	int			d;

	if (parse_number(p, 6, &year) && *(*p)++ == '-' &&
		parse_number(p, 2, &month) && *(*p)++ == '-' &&
		parse_number(p, 2, &day) && **p == ' ')
	{
		skip_blanks(p);
		if (parse_keyword(p, "BC"))
		{
			year = 1 - year;
			skip_blanks(p);
		}
		else if (year == 0)
			year = INT_MAX;		/* there is no year 0 */
		if (year <= 300000 && year >= -4713 && month >= 1 && month <= 12 && day >= 1 && day <= 31)
		{
			*cohort = calendar_from_civil(year, month, day);
			calendar_to_civil(*cohort, &y, &m, &d);
			if (y == year && m == month && d == day)
				return true;
		}
	}
	*p = date;
	return false;
}

/* hh:mm:ss if it stands here; false if it is wrong. */
static bool
parse_time(const char **p, int32 *seconds, bool *given)
{
	const char *start = *p;
	int			h;
	int			m;
	int			s;

	*seconds = 0;
	*given = parse_number(p, 2, &h) && **p == ':';
	if (!*given)
	{
		*p = start;
		return true;
	}
	(*p)++;
	if (!parse_number(p, 2, &m) || *(*p)++ != ':' || !parse_number(p, 2, &s) ||
		h > 23 || m > 59 || s > 59)
		return false;
	*seconds = (h * MINS_PER_HOUR + m) * SECS_PER_MINUTE + s;
	return true;
}

/* A period as it is printed: a word, or a number and a unit. */
static bool
parse_period(const char **p, CalendarRule *rule)
{
	static const struct
	{
		const char *word;
		uint8		period;
		int32		count;
	}			units[] = {
		{"days", CALENDAR_DAY, 1}, {"day", CALENDAR_DAY, 1},
		{"weeks", CALENDAR_WEEK, 1}, {"week", CALENDAR_WEEK, 1},
		{"months", CALENDAR_MONTH, 1}, {"month", CALENDAR_MONTH, 1},
		{"quarter", CALENDAR_MONTH, 3}, {"year", CALENDAR_MONTH, 12},
		{"hours", CALENDAR_SPAN, SECS_PER_HOUR}, {"hour", CALENDAR_SPAN, SECS_PER_HOUR},
		{"minutes", CALENDAR_SPAN, SECS_PER_MINUTE}, {"seconds", CALENDAR_SPAN, 1}
	};
	int			number = 1;
	int64		count;

	if (**p >= '0' && **p <= '9')
	{
		if (!parse_number(p, 9, &number) || !at_blank(*p))
			return false;
		skip_blanks(p);
	}
	for (int i = 0; i < lengthof(units); i++)
	{
		if (parse_keyword(p, units[i].word))
		{
			count = (int64) number * units[i].count;
			if (count < 1 || count > (units[i].period == CALENDAR_SPAN ? INT_MAX : CALENDAR_MAX_COUNT))
				return false;
			rule->period = units[i].period;
			rule->count = (int32) count;
			return true;
		}
	}
	return false;
}

/* Numbers of periods and ranges of them; false where one is wrong. */
static bool
parse_set(const char **p, uint8 *bits, int *nbytes, const char **expected)
{
	int			highest = -1;

	for (;;)
	{
		int			from;
		int			to;
		const char *start;

		skip_blanks(p);
		if (!(**p >= '0' && **p <= '9'))
			break;
		start = *p;
		*expected = "the number of an active period, from 0 to 100000, or a slash";
		if (!parse_number(p, 6, &from) || from > ACTIVITY_MAX_OFFSET)
		{
			*p = start;
			return false;
		}
		to = from;
		if (**p == '-')
		{
			(*p)++;
			*expected = "the last period of a range";
			if (!parse_number(p, 6, &to) || to > ACTIVITY_MAX_OFFSET || to < from)
			{
				*p = start;
				return false;
			}
		}
		*expected = "a blank";
		if (!at_blank(*p) && **p != '/')
			return false;
		for (int n = from; n <= to; n++)
			bits[n / 8] |= 1 << (n % 8);
		highest = Max(highest, to);
	}
	*nbytes = highest < 0 ? 0 : highest / 8 + 1;
	return true;
}

/*
 * Parse a literal; NULL with what was expected, *p where.
 */
static Activity *
activity_parse(const char **p, const char **expected)
{
	ActivityView v = {{0}};
	uint8	   *active = palloc0(ACTIVITY_MAX_OFFSET / 8 + 1);
	uint8	   *starts = palloc0(ACTIVITY_MAX_OFFSET / 8 + 1);
	int32	   *brackets = palloc(sizeof(int32) * ACTIVITY_MAX_BRACKETS);
	float8	   *values = NULL;
	bool		with_time;
	const char *date;
	const char *start;
	int			last;

	skip_blanks(p);
	date = *p;
	*expected = "the date of the cohort, as 2026-01-05";
	if (!parse_cohort(p, &v.cohort) || !parse_time(p, &v.cohort_seconds, &with_time))
		return NULL;
	skip_blanks(p);
	*expected = "a period, as week or 2 weeks";
	start = *p;
	if (!parse_period(p, &v.rule))
	{
		*p = start;
		return NULL;
	}
	if (v.rule.period == CALENDAR_WEEK)
		v.rule.week_start = calendar_weekday(v.cohort);
	if ((v.rule.period == CALENDAR_SPAN) != with_time)
	{
		*p = date;
		*expected = with_time ? "a date without a time" : "a date with a time, as 2026-01-05 13:00:00";
		return NULL;
	}
	if (!with_time && (!IS_VALID_DATE(v.cohort) ||
					   v.cohort > TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE ||
					   calendar_first_date(v.rule, calendar_ordinal(v.rule, v.cohort)) != v.cohort))
	{
		*p = date;
		*expected = "the first day of a period";
		return NULL;
	}
	skip_blanks(p);
	for (int i = 0; i < lengthof(kinds); i++)
	{
		if (parse_keyword(p, kinds[i].word))
			v.flags |= kinds[i].flag;
		skip_blanks(p);
	}
	*expected = "a colon";
	if (**p != ':')
		return NULL;
	(*p)++;

	v.active = active;
	v.starts = starts;
	v.brackets = brackets;
	if (!parse_set(p, active, &v.nactive, expected))
		return NULL;
	*expected = "starts";
	if (v.flags & ACTIVITY_EVERY)
	{
		if (!parse_keyword(p, "starts") || !parse_set(p, starts, &v.nstarts, expected))
			return NULL;
	}
	if (parse_keyword(p, "brackets"))
	{
		v.flags |= ACTIVITY_BRACKETS;
		*expected = "the bound of a bracket";
		for (skip_blanks(p); **p >= '0' && **p <= '9'; skip_blanks(p))
		{
			start = *p;
			if (v.nbrackets == ACTIVITY_MAX_BRACKETS ||
				!parse_number(p, 6, &brackets[v.nbrackets++]))
			{
				*p = start;
				return NULL;
			}
		}
	}
	if (parse_keyword(p, "values"))
	{
		int			members = activity_members(active, v.nactive);

		v.flags |= ACTIVITY_VALUES;
		values = palloc(sizeof(float8) * (members + 1));
		v.values = values;
		*expected = "the value of a period";
		for (skip_blanks(p); **p != '/' && **p != '\0'; skip_blanks(p))
		{
			char	   *end;

			if (v.nvalues == members)
				return NULL;
			values[v.nvalues] = strtod(*p, &end);
			if (end == *p || (!at_blank(end) && *end != '/') ||
				isnan(values[v.nvalues]) || isinf(values[v.nvalues]))
				return NULL;
			if (values[v.nvalues] == 0)
				values[v.nvalues] = 0;	/* no negative zero */
			v.nvalues++;
			*p = end;
		}
	}
	*expected = "the number of an active period, from 0 to 100000, or a slash";
	if (**p != '/')
		return NULL;
	*expected = "0 among the active periods";
	if (!activity_bit(active, v.nactive, 0) && !activity_bit(starts, v.nstarts, 0))
		return NULL;
	(*p)++;
	skip_blanks(p);
	*expected = "the last period seen, not before the last active one";
	start = *p;
	if (!parse_number(p, 6, &last) || last > ACTIVITY_MAX_OFFSET ||
		last < activity_highest(active, v.nactive) || last < activity_highest(starts, v.nstarts))
	{
		*p = start;
		return NULL;
	}
	v.last = last;
	skip_blanks(p);
	*expected = "nothing more";
	if (**p != '\0')
		return NULL;
	*expected = activity_problem(&v);
	if (*expected != NULL)
	{
		*expected = psprintf("an activity that makes sense (%s)", *expected);
		*p = date;
		return NULL;
	}
	return activity_make(&v);
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

/*
 * version, period, week start and flags int8; count, cohort, its seconds and
 * last int32; the bytes of both sets as int16 and their bytes; with brackets
 * their number and bounds int32; with values a float8 for each active period
 */
PG_FUNCTION_INFO_V1(activity_send);
Datum
activity_send(PG_FUNCTION_ARGS)
{
	ActivityView v;
	StringInfoData buf;

	activity_open(&v, PG_GETARG_ACTIVITY_P(0));
	pq_begintypsend(&buf);
	pq_sendint8(&buf, ACTIVITY_VERSION);
	pq_sendint8(&buf, v.rule.period);
	pq_sendint8(&buf, v.rule.week_start);
	pq_sendint8(&buf, v.flags);
	pq_sendint32(&buf, v.rule.count);
	pq_sendint32(&buf, v.cohort);
	pq_sendint32(&buf, v.cohort_seconds);
	pq_sendint32(&buf, v.last);
	pq_sendint16(&buf, v.nactive);
	pq_sendbytes(&buf, (char *) v.active, v.nactive);
	pq_sendint16(&buf, v.nstarts);
	pq_sendbytes(&buf, (char *) v.starts, v.nstarts);
	if (v.flags & ACTIVITY_BRACKETS)
	{
		pq_sendint32(&buf, v.nbrackets);
		for (int i = 0; i < v.nbrackets; i++)
			pq_sendint32(&buf, activity_bracket(&v, i));
	}
	for (int i = 0; i < v.nvalues; i++)
		pq_sendfloat8(&buf, activity_value(&v, i));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
bad_binary(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary form of type %s: %s", "activity", problem)));
}

static const uint8 *
receive_set(StringInfo buf, int *nbytes)
{
	const uint8 *set;

	*nbytes = pq_getmsgint(buf, 2);
	if (*nbytes > ACTIVITY_MAX_OFFSET / 8 + 1)
		bad_binary("it has too many periods");
	set = (const uint8 *) pq_getmsgbytes(buf, *nbytes);
	if (*nbytes > 0 && set[*nbytes - 1] == 0)
		bad_binary("a set of periods is not well formed");
	return set;
}

PG_FUNCTION_INFO_V1(activity_recv);
Datum
activity_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	ActivityView v = {{0}};
	int			version = pq_getmsgbyte(buf);
	const char *problem;

	if (version != ACTIVITY_VERSION)
		bad_binary(psprintf("version %d is not supported", version));
	v.rule.period = pq_getmsgbyte(buf);
	v.rule.week_start = pq_getmsgbyte(buf);
	v.flags = pq_getmsgbyte(buf);
	if (v.flags & ~(ACTIVITY_ROLLING | ACTIVITY_EVERY | ACTIVITY_VALUES | ACTIVITY_BRACKETS |
					ACTIVITY_COUNTED))
		bad_binary("it has a flag that is unknown");
	v.rule.count = (int32) pq_getmsgint(buf, 4);
	v.cohort = (int32) pq_getmsgint(buf, 4);
	v.cohort_seconds = (int32) pq_getmsgint(buf, 4);
	v.last = (int32) pq_getmsgint(buf, 4);
	v.active = receive_set(buf, &v.nactive);
	v.starts = receive_set(buf, &v.nstarts);
	if (v.flags & ACTIVITY_BRACKETS)
	{
		int32	   *brackets;

		v.nbrackets = (int) pq_getmsgint(buf, 4);
		if (v.nbrackets < 1 || v.nbrackets > ACTIVITY_MAX_BRACKETS)
			bad_binary("it has no bracket or too many");
		brackets = palloc(sizeof(int32) * v.nbrackets);
		for (int i = 0; i < v.nbrackets; i++)
			brackets[i] = (int32) pq_getmsgint(buf, 4);
		v.brackets = brackets;
	}
	if (v.flags & ACTIVITY_VALUES)
	{
		float8	   *values;

		v.nvalues = activity_members(v.active, v.nactive);
		if (buf->len - buf->cursor != v.nvalues * (int) sizeof(float8))
			bad_binary("it has not one value for each active period");
		values = palloc(sizeof(float8) * (v.nvalues + 1));
		for (int i = 0; i < v.nvalues; i++)
		{
			values[i] = pq_getmsgfloat8(buf);
			if (values[i] == 0)
				values[i] = 0;	/* no negative zero */
		}
		v.values = values;
	}
	problem = activity_problem(&v);
	if (problem != NULL)
		bad_binary(problem);
	pq_getmsgend(buf);
	PG_RETURN_POINTER(activity_make(&v));
}

/* -- comparison ---------------------------------------------------------------- */

static int
compare_bytes(const void *a, int na, const void *b, int nb)
{
	int			cmp = memcmp(a, b, Min(na, nb));

	return cmp != 0 ? cmp : (na > nb) - (na < nb);
}

/* By cohort, kind of period, last period seen, sets, and what else there is. */
static int
activity_cmp_internal(FunctionCallInfo fcinfo)
{
	Activity   *a = PG_GETARG_ACTIVITY_P(0);
	Activity   *b = PG_GETARG_ACTIVITY_P(1);
	const int32 fields[][2] = {
		{a->cohort, b->cohort}, {a->cohort_seconds, b->cohort_seconds},
		{a->period, b->period}, {a->count, b->count}, {a->week_start, b->week_start},
		{a->flags, b->flags}, {a->last, b->last}
	};
	int			cmp = 0;

	for (int i = 0; i < lengthof(fields) && cmp == 0; i++)
		cmp = (fields[i][0] > fields[i][1]) - (fields[i][0] < fields[i][1]);
	if (cmp == 0)
		cmp = compare_bytes(a->data, a->nactive, b->data, b->nactive);
	if (cmp == 0)
		cmp = compare_bytes(a->data + a->nactive,
							VARSIZE(a) - offsetof(Activity, data) - a->nactive,
							b->data + b->nactive,
							VARSIZE(b) - offsetof(Activity, data) - b->nactive);
	if (cmp == 0)
		cmp = (a->nstarts > b->nstarts) - (a->nstarts < b->nstarts);
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
