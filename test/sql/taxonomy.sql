-- Event names, actions and rules as data: what ships, in which order
-- taxonomies are asked, and what users add.
SET search_path = public, journey;
\set SHOW_CONTEXT never

-- what ships
SELECT count(*) AS names, count(DISTINCT event) AS distinct_names,
	count(DISTINCT taxonomy) AS taxonomies, count(DISTINCT action) AS actions
FROM event_actions WHERE builtin;
SELECT count(*) AS actions, count(*) FILTER (WHERE role = 'ignore') AS ignored FROM actions WHERE builtin;
SELECT t.taxonomy, count(*), sum(e.polarity) FILTER (WHERE e.polarity > 0) AS good,
	count(*) FILTER (WHERE e.polarity < 0) AS bad
FROM taxonomies t JOIN event_actions e USING (taxonomy)
GROUP BY t.taxonomy, t.precedence ORDER BY t.precedence;
SELECT action, role FROM actions WHERE role IS NOT NULL ORDER BY role, action;
SELECT model, count(*) FILTER (WHERE policy IS NULL) AS rules,
	count(*) FILTER (WHERE policy IS NOT NULL) AS policies,
	count(DISTINCT action) FILTER (WHERE policy IS NULL) AS actions
FROM stage_rules GROUP BY model ORDER BY model;
SELECT context, count(DISTINCT action) AS actions FROM stage_rules
WHERE model <> 'lifecycle' AND policy IS NULL GROUP BY context ORDER BY context COLLATE "C" NULLS FIRST;
SELECT DISTINCT detail FROM stage_rules WHERE detail IS NOT NULL ORDER BY detail;
SELECT model, policy, count(*), min(seq) FROM stage_rules WHERE policy IS NOT NULL
GROUP BY model, policy ORDER BY model, policy;
-- every action has a rule in each of the four models, every rule an action
SELECT count(*) FROM actions a, unnest('{five_stage,three_stage,moments_five,moments_four}'::text[]) m
WHERE NOT EXISTS (SELECT FROM stage_rules r WHERE r.model = m AND r.action = a.action);
SELECT count(*) FROM stage_rules r WHERE action <> '*' AND NOT EXISTS (SELECT FROM actions a WHERE a.action = r.action);
-- rules leave nothing out: each action is decided for prospects, customers and
-- those who wait, by a rule without detail; or by the number of the purchase or visit;
-- only unknown surveys are not
SELECT r.model, r.action FROM stage_rules r
WHERE r.policy IS NULL AND r.model <> 'lifecycle'
GROUP BY r.model, r.action
HAVING NOT coalesce(bool_or(r.context IS NULL AND r.detail IS NULL), false)
	AND NOT (coalesce(bool_or(r.context = 'prospect' AND r.detail IS NULL), false)
			 AND coalesce(bool_or(r.context = 'customer' AND r.detail IS NULL), false))
ORDER BY 1, 2;

-- the names of the models come from the tables
SELECT model, builtin, literal FROM stage_models WHERE model <> 'actions' ORDER BY model;
SELECT count(*) AS actions_without_stage FROM actions a WHERE role IS DISTINCT FROM 'ignore' AND action <> 'survey_answer' AND NOT EXISTS (SELECT FROM stages(stage_model('actions')) s WHERE s.stage = a.action);
SELECT m.model, s.* FROM stage_models m, stage_model_settings(m.model) s ORDER BY m.model, s.setting;

-- labels in four languages
SELECT name, label(name, 'en') AS en, label(name, 'ar') AS ar, label(name, 'he') AS he,
	label(name, 'zh-Hant') AS "zh-Hant"
FROM (SELECT DISTINCT name FROM stage_labels) n ORDER BY name;
SELECT language, count(*) FROM stage_labels GROUP BY language ORDER BY language;
SELECT label('zmot', 'he') IS NULL AS none, label('nothing', 'en') IS NULL AS unknown, label(NULL, 'en') IS NULL AS null;
-- one for a model of its own comes first
BEGIN;
INSERT INTO stage_labels (name, language, label, model) VALUES ('smot', 'ar', 'لحظة الشراء', 'moments_four');
SELECT label('moments_five', 'smot', 'ar') AS five, label('moments_four', 'smot', 'ar') AS four, label('smot', 'ar') AS any, label('mine', 'smot', 'en') AS mine,
	label('five_stage', 'awareness', 'ar') AS awareness, label('five_stage', 'advocacy', 'ar') IS NULL AS none, label(NULL, 'smot', 'ar') IS NULL AS null;
ROLLBACK;

-- precedence: one name, two meanings
SELECT event, string_agg(taxonomy || ': ' || action, ', ' ORDER BY taxonomy) FROM event_actions
GROUP BY event HAVING count(DISTINCT action) > 1 ORDER BY event;
SELECT event, action, taxonomy FROM taxonomy_events() WHERE event IN ('ad_click', 'ad_impression', 'refund') ORDER BY event;
SELECT event, action, taxonomy FROM taxonomy_events('{ga4_automatic_enhanced,backoffice_suggested}') WHERE event = 'ad_click';
SELECT event, action, taxonomy FROM taxonomy_events('{ga4_automatic_enhanced,ga4_automatic_enhanced}') WHERE event = 'ad_click';
SELECT event, action, taxonomy FROM taxonomy_events('{snowplow_ecommerce,ga4_recommended}') WHERE event = 'refund';
SELECT count(*), count(DISTINCT event) FROM taxonomy_events();
SELECT count(*) FROM taxonomy_events('{ga4_recommended}');
SELECT array_agg(DISTINCT taxonomy ORDER BY taxonomy) FROM taxonomy_events('{ga4_recommended,segment_other}');

-- a user's own names come before all others
INSERT INTO taxonomies (taxonomy) VALUES ('ours'), ('late');
UPDATE taxonomies SET precedence = 1000 WHERE taxonomy = 'late';
INSERT INTO event_actions (taxonomy, event, action) VALUES
	('ours', 'basket_plus', 'cart_add'), ('ours', 'ad_click', 'ignore'), ('ours', 'page_view/pay', 'checkout_step'),
	('ours', 'ignore', 'share'), ('ours', 'after', 'share'), ('ours', 'act_share', 'search'),
	('ours', 'say "hi"', 'community'), ('ours', 'vier-fünf.sechs', 'community'), ('ours', 'purchase', 'cart_view'),
	('late', 'purchase', 'ignore'), ('late', 'view_*', 'item_view');
SELECT event, action, polarity, taxonomy FROM taxonomy_events() WHERE taxonomy IN ('ours', 'late') ORDER BY taxonomy, event COLLATE "C";
SELECT count(*) FROM event_actions WHERE NOT builtin;

-- how a name is written in a model
SELECT event, stage_model_term(event) AS "any detail", stage_model_term(event, NULL, 'kind') AS "a detail",
	stage_model_term(event, 'kind', 'kind') AS implied, stage_model_term(event, 'kind', 'ki*') AS wild
FROM unnest(ARRAY['view_item', 'Order Completed', 'say "hi"', 'trackLink:link', 'a.b-c', 'a..b', 'a-', 'fünf',
	'view_*', 'after', 'ignore', 'act_x', 'page_view/kind', 'page_view/other', 'Page View/kind']) event;

-- the literal, with names that could be taken for definitions
SELECT line FROM string_to_table(stage_model_literal('five_stage', '{ours,late,ga4_recommended}'), E'\n') line
WHERE line ~ '^(ignore|purchase|act_(share|search|cart_view|cart_add|community|checkout_step|item_view)) =|^page_view';

-- nothing of all this is there for a user without rights, reading is
CREATE ROLE regress_journey_reader;
GRANT USAGE ON SCHEMA journey TO regress_journey_reader;
SET ROLE regress_journey_reader;
SELECT count(*) FROM event_actions WHERE builtin;
SELECT count(*) FROM stage_rules WHERE builtin;
SELECT length(stage_model_literal('five_stage')) > 1000 AS readable;
INSERT INTO actions (action) VALUES ('mine');
DELETE FROM stage_rules;
RESET ROLE;
REVOKE USAGE ON SCHEMA journey FROM regress_journey_reader;
DROP ROLE regress_journey_reader;

-- who created the extension may add rows and lend the right
SELECT c.relname, has_table_privilege(e.extowner, c.oid, 'SELECT, INSERT, UPDATE, DELETE') AS may
FROM pg_extension e, pg_class c
WHERE e.extname = 'journey' AND c.oid = ANY (e.extconfig) ORDER BY c.relname;
-- what pg_dump takes of these tables
SELECT c.oid::regclass, e.extcondition[x.n] FROM pg_extension e, generate_subscripts(e.extconfig, 1) x (n), pg_class c
WHERE e.extname = 'journey' AND c.oid = e.extconfig[x.n]
	AND c.relname IN ('actions', 'taxonomies', 'event_actions', 'stage_models', 'stage_rules', 'stage_labels')
ORDER BY c.relname;

-- leave nothing behind
DELETE FROM stage_rules WHERE NOT builtin;
DELETE FROM stage_models WHERE NOT builtin;
DELETE FROM event_actions WHERE NOT builtin;
DELETE FROM taxonomies WHERE NOT builtin;
