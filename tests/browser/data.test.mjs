// The script decodes the profile that flame wrote.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, afterEach, before, test } from 'node:test';
import { sample, start } from './browser.mjs';

const SLICES = 50;
let browser;

before(async () => {
	browser = await start();
});
afterEach(() => browser.tidy());
after(() => browser.close());

// The tree of the folded text: self counts by the names from the root on, numbered as
// they come.
function treeOf(folded) {
	const nodes = new Map([['', { id: 0, self: 0 }]]);
	for (const line of folded.trim().split('\n')) {
		const at = line.lastIndexOf(' ');
		let path = '';
		for (const name of line.slice(0, at).split(';')) {
			path += ';' + name.split('\t')[0].replace(/_\[[kmlji]\]$/, '');
			if (!nodes.has(path)) nodes.set(path, { id: nodes.size, self: 0 });
		}
		nodes.get(path).self += Number(line.slice(at + 1));
	}
	return nodes;
}

const decoded = (page) => page.evaluate(() => {
	const { n, parent, frame, frames, self, selfWeight, times, isTime, unit } = flame.profile;
	const paths = [''];
	for (let i = 1; i < n; i++) paths.push(`${paths[parent[i]]};${frames[frame[i]].name}`);
	return { paths, self: [...self], selfWeight: [...selfWeight], isTime: Boolean(isTime), unit,
		times: times && { ...times, busy: [...times.busy], idle: [...times.idle], first: [...times.first], slice: [...times.slice], count: [...times.count] } };
});

test('every node with its counts and weights', async () => {
	const folded = sample(), tree = treeOf(folded);
	const profile = await decoded(await browser.open(browser.picture(folded, 'conditions')));
	assert.deepEqual(new Map(profile.paths.map((path, i) => [path, profile.self[i]])), new Map([...tree].sort().map(([path, node]) => [path, node.self])));
	assert.deepEqual(profile.selfWeight, profile.self.map((n) => n * 10101010));
	assert.equal(profile.isTime, true);
	assert.equal(profile.times, null);
	const plain = await decoded(await browser.open(browser.picture(folded)));
	assert.deepEqual(plain.self, profile.self);
	assert.ok(plain.selfWeight.every((weight) => weight === 0));
});

test('every sample at its time', async () => {
	const folded = sample(), tree = treeOf(folded);
	const { paths, self, times } = await decoded(await browser.open(browser.picture(folded, 'conditions', 'times')));
	assert.deepEqual([times.n, times.width], [SLICES, 600e6]);
	assert.deepEqual(times.idle, times.idle.map((_, i) => i % 5));
	assert.equal(times.first.length, paths.length + 1);
	const busy = new Array(SLICES).fill(0);
	paths.forEach((path, i) => {
		// As write_svg spreads them.
		const expected = new Map();
		for (let k = 0; k < Math.min(self[i], SLICES); k++) expected.set((tree.get(path).id + 7 * k) % SLICES, Math.ceil((self[i] - k) / SLICES));
		const found = [];
		for (let k = times.first[i]; k < times.first[i + 1]; k++) found.push([times.slice[k], times.count[k]]);
		assert.deepEqual(found, [...expected].sort((a, b) => a[0] - b[0]), path);
		for (const [slice, count] of found) busy[slice] += count;
	});
	assert.deepEqual(times.busy, busy);
});

test('a profile of one node', async () => {
	const page = await browser.open(browser.picture('a 1\n'));
	assert.deepEqual((await decoded(page)).self, [0, 1]);
	assert.deepEqual(page.trouble, []);
});

// Lines of folded text for each.
const shapes = {
	'a chain of 500': () => [Array.from({ length: 500 }, (_, i) => `f${i * i % 7}`).join(';') + ' 12345678901'],
	'a function that calls 20,000 others, twice': () => Array.from({ length: 40000 }, (_, i) => `a;${i < 20000 ? 'f' : 'g;f'};callee${i * 7919 % 20000} ${1 + i % 3}`),
	'every character': () => Array.from({ length: 0x2100 }, (_, i) => i + 32).filter((c) => !/[;\s]/.test(String.fromCharCode(c)))
		.map((c) => `a;${String.fromCodePoint(c, c * 16 + 0x10000)} ${c}`),
	'counts of all sizes': () => Array.from({ length: 53 }, (_, i) => `a;b${i} ${2 ** i}`),
	'no sample': () => ['a 0'],
};
for (const [shape, make] of Object.entries(shapes))
	test(`${shape} is read back by flame as it was`, async () => {
		const path = browser.picture(make().join('\n') + '\n');
		const { paths, self } = await decoded(await browser.open(path));
		const expected = execFileSync(process.env.FLAME, ['fold', path], { encoding: 'utf8', maxBuffer: 1 << 28 });
		const stacks = paths.map((stack, i) => self[i] ? `${stack.slice(1)} ${self[i]}` : '').filter(Boolean);
		assert.deepEqual(stacks.sort(), expected.split('\n').filter(Boolean).sort());
	});
