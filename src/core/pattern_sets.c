/*
 * pattern_sets.c
 *	  Sorted sets of clocks and of demands, shared.
 */
#include <string.h>

#include "pattern_sets.h"

#define FIRST_SIZE		8192
#define MIN_MARKS		12
#define MUCH_WORK		(256 * 1024)

/* -- memory ----------------------------------------------------------------- */

void
sets_begin(PatternArena *arena, const PatternHost *host)
{
	memset(arena, 0, sizeof(*arena));
	arena->host = host;
}

static void *
take(PatternArena *arena, size_t size)
{
	void	   *p;

	if (size > arena->size - arena->used)
	{
		size_t		larger = arena->size == 0 ? FIRST_SIZE : 2 * arena->size;

		while (larger < size)
			larger *= 2;
		arena->spilled = arena->size > 0;
		arena->space = arena->host->allocate(arena->host->arg, larger);
		arena->size = larger;
		arena->used = 0;
	}
	p = arena->space + arena->used;
	arena->used += size;
	return p;
}

static PatternBuffer *
new_buffer(PatternArena *arena, uint32_t cap)
{
	PatternBuffer *buffer = take(arena, sizeof(PatternBuffer));

	buffer->marks = take(arena, cap * sizeof(PatternMark));
	buffer->len = 0;
	buffer->cap = cap;
	return buffer;
}

/* What a buffer will take of which sets use what sets_collect found. */
static size_t
moved_size(const PatternBuffer *buffer)
{
	uint32_t	count = buffer->used_to - buffer->used_from;

	return sizeof(PatternBuffer) + (2 * (size_t) count + MIN_MARKS) * sizeof(PatternMark);
}

void
sets_collect(PatternArena *arena, PatternSet *const *sets, uint32_t n)
{
	size_t		need = 0;
	size_t		size;
	char	   *old = arena->space;
	size_t		old_size = arena->size;

	for (uint32_t i = 0; i < n; i++)
	{
		if (sets[i]->buffer != NULL)
		{
			sets[i]->buffer->moved = NULL;
			sets[i]->buffer->used_from = UINT32_MAX;
			sets[i]->buffer->used_to = 0;
		}
	}
	for (uint32_t i = 0; i < n; i++)
	{
		PatternBuffer *buffer = sets[i]->buffer;

		if (buffer == NULL)
			continue;
		if (sets[i]->from < buffer->used_from)
			buffer->used_from = sets[i]->from;
		if (sets[i]->to > buffer->used_to)
			buffer->used_to = sets[i]->to;
	}
	for (uint32_t i = 0; i < n; i++)
	{
		PatternBuffer *buffer = sets[i]->buffer;

		if (buffer == NULL || buffer->moved == buffer)
			continue;
		buffer->moved = buffer; /* counted */
		need += moved_size(buffer);
	}

	/* room for as much again, or the next time would come too soon */
	for (size = FIRST_SIZE; size < 2 * need;)
		size *= 2;
	if (arena->spare_size >= size)
	{
		arena->space = arena->spare;
		arena->size = arena->spare_size;
	}
	else
	{
		arena->size = size;
		arena->space = arena->host->allocate(arena->host->arg, arena->size);
	}
	arena->spare = old;
	arena->spare_size = old_size;
	arena->used = 0;
	arena->spilled = false;

	for (uint32_t i = 0; i < n; i++)
	{
		PatternSet *set = sets[i];
		PatternBuffer *buffer = set->buffer;

		if (buffer == NULL)
			continue;
		if (buffer->moved == buffer)
		{
			uint32_t	count = buffer->used_to - buffer->used_from;
			PatternBuffer *moved = new_buffer(arena, 2 * count + MIN_MARKS);

			memcpy(moved->marks, buffer->marks + buffer->used_from,
				   count * sizeof(PatternMark));
			moved->len = count;
			buffer->moved = moved;
		}
		set->from -= buffer->used_from;
		set->to -= buffer->used_from;
		set->buffer = buffer->moved;
	}
}

void
sets_note_nodes(PatternSet *const *sets, uint32_t n, uint32_t *map)
{
	for (uint32_t i = 0; i < n; i++)
	{
		const PatternMark *marks = set_marks(sets[i]);

		for (uint32_t k = 0; k < set_count(sets[i]); k++)
			map[marks[k].node] = 1;
	}
}

void
sets_map_nodes(PatternSet *const *sets, uint32_t n, const uint32_t *map)
{
	for (uint32_t i = 0; i < n; i++)
	{
		if (sets[i]->buffer != NULL)
			sets[i]->buffer->moved = NULL;
		else if (set_count(sets[i]) > 0)
			sets[i]->one.node = map[sets[i]->one.node];
	}
	for (uint32_t i = 0; i < n; i++)
	{
		PatternBuffer *buffer = sets[i]->buffer;

		/* what no set reaches has a number that says nothing */
		for (uint32_t k = 0; buffer != NULL && buffer->moved == NULL && k < buffer->len; k++)
			buffer->marks[k].node = map[buffer->marks[k].node];
		if (buffer != NULL)
			buffer->moved = buffer;
	}
}

/* -- adding ------------------------------------------------------------------ */

static inline bool
comes_before(const PatternMark *x, const PatternMark *y)
{
	return x->node < y->node || (x->node == y->node && x->a < y->a);
}

static inline bool
holds(const PatternMark *x, const PatternMark *y)
{
	return x->a <= y->a && x->b >= y->b && x->node >= y->node;
}

static inline bool
same_mark(const PatternMark *x, const PatternMark *y)
{
	return x->a == y->a && x->b == y->b && x->node == y->node;
}

/* Put a mark that comes before none of the set behind the last. */
static void
append(PatternArena *arena, PatternSet *set, const PatternMark *mark)
{
	const PatternMark *marks = set_marks(set);
	uint32_t	count = set_count(set);
	PatternMark m = *mark;

	while (count > 0 && holds(&m, &marks[count - 1]))
		count--;
	if (count == 0)
	{
		set_single(set, m.a, m.b, m.node);
		return;
	}
	if (holds(&marks[count - 1], &m))
	{
		set->to = set->from + count;
		return;
	}
	if (m.a < marks[count - 1].a || m.b < marks[count - 1].b)
		set->mixed = true;

	/* often another set has just been given the same mark */
	if (set->buffer != NULL && set->from + count < set->buffer->len &&
		same_mark(&set->buffer->marks[set->from + count], &m))
	{
		set->to = set->from + count + 1;
		return;
	}
	if (set->buffer == NULL || set->from + count != set->buffer->len ||
		set->buffer->len == set->buffer->cap)
	{
		PatternBuffer *buffer = new_buffer(arena, 2 * count + MIN_MARKS);

		memcpy(buffer->marks, marks, count * sizeof(PatternMark));
		buffer->len = count;
		set->buffer = buffer;
		set->from = 0;
	}
	set->buffer->marks[set->buffer->len++] = m;
	set->to = set->buffer->len;
}

static bool
same_marks(const PatternSet *x, const PatternSet *y)
{
	uint32_t	count = set_count(x);
	const PatternMark *xm = set_marks(x);
	const PatternMark *ym = set_marks(y);

	if (count != set_count(y))
		return false;
	if (xm == ym)
		return true;
	for (uint32_t i = 0; i < count; i++)
	{
		if (!same_mark(&xm[i], &ym[i]))
			return false;
	}
	return true;
}

/* Long sets take long: let the host look up now and then. */
static void
worked(PatternArena *arena, uint32_t marks)
{
	arena->work += marks;
	if (arena->work < MUCH_WORK)
		return;
	arena->work = 0;
	arena->host->relax(arena->host->arg);
}

/* Two sets into a new buffer. */
static void
merge(PatternArena *arena, PatternSet *into, const PatternSet *x, const PatternSet *y)
{
	uint32_t	xn = set_count(x);
	uint32_t	yn = set_count(y);
	const PatternMark *xm = set_marks(x);
	const PatternMark *ym = set_marks(y);
	PatternBuffer *buffer = new_buffer(arena, xn + yn + MIN_MARKS);
	uint32_t	i = 0;
	uint32_t	k = 0;

	worked(arena, xn + yn);
	set_clear(into);
	into->mixed = x->mixed || y->mixed;
	into->buffer = buffer;
	while (i < xn || k < yn)
	{
		const PatternMark *m = k >= yn || (i < xn && !comes_before(&ym[k], &xm[i])) ?
		&xm[i++] : &ym[k++];

		while (buffer->len > 0 && holds(m, &buffer->marks[buffer->len - 1]))
			buffer->len--;
		if (buffer->len > 0)
		{
			const PatternMark *last = &buffer->marks[buffer->len - 1];

			if (holds(last, m))
				continue;
			if (m->a < last->a || m->b < last->b)
				into->mixed = true;
		}
		buffer->marks[buffer->len++] = *m;
	}
	into->to = buffer->len;
}

bool
set_add(PatternArena *arena, PatternSet *set, const PatternSet *more)
{
	PatternSet	before = *set;
	PatternSet	base;
	PatternSet	other;

	if (set_count(more) == 0)
		return false;
	if (set_count(set) == 0)
	{
		*set = *more;
		return true;
	}

	/* two ranges of one buffer that touch */
	if (set->buffer != NULL && set->buffer == more->buffer &&
		more->from <= set->to && set->from <= more->to)
	{
		if (more->from >= set->from && more->to <= set->to)
			return false;
		if (more->from < set->from)
			set->from = more->from;
		if (more->to > set->to)
			set->to = more->to;
		set->mixed |= more->mixed;
		return true;
	}

	/* the larger as it is and the smaller behind it, if that is in order */
	base = set_count(set) >= set_count(more) ? *set : *more;
	other = set_count(set) >= set_count(more) ? *more : *set;
	if (comes_before(&set_marks(&other)[0], &set_marks(&base)[set_count(&base) - 1]))
		merge(arena, set, &base, &other);
	else
	{
		base.mixed |= other.mixed;
		for (uint32_t i = 0; i < set_count(&other); i++)
			append(arena, &base, &set_marks(&other)[i]);
		*set = base;
	}
	if (same_marks(set, &before))
	{
		*set = before;
		return false;
	}
	return true;
}

/* -- demands ------------------------------------------------------------------ */

void
set_clamp(PatternArena *arena, PatternSet *set, int64_t a, int64_t b)
{
	PatternSet	old = *set;
	const PatternMark *marks = set_marks(&old);
	uint32_t	count = set_count(&old);

	worked(arena, count);
	set_clear(set);
	for (uint32_t i = 0; i < count; i++)
	{
		PatternMark m = marks[i];
		PatternSet	one;

		if (m.a < a)
			m.a = a;
		if (m.b > b)
			m.b = b;
		if (m.a > m.b)
			continue;
		set_single(&one, m.a, m.b, m.node);
		set_add(arena, set, &one);
	}
}

void
set_expire(PatternSet *set, int64_t at)
{
	const PatternMark *marks = set_marks(set);
	uint32_t	count = set_count(set);
	uint32_t	i = 0;

	while (i < count && marks[i].b < at)
		i++;
	if (i == count)
		set_clear(set);
	else
		set->from += i;
}

bool
set_best(const PatternSet *set, int64_t at, uint32_t *node)
{
	const PatternMark *marks = set_marks(set);
	uint32_t	low = 0;
	uint32_t	high = set_count(set);

	if (set->mixed)
	{
		while (high > 0 && !(marks[high - 1].a <= at && marks[high - 1].b >= at))
			high--;
	}
	else
	{
		/* a and b rise: of those that have begun the last ends last */
		while (low < high)
		{
			uint32_t	middle = low + (high - low) / 2;

			if (marks[middle].a <= at)
				low = middle + 1;
			else
				high = middle;
		}
		if (high > 0 && marks[high - 1].b < at)
			return false;
	}
	if (high == 0)
		return false;
	*node = marks[high - 1].node;
	return true;
}
