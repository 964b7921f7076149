/*
 * tally_impl.h
 *	  What the files of the tally share and nobody else needs.
 */
#ifndef TALLY_IMPL_H
#define TALLY_IMPL_H

#include "tally.h"

#define MAX_LABEL_CAP		65536
#define MAX_ROW_CAP			((uint32_t) 1 << 26)

static inline uint64_t
max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline uint32_t
label_index_slots(const Tally *t)
{
	return t->packed ? 0 : 2 * t->label_cap;
}

static inline uint32_t
row_index_slots(const Tally *t)
{
	if (t->packed)
		return 0;
	return t->square ? (t->label_cap + 2) * (t->label_cap + 2) : 2 * t->row_cap;
}

/* An entry of a list: the bucket in the high bits, the count in the low 48. */
#define ENTRY(bucket, count)	(((int64_t) (bucket) << 48) | (count))
#define ENTRY_BUCKET(e)			((int32_t) ((e) >> 48))
#define ENTRY_COUNT(e)			((e) & ENTRY_MAX)
#define ENTRY_MAX				((INT64_C(1) << 48) - 1)

/* More different buckets than this make a window, except in a packed tally. */
#define LIST_MAX				32

static inline uint32_t
list_length(const TallyRow *row)
{
	return row->bucket_count == 0 ? (uint32_t) row->bucket_low : 0;
}

/* The room that a list of so many entries has. */
static inline uint32_t
list_room(uint32_t n)
{
	uint32_t	room = 2;

	if (n == 0)
		return 0;
	while (room < n)
		room *= 2;
	return room;
}

/* Which of n things in order is their p-quantile: number ceil(p * n), from 1. */
static inline int64_t
tally_rank(int64_t n, double p)
{
	double		exact = p * (double) n;
	int64_t		rank;

	if (!(exact > 1))
		return 1;
	if (exact >= (double) n)
		return n;
	rank = (int64_t) exact;
	return (double) rank < exact ? rank + 1 : rank;
}

/*
 * Set the offsets of the sections of a tally whose caps are set, and return
 * its size; 0 if it would be too large.  Rows and buckets are 8-aligned.
 */
extern size_t tally_lay_out(Tally *t);
extern bool tally_is_square(int kind, uint32_t label_cap);

/* The slot where a label or a row is or would be; the index has free slots. */
extern uint32_t *tally_label_slot(const Tally *t, const JourneyLabel *label);
extern uint32_t *tally_row_slot(const Tally *t, const int64_t *keys);

/* The buckets that a row takes in a tally that is not packed. */
extern uint32_t tally_row_buckets(const Tally *t, const TallyRow *row);

#endif							/* TALLY_IMPL_H */
