/*
 * sequence_test.c
 *	  Random patterns in ClickHouse's syntax on random histories, against all
 *	  matches found by trying every row for every element; and texts that are no
 *	  patterns.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o sequence_test \
 *		  test/core/sequence_test.c src/core/[a-z]*.c -lm
 *	  ./sequence_test [seed]
 *
 * Prints "ok", or where it failed and the seed.
 */
#include <string.h>

#include "core/pattern_run.h"
#include "core/sequence_syntax.h"
#include "test.h"

#define MAX_ROWS		10
#define MAX_ELEMENTS	6
#define MAX_TEXT		256

/* What a pattern's text was made from. */
typedef struct Element
{
	int			condition;		/* 0: any row */
	bool		skip;			/* rows may lie before it */
	int			ngates;
	PatternGate op[4];
	int64_t		span[4];
} Element;

static ConditionRow row[MAX_ROWS];
static int	nrows;
static Element element[MAX_ELEMENTS];
static int	nelements;
static char text[MAX_TEXT];

/* -- trying everything ------------------------------------------------------------ */

static bool
gates_hold(const Element *e, int64_t span)
{
	for (int i = 0; i < e->ngates; i++)
	{
		int64_t		n = e->span[i];
		bool		holds = false;

		switch ((int) e->op[i])
		{
			case PG_LT:
				holds = span < n;
				break;
			case PG_LE:
				holds = span <= n;
				break;
			case PG_EQ:
				holds = span == n;
				break;
			case PG_GE:
				holds = span >= n;
				break;
			case PG_GT:
				holds = span > n;
				break;
			case SQ_NOT_EQUAL:
				holds = span != n;
				break;
		}
		if (!holds)
			return false;
	}
	return true;
}

/* The best match so far: the earliest end, or the earliest listed rows. */
typedef struct Found
{
	bool		found;
	int			end;			/* position of the last row */
	int			nlisted;
	int			listed[MAX_ELEMENTS];
} Found;

static void
try_rows(int from, int n, int k, int *taken, Found *best)
{
	if (k == n)
	{
		int			listed[MAX_ELEMENTS];
		int			count = 0;
		bool		earlier = !best->found;

		for (int i = 0; i < n; i++)
			if (element[i].condition != 0)
				listed[count++] = taken[i];
		if (best->found)
			for (int i = 0; i < count && !earlier; i++)
			{
				if (listed[i] > best->listed[i])
					break;
				earlier = listed[i] < best->listed[i];
			}
		if (!best->found || taken[n - 1] < best->end)
			best->end = taken[n - 1];
		if (earlier)
		{
			memcpy(best->listed, listed, sizeof(listed));
			best->nlisted = count;
		}
		best->found = true;
		return;
	}
	for (int r = k == 0 ? from : taken[k - 1] + 1; r < nrows; r++)
	{
		const Element *e = &element[k];

		if (k > 0 && !e->skip && r > taken[k - 1] + 1)
			break;
		if (e->condition != 0 && ((row[r].mask >> (e->condition - 1)) & 1) == 0)
			continue;
		if (k > 0 && !gates_hold(e, row[r].at - row[taken[k - 1]].at))
			continue;
		taken[k] = r;
		try_rows(from, n, k + 1, taken, best);
	}
}

static Found
try_all(int from, int n)
{
	Found		best = {0};
	int			taken[MAX_ELEMENTS];

	try_rows(from, n, 0, taken, &best);
	return best;
}

/* -- random cases -------------------------------------------------------------------- */

static void
put(const char *word)
{
	REQUIRE(strlen(text) + strlen(word) < MAX_TEXT);
	strcat(text, word);
}

static void
random_pattern(void)
{
	static const char *const ops[] = {"<", "<=", "==", ">=", ">", "!="};
	char		word[64];

	text[0] = '\0';
	nelements = 1 + (int) below(MAX_ELEMENTS - 1);
	for (int i = 0; i < nelements; i++)
	{
		Element    *e = &element[i];

		memset(e, 0, sizeof(*e));
		while (below(4) == 0)
		{
			put(".*");
			e->skip = true;
		}
		for (e->ngates = 0; i > 0 && e->ngates < 4 && below(3) == 0; e->ngates++)
		{
			uint32_t	op = below(6);

			e->op[e->ngates] = op == 5 ? (PatternGate) SQ_NOT_EQUAL : (PatternGate) (PG_LT + op);
			e->span[e->ngates] = below(7);
			snprintf(word, sizeof(word), "(?t%s%d)", ops[op], (int) e->span[e->ngates]);
			put(word);
			e->skip = true;
			if (below(6) == 0)
				put(".*");
		}
		e->condition = (int) below(4);
		snprintf(word, sizeof(word), "(?%d)", e->condition);
		put(e->condition == 0 ? "." : word);
	}
	if (below(5) == 0)
		put(".*");
}

static void
random_rows(void)
{
	int64_t		at = -5;

	nrows = 1 + (int) below(MAX_ROWS);
	for (int r = 0; r < nrows; r++)
	{
		row[r].at = at;
		row[r].mask = 1 + below(7);
		at += below(3);
	}
}

/* -- the automaton --------------------------------------------------------------------- */

static void *pieces[4096];
static int	npieces;

static void *
allocate(void *arg, size_t size)
{
	(void) arg;
	REQUIRE(npieces < 4096);
	pieces[npieces] = malloc(size);
	REQUIRE(pieces[npieces] != NULL);
	return pieces[npieces++];
}

static void
relax(void *arg)
{
	(void) arg;
}

static const PatternHost host = {allocate, relax, NULL};

static void
read_rows(PatternInput *input, PatternMachine *m, uint32_t from, uint32_t n,
		  int64_t *times, uint32_t *letters)
{
	(void) input;
	for (uint32_t i = 0; i < n; i++)
	{
		if (times != NULL)
			times[i] = row[from + i].at;
		letters[i] = pattern_letter(m, &row[from + i].mask);
	}
}

static void
check_case(void)
{
	SequenceItem items[MAX_TEXT];
	SequencePattern p = {.items = items};
	SequenceError err;
	PatternInput input = {(uint32_t) nrows, read_rows, NULL};
	uint32_t	count = 0;
	Found		next;

	REQUIRE(sequence_parse(&p, text, strlen(text), 3, 1, &err));
	REQUIRE(p.nrows == (uint32_t) nelements);
	for (int from = 0; (next = try_all(from, nelements)).found; from = next.end + 1)
		count++;
	for (int n = nelements; n > 0; n--)
	{
		PatternCode *codes = malloc(SEQUENCE_MAX_CODES(&p) * sizeof(PatternCode));
		uint32_t	ncodes = sequence_codes(&p, (uint32_t) n, codes);
		PatternProgram *program;
		PatternMachine *m;
		PatternMatch match;
		Found		want = try_all(0, n);

		REQUIRE(ncodes <= SEQUENCE_MAX_CODES(&p));
		program = pattern_program_build(codes, ncodes, 3, &host);
		free(codes);
		REQUIRE(program != NULL);
		m = pattern_machine_create(program, &host);
		if (pattern_exists(m, &input, &host) != want.found)
			printf("%s, first %d elements of it\n", text, n);
		REQUIRE(pattern_exists(m, &input, &host) == want.found);
		if (n == nelements)
			REQUIRE(pattern_count(m, &input, &host) == count);
		REQUIRE(pattern_earliest(m, &input, &host, &match) == want.found);
		if (want.found)
		{
			REQUIRE(match.nlisted == (uint32_t) want.nlisted);
			for (int i = 0; i < want.nlisted; i++)
				REQUIRE(match.listed[i] == (uint32_t) want.listed[i]);
		}
		while (npieces > 0)
			free(pieces[--npieces]);
	}
}

/* -- what is no pattern ------------------------------------------------------------------ */

/* Any text is refused at a place within it, or taken; nothing else is read. */
static void
check_text(const char *bytes, size_t len)
{
	char	   *copy = malloc(len + (len == 0));
	SequencePattern p = {.items = malloc((len + 1) * sizeof(SequenceItem))};
	SequenceError err = {0};

	memcpy(copy, bytes, len);
	if (sequence_parse(&p, copy, len, 3, 1000000, &err))
		REQUIRE(p.nitems <= len && p.nrows <= p.nitems);
	else
		REQUIRE(err.offset <= len && err.message != NULL && err.hint != NULL);
	free(p.items);
	free(copy);
}

static void
test_texts(void)
{
	static const char letters[] = "(?t<=>!.*)0123456789";
	char		bytes[40];

	for (int i = 0; i < 100000; i++)
	{
		size_t		len = below(sizeof(bytes));

		for (size_t j = 0; j < len; j++)
			bytes[j] = below(50) == 0 ? (char) rnd() : letters[below(sizeof(letters) - 1)];
		check_text(bytes, len);
		random_pattern();
		for (size_t j = below(3); j > 0; j--)
			text[below((uint32_t) strlen(text))] = letters[below(sizeof(letters) - 1)];
		check_text(text, strlen(text));
	}
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 20260112);
	for (int i = 0; i < 20000; i++)
	{
		random_pattern();
		random_rows();
		check_case();
	}
	test_texts();
	printf("ok\n");
	return 0;
}
