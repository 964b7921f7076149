/*
 * build_names.c
 *	  Names of a whole query by number.
 *
 * Each row asks for a name or two, nearly always ones that were met before.  So
 * a name is found by its length and its first and last eight bytes, and only
 * what is between them is compared; a new one is hashed as journeys hash names.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "build_names.h"

void
build_names_init(BuildNames *names, Size limit, uint32 max, const char *what)
{
	memset(names, 0, sizeof(*names));
	names->context = CurrentMemoryContext;
	names->limit = limit;
	names->max = max;
	names->what = what;
	names->nslots = 64;
	names->shift = 32 - 6;
	names->slots = palloc0(names->nslots * sizeof(uint32));
}

/* The ends of a name, which with its length are all of one up to 16 bytes. */
static inline void
name_ends(const char *text, uint32 len, uint64 *first, uint64 *last)
{
	*first = 0;
	*last = 0;
	if (likely(len >= 8))
	{
		memcpy(first, text, 8);
		memcpy(last, text + len - 8, 8);
	}
	else if (len >= 4)
	{
		memcpy(first, text, 4);
		memcpy(last, text + len - 4, 4);
	}
	else
		for (uint32 i = 0; i < len; i++)
			*first = (*first << 8) | (unsigned char) text[i];
}

/* One multiplication: what is in the middle of a name need not be spread well. */
static inline uint32
name_slot(const BuildNames *names, uint64 first, uint64 last, uint32 len)
{
	uint64		mixed = first ^ ((last << 29) | (last >> 35)) ^ len;

	mixed *= UINT64CONST(0x9e3779b97f4a7c15);
	return (uint32) (mixed >> 32) >> names->shift;
}

static void
names_rehash(BuildNames *names)
{
	pfree(names->slots);
	names->nslots *= 2;
	names->shift--;
	names->slots = MemoryContextAllocZero(names->context, names->nslots * sizeof(uint32));
	for (uint32 i = 0; i < names->count; i++)
	{
		const		BuildName *name = &names->names[i];
		uint32		slot = name_slot(names, name->first, name->last, name->len);

		while (names->slots[slot] != 0)
			slot = (slot + 1) & (names->nslots - 1);
		names->slots[slot] = i + 1;
	}
}

/* Number of a name; false if there is no room for one more. */
bool
build_name_number(BuildNames *names, const char *text, uint32 len, uint32 *number)
{
	uint64		first;
	uint64		last;
	uint32		slot;
	JourneyLabel label;
	BuildName  *name;
	char	   *copy;

	name_ends(text, len, &first, &last);
	slot = name_slot(names, first, last, len);
	for (; names->slots[slot] != 0; slot = (slot + 1) & (names->nslots - 1))
	{
		uint32		i = names->slots[slot] - 1;

		name = &names->names[i];
		if (name->first == first && name->last == last && name->len == len &&
			(len <= 16 || memcmp(name->text + 8, text + 8, len - 16) == 0))
		{
			*number = i;
			return true;
		}
	}

	journey_label_checked(&label, text, len, names->what);
	if (names->count >= names->max || names->bytes >= names->limit)
		return false;
	if (names->count == names->allocated)
	{
		uint32		allocated = Max(names->allocated * 2, 32);
		MemoryContext old = MemoryContextSwitchTo(names->context);

		if (names->allocated == 0)
		{
			names->labels = palloc(allocated * sizeof(JourneyLabel));
			names->names = palloc(allocated * sizeof(BuildName));
		}
		else
		{
			names->labels = repalloc_huge(names->labels, allocated * sizeof(JourneyLabel));
			names->names = repalloc_huge(names->names, allocated * sizeof(BuildName));
		}
		names->allocated = allocated;
		MemoryContextSwitchTo(old);
	}
	copy = MemoryContextAlloc(names->context, Max(len, 1));
	memcpy(copy, text, len);
	journey_label_from_text(&names->labels[names->count], copy, len);
	name = &names->names[names->count];
	name->first = first;
	name->last = last;
	name->text = copy;
	name->len = len;
	names->bytes += sizeof(JourneyLabel) + sizeof(BuildName) + 3 * sizeof(uint32) + MAXALIGN(len) + 16;
	*number = names->count++;
	names->slots[slot] = names->count;
	if (names->count * 2 > names->nslots)
		names_rehash(names);
	return true;
}
