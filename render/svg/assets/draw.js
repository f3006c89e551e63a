// The live picture: only what can be seen, one path for each colour. All widths come from
// counts of samples; nothing is ever computed from pixels.

const ROW = 20, MARGIN = 10, LEAST = 0.5, CELL = 6.62;
let width = 1000, top = 0, firstDepth = 0, lastDepth = 0;
// The drawn nodes of each depth, left to right, and all of them.
let rows = new Map(), drawn = new Set();
// Where a view goes by size, those of a node's kids that are too small to be drawn have one box.
let rests = [];

// Shapes are in hundredths of a px: whole numbers are written faster.
const FINE = 100, SCALE = `scale(${1 / FINE} 1)`;
const shapes = svg('g', { transform: SCALE }), labels = svg('g.lb'), marks = svg('g');
const pad = svg('rect', {
	width: '100%', height: '100%', fill: 'transparent', tabindex: 0, role: 'application',
	'aria-roledescription': 'flame graph',
	'aria-label': 'Flame graph. Arrow keys move between frames, Enter zooms, Escape goes back, slash searches, t shows a table of functions, question mark all keys.',
});
const graph = svg('svg', { id: 'graph', x: MARGIN, overflow: 'visible' }, shapes, labels, marks, pad);

function listOf(map, key) {
	const list = map.get(key) || [];
	if (!list.length) map.set(key, list);
	return list;
}

// Finds what is to be drawn: the way to the zoomed node, as wide as it, and what comes after it,
// without going where nothing can be seen.
function place() {
	const z = zoomed, scale = z.count ? width / z.count : 0, least = LEAST / scale, open = [z];
	rows = new Map();
	drawn = new Set();
	rests = [];
	for (const node of pathTo(z)) put(node, 0, width);
	while (open.length) {
		const node = open.pop(), list = kids(node, least);
		if (node !== z) put(node, (node.start - z.start) * scale, node.count * scale);
		for (let k = list.length; k--;) if (list[k].count >= least) open.push(list[k]);
		if (way !== '') for (const by of [1, -1]) addRest(list.filter((kid) => Math.sign(kid.depth - node.depth) === by && kid.count < least), z, scale);
	}
	firstDepth = Math.min(...rows.keys());
	lastDepth = Math.max(...rows.keys());
}

function addRest(list, z, scale) {
	const w = list.reduce((sum, kid) => sum + kid.count, 0) * scale;
	if (w >= 3) rests.push({ depth: list[0].depth, x: (list[0].start - z.start) * scale, w, n: list.length });
}

function put(node, x, w) {
	node.x = x;
	node.w = w;
	drawn.add(node);
	listOf(rows, node.depth).push(node);
}

const rowY = (depth) => top + (isFlipped ? lastDepth - depth : depth - firstDepth) * ROW;
const boxWidth = (w) => w > 2.5 ? w - 0.8 : w;
function shape(x, y, w, h) {
	const wide = Math.round(boxWidth(w) * FINE);
	return `M${Math.round(x * FINE)} ${y}h${wide}v${h}h-${wide}z`;
}

// Whether the kernel was entered between a node and the one before it, by code that is not the
// kernel's.
const isKernel = (node) => node.frame.kind === KERNEL || node.frame.kind === MODULE;
function entersKernel(node) {
	if (!node.up) return false;
	const [outer, inner] = isBack(node) ? [node, node.up] : [node.up, node];
	return isKernel(inner) && !isKernel(outer) && outer.frame.kind !== STRUCTURE;
}

function draw() {
	place();
	const data = new Map(), texts = [], add = (colour, text) => listOf(data, colour).push(text);
	for (const node of drawn) {
		const { frame: f, x, w } = node, y = rowY(node.depth);
		// Inlined code touches what it was inlined into.
		const touches = f.inlined && !isBack(node), up = touches && !isFlipped ? 1 : 0;
		const own = colourOf(node), colour = isHit(node) ? 'hit' : hits ? own + ' dim' : own;
		add(colour, shape(x, y - up, w, ROW - 1 + touches));
		const isBelow = node.depth < 0 !== isFlipped;
		if (w > 12 && entersKernel(node)) add('kb', shape(x, isBelow ? y + ROW - 2.6 : y, w, 1.6));
		addMarks(add, node, x, y, w);
		if (w >= 26) label(texts, node, x, y + baseline(), boxWidth(w));
	}
	for (const { depth, x, w, n } of rests) {
		add('rest', shape(x, rowY(depth), w, ROW - 1));
		const text = shorten(`${grouped(n)} smaller`, Math.floor((w - 4) / CELL));
		if (text) texts.push([x + 4, rowY(depth) + baseline(), text, 'in']);
	}
	// What is drawn over boxes comes last.
	const over = ['km', 'kl', 'gone', 'new', 'kb'], under = [...data.keys()].filter((colour) => !over.includes(colour));
	shapes.replaceChildren(...[...under, ...over].filter((colour) => data.has(colour))
		.map((colour) => svg('path.' + colour, { d: data.get(colour).join('') })));
	write(texts);
	size();
	mark();
}

function size() {
	const height = (lastDepth - firstDepth + 1) * ROW;
	set(root, { height: Math.max(top + height + 10, innerHeight - 4) });
	set(graph, { width, height: top + height });
	set(pad, { y: top, height });
}

function label(texts, node, x, y, w) {
	const f = node.frame;
	let columns = Math.floor((w - 4) / CELL);
	if (w >= 149.2 && node.depth) {
		const amount = amountText(node);
		if (amount) columns -= amount.length + 1;
		texts.push([x + w - 4, y, amount, 'sh']);
	}
	const text = shorten(f.name, columns);
	if (text) texts.push([x + 4, y, text, f.kind === STRUCTURE || !node.depth ? 'st' : f.inlined ? 'in' : '']);
}

// Reuses the text elements that are there.
function write(texts) {
	texts.forEach(([x, y, text, style], k) => {
		const e = labels.childNodes[k] || labels.appendChild(svg('text', {}, ''));
		set(e, { x: x.toFixed(1), y, class: style }).firstChild.data = text;
	});
	while (labels.childNodes.length > texts.length) labels.lastChild.remove();
}

// The outlines, also of the other boxes of the function, and all that depends on which is meant.
function mark() {
	const node = meant(), of = numberOf(node), same = node.up ? [...drawn].filter((one) => one.w > 2 && numberOf(one) === of) : [];
	const ring = (style, { x, depth, w }) => svg('rect.' + style, { x: x.toFixed(1), y: rowY(depth), height: ROW - 1, width: Math.max(1, boxWidth(w)).toFixed(1) });
	marks.replaceChildren(
		svg('path.same', { transform: SCALE, d: same.map(({ x, depth, w }) => shape(x, rowY(depth), w, ROW - 1)).join('') }),
		...[isSandwich() && whole, hovered].filter((one) => drawn.has(one)).map((one) => ring('hover', one)),
		drawn.has(focused) ? ring('focus', focused) : '',
	);
	describe(node);
}

function nodeAt(x, y) {
	const row = Math.floor((y - top) / ROW), list = rows.get(isFlipped ? lastDepth - row : firstDepth + row);
	return list?.find((node) => x >= node.x && x < node.x + node.w) || null;
}
