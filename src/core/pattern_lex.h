/*
 * pattern_lex.h
 *	  The parts of a pattern's literal, for pattern_parse.c only.
 *
 * Functions that take something from the text step over it, not over blanks
 * behind it; those that fail fill in the error and return false.
 */
#ifndef PATTERN_LEX_H
#define PATTERN_LEX_H

#include "pattern.h"

typedef struct PatternParser
{
	const char *text;
	size_t		len;
	size_t		pos;
	PatternError *err;
	const PatternHost *host;
	PatternBuilder out;
	uint32_t   *offsets;		/* by code: where it stands in the text */
	uint32_t	nelements;
	Matcher   **matchers;
	size_t	   *sizes;
	uint32_t	natoms;
	uint32_t	depth;
} PatternParser;

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Characters of a bare name wherever they stand, as in matchers. */
static inline bool
is_name_char(char c)
{
	return is_letter(c) || is_digit(c) || c == '_' || c == ':' || c == '$' ||
		c == '/' || (c & 0x80) != 0;
}

static inline bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static inline char
peek(const PatternParser *p)
{
	return p->pos < p->len ? p->text[p->pos] : '\0';
}

static inline bool
at(const PatternParser *p, char c)
{
	return p->pos < p->len && p->text[p->pos] == c;
}

static inline bool
take(PatternParser *p, char c)
{
	if (!at(p, c))
		return false;
	p->pos++;
	return true;
}

static inline void
skip_blanks(PatternParser *p)
{
	while (p->pos < p->len && is_blank(p->text[p->pos]))
		p->pos++;
}

extern bool pattern_fail(PatternParser *p, size_t offset, const char *message,
						 const char *expected, const char *hint);
extern bool pattern_fail_limit(PatternParser *p, size_t offset, const char *message,
							   const char *expected);

/* What stands at the position is not what should. */
extern bool pattern_unexpected(PatternParser *p, const char *expected, const char *hint);

/* Note where the code that is put next stands in the text. */
extern void pattern_mark(PatternParser *p, size_t offset);
extern bool pattern_element(PatternParser *p, size_t offset, uint16_t atom, uint8_t flags);

/* A term, a matcher in brackets, a time gate: put as codes. */
extern bool pattern_term(PatternParser *p);
extern bool pattern_brackets(PatternParser *p);
extern bool pattern_gate(PatternParser *p);

/* The quantifier at the position, if there is one; else once. */
extern bool pattern_quantifier(PatternParser *p, uint32_t *least, uint32_t *most);

#endif							/* PATTERN_LEX_H */
