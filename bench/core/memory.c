/*
 * memory.c
 *	  Memory as the functions of the core want it from their caller.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "core/tally_dense.h"

void
die(const char *message)
{
	fprintf(stderr, "bench/core: %s\n", message);
	exit(1);
}

void *
allocate(size_t n, size_t size)
{
	void	   *p = calloc(n > 0 ? n : 1, size);

	if (p == NULL)
		die("out of memory");
	return p;
}

/* -- tallies ---------------------------------------------------------------- */

Tally *
tally_make(int kind)
{
	Tally	   *t = allocate(1, tally_initial_size(kind));

	tally_init(t, kind);
	return t;
}

Tally *
tally_make_larger(Tally *t, TallyFull what)
{
	size_t		size = tally_grown_size(t, what, 0);
	Tally	   *larger;

	if (size == 0)
		die("a tally is too large");
	larger = allocate(1, size);
	tally_grow(larger, t, what, 0);
	if (t->dense_off != 0)
	{
		uint32_t	next = 0;
		TallyFull	full;

		while ((full = tally_dense_add(larger, tally_dense(t), &next)) != TALLY_OK)
			larger = tally_make_larger(larger, full);
	}
	free(t);
	return larger;
}

Tally *
tally_make_packed(const Tally *t, size_t *size)
{
	void	   *scratch = malloc(tally_pack_scratch(t));
	Tally	   *packed;

	if (scratch == NULL)
		die("out of memory");
	*size = tally_pack_measure(t, scratch);
	packed = allocate(1, *size);
	tally_pack(packed, t, scratch);
	free(scratch);
	return packed;
}

uint64_t
tally_checksum(Tally *t)
{
	Tally	   *packed;
	size_t		size;
	uint64_t	sum;

	if (t->dense_off != 0)
		t = tally_make_larger(t, TALLY_OK);
	packed = tally_make_packed(t, &size);
	sum = mix(size, journey_hash((const char *) packed, size));
	free(packed);
	free(t);
	return sum;
}

Tally	   *counted;

uint64_t
counted_checksum(const Store *store)
{
	uint64_t	sum = tally_checksum(counted);

	(void) store;
	counted = NULL;
	return sum;
}

/* -- memory of patterns ------------------------------------------------------- */

static void *
arena_take(void *arg, size_t size)
{
	Arena	   *arena = arg;
	void	   *p = arena->memory + arena->used;

	arena->used += (size + 7) / 8 * 8;
	if (arena->used > arena->size)
		die("a pattern takes too much memory");
	return p;
}

static void
relax(void *arg)
{
	(void) arg;
}

PatternHost
arena_host(Arena *arena, size_t size)
{
	PatternHost host = {arena_take, relax, arena};

	arena->memory = malloc(size);
	if (arena->memory == NULL)
		die("out of memory");
	arena->size = size;
	arena->used = 0;
	return host;
}
