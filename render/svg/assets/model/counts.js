// The samples that count, and the callers under which they count. makeBase() turns the
// recorded profile into the base of all views, in three steps: pick() applies the range
// of time and the exclusions to each node's own counts; linkNodes() folds recursion;
// makeColumn() sums own counts up to the callers. Any other count of each node, such as
// the matches of a search, becomes a column by makeColumn() too, and views can sum it.

import { STRUCTURE, UNKNOWN } from './kinds.js';

// 'own' holds columns of own counts by name. Changes and returns them.
function pick({ n, times }, own, range, without) {
	if (range)
		for (let i = 0; i < n; i++) {
			let part = 0;
			for (let k = times.first[i]; k < times.first[i + 1]; k++)
				if (times.slice[k] >= range[0] && times.slice[k] < range[1]) part += times.count[k];
			// Weights have no times: each sample of a node has their mean.
			own.weight[i] *= part && part / own.count[i];
			own.count[i] = part;
		}
	for (const { gone } of without)
		for (const name in own)
			for (let i = 0; i < n; i++) if (gone[i]) own[name][i] = 0;
	return own;
}

// Links of the nodes: 'up', 'first' and 'next' are caller, first callee and next sibling,
// 0 for none. 'to' is null, or, if recursion is folded, the node that each node is merged
// into. With recursion folded a function stands once in a stack, at its outermost place,
// with the callees of its inner calls. A frame without a name may be many functions: only
// neighbours are merged.
function linkNodes({ n, frame, parent, frames, functionOf }, isFolded) {
	const column = () => new Uint32Array(n), first = column(), next = column();
	const to = isFolded ? column() : null, up = isFolded ? column() : parent;
	for (let i = 1; isFolded && i < n; i++) {
		let a = up[i] = to[parent[i]];
		const f = functionOf[frame[i]], { kind } = frames[frame[i]];
		while (a && functionOf[frame[a]] !== f) a = kind === UNKNOWN ? 0 : up[a];
		if (kind === STRUCTURE) a = 0;
		to[i] = a || i;
	}
	for (let i = n - 1; i; i--) {
		if (isFolded && to[i] !== i) continue;
		next[i] = first[up[i]];
		first[up[i]] = i;
	}
	return { up, first, next, to };
}

// From own counts of the recorded profile to a column of the base: own counts, and totals
// with callees.
export function makeColumn(picked, { to, up }) {
	let own = picked;
	if (to) {
		own = new Float64Array(picked.length);
		picked.forEach((count, i) => own[to[i]] += count);
	}
	const total = own.slice();
	for (let i = total.length - 1; i; i--) total[up[i]] += total[i];
	return { own, total };
}

// The base of all views with these choices (see state.js; 'range' and 'side' may be
// missing): the links, a column for each own count, and 'picked', the own counts before
// folding. 'ownCounts' is that of the kind of picture (profile_kind.js). 'previous' is an
// earlier base, or null; its links are used again if they fit.
export function makeBase(profile, { isFolded, range, without, side }, ownCounts, previous) {
	const picked = pick(profile, ownCounts(profile, side), range, without);
	const links = previous?.profile === profile && previous.isFolded === isFolded ? previous.links : linkNodes(profile, isFolded);
	const base = { profile, isFolded, without, picked, links, ...links };
	for (const name in picked) base[name] = makeColumn(picked[name], links);
	return base;
}

// The self and total count of each function. A sample counts once, however often the
// function is on its stack. 'frame' is one of the function's frames, -1 if no node has
// any.
export function countFunctions({ n, frame, parent, end, functions, functionOf }, picked) {
	const { total } = makeColumn(picked, { up: parent });
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
