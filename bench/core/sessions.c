/*
 * sessions.c
 *	  Sessions by gaps of more than half an hour: totals in blocks, and the walk
 *	  that tells why each session begins.
 */
#include <stdlib.h>

#include "bench.h"
#include "core/sessions.h"
#include "core/wellknown.h"

#define SPLIT_GAP	(1800 * SECOND + 1)

static SessionNames names;
static SessionLimits limits;

static uint8_t
flags_of(const char *text, size_t len)
{
	if (len == 9 && memcmp(text, "page_view", 9) == 0)
		return SESSION_IS_PAGE_VIEW;
	return len == 8 && memcmp(text, "purchase", 8) == 0 ? SESSION_IS_KEY_EVENT : 0;
}

void
prepare_sessions(const Store *store)
{
	(void) store;
	sessions_init();
	for (uint32_t i = 0; i < wellknown_count; i++)
	{
		size_t		len;
		const char *text = wellknown_text((uint16_t) i, &len);

		names.flags[i] = flags_of(text, len);
	}
	session_names(&names);
	session_limits(&limits, SPLIT_GAP);
}

/* -- in blocks, into a tally ------------------------------------------------------ */

static const int64_t keys[TALLY_MAX_KEYS];

static void
count_bucket(Tally **t, TallyRow **row, int32_t bucket)
{
	TallyFull	full;

	while ((full = tally_count_bucket(*t, *row, bucket, 1)) != TALLY_OK)
	{
		*t = tally_make_larger(*t, full);
		*row = tally_row_at(*t, 0);
	}
}

static Tally *
make_state(TallyRow **row)
{
	Tally	   *t = tally_make(TALLY_SESSIONS);
	TallyFull	full;

	while ((*row = tally_row(t, keys, &full)) == NULL)
		t = tally_make_larger(t, full);
	return t;
}

static void
add_totals(int64_t *counters, const SessionTotals *totals)
{
	counters[TC_SESSIONS_CUSTOMERS]++;
	counters[TC_SESSIONS_REPEAT] += totals->sessions > 1;
	counters[TC_SESSIONS_SESSIONS] += totals->sessions;
	counters[TC_SESSIONS_TOUCHPOINTS] += totals->touchpoints;
	counters[TC_SESSIONS_BOUNCED] += totals->bounced;
	counters[TC_SESSIONS_ENGAGED] += totals->engaged;
	counters[TC_SESSIONS_CONVERTED] += totals->converted;
	counters[TC_SESSIONS_SUM_HIGH] += (int64_t) (totals->duration >> 32);
	counters[TC_SESSIONS_SUM_LOW] += (int64_t) (totals->duration & 0xffffffff);
}

/* What the labels of a journey are. */
static void
label_flags(const JourneyView *v, uint8_t *flags)
{
	const uint8_t *p = v->labels;

	for (uint32_t i = 0; i < v->nlabels; i++)
	{
		JourneyLabel label;

		p = journey_next_label(p, &label);
		flags[i] = label.text == NULL ? names.flags[label.known] : flags_of(label.text, label.len);
	}
}

static uint64_t
blocks_all(const Store *store)
{
	TallyRow   *row;
	Tally	   *t = make_state(&row);

	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;
		SessionRun	run;
		SessionWindow window;
		uint8_t		some[MAX_NAMES];
		uint8_t    *flags = NULL;
		bool		more;

		window.counts = tally_buckets(t) + row->bucket_off;
		window.low = row->bucket_low;
		window.width = row->bucket_count;
		journey_prefetch_before(store->data[i]);
		if (sessions_whole(&run, store->data[i], store->size[i], &limits, &names, &window))
		{
			for (uint32_t k = 0; k < run.others; k++)
				count_bucket(&t, &row, run.buckets[k]);
			add_totals(tally_counters(t, row), &run.totals);
			continue;
		}
		open_journey(store, i, &v);
		if (!session_plain(&v))
		{
			flags = some;
			label_flags(&v, flags);
		}
		sessions_start(&run, &v, &limits, &names, flags, NULL);
		do
		{
			window.counts = tally_buckets(t) + row->bucket_off;
			window.low = row->bucket_low;
			window.width = row->bucket_count;
			more = sessions_next(&run, &window);
			for (uint32_t k = 0; k < run.others; k++)
				count_bucket(&t, &row, run.buckets[k]);
		} while (more);
		add_totals(tally_counters(t, row), &run.totals);
	}
	return tally_checksum(t);
}

/* -- one touchpoint after the other ------------------------------------------------ */

static inline void
end_session(Tally **t, TallyRow **row, const SessionWalk *walk, uint64_t marks, SessionTotals *totals)
{
	uint64_t	duration = (uint64_t) walk->last_at - (uint64_t) walk->start_at;

	totals->sessions++;
	totals->bounced += walk->touchpoints == 1;
	totals->engaged += session_engaged(duration, marks);
	totals->converted += marks >= SESSION_KEY_EVENT;
	totals->duration += duration;
	count_bucket(t, row, tally_bucket((int64_t) duration));
}

static uint64_t
walk_all(const Store *store)
{
	static const SessionRules rules = {SPLIT_GAP, SESSION_NO_LENGTH, SESSION_NO_COUNT, false};
	TallyRow   *row;
	Tally	   *t = make_state(&row);

	for (uint32_t i = 0; i < store->count; i++)
	{
		JourneyView v;
		JourneyCursor c;
		SessionWalk walk = {0};
		SessionTotals totals = {0};
		uint8_t		flags[MAX_NAMES];
		uint64_t	marks = 0;

		open_journey(store, i, &v);
		label_flags(&v, flags);
		journey_first(&c, &v);
		while (journey_next(&c))
		{
			SessionWalk before = walk;

			if (session_step(&walk, &rules, c.at, 0, false, false) != SPLIT_NONE)
			{
				if (before.touchpoints > 0)
					end_session(&t, &row, &before, marks, &totals);
				marks = 0;
			}
			marks += flags[c.label] & SESSION_IS_PAGE_VIEW ? SESSION_PAGE_VIEW : 0;
			marks += flags[c.label] & SESSION_IS_KEY_EVENT ? SESSION_KEY_EVENT : 0;
		}
		end_session(&t, &row, &walk, marks, &totals);
		totals.touchpoints = v.count;
		add_totals(tally_counters(t, row), &totals);
	}
	return tally_checksum(t);
}

const Way	session_ways[] = {
	{"sessions", "blocks", "sessions_next", blocks_all, NULL, walk_all},
	{"sessions", "walk", "journey_next, session_step", walk_all, NULL, blocks_all},
	{0}
};
