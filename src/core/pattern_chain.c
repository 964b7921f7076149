/*
 * pattern_chain.c
 *	  Is a pattern a chain of elements?
 *
 * Most patterns that are asked over a whole store are: elements side by side, or
 * with touchpoints skipped between them, with gates before elements (what
 * exactly, see pattern_chain_impl.h).  A choice between single elements is one
 * element.  Groups repeated a fixed number of times are written out.
 *
 * With another number of times, at least m, the fewest will do where the match
 * may begin anywhere and begins with the group: of a match with more of them, the
 * part from the last m on is a match too, with the same end; gates that measured
 * from before it hold now.  Likewise where the match ends with the group and may
 * end anywhere: the part up to the first m is a match, which ends earlier.  So
 * the ends of matches that begin at a touchpoint or later stay the same, or the
 * first of them does, which is all that is asked of a chain.  Elsewhere only
 * loops over single elements are understood, as touchpoints to skip, where no
 * gate measures from them.
 *
 * A pattern that is a choice between a few chains is a list of them.
 *
 * Whatever else there is, other loops, choices between sequences, gates tested on
 * what is skipped, is left to the automaton.
 */
#include "pattern_chain_impl.h"

#include "wellknown.h"

#define CHAIN_BRANCHES	8		/* of a pattern that is a choice of chains */
#define CHAIN_SKIPS		100000	/* least touchpoints of a joint, far more than
								 * there are */

/* -- from a pattern to a chain --------------------------------------------------- */

/* The class of what fits one of these atoms, or none; -1 if there are too many. */
static int
find_class(PatternChain *c, uint64_t atoms, bool negated)
{
	for (int k = 0; k < c->nclasses; k++)
	{
		if (c->atoms[k] == atoms && (c->negated >> (7 - k) & 1) == negated)
			return k;
	}
	if (c->nclasses == TOUCH_CLASSES)
		return -1;
	c->atoms[c->nclasses] = atoms;
	c->negated |= (uint32_t) negated << (7 - c->nclasses);
	return c->nclasses++;
}

static void
begin_joint(PatternChain *c)
{
	ChainJoint *joint = &c->joint[c->nelements];

	memset(joint, 0, sizeof(*joint));
	joint->barrier = NO_BARRIER;
	c->skipped = c->gated = c->clocked = false;
	c->least_us = 0;
	c->most_us = UINT64_MAX;
}

/* The elements of the joint are known. */
static void
end_joint(PatternChain *c)
{
	static const uint64_t unit_us[3] = {1000000, 1000, 1};
	ChainJoint *joint = &c->joint[c->nelements];
	bool		free = c->least_us == 0 && c->most_us == UINT64_MAX;

	for (int unit = 0; unit < 3; unit++)
	{
		uint64_t	us = unit_us[unit];

		joint->after[unit] = c->least_us / us + (c->least_us % us != 0);
		joint->within[unit] = c->most_us == UINT64_MAX ? NO_SPAN : c->most_us / us;
	}
	joint->kind = JK_OTHER;
	if (free && joint->least == 0 && joint->barrier == NO_BARRIER)
		joint->kind = joint->most == PATTERN_NO_LIMIT ? JK_ANY :
			joint->most == 0 ? JK_NEXT : JK_OTHER;
}

static bool
add_element(PatternChain *c, uint64_t atoms)
{
	int			class = find_class(c, atoms, false);

	if (class < 0 || c->nelements == CHAIN_ELEMENTS || c->last)
		return false;
	end_joint(c);
	c->class[c->nelements++] = (uint8_t) class;
	c->required |= 1u << (7 - class);
	begin_joint(c);
	return true;
}

/*
 * Touchpoints that are skipped; of these none fits the atoms, or all fit one of
 * them.
 */
static bool
add_skip(PatternChain *c, uint64_t atoms, bool all, uint64_t least, uint64_t most)
{
	ChainJoint *joint = &c->joint[c->nelements];
	int			barrier = NO_BARRIER;

	if (c->gated || c->last)
		return false;
	if (atoms != 0)
	{
		barrier = find_class(c, atoms, all);
		if (barrier < 0)
			return false;
	}
	c->clocked |= all;
	if (c->skipped)
	{
		if (barrier != joint->barrier)
			return false;
		least += joint->least;
		most = most == PATTERN_NO_LIMIT || joint->most == PATTERN_NO_LIMIT ?
			PATTERN_NO_LIMIT : most + joint->most;
	}
	if (least > CHAIN_SKIPS || (most != PATTERN_NO_LIMIT && most > CHAIN_SKIPS))
		return false;
	c->skipped = true;
	joint->barrier = barrier;
	joint->least = (uint32_t) least;
	joint->most = (uint32_t) most;
	return true;
}

static inline bool
is_element(const PatternCode *code)
{
	return code->kind == PK_ELEMENT && code->op == (PE_CLOCK | PE_REPORT) &&
		code->atom != PATTERN_NO_ATOM;
}

static inline bool
is_skip(const PatternCode *code)
{
	return code->kind == PK_ELEMENT &&
		code->op == (code->atom == PATTERN_NO_ATOM ? 0 : PE_NEGATED);
}

/* What stands in the way of a skip; 0: nothing. */
static inline uint64_t
skip_atoms(const PatternCode *code)
{
	return code->atom == PATTERN_NO_ATOM ? 0 : UINT64_C(1) << code->atom;
}

/*
 * The atoms of one element or of a choice between some, whose last code this is;
 * 0 if it is something else.
 */
static uint64_t
choice_atoms(const PatternCode *code)
{
	uint64_t	atoms = 0;

	if (is_element(code))
		return UINT64_C(1) << code->atom;
	if (code->kind != PK_ALTERNATE)
		return 0;
	for (uint32_t i = 1; i <= code->n; i++)
	{
		if (!is_element(code - i))
			return 0;
		atoms |= UINT64_C(1) << (code - i)->atom;
	}
	return atoms;
}

/* Where the part begins whose last code is before `end`. */
static uint32_t
part_begin(const Pattern *p, uint32_t end)
{
	uint32_t	parts = 1;

	while (parts > 0)
	{
		const PatternCode *code = &p->codes[--end];

		parts--;
		if (code->kind == PK_CONCAT || code->kind == PK_ALTERNATE)
			parts += code->n;
		else if (code->kind == PK_REPEAT)
			parts++;
	}
	return end;
}

static bool add_part(PatternChain *c, uint32_t end, bool at_end);

/* A part one after the other, as often as its number says. */
static bool
add_repeat(PatternChain *c, uint32_t end, bool at_end)
{
	const PatternCode *code = &c->pattern->codes[end - 1];
	bool		at_begin = c->nelements == 0 && !c->first && !c->last &&
	c->joint[0].least == 0;

	if (is_skip(code - 1))
		return add_skip(c, skip_atoms(code - 1), false, code->n, code->span);
	if (code->n != code->span && !at_begin && !at_end)
	{
		uint64_t	atoms = choice_atoms(code - 1);

		return atoms != 0 && add_skip(c, atoms, true, code->n, code->span);
	}
	if (code->n > CHAIN_ELEMENTS)
		return false;
	for (uint32_t i = 0; i < code->n; i++)
	{
		if (!add_part(c, end - 1, at_end && i + 1 == code->n))
			return false;
	}
	return true;
}

/*
 * Add the part whose last code is before `end`, behind which there is nothing if
 * `at_end`; false: it is no chain.
 */
static bool
add_part(PatternChain *c, uint32_t end, bool at_end)
{
	const Pattern *p = c->pattern;
	const PatternCode *code = &p->codes[end - 1];
	uint32_t	ends[4 * CHAIN_ELEMENTS];
	uint64_t	atoms;
	uint64_t	least;
	uint64_t	most;

	switch (code->kind)
	{
		case PK_ELEMENT:
		case PK_ALTERNATE:
			if (is_skip(code))
				return add_skip(c, skip_atoms(code), false, 1, 1);
			atoms = choice_atoms(code);
			return atoms != 0 && add_element(c, atoms);
		case PK_GATE:
			if (c->last || c->clocked)
				return false;
			pattern_gate_bounds(code->op, code->span, &least, &most);
			c->least_us = least > c->least_us ? least : c->least_us;
			c->most_us = most < c->most_us ? most : c->most_us;
			c->gated = true;
			return true;
		case PK_FIRST:
			if (c->first || c->nelements > 0 || c->skipped || c->gated)
				return false;
			c->first = true;
			return true;
		case PK_LAST:
			if (c->last)
				return false;
			c->last = true;
			return true;
		case PK_CONCAT:
			if (code->n > 4 * CHAIN_ELEMENTS)
				return false;
			end--;
			for (uint32_t i = code->n; i-- > 0;)
			{
				ends[i] = end;
				end = part_begin(p, end);
			}
			for (uint32_t i = 0; i < code->n; i++)
			{
				if (!add_part(c, ends[i], at_end && i + 1 == code->n))
					return false;
			}
			return true;
		case PK_REPEAT:
			return add_repeat(c, end, at_end);
		default:
			return false;
	}
}

/* What can be known beforehand; false if such a chain is not for us. */
static bool
finish(PatternChain *c)
{
	ChainJoint *begin = &c->joint[0];
	ChainJoint *end = &c->joint[c->nelements];

	/* a gate at the end would be tested on nothing: it holds */
	if (c->nelements == 0 || c->gated)
		return false;
	end_joint(c);

	/* what is skipped at an open end need not be skipped, if it is not much */
	if ((!c->first && begin->least > 0 && begin->barrier != NO_BARRIER) ||
		(!c->last && end->least > 0 && end->barrier != NO_BARRIER))
		return false;
	c->open_begin = !c->first && begin->least == 0;
	c->open_end = !c->last && end->least == 0;
	c->plain = c->open_begin && c->open_end;
	c->countable = true;
	for (int k = 1; k < c->nelements; k++)
	{
		const ChainJoint *joint = &c->joint[k];

		c->plain = c->plain && joint->kind == JK_ANY;
		c->countable = c->countable && joint->least == 0 &&
			(joint->after[2] == 0 || joint->most == 0);
	}
	return true;
}

/* The chain that the part before code `end` is. */
static PatternChain *
make_chain(const Pattern *pattern, uint32_t end, const PatternHost *host)
{
	PatternChain *c = host->allocate(host->arg, sizeof(PatternChain));
	const Matcher **matchers;

	memset(c, 0, sizeof(*c));
	c->pattern = pattern;
	begin_joint(c);
	if (!add_part(c, end, true) || !finish(c))
		return NULL;
	matchers = host->allocate(host->arg, (pattern->natoms + 1) * sizeof(Matcher *));
	for (uint32_t i = 0; i < pattern->natoms; i++)
		matchers[i] = pattern_matcher(pattern, i);
	c->plan = host->allocate(host->arg, funnel_plan_size(matchers, pattern->natoms));
	funnel_plan_build(c->plan, matchers, pattern->natoms);
	c->known = host->allocate(host->arg, wellknown_count * sizeof(uint16_t));
	memset(c->known, 0xff, wellknown_count * sizeof(uint16_t));
	return c;
}

PatternChain *
pattern_chain_create(const Pattern *pattern, const PatternHost *host)
{
	const PatternCode *last = &pattern->codes[pattern->ncodes - 1];
	uint32_t	end = pattern->ncodes - 1;
	PatternChain *chains = NULL;

	if (pattern->natoms > 64)
		return NULL;
	if (last->kind != PK_ALTERNATE || choice_atoms(last) != 0)
		return make_chain(pattern, pattern->ncodes, host);
	if (last->n > CHAIN_BRANCHES)
		return NULL;
	for (uint32_t i = 0; i < last->n; i++)
	{
		PatternChain *c = make_chain(pattern, end, host);

		if (c == NULL)
			return NULL;
		c->next = chains;
		chains = c;
		end = part_begin(pattern, end);
	}
	return chains;
}
