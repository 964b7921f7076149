/*
 * channel_rules.c
 *	  Which default channel group of Google Analytics 4 a visit belongs to.
 *
 * The rules are those of Google's documentation, in its order: what Google's
 * own advertising systems say of a click comes first, then the rules for what
 * the links and referrers say; the first rule that fits decides.  Google
 * writes some of them as regular expressions:
 *
 *	paid		^(.*cp.*|ppc|retargeting|paid.*)$
 *	shop		^(.*(([^a-df-z]|^)shop|shopping).*)$
 *	video		^(.*video.*)$
 *
 * They are looked up here as words, which takes one pass over texts of a few
 * bytes where a regular expression takes a microsecond.  Texts come in lower
 * case, so the negated set in "shop" means what it says: any byte before
 * "shop" but a letter other than e, so that eshop is a shop and workshop none.
 * A byte of a character beyond ASCII is no such letter either, as in Google's.
 *
 * Where a list of sources and a rule of mediums stand in one rule, the caller
 * has looked up the list.
 */
#include "core/channel_rules.h"

#include <stdbool.h>
#include <string.h>

static bool
is(ChannelText text, const char *word)
{
	return text.length == strlen(word) && memcmp(text.data, word, text.length) == 0;
}

/* Is the text one of the words?  The list ends with NULL. */
static bool
is_one_of(ChannelText text, const char *const *words)
{
	for (; *words != NULL; words++)
	{
		if (is(text, *words))
			return true;
	}
	return false;
}

static bool
begins_with(ChannelText text, const char *word)
{
	size_t		length = strlen(word);

	return text.length >= length && memcmp(text.data, word, length) == 0;
}

static bool
ends_with(ChannelText text, const char *word)
{
	size_t		length = strlen(word);

	return text.length >= length && memcmp(text.data + text.length - length, word, length) == 0;
}

static bool
contains(ChannelText text, const char *word)
{
	size_t		length = strlen(word);

	for (size_t i = 0; i + length <= text.length; i++)
	{
		if (text.data[i] == word[0] && memcmp(text.data + i, word, length) == 0)
			return true;
	}
	return false;
}

static bool
is_paid(ChannelText medium)
{
	return contains(medium, "cp") || is(medium, "ppc") || is(medium, "retargeting") ||
		begins_with(medium, "paid");
}

static bool
is_shop(ChannelText campaign)
{
	for (size_t i = 0; i + 4 <= campaign.length; i++)
	{
		char		before;

		if (memcmp(campaign.data + i, "shop", 4) != 0)
			continue;
		before = i == 0 ? ' ' : campaign.data[i - 1];
		if (before < 'a' || before > 'z' || before == 'e')
			return true;
		if (i + 8 <= campaign.length && memcmp(campaign.data + i, "shopping", 8) == 0)
			return true;
	}
	return false;
}

/* Does a medium or a campaign say nothing? */
static bool
is_unset(ChannelText text)
{
	return text.length == 0 || is(text, "(not set)") || is(text, "(none)");
}

/* The channel by what Google's advertising systems say, NULL if they do not. */
static const char *
channel_of_advertisement(const ChannelVisit *visit)
{
	static const char *const ads_search[] = {"google search", "google partners", NULL};
	static const char *const ads_video[] = {"youtube search", "youtube videos", NULL};
	static const char *const dv360_display[] = {
		"standard", "expandable", "native site square", "backdrop",
		"templated app install interstitial", "deprecated", "native app install",
		"native app install square", "native site", "templated app install", "lightbox", NULL
	};
	static const char *const dv360_video[] = {
		"native video", "video", "templated app install video", "flipbook", NULL
	};
	static const char *const dv360_other[] = {"publisher hosted", "tracking", "unknown", NULL};
	static const char *const sa360_search[] = {
		"bing", "yahoo gemini", "yahoo.jp", "baidu", "admarketplace", "naver", "360.cn",
		"yandex", NULL
	};
	static const char *const sa360_social[] = {"facebook", "twitter", NULL};

	if (visit->google_ads_network.length > 0)
	{
		if (is_one_of(visit->google_ads_network, ads_search))
			return "Paid Search";
		if (is_one_of(visit->google_ads_network, ads_video))
			return "Paid Video";
		if (is(visit->google_ads_network, "google display network"))
			return "Display";
		if (is(visit->google_ads_network, "cross-network"))
			return "Cross-network";
		if (is(visit->google_ads_network, "social"))
			return "Paid Social";
	}
	if (visit->dv360_creative_format.length > 0)
	{
		if (is_one_of(visit->dv360_creative_format, dv360_display))
			return "Display";
		if (is_one_of(visit->dv360_creative_format, dv360_video))
			return "Paid Video";
		if (is(visit->dv360_creative_format, "audio"))
			return "Audio";
		if (is_one_of(visit->dv360_creative_format, dv360_other))
			return "Paid Other";
	}
	if (visit->sa360_engine.length > 0)
	{
		if (is_one_of(visit->sa360_engine, sa360_search))
			return "Paid Search";
		if (is_one_of(visit->sa360_engine, sa360_social))
			return "Paid Social";
	}
	return NULL;
}

const char *
channel_of_visit(const ChannelVisit *visit)
{
	static const char *const display[] = {
		"display", "banner", "expandable", "interstitial", "cpm", NULL
	};
	static const char *const social[] = {
		"social", "social-network", "social-media", "sm", "social network", "social media", NULL
	};
	static const char *const referral[] = {"referral", "app", "link", NULL};
	static const char *const email[] = {"email", "e-mail", "e_mail", "e mail", NULL};

	ChannelText source = visit->source;
	ChannelText medium = visit->medium;
	ChannelCategory category = visit->category;
	const char *channel = channel_of_advertisement(visit);
	bool		paid;
	bool		shopping;

	if (channel != NULL)
		return channel;

	/* a log says "direct" by saying nothing, where Google writes (direct) */
	if (is_unset(medium) &&
		(is(source, "(direct)") || (source.length == 0 && is_unset(visit->campaign))))
		return "Direct";
	if (contains(visit->campaign, "cross-network"))
		return "Cross-network";

	paid = is_paid(medium);
	shopping = category == CHANNEL_SHOPPING || is_shop(visit->campaign);
	if (paid)
	{
		if (shopping)
			return "Paid Shopping";
		if (category == CHANNEL_SEARCH)
			return "Paid Search";
		if (category == CHANNEL_SOCIAL)
			return "Paid Social";
		if (category == CHANNEL_VIDEO)
			return "Paid Video";
	}
	if (is_one_of(medium, display))
		return "Display";
	if (paid)
		return "Paid Other";

	/*
	 * Google does not say where its youngest channel stands.  It takes only
	 * visits that no link has tagged: so behind what is paid for, and before
	 * the rules that would take an assistant for a site like others.
	 */
	if (is(medium, "ai-assistant") ||
		(category == CHANNEL_AI_ASSISTANT && (is_unset(medium) || is(medium, "referral"))))
		return "AI Assistant";

	if (shopping)
		return "Organic Shopping";
	if (category == CHANNEL_SOCIAL || is_one_of(medium, social))
		return "Organic Social";
	if (category == CHANNEL_VIDEO || contains(medium, "video"))
		return "Organic Video";
	if (category == CHANNEL_SEARCH || is(medium, "organic"))
		return "Organic Search";
	if (is_one_of(medium, referral))
		return "Referral";
	if (is_one_of(source, email) || is_one_of(medium, email))
		return "Email";
	if (is(medium, "affiliate"))
		return "Affiliates";
	if (is(medium, "audio"))
		return "Audio";
	if (is(source, "sms") || is(medium, "sms"))
		return "SMS";
	if (ends_with(medium, "push") || contains(medium, "mobile") ||
		contains(medium, "notification") || is(source, "firebase"))
		return "Mobile Push Notifications";
	return "Unassigned";
}

int
channel_category_by_name(ChannelText name, ChannelCategory *category)
{
	static const char *const names[] = {
		[CHANNEL_NO_LIST] = "none",
		[CHANNEL_SEARCH] = "search",
		[CHANNEL_SOCIAL] = "social",
		[CHANNEL_SHOPPING] = "shopping",
		[CHANNEL_VIDEO] = "video",
		[CHANNEL_AI_ASSISTANT] = "ai_assistant",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		if (is(name, names[i]))
		{
			*category = (ChannelCategory) i;
			return 0;
		}
	}
	return -1;
}
