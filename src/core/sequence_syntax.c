/*
 * sequence_syntax.c
 *	  The pattern syntax of ClickHouse's sequence functions.
 *
 * One pass over the text.  A pattern is a plain row of items, no groups, so
 * that its codes are a concatenation.  `.*` at either end says nothing, as a
 * match may begin and end anywhere, and puts no code.
 */
#include "sequence_syntax.h"

#include <string.h>

typedef struct Reader
{
	const char *text;
	size_t		len;
	size_t		at;
	SequenceError *err;
} Reader;

static bool
fail(Reader *r, size_t at, const char *message, const char *hint)
{
	r->err->offset = at;
	r->err->message = message;
	r->err->hint = hint;
	return false;
}

static bool
eat(Reader *r, const char *word)
{
	size_t		len = strlen(word);

	if (r->len - r->at < len || memcmp(r->text + r->at, word, len) != 0)
		return false;
	r->at += len;
	return true;
}

static bool
read_number(Reader *r, uint64_t *number)
{
	size_t		start = r->at;

	*number = 0;
	for (; r->at < r->len && r->text[r->at] >= '0' && r->text[r->at] <= '9'; r->at++)
	{
		unsigned	digit = (unsigned) (r->text[r->at] - '0');

		if (*number > (UINT64_MAX - digit) / 10)
			return fail(r, start, "number is too large", "Use a number below 2^64.");
		*number = *number * 10 + digit;
	}
	if (r->at == start)
		return fail(r, start, "a number is missing",
					"Write (?1) for a row that fulfils condition 1, (?t<=60) for a time gate.");
	return true;
}

/* Behind "(?t". */
static bool
read_gate(Reader *r, uint64_t unit, SequenceItem *item)
{
	item->kind = SQ_GATE;
	if (eat(r, "<="))
		item->op = PG_LE;
	else if (eat(r, "<"))
		item->op = PG_LT;
	else if (eat(r, ">="))
		item->op = PG_GE;
	else if (eat(r, ">"))
		item->op = PG_GT;
	else if (eat(r, "=="))
		item->op = PG_EQ;
	else if (eat(r, "!="))
		item->op = SQ_NOT_EQUAL;
	else
		return fail(r, r->at, "a comparison is missing",
					"A time gate is written with <=, <, >=, >, == or !=, as (?t<=60).");
	if (!read_number(r, &item->span))
		return false;
	item->span = item->span > UINT64_MAX / unit ? UINT64_MAX : item->span * unit;
	return true;
}

bool
sequence_parse(SequencePattern *p, const char *text, size_t len, int conditions,
			   uint64_t unit, SequenceError *err)
{
	Reader		r = {text, len, 0, err};
	size_t		gate = 0;		/* where an open one begins */
	bool		gated = false;

	p->nitems = 0;
	p->nrows = 0;
	p->conditions = 0;
	if (len > SEQUENCE_MAX_TEXT)
		return fail(&r, SEQUENCE_MAX_TEXT, "pattern is too long",
					"At most 65536 bytes are allowed.");
	while (r.at < len)
	{
		SequenceItem *item = &p->items[p->nitems];
		size_t		start = r.at;

		memset(item, 0, sizeof(*item));
		if (eat(&r, "(?"))
		{
			if (eat(&r, "t"))
			{
				if (!read_gate(&r, unit, item))
					return false;
				if (p->nrows == 0)
					return fail(&r, start, "time gate has nothing to measure from",
								"A time gate stands behind (?N) or a dot.");
				if (!gated)
					gate = start;
				gated = true;
			}
			else
			{
				uint64_t	number;

				if (!read_number(&r, &number))
					return false;
				if (number < 1 || number > (uint64_t) conditions)
					return fail(&r, start, "there is no condition of this number",
								"Conditions are numbered from 1 in the order of the arguments.");
				item->kind = SQ_ROW;
				item->condition = (uint16_t) (number - 1);
				p->conditions |= UINT64_C(1) << item->condition;
			}
			if (!eat(&r, ")"))
				return fail(&r, r.at, "a closing parenthesis is missing",
							"Write (?1) for a row that fulfils condition 1, (?t<=60) for a time gate.");
		}
		else if (eat(&r, ".*"))
			item->kind = SQ_SKIP;
		else if (eat(&r, "."))
			item->kind = SQ_ANY;
		else
			return fail(&r, start, "unexpected character",
						"A pattern consists of (?N), a dot, .* and time gates as (?t<=60), without blanks.");
		if (item->kind == SQ_ROW || item->kind == SQ_ANY)
		{
			p->nrows++;
			gated = false;
		}
		p->nitems++;
	}
	if (gated)
		return fail(&r, gate, "time gate is tested on nothing",
					"Behind a time gate stands what it is tested on, (?N) or a dot.");
	return true;
}

uint32_t
sequence_codes(const SequencePattern *p, uint32_t nrows, PatternCode *codes)
{
	PatternBuilder b = {codes, 0};
	uint32_t	parts = 0;
	uint32_t	rows = 0;
	bool		skipped = true; /* what comes next need not follow directly */

	for (uint32_t i = 0; i < p->nitems && rows < nrows; i++)
	{
		const SequenceItem *item = &p->items[i];

		if ((item->kind == SQ_SKIP || item->kind == SQ_GATE) && !skipped)
		{
			pattern_put_element(&b, PATTERN_NO_ATOM, 0);
			pattern_put_repeat(&b, 0, PATTERN_NO_LIMIT);
			parts++;
			skipped = true;
		}
		if (item->kind == SQ_GATE)
		{
			if (item->op == SQ_NOT_EQUAL)
			{
				pattern_put_gate(&b, PG_LT, item->span);
				pattern_put_gate(&b, PG_GT, item->span);
				pattern_put_alternate(&b, 2);
			}
			else
				pattern_put_gate(&b, (PatternGate) item->op, item->span);
			parts++;
		}
		else if (item->kind != SQ_SKIP)
		{
			if (item->kind == SQ_ROW)
				pattern_put_element(&b, item->condition, PE_CLOCK | PE_REPORT);
			else
				pattern_put_element(&b, PATTERN_NO_ATOM, PE_CLOCK);
			parts++;
			rows++;
			skipped = false;
		}
	}
	if (parts > 0)
		pattern_put_concat(&b, parts);
	return b.n;
}
