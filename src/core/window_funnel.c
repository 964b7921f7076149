/*
 * window_funnel.c
 *	  How many of the conditions does one customer's history fulfil, in order
 *	  and within a window?
 *
 * What is answered.  An ATTEMPT starts at a row that fits condition 1.  From
 * there it takes each next step at the first row that fits it; rows at one
 * time are in the order of the steps they fit, those that fit none first.  So
 * one row may serve several steps and ties count in any order.  An attempt is
 * over once a row lies more than `within` after its start, or where a mode
 * ends it.  The answer is the most steps that any attempt takes: nothing that
 * a mode forbids lies between the first and the last row of that attempt, and
 * what lies before its start or after its end does no harm.
 *
 *	WF_INCREASE			each step is taken at a later time than the one before
 *	WF_ONCE				no row serves two steps; rows at one time are given to
 *						the steps so that the attempt comes furthest
 *	WF_DEDUPLICATION	an attempt ends where a step it has taken, other than
 *						the first, comes again
 *	WF_ORDER			an attempt ends at a row that fits no condition, and
 *						where a row fits a step beyond its next one
 *	WF_REENTRY			with WF_ORDER: beyond its next one does not end it
 *
 * Why one pass is exact.  What an attempt can still do depends on the number
 * of steps taken and on the end of its window only.  Of two attempts with as
 * many steps the one that started later can do all that the other can.  So
 * one window for each number of steps is all there is to keep: until[k - 1].
 * Without a mode that ends attempts, taking a step as early as possible never
 * costs a later one, so the best attempt is the longest chain there is.
 *
 * Rows of one time are taken together (Tie).  How far an attempt with k steps
 * gets in a tie: one step under WF_INCREASE; else as many as there are fitting
 * rows for without a gap; under WF_ONCE as many as can be matched to different
 * rows (augmenting paths, see match_tie).
 *
 * Cost: rows times steps at most, one operation for a row that no attempt
 * waits for.  A tie under WF_ONCE in which rows fit several steps costs steps
 * times rows, of which steps squared are looked at.
 *
 * WF_CLICKHOUSE.  The algorithm of ClickHouse's windowFunnel, answer for
 * answer.  It differs in that levels once reached stay reached.  So what an
 * earlier attempt did ends a later one (WF_DEDUPLICATION), or lets a later one
 * pass that has not come as far (WF_ORDER); the first violation ends the whole
 * scan; and a step that is repeated moves its level to the later time even if
 * WF_INCREASE would rather have it early.  Mostly it answers less.  Where its
 * answer depends on the order in which rows of one time arrive, ours is that
 * of the rows in order of their conditions read as a number.  Under WF_ONCE it
 * keeps every chain; all it asks of them is whether there is one, which the
 * windows and the matching know, too.
 *
 * Its published tests and its sources of 2026 (WF_CLICKHOUSE_26) disagree in
 * three rules, see violation():
 *
 *									tests				2026
 *	WF_ORDER, the first step comes
 *	again after the second			ends the scan		starts anew
 *	WF_REENTRY passes over			that first step		steps that come early
 *	WF_DEDUPLICATION answers		the step of the		the highest level
 *									entry before
 */
#include "window_funnel.h"

#include <string.h>

/* Rows of a tie that are matched to steps: as many for a step as steps. */
#define MATCH_ROWS	(CONDITIONS_MAX * CONDITIONS_MAX)

#define NO_ROW		SIZE_MAX

typedef struct Tie
{
	int64_t		at;
	uint64_t	any;			/* conditions of any row */
	uint64_t	twice;			/* conditions of more than one row */
	bool		none;			/* some row fulfils no condition */
	bool		one;			/* one row fulfils any */
	bool		several;		/* some row fulfils several conditions */
	const ConditionRow *rows;
	size_t		count;
} Tie;

typedef struct Match
{
	int			nrows;
	uint64_t	masks[MATCH_ROWS];
	int8_t		step[MATCH_ROWS];	/* that has the row, or -1 */
	int16_t		row[CONDITIONS_MAX];
	uint64_t	seen[MATCH_ROWS / 64];
} Match;

static inline int
lowest(uint64_t bits)
{
	return __builtin_ctzll(bits);
}

static inline int
highest(uint64_t bits)
{
	return 63 - __builtin_clzll(bits);
}

static inline uint64_t
bit(int n)
{
	return UINT64_C(1) << n;
}

/* The ones at the low end. */
static inline int
trailing_ones(uint64_t bits)
{
	return ~bits == 0 ? 64 : lowest(~bits);
}

static inline int64_t
window_end(const WindowFunnel *f, int64_t start)
{
	return f->within == WF_NO_LIMIT || start > INT64_MAX - f->within ?
		INT64_MAX : start + f->within;
}

void
window_funnel_begin(WindowFunnel *f, int steps, uint32_t modes, int64_t within)
{
	f->steps = steps;
	f->modes = modes;
	f->within = within;
	f->level = 0;
	f->finished = false;
	f->alive = 0;
	f->before = 0;
}

static inline void
reach(WindowFunnel *f, int level)
{
	if (level > f->level)
	{
		f->level = level;
		f->finished = (level == f->steps);
	}
}

/* Some attempt has taken `level` steps, its window ends at `until`. */
static inline void
keep(WindowFunnel *f, int level, int64_t until)
{
	if ((f->alive & bit(level - 1)) == 0 || f->until[level - 1] < until)
		f->until[level - 1] = until;
	f->alive |= bit(level - 1);
	reach(f, level);
}

/* -- ties under WF_ONCE ---------------------------------------------------------- */

/* Find a row for a step, moving other steps to other rows if need be. */
static bool
augment(Match *m, int step)
{
	for (int i = 0; i < m->nrows; i++)
	{
		if ((m->masks[i] & bit(step)) == 0 || (m->seen[i / 64] & bit(i % 64)) != 0)
			continue;
		m->seen[i / 64] |= bit(i % 64);
		if (m->step[i] < 0 || augment(m, m->step[i]))
		{
			m->step[i] = (int8_t) step;
			m->row[step] = (int16_t) i;
			return true;
		}
	}
	return false;
}

/*
 * For each number of steps k taken before this tie: how many have been taken
 * after it, each at a row of its own.  Row `without` is left out for step
 * `step` (from 0).
 *
 * Of the rows for a step `steps` are enough, as the other steps cannot take
 * them all.  From k to k + 1 the step that is no longer needed gives its row
 * back and the rest of the matching stands, so that each step is matched once
 * and tried in vain once for each k at most.
 */
static void
match_tie(const Tie *tie, int steps, size_t without, int step, uint8_t *reached)
{
	Match		m;
	uint8_t		rows[CONDITIONS_MAX] = {0};
	uint64_t	wanted = tie->any;
	int			end = 0;

	m.nrows = 0;
	for (size_t i = 0; i < tie->count && wanted != 0; i++)
	{
		uint64_t	mask = tie->rows[i].mask;

		if (i == without)
			mask &= ~bit(step);
		if ((mask & wanted) == 0)
			continue;
		m.step[m.nrows] = -1;
		m.masks[m.nrows++] = mask;
		for (uint64_t left = mask & wanted; left != 0; left &= left - 1)
			if (++rows[lowest(left)] == steps)
				wanted &= ~bit(lowest(left));
	}
	for (int k = 0; k < steps; k++)
	{
		if (end < k)
			end = k;
		else if (k > 0)
			m.step[m.row[k - 1]] = -1;
		for (; end < steps; end++)
		{
			memset(m.seen, 0, (size_t) (m.nrows + 63) / 64 * sizeof(uint64_t));
			if (!augment(&m, end))
				break;
		}
		reached[k] = (uint8_t) end;
	}
}

/* -- attempts --------------------------------------------------------------------- */

static void
attempts_tie(WindowFunnel *f, const Tie *tie)
{
	uint8_t		reached[CONDITIONS_MAX];
	bool		match = false;
	uint64_t	waiting;

	if (tie->none && (f->modes & WF_ORDER) != 0)
		f->alive = 0;
	if (tie->any == 0)
		return;

	/* whoever has taken one of these steps before, except the first */
	if ((f->modes & WF_DEDUPLICATION) != 0 && (tie->any & ~UINT64_C(1)) != 0)
		f->alive &= bit(lowest(tie->any & ~UINT64_C(1))) - 1;

	/*
	 * Attempts with k steps that find their next one (bit k), highest first:
	 * who moves up meets only those that have moved already.
	 */
	waiting = tie->any & ((f->alive << 1) | 1);
	if ((f->modes & (WF_ONCE | WF_INCREASE)) == WF_ONCE && tie->several &&
		!tie->one && waiting != 0)
	{
		match = true;
		match_tie(tie, f->steps, NO_ROW, 0, reached);
	}
	while (waiting != 0)
	{
		int			from = highest(waiting);
		int			to;
		int64_t		until;
		bool		ended = false;

		waiting &= ~bit(from);
		if (from == 0)
			until = window_end(f, tie->at);
		else
		{
			until = f->until[from - 1];
			f->alive &= ~bit(from - 1);
			if (tie->at > until)
				continue;
		}
		if (match)
			to = reached[from];
		else if ((f->modes & WF_INCREASE) != 0 ||
				 ((f->modes & WF_ONCE) != 0 && tie->one))
			to = from + 1;
		else
			to = from + trailing_ones(tie->any >> from);
		if ((f->modes & WF_DEDUPLICATION) != 0)
		{
			uint64_t	again = (tie->twice & ~UINT64_C(1)) >> from;

			if (again != 0 && from + lowest(again) < to)
			{
				to = from + lowest(again) + 1;
				ended = true;
			}
		}
		if (ended)
			reach(f, to);
		else if (to > 0)
			keep(f, to, until);
	}

	if ((f->modes & (WF_ORDER | WF_REENTRY)) == WF_ORDER && highest(tie->any) > 1)
		f->alive &= ~(bit(highest(tie->any) - 1) - 1);
}

/* -- WF_CLICKHOUSE ---------------------------------------------------------------- */

static inline bool
is_set(const WindowFunnel *f, int level)
{
	return (f->alive & bit(level)) != 0;
}

/*
 * Does an entry of step k (from 0) end the scan, or has it, `passed_over`, no
 * effect?
 */
static inline bool
violation(WindowFunnel *f, int k, bool *passed_over)
{
	bool		today = (f->modes & WF_CLICKHOUSE_26) != 0;

	*passed_over = false;
	if (k == 0)
		f->finished = !today && (f->modes & (WF_ORDER | WF_REENTRY)) == WF_ORDER &&
			is_set(f, 1);
	else if ((f->modes & WF_DEDUPLICATION) != 0 && is_set(f, k))
	{
		f->finished = true;
		if (!today)
			f->level = f->before;
	}
	else if ((f->modes & WF_ORDER) != 0 && f->alive != 0 && !is_set(f, k - 1))
	{
		if (today && (f->modes & WF_REENTRY) != 0)
			*passed_over = true;
		else
			f->finished = true;
	}
	f->before = k + 1;
	return f->finished;
}

/* Levels stay reached; each holds the latest start and the time of its step. */
static void
clickhouse_tie(WindowFunnel *f, const Tie *tie)
{
	if (tie->none && (f->modes & WF_ORDER) != 0 && f->alive != 0)
	{
		f->finished = true;
		return;
	}
	for (uint64_t left = tie->any; left != 0; left &= left - 1)
	{
		int			k = lowest(left);

		for (int entry = 0; entry < ((tie->twice & bit(k)) != 0 ? 2 : 1); entry++)
		{
			bool		passed_over;

			if (violation(f, k, &passed_over))
				return;
			if (k == 0)
			{
				f->alive |= 1;
				f->until[0] = window_end(f, tie->at);
				f->last[0] = tie->at;
				reach(f, 1);
				continue;
			}
			if (passed_over || !is_set(f, k - 1) || tie->at > f->until[k - 1] ||
				((f->modes & WF_INCREASE) != 0 && f->last[k - 1] >= tie->at))
				continue;
			f->alive |= bit(k);
			f->until[k] = f->until[k - 1];
			f->last[k] = tie->at;
			reach(f, k + 1);
			if (f->finished)
				return;
		}
	}
}

/*
 * Is there a chain to level k (from 0) by what was reached `before` this tie
 * and can be reached in it?  The end of the latest window, or false.
 */
static bool
latest_window(const WindowFunnel *f, const WindowFunnel *before, const Tie *tie,
			  const uint8_t *reached, int k, int64_t *until)
{
	bool		found = false;

	for (int from = 0; from <= k; from++)
	{
		int64_t		end;

		if (reached[from] <= k)
			continue;
		if (from == 0)
			end = window_end(f, tie->at);
		else if (is_set(before, from - 1) && tie->at <= before->until[from - 1])
			end = before->until[from - 1];
		else
			continue;
		if (!found || end > *until)
			*until = end;
		found = true;
	}
	return found;
}

/* The row of the highest conditions among those with this one. */
static size_t
last_row_with(const Tie *tie, int k)
{
	size_t		last = NO_ROW;

	for (size_t i = 0; i < tie->count; i++)
		if ((tie->rows[i].mask & bit(k)) != 0 &&
			(last == NO_ROW || tie->rows[i].mask >= tie->rows[last].mask))
			last = i;
	return last;
}

/*
 * The same with rows of their own for all steps of a chain.  An entry that
 * comes after the one by which a level is first reached repeats it; so under
 * WF_DEDUPLICATION it matters whether the level is reached without the last of
 * its entries.
 */
static void
clickhouse_once_tie(WindowFunnel *f, const Tie *tie)
{
	WindowFunnel before;
	uint8_t		reached[CONDITIONS_MAX];
	bool		match = tie->several && !tie->one && (f->modes & WF_INCREASE) == 0;

	if (tie->none && (f->modes & WF_ORDER) != 0 && f->alive != 0)
	{
		f->finished = true;
		return;
	}
	before.alive = f->alive;
	memcpy(before.until, f->until, f->steps * sizeof(f->until[0]));
	if (match)
		match_tie(tie, f->steps, NO_ROW, 0, reached);
	else
	{
		for (int from = 0; from < f->steps; from++)
			if ((tie->any & bit(from)) == 0)
				reached[from] = (uint8_t) from;
			else if (tie->one || (f->modes & WF_INCREASE) != 0)
				reached[from] = (uint8_t) (from + 1);
			else
				reached[from] = (uint8_t) (from + trailing_ones(tie->any >> from));
	}
	for (uint64_t left = tie->any; left != 0; left &= left - 1)
	{
		int			k = lowest(left);
		int64_t		until = 0;
		bool		passed_over;
		bool		repeated;

		if (violation(f, k, &passed_over))
			return;
		if (k == 0)
		{
			keep(f, 1, window_end(f, tie->at));
			continue;
		}
		if (passed_over || !latest_window(f, &before, tie, reached, k, &until))
			continue;
		repeated = (f->modes & WF_DEDUPLICATION) != 0 && (tie->twice & bit(k)) != 0;
		if (repeated && match)
		{
			uint8_t		without[CONDITIONS_MAX];
			int64_t		ignored;

			match_tie(tie, f->steps, last_row_with(tie, k), k, without);
			repeated = latest_window(f, &before, tie, without, k, &ignored);
		}
		keep(f, k + 1, until);
		if (f->finished || (repeated && violation(f, k, &passed_over)))
			return;
	}
}

/* -- rows --------------------------------------------------------------------------- */

/*
 * Without a mode: a level holds the latest start from which it was reached.
 * Rows of one time in any order are the conditions of all in order.
 */
static void
plain_run(WindowFunnel *f, const ConditionRow *rows, size_t n)
{
	for (size_t i = 0; i < n;)
	{
		int64_t		at = rows[i].at;
		uint64_t	any = rows[i++].mask;

		while (i < n && rows[i].at == at)
			any |= rows[i++].mask;
		for (; any != 0; any &= any - 1)
		{
			int			k = lowest(any);

			if (k == 0)
				f->until[0] = window_end(f, at);
			else if (is_set(f, k - 1) && at <= f->until[k - 1])
				f->until[k] = f->until[k - 1];
			else
				continue;
			f->alive |= bit(k);
			if (k + 1 > f->level)
			{
				f->level = k + 1;
				if (f->level == f->steps)
				{
					f->finished = true;
					return;
				}
			}
		}
	}
}

static void
gather(Tie *tie, const ConditionRow *rows, size_t n)
{
	size_t		i = 0;
	size_t		filled = 0;

	tie->at = rows[0].at;
	tie->rows = rows;
	tie->any = tie->twice = 0;
	tie->none = tie->several = false;
	for (; i < n && rows[i].at == tie->at; i++)
	{
		uint64_t	mask = rows[i].mask;

		tie->twice |= tie->any & mask;
		tie->any |= mask;
		tie->none |= mask == 0;
		tie->several |= (mask & (mask - 1)) != 0;
		filled += mask != 0;
	}
	tie->one = filled == 1;
	tie->count = i;
}

void
window_funnel_run(WindowFunnel *f, const ConditionRow *rows, size_t n)
{
	uint32_t	modes = f->modes;
	void		(*run_tie) (WindowFunnel *, const Tie *) = attempts_tie;
	Tie			tie;

	if (f->finished)
		return;
	if ((modes & (WF_DEDUPLICATION | WF_ORDER | WF_INCREASE | WF_ONCE)) == 0)
	{
		plain_run(f, rows, n);
		return;
	}
	if ((modes & WF_CLICKHOUSE) != 0)
		run_tie = (modes & WF_ONCE) != 0 ? clickhouse_once_tie : clickhouse_tie;
	for (size_t i = 0; i < n && !f->finished; i += tie.count)
	{
		gather(&tie, rows + i, n - i);
		run_tie(f, &tie);
	}
}
