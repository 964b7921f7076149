/*
 * pattern_io.c
 *	  The type pattern: text and binary form, comparison.
 *
 * The binary form is a version byte and the literal, as for a matcher: what
 * comes from outside is parsed, never trusted.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "flat_op.h"
#include "pattern_type.h"

#define PATTERN_BINARY_VERSION	1

/* How much of a wrong literal an error repeats. */
#define PATTERN_ERROR_BYTES		200

/* -- what the core needs ------------------------------------------------------ */

static void *
host_allocate(void *arg, size_t size)
{
	return MemoryContextAllocHuge((MemoryContext) arg, size);
}

static void
host_relax(void *arg)
{
	CHECK_FOR_INTERRUPTS();
}

void
pattern_host_init(PatternHost *host, MemoryContext context)
{
	host->allocate = host_allocate;
	host->relax = host_relax;
	host->arg = context;
}

Pattern *
pattern_fetch(Datum value)
{
	Pattern    *p = (Pattern *) PG_DETOAST_DATUM(value);

	if (p->version != PATTERN_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("unsupported pattern version %d", p->version),
				 errhint("The value was written by another version of the extension.")));
	return p;
}

/* -- text and binary ---------------------------------------------------------- */

/*
 * Compile a literal.  NULL after a soft error.
 */
static Pattern *
pattern_from_text(const char *text, size_t len, Node *escontext)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "pattern literal",
												  ALLOCSET_DEFAULT_SIZES);
	PatternHost host;
	PatternError err;
	Pattern    *parsed;
	Pattern    *result;
	size_t		size;
	bool		clipped;

	pattern_host_init(&host, scratch);
	parsed = pattern_parse(text, len, &host, &size, &err);
	if (parsed != NULL)
	{
		result = palloc(size);
		memcpy(result, parsed, size);
		SET_VARSIZE(result, size);
		MemoryContextDelete(scratch);
		return result;
	}
	MemoryContextDelete(scratch);

	clipped = len > PATTERN_ERROR_BYTES;
	ereturn(escontext, NULL,
			(errcode(err.too_large ? ERRCODE_PROGRAM_LIMIT_EXCEEDED :
					 ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%.*s%s\"", "pattern",
					clipped ? pg_mbcliplen(text, len, PATTERN_ERROR_BYTES) : (int) len,
					text, clipped ? "..." : ""),
			 err.expected != NULL ?
			 errdetail("At character %d: %s; expected %s.",
					   pg_mbstrlen_with_len(text, err.offset) + 1,
					   err.message, err.expected) :
			 errdetail("At character %d: %s.",
					   pg_mbstrlen_with_len(text, err.offset) + 1, err.message),
			 err.hint != NULL ? errhint("%s", err.hint) : 0));
}

static char *
pattern_literal(const Pattern *p, size_t *len)
{
	char	   *result;

	*len = pattern_print(p, NULL, 0);
	result = palloc(*len + 1);
	pattern_print(p, result, *len);
	result[*len] = '\0';
	return result;
}

PG_FUNCTION_INFO_V1(pattern_in);
Datum
pattern_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	PG_RETURN_POINTER(pattern_from_text(text, strlen(text), fcinfo->context));
}

PG_FUNCTION_INFO_V1(pattern_out);
Datum
pattern_out(PG_FUNCTION_ARGS)
{
	Pattern    *p = PG_GETARG_PATTERN_P(0);
	size_t		len;

	PG_RETURN_CSTRING(pattern_literal(p, &len));
}

PG_FUNCTION_INFO_V1(pattern_recv);
Datum
pattern_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	char	   *text;
	int			len;

	if (version != PATTERN_BINARY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported pattern version %d", version)));
	text = pq_getmsgtext(buf, buf->len - buf->cursor, &len);
	PG_RETURN_POINTER(pattern_from_text(text, len, NULL));
}

PG_FUNCTION_INFO_V1(pattern_send);
Datum
pattern_send(PG_FUNCTION_ARGS)
{
	Pattern    *p = PG_GETARG_PATTERN_P(0);
	StringInfoData buf;
	size_t		len;
	char	   *text = pattern_literal(p, &len);

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, PATTERN_BINARY_VERSION);
	pq_sendtext(&buf, text, len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* -- comparison ------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(pattern_cmp);
Datum
pattern_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(flat_cmp_args(fcinfo));
}

PG_FUNCTION_INFO_V1(pattern_lt);
Datum
pattern_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) < 0);
}

PG_FUNCTION_INFO_V1(pattern_le);
Datum
pattern_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) <= 0);
}

PG_FUNCTION_INFO_V1(pattern_eq);
Datum
pattern_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) == 0);
}

PG_FUNCTION_INFO_V1(pattern_ne);
Datum
pattern_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) != 0);
}

PG_FUNCTION_INFO_V1(pattern_ge);
Datum
pattern_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) >= 0);
}

PG_FUNCTION_INFO_V1(pattern_gt);
Datum
pattern_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) > 0);
}

PG_FUNCTION_INFO_V1(pattern_hash);
Datum
pattern_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(flat_hash_arg(fcinfo));
}

PG_FUNCTION_INFO_V1(pattern_hash_extended);
Datum
pattern_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(flat_hash_extended_arg(fcinfo));
}
