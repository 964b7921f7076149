/*
 * contacts.c
 *	  The contacts of a customer with the service, and what became of them.
 *
 * A ticket that is opened and a contact are one each, whenever they come.  A
 * word with the service (support) is one if it begins a conversation: if no
 * touchpoint with the service is in the pause before it, and none of another
 * kind in its moment, which would be the one that says what it is.  The same
 * rule counts the contacts of orders.
 *
 * An answer does not say to what, so it is to all that waits for one: the first
 * that comes answers every contact before it.  But who asks again when the time
 * to answer is over was not answered; what comes from then on is for the later
 * contact.  Else each contact that nobody cared for would be answered in the end,
 * by the answer to another one, and long waits would be nobody's.  The solution
 * is found in the same way, and is an answer too.
 *
 * Touchpoints with the service, and surveys about it, belong to the last contact
 * before them, so that each counts once.
 *
 * A span of time is over when as_of is at or past its end; the end belongs to
 * it.  What happens in one moment has no order, except for purchases and surveys:
 * an answer at the time of the contact is to it wherever the log has it.
 *
 * Cost: contacts are passed in order, and what is looked for after one is never
 * before what was found after the one before it.  So each search goes on where
 * it ended, and all together pass over each touchpoint a few times, however many
 * contacts there are.  Memory: a byte a touchpoint.
 */
#include "contacts.h"

#include <string.h>

static inline bool
is_service(uint8_t action)
{
	return action == TA_CONTACT || action == TA_SUPPORT || action == TA_SUPPORT_OPENED ||
		action == TA_SUPPORT_ANSWERED || action == TA_SUPPORT_RESOLVED;
}

static inline bool
is_answer(uint8_t action)
{
	return action == TA_SUPPORT_ANSWERED || action == TA_SUPPORT_RESOLVED;
}

/* How much later; two times can be further apart than an int64. */
static inline uint64_t
between(int64_t from, int64_t to)
{
	return (uint64_t) to - (uint64_t) from;
}

bool
contacts_any(const uint8_t *action, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (is_service(action[i]) && !is_answer(action[i]))
			return true;
	}
	return false;
}

void
contacts_mark(const ContactTouches *t, uint64_t pause)
{
	bool		talked = false;
	int64_t		last = 0;
	uint32_t	end;

	for (uint32_t begin = 0; begin < t->count; begin = end)
	{
		int64_t		now = t->at[begin];
		bool		any = false;
		bool		running = talked && between(last, now) <= pause;

		for (end = begin; end < t->count && t->at[end] == now; end++)
		{
			uint8_t		action = t->action[end];

			t->is_contact[end] = action == TA_CONTACT || action == TA_SUPPORT_OPENED;
			any |= is_service(action);
			running |= is_service(action) && action != TA_SUPPORT;
		}
		for (uint32_t i = begin; i < end && !running; i++)
		{
			if (t->action[i] == TA_SUPPORT)
				t->is_contact[i] = running = true;
		}
		if (any)
		{
			talked = true;
			last = now;
		}
	}
}

/* -- one after the other ------------------------------------------------------- */

static uint32_t
next_contact(const ContactTouches *t, uint32_t i)
{
	while (i < t->count && !t->is_contact[i])
		i++;
	return i == t->count ? CONTACT_NONE : i;
}

void
contacts_begin(ContactWalk *w, const ContactTouches *t, const ContactRules *rules)
{
	memset(w, 0, sizeof(*w));
	w->t = t;
	w->rules = rules;
	w->next = next_contact(t, 0);
	w->begin = w->next;
	while (w->begin != CONTACT_NONE && w->begin > 0 && t->at[w->begin - 1] == t->at[w->next])
		w->begin--;
}

static inline void
go_to(uint32_t *pointer, uint32_t i)
{
	if (*pointer < i)
		*pointer = i;
}

/* What is in the moment in which the customer asked again is for that contact. */
static inline bool
before_repeat(const ContactWalk *w, uint32_t i)
{
	const ContactTouches *t = w->t;

	return i < t->count && (w->repeat == t->count || t->at[i] < t->at[w->repeat]);
}

/* The answer and the solution, which come before the customer had to ask again. */
static void
find_answers(ContactWalk *w, Contact *c)
{
	const ContactTouches *t = w->t;
	int64_t		opened_at = t->at[c->opening];

	while (t->at[w->moment] < opened_at)
		w->moment++;
	go_to(&w->repeat, c->opening);
	while (w->repeat < t->count &&
		   !(t->is_contact[w->repeat] &&
			 between(opened_at, t->at[w->repeat]) > w->rules->answer_within))
		w->repeat++;

	go_to(&w->answer, w->moment);
	while (w->answer < t->count && !is_answer(t->action[w->answer]))
		w->answer++;
	go_to(&w->resolve, w->answer);
	while (w->resolve < t->count && t->action[w->resolve] != TA_SUPPORT_RESOLVED)
		w->resolve++;
	c->answer = before_repeat(w, w->answer) ? w->answer : CONTACT_NONE;
	c->resolve = before_repeat(w, w->resolve) ? w->resolve : CONTACT_NONE;
}

/*
 * What is said of it before the next contact, from which `end` is on, in the
 * first survey that says yes or no.
 */
static Satisfied
find_opinion(const ContactTouches *t, const Contact *c, uint32_t end)
{
	uint32_t	last = c->opening;

	if (t->value == NULL)
		return SATISFIED_UNKNOWN;
	if (c->answer != CONTACT_NONE && c->answer > last)
		last = c->answer;
	if (c->resolve != CONTACT_NONE && c->resolve > last)
		last = c->resolve;
	for (uint32_t i = c->opening + 1; i < end; i++)
	{
		Satisfied	satisfied;

		if (i > last && between(t->at[last], t->at[i]) > CONTACT_SURVEYED)
			break;
		if (t->action[i] != TA_SURVEY_CSAT_SUPPORT && t->action[i] != TA_SURVEY_CES_SUPPORT)
			continue;
		satisfied = touch_satisfied(t->action[i], t->value[i]);
		if (satisfied != SATISFIED_UNKNOWN)
			return satisfied;
	}
	return SATISFIED_UNKNOWN;
}

/* Is a touchpoint (none if that is the count) in a span after a time? */
static ContactKnown
came_within(const ContactWalk *w, uint32_t i, int64_t from, uint64_t span)
{
	if (i < w->t->count && between(from, w->t->at[i]) <= span)
		return CONTACT_YES;
	return between(from, w->rules->as_of) >= span ? CONTACT_NO : CONTACT_UNKNOWN;
}

bool
contacts_next(ContactWalk *w, Contact *c)
{
	const ContactTouches *t = w->t;
	uint32_t	i = w->next;
	uint32_t	end;
	uint32_t	begin;
	int64_t		at;

	if (i == CONTACT_NONE)
		return false;
	at = t->at[i];
	memset(c, 0, sizeof(*c));
	c->opening = i;
	w->next = next_contact(t, i + 1);
	end = w->next == CONTACT_NONE ? t->count : w->next;

	/* of the next one is all that is in its moment, unless that is this one */
	for (begin = end; w->next != CONTACT_NONE && t->at[end] > at && t->at[begin - 1] == t->at[end];)
		begin--;
	for (uint32_t k = w->begin; k < begin; k++)
		c->touches += is_service(t->action[k]);
	w->begin = begin;

	for (; w->counted < i; w->counted++)
		w->purchases += t->action[w->counted] == TA_PURCHASE;
	c->purchases = w->purchases;

	find_answers(w, c);
	c->judged = between(at, w->rules->as_of) >= w->rules->answer_within;
	c->answered = c->answer != CONTACT_NONE ? CONTACT_YES : c->judged ? CONTACT_NO : CONTACT_UNKNOWN;
	c->in_time = came_within(w, c->answer == CONTACT_NONE ? t->count : c->answer, at,
							 w->rules->answer_within);
	c->satisfied = find_opinion(t, c, end);

	c->reopened = CONTACT_UNKNOWN;
	if (c->resolve != CONTACT_NONE)
	{
		int64_t		resolved_at = t->at[c->resolve];

		go_to(&w->again, c->resolve);
		while (w->again < t->count && !(t->is_contact[w->again] && t->at[w->again] > resolved_at))
			w->again++;
		c->reopened = came_within(w, w->again, resolved_at, CONTACT_REOPENED);
	}
	go_to(&w->purchase, i + 1);
	while (w->purchase < t->count && t->action[w->purchase] != TA_PURCHASE)
		w->purchase++;
	c->bought = came_within(w, w->purchase, at, CONTACT_BOUGHT);
	return true;
}
