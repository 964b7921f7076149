/*
 * stage_parse.c
 *	  The literal of a stage model, compiled.
 *
 * Statements end with ';' (the last one need not).  Two passes: the first
 * takes stages, options, dormancy and definitions, the second the rules, so
 * that a rule may stand before what it speaks of.  Definitions refer to
 * earlier definitions only, which rules out circles.
 *
 * What kind a statement is shows before it is parsed: a definition starts with
 * a name and '=', a rule has an arrow.  Neither "->" nor "--" can be part of
 * a matcher: '-' in a bare name stands between two letters.
 *
 * Comments are blanked out in a copy of the text; all offsets stay true.
 */
#include "stage_lex.h"

#define MAX_SLOTS	(STAGE_MAX_DEFINITIONS + STAGE_MAX_RULES + STAGE_MAX_CONDITIONS)
#define ARENA_BYTES (2 * STAGE_MAX_BYTES)
#define ALIGN8(n)	(((n) + 7) & ~(size_t) 7)

typedef struct ParsedSlot
{
	uint32_t	matcher_off;	/* into the arena */
	uint32_t	matcher_size;
	uint32_t	refs_off;		/* into the arena */
} ParsedSlot;

/* The parser's memory; the copy of the text follows it. */
typedef struct Parser
{
	StageLexer	in;

	bool		ordered;
	bool		have_stages;
	bool		have_timeout;
	bool		have_delivery;
	bool		have_dormant;
	int			delivery;
	int64_t		session_timeout;
	int64_t		dormant_after;
	StageToken	dormant;

	uint32_t	nstages;
	uint32_t	ndefs;
	uint32_t	nslots;
	uint32_t	nrules;
	uint32_t	nconds;
	uint32_t	nnth;
	uint32_t	nafter;
	StageToken	stages[STAGE_MAX_STAGES];
	StageToken	defs[STAGE_MAX_DEFINITIONS];
	bool		def_used[STAGE_MAX_DEFINITIONS];
	ParsedSlot	slots[MAX_SLOTS];
	StageRule	rules[STAGE_MAX_RULES];
	StageCond	conds[STAGE_MAX_CONDITIONS];
	uint16_t	nth[STAGE_MAX_RULES];
	uint16_t	after[STAGE_MAX_CONDITIONS];

	size_t		arena_used;
	double		arena[ARENA_BYTES / sizeof(double)];
} Parser;

size_t
stage_parse_scratch(size_t len)
{
	return ALIGN8(sizeof(Parser)) + len + 1;
}

/* -- matchers ------------------------------------------------------------- */

/* The definition that a name stands for among the first n; 1 + number. */
static uint32_t
find_def(const Parser *p, const char *name, size_t len, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
	{
		if (name_equal(&p->defs[i], name, len))
			return i + 1;
	}
	return 0;
}

/*
 * A matcher into a new slot.  Its bare names may stand for the first `ndefs`
 * definitions.
 */
static bool
take_matcher(Parser *p, uint32_t ndefs, ParsedSlot *slot)
{
	char	   *arena = (char *) p->arena;
	Matcher    *m = (Matcher *) (arena + p->arena_used);
	uint16_t   *refs;
	size_t		room = ARENA_BYTES - p->arena_used;
	size_t		start = p->in.pos;
	size_t		size;
	MatcherError merr = {0};

	lex_blanks(&p->in);
	if (!matcher_parse(p->in.text, p->in.len, &p->in.pos, NULL, 0, &size, &merr))
		return lex_fail(&p->in, merr.offset, merr.message, merr.expected, NULL);
	if (size > room)
		return lex_fail_limit(&p->in, start, "stage model is too large", NULL);
	memset(m, 0, ALIGN8(size));
	p->in.pos = start;
	lex_blanks(&p->in);
	if (!matcher_parse(p->in.text, p->in.len, &p->in.pos, m, room, &size, &merr))
		return lex_fail(&p->in, merr.offset, merr.message, merr.expected, NULL);
	lex_blanks(&p->in);

	slot->matcher_off = p->arena_used;
	slot->matcher_size = size;
	slot->refs_off = p->arena_used + ALIGN8(size);
	p->arena_used = ALIGN8(slot->refs_off + m->nterms * sizeof(uint16_t));
	if (p->arena_used > STAGE_MAX_BYTES)
		return lex_fail_limit(&p->in, start, "stage model is too large",
							  "A stage model has at most 65536 bytes, as text and compiled.");

	refs = (uint16_t *) (arena + slot->refs_off);
	memset(refs, 0, p->arena_used - slot->refs_off);
	for (int i = 0; i < m->nterms; i++)
	{
		const MatcherTerm *t = &m->terms[i];

		if (t->name_kind != MN_BASE)
			continue;
		refs[i] = find_def(p, (const char *) m + t->name_off, t->name_len, ndefs);
		if (refs[i] > 0)
			p->def_used[refs[i] - 1] = true;
	}
	return true;
}

/* A matcher of a rule or an "after"; the number of its slot. */
static bool
take_used_matcher(Parser *p, uint16_t *number)
{
	const char *arena = (const char *) p->arena;
	size_t		used = p->arena_used;
	ParsedSlot	slot;

	if (!take_matcher(p, p->ndefs, &slot))
		return false;
	for (uint32_t i = p->ndefs; i < p->nslots; i++)
	{
		const ParsedSlot *s = &p->slots[i];

		/* equal texts have equal references here */
		if (s->matcher_size == slot.matcher_size &&
			memcmp(arena + s->matcher_off, arena + slot.matcher_off,
				   slot.matcher_size) == 0)
		{
			p->arena_used = used;
			*number = i;
			return true;
		}
	}
	*number = p->nslots;
	p->slots[p->nslots++] = slot;
	return true;
}

/* -- statements ----------------------------------------------------------- */

static bool
parse_stages(Parser *p)
{
	char		separator = 0;
	size_t		start = p->in.pos;

	lex_word(&p->in, "stages");
	if (p->have_stages)
		return lex_fail(&p->in, start, "stages are declared twice", NULL, NULL);
	p->have_stages = true;
	for (;;)
	{
		StageToken	name;

		if (!lex_name(&p->in, &name, "the name of a stage"))
			return false;
		if (name_is(&name, "none"))
			return lex_fail(&p->in, name.offset, "a stage cannot be called none",
							NULL, "\"-> none\" says that a touchpoint is in no stage.");
		for (uint32_t i = 0; i < p->nstages; i++)
		{
			if (name_equal(&p->stages[i], name.text, name.len))
				return lex_fail_name(&p->in, name.offset, "stage \"%s\" is declared twice",
									 name.text, name.len, NULL);
		}
		if (p->nstages == STAGE_MAX_STAGES)
			return lex_fail_limit(&p->in, name.offset, "too many stages",
								  "A stage model has at most 255 stages.");
		p->stages[p->nstages++] = name;
		if (p->in.pos < p->in.len && (p->in.text[p->in.pos] == '>' || p->in.text[p->in.pos] == ','))
		{
			if (separator != 0 && separator != p->in.text[p->in.pos])
				return lex_fail(&p->in, p->in.pos, "'>' and ',' cannot be mixed",
								separator == '>' ? "'>' or ';'" : "',' or ';'",
								"Use '>' between all stages if they have an order, else ','.");
			separator = p->in.text[p->in.pos];
			lex_char(&p->in, separator);
		}
		else
			break;
	}
	p->ordered = (separator == '>');
	return lex_end_statement(&p->in, separator == ',' ? "',' or ';'" :
							 separator == '>' ? "'>' or ';'" : "'>', ',' or ';'");
}

static bool
parse_option(Parser *p)
{
	size_t		start;

	lex_word(&p->in, "option");
	start = p->in.pos;
	if (lex_word(&p->in, "session_timeout"))
	{
		if (p->have_timeout)
			return lex_fail(&p->in, start, "option session_timeout is given twice", NULL, NULL);
		p->have_timeout = true;
		if (!lex_char(&p->in, '='))
			return lex_unexpected(&p->in, "'='", NULL);
		if (!lex_interval(&p->in, &p->session_timeout, false))
			return false;
	}
	else if (lex_word(&p->in, "delivery"))
	{
		if (p->have_delivery)
			return lex_fail(&p->in, start, "option delivery is given twice", NULL, NULL);
		p->have_delivery = true;
		if (!lex_char(&p->in, '='))
			return lex_unexpected(&p->in, "'='", NULL);
		if (lex_word(&p->in, "auto"))
			p->delivery = SD_AUTO;
		else if (lex_word(&p->in, "logged"))
			p->delivery = SD_LOGGED;
		else if (lex_word(&p->in, "none"))
			p->delivery = SD_NONE;
		else
			return lex_unexpected(&p->in, "auto, logged or none", NULL);
	}
	else if (lex_bare_length(&p->in, p->in.pos) > 0)
		return lex_fail_name(&p->in, p->in.pos, "unknown option \"%s\"", p->in.text + p->in.pos,
							 lex_bare_length(&p->in, p->in.pos),
							 "Options are session_timeout and delivery.");
	else
		return lex_unexpected(&p->in, "session_timeout or delivery", NULL);
	return lex_end_statement(&p->in, "';'");
}

static bool
parse_dormant(Parser *p)
{
	size_t		start = p->in.pos;

	lex_word(&p->in, "dormant");
	if (p->have_dormant)
		return lex_fail(&p->in, start, "dormant is given twice", NULL, NULL);
	p->have_dormant = true;
	if (!lex_name(&p->in, &p->dormant, "the name of a stage"))
		return false;
	if (!lex_word(&p->in, "after"))
		return lex_unexpected(&p->in, "\"after\"", NULL);
	if (!lex_interval(&p->in, &p->dormant_after, false))
		return false;
	return lex_end_statement(&p->in, "';'");
}

static bool
parse_definition(Parser *p)
{
	StageToken	name;
	ParsedSlot	slot;

	if (!lex_name(&p->in, &name, "the name of a definition"))
		return false;
	if (!lex_char(&p->in, '='))
		return lex_unexpected(&p->in, "'='", NULL);
	if (find_def(p, name.text, name.len, p->ndefs) > 0)
		return lex_fail_name(&p->in, name.offset, "\"%s\" is defined twice", name.text, name.len,
							 "Write all its events into one definition, separated by '|'.");
	if (p->ndefs == STAGE_MAX_DEFINITIONS)
		return lex_fail_limit(&p->in, name.offset, "too many definitions",
							  "A stage model has at most 256 definitions.");
	if (!take_matcher(p, p->ndefs, &slot))
		return false;
	p->defs[p->ndefs++] = name;
	p->slots[p->nslots++] = slot;
	return lex_end_statement(&p->in, "'|' or ';'");
}

/* One condition behind "when" or "and". */
static bool
parse_condition(Parser *p, uint16_t rule_slot)
{
	static const struct
	{
		const char *word;
		int			kind;
	}			words[] =
	{
		{"prospect", SC_PROSPECT}, {"customer", SC_CUSTOMER}, {"waiting", SC_WAITING},
		{"purchase_no", SC_PURCHASE_NO}, {"visit_no", SC_VISIT_NO}, {"nth", SC_NTH},
		{"value", SC_VALUE}, {"after", SC_AFTER}
	};
	const size_t nwords = sizeof(words) / sizeof(words[0]);
	StageCond  *c;
	size_t		i;

	if (p->nconds == STAGE_MAX_CONDITIONS)
		return lex_fail_limit(&p->in, p->in.pos, "too many conditions",
							  "A stage model has at most 2048 conditions.");
	c = &p->conds[p->nconds];
	memset(c, 0, sizeof(*c));
	c->negated = lex_word(&p->in, "not");
	for (i = 0; i < nwords && !lex_word(&p->in, words[i].word);)
		i++;
	if (i == nwords)
	{
		static const char *const expected =
		"a condition: prospect, customer, waiting, purchase_no, visit_no, nth, value or after";

		if (lex_bare_length(&p->in, p->in.pos) > 0)
		{
			lex_fail_name(&p->in, p->in.pos, "unknown condition \"%s\"", p->in.text + p->in.pos,
						  lex_bare_length(&p->in, p->in.pos), NULL);
			p->in.err->expected = expected;
			return false;
		}
		return lex_unexpected(&p->in, expected, NULL);
	}
	c->kind = words[i].kind;
	switch (c->kind)
	{
		case SC_PURCHASE_NO:
		case SC_VISIT_NO:
		case SC_NTH:
		case SC_VALUE:
			c->op = lex_operator(&p->in);
			if (c->op == MO_NONE)
				return lex_unexpected(&p->in, "one of = <> < <= > >=", NULL);
			if (c->kind == SC_VALUE)
			{
				if (!lex_number(&p->in, &c->number, "a number"))
					return false;
				break;
			}
			if (!lex_whole_number(&p->in, &c->number))
				return false;
			if (c->kind == SC_NTH)
			{
				for (c->index = 0; c->index < p->nnth && p->nth[c->index] != rule_slot;)
					c->index++;
				if (c->index == p->nnth)
					p->nth[p->nnth++] = rule_slot;
			}
			break;
		case SC_AFTER:
			{
				uint16_t	slot;

				if (!take_used_matcher(p, &slot))
					return false;
				for (c->index = 0; c->index < p->nafter && p->after[c->index] != slot;)
					c->index++;
				if (c->index == p->nafter)
					p->after[p->nafter++] = slot;
				if (lex_word(&p->in, "within"))
				{
					c->has_within = true;
					if (!lex_interval(&p->in, &c->within, true))
						return false;
				}
				break;
			}
		default:
			break;
	}
	if (lex_at_word(&p->in, "within"))
		return lex_fail(&p->in, p->in.pos, "\"within\" belongs to \"after\"",
						"\"and\" or \"->\"", NULL);
	p->nconds++;
	return true;
}

static bool
parse_rule(Parser *p)
{
	StageRule  *rule;
	StageToken	stage;
	size_t		start = p->in.pos;

	if (p->nrules == STAGE_MAX_RULES)
		return lex_fail_limit(&p->in, p->in.pos, "too many rules",
							  "A stage model has at most 1024 rules.");
	rule = &p->rules[p->nrules];
	memset(rule, 0, sizeof(*rule));
	if (!take_used_matcher(p, &rule->slot))
		return false;
	rule->first_cond = p->nconds;
	if (lex_word(&p->in, "when"))
	{
		do
		{
			if (!parse_condition(p, rule->slot))
				return false;
		} while (lex_word(&p->in, "and"));
	}
	rule->nconds = p->nconds - rule->first_cond;
	if (!lex_at_arrow(&p->in, p->in.pos))
	{
		if (lex_at_word(&p->in, "or"))
			return lex_fail(&p->in, p->in.pos, "there is no \"or\" between conditions",
							"\"and\" or \"->\"",
							"Write one rule for each alternative; the first that fits counts.");
		if (p->in.pos < p->in.len && p->in.text[p->in.pos] == '=' && rule->nconds == 0)
			return lex_unexpected(&p->in, "\"when\" or \"->\"",
								  "The left side of a definition is one name.");
		return lex_unexpected(&p->in, rule->nconds > 0 ? "\"and\" or \"->\"" :
							  "'|', \"when\" or \"->\"",
							  rule->nconds == 0 && p->in.pos == p->in.len && start < p->in.pos ?
							  "A rule is: events [when conditions] -> stage; a definition is: name = events." :
							  NULL);
	}
	p->in.pos += 2;
	lex_blanks(&p->in);
	if (!lex_name(&p->in, &stage, "the name of a stage, or none"))
		return false;
	if (!name_is(&stage, "none"))
	{
		for (uint32_t i = 0; i < p->nstages; i++)
		{
			if (name_equal(&p->stages[i], stage.text, stage.len))
				rule->stage = i + 1;
		}
		if (rule->stage == 0)
			return lex_fail_name(&p->in, stage.offset, "unknown stage \"%s\"", stage.text, stage.len,
								 "Name it in the \"stages\" statement, or use none.");
	}
	p->nrules++;
	return lex_end_statement(&p->in, "';'");
}

/* -- the whole -------------------------------------------------------------- */

static bool
is_special(const StageToken *name)
{
	return name_is(name, "purchase") || name_is(name, "refund") ||
		name_is(name, "delivery") || name_is(name, "ignore") ||
		name_is(name, "offsite");
}

static bool
parse_all(Parser *p)
{
	StageStatement kind;
	bool		any = false;

	for (p->in.pos = 0; p->in.pos < p->in.whole;)
	{
		bool		ok = true;

		if (!lex_next_statement(&p->in, &kind))
			return false;
		any |= (kind != ST_EMPTY);
		switch (kind)
		{
			case ST_STAGES:
				ok = parse_stages(p);
				break;
			case ST_OPTION:
				ok = parse_option(p);
				break;
			case ST_DORMANT:
				ok = parse_dormant(p);
				break;
			case ST_DEFINITION:
				ok = parse_definition(p);
				break;
			case ST_RULE:
			case ST_EMPTY:
				p->in.pos = p->in.len;
				ok = lex_end_statement(&p->in, NULL);
				break;
		}
		if (!ok)
			return false;
	}
	p->in.len = p->in.whole;
	if (!any)
		return lex_fail(&p->in, 0, "empty stage model", "\"stages\" and rules",
						"A stage model is like: stages awareness > conversion; view_item -> awareness; purchase -> conversion;");

	for (p->in.pos = 0; p->in.pos < p->in.whole;)
	{
		if (!lex_next_statement(&p->in, &kind))
			return false;
		if (kind == ST_RULE)
		{
			if (p->nstages == 0)
			{
				bool		one_name = lex_bare_length(&p->in, p->in.pos) > 0 &&
				p->in.pos + lex_bare_length(&p->in, p->in.pos) == p->in.whole;

				p->in.len = p->in.whole;
				return lex_fail(&p->in, p->in.pos, "stage model declares no stages",
								"a \"stages\" statement",
								one_name ? "A model is read by its name with stage_model('name')." : NULL);
			}
			if (!parse_rule(p))
				return false;
		}
		else
		{
			p->in.pos = p->in.len;
			lex_end_statement(&p->in, NULL);
		}
	}
	p->in.len = p->in.whole;
	if (p->nstages == 0)
		return lex_fail(&p->in, p->in.whole, "stage model declares no stages",
						"a \"stages\" statement", NULL);
	if (p->nrules == 0)
		return lex_fail(&p->in, p->in.whole, "stage model has no rules",
						"a rule like view_item -> awareness", NULL);
	for (uint32_t i = 0; i < p->ndefs; i++)
	{
		if (!p->def_used[i] && !is_special(&p->defs[i]))
			return lex_fail_name(&p->in, p->defs[i].offset, "definition \"%s\" is never used",
								 p->defs[i].text, p->defs[i].len,
								 "A rule, an \"after\" or a later definition uses it by its name without quotes.");
	}
	return true;
}

/* Lay out what was parsed; with out NULL only the size. */
static size_t
assemble(const Parser *p, StageModel *out)
{
	char	   *base = (char *) out;
	const char *arena = (const char *) p->arena;
	size_t		pos = ALIGN8(sizeof(StageModel));
	StageModel	head;

	memset(&head, 0, sizeof(head));
	head.version = STAGE_VERSION;
	head.ordered = p->ordered;
	head.delivery = p->delivery;
	head.nstages = p->nstages;
	head.ndefs = p->ndefs;
	head.nslots = p->nslots;
	head.nrules = p->nrules;
	head.nconds = p->nconds;
	head.nnth = p->nnth;
	head.nafter = p->nafter;
	head.purchase = find_def(p, "purchase", 8, p->ndefs);
	head.refund = find_def(p, "refund", 6, p->ndefs);
	head.delivered = find_def(p, "delivery", 8, p->ndefs);
	head.ignore = find_def(p, "ignore", 6, p->ndefs);
	head.offsite = find_def(p, "offsite", 7, p->ndefs);
	head.session_timeout = p->session_timeout;
	head.dormant_after = p->dormant_after;
	if (p->have_dormant)
	{
		for (uint32_t i = 0; i < p->nstages; i++)
		{
			if (name_equal(&p->stages[i], p->dormant.text, p->dormant.len))
				head.dormant_stage = i + 1;
		}
	}

	head.stages_off = pos;
	pos = ALIGN8(pos + p->nstages * sizeof(StageName));
	head.defs_off = pos;
	pos = ALIGN8(pos + p->ndefs * sizeof(StageName));
	head.slots_off = pos;
	pos = ALIGN8(pos + p->nslots * sizeof(StageSlot));
	head.rules_off = pos;
	pos = ALIGN8(pos + p->nrules * sizeof(StageRule));
	head.conds_off = pos;
	pos = ALIGN8(pos + p->nconds * sizeof(StageCond));
	head.nth_off = pos;
	pos = ALIGN8(pos + p->nnth * sizeof(uint16_t));
	head.after_off = pos;
	pos = ALIGN8(pos + p->nafter * sizeof(uint16_t));

	if (out != NULL)
	{
		memcpy(base + head.rules_off, p->rules, p->nrules * sizeof(StageRule));
		memcpy(base + head.conds_off, p->conds, p->nconds * sizeof(StageCond));
		memcpy(base + head.nth_off, p->nth, p->nnth * sizeof(uint16_t));
		memcpy(base + head.after_off, p->after, p->nafter * sizeof(uint16_t));
	}
	for (uint32_t i = 0; i < p->nslots; i++)
	{
		const ParsedSlot *s = &p->slots[i];
		size_t		refs = ((const Matcher *) (arena + s->matcher_off))->nterms * sizeof(uint16_t);

		if (out != NULL)
		{
			StageSlot  *slot = (StageSlot *) (base + head.slots_off) + i;

			slot->matcher_off = pos;
			slot->refs_off = pos + ALIGN8(s->matcher_size);
			memcpy(base + slot->matcher_off, arena + s->matcher_off, s->matcher_size);
			memcpy(base + slot->refs_off, arena + s->refs_off, refs);
		}
		pos += ALIGN8(s->matcher_size) + ALIGN8(refs);
	}
	for (uint32_t i = 0; i < p->nstages + p->ndefs; i++)
	{
		bool		is_stage = i < p->nstages;
		const StageToken *n = is_stage ? &p->stages[i] : &p->defs[i - p->nstages];

		if (out != NULL)
		{
			StageName  *name = is_stage ?
			(StageName *) (base + head.stages_off) + i :
			(StageName *) (base + head.defs_off) + (i - p->nstages);

			name->off = pos;
			name->len = n->len;
			memcpy(base + pos, n->text, n->len);
		}
		pos += n->len;
	}
	pos = ALIGN8(pos);
	head.size = pos;
	if (out != NULL)
	{
		memcpy(out, &head, sizeof(head));
		out->hash = stage_hash(out);
	}
	return pos;
}

bool
stage_parse(const char *text, size_t len, void *scratch,
			StageModel *out, StageError *err)
{
	Parser	   *p = scratch;
	char	   *copy = (char *) scratch + ALIGN8(sizeof(Parser));
	bool		quoted = false;

	memset(err, 0, sizeof(*err));
	memset(p, 0, offsetof(Parser, stages));
	memset(p->def_used, 0, sizeof(p->def_used));
	p->arena_used = 0;
	p->in.err = err;
	p->in.text = copy;
	p->in.len = p->in.whole = len;
	p->session_timeout = STAGE_DEFAULT_TIMEOUT;
	p->delivery = SD_AUTO;
	if (len > STAGE_MAX_BYTES)
		return lex_fail_limit(&p->in, 0, "stage model is too large",
							  "A stage model has at most 65536 bytes, as text and compiled.");

	/* the copy, comments blanked out */
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (size_t i = 0; i < len; i++)
	{
		if (copy[i] == '"')
			quoted = !quoted;
		else if (!quoted && copy[i] == '-' && i + 1 < len && copy[i + 1] == '-')
		{
			while (i < len && copy[i] != '\n')
				copy[i++] = ' ';
		}
	}

	if (!parse_all(p))
		return false;
	if (p->have_dormant)
	{
		bool		found = false;

		for (uint32_t i = 0; i < p->nstages; i++)
			found |= name_equal(&p->stages[i], p->dormant.text, p->dormant.len);
		if (!found)
			return lex_fail_name(&p->in, p->dormant.offset, "unknown stage \"%s\"",
								 p->dormant.text, p->dormant.len,
								 "Name it in the \"stages\" statement.");
	}
	if (assemble(p, NULL) > STAGE_MAX_BYTES)
		return lex_fail_limit(&p->in, 0, "stage model is too large",
							  "A stage model has at most 65536 bytes, as text and compiled.");
	memset(out, 0, STAGE_MAX_BYTES);
	assemble(p, out);

	/* what is printed must be readable again */
	if (stage_print(out, NULL, 0) > STAGE_MAX_BYTES)
		return lex_fail_limit(&p->in, 0, "stage model is too large",
							  "A stage model has at most 65536 bytes, as text and compiled.");
	return true;
}
