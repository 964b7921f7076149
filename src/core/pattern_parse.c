/*
 * pattern_parse.c
 *	  The literal of a pattern: from text to codes and matchers.
 *
 * Recursive descent, as deep as groups are nested, with codes in postfix order
 * as the result.  What a group adds nothing by is dissolved at once: a concat
 * or an alternative ends with its own code, so to dissolve it is to take that
 * code back and count its parts where they come to stand.
 */
#include "pattern_lex.h"

static bool parse_branches(PatternParser *p);

static bool
at_quantifier(const PatternParser *p)
{
	return p->pos < p->len && is_one_of(p->text[p->pos], "*+?{");
}

/* What stands at the position and how often; *parts of a branch. */
static bool
parse_item(PatternParser *p, uint32_t *parts)
{
	size_t		start = p->pos;
	char		c = peek(p);
	uint32_t	least;
	uint32_t	most;
	PatternCode *last;

	*parts = 1;
	if (c == '^' || (c == '$' && !(p->pos + 1 < p->len && is_name_char(p->text[p->pos + 1]))))
	{
		pattern_mark(p, p->pos++);
		pattern_put_plain(&p->out, c == '^' ? PK_FIRST : PK_LAST);
		return !at_quantifier(p) ||
			pattern_fail(p, p->pos, "an anchor cannot be repeated", "an element", NULL);
	}
	if (c == '(' && p->pos + 1 < p->len && p->text[p->pos + 1] == '?')
	{
		if (!pattern_gate(p))
			return false;
		return !at_quantifier(p) ||
			pattern_fail(p, p->pos, "a time gate cannot be repeated", "an element", NULL);
	}

	if (c == '(')
	{
		if (++p->depth > PATTERN_MAX_DEPTH)
			return pattern_fail_limit(p, p->pos, "groups nested too deeply", "at most 250 levels");
		p->pos++;
		if (!parse_branches(p))
			return false;
		if (!take(p, ')'))
			return pattern_unexpected(p, "an element, \"|\" or \")\"", NULL);
		p->depth--;
	}
	else if (c == '[')
	{
		if (!pattern_brackets(p))
			return false;
	}
	else if (c == '.')
	{
		p->pos++;
		if (!pattern_element(p, start, PATTERN_NO_ATOM, 0))
			return false;
	}
	else if (p->pos < p->len && (c == '"' || is_name_char(c)))
	{
		if (!pattern_term(p))
			return false;
	}
	else
		return pattern_unexpected(p, "an element, \"(\", \"^\" or \"$\"",
								  c == '*' ? "Any touchpoints are .*, any one that counts is [*]; a repetition stands directly behind what it repeats." :
								  is_one_of(c, "+?{") ? "A repetition stands directly behind what it repeats." :
								  NULL);

	if (!pattern_quantifier(p, &least, &most))
		return false;
	last = &p->out.codes[p->out.n - 1];
	if (least != 1 || most != 1)
	{
		if (last->kind == PK_GATE || last->kind == PK_FIRST || last->kind == PK_LAST)
			return pattern_fail(p, start, "only elements can be repeated", "an element", NULL);
		pattern_mark(p, start);
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
parse_branch(PatternParser *p)
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
		pattern_mark(p, start);
		pattern_put_concat(&p->out, n);
	}
	return true;
}

static bool
parse_branches(PatternParser *p)
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
		pattern_mark(p, start);
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
check_gates(PatternParser *p)
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
			return pattern_fail(p, p->offsets[i], "nothing can follow the time gate",
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
assemble(PatternParser *p, size_t *size)
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
		pattern_fail_limit(p, 0, "pattern too large", "at most 1 MB compiled");
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
		pattern_fail_limit(p, 0, "pattern too long", "at most 65536 bytes with a blank between elements");
		return NULL;
	}
	return pattern;
}

Pattern *
pattern_parse(const char *text, size_t len, const PatternHost *host, size_t *size,
			  PatternError *err)
{
	PatternParser parser;
	PatternParser *p = &parser;
	size_t		most = len < PATTERN_MAX_STATES ? len : PATTERN_MAX_STATES + 1;

	memset(p, 0, sizeof(*p));
	p->text = text;
	p->len = len;
	p->err = err;
	p->host = host;
	if (len > PATTERN_MAX_TEXT)
	{
		pattern_fail_limit(p, PATTERN_MAX_TEXT, "pattern too long", "at most 65536 bytes");
		return NULL;
	}
	skip_blanks(p);
	if (p->pos == len)
	{
		pattern_fail(p, p->pos, "empty pattern", "an element",
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
		pattern_unexpected(p, "an element or the end of the pattern", NULL);
		return NULL;
	}
	if (!check_gates(p))
		return NULL;
	if (pattern_program_states(p->out.codes, p->out.n, host) > PATTERN_MAX_STATES)
	{
		pattern_fail_limit(p, 0, "pattern too large", "at most 4096 states");
		p->err->hint = "Every element counts once for each time it is repeated.";
		return NULL;
	}
	return assemble(p, size);
}
