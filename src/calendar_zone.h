/*
 * calendar_zone.h
 *	  Calendars of named time zones, kept for the session.
 *
 * Include after postgres.h.
 */
#ifndef CALENDAR_ZONE_H
#define CALENDAR_ZONE_H

#include "datatype/timestamp.h"
#include "core/calendar.h"

/*
 * The calendar of a zone.  Errors name what is not known and list what is.
 * It is good until the next call of either function.
 */
extern Calendar *calendar_for(const text * zone, const text * period,
							  const text * week_start);

/* Make it list the moments from .. to, both included. */
extern void calendar_cover(Calendar *c, TimestampTz from, TimestampTz to);

/* "day", "week", "month"; "monday" ... */
extern const char *calendar_period_name(int period);
extern const char *calendar_week_start_name(int week_start);

#endif							/* CALENDAR_ZONE_H */
