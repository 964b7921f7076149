/*
 * funnel_slices.c
 *	  From a journey to what a funnel searches.
 *
 * Two passes over the journey: one counts what is kept of each channel, one
 * keeps it, 24 bytes a touchpoint, the touchpoints of a channel side by side.
 * A session is a range of these.  Where no channel is held and the journey is
 * small the first pass is spared: there is room for everything.
 *
 * Of the touchpoints at one time it is enough to keep n + 1 for each of the n
 * steps.  At most n of them are in a chain, so one that was left out can always
 * be replaced by one that is there and free; and if more than n are there, more
 * than n stay, so that in the strict modes a chain cannot use up all of them
 * and go on, neither before nor after.
 *
 * Cost: labels x (steps + exclusions), then linear in touchpoints; those at one
 * time are sorted.
 */
#include <stdlib.h>

#include "funnel_slices.h"

#define SMALL_JOURNEY	1024

/* What a label of the journey is to steps and exclusions. */
typedef struct LabelMarks
{
	JourneyLabel name;
	uint64_t	fits;
	uint64_t	maybe_fits;		/* depends on channel or value */
	uint64_t	excluded;
	uint64_t	maybe_excluded;
} LabelMarks;

/* A channel that is held, or all of them. */
typedef struct ChannelState
{
	uint32_t	count;			/* relevant touchpoints */
	uint32_t	slice;			/* of the session that goes on */
	uint32_t	last_slice;		/* the newest */
	bool		seen;
	int64_t		time;			/* of the last touchpoint */
	FunnelTouch *place;			/* of the next that is kept */
} ChannelState;

typedef struct Cutter
{
	FunnelEngine *e;
	const JourneyView *view;
	LabelMarks *labels;
	JourneyLabel *channels;
	ChannelState *states;
	uint32_t	nstates;
	bool		keep_all;
} Cutter;

static void *
take_memory(FunnelEngine *e, size_t size)
{
	return e->host->allocate(size > 0 ? size : 8);
}

/* -- labels ------------------------------------------------------------------ */

static void
resolve_labels(Cutter *c, uint64_t *any, uint64_t *maybe)
{
	const FunnelOptions *o = c->e->options;
	const uint8_t *p = c->view->labels;

	*any = *maybe = 0;
	c->labels = take_memory(c->e, c->view->nlabels * sizeof(LabelMarks));
	for (uint32_t i = 0; i < c->view->nlabels; i++)
	{
		LabelMarks *label = &c->labels[i];

		p = journey_next_label(p, &label->name);
		funnel_label_steps(o, &label->name, &label->fits, &label->maybe_fits);
		label->excluded = label->maybe_excluded = 0;
		for (int x = 0; x < o->nexclusions; x++)
		{
			MatcherFit	fit = matcher_fits_label(o->exclusions[x].matcher, &label->name);

			if (fit == MF_ALWAYS)
				label->excluded |= funnel_bit(x);
			else if (fit == MF_MAYBE)
				label->maybe_excluded |= funnel_bit(x);
		}
		*any |= label->fits | label->maybe_fits;
		*maybe |= label->maybe_fits | label->maybe_excluded;
		funnel_worked(c->e, o->nsteps + o->nexclusions);
	}
}

/* What the current touchpoint of the cursor is; false if it is not relevant. */
static inline bool
mark_touch(const Cutter *c, const JourneyCursor *cursor, FunnelTouch *touch)
{
	const FunnelOptions *o = c->e->options;
	const LabelMarks *label = &c->labels[cursor->label];

	touch->time = cursor->at;
	touch->fits = label->fits;
	touch->excluded = label->excluded;
	if ((label->maybe_fits | label->maybe_excluded) != 0)
	{
		const JourneyLabel *channel = cursor->channel ?
		&c->channels[cursor->channel - 1] : NULL;

		for (uint64_t m = label->maybe_fits; m != 0; m &= m - 1)
			if (matcher_fits(o->steps[__builtin_ctzll(m)], &label->name, channel,
							 cursor->has_value, cursor->value))
				touch->fits |= m & -m;
		for (uint64_t m = label->maybe_excluded; m != 0; m &= m - 1)
			if (matcher_fits(o->exclusions[__builtin_ctzll(m)].matcher, &label->name,
							 channel, cursor->has_value, cursor->value))
				touch->excluded |= m & -m;
	}
	return c->keep_all || (touch->fits | touch->excluded) != 0;
}

/* -- cutting ------------------------------------------------------------------ */

/* How many touchpoints are kept, by channel if one is held. */
static uint32_t
count_touches(Cutter *c)
{
	bool		hold = c->e->options->hold_channel;
	uint32_t	total = 0;
	JourneyCursor cursor;
	FunnelTouch touch;

	if (!hold && (c->keep_all || c->view->count <= SMALL_JOURNEY))
		return c->states[0].count = c->view->count;
	journey_first(&cursor, c->view);
	while (journey_next(&cursor))
	{
		funnel_worked(c->e, 1);
		if (!mark_touch(c, &cursor, &touch))
			continue;
		c->states[hold ? cursor.channel : 0].count++;
		total++;
	}
	return total;
}

static uint32_t
add_slice(Cutter *c, ChannelState *state)
{
	FunnelEngine *e = c->e;
	FunnelSlice *s = &e->slices[e->nslices];

	s->touch = state->place;
	s->count = 0;
	s->next = FUNNEL_NO_SLICE;
	s->fits = s->excluded = 0;
	s->formed = false;
	s->last_fit = NULL;
	if (state->last_slice == FUNNEL_NO_SLICE)
		e->heads[e->nheads++] = e->nslices;
	else
		e->slices[state->last_slice].next = e->nslices;
	return state->last_slice = e->nslices++;
}

static void
keep_touches(Cutter *c, bool sessions, uint64_t timeout)
{
	FunnelEngine *e = c->e;
	bool		hold = e->options->hold_channel;
	JourneyCursor cursor;
	FunnelTouch touch;

	journey_first(&cursor, c->view);
	while (journey_next(&cursor))
	{
		ChannelState *state = &c->states[hold ? cursor.channel : 0];

		funnel_worked(e, 1);
		if (sessions && state->seen && funnel_span(state->time, cursor.at) > timeout)
			state->slice = FUNNEL_NO_SLICE;
		state->seen = true;
		state->time = cursor.at;
		if (mark_touch(c, &cursor, &touch))
		{
			FunnelSlice *s;

			if (state->slice == FUNNEL_NO_SLICE)
				state->slice = add_slice(c, state);
			s = &e->slices[state->slice];
			*state->place++ = touch;
			s->count++;
			s->fits |= touch.fits;
			s->excluded |= touch.excluded;
		}
		if (state->slice != FUNNEL_NO_SLICE)
			e->slices[state->slice].last = cursor.at;
	}
}

static void
begin_engine(FunnelEngine *e, const FunnelOptions *options, const FunnelHost *host)
{
	memset(e, 0, sizeof(*e));
	e->options = options;
	e->host = host;
	e->strict = options->mode == FM_STRICT || options->mode == FM_STRICT_STEPS;
	e->single = options->tie != FT_ANY;
	e->all = funnel_bits(0, options->nsteps - 1);
	e->entering = 1;
	if (options->mode == FM_UNORDERED && (options->anchored & 1) == 0)
	{
		uint64_t	anchored = options->anchored & e->all;

		e->entering = anchored == 0 ? e->all : (anchored & -anchored) - 1;
	}
	for (int x = 0; x < options->nexclusions; x++)
		e->span[x] = funnel_bits(options->exclusions[x].after - 1,
								 options->exclusions[x].before - 2);
}

bool
funnel_cut_slices(FunnelEngine *e, const FunnelOptions *options,
				  const JourneyView *view, const FunnelHost *host,
				  bool sessions, uint64_t session_timeout)
{
	Cutter		c;
	uint64_t	any;
	uint64_t	maybe;
	uint32_t	total;
	FunnelTouch *place;

	begin_engine(e, options, host);
	c.e = e;
	c.view = view;
	c.channels = NULL;
	c.keep_all = options->mode == FM_STRICT;
	if (view->count == 0)
		return false;
	resolve_labels(&c, &any, &maybe);
	if (any == 0)
		return false;
	if (!options->open && (any & e->entering) == 0)
		return false;
	if (maybe != 0)
	{
		c.channels = take_memory(e, view->nchannels * sizeof(JourneyLabel));
		journey_read_labels(view->channels, view->nchannels, c.channels);
	}

	c.nstates = options->hold_channel ? view->nchannels + 1 : 1;
	c.states = take_memory(e, c.nstates * sizeof(ChannelState));
	memset(c.states, 0, c.nstates * sizeof(ChannelState));
	total = count_touches(&c);
	place = take_memory(e, total * sizeof(FunnelTouch));
	for (uint32_t i = 0; i < c.nstates; i++)
	{
		c.states[i].place = place;
		c.states[i].slice = c.states[i].last_slice = FUNNEL_NO_SLICE;
		place += c.states[i].count;
	}
	e->heads = take_memory(e, c.nstates * sizeof(uint32_t));
	if (sessions)
		e->slices = take_memory(e, total * sizeof(FunnelSlice));
	else
		e->slices = take_memory(e, c.nstates * sizeof(FunnelSlice));
	keep_touches(&c, sessions, session_timeout);
	return e->nslices > 0;
}

/* -- moments ------------------------------------------------------------------ */

static void
apply_grace(FunnelEngine *e, FunnelSlice *s)
{
	uint64_t	grace = e->options->grace;
	int64_t		first = s->touch[0].time;

	for (uint32_t i = 1; i < s->count; i++)
	{
		if (funnel_span(first, s->touch[i].time) > grace)
			first = s->touch[i].time;
		s->touch[i].time = first;
		funnel_worked(e, 1);
	}
}

static void
merge_ties(FunnelEngine *e, FunnelSlice *s)
{
	uint32_t	last = 0;

	for (uint32_t i = 1; i < s->count; i++)
	{
		if (s->touch[i].time == s->touch[last].time)
		{
			s->touch[last].fits |= s->touch[i].fits;
			s->touch[last].excluded |= s->touch[i].excluded;
		}
		else
			s->touch[++last] = s->touch[i];
		funnel_worked(e, 1);
	}
	s->count = last + 1;
}

/* By what they fit, so that no answer depends on the stored order. */
static int
compare_fits(const void *a, const void *b)
{
	uint64_t	x = ((const FunnelTouch *) a)->fits;
	uint64_t	y = ((const FunnelTouch *) b)->fits;

	return x < y ? 1 : x > y ? -1 : 0;
}

/*
 * Touchpoints from..to of a slice are at one time: write those that are kept
 * from place on, sorted.  Returns the next place.
 */
static uint32_t
keep_tie(FunnelEngine *e, FunnelSlice *s, uint32_t from, uint32_t to, uint32_t place)
{
	uint64_t	excluded = 0;
	uint32_t	first = place;
	uint32_t	limit = e->options->nsteps + 1;
	uint32_t	kept[FUNNEL_MAX_STEPS];
	bool		blank = false;

	if (to - from > limit)
		memset(kept, 0, sizeof(kept));
	for (uint32_t i = from; i < to; i++)
	{
		FunnelTouch touch = s->touch[i];

		funnel_worked(e, 1);
		excluded |= touch.excluded;
		if (touch.fits == 0)
		{
			blank = true;
			continue;
		}
		if (to - from > limit)
		{
			bool		wanted = false;

			for (uint64_t m = touch.fits; m != 0; m &= m - 1)
				wanted |= kept[__builtin_ctzll(m)] < limit;
			if (!wanted)
				continue;
			for (uint64_t m = touch.fits; m != 0; m &= m - 1)
				kept[__builtin_ctzll(m)]++;
		}
		s->touch[place++] = touch;
	}
	if (place - first > 1)
		qsort(&s->touch[first], place - first, sizeof(FunnelTouch), compare_fits);
	if (place == first || (blank && e->options->mode == FM_STRICT))
	{
		s->touch[place].time = s->touch[from].time;
		s->touch[place++].fits = 0;
	}
	s->touch[first].excluded = excluded;
	for (uint32_t i = first + 1; i < place; i++)
		s->touch[i].excluded = 0;
	return place;
}

static void
sort_ties(FunnelEngine *e, FunnelSlice *s)
{
	uint32_t	place = 0;

	for (uint32_t from = 0, to; from < s->count; from = to)
	{
		int64_t		time = s->touch[from].time;

		for (to = from + 1; to < s->count && s->touch[to].time == time; to++)
			 /* find the end */ ;
		if (to - from == 1)
		{
			s->touch[place++] = s->touch[from];
			funnel_worked(e, 1);
		}
		else
			place = keep_tie(e, s, from, to, place);
	}
	s->count = place;
}

/* So that a search knows when to stop: there will be many. */
static void
find_last_fits(FunnelEngine *e, FunnelSlice *s)
{
	uint64_t	left = s->fits & e->all;

	s->last_fit = take_memory(e, e->options->nsteps * sizeof(uint32_t));
	memset(s->last_fit, 0, e->options->nsteps * sizeof(uint32_t));
	for (uint32_t i = s->count; i > 0 && left != 0; i--)
	{
		for (uint64_t m = left & s->touch[i - 1].fits; m != 0; m &= m - 1)
			s->last_fit[__builtin_ctzll(m)] = i;
		left &= ~s->touch[i - 1].fits;
		funnel_worked(e, 1);
	}
}

void
funnel_form_moments(FunnelEngine *e, FunnelSlice *slice)
{
	if (slice->formed || slice->count == 0)
		return;
	slice->formed = true;
	if (e->options->grace > 0)
		apply_grace(e, slice);
	if (e->options->tie == FT_STRICT)
		merge_ties(e, slice);
	else if (e->options->tie == FT_ANY)
		sort_ties(e, slice);
	if (e->many)
		find_last_fits(e, slice);
}
