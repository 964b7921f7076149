/*
 * tally_durations.c
 *	  The histograms of a tally: short lists that become windows.
 */
#include "tally_impl.h"

/* -- durations ------------------------------------------------------------- */

double
tally_bucket_middle(int32_t bucket)
{
	uint64_t	bits;
	double		d;

	if (bucket <= 0)
		return 0;
	bits = (uint64_t) (bucket - 1 + TALLY_BUCKET_ZERO) << (52 - TALLY_BUCKET_BITS);
	bits |= UINT64_C(1) << (51 - TALLY_BUCKET_BITS);
	memcpy(&d, &bits, 8);
	return d * 1000000.0;
}

/* -- lists of durations ------------------------------------------------------ */

bool
tally_next_bucket(const Tally *t, const TallyRow *row, uint32_t *place,
				  int32_t *bucket, int64_t *count)
{
	const int64_t *b = tally_buckets(t) + row->bucket_off;

	if (row->bucket_count == 0)
	{
		if (*place >= list_length(row))
			return false;
		*bucket = ENTRY_BUCKET(b[*place]);
		*count = ENTRY_COUNT(b[*place]);
		++*place;
		return true;
	}
	while (*place < row->bucket_count && b[*place] == 0)
		++* place;
	if (*place >= row->bucket_count)
		return false;
	*bucket = row->bucket_low + (int32_t) *place;
	*count = b[*place];
	++*place;
	return true;
}

/* Take room at the end of the bucket section; NULL if there is not enough. */
static int64_t *
take_buckets(Tally *t, uint32_t n)
{
	int64_t    *b = tally_buckets(t) + t->nbuckets;

	if (t->packed || n > t->bucket_cap - t->nbuckets)
	{
		t->want = n;
		return NULL;
	}
	t->nbuckets += n;
	return b;
}

/*
 * A window that has to grow takes twice its width in the direction it grows
 * to.
 */
TallyFull
tally_widen(Tally *t, TallyRow *row, int32_t low, int32_t high)
{
	uint32_t	place = 0;
	int32_t		bucket;
	int64_t		count;
	int64_t    *window;

	if (row->bucket_count > 0)
	{
		int32_t		old_low = row->bucket_low;
		int32_t		old_count = (int32_t) row->bucket_count;
		int32_t		old_high = old_low + old_count - 1;

		if (low >= old_low && high <= old_high)
			return TALLY_OK;
		if (low >= old_low)
			low = old_low;
		else if (low > old_low - old_count)
			low = old_low - old_count;
		if (high <= old_high)
			high = old_high;
		else if (high < old_high + old_count)
			high = old_high + old_count;
		if (low < 0)
			low = 0;
		if (high >= TALLY_BUCKETS)
			high = TALLY_BUCKETS - 1;
	}
	else if (list_length(row) > 0)
	{
		const int64_t *list = tally_buckets(t) + row->bucket_off;

		if (ENTRY_BUCKET(list[0]) < low)
			low = ENTRY_BUCKET(list[0]);
		if (ENTRY_BUCKET(list[row->bucket_low - 1]) > high)
			high = ENTRY_BUCKET(list[row->bucket_low - 1]);
	}

	window = take_buckets(t, (uint32_t) (high - low + 1));
	if (window == NULL)
		return TALLY_FULL_BUCKETS;
	memset(window, 0, 8 * (size_t) (high - low + 1));
	while (tally_next_bucket(t, row, &place, &bucket, &count))
		window[bucket - low] = count;
	row->bucket_low = low;
	row->bucket_count = (uint32_t) (high - low + 1);
	row->bucket_off = (uint32_t) (window - tally_buckets(t));
	return TALLY_OK;
}

/* Make room for one more entry in a row's list. */
static TallyFull
extend_list(Tally *t, TallyRow *row)
{
	uint32_t	length = list_length(row);
	int64_t    *list;

	if (list_room(length + 1) == list_room(length))
		return TALLY_OK;
	list = take_buckets(t, list_room(length + 1));
	if (list == NULL)
		return TALLY_FULL_BUCKETS;
	if (length > 0)
		memcpy(list, tally_buckets(t) + row->bucket_off, 8 * (size_t) length);
	row->bucket_off = (uint32_t) (list - tally_buckets(t));
	return TALLY_OK;
}

TallyFull
tally_count_bucket(Tally *t, TallyRow *row, int32_t bucket, int64_t times)
{
	TallyFull	full;

	if (row->bucket_count == 0)
	{
		int64_t    *list = tally_buckets(t) + row->bucket_off;
		uint32_t	n = list_length(row);
		uint32_t	at = n;

		while (at > 0 && ENTRY_BUCKET(list[at - 1]) >= bucket)
			at--;
		if (at < n && ENTRY_BUCKET(list[at]) == bucket)
		{
			if (times <= ENTRY_MAX - ENTRY_COUNT(list[at]))
			{
				list[at] += times;
				return TALLY_OK;
			}
		}
		else if (n < LIST_MAX && times <= ENTRY_MAX)
		{
			full = extend_list(t, row);
			if (full != TALLY_OK)
				return full;
			list = tally_buckets(t) + row->bucket_off;
			memmove(list + at + 1, list + at, 8 * (size_t) (n - at));
			list[at] = ENTRY(bucket, times);
			row->bucket_low++;
			return TALLY_OK;
		}
	}
	full = tally_widen(t, row, bucket, bucket);
	if (full == TALLY_OK)
		tally_buckets(t)[row->bucket_off + (uint32_t) (bucket - row->bucket_low)] += times;
	return full;
}

int64_t
tally_duration_count(const Tally *t, const TallyRow *row)
{
	uint32_t	place = 0;
	int32_t		bucket;
	int64_t		count;
	int64_t		n = 0;

	while (tally_next_bucket(t, row, &place, &bucket, &count))
	{
		if (__builtin_add_overflow(n, count, &n))
			return INT64_MAX;
	}
	return n;
}

double
tally_quantile(const Tally *t, const TallyRow *row, double p)
{
	int64_t		n = tally_duration_count(t, row);
	int64_t		rank = tally_rank(n, p);
	uint32_t	place = 0;
	int32_t		bucket = 0;
	int64_t		count;

	if (n == 0)
		return 0;
	while (tally_next_bucket(t, row, &place, &bucket, &count) && count < rank)
		rank -= count;
	return tally_bucket_middle(bucket);
}

uint32_t
tally_row_buckets(const Tally *t, const TallyRow *row)
{
	const int64_t *list = tally_buckets(t) + row->bucket_off;
	uint32_t	n = list_length(row);

	if (row->bucket_count > 0)
		return row->bucket_count;
	if (n > LIST_MAX)
		return (uint32_t) (ENTRY_BUCKET(list[n - 1]) - ENTRY_BUCKET(list[0]) + 1);
	return list_room(n);
}
