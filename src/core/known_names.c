/*
 * known_names.c
 *	  Which steps does the name of an event fit?
 *
 * Places are looked at one after the other from that of the hash on, at most
 * KNOWN_NAMES_PROBES, up to the first that is free.  No name is taken out alone,
 * so what lies behind a free place is not there.  All at once are forgotten by
 * going on to the next age.
 */
#include "known_names.h"

#define LAST_AGE	0xffff

static void
forget(KnownNames *s)
{
	s->text_used = 0;
	if (s->age == LAST_AGE)
	{
		memset(s->names, 0, sizeof(s->names));
		s->age = 0;
	}
	s->age++;
}

void
known_names_begin(KnownNames *s, const Matcher *const *steps, int nsteps)
{
	memcpy(s->steps, steps, (size_t) nsteps * sizeof(steps[0]));
	s->nsteps = nsteps;
	forget(s);
}

const KnownName *
known_names_search(KnownNames *s, const char *text, size_t len)
{
	uint64_t	head;
	uint64_t	tail;
	uint32_t	place;

	if (len > JOURNEY_MAX_LABEL)
		return NULL;
	known_names_ends(text, len, &head, &tail);
	place = known_names_place(text, len, head, tail);
	for (uint32_t i = 0; i < KNOWN_NAMES_PROBES; i++)
	{
		const KnownName *n = known_names_at(s, place + i);

		if (n->size >> 16 != s->age)
			break;
		if (n->head == head && n->tail == tail && n->size == known_names_size(s, len) &&
			(len <= 16 || memcmp(s->text + n->at, text + 8, len - 16) == 0))
			return n;
	}
	return NULL;
}

uint64_t
known_names_ask(KnownNames *s, const char *text, size_t len, const JourneyLabel *label)
{
	KnownName	name;
	KnownName  *to;
	uint32_t	place;

	name.mask = 0;
	for (int k = 0; k < s->nsteps; k++)
		if (matcher_fits_label(s->steps[k], label) == MF_ALWAYS)
			name.mask |= UINT64_C(1) << k;

	name.at = 0;
	if (len > 16)
	{
		if (len - 16 > KNOWN_NAMES_TEXT - s->text_used)
			forget(s);
		name.at = s->text_used;
		memcpy(s->text + name.at, text + 8, len - 16);
		s->text_used += (uint32_t) (len - 16);
	}
	known_names_ends(text, len, &name.head, &name.tail);
	name.size = known_names_size(s, len);
	place = known_names_place(text, len, name.head, name.tail);
	to = known_names_at(s, place);
	for (uint32_t i = 0; i < KNOWN_NAMES_PROBES; i++)
		if (known_names_at(s, place + i)->size >> 16 != s->age)
		{
			to = known_names_at(s, place + i);
			break;
		}
	*to = name;
	return name.mask;
}
