/*
 * stage_automaton.c
 *	  A stage model compiled to states of the context.
 *
 * All that rules can tell about the context is finite where they
 * compare with constants: net purchases, visits and counters are counted up to
 * one more than the largest constant and stay there; that "customer has
 * bought" or "has done this before" are bits.  Only what some rule asks for is
 * counted.  Net purchases can fall again, so they are counted some further;
 * a refund past that is the escape.  A breadth-first search from the start
 * finds the contexts that occur.  The table is then at most
 * classes x 2 x states entries, some tens of kilobytes for the shipped models.
 */
#include "stage_build.h"
#include "wellknown.h"

#define ALIGN8(n)		(((n) + 7) & ~(size_t) 7)

/* A context taken apart. */
typedef struct State
{
	uint32_t	purchases;
	uint32_t	visit;
	uint32_t	nth[MAX_COUNTERS];
	uint32_t	after;			/* a bit for each "after" */
	bool		waiting;
	bool		can_wait;
} State;

/* -- states --------------------------------------------------------------------- */

static int
bits_for(uint32_t top)
{
	int			bits = 0;

	while (top >> bits)
		bits++;
	return bits;
}

/*
 * What has to be counted, and how far; `slack` is how much further than needed
 * net purchases are counted where refunds may take some back.  False if the
 * contexts do not fit a number or cannot be states at all.
 */
static bool
plan_counting(StageCounting *c, const StageModel *model, uint32_t slack)
{
	int			bits;

	memset(c, 0, sizeof(*c));
	if (model->nnth > MAX_COUNTERS || model->nafter > 32)
		return false;
	for (uint32_t i = 0; i < model->nconds; i++)
	{
		const StageCond *cond = &STAGE_CONDS(model)[i];
		uint32_t	number = (uint32_t) cond->number;

		switch (cond->kind)
		{
			case SC_PROSPECT:
			case SC_CUSTOMER:
				c->purchases = true;
				break;
			case SC_WAITING:
				c->waiting = model->delivery == SD_LOGGED ||
					(model->delivery == SD_AUTO && model->delivered > 0);
				break;
			case SC_PURCHASE_NO:
				c->purchases = true;
				if (number > c->purchase_top)
					c->purchase_top = number;
				break;
			case SC_VISIT_NO:
				c->visits = true;
				if (number > c->visit_top)
					c->visit_top = number;
				break;
			case SC_NTH:
				if (number > c->nth_top[cond->index])
					c->nth_top[cond->index] = number;
				break;
			case SC_AFTER:
				if (cond->has_within)
					return false;
				break;
			default:
				break;
		}
	}
	if (c->purchases)
		c->purchase_top += 1 + (model->refund > 0 ? slack : 0);
	if (c->visits)
		c->visit_top++;
	c->purchase_bits = bits_for(c->purchase_top);
	c->visit_bits = bits_for(c->visit_top);
	bits = 2 + c->purchase_bits + c->visit_bits + model->nafter;
	for (uint32_t i = 0; i < model->nnth; i++)
	{
		c->nth_bits[i] = bits_for(++c->nth_top[i]);
		bits += c->nth_bits[i];
	}
	return bits <= 64;
}

static uint64_t
pack(const StageBuilder *b, const State *s)
{
	const StageCounting *c = &b->counting;
	uint64_t	key = s->after;

	for (uint32_t i = 0; i < b->model->nnth; i++)
		key = (key << c->nth_bits[i]) | s->nth[i];
	key = (key << c->visit_bits) | s->visit;
	key = (key << c->purchase_bits) | s->purchases;
	return (key << 2) | (s->waiting ? 2 : 0) | (s->can_wait ? 1 : 0);
}

static void
unpack(const StageBuilder *b, uint64_t key, State *s)
{
	const StageCounting *c = &b->counting;

	s->can_wait = key & 1;
	s->waiting = (key >> 1) & 1;
	key >>= 2;
	s->purchases = key & ((UINT64_C(1) << c->purchase_bits) - 1);
	key >>= c->purchase_bits;
	s->visit = key & ((UINT64_C(1) << c->visit_bits) - 1);
	key >>= c->visit_bits;
	for (uint32_t i = b->model->nnth; i-- > 0;)
	{
		s->nth[i] = key & ((UINT64_C(1) << c->nth_bits[i]) - 1);
		key >>= c->nth_bits[i];
	}
	s->after = (uint32_t) key;
}

/* The number of a state, given one if it is new; -1 if there are too many. */
static int
state_number(StageBuilder *b, uint64_t key)
{
	uint32_t	h = (uint32_t) ((key * UINT64_C(0x9e3779b97f4a7c15)) >> 40) & (NHASH - 1);

	for (; b->hash[h] != 0; h = (h + 1) & (NHASH - 1))
	{
		if (b->keys[b->hash[h] - 1] == key)
			return b->hash[h] - 1;
	}
	if (b->machine.nstates + 1 >= STAGE_MAX_STATES ||
		(size_t) (b->machine.nstates + 2) * b->machine.nclasses * 2 > STAGE_MAX_ENTRIES)
		return -1;
	b->keys[b->machine.nstates] = key;
	b->hash[h] = ++b->machine.nstates;
	return b->machine.nstates - 1;
}

static bool
condition_holds(const State *s, const StageCond *c)
{
	bool		holds = false;

	switch (c->kind)
	{
		case SC_PROSPECT:
			holds = s->purchases == 0;
			break;
		case SC_CUSTOMER:
			holds = s->purchases > 0;
			break;
		case SC_WAITING:
			holds = s->waiting && s->can_wait;
			break;
		case SC_PURCHASE_NO:
			holds = matcher_compares(s->purchases, c->op, c->number);
			break;
		case SC_VISIT_NO:
			holds = matcher_compares(s->visit, c->op, c->number);
			break;
		case SC_NTH:
			holds = matcher_compares(s->nth[c->index], c->op, c->number);
			break;
		case SC_AFTER:
			holds = (s->after >> c->index) & 1;
			break;
		default:
			break;
	}
	return holds != c->negated;
}

/*
 * One touchpoint of a class that is not dynamic: changes the state, returns
 * the entry without the next state's number.  The order of events is that of
 * stage_walk.c.
 */
static uint32_t
step(const StageBuilder *b, State *s, uint32_t class, bool new_visit)
{
	const StageModel *model = b->model;
	const StageCounting *c = &b->counting;
	const uint8_t *fits = b->class_fits + (size_t) class * model->nslots;
	uint32_t	entry = 0;

	if (new_visit && s->visit < c->visit_top)
		s->visit++;
	if (model->purchase > 0 && fits[model->purchase - 1] == MF_ALWAYS)
	{
		if (s->purchases < c->purchase_top)
			s->purchases++;
		s->waiting = c->waiting;
	}
	if (model->refund > 0 && fits[model->refund - 1] == MF_ALWAYS)
	{
		if (c->purchases && s->purchases == c->purchase_top)
			return STAGE_ESCAPE;
		if (s->purchases > 0)
			s->purchases--;
		s->waiting = false;
	}
	if (model->delivered > 0 && fits[model->delivered - 1] == MF_ALWAYS)
		s->waiting = false;
	for (uint32_t i = 0; i < model->nnth; i++)
	{
		if (fits[STAGE_NTH(model)[i]] == MF_ALWAYS && s->nth[i] < c->nth_top[i])
			s->nth[i]++;
	}

	if (model->ignore > 0 && fits[model->ignore - 1] == MF_ALWAYS)
		entry = STAGE_SILENT;
	else
	{
		for (uint32_t i = b->class_rules[class]; i < b->class_rules[class + 1]; i++)
		{
			const StageRule *r = &STAGE_RULES(model)[b->rules[i]];
			const StageCond *cond = &STAGE_CONDS(model)[r->first_cond];
			uint32_t	k = 0;

			while (k < r->nconds && condition_holds(s, &cond[k]))
				k++;
			if (k == r->nconds)
			{
				entry = r->stage > 0 ? (uint32_t) r->stage << 16 : STAGE_SILENT;
				break;
			}
		}
	}

	for (uint32_t i = 0; i < model->nafter; i++)
	{
		if (fits[STAGE_AFTER(model)[i]] == MF_ALWAYS)
			s->after |= UINT32_C(1) << i;
	}
	return entry;
}

/* Find all states and their entries; false if there are too many. */
static bool
find_states(StageBuilder *b, uint32_t slack)
{
	const StageModel *model = b->model;
	StageMachine *m = &b->machine;
	State		start;

	m->nstates = 0;
	memset(b->hash, 0, NHASH * sizeof(*b->hash));
	if (!plan_counting(&b->counting, model, slack))
		return false;

	memset(&start, 0, sizeof(start));
	start.visit = b->counting.visits ? 1 : 0;
	for (int delivery = 0; delivery < 2; delivery++)
	{
		int			number;

		start.can_wait = b->counting.waiting &&
			(model->delivery == SD_LOGGED || delivery == 1);
		number = state_number(b, pack(b, &start));
		if (number < 0)
			return false;
		m->start[delivery] = number;
	}
	for (uint32_t state = 0; state < m->nstates; state++)
	{
		uint32_t   *out = b->found + (size_t) state * m->nclasses * 2;
		State		here;

		unpack(b, b->keys[state], &here);
		for (uint32_t i = 0; i < m->nclasses * 2; i++)
		{
			State		next;
			uint32_t	entry = STAGE_ESCAPE;
			int			number;

			if (!(b->class_flags[i / 2] & STAGE_CLASS_DYNAMIC))
			{
				next = here;
				entry = step(b, &next, i / 2, i & 1);
			}
			if (!STAGE_IS_ESCAPE(entry))
			{
				number = state_number(b, pack(b, &next));
				if (number < 0)
					return false;
				entry |= number;
			}
			out[i] = entry;
		}
	}
	return true;
}

/*
 * Turn the entries by state into rows by class.  The state behind the last is
 * the trap that the escape leads to.
 */
static void
make_table(StageBuilder *b)
{
	StageMachine *m = &b->machine;
	uint32_t	trap = m->nstates++;

	for (uint32_t i = 0; i < m->nclasses * 2; i++)
	{
		uint32_t   *row = b->table + (size_t) i * m->nstates;

		for (uint32_t state = 0; state < trap; state++)
		{
			uint32_t	entry = b->found[(size_t) state * m->nclasses * 2 + i];

			row[state] = STAGE_IS_ESCAPE(entry) ? STAGE_ESCAPE | trap : entry;
		}
		row[trap] = STAGE_ESCAPE | trap;
	}
}

/* -- the machine ------------------------------------------------------------------ */

/* Parts of one piece of memory, one behind the other. */
typedef struct Parts
{
	char	   *base;			/* NULL: only measuring */
	size_t		used;
} Parts;

static void *
part(Parts *p, size_t count, size_t width)
{
	void	   *at = p->base ? p->base + p->used : NULL;

	p->used += ALIGN8(count * width);
	return at;
}

static uint32_t
class_limit(const StageModel *model)
{
	uint32_t	n = MAX_FIT_BYTES / (model->nslots > 0 ? model->nslots : 1);

	return n < STAGE_MAX_CLASSES ? n : STAGE_MAX_CLASSES;
}

/* The memory of a builder. */
static size_t
lay_out(const StageModel *model, char *work, StageBuilder *b)
{
	Parts		parts = {work, 0};
	uint32_t	n = class_limit(model);

	part(&parts, 1, sizeof(StageBuilder));
	b->known_class = part(&parts, wellknown_count, sizeof(uint16_t));
	b->class_flags = part(&parts, n, 1);
	b->class_fits = part(&parts, (size_t) (n + 1) * model->nslots, 1);
	b->class_rules = part(&parts, n + 2, sizeof(uint32_t));
	b->rules = part(&parts, MAX_RULE_REFS, sizeof(uint16_t));
	b->buckets = part(&parts, NBUCKETS, sizeof(uint16_t));
	b->table = part(&parts, STAGE_MAX_ENTRIES, sizeof(uint32_t));
	b->found = part(&parts, STAGE_MAX_ENTRIES, sizeof(uint32_t));
	b->keys = part(&parts, STAGE_MAX_STATES, sizeof(uint64_t));
	b->hash = part(&parts, NHASH, sizeof(uint16_t));
	b->stage_labels = part(&parts, model->nstages, sizeof(JourneyLabel));
	b->nterms = stage_terms(model);
	b->terms = part(&parts, b->nterms, sizeof(StageTerm));
	b->term_lists = part(&parts, STAGE_TERM_LISTS, sizeof(uint16_t));
	return parts.used;
}

size_t
stage_machine_work(const StageModel *model)
{
	StageBuilder b;

	return lay_out(model, NULL, &b);
}

static void
name_stages(const StageModel *model, JourneyLabel *labels)
{
	for (uint32_t i = 0; i < model->nstages; i++)
	{
		size_t		len;
		const char *text = stage_name(model, i, &len);

		journey_label_from_text(&labels[i], text, len);
	}
}

/* Lay a machine out in `to`; only the size if that is NULL. */
static size_t
copy_machine(const StageMachine *from, char *to)
{
	Parts		parts = {to, 0};
	StageMachine *m = part(&parts, 1, sizeof(StageMachine));
	const StageModel *model = from->model;
	StageMachine head = *from;
	size_t		nslots = model->nslots;

#define COPY(field, type, count) \
	do { \
		type	   *p_ = part(&parts, (count), sizeof(type)); \
		if (to != NULL && (count) > 0) \
			memcpy(p_, from->field, (count) * sizeof(type)); \
		head.field = p_; \
	} while (0)

	COPY(known_class, uint16_t, wellknown_count);
	COPY(class_flags, uint8_t, from->nclasses);
	COPY(class_rules, uint32_t, from->nclasses + 1);
	COPY(rules, uint16_t, from->nrules);
	COPY(buckets, uint16_t, from->nbuckets);
	if (from->table != NULL)
		COPY(table, uint32_t, (size_t) from->nclasses * 2 * from->nstates);
	COPY(class_fits, uint8_t, from->nclasses * nslots);
	COPY(stage_labels, JourneyLabel, from->nstages);
#undef COPY
	head.model = part(&parts, model->size, 1);
	head.size = parts.used;
	if (to != NULL)
	{
		memcpy((char *) head.model, model, model->size);
		name_stages(head.model, (JourneyLabel *) head.stage_labels);
		*m = head;
	}
	return parts.used;
}

StageMachine *
stage_machine_build(const StageModel *model, void *work)
{
	static const uint8_t slacks[] = {6, 2, 0};
	StageBuilder *b = work;
	StageMachine *m = &b->machine;
	bool		ok = false;

	memset(b, 0, sizeof(*b));
	lay_out(model, work, b);
	b->model = model;
	b->max_classes = class_limit(model);
	memset(b->buckets, 0, NBUCKETS * sizeof(*b->buckets));
	memset(b->class_fits, 0, model->nslots);
	name_stages(model, b->stage_labels);

	m->model = model;
	m->session_timeout = model->session_timeout;
	m->nstages = model->nstages;
	m->stage_labels = b->stage_labels;
	m->known_class = b->known_class;
	m->class_flags = b->class_flags;
	m->class_fits = b->class_fits;
	m->class_rules = b->class_rules;
	m->rules = b->rules;
	m->nbuckets = NBUCKETS;
	m->buckets = b->buckets;

	stage_find_classes(b);
	m->nrules = b->class_rules[m->nclasses];
	for (size_t i = 0; i < sizeof(slacks) && !ok; i++)
		ok = find_states(b, slacks[i]);
	if (ok)
	{
		make_table(b);
		m->table = b->table;
		m->uses_visits = b->counting.visits;
	}
	else
		m->nstates = 0;
	m->size = copy_machine(m, NULL);
	return m;
}

StageMachine *
stage_machine_copy(const StageMachine *from, void *to)
{
	copy_machine(from, to);
	return to;
}
