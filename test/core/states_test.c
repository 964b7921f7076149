/*
 * states_test.c
 *	  Random touchpoints on a small clock: the spans are those that one sees who
 *	  looks at the customer at every tick; and pauses of any length.
 *
 *	  gcc -fsanitize=address,undefined -Isrc -o states_test \
 *		  test/core/states_test.c src/core/[a-z]*.c -lm
 *	  ./states_test [seed]
 *
 * A tick is a microsecond.  Many touchpoints are at one tick, many pauses are
 * the longest that is no dormancy, or one tick more; the clock also stands at
 * both ends of what an int64 holds.  Prints "ok", or where it failed and the
 * seed.
 */
#include "core/states.h"
#include "test.h"

#include <string.h>

#define MOST	24
#define STAGES	5

static StateSpan seen[4 * MOST];
static uint32_t nseen;

/* What the customer's state is now, and what made it so. */
static void
look(int64_t at, uint8_t state, uint32_t touch, bool reversed)
{
	StateSpan  *last = nseen > 0 ? &seen[nseen - 1] : NULL;
	uint8_t		before = last != NULL && last->lasts ? last->state : 0;

	if (state != before)
	{
		if (before != 0)
		{
			last->lasts = false;
			last->to_at = at;
		}
		if (state != 0)
		{
			StateSpan	span = {0};

			span.from_at = at;
			span.lasts = true;
			span.reversed = reversed;
			span.state = state;
			span.previous = before;
			span.touch = touch;
			seen[nseen++] = span;
		}
	}
	if (state != 0 && touch != STATE_NO_TOUCH)
		seen[nseen - 1].touchpoints++;
}

/* Tick by tick from the first touchpoint to as_of. */
static void
watch(const StateInput *in)
{
	uint32_t	next = 0;
	uint8_t		awake = 0;
	uint64_t	idle = 0;

	nseen = 0;
	for (int64_t at = in->at[0];; at++)
	{
		bool		touched = false;

		for (; next < in->count && in->at[next] == at; next++)
		{
			uint8_t		before = awake;

			touched = true;
			idle = 0;
			if (in->stage[next] != 0)
				awake = in->stage[next];
			look(at, awake, next, in->ordered && awake < before &&
				 awake != in->dormant && before != in->dormant);
		}
		if (!touched && ++idle > in->dormant_after && in->dormant != 0)
			look(at, (uint8_t) in->dormant, STATE_NO_TOUCH, false);
		if (at == in->as_of)
			break;
	}
}

static void
check(const StateInput *in)
{
	StateSpans	spans;
	StateSpan	span;
	uint32_t	n = 0;

	watch(in);
	state_spans_start(&spans, in);
	while (state_spans_next(&spans, &span))
	{
		REQUIRE(n < nseen);
		REQUIRE(span.from_at == seen[n].from_at && span.lasts == seen[n].lasts);
		REQUIRE(span.lasts || span.to_at == seen[n].to_at);
		REQUIRE(span.state == seen[n].state && span.previous == seen[n].previous);
		REQUIRE(span.touch == seen[n].touch && span.touchpoints == seen[n].touchpoints);
		REQUIRE(span.reversed == seen[n].reversed);
		n++;
	}
	REQUIRE(n == nseen && n <= 2 * in->count);
	REQUIRE(!state_spans_next(&spans, &span));
}

static void
random_case(void)
{
	int64_t		at[MOST];
	uint8_t		stage[MOST];
	StateInput	in = {0};
	uint32_t	silent = below(4);
	uint64_t	total;
	int64_t		begin;

	in.at = at;
	in.stage = stage;
	in.count = 1 + below(MOST);
	in.dormant_after = below(6);
	in.dormant = below(3) ? below(STAGES + 2) : 0;
	in.ordered = below(2);
	total = 0;
	for (uint32_t i = 0; i < in.count; i++)
	{
		if (i > 0)
			total += below(3) == 0 ? 0 : below(2) ? in.dormant_after + below(4) : below(12);
		at[i] = (int64_t) total;
		stage[i] = below(4) < silent ? 0 : (uint8_t) (1 + below(STAGES));
	}
	in.as_of = (int64_t) (total + (below(3) ? below(12) : 0));
	begin = below(3) == 0 ? INT64_MIN : below(2) ? INT64_MAX - in.as_of : (int64_t) below(1000);
	for (uint32_t i = 0; i < in.count; i++)
		at[i] += begin;
	in.as_of += begin;
	check(&in);
}

/* Pauses that no int64 holds. */
static void
long_pause(uint64_t dormant_after, bool asleep)
{
	int64_t		at[2] = {INT64_MIN, INT64_MAX};
	uint8_t		stage[2] = {2, 1};
	StateInput	in = {at, stage, 2, INT64_MAX, 3, dormant_after, true};
	StateSpans	spans;
	StateSpan	span;

	state_spans_start(&spans, &in);
	REQUIRE(state_spans_next(&spans, &span));
	REQUIRE(span.state == 2 && span.from_at == INT64_MIN && !span.lasts);
	REQUIRE(span.to_at == (asleep ? (int64_t) ((uint64_t) INT64_MIN + dormant_after + 1) : INT64_MAX));
	if (asleep)
	{
		REQUIRE(state_spans_next(&spans, &span));
		REQUIRE(span.state == 3 && span.touch == STATE_NO_TOUCH && span.touchpoints == 0);
		REQUIRE(!span.lasts && span.to_at == INT64_MAX && !span.reversed);
	}
	REQUIRE(state_spans_next(&spans, &span));
	REQUIRE(span.state == 1 && span.lasts && span.reversed);
	REQUIRE(!state_spans_next(&spans, &span));

	/* the same before as_of */
	in.count = 1;
	state_spans_start(&spans, &in);
	REQUIRE(state_spans_next(&spans, &span) && span.state == 2);
	REQUIRE(span.lasts == (dormant_after == UINT64_MAX));
	if (dormant_after < UINT64_MAX)
		REQUIRE(state_spans_next(&spans, &span) && span.state == 3 && span.lasts);
	REQUIRE(!state_spans_next(&spans, &span));
}

int
main(int argc, char **argv)
{
	StateInput	none = {0};
	StateSpans	spans;
	StateSpan	span;

	start_random(argc > 1 ? argv[1] : NULL, 20260105);
	state_spans_start(&spans, &none);
	REQUIRE(!state_spans_next(&spans, &span));
	long_pause(0, true);
	long_pause(INT64_MAX, true);
	long_pause(UINT64_MAX - 2, true);
	long_pause(UINT64_MAX - 1, false);
	long_pause(UINT64_MAX, false);
	for (uint32_t i = 0; i < 300000; i++)
		random_case();
	printf("ok\n");
	return 0;
}
