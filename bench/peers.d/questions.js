/*
 * questions.js
 *	  What is asked of whom: the variants of the data, and the queries of the
 *	  files *.sql with their placeholders filled in.
 */
'use strict';

const fs = require('fs');
const path = require('path');

/* In the order of the report. */
const QUESTIONS = {
	funnel: 'funnel of 4 steps in 7 days',
	retention: 'weekly retention',
	sessions: 'sessions and bounces',
	transitions: 'transition matrix',
	paths: 'top 20 paths of 5',
	stages: 'transitions of five stages',
	sequence: 'sequence with time gates',
	markov: 'Markov chain of channels',
	build: 'build from raw rows',
	lookup: 'one customer',
};

const LAYOUTS = {
	postgresql: ['store', 'raw', 'indexed', 'plain'],
	clickhouse: ['by_time', 'by_customer', 'arrays'],
	duckdb: ['by_time', 'by_customer', 'lists'],
};

const FILES = {
	postgresql: ['journey.sql', 'plain.sql'],
	clickhouse: ['clickhouse.sql'],
	duckdb: ['duckdb.sql'],
};

const GA4 = { VIEW: 'view_item', CART: 'add_to_cart', CHECKOUT: 'begin_checkout', PURCHASE: 'purchase' };
const MAIN = ['funnel', 'retention', 'sessions', 'transitions', 'paths', 'count', 'count_read'];

/* Variants of bench/generate.c.  Where no questions are named, all are asked. */
const VARIANTS = {
	seconds: { title: '12 names, whole seconds', events: GA4, second: 1 },
	microseconds: {
		title: '12 names, microseconds', events: GA4, second: 1000000,
		questions: [...MAIN, 'stages'], layouts: ['store', 'raw', 'by_time', 'by_customer', 'arrays'],
	},
	names: {
		title: '40 names, 30 of them not well known, whole seconds', second: 1,
		events: { VIEW: 'product_page_seen', CART: 'basket_item_added', CHECKOUT: 'begin_checkout', PURCHASE: 'purchase' },
		questions: MAIN, layouts: ['store', 'raw', 'by_time', 'by_customer', 'arrays'],
	},
};

const quote = (s) => `'${s.replace(/'/g, "''")}'`;
const enumOf = (names) => `Enum8(${names.map((n, i) => `${quote(n)} = ${i + 1}`).join(', ')})`;

/* The values of placeholders; names and channels are those of the data. */
function placeholders(engine, variant, facts)
{
	const v = VARIANTS[variant];
	const given = {
		SECOND: v.second,
		MICRO: 1000000 / v.second,
		WEEK_TICKS: 604800 * v.second,
		TICKS: v.second === 1 ? 'toUInt32(at)' : 'toUInt64(toUnixTimestamp64Micro(at))',
		TICK_TYPE: v.second === 1 ? 'UInt32' : 'UInt64',
		STEPS: `ARRAY[${Object.values(v.events).map(quote).join(', ')}]::journey.matcher[]`,
		PATTERN: quote(`${v.events.VIEW} .* (?<=1d) ${v.events.CART} .* (?<=1h) ${v.events.PURCHASE}`),
		NAMES: `ARRAY[${facts.names.map(quote).join(', ')}]`,
		C: 'store_channels',
		CUSTOMER: '$CUSTOMER',
	};

	/* Enum8 stands in CREATE TABLE, and as a string in CAST. */
	given.EVENTS = enumOf(facts.names);
	given.CHANNELS = enumOf(facts.channels);
	for (const [name, value] of Object.entries(v.events))
		given[name] = quote(value);
	return given;
}

function fill(text, given)
{
	return text
		.replace(/'\$(EVENTS|CHANNELS)'/g, (all, name) => quote(given[name]))
		.replace(/(?<!\$q)\$([A-Z_]+)/g, (all, name) =>
		{
			if (!(name in given))
				throw new Error(`no value for ${all} in: ${text}`);
			return given[name];
		});
}

/* All queries for an engine: {question, layout, how, query, before, after, settings}. */
function queriesFor(engine, variant, facts)
{
	const v = VARIANTS[variant];
	const given = placeholders(engine, variant, facts);
	const queries = [];

	for (const file of FILES[engine])
	{
		const parts = fs.readFileSync(path.join(__dirname, file), 'utf8').split(/^-- ## /m).slice(1);

		for (const part of parts)
		{
			const lines = part.trim().split('\n');
			const [question, layouts, how] = lines[0].split(' | ');
			const notes = (word) => lines.filter((l) => l.startsWith(`-- ${word}: `)).map((l) => l.slice(word.length + 5));
			const query = lines.slice(1).filter((l) => !l.startsWith('-- ')).join('\n');

			if (v.questions && !v.questions.includes(question))
				continue;
			for (const layout of layouts.split(' '))
			{
				if (v.layouts && !v.layouts.includes(layout))
					continue;

				const table = engine === 'postgresql' && layout !== 'store' ? 'raw' : layout;
				const complete = (text) => fill(text, { ...given, T: table });
				const one = {
					engine, question, layout, how, query: complete(query),
					before: notes('before').map(complete), after: notes('after').map(complete), settings: {},
				};

				queries.push(one);
				if (engine === 'clickhouse' && layout === 'by_customer' && /GROUP BY customer/.test(query))
					queries.push({ ...one, how: `${how}; aggregation in order`, settings: { optimize_aggregation_in_order: 1 } });
			}
		}
	}
	return queries;
}

module.exports = { QUESTIONS, LAYOUTS, VARIANTS, queriesFor, enumOf, quote };
