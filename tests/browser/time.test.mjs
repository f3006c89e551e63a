// The strip of CPU use over time, and pictures of a part of the time.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { sample, start } from './browser.mjs';
import { details, expectedView, percent, prefixes, stacks, text, viewOf, zoomTo, zoomed } from './page.mjs';

const SLICES = 40, WIDTH = 250e6;
let browser, path, list;

// The slice of a stack's samples: all of them in one, another one for each stack.
const sliceOf = (names) => [...names.join(';')].reduce((h, c) => (h * 31 + c.codePointAt(0)) % SLICES, 7);
const between = (from, to) => list.filter(([names]) => sliceOf(names) >= from && sliceOf(names) < to);
const sumOf = (some) => some.reduce((sum, [, count]) => sum + count, 0);
const IDLE = 5000;

// Puts times into a picture, as decode() would find them, and the script of one that has
// times.
async function withTimes(folded) {
	const plain = browser.picture(folded, 'conditions'), page = await browser.open(plain);
	const [data] = readFileSync(plain, 'utf8').split('<script>'), [, script] = readFileSync(browser.picture(folded, 'conditions', 'times'), 'utf8').split('<script>');
	const nodes = await page.evaluate(() => {
		const t = flame.profile, names = [''];
		for (let i = 1; i < t.n; i++) names.push((t.parent[i] ? names[t.parent[i]] + ';' : '') + t.frames[t.frame[i]].name);
		return names.map((name, i) => [name, t.self[i]]);
	});
	const times = { n: SLICES, width: WIDTH, busy: new Array(SLICES).fill(0), idle: new Array(SLICES).fill(IDLE), first: [0], slice: [], count: [] };
	for (const [name, self] of nodes) {
		const k = sliceOf(name.split(';'));
		if (self) {
			times.slice.push(k);
			times.count.push(self);
			times.busy[k] += self;
		}
		times.first.push(times.slice.length);
	}
	const timed = plain.replace('.svg', '-timed.svg');
	writeFileSync(timed, data + '<script>' + script.replace(/times: ?null/, 'times:' + JSON.stringify(times)));
	return timed;
}

before(async () => {
	browser = await start();
	// Each stack once: its samples are all of one slice.
	const once = new Map(stacks(sample()).map(([names, count]) => [names.join(';'), [names, count]]));
	list = [...once.values()];
	path = await withTimes(list.map(([names, count]) => names.join(';') + ' ' + count).join('\n') + '\n');
});
afterEach(() => browser.tidy());
after(() => browser.close());

const drag = async (page, from, to) => {
	const strip = await page.locator('.strip').boundingBox(), x = (k) => strip.x + (k + 0.5) / SLICES * strip.width, y = strip.y + 10;
	await page.mouse.move(x(from), y);
	await page.mouse.down();
	await page.mouse.move((x(from) + x(to)) / 2, y);
	await page.mouse.move(x(to), y);
	await page.mouse.up();
};

test('the strip is as high as the CPUs were busy', async () => {
	const page = await browser.open(path);
	const shapes = await page.evaluate(() => [...document.querySelectorAll('.heat')].flatMap((p) => [...p.getAttribute('d').matchAll(/M([\d.]+) 30v-([\d.]+)h/g)].map((m) => [Number(m[1]), Number(m[2])])));
	for (let k = 0; k < SLICES; k++) {
		const busy = sumOf(between(k, k + 1)), high = busy / (busy + IDLE) * 30;
		const shape = shapes.find(([slice]) => slice === k);
		assert.ok(busy ? Math.abs(shape[1] - high) < 0.06 : !shape, `${k}: ${shape} ${high}`);
	}
	assert.match(await text(page, '.ticks'), /^0\.0 s.*10\.0 s$/);
	const strip = await page.locator('.strip').boundingBox(), bars = await page.locator('.strip > g').first().boundingBox();
	assert.ok(strip.width === 1260 && Math.abs(bars.x - strip.x) < 32 && Math.abs(bars.width - strip.width) < 64);
	await page.mouse.move(strip.x + 1, strip.y + 5);
	const busy = sumOf(between(0, 1));
	assert.equal((await details(page)).facts, `0.0 s to 0.3 s, CPUs ${percent(busy, busy + IDLE)} busy`);
	assert.deepEqual(page.trouble, []);
});

test('a drag chooses a part of the time, and everything follows', async () => {
	const page = await browser.open(path);
	await drag(page, 8, 19);
	const part = between(8, 20);
	assert.deepEqual(await viewOf(page), expectedView(part, prefixes));
	const facts = (await details(page)).facts;
	assert.ok(facts.startsWith(`100% of all · ${sumOf(part).toLocaleString('en')} samples · ${(sumOf(part) * 10101010 / 1e9).toFixed(2)} s of CPU time`), facts);
	assert.match(await text(page, '.chips'), /^2\.0 s to 5\.0 s, CPUs .* busy ×$/);
	await page.locator('input').fill('tcp');
	assert.equal(await text(page, '.match'), 'matched ' + percent(sumOf(part.filter(([names]) => names.some((name) => /tcp/.test(name)))), sumOf(part)));
	await page.locator('input').fill('');
	await page.locator('#graph rect[tabindex]').focus();
	await page.keyboard.press('r');
	assert.deepEqual(await viewOf(page), expectedView(part, (names) => prefixes([...names].reverse())));
	// Samples that are excluded now are excluded at all times.
	await zoomTo(page, 'tcp_sendmsg');
	await page.keyboard.press('x');
	await page.keyboard.press('r');
	await zoomTo(page, 'nginx');
	await page.keyboard.press('x');
	const isLeft = ([names]) => names[0] !== 'nginx' && names.at(-1) !== 'tcp_sendmsg';
	const hash = await page.evaluate(() => location.hash);
	await page.getByRole('button', { name: '2.0 s to 5.0 s' }).click();
	assert.deepEqual(await viewOf(page), expectedView(list.filter(isLeft), prefixes));
	const other = await browser.open(path, { hash, viewport: { width: 700, height: 700 } });
	assert.deepEqual(await viewOf(other), expectedView(part.filter(isLeft), prefixes));
	assert.match(hash, /at=2000-5000/);
	assert.deepEqual([...page.trouble, ...other.trouble], []);
});

test('a zoom stays where it was, as far as there is something', async () => {
	const page = await browser.open(path);
	await zoomTo(page, 'nginx');
	const address = await zoomed(page);
	await drag(page, 3, 30);
	assert.equal(await zoomed(page), address);
	// The strip shows when it ran, of all of the time.
	const shapes = await page.evaluate(() => [...document.querySelector('.strip .hit').getAttribute('d').matchAll(/M([\d.]+) 30v-([\d.]+)h/g)].map((m) => [Number(m[1]), Number(m[2])]));
	for (let k = 0; k < SLICES; k++) {
		const part = sumOf(between(k, k + 1).filter(([names]) => names[0] === 'nginx'));
		const shape = shapes.find(([slice]) => slice === k);
		assert.ok(part ? Math.abs(shape[1] - part / (sumOf(between(k, k + 1)) + IDLE) * 30) < 0.06 : !shape, `${k}`);
	}
	const [x, y] = await page.locator('.strip').boundingBox().then((b) => [b.x + 5, b.y + 5]);
	await page.mouse.click(x, y);
	assert.deepEqual(await viewOf(page), expectedView(list, prefixes));
	assert.equal(await page.evaluate(() => flame.state.range), null);
});

test('the keyboard chooses a part of the time too', async () => {
	const page = await browser.open(path);
	await page.locator('.strip').focus();
	const range = () => page.evaluate(() => flame.state.range);
	const presses = async (keys, expected) => {
		for (const key of keys) await page.keyboard.press(key);
		assert.deepEqual(await range(), expected);
	};
	await presses(['ArrowRight'], [0, 4]);
	await presses(['ArrowRight', 'ArrowRight', 'ArrowLeft'], [1, 5]);
	await presses(['Shift+ArrowRight'], [1, 6]);
	await presses(['ArrowLeft', 'ArrowLeft'], [0, 5]);
	assert.deepEqual(await viewOf(page), expectedView(between(0, 5), prefixes));
	assert.match(await page.locator('.strip').getAttribute('aria-valuetext'), /^0\.0 s to 1\.3 s, CPUs [\d.]+% busy$/);
	await presses(['Escape'], null);
	assert.deepEqual(await viewOf(page), expectedView(list, prefixes));
	assert.deepEqual(page.trouble, []);
});

test('a finger that scrolls the page from the strip chooses nothing', async () => {
	const page = await browser.open(path);
	const { x, y } = await page.locator('.strip').boundingBox();
	await page.locator('.strip').evaluate((e, [left, above]) => {
		e.setPointerCapture = () => {};
		for (const [type, by] of [['down', 5], ['cancel', 5], ['move', 300], ['up', 300]])
			e.dispatchEvent(new PointerEvent('pointer' + type, { clientX: left + by, clientY: above + 5, pointerId: 1 }));
	}, [x, y]);
	await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
	assert.equal(await page.evaluate(() => flame.state.range), null);
});

test('long times are in minutes', async () => {
	const long = path.replace('.svg', '-long.svg'), plain = readFileSync(path, 'utf8');
	// Ticks at quarters of 479.6 s: 119.9 s are two minutes.
	writeFileSync(long, plain.replace(`"width":${WIDTH}`, `"width":${479.6e9 / SLICES}`));
	assert.deepEqual(await (await browser.open(long)).locator('.ticks span').allTextContents(), ['0.0 s', '2 min 0 s', '4 min 0 s', '6 min 0 s', '8 min 0 s']);
});

test('no strip without times', async () => {
	const page = await browser.open(path.replace('-timed', ''), { hash: '#at=2000-5000' });
	assert.equal(await page.locator('.strip').count(), 0);
	assert.deepEqual(page.trouble, []);
});
