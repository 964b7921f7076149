/*
 * generate.c
 *	  Deterministic generator of a shop's events, as CSV on standard output.
 *
 *	generate [--customers N] [--events MEAN] [--seed S] [--variant NAME]
 *
 * Columns: customer_id, at, event, channel, revenue (of purchases and refunds).
 * Rows come in order of time, customers interleaved, as a log has them.
 *
 * The customer of rank r has about c / (r + N / 1000) ^ 0.75 events, at least
 * one, with c such that the mean is MEAN: at 20 the median is about 10 and one
 * customer in a hundred has 180 or more.  Customers appear all along the 90
 * days from 2025-01-01 UTC and stay active for an exponential time with a mean
 * of 40 days.  Events come in sessions of 5 on average, a minute or so apart;
 * which event follows which within a session is a Markov chain over twelve
 * names of Google Analytics 4.  A session has one channel.
 *
 * Variants:
 *	seconds			whole seconds, no two events of a customer at the same one
 *	microseconds	the same events, 0 to 999,999 microseconds later each
 *	names			the same events under 40 names: ten of the twelve, and 30
 *					that the library does not know, of about 18 characters
 *
 * Jitter and names have a random stream each, so that the variants are the same
 * journeys: the order of the events of a customer is equal in all of them.
 * Same arguments, same bytes, as long as log and pow of libm are the same.
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS			90
#define DAY				86400
#define MICROSECONDS	1000000

/* 16 bytes an event: the time in microseconds above 16 bits of name and channel */
typedef struct Event
{
	uint64_t	key;
	uint32_t	customer;
	uint32_t	cents;
} Event;

#define EVENT_AT(e)			((e)->key >> 16)
#define EVENT_NAME(e)		((e)->key >> 8 & 0xff)
#define EVENT_CHANNEL(e)	((e)->key & 0xff)

/* -- random numbers: xoshiro256**, seeded by splitmix64 ------------------- */

typedef struct Random
{
	uint64_t	s[4];
} Random;

static uint64_t
rotate(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

static uint64_t
random_next(Random *r)
{
	uint64_t	result = rotate(r->s[1] * 5, 7) * 9;
	uint64_t	t = r->s[1] << 17;

	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = rotate(r->s[3], 45);
	return result;
}

static void
random_seed(Random *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
	{
		uint64_t	z = (seed += UINT64_C(0x9e3779b97f4a7c15));

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		r->s[i] = z ^ z >> 31;
	}
}

/* 0 <= result < 1 */
static double
random_unit(Random *r)
{
	return (random_next(r) >> 11) * (1.0 / 9007199254740992.0);
}

static double
random_exponential(Random *r, double mean)
{
	return -mean * log(1.0 - random_unit(r));
}

/* -- names ---------------------------------------------------------------- */

enum
{
	PAGE_VIEW, SEARCH, VIEW_ITEM_LIST, VIEW_ITEM, SELECT_ITEM, ADD_TO_CART,
	BEGIN_CHECKOUT, ADD_PAYMENT_INFO, PURCHASE, REFUND, SHARE, SIGN_UP,
	EVENTS
};

#define CHANNELS	7

static const char *const channel_names[CHANNELS] = {
	"organic_search", "paid_search", "direct", "email", "paid_social", "referral", "affiliate"
};
static const double channel_weights[CHANNELS] = {34, 20, 18, 10, 9, 6, 3};

static const double first_weights[EVENTS] = {62, 8, 2, 20, 0, 1, .5, 0, 0, .7, 1, 3};

/* weights of the next event in the session, by row */
static const double next_weights[EVENTS][EVENTS] = {
	/*					 PV  SE  VL  VI  SI  AC  BC  PI  PU  RF  SH  SU */
	[PAGE_VIEW] =		{38, 12,  2, 34,  1,  2,  1,  0,  0, .3,  2,  2},
	[SEARCH] =			{12, 18,  4, 56,  2,  2,  0,  0,  0,  0,  1,  0},
	[VIEW_ITEM_LIST] =	{ 8,  6, 12, 20, 50,  2,  0,  0,  0,  0,  1,  0},
	[VIEW_ITEM] =		{20,  9,  1, 42,  1, 18,  0,  0,  0,  0,  3,  1},
	[SELECT_ITEM] =		{ 4,  2,  4, 84,  2,  3,  0,  0,  0,  0,  1,  0},
	[ADD_TO_CART] =		{12,  4,  2, 28,  1, 14, 36,  0,  0,  0,  1,  0},
	[BEGIN_CHECKOUT] =	{10,  2,  0, 12,  0,  4,  6, 62,  0,  0,  0,  1},
	[ADD_PAYMENT_INFO] ={ 6,  0,  0,  4,  0,  2,  8,  8, 70,  0,  0,  0},
	[PURCHASE] =		{56,  4,  4, 16,  0,  0,  0,  0,  0,  5,  8,  5},
	[REFUND] =			{70,  6,  4, 12,  0,  0,  0,  0,  0,  2,  1,  0},
	[SHARE] =			{50,  8,  6, 30,  0,  0,  0,  0,  0,  0,  4,  0},
	[SIGN_UP] =			{66, 10,  8, 16,  0,  0,  0,  0,  0,  0,  0,  0},
};

/*
 * Names of variant "names", by event: the first with the given probability,
 * else one of the others, the later the rarer.
 */
typedef struct Names
{
	double		first;
	const char *name[12];
} Names;

static const char *const plain_names[EVENTS] = {
	"page_view", "search", "view_item_list", "view_item", "select_item", "add_to_cart",
	"begin_checkout", "add_payment_info", "purchase", "refund", "share", "sign_up"
};

static const Names many_names[EVENTS] = {
	[PAGE_VIEW] = {.18, {
		"page_view", "home_screen_opened", "category_page_shown", "brand_story_opened",
		"store_finder_used", "help_article_read", "blog_article_read", "size_guide_opened",
		"shipping_info_read", "account_page_shown", "wish_list_opened", "gift_finder_started"}},
	[SEARCH] = {.3, {
		"search", "search_suggest_used", "filter_set_changed", "sort_order_changed",
		"barcode_scan_used"}},
	[VIEW_ITEM_LIST] = {.3, {
		"view_item_list", "recommendation_shown", "recent_items_shown", "bundle_offer_shown"}},
	[VIEW_ITEM] = {1, {"product_page_seen"}},
	[SELECT_ITEM] = {.3, {
		"select_item", "product_tile_tapped", "carousel_tile_tapped", "teaser_image_tapped"}},
	[ADD_TO_CART] = {1, {"basket_item_added"}},
	[BEGIN_CHECKOUT] = {.6, {"begin_checkout", "express_pay_started", "guest_order_started"}},
	[ADD_PAYMENT_INFO] = {1, {"add_payment_info"}},
	[PURCHASE] = {1, {"purchase"}},
	[REFUND] = {1, {"refund"}},
	[SHARE] = {.3, {"share", "link_copied_by_user", "image_sent_to_friend", "wish_list_published"}},
	[SIGN_UP] = {.5, {"sign_up", "guest_made_account", "social_login_linked"}},
};

/* -- weighted choice ------------------------------------------------------ */

static void
accumulate(const double *weights, double *limits, int n)
{
	double		total = 0,
				sum = 0;

	for (int i = 0; i < n; i++)
		total += weights[i];
	for (int i = 0; i < n; i++)
		limits[i] = (sum += weights[i]) / total;
}

static int
choose(Random *r, const double *limits, int n)
{
	double		u = random_unit(r);
	int			i = 0;

	while (i < n - 1 && u >= limits[i])
		i++;
	return i;
}

static int
choose_name(Random *r, const Names *names)
{
	double		u = random_unit(r);
	int			n = 0;

	if (u < names->first)
		return 0;
	while (n + 1 < 12 && names->name[n + 1])
		n++;
	u = random_unit(r);
	return 1 + (int) (n * u * sqrt(u));
}

/* -- memory and order ----------------------------------------------------- */

static void *
allocate(size_t n, size_t size)
{
	void	   *p = calloc(n ? n : 1, size);

	if (!p)
	{
		fprintf(stderr, "generate: out of memory\n");
		exit(1);
	}
	return p;
}

static int
compare_times(const void *a, const void *b)
{
	uint32_t	x = *(const uint32_t *) a,
				y = *(const uint32_t *) b;

	return (x > y) - (x < y);
}

/* Stable, by time: four passes of eleven bits. */
static Event *
sort_by_time(Event *events, size_t n)
{
	Event	   *other = allocate(n, sizeof(Event));

	for (int shift = 16; shift < 60; shift += 11)
	{
		size_t		at[2049] = {0};
		Event	   *swap = events;

		for (size_t i = 0; i < n; i++)
			at[(events[i].key >> shift & 2047) + 1]++;
		for (int i = 0; i < 2048; i++)
			at[i + 1] += at[i];
		for (size_t i = 0; i < n; i++)
			other[at[events[i].key >> shift & 2047]++] = events[i];
		events = other;
		other = swap;
	}
	free(other);
	return events;
}

/* -- output --------------------------------------------------------------- */

static char *
put_digits(char *p, uint32_t value, int digits)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		p[i] = '0' + value % 10;
	return p + digits;
}

static char *
put_number(char *p, uint32_t value)
{
	char		digits[10];
	int			n = 0;

	do
		digits[n++] = '0' + value % 10;
	while (value /= 10);
	while (n > 0)
		*p++ = digits[--n];
	return p;
}

static char *
put_text(char *p, const char *s)
{
	size_t		n = strlen(s);

	memcpy(p, s, n);
	return p + n;
}

static void
write_events(const Event *events, size_t n, bool microseconds, const char *const *names)
{
	static const int month_start[] = {0, 31, 59, 90, 120, 151};
	static char buffer[1 << 18];
	char	   *p = buffer;

	for (size_t i = 0; i < n; i++)
	{
		const Event *e = &events[i];
		uint32_t	second = EVENT_AT(e) / MICROSECONDS;
		int			day = second / DAY,
					month = 0;

		while (day >= month_start[month + 1])
			month++;
		second %= DAY;

		p = put_number(p, e->customer);
		p = put_text(p, ",2025-");
		p = put_digits(p, month + 1, 2);
		*p++ = '-';
		p = put_digits(p, day - month_start[month] + 1, 2);
		*p++ = ' ';
		p = put_digits(p, second / 3600, 2);
		*p++ = ':';
		p = put_digits(p, second / 60 % 60, 2);
		*p++ = ':';
		p = put_digits(p, second % 60, 2);
		if (microseconds)
		{
			*p++ = '.';
			p = put_digits(p, EVENT_AT(e) % MICROSECONDS, 6);
		}
		p = put_text(p, "+00,");
		p = put_text(p, names[EVENT_NAME(e)]);
		*p++ = ',';
		p = put_text(p, channel_names[EVENT_CHANNEL(e)]);
		*p++ = ',';
		if (e->cents)
		{
			p = put_number(p, e->cents / 100);
			*p++ = '.';
			p = put_digits(p, e->cents % 100, 2);
		}
		*p++ = '\n';

		if (p > buffer + sizeof(buffer) - 256 || i + 1 == n)
		{
			if (fwrite(buffer, 1, p - buffer, stdout) != (size_t) (p - buffer))
			{
				perror("generate");
				exit(1);
			}
			p = buffer;
		}
	}
	if (fflush(stdout) != 0)
	{
		perror("generate");
		exit(1);
	}
}

static void
usage(void)
{
	fprintf(stderr, "usage: generate [--customers N] [--events MEAN] [--seed S]\n"
			"                [--variant seconds|microseconds|names] > events.csv\n");
	exit(2);
}

int
main(int argc, char **argv)
{
	long		customers = 1000000;
	double		mean = 20;
	uint64_t	seed = 42;
	bool		microseconds = false,
				many = false;
	double		channel_limits[CHANNELS],
				first_limits[EVENTS],
				next_limits[EVENTS][EVENTS];
	const char *names[EVENTS * 12];
	uint8_t		name_no[EVENTS][12];
	int			nnames = 0;
	Random		random,
				jitter,
				naming;
	double		low = 0,
				high = 1e12;
	double	   *weight;
	uint32_t   *number;
	Event	   *events;
	size_t		n = 0,
				capacity;
	long		session_capacity = 0;
	uint32_t   *start = NULL;
	long	   *length = NULL;

	for (int i = 1; i < argc; i += 2)
	{
		char	   *end = "";
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!value)
			usage();
		else if (strcmp(argv[i], "--customers") == 0)
			customers = strtol(value, &end, 10);
		else if (strcmp(argv[i], "--events") == 0)
			mean = strtod(value, &end);
		else if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(value, &end, 10);
		else if (strcmp(argv[i], "--variant") == 0)
		{
			microseconds = strcmp(value, "microseconds") == 0;
			many = strcmp(value, "names") == 0;
			if (!microseconds && !many && strcmp(value, "seconds") != 0)
				usage();
		}
		else
			usage();
		if (*end != '\0')
			usage();
	}
	/* times of 43 bits and customers of 32 allow for no more */
	if (customers < 1 || customers > 1000000000 || !(mean >= 1 && mean <= 1000))
	{
		fprintf(stderr, "generate: customers must be 1 to 1000000000, events 1 to 1000\n");
		return 2;
	}

	random_seed(&random, seed);
	random_seed(&jitter, seed ^ UINT64_C(0x6a6974746572));
	random_seed(&naming, seed ^ UINT64_C(0x6e616d6573));
	accumulate(channel_weights, channel_limits, CHANNELS);
	accumulate(first_weights, first_limits, EVENTS);
	for (int i = 0; i < EVENTS; i++)
		accumulate(next_weights[i], next_limits[i], EVENTS);
	for (int i = 0; i < EVENTS; i++)
	{
		if (!many)
			names[name_no[i][0] = nnames++] = plain_names[i];
		else
			for (int k = 0; k < 12 && many_names[i].name[k]; k++)
				names[name_no[i][k] = nnames++] = many_names[i].name[k];
	}

	/* the factor that gives the mean */
	weight = allocate(customers, sizeof(double));
	for (long r = 0; r < customers; r++)
		weight[r] = pow(r + customers / 1000.0, -0.75);
	for (int i = 0; i < 100; i++)
	{
		double		middle = (low + high) / 2,
					total = 0;

		for (long r = 0; r < customers; r++)
			total += fmax(1, middle * weight[r]);
		if (total > mean * customers)
			high = middle;
		else
			low = middle;
	}

	/* ranks are no secret of the customer's number */
	number = allocate(customers, sizeof(uint32_t));
	for (long i = 0; i < customers; i++)
		number[i] = i + 1;
	for (long i = customers - 1; i > 0; i--)
	{
		long		k = random_next(&random) % (i + 1);
		uint32_t	swap = number[i];

		number[i] = number[k];
		number[k] = swap;
	}

	capacity = (size_t) (customers * mean * 1.05) + 1000;
	events = allocate(capacity, sizeof(Event));
	for (long r = 0; r < customers; r++)
	{
		double		expected = low * weight[r];
		long		left = expected < 1 ? 1 : (long) (expected + random_unit(&random));
		long		sessions = 0;
		uint32_t	born,
					previous = 0;
		double		life;
		bool		first = true;

		if (left > session_capacity)
		{
			session_capacity = left;
			start = realloc(start, left * sizeof(*start));
			length = realloc(length, left * sizeof(*length));
			if (!start || !length)
			{
				fprintf(stderr, "generate: out of memory\n");
				return 1;
			}
		}
		while (left > 0)
		{
			long		k = 1;

			while (k < left && random_unit(&random) < 0.8)
				k++;
			length[sessions++] = k;
			left -= k;
		}

		born = random_unit(&random) * random_unit(&random) * DAYS * DAY * 0.98;
		life = random_exponential(&random, 40.0 * DAY) + 3600;
		if (born + life > DAYS * DAY)
			life = DAYS * DAY - born;
		for (long i = 0; i < sessions; i++)
			start[i] = born + (uint32_t) (random_unit(&random) * life * 0.999);
		qsort(start, sessions, sizeof(*start), compare_times);

		for (long i = 0; i < sessions; i++)
		{
			uint32_t	at = start[i];
			int			channel = choose(&random, channel_limits, CHANNELS);
			int			event = -1;

			for (long k = 0; k < length[i]; k++)
			{
				Event	   *e = &events[n++];
				uint64_t	time;
				int			name = 0;

				if (n >= capacity)
				{
					fprintf(stderr, "generate: more events than there is room for\n");
					return 1;
				}
				if (k > 0)
					at += 1 + (uint32_t) random_exponential(&random, 75);
				if (!first && at <= previous)
					at = previous + 1;
				first = false;
				previous = at;
				event = choose(&random, event < 0 ? first_limits : next_limits[event], EVENTS);

				time = (uint64_t) at * MICROSECONDS;
				if (microseconds)
					time += random_next(&jitter) % MICROSECONDS;
				if (many)
					name = choose_name(&naming, &many_names[event]);
				e->key = time << 16 | (uint64_t) name_no[event][name] << 8 | channel;
				e->customer = number[r];
				e->cents = event == PURCHASE ? 500 + (uint32_t) random_exponential(&random, 6000) :
					event == REFUND ? 500 + (uint32_t) random_exponential(&random, 4000) : 0;
			}
		}
	}

	events = sort_by_time(events, n);
	write_events(events, n, microseconds, names);
	fprintf(stderr, "%zu events, %ld customers\n", n, customers);
	return 0;
}
