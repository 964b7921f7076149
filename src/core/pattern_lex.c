/*
 * pattern_lex.c
 *	  Terms, matchers, time gates and quantifiers of a pattern's literal.
 *
 * A term ends where nothing can continue it; what it is, the parser of matchers
 * says.  Two things that are easily meant otherwise are errors with a hint: a
 * name with '*' inside or behind a character that no word ends with (view_* is
 * a wildcard elsewhere, and belongs in brackets here), and a name that ends
 * with '$' (the end of the journey needs a blank before it).
 */
#include <stdlib.h>

#include "pattern_lex.h"

#define MAX_SPAN	315576000000000000.0	/* 10,000 years */

/* -- errors ------------------------------------------------------------------ */

bool
pattern_fail(PatternParser *p, size_t offset, const char *message, const char *expected,
			 const char *hint)
{
	p->err->offset = offset;
	p->err->message = message;
	p->err->expected = expected;
	p->err->hint = hint;
	p->err->too_large = false;
	return false;
}

bool
pattern_fail_limit(PatternParser *p, size_t offset, const char *message, const char *expected)
{
	pattern_fail(p, offset, message, expected, NULL);
	p->err->too_large = true;
	return false;
}

bool
pattern_unexpected(PatternParser *p, const char *expected, const char *hint)
{
	return pattern_fail(p, p->pos, p->pos < p->len ? "unexpected character" : "unexpected end",
						expected, hint);
}

/* -- elements ------------------------------------------------------------------- */

void
pattern_mark(PatternParser *p, size_t offset)
{
	p->offsets[p->out.n] = (uint32_t) offset;
}

bool
pattern_element(PatternParser *p, size_t offset, uint16_t atom, uint8_t flags)
{
	if (++p->nelements > PATTERN_MAX_STATES)
		return pattern_fail_limit(p, offset, "too many elements", "at most 4096 states");
	pattern_mark(p, offset);
	pattern_put_element(&p->out, atom, flags);
	return true;
}

/* Parse a matcher that ends before `end`; an equal one is used again. */
static bool
parse_matcher(PatternParser *p, size_t end, uint16_t *atom)
{
	size_t		start = p->pos;
	MatcherError error;
	Matcher    *m;
	size_t		size;
	size_t		pos = start;

	error.offset = 0;
	if (!matcher_parse(p->text, end, &pos, NULL, 0, &size, &error))
	{
		/* what ended may be a part that goes on as something else */
		if (error.offset == end && end < p->len)
			error.message = "unexpected character";
		return pattern_fail(p, error.offset, error.message, error.expected, NULL);
	}
	m = p->host->allocate(p->host->arg, size);
	memset(m, 0, size);
	matcher_parse(p->text, end, &p->pos, m, size, &size, &error);
	for (uint32_t i = 0; i < p->natoms; i++)
	{
		if (p->sizes[i] == size && memcmp(p->matchers[i], m, size) == 0)
		{
			*atom = (uint16_t) i;
			return true;
		}
	}
	if (p->natoms == PATTERN_MAX_ATOMS)
		return pattern_fail_limit(p, start, "too many elements", "at most 4096 states");
	p->matchers[p->natoms] = m;
	p->sizes[p->natoms] = size;
	*atom = (uint16_t) p->natoms++;
	return true;
}

/* The end of the name at pos, where one begins; false if there is none. */
static bool
skip_name(const PatternParser *p, size_t *pos)
{
	size_t		i = *pos;

	if (i < p->len && p->text[i] == '"')
	{
		for (i++; i < p->len; i++)
		{
			if (p->text[i] != '"')
				continue;
			if (i + 1 < p->len && p->text[i + 1] == '"')
				i++;
			else
				break;
		}
		*pos = i < p->len ? i + 1 : p->len;
		return true;
	}
	while (i < p->len &&
		   (is_name_char(p->text[i]) ||
			((p->text[i] == '.' || p->text[i] == '-') && i > *pos &&
			 is_name_char(p->text[i - 1]) && i + 1 < p->len && is_name_char(p->text[i + 1]))))
		i++;
	if (i == *pos)
		return false;
	*pos = i;
	return true;
}

/* What looks like a number; a '+' behind it repeats. */
static void
skip_number(const PatternParser *p, size_t *pos)
{
	size_t		i = *pos;

	if (i < p->len && is_one_of(p->text[i], "+-"))
		i++;
	while (i < p->len && (is_digit(p->text[i]) || is_letter(p->text[i]) || p->text[i] == '.' ||
						  (is_one_of(p->text[i], "+-") && is_one_of(p->text[i - 1], "eE") &&
						   i + 1 < p->len && is_digit(p->text[i + 1]))))
		i++;
	*pos = i;
}

/*
 * One term, up to where nothing can continue it; no blanks behind it are
 * taken, and '*' is none of it.
 */
bool
pattern_term(PatternParser *p)
{
	static const char *const dollar =
	"For the last touchpoint put a blank before $; a name that ends with $ is quoted.";
	size_t		start = p->pos;
	size_t		end = p->pos;
	size_t		pos;
	uint16_t	atom;

	skip_name(p, &end);
	if (p->text[end - 1] == '$')
		return pattern_fail(p, end - 1, "name ends with \"$\"", "a blank before it", dollar);
	pos = end;
	while (pos < p->len && is_blank(p->text[pos]))
		pos++;
	if (pos < p->len && p->text[pos] == '@')
	{
		for (pos++; pos < p->len && is_blank(p->text[pos]);)
			pos++;
		if (!skip_name(p, &pos))
		{
			p->pos = pos;
			return pattern_unexpected(p, "a channel name",
									  at(p, '*') ? "A term with * stands in brackets: [purchase@*]." : NULL);
		}
		end = pos;
		if (p->text[end - 1] == '$')
			return pattern_fail(p, end - 1, "name ends with \"$\"", "a blank before it", dollar);
		while (pos < p->len && is_blank(p->text[pos]))
			pos++;
	}
	if (pos < p->len && is_one_of(p->text[pos], "<>=!"))
	{
		while (pos < p->len && is_one_of(p->text[pos], "<>=!"))
			pos++;
		while (pos < p->len && is_blank(p->text[pos]))
			pos++;
		skip_number(p, &pos);
		end = pos;
		if (p->text[end - 1] == '.')
			return pattern_fail(p, end - 1, "unexpected character", "the end of the number",
								"For any touchpoint put a blank before the dot.");
	}
	if (!parse_matcher(p, end, &atom))
		return false;
	if (p->pos < end)
		return pattern_unexpected(p, "an element, a blank or an operator", NULL);
	if (p->pos < p->len && (is_name_char(p->text[p->pos]) || p->text[p->pos] == '"'))
		return pattern_unexpected(p, "a blank between two elements",
								  "A name with any detail that must be quoted stands in brackets: [\"Order Completed\"/*].");
	if (at(p, '*') && p->text[start] != '"')
	{
		char		before = p->text[p->pos - 1];
		char		behind = p->pos + 1 < p->len ? p->text[p->pos + 1] : ' ';

		if (is_name_char(behind) || behind == '@' ||
			(is_name_char(before) && !is_letter(before) && !is_digit(before) &&
			 (before & 0x80) == 0))
			return pattern_fail(p, p->pos, "\"*\" in a name", "a blank, or the name in brackets",
								"Here * repeats what stands before it; a name with * stands in brackets: [view_*].");
	}
	return pattern_element(p, start, atom, PE_CLOCK | PE_REPORT);
}

bool
pattern_brackets(PatternParser *p)
{
	size_t		start = p->pos++;
	bool		negated;
	uint16_t	atom;

	skip_blanks(p);
	negated = take(p, '^');
	if (!parse_matcher(p, p->len, &atom))
		return false;
	if (!take(p, ']'))
		return pattern_unexpected(p, "\"|\" or \"]\"", NULL);
	return pattern_element(p, start, atom, negated ? PE_NEGATED : PE_CLOCK | PE_REPORT);
}

/* -- time gates -------------------------------------------------------------------- */

static bool
word_is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

static bool
parse_span(PatternParser *p, uint64_t *span)
{
	static const struct
	{
		const char *text;
		double		us;
	}			units[] =
	{
		{"us", 1}, {"ms", 1e3},
		{"s", 1e6}, {"sec", 1e6}, {"secs", 1e6}, {"second", 1e6}, {"seconds", 1e6},
		{"m", 60e6}, {"min", 60e6}, {"mins", 60e6}, {"minute", 60e6}, {"minutes", 60e6},
		{"h", 3600e6}, {"hour", 3600e6}, {"hours", 3600e6},
		{"d", 86400e6}, {"day", 86400e6}, {"days", 86400e6},
		{"w", 604800e6}, {"week", 604800e6}, {"weeks", 604800e6}
	};
	static const char *const calendar[] =
	{
		"mon", "mons", "month", "months", "y", "year", "years", "quarter", "quarters"
	};
	char		number[40];
	size_t		start = p->pos;
	size_t		digits = 0;
	size_t		unit;
	double		us;

	for (; p->pos < p->len && (is_digit(p->text[p->pos]) || p->text[p->pos] == '.'); p->pos++)
		digits += p->text[p->pos] != '.';
	if (digits == 0 || p->pos - start != digits + (memchr(p->text + start, '.', p->pos - start) != NULL))
	{
		if (digits > 0)
			return pattern_fail(p, start, "malformed number", "a span like 1h, 30min or 7d", NULL);
		p->pos = start;
		return pattern_unexpected(p, "a span like 1h, 30min or 7d",
								  at(p, '-') ? "A touchpoint is never before the one that it follows." : NULL);
	}
	if (p->pos - start >= sizeof(number))
		return pattern_fail(p, start, "number too long", "at most 39 characters", NULL);
	memcpy(number, p->text + start, p->pos - start);
	number[p->pos - start] = '\0';
	us = strtod(number, NULL);

	skip_blanks(p);
	unit = p->pos;
	while (p->pos < p->len && is_letter(p->text[p->pos]))
		p->pos++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
	{
		if (!word_is(p->text + unit, p->pos - unit, units[i].text))
			continue;
		us *= units[i].us;
		if (us > MAX_SPAN)
			return pattern_fail(p, start, "span out of range", "at most 10000 years", NULL);
		*span = (uint64_t) (us + 0.5);
		return true;
	}
	for (size_t i = 0; i < sizeof(calendar) / sizeof(calendar[0]); i++)
	{
		if (word_is(p->text + unit, p->pos - unit, calendar[i]))
			return pattern_fail(p, unit, "months and years have no fixed length",
								"a unit of time: us, ms, s, min, h, d or w",
								"Use days, for example 30d or 365d.");
	}
	p->pos = unit;
	return pattern_unexpected(p, "a unit of time: us, ms, s, min, h, d or w", NULL);
}

bool
pattern_gate(PatternParser *p)
{
	static const struct
	{
		char		text[3];
		PatternGate op;
	}			ops[] = {
		{"<=", PG_LE}, {">=", PG_GE}, {"==", PG_EQ}, {"<", PG_LT}, {">", PG_GT}, {"=", PG_EQ}
	};
	size_t		start = p->pos;
	uint64_t	span = 0;

	p->pos += 2;
	skip_blanks(p);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
	{
		size_t		n = strlen(ops[i].text);

		if (p->len - p->pos < n || memcmp(p->text + p->pos, ops[i].text, n) != 0)
			continue;
		p->pos += n;
		skip_blanks(p);
		if (!parse_span(p, &span))
			return false;
		skip_blanks(p);
		if (!take(p, ')'))
			return pattern_unexpected(p, "\")\"", NULL);
		pattern_mark(p, start);
		pattern_put_gate(&p->out, ops[i].op, span);
		return true;
	}
	return pattern_unexpected(p, "\"<\", \"<=\", \">\", \">=\" or \"==\"",
							  at(p, 't') ? "A gate has a unit and no \"t\": (?<=1h)." :
							  is_digit(peek(p)) ? "Here touchpoints have names, not numbers." : NULL);
}

/* -- repetition ---------------------------------------------------------------------- */

static bool
parse_count(PatternParser *p, uint32_t *count)
{
	size_t		start = p->pos;
	uint32_t	n = 0;

	for (; is_digit(peek(p)); p->pos++)
	{
		n = n * 10 + (uint32_t) (p->text[p->pos] - '0');
		if (n > PATTERN_MAX_STATES)
			return pattern_fail_limit(p, start, "too many repetitions", "at most 4096 states");
	}
	if (p->pos == start)
		return pattern_unexpected(p, "a number", NULL);
	*count = n;
	skip_blanks(p);
	return true;
}

/* The quantifier at the position, if there is one; else once. */
bool
pattern_quantifier(PatternParser *p, uint32_t *least, uint32_t *most)
{
	size_t		start = p->pos;

	*least = *most = 1;
	if (take(p, '*'))
		*least = 0, *most = PATTERN_NO_LIMIT;
	else if (take(p, '+'))
		*most = PATTERN_NO_LIMIT;
	else if (take(p, '?'))
		*least = 0;
	else if (take(p, '{'))
	{
		skip_blanks(p);
		if (!parse_count(p, least))
			return false;
		*most = *least;
		if (take(p, ','))
		{
			skip_blanks(p);
			*most = PATTERN_NO_LIMIT;
			if (is_digit(peek(p)) && !parse_count(p, most))
				return false;
		}
		if (!take(p, '}'))
			return pattern_unexpected(p, "\",\" or \"}\"", NULL);
		if (*most == 0)
			return pattern_fail(p, start, "nothing is repeated", "a number greater than 0", NULL);
		if (*most < *least)
			return pattern_fail(p, start, "the smaller number of repetitions comes first",
								"{least,most}", NULL);
	}
	if (p->pos > start && p->pos < p->len && is_one_of(p->text[p->pos], "*+?{"))
		return pattern_unexpected(p, "one quantifier",
								  "To repeat a repetition put it in parentheses.");
	return true;
}
