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

const addressOfView = () => (isFolded ? 'f' : '') + (isSandwich() ? 's' + hashOfFunction(whole.frame) : way && 'r');

function setView(address) {
	const [, fold, kind, print] = /^(f?)(r|s|)(\w*)$/.exec(address) || [];
	const frame = kind === 's' ? frames.findIndex((f) => hashOfFunction(f) === print) : -1;
	isFolded = !!fold;
	way = kind === 'r' ? 'leaf' : frame < 0 ? '' : functionOf[frame];
}

function keep() {
	const ms = (slice) => Math.round(slice * times.width / 1e3) / 1e3;
	const parts = {
		v: addressOfView(), z: addressOf(zoomed), q: encodeURIComponent(query),
		at: range ? range.map(ms).join('-') : '', x: without.map((one) => one.address).join(','),
		d: side, flip: isFlipped, counts: isCounted, [opened]: opened,
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
	let text = '';
	try {
		text = decodeURIComponent(of('q'));
	} catch {
		// Somebody wrote the address by hand.
	}
	side = diff && ['before', 'after'].find((one) => one === of('d')) || '';
	leaveOut(of('x').split(',').filter(Boolean));
	range = readRange(of('at'));
	isFlipped = given.has('flip');
	isCounted = given.has('counts');
	opened = ['table', 'help'].find((name) => given.has(name)) || '';
	setView(of('v'));
	setQuery(text);
	derive(of('z'));
}
