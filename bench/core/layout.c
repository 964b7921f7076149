/*
 * layout.c
 *	  Opening, encoding and decoding journeys.
 */
#include <math.h>
#include <stdlib.h>

#include "bench.h"

/* -- opening ------------------------------------------------------------------ */

static uint64_t
open_all(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;

		open_journey(store, i, &v);
		sum = mix(sum, v.count + (uint64_t) journey_first_at(&v));
	}
	return sum;
}

static uint64_t
open_expected(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		uint64_t	first = store->first[i];

		sum = mix(sum, store->first[i + 1] - first + (uint64_t) store->touch[first].at);
	}
	return sum;
}

/* -- encoding ----------------------------------------------------------------- */

static uint64_t
encode_all(const Store *store)
{
	uint16_t	codes[4][MAX_NAMES];
	JourneyPlan plan = {0};
	uint8_t    *out = NULL;
	size_t		room = 0;
	uint64_t	sum = 0;

	plan.label_code = codes[0];
	plan.label_order = codes[1];
	plan.channel_code = codes[2];
	plan.channel_order = codes[3];
	for (uint32_t i = 0; i < store->count; i++)
	{
		uint64_t	first = store->first[i];
		JourneySource source = {
			store->touch + first, (uint32_t) (store->first[i + 1] - first),
			store->names.labels, store->names.count,
			store->channels.labels, store->channels.count,
		store->with_channels ? store->values + first : NULL};

		journey_measure(&source, &plan);
		if (plan.size > room)
		{
			free(out);
			room = plan.size * 2;
			out = allocate(1, room);
		}
		journey_encode(&source, &plan, out);
		sum = mix(sum, plan.size + journey_load64(out + plan.size - 8));
	}
	free(out);
	return sum;
}

static uint64_t
encode_expected(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
		sum = mix(sum, store->size[i] + journey_load64(store->data[i] + store->size[i] - 8));
	return sum;
}

/* -- decoding ----------------------------------------------------------------- */

/* What a touchpoint adds to the checksum, the place of its label included. */
static inline uint64_t
touch_sum(int64_t at, uint32_t label, uint32_t channel, bool has_value, double value)
{
	return (uint64_t) at + label + ((uint64_t) channel << 32) + (has_value ? (uint64_t) (value * 100) : 0);
}

static uint64_t
decode_all(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;
		JourneyCursor c;
		uint64_t	part = 0;

		open_journey(store, i, &v);
		journey_first(&c, &v);
		while (journey_next(&c))
			part = part * 3 + touch_sum(c.at, c.label, c.channel, c.has_value, c.value);
		sum = mix(sum, part);
	}
	return sum;
}

/* Codes are numbers in order of first use. */
static uint32_t
code_of(uint32_t *codes, uint32_t *ncodes, uint32_t number)
{
	if (codes[number] == 0)
		codes[number] = ++*ncodes;
	return codes[number];
}

static uint64_t
decode_expected(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		uint32_t	labels[MAX_NAMES] = {0};
		uint32_t	channels[MAX_NAMES] = {0};
		uint32_t	nlabels = 0;
		uint32_t	nchannels = 0;
		uint64_t	part = 0;

		for (uint64_t k = store->first[i]; k < store->first[i + 1]; k++)
		{
			const JourneyTouch *t = &store->touch[k];
			uint32_t	channel = t->channel == 0 ? 0 :
			code_of(channels, &nchannels, t->channel - 1u);

			part = part * 3 + touch_sum(t->at, code_of(labels, &nlabels, t->label) - 1, channel,
										!isnan(store->values[k]), store->values[k]);
		}
		sum = mix(sum, part);
	}
	return sum;
}

/* The last time needs the gaps alone. */
static uint64_t
last_all(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;

		open_journey(store, i, &v);
		sum = mix(sum, (uint64_t) journey_last_at(&v));
	}
	return sum;
}

static uint64_t
last_expected(const Store *store)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
		sum = mix(sum, (uint64_t) store->touch[store->first[i + 1] - 1].at);
	return sum;
}

const Way	layout_ways[] = {
	{"open", "all", "journey_open", open_all, NULL, open_expected},
	{"encode", "all", "journey_measure, journey_encode", encode_all, NULL, encode_expected},
	{"decode", "cursor", "journey_next", decode_all, NULL, decode_expected},
	{"decode", "last", "journey_last_at", last_all, NULL, last_expected},
	{0}
};
