/*
 * The frame of the bench: questions, what was measured, and the loop that
 * measures.  Times are taken in the server around each statement, so that
 * neither client nor connection counts.
 */
CREATE EXTENSION journey;
CREATE SCHEMA bench;
SET search_path = bench;

/* How the bench was called, and facts for the head of the report. */
CREATE TABLE setting (
	name text PRIMARY KEY,
	value text NOT NULL
);

/* Rows as the generator writes them. */
CREATE TABLE events (
	customer bigint NOT NULL,
	at timestamptz NOT NULL,
	event text NOT NULL,
	channel text,
	revenue double precision
);
CREATE TABLE events_tenth (LIKE events);
CREATE TABLE other_events (LIKE events);

/* The tables that questions are asked of.  $T in a query stands for name. */
CREATE TABLE store (
	name text PRIMARY KEY,
	description text NOT NULL,
	steps text[] NOT NULL,				-- $STEPS: four steps of a funnel
	size_target numeric					-- bytes a customer
);
INSERT INTO store VALUES
	('seconds', '12 names, whole seconds', '{view_item,add_to_cart,begin_checkout,purchase}', 115),
	('microseconds', '12 names, microseconds', '{view_item,add_to_cart,begin_checkout,purchase}', NULL),
	('names', '40 names, 30 of them not well known, whole seconds', '{product_page_seen,basket_item_added,begin_checkout,purchase}', 290),
	('channels', '12 names, whole seconds, channel and revenue', '{view_item,add_to_cart,begin_checkout,purchase}', NULL);

/*
 * A question belongs to a topic; all questions of a topic are measured in
 * turn, round by round.  Ratios are to the question of the same topic and store
 * that baseline names; one without is given as it is.
 */
CREATE TABLE question (
	no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	topic text NOT NULL,
	store text NOT NULL,
	name text NOT NULL,
	query text NOT NULL,
	settings jsonb NOT NULL DEFAULT '{}',
	baseline text,
	at_most numeric,					-- target for the ratio
	failed text,						-- error message of the first try
	memory bigint,						-- bytes of the hash table of a GROUP BY
	spilled boolean,					-- and whether it went to disk
	UNIQUE (topic, store, name)
);

CREATE TABLE sample (
	question integer NOT NULL REFERENCES question,
	workers integer NOT NULL,
	round integer NOT NULL,
	ms double precision NOT NULL,
	cpu_ms double precision				-- of the session's own process
);

/* Answers that were compared with those of other queries. */
CREATE TABLE comparison (
	no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL,
	rows bigint,
	equal boolean,
	failed text
);

/* Memory of one group of many rows. */
CREATE TABLE one_group (
	name text NOT NULL,
	rows bigint NOT NULL,
	ms double precision NOT NULL,
	state_bytes bigint NOT NULL,		-- memory contexts at the end, with the result
	peak_bytes bigint NOT NULL,			-- most private memory of the process meanwhile
	raw_bytes bigint NOT NULL			-- at and event of the rows as the table has them
);

CREATE FUNCTION expand(query text, store store) RETURNS text
LANGUAGE SQL STABLE
RETURN replace(replace(replace(query, '$T', 'bench.' || store.name), '$STEPS', quote_literal(store.steps)),
	'$GROUPS', (SELECT s.value FROM bench.setting AS s WHERE s.name = 'groups'));

/*
 * CPU time of this process, which does not count what other programs of a
 * shared machine took meanwhile; NULL where Linux does not tell.  Reading stat
 * brings up to date what schedstat tells in nanoseconds.
 */
CREATE FUNCTION cpu_ms() RETURNS double precision
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	PERFORM pg_read_file('/proc/self/stat', 0, 4096, true);
	RETURN split_part(pg_read_file('/proc/self/schedstat', 0, 4096, true), ' ', 1)::double precision / 1e6;
END
$$;

/*
 * Ask all questions of a topic in turn, `rounds` times after a first round that
 * is not kept.  A question that fails is left out from then on and shows up in
 * the report.  One that takes more than `patience` ms is asked once, and that
 * time is kept.
 */
CREATE PROCEDURE measure(topic text, rounds integer, workers integer DEFAULT 0, patience integer DEFAULT 10000)
LANGUAGE plpgsql AS $$
DECLARE
	slow	integer[];
	q		record;
	setting	record;
	started	timestamptz;
	ms		double precision;
	cpu		double precision;
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, false);
	slow := ARRAY(SELECT s.question FROM bench.sample AS s WHERE s.workers = measure.workers AND s.ms > patience);
	FOR round IN 0 .. rounds LOOP
		FOR q IN SELECT a.no, bench.expand(a.query, s) AS query, a.settings
				 FROM bench.question AS a JOIN bench.store AS s ON s.name = a.store
				 WHERE a.topic = measure.topic AND a.failed IS NULL AND a.no <> ALL (slow) ORDER BY a.no
		LOOP
			BEGIN
				FOR setting IN SELECT key, value FROM jsonb_each_text(q.settings) LOOP
					PERFORM set_config(setting.key, setting.value, true);
				END LOOP;
				cpu := bench.cpu_ms();
				started := clock_timestamp();
				EXECUTE q.query;
				ms := extract(epoch FROM clock_timestamp() - started) * 1000;
				cpu := bench.cpu_ms() - cpu;
				FOR setting IN SELECT key FROM jsonb_object_keys(q.settings) AS key LOOP
					EXECUTE format('SET LOCAL %s TO DEFAULT', setting.key);
				END LOOP;
				IF round > 0 OR ms > patience THEN
					INSERT INTO bench.sample VALUES (q.no, workers, round, ms, cpu);
				END IF;
				IF ms > patience THEN
					slow := slow || q.no;
				END IF;
			EXCEPTION WHEN OTHERS THEN
				UPDATE bench.question SET failed = SQLERRM WHERE no = q.no;
			END;
		END LOOP;
		COMMIT;
	END LOOP;
END
$$;

/*
 * What the hash tables of GROUP BY took, as EXPLAIN ANALYZE tells.  The time of a
 * question that takes more than `patience` ms is kept and measure() leaves it out.
 */
CREATE PROCEDURE measure_memory(topic text, patience integer DEFAULT 10000)
LANGUAGE plpgsql AS $$
DECLARE
	q		record;
	plan	json;
	node	jsonb;
BEGIN
	FOR q IN SELECT a.no, bench.expand(a.query, s) AS query
			 FROM bench.question AS a JOIN bench.store AS s ON s.name = a.store
			 WHERE a.topic = measure_memory.topic AND a.failed IS NULL ORDER BY a.no
	LOOP
		BEGIN
			EXECUTE 'EXPLAIN (ANALYZE, FORMAT json, TIMING off) ' || q.query INTO plan;
		EXCEPTION WHEN OTHERS THEN
			UPDATE bench.question SET failed = SQLERRM WHERE no = q.no;
			CONTINUE;
		END;
		node := jsonb_path_query_first(plan::jsonb, '$.** ? (@."Strategy" == "Hashed")');
		IF node IS NULL THEN
			UPDATE bench.question SET failed = 'not planned as a hash aggregate' WHERE no = q.no;
		ELSE
			UPDATE bench.question SET memory = (node->>'Peak Memory Usage')::bigint * 1024,
				spilled = (node->>'HashAgg Batches')::integer > 1 WHERE no = q.no;
		END IF;
		IF (plan->0->>'Execution Time')::double precision > patience THEN
			INSERT INTO bench.sample VALUES (q.no, 0, 0, (plan->0->>'Execution Time')::double precision);
		END IF;
		COMMIT;
	END LOOP;
END
$$;

/* Do two queries give the same rows? */
CREATE PROCEDURE compare(name text, store text, query text, other text)
LANGUAGE plpgsql AS $$
DECLARE
	s		bench.store;
	counted	bigint;
	same	boolean;
BEGIN
	SELECT t.* INTO s FROM bench.store AS t WHERE t.name = compare.store;
	BEGIN
		EXECUTE format('WITH a AS MATERIALIZED (%s), b AS MATERIALIZED (%s)
			SELECT (SELECT count(*) FROM a),
				   NOT EXISTS (TABLE a EXCEPT ALL TABLE b) AND NOT EXISTS (TABLE b EXCEPT ALL TABLE a)',
					   bench.expand(query, s), bench.expand(other, s))
			INTO counted, same;
		INSERT INTO bench.comparison (name, rows, equal) VALUES (compare.name, counted, same);
	EXCEPTION WHEN OTHERS THEN
		INSERT INTO bench.comparison (name, failed) VALUES (compare.name, SQLERRM);
	END;
END
$$;

/* A number of kB from what Linux tells of this process; NULL elsewhere. */
CREATE FUNCTION process_memory(field text) RETURNS bigint
LANGUAGE SQL VOLATILE
RETURN substring(pg_read_file('/proc/self/status', 0, 16384, true) FROM field || ':\s*(\d+) kB')::bigint * 1024;

/*
 * One aggregate over many rows, in a session of its own.  The memory contexts
 * are listed after the final function, while the state still lives.  Shared
 * buffers count as memory of each process that touched them, and are taken off.
 */
CREATE PROCEDURE measure_one_group(name text, relation regclass)
LANGUAGE plpgsql AS $$
DECLARE
	touchpoints	bigint;
	raw			bigint;
	before		bigint;
	contexts	bigint;
	after		bigint;
	started		timestamptz;
	ms			double precision;
	peak		bigint;
BEGIN
	EXECUTE format('SELECT sum(pg_column_size(at) + pg_column_size(event)) FROM %s', relation) INTO raw;
	SELECT sum(total_bytes) INTO before FROM pg_backend_memory_contexts;
	peak := bench.process_memory('VmHWM') - bench.process_memory('RssShmem');
	started := clock_timestamp();
	EXECUTE format('SELECT journey.touchpoint_count(journey.journey_agg(at, event)),
						   (SELECT sum(total_bytes) FROM pg_backend_memory_contexts) FROM %s', relation)
		INTO touchpoints, after;
	ms := extract(epoch FROM clock_timestamp() - started) * 1000;
	peak := bench.process_memory('VmHWM') - bench.process_memory('RssShmem') - peak;
	INSERT INTO bench.one_group VALUES (name, touchpoints, ms, after - before, peak, raw);
END
$$;
