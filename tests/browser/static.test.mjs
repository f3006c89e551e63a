// The picture without scripts, and with hostile names.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { needsChromium, sample, start } from './browser.mjs';
import { parsed } from './page.mjs';

let browser, path;

before(async () => {
	browser = await start();
	path = browser.picture(sample(), 'conditions');
});
afterEach(() => browser.tidy());
after(() => browser.close());

// How many pixels of a screenshot have a colour (are not grey), counted by the browser.
async function colouredPixels(page) {
	const shot = (await page.screenshot()).toString('base64');
	const counter = await page.context().browser().newPage();
	const n = await counter.evaluate(async (data) => {
		const image = new Image();
		image.src = 'data:image/png;base64,' + data;
		await image.decode();
		const canvas = new OffscreenCanvas(image.width, image.height), c = canvas.getContext('2d');
		c.drawImage(image, 0, 0);
		const p = c.getImageData(0, 0, image.width, image.height).data;
		let coloured = 0;
		for (let i = 0; i < p.length; i += 4) if (Math.max(p[i], p[i + 1], p[i + 2]) - Math.min(p[i], p[i + 1], p[i + 2]) > 40) coloured++;
		return coloured;
	}, shot);
	await counter.close();
	return n;
}

test('shows frames and title without scripts', needsChromium, async () => {
	const page = await browser.open(path, { javaScriptEnabled: false });
	assert.ok(await page.locator('#head').isVisible());
	assert.match(await page.locator('#head text').first().textContent(), /^Flame graph of web1/);
	assert.ok(await colouredPixels(page) > 50000);
});

test('shows frames under strict policies and in <img>', async () => {
	const policies = ["default-src 'none'; style-src 'unsafe-inline'; sandbox", "sandbox; default-src 'none'; img-src 'self'; style-src 'self'", "script-src 'none'", "default-src 'none'"];
	const server = createServer((request, answer) => {
		const n = Number(request.url.slice(1));
		if (request.url === '/img') answer.setHeader('content-type', 'text/html').end('<img src="/9">');
		else answer.writeHead(200, { 'content-type': 'image/svg+xml', ...(policies[n] && { 'content-security-policy': policies[n] }) }).end(readFileSync(path));
	}).listen(0, '127.0.0.1');
	const page = await browser.open(path, { javaScriptEnabled: true });
	for (const url of [...policies.keys(), 'img']) {
		await page.goto(`http://127.0.0.1:${server.address().port}/${url}`);
		assert.ok(await colouredPixels(page) > 50000, `${url}`);
	}
	server.close();
});

test('dark where the reader wants it', needsChromium, async () => {
	const light = await browser.open(path), dark = await browser.open(path, { colorScheme: 'dark' });
	const background = (page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
	assert.equal(await background(light), 'rgb(255, 255, 255)');
	assert.equal(await background(dark), 'rgb(22, 24, 29)');
	const label = (page) => page.evaluate(() => getComputedStyle(document.querySelector('#graph .lb text')).fill);
	assert.equal(await label(light), 'rgb(20, 20, 20)');
	assert.equal(await label(dark), 'rgb(244, 244, 244)');
	const still = await browser.open(path, { colorScheme: 'dark', javaScriptEnabled: false });
	assert.ok(await colouredPixels(still) > 50000);
	const fill = (selector, of = 'fill') => still.locator(selector).first().evaluate((e, name) => getComputedStyle(e)[name], of);
	assert.equal(await fill('.bg'), 'rgb(22, 24, 29)');
	assert.equal(await fill('#head text'), 'rgb(233, 235, 240)');
	assert.equal(await fill('#boxes .k11', 'stroke'), 'rgb(135, 83, 16)');
});

test('a box has a tooltip under the pointer', needsChromium, async () => {
	const page = await browser.open(browser.picture('web;main;inner_[i];read_[k] 30\n'), { javaScriptEnabled: false });
	const seen = await page.evaluate(() => [...document.querySelectorAll('#frames .lb text:not(.sh *)')].map((e) => {
		const top = Number(e.getAttribute('y')) - 14;
		return [e.textContent, ...[-0.5, 2.5, 18.5, 19.5].map((y) => document.elementFromPoint(Number(e.getAttribute('x')), top + y).textContent.split(':')[0])];
	}));
	// Inlined code reaches into the gap above it.
	const expected = ['all', 'web', 'main', 'read', 'inner'].map((name) => [name, name === 'inner' ? name : '', name, name, name === 'main' ? 'inner' : '']);
	assert.deepEqual(seen, expected);
});

const names = ['<script>alert(1)</script>', ']]></script><script>alert(2)</script>', '" onload="alert(3)', '<svg onload=alert(4)>', '&lt;&#x3c;b&bogus;', '<!--', 'a\x01b\x1b[31m', 'std::map<' + 'very::long<int>, '.repeat(250) + '>::find()', '\u05d0\u05d1\u05d2 12', 'a\u2067b\u2069', 'nul\0nul', '\u202emoc.live', 'x'.repeat(10000), '<'.repeat(300), 'javascript:alert(5)', '\\u003cscript\\u003e', '</metadata><g onclick="alert(6)">', "');alert(7);('"];

test('hostile names run nothing and ask for nothing', async () => {
	const lines = names.map((name, i) => `${name};${name};${names[(i + 1) % names.length]} ${i + 5}\n`).join('');
	const bytes = Buffer.concat([Buffer.from(lines), Buffer.from([0xff, 0xfe, 0x3c, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x20, 0x37, 0x0a])]);
	const hostile = browser.picture(bytes);
	const page = await browser.open(hostile);
	assert.deepEqual(await parsed(page, readFileSync(hostile, 'utf8')), { error: undefined, scripts: 1, handlers: 0 });
	await page.evaluate(() => {
		const open = [flame.view()];
		for (let node; (node = open.pop()); open.push(...flame.kids(node))) flame.zoom(node);
	});
	assert.deepEqual((await page.evaluate(() => flame.profile.frames.map((f) => f.name))).filter((name) => /alert\(1\)/.test(name)), ['<script>alert(1)</script>', '<script>alert(1)</script>']);
	for (const query of ['<script', 'alert', '\\]\\]>', 'x{20}', '&']) await page.locator('input').fill(query);
	assert.equal(await page.evaluate(() => document.querySelectorAll('script').length), 1);
	assert.deepEqual(page.trouble, []);
});

// Who notices it differs: the browser where names are no deflated data, else the script.
for (const [how, pattern, broken, message] of [
	['names that are damaged', /(<metadata id="data">.{100})...(?=[^<]*)/, '$1!!!', /error: /],
	['counts that are damaged', /.....(.{20}<\/metadata>)/, '!!!!!$1', /error: the data is/],
	['truncated data', /(<metadata id="data">.{100})[^<]*/, '$1', /error: the data is/],
])
	test(`${how} leave the static picture`, async () => {
		const to = path.replace('.svg', '-broken.svg'), whole = readFileSync(path, 'utf8');
		writeFileSync(to, whole.replace(pattern, broken));
		assert.notEqual(readFileSync(to, 'utf8'), whole);
		const page = await browser.open(to);
		assert.ok(await page.locator('#static').isVisible());
		assert.match(page.trouble.join(), message);
		assert.ok(await colouredPixels(page) > 50000);
	});

test('a browser that cannot unpack the data keeps the static picture', async () => {
	const page = await browser.open(path);
	assert.equal(await page.locator('#static').count(), 0);
	await page.addInitScript(() => delete globalThis.DecompressionStream);
	await page.reload();
	assert.ok(await page.locator('#static').isVisible());
	assert.ok(await colouredPixels(page) > 50000);
	assert.deepEqual(page.trouble, []);
});

test('a name that is read from the right begins where its box begins', needsChromium, async () => {
	const page = await browser.open(browser.picture('\u05d0\u05d1\u05d2 12;abc 5\n\u05d0\u05d1\u05d2;\u05d3(int) 5\n'), { javaScriptEnabled: false });
	const labels = await page.evaluate(() => [...document.querySelectorAll('#frames .lb > text')].map((e) => [e.getBBox().x - Number(e.getAttribute('x')), e.textContent]));
	assert.ok(labels.length >= 4);
	for (const [distance, name] of labels) assert.ok(Math.abs(distance) < 2, `${name}: ${distance}`);
	// The count stays after the name.
	const titles = await page.evaluate(() => [...document.querySelectorAll('#frames title')].map((e) => e.textContent));
	assert.ok(titles.includes('\u2068\u05d3(int)\u2069: 50.0%, 5 samples'), titles.join('\n'));
});
