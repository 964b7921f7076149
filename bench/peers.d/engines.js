/*
 * engines.js
 *	  The three engines behind one interface:
 *
 *	  open(variant)						connect, or open the files
 *	  load(variant, file, facts)		the tables of all layouts from a CSV file
 *	  run(query, settings)				{rows: text lines, ms, cpu}
 *	  threads(n)						how many a query may use from now on
 *	  sizes(variant)					[{name, columns, bytes}]
 *	  close()
 *
 * ClickHouse and DuckDB run inside of this process, PostgreSQL behind a Unix
 * socket.  Times are those the caller sees, with the answer in hand.
 */
'use strict';

const fs = require('fs');
const path = require('path');
const { spawn } = require('child_process');
const { VARIANTS, enumOf, quote } = require('./questions.js');

const work = process.env.BENCH_WORK;
const modules = path.join(work, 'npm', 'node_modules');

/* -- PostgreSQL ------------------------------------------------------------ */

/* Enough for all sorts and hash tables of a question. */
const WORK_MEM = '1GB';
const PLAIN_TIMEOUT = '180s';

class PostgreSQL
{
	async open()
	{
		this.psql = spawn('sh', ['-c', "exec psql -X -q -A -t -F '\t' -d bench 2>&1"]);
		this.pending = '';
		this.lines = [];
		this.psql.stdout.setEncoding('utf8');
		this.psql.stdout.on('data', (data) =>
		{
			const parts = (this.pending + data).split('\n');

			this.pending = parts.pop();
			this.lines.push(...parts);
			if (this.waiting && this.lines[this.lines.length - 1] === this.waiting.mark)
			{
				const done = this.waiting.done;

				this.waiting = null;
				this.lines.pop();
				done(this.lines.splice(0));
			}
		});
		this.psql.on('close', () => { this.gone = true; if (this.waiting) this.waiting.done(['ERROR:  psql has gone']); });
		this.mark = 0;
		this.pid = +(await this.say('SELECT pg_backend_pid()'))[0];
		await this.say("SET timezone = 'UTC'");
		await this.say(`SET work_mem = '${WORK_MEM}'`);
	}

	/* What psql prints in answer to a statement. */
	async say(text)
	{
		if (this.gone)
			throw new Error('psql has gone');

		const mark = `=== ${++this.mark} ===`;
		const lines = await new Promise((done) =>
		{
			this.waiting = { mark, done };
			this.psql.stdin.write(`${text}\n;\n\\echo ${mark}\n`);
		});
		const error = lines.find((l) => /^(psql:.*)?(ERROR|FATAL):/.test(l));

		if (error)
			throw new Error(lines.slice(lines.indexOf(error)).join(' '));
		return lines.filter((l) => !/^(NOTICE|WARNING|HINT|DETAIL):/.test(l));
	}

	/*
	 * CPU time of the backend, without that of its workers.  Reading stat brings
	 * up to date what schedstat tells in nanoseconds.
	 */
	cpu()
	{
		try
		{
			fs.readFileSync(`/proc/${this.pid}/stat`);
			return fs.readFileSync(`/proc/${this.pid}/schedstat`, 'utf8').split(' ')[0] / 1e6;
		}
		catch (e)
		{
			return NaN;
		}
	}

	async threads(n)
	{
		this.nthreads = n;
		await this.say(`SET max_parallel_workers_per_gather = ${n - 1}`);
	}

	async run(query, settings, layout)
	{
		const indexes = layout === 'raw' ? 'off' : 'on';

		if (layout !== this.layout)
		{
			await this.say(`SET enable_indexscan = ${indexes}`);
			await this.say(`SET enable_indexonlyscan = ${indexes}`);
			await this.say(`SET enable_bitmapscan = ${indexes}`);
			await this.say(`SET statement_timeout = '${layout === 'plain' ? PLAIN_TIMEOUT : 0}'`);
			this.layout = layout;
		}
		await this.say('\\timing on');

		const before = this.cpu();
		let rows;

		try
		{
			rows = await this.say(query);
		}
		finally
		{
			await this.say('\\timing off').catch(() => {});
		}

		const cpu = this.cpu() - before;
		const time = rows.pop();

		return { rows, ms: parseFloat(/^Time: ([0-9.]+) ms/.exec(time)[1]), cpu: this.nthreads === 1 ? cpu : NaN };
	}

	async copy(table, file)
	{
		await new Promise((done, failed) =>
		{
			const psql = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'bench', '-1', '-c', `TRUNCATE ${table}`,
				'-c', `COPY ${table} FROM STDIN (FORMAT csv)`], { stdio: ['pipe', 'inherit', 'inherit'] });

			fs.createReadStream(file, { highWaterMark: 1 << 20 }).pipe(psql.stdin);
			psql.on('close', (code) => (code ? failed(new Error(`COPY failed: ${code}`)) : done()));
		});
	}

	/* Tables as the store of a source has them. */
	async store(name, columns)
	{
		await this.say(`CREATE TABLE ${name} (customer bigint NOT NULL, journey journey.journey NOT NULL) WITH (toast_tuple_target = 8160)`);
		await this.say(`ALTER TABLE ${name} ALTER COLUMN journey SET STORAGE MAIN`);
		await this.say(`INSERT INTO ${name} SELECT * FROM journey.build(NULL::bigint, 'SELECT customer, ${columns} FROM raw')`);
		await this.say(`ALTER TABLE ${name} ADD PRIMARY KEY (customer) WITH (fillfactor = 100)`);
		await this.say(`VACUUM (ANALYZE) ${name}`);
	}

	async load(variant, file)
	{
		await this.say("SELECT journey.drop_source('bench_source') WHERE to_regnamespace('bench_source') IS NOT NULL");
		await this.say('DROP TABLE IF EXISTS raw, store, store_channels, built');
		await this.say(`CREATE TABLE raw (customer bigint NOT NULL, at timestamptz NOT NULL, event text NOT NULL,
			channel text, revenue double precision)`);
		await this.copy('raw', file);
		if (variant === 'seconds')
			await this.say('CREATE INDEX raw_customer ON raw (customer, at) INCLUDE (event)');
		await this.say('VACUUM (ANALYZE) raw');
		await this.store('store', 'at, event');
		if (variant === 'seconds')
			await this.store('store_channels', 'at, event, channel, revenue');
	}

	async facts()
	{
		const column = async (name) => JSON.parse((await this.say(`SELECT json_agg(DISTINCT ${name}) FROM raw`))[0]).sort();

		return {
			names: await column('event'),
			channels: await column('channel'),
			events: +(await this.say('SELECT count(*) FROM raw'))[0],
			customers: +(await this.say('SELECT count(*) FROM store'))[0],
		};
	}

	async sizes(variant)
	{
		const bytes = async (what) => +(await this.say(`SELECT ${what}`))[0];
		const sizes = [
			{ name: 'journey, store with its primary key', columns: 3, bytes: await bytes("pg_total_relation_size('store')") },
			{ name: 'journey, store without', columns: 3, bytes: await bytes("pg_table_size('store')") },
			{ name: 'PostgreSQL, raw rows', columns: 5, bytes: await bytes("pg_table_size('raw')") },
		];

		if (variant === 'seconds')
			sizes.push(
				{ name: 'journey, store with its primary key', columns: 5, bytes: await bytes("pg_total_relation_size('store_channels')") },
				{ name: 'journey, store without', columns: 5, bytes: await bytes("pg_table_size('store_channels')") },
				{ name: 'PostgreSQL, index on (customer, at) including event', columns: 3, bytes: await bytes("pg_indexes_size('raw')") });
		return sizes;
	}

	async version()
	{
		return 'PostgreSQL ' + (await this.say('SHOW server_version'))[0].split(' ')[0];
	}

	async close()
	{
		this.psql.stdin.end('\\q\n');
		await new Promise((done) => (this.gone ? done() : this.psql.on('close', done)));
	}
}

/* -- engines inside of this process ---------------------------------------- */

class Timer
{
	constructor()
	{
		this.cpu = process.cpuUsage();
		this.at = process.hrtime.bigint();
	}

	stop(rows)
	{
		const ms = Number(process.hrtime.bigint() - this.at) / 1e6;
		const used = process.cpuUsage(this.cpu);

		return { rows, ms, cpu: (used.user + used.system) / 1e3 };
	}
}

class ClickHouse
{
	async open(variant)
	{
		const { Session } = require(path.join(modules, 'chdb'));

		this.session = new Session(path.join(work, `clickhouse-${variant}`));
		this.query('CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic');
		this.query('USE bench');
		this.settings = 'max_threads = 1';
	}

	query(text)
	{
		const answer = String(this.session.query(text, 'TSV'));

		return answer === '' ? [] : answer.replace(/\n$/, '').split('\n');
	}

	async threads(n)
	{
		this.settings = `max_threads = ${n}, max_insert_threads = ${n}`;
	}

	async run(query, settings)
	{
		const all = [this.settings, ...Object.entries(settings || {}).map(([name, value]) => `${name} = ${value}`)].join(', ');
		const text = /^\s*(INSERT|SELECT|WITH)/.test(query) ? `${query} SETTINGS ${all}` : query;
		const timer = new Timer();

		return timer.stop(this.query(text));
	}

	async load(variant, file, facts)
	{
		const micro = VARIANTS[variant].second > 1;
		const at = micro ? "toDateTime64(substring(at, 1, 26), 6, 'UTC')" : "toDateTime(substring(at, 1, 19), 'UTC')";
		const columns = (codecs) => `(customer UInt64 ${codecs ? 'CODEC(Delta, ZSTD)' : ''},
			at ${micro ? "DateTime64(6, 'UTC')" : "DateTime('UTC')"} ${codecs ? 'CODEC(Delta, ZSTD)' : ''},
			event ${enumOf(facts.names)} ${codecs ? 'CODEC(ZSTD)' : ''},
			channel ${enumOf(facts.channels)} ${codecs ? 'CODEC(ZSTD)' : ''},
			revenue Float64 ${codecs ? 'CODEC(ZSTD)' : ''})`;
		const create = (name, list, order) => this.query(
			`CREATE TABLE ${name} ${list} ENGINE = MergeTree ORDER BY ${order} SETTINGS min_bytes_for_wide_part = 0`);

		create('by_time', columns(), 'at');
		this.query(`INSERT INTO by_time SELECT customer, ${at}, event, channel, revenue
			FROM file(${quote(file)}, CSV, 'customer UInt64, at String, event String, channel String, revenue Float64')`);
		this.query('OPTIMIZE TABLE by_time FINAL');
		create('by_customer', columns(), '(customer, at)');
		this.query('INSERT INTO by_customer SELECT * FROM by_time');
		this.query('OPTIMIZE TABLE by_customer FINAL');
		create('arrays', `(customer UInt64, t Array(${micro ? 'UInt64' : 'UInt32'}), e Array(${enumOf(facts.names)}),
			c Array(${enumOf(facts.channels)}), r Array(Float64))`, 'customer');
		this.query(`INSERT INTO arrays
			SELECT customer, arrayMap(x -> x.1, rows), arrayMap(x -> x.2, rows), arrayMap(x -> x.3, rows), arrayMap(x -> x.4, rows)
			FROM (
				SELECT customer, arraySort(groupArray((${micro ? 'toUInt64(toUnixTimestamp64Micro(at))' : 'toUInt32(at)'}, event, channel, revenue))) AS rows
				FROM by_customer GROUP BY customer)`);
		this.query('OPTIMIZE TABLE arrays FINAL');

		/* How small the rows can be made. */
		create('by_customer_zstd', columns(true), '(customer, at)');
		this.query('INSERT INTO by_customer_zstd SELECT * FROM by_customer');
		this.query('OPTIMIZE TABLE by_customer_zstd FINAL');
	}

	async sizes()
	{
		const sizes = [];
		const kinds = {
			by_time: 'ClickHouse, by time', by_customer: 'ClickHouse, by customer', arrays: 'ClickHouse, arrays',
			by_customer_zstd: 'ClickHouse, by customer, codecs Delta and ZSTD',
		};

		for (const [table, name] of Object.entries(kinds))
		{
			const bytes = (only) => +this.query(`SELECT sum(column_bytes_on_disk) FROM system.parts_columns
				WHERE database = 'bench' AND table = '${table}' AND active ${only}`)[0];

			sizes.push({ name, columns: 3, bytes: bytes("AND column IN ('customer', 'at', 'event', 't', 'e')") });
			sizes.push({ name, columns: 5, bytes: bytes('') });
		}
		return sizes;
	}

	async version()
	{
		return `ClickHouse ${this.query('SELECT version()')[0]} (chdb)`;
	}

	async close()
	{
		if (this.session.close)
			this.session.close();
	}
}

class DuckDB
{
	async open(variant)
	{
		const { DuckDBInstance } = require(path.join(modules, '@duckdb', 'node-api'));

		this.instance = await DuckDBInstance.create(path.join(work, `duckdb-${variant}.db`));
		this.connection = await this.instance.connect();
	}

	async query(text)
	{
		const answer = await this.connection.runAndReadAll(text);

		return answer.getRowsJson().map((row) => row.map((value) => (value === null ? '' : String(value))).join('\t'));
	}

	async threads(n)
	{
		await this.query(`SET threads = ${n}`);
	}

	async run(query)
	{
		const timer = new Timer();

		return timer.stop(await this.query(query));
	}

	async load(variant, file, facts)
	{
		await this.query(`CREATE TYPE event AS ENUM (${facts.names.map(quote).join(', ')})`);
		await this.query(`CREATE TYPE channel AS ENUM (${facts.channels.map(quote).join(', ')})`);
		await this.query('CREATE TABLE by_time (customer BIGINT, ts TIMESTAMP, event event, channel channel, revenue DOUBLE)');
		await this.query(`INSERT INTO by_time SELECT * FROM read_csv(${quote(file)}, header = false,
			columns = {'customer': 'BIGINT', 'at': 'TIMESTAMP', 'event': 'VARCHAR', 'channel': 'VARCHAR', 'revenue': 'DOUBLE'})`);
		await this.query('CREATE TABLE by_customer AS SELECT * FROM by_time ORDER BY customer, ts');
		await this.query('CREATE TABLE lists (customer BIGINT PRIMARY KEY, t TIMESTAMP[], e event[])');
		await this.query('INSERT INTO lists SELECT customer, list(ts ORDER BY ts), list(event ORDER BY ts) FROM by_customer GROUP BY customer');
		await this.query('CHECKPOINT');
	}

	/* The size of a file that has just these columns. */
	async sizes(variant)
	{
		const sizes = [];
		const file = path.join(work, `duckdb-${variant}-size.db`);

		for (const [table, name] of [['by_time', 'DuckDB, by time'], ['by_customer', 'DuckDB, by customer']])
			for (const [columns, list] of [[3, 'customer, ts, event::VARCHAR AS event'],
				[5, 'customer, ts, event::VARCHAR AS event, channel::VARCHAR AS channel, revenue']])
			{
				await this.query(`ATTACH ${quote(file)} AS small`);
				await this.query(`CREATE TABLE small.t AS SELECT ${list} FROM ${table}`);
				await this.query('CHECKPOINT small');
				await this.query('DETACH small');
				sizes.push({ name, columns, bytes: fs.statSync(file).size });
				fs.rmSync(file);
			}
		return sizes;
	}

	async version()
	{
		return `DuckDB ${(await this.query('SELECT version()'))[0].replace(/^v/, '')}`;
	}

	async close()
	{
		this.connection.closeSync();
		this.instance.closeSync();
	}
}

module.exports = { postgresql: PostgreSQL, clickhouse: ClickHouse, duckdb: DuckDB };
