/*
 * pattern_chain.c
 *	  Is a pattern a chain of elements?
 *
 * Most patterns that are asked over a whole store are: elements side by side, or
 * with touchpoints skipped between them, with gates before elements (what
 * exactly, see pattern_chain_impl.h).  Groups repeated a fixed number of times
 * are written out, and a choice between single elements is one element.  Whatever
 * else there is - loops over elements, choices between sequences, gates tested on
 * what is skipped - is left to the automaton.
 */
#include "pattern_chain_impl.h"

#include "wellknown.h"

#define CHAIN_SKIPS		100000	/* least touchpoints of a joint, far more than
								 * there are */

/* -- from a pattern to a chain --------------------------------------------------- */

/* The class of a set of atoms; -1 if there are too many. */
static int
find_class(PatternChain *c, uint64_t atoms)
{
	for (int k = 0; k < c->nclasses; k++)
		if (c->atoms[k] == atoms)
			return k;
	if (c->nclasses == TOUCH_CLASSES)
		return -1;
	c->atoms[c->nclasses] = atoms;
	return c->nclasses++;
}

static void
begin_joint(PatternChain *c)
{
	ChainJoint *joint = &c->joint[c->nelements];

	memset(joint, 0, sizeof(*joint));
	joint->barrier = NO_BARRIER;
	c->skipped = c->gated = false;
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
	int			class = find_class(c, atoms);

	if (class < 0 || c->nelements == CHAIN_ELEMENTS || c->last)
		return false;
	end_joint(c);
	c->class[c->nelements++] = (uint8_t) class;
	c->required |= 1u << (7 - class);
	begin_joint(c);
	return true;
}

/* Touchpoints that are skipped; of these none fits the atom. */
static bool
add_skip(PatternChain *c, uint16_t atom, uint64_t least, uint64_t most)
{
	ChainJoint *joint = &c->joint[c->nelements];
	int			barrier = NO_BARRIER;

	if (c->gated || c->last)
		return false;
	if (atom != PATTERN_NO_ATOM)
	{
		barrier = find_class(c, UINT64_C(1) << atom);
		if (barrier < 0)
			return false;
	}
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

/* Add the part whose last code is before `end`; false: it is no chain. */
static bool
add_part(PatternChain *c, uint32_t end)
{
	const Pattern *p = c->pattern;
	const PatternCode *code = &p->codes[end - 1];
	const PatternCode *one = code - 1;
	uint32_t	ends[4 * CHAIN_ELEMENTS];
	uint64_t	atoms = 0;
	uint64_t	least;
	uint64_t	most;

	switch (code->kind)
	{
		case PK_ELEMENT:
			if (is_element(code))
				return add_element(c, UINT64_C(1) << code->atom);
			return is_skip(code) && add_skip(c, code->atom, 1, 1);
		case PK_GATE:
			if (c->last)
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
				if (!add_part(c, ends[i]))
					return false;
			return true;
		case PK_ALTERNATE:
			for (uint32_t i = 0; i < code->n; i++, one--)
			{
				if (!is_element(one))
					return false;
				atoms |= UINT64_C(1) << one->atom;
			}
			return add_element(c, atoms);
		case PK_REPEAT:
			if (is_skip(one))
				return add_skip(c, one->atom, code->n, code->span);
			if (code->n != code->span || code->n > CHAIN_ELEMENTS)
				return false;
			for (uint32_t i = 0; i < code->n; i++)
				if (!add_part(c, end - 1))
					return false;
			return true;
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

PatternChain *
pattern_chain_create(const Pattern *pattern, const PatternHost *host)
{
	PatternChain *c;
	const Matcher **matchers;

	if (pattern->natoms > 64)
		return NULL;
	c = host->allocate(host->arg, sizeof(PatternChain));
	memset(c, 0, sizeof(*c));
	c->pattern = pattern;
	begin_joint(c);
	if (!add_part(c, pattern->ncodes) || !finish(c))
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
