/*
 * pattern_test.c
 *	  Random patterns over random sequences, against a naive matcher.
 *
 *	pattern_test [rounds [seed]]	(VERBOSE=1: show each case)
 *
 * The naive matcher works on the pattern as it was made up, before it became
 * a literal or codes: from each start it keeps the set of all ways to go on
 * (where, what the clock is, which gates wait, what is listed), so all matches
 * with all their lists are known, and every answer is read off them.  Half of
 * the cases go through literal, parser and journey, half through codes put
 * directly over rows with sets of conditions, with other times.
 *
 * Half of the literals are chains, which pattern_chain.c answers as well.
 *
 * Beside that each literal must print as one that reads back equal, and what a
 * pattern requires must be in every match.
 *
 * Build: gcc -std=gnu99 -g -fsanitize=address,undefined -Isrc
 *			  -o pattern_test test/core/pattern_test.c src/core/[a-z]*.c -lm
 */
#include "core/pattern_chain.h"
#include "pattern_support.h"

#define MAX_TOUCH	8
#define MAX_NODES	64
#define MAX_WAYS	3000

/* -- patterns as they are made up -------------------------------------------------- */

typedef struct Node
{
	PatternKind kind;
	int			atom;			/* -1: any */
	uint8_t		flags;
	PatternGate op;
	uint64_t	span;
	uint32_t	least;
	uint32_t	most;
	int			nparts;
	int			parts[4];
} Node;

static Node nodes[MAX_NODES];
static int	nnodes;
static bool rows;				/* codes over rows, not a literal */
static uint64_t unit;			/* of times */
static int	natoms;

/* Conditions of literals, and how they look in brackets. */
static const char *const conditions[] =
{
	"a", "b", "purchase", "purchase/x", "\"Order Completed\"", "a@email", "b>=5",
	"a|b", "*", "*@email", "p*"
};

#define PLAIN_CONDITIONS	7	/* that many need no brackets */
#define CONDITIONS			11

static int
new_node(PatternKind kind)
{
	memset(&nodes[nnodes], 0, sizeof(Node));
	nodes[nnodes].kind = kind;
	return nnodes++;
}

static int
random_element(void)
{
	int			n = new_node(PK_ELEMENT);

	nodes[n].atom = -1;
	if (chance(30))
		nodes[n].flags = rows && chance(20) ? PE_CLOCK : 0;
	else
	{
		nodes[n].atom = below(natoms);
		if (!rows && chance(60))
			nodes[n].atom %= 3;
		nodes[n].flags = chance(20) ? PE_NEGATED : PE_CLOCK | PE_REPORT;
		if (rows && chance(10))
			nodes[n].flags = PE_NEGATED | PE_CLOCK | PE_REPORT;
		else if (rows && chance(10))
			nodes[n].flags = PE_CLOCK;
	}
	return n;
}

static int	random_node(int depth, bool follows);

/* `follows`: an element surely comes behind; else there is no gate at the end. */
static int
random_concat(int depth, bool follows)
{
	int			n = new_node(PK_CONCAT);
	int			count = 2 + below(3);

	for (int i = 0; i < count; i++)
	{
		int			part;

		if (i > 0 && chance(25))
		{
			part = new_node(PK_REPEAT); /* .* */
			nodes[part].most = PATTERN_NO_LIMIT;
			nodes[part].nparts = 1;
			nodes[part].parts[0] = new_node(PK_ELEMENT);
			nodes[nodes[part].parts[0]].atom = -1;
		}
		else if ((i + 1 < count || follows) && chance(25))
		{
			part = new_node(PK_GATE);
			nodes[part].op = below(5);
			nodes[part].span = below(12) * (uint64_t) unit;
			if (rows && chance(3))
				nodes[part].span = chance(50) ? UINT64_MAX - below(2) : UINT64_C(1) << 63;
		}
		else
			part = random_node(depth - 1, i + 1 < count || follows);
		nodes[n].parts[nodes[n].nparts++] = part;
	}
	/* nothing but an element makes sure that something follows */
	if (!follows)
		nodes[n].parts[nodes[n].nparts - 1] = random_element();
	return n;
}

static int
random_node(int depth, bool follows)
{
	uint32_t	choice = depth > 0 && nnodes < MAX_NODES - 20 ? below(100) : below(30);
	int			n;

	if (choice < 28)
		return random_element();
	if (choice < 30)
		return chance(50) ? random_element() : new_node(chance(50) ? PK_FIRST : PK_LAST);
	if (choice < 60)
		return random_concat(depth, follows);
	n = new_node(choice < 75 ? PK_ALTERNATE : PK_REPEAT);
	if (nodes[n].kind == PK_ALTERNATE)
	{
		int			count = 2 + below(2);

		for (int i = 0; i < count; i++)
		{
			int			part = random_node(depth - 1, follows);

			nodes[n].parts[nodes[n].nparts++] = part;
		}
	}
	else
	{
		int			part;

		nodes[n].least = below(3);
		nodes[n].most = chance(60) ? PATTERN_NO_LIMIT : nodes[n].least + below(3);
		if (nodes[n].most == 0)
			nodes[n].most = 1;
		if (chance(2))
			nodes[n].most = 40;
		do
		{
			part = random_node(depth - 1, follows);
		} while (nodes[part].kind == PK_FIRST || nodes[part].kind == PK_LAST);
		nodes[n].parts[nodes[n].nparts++] = part;
	}
	return n;
}

/* -- chains, as pattern_chain.c takes them ------------------------------------------- */

static int
chain_skip(void)
{
	int			one = new_node(PK_ELEMENT);
	int			n;

	nodes[one].atom = -1;
	if (chance(40))
	{
		nodes[one].atom = below(natoms);
		nodes[one].flags = PE_NEGATED;
	}
	if (chance(15))
		return one;
	n = new_node(PK_REPEAT);
	nodes[n].nparts = 1;
	nodes[n].parts[0] = one;
	nodes[n].most = PATTERN_NO_LIMIT;
	if (chance(25))
		nodes[n].least = below(3);
	if (chance(25))
		nodes[n].most = nodes[n].least + below(4);
	if (nodes[n].most == 0)
		nodes[n].most = 1;
	return n;
}

static int
chain_element(void)
{
	int			first = new_node(PK_ELEMENT);
	int			n = first;

	nodes[first].atom = chance(70) ? below(3) : below(natoms);
	nodes[first].flags = PE_CLOCK | PE_REPORT;
	if (chance(10))
	{
		n = new_node(PK_ALTERNATE);
		nodes[n].parts[nodes[n].nparts++] = first;
		nodes[n].parts[nodes[n].nparts++] = new_node(PK_ELEMENT);
		nodes[nnodes - 1] = nodes[first];
		nodes[nnodes - 1].atom = below(natoms);
	}
	if (chance(15))
	{
		int			part = n;

		if (chance(20))
		{
			part = new_node(PK_CONCAT);
			nodes[part].nparts = 2;
			nodes[part].parts[0] = n;
			n = new_node(PK_ELEMENT);
			nodes[n].atom = below(3);
			nodes[n].flags = PE_CLOCK | PE_REPORT;
			nodes[part].parts[1] = n;
		}
		n = new_node(PK_REPEAT);
		nodes[n].least = below(3);
		nodes[n].most = chance(60) ? PATTERN_NO_LIMIT : nodes[n].least + below(3);
		if (nodes[n].most == 0)
			nodes[n].most = 1;
		nodes[n].nparts = 1;
		nodes[n].parts[0] = part;
	}
	return n;
}

static int
random_chain(void)
{
	int			parts[32];
	int			nparts = 0;
	int			count = 1 + below(4);
	int			rest;

	if (chance(15))
		parts[nparts++] = new_node(PK_FIRST);
	for (int i = 0; i <= count; i++)
	{
		int			skips = chance(i == 0 || i == count ? 15 : 70) ? 1 + chance(5) : 0;

		while (skips-- > 0)
			parts[nparts++] = chain_skip();
		if (i == count)
			break;
		for (int gates = chance(60) ? 1 + chance(40) : 0; gates > 0; gates--)
		{
			int			gate = new_node(PK_GATE);

			nodes[gate].op = chance(85) ? (chance(60) ? PG_LE : PG_GE) : below(5);
			nodes[gate].span = below(12) * unit + (chance(5) ? 1 : 0);
			parts[nparts++] = gate;
		}
		parts[nparts++] = chain_element();
	}
	if (chance(15))
		parts[nparts++] = new_node(PK_LAST);

	/* four parts make a node */
	rest = parts[--nparts];
	while (nparts > 0)
	{
		int			n = new_node(PK_CONCAT);
		int			k = nparts < 3 ? nparts : 3;

		nparts -= k;
		for (int i = 0; i < k; i++)
			nodes[n].parts[nodes[n].nparts++] = parts[nparts + i];
		nodes[n].parts[nodes[n].nparts++] = rest;
		rest = n;
	}
	return rest;
}

/* -- as codes and as literals ------------------------------------------------------- */

static void
put_codes(PatternBuilder *b, int i)
{
	const Node *n = &nodes[i];

	for (int k = 0; k < n->nparts; k++)
		put_codes(b, n->parts[k]);
	switch (n->kind)
	{
		case PK_ELEMENT:
			pattern_put_element(b, n->atom < 0 ? PATTERN_NO_ATOM : n->atom, n->flags);
			break;
		case PK_GATE:
			pattern_put_gate(b, n->op, n->span);
			break;
		case PK_CONCAT:
			pattern_put_concat(b, n->nparts);
			break;
		case PK_ALTERNATE:
			pattern_put_alternate(b, n->nparts);
			break;
		case PK_REPEAT:
			pattern_put_repeat(b, n->least, n->most);
			break;
		default:
			pattern_put_plain(b, n->kind);
	}
}

static char literal[65536 * 2];
static size_t literal_len;

static void
say(const char *text)
{
	strcpy(literal + literal_len, text);
	literal_len += strlen(text);
}

static void
say_blank(void)
{
	say(chance(80) ? " " : chance(50) ? "  " : "\n\t");
}

static void
say_node(int i, PatternKind inside)
{
	static const char *const ops[] = {"<", "<=", "==", ">=", ">"};
	const Node *n = &nodes[i];
	bool		group = false;
	char		text[64];

	if (inside == PK_REPEAT)
		group = n->kind == PK_CONCAT || n->kind == PK_ALTERNATE || n->kind == PK_REPEAT;
	else if (inside == PK_CONCAT)
		group = n->kind == PK_ALTERNATE;
	group |= n->kind != PK_GATE && n->kind != PK_FIRST && n->kind != PK_LAST && chance(10);
	if (group)
		say("(");
	switch (n->kind)
	{
		case PK_ELEMENT:
			if (n->atom < 0)
				say(n->flags & PE_CLOCK ? "!." : ".");
			else if (rows)
			{
				snprintf(text, sizeof(text), "%s%s%s%d", n->flags & PE_NEGATED ? "^" : "",
						 n->flags & PE_CLOCK ? "" : "~", n->flags & PE_REPORT ? "" : "#", n->atom);
				say(text);
			}
			else if (!(n->flags & PE_NEGATED) && n->atom < PLAIN_CONDITIONS && chance(70))
				say(conditions[n->atom]);
			else
			{
				say(n->flags & PE_NEGATED ? "[^" : "[");
				say(conditions[n->atom]);
				say("]");
			}
			break;
		case PK_GATE:
			if (n->span % 1000000 == 0 && chance(70))
				snprintf(text, sizeof(text), "(?%s%llu%s)", ops[n->op],
						 (unsigned long long) n->span / 1000000, chance(50) ? "s" : " sec");
			else
				snprintf(text, sizeof(text), "(?%s%llu us)", ops[n->op],
						 (unsigned long long) n->span);
			say(text);
			break;
		case PK_FIRST:
			say("^");
			break;
		case PK_LAST:
			say("$ ");
			break;
		case PK_REPEAT:
			say_node(n->parts[0], PK_REPEAT);
			if (n->most == PATTERN_NO_LIMIT && n->least < 2 && chance(80))
				say(n->least == 0 ? "*" : "+");
			else if (n->least == 0 && n->most == 1 && chance(80))
				say("?");
			else
			{
				if (n->most == PATTERN_NO_LIMIT)
					snprintf(text, sizeof(text), "{%u,}", n->least);
				else if (n->most == n->least)
					snprintf(text, sizeof(text), "{%u}", n->least);
				else
					snprintf(text, sizeof(text), "{%u,%u}", n->least, n->most);
				say(text);
			}
			break;
		default:
			for (int k = 0; k < n->nparts; k++)
			{
				say_node(n->parts[k], n->kind);
				if (k + 1 == n->nparts)
					break;
				say_blank();
				if (n->kind == PK_ALTERNATE)
					say("|"), say_blank();
			}
	}
	if (group)
		say(")");
}

/* -- sequences ------------------------------------------------------------------------ */

static Touch touch[MAX_TOUCH];
static uint32_t count;

static bool
fits_condition(const Touch *t, int condition)
{
	switch (condition)
	{
		case 0:
			return t->label == 0;
		case 1:
			return t->label == 1;
		case 2:
			return t->label == 2 || t->label == 3;
		case 3:
			return t->label == 3;
		case 4:
			return t->label == 4;
		case 5:
			return t->label == 0 && t->channel == 1;
		case 6:
			return t->label == 1 && t->has_value && t->value >= 5;
		case 7:
			return t->label <= 1;
		case 8:
			return true;
		case 9:
			return t->channel == 1;
		default:
			return t->label == 2 || t->label == 3;
	}
}

static void
random_sequence(void)
{
	int64_t		at = rows && chance(5) ? INT64_MIN + below(3) : below(1000) * (int64_t) unit;

	count = chance(3) ? 0 : 1 + below(MAX_TOUCH);
	for (uint32_t i = 0; i < count; i++)
	{
		Touch	   *t = &touch[i];

		if (i > 0)
			at += (chance(40) ? 0 : below(6)) * (int64_t) unit;
		if (rows && at < INT64_MAX / 2 && chance(2))
			at = INT64_MAX - 45 * (int64_t) unit;
		memset(t, 0, sizeof(*t));
		t->at = at;
		if (rows)
		{
			t->fits = rnd() & rnd() & ((UINT64_C(1) << natoms) - 1);
			if (natoms > 20)
				t->fits |= UINT64_C(1) << below(natoms);
			continue;
		}
		t->label = chance(70) ? below(3) : below(LABELS);
		t->channel = chance(40) ? 1 + below(2) : 0;
		t->has_value = chance(40);
		t->value = t->has_value ? below(10) : 0;
		for (int k = 0; k < CONDITIONS; k++)
		{
			if (fits_condition(t, k))
				t->fits |= UINT64_C(1) << k;
		}
	}
}

/* -- the naive matcher ------------------------------------------------------------------ */

/* How a match has gone so far. */
typedef struct Way
{
	uint8_t		position;
	int8_t		clock;			/* touchpoint that moved it last, or -1 */
	uint16_t	listed;			/* bits */
	uint64_t	waiting;		/* bits: gates (nodes) not tested yet */
}			Way;

typedef struct Ways
{
	uint32_t	n;
	Way			way[MAX_WAYS];
}			Ways;

static bool overflow;

static bool
add_way(Ways * to, Way w)
{
	for (uint32_t i = 0; i < to->n; i++)
	{
		if (to->way[i].position == w.position && to->way[i].clock == w.clock &&
			to->way[i].listed == w.listed && to->way[i].waiting == w.waiting)
			return false;
	}
	if (to->n == MAX_WAYS)
	{
		overflow = true;
		return false;
	}
	to->way[to->n++] = w;
	return true;
}

static bool
gate_holds(const Node *gate, uint64_t passed)
{
	switch (gate->op)
	{
		case PG_LT:
			return passed < gate->span;
		case PG_LE:
			return passed <= gate->span;
		case PG_EQ:
			return passed == gate->span;
		case PG_GE:
			return passed >= gate->span;
		default:
			return passed > gate->span;
	}
}

static bool
consume(const Node *n, Way * w)
{
	const Touch *t = &touch[w->position];

	if (w->position == count)
		return false;
	if ((n->atom < 0 || ((t->fits >> n->atom) & 1)) == ((n->flags & PE_NEGATED) != 0))
		return false;
	for (int i = 0; i < nnodes; i++)
	{
		if (((w->waiting >> i) & 1) && w->clock >= 0 &&
			!gate_holds(&nodes[i], (uint64_t) t->at - (uint64_t) touch[w->clock].at))
			return false;
	}
	w->waiting = 0;
	if (n->flags & PE_CLOCK)
		w->clock = w->position;
	if (n->flags & PE_REPORT)
		w->listed |= 1 << w->position;
	w->position++;
	return true;
}

static void
go(int i, const Ways * from, Ways * to)
{
	const Node *n = &nodes[i];
	Ways	   *now;
	Ways	   *next;

	to->n = 0;
	switch (n->kind)
	{
		case PK_ELEMENT:
			for (uint32_t k = 0; k < from->n; k++)
			{
				Way			w = from->way[k];

				if (consume(n, &w))
					add_way(to, w);
			}
			return;
		case PK_GATE:
			for (uint32_t k = 0; k < from->n; k++)
			{
				Way			w = from->way[k];

				w.waiting |= UINT64_C(1) << i;
				add_way(to, w);
			}
			return;
		case PK_FIRST:
		case PK_LAST:
			for (uint32_t k = 0; k < from->n; k++)
			{
				if (from->way[k].position == (n->kind == PK_FIRST ? 0 : count))
					add_way(to, from->way[k]);
			}
			return;
		default:
			break;
	}

	now = malloc(sizeof(Ways));
	next = malloc(sizeof(Ways));
	now->n = from->n;
	memcpy(now->way, from->way, from->n * sizeof(Way));
	if (n->kind == PK_CONCAT)
	{
		for (int k = 0; k < n->nparts; k++)
		{
			go(n->parts[k], now, next);
			now->n = next->n;
			memcpy(now->way, next->way, next->n * sizeof(Way));
		}
		for (uint32_t k = 0; k < now->n; k++)
			add_way(to, now->way[k]);
	}
	else if (n->kind == PK_ALTERNATE)
	{
		for (int k = 0; k < n->nparts; k++)
		{
			go(n->parts[k], from, next);
			for (uint32_t j = 0; j < next->n; j++)
				add_way(to, next->way[j]);
		}
	}
	else
	{
		for (uint32_t times = 0; times <= n->most && !overflow; times++)
		{
			bool		any = false;

			if (times >= n->least)
			{
				for (uint32_t k = 0; k < now->n; k++)
					any |= add_way(to, now->way[k]);
				if (!any)
					break;
			}
			go(n->parts[0], now, next);
			now->n = next->n;
			memcpy(now->way, next->way, next->n * sizeof(Way));
		}
	}
	free(now);
	free(next);
}

/* All matches: for each start and end, whether there is one and its lists. */
static Ways found[MAX_TOUCH + 1];

static void
find_matches(int root)
{
	overflow = false;
	for (uint32_t start = 0; start <= count && !overflow; start++)
	{
		Ways	   *from = malloc(sizeof(Ways));
		Way			begin = {start, -1, 0, 0};

		from->n = 0;
		add_way(from, begin);
		go(root, from, &found[start]);
		free(from);
	}
}

static bool
is_match(uint32_t start, uint32_t end)
{
	for (uint32_t i = 0; i < found[start].n; i++)
	{
		if (found[start].way[i].position == end)
			return true;
	}
	return false;
}

/* Is list x to be preferred?  From the first one on, earlier is better. */
static bool
better_list(uint32_t x, uint32_t y)
{
	uint32_t	lowest = (x ^ y) & ~((x ^ y) - 1);

	return (x & lowest) != 0;
}

static uint32_t
best_list(uint32_t start, uint32_t end, bool any_end)
{
	uint32_t	best = 0;

	for (uint32_t i = 0; i < found[start].n; i++)
	{
		const		Way *w = &found[start].way[i];

		if ((any_end || w->position == end) && better_list(w->listed, best))
			best = w->listed;
	}
	return best;
}

/* The match that ends first of those that begin at `from` or later. */
static bool
naive_next(uint32_t from, uint32_t *first, uint32_t *end, uint32_t *listed)
{
	for (*end = from; *end <= count; (*end)++)
	{
		bool		any = is_match(*end, *end);

		*first = *end;
		for (uint32_t start = *end; start-- > from;)
		{
			if (is_match(start, *end))
			{
				any = true;
				*first = start;
				break;
			}
		}
		if (any)
		{
			*listed = best_list(*first, *end, false);
			return true;
		}
	}
	return false;
}

/* -- one case ------------------------------------------------------------------------------ */

static uint32_t
list_bits(const PatternMatch *match)
{
	uint32_t	bits = 0;

	for (uint32_t i = 0; i < match->nlisted; i++)
	{
		REQUIRE(match->listed[i] < count);
		REQUIRE(match->listed_at[i] == touch[match->listed[i]].at);
		REQUIRE(i == 0 || match->listed[i] > match->listed[i - 1]);
		bits |= 1 << match->listed[i];
	}
	return bits;
}

static uint32_t matched;
static uint32_t compared;

/* The case, for the reader of a failure. */
static void
describe(int root)
{
	if (rows)
	{
		literal_len = 0;
		say_node(root, PK_EMPTY);
	}
	printf("%.*s\n", (int) literal_len, literal);
	for (uint32_t i = 0; i < count; i++)
		printf("  %lld fits %llx label %d channel %d\n", (long long) touch[i].at,
			   (unsigned long long) touch[i].fits, touch[i].label, touch[i].channel);
}

static void
compare(PatternMachine *m, PatternInput *input, const PatternHost *host)
{
	PatternSearch search;
	PatternMatch match;
	PatternMatch last;
	bool		any = false;
	uint32_t	starts = 0;
	uint32_t	matches = 0;
	uint32_t	from = 0;
	uint32_t	listed = 0;
	uint32_t	first;
	uint32_t	end;

	for (uint32_t start = 0; start <= count; start++)
	{
		any |= found[start].n > 0;
		if (start < count)
			starts += found[start].n > 0;
	}
	compared++;
	matched += any;
	REQUIRE(pattern_exists(m, input, host) == any);
	REQUIRE(pattern_count_starts(m, input, host) == starts);

	pattern_search_begin(&search, m, input, host);
	memset(&match, 0, sizeof(match));
	do
	{
		if (!naive_next(from, &first, &end, &listed))
			break;
		REQUIRE(pattern_search_next(&search, &match));
		REQUIRE(match.first == first && match.end == end);
		REQUIRE(list_bits(&match) == listed);
		REQUIRE(first == end ||
				(match.first_at == touch[first].at && match.last_at == touch[end - 1].at));
		matches++;
		from = end > from ? end : from + 1;
	} while (from < count);
	REQUIRE(!pattern_search_next(&search, &last));
	REQUIRE(pattern_count(m, input, host) == matches);

	pattern_search_begin(&search, m, input, host);
	REQUIRE(pattern_search_last(&search, &last) == (matches > 0));
	if (matches > 0)
		REQUIRE(last.first == match.first && last.end == match.end &&
				list_bits(&last) == list_bits(&match));

	REQUIRE(pattern_earliest(m, input, host, &match) == any);
	listed = 0;
	for (uint32_t start = 0; start <= count; start++)
	{
		uint32_t	list = best_list(start, 0, true);

		if (better_list(list, listed))
			listed = list;
	}
	REQUIRE(list_bits(&match) == listed);
}

/* What every match contains: no match without it. */
static void
compare_required(const Pattern *pattern, const PatternHost *host)
{
	PatternRequired required;

	pattern_required(pattern, host, &required);
	for (uint32_t start = 0; start <= count; start++)
	{
		for (uint32_t i = 0; i < found[start].n; i++)
		{
			for (uint32_t c = 0; c < required.nclauses; c++)
			{
				bool		has = false;

				REQUIRE(required.from[c] < required.from[c + 1]);
				for (uint32_t a = required.from[c]; a < required.from[c + 1]; a++)
				{
					const Matcher *matcher = pattern_matcher(pattern, required.atoms[a]);

					for (uint32_t t = start; t < found[start].way[i].position; t++)
					{
						JourneyLabel label;
						JourneyLabel email;
						const char *text = label_texts[touch[t].label];

						journey_label_from_text(&label, text, strlen(text));
						journey_label_from_text(&email, touch[t].channel == 1 ? "email" : "web",
												touch[t].channel == 1 ? 5 : 3);
						has |= matcher_fits(matcher, &label, touch[t].channel > 0 ? &email : NULL,
											touch[t].has_value, touch[t].value);
					}
				}
				REQUIRE(has);
			}
		}
	}
}

static uint32_t rejected;
static uint32_t chains;
static uint32_t counted;

/* What the bitmaps say of a chain. */
static void
compare_chain(PatternChain *chain, const JourneyView *view)
{
	int			exists = pattern_chain_exists(chain, view);
	int			n = pattern_chain_count(chain, view);
	bool		any = false;
	uint32_t	matches = 0;
	uint32_t	from = 0;
	uint32_t	first;
	uint32_t	end;
	uint32_t	listed;

	for (uint32_t start = 0; start <= count; start++)
		any |= found[start].n > 0;
	while (naive_next(from, &first, &end, &listed))
	{
		matches++;
		from = end > from ? end : from + 1;
		if (from >= count)
			break;
	}
	REQUIRE(exists == -1 || exists == any);
	REQUIRE(n == -1 || n == (int) matches);
	chains += exists >= 0;
	counted += n >= 0;
}

/* Some have to do without moves worked out beforehand. */
static PatternMachine *
random_machine(const PatternProgram *program, const PatternHost *host)
{
	PatternMachine *m = pattern_machine_create(program, host);

	if (chance(40))
		m->max_arcs = below(8);
	return m;
}

static void
rows_case(void)
{
	Memory		memory = {NULL, 0, 0};
	PatternHost host = {allocate, relax, &memory};
	PatternCode codes[MAX_NODES];
	PatternBuilder b = {codes, 0};
	PatternProgram *program;
	PatternMachine *m;
	PatternInput input = {0, read_rows, touch};
	int			root;

	rows = true;
	unit = chance(50) ? 1 : 1000000;
	natoms = chance(10) ? 63 : 4;
	nnodes = 0;
	root = random_node(3, chance(50));
	put_codes(&b, root);
	program = pattern_program_build(codes, b.n, natoms, &host);
	if (program != NULL)
	{
		m = random_machine(program, &host);
		for (int i = 0; i < 6; i++)
		{
			random_sequence();
			find_matches(root);
			input.count = count;
			if (getenv("VERBOSE"))
				describe(root);
			if (!overflow)
				compare(m, &input, &host);
		}
	}
	release(&memory);
}

static void
journey_case(void)
{
	Memory		memory = {NULL, 0, 0};
	Memory		scratch = {NULL, 0, 0};
	PatternHost host = {allocate, relax, &memory};
	PatternHost short_host = {allocate, relax, &scratch};
	Pattern    *pattern;
	PatternMachine *m;
	PatternReader *reader;
	PatternChain *chain;
	PatternError err;
	size_t		size;
	char	   *text;
	int			root;

	rows = false;
	unit = chance(80) ? 1000000 : 1;
	natoms = CONDITIONS;
	nnodes = 0;
	root = chance(50) ? random_chain() : random_node(3, false);
	literal_len = 0;
	say_node(root, PK_EMPTY);
	text = malloc(literal_len);
	memcpy(text, literal, literal_len);
	pattern = pattern_parse(text, literal_len, &host, &size, &err);
	if (pattern == NULL && !err.too_large)
		printf("%.*s\nat %zu: %s, expected %s\n", (int) literal_len, text, err.offset,
			   err.message, err.expected ? err.expected : "nothing");
	REQUIRE(pattern != NULL || err.too_large);
	free(text);
	if (pattern != NULL)
	{
		check_print(pattern, size, &host);
		m = random_machine(pattern_compile(pattern, &host), &host);
		reader = pattern_reader_create(pattern, m, &host);
		chain = pattern_chain_create(pattern, &host);
		for (int i = 0; i < 6; i++)
		{
			JourneyView view;
			uint8_t    *bytes;
			bool		channels = chance(60);
			bool		values = chance(60);

			random_sequence();
			for (uint32_t k = 0; k < count; k++)
			{
				if (!channels)
					touch[k].channel = 0;
				if (!values)
					touch[k].has_value = false;
				touch[k].fits = 0;
				for (int c = 0; c < CONDITIONS; c++)
				{
					if (fits_condition(&touch[k], c))
						touch[k].fits |= UINT64_C(1) << c;
				}
			}
			find_matches(root);
			if (overflow)
				continue;
			bytes = make_journey(touch, count, channels, values, &view);
			if (getenv("VERBOSE"))
				describe(root);
			pattern_reader_open(reader, &view, &short_host);
			if (pattern_reader_rejects(reader))
			{
				rejected++;
				for (uint32_t start = 0; start <= count; start++)
					REQUIRE(found[start].n == 0);
			}
			compare(m, &reader->input, &short_host);
			compare_required(pattern, &short_host);
			if (chain != NULL)
				compare_chain(chain, &view);
			free(bytes);
			release(&scratch);
		}
	}
	release(&memory);
}

/* -- many labels ------------------------------------------------------------- */

#define MANY_LABELS		1024
#define MANY_CONDITIONS	14
#define MANY_ATOMS		100		/* more than the plan of funnels has */

/*
 * Of journeys that their labels reject, each with labels that fit other atoms,
 * the machine does not keep ever more letters; and whoever waits for many labels
 * and many matchers can be interrupted.
 */
static void
many_labels_case(void)
{
	static JourneyLabel labels[MANY_LABELS];
	static JourneyTouch touches[MANY_LABELS];
	static char names[MANY_LABELS][MANY_CONDITIONS + 2];
	JourneySource src = {touches, MANY_LABELS, labels, MANY_LABELS, NULL, 0, NULL};

	for (int atoms = MANY_CONDITIONS; atoms <= MANY_ATOMS; atoms += MANY_ATOMS - MANY_CONDITIONS)
	{
		Memory		memory = {NULL, 0, 0};
		Memory		scratch = {NULL, 0, 0};
		PatternHost host = {allocate, relax, &memory};
		PatternHost short_host = {allocate, relax, &scratch};
		PatternError err;
		size_t		size;
		Pattern    *pattern;
		PatternMachine *m;
		PatternReader *reader;
		char		text[16 * MANY_ATOMS];
		size_t		len = 0;

		for (int i = 0; i < atoms; i++)
			len += (size_t) (i < MANY_CONDITIONS ?
							 snprintf(text + len, sizeof(text) - len, "%s[*%c*]", i > 0 ? "|" : "(", 'a' + i) :
							 snprintf(text + len, sizeof(text) - len, "|z%d", i));
		len += (size_t) snprintf(text + len, sizeof(text) - len, ") never");
		pattern = pattern_parse(text, len, &host, &size, &err);
		REQUIRE(pattern != NULL);
		m = pattern_machine_create(pattern_compile(pattern, &host), &host);
		reader = pattern_reader_create(pattern, m, &host);
		for (uint32_t k = 0; k < (1 << MANY_CONDITIONS) / MANY_LABELS; k++)
		{
			JourneyView view;
			uint8_t    *bytes;

			for (uint32_t i = 0; i < MANY_LABELS; i++)
			{
				uint32_t	set = k * MANY_LABELS + i;
				size_t		n = 0;

				names[i][n++] = 'x';
				for (int c = 0; c < MANY_CONDITIONS; c++)
				{
					if (set >> c & 1)
						names[i][n++] = (char) ('a' + c);
				}
				journey_label_from_text(&labels[i], names[i], n);
				touches[i].at = (int64_t) i * 1000000;
				touches[i].label = (uint16_t) i;
				touches[i].channel = 0;
				touches[i].seq = i;
			}
			bytes = encode_journey(&src, &view);
			scratch.relaxed = 0;
			pattern_reader_open(reader, &view, &short_host);
			REQUIRE(atoms > 64 || pattern_reader_rejects(reader));
			REQUIRE(atoms <= 64 || scratch.relaxed >= MANY_LABELS / 16);
			REQUIRE(m->nletters < (1 << MANY_CONDITIONS) / 2);
			REQUIRE(k % 4 > 0 || atoms <= 64 || !pattern_exists(m, &reader->input, &short_host));
			free(bytes);
			release(&scratch);
		}
		release(&memory);
	}
}

int
main(int argc, char **argv)
{
	uint32_t	rounds = argc > 1 ? (uint32_t) strtoul(argv[1], NULL, 10) : 40000;
	clock_t		begin = clock();

	start_random(argc > 2 ? argv[2] : NULL, (uint64_t) time(NULL));
	wellknown_init();
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %llu\n", (unsigned long long) seed);
	many_labels_case();
	for (uint32_t i = 0; i < rounds; i++)
	{
		if (i % 2 == 0)
			rows_case();
		else
			journey_case();
	}
	REQUIRE(rounds < 1000 || (chains > compared / 10 && counted > compared / 10 &&
							  rejected > compared / 20));
	printf("ok: %u cases compared, a match in %u, %u chains, %u of them counted, %.1f s\n",
		   compared, matched, chains, counted,
		   (double) (clock() - begin) / CLOCKS_PER_SEC);
	return 0;
}
