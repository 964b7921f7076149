/*
 * channel_group.c
 *	  Default channel groups of Google Analytics 4: glue of core/channel_rules.
 *
 * No function here reads a table.  The lists of sources come as an argument: a
 * jsonb object from source to category, which the server searches in place by
 * bisection and which one subquery of a statement makes for all its rows; or
 * as the category of this one source, where the caller has looked it up.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "core/channel_rules.h"

/* memcmp with NULL is undefined even for no bytes */
static const ChannelText nothing = {"", 0};

/*
 * An argument in lower case, NULL as no text at all.  Only A to Z are changed,
 * whatever the locale: all names in the rules are of these letters, and the
 * lists are put into lower case the same way.
 */
static ChannelText
lower_arg(FunctionCallInfo fcinfo, int n)
{
	ChannelText result;
	text	   *given;
	char	   *data;

	if (PG_ARGISNULL(n))
		return nothing;
	given = PG_GETARG_TEXT_PP(n);
	result.length = VARSIZE_ANY_EXHDR(given);
	result.data = data = palloc(result.length + 1);
	for (size_t i = 0; i < result.length; i++)
		data[i] = pg_ascii_tolower((unsigned char) VARDATA_ANY(given)[i]);
	return result;
}

static ChannelCategory
category_by_name(ChannelText name)
{
	ChannelCategory category;

	if (channel_category_by_name(name, &category) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("channel category \"%s\" does not exist",
						pnstrdup(name.data, name.length)),
				 errhint("Categories are search, social, shopping, video, ai_assistant, and none for a source that is on no list.")));
	return category;
}

/* The list that a source is on; false if it is not in the object. */
static bool
look_up(Jsonb *lists, const char *source, size_t length, ChannelCategory *category)
{
	JsonbValue	value;
	ChannelText name;

	if (getKeyJsonValueFromContainer(&lists->root, source, length, &value) == NULL)
		return false;
	if (value.type != jbvString)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("category of channel source \"%s\" is not a string",
						pnstrdup(source, length)),
				 errhint("Give the lists that channel_lists() makes: an object from source to category.")));
	name.data = value.val.string.val;
	name.length = value.val.string.len;
	*category = category_by_name(name);
	return true;
}

static ChannelVisit
visit_of_args(FunctionCallInfo fcinfo)
{
	ChannelVisit visit;

	visit.source = lower_arg(fcinfo, 0);
	visit.medium = lower_arg(fcinfo, 1);
	visit.campaign = lower_arg(fcinfo, 2);
	visit.category = CHANNEL_NO_LIST;
	visit.google_ads_network = lower_arg(fcinfo, 4);
	visit.dv360_creative_format = lower_arg(fcinfo, 5);
	visit.sa360_engine = lower_arg(fcinfo, 6);
	return visit;
}

/*
 * default_channel_group(source, medium, campaign, lists jsonb, ...)
 */
PG_FUNCTION_INFO_V1(default_channel_group);
Datum
default_channel_group(PG_FUNCTION_ARGS)
{
	ChannelVisit visit = visit_of_args(fcinfo);
	Jsonb	   *lists;

	/* without lists other answers would come out, silently */
	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the lists of channel sources must not be null"),
				 errhint("Give (SELECT journey.channel_lists()), or '{}' for no lists.")));
	lists = PG_GETARG_JSONB_P(3);
	if (!JB_ROOT_IS_OBJECT(lists))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the lists of channel sources are not a JSON object"),
				 errhint("Give (SELECT journey.channel_lists()), or '{}' for no lists.")));

	/* a host is the same with and without the www. that few lists have */
	if (visit.source.length > 0 &&
		!look_up(lists, visit.source.data, visit.source.length, &visit.category) &&
		visit.source.length > 4 && memcmp(visit.source.data, "www.", 4) == 0)
		(void) look_up(lists, visit.source.data + 4, visit.source.length - 4, &visit.category);

	PG_RETURN_TEXT_P(cstring_to_text(channel_of_visit(&visit)));
}

/*
 * channel_group(source, medium, campaign, category, ...)
 */
PG_FUNCTION_INFO_V1(channel_group);
Datum
channel_group(PG_FUNCTION_ARGS)
{
	ChannelVisit visit = visit_of_args(fcinfo);

	if (!PG_ARGISNULL(3))
	{
		text	   *given = PG_GETARG_TEXT_PP(3);
		ChannelText name = {VARDATA_ANY(given), VARSIZE_ANY_EXHDR(given)};

		visit.category = category_by_name(name);
	}
	PG_RETURN_TEXT_P(cstring_to_text(channel_of_visit(&visit)));
}
