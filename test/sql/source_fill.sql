SET search_path = public, journey;
SET timezone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never

CREATE TABLE fill_events AS
SELECT i::bigint * 7919 % 3000 AS id, '2026-01-01 00:00+00'::timestamptz + (i::bigint * 104729 % 1000003) * interval '1 min' AS at,
	'e' || i % 11 AS ev, CASE WHEN i % 3 = 0 THEN 'c' || i % 5 END AS ch, CASE WHEN i % 4 = 0 THEN i END::float8 AS v
FROM generate_series(1, 60000) AS i
UNION ALL	-- a journey of many pages, one of two thirds of a page, and rows that do not count
SELECT 5000, '2026-01-01 00:00+00'::timestamptz + i * interval '1.000001 s', 'x' || i % 300, NULL::text, i FROM generate_series(1, 30000) AS i
UNION ALL
SELECT 5001, '2026-01-01 00:00+00'::timestamptz + i * interval '1.000001 s', 'x', NULL, NULL FROM generate_series(1, 1500) AS i
UNION ALL
VALUES (NULL::bigint, '2026-01-01 00:00+00'::timestamptz, 'x', NULL::text, NULL::float8), (5002, NULL, 'x', NULL, NULL), (5003, '2026-01-01', NULL, NULL, NULL);

-- the rows of build, in a new table
CREATE FUNCTION fill(type text, query text, models stage_model[] DEFAULT '{}',
	OUT differences bigint, OUT counted boolean, OUT deliveries boolean[]) LANGUAGE plpgsql AS $$
DECLARE
	got record;
BEGIN
	EXECUTE format('CREATE TABLE fill_store (customer %s NOT NULL, journey journey NOT NULL) WITH (toast_tuple_target = 8160)', type);
	ALTER TABLE fill_store ALTER COLUMN journey SET STORAGE MAIN;
	SELECT * INTO got FROM source_fill('fill_store', query, models);
	deliveries := got.deliveries;
	EXECUTE format('SELECT count(*) FROM source_build(NULL::%s, %L) AS b FULL JOIN fill_store AS f ON f.customer = b.customer '
				   'WHERE f.journey IS DISTINCT FROM b.journey', type, query) INTO differences;
	counted := (SELECT (count(*), coalesce(sum(touchpoint_count(journey)), 0), max(last_at(journey))) IS NOT DISTINCT FROM
						ROW(got.customers, got.touchpoints::numeric, got.last_at) FROM fill_store);
	DROP TABLE fill_store;
END
$$;
SELECT fill('bigint', 'SELECT id, at, ev FROM fill_events');
SELECT fill('bigint', 'SELECT id, at, ev, ch, v FROM fill_events');
SELECT fill('text', 'SELECT ''customer '' || id, at, ev, ch FROM fill_events');
SELECT fill('uuid', 'SELECT md5(id::text)::uuid, at, ev, ch, v, (v * 7)::bigint % 13 FROM fill_events');
SELECT fill('numeric', 'SELECT id / 3.0, at, ev FROM fill_events');
SELECT fill('bigint', 'SELECT id, at, ev FROM fill_events WHERE false');
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT fill('bigint', 'SELECT id, at, ev, ch, v FROM fill_events');
SELECT fill('text', 'SELECT ''customer '' || id, at, ev || id FROM fill_events', ARRAY[stage_model('five_stage'), 'stages a; x -> a'::stage_model]);
RESET work_mem;
RESET hash_mem_multiplier;

-- an empty event is none, and so is an empty channel
SELECT customer, journey, count(*) OVER () FROM source_build(NULL::integer, $$
	VALUES (1, '2026-01-01'::timestamptz, '', 'x'), (1, '2026-01-02', 'e', ''), (1, '2026-01-03', 'f', 'x'), (2, '2026-01-01', '', ''),
		(3, 'infinity', '', NULL), (NULL, '2026-01-01', 'e', 'x'), (4, '2026-01-01', NULL, 'x')$$);
SELECT fill('integer', $$VALUES (1, '2026-01-01'::timestamptz, '', 'x'), (1, '2026-01-02', 'e', ''), (2, '2026-01-01', '', '')$$);
SELECT count(*) FROM source_build(NULL::integer, NULL);

-- deliveries: yes, no, and not known from the names
SELECT fill('bigint', 'SELECT id, at, ev, ch, v FROM fill_events', ARRAY[
	stage_model('five_stage'),
	'stages a; x -> a'::stage_model,
	'stages a; delivery = e7; x -> a'::stage_model,
	'stages a; delivery = nothing; x -> a'::stage_model,
	'stages a; delivery = e7@c1; x -> a'::stage_model,
	'stages a; delivery = e7 >= 10; x -> a'::stage_model,
	'stages a; delivery = nothing@c1; x -> a'::stage_model,
	'stages a; delivery = e7@c1 | e8; x -> a'::stage_model,
	'stages a; parcel = e7; delivery = parcel@c1; x -> a'::stage_model]);
-- too many names to be kept: the journeys are looked at
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
CREATE TABLE fill_names AS
SELECT i AS id, '2026-01-01 00:00+00'::timestamptz + i * interval '1 min' AS at, 'name ' || i AS ev FROM generate_series(1, 3000) AS i;
SELECT fill('integer', 'SELECT id, at, ev FROM fill_names', ARRAY[stage_model('five_stage')]);
SELECT create_source('fill_source', 'fill_names', 'id', 'at', 'ev');
SELECT model::text ~ 'delivery = logged' AS logged, moments::text ~ 'delivery = logged' AS moments_logged,
	states::text ~ 'delivery = logged' AS states_logged, actions::text ~ 'delivery = logged' AS actions_logged FROM fill_source.source;
SELECT drop_source('fill_source');
INSERT INTO fill_names VALUES (3000, '2026-01-05', 'order_delivered');
SELECT fill('integer', 'SELECT id, at, ev FROM fill_names', ARRAY[stage_model('five_stage')]);
SELECT create_source('fill_source', 'fill_names', 'id', 'at', 'ev');
SELECT model::text ~ 'delivery = logged' AS logged, moments::text ~ 'delivery = logged' AS moments_logged,
	states::text ~ 'delivery = logged' AS states_logged, actions::text ~ 'delivery = logged' AS actions_logged FROM fill_source.source;
CREATE TABLE before AS SELECT model, moments, states, actions, customers, touchpoints, last_at FROM fill_source.source;
SELECT * FROM rebuild('fill_source');
SELECT b = ROW(s.model, s.moments, s.states, s.actions, s.customers, s.touchpoints, s.last_at) AS same
FROM fill_source.source AS s, before AS b;
SELECT drop_source('fill_source');
DROP TABLE before, fill_names;
RESET work_mem;
RESET hash_mem_multiplier;

--
-- what is not filled
--
CREATE TABLE fill_old (customer bigint NOT NULL, journey journey NOT NULL);
CREATE FUNCTION refused(make text, query text DEFAULT 'SELECT id, at, ev FROM fill_events') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	told text;
BEGIN
	EXECUTE make;
	PERFORM source_fill('fill_new', query, '{}');
	RETURN 'filled';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS told = MESSAGE_TEXT;
	RETURN SQLSTATE || ' ' || told;
END
$$;
SELECT source_fill('fill_old', 'SELECT id, at, ev FROM fill_events', '{}');
SELECT refused('CREATE TABLE fill_new (customer bigint PRIMARY KEY, journey journey)');
SELECT refused('CREATE TABLE fill_new (customer bigint CHECK (customer > 0), journey journey)');
SELECT refused('CREATE TABLE fill_new (customer bigint, journey journey); ALTER TABLE fill_new ENABLE ROW LEVEL SECURITY');
SELECT refused('CREATE TABLE fill_new (customer bigint, journey journey); CREATE RULE r AS ON INSERT TO fill_new DO INSTEAD NOTHING');
SELECT refused('CREATE TABLE fill_new (customer bigint, journey journey); CREATE TRIGGER t BEFORE INSERT ON fill_new FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()');
SELECT refused('CREATE TABLE fill_new (customer bigint, journey journey) PARTITION BY LIST (customer)');
SELECT refused('CREATE VIEW fill_new AS SELECT * FROM fill_old');
SELECT refused('CREATE TABLE fill_new (customer bigint, journey journey, more text)');
SELECT refused('CREATE TABLE fill_new (customer bigint)');
SELECT refused('CREATE TABLE fill_new (customer bigint, journey text)');
SELECT refused('CREATE TABLE fill_new (customer bigint, more text, journey journey); ALTER TABLE fill_new DROP COLUMN more');
SELECT refused('CREATE TABLE fill_new (customer bigint GENERATED ALWAYS AS (1) STORED, journey journey)');
SELECT refused('CREATE DOMAIN fill_domain AS bigint; CREATE TABLE fill_new (customer fill_domain, journey journey)');
SELECT refused('CREATE TABLE fill_new (customer text, journey journey)');
SELECT refused('CREATE TABLE fill_new (customer bigint, journey journey)', 'SELECT id, at FROM fill_events');
SELECT refused('CREATE TABLE fill_new (customer bigint, journey journey)', 'SELECT id, CASE WHEN id = 5000 THEN ''infinity'' ELSE at END, ev FROM fill_events');
SELECT refused('CREATE TABLE fill_new (customer bigint, journey journey)', 'DELETE FROM fill_events RETURNING id, at, ev');
SELECT refused('CREATE TABLE fill_new (customer bigint, journey journey); SET LOCAL transaction_read_only = on');
CREATE ROLE regress_journey_filler;
GRANT SELECT ON fill_events TO regress_journey_filler;
SELECT refused('CREATE TABLE fill_new (customer bigint, journey journey); SET LOCAL ROLE regress_journey_filler');
SELECT refused('CREATE TABLE fill_new (customer bigint, journey journey); GRANT INSERT ON fill_new TO regress_journey_filler; SET LOCAL ROLE regress_journey_filler');
RESET ROLE;
SELECT count(*) FROM fill_new;
DROP TABLE fill_new;
BEGIN;
CREATE TABLE fill_new (customer bigint, journey journey);
SELECT source_fill('fill_new', NULL, '{}') IS NULL AS nothing;
SELECT source_fill('fill_new', 'SELECT id, at, ev FROM fill_events', ARRAY[NULL]::stage_model[]);
ROLLBACK;
-- a table of an outer transaction is new enough; what is undone is gone
BEGIN;
CREATE TABLE fill_new (customer bigint, journey journey);
SAVEPOINT a;
SELECT customers FROM source_fill('fill_new', 'SELECT id, at, ev FROM fill_events', '{}');
ROLLBACK TO a;
SELECT count(*) FROM fill_new;
SELECT customers, touchpoints, last_at, deliveries FROM source_fill('fill_new', 'SELECT id, at, ev FROM fill_events WHERE id < 10', '{}');
COMMIT;
SELECT count(*) FROM fill_new;

DROP TABLE fill_new, fill_old, fill_events;
DROP FUNCTION fill, refused;
DROP ROLE regress_journey_filler;
