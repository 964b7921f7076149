/*
 * calendar.c
 *	  Numbers of calendar periods and lists of where they begin.
 *
 * Dates and civil dates by the usual trick of years that begin in March (see
 * Howard Hinnant, "chrono-compatible low-level date algorithms"), in the
 * proleptic Gregorian calendar as the server has it.
 */
#include "calendar.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define JULIAN_2000		2451545 /* Julian day of 2000-01-01, a Saturday */
#define FIRST_YEAR		(-4713) /* 4714 BC, where Julian day 0 is */

static inline int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int32_t
calendar_from_civil(int32_t year, int month, int day)
{
	int64_t		y = (int64_t) year - (month <= 2);
	int64_t		era = floor_div(y, 400);
	int64_t		year_of_era = y - era * 400;
	int64_t		day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t		day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	/* 2000-03-01 begins an era, 60 days after 2000-01-01 */
	return (int32_t) ((era - 5) * 146097 + day_of_era + 60);
}

void
calendar_to_civil(int32_t date, int32_t *year, int *month, int *day)
{
	int64_t		z = (int64_t) date - 60 + 5 * 146097;
	int64_t		era = floor_div(z, 146097);
	int64_t		doe = z - era * 146097;
	int64_t		yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t		doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t		mp = (5 * doy + 2) / 153;

	*day = (int) (doy - (153 * mp + 2) / 5 + 1);
	*month = (int) (mp < 10 ? mp + 3 : mp - 9);
	*year = (int32_t) (yoe + era * 400 + (*month <= 2));
}

int
calendar_weekday(int32_t date)
{
	int64_t		julian = (int64_t) date + JULIAN_2000;

	return (int) (julian - floor_div(julian, 7) * 7) + 1;
}

/* The ordinal of the day, week or month that a date is in. */
static int64_t
unit_ordinal(CalendarRule rule, int32_t date)
{
	int64_t		julian = (int64_t) date + JULIAN_2000;
	int32_t		year;
	int			month;
	int			day;

	switch (rule.period)
	{
		case CALENDAR_WEEK:
			return floor_div(julian + 8 - rule.week_start, 7);
		case CALENDAR_MONTH:
			calendar_to_civil(date, &year, &month, &day);
			return ((int64_t) year - FIRST_YEAR) * 12 + month - 1;
		default:
			return julian;
	}
}

static int32_t
unit_first_date(CalendarRule rule, int64_t ordinal)
{
	int64_t		years;

	switch (rule.period)
	{
		case CALENDAR_WEEK:
			return (int32_t) (ordinal * 7 - 8 + rule.week_start - JULIAN_2000);
		case CALENDAR_MONTH:
			years = floor_div(ordinal, 12);
			return calendar_from_civil((int32_t) (years + FIRST_YEAR),
									   (int) (ordinal - years * 12) + 1, 1);
		default:
			return (int32_t) (ordinal - JULIAN_2000);
	}
}

/*
 * The unit that the periods of several are counted from.  The first week that
 * starts on 2000-01-01 or later is the one that 2000-01-07 is in.
 */
static inline int64_t
anchor_unit(CalendarRule rule)
{
	return unit_ordinal(rule, rule.period == CALENDAR_WEEK ? 6 : 0);
}

int32_t
calendar_ordinal(CalendarRule rule, int32_t date)
{
	int64_t		unit = unit_ordinal(rule, date);
	int64_t		anchor;

	if (rule.count == 1)
		return (int32_t) unit;
	anchor = anchor_unit(rule);
	return (int32_t) (floor_div(unit - anchor, rule.count) + anchor / rule.count + 1);
}

int32_t
calendar_first_date(CalendarRule rule, int32_t ordinal)
{
	int64_t		anchor;

	if (rule.count == 1)
		return unit_first_date(rule, ordinal);
	anchor = anchor_unit(rule);
	return unit_first_date(rule, anchor +
						   ((int64_t) ordinal - anchor / rule.count - 1) * rule.count);
}

int64_t
calendar_shortest(CalendarRule rule)
{
	return (int64_t) rule.count *
		(rule.period == CALENDAR_DAY ? 1 : rule.period == CALENDAR_WEEK ? 7 : 28);
}

int64_t
calendar_longest(CalendarRule rule)
{
	return (int64_t) rule.count *
		(rule.period == CALENDAR_DAY ? 1 : rule.period == CALENDAR_WEEK ? 7 : 31);
}

bool
calendar_fill(Calendar *c, int64_t from, int64_t to, int64_t offset)
{
	int64_t		at = from;

	while (at < to)
	{
		int32_t		date = (int32_t) floor_div(at + offset, CALENDAR_DAY_US);
		int32_t		ordinal = calendar_ordinal(c->rule, date);
		int64_t		next = calendar_first_date(c->rule, ordinal + 1);

		if (c->count == 0 || c->ordinals[c->count - 1] != ordinal)
		{
			if (c->count >= c->allocated)
				return false;
			c->starts[c->count] = at;
			c->ordinals[c->count++] = ordinal;
		}
		/* the last month may end after the end of time */
		if (__builtin_mul_overflow(next, CALENDAR_DAY_US, &next) ||
			__builtin_sub_overflow(next, offset, &next) || next > to)
			next = to;
		at = next;
	}
	c->starts[c->count] = to;
	return true;
}

uint32_t
calendar_find(const Calendar *c, int64_t at)
{
	uint32_t	low = 0;
	uint32_t	high = c->count;

	if (c->entries_per_us > 0)
		return calendar_locate(c, at);
	while (high - low > 1)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (c->starts[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void
measure_moments(Calendar *c)
{
	uint32_t	n = c->count;

	c->entries_per_us = 0;
	if (n < 4 || (uint64_t) c->starts[n] - (uint64_t) c->starts[0] > INT64_MAX)
		return;

	/* the first and the last entry are cut off by what is listed */
	c->entries_per_us = (double) (n - 2) / (double) (c->starts[n - 1] - c->starts[1]);
	c->first_entry = 1 - (double) (c->starts[1] - c->starts[0]) * c->entries_per_us;
	if (c->first_entry < 0)
		c->first_entry = 0;

	/* what comes out does not fall with time: the ends of entries are enough */
	for (uint32_t i = 0; i < n; i++)
	{
		if (calendar_divide(c, c->starts[i]) + 1 < i ||
			calendar_divide(c, c->starts[i + 1] - 1) > i + 1)
		{
			c->entries_per_us = 0;
			return;
		}
	}
}

/*
 * The same in whole numbers of seconds, with a factor of 32 bits.  It aims half
 * an entry high, so that what is wrong is always the next entry.
 */
static void
measure_seconds(Calendar *c)
{
	uint32_t	n = c->count;
	double		factor = c->entries_per_us * 1e6;
	int64_t		first = c->starts[0];
	double		lead;

	c->entries_per_second = 0;
	c->consecutive = true;
	if (c->seconds == NULL || first % 1000000 != 0 || c->entries_per_us == 0 || factor >= 0.5 ||
		c->starts[n] - first > CALENDAR_SECONDS * INT64_C(1000000))
		return;
	c->first_second = first / 1000000;
	for (uint32_t i = 0; i <= n; i++)
	{
		int64_t		since = c->starts[i] - first;

		if (since % 1000000 != 0)
			return;
		c->seconds[i] = (uint32_t) (since / 1000000);
		if (i > 0 && i < n && c->ordinals[i] != c->ordinals[i - 1] + 1)
			c->consecutive = false;
	}

	lead = 1.5 / factor - c->seconds[1];
	if (lead < 0 || lead > CALENDAR_SECONDS)
		return;
	c->lead = (uint32_t) lead;
	factor *= 4294967296.0;
	for (c->shift = 0; factor < 2147483648.0 && c->shift < 31; c->shift++)
		factor *= 2;
	c->entries_per_second = (uint32_t) factor;
	for (uint32_t i = 0; i < n; i++)
	{
		if (calendar_guess(c, c->seconds[i]) < i ||
			calendar_guess(c, c->seconds[i + 1] - 1) > i + 1)
		{
			c->entries_per_second = 0;
			return;
		}
	}
}

/*
 * Periods of days or weeks are equally long but where clocks change.  From the
 * end: what is the next entry of another length, and the one after that?
 *
 * Of a longer entry the first moments are taken off, of a shorter one as many
 * are added: so all of it is within one length after its start.
 */
static void
measure_runs(Calendar *c)
{
	int64_t		length = calendar_shortest(c->rule) * 86400;
	uint32_t	odd = c->count;
	uint32_t	odd2 = c->count;

	c->lengths_per_128 = 0;
	if (c->runs == NULL || c->entries_per_second == 0 || c->rule.period == CALENDAR_MONTH ||
		length > CALENDAR_RUN_LENGTH)
		return;
	for (uint32_t i = c->count; i-- > 0;)
	{
		CalendarRun *run = &c->runs[i];
		uint32_t	start = c->seconds[i];
		int64_t		limit;

		if (c->seconds[i + 1] - start != length)
		{
			odd2 = odd;
			odd = i;
		}
		limit = c->seconds[odd2] - start;
		if (limit > CALENDAR_RUN_ENTRIES * length)
			limit = CALENDAR_RUN_ENTRIES * length;
		run->start = start;
		run->change = INT32_MAX;
		run->delta = 0;
		if (odd < odd2)
		{
			int64_t		delta = c->seconds[odd + 1] - c->seconds[odd] - length;

			if (delta <= length)
			{
				run->change = (int32_t) (c->seconds[odd] - start + (delta > 0 ? delta : 0));
				run->delta = (int32_t) delta;
			}
			else if (c->seconds[odd] - start < limit)
				limit = c->seconds[odd] - start;
		}
		run->limit = (uint32_t) limit;
	}
	c->lengths_per_128 = 128 / (float) length;
}

void
calendar_measure(Calendar *c)
{
	measure_moments(c);
	measure_seconds(c);
	measure_runs(c);
}

/* -- many moments ---------------------------------------------------------- */

/* Four moments at a time: what calendar_guess says of each. */
static inline void
guess_four(const Calendar *c, const uint32_t *seconds, uint32_t *guesses)
{
#ifdef __SSE2__
	__m128i		x = _mm_add_epi32(_mm_loadu_si128((const __m128i *) seconds),
								  _mm_set1_epi32((int) c->lead));
	__m128i		factor = _mm_set1_epi32((int) c->entries_per_second);
	__m128i		shift = _mm_cvtsi32_si128((int) c->shift);
	__m128i		even = _mm_srl_epi64(_mm_mul_epu32(x, factor), shift);
	__m128i		odd = _mm_srl_epi64(_mm_mul_epu32(_mm_srli_epi64(x, 32), factor), shift);

	even = _mm_srli_epi64(even, 32);
	odd = _mm_and_si128(odd, _mm_set_epi32(-1, 0, -1, 0));
	_mm_storeu_si128((__m128i *) guesses, _mm_or_si128(even, odd));
#else
	for (int k = 0; k < 4; k++)
		guesses[k] = calendar_guess(c, seconds[k]);
#endif
}

void
calendar_entries(const Calendar *c, const uint32_t *seconds, uint32_t n, uint32_t *entries)
{
	for (uint32_t i = 0; i < n; i += 4)
	{
		uint32_t	guesses[4];

		guess_four(c, seconds + i, guesses);
		for (int k = 0; k < 4; k++)
			entries[i + k] = guesses[k] - (seconds[i + k] < c->seconds[guesses[k]]);
	}
}
