/*
 * journey_layout.c
 *	  Opening and encoding the bytes described in journey_layout.h.
 *
 * Encoding is two passes: journey_measure chooses unit, widths and lengths and
 * adds up the size, journey_encode writes.  Both are linear in touchpoints.
 */
#include "journey_layout.h"

#include <math.h>

#include "wellknown.h"

/* Part of the format: never to be changed. */
static const uint8_t base_length[4] = {4, 6, 7, 8};
static const uint8_t code_width[8] = {0, 1, 2, 4, 8, 16, 0, 0};

/* -- varints ---------------------------------------------------------------- */

static size_t
varint_size(uint32_t v)
{
	size_t		n = 1;

	while (v >= 0x80)
	{
		v >>= 7;
		n++;
	}
	return n;
}

static uint8_t *
put_varint(uint8_t *p, uint32_t v)
{
	while (v >= 0x80)
	{
		*p++ = (uint8_t) (v | 0x80);
		v >>= 7;
	}
	*p++ = (uint8_t) v;
	return p;
}

static uint8_t *
put_low_bytes(uint8_t *p, uint64_t v, int len)
{
	for (int i = 0; i < len; i++)
		p[i] = (uint8_t) (v >> (8 * i));
	return p + len;
}

static size_t
packed_size(uint32_t count, int bits)
{
	return ((size_t) count * bits + 7) / 8;
}

/* -- opening ---------------------------------------------------------------- */

/* A varint that must end before `end`. */
static bool
get_long_varint(const uint8_t **p, const uint8_t *end, uint32_t *v)
{
	*v = 0;
	for (int shift = 0; *p < end && shift < 35; shift += 7)
	{
		uint8_t		b = *(*p)++;

		*v |= (uint32_t) (b & 0x7f) << shift;
		if (b < 0x80)
			return true;
	}
	return false;
}

static inline bool
get_varint(const uint8_t **p, const uint8_t *end, uint32_t *v)
{
	if (*p < end && **p < 0x80)
	{
		*v = *(*p)++;
		return true;
	}
	return get_long_varint(p, end, v);
}

bool
journey_open_any(JourneyView *v, const uint8_t *data, size_t size)
{
	const uint8_t *p = data;
	const uint8_t *end = data + size;
	uint8_t		head;
	uint8_t		form;
	int			base_len;
	uint32_t	label_bytes;
	uint64_t	base;

	if (size < 3 || (data[0] & 15) != JOURNEY_FORMAT)
		return false;
	head = data[0];
	form = data[1];
	p += 2;
	v->unit = form & 3;
	v->code_bits = code_width[(form >> 2) & 7];
	v->end = end;
	if (!get_varint(&p, end, &v->count))
		return false;
	v->nvalues = 0;
	v->nchannels = 0;
	v->channel_bits = 0;
	if (v->count == 0)
	{
		v->nlabels = 0;
		v->base = 0;
		v->plain = true;
		v->labels = v->channels = v->codes = v->channel_codes = end;
		v->positions = v->values = v->gap_codes = v->gaps = end;
		return p == end;
	}
	if (size < 8 || v->unit > 2 || !get_varint(&p, end, &v->nlabels))
		return false;
	v->plain = (head & JF_PLAIN) != 0;
	label_bytes = v->nlabels;
	if (!v->plain && !get_varint(&p, end, &label_bytes))
		return false;

	/* sign-extended little-endian number of base_len bytes */
	base_len = base_length[(form >> 5) & 3];
	if ((size_t) (end - p) < base_len + (size_t) label_bytes)
		return false;
	base = 0;
	if (end - p >= 8)
		base = journey_load64(p);
	else
		for (int i = 0; i < base_len; i++)
			base |= (uint64_t) p[i] << (8 * i);
	v->base = (int64_t) (base << (64 - 8 * base_len)) >> (64 - 8 * base_len);
	p += base_len;

	v->labels = p;
	p += label_bytes;
	if (head & JF_CHANNELS)
	{
		uint32_t	channel_bytes;

		if (p == end)
			return false;
		v->channel_bits = code_width[*p++ & 7];
		if (!get_varint(&p, end, &v->nchannels) ||
			!get_varint(&p, end, &channel_bytes) ||
			(size_t) (end - p) < channel_bytes)
			return false;
		v->channels = p;
		p += channel_bytes;
	}
	else
		v->channels = p;
	v->codes = p;
	if ((size_t) (end - p) < packed_size(v->count, v->code_bits))
		return false;
	p += packed_size(v->count, v->code_bits);
	v->channel_codes = p;
	if (head & JF_CHANNELS)
	{
		if ((size_t) (end - p) < packed_size(v->count, v->channel_bits))
			return false;
		p += packed_size(v->count, v->channel_bits);
	}
	v->positions = v->values = p;
	if (head & JF_VALUES)
	{
		uint32_t	position_bytes;

		if (!get_varint(&p, end, &v->nvalues) ||
			!get_varint(&p, end, &position_bytes) ||
			(size_t) (end - p) < position_bytes + 8 * (size_t) v->nvalues)
			return false;
		v->positions = p;
		p += position_bytes;
		v->values = p;
		p += 8 * (size_t) v->nvalues;
	}
	v->gap_codes = p;
	if ((size_t) (end - p) < packed_size(v->count - 1, 2))
		return false;
	v->gaps = p + packed_size(v->count - 1, 2);
	return true;
}

int64_t
journey_last_at(const JourneyView *v)
{
	const uint8_t *gap = v->gaps;
	const uint8_t *lengths = journey_gap_length[v->unit];
	int64_t		time = v->base;

	for (uint32_t i = 0; i + 1 < v->count; i++)
	{
		int			len = journey_gap_len(v->gap_codes, lengths, i);

		gap += len;
		time += (int64_t) journey_gap_ending(gap, len);
	}
	return time * journey_unit_us[v->unit];
}

/* -- names ------------------------------------------------------------------ */

/*
 * A multiplicative hash over eight bytes at a time.  Its low 16 bits, folded,
 * are stored: never to be changed.
 */
uint32_t
journey_hash(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *) text;
	uint64_t	h = 0x9e3779b97f4a7c15u ^ len;

	while (len >= 8)
	{
		h = (h ^ journey_load64(p)) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
		p += 8;
		len -= 8;
	}
	if (len > 0)
	{
		uint64_t	tail = 0;

		for (size_t i = 0; i < len; i++)
			tail |= (uint64_t) p[i] << (8 * i);
		h = (h ^ tail) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	h *= 0xc4ceb9fe1a85ec53u;
	return (uint32_t) (h >> 32);
}

void
journey_label_from_text(JourneyLabel *label, const char *text, size_t len)
{
	uint32_t	hash = journey_hash(text, len);
	const char *slash;

	label->hash = 0;
	label->len = 0;
	label->text = NULL;
	label->known = wellknown_find(text, len, hash);
	if (label->known != JOURNEY_NO_NAME)
		return;

	label->hash = journey_hash16(hash);
	label->text = text;
	label->len = (uint32_t) len;
	slash = len > 0 ? memchr(text, '/', len) : NULL;
	if (slash != NULL)
	{
		size_t		base = (size_t) (slash - text);

		label->known = wellknown_find(text, base, journey_hash(text, base));
		if (label->known != JOURNEY_NO_NAME)
		{
			label->text = slash + 1;
			label->len = (uint32_t) (len - base - 1);
		}
	}
}

size_t
journey_label_text(const JourneyLabel *label, char *out)
{
	size_t		len = 0;

	if (label->known != JOURNEY_NO_NAME)
	{
		const char *name = wellknown_text(label->known, &len);

		memcpy(out, name, len);
		if (label->text == NULL)
			return len;
		out[len++] = '/';
	}
	if (label->len > 0)
		memcpy(out + len, label->text, label->len);
	return len + label->len;
}

bool
journey_label_equal(const JourneyLabel *a, const JourneyLabel *b)
{
	if (a->known != b->known || (a->text == NULL) != (b->text == NULL))
		return false;
	return a->text == NULL ||
		(a->hash == b->hash && a->len == b->len &&
		 (a->len == 0 || memcmp(a->text, b->text, a->len) == 0));
}

int
journey_label_cmp(const JourneyLabel *a, const JourneyLabel *b)
{
	char		ta[JOURNEY_MAX_LABEL + 1];
	char		tb[JOURNEY_MAX_LABEL + 1];
	size_t		la;
	size_t		lb;
	int			cmp;

	if (journey_label_equal(a, b))
		return 0;
	la = journey_label_text(a, ta);
	lb = journey_label_text(b, tb);
	cmp = memcmp(ta, tb, la < lb ? la : lb);
	return cmp != 0 ? cmp : (la > lb) - (la < lb);
}

/* -- writing ---------------------------------------------------------------- */

static size_t
label_size(const JourneyLabel *label)
{
	size_t		name = label->known < 0x80 ? 1 : 2;

	if (label->text == NULL)
		return name;
	return (label->known == JOURNEY_NO_NAME ? 1 : 1 + name) + 2 +
		varint_size(label->len) + label->len;
}

static uint8_t *
put_name(uint8_t *p, uint16_t known)
{
	if (known >= 0x80)
		*p++ = (uint8_t) (0x80 | (known >> 8));
	*p++ = (uint8_t) known;
	return p;
}

static uint8_t *
put_label(uint8_t *p, const JourneyLabel *label)
{
	if (label->text == NULL)
		return put_name(p, label->known);
	if (label->known == JOURNEY_NO_NAME)
		*p++ = JOURNEY_LABEL_TEXT;
	else
	{
		*p++ = JOURNEY_LABEL_DETAIL;
		p = put_name(p, label->known);
	}
	*p++ = (uint8_t) label->hash;
	*p++ = (uint8_t) (label->hash >> 8);
	p = put_varint(p, label->len);
	if (label->len > 0)
		memcpy(p, label->text, label->len);
	return p + label->len;
}

/* The index into code_width of the narrowest codes for numbers below n. */
static int
width_index(uint32_t n)
{
	int			i = 0;

	while (code_width[i] < 16 && n > (1u << code_width[i]))
		i++;
	return i;
}

/* The first gap that is too long for each of the lengths but the last. */
static void
gap_limits(uint64_t *limits, int unit)
{
	for (int c = 0; c < 3; c++)
		limits[c] = (uint64_t) 1 << (8 * journey_gap_length[unit][c]);
}

/* Without a branch: which length a gap needs cannot be foretold. */
static inline uint32_t
gap_code(const uint64_t *limits, uint64_t gap)
{
	return (uint32_t) ((gap >= limits[0]) + (gap >= limits[1]) + (gap >= limits[2]));
}

/*
 * The gap between two times in units, which divide both; by constants, since a
 * division by a variable takes longer than all the rest of a touchpoint.
 */
static inline uint64_t
gap_units(const JourneyTouch *a, const JourneyTouch *b, int unit)
{
	uint64_t	us = (uint64_t) b->at - (uint64_t) a->at;

	return unit == 0 ? us / 1000000 : unit == 1 ? us / 1000 : us;
}

void
journey_measure(const JourneySource *src, JourneyPlan *plan)
{
	const JourneyTouch *touch = src->touch;
	uint32_t	n = src->count;
	const uint8_t *lengths;
	uint64_t	limits[3];
	int64_t		base;
	size_t		size;
	uint32_t	last_value = 0;

	plan->unit = 0;
	plan->base_len = 0;
	plan->nlabels = plan->nchannels = plan->nvalues = 0;
	plan->label_bytes = plan->channel_bytes = plan->position_bytes = 0;
	plan->plain = true;
	plan->code_bits = plan->channel_bits = 0;
	plan->size = 3;
	if (n == 0)
		return;

	/* labels and channels in order of first use, unit, values */
	memset(plan->label_code, 0xff, src->nlabels * sizeof(uint16_t));
	memset(plan->channel_code, 0xff, src->nchannels * sizeof(uint16_t));
	for (uint32_t i = 0; i < n; i++)
	{
		uint16_t	l = touch[i].label;
		uint16_t	c = touch[i].channel;

		if (plan->label_code[l] == 0xffff)
		{
			size_t		bytes = label_size(&src->labels[l]);

			plan->label_code[l] = (uint16_t) plan->nlabels;
			plan->label_order[plan->nlabels++] = l;
			plan->label_bytes += bytes;
			plan->plain &= (bytes == 1);
		}
		if (c > 0 && plan->channel_code[c - 1] == 0xffff)
		{
			plan->channel_code[c - 1] = (uint16_t) plan->nchannels;
			plan->channel_order[plan->nchannels++] = (uint16_t) (c - 1);
			plan->channel_bytes += label_size(&src->channels[c - 1]);
		}
		if (plan->unit == 0 && touch[i].at % 1000000 != 0)
			plan->unit = 1;
		if (plan->unit == 1 && touch[i].at % 1000 != 0)
			plan->unit = 2;
		if (src->values != NULL && !isnan(src->values[touch[i].seq]))
		{
			plan->position_bytes += varint_size(i - last_value);
			last_value = i;
			plan->nvalues++;
		}
	}

	base = touch[0].at / journey_unit_us[plan->unit];
	while (plan->base_len < 3 &&
		   (base >> (8 * base_length[plan->base_len] - 1)) != 0 &&
		   (base >> (8 * base_length[plan->base_len] - 1)) != -1)
		plan->base_len++;
	plan->code_bits = width_index(plan->nlabels);

	size = 2 + varint_size(n) + varint_size(plan->nlabels) +
		base_length[plan->base_len] + plan->label_bytes +
		packed_size(n, code_width[plan->code_bits]);
	if (!plan->plain)
		size += varint_size((uint32_t) plan->label_bytes);
	if (plan->nchannels > 0)
	{
		plan->channel_bits = width_index(plan->nchannels + 1);
		size += 1 + varint_size(plan->nchannels) +
			varint_size((uint32_t) plan->channel_bytes) + plan->channel_bytes +
			packed_size(n, code_width[plan->channel_bits]);
	}
	if (plan->nvalues > 0)
		size += varint_size(plan->nvalues) +
			varint_size((uint32_t) plan->position_bytes) +
			plan->position_bytes + 8 * (size_t) plan->nvalues;

	lengths = journey_gap_length[plan->unit];
	gap_limits(limits, plan->unit);
	size += packed_size(n - 1, 2);
	for (uint32_t i = 1; i < n; i++)
		size += lengths[gap_code(limits, gap_units(&touch[i - 1], &touch[i], plan->unit))];
	plan->size = size;
}

/* Pack code i into a zeroed array of codes. */
static inline void
put_code(uint8_t *codes, int bits, uint32_t i, uint32_t code)
{
	switch (bits)
	{
		case 1:
			codes[i >> 3] |= (uint8_t) (code << (i & 7));
			break;
		case 2:
			codes[i >> 2] |= (uint8_t) (code << ((i & 3) * 2));
			break;
		case 4:
			codes[i >> 1] |= (uint8_t) (code << ((i & 1) * 4));
			break;
		case 8:
			codes[i] = (uint8_t) code;
			break;
		case 16:
			codes[2 * i] = (uint8_t) code;
			codes[2 * i + 1] = (uint8_t) (code >> 8);
			break;
		default:
			break;
	}
}

void
journey_encode(const JourneySource *src, const JourneyPlan *plan, uint8_t *out)
{
	const JourneyTouch *touch = src->touch;
	uint32_t	n = src->count;
	const uint8_t *lengths = journey_gap_length[plan->unit];
	int			bits = code_width[plan->code_bits];
	uint64_t	limits[3];
	uint8_t    *p = out;
	uint8_t    *end = out + plan->size;
	uint8_t    *gap_codes;

	*p++ = (uint8_t) (JOURNEY_FORMAT | (n > 0 && plan->plain ? JF_PLAIN : 0) |
					  (plan->nchannels > 0 ? JF_CHANNELS : 0) |
					  (plan->nvalues > 0 ? JF_VALUES : 0));
	*p++ = (uint8_t) (plan->unit | (plan->code_bits << 2) | (plan->base_len << 5));
	p = put_varint(p, n);
	if (n == 0)
		return;
	p = put_varint(p, plan->nlabels);
	if (!plan->plain)
		p = put_varint(p, (uint32_t) plan->label_bytes);
	p = put_low_bytes(p, (uint64_t) (touch[0].at / journey_unit_us[plan->unit]),
					  base_length[plan->base_len]);
	for (uint32_t i = 0; i < plan->nlabels; i++)
		p = put_label(p, &src->labels[plan->label_order[i]]);
	if (plan->nchannels > 0)
	{
		*p++ = (uint8_t) plan->channel_bits;
		p = put_varint(p, plan->nchannels);
		p = put_varint(p, (uint32_t) plan->channel_bytes);
		for (uint32_t i = 0; i < plan->nchannels; i++)
			p = put_label(p, &src->channels[plan->channel_order[i]]);
	}

	memset(p, 0, packed_size(n, bits));
	for (uint32_t i = 0; i < n; i++)
		put_code(p, bits, i, plan->label_code[touch[i].label]);
	p += packed_size(n, bits);
	if (plan->nchannels > 0)
	{
		bits = code_width[plan->channel_bits];
		memset(p, 0, packed_size(n, bits));
		for (uint32_t i = 0; i < n; i++)
			put_code(p, bits, i, touch[i].channel == 0 ? 0 :
					 plan->channel_code[touch[i].channel - 1] + 1u);
		p += packed_size(n, bits);
	}
	if (plan->nvalues > 0)
	{
		uint32_t	last_value = 0;
		uint8_t    *value;

		p = put_varint(p, plan->nvalues);
		p = put_varint(p, (uint32_t) plan->position_bytes);
		value = p + plan->position_bytes;
		for (uint32_t i = 0; i < n; i++)
		{
			double		d = src->values[touch[i].seq];
			uint64_t	b;

			if (isnan(d))
				continue;
			p = put_varint(p, i - last_value);
			last_value = i;
			memcpy(&b, &d, 8);
			journey_store64(value, b);
			value += 8;
		}
		p = value;
	}

	gap_codes = p;
	memset(gap_codes, 0, packed_size(n - 1, 2));
	p += packed_size(n - 1, 2);
	gap_limits(limits, plan->unit);
	for (uint32_t i = 1; i < n; i++)
	{
		uint64_t	gap = gap_units(&touch[i - 1], &touch[i], plan->unit);
		uint32_t	c = gap_code(limits, gap);

		put_code(gap_codes, 2, i - 1, c);
		if (end - p >= 8)
		{
			/* what is too many is written over by the next one */
			journey_store64(p, gap);
			p += lengths[c];
		}
		else
			p = put_low_bytes(p, gap, lengths[c]);
	}
}

/* -- other labels ------------------------------------------------------------- */

static const uint8_t *
labels_end(const JourneyView *v)
{
	const uint8_t *p = v->labels;

	if (v->nchannels == 0)
		return v->codes;
	if (v->plain)
		return p + v->nlabels;
	for (uint32_t i = 0; i < v->nlabels; i++)
	{
		JourneyLabel label;

		p = journey_next_label(p, &label);
	}
	return p;
}

static const uint8_t *
codes_end(const JourneyView *v)
{
	return v->codes + packed_size(v->count, v->code_bits);
}

void
journey_measure_relabelled(const JourneyView *v, const uint8_t *numbers,
						   const JourneyLabel *labels, uint32_t nlabels, JourneyPlan *plan)
{
	plan->base_len = 0;
	while (plan->base_len < 3 &&
		   (v->base >> (8 * base_length[plan->base_len] - 1)) != 0 &&
		   (v->base >> (8 * base_length[plan->base_len] - 1)) != -1)
		plan->base_len++;
	plan->nlabels = 0;
	plan->label_bytes = 0;
	plan->plain = true;
	memset(plan->label_code, 0xff, nlabels * sizeof(uint16_t));
	for (uint32_t i = 0; i < v->count; i++)
	{
		uint32_t	l = numbers[i];
		size_t		bytes;

		if (plan->label_code[l] != 0xffff)
			continue;
		bytes = label_size(&labels[l]);
		plan->label_code[l] = (uint16_t) plan->nlabels;
		plan->label_order[plan->nlabels++] = (uint16_t) l;
		plan->label_bytes += bytes;
		plan->plain &= (bytes == 1);
	}
	plan->code_bits = width_index(plan->nlabels);
	plan->size = 2 + varint_size(v->count) + varint_size(plan->nlabels) +
		(plan->plain ? 0 : varint_size((uint32_t) plan->label_bytes)) +
		base_length[plan->base_len] + plan->label_bytes +
		(size_t) (v->codes - labels_end(v)) +
		packed_size(v->count, code_width[plan->code_bits]) +
		(size_t) (v->end - codes_end(v));
}

void
journey_encode_relabelled(const JourneyView *v, const uint8_t *numbers,
						  const JourneyLabel *labels, const JourneyPlan *plan, uint8_t *out)
{
	const uint8_t *channels = labels_end(v);
	const uint8_t *rest = codes_end(v);
	int			bits = code_width[plan->code_bits];
	uint8_t    *p = out;

	*p++ = (uint8_t) (JOURNEY_FORMAT | (plan->plain ? JF_PLAIN : 0) |
					  (v->nchannels > 0 ? JF_CHANNELS : 0) |
					  (v->nvalues > 0 ? JF_VALUES : 0));
	*p++ = (uint8_t) (v->unit | (plan->code_bits << 2) | (plan->base_len << 5));
	p = put_varint(p, v->count);
	p = put_varint(p, plan->nlabels);
	if (!plan->plain)
		p = put_varint(p, (uint32_t) plan->label_bytes);
	p = put_low_bytes(p, (uint64_t) v->base, base_length[plan->base_len]);
	for (uint32_t i = 0; i < plan->nlabels; i++)
		p = put_label(p, &labels[plan->label_order[i]]);
	memcpy(p, channels, (size_t) (v->codes - channels));
	p += v->codes - channels;
	if (bits == 8)
		for (uint32_t i = 0; i < v->count; i++)
			*p++ = (uint8_t) plan->label_code[numbers[i]];
	else if (bits > 0)
	{
		uint32_t	byte = 0;
		int			used = 0;

		for (uint32_t i = 0; i < v->count; i++)
		{
			byte |= (uint32_t) plan->label_code[numbers[i]] << used;
			used += bits;
			if (used == 8)
			{
				*p++ = (uint8_t) byte;
				byte = 0;
				used = 0;
			}
		}
		if (used > 0)
			*p++ = (uint8_t) byte;
	}
	memcpy(p, rest, (size_t) (v->end - rest));
}
