/*
 * What bench/growth asks and keeps.  Each measurement is made by a session of
 * its own, so that the most memory its process had is that of the question.
 */
SET search_path = bench;

CREATE TABLE raw (LIKE events);

/* $T is a store, $C the store with channels and revenue of the same events. */
CREATE TABLE growth_question (
	no integer PRIMARY KEY,
	name text NOT NULL UNIQUE,
	query text NOT NULL,
	charted boolean NOT NULL
);
INSERT INTO growth_question VALUES
	(1, 'count(*)', 'SELECT count(*) FROM $T', false),
	(2, 'count(journey)', 'SELECT count(journey) FROM $T', false),
	(3, 'funnel', 'SELECT journey.funnel_agg(journey.funnel(journey, ''{view_item,add_to_cart,begin_checkout,purchase}'', within => ''7 days'')) FROM $T', true),
	(4, 'retention', 'SELECT journey.retention_agg(journey.activity(journey, ''*'', ''*'', ''week'')) FROM $T', true),
	(5, 'sessions', 'SELECT journey.session_agg(journey) FROM $T', true),
	(6, 'transitions', 'SELECT journey.transition_agg(journey) FROM $T', true),
	(7, 'paths', 'SELECT journey.path_agg(journey, 5, 20) FROM $T', true),
	(8, 'stages', 'SELECT journey.transition_agg(journey, (SELECT journey.stage_model(''five_stage''))) FROM $T', true),
	(9, 'sequence', 'SELECT count(*) FROM $T WHERE journey OPERATOR(journey.~) ''view_item .* (?<=1d) add_to_cart .* (?<=1h) purchase''', true),
	(10, 'Markov chain', 'SELECT journey.markov_agg(journey, journey.path_options(''purchase'', lookback => NULL, restart => true)) FROM $C', true),
	(11, 'build', '', false),
	(12, 'nothing', 'SELECT journey.touchpoint_count(NULL)', false);

CREATE TABLE size (
	name text PRIMARY KEY,
	hot boolean NOT NULL,
	events bigint NOT NULL,
	customers bigint NOT NULL,
	bytes bigint NOT NULL				-- of the store without channels
);

CREATE TABLE growth (
	size text NOT NULL,
	question text NOT NULL,
	ms double precision NOT NULL,
	cpu_ms double precision,			-- of the process; NULL where the system does not tell
	memory bigint						-- most private memory of the process
);

/* Make a store of query's rows, or add to it; how long that took is kept as "build". */
CREATE PROCEDURE fill(size text, store text, query text, keep boolean)
LANGUAGE plpgsql AS $$
DECLARE
	started	timestamptz := clock_timestamp();
	cpu		double precision := bench.cpu_ms();
BEGIN
	EXECUTE format('INSERT INTO bench.%I SELECT * FROM journey.build(NULL::bigint, %L)', store, query);
	IF keep THEN
		INSERT INTO bench.growth VALUES (size, 'build', extract(epoch FROM clock_timestamp() - started) * 1000, bench.cpu_ms() - cpu,
			bench.process_memory('VmHWM') - bench.process_memory('RssShmem'));
	END IF;
END
$$;

/* Ask once without looking at the clock, then `rounds` times; medians are kept. */
CREATE PROCEDURE measure_growth(size text, question text, rounds integer)
LANGUAGE plpgsql AS $$
DECLARE
	asked	text;
	started	timestamptz;
	cpu		double precision;
	times	double precision[];
	cpus	double precision[];
BEGIN
	SELECT replace(replace(q.query, '$T', format('bench.%I', 'store_' || size)), '$C', format('bench.%I', 'channels_' || size))
	INTO STRICT asked FROM bench.growth_question AS q WHERE q.name = question;
	FOR round IN 0 .. rounds LOOP
		cpu := bench.cpu_ms();
		started := clock_timestamp();
		EXECUTE asked;
		IF round > 0 THEN
			times := times || (extract(epoch FROM clock_timestamp() - started) * 1000)::double precision;
			cpus := cpus || bench.cpu_ms() - cpu;
		END IF;
	END LOOP;
	INSERT INTO bench.growth
	SELECT size, question, percentile_cont(0.5) WITHIN GROUP (ORDER BY t), percentile_cont(0.5) WITHIN GROUP (ORDER BY c),
		bench.process_memory('VmHWM') - bench.process_memory('RssShmem')
	FROM unnest(times, cpus) AS u (t, c);
END
$$;

CREATE PROCEDURE note_size(size text, hot boolean)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('INSERT INTO bench.size SELECT %L, %L, sum(journey.touchpoint_count(journey)), count(*), pg_table_size(%L) FROM bench.%I',
				   size, hot, 'bench.' || quote_ident('store_' || size), 'store_' || size);
END
$$;
