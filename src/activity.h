/*
 * activity.h
 *	  The type activity: a customer's cohort period and set of active periods.
 *
 * Include after postgres.h.
 */
#ifndef ACTIVITY_H
#define ACTIVITY_H

#include "fmgr.h"
#include "core/calendar.h"

#define ACTIVITY_VERSION	1
#define ACTIVITY_MAX_OFFSET 100000	/* periods after the cohort's */

typedef struct Activity
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		version;
	uint8		period;			/* CalendarPeriod */
	uint8		week_start;		/* 1 (Monday) to 7 for weeks, else 0 */
	uint8		unused;
	int32		cohort;			/* first date of the cohort's period, days
								 * since 2000-01-01 */
	int32		last;			/* offset of the last period seen */
	uint8		bits[FLEXIBLE_ARRAY_MEMBER];	/* bit n % 8 of byte n / 8:
												 * active in period n; bit 0
												 * is set, and the last byte
												 * is not zero */
} Activity;

#define ACTIVITY_HEADER			offsetof(Activity, bits)
#define ACTIVITY_NBYTES(a)		((int) (VARSIZE(a) - ACTIVITY_HEADER))

#define DatumGetActivityP(d)	((Activity *) PG_DETOAST_DATUM(d))
#define PG_GETARG_ACTIVITY_P(n) DatumGetActivityP(PG_GETARG_DATUM(n))

/*
 * Make one of a set of periods of `nbytes` bytes.  The cohort is the first
 * date of a period of the rule, bit 0 is set and no bit is after `last`.
 */
extern Activity *activity_make(CalendarRule rule, int32 cohort, int32 last,
							   const uint8 *bits, int nbytes);

#endif							/* ACTIVITY_H */
