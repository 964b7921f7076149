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
static char texts[MAX_NAMES][16];
static uint64_t paths_seen;
static uint64_t overlaps_seen;

static uint32_t
some(void)
{
	static const uint32_t sizes[] = {1, 2, 3, 4, 7, 15, 16, 40, 255, 300};

	return sizes[below(10)];
}

static uint8_t *
make_journey(JourneyView *v, uint32_t count)
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

int
main(int argc, char **argv)
{
	bool		has_ssse3;

	start_random(argc > 1 ? argv[1] : NULL, 20260215);
	wellknown_init();
	gap_groups_init();
	has_ssse3 = gap_groups_ssse3;
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
		memory = make_journey(&v, 1 + below(below(20) > 0 ? 40 : MAX_TOUCH));

		check_journey(&v);
		free(memory);
	}
	REQUIRE(paths_seen > 50000 && overlaps_seen > 10000);
	printf("ok\n");
	return 0;
}
