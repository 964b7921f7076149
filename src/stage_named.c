/*
 * stage_named.c
 *	  Models in the tables, by name, and a backend's memory of them.
 *
 * Putting a model together is SQL over five tables and takes some ten
 * milliseconds, more than many a query that asks for it.  So what was compiled
 * is kept, together with which versions of which rows of these tables the
 * statement saw: each by its place and the transaction that wrote it.  Another
 * statement that sees exactly the same versions, whatever its snapshot, would
 * put together the same model; to look at them takes a tenth of a millisecond.
 *
 * Exact, because a place is not used again while somebody may see what was
 * there, and who writes there later is another transaction, even where the row
 * was frozen: freezing keeps the writer's number.  (Unless somebody writes at
 * the same place exactly 2^32 transactions later.)  Tables written anew have
 * another file.  Rights, and the functions and tables themselves, are watched
 * by the invalidations that the server sends: any change of one of the tables,
 * of any function, role or schema throws all away.  Where the versions of rows
 * do not tell everything (row security, children, views, other table access
 * methods) nothing is kept.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "stage_machine.h"

#define NAMED_MAX		16		/* models kept */
#define VERSIONS_BYTES	(1024 * 1024)	/* of more rows nothing is kept */

/* All that journey.stage_model_literal reads. */
static const char *const table_names[] = {
	"stage_models", "stage_rules", "actions", "taxonomies", "event_actions"
};

#define NTABLES		lengthof(table_names)

/* A version of a row, or the file of a table. */
typedef struct RowVersion
{
	uint32		block;
	uint32		offset;
	uint32		writer;
} RowVersion;

typedef struct NamedModel
{
	char	   *name;
	StageModel *model;
} NamedModel;

/* Counts changes of what the invalidations speak of. */
static uint64 changes = 0;
static Oid	tables[NTABLES];

static struct
{
	MemoryContext context;		/* of all that is kept; NULL: nothing is */
	Oid			user;
	uint64		changes;		/* so many there were */
	char	   *seen;			/* the versions of rows, one RowVersion each */
	int			seen_len;
	NamedModel	models[NAMED_MAX];
	int			nmodels;
}			kept;

/* -- invalidation ------------------------------------------------------------- */

static void
table_changed(Datum arg, Oid relid)
{
	for (int i = 0; i < NTABLES; i++)
		changes += !OidIsValid(relid) || relid == tables[i];
}

static void
catalog_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	changes++;
}

static void
watch(void)
{
	static bool watching = false;

	if (watching)
		return;
	watching = true;
	CacheRegisterRelcacheCallback(table_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMMEMROLE, catalog_changed, (Datum) 0);
}

static void
forget(void)
{
	MemoryContext context = kept.context;

	memset(&kept, 0, sizeof(kept));
	if (context != NULL)
		MemoryContextDelete(context);
}

/* -- versions of rows ----------------------------------------------------------- */

/* Add a table's; false where they do not tell everything. */
static bool
see_table(Oid relid, StringInfo seen)
{
	Relation	rel = OidIsValid(relid) ? try_relation_open(relid, AccessShareLock) : NULL;
	bool		plain;

	if (rel == NULL)
		return false;
	plain = rel->rd_rel->relkind == RELKIND_RELATION &&
		rel->rd_rel->relam == HEAP_TABLE_AM_OID && !rel->rd_rel->relhassubclass &&
		!rel->rd_rel->relrowsecurity && !rel->rd_rel->relhasrules;
	if (plain)
	{
		RowVersion	version = {relid, 0, rel->rd_rel->relfilenode};
		TableScanDesc scan = table_beginscan(rel, GetActiveSnapshot(), 0, NULL);
		HeapTuple	tuple;

		appendBinaryStringInfo(seen, (char *) &version, sizeof(version));
		while (plain && (tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
		{
			version.block = ItemPointerGetBlockNumber(&tuple->t_self);
			version.offset = ItemPointerGetOffsetNumber(&tuple->t_self);
			version.writer = HeapTupleHeaderGetRawXmin(tuple->t_data);
			appendBinaryStringInfo(seen, (char *) &version, sizeof(version));
			plain = seen->len < VERSIONS_BYTES;
		}
		table_endscan(scan);
	}
	relation_close(rel, AccessShareLock);
	return plain;
}

/* The versions that the active snapshot sees. */
static bool
see_versions(StringInfo seen)
{
	Oid			schema = LookupExplicitNamespace("journey", true);

	if (!OidIsValid(schema))
		return false;
	for (int i = 0; i < NTABLES; i++)
	{
		tables[i] = get_relname_relid(table_names[i], schema);
		if (!see_table(tables[i], seen))
			return false;
	}
	return true;
}

/* -- models ----------------------------------------------------------------------- */

/* The literal, as the active snapshot sees it. */
static char *
literal_of(const char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			argtype = TEXTOID;
	Datum		arg = CStringGetTextDatum(name);
	char	   *literal;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	if (SPI_execute_with_args("SELECT journey.stage_model_literal($1)", 1, &argtype,
							  &arg, NULL, true, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not read stage model \"%s\"", name);
	literal = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	literal = MemoryContextStrdup(caller, literal);
	SPI_finish();
	return literal;
}

/* Keep a model of the tables as they were seen. */
static void
keep(const char *name, const StageModel *model, const StringInfoData *seen, uint64 changes_then)
{
	char	   *name_copy;
	StageModel *model_copy;

	if (kept.nmodels == NAMED_MAX)
		forget();
	if (kept.context == NULL)
	{
		kept.context = AllocSetContextCreate(CacheMemoryContext ? CacheMemoryContext : TopMemoryContext,
											 "journey stage models by name", ALLOCSET_SMALL_SIZES);
		kept.seen = MemoryContextAlloc(kept.context, seen->len);
		memcpy(kept.seen, seen->data, seen->len);
		kept.seen_len = seen->len;
		kept.user = GetUserId();
		kept.changes = changes_then;
	}
	name_copy = MemoryContextStrdup(kept.context, name);
	model_copy = MemoryContextAlloc(kept.context, model->size);
	memcpy(model_copy, model, model->size);
	kept.models[kept.nmodels].name = name_copy;
	kept.models[kept.nmodels].model = model_copy;
	kept.nmodels++;
}

StageModel *
stage_model_named(const char *name, struct Node *escontext)
{
	bool		pushed = !ActiveSnapshotSet();
	StringInfoData seen;
	StageModel *model = NULL;
	uint64		changes_then;
	bool		seen_all;

	if (pushed)
		PushActiveSnapshot(GetTransactionSnapshot());
	watch();
	initStringInfo(&seen);
	seen_all = see_versions(&seen);
	/* opening the tables took in what others had changed until then */
	changes_then = changes;
	if (!seen_all || kept.context == NULL || kept.changes != changes_then ||
		kept.user != GetUserId() || kept.seen_len != seen.len ||
		memcmp(kept.seen, seen.data, seen.len) != 0)
		forget();
	for (int i = 0; i < kept.nmodels && model == NULL; i++)
	{
		if (strcmp(kept.models[i].name, name) == 0)
		{
			model = palloc(kept.models[i].model->size);
			memcpy(model, kept.models[i].model, kept.models[i].model->size);
		}
	}
	if (model == NULL)
	{
		const char *literal = literal_of(name);

		model = stage_model_compile(literal, strlen(literal), escontext);
		if (model != NULL && seen_all && changes == changes_then)
			keep(name, model, &seen, changes_then);
	}
	if (pushed)
		PopActiveSnapshot();
	pfree(seen.data);
	return model;
}
