/*
 * transitions_test.c
 *	  Random journeys counted in cells and in rows, stages in the matrix and in
 *	  rows: the same tally; and nothing is read that is outside the value.
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
#include "core/tally_cells.h"
#include "core/tally_dense.h"
#include "core/transitions.h"
#include "core/wellknown.h"
#include "journey_support.h"
#include "tally_support.h"
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
start_matrix(Tally *t, uint32_t shift)
{
	size_t		size = (size_t) t->text_off + t->text_cap;

	t = realloc(t, tally_dense_size(size, shift));
	tally_dense_start(t, size, shift);
	return t;
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
	apacked = pack_tally(a, &asize);
	bpacked = pack_tally(b, &bsize);
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

/* -- cells ------------------------------------------------------------------ */

#define MANY	300				/* more labels than cells have lines */

typedef struct Cells
{
	Tally	   *t;
	TallyCells	c;
	void	   *memory[4000];
	uint32_t	npieces;
} Cells;

static void *
give(Cells *cells, size_t size)
{
	REQUIRE(cells->npieces < 4000);
	return cells->memory[cells->npieces++] = calloc(1, size);
}

static Cells *
create_cells(void)
{
	Cells	   *cells = calloc(1, sizeof(Cells));

	cells->t = create();
	tally_cells_start(&cells->c, give(cells, tally_cells_pairs_size(0)), 0);
	return cells;
}

static void settle(Cells *cells);

static void
make_room(Cells *cells, CellsFull missing, TallyFull full)
{
	uint32_t	n = 1 + below(100);
	TallyFull	unsettled;
	uint32_t	nlabels;

	switch (missing)
	{
		case CELLS_FULL_TALLY:
			cells->t = enlarge(cells->t, full);
			break;
		case CELLS_FULL_BLOCKS:
			tally_cells_give(&cells->c, give(cells, n * CELLS_BYTES), n);
			break;
		case CELLS_FULL_PASSED:
			while ((unsettled = tally_cells_pass(&cells->c, cells->t)) != TALLY_OK)
				cells->t = enlarge(cells->t, unsettled);
			break;
		case CELLS_FULL_LABELS:
			/* what was before stays among the pieces */
			settle(cells);
			nlabels = cells->t->nlabels < CELLS_MAX_LABELS ? cells->t->nlabels : CELLS_MAX_LABELS;
			tally_cells_widen(&cells->c, give(cells, tally_cells_pairs_size(nlabels)), nlabels);
			break;
		case CELLS_OK:
		case CELLS_NOT_THIS:
			REQUIRE(false);
	}
}

/* Before it is read. */
static void
settle(Cells *cells)
{
	CellsFull	missing;
	TallyFull	full = TALLY_OK;

	while ((missing = tally_cells_settle(&cells->c, cells->t, &full)) != CELLS_OK)
		make_room(cells, missing, full);
}

static void
count_in_cells(Cells *cells, const uint8_t *data, const JourneyView *v)
{
	uint32_t	map[MANY];
	TransitionRun counting;
	CellsFull	missing;
	TallyFull	full = TALLY_OK;

	if (below(8) > 0 && transitions_count_usual(&cells->c, data, (size_t) (v->end - data)))
		return;
	transitions_start(&counting, v, map);
	while ((missing = transitions_count_cells(cells->t, &cells->c, &counting, &full)) != CELLS_OK)
	{
		if (missing == CELLS_NOT_THIS)
		{
			while ((full = transitions_count(cells->t, &counting)) != TALLY_OK)
				cells->t = enlarge(cells->t, full);
			break;
		}
		make_room(cells, missing, full);
	}
}

/* All that one has is added to another, through bytes; frees it. */
static void
add_cells(Cells *to, Cells *from, bool room)
{
	uint32_t	map[MANY];
	CellsAdding at = {0, 0, false};
	CellsFull	missing;
	TallyFull	full = TALLY_OK;
	size_t		size;
	uint8_t    *bytes;
	const uint8_t *p;

	for (uint32_t i = 0; i < from->t->nlabels; i++)
	{
		JourneyLabel label;
		int32_t		number;

		tally_label_get(from->t, i, &label);
		while ((number = tally_label(to->t, &label, &full)) < 0)
			to->t = enlarge(to->t, full);
		map[i] = (uint32_t) number;
	}
	if (tally_cells_shift(to->t->nlabels) > to->c.shift)
		make_room(to, CELLS_FULL_LABELS, TALLY_OK);
	if (room)
		make_room(to, CELLS_FULL_BLOCKS, TALLY_OK);
	settle(from);
	if (below(2))
		settle(to);
	while ((missing = tally_cells_add(&to->c, to->t, from->t, map, &at, &full)) != CELLS_OK)
		make_room(to, missing, full);
	size = tally_cells_write_size(&from->c);
	bytes = malloc(size + 1);
	REQUIRE(tally_cells_write(&from->c, bytes) == bytes + size);
	for (p = bytes; (missing = tally_cells_read(&to->c, to->t, &p, bytes + size, map, &full)) != CELLS_OK;)
		make_room(to, missing, full);
	REQUIRE(p == bytes + size);
	free(bytes);
	for (uint32_t i = 0; i < from->npieces; i++)
		free(from->memory[i]);
	free(from->t);
	free(from);
}

/* What a row says, cells and rows together say as well. */
static void
check_sums(Cells *cells, const Tally *rows)
{
	const double p[2] = {below(101) / 100.0, 0.95};

	for (uint32_t i = 0; i < rows->nrows; i++)
	{
		const TallyRow *row = tally_row_at(rows, i);
		int32_t		numbers[2];
		CellsSum	sum;

		for (int k = 0; k < 2; k++)
		{
			int64_t		key = tally_keys(row)[k];
			JourneyLabel label;
			TallyFull	full;

			if (key >= 0)
			{
				tally_label_get(rows, (uint32_t) key, &label);
				key = tally_label(cells->t, &label, &full);
			}
			numbers[k] = (int32_t) key;
		}
		tally_cells_sum(&cells->c, cells->t, numbers[0], numbers[1], p, &sum);
		REQUIRE(sum.durations == tally_duration_count(rows, row));
		REQUIRE(sum.count == sum.durations + tally_counters(rows, row)[TC_TRANSITION_COUNT]);
		REQUIRE(sum.customers == tally_counters(rows, row)[TC_TRANSITION_CUSTOMERS]);
		for (int k = 0; k < 2 && sum.durations > 0; k++)
			REQUIRE(sum.quantile[k] == tally_quantile(rows, row, p[k]));
	}
}

/*
 * With one label and short gaps cells pass their end; parts have met the labels
 * in orders of their own, and one of them is a tally without cells.
 */
static void
run_cells(uint32_t journeys, uint32_t max_labels, uint32_t max_count)
{
	uint32_t	nparts = 1 + below(4);
	Cells	   *parts[4];
	Tally	   *rows = create();
	JourneyLabel names[MANY];
	char		texts[MANY][40];
	uint32_t	next = 0;
	bool		plain = below(4) == 0;	/* well-known names alone */
	TallyFull	full;

	for (uint32_t i = 0; i < nparts; i++)
		parts[i] = create_cells();
	for (uint32_t i = 0; i < MANY; i++)
	{
		size_t		len = (size_t) snprintf(texts[i], sizeof(texts[i]), "%s%u",
											i % 3 ? "a name of some bytes " : "e", i);
		const char *text = texts[i];

		if (plain || i % 4 == 0)
			text = wellknown_text((uint16_t) i, &len);
		else if (i % 4 == 1)
			len = (size_t) snprintf(texts[i], sizeof(texts[i]), "page_view/%u", i);
		journey_label_from_text(&names[i], text, len);
	}
	for (uint32_t k = 0; k < journeys; k++)
	{
		JourneyView v;
		uint32_t	map[MANY];
		bool		extras = below(8) == 0;
		uint32_t	nlabels = 1 + below(below(4) && max_labels > 20 ? 20 : max_labels);
		uint8_t    *journey = make_journey(names + below(max_labels - nlabels + 1), nlabels,
										   below(max_count + 1), extras && below(2),
										   extras && below(2), &v);
		TransitionRun counting;
		uint32_t	part = below(nparts + 1);

		transitions_start(&counting, &v, map);
		while ((full = transitions_count(rows, &counting)) != TALLY_OK)
			rows = enlarge(rows, full);
		choose_processor();
		if (part < nparts)
			count_in_cells(parts[part], journey + 1, &v);
		else
		{
			transitions_start(&counting, &v, map);
			while ((full = transitions_count(parts[0]->t, &counting)) != TALLY_OK)
				parts[0]->t = enlarge(parts[0]->t, full);
		}
		free(journey);
	}
	if (max_labels <= CELLS_MAX_LABELS)
		for (uint32_t i = 1; i < nparts; i++)
			add_cells(parts[0], parts[i], below(2));
	settle(parts[0]);
	if (max_labels <= CELLS_MAX_LABELS)
		check_sums(parts[0], rows);
	while ((full = tally_cells_to_rows(parts[0]->t, &parts[0]->c, &next)) != TALLY_OK)
		parts[0]->t = enlarge(parts[0]->t, full);
	/* too many labels for cells together: added as rows */
	for (uint32_t i = 1; i < nparts && max_labels > CELLS_MAX_LABELS; i++)
	{
		uint32_t	row = 0;
		bool		overflow;

		settle(parts[i]);
		next = 0;
		while ((full = tally_cells_to_rows(parts[i]->t, &parts[i]->c, &next)) != TALLY_OK)
			parts[i]->t = enlarge(parts[i]->t, full);
		while ((full = tally_add(parts[0]->t, parts[i]->t, &row, &overflow)) != TALLY_OK)
			parts[0]->t = enlarge(parts[0]->t, full);
		REQUIRE(!overflow);
		for (uint32_t k = 0; k < parts[i]->npieces; k++)
			free(parts[i]->memory[k]);
		free(parts[i]->t);
		free(parts[i]);
	}
	for (uint32_t k = 0; k < parts[0]->npieces; k++)
		free(parts[0]->memory[k]);
	check_same(parts[0]->t, rows);
	free(parts[0]);
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
	const uint32_t shift = machine->nstages <= DENSE_FEW_LABELS && below(3) > 0 ?
	DENSE_FEW_SHIFT : DENSE_SHIFT;
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
	dense = start_matrix(dense, shift);
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
			dense = start_matrix(dense, shift);
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
		run_cells(200, 1 + below(4), 1 + below(6));
		run_cells(100, 1 + below(16), 1 + below(24));
		run_stages(machine, 300, 1 + below(7), 1 + below(24));
	}
	for (uint32_t i = 0; i < 40; i++)
		run_cells(200, 1 + below(MANY), 1 + below(60));
	for (uint32_t i = 0; i < 5; i++)
	{
		run_cells(100, MANY, 1500);
		run_cells(400, 1 + below(2), 1200);
	}
	for (uint32_t i = 0; i < 20; i++)
	{
		run_cells(20, 1 + below(20), 1200);
		run_cells(100, 1 + below(20), 200);
		run_stages(machine, 20, LABELS, 1200);
		run_stages(machine, 100, 1 + below(7), 200);
	}
	REQUIRE(escapes > 100);
	free(machine);
	printf("ok\n");
	return 0;
}
