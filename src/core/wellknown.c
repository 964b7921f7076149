/*
 * wellknown.c
 *	  The permanent table of well-known names and its hash index.
 *
 * Finding a name is one probe of an open-addressing index of twice to four
 * times as many slots as names, and one comparison of text.
 */
#include "wellknown.h"

#include "journey_layout.h"

typedef struct WellknownName
{
	const char *text;
	uint16_t	len;
} WellknownName;

static const WellknownName names[] = {
#define NAME(text) {text, sizeof(text) - 1},
#include "wellknown_names.h"
#undef NAME
};

#define NNAMES	(sizeof(names) / sizeof(names[0]))
#define NSLOTS	2048

const uint32_t wellknown_count = NNAMES;

static uint16_t slots[NSLOTS];	/* 1 + number of the name, 0 is free */

void
wellknown_init(void)
{
	_Static_assert(NNAMES * 2 < NSLOTS, "the index is too small");

	if (slots[journey_hash(names[0].text, names[0].len) % NSLOTS] != 0)
		return;
	for (uint32_t i = 0; i < NNAMES; i++)
	{
		uint32_t	slot = journey_hash(names[i].text, names[i].len) % NSLOTS;

		while (slots[slot] != 0)
			slot = (slot + 1) % NSLOTS;
		slots[slot] = (uint16_t) (i + 1);
	}
}

const char *
wellknown_text(uint16_t id, size_t *len)
{
	*len = names[id].len;
	return names[id].text;
}

uint16_t
wellknown_find(const char *text, size_t len, uint32_t hash)
{
	for (uint32_t slot = hash % NSLOTS; slots[slot] != 0; slot = (slot + 1) % NSLOTS)
	{
		const WellknownName *name = &names[slots[slot] - 1];

		if (name->len == len && memcmp(name->text, text, len) == 0)
			return (uint16_t) (slots[slot] - 1);
	}
	return JOURNEY_NO_NAME;
}
