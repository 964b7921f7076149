/*
 * stage_build.h
 *	  A stage machine under construction, for stage_class.c and
 *	  stage_automaton.c only.
 */
#ifndef STAGE_BUILD_H
#define STAGE_BUILD_H

#include "stage.h"

#define MAX_FIT_BYTES	(1024 * 1024)	/* of class_fits */
#define MAX_RULE_REFS	(256 * 1024)	/* of the classes' lists of rules */
#define NBUCKETS		(2 * STAGE_MAX_CLASSES) /* a power of two */
#define NHASH			(2 * STAGE_MAX_STATES)
#define MAX_COUNTERS	32

/* How a model's contexts are counted and packed into a number. */
typedef struct StageCounting
{
	bool		purchases;		/* is it asked for at all? */
	bool		waiting;
	bool		visits;
	uint32_t	purchase_top;	/* this many or more */
	uint32_t	visit_top;
	uint32_t	nth_top[MAX_COUNTERS];
	int			purchase_bits;
	int			visit_bits;
	int			nth_bits[MAX_COUNTERS];
} StageCounting;

/* A term of a slot, in a list of terms that may fit the same labels. */
typedef struct StageTerm
{
	uint16_t	slot;
	uint16_t	term;
	uint16_t	next;			/* 0, or 1 + number */
} StageTerm;

/* Everything a machine under construction needs. */
typedef struct StageBuilder
{
	StageMachine machine;		/* first: what stage_machine_build returns */
	const StageModel *model;
	uint32_t	max_classes;
	uint16_t   *known_class;
	uint8_t    *class_flags;
	uint8_t    *class_fits;
	uint32_t   *class_rules;
	uint16_t   *rules;
	uint16_t   *buckets;
	uint32_t   *table;			/* next[class][new_visit][state] */
	uint32_t   *found;			/* next[state][class][new_visit] */
	uint64_t   *keys;			/* of the states */
	uint16_t   *hash;			/* 1 + number of a state */
	JourneyLabel *stage_labels;
	StageTerm  *terms;
	uint16_t   *term_lists;		/* 0, or 1 + number of the first */
	uint32_t	nterms;
	uint32_t	nrefs;			/* of the terms, those from the end */
	StageCounting counting;
} StageBuilder;

/* Lists of terms: by well-known name, of other names, of any; and all terms. */
#define STAGE_TERM_LISTS	(wellknown_count + 2)

extern uint32_t stage_terms(const StageModel *model);

/* Find the classes of labels: everything of the machine but its states. */
extern void stage_find_classes(StageBuilder *b);

#endif							/* STAGE_BUILD_H */
