/*
 * funnel_options.h
 *	  What funnel and funnel_attempts share: reading and checking their options,
 *	  the host of a search, and the times as an array.
 *
 * Include after postgres.h.
 */
#ifndef FUNNEL_OPTIONS_H
#define FUNNEL_OPTIONS_H

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/timestamp.h"
#include "core/funnel_search.h"
#include "kept_args.h"

/* The options by name. */
typedef enum FunnelArgument
{
	FA_STEPS,
	FA_WITHIN,
	FA_MODE,
	FA_STEP_WITHIN,
	FA_TIE,
	FA_GRACE,
	FA_EXCLUDE,
	FA_EXCLUDE_AFTER,
	FA_EXCLUDE_BEFORE,
	FA_ON_EXCLUDE,
	FA_OPTIONAL,
	FA_OPEN,
	FA_ANCHORED,
	FA_ENTRY,
	FA_HOLD,
	FA_FROM,
	FA_TO,
	FA_COUNT					/* how many there are */
} FunnelArgument;

/*
 * Which argument of an SQL function each option is; 0 (which is the journey) if
 * the function has no such option.
 */
typedef int8 FunnelSignature[FA_COUNT];

/* What is asked, ready to be answered; lives as long as the caller's FmgrInfo. */
typedef struct FunnelQuestion
{
	FunnelOptions options;		/* with a plan from the second call on */
	bool		constant;		/* the options hold for every call */
	bool		plain;			/* core/funnel.c can answer it */
	/* private to funnel_options.c */
	KeptArgs	kept;			/* its context has all that pointers here lead
								 * to */
	NullableDatum given[FA_COUNT];	/* the kept ones by option */
	const Matcher *steps[FUNNEL_MAX_STEPS];
	uint64		step_within[FUNNEL_MAX_STEPS];
	FunnelExclusion exclusions[FUNNEL_MAX_STEPS];
} FunnelQuestion;

extern FunnelQuestion *funnel_question_read(FunctionCallInfo fcinfo,
											const FunnelSignature signature);

/*
 * The question of this call.  Errors on options that are wrong or exclude each
 * other.  `steps` must not be NULL.
 */
static inline FunnelQuestion *
funnel_question(FunctionCallInfo fcinfo, const FunnelSignature signature)
{
	FunnelQuestion *q = fcinfo->flinfo->fn_extra;

	return likely(q != NULL && q->constant) ? q :
		funnel_question_read(fcinfo, signature);
}

/*
 * The place of a word of this option in its list of words, which for the first
 * is the default: what NULL stands for.
 */
extern int	funnel_word(NullableDatum word, const char *name,
						const char *const *words, int nwords);

/* Microseconds; errors on months, years and negative ones. */
extern uint64 funnel_span(const Interval *interval, const char *name);

/* The same, with a default for NULL. */
static inline uint64
funnel_span_or(NullableDatum interval, const char *name, uint64 otherwise)
{
	return interval.isnull ? otherwise : funnel_span(DatumGetIntervalP(interval.value), name);
}

/* Memory for one search, given back by funnel_host_end or by an error. */
extern const FunnelHost *funnel_host_begin(void);
extern void funnel_host_end(void);

/* The array of n times of which those in `taken` are set, the others NULL. */
static inline ArrayType *
funnel_times_array(const int64 *times, uint64 taken, int n)
{
	int			filled = pg_popcount64(taken);
	int			offset = filled < n ? ARR_OVERHEAD_WITHNULLS(1, n) : 0;
	int			header = filled < n ? offset : ARR_OVERHEAD_NONULLS(1);
	Size		size = header + filled * sizeof(int64);
	ArrayType  *array = palloc(size);
	int64	   *element = (int64 *) ((char *) array + header);

	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->dataoffset = offset;
	array->elemtype = TIMESTAMPTZOID;
	ARR_DIMS(array)[0] = n;
	ARR_LBOUND(array)[0] = 1;
	/* the bits of up to 64 elements and their padding are 8 bytes */
	if (filled < n)
		journey_store64(ARR_NULLBITMAP(array), taken);
	for (; taken != 0; taken &= taken - 1)
		*element++ = times[pg_rightmost_one_pos64(taken)];
	return array;
}

#endif							/* FUNNEL_OPTIONS_H */
