/*
 * stage_definition.c
 *	  What a stage model means by a name: the touchpoints that fit its purchase,
 *	  refund, delivery or any other definition.
 *
 * Questions about definitions ("how many purchases", "what revenue", "are
 * deliveries logged") need no context, only names, channels and values.  So
 * they are answered from the model itself, without its machine: a journey
 * whose label table holds no fitting name ends there.  What the definition says
 * to well-known names is kept from call to call.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "core/wellknown.h"
#include "stage_machine.h"

#define NO_DEFINITION	(-1)

uint32
stage_definition_find(const StageModel *model, const char *name, size_t len)
{
	for (uint32 i = 0; i < model->ndefs; i++)
	{
		const StageName *d = &STAGE_DEFS(model)[i];

		if (d->len == len && memcmp((const char *) model + d->off, name, len) == 0)
			return i + 1;
	}
	return 0;
}

/*
 * Number of a definition (and of its slot).  purchase, refund, delivery, ignore
 * and offsite have a meaning in every model: where one does not define them nothing
 * fits, which is an answer.  Any other unknown name is a mistake.
 */
static int
find_definition(const StageModel *model, const text * name)
{
	static const char *const meaningful[] = {"purchase", "refund", "delivery", "ignore", "offsite"};
	size_t		len = VARSIZE_ANY_EXHDR(name);
	uint32		found = stage_definition_find(model, VARDATA_ANY(name), len);

	if (found > 0)
		return (int) found - 1;
	for (int i = 0; i < lengthof(meaningful); i++)
	{
		if (strlen(meaningful[i]) == len &&
			memcmp(meaningful[i], VARDATA_ANY(name), len) == 0)
			return NO_DEFINITION;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("stage model has no definition \"%s\"", text_to_cstring(name)),
			 errhint("The text of the model shows its definitions.")));
	return NO_DEFINITION;		/* keep compiler quiet */
}

/*
 * What the label alone says of a slot.  A term that stands for a definition
 * asks that the definition fits and, on top of it, for its own channel and
 * value; definitions refer only to earlier ones, so the recursion ends.
 */
MatcherFit
stage_definition_fits_label(const StageModel *model, uint32 slot, const JourneyLabel *label)
{
	const Matcher *m = STAGE_MATCHER(model, slot);
	const uint16_t *refs = STAGE_REFS(model, slot);
	MatcherFit	best = MF_NEVER;

	check_stack_depth();
	for (uint32 i = 0; i < m->nterms && best != MF_ALWAYS; i++)
	{
		const MatcherTerm *t = &m->terms[i];
		MatcherFit	fit;

		if (refs[i] > 0)
			fit = stage_definition_fits_label(model, refs[i] - 1, label);
		else
			fit = matcher_term_fits_label(m, t, label) ? MF_ALWAYS : MF_NEVER;
		if (fit != MF_NEVER && (t->channel_kind != MN_ANY || t->op != MO_NONE))
			fit = MF_MAYBE;
		best = Max(best, fit);
	}
	return best;
}

/* The whole question.  `channel` is NULL where there is none. */
bool
stage_definition_fits(const StageModel *model, uint32 slot, const JourneyLabel *label,
					  const JourneyLabel *channel, bool has_value, double value)
{
	const Matcher *m = STAGE_MATCHER(model, slot);
	const uint16_t *refs = STAGE_REFS(model, slot);

	check_stack_depth();
	for (uint32 i = 0; i < m->nterms; i++)
	{
		const MatcherTerm *t = &m->terms[i];

		if (matcher_term_fits_value(t, has_value, value) &&
			matcher_term_fits_channel(m, t, channel) &&
			(refs[i] > 0 ?
			 stage_definition_fits(model, refs[i] - 1, label, channel, has_value, value) :
			 matcher_term_fits_label(m, t, label)))
			return true;
	}
	return false;
}

/* A definition of a model, and what it says to well-known names. */
typedef struct KeptDefinition
{
	StageModel *model;			/* a copy; NULL before the first call */
	text	   *name;
	const StageModel *seen;		/* where an equal model was seen last */
	int			slot;
	uint8	   *known;			/* 0 not asked yet, 1 + MatcherFit, by id */
	struct varlena *nothing;	/* the journey without touchpoints */
} KeptDefinition;

static bool
is_kept(KeptDefinition *kept, const StageModel *model, const text * name)
{
	if (kept->model == NULL || kept->model->hash != model->hash ||
		VARSIZE(kept->model) != VARSIZE(model) ||
		VARSIZE_ANY_EXHDR(kept->name) != VARSIZE_ANY_EXHDR(name) ||
		memcmp(VARDATA_ANY(kept->name), VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)) != 0)
		return false;
	if (kept->seen != model && memcmp(kept->model, model, VARSIZE(model)) != 0)
		return false;
	kept->seen = model;
	return true;
}

static KeptDefinition *
keep_definition(FunctionCallInfo fcinfo, const StageModel *model, const text * name)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	KeptDefinition *kept = flinfo->fn_extra;
	MemoryContext old;
	JourneyBuilder none;

	if (kept != NULL && likely(is_kept(kept, model, name)))
		return kept;
	old = MemoryContextSwitchTo(flinfo->fn_mcxt);
	if (kept == NULL)
	{
		kept = palloc0(sizeof(KeptDefinition));
		journey_builder_init(&none, 0);
		kept->nothing = journey_builder_finish(&none);
		flinfo->fn_extra = kept;
	}
	else if (kept->model != NULL)
	{
		pfree(kept->model);
		pfree(kept->name);
		pfree(kept->known);
	}
	kept->model = NULL;
	kept->slot = find_definition(model, name);
	kept->known = palloc0(wellknown_count);
	kept->name = cstring_to_text_with_len(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	kept->model = palloc(VARSIZE(model));
	memcpy(kept->model, model, VARSIZE(model));
	kept->seen = model;
	MemoryContextSwitchTo(old);
	return kept;
}

static inline MatcherFit
kept_fit(KeptDefinition *kept, const JourneyLabel *label)
{
	uint8	   *known;

	if (label->text != NULL || label->known >= wellknown_count)
		return stage_definition_fits_label(kept->model, kept->slot, label);
	known = &kept->known[label->known];
	if (*known == 0)
		*known = 1 + (uint8) stage_definition_fits_label(kept->model, kept->slot, label);
	return (MatcherFit) (*known - 1);
}

/* Can no touchpoint fit?  Only asked of label tables that are one byte a name. */
static bool
none_fits(KeptDefinition *kept, const JourneyView *v)
{
	JourneyLabel label = {0};

	for (uint32 i = 0; i < v->nlabels; i++)
	{
		label.known = v->labels[i];
		if (kept_fit(kept, &label) != MF_NEVER)
			return false;
	}
	return true;
}

/* filter(j, model, definition): the touchpoints that fit the definition */
PG_FUNCTION_INFO_V1(journey_filter_definition);
Datum
journey_filter_definition(PG_FUNCTION_ARGS)
{
	JourneyView v;
	const StageModel *model = PG_GETARG_STAGE_MODEL_P(1);
	KeptDefinition *kept = keep_definition(fcinfo, model, PG_GETARG_TEXT_PP(2));
	int			slot = kept->slot;
	JourneyBuilder b;
	JourneyCursor c;
	uint8	   *fits;
	bool		any = false;

	journey_fetch(PG_GETARG_DATUM(0), &v);
	if (slot == NO_DEFINITION || v.count == 0 || (v.plain && none_fits(kept, &v)))
		PG_RETURN_POINTER(kept->nothing);

	/* labels and channels of the answer by the numbers they have here */
	journey_builder_init(&b, 16);
	b.labels.names = palloc((v.nlabels + 1) * sizeof(JourneyLabel));
	b.labels.count = b.labels.allocated = v.nlabels;
	journey_read_labels(v.labels, v.nlabels, b.labels.names);
	b.channels.names = palloc((v.nchannels + 1) * sizeof(JourneyLabel));
	b.channels.count = b.channels.allocated = v.nchannels;
	journey_read_labels(v.channels, v.nchannels, b.channels.names);

	fits = palloc(v.nlabels + 1);
	for (uint32 i = 0; i < v.nlabels; i++)
	{
		fits[i] = (uint8) kept_fit(kept, &b.labels.names[i]);
		any |= (fits[i] != MF_NEVER);
	}
	if (any)
	{
		journey_first(&c, &v);
		while (journey_next(&c))
		{
			CHECK_FOR_INTERRUPTS();
			if (fits[c.label] == MF_ALWAYS ||
				(fits[c.label] == MF_MAYBE &&
				 stage_definition_fits(model, slot, &b.labels.names[c.label],
									   c.channel > 0 ? &b.channels.names[c.channel - 1] : NULL,
									   c.has_value, c.has_value ? c.value : 0)))
				journey_builder_add(&b, c.at, (uint16) c.label, (uint16) c.channel,
									c.has_value ? c.value : NAN);
		}
	}
	PG_RETURN_POINTER(journey_builder_finish(&b));
}

/* matches(model, definition, event, channel, value): the same for a row */
PG_FUNCTION_INFO_V1(stage_model_matches);
Datum
stage_model_matches(PG_FUNCTION_ARGS)
{
	const StageModel *model;
	int			slot;
	TouchArgs	t;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	model = PG_GETARG_STAGE_MODEL_P(0);
	slot = find_definition(model, PG_GETARG_TEXT_PP(1));
	journey_touch_args(fcinfo, 2, &t);
	PG_RETURN_BOOL(slot != NO_DEFINITION &&
				   stage_definition_fits(model, slot, &t.event, t.has_channel ? &t.channel : NULL,
										 t.has_value, t.value));
}
