/*
 * build_spool.c
 *	  Records by the hash of their customer.
 *
 * The first eight bits of the hash choose one of 256 partitions, into whose
 * block the record is written.  So what comes in any order is read back with
 * all records of a customer close together: a partition is a 256th of the
 * whole, and the table that sorts its records by customer stays in the cache,
 * where one for all customers would miss it with every record.
 *
 * The records of 256 partitions in turn are written to 256 places.  So the line
 * after the one that is written is asked for ahead, and all that adding a record
 * changes besides it stands in ten kilobytes (Head): a write that misses the
 * caches delays every later one, those of the executor too.
 *
 * When the blocks together pass the limit, all of them are appended to a file
 * of their partition.  A partition that is read back and does not fit the limit
 * is divided again by the next eight bits of the hash, unless all its records
 * are of one customer.  Each record is written once and read once, or once more
 * for each further division.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

#include "core/journey_layout.h"
#include "build_spool.h"

#define FAN_OUT			256
#define LEVELS			8		/* of eight bits */
#define BLOCK_SIZE		((Size) 16384)

typedef struct Block
{
	struct Block *next;
	Size		size;			/* of data */
	Size		used;
	char		data[FLEXIBLE_ARRAY_MEMBER];
} Block;

typedef struct Partition
{
	Block	   *first;
	Block	   *last;
	BufFile    *file;			/* what stands before the blocks, or NULL */
	Size		file_bytes;
	Size		bytes;			/* those in the file included */
} Partition;

/*
 * What adding a record writes, and nothing besides the record: the heads of
 * all partitions stay in the processor's nearest cache.
 */
typedef struct Head
{
	char	   *to;				/* where the next record goes */
	char	   *end;			/* of the block */
	Size		count;			/* records, those in the file included */
	uint64		key;			/* of the first record */
	uint64		differs;		/* bits in which other keys differ from it */
} Head;

/* A set of partitions; a divided one has another set below it. */
typedef struct Level
{
	struct Level *above;
	int			shift;			/* which bits of the hash */
	int			next;			/* partition to be read next */
	Head		heads[FAN_OUT];
	Partition	partitions[FAN_OUT];
} Level;

struct BuildSpool
{
	MemoryContext context;		/* of the blocks and levels */
	MemoryContext part_context; /* of what build_spool_next gives */
	Level	   *level;
	BuildRecord **records;		/* room for those of a partition */
	Size		records_allocated;
	Size		limit;
	Size		held;			/* bytes in blocks */
	uint64		bytes;
	bool		on_disk;
};

/* Ask for a line that is likely to be used soon. */
static inline void
prefetch_line(const char *at)
{
#ifdef __GNUC__
	__builtin_prefetch(at, 1);
#endif
}

static Level *
new_level(BuildSpool *spool, Level *above)
{
	Level	   *level = MemoryContextAllocZero(spool->context, sizeof(Level));

	level->above = above;
	level->shift = above == NULL ? 56 : above->shift - 8;
	return level;
}

BuildSpool *
build_spool_create(Size limit)
{
	BuildSpool *spool = palloc0(sizeof(BuildSpool));

	spool->context = AllocSetContextCreate(CurrentMemoryContext, "journey build records",
										   ALLOCSET_DEFAULT_SIZES);
	spool->part_context = AllocSetContextCreate(CurrentMemoryContext, "journey build partition",
												ALLOCSET_DEFAULT_SIZES);
	spool->limit = Max(limit, 2 * FAN_OUT * BLOCK_SIZE);
	spool->level = new_level(spool, NULL);
	return spool;
}

uint64
build_spool_bytes(const BuildSpool *spool)
{
	return spool->bytes;
}

bool
build_spool_on_disk(const BuildSpool *spool)
{
	return spool->on_disk;
}

/* -- writing ---------------------------------------------------------------- */

static void
free_blocks(BuildSpool *spool, Partition *p)
{
	while (p->first != NULL)
	{
		Block	   *block = p->first;

		p->first = block->next;
		spool->held -= block->size;
		pfree(block);
	}
	p->last = NULL;
}

/* Say in the last block of a partition what has been written to it. */
static void
close_block(Level *level, int i)
{
	Partition  *p = &level->partitions[i];
	Head	   *head = &level->heads[i];

	if (p->last != NULL && head->to != NULL)
	{
		p->last->used = head->to - p->last->data;
		p->bytes += p->last->used;
	}
	head->to = head->end = NULL;
}

/* Append the blocks of all partitions of a level to their files. */
static void
write_level(BuildSpool *spool, Level *level)
{
	MemoryContext old = MemoryContextSwitchTo(spool->context);

	for (int i = 0; i < FAN_OUT; i++)
	{
		Partition  *p = &level->partitions[i];

		if (p->first == NULL)
			continue;
		close_block(level, i);
		CHECK_FOR_INTERRUPTS();
		if (p->file == NULL)
			p->file = BufFileCreateTemp(false);
		for (Block *block = p->first; block != NULL; block = block->next)
		{
			BufFileWrite(p->file, block->data, block->used);
			p->file_bytes += block->used;
		}
		free_blocks(spool, p);
	}
	spool->on_disk = true;
	MemoryContextSwitchTo(old);
}

/* A new block for a partition, with room for a record of so many bytes. */
static pg_noinline void
new_block(BuildSpool *spool, Level *level, int i, Size size)
{
	Partition  *p = &level->partitions[i];
	Size		room = Max(BLOCK_SIZE, size);
	Block	   *block;

	close_block(level, i);
	if (spool->held + room > spool->limit && spool->held > 0)
		write_level(spool, level);
	block = MemoryContextAlloc(spool->context, offsetof(Block, data) + room);
	block->next = NULL;
	block->size = room;
	block->used = 0;
	if (p->last == NULL)
		p->first = block;
	else
		p->last->next = block;
	p->last = block;
	spool->held += room;
	level->heads[i].to = block->data;
	level->heads[i].end = block->data + room;
}

static inline BuildRecord *
add_to_level(BuildSpool *spool, Level *level, uint64 key, Size size)
{
	int			i = (build_hash(key) >> level->shift) & (FAN_OUT - 1);
	Head	   *head = &level->heads[i];
	BuildRecord *record;

	if (unlikely(head->end - head->to < (ptrdiff_t) size))
		new_block(spool, level, i, size);
	record = (BuildRecord *) head->to;
	head->to += size;
	prefetch_line(head->to + 64);
	record->key = key;
	record->words = (uint16) (size / 8);
	if (head->count++ == 0)
		head->key = key;
	head->differs |= key ^ head->key;
	return record;
}

BuildRecord *
build_spool_add(BuildSpool *spool, uint64 key, Size size)
{
	Assert(size % 8 == 0 && size >= sizeof(BuildRecord) && size <= BUILD_MAX_RECORD);
	spool->bytes += size;
	return add_to_level(spool, spool->level, key, size);
}

/* -- reading ---------------------------------------------------------------- */

static void
read_file(Partition *p, void *to, Size bytes)
{
#if PG_VERSION_NUM >= 160000
	BufFileReadExact(p->file, to, bytes);
#else
	if (BufFileRead(p->file, to, bytes) != bytes)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from a temporary file of build")));
#endif
}

static void
rewind_file(Partition *p)
{
	if (BufFileSeek(p->file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rewind a temporary file of build")));
}

/* Divide what a partition has among a level below. */
static void
divide(BuildSpool *spool, Partition *p)
{
	Level	   *below;
	Size		left;

	/* all of it into the file, and room for what is read back */
	write_level(spool, spool->level);
	below = new_level(spool, spool->level);
	rewind_file(p);
	for (left = p->file_bytes; left > 0;)
	{
		BuildRecord head;
		BuildRecord *record;
		Size		size;

		CHECK_FOR_INTERRUPTS();
		read_file(p, &head, sizeof(head));
		size = (Size) head.words * 8;
		record = add_to_level(spool, below, head.key, size);
		*record = head;
		if (size > sizeof(head))
			read_file(p, record + 1, size - sizeof(head));
		left -= size;
	}
	BufFileClose(p->file);
	p->file = NULL;
	spool->level = below;
}

/* Pointers to the records between two addresses. */
static Size
point(BuildRecord **records, Size n, char *data, Size used)
{
	for (Size at = 0; at < used;)
	{
		records[n] = (BuildRecord *) (data + at);
		prefetch_line(data + at + 1024);
		at += (Size) records[n]->words * 8;
		n++;
	}
	return n;
}

static void
load(BuildSpool *spool, Partition *p, const Head *head, BuildPart *part)
{
	MemoryContext old = MemoryContextSwitchTo(spool->part_context);
	Size		n = 0;

	part->too_many = head->differs == 0 && head->count > JOURNEY_MAX_TOUCHPOINTS;
	part->count = part->too_many ? 1 : head->count;
	part->bytes = p->bytes;
	if (part->count > spool->records_allocated)
	{
		if (spool->records != NULL)
			pfree(spool->records);
		spool->records_allocated = part->count + part->count / 8;
		spool->records = MemoryContextAllocHuge(spool->context, spool->records_allocated * sizeof(BuildRecord *));
	}
	part->records = spool->records;
	if (p->file != NULL)
	{
		Size		bytes = part->too_many ? Min(p->file_bytes, BUILD_MAX_RECORD) : p->file_bytes;
		char	   *data = MemoryContextAllocHuge(spool->part_context, bytes);

		rewind_file(p);
		read_file(p, data, bytes);
		if (part->too_many)
			part->records[n++] = (BuildRecord *) data;
		else
			n = point(part->records, n, data, bytes);
		BufFileClose(p->file);
		p->file = NULL;
	}
	for (Block *block = p->first; block != NULL && n < part->count; block = block->next)
	{
		CHECK_FOR_INTERRUPTS();
		if (part->too_many)
			part->records[n++] = (BuildRecord *) block->data;
		else
			n = point(part->records, n, block->data, block->used);
	}
	Assert(n == part->count);
	MemoryContextSwitchTo(old);
}

bool
build_spool_next(BuildSpool *spool, BuildPart *part)
{
	MemoryContextReset(spool->part_context);
	for (;;)
	{
		Level	   *level = spool->level;
		Partition  *p;
		Head	   *head;

		/* the one that was given last is done with */
		if (level->next > 0)
			free_blocks(spool, &level->partitions[level->next - 1]);
		if (level->next == FAN_OUT)
		{
			if (level->above == NULL)
				return false;
			spool->level = level->above;
			pfree(level);
			continue;
		}
		p = &level->partitions[level->next];
		head = &level->heads[level->next];
		close_block(level, level->next++);
		if (head->count == 0)
			continue;
		if (p->bytes > spool->limit && head->differs != 0 && level->shift > 0)
		{
			divide(spool, p);
			continue;
		}
		load(spool, p, head, part);
		return true;
	}
}
