/*
 * stage.h
 *	  Stage models: the compiled classifier of touchpoints and its machine.
 *
 * A stage model says in which stage of a customer's journey a touchpoint
 * stands.  Its literal is parsed (stage_parse) into a flat value, the
 * StageModel; a StageMachine is built of that once in a while and then run
 * over many journeys.
 *
 * The machine has two forms of one meaning.
 *
 *	The rule loop (StageWalk) keeps the context - net purchases, waiting,
 *	visit, counters, times - and tries the rules in order.  It can do
 *	everything.
 *
 *	The automaton is the same computed beforehand.  Labels fall into classes
 *	(all labels that every matcher of the model treats alike), contexts into
 *	states, of which a breadth-first search finds those that can be reached;
 *	what remains for a touchpoint is one load.  Not every model has one
 *	(`table` is NULL for those with "after ... within" or too many states),
 *	and not every journey can use it (see below); then the rule loop does the
 *	whole journey.
 *
 * Running the automaton over a journey, from this header alone:
 *
 *	1. For each label of the journey's label table get the class:
 *	   stage_known_class() for whole well-known names, else
 *	   stage_label_class() (the server has a memo for that).
 *	   OR the class_flags[] of all of them together.
 *	2. If table is NULL, or the flags have STAGE_CLASS_DYNAMIC (a stage may
 *	   depend on channel or value): use StageWalk.
 *	3. state = start[flags & STAGE_CLASS_DELIVERY ? 1 : 0].
 *	4. For each touchpoint:
 *			e = stage_row(m, class)[new_visit * m->nstates + state];
 *			state = STAGE_ENTRY_STATE(e);
 *			stage = STAGE_ENTRY_STAGE(e);	(0: in no stage, else 1 + number)
 *	   new_visit is what stage_new_visit() says of the gap before the
 *	   touchpoint (0 for the first); the timeout is session_timeout in units of
 *	   the journey, rounded down.
 *	5. If the last e is STAGE_IS_ESCAPE, throw all away and use StageWalk for
 *	   the whole journey: more purchases came than the states count, and then a
 *	   refund.  The escape is a trap: every entry after it is an escape too, so
 *	   looking at the last one is enough.  Its stage is 0.
 *
 * The core never allocates.  Sizes are asked for, memory is the caller's and
 * 8-aligned.  Errors are return codes.
 */
#ifndef STAGE_H
#define STAGE_H

#include "journey_layout.h"
#include "matcher.h"

#define STAGE_VERSION			1
#define STAGE_MAX_BYTES			65536	/* of a literal, and of a model */
#define STAGE_MAX_NAME			63
#define STAGE_MAX_STAGES		255
#define STAGE_MAX_RULES			1024
#define STAGE_MAX_DEFINITIONS	256
#define STAGE_MAX_CONDITIONS	2048
#define STAGE_MAX_NUMBER		1000000 /* in purchase_no, visit_no, nth */
#define STAGE_DEFAULT_TIMEOUT	INT64_C(1800000000) /* 30 minutes */

/* -- the model ------------------------------------------------------------ */

typedef enum StageDelivery
{
	SD_AUTO,					/* never waiting in a journey without delivery */
	SD_LOGGED,					/* deliveries are in the log */
	SD_NONE						/* never waiting */
} StageDelivery;

typedef enum StageCondKind
{
	SC_PROSPECT, SC_CUSTOMER, SC_WAITING,
	SC_PURCHASE_NO, SC_VISIT_NO, SC_NTH,
	SC_VALUE, SC_AFTER
} StageCondKind;

/*
 * A matcher of the model.  Its terms may stand for a definition: refs[] at
 * refs_off has, for each term, 0 or 1 + the number of the definition.
 */
typedef struct StageSlot
{
	uint32_t	matcher_off;	/* from the start of the model, 8-aligned */
	uint32_t	refs_off;
} StageSlot;

typedef struct StageCond
{
	uint8_t		kind;			/* StageCondKind */
	uint8_t		op;				/* MatcherOp */
	uint8_t		negated;
	uint8_t		has_within;
	uint16_t	index;			/* SC_NTH: counter; SC_AFTER: number of
								 * "after" */
	uint16_t	unused;
	int64_t		within;			/* microseconds */
	double		number;
} StageCond;

typedef struct StageRule
{
	uint16_t	slot;
	uint16_t	stage;			/* 0: none, else 1 + number */
	uint16_t	first_cond;
	uint16_t	nconds;
} StageRule;

typedef struct StageName
{
	uint32_t	off;			/* from the start of the model */
	uint32_t	len;
} StageName;

/*
 * The flat value.  Equal models have equal bytes; the bytes are 8-aligned.
 * Slots are the definitions, in order, and behind them the matchers of rules
 * and "after" conditions in order of first use, equal ones once.
 */
typedef struct StageModel
{
	int32_t		vl_len_;		/* varlena header (do not touch directly!) */
	uint8_t		version;
	uint8_t		ordered;		/* stages were separated by '>' */
	uint8_t		delivery;		/* StageDelivery */
	uint8_t		unused;
	uint64_t	hash;			/* of all bytes but vl_len_ and itself */
	uint32_t	size;			/* bytes, vl_len_ included */
	uint16_t	nstages;
	uint16_t	ndefs;
	uint16_t	nslots;
	uint16_t	nrules;
	uint16_t	nconds;
	uint16_t	nnth;			/* slots that are counted for "nth" */
	uint16_t	nafter;			/* slots that "after" asks for */
	uint16_t	dormant_stage;	/* 0: none, else 1 + number */
	uint16_t	purchase;		/* 0: no such definition, else 1 + number */
	uint16_t	refund;
	uint16_t	delivered;
	uint16_t	ignore;
	int64_t		session_timeout;	/* microseconds */
	int64_t		dormant_after;	/* microseconds */
	uint32_t	stages_off;		/* StageName[nstages] */
	uint32_t	defs_off;		/* StageName[ndefs] */
	uint32_t	slots_off;		/* StageSlot[nslots] */
	uint32_t	rules_off;		/* StageRule[nrules] */
	uint32_t	conds_off;		/* StageCond[nconds] */
	uint32_t	nth_off;		/* uint16[nnth], slot numbers */
	uint32_t	after_off;		/* uint16[nafter], slot numbers */
	uint16_t	offsite;
	uint16_t	unused2;
} StageModel;

#define STAGE_AT(model, type, off) \
	((const type *) ((const char *) (model) + (off)))
#define STAGE_STAGES(m)		STAGE_AT(m, StageName, (m)->stages_off)
#define STAGE_DEFS(m)		STAGE_AT(m, StageName, (m)->defs_off)
#define STAGE_SLOTS(m)		STAGE_AT(m, StageSlot, (m)->slots_off)
#define STAGE_RULES(m)		STAGE_AT(m, StageRule, (m)->rules_off)
#define STAGE_CONDS(m)		STAGE_AT(m, StageCond, (m)->conds_off)
#define STAGE_NTH(m)		STAGE_AT(m, uint16_t, (m)->nth_off)
#define STAGE_AFTER(m)		STAGE_AT(m, uint16_t, (m)->after_off)
#define STAGE_MATCHER(m, s) STAGE_AT(m, Matcher, STAGE_SLOTS(m)[s].matcher_off)
#define STAGE_REFS(m, s)	STAGE_AT(m, uint16_t, STAGE_SLOTS(m)[s].refs_off)

/* Text of a stage's name (number from 0); not terminated. */
static inline const char *
stage_name(const StageModel *m, uint32_t stage, size_t *len)
{
	const StageName *n = &STAGE_STAGES(m)[stage];

	*len = n->len;
	return (const char *) m + n->off;
}

/* Where and why a literal is wrong. */
typedef struct StageError
{
	size_t		offset;			/* byte offset into the text */
	bool		too_large;		/* a limit was passed, nothing else is wrong */
	const char *message;		/* may hold one %s, for `name` */
	const char *expected;		/* "an interval", or NULL */
	const char *hint;			/* a sentence, or NULL */
	char		name[80];		/* what the message speaks of */
} StageError;

/* Bytes of scratch memory that stage_parse needs for a literal of `len`. */
extern size_t stage_parse_scratch(size_t len);

/*
 * Compile a literal into `out`, which has STAGE_MAX_BYTES bytes; model->size
 * says how many are used (vl_len_ is left to the caller).
 */
extern bool stage_parse(const char *text, size_t len, void *scratch,
						StageModel *out, StageError *err);

/*
 * The literal of a model; returns its length and writes at most cap bytes.
 * Parsing it gives the same bytes again.
 */
extern size_t stage_print(const StageModel *m, char *out, size_t cap);

/* Structure check of bytes of which `size` are there. */
extern bool stage_check(const StageModel *m, size_t size);

extern uint64_t stage_hash(const StageModel *m);

/* Number of a stage by its name (1 + number), 0 if there is none. */
extern uint32_t stage_find(const StageModel *m, const char *name, size_t len);

/* -- the machine ---------------------------------------------------------- */

#define STAGE_MAX_STATES		4096
#define STAGE_MAX_ENTRIES		(192 * 1024)	/* of the table, 4 bytes each */
#define STAGE_MAX_CLASSES		2048

/* An entry of the table: the next state and where the touchpoint stands. */
#define STAGE_ENTRY_STATE(e)	((e) & 0xffff)
#define STAGE_ENTRY_STAGE(e)	(((e) >> 16) & 0xff)	/* 0, or 1 + number */
#define STAGE_SILENT			UINT32_C(0x40000000)	/* stage 0 and not to be
														 * reported: ignored or
														 * "-> none" */
#define STAGE_ESCAPE			UINT32_C(0x80000000)
#define STAGE_IS_SILENT(e)		(((e) & STAGE_SILENT) != 0)
#define STAGE_IS_ESCAPE(e)		(((e) & STAGE_ESCAPE) != 0)

/* class_flags[] */
#define STAGE_CLASS_DYNAMIC		0x01	/* depends on channel or value */
#define STAGE_CLASS_DELIVERY	0x02	/* is a delivery */
#define STAGE_CLASS_OFFSITE		0x04	/* is in no visit */

/* Class of labels whose treatment no class foresaw; always dynamic. */
#define STAGE_CLASS_UNKNOWN		0

/* When the current visit was last seen, for stage_new_visit. */
typedef struct StageVisit
{
	uint64_t	since;			/* units since the last touchpoint of a visit */
	uint64_t	begun;			/* all ones if there was one, else 0 */
} StageVisit;

/*
 * Does a visit begin at this touchpoint?  Start with a StageVisit of zeros.
 * Where no label of the journey is offsite, pass the constant false.
 */
static inline bool
stage_new_visit(StageVisit *v, uint64_t gap, bool offsite, uint64_t timeout)
{
	bool		begins;

	v->since += gap & v->begun;
	if (offsite)
		return false;
	begins = v->since > timeout;
	v->since = 0;
	v->begun = ~UINT64_C(0);
	return begins;
}

typedef struct StageMachine
{
	/* the automaton: next[class][new_visit][state] */
	const uint32_t *table;		/* NULL: always use the rule loop */
	uint32_t	nstates;
	uint32_t	nclasses;
	uint32_t	start[2];		/* without, with a delivery in the journey */
	int64_t		session_timeout;	/* microseconds */
	bool		uses_visits;	/* if not, new_visit makes no difference */
	const uint16_t *known_class;	/* class of each well-known id */
	const uint8_t *class_flags; /* STAGE_CLASS_*, by class */

	/* stages: number 0 .. nstages - 1 */
	uint32_t	nstages;
	const JourneyLabel *stage_labels;

	/* for the rule loop */
	const uint8_t *class_fits;	/* MatcherFit by class and slot */
	const uint32_t *class_rules;	/* where a class's rules start, nclasses +
									 * 1 */
	const uint16_t *rules;		/* rules that may fit, in order */
	uint32_t	nrules;
	const StageModel *model;	/* the machine's own copy */

	/* classes by hash of their row of class_fits */
	uint32_t	nbuckets;
	const uint16_t *buckets;	/* 0, or a class */

	size_t		size;			/* bytes of the whole machine */
} StageMachine;

/*
 * Build the machine of a model inside `work` (of stage_machine_work bytes),
 * then copy it into memory of its ->size.  The copy is what may be kept; it
 * needs neither `work` nor the model any more.
 */
extern size_t stage_machine_work(const StageModel *model);
extern StageMachine *stage_machine_build(const StageModel *model, void *work);
extern StageMachine *stage_machine_copy(const StageMachine *from, void *to);

/* The class of any label; computes, takes about a microsecond. */
extern uint16_t stage_machine_class(const StageMachine *m,
									const JourneyLabel *label);

/* The class of a whole well-known name. */
static inline uint16_t
stage_known_class(const StageMachine *m, uint16_t known)
{
	return m->known_class[known];
}

/* The part of the table that belongs to a class. */
static inline const uint32_t *
stage_row(const StageMachine *m, uint32_t class)
{
	return m->table + (size_t) class * 2 * m->nstates;
}

/* -- the rule loop -------------------------------------------------------- */

/*
 * Walks a journey.  Start it with stage_walk_first, then for each
 * stage_walk_next that returns true the public fields speak of the current
 * touchpoint: cursor has its time, label, channel and value.
 */
typedef struct StageWalk
{
	JourneyCursor cursor;
	uint32_t	stage;			/* 0, or 1 + number */
	bool		silent;			/* in no stage, and not to be reported */
	bool		waiting;
	uint32_t	purchase_no;	/* net purchases */
	uint32_t	visit_no;

	/* the walk's own */
	const StageMachine *machine;
	const JourneyLabel *labels;
	const JourneyLabel *channels;
	const uint16_t *classes;
	const uint8_t *fits;		/* of the current label: MatcherFit by slot */
	bool		dynamic;		/* the current label's class is */
	uint8_t    *own_fits;		/* the same for a label of no known class */
	uint32_t	own_label;		/* whose they are */
	uint8_t    *full;			/* fit of a slot at this touchpoint, if known */
	uint32_t   *nth;			/* counters */
	int64_t    *after_at;		/* last time before this touchpoint */
	uint8_t    *after_seen;
	uint32_t	simple;			/* conditions without a number, a bit each */
	bool		can_wait;
	bool		is_waiting;		/* as if it could */
	bool		visited;		/* a touchpoint was not offsite, at last_at */
	int64_t		last_at;
} StageWalk;

/* Bytes of memory for a walk. */
extern size_t stage_walk_size(const StageMachine *m);

/*
 * `labels` and `channels` are the journey's label tables as
 * journey_read_labels gives them, `classes` the class of each label.  All
 * three and `memory` must stay as long as the walk.
 */
extern void stage_walk_first(StageWalk *w, const StageMachine *m,
							 const JourneyView *view,
							 const JourneyLabel *labels,
							 const JourneyLabel *channels,
							 const uint16_t *classes, void *memory);
extern bool stage_walk_next(StageWalk *w);

/*
 * The automaton over a journey, entries of the table into out[count]; false
 * where it cannot be used (see above).
 */
extern bool stage_run(const StageMachine *m, const JourneyView *view,
					  const uint16_t *classes, uint32_t *out);

/* Fit of a label with each slot of a model: MatcherFit into fits[nslots]. */
extern void stage_label_fits(const StageModel *model, const JourneyLabel *label,
							 uint8_t *fits);

#endif							/* STAGE_H */
