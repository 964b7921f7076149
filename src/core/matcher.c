/*
 * matcher.c
 *	  Parsing, printing and asking a matcher.
 *
 * The parser is one scanner that runs twice over the literal: once to count
 * terms and bytes of text, once to write them, because the texts stand behind
 * the last term.  It stops where nothing can continue the matcher, so rules
 * and patterns use it in the middle of their own languages.
 *
 * Whatever can be known about a name is computed while parsing: a name is
 * described with the very function that describes labels, so "does this term
 * fit this label" is the comparison of two well-known numbers, or of two
 * 16-bit hashes and, when those agree, of the texts.  Only wildcards look at
 * characters: the classic scan that goes back to the last star, without
 * recursion, at most (pattern x label) steps and linear in practice.
 *
 * The compiled form is canonical: one literal meaning has one sequence of
 * bytes, texts follow each other in the order of the terms, repeated stars
 * are one star, -0 is 0.  Equality is equality of bytes.
 */
#include <math.h>
#include <stdlib.h>

#include "matcher.h"
#include "printer.h"

/* A name as the scanner found it. */
typedef struct ScannedName
{
	MatcherName kind;
	bool		quoted;
	const char *raw;			/* between the quotes, or the bare characters */
	size_t		raw_len;
	size_t		len;			/* of the name it stands for */
} ScannedName;

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

/* Characters of a bare name wherever they stand. */
static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
		c == '_' || c == ':' || c == '$' || c == '/' || (c & 0x80) != 0;
}

/* Characters of a bare name between two of the others only. */
static bool
is_joint(char c)
{
	return c == '.' || c == '-';
}

static bool
fail(MatcherError *err, size_t offset, const char *message, const char *expected)
{
	err->offset = offset;
	err->message = message;
	err->expected = expected;
	return false;
}

static bool
fail_at_char(MatcherError *err, size_t offset, size_t len, const char *expected)
{
	return fail(err, offset,
				offset < len ? "unexpected character" : "unexpected end", expected);
}

bool
matcher_bare_name(const char *text, size_t len)
{
	bool		after_char = false;

	for (size_t i = 0; i < len; i++)
	{
		if (is_name_char(text[i]))
			after_char = true;
		else if (is_joint(text[i]) && after_char)
			after_char = false;
		else
			return false;
	}
	return after_char;
}

/* -- names ----------------------------------------------------------------- */

/*
 * The bytes that a scanned name stands for: doubled quotes are one quote,
 * repeated stars are one star.  Returns the length; writes only if out is set.
 */
static size_t
name_bytes(const ScannedName *name, char *out)
{
	char		folded = name->quoted ? '"' : '*';
	size_t		n = 0;

	for (size_t i = 0; i < name->raw_len; i++)
	{
		char		c = name->raw[i];

		if (out)
			out[n] = c;
		n++;
		if (c != folded)
			continue;
		if (name->quoted)
			i++;
		else
			while (i + 1 < name->raw_len && name->raw[i + 1] == '*')
				i++;
	}
	return n;
}

static bool
scan_name(const char *text, size_t len, size_t *pos, const char *expected,
		  ScannedName *name, MatcherError *err)
{
	size_t		start = *pos;
	size_t		i = start;
	bool		slash = false;
	bool		star = false;

	name->quoted = i < len && text[i] == '"';
	if (name->quoted)
	{
		i++;
		for (;; i++)
		{
			if (i >= len)
				return fail(err, start, "unterminated quoted name",
							"a closing double quote");
			if (text[i] != '"')
				continue;
			if (i + 1 < len && text[i + 1] == '"')
				i++;
			else
				break;
		}
		name->raw = text + start + 1;
		name->raw_len = i - start - 1;
		name->kind = MN_EXACT;
		i++;
		/* a name that must be quoted can still ask for any detail */
		if (len - i >= 2 && text[i] == '/' && text[i + 1] == '*' &&
			name->raw_len > 0 && memchr(name->raw, '/', name->raw_len) == NULL &&
			!matcher_bare_name(name->raw, name->raw_len))
		{
			name->kind = MN_BASE;
			i += 2;
		}
	}
	else
	{
		for (; i < len; i++)
		{
			if (text[i] == '*')
				star = true;
			else if (text[i] == '/')
				slash = true;
			else if (is_joint(text[i]))
			{
				/* "a.b" and "a-b" are names, "a->" and "a--" end before it */
				if (i == start || is_joint(text[i - 1]) || i + 1 >= len ||
					!(is_name_char(text[i + 1]) || text[i + 1] == '*'))
					break;
			}
			else if (!is_name_char(text[i]))
				break;
		}
		if (i == start)
			return fail_at_char(err, i, len, expected);
		name->raw = text + start;
		name->raw_len = i - start;
		name->kind = star ? MN_WILD : slash ? MN_EXACT : MN_BASE;
	}
	name->len = name_bytes(name, NULL);
	if (name->len > JOURNEY_MAX_LABEL)
		return fail(err, start, "name too long", "at most 1024 bytes");
	*pos = i;
	return true;
}

static bool
scan_number(const char *text, size_t len, size_t *pos, double *number,
			MatcherError *err)
{
	char		buffer[128];
	size_t		start = *pos;
	size_t		i = start;
	size_t		digits = 0;

	if (i < len && (text[i] == '-' || text[i] == '+'))
		i++;
	for (; i < len && is_digit(text[i]); i++)
		digits++;
	if (i < len && text[i] == '.')
		for (i++; i < len && is_digit(text[i]); i++)
			digits++;
	if (digits == 0)
		return fail_at_char(err, start, len, "a number");
	if (i < len && (text[i] == 'e' || text[i] == 'E'))
	{
		i++;
		if (i < len && (text[i] == '-' || text[i] == '+'))
			i++;
		if (i >= len || !is_digit(text[i]))
			return fail(err, start, "malformed number", "digits of the exponent");
		while (i < len && is_digit(text[i]))
			i++;
	}
	if (i < len && (is_name_char(text[i]) || text[i] == '.'))
		return fail(err, i, "unexpected character", "the end of the number");
	if (i - start >= sizeof(buffer))
		return fail(err, start, "number too long", "at most 127 characters");
	memcpy(buffer, text + start, i - start);
	buffer[i - start] = '\0';
	*number = strtod(buffer, NULL);
	if (!isfinite(*number))
		return fail(err, start, "number out of range", "a finite number");
	*number += 0.0;				/* -0 becomes 0 */
	*pos = i;
	return true;
}

/* The operator at *pos, or MO_NONE without moving. */
static MatcherOp
scan_op(const char *text, size_t len, size_t *pos)
{
	static const struct
	{
		char		text[3];
		MatcherOp	op;
	}			ops[] = {
		{">=", MO_GE}, {"<=", MO_LE}, {"<>", MO_NE}, {"!=", MO_NE},
		{">", MO_GT}, {"<", MO_LT}, {"=", MO_EQ}
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
	{
		size_t		n = strlen(ops[i].text);

		if (len - *pos >= n && memcmp(text + *pos, ops[i].text, n) == 0)
		{
			*pos += n;
			return ops[i].op;
		}
	}
	return MO_NONE;
}

static void
skip_blanks(const char *text, size_t len, size_t *pos)
{
	while (*pos < len && is_blank(text[*pos]))
		(*pos)++;
}

/* What a term keeps of its name or channel beside the text. */
static void
describe(const char *text, size_t len, MatcherName kind,
		 uint16_t *known, uint16_t *hash, bool *detail)
{
	*known = JOURNEY_NO_NAME;
	*hash = 0;
	*detail = false;
	if (kind == MN_EXACT || kind == MN_BASE)
	{
		JourneyLabel label;

		journey_label_from_text(&label, text, len);
		*known = label.known;
		*hash = label.text ? label.hash : 0;
		*detail = label.known != JOURNEY_NO_NAME && label.text != NULL;
	}
}

static void
describe_term(const Matcher *m, MatcherTerm *term)
{
	const char *base = (const char *) m;
	bool		detail;

	term->details = 0;
	describe(base + term->name_off, term->name_len, term->name_kind,
			 &term->name_known, &term->name_hash, &detail);
	if (detail)
		term->details |= MATCHER_NAME_DETAIL;
	describe(base + term->channel_off, term->channel_len, term->channel_kind,
			 &term->channel_known, &term->channel_hash, &detail);
	if (detail)
		term->details |= MATCHER_CHANNEL_DETAIL;
}

/* -- parsing --------------------------------------------------------------- */

/*
 * One run over the literal.  Counts into *nterms and *bytes; writes terms and
 * their texts from text_off on if out is set.
 */
static bool
scan(const char *text, size_t len, size_t *pos, Matcher *out, size_t text_off,
	 uint32_t *nterms, size_t *bytes, MatcherError *err)
{
	*nterms = 0;
	*bytes = 0;
	for (;;)
	{
		ScannedName name;
		ScannedName channel;
		MatcherTerm term;
		size_t		start;

		memset(&term, 0, sizeof(term));
		skip_blanks(text, len, pos);
		start = *pos;
		if (!scan_name(text, len, pos, "an event name or \"*\"", &name, err))
			return false;
		if (name.kind == MN_WILD && name.len == 1)
		{
			name.kind = MN_ANY;
			name.raw_len = name.len = 0;
		}
		skip_blanks(text, len, pos);
		channel.kind = MN_ANY;
		channel.raw_len = channel.len = 0;
		if (*pos < len && text[*pos] == '@')
		{
			(*pos)++;
			skip_blanks(text, len, pos);
			if (!scan_name(text, len, pos, "a channel name or \"*\"", &channel, err))
				return false;
			skip_blanks(text, len, pos);
		}
		term.op = scan_op(text, len, pos);
		if (term.op != MO_NONE)
		{
			skip_blanks(text, len, pos);
			if (!scan_number(text, len, pos, &term.number, err))
				return false;
			skip_blanks(text, len, pos);
		}

		if (*nterms >= MATCHER_MAX_TERMS)
			return fail(err, start, "too many alternatives", "at most 1024");
		if (out)
		{
			term.name_kind = name.kind;
			term.channel_kind = channel.kind;
			term.name_len = name.len;
			term.channel_len = channel.len;
			if (name.kind != MN_ANY)
			{
				term.name_off = text_off + *bytes;
				name_bytes(&name, (char *) out + term.name_off);
			}
			if (channel.kind != MN_ANY)
			{
				term.channel_off = text_off + *bytes + name.len;
				name_bytes(&channel, (char *) out + term.channel_off);
			}
			describe_term(out, &term);
			if (term.channel_kind != MN_ANY)
				out->flags |= MATCHER_HAS_CHANNEL;
			if (term.op != MO_NONE)
				out->flags |= MATCHER_HAS_VALUE;
			out->terms[*nterms] = term;
		}
		(*nterms)++;
		*bytes += name.len + channel.len;
		if (*pos >= len || text[*pos] != '|')
			return true;
		(*pos)++;
	}
}

bool
matcher_parse(const char *text, size_t len, size_t *pos,
			  Matcher *out, size_t cap, size_t *size, MatcherError *err)
{
	size_t		start = *pos;
	uint32_t	nterms;
	size_t		bytes;
	size_t		text_off;

	if (!scan(text, len, pos, NULL, 0, &nterms, &bytes, err))
		return false;
	text_off = offsetof(Matcher, terms) + nterms * sizeof(MatcherTerm);
	*size = text_off + bytes;
	if (*size > MATCHER_MAX_BYTES)
		return fail(err, start, "matcher too large", "at most 65536 bytes");
	if (out == NULL)
		return true;
	if (*size > cap)
		return fail(err, start, "matcher too large", "a shorter matcher");
	out->version = MATCHER_VERSION;
	out->flags = 0;
	out->nterms = nterms;
	*pos = start;
	return scan(text, len, pos, out, text_off, &nterms, &bytes, err);
}

/* -- printing -------------------------------------------------------------- */

static void
put_name(Printer *p, MatcherName kind, const char *text, size_t len)
{
	/* a bare name with a slash is exact, one without fits any detail */
	if (kind == MN_WILD ||
		(matcher_bare_name(text, len) &&
		 (kind == MN_BASE || memchr(text, '/', len) != NULL)))
	{
		put(p, text, len);
		return;
	}
	put_quoted(p, text, len);
	if (kind == MN_BASE)
		put_text(p, "/*");
}

size_t
matcher_print(const Matcher *m, char *out, size_t cap)
{
	static const char *const ops[] = {"", "<", "<=", "=", "<>", ">=", ">"};
	Printer		p = {out, cap, 0};

	for (uint32_t i = 0; i < m->nterms; i++)
	{
		const MatcherTerm *term = &m->terms[i];

		if (i > 0)
			put_text(&p, "|");
		if (term->name_kind == MN_ANY)
			put_text(&p, "*");
		else
			put_name(&p, term->name_kind,
					 (const char *) m + term->name_off, term->name_len);
		if (term->channel_kind != MN_ANY)
		{
			put_text(&p, "@");
			put_name(&p, term->channel_kind,
					 (const char *) m + term->channel_off, term->channel_len);
		}
		if (term->op != MO_NONE)
		{
			put_text(&p, ops[term->op]);
			put_number(&p, term->number);
		}
	}
	return p.len;
}

/* -- checking -------------------------------------------------------------- */

static bool
check_name(const Matcher *m, size_t *next, MatcherName kind, uint32_t off,
		   uint16_t len, bool channel)
{
	const char *text = (const char *) m + off;

	if (kind == MN_ANY)
		return off == 0 && len == 0;
	if (kind > MN_WILD || off != *next || len > JOURNEY_MAX_LABEL)
		return false;
	*next += len;
	if (kind == MN_BASE)
		return len > 0 && memchr(text, '/', len) == NULL;
	if (kind == MN_WILD)
	{
		ScannedName name;
		MatcherError err;
		size_t		pos = 0;

		return scan_name(text, len, &pos, "", &name, &err) && pos == len &&
			name.kind == MN_WILD && name.len == len && (channel || len > 1);
	}
	return true;
}

bool
matcher_check(const Matcher *m, size_t size)
{
	size_t		next;
	uint8_t		flags = 0;

	if (size < offsetof(Matcher, terms) || size > MATCHER_MAX_BYTES ||
		m->version != MATCHER_VERSION ||
		m->nterms == 0 || m->nterms > MATCHER_MAX_TERMS)
		return false;
	next = offsetof(Matcher, terms) + m->nterms * sizeof(MatcherTerm);
	if (next > size)
		return false;

	/* texts lie one behind the other: first that all of them are inside */
	for (uint32_t i = 0; i < m->nterms; i++)
		next += m->terms[i].name_len + m->terms[i].channel_len;
	if (next != size)
		return false;

	next = offsetof(Matcher, terms) + m->nterms * sizeof(MatcherTerm);
	for (uint32_t i = 0; i < m->nterms; i++)
	{
		const MatcherTerm *term = &m->terms[i];
		MatcherTerm want;

		if (!check_name(m, &next, term->name_kind, term->name_off,
						term->name_len, false) ||
			!check_name(m, &next, term->channel_kind, term->channel_off,
						term->channel_len, true) ||
			term->op > MO_GT || !isfinite(term->number) ||
			(term->number == 0 && signbit(term->number)) ||
			(term->op == MO_NONE && term->number != 0))
			return false;
		want = *term;
		describe_term(m, &want);
		if (memcmp(&want, term, sizeof(want)) != 0)
			return false;
		if (term->channel_kind != MN_ANY)
			flags |= MATCHER_HAS_CHANNEL;
		if (term->op != MO_NONE)
			flags |= MATCHER_HAS_VALUE;
	}
	return flags == m->flags;
}

/* -- asking ---------------------------------------------------------------- */

/* Does a pattern with stars fit the whole text? */
static bool
fits_wild(const char *pattern, size_t plen, const char *text, size_t len)
{
	size_t		p = 0;
	size_t		t = 0;
	size_t		star = plen;	/* the last star seen, plen: none */
	size_t		from = 0;		/* where the text behind it was tried */

	while (t < len)
	{
		if (p < plen && pattern[p] == '*')
		{
			star = p++;
			from = t;
		}
		else if (p < plen && pattern[p] == text[t])
		{
			p++;
			t++;
		}
		else if (star < plen)
		{
			p = star + 1;
			t = ++from;
		}
		else
			return false;
	}
	while (p < plen && pattern[p] == '*')
		p++;
	return p == plen;
}

/* What the well-known numbers leave open. */
static bool
fits_text(MatcherName kind, const char *name, size_t len, uint16_t known,
		  uint16_t hash, bool detail, const JourneyLabel *label)
{
	switch (kind)
	{
		case MN_ANY:
			return true;

		case MN_BASE:
			if (label->len < len)
				return false;
			if (label->len == len)
				return label->hash == hash && memcmp(label->text, name, len) == 0;
			return label->text[len] == '/' && memcmp(label->text, name, len) == 0;

		case MN_EXACT:
			if (known != JOURNEY_NO_NAME && !detail)
				return label->text == NULL;
			if (label->text == NULL || label->hash != hash)
				return false;
			if (detail)
			{
				const char *slash = memchr(name, '/', len);

				len -= slash + 1 - name;
				name = slash + 1;
			}
			return label->len == len && memcmp(label->text, name, len) == 0;

		case MN_WILD:
			{
				char		buffer[JOURNEY_MAX_LABEL];
				const char *text = label->text;
				size_t		text_len = label->len;
				const char *slash;

				if (label->known != JOURNEY_NO_NAME)
				{
					text_len = journey_label_text(label, buffer);
					text = buffer;
				}
				if (fits_wild(name, len, text, text_len))
					return true;
				slash = memchr(text, '/', text_len);
				return slash && fits_wild(name, len, text, slash - text);
			}
	}
	return false;
}

/*
 * The well-known numbers come first: they answer nearly every question, in
 * line, without a look at a character.
 */
static inline bool
fits_name(MatcherName kind, const char *name, size_t len, uint16_t known,
		  uint16_t hash, bool detail, const JourneyLabel *label)
{
	if ((kind == MN_BASE || kind == MN_EXACT) && label->known != known)
		return false;
	if (kind == MN_BASE && known != JOURNEY_NO_NAME)
		return true;
	return kind == MN_ANY || fits_text(kind, name, len, known, hash, detail, label);
}

static inline bool
fits_event(const Matcher *m, const MatcherTerm *term, const JourneyLabel *label)
{
	return fits_name(term->name_kind, (const char *) m + term->name_off,
					 term->name_len, term->name_known, term->name_hash,
					 (term->details & MATCHER_NAME_DETAIL) != 0, label);
}

bool
matcher_term_fits_label(const Matcher *m, const MatcherTerm *term,
						const JourneyLabel *label)
{
	return fits_event(m, term, label);
}

bool
matcher_term_fits_channel(const Matcher *m, const MatcherTerm *term,
						  const JourneyLabel *channel)
{
	if (term->channel_kind == MN_ANY)
		return true;
	if (channel == NULL)
		return false;
	return fits_name(term->channel_kind, (const char *) m + term->channel_off,
					 term->channel_len, term->channel_known, term->channel_hash,
					 (term->details & MATCHER_CHANNEL_DETAIL) != 0, channel);
}

MatcherFit
matcher_fits_label(const Matcher *m, const JourneyLabel *label)
{
	MatcherFit	fit = MF_NEVER;

	for (uint32_t i = 0; i < m->nterms; i++)
	{
		const MatcherTerm *term = &m->terms[i];

		if (!fits_event(m, term, label))
			continue;
		if (term->channel_kind == MN_ANY && term->op == MO_NONE)
			return MF_ALWAYS;
		fit = MF_MAYBE;
	}
	return fit;
}

bool
matcher_fits(const Matcher *m, const JourneyLabel *label,
			 const JourneyLabel *channel, bool has_value, double value)
{
	for (uint32_t i = 0; i < m->nterms; i++)
	{
		const MatcherTerm *term = &m->terms[i];

		if (matcher_term_fits_value(term, has_value, value) &&
			fits_event(m, term, label) &&
			matcher_term_fits_channel(m, term, channel))
			return true;
	}
	return false;
}
