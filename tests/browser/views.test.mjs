// The views of a profile: merged from the leaf, sandwich, folded recursion, exclusions.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { sample, start } from './browser.mjs';
import { addressOf, details, expectedView, go, percent, prefixes, stacks, switchesOn, text, viewOf, zoomTo, zoomed, zoomedName } from './page.mjs';

let browser, path, list, all;
const sumOf = (some) => some.reduce((sum, [, count]) => sum + count, 0);
const focusOn = async (page, name) => {
	await zoomTo(page, name);
	assert.equal(await zoomedName(page), name);
};

before(async () => {
	browser = await start();
	const folded = sample();
	path = browser.picture(folded, 'conditions');
	list = stacks(folded);
	all = sumOf(list);
});
afterEach(() => browser.tidy());
after(() => browser.close());

test('from the root every stack is there', async () => {
	const page = await browser.open(path);
	assert.deepEqual(await viewOf(page), expectedView(list, prefixes));
});

test('r merges from the leaf', async () => {
	const page = await browser.open(path);
	await page.keyboard.press('r');
	assert.deepEqual(await viewOf(page), expectedView(list, (names) => prefixes([...names].reverse())));
	// The function with the most samples is at the left.
	const first = await page.evaluate(() => flame.kids(flame.view()).map((node) => node.count));
	assert.deepEqual(first, [...first].sort((a, b) => b - a));
	await zoomTo(page, 'tcp_sendmsg');
	const leaf = list.filter(([names]) => names.at(-1) === 'tcp_sendmsg');
	assert.match((await details(page)).facts, new RegExp(`100% of tcp_sendmsg$`));
	assert.ok((await details(page)).facts.includes(`${sumOf(leaf).toLocaleString('en')} samples`));
	await page.keyboard.press('Escape');
	await page.keyboard.press('Escape');
	assert.deepEqual(await viewOf(page), expectedView(list, prefixes));
	assert.deepEqual(page.trouble, []);
});

test('nodes too small to be drawn are counted where a view is sorted by size', async () => {
	const many = 'p;big 100000\n' + Array.from({ length: 300 }, (_, k) => `p;f${k} 40\n`).join('');
	const page = await browser.open(browser.picture(many), { hash: '#v=r' });
	assert.ok((await page.locator('.lb text').allTextContents()).includes('300 smaller'));
	const [, x, w] = (await page.locator('.rest').getAttribute('d')).match(/M(\d+) [\d.]+h(\d+)v/);
	assert.ok(Math.abs(x / 100 - 1260 * 100000 / 112000) < 0.02 && Math.abs(w / 100 - (1260 * 12000 / 112000 - 0.8)) < 0.02);
});

// The part of a stack from the outermost call of a function inwards, and that outwards.
const sandwichWays = (name) => (names) => {
	const at = names.indexOf(name);
	if (at < 0) return [];
	const up = prefixes(names.slice(0, at).reverse()).slice(1).map((way) => '<' + way);
	return [...up, ...prefixes(names.slice(at + 1))];
};

test('s shows callers and callees of a function, each sample once', async () => {
	const page = await browser.open(path);
	for (const name of ['do_syscall_64', 'recurse', 'main', '__libc_write']) {
		await focusOn(page, name);
		await page.keyboard.press('s');
		assert.deepEqual(await viewOf(page), expectedView(list, sandwichWays(name)), name);
		assert.equal(await text(page, '.chips'), `callers and callees of ${name} ×`);
		const rows = await page.evaluate(() => [-1, 0, 1].map(flame.rowY));
		assert.ok(rows[0] < rows[1] && rows[1] < rows[2]);
		await page.keyboard.press('ArrowUp');
		assert.ok(await page.evaluate(() => flame.addressOf(flame.state.zoom) === ''));
		const above = (await details(page)).name;
		assert.ok(list.some(([names]) => names[names.indexOf(name) - 1] === above), above);
		assert.match((await details(page)).facts, new RegExp(` of ${name}$`));
		await page.keyboard.press('ArrowDown');
		assert.equal((await details(page)).name, name);
		await page.keyboard.press('s');
		assert.deepEqual(await viewOf(page), expectedView(list, prefixes));
		assert.equal(await zoomedName(page), name);
	}
	assert.deepEqual(page.trouble, []);
});

test('x excludes the samples of a box, in every view, and the rest is the whole', async () => {
	const page = await browser.open(path);
	await focusOn(page, 'nginx');
	await page.keyboard.press('x');
	const rest = list.filter(([names]) => names[0] !== 'nginx');
	assert.deepEqual(await viewOf(page), expectedView(rest, prefixes));
	assert.equal(await text(page, '.chips'), 'without nginx ×');
	assert.match((await details(page)).facts, /^100% of all/);
	await page.locator('input').fill('ksoftirqd');
	assert.equal(await text(page, '.match'), 'matched ' + percent(sumOf(rest.filter(([names]) => names[0] === 'ksoftirqd/0')), sumOf(rest)));
	await page.locator('input').fill('');
	await page.locator('#graph rect[tabindex]').focus();

	// From the leaf: all stacks that end so.
	await page.keyboard.press('r');
	await zoomTo(page, 'tcp_sendmsg');
	await page.keyboard.press('x');
	const less = rest.filter(([names]) => names.at(-1) !== 'tcp_sendmsg');
	assert.deepEqual(await viewOf(page), expectedView(less, (names) => prefixes([...names].reverse())));
	await page.keyboard.press('r');
	assert.deepEqual(await viewOf(page), expectedView(less, prefixes));

	// A function, in its sandwich.
	await zoomTo(page, '_raw_spin_lock');
	await page.keyboard.press('s');
	await page.keyboard.press('x');
	await page.keyboard.press('s');
	const least = less.filter(([names]) => !names.includes('_raw_spin_lock'));
	assert.deepEqual(await viewOf(page), expectedView(least, prefixes));

	// The address carries it all, and X and the chips take it back.
	const hash = await page.evaluate(() => location.hash);
	const other = await browser.open(path, { hash });
	assert.deepEqual(await viewOf(other), expectedView(least, prefixes));
	await other.keyboard.press('X');
	assert.deepEqual(await viewOf(other), expectedView(less, prefixes));
	await other.getByRole('button', { name: 'without nginx' }).click();
	const leaf = list.filter(([names]) => names.at(-1) !== 'tcp_sendmsg');
	assert.deepEqual(await viewOf(other), expectedView(leaf, prefixes));
	await other.keyboard.press('X');
	assert.deepEqual(await viewOf(other), expectedView(list, prefixes));
	assert.doesNotMatch(await other.evaluate(() => location.hash), /x=/);
	assert.deepEqual([...page.trouble, ...other.trouble], []);
});

// A function once in a stack, at its outermost place; code without a name only where it
// is its own neighbour.
function unfolded(names) {
	const out = [];
	for (const name of names) {
		const at = name.startsWith('[') ? (out.at(-1) === name ? out.length - 1 : -1) : out.indexOf(name);
		if (at > 0) out.length = at;
		out.push(name);
	}
	return out;
}

test('f folds recursion, in other views too', async () => {
	const lines = sample(300) + 'web;a;b;a;c 5\nweb;a;a;a 3\nweb;b;a;b;c;b 2\nweb;a;a;[unknown x];[unknown x];a;[unknown x];d 9\nweb;e;[unknown x];g;[unknown x];h 4\n';
	const folded = stacks(lines).map(([names, count]) => [unfolded(names), count]);
	const page = await browser.open(browser.picture(lines));
	await page.keyboard.press('f');
	assert.deepEqual(await viewOf(page), expectedView(folded, prefixes));
	await page.keyboard.press('r');
	assert.deepEqual(await viewOf(page), expectedView(folded, (names) => prefixes([...names].reverse())));
	await page.keyboard.press('r');
	await zoomTo(page, 'recurse');
	await page.keyboard.press('s');
	assert.deepEqual(await viewOf(page), expectedView(folded, sandwichWays('recurse')));
	await page.keyboard.press('s');
	await zoomTo(page, 'a');
	await page.keyboard.press('x');
	await page.keyboard.press('f');
	const rest = stacks(lines).filter(([names]) => !unfolded(names).join(';').startsWith('web;a'));
	assert.deepEqual(await viewOf(page), expectedView(rest, prefixes));
	assert.deepEqual(page.trouble, []);
});

test('excluding a folded box leaves out its samples, and no more', async () => {
	const lines = 'web;a;b;a 7\nweb;a;b 2\nweb;a;b;a;c 5\nweb;d 3\n';
	const page = await browser.open(browser.picture(lines));
	await page.keyboard.press('f');
	await zoomTo(page, 'b');
	await page.keyboard.press('x');
	const rest = stacks(lines).map(([names, count]) => [unfolded(names), count]).filter(([names]) => !names.includes('b'));
	assert.equal(sumOf(rest), 15);
	assert.deepEqual(await viewOf(page), expectedView(rest, prefixes));
});

test('search is exact in every view', async () => {
	const page = await browser.open(path);
	for (const keys of [[], ['r'], ['f'], ['f', 'r'], ['s']]) {
		if (keys[0] === 's') await zoomTo(page, 'do_syscall_64');
		for (const key of keys) await page.keyboard.press(key);
		for (const pattern of ['tcp', 'nginx', 'main|recurse', '_raw_spin_lock', 'libfoo']) {
			await page.locator('input').fill(pattern);
			const found = list.filter(([names]) => names.some((name) => new RegExp(pattern, 'i').test(name)));
			assert.equal(await text(page, '.match'), 'matched ' + percent(sumOf(found), all), `${keys}: ${pattern}`);
			const inView = found.filter(([names]) => keys[0] !== 's' || names.includes('do_syscall_64'));
			assert.equal(await page.evaluate(() => flame.matchedOf(flame.view())), sumOf(inView), `${keys}: ${pattern}`);
		}
		await page.locator('input').fill('');
		await page.locator('#graph rect[tabindex]').focus();
		for (const key of keys) await page.keyboard.press(key);
	}
});

test('n finds matches in other views', async () => {
	const page = await browser.open(path);
	await page.keyboard.press('r');
	await page.locator('input').fill('tcp_v4');
	await page.locator('#graph rect[tabindex]').focus();
	const counts = [];
	for (let k = 0; k < 5; k++) {
		await page.keyboard.press('n');
		assert.equal((await details(page)).name, 'tcp_v4_connect');
		counts.push(Number((await details(page)).facts.match(/([\d,]+) samples? /)[1].replaceAll(',', '')));
	}
	assert.deepEqual(counts, [...counts].sort((a, b) => b - a));
});

test('a match that is too small to be seen is shown in its caller, or alone', async () => {
	const page = await browser.open(browser.picture('p;big 100000\np;big;tiny 1\np;q;small 3\np;q;other 97\n'));
	for (const [name, seenIn] of [['small', 'q'], ['tiny', 'tiny']]) {
		await page.locator('input').fill(name);
		await page.keyboard.press('Enter');
		assert.equal((await details(page)).name, name);
		assert.equal(await zoomedName(page), seenIn);
		assert.equal(await page.locator('rect.focus').count(), 1);
		await page.keyboard.press('Escape');
		await page.keyboard.press('0');
	}
});

test('all of it is in the address', async () => {
	const page = await browser.open(path);
	await zoomTo(page, 'do_syscall_64');
	for (const key of ['f', 's', 'ArrowUp', 'Enter', '%', 't']) await page.keyboard.press(key);
	const hash = await page.evaluate(() => location.hash);
	const other = await browser.open(path, { hash, viewport: { width: 800, height: 600 } });
	assert.equal(await zoomed(other), await zoomed(page));
	assert.notEqual(await zoomed(other), '');
	assert.deepEqual(await viewOf(other), await viewOf(page));
	assert.deepEqual(await switchesOn(other), ['Sandwich', 'Fold recursion', 'Counts', 'Table']);
	assert.deepEqual(await switchesOn(page), await switchesOn(other));
	assert.equal(await other.evaluate(() => location.hash), hash);
	// A frame that is not there any more: its caller.
	const shorter = list.filter(([names]) => !names.includes('tcp_sendmsg')).map(([names, count]) => names.join(';') + ' ' + count).join('\n') + '\n';
	await go(page, '');
	await zoomTo(page, 'tcp_sendmsg');
	const caller = await page.evaluate(() => flame.state.zoom.up.frame.name);
	const fallen = await browser.open(browser.picture(shorter), { hash: await page.evaluate(() => location.hash) });
	assert.equal(await zoomedName(fallen), caller);
	for (const odd of ['#v=s', '#v=szzzz', '#v=rrr', '#x=!', '#x=r!a.b,f,!!', '#at=1-2', '#at=-', '#z=-.~.', '#table&help&counts&v=fr']) {
		await go(other, odd);
		assert.equal(await zoomed(other), '');
		assert.deepEqual(other.trouble, [], odd);
	}
});

const functionsOf = (some) => {
	const table = {};
	for (const [names, count] of some)
		for (const name of new Set(names.slice(1))) {
			const f = table[name] ||= { self: 0, total: 0 };
			f.total += count;
			if (names.at(-1) === name) f.self += count;
		}
	return table;
};

test('t opens a table of the same numbers', async () => {
	const page = await browser.open(path);
	await page.keyboard.press('t');
	const rows = () => page.evaluate(() => [...document.querySelectorAll('.panel tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent)));
	const functions = functionsOf(list);
	assert.equal((await rows()).length, Object.keys(functions).length);
	const check = async (some, write) => {
		const expected = functionsOf(some);
		for (const [name, , self, total] of await rows()) assert.deepEqual([self, total], [write(expected[name].self, some), write(expected[name].total, some)], name);
	};
	await check(list, (n) => percent(n, all));
	await page.keyboard.press('%');
	await check(list, (n) => n.toLocaleString('en'));
	const order = async (header, key) => {
		await page.getByRole('button', { name: header, exact: true }).click();
		assert.notEqual(await page.getByRole('columnheader', { name: header }).getAttribute('aria-sort'), 'none');
		const values = (await rows()).map(([name]) => key === 'name' ? name : -functions[name][key]);
		assert.deepEqual(values, [...values].sort((a, b) => a < b ? -1 : a > b ? 1 : 0));
	};
	await order('Total', 'total');
	await order('Function', 'name');
	await order('Self', 'self');
	await page.getByRole('button', { name: 'std::map<int, std::string>::find(int const&)' }).click();
	assert.equal(await text(page, '.match'), 'matched ' + percent(functions['std::map<int, std::string>::find(int const&)'].total, all));
	// The table follows the exclusions and the range.
	await page.keyboard.press('Escape');
	await zoomTo(page, 'nginx');
	await page.locator('#graph rect[tabindex]').focus();
	await page.keyboard.press('x');
	await page.keyboard.press('f');
	await page.keyboard.press('t');
	await check(list.filter(([names]) => names[0] !== 'nginx'), (n) => n.toLocaleString('en'));
	assert.deepEqual(page.trouble, []);
});

test('a long table is shown in parts', async () => {
	const many = Array.from({ length: 400 }, (_, k) => `p;f${k} ${k + 1}`).join('\n') + '\n';
	const page = await browser.open(browser.picture(many));
	await page.keyboard.press('t');
	assert.equal(await page.locator('.panel tbody tr').count(), 50);
	assert.ok(await page.evaluate(() => document.querySelectorAll('*').length) < 1000);
	await page.getByRole('button', { name: '100 more of 350' }).click();
	assert.equal(await page.locator('.panel tbody tr').count(), 150);
});

test('? lists the keys, all of which do something', async () => {
	const page = await browser.open(path);
	await page.keyboard.press('?');
	const help = await text(page, '.panel');
	for (const key of ['Enter', 'Esc', '/', 'n', 'N', 'r', 's', 'x', 'f', 'i', 't', 'c', 'C', '%', '?', '0'])
		assert.ok((await page.locator('.panel dt').allTextContents()).some((label) => label.split(', ').includes(key)), key);
	assert.ok(help.includes('callers above'));
	await page.keyboard.press('Escape');
	assert.equal(await page.locator('.panel').isVisible(), false);
});

test('c copies the name, C the stack, the right button the name', async () => {
	const page = await browser.open(path, { permissions: ['clipboard-read', 'clipboard-write'] });
	const clipboard = async () => {
		await page.waitForFunction(() => document.querySelector('.facts').textContent.startsWith('copied'));
		return page.evaluate(() => navigator.clipboard.readText());
	};
	await zoomTo(page, 'do_syscall_64');
	await page.keyboard.press('C');
	const stack = (await clipboard()).split(';');
	assert.ok(list.some(([names]) => names.join(';').startsWith(stack.join(';'))), stack.join(';'));
	assert.equal(stack.at(-1), 'do_syscall_64');
	// Merged from the leaf it reads from the outermost too.
	await page.keyboard.press('0');
	await page.keyboard.press('r');
	await zoomTo(page, 'main');
	await page.keyboard.press('C');
	const back = (await clipboard()).split(';');
	assert.equal(back[0], 'main');
	assert.ok(list.some(([names]) => names.join(';').endsWith(back.join(';'))), back.join(';'));
	await page.mouse.move(15, await page.evaluate(() => flame.rowY(0)) + 10);
	await page.mouse.click(15, await page.evaluate(() => flame.rowY(0) - scrollY) + 10, { button: 'right' });
	assert.equal(await clipboard(), 'all');
	assert.equal(await addressOf(page, 'nowhere'), null);
	assert.deepEqual(page.trouble, []);
});
