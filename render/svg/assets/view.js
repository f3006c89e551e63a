// The tree that is drawn, made of the base only as far as somebody looks. Each of its nodes stands
// for nodes of the base that have the same names on their way: 'at' are where the way has come to,
// 'of' those whose samples it holds. On the way to callees both are the same. From the root
// nothing has to be merged; from the leaf the ways lead to callers; the sandwich of a function
// leads both ways, callers having depths below 0.

let whole = null;

// What a node holds of a column of the base.
function sum(node, column) {
	const values = column[way === 'leaf' ? 'own' : 'total'];
	let s = 0;
	for (const i of node.of) s += values[i];
	return s;
}
const ownOf = (node, { own }) => node.at.reduce((s, i) => s + own[i], 0);

function makeNode(up, frame, depth, at, of = at) {
	const node = { up, frame: frames[frame], number: frame, depth, at, of, start: 0, count: 0, kids: null };
	node.count = sum(node, base.count);
	return node;
}

function makeView() {
	const list = [];
	if (way === '') list.push(0);
	else if (way === 'leaf') {
		for (let i = 0; i < nodeCount; i++) if (base.count.own[i]) list.push(i);
	} else {
		// The outermost calls: each sample once.
		const inside = new Uint8Array(nodeCount);
		for (let i = 1; i < nodeCount; i++) {
			const is = functionOf[frameOf[i]] === way;
			inside[i] = inside[base.up[i]] | is;
			if (is && !inside[base.up[i]] && base.count.total[i]) list.push(i);
		}
	}
	const f = isSandwich() ? functionOf.indexOf(way) : frames.length - 1;
	whole = makeNode(null, f, 0, list);
}

const isSandwich = () => typeof way === 'number';
// Whether the way leads from callee to caller.
const isBack = (node) => way === 'leaf' || node.depth < 0;

// Where the ways lead to from a node. Those of less than 'least' may be left out: most of a large
// profile is too small to be seen, and is not made.
function kids(node, least = 0) {
	if (node.kids && node.least <= least) return node.kids;
	const isPlain = way === '' && !isFolded;
	if (isPlain) node.kids = plainCallees(node, least);
	else if (isBack(node)) node.kids = callers(node, Math.sign(node.depth) || 1);
	else node.kids = callees(node);
	if (isSandwich() && !node.depth) node.kids = node.kids.concat(callers(node, -1));
	node.least = isPlain ? least : 0;
	return node.kids;
}

// From the root, when recursion is not folded, callees have different names. Those that were made
// before stay what they are.
function plainCallees(node, least) {
	const { first, next, count: { total } } = base, list = [];
	const known = new Map(node.kids?.map((kid) => [kid.at[0], kid]));
	let { start } = node;
	for (let k = first[node.at[0]]; k; k = next[k]) {
		if (total[k] && total[k] >= least) {
			const kid = known.get(k) || makeNode(node, frameOf[k], node.depth + 1, [k]);
			kid.start = start;
			list.push(kid);
		}
		start += total[k];
	}
	return list;
}

function callees(node) {
	const { first, next, count: { total } } = base, groups = new Map();
	for (const i of node.at)
		for (let k = first[i]; k; k = next[k]) if (total[k]) group(groups, k, k);
	return lay(node, groups, 1);
}

function callers(node, by) {
	const { up } = base, groups = new Map();
	for (let k = 0; k < node.of.length; k++) {
		// From the leaf the first row is of those whose samples they are.
		const i = node.depth || isSandwich() ? up[node.at[k]] : node.of[k];
		if (i) group(groups, i, node.of[k]);
	}
	return lay(node, groups, by);
}

function group(groups, i, origin) {
	const f = frameOf[i], g = groups.get(f);
	if (g) {
		g.at.push(i);
		if (g.at !== g.of) g.of.push(origin);
		return;
	}
	const at = [i];
	groups.set(f, { at, of: i === origin ? at : [origin] });
}

// The recorded order is that of names; what was merged goes by size, but not where only recursion
// is folded.
function lay(node, groups, by) {
	const list = Array.from(groups, ([f, { at, of }]) => makeNode(node, f, node.depth + by, at, of))
		.sort((a, b) => way !== '' && b.count - a.count || (a.frame.name < b.frame.name ? -1 : 1));
	let start = node.start;
	for (const kid of list) {
		kid.start = start;
		start += kid.count;
	}
	return list;
}

const numberOf = (node) => functionOf[node.number];
// From the view's root to a node.
const pathTo = (node) => {
	const path = [];
	for (let i = node; i; i = i.up) path.unshift(i);
	return path;
};

// What a search has found: which frames match; and in the base how many samples of each node have
// one of them on their stack.
let hits = null;

function countMatches() {
	if (!hits) return;
	const above = new Uint8Array(nodeCount);
	for (let i = 1; i < nodeCount; i++) above[i] = above[parentOf[i]] | hits[frameOf[i]];
	const matched = (picked) => makeColumn(picked.map((count, i) => above[i] && count), base);
	base.matched = matched(base.picked.count);
	if (diff) base.matchedSides = ['before', 'after'].map((side) => matched(base.picked[side]).total[0]);
}

const matchedCount = () => base.matched.total[0];
const matchedOf = (node) => sum(node, base.matched);
const isHit = (node) => hits && hits[node.number];

// The matches nearest to the root of the view, the large ones at least, largest first.
function matches() {
	let list = [];
	for (const part of [1e-2, 1e-3, 1e-4, 0]) {
		const open = [whole];
		list = [];
		while (open.length) {
			const node = open.pop();
			if (isHit(node)) list.push(node);
			else for (const kid of kids(node)) if (kid.count >= part * whole.count && matchedOf(kid)) open.push(kid);
		}
		if (list.length > 99) break;
	}
	return list.sort((a, b) => b.count - a.count);
}
