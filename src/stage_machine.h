/*
 * stage_machine.h
 *	  Stage models as Datums, and a backend's cache of their machines.
 *
 * Include after postgres.h.
 */
#ifndef STAGE_MACHINE_H
#define STAGE_MACHINE_H

#include "journey.h"
#include "core/stage.h"

/*
 * A model argument.  A constant or the result of journey.flat() is used where
 * it lies; anything else (compressed, out of line, short header) is detoasted,
 * which costs more than most journeys do.
 */
#define DatumGetStageModelP(d)	((StageModel *) PG_DETOAST_DATUM(d))
#define PG_GETARG_STAGE_MODEL_P(n) DatumGetStageModelP(PG_GETARG_DATUM(n))

/*
 * The machine of a model, from the cache or built.  It is valid until the next
 * call for another model: keep the model, not the machine, and ask again for
 * each row (that costs a few nanoseconds).
 */
extern const StageMachine *stage_machine_get(const StageModel *model);

/*
 * The class of a label that is not a whole well-known name, remembered by its
 * text.
 */
extern uint16_t stage_text_class(const StageMachine *m, const JourneyLabel *label);

/* The class of any label. */
static inline uint16_t
stage_label_class(const StageMachine *m, const JourneyLabel *label)
{
	return label->text == NULL ? m->known_class[label->known] :
		stage_text_class(m, label);
}

/*
 * The label tables of a journey with the classes of its labels, in the current
 * memory context; flags is the class_flags of all labels together.
 */
typedef struct StageTables
{
	JourneyLabel *labels;
	JourneyLabel *channels;
	uint16	   *classes;
	uint8		flags;
} StageTables;

/* The classes of the labels of a journey; returns their flags together. */
extern uint8 stage_classes(const StageMachine *m, const JourneyView *view, uint16 *classes);

extern void stage_tables(StageTables *t, const StageMachine *m,
						 const JourneyView *view);

/* Start a walk of the rule loop, in the current memory context. */
extern void stage_walk_start(StageWalk *w, const StageMachine *m,
							 const JourneyView *view, const StageTables *t);

/*
 * Entries of the automaton's table for all touchpoints of a journey, by the
 * automaton or, where that cannot, by the rule loop, which sets only the stage
 * and STAGE_SILENT.
 */
extern uint32 *stage_entries(const StageMachine *m, const JourneyView *view,
							 const StageTables *t);

/*
 * The number of a definition by its name, 1 + slot, 0 if the model has none.
 * Does a touchpoint fit the definition in this slot of a model, as far as its
 * label tells; and the whole question, where channel is NULL for none.
 */
extern uint32 stage_definition_find(const StageModel *model, const char *name,
									size_t len);
extern MatcherFit stage_definition_fits_label(const StageModel *model, uint32 slot,
											  const JourneyLabel *label);
extern bool stage_definition_fits(const StageModel *model, uint32 slot,
								  const JourneyLabel *label, const JourneyLabel *channel,
								  bool has_value, double value);

/* Compile a literal, or one in the tables.  NULL after a soft error. */
extern StageModel *stage_model_compile(const char *text, size_t len, struct Node *escontext);
extern StageModel *stage_model_named(const char *name, struct Node *escontext);

/* Input of the type; a bare name is that of a model in the tables. */
extern Datum stage_model_in(PG_FUNCTION_ARGS);

#endif							/* STAGE_MACHINE_H */
