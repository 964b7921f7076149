-- What cannot be in the tables of actions, names and rules, and what cannot be
-- asked of them.
SET search_path = public, journey;
\set SHOW_CONTEXT never

SELECT * FROM taxonomy_events('{ga4,ga4_recommended}');
SELECT * FROM taxonomy_events('{}');
SELECT * FROM taxonomy_events('{ga4_recommended,NULL}');

SELECT stage_model_literal('six_stage');
SELECT stage_model_literal('five_stage', '{nothing}');
SELECT stage_model_literal('five_stage', '{}');
SELECT stage_model_literal(NULL) IS NULL AS null;
SELECT stage_model_literal('five_stage', settings => NULL) = stage_model_literal('five_stage') AS defaults;
SELECT stage_model_literal('five_stage', settings => '[]');
SELECT stage_model_literal('five_stage', settings => '"cycle"');
SELECT stage_model_literal('five_stage', settings => '{"repeatpolicy": "cycle"}');
SELECT stage_model_literal('five_stage', settings => '{"repeat_policy": "cycles"}');
SELECT stage_model_literal('five_stage', settings => '{"repeat_policy": ["cycle"]}');
SELECT stage_model_literal('five_stage', settings => '{"lead_is_conversion": 1}');
SELECT stage_model_literal('five_stage', settings => '{"delivery": "sometimes"}');
SELECT stage_model_literal('five_stage', settings => '{"session_timeout": "30"}');
SELECT stage_model_literal('five_stage', settings => '{"session_timeout": "30 min; x -> y"}');
SELECT stage_model_literal('lifecycle', settings => '{"dormancy": "6 months"}');
SELECT stage_model_literal('lifecycle', settings => '{"dormancy": "-1 day"}');
SELECT stage_model_literal('lifecycle', settings => '{"loyal_purchases": 0}');
SELECT stage_model_literal('lifecycle', settings => '{"loyal_purchases": 2.5}');
SELECT stage_model_literal('lifecycle', settings => '{"loyal_purchases": "many"}');
SELECT * FROM stage_model_settings('six_stage');
SELECT count(*) FROM stage_model_settings(NULL);

-- null stands for the default, a setting of another model has no effect
SELECT stage_model_literal('five_stage', settings => '{"repeat_policy": null, "dormancy": "9 days"}')
	= stage_model_literal('five_stage') AS defaults;

-- rows
INSERT INTO actions (action) VALUES ('Cart Add');
INSERT INTO actions (action) VALUES ('cart__add');
INSERT INTO actions (action, role) VALUES ('gift', 'present');
INSERT INTO actions (action) VALUES ('purchase');
BEGIN;
INSERT INTO event_actions (taxonomy, event, action) VALUES ('unknown', 'x', 'purchase');
SELECT stage_model_literal('five_stage');
ROLLBACK;
BEGIN;
INSERT INTO event_actions (taxonomy, event, action) VALUES ('matomo', 'x', 'unknown');
SELECT stage_model_literal('five_stage');
ROLLBACK;
INSERT INTO event_actions (taxonomy, event, action) VALUES ('matomo', '', 'purchase');
INSERT INTO event_actions (taxonomy, event, action, polarity) VALUES ('matomo', 'x', 'purchase', 2);
BEGIN;
INSERT INTO stage_rules (model, action, seq, stage) VALUES ('unknown', 'purchase', 1, 'a');
SELECT stage_model_literal('unknown');
ROLLBACK;
INSERT INTO stage_rules (model, action, seq, stage, policy) VALUES ('five_stage', 'purchase', 0, 'a', 'cycle');
INSERT INTO stage_rules (model, action, seq, stage, detail) VALUES ('five_stage', 'purchase', 0, 'a', '{}');
INSERT INTO stage_models (model, literal, settings) VALUES ('x', 'stages a > b; x -> a; y -> b', '[]');

-- rules that speak of what is not there
INSERT INTO stage_models (model, literal) VALUES ('broken', 'stages a > b;'), ('whole', 'stages a > b; x -> a; y -> b');
INSERT INTO stage_rules (model, action, seq, stage) VALUES ('broken', 'cart_plus', 1, 'a');
SELECT stage_model_literal('broken');
UPDATE stage_rules SET action = 'order_ship' WHERE model = 'broken';
SELECT stage_model_literal('broken');
SELECT stage_model_literal('broken', '{ga4_recommended}');
SELECT stage_model_literal('whole');
SELECT stage_model_literal('whole', '{ga4_recommended}');
SELECT stage_model_literal('whole', settings => '{"setting": 1}');

-- leave nothing behind
DELETE FROM stage_rules WHERE NOT builtin;
DELETE FROM stage_models WHERE NOT builtin;
DELETE FROM event_actions WHERE NOT builtin;
DELETE FROM taxonomies WHERE NOT builtin;
DELETE FROM actions WHERE NOT builtin;
