// Everything that can be done to the picture, by any means. Actions change the state
// through update(), which shows the change.

import { addressOf, addressOfView } from '../model/address.js';
import { exclusionsAt } from '../model/exclude.js';
import { MORE_ROWS, ROWS } from '../model/figures.js';
import { matchingNodes } from '../model/search.js';
import { currentNode, state, update } from '../model/state.js';
import { functionOf, isSandwich, kids } from '../model/view.js';
import { reveal, revealRoot, revealZoomed } from './scroll.js';

// At the start, and after the address of the page was changed by hand.
export const restore = (choices) => update(choices);
export const resize = (sizes) => update(sizes);

// By default the focus goes along.
export function zoom(node, focused = state.focused && node) {
	if (node) update({ zoomed: node, hovered: null, focused });
}

// Zooms to the caller; from the root of another view back to all stacks.
export function up() {
	if (state.zoomed.up) zoom(state.zoomed.up);
	else if (state.pivot !== '') setPivot('');
}

// Shows the view with a pivot, or, if it is shown, all stacks again, at the node they
// were zoomed to.
export function setPivot(to) {
	const pivot = state.pivot === to ? '' : to, returnTo = state.pivot === '' ? addressOf(state.zoomed) : state.returnTo;
	update({ pivot, returnTo, zoomed: pivot === '' ? returnTo : '' });
	revealZoomed();
}
export const fromLeaf = () => setPivot('leaf');

export function sandwich() {
	const node = currentNode();
	if (node.up) setPivot(functionOf(node));
	else if (isSandwich(state)) setPivot('');
}

export const foldRecursion = () => update({ isFolded: !state.isFolded });
export const setRange = (range) => update({ range });
export const setSide = (side) => update({ side });

const excludeAt = (addresses) => update({ without: exclusionsAt(state.profile, state.kind.ownCounts, addresses) });

// Leaves the samples of a box out, in all views, at any time.
export function exclude() {
	const node = currentNode();
	if (node.up || isSandwich(state)) excludeAt([...state.without.map(({ address }) => address), addressOfView(state.view) + '!' + addressOf(node)]);
}
export const include = (one) => update({ without: state.without.filter((other) => other !== one) });

export function flip() {
	update({ isFlipped: !state.isFlipped });
	revealRoot();
}

export const toggleCounts = () => update({ isCounted: !state.isCounted });

// Opens a panel, or closes it if it is open.
export const togglePanel = (name) => update({ panel: state.panel === name ? '' : name, rowLimit: ROWS });
export const sortTable = (order) => update({ order });
export const showMoreRows = () => update({ rowLimit: state.rowLimit + MORE_ROWS });

export const search = (query) => update({ query });
export const searchFor = (name) => search('^' + name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') + '$');

// Goes to the next match by size, or the one before.
export function step(by) {
	const { hits, drawn, width, zoomed } = state, list = hits ? matchingNodes(state.view, hits, state.matched) : [];
	if (!list.length) return;
	const at = list.indexOf(state.focused), focused = list.at((at < 0 ? Math.min(by, 0) : at + by) % list.length);
	// A match that is too small to be seen, or outside of the view, is shown in its
	// caller.
	const isWide = focused.up && focused.count * width >= 3 * focused.up.count;
	update({ focused, hovered: null, zoomed: drawn.has(focused) && focused.w >= 3 ? zoomed : isWide ? focused.up : focused });
	reveal();
}

export const hover = (hovered) => update({ hovered });
export function focus(node) {
	if (!node) return;
	update({ focused: node, hovered: null });
	reveal();
}

// Moves the focus one row up or down: to the node before, or to the widest one after.
export function move(by) {
	const from = state.focused || state.zoomed, depth = from.depth + (state.isFlipped ? -by : by);
	if (from.up && from.up.depth === depth) return focus(from.up);
	focus(kids(from).filter((kid) => kid.depth === depth && state.drawn.has(kid)).sort((a, b) => b.w - a.w)[0]);
}

export function moveAside(by) {
	const from = state.focused || state.zoomed, row = state.rows.get(from.depth) || [];
	focus(row[row.indexOf(from) + by]);
}
