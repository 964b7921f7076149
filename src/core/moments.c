/*
 * moments.c
 *	  The moments of truth of one customer.
 *
 * A stage model puts touchpoints in moments; this makes rows of them and says
 * what came of each.  Nothing is forced into an order: a moment that comes
 * again, is skipped, or comes after a later one is a row like any other.
 *
 *	Rows.  A row begins at a touchpoint in a moment if there is no row yet or the
 *	row's last touchpoint was in another moment, phase or visit.  Touchpoints in
 *	no moment neither end nor belong to a row.
 *
 *	Orders.  Purchases are matched with what becomes of them as the stage models
 *	count them and the rows of orders tell it: a delivery is that of the earliest
 *	purchase neither delivered nor taken back, a cancellation or refund takes back
 *	the latest not yet taken back.  Taken back last in, first out: each order
 *	knows the one below it on the stack, whose depth is the number of net
 *	purchases.
 *
 * Where the meaning was open:
 *
 *	- A span of time is over when as_of is at or past its end: all touchpoints up
 *	  to and including as_of have been seen.  What is within it includes the end.
 *	- Phases of the third moment are of five moments.  The third of four is what
 *	  customers do with the brand; calling that a wait or a service misleads.
 *	- What a "wait" waits for is the latest purchase not taken back at that time,
 *	  or the latest of all where all were.  An order that has not come counts as
 *	  late only if the model says that deliveries are logged (the customer is
 *	  waiting as soon as she has bought); without that nothing is known.
 *	- A "wait" that was in time is lost all the same if the customer then says that
 *	  she is not satisfied; that is not said of an order that has not come.
 *	- For "purchase" the touchpoint that opens the row counts, so that a moment of
 *	  a model of one's own that is the purchase itself has succeeded; for
 *	  "engagement" it does not, as that touchpoint is most often one.
 *	- Bounced is a visit in which the customer did one thing at most, which was no
 *	  purchase.  How she came (the click on an ad, the start of the visit) is not
 *	  counted, nor is what the model ignores: analytics tools log these by
 *	  themselves, and with them no visit would ever bounce.  All rows of a visit
 *	  have the same answer.  The visit may go on until the session timeout after its
 *	  last touchpoint.
 *	- "stay" is decided by what comes after the row's last touchpoint, since the
 *	  row itself shows only that the customer was there; decided_by is that
 *	  touchpoint.
 *	- A row may have succeeded long before it could have failed (bought on day 3 of
 *	  90).  `complete` says that this time is over; a share of rows that are not
 *	  all complete is a share of the quick ones.
 *	- Rows of one visit have one bounce, waits for one order one delivery, rows
 *	  before one answer one satisfaction.  Each is counted once for a moment and
 *	  phase, in the first of these rows (`counted`): else visits with much to and
 *	  fro, and orders that were looked after often, would weigh more, and bounds of
 *	  a rate would be too narrow.  Whether another moment or a purchase follows is
 *	  asked anew each time that a moment is reached.
 *
 * Two passes.  Forward: rows, orders, the stage before, and how much was done in
 * the visit.  Backward, over touchpoint i with scalars only:
 *
 *	purchase, decisive, engaged, onsite: the first such touchpoint after i (purchase:
 *	at or after i), each overwritten where i is one;
 *	opinion(i) = i if i has one, none if i + 1 is a purchase, else opinion(i + 1).
 *
 * All these are the first of their kind, so those beyond the horizon mean that
 * there is none within it.  A row takes them where it opens, `onsite` where it
 * ends.
 *
 * The value of a row is the sum over the purchases from its opening to the
 * horizon, a window both of whose ends only move on.  A sum that one subtracts
 * from is not exact, so the window is kept as two parts: sums from each purchase
 * to a fixed one, and the running sum behind that; when the first part is used up
 * all of the window becomes the first part, which happens to each purchase once.
 *
 * Cost: linear in touchpoints; memory for the rows and the purchases.
 */
#include "moments.h"

#include <math.h>
#include <string.h>

#include "scores.h"
#include "touch_action.h"

/* Microseconds from one time to another not before it. */
static inline uint64_t
elapsed(int64_t from, int64_t to)
{
	return (uint64_t) to - (uint64_t) from;
}

static inline MomentPhase
phase_of(const MomentInput *in, const MomentRules *rules, uint32_t i)
{
	MomentKind	kind = rules->kind[in->moment[i]];

	if (kind == MOMENT_SECOND)
		return in->action[i] == TA_PURCHASE ? PHASE_PURCHASE : PHASE_EXPERIENCE;
	if (kind != MOMENT_THIRD || !rules->five)
		return PHASE_NONE;
	switch (in->action[i])
	{
		case TA_ORDER_SHIP:
		case TA_ORDER_TRACK:
		case TA_ORDER_UPDATE:
		case TA_ORDER_UPDATE_PROMISED:
			return PHASE_WAIT;
		default:
			return in->waiting[i] ? PHASE_WAIT : PHASE_SERVICE;
	}
}

static MomentMetric
metric_of(const MomentRules *rules, const MomentRow *row)
{
	switch ((MomentKind) rules->kind[row->moment])
	{
		case MOMENT_ZERO:
			return METRIC_VISIT;
		case MOMENT_FIRST:
			return rules->five ? METRIC_BOUNCE : METRIC_PURCHASE;
		case MOMENT_SECOND:
			return METRIC_SATISFACTION;
		case MOMENT_THIRD:
			if (!rules->five)
				return METRIC_ENGAGEMENT;
			return row->phase == PHASE_WAIT ? METRIC_DELIVERY_GAP : METRIC_SERVICE;
		case MOMENT_ULTIMATE:
			return METRIC_REPEAT;
		case MOMENT_OTHER:
			break;
	}
	return METRIC_PURCHASE;
}

/* Does touchpoint i, which is in a moment, go on with this row? */
static inline bool
goes_on(const MomentRow *row, const MomentInput *in, uint32_t i, MomentPhase phase)
{
	return row->moment == in->moment[i] && row->phase == phase &&
		in->visit_no[row->last] == in->visit_no[i];
}

void
moments_measure(const MomentInput *in, const MomentRules *rules,
				uint32_t *nrows, uint32_t *norders)
{
	MomentRow	row = {0};

	*nrows = 0;
	*norders = 0;
	for (uint32_t i = 0; i < in->count; i++)
	{
		MomentPhase phase;

		*norders += in->action[i] == TA_PURCHASE;
		if (in->moment[i] == 0)
			continue;
		phase = phase_of(in, rules, i);
		if (*nrows == 0 || !goes_on(&row, in, i, phase))
		{
			row.moment = in->moment[i];
			row.phase = phase;
			(*nrows)++;
		}
		row.last = i;
	}
}

/* -- forward: rows and orders ------------------------------------------------ */

typedef struct OrderWalk
{
	MomentOrder *orders;
	uint32_t	count;
	uint32_t	top;			/* 1 + the latest one not taken back; 0 */
	uint32_t	due;			/* none before it is open */
	uint32_t	valued;
} OrderWalk;

static void
order_step(OrderWalk *w, const MomentInput *in, uint32_t i)
{
	switch (in->action[i])
	{
		case TA_PURCHASE:
			{
				MomentOrder *o = &w->orders[w->count++];

				memset(o, 0, sizeof(*o));
				o->at = in->at[i];
				if (in->value != NULL && !isnan(in->value[i]))
				{
					o->value = in->value[i];
					w->valued++;
				}
				o->valued = w->valued;
				o->below = w->top;
				o->net = 1 + (w->top > 0 ? w->orders[w->top - 1].net : 0);
				o->open = true;
				o->logged = in->waiting[i];
				w->top = w->count;
				break;
			}
		case TA_ORDER_DELIVER:
			while (w->due < w->count && !w->orders[w->due].open)
				w->due++;
			if (w->due < w->count)
			{
				w->orders[w->due].open = false;
				w->orders[w->due].delivered = true;
				w->orders[w->due].until = in->at[i];
			}
			break;
		case TA_REFUND:
		case TA_ORDER_CANCEL:
			if (w->top > 0)
			{
				MomentOrder *o = &w->orders[w->top - 1];

				if (o->open)
					o->until = in->at[i];
				o->open = false;
				w->top = o->below;
			}
			break;
		default:
			break;
	}
}

/* Is this something that a visitor did, beside coming? */
static inline bool
is_deed(const MomentInput *in, uint32_t i)
{
	return !in->offsite[i] && !in->ignored[i] && in->action[i] != TA_SESSION_START &&
		in->action[i] != TA_AD_CLICK && in->action[i] != TA_DEEP_LINK_OPEN;
}

/* A visit, or what was offsite before the first. */
typedef struct Visit
{
	uint32_t	row;			/* the first in it */
	uint32_t	deeds;			/* a purchase as two: one is enough to stay */
	int64_t		last_at;		/* latest touchpoint that is not offsite */
} Visit;

/* A visit is over, or all has been seen: tell its rows, which end before `to`. */
static void
end_visit(const MomentInput *in, MomentRow *rows, uint32_t to, const Visit *visit)
{
	for (uint32_t r = visit->row; r < to; r++)
	{
		if (in->offsite[rows[r].first])
			continue;
		rows[r].bounced = visit->deeds <= 1 ? ANSWER_YES : ANSWER_NO;
		rows[r].visit_until = visit->last_at;
	}
}

static uint32_t
make_rows(const MomentInput *in, const MomentRules *rules, MomentRow *rows, OrderWalk *orders)
{
	uint32_t	occurrences[256] = {0};
	uint32_t	n = 0;
	Visit		visit = {0, 0, 0};
	uint8_t		stage = 0;

	for (uint32_t i = 0; i < in->count; i++)
	{
		uint32_t	purchases_before = orders->count;

		if (i > 0 && in->visit_no[i] != in->visit_no[i - 1])
		{
			end_visit(in, rows, n, &visit);
			visit.row = n;
			visit.deeds = 0;
		}
		if (is_deed(in, i))
			visit.deeds += in->action[i] == TA_PURCHASE ? 2 : 1;
		if (!in->offsite[i])
			visit.last_at = in->at[i];
		order_step(orders, in, i);
		if (in->moment[i] > 0)
		{
			MomentPhase phase = phase_of(in, rules, i);

			if (n == 0 || !goes_on(&rows[n - 1], in, i, phase))
			{
				MomentRow  *row = &rows[n++];

				memset(row, 0, sizeof(*row));
				row->first = i;
				row->occurrence = ++occurrences[in->moment[i]];
				row->moment = in->moment[i];
				row->phase = phase;
				row->from_stage = stage;
				row->metric = metric_of(rules, row);
				row->purchases_before = purchases_before;
				row->order = orders->top > 0 ? orders->top : orders->count;
			}
			rows[n - 1].last = i;
			rows[n - 1].touchpoints++;
		}
		if (in->stage != NULL && in->stage[i] > 0)
			stage = in->stage[i];
	}
	end_visit(in, rows, n, &visit);
	return n;
}

/* -- backward: what came of them ---------------------------------------------- */

/* The next touchpoints of each kind, or MOMENT_NOWHERE. */
typedef struct Ahead
{
	uint32_t	purchase;		/* at or after this one */
	uint32_t	opinion;		/* likewise, before the next purchase */
	uint32_t	decisive;		/* purchase, review or return */
	uint32_t	decisive_net;	/* if it is a purchase: net purchases */
	uint32_t	engaged;
	uint32_t	onsite;
	uint32_t	other;			/* opening of a row of another moment */
} Ahead;

static inline bool
is_review_or_return(uint8_t action)
{
	return action == TA_REVIEW_WRITE || action == TA_REFUND;
}

static void
decide_outcome(const MomentInput *in, const MomentRules *rules, const Ahead *ahead, MomentRow *row)
{
	const int64_t opened = in->at[row->first];
	const uint32_t stayed = row->decided_by;	/* left there at its end */
	const bool	own = is_review_or_return(in->action[row->first]);
	const uint32_t by = own ? row->first : ahead->decisive;

	row->decided_by = MOMENT_NOWHERE;
	if (by != MOMENT_NOWHERE && elapsed(opened, in->at[by]) <= rules->horizon)
	{
		row->decided_by = by;
		row->outcome = in->action[by] == TA_REVIEW_WRITE ? OUTCOME_REVIEW :
			in->action[by] == TA_REFUND ? OUTCOME_RETURN :
			ahead->decisive_net == 1 ? OUTCOME_PURCHASE : OUTCOME_REPURCHASE;
	}
	else if (elapsed(opened, rules->as_of) < rules->horizon)
		row->outcome = OUTCOME_NONE;
	else if (stayed != MOMENT_NOWHERE && elapsed(opened, in->at[stayed]) <= rules->horizon)
	{
		row->decided_by = stayed;
		row->outcome = OUTCOME_STAY;
	}
	else
		row->outcome = OUTCOME_LEAVE;
}

/* Did the order come in time? */
static MomentAnswer
in_time(const MomentRules *rules, const MomentOrder *o, MomentAnswer satisfied)
{
	if (o->delivered)
	{
		if (elapsed(o->at, o->until) > rules->delivery_within)
			return ANSWER_NO;
		return satisfied == ANSWER_NO ? ANSWER_NO : ANSWER_YES;
	}
	if (!o->open)
		return ANSWER_NO;
	return o->logged && elapsed(o->at, rules->as_of) >= rules->delivery_within ?
		ANSWER_NO : ANSWER_NONE;
}

static void
decide(const MomentInput *in, const MomentRules *rules, const MomentOrder *orders,
	   const Ahead *ahead, MomentRow *row)
{
	const int64_t opened = in->at[row->first];
	const bool	over = elapsed(opened, rules->as_of) >= rules->horizon;
	uint32_t	reached = ahead->purchase;

	decide_outcome(in, rules, ahead, row);
	row->satisfied = ANSWER_NONE;
	if (ahead->opinion != MOMENT_NOWHERE &&
		elapsed(opened, in->at[ahead->opinion]) <= rules->horizon)
		row->satisfied =
			touch_satisfied(in->action[ahead->opinion],
							in->value == NULL ? NAN : in->value[ahead->opinion]) == SATISFIED_YES ?
			ANSWER_YES : ANSWER_NO;

	switch ((MomentMetric) row->metric)
	{
		case METRIC_BOUNCE:
			row->complete = row->bounced != ANSWER_NONE &&
				elapsed(row->visit_until, rules->as_of) >= rules->session_timeout;
			row->succeeded = row->bounced == ANSWER_NO ? ANSWER_YES :
				row->bounced == ANSWER_YES && row->complete ? ANSWER_NO : ANSWER_NONE;
			row->subject = row->bounced == ANSWER_NONE ? 0 : in->visit_no[row->first];
			return;
		case METRIC_SATISFACTION:
		case METRIC_SERVICE:
			row->complete = over || row->satisfied != ANSWER_NONE;
			row->succeeded = row->satisfied;
			row->subject = row->satisfied == ANSWER_NONE ? 0 : 1 + ahead->opinion;
			return;
		case METRIC_DELIVERY_GAP:
			row->subject = row->order;
			if (row->order > 0)
			{
				const MomentOrder *o = &orders[row->order - 1];

				row->complete = elapsed(o->at, rules->as_of) >= rules->delivery_within;
				row->succeeded = in_time(rules, o, row->satisfied);
			}
			return;
		case METRIC_VISIT:
			reached = ahead->other;
			break;
		case METRIC_ENGAGEMENT:
			reached = ahead->engaged;
			break;
		case METRIC_PURCHASE:
		case METRIC_REPEAT:
		case METRIC_COUNT:
			break;
	}
	row->complete = over;
	row->succeeded = reached != MOMENT_NOWHERE && elapsed(opened, in->at[reached]) <= rules->horizon ?
		ANSWER_YES : over ? ANSWER_NO : ANSWER_NONE;
}

static void
look_ahead(const MomentInput *in, const MomentRules *rules, MomentRow *rows, uint32_t nrows,
		   const MomentOrder *orders, uint32_t norders)
{
	const uint32_t none = MOMENT_NOWHERE;
	Ahead		ahead = {none, none, none, 0, none, none, none};
	uint32_t	r = nrows;

	for (uint32_t i = in->count; i-- > 0 && r > 0;)
	{
		MomentRow  *row = &rows[r - 1];
		const uint8_t action = in->action[i];
		const bool	purchase = action == TA_PURCHASE;

		if (i == row->last)
			row->decided_by = ahead.onsite;
		if (purchase)
			ahead.purchase = i;
		if (touch_satisfied(action, in->value == NULL ? NAN : in->value[i]) != SATISFIED_UNKNOWN)
			ahead.opinion = i;
		if (i == row->first)
		{
			if (r < nrows && row[1].moment != row->moment)
				ahead.other = row[1].first;
			decide(in, rules, orders, &ahead, row);
			r--;
		}
		if (purchase)
		{
			norders--;
			ahead.opinion = none;
			ahead.decisive_net = orders[norders].net;
		}
		if (purchase || is_review_or_return(action))
			ahead.decisive = i;
		if (purchase || action == TA_REFER || action == TA_SHARE || action == TA_COMMUNITY)
			ahead.engaged = i;
		if (!in->offsite[i] && !in->ignored[i])
			ahead.onsite = i;
	}
}

/* -- what is counted ------------------------------------------------------------ */

/*
 * Visits and answers of the rows of a moment and phase come in order, orders may
 * not: the latest may be taken back, and then the one before it is waited for.
 */
static void
mark_counted(MomentRow *rows, uint32_t nrows, MomentOrder *orders)
{
	uint32_t	latest[256][PHASE_COUNT];

	memset(latest, 0, sizeof(latest));
	for (uint32_t r = 0; r < nrows; r++)
	{
		MomentRow  *row = &rows[r];

		if (row->subject == 0)
			row->counted = true;
		else if (row->metric == METRIC_DELIVERY_GAP)
		{
			row->counted = !orders[row->subject - 1].judged;
			orders[row->subject - 1].judged = true;
		}
		else
		{
			row->counted = latest[row->moment][row->phase] != row->subject;
			latest[row->moment][row->phase] = row->subject;
		}
	}
}

/* -- values -------------------------------------------------------------------- */

static void
sum_values(const MomentInput *in, const MomentRules *rules, MomentRow *rows, uint32_t nrows,
		   MomentOrder *orders, uint32_t norders)
{
	uint32_t	middle = 0;		/* suffixes end there */
	uint32_t	to = 0;
	double		behind = 0;		/* sum from middle to `to` */

	for (uint32_t r = 0; r < nrows; r++)
	{
		const uint32_t from = rows[r].purchases_before;
		const int64_t opened = in->at[rows[r].first];

		if (to < from)
			to = from;			/* nothing is left of either part */
		for (; to < norders && elapsed(opened, orders[to].at) <= rules->horizon; to++)
			behind += orders[to].value;
		if (from > middle)
		{
			double		sum = 0;

			for (uint32_t k = to; k-- > from;)
				orders[k].suffix = sum += orders[k].value;
			middle = to;
			behind = 0;
		}
		rows[r].value = (from < middle ? orders[from].suffix : 0) + behind;
		rows[r].valued = (to > 0 ? orders[to - 1].valued : 0) -
			(from > 0 ? orders[from - 1].valued : 0);
	}
}

void
moments_find(const MomentInput *in, const MomentRules *rules,
			 MomentRow *rows, MomentOrder *orders)
{
	OrderWalk	walk = {orders, 0, 0, 0, 0};
	uint32_t	nrows = make_rows(in, rules, rows, &walk);

	look_ahead(in, rules, rows, nrows, orders, walk.count);
	mark_counted(rows, nrows, orders);
	sum_values(in, rules, rows, nrows, orders, walk.count);
}
