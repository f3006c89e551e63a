// The profile, out of the document: what svg_data.h describes, with totals. First of all, how
// elements are made and found.

const doc = document, root = doc.documentElement;
const byId = (id) => doc.getElementById(id);
// Attributes, and, by the names that begin with 'on', what is done at events; where that says false
// the browser does nothing of its own.
function set(e, attributes) {
	for (const key in attributes)
		if (key.startsWith('on')) e[key] = attributes[key];
		else e.setAttribute(key, attributes[key]);
	return e;
}
// Of a kind 'tag' or 'tag.classes'.
const element = (space) => (kind, attributes, ...children) => {
	const [tag, classes] = kind.split('.'), e = set(doc.createElementNS(space, tag), attributes);
	if (classes) set(e, { class: classes });
	e.append(...children);
	return e;
};
const svg = element('http://www.w3.org/2000/svg');
const html = element('http://www.w3.org/1999/xhtml');

const KINDS = ['', 'kernel', 'kernel module', 'program', 'library', 'JIT code', 'interpreted', 'no name known'];
const STRUCTURE = 0, KERNEL = 1, MODULE = 2, UNKNOWN = 7;

// Of numbers of either sign the lowest bit is the sign.
const signed = (n) => n % 2 ? -(n + 1) / 2 : n / 2;

async function inflate(bytes) {
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Node i's own samples by slices of time are the entries first[i] to first[i + 1].
function readTimes(number, nodes) {
	const n = number(), width = number(), idle = Float64Array.from({ length: n }, number);
	const first = new Uint32Array(nodes + 1), busy = new Float64Array(n);
	for (let i = 0; i < nodes; i++) first[i + 1] = first[i] + number();
	const slice = new Uint16Array(first[nodes]), count = new Float64Array(first[nodes]);
	for (let i = 0; i < nodes; i++)
		for (let k = first[i], s = 0; k < first[i + 1]; k++) slice[k] = s += number();
	slice.forEach((s, k) => busy[s] += count[k] = number() + 1);
	return { n, width, busy, idle, first, slice, count };
}

// What svg_data.h describes. Nodes are in the order callers before callees. Null where the
// browser cannot unpack it.
async function decode(text) {
	const binary = atob(text);
	let bytes = new Uint8Array(binary.length);
	for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
	let at = 0;
	const number = () => {
		let value = 0, unit = 1, byte;
		do {
			byte = bytes[at++];
			value += (byte & 127) * unit;
			unit *= 128;
		} while (byte > 127);
		return value;
	};
	const texts = () => {
		number();
		const end = number() + at;
		const list = new TextDecoder().decode(bytes.subarray(at, end)).split('\n');
		at = end;
		list.pop();
		return list;
	};
	if (number() !== 1) throw new Error('unknown version of the profile');
	const flags = number();
	if (flags & 4) {
		if (!globalThis.DecompressionStream) return null;
		number();
		bytes = await inflate(bytes.subarray(at));
		at = 0;
	}
	const unit = texts()[6];
	// The head says what the conditions were.
	for (let left = number(); left; left--) number();
	const objects = texts();
	const frames = texts().map((name) => ({ name }));
	for (const f of frames) {
		const bits = bytes[at++], object = number();
		f.kind = bits & 15;
		f.inlined = bits >> 4 & 1;
		f.colour = `k${f.kind}${bits >> 5}`;
		f.object = object ? objects[object - 1] : '';
	}
	const n = number() + 1;
	const all = { name: 'all', kind: STRUCTURE, inlined: 0, colour: 'k01', object: '' };
	const t = {
		n, frames: [...frames, all], unit, isTime: flags & 2, times: null, diff: null,
		frame: new Uint32Array(n), depth: new Uint32Array(n), parent: new Uint32Array(n),
		end: new Uint32Array(n), self: new Float64Array(n), selfWeight: new Float64Array(n),
	};
	t.frame[0] = frames.length;
	for (let i = 1; i < n; i++) t.depth[i] = t.depth[i - 1] + 1 - number();
	for (let i = 1; i < n; i++) t.frame[i] = number();
	for (let i = 0; i < n; i++) t.self[i] = number();
	if (flags & 1) {
		const usual = number();
		for (let i = 0; i < n; i++)
			t.selfWeight[i] = t.self[i] * usual + signed(number());
	}
	if (flags & 8) t.times = readTimes(number, n);
	link(t, flags & 16);
	if (flags & 16) t.diff = readSides(t, number, texts);
	return t;
}

// Each node's caller, the end of its subtree, and its function: frames of equal name and object
// are one. Structure is nobody's caller twice, so it is never taken for another. In a comparison
// they were made one before; of names that are not UTF-8, two may look the same here.
function link(t, isComparison) {
	const open = [0], numbers = new Map();
	t.functionOf = Uint32Array.from(t.frames, (f, k) => {
		const key = isComparison ? k : `${f.kind === STRUCTURE}\n${f.name}\n${f.object}`;
		if (!numbers.has(key)) numbers.set(key, numbers.size);
		return numbers.get(key);
	});
	t.functions = numbers.size;
	t.end.fill(t.n);
	for (let i = 1; i < t.n; i++) {
		const d = t.depth[i];
		for (let k = open.length - 1; k >= d; k--) t.end[open[k]] = i;
		open.length = d;
		t.parent[i] = open[d - 1];
		open[d] = i;
	}
	return t;
}

// The recorded profile, which nothing changes.
const source = await decode(byId('data').textContent);
// The static picture stays.
if (!source) return;
const { frames, functionOf, times, diff } = source;
