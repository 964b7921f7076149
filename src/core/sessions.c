/*
 * sessions.c
 *	  The sessions of a journey counted by gaps alone.
 *
 * A gap compares as a whole number of the journey's units: one of g units is at
 * least split_gap microseconds long exactly if g >= split_gap / unit, rounded
 * up.  Where sessions begin is not foreseeable, so nothing branches on it: at
 * each touchpoint an edge is written as if a session began there, and kept by
 * counting it only if one does.  The length and the marks of a session are the
 * differences of sums at its two edges, all of whole numbers and so exact.  Of
 * a session whose marks come to 2 or more it is known that it has two page
 * views or a key event.
 *
 * Cost: a load, an addition and four stores for each touchpoint, in groups of
 * four where times are whole seconds, and most often labels four bits.
 */
#include "sessions.h"

#include "gap_groups.h"
#include "tally.h"

/* A walk over the touchpoints; the sums are those before the next one. */
typedef struct EdgeWalk
{
	const JourneyView *view;
	const uint64_t *label_marks;
	const uint64_t *touch_marks;
	uint64_t	limit;			/* shortest gap that splits, in units */
	uint64_t	time;			/* of the latest touchpoint */
	uint64_t	marks;
	SessionEdge *edge;			/* the next one */
} EdgeWalk;

static inline uint64_t
marks_of(const EdgeWalk *w, uint32_t i)
{
	return w->touch_marks != NULL ? w->touch_marks[i] :
		w->label_marks[journey_code(w->view->codes, w->view->code_bits, i)];
}

static inline void
step(EdgeWalk *w, uint32_t i, uint64_t gap, uint64_t marks)
{
	w->edge->end = w->time;
	w->time += gap;
	w->edge->begin = w->time;
	w->edge->marks = w->marks;
	w->edge->touchpoints = i;
	w->edge += gap >= w->limit;
	w->marks += marks;
}

/* Gaps of whole seconds, four at a time; labels of four bits likewise. */
static inline void
walk_seconds(EdgeWalk *walk, const bool nibbles)
{
	EdgeWalk	w = *walk;
	const uint32_t count = w.view->count;
	const uint8_t *codes = w.view->gap_codes;
	const uint8_t *labels = w.view->codes;
	const uint8_t *end = w.view->gaps;
	uint32_t	i = 1;

	for (; i + 4 <= count; i += 4)
	{
		const GapGroup *g = &gap_groups[*codes++];
		uint64_t	gap[4];
		uint64_t	marks[4];

		for (int k = 0; k < 4; k++)
			gap[k] = journey_load64(end + g->end[k] - 8) >> g->shift[k];
		if (nibbles)
		{
			/* i is odd: the high half of a byte, two of the next, a low half */
			marks[0] = w.label_marks[labels[0] >> 4];
			marks[1] = w.label_marks[labels[1] & 15];
			marks[2] = w.label_marks[labels[1] >> 4];
			marks[3] = w.label_marks[labels[2] & 15];
			labels += 2;
		}
		else
			for (uint32_t k = 0; k < 4; k++)
				marks[k] = marks_of(&w, i + k);
		for (uint32_t k = 0; k < 4; k++)
			step(&w, i + k, gap[k], marks[k]);
		end += g->end[3];
	}
	for (uint32_t k = 0; i < count; i++, k++)
	{
		const GapGroup *g = &gap_groups[*codes];

		step(&w, i, journey_load64(end + g->end[k] - 8) >> g->shift[k], marks_of(&w, i));
	}
	*walk = w;
}

static void
walk_fractions(EdgeWalk *walk)
{
	EdgeWalk	w = *walk;
	const uint8_t *lengths = journey_gap_length[w.view->unit];
	const uint8_t *end = w.view->gaps;

	for (uint32_t i = 1; i < w.view->count; i++)
	{
		int			len = journey_gap_len(w.view->gap_codes, lengths, i - 1);

		end += len;
		step(&w, i, journey_gap_ending(end, len), marks_of(&w, i));
	}
	*walk = w;
}

void
session_limits(SessionLimits *limits, uint64_t split_gap)
{
	for (int unit = 0; unit < 3; unit++)
	{
		uint64_t	us = (uint64_t) journey_unit_us[unit];

		limits->split_gap[unit] = split_gap / us + (split_gap % us != 0);
	}
}

/*
 * The bucket of a number of seconds is that of its microseconds: the bounds of
 * buckets are whole multiples of small powers of two, which both ways to the
 * double hit exactly, and rounding passes over none.
 */
static inline int32_t
second_bucket(uint64_t seconds)
{
	double		d = (double) (int64_t) seconds;
	uint64_t	bits;

	memcpy(&bits, &d, 8);
	return seconds == 0 ? 0 :
		(int32_t) (bits >> (52 - TALLY_BUCKET_BITS)) - TALLY_BUCKET_ZERO + 1;
}

void
sessions_total(const JourneyView *view, const SessionLimits *limits,
			   const uint64_t *label_marks, const uint64_t *touch_marks,
			   SessionEdge *edges, SessionTotals *totals,
			   SessionWindow *window, int32_t *others)
{
	const uint64_t us = (uint64_t) journey_unit_us[view->unit];
	EdgeWalk	w = {view, label_marks, touch_marks};
	SessionTotals sum = {0, 0, 0, 0, 0};

	window->others = 0;
	*totals = sum;
	if (view->count == 0)
		return;
	memset(&edges[0], 0, sizeof(SessionEdge));
	w.limit = limits->split_gap[view->unit];
	w.edge = edges + 1;
	w.marks = marks_of(&w, 0);
	if (view->unit != 0)
		walk_fractions(&w);
	else if (view->code_bits == 4 && touch_marks == NULL)
		walk_seconds(&w, true);
	else
		walk_seconds(&w, false);
	w.edge->end = w.time;
	w.edge->marks = w.marks;
	w.edge->touchpoints = view->count;

	sum.sessions = (uint32_t) (w.edge - edges);
	for (uint32_t i = 0; i < sum.sessions; i++)
	{
		const SessionEdge *e = &edges[i];
		uint64_t	units = e[1].end - e->begin;
		uint64_t	marks = e[1].marks - e->marks;
		int32_t		bucket = us == 1000000 ? second_bucket(units) :
		tally_bucket((int64_t) (units * us));

		if ((uint32_t) (bucket - window->low) < window->width)
			window->counts[bucket - window->low]++;
		else
			others[window->others++] = bucket;
		sum.duration += units * us;
		sum.bounced += e[1].touchpoints - e->touchpoints == 1;
		sum.engaged += session_engaged(units * us, marks);
		sum.converted += marks >= SESSION_KEY_EVENT;
	}
	*totals = sum;
}
