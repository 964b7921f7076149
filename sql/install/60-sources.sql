\echo Use "CREATE EXTENSION journey" to load this file. \quit

/*
 * Sources: from a relation of events to a schema full of answers.
 *
 * A source is a schema, owned by whoever made it, with
 *	source		one row: what was given to create_source, and the model
 *	store		one row a customer: the customer's journey
 *	orders_by_id	one row an order, where orders have numbers: its journey
 *	journeys	a view of the store, and the views of 61-views.sql
 * There is no central list.  journey.sources finds the tables called "source"
 * in the catalog, so that dump, restore, ownership, GRANT and DROP SCHEMA need
 * no help from us.
 *
 * Every function runs with the rights of its caller.  Names given by users are
 * resolved with the caller's search_path by the SQL functions, which set none;
 * the PL/pgSQL functions behind them (journey.source_*) have a fixed one.
 * Relations get into statements as regclass, columns through %I, values through
 * %L: nothing a user gives is ever read as SQL.
 */

-- what is in the schema is guarded by its own rights
GRANT USAGE ON SCHEMA journey TO PUBLIC;

--
-- Building blocks
--

CREATE FUNCTION journey.source_table(name text) RETURNS regclass
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found regclass;
BEGIN
	SELECT c.oid::regclass INTO found
	FROM pg_class AS c
		JOIN pg_namespace AS n ON n.oid = c.relnamespace
		JOIN pg_attribute AS a ON a.attrelid = c.oid
	WHERE n.nspname = source_table.name AND c.relname = 'source' AND c.relkind = 'r'
		AND a.attname = 'model' AND a.atttypid = 'journey.stage_model'::regtype AND NOT a.attisdropped;
	IF found IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'undefined_object',
			MESSAGE = CASE WHEN source_table.name IS NULL THEN 'the name of the source must not be null'
					  ELSE format('source "%s" does not exist', source_table.name) END,
			HINT = 'SELECT name FROM journey.sources lists the sources you may see.';
	END IF;
	RETURN found;
END
$$;
COMMENT ON FUNCTION journey.source_table(text) IS
$$The table that holds the settings of a source: the table "source" in the schema of that name. An error (undefined_object) if there is no such source. A part of rebuild and drop_source.$$;

CREATE FUNCTION journey.source_columns_exist(relation regclass, cols text[], roles text[]) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	missing text;
	n bigint;
BEGIN
	SELECT string_agg(format('"%s" (%s)', g.col, g.role), ', ' ORDER BY g.no), count(*) INTO missing, n
	FROM unnest(source_columns_exist.cols, source_columns_exist.roles) WITH ORDINALITY AS g(col, role, no)
	WHERE g.col IS NOT NULL
		AND NOT EXISTS (SELECT FROM pg_attribute AS a
						WHERE a.attrelid = source_columns_exist.relation AND a.attname = g.col
							AND a.attnum > 0 AND NOT a.attisdropped);
	IF n > 0 THEN
		RAISE EXCEPTION USING
			ERRCODE = 'undefined_column',
			MESSAGE = CASE n WHEN 1 THEN format('column %s does not exist in %s', missing, source_columns_exist.relation)
					  ELSE format('columns %s do not exist in %s', missing, source_columns_exist.relation) END,
			DETAIL = (SELECT format('Its columns are %s.', string_agg(a.attname, ', ' ORDER BY a.attnum))
					  FROM pg_attribute AS a
					  WHERE a.attrelid = source_columns_exist.relation AND a.attnum > 0 AND NOT a.attisdropped),
			HINT = 'Columns are given by their plain names: no expressions, no double quotes, the same capitals. What has to be computed belongs in a view.';
	END IF;
END
$$;
COMMENT ON FUNCTION journey.source_columns_exist(regclass, text[], text[]) IS
$$An error (undefined_column) that names the columns that a relation does not have, with their roles in the source, and the columns there are. NULL columns are passed over. A part of create_source and rebuild.$$;

CREATE FUNCTION journey.source_column(relation regclass, col text, role text) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found oid;
	base oid;
	kind "char";
	category "char";
	takes text;
	fits boolean;
BEGIN
	SELECT a.atttypid INTO found
	FROM pg_attribute AS a
	WHERE a.attrelid = source_column.relation AND a.attname = source_column.col
		AND a.attnum > 0 AND NOT a.attisdropped;
	IF found IS NULL THEN
		PERFORM journey.source_columns_exist(relation, ARRAY[source_column.col], ARRAY[source_column.role]);
	END IF;

	-- a domain stands for what it is made of
	base := found;
	LOOP
		SELECT t.typtype, t.typcategory INTO kind, category FROM pg_type AS t WHERE t.oid = base;
		EXIT WHEN kind <> 'd';
		SELECT t.typbasetype INTO base FROM pg_type AS t WHERE t.oid = base;
	END LOOP;

	CASE source_column.role
		WHEN 'customer' THEN
			takes := 'bigint, integer, uuid or text';
			fits := base IN ('bigint'::regtype, 'integer'::regtype, 'uuid'::regtype, 'text'::regtype, 'varchar'::regtype, 'bpchar'::regtype);
		WHEN 'at' THEN
			takes := 'timestamptz, timestamp or date';
			fits := base IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype);
		WHEN 'value' THEN
			takes := 'a number';
			fits := base IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype, 'real'::regtype, 'double precision'::regtype);
		WHEN 'tiebreak' THEN
			takes := 'smallint, integer or bigint';
			fits := base IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype);
		WHEN 'order_id' THEN
			takes := 'a number, uuid, text or an enum';
			fits := category IN ('S', 'E', 'N') OR base = 'uuid'::regtype;
		ELSE
			takes := 'text or an enum';
			fits := category IN ('S', 'E');
	END CASE;
	IF NOT fits THEN
		RAISE EXCEPTION USING
			ERRCODE = 'datatype_mismatch',
			MESSAGE = format('column "%s" (%s) has type %s, which is not %s', source_column.col, source_column.role, format_type(found, NULL), takes),
			HINT = format('Give another column, or a view of %s that casts it.', source_column.relation);
	END IF;

	-- a column of some rows is all we read: say so before the first row is read
	IF NOT has_column_privilege(source_column.relation, source_column.col, 'SELECT') THEN
		RAISE EXCEPTION USING
			ERRCODE = 'insufficient_privilege',
			MESSAGE = format('permission denied for column "%s" (%s) of %s', source_column.col, source_column.role, source_column.relation),
			HINT = format('A source reads with the rights of its caller: GRANT SELECT ON %s TO %I.', source_column.relation, current_user);
	END IF;
	IF source_column.role = 'customer' AND category = 'S' THEN
		-- where the events hold different texts for the same, so must the store
		RETURN 'text' || coalesce((
			SELECT format(' COLLATE %I.%I', n.nspname, l.collname)
			FROM pg_attribute AS a
				JOIN pg_collation AS l ON l.oid = a.attcollation
				JOIN pg_namespace AS n ON n.oid = l.collnamespace
			WHERE a.attrelid = source_column.relation AND a.attname = source_column.col AND NOT l.collisdeterministic), '');
	END IF;
	RETURN format_type(base, NULL);
END
$$;
COMMENT ON FUNCTION journey.source_column(regclass, text, text) IS
$$The type of a column that is to play a role (customer, at, event, channel, value, detail, order_id, tiebreak) in a source, domains resolved; text for a customer of any character type, with its collation where that is not deterministic. Errors: no such column (undefined_column, with the columns there are), a type that cannot play the role (datatype_mismatch), no privilege to read it (insufficient_privilege). A part of create_source and rebuild.$$;

CREATE FUNCTION journey.source_name(given text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM parse_ident(source_name.given);
	RETURN source_name.given;
EXCEPTION WHEN invalid_parameter_value THEN
	RAISE EXCEPTION USING
		ERRCODE = 'invalid_name',
		MESSAGE = format('"%s" is not the name of a relation', source_name.given),
		HINT = 'Give the name of a table or view, as in public.events. A query belongs in a view, and the view is given as source.';
END
$$;
COMMENT ON FUNCTION journey.source_name(text) IS
$$The given name of a relation as it is, if it can be one; NULL for NULL. Otherwise an error (invalid_name): for a query, an empty text, an unclosed double quote. A part of create_source.$$;

CREATE FUNCTION journey.source_relation(relation regclass, given text) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	c record;
BEGIN
	IF source_relation.given IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'the relation with the events must not be null',
			HINT = 'Give the name of a table or view as source.';
	END IF;
	IF source_relation.relation IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'undefined_table',
			MESSAGE = format('relation "%s" does not exist', source_relation.given),
			HINT = 'The name is read as in a query: it may have a schema, and capitals or blanks need double quotes, as in public."My Events".';
	END IF;
	SELECT k.relkind, k.relpersistence INTO c FROM pg_class AS k WHERE k.oid = source_relation.relation;
	IF c.relkind NOT IN ('r', 'p', 'v', 'm', 'f') THEN
		RAISE EXCEPTION USING
			ERRCODE = 'wrong_object_type',
			MESSAGE = format('%s is not a table or view', source_relation.relation),
			HINT = 'A source reads a table, partitioned table, view, materialized view or foreign table.';
	END IF;
	IF c.relpersistence = 't' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'wrong_object_type',
			MESSAGE = format('%s is temporary', source_relation.given),
			HINT = 'A source is rebuilt by other sessions too, which cannot see it.';
	END IF;
	RETURN source_relation.relation::text;
END
$$;
COMMENT ON FUNCTION journey.source_relation(regclass, text) IS
$$The qualified name of the relation that a source reads, quoted where it must be. relation is what the given name stands for, NULL for nothing. Errors: no such relation (undefined_table), not something with rows, or temporary (wrong_object_type). A part of create_source and rebuild.$$;

CREATE FUNCTION journey.source_events(
	relation regclass,
	customer text,
	at text,
	event text,
	channel text,
	value text,
	detail text,
	order_id text,
	tiebreak text,
	timezone text,
	OUT events text,
	OUT columns text,
	OUT customer_type text,
	OUT rows text
)
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	at_type text;
	get_customer text := format('e.%I', customer);
	get_at text := format('e.%I', at);
	get_event text := format('nullif(e.%I::text, '''')', event);
	get_channel text := 'NULL::text';
	get_value text := 'NULL::double precision';
	get_tiebreak text := 'NULL::bigint';
	get_order_id text := 'NULL::text';
BEGIN
	PERFORM journey.source_columns_exist(relation, ARRAY[customer, at, event, channel, value, detail, order_id, tiebreak],
										 '{customer,at,event,channel,value,detail,order_id,tiebreak}');
	customer_type := journey.source_column(relation, customer, 'customer');
	at_type := journey.source_column(relation, at, 'at');
	PERFORM journey.source_column(relation, event, 'event');
	IF customer_type ~ '^text' THEN
		get_customer := get_customer || '::text';
	END IF;
	IF at_type <> 'timestamp with time zone' THEN
		get_at := format('(%s::timestamp AT TIME ZONE %L)', get_at, timezone);
	END IF;
	IF channel IS NOT NULL THEN
		PERFORM journey.source_column(relation, channel, 'channel');
		get_channel := format('nullif(e.%I::text, '''')', channel);
	END IF;
	IF value IS NOT NULL THEN
		PERFORM journey.source_column(relation, value, 'value');
		get_value := format('e.%I::double precision', value);
	END IF;
	IF detail IS NOT NULL THEN
		PERFORM journey.source_column(relation, detail, 'detail');
		get_event := format('%s || coalesce(''/'' || nullif(e.%I::text, ''''), '''')', get_event, detail);
	END IF;
	IF tiebreak IS NOT NULL THEN
		PERFORM journey.source_column(relation, tiebreak, 'tiebreak');
		get_tiebreak := format('e.%I::bigint', tiebreak);
	END IF;
	IF order_id IS NOT NULL THEN
		PERFORM journey.source_column(relation, order_id, 'order_id');
		get_order_id := format('nullif(e.%I::text, '''') COLLATE "C"', order_id);
	END IF;
	events := format('SELECT %s AS customer, %s AS at, %s AS event, %s AS channel, %s AS value, %s AS tiebreak, %s AS order_id FROM %s AS e WHERE e.%I IS NOT NULL',
					 get_customer, get_at, get_event, get_channel, get_value, get_tiebreak, get_order_id, relation, customer);
	-- build keeps what it is given, so it is given no more than there is
	columns := 'r.customer, r.at, r.event'
		|| CASE WHEN num_nonnulls(channel, value, tiebreak) > 0 THEN ', r.channel' ELSE '' END
		|| CASE WHEN num_nonnulls(value, tiebreak) > 0 THEN ', r.value' ELSE '' END
		|| CASE WHEN tiebreak IS NOT NULL THEN ', r.tiebreak' ELSE '' END;
	-- and leaves out what is null or empty faster than the server does
	rows := format('SELECT %s AS customer, %s AS at, %s AS event%s%s%s FROM %s AS e',
				   get_customer, get_at, CASE WHEN detail IS NULL THEN format('e.%I::text', event) ELSE get_event END,
				   CASE WHEN channel IS NOT NULL THEN format(', e.%I::text AS channel', channel)
						WHEN num_nonnulls(value, tiebreak) > 0 THEN ', NULL::text AS channel' ELSE '' END,
				   CASE WHEN num_nonnulls(value, tiebreak) > 0 THEN format(', %s AS value', get_value) ELSE '' END,
				   CASE WHEN tiebreak IS NOT NULL THEN format(', %s AS tiebreak', get_tiebreak) ELSE '' END,
				   relation);
END
$$;
COMMENT ON FUNCTION journey.source_events(regclass, text, text, text, text, text, text, text, text, text) IS
$$The statement that reads the events of a relation as they are: the text of a SELECT with the columns customer, at, event, channel, value, tiebreak and order_id; which of them, as r.*, a journey is made of; the type of the customer; and those columns of the rows as they are, for source_build, which leaves out what is null or empty. The arguments are those of create_source. Checks every column. A part of create_source and rebuild.$$;

CREATE FUNCTION journey.source_rows(events text, columns text, rows text, by_order boolean, model journey.stage_model) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	repeatable text;
BEGIN
	IF NOT by_order THEN
		RETURN rows;
	END IF;
	-- everything but purchases, and of each order's purchase the first message
	repeatable := format('(r.order_id IS NOT NULL AND journey.matches(%L::journey.stage_model, ''purchase'', r.event, r.channel, r.value)) IS TRUE', model);
	RETURN format('SELECT %3$s FROM (%1$s) AS r WHERE NOT (%2$s) '
				  'UNION ALL (SELECT DISTINCT ON (r.customer, r.order_id) %3$s '
				  'FROM (%1$s) AS r WHERE %2$s AND r.at IS NOT NULL '
				  'ORDER BY r.customer, r.order_id, r.at, r.tiebreak, r.event COLLATE "C", r.channel COLLATE "C", r.value)',
				  events, repeatable, columns);
END
$$;
COMMENT ON FUNCTION journey.source_rows(text, text, text, boolean, journey.stage_model) IS
$$The query whose rows become the journeys of a source, as source_build takes it. events, columns and rows are what source_events gives; by_order says whether the events bear numbers of orders, of whose purchase messages (as the model defines purchase) the first counts. A part of create_source and rebuild.$$;

CREATE FUNCTION journey.source_build(INOUT customer anyelement, query text, OUT journey journey.journey)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'journey_source_build' LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000000 ROWS 100000;
COMMENT ON FUNCTION journey.source_build(anyelement, text) IS
$$As build, but an empty event or channel is as good as NULL, as in every source. A part of rebuild.$$;

CREATE FUNCTION journey.source_query(events text, columns text, rows text, customer_type text, by_order boolean, model journey.stage_model) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN format('SELECT b.customer, b.journey FROM journey.source_build(NULL::%s, %L) AS b', source_query.customer_type,
				  journey.source_rows(source_query.events, source_query.columns, source_query.rows, source_query.by_order, source_query.model));
COMMENT ON FUNCTION journey.source_query(text, text, text, text, boolean, journey.stage_model) IS
$$The statement that turns events into one journey a customer: the text of a SELECT with the columns customer and journey, the rows being those of source_rows. customer_type is what source_events gives; the other arguments are those of source_rows. A part of rebuild; worth a look when a store does not hold what was expected.$$;

CREATE FUNCTION journey.source_fill(
	store regclass,
	query text,
	models journey.stage_model[],
	OUT customers bigint,
	OUT touchpoints bigint,
	OUT last_at timestamptz,
	OUT deliveries boolean[]
)
	AS 'MODULE_PATHNAME', 'journey_source_fill' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION journey.source_fill(regclass, text, journey.stage_model[]) IS
$$Writes what source_build(query) would answer to a new table, a thousand rows at once. The table has the columns customer and journey, was made by the same transaction, and has no index, trigger, rule, policy or CHECK yet (object_not_in_prerequisite_state otherwise); the caller needs INSERT on it. Answers with the number of customers and touchpoints, the time of the last one, and for each model whether any event fits its definition of a delivery: NULL where channels or values would have to be looked at, or where there are too many different names. Errors, memory and progress as for build. A part of create_source.$$;

CREATE FUNCTION journey.source_orders_query(events text, by_order boolean) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN format('SELECT g.customer, g.order_id, g.journey '
				  'FROM (SELECT r.customer, r.order_id, journey.journey_agg(r.at, r.event, r.channel, r.value, r.tiebreak) AS journey FROM (%s) AS r '
				  'WHERE %s GROUP BY r.customer, r.order_id) AS g '
				  'WHERE g.journey IS NOT NULL',
				  source_orders_query.events, CASE WHEN source_orders_query.by_order THEN 'r.order_id IS NOT NULL' ELSE 'false' END);
COMMENT ON FUNCTION journey.source_orders_query(text, boolean) IS
$$The statement that turns events into one journey an order, of all events that bear its number: the text of a SELECT with the columns customer, order_id and journey. Arguments as for source_query. A part of create_source and rebuild.$$;

CREATE FUNCTION journey.source_model(
	model text,
	taxonomies text[],
	settings jsonb,
	session_timeout interval,
	deliveries_logged boolean DEFAULT NULL
) RETURNS journey.stage_model
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN journey.stage_model(
		source_model.model,
		source_model.taxonomies,
		jsonb_build_object('session_timeout', trim_scale(extract(epoch FROM source_model.session_timeout))::text || ' s')
		|| CASE WHEN source_model.deliveries_logged THEN '{"delivery": "logged"}'::jsonb
				WHEN NOT source_model.deliveries_logged THEN '{"delivery": "none"}'::jsonb
				ELSE '{}'::jsonb END
		|| source_model.settings);
COMMENT ON FUNCTION journey.source_model(text, text[], jsonb, interval, boolean) IS
$$The model of a source: stage_model(model, taxonomies, settings) with the session timeout and with the option delivery = logged or none, as deliveries_logged says (NULL: the model's own). Whatever the settings name themselves wins. A part of create_source and rebuild.$$;

CREATE FUNCTION journey.source_check(model text, moments text, timezone text, week_start text, session_timeout interval, settings jsonb) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF model IS NULL OR moments IS NULL OR timezone IS NULL OR week_start IS NULL OR session_timeout IS NULL OR settings IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'model, moments, timezone, week_start, session_timeout and settings must not be null',
			HINT = 'Leave them out to get their defaults.';
	END IF;
	-- whoever is to use them later knows best which zones and days there are
	PERFORM journey.activity('[2026-01-01 00:00:00+00 x]'::journey.journey, '*', '*', 'week', timezone, week_start);
	IF extract(epoch FROM session_timeout) <= 0 OR extract(year FROM session_timeout) <> 0 OR extract(month FROM session_timeout) <> 0 THEN
		RAISE EXCEPTION USING
			ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'session_timeout must be more than 0 and must not have months or years',
			HINT = 'Give minutes or hours, such as 30 min.';
	END IF;
	IF jsonb_typeof(settings) <> 'object' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'settings must be a JSON object',
			HINT = 'An example is {"repeat_policy": "cycle"}.';
	END IF;
END
$$;
COMMENT ON FUNCTION journey.source_check(text, text, text, text, interval, jsonb) IS
$$Errors if a time zone, start of the week, session timeout or the settings cannot be used. A part of create_source and rebuild.$$;

--
-- create_source
--

CREATE FUNCTION journey.source_create(
	name text,
	given text,
	relation regclass,
	customer text,
	at text,
	event text,
	channel text,
	value text,
	model text,
	timezone text,
	detail text,
	order_id text,
	tiebreak text,
	taxonomies text[],
	settings jsonb,
	week_start text,
	session_timeout interval,
	moments text,
	OUT customers bigint,
	OUT touchpoints bigint
)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	source text := journey.source_relation(relation, given);
	compiled journey.stage_model;
	compiled_moments journey.stage_model;
	compiled_actions journey.stage_model;
	got record;
	fill text;
	deliveries boolean[];
	last_at timestamptz;
BEGIN
	IF name IS NULL OR name = '' OR octet_length(name) > 63 OR name LIKE '%pg\_%' THEN
		RAISE EXCEPTION USING
			ERRCODE = CASE WHEN name LIKE '%pg\_%' THEN 'reserved_name' ELSE 'invalid_name' END,
			MESSAGE = CASE WHEN name IS NULL THEN 'the name of the source must not be null'
					  ELSE format('"%s" cannot be the name of a source', name) END,
			HINT = 'The name becomes a schema: 1 to 63 bytes, without "pg_" anywhere in it (BI tools hide such schemas).';
	END IF;
	IF EXISTS (SELECT FROM pg_namespace AS n WHERE n.nspname = name) THEN
		IF EXISTS (SELECT FROM pg_class AS c
					JOIN pg_namespace AS n ON n.oid = c.relnamespace
					JOIN pg_attribute AS a ON a.attrelid = c.oid
				   WHERE n.nspname = name AND c.relname = 'source'
					AND a.atttypid = 'journey.stage_model'::regtype AND NOT a.attisdropped) THEN
			RAISE EXCEPTION USING
				ERRCODE = 'duplicate_object',
				MESSAGE = format('source "%s" already exists', name),
				HINT = format('SELECT journey.rebuild(%1$L) reads its events again; SELECT journey.drop_source(%1$L) removes it.', name);
		END IF;
		RAISE EXCEPTION USING
			ERRCODE = 'duplicate_schema',
			MESSAGE = format('schema "%s" already exists', name),
			HINT = 'A source makes a schema of its own: choose another name.';
	END IF;
	IF customer IS NULL OR at IS NULL OR event IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'the columns customer, at and event must not be null',
			HINT = format('Give the names of three columns of %s.', source);
	END IF;
	PERFORM journey.source_check(model, moments, timezone, week_start, session_timeout, settings);
	-- what a model means by purchase and delivery does not depend on whether there are deliveries
	compiled := journey.source_model(model, taxonomies, settings, session_timeout, false);
	compiled_moments := journey.source_model(moments, taxonomies, settings, session_timeout, false);
	compiled_actions := journey.source_model('actions', taxonomies, settings, session_timeout, false);
	SELECT * INTO got FROM journey.source_events(relation, customer, at, event, channel, value, detail, order_id, tiebreak, timezone);
	IF row_security_active(relation) THEN
		RAISE NOTICE USING
			MESSAGE = format('%s has row-level security', source),
			DETAIL = format('The store holds the events that %s may see, for everyone who may read the store.', current_user);
	END IF;

	BEGIN
		EXECUTE format('CREATE SCHEMA %I', name);
	EXCEPTION WHEN unique_violation THEN
		-- made by another session since we looked
		RAISE EXCEPTION USING
			ERRCODE = 'duplicate_schema',
			MESSAGE = format('schema "%s" already exists', name),
			HINT = 'Another session has just made it. Choose another name, or use that source.';
	END;
	EXECUTE format('COMMENT ON SCHEMA %I IS %L', name,
				   format('Customer journeys from %s, made by journey.create_source. SELECT journey.rebuild(%L) reads the events again.', source, name));

	EXECUTE format('CREATE TABLE %I.source (
		source text NOT NULL,
		customer text NOT NULL,
		at text NOT NULL,
		event text NOT NULL,
		channel text,
		value text,
		detail text,
		order_id text,
		tiebreak text,
		timezone text NOT NULL,
		week_start text NOT NULL,
		session_timeout interval NOT NULL,
		model_name text NOT NULL,
		taxonomies text[],
		settings jsonb NOT NULL,
		model journey.stage_model NOT NULL,
		moments_name text NOT NULL,
		moments journey.stage_model NOT NULL,
		states journey.stage_model NOT NULL,
		actions journey.stage_model NOT NULL,
		customers bigint NOT NULL,
		touchpoints bigint NOT NULL,
		last_at timestamptz,
		created_at timestamptz NOT NULL,
		rebuilt_at timestamptz NOT NULL)', name);
	EXECUTE format('CREATE UNIQUE INDEX source_has_one_row ON %I.source ((true))', name);
	EXECUTE format('COMMENT ON TABLE %1$I.source IS ''Settings of this source, one row. They may be changed by UPDATE: time zone and start of the week count at once, the others with the next journey.rebuild.'';
		COMMENT ON COLUMN %1$I.source.source IS ''Relation with the events, with its schema.'';
		COMMENT ON COLUMN %1$I.source.customer IS ''Its column with the customer.'';
		COMMENT ON COLUMN %1$I.source.at IS ''Its column with the time.'';
		COMMENT ON COLUMN %1$I.source.event IS ''Its column with the name of the event.'';
		COMMENT ON COLUMN %1$I.source.channel IS ''Its column with the channel; NULL for none.'';
		COMMENT ON COLUMN %1$I.source.value IS ''Its column with the value; NULL for none.'';
		COMMENT ON COLUMN %1$I.source.detail IS ''Its column that is added to the event after a slash; NULL for none.'';
		COMMENT ON COLUMN %1$I.source.order_id IS ''Its column with the number of the order, of whose purchase messages the first counts; NULL for none.'';
		COMMENT ON COLUMN %1$I.source.tiebreak IS ''Its column that orders events at equal times; NULL for none.'';
		COMMENT ON COLUMN %1$I.source.timezone IS ''Time zone of dates, months and weeks in the views, and of times without zone in the events.'';
		COMMENT ON COLUMN %1$I.source.week_start IS ''First day of a week in the views.'';
		COMMENT ON COLUMN %1$I.source.session_timeout IS ''A longer pause between two touchpoints starts a new visit; what the model calls offsite is in none.'';
		COMMENT ON COLUMN %1$I.source.model_name IS ''Name of the stage model.'';
		COMMENT ON COLUMN %1$I.source.taxonomies IS ''Taxonomies of event names in order of precedence; NULL for the default order.'';
		COMMENT ON COLUMN %1$I.source.settings IS ''Settings of the stage model as the user gave them.'';
		COMMENT ON COLUMN %1$I.source.model IS ''The stage model, compiled at the last rebuild; the views classify with it.'';
		COMMENT ON COLUMN %1$I.source.moments_name IS ''Name of the model of the moments of truth.'';
		COMMENT ON COLUMN %1$I.source.moments IS ''The model of the moments of truth, compiled at the last rebuild.'';
		COMMENT ON COLUMN %1$I.source.states IS ''The model lifecycle, compiled at the last rebuild: what a customer has become.'';
		COMMENT ON COLUMN %1$I.source.actions IS ''The model actions, compiled at the last rebuild: what the names of events mean.'';
		COMMENT ON COLUMN %1$I.source.customers IS ''Number of customers at the last rebuild.'';
		COMMENT ON COLUMN %1$I.source.touchpoints IS ''Number of touchpoints at the last rebuild.'';
		COMMENT ON COLUMN %1$I.source.last_at IS ''Time of the last touchpoint at the last rebuild: the views look at everybody as of then.'';
		COMMENT ON COLUMN %1$I.source.created_at IS ''When the source was made.'';
		COMMENT ON COLUMN %1$I.source.rebuilt_at IS ''When the events were last read (start of the transaction).''', name);

	EXECUTE format('CREATE TABLE %I.orders_by_id (customer %s NOT NULL, order_id text COLLATE "C" NOT NULL, journey journey.journey NOT NULL)',
				   name, got.customer_type);
	-- one page a journey where it fits: kept in the row, compressed only if it must be
	EXECUTE format('CREATE TABLE %1$I.store (customer %2$s NOT NULL, journey journey.journey NOT NULL) WITH (toast_tuple_target = 8160);
					ALTER TABLE %1$I.store ALTER COLUMN journey SET STORAGE MAIN', name, got.customer_type);
	fill := format('SELECT f.customers, f.touchpoints, f.last_at, f.deliveries FROM journey.source_fill(%L, %L, $1) AS f',
				   format('%I.store', name), journey.source_rows(got.events, got.columns, got.rows, order_id IS NOT NULL, compiled));
	IF order_id IS NOT NULL THEN
		-- one statement, so that both are of one state of the events
		fill := format('WITH filled AS MATERIALIZED (%2$s),
							 orders AS (INSERT INTO %1$I.orders_by_id (customer, order_id, journey) %3$s)
						SELECT f.* FROM filled AS f',
					   name, fill, journey.source_orders_query(got.events, true));
	END IF;
	EXECUTE fill INTO customers, touchpoints, last_at, deliveries USING ARRAY[compiled, compiled_moments, compiled_actions];
	EXECUTE format('COMMENT ON TABLE %1$I.store IS ''The journeys as of the last rebuild, one row a customer. Query the views instead.'';
		COMMENT ON COLUMN %1$I.store.customer IS ''The customer.'';
		COMMENT ON COLUMN %1$I.store.journey IS ''All touchpoints of the customer.''', name);
	EXECUTE format('COMMENT ON TABLE %1$I.orders_by_id IS ''The events that bear the number of an order, one journey an order, as of the last rebuild. Empty where the source names no column for it. Query the view orders instead.'';
		COMMENT ON COLUMN %1$I.orders_by_id.customer IS ''The customer.'';
		COMMENT ON COLUMN %1$I.orders_by_id.order_id IS ''Number of the order.'';
		COMMENT ON COLUMN %1$I.orders_by_id.journey IS ''All touchpoints that bear it, repeated messages of the purchase included.''', name);
	EXECUTE format('ALTER TABLE %I.store ADD CONSTRAINT store_pkey PRIMARY KEY (customer) WITH (fillfactor = 100)', name);
	EXECUTE format('ALTER TABLE %I.orders_by_id ADD CONSTRAINT orders_by_id_pkey PRIMARY KEY (customer, order_id)', name);
	EXECUTE format('ANALYZE %1$I.store, %1$I.orders_by_id', name);

	-- each model by its own definition: one of the user's may know no delivery
	IF deliveries[1] IS NULL OR deliveries[2] IS NULL OR deliveries[3] IS NULL THEN
		EXECUTE format('SELECT ARRAY(SELECT coalesce(m.known, EXISTS (SELECT FROM %I.store AS d WHERE journey.touchpoint_count(journey.filter(d.journey, m.model, ''delivery'')) > 0))
									 FROM unnest($1, $2) WITH ORDINALITY AS m(model, known, no) ORDER BY m.no)', name)
			INTO deliveries
			USING ARRAY[compiled, compiled_moments, compiled_actions], deliveries;
	END IF;
	-- the models were compiled as if there were none
	IF deliveries[1] THEN
		compiled := journey.source_model(model, taxonomies, settings, session_timeout, true);
	END IF;
	IF deliveries[2] THEN
		compiled_moments := journey.source_model(moments, taxonomies, settings, session_timeout, true);
	END IF;
	IF deliveries[3] THEN
		compiled_actions := journey.source_model('actions', taxonomies, settings, session_timeout, true);
	END IF;
	EXECUTE format('INSERT INTO %I.source VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, now(), now())', name)
		USING source, customer, at, event, channel, value, detail, order_id, tiebreak, timezone, lower(week_start),
			  session_timeout, model, taxonomies, settings, compiled, moments,
			  compiled_moments,
			  journey.source_model('lifecycle', taxonomies, settings, session_timeout, deliveries[3]),
			  compiled_actions,
			  customers, touchpoints, last_at;
	EXECUTE format('ANALYZE %I.source', name);
	PERFORM journey.source_views(name, value IS NOT NULL);
END
$$;
COMMENT ON FUNCTION journey.source_create(text, text, regclass, text, text, text, text, text, text, text, text, text, text, text[], jsonb, text, interval, text) IS
$$What create_source does once the name of the relation is resolved: call that instead.$$;

CREATE FUNCTION journey.create_source(
	name text,
	source text,
	customer text,
	at text,
	event text,
	channel text DEFAULT NULL,
	value text DEFAULT NULL,
	model text DEFAULT 'five_stage',
	timezone text DEFAULT 'UTC',
	detail text DEFAULT NULL,
	order_id text DEFAULT NULL,
	tiebreak text DEFAULT NULL,
	taxonomies text[] DEFAULT NULL,
	settings jsonb DEFAULT '{}',
	week_start text DEFAULT 'monday',
	session_timeout interval DEFAULT '30 minutes',
	moments text DEFAULT 'moments_five',
	OUT customers bigint,
	OUT touchpoints bigint
)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT c.customers, c.touchpoints
	FROM journey.source_create(
		create_source.name, create_source.source, to_regclass(journey.source_name(create_source.source)),
		create_source.customer, create_source.at, create_source.event, create_source.channel, create_source.value,
		create_source.model, create_source.timezone, create_source.detail, create_source.order_id, create_source.tiebreak,
		create_source.taxonomies, create_source.settings, create_source.week_start, create_source.session_timeout,
		create_source.moments) AS c;
END;
COMMENT ON FUNCTION journey.create_source(text, text, text, text, text, text, text, text, text, text, text, text, text[], jsonb, text, interval, text) IS
$$Makes a schema with the customer journeys of a relation of events: a table store with one journey a customer, and views with plain columns for BI tools, which source_view_names() lists. Answers with the number of customers and touchpoints.

name: name of the source and of its schema, which must not exist yet and belongs to the caller. source: name of a table, partitioned table, view, materialized view or foreign table, as in a query. The next ones are plain column names of it, taken literally (no double quotes, no expressions). customer: bigint, integer, uuid or text. at: timestamptz; timestamp or date are taken in timezone (a date is its midnight). event: text or an enum. channel: text or an enum. value: any number: revenue of purchases, ratings and scores of reviews and surveys. detail: text or an enum, added to the event after a slash where it is not empty (page_view/product). order_id: the number of the order, where events have one: of all purchase messages of one customer with one number only the first counts, and the view orders follows each order by its number. tiebreak: a number that orders events at equal times.

model: name of a stage model; taxonomies and settings go to stage_model(). timezone: of the dates, weeks and months in the views. week_start: first day of the week, by its English name. session_timeout: a longer pause starts a new visit. moments: name of the model of the moments of truth, moments_five, moments_four or your own. Each of the models of the source gets the option delivery = logged if any event fits its own definition of a delivery, else none, unless settings name it.

Rows without customer, time or event are skipped; empty channels, details and order ids are as good as NULL. The store holds the events as they are now: rebuild() reads them again. All is read with the caller's own rights: the caller needs SELECT on the columns and CREATE on the database, and row-level security of the relation applies, so that the store holds what the caller may see. Others get to the views by GRANT USAGE ON SCHEMA and GRANT SELECT ON ALL TABLES IN SCHEMA.

Errors: a name that is taken (duplicate_object, duplicate_schema) or not allowed (invalid_name, reserved_name), an unknown relation or column, a column type that cannot be used, no privilege, an unknown time zone, day or model; an error or interrupt leaves nothing behind. Costs one pass over the events, with a sort or hash by customer.$$;

--
-- rebuild
--

CREATE FUNCTION journey.rebuild(name text, OUT customers bigint, OUT touchpoints bigint, OUT changed bigint, OUT removed bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	settings_table regclass := journey.source_table(name);
	s record;
	relation regclass;
	compiled journey.stage_model;
	compiled_moments journey.stage_model;
	compiled_actions journey.stage_model;
	got record;
	store_type text;
	logged boolean;
	moments_logged boolean;
	actions_logged boolean;
	last_at timestamptz;
BEGIN
	-- two rebuilds after each other; readers are not in the way of this lock
	EXECUTE format('LOCK TABLE %I.store IN SHARE UPDATE EXCLUSIVE MODE', name);
	EXECUTE format('SELECT * FROM %s', settings_table) INTO s;
	IF s IS NULL OR s.source IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = format('source "%s" has no settings', name),
			HINT = format('Table %s must have one row. SELECT journey.drop_source(%L) and create_source make the source anew.', settings_table, name);
	END IF;
	relation := to_regclass(s.source);
	PERFORM journey.source_relation(relation, s.source);
	PERFORM journey.source_check(s.model_name, s.moments_name, s.timezone, s.week_start, s.session_timeout, s.settings);
	compiled := journey.source_model(s.model_name, s.taxonomies, s.settings, s.session_timeout);
	compiled_moments := journey.source_model(s.moments_name, s.taxonomies, s.settings, s.session_timeout);
	compiled_actions := journey.source_model('actions', s.taxonomies, s.settings, s.session_timeout);
	SELECT * INTO got FROM journey.source_events(relation, s.customer, s.at, s.event, s.channel, s.value, s.detail, s.order_id, s.tiebreak, s.timezone);
	store_type := journey.source_column(format('%I.store', name)::regclass, 'customer', 'customer');
	IF store_type <> got.customer_type THEN
		RAISE EXCEPTION USING
			ERRCODE = 'datatype_mismatch',
			MESSAGE = format('column "%s" (customer) of %s has become %s, the store has %s', s.customer, s.source, got.customer_type, store_type),
			HINT = format('SELECT journey.drop_source(%L) and create_source make the source anew.', name);
	END IF;

	EXECUTE format('WITH fresh AS MATERIALIZED (%2$s),
		fresh_order AS MATERIALIZED (%3$s),
		order_gone AS (
			DELETE FROM %1$I.orders_by_id AS o
			WHERE NOT EXISTS (SELECT FROM fresh_order AS f WHERE f.customer = o.customer AND f.order_id = o.order_id)),
		order_put AS (
			INSERT INTO %1$I.orders_by_id AS o (customer, order_id, journey)
			SELECT f.customer, f.order_id, f.journey
			FROM fresh_order AS f LEFT JOIN %1$I.orders_by_id AS h ON h.customer = f.customer AND h.order_id = f.order_id
			WHERE h.customer IS NULL OR h.journey OPERATOR(journey.<>) f.journey
			ON CONFLICT (customer, order_id) DO UPDATE SET journey = excluded.journey),
		gone AS (
			DELETE FROM %1$I.store AS o
			WHERE NOT EXISTS (SELECT FROM fresh AS f WHERE f.customer = o.customer)
			RETURNING 1),
		put AS (
			INSERT INTO %1$I.store AS o (customer, journey)
			SELECT f.customer, f.journey
			FROM fresh AS f LEFT JOIN %1$I.store AS h ON h.customer = f.customer
			WHERE h.customer IS NULL OR h.journey OPERATOR(journey.<>) f.journey
			ON CONFLICT (customer) DO UPDATE SET journey = excluded.journey
			RETURNING 1)
		SELECT (SELECT count(*) FROM fresh), (SELECT coalesce(sum(journey.touchpoint_count(f.journey)), 0) FROM fresh AS f),
			   EXISTS (SELECT FROM fresh AS f WHERE journey.touchpoint_count(journey.filter(f.journey, $1, ''delivery'')) > 0),
			   EXISTS (SELECT FROM fresh AS f WHERE journey.touchpoint_count(journey.filter(f.journey, $2, ''delivery'')) > 0),
			   EXISTS (SELECT FROM fresh AS f WHERE journey.touchpoint_count(journey.filter(f.journey, $3, ''delivery'')) > 0),
			   (SELECT max(journey.last_at(f.journey)) FROM fresh AS f),
			   (SELECT count(*) FROM put), (SELECT count(*) FROM gone)',
			name, journey.source_query(got.events, got.columns, got.rows, store_type, s.order_id IS NOT NULL, compiled),
			journey.source_orders_query(got.events, s.order_id IS NOT NULL))
		INTO customers, touchpoints, logged, moments_logged, actions_logged, last_at, changed, removed
		USING compiled, compiled_moments, compiled_actions;
	IF changed + removed > 0 THEN
		EXECUTE format('ANALYZE %1$I.store, %1$I.orders_by_id', name);
	END IF;

	compiled := journey.source_model(s.model_name, s.taxonomies, s.settings, s.session_timeout, logged);
	EXECUTE format('UPDATE %s SET model = $1, moments = $2, states = $3, actions = $4, customers = $5, touchpoints = $6, last_at = $7, rebuilt_at = now()', settings_table)
		USING compiled,
			  journey.source_model(s.moments_name, s.taxonomies, s.settings, s.session_timeout, moments_logged),
			  journey.source_model('lifecycle', s.taxonomies, s.settings, s.session_timeout, actions_logged),
			  journey.source_model('actions', s.taxonomies, s.settings, s.session_timeout, actions_logged),
			  customers, touchpoints, last_at;
END
$$;
COMMENT ON FUNCTION journey.rebuild(text) IS
$$Reads the events of a source again and brings its store up to date: SELECT * FROM journey.rebuild('shop'). Answers with the number of customers and touchpoints there are now, of customers that are new or have changed, and of customers removed because they have no events any more.

One statement with one snapshot: readers see the state before or the state after, and never wait. Only rows that differ are written. A second rebuild of the same source waits for the first. The model is compiled anew from the settings in the table source of the schema, which may have been changed by UPDATE. An error or interrupt leaves the state before.

Runs with the caller's rights, row-level security included: call it as the owner of the source. Functions in a view that is the source run as the caller too; a superuser should not rebuild sources of people that are not trusted. Errors as for create_source; undefined_object if there is no such source. Costs one pass over the events, and memory or temporary files for the new journeys.$$;

--
-- drop_source
--

CREATE FUNCTION journey.drop_source(name text, "cascade" boolean DEFAULT false) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	what text;
	about text;
BEGIN
	PERFORM journey.source_table(drop_source.name);
	IF drop_source."cascade" THEN
		EXECUTE format('DROP SCHEMA %I CASCADE', drop_source.name);
		RETURN;
	END IF;
	BEGIN
		SELECT string_agg(format('%I.%I', drop_source.name, v), ', ') INTO what
		FROM unnest(journey.source_view_names()) AS v;
		EXECUTE format('DROP VIEW IF EXISTS %s', what);
		EXECUTE format('DROP TABLE %1$I.store, %1$I.orders_by_id, %1$I.source', drop_source.name);
		EXECUTE format('DROP SCHEMA %I', drop_source.name);
	EXCEPTION WHEN dependent_objects_still_exist THEN
		GET STACKED DIAGNOSTICS about = PG_EXCEPTION_DETAIL;
		RAISE EXCEPTION USING
			ERRCODE = 'dependent_objects_still_exist',
			MESSAGE = format('cannot drop source "%s" because other objects depend on it', drop_source.name),
			DETAIL = about,
			HINT = format('Drop them first, or SELECT journey.drop_source(%L, cascade => true) to drop them too.', drop_source.name);
	END;
END
$$;
COMMENT ON FUNCTION journey.drop_source(text, boolean) IS
$$Removes a source: its views, store, settings and schema; the events stay as they are. Objects of yours in its schema, or that depend on its views, are an error (dependent_objects_still_exist) unless cascade is true, which drops them too. The caller must own the source. undefined_object if there is no such source.$$;

--
-- The list of sources
--

CREATE FUNCTION journey.source_list()
	RETURNS TABLE(name text, owner text, source text, model text, timezone text, week_start text,
				  customers bigint, touchpoints bigint, created_at timestamptz, rebuilt_at timestamptz)
	LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	t record;
BEGIN
	/*
	 * Anybody may make a table that looks like ours, so what is read must not
	 * run anybody's code: plain tables only, no policies but the caller's own,
	 * and every column of exactly the type we know.
	 */
	FOR t IN
		SELECT c.oid::regclass AS id, n.nspname::text AS schema, pg_get_userbyid(c.relowner)::text AS owner
		FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE c.relname = 'source' AND c.relkind = 'r'
			AND (NOT c.relrowsecurity OR pg_has_role(c.relowner, 'USAGE'))
			AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
			AND (SELECT count(*) FROM pg_attribute AS a
				 WHERE a.attrelid = c.oid AND NOT a.attisdropped
					AND (a.attname::text, a.atttypid) IN (
						('model', 'journey.stage_model'::regtype), ('source', 'text'::regtype), ('model_name', 'text'::regtype),
						('timezone', 'text'::regtype), ('week_start', 'text'::regtype),
						('customers', 'bigint'::regtype), ('touchpoints', 'bigint'::regtype),
						('created_at', 'timestamptz'::regtype), ('rebuilt_at', 'timestamptz'::regtype))) = 9
		ORDER BY n.nspname
	LOOP
		RETURN QUERY EXECUTE format(
			'SELECT $1, $2, s.source, s.model_name, s.timezone, s.week_start, s.customers, s.touchpoints, s.created_at, s.rebuilt_at FROM ONLY %s AS s', t.id)
			USING t.schema, t.owner;
	END LOOP;
END
$$;
COMMENT ON FUNCTION journey.source_list() IS
$$The rows of the view sources.$$;

CREATE VIEW journey.sources WITH (security_invoker = true) AS
	SELECT l.name, l.owner, l.source, l.model, l.timezone, l.week_start, l.customers, l.touchpoints, l.created_at, l.rebuilt_at
	FROM journey.source_list() AS l;
GRANT SELECT ON journey.sources TO PUBLIC;
COMMENT ON VIEW journey.sources IS 'The sources in this database that you may read, one row each.';
COMMENT ON COLUMN journey.sources.name IS 'Name of the source and of its schema.';
COMMENT ON COLUMN journey.sources.owner IS 'Role that owns it.';
COMMENT ON COLUMN journey.sources.source IS 'Relation with the events.';
COMMENT ON COLUMN journey.sources.model IS 'Name of the stage model.';
COMMENT ON COLUMN journey.sources.timezone IS 'Time zone of dates, weeks and months in its views.';
COMMENT ON COLUMN journey.sources.week_start IS 'First day of a week in its views.';
COMMENT ON COLUMN journey.sources.customers IS 'Number of customers at the last rebuild.';
COMMENT ON COLUMN journey.sources.touchpoints IS 'Number of touchpoints at the last rebuild.';
COMMENT ON COLUMN journey.sources.created_at IS 'When the source was made.';
COMMENT ON COLUMN journey.sources.rebuilt_at IS 'When its events were last read.';
