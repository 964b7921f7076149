/*
 * funnel_quick_test.c
 *	  Random journeys and funnels: the quick look by bitmaps gives what the run
 *	  gives, a plan gives what the matchers give, and nothing is read that is
 *	  outside the value.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o funnel_quick_test \
 *		  test/core/funnel_quick_test.c src/core/[a-z]*.c -lm
 *	  ./funnel_quick_test [seed]
 *
 * Every value stands in a piece of memory of its own, with the one byte of a
 * short header before it.  Most have few touchpoints and labels: there the
 * loops that read many bytes at once have the least room.  Prints "ok", or
 * where it failed and the seed.
 */
#include "core/funnel_impl.h"
#include "core/wellknown.h"
#include "journey_support.h"
#include "test.h"

#define MAX_TOUCH	1100
#define MAX_TERMS	40
#define ROUNDS		200000

/* Names of events, and what steps ask for. */
static const char *const events[] = {
	"a", "b", "page_view", "page_view/a", "page_view/b/c", "a/b", "a/", "view_item",
	"purchase", "a name that is long enough to need its bytes", "ab", "abc/d", "b/x/y",
	"add_to_cart", "purchase/", "x", "y", "z", "search", "c", "d", "e", "f", "g", "h", "/"
};
static const char *const terms[] = {
	"a", "b", "page_view", "page_view/a", "\"page_view\"", "\"a\"", "\"a/b\"", "a/b", "abc",
	"purchase", "*", "p*", "*b", "*/*", "a*b", "\"page_view/b/c\"", "\"a name that is long enough to need its bytes\"",
	"\"a name that is long enough to need its bytes\"/*", "\"a/\"", "view_item", "\"/\"", "x", "y", "z",
	"c", "d", "no such name", "add_to_cart@email", "*@*", "a>5", "search=1", "purchase|a", "b|c|x"
};

#define COUNT(array)	(sizeof(array) / sizeof(array[0]))

/* -- journeys ------------------------------------------------------------------ */

/* A journey and its view; to be freed. */
static uint8_t *
make_journey(JourneyView *v)
{
	static JourneyTouch touch[MAX_TOUCH];
	static double values[MAX_TOUCH];
	static JourneyLabel labels[COUNT(events) + 300];
	static char more[300][16];
	JourneyLabel channel;
	uint32_t	nlabels = 1 + below(below(3) == 0 ? COUNT(events) : 5);
	uint32_t	count = below(10) > 0 ? 1 + below(24) : below(MAX_TOUCH);
	int64_t		unit = below(2) > 0 ? 1000000 : below(2) > 0 ? 1000 : 1;
	uint32_t	offset = below(COUNT(events));
	bool		ties = below(3) == 0;
	bool		has_values = below(4) == 0;
	bool		has_channels = below(4) == 0;
	int64_t		time = ((int64_t) rnd() >> 20) * unit / 1000000;
	JourneySource source = {touch, count, labels, nlabels, &channel, 1, NULL};

	for (uint32_t i = 0; i < nlabels; i++)
	{
		const char *name = events[(i + offset) % COUNT(events)];

		journey_label_from_text(&labels[i], name, strlen(name));
	}
	if (below(50) == 0)
		for (int i = 0; i < 300; i++)
		{
			snprintf(more[i], sizeof(more[i]), "e%d", i);
			journey_label_from_text(&labels[nlabels++], more[i], strlen(more[i]));
		}
	source.nlabels = nlabels;
	journey_label_from_text(&channel, "email", 5);
	for (uint32_t i = 0; i < count; i++)
	{
		static const uint32_t spans[] = {3, 200, 70000, 20000000, UINT32_MAX};

		if (i > 0)
			time += unit * ((ties ? 0 : 1) + below(spans[below(ties ? 2 : below(9) > 0 ? 3 : 5)]));
		touch[i].at = time;
		touch[i].label = (uint16_t) below(nlabels);
		touch[i].channel = (uint16_t) (has_channels ? below(2) : 0);
		touch[i].seq = i;
		values[i] = below(2) > 0 ? (double) below(9) : __builtin_nan("");
	}
	if (has_values)
		source.values = values;
	return encode_journey(&source, v);
}

/* -- funnels --------------------------------------------------------------------- */

static Matcher *
make_step(bool many)
{
	char		text[MAX_TERMS * 64];
	size_t		len = 0;
	size_t		pos = 0;
	size_t		size;
	int			n = 1 + (int) below(many ? MAX_TERMS : 2);
	MatcherError error;
	Matcher    *m;

	for (int i = 0; i < n; i++)
		len += (size_t) snprintf(text + len, sizeof(text) - len, "%s%s", i > 0 ? "|" : "",
								 terms[below(below(4) > 0 ? 10 : COUNT(terms))]);
	if (strstr(text, "no such name") != NULL)
		len = (size_t) snprintf(text, sizeof(text), "\"no such name\"");
	REQUIRE(matcher_parse(text, len, &pos, NULL, 0, &size, &error));
	m = calloc(1, size);
	pos = 0;
	REQUIRE(matcher_parse(text, len, &pos, m, size, &size, &error) && pos == len);
	return m;
}

static void
check_labels(const FunnelOptions *options, const JourneyView *view)
{
	FunnelOptions bare = *options;
	const uint8_t *p = view->labels;

	bare.plan = NULL;
	for (uint32_t i = 0; i < view->nlabels; i++)
	{
		JourneyLabel label;
		uint64_t	always[2];
		uint64_t	maybe[2];

		p = journey_next_label(p, &label);
		funnel_label_steps(options, &label, &always[0], &maybe[0]);
		funnel_label_steps(&bare, &label, &always[1], &maybe[1]);
		REQUIRE(always[0] == always[1] && maybe[0] == maybe[1]);
	}
}

static void
check_quick(FunnelOptions *options, const JourneyView *view, uint32_t *quick)
{
	static FunnelRun run;
	FunnelOptions bare = *options;
	void	   *scratch = malloc(funnel_scratch_size(view) + 1);
	int64_t		times[FUNNEL_MAX_STEPS];
	bool		can_shuffle = options->plan->shuffle;

	bare.plan = NULL;
	if (funnel_begin(&run, &bare, view, scratch))
		while (funnel_walk(&run, 1 + below(1000)))
			;
	for (int shuffle = 0; shuffle <= (int) can_shuffle; shuffle++)
	{
		int			reached;

		options->plan->shuffle = shuffle > 0;
		reached = funnel_quick(options, view, times);
		if (reached < 0)
			continue;
		REQUIRE(reached == run.reached);
		REQUIRE(memcmp(times, run.times, (size_t) reached * sizeof(times[0])) == 0);
		quick[reached]++;
	}
	options->plan->shuffle = can_shuffle;
	free(scratch);
}

int
main(int argc, char **argv)
{
	uint32_t	quick[FUNNEL_MAX_STEPS + 1] = {0};

	start_random(argc > 1 ? argv[1] : NULL, 20260104);
	wellknown_init();
	for (int round = 0; round < ROUNDS / 20; round++)
	{
		const Matcher *steps[FUNNEL_MAX_STEPS];
		int			nsteps = 1 + (int) below(below(10) > 0 ? 5 : 12);
		bool		many = below(10) == 0;
		static const uint64_t windows[] = {0, 1, 50, 3000, 86400, 10000000};
		FunnelOptions options;

		memset(&options, 0, sizeof(options));
		options.steps = steps;
		options.nsteps = nsteps;
		options.within = FUNNEL_NO_LIMIT;
		options.from = INT64_MIN;
		options.to = INT64_MAX;
		for (int k = 0; k < nsteps; k++)
			steps[k] = make_step(many);
		if (below(3) > 0)
			options.within = windows[below(COUNT(windows))] * (below(2) > 0 ? 1000000 : 1000);
		options.plan = malloc(funnel_plan_size(steps, nsteps));
		funnel_plan_build(options.plan, steps, nsteps);
		for (int i = 0; i < 20; i++)
		{
			JourneyView view;
			uint8_t    *memory = make_journey(&view);

			check_labels(&options, &view);
			check_quick(&options, &view, quick);
			free(memory);
		}
		free(options.plan);
		for (int k = 0; k < nsteps; k++)
			free((void *) (uintptr_t) steps[k]);
	}
	/* every number of steps was reached often, so something was tested */
	for (int k = 0; k <= 5; k++)
		REQUIRE(quick[k] > 200);
	printf("ok\n");
	return 0;
}
