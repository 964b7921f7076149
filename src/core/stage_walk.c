/*
 * stage_walk.c
 *	  The rule loop: a stage model run over a journey, one touchpoint at a time.
 *
 * At a touchpoint, in this order:
 *
 *	1. visit: one more if the time since the last touchpoint that is not
 *	   offsite is greater than the session timeout, unless this one is offsite;
 *	2. purchase adds one to the net purchases and starts waiting, refund takes
 *	   one back (not below 0) and ends waiting, delivery ends waiting;
 *	3. counters of "nth": one more for each matcher that fits;
 *	4. ignore: then the touchpoint is in no stage;
 *	5. the rules in order; the first whose matcher fits and whose conditions
 *	   hold gives the stage;
 *	6. "after": the matchers that fit now are remembered for those to come.
 *
 * What a label's name alone decides is known from its class (a MatcherFit for
 * each slot).  The rest, where a term asks for channel or value, is computed
 * when asked and remembered for the touchpoint.
 */
#include "stage.h"

#define ALIGN8(n)	(((n) + 7) & ~(size_t) 7)

/* w->full[] */
#define FULL_UNKNOWN 0
#define FULL_NO		1
#define FULL_YES	2

void
stage_label_fits(const StageModel *model, const JourneyLabel *label, uint8_t *fits)
{
	for (uint32_t s = 0; s < model->nslots; s++)
	{
		const Matcher *m = STAGE_MATCHER(model, s);
		const uint16_t *refs = STAGE_REFS(model, s);
		uint8_t		best = MF_NEVER;

		for (uint32_t i = 0; i < m->nterms && best != MF_ALWAYS; i++)
		{
			const MatcherTerm *t = &m->terms[i];
			uint8_t		fit;

			/* a definition's fit is known: it stands before what refers to it */
			if (refs[i] > 0)
				fit = fits[refs[i] - 1];
			else
				fit = matcher_term_fits_label(m, t, label) ? MF_ALWAYS : MF_NEVER;
			if (fit != MF_NEVER && (t->channel_kind != MN_ANY || t->op != MO_NONE))
				fit = MF_MAYBE;
			if (fit > best)
				best = fit;
		}
		fits[s] = best;
	}
}

static bool slot_fits_fully(StageWalk *w, uint32_t slot);

static inline bool
slot_fits(StageWalk *w, uint32_t slot)
{
	uint8_t		fit = w->fits[slot];

	if (fit != MF_MAYBE)
		return fit == MF_ALWAYS;
	if (w->full[slot] == FULL_UNKNOWN)
		w->full[slot] = slot_fits_fully(w, slot) ? FULL_YES : FULL_NO;
	return w->full[slot] == FULL_YES;
}

/* Does a slot fit whose answer depends on channel or value? */
static bool
slot_fits_fully(StageWalk *w, uint32_t slot)
{
	const StageModel *model = w->machine->model;
	const Matcher *m = STAGE_MATCHER(model, slot);
	const uint16_t *refs = STAGE_REFS(model, slot);
	const JourneyLabel *label = &w->labels[w->cursor.label];
	const JourneyLabel *channel = w->cursor.channel > 0 ?
	&w->channels[w->cursor.channel - 1] : NULL;

	for (uint32_t i = 0; i < m->nterms; i++)
	{
		const MatcherTerm *t = &m->terms[i];

		/*
		 * A term that stands for a definition asks that the definition fits
		 * and, on top of it, for its own channel and value.
		 */
		if (matcher_term_fits_value(t, w->cursor.has_value, w->cursor.value) &&
			matcher_term_fits_channel(m, t, channel) &&
			(refs[i] > 0 ? slot_fits(w, refs[i] - 1) :
			 matcher_term_fits_label(m, t, label)))
			return true;
	}
	return false;
}

static bool
condition_holds(StageWalk *w, const StageCond *c)
{
	bool		holds = false;

	switch (c->kind)
	{
		case SC_PROSPECT:
		case SC_CUSTOMER:
		case SC_WAITING:
			holds = (w->simple >> c->kind) & 1;
			break;
		case SC_PURCHASE_NO:
			holds = matcher_compares(w->purchase_no, c->op, c->number);
			break;
		case SC_VISIT_NO:
			holds = matcher_compares(w->visit_no, c->op, c->number);
			break;
		case SC_NTH:
			holds = matcher_compares(w->nth[c->index], c->op, c->number);
			break;
		case SC_VALUE:
			holds = w->cursor.has_value && matcher_compares(w->cursor.value, c->op, c->number);
			break;
		case SC_AFTER:
			/* unsigned: two timestamps can be further apart than an int64 */
			holds = w->after_seen[c->index] &&
				(!c->has_within ||
				 (uint64_t) w->cursor.at - (uint64_t) w->after_at[c->index] <=
				 (uint64_t) c->within);
			break;
	}
	return holds != c->negated;
}

static bool
rule_holds(StageWalk *w, const StageModel *model, const StageRule *r)
{
	const StageCond *c = &STAGE_CONDS(model)[r->first_cond];

	if (!slot_fits(w, r->slot))
		return false;
	for (uint32_t i = 0; i < r->nconds; i++)
	{
		if (!condition_holds(w, &c[i]))
			return false;
	}
	return true;
}

/* Make the fits of the touchpoint's label current. */
static void
set_label(StageWalk *w)
{
	const StageMachine *m = w->machine;
	uint32_t	label = w->cursor.label;
	uint16_t	class = w->classes[label];

	if (class != STAGE_CLASS_UNKNOWN)
		w->fits = m->class_fits + (size_t) class * m->model->nslots;
	else
	{
		if (w->own_label != label)
		{
			stage_label_fits(m->model, &w->labels[label], w->own_fits);
			w->own_label = label;
		}
		w->fits = w->own_fits;
	}
	w->dynamic = (m->class_flags[class] & STAGE_CLASS_DYNAMIC) != 0;
	if (w->dynamic)
		memset(w->full, FULL_UNKNOWN, m->model->nslots);
}

/*
 * Can a customer of this journey be waiting?  Under "auto" only if some
 * touchpoint of it is a delivery.
 */
static bool
journey_can_wait(StageWalk *w)
{
	const StageModel *model = w->machine->model;
	const JourneyView *view = w->cursor.view;
	bool		maybe = false;

	if (model->delivery != SD_AUTO)
		return model->delivery == SD_LOGGED;
	if (model->delivered == 0)
		return false;
	for (uint32_t i = 0; i < view->nlabels; i++)
	{
		uint8_t		fit;

		w->cursor.label = i;
		set_label(w);
		fit = w->fits[model->delivered - 1];
		if (fit == MF_ALWAYS)
			return true;
		maybe |= (fit == MF_MAYBE);
	}
	if (maybe)
	{
		journey_first(&w->cursor, view);
		while (journey_next(&w->cursor))
		{
			set_label(w);
			if (slot_fits(w, model->delivered - 1))
				return true;
		}
	}
	return false;
}

size_t
stage_walk_size(const StageMachine *m)
{
	const StageModel *model = m->model;

	return ALIGN8(model->nafter * sizeof(int64_t)) +
		ALIGN8(model->nnth * sizeof(uint32_t)) +
		ALIGN8(model->nafter) + ALIGN8(model->nslots) + ALIGN8(model->nslots);
}

void
stage_walk_first(StageWalk *w, const StageMachine *m, const JourneyView *view,
				 const JourneyLabel *labels, const JourneyLabel *channels,
				 const uint16_t *classes, void *memory)
{
	const StageModel *model = m->model;
	char	   *p = memory;

	memset(w, 0, sizeof(*w));
	memset(memory, 0, stage_walk_size(m));
	w->machine = m;
	w->labels = labels;
	w->channels = channels;
	w->classes = classes;
	w->own_label = UINT32_MAX;
	w->after_at = (int64_t *) p;
	p += ALIGN8(model->nafter * sizeof(int64_t));
	w->nth = (uint32_t *) p;
	p += ALIGN8(model->nnth * sizeof(uint32_t));
	w->after_seen = (uint8_t *) p;
	p += ALIGN8(model->nafter);
	w->full = (uint8_t *) p;
	p += ALIGN8(model->nslots);
	w->own_fits = (uint8_t *) p;

	journey_first(&w->cursor, view);
	w->can_wait = journey_can_wait(w);
	journey_first(&w->cursor, view);
	w->visit_no = 1;
	w->visited = false;
}

bool
stage_walk_next(StageWalk *w)
{
	const StageMachine *m = w->machine;
	const StageModel *model = m->model;
	const StageRule *rules = STAGE_RULES(model);
	uint16_t	class;

	if (!journey_next(&w->cursor))
		return false;
	set_label(w);
	w->stage = 0;
	w->silent = false;

	if (model->offsite == 0 || !slot_fits(w, model->offsite - 1))
	{
		if (w->visited && (uint64_t) w->cursor.at - (uint64_t) w->last_at >
			(uint64_t) model->session_timeout)
			w->visit_no++;
		w->visited = true;
		w->last_at = w->cursor.at;
	}

	if (model->purchase > 0 && slot_fits(w, model->purchase - 1))
	{
		w->purchase_no++;
		w->is_waiting = true;
	}
	if (model->refund > 0 && slot_fits(w, model->refund - 1))
	{
		if (w->purchase_no > 0)
			w->purchase_no--;
		w->is_waiting = false;
	}
	if (model->delivered > 0 && slot_fits(w, model->delivered - 1))
		w->is_waiting = false;
	w->waiting = w->is_waiting && w->can_wait;
	w->simple = (w->purchase_no == 0) << SC_PROSPECT |
		(w->purchase_no > 0) << SC_CUSTOMER | w->waiting << SC_WAITING;

	for (uint32_t i = 0; i < model->nnth; i++)
	{
		if (slot_fits(w, STAGE_NTH(model)[i]))
			w->nth[i]++;
	}

	class = w->classes[w->cursor.label];
	if (model->ignore > 0 && slot_fits(w, model->ignore - 1))
		w->silent = true;
	else if (class != STAGE_CLASS_UNKNOWN)
	{
		const uint16_t *r = m->rules + m->class_rules[class];
		const uint16_t *end = m->rules + m->class_rules[class + 1];

		for (; r < end; r++)
		{
			if (rule_holds(w, model, &rules[*r]))
			{
				w->stage = rules[*r].stage;
				w->silent = (w->stage == 0);
				break;
			}
		}
	}
	else
	{
		for (uint32_t r = 0; r < model->nrules; r++)
		{
			if (rule_holds(w, model, &rules[r]))
			{
				w->stage = rules[r].stage;
				w->silent = (w->stage == 0);
				break;
			}
		}
	}

	for (uint32_t i = 0; i < model->nafter; i++)
	{
		if (slot_fits(w, STAGE_AFTER(model)[i]))
		{
			w->after_seen[i] = true;
			w->after_at[i] = w->cursor.at;
		}
	}
	return true;
}
