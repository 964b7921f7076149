/*
 * retention_matrix.h
 *	  A retention of many customers: counters of each cohort by period.
 *
 * What a list of activities (retention_few.h) becomes when it is full.  Raising
 * the counters of a row for each active period means a loop of a length that no
 * processor can foresee; here a cohort has a byte for each of 64 periods, and
 * all of them are raised by eight additions of what a table has for the eight
 * bits of a byte.  Before a byte can pass its end they are moved to the counters
 * proper.  The other counters are raised once for each customer.
 *
 * It lies behind an empty tally as a list does.  Cohorts are in the order in which
 * they came: who counts remembers their numbers.
 */
#ifndef RETENTION_MATRIX_H
#define RETENTION_MATRIX_H

#include "retention_few.h"

#define RETENTION_MATRIX_COHORTS	512 /* at most */
#define RETENTION_MATRIX_CUSTOMERS	UINT32_MAX

typedef struct MatrixCohort
{
	int32_t		key;
	uint32_t	pending;		/* customers counted in the bytes */
	uint64_t	bytes[8];		/* period n: bits 8 * (n % 8) of bytes[n / 8] */
	uint32_t	counts[TC_RETENTION_STREAK + 1][RETENTION_FEW_PERIODS];
} MatrixCohort;

typedef struct RetentionMatrix
{
	uint32_t	customers;
	uint32_t	ncohorts;
	uint32_t	room;			/* cohorts */
	uint32_t	unused;
	MatrixCohort cohorts[];
} RetentionMatrix;

extern uint64_t retention_matrix_spread[256];

static inline RetentionMatrix *
retention_matrix(const Tally *t)
{
	return (RetentionMatrix *) ((uint8_t *) t + t->dense_off);
}

static inline size_t
retention_matrix_size(uint32_t room)
{
	return sizeof(Tally) + sizeof(RetentionMatrix) + room * sizeof(MatrixCohort);
}

/* Call before any use; a second call does nothing. */
extern void retention_matrix_init(void);

/*
 * In zeroed memory of retention_matrix_size(room) bytes: the matrix of a list,
 * or a copy of a matrix with fewer cohorts.  False if there is no room for all
 * of them.  vl_len_ is the caller's.
 */
extern bool retention_matrix_start(Tally *t, const Tally *src, uint32_t room);

/* Number of a cohort, added if new; -1 if there is no room. */
extern int	retention_matrix_cohort(Tally *t, int32_t key);

/* Move what is counted in bytes. */
extern void retention_matrix_settle(MatrixCohort *c);

/* Count a customer, with at most 63 periods, bit 0 among them. */
static inline void
retention_matrix_count(Tally *t, MatrixCohort *c, uint64_t periods)
{
	uint64_t	left = periods & (periods - 1);

	for (int i = 0; i < 8; i++)
		c->bytes[i] += retention_matrix_spread[periods >> (8 * i) & 255];
	/* of period 0 nobody looks at it */
	c->counts[TC_RETENTION_FIRST][left != 0 ? __builtin_ctzll(left) : 0]++;
	c->counts[TC_RETENTION_LAST][63 - __builtin_clzll(periods)]++;
	c->counts[TC_RETENTION_STREAK][__builtin_ctzll(~periods) - 1]++;
	retention_matrix(t)->customers++;
	if (++c->pending == 255)
		retention_matrix_settle(c);
}

/* The tally with rows, packed; as of a list. */
extern size_t retention_matrix_scratch(const Tally *src);
extern size_t retention_matrix_measure(const Tally *src, void *scratch);
extern void retention_matrix_pack(Tally *dst, const Tally *src, void *scratch);

#endif							/* RETENTION_MATRIX_H */
