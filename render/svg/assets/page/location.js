// The reader's choices in the address of the page.

import { addressOf, addressOfView, viewAt } from '../model/address.js';
import { exclusionsAt } from '../model/exclude.js';
import { state } from '../model/state.js';

export function keepInAddress() {
	const { profile: { times }, view, zoomed, query, range, without, side, isFlipped, isCounted, panel } = state;
	const ms = (slice) => Math.round(slice * times.width / 1e3) / 1e3;
	const parts = {
		v: addressOfView(view), z: addressOf(zoomed), q: encodeURIComponent(query),
		at: range ? range.map(ms).join('-') : '', x: without.map((one) => one.address).join(','),
		d: side, flip: isFlipped, counts: isCounted, [panel]: panel,
	};
	const text = Object.entries(parts).filter(([, value]) => value).map(([key, value]) => value === true || key === value ? key : `${key}=${value}`).join('&');
	if (text === location.hash.slice(1)) return;
	try {
		history.replaceState(null, '', text ? '#' + text : location.pathname + location.search);
	} catch {
		// An opaque origin may not change its address.
	}
}

function rangeAt({ times }, text) {
	const { width = 1, n = 0 } = times || {};
	const [from, to] = text.split('-').map((ms) => Math.round(ms * 1e6 / width));
	return from >= 0 && from < to && to <= n ? [from, to] : null;
}

// The choices in the address of the page, for restore(). Anything may be written there.
export function choicesInAddress(profile, ownCounts) {
	const given = new Map(location.hash.slice(1).split('&').map((part) => part.split('=')));
	const textOf = (key) => given.get(key) || '';
	let query = '';
	try {
		query = decodeURIComponent(textOf('q'));
	} catch {
		// It is not encoded.
	}
	return {
		...viewAt(profile, textOf('v')), zoomed: textOf('z'), query, range: rangeAt(profile, textOf('at')),
		side: profile.diff && ['before', 'after'].find((side) => side === textOf('d')) || '',
		without: exclusionsAt(profile, ownCounts, textOf('x').split(',').filter(Boolean)),
		isFlipped: given.has('flip'), isCounted: given.has('counts'),
		panel: ['table', 'help'].find((name) => given.has(name)) || '',
	};
}
