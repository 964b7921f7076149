/*
 * known_names.h
 *	  Which steps does the name of an event fit?  Asked of the matchers once for
 *	  each name, then known.
 *
 * Names come in millions, different ones are few.  So what the matchers answered
 * is kept in a table of fixed size.  A name is found by its length, its first and
 * last eight bytes, and, if it has more than 16, all its bytes: never by a hash
 * alone.  A name that finds no place in the table takes another one's; what is
 * forgotten is asked again.
 */
#ifndef KNOWN_NAMES_H
#define KNOWN_NAMES_H

#include <string.h>

#include "condition_row.h"
#include "matcher.h"

#define KNOWN_NAMES_BITS	10	/* of the number of a place */
#define KNOWN_NAMES_PROBES	8	/* places that a name can have */
#define KNOWN_NAMES_TEXT	49152	/* bytes of names of more than 16 */

typedef struct KnownName
{
	uint64_t	head;			/* first bytes, see known_names_ends() */
	uint64_t	tail;			/* last bytes */
	uint64_t	mask;			/* bit k: fits step k + 1 */
	uint32_t	size;			/* age of the table << 16 | bytes */
	uint32_t	at;				/* of more than 16 bytes: place in `text` */
} KnownName;

typedef struct KnownNames
{
	const Matcher *steps[CONDITIONS_MAX];
	int			nsteps;
	uint32_t	age;			/* from 1; names of another age are forgotten */
	uint32_t	text_used;
	KnownName	names[1 << KNOWN_NAMES_BITS];
	char		text[KNOWN_NAMES_TEXT]; /* not set at first */
} KnownNames;

/* What must be zeroed at first. */
#define KNOWN_NAMES_ZEROED	offsetof(KnownNames, text)

/*
 * The steps from now on; what was known is forgotten.  None asks for a channel or
 * a value.  The matchers stay where they are, and so does the table.
 */
extern void known_names_begin(KnownNames *s, const Matcher *const *steps, int nsteps);

/*
 * Ask the matchers about a name of at most JOURNEY_MAX_LABEL bytes, which as a
 * label is `label`.
 */
extern uint64_t known_names_ask(KnownNames *s, const char *text, size_t len,
								const JourneyLabel *label);

static inline uint64_t
known_names_load(const char *p)
{
	uint64_t	v;

	memcpy(&v, p, 8);
	return v;
}

/*
 * The first and the last eight bytes, or four, or all of up to three.  With the
 * length they are the whole name if it has up to 16.
 */
static inline void
known_names_ends(const char *text, size_t len, uint64_t *head, uint64_t *tail)
{
	uint32_t	a = 0;
	uint32_t	b = 0;

	if (len >= 8)
	{
		*head = known_names_load(text);
		*tail = known_names_load(text + len - 8);
		return;
	}
	if (len >= 4)
	{
		memcpy(&a, text, 4);
		memcpy(&b, text + len - 4, 4);
	}
	else if (len > 0)
		a = (uint8_t) text[0] | (uint32_t) (uint8_t) text[len / 2] << 8 |
			(uint32_t) (uint8_t) text[len - 1] << 16;
	*head = a;
	*tail = b;
}

/* The first place that a name can have. */
static inline uint32_t
known_names_place(const char *text, size_t len, uint64_t head, uint64_t tail)
{
	uint64_t	hash = head * UINT64_C(0x9e3779b97f4a7c15) ^ (tail + len);

	for (size_t i = 8; i + 8 < len; i += 8)
	{
		hash = (hash ^ hash >> 29) * UINT64_C(0x94d049bb133111eb);
		hash ^= known_names_load(text + i);
	}
	hash = (hash ^ hash >> 32) * UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t) (hash >> (64 - KNOWN_NAMES_BITS));
}

static inline uint32_t
known_names_size(const KnownNames *s, size_t len)
{
	return s->age << 16 | (uint32_t) len;
}

static inline KnownName *
known_names_at(KnownNames *s, uint32_t place)
{
	return &s->names[place % (1 << KNOWN_NAMES_BITS)];
}

/* A name that is known, or NULL. */
extern const KnownName *known_names_search(KnownNames *s, const char *text, size_t len);

/* The same, without a call for a name that is short and at its first place. */
static inline const KnownName *
known_names_find(KnownNames *s, const char *text, size_t len)
{
	if (len <= 16)
	{
		const KnownName *n;
		uint64_t	head;
		uint64_t	tail;

		known_names_ends(text, len, &head, &tail);
		n = known_names_at(s, known_names_place(text, len, head, tail));
		if (((n->head ^ head) | (n->tail ^ tail) |
			 (n->size ^ known_names_size(s, len))) == 0)
			return n;
	}
	return known_names_search(s, text, len);
}

#endif							/* KNOWN_NAMES_H */
