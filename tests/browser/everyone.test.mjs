// The picture for everyone: by keyboard, on phones, in both themes, on paper.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { needsChromium, sample, start } from './browser.mjs';
import { addressOf, details, text, zoomTo, zoomed, zoomedName } from './page.mjs';

let browser, path;

before(async () => {
	browser = await start();
	path = browser.picture(sample(), 'conditions');
});
afterEach(() => browser.tidy());
after(() => browser.close());

// The lowest contrast (WCAG 2) of all texts that are shown, and which it is of.
const lowestContrast = (page) => page.evaluate(() => {
	const colour = (text) => {
		const [r, g, b, a = 1] = text.match(/[\d.]+/g)?.map(Number) || [0, 0, 0, 0];
		return { rgb: [r, g, b], a };
	};
	const over = (top, bottom, a) => top.map((v, k) => v * a + bottom[k] * (1 - a));
	const light = (rgb) => {
		const [r, g, b] = rgb.map((v) => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const contrast = (a, b) => {
		const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
		return (x + 0.05) / (y + 0.05);
	};
	const paper = colour(getComputedStyle(document.documentElement).backgroundColor).rgb;
	const ground = (e) => {
		const { rgb, a } = colour(getComputedStyle(e).backgroundColor);
		return a === 1 || e.id === 'hud' || e.id === 'bar' ? a ? rgb : paper : over(rgb, ground(e.parentNode), a);
	};
	const found = [];
	for (const e of document.querySelectorAll('#hud *, #bar *')) {
		const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || e.placeholder;
		if (!own || !e.checkVisibility()) continue;
		found.push([contrast(colour(getComputedStyle(e).color).rgb, ground(e)), e.textContent]);
		if (e.placeholder) found.push([contrast(colour(getComputedStyle(e, '::placeholder').color).rgb, ground(e)), e.placeholder]);
	}
	const label = colour(getComputedStyle(document.querySelector('.lb text')).fill).rgb;
	for (const p of document.querySelectorAll('#graph > g:first-child path:not(.kb)')) {
		const style = getComputedStyle(p);
		found.push([contrast(label, over(colour(style.fill).rgb, paper, Number(style.opacity))), p.getAttribute('class')]);
	}
	return found.sort((a, b) => a[0] - b[0])[0].concat(found.length);
});

for (const colorScheme of ['light', 'dark'])
	test(`every text has a contrast of 4.5 at least: ${colorScheme}`, needsChromium, async () => {
		const page = await browser.open(path, { colorScheme });
		const check = async (state) => {
			const [least, of, n] = await lowestContrast(page);
			assert.ok(n > 20);
			assert.ok(least >= 4.5, `${state}: ${of}: ${least}`);
		};
		await check('plain');
		await page.keyboard.press('t');
		await check('table');
		await page.keyboard.press('?');
		await check('keys');
		await page.keyboard.press('Escape');
		await zoomTo(page, 'tcp_sendmsg');
		await page.keyboard.press('x');
		await page.keyboard.press('s');
		await page.keyboard.press('f');
		await check('chips');
		await page.locator('input').fill('tcp');
		await check('search');
		await page.locator('input').fill('tcp(');
		await check('bad search');
	});

test('everything can be reached by keyboard, and is seen to be', async () => {
	const page = await browser.open(path);
	const reached = [];
	for (let k = 0; k < 11; k++) {
		await page.keyboard.press('Tab');
		const [name, outline] = await page.evaluate(() => {
			const e = document.activeElement;
			if (!e || e === document.documentElement) return ['end of the page', true];
			const style = getComputedStyle(e);
			return [e.tagName === 'rect' ? 'graph' : e.getAttribute('aria-label') || e.textContent, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
		});
		reached.push(name);
		if (name !== 'graph') {
			assert.ok(outline, name);
			continue;
		}
		const ring = page.locator('rect.focus');
		assert.ok((await ring.boundingBox()).width > 10);
		assert.ok(parseFloat(await ring.evaluate((e) => getComputedStyle(e).strokeWidth)) >= 2.4);
	}
	for (const name of ['Search functions, regular expression', 'From leaf', 'Sandwich', 'Fold recursion', 'Exclude', 'Flip', 'Counts', 'Table', 'Keys', 'graph'])
		assert.ok(reached.includes(name), `${name}: ${reached}`);
});

test('the keyboard leads from the root to any frame, and the details follow', async () => {
	const page = await browser.open(path);
	const way = await page.evaluate((address) => {
		const path = [];
		for (let node = flame.find(address).node; node.up; node = node.up) {
			const row = flame.kids(node.up).filter((kid) => flame.drawn().includes(kid));
			path.unshift([[...row].sort((a, b) => b.w - a.w)[0].x, node.x, node.frame.name]);
		}
		return path;
	}, await addressOf(page, '__inet_hash_connect'));
	for (const [from, to, name] of way) {
		await page.keyboard.press('ArrowDown');
		for (let k = 0; k < 50 && (await page.evaluate(() => Number(document.querySelector('rect.focus').getAttribute('x')))) !== Math.round(to * 10) / 10; k++)
			await page.keyboard.press(to < from ? 'ArrowLeft' : 'ArrowRight');
		assert.equal((await details(page)).name, name);
	}
	assert.equal(await page.locator('.details').getAttribute('aria-live'), 'polite');
	await page.keyboard.press('Enter');
	assert.equal(await zoomedName(page), '__inet_hash_connect');
	assert.match(await page.locator('rect[tabindex]').getAttribute('aria-label'), /Arrow keys/);
});

test('the frame with the focus is on the screen', async () => {
	const page = await browser.open(browser.picture(Array.from({ length: 60 }, (_, k) => 'f' + k).join(';') + ' 9\n'), { viewport: { width: 900, height: 500 } });
	for (const key of ['ArrowDown', 'ArrowUp'])
		for (let k = 0; k < 60; k++) {
			await page.keyboard.press(key);
			const [y, end, bar, height] = await page.evaluate(async () => {
				// The bar follows with the next picture.
				await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
				const box = document.querySelector('rect.focus').getBoundingClientRect();
				return [box.top, box.bottom, document.querySelector('#bar').getBoundingClientRect().bottom, innerHeight];
			});
			assert.ok(y >= bar - 1 && end <= height + 1, `${key} ${k}: ${y} to ${end} of ${bar} to ${height}`);
		}
});

test('boxes of the same function are marked', async () => {
	const page = await browser.open(path);
	await zoomTo(page, 'nginx');
	await page.keyboard.press('ArrowDown');
	const { name } = await details(page);
	const marked = (await page.locator('.same').getAttribute('d')).match(/M/g).length;
	assert.equal(marked, await page.evaluate((wanted) => flame.drawn().filter((node) => node.frame.name === wanted && node.w > 2).length, name));
	assert.ok(marked > 1);
});

test('on a phone the tools fold, and nothing is wider than the screen', needsChromium, async () => {
	const page = await browser.open(path, { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true });
	const flip = page.getByRole('button', { name: 'Flip' });
	assert.equal(await flip.isVisible(), false);
	const top = await page.evaluate(() => flame.rowY(0));
	assert.ok(top < 330, `${top}`);
	await page.getByRole('button', { name: 'More' }).tap();
	assert.ok(await flip.isVisible());
	await page.getByRole('button', { name: 'Table' }).tap();
	assert.ok((await page.locator('.panel tbody th').first().boundingBox()).width > 150);
	for (const name of ['Sandwich', 'From leaf', 'Flip']) {
		await page.getByRole('button', { name }).tap();
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390, name);
	}
	assert.deepEqual(page.trouble, []);
});

test('text in the bar moves the graph, and does not hide it', async () => {
	const page = await browser.open(path, { viewport: { width: 390, height: 800 } });
	const bottom = () => page.evaluate(() => document.querySelector('#bar').getBoundingClientRect().bottom);
	const before = await bottom();
	await zoomTo(page, 'nginx');
	await page.locator('input').fill('tcp|main|nginx');
	await page.waitForFunction(() => document.querySelector('#bar').getBoundingClientRect().bottom <= flame.rowY(0));
	assert.ok(await bottom() > before + 10);
});

test('another width of the window changes nothing but widths', async () => {
	const page = await browser.open(path);
	await zoomTo(page, 'do_syscall_64');
	await page.locator('input').fill('tcp');
	const before = [await zoomed(page), await text(page, '.match')];
	await page.setViewportSize({ width: 640, height: 500 });
	await page.waitForFunction(() => flame.state.zoom.w < 640 && flame.state.zoom.w === document.documentElement.clientWidth - 20);
	assert.deepEqual([await zoomed(page), await text(page, '.match')], before);
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 640);
});

test('paper gets one page, whatever is shown', needsChromium, async () => {
	const page = await browser.open(path);
	for (const keys of [[], ['t'], ['i'], ['r']]) {
		for (const key of keys) await page.keyboard.press(key);
		const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
		assert.equal(pdf.match(/\/Type\s*\/Page\b/g).length, 1, `${keys}`);
	}
	assert.ok(await page.locator('#graph').isVisible());
	assert.equal(await page.locator('#static').count(), 0);
});
