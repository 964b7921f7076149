/*
 * funnel_attempts.c
 *	  Every attempt of one customer at a funnel, as rows.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "funnel_options.h"
#include "core/funnel_attempts.h"
#include "row_set.h"

#define ARG_COUNT			16
#define ARG_SESSION_TIMEOUT 17
#define ARG_AS_OF			18

static const FunnelSignature signature =
{
	[FA_STEPS] = 1,
	[FA_WITHIN] = 2,
	[FA_MODE] = 3,
	[FA_STEP_WITHIN] = 4,
	[FA_TIE] = 5,
	[FA_GRACE] = 6,
	[FA_EXCLUDE] = 7,
	[FA_EXCLUDE_AFTER] = 8,
	[FA_EXCLUDE_BEFORE] = 9,
	[FA_ON_EXCLUDE] = 10,
	[FA_OPTIONAL] = 11,
	[FA_ANCHORED] = 12,
	[FA_HOLD] = 13,
	[FA_FROM] = 14,
	[FA_TO] = 15,
};

/* In the order of FunnelCount and FunnelOutcome. */
static const char *const counts[] = {"entries", "totals", "sessions"};
static const char *const outcomes[] = {"converted", "excluded", "timed_out", "ended", "unfinished"};

/* Which step stands at each place, from 1; NULL where none does. */
static Datum
step_order(const FunnelOptions *options, const FunnelAnswer *answer)
{
	Datum		steps[FUNNEL_MAX_STEPS];
	bool		nulls[FUNNEL_MAX_STEPS];
	int			n = options->nsteps;
	int			lower = 1;

	for (int k = 0; k < n; k++)
	{
		nulls[k] = options->mode == FM_UNORDERED && (answer->taken >> k & 1) == 0;
		steps[k] = Int32GetDatum(nulls[k] ? 0 : options->mode == FM_UNORDERED ?
								 answer->step_at[k] + 1 : k + 1);
	}
	return PointerGetDatum(construct_md_array(steps, nulls, 1, &n, &lower,
											  INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(funnel_attempts);
Datum
funnel_attempts(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const FunnelOptions *options;
	JourneyView view;
	FunnelAttempts *attempts;
	FunnelAttempt attempt;
	FunnelCount count = FC_TOTALS;
	uint64		session_timeout = 30 * USECS_PER_MINUTE;
	int64		as_of;
	int32		attempt_no = 0;
	Datum		words[lengthof(outcomes)];

	row_set_begin(fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	options = &funnel_question(fcinfo, signature)->options;
	if (!PG_ARGISNULL(ARG_COUNT))
		count = funnel_word(fcinfo->args[ARG_COUNT], "count", counts, lengthof(counts));
	if (!PG_ARGISNULL(ARG_SESSION_TIMEOUT))
		session_timeout = funnel_span(PG_GETARG_INTERVAL_P(ARG_SESSION_TIMEOUT),
									  "session_timeout");
	PG_GETARG_JOURNEY(0, &view);
	if (view.count == 0)
		return (Datum) 0;
	as_of = PG_ARGISNULL(ARG_AS_OF) ? journey_last_at(&view) :
		PG_GETARG_TIMESTAMPTZ(ARG_AS_OF);
	for (int i = 0; i < lengthof(outcomes); i++)
		words[i] = CStringGetTextDatum(outcomes[i]);

	attempts = funnel_attempts_begin(options, &view, funnel_host_begin(), count,
									 session_timeout, as_of);
	while (funnel_attempts_next(attempts, &attempt))
	{
		const FunnelAnswer *answer = &attempt.answer;
		Datum		values[7];
		bool		nulls[7] = {false};
		ArrayType  *times;

		CHECK_FOR_INTERRUPTS();
		times = funnel_times_array(answer->times, answer->taken, options->nsteps);
		values[0] = Int32GetDatum(++attempt_no);
		values[1] = TimestampTzGetDatum(attempt.entered);
		values[2] = TimestampTzGetDatum(attempt.ended);
		nulls[2] = !attempt.over;
		values[3] = words[attempt.outcome];
		values[4] = Int32GetDatum(answer->taken == 0 ? 0 :
								  pg_leftmost_one_pos64(answer->taken) + 1);
		values[5] = PointerGetDatum(times);
		values[6] = step_order(options, answer);
		row_set_add(rsinfo, values, nulls);
		pfree(times);
		pfree(DatumGetPointer(values[6]));
	}
	funnel_host_end();
	return (Datum) 0;
}
