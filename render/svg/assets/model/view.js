// A view: the tree that is drawn, made of a base (counts.js) only as far as it is looked
// at. Its pivot is where its root is: '' the root of all stacks, 'leaf' the ends of all
// stacks, or the number of a function, whose callers and callees are shown (a sandwich).
//
// Each node of a view stands for the nodes of the base that have the same names on their
// path: 'at' are the nodes where the path ends, 'of' the nodes whose samples it holds.
// Towards callees both are the same. From the root nothing is merged; from the leaf paths
// lead to callers; a sandwich has both, callers at depths below 0.

// Returns the view, which is its base with 'pivot' and the node 'root'.
export function makeView(base, pivot) {
	const { up, count: { own, total }, profile: { n, frame, frames, functionOf } } = base, list = [];
	if (pivot === '') list.push(0);
	else if (pivot === 'leaf') {
		for (let i = 0; i < n; i++) if (own[i]) list.push(i);
	} else {
		// The outermost calls: each sample once.
		const inside = new Uint8Array(n);
		for (let i = 1; i < n; i++) {
			const is = functionOf[frame[i]] === pivot;
			inside[i] = inside[up[i]] | is;
			if (is && !inside[up[i]] && total[i]) list.push(i);
		}
	}
	const view = { ...base, pivot };
	view.root = makeNode(view, null, isSandwich(view) ? functionOf.indexOf(pivot) : frames.length - 1, 0, list);
	return view;
}

function makeNode(view, up, number, depth, at, of = at) {
	const node = { view, up, frame: view.profile.frames[number], number, depth, at, of, start: 0, count: 0, kids: null };
	node.count = sum(node, view.count);
	return node;
}

// The sum of a column of the base over a node's samples.
export function sum(node, column) {
	const values = column[node.view.pivot === 'leaf' ? 'own' : 'total'];
	let s = 0;
	for (const i of node.of) s += values[i];
	return s;
}
export const ownOf = (node, column) => node.at.reduce((s, i) => s + column.own[i], 0);

export const isSandwich = (view) => typeof view.pivot === 'number';
// Whether the path leads from callee to caller.
export const isBack = (node) => node.view.pivot === 'leaf' || node.depth < 0;
export const functionOf = (node) => node.view.profile.functionOf[node.number];
// The nodes from the view's root to a node.
export const pathTo = (node) => {
	const path = [];
	for (let i = node; i; i = i.up) path.unshift(i);
	return path;
};

// The nodes after a node. Those that hold less than 'least' may be missing: most of a
// large profile is too small to be seen, and is not made.
export function kids(node, least = 0) {
	if (node.kids && node.least <= least) return node.kids;
	const { view, depth } = node, isPlain = view.pivot === '' && !view.isFolded;
	if (isPlain) node.kids = plainCallees(node, least);
	else if (isBack(node)) node.kids = callers(node, Math.sign(depth) || 1);
	else node.kids = callees(node);
	if (isSandwich(view) && !depth) node.kids = node.kids.concat(callers(node, -1));
	node.least = isPlain ? least : 0;
	return node.kids;
}

// From the root, while recursion is not folded, callees have different names. Nodes that
// exist are kept.
function plainCallees(node, least) {
	const { view } = node, { first, next, count: { total }, profile: { frame } } = view, list = [];
	const existing = new Map(node.kids?.map((kid) => [kid.at[0], kid]));
	let { start } = node;
	for (let k = first[node.at[0]]; k; k = next[k]) {
		if (total[k] && total[k] >= least) {
			const kid = existing.get(k) || makeNode(view, node, frame[k], node.depth + 1, [k]);
			kid.start = start;
			list.push(kid);
		}
		start += total[k];
	}
	return list;
}

function callees(node) {
	const { first, next, count: { total }, profile: { frame } } = node.view, groups = new Map();
	for (const i of node.at)
		for (let k = first[i]; k; k = next[k]) if (total[k]) addToGroup(groups, frame[k], k, k);
	return makeKids(node, groups, 1);
}

function callers(node, by) {
	const { view, depth, at, of } = node, { up, profile: { frame } } = view, groups = new Map();
	for (let k = 0; k < of.length; k++) {
		// From the leaf the first row holds the functions of the samples
		// themselves.
		const i = depth || isSandwich(view) ? up[at[k]] : of[k];
		if (i) addToGroup(groups, frame[i], i, of[k]);
	}
	return makeKids(node, groups, by);
}

function addToGroup(groups, frame, i, origin) {
	const group = groups.get(frame);
	if (group) {
		group.at.push(i);
		if (group.at !== group.of) group.of.push(origin);
		return;
	}
	const at = [i];
	groups.set(frame, { at, of: i === origin ? at : [origin] });
}

// The recorded order is that of names. Merged nodes are sorted by size, except where only
// recursion is folded.
function makeKids(node, groups, by) {
	const { view } = node, list = Array.from(groups, ([frame, { at, of }]) => makeNode(view, node, frame, node.depth + by, at, of))
		.sort((a, b) => view.pivot !== '' && b.count - a.count || (a.frame.name < b.frame.name ? -1 : 1));
	let { start } = node;
	for (const kid of list) {
		kid.start = start;
		start += kid.count;
	}
	return list;
}
