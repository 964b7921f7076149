/*
 * tally_dense.c
 *	  Setting up the matrix of tally_dense.h and moving its counts into rows.
 */
#include "tally_dense.h"

size_t
tally_dense_size(size_t tally_bytes)
{
	return ((tally_bytes + 7) & ~(size_t) 7) + sizeof(TallyDense);
}

void
tally_dense_start(Tally *t, size_t tally_bytes)
{
	t->dense_off = (uint32_t) ((tally_bytes + 7) & ~(size_t) 7);
	memset(tally_dense(t), 0, sizeof(TallyDense));
}

/* The bucket of a place. */
static int32_t
bucket_of(uint32_t place)
{
	return place == 0 ? 0 : (int32_t) place - 1 + DENSE_LOW;
}

static TallyFull
add_pair(Tally *dst, const TallyDense *dense, uint32_t pair)
{
	int64_t		keys[2] = {(int64_t) (pair / 16) - 2, (int64_t) (pair % 16) - 2};
	bool		mark = keys[0] < 0 || keys[1] < 0;
	uint32_t	first = 0;
	uint32_t	last = DENSE_BUCKETS - 1;
	TallyFull	full;
	TallyRow   *row = tally_row(dst, keys, &full);

	if (row == NULL)
		return full;
	if (!mark)
	{
		/*
		 * make all room before the first count moves, so that none moves
		 * twice
		 */
		while (dense_get(dense, pair, first) == 0)
			first++;
		while (dense_get(dense, pair, last) == 0)
			last--;
		full = tally_widen(dst, row, bucket_of(first), bucket_of(last));
		if (full != TALLY_OK)
			return full;
		for (uint32_t i = first; i <= last; i++)
			if (dense_get(dense, pair, i) != 0)
				tally_buckets(dst)[row->bucket_off +
								   (uint32_t) (bucket_of(i) - row->bucket_low)] +=
					dense_get(dense, pair, i);
	}
	else
		tally_counters(dst, row)[TC_TRANSITION_COUNT] += dense_get(dense, pair, 0);
	tally_counters(dst, row)[TC_TRANSITION_CUSTOMERS] += dense_customers(dense, pair);
	return TALLY_OK;
}

TallyFull
tally_dense_add(Tally *dst, const TallyDense *dense, uint32_t *next)
{
	for (; *next < DENSE_PAIRS; ++*next)
	{
		TallyFull	full;

		if (dense_customers(dense, *next) == 0)
			continue;
		full = add_pair(dst, dense, *next);
		if (full != TALLY_OK)
			return full;
	}
	return TALLY_OK;
}
