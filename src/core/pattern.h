/*
 * pattern.h
 *	  A sequence pattern over the touchpoints of a journey: its literal and its
 *	  stored form.
 *
 *	pattern := branch { '|' branch }
 *	branch	:= item { item }
 *	item	:= atom [ '*' | '+' | '?' | '{' m [ ',' [ n ] ] '}' ] | gate | '^' | '$'
 *	atom	:= term | '[' matcher ']' | '[^' matcher ']' | '.' | '(' pattern ')'
 *	gate	:= '(?' op number unit ')'
 *	op		:= '<' | '<=' | '>' | '>=' | '=='
 *	unit	:= us | ms | s | m or min | h | d | w
 *
 * A term is one term of the matcher language without '*' (which repeats here):
 * purchase, page_view/product, "Order Completed", purchase@email,
 * purchase>=100.  In brackets stands any matcher: [view_*@email], [a|b].  A
 * name with a dot inside is one name: a.b is not a . b.  Elements that stand
 * side by side fit touchpoints that follow each other directly; `.*` between
 * them lets any touchpoints pass, `[^refund]*` any but refunds.  The pattern may
 * begin and end anywhere in the journey, unless with ^ (first touchpoint) and $
 * (last).  Touchpoints at one time stand in stored order.
 *
 * A gate is tested on the next touchpoint consumed after it, and measures from
 * the last touchpoint that a term or a [matcher] consumed; `.` and [^matcher]
 * skip and never move that clock, so `a .* (?<=1h) b` measures from a to b, and
 * `[*]` is "any touchpoint, and measure from here".  Gates in a row must all
 * hold.  A gate before which nothing was matched holds.  One behind which no
 * element can come is an error.
 *
 * The compiled form is flat: header, codes in postfix order, offsets of the
 * distinct matchers, matchers.  One meaning of a literal has one sequence of
 * bytes: groups are dissolved where they change nothing, {1} is nothing, {0,}
 * is *, equal matchers are stored once.  What was printed reads back equal.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include "matcher.h"
#include "pattern_program.h"

#define PATTERN_VERSION		1
#define PATTERN_MAX_TEXT	65536
#define PATTERN_MAX_BYTES	(1024 * 1024)
#define PATTERN_MAX_DEPTH	250 /* of groups */

typedef struct Pattern
{
	int32_t		vl_len_;		/* varlena header (do not touch directly!) */
	uint8_t		version;
	uint8_t		unused;
	uint16_t	natoms;			/* distinct matchers */
	uint32_t	ncodes;
	uint32_t	unused2;
	PatternCode codes[];

	/*
	 * then uint32_t offsets[natoms + 1] from the start, the matchers at them,
	 * each padded with zeros to 8 bytes; the last offset is the size
	 */
} Pattern;

/* Where and why a literal is wrong. */
typedef struct PatternError
{
	size_t		offset;			/* byte offset into the text */
	const char *message;		/* e.g. "unexpected character" */
	const char *expected;		/* e.g. "an event name", or NULL */
	const char *hint;			/* a sentence, or NULL */
	bool		too_large;		/* a limit is exceeded */
} PatternError;

#define PATTERN_OFFSETS(p) \
	((const uint32_t *) ((const char *) (p) + offsetof(Pattern, codes) + \
						 (p)->ncodes * sizeof(PatternCode)))

/* The matcher that atom i stands for, and its size. */
static inline const Matcher *
pattern_matcher(const Pattern *p, uint32_t i)
{
	return (const Matcher *) ((const char *) p + PATTERN_OFFSETS(p)[i]);
}

/*
 * Parse a literal.  The value is in memory of the host, its vl_len_ is left to
 * the caller, its size is in *size.  NULL: *err says what and where.
 */
extern Pattern *pattern_parse(const char *text, size_t len, const PatternHost *host,
							  size_t *size, PatternError *err);

/* The literal of a pattern; returns its length, writes at most cap. */
extern size_t pattern_print(const Pattern *p, char *out, size_t cap);

/* Structure check of bytes that came from outside, of `size` bytes in all. */
extern bool pattern_check(const Pattern *p, size_t size, const PatternHost *host);

/* The automaton; never NULL for a pattern that was parsed or checked. */
extern PatternProgram *pattern_compile(const Pattern *p, const PatternHost *host);

/*
 * What every match contains, for an index: `nclauses` conditions that all hold;
 * each says that some touchpoint fits one of the matchers (by atom number)
 * atoms[from[i] .. from[i + 1]).  Only matchers whose terms all have a name
 * without '*' are listed (MN_EXACT, MN_BASE), so the labels to look for are
 * those terms' names.  Necessary, not sufficient; none at all for a pattern
 * that can match nothing in particular.
 */
typedef struct PatternRequired
{
	uint32_t	nclauses;
	uint32_t   *from;			/* nclauses + 1 */
	uint16_t   *atoms;
} PatternRequired;

extern void pattern_required(const Pattern *p, const PatternHost *host,
							 PatternRequired *required);

#endif							/* PATTERN_H */
