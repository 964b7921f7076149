/*
 * pattern_chain_impl.h
 *	  What a chain is made of; for pattern_chain*.c only.
 *
 * A chain is a row of elements e(0) .. e(n-1), each a set of matchers, joined so
 * that between two of them
 *
 *	at least l and at most u touchpoints stand,
 *	none of them fits a barrier (one matcher or none), and
 *	from one element to the next it takes a time from a to w.
 *
 * `x y` is l = u = 0; `x .* y` is l = 0, u without end; `x [^b]* y` has the
 * barrier b, `x z* y` all but z as one; `x .* (?>=1h) (?<=1d) y` has the times.
 * A gate stands right before the element on which it is tested, and elements
 * are all that moves the clock (where what is skipped moves it, no gate
 * follows), so a gate always speaks of the two elements of its joint.  A gate
 * before e(0) holds: no clock has moved.  `^` and `$` are joints to what stands
 * before the first and behind the last touchpoint.
 */
#ifndef PATTERN_CHAIN_IMPL_H
#define PATTERN_CHAIN_IMPL_H

#include "pattern_chain.h"

#include "funnel_impl.h"
#include "touch_bitmaps.h"

#define CHAIN_ELEMENTS	16
#define NO_BARRIER		(-1)
#define NO_SPAN			UINT64_MAX

/*
 * Classes of a label: class k is bit 7 - k, as touch_bitmaps.h has it, if the
 * label fits it whatever channel and value are; bit 15 - k if that depends on
 * them (then bit 7 - k says what holds without any).  All bits are never set, as
 * some class is an element's.
 */
#define LABEL_NEW		0xffff
#define LABEL_MAYBE		8		/* bits to shift */

typedef enum JointKind
{
	JK_ANY,						/* .* and no gate */
	JK_NEXT,					/* side by side, no gate */
	JK_OTHER
} JointKind;

typedef struct ChainJoint
{
	JointKind	kind;
	int			barrier;		/* a class, or NO_BARRIER */
	uint32_t	least;			/* touchpoints between */
	uint32_t	most;			/* or PATTERN_NO_LIMIT */
	uint64_t	after[3];		/* least time, by unit of the journey */
	uint64_t	within[3];		/* most time, or NO_SPAN */
} ChainJoint;

struct PatternChain
{
	const Pattern *pattern;
	PatternChain *next;			/* of a choice between chains */
	FunnelPlan *plan;			/* of the atoms, as if they were steps */
	uint16_t   *known;			/* classes by number of a well-known name */
	int			nclasses;
	uint64_t	atoms[TOUCH_CLASSES];	/* of each class: it fits one of these */
	uint32_t	negated;		/* classes of what does not, bits as of labels */
	uint32_t	required;		/* classes of elements */
	int			nelements;
	uint8_t		class[CHAIN_ELEMENTS];
	ChainJoint	joint[CHAIN_ELEMENTS + 1];	/* before element k (of the first,
											 * times do not count: no clock
											 * has moved); the last is behind
											 * all */
	bool		first;			/* ^ */
	bool		last;			/* $ */
	bool		open_begin;		/* may begin anywhere */
	bool		open_end;
	bool		plain;			/* every joint is `.*` without gates */
	bool		countable;
	/* while it is made */
	bool		skipped;		/* the joint has a skip */
	bool		gated;			/* a gate waits for the next element */
	bool		clocked;		/* what is skipped moves the clock */
	uint64_t	least_us;
	uint64_t	most_us;
};

#endif							/* PATTERN_CHAIN_IMPL_H */
