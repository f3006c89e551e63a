// The graph: only boxes that can be seen, one path for each colour.

import { CELL, FINE, MARGIN, ROW } from '../model/figures.js';
import { STRUCTURE } from '../model/kinds.js';
import { boxWidth, entersKernel, listOf, shape } from '../model/layout.js';
import { currentNode, state } from '../model/state.js';
import { functionOf, isBack, isSandwich } from '../model/view.js';
import { grouped, shorten } from '../model/words.js';
import { root, set, svg } from './dom.js';
import { rowY } from './scroll.js';

const SCALE = `scale(${1 / FINE} 1)`;
const shapes = svg('g', { transform: SCALE }), labels = svg('g.lb'), marks = svg('g');
// Takes the mouse and the keyboard's focus.
export const pad = svg('rect', {
	width: '100%', height: '100%', fill: 'transparent', tabindex: 0, role: 'application',
	'aria-roledescription': 'flame graph',
	'aria-label': 'Flame graph. Arrow keys move between frames, Enter zooms, Escape goes back, slash searches, t shows a table of functions, question mark all keys.',
});
export const graph = svg('svg', { id: 'graph', x: MARGIN, overflow: 'visible' }, shapes, labels, marks, pad);

export function draw() {
	const { kind, hits, isFlipped, drawn, rests } = state;
	const data = new Map(), texts = [], add = (colour, text) => listOf(data, colour).push(text);
	for (const node of drawn) {
		const { frame, x, w } = node, y = rowY(node.depth);
		// Inlined code touches its caller's box.
		const touches = frame.inlined && !isBack(node), up = touches && !isFlipped ? 1 : 0;
		const own = kind.colourOf(node), colour = !hits ? own : hits[node.number] ? 'hit' : own + ' dim';
		add(colour, shape(x, y - up, w, ROW - 1 + touches));
		const isBelow = node.depth < 0 !== isFlipped;
		if (w > 12 && entersKernel(node)) add('kb', shape(x, isBelow ? y + ROW - 2.6 : y, w, 1.6));
		kind.addMarks?.(add, node, x, y, w);
		if (w >= 26) addLabel(texts, node, x, y + labelBaseline(), boxWidth(w));
	}
	for (const { depth, x, w, n } of rests) {
		add('rest', shape(x, rowY(depth), w, ROW - 1));
		const text = shorten(`${grouped(n)} smaller`, Math.floor((w - 4) / CELL));
		if (text) texts.push([x + 4, rowY(depth) + labelBaseline(), text, 'in']);
	}
	// Marks over boxes are drawn last.
	const over = ['km', 'kl', 'gone', 'new', 'kb'], under = [...data.keys()].filter((colour) => !over.includes(colour));
	shapes.replaceChildren(...[...under, ...over].filter((colour) => data.has(colour))
		.map((colour) => svg('path.' + colour, { d: data.get(colour).join('') })));
	write(texts);
	setSize();
	mark();
}

const labelBaseline = () => state.kind.baseline?.() || 14;

// Makes the page as high as the graph, or as the window.
export function setSize() {
	const { firstDepth, lastDepth, width, top } = state, height = (lastDepth - firstDepth + 1) * ROW;
	set(root, { height: Math.max(top + height + 10, innerHeight - 4) });
	set(graph, { width, height: top + height });
	set(pad, { y: top, height });
}

function addLabel(texts, node, x, y, w) {
	const { frame } = node;
	let columns = Math.floor((w - 4) / CELL);
	if (w >= 149.2 && node.depth) {
		const amount = state.kind.amountText(node);
		if (amount) columns -= amount.length + 1;
		texts.push([x + w - 4, y, amount, 'sh']);
	}
	const text = shorten(frame.name, columns);
	if (text) texts.push([x + 4, y, text, frame.kind === STRUCTURE || !node.depth ? 'st' : frame.inlined ? 'in' : '']);
}

// Uses the text elements again that exist.
function write(texts) {
	texts.forEach(([x, y, text, style], k) => {
		const e = labels.childNodes[k] || labels.appendChild(svg('text', {}, ''));
		set(e, { x: x.toFixed(1), y, class: style }).firstChild.data = text;
	});
	while (labels.childNodes.length > texts.length) labels.lastChild.remove();
}

// Draws the outlines: of the current node, and of the other boxes of its function.
export function mark() {
	const { drawn, hovered, focused, view } = state, node = currentNode(), f = functionOf(node);
	const same = node.up ? [...drawn].filter((one) => one.w > 2 && functionOf(one) === f) : [];
	const ring = (style, { x, depth, w }) => svg('rect.' + style, { x: x.toFixed(1), y: rowY(depth), height: ROW - 1, width: Math.max(1, boxWidth(w)).toFixed(1) });
	marks.replaceChildren(
		svg('path.same', { transform: SCALE, d: same.map(({ x, depth, w }) => shape(x, rowY(depth), w, ROW - 1)).join('') }),
		...[isSandwich(view) && view.root, hovered].filter((one) => drawn.has(one)).map((one) => ring('hover', one)),
		drawn.has(focused) ? ring('focus', focused) : '',
	);
}

export function nodeAt(x, y) {
	const { rows, firstDepth, lastDepth, isFlipped, top } = state, row = Math.floor((y - top) / ROW);
	return rows.get(isFlipped ? lastDepth - row : firstDepth + row)?.find((node) => x >= node.x && x < node.x + node.w) || null;
}
