// The decoder of the two sides of a comparison, which docs/picture-format.md describes. It does not
// touch the document.

import { signed } from './profile.js';

// Part of decode(): reads the sides with decode()'s readers. Values are in the unit that is compared.
export function readSides({ n, self, frames, parent }, number, sparse, [unit, , , ...figures]) {
	const list = (length, of) => Array.from({ length }, (_, i) => of(i));
	const [worthBefore, worthAfter, spread, limit, largest] = figures.map(Number);
	const worth = [worthBefore, worthAfter], tenth = (worthBefore + worthAfter) / 20;
	const known = (verdict) => ({ verdict, half: number() * tenth });
	const first = self.map((both) => both && number());
	const counts = [first, self.map((both, i) => both - first[i])];
	const values = counts.map((column, side) => sparse(n).map((difference, i) => (column[i] + signed(difference) / 1000) * worth[side]));
	const codes = sparse(n);
	const nodes = list(n, (i) => codes[i] > 1 ? known(codes[i] - 2) : null);
	for (let i = 1; i < n; i++) if (codes[i] === 1) nodes[i] = nodes[parent[i]];
	const verdicts = [0, 1].map(() => sparse(frames.length - 1));
	const [totals, selfs] = verdicts.map((column) => Array.from(column, (code) => code ? known(code - 1) : null));
	const order = () => list(number(), number);
	return { unit, worth, spread, limit, largest, counts, values, nodes, totals, selfs, order: order(), movers: order() };
}
