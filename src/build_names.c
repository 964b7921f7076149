/*
 * build_names.c
 *	  Names of a whole query by number.
 *
 * Each row asks for a name or two, nearly always ones that were met before.  So
 * a name is found by its length and its first and last eight bytes, and then
 * compared; only a new one is hashed as journeys hash names.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "build_names.h"
#include "build_spool.h"

void
build_names_init(BuildNames *names, Size limit, uint32 max, const char *what)
{
	memset(names, 0, sizeof(*names));
	names->context = CurrentMemoryContext;
	names->limit = limit;
	names->max = max;
	names->what = what;
	names->nslots = 64;
	names->slots = palloc0(names->nslots * sizeof(uint32));
}

static inline uint32
name_hash(const char *text, uint32 len)
{
	uint64		first = 0;
	uint64		last = 0;

	if (len >= 8)
	{
		memcpy(&first, text, 8);
		memcpy(&last, text + len - 8, 8);
	}
	else
		memcpy(&first, text, len);
	return (uint32) (build_hash(first ^ (last * UINT64CONST(0x9e3779b97f4a7c15)) ^ len) >> 32);
}

static void
names_rehash(BuildNames *names)
{
	pfree(names->slots);
	names->nslots *= 2;
	names->slots = MemoryContextAllocZero(names->context, names->nslots * sizeof(uint32));
	for (uint32 i = 0; i < names->count; i++)
	{
		uint32		slot = name_hash(names->texts[i], names->lengths[i]) & (names->nslots - 1);

		while (names->slots[slot] != 0)
			slot = (slot + 1) & (names->nslots - 1);
		names->slots[slot] = i + 1;
	}
}

/* Number of a name; false if there is no room for one more. */
bool
build_name_number(BuildNames *names, const char *text, uint32 len, uint32 *number)
{
	uint32		slot = name_hash(text, len) & (names->nslots - 1);
	JourneyLabel label;
	char	   *copy;

	for (; names->slots[slot] != 0; slot = (slot + 1) & (names->nslots - 1))
	{
		uint32		i = names->slots[slot] - 1;

		if (names->lengths[i] == len && memcmp(names->texts[i], text, len) == 0)
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
			names->texts = palloc(allocated * sizeof(char *));
			names->lengths = palloc(allocated * sizeof(uint32));
		}
		else
		{
			names->labels = repalloc_huge(names->labels, allocated * sizeof(JourneyLabel));
			names->texts = repalloc_huge(names->texts, allocated * sizeof(char *));
			names->lengths = repalloc_huge(names->lengths, allocated * sizeof(uint32));
		}
		names->allocated = allocated;
		MemoryContextSwitchTo(old);
	}
	copy = MemoryContextAlloc(names->context, Max(len, 1));
	memcpy(copy, text, len);
	journey_label_from_text(&names->labels[names->count], copy, len);
	names->texts[names->count] = copy;
	names->lengths[names->count] = len;
	names->bytes += sizeof(JourneyLabel) + sizeof(char *) + 4 * sizeof(uint32) + MAXALIGN(len) + 16;
	*number = names->count++;
	names->slots[slot] = names->count;
	if (names->count * 2 > names->nslots)
		names_rehash(names);
	return true;
}
