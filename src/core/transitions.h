/*
 * transitions.h
 *	  How often one touchpoint follows another, in one pass over a journey.
 *
 * A journey of n touchpoints has n + 1 transitions: from the start to the
 * first, from each to the next, from the last to the end.  A tally of kind
 * TALLY_TRANSITIONS has a row for each pair of labels; the duration of a
 * transition is the gap as it is stored, so no time is ever added up.  How
 * often a pair of touchpoints occurred is the sum of its histogram: the loop
 * counts only there.  Distinct customers are counted by a stamp in the row:
 * the number of the customer that was counted last.
 *
 * With a stage model the touchpoints are first classified: the labels of the
 * pairs are stages, touchpoints in no stage are passed over and their gaps
 * added.
 *
 * Cost: a few nanoseconds a touchpoint, the row found through a matrix while
 * there are at most 256 labels, else by hashing.
 */
#ifndef TRANSITIONS_H
#define TRANSITIONS_H

#include "journey_layout.h"
#include "stage.h"
#include "tally.h"
#include "tally_cells.h"

/*
 * Where counting a journey stands.  It is resumable: on TALLY_FULL_x the
 * caller grows the tally and calls again.
 */
typedef struct TransitionRun
{
	const JourneyView *view;
	uint32_t	next;			/* touchpoint to count next */
	int32_t		from;			/* what it follows: a label of the tally, or a
								 * mark */
	bool		started;		/* the customer has its stamp */
	const uint8_t *gap;			/* end of the gap before `next` */
	/* counting events */
	uint32_t   *map;			/* by label of the journey: label of the tally */
	bool		mapped;			/* map is filled */
	/* counting stages */
	const StageMachine *machine;
	const uint16_t *classes;	/* by label of the journey; room for 16 */
	uint32_t	state;			/* of the automaton */
	StageVisit	visit;
	bool		offsite;		/* some label is offsite */
	uint64_t	waited;			/* units since the last touchpoint in a stage */
	bool		escaped;		/* the automaton gave up at `next` */
	bool		dense;			/* counted in the matrix so far */
	/* counting in cells */
	uint32_t	gap_before;		/* touchpoint `next`, in seconds */
} TransitionRun;

/* Start on a journey; `map` has room for a number for each of its labels. */
static inline void
transitions_start(TransitionRun *run, const JourneyView *view, uint32_t *map)
{
	/* one by one: compilers clear it all in a way that takes longer */
	run->view = view;
	run->next = 0;
	run->from = TALLY_MARK_START;
	run->started = false;
	run->gap = view->gaps;
	run->map = map;
	run->mapped = false;
	run->machine = NULL;
	run->classes = NULL;
	run->state = 0;
	run->visit.since = 0;
	run->visit.begun = 0;
	run->offsite = false;
	run->waited = 0;
	run->escaped = false;
	run->dense = false;
	run->gap_before = 0;
}

/* Count the events of a journey, its end included. */
extern TallyFull transitions_count(Tally *t, TransitionRun *run);

/*
 * Count the stages of a journey by the automaton, its end included; the
 * machine, classes and start state are set.  If the automaton gives up
 * (run->escaped), what is before touchpoint `next` is counted and right; the
 * caller goes on from there by the rule loop.  The first labels of the tally
 * are the model's stages, see transitions_stages.
 */
extern TallyFull transitions_count_stages(Tally *t, TransitionRun *run);

/* Make the stages of a model the first labels of an empty tally. */
extern TallyFull transitions_stages(Tally *t, const StageMachine *machine);

/*
 * Count one transition from run->from to a label `us` microseconds later, or
 * without a duration from the start or to the end; and go there.
 */
extern TallyFull transitions_step(Tally *t, TransitionRun *run, int32_t to, int64_t us);

/* -- into the matrix of a busy tally (transitions_dense.c) ------------------ */

/* Call once before anything else of transitions_dense.c. */
extern void transitions_init(void);

/*
 * transitions_count_stages into the tally's matrix, escapes included.  False,
 * and nothing counted, if the journey is not at whole seconds, has a gap of half
 * a year or more, or the model more stages than the matrix has room for.
 */
extern bool transitions_count_stages_dense(Tally *t, TransitionRun *run);

/* transitions_step for a journey of which that has counted a part. */
extern void transitions_step_dense(Tally *t, TransitionRun *run, int32_t to, int64_t us);

/* -- into the cells of a busy tally (transitions_cells.c) ------------------- */

/*
 * Open a journey and count it in cells if it is one as most are: at most 56
 * touchpoints at whole seconds, well-known names that have all been seen, few labels
 * in the tally.  False, and nothing counted, if it is not, or the log is full: then
 * ask transitions_count_cells.
 */
extern bool transitions_count_usual(TallyCells *c, const uint8_t *data, size_t size);

/*
 * Count a journey in cells, its end included.  Resumable: where something is
 * missing the caller gives it and calls again.  CELLS_NOT_THIS, and nothing
 * counted, if the journey is not at whole seconds, has a gap of half a year or
 * more, or labels beyond those that cells can have.
 */
extern CellsFull transitions_count_cells(Tally *t, TallyCells *c, TransitionRun *run,
										 TallyFull *full);

#endif							/* TRANSITIONS_H */
