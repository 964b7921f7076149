/*
 * pattern_journey.c
 *	  The touchpoints of a journey as letters of a pattern.
 *
 * Where letters alone are asked for and no label depends on channel or value,
 * a touchpoint costs the two look-ups from its code to its letter, and no time
 * is added up.
 */
#include <string.h>

#include "pattern_journey.h"
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
	uint64_t   *atoms;			/* scratch: a set of atoms */
	uint32_t   *known;			/* letters of whole well-known names */
	uint32_t	epoch;			/* of these letters */
	/* of the journey */
	const JourneyView *view;
	const PatternHost *host;
	JourneyLabel *labels;
	JourneyLabel *channels;
	uint32_t   *letters;		/* by label */
	DynamicLabel *dynamic;		/* by label; NULL until one is met */
	bool		any_dynamic;	/* some label may be */
	JourneyCursor cursor;
	JourneyCursor *marks;		/* at every PATTERN_CHUNK-th touchpoint */
	uint32_t	nmarks;
};

/* -- letters -------------------------------------------------------------------- */

/* Fills in the label's entry in s->letters. */
static uint32_t
find_letter(struct PatternReaderState *s, uint32_t label)
{
	const JourneyLabel *name = &s->labels[label];
	bool		known = name->text == NULL;
	bool		plain = s->view->nchannels == 0 && s->view->nvalues == 0;
	size_t		bytes = s->words * sizeof(uint64_t);
	uint64_t   *maybe = NULL;
	uint32_t	letter;

	if (known && s->known[name->known] != LETTER_UNKNOWN)
		return s->letters[label] = s->known[name->known];

	memset(s->atoms, 0, bytes);
	for (uint32_t i = 0; i < s->pattern->natoms; i++)
	{
		MatcherFit	fit = matcher_fits_label(pattern_matcher(s->pattern, i), name);

		if (fit == MF_ALWAYS)
			s->atoms[i / 64] |= UINT64_C(1) << (i % 64);
		if (fit != MF_MAYBE)
			continue;
		known = false;
		if (plain)
			continue;
		if (maybe == NULL)
		{
			maybe = s->host->allocate(s->host->arg, bytes);
			memset(maybe, 0, bytes);
		}
		maybe[i / 64] |= UINT64_C(1) << (i % 64);
	}
	if (maybe != NULL)
	{
		size_t		size = s->view->nlabels * sizeof(DynamicLabel);

		if (s->dynamic == NULL)
			s->dynamic = s->host->allocate(s->host->arg, size);
		s->dynamic[label].maybe = maybe;
		s->dynamic[label].always = s->host->allocate(s->host->arg, bytes);
		memcpy(s->dynamic[label].always, s->atoms, bytes);
		return s->letters[label] = LETTER_DYNAMIC;
	}
	letter = pattern_letter(s->m, s->atoms);
	s->letters[label] = letter;
	if (known)
		s->known[name->known] = letter;
	return letter;
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
	for (uint32_t i = 0; s->view != NULL && i < s->view->nlabels; i++)
	{
		if (s->letters[i] != LETTER_DYNAMIC)
			s->letters[i] = LETTER_UNKNOWN;
	}
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

static void
read_journey(PatternInput *input, PatternMachine *m, uint32_t from, uint32_t n,
			 int64_t *times, uint32_t *letters)
{
	struct PatternReaderState *s = input->arg;
	const JourneyView *view = s->view;

	if (pattern_letter_epoch(m) != s->epoch)
		forget_letters(s);
	if (times == NULL && !s->any_dynamic)
	{
		for (uint32_t i = 0; i < n; i++)
		{
			uint32_t	label = journey_code(view->codes, view->code_bits, from + i);

			letters[i] = s->letters[label];
			if (letters[i] == LETTER_UNKNOWN)
				letters[i] = find_letter(s, label);
		}
		return;
	}
	seek(s, from);
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	letter;

		note(s);
		journey_next(&s->cursor);
		letter = s->letters[s->cursor.label];
		if (letter == LETTER_UNKNOWN)
			letter = find_letter(s, s->cursor.label);
		if (letter == LETTER_DYNAMIC)
			letter = dynamic_letter(s);
		letters[i] = letter;
		if (times != NULL)
			times[i] = s->cursor.at;
	}
}

/* -- readers ------------------------------------------------------------------------ */

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
	s->atoms = host->allocate(host->arg, s->words * sizeof(uint64_t));
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
	s->any_dynamic = false;
	if (view->count == 0)
	{
		s->view = NULL;
		return;
	}
	if (view->nchannels > 0 || view->nvalues > 0)
	{
		for (uint32_t i = 0; i < s->pattern->natoms; i++)
			s->any_dynamic |= pattern_matcher(s->pattern, i)->flags != 0;
	}
	s->labels = host->allocate(host->arg, view->nlabels * sizeof(JourneyLabel));
	s->letters = host->allocate(host->arg, view->nlabels * sizeof(uint32_t));
	journey_read_labels(view->labels, view->nlabels, s->labels);
	for (uint32_t i = 0; i < view->nlabels; i++)
		s->letters[i] = LETTER_UNKNOWN;
	if (s->any_dynamic && view->nchannels > 0)
	{
		s->channels = host->allocate(host->arg, view->nchannels * sizeof(JourneyLabel));
		journey_read_labels(view->channels, view->nchannels, s->channels);
	}
}
