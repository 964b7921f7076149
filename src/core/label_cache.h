/*
 * label_cache.h
 *	  The number that a label has in a tally, most often without a search.
 *
 * Beside a tally whose labels do not change their numbers: where the name was
 * found last.  Whether it is still that one the tally itself says.
 */
#ifndef LABEL_CACHE_H
#define LABEL_CACHE_H

#include "tally.h"

#define LABEL_CACHE_KNOWN	128 /* names of one byte */
#define LABEL_CACHE_HASHED	1024

/* Number + 1, 0 for none. */
typedef struct LabelCache
{
	uint16_t	of_known[LABEL_CACHE_KNOWN];
	uint16_t	of_hash[LABEL_CACHE_HASHED];
} LabelCache;

/* Names are short: no call, and no branch for each byte. */
static inline bool
label_same_text(const char *a, const char *b, uint32_t n)
{
	uint32_t	i = 0;

	if (n < 8)
	{
		while (i < n && a[i] == b[i])
			i++;
		return i == n;
	}
	for (; i + 8 < n; i += 8)
		if (memcmp(a + i, b + i, 8) != 0)
			return false;
	return memcmp(a + n - 8, b + n - 8, 8) == 0;
}

/*
 * Number of the label at *p, which steps to the next; -1 and *full set if it
 * is new and there is no room, then *p stays.
 */
static inline int32_t
label_cache_next(Tally *t, LabelCache *cache, const uint8_t **p, TallyFull *full)
{
	const uint8_t *next;
	uint16_t   *likely;
	JourneyLabel label;
	int32_t		number;

	if (**p < LABEL_CACHE_KNOWN && cache->of_known[**p] != 0)
		return cache->of_known[*(*p)++] - 1;
	next = journey_next_label(*p, &label);
	if (**p < LABEL_CACHE_KNOWN)
		likely = &cache->of_known[**p];
	else
	{
		likely = &cache->of_hash[journey_label_key(&label) >> 22];
		if (*likely != 0)
		{
			const TallyLabel *l = &tally_labels(t)[*likely - 1];

			if (l->hash == label.hash && l->len == label.len && l->known == label.known &&
				l->has_text == (label.text != NULL) &&
				label_same_text(tally_text(t) + l->off, label.text, l->len))
			{
				*p = next;
				return *likely - 1;
			}
		}
	}
	number = tally_label(t, &label, full);
	if (number < 0)
		return -1;
	*likely = (uint16_t) (number + 1);
	*p = next;
	return number;
}

#endif							/* LABEL_CACHE_H */
