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

/* The rule that a period and a week start ask for; errors say what is known. */
extern CalendarRule calendar_rule(const char *period, const char *week_start);

/*
 * The calendar of a zone, of a rule that is not a span.  An error says if the
 * zone is not known.  It is good until calendar_generation changes, which
 * calendar_for does when it has to make room.
 */
extern Calendar *calendar_for(const char *zone, CalendarRule rule);
extern uint32 calendar_generation;

/* Make it list the moments from .. to, both included. */
extern void calendar_cover(Calendar *c, TimestampTz from, TimestampTz to);

/* Midnight of 2000-01-01 in a zone, from which spans are counted. */
extern TimestampTz calendar_origin(const char *zone);

/* The period of a rule as calendar_rule reads it: "week", "2 weeks"; palloc'd. */
extern char *calendar_period_text(CalendarRule rule);
extern const char *calendar_week_start_name(int week_start);	/* "monday" ... */

#endif							/* CALENDAR_ZONE_H */
