/*
 * condition_rows.h
 *	  What the aggregates over raw rows share: conditions and times as
 *	  arguments, and a state that keeps a row's time and which conditions it
 *	  fulfils.
 *
 * Include after postgres.h.
 */
#ifndef CONDITION_ROWS_H
#define CONDITION_ROWS_H

#include "journey_compat.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "core/condition_row.h"

/* Of one group; keeps serialised states below 1 GB. */
#define CONDITION_ROWS_MAX	60000000

/* Rows looked at between two looks for interrupts. */
#define CONDITION_ROWS_SLICE	65536

/* -- arguments ----------------------------------------------------------- */

/* What the time argument of an aggregate is. */
typedef enum RowTime
{
	ROW_TIMESTAMP,				/* with or without time zone: microseconds */
	ROW_DATE,					/* days */
	ROW_NUMBER					/* bigint */
} RowTime;

/*
 * The conditions of one call of an aggregate, checked once: boolean arguments
 * from number `first` on, or one boolean[] given with VARIADIC.
 */
typedef struct Conditions
{
	int			first;
	int			count;			/* in an array that of the row last looked at */
	bool		array;
} Conditions;

extern void conditions_check(FunctionCallInfo fcinfo, int first, Conditions *c);
extern uint64 conditions_array_mask(FunctionCallInfo fcinfo, Conditions *c);
pg_noreturn extern void conditions_vary(void);
pg_noreturn extern void row_time_infinite(void);
extern MemoryContext condition_rows_context(FunctionCallInfo fcinfo);

/* Condition i joins those after it, and so on down to the first. */
#define CONDITIONS_JOIN(i) \
	mask = mask * 2 + (!arg[i].isnull & DatumGetBool(arg[i].value))

/*
 * The conditions of this row as bits; NULL is false.  How many in *count.
 *
 * Few conditions are no loop: its branches would push out of the processor's
 * history what it needs to guess the executor's next steps.
 */
static pg_attribute_always_inline uint64
conditions_mask(FunctionCallInfo fcinfo, Conditions *c, int *count)
{
	const NullableDatum *arg = &fcinfo->args[c->first];
	uint64		mask = 0;

	if (unlikely(c->array))
		mask = conditions_array_mask(fcinfo, c);
	else
		switch (c->count)
		{
			default:
				for (int i = c->count - 1; i >= 8; i--)
					CONDITIONS_JOIN(i);
				/* FALLTHROUGH */
			case 8:
				CONDITIONS_JOIN(7);
				/* FALLTHROUGH */
			case 7:
				CONDITIONS_JOIN(6);
				/* FALLTHROUGH */
			case 6:
				CONDITIONS_JOIN(5);
				/* FALLTHROUGH */
			case 5:
				CONDITIONS_JOIN(4);
				/* FALLTHROUGH */
			case 4:
				CONDITIONS_JOIN(3);
				/* FALLTHROUGH */
			case 3:
				CONDITIONS_JOIN(2);
				/* FALLTHROUGH */
			case 2:
				CONDITIONS_JOIN(1);
				/* FALLTHROUGH */
			case 1:
				CONDITIONS_JOIN(0);
		}
	*count = c->count;
	return mask;
}

/* The time of this row, which is not NULL, in the units of its type. */
static inline int64
row_time(FunctionCallInfo fcinfo, int argno, RowTime kind)
{
	if (kind == ROW_DATE)
	{
		int32		day = DatumGetInt32(fcinfo->args[argno].value);

		if (unlikely(day == PG_INT32_MIN || day == PG_INT32_MAX))
			row_time_infinite();
		return day;
	}
	else
	{
		int64		at = DatumGetInt64(fcinfo->args[argno].value);

		if (kind == ROW_TIMESTAMP &&
			unlikely(at == PG_INT64_MIN || at == PG_INT64_MAX))
			row_time_infinite();
		return at;
	}
}

/* -- rows ------------------------------------------------------------------ */

/*
 * Part of a state, in the state's own memory context.  16 bytes a row; the
 * first few are in the state itself.
 */
typedef struct ConditionRows
{
	MemoryContext context;
	ConditionRow *rows;
	int64		latest;			/* the latest row's time */
	uint32		count;
	uint32		allocated;
	int			conditions;		/* how many there are, the same for all rows */
	bool		sorted;			/* no time is before the one before it */
	bool		joined;			/* rows of one time may be kept as one */
	ConditionRow few[12];		/* with what is before them in a state, 256
								 * bytes */
} ConditionRows;

extern void condition_rows_init(ConditionRows *r, MemoryContext context,
								int conditions, bool joined);
extern void condition_rows_grow(ConditionRows *r, uint32 more);
extern void condition_rows_insert(ConditionRows *r, int64 at, uint64 mask);

/* Where rows go that are not kept. */
extern ConditionRows condition_rows_nowhere;

/*
 * Add a row if it is to be kept.  Which ones are is as good as random, and a wrong
 * guess costs more than all else here: so there is no branch for it, the others are
 * written as well, but elsewhere, to leave memory alone that may be out of cache.
 */
static inline void
condition_rows_add(ConditionRows *r, int64 at, uint64 mask, bool keep)
{
	uintptr_t	kept = -(uintptr_t) keep;
	ConditionRow *row;

	if (unlikely(at <= r->latest || r->count == r->allocated))
	{
		if (keep)
			condition_rows_insert(r, at, mask);
		return;
	}
	r = (ConditionRows *) (((uintptr_t) r & kept) | ((uintptr_t) &condition_rows_nowhere & ~kept));
	row = &r->rows[r->count];
	row->at = at;
	row->mask = mask;
	r->latest = at;
	r->count += keep;
}

/* Add the rows of another state, which stays as it is. */
extern void condition_rows_merge(ConditionRows *r, const ConditionRows *other);

/* Sort by time, unless they came so. */
extern void condition_rows_sort(ConditionRows *r);

/* Sort by time, rows of one time by their conditions read as a number. */
extern void condition_rows_sort_all(ConditionRows *r);

extern void condition_rows_send(StringInfo buf, const ConditionRows *r);
extern void condition_rows_receive(StringInfo buf, ConditionRows *r,
								   MemoryContext context);

/* Bytes of a serialised state to read from. */
extern void state_read_begin(StringInfo buf, bytea *bytes);

/* The number of a condition, time or other argument that must be the same. */
pg_noreturn extern void parameter_varies(const char *name);

/* Do these bytes equal those of a text argument?  For parameters. */
extern bool same_text(const text * a, const text * b);
extern text * keep_text(FunctionCallInfo fcinfo, const text * t);

#endif							/* CONDITION_ROWS_H */
