/*
 * stage_class.c
 *	  Classes of labels: all labels that a stage model treats alike.
 *
 * What a label means to a model is the row of its fits with all
 * slots (never, maybe, always).  Labels with equal rows are one class.  The
 * labels tried are those that can be told apart: every well-known name, every
 * name in a matcher, each with some detail, and for each wildcard some text it
 * fits.  A label that still gives another row (it fits two wildcards at once,
 * say) has STAGE_CLASS_UNKNOWN and is left to the rule loop, as are classes
 * whose stage may depend on channel or value.
 *
 * A model has some 400 terms, and 1,500 labels are tried.  A term with a name
 * fits no label of another well-known name, so each label is compared with the
 * terms of its own list and those with wildcards.
 */
#include "stage_build.h"
#include "wellknown.h"

/* Some text that no name has: a detail nobody asks for, a name nobody knows. */
#define ODD_TEXT		"\001"

static uint32_t
row_hash(const uint8_t *fits, uint32_t n)
{
	uint64_t	h = n;

	for (uint32_t i = 0; i < n; i++)
		h = (h ^ fits[i]) * UINT64_C(0x100000001b3);
	return (uint32_t) (h ^ (h >> 32));
}

/* The class with this row; 0 if there is none.  *bucket is where it would be. */
static uint16_t
find_class(const StageMachine *m, const uint8_t *fits, uint32_t *bucket)
{
	uint32_t	n = m->model->nslots;
	uint32_t	b = row_hash(fits, n) & (m->nbuckets - 1);

	for (;; b = (b + 1) & (m->nbuckets - 1))
	{
		uint16_t	class = m->buckets[b];

		*bucket = b;
		if (class == 0 || memcmp(m->class_fits + (size_t) class * n, fits, n) == 0)
			return class;
	}
}

uint16_t
stage_machine_class(const StageMachine *m, const JourneyLabel *label)
{
	uint8_t		fits[STAGE_MAX_BYTES / sizeof(StageSlot)];
	uint32_t	bucket;

	if (label->text == NULL)
		return m->known_class[label->known];
	stage_label_fits(m->model, label, fits);
	return find_class(m, fits, &bucket);
}

/* -- all slots at once ---------------------------------------------------------- */

uint32_t
stage_terms(const StageModel *model)
{
	uint32_t	n = 0;

	for (uint32_t s = 0; s < model->nslots; s++)
		n += STAGE_MATCHER(model, s)->nterms;
	return n;
}

/*
 * Put the terms of all slots into lists by the well-known name that they ask
 * for, so that a label is compared with few.  Terms that stand for definitions
 * are kept apart, in order of their slots.
 */
static void
list_terms(StageBuilder *b)
{
	const StageModel *model = b->model;
	uint32_t	n = 0;
	uint32_t	refs = b->nterms;

	memset(b->term_lists, 0, STAGE_TERM_LISTS * sizeof(*b->term_lists));
	for (uint32_t s = model->nslots; s-- > 0;)
	{
		const Matcher *m = STAGE_MATCHER(model, s);

		for (uint32_t i = 0; i < m->nterms; i++)
		{
			const MatcherTerm *t = &m->terms[i];
			StageTerm  *term;
			uint16_t   *list = &b->term_lists[wellknown_count + 1];

			if (STAGE_REFS(model, s)[i] > 0)
			{
				b->terms[--refs] = (StageTerm)
				{
					(uint16_t) s, (uint16_t) i, 0
				};
				continue;
			}
			if (t->name_kind == MN_BASE || t->name_kind == MN_EXACT)
				list = &b->term_lists[t->name_known < wellknown_count ? t->name_known : wellknown_count];
			term = &b->terms[n];
			*term = (StageTerm)
			{
				(uint16_t) s, (uint16_t) i, *list
			};
			*list = (uint16_t) ++n;
		}
	}
	b->nrefs = b->nterms - refs;
}

static inline void
note_fit(uint8_t *fits, uint32_t slot, const MatcherTerm *t, uint8_t fit)
{
	if (fit != MF_NEVER && (t->channel_kind != MN_ANY || t->op != MO_NONE))
		fit = MF_MAYBE;
	if (fit > fits[slot])
		fits[slot] = fit;
}

/* stage_label_fits, by the lists. */
static void
find_fits(const StageBuilder *b, const JourneyLabel *label, uint8_t *fits)
{
	const StageModel *model = b->model;
	const uint32_t lists[2] = {
		label->known < wellknown_count ? label->known : wellknown_count, wellknown_count + 1
	};

	memset(fits, MF_NEVER, model->nslots);
	for (int k = 0; k < 2; k++)
	{
		for (uint32_t i = b->term_lists[lists[k]]; i > 0; i = b->terms[i - 1].next)
		{
			const StageTerm *term = &b->terms[i - 1];
			const Matcher *m = STAGE_MATCHER(model, term->slot);
			const MatcherTerm *t = &m->terms[term->term];

			if (matcher_term_fits_label(m, t, label))
				note_fit(fits, term->slot, t, MF_ALWAYS);
		}
	}
	/* a definition's fit is known: it stands before what refers to it */
	for (uint32_t i = b->nterms - b->nrefs; i < b->nterms; i++)
	{
		uint32_t	slot = b->terms[i].slot;
		uint32_t	term = b->terms[i].term;

		note_fit(fits, slot, &STAGE_MATCHER(model, slot)->terms[term],
				 fits[STAGE_REFS(model, slot)[term] - 1]);
	}
}

/* -- classes ------------------------------------------------------------------------ */

/*
 * Fill in what follows from a class's row: its flags and the rules that can be
 * the first to fit.  Returns false if there is no room for the rules.
 */
static bool
describe_class(StageBuilder *b, uint32_t class)
{
	const StageModel *model = b->model;
	const uint8_t *fits = b->class_fits + (size_t) class * model->nslots;
	uint32_t	next = b->class_rules[class];
	uint8_t		flags = 0;
	bool		ignored = false;

	if (model->delivered > 0 && fits[model->delivered - 1] == MF_ALWAYS)
		flags |= STAGE_CLASS_DELIVERY;
	if (model->offsite > 0 && fits[model->offsite - 1] == MF_ALWAYS)
		flags |= STAGE_CLASS_OFFSITE;
	if ((model->purchase > 0 && fits[model->purchase - 1] == MF_MAYBE) ||
		(model->refund > 0 && fits[model->refund - 1] == MF_MAYBE) ||
		(model->delivered > 0 && fits[model->delivered - 1] == MF_MAYBE) ||
		(model->ignore > 0 && fits[model->ignore - 1] == MF_MAYBE) ||
		(model->offsite > 0 && fits[model->offsite - 1] == MF_MAYBE))
		flags |= STAGE_CLASS_DYNAMIC;
	for (uint32_t i = 0; i < model->nnth; i++)
	{
		if (fits[STAGE_NTH(model)[i]] == MF_MAYBE)
			flags |= STAGE_CLASS_DYNAMIC;
	}
	for (uint32_t i = 0; i < model->nafter; i++)
	{
		if (fits[STAGE_AFTER(model)[i]] == MF_MAYBE)
			flags |= STAGE_CLASS_DYNAMIC;
	}
	if (model->ignore > 0 && fits[model->ignore - 1] == MF_ALWAYS)
		ignored = true;
	for (uint32_t i = 0; i < model->nrules && !ignored; i++)
	{
		const StageRule *r = &STAGE_RULES(model)[i];
		const StageCond *c = &STAGE_CONDS(model)[r->first_cond];

		if (fits[r->slot] == MF_NEVER)
			continue;
		if (fits[r->slot] == MF_MAYBE)
			flags |= STAGE_CLASS_DYNAMIC;
		for (uint32_t k = 0; k < r->nconds; k++)
		{
			if (c[k].kind == SC_VALUE)
				flags |= STAGE_CLASS_DYNAMIC;
		}
		if (next == MAX_RULE_REFS)
			return false;
		b->rules[next++] = i;
		if (fits[r->slot] == MF_ALWAYS && r->nconds == 0)
			break;				/* no later rule has a turn */
	}
	b->class_flags[class] = flags;
	b->class_rules[class + 1] = next;
	return true;
}

/* The class of a label, made if there is room for one more. */
static uint16_t
make_class(StageBuilder *b, const JourneyLabel *label)
{
	StageMachine *m = &b->machine;
	uint32_t	n = b->model->nslots;
	uint8_t    *fits = b->class_fits + (size_t) m->nclasses * n;
	uint32_t	bucket;
	uint16_t	class;

	/* one row behind the last is always there to compute in */
	find_fits(b, label, fits);
	class = find_class(m, fits, &bucket);
	if (class != 0 || m->nclasses == b->max_classes ||
		!describe_class(b, m->nclasses))
		return class;
	class = m->nclasses++;
	b->buckets[bucket] = class;
	return class;
}

static void
make_class_of_text(StageBuilder *b, const char *text, size_t len)
{
	JourneyLabel label;

	if (len == 0 || len > JOURNEY_MAX_LABEL)
		return;
	journey_label_from_text(&label, text, len);
	make_class(b, &label);
}

/* A text with a detail that nobody asks for. */
static void
make_class_of_detail(StageBuilder *b, const char *text, size_t len)
{
	char		buf[JOURNEY_MAX_LABEL];
	size_t		n = len + 1 + sizeof(ODD_TEXT) - 1;

	if (n > sizeof(buf))
		return;
	memcpy(buf, text, len);
	memcpy(buf + len, "/" ODD_TEXT, n - len);
	make_class_of_text(b, buf, n);
}

void
stage_find_classes(StageBuilder *b)
{
	const StageModel *model = b->model;

	b->machine.nclasses = 1;
	b->class_flags[STAGE_CLASS_UNKNOWN] = STAGE_CLASS_DYNAMIC;
	b->class_rules[0] = b->class_rules[1] = 0;
	list_terms(b);

	/* first what most journeys have */
	make_class_of_text(b, ODD_TEXT, sizeof(ODD_TEXT) - 1);
	for (uint32_t i = 0; i < wellknown_count; i++)
	{
		JourneyLabel label = {.known = i};

		b->known_class[i] = make_class(b, &label);
	}
	for (uint32_t s = 0; s < model->nslots; s++)
	{
		const Matcher *m = STAGE_MATCHER(model, s);

		for (uint32_t i = 0; i < m->nterms; i++)
		{
			const MatcherTerm *t = &m->terms[i];
			const char *name = (const char *) m + t->name_off;
			char		buf[JOURNEY_MAX_LABEL];
			size_t		n = 0;

			if (t->name_kind == MN_ANY || STAGE_REFS(model, s)[i] > 0)
				continue;
			for (uint32_t k = 0; k < t->name_len; k++)
				buf[n++] = name[k] == '*' && t->name_kind == MN_WILD ?
					ODD_TEXT[0] : name[k];
			make_class_of_text(b, buf, n);
			make_class_of_detail(b, buf, n);
		}
	}
	/* details of well-known names that the matchers do not name but fit */
	for (uint32_t i = 0; i < wellknown_count; i++)
	{
		size_t		len;
		const char *text = wellknown_text(i, &len);
		uint16_t	class = b->known_class[i];
		const uint8_t *fits = b->class_fits + (size_t) class * model->nslots;

		if (class != STAGE_CLASS_UNKNOWN &&
			memchr(fits, MF_MAYBE, model->nslots) == NULL &&
			memchr(fits, MF_ALWAYS, model->nslots) == NULL)
			continue;
		make_class_of_detail(b, text, len);
	}
}
