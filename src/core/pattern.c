/*
 * pattern.c
 *	  Printing and checking a pattern, its automaton, and what it requires.
 *
 * Codes stand in postfix order, so a pattern read from its last code to its
 * first is a tree from its root, right parts before left ones.  Printing goes
 * that way and writes from the end of the text to its beginning; how long the
 * text is was found by printing into nothing.
 */
#include "pattern.h"
#include "printer.h"

#define MAX_TREE_DEPTH	(3 * (PATTERN_MAX_DEPTH + 2))

/* -- printing --------------------------------------------------------------- */

/* Writes before what was written. */
typedef struct BackPrinter
{
	const Pattern *pattern;
	char	   *out;
	size_t		cap;
	size_t		at;				/* where the text written so far begins */
} BackPrinter;

static void
put_before(BackPrinter *b, const char *text)
{
	size_t		n = strlen(text);

	b->at -= n;
	if (b->at < b->cap)
		memcpy(b->out + b->at, text, n < b->cap - b->at ? n : b->cap - b->at);
}

static void
put_matcher(BackPrinter *b, const Matcher *m)
{
	b->at -= matcher_print(m, NULL, 0);
	if (b->at < b->cap)
		matcher_print(m, b->out + b->at, b->cap - b->at);
}

/* Is it printed without quotes? */
static bool
is_bare(MatcherName kind, const char *text, size_t len)
{
	return matcher_bare_name(text, len) &&
		(kind == MN_BASE || memchr(text, '/', len) != NULL);
}

/* Can this name or channel stand outside brackets? */
static bool
is_plain(const Matcher *m, MatcherName kind, uint32_t off, uint16_t len)
{
	const char *text = (const char *) m + off;

	if (kind == MN_WILD || kind == MN_ANY)
		return false;
	return is_bare(kind, text, len) ? text[len - 1] != '$' : kind == MN_EXACT;
}

static bool
is_plain_term(const Matcher *m)
{
	const MatcherTerm *term = &m->terms[0];

	return m->nterms == 1 &&
		is_plain(m, term->name_kind, term->name_off, term->name_len) &&
		(term->channel_kind == MN_ANY ||
		 is_plain(m, term->channel_kind, term->channel_off, term->channel_len));
}

/* Does a plain term end so that a '*' behind it could be meant as its own? */
static bool
ends_openly(const Matcher *m)
{
	const MatcherTerm *term = &m->terms[0];
	bool		channel = term->channel_kind != MN_ANY;
	uint32_t	off = channel ? term->channel_off : term->name_off;
	uint16_t	len = channel ? term->channel_len : term->name_len;
	const char *text = (const char *) m + off;

	return term->op == MO_NONE &&
		is_bare(channel ? term->channel_kind : term->name_kind, text, len) &&
		strchr("_:/", text[len - 1]) != NULL;
}

static void
put_gate(BackPrinter *b, const PatternCode *code)
{
	static const char *const ops[] = {"<", "<=", "==", ">=", ">"};
	static const struct
	{
		uint64_t	us;
		const char *text;
	}			units[] = {
		{UINT64_C(86400000000), "d"}, {UINT64_C(3600000000), "h"}, {60000000, "min"},
		{1000000, "s"}, {1000, "ms"}, {1, "us"}
	};
	char		text[48];
	int			unit = 0;

	while (code->span % units[unit].us != 0)
		unit++;
	if (code->span == 0)
		unit = 3;
	snprintf(text, sizeof(text), "(?%s%llu%s)", ops[code->op],
			 (unsigned long long) (code->span / units[unit].us), units[unit].text);
	put_before(b, text);
}

static void
put_quantifier(BackPrinter *b, const PatternCode *code)
{
	char		text[48];

	if (code->span == PATTERN_NO_LIMIT && code->n <= 1)
		put_before(b, code->n == 0 ? "*" : "+");
	else if (code->span == 1)
		put_before(b, "?");
	else
	{
		if (code->span == PATTERN_NO_LIMIT)
			snprintf(text, sizeof(text), "{%u,}", (unsigned) code->n);
		else if (code->span == code->n)
			snprintf(text, sizeof(text), "{%u}", (unsigned) code->n);
		else
			snprintf(text, sizeof(text), "{%u,%u}", (unsigned) code->n, (unsigned) code->span);
		put_before(b, text);
	}
}

static void
put_element(BackPrinter *b, const PatternCode *code)
{
	const Matcher *m;

	if (code->atom == PATTERN_NO_ATOM)
	{
		put_before(b, ".");
		return;
	}
	m = pattern_matcher(b->pattern, code->atom);
	if (!(code->op & PE_NEGATED) && is_plain_term(m))
	{
		put_matcher(b, m);
		return;
	}
	put_before(b, "]");
	put_matcher(b, m);
	put_before(b, code->op & PE_NEGATED ? "[^" : "[");
}

/* Print the part whose last code is before `end`; returns its first. */
static uint32_t
put_part(BackPrinter *b, uint32_t end, PatternKind inside)
{
	const PatternCode *code = &b->pattern->codes[--end];
	bool		group = false;

	if (inside == PK_REPEAT)
		group = code->kind == PK_CONCAT || code->kind == PK_ALTERNATE ||
			code->kind == PK_REPEAT ||
			(code->kind == PK_ELEMENT && code->atom != PATTERN_NO_ATOM &&
			 !(code->op & PE_NEGATED) &&
			 is_plain_term(pattern_matcher(b->pattern, code->atom)) &&
			 ends_openly(pattern_matcher(b->pattern, code->atom)));
	else if (inside == PK_CONCAT)
		group = code->kind == PK_ALTERNATE;
	if (group)
		put_before(b, ")");
	switch (code->kind)
	{
		case PK_ELEMENT:
			put_element(b, code);
			break;
		case PK_GATE:
			put_gate(b, code);
			break;
		case PK_FIRST:
			put_before(b, "^");
			break;
		case PK_LAST:
			put_before(b, "$");
			break;
		case PK_REPEAT:
			put_quantifier(b, code);
			end = put_part(b, end, PK_REPEAT);
			break;
		default:
			for (uint32_t i = code->n; i > 0; i--)
			{
				end = put_part(b, end, code->kind);
				if (i > 1)
					put_before(b, code->kind == PK_CONCAT ? " " : " | ");
			}
	}
	if (group)
		put_before(b, "(");
	return end;
}

size_t
pattern_print(const Pattern *p, char *out, size_t cap)
{
	BackPrinter b = {p, NULL, 0, SIZE_MAX};
	size_t		len;

	put_part(&b, p->ncodes, PK_EMPTY);
	len = SIZE_MAX - b.at;
	if (cap > 0)
	{
		b.out = out;
		b.cap = cap;
		b.at = len;
		put_part(&b, p->ncodes, PK_EMPTY);
	}
	return len;
}

/* -- checking ---------------------------------------------------------------- */

/* Is there a sound matcher in these bytes, and nothing but zeros behind it? */
static bool
check_matcher(const Matcher *m, size_t room)
{
	size_t		size = offsetof(Matcher, terms);

	if (room < size || m->vl_len_ != 0 ||
		m->nterms > (room - size) / sizeof(MatcherTerm))
		return false;
	size += m->nterms * sizeof(MatcherTerm);
	for (uint32_t i = 0; i < m->nterms; i++)
		size += (size_t) m->terms[i].name_len + m->terms[i].channel_len;
	if (size > room || room - size >= 8)
		return false;
	for (size_t i = size; i < room; i++)
	{
		if (((const char *) m)[i] != 0)
			return false;
	}
	return matcher_check(m, size);
}

/* Do the codes make one pattern that can be printed? */
static bool
check_codes(const Pattern *p, const PatternHost *host)
{
	uint16_t   *depths = host->allocate(host->arg, p->ncodes * sizeof(uint16_t));
	uint32_t	depth = 0;

	for (uint32_t i = 0; i < p->ncodes; i++)
	{
		const PatternCode *code = &p->codes[i];
		uint32_t	parts = 0;
		uint16_t	deepest = 0;

		switch (code->kind)
		{
			case PK_ELEMENT:
				if ((code->atom != PATTERN_NO_ATOM && code->atom >= p->natoms) ||
					(code->op != 0 && code->op != PE_NEGATED &&
					 code->op != (PE_CLOCK | PE_REPORT)))
					return false;
				break;
			case PK_GATE:
				if (code->op > PG_GT)
					return false;
				break;
			case PK_CONCAT:
			case PK_ALTERNATE:
				parts = code->n;
				if (parts < 2)
					return false;
				break;
			case PK_REPEAT:
				parts = 1;
				if (code->span == 0 || code->span > PATTERN_NO_LIMIT || code->n > code->span)
					return false;
				break;
			case PK_FIRST:
			case PK_LAST:
				break;
			default:
				return false;
		}
		if (parts > depth)
			return false;
		while (parts-- > 0)
		{
			if (depths[--depth] > deepest)
				deepest = depths[depth];
		}
		if (deepest >= MAX_TREE_DEPTH)
			return false;
		depths[depth++] = deepest + 1;
	}
	return depth == 1;
}

/*
 * Codes and matchers are looked at so far that they can be printed safely; what
 * is left, that the value is the one its literal has, the parser knows.
 */
bool
pattern_check(const Pattern *p, size_t size, const PatternHost *host)
{
	const uint32_t *offsets;
	size_t		next;
	size_t		len = 0;
	char	   *text;
	Pattern    *again;
	PatternError err;

	if (size < sizeof(Pattern) || size > PATTERN_MAX_BYTES || size % 8 != 0 ||
		p->version != PATTERN_VERSION || p->natoms > PATTERN_MAX_ATOMS ||
		p->ncodes == 0 || p->ncodes > (size - offsetof(Pattern, codes)) / sizeof(PatternCode))
		return false;
	next = offsetof(Pattern, codes) + p->ncodes * sizeof(PatternCode) +
		(p->natoms + 1) * sizeof(uint32_t);
	next = (next + 7) & ~(size_t) 7;
	if (next > size)
		return false;
	offsets = PATTERN_OFFSETS(p);
	if (offsets[0] != next || offsets[p->natoms] != size)
		return false;
	for (uint32_t i = 0; i < p->natoms; i++)
	{
		if (offsets[i + 1] <= offsets[i] || offsets[i + 1] > size || offsets[i] % 8 != 0 ||
			!check_matcher(pattern_matcher(p, i), offsets[i + 1] - offsets[i]))
			return false;
	}
	if (!check_codes(p, host))
		return false;

	/* not longer than a literal can be, found before it is printed */
	for (uint32_t i = 0; i < p->ncodes && len <= PATTERN_MAX_TEXT; i++)
	{
		const PatternCode *code = &p->codes[i];

		if (code->kind == PK_ELEMENT && code->atom != PATTERN_NO_ATOM)
			len += 2 * (size_t) pattern_matcher(p, code->atom)->nterms - 1;
		else
			len++;
	}
	if (len > PATTERN_MAX_TEXT || (len = pattern_print(p, NULL, 0)) > PATTERN_MAX_TEXT)
		return false;
	text = host->allocate(host->arg, len + 1);
	pattern_print(p, text, len);
	again = pattern_parse(text, len, host, &next, &err);
	return again != NULL && next == size &&
		memcmp(&again->version, &p->version, size - offsetof(Pattern, version)) == 0;
}

PatternProgram *
pattern_compile(const Pattern *p, const PatternHost *host)
{
	return pattern_program_build(p->codes, p->ncodes, p->natoms, host);
}

/* -- what is required ---------------------------------------------------------- */

typedef struct Clause
{
	struct Clause *next;
	uint32_t	n;
	uint16_t   *atoms;			/* ascending */
} Clause;

typedef struct Clauses
{
	Clause	   *first;
	Clause	   *last;
} Clauses;

static Clause *
new_clause(const PatternHost *host, uint32_t cap)
{
	Clause	   *c = host->allocate(host->arg, sizeof(Clause));

	c->next = NULL;
	c->n = 0;
	c->atoms = host->allocate(host->arg, (cap + 1) * sizeof(uint16_t));
	return c;
}

static bool
same_clause(const Clause *x, const Clause *y)
{
	return x->n == y->n && memcmp(x->atoms, y->atoms, x->n * sizeof(uint16_t)) == 0;
}

static bool
has_clause(const Clauses *list, const Clause *c)
{
	for (const Clause *i = list->first; i != NULL; i = i->next)
	{
		if (same_clause(i, c))
			return true;
	}
	return false;
}

static void
add_clause(Clauses *list, Clause *c)
{
	c->next = NULL;
	if (list->first == NULL)
		list->first = c;
	else
		list->last->next = c;
	list->last = c;
}

/* Can the labels that a matcher fits be listed? */
static bool
has_names(const Matcher *m)
{
	for (uint32_t i = 0; i < m->nterms; i++)
	{
		if (m->terms[i].name_kind != MN_EXACT && m->terms[i].name_kind != MN_BASE)
			return false;
	}
	return true;
}

static Clause *
either(const Clause *x, const Clause *y, const PatternHost *host)
{
	Clause	   *c = new_clause(host, x->n + y->n);
	uint32_t	i = 0;
	uint32_t	k = 0;

	while (i < x->n || k < y->n)
	{
		uint16_t	atom = k == y->n || (i < x->n && x->atoms[i] <= y->atoms[k]) ?
		x->atoms[i++] : y->atoms[k++];

		if (c->n == 0 || c->atoms[c->n - 1] != atom)
			c->atoms[c->n++] = atom;
	}
	return c;
}

/*
 * What several ways have in common: the clauses of the first that all have; if
 * there are none, one clause made of each way's shortest.
 */
static Clauses
in_common(const Clauses *ways, uint32_t n, const PatternHost *host)
{
	Clauses		common = {NULL, NULL};
	Clause	   *one = NULL;

	for (uint32_t i = 0; i < n; i++)
	{
		const Clause *shortest = ways[i].first;

		if (shortest == NULL)
			return common;
		for (const Clause *c = shortest; c != NULL; c = c->next)
		{
			if (c->n < shortest->n)
				shortest = c;
		}
		if (one == NULL)
		{
			one = new_clause(host, shortest->n);
			memcpy(one->atoms, shortest->atoms, shortest->n * sizeof(uint16_t));
			one->n = shortest->n;
		}
		else
			one = either(one, shortest, host);
	}
	for (Clause *c = ways[0].first, *next; c != NULL; c = next)
	{
		bool		all = true;

		next = c->next;
		for (uint32_t i = 1; i < n && all; i++)
			all = has_clause(&ways[i], c);
		if (all)
			add_clause(&common, c);
	}
	if (common.first == NULL)
		add_clause(&common, one);
	return common;
}

void
pattern_required(const Pattern *p, const PatternHost *host, PatternRequired *required)
{
	Clauses    *stack = host->allocate(host->arg, p->ncodes * sizeof(Clauses));
	Clauses		all = {NULL, NULL};
	uint32_t	depth = 0;
	uint32_t	natoms = 0;

	for (uint32_t i = 0; i < p->ncodes; i++)
	{
		const PatternCode *code = &p->codes[i];
		Clauses		list = {NULL, NULL};

		if (code->kind == PK_ELEMENT)
		{
			if ((code->op & PE_CLOCK) && has_names(pattern_matcher(p, code->atom)))
			{
				Clause	   *c = new_clause(host, 1);

				c->atoms[c->n++] = code->atom;
				add_clause(&list, c);
			}
		}
		else if (code->kind == PK_CONCAT)
		{
			depth -= code->n;
			for (uint32_t k = 0; k < code->n; k++)
			{
				for (Clause *c = stack[depth + k].first, *next; c != NULL; c = next)
				{
					next = c->next;
					add_clause(&list, c);
				}
			}
		}
		else if (code->kind == PK_ALTERNATE)
		{
			depth -= code->n;
			list = in_common(&stack[depth], code->n, host);
		}
		else if (code->kind == PK_REPEAT)
		{
			depth--;
			if (code->n > 0)
				list = stack[depth];
		}
		stack[depth++] = list;
	}

	required->nclauses = 0;
	for (Clause *c = stack[0].first, *next; c != NULL; c = next)
	{
		next = c->next;
		if (has_clause(&all, c))
			continue;
		add_clause(&all, c);
		required->nclauses++;
		natoms += c->n;
	}
	required->from = host->allocate(host->arg, (required->nclauses + 1) * sizeof(uint32_t));
	required->atoms = host->allocate(host->arg, (natoms + 1) * sizeof(uint16_t));
	required->from[0] = 0;
	natoms = 0;
	for (uint32_t i = 0; i < required->nclauses; i++)
	{
		memcpy(required->atoms + natoms, all.first->atoms, all.first->n * sizeof(uint16_t));
		natoms += all.first->n;
		required->from[i + 1] = natoms;
		all.first = all.first->next;
	}
}
