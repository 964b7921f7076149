/*
 * transitions.c
 *	  Counting transitions, see transitions.h.
 *
 * The loops are written out for 4-bit codes (up to 16 different events, as
 * nearly all journeys have) and for any other width by the same inline
 * function, so that the compiler sees the width as a constant.
 */
#include "transitions.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* A new customer: its stamp is unlike any in the tally. */
static void
start_customer(Tally *t, TransitionRun *run)
{
	run->started = true;
	if (++t->stamp == 0)
	{
		for (uint32_t i = 0; i < t->nrows; i++)
			tally_row_at(t, i)->stamp = 0;
		t->stamp = 1;
	}
}

static TallyRow *
find_row(Tally *t, int32_t from, int32_t to, TallyFull *full)
{
	int64_t		keys[2] = {from, to};

	return tally_row(t, keys, full);
}

static ALWAYS_INLINE void
count_customer(Tally *t, TallyRow *row, uint32_t stamp)
{
	int64_t    *counters = tally_counters(t, row);

	counters[TC_TRANSITION_CUSTOMERS] += row->stamp != stamp;
	row->stamp = stamp;
}

/* A transition from the start or to the end. */
static TallyFull
count_mark(Tally *t, TransitionRun *run, int32_t to)
{
	TallyFull	full;
	TallyRow   *row = find_row(t, run->from, to, &full);

	if (row == NULL)
		return full;
	tally_counters(t, row)[TC_TRANSITION_COUNT]++;
	count_customer(t, row, t->stamp);
	run->from = to;
	return TALLY_OK;
}

TallyFull
transitions_step(Tally *t, TransitionRun *run, int32_t to, int64_t us)
{
	TallyFull	full;
	TallyRow   *row;

	if (run->dense)
	{
		transitions_step_dense(t, run, to, us);
		return TALLY_OK;
	}
	if (!run->started)
		start_customer(t, run);
	if (run->from == TALLY_MARK_START || to == TALLY_MARK_END)
		return count_mark(t, run, to);
	row = find_row(t, run->from, to, &full);
	if (row == NULL)
		return full;
	count_customer(t, row, t->stamp);
	full = tally_count_duration(t, row, us, 1);
	if (full == TALLY_OK)
		run->from = to;
	return full;
}

/*
 * The row of a pair of labels; the matrix is asked first.
 */
static ALWAYS_INLINE TallyRow *
row_of_pair(Tally *t, const uint32_t *line, uint8_t *rows, size_t row_size,
			int32_t from, int32_t to, TallyFull *full)
{
	if (line != NULL && line[to + 2] != 0)
		return (TallyRow *) (rows + (line[to + 2] - 1) * row_size);
	return find_row(t, from, to, full);
}

static ALWAYS_INLINE const uint32_t *
line_of(const Tally *t, int32_t from)
{
	return t->square ? tally_square_slot(t, from, -2) : NULL;
}

/* -- events ------------------------------------------------------------------ */

static TallyFull
map_labels(Tally *t, TransitionRun *run)
{
	const JourneyView *v = run->view;
	const uint8_t *p = v->labels;

	for (uint32_t i = 0; i < v->nlabels; i++)
	{
		JourneyLabel label;
		TallyFull	full;
		int32_t		number;

		p = journey_next_label(p, &label);
		number = tally_label(t, &label, &full);
		if (number < 0)
			return full;
		run->map[i] = (uint32_t) number;
	}
	run->mapped = true;
	return TALLY_OK;
}

static ALWAYS_INLINE TallyFull
count_events(Tally *t, TransitionRun *run, const int bits, const int unit)
{
	const JourneyView *v = run->view;
	const uint8_t *lengths = journey_gap_length[unit];
	const int64_t us = journey_unit_us[unit];
	const uint32_t stamp = t->stamp;
	const uint32_t *map = run->map;
	const uint8_t *codes = v->codes;
	const uint8_t *gap_codes = v->gap_codes;
	const uint8_t *gap = run->gap;
	const size_t row_size = sizeof(TallyRow) + 8 * (2 + TC_TRANSITION_COUNTERS);
	uint8_t    *rows = tally_rows(t);
	const uint32_t count = v->count;
	int32_t		from = run->from;
	uint32_t	i;
	TallyFull	full = TALLY_OK;

	for (i = run->next; i < count; i++)
	{
		int			len = journey_gap_len(gap_codes, lengths, i - 1);
		int32_t		to = (int32_t) map[journey_code(codes, bits, i)];
		TallyRow   *row = row_of_pair(t, line_of(t, from), rows, row_size, from, to, &full);

		if (row == NULL)
			break;
		count_customer(t, row, stamp);
		full = tally_count_duration(t, row, (int64_t) journey_gap_ending(gap + len, len) * us, 1);
		if (full != TALLY_OK)
			break;
		gap += len;
		from = to;
	}
	run->next = i;
	run->gap = gap;
	run->from = from;
	return full;
}

TallyFull
transitions_count(Tally *t, TransitionRun *run)
{
	const JourneyView *v = run->view;
	TallyFull	full;

	if (v->count == 0)
		return TALLY_OK;
	if (!run->started)
		start_customer(t, run);
	if (!run->mapped)
	{
		full = map_labels(t, run);
		if (full != TALLY_OK)
			return full;
	}
	if (run->next == 0)
	{
		full = count_mark(t, run, (int32_t) run->map[journey_code(v->codes, v->code_bits, 0)]);
		if (full != TALLY_OK)
			return full;
		run->next = 1;
	}
	if (v->code_bits == 4 && v->unit == 0)
		full = count_events(t, run, 4, 0);
	else if (v->code_bits == 2 && v->unit == 0)
		full = count_events(t, run, 2, 0);
	else
		full = count_events(t, run, v->code_bits, v->unit);
	if (full != TALLY_OK)
		return full;
	return count_mark(t, run, TALLY_MARK_END);
}

/* -- stages ------------------------------------------------------------------ */

TallyFull
transitions_stages(Tally *t, const StageMachine *machine)
{
	for (uint32_t i = 0; i < machine->nstages; i++)
	{
		TallyFull	full;

		if (tally_label(t, &machine->stage_labels[i], &full) < 0)
			return full;
	}
	return TALLY_OK;
}

static ALWAYS_INLINE TallyFull
count_stages(Tally *t, TransitionRun *run, const int bits, const int unit,
			 const bool offsite)
{
	const JourneyView *v = run->view;
	const StageMachine *m = run->machine;
	const uint32_t *table = m->table;
	const uint32_t nstates = m->nstates;
	const uint16_t *classes = run->classes;
	const uint8_t *lengths = journey_gap_length[unit];
	const int64_t us = journey_unit_us[unit];
	const uint64_t timeout = (uint64_t) (m->session_timeout / us);
	const uint32_t stamp = t->stamp;
	const uint8_t *codes = v->codes;
	const uint8_t *gap_codes = v->gap_codes;
	const uint8_t *gap = run->gap;
	const size_t row_size = sizeof(TallyRow) + 8 * (2 + TC_TRANSITION_COUNTERS);
	uint8_t    *rows = tally_rows(t);
	const uint32_t count = v->count;
	uint32_t	state = run->state;
	uint64_t	waited = run->waited;
	StageVisit	visit = run->visit;
	int32_t		from = run->from;
	uint32_t	i;
	TallyFull	full = TALLY_OK;

	for (i = run->next; i < count; i++)
	{
		int			len = i == 0 ? 0 : journey_gap_len(gap_codes, lengths, i - 1);
		uint64_t	this_gap = i == 0 ? 0 : journey_gap_ending(gap + len, len);
		uint32_t	class = classes[journey_code(codes, bits, i)];
		StageVisit	next_visit = visit;
		bool		away = offsite && (m->class_flags[class] & STAGE_CLASS_OFFSITE) != 0;
		bool		begins = stage_new_visit(&next_visit, this_gap, away, timeout);
		uint32_t	entry = table[(class * 2 + begins) * nstates + state];
		int32_t		to = (int32_t) STAGE_ENTRY_STAGE(entry) - 1;

		if (STAGE_IS_ESCAPE(entry))
		{
			run->escaped = true;
			break;
		}
		if (to >= 0)
		{
			TallyRow   *row = row_of_pair(t, line_of(t, from), rows, row_size,
										  from, to, &full);

			if (row == NULL)
				break;
			count_customer(t, row, stamp);
			if (from == TALLY_MARK_START)
				tally_counters(t, row)[TC_TRANSITION_COUNT]++;
			else
			{
				full = tally_count_duration(t, row, (int64_t) (waited + this_gap) * us, 1);
				if (full != TALLY_OK)
					break;
			}
			from = to;
			waited = 0;
		}
		else
			waited += this_gap;
		state = STAGE_ENTRY_STATE(entry);
		visit = next_visit;
		gap += len;
	}
	run->next = i;
	run->gap = gap;
	run->from = from;
	run->state = state;
	run->visit = visit;
	run->waited = waited;
	return full;
}

TallyFull
transitions_count_stages(Tally *t, TransitionRun *run)
{
	const JourneyView *v = run->view;
	TallyFull	full;

	if (!run->started)
		start_customer(t, run);
	if (run->offsite || v->unit != 0 || v->code_bits != 4)
		full = count_stages(t, run, v->code_bits, v->unit, run->offsite);
	else
		full = count_stages(t, run, 4, 0, false);
	if (full != TALLY_OK || run->escaped || run->from == TALLY_MARK_START)
		return full;
	return count_mark(t, run, TALLY_MARK_END);
}
