/*
 * journey_gin.c
 *	  Which journeys hold an event: the operator @> and the GIN operator class
 *	  of journeys.
 *
 * The keys of a journey are its event labels and, of a label with a detail, its
 * base, the text before the first slash.  So a name fits some touchpoint, as a
 * bare name in a matcher does, exactly if it is a key, and @> is answered by
 * the index without looking at the journey again.
 *
 * A pattern is answered in two steps: pattern_required says which names must be
 * there, as lists of which each needs one, the index finds the journeys that
 * have them, and each of those is asked again.
 *
 * Keys are compared by their bytes, never by a collation: an index stays right
 * when the operating system brings other collations.  A label has at most
 * JOURNEY_MAX_LABEL bytes, well below what fits into an index page, so keys are
 * stored whole.
 */
#include "postgres.h"

#include "access/gin.h"
#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "pattern_type.h"

#define JOURNEY_CONTAINS_STRATEGY	1	/* journey @> text[] */
#define JOURNEY_PATTERN_STRATEGY	2	/* journey ~ pattern */

/*
 * Names that one pattern asks the index for.  More would cost more than they
 * save, and what is left out is tested on the journey.
 */
#define PATTERN_MAX_KEYS			256

/* -- the operators ----------------------------------------------------------- */

/* The names of an array, none of them NULL; false if one is. */
static bool
read_names(ArrayType *array, Datum **names, int *n)
{
	bool	   *nulls;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, names, &nulls, n);
	for (int i = 0; i < *n; i++)
		if (nulls[i])
			return false;
	return true;
}

/* Does each name fit some label of the journey, whole or as its base? */
static bool
contains_names(const JourneyView *v, const Datum *names, int n)
{
	bool	   *found = palloc0(n + 1);
	const uint8 *p = v->labels;
	int			missing = n;

	for (uint32 i = 0; i < v->nlabels && missing > 0; i++)
	{
		JourneyLabel label;
		char		text[JOURNEY_MAX_LABEL + 1];
		size_t		len;
		size_t		base;
		const char *slash;

		CHECK_FOR_INTERRUPTS();
		p = journey_next_label(p, &label);
		len = journey_label_text(&label, text);
		slash = memchr(text, '/', len);
		base = slash != NULL ? slash - text : len;
		for (int k = 0; k < n; k++)
		{
			size_t		want;

			if (found[k])
				continue;
			want = VARSIZE_ANY_EXHDR(DatumGetPointer(names[k]));
			if ((want != len && want != base) ||
				memcmp(VARDATA_ANY(DatumGetPointer(names[k])), text, want) != 0)
				continue;
			found[k] = true;
			missing--;
		}
	}
	pfree(found);
	return missing == 0;
}

static bool
contains_internal(Datum journey, ArrayType *array)
{
	JourneyView v;
	Datum	   *names;
	int			n;

	journey_fetch(journey, &v);
	return read_names(array, &names, &n) && contains_names(&v, names, n);
}

PG_FUNCTION_INFO_V1(journey_contains);
Datum
journey_contains(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains_internal(PG_GETARG_DATUM(0), PG_GETARG_ARRAYTYPE_P(1)));
}

PG_FUNCTION_INFO_V1(journey_contained);
Datum
journey_contained(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains_internal(PG_GETARG_DATUM(1), PG_GETARG_ARRAYTYPE_P(0)));
}

/* -- GIN ----------------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(journey_gin_extract_value);
Datum
journey_gin_extract_value(PG_FUNCTION_ARGS)
{
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	JourneyView v;
	Datum	   *keys;
	const uint8 *p;
	int32		n = 0;

	PG_GETARG_JOURNEY(0, &v);
	keys = palloc((2 * v.nlabels + 1) * sizeof(Datum));
	p = v.labels;
	for (uint32 i = 0; i < v.nlabels; i++)
	{
		JourneyLabel label;
		char		text[JOURNEY_MAX_LABEL + 1];
		size_t		len;
		const char *slash;

		p = journey_next_label(p, &label);
		len = journey_label_text(&label, text);
		keys[n++] = PointerGetDatum(cstring_to_text_with_len(text, len));
		slash = memchr(text, '/', len);
		if (slash != NULL)
			keys[n++] = PointerGetDatum(cstring_to_text_with_len(text, slash - text));
	}
	*nkeys = n;
	PG_RETURN_POINTER(keys);
}

/*
 * The keys of a query stand in groups, one behind the other: a journey can
 * answer if it has a key of each group.  GIN hands a pointer along with each
 * key; here that of the first one is the array of all their groups' numbers,
 * and there is none where each key is a group of its own.
 */

/* Of an array of names: each is a key and a group. */
static Datum *
extract_names(ArrayType *array, int32 *nkeys, int32 *search_mode)
{
	Datum	   *names;
	int			n;

	*nkeys = 0;
	if (!read_names(array, &names, &n))
		return NULL;			/* a NULL names no event: no journey */
	for (int i = 0; i < n; i++)
		if (VARSIZE_ANY_EXHDR(DatumGetPointer(names[i])) > JOURNEY_MAX_LABEL)
			return NULL;		/* nor is any event so long */
	if (n == 0)
		*search_mode = GIN_SEARCH_MODE_ALL;
	*nkeys = n;
	return names;
}

/* How many names the clauses' matchers have. */
static int
count_names(const Pattern *p, const PatternRequired *required, uint32 clause)
{
	int			n = 0;

	for (uint32 i = required->from[clause]; i < required->from[clause + 1]; i++)
		n += pattern_matcher(p, required->atoms[i])->nterms;
	return n;
}

/*
 * Of a pattern: the names of each clause are a group.  A name that must not
 * have a detail is looked up like one that may; the pattern itself decides.
 */
static Datum *
extract_pattern(const Pattern *p, int32 *nkeys, Pointer **extra, int32 *search_mode)
{
	Datum	   *keys = palloc(PATTERN_MAX_KEYS * sizeof(Datum));
	int		   *groups = palloc(PATTERN_MAX_KEYS * sizeof(int));
	PatternHost host;
	PatternRequired required;
	int			n = 0;

	pattern_host_init(&host, CurrentMemoryContext);
	pattern_required(p, &host, &required);
	for (uint32 clause = 0; clause < required.nclauses; clause++)
	{
		if (n + count_names(p, &required, clause) > PATTERN_MAX_KEYS)
			continue;
		for (uint32 i = required.from[clause]; i < required.from[clause + 1]; i++)
		{
			const Matcher *m = pattern_matcher(p, required.atoms[i]);

			for (int t = 0; t < m->nterms; t++, n++)
			{
				groups[n] = (int) clause;
				keys[n] = PointerGetDatum(cstring_to_text_with_len((const char *) m + m->terms[t].name_off,
																   m->terms[t].name_len));
			}
		}
	}
	*nkeys = n;
	if (n == 0)
	{
		*search_mode = GIN_SEARCH_MODE_ALL;
		return NULL;
	}
	*extra = palloc0(n * sizeof(Pointer));
	(*extra)[0] = (Pointer) groups;
	return keys;
}

PG_FUNCTION_INFO_V1(journey_gin_extract_query);
Datum
journey_gin_extract_query(PG_FUNCTION_ARGS)
{
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	StrategyNumber strategy = PG_GETARG_UINT16(2);
	Pointer   **extra = (Pointer **) PG_GETARG_POINTER(4);
	int32	   *search_mode = (int32 *) PG_GETARG_POINTER(6);

	if (strategy == JOURNEY_CONTAINS_STRATEGY)
		PG_RETURN_POINTER(extract_names(PG_GETARG_ARRAYTYPE_P(0), nkeys, search_mode));
	if (strategy == JOURNEY_PATTERN_STRATEGY)
		PG_RETURN_POINTER(extract_pattern(PG_GETARG_PATTERN_P(0), nkeys, extra, search_mode));
	elog(ERROR, "unrecognized strategy number: %d", strategy);
}

/* Is there a key of each group? */
static GinTernaryValue
has_all_groups(const GinTernaryValue *check, int nkeys, Pointer *extra)
{
	const int  *groups = nkeys > 0 && extra != NULL ? (int *) extra[0] : NULL;
	GinTernaryValue result = GIN_TRUE;
	int			i = 0;

	while (i < nkeys)
	{
		GinTernaryValue one = check[i];
		int			first = i++;

		for (; groups != NULL && i < nkeys && groups[i] == groups[first]; i++)
			if (one == GIN_FALSE || check[i] == GIN_TRUE)
				one = check[i];
		if (one == GIN_FALSE)
			return GIN_FALSE;
		if (one == GIN_MAYBE)
			result = GIN_MAYBE;
	}
	return result;
}

PG_FUNCTION_INFO_V1(journey_gin_consistent);
Datum
journey_gin_consistent(PG_FUNCTION_ARGS)
{
	/* a bool is one of the ternary values */
	GinTernaryValue *check = (GinTernaryValue *) PG_GETARG_POINTER(0);
	StrategyNumber strategy = PG_GETARG_UINT16(1);
	int32		nkeys = PG_GETARG_INT32(3);
	Pointer    *extra = (Pointer *) PG_GETARG_POINTER(4);
	bool	   *recheck = (bool *) PG_GETARG_POINTER(5);

	*recheck = strategy != JOURNEY_CONTAINS_STRATEGY;
	PG_RETURN_BOOL(has_all_groups(check, nkeys, extra) == GIN_TRUE);
}

PG_FUNCTION_INFO_V1(journey_gin_triconsistent);
Datum
journey_gin_triconsistent(PG_FUNCTION_ARGS)
{
	GinTernaryValue *check = (GinTernaryValue *) PG_GETARG_POINTER(0);
	StrategyNumber strategy = PG_GETARG_UINT16(1);
	int32		nkeys = PG_GETARG_INT32(3);
	Pointer    *extra = (Pointer *) PG_GETARG_POINTER(4);
	GinTernaryValue result = has_all_groups(check, nkeys, extra);

	if (result == GIN_TRUE && strategy != JOURNEY_CONTAINS_STRATEGY)
		result = GIN_MAYBE;
	PG_RETURN_GIN_TERNARY_VALUE(result);
}
