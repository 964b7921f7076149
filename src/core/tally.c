/*
 * tally.c
 *	  A flat table of counters: layout, look-up, growth, addition, canonical
 *	  form and check.
 *
 * Every section is an array that is filled from the front; a section that is
 * full makes the caller bring a larger piece of memory, with that section
 * doubled, so that filling a tally costs a constant time for each thing put
 * into it.  Only the buckets leave holes: a list or window that grows moves to
 * the end of the section at twice its size, and the next growth drops what it
 * left.
 */
#include "tally.h"

#include "wellknown.h"

#define INITIAL_LABELS		8
#define INITIAL_ROWS		16
#define INITIAL_BUCKETS		64
#define INITIAL_TEXT		64

#define MAX_LABEL_CAP		65536
#define MAX_ROW_CAP			((uint32_t) 1 << 26)

static const TallyShape shapes[] = {
	[TALLY_TRANSITIONS] = {
		"transitions", 2, 2, TC_TRANSITION_COUNTERS, 1, true,
		{{"stage model", TALLY_SAME}}
	},
	[TALLY_FUNNEL] = {
		"funnel", 3, 1, TC_FUNNEL_COUNTERS, 2, true,
		{{"number of steps", TALLY_SAME}, {"names of the steps", TALLY_SAME}}
	},
	[TALLY_RETENTION] = {
		"retention", 2, 0, TC_RETENTION_COUNTERS, 3, false,
		{{"period", TALLY_SAME}, {"week start", TALLY_SAME},
		{"last period", TALLY_MAX}}
	}
};

#define NSHAPES ((int) (sizeof(shapes) / sizeof(shapes[0])))

const TallyShape *
tally_shape(int kind)
{
	return kind > 0 && kind < NSHAPES ? &shapes[kind] : NULL;
}

int
tally_kind_by_name(const char *name, size_t len)
{
	for (int i = 1; i < NSHAPES; i++)
	{
		if (strlen(shapes[i].name) == len && memcmp(shapes[i].name, name, len) == 0)
			return i;
	}
	return 0;
}

/* -- layout ---------------------------------------------------------------- */

static inline uint64_t
align8(uint64_t n)
{
	return (n + 7) & ~(uint64_t) 7;
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

/*
 * Set the offsets of the sections of a tally whose caps are set, and return
 * its size; 0 if it would be too large.  Rows and buckets are 8-aligned.
 */
static size_t
lay_out(Tally *t)
{
	uint64_t	off = sizeof(Tally) + sizeof(TallyLabel) * (uint64_t) t->label_cap;
	uint64_t	label_index_off = off;
	uint64_t	rows_off;
	uint64_t	row_index_off;
	uint64_t	buckets_off;
	uint64_t	text_off;

	off = rows_off = align8(off + 4 * (uint64_t) label_index_slots(t));
	off = row_index_off = off + (uint64_t) tally_row_size(t) * t->row_cap;
	off = buckets_off = align8(off + 4 * (uint64_t) row_index_slots(t));
	off = text_off = off + 8 * (uint64_t) t->bucket_cap;
	off += t->text_cap;
	if (off > TALLY_MAX_BYTES)
		return 0;
	t->label_index_off = (uint32_t) label_index_off;
	t->rows_off = (uint32_t) rows_off;
	t->row_index_off = (uint32_t) row_index_off;
	t->buckets_off = (uint32_t) buckets_off;
	t->text_off = (uint32_t) text_off;
	return (size_t) off;
}

static inline bool
is_square(int kind, uint32_t label_cap)
{
	return shapes[kind].label_keys == 2 && shapes[kind].nkeys == 2 &&
		label_cap <= TALLY_SQUARE_LABELS;
}

static size_t
initial_header(Tally *t, int kind)
{
	const TallyShape *shape = tally_shape(kind);

	memset(t, 0, sizeof(Tally));
	t->version = TALLY_VERSION;
	t->kind = (uint8_t) kind;
	t->nkeys = shape->nkeys;
	t->ncounters = shape->ncounters;
	t->label_cap = shape->label_keys > 0 ? INITIAL_LABELS : 0;
	t->text_cap = shape->label_keys > 0 ? INITIAL_TEXT : 0;
	t->row_cap = INITIAL_ROWS;
	t->bucket_cap = shape->histogram ? INITIAL_BUCKETS : 0;
	t->square = is_square(kind, t->label_cap);
	return lay_out(t);
}

size_t
tally_initial_size(int kind)
{
	Tally		t;

	return initial_header(&t, kind);
}

void
tally_init(Tally *t, int kind)
{
	int32_t		vl_len = t->vl_len_;

	(void) initial_header(t, kind);
	t->vl_len_ = vl_len;
}

/* -- labels ---------------------------------------------------------------- */

void
tally_label_get(const Tally *t, uint32_t i, JourneyLabel *label)
{
	const TallyLabel *l = &tally_labels(t)[i];

	label->known = l->known;
	label->hash = l->hash;
	label->len = l->len;
	label->text = l->has_text ? tally_text(t) + l->off : NULL;
}

/* Position in a table of `slots` (a power of 2, at least 2) for a hash. */
static inline uint32_t
home_slot(uint32_t hash, uint32_t slots)
{
	return hash >> (32 - __builtin_ctz(slots));
}

/* The slot where a label is or would be; the index has free slots. */
static uint32_t *
label_slot(const Tally *t, const JourneyLabel *label)
{
	uint32_t   *index = tally_label_index(t);
	uint32_t	slots = label_index_slots(t);
	uint32_t	i = home_slot(journey_label_key(label), slots);

	while (index[i] != 0)
	{
		JourneyLabel have;

		tally_label_get(t, index[i] - 1, &have);
		if (journey_label_equal(&have, label))
			break;
		i = (i + 1) & (slots - 1);
	}
	return &index[i];
}

int32_t
tally_label(Tally *t, const JourneyLabel *label, TallyFull *full)
{
	uint32_t   *slot;
	TallyLabel *l;

	*full = TALLY_OK;
	if (t->packed || t->label_cap == 0)
	{
		*full = TALLY_FULL_LABELS;
		return -1;
	}
	slot = label_slot(t, label);
	if (*slot != 0)
		return (int32_t) (*slot - 1);
	if (t->nlabels >= t->label_cap || t->nlabels >= TALLY_MAX_LABELS)
	{
		t->want = 1;
		*full = TALLY_FULL_LABELS;
		return -1;
	}
	if (label->text != NULL && label->len > t->text_cap - t->text_used)
	{
		t->want = label->len;
		*full = TALLY_FULL_TEXT;
		return -1;
	}
	l = &tally_labels(t)[t->nlabels];
	l->known = label->known;
	l->has_text = label->text != NULL;
	l->hash = label->text != NULL ? label->hash : 0;
	l->len = label->text != NULL ? (uint16_t) label->len : 0;
	l->off = 0;
	if (l->len > 0)
	{
		l->off = t->text_used;
		memcpy(tally_text(t) + l->off, label->text, l->len);
		t->text_used += l->len;
	}
	*slot = ++t->nlabels;
	return (int32_t) (*slot - 1);
}

/* -- rows ------------------------------------------------------------------ */

static inline uint32_t
keys_hash(const int64_t *keys, int nkeys)
{
	uint64_t	h = 0;

	for (int i = 0; i < nkeys; i++)
	{
		h = (h ^ (uint64_t) keys[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return (uint32_t) ((h * UINT64_C(0xd6e8feb86659fd93)) >> 32);
}

static uint32_t *
row_slot(const Tally *t, const int64_t *keys)
{
	uint32_t   *index = tally_row_index(t);
	uint32_t	slots;
	uint32_t	i;

	if (t->square)
		return tally_square_slot(t, (int32_t) keys[0], (int32_t) keys[1]);
	slots = row_index_slots(t);
	i = home_slot(keys_hash(keys, t->nkeys), slots);
	while (index[i] != 0)
	{
		const int64_t *have = tally_keys(tally_row_at(t, index[i] - 1));
		int			k = 0;

		while (k < t->nkeys && have[k] == keys[k])
			k++;
		if (k == t->nkeys)
			break;
		i = (i + 1) & (slots - 1);
	}
	return &index[i];
}

TallyRow *
tally_row(Tally *t, const int64_t *keys, TallyFull *full)
{
	uint32_t   *slot;
	TallyRow   *row;

	*full = TALLY_OK;
	if (t->packed)
	{
		*full = TALLY_FULL_ROWS;
		return NULL;
	}
	slot = row_slot(t, keys);
	if (*slot != 0)
		return tally_row_at(t, *slot - 1);
	if (t->nrows >= t->row_cap)
	{
		t->want = 1;
		*full = TALLY_FULL_ROWS;
		return NULL;
	}
	row = tally_row_at(t, t->nrows);
	memset(row, 0, tally_row_size(t));
	memcpy(tally_keys(row), keys, 8 * (size_t) t->nkeys);
	*slot = ++t->nrows;
	return row;
}

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
	double		exact = p * (double) n;
	int64_t		rank;
	uint32_t	place = 0;
	int32_t		bucket = 0;
	int64_t		count;

	if (n == 0)
		return 0;
	if (!(exact > 1))
		rank = 1;
	else if (exact >= (double) n)
		rank = n;
	else
	{
		rank = (int64_t) exact;
		if ((double) rank < exact)
			rank++;
	}
	while (tally_next_bucket(t, row, &place, &bucket, &count) && count < rank)
		rank -= count;
	return tally_bucket_middle(bucket);
}

/* -- growing --------------------------------------------------------------- */

static uint32_t
power_of_2(uint64_t at_least)
{
	uint64_t	n = 1;

	while (n < at_least)
		n *= 2;
	return n > UINT32_C(0x80000000) ? UINT32_C(0x80000000) : (uint32_t) n;
}

static inline uint64_t
max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The buckets that a row takes in a tally that is not packed. */
static uint32_t
row_buckets(const Tally *t, const TallyRow *row)
{
	const int64_t *list = tally_buckets(t) + row->bucket_off;
	uint32_t	n = list_length(row);

	if (row->bucket_count > 0)
		return row->bucket_count;
	if (n > LIST_MAX)
		return (uint32_t) (ENTRY_BUCKET(list[n - 1]) - ENTRY_BUCKET(list[0]) + 1);
	return list_room(n);
}

static uint64_t
live_buckets(const Tally *t)
{
	uint64_t	live = 0;

	for (uint32_t i = 0; i < t->nrows; i++)
		live += row_buckets(t, tally_row_at(t, i));
	return live;
}

/*
 * The header of the larger copy.  A section that is not full keeps its room,
 * but the buckets lose the holes.
 */
static size_t
grown_header(Tally *dst, const Tally *src, TallyFull what, uint32_t room)
{
	const TallyShape *shape = tally_shape(src->kind);
	uint64_t	extra = max64(room, max64(src->want, 1));
	uint64_t	live = live_buckets(src);
	uint64_t	labels = max64(src->nlabels, INITIAL_LABELS);
	uint64_t	rows = max64(src->nrows, INITIAL_ROWS);
	uint64_t	buckets = max64(src->bucket_cap, live);
	uint64_t	text = max64(src->text_cap, INITIAL_TEXT);

	memcpy(dst, src, sizeof(Tally));
	if (!src->packed)
	{
		labels = max64(labels, src->label_cap);
		rows = max64(rows, src->row_cap);
	}
	switch (what)
	{
		case TALLY_FULL_LABELS:
			labels = max64(labels, (uint64_t) src->nlabels + extra);
			break;
		case TALLY_FULL_ROWS:
			rows = max64(rows, (uint64_t) src->nrows + extra);
			break;
		case TALLY_FULL_BUCKETS:
			buckets = max64(2 * live, live + extra);
			buckets = max64(buckets, INITIAL_BUCKETS);
			break;
		case TALLY_FULL_TEXT:
			text = max64(2 * (uint64_t) src->text_cap, (uint64_t) src->text_used + extra);
			break;
		case TALLY_OK:
			break;
	}
	labels = power_of_2(labels);
	rows = power_of_2(rows);
	if (shape->label_keys == 0)
		labels = text = 0;
	if (labels > MAX_LABEL_CAP || rows > MAX_ROW_CAP ||
		buckets > UINT32_MAX || text > UINT32_MAX ||
		(what == TALLY_FULL_LABELS &&
		 (labels == 0 || src->nlabels >= TALLY_MAX_LABELS)) ||
		(what == TALLY_FULL_BUCKETS && !shape->histogram))
		return 0;
	dst->label_cap = (uint32_t) labels;
	dst->row_cap = (uint32_t) rows;
	dst->bucket_cap = shape->histogram ? (uint32_t) buckets : 0;
	dst->text_cap = (uint32_t) text;
	dst->nbuckets = 0;
	dst->packed = 0;
	dst->want = 0;
	dst->dense_off = 0;
	dst->square = is_square(src->kind, dst->label_cap);
	return lay_out(dst);
}

size_t
tally_grown_size(const Tally *t, TallyFull what, uint32_t room)
{
	Tally		header;

	return grown_header(&header, t, what, room);
}

/* The buckets of a row in the larger copy; there is room. */
static void
grow_buckets(Tally *dst, TallyRow *row, const Tally *src, const TallyRow *from)
{
	uint32_t	room = row_buckets(src, from);
	int64_t    *b = tally_buckets(dst) + dst->nbuckets;
	uint32_t	n = list_length(from);

	row->bucket_off = room > 0 ? dst->nbuckets : 0;
	dst->nbuckets += room;
	if (n <= LIST_MAX)
	{
		n = from->bucket_count > 0 ? from->bucket_count : n;
		if (n > 0)
			memcpy(b, tally_buckets(src) + from->bucket_off, 8 * (size_t) n);
	}
	else
	{
		uint32_t	place = 0;
		int32_t		bucket;
		int64_t		count;

		row->bucket_low = ENTRY_BUCKET(tally_buckets(src)[from->bucket_off]);
		row->bucket_count = room;
		while (tally_next_bucket(src, from, &place, &bucket, &count))
			b[bucket - row->bucket_low] = count;
	}
}

void
tally_grow(Tally *dst, const Tally *src, TallyFull what, uint32_t room)
{
	int32_t		vl_len = dst->vl_len_;

	(void) grown_header(dst, src, what, room);
	dst->vl_len_ = vl_len;

	if (src->nlabels > 0)
		memcpy(tally_labels(dst), tally_labels(src), sizeof(TallyLabel) * (size_t) src->nlabels);
	if (src->text_used > 0)
		memcpy(tally_text(dst), tally_text(src), src->text_used);
	if (src->nrows > 0)
		memcpy(tally_rows(dst), tally_rows(src), tally_row_size(src) * src->nrows);

	for (uint32_t i = 0; i < dst->nlabels; i++)
	{
		JourneyLabel label;

		tally_label_get(dst, i, &label);
		*label_slot(dst, &label) = i + 1;
	}
	for (uint32_t i = 0; i < dst->nrows; i++)
	{
		TallyRow   *row = tally_row_at(dst, i);

		*row_slot(dst, tally_keys(row)) = i + 1;
		grow_buckets(dst, row, src, tally_row_at(src, i));
	}
}

/* -- adding ---------------------------------------------------------------- */

int
tally_merge_params(Tally *dst, const Tally *src)
{
	const TallyShape *shape = tally_shape(dst->kind);

	for (int i = 0; i < shape->nparams; i++)
	{
		int64_t		a = dst->params[i];
		int64_t		b = src->params[i];

		if (b == 0)
			continue;
		if (a == 0 || (shape->params[i].rule == TALLY_MAX && b > a))
			dst->params[i] = b;
		else if (shape->params[i].rule == TALLY_SAME && a != b)
			return i;
	}
	return -1;
}

/* Is there room for a list to grow by n entries, step by step? */
static TallyFull
reserve_list(Tally *t, const TallyRow *row, uint32_t n)
{
	uint32_t	room = list_room(list_length(row));
	uint32_t	total = 0;

	while (room < list_room(list_length(row) + n))
	{
		room = room == 0 ? list_room(1) : 2 * room;
		total += room;
	}
	if (!t->packed && total <= t->bucket_cap - t->nbuckets)
		return TALLY_OK;
	t->want = total;
	return TALLY_FULL_BUCKETS;
}

/*
 * Make all the room that adding a row's durations to another can need: the
 * sums stay a list if that is sure to be enough, else they become a window.
 */
static TallyFull
make_room(Tally *dst, TallyRow *row, const Tally *src, const TallyRow *from)
{
	uint32_t	place = 0;
	uint32_t	n = 0;
	int32_t		bucket;
	int32_t		low = 0;
	int32_t		high = 0;
	int64_t		count;
	bool		fits = row->bucket_count == 0;

	while (tally_next_bucket(src, from, &place, &bucket, &count))
	{
		low = n++ == 0 ? bucket : low;
		high = bucket;
		fits &= count <= ENTRY_MAX / 2;
	}
	if (n == 0)
		return TALLY_OK;
	fits &= list_length(row) + n <= LIST_MAX;
	place = 0;
	while (fits && tally_next_bucket(dst, row, &place, &bucket, &count))
		fits = count <= ENTRY_MAX / 2;
	return fits ? reserve_list(dst, row, n) : tally_widen(dst, row, low, high);
}

TallyFull
tally_add(Tally *dst, const Tally *src, uint32_t *next, bool *failed_overflow)
{
	int			label_keys = tally_shape(src->kind)->label_keys;

	*failed_overflow = false;
	for (; *next < src->nrows; ++*next)
	{
		const TallyRow *from = tally_row_at(src, *next);
		const int64_t *add = tally_counters(src, from);
		TallyRow   *row;
		int64_t    *sum;
		int64_t		keys[TALLY_MAX_KEYS];
		TallyFull	full;
		uint32_t	place = 0;
		int32_t		bucket;
		int64_t		count;

		/* everything that may need room comes first */
		memcpy(keys, tally_keys(from), 8 * (size_t) src->nkeys);
		for (int k = 0; k < label_keys; k++)
		{
			JourneyLabel label;

			if (keys[k] < 0)
				continue;
			tally_label_get(src, (uint32_t) keys[k], &label);
			keys[k] = tally_label(dst, &label, &full);
			if (full != TALLY_OK)
				return full;
		}
		row = tally_row(dst, keys, &full);
		if (full != TALLY_OK)
			return full;
		full = make_room(dst, row, src, from);
		if (full != TALLY_OK)
			return full;

		sum = tally_counters(dst, row);
		for (int i = 0; i < src->ncounters; i++)
		{
			if (__builtin_add_overflow(sum[i], add[i], &sum[i]))
				*failed_overflow = true;
		}
		while (tally_next_bucket(src, from, &place, &bucket, &count))
		{
			if (row->bucket_count == 0)
			{
				/* there is room, and no count passes an entry */
				(void) tally_count_bucket(dst, row, bucket, count);
				continue;
			}
			sum = tally_buckets(dst) + row->bucket_off + (bucket - row->bucket_low);
			if (__builtin_add_overflow(*sum, count, sum))
				*failed_overflow = true;
		}
		if (*failed_overflow)
			return TALLY_OK;
	}
	return TALLY_OK;
}

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
	return lay_out(&header);
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
	(void) lay_out(dst);
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
		t->packed > 1 || t->square > 1 || t->unused != 0 ||
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
			t->square != is_square(t->kind, t->label_cap))
			return false;
	}

	memcpy(&want, t, sizeof(Tally));
	return lay_out(&want) == size &&
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
		if (*label_slot(t, &label) != i + 1)
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
			row_buckets(t, row);
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
		if (*row_slot(t, tally_keys(tally_row_at(t, i))) != i + 1)
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
