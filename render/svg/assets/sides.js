// The two sides of a comparison: the columns that count, and what is known of the difference of a
// box. Values are in the unit that is compared.

const VERDICTS = ['no evidence', 'more', 'less', 'new', 'gone', 'moved'], NEW = 3, GONE = 4;
// As quantities.h has it.
const LEAST_SAMPLES = 16;

// Own counts: what the boxes are as wide as, both sides' values, and both sides' samples.
function pickOwn() {
	const { counts, values } = diff, [before, after] = values.map((v) => v.slice());
	const wide = { before, after }[side];
	return {
		count: wide ? wide.slice() : before.map((b, i) => (b + after[i]) / 2),
		before, after, samplesBefore: counts[0].slice(), samplesAfter: counts[1].slice(),
	};
}

// A difference and what is known of it. Not everything that can be shown was tested: of the rest the
// error is estimated from that of independent samples and by how much the tested ones exceed it.
function difference([before, after], [few, many], known) {
	const delta = after - before, d = { before, after, few, many, delta, verdict: 0, half: 0 };
	if (known) return Object.assign(d, known);
	if (few + many < LEAST_SAMPLES) return d;
	const { worth, spread, limit } = diff, error = Math.sqrt(spread * (few * worth[0] ** 2 + many * worth[1] ** 2));
	Object.assign(d, { half: 1.96 * error, isEstimate: true });
	if (limit && Math.abs(delta) > limit * error) d.verdict = !few ? NEW : !many ? GONE : delta > 0 ? 1 : 2;
	return d;
}

function differenceOf(node) {
	return node.difference ||= difference(['before', 'after'].map((side) => sum(node, base[side])),
		['samplesBefore', 'samplesAfter'].map((side) => sum(node, base[side])), known(node));
}

// What was tested is all stacks as they are, and the selfs and totals of functions.
function known(node) {
	const { nodes, totals, selfs } = diff;
	if (without.length) return null;
	if (way === '') return isFolded ? null : nodes[node.at[0]];
	if (isSandwich()) return node === whole ? totals[node.number] : null;
	return node.up ? node.depth === 1 ? selfs[node.number] : null : nodes[0];
}

// All functions, as the table has them: the differences of total and self, and the place among
// those that changed.
function compareFunctions() {
	const { totals, selfs, order } = diff, isWhole = !without.length;
	const [before, after, few, many] = ['before', 'after', 'samplesBefore', 'samplesAfter'].map((side) => countFunctions(base.picked[side]));
	const places = new Map(order.map((frame, k) => [frame, k]));
	return before.map(({ frame }, f) => {
		const both = (what, list) => difference([before[f][what], after[f][what]], [few[f][what], many[f][what]], isWhole ? list[frame] : null);
		return { frame, place: places.get(frame) ?? Infinity, total: both('total', totals), self: both('self', selfs) };
	}).filter((f) => f.frame >= 0 && f.total.few + f.total.many && frames[f.frame].kind !== STRUCTURE);
}
