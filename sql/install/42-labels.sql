\echo Use "CREATE EXTENSION journey" to load this file. \quit

-- Names of stages in other languages.

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
-- rights and dumps
-- ---------------------------------------------------------------------------

GRANT SELECT ON journey.stage_labels TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON journey.stage_labels TO @extowner@ WITH GRANT OPTION;

SELECT pg_catalog.pg_extension_config_dump('journey.stage_labels', 'WHERE NOT builtin');
