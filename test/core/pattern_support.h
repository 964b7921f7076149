/*
 * pattern_support.h
 *	  What the tests of patterns share: memory, rows, journeys.
 */
#ifndef PATTERN_SUPPORT_H
#define PATTERN_SUPPORT_H

#include <string.h>
#include <time.h>

#include "core/pattern_journey.h"
#include "core/pattern_machine.h"
#include "core/wellknown.h"
#include "journey_support.h"
#include "test.h"

static inline bool
chance(uint32_t percent)
{
	return below(100) < percent;
}

/* -- memory of the host --------------------------------------------------------- */

typedef struct Block
{
	struct Block *next;
	int64_t		bytes[];
}			Block;

typedef struct Memory
{
	Block	   *blocks;
	size_t		taken;
	uint32_t	relaxed;
}			Memory;

static inline void *
allocate(void *arg, size_t size)
{
	Memory	   *memory = arg;
	Block	   *b = malloc(sizeof(Block) + size);

	REQUIRE(b != NULL);
	memset(b->bytes, 0x5a, size);
	b->next = memory->blocks;
	memory->blocks = b;
	memory->taken += size;
	return b->bytes;
}

static inline void
relax(void *arg)
{
	((Memory *) arg)->relaxed++;
}

static inline void
release(Memory * memory)
{
	while (memory->blocks != NULL)
	{
		Block	   *b = memory->blocks;

		memory->blocks = b->next;
		free(b);
	}
	memory->taken = 0;
}

/* -- sequences ---------------------------------------------------------------- */

typedef struct Touch
{
	int64_t		at;
	uint64_t	fits;			/* atoms */
	/* of journeys */
	int			label;
	int			channel;		/* 0 none, 1 email, 2 web */
	bool		has_value;
	double		value;
} Touch;

static const char *const label_texts[] =
{"a", "b", "purchase", "purchase/x", "Order Completed", "zzz"};

#define LABELS	6

static inline void
read_rows(PatternInput *input, PatternMachine *m, uint32_t from, uint32_t n,
		  int64_t *times, uint32_t *letters)
{
	const Touch *t = input->arg;

	REQUIRE(n > 0 && n <= PATTERN_CHUNK && from + n <= input->count);
	for (uint32_t i = 0; i < n; i++)
	{
		letters[i] = pattern_letter(m, &t[from + i].fits);
		if (times != NULL)
			times[i] = t[from + i].at;
	}
}

/* The journey's bytes, to be freed; behind a byte, so that it is unaligned. */
static inline uint8_t *
make_journey(const Touch *t, uint32_t n, bool channels, bool values, JourneyView *view)
{
	static const char *const channel_texts[] = {"email", "web"};
	JourneyLabel labels[LABELS];
	JourneyLabel channel_labels[2];
	JourneyTouch *touches = calloc(n + 1, sizeof(JourneyTouch));
	double	   *numbers = calloc(n + 1, sizeof(double));
	JourneySource src = {touches, n, labels, LABELS, channel_labels, channels ? 2 : 0,
	values ? numbers : NULL};
	uint8_t    *bytes;

	for (int i = 0; i < LABELS; i++)
		journey_label_from_text(&labels[i], label_texts[i], strlen(label_texts[i]));
	for (int i = 0; i < 2; i++)
		journey_label_from_text(&channel_labels[i], channel_texts[i], strlen(channel_texts[i]));
	for (uint32_t i = 0; i < n; i++)
	{
		touches[i].at = t[i].at;
		touches[i].label = t[i].label;
		touches[i].channel = channels ? t[i].channel : 0;
		touches[i].seq = i;
		numbers[i] = t[i].has_value ? t[i].value : __builtin_nan("");
	}
	bytes = encode_journey(&src, view);
	free(touches);
	free(numbers);
	return bytes;
}

/* -- patterns ------------------------------------------------------------------ */

/* A literal reads back equal after it was printed. */
static inline void
check_print(const Pattern *pattern, size_t size, const PatternHost *host)
{
	size_t		len = pattern_print(pattern, NULL, 0);
	char	   *text = malloc(len);
	Pattern    *again;
	PatternError err;
	size_t		again_size;

	REQUIRE(len <= PATTERN_MAX_TEXT);
	REQUIRE(pattern_print(pattern, text, len) == len);
	again = pattern_parse(text, len, host, &again_size, &err);
	if (again == NULL || again_size != size || memcmp(again, pattern, size) != 0)
		printf("printed: %.*s\n", (int) len, text);
	REQUIRE(again != NULL && again_size == size && memcmp(again, pattern, size) == 0);
	REQUIRE(pattern_check(pattern, size, host));
	free(text);
}

#endif							/* PATTERN_SUPPORT_H */
