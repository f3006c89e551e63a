// The decoder of the profile inside the picture. It does not touch the document.

import { OF_ATTRIBUTES, OF_COUNT, OF_END, OF_FIGURE, OF_FRAME, OF_IDLE, OF_NEW, OF_OBJECT, OF_SLICE, OF_SLICES, OF_SLICE_COUNT, OF_WEIGHT } from './contexts.js';
import { STRUCTURE } from './kinds.js';

const mix = (a, b) => {
	a = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
	return (a ^ a >>> 15) >>> 2;
};
export const bounded = (n) => Math.min(n, 255);
// Of numbers of either sign the lowest bit is the sign.
export const signed = (n) => n % 2 ? -(n + 1) / 2 : n / 2;

// Decodes the text of the element 'data', which svg_data.h and coder.h describe. 'readSides' reads the
// two sides of a comparison (profile_sides.js); pictures of one profile need none. Rejects damaged
// data. Fast because numbers stay below 2^30 where they can and no bit allocates memory.
//
// Returns the profile. Nodes are numbered in the order callers before callees, 0 is the root:
//   n                    number of nodes
//   frame, parent, end   of each node: its frame, its caller, the node after its subtree
//   self, selfWeight     of each node: its own samples, and their weight (ns or events)
//   frames               { name, kind, inlined, colour, object }; the last one is the root's, 'all'
//   functionOf           of each frame: its function, 0 to functions - 1
//   unit, isTime         unit of the samples ('' for samples); whether weights are CPU time
//   times                null, or { n, width, busy, idle, first, slice, count }, see readTimes()
//   diff                 null, or the result of readSides()
export async function decode(text, readSides) {
	const slots = new Int32Array(1 << 17), lists = new Int32Array(8 << 16), refused = new Int32Array(1 << 16), tries = new Int32Array(8);
	const hashes = new Int32Array(3), keys = new Int32Array(2), parts = Int32Array.from({ length: 871 }, (_, n) => 2 ** 25 / n);
	const grown = (n) => Math.min(n + 1, 31), aged = (n) => n * 3 + 3 >> 2;
	const states = Int32Array.from({ length: 2048 }, (_, k) => k < 1024 ? aged(k >> 5) << 5 | grown(k & 31) : grown(k >> 5 & 31) << 5 | aged(k & 31));
	let at = 1, range = 1 << 29, code = 0, guesses = 0;

	function take() {
		const c = text.charCodeAt(at++);
		if (!c) throw new Error('the data is truncated');
		code = code * 91 + c - 33 - (c > 38) - (c > 60) - (c > 62);
	}
	function fill() {
		while (range < 1 << 23) {
			range *= 91;
			take();
		}
	}
	// A bit by the states of three contexts: what leads to the next states in 'states', 1024 or 0. Without
	// branches, because nobody could predict them: of a number below 0 '>> 31' makes -1, else 0.
	function decide(x, y, z) {
		const ones = 1 + (x >> 5) + 4 * (y >> 5) + 9 * (z >> 5), all = 1 + ones + (x & 31) + 4 * (y & 31) + 9 * (z & 31);
		const lower = (range >> 15) * (ones * parts[all] >> 10), is = code - lower >> 31;
		range = is & lower | ~is & range - lower;
		code -= ~is & lower;
		fill();
		return is & 1024;
	}
	function seen(slot, hash) {
		const state = slots[slot] ^ hash << 10;
		return state & (state >>> 10) - 1 >> 31;
	}
	function next(a, b, c, way) {
		const i = a >> 13 ^ way, j = b >> 13 ^ way, k = c >> 13 ^ way, x = seen(i, a), y = seen(j, b), z = seen(k, c), turn = decide(x, y, z);
		slots[i] = a << 10 | states[x | turn];
		slots[j] = b << 10 | states[y | turn];
		slots[k] = c << 10 | states[z | turn];
		return turn >> 10;
	}
	function some(n, salt) {
		let number = 0;
		for (let i = 0, way = 1, a, b, c; i < n; i++) {
			if (i % 4 === 0) {
				salt = salt * 16 + way | 0;
				a = mix(hashes[0], salt);
				b = mix(hashes[1], salt);
				c = mix(hashes[2], salt);
				way = 1;
			}
			const bit = next(a, b, c, way);
			way = way * 2 + bit;
			number = number * 2 + bit;
		}
		return number;
	}
	const bit = (use, a, b, c) => next(mix(use * 4, a), mix(use * 4 + 1, b), mix(use * 4 + 2, c), 1);
	function enter(use, a, b, c) {
		hashes[0] = mix(use * 4, a);
		hashes[1] = mix(use * 4 + 1, b);
		hashes[2] = mix(use * 4 + 2, c);
	}
	function bits(n, use, a, b, c) {
		enter(use, a, b, c);
		return some(n, n);
	}
	function number(use, a, b, c) {
		let n = 0;
		enter(use, a, b, c);
		while (next(hashes[0], hashes[1], hashes[2], Math.min(n + 1, 15))) n++;
		return n && 2 ** (n - 1) + some(n - 1, n);
	}
	// By the keys; -1 where it is none of those.
	function guess() {
		guesses++;
		for (let k = 0; k < 2; k++)
			for (let i = 0, place = (keys[k] >> 14) * 8; i < 4; i++, place++) {
				const entry = lists[place], symbol = entry >>> 10, one = k * 4 + i;
				if (!entry) break;
				if (refused[symbol & 0xffff] === guesses) continue;
				refused[symbol & 0xffff] = guesses;
				const turn = decide(tries[one], lists[place + 4], entry & 1023);
				tries[one] = states[tries[one] | turn];
				lists[place] = symbol << 10 | states[entry & 1023 | turn];
				lists[place + 4] = states[lists[place + 4] | turn];
				if (turn) return symbol - 1;
			}
		return -1;
	}
	function learn(symbol) {
		for (let k = 0; k < 2; k++) {
			const list = (keys[k] >> 14) * 8, entry = symbol + 1 << 10;
			for (let i = 0, moved = entry; i < 4; i++) {
				const here = lists[list + i];
				lists[list + i] = moved;
				moved = here;
				if (here >>> 10 === entry >>> 10) lists[list] = here;
				if (!here || here >>> 10 === entry >>> 10) break;
			}
		}
	}
	function raw() {
		const part = range >> 8, byte = code / part | 0;
		code -= byte * part;
		range = part;
		fill();
		return byte;
	}
	async function texts() {
		const size = number(OF_FIGURE), packed = number(OF_FIGURE);
		let bytes = new Uint8Array(packed || size);
		for (let i = 0; i < bytes.length; i++) bytes[i] = raw();
		if (packed) bytes = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))).arrayBuffer();
		return new TextDecoder().decode(bytes).split('\n').slice(0, -1);
	}
	// What svg_nodes.h describes. Nodes are in the order callers before callees; 'end' is that of a node's
	// subtree.
	function readNodes(n, all, usual) {
		const frame = new Uint32Array(n), parent = new Uint32Array(n), end = new Uint32Array(n).fill(n);
		const self = new Float64Array(n), selfWeight = new Float64Array(n), open = [], last = [], callees = [];
		let used = 0, previous = -1, d = 0;
		function callee(caller) {
			const wasNew = previous + 1 === used;
			keys[0] = mix(caller, last[d]);
			keys[1] = mix(caller, -1);
			let f = guess();
			if (f < 0) f = bit(OF_NEW, wasNew, caller, mix(caller, wasNew)) ? used : bits(32 - Math.clz32(used), OF_FRAME, 0, previous, caller);
			if (f === used) used++;
			learn(f);
			callees[d] = Math.min(callees[d] + 1, 2);
			return last[d] = previous = f;
		}
		// Whether the innermost open node has no more callees.
		function ends(isLeaf) {
			const f = frame[open[d]];
			return bit(OF_END, callees[d] * 2 + isLeaf, f * 2 + isLeaf, mix(f, last[d]) + isLeaf);
		}
		for (let i = 0; i < n; i++) {
			const f = frame[i] = i ? callee(frame[parent[i] = open[d]]) : all;
			if (i) d++;
			open[d] = i;
			last[d] = all;
			callees[d] = 0;
			const isLast = i + 1 === n, isLeaf = +(isLast || i && ends(1)), of = f * 2 + isLeaf, count = number(OF_COUNT, isLeaf, of, of);
			self[i] = isLeaf && count < 2 ? 1 - count : count;
			if (usual !== null) selfWeight[i] = self[i] * usual + signed(number(OF_WEIGHT, 0, bounded(self[i]), f));
			if (isLeaf && !isLast) do end[open[d--]] = i + 1; while (d && ends(0));
		}
		return { n, frame, parent, end, self, selfWeight };
	}
	// What svg_times.h describes. Node i's own samples by slices of time are the entries first[i] to
	// first[i + 1].
	function readTimes() {
		const { n: nodes, self } = tree, n = number(OF_FIGURE), width = number(OF_FIGURE), idle = new Float64Array(n), busy = new Float64Array(n);
		const first = new Uint32Array(nodes + 1);
		for (let k = 0, b = 0; k < n; k++) b = bounded(idle[k] = number(OF_IDLE, 0, b, b));
		for (let i = 0; i < nodes; i++) first[i + 1] = first[i] + number(OF_SLICES, 0, bounded(self[i]), bounded(self[i]));
		const slice = new Uint16Array(first[nodes]), count = new Float64Array(first[nodes]);
		for (let i = 0; i < nodes; i++)
			for (let k = first[i], s = 0; k < first[i + 1]; k++) {
				const left = bounded(first[i + 1] - k);
				slice[k] = s += number(OF_SLICE, 0, left, mix(left, s >> 3));
			}
		for (let i = 0; i < nodes; i++)
			for (let k = first[i], samples = self[i]; k < first[i + 1]; k++) {
				const left = first[i + 1] - k, spare = bounded(Math.max(samples - left, 0));
				busy[slice[k]] += count[k] = number(OF_SLICE_COUNT, 0, spare, mix(spare, bounded(left))) + 1;
				samples = Math.max(samples - count[k], 0);
			}
		return { n, width, busy, idle, first, slice, count };
	}

	for (let i = 0; i < 5; i++) take();
	const flags = number(OF_FIGURE), unit = (await texts())[6];
	// The head says what the conditions were.
	for (let left = number(OF_FIGURE); left; left--) number(OF_FIGURE);
	const objects = await texts();
	let object = 0, attributes = 0;
	const frames = (await texts()).map((name) => {
		object = number(OF_OBJECT, 0, object, object);
		attributes = bits(8, OF_ATTRIBUTES, 0, object, mix(object, attributes));
		const kind = attributes & 15;
		return { name, kind, inlined: attributes >> 4 & 1, colour: `k${kind}${attributes >> 5}`, object: object ? objects[object - 1] : '' };
	});
	const tree = readNodes(number(OF_FIGURE) + 1, frames.length, flags & 1 ? number(OF_FIGURE) : null);
	frames.push({ name: 'all', kind: STRUCTURE, inlined: 0, colour: 'k01', object: '' });
	const t = { ...tree, frames, unit, isTime: flags & 2, times: null, diff: null };
	nameFunctions(t, flags & 8);
	if (flags & 4) t.times = readTimes();
	if (flags & 8) t.diff = readSides(t, number, await texts());
	if (at !== text.length || code) throw new Error('the data is damaged');
	return t;
}

// Which frames are of the same function: those of equal name and object. Structure is nobody's
// caller twice, so it is never taken for another. In a comparison they were made one before; of
// names that are not UTF-8, two may look the same here.
function nameFunctions(t, isComparison) {
	const numbers = new Map();
	t.functionOf = Uint32Array.from(t.frames, (f, k) => {
		const key = isComparison ? k : `${f.kind === STRUCTURE}\n${f.name}\n${f.object}`;
		if (!numbers.has(key)) numbers.set(key, numbers.size);
		return numbers.get(key);
	});
	t.functions = numbers.size;
}
