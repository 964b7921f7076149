/*
 * report.js
 *	  The report of bench/peers, as Markdown: targets, medians, ratios, sizes and
 *	  whether all answers agree.  The exit status is 1 if they do not, or if a
 *	  query failed.
 */
'use strict';

const fs = require('fs');
const path = require('path');
const { QUESTIONS, LAYOUTS, VARIANTS, queriesFor } = require('./questions.js');

const work = process.env.BENCH_WORK;
const lines = fs.readFileSync(path.join(work, 'runs.jsonl'), 'utf8').trim().split('\n').map((l) => JSON.parse(l));
const out = [];
const print = (...text) => out.push(...text);
const median = (values) =>
{
	const v = [...values].sort((a, b) => a - b);

	return v.length === 0 ? NaN : (v[(v.length - 1) >> 1] + v[v.length >> 1]) / 2;
};

const NAMES = {
	'postgresql store': 'journey, store of one row a customer',
	'postgresql raw': 'journey, raw rows by time, no index',
	'postgresql indexed': 'journey, raw rows, covering index',
	'postgresql plain': 'PostgreSQL, plain SQL, covering index',
	'clickhouse by_time': 'ClickHouse, by time',
	'clickhouse by_customer': 'ClickHouse, by customer',
	'clickhouse arrays': 'ClickHouse, arrays, one row a customer',
	'duckdb by_time': 'DuckDB, by time',
	'duckdb by_customer': 'DuckDB, by customer',
	'duckdb lists': 'DuckDB, lists, primary key',
};

/* -- what was measured ------------------------------------------------------ */

/* cells: variant, layout, question and threads to the best of its queries. */
const queries = new Map();

for (const line of lines)
	if (line.question)
	{
		const key = [line.variant, line.engine, line.layout, line.question, line.threads, line.how].join('|');

		if (!queries.has(key))
			queries.set(key, { ...line, runs: [], answers: [] });

		const q = queries.get(key);

		if (line.failed)
			q.failed = line.failed;
		else
			q.runs.push(line);
		if (line.answer)
			q.answers.push(line.answer);
	}

const cells = new Map();

for (const q of queries.values())
{
	/* The first run warms up; it counts where it was the only one. */
	const later = q.runs.filter((r) => r.round > 0);
	const kept = later.length > 0 ? later : q.runs;
	const key = [q.variant, q.engine, q.layout, q.question, q.threads].join('|');

	q.ms = median(kept.map((r) => r.ms));
	q.cpu = median(kept.map((r) => r.cpu).filter((c) => c !== null && !Number.isNaN(c)));
	if (!cells.has(key) || !(cells.get(key).ms <= q.ms))
		cells.set(key, q);
}

const cell = (variant, engine, layout, question, threads) =>
	cells.get([variant, engine, layout, question, threads].join('|')) || { ms: NaN, cpu: NaN };
const store = (variant, question, threads) => cell(variant, 'postgresql', 'store', question, threads);

/* The quickest of several layouts. */
function best(variant, engine, layouts, question, threads, by = 'ms')
{
	return layouts.map((l) => cell(variant, engine, l, question, threads))
		.reduce((a, b) => (b[by] < a[by] || Number.isNaN(a[by]) ? b : a));
}

const showMs = (ms) => (Number.isNaN(ms) ? '-' : ms < 10 ? ms.toFixed(ms < 1 ? 3 : 1) : ms.toFixed(0));
const showRatio = (r) => (Number.isNaN(r) ? '-' : r < 10 ? r.toFixed(2) : r < 100 ? r.toFixed(1) : r.toFixed(0));
const pair = (f) => `${f(1)} / ${f(2)}`;
const bytes = (n) => (n / 1e6).toFixed(1);

/* -- targets ---------------------------------------------------------------- */

const targets = [];

/* reached(threads, by) is a ratio; by is ms or cpu. */
function target(group, name, sign, limit, reached)
{
	targets.push({ group, name, sign, limit, one: reached(1, 'ms'), two: reached(2, 'ms'), cpu: reached(1, 'cpu') });
}

const asked = Object.keys(QUESTIONS).filter((q) => q !== 'build' && q !== 'lookup');

for (const [question, limit] of [['funnel', 3], ['retention', 4], ['sessions', 3], ['transitions', 8], ['paths', 3]])
	target('Store against ClickHouse sorted by customer', QUESTIONS[question], '>=', limit,
		(n, by) => cell('seconds', 'clickhouse', 'by_customer', question, n)[by] / store('seconds', question, n)[by]);
for (const question of asked)
	target("Store against ClickHouse's arrays", QUESTIONS[question], '>=', 1,
		(n, by) => cell('seconds', 'clickhouse', 'arrays', question, n)[by] / store('seconds', question, n)[by]);
for (const question of [...asked, 'build'])
	target("Raw rows: times ClickHouse's sorted by time", QUESTIONS[question], '<=', 1.5,
		(n, by) => cell('seconds', 'postgresql', 'raw', question, n)[by] / cell('seconds', 'clickhouse', 'by_time', question, n)[by]);
for (const question of asked)
	target('Store against DuckDB, the better of its orders', QUESTIONS[question], '>=', 10,
		(n, by) => best('seconds', 'duckdb', ['by_time', 'by_customer'], question, n, by)[by] / store('seconds', question, n)[by]);
for (const question of asked)
	target('Store against plain SQL', QUESTIONS[question], '>=', 100,
		(n, by) => cell('seconds', 'postgresql', 'plain', question, n)[by] / store('seconds', question, n)[by]);
for (const question of asked)
	target('Store: times count(*) of the store', QUESTIONS[question], '<=', 5.5,
		(n, by) => store('seconds', question, n)[by] / store('seconds', 'count', n)[by]);
target('Build', "times faster than GROUP BY with journey_agg", '>=', 2.5,
	(n, by) => cell('seconds', 'postgresql', 'raw', 'build_grouped', n)[by] / cell('seconds', 'postgresql', 'raw', 'build', n)[by]);
target('Build', 'create_source: times count(*), max(at) of the raw rows', '<=', 4,
	(n, by) => cell('seconds', 'postgresql', 'raw', 'source', n)[by] / cell('seconds', 'postgresql', 'raw', 'raw_scan', n)[by]);

const sizes = lines.filter((l) => l.size).map((l) => ({ variant: l.variant, ...l.size }));
const size = (variant, name, columns) => (sizes.find((s) => s.variant === variant && s.name === name && s.columns === columns) || { bytes: NaN }).bytes;

for (const columns of [3, 5])
	for (const other of ['ClickHouse, by customer', 'ClickHouse, arrays'])
	{
		const ratio = size('seconds', 'journey, store with its primary key', columns) / size('seconds', other, columns);

		targets.push({
			group: 'Storage', name: `${columns} columns, with the primary key: times ${other}`, sign: '<=', limit: 1.3,
			one: ratio, two: ratio, cpu: NaN,
		});
	}

function met(t)
{
	const holds = (r) => (t.sign === '>=' ? r >= t.limit : r <= t.limit);

	if (Number.isNaN(t.one) || Number.isNaN(t.two))
		return Number.isNaN(t.one) ? 'not measured' : holds(t.one) ? 'yes' : '**no**';
	return holds(t.one) && holds(t.two) ? 'yes' : holds(t.one) ? '1 thread only' : holds(t.two) ? '2 threads only' : '**no**';
}

/* -- answers ---------------------------------------------------------------- */

const differences = [];
const compared = [];

for (const variant of Object.keys(VARIANTS))
	for (const question of Object.keys(QUESTIONS))
	{
		const all = [...queries.values()].filter((q) => q.variant === variant && q.question === question && q.answers.length > 0);
		const first = all.find((q) => q.layout === 'store') || all[0];

		if (!first)
			continue;
		for (const q of all)
			for (const answer of q.answers)
				if (answer.hash !== first.answers[0].hash)
					differences.push({ variant, question, q, answer, first: first.answers[0] });
		compared.push({ variant, question, n: all.length, rows: first.answers[0].rows });
	}

/* Up to three lines that only one of two sorted answers has. */
function differing(a, b)
{
	const other = new Set(fs.readFileSync(b, 'utf8').split('\n'));

	return fs.readFileSync(a, 'utf8').split('\n').filter((line) => !other.has(line)).slice(0, 3)
		.map((line) => `\`${line.replace(/\t/g, ', ')}\``).join('; ') || 'nothing';
}

/* A query that ran out of time is part of the table, any other failure is not. */
const timedOut = (q) => /statement timeout/.test(q.failed);
const failures = [...queries.values()].filter((q) => q.failed && !timedOut(q));

/* -- the report ------------------------------------------------------------- */

const run = JSON.parse(process.env.BENCH_RUN);
const facts = JSON.parse(fs.readFileSync(path.join(work, 'facts-seconds.json')));
const versions = [...new Set(lines.filter((l) => l.version).map((l) => l.version))];

print('# Against ClickHouse and DuckDB', '',
	`Written by \`bench/peers\` on ${run.date}; what is measured and how stands in [README.md](peers.d/README.md).`, '',
	`- ${versions.join(', ')}`,
	`- ${run.processor}, ${run.processors} processors, ${run.memory} GB of memory; load average ${run.load}`,
	`- commit ${run.commit}`,
	`- ${facts.events} events, ${facts.customers} customers, 90 days, seed ${run.seed}`,
	`- medians of ${run.rounds} rounds${run.turns > 1 ? ` in ${run.turns} turns of all engines; of the variants with microseconds and 40 names one turn of them` : ''}; what takes more than ${run.patience} s in a turn is not asked again`, '');

print('## Targets', '',
	'Ratios of medians of the same run. By CPU time: of the process that answers, 1 thread, since on a machine that others use a short query finds a quiet moment and a long one does not.', '',
	'| | target | 1 thread | 2 threads | by CPU time | met |', '|---|---|---|---|---|---|');

let group;

for (const t of targets)
{
	if (t.group !== group)
		print(`| **${t.group}** | | | | | |`);
	group = t.group;
	print(`| ${t.name} | ${t.sign === '>=' ? 'at least' : 'at most'} ${t.limit} | ${showRatio(t.one)} | ${showRatio(t.two)} | ${showRatio(t.cpu)} | ${met(t)} |`);
}
print('', `Met: ${targets.filter((t) => met(t) === 'yes').length} of ${targets.length}.`, '');

for (const [variant, v] of Object.entries(VARIANTS))
{
	const shown = Object.keys(QUESTIONS).filter((q) => (!v.questions || v.questions.includes(q)) && q !== 'lookup');
	const layouts = Object.entries(LAYOUTS).flatMap(([engine, list]) => list.map((layout) => [engine, layout]))
		.filter(([engine, layout]) => shown.some((q) => cells.has([variant, engine, layout, q, 1].join('|'))));
	const value = (engine, layout, q, n, show) =>
	{
		const c = cell(variant, engine, layout, q, n);

		return c.failed && Number.isNaN(c.ms) ? (timedOut(c) ? 'over 180 s' : 'failed') : show(c);
	};
	const table = (head, show) =>
	{
		print(`| ${head} | ${shown.map((q) => QUESTIONS[q]).join(' | ')} |`, `|---|${shown.map(() => '---|').join('')}`);
		for (const [engine, layout] of layouts)
			print(`| ${NAMES[`${engine} ${layout}`]} | ${shown.map((q) => pair((n) => value(engine, layout, q, n, (c) => show(c, q, n)))).join(' | ')} |`);
		print('');
	};

	if (layouts.length === 0)
		continue;
	print(`## ${v.title}`, '');
	table('ms, 1 thread / 2 threads', (c) => showMs(c.ms));
	table("times journey's store", (c, q, n) => showRatio(c.ms / (q === 'build' ? cell(variant, 'postgresql', 'raw', q, n) : store(variant, q, n)).ms));
	if (shown.includes('build'))
		print("Build has no store to start from: ratios are to `build()` over raw rows. The store of one row a customer has no row in the column of the build for the same reason.", '');
	print('| the store | ms, 1 thread / 2 threads |', '|---|---|');
	for (const [q, name] of [['count', '`SELECT count(*)`'], ['count_read', '`SELECT count(journey)`']])
		print(`| ${name} | ${pair((n) => showMs(store(variant, q, n).ms))} |`);
	if (variant === 'seconds')
	{
		const raw = (q) => pair((n) => showMs(cell(variant, 'postgresql', 'raw', q, n).ms));

		print(`| Markov chain solved as well, \`markov_agg\` | ${pair((n) => showMs(store(variant, 'markov_solved', n).ms))} |`,
			`| \`count(*), max(at)\` of the raw rows | ${raw('raw_scan')} |`,
			`| \`create_source\` on the raw rows | ${raw('source')} |`,
			`| store by \`GROUP BY\` with \`journey_agg\` instead of \`build()\` | ${raw('build_grouped')} |`);
	}
	print('');
}

print('## One customer', '',
	'All touchpoints of one customer in order: median of many customers, one after the other. PostgreSQL answers through a Unix socket, the others inside of the process that asks.', '',
	'| | ms | how |', '|---|---|---|');
for (const [engine, layout] of Object.entries(LAYOUTS).flatMap(([e, list]) => list.map((l) => [e, l])))
{
	const c = cell('seconds', engine, layout, 'lookup', 1);

	if (!Number.isNaN(c.ms))
		print(`| ${NAMES[`${engine} ${layout}`]} | ${c.ms.toFixed(3)} | ${c.how} |`);
}

print('', '## Size', '',
	'Three columns are customer, time and event; five are these with channel and revenue. MB, and bytes an event.', '');
for (const [variant, v] of Object.entries(VARIANTS))
{
	const names = [...new Set(sizes.filter((s) => s.variant === variant).map((s) => s.name))];
	const show = (n) => (Number.isNaN(n) ? '-' : `${bytes(n)} (${(n / facts.events).toFixed(2)})`);

	if (names.length === 0)
		continue;
	print(`| ${v.title} | 3 columns | 5 columns |`, '|---|---|---|');
	for (const name of names)
		print(`| ${name} | ${show(size(variant, name, 3))} | ${show(size(variant, name, 5))} |`);
	print('');
}

print('## Which query', '',
	'All queries that were tried, in ms with 1 / 2 threads; the quickest of a layout counts above. Their text is in `bench/peers.d/*.sql`.', '',
	`| ${VARIANTS.seconds.title} | layout | how | ms |`, '|---|---|---|---|');
for (const question of Object.keys(QUESTIONS))
	for (const [engine, list] of Object.entries(LAYOUTS))
		for (const layout of list)
		{
			const tried = [...queries.values()].filter((q) => q.variant === 'seconds' && q.engine === engine && q.layout === layout && q.question === question);

			if (question !== 'lookup')
				for (const how of new Set(tried.map((q) => q.how)))
				{
					const ms = (n) =>
					{
						const q = tried.find((t) => t.how === how && t.threads === n);

						return !q ? '-' : Number.isNaN(q.ms) ? (timedOut(q) ? 'over 180 s' : 'failed') : showMs(q.ms);
					};

					print(`| ${QUESTIONS[question]} | ${NAMES[`${engine} ${layout}`]} | ${how} | ${pair(ms)} |`);
				}
		}

print('', '## Same answers', '', '| | question | rows | queries and threads | equal |', '|---|---|---|---|---|');
for (const c of compared)
{
	const different = differences.filter((d) => d.variant === c.variant && d.question === c.question);

	print(`| ${VARIANTS[c.variant].title} | ${QUESTIONS[c.question]} | ${c.rows} | ${c.n} | ${different.length === 0 ? 'yes' : `**no, ${different.length}**`} |`);
}
for (const d of differences)
	print('', `- ${VARIANTS[d.variant].title}, ${QUESTIONS[d.question]}, ${NAMES[`${d.q.engine} ${d.q.layout}`]}, ${d.q.how}, ${d.q.threads} threads: ` +
		`only here ${differing(d.answer.file, d.first.file)}; only in the first ${differing(d.first.file, d.answer.file)}`);
if (failures.length > 0)
	print('', '## Failed', '', ...new Set(failures.map((q) => `- ${VARIANTS[q.variant].title}, ${q.question}, ${q.engine} ${q.layout}, ${q.how}: ${q.failed}`)));

console.log(out.join('\n'));
process.exitCode = differences.length + failures.length > 0 ? 1 : 0;
