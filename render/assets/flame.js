// The live picture. It reads the whole profile out of the document, takes the static frames away
// and draws only what can be seen, one path for each colour. All widths come from whole
// counts of samples; nothing is ever computed from pixels.
'use strict';
(() => {
const doc = document, root = doc.documentElement;
const byId = (id) => doc.getElementById(id);
const element = (space) => (tag, attributes, ...children) => {
	const e = doc.createElementNS(space, tag);
	for (const key in attributes)
		if (key.startsWith('on')) e.addEventListener(key.slice(2), attributes[key]);
		else e.setAttribute(key, attributes[key]);
	e.append(...children);
	return e;
};
const svg = element('http://www.w3.org/2000/svg');
const html = element('http://www.w3.org/1999/xhtml');

// ---- the profile

const KINDS = ['', 'kernel', 'kernel module', 'program', 'library', 'JIT code', 'interpreted', 'no name known'];
const STRUCTURE = 0, KERNEL = 1, MODULE = 2;

// What svg_data.h describes. Nodes are in the order callers before callees.
function decode(text) {
	const binary = atob(text.trim());
	const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
	let at = 0;
	const number = () => {
		let value = 0, unit = 1, byte;
		do {
			byte = bytes[at++];
			value += (byte & 127) * unit;
			unit *= 128;
		} while (byte > 127);
		return value;
	};
	const texts = () => {
		number();
		const end = number() + at;
		const list = new TextDecoder().decode(bytes.subarray(at, end)).split('\n');
		at = end;
		list.pop();
		return list;
	};
	if (number() !== 1) throw new Error('unknown version of the profile');
	const flags = number();
	const objects = texts();
	const frames = texts().map((name) => ({ name }));
	for (const f of frames) {
		const bits = bytes[at++], object = number();
		f.kind = bits & 15;
		f.inlined = bits >> 4 & 1;
		f.colour = `k${f.kind}${bits >> 5}`;
		f.object = object ? objects[object - 1] : '';
	}
	const n = number() + 1;
	const all = { name: 'all', kind: STRUCTURE, inlined: 0, colour: 'k01', object: '' };
	const t = {
		n, frames: [...frames, all], isTime: flags & 2, deepest: 0,
		frame: new Uint32Array(n), depth: new Uint32Array(n), parent: new Uint32Array(n),
		end: new Uint32Array(n), start: new Float64Array(n), self: new Float64Array(n),
		count: new Float64Array(n), selfWeight: new Float64Array(n), weight: new Float64Array(n),
	};
	t.frame[0] = frames.length;
	t.self[0] = number();
	t.selfWeight[0] = number();
	for (let i = 1; i < n; i++) t.depth[i] = t.depth[i - 1] + 1 - number();
	for (let i = 1; i < n; i++) t.frame[i] = number();
	for (let i = 1; i < n; i++) t.self[i] = number();
	if (flags & 1) for (let i = 1; i < n; i++) t.selfWeight[i] = number();
	return sum(t);
}

// Totals, starts and ends of subtrees from the nodes' own counts.
function sum(t) {
	const open = [0];
	for (let i = 1; i < t.n; i++) {
		open[t.depth[i]] = i;
		t.parent[i] = open[t.depth[i] - 1];
		if (t.depth[i] > t.deepest) t.deepest = t.depth[i];
	}
	for (let i = t.n - 1; i >= 0; i--) {
		const up = t.parent[i];
		t.count[i] += t.self[i];
		t.weight[i] += t.selfWeight[i];
		if (!t.end[i]) t.end[i] = i + 1;
		if (!i) break;
		t.count[up] += t.count[i];
		t.weight[up] += t.weight[i];
		if (!t.end[up]) t.end[up] = t.end[i];
	}
	const next = new Float64Array(t.deepest + 2);
	for (let i = 1; i < t.n; i++) {
		const d = t.depth[i];
		t.start[i] = next[d];
		next[d] += t.count[i];
		next[d + 1] = t.start[i];
	}
	return t;
}

const t = decode(byId('data').textContent);
const total = t.count[0];
const frameOf = (i) => t.frames[t.frame[i]];
const nameOf = (i) => frameOf(i).name;
// The root, then the callers of a node, then the node.
const pathTo = (i) => {
	const path = [i];
	while (i) path.push(i = t.parent[i]);
	return path.reverse();
};

// ---- words

const percent = (part, whole) => {
	const v = whole ? part / whole * 100 : 0;
	if (v < 0.005) return part ? '<0.01%' : '0%';
	return (v >= 99.95 ? '100' : v.toFixed(v >= 9.995 ? 1 : 2)) + '%';
};
const grouped = (n) => n.toLocaleString('en');
const samples = (n) => grouped(n) + (n === 1 ? ' sample' : ' samples');
const seconds = (ns) => ns < 1e6 ? (ns / 1e3).toFixed(0) + ' µs' : ns < 1e9 ? (ns / 1e6).toFixed(1) + ' ms' : (ns / 1e9).toFixed(2) + ' s';
const weightOf = (ns) => !t.weight[0] ? '' : t.isTime ? ` · ${seconds(ns)} of CPU time` : ` · ${grouped(ns)} events`;

// As label.c: template arguments, parameters, namespaces, and only then the end.
function shorten(name, columns) {
	if (name.length <= columns) return name;
	if (columns < 3) return '';
	let s = name.slice(0, 1000), before;
	do {
		before = s;
		s = s.replace(/<[^<>]*>/g, '');
	} while (s !== before);
	s = s || name;
	if (s.length > columns) s = withoutParameters(s);
	let at;
	while (s.length > columns && (at = s.indexOf('::')) >= 0 && at + 2 < s.length) s = s.slice(at + 2);
	return s.length <= columns ? s : s.slice(0, columns - 1).replace(/[\ud800-\udbff]$/, '') + '…';
}

function withoutParameters(s) {
	let at = s.lastIndexOf(')'), depth = 1;
	if (at < 0 || s.includes(':', at)) return s;
	while (at && depth) {
		at--;
		depth += (s[at] === ')') - (s[at] === '(');
	}
	return depth || !at ? s : s.slice(0, at);
}

// ---- state and layers

const ROW = 20, MARGIN = 10, LEAST = 0.3, CELL = 6.62;
const state = { zoom: 0, query: '', flip: false };
let width = 1000, top = 0, bottomRow = 0;
let hovered = -1, focused = -1, hits = null;
// The drawn nodes of each row, left to right, and where each of them is.
let rows = [], boxes = new Map();

const shapes = svg('g'), labels = svg('g', { class: 'lb' }), marks = svg('g');
const paths = new Map();
const pad = svg('rect', {
	width: '100%', height: '100%', fill: 'transparent', tabindex: 0, role: 'application',
	'aria-roledescription': 'flame graph',
	'aria-label': 'Flame graph. Arrow keys move between frames, Enter zooms, Escape goes back, slash searches, i turns it over.',
});
const graph = svg('svg', { id: 'graph', x: MARGIN, overflow: 'visible' }, shapes, labels, marks, pad);

// ---- drawing

// Finds what is to be drawn: the callers of the zoomed frame, as wide as it, and what it
// calls, without descending into what cannot be seen.
function place() {
	const z = state.zoom, scale = t.count[z] ? width / t.count[z] : 0;
	rows = [];
	boxes = new Map();
	const put = (i, x, w) => {
		(rows[t.depth[i]] ||= []).push(i);
		boxes.set(i, { i, x, w });
	};
	for (const i of pathTo(z)) put(i, 0, width);
	for (let i = z + 1; i < t.end[z];) {
		const w = t.count[i] * scale;
		if (w < LEAST) {
			i = t.end[i];
			continue;
		}
		put(i, (t.start[i] - t.start[z]) * scale, w);
		i++;
	}
	bottomRow = rows.length - 1;
}

const rowY = (depth) => top + (state.flip ? bottomRow - depth : depth) * ROW;
const isKernel = (i) => frameOf(i).kind === KERNEL || frameOf(i).kind === MODULE;
const isHit = (i) => hits && hits[t.frame[i]];
const boxWidth = (w) => w > 2.5 ? w - 0.8 : w;

// Whether the kernel was entered here, by code that is not the kernel's.
const entersKernel = (i) => i && isKernel(i) && !isKernel(t.parent[i]) && frameOf(t.parent[i]).kind !== STRUCTURE;

function draw() {
	place();
	const data = new Map(), texts = [];
	const add = (colour, shape) => {
		const list = data.get(colour);
		if (list) list.push(shape);
		else data.set(colour, [shape]);
	};
	for (const { i, x, w } of boxes.values()) {
		const f = frameOf(i), y = rowY(t.depth[i]), at = `M${x.toFixed(2)} `, wide = boxWidth(w).toFixed(2);
		// Inlined code touches what it was inlined into.
		const up = f.inlined && !state.flip ? 1 : 0;
		const colour = isHit(i) ? 'hit' : hits ? f.colour + ' dim' : f.colour;
		add(colour, `${at}${y - up}h${wide}v${ROW - 1 + f.inlined}h-${wide}z`);
		if (w > 12 && entersKernel(i)) add('kb', `${at}${state.flip ? y + ROW - 2.6 : y}h${wide}v1.6h-${wide}z`);
		if (w >= 26) label(texts, i, x, y + 14, boxWidth(w));
	}
	for (const [colour, path] of paths) if (!data.has(colour)) path.setAttribute('d', '');
	for (const [colour, list] of data) {
		if (!paths.has(colour)) paths.set(colour, svg('path', { class: colour }));
		paths.get(colour).setAttribute('d', list.join(''));
		shapes.append(paths.get(colour));
	}
	if (data.has('kb')) shapes.append(paths.get('kb'));
	write(texts);
	root.setAttribute('height', Math.max(top + (bottomRow + 1) * ROW + 10, innerHeight - 4));
	graph.setAttribute('width', width);
	graph.setAttribute('height', top + (bottomRow + 1) * ROW);
	pad.setAttribute('y', top);
	pad.setAttribute('height', (bottomRow + 1) * ROW);
	mark();
}

function label(texts, i, x, y, w) {
	const f = frameOf(i);
	let columns = Math.floor((w - 4) / CELL);
	if (w >= 149.2 && i) {
		const share = percent(t.count[i], total);
		columns -= share.length + 1;
		texts.push([x + w - 4, y, share, 'sh']);
	}
	const text = shorten(f.name, columns);
	if (text) texts.push([x + 4, y, text, f.kind === STRUCTURE ? 'st' : f.inlined ? 'in' : '']);
}

// Reuses the text elements that are there.
function write(texts) {
	texts.forEach(([x, y, text, style], k) => {
		const e = labels.childNodes[k] || labels.appendChild(svg('text', {}, ''));
		e.setAttribute('x', x.toFixed(1));
		e.setAttribute('y', y);
		e.setAttribute('class', style);
		e.firstChild.data = text;
	});
	while (labels.childNodes.length > texts.length) labels.lastChild.remove();
}

// The outlines, and all that depends on which frame is meant.
function mark() {
	marks.textContent = '';
	for (const [i, style] of [[hovered, 'hover'], [focused, 'focus']]) {
		const box = boxes.get(i);
		if (!box) continue;
		marks.append(svg('rect', {
			x: box.x.toFixed(1), y: rowY(t.depth[i]), height: ROW - 1,
			width: Math.max(1, boxWidth(box.w)).toFixed(1), class: style,
		}));
	}
	describe(hovered >= 0 ? hovered : focused >= 0 ? focused : state.zoom);
}

function frameAt(x, y) {
	const row = Math.floor((y - top) / ROW);
	const list = rows[state.flip ? bottomRow - row : row] || [];
	let low = 0, high = list.length - 1;
	while (low <= high) {
		const middle = low + high >> 1, box = boxes.get(list[middle]);
		if (x < box.x) high = middle - 1;
		else if (x >= box.x + box.w) low = middle + 1;
		else return box.i;
	}
	return -1;
}

// ---- above the graph

const button = (text, title, onclick) => html('button', { title, onclick, type: 'button' }, text);
const nameText = html('b'), objectText = html('span', { class: 'mu' }), factsText = html('div', { class: 'facts' });
const matchText = html('span', { class: 'match', 'aria-live': 'polite' });
const crumbs = html('nav', { class: 'crumbs', 'aria-label': 'Zoomed to' });
const box = html('input', {
	type: 'search', placeholder: 'search, regular expression', spellcheck: 'false',
	'aria-label': 'Search functions, regular expression', oninput: () => search(box.value),
});
const reset = button('Reset zoom', 'Show everything (0)', () => zoom(0));
const bar = html('div', { id: 'bar' },
	html('div', { class: 'tools' }, box, matchText, button('Flip', 'Root on top or at the bottom (i)', flip), reset, crumbs,
		html('span', { class: 'keys mu' }, '/ search · n N next · 0 reset · i flip · c copy · arrows, Enter')),
	html('div', { class: 'details', role: 'status', 'aria-live': 'polite' },
		html('div', { class: 'name' }, nameText, ' ', objectText), factsText));
const hud = html('div', { id: 'hud' }, ...headLines());
const hudPlace = svg('foreignObject', { x: 0, y: 0, width: '100%', height: 100 }, hud);
const barPlace = svg('foreignObject', { x: 0, y: 0, width: '100%', height: 100 }, bar);

// The static head again, as text that wraps.
function headLines() {
	const [title, ...facts] = byId('head').querySelectorAll(':scope > text');
	const legend = html('p', { class: 'legend mu' });
	for (const swatch of byId('legend').querySelectorAll('rect'))
		legend.append(html('span', {}, html('i', { class: swatch.getAttribute('class') }), swatch.nextSibling.textContent));
	return [html('h1', {}, title.textContent), ...facts.map((line) => html('p', { class: 'mu' },
		...[...line.childNodes].map((part) => part.nodeType === 1 ? html('b', { class: 'wa' }, part.textContent) : part.data))), legend];
}

function describe(i) {
	const f = frameOf(i);
	nameText.textContent = f.name;
	nameText.parentNode.setAttribute('title', f.name);
	objectText.textContent = [f.object, KINDS[f.kind], f.inlined ? 'inlined' : ''].filter(Boolean).join(' · ');
	factsText.textContent = `${percent(t.count[i], total)} of all · ${samples(t.count[i])}${weightOf(t.weight[i])}` +
		(state.zoom ? ` · ${percent(t.count[i], t.count[state.zoom])} of the view` : '') +
		(i ? ` · itself ${percent(t.self[i], total)}${t.self[i] ? ` (${samples(t.self[i])})` : ''}` : '');
}

function showCrumbs() {
	crumbs.textContent = '';
	const path = pathTo(state.zoom);
	const shown = path.length > 7 ? [...path.slice(0, 2), -1, ...path.slice(-4)] : path;
	if (!state.zoom) shown.pop();
	shown.forEach((i, k) => crumbs.append(k ? ' › ' : '', i < 0 ? '…' : button(shorten(nameOf(i), 40), nameOf(i), () => zoom(i))));
	reset.disabled = !state.zoom;
}

function fit() {
	const page = Math.max(200, root.clientWidth || innerWidth);
	width = page - 2 * MARGIN;
	for (const place of [hudPlace, barPlace]) place.setAttribute('width', page);
	hudPlace.setAttribute('height', hud.getBoundingClientRect().height);
	barPlace.setAttribute('height', bar.getBoundingClientRect().height);
	top = Math.ceil(hud.getBoundingClientRect().height + bar.getBoundingClientRect().height) + 6;
	follow();
	draw();
}

// The head scrolls away, search and details stay.
const follow = () => barPlace.setAttribute('y', Math.max(hud.getBoundingClientRect().height, scrollY));

// ---- what can be done

function zoom(i) {
	state.zoom = i;
	hovered = -1;
	if (focused >= 0) focused = i;
	showCrumbs();
	showMatch();
	draw();
	keep();
}

function flip() {
	state.flip = !state.flip;
	draw();
	scrollTo(0, state.flip ? root.scrollHeight : 0);
	keep();
}

// Lower case only: any case. What is no regular expression finds nothing.
function search(query) {
	state.query = query;
	let pattern = null;
	try {
		if (query) pattern = new RegExp(query, query === query.toLowerCase() ? 'i' : '');
		box.classList.remove('bad');
		box.removeAttribute('aria-invalid');
	} catch {
		box.classList.add('bad');
		box.setAttribute('aria-invalid', 'true');
	}
	hits = pattern && Uint8Array.from(t.frames, (f, k) => k < t.frames.length - 1 && pattern.test(f.name));
	showMatch();
	draw();
	keep();
}

// The topmost matching nodes of a subtree: each sample once.
function matches(from) {
	const list = [];
	for (let i = from; i < t.end[from];)
		if (isHit(i)) {
			list.push(i);
			i = t.end[i];
		} else i++;
	return list;
}

function matchedCount(from) {
	// A caller that matches holds all of the view.
	if (from && pathTo(from).some(isHit)) return t.count[from];
	return matches(from).reduce((sum, i) => sum + t.count[i], 0);
}

function showMatch() {
	matchText.textContent = box.classList.contains('bad') ? 'not a regular expression'
		: !hits ? '' : `matched ${percent(matchedCount(0), total)}` +
		(state.zoom ? ` · ${percent(matchedCount(state.zoom), t.count[state.zoom])} of the view` : '');
}

// To the next match by size, or the one before.
function step(by) {
	if (!hits) return;
	const list = matches(0).sort((a, b) => t.count[b] - t.count[a] || a - b);
	if (!list.length) return;
	const now = list.indexOf(focused);
	const i = list[now < 0 ? (by > 0 ? 0 : list.length - 1) : (now + by + list.length) % list.length];
	focused = i;
	// One that is too small to be seen, or outside of the view, is shown in its caller.
	if (!boxes.has(i) || boxes.get(i).w < 3) {
		state.zoom = t.parent[i];
		if (t.count[i] * width < 3 * t.count[state.zoom]) state.zoom = i;
		showCrumbs();
		showMatch();
		keep();
	}
	draw();
	reveal();
}

// Scrolls to the frame that has the focus.
function reveal() {
	if (!boxes.has(focused)) return;
	const y = rowY(t.depth[focused]), above = bar.getBoundingClientRect().height;
	if (y < scrollY + above) scrollTo(0, y - above - ROW);
	else if (y + ROW > scrollY + innerHeight) scrollTo(0, y + 2 * ROW - innerHeight);
}

function focus(i) {
	if (i === undefined || i < 0) return;
	focused = i;
	hovered = -1;
	mark();
	reveal();
}

// The widest drawn callee of a frame.
function widestCallee(of) {
	let best = -1;
	const onPath = t.depth[of] < t.depth[state.zoom] && of < state.zoom && state.zoom < t.end[of];
	for (let i = of + 1; i < t.end[of]; i = t.end[i])
		if (boxes.has(i) && (onPath || best < 0 || t.count[i] > t.count[best])) best = i;
	return best;
}

const beside = (i, by) => {
	const row = rows[t.depth[i]] || [];
	return row[row.indexOf(i) + by];
};

async function copy(text) {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		const area = html('textarea', { style: 'position:fixed;opacity:0' });
		area.value = text;
		bar.append(area);
		area.select();
		doc.execCommand('copy');
		area.remove();
		pad.focus({ preventScroll: true });
	}
	factsText.textContent = 'copied: ' + text;
}

// ---- the view in the address: frames by their names, not by where they are

// Two numbers for each node, made of its name and its callers'.
function fingerprints() {
	const seeds = [0x811c9dc5, 0x1b873593].map((seed) => {
		const own = t.frames.map((f) => {
			let h = seed;
			for (const c of f.name + '\n' + f.inlined) h = Math.imul(h ^ c.codePointAt(0), 16777619);
			return h;
		});
		const h = new Uint32Array(t.n);
		for (let i = 1; i < t.n; i++) {
			const mixed = Math.imul(h[t.parent[i]] ^ own[t.frame[i]], 0x5bd1e995);
			h[i] = mixed ^ mixed >>> 15;
		}
		return h;
	});
	return (i) => seeds[0][i].toString(36) + '.' + seeds[1][i].toString(36);
}
let print = null;
const fingerprint = (i) => (print ||= fingerprints())(i);

function keep() {
	const parts = [];
	if (state.zoom) parts.push('z=' + fingerprint(state.zoom));
	if (state.query) parts.push('q=' + encodeURIComponent(state.query));
	if (state.flip) parts.push('flip');
	const hash = parts.join('&');
	if (hash === location.hash.slice(1)) return;
	try {
		history.replaceState(null, '', hash ? '#' + hash : location.pathname + location.search);
	} catch {
		// An opaque origin may not change its address.
	}
}

function restore() {
	const wanted = new Map(location.hash.slice(1).split('&').map((part) => part.split('=')));
	let query = '';
	try {
		query = decodeURIComponent(wanted.get('q') || '');
	} catch {
		// Somebody wrote the address by hand.
	}
	state.zoom = 0;
	for (let i = 1; wanted.get('z') && i < t.n; i++)
		if (fingerprint(i) === wanted.get('z')) {
			state.zoom = i;
			break;
		}
	state.flip = wanted.has('flip');
	hovered = focused = -1;
	box.value = query;
	showCrumbs();
	search(query);
}

// ---- mouse and keyboard

const under = (e) => frameAt(e.clientX - MARGIN, e.clientY + scrollY);
pad.addEventListener('pointermove', (e) => {
	const i = under(e);
	if (i === hovered) return;
	hovered = i;
	pad.style.cursor = i < 0 ? '' : 'pointer';
	mark();
});
pad.addEventListener('pointerleave', () => {
	hovered = -1;
	mark();
});
pad.addEventListener('click', (e) => {
	const i = under(e);
	if (i < 0) return;
	focused = -1;
	zoom(i === state.zoom ? t.parent[i] : i);
});

const escape = () => {
	if (state.query) {
		box.value = '';
		search('');
	} else zoom(t.parent[state.zoom]);
};
const current = () => focused >= 0 ? focused : state.zoom;
const caller = () => focus(t.parent[current()]);
const callee = () => focus(widestCallee(current()));
const keys = {
	ArrowDown: () => state.flip ? caller() : callee(),
	ArrowUp: () => state.flip ? callee() : caller(),
	ArrowLeft: () => focus(beside(current(), -1)),
	ArrowRight: () => focus(beside(current(), 1)),
	Enter: () => zoom(current() === state.zoom ? t.parent[state.zoom] : current()),
	Escape: escape,
	Backspace: () => zoom(t.parent[state.zoom]),
	'/': () => box.select(),
	n: () => step(1),
	N: () => step(-1),
	0: () => zoom(0),
	i: flip,
	c: () => copy(nameOf(hovered >= 0 ? hovered : current())),
};

addEventListener('keydown', (e) => {
	const typing = doc.activeElement === box;
	if ((e.ctrlKey || e.metaKey) && e.key === 'f' && !typing) {
		// A second one is for the browser's own search.
		e.preventDefault();
		box.select();
		return;
	}
	if (e.ctrlKey || e.metaKey || e.altKey) return;
	if (typing) {
		if (e.key === 'Enter') step(e.shiftKey ? -1 : 1);
		if (e.key !== 'Escape') return;
		if (state.query) escape();
		pad.focus({ preventScroll: true });
		return;
	}
	if (!Object.hasOwn(keys, e.key) || (e.key === 'Enter' && doc.activeElement?.tagName === 'button')) return;
	e.preventDefault();
	keys[e.key]();
});
addEventListener('scroll', follow, { passive: true });
addEventListener('resize', fit);
addEventListener('hashchange', restore);

// ---- start: only now is it sure that the live picture works

const still = byId('static'), page = { viewBox: root.getAttribute('viewBox'), width: root.getAttribute('width'), height: root.getAttribute('height') };
const live = [graph, hudPlace, barPlace];
function begin() {
	still.remove();
	for (const part of live) part.style.display = '';
	root.removeAttribute('viewBox');
	root.setAttribute('width', '100%');
	fit();
}
// Paper gets the static picture, on one page.
addEventListener('beforeprint', () => {
	root.append(still);
	for (const part of live) part.style.display = 'none';
	for (const key in page) root.setAttribute(key, page[key]);
	root.setAttribute('width', '100%');
	root.setAttribute('height', '100%');
});
addEventListener('afterprint', begin);
root.append(...live, html('meta', { name: 'viewport', content: 'width=device-width,initial-scale=1' }));
restore();
begin();
globalThis.flame = { profile: t, state, boxes: () => boxes, rowY, zoom, search, matchedCount, nameOf };
})();
