/*
 * pattern_literal_test.c
 *	  Literals of patterns: what they print as, where they are wrong, limits, and
 *	  that changed bytes of literals and values do no harm.
 *
 *	pattern_literal_test [rounds [seed]]
 *
 * Build: see pattern_test.c.
 */
#include "pattern_support.h"

/* What a literal prints as, or where it is wrong. */
static const struct
{
	const char *text;
	const char *printed;		/* NULL: an error */
	size_t		offset;
}			literals[] =

{
	{"view_item .* [^refund]* (?<=7d) purchase", "view_item .* [^refund]* (?<=7d) purchase", 0},
	{" a\n(b c)\t", "a b c", 0},
	{"((a)) | (b | (c d))", "a | b | c d", 0},
	{"(a|b) c", "(a | b) c", 0},
	{"[ a | b ]", "[a|b]", 0},
	{"[a]{1} [ b ]{0,} [c]{1,} d{0,1} e{2,} f{2,2} g{2,3}", "a b* c+ d? e{2,} f{2} g{2,3}", 0},
	{"(a*)*b", "(a*)* b", 0},
	{"a.b.c .d.", "a.b.c . d .", 0},
	{"a (?<90 m) b (?>= 1.5 h) c (?= 2 weeks) d (?>0ms) e (?==1500us) f",
	"a (?<90min) b (?>=90min) c (?==14d) d (?>0s) e (?==1500us) f", 0},
	{"^a$pageview $", "^ a$pageview $", 0},
	{"^ $pageview $", "^ $pageview $", 0},
	{"^($|a)", "^ ($ | a)", 0},
	{"purchase@email>=100* x", "purchase@email>=100* x", 0},
	{"purchase @ email >= 100 .*", "purchase@email>=100 .*", 0},
	{"\"Order Completed\"* [\"Order Completed\"/*]+", "\"Order Completed\"* [\"Order Completed\"/*]+", 0},
	{"(view_)* [view_*]", "(view_)* [view_*]", 0},
	{"[^a|b@x] [*] [^*]", "[^a|b@x] [*] [^*]", 0},
	{"[a$] [$] x", "[a$] [$] x", 0},
	{"a>=-1.5e3+", "a>=-1500+", 0},
	{"", NULL, 0},
	{"  ", NULL, 2},
	{"a **", NULL, 2},
	{"*", NULL, 0},
	{"a**", NULL, 2},
	{"a+?", NULL, 2},
	{"a{0}", NULL, 1},
	{"a{3,2}", NULL, 1},
	{"a{", NULL, 2},
	{"a{2", NULL, 3},
	{"a{5000}", NULL, 2},
	{"a{2000} b{2000} c{2000}", NULL, 0},
	{"()", NULL, 1},
	{"(a|)", NULL, 3},
	{"a)", NULL, 1},
	{"(a", NULL, 2},
	{"[a", NULL, 2},
	{"[a]]", NULL, 3},
	{"[]", NULL, 1},
	{"view_*", NULL, 5},
	{"view*cart", NULL, 4},
	{"view*@email", NULL, 4},
	{"a@*", NULL, 2},
	{"purchase$", NULL, 8},
	{"a\"b\"", NULL, 1},
	{"\"a\"/x", NULL, 3},
	{"a>=", NULL, 3},
	{"a>=b", NULL, 3},
	{"a>=5.", NULL, 4},
	{"a (?<=1h)", NULL, 2},
	{"a (b (?<=1h)|c)", NULL, 5},
	{"a (?<=1h) $", NULL, 2},
	{"(a (?<=1h))+", "(a (?<=1h))+", 0},
	{"a (?<=1h)* b", NULL, 9},
	{"a ^* b", NULL, 3},
	{"a ((?<1h))* b", NULL, 2},
	{"a (?<=1 month) b", NULL, 8},
	{"a (?<=1) b", NULL, 7},
	{"a (?<=-1h) b", NULL, 6},
	{"a (?<=1.2.3h) b", NULL, 6},
	{"a (?<=20000000d) b", NULL, 6},
	{"a (?!=1h) b", NULL, 4},
	{"(?1)", NULL, 2},
	{"a (?t<=3600) b", NULL, 4},
	{"\"a", NULL, 0},
	{"a ; b", NULL, 2}
};

static void
check_literals(void)
{
	Memory		memory = {NULL, 0, 0};
	PatternHost host = {allocate, relax, &memory};
	char	   *text = malloc(2 * PATTERN_MAX_TEXT);
	PatternError err;
	size_t		size;

	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++)
	{
		size_t		len = strlen(literals[i].text);
		char	   *copy = malloc(len + 1);
		Pattern    *p;

		memcpy(copy, literals[i].text, len);
		copy = realloc(copy, len > 0 ? len : 1);
		memset(&err, 0, sizeof(err));
		p = pattern_parse(copy, len, &host, &size, &err);
		if ((p != NULL) != (literals[i].printed != NULL) ||
			(p == NULL && err.offset != literals[i].offset))
			printf("%s: %s at %zu: %s\n", literals[i].text, p ? "good" : "wrong", err.offset,
				   err.message ? err.message : "");
		REQUIRE((p != NULL) == (literals[i].printed != NULL));
		if (p == NULL)
			REQUIRE(err.offset == literals[i].offset && err.message != NULL);
		else
		{
			size_t		n = pattern_print(p, text, PATTERN_MAX_TEXT);

			if (n != strlen(literals[i].printed) || memcmp(text, literals[i].printed, n) != 0)
				printf("%s: printed as %.*s\n", literals[i].text, (int) n, text);
			REQUIRE(n == strlen(literals[i].printed) && memcmp(text, literals[i].printed, n) == 0);
			check_print(p, size, &host);
			for (size_t cap = 0; cap <= n; cap++)
			{
				char		small[256];

				memset(small, '#', sizeof(small));
				REQUIRE(cap < sizeof(small) && pattern_print(p, small, cap) == n);
				REQUIRE(memcmp(small, text, cap) == 0 && small[cap] == '#');
			}
		}
		free(copy);
	}

	/* limits */
	memset(text, '(', 300);
	text[250] = 'a';
	memset(text + 251, ')', 250);
	REQUIRE(pattern_parse(text, 501, &host, &size, &err) != NULL);
	memmove(text + 1, text, 501);
	text[502] = ')';
	REQUIRE(pattern_parse(text, 503, &host, &size, &err) == NULL && err.too_large);
	memset(text, 'a', PATTERN_MAX_TEXT + 1);
	REQUIRE(pattern_parse(text, PATTERN_MAX_TEXT + 1, &host, &size, &err) == NULL && err.too_large);
	memset(text, '.', 4095);
	REQUIRE(pattern_parse(text, 4094, &host, &size, &err) != NULL);
	REQUIRE(pattern_parse(text, 4095, &host, &size, &err) == NULL && err.too_large);
	memset(text, '^', PATTERN_MAX_TEXT);
	REQUIRE(pattern_parse(text, PATTERN_MAX_TEXT, &host, &size, &err) == NULL && err.too_large);
	strcpy(text, "((((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}){9}){9}");
	REQUIRE(pattern_parse(text, strlen(text), &host, &size, &err) == NULL && err.too_large);
	free(text);
	release(&memory);
}

/* Changed bytes do no harm: an error, or a pattern like any other. */
static void
mutate(void)
{
	Memory		memory = {NULL, 0, 0};
	PatternHost host = {allocate, relax, &memory};
	static const char letters[] = "ab_*+?{}()[]^$.|@<>=\"0129, hdms/%-\n";
	const char *from = literals[below(sizeof(literals) / sizeof(literals[0]))].text;
	size_t		len = strlen(from);
	char	   *text = malloc(len + 4);
	Pattern    *p;
	PatternError err;
	size_t		size;

	memcpy(text, from, len);
	for (uint32_t i = 1 + below(3); i > 0; i--)
	{
		size_t		at = below((uint32_t) len + 1);
		char		c = chance(95) ? letters[below(sizeof(letters) - 1)] : (char) below(256);

		if (chance(40) && at < len)
			text[at] = c;
		else if (chance(50) && at < len)
			memmove(text + at, text + at + 1, --len - at);
		else
		{
			memmove(text + at + 1, text + at, len++ - at);
			text[at] = c;
		}
	}
	text = realloc(text, len > 0 ? len : 1);
	p = pattern_parse(text, len, &host, &size, &err);
	if (p == NULL)
		REQUIRE(err.message != NULL && err.offset <= len);
	else
	{
		Pattern    *changed = malloc(size);
		PatternRequired required;

		check_print(p, size, &host);
		REQUIRE(pattern_compile(p, &host) != NULL);
		pattern_required(p, &host, &required);
		for (int i = 0; i < 4; i++)
		{
			memcpy(changed, p, size);
			for (uint32_t k = 1 + below(2); k > 0; k--)
				((uint8_t *) changed)[4 + below((uint32_t) size - 4)] =
					(uint8_t) (chance(50) ? below(8) : below(256));
			if (pattern_check(changed, size, &host))
			{
				check_print(changed, size, &host);
				REQUIRE(pattern_compile(changed, &host) != NULL);
			}
		}
		free(changed);
	}
	free(text);
	release(&memory);
}

int
main(int argc, char **argv)
{
	uint32_t	rounds = argc > 1 ? (uint32_t) strtoul(argv[1], NULL, 10) : 20000;

	start_random(argc > 2 ? argv[2] : NULL, (uint64_t) time(NULL));
	wellknown_init();
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %llu\n", (unsigned long long) seed);
	check_literals();
	for (uint32_t i = 0; i < rounds; i++)
		mutate();
	printf("ok\n");
	return 0;
}
