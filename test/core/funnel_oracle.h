/*
 * funnel_oracle.h
 *	  The funnel of one customer by trying every chain there is.
 *
 * The definition written down, not an algorithm: make every assignment of
 * touchpoints to steps, ask of each whether it is a chain under the options,
 * keep the best.  Exponential; for journeys of a few touchpoints, or of many
 * that fit few steps each.
 *
 * The touchpoints first:
 *
 *	hold	those of one channel (none is a channel too), each channel in turn
 *	relevant	those that fit a step or an exclusion; in strict mode all
 *	grace	in order of time, a touchpoint and those at most that much later
 *			all happen at its time
 *	ties	touchpoints of one time; each touchpoint where the stored order
 *			counts.  With ties strict the touchpoints of one time are one that
 *			fits what any of them fits.
 *
 * Ties are numbered in order of time, and "before", "after", "earliest" and
 * "latest" below compare these numbers, durations the times.
 */
#ifndef FUNNEL_ORACLE_H
#define FUNNEL_ORACLE_H

#include "core/funnel_search.h"
#include "test.h"

#define ORACLE_MAX_TOUCHES	512

typedef struct OracleTouch
{
	int64_t		time;			/* microseconds, as the options see it */
	int			tie;
	uint32_t	channel;
	uint64_t	fits;			/* steps */
	uint64_t	excludes;		/* exclusions */
} OracleTouch;

/*
 * Elements first to last; an element is a step, in mode unordered a position.
 */
typedef struct OracleChain
{
	int			first;
	int			last;			/* -1: no chain */
	const OracleTouch *at[FUNNEL_MAX_STEPS];	/* NULL: not taken */
	uint8_t		step[FUNNEL_MAX_STEPS]; /* that stands here */
} OracleChain;

/* What an exclusion does to a chain while chains are being compared. */
typedef enum OracleRule
{
	OR_IGNORE, OR_TRUNCATE, OR_DROP
} OracleRule;

typedef struct Oracle
{
	const FunnelOptions *o;
	int			count;
	OracleTouch touch[ORACLE_MAX_TOUCHES];
	/* what the chains that are being tried must be */
	int			entry;			/* start in this tie; -1: any */
	int			length;			/* last element; -1: any */
	OracleRule	rule;
	OracleChain best;
} Oracle;

/* -- touchpoints ------------------------------------------------------------ */

static inline bool
oracle_has(uint64_t set, int k)
{
	return (set >> k & 1) != 0;
}

static void
oracle_read(Oracle *j, const JourneyView *v)
{
	JourneyLabel *labels = malloc((v->nlabels + v->nchannels + 1) * sizeof(JourneyLabel));
	JourneyLabel *channels = labels + v->nlabels;
	JourneyCursor c;

	journey_read_labels(v->labels, v->nlabels, labels);
	journey_read_labels(v->channels, v->nchannels, channels);
	REQUIRE(v->count <= ORACLE_MAX_TOUCHES);
	j->count = 0;
	journey_first(&c, v);
	while (journey_next(&c))
	{
		OracleTouch *t = &j->touch[j->count++];
		const JourneyLabel *channel = c.channel > 0 ? &channels[c.channel - 1] : NULL;

		t->time = c.at;
		t->channel = c.channel;
		t->fits = t->excludes = 0;
		for (int k = 0; k < j->o->nsteps; k++)
			if (matcher_fits(j->o->steps[k], &labels[c.label], channel, c.has_value, c.value))
				t->fits |= UINT64_C(1) << k;
		for (int i = 0; i < j->o->nexclusions; i++)
			if (matcher_fits(j->o->exclusions[i].matcher, &labels[c.label], channel,
							 c.has_value, c.value))
				t->excludes |= UINT64_C(1) << i;
	}
	free(labels);
}

static void
oracle_keep_channel(Oracle *j, uint32_t channel)
{
	int			kept = 0;

	for (int i = 0; i < j->count; i++)
		if (j->touch[i].channel == channel)
			j->touch[kept++] = j->touch[i];
	j->count = kept;
}

static void
oracle_keep_relevant(Oracle *j)
{
	int			kept = 0;

	for (int i = 0; i < j->count; i++)
		if (j->o->mode == FM_STRICT || j->touch[i].fits != 0 || j->touch[i].excludes != 0)
			j->touch[kept++] = j->touch[i];
	j->count = kept;
}

static void
oracle_grace(Oracle *j)
{
	int64_t		start = 0;

	for (int i = 0; i < j->count; i++)
	{
		if (i == 0 || (uint64_t) j->touch[i].time - (uint64_t) start > j->o->grace)
			start = j->touch[i].time;
		j->touch[i].time = start;
	}
}

static void
oracle_ties(Oracle *j)
{
	int			kept = 0;

	for (int i = 0; i < j->count; i++)
	{
		OracleTouch *t = &j->touch[i];
		OracleTouch *before = kept > 0 ? &j->touch[kept - 1] : NULL;
		bool		same = before != NULL && before->time == t->time;

		if (j->o->tie == FT_STRICT && same)
		{
			before->fits |= t->fits;
			before->excludes |= t->excludes;
			continue;
		}
		t->tie = before == NULL ? 0 :
			j->o->tie == FT_ANY && same ? before->tie : before->tie + 1;
		j->touch[kept++] = *t;
	}
	j->count = kept;
}

/* -- what makes a chain ------------------------------------------------------ */

static inline bool
oracle_used(const OracleChain *c, const OracleTouch *t)
{
	for (int k = c->first; k <= c->last; k++)
		if (c->at[k] == t)
			return true;
	return false;
}

/* May this touchpoint be the first of a chain, when that is such a step? */
static bool
oracle_enters(const Oracle *j, const OracleTouch *t, uint64_t steps)
{
	return (t->fits & steps) != 0 && t->time >= j->o->from &&
		(t->time < j->o->to || j->o->to == INT64_MAX);
}

/* The same, with `entry`. */
static bool
oracle_starts(const Oracle *j, const OracleTouch *t, uint64_t steps)
{
	if (!oracle_enters(j, t, steps))
		return false;
	for (int i = 0; i < j->count; i++)
		if (oracle_enters(j, &j->touch[i], steps) &&
			((j->o->entry == FE_FIRST && j->touch[i].tie < t->tie) ||
			 (j->o->entry == FE_LAST && j->touch[i].tie > t->tie)))
			return false;
	return true;
}

static bool
oracle_in_time(const Oracle *j, const OracleChain *c)
{
	const OracleTouch *before = c->at[c->first];

	for (int k = c->first + 1; k <= c->last; k++)
	{
		const OracleTouch *t = c->at[k];

		if (t == NULL)
			continue;
		if (t->tie < before->tie)
			return false;
		if (j->o->step_within != NULL && j->o->step_within[k] != FUNNEL_NO_LIMIT &&
			(uint64_t) t->time - (uint64_t) before->time > j->o->step_within[k])
			return false;
		before = t;
	}
	return j->o->within == FUNNEL_NO_LIMIT ||
		(uint64_t) before->time - (uint64_t) c->at[c->first]->time <= j->o->within;
}

/*
 * Put the touchpoints in an order that keeps the ties in order, in every way
 * there is: does the chain stand in one of them without a gap?  `placed` tells
 * which have their place, `next` is the element of the chain that comes next.
 */
static bool
oracle_place(const Oracle *j, const OracleChain *c, bool *placed, int next)
{
	int			tie = -1;

	while (next <= c->last && c->at[next] == NULL)
		next++;
	if (next > c->last)
		return true;
	for (int i = 0; i < j->count && tie < 0; i++)
		if (!placed[i])
			tie = j->touch[i].tie;
	for (int i = 0; i < j->count; i++)
	{
		bool		is_next = &j->touch[i] == c->at[next];
		bool		found;

		if (placed[i] || j->touch[i].tie != tie)
			continue;
		if (!is_next && (next > c->first || oracle_used(c, &j->touch[i])))
			continue;
		placed[i] = true;
		found = oracle_place(j, c, placed, is_next ? next + 1 : next);
		placed[i] = false;
		if (found)
			return true;
	}
	return false;
}

static bool
oracle_unbroken(const Oracle *j, const OracleChain *c)
{
	bool		placed[ORACLE_MAX_TOUCHES];

	/* what is before the first tie needs no trying */
	for (int i = 0; i < j->count; i++)
		placed[i] = j->touch[i].tie < c->at[c->first]->tie ||
			(j->o->mode == FM_STRICT_STEPS && j->touch[i].fits == 0);
	return oracle_place(j, c, placed, c->first);
}

/* The first element from k on that the chain has, or -1. */
static int
oracle_element(const OracleChain *c, int k)
{
	for (; k <= c->last; k++)
		if (k >= c->first && c->at[k] != NULL)
			return k;
	return -1;
}

/* Does X stand between what exclusion i names? */
static bool
oracle_between(const Oracle *j, const OracleChain *c, int i, const OracleTouch *x, OracleRule rule)
{
	const FunnelExclusion *exclusion = &j->o->exclusions[i];
	int			after = oracle_element(c, exclusion->after - 1);
	int			before = oracle_element(c, exclusion->before - 1);

	if (after < 0 || after >= exclusion->before - 1 || x->tie <= c->at[after]->tie)
		return false;
	if (x->tie < c->at[before >= 0 ? before : c->last]->tie)
		return true;
	return rule == OR_DROP && before < 0 &&
		(j->o->within == FUNNEL_NO_LIMIT ||
		 (uint64_t) x->time - (uint64_t) c->at[c->first]->time <= j->o->within);
}

static bool
oracle_spoiled(const Oracle *j, const OracleChain *c, OracleRule rule)
{
	if (rule != OR_IGNORE)
		for (int x = 0; x < j->count; x++)
			for (int i = 0; i < j->o->nexclusions; i++)
				if (oracle_has(j->touch[x].excludes, i) &&
					oracle_between(j, c, i, &j->touch[x], rule))
					return true;
	return false;
}

/* -- which chain is reported -------------------------------------------------- */

/*
 * Is `a` the better chain?  Furthest; if open, entered at the earlier step;
 * complete earliest; started latest; each element as early as can be, from the
 * first on, none being later than any.  `by_time` compares chains of different
 * channels, which share no ties.
 */
static bool
oracle_better(const FunnelOptions *o, const OracleChain *a, const OracleChain *b, bool by_time)
{
#define KEY(c, k) \
	((c)->at[k] == NULL ? INT64_MAX : by_time ? (c)->at[k]->time : (int64_t) (c)->at[k]->tie)

	if (b->last < 0 || a->last < 0 || a->last != b->last)
		return a->last > b->last;
	if (o->open && a->first != b->first)
		return a->first < b->first;
	if (KEY(a, a->last) != KEY(b, b->last))
		return KEY(a, a->last) < KEY(b, b->last);
	if (KEY(a, a->first) != KEY(b, b->first))
		return KEY(a, a->first) > KEY(b, b->first);
	for (int k = a->first; k <= a->last; k++)
		if (KEY(a, k) != KEY(b, k))
			return KEY(a, k) < KEY(b, k);
	return false;
#undef KEY
}

/* -- all chains of ordered steps ----------------------------------------------- */

static void
oracle_try(Oracle *j, const OracleChain *c)
{
	if ((j->entry < 0 || c->at[c->first]->tie == j->entry) &&
		(j->length < 0 || c->last == j->length) &&
		oracle_starts(j, c->at[c->first], j->o->open ? ~UINT64_C(0) : 1) &&
		oracle_in_time(j, c) &&
		(j->o->mode == FM_ORDERED || oracle_unbroken(j, c)) &&
		!oracle_spoiled(j, c, j->rule) &&
		oracle_better(j->o, c, &j->best, false))
		j->best = *c;
}

/* Every chain that goes on from step k as `c` is so far. */
static void
oracle_extend(Oracle *j, OracleChain *c, int k)
{
	int			last = c->last;

	if (k >= j->o->nsteps)
		return;
	if (last >= 0 && oracle_has(j->o->optional, k))
	{
		c->at[k] = NULL;
		oracle_extend(j, c, k + 1);
	}
	for (int i = 0; i < j->count; i++)
	{
		/* only what no longer chain could mend is left out here */
		if (!oracle_has(j->touch[i].fits, k) || oracle_used(c, &j->touch[i]) ||
			(last >= 0 && j->touch[i].tie < c->at[last]->tie))
			continue;
		c->at[k] = &j->touch[i];
		c->step[k] = (uint8_t) k;
		c->last = k;
		oracle_try(j, c);
		oracle_extend(j, c, k + 1);
		c->last = last;
	}
}

static void
oracle_chains(Oracle *j, int entry, int length, OracleRule rule)
{
	j->entry = entry;
	j->length = length;
	j->rule = rule;
	j->best.last = -1;
	for (int e = 0; e < (j->o->open ? j->o->nsteps : 1); e++)
	{
		OracleChain c = {.first = e,.last = -1};

		oracle_extend(j, &c, e);
	}
}

/* -- all chains of unordered steps ---------------------------------------------- */

/* The steps that may stand at position k: those between two anchored ones. */
static uint64_t
oracle_block(const FunnelOptions *o, int k)
{
	uint64_t	steps = UINT64_C(1) << k;

	if (oracle_has(o->anchored, k))
		return steps;
	for (int i = k - 1; i >= 0 && !oracle_has(o->anchored, i); i--)
		steps |= UINT64_C(1) << i;
	for (int i = k + 1; i < o->nsteps && !oracle_has(o->anchored, i); i++)
		steps |= UINT64_C(1) << i;
	return steps;
}

/*
 * Every arrangement that goes on from position k as `c` is so far; the best is
 * kept, and in `earliest` the earliest tie of each position in any of them.
 */
static void
oracle_arrange(Oracle *j, OracleChain *c, int k, uint64_t steps, int *earliest)
{
	for (uint64_t m = k < j->o->nsteps ? oracle_block(j->o, k) & ~steps : 0; m != 0; m &= m - 1)
	{
		int			step = __builtin_ctzll(m);

		for (int i = 0; i < j->count; i++)
		{
			OracleTouch *t = &j->touch[i];

			if (!oracle_has(t->fits, step) || oracle_used(c, t) || t->tie < c->at[k - 1]->tie)
				continue;
			c->at[k] = t;
			c->step[k] = (uint8_t) step;
			c->last = k;
			if (oracle_in_time(j, c))
			{
				if (earliest[k] < 0 || t->tie < earliest[k])
					earliest[k] = t->tie;
				if (oracle_better(j->o, c, &j->best, false))
					j->best = *c;
				oracle_arrange(j, c, k + 1, steps | UINT64_C(1) << step, earliest);
			}
			c->last = k - 1;
		}
	}
}

/*
 * The chain of one start: for each position the earliest time at which so many
 * steps can have been reached.  One chain has all these times at once.
 */
static void
oracle_chain_from(Oracle *j, const OracleTouch *start)
{
	int			earliest[FUNNEL_MAX_STEPS];

	j->best.last = -1;
	memset(earliest, -1, sizeof(earliest));
	for (uint64_t m = oracle_block(j->o, 0) & start->fits; m != 0; m &= m - 1)
	{
		OracleChain c = {.first = 0,.last = 0};

		c.at[0] = start;
		c.step[0] = (uint8_t) __builtin_ctzll(m);
		if (oracle_better(j->o, &c, &j->best, false))
			j->best = c;
		oracle_arrange(j, &c, 1, UINT64_C(1) << c.step[0], earliest);
	}
	for (int k = 1; k <= j->best.last; k++)
		REQUIRE(j->best.at[k]->tie == earliest[k]);
}

/*
 * The best chain over all starts; with `entry` those of one tie.  With
 * `length` only chains so long.
 */
static void
oracle_unordered(Oracle *j, int entry, int length, OracleRule rule)
{
	OracleChain best = {.last = -1};

	for (int i = 0; i < j->count; i++)
	{
		if (!oracle_starts(j, &j->touch[i], oracle_block(j->o, 0)) ||
			(entry >= 0 && j->touch[i].tie != entry))
			continue;
		oracle_chain_from(j, &j->touch[i]);
		if (rule == OR_TRUNCATE)
			while (oracle_spoiled(j, &j->best, rule))
				j->best.last--;
		if ((length < 0 || j->best.last == length) &&
			!oracle_spoiled(j, &j->best, rule) &&
			oracle_better(j->o, &j->best, &best, false))
			best = j->best;
	}
	j->best = best;
}

/* -- answers ------------------------------------------------------------------ */

static void
oracle_best(Oracle *j, int entry, int length, OracleRule rule)
{
	if (j->o->mode == FM_UNORDERED)
		oracle_unordered(j, entry, length, rule);
	else
		oracle_chains(j, entry, length, rule);
}

/*
 * The best chain of touchpoints that are ready: its last element is -1 where
 * there is none.  *entered: there was one that no exclusion discarded or not.
 */
static OracleChain
oracle_of(Oracle *j, bool *entered)
{
	OracleChain best = {.last = -1};

	*entered = false;
	if (!j->o->drop)
	{
		oracle_best(j, -1, -1, OR_TRUNCATE);
		*entered = j->best.last >= 0;
		return j->best;
	}
	for (int tie = 0; tie < j->count; tie++)
	{
		oracle_best(j, tie, -1, OR_IGNORE);
		if (j->best.last < 0)
			continue;
		*entered = true;
		oracle_best(j, tie, j->best.last, OR_DROP);
		if (oracle_better(j->o, &j->best, &best, false))
			best = j->best;
	}
	return best;
}

static void
oracle_prepare(Oracle *j, const FunnelOptions *o, const JourneyView *v, uint32_t channel)
{
	j->o = o;
	oracle_read(j, v);
	if (o->hold_channel)
		oracle_keep_channel(j, channel);
	oracle_keep_relevant(j);
	if (o->grace > 0)
		oracle_grace(j);
	oracle_ties(j);
}

static void
oracle_answer(FunnelAnswer *answer, const OracleChain *c)
{
	for (int k = c->first; k <= c->last; k++)
		if (c->at[k] != NULL)
		{
			answer->taken |= UINT64_C(1) << k;
			answer->times[k] = c->at[k]->time;
			answer->step_at[k] = c->step[k];
		}
}

static void
oracle_funnel(const FunnelOptions *o, const JourneyView *v, FunnelAnswer *answer)
{
	Oracle	   *journeys = calloc(v->nchannels + 1, sizeof(Oracle));
	OracleChain best = {.last = -1};
	bool		any = false;

	memset(answer, 0, sizeof(*answer));
	for (uint32_t channel = 0; channel <= (o->hold_channel ? v->nchannels : 0); channel++)
	{
		Oracle	   *j = &journeys[channel];
		OracleChain c;
		bool		entered;

		oracle_prepare(j, o, v, channel);
		c = oracle_of(j, &entered);
		any |= entered;
		if (oracle_better(o, &c, &best, true))
			best = c;
	}
	answer->dropped = any && best.last < 0;
	oracle_answer(answer, &best);
	free(journeys);
}

/* -- which step stands where ----------------------------------------------------- */

static bool
oracle_filled(const Oracle *j, const FunnelAnswer *answer, OracleChain *c, int k)
{
	if (k >= FUNNEL_MAX_STEPS || !oracle_has(answer->taken, k))
		return true;
	c->last = k - 1;
	for (int i = 0; i < j->count; i++)
	{
		const OracleTouch *t = &j->touch[i];

		if (oracle_has(t->fits, answer->step_at[k]) && t->time == answer->times[k] &&
			!oracle_used(c, t) && (k == 0 || t->tie >= c->at[k - 1]->tie))
		{
			c->at[k] = t;
			if (oracle_filled(j, answer, c, k + 1))
				return true;
			c->last = k - 1;
		}
	}
	return false;
}

/*
 * The steps of an unordered answer may stand in more than one way.  Do these
 * stand where touchpoints of these times can have put them?
 */
static bool
oracle_arranged(const FunnelOptions *o, const JourneyView *v, const FunnelAnswer *answer)
{
	bool		found = false;
	uint64_t	steps = 0;

	for (int k = 0; k < FUNNEL_MAX_STEPS && oracle_has(answer->taken, k); k++)
	{
		uint64_t	step = UINT64_C(1) << (answer->step_at[k] & 63);

		if ((step & steps) != 0 || (step & oracle_block(o, k)) == 0)
			return false;
		steps |= step;
	}
	for (uint32_t channel = 0; !found && channel <= (o->hold_channel ? v->nchannels : 0); channel++)
	{
		Oracle	   *j = malloc(sizeof(Oracle));
		OracleChain c = {.first = 0,.last = -1};

		oracle_prepare(j, o, v, channel);
		found = oracle_filled(j, answer, &c, 0);
		free(j);
	}
	return found;
}

#endif							/* FUNNEL_ORACLE_H */
