// Which samples count, and under which callers: the recorded profile becomes the base of what is
// shown, in three steps. pick(): what the range of time and the exclusions leave of each node's
// own counts. fold(): whether recursion has its rows. makeColumn(): own counts up to the callers.
// Whatever else is counted for each node (the samples that a search has found) goes through the
// last one as well, and the view can sum it.

// The base: 'up', 'first' and 'next' (caller, first callee, next sibling; 0 for none), 'to' (the
// node that stands for each one; null where recursion is not folded), and the columns 'count',
// 'weight' and, where something is searched, 'matched'. 'picked' are own counts before folding, as pick() made them.
let base = null;
const folds = [null, null];

function pick() {
	const { n, self, selfWeight, times } = source;
	const own = diff ? pickSides() : { count: self.slice(), weight: selfWeight.slice() };
	if (state.range)
		for (let i = 0; i < n; i++) {
			let part = 0;
			for (let k = times.first[i]; k < times.first[i + 1]; k++)
				if (times.slice[k] >= state.range[0] && times.slice[k] < state.range[1]) part += times.count[k];
			own.count[i] = part;
			// Weights have no times: each sample of a node has the mean of them.
			own.weight[i] *= self[i] ? part / self[i] : 0;
		}
	for (const { gone } of state.without)
		for (const name in own)
			for (let i = 0; i < n; i++) if (gone[i]) own[name][i] = 0;
	return own;
}

// With recursion folded a function stands once in a stack, at its outermost place; what its inner
// calls called stands there too. Code without a name may be of many functions: only neighbours are
// made one.
function fold(folded) {
	const { n, parent, frame, frames, functionOf } = source;
	const to = folded ? new Uint32Array(n) : null, up = folded ? new Uint32Array(n) : parent;
	const first = new Uint32Array(n), next = new Uint32Array(n);
	for (let i = 1; folded && i < n; i++) {
		let a = up[i] = to[parent[i]];
		const f = functionOf[frame[i]], { kind } = frames[frame[i]];
		while (a && functionOf[frame[a]] !== f) a = kind === UNKNOWN ? 0 : up[a];
		if (kind === STRUCTURE) a = 0;
		to[i] = a || i;
	}
	for (let i = n - 1; i; i--) {
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
	base = { picked, ...folds[+state.fold] ||= fold(state.fold) };
	for (const name in picked) base[name] = makeColumn(picked[name], base);
}

// For each function the self and total count; a sample counts once, however often it is on its stack.
function countFunctions(picked) {
	const { n, frame, end, functionOf, functions } = source;
	const { total } = makeColumn(picked, { up: source.parent });
	const list = Array.from({ length: functions }, () => ({ frame: -1, self: 0, total: 0, until: 0 }));
	for (let i = 1; i < n; i++) {
		const f = list[functionOf[frame[i]]];
		f.frame = frame[i];
		f.self += picked[i];
		if (i < f.until) continue;
		f.total += total[i];
		f.until = end[i];
	}
	return list;
}
