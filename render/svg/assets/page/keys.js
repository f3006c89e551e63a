// Of each key: its action, its help in the list of keys and on buttons, and its name in
// that list, where that is not the key itself.

import { state } from '../model/state.js';
import { exclude, flip, foldRecursion, fromLeaf, include, move, moveAside, sandwich, search, step, toggleCounts, togglePanel, up, zoom } from './actions.js';
import { copyName, copyStack } from './clipboard.js';
import { doc, focusQuietly } from './dom.js';
import { pad } from './graph.js';
import { openPanel, panel } from './panel.js';
import { box } from './search_box.js';

export const keys = {
	ArrowDown: [() => move(1), 'walk through the frames', '↑ ↓ ← →'],
	ArrowUp: [() => move(-1)],
	ArrowLeft: [() => moveAside(-1)],
	ArrowRight: [() => moveAside(1)],
	Enter: [() => state.focused && state.focused !== state.zoomed ? zoom(state.focused) : up(), 'zoom; again: one up'],
	Escape: [escape, 'close, end the search, one up', 'Esc'],
	Backspace: [up, 'one up', '⌫'],
	0: [() => zoom(state.view.root), 'reset the zoom'],
	'/': [() => box.select(), 'search: a regular expression; lower case finds any case', '/, Ctrl-F'],
	n: [() => step(1), 'next match by size', 'n, Enter'],
	N: [() => step(-1), 'previous match'],
	r: [fromLeaf, 'merge from the leaf: what runs, below it who called it'],
	s: [sandwich, 'sandwich: callers above, callees below'],
	x: [exclude, 'exclude the samples of a box'],
	X: [() => include(state.without.at(-1)), 'count the last excluded ones again'],
	f: [foldRecursion, 'fold recursion: a function once in a stack'],
	i: [flip, 'turn over: root on top or at the bottom'],
	'%': [toggleCounts, 'numbers or shares'],
	t: [() => openPanel('table'), 'table of functions'],
	c: [copyName, 'copy the name', 'c, right click'],
	C: [copyStack, 'copy the stack'],
	'?': [() => openPanel('help'), 'these keys'],
};

function escape() {
	if (state.panel) togglePanel(state.panel);
	else if (state.query) search('');
	else up();
}

export function onkeydown(e) {
	const on = doc.activeElement, isTyping = on === box, isCommand = e.ctrlKey || e.metaKey;
	if (isCommand && e.key === 'f' && !isTyping) {
		// The second Ctrl-F is the browser's own search.
		box.select();
		return false;
	}
	if (isCommand || e.altKey || e.defaultPrevented) return;
	if (isTyping) {
		if (e.key === 'Enter') step(e.shiftKey ? -1 : 1);
		if (e.key !== 'Escape') return;
		if (state.query) escape();
		focusQuietly(pad);
		return;
	}
	// Enter presses a button, arrows scroll the panel.
	const taken = on?.tagName === 'button' ? ['Enter'] : on === panel ? ['ArrowUp', 'ArrowDown'] : [];
	if (!Object.hasOwn(keys, e.key) || taken.includes(e.key)) return;
	keys[e.key][0]();
	return false;
}
