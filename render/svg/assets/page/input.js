// The mouse, the keyboard and the window.

import { MARGIN } from '../model/figures.js';
import { state } from '../model/state.js';
import { focus, hover, restore, zoom } from './actions.js';
import { bar } from './bar.js';
import { copy } from './clipboard.js';
import { heightOf, root, set } from './dom.js';
import { nodeAt, pad } from './graph.js';
import { onkeydown } from './keys.js';
import { choicesInAddress } from './location.js';
import { afterPrint, beforePrint, fit, follow, graphWidth } from './page.js';

const nodeUnder = (e) => nodeAt(e.clientX - MARGIN, e.clientY + scrollY);
const mouse = {
	onpointermove(e) {
		const node = nodeUnder(e);
		if (node === state.hovered) return;
		pad.style.cursor = node ? 'pointer' : '';
		hover(node);
	},
	onpointerleave: () => hover(null),
	// The keyboard's focus is always visible, on the graph too.
	onfocus() {
		if (pad.matches(':focus-visible') && !state.focused) focus(state.zoomed);
	},
	onclick(e) {
		const node = nodeUnder(e);
		if (node) zoom(node === state.zoomed && node.up ? node.up : node, null);
	},
	oncontextmenu(e) {
		const node = nodeUnder(e);
		if (node) copy(node.frame.name);
		return !node;
	},
};

export function listen() {
	set(pad, mouse);
	set(globalThis, {
		onkeydown, onscroll: follow, onresize: fit, onhashchange: () => restore(choicesInAddress(state.profile, state.kind.ownCounts)),
		onbeforeprint: beforePrint, onafterprint: afterPrint,
	});
	// A scrollbar that comes or goes takes room too, and so does a bar whose lines
	// break elsewhere.
	const observer = new ResizeObserver(() => {
		if (graphWidth() !== state.width || heightOf(bar) !== state.barHeight) requestAnimationFrame(fit);
	});
	for (const part of [root, bar]) observer.observe(part);
}
