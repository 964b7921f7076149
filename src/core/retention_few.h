/*
 * retention_few.h
 *	  A retention of few customers: a tally that keeps their activities, and
 *	  counts them when it is asked.
 *
 * A row of a tally takes 96 bytes, an activity 12.  While there are only some
 * hundred of them, most rows count one customer or two, and finding, making
 * and ordering the rows costs more than all else; so a state begins as a list
 * of activities, which lies behind an empty tally (`dense_off`).  Such a tally
 * has its params as any other and is marked as packed: nothing can be looked
 * up in it, and who grows it gets one with rows.
 */
#ifndef RETENTION_FEW_H
#define RETENTION_FEW_H

#include "tally.h"

#define RETENTION_FEW_BYTES		256 /* of the smallest list */
#define RETENTION_FEW_MAX		8192	/* of the largest */
#define RETENTION_FEW_PERIODS	64	/* periods of an activity */

typedef struct FewActivity
{
	int32_t		cohort;			/* key of the rows */
	uint32_t	periods[2];		/* low and high half of the set; bit 0 is in
								 * it */
} FewActivity;

typedef struct RetentionFew
{
	uint32_t	count;
	uint32_t	room;
	FewActivity activities[];
} RetentionFew;

static inline RetentionFew *
retention_few(const Tally *t)
{
	return (RetentionFew *) ((uint8_t *) t + t->dense_off);
}

/* What lies behind such a tally: `stamp` of it. */
#define RETENTION_LIST		0
#define RETENTION_MATRIX	1	/* see retention_matrix.h */

/* Has it something else than rows? */
static inline bool
is_retention_few(const Tally *t)
{
	return t->kind == TALLY_RETENTION && t->dense_off != 0;
}

static inline bool
is_retention_matrix(const Tally *t)
{
	return is_retention_few(t) && t->stamp == RETENTION_MATRIX;
}

/* False if there is no room. */
static inline bool
retention_few_add(Tally *t, int32_t cohort, uint64_t periods)
{
	RetentionFew *few = retention_few(t);
	FewActivity *a = &few->activities[few->count];

	if (few->count == few->room)
		return false;
	a->cohort = cohort;
	a->periods[0] = (uint32_t) periods;
	a->periods[1] = (uint32_t) (periods >> 32);
	few->count++;
	return true;
}

/* How many activities go into so many bytes. */
static inline uint32_t
retention_few_room(size_t bytes)
{
	return (uint32_t) ((bytes - sizeof(Tally) - sizeof(RetentionFew)) / sizeof(FewActivity));
}

/*
 * An empty one in zeroed memory of so many bytes; and what `src` has, in memory
 * of at least as many.  vl_len_ is the caller's.
 */
extern void retention_few_init(Tally *t, size_t size);
extern void retention_few_copy(Tally *dst, const Tally *src);

/* Add the activities of src.  False, with nothing done, if there is no room. */
extern bool retention_few_append(Tally *dst, const Tally *src);

/*
 * The tally with rows, packed; as tally_pack_measure and tally_pack.  `scratch`
 * is of retention_few_scratch(src) bytes.
 */
extern size_t retention_few_scratch(const Tally *src);
extern size_t retention_few_measure(const Tally *src, void *scratch);
extern void retention_few_pack(Tally *dst, const Tally *src, void *scratch);

#endif							/* RETENTION_FEW_H */
