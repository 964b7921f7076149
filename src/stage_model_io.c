/*
 * stage_model_io.c
 *	  The type stage_model: text and binary form, comparison.
 *
 * The binary form is a version byte and the literal, as for a matcher: what
 * comes from outside is parsed, never trusted.
 *
 * Text that is a bare name is the name of a model in the tables, as the text of
 * a regclass is the name of a relation.  So stage_model('five_stage'), which
 * the parser takes for a cast because the type has that name, is a constant:
 * the tables are read once, when the statement is analysed, and not for each
 * row (stage_named.c).  Output is always the whole literal.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "flat_op.h"
#include "stage_machine.h"

#define STAGE_MODEL_BINARY_VERSION	1

/* How much of a wrong literal an error repeats. */
#define STAGE_ERROR_BYTES		40

/* -- text and binary -------------------------------------------------------- */

/* The message of a parse error, its %s filled in and what was found added. */
static char *
parse_message(const StageError *err, const char *text, size_t len)
{
	StringInfoData buf;
	const char *mark = strstr(err->message, "%s");

	initStringInfo(&buf);
	if (mark != NULL)
	{
		appendBinaryStringInfo(&buf, err->message, mark - err->message);
		appendStringInfoString(&buf, err->name);
		appendStringInfoString(&buf, mark + 2);
	}
	else
		appendStringInfoString(&buf, err->message);
	if ((strcmp(err->message, "unexpected text") == 0 ||
		 strcmp(err->message, "unexpected character") == 0) && err->offset < len)
	{
		const char *found = text + err->offset;
		int			n = Min(len - err->offset, STAGE_ERROR_BYTES);
		int			end = 1;

		/* up to the end of the line or statement */
		while (end < n && found[end] != '\n' && found[end] != ';')
			end++;
		n = end < n ? end : pg_mbcliplen(found, len - err->offset, n);
		appendStringInfo(&buf, " \"%.*s\"", n, found);
	}
	return buf.data;
}

StageModel *
stage_model_compile(const char *text, size_t len, Node *escontext)
{
	void	   *scratch = palloc(stage_parse_scratch(Min(len, STAGE_MAX_BYTES)));
	StageModel *model = palloc(STAGE_MAX_BYTES);
	StageModel *result;
	StageError	err;
	const char *start;
	int			line = 1;

	if (stage_parse(text, len, scratch, model, &err))
	{
		result = palloc(model->size);
		memcpy(result, model, model->size);
		SET_VARSIZE(result, model->size);
		pfree(scratch);
		pfree(model);
		return result;
	}

	start = text;
	for (const char *p = text; p < text + err.offset; p++)
	{
		if (*p == '\n')
		{
			line++;
			start = p + 1;
		}
	}
	if (err.too_large)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("invalid stage_model at line %d, column %d: %s", line,
						pg_mbstrlen_with_len(start, text + err.offset - start) + 1,
						parse_message(&err, text, len)),
				 err.hint ? errhint("%s", err.hint) : 0));
	ereturn(escontext, NULL,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid stage_model at line %d, column %d: %s", line,
					pg_mbstrlen_with_len(start, text + err.offset - start) + 1,
					parse_message(&err, text, len)),
			 err.expected ? errdetail("Expected %s.", err.expected) : 0,
			 err.hint ? errhint("%s", err.hint) : 0));
}

static char *
stage_model_literal(const StageModel *m, size_t *len)
{
	char	   *result;

	*len = stage_print(m, NULL, 0);
	result = palloc(*len + 1);
	stage_print(m, result, *len);
	result[*len] = '\0';
	return result;
}

PG_FUNCTION_INFO_V1(stage_model_in);
Datum
stage_model_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	if (matcher_bare_name(text, strlen(text)))
		PG_RETURN_POINTER(stage_model_named(text, fcinfo->context));
	PG_RETURN_POINTER(stage_model_compile(text, strlen(text), fcinfo->context));
}

PG_FUNCTION_INFO_V1(stage_model_out);
Datum
stage_model_out(PG_FUNCTION_ARGS)
{
	StageModel *m = PG_GETARG_STAGE_MODEL_P(0);
	size_t		len;

	PG_RETURN_CSTRING(stage_model_literal(m, &len));
}

PG_FUNCTION_INFO_V1(stage_model_recv);
Datum
stage_model_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	char	   *text;
	int			len;

	if (version != STAGE_MODEL_BINARY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported stage_model version %d", version)));
	text = pq_getmsgtext(buf, buf->len - buf->cursor, &len);
	PG_RETURN_POINTER(stage_model_compile(text, len, NULL));
}

PG_FUNCTION_INFO_V1(stage_model_send);
Datum
stage_model_send(PG_FUNCTION_ARGS)
{
	StageModel *m = PG_GETARG_STAGE_MODEL_P(0);
	StringInfoData buf;
	size_t		len;
	char	   *text = stage_model_literal(m, &len);

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, STAGE_MODEL_BINARY_VERSION);
	pq_sendtext(&buf, text, len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/*
 * The same value, in memory and neither compressed nor out of line: what a
 * query should be given that asks one model for many rows.
 */
PG_FUNCTION_INFO_V1(stage_model_flat);
Datum
stage_model_flat(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(PG_GETARG_STAGE_MODEL_P(0));
}

/* -- comparison --------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(stage_model_cmp);
Datum
stage_model_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(flat_cmp_args(fcinfo));
}

PG_FUNCTION_INFO_V1(stage_model_lt);
Datum
stage_model_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) < 0);
}

PG_FUNCTION_INFO_V1(stage_model_le);
Datum
stage_model_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) <= 0);
}

PG_FUNCTION_INFO_V1(stage_model_eq);
Datum
stage_model_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) == 0);
}

PG_FUNCTION_INFO_V1(stage_model_ne);
Datum
stage_model_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) != 0);
}

PG_FUNCTION_INFO_V1(stage_model_ge);
Datum
stage_model_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) >= 0);
}

PG_FUNCTION_INFO_V1(stage_model_gt);
Datum
stage_model_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flat_cmp_args(fcinfo) > 0);
}

PG_FUNCTION_INFO_V1(stage_model_hash);
Datum
stage_model_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(flat_hash_arg(fcinfo));
}

PG_FUNCTION_INFO_V1(stage_model_hash_extended);
Datum
stage_model_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(flat_hash_extended_arg(fcinfo));
}
