// The shares that the search shows, compared with counts of the folded text, for a real
// recording.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { start } from './browser.mjs';

const PATTERNS = ['.', '^', '$', 'all', 'unknown', 'page_fault', 'rcu', 'spin', 'kmem|slab', 'sys_', '^do_', '_64$', 'vfs|ext4', 'tcp|udp|inet',
	'[0-9]{2}', 'lock$', '^_+', 'mm', 'Alloc', 'alloc', 'ALLOC', '::', '<.*>', '\\(', 'free|put|release', 'nothing has this name', '(?=a)b', '^(?!.*_)', 'x*', 'a.*b.*c'];

const flame = process.env.FLAME;
const folder = mkdtempSync(join(tmpdir(), 'flame-search-'));
const data = join(folder, 'x.data'), text = join(folder, 'x.folded'), picture = join(folder, 'x.svg');
const canRecord = flame && spawnSync(flame, ['record', '-a', '0.1', '-o', data, '--no-svg']).status === 0;
let browser, lines;

before(async () => {
	if (!canRecord) return;
	// A browser that starts while the machine is recorded gives stacks of all kinds.
	const recorder = spawn(flame, ['record', '-a', '-F', '999', '4', '-o', data, '--no-svg'], { stdio: 'ignore' });
	const ended = new Promise((resolve) => recorder.on('exit', resolve));
	browser = await start();
	assert.equal(await ended, 0);
	writeFileSync(text, execFileSync(flame, ['fold', '--all', data], { maxBuffer: 1 << 30 }));
	execFileSync(flame, ['render', text, '-o', picture]);
	lines = readFileSync(text, 'utf8').trim().split('\n').map((line) => {
		const at = line.lastIndexOf(' ');
		return { names: line.slice(0, at).split(';'), count: Number(line.slice(at + 1)) };
	});
});
after(async () => {
	await browser?.close();
	rmSync(folder, { recursive: true });
});

// Names from all over the recording, each as part of a pattern.
function ownPatterns(n) {
	const names = [...new Set(lines.flatMap((line) => line.names))];
	const shapes = [(s) => s, (s) => '^' + s, (s) => s + '$', (s) => s.slice(0, 9).replace(/\\$/, ''), (s) => `${s}|spin`];
	return Array.from({ length: n }, (_, i) => names[Math.floor(i * names.length / n)].replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
		.map((name, i) => shapes[i % shapes.length](name));
}

function counted(pattern) {
	const regexp = new RegExp(pattern, pattern === pattern.toLowerCase() ? 'i' : '');
	let all = 0, matched = 0;
	for (const { names, count } of lines) {
		all += count;
		if (names.some((name) => regexp.test(name))) matched += count;
	}
	return matched / all * 100;
}

test('search shares are those of the folded text', { skip: !canRecord && 'this user may not sample the machine' }, async () => {
	const page = await browser.open(picture);
	const patterns = [...PATTERNS, ...ownPatterns(30)];
	const seen = new Set();
	assert.ok(patterns.length >= 50);
	for (const pattern of patterns) {
		await page.locator('input').first().fill(pattern);
		const shown = await page.evaluate(() => flame.matchedCount() / flame.view().count * 100);
		const expected = counted(pattern);
		assert.ok(Math.abs(shown - expected) <= 0.01, `${pattern}: ${shown} instead of ${expected}`);
		// Shares are written with three digits at most.
		const written = await page.locator('.match').textContent();
		const number = Number(/matched <?([\d.]+)%/.exec(written)[1]);
		assert.ok(Math.abs(number - expected) <= (expected < 9.995 ? 0.01 : 0.051), `${pattern}: ${written} instead of ${expected}`);
		seen.add(written);
	}
	// They are not all the same.
	assert.ok(seen.size > 20, [...seen].join());
	assert.deepEqual(page.trouble, []);
});
