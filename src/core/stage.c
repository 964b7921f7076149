/*
 * stage.c
 *	  A compiled stage model as a value: printing, checking, hashing.
 *
 * Printing follows the literal: stages, options that are not the default,
 * dormancy, definitions, rules, a line each.  Definitions stay definitions
 * (a slot keeps its terms as they were written and says which of them stand
 * for a definition), so what is printed is as readable as what was written,
 * and the parser gives it the same bytes again.
 */
#include <math.h>
#include <stdio.h>

#include "printer.h"
#include "stage.h"

/* -- printing --------------------------------------------------------------- */

static void
put_name(Printer *p, const StageModel *m, const StageName *name)
{
	const char *text = (const char *) m + name->off;

	if (matcher_bare_name(text, name->len))
		put(p, text, name->len);
	else
		put_quoted(p, text, name->len);
}

static void
put_interval(Printer *p, int64_t us)
{
	static const struct
	{
		int64_t		us;
		const char *text;
	}			units[] =
	{
		{INT64_C(86400000000), "day"}, {INT64_C(3600000000), "hour"},
		{INT64_C(60000000), "min"}, {INT64_C(1000000), "s"}
	};
	char		buf[48];

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
	{
		if (us > 0 && us % units[i].us == 0)
		{
			long long	n = us / units[i].us;

			snprintf(buf, sizeof(buf), "%lld %s%s", n, units[i].text,
					 n > 1 && i < 2 ? "s" : "");
			put_text(p, buf);
			return;
		}
	}
	if (us == 0)
		put_text(p, "0 s");
	else
	{
		int			n = snprintf(buf, sizeof(buf), "%lld.%06lld",
								 (long long) (us / 1000000), (long long) (us % 1000000));

		while (buf[n - 1] == '0')
			n--;
		put(p, buf, n);
		put_text(p, " s");
	}
}

static void
put_matcher(Printer *p, const Matcher *m)
{
	size_t		room = p->len < p->cap ? p->cap - p->len : 0;

	p->len += matcher_print(m, room > 0 ? p->out + p->len : NULL, room);
}

static void
put_condition(Printer *p, const StageModel *m, const StageCond *c)
{
	static const char *const words[] =
	{
		"prospect", "customer", "waiting", "purchase_no", "visit_no", "nth",
		"value", "after"
	};
	static const char *const ops[] = {"", " < ", " <= ", " = ", " <> ", " >= ", " > "};

	if (c->negated)
		put_text(p, "not ");
	put_text(p, words[c->kind]);
	put_text(p, ops[c->op]);
	if (c->op != MO_NONE)
		put_number(p, c->number);
	if (c->kind == SC_AFTER)
	{
		put_text(p, " ");
		put_matcher(p, STAGE_MATCHER(m, STAGE_AFTER(m)[c->index]));
		if (c->has_within)
		{
			put_text(p, " within ");
			put_interval(p, c->within);
		}
	}
}

size_t
stage_print(const StageModel *m, char *out, size_t cap)
{
	Printer		p = {out, cap, 0};

	put_text(&p, "stages ");
	for (uint32_t i = 0; i < m->nstages; i++)
	{
		if (i > 0)
			put_text(&p, m->ordered ? " > " : ", ");
		put_name(&p, m, &STAGE_STAGES(m)[i]);
	}
	put_text(&p, ";");
	if (m->session_timeout != STAGE_DEFAULT_TIMEOUT)
	{
		put_text(&p, "\noption session_timeout = ");
		put_interval(&p, m->session_timeout);
		put_text(&p, ";");
	}
	if (m->delivery != SD_AUTO)
		put_text(&p, m->delivery == SD_LOGGED ? "\noption delivery = logged;" :
				 "\noption delivery = none;");
	if (m->dormant_stage > 0)
	{
		put_text(&p, "\ndormant ");
		put_name(&p, m, &STAGE_STAGES(m)[m->dormant_stage - 1]);
		put_text(&p, " after ");
		put_interval(&p, m->dormant_after);
		put_text(&p, ";");
	}
	for (uint32_t i = 0; i < m->ndefs; i++)
	{
		put_text(&p, "\n");
		put_name(&p, m, &STAGE_DEFS(m)[i]);
		put_text(&p, " = ");
		put_matcher(&p, STAGE_MATCHER(m, i));
		put_text(&p, ";");
	}
	for (uint32_t i = 0; i < m->nrules; i++)
	{
		const StageRule *r = &STAGE_RULES(m)[i];

		put_text(&p, "\n");
		put_matcher(&p, STAGE_MATCHER(m, r->slot));
		for (uint32_t k = 0; k < r->nconds; k++)
		{
			put_text(&p, k == 0 ? " when " : " and ");
			put_condition(&p, m, &STAGE_CONDS(m)[r->first_cond + k]);
		}
		put_text(&p, " -> ");
		if (r->stage == 0)
			put_text(&p, "none");
		else
			put_name(&p, m, &STAGE_STAGES(m)[r->stage - 1]);
		put_text(&p, ";");
	}
	return p.len;
}

/* -- hashing and looking up --------------------------------------------------- */

/*
 * All bytes but vl_len_ and the hash itself, 8 at a time (the value is padded to 8); each word
 * is multiplied in and its high bits are folded down, so that every bit of the
 * content reaches every bit of the result.
 */
uint64_t
stage_hash(const StageModel *m)
{
	const uint8_t *p = (const uint8_t *) m + offsetof(StageModel, size);
	const uint8_t *end = (const uint8_t *) m + m->size;
	uint64_t	h = UINT64_C(0x9e3779b97f4a7c15);

	/* what stands before the hash: a model can differ in its options alone */
	h ^= (uint64_t) m->version << 24 | (uint64_t) m->ordered << 16 |
		(uint64_t) m->delivery << 8 | m->unused;
	for (; p + 8 <= end; p += 8)
	{
		h = (h ^ journey_load64(p)) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
		h *= UINT64_C(0xc4ceb9fe1a85ec53);
		h ^= h >> 29;
	}
	return h;
}

uint32_t
stage_find(const StageModel *m, const char *name, size_t len)
{
	for (uint32_t i = 0; i < m->nstages; i++)
	{
		size_t		n;
		const char *text = stage_name(m, i, &n);

		if (n == len && memcmp(text, name, len) == 0)
			return i + 1;
	}
	return 0;
}

/* -- checking ------------------------------------------------------------------ */

static bool
inside(size_t size, size_t off, size_t count, size_t width)
{
	return off % 8 == 0 && off <= size && count <= (size - off) / width;
}

bool
stage_check(const StageModel *m, size_t size)
{
	if (size < sizeof(StageModel) || size > STAGE_MAX_BYTES ||
		m->version != STAGE_VERSION || m->size != size || size % 8 != 0)
		return false;
	if (m->ordered > 1 || m->delivery > SD_NONE || m->session_timeout <= 0 ||
		m->nstages == 0 || m->nstages > STAGE_MAX_STAGES ||
		m->nrules == 0 || m->nrules > STAGE_MAX_RULES ||
		m->ndefs > STAGE_MAX_DEFINITIONS || m->ndefs > m->nslots ||
		m->nconds > STAGE_MAX_CONDITIONS || m->nnth > m->nslots ||
		m->nafter > m->nslots || m->dormant_stage > m->nstages ||
		(m->dormant_stage > 0 && m->dormant_after <= 0) ||
		m->purchase > m->ndefs || m->refund > m->ndefs ||
		m->delivered > m->ndefs || m->ignore > m->ndefs ||
		m->offsite > m->ndefs)
		return false;
	if (!inside(size, m->stages_off, m->nstages, sizeof(StageName)) ||
		!inside(size, m->defs_off, m->ndefs, sizeof(StageName)) ||
		!inside(size, m->slots_off, m->nslots, sizeof(StageSlot)) ||
		!inside(size, m->rules_off, m->nrules, sizeof(StageRule)) ||
		!inside(size, m->conds_off, m->nconds, sizeof(StageCond)) ||
		!inside(size, m->nth_off, m->nnth, sizeof(uint16_t)) ||
		!inside(size, m->after_off, m->nafter, sizeof(uint16_t)))
		return false;

	for (uint32_t i = 0; i < (uint32_t) m->nstages + m->ndefs; i++)
	{
		const StageName *n = i < m->nstages ? &STAGE_STAGES(m)[i] :
		&STAGE_DEFS(m)[i - m->nstages];

		if (n->len == 0 || n->len > STAGE_MAX_NAME ||
			n->off > size || n->len > size - n->off)
			return false;
	}
	for (uint32_t i = 0; i < m->nslots; i++)
	{
		const StageSlot *s = &STAGE_SLOTS(m)[i];
		const Matcher *matcher;
		size_t		bytes;

		if (!inside(size, s->matcher_off, 1, sizeof(Matcher)) || s->refs_off > size)
			return false;
		matcher = STAGE_MATCHER(m, i);
		if (!inside(size, s->matcher_off, 1,
					sizeof(Matcher) + matcher->nterms * sizeof(MatcherTerm)) ||
			!inside(size, s->refs_off, matcher->nterms, sizeof(uint16_t)))
			return false;

		/* a matcher's size is where its texts end */
		bytes = sizeof(Matcher) + matcher->nterms * sizeof(MatcherTerm);
		for (uint32_t k = 0; k < matcher->nterms; k++)
			bytes += matcher->terms[k].name_len + matcher->terms[k].channel_len;
		if (bytes > size - s->matcher_off || !matcher_check(matcher, bytes))
			return false;

		/* definitions refer to earlier ones, so nothing goes round */
		for (uint32_t k = 0; k < matcher->nterms; k++)
		{
			if (STAGE_REFS(m, i)[k] > (i < m->ndefs ? i : m->ndefs))
				return false;
		}
	}
	for (uint32_t i = 0; i < m->nrules; i++)
	{
		const StageRule *r = &STAGE_RULES(m)[i];

		if (r->slot >= m->nslots || r->stage > m->nstages ||
			r->first_cond > m->nconds || r->nconds > m->nconds - r->first_cond)
			return false;
	}
	for (uint32_t i = 0; i < m->nconds; i++)
	{
		const StageCond *c = &STAGE_CONDS(m)[i];
		bool		compares = c->kind >= SC_PURCHASE_NO && c->kind <= SC_VALUE;

		if (c->kind > SC_AFTER || c->op > MO_GT || c->negated > 1 ||
			c->has_within > 1 || c->within < 0 || !isfinite(c->number) ||
			compares != (c->op != MO_NONE) || (!compares && c->number != 0) ||
			(compares && c->kind != SC_VALUE &&
			 (c->number < 0 || c->number > STAGE_MAX_NUMBER ||
			  c->number != floor(c->number))) ||
			(c->kind == SC_NTH && c->index >= m->nnth) ||
			(c->kind == SC_AFTER && c->index >= m->nafter))
			return false;
	}
	for (uint32_t i = 0; i < m->nnth; i++)
	{
		if (STAGE_NTH(m)[i] >= m->nslots)
			return false;
	}
	for (uint32_t i = 0; i < m->nafter; i++)
	{
		if (STAGE_AFTER(m)[i] >= m->nslots)
			return false;
	}
	return m->hash == stage_hash(m);
}
