/*
 * channel_rules_test.c
 *	  Which channel a visit belongs to, without a server.
 *
 * Every text is put into a buffer of exactly its length, so that a read beyond
 * its end is one beyond an allocation.
 */
#include "core/channel_rules.h"

#include <string.h>

#include "test.h"

static int	visits;

static ChannelText
exact(const char *text)
{
	ChannelText result;
	char	   *data;

	result.length = strlen(text);
	data = malloc(result.length > 0 ? result.length : 1);
	if (data == NULL)
		abort();
	memcpy(data, text, result.length);
	result.data = data;
	return result;
}

static void
release(ChannelText text)
{
	free((void *) text.data);
}

static void
expect(const char *source, const char *medium, const char *campaign, ChannelCategory category,
	   const char *network, const char *format, const char *engine, const char *want)
{
	ChannelVisit visit;

	visits++;
	visit.source = exact(source);
	visit.medium = exact(medium);
	visit.campaign = exact(campaign);
	visit.category = category;
	visit.google_ads_network = exact(network);
	visit.dv360_creative_format = exact(format);
	visit.sa360_engine = exact(engine);
	REQUIRE(strcmp(channel_of_visit(&visit), want) == 0);
	release(visit.source);
	release(visit.medium);
	release(visit.campaign);
	release(visit.google_ads_network);
	release(visit.dv360_creative_format);
	release(visit.sa360_engine);
}

/* Each list with a paid, a silent, a referred and an unknown medium. */
static void
test_lists(void)
{
	static const struct
	{
		ChannelCategory category;
		const char *paid;
		const char *silent;
		const char *referral;
		const char *unknown;
	}			wants[] = {
		{CHANNEL_NO_LIST, "Paid Other", "Unassigned", "Referral", "Unassigned"},
		{CHANNEL_SEARCH, "Paid Search", "Organic Search", "Organic Search", "Organic Search"},
		{CHANNEL_SOCIAL, "Paid Social", "Organic Social", "Organic Social", "Organic Social"},
		{CHANNEL_SHOPPING, "Paid Shopping", "Organic Shopping", "Organic Shopping", "Organic Shopping"},
		{CHANNEL_VIDEO, "Paid Video", "Organic Video", "Organic Video", "Organic Video"},
		{CHANNEL_AI_ASSISTANT, "Paid Other", "AI Assistant", "AI Assistant", "Unassigned"},
	};

	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
	{
		expect("x", "cpc", "", wants[i].category, "", "", "", wants[i].paid);
		expect("x", "", "", wants[i].category, "", "", "", wants[i].silent);
		expect("x", "(none)", "", wants[i].category, "", "", "", wants[i].silent);
		expect("x", "(not set)", "", wants[i].category, "", "", "", wants[i].silent);
		expect("x", "referral", "", wants[i].category, "", "", "", wants[i].referral);
		expect("x", "?", "", wants[i].category, "", "", "", wants[i].unknown);
		expect("x", "banner", "", wants[i].category, "", "", "", "Display");
		expect("x", "ai-assistant", "", wants[i].category, "", "", "", "AI Assistant");
		expect("x", "cpc", "a cross-network", wants[i].category, "", "", "", "Cross-network");
		expect("", "cpc", "a", wants[i].category, "social", "", "", "Paid Social");
	}
}

/* Words at the ends of texts, and texts that end inside of a word. */
static void
test_ends(void)
{
	static const struct
	{
		const char *campaign;
		const char *want;
	}			wants[] = {
		{"", "Unassigned"}, {"s", "Unassigned"}, {"sho", "Unassigned"}, {"shop", "Organic Shopping"},
		{"workshop", "Unassigned"}, {"workshoppin", "Unassigned"}, {"workshopping", "Organic Shopping"},
		{"workshopshop", "Unassigned"}, {"eshop", "Organic Shopping"}, {"\xc3\xa9shop", "Organic Shopping"},
		{"workshop-shop", "Organic Shopping"}, {"cross-networ", "Unassigned"},
		{"cross-network", "Cross-network"}, {"cross-cross-network", "Cross-network"},
	};
	static const struct
	{
		const char *medium;
		const char *want;
	}			mediums[] = {
		{"c", "Unassigned"}, {"cp", "Paid Other"}, {"xcp", "Paid Other"}, {"pai", "Unassigned"},
		{"paid", "Paid Other"}, {"ppaid", "Unassigned"}, {"ppc", "Paid Other"}, {"ppcc", "Unassigned"},
		{"vide", "Unassigned"}, {"video", "Organic Video"}, {"vvideo", "Organic Video"},
		{"pus", "Unassigned"}, {"push", "Mobile Push Notifications"}, {"pushy", "Unassigned"},
		{"mobil", "Unassigned"}, {"mmobile", "Mobile Push Notifications"},
		{"notification", "Mobile Push Notifications"}, {"sms", "SMS"}, {"smss", "Unassigned"},
	};

	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
		expect("x", "x", wants[i].campaign, CHANNEL_NO_LIST, "", "", "", wants[i].want);
	for (size_t i = 0; i < sizeof(mediums) / sizeof(mediums[0]); i++)
		expect("x", mediums[i].medium, "", CHANNEL_NO_LIST, "", "", "", mediums[i].want);
	expect("", "", "", CHANNEL_NO_LIST, "", "", "", "Direct");
	expect("", "", "(not set)", CHANNEL_NO_LIST, "", "", "", "Direct");
	expect("", "", "x", CHANNEL_NO_LIST, "", "", "", "Unassigned");
	expect("(direct)", "(none)", "x", CHANNEL_NO_LIST, "", "", "", "Direct");
}

static void
test_advertisements(void)
{
	expect("", "", "", CHANNEL_NO_LIST, "google partners", "video", "facebook", "Paid Search");
	expect("", "", "", CHANNEL_NO_LIST, "?", "video", "facebook", "Paid Video");
	expect("", "", "", CHANNEL_NO_LIST, "", "?", "facebook", "Paid Social");
	expect("", "", "", CHANNEL_NO_LIST, "?", "?", "?", "Direct");
}

static void
test_names(void)
{
	static const char *const names[] = {"none", "search", "social", "shopping", "video", "ai_assistant"};
	static const char *const others[] = {"", "Search", "searc", "searches", "ai-assistant"};
	ChannelCategory category;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		ChannelText name = exact(names[i]);

		category = CHANNEL_NO_LIST;
		REQUIRE(channel_category_by_name(name, &category) == 0 && category == (ChannelCategory) i);
		release(name);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
	{
		ChannelText name = exact(others[i]);

		REQUIRE(channel_category_by_name(name, &category) < 0);
		release(name);
	}
}

int
main(int argc, char **argv)
{
	start_random(argc > 1 ? argv[1] : NULL, 0);
	test_lists();
	test_ends();
	test_advertisements();
	test_names();
	printf("ok: %d visits\n", visits);
	return 0;
}
