/*
 * channel_rules.h
 *	  Which default channel group of Google Analytics 4 a visit belongs to.
 */
#ifndef CHANNEL_RULES_H
#define CHANNEL_RULES_H

#include <stddef.h>

/* Which list the source of a visit is on; a source is on one at most. */
typedef enum ChannelCategory
{
	CHANNEL_NO_LIST,
	CHANNEL_SEARCH,
	CHANNEL_SOCIAL,
	CHANNEL_SHOPPING,
	CHANNEL_VIDEO,
	CHANNEL_AI_ASSISTANT,
} ChannelCategory;

/* Text in lower case, not terminated; what is not known is empty. */
typedef struct ChannelText
{
	const char *data;
	size_t		length;
} ChannelText;

typedef struct ChannelVisit
{
	ChannelText source;
	ChannelText medium;
	ChannelText campaign;
	ChannelCategory category;	/* of the source */
	ChannelText google_ads_network;
	ChannelText dv360_creative_format;
	ChannelText sa360_engine;
} ChannelVisit;

/* 0 and the category of that name, or -1 where there is none. */
extern int	channel_category_by_name(ChannelText name, ChannelCategory *category);

/* The name of the channel, of static storage. */
extern const char *channel_of_visit(const ChannelVisit *visit);

#endif							/* CHANNEL_RULES_H */
