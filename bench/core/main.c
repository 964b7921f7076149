/*
 * main.c
 *	  Ask the core the questions of bench/core, without a server, and measure.
 *
 *	generate ... | core [--variant NAME] [--topic TOPIC[:WAY]] [--rounds N] [--list]
 *
 * All ways are asked in turn, round by round, and the least CPU time of each is
 * printed: topic, way, what it calls, divisor, what the divisor is, ns by it.
 * Under callgrind nothing is timed; each way leaves a part of its own in the
 * profile, the trigger of which is "topic:way".
 *
 * Every way is also checked: its checksum must be that which another way to the
 * same answer gives.  The exit status tells.
 */
#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"
#include "core/transitions.h"
#include "core/wellknown.h"

#ifdef HAVE_CALLGRIND
#include <valgrind/callgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name) ((void) (name))
#endif

#define MAX_WAYS	64

static const Way *const lists[] = {
	layout_ways, funnel_ways, pattern_ways, session_ways, transition_ways, stage_ways, period_ways,
	tally_ways, markov_ways
};

static void (*const prepare[]) (const Store *) =
{
	prepare_funnel, prepare_pattern, prepare_sessions, prepare_stages, prepare_periods,
		prepare_tally, prepare_markov
};

#define COUNT(array)	(sizeof(array) / sizeof(array[0]))

/* "transitions" are all of the topic, "transitions:rows" is one of them. */
static bool
is_asked(const Way *way, const char *asked)
{
	size_t		len = strlen(way->topic);

	return asked == NULL ||
		(strncmp(asked, way->topic, len) == 0 &&
		 (asked[len] == '\0' || (asked[len] == ':' && strcmp(asked + len + 1, way->name) == 0)));
}

static double
cpu_ns(void)
{
	struct timespec t;

	(void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

/* What --toggle-collect="measured*" is for, where callgrind.h is not there. */
__attribute__((noinline))
static uint64_t
measured(const Way *way, const Store *store)
{
	return way->ask(store);
}

static uint64_t
checksum(const Way *way, const Store *store, uint64_t answer)
{
	return way->finish != NULL ? way->finish(store) : answer;
}

static uint64_t
profiled(const Way *way, const Store *store)
{
	char		name[100];
	uint64_t	sum;

	snprintf(name, sizeof(name), "%s:%s", way->topic, way->name);
	CALLGRIND_START_INSTRUMENTATION;
	CALLGRIND_ZERO_STATS;
	sum = measured(way, store);
	CALLGRIND_DUMP_STATS_AT(name);
	CALLGRIND_STOP_INSTRUMENTATION;
	return sum;
}

static void
usage(void)
{
	fprintf(stderr, "usage: core [--variant NAME] [--topic TOPIC[:WAY]] [--rounds N] [--list] < events.csv\n");
	exit(2);
}

int
main(int argc, char **argv)
{
	const Way  *ways[MAX_WAYS];
	uint64_t	checksums[MAX_WAYS];
	double		least[MAX_WAYS];
	size_t		nways = 0;
	const char *variant = "seconds";
	const char *topic = NULL;
	long		rounds = 10;
	bool		list = false;
	int			failed = 0;
	static Store store;

	for (int i = 1; i < argc; i++)
	{
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "--list") == 0)
		{
			list = true;
			continue;
		}
		if (value == NULL)
			usage();
		if (strcmp(argv[i], "--variant") == 0)
			variant = value;
		else if (strcmp(argv[i], "--topic") == 0)
			topic = value;
		else if (strcmp(argv[i], "--rounds") == 0)
			rounds = strtol(value, NULL, 10);
		else
			usage();
		i++;
	}
	for (size_t i = 0; i < COUNT(lists); i++)
	{
		for (const Way *way = lists[i]; way->topic != NULL; way++)
		{
			if (is_asked(way, topic) && nways < MAX_WAYS)
				ways[nways++] = way;
		}
	}
	if (nways == 0 || rounds < 1)
		usage();
	if (list)
	{
		for (size_t i = 0; i < nways; i++)
			printf("%s:%s\n", ways[i]->topic, ways[i]->name);
		return 0;
	}

	/* memory that was given back is used again, and stays mapped */
	(void) mallopt(M_MMAP_THRESHOLD, 1 << 30);
	(void) mallopt(M_TRIM_THRESHOLD, INT_MAX);

	wellknown_init();
	transitions_init();
	store_read(&store, variant);
	for (size_t i = 0; i < COUNT(prepare); i++)
		prepare[i] (&store);
	fprintf(stderr, "%" PRIu64 " touchpoints, %u customers\n", store.touchpoints, store.count);

	/* the first round warms up, and looks at the answers */
	for (size_t i = 0; i < nways; i++)
	{
		uint64_t	got = checksum(ways[i], &store, ways[i]->ask(&store));
		uint64_t	wanted = ways[i]->expected(&store);

		checksums[i] = got;
		if (got != wanted)
		{
			printf("not ok: %s:%s answers %016" PRIx64 ", not %016" PRIx64 "\n",
				   ways[i]->topic, ways[i]->name, got, wanted);
			failed = 1;
		}
		if (RUNNING_ON_VALGRIND)
			failed |= checksum(ways[i], &store, profiled(ways[i], &store)) != got;
	}
	for (long round = 0; round < rounds && !RUNNING_ON_VALGRIND; round++)
	{
		for (size_t i = 0; i < nways; i++)
		{
			double		start = cpu_ns();
			uint64_t	got = measured(ways[i], &store);
			double		ns = cpu_ns() - start;

			failed |= checksum(ways[i], &store, got) != checksums[i];
			if (round == 0 || ns < least[i])
				least[i] = ns;
		}
	}
	for (size_t i = 0; i < nways; i++)
	{
		uint64_t	units = ways[i]->units != NULL ? *ways[i]->units : store.touchpoints;

		printf("%s\t%s\t%s\t%" PRIu64 "\t%s\t%.2f\n", ways[i]->topic, ways[i]->name, ways[i]->what, units,
			   ways[i]->unit != NULL ? ways[i]->unit : "touchpoint",
			   RUNNING_ON_VALGRIND ? 0 : least[i] / (double) units);
	}
	return failed;
}
