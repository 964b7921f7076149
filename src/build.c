/*
 * build.c
 *	  build(customer, query): the rows of a query as journeys, one a customer.
 *
 * What GROUP BY customer with journey_agg answers, several times faster.  The
 * server's hash table of all customers misses the cache with every row; here a
 * row becomes a record of 24 bytes that is only appended to one of 256
 * partitions (build_spool.c), and the customers of a partition are told apart
 * when it is read back and fits the cache.  Names are numbered once for the
 * whole query, so that a row costs a look at its text and no copy of it.
 *
 * Rows come from the executor through a DestReceiver, one by one: nothing of
 * the query's answer is kept but the records.  The query runs with the rights
 * and the snapshot of the statement that calls build; the planner may use
 * parallel workers for it.
 *
 * Memory: records up to hash_mem (work_mem times hash_mem_multiplier), then in
 * temporary files; the partition that is read back, as much again; the journeys
 * that build answers with, in a tuplestore of work_mem; numbered names up to an eighth of hash_mem,
 * further ones stand in their records.  One customer's touchpoints are in
 * memory together, as in journey_agg.
 *
 * Cost: linear in the rows; sorting only for customers whose rows did not come
 * in the order of their times.
 *
 * Whoever calls build_query says where the journeys go: journey_build puts them
 * into a tuplestore, build_fill.c into a table.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "commands/progress.h"
#include "executor/executor.h"
#include "executor/nodeHash.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/backend_progress.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "build.h"
#include "build_customer.h"
#include "build_spool.h"

/* The columns of the query, in this order; the last three may be missing. */
enum
{
	COL_CUSTOMER, COL_AT, COL_EVENT, COL_CHANNEL, COL_VALUE, COL_TIEBREAK, COL_COUNT
};

/* A name that is not numbered stands in the record. */
#define LABEL_INLINE	PG_UINT32_MAX
#define CHANNEL_INLINE	PG_UINT16_MAX
#define CHANNEL_MAX		(PG_UINT16_MAX - 2)

#define REPORT_EVERY	65536	/* rows between reports of progress */

/* -- errors ----------------------------------------------------------------- */

/* Whose row or journey an error is about. */
typedef struct Whose
{
	const char *what;
	const CustomerType *type;
	Datum		customer;
	ErrorContextCallback callback;
} Whose;

static void
tell_customer(void *arg)
{
	Whose	   *whose = (Whose *) arg;
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(whose->type->type, &output, &is_varlena);
	errcontext("%s of customer %s", whose->what,
			   OidOutputFunctionCall(output, whose->customer));
}

static inline void
begin_customer(Whose *whose, const char *what, const CustomerType *type, Datum customer)
{
	whose->what = what;
	whose->type = type;
	whose->customer = customer;
	whose->callback.callback = tell_customer;
	whose->callback.arg = whose;
	whose->callback.previous = error_context_stack;
	error_context_stack = &whose->callback;
}

static inline void
end_customer(const Whose *whose)
{
	error_context_stack = whose->callback.previous;
}

/* -- rows into records ------------------------------------------------------ */

typedef struct BuildReceiver
{
	DestReceiver pub;
	MemoryContext context;
	bool		started;
	int			ncols;
	Oid			asked_type;		/* of the customer */
	CustomerType customer;
	Size		fixed;			/* bytes of a record without customer and
								 * names */
	Size		value_at;
	Size		tiebreak_at;
	BuildNames	events;
	BuildNames	channels;
	BuildSpool *spool;
	Size		limit;
	uint64		rows;
	uint64		skipped;
	bool		empty_is_null;	/* an empty event or channel is as good as
								 * none */
	bool		all_numbered;	/* no event stands in its record */
	bool		reports;		/* progress is ours to report */
} BuildReceiver;

static void
report_rows(BuildReceiver *r)
{
	static const int index[] = {PROGRESS_COPY_TUPLES_PROCESSED, PROGRESS_COPY_TUPLES_EXCLUDED, PROGRESS_COPY_BYTES_PROCESSED};
	int64		values[3];

	if (!r->reports)
		return;
	values[0] = (int64) r->rows;
	values[1] = (int64) r->skipped;
	values[2] = (int64) build_spool_bytes(r->spool);
	pgstat_progress_update_multi_param(3, index, values);
}

static void
check_column(TupleDesc desc, int col, const char *role, Oid wanted, const char *hint)
{
	Oid			type = getBaseType(TupleDescAttr(desc, col)->atttypid);

	if (type == wanted || (wanted == TEXTOID && type == VARCHAROID))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column %d of the query, the %s, has type %s, which is not %s",
					col + 1, role, format_type_be(TupleDescAttr(desc, col)->atttypid),
					format_type_be(wanted)),
			 errhint("%s", hint)));
}

static void
receiver_startup(DestReceiver * self, int operation, TupleDesc desc)
{
	BuildReceiver *r = (BuildReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(r->context);
	Oid			type;

	if (r->started)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("build takes one query")));
	r->started = true;
	if (desc->natts < COL_EVENT + 1 || desc->natts > COL_COUNT)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("query of build has %d columns", desc->natts),
				 errhint("It needs customer, at, event, and may have channel, value and tiebreak, in this order.")));
	type = TupleDescAttr(desc, COL_CUSTOMER)->atttypid;
	/* nothing is cast, so a domain's constraints hold for its own values only */
	if (type != r->asked_type &&
		(get_typtype(r->asked_type) == TYPTYPE_DOMAIN ||
		 !IsBinaryCoercible(type, r->asked_type)))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("customers of the query have type %s, those of the answer %s",
						format_type_be(type), format_type_be(r->asked_type)),
				 errhint("The first argument of build says the type: build(NULL::%s, ...).",
						 format_type_be(type))));
	build_customer_type(&r->customer, type, TupleDescAttr(desc, COL_CUSTOMER)->attcollation);
	check_column(desc, COL_AT, "time", TIMESTAMPTZOID,
				 "Cast it; a time without time zone becomes one by AT TIME ZONE.");
	check_column(desc, COL_EVENT, "event", TEXTOID, "Cast it to text.");
	r->ncols = desc->natts;
	r->fixed = sizeof(BuildRecord);
	if (r->ncols > COL_CHANNEL)
		check_column(desc, COL_CHANNEL, "channel", TEXTOID, "Cast it to text.");
	if (r->ncols > COL_VALUE)
	{
		check_column(desc, COL_VALUE, "value", FLOAT8OID, "Cast it to double precision.");
		r->value_at = r->fixed;
		r->fixed += sizeof(double);
	}
	if (r->ncols > COL_TIEBREAK)
	{
		check_column(desc, COL_TIEBREAK, "tiebreak", INT8OID, "Cast it to bigint.");
		r->tiebreak_at = r->fixed;
		r->fixed += sizeof(int64);
	}
	build_names_init(&r->events, r->limit / 8, LABEL_INLINE - 1, "event name");
	build_names_init(&r->channels, r->limit / 8, CHANNEL_MAX, "channel name");
	r->spool = build_spool_create(r->limit);
	MemoryContextSwitchTo(old);
}

static void
customer_too_long(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("customer is too long"),
			 errdetail("A customer, event and channel together have at most %zu bytes.",
					   BUILD_MAX_RECORD - 64)));
}

/* An unnumbered name behind a record: its length, then its text. */
static char *
put_name(char *to, const text * t)
{
	uint32		len = VARSIZE_ANY_EXHDR(t);

	memcpy(to, &len, sizeof(len));
	memcpy(to + sizeof(len), VARDATA_ANY(t), len);
	return to + MAXALIGN(sizeof(len) + len);
}

#define NAME_ROOM(t)	MAXALIGN(sizeof(uint32) + VARSIZE_ANY_EXHDR(t))

static bool
receiver_row(TupleTableSlot *slot, DestReceiver * self)
{
	BuildReceiver *r = (BuildReceiver *) self;
	CustomerType *c = &r->customer;
	Datum	   *values;
	bool	   *nulls;
	Datum		customer;
	text	   *event;
	text	   *channel = NULL;
	uint32		event_no;
	uint32		channel_no = 0;
	TimestampTz at;
	double		value = NAN;
	uint64		key;
	Size		size = r->fixed;
	BuildRecord *record;
	char	   *image;
	Whose		whose;

	slot_getallattrs(slot);
	values = slot->tts_values;
	nulls = slot->tts_isnull;
	if (++r->rows % REPORT_EVERY == 0)
		report_rows(r);
	if (nulls[COL_CUSTOMER] || nulls[COL_AT] || nulls[COL_EVENT])
	{
		r->skipped++;
		return true;
	}
	event = DatumGetTextPP(values[COL_EVENT]);
	if (r->empty_is_null && VARSIZE_ANY_EXHDR(event) == 0)
	{
		r->skipped++;
		return true;
	}

	begin_customer(&whose, "row", c, values[COL_CUSTOMER]);
	at = DatumGetTimestampTz(values[COL_AT]);
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time of a touchpoint cannot be infinite")));
	if (!build_name_number(&r->events, VARDATA_ANY(event), VARSIZE_ANY_EXHDR(event), &event_no))
	{
		event_no = LABEL_INLINE;
		r->all_numbered = false;
		size += NAME_ROOM(event);
	}
	if (r->ncols > COL_CHANNEL && !nulls[COL_CHANNEL])
	{
		channel = DatumGetTextPP(values[COL_CHANNEL]);
		if (r->empty_is_null && VARSIZE_ANY_EXHDR(channel) == 0)
			channel_no = 0;
		else if (build_name_number(&r->channels, VARDATA_ANY(channel), VARSIZE_ANY_EXHDR(channel), &channel_no))
			channel_no++;
		else
		{
			channel_no = CHANNEL_INLINE;
			size += NAME_ROOM(channel);
		}
	}
	if (r->ncols > COL_VALUE && !nulls[COL_VALUE])
	{
		value = DatumGetFloat8(values[COL_VALUE]);
		if (!isfinite(value))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("value of a touchpoint must be a finite number"),
					 errhint("Use NULL for a touchpoint without a value.")));
	}

	end_customer(&whose);

	/* the customer: a key, and an image that is a Datum of its type again */
	customer = values[COL_CUSTOMER];
	if (c->kind == CUSTOMER_WORD)
		key = (uint64) customer;
	else
	{
		Size		room;

		key = build_customer_key(c, &customer, &room);
		size += room;
		if (size > BUILD_MAX_RECORD)
			customer_too_long();
	}

	record = build_spool_add(r->spool, key, size);
	record->at = at;
	record->label = event_no;
	record->channel = (uint16) channel_no;
	if (r->ncols > COL_VALUE)
		memcpy((char *) record + r->value_at, &value, sizeof(value));
	if (r->ncols > COL_TIEBREAK)
	{
		int64		tiebreak = nulls[COL_TIEBREAK] ? PG_INT64_MAX : DatumGetInt64(values[COL_TIEBREAK]);

		memcpy((char *) record + r->tiebreak_at, &tiebreak, sizeof(tiebreak));
	}
	image = (char *) record + r->fixed;
	if (c->kind != CUSTOMER_WORD)
	{
		build_customer_put(c, image, customer);
		image += build_customer_room(c, image);
		if (!c->byval && customer != values[COL_CUSTOMER])
			pfree(DatumGetPointer(customer));
	}
	if (event_no == LABEL_INLINE)
		image = put_name(image, event);
	if (channel_no == CHANNEL_INLINE)
		put_name(image, channel);
	if ((Pointer) event != DatumGetPointer(values[COL_EVENT]))
		pfree(event);
	if (channel != NULL && (Pointer) channel != DatumGetPointer(values[COL_CHANNEL]))
		pfree(channel);
	return true;
}

static void
receiver_shutdown(DestReceiver * self)
{
}

/* -- records into journeys -------------------------------------------------- */

/* The customers of a partition. */
typedef struct BuildCustomer
{
	BuildRecord *first;
	Size		count;
	Size		start;			/* of its records among those in order */
} BuildCustomer;

typedef struct Builder
{
	BuildReceiver *r;
	BuildSink  *sink;
	MemoryContext part_context; /* of a partition */
	MemoryContext context;		/* of the customers that the sink holds */
	JourneyBuilder b;			/* its touchpoints as the arrays below */

	/*
	 * Room for a partition and a customer, kept for the next ones: asking the
	 * system for memory again and again takes longer than filling it.
	 */
	BuildCustomer *groups;
	uint32	   *slots;
	uint32	   *group_of;
	BuildRecord **ordered;
	Size		groups_allocated;
	Size		nslots;
	Size		records_allocated;
	Size		touch_allocated;

	/* numbers of the query's names in the journey being built */
	uint32	   *event_stamp;
	uint16	   *event_no;
	uint32	   *channel_stamp;
	uint16	   *channel_no;
	uint32		stamp;
	uint64		bytes_done;
} Builder;

/* The number of a numbered name in this journey. */
static inline uint16
local_name(Builder *u, JourneyNames *names, const BuildNames *all, uint32 *stamps,
		   uint16 *numbers, uint32 number)
{
	if (stamps[number] != u->stamp)
	{
		numbers[number] = journey_builder_name(&u->b, names, &all->labels[number]);
		stamps[number] = u->stamp;
	}
	return numbers[number];
}

/* The same for a name in the record; moves on behind it. */
static uint16
inline_name(Builder *u, JourneyNames *names, const char **image)
{
	JourneyLabel label;
	uint32		len;

	memcpy(&len, *image, sizeof(len));
	journey_label_from_text(&label, *image + sizeof(len), len);
	*image += MAXALIGN(sizeof(len) + len);
	return journey_builder_name(&u->b, names, &label);
}

static void
forget_names(JourneyNames *names)
{
	/* what they hold is in the context of the customers, which is reset */
	memset(names, 0, sizeof(*names));
}

/* As journey_builder_add, where there is room, no value yet, and a finite time. */
static inline void
add_touch(JourneyBuilder *b, TimestampTz at, uint16 label, uint16 channel)
{
	JourneyTouch *touch = &b->touch[b->count];

	if (b->count > 0 && at <= touch[-1].at)
		b->increasing = false;
	touch->at = at;
	touch->label = label;
	touch->channel = channel;
	touch->seq = b->count++;
}

static Datum
customer_journey(Builder *u, BuildRecord *const *records, Size count)
{
	BuildReceiver *r = u->r;
	JourneyBuilder *b = &u->b;
	MemoryContext old = MemoryContextSwitchTo(u->context);
	Datum		result;

	if (u->touch_allocated < count)
	{
		if (b->touch != NULL)
			pfree(b->touch);
		b->touch = MemoryContextAllocHuge(r->context, count * sizeof(JourneyTouch));
		u->touch_allocated = count;
	}
	b->allocated = (uint32) count;
	b->context = u->context;
	b->count = 0;
	b->increasing = true;
	b->values = NULL;
	b->tiebreaks = NULL;
	forget_names(&b->labels);
	forget_names(&b->channels);
	u->stamp++;
	if (r->ncols > COL_TIEBREAK)
		b->tiebreaks = palloc(b->allocated * sizeof(int64));

	for (Size i = 0; i < count; i++)
	{
		const BuildRecord *record = records[i];
		const char *image = (const char *) record + r->fixed;
		double		value = NAN;
		uint16		label;
		uint16		channel = 0;

		if (record->label == LABEL_INLINE || record->channel == CHANNEL_INLINE)
			image += build_customer_room(&r->customer, image);
		label = record->label == LABEL_INLINE ? inline_name(u, &b->labels, &image) :
			local_name(u, &b->labels, &r->events, u->event_stamp, u->event_no, record->label);
		if (record->channel == CHANNEL_INLINE)
			channel = 1 + inline_name(u, &b->channels, &image);
		else if (record->channel > 0)
			channel = 1 + local_name(u, &b->channels, &r->channels, u->channel_stamp,
									 u->channel_no, record->channel - 1);
		if (r->ncols > COL_VALUE)
			memcpy(&value, (const char *) record + r->value_at, sizeof(value));
		if (b->values == NULL && isnan(value))
			add_touch(b, record->at, label, channel);
		else
			journey_builder_add(b, record->at, label, channel, value);
		if (b->tiebreaks != NULL)
			memcpy(&b->tiebreaks[b->count - 1], (const char *) record + r->tiebreak_at, sizeof(int64));
	}
	journey_builder_sort_canonical(b);
	result = PointerGetDatum(journey_builder_finish(b));
	MemoryContextSwitchTo(old);
	return result;
}

static void
put_customer(Builder *u, const BuildCustomer *g, BuildRecord *const *records)
{
	Datum		customer;
	Datum		journey;
	Whose		whose;

	CHECK_FOR_INTERRUPTS();
	customer = build_customer(&u->r->customer, g->first, u->r->fixed);
	begin_customer(&whose, "journey", &u->r->customer, customer);
	if (g->count > JOURNEY_MAX_TOUCHPOINTS)
		journey_too_long();
	journey = customer_journey(u, records, g->count);
	end_customer(&whose);
	if (u->sink->put(u->sink, customer, journey, &u->b))
		MemoryContextReset(u->context);
}

/* Tell the customers of a partition apart and put their journeys out. */
static void
put_partition(Builder *u, const BuildPart *part)
{
	BuildReceiver *r = u->r;
	MemoryContext old = MemoryContextSwitchTo(u->part_context);
	uint32		ngroups = 0;
	BuildCustomer *groups = u->groups;
	uint32	   *slots = u->slots;
	Size		nslots = u->nslots;
	uint32	   *group_of;
	BuildRecord **ordered;
	Size		start = 0;

	if (part->count > u->records_allocated)
	{
		if (u->records_allocated > 0)
		{
			pfree(u->group_of);
			pfree(u->ordered);
		}
		u->records_allocated = part->count + part->count / 8;
		u->group_of = MemoryContextAllocHuge(r->context, u->records_allocated * sizeof(uint32));
		u->ordered = MemoryContextAllocHuge(r->context, u->records_allocated * sizeof(BuildRecord *));
	}
	group_of = u->group_of;
	ordered = u->ordered;
	memset(slots, 0, nslots * sizeof(uint32));
	for (Size i = 0; i < part->count; i++)
	{
		BuildRecord *record = part->records[i];
		Size		slot = build_hash(record->key) & (nslots - 1);

		if ((i & 0xffff) == 0xffff)
			CHECK_FOR_INTERRUPTS();
		while (slots[slot] != 0 &&
			   !build_customer_same(&r->customer, groups[slots[slot] - 1].first, record, r->fixed))
			slot = (slot + 1) & (nslots - 1);
		if (slots[slot] == 0)
		{
			if (ngroups == u->groups_allocated)
			{
				u->groups_allocated *= 2;
				u->groups = groups = repalloc_huge(groups, u->groups_allocated * sizeof(BuildCustomer));
			}
			groups[ngroups].first = record;
			groups[ngroups].count = 0;
			slots[slot] = ++ngroups;
			group_of[i] = ngroups - 1;
			groups[ngroups - 1].count++;
			if ((Size) ngroups * 2 > nslots)
			{
				pfree(slots);
				u->nslots = nslots *= 2;
				u->slots = slots = MemoryContextAllocExtended(r->context, nslots * sizeof(uint32),
															  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
				for (uint32 g = 0; g < ngroups; g++)
				{
					slot = build_hash(groups[g].first->key) & (nslots - 1);
					while (slots[slot] != 0)
						slot = (slot + 1) & (nslots - 1);
					slots[slot] = g + 1;
				}
			}
			continue;
		}
		group_of[i] = slots[slot] - 1;
		groups[slots[slot] - 1].count++;
	}

	for (uint32 g = 0; g < ngroups; g++)
	{
		groups[g].start = start;
		start += groups[g].count;
		groups[g].count = 0;
	}
	for (Size i = 0; i < part->count; i++)
	{
		BuildCustomer *g = &groups[group_of[i]];

		ordered[g->start + g->count++] = part->records[i];
	}
	for (uint32 g = 0; g < ngroups; g++)
		put_customer(u, &groups[g], ordered + groups[g].start);
	if (u->sink->flush != NULL)
	{
		u->sink->flush(u->sink);
		MemoryContextReset(u->context);
	}

	MemoryContextSwitchTo(old);
	MemoryContextReset(u->part_context);
}

static void
put_journeys(BuildReceiver *r, BuildSink *sink)
{
	Builder		u;
	BuildPart	part;

	memset(&u, 0, sizeof(u));
	u.r = r;
	u.sink = sink;
	u.part_context = AllocSetContextCreate(r->context, "journey build customers", ALLOCSET_DEFAULT_SIZES);
	u.context = AllocSetContextCreate(r->context, "journey build customer", ALLOCSET_DEFAULT_SIZES);
	u.nslots = 1024;
	u.slots = palloc(u.nslots * sizeof(uint32));
	u.groups_allocated = 512;
	u.groups = palloc(u.groups_allocated * sizeof(BuildCustomer));
	u.event_stamp = palloc0((r->events.count + 1) * sizeof(uint32));
	u.event_no = palloc((r->events.count + 1) * sizeof(uint16));
	u.channel_stamp = palloc0((r->channels.count + 1) * sizeof(uint32));
	u.channel_no = palloc((r->channels.count + 1) * sizeof(uint16));
	if (r->reports)
		pgstat_progress_update_param(PROGRESS_COPY_BYTES_TOTAL, (int64) build_spool_bytes(r->spool));
	while (build_spool_next(r->spool, &part))
	{
		if (part.too_many)
		{
			Whose		whose;

			begin_customer(&whose, "journey", &r->customer,
						   build_customer(&r->customer, part.records[0], r->fixed));
			journey_too_long();
		}
		put_partition(&u, &part);
		u.bytes_done += part.bytes;
		if (r->reports)
			pgstat_progress_update_param(PROGRESS_COPY_BYTES_PROCESSED, (int64) u.bytes_done);
	}
}

/* -- the functions ---------------------------------------------------------- */

void
build_query(const char *query, Oid customer_type, bool empty_is_null, BuildSink *sink)
{
	BuildReceiver r;
	SPIExecuteOptions options;

	memset(&r, 0, sizeof(r));
	r.pub.receiveSlot = receiver_row;
	r.pub.rStartup = receiver_startup;
	r.pub.rShutdown = receiver_shutdown;
	r.pub.rDestroy = receiver_shutdown;
	r.pub.mydest = DestTuplestore;
	r.context = AllocSetContextCreate(CurrentMemoryContext, "journey build", ALLOCSET_DEFAULT_SIZES);
	r.asked_type = customer_type;
	r.limit = get_hash_memory_limit();
	r.empty_is_null = empty_is_null;
	r.all_numbered = true;

	/*
	 * The views of progress know the server's own commands only; a copy from
	 * a callback is what this is most like.  A command that calls us and
	 * reports itself keeps its report.
	 */
	r.reports = MyBEEntry == NULL || MyBEEntry->st_progress_command == PROGRESS_COMMAND_INVALID;
	if (r.reports)
	{
		pgstat_progress_start_command(PROGRESS_COMMAND_COPY, InvalidOid);
		pgstat_progress_update_param(PROGRESS_COPY_TYPE, PROGRESS_COPY_TYPE_CALLBACK);
	}

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	memset(&options, 0, sizeof(options));
	options.read_only = true;
	options.must_return_tuples = true;
	options.dest = &r.pub;
	SPI_execute_extended(query, &options);
	SPI_finish();

	if (r.started)
	{
		MemoryContext old = MemoryContextSwitchTo(r.context);

		report_rows(&r);
		if (sink->names != NULL)
			sink->names(sink, &r.events, r.all_numbered);
		put_journeys(&r, sink);
		MemoryContextSwitchTo(old);
	}
	if (r.reports)
		pgstat_progress_end_command();
	MemoryContextDelete(r.context);
}

typedef struct StoreSink
{
	BuildSink	pub;
	ReturnSetInfo *rsinfo;
} StoreSink;

static bool
store_journey(BuildSink *self, Datum customer, Datum journey, const JourneyBuilder *b)
{
	ReturnSetInfo *rsinfo = ((StoreSink *) self)->rsinfo;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	values[0] = customer;
	values[1] = journey;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	return true;
}

static void
build_rows(FunctionCallInfo fcinfo, bool empty_is_null)
{
	StoreSink	sink = {{.put = store_journey}};

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(1))
		return;
	sink.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	build_query(text_to_cstring(PG_GETARG_TEXT_PP(1)),
				get_fn_expr_argtype(fcinfo->flinfo, 0), empty_is_null, &sink.pub);
}

/*
 * build(customer anyelement, query text): the first argument only says which
 * type the customers have.
 */
PG_FUNCTION_INFO_V1(journey_build);
Datum
journey_build(PG_FUNCTION_ARGS)
{
	build_rows(fcinfo, false);
	return (Datum) 0;
}

/*
 * source_build(customer anyelement, query text): the same for rows as a source
 * reads them.  nullif(event, '') in the query costs more than numbering a name.
 */
PG_FUNCTION_INFO_V1(journey_source_build);
Datum
journey_source_build(PG_FUNCTION_ARGS)
{
	build_rows(fcinfo, true);
	return (Datum) 0;
}
