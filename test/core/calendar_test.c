/*
 * calendar_test.c
 *	  Numbers of periods against counting days, and looking up a moment by
 *	  dividing against looking through the list.
 */
#include "core/calendar.h"

#include "test.h"

static CalendarRule
random_rule(void)
{
	CalendarRule rule = {(uint8_t) (1 + below(3)), 0, 1};

	if (rule.period == CALENDAR_WEEK)
		rule.week_start = (uint8_t) (1 + below(7));
	if (below(2))
		rule.count = 1 + (int32_t) below(below(4) ? 30 : 500);
	return rule;
}

/* Periods follow each other without gaps, and begin where they are said to. */
static void
test_periods(void)
{
	for (int round = 0; round < 20000; round++)
	{
		CalendarRule rule = random_rule();
		int32_t		date = (int32_t) below(8000000) - 2400000;
		int32_t		ordinal = calendar_ordinal(rule, date);
		int32_t		first = calendar_first_date(rule, ordinal);
		int32_t		next = calendar_first_date(rule, ordinal + 1);
		int32_t		year;
		int			month;
		int			day;

		REQUIRE(ordinal > 0 && first <= date && date < next);
		REQUIRE(calendar_ordinal(rule, first) == ordinal && calendar_ordinal(rule, next - 1) == ordinal);
		REQUIRE(calendar_ordinal(rule, next) == ordinal + 1);
		REQUIRE(next - first >= calendar_shortest(rule) && next - first <= calendar_longest(rule));
		calendar_to_civil(first, &year, &month, &day);
		switch (rule.period)
		{
			case CALENDAR_DAY:
				REQUIRE(rule.count == 1 || first % rule.count == 0);
				break;
			case CALENDAR_WEEK:
				REQUIRE(calendar_weekday(first) == rule.week_start);
				if (rule.count > 1)
				{
					/* the first week that starts on 2000-01-01 or later */
					int32_t		anchor = 0;

					while (calendar_weekday(anchor) != rule.week_start)
						anchor++;
					REQUIRE((first - anchor) % (7 * rule.count) == 0);
				}
				break;
			default:
				REQUIRE(day == 1);
				REQUIRE(rule.count == 1 || ((year - 2000) * 12 + month - 1) % rule.count == 0);
		}
	}
}

/* A list over a zone that changes its offset now and then. */
static void
test_lists(void)
{
	int64_t		starts[4001];
	int32_t		ordinals[4000];
	int			measured = 0;

	for (int round = 0; round < 400; round++)
	{
		Calendar	c = {random_rule(), 0, 4000, starts, ordinals, 0, 0};
		int64_t		from = ((int64_t) below(30000) - 10000) * CALENDAR_DAY_US + below(86400) * INT64_C(1000000);
		int64_t		days = 1 + below((uint32_t) (calendar_shortest(c.rule) < 30 ? 2000 * calendar_shortest(c.rule) : 60000));
		int64_t		to = from + days * CALENDAR_DAY_US;
		int64_t		offset = ((int64_t) below(97) - 48) * 900 * INT64_C(1000000);

		for (int64_t at = from; at < to;)
		{
			int64_t		end = at + (1 + below(300)) * CALENDAR_DAY_US + below(86400) * INT64_C(1000000);

			if (end > to)
				end = to;
			REQUIRE(calendar_fill(&c, at, end, offset));
			at = end;
			offset += ((int64_t) below(3) - 1) * 3600 * INT64_C(1000000);
		}
		calendar_measure(&c);
		measured += c.entries_per_us > 0;
		for (int i = 0; i < 300; i++)
		{
			int64_t		at = from + (int64_t) (rnd() % (uint64_t) (to - from));
			uint32_t	entry = 0;

			if (i % 3 == 0)
				at = starts[below(c.count)] - (i % 2);
			if (at < from)
				at = from;
			while (starts[entry + 1] <= at)
				entry++;
			REQUIRE(calendar_find(&c, at) == entry);
		}
	}
	REQUIRE(measured > 200);
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 20261122);
	test_periods();
	test_lists();
	printf("ok (seed %llu)\n", (unsigned long long) seed);
	return 0;
}
