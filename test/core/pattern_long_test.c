/*
 * pattern_long_test.c
 *	  Patterns over long sequences: what is learnt and what is kept in memory is
 *	  thrown away and built again on the way.
 *
 *	pattern_long_test [rounds [seed]]
 *
 * The same pattern in three forms that run differently must give the same
 * matches; answers that can be read off the rows are; a journey read in windows,
 * there and back, is the same as its rows.
 *
 * Build: see pattern_test.c.
 */
#include "pattern_support.h"

#define LONG		20000

static Touch *far;
static uint32_t nfar;

static PatternMachine *
long_machine(const PatternBuilder *b, uint32_t atoms, const PatternHost *host, uint32_t max_arcs)
{
	PatternProgram *program = pattern_program_build(b->codes, b->n, atoms, host);
	PatternMachine *m;

	REQUIRE(program != NULL);
	m = pattern_machine_create(program, host);
	m->max_arcs = max_arcs;
	return m;
}

/* Two machines give the same matches. */
static void
same_matches(PatternMachine *x, PatternMachine *y, const PatternHost *host)
{
	PatternInput input = {nfar, read_rows, far};
	PatternSearch xs;
	PatternSearch ys;
	PatternMatch xm;
	PatternMatch ym;
	uint32_t	n = 0;

	REQUIRE(pattern_count_starts(x, &input, host) == pattern_count_starts(y, &input, host));
	pattern_search_begin(&xs, x, &input, host);
	pattern_search_begin(&ys, y, &input, host);
	for (;; n++)
	{
		bool		more = pattern_search_next(&xs, &xm);

		REQUIRE(pattern_search_next(&ys, &ym) == more);
		if (!more)
			break;
		REQUIRE(xm.first == ym.first && xm.end == ym.end && xm.nlisted == ym.nlisted);
		REQUIRE(memcmp(xm.listed, ym.listed, xm.nlisted * sizeof(uint32_t)) == 0);
	}
	REQUIRE(pattern_count(x, &input, host) == n);
	REQUIRE(pattern_count(y, &input, host) == n);
	REQUIRE(pattern_exists(x, &input, host) == (n > 0));
}

static void
long_sequence(uint32_t n, uint64_t mask, uint32_t gap)
{
	int64_t		at = 0;

	nfar = n;
	for (uint32_t i = 0; i < n; i++)
	{
		far[i].at = at;
		far[i].fits = rnd() & mask;
		at += below(gap);
	}
}

/*
 * The same pattern without gates, with gates that always hold, and with these
 * and without moves: what is learnt is thrown away in each of them.
 */
static void
forgetting(void)
{
	Memory		memory = {NULL, 0, 0};
	PatternHost host = {allocate, relax, &memory};
	Memory		scratch = {NULL, 0, 0};
	PatternHost scratch_host = {allocate, relax, &scratch};
	size_t		taken;
	uint32_t	atoms = chance(50) ? 63 : 3;
	uint32_t	skip = 10 + below(6);
	PatternMachine *m[3];

	for (int gated = 0; gated < 3; gated++)
	{
		PatternCode codes[16];
		PatternBuilder b = {codes, 0};

		pattern_put_element(&b, 0, PE_CLOCK | PE_REPORT);
		pattern_put_element(&b, PATTERN_NO_ATOM, 0);
		pattern_put_repeat(&b, 0, PATTERN_NO_LIMIT);
		pattern_put_element(&b, 1, PE_NEGATED);
		pattern_put_element(&b, PATTERN_NO_ATOM, 0);
		pattern_put_repeat(&b, skip, skip);
		if (gated)
		{
			pattern_put_gate(&b, PG_GE, 0);
			pattern_put_gate(&b, PG_LE, UINT64_MAX);
		}
		pattern_put_element(&b, atoms == 63 ? 40 : 2, PE_CLOCK | PE_REPORT);
		pattern_put_concat(&b, gated ? 7 : 5);
		m[gated] = long_machine(&b, atoms, &host, gated == 2 ? 0 : UINT32_MAX);
	}
	long_sequence(LONG, ((UINT64_C(1) << atoms) - 1) & ~(chance(50) ? 0 : 4), 10);
	same_matches(m[0], m[1], &host);
	taken = memory.taken;
	same_matches(m[0], m[2], &host);

	/* what machines keep is bounded, however often they forget */
	for (int k = 0; k < 3; k++)
	{
		PatternInput input = {nfar, read_rows, far};

		pattern_count(m[k], &input, &scratch_host);
	}
	if (taken == 0 || memory.taken > taken + taken / 2 + 16 * 1024 * 1024)
		printf("taken: %zu, then %zu\n", taken, memory.taken);
	REQUIRE(memory.taken <= taken + taken / 2 + 16 * 1024 * 1024);
	release(&scratch);
	release(&memory);
}

/* a .* (?>=least)(?<=most) b, read off the rows. */
static void
windows(void)
{
	Memory		memory = {NULL, 0, 0};
	PatternHost host = {allocate, relax, &memory};
	PatternCode codes[16];
	PatternBuilder b = {codes, 0};
	uint64_t	least = below(200);
	uint64_t	most = least + below(3) * below(300);
	PatternInput input = {0, read_rows, far};
	bool		odd = chance(30);

	pattern_put_element(&b, 0, PE_CLOCK | PE_REPORT);
	pattern_put_element(&b, PATTERN_NO_ATOM, 0);
	if (odd)
	{
		/* (.|. .|. . .)*: any number as well, by many ways */
		for (int i = 0; i < 2; i++)
			pattern_put_element(&b, PATTERN_NO_ATOM, 0);
		pattern_put_concat(&b, 2);
		for (int i = 0; i < 3; i++)
			pattern_put_element(&b, PATTERN_NO_ATOM, 0);
		pattern_put_concat(&b, 3);
		pattern_put_alternate(&b, 3);
	}
	pattern_put_repeat(&b, 0, PATTERN_NO_LIMIT);
	pattern_put_gate(&b, PG_GE, least);
	pattern_put_gate(&b, PG_LE, most);
	pattern_put_element(&b, 1, PE_CLOCK | PE_REPORT);
	pattern_put_concat(&b, 5);
	long_sequence(3000, chance(50) ? 3 : 1 + 2 * below(2), 1 + below(8));
	if (chance(50))
	{
		/* b is rare */
		for (uint32_t i = 0; i < nfar; i++)
			far[i].fits &= below(50) ? 1 : 3;
	}
	input.count = nfar;
	for (int k = 0; k < 2; k++)
	{
		PatternMachine *m = long_machine(&b, 2, &host, k == 0 ? UINT32_MAX : 0);
		PatternSearch search;
		PatternMatch match;
		uint32_t	from = 0;
		uint32_t	starts = 0;

		pattern_search_begin(&search, m, &input, &host);
		for (uint32_t e = 0; e < nfar; e++)
		{
			uint32_t	s;

			if (!(far[e].fits & 2))
				continue;
			for (s = e; s-- > from;)
			{
				uint64_t	passed = (uint64_t) (far[e].at - far[s].at);

				if ((far[s].fits & 1) && passed >= least && passed <= most)
					break;
			}
			if (s + 1 == from)
				continue;
			REQUIRE(pattern_search_next(&search, &match));
			REQUIRE(match.first == s && match.end == e + 1 && match.nlisted == 2);
			REQUIRE(match.listed[0] == s && match.listed[1] == e);
			from = e + 1;
		}
		REQUIRE(!pattern_search_next(&search, &match));
		for (uint32_t s = 0; s < nfar; s++)
		{
			for (uint32_t e = s + 1; (far[s].fits & 1) && e < nfar; e++)
			{
				uint64_t	passed = (uint64_t) (far[e].at - far[s].at);

				if (passed > most)
					break;
				if ((far[e].fits & 2) && passed >= least)
				{
					starts++;
					break;
				}
			}
		}
		REQUIRE(pattern_count_starts(m, &input, &host) == starts);
	}
	release(&memory);
}

/* Lists as long as the sequence, and many that are given up. */
static void
long_lists(void)
{
	Memory		memory = {NULL, 0, 0};
	PatternHost host = {allocate, relax, &memory};
	PatternCode codes[16];
	PatternBuilder b = {codes, 0};
	PatternInput input = {0, read_rows, far};
	PatternMachine *m;
	PatternMatch match;
	PatternSearch search;
	uint32_t	n = 0;

	long_sequence(LONG, 3, 5);
	input.count = nfar;

	/* ^ (a|.)* $ lists every a */
	pattern_put_plain(&b, PK_FIRST);
	pattern_put_element(&b, 0, PE_CLOCK | PE_REPORT);
	pattern_put_element(&b, PATTERN_NO_ATOM, 0);
	pattern_put_alternate(&b, 2);
	pattern_put_repeat(&b, 0, PATTERN_NO_LIMIT);
	pattern_put_plain(&b, PK_LAST);
	pattern_put_concat(&b, 3);
	m = long_machine(&b, 2, &host, UINT32_MAX);
	pattern_search_begin(&search, m, &input, &host);
	REQUIRE(pattern_search_next(&search, &match));
	REQUIRE(match.first == 0 && match.end == nfar);
	for (uint32_t i = 0; i < nfar; i++)
	{
		if (far[i].fits & 1)
			REQUIRE(n < match.nlisted && match.listed[n++] == i);
	}
	REQUIRE(n == match.nlisted);
	REQUIRE(!pattern_search_next(&search, &match));

	/* a .* (?>=1) b .* (?>=1) a: the earliest of each */
	b.n = 0;
	for (int i = 0; i < 3; i++)
	{
		if (i > 0)
		{
			pattern_put_element(&b, PATTERN_NO_ATOM, 0);
			pattern_put_repeat(&b, 0, PATTERN_NO_LIMIT);
			pattern_put_gate(&b, PG_GE, 1);
		}
		pattern_put_element(&b, i % 2, PE_CLOCK | PE_REPORT);
	}
	pattern_put_concat(&b, 7);
	m = long_machine(&b, 2, &host, UINT32_MAX);
	REQUIRE(pattern_earliest(m, &input, &host, &match));
	REQUIRE(match.nlisted == 3);
	for (uint32_t i = 0, k = 0; k < 3; i++)
	{
		if (!((far[i].fits >> (k % 2)) & 1) ||
			(k > 0 && far[i].at < far[match.listed[k - 1]].at + 1))
			continue;
		REQUIRE(match.listed[k++] == i);
	}
	REQUIRE(memory.relaxed > 0);
	release(&memory);
}

/* A journey of many windows, with dynamic labels, read there and back. */
static void
long_journey(void)
{
	Memory		memory = {NULL, 0, 0};
	PatternHost host = {allocate, relax, &memory};
	static const char *const texts[] = {
		"a@email .* (?>=3s)(?<=40s) b>=5", "a@email [^purchase]* b>=5",
		"[*@email] .{3} purchase/x", "a .* (?<=30s) purchase (?<10s) b"
	};

	nfar = 3000 + below(3000);
	for (uint32_t i = 0; i < nfar; i++)
	{
		Touch	   *t = &far[i];

		memset(t, 0, sizeof(*t));
		t->at = i > 0 ? far[i - 1].at + below(8) * 1000000 : 0;
		t->label = below(LABELS);
		t->channel = chance(40) ? 1 + below(2) : 0;
		t->has_value = chance(40);
		t->value = t->has_value ? below(10) : 0;
	}
	for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
	{
		PatternError err;
		size_t		size;
		Pattern    *pattern = pattern_parse(texts[k], strlen(texts[k]), &host, &size, &err);
		PatternProgram *program;
		PatternReader *reader;
		PatternMachine *m;
		JourneyView view;
		uint8_t    *bytes = make_journey(far, nfar, true, true, &view);
		PatternInput input = {nfar, read_rows, far};
		PatternSearch xs;
		PatternSearch ys;
		PatternMatch xm;
		PatternMatch ym;

		REQUIRE(pattern != NULL);
		program = pattern_compile(pattern, &host);
		m = pattern_machine_create(program, &host);
		reader = pattern_reader_create(pattern, m, &host);
		pattern_reader_open(reader, &view, &host);

		/* the same rows with what the pattern's matchers say of each */
		for (uint32_t i = 0; i < nfar; i++)
		{
			static const char *const channels[] = {"email", "web"};
			const Touch *t = &far[i];
			const char *text = label_texts[t->label];
			JourneyLabel label;
			JourneyLabel channel;

			journey_label_from_text(&label, text, strlen(text));
			if (t->channel > 0)
				journey_label_from_text(&channel, channels[t->channel - 1],
										strlen(channels[t->channel - 1]));
			far[i].fits = 0;
			for (uint32_t a = 0; a < pattern->natoms; a++)
			{
				if (matcher_fits(pattern_matcher(pattern, a), &label,
								 t->channel > 0 ? &channel : NULL, t->has_value, t->value))
					far[i].fits |= UINT64_C(1) << a;
			}
		}
		pattern_search_begin(&xs, m, &reader->input, &host);
		m = pattern_machine_create(program, &host);
		pattern_search_begin(&ys, m, &input, &host);
		for (;;)
		{
			bool		more = pattern_search_next(&xs, &xm);

			REQUIRE(pattern_search_next(&ys, &ym) == more);
			if (!more)
				break;
			REQUIRE(xm.first == ym.first && xm.end == ym.end && xm.nlisted == ym.nlisted);
			REQUIRE(xm.first_at == ym.first_at && xm.last_at == ym.last_at);
			REQUIRE(memcmp(xm.listed, ym.listed, xm.nlisted * sizeof(uint32_t)) == 0);
			REQUIRE(memcmp(xm.listed_at, ym.listed_at, xm.nlisted * sizeof(int64_t)) == 0);
		}
		REQUIRE(pattern_count_starts(xs.m, &reader->input, &host) ==
				pattern_count_starts(m, &input, &host));
		free(bytes);
	}
	release(&memory);
}

int
main(int argc, char **argv)
{
	uint32_t	rounds = argc > 1 ? (uint32_t) strtoul(argv[1], NULL, 10) : 30;

	start_random(argc > 2 ? argv[2] : NULL, (uint64_t) time(NULL));
	wellknown_init();
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %llu\n", (unsigned long long) seed);
	far = calloc(LONG, sizeof(Touch));
	for (uint32_t i = 0; i < rounds; i++)
	{
		if (i % 8 == 0)
		{
			forgetting();
			long_lists();
		}
		windows();
		long_journey();
	}
	free(far);
	printf("ok\n");
	return 0;
}
