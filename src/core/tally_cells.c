/*
 * tally_cells.c
 *	  Setting up the cells of tally_cells.h, adding to them and reading them.
 *
 * As bytes a pair is its line, its column, how many customers, and which lines
 * of cells have one that is not 0, 32 bits each; and these lines.  Such bytes go
 * to a process of the same program, no further.
 */
#include "tally_cells.h"

#include "tally_impl.h"

/* -- setting up --------------------------------------------------------------- */

static void
set_pairs(TallyCells *c, void *memory, uint32_t shift)
{
	c->shift = shift;
	c->pairs.cells = memory;
	c->pairs.latest = (uint32_t *) (c->pairs.cells + ((size_t) 1 << (2 * shift)));
	c->pairs.customers = c->pairs.latest + ((size_t) 1 << (2 * shift));
	if (tally_cells_few(c))
	{
		uintptr_t	behind = (uintptr_t) (c->pairs.customers + ((size_t) 1 << (2 * shift)));

		c->few = (uint8_t *) ((behind + 63) & ~(uintptr_t) 63);
	}
}

void
tally_cells_start(TallyCells *c, void *memory, uint32_t nlabels)
{
	memset(c, 0, sizeof(TallyCells));
	c->mark = 1;
	set_pairs(c, memory, tally_cells_shift(nlabels));
}

bool
tally_cells_widen(TallyCells *c, void *memory, uint32_t nlabels)
{
	const CellPairs pairs = c->pairs;
	const uint32_t before = c->shift;
	const uint32_t lines = UINT32_C(1) << c->shift;
	const uint32_t shift = tally_cells_shift(nlabels);

	set_pairs(c, memory, shift);
	for (uint32_t i = 0; i < lines; i++)
	{
		size_t		to = (size_t) i << shift;
		size_t		from = (size_t) i << before;

		memcpy(c->pairs.cells + to, pairs.cells + from, sizeof(uint8_t *) * lines);
		memcpy(c->pairs.latest + to, pairs.latest + from, sizeof(uint32_t) * lines);
		memcpy(c->pairs.customers + to, pairs.customers + from, sizeof(uint32_t) * lines);
	}
	for (uint32_t i = 0; i < c->npassed; i++)
	{
		uint32_t	pair = c->passed[i] / CELLS;

		pair = ((pair >> before) << shift) + (pair & (lines - 1));
		c->passed[i] = pair * CELLS + c->passed[i] % CELLS;
	}
	return before != CELLS_FEW_SHIFT;
}

void
tally_cells_give(TallyCells *c, uint8_t *blocks, uint32_t n)
{
	for (uint32_t i = n; i-- > 0;)
	{
		uint8_t    *block = blocks + (size_t) i * CELLS_BYTES;

		memcpy(block, &c->blocks, sizeof(c->blocks));
		c->blocks = block;
	}
	c->nblocks += n;
}

static void
keys_of(const TallyCells *c, uint32_t pair, int64_t *keys)
{
	keys[0] = (int64_t) (pair >> c->shift) - 2;
	keys[1] = (int64_t) (pair & ((UINT32_C(1) << c->shift) - 1)) - 2;
}

/* -- counting ----------------------------------------------------------------- */

void
tally_cells_clear_marks(TallyCells *c)
{
	/* what is behind the end of a journey marks pair 0, which cannot occur */
	c->marked[0] = 0;
	for (uint32_t i = 0; i < CELLS_FEW; i++)
		c->pairs.customers[i] += c->marked[i];
	memset(c->marked, 0, sizeof(c->marked));
	memset(c->marks, 0, sizeof(c->marks));
	c->mark = 1;
}

/*
 * With few labels all is ready only when it is read: the latest customer has been
 * counted, and pairs that occurred have their cells.
 */
static void
show_few(TallyCells *c)
{
	tally_cells_count_marks(c);
	tally_cells_clear_marks(c);
	for (uint32_t i = 0; i < CELLS_FEW; i++)
		if (c->pairs.customers[i] > 0)
			c->pairs.cells[i] = c->few + i * CELLS_BYTES;
}

static void
count_few(TallyCells *c)
{
	const uint32_t n = c->nlogged;
	uint8_t    *const few = c->few;

#pragma GCC unroll 4
	for (uint32_t i = 0; i < n; i++)
	{
		const uint32_t place = c->log_place[i];

		if (++few[place] == 0)
			c->passed[c->npassed++] = place / CELLS_BYTES * CELLS + place % CELLS_BYTES;
	}
	c->nlogged = 0;
}

#ifdef HAVE_AVX2
/* The cells of the log, and of up to 7 more. */
static AVX2_CALLED void
find_cells_avx2(const TallyCells *c, uint32_t *cells)
{
	for (uint32_t i = 0; i < c->nlogged; i += 8)
	{
		const __m256i seconds = _mm256_loadu_si256((const __m256i *) (c->log_seconds + i));

		_mm256_storeu_si256((__m256i *) (cells + i), tally_cells_wide(seconds));
	}
}
#endif

static void
find_cells(const TallyCells *c, uint32_t *cells)
{
#ifdef HAVE_AVX2
	if (gap_groups_avx2)
	{
		find_cells_avx2(c, cells);
		return;
	}
#endif
	for (uint32_t i = 0; i < c->nlogged; i++)
		cells[i] = tally_cell(c->log_seconds[i]);
}

/*
 * A customer's number is above all before, so that one comparison says whether it
 * is new to a pair.  Such pairs are listed and their customers counted afterwards:
 * often a pair comes many times in a row, and each time would wait for the one
 * before.
 */
static CellsFull
count_many(TallyCells *c)
{
	const CellPairs pairs = c->pairs;
	uint32_t	nfresh = 0;
	uint32_t	i;
	uint32_t	cells[CELLS_LOG + 8];
	uint16_t	fresh[CELLS_LOG];

	find_cells(c, cells);
	for (i = c->ncounted; i < c->nlogged; i++)
	{
		const uint32_t pair = c->log_pair[i];
		uint8_t    *block = pairs.cells[pair];

		if (block == NULL)
		{
			if (c->nblocks == 0)
				break;
			block = tally_cells_block(c, pair);
		}
		if (++block[cells[i]] == 0)
			c->passed[c->npassed++] = pair * CELLS + cells[i];
		fresh[nfresh] = (uint16_t) pair;
		nfresh += pairs.latest[pair] < c->log_whose[i];
		pairs.latest[pair] = c->log_whose[i];
	}
	for (uint32_t k = 0; k < nfresh; k++)
		pairs.customers[fresh[k]]++;
	c->ncounted = i;
	if (i < c->nlogged)
		return CELLS_FULL_BLOCKS;
	c->ncounted = c->nlogged = 0;
	return CELLS_OK;
}

CellsFull
tally_cells_count_log(TallyCells *c)
{
	if (c->npassed > CELLS_PASSED - c->nlogged)
		return CELLS_FULL_PASSED;
	if (!tally_cells_few(c))
		return count_many(c);
	count_few(c);
	return CELLS_OK;
}

/* -- adding ------------------------------------------------------------------- */

/* Count in a row what stands for a cell; a mark has no durations. */
static TallyFull
count_in_row(Tally *t, const int64_t *keys, uint32_t cell, int64_t times)
{
	TallyFull	full;
	TallyRow   *row = tally_row(t, keys, &full);

	if (row == NULL)
		return full;
	if (keys[0] >= 0 && keys[1] >= 0)
		return tally_count_bucket(t, row, tally_cell_bucket(cell), times);
	tally_counters(t, row)[TC_TRANSITION_COUNT] += times;
	return TALLY_OK;
}

TallyFull
tally_cells_pass(TallyCells *c, Tally *t)
{
	for (; c->npassed > 0; c->npassed--)
	{
		uint32_t	passed = c->passed[c->npassed - 1];
		int64_t		keys[2];
		TallyFull	full;

		keys_of(c, passed / CELLS, keys);
		full = count_in_row(t, keys, passed % CELLS, 256);
		if (full != TALLY_OK)
			return full;
	}
	return TALLY_OK;
}

CellsFull
tally_cells_settle(TallyCells *c, Tally *t, TallyFull *full)
{
	CellsFull	missing = tally_cells_count_log(c);

	if (missing != CELLS_OK)
		return missing;
	if (tally_cells_few(c))
		show_few(c);
	*full = tally_cells_pass(c, t);
	return *full == TALLY_OK ? CELLS_OK : CELLS_FULL_TALLY;
}

/* Add to a cell, and to the row what is more than it can hold. */
static CellsFull
add_to_cell(TallyCells *c, Tally *t, const int64_t *keys, uint32_t cell, int64_t times,
			TallyFull *full)
{
	const uint32_t pair = tally_cells_pair(c, (int32_t) keys[0], (int32_t) keys[1]);
	uint32_t	sum;

	if (c->pairs.cells[pair] == NULL && tally_cells_no_block(c))
		return CELLS_FULL_BLOCKS;
	if (c->npassed == CELLS_PASSED)
		return CELLS_FULL_PASSED;
	if (times > 255)
	{
		*full = count_in_row(t, keys, cell, times & ~INT64_C(255));
		if (*full != TALLY_OK)
			return CELLS_FULL_TALLY;
	}
	if (c->pairs.cells[pair] == NULL)
		tally_cells_block(c, pair);
	sum = c->pairs.cells[pair][cell] + (uint32_t) (times & 255);
	c->pairs.cells[pair][cell] = (uint8_t) sum;
	if (sum > 255)
		c->passed[c->npassed++] = pair * CELLS + cell;
	return CELLS_OK;
}

/*
 * The counters of a row.  What does not fit cells, as no counting makes it,
 * goes to the row.
 */
static CellsFull
add_counters(TallyCells *c, Tally *t, const int64_t *keys, const int64_t *add, TallyFull *full)
{
	const uint32_t pair = tally_cells_pair(c, (int32_t) keys[0], (int32_t) keys[1]);
	int64_t		count = add[TC_TRANSITION_COUNT];
	bool		mark = keys[0] < 0 || keys[1] < 0;
	CellsFull	missing;

	if ((!mark && count != 0) ||
		add[TC_TRANSITION_CUSTOMERS] >= (int64_t) CELLS_MAX_COUNT - c->pairs.customers[pair])
	{
		TallyRow   *row = tally_row(t, keys, full);

		if (row == NULL)
			return CELLS_FULL_TALLY;
		tally_counters(t, row)[TC_TRANSITION_COUNT] += count;
		tally_counters(t, row)[TC_TRANSITION_CUSTOMERS] += add[TC_TRANSITION_CUSTOMERS];
		return CELLS_OK;
	}
	missing = add_to_cell(c, t, keys, 0, count, full);
	if (missing == CELLS_OK)
		c->pairs.customers[pair] += (uint32_t) add[TC_TRANSITION_CUSTOMERS];
	return missing;
}

CellsFull
tally_cells_add(TallyCells *c, Tally *t, const Tally *src, const uint32_t *map,
				CellsAdding *at, TallyFull *full)
{
	for (; at->row < src->nrows; at->row++)
	{
		const TallyRow *from = tally_row_at(src, at->row);
		int64_t		keys[2];
		CellsFull	missing = CELLS_OK;
		uint32_t	place = at->place;
		int32_t		bucket;
		int64_t		count;

		for (int k = 0; k < 2; k++)
		{
			keys[k] = tally_keys(from)[k];
			if (keys[k] >= 0)
				keys[k] = map[keys[k]];
		}
		if (!at->counted)
			missing = add_counters(c, t, keys, tally_counters(src, from), full);
		if (missing != CELLS_OK)
			return missing;
		at->counted = true;
		while (tally_next_bucket(src, from, &place, &bucket, &count))
		{
			int32_t		cell = tally_bucket_cell(bucket);

			if (cell >= 0 && keys[0] >= 0 && keys[1] >= 0)
				missing = add_to_cell(c, t, keys, (uint32_t) cell, count, full);
			else
			{
				TallyRow   *row = tally_row(t, keys, full);

				if (row == NULL ||
					(*full = tally_count_bucket(t, row, bucket, count)) != TALLY_OK)
					missing = CELLS_FULL_TALLY;
			}
			if (missing != CELLS_OK)
				return missing;
			at->place = place;
		}
		at->place = 0;
		at->counted = false;
	}
	return CELLS_OK;
}

/* -- as bytes ------------------------------------------------------------------- */

#define PAIR_BYTES	16

static inline uint64_t
load_word(const uint8_t *p)
{
	uint64_t	word;

	memcpy(&word, p, 8);
	return word;
}

/* Which lines of a pair have a cell that is not 0. */
static uint32_t
lines_of(const uint8_t *cells)
{
	uint32_t	lines = 0;

	for (uint32_t i = 0; i < CELLS_LINES; i++)
	{
		uint64_t	any = 0;

		for (int k = 0; k < CELLS_PER_LINE; k += 8)
			any |= load_word(cells + i * CELLS_PER_LINE + k);
		lines |= (uint32_t) (any != 0) << i;
	}
	return lines;
}

size_t
tally_cells_write_size(const TallyCells *c)
{
	size_t		size = 0;

	for (uint32_t i = 0; i < tally_cells_npairs(c); i++)
		if (c->pairs.cells[i] != NULL)
			size += PAIR_BYTES + CELLS_PER_LINE *
				(size_t) __builtin_popcount(lines_of(c->pairs.cells[i]));
	return size;
}

uint8_t *
tally_cells_write(const TallyCells *c, uint8_t *out)
{
	for (uint32_t i = 0; i < tally_cells_npairs(c); i++)
	{
		const uint8_t *cells = c->pairs.cells[i];
		uint32_t	head[4] = {i >> c->shift, i & ((UINT32_C(1) << c->shift) - 1), c->pairs.customers[i]};

		if (cells == NULL)
			continue;
		head[3] = lines_of(cells);
		memcpy(out, head, PAIR_BYTES);
		out += PAIR_BYTES;
		for (uint32_t lines = head[3]; lines != 0; lines &= lines - 1)
		{
			memcpy(out, cells + __builtin_ctz(lines) * CELLS_PER_LINE, CELLS_PER_LINE);
			out += CELLS_PER_LINE;
		}
	}
	return out;
}

/*
 * Add eight cells beside each other: the upper bit of each byte says which
 * passed 255.
 */
static inline uint64_t
add_word(uint8_t *to, const uint8_t *from)
{
	const uint64_t upper = UINT64_C(0x8080808080808080);
	uint64_t	a = load_word(to);
	uint64_t	b = load_word(from);
	uint64_t	sum = ((a & ~upper) + (b & ~upper)) ^ ((a ^ b) & upper);

	memcpy(to, &sum, 8);
	return ((a & b) | ((a | b) & ~sum)) & upper;
}

static void
add_line(TallyCells *c, uint32_t pair, uint32_t first, const uint8_t *from)
{
	for (uint32_t i = 0; i < CELLS_PER_LINE; i += 8)
	{
		uint64_t	passed = add_word(c->pairs.cells[pair] + first + i, from + i);
		uint8_t		bytes[8];

		if (passed == 0)
			continue;
		memcpy(bytes, &passed, 8);
		for (uint32_t k = 0; k < 8; k++)
			if (bytes[k] != 0)
				c->passed[c->npassed++] = pair * CELLS + first + i + k;
	}
}

CellsFull
tally_cells_read(TallyCells *c, Tally *t, const uint8_t **p, const uint8_t *end,
				 const uint32_t *map, TallyFull *full)
{
	while (*p < end)
	{
		uint32_t	head[4];
		int64_t		keys[2];
		uint32_t	pair;

		memcpy(head, *p, PAIR_BYTES);
		for (int k = 0; k < 2; k++)
			keys[k] = head[k] < 2 ? (int64_t) head[k] - 2 : (int64_t) map[head[k] - 2];
		pair = tally_cells_pair(c, (int32_t) keys[0], (int32_t) keys[1]);
		if (c->pairs.cells[pair] == NULL && tally_cells_no_block(c))
			return CELLS_FULL_BLOCKS;
		if (CELLS > CELLS_PASSED - c->npassed)
			return CELLS_FULL_PASSED;
		if ((uint64_t) c->pairs.customers[pair] + head[2] >= CELLS_MAX_COUNT)
		{
			TallyRow   *row = tally_row(t, keys, full);

			if (row == NULL)
				return CELLS_FULL_TALLY;
			tally_counters(t, row)[TC_TRANSITION_CUSTOMERS] += head[2];
			head[2] = 0;
		}
		if (c->pairs.cells[pair] == NULL)
			tally_cells_block(c, pair);
		c->pairs.customers[pair] += head[2];
		*p += PAIR_BYTES;
		for (uint32_t lines = head[3]; lines != 0; lines &= lines - 1)
		{
			add_line(c, pair, (uint32_t) __builtin_ctz(lines) * CELLS_PER_LINE, *p);
			*p += CELLS_PER_LINE;
		}
	}
	return CELLS_OK;
}

/* -- reading -------------------------------------------------------------------- */

static TallyFull
add_pair(Tally *dst, const int64_t *keys, const uint8_t *cells, uint32_t customers)
{
	uint32_t	first = 0;
	uint32_t	last = CELLS - 1;
	TallyFull	full;
	TallyRow   *row = tally_row(dst, keys, &full);

	if (row == NULL)
		return full;
	while (first < CELLS && cells[first] == 0)
		first++;
	if (keys[0] < 0 || keys[1] < 0)
		tally_counters(dst, row)[TC_TRANSITION_COUNT] += cells[0];
	else if (first < CELLS)
	{
		int32_t		low = tally_cell_bucket(first);

		/* make all room first, so that no count is added twice */
		while (cells[last] == 0)
			last--;
		full = tally_widen(dst, row, low, tally_cell_bucket(last));
		if (full != TALLY_OK)
			return full;
		for (uint32_t i = first; i <= last; i++)
			if (cells[i] != 0)
				tally_buckets(dst)[row->bucket_off +
								   (uint32_t) (tally_cell_bucket(i) - row->bucket_low)] +=
					cells[i];
	}
	tally_counters(dst, row)[TC_TRANSITION_CUSTOMERS] += customers;
	return TALLY_OK;
}

TallyFull
tally_cells_to_rows(Tally *dst, const TallyCells *c, uint32_t *next)
{
	for (; *next < tally_cells_npairs(c); ++*next)
	{
		int64_t		keys[2];
		TallyFull	full;

		if (c->pairs.cells[*next] == NULL)
			continue;
		keys_of(c, *next, keys);
		full = add_pair(dst, keys, c->pairs.cells[*next], c->pairs.customers[*next]);
		if (full != TALLY_OK)
			return full;
	}
	return TALLY_OK;
}

/*
 * The sum of a line of cells: pairs of bytes, then of 16 bits, add up beside
 * each other.
 */
static uint32_t
line_sum(const uint8_t *line)
{
	const uint64_t bytes = UINT64_C(0x00ff00ff00ff00ff);
	uint64_t	sum = 0;

	for (int i = 0; i < CELLS_PER_LINE; i += 8)
	{
		uint64_t	word = load_word(line + i);

		sum += (word & bytes) + ((word >> 8) & bytes);
	}
	return (uint32_t) ((sum * UINT64_C(0x0001000100010001)) >> 48);
}

/* Percentiles of a pair all of whose durations are in cells. */
static void
sum_cells(const uint8_t *cells, const double *p, CellsSum *sum)
{
	uint32_t	lines[CELLS_LINES];

	for (uint32_t i = 0; i < CELLS_LINES; i++)
	{
		lines[i] = line_sum(cells + i * CELLS_PER_LINE);
		sum->durations += lines[i];
	}
	for (int k = 0; k < 2 && sum->durations > 0; k++)
	{
		int64_t		rank = tally_rank(sum->durations, p[k]);
		uint32_t	line = 0;
		uint32_t	cell;

		while (lines[line] < rank)
			rank -= lines[line++];
		for (cell = line * CELLS_PER_LINE; cells[cell] < rank; cell++)
			rank -= cells[cell];
		sum->quantile[k] = tally_bucket_middle(tally_cell_bucket(cell));
	}
}

/*
 * The same of cells and a row, bucket by bucket: both are in order, and cells
 * stand for the buckets from one second on and for 0.
 */
static void
sum_both(const uint8_t *cells, const Tally *t, const TallyRow *row, const double *p,
		 CellsSum *sum)
{
	int64_t		counts[TALLY_BUCKETS] = {0};
	uint32_t	place = 0;
	int32_t		bucket;
	int64_t		count;

	while (tally_next_bucket(t, row, &place, &bucket, &count))
	{
		counts[bucket] = count;
		sum->durations += count;
	}
	for (uint32_t i = 0; cells != NULL && i < CELLS; i++)
	{
		if (cells[i] == 0)
			continue;
		counts[tally_cell_bucket(i)] += cells[i];
		sum->durations += cells[i];
	}
	for (int k = 0; k < 2 && sum->durations > 0; k++)
	{
		int64_t		rank = tally_rank(sum->durations, p[k]);

		for (bucket = 0; counts[bucket] < rank; bucket++)
			rank -= counts[bucket];
		sum->quantile[k] = tally_bucket_middle(bucket);
	}
}

void
tally_cells_sum(const TallyCells *c, const Tally *t, int32_t from, int32_t to,
				const double *p, CellsSum *sum)
{
	int64_t		keys[2] = {from, to};
	uint32_t	slot = *tally_row_slot(t, keys);
	const TallyRow *row = slot == 0 ? NULL : tally_row_at(t, slot - 1);
	const uint32_t pair = tally_cells_pair(c, from, to);
	const uint8_t *cells = tally_cells_have(c, from, to) ? c->pairs.cells[pair] : NULL;
	bool		mark = from < 0 || to < 0;

	memset(sum, 0, sizeof(CellsSum));
	if (row != NULL)
	{
		sum->count = tally_counters(t, row)[TC_TRANSITION_COUNT];
		sum->customers = tally_counters(t, row)[TC_TRANSITION_CUSTOMERS];
	}
	if (cells != NULL)
	{
		sum->count += mark ? cells[0] : 0;
		sum->customers += c->pairs.customers[pair];
	}
	if (row != NULL && (row->bucket_count > 0 || list_length(row) > 0))
		sum_both(mark ? NULL : cells, t, row, p, sum);
	else if (cells != NULL && !mark)
		sum_cells(cells, p, sum);
	sum->count += sum->durations;
}
