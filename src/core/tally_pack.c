/*
 * tally_pack.c
 *	  The canonical form of a tally, and the check of one that is not trusted.
 */
#include "tally_impl.h"

#include "wellknown.h"

/* -- canonical form --------------------------------------------------------- */

/*
 * What measuring leaves for packing: labels and rows in order, the new number
 * of each label (-1: not used), and what the sections will hold.
 */
typedef struct PackPlan
{
	uint32_t	nlabels;
	uint32_t	nbuckets;
	uint32_t	text;
	uint32_t   *label_order;	/* nlabels of src */
	uint32_t   *row_order;		/* nrows of src */
	int32_t    *label_map;		/* nlabels of src */
	uint32_t   *merge;			/* room for sorting either */
	const Tally *src;
} PackPlan;

size_t
tally_pack_scratch(const Tally *src)
{
	size_t		longest = max64(src->nlabels, src->nrows);

	return sizeof(PackPlan) + 4 * (2 * (size_t) src->nlabels + src->nrows + longest);
}

typedef int (*PackCompare) (const PackPlan *plan, uint32_t a, uint32_t b);

static int
compare_labels(const PackPlan *plan, uint32_t a, uint32_t b)
{
	JourneyLabel la;
	JourneyLabel lb;

	tally_label_get(plan->src, a, &la);
	tally_label_get(plan->src, b, &lb);
	return journey_label_cmp(&la, &lb);
}

/* A key as it will be: labels by their new number. */
static inline int64_t
packed_key(const PackPlan *plan, const int64_t *keys, int k, int label_keys)
{
	return k < label_keys && keys[k] >= 0 ? plan->label_map[keys[k]] : keys[k];
}

static int
compare_rows(const PackPlan *plan, uint32_t a, uint32_t b)
{
	const int64_t *ka = tally_keys(tally_row_at(plan->src, a));
	const int64_t *kb = tally_keys(tally_row_at(plan->src, b));
	int			label_keys = tally_shape(plan->src->kind)->label_keys;

	for (int k = 0; k < plan->src->nkeys; k++)
	{
		int64_t		va = packed_key(plan, ka, k, label_keys);
		int64_t		vb = packed_key(plan, kb, k, label_keys);

		if (va != vb)
			return va < vb ? -1 : 1;
	}
	return 0;
}

/* Merge sort of numbers; runs that are in order already cost one comparison. */
static void
sort_numbers(const PackPlan *plan, uint32_t *a, uint32_t n, PackCompare compare)
{
	uint32_t   *merge = plan->merge;

	for (uint64_t width = 1; width < n; width *= 2)
	{
		for (uint64_t start = 0; start + width < n; start += 2 * width)
		{
			uint32_t	left = (uint32_t) start;
			uint32_t	middle = (uint32_t) (start + width);
			uint32_t	end = start + 2 * width < n ? (uint32_t) (start + 2 * width) : n;
			uint32_t	right = middle;
			uint32_t	out = left;

			if (compare(plan, a[middle - 1], a[middle]) <= 0)
				continue;
			memcpy(merge + left, a + left, 4 * (size_t) (middle - left));
			while (left < middle)
			{
				if (right < end && compare(plan, a[right], merge[left]) < 0)
					a[out++] = a[right++];
				else
					a[out++] = merge[left++];
			}
		}
	}
}

/*
 * The buckets that a row takes in a packed tally: an entry for each that is not
 * empty, or (*window) all from the first to the last where a count does not
 * fit an entry.
 */
static uint32_t
packed_buckets(const Tally *t, const TallyRow *row, bool *window)
{
	uint32_t	place = 0;
	uint32_t	n = 0;
	int32_t		bucket;
	int32_t		first = 0;
	int32_t		last = 0;
	int64_t		count;

	*window = false;
	while (tally_next_bucket(t, row, &place, &bucket, &count))
	{
		first = n++ == 0 ? bucket : first;
		last = bucket;
		*window |= count > ENTRY_MAX;
	}
	return *window ? (uint32_t) (last - first + 1) : n;
}

static void
packed_header(Tally *dst, const Tally *src, const PackPlan *plan)
{
	memcpy(dst, src, sizeof(Tally));
	dst->nlabels = dst->label_cap = plan->nlabels;
	dst->row_cap = src->nrows;
	dst->nbuckets = dst->bucket_cap = plan->nbuckets;
	dst->text_used = dst->text_cap = plan->text;
	dst->stamp = 0;
	dst->want = 0;
	dst->dense_off = 0;
	dst->square = 0;
	dst->packed = 1;
}

size_t
tally_pack_measure(const Tally *src, void *scratch)
{
	PackPlan   *plan = scratch;
	int			label_keys = tally_shape(src->kind)->label_keys;
	Tally		header;

	memset(plan, 0, sizeof(PackPlan));
	plan->src = src;
	plan->label_order = (uint32_t *) (plan + 1);
	plan->label_map = (int32_t *) (plan->label_order + src->nlabels);
	plan->row_order = (uint32_t *) (plan->label_map + src->nlabels);
	plan->merge = plan->row_order + src->nrows;

	for (uint32_t i = 0; i < src->nlabels; i++)
		plan->label_map[i] = -1;
	for (uint32_t i = 0; i < src->nrows; i++)
	{
		const TallyRow *row = tally_row_at(src, i);
		const int64_t *keys = tally_keys(row);
		bool		window;

		for (int k = 0; k < label_keys; k++)
		{
			if (keys[k] >= 0)
				plan->label_map[keys[k]] = 0;
		}
		plan->nbuckets += packed_buckets(src, row, &window);
		plan->row_order[i] = i;
	}
	for (uint32_t i = 0; i < src->nlabels; i++)
	{
		if (plan->label_map[i] < 0)
			continue;
		plan->label_order[plan->nlabels++] = i;
		plan->text += tally_labels(src)[i].len;
	}
	sort_numbers(plan, plan->label_order, plan->nlabels, compare_labels);
	for (uint32_t i = 0; i < plan->nlabels; i++)
		plan->label_map[plan->label_order[i]] = (int32_t) i;
	sort_numbers(plan, plan->row_order, src->nrows, compare_rows);

	packed_header(&header, src, plan);
	return tally_lay_out(&header);
}

void
tally_pack(Tally *dst, const Tally *src, void *scratch)
{
	const PackPlan *plan = scratch;
	int			label_keys = tally_shape(src->kind)->label_keys;
	int32_t		vl_len = dst->vl_len_;
	uint32_t	text = 0;
	uint32_t	nbuckets = 0;

	packed_header(dst, src, plan);
	(void) tally_lay_out(dst);
	dst->vl_len_ = vl_len;

	for (uint32_t i = 0; i < plan->nlabels; i++)
	{
		TallyLabel *l = &tally_labels(dst)[i];

		*l = tally_labels(src)[plan->label_order[i]];
		if (l->len > 0)
			memcpy(tally_text(dst) + text, tally_text(src) + l->off, l->len);
		l->off = l->len > 0 ? text : 0;
		text += l->len;
	}
	for (uint32_t i = 0; i < src->nrows; i++)
	{
		const TallyRow *from = tally_row_at(src, plan->row_order[i]);
		TallyRow   *row = tally_row_at(dst, i);
		int64_t    *keys = tally_keys(row);
		int64_t    *b = tally_buckets(dst) + nbuckets;
		bool		window;
		uint32_t	n = packed_buckets(src, from, &window);
		uint32_t	place = 0;
		int32_t		bucket;
		int64_t		count;

		memcpy(row, from, tally_row_size(src));
		for (int k = 0; k < label_keys; k++)
			keys[k] = packed_key(plan, keys, k, label_keys);
		row->stamp = 0;
		row->bucket_off = n > 0 ? nbuckets : 0;
		row->bucket_count = window ? n : 0;
		row->bucket_low = window ? -1 : (int32_t) n;
		nbuckets += n;
		while (tally_next_bucket(src, from, &place, &bucket, &count))
		{
			if (!window)
				*b++ = ENTRY(bucket, count);
			else
			{
				if (row->bucket_low < 0)
					row->bucket_low = bucket;
				b[bucket - row->bucket_low] = count;
			}
		}
	}
}

/* -- check ------------------------------------------------------------------ */

static bool
check_power_of_2(uint32_t n, uint32_t max)
{
	return n > 0 && n <= max && (n & (n - 1)) == 0;
}

static bool
check_header(const Tally *t, size_t size)
{
	const TallyShape *shape = tally_shape(t->kind);
	Tally		want;

	if (t->version != TALLY_VERSION || shape == NULL ||
		t->nkeys != shape->nkeys || t->ncounters != shape->ncounters ||
		t->packed > 1 || t->square > 1 || t->in_transit != 0 ||
		t->dense_off != 0)
		return false;
	if (t->nlabels > TALLY_MAX_LABELS || t->nlabels > t->label_cap ||
		t->nrows > t->row_cap || t->nbuckets > t->bucket_cap ||
		t->text_used > t->text_cap)
		return false;
	if (shape->label_keys == 0 && (t->label_cap != 0 || t->text_cap != 0))
		return false;
	if (!shape->histogram && t->bucket_cap != 0)
		return false;
	for (int i = shape->nparams; i < TALLY_PARAMS; i++)
	{
		if (t->params[i] != 0)
			return false;
	}
	if (t->packed)
	{
		if (t->square || t->stamp != 0 || t->want != 0 ||
			t->label_cap != t->nlabels || t->row_cap != t->nrows ||
			t->bucket_cap != t->nbuckets || t->text_cap != t->text_used)
			return false;
	}
	else
	{
		if (!check_power_of_2(t->row_cap, MAX_ROW_CAP) ||
			(shape->label_keys > 0 && !check_power_of_2(t->label_cap, MAX_LABEL_CAP)) ||
			t->square != tally_is_square(t->kind, t->label_cap))
			return false;
	}

	memcpy(&want, t, sizeof(Tally));
	return tally_lay_out(&want) == size &&
		want.label_index_off == t->label_index_off &&
		want.rows_off == t->rows_off &&
		want.row_index_off == t->row_index_off &&
		want.buckets_off == t->buckets_off &&
		want.text_off == t->text_off;
}

/* A label is what its own text makes: the same number, hash and split. */
static bool
check_label(const Tally *t, uint32_t i)
{
	const TallyLabel *l = &tally_labels(t)[i];
	JourneyLabel label;
	JourneyLabel again;
	char		text[JOURNEY_MAX_LABEL];
	size_t		len = l->len;

	if (l->has_text > 1 || (uint64_t) l->off + l->len > t->text_used ||
		(!l->has_text && (l->len != 0 || l->hash != 0)) ||
		(l->len == 0 && l->off != 0))
		return false;
	if (l->known != JOURNEY_NO_NAME)
	{
		size_t		base;

		if (l->known >= wellknown_count)
			return false;
		(void) wellknown_text(l->known, &base);
		len += base + (l->has_text ? 1 : 0);
	}
	else if (!l->has_text)
		return false;
	if (len == 0 || len > JOURNEY_MAX_LABEL)
		return false;
	tally_label_get(t, i, &label);
	if (journey_label_text(&label, text) != len || memchr(text, '\0', len) != NULL)
		return false;
	journey_label_from_text(&again, text, len);
	return again.known == label.known && (again.text != NULL) == (label.text != NULL) &&
		again.len == label.len && (label.text == NULL || again.hash == label.hash);
}

static bool
check_labels(const Tally *t)
{
	uint32_t	text = 0;
	uint32_t	filled = 0;

	for (uint32_t i = 0; i < t->nlabels; i++)
	{
		if (!check_label(t, i))
			return false;
		if (t->packed)
		{
			const TallyLabel *l = &tally_labels(t)[i];

			if (l->len > 0 && l->off != text)
				return false;
			text += l->len;
			if (i > 0)
			{
				JourneyLabel before;
				JourneyLabel label;

				tally_label_get(t, i - 1, &before);
				tally_label_get(t, i, &label);
				if (journey_label_cmp(&before, &label) >= 0)
					return false;
			}
		}
	}
	if (t->packed)
		return text == t->text_used;

	/* an index that is at most half full, so that searching it ends */
	for (uint32_t i = 0; i < label_index_slots(t); i++)
	{
		uint32_t	slot = tally_label_index(t)[i];

		if (slot > t->nlabels)
			return false;
		filled += slot != 0;
	}
	if (filled != t->nlabels)
		return false;
	for (uint32_t i = 0; i < t->nlabels; i++)
	{
		JourneyLabel label;

		tally_label_get(t, i, &label);
		if (*tally_label_slot(t, &label) != i + 1)
			return false;
	}
	return true;
}

static bool
check_window(const Tally *t, const TallyRow *row)
{
	const int64_t *buckets = tally_buckets(t) + row->bucket_off;

	if (row->bucket_low < 0 || row->bucket_count > TALLY_BUCKETS ||
		row->bucket_low + (int64_t) row->bucket_count > TALLY_BUCKETS ||
		(uint64_t) row->bucket_off + row->bucket_count > t->nbuckets)
		return false;
	for (uint32_t i = 0; i < row->bucket_count; i++)
	{
		if (buckets[i] < 0)
			return false;
	}
	return true;
}

static bool
check_list(const Tally *t, const TallyRow *row)
{
	const int64_t *list = tally_buckets(t) + row->bucket_off;
	uint32_t	n;

	if (row->bucket_low < 0 || row->bucket_low > TALLY_BUCKETS ||
		(!t->packed && row->bucket_low > LIST_MAX))
		return false;
	n = list_length(row);
	if ((uint64_t) row->bucket_off + (t->packed ? n : list_room(n)) > t->nbuckets)
		return false;
	for (uint32_t i = 0; i < n; i++)
	{
		if (list[i] < 0 || ENTRY_COUNT(list[i]) == 0 ||
			ENTRY_BUCKET(list[i]) >= TALLY_BUCKETS ||
			(i > 0 && ENTRY_BUCKET(list[i]) <= ENTRY_BUCKET(list[i - 1])))
			return false;
	}
	return true;
}

static bool
check_row(const Tally *t, const TallyRow *row, uint8_t *used_labels)
{
	const TallyShape *shape = tally_shape(t->kind);
	const int64_t *keys = tally_keys(row);
	const int64_t *counters = tally_counters(t, row);

	for (int k = 0; k < shape->label_keys; k++)
	{
		if (keys[k] < TALLY_MARK_END || keys[k] >= (int64_t) t->nlabels)
			return false;
		if (keys[k] >= 0)
			used_labels[keys[k] >> 3] |= (uint8_t) (1 << (keys[k] & 7));
	}
	for (int i = 0; i < t->ncounters; i++)
	{
		if (counters[i] < 0)
			return false;
	}
	return row->bucket_count > 0 ? check_window(t, row) : check_list(t, row);
}

/* Canonical order of two rows whose labels are in canonical order. */
static bool
rows_ascend(const Tally *t, const TallyRow *a, const TallyRow *b)
{
	const int64_t *ka = tally_keys(a);
	const int64_t *kb = tally_keys(b);

	for (int k = 0; k < t->nkeys; k++)
	{
		if (ka[k] != kb[k])
			return ka[k] < kb[k];
	}
	return false;
}

static bool
check_rows(const Tally *t)
{
	uint8_t		used_labels[TALLY_MAX_LABELS / 8 + 1] = {0};
	uint64_t	buckets = 0;
	uint32_t	filled = 0;

	for (uint32_t i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);

		if (!check_row(t, row, used_labels))
			return false;
		if (t->packed)
		{
			bool		window;
			uint32_t	n = packed_buckets(t, row, &window);

			if (row->stamp != 0 || row->bucket_off != (n > 0 ? buckets : 0) ||
				window != (row->bucket_count > 0) ||
				(window && n != row->bucket_count) ||
				(i > 0 && !rows_ascend(t, tally_row_at(t, i - 1), row)))
				return false;
		}
		buckets += t->packed && row->bucket_count == 0 ? list_length(row) :
			tally_row_buckets(t, row);
	}
	if (t->packed)
	{
		for (uint32_t i = 0; i < t->nlabels; i++)
		{
			if ((used_labels[i >> 3] & (1 << (i & 7))) == 0)
				return false;
		}
		return buckets == t->nbuckets;
	}
	if (buckets > t->nbuckets)
		return false;

	for (uint32_t i = 0; i < row_index_slots(t); i++)
	{
		uint32_t	slot = tally_row_index(t)[i];

		if (slot > t->nrows)
			return false;
		filled += slot != 0;
	}
	if (filled != t->nrows)
		return false;
	for (uint32_t i = 0; i < t->nrows; i++)
	{
		if (*tally_row_slot(t, tally_keys(tally_row_at(t, i))) != i + 1)
			return false;
	}
	return true;
}

bool
tally_check(const Tally *t, size_t size)
{
	return size >= sizeof(Tally) && check_header(t, size) &&
		check_labels(t) && check_rows(t);
}
