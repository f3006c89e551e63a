// The layout of a view: rows of boxes. All widths come from counts of samples; none is
// computed from pixels.

import { FINE, LEAST } from './figures.js';
import { KERNEL, MODULE, STRUCTURE } from './kinds.js';
import { isBack, kids, pathTo } from './view.js';

export function listOf(map, key) {
	const list = map.get(key) || [];
	if (!list.length) map.set(key, list);
	return list;
}

// Lays out the path to the zoomed node, as wide as that node, and everything after it
// that can be seen. Sets x and w of each drawn node. Returns
//   rows                   the drawn nodes of each depth, left to right
//   drawn                  the set of them
//   rests                  where a view is sorted by size: { depth, x, w, n }, one box
//                          for the callees of a node that are too small to be drawn
//   firstDepth, lastDepth  of the rows
export function layOut(zoomed, width) {
	const scale = zoomed.count ? width / zoomed.count : 0, least = LEAST / scale, open = [zoomed];
	const rows = new Map(), drawn = new Set(), rests = [];
	const put = (node, x, w) => {
		node.x = x;
		node.w = w;
		drawn.add(node);
		listOf(rows, node.depth).push(node);
	};
	const putRest = (list) => {
		const w = list.reduce((all, kid) => all + kid.count, 0) * scale;
		if (w >= 3) rests.push({ depth: list[0].depth, x: (list[0].start - zoomed.start) * scale, w, n: list.length });
	};
	for (const node of pathTo(zoomed)) put(node, 0, width);
	while (open.length) {
		const node = open.pop(), list = kids(node, least);
		if (node !== zoomed) put(node, (node.start - zoomed.start) * scale, node.count * scale);
		for (let k = list.length; k--;) if (list[k].count >= least) open.push(list[k]);
		if (zoomed.view.pivot !== '') for (const by of [1, -1]) putRest(list.filter((kid) => Math.sign(kid.depth - node.depth) === by && kid.count < least));
	}
	return { rows, drawn, rests, firstDepth: Math.min(...rows.keys()), lastDepth: Math.max(...rows.keys()) };
}

// A gap between boxes, except where it would be most of the box.
export const boxWidth = (w) => w > 2.5 ? w - 0.8 : w;
// A rectangle as part of a path.
export function shape(x, y, w, h) {
	const wide = Math.round(boxWidth(w) * FINE);
	return `M${Math.round(x * FINE)} ${y}h${wide}v${h}h-${wide}z`;
}

// Whether code outside of the kernel enters it between a node and the one before.
const isKernel = ({ frame }) => frame.kind === KERNEL || frame.kind === MODULE;
export function entersKernel(node) {
	if (!node.up) return false;
	const [outer, inner] = isBack(node) ? [node, node.up] : [node.up, node];
	return isKernel(inner) && !isKernel(outer) && outer.frame.kind !== STRUCTURE;
}
