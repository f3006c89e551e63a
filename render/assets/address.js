// The view in the address: frames by their names, not by where they are, so that it holds in
// windows of any width and in other recordings of the same programs.

// FNV-1a, the lowest digits of it.
function hash(text) {
	let h = 0x811c9dc5;
	for (const c of text) h = Math.imul(h ^ c.codePointAt(0), 16777619);
	return (h >>> 0).toString(36).padStart(4, '0').slice(-4);
}
const hashOf = (frame) => frame.print ||= hash(frame.name + '\n' + frame.inlined);
const hashOfFunction = (frame) => hash(frame.name) + hash(frame.object);

// The way to a node, a few letters for each frame; those that have them in common are numbered.
function addressOf(node) {
	let text = '';
	for (const one of pathTo(node)) {
		if (!one.up) continue;
		const alike = kids(one.up).filter((kid) => kid.depth === one.depth && hashOf(kid.frame) === hashOf(one.frame));
		text += '.' + (one.depth < 0 ? '-' : '') + hashOf(one.frame) + (alike[0] === one ? '' : '~' + alike.indexOf(one));
	}
	return text.slice(1);
}

// Where an address leads in the view, and whether that is all of the way.
function find(address) {
	let node = whole;
	for (const part of address ? address.split('.') : []) {
		const [print, k = 0] = part.replace('-', '').split('~'), isBelow = part[0] === '-';
		const next = kids(node).filter((kid) => kid.depth < 0 === isBelow && hashOf(kid.frame) === print)[k];
		if (!next) return { node, isAll: false };
		node = next;
	}
	return { node, isAll: true };
}

const addressOfView = () => (state.fold ? 'f' : '') + (isSandwich() ? 's' + hashOfFunction(whole.frame) : state.way && 'r');

function setView(address) {
	const [, fold, way, print] = /^(f?)(r|s|)(\w*)$/.exec(address) || [];
	const frame = way === 's' ? frames.findIndex((f) => hashOfFunction(f) === print) : -1;
	state.fold = !!fold;
	state.way = way === 'r' ? 'leaf' : frame < 0 ? '' : functionOf[frame];
}

function keep() {
	const ms = (slice) => Math.round(slice * times.width / 1e3) / 1e3;
	const parts = {
		v: addressOfView(), z: addressOf(state.zoom), q: encodeURIComponent(state.query),
		at: state.range ? state.range.map(ms).join('-') : '', x: state.without.map((one) => one.address).join(','),
		d: state.side, flip: state.flip, counts: state.counts, [state.panel]: state.panel,
	};
	const text = Object.entries(parts).filter(([, value]) => value).map(([key, value]) => value === true || key === value ? key : `${key}=${value}`).join('&');
	if (text === location.hash.slice(1)) return;
	try {
		history.replaceState(null, '', text ? '#' + text : location.pathname + location.search);
	} catch {
		// An opaque origin may not change its address.
	}
}

function readRange(text) {
	const { width: slice = 1, n = 0 } = times || {};
	const [from, to] = text.split('-').map((ms) => Math.round(ms * 1e6 / slice));
	return from >= 0 && from < to && to <= n ? [from, to] : null;
}

function restore() {
	const given = new Map(location.hash.slice(1).split('&').map((part) => part.split('=')));
	const of = (key) => given.get(key) || '';
	let query = '';
	try {
		query = decodeURIComponent(of('q'));
	} catch {
		// Somebody wrote the address by hand.
	}
	state.side = diff && ['before', 'after'].find((side) => side === of('d')) || '';
	leaveOut(of('x').split(',').filter(Boolean));
	state.range = readRange(of('at'));
	state.flip = given.has('flip');
	state.counts = given.has('counts');
	state.panel = ['table', 'help'].find((name) => given.has(name)) || '';
	setView(of('v'));
	setQuery(query);
	derive(of('z'));
}
