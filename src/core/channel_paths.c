/*
 * channel_paths.c
 *	  The channels on the paths of a journey, without a list of its touches.
 *
 * Codes are read a word of 64 bits at a time.  Beside the same word one code
 * further, what differs is where a stretch begins: of the difference of two
 * codes every bit is brought down to the lowest one of their place, and then
 * one bit a stretch is left.  A journey of twenty touchpoints in five visits
 * takes two words and five steps.  Conversions are found likewise: of a word and
 * a label repeated, the places without a difference.
 *
 * Times are read only where a window ends somewhere else than at the ends of
 * the journey.  At whole seconds they stay seconds from the first touchpoint, and
 * a lookback is rounded down to them: differences of whole seconds are at most
 * it exactly if they are at most that.
 *
 * Without a limit, and with paths that begin anew behind every conversion, there
 * is nothing to be remembered of a path but its last channel: channel_run tells
 * where channels change and where paths end, as sets.  With AVX2 names and codes
 * of 32 touchpoints are looked up at once.  Times matter only where something
 * happened at the time of a conversion behind it, which still belongs to its path:
 * whether the gap there is 0 is asked at the place that the bits of the length
 * codes before it, counted, tell.  If one is, windows are made as ever.
 *
 * Cost: linear in the touchpoints and the conversions.  channel_steps is
 * linear in the stretches of the window.
 */
#include "channel_paths.h"

#include "gap_groups.h"
#include "journey_seconds.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Touchpoints whose seconds are read together; a multiple of four, below 256. */
#define SECONDS_BLOCK	128

/* The most labels that are looked for one by one. */
#define MAX_SOUGHT		4

/* -- codes ---------------------------------------------------------------------- */

/*
 * The word at p of a value that ends at `end`, behind which it has no bits.  A
 * value with codes has more than eight bytes before them.
 */
static inline uint64_t
load_codes(const uint8_t *p, const uint8_t *end)
{
	size_t		left = (size_t) (end - p);

	return left >= 8 ? journey_load64(p) : journey_load64(end - 8) >> (64 - 8 * left);
}

/* The lowest bit of every place of so many bits. */
static ALWAYS_INLINE uint64_t
low_bits(int bits)
{
	return ~UINT64_C(0) / ((UINT64_C(1) << bits) - 1);
}

/* The same of the places in which some bit is set. */
static ALWAYS_INLINE uint64_t
set_places(uint64_t x, int bits)
{
	for (int half = bits / 2; half > 0; half /= 2)
		x |= x >> half;
	return x & low_bits(bits);
}

static ALWAYS_INLINE uint32_t
stretches_of(const JourneyView *v, ChannelStretch *out, const int bits)
{
	const uint32_t each = 64 / bits;
	const uint64_t mask = (UINT64_C(1) << bits) - 1;
	const uint8_t *p = v->channel_codes;
	uint32_t	channel = 0;	/* of the touchpoint before */
	uint32_t	n = 0;

	for (uint32_t i = 0; i < v->count; i += each, p += 8)
	{
		uint64_t	codes = load_codes(p, v->end);
		uint64_t	changes = set_places(codes ^ (codes << bits | channel), bits);

		if (v->count - i < each)
			changes &= (UINT64_C(1) << (v->count - i) * bits) - 1;
		for (; changes != 0; changes &= changes - 1)
		{
			int			place = __builtin_ctzll(changes);
			uint32_t	at = i + (uint32_t) place / bits;

			/* harmless where none came before: it is overwritten */
			if (channel != 0)
				out[n++].last = at - 1;
			channel = (uint32_t) (codes >> place & mask);
			out[n].first = at;
			out[n].channel = channel;
		}
		channel = (uint32_t) (codes >> (64 - bits));
		if (v->count - i <= each)
			channel = (uint32_t) (codes >> ((v->count - i - 1) * bits) & mask);
	}
	if (channel != 0)
		out[n++].last = v->count - 1;
	return n;
}

uint32_t
channel_stretches(const JourneyView *v, bool join, ChannelStretch *out)
{
	uint32_t	n = 0;

	if (v->nchannels == 0)
		return 0;
	if (join)
	{
		switch (v->channel_bits)
		{
			case 1:
				return stretches_of(v, out, 1);
			case 2:
				return stretches_of(v, out, 2);
			case 4:
				return stretches_of(v, out, 4);
			case 8:
				return stretches_of(v, out, 8);
			case 16:
				return stretches_of(v, out, 16);
		}
	}
	for (uint32_t i = 0; i < v->count; i++)
	{
		uint32_t	channel = journey_code(v->channel_codes, v->channel_bits, i);

		if (channel != 0)
			n = channel_stretch_add(out, n, join, i, channel);
	}
	return n;
}

static ALWAYS_INLINE uint32_t
places_of(const JourneyView *v, const uint32_t *labels, uint32_t nlabels, uint32_t *out,
		  const int bits)
{
	const uint32_t each = 64 / bits;
	const uint8_t *p = v->codes;
	uint32_t	n = 0;

	for (uint32_t i = 0; i < v->count; i += each, p += 8)
	{
		uint64_t	codes = load_codes(p, v->end);
		uint64_t	found = 0;

		for (uint32_t k = 0; k < nlabels; k++)
			found |= ~set_places(codes ^ low_bits(bits) * labels[k], bits);
		found &= low_bits(bits);
		if (v->count - i < each)
			found &= (UINT64_C(1) << (v->count - i) * bits) - 1;
		for (; found != 0; found &= found - 1)
			out[n++] = i + (uint32_t) __builtin_ctzll(found) / bits;
	}
	return n;
}

uint32_t
channel_conversions(const JourneyView *v, const uint8_t *fits, uint32_t *out)
{
	uint32_t	labels[MAX_SOUGHT];
	uint32_t	nlabels = 0;
	uint32_t	n = 0;

	for (uint32_t i = 0; i < v->nlabels && nlabels <= MAX_SOUGHT; i++)
	{
		if (fits[i] && nlabels++ < MAX_SOUGHT)
			labels[nlabels - 1] = i;
	}
	if (nlabels == 0)
		return 0;
	if (nlabels <= MAX_SOUGHT)
	{
		switch (v->code_bits)
		{
			case 1:
				return places_of(v, labels, nlabels, out, 1);
			case 2:
				return places_of(v, labels, nlabels, out, 2);
			case 4:
				return places_of(v, labels, nlabels, out, 4);
			case 8:
				return places_of(v, labels, nlabels, out, 8);
			case 16:
				return places_of(v, labels, nlabels, out, 16);
		}
	}
	for (uint32_t i = 0; i < v->count; i++)
	{
		out[n] = i;
		n += fits[journey_code(v->codes, v->code_bits, i)] != 0;
	}
	return n;
}

void
channel_values(const JourneyView *v, const uint32_t *touchpoints, uint32_t n, double *values)
{
	const uint8_t *p = v->positions;
	const uint8_t *value = v->values;
	uint32_t	left = v->nvalues;
	uint32_t	next = left > 0 ? journey_get_varint(&p) : 0;

	for (uint32_t i = 0; i < n; i++)
	{
		values[i] = 0;
		while (left > 0 && next < touchpoints[i])
		{
			value += 8;
			if (--left > 0)
				next += journey_get_varint(&p);
		}
		if (left > 0 && next == touchpoints[i])
		{
			uint64_t	bits = journey_load64(value);

			memcpy(&values[i], &bits, 8);
		}
	}
}

/* -- times ---------------------------------------------------------------------- */

static bool
read_seconds(const JourneyView *v, int64_t *at)
{
	uint32_t	seconds[JOURNEY_SECONDS_ROOM(SECONDS_BLOCK)];
	JourneySeconds s;
	int64_t		before = 0;

	journey_seconds_first(&s, v, 0);
	*at++ = 0;
	while (s.left > 0)
	{
		uint32_t	n = s.left < SECONDS_BLOCK ? s.left : SECONDS_BLOCK;

		s.last = 0;
		if (!journey_seconds_next(&s, n, seconds))
			return false;
		for (uint32_t i = 0; i < n; i++)
			at[i] = before + seconds[i];
		at += n;
		before += s.last;
	}
	return true;
}

void
channel_times(const JourneyView *v, int64_t *at, int64_t *unit)
{
	const uint8_t *gap = v->gaps;
	int64_t		time = 0;

	*unit = journey_unit_us[v->unit];
	if (v->unit == 0 && read_seconds(v, at))
		return;
	at[0] = 0;
	for (uint32_t i = 1; i < v->count; i++)
	{
		int			len = journey_gap_len(v->gap_codes, journey_gap_length[v->unit], i - 1);

		gap += len;
		time += (int64_t) journey_gap_ending(gap, len);
		at[i] = time;
	}
}

/* -- windows -------------------------------------------------------------------- */

static inline bool
too_early(int64_t touchpoint, int64_t at, uint64_t lookback, int64_t since)
{
	/* unsigned: the difference of two times may not fit a signed number */
	return (uint64_t) at - (uint64_t) touchpoint > lookback ||
		(since != ATTRIBUTION_ALWAYS && touchpoint <= since);
}

void
channel_windows(const int64_t *at, uint32_t n, const int64_t *conversions,
				uint32_t nconversions, uint64_t lookback, bool restart, ChannelWindow *windows)
{
	int64_t		since = ATTRIBUTION_ALWAYS;
	uint32_t	first = 0;
	uint32_t	end = 0;

	for (uint32_t i = 0; i < nconversions; i++)
	{
		if (restart && i > 0 && conversions[i - 1] < conversions[i])
			since = conversions[i - 1];
		while (end < n && at[end] <= conversions[i])
			end++;
		while (first < end && too_early(at[first], conversions[i], lookback, since))
			first++;
		windows[i].first = first;
		windows[i].end = end;
	}
}

ChannelWindow
channel_rest(const int64_t *at, uint32_t n, uint32_t from, uint32_t last, uint64_t lookback)
{
	ChannelWindow window = {.first = from,.end = n};

	if (lookback != ATTRIBUTION_NO_LIMIT)
		while (window.first < last &&
			   too_early(at[window.first], at[last], lookback, ATTRIBUTION_ALWAYS))
			window.first++;
	return window;
}

/* A stretch by its number and the number of its step. */
typedef struct StretchPlace
{
	uint32_t	stretch;
	uint32_t	step;
} StretchPlace;

static inline void
next_stretch(StretchPlace *place, const ChannelStretch *stretches, uint32_t n, bool join)
{
	place->stretch++;
	if (!join || place->stretch == n ||
		stretches[place->stretch].channel != stretches[place->stretch - 1].channel)
		place->step++;
}

void
channel_meet(const ChannelStretch *stretches, uint32_t n, bool join,
			 ChannelWindow *windows, uint32_t nwindows, uint32_t *channels)
{
	StretchPlace first = {0, 0};
	StretchPlace end = {0, 0};

	for (uint32_t i = 0; i < nwindows; i++)
	{
		ChannelWindow *w = &windows[i];

		while (first.stretch < n && stretches[first.stretch].last < w->first)
			next_stretch(&first, stretches, n, join);
		while (end.stretch < n && stretches[end.stretch].first < w->end)
		{
			channels[end.step] = stretches[end.stretch].channel;
			next_stretch(&end, stretches, n, join);
		}
		w->first_stretch = w->end_stretch = first.stretch;
		w->first_step = w->end_step = first.step;
		if (w->first < w->end && first.stretch < end.stretch)
		{
			/* the stretch behind the last one may be of the same step */
			w->end_stretch = end.stretch;
			w->end_step = end.step;
			if (join && end.stretch < n &&
				stretches[end.stretch].channel == stretches[end.stretch - 1].channel)
				w->end_step++;
		}
	}
}

/* -- steps ---------------------------------------------------------------------- */

uint32_t
channel_steps(AttributionTransform transform, const ChannelStretch *stretches,
			  const ChannelWindow *window, uint32_t *seen, ChannelStep *steps)
{
	bool		by_channel = transform == AT_FIRST || transform == AT_FREQUENCY;
	uint32_t	n = 0;

	for (uint32_t i = window->first_stretch; i < window->end_stretch; i++)
	{
		const ChannelStretch *s = &stretches[i];
		uint32_t	first = s->first < window->first ? window->first : s->first;
		uint32_t	end = s->last < window->end ? s->last + 1 : window->end;
		ChannelStep *same = NULL;

		if (by_channel && seen[s->channel] > 0)
			same = &steps[seen[s->channel] - 1];
		else if (transform == AT_EXPOSURE && n > 0 && steps[n - 1].channel == s->channel)
			same = &steps[n - 1];
		if (same != NULL)
		{
			same->touches += end - first;
			continue;
		}
		steps[n].channel = s->channel;
		steps[n].touches = end - first;
		n++;
		if (by_channel)
			seen[s->channel] = n;
	}
	if (by_channel)
		for (uint32_t i = 0; i < n; i++)
			seen[steps[i].channel] = 0;
	return n;
}

/* -- whole journeys ------------------------------------------------------------- */

#ifdef HAVE_AVX2

static const uint8_t high_bits[16] = {1, 2, 4, 8, 16, 32, 64, 128};

/* The names of labels as a table for code_look_up: the highest bit says that one converts. */
static ALWAYS_INLINE AVX2 __m128i
conversion_table(const JourneyView *v, const ChannelNames *conversions)
{
	__m128i		names = load_before(v->labels, v->end);
	__m128i		low = _mm_and_si128(names, _mm_set1_epi8(15));
	__m128i		high = _mm_and_si128(_mm_srli_epi16(names, 4), _mm_set1_epi8(15));
	__m128i		bit = _mm_shuffle_epi8(load16(high_bits), high);
	__m128i		fits = _mm_shuffle_epi8(load16(conversions->bits), low);

	fits = _mm_cmpeq_epi8(_mm_and_si128(fits, bit), bit);
	return code_table(fits, v->code_bits);
}

/* Bytes of the gaps that codes tell, of which there are n in the lowest bits. */
static ALWAYS_INLINE AVX2 size_t
gap_bytes(uint64_t codes, uint32_t n, int unit)
{
	const uint64_t low = UINT64_C(0x5555555555555555);
	const uint64_t ones = codes & low;
	const uint64_t twos = codes >> 1 & low;
	const uint32_t more = unit == 1 ? 3 : 2;

	/* a length is that of code 0 and the code, but for the last one */
	return (size_t) n * journey_gap_length[unit][0] + (uint32_t) __builtin_popcountll(ones) +
		2 * (uint32_t) __builtin_popcountll(twos) + more * (uint32_t) __builtin_popcountll(ones & twos);
}

/*
 * Is one of the gaps behind these touchpoints of a block 0, or outside of the
 * value?  *gaps is where those of the block begin, and then where they end.
 */
static ALWAYS_INLINE AVX2 bool
any_gap_zero(const JourneyView *v, uint64_t touchpoints, uint32_t first, size_t *gaps)
{
	const int	shortest = journey_gap_length[v->unit][0];
	const size_t size = (size_t) (v->end - v->gaps);
	const uint32_t n = v->count - 1 - first < 64 ? v->count - 1 - first : 64;
	uint64_t	words[2] = {0, 0};
	size_t		half;
	bool		zero = false;

	if (n == 0)
		return false;
	words[0] = load_codes(v->gap_codes + first / 4, v->end);
	if (n > 32)
		words[1] = load_codes(v->gap_codes + first / 4 + 8, v->end);
	half = gap_bytes(words[0], 32, v->unit);
	for (touchpoints = _bzhi_u64(touchpoints, n); touchpoints != 0; touchpoints &= touchpoints - 1)
	{
		uint32_t	i = (uint32_t) __builtin_ctzll(touchpoints);
		uint64_t	word = words[i / 32];
		size_t		end = *gaps + (i < 32 ? 0 : half) + (size_t) shortest +
		gap_bytes(_bzhi_u64(word, 2 * (i % 32)), i % 32, v->unit);

		if (end > size)
			return true;
		zero |= ((word >> 2 * (i % 32) & 3) | journey_gap_ending(v->gaps + end, shortest)) == 0;
	}
	*gaps += half + gap_bytes(words[1], 32, v->unit);
	return zero;
}

static AVX2_CALLED bool
run_quick(const JourneyView *v, const ChannelNames *conversions, ChannelRun *run)
{
	const __m128i converts = conversion_table(v, conversions);
	const __m128i channel = code_table(load16(gap_forward), v->channel_bits);
	const uint8_t *codes = v->codes;
	const uint8_t *channels = v->channel_codes;
	uint64_t	converted = 0;
	uint64_t	touches = 0;
	size_t		gaps = 0;

	run->nblocks = (v->count + 63) / 64;
	for (uint32_t b = 0; b < run->nblocks; b++)
	{
		const uint32_t n = v->count - 64 * b < 64 ? v->count - 64 * b : 64;
		uint64_t	start = converted >> 63;
		uint64_t	any = 0;
		uint64_t	changes = 0;

		converted = 0;
		for (uint32_t i = 0; i < n; i += 32)
		{
			__m256i		x = code_look_up(code_numbers(codes, v->end, v->code_bits), converts);
			__m256i		before;

			converted |= (uint64_t) (uint32_t) _mm256_movemask_epi8(x) << i;
			codes += 4 * v->code_bits;

			x = code_look_up(code_numbers(channels, v->end, v->channel_bits), channel);
			_mm256_storeu_si256((__m256i *) (run->codes + 64 * b + i), x);
			channels += 4 * v->channel_bits;
			before = _mm256_alignr_epi8(x, _mm256_permute2x128_si256(x, x, 0x08), 15);
			/* the first one is asked, whatever came before */
			changes |= (uint64_t) (uint32_t) (~_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, before)) | 1) << i;
			any |= (uint64_t) (uint32_t) ~_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, _mm256_setzero_si256())) << i;
		}
		converted = _bzhi_u64(converted, n);
		any = _bzhi_u64(any, n);
		touches |= any;
		run->starts[b] = _bzhi_u64(converted << 1 | start, n);
		run->events[b] = (changes & any) | run->starts[b];
		if (any_gap_zero(v, converted, 64 * b, &gaps))
			return false;
		run->ends_converted = (converted >> (n - 1) & 1) != 0;
	}
	run->any_touch = touches != 0;
	return true;
}

#endif

void
channel_run_init(void)
{
	gap_groups_init();
}

bool
channel_run(const JourneyView *v, const ChannelNames *conversions, ChannelRun *run)
{
#ifdef HAVE_AVX2
	/* sixteen bytes are read that end with the value */
	if (gap_groups_avx2 && v->plain && v->nlabels <= 16 && v->code_bits <= 4 &&
		v->nchannels <= 15 && v->channel_bits <= 4 &&
		v->codes - v->channels == (ptrdiff_t) v->nchannels &&
		v->count <= 64 * CHANNEL_RUN_BLOCKS && v->end - v->labels >= 8)
		return run_quick(v, conversions, run);
#endif
	return false;
}
