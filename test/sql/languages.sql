SET search_path = public, journey;
SET timezone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset format unaligned

--
-- Names in Arabic and Hebrew, mixed with digits and Latin: every view gives them
-- back byte by byte, without marks of direction, cut or turned around.
--
INSERT INTO taxonomies (taxonomy) VALUES ('بالعربية');
INSERT INTO event_actions (taxonomy, event, action, polarity, detail) VALUES
	('بالعربية', 'نقرة إعلان', 'ad_click', 1, NULL),
	('بالعربية', 'عرض المنتج', 'item_view', 1, NULL),
	('بالعربية', 'הוספה לסל', 'cart_add', 1, NULL),
	('بالعربية', 'خطأ الدفع 3DS', 'checkout_error', -1, NULL),
	('بالعربية', 'شراء', 'purchase', 1, NULL),
	('بالعربية', 'נשלח', 'order_ship', 1, NULL),
	('بالعربية', 'تم التسليم', 'order_deliver', 1, NULL),
	('بالعربية', 'ביקורת', 'review_write', 0, NULL),
	('بالعربية', 'دعوة صديق', 'refer', 1, NULL);
INSERT INTO stage_models (model, literal) VALUES ('مراحل',
	'stages "وعي" > "תחילת דרך" > "وفاء"; purchase = "شراء"; delivery = "تم التسليم"; "شراء" -> "وفاء"; * when customer -> "وفاء"; "عرض المنتج" | "הוספה לסל" -> "תחילת דרך"; "سؤال" -> none; "نقرة إعلان" -> "وعي";');
CREATE TABLE "أحداث" ("عميل" text, "وقت" timestamptz, "حدث" text, "قناة" text, "قيمة" float8, "طلب" text);
INSERT INTO "أحداث"
SELECT c.customer, '2026-01-05 10:00+00'::timestamptz + (n * 7 + e.hours) * interval '1 hour', e.event, CASE WHEN e.hours < 30 THEN e.channel END, e.value,
	   CASE WHEN e.of_order THEN 'طلب-' || n END
FROM (VALUES ('عميل 1', 0), ('לקוח ב', 1), ('عميل ٣', 2), ('לקוח ד׳', 300)) AS c(customer, n),
	 (VALUES (0, 'نقرة إعلان', 'إعلانات', NULL, false), (1, 'عرض المنتج', 'إعلانات', NULL, false), (25, 'עמוד לא ידוע', 'חיפוש', NULL, false),
			 (26, 'הוספה לסל', 'חיפוש', NULL, false), (26.2, 'خطأ الدفع 3DS', 'חיפוש', NULL, false), (26.5, 'شراء', 'חיפוש', 99.5, true),
			 (50, 'נשלח', NULL, NULL, true), (200, 'تم التسليم', NULL, NULL, true), (230, 'ביקורת', NULL, 5, false),
			 (300, 'دعوة صديق', 'בריד', NULL, false), (900, 'شراء', 'إعلانات', 20, false)) AS e(hours, event, channel, value, of_order);
SELECT * FROM create_source('متجر', '"أحداث"', 'عميل', 'وقت', 'حدث', 'قناة', 'قيمة', model => 'مراحل', order_id => 'طلب');
SELECT name, source, model FROM sources WHERE name = 'متجر';
SELECT stage_no, stage, customers, reached FROM "متجر".stage_funnel ORDER BY stage_no;
SELECT customer, stage, first_channel, last_channel FROM "متجر".customers ORDER BY customer COLLATE "C";
SELECT from_event, to_event, transitions FROM "متجر".event_transitions ORDER BY from_event COLLATE "C", to_event COLLATE "C";
SELECT stage, coalesce(label('مراحل', stage, 'he'), stage) AS label FROM "متجر".stage_funnel ORDER BY stage_no;
SELECT DISTINCT m.moment, label('moments_five', m.moment, 'ar') AS ar, label('moments_five', m.moment, 'zh-Hant') AS zh FROM "متجر".moments AS m ORDER BY m.moment;

/*
 * Each text of each view, without the names that went in, holds no letter that
 * is written from right to left, no mark of direction and no broken character;
 * and each view with events, channels, customers or stages has such names.
 */
CREATE FUNCTION languages_check(schema text) RETURNS TABLE (view text, col text, texts bigint, with_names bigint, wrong bigint) LANGUAGE plpgsql AS $$
DECLARE
	c record;
	names text[];
BEGIN
	SELECT array_agg(n.name ORDER BY length(n.name) DESC, n.name COLLATE "C") INTO names FROM (
		SELECT "عميل" FROM "أحداث" UNION SELECT "حدث" FROM "أحداث" UNION SELECT "قناة" FROM "أحداث" UNION SELECT "طلب" FROM "أحداث"
		UNION SELECT s.stage FROM "متجر".source AS k, journey.stages(k.model) AS s) AS n(name)
	WHERE n.name IS NOT NULL;
	FOR c IN
		SELECT i.table_name, i.column_name FROM information_schema.columns AS i JOIN information_schema.views AS v USING (table_schema, table_name)
		WHERE i.table_schema = schema AND i.data_type = 'text' ORDER BY i.table_name COLLATE "C", i.ordinal_position
	LOOP
		view := c.table_name;
		col := c.column_name;
		EXECUTE format('SELECT count(*), count(*) FILTER (WHERE r.rest IS DISTINCT FROM r.whole), count(*) FILTER (WHERE r.rest ~ $2)
			FROM (SELECT DISTINCT t.%I AS whole, (SELECT w.rest FROM
				(WITH RECURSIVE s(i, rest) AS (SELECT 0, t.%1$I UNION ALL SELECT i + 1, replace(rest, ($1)[i + 1], '''') FROM s WHERE i < cardinality($1)) SELECT rest FROM s ORDER BY i DESC LIMIT 1) AS w) AS rest
				FROM %I.%I AS t WHERE t.%1$I IS NOT NULL) AS r', c.column_name, schema, c.table_name)
			INTO texts, with_names, wrong
			USING names, '[\u0590-\u08ff\ufb1d-\ufefc\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]';
		RETURN NEXT;
	END LOOP;
END
$$;
SELECT view, col, with_names > 0 AS has_names, wrong FROM languages_check('متجر') WHERE with_names > 0 OR wrong > 0 ORDER BY view COLLATE "C", col COLLATE "C";
SELECT count(*) > 100 AS text_columns, sum(wrong) AS wrong FROM languages_check('متجر');
-- the check finds what it is for
BEGIN;
UPDATE "أحداث" SET "حدث" = 'שונה' WHERE "حدث" = 'شراء';
SELECT sum(wrong) > 0 AS found FROM languages_check('متجر');
ROLLBACK;

SELECT drop_source('متجر');
DROP TABLE "أحداث";
DROP FUNCTION languages_check;
DELETE FROM event_actions WHERE taxonomy = 'بالعربية';
DELETE FROM taxonomies WHERE taxonomy = 'بالعربية';
DELETE FROM stage_models WHERE model = 'مراحل';
