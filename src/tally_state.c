/*
 * tally_state.c
 *	  Tallies as aggregate states: making, growing and adding them up.
 *
 * A state is one flat value that the executor owns.  A transition function
 * changes it in place where it has room; where it has not, it returns a larger
 * copy, which the executor moves to its own memory, freeing the old one.  So
 * nothing here frees or keeps a state that came in.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "busy_tally.h"
#include "journey.h"
#include "tally_state.h"
#include "core/retention_matrix.h"
#include "core/tally_dense.h"

Tally *
tally_create(int kind)
{
	size_t		size = tally_initial_size(kind);
	Tally	   *t = palloc0(size);

	tally_init(t, kind);
	SET_VARSIZE(t, size);
	return t;
}

Tally *
tally_state(FunctionCallInfo fcinfo, int argno, int kind)
{
	struct varlena *given = (struct varlena *) PG_GETARG_POINTER(argno);
	Tally	   *t = (Tally *) given;
	bool		ours = AggCheckCallContext(fcinfo, NULL) != 0;

	/* the first state of a strict function is a copy of a stored value */
	if (VARATT_IS_EXTENDED(given))
	{
		t = (Tally *) pg_detoast_datum_copy(given);
		ours = true;
	}
	if (t->in_transit)
	{
		t = tally_of(PointerGetDatum(t));
		ours = true;
	}
	if (kind != 0 && t->kind != kind)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("cannot count into a %s tally: a %s tally is needed",
						tally_shape(t->kind)->name, tally_shape(kind)->name)));
	/* a list of activities gets its rows when one is looked up */
	if ((t->packed && !is_retention_few(t)) || !ours)
		t = tally_enlarge(t, TALLY_OK, 0);
	return t;
}

Tally *
tally_enlarge(const Tally *t, TallyFull what, uint32_t room)
{
	size_t		size;
	Tally	   *larger;

	if (is_retention_few(t))
		t = tally_packed(t);
	size = tally_grown_size(t, what, room);
	if (size == 0)
	{
		if (what == TALLY_FULL_LABELS && t->nlabels >= TALLY_MAX_LABELS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many different labels in one tally"),
					 errdetail("A tally holds at most %d labels.", TALLY_MAX_LABELS),
					 errhint("Classify the journeys first, or keep only the touchpoints that matter.")));
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("tally would exceed the maximum size of %d MB",
						(int) (TALLY_MAX_BYTES / (1024 * 1024))),
				 errdetail("It has %u labels and %u rows.", t->nlabels, t->nrows),
				 errhint("Count fewer different labels or periods, or make several tallies, one for each part of the data.")));
	}
	CHECK_FOR_INTERRUPTS();
	larger = palloc0(size);
	tally_grow(larger, t, what, room);
	SET_VARSIZE(larger, size);
	if (t->dense_off != 0)
	{
		uint32		next = 0;
		TallyFull	full;

		while ((full = tally_dense_add(larger, tally_dense(t), &next)) != TALLY_OK)
			larger = tally_enlarge(larger, full, 0);
	}
	return larger;
}

TallyRow *
tally_row_grow(Tally **t, const int64 *keys)
{
	TallyFull	full;
	TallyRow   *row;

	while ((row = tally_row(*t, keys, &full)) == NULL)
		*t = tally_enlarge(*t, full, 0);
	return row;
}

int32_t
tally_label_grow(Tally **t, const JourneyLabel *label)
{
	TallyFull	full;
	int32		number;

	while ((number = tally_label(*t, label, &full)) < 0)
		*t = tally_enlarge(*t, full, 0);
	return number;
}

void
tally_duration_grow(Tally **t, TallyRow **row, int64 us, int64 times)
{
	TallyFull	full;

	while ((full = tally_count_duration(*t, *row, us, times)) != TALLY_OK)
	{
		size_t		number = ((uint8 *) *row - tally_rows(*t)) / tally_row_size(*t);

		*t = tally_enlarge(*t, full, 0);
		*row = tally_row_at(*t, (uint32) number);
	}
}

void
tally_merge_params_checked(Tally *dst, const Tally *src)
{
	const TallyShape *shape = tally_shape(dst->kind);
	int64		params[TALLY_PARAMS];
	int			differs;

	memcpy(params, dst->params, sizeof(params));
	differs = tally_merge_params(dst, src);
	if (differs >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot add up %s tallies that differ in %s",
						shape->name, shape->params[differs].name),
				 errdetail("One has %lld, the other %lld.",
						   (long long) params[differs],
						   (long long) src->params[differs])));
}

void
tally_merge(Tally **dst, const Tally *src)
{
	const Tally *given = *dst;
	const TallyShape *shape = tally_shape(given->kind);
	uint32		next = 0;
	bool		overflow;
	TallyFull	full;

	if (src->dense_off != 0 && !is_retention_few(src))
		src = tally_enlarge(src, TALLY_OK, 0);
	if (given->kind != src->kind)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("cannot add a %s tally to a %s tally",
						tally_shape(src->kind)->name, shape->name)));
	tally_merge_params_checked(*dst, src);
	if (is_retention_few(src))
	{
		if (is_retention_few(*dst) && !is_retention_matrix(*dst) && !is_retention_matrix(src))
		{
			Tally	   *longer = *dst;

			if (retention_few_append(longer, src) ||
				((longer = tally_longer_few(longer, retention_few(src)->count)) != NULL &&
				 retention_few_append(longer, src)))
			{
				*dst = longer;
				return;
			}
		}
		src = tally_packed(src);
	}

	while ((full = tally_add(*dst, src, &next, &overflow)) != TALLY_OK)
	{
		Tally	   *larger = tally_enlarge(*dst, full, 0);

		if (*dst != given)
			pfree(*dst);
		*dst = larger;
	}
	if (overflow)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("counter of a %s tally is out of range", shape->name)));
}

Tally *
tally_longer_few(const Tally *t, uint32 more)
{
	Size		size = VARSIZE(t);
	Tally	   *longer;

	do
		size *= 2;
	while (size <= RETENTION_FEW_MAX &&
		   retention_few_room(size) < retention_few(t)->count + more);
	if (size > RETENTION_FEW_MAX)
		return NULL;
	longer = palloc0(size);
	retention_few_init(longer, size);
	retention_few_copy(longer, t);
	SET_VARSIZE(longer, size);
	return longer;
}

Tally *
tally_larger_matrix(const Tally *t)
{
	uint32		room = is_retention_matrix(t) ? 2 * retention_matrix(t)->room : 8;
	Tally	   *larger;

	retention_matrix_init();
	for (; room <= RETENTION_MATRIX_COHORTS; room *= 2)
	{
		Size		size = retention_matrix_size(room);

		larger = palloc0(size);
		if (retention_matrix_start(larger, t, room))
		{
			SET_VARSIZE(larger, size);
			return larger;
		}
		pfree(larger);
	}
	return NULL;
}

static Tally *
retention_packed(const Tally *t)
{
	bool		matrix = is_retention_matrix(t);
	void	   *scratch = palloc(matrix ? retention_matrix_scratch(t) : retention_few_scratch(t));
	size_t		size = matrix ? retention_matrix_measure(t, scratch) :
	retention_few_measure(t, scratch);
	Tally	   *packed = palloc0(size);

	if (matrix)
		retention_matrix_pack(packed, t, scratch);
	else
		retention_few_pack(packed, t, scratch);
	SET_VARSIZE(packed, size);
	pfree(scratch);
	return packed;
}

const Tally *
tally_packed(const Tally *t)
{
	void	   *scratch;
	size_t		size;
	Tally	   *packed;

	if (is_retention_few(t))
		return retention_packed(t);
	if (t->packed)
		return t;
	if (t->dense_off != 0)
		t = tally_enlarge(t, TALLY_OK, 0);
	scratch = palloc(tally_pack_scratch(t));
	size = tally_pack_measure(t, scratch);
	packed = palloc0(size);
	tally_pack(packed, t, scratch);
	SET_VARSIZE(packed, size);
	pfree(scratch);
	return packed;
}

void
tally_must_be(const Tally *t, int kind)
{
	const char *wanted = tally_shape(kind)->name;
	const char *given = tally_shape(t->kind)->name;

	if (t->kind != kind)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("%s %s tally is needed, not %s %s tally", wanted[0] == 'a' ? "an" : "a", wanted,
						given[0] == 'a' ? "an" : "a", given)));
}

Datum *
tally_label_texts(const Tally *t)
{
	Datum	   *texts = palloc((t->nlabels + 1) * sizeof(Datum));

	for (uint32 i = 0; i < t->nlabels; i++)
	{
		JourneyLabel label;

		tally_label_get(t, i, &label);
		texts[i] = journey_label_datum(&label);
	}
	return texts;
}

static int
compare_labels(const void *a, const void *b, void *tally)
{
	JourneyLabel x;
	JourneyLabel y;

	tally_label_get(tally, *(const uint32 *) a, &x);
	tally_label_get(tally, *(const uint32 *) b, &y);
	return journey_label_cmp(&x, &y);
}

uint32 *
tally_label_order(const Tally *t)
{
	uint32	   *order = palloc((t->nlabels + 1) * sizeof(uint32));

	for (uint32 i = 0; i < t->nlabels; i++)
		order[i] = i;
	if (!t->packed)
		qsort_arg(order, t->nlabels, sizeof(uint32), compare_labels, (void *) t);
	return order;
}

Datum
tally_unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/*
 * The combine function of every aggregate whose state is a tally, and the
 * transition function of rollup.
 */
PG_FUNCTION_INFO_V1(tally_combine);
Datum
tally_combine(PG_FUNCTION_ARGS)
{
	Tally	   *state;

	if (is_busy_tally(PG_GETARG_DATUM(0)) || is_busy_tally(PG_GETARG_DATUM(1)))
		return busy_combine(fcinfo);
	state = tally_state(fcinfo, 0, 0);
	tally_merge(&state, PG_GETARG_TALLY_P(1));
	PG_RETURN_POINTER(state);
}

/* The final function of aggregates that answer with the tally itself. */
PG_FUNCTION_INFO_V1(tally_final);
Datum
tally_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(tally_packed(PG_GETARG_TALLY_P(0)));
}
