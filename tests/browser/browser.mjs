// Helpers of the tests: pictures made of folded text, and a browser that opens them:
// Chromium, or Firefox if FIREFOX names one.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, firefox } from 'playwright-core';

// Time limit of each step in ms, for a busy machine.
const PATIENCE = 120e3;
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync'];

// Options of tests that WebDriver BiDi cannot run: scripts off, dark theme, phones,
// paper.
export const needsChromium = { skip: process.env.FIREFOX ? 'not by WebDriver BiDi' : false };

// A browser with a profile of its own, and a folder for pictures; close() ends both.
export async function start() {
	const folder = mkdtempSync(join(tmpdir(), 'flame-browser-'));
	// The usual Firefox, by WebDriver BiDi; playwright's own is a build of its own.
	const browser = process.env.FIREFOX ? await firefox.launch({ channel: 'moz-firefox', executablePath: process.env.FIREFOX, timeout: PATIENCE })
		: await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS, timeout: PATIENCE });
	const contexts = [];
	let made = 0;

	return {
		// Draws lines of folded text (strings or bytes); returns the picture's
		// path.
		picture(folded, ...options) {
			const name = join(folder, `${++made}`);
			writeFileSync(name + '.folded', folded);
			execFileSync(process.env.WRITE_SVG, [name + '.folded', name + '.svg', ...options]);
			return name + '.svg';
		},
		// Draws the comparison of two folded texts; returns the picture's path
		// and the JSON of flame diff.
		comparison(before, after, ...options) {
			const name = join(folder, `${++made}`), files = [name + '.before', name + '.after'];
			[before, after].forEach((folded, side) => writeFileSync(files[side], folded));
			const said = execFileSync(process.env.FLAME, ['diff', ...files, '-o', name + '.svg', '--format', 'json', ...options], { maxBuffer: 1 << 28 });
			// The picture shows a change that all functions have as no evidence.
			const reviver = (key, value) => key === 'verdict' && value === 'as all' ? 'no evidence' : value;
			return { path: name + '.svg', said: JSON.parse(said, reviver) };
		},
		// A page that shows 'path'; page.trouble gathers errors, dialogs and
		// requests.
		async open(path, { hash = '', ...options } = {}) {
			const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
			contexts.push(context);
			context.setDefaultTimeout(PATIENCE);
			const page = await context.newPage();
			page.trouble = [];
			page.on('pageerror', (e) => page.trouble.push('error: ' + e.message));
			page.on('dialog', (d) => {
				page.trouble.push('dialog: ' + d.message());
				d.dismiss();
			});
			page.on('request', (r) => r.url().split('#')[0] === 'file://' + path || page.trouble.push('request: ' + r.url()));
			await page.goto('file://' + path + hash);
			// The script unpacks the profile before it begins.
			for (let k = 0; k < PATIENCE / 5 && options.javaScriptEnabled !== false && !page.trouble.length && !await page.evaluate(() => Boolean(globalThis.flame)); k++)
				await page.waitForTimeout(5);
			// Fonts that come late move the graph.
			if (options.javaScriptEnabled !== false && !page.trouble.length)
				await page.evaluate(() => document.fonts.ready.then(() => new Promise((done) => {
					let last = -1;
					const settle = () => {
						if (flame.rowY(0) === last) return done();
						last = flame.rowY(0);
						requestAnimationFrame(() => requestAnimationFrame(settle));
					};
					settle();
				})));
			return page;
		},
		// Closes all pages.
		async tidy() {
			for (const context of contexts.splice(0)) await context.close();
		},
		async close() {
			await browser.close();
			rmSync(folder, { recursive: true });
		},
	};
}

// A profile with a known shape that is the same every time: processes, recursion, the
// kernel, libraries, names of all sorts.
export function sample(stacks = 400) {
	let seed = 42;
	const below = (n) => (seed = Math.imul(seed, 1103515245) + 12345 >>> 0, (seed >>> 12) % n);
	const users = ['main', 'ngx_process_events', 'std::map<int, std::string>::find(int const&)', 'Parse_Header', 'parse_header', 'recurse', 'zend_execute_[j]', 'inlined_step_[i]'];
	const kernel = ['entry_SYSCALL_64_after_hwframe_[k]', 'do_syscall_64_[k]', 'tcp_sendmsg_[k]', 'tcp_v4_connect_[k]', '__inet_hash_connect_[k]', 'kmem_cache_alloc_[k]', '_raw_spin_lock_[k]'];
	const lines = [];
	for (let i = 0; i < stacks; i++) {
		const stack = [['nginx', 'php-fpm8.2', 'ksoftirqd/0'][below(3)]];
		for (let depth = below(9); depth--;) stack.push(users[below(4) ? 0 : below(users.length)]);
		if (below(3)) stack.push('__libc_write_[l]\tlibc.so.6', ...kernel.slice(0, 1 + below(kernel.length)), kernel[below(kernel.length)]);
		if (!below(9)) stack.push('[unknown libfoo.so]');
		lines.push(`${stack.join(';')} ${1 + below(20) * below(20) * below(20)}`);
	}
	return lines.join('\n') + '\n';
}

// Samples of all lines, and of those with a frame that 'matches'.
export function share(folded, matches) {
	let all = 0, matched = 0;
	for (const line of folded.trim().split('\n')) {
		const count = Number(line.slice(line.lastIndexOf(' ') + 1));
		const names = line.slice(0, line.lastIndexOf(' ')).split(';')
			.map((name) => name.split('\t')[0].replace(/_\[.\]$/, ''));
		all += count;
		if (names.some(matches)) matched += count;
	}
	return { all, matched };
}
