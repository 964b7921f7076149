/*
 * layout_test.c
 *	  Random journeys through journey_measure, journey_encode, journey_open and
 *	  the cursor, against the arrays they were made of; the encoding is unique;
 *	  names; values that are cut short.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o layout_test \
 *		  test/core/layout_test.c src/core/journey_layout.c src/core/wellknown.c
 *	  ./layout_test [seed]
 *
 * Every value stands at the end of its own piece of memory, so that a read
 * past it is seen.  Prints "ok", or where it failed and the seed.
 */
#include <math.h>

#include "core/journey_layout.h"
#include "core/wellknown.h"
#include "test.h"

#define MIN_AT	(-211813488000000000LL)
#define END_AT	9223371331200000000LL

static uint32_t usual;			/* values opened the usual way */

/* -- encoding --------------------------------------------------------------- */

typedef struct Encoded
{
	uint8_t    *data;
	size_t		size;
	JourneyPlan plan;
} Encoded;

static Encoded
encode(const JourneySource *src)
{
	Encoded		e;
	uint16_t   *scratch = malloc((2 * ((size_t) src->nlabels + src->nchannels) + 1) * sizeof(uint16_t));

	memset(&e, 0, sizeof(e));
	e.plan.label_code = scratch;
	e.plan.label_order = scratch + src->nlabels;
	e.plan.channel_code = scratch + 2 * src->nlabels;
	e.plan.channel_order = scratch + 2 * src->nlabels + src->nchannels;
	journey_measure(src, &e.plan);
	e.size = e.plan.size;
	e.data = malloc(e.size);
	memset(e.data, 0xaa, e.size);
	journey_encode(src, &e.plan, e.data);
	free(scratch);
	return e;
}

/* Does the encoded value say what the source says? */
static void
check(const JourneySource *src, const Encoded *e)
{
	JourneyView v;
	JourneyCursor c;
	JourneyLabel *labels;
	JourneyLabel *channels;
	uint32_t	nvalues = 0;

	REQUIRE(journey_open(&v, e->data, e->size));
	REQUIRE(v.count == src->count);
	labels = calloc(v.nlabels + 1, sizeof(JourneyLabel));
	channels = calloc(v.nchannels + 1, sizeof(JourneyLabel));
	journey_read_labels(v.labels, v.nlabels, labels);
	journey_read_labels(v.channels, v.nchannels, channels);

	journey_first(&c, &v);
	for (uint32_t i = 0; i < src->count; i++)
	{
		const JourneyTouch *t = &src->touch[i];
		double		value = src->values == NULL ? NAN : src->values[t->seq];

		REQUIRE(journey_next(&c));
		REQUIRE(c.next == i + 1);
		REQUIRE(c.at == t->at);
		REQUIRE(c.label < v.nlabels);
		REQUIRE(journey_label_equal(&labels[c.label], &src->labels[t->label]));
		REQUIRE((c.channel == 0) == (t->channel == 0));
		REQUIRE(c.channel <= v.nchannels);
		if (c.channel > 0)
			REQUIRE(journey_label_equal(&channels[c.channel - 1], &src->channels[t->channel - 1]));
		REQUIRE(c.has_value == !isnan(value));
		if (c.has_value)
			REQUIRE(memcmp(&c.value, &value, 8) == 0);
		nvalues += c.has_value;
	}
	REQUIRE(!journey_next(&c));
	REQUIRE(v.nvalues == nvalues);
	if (src->count > 0)
	{
		/* the last gap ends the value, at least 9 bytes precede the first */
		REQUIRE(c.gap == e->data + e->size);
		REQUIRE(v.gaps - e->data >= 9);
		REQUIRE(journey_first_at(&v) == src->touch[0].at);
		REQUIRE(journey_last_at(&v) == src->touch[src->count - 1].at);
	}
	free(labels);
	free(channels);
}

/* The source that an encoded value says, encoded again. */
static void
check_unique(const Encoded *e, uint32_t extra)
{
	JourneyView v;
	JourneyCursor c;
	JourneySource src;
	JourneyLabel *labels;
	JourneyLabel *channels;
	JourneyTouch *touch;
	double	   *values;
	Encoded		again;

	REQUIRE(journey_open(&v, e->data, e->size));
	labels = calloc(v.nlabels + extra + 1, sizeof(JourneyLabel));
	channels = calloc(v.nchannels + extra + 1, sizeof(JourneyLabel));
	touch = calloc(v.count + 1, sizeof(JourneyTouch));
	values = calloc(v.count + 1, sizeof(double));

	/* labels that no touchpoint uses, in front; the others backwards */
	for (uint32_t i = 0; i < extra; i++)
	{
		journey_label_from_text(&labels[i], "unused", 6);
		journey_label_from_text(&channels[i], "page_view/unused", 16);
	}
	journey_first(&c, &v);
	for (uint32_t i = 0; journey_next(&c); i++)
	{
		touch[i].at = c.at;
		touch[i].label = (uint16_t) (extra + v.nlabels - 1 - c.label);
		touch[i].channel = c.channel == 0 ? 0 : (uint16_t) (extra + v.nchannels - (c.channel - 1));
		touch[i].seq = v.count - 1 - i;
		values[touch[i].seq] = c.has_value ? c.value : NAN;
	}
	{
		const uint8_t *p = v.labels;

		for (uint32_t i = 0; i < v.nlabels; i++)
			p = journey_next_label(p, &labels[extra + v.nlabels - 1 - i]);
		p = v.channels;
		for (uint32_t i = 0; i < v.nchannels; i++)
			p = journey_next_label(p, &channels[extra + v.nchannels - 1 - i]);
	}
	src.touch = touch;
	src.count = v.count;
	src.labels = labels;
	src.nlabels = v.nlabels + extra;
	src.channels = channels;
	src.nchannels = v.nchannels + extra;
	src.values = values;
	again = encode(&src);
	REQUIRE(again.size == e->size);
	REQUIRE(memcmp(again.data, e->data, e->size) == 0);
	free(again.data);
	free(labels);
	free(channels);
	free(touch);
	free(values);
}

/*
 * The usual way to open a value says the same as the other one.  Where there are
 * no channels or values, or no touchpoints, what is said of them is not asked.
 */
static void
check_open(const uint8_t *data, size_t size)
{
	JourneyView a;
	JourneyView b;
	bool		good = journey_open(&a, data, size);

	REQUIRE(good == journey_open_any(&b, data, size));
	if (!good)
		return;
	REQUIRE(a.count == b.count && a.nlabels == b.nlabels && a.nchannels == b.nchannels);
	REQUIRE(a.nvalues == b.nvalues && a.unit == b.unit && a.code_bits == b.code_bits);
	REQUIRE(a.channel_bits == b.channel_bits && a.plain == b.plain && a.base == b.base);
	REQUIRE(a.labels == b.labels && a.channels == b.channels && a.codes == b.codes);
	REQUIRE(a.channel_codes == b.channel_codes && a.positions == b.positions);
	REQUIRE(a.values == b.values && a.gap_codes == b.gap_codes && a.gaps == b.gaps);
	REQUIRE(a.end == b.end && a.end == data + size);
	usual += journey_open_usual(&b, data, size);
}

/* Also of a value whose first bytes are damaged. */
static void
check_opens(const Encoded *e)
{
	uint8_t    *copy = malloc(e->size);

	check_open(e->data, e->size);
	for (size_t i = 0; i < 6 && i < e->size; i++)
	{
		memcpy(copy, e->data, e->size);
		copy[i] = (uint8_t) (below(2) ? below(256) : copy[i] ^ (1u << below(8)));
		check_open(copy, e->size);
	}
	free(copy);
}

/*
 * A value cut anywhere is refused, or says nothing that lies outside it.  Only
 * the sections are checked when opening, so only they are looked at here.
 */
static void
check_cut(const Encoded *e)
{
	for (size_t size = 0; size < e->size; size += 1 + (size > 64 ? below(1 + (uint32_t) e->size / 8) : 0))
	{
		uint8_t    *cut = malloc(size + 1);
		JourneyView v;

		memcpy(cut, e->data, size);
		cut[size] = 0x7f;
		check_open(cut, size);
		if (journey_open(&v, cut, size) && v.count > 0)
		{
			REQUIRE(v.labels <= v.channels && v.channels <= v.codes && v.codes <= v.channel_codes);
			REQUIRE(v.channel_codes <= v.positions && v.positions <= v.values && v.values <= v.gap_codes);
			REQUIRE(v.gap_codes <= v.gaps && v.gaps <= cut + size);
		}
		free(cut);
	}
}

/* -- random journeys ---------------------------------------------------------- */

static size_t
random_text(char *text)
{
	static const char *const odd[] = {"", "/", "//", "page_view/", "/page_view", "page_view//", "page_view/x/y", "purchase ", "Purchase"};
	size_t		len;

	switch (below(6))
	{
		case 0:
			{
				const char *name = wellknown_text((uint16_t) below(wellknown_count), &len);

				memcpy(text, name, len);
				return len;
			}
		case 1:
			{
				size_t		detail = below(4) == 0 ? below(900) : below(12);
				const char *name = wellknown_text((uint16_t) below(wellknown_count), &len);

				memcpy(text, name, len);
				text[len++] = '/';
				for (size_t i = 0; i < detail; i++)
					text[len++] = (char) (1 + below(255));
				return len;
			}
		case 2:
			{
				const char *name = odd[below(sizeof(odd) / sizeof(odd[0]))];

				memcpy(text, name, strlen(name));
				return strlen(name);
			}
		default:
			len = below(20) == 0 ? JOURNEY_MAX_LABEL - below(3) : below(3) == 0 ? below(300) : 1 + below(12);
			for (size_t i = 0; i < len; i++)
				text[i] = (char) (1 + below(255));
			return len;
	}
}

/* n labels, all different, with their texts in memory of just their length. */
static JourneyLabel *
random_labels(uint32_t n, char ***texts)
{
	JourneyLabel *labels = calloc(n + 1, sizeof(JourneyLabel));

	*texts = calloc(n + 1, sizeof(char *));
	for (uint32_t i = 0; i < n;)
	{
		char		text[2048];
		size_t		len = n > 300 ? (size_t) snprintf(text, sizeof(text), "%s%u", below(2) ? "name " : "page_view/", i) : random_text(text);
		bool		known = false;

		(*texts)[i] = malloc(len + 1);
		memcpy((*texts)[i], text, len);
		journey_label_from_text(&labels[i], (*texts)[i], len);
		for (uint32_t k = 0; n <= 300 && k < i && !known; k++)
			known = journey_label_equal(&labels[k], &labels[i]);
		if (known)
		{
			free((*texts)[i]);
			continue;
		}
		i++;
	}
	return labels;
}

static void
free_labels(JourneyLabel *labels, char **texts, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		free(texts[i]);
	free(texts);
	free(labels);
}

static double
random_value(void)
{
	static const double odd[] = {0, 1, -1, 1e-300, 5e-324, -1.7976931348623157e308, 49.9};

	return odd[below(sizeof(odd) / sizeof(odd[0]))];
}

static uint32_t
random_names(void)
{
	static const uint32_t counts[] = {1, 2, 3, 4, 5, 15, 16, 17, 255, 256, 257, 300};

	return counts[below(sizeof(counts) / sizeof(counts[0]))];
}

static void
random_journey(uint32_t count, uint32_t nlabels, uint32_t nchannels)
{
	static const int64_t units[] = {1000000, 1000, 1};
	int64_t		unit = units[below(3)];
	char	  **label_texts;
	char	  **channel_texts;
	JourneyLabel *labels = random_labels(nlabels, &label_texts);
	JourneyLabel *channels = random_labels(nchannels, &channel_texts);
	JourneyTouch *touch = calloc(count + 1, sizeof(JourneyTouch));
	bool		plain = nlabels <= 128 && below(3) == 0;
	double	   *values = plain || below(2) ? NULL : calloc(count + 1, sizeof(double));
	uint32_t	used_channels = nchannels;
	uint32_t	value_odds = 1 + below(5);
	uint32_t	max_bits = 1 + below(56);
	int64_t		at = below(3) == 0 ? (int64_t) (rnd() % 4000000000000000) : below(2) ? MIN_AT : -(int64_t) (rnd() % 200000000000000000);
	JourneySource src;
	Encoded		e;

	at -= at % unit;
	if (plain)
	{
		uint32_t	first = below(128);

		used_channels *= below(8) == 0;
		for (uint32_t i = 0; i < nlabels; i++)
		{
			size_t		len;
			const char *text = wellknown_text((uint16_t) ((first + 41 * i) % 128), &len);

			journey_label_from_text(&labels[i], text, len);
		}
	}
	for (uint32_t i = 0; i < count; i++)
	{
		int64_t		gap = (int64_t) (rnd() >> (64 - max_bits) >> below(max_bits)) / 16;

		if (__builtin_mul_overflow(gap, unit, &gap) || below(8) == 0)
			gap = 0;
		if (gap >= 0 && i > 0 && (uint64_t) gap < (uint64_t) END_AT - (uint64_t) at &&
			(uint64_t) (at + gap) - (uint64_t) touch[0].at < INT64_MAX)
			at += gap;
		touch[i].at = at;
		touch[i].label = (uint16_t) (count >= 2 * nlabels && i < nlabels ? i : below(nlabels));
		touch[i].channel = used_channels == 0 ? 0 : count >= 2 * nchannels && i < nchannels ? (uint16_t) (i + 1) : (uint16_t) below(nchannels + 1);
		touch[i].seq = i;
		if (values != NULL)
			values[i] = below(value_odds) ? NAN : random_value();
	}
	src.touch = touch;
	src.count = count;
	src.labels = labels;
	src.nlabels = nlabels;
	src.channels = channels;
	src.nchannels = nchannels;
	src.values = values;
	e = encode(&src);
	check(&src, &e);
	check_unique(&e, nlabels < JOURNEY_MAX_LABELS ? below(3) : 0);
	if (below(4) == 0)
		check_cut(&e);
	check_opens(&e);
	free(e.data);
	free(touch);
	free(values);
	free_labels(labels, label_texts, nlabels);
	free_labels(channels, channel_texts, nchannels);
}

/* -- names ------------------------------------------------------------------------ */

static void
check_text(const char *text, size_t len)
{
	JourneyLabel label;
	char		out[JOURNEY_MAX_LABEL + 1];

	journey_label_from_text(&label, text, len);
	REQUIRE(journey_label_text(&label, out) == len);
	REQUIRE(len == 0 || memcmp(out, text, len) == 0);
}

/* Every well-known name is found, once, by its number, alone and as a base. */
static void
check_wellknown(void)
{
	static const char *const names[] = {
#define NAME(text) text,
#include "core/wellknown_names.h"
#undef NAME
	};

	REQUIRE(wellknown_count == sizeof(names) / sizeof(names[0]));
	REQUIRE(wellknown_count < JOURNEY_NO_NAME);
	for (uint32_t i = 0; i < wellknown_count; i++)
	{
		JourneyLabel label;
		JourneyTouch touch = {0, 0, 0, 0};
		JourneySource src = {&touch, 1, &label, 1, NULL, 0, NULL};
		Encoded		e;
		char		detail[JOURNEY_MAX_LABEL];
		size_t		len = strlen(names[i]);

		REQUIRE(len > 0 && len < 200);
		journey_label_from_text(&label, names[i], len);
		REQUIRE(label.known == i && label.text == NULL);
		check_text(names[i], len);
		e = encode(&src);
		check(&src, &e);
		REQUIRE(e.plan.plain == (i < 0x80));
		free(e.data);

		memcpy(detail, names[i], len);
		memcpy(detail + len, "/x", 2);
		journey_label_from_text(&label, detail, len + 2);
		if (label.text != NULL)
			REQUIRE(label.known == i && label.len == 1);
		check_text(detail, len + 2);
		check_text(detail, len + 1);
		e = encode(&src);
		check(&src, &e);
		free(e.data);
	}
}

/* The order of labels is that of their texts. */
static void
check_order(void)
{
	for (int i = 0; i < 100000; i++)
	{
		char		ta[2048];
		char		tb[2048];
		size_t		la = random_text(ta);
		size_t		lb = below(4) == 0 ? la : random_text(tb);
		JourneyLabel a;
		JourneyLabel b;
		int			want;
		int			got;

		if (lb == la && below(2) == 0)
			memcpy(tb, ta, la);
		else if (lb == la)
			lb = random_text(tb);
		if (lb > 0 && below(4) == 0)
			lb--;
		journey_label_from_text(&a, ta, la);
		journey_label_from_text(&b, tb, lb);
		want = memcmp(ta, tb, la < lb ? la : lb);
		if (want == 0)
			want = (la > lb) - (la < lb);
		got = journey_label_cmp(&a, &b);
		REQUIRE((got > 0) - (got < 0) == (want > 0) - (want < 0));
		REQUIRE(journey_label_equal(&a, &b) == (want == 0));
		if (want == 0)
			REQUIRE(journey_label_key(&a) == journey_label_key(&b));
		check_text(ta, la);
	}
}

/* -- edges ------------------------------------------------------------------------- */

/* Gaps around each length in each unit, and times at both ends. */
static void
check_gaps(void)
{
	static const int64_t bases[] = {MIN_AT, -1000000, -1, 0, 1, 2147483647000000, 2147483648000000, -2147483648000000, -2147483649000000, 9223371331199000000};
	char	   *text = malloc(1);
	JourneyLabel label;

	text[0] = 'e';
	journey_label_from_text(&label, text, 1);
	for (int unit = 0; unit < 3; unit++)
		for (int bits = 0; bits < 63; bits++)
			for (int off = -1; off <= 1; off++)
				for (size_t b = 0; b < sizeof(bases) / sizeof(bases[0]); b++)
				{
					int64_t		gap = (INT64_C(1) << bits) + off;
					int64_t		us = journey_unit_us[unit];
					int64_t		base = bases[b] / us * us;
					JourneyTouch touch[3];
					JourneySource src = {touch, 3, &label, 1, NULL, 0, NULL};
					Encoded		e;

					memset(touch, 0, sizeof(touch));
					if (__builtin_mul_overflow(gap, us, &gap) || gap > END_AT - (base < 0 ? 0 : base) ||
						(base < 0 && gap > INT64_MAX + base))
						continue;
					touch[0].at = base;
					touch[1].at = base + gap;
					touch[2].at = base + gap;
					e = encode(&src);
					check(&src, &e);
					check_unique(&e, 0);
					free(e.data);
				}
	free(text);
}

static void
check_empty(void)
{
	JourneySource src = {NULL, 0, NULL, 0, NULL, 0, NULL};
	Encoded		e = encode(&src);
	JourneyView v;
	uint8_t		junk[4] = {JOURNEY_FORMAT, 0, 0, 0};

	check(&src, &e);
	check_unique(&e, 2);
	REQUIRE(e.size == 3);
	REQUIRE(!journey_open(&v, junk, 4));
	REQUIRE(!journey_open(&v, junk, 2));
	REQUIRE(!journey_open(&v, junk, 0));
	junk[0] = 2;
	REQUIRE(!journey_open(&v, junk, 3));
	free(e.data);
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 20260102);
	wellknown_init();
	check_empty();
	check_wellknown();
	check_order();
	check_gaps();
	for (int i = 0; i < 4000; i++)
		random_journey(i < 200 ? (uint32_t) i / 8 : below(4) == 0 ? below(1500) : below(40),
					   below(3) == 0 ? random_names() : 1 + below(8),
					   below(2) ? 0 : below(3) == 0 ? random_names() : 1 + below(5));
	random_journey(140000, JOURNEY_MAX_LABELS, JOURNEY_MAX_LABELS);
	random_journey(300000, 256, 255);
	REQUIRE(usual > 1000);
	printf("ok\n");
	return 0;
}
