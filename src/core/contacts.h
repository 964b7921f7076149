/*
 * contacts.h
 *	  The contacts of a customer with the service, and what became of them.
 */
#ifndef CONTACTS_H
#define CONTACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "scores.h"

#define CONTACT_NONE		UINT32_MAX	/* no such touchpoint */

/* How long to look, in microseconds; the ends belong to it. */
#define CONTACT_DAY			UINT64_C(86400000000)
#define CONTACT_REOPENED	(7 * CONTACT_DAY)	/* after the solution */
#define CONTACT_SURVEYED	(14 * CONTACT_DAY)	/* after the last of it */
#define CONTACT_BOUGHT		(30 * CONTACT_DAY)	/* after the contact */

/* The touchpoints of a customer in order, none later than as_of. */
typedef struct ContactTouches
{
	uint32_t	count;
	const int64_t *at;
	const uint8_t *action;		/* TouchAction */
	const double *value;		/* NaN for none; NULL if nothing has one */
	uint8_t    *is_contact;		/* filled by contacts_mark */
} ContactTouches;

typedef struct ContactRules
{
	int64_t		as_of;			/* not before the last touchpoint */
	uint64_t	answer_within;	/* microseconds, the time to answer */
} ContactRules;

typedef enum ContactKnown
{
	CONTACT_NO,
	CONTACT_YES,
	CONTACT_UNKNOWN
} ContactKnown;

/* A contact; touchpoints are numbered from 0, or CONTACT_NONE. */
typedef struct Contact
{
	uint32_t	opening;
	uint32_t	answer;
	uint32_t	resolve;
	uint32_t	touches;		/* touchpoints with the service up to the next
								 * contact */
	uint32_t	purchases;		/* before it */
	bool		judged;			/* the time to answer is over */
	ContactKnown answered;
	ContactKnown in_time;
	ContactKnown reopened;		/* unknown if not resolved */
	ContactKnown bought;
	Satisfied	satisfied;
} Contact;

typedef struct ContactWalk
{
	const ContactTouches *t;
	const ContactRules *rules;
	/* touchpoints from which searches go on; none ever goes back */
	uint32_t	next;			/* contact, or CONTACT_NONE */
	uint32_t	begin;			/* first touchpoint that may be of it */
	uint32_t	moment;
	uint32_t	repeat;
	uint32_t	answer;
	uint32_t	resolve;
	uint32_t	again;
	uint32_t	purchase;
	uint32_t	counted;		/* for purchases */
	uint32_t	purchases;
} ContactWalk;

/* Can any touchpoint be a contact? */
extern bool contacts_any(const uint8_t *action, uint32_t count);

/* Find the contacts; a pause longer than this ends a conversation. */
extern void contacts_mark(const ContactTouches *t, uint64_t pause);

extern void contacts_begin(ContactWalk *w, const ContactTouches *t, const ContactRules *rules);

/*
 * The next contact, in order; false if there is none.  Takes time as long as the
 * touchpoints it passes over: ask for interrupts between calls.
 */
extern bool contacts_next(ContactWalk *w, Contact *c);

#endif							/* CONTACTS_H */
