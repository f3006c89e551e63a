// The live picture: only what can be seen, one path for each colour. All widths come from
// whole counts of samples; nothing is ever computed from pixels.

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
