/*
 * tally.h
 *	  The state behind every aggregate over customers: a flat table of
 *	  counters keyed by labels or numbers.
 *
 * One piece of memory, offsets and no pointers, so that it can be copied,
 * stored, sent and grown by copying into a larger piece.  The functions here
 * never allocate: where something does not fit they return TALLY_FULL and the
 * caller grows the tally (tally_grown_size, tally_grow) and tries again.
 *
 * A row has `nkeys` keys (int64 each; a label is kept as its number in the
 * tally's own label table, negative numbers are the topic's own marks),
 * `ncounters` counters (int64) and, if the topic asks for it, a histogram of
 * durations in logarithmic buckets (see TALLY_BUCKET_BITS): bucket b of a
 * duration of d seconds is the top bits of d as a double, so 64 buckets
 * a doubling, linear inside: the middle of a bucket is within 0.79 % of every
 * duration in it.  It is the linearly interpolated variant of DDSketch.
 *
 * Rows are found through an index of row numbers: for two label keys a square
 * matrix while there are few labels (`square`), else open addressing.
 * Combining is addition of counters and histograms; the shape says what
 * happens to each of the `params`.  `stamp` helps to count distinct customers
 * while one state is being filled; it is no part of the value.
 *
 * A finished tally is packed: in canonical order, no spare room, no indexes.
 * Nothing can be looked up in it: the functions that do report that it is
 * full, and growing it builds the indexes.
 */
#ifndef TALLY_H
#define TALLY_H

#include "journey_layout.h"

#define TALLY_VERSION		1
#define TALLY_MAX_KEYS		10
#define TALLY_MAX_COUNTERS	12
#define TALLY_PARAMS		6
#define TALLY_MAX_BYTES		((size_t) 512 * 1024 * 1024)
#define TALLY_MAX_LABELS	65535
#define TALLY_SQUARE_LABELS 256 /* up to here the index is a matrix */
#define TALLY_MARK_START	(-1)	/* the two marks that a label key may be */
#define TALLY_MARK_END		(-2)

typedef enum TallyKind
{
	TALLY_TRANSITIONS = 1,
	TALLY_FUNNEL = 2,
	TALLY_RETENTION = 3,
	TALLY_SURVIVAL = 4,
	TALLY_TIME_TO_CONVERT = 5,
	TALLY_LIFECYCLE = 6,
	TALLY_STICKINESS = 7,
	TALLY_DAU_WAU_MAU = 8,
	TALLY_REPEATS = 9,
	TALLY_SESSIONS = 10,
	TALLY_PATHS = 11,
	TALLY_STEP_MATRIX = 12,
	TALLY_MARKOV = 13,
	TALLY_SHAPLEY = 14,
	TALLY_AVERAGE_JOURNEY = 15,
	TALLY_SCORES = 16
} TallyKind;

/*
 * What becomes of a parameter when two tallies are added.  0 is "not set" and
 * gives way to the other's.
 */
typedef enum TallyRule
{
	TALLY_SAME,					/* must be the same in both */
	TALLY_MAX					/* the larger one */
} TallyRule;

typedef struct TallyParam
{
	const char *name;			/* for messages */
	TallyRule	rule;
} TallyParam;

/* What a kind looks like; one entry for each kind, checked on input. */
typedef struct TallyShape
{
	const char *name;			/* as in the text form */
	uint8_t		nkeys;
	uint8_t		label_keys;		/* the first so many keys are labels */
	uint8_t		ncounters;		/* none of them is ever negative */
	uint8_t		nparams;
	bool		histogram;
	TallyParam	params[TALLY_PARAMS];
} TallyShape;

/*
 * The keys of each kind: from label, to label; label of the step name or a
 * mark, step number, clock; cohort, period; label of the group or a mark,
 * duration; what the row is, duration or edge; period; how many periods; day;
 * number of the purchase; always 0; labels of the events of a path, after which
 * the mark TALLY_MARK_END fills up; label of the event or a mark, number of the
 * step; labels of the events of a path, filled up likewise, and two numbers of
 * times (see typical_path.h); thousandths of the score.  The counters of each
 * kind:
 */
enum
{
	TC_TRANSITION_COUNT,		/* transitions without a duration: (start),
								 * (end) */
	TC_TRANSITION_CUSTOMERS,
	TC_TRANSITION_COUNTERS
};
enum
{
	TC_FUNNEL_CUSTOMERS,		/* by clock, see funnel_agg.c */
	TC_FUNNEL_SUM_HIGH,			/* sum of durations in two halves of 32 bits */
	TC_FUNNEL_SUM_LOW,
	TC_FUNNEL_COUNTERS
};
enum
{
	TC_RETENTION_ACTIVE,		/* customers active in the period */
	TC_RETENTION_LAST,			/* for whom it was the last active one */
	TC_RETENTION_FIRST,			/* the first one after the cohort's */
	TC_RETENTION_STREAK,		/* the last of those active without a break */
	TC_RETENTION_SEEN,			/* rolling, brackets: for whom it was the last
								 * one seen, and not over */
	TC_RETENTION_ELIGIBLE,		/* likewise: active in it, and it was over */
	TC_RETENTION_PLUS,			/* sum of positive values, millionths */
	TC_RETENTION_MINUS,			/* of negative ones, without the sign */
	TC_RETENTION_COUNTERS
};
enum
{
	TC_SURVIVAL_EVENTS,			/* customers for whom it happened then */
	TC_SURVIVAL_CENSORED,		/* those last seen then */
	TC_SURVIVAL_COUNTERS
};
enum
{
	TC_CONVERT_CUSTOMERS,
	TC_CONVERT_COUNTERS
};
enum
{
	TC_LIFECYCLE_NEW,			/* customers whose first active period it is */
	TC_LIFECYCLE_RETURNING,		/* active in it and in the one before */
	TC_LIFECYCLE_RESURRECTING,	/* active in it and earlier, not right before */
	TC_LIFECYCLE_COUNTERS
};
enum
{
	TC_STICKINESS_CUSTOMERS,	/* with so many active periods */
	TC_STICKINESS_COUNTERS
};
enum
{
	TC_ACTIVE_DAY,				/* customers active on the day */
	TC_ACTIVE_WEEK_IN,			/* who count in weeks from this day on */
	TC_ACTIVE_WEEK_OUT,			/* who do not any more */
	TC_ACTIVE_MONTH_IN,
	TC_ACTIVE_MONTH_OUT,
	TC_ACTIVE_COUNTERS
};
enum
{
	TC_REPEATS_CUSTOMERS,		/* customers who made the purchase */
	TC_REPEATS_NEXT,			/* and the next one */
	TC_REPEATS_ELIGIBLE,		/* whose time to make it was over */
	TC_REPEATS_ELIGIBLE_NEXT,	/* and who made it in that time */
	TC_REPEATS_COUNTERS
};
enum
{
	TC_SESSIONS_CUSTOMERS,
	TC_SESSIONS_REPEAT,			/* customers with more than one session */
	TC_SESSIONS_SESSIONS,
	TC_SESSIONS_TOUCHPOINTS,
	TC_SESSIONS_BOUNCED,		/* sessions of one touchpoint */
	TC_SESSIONS_ENGAGED,
	TC_SESSIONS_CONVERTED,		/* sessions with a key event */
	TC_SESSIONS_SUM_HIGH,		/* sum of durations in two halves of 32 bits */
	TC_SESSIONS_SUM_LOW,
	TC_SESSIONS_COUNTERS
};
enum
{
	TC_PATHS_COUNT,				/* paths that are this one */
	TC_PATHS_COUNTERS
};
enum
{
	TC_STEP_COUNT,				/* paths with the event at the step */
	TC_STEP_COUNTERS
};
enum
{
	TC_MARKOV_COUNT,			/* transitions, each path as often as it was
								 * taken */
	TC_MARKOV_PLUS,				/* sum of positive values, millionths; where
								 * the transition is to a conversion */
	TC_MARKOV_MINUS,			/* of negative ones, without the sign */
	TC_MARKOV_COUNTERS
};
enum
{
	TC_SHAPLEY_CONVERSIONS,
	TC_SHAPLEY_NULLS,
	TC_SHAPLEY_PLUS,			/* as TC_MARKOV_PLUS */
	TC_SHAPLEY_MINUS,
	TC_SHAPLEY_COUNTERS
};
enum
{
	TC_AVERAGE_CUSTOMERS,		/* customers with this path */
	TC_AVERAGE_CONTINUED,		/* whose journey went on after it */
	TC_AVERAGE_COUNTERS
};
enum
{
	TC_SCORES_ANSWERS,			/* answers with this score */
	TC_SCORES_COUNTERS
};

extern const TallyShape *tally_shape(int kind); /* NULL if there is none */
extern int	tally_kind_by_name(const char *name, size_t len);	/* 0 if none */

typedef struct TallyLabel
{
	uint32_t	off;			/* of the text in the text section */
	uint16_t	len;			/* of the text; 0 for whole well-known names */
	uint16_t	known;
	uint16_t	hash;
	uint16_t	has_text;
} TallyLabel;

/*
 * The histogram of a row is a window of counters, or, while it has few
 * different buckets, a list of entries (bucket and count in one number, in
 * ascending order): two durations that are days apart would otherwise need a
 * window of a thousand buckets.  A packed tally has lists of any length, and a
 * window only where a count does not fit an entry.
 */
typedef struct TallyRow
{
	uint32_t	stamp;			/* last customer counted, scratch */
	int32_t		bucket_low;		/* first bucket of the window; of a list: its
								 * length */
	uint32_t	bucket_count;	/* width of the window, 0: a list */
	uint32_t	bucket_off;		/* where it starts in the bucket section */
	/* int64 keys[nkeys], int64 counters[ncounters] follow */
} TallyRow;

typedef struct Tally
{
	int32_t		vl_len_;		/* varlena header (do not touch directly!) */
	uint8_t		version;
	uint8_t		kind;
	uint8_t		nkeys;
	uint8_t		ncounters;
	uint32_t	nlabels;
	uint32_t	label_cap;		/* power of 2 unless packed */
	uint32_t	nrows;
	uint32_t	row_cap;		/* power of 2 unless packed */
	uint32_t	nbuckets;		/* used, windows given up included */
	uint32_t	bucket_cap;
	uint32_t	text_used;
	uint32_t	text_cap;
	uint32_t	stamp;			/* of the customer being counted */
	uint8_t		square;			/* the row index is a matrix,
								 * tally_square_slot */
	uint8_t		packed;			/* canonical, no spare room, no indexes */
	uint16_t	in_transit;		/* what lies behind is cells as bytes */
	uint32_t	want;			/* room that was missing at the last
								 * TALLY_FULL_x */
	/* where the sections start, from the start of the tally; labels follow it */
	uint32_t	label_index_off;
	uint32_t	rows_off;
	uint32_t	row_index_off;
	uint32_t	buckets_off;
	uint32_t	text_off;
	uint32_t	dense_off;		/* 0, or where a TallyDense lies behind all
								 * this, or what in_transit says */
	int64_t		params[TALLY_PARAMS];
	/* sections: labels, label index, rows, row index, buckets, text */
} Tally;

typedef enum TallyFull
{
	TALLY_OK = 0,
	TALLY_FULL_LABELS,
	TALLY_FULL_ROWS,
	TALLY_FULL_BUCKETS,
	TALLY_FULL_TEXT
} TallyFull;

/* Sections. */
static inline size_t
tally_row_size(const Tally *t)
{
	return sizeof(TallyRow) + 8 * ((size_t) t->nkeys + t->ncounters);
}

static inline TallyLabel *
tally_labels(const Tally *t)
{
	return (TallyLabel *) (t + 1);
}

static inline uint32_t *
tally_label_index(const Tally *t)
{
	return (uint32_t *) ((uint8_t *) t + t->label_index_off);
}

static inline uint8_t *
tally_rows(const Tally *t)
{
	return (uint8_t *) t + t->rows_off;
}

static inline uint32_t *
tally_row_index(const Tally *t)
{
	return (uint32_t *) ((uint8_t *) t + t->row_index_off);
}

static inline int64_t *
tally_buckets(const Tally *t)
{
	return (int64_t *) ((uint8_t *) t + t->buckets_off);
}

static inline char *
tally_text(const Tally *t)
{
	return (char *) t + t->text_off;
}

static inline TallyRow *
tally_row_at(const Tally *t, uint32_t i)
{
	return (TallyRow *) (tally_rows(t) + i * tally_row_size(t));
}

static inline int64_t *
tally_keys(const TallyRow *row)
{
	return (int64_t *) (row + 1);
}

static inline int64_t *
tally_counters(const Tally *t, const TallyRow *row)
{
	return (int64_t *) (row + 1) + t->nkeys;
}

/*
 * Where the matrix of a `square` tally keeps 1 + the number of the row with
 * these two keys, 0 for none.  The first two lines and columns are the marks.
 */
static inline uint32_t *
tally_square_slot(const Tally *t, int32_t from, int32_t to)
{
	return tally_row_index(t) +
		(size_t) (from + 2) * (t->label_cap + 2) + (size_t) (to + 2);
}

/* An empty tally of a kind in zeroed memory of tally_initial_size bytes. */
extern size_t tally_initial_size(int kind);
extern void tally_init(Tally *t, int kind);

/*
 * Growing: after TALLY_FULL_x, get the size of a larger one (0 if that passes
 * TALLY_MAX_BYTES or TALLY_MAX_LABELS), give zeroed memory, copy.  vl_len_ is
 * the caller's.  Numbers of labels and rows stay; there will be room for what
 * was missing, and for `room` elements of the section (0: as it comes).
 * TALLY_OK as `what` gives a copy that is not packed.
 */
extern size_t tally_grown_size(const Tally *t, TallyFull what, uint32_t room);
extern void tally_grow(Tally *dst, const Tally *src, TallyFull what, uint32_t room);

/* Number of a label, added if new; -1 and *full set if there is no room. */
extern int32_t tally_label(Tally *t, const JourneyLabel *label, TallyFull *full);
extern void tally_label_get(const Tally *t, uint32_t i, JourneyLabel *label);

/* Row of a key, added if new; NULL and *full set if there is no room. */
extern TallyRow *tally_row(Tally *t, const int64_t *keys, TallyFull *full);

/*
 * The number of a row, and row number n if it is that of a key, else NULL: who
 * counts the same keys again and again remembers the number, which stays when
 * the tally grows, and which costs nothing where it is another tally's.
 */
static inline uint32_t
tally_row_number(const Tally *t, const TallyRow *row)
{
	return (uint32_t) ((size_t) ((const uint8_t *) row - tally_rows(t)) / tally_row_size(t));
}

static inline TallyRow *
tally_row_if(const Tally *t, uint32_t n, const int64_t *keys)
{
	TallyRow   *row = tally_row_at(t, n);
	const int64_t *have = tally_keys(row);
	int64_t		differs = 0;

	if (n >= t->nrows)
		return NULL;
	for (int k = 0; k < t->nkeys; k++)
		differs |= have[k] ^ keys[k];
	return differs == 0 ? row : NULL;
}

/* The same of labels that are whole well-known names. */
static inline bool
tally_label_is_known(const Tally *t, uint32_t n, uint16_t known)
{
	const TallyLabel *l = &tally_labels(t)[n];

	return n < t->nlabels && l->known == known && !l->has_text;
}

/* -- durations ------------------------------------------------------------ */

#define TALLY_BUCKET_BITS	6
#define TALLY_BUCKET_ZERO	((1023 - 20) << TALLY_BUCKET_BITS)
#define TALLY_BUCKETS		(64 * 64 + 2)	/* numbers run from 0 to this - 1 */

/*
 * Bucket 0 holds the duration 0, the others are positive and grow with it.
 * The exponent is that of the seconds, not the microseconds, so that whole
 * seconds are bucketed without arithmetic; 1 us is just above 2^-20 seconds.
 */
static inline int32_t
tally_bucket(int64_t us)
{
	double		seconds = (double) us / 1000000.0;
	uint64_t	bits;

	memcpy(&bits, &seconds, 8);
	return us <= 0 ? 0 :
		(int32_t) (bits >> (52 - TALLY_BUCKET_BITS)) - TALLY_BUCKET_ZERO + 1;
}

/* The middle of a bucket, microseconds. */
extern double tally_bucket_middle(int32_t bucket);

/* Count in any bucket, inside the row's window or not. */
extern TallyFull tally_count_bucket(Tally *t, TallyRow *row, int32_t bucket, int64_t times);

/* Give a row a window that holds these buckets; TALLY_OK or what is full. */
extern TallyFull tally_widen(Tally *t, TallyRow *row, int32_t low, int32_t high);

/*
 * Walk the buckets of a row that are not empty, in ascending order: start with
 * *place = 0; false when there is none left.
 */
extern bool tally_next_bucket(const Tally *t, const TallyRow *row, uint32_t *place,
							  int32_t *bucket, int64_t *count);

static inline TallyFull
tally_count_duration(Tally *t, TallyRow *row, int64_t us, int64_t times)
{
	int32_t		b = tally_bucket(us);

	if ((uint32_t) (b - row->bucket_low) >= row->bucket_count)
		return tally_count_bucket(t, row, b, times);
	tally_buckets(t)[row->bucket_off + (uint32_t) (b - row->bucket_low)] += times;
	return TALLY_OK;
}

/*
 * How many durations a row has, and its p-quantile in microseconds: the middle
 * of the bucket that holds number ceil(p * n) of them in order, as
 * percentile_disc would choose; 0 if there are none.
 */
extern int64_t tally_duration_count(const Tally *t, const TallyRow *row);
extern double tally_quantile(const Tally *t, const TallyRow *row, double p);

/* -- whole tallies -------------------------------------------------------- */

/*
 * Merge the params of src into those of dst, both of one kind.  Returns the
 * number of a param that ought to be the same and is not, or -1.
 */
extern int	tally_merge_params(Tally *dst, const Tally *src);

/*
 * Add the rows of src to dst (same kind).  Resumable: start with *next = 0; on
 * TALLY_FULL_x grow dst and call again with the same *next.  *failed_overflow
 * is set if a counter would pass int64; dst is then useless.
 */
extern TallyFull tally_add(Tally *dst, const Tally *src, uint32_t *next,
						   bool *failed_overflow);

/*
 * The canonical form: no spare room, no indexes, no label that no row uses,
 * labels ordered by bytes, rows ordered by keys, windows cut to what they
 * hold, stamps zero.  Equal tallies have equal canonical bytes (the bytes
 * after vl_len_).  `scratch` is of tally_pack_scratch(src) bytes; measuring
 * fills it for packing, which wants zeroed memory.
 */
extern size_t tally_pack_scratch(const Tally *src);
extern size_t tally_pack_measure(const Tally *src, void *scratch);
extern void tally_pack(Tally *dst, const Tally *src, void *scratch);

/*
 * Structure check of a tally whose bytes are not trusted, of `size` bytes in
 * all: after it nothing here reads outside.
 */
extern bool tally_check(const Tally *t, size_t size);

#endif							/* TALLY_H */
