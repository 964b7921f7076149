/*
 * touch_action.h
 *	  What a touchpoint is, independent of how a tool names it: the actions of
 *	  journey.actions, and their details that questions ask for.
 *
 * A stage model whose stages are named so (stage_model('actions') in SQL) turns
 * event names into these numbers; core code knows nothing but the numbers.
 */
#ifndef TOUCH_ACTION_H
#define TOUCH_ACTION_H

#define TOUCH_ACTIONS(A) \
	A(AD_IMPRESSION, "ad_impression") \
	A(AD_CLICK, "ad_click") \
	A(DEEP_LINK_OPEN, "deep_link_open") \
	A(SESSION_START, "session_start") \
	A(PAGE_VIEW, "page_view") \
	A(PAGE_VIEW_CONTENT, "page_view/content") \
	A(PAGE_VIEW_PRODUCT, "page_view/product") \
	A(CONTENT_VIEW, "content_view") \
	A(SEARCH, "search") \
	A(LIST_VIEW, "list_view") \
	A(LIST_FILTER, "list_filter") \
	A(COMPARE, "compare") \
	A(REVIEW_READ, "review_read") \
	A(ITEM_CLICK, "item_click") \
	A(ITEM_VIEW, "item_view") \
	A(ITEM_CUSTOMIZE, "item_customize") \
	A(PROMO_VIEW, "promo_view") \
	A(PROMO_CLICK, "promo_click") \
	A(WISHLIST_ADD, "wishlist_add") \
	A(WISHLIST_REMOVE, "wishlist_remove") \
	A(LEAD, "lead") \
	A(LEAD_PROGRESS, "lead_progress") \
	A(LEAD_LOST, "lead_lost") \
	A(SIGN_UP, "sign_up") \
	A(LOGIN, "login") \
	A(LOGOUT, "logout") \
	A(NEWSLETTER_SUBSCRIBE, "newsletter_subscribe") \
	A(UNSUBSCRIBE, "unsubscribe") \
	A(CART_ADD, "cart_add") \
	A(CART_REMOVE, "cart_remove") \
	A(CART_VIEW, "cart_view") \
	A(CHECKOUT_START, "checkout_start") \
	A(CHECKOUT_STEP, "checkout_step") \
	A(SHIPPING_INFO, "shipping_info") \
	A(PAYMENT_INFO, "payment_info") \
	A(COUPON_APPLY, "coupon_apply") \
	A(COUPON_DENY, "coupon_deny") \
	A(COUPON_REMOVE, "coupon_remove") \
	A(CHECKOUT_ERROR, "checkout_error") \
	A(TRIAL_START, "trial_start") \
	A(PURCHASE, "purchase") \
	A(ORDER_UPDATE, "order_update") \
	A(ORDER_UPDATE_PROMISED, "order_update/promised") \
	A(ORDER_CANCEL, "order_cancel") \
	A(ORDER_SHIP, "order_ship") \
	A(ORDER_TRACK, "order_track") \
	A(ORDER_DELIVER, "order_deliver") \
	A(REFUND, "refund") \
	A(PRODUCT_USE, "product_use") \
	A(SUPPORT, "support") \
	A(SUPPORT_OPENED, "support/opened") \
	A(SUPPORT_ANSWERED, "support/answered") \
	A(SUPPORT_RESOLVED, "support/resolved") \
	A(MESSAGE, "message") \
	A(MESSAGE_OPENED, "message/opened") \
	A(MESSAGE_CLICKED, "message/clicked") \
	A(MESSAGE_CART_RECOVERY, "message/cart_recovery") \
	A(MESSAGE_NEGATIVE, "message_negative") \
	A(LOYALTY_EARN, "loyalty_earn") \
	A(LOYALTY_SPEND, "loyalty_spend") \
	A(REVIEW_WRITE, "review_write") \
	A(SHARE, "share") \
	A(REFER, "refer") \
	A(FOLLOW, "follow") \
	A(COMMUNITY, "community") \
	A(SURVEY_BRAND, "survey_answer/brand") \
	A(SURVEY_PRE_PURCHASE, "survey_answer/pre_purchase") \
	A(SURVEY_NPS, "survey_answer/nps") \
	A(SURVEY_TESTIMONIAL, "survey_answer/testimonial") \
	A(SURVEY_CSAT, "survey_answer/csat") \
	A(SURVEY_CSAT_DELIVERY, "survey_answer/csat_delivery") \
	A(SURVEY_CSAT_SUPPORT, "survey_answer/csat_support") \
	A(SURVEY_CES, "survey_answer/ces") \
	A(SURVEY_CES_DELIVERY, "survey_answer/ces_delivery") \
	A(SURVEY_CES_SUPPORT, "survey_answer/ces_support") \
	A(APP_INSTALL, "app_install") \
	A(APP_UNINSTALL, "app_uninstall") \
	A(STORE_LOCATE, "store_locate") \
	A(CONTACT, "contact") \
	A(SCHEDULE, "schedule")

typedef enum TouchAction
{
	TA_NONE,
#define TOUCH_ACTION_ENUM(name, text) TA_##name,
	TOUCH_ACTIONS(TOUCH_ACTION_ENUM)
#undef TOUCH_ACTION_ENUM
	TA_COUNT
} TouchAction;

#endif							/* TOUCH_ACTION_H */
