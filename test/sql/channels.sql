SET search_path = public, journey;
SET client_min_messages = warning;
\set SHOW_CONTEXT never

--
-- what ships
--
SELECT category, count(*), min(source), max(source) FROM channel_sources WHERE builtin GROUP BY category ORDER BY category;
SELECT count(*) AS not_in_lower_case FROM channel_sources WHERE source <> lower(source);
SELECT source, channel_category(source) FROM (VALUES ('google'), ('Facebook.com'), ('m.youtube.com'), ('Google Shopping'), ('chatgpt.com'),
	('www.perplexity.ai'), ('WWW.Google.com'), ('www.'), ('www'), ('notgoogle'), ('google '), (''), (NULL)) AS v (source);
SELECT jsonb_typeof(l) AS type, (SELECT count(*) FROM jsonb_object_keys(l)) AS sources, l ->> 'google' AS google, l ->> 'google shopping' AS shopping FROM (SELECT channel_lists() AS l) x;

--
-- each rule, in order: what fits it and nothing before it
--
CREATE TABLE visits (no integer PRIMARY KEY, source text, medium text, campaign text, want text);
INSERT INTO visits VALUES
	(101, '(direct)', '(none)', NULL, 'Direct'),
	(102, '(direct)', '(not set)', 'spring', 'Direct'),
	(103, '(Direct)', '(None)', '', 'Direct'),
	(104, '(direct)', NULL, NULL, 'Direct'),
	(105, '(direct)', '', NULL, 'Direct'),
	(106, '(direct)', 'referral', NULL, 'Referral'),
	(107, 'direct', '(none)', NULL, 'Unassigned'),
	-- nothing known is how a log says direct; (not set) as source is not
	(110, NULL, NULL, NULL, 'Direct'),
	(111, '', '', '', 'Direct'),
	(112, NULL, '(none)', '(not set)', 'Direct'),
	(113, '', '(Not Set)', NULL, 'Direct'),
	(114, '(not set)', '(not set)', '(not set)', 'Unassigned'),
	(115, '(none)', NULL, NULL, 'Unassigned'),
	(116, NULL, NULL, 'spring', 'Unassigned'),
	(117, NULL, 'organic', NULL, 'Organic Search'),
	(118, ' ', NULL, NULL, 'Unassigned'),
	(201, 'google', 'cpc', '12-Cross-Network-x', 'Cross-network'),
	(202, NULL, NULL, 'cross-network', 'Cross-network'),
	(203, '(direct)', '(none)', 'cross-network', 'Direct'),
	(204, 'google', 'cpc', 'crossnetwork', 'Paid Search'),
	(301, 'amazon.com', 'cpc', NULL, 'Paid Shopping'),
	(302, 'google', 'ppc', 'summer shop', 'Paid Shopping'),
	(303, 'facebook', 'paid-social', 'Window-SHOPPING', 'Paid Shopping'),
	(401, 'google', 'cpm', NULL, 'Paid Search'),
	(402, 'BING', 'Paid', NULL, 'Paid Search'),
	(501, 'facebook', 'paid-social', NULL, 'Paid Social'),
	(502, 'FaceBook', 'RETARGETING', NULL, 'Paid Social'),
	(601, 'youtube.com', 'cpv', NULL, 'Paid Video'),
	(602, 'm.youtube.com', 'cpm', NULL, 'Paid Video'),
	(701, 'adnetwork.example', 'cpm', NULL, 'Display'),
	(702, 'google', 'display', NULL, 'Display'),
	(703, 'facebook', 'Banner', NULL, 'Display'),
	(704, 'x.example', 'expandable', NULL, 'Display'),
	(705, 'amazon.com', 'interstitial', 'shopping', 'Display'),
	(801, 'x.example', 'cpc', NULL, 'Paid Other'),
	(802, NULL, 'paidsearch', NULL, 'Paid Other'),
	(803, 'chatgpt.com', 'cpc', NULL, 'Paid Other'),
	(804, 'email', 'cpc', NULL, 'Paid Other'),
	(851, 'chatgpt.com', 'referral', NULL, 'AI Assistant'),
	(852, 'Claude.ai', NULL, NULL, 'AI Assistant'),
	(853, 'www.perplexity.ai', '(none)', NULL, 'AI Assistant'),
	(854, 'gemini.google.com', '(not set)', '(not set)', 'AI Assistant'),
	(855, 'new.example', 'AI-Assistant', '(ai-assistant)', 'AI Assistant'),
	(856, 'facebook', 'ai-assistant', NULL, 'AI Assistant'),
	(857, 'chatgpt.com', 'email', NULL, 'Email'),
	(858, 'chatgpt.com', 'social', NULL, 'Organic Social'),
	(859, 'x.com/i/grok', '', 'shopping', 'AI Assistant'),
	(901, 'amazon.com', NULL, NULL, 'Organic Shopping'),
	(902, 'Google Shopping', '', NULL, 'Organic Shopping'),
	(903, 'x.example', 'email', 'eshop', 'Organic Shopping'),
	(904, 'amazon.com', 'social', NULL, 'Organic Shopping'),
	(1001, 'facebook', NULL, NULL, 'Organic Social'),
	(1002, 'x.example', 'Social Network', NULL, 'Organic Social'),
	(1003, 'x.example', 'sm', NULL, 'Organic Social'),
	(1004, 'youtube.com', 'social-media', NULL, 'Organic Social'),
	(1005, 'x.example', 'socials', NULL, 'Unassigned'),
	(1006, 'facebook', 'email', NULL, 'Organic Social'),
	(1101, 'youtube.com', 'referral', NULL, 'Organic Video'),
	(1102, 'x.example', 'OnlineVideos', NULL, 'Organic Video'),
	(1103, 'google', 'video', NULL, 'Organic Video'),
	(1201, 'bing', NULL, NULL, 'Organic Search'),
	(1202, 'x.example', 'organic', NULL, 'Organic Search'),
	(1203, 'google', 'email', NULL, 'Organic Search'),
	(1204, 'google', 'referral', NULL, 'Organic Search'),
	(1301, 'x.example', 'referral', NULL, 'Referral'),
	(1302, 'x.example', 'App', NULL, 'Referral'),
	(1303, 'x.example', 'link', NULL, 'Referral'),
	(1304, 'email', 'referral', NULL, 'Referral'),
	(1401, 'newsletter', 'email', NULL, 'Email'),
	(1402, 'E-Mail', NULL, NULL, 'Email'),
	(1403, 'x.example', 'e_mail', NULL, 'Email'),
	(1404, NULL, 'e mail', NULL, 'Email'),
	(1405, 'e mail', 'affiliate', NULL, 'Email'),
	(1501, 'partner', 'affiliate', NULL, 'Affiliates'),
	(1502, 'partner', 'affiliates', NULL, 'Unassigned'),
	(1503, 'sms', 'affiliate', NULL, 'Affiliates'),
	(1601, 'x.example', 'audio', NULL, 'Audio'),
	(1602, 'sms', 'audio', NULL, 'Audio'),
	(1701, 'SMS', NULL, NULL, 'SMS'),
	(1702, NULL, 'sms', NULL, 'SMS'),
	(1703, 'firebase', 'sms', NULL, 'SMS'),
	(1704, 'sms', 'web-push', NULL, 'SMS'),
	(1801, 'x.example', 'web-push', NULL, 'Mobile Push Notifications'),
	(1802, 'x.example', 'push', NULL, 'Mobile Push Notifications'),
	(1803, 'x.example', 'pushed', NULL, 'Unassigned'),
	(1804, 'x.example', 'a mobile thing', NULL, 'Mobile Push Notifications'),
	(1805, 'x.example', 'notifications', NULL, 'Mobile Push Notifications'),
	(1806, 'Firebase', NULL, NULL, 'Mobile Push Notifications'),
	(1901, 'x.example', 'x', 'x', 'Unassigned'),
	(1902, 'x.example', NULL, NULL, 'Unassigned'),
	(1903, 'x.example', '(none)', NULL, 'Unassigned');
-- the three forms, where they do not give what is wanted: nowhere
SELECT v.*, a, b, c
FROM visits AS v,
	LATERAL (SELECT default_channel_group(source, medium, campaign) AS a,
				default_channel_group(source, medium, campaign, lists => (SELECT channel_lists())) AS b,
				channel_group(source, medium, campaign, channel_category(source)) AS c) AS x
WHERE a IS DISTINCT FROM want OR b IS DISTINCT FROM want OR c IS DISTINCT FROM want
ORDER BY no;
SELECT count(*) AS visits, count(DISTINCT want) AS channels, count(*) FILTER (WHERE default_channel_group(source, medium, campaign) = want) AS right FROM visits;
-- capitals make no difference
SELECT count(*) AS wrong FROM visits WHERE default_channel_group(upper(source), initcap(medium), upper(campaign)) <> want;
-- the campaign may be left out
SELECT default_channel_group('google', 'cpc'), default_channel_group(medium => 'email', source => 'x');

--
-- which mediums are paid, which campaigns are shops
--
SELECT medium, channel_group('x.example', medium, NULL, 'search') = 'Paid Search' AS paid
FROM unnest('{cpc,cpm,cpv,xcpx,cp,ppc,paid,paid-social,paidsearch,retargeting,sppc,ppc2,prepaid,ads,c-p,retargeting2,CPC}'::text[]) AS medium;
SELECT campaign, channel_group('x.example', 'x', campaign, NULL) = 'Organic Shopping' AS shop
FROM unnest('{shop,eshop,e-shop,theshop,2shop,summer-shop,shopping,window-shopping,workshop,bishop,photoshop,SHOP,WorkShop,sho,shoppin,workshopping,workshop shop,workshop eshops,éshop,zshop,dshop,fshop,ashop,shopshop,"{shop",`shop}'::text[]) AS campaign;

--
-- random visits against the rules as regular expressions
--
CREATE FUNCTION channel_oracle(source text, medium text, campaign text, category text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
		WHEN s = '(direct)' AND m ~ '^(|\(not set\)|\(none\))$' THEN 'Direct'
		WHEN s = '' AND m ~ '^(|\(not set\)|\(none\))$' AND c ~ '^(|\(not set\)|\(none\))$' THEN 'Direct'
		WHEN c ~ '^.*cross-network.*$' THEN 'Cross-network'
		WHEN (k = 'shopping' OR c ~ shop) AND m ~ paid THEN 'Paid Shopping'
		WHEN k = 'search' AND m ~ paid THEN 'Paid Search'
		WHEN k = 'social' AND m ~ paid THEN 'Paid Social'
		WHEN k = 'video' AND m ~ paid THEN 'Paid Video'
		WHEN m ~ '^(display|banner|expandable|interstitial|cpm)$' THEN 'Display'
		WHEN m ~ paid THEN 'Paid Other'
		WHEN m = 'ai-assistant' OR k = 'ai_assistant' AND m ~ '^(|\(not set\)|\(none\)|referral)$' THEN 'AI Assistant'
		WHEN k = 'shopping' OR c ~ shop THEN 'Organic Shopping'
		WHEN k = 'social' OR m ~ '^(social|social-network|social-media|sm|social network|social media)$' THEN 'Organic Social'
		WHEN k = 'video' OR m ~ '^(.*video.*)$' THEN 'Organic Video'
		WHEN k = 'search' OR m = 'organic' THEN 'Organic Search'
		WHEN m ~ '^(referral|app|link)$' THEN 'Referral'
		WHEN s ~ '^(e[-_ ]?mail)$' OR m ~ '^(e[-_ ]?mail)$' THEN 'Email'
		WHEN m = 'affiliate' THEN 'Affiliates'
		WHEN m = 'audio' THEN 'Audio'
		WHEN s = 'sms' OR m = 'sms' THEN 'SMS'
		WHEN m ~ '(push$|mobile|notification)' OR s = 'firebase' THEN 'Mobile Push Notifications'
		ELSE 'Unassigned' END
	FROM (SELECT lower(coalesce(source, '')) AS s, lower(coalesce(medium, '')) AS m, lower(coalesce(campaign, '')) AS c, coalesce(category, 'none') AS k,
			'^(.*cp.*|ppc|retargeting|paid.*)$' AS paid, '^(.*(([^a-df-z]|^)shop|shopping).*)$' AS shop) AS x
$$;
-- every combination of what stands in a rule, as it is and a little different
CREATE TABLE words AS
	SELECT w FROM unnest('{"",(direct),(none),(not set),cpc,ppc,retargeting,paid,display,cpm,ai-assistant,social,sm,social media,video,organic,referral,app,email,e mail,affiliate,audio,sms,web-push,mobile,notification,firebase,ads}'::text[]) AS w
	UNION SELECT 'x' || w FROM unnest('{(none),cpc,ppc,paid,display,social,video,organic,email,push,sms,firebase}'::text[]) AS w
	UNION SELECT w || 's' FROM unnest('{cpc,ppc,paid,banner,social,video,referral,email,affiliate,push,sms,mobile}'::text[]) AS w;
SELECT count(*) AS visits,
	count(*) FILTER (WHERE channel_group(s, w, c, k) IS DISTINCT FROM channel_oracle(s, w, c, k)) AS differences,
	count(DISTINCT channel_group(s, w, c, k)) AS channels
FROM unnest(ARRAY[NULL, '', '(direct)', 'email', 'e-mails', 'sms', 'firebase', 'xfirebase']) AS s,
	(SELECT w FROM words UNION SELECT NULL) AS m,
	unnest(ARRAY[NULL, '(not set)', 'x cross-network x', 'eshop', 'workshop']) AS c,
	unnest(ARRAY[NULL, 'search', 'social', 'shopping', 'video', 'ai_assistant']) AS k;
-- and words put together by chance, of the pieces that the expressions have
SELECT setseed(0.45);
CREATE TABLE chance AS
	SELECT n, (SELECT string_agg((ARRAY['cp', 'p', 'c', 'paid', 'video', 'push', '-', 'a', 'mobile', 'VIDEO'])[1 + floor(random() * 10)::int], '') FROM generate_series(1, 1 + n % 4)) AS medium,
		(SELECT string_agg((ARRAY['shop', 'sho', 'p', 'ping', 'e', 'k', ' ', '-', 'SHOP', 'é', 'cross-', 'network', 'z'])[1 + floor(random() * 13)::int], '') FROM generate_series(1, 1 + n % 6)) AS campaign,
		(ARRAY['search', 'social', 'shopping', 'video', 'ai_assistant', NULL])[1 + floor(random() * 6)::int] AS category
	FROM generate_series(1, 8000) AS n;
SELECT count(*) AS visits, count(*) FILTER (WHERE channel_group('x', medium, campaign, category) <> channel_oracle('x', medium, campaign, category)) AS differences,
	count(DISTINCT medium) > 1000 AS many_mediums, count(DISTINCT campaign) > 2000 AS many_campaigns FROM chance;
-- every source that ships, in each of the forms
SELECT count(*) AS sources, count(*) FILTER (WHERE channel_oracle(source, m, NULL, category) IS DISTINCT FROM default_channel_group(upper(source), m)
	OR channel_oracle(source, m, NULL, category) IS DISTINCT FROM default_channel_group(initcap(source), m, NULL, lists => (SELECT channel_lists()))) AS differences
FROM channel_sources, unnest('{cpc,referral,x}'::text[]) AS m;

--
-- what Google's advertising systems say comes first
--
SELECT google_ads_network, dv360_creative_format, sa360_engine,
	default_channel_group('(direct)', '(none)', 'cross-network', google_ads_network, dv360_creative_format, sa360_engine) AS channel,
	default_channel_group('(direct)', '(none)', 'cross-network', '{}'::jsonb, google_ads_network, dv360_creative_format, sa360_engine) AS with_lists,
	channel_group('(direct)', '(none)', 'cross-network', 'video', google_ads_network, dv360_creative_format, sa360_engine) AS with_category
FROM (VALUES ('Google Search', NULL, NULL), ('google partners', NULL, NULL), ('YouTube Search', '', ''), ('YouTube Videos', NULL, NULL),
	('Google Display Network', 'Video', 'facebook'), ('Cross-network', NULL, NULL), ('Social', NULL, NULL), ('(not set)', NULL, NULL), ('Google', NULL, 'bing'),
	(NULL, 'Standard', NULL), (NULL, 'Lightbox', NULL), (NULL, 'native video', 'facebook'), (NULL, 'Flipbook', NULL), (NULL, 'Audio', NULL), (NULL, 'Tracking', NULL),
	(NULL, 'Unknown', NULL), ('', 'other', 'Twitter'), (NULL, NULL, 'yahoo gemini'), (NULL, NULL, '360.cn'), (NULL, NULL, 'facebook'), (NULL, NULL, 'x'))
	AS v (google_ads_network, dv360_creative_format, sa360_engine);

--
-- own rows: they come before those that ship
--
BEGIN;
SELECT default_channel_group('ourforum.example', 'referral'), default_channel_group('google', 'cpc'), default_channel_group('bing', NULL);
INSERT INTO channel_sources (source, category) VALUES ('OurForum.example', 'social'), ('google', 'video'), ('Bing', 'none'), ('www.we.example', 'search'), ('we.example', 'shopping');
SELECT s, m, default_channel_group(s, m) AS channel, default_channel_group(s, m, NULL, lists => (SELECT channel_lists())) AS with_lists, channel_category(s) AS category
FROM (VALUES ('ourforum.example', 'referral'), ('www.OURFORUM.example', 'cpc'), ('Google', 'cpc'), ('bing', NULL), ('www.we.example', 'cpc'), ('We.example', 'cpc'), ('yahoo', 'cpc')) AS v (s, m);
-- the shipped rows are still there
SELECT source, category, builtin FROM channel_sources WHERE source IN ('google', 'bing', 'Bing') ORDER BY source, builtin;
DELETE FROM channel_sources WHERE NOT builtin;
SELECT default_channel_group('google', 'cpc'), default_channel_group('bing', NULL);
-- without any row there are the rules that need no list
DELETE FROM channel_sources;
SELECT channel_lists(), default_channel_group('google', 'cpc'), default_channel_group('google', 'organic');
ROLLBACK;
-- lists of one's own, as a value
SELECT default_channel_group('ours', 'cpc', NULL, lists => '{"ours": "video"}'), default_channel_group('www.ours', 'cpc', NULL, lists => '{"ours": "video", "www.ours": "none"}'),
	default_channel_group('google', 'cpc', NULL, lists => '{}'), default_channel_group('', 'cpc', NULL, lists => '{"": "video"}');

--
-- which forms read tables
--
SELECT oid::regprocedure AS function, provolatile, proparallel, proisstrict FROM pg_proc WHERE pronamespace = 'journey'::regnamespace AND proname ~ 'channel_(group|lists|category)' ORDER BY oid::regprocedure::text COLLATE "C";
-- lists in a subquery are made once
CREATE FUNCTION channel_plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN format('%s, %s', plan #>> '{0,Plan,Node Type}', plan #>> '{0,Plan,Plans,0,Parent Relationship}');
END
$$;
SELECT channel_plan('SELECT default_channel_group(source, medium, campaign, lists => (SELECT journey.channel_lists())) FROM visits');

--
-- the channel of a source: through a view
--
CREATE SCHEMA channel_web;
CREATE TABLE channel_web.hits (who bigint, at timestamptz, event text, utm_source text, utm_medium text, utm_campaign text);
INSERT INTO channel_web.hits VALUES
	(1, '2026-01-05 10:00+00', 'page_view', 'google', 'cpc', 'eshop winter'),
	(1, '2026-01-05 10:05+00', 'view_item', 'google', 'cpc', 'eshop winter'),
	(1, '2026-01-07 10:00+00', 'purchase', NULL, NULL, NULL),
	(2, '2026-01-05 11:00+00', 'page_view', 'ChatGPT.com', 'referral', NULL),
	(2, '2026-01-06 11:00+00', 'purchase', 'newsletter', 'email', 'january'),
	(3, '2026-01-06 12:00+00', 'page_view', 'ourforum.example', 'referral', NULL);
CREATE VIEW channel_web.events AS
	SELECT who, at, event, journey.default_channel_group(utm_source, utm_medium, utm_campaign, lists => (SELECT journey.channel_lists())) AS channel
	FROM channel_web.hits;
SELECT * FROM create_source('channel_shop', source => 'channel_web.events', customer => 'who', at => 'at', event => 'event', channel => 'channel');
SELECT customer, journey FROM channel_shop.journeys ORDER BY customer;
-- own rows hold from the next rebuild on
INSERT INTO channel_sources (source, category) VALUES ('ourforum.example', 'social');
SELECT * FROM rebuild('channel_shop');
SELECT customer, journey FROM channel_shop.journeys WHERE customer = 3;
DELETE FROM channel_sources WHERE NOT builtin;
SELECT drop_source('channel_shop');
-- or by a generated column, with the lists as they are now
SELECT format('ALTER TABLE channel_web.hits ADD channel text GENERATED ALWAYS AS
	(journey.default_channel_group(utm_source, utm_medium, utm_campaign, lists => %L)) STORED', channel_lists()) AS statement \gset
:statement;
SELECT * FROM create_source('channel_shop', source => 'channel_web.hits', customer => 'who', at => 'at', event => 'event', channel => 'channel');
SELECT customer, journey FROM channel_shop.journeys ORDER BY customer;
SELECT drop_source('channel_shop');
DROP SCHEMA channel_web CASCADE;

--
-- errors
--
SELECT default_channel_group('google', 'cpc', NULL, lists => NULL);
SELECT default_channel_group('google', 'cpc', NULL, lists => '[]');
SELECT default_channel_group('google', 'cpc', NULL, lists => '"google"');
SELECT default_channel_group('google', 'cpc', NULL, lists => '{"google": 1}');
SELECT default_channel_group('google', 'cpc', NULL, lists => '{"google": null}');
SELECT default_channel_group('google', 'cpc', NULL, lists => '{"google": "Search"}');
SELECT default_channel_group('WWW.google', 'cpc', NULL, lists => '{"google": {}}');
SELECT channel_group('google', 'cpc', NULL, 'SOURCE_CATEGORY_SEARCH');
SELECT channel_group('google', 'cpc', NULL, '');
INSERT INTO channel_sources (source, category) VALUES ('ours', 'forum');
INSERT INTO channel_sources (source, category) VALUES ('', 'social');
INSERT INTO channel_sources (source, category) VALUES (NULL, 'social');
INSERT INTO channel_sources (source, category) VALUES ('ours', 'social'), ('OURS', 'search');
INSERT INTO channel_sources (source, category) VALUES (repeat('o', 1025), 'social');
SELECT count(*) FROM channel_sources WHERE NOT builtin;
-- long texts
SELECT default_channel_group(repeat('google', 100000), repeat('c', 1000000) || 'p', repeat('workshop', 100000)), default_channel_group('www.' || repeat('x', 100000), 'x', repeat('workshop', 100000) || ' shop');

DROP TABLE visits, words, chance;
DROP FUNCTION channel_oracle(text, text, text, text), channel_plan(text);
