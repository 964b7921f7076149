/*
 * stage_lex.h
 *	  The lexer of stage models, for stage_parse.c only.
 *
 * Functions that take something from the text step over it and the blanks
 * behind it; those that return bool and can fail fill in the error.
 */
#ifndef STAGE_LEX_H
#define STAGE_LEX_H

#include "stage.h"

typedef struct StageLexer
{
	const char *text;
	size_t		len;			/* end of what may be looked at now */
	size_t		whole;			/* end of the literal */
	size_t		pos;
	StageError *err;
} StageLexer;

/* A name as it was read. */
typedef struct StageToken
{
	char		text[STAGE_MAX_NAME + 1];
	uint32_t	len;
	size_t		offset;
} StageToken;

typedef enum StageStatement
{
	ST_EMPTY, ST_STAGES, ST_OPTION, ST_DORMANT, ST_DEFINITION, ST_RULE
} StageStatement;

static inline bool
lex_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Errors; all return false.  A message's %s stands for the name. */
extern bool lex_fail(StageLexer *p, size_t offset, const char *message,
					 const char *expected, const char *hint);
extern bool lex_fail_name(StageLexer *p, size_t offset, const char *message,
						  const char *name, size_t len, const char *hint);
extern bool lex_fail_limit(StageLexer *p, size_t offset, const char *message,
						   const char *hint);
extern bool lex_unexpected(StageLexer *p, const char *expected, const char *hint);

extern void lex_blanks(StageLexer *p);
extern size_t lex_bare_length(const StageLexer *p, size_t pos);
extern bool lex_at_arrow(const StageLexer *p, size_t pos);
extern bool lex_at_word(const StageLexer *p, const char *word);
extern bool lex_word(StageLexer *p, const char *word);
extern bool lex_char(StageLexer *p, char c);
extern bool lex_name(StageLexer *p, StageToken *name, const char *expected);
extern int	lex_operator(StageLexer *p);	/* MatcherOp */
extern bool lex_number(StageLexer *p, double *number, const char *expected);
extern bool lex_whole_number(StageLexer *p, double *number);
extern bool lex_interval(StageLexer *p, int64_t *interval, bool zero_allowed);

/*
 * The statement at the position: what kind it is, and p->len at its end.  Then
 * to the next: nothing may follow what was taken.
 */
extern bool lex_next_statement(StageLexer *p, StageStatement *kind);
extern bool lex_end_statement(StageLexer *p, const char *expected);

static inline bool
name_equal(const StageToken *a, const char *text, size_t len)
{
	return a->len == len && memcmp(a->text, text, len) == 0;
}

static inline bool
name_is(const StageToken *a, const char *text)
{
	return name_equal(a, text, strlen(text));
}

#endif							/* STAGE_LEX_H */
