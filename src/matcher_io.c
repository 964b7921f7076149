/*
 * matcher_io.c
 *	  The type matcher: text and binary form, comparison, arrays of it, and
 *	  the question on raw rows.
 *
 * The binary form is a version byte and the literal: the compiled form has
 * well-known numbers and hashes in it that a client should not have to know,
 * and reading it is parsing, so it trusts nothing.
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "flat_op.h"
#include "journey.h"

#define MATCHER_BINARY_VERSION	1

/* How much of a wrong literal an error repeats. */
#define MATCHER_ERROR_BYTES		200

/* -- text and binary ------------------------------------------------------- */

/*
 * Compile a literal.  NULL after a soft error.
 */
static Matcher *
matcher_compile(const char *text, size_t len, Node *escontext)
{
	MatcherError err;
	Matcher    *result;
	size_t		pos = 0;
	size_t		size;
	bool		ok;
	bool		clipped;

	ok = matcher_parse(text, len, &pos, NULL, 0, &size, &err);
	if (ok && pos < len)
	{
		err.offset = pos;
		err.message = "unexpected character";
		err.expected = "\"|\", \"@\", a comparison or the end";
		ok = false;
	}
	if (ok)
	{
		result = palloc0(size);
		pos = 0;
		if (!matcher_parse(text, len, &pos, result, size, &size, &err))
			elog(ERROR, "matcher changed between two readings");
		SET_VARSIZE(result, size);
		return result;
	}

	clipped = len > MATCHER_ERROR_BYTES;
	ereturn(escontext, NULL,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%.*s%s\"", "matcher",
					clipped ? pg_mbcliplen(text, len, MATCHER_ERROR_BYTES) : (int) len,
					text, clipped ? "..." : ""),
			 errdetail("At character %d: %s; expected %s.",
					   pg_mbstrlen_with_len(text, err.offset) + 1,
					   err.message, err.expected),
			 strcmp(err.message, "unexpected character") != 0 ||
			 strstr(err.expected, "number") != NULL ? 0 :
			 errhint("Put names with blanks or other characters in double quotes, as in \"%s\".",
					 "Order Completed")));
}

static char *
matcher_literal(const Matcher *m, size_t *len)
{
	char	   *result;

	*len = matcher_print(m, NULL, 0);
	result = palloc(*len + 1);
	matcher_print(m, result, *len);
	result[*len] = '\0';
	return result;
}

PG_FUNCTION_INFO_V1(matcher_in);
Datum
matcher_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	PG_RETURN_POINTER(matcher_compile(text, strlen(text), fcinfo->context));
}

PG_FUNCTION_INFO_V1(matcher_out);
Datum
matcher_out(PG_FUNCTION_ARGS)
{
	Matcher    *m = PG_GETARG_MATCHER_P(0);
	size_t		len;

	PG_RETURN_CSTRING(matcher_literal(m, &len));
}

PG_FUNCTION_INFO_V1(matcher_recv);
Datum
matcher_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	char	   *text;
	int			len;

	if (version != MATCHER_BINARY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported matcher version %d", version)));
	text = pq_getmsgtext(buf, buf->len - buf->cursor, &len);
	PG_RETURN_POINTER(matcher_compile(text, len, NULL));
}

PG_FUNCTION_INFO_V1(matcher_send);
Datum
matcher_send(PG_FUNCTION_ARGS)
{
	Matcher    *m = PG_GETARG_MATCHER_P(0);
	StringInfoData buf;
	size_t		len;
	char	   *text = matcher_literal(m, &len);

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, MATCHER_BINARY_VERSION);
	pq_sendtext(&buf, text, len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* -- comparison ------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(matcher_cmp);
Datum
matcher_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(flat_cmp_args(fcinfo));
}

PG_FUNCTION_INFO_V1(matcher_lt);
Datum
matcher_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) < 0);
}

PG_FUNCTION_INFO_V1(matcher_le);
Datum
matcher_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) <= 0);
}

PG_FUNCTION_INFO_V1(matcher_eq);
Datum
matcher_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) == 0);
}

PG_FUNCTION_INFO_V1(matcher_ne);
Datum
matcher_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) != 0);
}

PG_FUNCTION_INFO_V1(matcher_ge);
Datum
matcher_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) >= 0);
}

PG_FUNCTION_INFO_V1(matcher_gt);
Datum
matcher_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) > 0);
}

PG_FUNCTION_INFO_V1(matcher_hash);
Datum
matcher_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(flat_hash_arg(fcinfo));
}

PG_FUNCTION_INFO_V1(matcher_hash_extended);
Datum
matcher_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(flat_hash_extended_arg(fcinfo));
}

/* -- arrays ------------------------------------------------------------------ */

/*
 * Elements stand in an array as they were stored: aligned, with a four-byte
 * header and not compressed, so usually they are used where they are.
 */
int
matcher_array(Datum array, int max, const Matcher **out)
{
	ArrayType  *arr = DatumGetArrayTypeP(array);
	char	   *p = ARR_DATA_PTR(arr);
	int			n;

	if (ARR_NDIM(arr) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array of matchers must have one dimension")));
	n = ARR_NDIM(arr) == 0 ? 0 : ARR_DIMS(arr)[0];
	if (n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("array of matchers must not be empty")));
	if (n > max)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many matchers: %d", n),
				 errdetail("At most %d are allowed here.", max)));
	if (ARR_HASNULL(arr) && array_contains_nulls(arr))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("array of matchers must not contain nulls")));

	for (int i = 0; i < n; i++)
	{
		p = (char *) att_align_nominal((uintptr_t) p, TYPALIGN_DOUBLE);
		out[i] = (const Matcher *) p;
		if (VARATT_IS_EXTENDED(p))
			out[i] = DatumGetMatcherP(PointerGetDatum(p));
		p += VARSIZE_ANY(p);
	}
	return n;
}

/* -- raw rows ---------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(matcher_matches);
Datum
matcher_matches(PG_FUNCTION_ARGS)
{
	Matcher    *m;
	TouchArgs	t;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	m = PG_GETARG_MATCHER_P(0);
	journey_touch_args(fcinfo, 1, &t);
	PG_RETURN_BOOL(matcher_fits(m, &t.event, t.has_channel ? &t.channel : NULL,
								t.has_value, t.value));
}
