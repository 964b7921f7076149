/*
 * pattern_run.h
 *	  Asking a pattern's automaton about a sequence of touchpoints.
 *
 *	PatternMachine *m = pattern_machine_create(program, &long_lived_host);
 *	... for each sequence: an input whose read() interns letters ...
 *	pattern_exists(m, &input, &host)
 *
 * A letter is the set of atoms that a touchpoint fits; equal sets have equal
 * numbers, so a machine kept over many journeys learns its transitions once.
 *
 * Without gates the automaton runs as a deterministic one, built as it goes:
 * a look-up for each touchpoint.  With gates it runs as a set of states, each
 * with the clocks (times of the last matched touchpoint) of the runs that are
 * there.  Of these only those are kept that can make a difference:
 *
 * - no gate can be met before the clock moves: none, a bit is enough;
 * - only upper bounds: the latest.  All runs in a state see the same touchpoints
 *   from now on; whenever a test "t - c <= span" lets an earlier clock pass it
 *   lets the latest pass too, until the clock moves and they are the same;
 * - only lower bounds: the earliest, likewise;
 * - both: all, sorted.  Clocks are added in the order of time, at the end; a test
 *   keeps a range of them, found by binary search; those further back than the
 *   longest upper bound ahead are forgotten but for the earliest.  The states
 *   that a set passes through share it;
 * - a run with no clock yet passes every gate, so it stands for all others.
 *
 * Backwards (pattern_count_starts, and to list a match) a state holds what the
 * gates already passed demand of the clock, an interval; larger is better.
 *
 * So the time is at most touchpoints x states (x the depth of nested loops),
 * with a logarithm where lower and upper bounds meet; only patterns in which
 * large sets of clocks of different origin flow together, as (. .|. . .)* before
 * both bounds, pay for merging them.  There is no backtracking.  What a set of
 * states has to ask at a letter is worked out once (pattern_moves.c), so that in
 * practice a touchpoint that concerns no run costs a look-up here too.
 *
 * A match is a range [first, end) of positions (from 0) that some way through
 * the automaton consumes completely.  It may be empty.
 */
#ifndef PATTERN_RUN_H
#define PATTERN_RUN_H

#include "pattern_program.h"

/* Touchpoints read at once. */
#define PATTERN_CHUNK		1024

typedef struct PatternMachine PatternMachine;

/* The touchpoints, sorted by time, in any number up to UINT32_MAX - 1. */
typedef struct PatternInput
{
	uint32_t	count;

	/*
	 * Give times (unless NULL) and letters of n <= PATTERN_CHUNK touchpoints
	 * from position `from` on.  Ranges are asked for in any order; most often
	 * in ascending, and backwards within what was read.  Letters come from
	 * pattern_letter; numbers from an earlier call are valid only while
	 * pattern_letter_epoch stays the same.
	 */
	void		(*read) (struct PatternInput *input, PatternMachine *m,
						 uint32_t from, uint32_t n, int64_t *times, uint32_t *letters);
	void	   *arg;
} PatternInput;

/*
 * The program and what was learnt about it.  Its memory comes from `host`,
 * which must live as long (pass memory of the same life time) and is called
 * for more when transitions are learnt; that is bounded, some megabytes at the
 * most, as the machine forgets and begins anew when it has learnt too much.
 * A machine that a host left by a long jump is not to be used again.
 */
extern PatternMachine *pattern_machine_create(const PatternProgram *program,
											  const PatternHost *host);
extern const PatternProgram *pattern_machine_program(const PatternMachine *m);

/*
 * The letter of a set of atoms, (natoms + 63) / 64 words (at least one), bits
 * beyond natoms clear.
 */
extern uint32_t pattern_letter(PatternMachine *m, const uint64_t *atoms);
extern uint32_t pattern_letter_epoch(const PatternMachine *m);

/*
 * Forget letters if there are too many.  For those who ask for letters outside
 * of `read`, before which this is done anyway.
 */
extern void pattern_letters_limit(PatternMachine *m);

/* Is there a match?  Also an empty one. */
extern bool pattern_exists(PatternMachine *m, PatternInput *input,
						   const PatternHost *host);

/*
 * The number of matches that do not overlap: from left to right the one that
 * ends first, then again behind it.  No other choice gives more (as always
 * with intervals: what ends first leaves the most room).  A pattern that can
 * match nothing (`.*`) does so before every touchpoint: as many as there are.
 */
extern uint32_t pattern_count(PatternMachine *m, PatternInput *input,
							  const PatternHost *host);

/*
 * The number of touchpoints at which some match begins; they may overlap, and
 * an empty one counts as one that begins at the touchpoint it stands before.
 */
extern uint32_t pattern_count_starts(PatternMachine *m, PatternInput *input,
									 const PatternHost *host);

/* A match and what it lists, in memory of the host. */
typedef struct PatternMatch
{
	uint32_t	first;			/* position of the first touchpoint */
	uint32_t	end;			/* one behind the last; first = end: empty */
	int64_t		first_at;		/* times of those two, unset where empty */
	int64_t		last_at;
	uint32_t	nlisted;		/* those consumed by elements with PE_REPORT */
	uint32_t   *listed;			/* positions, ascending */
	int64_t    *listed_at;
} PatternMatch;

/*
 * The matches that pattern_count counts, one after the other.  Reported is
 * the earliest end; for that the latest start (one that consumes something
 * before an empty one); for both the listed touchpoints each as early as
 * possible, the first one first (where one list is the beginning of another:
 * the longer).  The second pass that finds these goes back from the end to that
 * start, no further.
 */
typedef struct PatternSearch
{
	PatternMachine *m;
	PatternInput *input;
	const PatternHost *host;
	uint32_t	serial;
	uint32_t	from;			/* where the next match may begin */
	bool		done;
} PatternSearch;

extern void pattern_search_begin(PatternSearch *s, PatternMachine *m,
								 PatternInput *input, const PatternHost *host);
extern bool pattern_search_next(PatternSearch *s, PatternMatch *match);

/* The last of those that are left. */
extern bool pattern_search_last(PatternSearch *s, PatternMatch *match);

/*
 * Of all matches the one whose listed touchpoints are the earliest, the first
 * one first; wherever it begins and ends.  (What a search that tries every
 * start in order and takes the first way would find first.)  `first` and `end`
 * are those of the listed touchpoints.
 */
extern bool pattern_earliest(PatternMachine *m, PatternInput *input,
							 const PatternHost *host, PatternMatch *match);

#endif							/* PATTERN_RUN_H */
