/*
 * retention_few.c
 *	  A retention of few customers: from a list of activities to rows.
 *
 * The activities are put in the order of their cohorts, up to thirty by
 * insertion and more by their bytes, lowest first; the customers of each cohort
 * are counted in an array by period, of which the periods in which somebody
 * was active become rows.  These come in canonical order, so nothing is looked
 * up or compared: the cost is some nanoseconds for each active period.
 */
#include "retention_few.h"

#include "tally_impl.h"

#define INSERTION	30

/* What is counted here; the other counters are 0. */
#define COUNTED		(TC_RETENTION_STREAK + 1)

/* The activities in order: cohort (from the lowest on), then the number. */
typedef struct FewPlan
{
	uint32_t	nrows;
	int32_t		lowest;			/* cohort */
	uint64_t	order[];
} FewPlan;

void
retention_few_init(Tally *t, size_t size)
{
	const TallyShape *shape = tally_shape(TALLY_RETENTION);

	t->version = TALLY_VERSION;
	t->kind = TALLY_RETENTION;
	t->nkeys = shape->nkeys;
	t->ncounters = shape->ncounters;
	t->packed = 1;
	t->dense_off = (uint32_t) tally_lay_out(t);
	retention_few(t)->room = retention_few_room(size);
}

void
retention_few_copy(Tally *dst, const Tally *src)
{
	RetentionFew *few = retention_few(dst);
	const RetentionFew *from = retention_few(src);

	memcpy(dst->params, src->params, sizeof(src->params));
	memcpy(few->activities, from->activities, from->count * sizeof(FewActivity));
	few->count = from->count;
}

bool
retention_few_append(Tally *dst, const Tally *src)
{
	RetentionFew *few = retention_few(dst);
	const RetentionFew *from = retention_few(src);

	if (from->count > few->room - few->count)
		return false;
	memcpy(few->activities + few->count, from->activities, from->count * sizeof(FewActivity));
	few->count += from->count;
	return true;
}

size_t
retention_few_scratch(const Tally *src)
{
	return sizeof(FewPlan) + 2 * sizeof(uint64_t) * retention_few(src)->count;
}

/* By the bytes of the cohorts that differ, the highest of which is `highest`. */
static void
sort_by_bytes(uint64_t *order, uint64_t *other, uint32_t n, uint32_t highest)
{
	uint64_t   *from = order;
	uint64_t   *to = other;

	for (int shift = 32; shift < 64 && highest != 0; shift += 8, highest >>= 8)
	{
		uint32_t	place[256] = {0};
		uint32_t	sum = 0;
		uint64_t   *swap = from;

		for (uint32_t i = 0; i < n; i++)
			place[from[i] >> shift & 0xff]++;
		for (int i = 0; i < 256; i++)
		{
			uint32_t	count = place[i];

			place[i] = sum;
			sum += count;
		}
		for (uint32_t i = 0; i < n; i++)
			to[place[from[i] >> shift & 0xff]++] = from[i];
		from = to;
		to = swap;
	}
	if (from != order)
		memcpy(order, from, n * sizeof(uint64_t));
}

static void
sort_few(uint64_t *order, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
	{
		uint64_t	one = order[i];
		uint32_t	j = i;

		for (; j > 0 && order[j - 1] > one; j--)
			order[j] = order[j - 1];
		order[j] = one;
	}
}

static inline uint64_t
periods_of(const FewActivity *a)
{
	return a->periods[0] | (uint64_t) a->periods[1] << 32;
}

static inline const FewActivity *
activity_at(const RetentionFew *few, uint64_t ordered)
{
	return &few->activities[(uint32_t) ordered];
}

static void
lay_out(Tally *t, const Tally *src, const FewPlan *plan, size_t *size)
{
	memcpy(t, src, sizeof(Tally));
	t->nrows = t->row_cap = plan->nrows;
	t->dense_off = 0;
	*size = tally_lay_out(t);
}

size_t
retention_few_measure(const Tally *src, void *scratch)
{
	const RetentionFew *few = retention_few(src);
	FewPlan    *plan = scratch;
	uint64_t   *order = plan->order;
	uint32_t	n = few->count;
	int32_t		lowest = INT32_MAX;
	int32_t		highest = INT32_MIN;
	uint64_t	together = 0;
	Tally		header;
	size_t		size;

	for (uint32_t i = 0; i < n; i++)
	{
		int32_t		cohort = few->activities[i].cohort;

		lowest = cohort < lowest ? cohort : lowest;
		highest = cohort > highest ? cohort : highest;
	}
	for (uint32_t i = 0; i < n; i++)
		order[i] = (uint64_t) ((uint32_t) few->activities[i].cohort - (uint32_t) lowest) << 32 | i;
	if (n <= INSERTION)
		sort_few(order, n);
	else
		sort_by_bytes(order, order + n, n, (uint32_t) highest - (uint32_t) lowest);

	plan->lowest = lowest;
	plan->nrows = 0;
	for (uint32_t i = 0; i < n; i++)
	{
		together |= periods_of(activity_at(few, order[i]));
		if (i + 1 == n || order[i] >> 32 != order[i + 1] >> 32)
		{
			plan->nrows += (uint32_t) __builtin_popcountll(together);
			together = 0;
		}
	}
	lay_out(&header, src, plan, &size);
	return size;
}

/* Count an activity; returns its periods. */
static inline uint64_t
count_activity(uint32_t counts[][COUNTED], const FewActivity *a)
{
	uint64_t	periods = periods_of(a);
	uint64_t	left = periods & (periods - 1);
	int			period = 0;

	counts[0][TC_RETENTION_ACTIVE]++;
	if (left != 0)
	{
		counts[__builtin_ctzll(left)][TC_RETENTION_FIRST]++;
		for (; left != 0; left &= left - 1)
		{
			period = __builtin_ctzll(left);
			counts[period][TC_RETENTION_ACTIVE]++;
		}
	}
	counts[period][TC_RETENTION_LAST]++;
	/* the periods before the first one that is not active */
	period = ~periods == 0 ? RETENTION_FEW_PERIODS : __builtin_ctzll(~periods);
	counts[period - 1][TC_RETENTION_STREAK]++;
	return periods;
}

void
retention_few_pack(Tally *dst, const Tally *src, void *scratch)
{
	const RetentionFew *few = retention_few(src);
	const FewPlan *plan = scratch;
	uint32_t	counts[RETENTION_FEW_PERIODS][COUNTED] = {{0}};
	uint64_t	together = 0;
	int32_t		vl_len = dst->vl_len_;
	size_t		size;
	uint8_t    *row;

	lay_out(dst, src, plan, &size);
	dst->vl_len_ = vl_len;
	row = tally_rows(dst);
	for (uint32_t i = 0; i < few->count; i++)
	{
		uint32_t	cohort = (uint32_t) (plan->order[i] >> 32);

		together |= count_activity(counts, activity_at(few, plan->order[i]));
		if (i + 1 < few->count && (uint32_t) (plan->order[i + 1] >> 32) == cohort)
			continue;
		for (; together != 0; together &= together - 1)
		{
			uint32_t	period = (uint32_t) __builtin_ctzll(together);
			int64_t    *keys = tally_keys((TallyRow *) row);
			int64_t    *counters = keys + 2;

			keys[0] = (int64_t) plan->lowest + cohort;
			keys[1] = period;
			for (int c = 0; c < COUNTED; c++)
				counters[c] = counts[period][c];
			memset(counts[period], 0, sizeof(counts[period]));
			row += sizeof(TallyRow) + 8 * (2 + TC_RETENTION_COUNTERS);
		}
	}
}
