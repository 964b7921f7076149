/*
 * pattern_parse.c
 *	  The literal of a pattern: from text to codes and matchers.
 *
 * Recursive descent, as deep as groups are nested, with codes in postfix order
 * as the result.  What a group adds nothing by is dissolved at once: a concat
 * or an alternative ends with its own code, so to dissolve it is to take that
 * code back and count its parts where they come to stand.
 *
 * Two things that are easily meant otherwise are errors with a hint: a name
 * with '*' inside or behind a character that no word ends with (view_* is a
 * wildcard elsewhere, and belongs in brackets here), and a name that ends with
 * '$' (the end of the journey needs a blank before it).
 */
#include <stdlib.h>

#include "pattern.h"

#define MAX_SPAN	315576000000000000.0	/* 10,000 years */

typedef struct Parser
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
} Parser;

static bool parse_branches(Parser *p);

/* -- errors ------------------------------------------------------------------ */

static bool
fail(Parser *p, size_t offset, const char *message, const char *expected,
	 const char *hint)
{
	p->err->offset = offset;
	p->err->message = message;
	p->err->expected = expected;
	p->err->hint = hint;
	p->err->too_large = false;
	return false;
}

static bool
fail_limit(Parser *p, size_t offset, const char *message, const char *expected)
{
	fail(p, offset, message, expected, NULL);
	p->err->too_large = true;
	return false;
}

static bool
unexpected(Parser *p, const char *expected, const char *hint)
{
	return fail(p, p->pos, p->pos < p->len ? "unexpected character" : "unexpected end",
				expected, hint);
}

/* -- characters --------------------------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Characters of a bare name wherever they stand, as in matchers. */
static bool
is_name_char(char c)
{
	return is_letter(c) || is_digit(c) || c == '_' || c == ':' || c == '$' ||
		c == '/' || (c & 0x80) != 0;
}

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static char
peek(const Parser *p)
{
	return p->pos < p->len ? p->text[p->pos] : '\0';
}

static bool
at(const Parser *p, char c)
{
	return p->pos < p->len && p->text[p->pos] == c;
}

static bool
take(Parser *p, char c)
{
	if (!at(p, c))
		return false;
	p->pos++;
	return true;
}

static void
skip_blanks(Parser *p)
{
	while (p->pos < p->len && is_blank(p->text[p->pos]))
		p->pos++;
}

/* -- elements ------------------------------------------------------------------- */

static uint32_t
put(Parser *p, size_t offset)
{
	p->offsets[p->out.n] = (uint32_t) offset;
	return p->out.n;
}

static bool
put_element(Parser *p, size_t offset, uint16_t atom, uint8_t flags)
{
	if (++p->nelements > PATTERN_MAX_STATES)
		return fail_limit(p, offset, "too many elements", "at most 4096 states");
	put(p, offset);
	pattern_put_element(&p->out, atom, flags);
	return true;
}

/* Parse a matcher that ends before `end`; an equal one is used again. */
static bool
parse_matcher(Parser *p, size_t end, uint16_t *atom)
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
		return fail(p, error.offset, error.message, error.expected, NULL);
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
		return fail_limit(p, start, "too many elements", "at most 4096 states");
	p->matchers[p->natoms] = m;
	p->sizes[p->natoms] = size;
	*atom = (uint16_t) p->natoms++;
	return true;
}

/* The end of the name at pos, where one begins; false if there is none. */
static bool
skip_name(const Parser *p, size_t *pos)
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
skip_number(const Parser *p, size_t *pos)
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
static bool
parse_term(Parser *p)
{
	static const char *const dollar =
	"For the last touchpoint put a blank before $; a name that ends with $ is quoted.";
	size_t		start = p->pos;
	size_t		end = p->pos;
	size_t		pos;
	uint16_t	atom;

	skip_name(p, &end);
	if (p->text[end - 1] == '$')
		return fail(p, end - 1, "name ends with \"$\"", "a blank before it", dollar);
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
			return unexpected(p, "a channel name",
							  at(p, '*') ? "A term with * stands in brackets: [purchase@*]." : NULL);
		}
		end = pos;
		if (p->text[end - 1] == '$')
			return fail(p, end - 1, "name ends with \"$\"", "a blank before it", dollar);
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
			return fail(p, end - 1, "unexpected character", "the end of the number",
						"For any touchpoint put a blank before the dot.");
	}
	if (!parse_matcher(p, end, &atom))
		return false;
	if (p->pos < end)
		return unexpected(p, "an element, a blank or an operator", NULL);
	if (p->pos < p->len && (is_name_char(p->text[p->pos]) || p->text[p->pos] == '"'))
		return unexpected(p, "a blank between two elements",
						  "A name with any detail that must be quoted stands in brackets: [\"Order Completed\"/*].");
	if (at(p, '*') && p->text[start] != '"')
	{
		char		before = p->text[p->pos - 1];
		char		behind = p->pos + 1 < p->len ? p->text[p->pos + 1] : ' ';

		if (is_name_char(behind) || behind == '@' ||
			(is_name_char(before) && !is_letter(before) && !is_digit(before) &&
			 (before & 0x80) == 0))
			return fail(p, p->pos, "\"*\" in a name", "a blank, or the name in brackets",
						"Here * repeats what stands before it; a name with * stands in brackets: [view_*].");
	}
	return put_element(p, start, atom, PE_CLOCK | PE_REPORT);
}

static bool
parse_brackets(Parser *p)
{
	size_t		start = p->pos++;
	bool		negated;
	uint16_t	atom;

	skip_blanks(p);
	negated = take(p, '^');
	if (!parse_matcher(p, p->len, &atom))
		return false;
	if (!take(p, ']'))
		return unexpected(p, "\"|\" or \"]\"", NULL);
	return put_element(p, start, atom, negated ? PE_NEGATED : PE_CLOCK | PE_REPORT);
}

/* -- time gates -------------------------------------------------------------------- */

static bool
word_is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

static bool
parse_span(Parser *p, uint64_t *span)
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
			return fail(p, start, "malformed number", "a span like 1h, 30min or 7d", NULL);
		p->pos = start;
		return unexpected(p, "a span like 1h, 30min or 7d",
						  at(p, '-') ? "A touchpoint is never before the one that it follows." : NULL);
	}
	if (p->pos - start >= sizeof(number))
		return fail(p, start, "number too long", "at most 39 characters", NULL);
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
			return fail(p, start, "span out of range", "at most 10000 years", NULL);
		*span = (uint64_t) (us + 0.5);
		return true;
	}
	for (size_t i = 0; i < sizeof(calendar) / sizeof(calendar[0]); i++)
	{
		if (word_is(p->text + unit, p->pos - unit, calendar[i]))
			return fail(p, unit, "months and years have no fixed length",
						"a unit of time: us, ms, s, min, h, d or w",
						"Use days, for example 30d or 365d.");
	}
	p->pos = unit;
	return unexpected(p, "a unit of time: us, ms, s, min, h, d or w", NULL);
}

static bool
parse_gate(Parser *p)
{
	static const struct
	{
		char		text[3];
		PatternGate op;
	}			ops[] = {
		{"<=", PG_LE}, {">=", PG_GE}, {"==", PG_EQ}, {"<", PG_LT}, {">", PG_GT}, {"=", PG_EQ}
	};
	size_t		start = p->pos;
	uint64_t	span;

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
			return unexpected(p, "\")\"", NULL);
		put(p, start);
		pattern_put_gate(&p->out, ops[i].op, span);
		return true;
	}
	return unexpected(p, "\"<\", \"<=\", \">\", \">=\" or \"==\"",
					  at(p, 't') ? "A gate has a unit and no \"t\": (?<=1h)." :
					  is_digit(peek(p)) ? "Here touchpoints have names, not numbers." : NULL);
}

/* -- repetition ---------------------------------------------------------------------- */

static bool
parse_count(Parser *p, uint32_t *count)
{
	size_t		start = p->pos;
	uint32_t	n = 0;

	for (; is_digit(peek(p)); p->pos++)
	{
		n = n * 10 + (uint32_t) (p->text[p->pos] - '0');
		if (n > PATTERN_MAX_STATES)
			return fail_limit(p, start, "too many repetitions", "at most 4096 states");
	}
	if (p->pos == start)
		return unexpected(p, "a number", NULL);
	*count = n;
	skip_blanks(p);
	return true;
}

/* The quantifier at the position, if there is one; else once. */
static bool
parse_quantifier(Parser *p, uint32_t *least, uint32_t *most)
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
			return unexpected(p, "\",\" or \"}\"", NULL);
		if (*most == 0)
			return fail(p, start, "nothing is repeated", "a number greater than 0", NULL);
		if (*most < *least)
			return fail(p, start, "the smaller number of repetitions comes first",
						"{least,most}", NULL);
	}
	if (p->pos > start && p->pos < p->len && is_one_of(p->text[p->pos], "*+?{"))
		return unexpected(p, "one quantifier",
						  "To repeat a repetition put it in parentheses.");
	return true;
}

/* -- structure ------------------------------------------------------------------------ */

static bool
at_quantifier(const Parser *p)
{
	return p->pos < p->len && is_one_of(p->text[p->pos], "*+?{");
}

/* What stands at the position and how often; *parts of a branch. */
static bool
parse_item(Parser *p, uint32_t *parts)
{
	size_t		start = p->pos;
	char		c = peek(p);
	uint32_t	least;
	uint32_t	most;
	PatternCode *last;

	*parts = 1;
	if (c == '^' || (c == '$' && !(p->pos + 1 < p->len && is_name_char(p->text[p->pos + 1]))))
	{
		put(p, p->pos++);
		pattern_put_plain(&p->out, c == '^' ? PK_FIRST : PK_LAST);
		return !at_quantifier(p) ||
			fail(p, p->pos, "an anchor cannot be repeated", "an element", NULL);
	}
	if (c == '(' && p->pos + 1 < p->len && p->text[p->pos + 1] == '?')
	{
		if (!parse_gate(p))
			return false;
		return !at_quantifier(p) ||
			fail(p, p->pos, "a time gate cannot be repeated", "an element", NULL);
	}

	if (c == '(')
	{
		if (++p->depth > PATTERN_MAX_DEPTH)
			return fail_limit(p, p->pos, "groups nested too deeply", "at most 250 levels");
		p->pos++;
		if (!parse_branches(p))
			return false;
		if (!take(p, ')'))
			return unexpected(p, "an element, \"|\" or \")\"", NULL);
		p->depth--;
	}
	else if (c == '[')
	{
		if (!parse_brackets(p))
			return false;
	}
	else if (c == '.')
	{
		p->pos++;
		if (!put_element(p, start, PATTERN_NO_ATOM, 0))
			return false;
	}
	else if (p->pos < p->len && (c == '"' || is_name_char(c)))
	{
		if (!parse_term(p))
			return false;
	}
	else
		return unexpected(p, "an element, \"(\", \"^\" or \"$\"",
						  c == '*' ? "Any touchpoints are .*, any one that counts is [*]; a repetition stands directly behind what it repeats." :
						  is_one_of(c, "+?{") ? "A repetition stands directly behind what it repeats." :
						  NULL);

	if (!parse_quantifier(p, &least, &most))
		return false;
	last = &p->out.codes[p->out.n - 1];
	if (least != 1 || most != 1)
	{
		if (last->kind == PK_GATE || last->kind == PK_FIRST || last->kind == PK_LAST)
			return fail(p, start, "only elements can be repeated", "an element", NULL);
		put(p, start);
		pattern_put_repeat(&p->out, least, most);
	}
	else if (c == '(' && last->kind == PK_CONCAT)
	{
		*parts = last->n;
		p->out.n--;
	}
	return true;
}

static bool
parse_branch(Parser *p)
{
	size_t		start;
	uint32_t	n = 0;

	skip_blanks(p);
	start = p->pos;
	do
	{
		uint32_t	parts;

		if (!parse_item(p, &parts))
			return false;
		n += parts;
		skip_blanks(p);
	} while (p->pos < p->len && !at(p, '|') && !at(p, ')'));
	if (n > 1)
	{
		put(p, start);
		pattern_put_concat(&p->out, n);
	}
	return true;
}

static bool
parse_branches(Parser *p)
{
	size_t		start = p->pos;
	uint32_t	n = 0;

	do
	{
		const PatternCode *last;

		if (!parse_branch(p))
			return false;
		last = &p->out.codes[p->out.n - 1];
		if (last->kind == PK_ALTERNATE)
		{
			n += last->n;
			p->out.n--;
		}
		else
			n++;
	} while (take(p, '|'));
	if (n > 1)
	{
		put(p, start);
		pattern_put_alternate(&p->out, n);
	}
	return true;
}

/*
 * Gates behind which no element can come: false.  From the last code to the
 * first the tree is walked from its root, right parts before left ones; for
 * each part it is known whether an element can come behind it.
 */
static bool
check_gates(Parser *p)
{
	typedef struct Level
	{
		uint32_t	parts;		/* still to come */
		bool		follows;	/* an element can come behind the next */
		bool		in_concat;
	} Level;
	uint32_t	n = p->out.n;
	Level	   *stack = p->host->allocate(p->host->arg, (n + 1) * sizeof(Level));
	bool	   *has = p->host->allocate(p->host->arg, n);
	bool	   *parts = p->host->allocate(p->host->arg, n);
	uint32_t	depth = 0;

	/* which codes have elements inside */
	for (uint32_t i = 0; i < n; i++)
	{
		const PatternCode *code = &p->out.codes[i];
		uint32_t	count = code->kind == PK_CONCAT || code->kind == PK_ALTERNATE ? code->n :
		code->kind == PK_REPEAT ? 1 : 0;

		has[i] = code->kind == PK_ELEMENT;
		while (count-- > 0)
			has[i] |= parts[--depth];
		parts[depth++] = has[i];
	}

	depth = 0;
	stack[depth].parts = 1;
	stack[depth].follows = false;
	stack[depth++].in_concat = false;
	for (uint32_t i = n; i-- > 0;)
	{
		const PatternCode *code = &p->out.codes[i];
		Level	   *level;
		bool		follows;

		while (stack[depth - 1].parts == 0)
			depth--;
		level = &stack[depth - 1];
		level->parts--;
		follows = level->follows;
		if (level->in_concat)
			level->follows |= has[i];
		if (code->kind == PK_GATE && !follows)
			return fail(p, p->offsets[i], "nothing can follow the time gate",
						"an element behind it",
						"A gate is tested on the touchpoint that the next element consumes.");
		if (code->kind == PK_CONCAT || code->kind == PK_ALTERNATE || code->kind == PK_REPEAT)
		{
			level = &stack[depth++];
			level->parts = code->kind == PK_REPEAT ? 1 : code->n;
			level->follows = follows ||
				(code->kind == PK_REPEAT && code->span > 1 && has[i]);
			level->in_concat = code->kind == PK_CONCAT;
		}
	}
	return true;
}

/* Codes and matchers into one value. */
static Pattern *
assemble(Parser *p, size_t *size)
{
	size_t		head = offsetof(Pattern, codes) + p->out.n * sizeof(PatternCode);
	size_t		total = head + (p->natoms + 1) * sizeof(uint32_t);
	Pattern    *pattern;
	uint32_t   *offsets;

	total = (total + 7) & ~(size_t) 7;
	for (uint32_t i = 0; i < p->natoms; i++)
		total += (p->sizes[i] + 7) & ~(size_t) 7;
	*size = total;
	if (total > PATTERN_MAX_BYTES)
	{
		fail_limit(p, 0, "pattern too large", "at most 1 MB compiled");
		return NULL;
	}
	pattern = p->host->allocate(p->host->arg, total);
	memset(pattern, 0, total);
	pattern->version = PATTERN_VERSION;
	pattern->natoms = (uint16_t) p->natoms;
	pattern->ncodes = p->out.n;
	memcpy(pattern->codes, p->out.codes, p->out.n * sizeof(PatternCode));
	offsets = (uint32_t *) ((char *) pattern + head);
	total = (head + (p->natoms + 1) * sizeof(uint32_t) + 7) & ~(size_t) 7;
	for (uint32_t i = 0; i < p->natoms; i++)
	{
		offsets[i] = (uint32_t) total;
		memcpy((char *) pattern + total, p->matchers[i], p->sizes[i]);
		total += (p->sizes[i] + 7) & ~(size_t) 7;
	}
	offsets[p->natoms] = (uint32_t) total;
	if (pattern_print(pattern, NULL, 0) > PATTERN_MAX_TEXT)
	{
		fail_limit(p, 0, "pattern too long", "at most 65536 bytes with a blank between elements");
		return NULL;
	}
	return pattern;
}

Pattern *
pattern_parse(const char *text, size_t len, const PatternHost *host, size_t *size,
			  PatternError *err)
{
	Parser		parser;
	Parser	   *p = &parser;
	size_t		most = len < PATTERN_MAX_STATES ? len : PATTERN_MAX_STATES + 1;

	memset(p, 0, sizeof(*p));
	p->text = text;
	p->len = len;
	p->err = err;
	p->host = host;
	if (len > PATTERN_MAX_TEXT)
	{
		fail_limit(p, PATTERN_MAX_TEXT, "pattern too long", "at most 65536 bytes");
		return NULL;
	}
	skip_blanks(p);
	if (p->pos == len)
	{
		fail(p, p->pos, "empty pattern", "an element",
			 "The pattern that any journey fits is .*");
		return NULL;
	}

	/* every character brings at most one part and one code around it */
	p->out.codes = host->allocate(host->arg, (2 * len + 2) * sizeof(PatternCode));
	p->offsets = host->allocate(host->arg, (2 * len + 2) * sizeof(uint32_t));
	p->matchers = host->allocate(host->arg, (most + 1) * sizeof(Matcher *));
	p->sizes = host->allocate(host->arg, (most + 1) * sizeof(size_t));
	if (!parse_branches(p))
		return NULL;
	if (p->pos < len)
	{
		unexpected(p, "an element or the end of the pattern", NULL);
		return NULL;
	}
	if (!check_gates(p))
		return NULL;
	if (pattern_program_states(p->out.codes, p->out.n, host) > PATTERN_MAX_STATES)
	{
		fail_limit(p, 0, "pattern too large", "at most 4096 states");
		p->err->hint = "Every element counts once for each time it is repeated.";
		return NULL;
	}
	return assemble(p, size);
}
