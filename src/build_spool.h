/*
 * build_spool.h
 *	  Records by the hash of their customer: kept in memory up to a limit, then
 *	  in temporary files, and read back partition by partition.
 *
 * Include after postgres.h.
 */
#ifndef BUILD_SPOOL_H
#define BUILD_SPOOL_H

/*
 * A touchpoint of a customer.  Equal customers have equal keys.  Behind the
 * record stands what is not in it: `words` says how many times 8 bytes all of
 * it takes.
 */
typedef struct BuildRecord
{
	uint64		key;
	int64		at;
	uint32		label;
	uint16		channel;
	uint16		words;
} BuildRecord;

#define BUILD_MAX_RECORD	((Size) PG_UINT16_MAX * 8)

/* Spreads the bits of a key. */
static inline uint64
build_hash(uint64 key)
{
	key = (key ^ (key >> 30)) * UINT64CONST(0xbf58476d1ce4e5b9);
	key = (key ^ (key >> 27)) * UINT64CONST(0x94d049bb133111eb);
	return key ^ (key >> 31);
}

typedef struct BuildSpool BuildSpool;

/* In the current memory context; `limit` bytes or so are kept in memory. */
extern BuildSpool *build_spool_create(Size limit);

/* Room for a record of so many bytes, to be filled before the next call. */
extern BuildRecord *build_spool_add(BuildSpool *spool, uint64 key, Size size);

/*
 * All records of some customers, in the order in which they were added; they
 * stay until the next call.  Where that is one customer with more than
 * JOURNEY_MAX_TOUCHPOINTS there is only the first of them, and `too_many` is set.
 */
typedef struct BuildPart
{
	BuildRecord **records;
	Size		count;
	Size		bytes;
	bool		too_many;
} BuildPart;

extern bool build_spool_next(BuildSpool *spool, BuildPart *part);

extern uint64 build_spool_bytes(const BuildSpool *spool);
extern bool build_spool_on_disk(const BuildSpool *spool);

#endif							/* BUILD_SPOOL_H */
