/*
 * bench.h
 *	  What the files of the driver share: journeys in memory, the ways in which
 *	  questions are answered, and memory of tallies and patterns.
 *
 * A way asks one question of all journeys and answers with a checksum that says
 * something of each answer.  Where the answer is a state, which takes long to
 * look at, `finish` makes the checksum of it.  `expected` finds the same by other
 * means, most often the slow ones.  Only `ask` is measured.  A new way is a line
 * in the list of its file.
 */
#ifndef BENCH_H
#define BENCH_H

#include "core/journey_layout.h"
#include "core/pattern_program.h"
#include "core/tally.h"

#define MAX_NAMES	128
#define SECOND		INT64_C(1000000)
#define DAY			(86400 * SECOND)

typedef struct Names
{
	uint32_t	count;
	JourneyLabel labels[MAX_NAMES];
	char		text[MAX_NAMES][64];
} Names;

/*
 * Customers in the order of their numbers.  The touchpoints of customer i are
 * touch[first[i]] .. touch[first[i + 1] - 1], in order of time.
 */
typedef struct Store
{
	uint32_t	count;
	uint64_t	touchpoints;
	Names		names;
	Names		channels;
	bool		with_channels;	/* and values */
	uint64_t   *first;
	JourneyTouch *touch;		/* label and channel by number in the store */
	double	   *values;			/* NaN for none; by touchpoint */
	const uint8_t **data;
	uint32_t   *size;
	const char *const *steps;	/* four events, one after the other */
} Store;

#define STEPS	4

typedef uint64_t (*Question) (const Store *store);

typedef struct Way
{
	const char *topic;
	const char *name;
	const char *what;			/* for the report */
	Question	ask;
	Question	finish;			/* or NULL */
	Question	expected;
	const uint64_t *units;		/* what a time is divided by; NULL:
								 * touchpoints */
	const char *unit;
} Way;

/* Each file with ways has a list of them, which ends with an empty one. */
extern const Way layout_ways[];
extern const Way funnel_ways[];
extern const Way pattern_ways[];
extern const Way session_ways[];
extern const Way transition_ways[];
extern const Way stage_ways[];
extern const Way period_ways[];
extern const Way tally_ways[];
extern const Way markov_ways[];

/* What is known before any question is asked, and kept for all. */
extern void prepare_funnel(const Store *store);
extern void prepare_pattern(const Store *store);
extern void prepare_sessions(const Store *store);
extern void prepare_stages(const Store *store);
extern void prepare_periods(const Store *store);
extern void prepare_tally(const Store *store);
extern void prepare_markov(const Store *store);

/* Read the CSV of bench/generate.c and encode the journeys. */
extern void store_read(Store *store, const char *variant);

/* Open a journey as a function in the server does. */
static inline void
open_journey(const Store *store, uint32_t i, JourneyView *v)
{
	(void) journey_open(v, store->data[i], store->size[i]);
	journey_prefetch_next(v);
}

/* A sum that depends on what was added in which order. */
static inline uint64_t
mix(uint64_t sum, uint64_t more)
{
	return (sum ^ more) * UINT64_C(0x9e3779b97f4a7c15) + (sum >> 29);
}

extern void die(const char *message);
extern void *allocate(size_t n, size_t size);	/* zeroed */

/* -- tallies ---------------------------------------------------------------- */

extern Tally *tally_make(int kind);

/* Takes the place of t, which is freed. */
extern Tally *tally_make_larger(Tally *t, TallyFull what);

/* The packed form, of so many bytes. */
extern Tally *tally_make_packed(const Tally *t, size_t *size);

/* Checksum of the packed form; t is freed. */
extern uint64_t tally_checksum(Tally *t);

/* The state that a way has counted, and its checksum. */
extern Tally *counted;
extern uint64_t counted_checksum(const Store *store);

/* A state of transitions in rows, as it was before it was found to be busy. */
extern Tally *count_transitions(const Store *store, uint32_t from, uint32_t to);

/* -- memory of patterns ------------------------------------------------------- */

/* Memory that is given back all at once. */
typedef struct Arena
{
	char	   *memory;
	size_t		used;
	size_t		size;
} Arena;

extern PatternHost arena_host(Arena *arena, size_t size);

#endif							/* BENCH_H */
