/*
 * moments_test.c
 *	  Random journeys: rows, outcomes, successes and values are those that the
 *	  definitions say, looked up for each row by itself.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o moments_test \
 *		  test/core/moments_test.c src/core/[a-z]*.c -lm
 *	  ./moments_test [seed]
 *
 * Times, spans and as_of are small numbers, so that many are equal and many
 * ends of spans are hit.  Arrays are as long as the journey, so that a read
 * behind it is seen.  Prints "ok", or where it failed and the seed.
 */
#include <math.h>
#include <string.h>

#include "core/moments.h"
#include "core/scores.h"
#include "core/touch_action.h"
#include "test.h"

#define MOMENTS 6

typedef struct Case
{
	MomentInput in;
	MomentRules rules;
	int64_t    *at;
	uint8_t    *moment;
	uint32_t   *visit_no;
	bool	   *waiting;
	bool	   *offsite;
	bool	   *ignored;
	uint8_t    *action;
	double	   *value;
	uint8_t    *stage;
	uint8_t		kind[MOMENTS + 1];
} Case;

static const uint8_t actions[] = {
	TA_NONE, TA_PURCHASE, TA_PURCHASE, TA_REFUND, TA_ORDER_CANCEL, TA_ORDER_DELIVER,
	TA_ORDER_DELIVER, TA_ORDER_SHIP, TA_ORDER_TRACK, TA_ORDER_UPDATE, TA_ORDER_UPDATE_PROMISED,
	TA_REVIEW_WRITE, TA_SURVEY_NPS, TA_SURVEY_CES, TA_SURVEY_CSAT_DELIVERY, TA_REFER, TA_SHARE,
	TA_COMMUNITY, TA_SESSION_START, TA_AD_CLICK, TA_DEEP_LINK_OPEN, TA_ITEM_VIEW, TA_MESSAGE
};

static void
make_case(Case *c, bool stress_values)
{
	uint32_t	count = below(4) ? below(12) : below(120);
	uint32_t	pause = 1 + below(4);
	uint32_t	variety = 1 + below(sizeof(actions));
	bool		logged = below(2);
	bool		is_waiting = false;
	int64_t		now = (int64_t) below(5) - 2;
	uint32_t	visit = 1;

	memset(c, 0, sizeof(*c));
	c->at = malloc(count * sizeof(int64_t));
	c->moment = malloc(count);
	c->visit_no = malloc(count * sizeof(uint32_t));
	c->waiting = malloc(count * sizeof(bool));
	c->offsite = malloc(count * sizeof(bool));
	c->ignored = malloc(count * sizeof(bool));
	c->action = malloc(count);
	c->value = malloc(count * sizeof(double));
	c->stage = malloc(count);
	for (uint32_t i = 0; i < count; i++)
	{
		uint8_t		action = actions[below(2) ? below(variety) : below(sizeof(actions))];

		now += below(pause + 1);
		c->at[i] = now;
		c->action[i] = action;
		c->offsite[i] = below(4) == 0;
		c->ignored[i] = below(8) == 0;
		if (i > 0 && !c->offsite[i])
			visit += below(4) == 0;
		c->visit_no[i] = visit;
		is_waiting = action == TA_PURCHASE ? true :
			action == TA_REFUND || action == TA_ORDER_CANCEL || action == TA_ORDER_DELIVER ? false : is_waiting;
		c->waiting[i] = is_waiting && logged;
		c->moment[i] = below(4) == 0 ? 0 : (uint8_t) (1 + below(below(2) ? 2 : MOMENTS));
		c->stage[i] = (uint8_t) below(4);
		/* sums are exact: halves and quarters */
		c->value[i] = below(4) == 0 ? NAN : stress_values ? below(1000) * 0.25 : 0.5 * below(22);
	}
	for (uint32_t k = 1; k <= MOMENTS; k++)
		c->kind[k] = (uint8_t) below(MOMENT_ULTIMATE + 1);
	for (uint32_t k = 0; k <= MOMENTS; k++)
		c->rules.five |= c->kind[k] == MOMENT_ULTIMATE;
	c->rules.kind = c->kind;
	c->rules.as_of = now + below(20);
	c->rules.horizon = below(10) ? below(24) : UINT64_MAX;
	c->rules.delivery_within = below(8);
	c->rules.session_timeout = below(4);
	c->in.count = count;
	c->in.at = c->at;
	c->in.moment = c->moment;
	c->in.visit_no = c->visit_no;
	c->in.waiting = c->waiting;
	c->in.offsite = c->offsite;
	c->in.ignored = c->ignored;
	c->in.action = c->action;
	c->in.value = below(10) ? c->value : NULL;
	c->in.stage = below(10) ? c->stage : NULL;
}

static void
drop_case(Case *c)
{
	free(c->at);
	free(c->moment);
	free(c->visit_no);
	free(c->waiting);
	free(c->offsite);
	free(c->ignored);
	free(c->action);
	free(c->value);
	free(c->stage);
}

static double
value_at(const Case *c, uint32_t i)
{
	return c->in.value == NULL ? NAN : c->value[i];
}

static int
phase_at(const Case *c, uint32_t i)
{
	uint8_t		a = c->action[i];

	if (c->kind[c->moment[i]] == MOMENT_SECOND)
		return a == TA_PURCHASE ? PHASE_PURCHASE : PHASE_EXPERIENCE;
	if (c->kind[c->moment[i]] == MOMENT_THIRD && c->rules.five)
		return c->waiting[i] || a == TA_ORDER_SHIP || a == TA_ORDER_TRACK ||
			a == TA_ORDER_UPDATE || a == TA_ORDER_UPDATE_PROMISED ? PHASE_WAIT : PHASE_SERVICE;
	return PHASE_NONE;
}

static bool
within(const Case *c, uint32_t from, uint32_t to)
{
	return (uint64_t) (c->at[to] - c->at[from]) <= c->rules.horizon;
}

/*
 * What becomes of each purchase, seen from scratch up to touchpoint `upto`:
 * at[] of its end, 'o' open, 'd' delivered, 't' taken back; and whether it is
 * taken back at all, delivered or not.
 */
typedef struct Fate
{
	uint32_t	touch;
	char		state;
	bool		taken;
	int64_t		until;
} Fate;

static uint32_t
fates(const Case *c, uint32_t upto, Fate *fate)
{
	uint32_t	n = 0;

	for (uint32_t i = 0; i <= upto; i++)
	{
		uint8_t		a = c->action[i];

		if (a == TA_PURCHASE)
		{
			Fate		new = {i, 'o', false, 0};

			fate[n++] = new;
		}
		else if (a == TA_ORDER_DELIVER)
		{
			for (uint32_t k = 0; k < n; k++)
				if (fate[k].state == 'o')
				{
					fate[k].state = 'd';
					fate[k].until = c->at[i];
					break;
				}
		}
		else if (a == TA_REFUND || a == TA_ORDER_CANCEL)
		{
			for (uint32_t k = n; k-- > 0;)
				if (!fate[k].taken)
				{
					fate[k].taken = true;
					if (fate[k].state == 'o')
					{
						fate[k].state = 't';
						fate[k].until = c->at[i];
					}
					break;
				}
		}
	}
	return n;
}

static uint32_t
net_purchases(const Case *c, uint32_t upto)
{
	uint32_t	net = 0;

	for (uint32_t i = 0; i <= upto; i++)
	{
		if (c->action[i] == TA_PURCHASE)
			net++;
		else if ((c->action[i] == TA_REFUND || c->action[i] == TA_ORDER_CANCEL) && net > 0)
			net--;
	}
	return net;
}

static uint8_t
answer(bool known, bool yes)
{
	return !known ? ANSWER_NONE : yes ? ANSWER_YES : ANSWER_NO;
}

/* Is there a touchpoint at or after `from` in the horizon of `open` that fits? */
static bool
happens(const Case *c, uint32_t open, uint32_t from, bool engagement)
{
	for (uint32_t i = from; i < c->in.count && within(c, open, i); i++)
	{
		uint8_t		a = c->action[i];

		if (a == TA_PURCHASE)
			return true;
		if (engagement && (a == TA_REFER || a == TA_SHARE || a == TA_COMMUNITY))
			return true;
	}
	return false;
}

static uint32_t seen_counted[2];

static void
check_row(const Case *c, const MomentRow *rows, uint32_t nrows, uint32_t r, Fate *fate)
{
	const MomentRow *row = &rows[r];
	const uint32_t open = row->first;
	const MomentRules *rules = &c->rules;
	const bool	over = (uint64_t) (rules->as_of - c->at[open]) >= rules->horizon;
	uint8_t		outcome = OUTCOME_NONE;
	uint32_t	by = MOMENT_NOWHERE;
	uint8_t		satisfied = ANSWER_NONE;
	uint8_t		bounced = ANSWER_NONE;
	uint8_t		metric = METRIC_PURCHASE;
	uint8_t		succeeded;
	bool		complete = over;
	bool		counted = true;
	uint32_t	subject = 0;
	uint32_t	occurrence = 0;
	uint32_t	from_stage = 0;
	uint32_t	valued = 0;
	uint32_t	answered_by = 0;
	double		value = 0;
	bool		yes;

	for (uint32_t k = 0; k <= r; k++)
		occurrence += rows[k].moment == row->moment;
	for (uint32_t i = 0; i < open; i++)
		if (c->in.stage != NULL && c->stage[i] > 0)
			from_stage = c->stage[i];
	REQUIRE(row->occurrence == occurrence);
	REQUIRE(row->from_stage == from_stage);

	for (uint32_t i = open; i < c->in.count && by == MOMENT_NOWHERE && within(c, open, i); i++)
	{
		uint8_t		a = c->action[i];

		if (a == TA_REVIEW_WRITE || a == TA_REFUND || (a == TA_PURCHASE && i > open))
		{
			by = i;
			outcome = a == TA_REVIEW_WRITE ? OUTCOME_REVIEW : a == TA_REFUND ? OUTCOME_RETURN :
				net_purchases(c, i) == 1 ? OUTCOME_PURCHASE : OUTCOME_REPURCHASE;
		}
	}
	if (by == MOMENT_NOWHERE && over)
	{
		outcome = OUTCOME_LEAVE;
		for (uint32_t i = row->last + 1; i < c->in.count && outcome == OUTCOME_LEAVE; i++)
			if (!c->offsite[i] && !c->ignored[i] && within(c, open, i))
			{
				outcome = OUTCOME_STAY;
				by = i;
			}
	}
	REQUIRE(row->outcome == outcome);
	REQUIRE(row->decided_by == by);

	for (uint32_t i = open; i < c->in.count && within(c, open, i); i++)
	{
		Satisfied	said = touch_satisfied(c->action[i], value_at(c, i));

		if (i > open && c->action[i] == TA_PURCHASE)
			break;
		if (said != SATISFIED_UNKNOWN)
		{
			satisfied = answer(true, said == SATISFIED_YES);
			answered_by = 1 + i;
			break;
		}
	}
	REQUIRE(row->satisfied == satisfied);

	for (uint32_t i = open; i < c->in.count && within(c, open, i); i++)
		if (c->action[i] == TA_PURCHASE && !isnan(value_at(c, i)))
		{
			valued++;
			value += value_at(c, i);
		}
	REQUIRE(row->valued == valued);
	REQUIRE(row->value == value);

	if (!c->offsite[open])
	{
		uint32_t	deeds = 0;

		bool		bought = false;

		for (uint32_t i = 0; i < c->in.count; i++)
			bought |= c->visit_no[i] == c->visit_no[open] && !c->offsite[i] && !c->ignored[i] &&
				c->action[i] == TA_PURCHASE;
		for (uint32_t i = 0; i < c->in.count; i++)
			deeds += c->visit_no[i] == c->visit_no[open] && !c->offsite[i] && !c->ignored[i] &&
				c->action[i] != TA_SESSION_START && c->action[i] != TA_AD_CLICK &&
				c->action[i] != TA_DEEP_LINK_OPEN;
		bounced = answer(true, deeds <= 1 && !bought);
	}
	REQUIRE(row->bounced == bounced);

	switch (c->kind[row->moment])
	{
		case MOMENT_ZERO:
			metric = METRIC_VISIT;
			yes = false;
			for (uint32_t k = r + 1; k < nrows; k++)
				yes |= rows[k].moment != row->moment && within(c, open, rows[k].first);
			succeeded = answer(yes || over, yes);
			break;
		case MOMENT_SECOND:
			metric = METRIC_SATISFACTION;
			subject = answered_by;
			succeeded = satisfied;
			complete = over || satisfied != ANSWER_NONE;
			break;
		case MOMENT_FIRST:
			if (rules->five)
			{
				int64_t		last_at = 0;

				metric = METRIC_BOUNCE;
				subject = bounced == ANSWER_NONE ? 0 : c->visit_no[open];
				for (uint32_t i = 0; i < c->in.count; i++)
					if (c->visit_no[i] == c->visit_no[open] && !c->offsite[i])
						last_at = c->at[i];
				complete = bounced != ANSWER_NONE &&
					(uint64_t) (rules->as_of - last_at) >= rules->session_timeout;
				succeeded = bounced == ANSWER_NO ? ANSWER_YES :
					answer(bounced == ANSWER_YES && complete, false);
				break;
			}
			yes = happens(c, open, open, false);
			succeeded = answer(yes || over, yes);
			break;
		case MOMENT_THIRD:
			if (!rules->five)
			{
				metric = METRIC_ENGAGEMENT;
				yes = happens(c, open, open + 1, true);
				succeeded = answer(yes || over, yes);
			}
			else if (row->phase == PHASE_SERVICE)
			{
				metric = METRIC_SERVICE;
				subject = answered_by;
				succeeded = satisfied;
				complete = over || satisfied != ANSWER_NONE;
			}
			else
			{
				uint32_t	n = fates(c, open, fate);
				uint32_t	order = n;	/* 1 + number */

				metric = METRIC_DELIVERY_GAP;
				succeeded = ANSWER_NONE;
				complete = false;
				for (uint32_t k = n; k-- > 0;)
					if (!fate[k].taken)
					{
						order = k + 1;
						break;
					}
				subject = order;
				if (order > 0)
				{
					const Fate *f = &fate[order - 1];
					int64_t		bought = c->at[f->touch];

					fates(c, c->in.count - 1, fate);
					complete = (uint64_t) (rules->as_of - bought) >= rules->delivery_within;
					if (f->state == 'd')
						succeeded = answer(true, (uint64_t) (f->until - bought) <= rules->delivery_within &&
										   satisfied != ANSWER_NO);
					else if (f->state == 't')
						succeeded = ANSWER_NO;
					else if (complete && c->waiting[f->touch])
						succeeded = ANSWER_NO;
				}
			}
			break;
		case MOMENT_ULTIMATE:
			metric = METRIC_REPEAT;
			/* FALLTHROUGH */
		default:
			yes = happens(c, open, open, false);
			succeeded = answer(yes || over, yes);
			break;
	}
	REQUIRE(row->metric == metric);
	REQUIRE(row->complete == complete);
	REQUIRE(row->succeeded == succeeded);

	/* the rows before are as they should be */
	REQUIRE(row->subject == subject);
	for (uint32_t k = 0; k < r && subject > 0; k++)
		counted &= rows[k].metric != metric || rows[k].subject != subject ||
			(metric != METRIC_DELIVERY_GAP &&
			 (rows[k].moment != row->moment || rows[k].phase != row->phase));
	REQUIRE(row->counted == counted);
	seen_counted[counted]++;
}

/* How many cases had something to tell of each kind. */
static uint32_t seen_outcome[OUTCOME_COUNT];
static uint32_t seen_success[METRIC_COUNT][3];

static void
check(const Case *c)
{
	uint32_t	nrows;
	uint32_t	norders;
	MomentRow  *rows;
	MomentOrder *orders;
	Fate	   *fate = malloc((c->in.count + 1) * sizeof(Fate));
	uint32_t	r = 0;
	uint32_t	row_of = MOMENT_NOWHERE;	/* last touchpoint in a moment */

	moments_measure(&c->in, &c->rules, &nrows, &norders);
	rows = malloc(nrows * sizeof(MomentRow));
	orders = malloc(norders * sizeof(MomentOrder));
	moments_find(&c->in, &c->rules, rows, orders);

	for (uint32_t i = 0; i < c->in.count; i++)
	{
		if (c->moment[i] == 0)
			continue;
		if (row_of == MOMENT_NOWHERE || c->moment[row_of] != c->moment[i] ||
			phase_at(c, row_of) != phase_at(c, i) || c->visit_no[row_of] != c->visit_no[i])
		{
			uint32_t	touchpoints = 0;

			REQUIRE(r < nrows);
			REQUIRE(rows[r].first == i);
			REQUIRE(rows[r].moment == c->moment[i]);
			REQUIRE(rows[r].phase == phase_at(c, i));
			REQUIRE(r == 0 || rows[r - 1].last == row_of);
			for (uint32_t k = i; k <= rows[r].last; k++)
				touchpoints += c->moment[k] > 0;
			REQUIRE(rows[r].touchpoints == touchpoints);
			r++;
		}
		row_of = i;
	}
	REQUIRE(r == nrows);
	REQUIRE(nrows == 0 || rows[nrows - 1].last == row_of);
	for (r = 0; r < nrows; r++)
	{
		check_row(c, rows, nrows, r, fate);
		seen_outcome[rows[r].outcome]++;
		seen_success[rows[r].metric][rows[r].succeeded]++;
	}
	free(rows);
	free(orders);
	free(fate);
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 20260105);
	for (uint32_t i = 0; i < 40000; i++)
	{
		Case		c;

		make_case(&c, below(2));
		check(&c);
		drop_case(&c);
	}
	/* a test that met nothing says nothing */
	for (int k = 0; k < OUTCOME_COUNT; k++)
		REQUIRE(seen_outcome[k] > 1000);
	REQUIRE(seen_counted[0] > 1000 && seen_counted[1] > 1000);
	for (int m = 0; m < METRIC_COUNT; m++)
		for (int k = 0; k < 3; k++)
			REQUIRE(seen_success[m][k] > 500);
	printf("ok\n");
	return 0;
}
