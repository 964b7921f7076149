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
GRANT SELECT ON journey.actions, journey.taxonomies, journey.event_actions TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON journey.actions, journey.taxonomies, journey.event_actions TO @extowner@ WITH GRANT OPTION;

SELECT pg_catalog.pg_extension_config_dump('journey.actions', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('journey.taxonomies', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('journey.event_actions', 'WHERE NOT builtin');
