/*
 * tally_dense.h
 *	  A faster home for the counters of a busy tally of transitions between
 *	  stages.
 *
 * Rows of a tally are found through an index and have windows that grow; that
 * is right for many small tallies and costs about ten nanoseconds a count.
 * While a state has counted many customers and has few labels, journeys at
 * whole seconds are counted in this matrix instead: a fixed place for every
 * pair of labels and every bucket, 2.6 MB behind the tally, or 0.6 MB for up to
 * six stages: what is allocated has to be cleared, copied and read, too.  What
 * counts is how much of it a processor's cache has to hold: so a place has its
 * low 8 bits in one array, which is the one that is always written, and the rest
 * in another, which is written every 256th time.  tally_dense_add moves the counts into
 * rows; nothing but the hot loop and that function knows the matrix.
 *
 * The buckets are those of the tally (tally_bucket), from one second to
 * 2^31 seconds, with 0 in front.
 */
#ifndef TALLY_DENSE_H
#define TALLY_DENSE_H

#include "tally.h"

#define DENSE_LABELS		14	/* and the two marks */
#define DENSE_PAIRS			256
#define DENSE_SHIFT			4	/* a line has 16 columns */
#define DENSE_FEW_LABELS	6	/* where no more labels can come, a line may */
#define DENSE_FEW_SHIFT		3	/* have 8, which takes a quarter of the memory */
#define DENSE_LOW			(20 * 64 + 1)	/* tally_bucket(1 s): of place 1 */
#define DENSE_BUCKETS		2000	/* 1 + 31 * 64, and off a power of 2 */
#define DENSE_SECONDS		INT32_MAX	/* the longest duration with a place */
#define DENSE_MAX_COUNT		(UINT64_C(1) << 32) /* of customers, too */

/*
 * The number of a pair is (from + 2) * 2^shift + (to + 2).  A transition from the
 * start or to the end has no duration and is counted in place 0.
 *
 * Distinct customers: a transition only marks its pair with the number of the
 * customer, modulo 255; the marks of each line of the matrix that the customer
 * can have touched are compared and counted many at a time.  That is done
 * when the next customer comes: reading sixteen bytes at once right after they
 * were written one by one would wait for the writes.  Every 255 customers the
 * marks are cleared and the counts moved.
 */
typedef struct TallyDense
{
	uint64_t	count;			/* bound of every counter */
	uint32_t	customers[DENSE_PAIRS];
	uint8_t		few_customers[DENSE_PAIRS]; /* since the marks were cleared */
	uint8_t		marks[DENSE_PAIRS];
	uint8_t		customer;		/* the mark of the latest customer */
	uint8_t		npending;		/* lines whose marks are not counted yet */
	uint8_t		pending[16];
	uint32_t	shift;
	uint32_t	places;			/* DENSE_BUCKETS for each pair */
	/* uint8_t low[places], uint32_t high[places], this in steps of 256 */
} TallyDense;

static inline uint8_t *
dense_low(const TallyDense *dense)
{
	return (uint8_t *) (dense + 1);
}

static inline uint32_t *
dense_high(const TallyDense *dense)
{
	return (uint32_t *) (dense_low(dense) + dense->places);
}

static inline TallyDense *
tally_dense(const Tally *t)
{
	return t->dense_off == 0 ? NULL : (TallyDense *) ((uint8_t *) t + t->dense_off);
}

static inline void
dense_count(TallyDense *dense, uint32_t pair, uint32_t place)
{
	place += pair * DENSE_BUCKETS;
	if (++dense_low(dense)[place] == 0)
		dense_high(dense)[place]++;
	dense->marks[pair] = dense->customer;
}

/* The latest customer may have marks in this line. */
static inline void
dense_touch_line(TallyDense *dense, uint32_t line)
{
	dense->pending[dense->npending++] = (uint8_t) line;
}

/* Count where the latest customer has marks in the pending lines. */
static inline void
dense_count_marks(TallyDense *dense, const uint32_t shift)
{
	const uint8_t mark = dense->customer;

	for (uint32_t k = 0; k < dense->npending; k++)
	{
		uint8_t    *few = dense->few_customers + ((uint32_t) dense->pending[k] << shift);
		const uint8_t *marks = dense->marks + ((uint32_t) dense->pending[k] << shift);

		for (uint32_t i = 0; i < 1u << shift; i++)
			few[i] = (uint8_t) (few[i] + (marks[i] == mark));
	}
}

/* Go to the next customer, the latest being counted. */
static inline void
dense_go_on(TallyDense *dense)
{
	dense->npending = 0;
	if (++dense->customer == 0)
	{
		for (uint32_t i = 0; i < DENSE_PAIRS; i++)
			dense->customers[i] += dense->few_customers[i];
		memset(dense->few_customers, 0, sizeof(dense->few_customers));
		memset(dense->marks, 0, sizeof(dense->marks));
		dense->customer = 1;
	}
}

/* Count the latest customer, and go to the next. */
static inline void
dense_next_customer(TallyDense *dense)
{
	/* so that the compiler knows how long a line is */
	if (dense->shift == DENSE_SHIFT)
		dense_count_marks(dense, DENSE_SHIFT);
	else
		dense_count_marks(dense, DENSE_FEW_SHIFT);
	dense_go_on(dense);
}

static inline int64_t
dense_customers(const TallyDense *dense, uint32_t pair)
{
	int64_t		n = (int64_t) dense->customers[pair] + dense->few_customers[pair];

	for (uint32_t k = 0; k < dense->npending; k++)
		n += dense->pending[k] == pair >> dense->shift && dense->marks[pair] == dense->customer;
	return n;
}

static inline int64_t
dense_get(const TallyDense *dense, uint32_t pair, uint32_t place)
{
	place += pair * DENSE_BUCKETS;
	return dense_low(dense)[place] + ((int64_t) dense_high(dense)[place] << 8);
}

/* Place of a duration in whole seconds, at most DENSE_SECONDS. */
static inline uint32_t
dense_place(uint32_t seconds)
{
	double		d = (double) (int32_t) seconds;
	uint64_t	bits;

	memcpy(&bits, &d, 8);
	return seconds == 0 ? 0 :
		(uint32_t) (bits >> (52 - TALLY_BUCKET_BITS)) - ((1023 << TALLY_BUCKET_BITS) - 1);
}

/*
 * Bytes of a tally with room for the matrix behind it; set it up there.  The
 * shift is DENSE_SHIFT or, if the tally's labels are and stay at most
 * DENSE_FEW_LABELS, DENSE_FEW_SHIFT.
 */
extern size_t tally_dense_size(size_t tally_bytes, uint32_t shift);
extern void tally_dense_start(Tally *t, size_t tally_bytes, uint32_t shift);

/*
 * Add all counts of a matrix to the rows of dst, which has the labels of the
 * matrix's tally under the same numbers.  Resumable: start with *next = 0; on
 * TALLY_FULL_x grow dst and call again.
 */
extern TallyFull tally_dense_add(Tally *dst, const TallyDense *dense, uint32_t *next);

#endif							/* TALLY_DENSE_H */
