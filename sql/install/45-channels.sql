\echo Use "CREATE EXTENSION journey" to load this file. \quit

/*
 * Default channel groups: from source, medium and campaign of a visit to the
 * channel that Google Analytics 4 would show.
 *
 * The rules are in C and read no table.  What the lists of sources say comes
 * in as an argument, in one of two forms: all lists as one value, made once in
 * a statement, or the category of this one source.  On top of the second
 * stands the form for everyday use, which looks the source up by itself.
 */

CREATE FUNCTION journey.channel_lists() RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000
	-- of two equal keys the last stays: own rows behind those that ship
	RETURN (SELECT coalesce(pg_catalog.jsonb_object_agg(pg_catalog.lower(s.source), s.category ORDER BY s.builtin DESC),
							'{}'::jsonb)
			FROM journey.channel_sources AS s);
COMMENT ON FUNCTION journey.channel_lists() IS
$$The lists of traffic sources as one value, for default_channel_group(source, medium, campaign, lists): a JSON object from source, in lower case, to category. Own rows of journey.channel_sources come before those that ship.

Write it as a subquery, (SELECT journey.channel_lists()): the server then makes the value once in a statement. As a plain call, and in a subquery of the FROM clause, it would be made for every row. An empty object if the table is empty. Costs a few milliseconds; the value of what ships has 22 kB.$$;

CREATE FUNCTION journey.channel_category(source text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	RETURN (SELECT s.category
			FROM journey.channel_sources AS s
			WHERE pg_catalog.lower(s.source) IN
				(pg_catalog.lower(channel_category.source COLLATE "C"),
				 pg_catalog.regexp_replace(pg_catalog.lower(channel_category.source COLLATE "C"), '^www\.(?=.)', ''))
			-- the full name before the one without www., own rows before those that ship
			ORDER BY pg_catalog.length(s.source) DESC, s.builtin
			LIMIT 1);
COMMENT ON FUNCTION journey.channel_category(text) IS
$$On which list of journey.channel_sources a traffic source is: search, social, shopping, video or ai_assistant; none where a row of yours says so; NULL where it is on no list, and for NULL. Own rows come before those that ship. Capitals of A to Z make no difference; a source that is on no list is looked up without a leading www. too. Costs an index look-up, about 5 microseconds: for many rows take channel_lists or join the table.$$;

CREATE FUNCTION journey.default_channel_group(
	source text, medium text, campaign text, lists jsonb,
	google_ads_network text DEFAULT NULL, dv360_creative_format text DEFAULT NULL, sa360_engine text DEFAULT NULL)
	RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'default_channel_group';
COMMENT ON FUNCTION journey.default_channel_group(text, text, text, jsonb, text, text, text) IS
$$The default channel group of Google Analytics 4, with the lists of sources given: the form for many rows, distributed tables and generated columns, as it reads no table. Rules, arguments and answers are those of default_channel_group(source, medium, campaign).

lists: (SELECT journey.channel_lists()), or a JSON object of your own from source in lower case to category; '{}' for no lists. In a generated column write the lists as a constant; they stay as they were then.

An error (null_value_not_allowed) if lists is NULL, and (invalid_parameter_value) if it is no object, or the category of the source looked up is none of search, social, shopping, video, ai_assistant and none. Costs less than a microsecond a row; lists that come out of a column of a table are unpacked anew in every row and cost far more.$$;

CREATE FUNCTION journey.channel_group(
	source text, medium text, campaign text, category text,
	google_ads_network text DEFAULT NULL, dv360_creative_format text DEFAULT NULL, sa360_engine text DEFAULT NULL)
	RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'channel_group';
COMMENT ON FUNCTION journey.channel_group(text, text, text, text, text, text, text) IS
$$The default channel group of Google Analytics 4, where the category of the source is known already: from a column, or from a join. Rules, arguments and answers are those of default_channel_group(source, medium, campaign).

category: search, social, shopping, video or ai_assistant; NULL or none: the source is on no list. Anything else is an error (invalid_parameter_value). Reads no table. Costs less than a microsecond a row.$$;

CREATE FUNCTION journey.default_channel_group(
	source text, medium text, campaign text DEFAULT NULL,
	google_ads_network text DEFAULT NULL, dv360_creative_format text DEFAULT NULL, sa360_engine text DEFAULT NULL)
	RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN journey.channel_group(source, medium, campaign, journey.channel_category(source),
								 google_ads_network, dv360_creative_format, sa360_engine);
COMMENT ON FUNCTION journey.default_channel_group(text, text, text, text, text, text) IS
$$The default channel group that Google Analytics 4 gives a visit: by its documented rules, in their order, the first that fits. Never NULL; Unassigned where no rule fits.

source, medium, campaign: as in utm_source, utm_medium and utm_campaign; where a link is not tagged, the host of the referrer as source and referral as medium. google_ads_network, dv360_creative_format, sa360_engine: what Google Ads (network type: Google Search), Display & Video 360 (creative format: Native video) and Search Ads 360 (engine account type: bing) say of a click on one of their advertisements, where it is known; values that Google's rules name decide before all others, in this order, and other values say nothing. Capitals of A to Z make no difference, blanks at the ends do. NULL and the empty text are the same.

Rules, with PAID for a medium that contains cp, is ppc or retargeting, or begins with paid, and SHOP for a campaign with the word shopping in it or with shop at its beginning or behind any character but the letters a-d and f-z: Direct: the source is (direct), or there is neither source nor campaign, and the medium is empty, (not set) or (none). Cross-network: the campaign contains cross-network. Paid Shopping: PAID, and source on the shopping list or SHOP. Paid Search, Paid Social, Paid Video: PAID and source on that list. Display: medium display, banner, expandable, interstitial or cpm. Paid Other: PAID. AI Assistant: medium ai-assistant, or source on the list of AI assistants and medium empty, (not set), (none) or referral. Organic Shopping: source on the shopping list or SHOP. Organic Social: source on the list, or medium social, social-network, social-media, sm, social network or social media. Organic Video: source on the list or a medium that contains video. Organic Search: source on the list or medium organic. Referral: medium referral, app or link. Email: source or medium email, e-mail, e_mail or e mail. Affiliates: medium affiliate. Audio: medium audio. SMS: source or medium sms. Mobile Push Notifications: a medium that ends with push or contains mobile or notification, or source firebase. Unassigned: all others.

Where this says more than Google does: Google documents neither the place of AI Assistant in the order nor its list; Google writes (direct) and (none) where a log has nothing; a source that is on no list is looked up without a leading www. too.

The lists are in journey.channel_sources, where you may add to them. They have sources as Google's tag writes them, which is google and bing for visits from these search engines, with medium organic: a log that has the bare host of every referrer (www.google.com) should add such hosts as rows of its own. This form looks the source up in every row, which takes about 5 microseconds, more than ten times what the form with lists takes; for millions of rows, and on distributed tables, where a function must not read a table, give the lists: default_channel_group(source, medium, campaign, lists => (SELECT journey.channel_lists())). As the channel of a source: in a view that create_source reads, or in a generated column.$$;
