/*
 * channel_paths_test.c
 *	  Paths from stretches and windows against those from lists of touches, on
 *	  random journeys; and nothing is read that is outside the value.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o channel_paths_test \
 *		  test/core/channel_paths_test.c src/core/[a-z]*.c -lm
 *	  ./channel_paths_test [seed]
 *
 * Every value stands in a piece of memory of its own, with the one byte of a
 * short header before it, and so does what is filled.  Codes have every width,
 * times every unit.  Prints "ok", or where it failed and the seed.
 */
#include "core/channel_paths.h"
#include "core/gap_groups.h"
#include "core/wellknown.h"

#include "journey_support.h"

#include <math.h>

#define MAX_TOUCH	700
#define MAX_NAMES	400

static JourneyTouch touch[MAX_TOUCH];
static double values[MAX_TOUCH];
static JourneyLabel names[MAX_NAMES];
static JourneyLabel known[128]; /* names of one byte */
static char texts[MAX_NAMES][16];
static uint64_t paths_seen;
static uint64_t overlaps_seen;
static uint64_t runs_seen;
static uint64_t ties_seen;

static uint32_t
some(void)
{
	static const uint32_t sizes[] = {1, 2, 3, 4, 7, 15, 16, 40, 255, 300};

	return sizes[below(10)];
}

static uint8_t *
make_journey(JourneyView *v, uint32_t count, bool plain)
{
	static const int64_t units[] = {1000000, 1000000, 1000, 1};
	static const uint64_t spans[] = {1, 2, 300, 70000, 1 << 24, UINT64_C(1) << 33};
	JourneySource source = {touch, count, names, some(), names, some(), values};
	int64_t		unit = units[below(4)];
	int64_t		at = ((int64_t) (rnd() >> 40) - 1000000) * unit;
	uint32_t	most = 1 + below(6);
	uint32_t	stay = 1 + below(6);	/* how long a channel does */
	uint32_t	none = 1 + below(9);
	uint16_t	channel = 0;

	if (plain)
	{
		source.labels = known + below(100);
		source.nlabels = 1 + below(below(8) ? 16 : 20);
		source.channels = known + below(100);
		source.nchannels = 1 + below(below(8) ? 15 : 20);
	}
	for (uint32_t i = 0; i < count; i++)
	{
		at += (int64_t) (rnd() % spans[below(most)]) * unit;
		if (below(stay) == 0)
			channel = (uint16_t) (below(none) == 0 ? 0 : 1 + below(source.nchannels));
		touch[i].at = at;
		touch[i].label = (uint16_t) below(source.nlabels);
		touch[i].channel = below(none + 20) == 0 ? 0 : channel;
		touch[i].seq = i;
		values[i] = below(3) == 0 ? (double) below(1000) : NAN;
	}
	return encode_journey(&source, v);
}

/* A list of n things in memory of its own. */
static void *
list(size_t n, size_t size)
{
	return malloc(n * size + 1);
}

static void
check_journey(const JourneyView *v)
{
	uint32_t	n = v->count;
	AttributionTransform transform = (AttributionTransform) below(4);
	bool		join = transform != AT_UNIQUE;
	bool		restart = below(2) > 0;
	bool		by_label = below(5) == 0;	/* what is a touch */
	bool		elsewhere = below(4) == 0;	/* conversions are not its own */
	uint64_t	lookback = below(3) == 0 ? ATTRIBUTION_NO_LIMIT : rnd() >> (24 + below(40));
	uint32_t	odds = 1 + below(12);
	uint8_t    *fits = list(v->nlabels, 1);
	ChannelStretch *stretches = list(n, sizeof(ChannelStretch));
	uint32_t	nstretches = 0;
	uint32_t   *places = list(n, sizeof(uint32_t));
	uint32_t	nconversions;
	uint32_t	found = 0;
	double	   *worth = list(n, sizeof(double));
	int64_t    *at = list(n, sizeof(int64_t));
	int64_t    *conversion_at = list(n, sizeof(int64_t));
	ChannelWindow *windows = list(n + 1, sizeof(ChannelWindow));
	uint32_t   *channels = list(n, sizeof(uint32_t));
	ChannelStep *steps = list(n, sizeof(ChannelStep));
	uint32_t   *seen = calloc(v->nchannels + 1, sizeof(uint32_t));
	AttributionTouch *touches = list(n, sizeof(AttributionTouch));
	AttributionStep *want = list(n, sizeof(AttributionStep));
	size_t		ntouches = 0;
	AttributionWindow window = {0, 0};
	int64_t		since = ATTRIBUTION_ALWAYS;
	int64_t		unit;
	JourneyCursor c;

	for (uint32_t i = 0; i < v->nlabels; i++)
		fits[i] = below(odds) == 0;
	nconversions = channel_conversions(v, fits, places);
	channel_values(v, places, nconversions, worth);
	channel_times(v, at, &unit);
	if (!by_label)
		nstretches = channel_stretches(v, join, stretches);
	journey_first(&c, v);
	while (journey_next(&c))
	{
		uint32_t	i = c.next - 1;

		REQUIRE(journey_first_at(v) + at[i] * unit == c.at);
		if (fits[c.label])
		{
			REQUIRE(found < nconversions && places[found] == i);
			REQUIRE(worth[found] == (c.has_value ? c.value : 0));
			found++;
		}
		if (by_label ? c.label % 2 == 0 : c.channel > 0)
		{
			touches[ntouches].at = c.at;
			touches[ntouches].channel = c.channel;
			touches[ntouches].label = i;
			ntouches++;
			if (by_label)
				nstretches = channel_stretch_add(stretches, nstretches, join, i, c.channel);
		}
	}
	REQUIRE(found == nconversions);
	REQUIRE((nstretches > 0) == (ntouches > 0));
	if (ntouches == 0)
		goto done;
	REQUIRE(join || nstretches == ntouches);
	REQUIRE(stretches[nstretches - 1].last == touches[ntouches - 1].label);

	/* the windows, in units or in microseconds */
	if (elsewhere)
	{
		int64_t		when = journey_first_at(v);

		for (uint32_t i = 0; i < n; i++)
			at[i] = journey_first_at(v) + at[i] * unit;
		nconversions = below(n + 1);
		for (uint32_t i = 0; i < nconversions; i++)
			conversion_at[i] = when += (int64_t) (rnd() >> (30 + below(34)));
		unit = 1;
	}
	else
	{
		for (uint32_t i = 0; i < nconversions; i++)
			conversion_at[i] = at[places[i]];
	}
	channel_windows(at, n, conversion_at, nconversions,
					lookback == ATTRIBUTION_NO_LIMIT ? lookback : lookback / (uint64_t) unit,
					restart, windows);
	windows[nconversions] = channel_rest(at, n, nconversions > 0 ? windows[nconversions - 1].end : 0,
										 touches[ntouches - 1].label,
										 lookback == ATTRIBUTION_NO_LIMIT ? lookback :
										 lookback / (uint64_t) unit);
	channel_meet(stretches, nstretches, transform == AT_EXPOSURE, windows, nconversions + 1, channels);

	for (uint32_t i = 0; i <= nconversions; i++)
	{
		const ChannelWindow *w = &windows[i];
		int64_t		when = touches[ntouches - 1].at;
		size_t		nwant;
		uint32_t	got;

		if (i < nconversions)
			when = elsewhere ? conversion_at[i] : journey_first_at(v) + conversion_at[i] * unit;
		if (i > 0 && (i == nconversions ||
					  (restart && conversion_at[i - 1] < conversion_at[i])))
			since = elsewhere ? conversion_at[i - 1] :
				journey_first_at(v) + conversion_at[i - 1] * unit;
		attribution_look_back(&window, touches, ntouches, when, lookback, since);
		nwant = attribution_path(transform, touches, window, seen, want);
		got = channel_steps(transform, stretches, w, seen, steps);
		REQUIRE(got == nwant);
		for (uint32_t k = 0; k < got; k++)
			REQUIRE(steps[k].channel == touches[want[k].touch].channel &&
					steps[k].touches == want[k].touches);
		REQUIRE((w->end_stretch > w->first_stretch) == (got > 0));
		if (transform == AT_EXPOSURE || transform == AT_UNIQUE)
		{
			REQUIRE((w->end_step > w->first_step ? w->end_step - w->first_step : 0) == got);
			for (uint32_t k = 0; k < got; k++)
				REQUIRE(channels[w->first_step + k] == steps[k].channel);
		}
		paths_seen += got > 0;
		overlaps_seen += got > 0 && i > 0 && windows[i - 1].end_step > w->first_step;
	}

done:
	free(fits);
	free(stretches);
	free(places);
	free(worth);
	free(at);
	free(conversion_at);
	free(windows);
	free(channels);
	free(steps);
	free(seen);
	free(touches);
	free(want);
}

/* A path as the numbers of its channels, then how it ends; all of them in a row. */
#define CONVERTED	1000
#define NOT			1001

static void
step(uint32_t *list, size_t *n, uint32_t channel)
{
	if (*n == 0 || list[*n - 1] != channel)
		list[(*n)++] = channel;
}

static void
end_path(uint32_t *list, size_t *n, uint32_t how)
{
	if (*n > 0 && list[*n - 1] < CONVERTED)
		list[(*n)++] = how;
}

/* The events of a journey against the times of its touches and conversions. */
static void
check_run(const JourneyView *v)
{
	uint32_t	n = v->count;
	uint32_t	odds = 1 + below(8);
	ChannelNames conversions;
	JourneyLabel *labels = list(v->nlabels, sizeof(JourneyLabel));
	ChannelRun *run = list(1, sizeof(ChannelRun));
	int64_t    *at = list(n, sizeof(int64_t));
	uint32_t   *channels = list(n, sizeof(uint32_t));
	uint8_t    *converts = list(n, 1);
	uint32_t   *want = list(3 * (size_t) n, sizeof(uint32_t));
	uint32_t   *got = list(3 * (size_t) n, sizeof(uint32_t));
	size_t		nwant = 0;
	size_t		ngot = 0;
	bool		tie = false;
	bool		any = false;
	int64_t		since = INT64_MIN;
	JourneyCursor c;

	for (int i = 0; i < 16; i++)
	{
		conversions.bits[i] = 0;
		for (int k = 0; k < 8; k++)
			conversions.bits[i] |= (uint8_t) ((below(odds) == 0) << k);
	}
	journey_read_labels(v->labels, v->nlabels, labels);
	journey_first(&c, v);
	while (journey_next(&c))
	{
		uint32_t	name = labels[c.label].known;

		at[c.next - 1] = c.at;
		channels[c.next - 1] = c.channel;
		converts[c.next - 1] = conversions.bits[name % 16] >> name / 16 & 1;
		any |= c.channel > 0;
	}
	for (uint32_t i = 0; i <= n; i++)
	{
		if (i < n && !converts[i])
			continue;
		tie |= i + 1 < n && at[i] == at[i + 1];
		for (uint32_t k = 0; k < n; k++)
		{
			if (channels[k] > 0 && (since == INT64_MIN || at[k] > since) && (i == n || at[k] <= at[i]))
				step(want, &nwant, channels[k]);
		}
		end_path(want, &nwant, i < n ? CONVERTED : NOT);
		since = i < n ? at[i] : since;
	}
	if (!channel_run(v, &conversions, run))
	{
		REQUIRE(!gap_groups_avx2 || tie || v->nlabels > 16 || v->nchannels > 15 || n > 1024 ||
				v->end - v->labels < 8);
		ties_seen += tie && gap_groups_avx2;
		goto done;
	}
	REQUIRE(gap_groups_avx2 && !tie && run->any_touch == any);
	REQUIRE(run->ends_converted == (converts[n - 1] != 0));
	REQUIRE(run->nblocks == (n + 63) / 64);
	for (uint32_t i = 0; i < n; i++)
	{
		bool		starts = run->starts[i / 64] >> i % 64 & 1;

		REQUIRE(run->codes[i] == channels[i]);
		REQUIRE(starts == (i > 0 && converts[i - 1]));
		if ((run->events[i / 64] >> i % 64 & 1) == 0)
		{
			REQUIRE(!starts);
			continue;
		}
		if (starts)
			end_path(got, &ngot, CONVERTED);
		if (channels[i] > 0)
			step(got, &ngot, channels[i]);
	}
	if (n % 64 > 0)
	{
		REQUIRE(run->events[n / 64] >> n % 64 == 0 && run->starts[n / 64] >> n % 64 == 0);
	}
	end_path(got, &ngot, run->ends_converted ? CONVERTED : NOT);
	REQUIRE(ngot == nwant && memcmp(got, want, ngot * sizeof(uint32_t)) == 0);
	runs_seen++;

done:
	free(labels);
	free(run);
	free(at);
	free(channels);
	free(converts);
	free(want);
	free(got);
}

int
main(int argc, char **argv)
{
	bool		has_ssse3;
	bool		has_avx2;

	start_random(argc > 1 ? argv[1] : NULL, 20260215);
	wellknown_init();
	gap_groups_init();
	has_ssse3 = gap_groups_ssse3;
	has_avx2 = gap_groups_avx2;
	for (uint16_t i = 0; i < 128; i++)
	{
		size_t		len;
		const char *text = wellknown_text(i, &len);

		journey_label_from_text(&known[i], text, len);
	}
	for (int i = 0; i < MAX_NAMES; i++)
	{
		snprintf(texts[i], sizeof(texts[i]), i % 3 > 0 ? "name %d" : "email/%d", i);
		journey_label_from_text(&names[i], i == 1 ? "email" : i == 2 ? "direct" : texts[i],
								strlen(i == 1 ? "email" : i == 2 ? "direct" : texts[i]));
	}
	for (int round = 0; round < 30000; round++)
	{
		JourneyView v;
		uint8_t    *memory;

		gap_groups_ssse3 = has_ssse3 && below(3) > 0;
		memory = make_journey(&v, 1 + below(below(20) > 0 ? 40 : MAX_TOUCH), round % 3 == 0);

		check_journey(&v);
		gap_groups_avx2 = has_avx2 && below(10) > 0;
		if (round % 3 == 0)
			check_run(&v);
		free(memory);
	}
	REQUIRE(paths_seen > 50000 && overlaps_seen > 10000);
	REQUIRE(!has_avx2 || (runs_seen > 1500 && ties_seen > 1000));
	printf("ok\n");
	return 0;
}
