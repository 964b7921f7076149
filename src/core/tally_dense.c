/*
 * tally_dense.c
 *	  Setting up the matrix of tally_dense.h and moving its counts into rows.
 */
#include "tally_dense.h"

/* Places of the matrix. */
static uint32_t
places_of(uint32_t shift)
{
	return DENSE_BUCKETS << (2 * shift);
}

size_t
tally_dense_size(size_t tally_bytes, uint32_t shift)
{
	return ((tally_bytes + 7) & ~(size_t) 7) + sizeof(TallyDense) +
		places_of(shift) * (sizeof(uint8_t) + sizeof(uint32_t));
}

void
tally_dense_start(Tally *t, size_t tally_bytes, uint32_t shift)
{
	TallyDense *dense;

	t->dense_off = (uint32_t) ((tally_bytes + 7) & ~(size_t) 7);
	dense = tally_dense(t);
	memset(dense, 0, tally_dense_size(0, shift));
	dense->shift = shift;
	dense->places = places_of(shift);
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
	int64_t		keys[2] = {
		(int64_t) (pair >> dense->shift) - 2,
		(int64_t) (pair & ((1u << dense->shift) - 1)) - 2
	};
	bool		mark = keys[0] < 0 || keys[1] < 0;
	const uint8_t *low = dense_low(dense) + pair * DENSE_BUCKETS;
	const uint32_t *high = dense_high(dense) + pair * DENSE_BUCKETS;
	uint32_t	first = 0;
	uint32_t	last = DENSE_BUCKETS - 1;
	TallyFull	full;
	TallyRow   *row = tally_row(dst, keys, &full);

	if (row == NULL)
		return full;
	if (!mark)
	{
		int64_t    *buckets;
		int32_t		bucket_low;

		/*
		 * make all room before the first count moves, so that none moves
		 * twice
		 */
		while ((low[first] | high[first]) == 0)
			first++;
		while ((low[last] | high[last]) == 0)
			last--;
		full = tally_widen(dst, row, bucket_of(first), bucket_of(last));
		if (full != TALLY_OK)
			return full;
		buckets = tally_buckets(dst) + row->bucket_off;
		bucket_low = row->bucket_low;
		for (uint32_t i = first; i <= last; i++)
			if ((low[i] | high[i]) != 0)
				buckets[bucket_of(i) - bucket_low] += low[i] + ((int64_t) high[i] << 8);
	}
	else
		tally_counters(dst, row)[TC_TRANSITION_COUNT] += dense_get(dense, pair, 0);
	tally_counters(dst, row)[TC_TRANSITION_CUSTOMERS] += dense_customers(dense, pair);
	return TALLY_OK;
}

TallyFull
tally_dense_add(Tally *dst, const TallyDense *dense, uint32_t *next)
{
	for (; *next < 1u << (2 * dense->shift); ++*next)
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
