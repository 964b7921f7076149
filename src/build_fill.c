/*
 * build_fill.c
 *	  source_fill(store, query, models): the rows of a query as journeys in a
 *	  table that the same transaction has made.
 *
 * INSERT ... SELECT FROM source_build() writes each journey to a tuplestore, reads it
 * from there, and inserts row by row.  Here the rows go to the pages of the new
 * table a thousand at once, as COPY writes them: table_multi_insert with a
 * BulkInsertState.  The table has nothing yet that would have to be told of a
 * row: no index, trigger, rule, policy or CHECK; so that is required.  NOT NULL
 * holds by what is put: build knows no NULL.
 *
 * What has to be known of all journeys is found on the way: how many customers
 * and touchpoints there are, the last time, and whether any event fits the
 * definition "delivery" of a model.  Names nearly always decide that, and there
 * are few; where they do not the answer is NULL, and the caller has to look.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "build.h"
#include "stage_machine.h"

/* Rows and bytes that go to the table at once, as COPY has them. */
#define FILL_ROWS	1000
#define FILL_BYTES	65535

typedef struct FillSink
{
	BuildSink	pub;
	Relation	store;
	BulkInsertState bulk;
	CommandId	command;
	MemoryContext own;			/* of the slots */
	MemoryContext context;		/* for one call of table_multi_insert */
	TupleTableSlot *slots[FILL_ROWS];
	int			nslots;			/* made */
	int			filled;
	Size		bytes;
	Datum	   *models;
	int			nmodels;
	Datum	   *deliveries;		/* by model */
	bool	   *unsure;
	int64		customers;
	int64		touchpoints;
	TimestampTz last_at;
} FillSink;

/* Which models have a delivery among the names? */
static void
fill_names(BuildSink *self, const BuildNames *events, bool all)
{
	FillSink   *sink = (FillSink *) self;

	for (int i = 0; i < sink->nmodels; i++)
	{
		const StageModel *model = DatumGetStageModelP(sink->models[i]);
		uint32		slot = stage_definition_find(model, "delivery", 8);
		MatcherFit	best = MF_NEVER;

		for (uint32 n = 0; n < events->count && slot > 0 && best != MF_ALWAYS; n++)
		{
			MatcherFit	fit = stage_definition_fits_label(model, slot - 1, &events->labels[n]);

			CHECK_FOR_INTERRUPTS();
			best = Max(best, fit);
		}
		sink->deliveries[i] = BoolGetDatum(best == MF_ALWAYS);
		sink->unsure[i] = best == MF_MAYBE || (best == MF_NEVER && slot > 0 && !all);
	}
}

static void
fill_flush(BuildSink *self)
{
	FillSink   *sink = (FillSink *) self;
	MemoryContext old;

	if (sink->filled == 0)
		return;
	old = MemoryContextSwitchTo(sink->context);
	table_multi_insert(sink->store, sink->slots, sink->filled, sink->command,
					   TABLE_INSERT_SKIP_FSM, sink->bulk);
	MemoryContextSwitchTo(old);
	MemoryContextReset(sink->context);
	for (int i = 0; i < sink->filled; i++)
		ExecClearTuple(sink->slots[i]);
	sink->filled = 0;
	sink->bytes = 0;
}

static bool
fill_put(BuildSink *self, Datum customer, Datum journey, const JourneyBuilder *b)
{
	FillSink   *sink = (FillSink *) self;
	TupleTableSlot *slot;
	TimestampTz last_at = b->touch[b->count - 1].at;

	if (sink->filled == sink->nslots)
	{
		MemoryContext old = MemoryContextSwitchTo(sink->own);

		sink->slots[sink->nslots++] = table_slot_create(sink->store, NULL);
		MemoryContextSwitchTo(old);
	}
	slot = sink->slots[sink->filled++];
	slot->tts_values[0] = customer;
	slot->tts_values[1] = journey;
	slot->tts_isnull[0] = slot->tts_isnull[1] = false;
	ExecStoreVirtualTuple(slot);
	sink->bytes += VARSIZE_ANY(DatumGetPointer(journey));

	if (sink->customers++ == 0 || last_at > sink->last_at)
		sink->last_at = last_at;
	sink->touchpoints += b->count;
	if (sink->filled < FILL_ROWS && sink->bytes < FILL_BYTES)
		return false;
	fill_flush(self);
	return true;
}

/* A table that nobody else can see, and whose rows concern nothing else. */
static Relation
open_new_store(Oid id, Oid journey)
{
	Relation	rel = table_open(id, RowExclusiveLock);
	TupleDesc	desc = RelationGetDescr(rel);
	TupleConstr *constr = desc->constr;
	AclResult	may = pg_class_aclcheck(id, GetUserId(), ACL_INSERT);

	if (may != ACLCHECK_OK)
		aclcheck_error(may, OBJECT_TABLE, RelationGetRelationName(rel));
	if (rel->rd_rel->relkind != RELKIND_RELATION ||
		rel->rd_createSubid == InvalidSubTransactionId ||
		rel->rd_rel->relhasindex || rel->rd_rel->relhasrules ||
		rel->rd_rel->relhastriggers || rel->rd_rel->relrowsecurity ||
		rel->rd_rel->relispartition ||
		(constr != NULL && constr->num_check > 0))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s\" is not a new table", RelationGetRelationName(rel)),
				 errhint("The table has to be made by the same transaction, and indexes, triggers, rules, policies and CHECK constraints follow when it is filled.")));
	if (desc->natts != 2 ||
		TupleDescAttr(desc, 0)->attisdropped || TupleDescAttr(desc, 0)->attgenerated != '\0' ||
		TupleDescAttr(desc, 1)->attisdropped || TupleDescAttr(desc, 1)->attgenerated != '\0' ||
		get_typtype(TupleDescAttr(desc, 0)->atttypid) == TYPTYPE_DOMAIN ||
		TupleDescAttr(desc, 1)->atttypid != journey)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("\"%s\" has other columns than customer and journey", RelationGetRelationName(rel))));
	return rel;
}

/* source_fill(store regclass, query text, models stage_model[]) */
PG_FUNCTION_INFO_V1(journey_source_fill);
Datum
journey_source_fill(PG_FUNCTION_ARGS)
{
	Oid			id = PG_GETARG_OID(0);
	char	   *query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	ArrayType  *models = PG_GETARG_ARRAYTYPE_P(2);
	Oid			journey = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("journey"),
										  ObjectIdGetDatum(get_func_namespace(fcinfo->flinfo->fn_oid)));
	FillSink   *sink = palloc0(sizeof(FillSink));
	TupleDesc	desc;
	int			length;
	int			lower = 1;
	Datum		values[4];
	bool		nulls[4] = {false, false, false, false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	PreventCommandIfReadOnly("source_fill()");
	PreventCommandIfParallelMode("source_fill()");
	if (array_contains_nulls(models))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("stage model must not be null")));
	deconstruct_array(models, ARR_ELEMTYPE(models), -1, false, TYPALIGN_DOUBLE,
					  &sink->models, NULL, &sink->nmodels);
	sink->deliveries = palloc0((sink->nmodels + 1) * sizeof(Datum));
	sink->unsure = palloc0((sink->nmodels + 1) * sizeof(bool));

	sink->pub.names = fill_names;
	sink->pub.put = fill_put;
	sink->pub.flush = fill_flush;
	sink->store = open_new_store(id, journey);
	sink->own = CurrentMemoryContext;
	sink->context = AllocSetContextCreate(CurrentMemoryContext, "journey fill", ALLOCSET_DEFAULT_SIZES);
	sink->bulk = GetBulkInsertState();
	sink->command = GetCurrentCommandId(true);
	build_query(query, TupleDescAttr(RelationGetDescr(sink->store), 0)->atttypid, true, &sink->pub);
	FreeBulkInsertState(sink->bulk);
	table_finish_bulk_insert(sink->store, TABLE_INSERT_SKIP_FSM);
	for (int i = 0; i < sink->nslots; i++)
		ExecDropSingleTupleTableSlot(sink->slots[i]);
	table_close(sink->store, NoLock);

	values[0] = Int64GetDatum(sink->customers);
	values[1] = Int64GetDatum(sink->touchpoints);
	values[2] = TimestampTzGetDatum(sink->last_at);
	nulls[2] = sink->customers == 0;
	length = sink->nmodels;
	values[3] = PointerGetDatum(construct_md_array(sink->deliveries, sink->unsure, 1, &length, &lower,
												   BOOLOID, 1, true, TYPALIGN_CHAR));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
