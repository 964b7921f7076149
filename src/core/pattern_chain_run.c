/*
 * pattern_chain_run.c
 *	  Matches of a chain, by bitmaps.
 *
 * S(k), the touchpoints that e(k) of a beginning of the chain can stand at, come
 * from S(k-1) alone:
 *
 *	S(0) = what e(0) fits (and ^ allows)
 *	S(k) = the i that e(k) fits for which some s in S(k-1) is before i with
 *		   i - s - 1 >= l, time(i) - time(s) >= a,				(1)
 *		   i - s - 1 <= u, time(i) - time(s) <= w, no barrier between s and i	(2)
 *
 * as the joint knows only the two elements at its ends.  Times do not decrease
 * with positions, so if s fulfils (1), all before s in S(k-1) do; and if s
 * fulfils (2), all behind it (and before i) do.  So there is such an s if and
 * only if the last one that fulfils (1) fulfils (2) as well.  That one never goes
 * back as i goes on, so it is found by walking along S(k-1) once; without a it
 * is the last one before i - l, found by its bit.  There is a match if S(n-1) is
 * not empty (and $ allows some of it).
 *
 * Counting matches that do not overlap needs the first end of those that begin
 * behind the match before.  Touchpoint by touchpoint, the last one at which e(k)
 * stood so far, of the beginnings that begin there, is enough where l and a are 0
 * or the elements stand side by side: then it is the last that fulfils (1).  At
 * a match all of these are forgotten.
 *
 * Before all that: no match if the label table lacks an element; and none if the
 * elements taken from the last to the first, each as late as possible before the
 * one behind it, do not find room.  This also says up to where a touchpoint of
 * each S(k) can be of use, and it decides where all joints are `.*` without
 * gates.  Only times that are compared are asked for.
 *
 * Touchpoints with labels that fit by channel or value are looked at one by one.
 *
 * Cost: the labels, sixteen touchpoints at a time for the bitmaps, some ten
 * instructions for each touchpoint that an element fits, and the gaps up to the
 * last touchpoint whose time is asked, four at a time (touch_bitmaps.h).
 */
#include "pattern_chain_impl.h"

/* -- labels ------------------------------------------------------------------------ */

static uint32_t
fit_classes(const PatternChain *c, FunnelFit fit)
{
	uint32_t	bits = c->negated;

	if ((fit.always | fit.maybe) == 0)
		return bits;
	for (int k = 0; k < c->nclasses; k++)
	{
		if ((fit.always & c->atoms[k]) != 0)
			bits ^= 1u << (7 - k);
		else if ((fit.maybe & c->atoms[k]) != 0)
			bits |= 1u << (7 - k + LABEL_MAYBE);
	}
	return bits;
}

static uint32_t
learn_known(PatternChain *c, uint16_t known)
{
	JourneyLabel label = {.known = known};

	return c->known[known] = (uint16_t) fit_classes(c, funnel_known_fit(c->plan, &label));
}

/*
 * The classes of all labels, in the map those behind so many bits; returns all
 * of them together.
 */
static inline uint32_t
map_labels(PatternChain *c, const JourneyView *v, int shift, uint8_t *map)
{
	const uint8_t *p = v->labels;
	uint32_t	any = 0;

	for (uint32_t i = 0; i < v->nlabels; i++)
	{
		uint32_t	fit;

		if (*p < 0x80)
		{
			uint16_t	known = *p++;

			fit = c->known[known];
			if (fit == LABEL_NEW)
				fit = learn_known(c, known);
		}
		else
		{
			JourneyLabel label;

			p = journey_next_label(p, &label);
			fit = funnel_asked_for(c->plan, &label) ?
				fit_classes(c, funnel_label_fit(c->plan, &label)) : c->negated;
		}
		map[i] = (uint8_t) (fit >> shift);
		any |= fit;
	}
	return any;
}

/* -- the journey ------------------------------------------------------------------- */

/* Does a touchpoint fit one of the atoms? */
static bool
fits_some(const PatternChain *c, uint64_t atoms, const JourneyLabel *label,
		  const JourneyLabel *channel, bool has_value, double value)
{
	for (; atoms != 0; atoms &= atoms - 1)
	{
		uint32_t	i = (uint32_t) __builtin_ctzll(atoms);

		if (matcher_fits(pattern_matcher(c->pattern, i), label, channel, has_value, value))
			return true;
	}
	return false;
}

/* Set the bits of touchpoints that have a value. */
static void
mark_values(const JourneyView *v, uint64_t *bits)
{
	const uint8_t *position = v->positions;
	uint32_t	at = 0;

	memset(bits, 0, TOUCH_WORDS * sizeof(uint64_t));
	for (uint32_t i = 0; i < v->nvalues; i++)
	{
		at += journey_get_varint(&position);
		if (at < TOUCH_MOST)
			bits[at / 64] |= UINT64_C(1) << at % 64;
	}
}

/* The value of a touchpoint that has one: as many stand before it as bits do. */
static double
value_of(const JourneyView *v, const uint64_t *bits, uint32_t touchpoint)
{
	uint32_t	number = 0;
	uint64_t	raw;
	double		value;

	for (uint32_t w = 0; w < touchpoint / 64; w++)
		number += (uint32_t) __builtin_popcountll(bits[w]);
	number += (uint32_t) __builtin_popcountll(bits[touchpoint / 64] &
											  ((UINT64_C(1) << touchpoint % 64) - 1));
	raw = journey_load64(v->values + 8 * (size_t) number);
	memcpy(&value, &raw, 8);
	return value;
}

/*
 * Mark the touchpoints whose labels fit a class or not by channel or value: so
 * far they are marked as if they did not.
 */
static void
mark_dynamic(PatternChain *c, TouchBitmaps *q)
{
	const JourneyView *v = q->view;
	uint8_t		map[TOUCH_LABELS];
	JourneyLabel labels[TOUCH_LABELS];
	JourneyLabel channels[TOUCH_LABELS];
	uint64_t	values[TOUCH_WORDS];
	TouchBitmaps maybe;

	memset(map, 0, touch_map_size(v));
	(void) map_labels(c, v, LABEL_MAYBE, map);
	touch_bitmaps_begin(&maybe, v, c->plan->shuffle);
	touch_bitmaps_mark(&maybe, map, c->nclasses, c->plan->shuffle);
	journey_read_labels(v->labels, v->nlabels, labels);
	journey_read_labels(v->channels, v->nchannels, channels);
	mark_values(v, values);
	for (int k = 0; k < c->nclasses; k++)
	{
		for (uint32_t i = touch_next(&maybe, k, 0); i != TOUCH_NONE;
			 i = touch_next(&maybe, k, i + 1))
		{
			uint32_t	label = journey_code(v->codes, v->code_bits, i);
			uint32_t	channel = v->nchannels > 0 ?
			journey_code(v->channel_codes, v->channel_bits, i) : 0;
			bool		has_value = (values[i / 64] >> i % 64 & 1) != 0;
			double		value = has_value ? value_of(v, values, i) : 0;

			if (fits_some(c, c->atoms[k], &labels[label],
						  channel > 0 ? &channels[channel - 1] : NULL, has_value, value))
				q->at[k][i / 64] ^= UINT64_C(1) << i % 64;
		}
	}
}

/*
 * Mark the touchpoints, and find for each element the last one at which it can
 * stand so that the others find room behind it.  0: there is no match; -1: not
 * an ordinary journey.
 */
static inline int
open_journey(PatternChain *c, const JourneyView *view, TouchBitmaps *q, uint32_t *limit)
{
	uint8_t		map[TOUCH_LABELS];
	uint32_t	any;
	uint32_t	at;
	bool		dynamic;

	if (!touch_bitmaps_fit(view))
		return -1;
	if (view->count == 0)
		return 0;
	memset(map, 0, touch_map_size(view));
	any = map_labels(c, view, 0, map);
	dynamic = any >> LABEL_MAYBE != 0 && (view->nchannels > 0 || view->nvalues > 0);
	if (dynamic)
	{
		any |= any >> LABEL_MAYBE;
		if (view->nchannels > TOUCH_LABELS || view->channel_bits > 8)
			return -1;
	}
	if ((any & c->required) != c->required)
		return 0;
	touch_bitmaps_begin(q, view, c->plan->shuffle);
	touch_bitmaps_mark(q, map, c->nclasses, c->plan->shuffle);
	if (dynamic)
		mark_dynamic(c, q);
	at = view->count;
	for (int k = c->nelements - 1; k >= 0; k--)
	{
		at = touch_last_in(q->at[c->class[k]], at);
		if (at == TOUCH_NONE)
			return 0;
		limit[k] = at;
	}
	return 1;
}

/* Does a touchpoint between these two fit the class? */
static inline bool
stands_between(const TouchBitmaps *q, int class, uint32_t from, uint32_t to)
{
	return touch_next(q, class, from + 1) < to;
}

/* How long before touchpoint i is touchpoint s? */
static inline uint64_t
time_between(TouchBitmaps *q, uint32_t s, uint32_t i)
{
	return (uint64_t) touch_time(q, i) - (uint64_t) touch_time(q, s);
}

/* (2) above. */
static inline bool
keeps_below(TouchBitmaps *q, const ChainJoint *joint, uint32_t s, uint32_t i)
{
	uint64_t	within = joint->within[q->view->unit];

	return i - s - 1 <= joint->most &&
		(joint->barrier == NO_BARRIER || !stands_between(q, joint->barrier, s, i)) &&
		(within == NO_SPAN || time_between(q, s, i) <= within);
}

/* -- is there a match? ------------------------------------------------------------- */

/*
 * Of a bitmap those from `low` to `high`, both included.
 */
static void
cut_out(const uint64_t *bits, uint32_t words, uint32_t low, uint32_t high, uint64_t *to)
{
	memset(to, 0, words * sizeof(uint64_t));
	for (uint32_t w = low / 64; w < words && w <= high / 64 && low <= high; w++)
	{
		to[w] = bits[w];
		if (w == low / 64)
			to[w] &= ~UINT64_C(0) << low % 64;
		if (w == high / 64)
			to[w] &= ~UINT64_C(0) >> (63 - high % 64);
	}
}

/* S(0), in `to` if it is not all that the element fits. */
static const uint64_t *
first_places(const PatternChain *c, const TouchBitmaps *q, uint32_t limit, uint64_t *to)
{
	const uint64_t *fits = q->at[c->class[0]];
	const ChainJoint *joint = &c->joint[0];
	uint32_t	high = limit;

	if (c->open_begin)
		return fits;
	if (c->first)
	{
		high = joint->most < high ? joint->most : high;
		if (joint->barrier != NO_BARRIER)
		{
			uint32_t	barrier = touch_next(q, joint->barrier, 0);

			high = barrier < high ? barrier : high;
		}
	}
	cut_out(fits, q->words, joint->least, high, to);
	return to;
}

/* Can the match end with the last element at one of these? */
static bool
can_end(const PatternChain *c, const TouchBitmaps *q, const uint64_t *places)
{
	const ChainJoint *joint = &c->joint[c->nelements];
	uint32_t	last = q->view->count - 1;
	uint32_t	at;

	if (joint->least > last)
		return false;
	at = touch_last_in(places, last - joint->least + 1);
	return at != TOUCH_NONE &&
		(!c->last ||
		 (last - at <= joint->most &&
		  (joint->barrier == NO_BARRIER ||
		   !stands_between(q, joint->barrier, at, last + 1))));
}

/*
 * S(k) from S(k-1), up to `limit`; false if it is empty.  If `one`, nothing else
 * is asked.
 */
static inline bool
next_places(TouchBitmaps *q, const ChainJoint *joint, const uint64_t *from,
			const uint64_t *fits, uint32_t limit, bool one, uint64_t *to)
{
	uint32_t	words = limit / 64 + 1;
	uint64_t	after = joint->after[q->view->unit];
	uint32_t	next = touch_next_in(from, words, 0);
	uint32_t	s = TOUCH_NONE;
	uint64_t	any = 0;

	if (next == TOUCH_NONE)
		return false;
	if (joint->kind == JK_NEXT)
	{
		uint64_t	carry = 0;

		for (uint32_t w = 0; w < words; w++)
		{
			to[w] = fits[w] & (from[w] << 1 | carry);
			carry = from[w] >> 63;
			any |= to[w];
		}
		return any != 0;
	}
	memset(to, 0, words * sizeof(uint64_t));
	if (joint->kind == JK_ANY)
	{
		/* all behind the first */
		for (uint32_t w = next / 64; w < words; w++)
		{
			to[w] = fits[w];
			if (w == next / 64)
				to[w] &= ~UINT64_C(1) << next % 64;
			any |= to[w];
		}
		return any != 0;
	}
	for (uint32_t i = touch_next_in(fits, words, next + joint->least + 1);
		 i <= limit;			/* TOUCH_NONE is not */
		 i = touch_next_in(fits, words, i + 1))
	{
		if (after == 0)
			s = touch_last_in(from, i - joint->least);
		else
		{
			/* the last that fulfils (1) */
			while (next < i - joint->least && time_between(q, next, i) >= after)
			{
				s = next;
				next = touch_next_in(from, words, next + 1);
			}
			if (s == TOUCH_NONE)
				continue;
		}
		if (!keeps_below(q, joint, s, i))
			continue;
		if (one)
			return true;
		to[i / 64] |= UINT64_C(1) << i % 64;
		any = 1;
	}
	return any != 0;
}

static inline bool
find_match(PatternChain *c, TouchBitmaps *q, const uint32_t *limit)
{
	uint64_t	places[2][TOUCH_WORDS];
	const uint64_t *now;
	bool		one = false;

	/* limits grow: words behind a limit stay empty */
	memset(places[0], 0, q->words * sizeof(uint64_t));
	memset(places[1], 0, q->words * sizeof(uint64_t));
	now = first_places(c, q, limit[0], places[0]);
	for (int k = 1; k < c->nelements; k++)
	{
		one = c->open_end && k + 1 == c->nelements;
		if (!next_places(q, &c->joint[k], now, q->at[c->class[k]], limit[k], one,
						 places[k % 2]))
			return false;
		now = places[k % 2];
	}
	return one || can_end(c, q, now);
}

static int
chain_exists(PatternChain *c, const JourneyView *view)
{
	TouchBitmaps q;
	uint32_t	limit[CHAIN_ELEMENTS];
	int			open = open_journey(c, view, &q, limit);

	if (open <= 0 || c->plain)
		return open;
	return find_match(c, &q, limit);
}

int
pattern_chain_exists(PatternChain *c, const JourneyView *view)
{
	int			exists = 0;

	for (; c != NULL; c = c->next)
	{
		int			one = chain_exists(c, view);

		if (one > 0)
			return one;
		exists |= one;			/* -1 stays */
	}
	return exists;
}

/* -- how many? ----------------------------------------------------------------------- */

/* Each element as early as possible behind the one before, again and again. */
static int
count_plain(const PatternChain *c, const TouchBitmaps *q)
{
	uint32_t	at = 0;

	for (int n = 0;; n++)
	{
		for (int k = 0; k < c->nelements; k++)
		{
			at = touch_next(q, c->class[k], at);
			if (at == TOUCH_NONE)
				return n;
			at++;
		}
	}
}

/* Where each element stood last, touchpoint by touchpoint. */
static int
count_gated(const PatternChain *c, TouchBitmaps *q)
{
	uint32_t	stood[CHAIN_ELEMENTS];
	int			last = c->nelements - 1;
	int			n = 0;

	memset(stood, 0xff, sizeof(stood)); /* TOUCH_NONE */
	for (uint32_t w = 0; w < q->words; w++)
	{
		uint64_t	fits = 0;

		for (int k = 0; k <= last; k++)
			fits |= q->at[c->class[k]][w];
		for (; fits != 0; fits &= fits - 1)
		{
			uint32_t	bit = (uint32_t) __builtin_ctzll(fits);
			uint32_t	i = w * 64 + bit;
			bool		ends = false;

			/* from the last: a touchpoint is one element only */
			for (int k = last; k >= 0; k--)
			{
				const ChainJoint *joint = &c->joint[k];
				uint64_t	after = joint->after[q->view->unit];

				if ((q->at[c->class[k]][w] >> bit & 1) == 0)
					continue;
				if (k > 0 && (stood[k - 1] == TOUCH_NONE ||
							  !keeps_below(q, joint, stood[k - 1], i) ||
							  (after > 0 && time_between(q, stood[k - 1], i) < after)))
					continue;
				stood[k] = i;
				if (k == last)
				{
					ends = true;
					break;
				}
			}
			if (ends)
			{
				memset(stood, 0xff, sizeof(stood));
				n++;
			}
		}
	}
	return n;
}

int
pattern_chain_count(PatternChain *c, const JourneyView *view)
{
	TouchBitmaps q;
	uint32_t	limit[CHAIN_ELEMENTS];
	int			open;

	/* matches of several chains may overlap */
	if (c->next != NULL)
		return pattern_chain_exists(c, view) == 0 ? 0 : -1;
	open = open_journey(c, view, &q, limit);
	if (open <= 0)
		return open;
	if (c->plain)
		return count_plain(c, &q);

	/* one that is held at an end cannot come twice */
	if (c->first || c->last)
		return find_match(c, &q, limit);
	if (c->open_begin && c->open_end && c->countable)
		return count_gated(c, &q);
	return find_match(c, &q, limit) ? -1 : 0;
}
