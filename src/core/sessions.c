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
 * Cost: a load, an addition and four stores for each touchpoint, and a division
 * for each session, to find the bucket of its length.
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
step(EdgeWalk *w, uint32_t i, uint64_t gap)
{
	w->edge->end = w->time;
	w->time += gap;
	w->edge->begin = w->time;
	w->edge->marks = w->marks;
	w->edge->touchpoints = i;
	w->edge += gap >= w->limit;
	w->marks += marks_of(w, i);
}

/* Gaps of whole seconds, four at a time. */
static void
walk_seconds(EdgeWalk *walk)
{
	EdgeWalk	w = *walk;
	const uint32_t count = w.view->count;
	const uint8_t *codes = w.view->gap_codes;
	const uint8_t *end = w.view->gaps;
	uint32_t	i = 1;

	for (; i + 4 <= count; i += 4)
	{
		const GapGroup *g = &gap_groups[*codes++];

		step(&w, i, journey_load64(end + g->end[0] - 8) >> g->shift[0]);
		step(&w, i + 1, journey_load64(end + g->end[1] - 8) >> g->shift[1]);
		step(&w, i + 2, journey_load64(end + g->end[2] - 8) >> g->shift[2]);
		step(&w, i + 3, journey_load64(end + g->end[3] - 8) >> g->shift[3]);
		end += g->end[3];
	}
	for (uint32_t k = 0; i < count; i++, k++)
	{
		const GapGroup *g = &gap_groups[*codes];

		step(&w, i, journey_load64(end + g->end[k] - 8) >> g->shift[k]);
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
		step(&w, i, journey_gap_ending(end, len));
	}
	*walk = w;
}

void
sessions_total(const JourneyView *view, uint64_t split_gap,
			   const uint64_t *label_marks, const uint64_t *touch_marks,
			   SessionEdge *edges, SessionTotals *totals, int32_t *buckets)
{
	const uint64_t us = (uint64_t) journey_unit_us[view->unit];
	EdgeWalk	w = {view, label_marks, touch_marks};
	SessionTotals sum = {0, 0, 0, 0, 0};

	if (view->count == 0)
	{
		*totals = sum;
		return;
	}
	edges[0] = (SessionEdge) {0, 0, 0, 0};
	w.limit = split_gap / us + (split_gap % us != 0);
	w.edge = edges + 1;
	w.marks = marks_of(&w, 0);
	if (view->unit == 0)
		walk_seconds(&w);
	else
		walk_fractions(&w);
	*w.edge = (SessionEdge) {w.time, w.time, w.marks, view->count};

	sum.sessions = (uint32_t) (w.edge - edges);
	for (uint32_t i = 0; i < sum.sessions; i++)
	{
		const SessionEdge *e = &edges[i];
		uint64_t	duration = (e[1].end - e->begin) * us;
		uint64_t	marks = e[1].marks - e->marks;

		buckets[i] = tally_bucket((int64_t) duration);
		sum.duration += duration;
		sum.bounced += e[1].touchpoints - e->touchpoints == 1;
		sum.engaged += session_engaged(duration, marks);
		sum.converted += marks >= SESSION_KEY_EVENT;
	}
	*totals = sum;
}
