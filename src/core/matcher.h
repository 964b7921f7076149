/*
 * matcher.h
 *	  A compiled condition on one touchpoint.
 *
 * The language (one parser for steps, rules and patterns):
 *
 *	matcher	:= term { '|' term }
 *	term	:= name [ '@' name ] [ op number ]
 *	name	:= bare | '"' text with "" for a quote '"' [ slash star ]
 *	op		:= '>=' | '<=' | '<>' | '!=' | '>' | '<' | '='
 *
 * A bare name fits a label with any detail: view_item fits view_item and
 * view_item/shoes; a bare name with a slash fits exactly that detail; '*' in a
 * bare name stands for any characters, and the name with '*' fits a label or
 * its base; a quoted name fits exactly its text, and with a slash and a star
 * behind it (if the name must be quoted) any detail.  '*' alone fits any label,
 * '@*' any touchpoint that has a channel.  A term with a channel or value
 * condition fits no touchpoint without a channel or value.
 *
 * The compiled form is flat: a header, an array of terms with offsets, texts.
 * It is the stored form of the SQL type and part of a compiled stage model.
 */
#ifndef MATCHER_H
#define MATCHER_H

#include "journey_layout.h"

#define MATCHER_MAX_TERMS	1024
#define MATCHER_MAX_BYTES	65536

typedef enum MatcherName
{
	MN_ANY,						/* '*', or no channel asked for */
	MN_EXACT,					/* exactly this text */
	MN_BASE,					/* this text, or this text and '/' and a
								 * detail */
	MN_WILD						/* with '*' inside; fits the label or its base */
} MatcherName;

typedef enum MatcherOp
{
	MO_NONE, MO_LT, MO_LE, MO_EQ, MO_NE, MO_GE, MO_GT
} MatcherOp;

typedef struct MatcherTerm
{
	uint8_t		name_kind;		/* MatcherName */
	uint8_t		channel_kind;	/* MatcherName */
	uint8_t		op;				/* MatcherOp */
	uint8_t		details;		/* MATCHER_*_DETAIL below */
	uint16_t	name_known;		/* well-known id of the name or NO_NAME */
	uint16_t	channel_known;
	uint16_t	name_hash;		/* journey_hash16 of the name */
	uint16_t	channel_hash;
	uint16_t	name_len;
	uint16_t	channel_len;
	uint32_t	name_off;		/* from the start of the Matcher */
	uint32_t	channel_off;
	double		number;
} MatcherTerm;					/* 32 bytes, 8-aligned */

typedef struct Matcher
{
	int32_t		vl_len_;		/* varlena header (do not touch directly!) */
	uint8_t		version;
	uint8_t		flags;			/* MATCHER_* below */
	uint16_t	nterms;
	MatcherTerm terms[];
} Matcher;

/* The name is "base/detail" with a well-known base: *_known is the base's. */
#define MATCHER_NAME_DETAIL		0x01
#define MATCHER_CHANNEL_DETAIL	0x02

#define MATCHER_VERSION		1
#define MATCHER_HAS_CHANNEL 0x01	/* some term asks for a channel */
#define MATCHER_HAS_VALUE	0x02	/* some term asks for a value */

/* Where and why a literal is wrong. */
typedef struct MatcherError
{
	size_t		offset;			/* byte offset into the text */
	const char *message;		/* e.g. "unexpected character" */
	const char *expected;		/* e.g. "an event name" */
} MatcherError;

/*
 * Parse the matcher at text[*pos .. len) and stop at the first character that
 * cannot continue it (a rule's "when", a pattern's ")"); leading and trailing
 * blanks are taken.  Writes the compiled form into `out` of `cap` bytes (the
 * vl_len_ field is left to the caller) and its size into *size; *size alone
 * is computed when out is NULL.  False: *err says what and where.
 */
extern bool matcher_parse(const char *text, size_t len, size_t *pos,
						  Matcher *out, size_t cap, size_t *size,
						  MatcherError *err);

/* The literal of a compiled matcher; returns its length, writes at most cap. */
extern size_t matcher_print(const Matcher *m, char *out, size_t cap);

/* Structure check of bytes that came from outside, of `size` bytes in all. */
extern bool matcher_check(const Matcher *m, size_t size);

/* Does the name of a term fit this label?  (Channel and value not asked.) */
extern bool matcher_term_fits_label(const Matcher *m, const MatcherTerm *term,
									const JourneyLabel *label);
extern bool matcher_term_fits_channel(const Matcher *m, const MatcherTerm *term,
									  const JourneyLabel *channel);

/* Is "value op number" true? */
static inline bool
matcher_compares(double value, int op, double number)
{
	switch (op)
	{
		case MO_LT:
			return value < number;
		case MO_LE:
			return value <= number;
		case MO_EQ:
			return value == number;
		case MO_NE:
			return value != number;
		case MO_GE:
			return value >= number;
		default:
			return value > number;
	}
}

static inline bool
matcher_term_fits_value(const MatcherTerm *term, bool has_value, double value)
{
	return term->op == MO_NONE ||
		(has_value && matcher_compares(value, term->op, term->number));
}

/*
 * How a matcher meets a label when channel and value are not known yet.
 */
typedef enum MatcherFit
{
	MF_NEVER,					/* whatever channel and value are */
	MF_MAYBE,					/* depends on channel or value */
	MF_ALWAYS
} MatcherFit;

extern MatcherFit matcher_fits_label(const Matcher *m, const JourneyLabel *label);

/* The whole question.  `channel` is NULL where there is none. */
extern bool matcher_fits(const Matcher *m, const JourneyLabel *label,
						 const JourneyLabel *channel,
						 bool has_value, double value);

/*
 * Is this bare name allowed without quotes (as journey_out and matcher_out
 * print it)?  Letters, digits, '_', ':', '$', '/', bytes above 0x7f, and single
 * '.' or '-' between two of those ("a->b" and "a--b" are no names: rules have
 * arrows and comments).
 */
extern bool matcher_bare_name(const char *text, size_t len);

#endif							/* MATCHER_H */
