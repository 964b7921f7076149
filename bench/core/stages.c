/*
 * stages.c
 *	  Stages of touchpoints, by the automaton and by the rule loop, and the
 *	  transitions between them.
 *
 * The model has what the shipped ones have: visits, customers, numbers of
 * purchases, refunds, and touchpoints in no stage.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "core/stage.h"
#include "core/tally_dense.h"
#include "core/transitions.h"

static const char model_text[] =
"stages awareness > consideration > conversion > retention > advocacy;"
"option session_timeout = 30 min;"
"purchase = purchase; refund = refund;"
"share | link_copied_by_user | image_sent_to_friend -> advocacy;"
"sign_up | guest_made_account when prospect -> consideration;"
"page_view | home_screen_opened | category_page_shown when prospect and visit_no = 1 -> awareness;"
"page_view | blog_article_read | brand_story_opened when prospect -> consideration;"
"purchase when purchase_no = 1 -> conversion;"
"purchase | refund -> retention;"
"add_to_cart | basket_item_added | begin_checkout | add_payment_info when prospect -> conversion;"
"search | view_item* | select_item | product_* | carousel_* when prospect -> consideration;"
"help_article_read | size_guide_opened -> none;"
"page_view | search | view_item* | add_to_cart | basket_* | begin_checkout | product_* when customer -> retention;";

static StageMachine *machine;

/* Classes of labels that are text, found by their hash as in the server. */
#define KEPT	1024			/* a power of 2, more than there are names */
static struct
{
	JourneyLabel label;
	uint16_t	class;
	bool		used;
}			kept[KEPT];

void
prepare_stages(const Store *store)
{
	size_t		len = strlen(model_text);
	void	   *scratch = allocate(1, stage_parse_scratch(len));
	StageModel *model = allocate(1, STAGE_MAX_BYTES);
	StageError	error;
	void	   *work;
	StageMachine *built;

	(void) store;
	transitions_init();
	if (!stage_parse(model_text, len, scratch, model, &error))
	{
		fprintf(stderr, "at %zu: %s\n", error.offset, error.message);
		die("the stage model is wrong");
	}
	work = allocate(1, stage_machine_work(model));
	built = stage_machine_build(model, work);
	if (built->table == NULL)
		die("the stage model has no automaton");
	machine = stage_machine_copy(built, allocate(1, built->size));
	free(work);
	free(model);
	free(scratch);
}

static uint16_t
text_class(const JourneyLabel *label)
{
	uint32_t	place = label->hash % KEPT;

	while (kept[place].used && !journey_label_equal(&kept[place].label, label))
		place = (place + 1) % KEPT;
	if (!kept[place].used)
	{
		kept[place].label = *label;
		kept[place].class = stage_machine_class(machine, label);
		kept[place].used = true;
	}
	return kept[place].class;
}

/* The classes of the labels of a journey; returns their flags together. */
static uint8_t
label_classes(const JourneyView *v, uint16_t *classes)
{
	const uint8_t *p = v->labels;
	uint8_t		flags = 0;

	for (uint32_t i = 0; i < v->nlabels; i++)
	{
		JourneyLabel label;

		p = journey_next_label(p, &label);
		classes[i] = label.text == NULL ? stage_known_class(machine, label.known) : text_class(&label);
		flags |= machine->class_flags[classes[i]];
	}
	return flags;
}

/* -- stages of touchpoints -------------------------------------------------------- */

static uint64_t
automaton_all(const Store *store)
{
	uint32_t   *entries = allocate(store->touchpoints, sizeof(uint32_t));
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		uint16_t	classes[MAX_NAMES];
		JourneyView v;
		uint64_t	part = 0;

		open_journey(store, i, &v);
		(void) label_classes(&v, classes);
		if (stage_run(machine, &v, classes, entries))
		{
			for (uint32_t k = 0; k < v.count; k++)
				part = part * 3 + STAGE_ENTRY_STAGE(entries[k]);
		}
		else
		{
			/* more purchases than it counts, then a refund */
			static uint64_t memory[1 << 16];
			JourneyLabel labels[MAX_NAMES];
			JourneyLabel channels[MAX_NAMES];
			StageWalk	w;

			if (stage_walk_size(machine) > sizeof(memory))
				die("a walk takes too much memory");
			journey_read_labels(v.labels, v.nlabels, labels);
			journey_read_labels(v.channels, v.nchannels, channels);
			stage_walk_first(&w, machine, &v, labels, channels, classes, memory);
			while (stage_walk_next(&w))
				part = part * 3 + w.stage;
		}
		sum = mix(sum, part);
	}
	free(entries);
	return sum;
}

static uint64_t
rules_all(const Store *store)
{
	void	   *memory = allocate(1, stage_walk_size(machine));
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		uint16_t	classes[MAX_NAMES];
		JourneyLabel labels[MAX_NAMES];
		JourneyLabel channels[MAX_NAMES];
		JourneyView v;
		StageWalk	w;
		uint64_t	part = 0;

		open_journey(store, i, &v);
		(void) label_classes(&v, classes);
		journey_read_labels(v.labels, v.nlabels, labels);
		journey_read_labels(v.channels, v.nchannels, channels);
		stage_walk_first(&w, machine, &v, labels, channels, classes, memory);
		while (stage_walk_next(&w))
			part = part * 3 + w.stage;
		sum = mix(sum, part);
	}
	free(memory);
	return sum;
}

/* -- transitions between them -------------------------------------------------------- */

/* What is left of a journey that the automaton gave up. */
static Tally *
finish(Tally *t, TransitionRun *run)
{
	void	   *memory = allocate(1, stage_walk_size(machine));
	uint16_t	classes[MAX_NAMES];
	JourneyLabel labels[MAX_NAMES];
	JourneyLabel channels[MAX_NAMES];
	StageWalk	w;
	int64_t		last = 0;
	TallyFull	full;

	(void) label_classes(run->view, classes);
	journey_read_labels(run->view->labels, run->view->nlabels, labels);
	journey_read_labels(run->view->channels, run->view->nchannels, channels);
	stage_walk_first(&w, machine, run->view, labels, channels, classes, memory);
	while (stage_walk_next(&w))
	{
		if (w.stage == 0)
			continue;
		if (w.cursor.next > run->next)
		{
			while ((full = transitions_step(t, run, (int32_t) w.stage - 1, w.cursor.at - last)) != TALLY_OK)
				t = tally_make_larger(t, full);
		}
		last = w.cursor.at;
	}
	if (run->from != TALLY_MARK_START)
	{
		while ((full = transitions_step(t, run, TALLY_MARK_END, 0)) != TALLY_OK)
			t = tally_make_larger(t, full);
	}
	free(memory);
	return t;
}

static inline uint64_t
count_all(const Store *store, bool dense)
{
	Tally	   *t = tally_make(TALLY_TRANSITIONS);
	TallyFull	full;

	while ((full = transitions_stages(t, machine)) != TALLY_OK)
		t = tally_make_larger(t, full);
	for (uint32_t i = 0; i < store->count; i++)
	{
		uint16_t	classes[MAX_NAMES];
		JourneyView v;
		TransitionRun run;
		uint8_t		flags;

		open_journey(store, i, &v);
		flags = label_classes(&v, classes);
		transitions_start(&run, &v, NULL);
		run.machine = machine;
		run.classes = classes;
		run.offsite = (flags & STAGE_CLASS_OFFSITE) != 0;
		run.state = machine->start[(flags & STAGE_CLASS_DELIVERY) != 0];
		if (dense && t->dense_off == 0)
		{
			size_t		size = (size_t) t->text_off + t->text_cap;
			uint32_t	shift = t->nlabels <= DENSE_FEW_LABELS ? DENSE_FEW_SHIFT : DENSE_SHIFT;

			t = realloc(t, tally_dense_size(size, shift));
			if (t == NULL)
				die("out of memory");
			tally_dense_start(t, size, shift);
		}
		if (!dense || !transitions_count_stages_dense(t, &run))
		{
			while ((full = transitions_count_stages(t, &run)) != TALLY_OK)
				t = tally_make_larger(t, full);
		}
		if (run.escaped)
			t = finish(t, &run);
	}
	counted = t;
	return 0;
}

static uint64_t
count_dense(const Store *store)
{
	return count_all(store, true);
}

static uint64_t
count_rows(const Store *store)
{
	return count_all(store, false);
}

static uint64_t
count_dense_expected(const Store *store)
{
	(void) count_all(store, true);
	return counted_checksum(store);
}

static uint64_t
count_rows_expected(const Store *store)
{
	(void) count_all(store, false);
	return counted_checksum(store);
}

const Way	stage_ways[] = {
	{"stages", "automaton", "stage_run", automaton_all, NULL, rules_all},
	{"stages", "rules", "stage_walk_next", rules_all, NULL, automaton_all},
	{"stages", "dense", "transitions_count_stages_dense", count_dense, counted_checksum, count_rows_expected},
	{"stages", "rows", "transitions_count_stages", count_rows, counted_checksum, count_dense_expected},
	{0}
};
