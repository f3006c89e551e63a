// The decoder of the two sides of a comparison, which svg_sides.h describes. It does not touch the
// document.

import { OF_SIDES } from './contexts.js';
import { bounded, signed } from './profile.js';

// Part of decode(): reads the sides with 'number'. Values are in the unit that is compared.
export function readSides({ n, self, frames, frame, parent }, number, [unit, , , ...figures]) {
	const list = (length, of) => Array.from({ length }, (_, i) => of(i));
	const [worthBefore, worthAfter, spread, limit, largest] = figures.map(Number);
	const worth = [worthBefore, worthAfter], tenth = (worthBefore + worthAfter) / 20;
	const known = (code, use) => ({ verdict: code, half: number(use) * tenth });
	const first = self.map((both, i) => number(OF_SIDES, 0, bounded(both), frame[i]));
	const counts = [first, self.map((both, i) => both - first[i])];
	const values = counts.map((column, side) => column.map((count) => (count + signed(number(OF_SIDES + 1, side, bounded(count), bounded(count))) / 1000) * worth[side]));
	const codes = [0];
	for (let i = 0; i < n; i++) codes[i] = number(OF_SIDES + 2, 0, codes[parent[i]], codes[parent[i]]);
	const nodes = codes.map((code) => code > 1 ? known(code - 2, OF_SIDES + 3) : null);
	for (let i = 1; i < n; i++) if (codes[i] === 1) nodes[i] = nodes[parent[i]];
	const verdicts = [0, 1].map((k) => list(frames.length - 1, () => number(OF_SIDES + 4, k, k, k)));
	const [totals, selfs] = verdicts.map((column) => column.map((v) => v ? known(v - 1, OF_SIDES + 5) : null));
	const order = () => list(number(OF_SIDES + 6), () => number(OF_SIDES + 6));
	return { unit, worth, spread, limit, largest, counts, values, nodes, totals, selfs, order: order(), movers: order() };
}
