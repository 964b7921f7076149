/*
 * journey.h
 *	  What the C files of the extension share: the types as Datums, their
 *	  limits, and building a journey.
 *
 * Include after postgres.h.
 */
#ifndef JOURNEY_H
#define JOURNEY_H

#include "journey_compat.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "core/journey_layout.h"
#include "core/matcher.h"
#include "core/tally.h"

/* -- journey ------------------------------------------------------------- */

pg_noreturn extern void journey_unreadable(void);

/* The bytes of a journey argument, detoasted, and those likely to come next. */
static inline struct varlena *
journey_bytes(Datum value, const uint8 **data, Size *size)
{
	struct varlena *v = (struct varlena *) DatumGetPointer(value);

	if (unlikely(VARATT_IS_COMPRESSED(v) || VARATT_IS_EXTERNAL(v)))
		v = pg_detoast_datum_packed(v);
	*data = (const uint8 *) VARDATA_ANY(v);
	*size = VARSIZE_ANY_EXHDR(v);
	journey_prefetch_before(*data);
	return v;
}

/*
 * Fetch a journey argument and open it.  The result is the detoasted value,
 * which may have a short header: use the view only.
 */
static inline struct varlena *
journey_fetch(Datum value, JourneyView *view)
{
	const uint8 *data;
	Size		size;
	struct varlena *v = journey_bytes(value, &data, &size);

	if (!journey_open(view, data, size))
		journey_unreadable();
	return v;
}

#define PG_GETARG_JOURNEY(n, view) journey_fetch(PG_GETARG_DATUM(n), (view))

/*
 * A journey under construction.  Labels and channels are numbered on the fly;
 * everything lives in the memory context that was current at init.
 */
typedef struct JourneyNames
{
	JourneyLabel *names;
	uint32		count;
	uint32		allocated;
	uint32	   *index;			/* open addressing, 1 + number; NULL while few */
	uint32		index_size;
	uint32		last;			/* most recent hit */
} JourneyNames;

typedef struct JourneyBuilder
{
	MemoryContext context;
	JourneyTouch *touch;
	uint32		count;
	uint32		allocated;
	JourneyNames labels;
	JourneyNames channels;
	double	   *values;			/* by seq; NULL while no touchpoint has one */
	int64	   *tiebreaks;		/* by seq; NULL while no touchpoint has one */
	bool		increasing;		/* each time is later than the one before */
} JourneyBuilder;

pg_noreturn extern void journey_too_long(void);

extern void journey_builder_init(JourneyBuilder *b, uint32 expected);

/* Number of a name; copies its text. */
extern uint16 journey_builder_name(JourneyBuilder *b, JourneyNames *names,
								   const JourneyLabel *name);

/*
 * Append a touchpoint.  `label` is a number from journey_builder_name,
 * `channel` 0 or 1 + a number; `value` NaN for none.  Errors on an infinite
 * time and past JOURNEY_MAX_TOUCHPOINTS.
 */
extern void journey_builder_add(JourneyBuilder *b, TimestampTz at,
								uint16 label, uint16 channel, double value);

/* Order by time, keeping the order of equal times. */
extern void journey_builder_sort_stable(JourneyBuilder *b);

/* Order by time, tiebreak, event, channel, value: independent of input order. */
extern void journey_builder_sort_canonical(JourneyBuilder *b);

/* Encode what is there, in the order it is in; a palloc'd varlena. */
extern struct varlena *journey_builder_finish(const JourneyBuilder *b);

/* Describe a label or channel that a user gave; errors with `what`. */
extern void journey_label_checked(JourneyLabel *label, const char *text,
								  size_t len, const char *what);

/*
 * One touchpoint as the arguments n to n + 2 of a function: event (not NULL),
 * channel, value.
 */
typedef struct TouchArgs
{
	JourneyLabel event;
	JourneyLabel channel;		/* set if has_channel */
	bool		has_channel;
	bool		has_value;
	double		value;			/* NaN for none */
} TouchArgs;

extern void journey_touch_args(FunctionCallInfo fcinfo, int n, TouchArgs *touch);

/* A label as text Datum. */
extern Datum journey_label_datum(const JourneyLabel *label);

/* -- matcher --------------------------------------------------------------- */

#define DatumGetMatcherP(d)		((Matcher *) PG_DETOAST_DATUM(d))
#define PG_GETARG_MATCHER_P(n)	DatumGetMatcherP(PG_GETARG_DATUM(n))

/*
 * The elements of a matcher[] argument, in order; errors on NULL elements,
 * more than one dimension, none at all, or more than `max`.
 */
extern int	matcher_array(Datum array, int max, const Matcher **out);

/* -- tally ----------------------------------------------------------------- */

/* A tally in its flat form, also of a Datum that has another one for a while. */
extern Tally *tally_of(Datum d);

#define DatumGetTallyP(d)		tally_of(d)
#define PG_GETARG_TALLY_P(n)	DatumGetTallyP(PG_GETARG_DATUM(n))

/* New state of a kind, in the current memory context. */
extern Tally *tally_create(int kind);

/* The state argument of a transition function, to be changed in place. */
extern Tally *tally_state(FunctionCallInfo fcinfo, int argno, int kind);

/* A larger copy in the current memory context; errors at the size limit. */
extern Tally *tally_enlarge(const Tally *t, TallyFull what, uint32 room);

/* Row or label of a tally, growing it as needed (*t may move). */
extern TallyRow *tally_row_grow(Tally **t, const int64 *keys);
extern int32 tally_label_grow(Tally **t, const JourneyLabel *label);
extern void tally_duration_grow(Tally **t, TallyRow **row, int64 us, int64 times);

/* Add src to *dst, growing it as needed. */
extern void tally_merge(Tally **dst, const Tally *src);

#endif							/* JOURNEY_H */
