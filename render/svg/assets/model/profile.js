// The decoder of the profile inside the picture. It does not touch the document.
// docs/picture-format.md describes the data.

import { STRUCTURE } from './kinds.js';

const VERSION = '3';

// A difference of either sign: the lowest bit is the sign.
export const signed = (n) => n % 2 ? -(n + 1) / 2 : n / 2;

// The bytes of a text in base 91; null if it has a digit too many.
function bytesOf(text) {
	const bytes = new Uint8Array(text.length * 13 >> 4), rest = bytes.length * 8 % 13;
	if (text.length !== (bytes.length * 8 - rest) / 6.5 + (rest > 0) + (rest > 6)) return null;
	const digit = (i) => {
		const c = text.charCodeAt(i);
		return c - 33 - (c > 38) - (c > 60) - (c > 62);
	};
	for (let i = 0, at = 0, bits = 0, have = 0; at < bytes.length; i += 2) {
		bits |= digit(i) + (i + 1 < text.length && digit(i + 1) * 91) << have;
		for (have += 13; have > 7 && at < bytes.length; have -= 8, bits >>= 8) bytes[at++] = bits;
	}
	return bytes;
}

// Decodes the text of the element 'data'. 'readSides' reads the two sides of a comparison
// (profile_sides.js); pictures of one profile need none. Rejects damaged data.
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
	const fail = (problem) => {
		throw new Error('the data ' + problem);
	};
	if (text[0] !== VERSION) fail(text ? 'has another version' : 'is truncated');
	const packed = bytesOf(text.slice(1)) || fail('is damaged');
	let bytes = packed, at = 0;

	// Numbers above 2^53 are rounded.
	function number() {
		let n = 0, unit = 1, byte;
		do {
			byte = bytes[at++];
			n += (byte & 127) * unit;
			unit *= 128;
		} while (byte > 127);
		return n;
	}
	// A column in which most numbers are 0.
	function sparse(length) {
		const column = new Float64Array(length);
		for (let i = number(); i < length; i += 1 + number()) column[i] = number();
		return column;
	}
	function texts() {
		const size = number();
		return new TextDecoder().decode(bytes.subarray(at, at += size)).split('\n').slice(0, -1);
	}
	function readTree(n, all, hasWeights) {
		const frame = new Uint32Array(n), parent = new Uint32Array(n), end = new Uint32Array(n);
		const calls = frame.map((_, i) => i ? number() : 3), left = calls.map((call, i) => {
			const callees = call & 3;
			return callees < 3 ? callees : i ? 3 + number() : number();
		});
		// A frame's callees in the order of their first use.
		const known = Array.from({ length: all + 1 }, () => []), isLeaf = left.map((callees) => !callees);
		let used = 0;
		frame[0] = all;
		for (let i = 1, caller = 0; i < n; i++) {
			while (!left[caller]) {
				end[caller] = i;
				caller = parent[caller];
			}
			left[caller]--;
			parent[i] = caller;
			const callees = known[frame[caller]], rank = calls[i] >>> 2;
			if (!rank) callees.push((number() || ++used) - 1);
			frame[i] = callees[(rank || callees.length) - 1];
			caller = i;
		}
		for (let i = 0; i < n; i++) end[i] ||= n;
		const self = sparse(n).map((count, i) => isLeaf[i] && count < 2 ? 1 - count : count);
		const usual = hasWeights && number();
		const selfWeight = hasWeights ? sparse(n).map((difference, i) => self[i] * usual + signed(difference)) : new Float64Array(n);
		return { n, frame, parent, end, self, selfWeight };
	}
	// Node i's own samples by slices of time are the entries first[i] to first[i + 1].
	function readTimes({ n: nodes, self }) {
		const n = number(), width = number(), idle = new Float64Array(n).map(number), busy = new Float64Array(n);
		const first = new Uint32Array(nodes + 1);
		sparse(nodes).forEach((difference, i) => first[i + 1] = first[i] + self[i] - signed(difference));
		const slice = new Uint16Array(first[nodes]);
		for (let i = 0; i < nodes; i++)
			for (let k = first[i], last = 0; k < first[i + 1]; k++) slice[k] = last += number();
		const count = new Float64Array(first[nodes]).map((_, k) => {
			const samples = number() + 1;
			busy[slice[k]] += samples;
			return samples;
		});
		return { n, width, busy, idle, first, slice, count };
	}

	number();
	const inflated = new Blob([packed.subarray(at)]).stream().pipeThrough(new DecompressionStream('deflate'));
	bytes = new Uint8Array(await new Response(inflated).arrayBuffer().catch(() => fail('is damaged')));
	at = 0;
	const flags = number(), unit = texts()[6];
	// The head shows the recording's metadata.
	for (let left = number(); left; left--) number();
	const objects = ['', ...texts()];
	const frames = texts().map((name) => ({ name, object: '' }));
	for (const f of frames) f.object = objects[number()];
	for (const f of frames) {
		const attributes = bytes[at++], kind = attributes & 15;
		Object.assign(f, { kind, inlined: attributes >> 4 & 1, colour: `k${kind}${attributes >> 5}` });
	}
	const tree = readTree(number() + 1, frames.length, flags & 1);
	frames.push({ name: 'all', kind: STRUCTURE, inlined: 0, colour: 'k01', object: '' });
	const profile = { ...tree, frames, unit, isTime: flags & 2, times: null, diff: null };
	nameFunctions(profile, flags & 8);
	if (flags & 4) profile.times = readTimes(tree);
	if (flags & 8) profile.diff = readSides(profile, number, sparse, texts());
	if (at !== bytes.length) fail('is damaged');
	return profile;
}

// Sets which frames are of the same function: those of equal name and object. Threads and processes
// are functions of their own. In a comparison each frame is a function already; two names that are
// not UTF-8 may look the same there.
function nameFunctions(profile, isComparison) {
	const numbers = new Map();
	profile.functionOf = Uint32Array.from(profile.frames, (f, k) => {
		const key = isComparison ? k : `${f.kind === STRUCTURE}\n${f.name}\n${f.object}`;
		if (!numbers.has(key)) numbers.set(key, numbers.size);
		return numbers.get(key);
	});
	profile.functions = numbers.size;
}
