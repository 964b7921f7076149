/*
 * pattern_test.c
 *	  Random patterns over random sequences, against a naive matcher.
 *
 *	pattern_test [rounds [seed]]
 *
 * The naive matcher works on the pattern as it was made up, before it became
 * a literal or codes: from each start it keeps the set of all ways to go on
 * (where, what the clock is, which gates wait, what is listed), so all matches
 * with all their lists are known, and every answer is read off them.  Half of
 * the cases go through literal, parser and journey, half through codes put
 * directly over rows with sets of conditions, with other times.
 *
 * Beside that: long sequences, where what is learnt and what is kept in memory
 * is thrown away and built again; literals and values with changed bytes;
 * required events; limits.
 *
 * Build: gcc -std=gnu99 -g -fsanitize=address,undefined -Isrc
 *			  -o pattern_test test/core/pattern_test.c src/core/[a-z]*.c -lm
 */
#include <string.h>
#include <time.h>

#include "core/pattern_journey.h"
#include "core/pattern_machine.h"
#include "core/wellknown.h"
#include "test.h"

#define MAX_TOUCH	8
#define MAX_NODES	40
#define MAX_WAYS	3000

static bool
chance(uint32_t percent)
{
	return below(100) < percent;
}

/* -- memory of the host --------------------------------------------------------- */

typedef struct Block
{
	struct Block *next;
	int64_t		bytes[];
}			Block;

typedef struct Memory
{
	Block	   *blocks;
	size_t		taken;
	uint32_t	relaxed;
}			Memory;

static void *
allocate(void *arg, size_t size)
{
	Memory	   *memory = arg;
	Block	   *b = malloc(sizeof(Block) + size);

	REQUIRE(b != NULL);
	memset(b->bytes, 0x5a, size);
	b->next = memory->blocks;
	memory->blocks = b;
	memory->taken += size;
	return b->bytes;
}

static void
relax(void *arg)
{
	((Memory *) arg)->relaxed++;
}

static void
release(Memory * memory)
{
	while (memory->blocks != NULL)
	{
		Block	   *b = memory->blocks;

		memory->blocks = b->next;
		free(b);
	}
	memory->taken = 0;
}

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

typedef struct Touch
{
	int64_t		at;
	uint64_t	fits;			/* atoms */
	/* of journeys */
	int			label;
	int			channel;		/* 0 none, 1 email, 2 web */
	bool		has_value;
	double		value;
} Touch;

static Touch touch[MAX_TOUCH];
static uint32_t count;

static const char *const label_texts[] =
{"a", "b", "purchase", "purchase/x", "Order Completed", "zzz"};

#define LABELS	6

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

static void
read_rows(PatternInput *input, PatternMachine *m, uint32_t from, uint32_t n,
		  int64_t *times, uint32_t *letters)
{
	const Touch *t = input->arg;

	REQUIRE(n > 0 && n <= PATTERN_CHUNK && from + n <= input->count);
	for (uint32_t i = 0; i < n; i++)
	{
		letters[i] = pattern_letter(m, &t[from + i].fits);
		if (times != NULL)
			times[i] = t[from + i].at;
	}
}

/* The journey's bytes, to be freed; behind a byte, so that it is unaligned. */
static uint8_t *
make_journey(const Touch *t, uint32_t n, bool channels, bool values, JourneyView *view)
{
	static const char *const channel_texts[] = {"email", "web"};
	JourneyLabel labels[LABELS];
	JourneyLabel channel_labels[2];
	JourneyTouch *touches = calloc(n + 1, sizeof(JourneyTouch));
	double	   *numbers = calloc(n + 1, sizeof(double));
	uint16_t	scratch[4][LABELS];
	JourneySource src = {touches, n, labels, LABELS, channel_labels, channels ? 2 : 0,
	values ? numbers : NULL};
	JourneyPlan plan;
	uint8_t    *bytes;

	for (int i = 0; i < LABELS; i++)
		journey_label_from_text(&labels[i], label_texts[i], strlen(label_texts[i]));
	for (int i = 0; i < 2; i++)
		journey_label_from_text(&channel_labels[i], channel_texts[i], strlen(channel_texts[i]));
	for (uint32_t i = 0; i < n; i++)
	{
		touches[i].at = t[i].at;
		touches[i].label = t[i].label;
		touches[i].channel = channels ? t[i].channel : 0;
		touches[i].seq = i;
		numbers[i] = t[i].has_value ? t[i].value : __builtin_nan("");
	}
	memset(&plan, 0, sizeof(plan));
	plan.label_code = scratch[0];
	plan.channel_code = scratch[1];
	plan.label_order = scratch[2];
	plan.channel_order = scratch[3];
	journey_measure(&src, &plan);
	bytes = malloc(plan.size + 1);
	journey_encode(&src, &plan, bytes + 1);
	REQUIRE(journey_open(view, bytes + 1, plan.size));
	free(touches);
	free(numbers);
	return bytes;
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

/* A literal reads back equal after it was printed. */
static void
check_print(const Pattern *pattern, size_t size, const PatternHost *host)
{
	size_t		len = pattern_print(pattern, NULL, 0);
	char	   *text = malloc(len);
	Pattern    *again;
	PatternError err;
	size_t		again_size;

	REQUIRE(len <= PATTERN_MAX_TEXT);
	REQUIRE(pattern_print(pattern, text, len) == len);
	again = pattern_parse(text, len, host, &again_size, &err);
	if (again == NULL || again_size != size || memcmp(again, pattern, size) != 0)
		printf("printed: %.*s\n", (int) len, text);
	REQUIRE(again != NULL && again_size == size && memcmp(again, pattern, size) == 0);
	REQUIRE(pattern_check(pattern, size, host));
	free(text);
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
	PatternError err;
	size_t		size;
	char	   *text;
	int			root;

	rows = false;
	unit = chance(80) ? 1000000 : 1;
	natoms = CONDITIONS;
	nnodes = 0;
	root = random_node(3, false);
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
			compare(m, &reader->input, &short_host);
			compare_required(pattern, &short_host);
			free(bytes);
			release(&scratch);
		}
	}
	release(&memory);
}

/* -- long sequences -------------------------------------------------------------------- */

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

/* -- literals ---------------------------------------------------------------------------- */

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
	uint32_t	rounds = argc > 1 ? (uint32_t) strtoul(argv[1], NULL, 10) : 40000;
	clock_t		begin = clock();

	start_random(argc > 2 ? argv[2] : NULL, (uint64_t) time(NULL));
	wellknown_init();
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %llu\n", (unsigned long long) seed);
	far = calloc(LONG, sizeof(Touch));
	check_literals();
	for (int i = 0; i < 4; i++)
	{
		forgetting();
		long_lists();
	}
	for (int i = 0; i < 30; i++)
	{
		windows();
		long_journey();
	}
	for (uint32_t i = 0; i < rounds / 2; i++)
		mutate();
	for (uint32_t i = 0; i < rounds; i++)
	{
		if (i % 2 == 0)
			rows_case();
		else
			journey_case();
	}
	printf("ok: %u cases compared, a match in %u, %.1f s\n", compared, matched,
		   (double) (clock() - begin) / CLOCKS_PER_SEC);
	free(far);
	return 0;
}
