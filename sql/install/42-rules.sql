\echo Use "CREATE EXTENSION journey" to load this file. \quit

/*
 * Stage models as data: their stages, and the rules that put an action in its
 * context into a stage.  42-shipped_models puts them together with the names of
 * the actions.  What ships and what users add is told apart as in 41-taxonomy.
 */

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
-- rights and dumps
-- ---------------------------------------------------------------------------

GRANT SELECT ON journey.stage_models, journey.stage_rules TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON journey.stage_models, journey.stage_rules TO @extowner@ WITH GRANT OPTION;

SELECT pg_catalog.pg_extension_config_dump('journey.stage_models', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('journey.stage_rules', 'WHERE NOT builtin');
