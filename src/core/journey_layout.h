/*
 * journey_layout.h
 *	  The bytes of a journey, and how to walk them.
 *
 * A journey is a sequence of touchpoints sorted by time.  The value is
 * self-contained: no id in it needs a table to be read.  Everything is
 * little-endian and unaligned; sections follow each other without padding:
 *
 *	byte 0			format version (low 4 bits), flags JF_*
 *	byte 1			time unit (2 bits), width of a label code (3 bits, an index
 *					into 0/1/2/4/8/16 bits), length of the base time (2 bits, an
 *					index into 4/6/7/8 bytes)
 *	varint			number of touchpoints; nothing follows when it is 0
 *	varint			number of labels
 *	varint			bytes of the label table, unless JF_PLAIN
 *	base time		time of the first touchpoint in units since 2000-01-01 UTC
 *	label table		in order of first use, see below
 *	channel part	if JF_CHANNELS: byte width index, varint number of channels,
 *					varint bytes of the channel table, channel table
 *	label codes		packed, lowest bits first, rounded up to bytes
 *	channel codes	if JF_CHANNELS, packed likewise; 0 is "no channel"
 *	value part		if JF_VALUES: varint number of values, varint bytes of the
 *					positions, positions as varint distances, float8 each
 *	gap codes		2 bits a gap (number of touchpoints - 1 of them)
 *	gaps			1 to 8 bytes each, to the end of the value
 *
 * An entry of a label table is one of
 *	00..7f			id of a well-known name
 *	80..bf b		id of a well-known name, 14 bits, high ones first
 *	c0 h h n t..	text: 16-bit hash, varint length, the bytes
 *	c1 e.. h h n t..	"base/detail": the base's entry, hash of the whole
 *					label, varint length and bytes of the detail
 *
 * A gap is read with one load of the eight bytes that END at its last byte
 * and one shift; at least 9 bytes precede the first gap, so the load never
 * leaves the value.  The length code of a gap is the smallest that holds it.
 *
 * The encoding of a sequence is unique (within one version): smallest unit,
 * widths and lengths, labels in order of first use, well-known names always
 * by id.  So equal journeys have equal bytes.
 */
#ifndef JOURNEY_LAYOUT_H
#define JOURNEY_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define JOURNEY_FORMAT			1
#define JOURNEY_MAX_TOUCHPOINTS 10000000
#define JOURNEY_MAX_LABEL		1024	/* bytes of a label or channel */
#define JOURNEY_MAX_LABELS		65535	/* distinct labels in one journey */
#define JOURNEY_NO_NAME			0xffff	/* "not a well-known name" */

#define JOURNEY_LABEL_TEXT		0xc0
#define JOURNEY_LABEL_DETAIL	0xc1

#define JF_PLAIN				0x10	/* each label entry is one byte */
#define JF_CHANNELS				0x20
#define JF_VALUES				0x40

/* A label as text with what can be known of it without looking at others. */
typedef struct JourneyLabel
{
	uint16_t	known;			/* well-known id of the whole label, or of the
								 * base of "base/detail", or JOURNEY_NO_NAME */
	uint16_t	hash;			/* journey_hash16 of the whole text; unset for
								 * whole well-known names */
	uint32_t	len;			/* bytes of text; 0 for whole well-known names */
	const char *text;			/* whole text, or the detail after the slash;
								 * NULL for whole well-known names */
} JourneyLabel;

/* A touchpoint as the encoder takes it. */
typedef struct JourneyTouch
{
	int64_t		at;				/* microseconds since 2000-01-01 UTC */
	uint16_t	label;			/* index into the caller's labels */
	uint16_t	channel;		/* 0 or 1 + index into the caller's channels */
	uint32_t	seq;			/* where its value stands in the caller's
								 * array */
} JourneyTouch;

/* An opened journey: pointers into the value, nothing decoded. */
typedef struct JourneyView
{
	uint32_t	count;
	uint32_t	nlabels;
	uint32_t	nchannels;
	uint32_t	nvalues;
	int			unit;			/* 0 s, 1 ms, 2 us */
	int			code_bits;
	int			channel_bits;
	bool		plain;
	int64_t		base;			/* in units */
	const uint8_t *labels;
	const uint8_t *channels;
	const uint8_t *codes;
	const uint8_t *channel_codes;
	const uint8_t *positions;
	const uint8_t *values;
	const uint8_t *gap_codes;
	const uint8_t *gaps;
	const uint8_t *end;
} JourneyView;

/* Walks an opened journey, one touchpoint at a time. */
typedef struct JourneyCursor
{
	const JourneyView *view;
	uint32_t	next;			/* position of the next touchpoint */
	uint32_t	next_value;		/* position of the next touchpoint with a
								 * value */
	uint32_t	values_left;
	int64_t		time;			/* of the current touchpoint, in units */
	const uint8_t *gap;
	const uint8_t *position;
	const uint8_t *value_at;
	/* the current touchpoint */
	int64_t		at;				/* microseconds */
	uint32_t	label;			/* index into the label table */
	uint32_t	channel;		/* 0 or 1 + index into the channel table */
	bool		has_value;
	double		value;
} JourneyCursor;

/* Here, so that what depends on a unit known in advance is a constant. */
static const int64_t journey_unit_us[3] = {1000000, 1000, 1};

/* Bytes of a gap by unit and code: part of the format, never to be changed. */
static const uint8_t journey_gap_length[3][4] = {
	{1, 2, 3, 6},
	{2, 3, 4, 8},
	{3, 4, 5, 8}
};

/* -- bytes ------------------------------------------------------------- */

static inline uint64_t
journey_load64(const uint8_t *p)
{
	uint64_t	v;

	memcpy(&v, p, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline void
journey_store64(uint8_t *p, uint64_t v)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	memcpy(p, &v, 8);
}

static inline uint32_t
journey_get_varint(const uint8_t **p)
{
	uint32_t	v = *(*p)++;

	if (v & 0x80)
	{
		int			shift = 7;
		uint32_t	b;

		v &= 0x7f;
		do
		{
			b = *(*p)++;
			v |= (b & 0x7f) << shift;
			shift += 7;
		} while (b & 0x80);
	}
	return v;
}

/* Code number i of a packed array of codes of 0, 1, 2, 4, 8 or 16 bits. */
static inline uint32_t
journey_code(const uint8_t *codes, int bits, uint32_t i)
{
	switch (bits)
	{
		case 4:
			return (codes[i >> 1] >> ((i & 1) * 4)) & 15;
		case 8:
			return codes[i];
		case 2:
			return (codes[i >> 2] >> ((i & 3) * 2)) & 3;
		case 1:
			return (codes[i >> 3] >> (i & 7)) & 1;
		case 16:
			return codes[2 * i] | (codes[2 * i + 1] << 8);
		default:
			return 0;
	}
}

/*
 * The length in bytes of gap number i, and the gap whose bytes END at `end`.
 */
static inline int
journey_gap_len(const uint8_t *gap_codes, const uint8_t *lengths, uint32_t i)
{
	return lengths[(gap_codes[i >> 2] >> ((i & 3) * 2)) & 3];
}

static inline uint64_t
journey_gap_ending(const uint8_t *end, int len)
{
	return journey_load64(end - 8) >> (64 - 8 * len);
}

/* -- opening and walking ------------------------------------------------- */

/* What the form byte says: bits of a label code, bytes of the base time. */
static inline uint32_t
journey_form_code_bits(uint32_t form)
{
	return UINT64_C(0x0000100804020100) >> (form & 0x1c) * 2 & 0xff;
}

static inline uint32_t
journey_form_base_length(uint32_t form)
{
	return UINT32_C(0x08070604) >> (form & 0x60) / 4 & 0xff;
}

/*
 * Open the usual value at once: well-known names of one byte, fewer than 128
 * labels and touchpoints, no channels and no values.  Its first eight bytes say
 * by one comparison that it is one, and then no section can overflow an offset:
 * if the last one fits, all do.  False if it is not; it may still be good then.
 */
static inline bool
journey_open_usual(JourneyView *v, const uint8_t *data, size_t size)
{
	uint64_t	head;
	uint32_t	form;
	uint32_t	base_len;
	uint32_t	code_bits;
	size_t		codes;
	size_t		gap_codes;
	size_t		gaps;

	if (size < 16)
		return false;
	head = journey_load64(data);
	form = (uint32_t) head >> 8 & 0xff;
	v->count = (uint32_t) head >> 16 & 0xff;
	v->nlabels = (uint32_t) head >> 24;
	if ((head & 0x808000ff) != (JOURNEY_FORMAT | JF_PLAIN) || v->count == 0 || (form & 3) == 3)
		return false;

	base_len = journey_form_base_length(form);
	code_bits = journey_form_code_bits(form);
	codes = 4 + base_len + v->nlabels;
	gap_codes = codes + (v->count * code_bits + 7) / 8;
	gaps = gap_codes + (v->count + 2) / 4;
	if (gaps > size)
		return false;
	v->nchannels = 0;
	v->nvalues = 0;
	v->unit = (int) (form & 3);
	v->code_bits = (int) code_bits;
	v->channel_bits = 0;
	v->plain = true;
	v->base = (int64_t) (journey_load64(data + 4) << (64 - 8 * base_len)) >> (64 - 8 * base_len);
	v->labels = data + 4 + base_len;
	v->channels = v->codes = data + codes;
	v->channel_codes = v->positions = v->values = v->gap_codes = data + gap_codes;
	v->gaps = data + gaps;
	v->end = data + size;
	return true;
}

extern bool journey_open_any(JourneyView *v, const uint8_t *data, size_t size);

/*
 * Open a value that we made ourselves.  Returns false if its version is not
 * ours or its sections do not fit its size; what the sections hold is not
 * looked at.  Values from outside never get here unchecked: every input
 * function builds its value with journey_encode.
 */
static inline bool
journey_open(JourneyView *v, const uint8_t *data, size_t size)
{
	return journey_open_usual(v, data, size) || journey_open_any(v, data, size);
}

/*
 * The label table in order.  Start with p = view->labels (or ->channels) and
 * call once for each entry.
 */
static inline const uint8_t *
journey_next_label(const uint8_t *p, JourneyLabel *label)
{
	uint8_t		b = *p++;

	label->text = NULL;
	label->len = 0;
	label->hash = 0;
	if (b < 0x80)
	{
		label->known = b;
		return p;
	}
	if (b < JOURNEY_LABEL_TEXT)
	{
		label->known = (uint16_t) (((b & 0x3f) << 8) | *p++);
		return p;
	}
	label->known = JOURNEY_NO_NAME;
	if (b == JOURNEY_LABEL_DETAIL)
	{
		b = *p++;
		label->known = b < 0x80 ? b : (uint16_t) (((b & 0x3f) << 8) | *p++);
	}
	label->hash = (uint16_t) (p[0] | (p[1] << 8));
	p += 2;
	label->len = journey_get_varint(&p);
	label->text = (const char *) p;
	return p + label->len;
}

/* All labels of a table at once, into an array of the caller's. */
static inline void
journey_read_labels(const uint8_t *p, uint32_t n, JourneyLabel *labels)
{
	for (uint32_t i = 0; i < n; i++)
		p = journey_next_label(p, &labels[i]);
}

static inline void
journey_first(JourneyCursor *c, const JourneyView *v)
{
	c->view = v;
	c->next = 0;
	c->time = v->base;
	c->gap = v->gaps;
	c->value = 0;
	c->values_left = v->nvalues;
	c->position = v->positions;
	c->value_at = v->values;
	c->next_value = v->nvalues > 0 ? journey_get_varint(&c->position) : UINT32_MAX;
}

/* Step to the next touchpoint; false when there is none. */
static inline bool
journey_next(JourneyCursor *c)
{
	const JourneyView *v = c->view;
	uint32_t	i = c->next;

	if (i >= v->count)
		return false;
	if (i > 0)
	{
		int			len = journey_gap_len(v->gap_codes, journey_gap_length[v->unit], i - 1);

		c->gap += len;
		c->time += (int64_t) journey_gap_ending(c->gap, len);
	}
	c->at = c->time * journey_unit_us[v->unit];
	c->label = journey_code(v->codes, v->code_bits, i);
	c->channel = v->nchannels ? journey_code(v->channel_codes, v->channel_bits, i) : 0;
	c->has_value = (i == c->next_value);
	if (c->has_value)
	{
		uint64_t	bits = journey_load64(c->value_at);

		memcpy(&c->value, &bits, 8);
		c->value_at += 8;
		c->next_value = --c->values_left > 0 ?
			c->next_value + journey_get_varint(&c->position) : UINT32_MAX;
	}
	c->next = i + 1;
	return true;
}

/*
 * Ask for the memory of the journey that is likely to come next.  A page of a
 * table is filled from its end, so a sequential scan finds the next row right
 * before this one, where no processor looks ahead by itself.  If there is
 * something else, nothing is lost.
 */
static inline void
journey_prefetch_before(const uint8_t *data)
{
#ifdef __GNUC__
	for (uintptr_t i = 1; i <= 6; i++)
		__builtin_prefetch((const void *) ((uintptr_t) data - 64 * i));
#endif
}

static inline void
journey_prefetch_next(const JourneyView *v)
{
	journey_prefetch_before(v->labels);
}

static inline int64_t
journey_first_at(const JourneyView *v)
{
	return v->base * journey_unit_us[v->unit];
}

/* Time of the last touchpoint: one pass over the gaps. */
extern int64_t journey_last_at(const JourneyView *v);

/* -- names ---------------------------------------------------------------- */

extern uint32_t journey_hash(const char *text, size_t len);

static inline uint16_t
journey_hash16(uint32_t hash)
{
	return (uint16_t) (hash ^ (hash >> 16));
}

/* Describe a label given as text: well-known, base/detail or plain text. */
extern void journey_label_from_text(JourneyLabel *label, const char *text, size_t len);

/* The whole text of a label; `out` has room for JOURNEY_MAX_LABEL bytes. */
extern size_t journey_label_text(const JourneyLabel *label, char *out);

extern bool journey_label_equal(const JourneyLabel *a, const JourneyLabel *b);

/* Order of labels by their bytes; the same as memcmp of their texts. */
extern int	journey_label_cmp(const JourneyLabel *a, const JourneyLabel *b);

/* A number for hash tables, the same for equal labels. */
static inline uint32_t
journey_label_key(const JourneyLabel *label)
{
	return label->text == NULL ? label->known * 0x9e3779b1u :
		(label->hash | 0x10000u) * 0x9e3779b1u;
}

/* -- writing -------------------------------------------------------------- */

/*
 * What is to be encoded.  Touchpoints are in their final order; labels and
 * channels may hold entries that no touchpoint uses.  `values` may be NULL;
 * a NaN in it is "no value".
 */
typedef struct JourneySource
{
	const JourneyTouch *touch;
	uint32_t	count;
	const JourneyLabel *labels;
	uint32_t	nlabels;
	const JourneyLabel *channels;
	uint32_t	nchannels;
	const double *values;
} JourneySource;

/* Filled by journey_measure, used by journey_encode. */
typedef struct JourneyPlan
{
	size_t		size;			/* bytes of the payload */
	int			unit;
	int			base_len;
	int			code_bits;
	int			channel_bits;
	bool		plain;
	uint32_t	nlabels;
	uint32_t	nchannels;
	uint32_t	nvalues;
	size_t		label_bytes;
	size_t		channel_bytes;
	size_t		position_bytes;
	uint16_t   *label_code;		/* caller's: nlabels entries */
	uint16_t   *channel_code;	/* caller's: nchannels entries */
	uint16_t   *label_order;	/* caller's: nlabels entries */
	uint16_t   *channel_order;	/* caller's: nchannels entries */
} JourneyPlan;

/*
 * Measure, then encode into plan->size bytes.  The caller gives the four
 * scratch arrays of the plan.
 */
extern void journey_measure(const JourneySource *src, JourneyPlan *plan);
extern void journey_encode(const JourneySource *src, const JourneyPlan *plan,
						   uint8_t *out);

/*
 * The same touchpoints under other labels: touchpoint i has labels[numbers[i]].
 * All but the label table and the codes is copied as it is.  The journey is not
 * empty, there are at most 256 labels, and of the plan's arrays only those of
 * labels are needed.
 */
extern void journey_measure_relabelled(const JourneyView *v, const uint8_t *numbers,
									   const JourneyLabel *labels, uint32_t nlabels,
									   JourneyPlan *plan);
extern void journey_encode_relabelled(const JourneyView *v, const uint8_t *numbers,
									  const JourneyLabel *labels, const JourneyPlan *plan,
									  uint8_t *out);

#endif							/* JOURNEY_LAYOUT_H */
