/*
 * known_names_test.c
 *	  The table of names that are known against the matchers, asked anew for each
 *	  name: names that differ in one byte or in their length only, more names than
 *	  there are places, more text than there is room for, and steps that change
 *	  more often than there are ages.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o known_names_test \
 *		  test/core/known_names_test.c src/core/[a-z]*.c -lm
 *	  ./known_names_test [seed]
 *
 * Prints "ok", or where it failed and the seed.
 */
#include <string.h>

#include "core/known_names.h"
#include "core/wellknown.h"
#include "test.h"

#define NAMES	3000

static KnownNames table;
static char names[NAMES][JOURNEY_MAX_LABEL];
static size_t lens[NAMES];

static union
{
	Matcher		m;
	uint64_t	space[64];
}			compiled[CONDITIONS_MAX];

static const char *const literals[] = {
	"page_view", "page_view|purchase", "a", "a*", "*b", "*", "\"a\"", "ab/*", "\"\"", "page_view/ab",
	"a|b|ab", "aaaaaaaaaaaaaaaa*", "*ba", "purchase/a*", "*a*b*a*", "aaaaaaa", "view_item/*"
};

static void
read_matcher(Matcher *m, const char *literal)
{
	MatcherError err;
	size_t		pos = 0;
	size_t		size;

	memset(m, 0, sizeof(compiled[0]));
	REQUIRE(matcher_parse(literal, strlen(literal), &pos, m, sizeof(compiled[0]), &size, &err));
	REQUIRE(pos == strlen(literal));
}

/* Names of a few letters, so that many have the same ends, or most bytes in common. */
static void
make_names(void)
{
	static const char *const bases[] = {"page_view", "purchase", "view_item", "page_view/", "purchase/a", ""};

	for (int i = 0; i < NAMES; i++)
	{
		const char *base = bases[below(6)];
		size_t		len = strlen(base);
		size_t		more = below(4) != 0 ? below(20) : below(4) != 0 ? below(120) : below(JOURNEY_MAX_LABEL - 20);

		memcpy(names[i], base, len);
		if (below(3) == 0)
			more = 0;
		if (i > 0 && below(2) == 0)
		{
			/* a byte of another one, or its length, changes */
			int			of = (int) below((uint32_t) i);

			memcpy(names[i], names[of], lens[of]);
			lens[i] = lens[of];
			if (lens[i] > 0)
				names[i][below((uint32_t) lens[i])] = "ab"[below(2)];
			if (lens[i] > 0 && below(4) == 0)
				lens[i]--;
			continue;
		}
		for (size_t k = 0; k < more; k++)
			names[i][len++] = "ab"[below(8) == 0];
		lens[i] = len;
	}
}

static uint64_t
wanted(const Matcher *const *steps, int nsteps, const JourneyLabel *label)
{
	uint64_t	mask = 0;

	for (int k = 0; k < nsteps; k++)
		if (matcher_fits(steps[k], label, NULL, false, 0))
			mask |= UINT64_C(1) << k;
	return mask;
}

/* Ask for `n` names, of the first `different` ones; how many were known. */
static int
ask(const Matcher *const *steps, int nsteps, int n, int different)
{
	int			known = 0;

	for (int i = 0; i < n; i++)
	{
		int			name = (int) below((uint32_t) different);
		char	   *text = malloc(lens[name] + (lens[name] == 0));	/* its end is its end */
		const KnownName *found;
		JourneyLabel label;
		uint64_t	mask;

		memcpy(text, names[name], lens[name]);
		journey_label_from_text(&label, text, lens[name]);
		found = known_names_find(&table, text, lens[name]);
		mask = found != NULL ? found->mask : known_names_ask(&table, text, lens[name], &label);
		REQUIRE(mask == wanted(steps, nsteps, &label));
		if (found == NULL)
		{
			found = known_names_find(&table, text, lens[name]);
			REQUIRE(found != NULL && found->mask == mask);
		}
		else
			known++;
		free(text);
	}
	return known;
}

int
main(int argc, char **argv)
{
	const Matcher *steps[CONDITIONS_MAX];

	start_random(argc > 1 ? argv[1] : NULL, 20261123);
	wellknown_init();
	memset(&table, 0, KNOWN_NAMES_ZEROED);
	for (int round = 0; round < 40; round++)
	{
		int			nsteps = 1 + (int) below(round % 2 == 0 ? 8 : CONDITIONS_MAX);
		int			different;
		int			known;
		size_t		bytes = 0;

		for (int k = 0; k < nsteps; k++)
		{
			read_matcher(&compiled[k].m, literals[below(sizeof(literals) / sizeof(literals[0]))]);
			steps[k] = &compiled[k].m;
		}
		make_names();
		known_names_begin(&table, steps, nsteps);
		/* few names are asked for once each */
		different = 1 + (int) below(100);
		for (int i = 0; i < different; i++)
			bytes += lens[i];
		known = ask(steps, nsteps, 2000, different);
		REQUIRE(known >= 2000 - different || bytes > KNOWN_NAMES_TEXT);
		ask(steps, nsteps, 6000, NAMES);
		ask(steps, nsteps, 1000, 300);
	}

	/*
	 * after the last age the first comes again, and what was known then must
	 * not
	 */
	for (int i = 0; i < 140000; i++)
	{
		read_matcher(&compiled[0].m, i % 2 == 0 ? "a*" : "b*");
		steps[0] = &compiled[0].m;
		known_names_begin(&table, steps, 1);
		if (i % 16 == 0 || i > 139000)
			ask(steps, 1, 3, 200);
	}
	REQUIRE(known_names_find(&table, names[0], JOURNEY_MAX_LABEL + 1) == NULL);
	printf("ok\n");
	return 0;
}
