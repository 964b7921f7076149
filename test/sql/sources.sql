SET search_path = public, journey;
SET timezone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never

--
-- from a table with odd names to journeys
--
CREATE SCHEMA "Odd ""Schema""";
CREATE TABLE "Odd ""Schema"""."My Events; --" (
	"user id" bigint, "When" timestamptz, "event""name" text, "Channel%" text, "väl" numeric, "detail's" text, "order no." integer, "a.b" smallint);
INSERT INTO "Odd ""Schema"""."My Events; --" VALUES
	(1, '2026-01-05 10:00', 'page_view', 'email', NULL, 'landing', NULL, 1),
	(1, '2026-01-05 10:01', 'view_item', 'email', NULL, '', NULL, 2),
	(1, '2026-01-05 10:01', 'add_to_cart', '', NULL, NULL, NULL, 1),
	(1, '2026-01-05 10:05', 'purchase', 'email', 19.99, NULL, 100, 1),
	(1, '2026-01-05 10:06', 'purchase', 'email', 19.99, NULL, 100, 2),
	(1, '2026-01-07 10:06', 'order_shipped', NULL, NULL, NULL, 100, 3),
	(1, '2026-01-07 11:06', 'order_shipped', NULL, NULL, NULL, 100, 3),
	(2, '2026-01-06 00:30', 'page_view', 'direct', NULL, NULL, NULL, NULL),
	(2, NULL, 'page_view', 'direct', NULL, NULL, NULL, NULL),
	(2, '2026-01-06 00:31', NULL, 'direct', NULL, NULL, NULL, NULL),
	(2, '2026-01-06 00:32', '', 'direct', NULL, NULL, NULL, NULL),
	(3, NULL, 'page_view', NULL, NULL, NULL, NULL, NULL),
	(NULL, '2026-01-06 00:31', 'page_view', NULL, NULL, NULL, NULL, NULL);
SELECT * FROM create_source('Odd "Source"; --', '"Odd ""Schema"""."My Events; --"', 'user id', 'When', 'event"name',
							channel => 'Channel%', value => 'väl', detail => 'detail''s', order_id => 'order no.', tiebreak => 'a.b',
							timezone => 'Europe/Berlin');
SELECT * FROM "Odd ""Source""; --".journeys ORDER BY customer;
SELECT source, customer, at, event, channel, value, detail, order_id, tiebreak, timezone, week_start, session_timeout, model_name, taxonomies, settings, customers, touchpoints, last_at
FROM "Odd ""Source""; --".source;
SELECT name, owner = current_user AS mine, source, model, timezone, week_start, customers, touchpoints, created_at = rebuilt_at AS fresh FROM sources;
SELECT * FROM rebuild('Odd "Source"; --');
SELECT drop_source('Odd "Source"; --');
SELECT count(*) FROM sources;
DROP SCHEMA "Odd ""Schema""" CASCADE;

--
-- the name of the relation is read as in a query, with the caller's search_path
--
CREATE TABLE ev (who integer, at timestamptz, name text);
INSERT INTO ev VALUES (7, '2026-01-05 10:00', 'page_view'), (7, '2026-01-05 10:10', 'purchase'), (8, '2026-02-05 10:00', 'page_view');
SELECT * FROM create_source('s', source => 'ev', customer => 'who', at => 'at', event => 'name');
SELECT source, model_name, timezone FROM s.source;
SELECT customer, purchases, revenue FROM s.customers ORDER BY customer;
-- nothing needs a search_path
SET search_path = '';
SELECT customer, journey::text, pg_typeof(customer) FROM s.journeys ORDER BY customer;
SELECT count(*) FROM s.touchpoints;
SELECT * FROM journey.rebuild('s');
SET search_path = public, journey;

-- how the store is kept
SELECT a.attname, a.attstorage, t.typname, a.attnotnull FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
WHERE a.attrelid = 's.store'::regclass AND a.attnum > 0 ORDER BY a.attnum;
SELECT c.reloptions, i.reloptions AS index_options, x.indisprimary
FROM pg_class AS c JOIN pg_index AS x ON x.indrelid = c.oid JOIN pg_class AS i ON i.oid = x.indexrelid WHERE c.oid = 's.store'::regclass;
SELECT count(*) AS one_row_only FROM pg_index WHERE indrelid = 's.source'::regclass AND indisunique;

--
-- rebuild: what changed, and nothing else
--
CREATE TABLE before AS SELECT customer, ctid AS place, xmin::text AS version FROM s.store;
INSERT INTO ev VALUES (8, '2026-02-06 10:00', 'purchase'), (9, '2026-02-07 10:00', 'page_view'), (10, '2026-02-07 10:00', 'page_view');
SELECT * FROM rebuild('s');
SELECT customer, journey FROM s.journeys ORDER BY customer;
SELECT customer, s.ctid = b.place AND s.xmin::text = b.version AS untouched FROM s.store AS s JOIN before AS b USING (customer) ORDER BY customer;
SELECT * FROM rebuild('s');
DELETE FROM ev WHERE who = 7;
UPDATE ev SET at = at + interval '1 hour' WHERE who = 9;
SELECT * FROM rebuild('s');
SELECT customer, journey FROM s.journeys ORDER BY customer;
SELECT name, customers, touchpoints FROM sources;
SELECT customers, touchpoints, last_at FROM s.source;
DROP TABLE before;

-- deliveries make the model expect them, unless a setting says otherwise
SELECT model::text LIKE '%option delivery = none;%' AS none FROM s.source;
INSERT INTO ev VALUES (9, '2026-02-20 10:00', 'order_delivered');
SELECT customers, changed FROM rebuild('s');
SELECT model::text LIKE '%option delivery = logged;%' AS logged FROM s.source;
UPDATE s.source SET settings = '{"delivery": "none"}', session_timeout = '2 hours', model_name = 'three_stage';
SELECT changed FROM rebuild('s');
SELECT model::text LIKE '%option delivery = none;%' AS none, model::text LIKE '%option session_timeout = 2 h%' AS timeout,
	   (SELECT array_agg(stage ORDER BY stage_no) FROM s.stage_funnel) AS stages FROM s.source;

-- an error in between leaves the state before
CREATE FUNCTION fails(n integer) RETURNS integer LANGUAGE plpgsql AS $$BEGIN IF n = 10 THEN RAISE EXCEPTION 'stop at %', n; END IF; RETURN n; END$$;
ALTER TABLE ev RENAME TO ev_table;
CREATE VIEW ev AS SELECT fails(who) AS who, at + interval '1 day' AS at, name FROM ev_table;
CREATE TABLE before AS SELECT * FROM s.store;
\set VERBOSITY terse
SELECT rebuild('s');
SELECT create_source('half', 'ev', 'who', 'at', 'name');
SET statement_timeout = '100ms';
CREATE OR REPLACE VIEW ev AS SELECT who, at + interval '1 day' AS at, name FROM ev_table, LATERAL (SELECT pg_sleep(who)) AS w;
SELECT rebuild('s');
SELECT create_source('half', 'ev', 'who', 'at', 'name');
RESET statement_timeout;
\set VERBOSITY default
SELECT count(*) FILTER (WHERE s.journey = b.journey) AS same, count(*) AS customers FROM s.store AS s FULL JOIN before AS b USING (customer);
SELECT to_regnamespace('half');
DROP TABLE before;
DROP VIEW ev;
ALTER TABLE ev_table RENAME TO ev;

--
-- drop_source takes what create_source made, and no more
--
CREATE VIEW mine AS SELECT * FROM s.customers;
CREATE TABLE s.notes (note text);
SELECT drop_source('s');
DROP VIEW mine;
SELECT drop_source('s');
SELECT count(*) AS still_there FROM sources;
SELECT drop_source('s', cascade => true);
SELECT to_regnamespace('s'), to_regclass('ev');
SELECT count(*) AS dependencies FROM pg_depend \gset
SELECT * FROM create_source('s', 'ev', 'who', 'at', 'name');
SELECT drop_source('s');
SELECT count(*) - :dependencies AS left_over FROM pg_depend;
DROP TABLE ev;
DROP FUNCTION fails;

--
-- customers of every type
--
CREATE DOMAIN customer_number AS bigint CHECK (VALUE > 0);
CREATE TABLE typed (b bigint, i integer, u uuid, t text, v varchar(20), c char(4), d customer_number,
	tz timestamptz, ts timestamp, da date, e text, x double precision);
INSERT INTO typed SELECT n, n, lpad(n::text, 32, '0')::uuid, 'Käufer ' || n, 'v' || n, 'c', n,
	'2026-03-29 00:30+00'::timestamptz + n * interval '1 hour', '2026-03-29 01:30'::timestamp + n * interval '1 hour', '2026-03-29'::date + n, 'page_view', n
FROM generate_series(1, 3) AS n;
DO $$
DECLARE
	col text;
BEGIN
	FOREACH col IN ARRAY '{b,i,u,t,v,c,d}'::text[] LOOP
		PERFORM journey.create_source('by_' || col, 'typed', col, 'tz', 'e', timezone => 'Europe/Berlin');
	END LOOP;
END
$$;
SELECT a.attrelid::regclass AS store, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute AS a
WHERE a.attrelid::regclass::text LIKE 'by\__.store' AND a.attname = 'customer' ORDER BY 1;
SELECT * FROM by_u.journeys ORDER BY customer;
SELECT * FROM by_t.journeys ORDER BY customer;
SELECT * FROM by_c.journeys ORDER BY customer;
SELECT changed, removed FROM rebuild('by_u') UNION ALL SELECT changed, removed FROM rebuild('by_t') UNION ALL SELECT changed, removed FROM rebuild('by_c') UNION ALL SELECT changed, removed FROM rebuild('by_d');
SELECT count(drop_source(name)) FROM sources WHERE name LIKE 'by\__';

-- times of every type: without zone they are those of the source's zone (the clock goes from 2 to 3 on 2026-03-29)
SELECT create_source('tz', 'typed', 'i', 'tz', 'e', timezone => 'Europe/Berlin'), create_source('ts', 'typed', 'i', 'ts', 'e', timezone => 'Europe/Berlin'), create_source('da', 'typed', 'i', 'da', 'e', timezone => 'Europe/Berlin');
SELECT customer, a.journey AS tz, b.journey AS ts, c.journey AS da FROM tz.journeys AS a JOIN ts.journeys AS b USING (customer) JOIN da.journeys AS c USING (customer) ORDER BY customer;
SELECT count(drop_source(name)) FROM sources WHERE name IN ('tz', 'ts', 'da');

-- values, events and channels of other types
CREATE TYPE mood AS ENUM ('page_view', 'purchase');
CREATE TABLE kinds (id bigint, at timestamptz, ev mood, ch varchar(9), n numeric(8,2), i2 smallint, f real, i8 bigint);
INSERT INTO kinds VALUES (1, '2026-01-01 00:00+00', 'purchase', 'a', 1.25, 2, 0.5, 9007199254740993), (1, '2026-01-01 00:00:01+00', 'page_view', 'b', NULL, NULL, NULL, NULL);
SELECT create_source('n', 'kinds', 'id', 'at', 'ev', 'ch', 'n'), create_source('i2', 'kinds', 'id', 'at', 'ev', 'ch', 'i2'), create_source('f', 'kinds', 'id', 'at', 'ev', 'ch', 'f'), create_source('i8', 'kinds', 'id', 'at', 'ev', 'ch', 'i8');
SELECT journey FROM n.journeys UNION ALL SELECT journey FROM i2.journeys UNION ALL SELECT journey FROM f.journeys UNION ALL SELECT journey FROM i8.journeys;
SELECT count(drop_source(name)) FROM sources WHERE name IN ('n', 'i2', 'f', 'i8');
DROP TABLE kinds, typed;
DROP TYPE mood;
DROP DOMAIN customer_number;

--
-- relations of every kind
--
CREATE TABLE parts (id bigint, at timestamptz, ev text) PARTITION BY RANGE (at);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (MINVALUE) TO ('2026-02-01');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO (MAXVALUE);
INSERT INTO parts SELECT n % 5, '2026-01-01 00:00+00'::timestamptz + n * interval '1 day', 'page_view' FROM generate_series(1, 60) AS n;
CREATE VIEW viewed AS SELECT id AS customer, at, upper(ev) AS ev FROM parts;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM viewed;
SELECT create_source('on_parts', 'parts', 'id', 'at', 'ev'), create_source('on_view', 'viewed', 'customer', 'at', 'ev'), create_source('on_matview', 'kept', 'customer', 'at', 'ev');
SELECT count(*) AS customers, bool_and(p.journey = (SELECT journey_agg(e.at, e.ev) FROM parts AS e WHERE e.id = p.customer)) AS same,
	   bool_and(v.journey = m.journey) AS same_too, bool_and(touchpoint_count(v.journey) = touchpoint_count(p.journey)) AS all_there
FROM on_parts.journeys AS p JOIN on_view.journeys AS v USING (customer) JOIN on_matview.journeys AS m USING (customer);
-- a foreign table, where postgres_fdw can be had
CREATE TABLE foreign_answer AS SELECT 5 AS customers, 60 AS touchpoints;
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgres_fdw') THEN
		RETURN;
	END IF;
	CREATE EXTENSION postgres_fdw;
	EXECUTE format('CREATE SERVER journey_loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname %L, host %L, port %L)', current_database(),
				   trim(split_part(current_setting('unix_socket_directories'), ',', 1)), current_setting('port'));
	CREATE USER MAPPING FOR CURRENT_USER SERVER journey_loopback;
	CREATE FOREIGN TABLE parts_there (id bigint, at timestamptz, ev text) SERVER journey_loopback OPTIONS (table_name 'parts_here');
END
$$;
CREATE TABLE parts_here AS SELECT * FROM parts;
DO $$
BEGIN
	IF to_regclass('parts_there') IS NOT NULL THEN
		-- where the loopback needs a password there is nothing to try
		BEGIN
			PERFORM FROM parts_there;
		EXCEPTION WHEN OTHERS THEN
			RETURN;
		END;
		UPDATE foreign_answer SET (customers, touchpoints) = (SELECT c.customers, c.touchpoints FROM journey.create_source('on_foreign', 'parts_there', 'id', 'at', 'ev') AS c);
		PERFORM journey.drop_source('on_foreign');
	END IF;
END
$$;
SELECT * FROM foreign_answer;
DROP EXTENSION IF EXISTS postgres_fdw CASCADE;
SELECT count(drop_source(name)) FROM sources WHERE name LIKE 'on\_%';

-- no events at all
CREATE TABLE none (id bigint, at timestamptz, ev text);
SELECT * FROM create_source('empty', 'none', 'id', 'at', 'ev');
SELECT (SELECT count(*) FROM empty.customers) AS customers, (SELECT count(*) FROM empty.touchpoints) AS touchpoints, (SELECT count(*) FROM empty.stage_transitions) AS transitions,
	   (SELECT count(*) FROM empty.retention_weekly) AS weeks, (SELECT count(*) FROM empty.retention_monthly) AS months, (SELECT count(*) FROM empty.stage_funnel_by_month) AS funnel_months;
SELECT stage, customers, reached, reached_rate, reached_or_beyond, of_previous_rate FROM empty.stage_funnel ORDER BY stage_no;
SELECT drop_source('empty');
DROP TABLE none, parts_here, foreign_answer;
DROP TABLE parts CASCADE;

--
-- purchases that are reported twice
--
CREATE TABLE orders (id bigint, at timestamptz, ev text, amount numeric, no text, seq bigint);
INSERT INTO orders VALUES
	(1, '2026-01-01 10:00+00', 'purchase', 10, 'A', 2),
	(1, '2026-01-01 10:00+00', 'purchase', 11, 'A', 1),			-- first by tiebreak
	(1, '2026-01-01 09:00+00', 'checkout_completed', 12, 'B', 1),
	(1, '2026-01-02 09:00+00', 'purchase', 13, 'B', 1),			-- the same order under another name
	(1, '2026-01-03 09:00+00', 'purchase', 14, '', 1),
	(1, '2026-01-03 10:00+00', 'purchase', 15, '', 1),			-- no order id: both count
	(1, '2026-01-03 11:00+00', 'purchase', 16, NULL, 1),
	(1, '2026-01-04 09:00+00', 'order_shipped', NULL, 'A', 1),
	(1, '2026-01-05 09:00+00', 'order_shipped', NULL, 'A', 1),	-- two parcels
	(1, NULL, 'purchase', 17, 'C', 1),
	(1, '2026-01-06 09:00+00', 'purchase', 18, 'C', 1),			-- the one before has no time
	(2, '2026-01-06 09:00+00', 'purchase', 19, 'A', 1);			-- another customer
SELECT * FROM create_source('deduplicated', 'orders', 'id', 'at', 'ev', value => 'amount', order_id => 'no', tiebreak => 'seq');
SELECT customer, n, at, event, value, purchase_no FROM deduplicated.touchpoints ORDER BY customer, n;
SELECT customer, purchases, revenue FROM deduplicated.customers ORDER BY customer;
-- each order's own events, repeated messages included; a customer's orders are his own
SELECT customer, order_id, journey FROM deduplicated.orders_by_id ORDER BY customer, order_id;
DELETE FROM orders WHERE no = 'B';
UPDATE orders SET at = at + interval '1 day' WHERE no = 'A' AND ev = 'order_shipped';
INSERT INTO orders VALUES (3, '2026-01-07 09:00+00', 'order_delivered', NULL, 'D', 1);
SELECT * FROM rebuild('deduplicated');
SELECT customer, order_id, journey FROM deduplicated.orders_by_id ORDER BY customer, order_id;
-- what else is compiled with the source, and follows its settings
SELECT model_name, moments_name, (SELECT string_agg(stage, ',') FROM stages(moments)) AS moments, (SELECT string_agg(stage, ',') FROM stages(states)) AS states,
	   (SELECT count(*) FROM stages(actions)) AS actions, strpos(moments::text, 'option delivery = logged') > 0 AS logged FROM deduplicated.source;
UPDATE deduplicated.source SET moments_name = 'moments_four';
SELECT * FROM rebuild('deduplicated');
SELECT moments_name, (SELECT string_agg(stage, ',') FROM stages(moments)) AS moments FROM deduplicated.source;
SELECT drop_source('deduplicated');
SELECT * FROM create_source('without', 'orders', 'id', 'at', 'ev', value => 'amount', moments => 'moments_four');
SELECT (SELECT count(*) FROM without.orders_by_id) AS orders, moments_name FROM without.source;
SELECT drop_source('without');
DROP TABLE orders;

--
-- rights: always the caller's
--
CREATE ROLE regress_journey_owner;
CREATE ROLE regress_journey_reader;
CREATE ROLE regress_journey_stranger;
DO $$BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_journey_owner, regress_journey_stranger', current_database()); END$$;
CREATE TABLE tenants (tenant text, id bigint, at timestamptz, ev text);
INSERT INTO tenants VALUES ('regress_journey_owner', 1, '2026-01-01 10:00+00', 'page_view'), ('other', 2, '2026-01-01 10:00+00', 'page_view');
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants USING (tenant = current_user);
GRANT SELECT ON tenants TO regress_journey_owner;
SET ROLE regress_journey_stranger;
SELECT create_source('t', 'public.tenants', 'id', 'at', 'ev');
SET ROLE regress_journey_owner;
SET client_min_messages = notice;
SELECT * FROM create_source('t', 'public.tenants', 'id', 'at', 'ev');
SET client_min_messages = warning;
SELECT * FROM t.journeys;
SELECT name, owner FROM sources;
SELECT count(*) FROM t.stage_funnel;
DELETE FROM t.customers;				-- nobody writes through a view by mistake
UPDATE t.journeys SET customer = 7;
SET ROLE regress_journey_reader;
SELECT * FROM t.customers;
SELECT name, owner FROM sources;
SET ROLE regress_journey_owner;
GRANT USAGE ON SCHEMA t TO regress_journey_reader;
GRANT SELECT ON t.customers TO regress_journey_reader;
SET ROLE regress_journey_reader;
SELECT customer FROM t.customers;		-- the views run with the reader's rights
SET ROLE regress_journey_owner;
GRANT SELECT ON ALL TABLES IN SCHEMA t TO regress_journey_reader;
SET ROLE regress_journey_reader;
SELECT customer, touchpoints, stage FROM t.customers;
SELECT name, owner FROM sources;
SELECT rebuild('t');
SELECT drop_source('t');
-- somebody else sees other rows: a rebuild by the superuser takes all of them
RESET ROLE;
SELECT * FROM rebuild('t');
SET ROLE regress_journey_owner;
SELECT * FROM rebuild('t');
-- a column privilege is enough
RESET ROLE;
CREATE TABLE columns_only (id bigint, at timestamptz, ev text, secret text);
INSERT INTO columns_only VALUES (1, '2026-01-01 10:00+00', 'page_view', 'x');
GRANT SELECT (id, at, ev) ON columns_only TO regress_journey_owner;
SET ROLE regress_journey_owner;
SELECT * FROM create_source('c', 'public.columns_only', 'id', 'at', 'ev');
SELECT * FROM create_source('c2', 'public.columns_only', 'id', 'at', 'ev', channel => 'secret');
SELECT drop_source('c');
-- a table that only looks like ours runs nothing in the reader's name
RESET ROLE;
CREATE FUNCTION trap() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE WARNING 'caught %', current_user; RETURN true; END$$;
SET ROLE regress_journey_owner;
ALTER TABLE t.source ENABLE ROW LEVEL SECURITY;
CREATE POLICY trap ON t.source USING (public.trap());
SET ROLE regress_journey_reader;
SELECT name FROM sources;
SET ROLE regress_journey_owner;
SELECT drop_source('t');
RESET ROLE;
DROP TABLE tenants, columns_only;
DROP FUNCTION trap;
DO $$BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM regress_journey_owner, regress_journey_stranger', current_database()); END$$;
DROP ROLE regress_journey_owner, regress_journey_reader, regress_journey_stranger;

--
-- each model asks whether deliveries are logged by its own definition
--
INSERT INTO stage_models (model, literal, settings) VALUES
	('regress_plain', 'stages looking > bought; option delivery = {delivery}; purchase = purchase; page_view -> looking; purchase when waiting -> bought; purchase -> bought;',
	 '{"delivery": {"values": ["auto", "logged", "none"], "default": "auto", "description": "x"}}');
CREATE TABLE arrivals (id bigint, at timestamptz, ev text);
INSERT INTO arrivals VALUES
	(1, '2026-01-01 10:00+00', 'purchase'), (1, '2026-01-03 10:00+00', 'order_delivered'),
	(2, '2026-01-01 10:00+00', 'purchase'), (3, '2026-02-01 10:00+00', 'page_view');
SELECT * FROM create_source('arrived', 'arrivals', 'id', 'at', 'ev', model => 'regress_plain', moments => 'regress_plain');
SELECT month, orders, delivered, open, overdue, complete FROM arrived.delivery_gap;
SELECT substring(model::text FROM 'delivery = \w+') AS model, substring(moments::text FROM 'delivery = \w+') AS moments,
	   substring(states::text FROM 'delivery = \w+') AS states, substring(actions::text FROM 'delivery = \w+') AS actions FROM arrived.source;
DELETE FROM arrivals WHERE ev = 'order_delivered';
SELECT * FROM rebuild('arrived');
SELECT month, orders, delivered, open, overdue, complete FROM arrived.delivery_gap;
INSERT INTO arrivals VALUES (2, '2026-01-02 10:00+00', 'order_delivered');
SELECT * FROM rebuild('arrived');
SELECT month, orders, delivered, open, overdue, complete FROM arrived.delivery_gap;
SELECT drop_source('arrived');
DROP TABLE arrivals;
DELETE FROM stage_models WHERE model = 'regress_plain';

SELECT count(*) FROM sources;
