/*
 * condition_rows.c
 *	  What the aggregates over raw rows share: conditions and times as
 *	  arguments, and a state that keeps a row's time and which conditions it
 *	  fulfils.
 *
 * The conditions are declared VARIADIC "any", not boolean[]: an array would be
 * built for every row, which costs more than everything else here.  That they
 * are boolean is therefore checked here, once for a query.
 *
 * Rows are appended as they come and sorted at the end, if they are not sorted
 * by then; two sorted states become a sorted one by merging.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "condition_rows.h"

/* Doubling ends here, growth by half begins. */
#define DOUBLING_LIMIT	(1 << 20)

/* What the first growth makes: 512 bytes, as memory comes in powers of two. */
#define FIRST_GROWTH	32

/* -- arguments ----------------------------------------------------------------- */

MemoryContext
condition_rows_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	return context;
}

static void
too_many_conditions(int count)
{
	ereport(ERROR,
			(errcode(ERRCODE_TOO_MANY_ARGUMENTS),
			 errmsg("too many conditions"),
			 errdetail("There are %d, at most %d are allowed.", count, CONDITIONS_MAX)));
}

void
conditions_check(FunctionCallInfo fcinfo, int first, Conditions *c)
{
	c->first = first;
	c->array = get_fn_expr_variadic(fcinfo->flinfo);
	c->count = c->array ? 0 : PG_NARGS() - first;
	if (c->array)
	{
		Oid			type = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, first));

		if (type != BOOLARRAYOID)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("conditions must be of type boolean[], not %s",
							format_type_be(type)),
					 errhint("After VARIADIC stands one array of all conditions.")));
		return;
	}
	if (c->count > CONDITIONS_MAX)
		too_many_conditions(c->count);
	for (int i = 0; i < c->count; i++)
	{
		Oid			type = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, first + i));

		/* a bare NULL has no type yet */
		if (type != BOOLOID && (type != UNKNOWNOID || !PG_ARGISNULL(first + i)))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("condition %d must be of type boolean, not %s", i + 1,
							format_type_be(type)),
					 errhint("Write a comparison, for example event = 'purchase', or cast it to boolean.")));
	}
}

/* The conditions of a row as one boolean[]; how many in c->count. */
uint64
conditions_array_mask(FunctionCallInfo fcinfo, Conditions *c)
{
	int			argno = c->first;
	uint64		mask = 0;
	ArrayType  *array;
	Datum	   *values;
	bool	   *nulls;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("array of conditions must not be null"),
				 errhint("A condition that is NULL is false; the array of them must be there.")));
	array = PG_GETARG_ARRAYTYPE_P(argno);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array of conditions must have one dimension")));
	deconstruct_array(array, BOOLOID, 1, true, TYPALIGN_CHAR, &values, &nulls, &c->count);
	if (c->count > CONDITIONS_MAX)
		too_many_conditions(c->count);
	if (c->count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("array of conditions must not be empty")));
	for (int i = 0; i < c->count; i++)
		mask |= (uint64) (!nulls[i] && DatumGetBool(values[i])) << i;
	pfree(values);
	pfree(nulls);
	if ((Pointer) array != PG_GETARG_POINTER(argno))
		pfree(array);
	return mask;
}

void
conditions_vary(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("number of conditions must be the same for all rows")));
}

void
row_time_infinite(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("time of a row cannot be infinite")));
}

void
parameter_varies(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" must be the same for all rows of a group", name)));
}

/* NULL stands for an argument that is NULL. */
bool
same_text(const text * a, const text * b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* A copy that lives as long as this place of the query. */
text *
keep_text(FunctionCallInfo fcinfo, const text * t)
{
	text	   *copy;

	if (t == NULL)
		return NULL;
	copy = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, VARSIZE_ANY_EXHDR(t) + VARHDRSZ);
	SET_VARSIZE(copy, VARSIZE_ANY_EXHDR(t) + VARHDRSZ);
	memcpy(VARDATA(copy), VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
	return copy;
}

/* -- rows ------------------------------------------------------------------------ */

ConditionRows condition_rows_nowhere = {.rows = condition_rows_nowhere.few};

void
condition_rows_init(ConditionRows *r, MemoryContext context, int conditions,
					bool joined)
{
	r->context = context;
	r->rows = r->few;
	r->latest = PG_INT64_MIN;
	r->count = 0;
	r->allocated = lengthof(r->few);
	r->conditions = conditions;
	r->sorted = true;
	r->joined = joined;
}

/* Make room for some more rows. */
void
condition_rows_grow(ConditionRows *r, uint32 more)
{
	uint64		needed = (uint64) r->count + more;
	uint64		allocated = r->allocated;

	if (needed <= allocated)
		return;
	if (needed > CONDITION_ROWS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many rows in one group"),
				 errdetail("At most %d rows of a group can be kept.", CONDITION_ROWS_MAX),
				 errhint("A customer with so many rows is often a robot or a missing customer id.")));
	allocated += allocated < DOUBLING_LIMIT ? allocated : allocated / 2;
	allocated = Min(Max(Max(allocated, needed), FIRST_GROWTH), CONDITION_ROWS_MAX);
	if (r->rows == r->few)
	{
		r->rows = MemoryContextAlloc(r->context, allocated * sizeof(ConditionRow));
		memcpy(r->rows, r->few, r->count * sizeof(ConditionRow));
	}
	else
		r->rows = repalloc(r->rows, allocated * sizeof(ConditionRow));
	r->allocated = (uint32) allocated;
}

/* Add a row that may be no later than one before it, or finds no room. */
void
condition_rows_insert(ConditionRows *r, int64 at, uint64 mask)
{
	ConditionRow *row;

	if (r->count > 0)
	{
		ConditionRow *last = &r->rows[r->count - 1];

		if (at < last->at)
			r->sorted = false;
		else if (at == last->at && r->joined && (mask == 0) == (last->mask == 0))
		{
			last->mask |= mask;
			return;
		}
		if (r->count == r->allocated)
			condition_rows_grow(r, 1);
	}
	row = &r->rows[r->count++];
	row->at = at;
	row->mask = mask;
	r->latest = Max(r->latest, at);
}

void
condition_rows_merge(ConditionRows *r, const ConditionRows *other)
{
	if (other->conditions != r->conditions)
		conditions_vary();
	if (other->count == 0)
		return;
	condition_rows_grow(r, other->count);
	if (r->sorted && other->sorted && r->count > 0 &&
		other->rows[0].at < r->rows[r->count - 1].at)
	{
		/* from the end, where there is room */
		int64		a = (int64) r->count - 1;
		int64		b = (int64) other->count - 1;

		for (int64 to = a + other->count; b >= 0; to--)
		{
			if ((to & (CONDITION_ROWS_SLICE - 1)) == 0)
				CHECK_FOR_INTERRUPTS();
			r->rows[to] = a >= 0 && r->rows[a].at > other->rows[b].at ?
				r->rows[a--] : other->rows[b--];
		}
	}
	else
	{
		r->sorted = r->sorted && other->sorted;
		memcpy(r->rows + r->count, other->rows, other->count * sizeof(ConditionRow));
	}
	r->count += other->count;
	r->latest = Max(r->latest, other->latest);
}

static inline int
compare_at(const ConditionRow *a, const ConditionRow *b)
{
	return a->at < b->at ? -1 : a->at > b->at;
}

#define ST_SORT sort_rows
#define ST_ELEMENT_TYPE ConditionRow
#define ST_COMPARE(a, b) compare_at(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static inline int
compare_masks(const ConditionRow *a, const ConditionRow *b)
{
	return a->mask < b->mask ? -1 : a->mask > b->mask;
}

#define ST_SORT sort_tie
#define ST_ELEMENT_TYPE ConditionRow
#define ST_COMPARE(a, b) compare_masks(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

void
condition_rows_sort(ConditionRows *r)
{
	if (!r->sorted)
		sort_rows(r->rows, r->count);
	r->sorted = true;
}

void
condition_rows_sort_all(ConditionRows *r)
{
	condition_rows_sort(r);
	for (uint32 i = 0; i < r->count;)
	{
		uint32		end = i + 1;

		while (end < r->count && r->rows[end].at == r->rows[i].at)
			end++;
		if (end - i > 1)
		{
			CHECK_FOR_INTERRUPTS();
			sort_tie(r->rows + i, end - i);
		}
		i = end;
	}
}

/* -- serialised -------------------------------------------------------------------- */

void
condition_rows_send(StringInfo buf, const ConditionRows *r)
{
	pq_sendbyte(buf, r->conditions);
	pq_sendbyte(buf, r->sorted);
	pq_sendbyte(buf, r->joined);
	pq_sendint32(buf, r->count);
	enlargeStringInfo(buf, r->count * 16);
	for (uint32 i = 0; i < r->count; i++)
	{
		if ((i & (CONDITION_ROWS_SLICE - 1)) == 0)
			CHECK_FOR_INTERRUPTS();
		pq_writeint64(buf, r->rows[i].at);
		pq_writeint64(buf, r->rows[i].mask);
	}
}

void
condition_rows_receive(StringInfo buf, ConditionRows *r, MemoryContext context)
{
	int			conditions = pq_getmsgbyte(buf);
	bool		sorted = pq_getmsgbyte(buf);
	bool		joined = pq_getmsgbyte(buf);
	uint32		count = pq_getmsgint(buf, 4);

	if (count > (uint32) (buf->len - buf->cursor) / 16)
		elog(ERROR, "state of an aggregate over rows is cut off");
	condition_rows_init(r, context, conditions, joined);
	condition_rows_grow(r, count);
	for (uint32 i = 0; i < count; i++)
	{
		if ((i & (CONDITION_ROWS_SLICE - 1)) == 0)
			CHECK_FOR_INTERRUPTS();
		r->rows[i].at = pq_getmsgint64(buf);
		r->rows[i].mask = pq_getmsgint64(buf);
		r->latest = Max(r->latest, r->rows[i].at);
	}
	r->count = count;
	r->sorted = sorted;
}

void
state_read_begin(StringInfo buf, bytea *bytes)
{
	buf->data = VARDATA_ANY(bytes);
	buf->len = VARSIZE_ANY_EXHDR(bytes);
	buf->maxlen = buf->len;
	buf->cursor = 0;
}
