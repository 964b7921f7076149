/*
 * journey_io.c
 *	  Text, binary and jsonb forms of a journey.
 *
 * Text is [time event @channel =value, ...] with times in UTC, whatever the
 * session's TimeZone and DateStyle; a time without an offset is UTC.  Names
 * that are not plain are in double quotes.  Input need not be sorted; equal
 * times keep the order they are written in, so that text round-trips.
 *
 * The binary form is not the stored one: it is a plain list from which the
 * value is encoded anew, so that no sequence of bytes can make a journey that
 * is not well formed, and label texts pass through the client's encoding.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "journey.h"

#define JOURNEY_WIRE_VERSION	1
#define WIRE_CHANNELS			0x01
#define WIRE_VALUES				0x02

#define MAX_YEAR				294277	/* of a timestamptz, and any offset */

/* A place in the text of a literal, and what went wrong there. */
typedef struct JourneyParser
{
	const char *start;
	const char *at;
	const char *expected;
} JourneyParser;

/* -- times ------------------------------------------------------------------ */

static void
append_time(StringInfo out, TimestampTz at, bool json)
{
	int64		days = at / USECS_PER_DAY;
	int64		us = at % USECS_PER_DAY;
	int			year;
	int			month;
	int			day;
	int			fraction;

	if (us < 0)
	{
		us += USECS_PER_DAY;
		days--;
	}
	j2date((int) (days + POSTGRES_EPOCH_JDATE), &year, &month, &day);
	appendStringInfo(out, "%04d-%02d-%02d%c%02d:%02d:%02d",
					 year > 0 ? year : 1 - year, month, day, json ? 'T' : ' ',
					 (int) (us / USECS_PER_HOUR),
					 (int) (us / USECS_PER_MINUTE % 60),
					 (int) (us / USECS_PER_SEC % 60));
	fraction = (int) (us % USECS_PER_SEC);
	if (fraction != 0)
	{
		int			digits = 6;

		for (; fraction % 10 == 0; fraction /= 10)
			digits--;
		appendStringInfo(out, ".%0*d", digits, fraction);
	}
	appendStringInfoString(out, json ? "+00:00" : "+00");
	if (year <= 0)
		appendStringInfoString(out, " BC");
}

/* Read min to max digits; false if there are fewer. */
static bool
parse_digits(JourneyParser *p, int min, int max, int *number)
{
	int			n = 0;

	*number = 0;
	while (n < max && *p->at >= '0' && *p->at <= '9')
	{
		*number = *number * 10 + (*p->at++ - '0');
		n++;
	}
	return n >= min;
}

static bool
parse_char(JourneyParser *p, char c)
{
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

/*
 * Does " BC" stand here, and is it the era?  An event may have that name, or
 * begin with it: it is the era only before a blank and an event, or at the end
 * of the text (in JSON).
 */
static bool
before_christ(const char *p)
{
	if (strncmp(p, " BC", 3) != 0)
		return false;
	p += 3;
	if (*p == '\0')
		return true;
	if (strchr(" \t\r\n", *p) == NULL)
		return false;
	p += strspn(p, " \t\r\n");
	return strchr("@=,]", *p) == NULL;
}

/*
 * YYYY-MM-DD hh:mm[:ss[.ffffff]][Z|+hh[:mm[:ss]]][ BC], 'T' or a blank in the
 * middle.  Not timestamptz_in, which would ask TimeZone and DateStyle.
 */
static bool
parse_time(JourneyParser *p, TimestampTz *result)
{
	const char *first = p->at;
	int			year;
	int			month;
	int			day;
	int			hour;
	int			minute;
	int			second = 0;
	int			fraction = 0;
	int64		offset = 0;
	int64		days;
	bool		exists;

	p->expected = "a time such as 2026-01-02 10:00:00+00";
	if (!parse_digits(p, 4, 6, &year) || !parse_char(p, '-') ||
		!parse_digits(p, 2, 2, &month) || !parse_char(p, '-') ||
		!parse_digits(p, 2, 2, &day))
		return false;
	if (*p->at != ' ' && *p->at != 'T')
		return false;
	p->at++;
	if (!parse_digits(p, 2, 2, &hour) || !parse_char(p, ':') ||
		!parse_digits(p, 2, 2, &minute))
		return false;
	if (parse_char(p, ':'))
	{
		if (!parse_digits(p, 2, 2, &second))
			return false;
		if (parse_char(p, '.'))
		{
			int			scale = 100000;

			if (*p->at < '0' || *p->at > '9')
				return false;
			for (; *p->at >= '0' && *p->at <= '9'; p->at++, scale /= 10)
			{
				if (scale == 0 && *p->at != '0')
				{
					p->expected = "at most six digits of a second";
					return false;
				}
				fraction += (*p->at - '0') * scale;
			}
		}
	}
	if (*p->at == '+' || *p->at == '-')
	{
		int			sign = *p->at++ == '+' ? 1 : -1;
		int			oh;
		int			om = 0;
		int			os = 0;

		p->expected = "an offset from UTC such as +02 or -03:30";
		if (!parse_digits(p, 2, 2, &oh))
			return false;
		if (parse_char(p, ':') && !parse_digits(p, 2, 2, &om))
			return false;
		if (om != 0 && parse_char(p, ':') && !parse_digits(p, 2, 2, &os))
			return false;
		if (oh > 15 || om > 59 || os > 59)
			return false;
		offset = sign * (oh * USECS_PER_HOUR + om * USECS_PER_MINUTE + os * USECS_PER_SEC);
	}
	else
		parse_char(p, 'Z');
	/* MAX_YEAR keeps the microseconds below within int64 */
	exists = year >= 1 && year <= MAX_YEAR;
	if (before_christ(p->at))
	{
		p->at += 3;
		year = 1 - year;
	}

	p->expected = "a date and time that exist";
	if (!exists || month < 1 || month > 12 || day < 1 ||
		day > day_tab[isleap(year)][month - 1] ||
		hour > 23 || minute > 59 || second > 59 ||
		!IS_VALID_JULIAN(year, month, day))
	{
		p->at = first;
		return false;
	}
	days = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	*result = days * USECS_PER_DAY + hour * USECS_PER_HOUR +
		minute * USECS_PER_MINUTE + second * USECS_PER_SEC + fraction - offset;
	if (!IS_VALID_TIMESTAMP(*result))
	{
		p->at = first;
		return false;
	}
	return true;
}

/* -- names and values --------------------------------------------------------- */

static void
append_name(StringInfo out, const JourneyLabel *label)
{
	char		buf[JOURNEY_MAX_LABEL + 1];
	size_t		len = journey_label_text(label, buf);

	if (matcher_bare_name(buf, len))
	{
		appendBinaryStringInfo(out, buf, (int) len);
		return;
	}
	appendStringInfoChar(out, '"');
	for (size_t i = 0; i < len; i++)
	{
		if (buf[i] == '"')
			appendStringInfoChar(out, '"');
		appendStringInfoChar(out, buf[i]);
	}
	appendStringInfoChar(out, '"');
}

/* A bare or quoted name, into buf. */
static bool
parse_name(JourneyParser *p, StringInfo buf)
{
	resetStringInfo(buf);
	if (*p->at == '"')
	{
		const char *quote = p->at++;

		for (;;)
		{
			if (*p->at == '\0')
			{
				p->at = quote;
				p->expected = "a closing double quote";
				return false;
			}
			if (*p->at == '"')
			{
				p->at++;
				if (*p->at != '"')
					return true;
			}
			appendStringInfoChar(buf, *p->at++);
		}
	}
	while (*p->at != '\0' && strchr(" \t\r\n,[]@=\"", *p->at) == NULL)
		appendStringInfoChar(buf, *p->at++);
	return buf->len > 0;
}

static bool
parse_value(JourneyParser *p, double *value)
{
	char	   *end;

	p->expected = "a finite number";
	errno = 0;
	*value = strtod(p->at, &end);
	/* no hexadecimal numbers, no names; what is too small is no zero */
	if (end == p->at || end > p->at + strspn(p->at, "+-.0123456789eE") ||
		!isfinite(*value) ||
		(errno == ERANGE && (*value == 0 || fabs(*value) > 1)))
		return false;
	p->at = end;
	return true;
}

static void
skip_blanks(JourneyParser *p)
{
	while (*p->at != '\0' && strchr(" \t\r\n", *p->at) != NULL)
		p->at++;
}

/* A label of the builder from text. */
static uint16
name_from_text(JourneyBuilder *b, JourneyNames *names, const char *text,
			   size_t len, const char *what)
{
	JourneyLabel label;

	journey_label_checked(&label, text, len, what);
	return journey_builder_name(b, names, &label);
}

/* -- text ----------------------------------------------------------------------- */

static bool
parse_touchpoint(JourneyParser *p, JourneyBuilder *b, StringInfo buf)
{
	TimestampTz at;
	uint16		label;
	uint16		channel = 0;
	double		value = NAN;

	skip_blanks(p);
	if (!parse_time(p, &at))
		return false;
	p->expected = "an event name";
	if (strchr(" \t\r\n", *p->at) == NULL)
		return false;
	skip_blanks(p);
	if (!parse_name(p, buf))
		return false;
	label = name_from_text(b, &b->labels, buf->data, buf->len, "event name");
	skip_blanks(p);
	if (parse_char(p, '@'))
	{
		p->expected = "a channel name";
		if (!parse_name(p, buf))
			return false;
		channel = 1 + name_from_text(b, &b->channels, buf->data, buf->len, "channel name");
		skip_blanks(p);
	}
	if (parse_char(p, '='))
	{
		if (!parse_value(p, &value))
			return false;
		skip_blanks(p);
	}
	journey_builder_add(b, at, label, channel, value);
	return true;
}

static bool
parse_journey(JourneyParser *p, JourneyBuilder *b)
{
	StringInfoData buf;

	initStringInfo(&buf);
	skip_blanks(p);
	p->expected = "\"[\"";
	if (!parse_char(p, '['))
		return false;
	skip_blanks(p);
	if (!parse_char(p, ']'))
	{
		do
		{
			CHECK_FOR_INTERRUPTS();
			if (!parse_touchpoint(p, b, &buf))
				return false;
		} while (parse_char(p, ','));
		p->expected = "\",\" or \"]\"";
		if (!parse_char(p, ']'))
			return false;
	}
	skip_blanks(p);
	p->expected = "the end of the text";
	return *p->at == '\0';
}

PG_FUNCTION_INFO_V1(journey_in);
Datum
journey_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	JourneyParser p = {text, text, NULL};
	JourneyBuilder b;

	journey_builder_init(&b, 8);
	if (!parse_journey(&p, &b))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%.*s%s\"", "journey",
						pg_mbcliplen(text, (int) strlen(text), 60), text,
						strlen(text) > 60 ? "..." : ""),
				 errdetail("Expected %s at character %d.", p.expected,
						   pg_mbstrlen_with_len(p.start, (int) (p.at - p.start)) + 1)));
	journey_builder_sort_stable(&b);
	PG_RETURN_POINTER(journey_builder_finish(&b));
}

PG_FUNCTION_INFO_V1(journey_out);
Datum
journey_out(PG_FUNCTION_ARGS)
{
	JourneyView v;
	JourneyCursor c;
	JourneyLabel *labels;
	JourneyLabel *channels;
	StringInfoData out;

	PG_GETARG_JOURNEY(0, &v);
	labels = palloc((v.nlabels + 1) * sizeof(JourneyLabel));
	channels = palloc((v.nchannels + 1) * sizeof(JourneyLabel));
	journey_read_labels(v.labels, v.nlabels, labels);
	journey_read_labels(v.channels, v.nchannels, channels);
	initStringInfo(&out);
	appendStringInfoChar(&out, '[');
	journey_first(&c, &v);
	while (journey_next(&c))
	{
		CHECK_FOR_INTERRUPTS();
		if (c.next > 1)
			appendStringInfoString(&out, ", ");
		append_time(&out, c.at, false);
		appendStringInfoChar(&out, ' ');
		append_name(&out, &labels[c.label]);
		if (c.channel > 0)
		{
			appendStringInfoString(&out, " @");
			append_name(&out, &channels[c.channel - 1]);
		}
		if (c.has_value)
		{
			char		number[DOUBLE_SHORTEST_DECIMAL_LEN];

			double_to_shortest_decimal_buf(c.value, number);
			appendStringInfo(&out, " =%s", number);
		}
	}
	appendStringInfoChar(&out, ']');
	PG_RETURN_CSTRING(out.data);
}

/* -- binary --------------------------------------------------------------------- */

static void
send_names(StringInfo buf, const uint8 *table, uint32 count)
{
	pq_sendint32(buf, count);
	for (uint32 i = 0; i < count; i++)
	{
		JourneyLabel label;
		char		text[JOURNEY_MAX_LABEL + 1];

		table = journey_next_label(table, &label);
		journey_sendcountedtext(buf, text, (int) journey_label_text(&label, text));
	}
}

PG_FUNCTION_INFO_V1(journey_send);
Datum
journey_send(PG_FUNCTION_ARGS)
{
	JourneyView v;
	JourneyCursor c;
	StringInfoData buf;

	PG_GETARG_JOURNEY(0, &v);
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, JOURNEY_WIRE_VERSION);
	pq_sendbyte(&buf, (v.nchannels > 0 ? WIRE_CHANNELS : 0) |
				(v.nvalues > 0 ? WIRE_VALUES : 0));
	pq_sendint32(&buf, v.count);
	send_names(&buf, v.labels, v.nlabels);
	if (v.nchannels > 0)
		send_names(&buf, v.channels, v.nchannels);
	journey_first(&c, &v);
	while (journey_next(&c))
	{
		CHECK_FOR_INTERRUPTS();
		pq_sendint64(&buf, c.at);
		pq_sendint16(&buf, (uint16) c.label);
		if (v.nchannels > 0)
			pq_sendint16(&buf, (uint16) c.channel);
		if (v.nvalues > 0)
		{
			pq_sendbyte(&buf, c.has_value);
			if (c.has_value)
				pq_sendfloat8(&buf, c.value);
		}
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
corrupt_wire(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary form of type %s", "journey"),
			 errdetail("%s", detail)));
}

/*
 * Read a table of names; number of the i-th name in *map.  Checks the count
 * against the bytes that are left before it allocates.
 */
static uint32
recv_names(StringInfo buf, JourneyBuilder *b, JourneyNames *names,
		   uint16 **map, const char *what)
{
	int32		count = pq_getmsgint(buf, 4);

	if (count < 0 || count > JOURNEY_MAX_LABELS || count > (buf->len - buf->cursor) / 4)
		corrupt_wire("The number of names does not fit the message.");
	*map = palloc(Max(count, 1) * sizeof(uint16));
	for (int32 i = 0; i < count; i++)
	{
		int32		len = pq_getmsgint(buf, 4);
		char	   *text;
		int			nbytes;

		if (len < 0 || len > buf->len - buf->cursor)
			corrupt_wire("A name is longer than the message.");
		text = pq_getmsgtext(buf, len, &nbytes);
		(*map)[i] = name_from_text(b, names, text, nbytes, what);
	}
	return (uint32) count;
}

PG_FUNCTION_INFO_V1(journey_recv);
Datum
journey_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	JourneyBuilder b;
	uint16	   *labels;
	uint16	   *channels = NULL;
	uint32		nlabels;
	uint32		nchannels = 0;
	int			flags;
	int32		count;

	if (pq_getmsgbyte(buf) != JOURNEY_WIRE_VERSION)
		corrupt_wire("The version is not known.");
	flags = pq_getmsgbyte(buf);
	if (flags & ~(WIRE_CHANNELS | WIRE_VALUES))
		corrupt_wire("The flags are not known.");
	count = pq_getmsgint(buf, 4);
	if (count < 0 || count > JOURNEY_MAX_TOUCHPOINTS || count > (buf->len - buf->cursor) / 10)
		corrupt_wire("The number of touchpoints does not fit the message.");

	journey_builder_init(&b, count);
	nlabels = recv_names(buf, &b, &b.labels, &labels, "event name");
	if (flags & WIRE_CHANNELS)
		nchannels = recv_names(buf, &b, &b.channels, &channels, "channel name");
	for (int32 i = 0; i < count; i++)
	{
		TimestampTz at = pq_getmsgint64(buf);
		uint32		label = pq_getmsgint(buf, 2);
		uint32		channel = flags & WIRE_CHANNELS ? pq_getmsgint(buf, 2) : 0;
		double		value = NAN;

		CHECK_FOR_INTERRUPTS();
		if (label >= nlabels || channel > nchannels)
			corrupt_wire("A touchpoint has a name that is not there.");
		if (flags & WIRE_VALUES)
		{
			int			has_value = pq_getmsgbyte(buf);

			if (has_value > 1)
				corrupt_wire("A flag is neither 0 nor 1.");
			if (has_value)
			{
				value = pq_getmsgfloat8(buf);
				if (!isfinite(value))
					corrupt_wire("A value is not a finite number.");
			}
		}
		if (!TIMESTAMP_NOT_FINITE(at) && !IS_VALID_TIMESTAMP(at))
			corrupt_wire("A time is out of range.");
		journey_builder_add(&b, at, labels[label],
							channel == 0 ? 0 : 1 + channels[channel - 1], value);
	}
	pq_getmsgend(buf);
	journey_builder_sort_stable(&b);
	PG_RETURN_POINTER(journey_builder_finish(&b));
}

/* -- jsonb ---------------------------------------------------------------------- */

static void
push_text(JsonbParseState **state, JsonbIteratorToken token, const char *text, int len)
{
	JsonbValue	v;

	v.type = jbvString;
	v.val.string.val = pnstrdup(text, len);
	v.val.string.len = len;
	pushJsonbValue(state, token, &v);
}

static void
push_name(JsonbParseState **state, const char *key, const JourneyLabel *label)
{
	char		text[JOURNEY_MAX_LABEL + 1];

	push_text(state, WJB_KEY, key, (int) strlen(key));
	push_text(state, WJB_VALUE, text, (int) journey_label_text(label, text));
}

PG_FUNCTION_INFO_V1(journey_to_jsonb);
Datum
journey_to_jsonb(PG_FUNCTION_ARGS)
{
	JourneyView v;
	JourneyCursor c;
	JourneyLabel *labels;
	JourneyLabel *channels;
	JsonbParseState *state = NULL;
	StringInfoData at;

	PG_GETARG_JOURNEY(0, &v);
	labels = palloc((v.nlabels + 1) * sizeof(JourneyLabel));
	channels = palloc((v.nchannels + 1) * sizeof(JourneyLabel));
	journey_read_labels(v.labels, v.nlabels, labels);
	journey_read_labels(v.channels, v.nchannels, channels);
	initStringInfo(&at);
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	journey_first(&c, &v);
	while (journey_next(&c))
	{
		CHECK_FOR_INTERRUPTS();
		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		resetStringInfo(&at);
		append_time(&at, c.at, true);
		push_text(&state, WJB_KEY, "at", 2);
		push_text(&state, WJB_VALUE, at.data, at.len);
		push_name(&state, "event", &labels[c.label]);
		if (c.channel > 0)
			push_name(&state, "channel", &channels[c.channel - 1]);
		if (c.has_value)
		{
			char		number[DOUBLE_SHORTEST_DECIMAL_LEN];
			JsonbValue	n;

			/* float8_numeric would round to 15 digits */
			double_to_shortest_decimal_buf(c.value, number);
			n.type = jbvNumeric;
			n.val.numeric = DatumGetNumeric(DirectFunctionCall3(numeric_in,
																CStringGetDatum(number),
																ObjectIdGetDatum(InvalidOid),
																Int32GetDatum(-1)));
			push_text(&state, WJB_KEY, "value", 5);
			pushJsonbValue(&state, WJB_VALUE, &n);
		}
		pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	PG_RETURN_JSONB_P(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL)));
}

static void
bad_json(int n, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cannot read jsonb as a journey"),
			 n > 0 ? errdetail("Element %d: %s", n, detail) : errdetail("%s", detail),
			 errhint("It is an array of objects with \"at\", \"event\" and optional \"channel\" and \"value\".")));
}

static bool
key_is(const JsonbValue *v, const char *key)
{
	return v->val.string.len == (int) strlen(key) &&
		memcmp(v->val.string.val, key, v->val.string.len) == 0;
}

/* One object of the array; the iterator stands behind its beginning. */
static void
touchpoint_from_json(JsonbIterator **it, JourneyBuilder *b, int n)
{
	JsonbValue	key;
	JsonbValue	v;
	TimestampTz at = 0;
	uint16		label = 0;
	uint16		channel = 0;
	double		value = NAN;
	bool		has_at = false;
	bool		has_event = false;

	while (JsonbIteratorNext(it, &key, true) == WJB_KEY)
	{
		JsonbIteratorNext(it, &v, true);
		if (key_is(&key, "at"))
		{
			char	   *text;
			JourneyParser p;

			if (v.type != jbvString)
				bad_json(n, "\"at\" is not a string.");
			text = pnstrdup(v.val.string.val, v.val.string.len);
			p.start = p.at = text;
			if (!parse_time(&p, &at) || *p.at != '\0')
				bad_json(n, "\"at\" is not a time such as 2026-01-02T10:00:00+00:00.");
			has_at = true;
		}
		else if (key_is(&key, "event"))
		{
			if (v.type != jbvString)
				bad_json(n, "\"event\" is not a string.");
			label = name_from_text(b, &b->labels, v.val.string.val,
								   v.val.string.len, "event name");
			has_event = true;
		}
		else if (key_is(&key, "channel"))
		{
			if (v.type == jbvNull)
				continue;
			if (v.type != jbvString)
				bad_json(n, "\"channel\" is not a string.");
			channel = 1 + name_from_text(b, &b->channels, v.val.string.val,
										 v.val.string.len, "channel name");
		}
		else if (key_is(&key, "value"))
		{
			if (v.type == jbvNull)
				continue;
			if (v.type != jbvNumeric)
				bad_json(n, "\"value\" is not a number.");
			value = DatumGetFloat8(DirectFunctionCall1(numeric_float8,
													   NumericGetDatum(v.val.numeric)));
			if (!isfinite(value))
				bad_json(n, "\"value\" is not a finite number.");
		}
		else
			bad_json(n, psprintf("\"%.*s\" is not a known key.",
								 pg_mbcliplen(key.val.string.val, key.val.string.len, 60),
								 key.val.string.val));
	}
	if (!has_at || !has_event)
		bad_json(n, "\"at\" or \"event\" is missing.");
	journey_builder_add(b, at, label, channel, value);
}

PG_FUNCTION_INFO_V1(jsonb_to_journey);
Datum
jsonb_to_journey(PG_FUNCTION_ARGS)
{
	Jsonb	   *json = PG_GETARG_JSONB_P(0);
	JsonbIterator *it = JsonbIteratorInit(&json->root);
	JsonbIteratorToken token;
	JsonbValue	v;
	JourneyBuilder b;
	int			n = 0;

	if (!JB_ROOT_IS_ARRAY(json) || JB_ROOT_IS_SCALAR(json))
		bad_json(0, "It is not an array.");
	journey_builder_init(&b, JB_ROOT_COUNT(json));
	JsonbIteratorNext(&it, &v, false);
	while ((token = JsonbIteratorNext(&it, &v, false)) != WJB_END_ARRAY)
	{
		CHECK_FOR_INTERRUPTS();
		n++;
		if (token != WJB_BEGIN_OBJECT)
			bad_json(n, "It is not an object.");
		touchpoint_from_json(&it, &b, n);
	}
	journey_builder_sort_stable(&b);
	PG_RETURN_POINTER(journey_builder_finish(&b));
}
