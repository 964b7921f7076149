/*
 * funnel_plan.c
 *	  Which steps of a funnel a label fits, prepared for many journeys.
 *
 * Journeys of one table have the same few hundred labels over and over, so the
 * steps of a well-known name are looked up by its number: worked out when the
 * name is first met, and kept.  Other labels carry a hash of 16 bits.  The
 * names that the steps ask for are in a hash table by that number, with a
 * filter of 2048 bits before it, so that a label that no step asks for is
 * turned away without a look at its text.  "name/detail" fits the bare name
 * too: its slash can only stand where one of the names ends, so the lengths of
 * those are tried.  Names with a star are compared with every label that is
 * not well-known.
 *
 * Making a plan costs the terms of the matchers, not the well-known names.
 */
#include "funnel_impl.h"

#include "gap_groups.h"
#include "wellknown.h"

/* -- memory ------------------------------------------------------------------ */

static uint32_t
count_terms(const Matcher *const *steps, int nsteps)
{
	uint32_t	n = 0;

	for (int k = 0; k < nsteps; k++)
		n += steps[k]->nterms;
	return n;
}

/* Twice to four times as many slots as names. */
static uint32_t
slots_for(uint32_t names)
{
	uint32_t	n = 8;

	while (n < 2 * names)
		n *= 2;
	return n;
}

/* A part of the plan's memory, 8-aligned. */
static void *
part(uint8_t *memory, size_t *used, size_t size)
{
	size_t		off = *used;

	*used += (size + 7) & ~(size_t) 7;
	return memory == NULL ? NULL : memory + off;
}

/* Place the arrays, if there is memory; returns the size of all. */
static size_t
lay_out(FunnelPlan *plan, uint8_t *memory, uint32_t terms)
{
	size_t		used = 0;

	(void) part(memory, &used, sizeof(FunnelPlan));
	plan->nslots = slots_for(terms);
	plan->names = part(memory, &used, terms * sizeof(FunnelName));
	plan->slots = part(memory, &used, plan->nslots * sizeof(uint32_t));
	plan->lengths = part(memory, &used, terms * sizeof(uint16_t));
	plan->known = part(memory, &used, wellknown_count * sizeof(FunnelKnown));
	plan->is_known = part(memory, &used, wellknown_count * sizeof(bool));
	plan->quick = part(memory, &used, wellknown_count * sizeof(uint16_t));
	return used;
}

size_t
funnel_plan_size(const Matcher *const *steps, int nsteps)
{
	FunnelPlan	header;

	return lay_out(&header, NULL, count_terms(steps, nsteps));
}

/* -- names ------------------------------------------------------------------- */

static inline uint32_t
home_slot(const FunnelPlan *plan, uint16_t hash, uint16_t known)
{
	return (((uint32_t) hash << 16 ^ known) * 0x9e3779b1u >> 12) & (plan->nslots - 1);
}

/* The slot where a name is or would be. */
static uint32_t *
find_slot(const FunnelPlan *plan, const char *text, uint32_t len, uint16_t hash,
		  uint16_t known)
{
	uint32_t	i = home_slot(plan, hash, known);

	while (plan->slots[i] != 0)
	{
		const FunnelName *name = &plan->names[plan->slots[i] - 1];

		if (name->hash == hash && name->known == known && name->len == len &&
			memcmp(name->text, text, len) == 0)
			break;
		i = (i + 1) & (plan->nslots - 1);
	}
	return &plan->slots[i];
}

static void
add_fit(FunnelFit *fit, const MatcherTerm *term, uint64_t step)
{
	if (term->channel_kind == MN_ANY && term->op == MO_NONE)
		fit->always |= step;
	else
		fit->maybe |= step;
}

static inline void
join_fit(FunnelFit *fit, const FunnelFit *other)
{
	fit->always |= other->always;
	fit->maybe |= other->maybe;
}

/* Keep the lengths in ascending order, each once. */
static void
add_length(FunnelPlan *plan, uint16_t len)
{
	uint32_t	at = plan->nlengths;

	while (at > 0 && plan->lengths[at - 1] >= len)
		at--;
	if (at < plan->nlengths && plan->lengths[at] == len)
		return;
	memmove(plan->lengths + at + 1, plan->lengths + at,
			(plan->nlengths - at) * sizeof(uint16_t));
	plan->lengths[at] = len;
	plan->nlengths++;
}

static void
add_name(FunnelPlan *plan, const Matcher *m, const MatcherTerm *term, uint64_t step)
{
	const char *text = (const char *) m + term->name_off;
	uint32_t	len = term->name_len;
	uint32_t   *slot;
	FunnelName *name;

	if (term->details & MATCHER_NAME_DETAIL)
	{
		const char *slash = memchr(text, '/', len);

		len -= (uint32_t) (slash + 1 - text);
		text = slash + 1;
	}
	slot = find_slot(plan, text, len, term->name_hash, term->name_known);
	if (*slot == 0)
	{
		*slot = ++plan->nnames;
		name = &plan->names[plan->nnames - 1];
		memset(name, 0, sizeof(*name));
		name->text = text;
		name->len = (uint16_t) len;
		name->hash = term->name_hash;
		name->known = term->name_known;
		plan->filter[term->name_hash % FUNNEL_FILTER_BITS / 64] |=
			UINT64_C(1) << term->name_hash % 64;
	}
	name = &plan->names[*slot - 1];
	add_fit(&name->exact, term, step);
	if (term->name_kind == MN_BASE)
	{
		add_fit(&name->base, term, step);
		add_length(plan, name->len);
	}
}

void
funnel_plan_build(FunnelPlan *plan, const Matcher *const *steps, int nsteps)
{
	memset(plan, 0, sizeof(*plan));
	(void) lay_out(plan, (uint8_t *) plan, count_terms(steps, nsteps));
	memset(plan->slots, 0, plan->nslots * sizeof(uint32_t));
	memset(plan->is_known, 0, wellknown_count * sizeof(bool));
	memset(plan->quick, 0xff, wellknown_count * sizeof(uint16_t));
	plan->steps = steps;
	plan->nsteps = nsteps;
	gap_groups_init();
	plan->shuffle = gap_groups_ssse3;
	for (int k = 0; k < nsteps; k++)
	{
		const Matcher *m = steps[k];
		uint64_t	step = UINT64_C(1) << k;

		for (uint32_t i = 0; i < m->nterms; i++)
		{
			const MatcherTerm *term = &m->terms[i];

			if (term->name_kind == MN_ANY)
				add_fit(&plan->any, term, step);
			else if (term->name_kind == MN_WILD)
				plan->wild |= step;
			else if (term->name_known == JOURNEY_NO_NAME ||
					 (term->details & MATCHER_NAME_DETAIL) != 0)
				add_name(plan, m, term, step);
			plan->stars |= term->name_kind == MN_ANY || term->name_kind == MN_WILD;
		}
	}
}

/* -- labels ------------------------------------------------------------------- */

/* By the matchers themselves. */
static FunnelFit
fit_by_matchers(const Matcher *const *steps, int nsteps, const JourneyLabel *label)
{
	FunnelFit	fit = {0, 0};

	for (int k = 0; k < nsteps; k++)
	{
		MatcherFit	f = matcher_fits_label(steps[k], label);

		if (f == MF_ALWAYS)
			fit.always |= UINT64_C(1) << k;
		else if (f == MF_MAYBE)
			fit.maybe |= UINT64_C(1) << k;
	}
	return fit;
}

/* Look at a well-known name that is met for the first time. */
static void
learn_known(FunnelPlan *plan, uint16_t number)
{
	FunnelKnown *known = &plan->known[number];
	JourneyLabel label = {.known = number};

	known->alone = fit_by_matchers(plan->steps, plan->nsteps, &label);
	known->base.always = known->base.maybe = 0;
	for (int k = 0; k < plan->nsteps; k++)
	{
		const Matcher *m = plan->steps[k];

		for (uint32_t i = 0; i < m->nterms; i++)
			if (m->terms[i].name_kind == MN_BASE && m->terms[i].name_known == number)
				add_fit(&known->base, &m->terms[i], UINT64_C(1) << k);
	}
	plan->is_known[number] = true;
}

FunnelFit
funnel_known_fit(FunnelPlan *plan, const JourneyLabel *label)
{
	if (label->known >= wellknown_count)
		return fit_by_matchers(plan->steps, plan->nsteps, label);
	if (!plan->is_known[label->known])
		learn_known(plan, label->known);
	return plan->known[label->known].alone;
}

FunnelFit
funnel_text_fit(FunnelPlan *plan, const JourneyLabel *label)
{
	FunnelFit	fit = plan->any;

	if (label->known != JOURNEY_NO_NAME)
	{
		if (label->known >= wellknown_count)
			return fit_by_matchers(plan->steps, plan->nsteps, label);
		if (!plan->is_known[label->known])
			learn_known(plan, label->known);
		join_fit(&fit, &plan->known[label->known].base);
	}
	if (funnel_filter_has(plan, label->hash))
	{
		uint32_t	number = *find_slot(plan, label->text, label->len, label->hash,
										label->known);

		if (number != 0)
			join_fit(&fit, &plan->names[number - 1].exact);
	}
	if (label->known == JOURNEY_NO_NAME)
	{
		for (uint32_t i = 0; i < plan->nlengths && plan->lengths[i] < label->len; i++)
		{
			uint32_t	len = plan->lengths[i];
			uint32_t	number;

			if (label->text[len] != '/')
				continue;
			number = *find_slot(plan, label->text, len,
								journey_hash16(journey_hash(label->text, len)),
								JOURNEY_NO_NAME);
			if (number != 0)
				join_fit(&fit, &plan->names[number - 1].base);
		}
	}
	for (uint64_t m = plan->wild & ~fit.always; m != 0; m &= m - 1)
	{
		int			k = __builtin_ctzll(m);
		MatcherFit	f = matcher_fits_label(plan->steps[k], label);

		if (f == MF_ALWAYS)
			fit.always |= UINT64_C(1) << k;
		else if (f == MF_MAYBE)
			fit.maybe |= UINT64_C(1) << k;
	}
	fit.maybe &= ~fit.always;
	return fit;
}

void
funnel_label_steps(const FunnelOptions *options, const JourneyLabel *label,
				   uint64_t *always, uint64_t *maybe)
{
	FunnelFit	fit = options->plan != NULL ? funnel_label_fit(options->plan, label) :
	fit_by_matchers(options->steps, options->nsteps, label);

	*always = fit.always;
	*maybe = fit.maybe;
}
