-- The shipped stage models: stages, contexts, details, settings; models and
-- names of users beside them.
SET search_path = public, journey;
\set SHOW_CONTEXT never

CREATE FUNCTION stages(j journey, model stage_model) RETURNS text
RETURN (SELECT string_agg(coalesce(s.stage, '-'), ' ' ORDER BY s.n) FROM staged_touchpoints(j, model) s);

-- all five, as a value: the literal says the same, and a second time
SELECT model, stage_model(model)::text::stage_model = stage_model(model) AS text,
	stage_model_literal(model)::stage_model = stage_model(model) AS literal,
	left(split_part(stage_model(model)::text, ';', 1), 76) AS stages
FROM stage_models WHERE builtin ORDER BY model;
SELECT stage_model(name => 'lifecycle', taxonomies => '{ga4_recommended,backoffice_suggested}');
SELECT stage_model(NULL) IS NULL AS null, stage_model('five_stage') = stage_model('five_stage'::text) AS same;

-- a customer from the first advertisement to the recommendation, in all models
CREATE TEMP TABLE story (n serial, at timestamptz, event text, value float8);
INSERT INTO story (at, event, value)
SELECT '2026-01-01 10:00:00+00'::timestamptz + x.hours * interval '1 hour', x.event, x.value
FROM (VALUES
	(0, 'ad_click', NULL), (0.01, 'session_start', NULL), (0.02, 'page_view', NULL), (0.1, 'page_view/content', NULL),
	(24, 'session_start', NULL), (24.01, 'page_view', NULL), (24.1, 'search', NULL), (24.2, 'view_item', NULL),
	(24.25, 'user_engagement', NULL), (24.3, 'review_viewed', NULL), (24.4, 'survey_answered/pre_purchase', NULL),
	(25, 'notification_open', NULL), (25.1, 'cart_recovery_sent', NULL), (25.2, 'add_to_cart', NULL),
	(25.3, 'support_ticket_opened', NULL), (25.4, 'purchase', 49.9),
	(30, 'page_view', NULL), (31, 'order_shipped', NULL), (32, 'order_tracking_viewed', NULL), (33, 'search', NULL),
	(34, 'support_ticket_opened', NULL), (48, 'order_delivered', NULL), (49, 'survey_answered/csat_delivery', 4),
	(50, 'product_used', NULL), (60, 'review_submitted', 2), (61, 'survey_answered/csat', 3),
	(100, 'notification_open', NULL), (101, 'session_start', NULL), (102, 'view_item', NULL), (103, 'purchase', 20),
	(120, 'order_delivered', NULL), (121, 'survey_answered/nps', 10), (122, 'review_submitted', 5),
	(123, 'share', NULL), (124, 'referral_link_shared', NULL), (125, 'social_follow', NULL),
	(126, 'survey_answered/unheard_of', 1), (127, 'something_else', NULL), (200, 'order_returned', 20)) x (hours, event, value);
CREATE TEMP TABLE journeys AS SELECT journey_agg(at, event, NULL::text, value, n::bigint) AS j FROM story;
SELECT f.n, f.event, f.value, f.purchase_no AS p, f.visit_no AS v, f.stage AS five_stage, t.stage AS three_stage,
	m.stage AS moments_five, q.stage AS moments_four, l.stage AS lifecycle
FROM journeys,
	staged_touchpoints(j, stage_model('five_stage')) f JOIN
	staged_touchpoints(j, stage_model('three_stage')) t USING (n) JOIN
	staged_touchpoints(j, stage_model('moments_five')) m USING (n) JOIN
	staged_touchpoints(j, stage_model('moments_four')) q USING (n) JOIN
	staged_touchpoints(j, stage_model('lifecycle')) l USING (n)
ORDER BY f.n;
SELECT unclassified(j, stage_model('five_stage')) FROM journeys;
SELECT unclassified(j, stage_model('lifecycle')) FROM journeys;

-- taxonomies: what is not chosen is not known; who is first decides
SELECT stage(stage_model('five_stage'), 'ad_click') AS "default",
	stage(stage_model('five_stage', '{ga4_automatic_enhanced,backoffice_suggested}'), 'ad_click') AS publisher,
	stage(stage_model('five_stage', '{ga4_recommended}'), 'ad_click') AS unknown,
	unclassified('[2026-01-01 00:00:00+00 ad_click]', stage_model('five_stage', '{ga4_automatic_enhanced}')) AS ignored,
	unclassified('[2026-01-01 00:00:00+00 ad_click]', stage_model('five_stage', '{ga4_recommended}')) AS reported;

-- any detail, and those that rules ask for
SELECT e, stage(m, e) FROM stage_model('five_stage') m, unnest('{page_view,page_view/landing,page_view/product,page_view/content,
	trackPageView/content,notification_open/cart_recovery,Email Opened,Email Opened/cart_recovery,cart_recovery_sent,
	cart_recovery_sent/cart_recovery,cart_recovery_sent/reminder,survey_answered,survey_answered/csat,survey_answered/csat_size,
	survey_answered/csatisfied,survey_answered/ces_support,survey_answered/testimonial}'::text[]) e;

-- repeat_policy
SELECT model, stages(j, stage_model(model, NULL)) AS lifecycle, stages(j, stage_model(model, NULL, '{"repeat_policy": "cycle"}')) AS cycle
FROM unnest('{five_stage,three_stage,moments_five,moments_four}'::text[]) model,
	CAST('[2026-01-01 00:00:00+00 session_start, 2026-01-01 00:01:00+00 view_item, 2026-01-01 00:02:00+00 add_to_cart, 2026-01-01 00:03:00+00 purchase,
	2026-01-01 00:04:00+00 session_start, 2026-01-01 00:05:00+00 view_item, 2026-01-03 00:00:00+00 order_delivered, 2026-01-05 00:00:00+00 ad_click,
	2026-01-05 00:01:00+00 session_start, 2026-01-05 00:02:00+00 page_view, 2026-01-05 00:02:30+00 page_view/content, 2026-01-05 00:03:00+00 view_item,
	2026-01-05 00:04:00+00 add_to_cart, 2026-01-05 00:05:00+00 purchase, 2026-01-06 00:00:00+00 support_ticket_opened, 2026-01-07 00:00:00+00 order_delivered,
	2026-01-08 00:00:00+00 share, 2026-01-09 00:00:00+00 Unsubscribed]' AS journey) j;
-- without deliveries nobody waits: the cycle starts at once
SELECT stages('[2026-01-01 00:03:00+00 purchase, 2026-01-01 00:05:00+00 view_item, 2026-01-02 00:00:00+00 purchase]', stage_model('five_stage', NULL, '{"repeat_policy": "cycle"}'));

-- delivery, session_timeout
SELECT d, stages('[2026-01-01 00:00:00+00 purchase, 2026-01-02 00:00:00+00 view_item]', stage_model('moments_five', NULL, jsonb_build_object('delivery', d))) AS without,
	stages('[2026-01-01 00:00:00+00 purchase, 2026-01-02 00:00:00+00 view_item, 2026-01-03 00:00:00+00 order_delivered]', stage_model('moments_five', NULL, jsonb_build_object('delivery', d))) AS with
FROM unnest('{auto,logged,none}'::text[]) d;
-- models that differ in this option alone, met in one place one after the other
CREATE TEMP TABLE deliveries AS
SELECT d, stage_model('moments_five', NULL, jsonb_build_object('delivery', d)) AS m FROM unnest('{logged,none,logged}'::text[]) d;
SELECT d, stages('[2026-01-01 00:00:00+00 purchase, 2026-01-02 00:00:00+00 view_item]', m) FROM deliveries;
SELECT t, stages('[2026-01-01 10:00:00+00 session_start, 2026-01-01 10:45:00+00 session_start]', stage_model('five_stage', NULL, jsonb_build_object('session_timeout', t)))
FROM unnest('{30 min,45 min,1 h,1800.000000 s,2700 s,0.5 hours}'::text[]) t;

-- lead_is_conversion
SELECT stages(j, stage_model('five_stage')) AS off, stages(j, stage_model('five_stage', NULL, '{"lead_is_conversion": true}')) AS on,
	stages(j, stage_model('five_stage', NULL, '{"lead_is_conversion": true, "repeat_policy": "cycle"}')) AS cycle
FROM CAST('[2026-01-01 00:00:00+00 generate_lead, 2026-01-02 00:00:00+00 qualify_lead, 2026-01-03 00:00:00+00 purchase, 2026-01-04 00:00:00+00 generate_lead]' AS journey) j;

-- strict_umot: the second purchase before the first delivery, and after it
SELECT s, stages('[2026-01-01 00:00:00+00 purchase, 2026-01-02 00:00:00+00 purchase, 2026-01-03 00:00:00+00 order_delivered, 2026-01-04 00:00:00+00 purchase, 2026-01-05 00:00:00+00 purchase]', m) AS known,
	stages('[2026-01-01 00:00:00+00 purchase, 2026-01-02 00:00:00+00 purchase]', m) AS unknown,
	stages('[2026-01-01 00:00:00+00 purchase, 2026-01-02 00:00:00+00 order_returned, 2026-01-03 00:00:00+00 purchase, 2026-01-04 00:00:00+00 order_delivered, 2026-01-05 00:00:00+00 purchase]', m) AS returned
FROM unnest('{on,off}'::text[]) s, LATERAL stage_model('moments_five', NULL, jsonb_build_object('strict_umot', s)) m;
SELECT stages('[2026-01-01 00:00:00+00 purchase, 2026-01-02 00:00:00+00 purchase]', stage_model('moments_five', NULL, '{"delivery": "logged"}')) AS "on",
	stages('[2026-01-01 00:00:00+00 purchase, 2026-01-02 00:00:00+00 purchase]', stage_model('moments_five', NULL, '{"delivery": "logged", "strict_umot": false}')) AS "off";
-- moments_four has no repeat moment
SELECT stages('[2026-01-01 00:00:00+00 purchase, 2026-01-03 00:00:00+00 order_delivered, 2026-01-04 00:00:00+00 purchase]', stage_model('moments_four'));

-- delivery_moment, solis_umot
SELECT d, stages('[2026-01-01 00:00:00+00 purchase, 2026-01-02 00:00:00+00 order_shipped, 2026-01-02 01:00:00+00 "Order Updated", 2026-01-03 00:00:00+00 order_tracking_viewed, 2026-01-04 00:00:00+00 order_delivered]',
	stage_model('moments_five', NULL, jsonb_build_object('delivery_moment', d))) FROM unnest('{tmot,smot}'::text[]) d;
SELECT s, stages('[2026-01-01 00:00:00+00 review_submitted =5, 2026-01-02 00:00:00+00 share, 2026-01-03 00:00:00+00 purchase, 2026-01-04 00:00:00+00 review_submitted =5, 2026-01-05 00:00:00+00 review_submitted =1, 2026-01-06 00:00:00+00 share]',
	stage_model('moments_five', NULL, jsonb_build_object('solis_umot', s))) FROM unnest('{off,on}'::text[]) s;

-- lifecycle: what makes a prospect, a loyal customer, an evangelist; and back
SELECT e, stages(format('[2026-01-01 00:00:00+00 page_view, 2026-01-02 00:00:00+00 %I, 2026-01-03 00:00:00+00 page_view]', e)::journey, m)
FROM stage_model('lifecycle') m, unnest('{view_item,newsletter_subscribed,share,generate_lead,sign_up,add_to_wishlist,add_to_cart,begin_checkout,add_payment_info,"Trial Started",purchase,user_engagement}'::text[]) e;
SELECT l, stages('[2026-01-01 00:00:00+00 purchase, 2026-01-02 00:00:00+00 purchase, 2026-01-03 00:00:00+00 referral_link_shared, 2026-01-04 00:00:00+00 purchase, 2026-01-05 00:00:00+00 page_view,
	2026-01-06 00:00:00+00 order_returned, 2026-01-07 00:00:00+00 "Order Cancelled", 2026-01-08 00:00:00+00 refund, 2026-01-09 00:00:00+00 page_view]',
	stage_model('lifecycle', NULL, jsonb_build_object('loyal_purchases', l))) FROM generate_series(1, 4) l;
SELECT e, stages(format('[2026-01-01 00:00:00+00 purchase, 2026-01-02 00:00:00+00 purchase, 2026-01-03 00:00:00+00 %s, 2026-01-04 00:00:00+00 page_view]', e)::journey, m)
FROM stage_model('lifecycle') m, unnest('{review_submitted,review_submitted =3,review_submitted =4,share,referral_converted,survey_answered/nps =10,survey_answered/testimonial,social_follow}'::text[]) e;
-- the act may come before the loyalty
SELECT stages('[2026-01-01 00:00:00+00 purchase, 2026-01-02 00:00:00+00 review_submitted =5, 2026-01-03 00:00:00+00 purchase]', stage_model('lifecycle'));
-- lapsed as of a time
SELECT d, a, current_stage('[2026-01-01 00:00:00+00 page_view, 2026-01-02 00:00:00+00 purchase]', m, a::timestamptz)
FROM unnest('{180 days,2 weeks}'::text[]) d, stage_model('lifecycle', NULL, jsonb_build_object('dormancy', d)) m, unnest('{2026-01-01 12:00+00,2026-01-10+00,2026-01-16+00,2026-01-17+00,2026-07-01+00,2026-07-02+00}'::text[]) a ORDER BY d, a;
SELECT current_stage('[2026-01-01 00:00:00+00 page_view, 2026-01-02 00:00:00+00 purchase]', stage_model('lifecycle'));

-- names that could be taken for definitions or words of the language
INSERT INTO taxonomies (taxonomy) VALUES ('ours');
INSERT INTO event_actions (taxonomy, event, action) VALUES
	('ours', 'basket_plus', 'cart_add'), ('ours', 'ignore', 'share'), ('ours', 'delivery', 'search'), ('ours', 'act_share', 'cart_add'),
	('ours', 'after', 'lead'), ('ours', 'stages', 'lead'), ('ours', 'say "hi"', 'search'), ('ours', 'page_view/pay', 'checkout_step'),
	('ours', 'paid', 'purchase'), ('ours', 'purchase', 'cart_view'), ('ours', 'level_up', 'product_use'), ('ours', 'user_engagement', 'ignore');
SELECT e, stage(m, e) AS alone, stage(m, e || '/detail') AS with_detail
FROM stage_model('five_stage') m, unnest('{basket_plus,ignore,delivery,act_share,share,after,stages,"say \"hi\"",page_view,page_view/pay,paid,purchase,level_up,user_engagement}'::text[]) e;
SELECT stages('[2026-01-01 00:00:00+00 purchase, 2026-01-02 00:00:00+00 page_view/pay, 2026-01-03 00:00:00+00 paid, 2026-01-04 00:00:00+00 page_view/pay, 2026-01-05 00:00:00+00 paid]', stage_model('five_stage'));

-- rules of one's own for a shipped model come first, with a policy if wanted
INSERT INTO stage_rules (model, action, seq, context, stage) VALUES
	('five_stage', 'support', 0, 'customer and after act_order_ship within 2 days', 'advocacy'),
	('five_stage', 'logout', 0, NULL, NULL);
INSERT INTO stage_rules (model, action, seq, context, stage, policy) VALUES
	('five_stage', 'search', -1, NULL, 'awareness', 'search_moment=early'), ('five_stage', '*', 1, 'value > {large}', 'retention', 'large_is=retention');
SELECT setting, value, default_value, allowed FROM stage_model_settings('five_stage', '{"search_moment": "early"}');
SELECT stages(j, stage_model('five_stage')) AS plain,
	stages(j, stage_model('five_stage', NULL, '{"search_moment": "early"}')) AS early, unclassified(j, stage_model('five_stage'))
FROM CAST('[2026-01-01 00:00:00+00 search, 2026-01-02 00:00:00+00 paid, 2026-01-03 00:00:00+00 order_shipped, 2026-01-04 00:00:00+00 support_ticket_opened, 2026-01-09 00:00:00+00 support_ticket_opened, 2026-01-10 00:00:00+00 "Signed Out"]' AS journey) j;
DELETE FROM stage_rules WHERE NOT builtin;

-- models of one's own: a whole literal, a copy of a shipped one, one of actions
INSERT INTO stage_models (model, literal, settings) VALUES
	('whole', 'stages browsing > buying; view_item -> browsing; purchase when value >= {least} -> buying;', '{"least": 100}'),
	('two', 'stages before, after;', '{}');
INSERT INTO stage_rules (model, action, seq, context, stage) VALUES
	('two', 'purchase', 1, NULL, 'after'), ('two', '*', 1, 'prospect', 'before'), ('two', '*', 2, NULL, 'after');
SELECT stage_model('whole'), stage_model('whole', NULL, '{"least": 5}');
SELECT stages('[2026-01-01 00:00:00+00 view_item, 2026-01-02 00:00:00+00 purchase =99, 2026-01-03 00:00:00+00 purchase =100]', stage_model('whole'));
SELECT stages('[2026-01-01 00:00:00+00 anything, 2026-01-02 00:00:00+00 paid, 2026-01-03 00:00:00+00 anything, 2026-01-04 00:00:00+00 refund, 2026-01-05 00:00:00+00 level_start]', stage_model('two'));
INSERT INTO stage_models SELECT 'mine', literal, settings, 'a copy' FROM stage_models WHERE model = 'moments_four';
INSERT INTO stage_rules (model, action, seq, context, detail, stage, policy)
SELECT 'mine', action, seq, context, detail, stage, policy FROM stage_rules WHERE model = 'moments_four';
SELECT stage_model('mine') = stage_model('moments_four') AS equal;

-- errors
SELECT stage_model('six_stage');
SELECT stage_model('five_stage', '{ga4}');
SELECT stage_model('five_stage', settings => '{"repeat_policy": "never"}');
INSERT INTO stage_rules (model, action, seq, context, stage) VALUES ('two', 'search', 1, 'bought', 'before');
SELECT stage_model('two', '{ga4_recommended}');
UPDATE stage_rules SET context = NULL, stage = 'during' WHERE model = 'two' AND action = 'search';
SELECT stage_model('two', '{ga4_recommended}');

-- leave nothing behind
DELETE FROM stage_rules WHERE NOT builtin;
DELETE FROM stage_models WHERE NOT builtin;
DELETE FROM event_actions WHERE NOT builtin;
DELETE FROM taxonomies WHERE NOT builtin;
DROP FUNCTION stages(journey, stage_model);

-- actions: events of any tool in one language
SELECT array_to_string(events(classify(j, stage_model('actions'))), ' > ') AS actions FROM (VALUES
	('[2026-01-01 10:00+00 view_item, 2026-01-01 10:01+00 "Product Added", 2026-01-01 10:02+00 checkout_started, 2026-01-01 10:03+00 purchase =10]'::journey),
	('[2026-01-01 10:00+00 "Email Delivered", 2026-01-01 10:01+00 "Email Opened", 2026-01-01 10:02+00 "Email Link Clicked", 2026-01-01 10:03+00 cart_recovery_sent, 2026-01-01 10:04+00 "Email Opened/cart_recovery"]'),
	('[2026-01-01 10:00+00 support_ticket_opened, 2026-01-01 10:01+00 "Live Chat Message Received", 2026-01-01 10:02+00 support_ticket_resolved, 2026-01-01 10:03+00 "Order Updated/promised" =3, 2026-01-01 10:04+00 "Order Updated"]'),
	('[2026-01-01 10:00+00 survey_answered/nps =9, 2026-01-01 10:01+00 survey_answered/csat_packaging =4, 2026-01-01 10:02+00 survey_answered/csat_delivery =4, 2026-01-01 10:03+00 survey_answered/mood =4, 2026-01-01 10:04+00 survey_answered =4, 2026-01-01 10:05+00 quiz_finished]'),
	('[2026-01-01 10:00+00 page_view/product, 2026-01-01 10:01+00 page_view/landing, 2026-01-01 10:02+00 user_engagement]')) AS v (j);
SELECT events(unclassified('[2026-01-01 10:03+00 survey_answered/mood =4, 2026-01-01 10:04+00 survey_answered =4, 2026-01-01 10:05+00 user_engagement]', stage_model('actions')));
