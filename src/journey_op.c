/*
 * journey_op.c
 *	  Comparison and hashing of journeys.
 *
 * Order is that of the sequences: by time, then event, channel and value of
 * each touchpoint (none before any), then a prefix before what it begins.
 * Both work on what the bytes mean, not on the bytes: a name that is text in a
 * value written by an older version is the same name.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "journey.h"

static JourneyLabel *
read_labels(const uint8 *table, uint32 count)
{
	JourneyLabel *labels = palloc((count + 1) * sizeof(JourneyLabel));

	journey_read_labels(table, count, labels);
	return labels;
}

static int
compare_touchpoints(const JourneyCursor *a, const JourneyLabel *alabels,
					const JourneyLabel *achannels,
					const JourneyCursor *b, const JourneyLabel *blabels,
					const JourneyLabel *bchannels)
{
	int			cmp;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	cmp = journey_label_cmp(&alabels[a->label], &blabels[b->label]);
	if (cmp != 0)
		return cmp;
	if (a->channel == 0 || b->channel == 0)
		cmp = (a->channel != 0) - (b->channel != 0);
	else
		cmp = journey_label_cmp(&achannels[a->channel - 1], &bchannels[b->channel - 1]);
	if (cmp != 0)
		return cmp;
	if (!a->has_value || !b->has_value)
		return a->has_value - b->has_value;
	return a->value < b->value ? -1 : a->value > b->value;
}

static int
journey_cmp_internal(Datum da, Datum db)
{
	JourneyView va;
	JourneyView vb;
	struct varlena *a = journey_fetch(da, &va);
	struct varlena *b = journey_fetch(db, &vb);
	JourneyCursor ca;
	JourneyCursor cb;
	JourneyLabel *labels[4];
	int			cmp = 0;

	if (VARSIZE_ANY_EXHDR(a) != VARSIZE_ANY_EXHDR(b) ||
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) != 0)
	{
		labels[0] = read_labels(va.labels, va.nlabels);
		labels[1] = read_labels(va.channels, va.nchannels);
		labels[2] = read_labels(vb.labels, vb.nlabels);
		labels[3] = read_labels(vb.channels, vb.nchannels);
		journey_first(&ca, &va);
		journey_first(&cb, &vb);
		while (cmp == 0)
		{
			bool		more_a = journey_next(&ca);
			bool		more_b = journey_next(&cb);

			CHECK_FOR_INTERRUPTS();
			if (!more_a || !more_b)
			{
				cmp = more_a - more_b;
				break;
			}
			cmp = compare_touchpoints(&ca, labels[0], labels[1], &cb, labels[2], labels[3]);
		}
		for (int i = 0; i < 4; i++)
			pfree(labels[i]);
	}
	/* index support must not leak */
	if ((Pointer) a != DatumGetPointer(da))
		pfree(a);
	if ((Pointer) b != DatumGetPointer(db))
		pfree(b);
	return cmp;
}

PG_FUNCTION_INFO_V1(journey_lt);
Datum
journey_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(journey_cmp_internal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)) < 0);
}

PG_FUNCTION_INFO_V1(journey_le);
Datum
journey_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(journey_cmp_internal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)) <= 0);
}

PG_FUNCTION_INFO_V1(journey_eq);
Datum
journey_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(journey_cmp_internal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)) == 0);
}

PG_FUNCTION_INFO_V1(journey_ne);
Datum
journey_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(journey_cmp_internal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)) != 0);
}

PG_FUNCTION_INFO_V1(journey_ge);
Datum
journey_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(journey_cmp_internal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)) >= 0);
}

PG_FUNCTION_INFO_V1(journey_gt);
Datum
journey_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(journey_cmp_internal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)) > 0);
}

PG_FUNCTION_INFO_V1(journey_cmp);
Datum
journey_cmp(PG_FUNCTION_ARGS)
{
	int			cmp = journey_cmp_internal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));

	PG_RETURN_INT32((cmp > 0) - (cmp < 0));
}

/* The hash of each name's text, with a place in front for "none". */
static uint32 *
hash_labels(const uint8 *table, uint32 count)
{
	uint32	   *hashes = palloc((count + 1) * sizeof(uint32));

	hashes[0] = 0;
	for (uint32 i = 0; i < count; i++)
	{
		JourneyLabel label;
		char		text[JOURNEY_MAX_LABEL + 1];

		table = journey_next_label(table, &label);
		hashes[i + 1] = journey_hash(text, journey_label_text(&label, text));
	}
	return hashes;
}

static uint64
journey_hash_internal(Datum datum, uint64 seed)
{
	JourneyView v;
	struct varlena *j = journey_fetch(datum, &v);
	uint32	   *labels = hash_labels(v.labels, v.nlabels);
	uint32	   *channels = hash_labels(v.channels, v.nchannels);
	uint64		h = v.count;
	JourneyCursor c;

	journey_first(&c, &v);
	while (journey_next(&c))
	{
		CHECK_FOR_INTERRUPTS();
		h = hash_combine64(h, (uint64) c.at);
		h = hash_combine64(h, labels[c.label + 1] | ((uint64) channels[c.channel] << 32));
		if (c.has_value)
		{
			uint64		bits;

			memcpy(&bits, &c.value, sizeof(bits));
			h = hash_combine64(h, bits);
		}
	}
	pfree(labels);
	pfree(channels);
	if ((Pointer) j != DatumGetPointer(datum))
		pfree(j);
	return DatumGetUInt64(hash_any_extended((unsigned char *) &h, sizeof(h), seed));
}

PG_FUNCTION_INFO_V1(journey_hash_value);
Datum
journey_hash_value(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) journey_hash_internal(PG_GETARG_DATUM(0), 0));
}

PG_FUNCTION_INFO_V1(journey_hash_extended);
Datum
journey_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT64(journey_hash_internal(PG_GETARG_DATUM(0),
										   (uint64) PG_GETARG_INT64(1)));
}
