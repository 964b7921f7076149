/*
 * pattern_run.c
 *	  The machine, its letters, and the questions it answers.
 */
#include <string.h>

#include "pattern_machine.h"

#define FIRST_LETTERS	16

/* Letters are forgotten between two reads or journeys when more are known. */
#define MANY_LETTERS	6144

/* -- the machine --------------------------------------------------------------- */

PatternMachine *
pattern_machine_create(const PatternProgram *program, const PatternHost *host)
{
	PatternMachine *m = host->allocate(host->arg, sizeof(PatternMachine));
	size_t		bits;

	memset(m, 0, offsetof(PatternMachine, window));
	m->serial = 0;
	m->window.serial = 0;
	m->window.n = 0;
	m->program = program;
	m->max_arcs = UINT32_MAX;
	m->host = *host;
	m->words = program->natoms > 0 ? PATTERN_WORDS(program->natoms) : 1;
	m->node_words = PATTERN_WORDS(program->nnodes);
	m->cap_letters = FIRST_LETTERS;
	m->letters = host->allocate(host->arg, (size_t) m->cap_letters * m->words * 8);
	m->nletter_hash = 4 * FIRST_LETTERS;
	m->letter_hash = host->allocate(host->arg, m->nletter_hash * sizeof(uint32_t));
	memset(m->letter_hash, 0, m->nletter_hash * sizeof(uint32_t));
	bits = m->node_words * sizeof(uint64_t);
	for (int i = 0; i < 3; i++)
		m->bits[i] = host->allocate(host->arg, bits);
	m->list = host->allocate(host->arg, program->nnodes * sizeof(uint16_t));
	return m;
}

const PatternProgram *
pattern_machine_program(const PatternMachine *m)
{
	return m->program;
}

/* -- letters -------------------------------------------------------------------- */

static uint32_t
hash_atoms(const uint64_t *atoms, uint32_t words)
{
	uint64_t	h = 0;

	for (uint32_t i = 0; i < words; i++)
	{
		h = (h ^ atoms[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return (uint32_t) (h >> 20);
}

static void
enter_letter(PatternMachine *m, uint32_t letter)
{
	uint32_t	h = hash_atoms(m->letters + (size_t) letter * m->words, m->words);

	for (h &= m->nletter_hash - 1; m->letter_hash[h] != 0;)
		h = (h + 1) & (m->nletter_hash - 1);
	m->letter_hash[h] = 1 + letter;
}

uint32_t
pattern_letter(PatternMachine *m, const uint64_t *atoms)
{
	size_t		bytes = (size_t) m->words * sizeof(uint64_t);
	uint32_t	h;

	if (m->nletters > 0 &&
		memcmp(m->letters + (size_t) m->last_letter * m->words, atoms, bytes) == 0)
		return m->last_letter;
	h = hash_atoms(atoms, m->words) & (m->nletter_hash - 1);
	for (; m->letter_hash[h] != 0; h = (h + 1) & (m->nletter_hash - 1))
	{
		uint32_t	letter = m->letter_hash[h] - 1;

		if (memcmp(m->letters + (size_t) letter * m->words, atoms, bytes) == 0)
		{
			m->last_letter = letter;
			return letter;
		}
	}

	if (m->nletters == m->cap_letters)
	{
		uint64_t   *letters = m->host.allocate(m->host.arg, 2 * m->cap_letters * bytes);

		memcpy(letters, m->letters, m->nletters * bytes);
		m->letters = letters;
		m->cap_letters *= 2;
	}
	memcpy(m->letters + (size_t) m->nletters * m->words, atoms, bytes);
	m->last_letter = m->nletters++;
	if (4 * m->nletters > m->nletter_hash)
	{
		m->nletter_hash *= 4;
		m->letter_hash = m->host.allocate(m->host.arg, m->nletter_hash * sizeof(uint32_t));
		memset(m->letter_hash, 0, m->nletter_hash * sizeof(uint32_t));
		for (uint32_t i = 0; i < m->nletters; i++)
			enter_letter(m, i);
	}
	else
		enter_letter(m, m->last_letter);
	return m->last_letter;
}

uint32_t
pattern_letter_epoch(const PatternMachine *m)
{
	return m->epoch;
}

static void
forget_letters(PatternMachine *m)
{
	memset(m->letter_hash, 0, m->nletter_hash * sizeof(uint32_t));
	m->nletters = 0;
	m->last_letter = 0;
	m->epoch++;
	if (m->forward.states != NULL)
		dfa_forget_letters(&m->forward);
	if (m->moves != NULL)
		moves_forget(m);
	if (m->backward.states != NULL)
		dfa_forget_letters(&m->backward);
}

void
pattern_letters_limit(PatternMachine *m)
{
	if (m->nletters > MANY_LETTERS)
		forget_letters(m);
}

/* -- reading --------------------------------------------------------------------- */

void
reading_begin(PatternReading *r, PatternMachine *m, PatternInput *input,
			  const PatternHost *host, bool times)
{
	r->m = m;
	r->input = input;
	r->host = host;
	r->serial = ++m->serial;
	r->times = times;
}

void
read_window(PatternReading *r, uint32_t position, bool backwards)
{
	PatternMachine *m = r->m;
	PatternWindow *w = &m->window;
	uint32_t	from = position;
	uint32_t	end = r->input->count;

	r->host->relax(r->host->arg);
	if (backwards)
	{
		end = position + 1;
		from = end > PATTERN_CHUNK ? end - PATTERN_CHUNK : 0;
	}
	else if (end - from > PATTERN_CHUNK)
		end = from + PATTERN_CHUNK;
	pattern_letters_limit(m);
	w->n = 0;
	r->input->read(r->input, m, from, end - from, r->times ? w->times : NULL, w->letters);
	w->serial = r->serial;
	w->from = from;
	w->n = end - from;
}

/* -- questions --------------------------------------------------------------------- */

static uint32_t
find_end(PatternReading *r, uint32_t from)
{
	return r->m->program->gated ? moves_find_end(r, from) : dfa_find_end(r, from);
}

/* Where to look for the next match behind one that ends at `end`. */
static inline uint32_t
next_from(uint32_t from, uint32_t end)
{
	return end > from ? end : from + 1;
}

bool
pattern_exists(PatternMachine *m, PatternInput *input, const PatternHost *host)
{
	PatternReading r;

	reading_begin(&r, m, input, host, m->program->gated);
	return find_end(&r, 0) != NO_POSITION;
}

uint32_t
pattern_count(PatternMachine *m, PatternInput *input, const PatternHost *host)
{
	PatternReading r;
	uint32_t	count = 0;
	uint32_t	from = 0;
	uint32_t	end;

	reading_begin(&r, m, input, host, m->program->gated);
	do
	{
		end = find_end(&r, from);
		if (end == NO_POSITION)
			break;
		count++;
		from = next_from(from, end);
		if (from % PATTERN_CHUNK == 0)
			host->relax(host->arg);
	} while (from < input->count);
	return count;
}

uint32_t
pattern_count_starts(PatternMachine *m, PatternInput *input, const PatternHost *host)
{
	PatternReading r;

	reading_begin(&r, m, input, host, m->program->gated);
	return m->program->gated ? back_count_starts(&r) : dfa_count_starts(&r);
}

void
pattern_search_begin(PatternSearch *s, PatternMachine *m, PatternInput *input,
					 const PatternHost *host)
{
	PatternReading r;

	reading_begin(&r, m, input, host, true);
	s->m = m;
	s->input = input;
	s->host = host;
	s->serial = r.serial;
	s->from = 0;
	s->done = false;
}

/* The range of the next match; from where is left in s->from. */
static bool
search_range(PatternSearch *s, uint32_t *from, uint32_t *end)
{
	PatternReading r = {s->m, s->input, s->host, s->serial, true};

	if (s->done)
		return false;
	*from = s->from;
	*end = find_end(&r, s->from);
	if (*end == NO_POSITION)
	{
		s->done = true;
		return false;
	}
	s->from = next_from(s->from, *end);
	s->done = s->from >= s->input->count;
	return true;
}

bool
pattern_search_next(PatternSearch *s, PatternMatch *match)
{
	PatternReading r = {s->m, s->input, s->host, s->serial, true};
	uint32_t	from;
	uint32_t	end;

	if (!search_range(s, &from, &end))
		return false;
	back_list_match(&r, from, end, match);
	return true;
}

bool
pattern_search_last(PatternSearch *s, PatternMatch *match)
{
	PatternReading r = {s->m, s->input, s->host, s->serial, true};
	uint32_t	from = 0;
	uint32_t	end = NO_POSITION;
	uint32_t	next_begin;
	uint32_t	next_end;

	while (search_range(s, &next_begin, &next_end))
	{
		from = next_begin;
		end = next_end;
		if (from % PATTERN_CHUNK == 0)
			s->host->relax(s->host->arg);
	}
	if (end == NO_POSITION)
		return false;
	back_list_match(&r, from, end, match);
	return true;
}

bool
pattern_earliest(PatternMachine *m, PatternInput *input, const PatternHost *host,
				 PatternMatch *match)
{
	PatternReading r;

	reading_begin(&r, m, input, host, true);
	return back_earliest(&r, match);
}
