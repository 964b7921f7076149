/*
 * store.c
 *	  The journeys that questions are asked of.
 *
 * Events come as bench/generate.c writes them, in order of time with customers
 * interleaved; a counting sort puts them in order of customers.  Values lie in
 * memory as a sequential scan finds them in the pages of a table: the next
 * before the one at hand, each behind a header.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "core/calendar.h"

#define TUPLE_HEADER	33		/* of a row with its number, and of the value */
#define MARGIN			64		/* before and behind all values */
#define MAX_CUSTOMERS	10000000
#define MAX_EVENTS		200000000
#define MAX_LINE		256

/* A line of the CSV. */
typedef struct Line
{
	uint32_t	customer;
	JourneyTouch touch;
	double		value;
} Line;

static const char *const plain_steps[STEPS] =
{"view_item", "add_to_cart", "begin_checkout", "purchase"};
static const char *const named_steps[STEPS] =
{"product_page_seen", "basket_item_added", "begin_checkout", "purchase"};

static uint16_t
name_number(Names *names, const char *text)
{
	size_t		len = strlen(text);
	uint32_t	i;

	for (i = 0; i < names->count; i++)
	{
		if (strcmp(names->text[i], text) == 0)
			return (uint16_t) i;
	}
	if (i == MAX_NAMES || len >= sizeof(names->text[0]))
		die("too many or too long names");
	strcpy(names->text[i], text);
	journey_label_from_text(&names->labels[i], names->text[i], len);
	names->count++;
	return (uint16_t) i;
}

/* "2025-01-31 23:59:59[.123456]+00" as microseconds since 2000-01-01 UTC */
static int64_t
read_time(const char *text)
{
	int			year;
	int			month;
	int			day;
	int			hour;
	int			minute;
	int			second;
	int			used;
	int64_t		us = 0;

	if (sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used) != 6)
		die("a time cannot be read");
	if (text[used] == '.')
		us = strtol(text + used + 1, NULL, 10);
	return calendar_from_civil(year, month, day) * DAY +
		(hour * 3600 + minute * 60 + second) * SECOND + us;
}

static Line *
read_lines(Store *store, uint64_t *n)
{
	uint64_t	room = 1 << 16;
	Line	   *lines = malloc(room * sizeof(Line));
	char		text[MAX_LINE];

	*n = 0;
	while (fgets(text, sizeof(text), stdin) != NULL)
	{
		char	   *field[5];
		char	   *p = text;
		Line	   *line;
		unsigned long customer;

		for (int i = 0; i < 5; i++)
		{
			field[i] = p;
			p += strcspn(p, ",\n");
			if ((*p == ',') != (i < 4))
				die("a line has not five fields");
			*p++ = '\0';
		}
		if (*n == room)
			lines = realloc(lines, (room *= 2) * sizeof(Line));
		if (lines == NULL || *n == MAX_EVENTS)
			die("too many events");
		customer = strtoul(field[0], NULL, 10);
		if (customer < 1 || customer > MAX_CUSTOMERS)
			die("a customer has no number");
		line = &lines[(*n)++];
		line->customer = (uint32_t) customer - 1;
		line->touch.at = read_time(field[1]);
		line->touch.label = name_number(&store->names, field[2]);
		line->touch.channel = store->with_channels ? name_number(&store->channels, field[3]) + 1 : 0;
		line->value = field[4][0] != '\0' && store->with_channels ? strtod(field[4], NULL) : NAN;
		if (store->count <= line->customer)
			store->count = line->customer + 1;
	}
	if (*n == 0)
		die("no events on standard input");
	return lines;
}

static void
sort_lines(Store *store, const Line *lines)
{
	uint64_t   *next;

	store->first = allocate(store->count + 1, sizeof(uint64_t));
	store->touch = allocate(store->touchpoints, sizeof(JourneyTouch));
	store->values = allocate(store->touchpoints, sizeof(double));
	for (uint64_t i = 0; i < store->touchpoints; i++)
		store->first[lines[i].customer + 1]++;
	for (uint32_t i = 0; i < store->count; i++)
	{
		if (store->first[i + 1] == 0)
			die("a customer has no events");
		store->first[i + 1] += store->first[i];
	}
	next = malloc(store->count * sizeof(uint64_t));
	memcpy(next, store->first, store->count * sizeof(uint64_t));
	for (uint64_t i = 0; i < store->touchpoints; i++)
	{
		uint32_t	customer = lines[i].customer;
		uint64_t	at = next[customer]++;

		store->touch[at] = lines[i].touch;
		store->touch[at].seq = (uint32_t) (at - store->first[customer]);
		store->values[at] = lines[i].value;
	}
	free(next);
}

static void
encode_all(Store *store)
{
	uint16_t	codes[4][MAX_NAMES];
	JourneyPlan plan = {0};
	uint8_t   **memory = allocate(store->count, sizeof(uint8_t *));
	size_t		total = 2 * MARGIN;
	uint8_t    *p;

	plan.label_code = codes[0];
	plan.label_order = codes[1];
	plan.channel_code = codes[2];
	plan.channel_order = codes[3];
	store->data = allocate(store->count, sizeof(uint8_t *));
	store->size = allocate(store->count, sizeof(uint32_t));
	for (uint32_t i = 0; i < store->count; i++)
	{
		uint64_t	first = store->first[i];
		JourneySource source = {
			store->touch + first, (uint32_t) (store->first[i + 1] - first),
			store->names.labels, store->names.count,
			store->channels.labels, store->channels.count,
		store->with_channels ? store->values + first : NULL};

		journey_measure(&source, &plan);
		memory[i] = allocate(1, plan.size);
		journey_encode(&source, &plan, memory[i]);
		store->size[i] = (uint32_t) plan.size;
		total += plan.size + TUPLE_HEADER;
	}
	p = (uint8_t *) allocate(1, total) + total - MARGIN;
	for (uint32_t i = 0; i < store->count; i++)
	{
		p -= store->size[i];
		memcpy(p, memory[i], store->size[i]);
		store->data[i] = p;
		p -= TUPLE_HEADER;
		free(memory[i]);
	}
	free(memory);
}

void
store_read(Store *store, const char *variant)
{
	Line	   *lines;

	memset(store, 0, sizeof(*store));
	store->with_channels = strcmp(variant, "channels") == 0;
	store->steps = strcmp(variant, "names") == 0 ? named_steps : plain_steps;
	lines = read_lines(store, &store->touchpoints);
	sort_lines(store, lines);
	free(lines);
	encode_all(store);
}
