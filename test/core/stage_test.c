/*
 * stage_test.c
 *	  Random stage models over random journeys: the automaton, the rule loop
 *	  and a third reading of the same meaning must agree.
 *
 *	stage_test [rounds [seed]]
 *
 * The third reading (the "oracle") knows nothing of compiled models: it works
 * on the random model as it was made up, before it became a literal, and on
 * texts.  So parser, classes, automaton and rule loop are all checked against
 * it.  Beside that every model must print to a literal that parses to the same
 * bytes, and literals and values with changed bytes must never do harm (build
 * with -fsanitize=address,undefined).
 *
 * Build: gcc -std=gnu99 -g -fsanitize=address,undefined -Isrc
 *			  -o stage_test test/core/stage_test.c src/core/[a-z]*.c -lm
 */
#include <time.h>

#include "core/gap_groups.h"
#include "core/stage.h"
#include "core/wellknown.h"
#include "test.h"

#define MAX_TOUCH	130
#define MAX_TERMS	4
#define MAX_CONDS	3

static bool
chance(uint32_t percent)
{
	return below(100) < percent;
}

/* -- a model as it is made up --------------------------------------------------- */

typedef struct Term
{
	int			kind;			/* 0 name with any detail, 1 exact, 2
								 * wildcard, 3 definition, 4 anything */
	const char *name;
	int			def;
	const char *channel;		/* NULL: not asked */
	int			op;				/* MO_NONE: not asked */
	int			number;
} Term;

typedef struct Match
{
	Term		terms[MAX_TERMS];
	int			nterms;
} Match;

typedef struct Cond
{
	int			kind;
	bool		negated;
	int			op;
	int			number;
	Match		after;
	int64_t		within;			/* seconds, -1: not asked */
} Cond;

typedef struct Rule
{
	Match		match;
	Cond		conds[MAX_CONDS];
	int			nconds;
	int			stage;			/* -1: none */
} Rule;

typedef struct Model
{
	int			nstages;
	int			ndefs;
	const char *def_names[9];
	Match		defs[9];
	int			purchase;		/* numbers of definitions, or -1 */
	int			refund;
	int			delivery;
	int			ignore;
	int			offsite;
	int			nrules;
	Rule		rules[12];
	int			delivery_option;
	int			timeout;		/* seconds */
} Model;

typedef struct Touch
{
	int64_t		at;
	const char *event;
	const char *channel;
	bool		has_value;
	double		value;
} Touch;

static const char *const events[] = {
	"purchase", "purchase/gift", "refund", "order_delivered", "view_item",
	"view_item/shoes", "view_cart", "page_view", "page_view/product",
	"my_event", "my_event/x", "my_other", "odd name", "Odd", "add_to_cart", "x"
};
static const char *const bare[] = {
	"purchase", "refund", "order_delivered", "view_item", "view_cart",
	"page_view", "my_event", "my_other", "add_to_cart", "x", "never_seen"
};
static const char *const wild[] = {"view_*", "my_*", "*_x", "*view*", "page_*", "my_*/x"};
static const char *const channels[] = {"email", "ads", "odd channel"};

#define LENGTH(a) ((int) (sizeof(a) / sizeof((a)[0])))

static void
make_match(Match *m, const Model *model, int ndefs, bool dynamic)
{
	memset(m, 0, sizeof(*m));
	m->nterms = 1 + (chance(35) ? below(MAX_TERMS) : 0);
	for (int i = 0; i < m->nterms; i++)
	{
		Term	   *t = &m->terms[i];
		uint32_t	what = below(100);

		if (ndefs > 0 && what < 40)
		{
			t->kind = 3;
			t->def = below(ndefs);
			t->name = model->def_names[t->def];
		}
		else if (what < 75)
		{
			t->name = bare[below(LENGTH(bare))];
			for (int d = 0; d < ndefs; d++)
			{
				/* it would stand for the definition */
				if (strcmp(model->def_names[d], t->name) == 0)
				{
					t->kind = 3;
					t->def = d;
				}
			}
		}
		else if (what < 87)
		{
			t->kind = 1;
			t->name = events[below(LENGTH(events))];
		}
		else if (what < 97)
		{
			t->kind = 2;
			t->name = wild[below(LENGTH(wild))];
		}
		else
		{
			t->kind = 4;
			t->name = "*";
		}
		if (dynamic && chance(15))
			t->channel = channels[below(LENGTH(channels))];
		if (dynamic && chance(15))
		{
			t->op = MO_LT + below(6);
			t->number = below(6);
		}
	}
}

static void
make_model(Model *m)
{
	static const char *const def_names[] = {
		"purchase", "refund", "delivery", "ignore", "offsite", "view_item", "macro", "my_event", "m2"
	};
	bool		dynamic = chance(30);
	bool		within = chance(20);

	memset(m, 0, sizeof(*m));
	m->nstages = 1 + below(5);
	m->delivery_option = below(3);
	m->timeout = chance(70) ? 1800 : 1 + below(4000);
	m->purchase = m->refund = m->delivery = m->ignore = m->offsite = -1;
	for (int i = 0; i < LENGTH(def_names); i++)
	{
		int			d = m->ndefs;

		if (!chance(i < 3 ? 80 : 35))
			continue;
		make_match(&m->defs[d], m, d, dynamic && chance(30));
		if (i < 3 && chance(70))
		{
			/* keep the ones with a meaning sensible most of the time */
			memset(&m->defs[d], 0, sizeof(Match));
			m->defs[d].nterms = 1;
			m->defs[d].terms[0].name = i == 2 ? "order_delivered" : def_names[i];
		}
		m->def_names[d] = def_names[i];
		if (i == 0)
			m->purchase = d;
		if (i == 1)
			m->refund = d;
		if (i == 2)
			m->delivery = d;
		if (i == 3)
			m->ignore = d;
		if (i == 4)
			m->offsite = d;
		m->ndefs++;
	}
	m->nrules = 1 + below(11);
	for (int i = 0; i < m->nrules; i++)
	{
		Rule	   *r = &m->rules[i];

		make_match(&r->match, m, m->ndefs, dynamic);
		r->stage = chance(90) ? (int) below(m->nstages) : -1;
		r->nconds = below(MAX_CONDS + 1);
		for (int k = 0; k < r->nconds; k++)
		{
			Cond	   *c = &r->conds[k];

			do
				c->kind = below(SC_AFTER + 1);
			while ((c->kind == SC_VALUE && !dynamic) ||
				   ((c->kind == SC_NTH || c->kind == SC_AFTER) && chance(60)));
			c->negated = chance(25);
			c->op = MO_LT + below(6);
			c->number = below(chance(80) ? 4 : 9);
			c->within = -1;
			if (c->kind == SC_AFTER)
			{
				make_match(&c->after, m, m->ndefs, dynamic);
				if (within && chance(50))
					c->within = below(7200);
			}
		}
	}
	/* use what would be unused */
	for (int d = 0; d < m->ndefs; d++)
	{
		if (d != m->purchase && d != m->refund && d != m->delivery && d != m->ignore && d != m->offsite)
		{
			Match	   *x = &m->rules[below(m->nrules)].match;
			Term	   *t = &x->terms[x->nterms < MAX_TERMS ? x->nterms++ : MAX_TERMS - 1];

			memset(t, 0, sizeof(*t));
			t->kind = 3;
			t->def = d;
			t->name = m->def_names[d];
		}
	}
	/* the last may have pushed an earlier one out */
	for (int d = 0, n = 0; d < m->ndefs; d++)
	{
		Rule	   *r = &m->rules[m->nrules - 1];
		Cond	   *c = &r->conds[0];
		Term	   *t = &c->after.terms[n];

		if (d == m->purchase || d == m->refund || d == m->delivery || d == m->ignore || d == m->offsite)
			continue;
		if (r->nconds == 0)
			r->nconds = 1;
		c->kind = SC_AFTER;
		c->within = -1;
		c->after.nterms = ++n;
		memset(t, 0, sizeof(*t));
		t->kind = 3;
		t->def = d;
		t->name = m->def_names[d];
	}
}

/* -- as a literal ------------------------------------------------------------------ */

static char literal[64 * 1024];
static size_t literal_len;

static void
say(const char *text)
{
	size_t		n = strlen(text);

	memcpy(literal + literal_len, text, n + 1);
	literal_len += n;
}

static void
say_number(long n)
{
	char		buf[32];

	snprintf(buf, sizeof(buf), "%ld", n);
	say(buf);
}

static const char *
op_text(int op)
{
	static const char *const texts[] = {"", "<", "<=", "=", "<>", ">=", ">"};

	return op == MO_NE && chance(50) ? "!=" : texts[op];
}

static void
say_blank(void)
{
	static const char *const blanks[] = {"", " ", "\n", " -- a comment; \"with a quote\n", "\t"};

	say(blanks[below(LENGTH(blanks))]);
}

static void
say_match(const Match *m)
{
	for (int i = 0; i < m->nterms; i++)
	{
		const Term *t = &m->terms[i];

		if (i > 0)
		{
			say_blank();
			say("|");
			say_blank();
		}
		if (t->kind == 1)
			say("\"");
		say(t->name);
		if (t->kind == 1)
			say("\"");
		if (t->channel != NULL)
		{
			say("@");
			if (strchr(t->channel, ' '))
			{
				say("\"");
				say(t->channel);
				say("\"");
			}
			else
				say(t->channel);
		}
		if (t->op != MO_NONE)
		{
			say_blank();
			say(op_text(t->op));
			say_blank();
			say_number(t->number);
		}
	}
}

static void
say_model(const Model *m)
{
	static const char *const conds[] = {
		"prospect", "customer", "waiting", "purchase_no", "visit_no", "nth", "value", "after"
	};
	static const char *const options[] = {"auto", "logged", "none"};
	bool		rules_first = chance(20);
	bool		ordered = chance(50);

	literal_len = 0;
	say_blank();
	say("stages ");
	for (int i = 0; i < m->nstages; i++)
	{
		say(i == 0 ? "" : ordered ? " > " : ",");
		say(i % 2 ? "stage_" : "\"Stage ");
		say_number(i);
		say(i % 2 ? "" : "\"");
	}
	say(";");
	say_blank();
	say("option delivery = ");
	say(options[m->delivery_option]);
	say(";option session_timeout=");
	say_number(m->timeout);
	say(" s;");
	for (int pass = 0; pass < 2; pass++)
	{
		for (int i = 0; i < m->ndefs && (pass == 1) == rules_first; i++)
		{
			say(m->def_names[i]);
			say_blank();
			say("=");
			say_blank();
			say_match(&m->defs[i]);
			say(";");
			say_blank();
		}
		for (int i = 0; i < m->nrules && (pass == 0) == rules_first; i++)
		{
			const Rule *r = &m->rules[i];

			say_match(&r->match);
			for (int k = 0; k < r->nconds; k++)
			{
				const Cond *c = &r->conds[k];

				say(k == 0 ? " when " : " and ");
				say(c->negated ? "not " : "");
				say(conds[c->kind]);
				if (c->kind >= SC_PURCHASE_NO && c->kind <= SC_VALUE)
				{
					say_blank();
					say(op_text(c->op));
					say_blank();
					say_number(c->number);
				}
				if (c->kind == SC_AFTER)
				{
					say(" ");
					say_match(&c->after);
					if (c->within >= 0)
					{
						say(" within ");
						say_number(c->within);
						say(" s");
					}
				}
			}
			say_blank();
			say("->");
			say_blank();
			if (r->stage < 0)
				say("none");
			else
			{
				say(r->stage % 2 ? "stage_" : "\"Stage ");
				say_number(r->stage);
				say(r->stage % 2 ? "" : "\"");
			}
			say(";");
			say_blank();
		}
	}
}

/* -- the oracle ---------------------------------------------------------------------- */

static bool
wild_fits(const char *pattern, const char *text)
{
	if (*pattern == '\0')
		return *text == '\0';
	if (*pattern == '*')
		return wild_fits(pattern + 1, text) || (*text && wild_fits(pattern, text + 1));
	return *pattern == *text && wild_fits(pattern + 1, text + 1);
}

static bool
number_fits(double have, int op, double number)
{
	return op == MO_LT ? have < number : op == MO_LE ? have <= number :
		op == MO_EQ ? have == number : op == MO_NE ? have != number :
		op == MO_GE ? have >= number : have > number;
}

static bool
match_fits(const Model *model, const Match *m, const Touch *x)
{
	for (int i = 0; i < m->nterms; i++)
	{
		const Term *t = &m->terms[i];
		size_t		n = strlen(t->name);
		bool		fits = false;
		char		base[64];

		snprintf(base, sizeof(base), "%s", x->event);
		if (strchr(base, '/'))
			*strchr(base, '/') = '\0';
		switch (t->kind)
		{
			case 0:
				fits = strncmp(x->event, t->name, n) == 0 &&
					(x->event[n] == '\0' || x->event[n] == '/');
				break;
			case 1:
				fits = strcmp(x->event, t->name) == 0;
				break;
			case 2:
				fits = wild_fits(t->name, x->event) || wild_fits(t->name, base);
				break;
			case 3:
				fits = match_fits(model, &model->defs[t->def], x);
				break;
			case 4:
				fits = true;
		}
		/* a bare channel fits any detail too; ours have none */
		if (t->channel && (x->channel == NULL || strcmp(x->channel, t->channel) != 0))
			fits = false;
		if (t->op != MO_NONE && !(x->has_value && number_fits(x->value, t->op, t->number)))
			fits = false;
		if (fits)
			return true;
	}
	return false;
}

static bool
def_fits(const Model *m, int def, const Touch *x)
{
	return def >= 0 && match_fits(m, &m->defs[def], x);
}

typedef struct Answer
{
	int			stage;			/* -1: none */
	bool		silent;
	bool		waiting;
	int			purchase_no;
	int			visit_no;
} Answer;

static void
ask_oracle(const Model *m, const Touch *x, int n, Answer *answers)
{
	bool		any_delivery = false;

	for (int i = 0; i < n; i++)
		any_delivery |= def_fits(m, m->delivery, &x[i]);
	for (int i = 0; i < n; i++)
	{
		Answer	   *a = &answers[i];
		bool		waiting = false;
		int			last = -1;

		/* everything anew from the beginning, for each touchpoint */
		a->purchase_no = 0;
		a->visit_no = 1;
		for (int k = 0; k <= i; k++)
		{
			if (!def_fits(m, m->offsite, &x[k]))
			{
				if (last >= 0 && x[k].at - x[last].at > (int64_t) m->timeout * 1000000)
					a->visit_no++;
				last = k;
			}
			if (def_fits(m, m->purchase, &x[k]))
			{
				a->purchase_no++;
				waiting = true;
			}
			if (def_fits(m, m->refund, &x[k]))
			{
				if (a->purchase_no > 0)
					a->purchase_no--;
				waiting = false;
			}
			if (def_fits(m, m->delivery, &x[k]))
				waiting = false;
		}
		a->waiting = waiting && (m->delivery_option == SD_LOGGED ||
								 (m->delivery_option == SD_AUTO && any_delivery));
		a->stage = -1;
		a->silent = def_fits(m, m->ignore, &x[i]);
		for (int r = 0; r < m->nrules && !a->silent; r++)
		{
			const Rule *rule = &m->rules[r];
			bool		holds = match_fits(m, &rule->match, &x[i]);

			for (int k = 0; k < rule->nconds && holds; k++)
			{
				const Cond *c = &rule->conds[k];
				int			nth = 0;

				switch (c->kind)
				{
					case SC_PROSPECT:
						holds = a->purchase_no == 0;
						break;
					case SC_CUSTOMER:
						holds = a->purchase_no > 0;
						break;
					case SC_WAITING:
						holds = a->waiting;
						break;
					case SC_PURCHASE_NO:
						holds = number_fits(a->purchase_no, c->op, c->number);
						break;
					case SC_VISIT_NO:
						holds = number_fits(a->visit_no, c->op, c->number);
						break;
					case SC_NTH:
						for (int j = 0; j <= i; j++)
							nth += match_fits(m, &rule->match, &x[j]);
						holds = number_fits(nth, c->op, c->number);
						break;
					case SC_VALUE:
						holds = x[i].has_value && number_fits(x[i].value, c->op, c->number);
						break;
					case SC_AFTER:
						holds = false;
						for (int j = 0; j < i; j++)
							holds |= match_fits(m, &c->after, &x[j]) &&
								(c->within < 0 || x[i].at - x[j].at <= c->within * 1000000);
						break;
				}
				holds = holds != c->negated;
			}
			if (holds)
			{
				a->stage = rule->stage;
				a->silent = a->stage < 0;
				break;
			}
		}
	}
}

/* -- journeys ------------------------------------------------------------------------ */

static int
make_journey(Touch *x)
{
	int			n = chance(5) ? 0 : 1 + below(chance(80) ? 15 : chance(60) ? 60 : MAX_TOUCH);
	bool		long_gaps = chance(5);	/* of half a year */
	int			nevents = 1 + below(LENGTH(events));
	int			first = below(LENGTH(events));
	bool		has_channels = chance(40);
	bool		has_values = chance(40);
	bool		buyer = chance(30);
	int64_t		unit = chance(50) ? 1000000 : chance(50) ? 1000 : 1;
	int64_t		at = (int64_t) below(1000000000) * 1000000 * (chance(10) ? -1 : 1);

	for (int i = 0; i < n; i++)
	{
		memset(&x[i], 0, sizeof(x[i]));
		if (chance(75))
			at += (int64_t) below(chance(70) ? 600 : 5000) * 1000000;
		if (chance(10))
			at += 1800 * INT64_C(1000000);
		if (long_gaps && chance(3))
			at += INT64_C(17000000) * 1000000;
		at += (unit == 1000000 || chance(50)) ? 0 : unit * below(1000);
		x[i].at = at;
		x[i].event = events[(first + below(nevents)) % LENGTH(events)];
		if (buyer && chance(50))
			x[i].event = events[below(100) < 70 ? 0 : 2 + below(2)];
		if (has_channels && chance(70))
			x[i].channel = channels[below(LENGTH(channels))];
		if (has_values && chance(70))
		{
			x[i].has_value = true;
			x[i].value = below(7);
		}
	}
	return n;
}

static size_t
encode(const Touch *x, int n, uint8_t *out, size_t room)
{
	JourneyTouch touch[MAX_TOUCH + 1];
	JourneyLabel labels[MAX_TOUCH + 1];
	JourneyLabel channel_labels[LENGTH(channels)];
	double		values[MAX_TOUCH + 1];
	uint16_t	codes[4][MAX_TOUCH + 8];
	JourneySource src = {0};
	JourneyPlan plan = {0};
	int			nlabels = 0;

	for (int c = 0; c < LENGTH(channels); c++)
		journey_label_from_text(&channel_labels[c], channels[c], strlen(channels[c]));
	for (int i = 0; i < n; i++)
	{
		JourneyLabel label;
		int			k = 0;

		journey_label_from_text(&label, x[i].event, strlen(x[i].event));
		while (k < nlabels && !journey_label_equal(&labels[k], &label))
			k++;
		if (k == nlabels)
			labels[nlabels++] = label;
		touch[i].at = x[i].at;
		touch[i].label = k;
		touch[i].channel = 0;
		for (int c = 0; c < LENGTH(channels); c++)
		{
			if (x[i].channel && strcmp(x[i].channel, channels[c]) == 0)
				touch[i].channel = c + 1;
		}
		touch[i].seq = i;
		values[i] = x[i].has_value ? x[i].value : __builtin_nan("");
	}
	src.touch = touch;
	src.count = n;
	src.labels = labels;
	src.nlabels = nlabels;
	src.channels = channel_labels;
	src.nchannels = LENGTH(channels);
	src.values = values;
	plan.label_code = codes[0];
	plan.label_order = codes[1];
	plan.channel_code = codes[2];
	plan.channel_order = codes[3];
	journey_measure(&src, &plan);
	if (plan.size > room)
		abort();
	journey_encode(&src, &plan, out);
	return plan.size;
}

/* -- the comparison -------------------------------------------------------------------- */

static long n_models,
			n_journeys,
			n_automata,
			n_by_automaton,
			n_wide,
			n_escapes,
			n_dynamic,
			n_unknown,
			n_errors,
			n_mutants,
			n_mutants_ok,
			n_touch,
			n_staged;
static bool has_avx2;
static size_t max_states,
			max_size;

static void
fail(const char *what, const Touch *x, int n, int at)
{
	printf("FAILED: %s at touchpoint %d\nmodel: %s\n", what, at, literal);
	for (int i = 0; i < n; i++)
		printf("  %2d %lld %s @%s %s%g\n", i, (long long) x[i].at, x[i].event,
			   x[i].channel ? x[i].channel : "", x[i].has_value ? "=" : "no value ",
			   x[i].value);
	n_errors++;
	if (n_errors > 3)
		exit(1);
}

static void
compare(const Model *model, const StageMachine *m)
{
	Touch		x[MAX_TOUCH + 1];
	Answer		answers[MAX_TOUCH + 1];
	uint8_t    *bytes = malloc(8192);
	int			n = make_journey(x);
	size_t		size = encode(x, n, bytes, 8192);
	JourneyView view;
	JourneyLabel labels[MAX_TOUCH + 1];
	JourneyLabel chan[LENGTH(channels) + 1];
	uint16_t	classes[MAX_TOUCH + 1];
	uint8_t		flags = 0;
	StageWalk	w;
	void	   *memory = malloc(stage_walk_size(m) + 1);
	int			i = 0;

	bytes = realloc(bytes, size);
	if (!journey_open(&view, bytes, size))
		abort();
	journey_read_labels(view.labels, view.nlabels, labels);
	journey_read_labels(view.channels, view.nchannels, chan);
	for (uint32_t k = 0; k < view.nlabels; k++)
	{
		classes[k] = stage_machine_class(m, &labels[k]);
		flags |= m->class_flags[classes[k]];
		n_unknown += classes[k] == STAGE_CLASS_UNKNOWN;
	}

	ask_oracle(model, x, n, answers);
	stage_walk_first(&w, m, &view, labels, chan, classes, memory);
	for (; stage_walk_next(&w); i++)
	{
		if ((int) w.stage - 1 != answers[i].stage || w.silent != answers[i].silent)
			fail("stage of the rule loop differs", x, n, i);
		if ((int) w.purchase_no != answers[i].purchase_no ||
			(int) w.visit_no != answers[i].visit_no || w.waiting != answers[i].waiting)
			fail("context of the rule loop differs", x, n, i);
		n_touch++;
		n_staged += w.stage > 0;
	}
	if (i != n)
		fail("touchpoints got lost", x, n, i);

	for (int avx2 = 0; avx2 <= has_avx2; avx2++)
	{
		uint32_t   *entries = malloc(n * sizeof(uint32_t) + 1);

		gap_groups_avx2 = avx2;
		if (stage_run(m, &view, classes, entries))
		{
			n_by_automaton++;
			n_wide += avx2 && n > 1 && view.unit == 0 && view.nlabels <= 16;
			for (i = 0; i < n; i++)
			{
				if ((int) STAGE_ENTRY_STAGE(entries[i]) - 1 != answers[i].stage ||
					STAGE_IS_SILENT(entries[i]) != answers[i].silent)
					fail("automaton differs", x, n, i);
			}
		}
		else if (flags & STAGE_CLASS_DYNAMIC)
			n_dynamic++;
		else if (m->table != NULL)
			n_escapes++;
		free(entries);
	}
	n_journeys++;
	free(memory);
	free(bytes);
}

static StageMachine *
build(const StageModel *model)
{
	void	   *work = malloc(stage_machine_work(model));
	StageMachine *built = stage_machine_build(model, work);
	StageMachine *m = stage_machine_copy(built, malloc(built->size));

	free(work);
	return m;
}

/* A literal with a few bytes changed is an error or a model. */
static void
mutate_literal(void *scratch, StageModel *out)
{
	StageError	err;
	char	   *copy = malloc(literal_len);
	size_t		len = literal_len;

	memcpy(copy, literal, len);
	for (int i = 1 + below(4); i > 0; i--)
	{
		static const char chars[] = "\";->|@=<*.,- \n/1aw";
		size_t		at = below(len);

		if (chance(70))
			copy[at] = chars[below(sizeof(chars) - 1)];
		else if (chance(50))
			len = at + 1;
		else
			memmove(copy + at, copy + at + 1, --len - at);
		if (len < 2)
			break;
	}
	copy = realloc(copy, len);
	if (stage_parse(copy, len, scratch, out, &err))
	{
		free(build(out));
		n_mutants_ok++;
	}
	else if (err.offset > len || err.message == NULL)
	{
		printf("FAILED: error outside of the literal: %.*s\n", (int) len, copy);
		n_errors++;
	}
	n_mutants++;
	free(copy);
}

/* A value with a byte changed is rejected or harmless. */
static void
mutate_value(const StageModel *from)
{
	StageModel *copy = malloc(from->size);
	size_t		at = 4 + below(from->size - 4);

	memcpy(copy, from, from->size);
	((uint8_t *) copy)[at] ^= 1 << below(8);
	if (copy->size == from->size)
	{
		/* the hash tells models apart, so it must see every byte */
		if ((at < offsetof(StageModel, hash) || at >= offsetof(StageModel, size)) &&
			stage_hash(copy) == from->hash)
			fail("hash does not change", NULL, 0, at);
		copy->hash = stage_hash(copy);
		if (stage_check(copy, from->size))
		{
			StageMachine *m = build(copy);
			Touch		x[MAX_TOUCH + 1];
			uint8_t		bytes[8192];
			int			n = make_journey(x);
			size_t		size = encode(x, n, bytes, sizeof(bytes));
			JourneyView view;
			JourneyLabel labels[MAX_TOUCH + 1];
			JourneyLabel chan[LENGTH(channels) + 1];
			uint16_t	classes[MAX_TOUCH + 1];
			uint32_t	entries[MAX_TOUCH + 1];
			StageWalk	w;
			void	   *memory = malloc(stage_walk_size(m) + 1);

			stage_print(copy, NULL, 0);
			journey_open(&view, bytes, size);
			journey_read_labels(view.labels, view.nlabels, labels);
			journey_read_labels(view.channels, view.nchannels, chan);
			for (uint32_t k = 0; k < view.nlabels; k++)
				classes[k] = stage_machine_class(m, &labels[k]);
			stage_walk_first(&w, m, &view, labels, chan, classes, memory);
			while (stage_walk_next(&w))
				continue;
			stage_run(m, &view, classes, entries);
			free(memory);
			free(m);
			n_mutants_ok++;
		}
	}
	n_mutants++;
	free(copy);
}

int
main(int argc, char **argv)
{
	long		rounds = argc > 1 ? atol(argv[1]) : 1500;
	void	   *scratch = malloc(stage_parse_scratch(STAGE_MAX_BYTES));
	StageModel *out = malloc(STAGE_MAX_BYTES);
	StageModel *again = malloc(STAGE_MAX_BYTES);

	wellknown_init();
	gap_groups_init();
	has_avx2 = gap_groups_avx2;
	start_random(argc > 2 ? argv[2] : NULL, (uint64_t) time(NULL));
	printf("seed %llu\n", (unsigned long long) seed);
	for (long round = 0; round < rounds; round++)
	{
		static Model model;
		StageError	err;
		StageModel *exact;
		StageMachine *m;
		char	   *printed;
		size_t		len;

		make_model(&model);
		say_model(&model);
		if (!stage_parse(literal, literal_len, scratch, out, &err))
		{
			printf("FAILED: %s (%s) at %zu, expected %s\n%s\n", err.message, err.name,
				   err.offset, err.expected ? err.expected : "-", literal);
			n_errors++;
			break;
		}
		if (!stage_check(out, out->size))
			fail("stage_check rejects", NULL, 0, 0);
		len = stage_print(out, NULL, 0);
		printed = malloc(len);
		if (stage_print(out, printed, len) != len ||
			!stage_parse(printed, len, scratch, again, &err) ||
			again->size != out->size || memcmp(again, out, out->size) != 0)
		{
			printf("FAILED: does not read back: %.*s\n", (int) len, printed);
			n_errors++;
		}
		free(printed);

		/* bytes of its own, so that a step outside is seen */
		exact = malloc(out->size);
		memcpy(exact, out, out->size);
		m = build(exact);
		n_models++;
		n_automata += m->table != NULL;
		if (m->nstates > max_states)
			max_states = m->nstates;
		if (m->size > max_size)
			max_size = m->size;
		for (int i = 0; i < 40; i++)
			compare(&model, m);
		free(m);
		for (int i = 0; i < 5; i++)
			mutate_value(exact);
		free(exact);
		for (int i = 0; i < 5; i++)
			mutate_literal(scratch, out);
	}
	free(scratch);
	free(out);
	free(again);
	printf("%ld models, %ld with an automaton (at most %zu states, %zu bytes)\n",
		   n_models, n_automata, max_states, max_size);
	printf("%ld journeys of %ld touchpoints (%ld staged): %ld times by automaton, %ld of them in blocks, %ld dynamic, %ld escaped; %ld labels of unknown class\n",
		   n_journeys, n_touch, n_staged, n_by_automaton, n_wide, n_dynamic, n_escapes, n_unknown);
	printf("%ld mutants, %ld of them valid\n", n_mutants, n_mutants_ok);
	printf("%ld failures\n", n_errors);
	return n_errors > 0;
}
