/*
 * funnel_attempts_test.c
 *	  The attempts of one customer against their definition.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o funnel_attempts_test \
 *		  test/core/funnel_attempts_test.c src/core/[a-z]*.c -lm
 *	  ./funnel_attempts_test [seed [cases]]
 *
 * Small random journeys under random options.  The definition: cut the rows by
 * channel and session into journeys of their own; go through the ties of each;
 * the chain of an entry is the oracle's best of all chains from that tie; what
 * ended it is read from all touchpoints after it.  The attempts must be these,
 * in order of entry; of all entries the furthest must be what the funnel says.
 */
#include <inttypes.h>
#include <math.h>

#include "core/funnel_attempts.h"
#include "core/wellknown.h"
#include "funnel_oracle.h"
#include "journey_support.h"
#include "test.h"

#define CASES			100000
#define MAX_SPOTS		12
#define MAX_EXCLUSIONS	3
#define MAX_ATTEMPTS	MAX_SPOTS

static const char *const label_texts[] = {"a", "b", "c", "page_view", "d/x"};
static const char *const channel_texts[] = {"m", "n"};
static const char *const matcher_texts[] = {
	"a", "b", "c", "page_view", "d", "a|b", "*", "b|c", "a@m", "*@n", "b >= 2"
};

#define LABELS		((int) (sizeof(label_texts) / sizeof(*label_texts)))
#define CHANNELS	((int) (sizeof(channel_texts) / sizeof(*channel_texts)))
#define MATCHERS	((int) (sizeof(matcher_texts) / sizeof(*matcher_texts)))
#define UNIT		INT64_C(1000000)

static JourneyLabel labels[LABELS];
static JourneyLabel channels[CHANNELS];
static Matcher *matchers[MATCHERS];

typedef struct Row
{
	int64_t		at;
	int			label;
	int			channel;		/* 0: none */
	double		value;			/* NaN: none */
} Row;

typedef struct Asked
{
	Row			rows[MAX_SPOTS];
	int			nrows;
	const Matcher *steps[FUNNEL_MAX_STEPS];
	uint64_t	step_within[FUNNEL_MAX_STEPS];
	FunnelExclusion exclusions[MAX_EXCLUSIONS];
	FunnelOptions o;
	FunnelCount count;
	uint64_t	timeout;
	int64_t		as_of;
} Asked;

/* An attempt, and in which order the definition found it. */
typedef struct Expected
{
	FunnelAttempt a;
	bool		seen;
} Expected;

/* -- journeys ------------------------------------------------------------------ */

static Matcher *
compile(const char *text)
{
	size_t		pos = 0;
	size_t		size;
	MatcherError err;
	Matcher    *m;

	REQUIRE(matcher_parse(text, strlen(text), &pos, NULL, 0, &size, &err));
	m = calloc(1, size);
	pos = 0;
	REQUIRE(matcher_parse(text, strlen(text), &pos, m, size, &size, &err));
	return m;
}

/* The journey of these rows, which are in order of time; to be freed. */
static uint8_t *
encode(const Row *rows, int count, JourneyView *v)
{
	JourneyTouch touch[MAX_SPOTS];
	double		value[MAX_SPOTS];
	JourneySource src = {touch, (uint32_t) count, labels, LABELS, channels, CHANNELS, value};

	for (int i = 0; i < count; i++)
	{
		touch[i].at = rows[i].at;
		touch[i].label = (uint16_t) rows[i].label;
		touch[i].channel = (uint16_t) rows[i].channel;
		touch[i].seq = (uint32_t) i;
		value[i] = rows[i].value;
	}
	return encode_journey(&src, v);
}

/* -- the definition --------------------------------------------------------------- */

/* The chain of the entry at this tie; false if it is discarded. */
static bool
chain_of(Oracle *j, int tie)
{
	if (!j->o->drop)
	{
		oracle_best(j, tie, -1, OR_TRUNCATE);
		return true;
	}
	oracle_best(j, tie, -1, OR_IGNORE);
	oracle_best(j, tie, j->best.last, OR_DROP);
	if (j->best.last >= 0)
		return true;
	oracle_best(j, tie, -1, OR_IGNORE);
	return false;
}

/* The earliest tie with an exclusion in the way of the chain, or -1. */
static int
exclusion_of(const Oracle *j)
{
	for (int x = 0; x < j->count; x++)
		for (int i = 0; i < j->o->nexclusions; i++)
			if (oracle_has(j->touch[x].excludes, i) &&
				oracle_between(j, &j->best, i, &j->touch[x], OR_DROP))
				return j->touch[x].tie;
	return -1;
}

static int64_t
time_of(const Oracle *j, int tie)
{
	for (int i = 0; i < j->count; i++)
		if (j->touch[i].tie == tie)
			return j->touch[i].time;
	abort();
}

/*
 * The attempts of rows that are a journey of their own, in which the session
 * is over at `last` + timeout.
 */
static void
attempts_of(const Asked *q, const Row *rows, int nrows, Expected *e, int *n)
{
	FunnelOptions o = q->o;
	uint64_t	first;
	Oracle	   *j = malloc(sizeof(Oracle));
	JourneyView v;
	uint8_t    *bytes = encode(rows, nrows, &v);
	int			next = 0;		/* tie */

	o.hold_channel = false;
	first = o.mode == FM_UNORDERED ? oracle_block(&o, 0) : 1;
	oracle_prepare(j, &o, &v, 0);
	for (int i = 0; i < j->count; i++)
	{
		int			tie = j->touch[i].tie;
		int64_t		time = j->touch[i].time;
		Expected   *x = &e[*n];
		int64_t		window;
		bool		has_window = !__builtin_add_overflow(time, (int64_t) o.within, &window) &&
		o.within <= INT64_MAX;
		bool		kept;
		int			end = -1;

		if (tie < next || !oracle_enters(j, &j->touch[i], first))
			continue;
		memset(x, 0, sizeof(*x));
		kept = chain_of(j, tie);
		x->a.entered = time;
		x->a.over = true;
		next = tie + 1;
		if (kept)
			oracle_answer(&x->a.answer, &j->best);
		x->a.answer.dropped = !kept;
		if (kept && j->best.last == o.nsteps - 1)
		{
			x->a.outcome = FO_CONVERTED;
			end = j->best.at[j->best.last]->tie;
		}
		else if ((end = exclusion_of(j)) >= 0)
			x->a.outcome = FO_EXCLUDED;
		else
		{
			int64_t		over = rows[nrows - 1].at + (int64_t) q->timeout;
			bool		ends = q->count == FC_SESSIONS && over < q->as_of;

			x->a.over = false;
			x->a.outcome = FO_UNFINISHED;
			if (has_window && window < q->as_of && !(ends && over < window))
			{
				x->a.over = true;
				x->a.outcome = FO_TIMED_OUT;
				x->a.ended = window;
			}
			else if (ends)
			{
				x->a.over = true;
				x->a.outcome = FO_ENDED;
				x->a.ended = rows[nrows - 1].at;
			}
			if (q->count == FC_TOTALS)
				while (next < j->touch[j->count - 1].tie + 1 &&
					   (!has_window || time_of(j, next) <= window))
					next++;
		}
		if (end >= 0)
		{
			x->a.ended = time_of(j, end);
			if (q->count == FC_TOTALS)
				next = end + 1;
		}
		++*n;
		REQUIRE(*n <= MAX_ATTEMPTS);
		if (q->count == FC_SESSIONS)
			break;
	}
	free(bytes);
	free(j);
}

static int
expect(const Asked *q, Expected *e)
{
	int			n = 0;

	for (int channel = 0; channel <= (q->o.hold_channel ? CHANNELS : 0); channel++)
	{
		Row			rows[MAX_SPOTS];
		int			count = 0;

		for (int i = 0; i < q->nrows; i++)
		{
			if (q->o.hold_channel && q->rows[i].channel != channel)
				continue;
			if (count > 0 && q->count == FC_SESSIONS &&
				(uint64_t) (q->rows[i].at - rows[count - 1].at) > q->timeout)
			{
				attempts_of(q, rows, count, e, &n);
				count = 0;
			}
			rows[count++] = q->rows[i];
		}
		if (count > 0)
			attempts_of(q, rows, count, e, &n);
	}
	return n;
}

/* -- what is tested ---------------------------------------------------------------- */

static void *pieces[4096];
static int	npieces;

static void *
allocate(size_t size)
{
	REQUIRE(npieces < 4096);
	pieces[npieces] = malloc(size);
	memset(pieces[npieces], 0xa5, size);
	return pieces[npieces++];
}

static void
relax(void)
{
}

static const FunnelHost host = {allocate, relax};

static bool
same(const FunnelOptions *o, const FunnelAttempt *a, const FunnelAttempt *b)
{
	if (a->entered != b->entered || a->over != b->over || a->outcome != b->outcome ||
		(a->over && a->ended != b->ended) || a->answer.dropped != b->answer.dropped ||
		a->answer.taken != b->answer.taken)
		return false;
	for (int k = 0; k < o->nsteps; k++)
		if (oracle_has(a->answer.taken, k) && a->answer.times[k] != b->answer.times[k])
			return false;
	return true;
}

static void
print_attempt(const char *who, const Asked *q, const FunnelAttempt *a)
{
	static const char *const outcomes[] = {"converted", "excluded", "timed out", "ended", "unfinished"};

	printf("  %s: entered %" PRId64 ", %s", who, a->entered, outcomes[a->outcome]);
	if (a->over)
		printf(" %" PRId64, a->ended);
	printf("%s:", a->answer.dropped ? ", dropped" : "");
	for (int k = 0; k < q->o.nsteps; k++)
		if (oracle_has(a->answer.taken, k))
			printf(" %" PRId64, a->answer.times[k]);
		else
			printf(" -");
	printf("\n");
}

static void
fail(const Asked *q, const char *what, const Expected *e, int n, const JourneyView *v)
{
	FunnelAttempts *attempts;
	FunnelAttempt a;

	printf("not ok: %s (seed %llu)\n", what, (unsigned long long) seed);
	for (int i = 0; i < q->nrows; i++)
		printf("  %" PRId64 " %s channel %d value %g\n", q->rows[i].at,
			   label_texts[q->rows[i].label], q->rows[i].channel, q->rows[i].value);
	printf("  mode %d tie %d drop %d hold %d count %d within %lld grace %llu timeout %llu as of %lld"
		   " optional %llx anchored %llx\n", q->o.mode, q->o.tie, q->o.drop,
		   q->o.hold_channel, q->count, (long long) q->o.within,
		   (unsigned long long) q->o.grace, (unsigned long long) q->timeout,
		   (long long) q->as_of, (unsigned long long) q->o.optional,
		   (unsigned long long) q->o.anchored);
	for (int k = 0; k < q->o.nsteps; k++)
		for (int m = 0; m < MATCHERS; m++)
			if (q->steps[k] == matchers[m])
				printf("  step %d: %s\n", k + 1, matcher_texts[m]);
	for (int x = 0; x < q->o.nexclusions; x++)
		for (int m = 0; m < MATCHERS; m++)
			if (q->exclusions[x].matcher == matchers[m])
				printf("  exclude %s after %d before %d\n", matcher_texts[m],
					   q->exclusions[x].after, q->exclusions[x].before);
	for (int i = 0; i < n; i++)
		print_attempt("want", q, &e[i].a);
	attempts = funnel_attempts_begin(&q->o, v, &host, q->count, q->timeout, q->as_of);
	while (funnel_attempts_next(attempts, &a))
		print_attempt("got", q, &a);
	exit(1);
}

static void
check(const Asked *q)
{
	Expected	e[MAX_ATTEMPTS + 1];
	int			n = expect(q, e);
	int			found = 0;
	int			furthest = -1;
	int64_t		entered = INT64_MIN;
	JourneyView v;
	uint8_t    *bytes = encode(q->rows, q->nrows, &v);
	FunnelAttempts *attempts;
	FunnelAttempt a;

	attempts = funnel_attempts_begin(&q->o, &v, &host, q->count, q->timeout, q->as_of);
	while (funnel_attempts_next(attempts, &a))
	{
		int			i = 0;

		/* of one time in several channels, any order will do */
		while (i < n && (e[i].seen || !same(&q->o, &e[i].a, &a)))
			i++;
		if (i == n)
			fail(q, "an attempt that is none", e, n, &v);
		e[i].seen = true;
		if (a.entered < entered)
			fail(q, "out of order", e, n, &v);
		entered = a.entered;
		if (a.answer.taken != 0 && 63 - __builtin_clzll(a.answer.taken) > furthest)
			furthest = 63 - __builtin_clzll(a.answer.taken);

		/* grace begins anew in a session, which the oracle is not told */
		if (q->o.mode == FM_UNORDERED && (q->o.grace == 0 || q->count != FC_SESSIONS) &&
			!oracle_arranged(&q->o, &v, &a.answer))
			fail(q, "steps in a wrong place", e, n, &v);
		found++;
	}
	if (found != n)
		fail(q, "an attempt is missing", e, n, &v);
	REQUIRE(!funnel_attempts_next(attempts, &a));
	if (q->count == FC_ENTRIES)
	{
		FunnelAnswer whole;

		oracle_funnel(&q->o, &v, &whole);
		REQUIRE(furthest == (whole.taken == 0 ? -1 : 63 - __builtin_clzll(whole.taken)));
		REQUIRE(whole.dropped == (n > 0 && furthest < 0));
	}
	while (npieces > 0)
		free(pieces[--npieces]);
	free(bytes);
}

/* -- random cases ------------------------------------------------------------------- */

static uint64_t
random_span(uint32_t most)
{
	uint64_t	span = (uint64_t) below(most + 1) * UNIT;

	return below(6) > 0 || span == 0 ? span : below(2) ? span + 1 : span - 1;
}

static int
compare_rows(const void *a, const void *b)
{
	int64_t		x = ((const Row *) a)->at;
	int64_t		y = ((const Row *) b)->at;

	return x < y ? -1 : x > y;
}

static void
random_case(Asked *q)
{
	int			nlabels = 1 + (int) below(LABELS);
	int			nchannels = (int) below(CHANNELS + 1);
	uint32_t	times = 1 + below(14);
	FunnelOptions *o = &q->o;

	memset(q, 0, sizeof(*q));
	q->nrows = (int) below(MAX_SPOTS);
	for (int i = 0; i < q->nrows; i++)
		q->rows[i] = (Row)
	{
		(int64_t) below(times) * UNIT, (int) below((uint32_t) nlabels),
			(int) below((uint32_t) nchannels + 1), below(3) ? NAN : below(4)
	};
	qsort(q->rows, (size_t) q->nrows, sizeof(Row), compare_rows);
	o->nsteps = 1 + (int) below(3);
	o->steps = q->steps;
	for (int k = 0; k < o->nsteps; k++)
	{
		q->steps[k] = matchers[below(3) ? below((uint32_t) nlabels) : below(MATCHERS)];
		q->step_within[k] = k > 0 && below(2) ? random_span(times) : FUNNEL_NO_LIMIT;
	}
	o->within = below(4) ? random_span(times / 2 + 1) : FUNNEL_NO_LIMIT;
	o->mode = (FunnelMode) below(4);
	o->tie = (FunnelTie) below(3);
	if (o->tie != FT_STORED && below(4) == 0)
		o->grace = random_span(3);
	if (o->mode == FM_UNORDERED)
		o->anchored = below(2) ? rnd() & 7 & ((1u << o->nsteps) - 1) : 0;
	else
	{
		o->step_within = below(3) ? NULL : q->step_within;
		o->optional = below(3) ? 0 : rnd() & 6 & ((1u << o->nsteps) - 1);
	}
	if (o->nsteps > 1 && below(2))
		o->nexclusions = 1 + (int) below(MAX_EXCLUSIONS);
	o->exclusions = q->exclusions;
	for (int x = 0; x < o->nexclusions; x++)
	{
		FunnelExclusion *exclusion = &q->exclusions[x];

		exclusion->matcher = matchers[below(2) ? below((uint32_t) nlabels) : below(MATCHERS)];
		exclusion->after = below(2) ? 1 : 1 + (int) below((uint32_t) o->nsteps - 1);
		exclusion->before = exclusion->after + 1 +
			(int) below((uint32_t) (o->nsteps - exclusion->after));
	}
	o->drop = o->nexclusions > 0 && below(2);
	o->hold_channel = below(4) == 0;
	o->from = below(5) ? INT64_MIN : (int64_t) below(times) * UNIT;
	o->to = below(5) ? INT64_MAX : (int64_t) below(times + 1) * UNIT;
	q->count = (FunnelCount) below(3);
	q->timeout = random_span(5);
	q->as_of = q->nrows > 0 && below(2) ? q->rows[q->nrows - 1].at :
		(int64_t) below(30) * UNIT;
	if (below(20) == 0)
		q->as_of = INT64_MAX;
}

int
main(int argc, char **argv)
{
	uint64_t	cases = argc > 2 ? strtoull(argv[2], NULL, 10) : CASES;
	Asked		q;

	start_random(argc > 1 ? argv[1] : NULL, 20260401);
	wellknown_init();
	for (int i = 0; i < LABELS; i++)
		journey_label_from_text(&labels[i], label_texts[i], strlen(label_texts[i]));
	for (int i = 0; i < CHANNELS; i++)
		journey_label_from_text(&channels[i], channel_texts[i], strlen(channel_texts[i]));
	for (int i = 0; i < MATCHERS; i++)
		matchers[i] = compile(matcher_texts[i]);
	for (uint64_t i = 0; i < cases; i++)
	{
		random_case(&q);
		check(&q);
	}
	for (int i = 0; i < MATCHERS; i++)
		free(matchers[i]);
	printf("ok %" PRIu64 " cases (seed %" PRIu64 ")\n", cases, seed);
	return 0;
}
