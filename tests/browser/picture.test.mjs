// The picture as its reader meets it.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { needsChromium, sample, share, start } from './browser.mjs';
import { addressOf, details, go, middleOf, percent, switchesOn, text, zoomTo, zoomed, zoomedName } from './page.mjs';

let browser, folded, path;

before(async () => {
	browser = await start();
	folded = sample();
	path = browser.picture(folded, 'conditions');
});
afterEach(() => browser.tidy());
after(() => browser.close());

test('opens without errors, with the root on the first screen', async () => {
	const page = await browser.open(path);
	assert.equal(await page.title(), 'Flame graph of web1.example.org');
	assert.match(await text(page, '#hud'), /cpu-clock at 99 Hz.*8 CPUs.*samples.*12 samples lost/s);
	assert.ok((await middleOf(page, ''))[1] < 300);
	assert.equal(await page.locator('#static').count(), 0);
	assert.ok(await page.evaluate(() => document.querySelectorAll('*').length) < 1000);
	assert.deepEqual(page.trouble, []);
});

// All drawn boxes of the document, as the paths have them.
const drawn = (page) => page.evaluate(() => [...document.querySelectorAll('#graph > g:first-child path:not(.kb)')]
	.flatMap((p) => [...p.getAttribute('d').matchAll(/M(\d+) ([\d.-]+)h(\d+)v/g)].map((m) => [m[1] / 100, Number(m[2]), m[3] / 100])));

test('widths are the ratios of counts, at every zoom', async () => {
	const page = await browser.open(path);
	for (const name of [null, 'nginx', 'do_syscall_64', '__inet_hash_connect', '_raw_spin_lock']) {
		if (name) await zoomTo(page, name);
		const boxes = await page.evaluate(() => {
			const z = flame.state.zoom, out = [], open = [z];
			for (let node; (node = open.pop()); open.push(...flame.kids(node)))
				out.push([node.count / z.count * 1260, (node.start - z.start) / z.count * 1260, flame.rowY(node.depth) - node.frame.inlined]);
			return out;
		});
		const shapes = await drawn(page);
		for (const [w, x, y] of boxes.filter(([w]) => w >= 0.5)) {
			const wide = w > 2.5 ? w - 0.8 : w;
			assert.ok(shapes.some((s) => Math.abs(s[0] - x) < 0.02 && s[1] === y && Math.abs(s[2] - wide) < 0.02), `${name}: no box of ${wide} px at ${x}, ${y}`);
		}
		// And the zoomed frame's callers, as wide as it.
		const callers = await page.evaluate(() => flame.state.zoom.depth);
		assert.equal(shapes.length, boxes.filter(([w]) => w >= 0.5).length + callers);
	}
});

test('the line where the kernel was entered is drawn over the boxes', async () => {
	const page = await browser.open(path);
	const order = await page.evaluate(() => [...document.querySelectorAll('#graph > g:first-child path')].map((p) => p.getAttribute('class')));
	assert.ok(order.length > 3);
	assert.equal(order.indexOf('kb'), order.length - 1);
});

test('counts are those of the folded text', async () => {
	const page = await browser.open(path);
	const { all, matched } = share(folded, (name) => name === 'nginx');
	assert.equal(await page.evaluate(() => flame.view().count), all);
	assert.equal(await page.evaluate((address) => flame.find(address).node.count, await addressOf(page, 'nginx')), matched);
});

test('a click zooms, another one goes up, the breadcrumb leads back', async () => {
	const page = await browser.open(path);
	const node = await addressOf(page, 'nginx');
	await page.mouse.click(...await middleOf(page, node));
	assert.equal(await zoomed(page), node);
	assert.match(await text(page, '.crumbs'), /^all › nginx$/);
	await page.mouse.click(...await middleOf(page, node));
	assert.equal(await zoomed(page), '');
	await zoomTo(page, '_raw_spin_lock');
	await page.getByRole('button', { name: 'nginx', exact: true }).or(page.getByRole('button', { name: /^(php-fpm8.2|ksoftirqd\/0)$/ })).first().click();
	assert.equal(await page.evaluate(() => flame.state.zoom.depth), 1);
	await page.getByRole('button', { name: 'Reset zoom' }).click();
	assert.equal(await zoomed(page), '');
});

test('the details follow the mouse', async () => {
	const page = await browser.open(path);
	const node = await addressOf(page, 'ksoftirqd/0');
	await page.mouse.move(...await middleOf(page, node));
	assert.equal((await details(page)).name, 'ksoftirqd/0');
	const { all, matched } = share(folded, (name) => name === 'ksoftirqd/0');
	const facts = await text(page, '.facts');
	assert.ok(facts.startsWith((matched / all * 100).toFixed(1) + '% of all'), facts);
	assert.ok(facts.includes(matched.toLocaleString('en') + ' samples'), facts);
	assert.match(facts, /s of CPU time/);
});

test('search shows the share of all frames, each sample once', async () => {
	const page = await browser.open(path);
	const patterns = ['tcp', 'tcp_v4|kmem', 'parse_header', 'Parse_Header', '^main$', 'recurse', 'libfoo', 'nginx', '.', 'entry|do_sys|_raw', 'int const&', 'nowhere'];
	for (const pattern of patterns) {
		await page.locator('input').fill(pattern);
		const regexp = new RegExp(pattern, pattern === pattern.toLowerCase() ? 'i' : '');
		const { all, matched } = share(folded, (name) => regexp.test(name));
		assert.equal(matched > 0, pattern !== 'nowhere', pattern);
		assert.equal(await page.evaluate(() => flame.matchedCount()), matched, pattern);
		assert.equal(await text(page, '.match'), 'matched ' + percent(matched, all));
	}
	await page.locator('input').fill('tcp(');
	assert.equal(await page.locator('input').getAttribute('aria-invalid'), 'true');
	assert.equal(await text(page, '.match'), 'not a regular expression');
	// The box turns red, also while it has the focus.
	const [border, outline, warning] = await page.evaluate(() => {
		const { borderColor, outlineColor } = getComputedStyle(document.querySelector('input'));
		return [borderColor, outlineColor, getComputedStyle(document.querySelector('#hud .wa')).color];
	});
	assert.deepEqual([border, outline], [warning, warning]);
	await page.locator('input').fill('');
	assert.equal(await text(page, '.match'), '');
	assert.deepEqual(page.trouble, []);
});

test('search in a zoomed view shows the share of the view too', async () => {
	const page = await browser.open(path);
	await zoomTo(page, 'nginx');
	await page.locator('input').fill('tcp');
	const lines = folded.trim().split('\n').filter((line) => line.startsWith('nginx')).join('\n');
	const { all, matched } = share(lines, (name) => /tcp/.test(name));
	assert.ok((await text(page, '.match')).endsWith(` · ${(matched / all * 100).toFixed(1)}% of the view`));
	await page.locator('input').fill('nginx$');
	assert.match(await text(page, '.match'), / · 100% of the view$/);
});

test('the keyboard reaches everything', async () => {
	const page = await browser.open(path);
	const widest = await page.evaluate(() => {
		const path = [flame.view()];
		for (let depth = 0; depth < 4; depth++) path.push([...flame.kids(path.at(-1))].sort((a, b) => b.count - a.count)[0]);
		return path.map((node) => node.frame.name);
	});
	for (const name of widest.slice(1)) {
		await page.keyboard.press('ArrowDown');
		assert.equal((await details(page)).name, name);
	}
	const ring = await page.locator('rect.focus').boundingBox();
	assert.ok(ring.width > 1);
	await page.keyboard.press('ArrowUp');
	assert.equal((await details(page)).name, widest[3]);
	await page.keyboard.press('Enter');
	assert.equal(await zoomedName(page), widest[3]);
	await page.keyboard.press('Escape');
	assert.equal(await zoomedName(page), widest[2]);
	await page.keyboard.press('0');
	assert.equal(await zoomed(page), '');
	await page.keyboard.press('/');
	await page.keyboard.type('tcp_sendmsg');
	assert.match(await text(page, '.match'), /^matched/);
	await page.keyboard.press('Enter');
	assert.equal((await details(page)).name, 'tcp_sendmsg');
	await page.keyboard.press('Escape');
	assert.equal(await text(page, '.match'), '');
	await page.keyboard.press('Control+f');
	assert.equal(await page.evaluate(() => document.activeElement.tagName), 'input');
	await page.keyboard.type('spin');
	await page.keyboard.press('Enter');
	assert.equal((await details(page)).name, '_raw_spin_lock');
	assert.deepEqual(page.trouble, []);
});

test('n goes through the matches by size', async () => {
	const page = await browser.open(path, { hash: '#q=tcp_v4' });
	const counts = [];
	for (let i = 0; i < 6; i++) {
		await page.keyboard.press('n');
		assert.equal((await details(page)).name, 'tcp_v4_connect');
		counts.push(Number((await text(page, '.facts')).match(/([\d,]+) samples? /)[1].replaceAll(',', '')));
	}
	assert.deepEqual(counts, [...counts].sort((a, b) => b - a));
	await page.keyboard.press('N');
	const facts = await text(page, '.facts');
	assert.equal(Number(facts.match(/([\d,]+) samples? /)[1].replaceAll(',', '')), counts[4]);
});

test('i turns the graph over', async () => {
	const page = await browser.open(path);
	const rows = () => page.evaluate(() => [flame.rowY(0), flame.rowY(1), flame.rowY(2)]);
	const [root, first, second] = await rows();
	assert.ok(root < first && first < second);
	await page.keyboard.press('i');
	const flipped = await rows();
	assert.ok(flipped[0] > flipped[1] && flipped[1] > flipped[2]);
	const [x, y] = await middleOf(page, '');
	assert.ok(y > 0 && y < 800);
	await page.mouse.move(x, y);
	assert.equal((await details(page)).name, 'all');
	await page.keyboard.press('ArrowUp');
	assert.notEqual((await details(page)).name, 'all');
	await page.getByRole('button', { name: 'Flip' }).click();
	assert.deepEqual(await rows(), [root, first, second]);
});

test('the address brings the view back, in a window of another width too', async () => {
	const page = await browser.open(path);
	const node = await addressOf(page, 'do_syscall_64');
	await zoomTo(page, 'do_syscall_64');
	await page.locator('input').fill('tcp|a b&c=ü');
	await page.locator('rect[tabindex]').focus();
	await page.keyboard.press('i');
	const hash = await page.evaluate(() => location.hash);
	assert.match(hash, /^#z=[\w.]+&q=[^&]+&flip$/);
	const other = await browser.open(path, { hash, viewport: { width: 900, height: 700 } });
	assert.equal(await zoomed(other), node);
	assert.deepEqual(await switchesOn(other), ['Flip']);
	assert.equal(await text(other, '.match'), await text(page, '.match'));
	assert.equal(await other.evaluate(() => document.querySelector('input').value), 'tcp|a b&c=ü');
	// Other counts, same stacks: still the same frame.
	const again = await browser.open(browser.picture(folded.replace(/\d+$/gm, (n) => Number(n) + 3)), { hash });
	assert.equal(await again.evaluate(() => flame.state.zoom.frame.name), 'do_syscall_64');
	for (const nonsense of ['#z=nowhere', '#q=%', '#q=(', '#&&=&z', '#__proto__=1']) {
		await go(other, nonsense);
		assert.equal(await zoomed(other), '');
		assert.deepEqual(other.trouble, []);
	}
});

test('the graph is as wide as the window', async () => {
	const page = await browser.open(path);
	for (const width of [700, 1600]) {
		await page.setViewportSize({ width, height: 700 });
		// Some browsers take room for a scrollbar.
		await page.waitForFunction((w) => flame.view().w === document.documentElement.clientWidth - 20 && Math.abs(flame.view().w - w + 20) < 20, width);
	}
});

test('a phone gets text of readable size and no sideways scrolling', needsChromium, async () => {
	const page = await browser.open(path, { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true });
	assert.equal(await page.evaluate(() => innerWidth), 390);
	assert.equal(await page.evaluate(() => flame.view().w), 370);
	assert.ok((await middleOf(page, ''))[1] < 400);
});

test('c copies the name', async () => {
	const page = await browser.open(path, { permissions: ['clipboard-read', 'clipboard-write'] });
	await zoomTo(page, 'do_syscall_64');
	await page.keyboard.press('c');
	await page.waitForFunction(() => document.querySelector('.facts').textContent.startsWith('copied'));
	assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'do_syscall_64');
});

// The static picture knows tenths of a px only, so a label may be one character longer
// there.
test('labels are the same with and without the script', needsChromium, async () => {
	const few = browser.picture(sample(60));
	const page = await browser.open(few);
	const labels = (p, margin) => p.evaluate((left) => [...document.querySelectorAll('.lb text:not(.sh, .sh *)')]
		.map((e) => [Number(e.getAttribute('x')) + left, Number(e.getAttribute('y')), e.textContent]), margin);
	const scriptless = await browser.open(few, { javaScriptEnabled: false });
	const still = await labels(scriptless, 0), live = await labels(page, 10);
	const shift = live[0][1] - still[0][1];
	assert.ok(still.length > 40);
	assert.ok(Math.abs(still.length - live.length) < 5);
	for (const [x, y, label] of still) {
		const same = live.find((l) => Math.abs(l[0] - x) < 0.25 && l[1] === y + shift);
		if (same && same[2] !== label) assert.ok(Math.abs(same[2].length - label.length) === 1 && same[2].slice(0, 2) === label.slice(0, 2), `${label}: ${same[2]}`);
	}
});

test('paper gets the static picture, then the live one comes back', needsChromium, async () => {
	const page = await browser.open(path);
	await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
	assert.ok(await page.locator('#frames').isVisible());
	assert.equal(await page.locator('#graph').isVisible(), false);
	const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
	assert.equal(pdf.match(/\/Type\s*\/Page\b/g).length, 1);
	await page.evaluate(() => dispatchEvent(new Event('afterprint')));
	assert.ok(await page.locator('#graph').isVisible());
	assert.equal(await page.locator('#static').count(), 0);
	assert.deepEqual(page.trouble, []);
});

test('folded text alone makes a picture, an empty one too', async () => {
	for (const lines of ['a;b 1\n', '', 'a 0\n', 'a;b 9007199254740993\na;c 1\n']) {
		const page = await browser.open(browser.picture(lines));
		assert.equal(await page.title(), 'Flame graph');
		assert.equal((await details(page)).name, 'all');
		assert.deepEqual(page.trouble, []);
	}
});
