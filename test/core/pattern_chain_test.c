/*
 * pattern_chain_test.c
 *	  Random chains over random journeys of all sizes and units: the bitmaps say
 *	  what the automaton says, and nothing is read that is outside the value.
 *
 *	pattern_chain_test [rounds [seed]]
 *
 * (pattern_test.c compares both with a naive matcher, on short journeys.)  Every
 * journey stands in a piece of memory of its own, with the one byte of a short
 * header before it.
 */
#include "core/pattern_chain_impl.h"
#include "pattern_support.h"

#define MOST_TOUCH	1100
#define HEADER		1			/* of a short varlena */

static const char *const names[] = {
	"a", "b", "c", "purchase", "page_view", "view_item", "add_to_cart", "page_view/x",
	"a/b", "refund", "a longer name of an event", "search", "d", "e", "f", "g", "h", "i"
};
static const char *const elements[] = {
	"a", "b", "c", "purchase", "page_view", "view_item", "add_to_cart", "page_view/x",
	"[a|b]", "[p*]", "(a | c)", "(purchase | view_item | b)", "[*]", "a{2}", "refund", "\"a\"",
	"a+", "b*", "c?", "(a|b)*", "(c | a)+", "a{2,}", "b{1,3}", "purchase{0,2}", "(a .* b)+", "(a [^c]* b){2,3}",
	"(a (?<=5s) b)*", "(a b?)*", "(a+ b){2}", "(b a*){2,}", "b@email*", "[a>=5]+", "(c* a)+",
	"d", "a@email", "purchase>=5", "never", "[b|add_to_cart|d|e|f]"
};
static const char *const skips[] = {
	".*", ".*", ".*", ".*", ".*", ".*", "[^c]*", "[^purchase]*", "[^page_view|a]*", ".", ".{0,2}", ".{2,}", ".+",
	"[^b]{1,5}", "[^add_to_cart]+", ". .*", ".* .{0,3}", "[b@email]*", "[a>=5|b]*", "[^b@email]*",
	"[a@email|c]*"
};
static const char *const spans[] = {
	"0s", "1s", "2s", "5s", "30s", "1min", "10min", "1h", "6h", "1d", "30d", "500d", "1500ms", "1ms", "3us", "60000001us"
};

#define COUNT(array)	(sizeof(array) / sizeof(array[0]))

static char literal[4096];

static void
say(const char *text)
{
	strcat(literal, text);
	strcat(literal, " ");
}

static void
say_gate(void)
{
	static const char *const ops[] = {"<", "<=", "==", ">=", ">"};

	strcat(literal, "(?");
	strcat(literal, ops[chance(85) ? 1 + 2 * chance(35) : below(5)]);
	strcat(literal, spans[below(COUNT(spans))]);
	say(")");
}

static void
random_chain(void)
{
	uint32_t	n = 1 + below(chance(10) ? 17 : 4);
	uint32_t	plain = chance(15);

	if (chance(8))
		say("^");
	for (uint32_t i = 0; i < n; i++)
	{
		if (chance(2))
			say(chance(50) ? "^" : "$");
		if (chance(i == 0 ? 10 : 80))
			say(skips[below(plain ? 3 : COUNT(skips))]);
		for (int gates = !plain && chance(55) ? 1 + chance(40) : 0; gates > 0; gates--)
			say_gate();
		if (chance(2))
			say(chance(50) ? "^" : "$");
		say(elements[below(chance(75) ? 4 : COUNT(elements))]);
	}
	if (chance(8))
		say(skips[below(COUNT(skips))]);
	if (chance(10))
		say("$");
	if (chance(2))
		say(skips[below(COUNT(skips))]);
}

/* Where words, blocks and what chains can do end. */
static const uint32_t edges[] = {
	1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 258, 1023, 1024, 1025
};

#define LABEL_EDGES 21			/* of these, the numbers of labels */

static uint8_t *
random_journey(JourneyView *view)
{
	static JourneyTouch touch[MOST_TOUCH];
	static double values[MOST_TOUCH];
	static uint16_t scratch[4][400];
	static JourneyLabel labels[400];
	static char more[400][16];
	JourneyLabel channel;
	uint32_t	nlabels = chance(3) ? 250 + below(20) : chance(60) ? 4 : 1 + below(COUNT(names));
	uint32_t	count = chance(2) ? 0 : chance(70) ? 1 + below(30) : chance(80) ? 1 + below(300) : below(MOST_TOUCH);
	uint32_t	offset = chance(85) ? 0 : below(COUNT(names));
	bool		rare = chance(10);
	bool		channels = chance(25);
	int64_t		unit = chance(70) ? 1000000 : chance(50) ? 1000 : 1;
	int64_t		time = ((int64_t) rnd() >> 20) * unit / 1000000;
	int64_t		step = chance(50) ? 4 : chance(50) ? 100 : 5000;
	JourneySource source = {touch, count, labels, nlabels, &channel, channels ? 1 : 0,
	chance(25) ? values : NULL};
	JourneyPlan plan;
	uint8_t    *bytes;

	if (chance(15))
		source.count = count = edges[below(COUNT(edges))];
	if (chance(10))
		source.nlabels = nlabels = edges[below(LABEL_EDGES)];
	for (uint32_t i = 0; i < nlabels; i++)
	{
		const char *text = names[(i + offset) % COUNT(names)];

		if (i >= COUNT(names))
		{
			snprintf(more[i], sizeof(more[i]), "name %u", i);
			text = more[i];
		}
		journey_label_from_text(&labels[i], text, strlen(text));
	}
	journey_label_from_text(&channel, "email", 5);
	for (uint32_t i = 0; i < count; i++)
	{
		time += chance(10) ? 0 : below((uint32_t) step) * unit;
		if (chance(1) && chance(30))
			time += (int64_t) below(400) * 86400 * 1000000;
		touch[i].at = time;
		touch[i].label = (uint16_t) (rare && chance(90) ? 0 : below(nlabels));
		touch[i].channel = channels && chance(50);
		touch[i].seq = i;
		values[i] = chance(50) ? below(10) : __builtin_nan("");
	}
	memset(&plan, 0, sizeof(plan));
	plan.label_code = scratch[0];
	plan.channel_code = scratch[1];
	plan.label_order = scratch[2];
	plan.channel_order = scratch[3];
	journey_measure(&source, &plan);
	bytes = malloc(HEADER + plan.size);
	journey_encode(&source, &plan, bytes + HEADER);
	REQUIRE(journey_open(view, bytes + HEADER, plan.size));
	return bytes;
}

int
main(int argc, char **argv)
{
	uint32_t	rounds = argc > 1 ? (uint32_t) strtoul(argv[1], NULL, 10) : 15000;
	uint32_t	compared = 0;
	uint32_t	matched = 0;
	uint32_t	left = 0;
	uint32_t	uncounted = 0;
	uint32_t	patterns = 0;

	start_random(argc > 2 ? argv[2] : NULL, (uint64_t) time(NULL));
	wellknown_init();
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %llu\n", (unsigned long long) seed);
	for (uint32_t i = 0; i < rounds; i++)
	{
		Memory		memory = {NULL, 0, 0};
		PatternHost host = {allocate, relax, &memory};
		PatternError err;
		size_t		size;
		Pattern    *pattern;
		PatternMachine *m;
		PatternReader *reader;
		PatternChain *chain;

		literal[0] = 0;
		random_chain();
		for (int more = chance(20) ? 1 + below(3) : 0; more > 0; more--)
		{
			say("|");
			random_chain();
		}
		pattern = pattern_parse(literal, strlen(literal), &host, &size, &err);
		if (pattern == NULL)
			printf("%s: %s at %zu\n", literal, err.message, err.offset);
		REQUIRE(pattern != NULL);
		chain = pattern_chain_create(pattern, &host);
		m = pattern_machine_create(pattern_compile(pattern, &host), &host);
		reader = pattern_reader_create(pattern, m, &host);
		patterns += chain != NULL;

		/* some without what only a newer processor has */
		if (chance(20))
		{
			for (PatternChain *c = chain; c != NULL; c = c->next)
				c->plan->shuffle = false;
		}
		for (int k = 0; k < 10 && chain != NULL; k++)
		{
			JourneyView view;
			uint8_t    *bytes = random_journey(&view);
			int			exists = pattern_chain_exists(chain, &view);
			int			n = pattern_chain_count(chain, &view);
			uint32_t	matches;

			pattern_reader_open(reader, &view, &host);
			matches = pattern_count(m, &reader->input, &host);
			if ((exists != -1 && exists != (matches > 0)) || (n != -1 && n != (int) matches))
			{
				printf("%s\n", literal);
				for (uint32_t at = 0; at < view.count && view.count < 40; at++)
					printf("  %u", journey_code(view.codes, view.code_bits, at));
				printf("\n%u touchpoints: %d, %d, not %u\n", view.count, exists, n, matches);
			}
			REQUIRE(exists == -1 || exists == (matches > 0));
			REQUIRE(n == -1 || n == (int) matches);
			compared++;
			matched += matches > 0;
			left += exists == -1;
			uncounted += n == -1;
			free(bytes);
		}
		release(&memory);
	}
	printf("%u of %u patterns are chains, %u journeys, a match in %u, %u left to the automaton, %u not counted\n",
		   patterns, rounds, compared, matched, left, uncounted);
	REQUIRE(rounds < 1000 || (patterns > rounds / 3 && 4 * left < compared &&
							  2 * uncounted < compared && 5 * matched > compared));
	printf("ok\n");
	return 0;
}
