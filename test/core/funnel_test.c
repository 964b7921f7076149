/*
 * funnel_test.c
 *	  The funnel of one customer against every chain there is.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o funnel_test \
 *		  test/core/funnel_test.c src/core/[a-z]*.c -lm
 *	  ./funnel_test [seed [cases]]
 *
 * Small random journeys, with few times so that ties are frequent and with
 * matchers that overlap, under random options of every kind that go together:
 * the search must answer as the oracle does, whatever order rows of one time
 * come in, and so must the fast walk where it can be asked.  Then journeys and
 * lists of steps that are long but fit sparsely, which the oracle still can do;
 * and long dense ones, where two ways to ask the same must agree.
 *
 * A difference is made as small as it can be before it is printed.  Every
 * journey and every piece of memory of the search is an allocation of its own,
 * so that a read or write beside it is seen.
 */
#include <inttypes.h>
#include <math.h>

#include "core/funnel_search.h"
#include "core/wellknown.h"
#include "funnel_oracle.h"
#include "journey_support.h"
#include "test.h"

#define CASES			400000
#define MAX_SPOTS		ORACLE_MAX_TOUCHES
#define MAX_EXCLUSIONS	6

/* -- labels and matchers ------------------------------------------------------ */

static const char *const label_texts[] = {
	"a", "b", "page_view", "page_view/x", "purchase", "a/x"
};
static const char *const channel_texts[] = {"m", "n"};

/* The first ones are the labels. */
static const char *const matcher_texts[] = {
	"\"a\"", "b", "\"page_view\"", "page_view/x", "purchase", "a/x",
	"a", "page_view", "*", "a|b", "b|purchase", "p*", "a|page_view|purchase", "*@*",
	"a@m", "*@n", "b@m|purchase", "a >= 2", "* > 1", "b|page_view@n = 2", "never"
};

#define ANY_LABEL	8			/* the matcher of any label */
#define LABELS		((int) (sizeof(label_texts) / sizeof(*label_texts)))
#define CHANNELS	((int) (sizeof(channel_texts) / sizeof(*channel_texts)))
#define MATCHERS	((int) (sizeof(matcher_texts) / sizeof(*matcher_texts)))

/* Behind these, names of which there are many, each with a matcher of its own. */
#define NAMES		FUNNEL_MAX_STEPS

static JourneyLabel labels[LABELS + NAMES];
static char name_texts[NAMES][16];
static JourneyLabel channels[CHANNELS];
static Matcher *matchers[MATCHERS + NAMES];

static Matcher *
compile(const char *text)
{
	size_t		pos = 0;
	size_t		size;
	MatcherError err;
	Matcher    *m;

	REQUIRE(matcher_parse(text, strlen(text), &pos, NULL, 0, &size, &err));
	REQUIRE(pos == strlen(text));
	m = calloc(1, size);
	pos = 0;
	REQUIRE(matcher_parse(text, strlen(text), &pos, m, size, &size, &err));
	return m;
}

static void
make_names(void)
{
	for (int i = 0; i < LABELS; i++)
		journey_label_from_text(&labels[i], label_texts[i], strlen(label_texts[i]));
	for (int i = 0; i < CHANNELS; i++)
		journey_label_from_text(&channels[i], channel_texts[i], strlen(channel_texts[i]));
	for (int i = 0; i < MATCHERS; i++)
		matchers[i] = compile(matcher_texts[i]);
	for (int i = 0; i < NAMES; i++)
	{
		snprintf(name_texts[i], sizeof(name_texts[i]), "name%d", i);
		journey_label_from_text(&labels[LABELS + i], name_texts[i], strlen(name_texts[i]));
		matchers[MATCHERS + i] = compile(name_texts[i]);
	}
}

static const char *
label_name(int i)
{
	return i < LABELS ? label_texts[i] : name_texts[i - LABELS];
}

static const char *
matcher_name(int i)
{
	return i < MATCHERS ? matcher_texts[i] : name_texts[i - MATCHERS];
}

/* -- cases --------------------------------------------------------------------- */

typedef struct Spot
{
	int64_t		at;
	int			label;
	int			channel;		/* 0: none */
	double		value;			/* NaN: none */
} Spot;

/* A journey, and options whose pointers question_of sets. */
typedef struct Case
{
	int			nspots;
	Spot		spots[MAX_SPOTS];
	int			steps[FUNNEL_MAX_STEPS];
	bool		has_step_within;
	uint64_t	step_within[FUNNEL_MAX_STEPS];
	int			exclusion[MAX_EXCLUSIONS];	/* matcher */
	int			after[MAX_EXCLUSIONS];
	int			before[MAX_EXCLUSIONS];
	FunnelOptions o;
} Case;

static int64_t unit;			/* of the times of the case, microseconds */

static void
print_span(const char *name, uint64_t span)
{
	if (span != FUNNEL_NO_LIMIT)
		printf("  %s %" PRIu64 "\n", name, span);
}

static void
print_case(const Case *c)
{
	static const char *const modes[] = {"ordered", "strict", "strict_steps", "unordered"};
	static const char *const ties[] = {"any", "strict", "stored"};
	static const char *const entries[] = {"best", "first", "last"};
	const FunnelOptions *o = &c->o;

	for (int i = 0; i < c->nspots; i++)
	{
		printf("  %" PRId64 " %s", c->spots[i].at, label_name(c->spots[i].label));
		if (c->spots[i].channel > 0)
			printf(" @%s", channel_texts[c->spots[i].channel - 1]);
		if (!isnan(c->spots[i].value))
			printf(" = %g", c->spots[i].value);
		printf("\n");
	}
	printf("  %s, tie %s, entry %s%s%s%s\n", modes[o->mode], ties[o->tie], entries[o->entry],
		   o->drop ? ", drop" : "", o->open ? ", open" : "", o->hold_channel ? ", hold" : "");
	for (int k = 0; k < o->nsteps; k++)
	{
		printf("  step %d: %s%s%s", k + 1, matcher_name(c->steps[k]),
			   oracle_has(o->optional, k) ? ", optional" : "",
			   oracle_has(o->anchored, k) ? ", anchored" : "");
		if (c->has_step_within && c->step_within[k] != FUNNEL_NO_LIMIT)
			printf(", within %" PRIu64, c->step_within[k]);
		printf("\n");
	}
	print_span("within", o->within);
	if (o->grace > 0)
		print_span("grace", o->grace);
	for (int i = 0; i < o->nexclusions; i++)
		printf("  exclude %s after %d before %d\n", matcher_name(c->exclusion[i]),
			   c->after[i], c->before[i]);
	if (o->from != INT64_MIN)
		printf("  from %" PRId64 "\n", o->from);
	if (o->to != INT64_MAX)
		printf("  to %" PRId64 "\n", o->to);
}

static void
print_answer(const char *who, const FunnelOptions *o, const FunnelAnswer *answer)
{
	printf("  %s:%s", who, answer->dropped ? " dropped" : "");
	for (int k = 0; k < o->nsteps; k++)
	{
		if (!oracle_has(answer->taken, k))
			printf(" -");
		else
			printf(" %" PRId64, answer->times[k]);
		if (oracle_has(answer->taken, k) && o->mode == FM_UNORDERED)
			printf("(step %d)", answer->step_at[k] + 1);
	}
	printf("\n");
}

/* -- asking --------------------------------------------------------------------- */

/* The journey of these rows, which are in order of time; to be freed. */
static uint8_t *
encode(const Spot *spots, int count, JourneyView *v)
{
	JourneyTouch touch[MAX_SPOTS];
	double		value[MAX_SPOTS];
	JourneySource src = {touch, (uint32_t) count, labels, LABELS + NAMES, channels, CHANNELS, value};

	for (int i = 0; i < count; i++)
	{
		touch[i].at = spots[i].at;
		touch[i].label = (uint16_t) spots[i].label;
		touch[i].channel = (uint16_t) spots[i].channel;
		touch[i].seq = (uint32_t) i;
		value[i] = spots[i].value;
	}
	return encode_journey(&src, v);
}

/* Memory of the search: one piece each, not cleared. */
#define MAX_PIECES	4096

static void *pieces[MAX_PIECES];
static int	npieces;

static void *
allocate(size_t size)
{
	REQUIRE(npieces < MAX_PIECES);
	pieces[npieces] = malloc(size);
	memset(pieces[npieces], 0xa5, size);
	return pieces[npieces++];
}

static void
relax(void)
{
}

static void
free_pieces(void)
{
	while (npieces > 0)
		free(pieces[--npieces]);
}

static void
ask_search(const FunnelOptions *o, const JourneyView *v, FunnelAnswer *answer)
{
	static const FunnelHost host = {allocate, relax};

	memset(answer, 0xa5, sizeof(*answer));
	funnel_search(o, v, &host, answer);
	free_pieces();
}

static void
ask_walk(const FunnelOptions *o, const JourneyView *v, FunnelAnswer *answer)
{
	FunnelRun  *run = malloc(sizeof(FunnelRun));
	void	   *scratch = malloc(funnel_scratch_size(v));

	memset(run, 0xa5, sizeof(*run));
	memset(answer, 0, sizeof(*answer));
	if (funnel_begin(run, o, v, scratch))
		while (funnel_walk(run, 1 + below(v->count + 2)))
			;
	for (int k = 0; k < run->reached; k++)
	{
		answer->taken |= UINT64_C(1) << k;
		answer->times[k] = run->times[k];
		answer->step_at[k] = (uint8_t) k;
	}
	free(scratch);
	free(run);
}

/* False if the journey needs more than a quick look. */
static bool
ask_quick(const FunnelOptions *o, const JourneyView *v, FunnelAnswer *answer)
{
	int64_t		times[FUNNEL_MAX_STEPS];
	int			reached = funnel_quick(o, v, times);

	memset(answer, 0, sizeof(*answer));
	for (int k = 0; k < reached; k++)
	{
		answer->taken |= UINT64_C(1) << k;
		answer->times[k] = times[k];
		answer->step_at[k] = (uint8_t) k;
	}
	return reached >= 0;
}

static bool
same(const FunnelAnswer *a, const FunnelAnswer *b)
{
	if (a->dropped != b->dropped || a->taken != b->taken)
		return false;
	for (int k = 0; k < FUNNEL_MAX_STEPS; k++)
		if (oracle_has(a->taken, k) && a->times[k] != b->times[k])
			return false;
	return true;
}

/* Do the steps of an answer stand where they may? */
static bool
well_placed(const FunnelOptions *o, const JourneyView *v, const FunnelAnswer *answer)
{
	if (o->mode == FM_UNORDERED)
		return oracle_arranged(o, v, answer);
	for (int k = 0; k < FUNNEL_MAX_STEPS; k++)
		if (oracle_has(answer->taken, k) && answer->step_at[k] != k)
			return false;
	return true;
}

/* The matchers and arrays of a case, at an address that does not move. */
typedef struct Question
{
	FunnelOptions o;
	const Matcher *steps[FUNNEL_MAX_STEPS];
	uint64_t	step_within[FUNNEL_MAX_STEPS];
	FunnelExclusion exclusions[MAX_EXCLUSIONS];
} Question;

static void
question_of(Question *q, const Case *c)
{
	q->o = c->o;
	q->o.plan = NULL;
	q->o.steps = q->steps;
	for (int k = 0; k < c->o.nsteps; k++)
		q->steps[k] = matchers[c->steps[k]];
	memcpy(q->step_within, c->step_within, sizeof(q->step_within));
	q->o.step_within = c->has_step_within ? q->step_within : NULL;
	q->o.exclusions = c->o.nexclusions > 0 ? q->exclusions : NULL;
	for (int i = 0; i < c->o.nexclusions; i++)
	{
		q->exclusions[i].matcher = matchers[c->exclusion[i]];
		q->exclusions[i].after = c->after[i];
		q->exclusions[i].before = c->before[i];
	}
}

/* Rows in another order, then by time. */
static void
shuffle(Spot *spots, int count)
{
	for (int i = count - 1; i > 0; i--)
	{
		int			k = (int) below((uint32_t) i + 1);
		Spot		t = spots[i];

		spots[i] = spots[k];
		spots[k] = t;
	}
	for (int i = 1; i < count; i++)
		for (int k = i; k > 0 && spots[k - 1].at > spots[k].at; k--)
		{
			Spot		t = spots[k];

			spots[k] = spots[k - 1];
			spots[k - 1] = t;
		}
}

/* -- checking --------------------------------------------------------------------- */

/* With what answers are compared. */
typedef enum Against
{
	ORACLE,
	ITSELF,						/* the search with the walk, and of other rows */
	OTHER_WORDS					/* the same question asked otherwise */
} Against;

/* The walk with and without a plan, and the quick look: who is not `want`? */
static const char *
wrong_walk(FunnelOptions *o, const JourneyView *v, const FunnelAnswer *want, FunnelAnswer *got)
{
	const char *who = NULL;

	o->plan = NULL;
	ask_walk(o, v, got);
	if (!same(got, want))
		return "walk";
	o->plan = malloc(funnel_plan_size(o->steps, o->nsteps));
	funnel_plan_build(o->plan, o->steps, o->nsteps);
	/* twice: a plan learns */
	for (int i = 0; i < 2 && who == NULL; i++)
	{
		if (ask_quick(o, v, got) && !same(got, want))
			who = "quick look";
		else
		{
			ask_walk(o, v, got);
			if (!same(got, want))
				who = "walk with a plan";
		}
	}
	if (who == NULL)
	{
		ask_search(o, v, got);
		if (!same(got, want))
			who = "search with a plan";
	}
	free(o->plan);
	o->plan = NULL;
	return who;
}

static uint64_t
all_steps(int nsteps)
{
	return nsteps == 64 ? ~UINT64_C(0) : (UINT64_C(1) << nsteps) - 1;
}

/* The same question in other words, the i-th; false if they do not fit. */
static bool
reword(const Case *c, int i, Case *other)
{
	FunnelOptions *o = &other->o;
	bool		ties = false;
	bool		one_channel = true;

	*other = *c;
	for (int k = 1; k < c->nspots; k++)
	{
		ties |= c->spots[k].at == c->spots[k - 1].at;
		one_channel &= c->spots[k].channel == c->spots[0].channel;
	}
	switch (i)
	{
		case 0:
			/* an exclusion that never happens */
			if (o->nexclusions > 0 || o->nsteps == 1)
				return false;
			o->nexclusions = 1;
			other->exclusion[0] = MATCHERS - 1;
			other->after[0] = 1;
			other->before[0] = o->nsteps;
			o->drop = !o->open;
			return true;
		case 1:
			/* one channel is held anyway */
			o->hold_channel = true;
			return one_channel;
		case 2:
			/* each step at its place: from a start each as early as can be */
			if (o->mode != FM_ORDERED || o->optional != 0 || o->open || other->has_step_within ||
				o->nexclusions > 0)
				return false;
			o->mode = FM_UNORDERED;
			o->anchored = all_steps(o->nsteps);
			return true;
		case 3:
		case 4:
			/* without ties it is all the same what they mean */
			o->tie = (FunnelTie) ((o->tie + i - 2) % 3);
			return !ties && o->grace == 0;
		case 5:
			/* spans between steps that limit nothing */
			if (other->has_step_within || o->mode == FM_UNORDERED)
				return false;
			other->has_step_within = true;
			for (int k = 0; k < o->nsteps; k++)
				other->step_within[k] = FUNNEL_NO_LIMIT;
			return true;
		case 6:
			/* the window is the span between two steps */
			if (other->has_step_within || o->mode == FM_UNORDERED || o->nsteps != 2)
				return false;
			other->has_step_within = true;
			other->step_within[0] = FUNNEL_NO_LIMIT;
			other->step_within[1] = o->within;
			if (!o->drop)
				o->within = FUNNEL_NO_LIMIT;
			return true;
		case 7:
			/* a grace of less than the unit joins nothing */
			o->grace = 1;
			return c->o.grace == 0 && o->tie != FT_STORED && unit > 1;
		case 8:
			/* where each touchpoint fits a step, each is in the way */
			o->mode = o->mode == FM_STRICT ? FM_STRICT_STEPS : FM_STRICT;
			for (int k = 0; k < o->nsteps; k++)
				if (other->steps[k] == ANY_LABEL)
					return c->o.mode == FM_STRICT || c->o.mode == FM_STRICT_STEPS;
			return false;
		default:
			return false;
	}
}

#define WORDS	9

/*
 * Whose answer differs from `want`, which is the oracle's or the search's own;
 * NULL if nobody's.
 */
static const char *
wrong(const Case *c, Against against, FunnelAnswer *want, FunnelAnswer *got)
{
	static Question q;
	static Spot spots[MAX_SPOTS];
	static Case other;
	JourneyView v;
	uint8_t    *journey = encode(c->spots, c->nspots, &v);
	const char *who = NULL;

	question_of(&q, c);
	ask_search(&q.o, &v, got);
	*want = *got;
	if (against == ORACLE)
	{
		oracle_funnel(&q.o, &v, want);
		if (!same(got, want))
			who = "search";
		else if (!well_placed(&q.o, &v, got))
			who = "step_at of search";
	}
	if (who == NULL && funnel_is_plain(&q.o))
		who = wrong_walk(&q.o, &v, want, got);
	for (int i = 0; i < WORDS && who == NULL && against == OTHER_WORDS; i++)
		if (reword(c, i, &other))
		{
			question_of(&q, &other);
			ask_search(&q.o, &v, got);
			if (!same(got, want))
				who = "search in other words";
		}
	free(journey);
	if (who != NULL || c->o.tie == FT_STORED || against == OTHER_WORDS)
		return who;

	memcpy(spots, c->spots, c->nspots * sizeof(Spot));
	shuffle(spots, c->nspots);
	journey = encode(spots, c->nspots, &v);
	ask_search(&q.o, &v, got);
	if (!same(got, want))
		who = "search of permuted rows";
	else if (funnel_is_plain(&q.o))
		who = wrong_walk(&q.o, &v, want, got);
	free(journey);
	return who;
}

static bool
still_wrong(const Case *c, Against against)
{
	FunnelAnswer got;
	FunnelAnswer want;

	/* permuted rows: try a few orders */
	for (int i = 0; i < 5; i++)
		if (wrong(c, against, &want, &got) != NULL)
			return true;
	return false;
}

/* Change number `i` that makes a case simpler; false if there are no more. */
static bool
simplify(Case *c, int i)
{
	FunnelOptions *o = &c->o;

	if (i < c->nspots)
	{
		memmove(&c->spots[i], &c->spots[i + 1], (c->nspots - i - 1) * sizeof(Spot));
		c->nspots--;
		return true;
	}
	i -= c->nspots;
	if (i < o->nsteps)
	{
		int			k = i;

		if (o->nsteps == 1 || (k == 0 && oracle_has(o->optional, 1)))
			return true;
		for (int e = 0; e < o->nexclusions; e++)
			if (c->after[e] + 1 == c->before[e] && (k == c->after[e] - 1 || k == c->after[e]))
				return true;
		for (int e = 0; e < o->nexclusions; e++)
		{
			c->after[e] -= c->after[e] > k + 1;
			c->before[e] -= c->before[e] > k;
		}
		o->nsteps--;
		for (; k < o->nsteps; k++)
		{
			uint64_t	bit = UINT64_C(1) << k;

			c->steps[k] = c->steps[k + 1];
			c->step_within[k] = k == 0 ? FUNNEL_NO_LIMIT : c->step_within[k + 1];
			o->optional = (o->optional & ~bit) | (o->optional >> 1 & bit);
			o->anchored = (o->anchored & ~bit) | (o->anchored >> 1 & bit);
		}
		o->optional &= all_steps(o->nsteps);
		o->anchored &= all_steps(o->nsteps);
		return true;
	}
	i -= o->nsteps;
	if (i < o->nexclusions)
	{
		for (o->nexclusions--; i < o->nexclusions; i++)
		{
			c->exclusion[i] = c->exclusion[i + 1];
			c->after[i] = c->after[i + 1];
			c->before[i] = c->before[i + 1];
		}
		return true;
	}
	i -= o->nexclusions;
	if (i < o->nsteps)
	{
		o->optional &= ~(UINT64_C(1) << i);
		o->anchored &= ~(UINT64_C(1) << i);
		c->step_within[i] = FUNNEL_NO_LIMIT;
		return true;
	}
	i -= o->nsteps;
	switch (i)
	{
		case 0:
			o->within = FUNNEL_NO_LIMIT;
			return true;
		case 1:
			o->grace = 0;
			return true;
		case 2:
			c->has_step_within = false;
			return true;
		case 3:
			o->from = INT64_MIN;
			return true;
		case 4:
			o->to = INT64_MAX;
			return true;
		case 5:
			o->entry = FE_BEST;
			return true;
		case 6:
			o->open = false;
			return true;
		case 7:
			o->hold_channel = false;
			return true;
		case 8:
			o->drop = false;
			return true;
		case 9:
			o->tie = FT_ANY;
			return true;
		case 10:
			for (int k = 0; k < c->nspots; k++)
				c->spots[k].value = NAN;
			return true;
		case 11:
			for (int k = 0; k < c->nspots; k++)
				c->spots[k].channel = 0;
			return true;
		case 12:
			o->mode = o->mode == FM_UNORDERED ? FM_UNORDERED : FM_ORDERED;
			return true;
	}
	i -= 13;
	if (i < o->nsteps * LABELS)
	{
		if (i % LABELS < c->steps[i / LABELS])
			c->steps[i / LABELS] = i % LABELS;
		return true;
	}
	return false;
}

/* Print a case that went wrong, as small as it gets, and end. */
static void
report(const Case *wrong_case, Against against)
{
	Case	   *small = malloc(sizeof(Case));
	Case	   *try = malloc(sizeof(Case));
	FunnelAnswer got;
	FunnelAnswer want;
	const char *who;
	bool		changed = true;

	*small = *wrong_case;
	while (changed)
	{
		changed = false;
		for (int i = 0;; i++)
		{
			*try = *small;
			if (!simplify(try, i))
				break;
			if (memcmp(try, small, sizeof(Case)) != 0 && still_wrong(try, against))
			{
				*small = *try;
				changed = true;
			}
		}
	}
	for (int i = 0; i < 100 && (who = wrong(small, against, &want, &got)) == NULL; i++)
		;
	printf("not ok: %s differs (seed %" PRIu64 ")\n", who, seed);
	print_case(small);
	print_answer("want", &small->o, &want);
	print_answer("got", &small->o, &got);
	exit(1);
}

static void
check(const Case *c, Against against)
{
	FunnelAnswer got;
	FunnelAnswer want;

	if (wrong(c, against, &want, &got) != NULL)
		report(c, against);
}

/* -- random cases -------------------------------------------------------------------- */

static const int64_t units[] = {1000000, 1000, 1};

static bool
one_in(uint32_t n)
{
	return below(n) == 0;
}

/* Some units, at times a little less or more, which the unit does not hold. */
static uint64_t
random_span(uint32_t most)
{
	uint64_t	span = (uint64_t) below(most + 1) * (uint64_t) unit;

	if (one_in(6))
		span += below(2) ? 1 : span > 0 ? -1 : 0;
	return one_in(60) ? (uint64_t) INT64_MAX : span;
}

static int
random_matcher(int nlabels)
{
	return (int) (below(3) > 0 ? below((uint32_t) nlabels) : below(MATCHERS));
}

/* Options that go together, for the steps that are there. */
static void
random_options(Case *c, uint32_t longest, int nlabels)
{
	FunnelOptions *o = &c->o;
	uint64_t	steps = all_steps(o->nsteps);

	o->within = below(2) ? random_span(longest) : FUNNEL_NO_LIMIT;
	o->from = INT64_MIN;
	o->to = INT64_MAX;
	for (int k = 0; k < o->nsteps; k++)
		c->step_within[k] = k > 0 && below(2) ? random_span(longest) : FUNNEL_NO_LIMIT;
	if (one_in(6))
		return;					/* plain */

	o->mode = (FunnelMode) below(4);
	o->tie = (FunnelTie) below(3);
	if (o->tie != FT_STORED && one_in(4))
		o->grace = random_span(3);
	if (o->mode == FM_UNORDERED)
	{
		if (below(2))
			o->anchored = rnd() & steps;
	}
	else
	{
		c->has_step_within = one_in(3);
		if (one_in(3))
			o->optional = rnd() & steps & ~UINT64_C(1);
	}
	if (o->nsteps > 1 && below(2))
		o->nexclusions = (int) (one_in(3) ? below(MAX_EXCLUSIONS) + 1 : 1);
	for (int i = 0; i < o->nexclusions; i++)
	{
		c->exclusion[i] = random_matcher(nlabels);
		c->after[i] = below(2) ? 1 : 1 + (int) below((uint32_t) o->nsteps - 1);
		c->before[i] = below(2) ? o->nsteps :
			c->after[i] + 1 + (int) below((uint32_t) (o->nsteps - c->after[i]));
	}
	o->drop = o->nexclusions > 0 && below(2);
	o->open = o->mode != FM_UNORDERED && !o->drop && one_in(3);
	if (!o->open && one_in(3))
		o->entry = (FunnelEntry) below(3);
	o->hold_channel = one_in(4);
	if (c->nspots > 0 && one_in(5))
		o->from = c->spots[below((uint32_t) c->nspots)].at + (int64_t) below(3) - 1;
	if (c->nspots > 0 && one_in(5))
		o->to = c->spots[below((uint32_t) c->nspots)].at + (int64_t) below(3) - 1;
}

static int64_t
random_base(void)
{
	static const int64_t bases[] = {0, -3, INT64_C(820000000), INT64_C(-5000000000)};

	unit = units[below(3)];
	return bases[below(4)] * 1000000 + (one_in(4) ? unit * below(5) : 0);
}

static void
random_spots(Case *c, int count, uint32_t times, int nlabels, int nchannels, bool values)
{
	int64_t		base = random_base();

	c->nspots = count;
	for (int i = 0; i < count; i++)
	{
		Spot	   *s = &c->spots[i];

		s->at = base + below(times) * unit;
		s->label = (int) below((uint32_t) nlabels);
		s->channel = (int) below((uint32_t) nchannels + 1);
		s->value = values && below(2) ? below(4) : NAN;
	}
	shuffle(c->spots, count);
}

/* Few touchpoints, few times, few labels. */
static void
small_case(Case *c)
{
	int			nlabels = 1 + (int) below(LABELS);
	uint32_t	times = 1 + below(one_in(3) ? 3 : 9);
	int			count = (int) below(10);

	memset(c, 0, sizeof(Case));
	c->o.nsteps = (int) (one_in(8) ? 5 : 1 + below(4));
	for (int k = 0; k < c->o.nsteps; k++)
		c->steps[k] = random_matcher(nlabels);
	random_spots(c, count, times, nlabels, one_in(3) ? 1 + (int) below(CHANNELS) : 0, one_in(4));
	random_options(c, times, nlabels);
}

/*
 * Few touchpoints too, but chains that lead far: a walk along steps of which
 * most fit a label of their own, with detours.
 */
static void
deep_case(Case *c)
{
	int64_t		base = random_base();
	uint32_t	longest = 1 + below(3);
	uint32_t	at = 0;
	int			count = 4 + (int) below(7);
	int			nchannels = one_in(3) ? 1 : 0;
	int			step = 0;

	memset(c, 0, sizeof(Case));
	c->o.nsteps = 3 + (int) below(LABELS - 2);
	for (int k = 0; k < c->o.nsteps; k++)
		c->steps[k] = one_in(10) ? random_matcher(LABELS) : k;
	for (int i = 0; i < count; i++)
	{
		Spot	   *s = &c->spots[c->nspots++];

		s->at = base + at * unit;
		s->label = step;
		s->channel = (int) below((uint32_t) nchannels + 1);
		s->value = NAN;
		at += below(longest + 1);
		step += one_in(3) ? (int) below(5) - 3 : 1;
		if (step < 0 || step >= c->o.nsteps)
			step = (int) below((uint32_t) c->o.nsteps);
	}
	random_options(c, at / 2 + 1, c->o.nsteps);
}

/*
 * More touchpoints and steps, of many names, so that each step fits few: a walk
 * along the steps with some left out, some twice, some out of place.
 */
static void
sparse_case(Case *c)
{
	uint32_t	times;
	int			spare = 6;
	int64_t		base = random_base();
	uint32_t	at = 0;

	memset(c, 0, sizeof(Case));
	c->o.nsteps = (int) (one_in(3) ? FUNNEL_MAX_STEPS - below(2) : 3 + below(30));
	for (int k = 0; k < c->o.nsteps; k++)
		c->steps[k] = MATCHERS + k;
	for (int k = 0; k < c->o.nsteps; k++)
	{
		int			copies = 1;

		if (one_in(40))
			copies = 0;
		else if (spare > 0 && one_in(6))
		{
			copies = 2;
			spare--;
		}
		while (copies-- > 0)
		{
			Spot	   *s = &c->spots[c->nspots++];

			s->label = LABELS + k;
			s->at = base + at * unit;
			s->value = NAN;
			if (copies > 0 && spare > 0 && one_in(2))
				s->at += below(5) * unit;
		}
		if (one_in(8))
		{
			Spot	   *s = &c->spots[c->nspots++];

			s->label = 0;
			s->at = base + at * unit;
			s->value = NAN;
		}
		at += below(3) + (k % 3 == 0);
	}
	times = at + 3;
	shuffle(c->spots, c->nspots);
	random_options(c, times, 1);
	for (int k = 1; k < c->o.nsteps; k++)
		if (c->step_within[k] < (uint64_t) unit * 4 && !one_in(20))
			c->step_within[k] = (uint64_t) unit * 4;
	/* orders of long ties are too many; every skipped step doubles the chains */
	if (c->o.mode == FM_STRICT || c->o.mode == FM_STRICT_STEPS)
		c->o.grace = 0;
	if (c->o.optional != 0)
		c->o.optional = UINT64_C(1) << (1 + below((uint32_t) c->o.nsteps - 1)) |
			UINT64_C(1) << (1 + below((uint32_t) c->o.nsteps - 1));
	if (c->o.mode == FM_UNORDERED)
		c->o.anchored = all_steps(c->o.nsteps) &
			~(UINT64_C(3) << below((uint32_t) c->o.nsteps));
}

/* Long and dense: too many chains to try. */
static void
long_case(Case *c, int count)
{
	int			nlabels = 1 + (int) below(LABELS);
	uint32_t	times = 1 + below((uint32_t) (one_in(3) ? count / 8 + 1 : 3 * count));

	memset(c, 0, sizeof(Case));
	c->o.nsteps = (int) (one_in(8) ? FUNNEL_MAX_STEPS - below(2) : 1 + below(10));
	for (int k = 0; k < c->o.nsteps; k++)
		c->steps[k] = random_matcher(nlabels);
	random_spots(c, count, times, nlabels, one_in(3) ? 1 + (int) below(CHANNELS) : 0, one_in(4));
	random_options(c, times, nlabels);
}

/* -------------------------------------------------------------------------- */

int
main(int argc, char **argv)
{
	uint64_t	cases = argc > 2 ? strtoull(argv[2], NULL, 10) : CASES;
	Case	   *c = malloc(sizeof(Case));

	start_random(argc > 1 ? argv[1] : NULL, 20260301);
	wellknown_init();
	make_names();
	for (uint64_t i = 0; i < cases; i++)
	{
		if (i % 2 == 0)
			small_case(c);
		else
			deep_case(c);
		check(c, ORACLE);
		if (i % 20 < 2)
			check(c, OTHER_WORDS);
		if (i % 100 == 0)
		{
			sparse_case(c);
			check(c, ORACLE);
		}
		if (i % 100 == 50)
		{
			long_case(c, 1 + (int) below(MAX_SPOTS - 1));
			check(c, ITSELF);
			check(c, OTHER_WORDS);
		}
	}
	free(c);
	printf("ok %" PRIu64 " cases (seed %" PRIu64 ")\n", cases, seed);
	return 0;
}
