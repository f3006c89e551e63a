// The differences of boxes and functions in a comparison, and their verdicts. Values are
// in the unit that is compared.

import { countFunctions } from './counts.js';
import { STRUCTURE } from './kinds.js';
import { isSandwich, sum } from './view.js';

export const NEW = 3, GONE = 4;
// As in quantities.h.
export const LEAST_SAMPLES = 16;
const SIDES = ['before', 'after'], SAMPLES = ['samplesBefore', 'samplesAfter'];

// Own counts: 'count' is the width of boxes, the others are the values and samples of
// both sides.
export function ownCounts({ diff: { counts, values } }, side) {
	const [before, after] = values.map((v) => v.slice()), wide = { before, after }[side];
	return {
		count: wide ? wide.slice() : before.map((b, i) => (b + after[i]) / 2),
		before, after, samplesBefore: counts[0].slice(), samplesAfter: counts[1].slice(),
	};
}

// The difference of two values with their numbers of samples. 'tested' is its verdict and
// the half width of its interval where flame tested it. Not all that can be shown was
// tested: otherwise the error is estimated from that of independent samples, times the
// excess of the tested errors over it.
function difference({ worth, spread, limit }, [before, after], [few, many], tested) {
	const delta = after - before, d = { before, after, few, many, delta, verdict: 0, half: 0 };
	if (tested) return Object.assign(d, tested);
	if (few + many < LEAST_SAMPLES) return d;
	const error = Math.sqrt(spread * (few * worth[0] ** 2 + many * worth[1] ** 2));
	Object.assign(d, { half: 1.96 * error, isEstimate: true });
	if (limit && Math.abs(delta) > limit * error) d.verdict = !few ? NEW : !many ? GONE : delta > 0 ? 1 : 2;
	return d;
}

export function differenceOf(node) {
	const { view } = node, sums = (names) => names.map((name) => sum(node, view[name]));
	return node.difference ||= difference(view.profile.diff, sums(SIDES), sums(SAMPLES), testedOf(node));
}

// flame tested all stacks as they were recorded, and the selfs and totals of functions.
function testedOf({ view, up, depth, number, at }) {
	const { nodes, totals, selfs } = view.profile.diff;
	if (view.without.length) return null;
	if (view.pivot === '') return view.isFolded ? null : nodes[at[0]];
	if (isSandwich(view)) return up ? null : totals[number];
	return up ? depth === 1 ? selfs[number] : null : nodes[0];
}

// All functions for the table: the differences of total and self, and the rank among the
// functions that changed.
export function compareFunctions({ profile, picked, without }) {
	const { diff, frames } = profile, { totals, selfs, order } = diff, isWhole = !without.length;
	const [before, after, few, many] = [...SIDES, ...SAMPLES].map((name) => countFunctions(profile, picked[name]));
	const ranks = new Map(order.map((frame, k) => [frame, k]));
	return before.map(({ frame }, f) => {
		const both = (name, list) => difference(diff, [before[f][name], after[f][name]], [few[f][name], many[f][name]], isWhole ? list[frame] : null);
		return { frame, rank: ranks.get(frame) ?? Infinity, total: both('total', totals), self: both('self', selfs) };
	}).filter((f) => f.frame >= 0 && f.total.few + f.total.many && frames[f.frame].kind !== STRUCTURE);
}
