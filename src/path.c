/*
 * path.c
 *	  path(j, depth, ...): the names of the first or last touchpoints of a
 *	  journey, or of those after or before an anchor, as text[].
 *
 * A touchpoint gets its name from the first cluster that it fits, else from its
 * label; what follows a slash may be cut off.  What is excluded is treated as
 * if it were not there.  Forward is one pass that ends with the path.  Backward
 * finds the last anchor first, then passes over the journey up to it with the
 * latest `depth` names in a ring, so its memory is that of the path.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "core/wellknown.h"
#include "funnel_options.h"
#include "label_fit.h"

#define PATH_MAX_CLUSTERS	256

enum
{
	ARG_JOURNEY, ARG_DEPTH, ARG_COLLAPSE, ARG_ANCHOR, ARG_DIRECTION, ARG_WITHIN,
	ARG_EXCLUDE, ARG_CLUSTER, ARG_CLUSTER_NAMES, ARG_DETAIL
};

static const char *const directions[] = {"forward", "backward"};

typedef struct PathName
{
	const char *text;			/* NULL: not asked for yet */
	int			len;
} PathName;

typedef struct PathWalk
{
	LabelTable	table;
	bool		detail;			/* keep what follows a slash */
	PathName   *of_label;
	LabelFit   *cluster;
	PathName   *of_cluster;
	int			nclusters;
	bool		excluding;
	LabelFit	exclude;
	bool		anchored;
	LabelFit	anchor;
} PathWalk;

/* The name of a label, whose text lives as long as the journey. */
static void
label_name(const JourneyLabel *label, bool detail, PathName *name)
{
	size_t		len;

	if (label->known != JOURNEY_NO_NAME && (label->text == NULL || !detail))
	{
		name->text = wellknown_text(label->known, &len);
		name->len = (int) len;
	}
	else if (label->known != JOURNEY_NO_NAME)
	{
		char	   *whole;

		wellknown_text(label->known, &len);
		whole = palloc(len + 1 + label->len);
		name->len = (int) journey_label_text(label, whole);
		name->text = whole;
	}
	else
	{
		/* a slash at the very front cuts nothing off: "/home" */
		const char *slash = detail || label->len < 2 ? NULL :
		memchr(label->text + 1, '/', label->len - 1);

		name->text = label->text;
		name->len = slash != NULL ? (int) (slash - label->text) : (int) label->len;
	}
}

static const PathName *
touch_name(PathWalk *w, const JourneyCursor *c)
{
	PathName   *name;

	for (int i = 0; i < w->nclusters; i++)
	{
		if (label_fits(&w->cluster[i], &w->table, c))
			return &w->of_cluster[i];
	}
	name = &w->of_label[c->label];
	if (name->text == NULL)
		label_name(&w->table.labels[c->label], w->detail, name);
	return name;
}

static inline bool
same_name(const PathName *a, const PathName *b)
{
	return a == b || (a->len == b->len && memcmp(a->text, b->text, a->len) == 0);
}

/* The clusters and their names, of which there must be as many. */
static void
read_clusters(FunctionCallInfo fcinfo, PathWalk *w)
{
	const Matcher *matchers[PATH_MAX_CLUSTERS];
	Datum	   *names;
	bool	   *nulls;
	int			nnames;

	w->nclusters = 0;
	if (PG_ARGISNULL(ARG_CLUSTER) && PG_ARGISNULL(ARG_CLUSTER_NAMES))
		return;
	if (PG_ARGISNULL(ARG_CLUSTER) || PG_ARGISNULL(ARG_CLUSTER_NAMES))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"cluster\" and \"cluster_names\" must be given together")));
	w->nclusters = matcher_array(PG_GETARG_DATUM(ARG_CLUSTER), PATH_MAX_CLUSTERS, matchers);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(ARG_CLUSTER_NAMES), TEXTOID, -1, false,
					  TYPALIGN_INT, &names, &nulls, &nnames);
	if (nnames != w->nclusters)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("\"cluster_names\" must have as many elements as \"cluster\""),
				 errdetail("It has %d, and \"cluster\" has %d.", nnames, w->nclusters)));
	w->cluster = palloc(w->nclusters * sizeof(LabelFit));
	w->of_cluster = palloc(w->nclusters * sizeof(PathName));
	for (int i = 0; i < w->nclusters; i++)
	{
		JourneyLabel label;
		text	   *name;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"cluster_names\" must not contain nulls")));
		name = DatumGetTextPP(names[i]);
		journey_label_checked(&label, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), "cluster name");
		w->of_cluster[i].text = VARDATA_ANY(name);
		w->of_cluster[i].len = (int) VARSIZE_ANY_EXHDR(name);
		label_fit_init(&w->cluster[i], &w->table, matchers[i]);
	}
}

/* Step to the next touchpoint that is not excluded. */
static bool
next_touch(PathWalk *w, JourneyCursor *c)
{
	while (journey_next(c))
	{
		CHECK_FOR_INTERRUPTS();
		if (!w->excluding || !label_fits(&w->exclude, &w->table, c))
			return true;
	}
	return false;
}

static inline bool
is_anchor(PathWalk *w, const JourneyCursor *c)
{
	return !w->anchored || label_fits(&w->anchor, &w->table, c);
}

PG_FUNCTION_INFO_V1(path);
Datum
path(PG_FUNCTION_ARGS)
{
	JourneyView view;
	JourneyCursor c;
	PathWalk	w;
	bool		backward;
	bool		collapse = !PG_ARGISNULL(ARG_COLLAPSE) && PG_GETARG_BOOL(ARG_COLLAPSE);
	bool		has_within = !PG_ARGISNULL(ARG_WITHIN);
	uint64		within = 0;
	int64		depth = PG_INT64_MAX;
	const PathName **names;
	const PathName *before = NULL;
	int64		n = 0;			/* names so far; a ring keeps the latest */
	uint32		room;
	bool		found = false;
	TimestampTz anchor_at = 0;
	uint32		anchor_end = 0;
	int			count;
	Datum	   *texts;

	if (PG_ARGISNULL(ARG_JOURNEY))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(ARG_DEPTH))
	{
		depth = PG_GETARG_INT32(ARG_DEPTH);
		if (depth < 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"depth\" must be at least 1"),
					 errhint("NULL is a path of any length.")));
	}
	backward = funnel_word(fcinfo->args[ARG_DIRECTION], "direction", directions,
						   lengthof(directions)) == 1;
	if (has_within)
		within = funnel_span(PG_GETARG_INTERVAL_P(ARG_WITHIN), "within");

	PG_GETARG_JOURNEY(ARG_JOURNEY, &view);
	label_table_init(&w.table, &view);
	w.detail = PG_ARGISNULL(ARG_DETAIL) || PG_GETARG_BOOL(ARG_DETAIL);
	w.excluding = !PG_ARGISNULL(ARG_EXCLUDE);
	if (w.excluding)
		label_fit_init(&w.exclude, &w.table, PG_GETARG_MATCHER_P(ARG_EXCLUDE));
	w.anchored = !PG_ARGISNULL(ARG_ANCHOR);
	if (w.anchored)
		label_fit_init(&w.anchor, &w.table, PG_GETARG_MATCHER_P(ARG_ANCHOR));
	read_clusters(fcinfo, &w);
	if (view.count == 0 || (w.anchored && !w.anchor.any))
		PG_RETURN_NULL();
	w.of_label = palloc0(view.nlabels * sizeof(PathName));
	room = (uint32) Min(depth, (int64) view.count);
	names = palloc(room * sizeof(PathName *));

	if (backward)
	{
		journey_first(&c, &view);
		while (next_touch(&w, &c))
		{
			if (is_anchor(&w, &c))
			{
				found = true;
				anchor_at = c.at;
				anchor_end = c.next;
			}
		}
		if (!found)
			PG_RETURN_NULL();
	}

	journey_first(&c, &view);
	while (next_touch(&w, &c))
	{
		const PathName *name;

		if (backward && c.next > anchor_end)
			break;
		if (!backward && !found)
		{
			if (!is_anchor(&w, &c))
				continue;
			found = true;
			anchor_at = c.at;
		}
		/* times are as far apart as an unsigned number can say */
		if (has_within && (backward ? (uint64) anchor_at - (uint64) c.at :
						   (uint64) c.at - (uint64) anchor_at) > within)
		{
			if (backward)
				continue;
			break;
		}
		name = touch_name(&w, &c);
		if (collapse && before != NULL && same_name(before, name))
			continue;
		if (!backward && n == room)
			break;
		before = name;
		names[n++ % room] = name;
	}
	if (n == 0)
		PG_RETURN_NULL();

	count = (int) Min(n, (int64) room);
	texts = palloc(count * sizeof(Datum));
	for (int i = 0; i < count; i++)
	{
		const PathName *name = names[(n - count + i) % room];

		CHECK_FOR_INTERRUPTS();
		texts[i] = PointerGetDatum(cstring_to_text_with_len(name->text, name->len));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(texts, count, TEXTOID, -1, false, TYPALIGN_INT));
}
