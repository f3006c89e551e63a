// Which samples count, and under which callers: the recorded profile becomes the base of what is
// shown, in three steps. pick(): what the range of time and the exclusions leave of each node's
// own counts. fold(): whether recursion has its rows. makeColumn(): own counts up to the callers.
// Whatever else is counted for each node (the samples that a search has found) goes through the
// last one as well, and the view can sum it.

// Of the recorded profile, by node.
const { n: nodeCount, frame: frameOf, parent: parentOf } = source;

// The base: 'up', 'first' and 'next' (caller, first callee, next sibling; 0 for none), 'to' (the
// node that stands for each one; null where recursion is not folded), and the columns 'count',
// 'weight' and, where something is searched, 'matched'. 'picked' are own counts before folding, as pick() made them.
let base = null;
const folds = [null, null];

function pick() {
	const own = pickOwn();
	if (range)
		for (let i = 0; i < nodeCount; i++) {
			let part = 0;
			for (let k = times.first[i]; k < times.first[i + 1]; k++)
				if (times.slice[k] >= range[0] && times.slice[k] < range[1]) part += times.count[k];
			// Weights have no times: each sample of a node has the mean of them.
			own.weight[i] *= part && part / own.count[i];
			own.count[i] = part;
		}
	for (const { gone } of without)
		for (const name in own)
			for (let i = 0; i < nodeCount; i++) if (gone[i]) own[name][i] = 0;
	return own;
}

// With recursion folded a function stands once in a stack, at its outermost place; what its inner
// calls called stands there too. Code without a name may be of many functions: only neighbours are
// made one.
function fold(folded) {
	const column = () => new Uint32Array(nodeCount), first = column(), next = column();
	const to = folded ? column() : null, up = folded ? column() : parentOf;
	for (let i = 1; folded && i < nodeCount; i++) {
		let a = up[i] = to[parentOf[i]];
		const f = functionOf[frameOf[i]], { kind } = frames[frameOf[i]];
		while (a && functionOf[frameOf[a]] !== f) a = kind === UNKNOWN ? 0 : up[a];
		if (kind === STRUCTURE) a = 0;
		to[i] = a || i;
	}
	for (let i = nodeCount - 1; i; i--) {
		if (folded && to[i] !== i) continue;
		next[i] = first[up[i]];
		first[up[i]] = i;
	}
	return { up, first, next, to };
}

// From own counts of the recorded profile those of the base, and those with callees.
function makeColumn(picked, { to, up }) {
	let own = picked;
	if (to) {
		own = new Float64Array(picked.length);
		picked.forEach((count, i) => own[to[i]] += count);
	}
	const total = own.slice();
	for (let i = total.length - 1; i; i--) total[up[i]] += total[i];
	return { own, total };
}

function makeBase() {
	const picked = pick();
	base = { picked, ...folds[+isFolded] ||= fold(isFolded) };
	for (const name in picked) base[name] = makeColumn(picked[name], base);
}

// For each function the self and total count; a sample counts once, however often it is on its stack.
function countFunctions(picked) {
	const { total } = makeColumn(picked, { up: parentOf });
	const list = Array.from({ length: source.functions }, () => ({ frame: -1, self: 0, total: 0, until: 0 }));
	for (let i = 1; i < nodeCount; i++) {
		const f = list[functionOf[frameOf[i]]];
		f.frame = frameOf[i];
		f.self += picked[i];
		if (i < f.until) continue;
		f.total += total[i];
		f.until = source.end[i];
	}
	return list;
}
