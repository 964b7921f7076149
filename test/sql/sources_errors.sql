SET search_path = public, journey;
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE events (id bigint, "At" timestamptz, day date, name text, amount numeric, ok boolean, price money, data jsonb, span interval, gone text, key bytea, f double precision, pk oid);
ALTER TABLE events DROP COLUMN gone;
INSERT INTO events VALUES (1, '2026-01-01 10:00+00', '2026-01-01', 'page_view', 1.5);
\set VERBOSITY default

-- the name
SELECT create_source(NULL, 'events', 'id', 'At', 'name');
SELECT create_source('', 'events', 'id', 'At', 'name');
SELECT create_source(repeat('x', 64), 'events', 'id', 'At', 'name');
SELECT create_source('pg_shop', 'events', 'id', 'At', 'name');
SELECT create_source('my_pg_shop', 'events', 'id', 'At', 'name');
SELECT create_source('public', 'events', 'id', 'At', 'name');
SELECT create_source('journey', 'events', 'id', 'At', 'name');
SELECT * FROM create_source('shop', 'events', 'id', 'At', 'name');
SELECT create_source('shop', 'events', 'id', 'At', 'name');

-- the relation
SELECT create_source('x', NULL, 'id', 'At', 'name');
SELECT create_source('x', 'nothing', 'id', 'At', 'name');
SELECT create_source('x', 'Events', 'id', 'At', 'name') IS NOT NULL AS folded;		-- as in a query
SELECT drop_source('x');
SELECT create_source('x', '"Events"', 'id', 'At', 'name');
-- what is no name at all
SELECT create_source('x', '', 'id', 'At', 'name');
SELECT create_source('x', 'SELECT * FROM events', 'id', 'At', 'name');
SELECT create_source('x', '"events', 'id', 'At', 'name');
-- and what is one only in part: the words differ between server versions
DO $$
DECLARE
    source text;
BEGIN
    FOREACH source IN ARRAY '{public.events; DROP TABLE events,(SELECT 1)}'::text[] LOOP
        BEGIN
            PERFORM create_source('x', source, 'id', 'At', 'name');
        EXCEPTION WHEN invalid_name OR undefined_table THEN
            RAISE WARNING 'refused: %', source;
        END;
    END LOOP;
END $$;
SELECT create_source('x', 'a.b.c.d', 'id', 'At', 'name');
CREATE SEQUENCE numbers;
SELECT create_source('x', 'numbers', 'id', 'At', 'name');
CREATE TEMP TABLE events_here (id bigint, "At" timestamptz, name text);
SELECT create_source('x', 'events_here', 'id', 'At', 'name');

-- the columns
SELECT create_source('x', 'events', NULL, 'At', 'name');
SELECT create_source('x', 'events', 'id', 'at', 'name');
SELECT create_source('x', 'events', 'id', '"At"', 'name');
SELECT create_source('x', 'events', 'id', 'At', 'gone');
SELECT create_source('x', 'events', 'id', 'At', 'ctid');
SELECT create_source('x', 'events', 'id', 'At', 'lower(name)');
SELECT create_source('x', 'events', 'id', 'At', 'name', channel => 'utm');
SELECT create_source('x', 'events', 'id', 'At', 'name', value => 'revenue');
SELECT create_source('x', 'events', 'id', 'At', 'name', detail => 'page');
SELECT create_source('x', 'events', 'id', 'At', 'name', order_id => 'no');
SELECT create_source('x', 'events', 'user', 'At', 'name', channel => 'utm', tiebreak => 'seq');
SELECT create_source('x', 'events', 'amount', 'At', 'name');
SELECT create_source('x', 'events', 'data', 'At', 'name');
SELECT create_source('x', 'events', 'id', 'span', 'name');
SELECT create_source('x', 'events', 'id', 'name', 'name');
SELECT create_source('x', 'events', 'id', 'At', 'ok');
SELECT create_source('x', 'events', 'id', 'At', 'id');
SELECT create_source('x', 'events', 'id', 'At', 'name', channel => 'data');
SELECT create_source('x', 'events', 'id', 'At', 'name', value => 'name');
SELECT create_source('x', 'events', 'id', 'At', 'name', value => 'price');
SELECT create_source('x', 'events', 'id', 'At', 'name', detail => 'amount');
SELECT create_source('x', 'events', 'id', 'At', 'name', order_id => 'key');
SELECT create_source('x', 'events', 'id', 'At', 'name', tiebreak => 'amount');

-- the settings
SELECT create_source('x', 'events', 'id', 'At', 'name', timezone => NULL);
SELECT create_source('x', 'events', 'id', 'At', 'name', timezone => 'Europe/Atlantis');
SELECT create_source('x', 'events', 'id', 'At', 'name', timezone => 'UTC''; DROP TABLE events; --');
SELECT create_source('x', 'events', 'id', 'At', 'name', week_start => 'someday');
SELECT create_source('x', 'events', 'id', 'At', 'name', session_timeout => '-1 s');
SELECT create_source('x', 'events', 'id', 'At', 'name', session_timeout => '0');
SELECT create_source('x', 'events', 'id', 'At', 'name', session_timeout => '1 month');
SELECT create_source('x', 'events', 'id', 'At', 'name', model => 'six_stage');
SELECT create_source('x', 'events', 'id', 'At', 'name', moments => 'moments_six');
SELECT create_source('x', 'events', 'id', 'At', 'name', moments => NULL);
SELECT create_source('x', 'events', 'id', 'At', 'name', model => NULL);
SELECT create_source('x', 'events', 'id', 'At', 'name', taxonomies => '{klingon}');
SELECT create_source('x', 'events', 'id', 'At', 'name', settings => '[]');
SELECT create_source('x', 'events', 'id', 'At', 'name', settings => '{"colour": "red"}');
SELECT create_source('x', 'events', 'id', 'At', 'name', settings => '{"delivery": "by drone"}');

-- the events
INSERT INTO events VALUES (2, 'infinity', '2026-01-01', 'page_view');
SELECT create_source('x', 'events', 'id', 'At', 'name');
UPDATE events SET "At" = '2026-01-01 10:00+00', f = 'NaN' WHERE id = 2;
SELECT create_source('x', 'events', 'id', 'At', 'name', value => 'f');
UPDATE events SET f = NULL, name = repeat('x', 1025) WHERE id = 2;
SELECT create_source('x', 'events', 'id', 'At', 'name');
DELETE FROM events WHERE id = 2;
SELECT to_regnamespace('x') IS NULL AS nothing_left;

-- rebuild and drop_source
SELECT rebuild(NULL);
SELECT rebuild('nothing');
SELECT rebuild('public');
SELECT drop_source(NULL);
SELECT drop_source('public');
ALTER TABLE events RENAME COLUMN name TO what;
SELECT rebuild('shop');
ALTER TABLE events RENAME COLUMN what TO name;
ALTER TABLE events ALTER COLUMN id TYPE text;
SELECT rebuild('shop');
ALTER TABLE events ALTER COLUMN id TYPE bigint USING id::bigint;
UPDATE shop.source SET timezone = 'Nowhere';
SELECT rebuild('shop');
UPDATE shop.source SET timezone = 'UTC', model_name = 'six_stage';
SELECT rebuild('shop');
UPDATE shop.source SET model_name = 'five_stage';
INSERT INTO shop.source SELECT * FROM shop.source;
ALTER TABLE events RENAME TO events_of_old;
SELECT rebuild('shop');
ALTER TABLE events_of_old RENAME TO events;
SELECT * FROM rebuild('shop');
BEGIN;
DELETE FROM shop.source;
SELECT rebuild('shop');
ROLLBACK;
SELECT drop_source('shop');

-- definitions of a model
SELECT filter('[]'::journey, stage_model('five_stage', NULL), 'purchases');
SELECT matches(stage_model('five_stage', NULL), 'nonsense', 'purchase', NULL, NULL);
DROP TABLE events;
DROP SEQUENCE numbers;
