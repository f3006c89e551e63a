// The picture for people who see fewer colours, as Chromium imitates their eyes.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { needsChromium, sample, start } from './browser.mjs';
import { addressOf } from './page.mjs';

const LESS_RED_OR_GREEN = ['protanopia', 'deuteranopia', 'tritanopia'];
let browser;

before(async () => {
	browser = await start();
});
afterEach(() => browser.tidy());
after(() => browser.close());

// The colours of boxes on the screen, where no label is.
async function seen(page, kind, names) {
	const points = [];
	for (const name of names) {
		const address = await addressOf(page, name);
		points.push(await page.evaluate((to) => {
			const { x, depth } = flame.find(to).node;
			return [Math.round(10 + x + 2), Math.round(flame.rowY(depth) + 4 - scrollY)];
		}, address));
	}
	const session = await page.context().newCDPSession(page);
	await session.send('Emulation.setEmulatedVisionDeficiency', { type: kind });
	const png = (await page.screenshot()).toString('base64');
	const reader = await page.context().newPage();
	return reader.evaluate(async ([data, where]) => {
		const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
		const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
		const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
		canvas.drawImage(image, 0, 0);
		return where.map(([x, y]) => [...canvas.getImageData(x, y, 1, 1).data].slice(0, 3));
	}, [png, points]);
}

const distance = (a, b) => Math.hypot(...a.map((v, k) => v - b[k]));

for (const kind of LESS_RED_OR_GREEN)
	test(`kinds of code are distinct: ${kind}`, needsChromium, async () => {
		const path = browser.picture(sample(), 'conditions');
		const page = await browser.open(path);
		const [kernel, program, library] = await seen(page, kind, ['do_syscall_64', 'main', '__libc_write']);
		assert.ok(distance(kernel, program) > 60, `kernel ${kernel}, program ${program}`);
		assert.ok(distance(kernel, library) > 60, `kernel ${kernel}, library ${library}`);
		assert.ok(distance(program, library) > 30, `program ${program}, library ${library}`);
	});

test('without colours the line shows where the kernel begins', needsChromium, async () => {
	const page = await browser.open(browser.picture(sample(), 'conditions'));
	const [kernel] = await seen(page, 'achromatopsia', ['do_syscall_64']);
	assert.ok(Math.max(...kernel) - Math.min(...kernel) < 4, `not grey: ${kernel}`);
	assert.ok(await page.evaluate(() => document.querySelector('#graph path.kb').getAttribute('d').length) > 0);
});

const BEFORE = 'web;main;hot 900000\nweb;main;rest 900000\n', AFTER = 'web;main;hot 100000\nweb;main;rest 900000\nweb;main;grown 800000\n';

for (const kind of LESS_RED_OR_GREEN)
	test(`more and less are distinct: ${kind}`, needsChromium, async () => {
		const page = await browser.open(browser.comparison(BEFORE, AFTER).path);
		const [less, more] = await seen(page, kind, ['hot', 'grown']);
		assert.ok(distance(less, more) > 60, `less ${less}, more ${more}`);
	});

test('without colours the labels show more and less', needsChromium, async () => {
	const page = await browser.open(browser.comparison(BEFORE, AFTER).path);
	await seen(page, 'achromatopsia', ['hot']);
	const labels = await page.evaluate(() => [...document.querySelectorAll('#graph .lb text')].map((e) => e.textContent));
	for (const [name, sign] of [['hot', '▼'], ['grown', '▲']]) {
		const at = labels.indexOf(name);
		assert.ok(at > 0 && labels.slice(at - 1, at + 2).some((text) => text.startsWith(sign)), `${name}: ${labels}`);
	}
});
