\echo Use "CREATE EXTENSION journey" to load this file. \quit

/*
 * Stage models by name: the rows of 41-taxonomy and 42-rules put together as a literal.
 *
 * Names in a literal could be taken for definitions.  Definitions are called
 * act_<action>, and the four with a meaning of their own are placed where no
 * event name can be mistaken for them: "ignore" first, with its names spelled
 * so that they are plain names anywhere; purchase, refund and delivery last.
 */

CREATE FUNCTION journey.stage_model_settings(name text, settings jsonb DEFAULT '{}')
RETURNS TABLE (setting text, value text, default_value text, allowed text, description text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 2000 ROWS 5
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	model	journey.stage_models%ROWTYPE;
	given	jsonb := coalesce(stage_model_settings.settings, '{}');
	units CONSTANT text := '(s|secs?|seconds?|min|mins|minutes?|h|hours?|d|days?|w|weeks?)';
	s		record;
	what	text;
BEGIN
	IF stage_model_settings.name IS NULL THEN
		RETURN;
	END IF;
	SELECT m.* INTO model FROM journey.stage_models AS m WHERE m.model = stage_model_settings.name;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('stage model "%s" does not exist', stage_model_settings.name),
			HINT = format('There are: %s. Add your own to journey.stage_models.',
						  (SELECT string_agg(m.model, ', ' ORDER BY NOT m.builtin, m.model COLLATE "C")
						   FROM journey.stage_models AS m));
	END IF;
	IF jsonb_typeof(given) <> 'object' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'settings of a stage model must be a JSON object',
			HINT = 'Write them as {"setting": "value"}.';
	END IF;

	/* A setting of another model is let through: one object may serve several. */
	SELECT string_agg(format('"%s"', k.key), ', ' ORDER BY k.key COLLATE "C") INTO what
	FROM jsonb_object_keys(given) AS k (key)
	WHERE NOT EXISTS (SELECT FROM journey.stage_models AS m WHERE m.settings ? k.key)
	  AND NOT EXISTS (SELECT FROM journey.stage_rules AS r, string_to_table(r.policy, ',') AS p
					  WHERE split_part(p, '=', 1) = k.key);
	IF what IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('stage model "%s" has no setting %s', model.model, what),
			HINT = coalesce('Its settings are: '
							|| (SELECT string_agg(n.setting, ', ' ORDER BY n.setting COLLATE "C")
								FROM journey.stage_model_settings(model.model) AS n) || '.',
							'It has no settings.');
	END IF;

	FOR s IN
		WITH policy AS (
			SELECT DISTINCT split_part(p, '=', 1) AS setting, split_part(p, '=', 2) AS value
			FROM journey.stage_rules AS r, string_to_table(r.policy, ',') AS p
			WHERE r.model = model.model
		), declared AS (
			SELECT d.key AS setting,
				   CASE WHEN jsonb_typeof(d.value) = 'object' THEN d.value
						ELSE jsonb_build_object('default', d.value) END AS spec
			FROM jsonb_each(model.settings) AS d
			UNION ALL
			SELECT DISTINCT p.setting, '{"default": "off", "values": ["off"]}'::jsonb
			FROM policy AS p WHERE NOT model.settings ? p.setting
		)
		SELECT d.setting, d.spec,
			   CASE WHEN d.spec ? 'values' THEN
						ARRAY(SELECT v.value FROM jsonb_array_elements_text(d.spec -> 'values') AS v (value)
							  UNION
							  SELECT p.value FROM policy AS p WHERE p.setting = d.setting
							  ORDER BY 1) END AS values
		FROM declared AS d
		ORDER BY d.setting COLLATE "C"
	LOOP
		setting := s.setting;
		description := s.spec ->> 'description';
		default_value := s.spec ->> 'default';
		value := CASE jsonb_typeof(given -> s.setting)
					 WHEN 'boolean' THEN CASE (given -> s.setting)::boolean WHEN true THEN 'on' ELSE 'off' END
					 ELSE given ->> s.setting END;
		value := coalesce(value, default_value);
		what := NULL;
		IF s.values IS NOT NULL THEN
			allowed := array_to_string(s.values, ', ');
			IF value <> ALL (s.values) THEN
				what := format('It takes: %s.', allowed);
			END IF;
		ELSIF s.spec ->> 'type' = 'integer' THEN
			allowed := 'an integer of at least 1';
			IF value !~ '^0*[1-9][0-9]{0,5}$' THEN
				what := 'It takes an integer from 1 to 999999.';
			END IF;
		ELSIF s.spec ->> 'type' = 'interval' THEN
			allowed := 'a number of seconds, minutes, hours, days or weeks';
			IF value !~ ('^[0-9]+([.][0-9]+)? *' || units || '$') THEN
				what := 'It takes a number and a unit: s, min, h, days or weeks; months and years have no fixed length.';
			END IF;
		ELSE
			allowed := 'any word or number';
			IF value !~ '^[[:alnum:]_.]+( [[:alnum:]_.]+)*$' THEN
				what := 'It takes a word or a number.';
			END IF;
		END IF;
		IF what IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
				MESSAGE = format('invalid value "%s" for setting "%s" of stage model "%s"',
								 value, s.setting, model.model),
				HINT = what;
		END IF;
		RETURN NEXT;
	END LOOP;
END
$$;

COMMENT ON FUNCTION journey.stage_model_settings(text, jsonb) IS
$$Settings of a stage model, one row each: the value in force under the given settings, the default, what is allowed, and what it does. All models have session_timeout (30 min) and delivery (auto). five_stage, three_stage, moments_five and moments_four have repeat_policy (lifecycle, or cycle: the stages start again after each purchase); five_stage has lead_is_conversion (off); moments_five has strict_umot (on: a further purchase before the first delivery is smot), delivery_moment (tmot, or smot) and solis_umot (off; on: reviews are umot); lifecycle has loyal_purchases (2) and dormancy (180 days). Values are strings, numbers or booleans (true is on, false is off); null stands for the default. A setting that only another model has is let through without effect, so that one object serves several models; a setting that no model has, and a value that is not allowed, is an error that lists what there is. NULL as name gives no rows.$$;

CREATE FUNCTION journey.stage_model_fill(template text, settings jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	filled	text := template;
	s		record;
BEGIN
	IF position('{' IN filled) > 0 THEN
		FOR s IN SELECT e.key, e.value FROM jsonb_each_text(settings) AS e LOOP
			filled := replace(filled, '{' || s.key || '}', s.value);
		END LOOP;
	END IF;
	RETURN filled;
END
$$;

COMMENT ON FUNCTION journey.stage_model_fill(text, jsonb) IS
'A template with each {key} replaced by the value of that key; other braces stay. Part of stage_model_literal. NULL for NULL.';

CREATE FUNCTION journey.stage_model_term(event text, implied text DEFAULT NULL, detail text DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		/* the name, whatever its detail */
		WHEN detail IS NULL THEN
			CASE WHEN NOT n.bare THEN n.quoted || CASE WHEN strpos(event, '/') = 0 THEN '/*' ELSE '' END
				 WHEN n.special THEN n.quoted || ' | ' || event || '/*'
				 ELSE event END
		/* a name that has its detail already */
		WHEN strpos(event, '/') > 0 THEN
			CASE WHEN substr(event, strpos(event, '/') + 1) LIKE n.pattern
				 THEN CASE WHEN n.bare THEN event ELSE n.quoted END END
		ELSE
			concat_ws(' | ',
					  CASE WHEN implied LIKE n.pattern THEN n.quoted END,
					  CASE WHEN n.bare AND n.detail_bare THEN event || '/' || detail
						   WHEN strpos(detail, '*') = 0
						   THEN '"' || replace(event || '/' || detail, '"', '""') || '"' END)
		END
	FROM (SELECT event ~ '^([A-Za-z0-9_:$/]|[^\x01-\x7f])+([.-]([A-Za-z0-9_:$/]|[^\x01-\x7f])+)*$' AS bare,
				 detail ~ '^([A-Za-z0-9_:$/*]|[^\x01-\x7f])+([.-]([A-Za-z0-9_:$/*]|[^\x01-\x7f])+)*$' AS detail_bare,
				 /* could be taken for a definition or a word of the language */
				 event ~ '^(act_.*|ignore|offsite|stages|option|dormant|when|and|not|after|within|prospect|customer|waiting|purchase_no|visit_no|nth|value|none)$' AS special,
				 '"' || replace(event, '"', '""') || '"' AS quoted,
				 replace(replace(replace(replace(detail, E'\\', E'\\\\'), '%', E'\\%'), '_', E'\\_'), '*', '%') AS pattern) AS n;
END;

COMMENT ON FUNCTION journey.stage_model_term(text, text, text) IS
$$An event name as a term of a stage model's literal: with any detail, or with `detail` (in which '*' stands for any characters); the name alone then counts where it implies that detail. Quoted where the language asks for it. NULL or empty where the name cannot have the detail. Part of stage_model_literal.$$;

CREATE FUNCTION journey.stage_model_literal(name text, taxonomies text[] DEFAULT NULL, settings jsonb DEFAULT '{}')
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 20000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	chosen	text[] := stage_model_literal.taxonomies;
	model	journey.stage_models%ROWTYPE;
	vals	jsonb;
	head	text;
	defs	text;
	rules	text;
	names	journey.event_actions[];
	/* act_<action> and act_<action>/<detail> in a context */
	reference CONSTANT text := '(?<![[:alnum:]_:$/.@-])act_([a-z0-9_]+)(?:/([[:alnum:]_:$/.-]+))?(?![[:alnum:]_:$/*])';
	with_detail CONSTANT text := '(?<![[:alnum:]_:$/.@-])act_([a-z0-9_]+)/([[:alnum:]_:$/.-]+)(?![[:alnum:]_:$/*])';
	unknown	text;
BEGIN
	IF stage_model_literal.name IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT coalesce(jsonb_object_agg(s.setting, s.value), '{}') INTO vals
	FROM journey.stage_model_settings(stage_model_literal.name, stage_model_literal.settings) AS s;
	SELECT m.* INTO model FROM journey.stage_models AS m WHERE m.model = stage_model_literal.name;
	head := journey.stage_model_fill(model.literal, vals);

	SELECT min(r.action) INTO unknown
	FROM journey.stage_rules AS r
	WHERE r.model = model.model AND r.action <> '*'
	  AND NOT EXISTS (SELECT FROM journey.actions AS a WHERE a.action = r.action);
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('action "%s" in a rule of stage model "%s" does not exist', unknown, model.model),
			HINT = 'Add it to journey.actions.';
	END IF;

	IF NOT EXISTS (SELECT FROM journey.stage_rules AS r WHERE r.model = model.model) THEN
		IF chosen IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
				MESSAGE = format('stage model "%s" does not use taxonomies', model.model),
				DETAIL = 'It has no rules in journey.stage_rules; its literal names the events.';
		END IF;
		RETURN head;
	END IF;

	SELECT array_agg(ROW(e.taxonomy, e.event, e.action, e.polarity, e.detail, NULL, false)::journey.event_actions)
	INTO names FROM journey.taxonomy_events(chosen) AS e;

	WITH event AS MATERIALIZED (
		SELECT e.event, e.action, e.detail, a.role, e.place
		FROM unnest(names) WITH ORDINALITY AS e (taxonomy, event, action, polarity, detail, note, builtin, place)
		JOIN journey.actions AS a ON a.action = e.action
	), name AS MATERIALIZED (
		/*
		 * Of page_view and page_view/pay with different actions, the one with
		 * the detail must be tried first.
		 */
		SELECT e.*,
			   CASE WHEN strpos(e.event, '/') > 0 THEN
				   EXISTS (SELECT FROM event AS b
						   WHERE b.event = split_part(e.event, '/', 1) AND b.action <> e.action)
			   ELSE false END AS is_special,
			   CASE WHEN strpos(e.event, '/') = 0 THEN
				   EXISTS (SELECT FROM event AS b
						   WHERE strpos(b.event, '/') > 0
							 AND split_part(b.event, '/', 1) = e.event AND b.action <> e.action)
			   ELSE false END AS has_special
		FROM event AS e
	), rule AS MATERIALIZED (
		SELECT r.action, r.seq, r.detail, r.stage, r.policy,
			   journey.stage_model_fill(r.context, vals) AS context
		FROM journey.stage_rules AS r
		LEFT JOIN journey.actions AS a ON a.action = r.action
		WHERE r.model = model.model
		  AND a.role IS DISTINCT FROM 'ignore'
		  AND NOT EXISTS (SELECT FROM string_to_table(r.policy, ',') AS p
						  WHERE vals ->> split_part(p, '=', 1) IS DISTINCT FROM split_part(p, '=', 2))
	), line AS MATERIALIZED (
		/* names with a detail of their own that others have without */
		SELECT 1 AS block, r.action, r.policy, r.seq, t.terms AS matcher, r.context, r.stage
		FROM rule AS r
		CROSS JOIN LATERAL (
			SELECT string_agg(nullif(journey.stage_model_term(n.event, n.detail, d), ''), ' | ' ORDER BY n.place, d) AS terms
			FROM name AS n
			CROSS JOIN unnest(coalesce(r.detail, ARRAY[NULL::text])) AS d
			WHERE n.action = r.action AND n.is_special) AS t
		WHERE t.terms IS NOT NULL
		UNION ALL
		SELECT 2, r.action, r.policy, r.seq, 'act_' || r.action, r.context, r.stage
		FROM rule AS r
		WHERE r.detail IS NULL AND r.action IN (SELECT n.action FROM name AS n)
		UNION ALL
		SELECT 2, r.action, r.policy, r.seq, t.terms, r.context, r.stage
		FROM rule AS r
		CROSS JOIN LATERAL (
			SELECT string_agg(nullif(journey.stage_model_term(n.event, n.detail, d), ''), ' | ' ORDER BY n.place, d) AS terms
			FROM name AS n
			CROSS JOIN unnest(r.detail) AS d
			WHERE n.action = r.action) AS t
		WHERE r.detail IS NOT NULL AND t.terms IS NOT NULL
		UNION ALL
		SELECT 3, r.action, r.policy, r.seq, '*', r.context, r.stage
		FROM rule AS r
		WHERE r.action = '*'
	), token AS (
		/* act_<action>/<detail> in contexts of rules that are written */
		SELECT DISTINCT t.part[1] AS action, t.part[2] AS detail
		FROM line AS l
		CROSS JOIN LATERAL regexp_matches(regexp_replace(l.context, '"([^"]|"")*"', '""', 'g'),
										  reference, 'g') AS t (part)
	), used AS (
		SELECT l.action FROM line AS l WHERE l.block = 2 AND l.matcher = 'act_' || l.action
		UNION
		SELECT t.action FROM token AS t WHERE t.detail IS NULL
		UNION
		SELECT a.action FROM journey.actions AS a WHERE a.role IN ('purchase', 'refund', 'delivery') OR a.offsite
	), definition AS (
		SELECT 1 AS block, 'ignore' AS name,
			   string_agg(CASE WHEN n.has_special THEN '"' || replace(n.event, '"', '""') || '"'
							   WHEN n.event = 'ignore' THEN n.event
							   ELSE journey.stage_model_term(n.event) END, ' | ' ORDER BY n.place) AS terms
		FROM name AS n
		WHERE n.role = 'ignore'
		UNION ALL
		SELECT 2, 'act_' || n.action,
			   string_agg(CASE WHEN n.has_special AND n.role IS NOT NULL THEN '"' || replace(n.event, '"', '""') || '"'
							   ELSE journey.stage_model_term(n.event) END, ' | ' ORDER BY n.place)
		FROM name AS n
		WHERE n.action IN (SELECT u.action FROM used AS u) AND n.role IS DISTINCT FROM 'ignore'
		GROUP BY n.action
		UNION ALL
		SELECT 3, 'act_' || t.action || '__' || t.detail,
			   string_agg(nullif(journey.stage_model_term(n.event, n.detail, t.detail), ''), ' | ' ORDER BY n.place)
		FROM token AS t
		JOIN name AS n ON n.action = t.action
		WHERE t.detail IS NOT NULL
		GROUP BY t.action, t.detail
		UNION ALL
		SELECT 4, a.role, string_agg('act_' || a.action, ' | ' ORDER BY a.action COLLATE "C")
		FROM journey.actions AS a
		WHERE a.role IN ('purchase', 'refund', 'delivery') AND a.action IN (SELECT n.action FROM name AS n)
		GROUP BY a.role
		UNION ALL
		SELECT 4, 'offsite', string_agg('act_' || a.action, ' | ' ORDER BY a.action COLLATE "C")
		FROM journey.actions AS a
		WHERE a.offsite AND a.role IS DISTINCT FROM 'ignore' AND a.action IN (SELECT n.action FROM name AS n)
	)
	SELECT (SELECT string_agg(d.name || ' = ' || d.terms || ';', E'\n' ORDER BY d.block, d.name COLLATE "C")
			FROM definition AS d WHERE d.terms IS NOT NULL),
		   (SELECT string_agg(l.matcher || coalesce(' when ' || regexp_replace(l.context, with_detail, 'act_\1__\2', 'g'), '') || ' -> '
							  || CASE WHEN l.stage IS NULL THEN 'none'
									  WHEN l.stage ~ '^[a-z_][a-z0-9_]*$' AND l.stage <> 'none' THEN l.stage
									  ELSE '"' || replace(l.stage, '"', '""') || '"' END || ';',
							  E'\n' ORDER BY l.block, l.action COLLATE "C", l.policy IS NULL, l.seq)
			FROM line AS l)
	INTO defs, rules;

	IF rules IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('no rule of stage model "%s" speaks of an event of the chosen taxonomies', model.model),
			HINT = 'Choose more taxonomies, or add names to journey.event_actions.';
	END IF;
	RETURN concat_ws(E'\n\n', head, defs, rules) || E'\n';
END
$$;

COMMENT ON FUNCTION journey.stage_model_literal(text, text[], jsonb) IS
$$The literal that stage_model(name, taxonomies, settings) compiles, to be read, kept under version control or changed by hand: stages and options, a definition act_<action> for the event names of each action, the definitions purchase, refund, delivery, offsite and ignore, and the rules. Arguments and errors are those of stage_model. NULL for a NULL name.$$;

CREATE FUNCTION journey.stage_model(name text, taxonomies text[] DEFAULT NULL, settings jsonb DEFAULT '{}')
RETURNS journey.stage_model
LANGUAGE sql STABLE PARALLEL SAFE COST 20000
RETURN CAST(journey.stage_model_literal(stage_model.name, stage_model.taxonomies, stage_model.settings) AS journey.stage_model);

COMMENT ON FUNCTION journey.stage_model(text, text[], jsonb) IS
$$A stage model by name. Six ship. five_stage: awareness, consideration, conversion, retention, advocacy. three_stage: awareness, conversion, loyalty. moments_five: the moments of truth zmot, fmot, smot, tmot, umot in no required order. moments_four: zmot, fmot, smot, tmot with their own meaning. lifecycle: visitor, prospect, first_time_buyer, loyal, evangelist, and lapsed as of a time. actions: what the customer did, whatever the tool called it, a stage for each action of journey.actions and for details such as message/opened or survey_answer/nps. Models of your own are rows of journey.stage_models and journey.stage_rules.

taxonomies: whose event names the model knows, in order of precedence: the first that knows a name decides what it means. NULL, the default: all, your own first, then backoffice_suggested, ga4_recommended, ga4_automatic_enhanced, segment_ecommerce_v2, segment_other, shopify_web_pixels, snowplow_ecommerce, matomo, meta_standard, schema_org_action. Names that no chosen taxonomy has stay unclassified and are reported as such; names of the actions ignore and experiment stay unclassified and are not reported.

settings: policies as a JSON object, for example {"repeat_policy": "cycle", "session_timeout": "1 h"}; stage_model_settings(name) lists those of a model with their defaults.

Details that the rules of the shipped models ask for are part of the event label, behind a slash. Pages: content, product (page_view/content). Messages: cart_recovery (notification_open/cart_recovery; cart_recovery_sent is one without saying so). Surveys: the kind, with the topic behind an underscore: brand, pre_purchase, nps, testimonial, csat, ces, csat_delivery, csat_support, ces_delivery, ces_support and csat_ or ces_ with any other topic (survey_answered/csat_delivery). The rating of a review and the score of a survey are the value of the touchpoint.

With a literal name alone, stage_model('five_stage') is a constant, read once. With more arguments, or a name that is not a literal, it reads tables, takes some 20 ms, and the server calls it anew for each row unless it stands in a sub-select of its own: SELECT classify(journey, (SELECT stage_model('five_stage', settings => '{"repeat_policy": "cycle"}'))) FROM shop.journeys. NULL for a NULL name. An unknown model, taxonomy, setting or value is an error that lists what there is.$$;
