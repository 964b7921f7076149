/*
 * ask.js
 *	  ask.js load ENGINE VARIANT FILE		load the data, write down its size
 *	  ask.js ask ENGINE VARIANT ROUNDS		ask every question that many times
 *
 * Called once or several times for each engine, one at a time, so that a
 * disturbance of the machine does not meet one engine alone.  Adds a line of
 * JSON for each run to $BENCH_WORK/runs.jsonl, and keeps each query's answer of
 * its first run, sorted.  The first round only warms up.  A query that has taken
 * `patience` in all is not asked again, nor is one that has lost against another
 * way to ask the same of the same layout: by a factor of 3 when it was first
 * asked, of 1.5 from then on.
 */
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const engines = require('./engines.js');
const { queriesFor } = require('./questions.js');

const work = process.env.BENCH_WORK;
const patience = +process.env.BENCH_PATIENCE * 1000;
const lookups = +process.env.BENCH_LOOKUPS;
const [, , command, engineName, variant, argument] = process.argv;

const runsFile = path.join(work, 'runs.jsonl');
const factsFile = path.join(work, `facts-${variant}.json`);
const write = (line) => fs.appendFileSync(runsFile, JSON.stringify({ engine: engineName, variant, ...line }) + '\n');
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

async function load(engine, file)
{
	const facts = fs.existsSync(factsFile) ? JSON.parse(fs.readFileSync(factsFile)) : undefined;

	await engine.load(variant, file, facts);
	if (!facts)
		fs.writeFileSync(factsFile, JSON.stringify(await engine.facts()));
	for (const size of await engine.sizes(variant))
		write({ size });
	write({ version: await engine.version() });
}

/* Many customers, one after the other; the time is that of one. */
async function lookUp(engine, q, customers)
{
	const step = Math.max(1, Math.floor(customers / lookups));
	const times = [];
	const rows = [];
	let total = 0;
	let cpu = 0;

	for (let i = 0; i < lookups && (i < 20 || total < patience / 4); i++)
	{
		const answer = await engine.run(q.query.replace('$CUSTOMER', 1 + i * step), q.settings, q.layout);

		times.push(answer.ms);
		total += answer.ms;
		cpu += answer.cpu;
		if (i < 20)
			rows.push(...answer.rows.map((row) => `${i}\t${row}`));
	}
	return { rows, ms: median(times), cpu: cpu / times.length, total };
}

async function askOnce(engine, q, facts)
{
	let answer;

	for (const statement of q.before)
		await engine.run(statement, {}, q.layout);
	if (q.question === 'lookup')
		answer = await lookUp(engine, q, facts.customers);
	else
		answer = await engine.run(q.query, q.settings, q.layout);
	answer.total = answer.total || answer.ms;
	return answer;
}

/* What the answer was, as lines in a fixed order. */
async function keepAnswer(engine, q, answer, threads)
{
	let rows = answer.rows;
	const name = [q.question, engineName, q.layout, threads, q.how].join(' ').replace(/[^a-zA-Z0-9]+/g, '-');

	if (q.after.length > 0)
		rows = (await engine.run(q.after[0], {}, q.layout)).rows;
	rows = [...rows].sort();

	const text = rows.join('\n') + '\n';
	const file = path.join(work, 'answers', variant, `${name}.tsv`);

	fs.mkdirSync(path.dirname(file), { recursive: true });
	fs.writeFileSync(file, text);
	return { hash: crypto.createHash('sha256').update(text).digest('hex'), rows: rows.length, file };
}

async function ask(engine, rounds)
{
	const facts = JSON.parse(fs.readFileSync(factsFile));
	const queries = queriesFor(engineName, variant, facts);
	const key = (q, threads) => `${q.question} ${q.layout} ${threads} ${q.how}`;
	const group = (q, threads) => `${q.question} ${q.layout} ${threads}`;
	const spent = new Map();
	const failed = new Set();
	const least = new Map();		/* ms of each query, and of the quickest of its group */
	const note = (q, threads, ms) =>
	{
		for (const k of [key(q, threads), group(q, threads)])
			least.set(k, Math.min(ms, least.has(k) ? least.get(k) : Infinity));
	};

	for (const line of fs.readFileSync(runsFile, 'utf8').trim().split('\n').map((l) => JSON.parse(l)))
		if (line.engine === engineName && line.variant === variant && line.question)
		{
			const k = key(line, line.threads);

			if (line.failed)
				failed.add(k);
			else
				note(line, line.threads, line.ms);
			spent.set(k, (spent.get(k) || 0) + line.total);
		}

	for (const threads of [1, 2])
	{
		await engine.threads(threads);
		for (let round = 0; round <= rounds; round++)
			for (const q of queries)
			{
				const k = key(q, threads);
				const before = spent.get(k) || 0;

				if (failed.has(k) || before > patience || (q.question === 'lookup' && threads > 1))
					continue;
				if (round > 0 && least.get(k) > least.get(group(q, threads)) * (round > 1 ? 1.5 : 3))
					continue;
				try
				{
					const answer = await askOnce(engine, q, facts);
					const line = { question: q.question, layout: q.layout, how: q.how, threads, round, ms: answer.ms, cpu: answer.cpu, total: answer.total };

					if (round === 0)
						line.answer = await keepAnswer(engine, q, answer, threads);
					write(line);
					note(q, threads, answer.ms);
					spent.set(k, before + answer.total);
				}
				catch (e)
				{
					failed.add(k);
					write({ question: q.question, layout: q.layout, how: q.how, threads, total: 0, failed: String(e.message || e).slice(0, 300) });
				}
			}
	}
}

(async () =>
{
	const engine = new engines[engineName]();

	await engine.open(variant);
	if (command === 'load')
		await load(engine, argument);
	else
		await ask(engine, +argument);
	await engine.close();
	process.exit(0);
})().catch((e) =>
{
	console.error(`${engineName}, ${variant}: ${e.message || e}`);
	process.exit(1);
});
