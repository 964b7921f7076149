\echo Use "CREATE EXTENSION journey" to load this file. \quit

/*
 * What event names mean: names of the taxonomies -> actions, actions in their
 * context -> stages of the models.  A model needs rules for actions only,
 * never for names; a taxonomy needs actions only, never stages.
 *
 * All of it is data.  What ships is marked "builtin" and written anew by every
 * version of the extension; what users add is theirs and is dumped by pg_dump.
 */

-- ---------------------------------------------------------------------------
-- actions
-- ---------------------------------------------------------------------------

CREATE TABLE journey.actions (
	action		text PRIMARY KEY CHECK (action ~ '^[a-z][a-z0-9]*(_[a-z0-9]+)*$' AND pg_catalog.length(action) <= 59),
	role		text CHECK (role IN ('purchase', 'refund', 'delivery', 'ignore')),
	offsite		boolean NOT NULL DEFAULT false,
	description	text NOT NULL DEFAULT '',
	builtin		boolean NOT NULL DEFAULT false
);

COMMENT ON TABLE journey.actions IS
$$What customers do, independent of how a tool names it: 64 actions ship. Event names are mapped to actions in journey.event_actions; rules of stage models in journey.stage_rules speak of actions. Add your own with plain INSERT; rows with builtin = true belong to the extension: an update of the extension rewrites them and pg_dump leaves them out, so a change of such a row does not last. Add rows of your own instead.$$;
COMMENT ON COLUMN journey.actions.action IS 'Name of the action: words of lower case letters and digits joined by single underscores, at most 59 bytes. A generated model has it as definition "act_<action>".';
COMMENT ON COLUMN journey.actions.role IS $$What the action does to a customer's context: "purchase" counts a purchase, "refund" takes the latest one back (returns, refunds and cancellations), "delivery" ends the waiting for it, "ignore" leaves its touchpoints out of every stage without reporting them as unclassified. NULL: nothing.$$;
COMMENT ON COLUMN journey.actions.offsite IS 'Whether its touchpoints are no part of a visit: what the shop or somebody else did (mails, parcels, refunds, points, advertisements seen elsewhere) or the customer did elsewhere (surveys, follows). They neither begin nor prolong a visit.';
COMMENT ON COLUMN journey.actions.description IS 'What the customer or the shop did; which details (page_view/content) have rules in the shipped models.';
COMMENT ON COLUMN journey.actions.builtin IS 'Whether the row ships with the extension.';

INSERT INTO journey.actions (action, role, offsite, description, builtin)
SELECT v.action, v.role,
	   v.action IN ('ad_impression', 'message', 'message_negative', 'order_update', 'order_cancel', 'order_ship',
					'order_deliver', 'refund', 'loyalty_earn', 'survey_answer', 'follow'),
	   v.description, true
FROM (VALUES
	('ad_impression', NULL, 'Your advertisement was shown somewhere else'),
	('ad_click', NULL, 'Your advertisement was clicked'),
	('deep_link_open', NULL, 'A campaign or deep link opened the app or the shop'),
	('session_start', NULL, 'A visit began'),
	('page_view', NULL, 'A page or screen was seen; details: content, product'),
	('content_view', NULL, 'Something to read, watch or listen to was used, or a page was scrolled'),
	('search', NULL, 'The shop was searched'),
	('list_view', NULL, 'A list or category of products was seen'),
	('list_filter', NULL, 'A list of products was filtered or sorted'),
	('compare', NULL, 'Products or prices were compared'),
	('review_read', NULL, 'Reviews of others were read'),
	('item_click', NULL, 'A product was chosen from a list'),
	('item_view', NULL, 'A product was looked at'),
	('item_customize', NULL, 'A product was configured'),
	('promo_view', NULL, 'A promotion on the own site was seen'),
	('promo_click', NULL, 'A promotion on the own site was clicked'),
	('wishlist_add', NULL, 'A product was put on a wish list or bookmarked'),
	('wishlist_remove', NULL, 'A product was taken off a wish list'),
	('lead', NULL, 'A visitor left a form, a request or an application'),
	('lead_progress', NULL, 'A lead was qualified or worked on, a form was begun'),
	('lead_lost', NULL, 'A lead was lost or rejected'),
	('sign_up', NULL, 'An account was created'),
	('login', NULL, 'A known person signed in'),
	('logout', NULL, 'A known person signed out'),
	('newsletter_subscribe', NULL, 'A newsletter was subscribed to'),
	('unsubscribe', NULL, 'Messages or the account were given up'),
	('cart_add', NULL, 'A product was put into the cart'),
	('cart_remove', NULL, 'A product was taken out of the cart, or the cart was given up'),
	('cart_view', NULL, 'The cart was looked at'),
	('checkout_start', NULL, 'The checkout was begun'),
	('checkout_step', NULL, 'A step of the checkout was seen or done'),
	('shipping_info', NULL, 'Address or way of shipping was given'),
	('payment_info', NULL, 'A way of payment was given'),
	('coupon_apply', NULL, 'A coupon was entered or accepted'),
	('coupon_deny', NULL, 'A coupon was refused'),
	('coupon_remove', NULL, 'A coupon was taken back'),
	('checkout_error', NULL, 'Something failed on the way to the purchase'),
	('trial_start', NULL, 'A trial began or ended'),
	('purchase', 'purchase', 'An order was placed; counts as a purchase of the customer'),
	('order_update', NULL, 'The order changed or was confirmed; details: promised, whose value is in how many days from the purchase the order shall arrive'),
	('order_cancel', 'refund', 'The order was cancelled; takes back the latest purchase'),
	('order_ship', NULL, 'The order was sent or is out for delivery'),
	('order_track', NULL, 'The state of the order was looked up'),
	('order_deliver', 'delivery', 'The order arrived; ends the waiting for it'),
	('refund', 'refund', 'Goods were returned or money was paid back; takes back the latest purchase'),
	('product_use', NULL, 'The product was used'),
	('support', NULL, 'The customer service was involved; details: opened, answered, resolved'),
	('message', NULL, 'A message was sent, received or opened; details: cart_recovery, opened, clicked'),
	('message_negative', NULL, 'A message bounced, was dismissed or marked as spam'),
	('loyalty_earn', NULL, 'Points of a loyalty programme were earned'),
	('loyalty_spend', NULL, 'Points of a loyalty programme were spent'),
	('review_write', NULL, 'A review was written; its rating is the value of the touchpoint'),
	('share', NULL, 'Something was shared, mentioned or praised in public'),
	('refer', NULL, 'Somebody was invited or referred'),
	('follow', NULL, 'The brand was followed'),
	('community', NULL, 'A community was joined or taken part in'),
	('survey_answer', NULL, 'A survey was answered; details: brand, pre_purchase, csat, ces, nps, testimonial, with a topic csat_delivery, ces_support'),
	('app_install', NULL, 'The app was installed'),
	('app_uninstall', NULL, 'The app was removed'),
	('store_locate', NULL, 'A store was looked for'),
	('contact', NULL, 'The company was contacted'),
	('schedule', NULL, 'An appointment or a reservation was made'),
	('experiment', 'ignore', 'A variant of an experiment was assigned; not a touchpoint'),
	('ignore', 'ignore', 'Technical, publisher or game event; not a touchpoint')
) AS v (action, role, description);

-- ---------------------------------------------------------------------------
-- taxonomies
-- ---------------------------------------------------------------------------

CREATE TABLE journey.taxonomies (
	taxonomy	text PRIMARY KEY CHECK (taxonomy <> ''),
	precedence	integer NOT NULL DEFAULT 0,
	description	text NOT NULL DEFAULT '',
	builtin		boolean NOT NULL DEFAULT false
);

COMMENT ON TABLE journey.taxonomies IS
$$Sets of event names that belong together, as one tool logs them: 10 ship, in the default order backoffice_suggested, ga4_recommended, ga4_automatic_enhanced, segment_ecommerce_v2, segment_other, shopify_web_pixels, snowplow_ecommerce, matomo, meta_standard, schema_org_action. One name can mean different things in two of them (ad_click of Google Analytics 4 is a click on somebody else's advertisement in your app, ad_click of the back office one on yours): the first taxonomy that knows a name decides. Your own come before all of these unless you give them a precedence above 10. Rows with builtin = true are rewritten by updates of the extension and left out by pg_dump.$$;
COMMENT ON COLUMN journey.taxonomies.taxonomy IS 'Name of the taxonomy.';
COMMENT ON COLUMN journey.taxonomies.precedence IS 'Default order: the lowest number is asked first, equal numbers by name. What ships has 10 to 100, your own rows 0 unless told otherwise. An explicit list of taxonomies is taken in its own order.';
COMMENT ON COLUMN journey.taxonomies.description IS 'Whose names these are.';
COMMENT ON COLUMN journey.taxonomies.builtin IS 'Whether the row ships with the extension.';

INSERT INTO journey.taxonomies (taxonomy, precedence, description, builtin)
SELECT v.taxonomy, v.precedence, v.description, true
FROM (VALUES
	('backoffice_suggested', 10, 'Names for what no web taxonomy has: shipping, support, surveys, reviews, referrals, your own advertisements'),
	('ga4_recommended', 20, 'Google Analytics 4, recommended and reference events'),
	('ga4_automatic_enhanced', 30, 'Google Analytics 4, automatically collected events and enhanced measurement'),
	('segment_ecommerce_v2', 40, 'Segment e-commerce specification v2 (PostHog and RudderStack have the same names)'),
	('segment_other', 50, 'Segment specifications for e-mail, chat, mobile apps, accounts and A/B tests'),
	('shopify_web_pixels', 60, 'Shopify web pixels, standard and DOM events'),
	('snowplow_ecommerce', 70, 'Snowplow e-commerce actions'),
	('matomo', 80, 'Matomo tracking calls'),
	('meta_standard', 90, 'Meta standard events and PageView'),
	('schema_org_action', 100, 'schema.org subtypes of Action')
) AS v (taxonomy, precedence, description);

-- ---------------------------------------------------------------------------
-- event names
-- ---------------------------------------------------------------------------

-- No foreign keys: a parallel restore loads these tables in any order.  What
-- refers to nothing is an error when a model is made of it.
CREATE TABLE journey.event_actions (
	taxonomy	text NOT NULL,
	event		text NOT NULL CHECK (event <> '' AND pg_catalog.octet_length(event) <= 1024),
	action		text NOT NULL,
	polarity	smallint NOT NULL DEFAULT 0 CHECK (polarity IN (-1, 0, 1)),
	detail		text CHECK (detail <> ''),
	note		text,
	builtin		boolean NOT NULL DEFAULT false,
	PRIMARY KEY (taxonomy, event)
);

CREATE INDEX event_actions_action_idx ON journey.event_actions (action);

COMMENT ON TABLE journey.event_actions IS
$$Which action an event name of a taxonomy stands for: 289 names ship. A name fits a touchpoint whatever its detail (page_view fits page_view/product); a name with a slash fits exactly that detail, and is asked before the name without it. Names are case-sensitive. To teach the models a name of your own, add a taxonomy and a row here: INSERT INTO journey.taxonomies VALUES ('ours'); INSERT INTO journey.event_actions (taxonomy, event, action) VALUES ('ours', 'basket_plus', 'cart_add'). Rows with builtin = true are rewritten by updates of the extension and left out by pg_dump; use a taxonomy of your own rather than adding to a shipped one, where a later version may ship the same name.$$;
COMMENT ON COLUMN journey.event_actions.taxonomy IS 'Taxonomy that has the name.';
COMMENT ON COLUMN journey.event_actions.event IS 'Event name as it is logged, with or without a detail after a slash; any characters, nothing is a wildcard.';
COMMENT ON COLUMN journey.event_actions.action IS 'What it means. The action "ignore": it is no touchpoint, stays in no stage, and is not reported as unclassified.';
COMMENT ON COLUMN journey.event_actions.polarity IS '1 good news, -1 bad news for the shop, 0 neither or unknown.';
COMMENT ON COLUMN journey.event_actions.detail IS 'Detail that the name implies where it carries none of its own: cart_recovery_sent counts as a message with the detail cart_recovery, cart_recovery_sent/reminder does not. NULL: none.';
COMMENT ON COLUMN journey.event_actions.note IS 'What to know about the name.';
COMMENT ON COLUMN journey.event_actions.builtin IS 'Whether the row ships with the extension.';

INSERT INTO journey.event_actions (taxonomy, event, action, polarity, detail, note, builtin)
SELECT v.taxonomy, v.event, v.action, v.polarity, v.detail, v.note, true
FROM (VALUES
	-- backoffice_suggested: 25
	('backoffice_suggested', 'order_shipped', 'order_ship', 1, NULL, 'no e-commerce taxonomy above has shipping events: ship own names'),
	('backoffice_suggested', 'order_out_for_delivery', 'order_ship', 1, NULL, NULL),
	('backoffice_suggested', 'order_delivered', 'order_deliver', 1, NULL, NULL),
	('backoffice_suggested', 'order_tracking_viewed', 'order_track', 0, NULL, NULL),
	('backoffice_suggested', 'order_returned', 'refund', -1, NULL, NULL),
	('backoffice_suggested', 'product_used', 'product_use', 0, NULL, NULL),
	('backoffice_suggested', 'support_ticket_opened', 'support', -1, 'opened', NULL),
	('backoffice_suggested', 'support_ticket_resolved', 'support', 1, 'resolved', NULL),
	('backoffice_suggested', 'survey_answered', 'survey_answer', 0, NULL, 'needs survey kind + score'),
	('backoffice_suggested', 'review_submitted', 'review_write', 0, NULL, NULL),
	('backoffice_suggested', 'review_viewed', 'review_read', 0, NULL, NULL),
	('backoffice_suggested', 'ad_impression', 'ad_impression', 0, NULL, 'your ad shown elsewhere (ad-platform export)'),
	('backoffice_suggested', 'ad_click', 'ad_click', 1, NULL, 'as ad_impression: your ad shown elsewhere (ad-platform export)'),
	('backoffice_suggested', 'comparison_viewed', 'compare', 0, NULL, NULL),
	('backoffice_suggested', 'referral_link_created', 'refer', 1, NULL, NULL),
	('backoffice_suggested', 'referral_link_shared', 'refer', 1, NULL, NULL),
	('backoffice_suggested', 'referral_converted', 'refer', 1, NULL, 'written on the REFERRER'),
	('backoffice_suggested', 'loyalty_points_earned', 'loyalty_earn', 1, NULL, NULL),
	('backoffice_suggested', 'loyalty_points_redeemed', 'loyalty_spend', 1, NULL, NULL),
	('backoffice_suggested', 'social_follow', 'follow', 1, NULL, NULL),
	('backoffice_suggested', 'social_mention', 'share', 0, NULL, NULL),
	('backoffice_suggested', 'ugc_posted', 'share', 1, NULL, NULL),
	('backoffice_suggested', 'newsletter_subscribed', 'newsletter_subscribe', 1, NULL, NULL),
	('backoffice_suggested', 'cart_abandoned', 'cart_remove', -1, NULL, 'derived, never ingested'),
	('backoffice_suggested', 'cart_recovery_sent', 'message', 0, 'cart_recovery', NULL),
	-- ga4_recommended: 40
	('ga4_recommended', 'ad_impression', 'ignore', 0, NULL, 'PUBLISHER event: an ad shown inside your own app (AdMob/Ad Manager) - not awareness of you'),
	('ga4_recommended', 'add_payment_info', 'payment_info', 1, NULL, NULL),
	('ga4_recommended', 'add_shipping_info', 'shipping_info', 1, NULL, NULL),
	('ga4_recommended', 'add_to_cart', 'cart_add', 1, NULL, NULL),
	('ga4_recommended', 'add_to_wishlist', 'wishlist_add', 1, NULL, NULL),
	('ga4_recommended', 'begin_checkout', 'checkout_start', 1, NULL, NULL),
	('ga4_recommended', 'close_convert_lead', 'purchase', 1, NULL, 'lead-gen: becomes a customer'),
	('ga4_recommended', 'close_unconvert_lead', 'lead_lost', -1, NULL, NULL),
	('ga4_recommended', 'disqualify_lead', 'lead_lost', -1, NULL, NULL),
	('ga4_recommended', 'earn_virtual_currency', 'loyalty_earn', 1, NULL, 'points; games: ignore'),
	('ga4_recommended', 'exception', 'checkout_error', -1, NULL, 'only if in checkout, else ignore'),
	('ga4_recommended', 'generate_lead', 'lead', 1, NULL, NULL),
	('ga4_recommended', 'join_group', 'community', 1, NULL, NULL),
	('ga4_recommended', 'level_end', 'ignore', 0, NULL, NULL),
	('ga4_recommended', 'level_start', 'ignore', 0, NULL, NULL),
	('ga4_recommended', 'level_up', 'ignore', 0, NULL, NULL),
	('ga4_recommended', 'login', 'login', 0, NULL, NULL),
	('ga4_recommended', 'page_view', 'page_view', 0, NULL, NULL),
	('ga4_recommended', 'post_score', 'ignore', 0, NULL, NULL),
	('ga4_recommended', 'purchase', 'purchase', 1, NULL, NULL),
	('ga4_recommended', 'qualify_lead', 'lead_progress', 1, NULL, NULL),
	('ga4_recommended', 'refund', 'refund', -1, NULL, NULL),
	('ga4_recommended', 'remove_from_cart', 'cart_remove', -1, NULL, NULL),
	('ga4_recommended', 'screen_view', 'page_view', 0, NULL, NULL),
	('ga4_recommended', 'search', 'search', 0, NULL, NULL),
	('ga4_recommended', 'select_content', 'content_view', 0, NULL, NULL),
	('ga4_recommended', 'select_item', 'item_click', 0, NULL, NULL),
	('ga4_recommended', 'select_promotion', 'promo_click', 0, NULL, NULL),
	('ga4_recommended', 'share', 'share', 1, NULL, NULL),
	('ga4_recommended', 'sign_up', 'sign_up', 1, NULL, NULL),
	('ga4_recommended', 'spend_virtual_currency', 'loyalty_spend', 1, NULL, NULL),
	('ga4_recommended', 'tutorial_begin', 'product_use', 0, NULL, NULL),
	('ga4_recommended', 'tutorial_complete', 'product_use', 1, NULL, NULL),
	('ga4_recommended', 'unlock_achievement', 'ignore', 0, NULL, NULL),
	('ga4_recommended', 'view_cart', 'cart_view', 0, NULL, NULL),
	('ga4_recommended', 'view_item', 'item_view', 0, NULL, NULL),
	('ga4_recommended', 'view_item_list', 'list_view', 0, NULL, NULL),
	('ga4_recommended', 'view_promotion', 'promo_view', 0, NULL, NULL),
	('ga4_recommended', 'view_search_results', 'search', 0, NULL, NULL),
	('ga4_recommended', 'working_lead', 'lead_progress', 0, NULL, NULL),
	-- ga4_automatic_enhanced: 36
	('ga4_automatic_enhanced', 'first_visit', 'session_start', 1, NULL, 'visit_no=1 by definition'),
	('ga4_automatic_enhanced', 'first_open', 'app_install', 1, NULL, NULL),
	('ga4_automatic_enhanced', 'session_start', 'session_start', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'user_engagement', 'ignore', 0, NULL, 'engagement time only; feeds engaged-session test'),
	('ga4_automatic_enhanced', 'scroll', 'content_view', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'click', 'content_view', 0, NULL, 'outbound link'),
	('ga4_automatic_enhanced', 'file_download', 'content_view', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'form_start', 'lead_progress', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'form_submit', 'lead', 1, NULL, NULL),
	('ga4_automatic_enhanced', 'video_start', 'content_view', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'video_progress', 'content_view', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'video_complete', 'content_view', 1, NULL, NULL),
	('ga4_automatic_enhanced', 'in_app_purchase', 'purchase', 1, NULL, NULL),
	('ga4_automatic_enhanced', 'app_store_subscription_convert', 'purchase', 1, NULL, NULL),
	('ga4_automatic_enhanced', 'app_store_subscription_renew', 'purchase', 1, NULL, 'purchase_no>=2'),
	('ga4_automatic_enhanced', 'app_store_subscription_cancel', 'order_cancel', -1, NULL, NULL),
	('ga4_automatic_enhanced', 'app_store_refund', 'refund', -1, NULL, NULL),
	('ga4_automatic_enhanced', 'app_remove', 'app_uninstall', -1, NULL, NULL),
	('ga4_automatic_enhanced', 'app_update', 'product_use', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'app_exception', 'checkout_error', -1, NULL, 'only if in checkout'),
	('ga4_automatic_enhanced', 'app_clear_data', 'ignore', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'os_update', 'ignore', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'error', 'ignore', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'notification_receive', 'message', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'notification_open', 'message', 1, 'opened', NULL),
	('ga4_automatic_enhanced', 'notification_foreground', 'message', 0, 'opened', NULL),
	('ga4_automatic_enhanced', 'notification_dismiss', 'message_negative', -1, NULL, NULL),
	('ga4_automatic_enhanced', 'ad_click', 'ignore', 0, NULL, 'publisher event (AdMob/Ad Manager): user leaves via someone else''s ad'),
	('ga4_automatic_enhanced', 'ad_exposure', 'ignore', 0, NULL, 'publisher event'),
	('ga4_automatic_enhanced', 'ad_query', 'ignore', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'ad_reward', 'ignore', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'adunit_exposure', 'ignore', 0, NULL, 'publisher event'),
	('ga4_automatic_enhanced', 'firebase_campaign', 'ad_click', 0, NULL, 'app opened with campaign parameters'),
	('ga4_automatic_enhanced', 'dynamic_link_app_open', 'deep_link_open', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'dynamic_link_app_update', 'deep_link_open', 0, NULL, NULL),
	('ga4_automatic_enhanced', 'dynamic_link_first_open', 'app_install', 0, NULL, NULL),
	-- segment_ecommerce_v2: 28
	('segment_ecommerce_v2', 'Products Searched', 'search', 0, NULL, NULL),
	('segment_ecommerce_v2', 'Product List Viewed', 'list_view', 0, NULL, 'v1 alias: Viewed Product Category'),
	('segment_ecommerce_v2', 'Product List Filtered', 'list_filter', 0, NULL, NULL),
	('segment_ecommerce_v2', 'Promotion Viewed', 'promo_view', 0, NULL, 'alias: Viewed Promotion'),
	('segment_ecommerce_v2', 'Promotion Clicked', 'promo_click', 0, NULL, 'alias: Clicked Promotion'),
	('segment_ecommerce_v2', 'Product Clicked', 'item_click', 0, NULL, 'v1 alias: Clicked Product'),
	('segment_ecommerce_v2', 'Product Viewed', 'item_view', 0, NULL, 'v1 alias: Viewed Product'),
	('segment_ecommerce_v2', 'Product Added', 'cart_add', 1, NULL, 'v1 alias: Added Product'),
	('segment_ecommerce_v2', 'Product Removed', 'cart_remove', -1, NULL, 'v1 alias: Removed Product'),
	('segment_ecommerce_v2', 'Cart Viewed', 'cart_view', 0, NULL, NULL),
	('segment_ecommerce_v2', 'Checkout Started', 'checkout_start', 1, NULL, 'alias: Started Order'),
	('segment_ecommerce_v2', 'Checkout Step Viewed', 'checkout_step', 0, NULL, 'alias: Viewed Checkout Step'),
	('segment_ecommerce_v2', 'Checkout Step Completed', 'checkout_step', 1, NULL, 'alias: Completed Checkout Step'),
	('segment_ecommerce_v2', 'Payment Info Entered', 'payment_info', 1, NULL, NULL),
	('segment_ecommerce_v2', 'Order Completed', 'purchase', 1, NULL, 'v1 alias: Completed Order'),
	('segment_ecommerce_v2', 'Order Updated', 'order_update', 0, NULL, 'alias: Updated Order'),
	('segment_ecommerce_v2', 'Order Refunded', 'refund', -1, NULL, NULL),
	('segment_ecommerce_v2', 'Order Cancelled', 'order_cancel', -1, NULL, NULL),
	('segment_ecommerce_v2', 'Coupon Entered', 'coupon_apply', 0, NULL, NULL),
	('segment_ecommerce_v2', 'Coupon Applied', 'coupon_apply', 1, NULL, NULL),
	('segment_ecommerce_v2', 'Coupon Denied', 'coupon_deny', -1, NULL, NULL),
	('segment_ecommerce_v2', 'Coupon Removed', 'coupon_remove', -1, NULL, NULL),
	('segment_ecommerce_v2', 'Product Added to Wishlist', 'wishlist_add', 1, NULL, NULL),
	('segment_ecommerce_v2', 'Product Removed from Wishlist', 'wishlist_remove', -1, NULL, NULL),
	('segment_ecommerce_v2', 'Wishlist Product Added to Cart', 'cart_add', 1, NULL, NULL),
	('segment_ecommerce_v2', 'Product Shared', 'share', 1, NULL, NULL),
	('segment_ecommerce_v2', 'Cart Shared', 'share', 1, NULL, NULL),
	('segment_ecommerce_v2', 'Product Reviewed', 'review_write', 0, NULL, 'use rating'),
	-- segment_other: 34
	('segment_other', 'Experiment Viewed', 'experiment', 0, NULL, NULL),
	('segment_other', 'Email Delivered', 'message', 0, NULL, NULL),
	('segment_other', 'Email Opened', 'message', 1, 'opened', NULL),
	('segment_other', 'Email Link Clicked', 'message', 1, 'clicked', NULL),
	('segment_other', 'Email Bounced', 'message_negative', -1, NULL, NULL),
	('segment_other', 'Email Marked as Spam', 'message_negative', -1, NULL, NULL),
	('segment_other', 'Unsubscribed', 'unsubscribe', -1, NULL, NULL),
	('segment_other', 'Live Chat Conversation Started', 'support', 0, 'opened', NULL),
	('segment_other', 'Live Chat Conversation Ended', 'support', 0, 'resolved', NULL),
	('segment_other', 'Live Chat Message Sent', 'support', 0, NULL, NULL),
	('segment_other', 'Live Chat Message Received', 'support', 0, 'answered', NULL),
	('segment_other', 'Application Installed', 'app_install', 1, NULL, NULL),
	('segment_other', 'Application Opened', 'session_start', 0, NULL, NULL),
	('segment_other', 'Application Foregrounded', 'session_start', 0, NULL, NULL),
	('segment_other', 'Application Backgrounded', 'ignore', 0, NULL, NULL),
	('segment_other', 'Application Updated', 'product_use', 0, NULL, NULL),
	('segment_other', 'Application Uninstalled', 'app_uninstall', -1, NULL, NULL),
	('segment_other', 'Application Crashed', 'checkout_error', -1, NULL, 'only if in checkout'),
	('segment_other', 'Install Attributed', 'ad_click', 0, NULL, NULL),
	('segment_other', 'Push Notification Received', 'message', 0, NULL, NULL),
	('segment_other', 'Push Notification Tapped', 'message', 1, 'clicked', NULL),
	('segment_other', 'Push Notification Bounced', 'message_negative', -1, NULL, NULL),
	('segment_other', 'Deep Link Opened', 'deep_link_open', 0, NULL, NULL),
	('segment_other', 'Deep Link Clicked', 'deep_link_open', 0, NULL, NULL),
	('segment_other', 'Account Created', 'sign_up', 1, NULL, NULL),
	('segment_other', 'Account Deleted', 'unsubscribe', -1, NULL, NULL),
	('segment_other', 'Signed Up', 'sign_up', 1, NULL, NULL),
	('segment_other', 'Signed In', 'login', 0, NULL, NULL),
	('segment_other', 'Signed Out', 'logout', 0, NULL, NULL),
	('segment_other', 'Invite Sent', 'refer', 1, NULL, NULL),
	('segment_other', 'Account Added User', 'refer', 1, NULL, NULL),
	('segment_other', 'Account Removed User', 'unsubscribe', -1, NULL, NULL),
	('segment_other', 'Trial Started', 'trial_start', 1, NULL, NULL),
	('segment_other', 'Trial Ended', 'trial_start', 0, NULL, NULL),
	-- shopify_web_pixels: 20
	('shopify_web_pixels', 'alert_displayed', 'checkout_error', -1, NULL, 'inline validation / warning'),
	('shopify_web_pixels', 'cart_viewed', 'cart_view', 0, NULL, NULL),
	('shopify_web_pixels', 'checkout_address_info_submitted', 'shipping_info', 1, NULL, NULL),
	('shopify_web_pixels', 'checkout_completed', 'purchase', 1, NULL, 'not fired if the page fails to load: server order is the truth'),
	('shopify_web_pixels', 'checkout_contact_info_submitted', 'checkout_step', 1, NULL, NULL),
	('shopify_web_pixels', 'checkout_shipping_info_submitted', 'shipping_info', 1, NULL, NULL),
	('shopify_web_pixels', 'checkout_started', 'checkout_start', 1, NULL, NULL),
	('shopify_web_pixels', 'collection_viewed', 'list_view', 0, NULL, NULL),
	('shopify_web_pixels', 'page_viewed', 'page_view', 0, NULL, NULL),
	('shopify_web_pixels', 'payment_info_submitted', 'payment_info', 1, NULL, NULL),
	('shopify_web_pixels', 'product_added_to_cart', 'cart_add', 1, NULL, NULL),
	('shopify_web_pixels', 'product_removed_from_cart', 'cart_remove', -1, NULL, NULL),
	('shopify_web_pixels', 'product_viewed', 'item_view', 0, NULL, NULL),
	('shopify_web_pixels', 'search_submitted', 'search', 0, NULL, NULL),
	('shopify_web_pixels', 'ui_extension_errored', 'checkout_error', -1, NULL, NULL),
	('shopify_web_pixels', 'clicked', 'ignore', 0, NULL, 'DOM event'),
	('shopify_web_pixels', 'form_submitted', 'lead', 0, NULL, 'DOM event'),
	('shopify_web_pixels', 'input_blurred', 'ignore', 0, NULL, 'DOM event'),
	('shopify_web_pixels', 'input_changed', 'ignore', 0, NULL, 'DOM event'),
	('shopify_web_pixels', 'input_focused', 'ignore', 0, NULL, 'DOM event'),
	-- snowplow_ecommerce: 11
	('snowplow_ecommerce', 'product_view', 'item_view', 0, NULL, NULL),
	('snowplow_ecommerce', 'list_view', 'list_view', 0, NULL, NULL),
	('snowplow_ecommerce', 'list_click', 'item_click', 0, NULL, NULL),
	('snowplow_ecommerce', 'promo_view', 'promo_view', 0, NULL, NULL),
	('snowplow_ecommerce', 'promo_click', 'promo_click', 0, NULL, NULL),
	('snowplow_ecommerce', 'add_to_cart', 'cart_add', 1, NULL, NULL),
	('snowplow_ecommerce', 'remove_from_cart', 'cart_remove', -1, NULL, NULL),
	('snowplow_ecommerce', 'checkout_step', 'checkout_step', 1, NULL, NULL),
	('snowplow_ecommerce', 'transaction', 'purchase', 1, NULL, NULL),
	('snowplow_ecommerce', 'refund', 'refund', -1, NULL, NULL),
	('snowplow_ecommerce', 'trns_error', 'checkout_error', -1, NULL, NULL),
	-- matomo: 15
	('matomo', 'trackPageView', 'page_view', 0, NULL, NULL),
	('matomo', 'trackSiteSearch', 'search', 0, NULL, NULL),
	('matomo', 'trackEvent', 'ignore', 0, NULL, 'needs category/action rule'),
	('matomo', 'trackGoal', 'lead', 1, NULL, 'map per goal id'),
	('matomo', 'trackLink:link', 'content_view', 0, NULL, 'outlink'),
	('matomo', 'trackLink:download', 'content_view', 0, NULL, 'download'),
	('matomo', 'trackContentImpression', 'promo_view', 0, NULL, NULL),
	('matomo', 'trackContentInteraction', 'promo_click', 0, NULL, NULL),
	('matomo', 'setEcommerceView:product', 'item_view', 0, NULL, NULL),
	('matomo', 'setEcommerceView:category', 'list_view', 0, NULL, NULL),
	('matomo', 'addEcommerceItem', 'cart_add', 1, NULL, 'effective when trackEcommerceCartUpdate is sent'),
	('matomo', 'removeEcommerceItem', 'cart_remove', -1, NULL, NULL),
	('matomo', 'clearEcommerceCart', 'cart_remove', -1, NULL, NULL),
	('matomo', 'trackEcommerceCartUpdate', 'cart_view', 0, NULL, 'snapshot: diff with previous cart'),
	('matomo', 'trackEcommerceOrder', 'purchase', 1, NULL, NULL),
	-- meta_standard: 18
	('meta_standard', 'AddPaymentInfo', 'payment_info', 1, NULL, NULL),
	('meta_standard', 'AddToCart', 'cart_add', 1, NULL, NULL),
	('meta_standard', 'AddToWishlist', 'wishlist_add', 1, NULL, NULL),
	('meta_standard', 'CompleteRegistration', 'sign_up', 1, NULL, NULL),
	('meta_standard', 'Contact', 'contact', 1, NULL, NULL),
	('meta_standard', 'CustomizeProduct', 'item_customize', 0, NULL, NULL),
	('meta_standard', 'Donate', 'purchase', 1, NULL, NULL),
	('meta_standard', 'FindLocation', 'store_locate', 0, NULL, NULL),
	('meta_standard', 'InitiateCheckout', 'checkout_start', 1, NULL, NULL),
	('meta_standard', 'Lead', 'lead', 1, NULL, NULL),
	('meta_standard', 'PageView', 'page_view', 0, NULL, NULL),
	('meta_standard', 'Purchase', 'purchase', 1, NULL, NULL),
	('meta_standard', 'Schedule', 'schedule', 1, NULL, NULL),
	('meta_standard', 'Search', 'search', 0, NULL, NULL),
	('meta_standard', 'StartTrial', 'trial_start', 1, NULL, NULL),
	('meta_standard', 'SubmitApplication', 'lead', 1, NULL, NULL),
	('meta_standard', 'Subscribe', 'purchase', 1, NULL, 'paid subscription start'),
	('meta_standard', 'ViewContent', 'item_view', 0, NULL, NULL),
	-- schema_org_action: 62
	('schema_org_action', 'AddAction', 'cart_add', 1, NULL, 'object = cart/wishlist'),
	('schema_org_action', 'ReplaceAction', 'order_update', 0, NULL, NULL),
	('schema_org_action', 'DeleteAction', 'cart_remove', -1, NULL, NULL),
	('schema_org_action', 'SearchAction', 'search', 0, NULL, NULL),
	('schema_org_action', 'FindAction', 'list_view', 0, NULL, NULL),
	('schema_org_action', 'DiscoverAction', 'content_view', 0, NULL, NULL),
	('schema_org_action', 'CheckAction', 'compare', 0, NULL, NULL),
	('schema_org_action', 'TrackAction', 'order_track', 0, NULL, NULL),
	('schema_org_action', 'ViewAction', 'item_view', 0, NULL, NULL),
	('schema_org_action', 'ReadAction', 'content_view', 0, NULL, NULL),
	('schema_org_action', 'WatchAction', 'content_view', 0, NULL, NULL),
	('schema_org_action', 'ListenAction', 'content_view', 0, NULL, NULL),
	('schema_org_action', 'DownloadAction', 'content_view', 0, NULL, NULL),
	('schema_org_action', 'InstallAction', 'app_install', 1, NULL, NULL),
	('schema_org_action', 'UseAction', 'product_use', 0, NULL, NULL),
	('schema_org_action', 'WearAction', 'product_use', 0, NULL, NULL),
	('schema_org_action', 'ActivateAction', 'product_use', 1, NULL, NULL),
	('schema_org_action', 'DeactivateAction', 'app_uninstall', -1, NULL, NULL),
	('schema_org_action', 'ChooseAction', 'item_click', 0, NULL, NULL),
	('schema_org_action', 'VoteAction', 'community', 0, NULL, NULL),
	('schema_org_action', 'WantAction', 'wishlist_add', 1, NULL, NULL),
	('schema_org_action', 'BookmarkAction', 'wishlist_add', 1, NULL, NULL),
	('schema_org_action', 'LikeAction', 'community', 1, NULL, NULL),
	('schema_org_action', 'DislikeAction', 'community', -1, NULL, NULL),
	('schema_org_action', 'EndorseAction', 'share', 1, NULL, NULL),
	('schema_org_action', 'AgreeAction', 'community', 1, NULL, NULL),
	('schema_org_action', 'DisagreeAction', 'community', -1, NULL, NULL),
	('schema_org_action', 'ReactAction', 'community', 0, NULL, NULL),
	('schema_org_action', 'IgnoreAction', 'ignore', -1, NULL, NULL),
	('schema_org_action', 'ReviewAction', 'review_write', 0, NULL, 'use reviewRating'),
	('schema_org_action', 'ShareAction', 'share', 1, NULL, NULL),
	('schema_org_action', 'CommentAction', 'community', 0, NULL, NULL),
	('schema_org_action', 'AskAction', 'support', 0, 'opened', NULL),
	('schema_org_action', 'ReplyAction', 'support', 0, 'answered', NULL),
	('schema_org_action', 'InformAction', 'message', 0, NULL, NULL),
	('schema_org_action', 'ConfirmAction', 'order_update', 1, NULL, NULL),
	('schema_org_action', 'InviteAction', 'refer', 1, NULL, NULL),
	('schema_org_action', 'FollowAction', 'follow', 1, NULL, NULL),
	('schema_org_action', 'SubscribeAction', 'newsletter_subscribe', 1, NULL, NULL),
	('schema_org_action', 'JoinAction', 'community', 1, NULL, NULL),
	('schema_org_action', 'LeaveAction', 'unsubscribe', -1, NULL, NULL),
	('schema_org_action', 'RegisterAction', 'sign_up', 1, NULL, NULL),
	('schema_org_action', 'UnRegisterAction', 'unsubscribe', -1, NULL, NULL),
	('schema_org_action', 'BefriendAction', 'follow', 1, NULL, NULL),
	('schema_org_action', 'CommunicateAction', 'support', 0, NULL, NULL),
	('schema_org_action', 'QuoteAction', 'lead', 1, NULL, NULL),
	('schema_org_action', 'ApplyAction', 'lead', 1, NULL, NULL),
	('schema_org_action', 'ReserveAction', 'schedule', 1, NULL, NULL),
	('schema_org_action', 'ScheduleAction', 'schedule', 1, NULL, NULL),
	('schema_org_action', 'CancelAction', 'order_cancel', -1, NULL, NULL),
	('schema_org_action', 'AcceptAction', 'checkout_step', 1, NULL, NULL),
	('schema_org_action', 'RejectAction', 'lead_lost', -1, NULL, NULL),
	('schema_org_action', 'PreOrderAction', 'purchase', 1, NULL, NULL),
	('schema_org_action', 'OrderAction', 'purchase', 1, NULL, NULL),
	('schema_org_action', 'BuyAction', 'purchase', 1, NULL, NULL),
	('schema_org_action', 'PayAction', 'payment_info', 1, NULL, 'payment settled: purchase if no OrderAction is logged'),
	('schema_org_action', 'RentAction', 'purchase', 1, NULL, NULL),
	('schema_org_action', 'TipAction', 'share', 1, NULL, 'recognition of service'),
	('schema_org_action', 'DonateAction', 'purchase', 1, NULL, NULL),
	('schema_org_action', 'SendAction', 'order_ship', 1, NULL, 'agent = seller'),
	('schema_org_action', 'ReceiveAction', 'order_deliver', 1, NULL, 'agent = customer'),
	('schema_org_action', 'ReturnAction', 'refund', -1, NULL, NULL)
) AS v (taxonomy, event, action, polarity, detail, note);

-- ---------------------------------------------------------------------------
-- stage models
-- ---------------------------------------------------------------------------

CREATE TABLE journey.stage_models (
	model		text PRIMARY KEY CHECK (model <> ''),
	literal		text NOT NULL,
	settings	jsonb NOT NULL DEFAULT '{}' CHECK (pg_catalog.jsonb_typeof(settings) = 'object'),
	description	text NOT NULL DEFAULT '',
	builtin		boolean NOT NULL DEFAULT false
);

COMMENT ON TABLE journey.stage_models IS
$$Stage models by name, for journey.stage_model(name). Six ship: five_stage, three_stage, moments_five, moments_four, lifecycle, and actions, which is a dictionary of event names. A model with rows in journey.stage_rules is put together of its literal (the stages and options), definitions made of the chosen taxonomies, and those rules; a model without such rows is its literal as it stands, so INSERT INTO journey.stage_models (model, literal) VALUES ('mine', 'stages a > b; x -> a; y -> b') is a complete model. To vary a shipped model copy its row and its rules under a new name. Rows with builtin = true are rewritten by updates of the extension and left out by pg_dump.$$;
COMMENT ON COLUMN journey.stage_models.model IS 'Name of the model.';
COMMENT ON COLUMN journey.stage_models.literal IS 'Literal of a stage_model: whole, or only its stages and options where journey.stage_rules has the rules. {setting} stands for the value of a setting.';
COMMENT ON COLUMN journey.stage_models.settings IS $$Settings of the model as an object: name -> default value, or name -> {"default", "values": allowed values, "type": "integer" or "interval", "description"}. A setting takes effect where the literal or a rule's context has {name}, and through rules with the policy "name=value". journey.stage_model_settings(model) lists them.$$;
COMMENT ON COLUMN journey.stage_models.description IS 'What the model tells and where it comes from.';
COMMENT ON COLUMN journey.stage_models.builtin IS 'Whether the row ships with the extension.';

INSERT INTO journey.stage_models (model, literal, settings, description, builtin)
SELECT v.model,
	   v.stages || E'\noption session_timeout = {session_timeout};\noption delivery = {delivery};'
				|| coalesce(E'\n' || v.more, ''),
	   v.settings || '{
	"session_timeout": {"default": "30 min", "type": "interval", "description": "A longer gap between two touchpoints starts a new visit."},
	"delivery": {"default": "auto", "values": ["auto", "logged", "none"], "description": "When a customer waits for a delivery: auto, in journeys that have a delivery at all; logged, after every purchase; none, never."}
}',
	   v.description, true
FROM (VALUES
	('five_stage',
	 'stages awareness > consideration > conversion > retention > advocacy;', NULL,
	 '{
	"repeat_policy": {"default": "lifecycle", "values": ["lifecycle", "cycle"], "description": "lifecycle: whatever follows the first purchase is retention or advocacy; cycle: the stages start again after each purchase, once the customer has stopped waiting for it."},
	"lead_is_conversion": {"default": "off", "values": ["off", "on"], "description": "on: a lead is the conversion, for sites that live by leads."}
}'::jsonb,
	 'Five ordered stages: awareness, consideration, conversion, retention, advocacy (QuestionPro).'),
	('three_stage',
	 'stages awareness > conversion > loyalty;', NULL,
	 '{
	"repeat_policy": {"default": "lifecycle", "values": ["lifecycle", "cycle"], "description": "lifecycle: whatever follows the first purchase is loyalty; cycle: the stages start again after each purchase, once the customer has stopped waiting for it."}
}'::jsonb,
	 'Three ordered stages: awareness, conversion, loyalty; all shopping on the own site is conversion.'),
	('moments_five',
	 'stages zmot, fmot, smot, tmot, umot;', NULL,
	 '{
	"repeat_policy": {"default": "lifecycle", "values": ["lifecycle", "cycle"], "description": "lifecycle: a customer who comes back is in the ultimate moment; cycle: the moments start again after each purchase, once the customer has stopped waiting for it."},
	"strict_umot": {"default": "on", "values": ["on", "off"], "description": "on: a further purchase before the first delivery is still the second moment, not the ultimate one, because the customer has not tried anything yet; only where deliveries are known."},
	"delivery_moment": {"default": "tmot", "values": ["tmot", "smot"], "description": "Moment of shipping, tracking and order updates: tmot, the gap between purchase and arrival; smot, a part of experiencing the product. The arrival itself is smot."},
	"solis_umot": {"default": "off", "values": ["off", "on"], "description": "on: the ultimate moment is the shared experience of a customer, so reviews are umot as shares are (Brian Solis)."}
}'::jsonb,
	 'Five moments of truth in no required order (Growcode): zero (search, compare), first (impression of the site and product), second (purchase, then the product), third (service, the wait for the order), ultimate (coming back).'),
	('moments_four',
	 'stages zmot, fmot, smot, tmot;', NULL,
	 '{
	"repeat_policy": {"default": "lifecycle", "values": ["lifecycle", "cycle"], "description": "lifecycle: a customer who comes back is in the third moment; cycle: the moments start again after each purchase, once the customer has stopped waiting for it."}
}'::jsonb,
	 'Four moments of truth, not linear, with their own meaning: first (found the product, has not decided), second (purchase, experience and telling others of it, delivery and service), third (full interaction with the brand). There is no repeat moment: another purchase is an outcome of the second.'),
	('lifecycle',
	 'stages visitor > prospect > first_time_buyer > loyal > evangelist > lapsed;', 'dormant lapsed after {dormancy};',
	 '{
	"loyal_purchases": {"default": "2", "type": "integer", "description": "From how many purchases on, not counting those taken back, a customer is loyal; with fewer a first-time buyer."},
	"dormancy": {"default": "180 days", "type": "interval", "description": "A customer without a touchpoint for that long has lapsed (current_stage only)."}
}'::jsonb,
	 'What the customer has become as of each touchpoint: visitor; prospect after a lead, sign-up, wish list, cart, checkout or trial; first-time buyer; loyal customer; evangelist, who is loyal and has referred, shared, reviewed with 4 or more, or given a testimonial; lapsed after a time without touchpoints. Refunds and cancellations move back.'),
	('actions',
	 (SELECT 'stages ' || string_agg(quote_ident(n.name), ', ' ORDER BY n.action COLLATE "C", n.name COLLATE "C") || ';'
	  FROM (SELECT a.action, a.action AS name FROM journey.actions AS a
			WHERE a.role IS DISTINCT FROM 'ignore' AND a.action <> 'survey_answer'
			UNION ALL
			SELECT d.action, d.action || '/' || d.detail
			FROM (VALUES ('page_view', 'content'), ('page_view', 'product'), ('message', 'opened'), ('message', 'clicked'),
						 ('message', 'cart_recovery'), ('order_update', 'promised'), ('support', 'opened'), ('support', 'answered'),
						 ('support', 'resolved'), ('survey_answer', 'brand'), ('survey_answer', 'pre_purchase'),
						 ('survey_answer', 'nps'), ('survey_answer', 'testimonial'), ('survey_answer', 'csat'),
						 ('survey_answer', 'csat_delivery'), ('survey_answer', 'csat_support'), ('survey_answer', 'ces'),
						 ('survey_answer', 'ces_delivery'), ('survey_answer', 'ces_support')) AS d (action, detail)) AS n), NULL,
	 '{}'::jsonb,
	 'What the customer did, in no order: the stages are the actions of journey.actions and their details that questions ask for, such as item_view, cart_add, message/opened, support/resolved, survey_answer/nps. classify(j, stage_model(''actions'')) is the journey of any tool in one language. Actions you have added are in no stage of it; their roles count.')
) AS v (model, stages, more, settings, description);

-- ---------------------------------------------------------------------------
-- rules
-- ---------------------------------------------------------------------------

CREATE TABLE journey.stage_rules (
	model		text NOT NULL,
	action		text NOT NULL,
	seq			integer NOT NULL,
	context		text CHECK (context <> ''),
	detail		text[] CHECK (pg_catalog.cardinality(detail) > 0),
	stage		text CHECK (stage <> ''),
	policy		text CHECK (policy ~ '^[a-z][a-z0-9_]*=[^=,]+(,[a-z][a-z0-9_]*=[^=,]+)*$'),
	reason		text,
	builtin		boolean NOT NULL DEFAULT false,
	PRIMARY KEY (model, action, seq)
);

COMMENT ON TABLE journey.stage_rules IS
$$Rules of the stage models: in which stage an action stands, by context. The rules of an action are tried in the order of seq and the first that fits decides, rules with a policy that is in force before those without; rules of the action '*' (any touchpoint) are tried last. 171 rules for each of five_stage, three_stage, moments_five and moments_four ship, those of their policies, and those of lifecycle and actions. Rows with builtin = true have a seq of at least 1 and are rewritten by updates of the extension and left out by pg_dump: your own rule for a shipped model gets a seq below 1 and so comes before them.$$;
COMMENT ON COLUMN journey.stage_rules.model IS 'The model.';
COMMENT ON COLUMN journey.stage_rules.action IS $$The action, or '*' for any touchpoint, known or not.$$;
COMMENT ON COLUMN journey.stage_rules.seq IS 'Order within the action, lowest first.';
COMMENT ON COLUMN journey.stage_rules.context IS $$Condition as written after "when" in a stage_model: "customer and value <= 3", "after act_cart_add within 2 hours". act_<action> there stands for all names of an action, act_<action>/<detail> for those with a detail; {setting} for the value of a setting. NULL: always.$$;
COMMENT ON COLUMN journey.stage_rules.detail IS $$Only for touchpoints with one of these details (page_view/product: {product}); '*' stands for any characters. NULL: whatever the detail.$$;
COMMENT ON COLUMN journey.stage_rules.stage IS 'The stage; NULL: in no stage, and not reported as unclassified.';
COMMENT ON COLUMN journey.stage_rules.policy IS 'Setting and value ("repeat_policy=cycle") with which the rule is in force; several, separated by commas, must all hold. NULL: always.';
COMMENT ON COLUMN journey.stage_rules.reason IS 'Why; names the source: Growcode (five moments), QuestionPro (five stages), three stages, four moments.';
COMMENT ON COLUMN journey.stage_rules.builtin IS 'Whether the row ships with the extension.';

/* One line a rule: the stages of five_stage, moments_five, three_stage, moments_four. */
INSERT INTO journey.stage_rules (model, action, seq, context, detail, stage, reason, builtin)
SELECT m.model, r.action, r.seq, r.context, r.detail::text[], m.stage, r.reason, true
FROM (VALUES
	('ad_impression', 1, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('ad_impression', 2, 'prospect', NULL, 'awareness', 'zmot', 'awareness', 'zmot', 'QuestionPro awareness touchpoint (ads); stimulus before research'),
	('ad_click', 1, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('ad_click', 2, 'prospect', NULL, 'awareness', 'zmot', 'awareness', 'zmot', 'QuestionPro example: sees ad on social media; landing itself is a separate page_view (FMOT)'),
	('deep_link_open', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('deep_link_open', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('deep_link_open', 3, 'prospect', NULL, 'awareness', 'zmot', 'awareness', 'zmot', 'arrival from campaign link; same rule as ad_click'),
	('session_start', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'returns while waiting for the order'),
	('session_start', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 'Growcode UMOT: decides to re-engage with the store (or not)'),
	('session_start', 3, 'prospect and visit_no = 1', NULL, 'awareness', 'fmot', 'awareness', 'fmot', 'Growcode FMOT: lands and forms first impression; three stages awareness: just getting to know the brand'),
	('session_start', 4, 'prospect and visit_no >= 2', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'QuestionPro consideration: website is a consideration touchpoint; three stages: on-site experience = conversion stage'),
	('page_view', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'e.g. order-status page while waiting'),
	('page_view', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 'direct revisit by customer = retention'),
	('page_view', 3, 'prospect', '{content}', 'awareness', 'zmot', 'awareness', 'zmot', 'four moments ZMOT: articles, videos, e-book; QuestionPro awareness: blogs/videos/infographics'),
	('page_view', 4, 'prospect', '{product}', 'consideration', 'fmot', 'conversion', 'fmot', 'treat as item_view'),
	('page_view', 5, 'prospect and visit_no = 1', NULL, 'awareness', 'fmot', 'awareness', 'fmot', 'first impression'),
	('page_view', 6, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'QuestionPro: website = consideration touchpoint'),
	('content_view', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('content_view', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('content_view', 3, 'prospect', NULL, 'awareness', 'zmot', 'awareness', 'zmot', 'four moments ZMOT content marketing; customer => how-to / repair content (four moments SMOT advice)'),
	('search', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('search', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('search', 3, 'prospect', NULL, 'consideration', 'zmot', 'conversion', 'zmot', 'Growcode ZMOT: starts searching for a product'),
	('list_view', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('list_view', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('list_view', 3, 'prospect', NULL, 'consideration', 'zmot', 'conversion', 'zmot', 'QuestionPro: browses categories; Growcode ZMOT: comparing options'),
	('list_filter', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('list_filter', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('list_filter', 3, 'prospect', NULL, 'consideration', 'zmot', 'conversion', 'zmot', 'comparing options'),
	('compare', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('compare', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('compare', 3, 'prospect', NULL, 'consideration', 'zmot', 'conversion', 'zmot', 'QuestionPro: comparison tables/websites; Growcode ZMOT compares options'),
	('review_read', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('review_read', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('review_read', 3, 'prospect', NULL, 'consideration', 'zmot', 'conversion', 'fmot', 'QuestionPro consideration: reads reviews; four moments lists comment count + rating under FMOT'),
	('item_click', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('item_click', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('item_click', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'selects product'),
	('item_view', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('item_view', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('item_view', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'Growcode key area 1: first visit to a product page; four moments FMOT: product page'),
	('item_customize', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('item_customize', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('item_customize', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'product page interaction'),
	('promo_view', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('promo_view', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('promo_view', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'internal promotion on own site'),
	('promo_click', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('promo_click', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('promo_click', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'internal promotion on own site'),
	('wishlist_add', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('wishlist_add', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('wishlist_add', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'interest without commitment'),
	('wishlist_remove', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('wishlist_remove', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('wishlist_remove', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'negative polarity'),
	('lead', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('lead', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('lead', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'QuestionPro consideration: real interest; visitor becomes lead. Lead-gen sites: override to conversion'),
	('lead_progress', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('lead_progress', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('lead_progress', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'qualified / worked lead'),
	('lead_lost', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('lead_lost', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('lead_lost', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'negative polarity'),
	('sign_up', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('sign_up', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('sign_up', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'Growcode FMOT decision: stay'),
	('login', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('login', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('login', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'revisit by known person'),
	('logout', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('logout', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('logout', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'neutral; usually dropped'),
	('newsletter_subscribe', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('newsletter_subscribe', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('newsletter_subscribe', 3, 'prospect', NULL, 'consideration', 'fmot', 'awareness', 'zmot', 'gathers information; keeps in touch before buying'),
	('unsubscribe', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('unsubscribe', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('unsubscribe', 3, 'prospect', NULL, 'consideration', 'fmot', 'awareness', 'zmot', 'negative polarity; churn signal when customer'),
	('cart_add', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('cart_add', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('cart_add', 3, 'prospect', NULL, 'conversion', 'fmot', 'conversion', 'fmot', 'QuestionPro conversion touchpoint; Growcode key area 2: willingness, not commitment => not yet SMOT'),
	('cart_remove', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('cart_remove', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('cart_remove', 3, 'prospect', NULL, 'conversion', 'fmot', 'conversion', 'fmot', 'negative polarity'),
	('cart_view', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('cart_view', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('cart_view', 3, 'prospect', NULL, 'conversion', 'fmot', 'conversion', 'fmot', 'cart'),
	('checkout_start', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('checkout_start', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('checkout_start', 3, 'prospect', NULL, 'conversion', 'fmot', 'conversion', 'fmot', 'QuestionPro checkout'),
	('checkout_step', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('checkout_step', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('checkout_step', 3, 'prospect', NULL, 'conversion', 'fmot', 'conversion', 'fmot', 'QuestionPro checkout'),
	('shipping_info', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('shipping_info', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('shipping_info', 3, 'prospect', NULL, 'conversion', 'fmot', 'conversion', 'fmot', 'QuestionPro shipping details'),
	('payment_info', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('payment_info', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('payment_info', 3, 'prospect', NULL, 'conversion', 'fmot', 'conversion', 'fmot', 'QuestionPro payment options; three stages payment methods'),
	('coupon_apply', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('coupon_apply', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('coupon_apply', 3, 'prospect', NULL, 'conversion', 'fmot', 'conversion', 'fmot', 'incentive used'),
	('coupon_deny', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('coupon_deny', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('coupon_deny', 3, 'prospect', NULL, 'conversion', 'fmot', 'conversion', 'fmot', 'negative polarity: friction'),
	('coupon_remove', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('coupon_remove', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('coupon_remove', 3, 'prospect', NULL, 'conversion', 'fmot', 'conversion', 'fmot', 'negative polarity'),
	('checkout_error', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('checkout_error', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('checkout_error', 3, 'prospect', NULL, 'conversion', 'fmot', 'conversion', 'fmot', 'negative polarity: bottleneck (QuestionPro purchase-experience analysis)'),
	('trial_start', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('trial_start', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('trial_start', 3, 'prospect', NULL, 'conversion', 'fmot', 'conversion', 'fmot', 'experience before purchase'),
	('purchase', 1, 'purchase_no = 1', NULL, 'conversion', 'smot', 'conversion', 'smot', 'Growcode SMOT phase 1: buys and becomes a customer; QuestionPro conversion'),
	('purchase', 2, 'purchase_no >= 2', NULL, 'retention', 'umot', 'loyalty', 'smot', 'Growcode retention = second and later purchases, UMOT = repeat customer; four moments has no repeat moment: repurchase is an outcome of SMOT'),
	('order_update', 1, NULL, NULL, 'retention', 'tmot', 'loyalty', 'smot', 'QuestionPro: receiving order updates; Growcode TMOT'),
	('order_cancel', 1, NULL, NULL, 'retention', 'tmot', 'loyalty', 'smot', 'negative polarity; voids purchase_no'),
	('order_ship', 1, NULL, NULL, 'retention', 'tmot', 'loyalty', 'smot', 'Growcode tip 4 mail 1; (Growcode tip 4 text itself says second moment -> override option)'),
	('order_track', 1, NULL, NULL, 'retention', 'tmot', 'loyalty', 'smot', 'Growcode tip 4: tracking page'),
	('order_deliver', 1, NULL, NULL, 'retention', 'smot', 'loyalty', 'smot', 'Growcode key area 3: product arrival; closes the gap, opens SMOT phase 2'),
	('refund', 1, NULL, NULL, 'retention', 'smot', 'loyalty', 'smot', 'Growcode: returning the item is a decision of a moment; negative polarity'),
	('product_use', 1, NULL, NULL, 'retention', 'smot', 'loyalty', 'smot', 'Growcode and four moments SMOT: experiences the product'),
	('support', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'Growcode TMOT: happy with customer service?'),
	('support', 2, 'customer', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'Growcode TMOT; four moments SMOT: answering questions about product'),
	('support', 3, 'prospect', NULL, 'conversion', 'fmot', 'conversion', 'fmot', 'QuestionPro lists customer support as a CONVERSION touchpoint'),
	('message', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'Growcode TMOT: e-mail updates'),
	('message', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 'Growcode key area 4: follow-up communications; QuestionPro retention: personalised e-mail'),
	('message', 3, 'prospect', '{cart_recovery}', 'conversion', 'fmot', 'conversion', 'fmot', 'QuestionPro: abandoned-cart recovery'),
	('message', 4, 'prospect', NULL, 'consideration', 'zmot', 'awareness', 'zmot', 'newsletter/nurture'),
	('message_negative', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'negative polarity (bounce, spam, dismiss)'),
	('message_negative', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 'negative polarity'),
	('message_negative', 3, 'prospect', NULL, 'consideration', 'zmot', 'awareness', 'zmot', 'negative polarity'),
	('loyalty_earn', 1, NULL, NULL, 'retention', 'umot', 'loyalty', 'tmot', 'QuestionPro retention: loyalty programmes; Growcode tip 5'),
	('loyalty_spend', 1, NULL, NULL, 'retention', 'umot', 'loyalty', 'tmot', 'QuestionPro retention: loyalty programmes; Growcode tip 5'),
	('review_write', 1, 'customer and value <= 3', NULL, 'retention', 'smot', 'loyalty', 'smot', 'dissatisfied: pain point, not advocacy'),
	('review_write', 2, 'customer', NULL, 'advocacy', 'smot', 'loyalty', 'smot', 'rating >= 4 or unknown. QuestionPro advocacy: reviews and ratings; four moments SMOT: comments and scores; Growcode: review is a decision from the product impression'),
	('review_write', 3, 'prospect', NULL, 'consideration', 'zmot', 'awareness', 'zmot', 'unverified reviewer'),
	('share', 1, 'customer', NULL, 'advocacy', 'umot', 'loyalty', 'smot', 'QuestionPro advocacy; four moments SMOT: shares on own social networks'),
	('share', 2, 'prospect', NULL, 'consideration', 'zmot', 'awareness', 'zmot', 'non-customer word of mouth'),
	('refer', 1, 'customer', NULL, 'advocacy', 'umot', 'loyalty', 'tmot', 'QuestionPro advocacy: referral programmes; four moments: introduces friends'),
	('refer', 2, 'prospect', NULL, 'consideration', 'zmot', 'awareness', 'zmot', 'non-customer invitation'),
	('follow', 1, 'customer', NULL, 'advocacy', 'umot', 'loyalty', 'tmot', 'four moments TMOT: follows on social networks'),
	('follow', 2, 'prospect', NULL, 'awareness', 'zmot', 'awareness', 'zmot', 'QuestionPro awareness: social media'),
	('community', 1, 'customer', NULL, 'advocacy', 'umot', 'loyalty', 'tmot', 'four moments TMOT: exchanges views with other customers; QuestionPro advocacy: community forums, discussion boards'),
	('community', 2, 'prospect', NULL, 'consideration', 'zmot', 'awareness', 'zmot', 'QuestionPro consideration: forums and communities; three stages awareness: community'),
	('survey_answer', 1, NULL, '{brand}', 'awareness', 'zmot', 'awareness', 'zmot', 'QuestionPro: awareness surveys'),
	('survey_answer', 2, NULL, '{pre_purchase}', 'consideration', 'fmot', 'conversion', 'fmot', 'QuestionPro: feedback from those considering'),
	('survey_answer', 3, NULL, '{csat_delivery,csat_support,ces_delivery,ces_support}', 'retention', 'tmot', 'loyalty', 'smot', 'Growcode TMOT'),
	('survey_answer', 4, NULL, '{csat,csat_*,ces,ces_*}', 'conversion', 'smot', 'conversion', 'smot', 'QuestionPro puts post-purchase CSAT in CONVERSION'),
	('survey_answer', 5, NULL, '{nps}', 'retention', 'umot', 'loyalty', 'tmot', 'QuestionPro puts NPS in RETENTION; 9-10 also sets promoter flag'),
	('survey_answer', 6, NULL, '{testimonial}', 'advocacy', 'umot', 'loyalty', 'tmot', 'QuestionPro: testimonials'),
	('app_install', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('app_install', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('app_install', 3, 'prospect', NULL, 'awareness', 'fmot', 'awareness', 'fmot', 'first contact with own app'),
	('app_uninstall', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('app_uninstall', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('app_uninstall', 3, 'prospect', NULL, 'consideration', 'fmot', 'awareness', 'fmot', 'negative polarity; churn signal'),
	('store_locate', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('store_locate', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('store_locate', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'intent to visit'),
	('contact', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'service contact'),
	('contact', 2, 'customer', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'service contact'),
	('contact', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'pre-sale question (four moments FMOT: phone numbers, answers)'),
	('schedule', 1, 'waiting', NULL, 'retention', 'tmot', 'loyalty', 'smot', 'between purchase and delivery (Growcode TMOT / Narvar gap)'),
	('schedule', 2, 'customer', NULL, 'retention', 'umot', 'loyalty', 'tmot', 're-engagement by an existing customer (Growcode UMOT; QuestionPro retention; three stages loyalty; four moments TMOT)'),
	('schedule', 3, 'prospect', NULL, 'consideration', 'fmot', 'conversion', 'fmot', 'appointment'),
	('experiment', 1, NULL, NULL, NULL, NULL, NULL, NULL, 'not a touchpoint: assigns a variant for A/B comparison'),
	('ignore', 1, NULL, NULL, NULL, NULL, NULL, NULL, 'technical / game event: left unclassified (NULL), not guessed')
) AS r (action, seq, context, detail, five_stage, moments_five, three_stage, moments_four, reason)
CROSS JOIN LATERAL (VALUES
	('five_stage', r.five_stage), ('moments_five', r.moments_five),
	('three_stage', r.three_stage), ('moments_four', r.moments_four)
) AS m (model, stage);

/*
 * repeat_policy = cycle: a customer who is not waiting goes through the stages
 * of a prospect again, as somebody who knows the shop (so nothing of a first
 * visit).  Service, messages, surveys, praise and leaving stay what they are.
 */
INSERT INTO journey.stage_rules (model, action, seq, context, detail, stage, policy, reason, builtin)
SELECT r.model, r.action, 100 + r.seq,
	   CASE WHEN r.action = 'purchase' THEN NULL ELSE 'customer and not waiting' END,
	   r.detail, r.stage, 'repeat_policy=cycle',
	   'the stages start again after a purchase', true
FROM journey.stage_rules AS r
WHERE (r.context IN ('prospect', 'prospect and visit_no >= 2')
	   AND r.action IN ('ad_impression', 'ad_click', 'deep_link_open', 'session_start', 'page_view',
						'content_view', 'search', 'list_view', 'list_filter', 'compare', 'review_read',
						'item_click', 'item_view', 'item_customize', 'promo_view', 'promo_click',
						'wishlist_add', 'wishlist_remove', 'lead', 'lead_progress', 'lead_lost',
						'sign_up', 'login', 'logout', 'store_locate', 'schedule',
						'cart_add', 'cart_remove', 'cart_view', 'checkout_start', 'checkout_step',
						'shipping_info', 'payment_info', 'coupon_apply', 'coupon_deny', 'coupon_remove',
						'checkout_error', 'trial_start'))
   OR (r.action = 'purchase' AND r.context = 'purchase_no = 1');

/* The other policies. */
INSERT INTO journey.stage_rules (model, action, seq, context, stage, policy, reason, builtin)
SELECT v.model, v.action, v.seq, v.context, v.stage, v.policy, v.reason, true
FROM (VALUES
	('five_stage', 'lead', 201, 'prospect', 'conversion', 'lead_is_conversion=on', 'QuestionPro: purchases or performs a specific action contributing to the goals'),
	('five_stage', 'lead', 51, 'customer and not waiting', 'conversion', 'repeat_policy=cycle,lead_is_conversion=on', 'QuestionPro: purchases or performs a specific action contributing to the goals'),
	('moments_five', 'purchase', 201, 'purchase_no >= 2 and waiting and not after delivery', 'smot', 'strict_umot=on', 'Growcode UMOT comes after receiving and trying the product'),
	('moments_five', 'order_ship', 201, NULL, 'smot', 'delivery_moment=smot', 'Growcode tip 4: a vital part of the second moment'),
	('moments_five', 'order_track', 201, NULL, 'smot', 'delivery_moment=smot', 'Growcode tip 4: a vital part of the second moment'),
	('moments_five', 'order_update', 201, NULL, 'smot', 'delivery_moment=smot', 'Growcode tip 4: a vital part of the second moment'),
	('moments_five', 'review_write', 201, 'customer', 'umot', 'solis_umot=on', 'the shared experience is the next person''s zero moment'),
	('moments_five', 'share', 201, 'customer', 'umot', 'solis_umot=on', 'the shared experience is the next person''s zero moment')
) AS v (model, action, seq, context, stage, policy, reason);

/*
 * lifecycle: what the customer is after each touchpoint.  The acts themselves
 * first, since "after" speaks of earlier touchpoints; then any touchpoint.
 */
INSERT INTO journey.stage_rules (model, action, seq, context, detail, stage, reason, builtin)
SELECT 'lifecycle', v.action, v.seq, v.context, v.detail::text[], v.stage, v.reason, true
FROM (VALUES
	('refer', 1, 'purchase_no >= {loyal_purchases}', NULL, 'evangelist', 'an advocacy act of a loyal customer'),
	('share', 1, 'purchase_no >= {loyal_purchases}', NULL, 'evangelist', 'an advocacy act of a loyal customer'),
	('review_write', 1, 'purchase_no >= {loyal_purchases} and value >= 4', NULL, 'evangelist', 'an advocacy act of a loyal customer; without a rating it is none'),
	('survey_answer', 1, 'purchase_no >= {loyal_purchases}', '{testimonial}', 'evangelist', 'an advocacy act of a loyal customer; a high NPS alone is an attitude'),
	('lead', 1, 'prospect', NULL, 'prospect', 'shows interest'),
	('lead_progress', 1, 'prospect', NULL, 'prospect', 'shows interest'),
	('sign_up', 1, 'prospect', NULL, 'prospect', 'shows interest'),
	('wishlist_add', 1, 'prospect', NULL, 'prospect', 'shows interest'),
	('cart_add', 1, 'prospect', NULL, 'prospect', 'Growcode key area 2: willingness, not commitment'),
	('checkout_start', 1, 'prospect', NULL, 'prospect', 'has a cart'),
	('checkout_step', 1, 'prospect', NULL, 'prospect', 'has a cart'),
	('shipping_info', 1, 'prospect', NULL, 'prospect', 'has a cart'),
	('payment_info', 1, 'prospect', NULL, 'prospect', 'has a cart'),
	('trial_start', 1, 'prospect', NULL, 'prospect', 'shows interest'),
	('*', 1, 'purchase_no >= {loyal_purchases} and after act_refer | act_share | act_review_write >= 4 | act_survey_answer/testimonial', NULL, 'evangelist', 'loyal, and at least one advocacy act'),
	('*', 2, 'purchase_no >= {loyal_purchases}', NULL, 'loyal', 'enough purchases'),
	('*', 3, 'customer', NULL, 'first_time_buyer', 'a purchase'),
	('*', 4, 'after act_lead | act_lead_progress | act_sign_up | act_wishlist_add | act_cart_add | act_checkout_start | act_checkout_step | act_shipping_info | act_payment_info | act_trial_start | purchase', NULL, 'prospect', 'has shown interest, or bought and given it back'),
	('*', 5, NULL, NULL, 'visitor', 'any touchpoint')
) AS v (action, seq, context, detail, stage, reason);

/*
 * actions: a detail that has a name of its own, or else the action.  Surveys of
 * unknown kind are left unclassified, as everywhere; csat_ and ces_ with any
 * other topic are the kind.
 */
INSERT INTO journey.stage_rules (model, action, seq, detail, stage, reason, builtin)
SELECT 'actions', v.action, v.seq, v.detail::text[], v.stage, v.reason, true
FROM (
	VALUES
		('page_view', 1, '{content}', 'page_view/content', 'something to read'),
		('page_view', 2, '{product}', 'page_view/product', 'a product'),
		('message', 1, '{opened}', 'message/opened', 'a reaction to a message, not another message'),
		('message', 2, '{clicked}', 'message/clicked', 'a reaction to a message, not another message'),
		('message', 3, '{cart_recovery,cart_recovery_*}', 'message/cart_recovery', 'a reminder of the cart, of whatever kind'),
		('order_update', 1, '{promised}', 'order_update/promised', 'the promised day of arrival'),
		('support', 1, '{opened}', 'support/opened', 'a question or complaint'),
		('support', 2, '{answered}', 'support/answered', 'the first answers end the waiting'),
		('support', 3, '{resolved}', 'support/resolved', 'the end of it'),
		('survey_answer', 1, '{brand}', 'survey_answer/brand', 'kind of survey'),
		('survey_answer', 2, '{pre_purchase}', 'survey_answer/pre_purchase', 'kind of survey'),
		('survey_answer', 3, '{nps}', 'survey_answer/nps', 'kind of survey'),
		('survey_answer', 4, '{testimonial}', 'survey_answer/testimonial', 'kind of survey'),
		('survey_answer', 5, '{csat_delivery}', 'survey_answer/csat_delivery', 'kind and topic of survey'),
		('survey_answer', 6, '{csat_support}', 'survey_answer/csat_support', 'kind and topic of survey'),
		('survey_answer', 7, '{csat,csat_*}', 'survey_answer/csat', 'kind of survey'),
		('survey_answer', 8, '{ces_delivery}', 'survey_answer/ces_delivery', 'kind and topic of survey'),
		('survey_answer', 9, '{ces_support}', 'survey_answer/ces_support', 'kind and topic of survey'),
		('survey_answer', 10, '{ces,ces_*}', 'survey_answer/ces', 'kind of survey')
	UNION ALL
	SELECT a.action, 101, NULL, a.action, 'the action itself'
	FROM journey.actions AS a
	WHERE a.role IS DISTINCT FROM 'ignore' AND a.action <> 'survey_answer'
) AS v (action, seq, detail, stage, reason);

-- ---------------------------------------------------------------------------
-- names of stages in other languages
-- ---------------------------------------------------------------------------

CREATE TABLE journey.stage_labels (
	name		text NOT NULL CHECK (name <> ''),
	language	text NOT NULL CHECK (language <> ''),
	label		text NOT NULL CHECK (label <> ''),
	note		text,
	builtin		boolean NOT NULL DEFAULT false,
	model		text NOT NULL DEFAULT '',
	PRIMARY KEY (name, language, model)
);

COMMENT ON TABLE journey.stage_labels IS
$$What stages and moments are called in English (en), Arabic (ar), Hebrew (he) and Traditional Chinese (zh-Hant), as the sources of the models call them; no row where they do not. Add labels for your own stages or languages with plain INSERT. Rows with builtin = true are rewritten by updates of the extension and left out by pg_dump.$$;
COMMENT ON COLUMN journey.stage_labels.name IS 'Stage as the models have it.';
COMMENT ON COLUMN journey.stage_labels.language IS 'Language as a BCP 47 tag: en, ar, he, zh-Hant.';
COMMENT ON COLUMN journey.stage_labels.label IS 'Name of the stage in that language.';
COMMENT ON COLUMN journey.stage_labels.note IS 'Other names in use.';
COMMENT ON COLUMN journey.stage_labels.builtin IS 'Whether the row ships with the extension.';
COMMENT ON COLUMN journey.stage_labels.model IS 'Stage model that the label is for, where its stage needs another name than the same stage of other models; empty for all models.';

INSERT INTO journey.stage_labels (name, language, label, note, builtin)
SELECT v.name, l.language, l.label, CASE l.language WHEN 'he' THEN v.note_he END, true
FROM (VALUES
	('awareness', 'awareness', 'وعي', 'מודעות', NULL, NULL),
	('consideration', 'consideration', NULL, 'שיקול', NULL, NULL),
	('conversion', 'conversion', 'تحويل', 'המרה', NULL, NULL),
	('retention', 'retention', NULL, 'שמירה', NULL, 'also שימור'),
	('advocacy', 'advocacy', NULL, 'סנגור', NULL, NULL),
	('loyalty', 'loyalty', 'وفاء', NULL, NULL, NULL),
	('zmot', 'zero moment of truth', 'لحظة الصفر للحقيقة', NULL, '零關鍵時刻', NULL),
	('fmot', 'first moment of truth', 'اللحظة الأولى للحقيقة', NULL, '第一個關鍵時刻', NULL),
	('smot', 'second moment of truth', 'لحظة الحقيقة الثانية', NULL, '第二個關鍵時刻', NULL),
	('tmot', 'third moment of truth', 'اللحظة الثالثة للحقيقة', NULL, '第三個關鍵時刻', NULL),
	('umot', 'ultimate moment of truth', 'لحظة الحقيقة المطلقة', NULL, '最終關鍵時刻', NULL),
	('visitor', 'visitor', NULL, NULL, NULL, NULL),
	('prospect', 'prospect', 'عميل محتمل', NULL, '潛在客戶', NULL),
	('first_time_buyer', 'first-time buyer', NULL, NULL, NULL, NULL),
	('loyal', 'loyal customer', NULL, NULL, NULL, NULL),
	('evangelist', 'evangelist', NULL, NULL, NULL, NULL),
	('lapsed', 'lapsed', NULL, NULL, NULL, NULL)
) AS v (name, en, ar, he, zh_hant, note_he)
CROSS JOIN LATERAL (VALUES
	('en', v.en), ('ar', v.ar), ('he', v.he), ('zh-Hant', v.zh_hant)
) AS l (language, label)
WHERE l.label IS NOT NULL;

CREATE FUNCTION journey.label(name text, language text) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 10
RETURN (SELECT l.label FROM journey.stage_labels AS l
		WHERE l.name = label.name AND l.language = label.language AND l.model = '');

COMMENT ON FUNCTION journey.label(text, text) IS
$$Name of a stage or moment in a language: label('zmot', 'zh-Hant'). Languages are BCP 47 tags; en, ar, he and zh-Hant ship as far as the sources of the models have names in them. NULL where journey.stage_labels has none, so that the caller chooses what comes then: coalesce(label(stage, 'he'), label(stage, 'en'), stage). One index look-up.$$;

CREATE FUNCTION journey.label(model text, stage text, language text) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 10
RETURN (SELECT l.label FROM journey.stage_labels AS l
		WHERE l.name = label.stage AND l.language = label.language AND l.model IN (label.model, '')
		ORDER BY l.model COLLATE "C" DESC LIMIT 1);

COMMENT ON FUNCTION journey.label(text, text, text) IS
$$Name of a stage or moment of a model in a language: label('five_stage', 'awareness', 'ar'). A label for this model comes before the one for all models; otherwise as label(name, language). Whether the model has such a stage is not asked.$$;

-- ---------------------------------------------------------------------------
-- what a list of taxonomies means
-- ---------------------------------------------------------------------------

CREATE FUNCTION journey.taxonomy_events(taxonomies text[] DEFAULT NULL)
RETURNS TABLE (event text, action text, polarity smallint, detail text, taxonomy text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 5000 ROWS 300
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	chosen	text[] := taxonomy_events.taxonomies;
	unknown	text;
	lost	journey.event_actions;
BEGIN
	SELECT e.* INTO lost FROM journey.event_actions AS e
	WHERE NOT EXISTS (SELECT FROM journey.taxonomies AS t WHERE t.taxonomy = e.taxonomy)
	   OR NOT EXISTS (SELECT FROM journey.actions AS a WHERE a.action = e.action)
	ORDER BY e.taxonomy COLLATE "C", e.event COLLATE "C" LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = pg_catalog.format('event "%s" in journey.event_actions refers to taxonomy "%s" and action "%s", which are not both there',
										lost.event, lost.taxonomy, lost.action),
			HINT = 'Add what is missing to journey.taxonomies or journey.actions, or mend the row.';
	END IF;
	IF chosen IS NULL THEN
		SELECT pg_catalog.array_agg(t.taxonomy ORDER BY t.precedence, t.taxonomy COLLATE "C")
		INTO chosen FROM journey.taxonomies AS t;
	ELSE
		IF pg_catalog.cardinality(chosen) = 0 THEN
			RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
				MESSAGE = 'list of taxonomies is empty',
				HINT = 'Use NULL for all taxonomies in their default order.';
		END IF;
		IF pg_catalog.array_position(chosen, NULL) IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
				MESSAGE = 'list of taxonomies must not contain nulls';
		END IF;
		SELECT c.name INTO unknown
		FROM pg_catalog.unnest(chosen) WITH ORDINALITY AS c (name, place)
		WHERE NOT EXISTS (SELECT FROM journey.taxonomies AS t WHERE t.taxonomy = c.name)
		ORDER BY c.place LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION USING ERRCODE = 'undefined_object',
				MESSAGE = pg_catalog.format('taxonomy "%s" does not exist', unknown),
				HINT = pg_catalog.format('There are: %s. Add your own to journey.taxonomies.',
										 (SELECT pg_catalog.string_agg(t.taxonomy, ', ' ORDER BY t.precedence, t.taxonomy COLLATE "C")
										  FROM journey.taxonomies AS t));
		END IF;
	END IF;
	RETURN QUERY
		SELECT n.event, n.action, n.polarity, n.detail, n.taxonomy
		FROM (SELECT DISTINCT ON (e.event COLLATE "C") e.*, c.place
			  FROM pg_catalog.unnest(chosen) WITH ORDINALITY AS c (name, place)
			  JOIN journey.event_actions AS e ON e.taxonomy = c.name
			  ORDER BY e.event COLLATE "C", c.place) AS n
		ORDER BY n.place, n.event COLLATE "C";
END
$$;

COMMENT ON FUNCTION journey.taxonomy_events(text[]) IS
$$What each event name means under a list of taxonomies: the first taxonomy of the list that knows a name decides its action. NULL stands for all taxonomies in their default order: your own, then backoffice_suggested, ga4_recommended, ga4_automatic_enhanced, segment_ecommerce_v2, segment_other, shopify_web_pixels, snowplow_ecommerce, matomo, meta_standard, schema_org_action. One row a name, in the order of the taxonomies, then of the names. An empty list, a NULL in it and an unknown taxonomy are errors.$$;

-- ---------------------------------------------------------------------------
-- rights and dumps
-- ---------------------------------------------------------------------------

/*
 * A trusted extension's objects belong to the bootstrap superuser: whoever
 * created the extension gets the right to add rows.  (The server quotes the
 * name as an identifier.)
 */
GRANT SELECT ON journey.actions, journey.taxonomies, journey.event_actions,
	journey.stage_models, journey.stage_rules, journey.stage_labels TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON journey.actions, journey.taxonomies, journey.event_actions,
	journey.stage_models, journey.stage_rules, journey.stage_labels TO @extowner@ WITH GRANT OPTION;

SELECT pg_catalog.pg_extension_config_dump('journey.actions', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('journey.taxonomies', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('journey.event_actions', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('journey.stage_models', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('journey.stage_rules', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('journey.stage_labels', 'WHERE NOT builtin');
