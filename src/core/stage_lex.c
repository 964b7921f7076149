/*
 * stage_lex.c
 *	  Words, names, numbers, intervals and statements of a stage model's literal.
 */
#include <math.h>
#include <stdlib.h>

#include "stage_lex.h"

#define MAX_INTERVAL INT64_C(315576000000000000)	/* 10,000 years */

/* -- errors ------------------------------------------------------------- */

bool
lex_fail(StageLexer *p, size_t offset, const char *message, const char *expected,
		 const char *hint)
{
	p->err->offset = offset;
	p->err->message = message;
	p->err->expected = expected;
	p->err->hint = hint;
	return false;
}

/* The same with a name for the message's %s, cut at a character's start. */
bool
lex_fail_name(StageLexer *p, size_t offset, const char *message, const char *name,
			  size_t len, const char *hint)
{
	if (len > sizeof(p->err->name) - 1)
	{
		len = sizeof(p->err->name) - 1;
		while (len > 0 && ((unsigned char) name[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(p->err->name, name, len);
	p->err->name[len] = '\0';
	return lex_fail(p, offset, message, NULL, hint);
}

bool
lex_fail_limit(StageLexer *p, size_t offset, const char *message, const char *hint)
{
	p->err->too_large = true;
	return lex_fail(p, offset, message, NULL, hint);
}

/* What stands at the position is not what should: say so. */
bool
lex_unexpected(StageLexer *p, const char *expected, const char *hint)
{
	return lex_fail(p, p->pos, p->pos < p->whole && p->pos < p->len ?
					"unexpected text" :
					p->pos < p->whole ? "unexpected end of statement" :
					"unexpected end of input",
					expected, hint);
}

/* -- characters and words ------------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* Characters of a bare name wherever they stand. */
static bool
is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || lex_digit(c) ||
		c == '_' || c == ':' || c == '$' || c == '/' || (unsigned char) c > 0x7f;
}

bool
lex_at_arrow(const StageLexer *p, size_t pos)
{
	return pos + 1 < p->len && p->text[pos] == '-' && p->text[pos + 1] == '>';
}

void
lex_blanks(StageLexer *p)
{
	while (p->pos < p->len && is_blank(p->text[p->pos]))
		p->pos++;
}

/* Length of the bare name at a position, 0 if there is none. */
size_t
lex_bare_length(const StageLexer *p, size_t pos)
{
	size_t		start = pos;

	while (pos < p->len)
	{
		if (is_bare(p->text[pos]))
			pos++;
		else if ((p->text[pos] == '.' || p->text[pos] == '-') &&
				 pos > start && is_bare(p->text[pos - 1]) &&
				 pos + 1 < p->len && is_bare(p->text[pos + 1]))
			pos++;
		else
			break;
	}
	return pos - start;
}

/* Is this word the one at the position?  Does not move. */
bool
lex_at_word(const StageLexer *p, const char *word)
{
	size_t		n = lex_bare_length(p, p->pos);

	return n == strlen(word) && memcmp(p->text + p->pos, word, n) == 0;
}

bool
lex_word(StageLexer *p, const char *word)
{
	if (!lex_at_word(p, word))
		return false;
	p->pos += strlen(word);
	lex_blanks(p);
	return true;
}

bool
lex_char(StageLexer *p, char c)
{
	if (p->pos >= p->len || p->text[p->pos] != c)
		return false;
	p->pos++;
	lex_blanks(p);
	return true;
}

/* A name, bare or quoted. */
bool
lex_name(StageLexer *p, StageToken *name, const char *expected)
{
	size_t		n = lex_bare_length(p, p->pos);

	name->offset = p->pos;
	name->len = 0;
	if (n > 0)
	{
		if (n > STAGE_MAX_NAME)
			return lex_fail_limit(p, p->pos, "name is too long",
								  "Names of stages and definitions have at most 63 bytes.");
		memcpy(name->text, p->text + p->pos, n);
		name->len = n;
		p->pos += n;
	}
	else if (p->pos < p->len && p->text[p->pos] == '"')
	{
		size_t		pos = p->pos + 1;

		/* that the quote is closed was seen when the statement was found */
		for (;; pos++)
		{
			if (p->text[pos] == '"')
			{
				if (pos + 1 < p->len && p->text[pos + 1] == '"')
					pos++;
				else
					break;
			}
			if (name->len == STAGE_MAX_NAME)
				return lex_fail_limit(p, p->pos, "name is too long",
									  "Names of stages and definitions have at most 63 bytes.");
			name->text[name->len++] = p->text[pos];
		}
		if (name->len == 0)
			return lex_fail(p, p->pos, "empty name", expected, NULL);
		p->pos = pos + 1;
	}
	else
		return lex_unexpected(p, expected, NULL);
	name->text[name->len] = '\0';
	lex_blanks(p);
	return true;
}

int
lex_operator(StageLexer *p)
{
	static const struct
	{
		const char *text;
		int			op;
	}			ops[] =
	{
		{">=", MO_GE}, {"<=", MO_LE}, {"<>", MO_NE}, {"!=", MO_NE},
		{">", MO_GT}, {"<", MO_LT}, {"=", MO_EQ}
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
	{
		size_t		n = strlen(ops[i].text);

		if (p->pos + n <= p->len && memcmp(p->text + p->pos, ops[i].text, n) == 0)
		{
			p->pos += n;
			lex_blanks(p);
			return ops[i].op;
		}
	}
	return MO_NONE;
}

/* A finite number; the text is looked at first, strtod takes too much. */
bool
lex_number(StageLexer *p, double *number, const char *expected)
{
	size_t		pos = p->pos;
	size_t		digits = 0;
	char		buf[64];

	if (pos < p->len && (p->text[pos] == '-' || p->text[pos] == '+'))
		pos++;
	for (; pos < p->len && lex_digit(p->text[pos]); pos++)
		digits++;
	if (pos < p->len && p->text[pos] == '.')
		for (pos++; pos < p->len && lex_digit(p->text[pos]); pos++)
			digits++;
	if (digits == 0)
		return lex_unexpected(p, expected, NULL);
	if (pos < p->len && (p->text[pos] == 'e' || p->text[pos] == 'E'))
	{
		size_t		exponent = pos + 1;

		if (exponent < p->len &&
			(p->text[exponent] == '-' || p->text[exponent] == '+'))
			exponent++;
		if (exponent < p->len && lex_digit(p->text[exponent]))
			for (pos = exponent; pos < p->len && lex_digit(p->text[pos]);)
				pos++;
	}
	if (pos - p->pos >= sizeof(buf))
		return lex_fail(p, p->pos, "number is too long", expected, NULL);
	memcpy(buf, p->text + p->pos, pos - p->pos);
	buf[pos - p->pos] = '\0';
	*number = strtod(buf, NULL);
	if (!isfinite(*number))
		return lex_fail(p, p->pos, "number is out of range", expected, NULL);
	if (*number == 0)
		*number = 0;			/* no negative zero */
	p->pos = pos;
	lex_blanks(p);
	return true;
}

bool
lex_whole_number(StageLexer *p, double *number)
{
	size_t		start = p->pos;

	if (!lex_number(p, number, "a whole number"))
		return false;
	if (*number < 0 || *number > STAGE_MAX_NUMBER || *number != floor(*number))
		return lex_fail(p, start, "number is out of range",
						"a whole number from 0 to 1000000", NULL);
	return true;
}

bool
lex_interval(StageLexer *p, int64_t *interval, bool zero_allowed)
{
	static const struct
	{
		const char *text;
		double		us;
	}			units[] =
	{
		{"s", 1e6}, {"sec", 1e6}, {"secs", 1e6}, {"second", 1e6}, {"seconds", 1e6},
		{"min", 60e6}, {"mins", 60e6}, {"minute", 60e6}, {"minutes", 60e6},
		{"h", 3600e6}, {"hour", 3600e6}, {"hours", 3600e6},
		{"d", 86400e6}, {"day", 86400e6}, {"days", 86400e6},
		{"w", 604800e6}, {"week", 604800e6}, {"weeks", 604800e6}
	};
	static const char *const calendar[] =
	{
		"month", "months", "mon", "mons", "year", "years", "y", "quarter", "quarters"
	};
	size_t		start = p->pos;
	double		number;

	if (!lex_number(p, &number, "an interval like 30 min, 2 hours or 7 days"))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
	{
		if (lex_at_word(p, units[i].text))
		{
			number *= units[i].us;
			if (number < 0 || number > (double) MAX_INTERVAL)
				return lex_fail(p, start, "interval is out of range",
								"at least 0 and at most 10000 years", NULL);
			*interval = (int64_t) floor(number + 0.5);
			if (*interval == 0 && !zero_allowed)
				return lex_fail(p, start, "interval is out of range",
								"an interval greater than 0", NULL);
			lex_word(p, units[i].text);
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(calendar) / sizeof(calendar[0]); i++)
	{
		if (lex_at_word(p, calendar[i]))
			return lex_fail(p, p->pos, "months and years have no fixed length",
							"a unit of time: s, min, hours, days or weeks",
							"Use days, for example 30 days or 365 days.");
	}
	return lex_unexpected(p, "a unit of time: s, min, hours, days or weeks", NULL);
}

/* -- statements ----------------------------------------------------------- */

/*
 * Find the end of the statement at the position and what kind it is.  Leaves
 * p->len at the end, the position at the statement's first word.
 */
bool
lex_next_statement(StageLexer *p, StageStatement *kind)
{
	size_t		end;
	size_t		n;
	size_t		save;
	bool		arrow = false;
	bool		name_follows;

	p->len = p->whole;
	lex_blanks(p);
	for (end = p->pos; end < p->whole && p->text[end] != ';'; end++)
	{
		if (p->text[end] == '"')
		{
			size_t		quote = end;

			for (end++; end < p->whole && p->text[end] != '"';)
				end++;
			if (end == p->whole)
				return lex_fail(p, quote, "unterminated quoted name", "a closing quote", NULL);
		}
		else if (lex_at_arrow(p, end))
			arrow = true;
	}
	p->len = end;
	if (p->pos == end)
	{
		*kind = ST_EMPTY;
		return true;
	}

	/* a name and '=', but "purchase = 100 -> x" is a rule */
	save = p->pos;
	n = lex_bare_length(p, p->pos);
	if (n > 0)
		p->pos += n;
	else if (p->text[p->pos] == '"')
	{
		do
		{
			for (p->pos++; p->text[p->pos] != '"';)
				p->pos++;
			p->pos++;
		} while (p->pos < end && p->text[p->pos] == '"');
	}
	lex_blanks(p);
	if (p->pos > save && p->pos < end && p->text[p->pos] == '=')
	{
		p->pos++;
		lex_blanks(p);
		if (!arrow || !(p->pos < end &&
						(lex_digit(p->text[p->pos]) || p->text[p->pos] == '-' ||
						 p->text[p->pos] == '+' || p->text[p->pos] == '.')))
		{
			p->pos = save;
			*kind = ST_DEFINITION;
			return true;
		}
	}
	else
	{
		name_follows = p->pos < end && !lex_at_word(p, "when") &&
			(lex_bare_length(p, p->pos) > 0 || p->text[p->pos] == '"');
		p->pos = save;
		if (!arrow || name_follows)
		{
			*kind = lex_at_word(p, "stages") ? ST_STAGES :
				lex_at_word(p, "option") ? ST_OPTION :
				lex_at_word(p, "dormant") ? ST_DORMANT : ST_RULE;
			return true;
		}
	}
	p->pos = save;
	*kind = ST_RULE;
	return true;
}

/* Nothing may follow; then step behind the ';'. */
bool
lex_end_statement(StageLexer *p, const char *expected)
{
	lex_blanks(p);
	if (p->pos < p->len)
		return lex_unexpected(p, expected, NULL);
	p->pos = p->len < p->whole ? p->len + 1 : p->whole;
	return true;
}
