/*
 * pattern_journey.c
 *	  The touchpoints of a journey as letters of a pattern.
 *
 * Labels are put to all matchers at once, by the plan that funnels have
 * (funnel_plan.c), when a journey is opened.  Where none depends on channel or
 * value, a touchpoint costs the two look-ups from its code to its letter, and a
 * gap to add up where times are asked for.
 */
#include <string.h>

#include "pattern_journey.h"

#include "funnel_impl.h"
#include "pattern_machine.h"
#include "wellknown.h"

/* Instead of letters of labels. */
#define LETTER_UNKNOWN	UINT32_MAX
#define LETTER_DYNAMIC	(UINT32_MAX - 1)	/* depends on channel or value */

/* Which atoms a dynamic label fits whatever its channel and value, and which
 * depend on them. */
typedef struct DynamicLabel
{
	uint64_t   *always;
	uint64_t   *maybe;
} DynamicLabel;

struct PatternReaderState
{
	const Pattern *pattern;
	PatternMachine *m;
	uint32_t	words;
	uint64_t   *atoms;			/* scratch: sets of atoms */
	uint64_t   *maybe;
	FunnelPlan *plan;			/* of the atoms, as if they were steps; NULL
								 * if there are too many */
	uint32_t   *known;			/* letters of whole well-known names */
	uint32_t	none;			/* letter of labels that no atom asks for */
	uint32_t	epoch;			/* of these letters */
	uint64_t   *clauses;		/* sets of atoms: every match has one of each */
	uint32_t	nclauses;
	uint32_t	cap_labels;		/* room in letters[] */
	PatternHost kept;			/* gives it */
	/* of the journey */
	const JourneyView *view;
	const PatternHost *host;
	JourneyLabel *labels;		/* where has_dynamic */
	JourneyLabel *channels;
	uint32_t   *letters;		/* by label */
	DynamicLabel *dynamic;		/* by label; NULL until one is met */
	bool		has_dynamic;	/* some label is */
	uint64_t	any;			/* atoms that some label fits or may fit */
	JourneyCursor cursor;
	JourneyCursor *marks;		/* at every PATTERN_CHUNK-th touchpoint */
	uint32_t	nmarks;
};

/* -- letters -------------------------------------------------------------------- */

/*
 * The atoms that a label fits whatever channel and value are, in s->atoms; those
 * that depend on them in `maybe`.  False if there are none of the latter.
 */
static bool
find_atoms(struct PatternReaderState *s, const JourneyLabel *name, uint64_t *maybe)
{
	bool		any = false;

	memset(s->atoms, 0, s->words * sizeof(uint64_t));
	memset(maybe, 0, s->words * sizeof(uint64_t));
	if (s->plan != NULL)
	{
		FunnelFit	fit = funnel_label_fit(s->plan, name);

		s->atoms[0] = fit.always;
		maybe[0] = fit.maybe;
		return fit.maybe != 0;
	}
	/* thousands of matchers, for each of many labels */
	s->host->relax(s->host->arg);
	for (uint32_t i = 0; i < s->pattern->natoms; i++)
	{
		MatcherFit	fit = matcher_fits_label(pattern_matcher(s->pattern, i), name);

		if (fit == MF_ALWAYS)
			s->atoms[i / 64] |= UINT64_C(1) << (i % 64);
		if (fit == MF_MAYBE)
			maybe[i / 64] |= UINT64_C(1) << (i % 64);
		any |= fit == MF_MAYBE;
	}
	return any;
}

/* The letter of a label that is not known yet, or LETTER_DYNAMIC. */
static uint32_t
find_letter(struct PatternReaderState *s, uint32_t label, const JourneyLabel *name)
{
	size_t		bytes = s->words * sizeof(uint64_t);
	bool		maybe = find_atoms(s, name, s->maybe);
	uint32_t	letter;

	if (maybe && (s->view->nchannels > 0 || s->view->nvalues > 0))
	{
		DynamicLabel *d;

		if (s->dynamic == NULL)
			s->dynamic = s->host->allocate(s->host->arg, s->view->nlabels * sizeof(DynamicLabel));
		d = &s->dynamic[label];
		d->always = s->host->allocate(s->host->arg, 2 * bytes);
		d->maybe = d->always + s->words;
		memcpy(d->always, s->atoms, bytes);
		memcpy(d->maybe, s->maybe, bytes);
		return LETTER_DYNAMIC;
	}
	letter = pattern_letter(s->m, s->atoms);
	if (name->text == NULL && !maybe && name->known < wellknown_count)
		s->known[name->known] = letter;
	return letter;
}

/* The letters of all labels of the journey; `again`, after they were forgotten. */
static void
find_letters(struct PatternReaderState *s, bool again)
{
	const uint8_t *p = s->view->labels;

	for (uint32_t i = 0; i < s->view->nlabels; i++)
	{
		uint32_t	letter = LETTER_UNKNOWN;
		JourneyLabel name;

		p = journey_next_label(p, &name);
		if (again && s->letters[i] == LETTER_DYNAMIC)
			continue;
		if (name.text == NULL && name.known < wellknown_count)
			letter = s->known[name.known];
		else if (s->plan != NULL && !funnel_asked_for(s->plan, &name))
			letter = s->none;
		if (letter == LETTER_UNKNOWN)
			letter = find_letter(s, i, &name);
		s->letters[i] = letter;
		if (letter == LETTER_DYNAMIC)
		{
			s->has_dynamic = true;
			s->any |= s->dynamic[i].always[0] | s->dynamic[i].maybe[0];
		}
		else
			s->any |= s->m->letters[(size_t) letter * s->words];
	}
}

/* The letter of the cursor's touchpoint, whose label is dynamic. */
static uint32_t
dynamic_letter(struct PatternReaderState *s)
{
	const JourneyCursor *c = &s->cursor;
	const DynamicLabel *d = &s->dynamic[c->label];
	const JourneyLabel *channel = c->channel > 0 ? &s->channels[c->channel - 1] : NULL;

	memcpy(s->atoms, d->always, s->words * sizeof(uint64_t));
	for (uint32_t i = 0; i < s->pattern->natoms; i++)
	{
		if (((d->maybe[i / 64] >> (i % 64)) & 1) &&
			matcher_fits(pattern_matcher(s->pattern, i), &s->labels[c->label],
						 channel, c->has_value, c->value))
			s->atoms[i / 64] |= UINT64_C(1) << (i % 64);
	}
	return pattern_letter(s->m, s->atoms);
}

/* Letters have got other numbers, or there are none yet. */
static void
forget_letters(struct PatternReaderState *s)
{
	s->epoch = pattern_letter_epoch(s->m);
	for (uint32_t i = 0; i < wellknown_count; i++)
		s->known[i] = LETTER_UNKNOWN;
	memset(s->atoms, 0, s->words * sizeof(uint64_t));
	s->none = pattern_letter(s->m, s->atoms);
}

/* -- reading ---------------------------------------------------------------------- */

/* The cursor stands before a touchpoint: note it if it is one to come back to. */
static inline void
note(struct PatternReaderState *s)
{
	uint32_t	next = s->cursor.next;

	if (next % PATTERN_CHUNK == 0 && next / PATTERN_CHUNK == s->nmarks)
		s->marks[s->nmarks++] = s->cursor;
}

static void
seek(struct PatternReaderState *s, uint32_t position)
{
	uint32_t	mark = position / PATTERN_CHUNK;

	if (s->marks == NULL)
	{
		s->marks = s->host->allocate(s->host->arg, (s->view->count / PATTERN_CHUNK + 1) *
									 sizeof(JourneyCursor));
		journey_first(&s->cursor, s->view);
	}
	if (s->nmarks > 0 && (s->cursor.next > position || mark < s->nmarks))
	{
		if (mark >= s->nmarks)
			mark = s->nmarks - 1;
		if (s->cursor.next > position || s->cursor.next < s->marks[mark].next)
			s->cursor = s->marks[mark];
	}
	while (s->cursor.next < position)
	{
		note(s);
		journey_next(&s->cursor);
	}
}

/* Letters of touchpoints whose labels are not dynamic. */
static void
read_letters(const struct PatternReaderState *s, uint32_t from, uint32_t n, uint32_t *letters)
{
	const uint8_t *codes = s->view->codes;
	const uint32_t *of = s->letters;

	switch (s->view->code_bits)
	{
		case 4:
			for (uint32_t i = 0; i < n; i++)
				letters[i] = of[journey_code(codes, 4, from + i)];
			break;
		case 8:
			for (uint32_t i = 0; i < n; i++)
				letters[i] = of[codes[from + i]];
			break;
		default:
			for (uint32_t i = 0; i < n; i++)
				letters[i] = of[journey_code(codes, s->view->code_bits, from + i)];
	}
}

/* Times of all touchpoints. */
static void
read_times(const JourneyView *view, int64_t *times)
{
	const uint8_t *lengths = journey_gap_length[view->unit];
	int64_t		unit = journey_unit_us[view->unit];
	const uint8_t *gap = view->gaps;
	int64_t		time = view->base;

	times[0] = time * unit;
	for (uint32_t i = 1; i < view->count; i++)
	{
		int			len = journey_gap_len(view->gap_codes, lengths, i - 1);

		gap += len;
		time += (int64_t) journey_gap_ending(gap, len);
		times[i] = time * unit;
	}
}

static void
read_journey(PatternInput *input, PatternMachine *m, uint32_t from, uint32_t n,
			 int64_t *times, uint32_t *letters)
{
	struct PatternReaderState *s = input->arg;

	if (pattern_letter_epoch(m) != s->epoch)
	{
		forget_letters(s);
		find_letters(s, true);
	}
	if (!s->has_dynamic && (times == NULL || n == s->view->count))
	{
		read_letters(s, from, n, letters);
		if (times != NULL)
			read_times(s->view, times);
		return;
	}
	seek(s, from);
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	letter;

		note(s);
		journey_next(&s->cursor);
		letter = s->letters[s->cursor.label];
		if (letter == LETTER_DYNAMIC)
			letter = dynamic_letter(s);
		letters[i] = letter;
		if (times != NULL)
			times[i] = s->cursor.at;
	}
}

/* -- readers ------------------------------------------------------------------------ */

/* What every match contains, as sets of atoms. */
static void
require(struct PatternReaderState *s, const PatternHost *host)
{
	PatternRequired required;

	pattern_required(s->pattern, host, &required);
	s->nclauses = required.nclauses;
	s->clauses = host->allocate(host->arg, (s->nclauses + 1) * sizeof(uint64_t));
	for (uint32_t i = 0; i < s->nclauses; i++)
	{
		s->clauses[i] = 0;
		for (uint32_t k = required.from[i]; k < required.from[i + 1]; k++)
			s->clauses[i] |= UINT64_C(1) << required.atoms[k];
	}
}

PatternReader *
pattern_reader_create(const Pattern *pattern, PatternMachine *m, const PatternHost *host)
{
	PatternReader *r = host->allocate(host->arg, sizeof(PatternReader));
	struct PatternReaderState *s =
	host->allocate(host->arg, sizeof(struct PatternReaderState));

	memset(r, 0, sizeof(*r));
	memset(s, 0, sizeof(*s));
	r->state = s;
	r->input.read = read_journey;
	r->input.arg = s;
	s->pattern = pattern;
	s->m = m;
	s->words = pattern->natoms > 0 ? (pattern->natoms + 63) / 64 : 1;
	s->kept = *host;
	s->atoms = host->allocate(host->arg, 2 * s->words * sizeof(uint64_t));
	s->maybe = s->atoms + s->words;
	if (pattern->natoms <= 64)
	{
		const Matcher **matchers =
		host->allocate(host->arg, (pattern->natoms + 1) * sizeof(Matcher *));

		for (uint32_t i = 0; i < pattern->natoms; i++)
			matchers[i] = pattern_matcher(pattern, i);
		s->plan = host->allocate(host->arg, funnel_plan_size(matchers, pattern->natoms));
		funnel_plan_build(s->plan, matchers, pattern->natoms);
		require(s, host);
	}
	s->known = host->allocate(host->arg, wellknown_count * sizeof(uint32_t));
	forget_letters(s);
	return r;
}

void
pattern_reader_open(PatternReader *r, const JourneyView *view, const PatternHost *host)
{
	struct PatternReaderState *s = r->state;

	r->input.count = view->count;
	s->view = view;
	s->host = host;
	s->dynamic = NULL;
	s->marks = NULL;
	s->nmarks = 0;
	s->has_dynamic = false;
	s->any = 0;
	if (view->count == 0)
		return;
	if (view->nlabels > s->cap_labels)
	{
		uint32_t	cap = view->nlabels > 2 * s->cap_labels ? view->nlabels : 2 * s->cap_labels;

		s->letters = s->kept.allocate(s->kept.arg, cap * sizeof(uint32_t));
		s->cap_labels = cap;
	}
	/* a journey that is rejected is not read */
	pattern_letters_limit(s->m);
	if (pattern_letter_epoch(s->m) != s->epoch)
		forget_letters(s);
	find_letters(s, false);
	if (!s->has_dynamic)
		return;
	s->labels = host->allocate(host->arg, view->nlabels * sizeof(JourneyLabel));
	journey_read_labels(view->labels, view->nlabels, s->labels);
	if (view->nchannels > 0)
	{
		s->channels = host->allocate(host->arg, view->nchannels * sizeof(JourneyLabel));
		journey_read_labels(view->channels, view->nchannels, s->channels);
	}
}

bool
pattern_reader_rejects(const PatternReader *r)
{
	const struct PatternReaderState *s = r->state;

	for (uint32_t i = 0; i < s->nclauses; i++)
	{
		if ((s->clauses[i] & s->any) == 0)
			return true;
	}
	return false;
}
