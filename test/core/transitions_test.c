/*
 * transitions_test.c
 *	  Random journeys counted in the matrix and in rows, events and stages: the
 *	  same tally; and nothing is read that is outside the value.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o transitions_test \
 *		  test/core/transitions_test.c src/core/[a-z]*.c -lm
 *	  ./transitions_test [seed]
 *
 * Every value stands in a piece of memory of its own, with the one byte of a
 * short header before it, so that a read before or behind it is seen.  Most
 * have few touchpoints and labels: there the loops that read eight or sixteen
 * bytes at once have the least room.  The processor is asked to do without AVX2
 * and without SSSE3, too.  Prints "ok", or where it failed and the seed.
 */
#include "core/gap_groups.h"
#include "core/tally_dense.h"
#include "core/transitions.h"
#include "core/wellknown.h"
#include "journey_support.h"
#include "test.h"

#define LABELS	16

static bool has_avx2;
static bool has_ssse3;
static uint32_t escapes;

/* Leave the processor this or that for the next journey. */
static void
choose_processor(void)
{
	gap_groups_avx2 = has_avx2 && below(3) > 0;
	gap_groups_ssse3 = has_ssse3 && below(3) > 0;
}

/* -- tallies ---------------------------------------------------------------- */

static Tally *
enlarge(Tally *t, TallyFull what)
{
	size_t		size = tally_grown_size(t, what, 0);
	Tally	   *larger;

	REQUIRE(size > 0);
	larger = calloc(1, size);
	tally_grow(larger, t, what, 0);
	if (t->dense_off != 0)
	{
		uint32_t	next = 0;
		TallyFull	full;

		while ((full = tally_dense_add(larger, tally_dense(t), &next)) != TALLY_OK)
			larger = enlarge(larger, full);
	}
	free(t);
	return larger;
}

static Tally *
create(void)
{
	Tally	   *t = calloc(1, tally_initial_size(TALLY_TRANSITIONS));

	tally_init(t, TALLY_TRANSITIONS);
	return t;
}

static Tally *
start_matrix(Tally *t)
{
	size_t		size = (size_t) t->text_off + t->text_cap;

	t = realloc(t, tally_dense_size(size));
	tally_dense_start(t, size);
	return t;
}

static Tally *
pack(const Tally *t, size_t *size)
{
	void	   *scratch = malloc(tally_pack_scratch(t));
	Tally	   *packed;

	*size = tally_pack_measure(t, scratch);
	packed = calloc(1, *size);
	tally_pack(packed, t, scratch);
	free(scratch);
	return packed;
}

/* Frees both. */
static void
check_same(Tally *a, Tally *b)
{
	size_t		asize;
	size_t		bsize;
	Tally	   *apacked;
	Tally	   *bpacked;

	if (a->dense_off != 0)
		a = enlarge(a, TALLY_OK);
	apacked = pack(a, &asize);
	bpacked = pack(b, &bsize);
	REQUIRE(asize == bsize);
	REQUIRE(memcmp(apacked, bpacked, asize) == 0);
	free(apacked);
	free(bpacked);
	free(a);
	free(b);
}

/* -- journeys --------------------------------------------------------------- */

/* A journey and its view; to be freed. */
static uint8_t *
make_journey(const JourneyLabel *names, uint32_t nlabels, uint32_t count,
			 bool channels, bool values, JourneyView *v)
{
	static const uint32_t longest[] = {1, 200, 60000, 16000000, 40000000};
	JourneyTouch *touch = calloc(count + 1, sizeof(JourneyTouch));
	double	   *value = calloc(count + 1, sizeof(double));
	JourneySource src = {touch, count, names, nlabels, names, channels ? nlabels : 0, values ? value : NULL};
	uint32_t	gaps = 1 + below(below(20) ? 4 : 5);
	int64_t		at = INT64_C(820000000) * 1000000;
	uint8_t    *p;

	for (uint32_t i = 0; i < count; i++)
	{
		touch[i].at = at;
		touch[i].label = (uint16_t) below(nlabels);
		touch[i].channel = channels ? (uint16_t) below(nlabels + 1) : 0;
		touch[i].seq = i;
		at += (int64_t) below(longest[below(gaps)]) * 1000000;
	}
	p = encode_journey(&src, v);
	free(touch);
	free(value);
	return p;
}

static void
run(uint32_t journeys, uint32_t max_labels, uint32_t max_count, bool plain)
{
	Tally	   *dense = start_matrix(create());
	Tally	   *rows = create();
	JourneyLabel names[LABELS];
	char		texts[LABELS][32];

	for (uint32_t i = 0; i < LABELS; i++)
	{
		size_t		len = (size_t) snprintf(texts[i], sizeof(texts[i]), "label %u", i);
		const char *text = texts[i];

		if (plain || i % 2 == 0)
			text = wellknown_text((uint16_t) i, &len);
		journey_label_from_text(&names[i], text, len);
	}
	for (uint32_t k = 0; k < journeys; k++)
	{
		JourneyView v;
		uint32_t	map[LABELS];
		bool		extras = below(8) == 0;
		uint8_t    *journey = make_journey(names, 1 + below(max_labels), below(max_count + 1),
										   extras && below(2), extras && below(2), &v);
		TransitionRun counting;
		TallyFull	full;

		transitions_start(&counting, &v, map);
		while ((full = transitions_count(rows, &counting)) != TALLY_OK)
			rows = enlarge(rows, full);
		choose_processor();
		if (!transitions_count_dense(dense, &v))
		{
			/* as the aggregate does: growing moves the matrix into rows */
			transitions_start(&counting, &v, map);
			while ((full = transitions_count(dense, &counting)) != TALLY_OK)
				dense = enlarge(dense, full);
			if (dense->dense_off == 0)
				dense = start_matrix(dense);
		}
		free(journey);
	}
	check_same(dense, rows);
}

/* -- stages ----------------------------------------------------------------- */

/*
 * Touchpoints in no stage, ignored ones, offsite ones; a new visit makes a
 * difference, and the third refund in a row leads into the escape.
 */
static const char *const model_text =
"stages a > b > c;"
"option session_timeout = 20 sec;"
"purchase = purchase; refund = refund; offsite = search; ignore = login;"
"page_view when prospect and visit_no = 1 -> a;"
"page_view when visit_no <= 4 -> b;"
"view_item when visit_no > 2 -> c;"
"purchase -> c; search -> a;";

static StageMachine *
make_machine(void)
{
	void	   *scratch = malloc(stage_parse_scratch(strlen(model_text)));
	StageModel *model = calloc(1, STAGE_MAX_BYTES);
	StageError	error;
	void	   *work;
	StageMachine *machine;
	StageMachine *copy;

	REQUIRE(stage_parse(model_text, strlen(model_text), scratch, model, &error));
	work = malloc(stage_machine_work(model));
	machine = stage_machine_build(model, work);
	REQUIRE(machine->table != NULL);
	copy = stage_machine_copy(machine, malloc(machine->size));
	free(work);
	free(model);
	free(scratch);
	return copy;
}

/* Count what is left as the caller of an automaton that gave up might. */
static Tally *
finish(Tally *t, TransitionRun *run)
{
	TallyFull	full;

	if (run->escaped && run->from != TALLY_MARK_START)
		while ((full = transitions_step(t, run, TALLY_MARK_END, 0)) != TALLY_OK)
			t = enlarge(t, full);
	return t;
}

static void
run_stages(const StageMachine *machine, uint32_t journeys, uint32_t max_labels, uint32_t max_count)
{
	static const char *const texts[] = {"page_view", "view_item", "purchase", "refund", "login", "scroll", "search"};
	const uint32_t nnames = 6 + below(2);
	Tally	   *dense = create();
	Tally	   *rows = create();
	JourneyLabel names[LABELS];
	TallyFull	full;

	for (uint32_t i = 0; i < LABELS; i++)
	{
		const char *text = texts[below(nnames)];

		journey_label_from_text(&names[i], text, strlen(text));
	}
	while ((full = transitions_stages(dense, machine)) != TALLY_OK)
		dense = enlarge(dense, full);
	while ((full = transitions_stages(rows, machine)) != TALLY_OK)
		rows = enlarge(rows, full);
	dense = start_matrix(dense);
	for (uint32_t k = 0; k < journeys; k++)
	{
		JourneyView v;
		uint16_t	classes[LABELS];
		uint8_t    *journey = make_journey(names, 1 + below(max_labels), 1 + below(max_count),
										   below(8) == 0, below(8) == 0, &v);
		const uint8_t *p = v.labels;
		uint8_t		flags = 0;
		TransitionRun a;
		TransitionRun b;

		for (uint32_t i = 0; i < v.nlabels; i++)
		{
			JourneyLabel label;

			p = journey_next_label(p, &label);
			classes[i] = stage_machine_class(machine, &label);
			flags |= machine->class_flags[classes[i]];
		}
		REQUIRE((flags & STAGE_CLASS_DYNAMIC) == 0);
		transitions_start(&a, &v, NULL);
		a.machine = machine;
		a.classes = classes;
		a.offsite = (flags & STAGE_CLASS_OFFSITE) != 0;
		a.state = machine->start[(flags & STAGE_CLASS_DELIVERY) != 0];
		b = a;
		while ((full = transitions_count_stages(rows, &a)) != TALLY_OK)
			rows = enlarge(rows, full);
		choose_processor();
		if (!transitions_count_stages_dense(dense, &b))
		{
			while ((full = transitions_count_stages(dense, &b)) != TALLY_OK)
				dense = enlarge(dense, full);
		}
		REQUIRE(a.escaped == b.escaped);
		REQUIRE(!a.escaped || (a.next == b.next && a.from == b.from));
		escapes += a.escaped;
		rows = finish(rows, &a);
		dense = finish(dense, &b);
		if (dense->dense_off == 0)
			dense = start_matrix(dense);
		free(journey);
	}
	check_same(dense, rows);
}

int
main(int argc, char **argv)
{
	StageMachine *machine;

	start_random(argc > 1 ? argv[1] : NULL, 20260101);
	wellknown_init();
	transitions_init();
	has_avx2 = gap_groups_avx2;
	has_ssse3 = gap_groups_ssse3;
	machine = make_machine();
	for (uint32_t i = 0; i < 300; i++)
	{
		run(600, 1 + below(4), 1 + below(6), below(4) > 0);
		run(300, 1 + below(DENSE_LABELS), 1 + below(24), below(2));
		run_stages(machine, 300, 1 + below(7), 1 + below(24));
	}
	for (uint32_t i = 0; i < 20; i++)
	{
		run(20, 1 + below(DENSE_LABELS), 1200, below(2));
		run(100, 1 + below(DENSE_LABELS), 200, below(2));
		run_stages(machine, 20, LABELS, 1200);
		run_stages(machine, 100, 1 + below(7), 200);
	}
	REQUIRE(escapes > 100);
	free(machine);
	printf("ok\n");
	return 0;
}
