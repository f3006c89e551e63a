// The picture of a comparison: its three views, the details of both sides, the marks.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { needsChromium, sample, start } from './browser.mjs';
import { addressOf, details, middleOf, parsed, prefixes, stacks, switchesOn, text, viewOf, zoomTo, zoomed, zoomedName } from './page.mjs';

// Much of it as before, 'hot' cheaper, 'young' new, 'old' gone. flame diff takes names as
// they are.
const SAME = sample(150).replace(/_\[.\]|\tlibc\.so\.6/g, '');
const BEFORE = SAME + 'nginx;main;connect;hot 900000\nnginx;main;old;older;oldest 300000\nphp-fpm8.2;main;tiny 3\n';
const AFTER = SAME + 'nginx;main;connect;hot 90000\nphp-fpm8.2;young;younger 400000\nphp-fpm8.2;young 200000\n';

let browser, path, said, lists, totals;
const sumOf = (list) => list.reduce((sum, [, count]) => sum + count, 0);

before(async () => {
	browser = await start();
	({ path, said } = browser.comparison(BEFORE, AFTER));
	lists = [BEFORE, AFTER].map(stacks);
	totals = lists.map(sumOf);
});
afterEach(() => browser.tidy());
after(() => browser.close());

const figure = (v, plus = '') => Math.abs(v) < 0.005 ? '0.00' : (v > 0 ? plus : '') + v.toFixed(Math.abs(v) >= 99.95 ? 0 : Math.abs(v) >= 9.995 ? 1 : 2);
// Both sides' shares, in per cent, of the stacks that 'is' is true of.
const shares = (is) => lists.map((list, side) => sumOf(list.filter(([names]) => is(names))) / totals[side] * 100);
// The expected view: for each path the sum of both sides' shares, in per cent.
function expected(waysOf, weights) {
	const view = {};
	lists.forEach((list, side) => {
		for (const [names, count] of list)
			for (const way of weights[side] ? waysOf(names) : []) view[way] = (view[way] || 0) + count / totals[side] * 100 * weights[side];
	});
	return view;
}
function assertView(view, wanted) {
	assert.deepEqual(Object.keys(view).sort(), Object.keys(wanted).sort());
	for (const way in wanted) assert.ok(Math.abs(view[way] - wanted[way]) < 1e-4 * (1 + wanted[way]), `${way}: ${view[way]}, not ${wanted[way]}`);
}
const pressed = (page) => page.evaluate(() => document.querySelector('.sides [aria-pressed=true]').textContent);
// All drawn boxes: [x, y, width, colour].
const boxes = (page) => page.evaluate(() => [...document.querySelectorAll('#graph > g:nth-of-type(1) path')]
	.filter((p) => /^(k[nml\d]\d|hit)/.test(p.getAttribute('class')))
	.flatMap((p) => [...p.getAttribute('d').matchAll(/M(\d+) ([\d.-]+)h(\d+)v/g)].map((m) => [m[1] / 100, Number(m[2]), m[3] / 100, p.getAttribute('class')])));
const marks = (page, name) => page.evaluate((of) => [...(document.querySelector(`#graph path.${of}`)?.getAttribute('d') || '').matchAll(/M(\d+) ([\d.]+)h/g)]
	.map((m) => [...flame.drawn()].find((n) => Math.abs(n.x + 0.7 - m[1] / 100) < 0.02 && Math.abs(flame.rowY(n.depth) + 0.7 - m[2]) < 0.02)?.frame.name).sort(), name);

test('opens with the difference: each box as wide as the mean of both sides', async () => {
	const page = await browser.open(path);
	assert.equal(await pressed(page), 'Difference');
	assert.equal(await page.locator('#static').count(), 0);
	assertView(await viewOf(page), expected(prefixes, [0.5, 0.5]));
	for (const name of ['main', 'hot', 'young']) {
		await zoomTo(page, name);
		const wide = await page.evaluate(() => flame.kids(flame.state.zoom).map((kid) => [kid.count / flame.state.zoom.count * 1260, kid.w]));
		for (const [wanted, w] of wide) if (wanted >= 0.5) assert.ok(Math.abs(wanted - w) < 0.01);
	}
	assert.deepEqual(page.trouble, []);
});

test('d and the buttons switch between the sides without loading anything', async () => {
	const page = await browser.open(path);
	await page.evaluate(() => { globalThis.mark = 1; });
	const sides = [['Before', [1, 0]], ['After', [0, 1]], ['Difference', [0.5, 0.5]]];
	for (const [name, weights] of sides) {
		await page.keyboard.press('d');
		assert.equal(await pressed(page), name);
		assertView(await viewOf(page), expected(prefixes, weights));
	}
	for (const [name, weights] of sides) {
		await page.getByRole('button', { name, exact: true }).click();
		assert.equal(await pressed(page), name);
		assertView(await viewOf(page), expected(prefixes, weights));
		assert.equal((await boxes(page)).some(([, , , colour]) => /^k\d/.test(colour)), name !== 'Difference');
		// The legend is that of the colours.
		const legends = await page.evaluate(() => [...document.querySelectorAll('#hud .legend')].map((e) => e.getBoundingClientRect().height > 0));
		assert.deepEqual(legends, name === 'Difference' ? [true, false] : [false, true]);
	}
	assert.equal(await page.evaluate(() => globalThis.mark), 1);
	assert.equal(await page.getByText('kernel', { exact: true }).isVisible(), false);
	assert.deepEqual(page.trouble, []);
});

test('the details have both sides, the difference and its interval', async () => {
	const page = await browser.open(path);
	for (const name of ['hot', 'young', 'older', 'connect']) {
		await page.mouse.move(...await middleOf(page, await addressOf(page, name)));
		const { name: shown, facts } = await details(page);
		assert.equal(shown, name);
		const of = said.functions.find((f) => f.name === name).total, [b, a] = shares((names) => names.includes(name));
		assert.ok(facts.startsWith(`${figure(b)} → ${figure(a)} % of the samples · `), facts);
		const [, delta, half] = facts.match(/[▲▼] ([+-][\d.]+) ±([\d.]+) · /);
		assert.equal(delta, figure(a - b, '+'));
		assert.ok(Math.abs(Number(half) - (of.high - of.low) / 2) < 0.006 * Math.max(1, half), `${half}, not ${(of.high - of.low) / 2}`);
		assert.ok(facts.includes(` · ${of.verdict}`), facts);
		const [few, many] = of.samples;
		assert.ok(facts.endsWith(`${few.toLocaleString('en')} → ${many.toLocaleString('en')} samples`), facts);
	}
	const { facts } = await zoomTo(page, 'tiny').then(() => details(page));
	assert.match(facts, /too few samples to tell/);
});

test('search shows the shares of all frames on both sides', async () => {
	const page = await browser.open(path);
	for (const pattern of ['hot|old', '^main$', 'tcp', 'young', 'nowhere']) {
		await page.locator('input').fill(pattern);
		const [b, a] = shares((names) => names.some((name) => new RegExp(pattern).test(name)));
		assert.equal(await text(page, '.match'), `matched ${figure(b)} → ${figure(a)} % of the samples`);
	}
	assert.ok(await page.locator('#graph path.dim').count() > 0);
	await page.locator('input').fill('hot');
	assert.ok(await page.locator('#graph path.hit').count() === 1);
});

test('the address brings side, zoom and search back', async () => {
	const page = await browser.open(path);
	await page.keyboard.press('d');
	await page.keyboard.press('d');
	await zoomTo(page, 'young');
	await page.locator('input').fill('younger');
	const hash = await page.evaluate(() => location.hash);
	assert.match(hash, /^#z=[\w.~]+&q=younger&d=after$/);
	const other = await browser.open(path, { hash });
	assert.equal(await pressed(other), 'After');
	assert.equal(await zoomed(other), await zoomed(page));
	assert.equal(await zoomedName(other), 'young');
	assert.equal(await text(other, '.match'), await text(page, '.match'));
	// A frame that this side has not: its nearest caller.
	await other.keyboard.press('Escape');
	await other.locator('rect[tabindex]').focus();
	await other.keyboard.press('d');
	await other.keyboard.press('d');
	assert.equal(await zoomedName(other), 'php-fpm8.2');
	for (const odd of ['#d=between', '#d', '#d=before&counts', '#at=1-2']) assert.deepEqual((await browser.open(path, { hash: odd })).trouble, []);
});

test('colours show the change of the total, grey no evidence', async () => {
	const page = await browser.open(path);
	const nodes = await page.evaluate(() => {
		const list = [], open = [flame.view()];
		for (let node; (node = open.pop()); open.push(...flame.kids(node))) {
			const { verdict, delta } = flame.differenceOf(node);
			list.push([node.w >= 0.5 && flame.drawn().includes(node), node.x, flame.rowY(node.depth) - node.frame.inlined, verdict, delta]);
		}
		return list;
	});
	const largest = Math.max(...nodes.filter(([, , , verdict]) => verdict).map(([, , , , delta]) => Math.abs(delta)));
	const shapes = await boxes(page);
	assert.ok(nodes.some(([, , , verdict]) => !verdict) && nodes.some(([, , , verdict]) => verdict === 2));
	for (const [isDrawn, x, y, verdict, delta] of nodes) {
		if (!isDrawn) continue;
		const step = Math.max(1, Math.round(8 * Math.sqrt(Math.abs(delta) / largest)));
		const colour = verdict ? (delta > 0 ? 'km' : 'kl') + step : 'kn0';
		assert.ok(shapes.some((s) => Math.abs(s[0] - x) < 0.02 && s[1] === y && s[3] === colour), `no ${colour} at ${x}, ${y}`);
	}
});

test('new stacks are outlined and gone ones hatched, on their first frame', async () => {
	const page = await browser.open(path);
	assert.deepEqual(await marks(page, 'new'), ['young']);
	assert.deepEqual(await marks(page, 'gone'), ['old']);
	assert.match(await page.evaluate(() => getComputedStyle(document.querySelector('#graph path.gone')).fill), /url\("#fine"\)/);
	assert.equal(await page.locator('pattern#fine path').count(), 1);
	const order = await page.evaluate(() => [...document.querySelectorAll('#graph > g:nth-of-type(1) path')].map((p) => p.getAttribute('class')));
	assert.deepEqual(order.slice(-4), ['km', 'kl', 'gone', 'new']);
	await page.keyboard.press('d');
	assert.deepEqual(await marks(page, 'gone'), []);
});

test('the same on both sides is grey', async () => {
	const page = await browser.open(browser.comparison(BEFORE, BEFORE).path);
	const colours = new Set((await boxes(page)).map(([, , , colour]) => colour));
	assert.deepEqual([...colours], ['kn0']);
	for (const mark of ['km', 'kl', 'new', 'gone']) assert.equal(await page.evaluate((of) => document.querySelector(`#graph path.${of}`)?.getAttribute('d') || '', mark), '');
	assert.match(await text(page, '#hud .fi'), /^No function changed/);
	assert.equal(await page.locator('.mover').count(), 0);
	assert.ok(!/[▲▼]/.test(await text(page, '#graph .lb')));
});

test('exchanged sides are the same picture mirrored', async () => {
	const there = await boxes(await browser.open(path)), back = await boxes(await browser.open(browser.comparison(AFTER, BEFORE).path));
	const swap = { m: 'l', l: 'm' };
	const key = ([x, y, w, colour]) => `${y} ${x.toFixed(1)} ${w.toFixed(1)} ${colour}`;
	assert.deepEqual(back.map(([x, y, w, colour]) => key([x, y, w, colour.replace(/[ml]/, (c) => swap[c])])).sort(), there.map(key).sort());
});

test('the table has the rows of flame diff, in its order', async () => {
	const page = await browser.open(path);
	await page.keyboard.press('t');
	for (let more; (more = page.locator('.panel > button')), await more.count();) await more.click();
	const rows = await page.evaluate(() => [...document.querySelectorAll('.panel tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent)));
	assert.equal(rows.length, said.functions.length);
	const found = said.functions.filter((f) => f.total.verdict !== 'no evidence' || f.self.verdict !== 'no evidence');
	assert.deepEqual(rows.slice(0, found.length).map(([name]) => name), found.map((f) => f.name));
	for (const [name, , b, a, total, self, verdict] of rows) {
		const f = said.functions.find((one) => one.name === name);
		assert.deepEqual([b, a], [figure(f.total.before), figure(f.total.after)], name);
		assert.ok(total.startsWith(figure(f.total.delta, '+')) && self.startsWith(figure(f.self.delta, '+')), name);
		assert.equal(/±/.test(total), 'low' in f.total && total.split('±')[1] !== undefined, name);
		if (found.includes(f)) assert.equal(verdict, f.total.verdict === 'no evidence' ? 'self ' + f.self.verdict : f.total.verdict);
		else assert.match(verdict, /^(no evidence|too few samples to tell)$/);
	}
	await page.getByRole('button', { name: 'Before', exact: true }).last().click();
	const shown = await page.evaluate(() => [...document.querySelectorAll('.panel tbody tr td:nth-child(3)')].map((cell) => Number(cell.textContent)));
	assert.deepEqual(shown, [...shown].sort((a, b) => b - a));
	await page.locator('.panel tbody').getByRole('button', { name: 'hot', exact: true }).click();
	assert.equal(await page.evaluate(() => document.querySelector('input').value), '^hot$');
});

test('a chip leads to its function', async () => {
	const page = await browser.open(path);
	assert.ok(await page.locator('.mover').count() >= 2);
	const first = page.locator('.mover').first(), name = await first.locator('bdi').textContent();
	assert.ok((await text(page, '#hud .fi')).startsWith(name));
	await first.click();
	assert.equal((await details(page)).name, name);
	assert.equal(await page.evaluate(() => document.querySelector('input').value), `^${name}$`);
});

test('leaf merge, sandwich, exclusion and folded recursion count both sides', async () => {
	const page = await browser.open(path);
	const half = [0.5, 0.5];
	await page.keyboard.press('r');
	assertView(await viewOf(page), expected((names) => prefixes([...names].reverse()), half));
	const leaf = await page.evaluate(() => flame.kids(flame.view()).map((node) => [node.frame.name, flame.differenceOf(node)]));
	for (const [name, d] of leaf) {
		const { self } = said.functions.find((f) => f.name === name) || {};
		if (!self) continue;
		assert.ok(Math.abs(self.delta - d.delta) < 1e-3, name);
		if ('low' in self) assert.equal(['no evidence', 'more', 'less', 'new', 'gone', 'moved'][d.verdict], self.verdict, name);
	}
	await page.keyboard.press('r');
	await zoomTo(page, 'hot');
	await page.keyboard.press('s');
	const { total } = said.functions.find((f) => f.name === 'hot');
	assert.ok(Math.abs(await page.evaluate(() => flame.differenceOf(flame.view()).delta) - total.delta) < 1e-3);
	await page.keyboard.press('Escape');
	await page.keyboard.press('x');
	const rest = lists;
	lists = lists.map((list) => list.filter(([names]) => names.at(-1) !== 'hot'));
	const [b, a] = [0, 1].map((side) => sumOf(lists[side]) / totals[side] * 100);
	const all = await page.evaluate(() => ({ ...flame.differenceOf(flame.view()), worth: flame.profile.diff.worth, spread: flame.profile.diff.spread }));
	lists = rest;
	assert.ok(Math.abs(all.before - b) < 1e-3 && Math.abs(all.after - a) < 1e-3 && all.isEstimate);
	// In per cent, as independent samples spread, and more by as much as those that
	// were tested.
	assert.ok(all.worth.every((worth, side) => Math.abs(worth - 100 / totals[side]) < 1e-6));
	const error = Math.sqrt(all.spread * (all.few * (100 / totals[0]) ** 2 + all.many * (100 / totals[1]) ** 2));
	assert.ok(Math.abs(all.half - 1.96 * error) < 1e-6 * error, `${all.half}`);
	await page.keyboard.press('X');
	await page.keyboard.press('f');
	assert.ok(Math.abs(await page.evaluate(() => flame.view().count) - 100) < 1e-6);
	assert.deepEqual(page.trouble, []);
});

test('tools without a meaning here are not offered', async () => {
	const page = await browser.open(path);
	assert.equal(await page.getByRole('button', { name: 'Counts' }).count(), 0);
	assert.equal(await page.locator('.strip').count(), 0);
	await page.keyboard.press('%');
	assert.deepEqual(await switchesOn(page), ['Difference']);
	await page.keyboard.press('?');
	assert.match(await text(page, '.panel'), /ddifference, before, after/);
	assert.doesNotMatch(await text(page, '.panel'), /numbers or shares/);
});

test('without scripts it is the difference with its legend', needsChromium, async () => {
	const page = await browser.open(path, { javaScriptEnabled: false });
	const seen = await page.evaluate(() => ({
		legend: document.querySelectorAll('#legend rect').length, chips: document.querySelectorAll('#chips > text').length,
		colours: [...document.querySelectorAll('#boxes > g')].map((g) => g.getAttribute('class')),
		gone: document.querySelector('#frames .gone').getAttribute('fill'), labels: document.querySelector('#frames .lb').textContent,
	}));
	assert.equal(seen.legend, 17);
	assert.ok(seen.chips >= 2 && seen.colours.includes('kn0') && seen.colours.some((c) => c[1] === 'm') && seen.colours.some((c) => c[1] === 'l'));
	assert.equal(seen.gone, 'url(#hatch)');
	assert.match(seen.labels, /▲.*▼|▼.*▲/s);
	assert.match(await text(page, '#head'), /before.*after.*samples.*lost.*less.*no evidence.*new.*gone/s);
	for (const [name, class_] of [['hot', 'l'], ['young', 'm']]) assert.ok(await page.locator(`#boxes > g[class^=k${class_}] title`, { hasText: name }).count() > 0);
});

test('hostile names run nothing', async () => {
	const names = ['<script>alert(1)</script>', ']]></script><script>alert(2)</script>', '" onload="alert(3)', '<svg onload=alert(4)>', 'std::map<' + 'very::long<int>, '.repeat(600) + '>::find()', '\u05d0\u05d1\u05d2 12', 'a\x01b\x1b[31m', '\u202emoc.live', '<!--', "');alert(7);('", '&lt;&bogus;'];
	const folded = (by) => names.map((name, i) => `${name};${names[(i + 1) % names.length]} ${100 + i * by}\n`).join('');
	const { path: hostile } = browser.comparison(folded(100000), folded(10) + 'x;<script>alert(8)</script> 900000\n', '--title', '<b onclick="alert(9)">&]]>');
	const page = await browser.open(hostile);
	assert.deepEqual(await parsed(page, readFileSync(hostile, 'utf8')), { error: undefined, scripts: 1, handlers: 0 });
	for (const key of 'dddtr') await page.keyboard.press(key);
	await page.locator('.mover').first().click();
	assert.equal(await page.evaluate(() => document.querySelectorAll('script').length), 1);
	assert.deepEqual(page.trouble, []);
});

test('two names that are equal as text are still two', async () => {
	const folded = (first, second) => Buffer.concat([0xff, 0xfe].map((byte, k) => Buffer.from([0x70, 0x3b, 0x61, byte, ...Buffer.from(` ${[first, second][k]}\n`)])));
	const page = await browser.open(browser.comparison(folded(500000, 1000), folded(1000, 400000)).path);
	assert.deepEqual((await page.locator('.mover > b').allTextContents()).map((change) => change[0]).sort(), ['▲', '▼']);
	assert.deepEqual(page.trouble, []);
});

test('a phone has no sideways scrolling', async () => {
	const page = await browser.open(path, { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true });
	assert.equal(await page.evaluate(() => innerWidth), 390);
	assert.ok((await middleOf(page, ''))[1] < 700);
	assert.deepEqual(page.trouble, []);
});

test('nothing on one side, or on both', async () => {
	for (const [b, a] of [['a;b 500\n', 'c 0\n'], ['c 0\n', 'a;b 500\n'], ['c 0\n', 'c 0\n']]) {
		const page = await browser.open(browser.comparison(b, a).path);
		for (const key of 'dddtrs') await page.keyboard.press(key);
		assert.deepEqual(page.trouble, []);
	}
});
