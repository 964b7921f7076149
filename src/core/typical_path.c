/*
 * typical_path.c
 *	  The typical journey: times of paths, their medians, and the path that is
 *	  nearest to all.
 *
 * The medoid is the path v with the least sum over all customers' paths w of
 * d(v, w), the Levenshtein distance: how many steps must be put in, left out or
 * replaced by others to make one of the other.
 *
 * Distances are found by the bit vectors of Myers (J. ACM 46, 1999) in the form
 * of Hyyroe.  With D[i, j] the distance of the first i steps of v and the first
 * j of w, neighbours differ by -1, 0 or 1, so a column is two words: in which
 * rows D grows by one (P) and in which it falls (M).  The next column takes a
 * dozen operations on whole words:
 *
 *	E  = rows whose step is step j of w
 *	X  = (((E & P) + P) ^ P) | E		rows where the diagonal stays, by carries
 *	hP = M | ~(X | P)	hM = P & X		where D grows or falls to the right
 *	P' = (hM << 1) | ~(E | M | (hP << 1 | 1))	M' = (hP << 1 | 1) & (E | M)
 *
 * and the last rows of hP and hM say how the distance itself changes.  A path
 * has at most 8 steps, so 8 candidates share a word, a byte each; a shorter one
 * has its last step in the highest bit all the same, and `rows` keeps the bits
 * below its first step away.  Addition within bytes is that of the low seven
 * bits with the highest put right by exclusive or.  Texts come in the order of
 * the paths: what two in a row have in common is not computed twice.
 *
 * Cost: a column for each step of a text that it does not share with the one
 * before, and TYPICAL_LANES multiplications, for TYPICAL_LANES distances.
 * Measured: 1.4 ns a distance between the paths of a shop, 3.3 ns between random
 * ones, which have next to nothing in common.
 */
#include "typical_path.h"

#include <math.h>

#define CODE_MANTISSA	12
#define CODE_ZERO		((uint64_t) (1023 - 20) << CODE_MANTISSA)
#define CODE_MASK		((UINT64_C(1) << TYPICAL_CODE_BITS) - 1)
#define KEY_BITS		63

enum
{
	KEY_TIMES = TYPICAL_STEPS,	/* two keys */
	KEY_MORE_TIMES
};

#define PLACE_COUNTERS	0		/* of folded rows; histograms follow */
#define RELAX_ROWS		4096

/* -- times ----------------------------------------------------------------- */

uint32_t
typical_code(int64_t us)
{
	double		seconds = (double) us / 1000000.0;
	uint64_t	bits;

	memcpy(&bits, &seconds, 8);
	return us <= 0 ? 0 : (uint32_t) ((bits >> (52 - CODE_MANTISSA)) - CODE_ZERO + 1);
}

/*
 * The edge has 13 significant bits and a million 14 more, so the product is
 * exact; a true duration of this code is a whole number not below it.
 */
int64_t
typical_duration(uint32_t code)
{
	uint64_t	bits = (code - 1 + CODE_ZERO) << (52 - CODE_MANTISSA);
	double		seconds;

	memcpy(&seconds, &bits, 8);
	return code == 0 ? 0 : (int64_t) ceil(seconds * 1000000.0);
}

/* Code number i of the last two keys, from 0; one lies across them. */
static uint32_t
get_code(const int64_t *keys, int i)
{
	uint64_t	first = (uint64_t) keys[KEY_TIMES];
	uint64_t	second = (uint64_t) keys[KEY_MORE_TIMES];
	int			bit = i * TYPICAL_CODE_BITS;

	if (bit + TYPICAL_CODE_BITS <= KEY_BITS)
		return (uint32_t) (first >> bit & CODE_MASK);
	if (bit >= KEY_BITS)
		return (uint32_t) (second >> (bit - KEY_BITS) & CODE_MASK);
	return (uint32_t) ((first >> bit | second << (KEY_BITS - bit)) & CODE_MASK);
}

void
typical_times(int64_t *keys, int n, const int64_t *gaps)
{
	uint64_t	first = 0;
	uint64_t	second = 0;

	for (int i = 0; i + 1 < n; i++)
	{
		uint64_t	code = typical_code(gaps[i + 1]);
		int			bit = i * TYPICAL_CODE_BITS;

		if (bit < KEY_BITS)
			first |= code << bit & INT64_MAX;
		if (bit >= KEY_BITS)
			second |= code << (bit - KEY_BITS);
		else if (bit + TYPICAL_CODE_BITS > KEY_BITS)
			second |= code >> (KEY_BITS - bit);
	}
	keys[KEY_TIMES] = (int64_t) first;
	keys[KEY_MORE_TIMES] = (int64_t) second;
}

/* Both durations of each step of a row of times, by place. */
static void
row_durations(const int64_t *keys, int n, int64_t *durations)
{
	int64_t		sum = 0;

	for (int step = 1; step < n; step++)
	{
		int64_t		gap = typical_duration(get_code(keys, step - 1));

		sum = gap > INT64_MAX - sum ? INT64_MAX : sum + gap;
		durations[typical_place(FROM_PREVIOUS, step)] = gap;
		durations[typical_place(FROM_FIRST, step)] = sum;
	}
}

/* -- rows ------------------------------------------------------------------ */

/* The place of a folded row, -1 for a row of times. */
static inline int64_t
folded_place(const int64_t *keys)
{
	return keys[KEY_TIMES] < 0 ? -1 - keys[KEY_TIMES] : -1;
}

static inline void
path_of_keys(const int64_t *keys, const uint16_t *rank, TypicalPath *path)
{
	path->high = path->low = 0;
	for (int i = 0; i < TYPICAL_STEPS && keys[i] >= 0; i++)
	{
		uint64_t	step = (uint64_t) rank[keys[i]] << (48 - 16 * (i % (TYPICAL_STEPS / 2)));

		if (i < TYPICAL_STEPS / 2)
			path->high |= step;
		else
			path->low |= step;
	}
}

uint32_t
typical_slots(const Tally *t)
{
	uint32_t	n = 16;

	while (n / 2 < t->nrows)
		n *= 2;
	return n;
}

/* The slot where a path is or would be. */
static uint32_t *
path_slot(const TypicalPaths *all, const TypicalPath *path)
{
	uint64_t	h = path->high * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t	i;

	h = ((h ^ h >> 32) + path->low) * UINT64_C(0xd6e8feb86659fd93);
	i = (uint32_t) (h >> 32) & (all->nslots - 1);
	while (all->slots[i] != 0 &&
		   (all->paths[all->slots[i] - 1].high != path->high ||
			all->paths[all->slots[i] - 1].low != path->low))
		i = (i + 1) & (all->nslots - 1);
	return &all->slots[i];
}

/* What the general form of a tally cannot know; NULL if a row is all right. */
static const char *
row_problem(const Tally *t, const TallyRow *row)
{
	const int64_t *keys = tally_keys(row);
	const int64_t *counters = tally_counters(t, row);
	int64_t		place = folded_place(keys);
	int			n = 0;

	while (n < TYPICAL_STEPS && keys[n] >= 0)
		n++;
	if (n == 0 || n > t->params[0])
		return "a path is empty or longer than it can be";
	for (int i = 1; i < TYPICAL_STEPS; i++)
	{
		if (i >= n ? keys[i] != TALLY_MARK_END : keys[i] == keys[i - 1])
			return "a path has an event twice in a row, or one after its end";
	}
	if (place >= 0)
	{
		if (keys[KEY_MORE_TIMES] != 0 || place > TYPICAL_PLACES ||
			(place > 0 && (place - 1) % (TYPICAL_STEPS - 1) + 1 >= n))
			return "times are of no step";
		if (place > 0)
			return counters[TC_AVERAGE_CUSTOMERS] == 0 && counters[TC_AVERAGE_CONTINUED] == 0 ?
				NULL : "a row of times has customers";
	}
	else
	{
		for (int i = 0; i + 1 < TYPICAL_STEPS; i++)
		{
			if (get_code(keys, i) > (i + 1 < n ? typical_code(INT64_MAX) : 0))
				return "a time is out of range";
		}
		if (keys[KEY_MORE_TIMES] < 0)
			return "a time is out of range";
	}
	if (tally_duration_count(t, row) != 0)
		return "a row of customers has times";
	if (counters[TC_AVERAGE_CUSTOMERS] < 1)
		return "nobody took a path";
	if (counters[TC_AVERAGE_CONTINUED] > (n < t->params[0] ? 0 : counters[TC_AVERAGE_CUSTOMERS]))
		return "more journeys go on after a path than have it";
	return NULL;
}

const char *
typical_paths(const Tally *t, TypicalPaths *all, void (*relax) (void))
{
	all->npaths = 0;
	all->customers = all->continued = 0;
	if (t->nrows > 0 && (t->params[0] < 1 || t->params[0] > TYPICAL_STEPS))
		return "the number of steps is out of range";
	for (uint32_t i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		const int64_t *counters = tally_counters(t, row);
		const char *problem = row_problem(t, row);
		TypicalPath path;
		uint32_t   *slot;
		TypicalPath *found;

		if (i % RELAX_ROWS == 0)
			relax();
		if (problem != NULL)
			return problem;
		path_of_keys(tally_keys(row), all->rank, &path);
		slot = path_slot(all, &path);
		if (*slot == 0)
		{
			found = &all->paths[all->npaths];
			*slot = ++all->npaths;
			memset(found, 0, sizeof(*found));
			found->high = path.high;
			found->low = path.low;
		}
		found = &all->paths[*slot - 1];
		if (folded_place(tally_keys(row)) >= 0)
			found->folded = true;
		else
			found->rows++;
		if (counters[TC_AVERAGE_CUSTOMERS] > TYPICAL_MAX_CUSTOMERS - all->customers)
			return "it has too many customers";
		all->customers += counters[TC_AVERAGE_CUSTOMERS];
		all->continued += counters[TC_AVERAGE_CONTINUED];
		found->customers += counters[TC_AVERAGE_CUSTOMERS];
		found->continued += counters[TC_AVERAGE_CONTINUED];
	}
	for (uint32_t i = 0; i < all->npaths; i++)
	{
		if (all->paths[i].customers == 0)
			return "times are of a path that nobody took";
	}
	return NULL;
}

/* -- medians --------------------------------------------------------------- */

bool
typical_medians(const Tally *t, const uint16_t *rank, const TypicalPath *path,
				int64_t *counts, void (*relax) (void), double *medians)
{
	int			n = typical_length(path);
	int64_t		left = (path->customers + 1) / 2;

	for (uint32_t i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);
		const int64_t *keys = tally_keys(row);
		int64_t		place = folded_place(keys);
		int64_t		durations[TYPICAL_PLACES + 1];
		TypicalPath of_row;

		if (i % RELAX_ROWS == 0)
			relax();
		if (place == PLACE_COUNTERS)
			continue;
		path_of_keys(keys, rank, &of_row);
		if (of_row.high != path->high || of_row.low != path->low)
			continue;
		if (place > 0)
		{
			uint32_t	at = 0;
			int32_t		bucket;
			int64_t		count;

			while (tally_next_bucket(t, row, &at, &bucket, &count))
			{
				int64_t    *sum = &counts[(place - 1) * TALLY_BUCKETS + bucket];

				if (__builtin_add_overflow(*sum, count, sum))
					return false;
			}
			continue;
		}
		row_durations(keys, n, durations);
		for (int clock = 0; clock < TYPICAL_CLOCKS; clock++)
		{
			for (int step = 1; step < n; step++)
			{
				int			p = typical_place((TypicalClock) clock, step);
				int64_t    *sum = &counts[(p - 1) * TALLY_BUCKETS + tally_bucket(durations[p])];

				if (__builtin_add_overflow(*sum, tally_counters(t, row)[TC_AVERAGE_CUSTOMERS], sum))
					return false;
			}
		}
	}
	for (int clock = 0; clock < TYPICAL_CLOCKS; clock++)
	{
		for (int step = 1; step < n; step++)
		{
			int			p = typical_place((TypicalClock) clock, step);
			const int64_t *c = &counts[(p - 1) * TALLY_BUCKETS];
			int64_t		seen = 0;
			int32_t		median = -1;

			for (int32_t b = 0; b < TALLY_BUCKETS; b++)
			{
				if (c[b] > path->customers - seen)
					return false;
				seen += c[b];
				if (median < 0 && seen >= left)
					median = b;
			}
			if (seen != path->customers)
				return false;
			medians[p] = tally_bucket_middle(median);
		}
	}
	return true;
}

/* -- folding --------------------------------------------------------------- */

/*
 * Part `part` of a row that is folded: 0 adds its counters, others a time.  Each
 * takes all the room it needs before it counts.
 */
static TallyFull
fold_part(Tally *dst, const Tally *src, const TallyRow *from, int n, uint32_t part)
{
	const int64_t *add = tally_counters(src, from);
	int64_t		keys[TALLY_MAX_KEYS];
	TallyRow   *row;
	TallyFull	full;

	memcpy(keys, tally_keys(from), sizeof(keys));
	keys[KEY_TIMES] = -1 - (int64_t) part;
	keys[KEY_MORE_TIMES] = 0;
	row = tally_row(dst, keys, &full);
	if (row == NULL)
		return full;
	if (part != PLACE_COUNTERS)
	{
		int64_t		durations[TYPICAL_PLACES + 1];

		row_durations(tally_keys(from), n, durations);
		return tally_count_duration(dst, row, durations[part], add[TC_AVERAGE_CUSTOMERS]);
	}
	/* no sum passes that of all, which is in range */
	for (int i = 0; i < TC_AVERAGE_COUNTERS; i++)
		tally_counters(dst, row)[i] += add[i];
	return TALLY_OK;
}

/* A row that stays as it is, or whose histogram goes to one that is there. */
static TallyFull
copy_row(Tally *dst, const Tally *src, const TallyRow *from, uint32_t *part)
{
	TallyFull	full;
	TallyRow   *row = tally_row(dst, tally_keys(from), &full);
	int32_t		bucket;
	int64_t		count;

	if (row == NULL)
		return full;
	if (*part == 0)
	{
		for (int i = 0; i < TC_AVERAGE_COUNTERS; i++)
			tally_counters(dst, row)[i] += tally_counters(src, from)[i];
		*part = 1;
	}
	for (;;)
	{
		uint32_t	at = *part - 1;

		if (!tally_next_bucket(src, from, &at, &bucket, &count))
			return TALLY_OK;
		full = tally_count_bucket(dst, row, bucket, count);
		if (full != TALLY_OK)
			return full;
		*part = at + 1;
	}
}

TallyFull
typical_fold(Tally *dst, const Tally *src, const TypicalPaths *all,
			 uint32_t least, TypicalFold *walk, void (*relax) (void))
{
	memcpy(dst->params, src->params, sizeof(dst->params));
	while (dst->nlabels < src->nlabels)
	{
		JourneyLabel label;
		TallyFull	full;

		tally_label_get(src, dst->nlabels, &label);
		if (tally_label(dst, &label, &full) < 0)
			return full;
	}
	for (; walk->row < src->nrows; walk->row++)
	{
		const TallyRow *from = tally_row_at(src, walk->row);
		TypicalPath path;
		const TypicalPath *found;
		TallyFull	full = TALLY_OK;

		if (walk->row % RELAX_ROWS == 0)
			relax();
		path_of_keys(tally_keys(from), all->rank, &path);
		found = &all->paths[*path_slot(all, &path) - 1];
		if (folded_place(tally_keys(from)) >= 0 || (!found->folded && found->rows < least))
			full = copy_row(dst, src, from, &walk->part);
		else
		{
			int			n = typical_length(&path);

			for (; walk->part <= TYPICAL_PLACES && full == TALLY_OK;)
			{
				if (walk->part == PLACE_COUNTERS ||
					(walk->part - 1) % (TYPICAL_STEPS - 1) + 1 < (uint32_t) n)
					full = fold_part(dst, src, from, n, walk->part);
				if (full == TALLY_OK)
					walk->part++;
			}
		}
		if (full != TALLY_OK)
			return full;
		walk->part = 0;
	}
	return TALLY_OK;
}

/* -- distances ------------------------------------------------------------- */

#define EACH_LANE(byte)	(UINT64_C(0x0101010101010101) * (byte))

/* Columns of up to TYPICAL_LANES tables of distances. */
typedef struct DistanceColumn
{
	uint64_t	grows;
	uint64_t	falls;
	uint64_t	distance;		/* in the last row, a byte each */
} DistanceColumn;

void
typical_text(TypicalText *text, const TypicalPath *path, const TypicalPath *before)
{
	text->customers = path->customers;
	text->length = (uint8_t) typical_length(path);
	text->shared = before == NULL ? 0 : (uint8_t) typical_shared(path, before);
	for (int i = 0; i < TYPICAL_STEPS; i++)
		text->steps[i] = (uint16_t) typical_step(path, i);
}

void
typical_distances(const TypicalText *texts, size_t n,
				  const TypicalPath *const *candidates, int ncandidates,
				  uint64_t *masks, int64_t *sums)
{
	DistanceColumn columns[TYPICAL_STEPS + 1] = {{0, 0, 0}};
	uint64_t	rows = 0;
	uint64_t	first = 0;
	int64_t		total[TYPICAL_LANES] = {0};

	for (int lane = 0; lane < ncandidates; lane++)
	{
		int			length = typical_length(candidates[lane]);
		int			bit = 8 * lane + TYPICAL_STEPS - length;

		first |= UINT64_C(1) << bit;
		rows |= ((UINT64_C(1) << length) - 1) << bit;
		columns[0].distance |= (uint64_t) length << 8 * lane;
		for (int i = 0; i < length; i++)
			masks[typical_step(candidates[lane], i)] |= UINT64_C(1) << (bit + i);
	}
	columns[0].grows = rows;

	for (size_t i = 0; i < n; i++)
	{
		const TypicalText *text = &texts[i];
		const int64_t customers = text->customers;
		uint64_t	distance;

		for (int k = text->shared; k < text->length; k++)
		{
			const DistanceColumn *c = &columns[k];
			uint64_t	same = masks[text->steps[k]];
			uint64_t	run = same & c->grows;
			uint64_t	sum = (run & EACH_LANE(0x7f)) + (c->grows & EACH_LANE(0x7f));
			uint64_t	carried = sum ^ ((run ^ c->grows) & EACH_LANE(0x80));
			uint64_t	stays = (carried ^ c->grows) | same;
			uint64_t	right_grows = c->falls | (~(stays | c->grows) & rows);
			uint64_t	right_falls = c->grows & stays;
			uint64_t	below = same | c->falls;

			columns[k + 1].distance = c->distance + (right_grows >> 7 & EACH_LANE(1)) -
				(right_falls >> 7 & EACH_LANE(1));
			right_grows = (right_grows << 1 & EACH_LANE(0xfe)) | first;
			right_falls = right_falls << 1 & EACH_LANE(0xfe);
			columns[k + 1].grows = right_falls | (~(below | right_grows) & rows);
			columns[k + 1].falls = right_grows & below;
		}
		distance = columns[text->length].distance;
		for (int lane = 0; lane < TYPICAL_LANES; lane++)
			total[lane] += customers * (int64_t) (distance >> 8 * lane & 0xff);
	}

	for (int lane = 0; lane < ncandidates; lane++)
	{
		sums[lane] = total[lane];
		for (int i = 0; i < typical_length(candidates[lane]); i++)
			masks[typical_step(candidates[lane], i)] = 0;
	}
}
