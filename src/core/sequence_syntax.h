/*
 * sequence_syntax.h
 *	  The pattern syntax of ClickHouse's sequence functions.
 *
 *	pattern := { '(?' n ')' | '.*' | '.' | '(?t' op number ')' }
 *	op		:= '<=' | '<' | '>=' | '>' | '==' | '!='
 *
 * (?n) is a row that fulfils condition n, `.` any row, `.*` any number of rows.
 * What stands side by side are rows that follow each other directly.  A time
 * gate lets any number of rows pass, like `.*`, and is tested on the next row
 * that (?n) or `.` takes: its time less that of the row that (?n) or `.` took
 * last.  Several gates between two rows must all hold.
 */
#ifndef SEQUENCE_SYNTAX_H
#define SEQUENCE_SYNTAX_H

#include "condition_row.h"
#include "pattern_program.h"

#define SEQUENCE_MAX_TEXT	65536

/* One element of the pattern, in the order of the text. */
typedef enum SequenceItemKind
{
	SQ_ROW,						/* (?n) */
	SQ_ANY,						/* . */
	SQ_SKIP,					/* .* */
	SQ_GATE
} SequenceItemKind;

typedef struct SequenceItem
{
	uint8_t		kind;			/* SequenceItemKind */
	uint8_t		op;				/* of gates: PatternGate, or SQ_NOT_EQUAL */
	uint16_t	condition;		/* of SQ_ROW: from 0 */
	uint64_t	span;			/* of gates */
} SequenceItem;

#define SQ_NOT_EQUAL	0xff

typedef struct SequencePattern
{
	SequenceItem *items;		/* caller's: a byte of text is an item at most */
	uint32_t	nitems;
	uint32_t	nrows;			/* rows that a match takes: (?n) and . */
	uint64_t	conditions;		/* bit k: (?k+1) occurs */
} SequencePattern;

typedef struct SequenceError
{
	size_t		offset;			/* byte offset into the text */
	const char *message;
	const char *hint;			/* a sentence */
} SequenceError;

/*
 * Parse; numbers of gates are multiplied by `unit`.  p->items has room for
 * `len` items.
 */
extern bool sequence_parse(SequencePattern *p, const char *text, size_t len,
						   int conditions, uint64_t unit, SequenceError *err);

/* Codes that sequence_codes can put. */
#define SEQUENCE_MAX_CODES(p)	((size_t) (p)->nitems * 5 + 1)

/*
 * The first `nrows` rows of the pattern, and what stands between them, as
 * codes of an automaton whose atoms are the conditions.  Matches list the rows
 * of (?n).
 */
extern uint32_t sequence_codes(const SequencePattern *p, uint32_t nrows,
							   PatternCode *codes);

#endif							/* SEQUENCE_SYNTAX_H */
