/*
 * tally_io.c
 *	  Text, binary and jsonb forms of a tally.
 *
 * The text is JSON with the fields tally (the kind), version, params, labels,
 * rows; a row has keys, counters and, where the kind keeps durations, a list
 * of [bucket, count].  Both forms are read into a new tally through the same
 * functions as counting uses, with each number checked, so that nothing that
 * comes from outside is ever taken as it is.
 */
#include "postgres.h"

#include <errno.h>

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "journey.h"
#include "tally_state.h"

/* -- what both forms must keep to ------------------------------------------- */

/* These return false with a message, for a hard or a soft error. */

static bool
read_label(Tally **t, const char *text, size_t len, uint32 number, char **problem)
{
	JourneyLabel label;

	if (tally_shape((*t)->kind)->label_keys == 0)
	{
		*problem = psprintf("a %s tally has no labels", tally_shape((*t)->kind)->name);
		return false;
	}
	if (len == 0 || len > JOURNEY_MAX_LABEL)
	{
		*problem = psprintf("label %u is empty or longer than %d bytes", number, JOURNEY_MAX_LABEL);
		return false;
	}
	journey_label_from_text(&label, text, len);
	if (tally_label_grow(t, &label) != (int32) number)
	{
		*problem = psprintf("label \"%s\" is listed twice", pnstrdup(text, len));
		return false;
	}
	return true;
}

static bool
read_row(Tally **t, const int64 *keys, const int64 *counters, uint32 number,
		 TallyRow **row, char **problem)
{
	const TallyShape *shape = tally_shape((*t)->kind);

	for (int k = 0; k < shape->label_keys; k++)
	{
		if (keys[k] < TALLY_MARK_END || keys[k] >= (int64) (*t)->nlabels)
		{
			*problem = psprintf("key %lld of row %u is no label", (long long) keys[k], number);
			return false;
		}
	}
	for (int i = 0; i < shape->ncounters; i++)
	{
		if (counters[i] < 0)
		{
			*problem = psprintf("counter %lld of row %u is negative", (long long) counters[i], number);
			return false;
		}
	}
	*row = tally_row_grow(t, keys);
	if ((*t)->nrows != number + 1)
	{
		*problem = psprintf("row %u has the keys of an earlier row", number);
		return false;
	}
	memcpy(tally_counters(*t, *row), counters, sizeof(int64) * shape->ncounters);
	return true;
}

static bool
read_bucket(Tally **t, TallyRow **row, int64 bucket, int64 count, uint32 number, char **problem)
{
	TallyFull	full;
	uint32		place = 0;
	int32		listed;
	int64		before;

	if (bucket < 0 || bucket >= TALLY_BUCKETS)
	{
		*problem = psprintf("bucket %lld of row %u is not between 0 and %d",
							(long long) bucket, number, TALLY_BUCKETS - 1);
		return false;
	}
	if (count <= 0)
	{
		*problem = psprintf("count %lld of bucket %lld of row %u is not positive",
							(long long) count, (long long) bucket, number);
		return false;
	}
	if ((*row)->bucket_count > 0)
		place = (uint32) Max(bucket - (*row)->bucket_low, 0);
	while (tally_next_bucket(*t, *row, &place, &listed, &before) && listed <= bucket)
	{
		if (listed < bucket)
			continue;
		*problem = psprintf("bucket %lld of row %u is listed twice", (long long) bucket, number);
		return false;
	}
	while ((full = tally_count_bucket(*t, *row, (int32) bucket, count)) != TALLY_OK)
	{
		*t = tally_enlarge(*t, full, 0);
		*row = tally_row_at(*t, number);
	}
	return true;
}

/* -- text -------------------------------------------------------------------- */

static void
append_numbers(StringInfo out, const int64 *numbers, int n)
{
	appendStringInfoChar(out, '[');
	for (int i = 0; i < n; i++)
		appendStringInfo(out, "%s" INT64_FORMAT, i > 0 ? ", " : "", numbers[i]);
	appendStringInfoChar(out, ']');
}

static char *
tally_print(const Tally *given)
{
	const Tally *t = tally_packed(given);
	const TallyShape *shape = tally_shape(t->kind);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "{\"tally\": \"%s\", \"version\": %d, \"params\": ", shape->name, t->version);
	append_numbers(&out, t->params, shape->nparams);
	appendStringInfoString(&out, ", \"labels\": [");
	for (uint32 i = 0; i < t->nlabels; i++)
	{
		JourneyLabel label;
		char		text[JOURNEY_MAX_LABEL + 1];

		tally_label_get(t, i, &label);
		text[journey_label_text(&label, text)] = '\0';
		if (i > 0)
			appendStringInfoString(&out, ", ");
		escape_json(&out, text);
	}
	appendStringInfoString(&out, "], \"rows\": [");
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		const char *separator = "";
		uint32		place = 0;
		int32		bucket;
		int64		count;

		CHECK_FOR_INTERRUPTS();
		appendStringInfoString(&out, i > 0 ? ", {\"keys\": " : "{\"keys\": ");
		append_numbers(&out, tally_keys(row), t->nkeys);
		appendStringInfoString(&out, ", \"counters\": ");
		append_numbers(&out, tally_counters(t, row), t->ncounters);
		if (shape->histogram)
		{
			appendStringInfoString(&out, ", \"durations\": [");
			while (tally_next_bucket(t, row, &place, &bucket, &count))
			{
				appendStringInfo(&out, "%s[%d, " INT64_FORMAT "]", separator, bucket, count);
				separator = ", ";
			}
			appendStringInfoChar(&out, ']');
		}
		appendStringInfoChar(&out, '}');
	}
	appendStringInfoString(&out, "]}");
	return out.data;
}

/* A whole number that fits int64. */
static bool
json_int(const JsonbValue *v, int64 *result)
{
	char	   *text;
	char	   *end;

	if (v == NULL || v->type != jbvNumeric)
		return false;
	text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(v->val.numeric)));
	errno = 0;
	*result = strtoi64(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		return false;
	pfree(text);
	return true;
}

/* The container of a value that is an array, else NULL. */
static JsonbContainer *
json_array(const JsonbValue *v)
{
	if (v == NULL || v->type != jbvBinary || !JsonContainerIsArray(v->val.binary.data))
		return NULL;
	return v->val.binary.data;
}

/* Exactly n whole numbers. */
static bool
json_ints(const JsonbValue *v, int n, int64 *result)
{
	JsonbContainer *array = json_array(v);

	if (array == NULL || JsonContainerSize(array) != n)
		return false;
	for (int i = 0; i < n; i++)
	{
		if (!json_int(getIthJsonbValueFromContainer(array, i), &result[i]))
			return false;
	}
	return true;
}

/* A field of an object, counted if it is there. */
static JsonbValue *
json_field(JsonbContainer *object, const char *name, int *found)
{
	JsonbValue *v = getKeyJsonValueFromContainer(object, name, (int) strlen(name), NULL);

	if (v != NULL)
		(*found)++;
	return v;
}

/* The first field whose name is not in the list (there is one). */
static char *
json_unknown_field(JsonbContainer *object, const char *const *names, int n)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	v;

	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		bool		known = false;

		if (token != WJB_KEY)
			continue;
		for (int i = 0; i < n && !known; i++)
			known = strlen(names[i]) == v.val.string.len &&
				memcmp(names[i], v.val.string.val, v.val.string.len) == 0;
		if (!known)
			return pnstrdup(v.val.string.val, v.val.string.len);
	}
	return pstrdup("");
}

static bool
parse_row(Tally **t, const JsonbValue *v, uint32 number, char **problem)
{
	static const char *const names[] = {"keys", "counters", "durations"};
	const TallyShape *shape = tally_shape((*t)->kind);
	JsonbContainer *object;
	JsonbValue *durations;
	int64		keys[TALLY_MAX_KEYS];
	int64		counters[TALLY_MAX_COUNTERS];
	int			found = 0;
	TallyRow   *row;

	if (v == NULL || v->type != jbvBinary || !JsonContainerIsObject(v->val.binary.data))
	{
		*problem = psprintf("row %u is not an object", number);
		return false;
	}
	object = v->val.binary.data;
	if (!json_ints(json_field(object, "keys", &found), shape->nkeys, keys))
	{
		*problem = psprintf("\"keys\" of row %u is not an array of %d whole numbers",
							number, shape->nkeys);
		return false;
	}
	if (!json_ints(json_field(object, "counters", &found), shape->ncounters, counters))
	{
		*problem = psprintf("\"counters\" of row %u is not an array of %d whole numbers",
							number, shape->ncounters);
		return false;
	}
	durations = shape->histogram ? json_field(object, "durations", &found) : NULL;
	if ((int) JsonContainerSize(object) != found)
	{
		*problem = psprintf("row %u has an unexpected field \"%s\"", number,
							json_unknown_field(object, names, shape->histogram ? 3 : 2));
		return false;
	}
	if (!read_row(t, keys, counters, number, &row, problem))
		return false;
	if (durations != NULL)
	{
		JsonbContainer *array = json_array(durations);

		if (array == NULL)
		{
			*problem = psprintf("\"durations\" of row %u is not an array", number);
			return false;
		}
		for (uint32 i = 0; i < JsonContainerSize(array); i++)
		{
			int64		pair[2];

			if (!json_ints(getIthJsonbValueFromContainer(array, i), 2, pair))
			{
				*problem = psprintf("duration %u of row %u is not a pair [bucket, count] of whole numbers",
									i, number);
				return false;
			}
			if (!read_bucket(t, &row, pair[0], pair[1], number, problem))
				return false;
		}
	}
	return true;
}

static Tally *
tally_parse(JsonbContainer *root, char **problem)
{
	static const char *const names[] = {"tally", "version", "params", "labels", "rows"};
	JsonbValue *v;
	JsonbContainer *array;
	int64		version;
	int			kind;
	int			found = 0;
	Tally	   *t;

	if (!JsonContainerIsObject(root))
	{
		*problem = pstrdup("a tally is a JSON object");
		return NULL;
	}
	v = json_field(root, "tally", &found);
	if (v == NULL || v->type != jbvString)
	{
		*problem = pstrdup("field \"tally\" with the kind of the tally is missing");
		return NULL;
	}
	kind = tally_kind_by_name(v->val.string.val, v->val.string.len);
	if (kind == 0)
	{
		*problem = psprintf("unknown kind of tally \"%s\"",
							pnstrdup(v->val.string.val, v->val.string.len));
		return NULL;
	}
	if (!json_int(json_field(root, "version", &found), &version) || version != TALLY_VERSION)
	{
		*problem = psprintf("\"version\" is not %d", TALLY_VERSION);
		return NULL;
	}
	t = tally_create(kind);
	if (!json_ints(json_field(root, "params", &found), tally_shape(kind)->nparams, t->params))
	{
		*problem = psprintf("\"params\" is not an array of %d whole numbers",
							tally_shape(kind)->nparams);
		return NULL;
	}
	array = json_array(json_field(root, "labels", &found));
	if (array == NULL)
	{
		*problem = pstrdup("\"labels\" is not an array");
		return NULL;
	}
	for (uint32 i = 0; i < JsonContainerSize(array); i++)
	{
		v = getIthJsonbValueFromContainer(array, i);
		if (v == NULL || v->type != jbvString)
		{
			*problem = psprintf("label %u is not a string", i);
			return NULL;
		}
		if (!read_label(&t, v->val.string.val, v->val.string.len, i, problem))
			return NULL;
	}
	array = json_array(json_field(root, "rows", &found));
	if (array == NULL)
	{
		*problem = pstrdup("\"rows\" is not an array");
		return NULL;
	}
	if ((int) JsonContainerSize(root) != found)
	{
		*problem = psprintf("unexpected field \"%s\"",
							json_unknown_field(root, names, lengthof(names)));
		return NULL;
	}
	for (uint32 i = 0; i < JsonContainerSize(array); i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!parse_row(&t, getIthJsonbValueFromContainer(array, i), i, problem))
			return NULL;
	}
	return t;
}

PG_FUNCTION_INFO_V1(tally_in);
Datum
tally_in(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(json, 1);
	Datum		value;
	Tally	   *t;
	char	   *problem = NULL;

	/* errors of the JSON itself are soft where the caller wants them soft */
	InitFunctionCallInfoData(*json, NULL, 1, InvalidOid, fcinfo->context, NULL);
	json->args[0].value = PG_GETARG_DATUM(0);
	json->args[0].isnull = false;
	value = jsonb_in(json);
	if (DatumGetPointer(value) == NULL)
		PG_RETURN_NULL();

	t = tally_parse(&DatumGetJsonbP(value)->root, &problem);
	if (t == NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input for type %s: %s", "tally", problem)));
	PG_RETURN_POINTER(tally_packed(t));
}

PG_FUNCTION_INFO_V1(tally_out);
Datum
tally_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(tally_print(PG_GETARG_TALLY_P(0)));
}

PG_FUNCTION_INFO_V1(tally_to_jsonb);
Datum
tally_to_jsonb(PG_FUNCTION_ARGS)
{
	char	   *text = tally_print(PG_GETARG_TALLY_P(0));

	PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

/* -- binary ------------------------------------------------------------------ */

/* Length and bytes in the client's encoding. */
static void
send_text(StringInfo buf, const char *text, int len)
{
	char	   *sent = pg_server_to_client(text, len);

	if (sent != text)
		len = (int) strlen(sent);
	pq_sendint32(buf, (uint32) len);
	pq_sendbytes(buf, sent, len);
	if (sent != text)
		pfree(sent);
}

/*
 * version int8, kind int8, number of params int8, params int64 each, number of
 * labels int32, texts as int32 length and bytes in the client's encoding,
 * number of rows int32; a row is its keys and counters, int64 each, and where
 * the kind keeps durations int32 many pairs of int32 bucket and int64 count.
 */
PG_FUNCTION_INFO_V1(tally_send);
Datum
tally_send(PG_FUNCTION_ARGS)
{
	const Tally *t = tally_packed(PG_GETARG_TALLY_P(0));
	const TallyShape *shape = tally_shape(t->kind);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, TALLY_VERSION);
	pq_sendint8(&buf, t->kind);
	pq_sendint8(&buf, shape->nparams);
	for (int i = 0; i < shape->nparams; i++)
		pq_sendint64(&buf, t->params[i]);
	pq_sendint32(&buf, t->nlabels);
	for (uint32 i = 0; i < t->nlabels; i++)
	{
		JourneyLabel label;
		char		text[JOURNEY_MAX_LABEL];

		tally_label_get(t, i, &label);
		send_text(&buf, text, (int) journey_label_text(&label, text));
	}
	pq_sendint32(&buf, t->nrows);
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		uint32		filled = 0;
		uint32		place = 0;
		int32		bucket;
		int64		count;

		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < t->nkeys; k++)
			pq_sendint64(&buf, tally_keys(row)[k]);
		for (int c = 0; c < t->ncounters; c++)
			pq_sendint64(&buf, tally_counters(t, row)[c]);
		if (!shape->histogram)
			continue;
		while (tally_next_bucket(t, row, &place, &bucket, &count))
			filled++;
		pq_sendint32(&buf, filled);
		place = 0;
		while (tally_next_bucket(t, row, &place, &bucket, &count))
		{
			pq_sendint32(&buf, (uint32) bucket);
			pq_sendint64(&buf, count);
		}
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
bad_binary(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary form of type %s: %s", "tally", problem)));
}

/* A number of things to come, each of at least `size` bytes. */
static uint32
recv_count(StringInfo buf, size_t size, const char *what)
{
	uint32		n = pq_getmsgint(buf, 4);

	if (n > (uint32) (buf->len - buf->cursor) / size)
		bad_binary(psprintf("%u %s do not fit in what is left", n, what));
	return n;
}

PG_FUNCTION_INFO_V1(tally_recv);
Datum
tally_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			kind = pq_getmsgbyte(buf);
	const TallyShape *shape = tally_shape(kind);
	char	   *problem = NULL;
	Tally	   *t;
	uint32		nlabels;
	uint32		nrows;

	if (version != TALLY_VERSION)
		bad_binary(psprintf("version %d is not supported", version));
	if (shape == NULL)
		bad_binary(psprintf("kind %d is unknown", kind));
	if (pq_getmsgbyte(buf) != shape->nparams)
		bad_binary("wrong number of params");
	t = tally_create(kind);
	for (int i = 0; i < shape->nparams; i++)
		t->params[i] = pq_getmsgint64(buf);

	nlabels = recv_count(buf, 5, "labels");
	for (uint32 i = 0; i < nlabels; i++)
	{
		uint32		size = recv_count(buf, 1, "bytes of a label");
		int			len;
		char	   *text = pq_getmsgtext(buf, (int) size, &len);

		if (!read_label(&t, text, len, i, &problem))
			bad_binary(problem);
		pfree(text);
	}

	nrows = recv_count(buf, 8 * ((size_t) shape->nkeys + shape->ncounters), "rows");
	for (uint32 i = 0; i < nrows; i++)
	{
		int64		keys[TALLY_MAX_KEYS];
		int64		counters[TALLY_MAX_COUNTERS];
		TallyRow   *row;
		uint32		filled;

		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < shape->nkeys; k++)
			keys[k] = pq_getmsgint64(buf);
		for (int c = 0; c < shape->ncounters; c++)
			counters[c] = pq_getmsgint64(buf);
		if (!read_row(&t, keys, counters, i, &row, &problem))
			bad_binary(problem);
		if (!shape->histogram)
			continue;
		filled = recv_count(buf, 12, "durations");
		for (uint32 b = 0; b < filled; b++)
		{
			int64		bucket = (int32) pq_getmsgint(buf, 4);
			int64		count = pq_getmsgint64(buf);

			if (!read_bucket(&t, &row, bucket, count, i, &problem))
				bad_binary(problem);
		}
	}
	pq_getmsgend(buf);
	PG_RETURN_POINTER(tally_packed(t));
}
