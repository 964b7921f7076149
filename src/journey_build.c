/*
 * journey_build.c
 *	  Opening journey arguments, and building journeys touchpoint by touchpoint.
 *
 * A builder keeps 16 bytes a touchpoint, values and tiebreaks only once there
 * is one, and its own numbering of labels and channels.  Touchpoints that come
 * in increasing time order are never sorted.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "journey.h"

/* Up to this many names a linear search is faster than the index. */
#define LINEAR_NAMES	8

/* Doubling ends here, growth by half begins. */
#define DOUBLING_LIMIT	(1 << 20)

void
journey_unreadable(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("journey value is not readable"),
			 errdetail("Its format is not version %d or its sections do not fit its size.",
					   JOURNEY_FORMAT)));
}

void
journey_label_checked(JourneyLabel *label, const char *text, size_t len,
					  const char *what)
{
	if (len > JOURNEY_MAX_LABEL)
		ereport(ERROR,
				(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
				 errmsg("%s is too long for a journey", what),
				 errdetail("It has %zu bytes, at most %d are allowed: \"%.*s...\".",
						   len, JOURNEY_MAX_LABEL,
						   pg_mbcliplen(text, (int) len, 60), text)));
	journey_label_from_text(label, text, len);
}

void
journey_touch_args(FunctionCallInfo fcinfo, int n, TouchArgs *touch)
{
	text	   *event = PG_GETARG_TEXT_PP(n);

	journey_label_checked(&touch->event, VARDATA_ANY(event),
						  VARSIZE_ANY_EXHDR(event), "event name");
	touch->has_channel = !PG_ARGISNULL(n + 1);
	if (touch->has_channel)
	{
		text	   *channel = PG_GETARG_TEXT_PP(n + 1);

		journey_label_checked(&touch->channel, VARDATA_ANY(channel),
							  VARSIZE_ANY_EXHDR(channel), "channel name");
	}
	touch->value = PG_ARGISNULL(n + 2) ? NAN : PG_GETARG_FLOAT8(n + 2);
	touch->has_value = !isnan(touch->value);
}

Datum
journey_label_datum(const JourneyLabel *label)
{
	char		buf[JOURNEY_MAX_LABEL + 1];
	size_t		len = journey_label_text(label, buf);

	return PointerGetDatum(cstring_to_text_with_len(buf, (int) len));
}

/* -- names ------------------------------------------------------------------ */

static void
names_reindex(JourneyNames *names, MemoryContext context)
{
	uint32		size = names->index_size == 0 ? 4 * LINEAR_NAMES : names->index_size * 2;

	if (names->index != NULL)
		pfree(names->index);
	names->index = MemoryContextAllocZero(context, size * sizeof(uint32));
	names->index_size = size;
	for (uint32 i = 0; i < names->count; i++)
	{
		uint32		slot = (journey_label_key(&names->names[i]) >> 8) & (size - 1);

		while (names->index[slot] != 0)
			slot = (slot + 1) & (size - 1);
		names->index[slot] = i + 1;
	}
}

uint16
journey_builder_name(JourneyBuilder *b, JourneyNames *names,
					 const JourneyLabel *name)
{
	JourneyLabel *fresh;
	uint32		slot = 0;

	if (names->last < names->count &&
		journey_label_equal(&names->names[names->last], name))
		return (uint16) names->last;

	if (names->index == NULL)
	{
		for (uint32 i = 0; i < names->count; i++)
			if (journey_label_equal(&names->names[i], name))
			{
				names->last = i;
				return (uint16) i;
			}
	}
	else
	{
		slot = (journey_label_key(name) >> 8) & (names->index_size - 1);
		for (; names->index[slot] != 0; slot = (slot + 1) & (names->index_size - 1))
			if (journey_label_equal(&names->names[names->index[slot] - 1], name))
			{
				names->last = names->index[slot] - 1;
				return (uint16) names->last;
			}
	}

	if (names->count >= JOURNEY_MAX_LABELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("journey has too many different event or channel names"),
				 errdetail("At most %d are allowed in one journey.", JOURNEY_MAX_LABELS),
				 errhint("Names that hold ids or texts of their own are better kept out of the event name.")));
	if (names->count == names->allocated)
	{
		uint32		allocated = Max(names->allocated * 2, 4);

		names->names = names->names == NULL ?
			MemoryContextAlloc(b->context, allocated * sizeof(JourneyLabel)) :
			repalloc(names->names, allocated * sizeof(JourneyLabel));
		names->allocated = allocated;
	}
	fresh = &names->names[names->count];
	*fresh = *name;
	if (name->text != NULL)
	{
		char	   *copy = MemoryContextAlloc(b->context, Max(name->len, 1));

		memcpy(copy, name->text, name->len);
		fresh->text = copy;
	}
	names->last = names->count++;
	if (names->index != NULL && names->count * 2 <= names->index_size)
		names->index[slot] = names->count;
	else if (names->count > LINEAR_NAMES)
		names_reindex(names, b->context);
	return (uint16) names->last;
}

/* -- touchpoints ------------------------------------------------------------- */

void
journey_builder_init(JourneyBuilder *b, uint32 expected)
{
	memset(b, 0, sizeof(JourneyBuilder));
	b->context = CurrentMemoryContext;
	b->allocated = Min(Max(expected, 4), JOURNEY_MAX_TOUCHPOINTS);
	b->touch = palloc(b->allocated * sizeof(JourneyTouch));
	b->increasing = true;
}

void
journey_too_long(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("journey is too long"),
			 errdetail("A journey holds at most %d touchpoints.", JOURNEY_MAX_TOUCHPOINTS),
			 errhint("A customer with so many touchpoints is often a robot or a missing customer id.")));
}

static void
builder_grow(JourneyBuilder *b)
{
	uint64		allocated = b->allocated;

	if (b->allocated >= JOURNEY_MAX_TOUCHPOINTS)
		journey_too_long();
	allocated += allocated < DOUBLING_LIMIT ? allocated : allocated / 2;
	allocated = Min(allocated, JOURNEY_MAX_TOUCHPOINTS);
	b->touch = repalloc(b->touch, allocated * sizeof(JourneyTouch));
	if (b->values != NULL)
		b->values = repalloc(b->values, allocated * sizeof(double));
	if (b->tiebreaks != NULL)
		b->tiebreaks = repalloc(b->tiebreaks, allocated * sizeof(int64));
	b->allocated = (uint32) allocated;
}

static void
builder_start_values(JourneyBuilder *b)
{
	b->values = MemoryContextAlloc(b->context, b->allocated * sizeof(double));
	for (uint32 i = 0; i < b->count; i++)
		b->values[i] = NAN;
}

void
journey_builder_add(JourneyBuilder *b, TimestampTz at,
					uint16 label, uint16 channel, double value)
{
	JourneyTouch *touch;

	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time of a touchpoint cannot be infinite")));
	if (b->count == b->allocated)
		builder_grow(b);
	if (b->count > 0 && at <= b->touch[b->count - 1].at)
		b->increasing = false;
	touch = &b->touch[b->count];
	touch->at = at;
	touch->label = label;
	touch->channel = channel;
	touch->seq = b->count;
	if (b->values == NULL && !isnan(value))
		builder_start_values(b);
	if (b->values != NULL)
		b->values[b->count] = value + 0.0;	/* no negative zero */
	if (b->tiebreaks != NULL)
		b->tiebreaks[b->count] = PG_INT64_MAX;
	b->count++;
}

/* -- order -------------------------------------------------------------------- */

static inline int
compare_stable(const JourneyTouch *a, const JourneyTouch *b)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

#define ST_SORT sort_stable
#define ST_ELEMENT_TYPE JourneyTouch
#define ST_COMPARE(a, b) compare_stable(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

typedef struct CanonicalOrder
{
	const uint16 *label_rank;
	const uint16 *channel_rank;
	const double *values;
	const int64 *tiebreaks;
} CanonicalOrder;

static inline int
compare_canonical(const JourneyTouch *a, const JourneyTouch *b,
				  const CanonicalOrder *order)
{
	int			ra;
	int			rb;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (order->tiebreaks != NULL &&
		order->tiebreaks[a->seq] != order->tiebreaks[b->seq])
		return order->tiebreaks[a->seq] < order->tiebreaks[b->seq] ? -1 : 1;
	ra = order->label_rank[a->label];
	rb = order->label_rank[b->label];
	if (ra != rb)
		return ra - rb;
	ra = a->channel == 0 ? -1 : order->channel_rank[a->channel - 1];
	rb = b->channel == 0 ? -1 : order->channel_rank[b->channel - 1];
	if (ra != rb)
		return ra - rb;
	if (order->values != NULL)
	{
		double		va = order->values[a->seq];
		double		vb = order->values[b->seq];

		if (isnan(va) || isnan(vb))
			return isnan(vb) - isnan(va);	/* none before any */
		return va < vb ? -1 : va > vb;
	}
	return 0;
}

#define ST_SORT sort_canonical
#define ST_ELEMENT_TYPE JourneyTouch
#define ST_COMPARE_ARG_TYPE const CanonicalOrder
#define ST_COMPARE(a, b, order) compare_canonical(a, b, order)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static int
compare_names(const void *a, const void *b, void *arg)
{
	const JourneyLabel *names = arg;

	return journey_label_cmp(&names[*(const uint16 *) a],
							 &names[*(const uint16 *) b]);
}

/* The rank of each name in byte order. */
static uint16 *
rank_names(const JourneyNames *names)
{
	uint16	   *order = palloc(Max(names->count, 1) * sizeof(uint16));
	uint16	   *rank = palloc(Max(names->count, 1) * sizeof(uint16));

	for (uint32 i = 0; i < names->count; i++)
		order[i] = (uint16) i;
	qsort_arg(order, names->count, sizeof(uint16), compare_names, names->names);
	for (uint32 i = 0; i < names->count; i++)
		rank[order[i]] = (uint16) i;
	pfree(order);
	return rank;
}

void
journey_builder_sort_stable(JourneyBuilder *b)
{
	if (b->increasing)
		return;
	sort_stable(b->touch, b->count);
}

void
journey_builder_sort_canonical(JourneyBuilder *b)
{
	CanonicalOrder order;

	if (b->increasing)
		return;
	order.label_rank = rank_names(&b->labels);
	order.channel_rank = rank_names(&b->channels);
	order.values = b->values;
	order.tiebreaks = b->tiebreaks;
	sort_canonical(b->touch, b->count, &order);
}

/* -- the value ------------------------------------------------------------------ */

struct varlena *
journey_builder_finish(const JourneyBuilder *b)
{
	JourneySource src;
	JourneyPlan plan;
	struct varlena *result;
	uint16		scratch[256];
	uint16	   *codes = scratch;
	uint32		names = b->labels.count + b->channels.count;
	int64		span;

	if (b->count > 0 &&
		pg_sub_s64_overflow(b->touch[b->count - 1].at, b->touch[0].at, &span))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("journey spans more than 292,000 years")));
	if (names * 2 > lengthof(scratch))
		codes = palloc(names * 2 * sizeof(uint16));
	src.touch = b->touch;
	src.count = b->count;
	src.labels = b->labels.names;
	src.nlabels = b->labels.count;
	src.channels = b->channels.names;
	src.nchannels = b->channels.count;
	src.values = b->values;
	plan.label_code = codes;
	plan.label_order = codes + b->labels.count;
	plan.channel_code = codes + 2 * b->labels.count;
	plan.channel_order = codes + 2 * b->labels.count + b->channels.count;
	journey_measure(&src, &plan);
	if (plan.size > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("journey is too large"),
				 errdetail("It would take %zu bytes.", plan.size)));
	result = palloc(plan.size + VARHDRSZ);
	SET_VARSIZE(result, plan.size + VARHDRSZ);
	journey_encode(&src, &plan, (uint8 *) VARDATA(result));
	if (codes != scratch)
		pfree(codes);
	return result;
}
