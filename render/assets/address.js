// The view in the address: frames by their names, not by where they are.

// Two numbers for each node, made of its name and its callers'.
function fingerprints() {
	const seeds = [0x811c9dc5, 0x1b873593].map((seed) => {
		const own = t.frames.map((f) => {
			let h = seed;
			for (const c of f.name + '\n' + f.inlined) h = Math.imul(h ^ c.codePointAt(0), 16777619);
			return h;
		});
		const h = new Uint32Array(t.n);
		for (let i = 1; i < t.n; i++) {
			const mixed = Math.imul(h[t.parent[i]] ^ own[t.frame[i]], 0x5bd1e995);
			h[i] = mixed ^ mixed >>> 15;
		}
		return h;
	});
	return (i) => seeds[0][i].toString(36) + '.' + seeds[1][i].toString(36);
}
let print = null;
const fingerprint = (i) => (print ||= fingerprints())(i);

function keep() {
	const parts = [];
	if (state.zoom) parts.push('z=' + fingerprint(state.zoom));
	if (state.query) parts.push('q=' + encodeURIComponent(state.query));
	if (state.flip) parts.push('flip');
	const hash = parts.join('&');
	if (hash === location.hash.slice(1)) return;
	try {
		history.replaceState(null, '', hash ? '#' + hash : location.pathname + location.search);
	} catch {
		// An opaque origin may not change its address.
	}
}

function restore() {
	const wanted = new Map(location.hash.slice(1).split('&').map((part) => part.split('=')));
	let query = '';
	try {
		query = decodeURIComponent(wanted.get('q') || '');
	} catch {
		// Somebody wrote the address by hand.
	}
	state.zoom = 0;
	for (let i = 1; wanted.get('z') && i < t.n; i++)
		if (fingerprint(i) === wanted.get('z')) {
			state.zoom = i;
			break;
		}
	state.flip = wanted.has('flip');
	hovered = focused = -1;
	box.value = query;
	showCrumbs();
	search(query);
}
