/*
 * tally.c
 *	  A flat table of counters: layout, look-up, growth and addition.
 *
 * Every section is an array that is filled from the front; a section that is
 * full makes the caller bring a larger piece of memory, with that section
 * doubled, so that filling a tally costs a constant time for each thing put
 * into it.  Only the buckets leave holes: a list or window that grows moves to
 * the end of the section at twice its size, and the next growth drops what it
 * left.
 */
#include "tally_impl.h"

#define INITIAL_LABELS		8
#define INITIAL_ROWS		16
#define INITIAL_BUCKETS		64
#define INITIAL_TEXT		64


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
		"retention", 2, 0, TC_RETENTION_COUNTERS, 6, false,
		{{"period", TALLY_SAME}, {"week start", TALLY_SAME},
		{"last period", TALLY_MAX}, {"length of the period", TALLY_SAME},
		{"kind of activity", TALLY_SAME}, {"brackets", TALLY_SAME}}
	},
	[TALLY_SURVIVAL] = {
		"survival", 2, 1, TC_SURVIVAL_COUNTERS, 0, false, {{NULL, TALLY_SAME}}
	},
	[TALLY_TIME_TO_CONVERT] = {
		"time_to_convert", 2, 0, TC_CONVERT_COUNTERS, 3, false,
		{{"first step", TALLY_SAME}, {"last step", TALLY_SAME}, {"bins", TALLY_SAME}}
	},
	[TALLY_LIFECYCLE] = {
		"lifecycle", 1, 0, TC_LIFECYCLE_COUNTERS, 6, false,
		{{"period", TALLY_SAME}, {"week start", TALLY_SAME},
		{"length of the period", TALLY_SAME}, {"kind of activity", TALLY_SAME},
		{"last period", TALLY_MAX}, {"time at which spans begin", TALLY_SAME}}
	},
	[TALLY_STICKINESS] = {
		"stickiness", 1, 0, TC_STICKINESS_COUNTERS, 4, false,
		{{"period", TALLY_SAME}, {"week start", TALLY_SAME},
		{"length of the period", TALLY_SAME}, {"kind of activity", TALLY_SAME}}
	},
	[TALLY_DAU_WAU_MAU] = {
		"dau_wau_mau", 1, 0, TC_ACTIVE_COUNTERS, 5, false,
		{{"period", TALLY_SAME}, {"week start", TALLY_SAME},
		{"length of the period", TALLY_SAME}, {"kind of activity", TALLY_SAME},
		{"last period", TALLY_MAX}}
	},
	[TALLY_REPEATS] = {
		"retention_rate_by_purchase", 1, 0, TC_REPEATS_COUNTERS, 0, false,
		{{NULL, TALLY_SAME}}
	},
	[TALLY_SESSIONS] = {
		"session_totals", 1, 0, TC_SESSIONS_COUNTERS, 2, true,
		{{"timeout or boundary", TALLY_SAME}, {"key event", TALLY_SAME}}
	},
	[TALLY_PATHS] = {
		"paths", TALLY_MAX_KEYS, TALLY_MAX_KEYS, TC_PATHS_COUNTERS, 1, false,
		{{"number of paths asked for", TALLY_SAME}}
	},
	[TALLY_STEP_MATRIX] = {
		"step_matrix", 2, 1, TC_STEP_COUNTERS, 2, false,
		{{"number of steps", TALLY_SAME}, {"anchor", TALLY_SAME}}
	},
	[TALLY_MARKOV] = {
		"markov", 6, 6, TC_MARKOV_COUNTERS, 1, false,
		{{"model order", TALLY_SAME}}
	},
	[TALLY_SHAPLEY] = {
		"shapley", 2, 1, TC_SHAPLEY_COUNTERS, 1, false,
		{{"definition", TALLY_SAME}}
	},
	[TALLY_AVERAGE_JOURNEY] = {
		"average_journey", TALLY_MAX_KEYS, TALLY_MAX_KEYS - 2, TC_AVERAGE_COUNTERS, 1, true,
		{{"number of steps", TALLY_SAME}}
	},
	[TALLY_SCORES] = {
		"scores", 1, 0, TC_SCORES_COUNTERS, 5, false,
		{{"metric", TALLY_SAME}, {"lowest score (1 + thousandths)", TALLY_SAME},
		{"number of scores", TALLY_SAME}, {"step between scores (thousandths)", TALLY_SAME},
		{"number of satisfied scores", TALLY_SAME}}
	}
};

#define NSHAPES ((int) (sizeof(shapes) / sizeof(shapes[0])))

const TallyShape *
tally_shape(int kind)
{
	/* a number between others may be of no kind */
	return kind > 0 && kind < NSHAPES && shapes[kind].name != NULL ? &shapes[kind] : NULL;
}

int
tally_kind_by_name(const char *name, size_t len)
{
	for (int i = 1; i < NSHAPES; i++)
	{
		if (shapes[i].name != NULL && strlen(shapes[i].name) == len &&
			memcmp(shapes[i].name, name, len) == 0)
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

size_t
tally_lay_out(Tally *t)
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

bool
tally_is_square(int kind, uint32_t label_cap)
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
	t->square = tally_is_square(kind, t->label_cap);
	return tally_lay_out(t);
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

uint32_t *
tally_label_slot(const Tally *t, const JourneyLabel *label)
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
	slot = tally_label_slot(t, label);
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

uint32_t *
tally_row_slot(const Tally *t, const int64_t *keys)
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
	slot = tally_row_slot(t, keys);
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

/* -- growing --------------------------------------------------------------- */

static uint32_t
power_of_2(uint64_t at_least)
{
	uint64_t	n = 1;

	while (n < at_least)
		n *= 2;
	return n > UINT32_C(0x80000000) ? UINT32_C(0x80000000) : (uint32_t) n;
}

static uint64_t
live_buckets(const Tally *t)
{
	uint64_t	live = 0;

	for (uint32_t i = 0; i < t->nrows; i++)
		live += tally_row_buckets(t, tally_row_at(t, i));
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
	dst->square = tally_is_square(src->kind, dst->label_cap);
	return tally_lay_out(dst);
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
	uint32_t	room = tally_row_buckets(src, from);
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
		*tally_label_slot(dst, &label) = i + 1;
	}
	for (uint32_t i = 0; i < dst->nrows; i++)
	{
		TallyRow   *row = tally_row_at(dst, i);

		*tally_row_slot(dst, tally_keys(row)) = i + 1;
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
