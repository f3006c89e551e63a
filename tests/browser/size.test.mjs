// Size limits of pictures, for profiles like those of a loaded machine.

import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { needsChromium, start } from './browser.mjs';

let browser;
const paths = new Map();

before(async () => {
	browser = await start();
});
afterEach(() => browser.tidy());
after(() => browser.close());

// Folded text of so many frames: 3,000 names as long as those of C and C++, stacks some
// 30 deep, and where one function leads are a few others, as a rule the first of them.
function made(frames) {
	let seed = 7;
	const below = (n) => (seed = Math.imul(seed ^ seed >>> 15, 0x2c1b3c6d) + 0x9e3779b9 >>> 0) % n;
	const words = Array.from({ length: 400 }, () => Array.from({ length: 1 + below(2) }, () => 'bcdfglmnprst'[below(12)] + 'aeiou'[below(5)]).join(''));
	const word = () => words[Math.min(below(400), below(400))];
	const names = Array.from({ length: 3000 }, (_, i) => i % 3
		? `${word()}_${word()}_${word()}${i % 2 ? '_[k]' : ''}` : `${word()}::${word()}<${word()}::${word()}, ${word()}>::${word()}(${word()}*, int)`);
	const nodes = new Set(), stacks = new Map();
	while (nodes.size < frames) {
		let f = below(20), stack = `comm${f}`;
		for (let depth = 20 + below(30); depth--; stack += ';' + names[f]) {
			nodes.add(stack);
			f = (f * 31 + 17 * Math.min(below(4), below(4), below(4), below(4)) + 1) % names.length;
		}
		nodes.add(stack);
		stacks.set(stack, (stacks.get(stack) || 0) + 1 + (below(4) ? 0 : below(90)));
	}
	return [...stacks].map(([stack, count]) => `${stack} ${count}\n`).join('');
}

const KB = 1024;
for (const [frames, most] of [[27000, 120 * KB], [100000, 150 * KB], [500000, 290 * KB]])
	test(`the picture of ${frames} frames is small`, async () => {
		paths.set(frames, browser.picture(made(frames)));
		const path = paths.get(frames), picture = readFileSync(path, 'utf8');
		const still = picture.slice(picture.indexOf('<g id="static"'), picture.indexOf('<metadata'));
		assert.ok(statSync(path).size <= most, `${statSync(path).size} bytes`);
		assert.ok(still.length <= 38 * KB, `${still.length} bytes without the data`);
		const page = await browser.open(path);
		assert.ok(await page.evaluate(() => flame.profile.n) > frames);
		assert.ok(await page.evaluate(() => document.querySelectorAll('*').length) <= 1000);
		assert.deepEqual(page.trouble, []);
	});

test('the heap holds the drawn nodes, not all of the profile', needsChromium, async () => {
	const page = await browser.open(paths.get(500000));
	const session = await page.context().newCDPSession(page);
	await session.send('HeapProfiler.collectGarbage');
	const { usedSize } = await session.send('Runtime.getHeapUsage');
	assert.ok(usedSize <= 5 * KB * KB, `${usedSize} bytes`);
	const [nodes, drawn] = await page.evaluate(() => {
		const open = [flame.view()];
		let n = 0;
		for (let node; (node = open.pop()); n++) open.push(...node.kids || []);
		return [n, flame.drawn().length];
	});
	assert.equal(nodes, drawn);
});
