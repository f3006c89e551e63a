// The cost of a picture for its reader: main-thread CPU time in Chromium (CDP's
// ThreadTime), sizes and elements, for made profiles of several sizes. Nothing here
// passes or fails.
//
//     flame fold x.data > x.folded
//     node tests/bench/picture.mjs build/release/flame x.folded [FRAMES…]
//
// The profiles are random walks over the stacks of x.folded: each function follows two
// others that it followed there. playwright-core is found where the browser tests have
// put it, or in NODE_PATH. Each figure is the median of RUNS.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const RUNS = 5;
const [program, folded, ...sizes] = process.argv.slice(2);
const places = [resolve('build/asan/tests/browser'), resolve('build/dev/tests/browser'), ...(process.env.NODE_PATH || '').split(':').map(dirname)];
const require = createRequire(import.meta.url);
const { chromium } = require(require.resolve('playwright-core', { paths: places }));
const folder = mkdtempSync(join(tmpdir(), 'flame-bench-'));

// The same walks every time.
let seed = 1;
const random = () => (seed = Math.imul(seed ^ seed >>> 15, 0x2c1b3c6d) + 0x9e3779b9 >>> 0) / 2 ** 32;

function walks(frames) {
	const after = new Map(), nodes = new Set(), stacks = new Map();
	for (const line of readFileSync(folded, 'utf8').trim().split('\n')) {
		const names = ['', '', ...line.slice(0, line.lastIndexOf(' ')).split(';'), null];
		for (let i = 2; i < names.length; i++) {
			const key = names[i - 2] + ';' + names[i - 1];
			if (!after.has(key)) after.set(key, []);
			after.get(key).push(names[i]);
		}
	}
	while (nodes.size < frames) {
		const way = ['', ''];
		for (let node = ''; ;) {
			const next = after.get(way.at(-2) + ';' + way.at(-1)), name = next[Math.floor(random() * next.length)];
			if (name === null || way.length > 130) break;
			way.push(name);
			nodes.add(node += ';' + name);
		}
		const stack = way.slice(2).join(';');
		stacks.set(stack, (stacks.get(stack) || 0) + 1);
	}
	return [...stacks].map(([stack, count]) => `${stack} ${count}\n`).join('');
}

const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

async function threadTime(session) {
	const { metrics } = await session.send('Performance.getMetrics');
	return metrics.find((m) => m.name === 'ThreadTime').value * 1e3;
}

// CPU ms of 'act', until its result has been painted.
async function cost(page, session, act) {
	const before = await threadTime(session);
	await act();
	await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
	return await threadTime(session) - before;
}

// The measured actions, once the picture is there. 'undo' restores the state before.
const actions = {
	'zoom': { act: (i) => flame.zoom([...flame.drawn()].filter((n) => n.depth === 2 + i).sort((a, b) => b.w - a.w)[0]), undo: () => flame.zoom(flame.view()) },
	'search, a key': { act: (i) => flame.search(['s', 'pa', 'tcp', 'alloc', '_raw'][i]), undo: () => flame.search('') },
	'table': { act: () => flame.press('t'), undo: () => flame.press('t') },
	'from leaf': { act: () => flame.press('r'), undo: () => flame.press('r') },
	'sandwich': { act: () => flame.press('s'), undo: () => flame.press('s'), first: () => flame.zoom([...flame.drawn()].filter((n) => n.depth === 4).sort((a, b) => b.w - a.w)[0]) },
	'fold recursion': { act: () => flame.press('f'), undo: () => flame.press('f') },
};

async function measure(browser, path) {
	const results = { load: [] };
	for (let run = 0; run < RUNS; run++) {
		const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
		const session = await page.context().newCDPSession(page);
		await session.send('Performance.enable', { timeDomain: 'threadTicks' });
		results.load.push(await cost(page, session, async () => {
			await page.goto('file://' + path);
			await page.waitForFunction(() => globalThis.flame);
		}));
		results.elements = await page.evaluate(() => document.querySelectorAll('*').length);
		for (const [name, { act, undo, first }] of Object.entries(actions)) {
			if (first) await page.evaluate(first);
			(results[name] ||= []).push(await cost(page, session, () => page.evaluate(act, run)));
			results.elements = Math.max(results.elements, await page.evaluate(() => document.querySelectorAll('*').length));
			await page.evaluate(undo);
			if (first) await page.evaluate(() => flame.zoom(flame.view()));
		}
		await session.send('HeapProfiler.collectGarbage');
		(results.heap ||= []).push((await session.send('Runtime.getHeapUsage')).usedSize / 2 ** 20);
		await page.close();
	}
	return results;
}

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
	args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
		'--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
	for (const frames of sizes.length ? sizes.map(Number) : [27000, 100000, 500000]) {
		const text = join(folder, 'walks.folded'), picture = join(folder, 'walks.svg');
		writeFileSync(text, walks(frames));
		execFileSync(program, ['render', text, '-o', picture]);
		const results = await measure(browser, picture);
		console.log(`${frames} frames: ${(statSync(picture).size / 1024).toFixed(0)} KB`);
		for (const [name, list] of Object.entries(results))
			console.log(`  ${name.padEnd(16)} ${Array.isArray(list) ? `${median(list).toFixed(1)} ${name === 'heap' ? 'MB' : 'ms'}` : list}`);
	}
} finally {
	await browser.close();
	rmSync(folder, { recursive: true });
}
