// The bar: the tools, the path to the zoomed node, the panel and the details. It stays on
// the screen when the page is scrolled.

import { state } from '../model/state.js';
import { isSandwich, pathTo } from '../model/view.js';
import { shorten } from '../model/words.js';
import { include, setPivot, setRange, zoom } from './actions.js';
import { details } from './details.js';
import { button, html, set } from './dom.js';
import { keys } from './keys.js';
import { panel } from './panel.js';
import { box, matchText } from './search_box.js';

// A button for the action of a key.
const tool = (key, text) => button(text, `${keys[key][1]} (${key})`, () => keys[key][0]());
const reset = tool(0, 'Reset zoom');
export const switches = { r: 'From leaf', s: 'Sandwich', f: 'Fold recursion', x: 'Exclude', i: 'Flip', '%': 'Counts', t: 'Table', '?': '?' };
for (const key in switches) switches[key] = tool(key, switches[key]);
set(switches['?'], { 'aria-label': 'Keys' });
export const tools = html('div.tools', {}, box, matchText, reset,
	button('More', 'more tools', () => tools.classList.toggle('open'), 'button.more'),
	html('span.folds', {}, ...Object.values(switches)));
const crumbs = html('nav.crumbs', { 'aria-label': 'Zoomed to' }), chips = html('span.chips');
export const bar = html('div', { id: 'bar' }, tools, html('div.where', {}, crumbs, chips), panel, details);

export function showPath() {
	const { zoomed, view } = state, path = pathTo(zoomed), isInside = zoomed.up;
	if (path.length > 6) path.splice(2, path.length - 5, null);
	crumbs.replaceChildren(...isInside ? path.flatMap((node, k) => [k ? ' › ' : '', node ? button(shorten(node.frame.name, 24), node.frame.name, () => zoom(node)) : '…'])
		: [html('span.mu', {}, 'click a box to zoom', html('span.hint', {}, ' · / search · ? all keys'))]);
	reset.disabled = !isInside;
	const chip = (text, title, undo) => button(text + ' ×', title, undo);
	chips.replaceChildren(
		isSandwich(view) ? chip('callers and callees of ' + shorten(view.root.frame.name, 30), 'Back to all stacks', () => setPivot('')) : '',
		...state.without.map((one) => chip('without ' + shorten(one.name, 30), `Count ${one.name} again`, () => include(one))),
		state.range ? chip(state.kind.rangeText(), 'Count all of the time', () => setRange(null)) : '',
	);
}

// Which of the switches are on.
export function showSwitches() {
	const isOn = {
		r: state.pivot === 'leaf', s: isSandwich(state), f: state.isFolded, i: state.isFlipped, '%': state.isCounted,
		t: state.panel === 'table', '?': state.panel === 'help',
	};
	for (const key in isOn) set(switches[key], { 'aria-pressed': isOn[key] });
}
