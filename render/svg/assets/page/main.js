// The start of the live picture: only when all of it works is the static one taken away.

import { addressOf, find } from '../model/address.js';
import { decode } from '../model/profile.js';
import { onUpdate, state } from '../model/state.js';
import { kids, sum } from '../model/view.js';
import { restore, search, zoom } from './actions.js';
import { byId } from './dom.js';
import { listen } from './input.js';
import { keys } from './keys.js';
import { choicesInAddress } from './location.js';
import { show, showLive } from './page.js';
import { rowY } from './scroll.js';

// Decodes the profile and begins, with a kind of picture (see profile_kind.js).
export async function start(kind) {
	// The static picture stays where the data cannot be unpacked.
	if (!globalThis.DecompressionStream) return;
	const profile = await decode(byId('data').textContent, kind.readSides);
	restore({ kind, profile, ...choicesInAddress(profile, kind.ownCounts) });
	kind.begin();
	showLive();
	show({});
	onUpdate(show);
	listen();
	// For tests.
	// Quoted names stay what they are (see MANGLED in embed.cmake).
	globalThis.flame = {
		get state() {
			return { zoom: state.zoomed, 'range': state.range };
		},
		'profile': profile, rowY, kids, addressOf, zoom, search, differenceOf: kind.differenceOf,
		find: (address) => find(state.view, address),
		matchedCount: () => state.matched.count.total[0], matchedOf: (node) => sum(node, state.matched.count),
		'view': () => state.view.root, 'drawn': () => [...state.drawn], press: (key) => keys[key][0](),
	};
}
