/*
 * stage_machine.c
 *	  A backend's cache of the machines of stage models.
 *
 * Building a machine takes a millisecond or so, a journey far less than a
 * microsecond; so machines are kept for the life of the backend, the eight
 * used last, found by the 64-bit content hash of their model.  Each lives in
 * a memory context of its own together with the classes of label texts that
 * were met.  Nothing is kept in fn_extra: where a server re-creates that for
 * each row, the cache still holds.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "stage_machine.h"

#define CACHE_ENTRIES	8
#define PLACES			16		/* a power of two */
#define MEMO_MAX_LABELS 4096	/* then forgotten */
#define MEMO_FIRST_SIZE 64		/* a power of two */

/* A long journey can be cancelled this often. */
#define INTERRUPT_MASK	0xffff

typedef struct MemoEntry
{
	JourneyLabel label;			/* its text lies in the memo's context */
	uint16		class;
	bool		used;
} MemoEntry;

typedef struct CacheEntry
{
	MemoryContext context;
	const StageMachine *machine;	/* NULL: free */
	const StageModel *places[PLACES];	/* where equal models were seen last */
	uint32		last_place;		/* the one of these asked for last */
	uint64		last_use;
	MemoryContext memo_context;
	MemoEntry  *memo;
	uint32		memo_size;
	uint32		memo_count;
} CacheEntry;

static CacheEntry cache[CACHE_ENTRIES];
static CacheEntry *last_entry = NULL;
static uint64 use_counter = 0;

/*
 * An equal model was seen at a place.  A query that asks for the model in
 * several expressions has it at as many places, in turns.
 */
static void
remember_place(CacheEntry *entry, const StageModel *model)
{
	entry->last_place = (entry->last_place + 1) & (PLACES - 1);
	entry->places[entry->last_place] = model;
}

static inline bool
is_place(CacheEntry *entry, const StageModel *model)
{
	if (likely(entry->places[entry->last_place] == model))
		return true;
	for (uint32 i = 0; i < PLACES; i++)
	{
		if (entry->places[i] == model)
		{
			entry->last_place = i;
			return true;
		}
	}
	return false;
}

/*
 * Is this the machine of that model?  The bytes are compared once for each
 * place where a model is met; after that its hash and size say that the place
 * still holds the same.
 */
static inline bool
is_machine_of(CacheEntry *entry, const StageModel *model)
{
	const StageModel *mine;

	if (entry->machine == NULL)
		return false;
	mine = entry->machine->model;
	if (mine->hash != model->hash || mine->size != model->size)
		return false;
	if (is_place(entry, model))
		return true;
	if (memcmp(&mine->version, &model->version,
			   model->size - offsetof(StageModel, version)) != 0)
		return false;
	remember_place(entry, model);
	return true;
}

static void
forget(CacheEntry *entry)
{
	MemoryContext context = entry->context;

	memset(entry, 0, sizeof(*entry));
	if (last_entry == entry)
		last_entry = NULL;
	if (context != NULL)
		MemoryContextDelete(context);
}

static void
build(CacheEntry *entry, const StageModel *model)
{
	MemoryContext context;
	void	   *work;
	StageMachine *built;
	StageMachine *machine;

	if (VARSIZE(model) < sizeof(StageModel) || model->version != STAGE_VERSION ||
		model->size != VARSIZE(model) || !stage_check(model, model->size))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stage_model value is not readable"),
				 errdetail("Its format is not version %d or its parts do not fit its size.",
						   STAGE_VERSION)));

	work = palloc(stage_machine_work(model));
	built = stage_machine_build(model, work);

	/* it outlives the query only once nothing can fail any more */
	context = AllocSetContextCreate(CurrentMemoryContext, "journey stage machine",
									ALLOCSET_SMALL_SIZES);
	machine = stage_machine_copy(built, MemoryContextAlloc(context, built->size));
	pfree(work);
	MemoryContextSetParent(context, CacheMemoryContext ? CacheMemoryContext : TopMemoryContext);

	forget(entry);
	entry->context = context;
	entry->machine = machine;
	remember_place(entry, model);
}

const StageMachine *
stage_machine_get(const StageModel *model)
{
	CacheEntry *oldest;

	if (likely(last_entry != NULL && is_machine_of(last_entry, model)))
		return last_entry->machine;

	oldest = &cache[0];
	for (int i = 0; i < CACHE_ENTRIES; i++)
	{
		if (is_machine_of(&cache[i], model))
		{
			last_entry = &cache[i];
			last_entry->last_use = ++use_counter;
			return last_entry->machine;
		}
		if (cache[i].last_use < oldest->last_use)
			oldest = &cache[i];
	}
	build(oldest, model);
	last_entry = oldest;
	last_entry->last_use = ++use_counter;
	return last_entry->machine;
}

/* -- classes of label texts ---------------------------------------------------- */

static uint32
memo_slot(const CacheEntry *entry, const JourneyLabel *label)
{
	uint32		slot = (journey_label_key(label) >> 8) & (entry->memo_size - 1);

	while (entry->memo[slot].used &&
		   !journey_label_equal(&entry->memo[slot].label, label))
		slot = (slot + 1) & (entry->memo_size - 1);
	return slot;
}

/* Make room for one more label: the first table, a larger one, an empty one. */
static void
memo_make_room(CacheEntry *entry)
{
	MemoEntry  *old = entry->memo;
	uint32		old_size = entry->memo_size;
	uint32		size = old_size == 0 ? MEMO_FIRST_SIZE : old_size * 2;

	if (entry->memo_count >= MEMO_MAX_LABELS)
	{
		entry->memo = NULL;
		entry->memo_size = entry->memo_count = 0;
		MemoryContextReset(entry->memo_context);
		old = NULL;
		old_size = 0;
		size = MEMO_FIRST_SIZE;
	}
	if (entry->memo_context == NULL)
		entry->memo_context = AllocSetContextCreate(entry->context,
													"journey label classes",
													ALLOCSET_DEFAULT_SIZES);
	entry->memo = MemoryContextAllocZero(entry->memo_context, size * sizeof(MemoEntry));
	entry->memo_size = size;
	for (uint32 i = 0; i < old_size; i++)
	{
		if (old[i].used)
			entry->memo[memo_slot(entry, &old[i].label)] = old[i];
	}
	if (old != NULL)
		pfree(old);
}

uint16
stage_text_class(const StageMachine *m, const JourneyLabel *label)
{
	CacheEntry *entry = last_entry;
	MemoEntry  *found;
	char	   *text;

	/* a machine that is not the last one asked for: rare, but right */
	if (unlikely(entry == NULL || entry->machine != m))
	{
		entry = NULL;
		for (int i = 0; i < CACHE_ENTRIES; i++)
		{
			if (cache[i].machine == m)
				entry = &cache[i];
		}
		if (entry == NULL)
			return stage_machine_class(m, label);
	}

	if (entry->memo_size > 0)
	{
		found = &entry->memo[memo_slot(entry, label)];
		if (likely(found->used))
			return found->class;
	}
	if (entry->memo_size == 0 || entry->memo_count * 2 >= entry->memo_size ||
		entry->memo_count >= MEMO_MAX_LABELS)
		memo_make_room(entry);
	text = MemoryContextAlloc(entry->memo_context, Max(label->len, 1));
	memcpy(text, label->text, label->len);
	found = &entry->memo[memo_slot(entry, label)];
	found->label = *label;
	found->label.text = text;
	found->class = stage_machine_class(m, label);
	found->used = true;
	entry->memo_count++;
	return found->class;
}

/* -- journeys ------------------------------------------------------------------- */

uint8
stage_classes(const StageMachine *m, const JourneyView *view, uint16 *classes)
{
	const uint8 *p = view->labels;
	uint8		flags = 0;

	if (view->plain)
	{
		for (uint32 i = 0; i < view->nlabels; i++)
		{
			classes[i] = stage_known_class(m, p[i]);
			flags |= m->class_flags[classes[i]];
		}
		return flags;
	}
	for (uint32 i = 0; i < view->nlabels; i++)
	{
		JourneyLabel label;

		p = journey_next_label(p, &label);
		classes[i] = stage_label_class(m, &label);
		flags |= m->class_flags[classes[i]];
	}
	return flags;
}

void
stage_tables(StageTables *t, const StageMachine *m, const JourneyView *view)
{
	t->labels = palloc((view->nlabels + 1) * sizeof(JourneyLabel));
	t->channels = palloc((view->nchannels + 1) * sizeof(JourneyLabel));
	t->classes = palloc((view->nlabels + 1) * sizeof(uint16));
	t->flags = 0;
	journey_read_labels(view->labels, view->nlabels, t->labels);
	journey_read_labels(view->channels, view->nchannels, t->channels);
	for (uint32 i = 0; i < view->nlabels; i++)
	{
		t->classes[i] = stage_label_class(m, &t->labels[i]);
		t->flags |= m->class_flags[t->classes[i]];
	}
}

void
stage_walk_start(StageWalk *w, const StageMachine *m, const JourneyView *view,
				 const StageTables *t)
{
	stage_walk_first(w, m, view, t->labels, t->channels, t->classes,
					 palloc(Max(stage_walk_size(m), 8)));
}

/*
 * Entries of all touchpoints; of those that come from the rule loop only stage
 * and STAGE_SILENT are set.
 */
uint32 *
stage_entries(const StageMachine *m, const JourneyView *view, const StageTables *t)
{
	uint32	   *entries = palloc(Max(view->count, 1) * sizeof(uint32));
	StageWalk	w;

	if (stage_run(m, view, t->classes, entries))
		return entries;

	stage_walk_start(&w, m, view, t);
	for (uint32 i = 0; stage_walk_next(&w); i++)
	{
		entries[i] = (w.stage << 16) | (w.silent ? STAGE_SILENT : 0);
		if ((i & INTERRUPT_MASK) == INTERRUPT_MASK)
			CHECK_FOR_INTERRUPTS();
	}
	return entries;
}
