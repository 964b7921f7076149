/*
 * touch_bitmaps.h
 *	  The touchpoints of an ordinary journey as bitmaps, one for each of up to
 *	  eight classes (what a step or an element of a pattern asks for), and the
 *	  times of those that are asked for.
 *
 *	if (touch_bitmaps_fit(view))
 *	{
 *		... map[label] = classes of each label, class k as bit 7 - k
 *		touch_bitmaps_begin(&q, view, shuffle);
 *		touch_bitmaps_mark(&q, map, nclasses);
 *		... touch_next(&q, k, i), touch_last_before(&q, k, i), touch_time(&q, i)
 *
 * Times are added up from the first touchpoint to the last that was asked for,
 * and kept.
 */
#ifndef TOUCH_BITMAPS_H
#define TOUCH_BITMAPS_H

#include "gap_groups.h"

#define TOUCH_CLASSES		8
#define TOUCH_LABELS		256 /* codes of at most 8 bits */
#define TOUCH_SHUFFLE_LABELS 16
#define TOUCH_MOST			1024
#define TOUCH_WORDS			(TOUCH_MOST / 64)
#define TOUCH_NONE			UINT32_MAX

/* So many touchpoints, no gap of 2^24 seconds: sums of gaps are below 2^32. */
#define TOUCH_SHORT			256

typedef struct TouchBitmaps
{
	const JourneyView *view;
	uint32_t	words;			/* of each bitmap */
	/* times: those of the first `ntimes` touchpoints are there */
	uint32_t	ntimes;
	bool		by_four;		/* in sums[], else in times[] */
	const uint8_t *gap;			/* end of the gap before the last of them */
	uint64_t	at[TOUCH_CLASSES][TOUCH_WORDS];
	uint32_t	sums[TOUCH_SHORT];	/* since the first touchpoint */
	int64_t		times[TOUCH_MOST];	/* in units */
} TouchBitmaps;

/* Not too many labels and touchpoints? */
static inline bool
touch_bitmaps_fit(const JourneyView *view)
{
	return view->nlabels <= TOUCH_LABELS && view->count <= TOUCH_MOST && view->code_bits <= 8;
}

/* Bytes of the map of labels that can be looked up: to be set. */
static inline size_t
touch_map_size(const JourneyView *view)
{
	return view->code_bits > 4 ? TOUCH_LABELS : TOUCH_SHUFFLE_LABELS;
}

/*
 * Can the gaps be summed up four at a time?  Sixteen bytes before the end of
 * the first four are read, of which eight lie before the label table and four
 * are gaps.
 */
static inline bool
touch_can_sum(const JourneyView *v, bool shuffle)
{
	return shuffle && v->unit == 0 && v->count <= TOUCH_SHORT && v->gaps - v->labels >= 4;
}

/* `shuffle`: the processor has SSSE3, see gap_groups.h. */
static inline void
touch_bitmaps_begin(TouchBitmaps *q, const JourneyView *view, bool shuffle)
{
	q->view = view;
	q->words = (view->count + 63) / 64;
	q->ntimes = 1;
	q->gap = view->gaps;
	q->times[0] = view->base;
	q->sums[0] = 0;
	q->by_four = touch_can_sum(view, shuffle);
}

/* -- bitmaps ------------------------------------------------------------------ */

extern void touch_mark_bits(TouchBitmaps *q, const uint8_t *map, int classes);
extern void touch_mark_each(TouchBitmaps *q, const uint8_t *map, int classes);

#ifdef HAVE_SSSE3
extern void touch_mark_ssse3(TouchBitmaps *q, const uint8_t *map, int classes);
#endif

/* Fill the bitmaps of so many classes; the journey has touchpoints. */
static inline void
touch_bitmaps_mark(TouchBitmaps *q, const uint8_t *map, int classes, bool shuffle)
{
	const JourneyView *v = q->view;
	uint64_t	last = ~UINT64_C(0) >> (63 - (v->count - 1) % 64);	/* of the last words */

	if (v->code_bits <= 1)
		touch_mark_bits(q, map, classes);
#ifdef HAVE_SSSE3
	else if (shuffle && v->code_bits <= 4 &&
			 v->end - v->codes >= (v->count + 15) / 16 * 2 * (uint32_t) v->code_bits)
	{
		for (int k = 0; k < classes; k++)
			q->at[k][q->words - 1] = 0;
		touch_mark_ssse3(q, map, classes);
	}
#endif
	else
		touch_mark_each(q, map, classes);
	for (int k = 0; k < classes; k++)
		q->at[k][q->words - 1] &= last;
}

/* The first touchpoint of a bitmap from this one on, or TOUCH_NONE. */
static inline uint32_t
touch_next_in(const uint64_t *bits, uint32_t words, uint32_t from)
{
	uint32_t	w = from / 64;
	uint64_t	word;

	if (w >= words)
		return TOUCH_NONE;
	word = bits[w] & ~UINT64_C(0) << from % 64;
	while (word == 0)
	{
		if (++w == words)
			return TOUCH_NONE;
		word = bits[w];
	}
	return w * 64 + (uint32_t) __builtin_ctzll(word);
}

static inline uint32_t
touch_next(const TouchBitmaps *q, int class, uint32_t from)
{
	return touch_next_in(q->at[class], q->words, from);
}

/* The last touchpoint before this one that is in a class; there is one. */
static inline uint32_t
touch_last_before(const TouchBitmaps *q, int class, uint32_t before)
{
	uint32_t	w = before / 64;
	uint64_t	word = q->at[class][w] & ((UINT64_C(1) << before % 64) - 1);

	while (word == 0)
		word = q->at[class][--w];
	return w * 64 + 63 - (uint32_t) __builtin_clzll(word);
}

/* The last touchpoint of a bitmap before this one, or TOUCH_NONE. */
static inline uint32_t
touch_last_in(const uint64_t *bits, uint32_t before)
{
	uint32_t	w = before / 64;
	uint64_t	word = (UINT64_C(1) << before % 64) - 1;

	/* there may be no word behind the last */
	word = word == 0 ? 0 : bits[w] & word;
	while (word == 0)
	{
		if (w == 0)
			return TOUCH_NONE;
		word = bits[--w];
	}
	return w * 64 + 63 - (uint32_t) __builtin_clzll(word);
}

/* -- times --------------------------------------------------------------------- */

/* Add up gaps as far as this touchpoint; its time. */
extern int64_t touch_time_beyond(TouchBitmaps *q, uint32_t touchpoint);

/* In units. */
static inline int64_t
touch_time(TouchBitmaps *q, uint32_t touchpoint)
{
	if (touchpoint >= q->ntimes)
		return touch_time_beyond(q, touchpoint);
	return q->by_four ? q->view->base + q->sums[touchpoint] : q->times[touchpoint];
}

#endif							/* TOUCH_BITMAPS_H */
